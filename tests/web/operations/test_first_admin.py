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

THREE = ("--security", "li", "李某", "--auditor", "zhao", "赵某")
WORDS = ("--name", "王某", "--organisation", "江西省生态环境厅", "--region", "360000", *THREE)


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
    assert [each.subject for each in AuditEntry.objects.filter(action="accounts.first_admin")] == ["user:wang", "user:li", "user:zhao"]
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


def test_three_persons_or_a_site_that_says_otherwise(settings: Any) -> None:
    alone = ("--name", "王某", "--organisation", "江西省生态环境厅", "--region", "360000")
    with pytest.raises(CommandError, match="三个人"):
        call_command("first_admin", "wang", *alone)
    with pytest.raises(CommandError, match="不同的人"):
        call_command("first_admin", "wang", *alone, "--security", "WANG", "王某", "--auditor", "zhao", "赵某")
    assert not User.objects.exists()
    settings.SEPARATE_ADMINS = False
    call_command("first_admin", "wang", *alone)
    user = User.objects.get()
    assert may(user, "accounts.grant", region="360100")
    assert may(user, "audit.read", region="360000")


def test_a_site_of_before_gets_the_two_others(person: Any) -> None:
    """After an upgrade there is a system administrator, and nobody who may grant: the machine's own administrator names the two."""
    old = person("admin")
    assert not may(old, "accounts.grant")
    call_command("first_admin", "--organisation", "江西省生态环境厅", "--region", "360000", *THREE)
    assert may(User.objects.get(username="li"), "accounts.grant", region="360100")
    assert may(User.objects.get(username="zhao"), "audit.read", region="360100")
    with pytest.raises(CommandError, match="已有"):
        call_command("first_admin", "--organisation", "江西省生态环境厅", "--region", "360000", "--security", "qian", "钱某")
