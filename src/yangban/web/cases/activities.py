"""Activities: signing up with a waiting list, coming with a code, hours that the organiser confirms, and their way to the points.

Nobody has to check in, show a picture or a place; whoever does not, has their hours confirmed all the same. People are neither ranked nor
compared. Names and contacts go thirty days after the activity.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from django.db import transaction
from django.utils import timezone

from yangban.base.errors import NotAllowed, UsageError
from yangban.points.award import Event
from yangban.points.schemes import day_of, methods_on
from yangban.standards.campaigns import campaign_days
from yangban.web.accounts import audit
from yangban.web.accounts.models import Organisation, User
from yangban.web.accounts.permissions import demand
from yangban.web.cases.models import Activity, ServiceHours, SignUp
from yangban.web.points import earning, people, selectors
from yangban.web.points.models import CheckCode, CheckPoint, Consent, Member, PointsEvent
from yangban.web.public.letters import CODE_LETTERS
from yangban.web.words import pick

SMALLEST: Final = 3
"""Sums over fewer people would show a single one; they are not published."""
KEPT: Final = timedelta(days=30)
"""How long after an activity names and contacts are kept."""
EARLY: Final = timedelta(hours=2)
"""How long before its beginning codes are shown."""
MOST_WAITING: Final = 200
_CODE: Final = 10
DRAFT, OPEN, CANCELLED, DONE = (str(each.value) for each in Activity.State)  # type: ignore[attr-defined]
_MOST_HOURS: Final = Decimal(24)
_QUARTER: Final = Decimal("0.25")
FIELDS: Final = (
    "title", "title_en", "text", "text_en", "campaign", "place", "starts", "ends", "sign_up_until", "capacity", "volunteer", "hours",
    "behaviour",
)  # fmt: skip


def behaviours(day: Any = None) -> list[tuple[str, str]]:
    """What volunteering can count as in the scheme that the site runs: acts that are counted by the hour or by the time one comes."""
    program = selectors.current_program()
    if program is None:
        return []
    on = day or day_of(timezone.now())
    scheme = earning.timeline_of(program).on(on)
    return [
        (each.key, selectors.name_of(scheme, each.key) + "：" + selectors.words_of(method.points))
        for each in scheme.behaviours
        for method in methods_on(scheme, each.key, on)[:1]
        if method.points is not None and (method.points.input == "h" or method.points.kind == "per_act")
    ]


# ------------------------------------------------------------------------------------------------------------------------ organising


def _fits(said: Mapping[str, Any]) -> None:
    if said["ends"] <= said["starts"]:
        raise UsageError(pick("结束时间不晚于开始时间", "It ends before it begins"))
    if said["sign_up_until"] > said["ends"]:
        raise UsageError(pick("报名截止晚于活动结束", "Signing up would end after the activity"))
    if said["campaign"] and said["campaign"] not in campaign_days():
        raise UsageError(pick("没有这个主题日", "There is no such campaign day"))
    if said["behaviour"] and said["behaviour"] not in dict(behaviours()):
        raise UsageError(pick("积分方案里没有这种可计时长的行为", "The points scheme counts no such act"))


@transaction.atomic
def plan(user: User, organisation: Organisation, said: Mapping[str, Any], *, demo: bool = False) -> Activity:
    """Plan an activity of an organisation, as a draft."""
    demand(user, "activities.run", organisation=organisation.pk)
    _fits(said)
    row = Activity.objects.create(
        **{name: said[name] for name in FIELDS}, organisation=organisation, region=organisation.region, by=user, demo=demo
    )
    audit.record(user, "activity.plan", f"activity:{row.pk}", {"title": row.title})
    return row


def _held(user: User, row: Activity, *states: str) -> Activity:
    held: Activity = Activity.objects.select_for_update(of=("self",)).select_related("organisation").get(pk=row.pk)
    demand(user, "activities.run", organisation=held.organisation_id)
    if held.state not in states:
        raise NotAllowed(
            "state", pick(f"“{held.get_state_display()}”的活动不能这样办", f"An activity that is {held.get_state_display()} cannot")
        )
    return held


@transaction.atomic
def change(user: User, row: Activity, said: Mapping[str, Any]) -> Activity:
    """Change what is said of an activity; more places let those in who waited."""
    held = _held(user, row, DRAFT, OPEN)
    _fits(said)
    before = {name: getattr(held, name) for name in FIELDS}
    for name in FIELDS:
        setattr(held, name, said[name])
    held.save(update_fields=FIELDS)
    _let_in(held)
    changed = sorted(name for name in FIELDS if before[name] != said[name])
    audit.record(user, "activity.change", f"activity:{held.pk}", {"changed": changed})
    return held


@transaction.atomic
def publish(user: User, row: Activity) -> Activity:
    """Let everyone see it and sign up."""
    held = _held(user, row, DRAFT)
    if held.ends <= timezone.now():
        raise NotAllowed("state", pick("活动时间已过", "Its time has passed"))
    return _to(user, held, OPEN, "activity.publish")


@transaction.atomic
def cancel(user: User, row: Activity, reason: str) -> Activity:
    """Call it off; the page says why."""
    held = _held(user, row, DRAFT, OPEN)
    if not reason.strip():
        raise UsageError(pick("请写明取消的理由", "Say why it is called off"))
    held.reason = reason.strip()[:200]
    return _to(user, held, CANCELLED, "activity.cancel")


@transaction.atomic
def finish(user: User, row: Activity, result: str) -> Activity:
    """Say what came of it; may be said again."""
    held = _held(user, row, OPEN, DONE)
    if held.starts > timezone.now():
        raise NotAllowed("state", pick("活动还没有开始", "It has not begun yet"))
    held.result = result.strip()[:2000]
    return _to(user, held, DONE, "activity.finish")


def _to(user: User, held: Activity, state: str, action: str) -> Activity:
    held.state = state
    held.save(update_fields=("state", "reason", "result"))
    if state in {CANCELLED, DONE} and held.check_point_id:
        CheckPoint.objects.filter(pk=held.check_point_id).update(active=False)
    audit.record(user, action, f"activity:{held.pk}", {"title": held.title, **({"reason": held.reason} if held.reason else {})})
    return held


# ------------------------------------------------------------------------------------------------------------------------ signing up


def places_left(row: Activity) -> int | None:
    """Places that are free, ``None`` where there are as many as people come."""
    return None if row.capacity is None else max(0, row.capacity - row.sign_ups.filter(state=SignUp.State.COMING).count())


def refusal(row: Activity, now: datetime | None = None) -> str:
    """Why nobody can sign up now; empty when one can."""
    moment = now or timezone.now()
    if row.state == Activity.State.CANCELLED:
        return pick("活动已取消", "It was called off")
    if row.state != Activity.State.OPEN or moment > row.ends:
        return pick("活动已结束", "It is over")
    if moment > row.sign_up_until:
        return pick("报名已截止", "Signing up has ended")
    return ""


@transaction.atomic
def sign_up(row: Activity, *, name: str, contact: str = "", member: Member | None = None, points: bool = False) -> SignUp:
    """Sign somebody up: with a place while there is one, else on the waiting list in the order of coming."""
    held: Activity = Activity.objects.select_for_update(of=("self",)).get(pk=row.pk)
    if reason := refusal(held):
        raise NotAllowed("state", reason)
    if not name.strip():
        raise UsageError(pick("请写怎么称呼您", "Say what to call you"))
    if member is not None and held.sign_ups.filter(member=member).exclude(state=SignUp.State.CANCELLED).exists():
        raise NotAllowed("twice", pick("您已经报过名", "You have signed up already"))
    left = places_left(held)
    if left == 0 and held.sign_ups.filter(state=SignUp.State.WAITING).count() >= MOST_WAITING:
        raise NotAllowed("full", pick("名额和候补都已满", "Places and waiting list are full"))
    made: SignUp = SignUp.objects.create(
        activity=held, code="".join(secrets.choice(CODE_LETTERS) for _ in range(_CODE)), name=name.strip()[:20],
        contact=contact.strip()[:60], member=member, state=SignUp.State.WAITING if left == 0 else SignUp.State.COMING,
    )  # fmt: skip
    if member is not None and points:
        people.consent(member, people.ACTIVITY_SOURCE)
    audit.record(None, "activity.sign-up", f"activity:{held.pk}", {"sign_up": made.pk, "state": made.state})
    return made


def found(code: str) -> SignUp | None:
    """A sign-up by its code."""
    rows = SignUp.objects.select_related("activity__organisation", "member")
    return rows.filter(code=code.strip().upper()).first()  # type: ignore[no-any-return]


@transaction.atomic
def take_back(row: SignUp) -> SignUp:
    """Cancel a sign-up; the first on the waiting list moves up."""
    activity = Activity.objects.select_for_update(of=("self",)).get(pk=row.activity_id)
    held: SignUp = SignUp.objects.select_for_update(of=("self",)).get(pk=row.pk)
    if held.state == SignUp.State.CANCELLED:
        return held
    if timezone.now() > activity.starts:
        raise NotAllowed("state", pick("活动已开始，不用再取消", "It has begun; there is no need to cancel"))
    held.state, held.name, held.contact = SignUp.State.CANCELLED, "", ""
    held.save(update_fields=("state", "name", "contact"))
    _let_in(activity)
    audit.record(None, "activity.take-back", f"activity:{activity.pk}", {"sign_up": held.pk})
    return held


def _let_in(held: Activity) -> None:
    left = places_left(held)
    waiting = list(held.sign_ups.filter(state=SignUp.State.WAITING).order_by("pk")[:left])
    for each in waiting:
        each.state = SignUp.State.COMING
        each.save(update_fields=("state",))
        audit.record(None, "activity.moved-up", f"activity:{held.pk}", {"sign_up": each.pk})


# ------------------------------------------------------------------------------------------------------------------------- coming


def shown_code(user: User, row: Activity, last: str = "") -> CheckCode:
    """A code for the screen at the place: the one that is shown, as long as it is good and unused, else a new one."""
    with transaction.atomic():
        held = _held(user, row, OPEN)
        now = timezone.now()
        if not held.starts - EARLY <= now <= held.ends + EARLY:
            raise NotAllowed(
                "time", pick("签到码从活动开始前两小时到结束后两小时显示", "Codes are shown from two hours before to two hours after")
            )
        if held.check_point is None:
            held.check_point = CheckPoint.objects.create(scheme="", behaviour="", name=held.title, organisation=held.organisation)
            held.save(update_fields=("check_point",))
        margin = timedelta(seconds=15)
        same = (
            CheckCode.objects.filter(code=last, point=held.check_point, used_at=None, good_until__gt=now + margin).first() if last else None
        )
        return same or earning.show_code(held.check_point)


def check_in(row: SignUp, code: str) -> SignUp:
    """Somebody who signed up scanned the code at the place, by their own choice. A second time changes nothing and uses no code."""
    with transaction.atomic():
        held: SignUp = SignUp.objects.select_for_update(of=("self",)).select_related("activity").get(pk=row.pk)
        if held.checked_in_at is not None:
            return held
        if held.state != SignUp.State.COMING:
            raise NotAllowed(
                "state", pick(f"您的报名{held.get_state_display()}，请到现场找组织方", "You have no place yet; ask the organiser")
            )
        if held.activity.check_point_id is None:
            raise UsageError(pick("没有这个签到码", "There is no such code"))
        earning.take_code(code, CheckPoint.objects.filter(pk=held.activity.check_point_id))
        held.checked_in_at = timezone.now()
        held.came = True
        held.save(update_fields=("checked_in_at", "came"))
    return held


# -------------------------------------------------------------------------------------------------------------------------- hours


def hours_of(text: str) -> Decimal | None:
    """Hours as somebody typed them, in quarters; ``None`` for nothing. Raises :class:`~yangban.base.errors.UsageError` for anything else.

    >>> hours_of(" 2.5 "), hours_of("")
    (Decimal('2.5'), None)
    """
    if not text.strip():
        return None
    try:
        made = Decimal(text.strip())
    except InvalidOperation:
        made = Decimal(-1)
    if not made.is_finite() or not 0 <= made <= _MOST_HOURS or made % _QUARTER:
        raise UsageError(pick(f"时长“{text[:10]}”应为 0 到 24 之间、以 0.25 为一档的数", f"Hours {text[:10]!r}: from 0 to 24 in quarters"))
    return made


@dataclass(frozen=True)
class Attendee:
    """A sign-up as the organiser sees it."""

    row: SignUp
    hours: Decimal | None
    points: PointsEvent | None
    consented: bool


def attendees(row: Activity) -> list[Attendee]:
    """Everybody who signed up and did not cancel, in the order of signing up."""
    rows = list(row.sign_ups.exclude(state=SignUp.State.CANCELLED).select_related("member").prefetch_related("service"))
    keys = {f"{people.ACTIVITY_SOURCE}:{_event_id(each)}": each.pk for each in rows}
    events = {keys[each.key]: each for each in PointsEvent.objects.filter(key__in=keys).select_related("award")}
    members = [each.member_id for each in rows if each.member_id]
    held = set(
        Consent.objects.filter(member__in=members, source=people.ACTIVITY_SOURCE, withdrawn_at=None).values_list("member", flat=True)
    )
    return [Attendee(each, newest_hours(each), events.get(each.pk), each.member_id in held) for each in rows]


def newest_hours(row: SignUp) -> Decimal | None:
    """The hours that hold for a sign-up, ``None`` where none were confirmed."""
    rows = list(row.service.all())
    return rows[-1].hours if rows else None


def confirm(user: User, row: Activity, hours: Mapping[int, Decimal], *, reason: str = "") -> int:
    """Confirm hours by sign-up; another number than before needs a reason. Returns for how many something was written.

    Afterwards the hours of members who consented go to the points; sending them twice changes nothing.
    """
    with transaction.atomic():
        held = _held(user, row, OPEN, DONE)
        if not held.volunteer:
            raise NotAllowed("state", pick("这项活动不记服务时长", "No hours are confirmed for this activity"))
        if held.starts > timezone.now():
            raise NotAllowed("state", pick("活动还没有开始，不能确认时长", "It has not begun; hours cannot be confirmed yet"))
        written = 0
        rows = held.sign_ups.select_for_update(of=("self",)).exclude(state=SignUp.State.CANCELLED).filter(pk__in=list(hours)).order_by("pk")
        for each in rows:
            was, now = newest_hours(each), hours[each.pk]
            if was == now:
                continue
            if was is not None and not reason.strip():
                raise UsageError(pick(f"{each.name or each.pk} 的时长已确认为 {was}，更正要写明理由", "A correction needs a reason"))
            ServiceHours.objects.create(sign_up=each, hours=now, reason=reason.strip()[:200] if was is not None else "", by=user)
            if each.came is None:
                each.came = now > 0
                each.save(update_fields=("came",))
            written += 1
        if written:
            audit.record(user, "activity.hours", f"activity:{held.pk}", {"rows": written, "reason": reason.strip()[:200]})
    send_hours(row)
    return written


def _event_id(row: SignUp) -> str:
    return f"{row.activity_id}-{row.pk}"


def send_hours(row: Activity) -> list[earning.Outcome]:
    """Hand confirmed hours to the points, each once, for members who said so. What a method does not allow is refused there with a reason.

    The first hours that were confirmed count: what the points have judged is put right there, by its own reversal.
    """
    program = selectors.current_program()
    if program is None or not row.behaviour:
        return []
    kinds = {each.key for each in earning.scheme_of(program).evidence}
    now = timezone.now()
    events = []
    for each in attendees(row):
        member = each.row.member
        if member is None or member.erased_at is not None or not each.consented or not each.hours or each.points is not None:
            continue
        evidence = "check_in" if each.row.checked_in_at is not None and "check_in" in kinds else ""
        events.append(
            Event(
                id=_event_id(each.row), channel=people.ACTIVITY_SOURCE, member=member.number, behaviour=row.behaviour,
                happened_at=min(row.ends, now), received_at=now, evidence=evidence,
                amounts={"h": each.hours.normalize(), "act": Decimal(1)},
            )
        )  # fmt: skip
    return earning.receive(program, events) if events else []


# --------------------------------------------------------------------------------------------------------------------------- results


@dataclass(frozen=True)
class Sums:
    """What everyone may read of those who came: sums, and none over fewer than :data:`SMALLEST`."""

    people: int
    hours: Decimal
    few: bool


def sums(rows: Iterable[Activity]) -> Sums:
    """How many came to some activities, and for how many hours."""
    came = SignUp.objects.filter(activity__in=list(rows), came=True)
    newest = ServiceHours.objects.filter(sign_up__in=came).order_by("sign_up", "-pk").values_list("sign_up", "pk", "hours")
    held: dict[int, Decimal] = {}
    for sign_up_pk, _, hours in newest:
        held.setdefault(sign_up_pk, hours)
    count = came.count()
    return Sums(count, sum(held.values(), Decimal(0)), count < SMALLEST)


def erase_due(now: datetime | None = None) -> int:
    """Remove names and contacts of activities that ended long enough ago; return of how many activities."""
    moment = now or timezone.now()
    due = Activity.objects.filter(ends__lte=moment - KEPT, erased_at=None)
    count = 0
    for row in due:
        with transaction.atomic():
            removed = row.sign_ups.exclude(name="", contact="").update(name="", contact="")
            Activity.objects.filter(pk=row.pk).update(erased_at=moment)
            audit.record(None, "activity.erased", f"activity:{row.pk}", {"sign_ups": removed})
        count += 1
    return count
