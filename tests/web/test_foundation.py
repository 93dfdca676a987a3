"""The foundation: pages answer, the permission table is whole, the audit only grows, a locked account stays locked."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import DatabaseError, transaction
from django.urls import URLPattern, URLResolver, get_resolver

from yangban.web.accounts import audit
from yangban.web.accounts.models import AuditEntry
from yangban.web.accounts.permissions import PUBLIC, RULES, SIGNED_IN, may

pytestmark = pytest.mark.django_db


def views(patterns: list[Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for each in patterns:
        address = prefix + str(each.pattern)
        if isinstance(each, URLResolver):
            yield from views(each.url_patterns, address)
        elif isinstance(each, URLPattern):
            yield address, each.callback


def test_every_view_names_its_action() -> None:
    unnamed = []
    for address, view in views(get_resolver().url_patterns):
        if address.lstrip("^").removeprefix("en/").startswith(("accounts/",)):
            continue  # allauth's own pages ask who one is by themselves
        action = getattr(view, "action", None)
        if action not in {PUBLIC, SIGNED_IN, *RULES}:
            unnamed.append((address, action))
    assert not unnamed


def test_the_first_page_is_kept_and_answers_304(client: Any) -> None:
    first = client.get("/")
    assert first.status_code == 200
    assert "总览" in first.text
    again = client.get("/", headers={"if-none-match": first["ETag"]})
    assert again.status_code == 304
    assert client.get("/en/").text.count("Overview") >= 1


def test_the_policy_allows_no_inline_script(client: Any) -> None:
    policy = client.get("/")["Content-Security-Policy"]
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy
    assert not re.search(r"<script(?![^>]*\bsrc=)(?![^>]*application/json)", client.get("/").text)
    assert not re.search(r"\sstyle=|\son[a-z]+=", client.get("/").text)


def test_a_page_that_is_held_keeps_its_policy(client: Any) -> None:
    made, held = client.get("/"), client.get("/")
    assert held["Content-Security-Policy"] == made["Content-Security-Policy"] != ""
    assert held["X-Content-Type-Options"] == "nosniff"


def test_the_desk_asks_who_one_is(client: Any) -> None:
    answer = client.get("/desk/")
    assert answer.status_code == 302
    assert answer["Location"].startswith("/accounts/login/")


def test_staff_without_second_factor_are_led_to_it(client: Any, person: Any) -> None:
    client.force_login(person("drafter"))
    answer = client.get("/desk/")
    assert answer.status_code == 302
    assert "2fa/totp/activate" in answer["Location"]


def test_somebody_without_a_post_finds_the_desk_closed(client: Any, django_user_model: Any) -> None:
    client.force_login(django_user_model.objects.create_user("nobody"))
    assert client.get("/desk/").status_code == 403


def test_the_right_password_is_refused_while_locked(client: Any, person: Any) -> None:
    """Ten wrong words for a name lock it, also for the right word; another name of the same address is free."""
    user, other = person("drafter", name="locked"), person("drafter", name="free")
    for _ in range(10):
        client.post("/accounts/login/", {"login": user.username, "password": "wrong"})
    client.post("/accounts/login/", {"login": user.username, "password": "a word of twelve letters"})
    assert "_auth_user_id" not in client.session
    client.post("/accounts/login/", {"login": other.username, "password": "a word of twelve letters"})
    assert client.session["_auth_user_id"] == str(other.pk)


def test_nobody_takes_two_steps_of_one_matter(person: Any) -> None:
    user = person("checker")
    assert may(user, "release.check", region="360000")
    answer = may(user, "release.check", region="360000", apart_from=[user.pk])
    assert not answer
    assert "另一人" in answer.reason


def test_a_membership_that_has_ended_allows_nothing(person: Any) -> None:
    user = person("drafter")
    user.memberships.update(valid_from="2020-01-01", valid_to="2021-01-01")
    assert not may(user, "release.draft", region="360000")


class TestAudit:
    def test_a_chain_is_whole_and_a_change_is_found(self, person: Any) -> None:
        user = person("admin")
        for n in range(3):
            audit.record(user, "test.act", f"thing {n}", {"n": n, "words": ["一", "二"]})
        assert audit.problems() == []
        entry = AuditEntry.objects.get(number=2)
        entry.detail = {"n": 9}
        assert audit._digest(entry) != entry.digest

    @pytest.mark.parametrize("sql", ["UPDATE accounts_auditentry SET actor = 'x'", "DELETE FROM accounts_auditentry"])
    def test_the_database_refuses_to_change_it(self, person: Any, sql: str) -> None:
        from django.db import connection

        audit.record(person("admin"), "test.act")
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(sql)
        assert AuditEntry.objects.count() == 1


def test_the_offices_own_login_is_offered_when_it_is_set(client: Any, settings: Any) -> None:
    assert "统一身份认证" not in client.get("/accounts/login/").text
    settings.SOCIALACCOUNT_PROVIDERS = {
        "openid_connect": {
            "APPS": [
                {
                    "provider_id": "office", "name": "统一身份认证", "client_id": "site", "secret": "a word",
                    "settings": {"server_url": "https://login.example"},
                }
            ]
        }
    }  # fmt: skip
    assert "统一身份认证" in client.get("/accounts/login/").text
