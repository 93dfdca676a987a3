"""Doors that are open to everyone, hammered: what passes is counted, and is what the limit says. Behind a proxy callers are told apart."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.cache import caches

pytestmark = pytest.mark.django_db
WORD = "a word of twelve letters"


@pytest.fixture(autouse=True)
def _from_nothing() -> None:
    caches["default"].clear()


def test_log_in(person: Any, client: Any) -> None:
    """Thirty wrong passwords from an address in five minutes, ten for a name; then nothing is even looked at."""
    users = [person("reader", "360100") for _ in range(6)]
    looked_at = 0
    for n in range(60):
        answer = client.post("/accounts/login/", {"login": users[n % 6].username, "password": "wrong"})
        looked_at += "登录失败次数过多" not in answer.text and answer.status_code == 200 and "过多" not in answer.text
    assert looked_at == 30
    client.post("/accounts/login/", {"login": users[0].username, "password": WORD})
    assert "_auth_user_id" not in client.session, "the right one is refused as well"


def test_letters(client: Any) -> None:
    from yangban.web.public.models import Complaint

    said = {"kind": "suggestion", "region": "360100", "subject": "一", "text": "二", "website": ""}
    codes = [client.post("/letters/", said).status_code for _ in range(25)]
    assert codes.count(429) == 20
    assert Complaint.objects.count() == 5


def test_search(client: Any) -> None:
    codes = [client.get(f"/cases/?q=赣江{n}").status_code for n in range(70)]
    assert codes == [200] * 60 + [429] * 10
    assert client.get("/cases/").status_code == 200, "only searches are counted"


def test_codes_at_the_place(client: Any) -> None:
    codes = [client.post("/events/c/none/", {"code": f"x{n}"}).status_code for n in range(310)]
    assert codes == [410] * 300 + [429] * 10


def test_the_interface(client: Any, settings: Any, monkeypatch: Any) -> None:
    from yangban.web.api import rates

    settings.API_LIMITS = {**settings.API_LIMITS, "address": 20}
    monkeypatch.setattr(rates.time, "time", lambda: 1_800_000_031.0)
    codes = [client.get(f"/api/v1/releases?limit={n + 1}").status_code for n in range(50)]
    assert codes == [200] * 20 + [429] * 30


def test_behind_a_proxy_one_caller_does_not_use_up_what_another_may(client: Any, settings: Any) -> None:
    """The address is that which the site's own proxy wrote; what a caller writes before it counts for nothing."""
    said = {"kind": "suggestion", "region": "360100", "subject": "一", "text": "二", "website": ""}
    settings.TRUSTED_PROXIES = 1
    for n in range(6):
        last = client.post("/letters/", said, HTTP_X_FORWARDED_FOR=f"198.51.100.{n}, 203.0.113.7")
    assert last.status_code == 429
    assert client.post("/letters/", said, HTTP_X_FORWARDED_FOR="203.0.113.8").status_code == 200
