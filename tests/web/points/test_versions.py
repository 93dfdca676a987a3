"""Changes of a scheme: drafted, tried out, approved by another person, in force from their day; late events under the old version."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, transaction

from yangban.base.errors import UsageError, WrongState
from yangban.points.award import Event
from yangban.points.schemes import CHINA
from yangban.web.accounts.models import AuditEntry
from yangban.web.points import clock, earning, posting, versions
from yangban.web.points.models import Award, Program, SchemeVersion

pytestmark = pytest.mark.django_db


class Days:
    """The clock of the story."""

    now = datetime(2024, 6, 20, 9, tzinfo=CHINA)


@pytest.fixture
def days(monkeypatch: pytest.MonkeyPatch) -> type[Days]:
    Days.now = datetime(2024, 6, 20, 9, tzinfo=CHINA)
    monkeypatch.setattr(clock, "now", lambda: Days.now)
    return Days


@pytest.fixture
def tell(program: Any, days: type[Days]) -> Any:
    """One event on a day, told now: ``tell(member, "parked", "2024-05-03")``."""
    count = [0]

    def go(member: Any, behaviour: str, day: str, **amounts: str) -> Any:
        count[0] += 1
        event = Event(
            id=f"v{count[0]}", channel="x", member=member.number, behaviour=behaviour,
            happened_at=datetime.combine(date.fromisoformat(day), datetime.min.time(), CHINA) + timedelta(hours=8), received_at=days.now,
            amounts={unit: Decimal(value) for unit, value in (amounts or {"act": "1"}).items()},
        )  # fmt: skip
        return earning.receive(program, [event], consented=True)[0]

    return go


def _drafted(user: Any, program: Program, starts: date = date(2024, 7, 16)) -> SchemeVersion:
    """A draft that halves a day without driving, and lets points expire after 30 days."""
    row = versions.begin(user, program, "停驶减半", starts)
    versions.change_method(user, program, row.pk, "parked", {"value": "5"}, "第3次例会")
    settings = {"late_days": "30", "delay_days": "0", "claim_days": "none", "expiry_days": "30", "budget": "900000"}
    return versions.change_settings(user, program, row.pk, settings, {"own-cup-a-day": "0.5"})


def _approved(user: Any, other: Any, program: Program, starts: date = date(2024, 7, 16)) -> SchemeVersion:
    row = _drafted(user, program, starts)
    versions.ask(user, program, "2024-05", version=row.pk)
    versions.submit(user, program, row.pk)
    return versions.approve(other, program, row.pk, "同意")


@pytest.fixture
def ran(monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any) -> None:
    """Jobs run where they are asked for."""
    asked = versions.ask

    def go(*args: Any, **words: Any) -> Any:
        with django_capture_on_commit_callbacks(execute=True):
            job = asked(*args, **words)
        job.refresh_from_db()
        return job

    monkeypatch.setattr(versions, "ask", go)


def test_a_version_begins_at_midnight_in_beijing(
    program: Any, operator: Any, reviewer: Any, enter: Any, days: type[Days], ran: None
) -> None:
    """At seven in the morning of its first day, when the day before is not over in Greenwich, the page says that it holds."""
    _approved(operator, reviewer, program)
    days.now = datetime(2024, 7, 15, 23, tzinfo=UTC)
    assert enter(operator).get("/desk/points/rules/").context["now"] == 1
    days.now = datetime(2024, 7, 15, 15, tzinfo=UTC)
    assert enter(operator).get("/desk/points/rules/").context["now"] == 0


def test_a_change_in_mid_month_with_late_events(
    program: Any, operator: Any, reviewer: Any, joined: Any, tell: Any, days: type[Days], ran: None
) -> None:
    """Approved on 20 June for 16 July. Ten points for a day without driving until 15 July, five from then on, whenever it is told."""
    days.now = datetime(2024, 6, 20, 9, tzinfo=CHINA)
    member = joined()
    row = _approved(operator, reviewer, program)
    assert (row.number, row.state, row.decided_by) == (1, "approved", reviewer)
    days.now = datetime(2024, 7, 16, 20, tzinfo=CHINA)
    new = tell(member, "parked", "2024-07-16")
    assert (new.points, new.award.version, new.award.method) == ("5.0", 1, "parked-20240716")
    # Of the day before, told afterwards: under the old version, with its own expiry of 365 days.
    old = tell(member, "parked", "2024-07-15")
    assert (old.points, old.award.version, old.award.method) == ("10.0", 0, "parked")
    assert old.award.expires_at.astimezone(CHINA).date() == date(2025, 7, 16)
    assert new.award.expires_at.astimezone(CHINA).date() == date(2024, 8, 16)
    days.now = datetime(2024, 8, 1, 9, tzinfo=CHINA)
    assert tell(member, "parked", "2024-07-14").points == "10.0"
    assert tell(member, "parked", "2024-07-31").points == "5.0"
    # The cap of own cups fell to half: one of 0.5 a day from then on, and two before.
    assert [tell(member, "own_cup", "2024-07-13").points, tell(member, "own_cup", "2024-07-30").points] == ["0.5", "0.5"]
    # What was granted stays, and the scheme of today is the new one.
    assert Award.objects.get(pk=old.award.pk).units == 100
    assert earning.scheme_of(program).expiry_days == 30
    assert earning.timeline_of(program).on(date(2024, 7, 15)).expiry_days == 365
    assert versions.used(program) == {0: 3, 1: 3}
    assert posting.check(["example"]).holds


def test_a_run_over_last_months_events_posts_nothing(
    program: Any, operator: Any, joined: Any, tell: Any, days: type[Days], ran: None
) -> None:
    """Two days without driving and two cups of one member, one day of another: 31.0 as granted, 15.5 by the draft. Counted by hand."""
    days.now = datetime(2024, 5, 28, 9, tzinfo=CHINA)
    first, second = joined(), joined("13900000002")
    for day in ("2024-05-03", "2024-05-04"):
        assert tell(first, "parked", day).points == "10.0"
    tell(second, "parked", "2024-05-04")
    tell(first, "parked", "2024-05-04")  # the same act
    tell(first, "own_cup", "2024-05-04")
    days.now += timedelta(hours=2)
    event = Event(
        id="cup2", channel="x", member=first.number, behaviour="own_cup", happened_at=datetime(2024, 5, 4, 10, tzinfo=CHINA),
        received_at=days.now, amounts={"act": Decimal(1)},
    )  # fmt: skip
    assert earning.receive(program, [event], consented=True)[0].points == "0.5"
    days.now = datetime(2024, 6, 20, 9, tzinfo=CHINA)
    head = posting.check(["example"]).proof.heads["example"]
    row = _drafted(operator, program)
    told = versions.ask(operator, program, "2024-05", version=row.pk).result
    assert told["total"]["events"] == 6
    assert (told["total"]["now"]["units"], told["total"]["then"]["units"]) == (310, 155)
    by = {each["behaviour"]: each for each in told["rows"]}
    assert (by["parked"]["now"]["awarded"], by["parked"]["now"]["refused"], by["parked"]["then"]["units"]) == (3, 1, 150)
    assert by["parked"]["now"]["codes"] == by["parked"]["then"]["codes"] == {"same_act": 1}
    assert (by["parked"]["now"]["grams"], by["parked"]["then"]["grams"]) == ("9000", "9000")
    assert (by["own_cup"]["then"]["codes"], by["own_cup"]["now"]["codes"]) == ({"cap_reached": 1}, {})
    assert (told["members"], told["more"], told["less"]) == (2, 0, 2)
    # Budget of 1,000,000.0 and then of 900,000.0; 31.0 are out; at ten fen a point the month may cost 3.10 and 1.55 yuan.
    money = told["money"]
    assert (money["left_now"], money["left_then"]) == (9_999_690, 8_999_690)
    assert (money["months_now"], money["fen_now"], money["fen_then"]) == ("32257.0", 310, 155)
    row.refresh_from_db()
    assert versions.tried(row)
    assert posting.check(["example"]).proof.heads["example"] == head
    # Another scheme of the book, as it was dated.
    other = versions.ask(operator, program, "2024-05", scheme="example").result
    assert other["total"]["then"] == other["total"]["now"]


def test_who_drafts_does_not_approve_and_nothing_is_skipped(
    program: Any, operator: Any, reviewer: Any, person: Any, days: type[Days], ran: None
) -> None:
    with pytest.raises(UsageError, match="2024-06-21"):
        versions.begin(operator, program, "x", date(2024, 6, 20))
    with pytest.raises(PermissionDenied):
        versions.begin(reviewer, program, "x", date(2024, 7, 1))
    row = versions.begin(operator, program, "x", date(2024, 7, 1))
    with pytest.raises(UsageError, match="没有改动"):
        versions.submit(operator, program, row.pk)
    versions.change_method(operator, program, row.pk, "parked", {"value": "5"}, "例会")
    with pytest.raises(WrongState, match="试算"):
        versions.submit(operator, program, row.pk)
    versions.ask(operator, program, "2024-05", version=row.pk)
    # Changed after the run: it must be run again.
    versions.change_method(operator, program, row.pk, "parked-20240701", {"value": "6"}, "例会")
    with pytest.raises(WrongState, match="试算"):
        versions.submit(operator, program, row.pk)
    versions.ask(operator, program, "2024-05", version=row.pk)
    colleague = person("points_operator", organisation=program.organisation)
    with pytest.raises(WrongState, match="本人"):
        versions.submit(colleague, program, row.pk)
    versions.submit(operator, program, row.pk)
    with pytest.raises(WrongState):
        versions.save_text(operator, program, row.pk, "x")
    both = person("points_reviewer", organisation=program.organisation)
    SchemeVersion.objects.filter(pk=row.pk).update(drafted_by=both)
    with pytest.raises(PermissionDenied, match="另一人"):
        versions.approve(both, program, row.pk, "同意")
    SchemeVersion.objects.filter(pk=row.pk).update(drafted_by=operator)
    with pytest.raises(PermissionDenied):
        versions.approve(operator, program, row.pk, "同意")
    with pytest.raises(UsageError, match="理由"):
        versions.send_back(reviewer, program, row.pk, " ")
    versions.send_back(reviewer, program, row.pk, "再算一个月")
    versions.submit(operator, program, row.pk)
    # Too late: its first day has come.
    days.now = datetime(2024, 7, 1, 0, tzinfo=CHINA)
    with pytest.raises(UsageError, match="2024-07-02"):
        versions.approve(reviewer, program, row.pk, "同意")
    versions.withdraw(operator, program, row.pk)
    assert [each.action for each in AuditEntry.objects.filter(action__startswith="points.version").order_by("number")] == [
        "points.version.begun", "points.version.edited", "points.version.edited", "points.version.submitted", "points.version.sent-back",
        "points.version.submitted", "points.version.withdrawn",
    ]  # fmt: skip


def test_an_approved_version_is_never_changed(program: Any, operator: Any, reviewer: Any, days: type[Days], ran: None) -> None:
    row = _approved(operator, reviewer, program)
    for act in (
        lambda: SchemeVersion.objects.filter(pk=row.pk).update(text="x"),
        lambda: SchemeVersion.objects.filter(pk=row.pk).delete(),
        lambda: SchemeVersion.objects.filter(pk=row.pk).update(state="draft", number=None),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            act()
    # A draft of the same base is too late; one that would hold earlier is refused.
    with pytest.raises(UsageError, match="不能早于"):
        versions.begin(operator, program, "更早", date(2024, 7, 1))
    later = versions.begin(operator, program, "更晚", date(2024, 8, 1))
    assert (later.base, later.text) == (1, row.text)
    assert "to = 2024-07-15" in row.text
    assert "步行规则在2024年1月1日改变" in row.text  # the book's own words stay


def test_two_drafts_of_one_base(program: Any, operator: Any, reviewer: Any, days: type[Days], ran: None) -> None:
    slow = _drafted(operator, program, date(2024, 8, 1))
    versions.ask(operator, program, "2024-05", version=slow.pk)
    versions.submit(operator, program, slow.pk)
    _approved(operator, reviewer, program)
    with pytest.raises(WrongState, match="第 1 版"):
        versions.approve(reviewer, program, slow.pk, "同意")


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        ("decimals = 1", "decimals = 2", "decimals"),
        ('kind = "per_act", value = 10', 'kind = "per_akt", value = 10', "method[parked].points.kind"),
        ('factor = "car"', 'factor = "cra"', "there is no factor"),
        ('"parked"', '"standing"', "behaviour[parked]"),
        ('evidence = ["check_in", "connector"]', 'evidence = ["check_in"]', "打卡"),
        ("[[cap]]", "[[cap]", "not TOML"),
    ],
)  # fmt: skip
def test_the_loader_names_what_is_wrong(program: Any, operator: Any, days: type[Days], old: str, new: str, named: str) -> None:
    row = versions.begin(operator, program, "x", date(2024, 7, 1))
    assert old in row.text
    versions.save_text(operator, program, row.pk, row.text.replace(old, new))
    row.refresh_from_db()
    _made, problems = versions.read(program, row.text)
    assert any(named in each for each in problems), problems
    with pytest.raises(UsageError):
        versions.submit(operator, program, row.pk)


def test_numbers_that_are_none_are_refused_where_they_are_typed(program: Any, operator: Any, days: type[Days]) -> None:
    row = versions.begin(operator, program, "x", date(2024, 7, 1))
    with pytest.raises(UsageError, match="value"):
        versions.change_method(operator, program, row.pk, "parked", {"value": "-5"}, "例会")
    with pytest.raises(UsageError, match="5000=5"):
        versions.change_method(operator, program, row.pk, "steps-2024", {"tiers": "5000"}, "例会")
    versions.change_method(operator, program, row.pk, "steps-2024", {"tiers": "4000=4；9000=9.5"}, "例会")
    made, problems = versions.read(program, SchemeVersion.objects.get(pk=row.pk).text)
    assert problems == []
    assert made is not None
    method = next(each for each in made.methods if each.key == "steps-20240701")
    assert method.points is not None
    assert method.points.tiers == ((4000, 4), (9000, Decimal("9.5")))


def test_the_pages_lead_from_draft_to_approval(
    client: Any, enter: Any, program: Any, operator: Any, reviewer: Any, days: type[Days], django_capture_on_commit_callbacks: Any
) -> None:
    enter(operator)
    answer = client.post("/desk/points/rules/", {"title": "停驶减半", "starts_on": "2024-07-16"})
    where = answer["Location"]
    assert "还没有改动" in client.get(where).content.decode()
    page = client.get(f"{where}methods/parked/").content.decode()
    assert 'value="10"' in page
    client.post(f"{where}methods/parked/", {"value": "5", "clause": "例会"})
    page = client.get(where).content.decode()
    assert "parked-20240716" in page
    answer = client.post(f"{where}settings/", {"late_days": "30", "delay_days": "x", "expiry_days": "365", "claim_days": "none"})
    assert "delay_days" in client.get(where).content.decode() or answer.status_code == 200
    with django_capture_on_commit_callbacks(execute=True):
        client.post(f"{where}steps/", {"step": "try", "month": "2024-05"})
    assert "这个月没有事件" in client.get(where).content.decode()
    client.post(f"{where}steps/", {"step": "submit"})
    assert client.get(f"{where}text/").status_code == 404
    assert 'value="approve"' not in client.get(where).content.decode()
    enter(reviewer)
    assert 'value="approve"' in client.get(where).content.decode()
    client.post(f"{where}steps/", {"step": "approve", "text": "同意"})
    page = client.get("/desk/points/rules/").content.decode()
    assert "停驶减半" in page
    assert SchemeVersion.objects.get().state == "approved"
    with django_capture_on_commit_callbacks(execute=True):
        client.post("/desk/points/what-if/", {"scheme": "example", "month": "2024-05"})
    assert "2024-05" in client.get("/desk/points/what-if/").content.decode()
