"""Every address of the site, as everybody: nobody is led to log in, who may not is refused, who may is answered, nothing fails."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.db import connection
from django.urls import get_resolver

from web.test_foundation import views
from yangban.web.accounts.permissions import PUBLIC, RULES, SIGNED_IN, holds
from yangban.web.accounts.roles import ROLE_NAMES

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(
        "connection.vendor == 'postgresql'", reason="what is asked of views is the same on both databases: SQLite is enough"
    ),
]

FILLED = {"int": "1", "slug": "none", "str": "none", "uuid": "00000000-0000-0000-0000-000000000000", "path": "none", "release": "0001"}
KINDS = {"points_operator": "operator", "points_reviewer": "operator", "unit_keeper": "institution"}
HOSTILE = (
    "'", "';DROP TABLE points_entry;--", "\" OR 1=1", "<script>alert(1)</script>", "../../../../etc/passwd", "%00", "\x00", "0" * 400,
    "-1", "9" * 30, "١٢٣", "=cmd|' /C calc'!A0", "{{7*7}}", "2023-13", "NaN", "",
)  # fmt: skip


def address_of(pattern: str) -> str | None:
    """An address that a pattern takes, with made-up parts; ``None`` for those of other programs (log-in, static files)."""
    path = "/" + pattern.lstrip("^")
    if path.startswith(("/en/", "/accounts/", "/static/")) or "(?P" in path:
        return None
    return re.sub(r"<(?:(\w+):)?(\w+)>", lambda found: FILLED.get(found[1] or "str", FILLED["str"]), path)


def routes() -> list[tuple[str, str]]:
    """Address and action of every view of our own."""
    found = []
    for pattern, view in views(get_resolver().url_patterns):
        address, action = address_of(pattern), getattr(view, "action", None)
        if address is not None and action is not None and not address.startswith("/api/"):
            found.append((address, action))
    return found


def test_nobody_gets_behind_a_door(client: Any) -> None:
    guarded = [(address, action) for address, action in routes() if action != PUBLIC]
    assert len(guarded) > 60
    for address, action in guarded:
        for answer in (client.get(address), client.post(address)):
            assert answer.status_code == 302, (address, action, answer.status_code)
            assert answer["Location"].startswith(("/accounts/login/", "/points/login", "/points/")), (address, answer["Location"])


@pytest.mark.parametrize("role", list(ROLE_NAMES))
def test_every_address_as_every_role(role: str, person: Any, enter: Any, settings: Any) -> None:
    """One who may not is told 403 whatever is sent; one who may gets an answer that is no fault of the program."""
    settings.DEBUG_PROPAGATE_EXCEPTIONS = False
    user = person(role, "360100", kind=KINDS.get(role, "bureau"))
    client = enter(user)
    client.raise_request_exception = False
    (post,) = user.current_memberships()
    for address, action in routes():
        if action in {PUBLIC, SIGNED_IN}:
            continue
        may = holds(post, action)
        for name, answer in (("GET", client.get(address)), ("POST", client.post(address))):
            if may:
                assert answer.status_code < 500, (name, address, action, answer.status_code)
            else:
                assert answer.status_code == 403, (name, address, action, answer.status_code)
    assert set(RULES) >= {action for _, action in routes() if action not in {PUBLIC, SIGNED_IN}}


def test_hostile_words_in_addresses_and_questions_are_only_words(client: Any) -> None:
    """Public pages with strange parts and questions: never a fault, never markup given back as markup, and every table still there."""
    client.raise_request_exception = False
    before = set(connection.introspection.table_names())
    patterns = [pattern for pattern, view in views(get_resolver().url_patterns) if getattr(view, "action", None) == PUBLIC]
    asked = 0
    for pattern in patterns:
        plain = address_of(pattern)
        if plain is None or plain.startswith(("/static/", "/api/")):
            continue
        parts = [found for found in re.finditer(r"<(?:(\w+):)?(\w+)>", pattern) if (found[1] or "str") in {"str", "path", "slug"}]
        for word in HOSTILE:
            answers = [client.get(plain, dict.fromkeys(("q", "edition", "by", "page", "scope", "basis", "level", "kind", "year"), word))]
            if parts and word:
                path = "/" + re.sub(
                    r"<(?:(\w+):)?(\w+)>",
                    lambda found: word if (found[1] or "str") in {"str", "path", "slug"} else FILLED.get(found[1], "1"),  # noqa: B023
                    pattern,
                )
                answers.append(client.get(path))
            for answer in answers:
                asked += 1
                assert answer.status_code < 500, (pattern, word, answer.status_code)
                if "text/html" in answer.get("Content-Type", "") and not answer.streaming:
                    assert "<script>alert(1)" not in answer.text, (pattern, word)
                    assert "root:" not in answer.text
    assert asked > 300
    assert set(connection.introspection.table_names()) == before
