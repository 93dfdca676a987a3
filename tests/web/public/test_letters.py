"""The box for complaints and suggestions: number, code, deadline, and nobody reads another's letter."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

import pytest
from django.core.cache import caches
from django.test import Client
from django.utils import timezone

from yangban.web.accounts.models import AuditEntry
from yangban.web.public.letters import due_on, receive
from yangban.web.public.models import Complaint

pytestmark = pytest.mark.django_db
GIVEN = {
    "kind": "complaint",
    "region": "360100",
    "subject": "烟尘",
    "text": "夜里有烟。",
    "contact": "",
    "page": "/air/360100/2023/",
    "website": "",
}


@pytest.fixture(autouse=True)
def _free() -> None:
    caches["default"].clear()


@pytest.mark.parametrize(
    ("received", "due"),
    [
        ("2026-11-26", "2026-12-17"),
        ("2026-11-27", "2026-12-18"),
        ("2026-11-28", "2026-12-18"),
        ("2026-11-29", "2026-12-18"),
        ("2026-11-30", "2026-12-21"),
    ],
)
def test_fifteen_working_days_from_the_day_after(received: str, due: str) -> None:
    """Counted on a calendar of 2026: a Thursday, a Friday, the week-end, a Monday."""
    assert due_on(date.fromisoformat(received)).isoformat() == due


def test_a_letter_is_taken_in_and_asked_after(client: Any) -> None:
    answer = client.post("/letters/", GIVEN)
    assert answer.status_code == 200
    number = re.search(r"data-number>([^<]+)<", answer.text)[1]
    code = re.search(r"data-code>([^<]+)<", answer.text)[1]
    letter = Complaint.objects.get()
    assert (letter.number, letter.code, letter.region, letter.page) == (number, code, "360100", "/air/360100/2023/")
    assert letter.due == due_on(timezone.localdate(letter.received))
    entry = AuditEntry.objects.get(action="complaint.received")
    assert (entry.subject, entry.actor) == (number, "")
    assert "夜里" not in str(entry.detail)
    assert "已收到" in client.post("/letters/status/", {"number": number, "code": code.lower()}).text
    Complaint.objects.update(state="answered", answer="已派人查看。", answered=timezone.now())
    assert "已派人查看。" in client.post("/letters/status/", {"number": number, "code": code}).text


def test_without_the_code_nothing_is_told(client: Any) -> None:
    letter = receive(kind="complaint", region="360100", subject="烟尘", text="夜里有烟。")
    wrong = client.post("/letters/status/", {"number": letter.number, "code": "AAAAAAAA"})
    unknown = client.post("/letters/status/", {"number": "20200101-0001", "code": letter.code})
    assert wrong.status_code == unknown.status_code == 422
    for answer in (wrong, unknown):
        assert "烟尘" not in answer.text
        assert "编号或查询码不对" in answer.text


def test_numbers_of_a_day_follow_each_other() -> None:
    letters = [receive(kind="suggestion", region="360000", subject="一", text="二") for _ in range(3)]
    assert [each.number[-4:] for each in letters] == ["0001", "0002", "0003"]
    assert len({each.code for each in letters}) == 3


def test_a_program_that_fills_the_trap_is_thanked_and_nothing_is_kept(client: Any) -> None:
    answer = client.post("/letters/", {**GIVEN, "website": "http://spam.example"})
    assert answer.status_code == 200
    assert not Complaint.objects.exists()
    assert "data-number" not in answer.text


def test_the_sixth_letter_of_an_hour_waits_and_its_text_is_not_lost(client: Any) -> None:
    for _ in range(5):
        assert client.post("/letters/", GIVEN).status_code == 200
    answer = client.post("/letters/", GIVEN)
    assert answer.status_code == 429
    assert "夜里有烟。" in answer.text
    assert Complaint.objects.count() == 5


def test_what_is_missing_is_said_beside_its_field(client: Any) -> None:
    answer = client.post("/letters/", {**GIVEN, "text": "", "region": "999999"})
    assert answer.status_code == 422
    assert answer.text.count("errorlist") == 2
    assert not Complaint.objects.exists()


def test_a_letter_from_another_site_is_refused() -> None:
    assert Client(enforce_csrf_checks=True).post("/letters/", GIVEN).status_code == 403


def test_markup_in_a_letter_stays_text(client: Any) -> None:
    letter = receive(kind="suggestion", region="360000", subject="<script>alert(1)</script>", text="x")
    answer = client.post("/letters/status/", {"number": letter.number, "code": letter.code})
    assert "<script>alert" not in answer.text
    assert "&lt;script&gt;" in answer.text
