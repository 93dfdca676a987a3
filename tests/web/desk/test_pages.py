"""Every page of the desk: opened by those who may, closed to everyone else, in both languages, with nothing inline."""

from __future__ import annotations

import re
import uuid
from pathlib import Path
from typing import Any

import pytest
from django.urls import get_resolver

from web.test_foundation import views
from yangban.web.accounts import permissions
from yangban.web.accounts.models import Membership, Organisation, User
from yangban.web.accounts.permissions import RULES, SIGNED_IN, may
from yangban.web.accounts.roles import LEVELS, ROLE_NAMES
from yangban.web.desk.urls import urlpatterns

pytestmark = pytest.mark.django_db
PLACES = {"province": "360000", "city": "360100", "county": "360102"}
PLAIN = [each for each in urlpatterns if "<" not in str(each.pattern)]
"""Pages without a thing in their address."""


def path_of(each: Any) -> str:
    """The address of a view, for a thing that does not exist."""
    text = str(each.pattern)
    for kind, value in (("<uuid:pk>", str(uuid.uuid4())), ("<int:pk>", "999999"), ("<str:digest>", "0" * 64), ("<str:number>", "none")):
        text = text.replace(kind, value)
    return f"/desk/{text}"


@pytest.mark.parametrize("role", ROLE_NAMES)
def test_every_page_refuses_the_wrong_role(small_workspace: Any, person: Any, enter: Any, role: str) -> None:
    """All addresses, by a person of each role at the city: 403 exactly where the rule says no, whatever the method."""
    kind = "department" if role in {"reporter", "head"} else "bureau"
    user = person(role, "360100", kind=kind)
    client = enter(user)
    for each in urlpatterns:
        action = each.callback.action
        for answer in (client.get(path_of(each)), client.post(path_of(each), {})):
            refused = action != SIGNED_IN and not may(user, action)
            # A page may refuse more than its mark (the values of a department), never less; others are 200, 302, 404 or 405.
            if refused:
                assert answer.status_code == 403, (role, each.name)
            else:
                assert answer.status_code in {200, 302, 403, 404, 405}, (role, each.name, answer.status_code)
                assert answer.status_code != 403 or each.name == "reported" or "post" in answer.request["REQUEST_METHOD"].lower(), (
                    role,
                    each.name,
                )


def test_nobody_without_a_login_comes_in(client: Any) -> None:
    for each in urlpatterns:
        answer = client.get(path_of(each))
        assert answer.status_code == 302, each.name
        assert "/accounts/login/" in answer["Location"]


@pytest.fixture
def everything(person: Any, settings: Any) -> User:
    """Somebody of the province with every role, on a site that lets one person have them."""
    settings.SEPARATE_ADMINS = False
    user: User = person("admin")
    bureau = Organisation.objects.get(memberships__user=user)
    for role in ROLE_NAMES:
        Membership.objects.get_or_create(user=user, organisation=bureau, role=role)
    return user


@pytest.mark.parametrize("language", ["", "/en"])
def test_pages_open_in_both_languages_with_nothing_inline(small_workspace: Any, enter: Any, everything: User, language: str) -> None:
    client = enter(everything)
    for each in PLAIN:
        answer = client.get(language + path_of(each))
        if answer.status_code == 405:
            continue
        assert answer.status_code == 200, each.name
        if answer.streaming:
            continue
        text = answer.text
        assert text.count("<h1") == 1, each.name
        assert not re.search(r"\sstyle=|\son[a-z]+=|<script(?![^>]*\bsrc=)", text), each.name
        assert not re.search(r"\{[{%#]|&lt;(?:span|b|em)\b", text), each.name
        ids = re.findall(r'\sid="([^"]+)"', text)
        assert len(ids) == len(set(ids)), (each.name, [one for one in ids if ids.count(one) > 1])
        main = text[text.index("desk-body") :]
        if language:
            words = re.sub(r"<option.*?</option>|<td.*?</td>|<th .*?</th>|<dd.*?</dd>", "", main, flags=re.S)
            assert "请" not in words, each.name


def test_the_desk_has_a_page_for_every_action() -> None:
    """Every action opens some page, or is asked for by a function behind one."""
    marked = {getattr(view, "action", None) for _, view in views(get_resolver().url_patterns)}
    source = Path(permissions.__file__).parents[1]
    text = "".join(path.read_text(encoding="utf-8") for path in source.rglob("*.py") if path != Path(permissions.__file__))
    assert [action for action in RULES if action not in marked and f'"{action}"' not in text] == []
    assert set(LEVELS) == set(PLACES)


def test_the_audit_shows_an_act_with_a_fact_named_items(enter: Any, person: Any) -> None:
    from yangban.web.accounts import audit

    user = person("auditor")
    audit.record(user, "test.act", "thing", {"items": 7})
    answer = enter(user).get("/desk/audit/")
    assert answer.status_code == 200
    assert "items 7" in answer.text
