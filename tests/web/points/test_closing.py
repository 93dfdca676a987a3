"""A whole closing: notice, last day of earning, last day of spending, accounts closed, books sealed; each step by its person."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction

from yangban.base.errors import UsageError, WrongState
from yangban.points.award import Event
from yangban.points.ledger import Earn
from yangban.points.schemes import CHINA
from yangban.points.verify import verify
from yangban.web.accounts.models import AuditEntry
from yangban.web.points import clock, closing, earning, people, posting, shop, triggers, versions
from yangban.web.points.models import Closing, Good, LedgerAccount, LedgerOperation, Merchant, Program, Question

pytestmark = pytest.mark.django_db


class Days:
    """The clock of the story."""

    now = datetime(2024, 6, 1, 9, tzinfo=CHINA)


@pytest.fixture
def days(monkeypatch: pytest.MonkeyPatch) -> type[Days]:
    Days.now = datetime(2024, 6, 1, 9, tzinfo=CHINA)
    monkeypatch.setattr(clock, "now", lambda: Days.now)
    return Days


def _at(day: str, hour: int = 9) -> datetime:
    return datetime.combine(date.fromisoformat(day), datetime.min.time(), CHINA) + timedelta(hours=hour)


NOTICE = {
    "notice": "本方案因合并关闭。剩余积分请在最后兑换日前使用。", "notice_en": "", "last_day": date(2024, 6, 30),
    "last_spend": date(2024, 7, 31),
}  # fmt: skip


def _tell(program: Program, member: Any, number: str, day: str, behaviour: str = "parked") -> Any:
    event = Event(
        id=number, channel="x", member=member.number, behaviour=behaviour, happened_at=_at(day, 8), received_at=clock.now(),
        amounts={"act": Decimal(1)},
    )  # fmt: skip
    return earning.receive(program, [event], consented=True)[0]


def test_a_whole_closing(
    days: type[Days],
    program: Any,
    operator: Any,
    reviewer: Any,
    joined: Any,
    client: Any,
    enter: Any,
    django_capture_on_commit_callbacks: Any,
) -> None:
    """Three members earn 10.0, 20.0 and 10.0; the first spends 6.0; 4.0 + 20.0 + 10.0 are left over and expire."""
    first, second, third = joined(), joined("13900000002"), joined("13900000003")
    days.now = _at("2024-06-02")
    assert _tell(program, first, "1", "2024-06-01").points == "10.0"
    for n, day in (("2", "2024-06-01"), ("3", "2024-06-02")):
        _tell(program, second, f"s{n}", day)
    good = Good.objects.create(
        scheme="example",
        merchant=Merchant.objects.create(number="s1", name="示例书店"),
        name="书签",
        price=60,
        stock=5,
        released_at=days.now,
    )
    # Notice: drafted by one, published by another.
    with pytest.raises(UsageError, match="2024-06-03"):
        closing.draft(operator, program, **{**NOTICE, "last_day": date(2024, 6, 2)})
    with pytest.raises(UsageError, match="早于"):
        closing.draft(operator, program, **{**NOTICE, "last_spend": date(2024, 6, 29)})
    with pytest.raises(PermissionDenied):
        closing.draft(reviewer, program, **NOTICE)
    closing.draft(operator, program, **NOTICE)
    assert "关闭" not in client.get("/points/").content.decode()
    assert client.get("/points/closing/").status_code == 404
    with pytest.raises(PermissionDenied):
        closing.publish(operator, program)
    closing.publish(reviewer, program)
    program.refresh_from_db()
    assert (program.state, program.last_day) == ("closing", date(2024, 6, 30))
    assert "计分到 2024-06-30" in client.get("/points/").content.decode()
    assert NOTICE["notice"] in client.get("/points/closing/").content.decode()
    with pytest.raises(WrongState, match="规则"):
        versions.begin(operator, program, "x", date(2024, 7, 1))
    with pytest.raises(WrongState):
        closing.draft(operator, program, **NOTICE)

    # The last day of earning counts; the day after does not. What happened by then may still be told.
    days.now = _at("2024-07-01")
    assert _tell(program, third, "late", "2024-06-30").points == "10.0"
    refused = _tell(program, third, "over", "2024-07-01")
    assert (refused.code, "2024-06-30" in refused.reason) == ("program_closed", True)
    assert client.get("/points/join/")["Location"] == "/points/closing/"
    order = shop.order(first, good, "o1")
    shop.deliver(operator, order.code)
    days.now = _at("2024-07-31", 20)
    held = shop.order(second, good, "o2")
    with pytest.raises(WrongState, match="这一步"):
        closing.ask_wind_up(operator, program)

    # Nothing is earned or spent after the last day of spending; what is pending is settled first.
    days.now = _at("2024-08-01")
    assert _tell(program, third, "toolate", "2024-06-29").code == "program_closed"
    with pytest.raises(WrongState, match="最后兑换日"):
        shop.order(second, good, "o3")
    question = Question.objects.create(member=third, operation=LedgerOperation.objects.first(), text="?", due_on=date(2024, 8, 2))
    with pytest.raises(WrongState, match="1 个订单没有了结；1 条会员疑问"):
        closing.ask_wind_up(operator, program)
    shop.cancel(second, held.pk)
    question.answered_at = days.now
    question.save()
    with pytest.raises(PermissionDenied):
        closing.ask_wind_up(reviewer, program)
    with django_capture_on_commit_callbacks(execute=True):
        job = closing.ask_wind_up(operator, program)
    job.refresh_from_db()
    assert (job.state, job.result) == ("done", {"accounts": 3, "units": 340, "now": 3})
    assert set(LedgerAccount.objects.filter(kind="member").values_list("balance", "closed")) == {(0, True)}
    assert posting.balance(posting.Account("example", "expired")) == 340

    # Sealed by another person, and only when merchants are paid.
    with pytest.raises(WrongState, match="60 个单位的积分没有与商户结清"):
        closing.ask_seal(reviewer, program)
    shop.settle(operator, program, good.merchant, 60, "2024-08")
    with pytest.raises(PermissionDenied):
        closing.ask_seal(operator, program)
    with django_capture_on_commit_callbacks(execute=True):
        closing.ask_seal(reviewer, program)
    program.refresh_from_db()
    row = Closing.objects.get()
    checked = posting.check(["example"])
    assert (program.state, row.head) == ("sealed", checked.proof.heads["example"][1])
    assert checked.holds
    call_command("verify_points")
    call_command("verify_points", "--sets")
    assert verify(posting.exported(["example"])).holds

    # Nothing is posted any more, not even by SQL, and the seal is not taken off.
    with pytest.raises(DatabaseError), transaction.atomic():
        posting.post(
            "example",
            Earn(key="x", holder=people.account_of("example", joined("13900000009")), amount=1, happened_at=days.now, expires_at=None),
        )
    for act in (
        lambda: Program.objects.update(state="open"),
        lambda: Closing.objects.update(sealed_at=None),
        lambda: Closing.objects.all().delete(),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            act()
    assert _tell(program, third, "z", "2024-06-29").reason == "方案已封存"
    with pytest.raises(WrongState, match="封存"):
        shop.settle(operator, program, good.merchant, 1, "again")

    # Members keep their lines and their export, and may leave.
    enter(second.user)
    page = client.get("/points/").content.decode()
    assert "账本已封存" in page
    assert "今天做什么得分" not in page
    assert [each["kind"] for each in client.get("/points/me/export/").json()["ledger"]] == [
        "earn",
        "earn",
        "hold",
        "cancel",
        "close",
        "close",
    ]
    page = client.get("/points/closing/").content.decode()
    assert row.head in page
    assert "34.0" in page
    people.erase(second)
    assert posting.check(["example"]).holds
    assert [each.action for each in AuditEntry.objects.filter(action__startswith="points.closing").order_by("number")] == [
        "points.closing.drafted", "points.closing.published", "points.closing.wound-up", "points.closing.sealed"
    ]  # fmt: skip


def test_the_desk_leads_through_the_closing(
    days: type[Days], program: Any, operator: Any, reviewer: Any, client: Any, enter: Any, django_capture_on_commit_callbacks: Any
) -> None:
    where = "/desk/points/closing/"
    enter(operator)
    assert "起草公告" in client.get(where).content.decode()
    wrong = client.post(where, {"step": "draft", "last_day": "2024-06-30", "last_spend": "2024-06-01", "notice": "关闭"})
    assert wrong.status_code == 200
    assert "早于" in wrong.content.decode()
    client.post(where, {"step": "draft", "last_day": "2024-06-30", "last_spend": "2024-07-31", "notice": "关闭"})
    assert 'value="publish"' not in client.get(where).content.decode()
    enter(reviewer)
    assert 'value="publish"' in client.get(where).content.decode()
    client.post(where, {"step": "publish"})
    assert "次日" in client.get(where).content.decode()
    days.now = _at("2024-08-01")
    enter(operator)
    assert 'value="wind-up"' in client.get(where).content.decode()
    with django_capture_on_commit_callbacks(execute=True):
        client.post(where, {"step": "wind-up"})
    enter(reviewer)
    assert 'value="seal"' in client.get(where).content.decode()
    with django_capture_on_commit_callbacks(execute=True):
        client.post(where, {"step": "seal"})
    assert Program.objects.get().state == "sealed"
    assert client.get(where).status_code == 200
    # A new scheme may be run beside it; the sealed one stays to be read.
    assert client.get("/points/closing/").status_code == 200


def test_a_draft_can_be_thrown_away(days: type[Days], program: Any, operator: Any, reviewer: Any) -> None:
    closing.draft(operator, program, **NOTICE)
    closing.discard(operator, program)
    with pytest.raises(WrongState):
        closing.publish(reviewer, program)
    assert Program.objects.get().state == "open"


def test_a_seal_that_a_migration_left_behind_is_laid_again(db: None) -> None:
    """SQLite drops the triggers of a table that is made anew; after every ``migrate`` all of them are there."""
    on = " ON points_program" if connection.vendor == "postgresql" else ""
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TRIGGER kept_points_program_update{on}", None)
    assert set(triggers._kept_missing(connection)) == {"kept_points_program_update"}
    triggers.keep_after_migrate("default")
    assert triggers._kept_missing(connection) == {}
    assert triggers.missing(connection) == []
