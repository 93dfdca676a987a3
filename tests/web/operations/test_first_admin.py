"""The first administrator of a new site, and nobody by the same way afterwards."""

from __future__ import annotations

import re
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from yangban.web.accounts.audit import problems
from yangban.web.accounts.models import AuditEntry, User
from yangban.web.accounts.permissions import may

pytestmark = pytest.mark.django_db

WORDS = ("--name", "王某", "--organisation", "江西省生态环境厅", "--region", "360000")


def test_the_first_one_sets_a_password_and_administers(client: Any) -> None:
    said = StringIO()
    call_command("first_admin", "wang", *WORDS, stdout=said)
    user = User.objects.get(username="wang")
    assert not user.has_usable_password()
    assert not user.is_superuser
    assert may(user, "accounts.manage", region="360100")
    assert not may(user, "release.sign", region="360000")
    path = re.search(r"(/accounts/password/reset/key/\S+)", said.getvalue())
    assert path
    page = client.get(path[1], follow=True)
    assert page.status_code == 200
    page = client.post(page.redirect_chain[-1][0], {"password1": "long enough to hold", "password2": "long enough to hold"})
    assert page.status_code == 302
    assert client.login(username="wang", password="long enough to hold")
    assert AuditEntry.objects.get(action="accounts.first_admin").subject == "user:wang"
    assert problems() == []


def test_nobody_comes_in_by_that_way_afterwards(person: Any) -> None:
    person("admin")
    with pytest.raises(CommandError, match="已有管理员"):
        call_command("first_admin", "other", *WORDS)
    assert not User.objects.filter(username="other").exists()


def test_a_wrong_name_is_refused_and_leaves_nothing() -> None:
    with pytest.raises(CommandError, match="用户名"):
        call_command("first_admin", "a b", *WORDS)
    assert not User.objects.exists()
    assert not AuditEntry.objects.exists()
