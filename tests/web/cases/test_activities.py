"""Signing up, waiting, coming, hours, and their way to the points: each once, by choice, with as little of a person as can be."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from yangban.base.errors import NotAllowed, UsageError
from yangban.web.accounts import audit
from yangban.web.accounts.models import AuditEntry
from yangban.web.cases import activities
from yangban.web.cases.models import Activity, ServiceHours, SignUp
from yangban.web.points import earning, people
from yangban.web.points.models import Award, CheckCode, Consent, PointsEvent, Program

pytestmark = pytest.mark.django_db


@pytest.fixture
def host(person: Callable[..., Any], bodies: dict[str, Any]) -> Any:
    return person("head", organisation=bodies["writers"])


def said(**changed: Any) -> dict[str, Any]:
    now = timezone.now().replace(second=0, microsecond=0)
    return {
        "title": "清河", "title_en": "", "text": "清理河岸", "text_en": "", "campaign": "environment-day", "place": "东门",
        "starts": now + timedelta(days=2), "ends": now + timedelta(days=2, hours=3), "sign_up_until": now + timedelta(days=1),
        "capacity": 2, "volunteer": True, "hours": Decimal("2.5"), "behaviour": "", **changed,
    }  # fmt: skip


@pytest.fixture
def opened(host: Any, bodies: dict[str, Any]) -> Callable[..., Activity]:
    def go(**changed: Any) -> Activity:
        return activities.publish(host, activities.plan(host, bodies["writers"], said(**changed)))

    return go


def begin(row: Activity) -> Activity:
    """As if it had begun an hour ago."""
    now = timezone.now()
    Activity.objects.filter(pk=row.pk).update(
        starts=now - timedelta(hours=1), ends=now + timedelta(hours=1), sign_up_until=now - timedelta(hours=2)
    )
    row.refresh_from_db()
    return row


class TestSigningUp:
    def test_places_go_in_the_order_of_coming_and_the_first_who_waits_moves_up(self, opened: Any) -> None:
        row = opened()
        ups = [activities.sign_up(row, name=f"人{n}") for n in range(4)]
        assert [each.state for each in ups] == ["coming", "coming", "waiting", "waiting"]
        activities.take_back(ups[0])
        assert list(row.sign_ups.order_by("pk").values_list("state", flat=True)) == ["cancelled", "coming", "coming", "waiting"]
        activities.take_back(ups[3])
        activities.take_back(ups[1])
        assert list(row.sign_ups.order_by("pk").values_list("state", flat=True)) == ["cancelled", "cancelled", "coming", "cancelled"]
        assert activities.places_left(row) == 1

    def test_more_places_let_in_those_who_wait(self, host: Any, opened: Any) -> None:
        row = opened(capacity=1)
        for n in range(4):
            activities.sign_up(row, name=f"人{n}")
        activities.change(host, row, said(capacity=3))
        assert list(row.sign_ups.order_by("pk").values_list("state", flat=True)) == ["coming", "coming", "coming", "waiting"]

    def test_without_a_limit_everybody_comes(self, opened: Any) -> None:
        row = opened(capacity=None)
        assert {activities.sign_up(row, name="人").state for _ in range(5)} == {"coming"}

    @pytest.mark.parametrize(
        ("state", "hours", "word"),
        [("open", -1, "截止"), ("cancelled", 24, "取消"), ("done", 24, "结束"), ("draft", 24, "结束")],
    )
    def test_nobody_signs_up_late_or_for_what_is_off(self, state: str, hours: int, word: str, opened: Any) -> None:
        row = opened()
        Activity.objects.filter(pk=row.pk).update(state=state, sign_up_until=timezone.now() + timedelta(hours=hours))
        with pytest.raises(NotAllowed, match=word):
            activities.sign_up(row, name="人")

    def test_a_name_is_all_that_is_asked(self, opened: Any) -> None:
        with pytest.raises(UsageError, match="称呼"):
            activities.sign_up(opened(), name="  ")

    def test_cancelling_removes_name_and_contact_at_once(self, opened: Any) -> None:
        made = activities.sign_up(opened(), name="小李", contact="13800000001")
        assert (activities.take_back(made).name, made.__class__.objects.get(pk=made.pk).contact) == ("", "")

    def test_the_audit_names_nobody(self, opened: Any) -> None:
        activities.sign_up(opened(), name="小李", contact="13800000001")
        entry = AuditEntry.objects.get(action="activity.sign-up")
        assert "小李" not in str(entry.detail)
        assert "138" not in str(entry.detail)
        assert audit.problems() == []

    def test_a_code_leads_to_one_sign_up_alone(self, opened: Any) -> None:
        row = opened()
        codes = {activities.sign_up(row, name="人").code for _ in range(2)}
        assert len(codes) == 2
        assert {len(each) for each in codes} == {10}
        assert activities.found("XXXXXXXXXX") is None


class TestComing:
    def test_a_code_is_for_one_person_and_a_second_scan_uses_none(self, host: Any, opened: Any) -> None:
        row = opened()
        one, two = activities.sign_up(row, name="甲"), activities.sign_up(row, name="乙")
        begin(row)
        first = activities.shown_code(host, row)
        assert activities.shown_code(host, row, first.code).code == first.code
        activities.check_in(one, first.code)
        with pytest.raises(UsageError, match="用过"):
            activities.check_in(two, first.code)
        second = activities.shown_code(host, row, first.code)
        assert second.code != first.code
        activities.check_in(one, second.code)
        assert CheckCode.objects.get(code=second.code).used_at is None
        activities.check_in(two, second.code)
        assert row.sign_ups.filter(came=True).count() == 2

    def test_a_code_that_is_over_or_of_another_activity_is_refused(self, host: Any, opened: Any) -> None:
        row, other = opened(), opened()
        one, waiting = activities.sign_up(row, name="甲"), [activities.sign_up(row, name=f"人{n}") for n in range(2)][1]
        begin(row)
        begin(other)
        code, foreign = activities.shown_code(host, row).code, activities.shown_code(host, other).code
        with pytest.raises(UsageError, match="没有这个签到码"):
            activities.check_in(one, foreign)
        with pytest.raises(NotAllowed, match="候补"):
            activities.check_in(waiting, code)
        CheckCode.objects.filter(code=code).update(good_until=timezone.now() - timedelta(seconds=1))
        with pytest.raises(UsageError, match="过期"):
            activities.check_in(one, code)

    def test_codes_are_shown_around_the_activity_alone(self, host: Any, opened: Any) -> None:
        with pytest.raises(NotAllowed, match="两小时"):
            activities.shown_code(host, opened())

    def test_the_code_of_an_activity_earns_no_points_by_itself(self, host: Any, opened: Any) -> None:
        row = begin(opened())
        code = activities.shown_code(host, row).code
        member = people.join("walker@example.org", "a word of twelve letters")
        with pytest.raises(UsageError, match="没有这个签到码"):
            earning.check_in(member, code)
        assert not PointsEvent.objects.exists()


class TestHours:
    def test_who_did_not_check_in_gets_their_hours_all_the_same(self, host: Any, opened: Any) -> None:
        row = opened()
        one = activities.sign_up(row, name="甲")
        begin(row)
        assert activities.confirm(host, row, {one.pk: Decimal("2.5")}) == 1
        assert activities.confirm(host, row, {one.pk: Decimal("2.5")}) == 0
        one.refresh_from_db()
        assert (one.came, one.checked_in_at) == (True, None)

    def test_a_correction_needs_a_reason_and_keeps_what_was(self, host: Any, opened: Any) -> None:
        row = opened()
        one = activities.sign_up(row, name="甲")
        begin(row)
        activities.confirm(host, row, {one.pk: Decimal(3)})
        with pytest.raises(UsageError, match="理由"):
            activities.confirm(host, row, {one.pk: Decimal(2)})
        activities.confirm(host, row, {one.pk: Decimal(2)}, reason="提前离开")
        assert [(each.hours, each.reason) for each in ServiceHours.objects.order_by("pk")] == [(3, ""), (2, "提前离开")]
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("UPDATE cases_servicehours SET hours = 9")

    def test_only_the_organiser_confirms_and_not_before_it_began(self, host: Any, opened: Any, crew: Any, person: Any, bodies: Any) -> None:
        row = opened()
        one = activities.sign_up(row, name="甲")
        with pytest.raises(NotAllowed, match="没有开始"):
            activities.confirm(host, row, {one.pk: Decimal(1)})
        begin(row)
        for other in (crew["writer"], crew["checker"], person("head", organisation=bodies["others"])):
            with pytest.raises(PermissionDenied):
                activities.confirm(other, row, {one.pk: Decimal(1)})

    @pytest.mark.parametrize("text", ["25", "-1", "1.1", "abc", "NaN", "1e3", "Infinity"])
    def test_hours_are_quarters_of_a_day_at_most(self, text: str) -> None:
        with pytest.raises(UsageError, match="时长"):
            activities.hours_of(text)

    def test_sums_leave_out_the_cancelled_count_corrections_once_and_hide_few(self, host: Any, opened: Any) -> None:
        row = opened(capacity=None)
        ups = [activities.sign_up(row, name=f"人{n}") for n in range(4)]
        activities.take_back(ups[3])
        begin(row)
        activities.confirm(host, row, {ups[0].pk: Decimal(3), ups[1].pk: Decimal(2)})
        assert activities.sums([row]).few
        activities.confirm(host, row, {ups[0].pk: Decimal("1.5"), ups[2].pk: Decimal(1)}, reason="更正")
        found = activities.sums([row])
        assert (found.people, found.hours, found.few) == (3, Decimal("4.5"), False)


@pytest.mark.usefixtures("program")
class TestPoints:
    """The scheme of Fuzhou pays 20 for an hour of volunteering (its rules of 2022)."""

    @pytest.fixture
    def program(self, bureau: Any) -> Program:
        return Program.objects.create(scheme="fuzhou-lvbao", organisation=bureau("361000", kind="operator"), fen_per_point=Decimal(10))

    def come(self, opened: Any, member: Any, *, consent: bool = True) -> tuple[Activity, SignUp]:
        row = opened(behaviour="volunteering")
        made = activities.sign_up(row, name="甲", member=member, points=consent)
        return begin(row), made

    def test_confirmed_hours_become_points_once(self, host: Any, opened: Any) -> None:
        member = people.join("a@example.org", "a word of twelve letters")
        row, made = self.come(opened, member)
        activities.confirm(host, row, {made.pk: Decimal("2.5")})
        award = Award.objects.get()
        assert (award.units, award.event.key, award.event.amounts["h"]) == (50, f"activities:{row.pk}-{made.pk}", "2.5")
        activities.confirm(host, row, {made.pk: Decimal("2.5")})
        activities.send_hours(row)
        activities.confirm(host, row, {made.pk: Decimal(1)}, reason="更正")
        assert PointsEvent.objects.count() == Award.objects.count() == 1

    def test_nothing_goes_without_consent_and_it_can_be_withdrawn(self, host: Any, opened: Any) -> None:
        member = people.join("b@example.org", "a word of twelve letters")
        row, made = self.come(opened, member, consent=False)
        activities.confirm(host, row, {made.pk: Decimal(2)})
        assert not PointsEvent.objects.exists()
        people.consent(member, people.ACTIVITY_SOURCE)
        assert Consent.objects.filter(member=member, withdrawn_at=None).count() == 1
        people.withdraw(member, people.ACTIVITY_SOURCE)
        activities.send_hours(row)
        assert not PointsEvent.objects.exists()

    def test_who_is_no_member_gets_hours_and_no_points(self, host: Any, opened: Any) -> None:
        row = opened(behaviour="volunteering")
        made = activities.sign_up(row, name="甲")
        activities.confirm(host, begin(row), {made.pk: Decimal(2)})
        assert not PointsEvent.objects.exists()

    def test_an_act_that_the_scheme_does_not_count_is_not_offered(self, host: Any, bodies: Any) -> None:
        assert "volunteering" in dict(activities.behaviours())
        assert "steps" not in dict(activities.behaviours())
        with pytest.raises(UsageError, match="可计时长"):
            activities.plan(host, bodies["writers"], said(behaviour="steps"))

    def test_a_member_signs_up_once(self, opened: Any) -> None:
        member, row = people.join("c@example.org", "a word of twelve letters"), opened()
        made = activities.sign_up(row, name="甲", member=member)
        with pytest.raises(NotAllowed, match="已经报过名"):
            activities.sign_up(row, name="甲", member=member)
        activities.take_back(made)
        assert activities.sign_up(row, name="甲", member=member).state == "coming"


def test_names_go_thirty_days_after_and_hours_stay(host: Any, opened: Any) -> None:
    row = opened()
    made = activities.sign_up(row, name="小李", contact="x@example.org")
    begin(row)
    activities.confirm(host, row, {made.pk: Decimal(2)})
    assert activities.erase_due(row.ends + timedelta(days=29)) == 0
    assert activities.erase_due(row.ends + timedelta(days=30)) == 1
    made.refresh_from_db()
    assert (made.name, made.contact) == ("", "")
    assert ServiceHours.objects.count() == 1
    assert activities.erase_due(row.ends + timedelta(days=31)) == 0


@pytest.mark.parametrize(
    ("changed", "word"),
    [
        ({"ends": timezone.now()}, "不晚于"), ({"sign_up_until": timezone.now() + timedelta(days=9)}, "报名截止"),
        ({"campaign": "no-such-day"}, "主题日"), ({"behaviour": "volunteering"}, "积分方案"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_refused(changed: dict[str, Any], word: str, host: Any, bodies: Any) -> None:
    with pytest.raises(UsageError, match=word):
        activities.plan(host, bodies["writers"], said(**changed))


def test_it_is_called_off_with_a_reason_and_ended_with_a_result(host: Any, opened: Any, crew: Any) -> None:
    row = opened()
    with pytest.raises(UsageError, match="理由"):
        activities.cancel(host, row, " ")
    with pytest.raises(NotAllowed, match="没有开始"):
        activities.finish(host, row, "好")
    with pytest.raises(PermissionDenied):
        activities.cancel(crew["other"], row, "雨")
    assert activities.cancel(host, row, "雨").state == "cancelled"
    done = activities.finish(host, begin(opened()), "清了两公里")
    assert (done.state, done.result) == ("done", "清了两公里")
