"""From a report to points in the books: judged under the method in force when it happened, once, in one transaction with its posting."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from functools import cache, lru_cache
from typing import Any, Final

from django.db import connection
from django.db.models import Q, Sum

from yangban.base.errors import LedgerRefusal, UsageError, WrongState
from yangban.points import abuse
from yangban.points.award import Already, Event, Granted, Refusal, award, reach, shown_points
from yangban.points.award import Award as Made
from yangban.points.ledger import ISSUE, Earn, Expire, Post, Reverse, Void, chain_of
from yangban.points.schemes import Timeline, Version, day_of
from yangban.standards.points import PointsBook, Scheme, load_points, read_points_text
from yangban.web.accounts import audit
from yangban.web.accounts.models import User
from yangban.web.accounts.permissions import demand
from yangban.web.points import clock, posting
from yangban.web.points.models import (
    Award,
    CheckCode,
    CheckPoint,
    Closing,
    Consent,
    LedgerAccount,
    LedgerChain,
    LedgerEntry,
    LedgerLot,
    Member,
    PointsEvent,
    Program,
    Review,
    SchemeVersion,
)
from yangban.web.points.people import OWN_SOURCE, account_of, consent
from yangban.web.points.together import Together
from yangban.web.words import pick

MORE_REFUSALS: Final[Mapping[str, tuple[str, str]]] = {
    "unknown_member": ("没有这个会员", "No such member"),
    "no_consent": ("会员没有同意这个来源", "The member has not consented to this source"),
    "program_closed": ("方案已停止计分", "The scheme takes no more events"),
    "budget_spent": ("发放预算已用完", "The budget of issuance is spent"),
    "expired": ("积分在入账前已到期", "The points would have expired already"),
}
"""Why an event earns nothing for a reason of the house and not of the method."""

CODE_LASTS: Final = timedelta(seconds=60)


@cache
def book() -> PointsBook:
    """The book of points, read once."""
    return load_points()


@lru_cache(maxsize=128)
def _version(digest: str) -> Scheme:
    """An approved version, read once: its text never changes."""
    row = SchemeVersion.objects.filter(digest=digest, state=SchemeVersion.State.APPROVED).order_by("pk").first()
    assert row is not None
    made = read_points_text(f"{row.scheme}#{row.number}", row.text).made
    assert isinstance(made, Scheme)  # Nothing else is approved.
    return made


def timeline_of(program: Program) -> Timeline:
    """The scheme that a program runs, with its approved changes."""
    rows = SchemeVersion.objects.filter(scheme=program.scheme, state=SchemeVersion.State.APPROVED).order_by("number")
    later = tuple(Version(number, start, _version(digest)) for number, start, digest in rows.values_list("number", "starts_on", "digest"))
    return Timeline(book().scheme(program.scheme), later)


def scheme_of(program: Program) -> Scheme:
    """The scheme that a program runs, as it holds today."""
    return timeline_of(program).on(day_of(clock.now()))


def not_sealed(scheme: str) -> None:
    """Refuse what would write into sealed books. Raises :class:`~yangban.base.errors.WrongState`."""
    if Program.objects.filter(scheme=scheme, state=Program.State.SEALED).exists():
        raise WrongState(pick("方案已封存，账本不再变动", "The scheme is sealed; its books change no more"))


def operator_of(scheme: str) -> int:
    """The organisation that runs a scheme."""
    return int(Program.objects.values_list("organisation_id", flat=True).get(scheme=scheme))


@dataclass(frozen=True)
class Outcome:
    """What became of one report: ``awarded``, ``review``, ``waiting``, ``refused`` or ``already``."""

    key: str
    status: str
    units: int | None = None
    points: str | None = None
    code: str = ""
    reason: str = ""
    award: Award | None = None

    def to_dict(self) -> dict[str, Any]:
        """The outcome as the interface sends it."""
        return {"key": self.key, "status": self.status, "points": self.points, "code": self.code, "reason": self.reason}


def receive(program: Program, events: Sequence[Event], *, consented: bool = False) -> list[Outcome]:
    """Take reports in, in their order; late, repeated and out-of-order ones among them. One transaction for each batch.

    ``consented``: the member acts by themselves. Every report is answered; a refused one does not stop the others. A single report, outside
    of a transaction, goes with what other threads report at the moment.
    """
    if len(events) == 1 and not connection.in_atomic_block:
        return [_SINGLES.ask((program.pk, consented), events[0])]
    return _received(program, events, consented=consented)


def _received(program: Program, events: Sequence[Event], *, consented: bool) -> list[Outcome]:
    found: list[Outcome] = []
    for first in range(0, len(events), posting.BATCH):
        part = events[first : first + posting.BATCH]
        found += posting.run(lambda part=part: _Batch(program, part, consented=consented).answers())  # type: ignore[misc]
    return found


def _together(place: Any, events: Sequence[Event]) -> list[Outcome]:
    pk, consented = place
    return _received(Program.objects.get(pk=pk), events, consented=consented)


_SINGLES: Final[Together[Event, Outcome]] = Together(_together, posting.BATCH)


class _Batch:
    """One transaction: the books are locked before the first report is judged, so that nobody is granted the same act twice."""

    def __init__(self, program: Program, events: Sequence[Event], *, consented: bool) -> None:
        self.timeline = timeline_of(program)
        self.program, self.scheme, self.events = program, self.timeline.on(day_of(clock.now())), events
        self.rules = book().reviews[program.review]
        self.members = self._members()
        self.chain = chain_of(program.scheme, "")
        posting.lock(self.chain)
        # Read again under the lock: somebody may have been erased meanwhile.
        self.members = self._members()
        self.known = {
            each.key: each
            for each in PointsEvent.objects.filter(scheme=program.scheme, key__in={e.key for e in events}).select_related("award")
        }
        self.consents: set[tuple[str, str]] | None = (
            None
            if consented
            else set(Consent.objects.filter(member__in=self.members.values(), withdrawn_at=None).values_list("member__number", "source"))
        )
        # The state of the program too, as it is under the lock.
        self.program = Program.objects.get(pk=program.pk)
        self.closing = None if self.program.state == Program.State.OPEN else closing_of(self.program)
        self.granted, self.seen = self._before()
        self.left = self._budget()
        self.now = clock.now()

    def _members(self) -> dict[str, Member]:
        return {each.number: each for each in Member.objects.filter(number__in={e.member for e in self.events}, erased_at=None)}

    def _before(self) -> tuple[dict[str, list[Granted]], list[Event]]:
        """What was granted to the members that may matter, and the events that a review may look at."""
        spans = [reach(self._scheme_at(each), each) for each in self.events if each.happened_at.tzinfo is not None]
        if not spans:
            return {}, []
        days = timedelta(days=abuse.reach_days(self.rules))
        first = min(min(span[0] for span in spans), min(e.happened_at for e in self.events) - days)
        last = max(max(span[1] for span in spans), max(e.happened_at for e in self.events) + days)
        near = Q(member__in=self.members.values(), happened_at__gte=first, happened_at__lt=last)
        proofs, devices = {e.proof for e in self.events if e.proof}, {e.device for e in self.events if e.device}
        if proofs:
            near |= Q(proof__in=proofs)
        if devices:
            near |= Q(device__in=devices, happened_at__gte=first, happened_at__lt=last)
        granted: dict[str, list[Granted]] = {}
        seen: list[Event] = []
        for row in PointsEvent.objects.filter(near, scheme=self.scheme.id, refused="").select_related("award", "member"):
            seen.append(event_of(row))
            granted.setdefault(row.member.number, []).append(granted_of(row, row.award))
        return granted, seen

    def _scheme_at(self, event: Event) -> Scheme:
        """The version of the day on which it happened, however late it is told."""
        return self.scheme if event.happened_at.tzinfo is None else self.timeline.on(day_of(event.happened_at))

    def _budget(self) -> int | None:
        """Units that may still be issued."""
        if self.scheme.budget is None:
            return None
        return max(int(self.scheme.budget * self.scheme.per_point) - issued(self.chain), 0)

    def answers(self) -> list[Outcome]:
        """Judge, write and post."""
        outcomes: list[Outcome | None] = [None] * len(self.events)
        rows: list[tuple[int, PointsEvent, Made | None, tuple[abuse.Reason, ...]]] = []
        again: list[tuple[int, Event]] = []
        for index, event in enumerate(self.events):
            if event.key in self.known:
                again.append((index, event))
                continue
            made, reasons = self._judge(event)
            if isinstance(made, Outcome):
                outcomes[index] = made
                continue
            refused, why = (made.code, made.reason) if isinstance(made, Refusal) else ("", "")
            row = _row(self.scheme.id, event, self.members[event.member], refused, why)
            self.known[event.key] = row
            if isinstance(made, Refusal):
                outcomes[index] = Outcome(event.key, "refused", code=refused, reason=why)
            rows.append((index, row, None if isinstance(made, Refusal) else made, reasons))
        PointsEvent.objects.bulk_create([row for _, row, _, _ in rows])
        good = [(index, row, made, reasons) for index, row, made, reasons in rows if made is not None]
        awards = [
            _award_row(row, made, self._state(made, reasons), self.timeline.version_on(day_of(row.happened_at)).number)
            for _, row, made, reasons in good
        ]
        requests = [
            _earn(self.program.scheme, row.member, made, pending=each.state == Award.State.REVIEW)
            for (_, row, made, _), each in zip(good, awards, strict=True)
            if each.state in {Award.State.CREDITED, Award.State.REVIEW}
        ]
        posted = iter(posting.post_all(self.chain, requests))
        for each in awards:
            if each.state in {Award.State.CREDITED, Award.State.REVIEW}:
                answer = next(posted)
                if isinstance(answer, LedgerRefusal):
                    raise answer
                each.operation_id = answer.pk
        Award.objects.bulk_create(awards)
        Review.objects.bulk_create(
            Review(award=each, reasons=[reason.text for reason in reasons])
            for (_, _, _, reasons), each in zip(good, awards, strict=True)
            if each.state == Award.State.REVIEW
        )
        for (index, row, _made, _reasons), each in zip(good, awards, strict=True):
            outcomes[index] = _answered(row, each)
        # What came before, also what came before in this very batch, is answered when its award stands.
        for index, event in again:
            outcomes[index] = _again(self.known[event.key], event)
        return [each for each in outcomes if each is not None]

    def _judge(self, event: Event) -> tuple[Made | Refusal | Outcome, tuple[abuse.Reason, ...]]:
        if event.member not in self.members:
            return _house(event, "unknown_member"), ()
        if self.consents is not None and (event.member, event.channel) not in self.consents:
            return _house(event, "no_consent"), ()
        if closed := _open_for(self.program, self.closing, event, day_of(self.now)):
            return _house(event, "program_closed", closed), ()
        own = self.granted.setdefault(event.member, [])
        made = award(book(), self._scheme_at(event), event, own)
        if isinstance(made, Already):
            return Outcome(event.key, "already", made.granted.points, shown_points(made.granted.points, self.scheme.decimals)), ()
        if isinstance(made, Refusal):
            return made, ()
        if made.expires_at is not None and made.expires_at <= self.now:
            return _house(event, "expired"), ()
        if self.left is not None and made.points is not None:
            if made.points > self.left:
                return _house(event, "budget_spent"), ()
            self.left -= made.points
        reasons = abuse.review(self.rules, event, self.seen)
        own.append(made.granted())
        self.seen.append(event)
        return made, reasons

    def _state(self, made: Made, reasons: Sequence[abuse.Reason]) -> str:
        if made.points is None:
            return str(Award.State.GRAMS)
        if reasons:
            return str(Award.State.REVIEW)
        early = made.credit_from is not None and made.credit_from > self.now
        return str(Award.State.WAITING if early or made.claim_until is not None else Award.State.CREDITED)


def issued(chain: str) -> int:
    """Units that left the issue pool of a chain and were not taken back; settled ones were issued."""
    balance = LedgerAccount.objects.filter(chain__name=chain, kind=ISSUE).values_list("balance", flat=True).first() or 0
    settled = LedgerEntry.objects.filter(operation__chain__name=chain, source__kind="merchant", target__kind=ISSUE)
    undone = LedgerEntry.objects.filter(operation__chain__name=chain, source__kind=ISSUE, target__kind="merchant")
    return (settled.aggregate(s=Sum("amount"))["s"] or 0) - (undone.aggregate(s=Sum("amount"))["s"] or 0) - balance


def _open_for(program: Program, closing: Closing | None, event: Event, today: date) -> str:
    """Why a program takes an event no longer; empty while it does.

    What happened by the last day may be told until points are no longer spent.
    """
    if program.state == Program.State.SEALED:
        return pick("方案已封存", "The scheme is sealed")
    if program.last_day is not None and day_of(event.happened_at) > program.last_day:
        return pick(
            f"方案已停止计分，最后计分日为 {program.last_day}", f"The scheme takes no more events; its last day was {program.last_day}"
        )
    if closing is not None and today > closing.last_spend:
        day = closing.last_spend
        return pick(f"方案已于 {day} 停止兑换，不再补记", f"Points were last spent on {day}; nothing is taken in after it")
    return ""


def closing_of(program: Program) -> Closing | None:
    """How a program ends, once that was published; ``None`` while it runs on."""
    return Closing.objects.filter(program=program, published_at__isnull=False).first()


def _house(event: Event, code: str, reason: str = "") -> Outcome:
    return Outcome(event.key, "refused", code=code, reason=reason or pick(*MORE_REFUSALS[code]))


def _again(before: PointsEvent, event: Event) -> Outcome:
    """The answer that stands, for a report that came before: another content is a conflict by name."""
    if before.digest != event.digest:
        reason = pick("同一编号已用于另一内容；更正请换编号", "This id was used with other content; a correction needs another id")
        return Outcome(event.key, "refused", code="event_conflict", reason=reason)
    if before.refused:
        return Outcome(event.key, "refused", code=before.refused, reason=before.reason)
    made = before.award
    points = None if made.units is None else shown_points(made.units, made.decimals)
    return Outcome(event.key, "already", made.units, points, award=made)


def _answered(row: PointsEvent, made: Award) -> Outcome:
    status = {"credited": "awarded", "grams": "awarded"}.get(made.state, made.state)
    points = None if made.units is None else shown_points(made.units, made.decimals)
    return Outcome(row.key, status, made.units, points, award=made)


def _row(scheme: str, event: Event, member: Member, refused: str, reason: str) -> PointsEvent:
    return PointsEvent(
        scheme=scheme, key=event.key, digest=event.digest, channel=event.channel, event_id=event.id, member=member,
        behaviour=event.behaviour, happened_at=event.happened_at, received_at=event.received_at,
        amounts={name: f"{value:f}" for name, value in event.amounts.items()}, evidence=event.evidence, proof=event.proof,
        region=event.region, minutes="" if event.minutes is None else f"{event.minutes:f}", device=event.device, refused=refused,
        reason=reason[:400],
    )  # fmt: skip


def event_of(row: PointsEvent) -> Event:
    """The event that a row keeps."""
    return Event(
        id=row.event_id, channel=row.channel, member=row.member.number, behaviour=row.behaviour, happened_at=row.happened_at,
        received_at=row.received_at, amounts={name: Decimal(value) for name, value in row.amounts.items()}, evidence=row.evidence,
        proof=row.proof, region=row.region, minutes=Decimal(row.minutes) if row.minutes else None, device=row.device,
    )  # fmt: skip


def granted_of(row: PointsEvent, made: Award) -> Granted:
    """What it was granted, as later events see it."""
    return Granted(
        key=row.key, digest=row.digest, behaviour=row.behaviour, happened_at=row.happened_at, points=made.units or 0,
        grams=Fraction(made.grams or 0), evidence=row.evidence, proof=row.proof, adds_to=made.adds_to,
        reversed=made.state in {Award.State.VOIDED, Award.State.REVERSED},
    )  # fmt: skip


def _award_row(row: PointsEvent, made: Made, state: str, version: int) -> Award:
    told = made.to_dict()
    return Award(
        event=row, scheme=made.scheme, units=made.points, decimals=made.decimals, grams="" if made.grams is None else str(made.grams),
        method=made.method, clause=made.clause[:300], steps=told["working"], factors=told["factors"], unverified=told["unverified"],
        adds_to=made.adds_to, example=made.example, credit_from=made.credit_from, claim_until=made.claim_until, expires_at=made.expires_at,
        state=state, version=version,
    )  # fmt: skip


def _earn(scheme: str, member: Member, made: Made, *, pending: bool) -> Earn:
    assert made.points is not None
    return Earn(
        key=f"award:{made.event.key}", holder=account_of(scheme, member), amount=made.points, happened_at=made.event.happened_at,
        expires_at=made.expires_at, about=made.event.key, pending=pending,
    )  # fmt: skip


def _credit(program: Program, due: Sequence[Award]) -> int:
    """Post awards that waited; one whose account was closed or whose points expired meanwhile is voided."""
    chain = chain_of(program.scheme, "")
    requests = [
        Earn(
            key=f"award:{each.event.key}", holder=account_of(program.scheme, each.event.member), amount=each.units or 0,
            happened_at=each.event.happened_at, expires_at=each.expires_at, about=each.event.key,
        )
        for each in due
    ]  # fmt: skip
    count = 0
    for each, answer in zip(due, posting.post_all(chain, requests), strict=True):
        if isinstance(answer, LedgerRefusal):
            each.state = Award.State.VOIDED
        else:
            each.state, each.operation_id = Award.State.CREDITED, answer.pk
            count += 1
        each.save(update_fields=("state", "operation"))
    return count


def _waiting(program: Program) -> Any:
    rows = Award.objects.select_for_update(of=("self",)).filter(scheme=program.scheme, state=Award.State.WAITING)
    return rows.select_related("event__member").order_by("credit_from", "pk")


def credit_due(program: Program) -> int:
    """Credit a batch of the awards whose time has come and that need no claim; return how many."""

    def work() -> int:
        return _credit(program, list(_waiting(program).filter(credit_from__lte=clock.now(), claim_until=None)[: posting.BATCH]))

    return posting.run(work)


def claimable(member: Member, program: Program) -> Any:
    """The awards that a member may take now."""
    now = clock.now()
    rows = Award.objects.filter(event__member=member, scheme=program.scheme, state=Award.State.WAITING, claim_until__gt=now)
    return rows.filter(Q(credit_from=None) | Q(credit_from__lte=now)).select_related("event").order_by("claim_until")


def claim(member: Member, program: Program) -> int:
    """A member takes what waits for them; return how many awards."""

    def work() -> int:
        keys = [each.pk for each in claimable(member, program)]
        return _credit(program, list(_waiting(program).filter(pk__in=keys)[: posting.BATCH]))

    return posting.run(work)


def lapse_claims(program: Program) -> int:
    """Void the awards that nobody took in time; return how many."""
    late = Award.objects.filter(scheme=program.scheme, state=Award.State.WAITING, claim_until__lte=clock.now())
    return int(late.update(state=Award.State.VOIDED))


def expire_due(program: Program) -> int:
    """Move a batch of expired points out of their holders' accounts; return for how many. None of them can be spent before that either."""

    def work() -> int:
        now = clock.now()
        chain = chain_of(program.scheme, "")
        lots = LedgerLot.objects.filter(holder__chain__name=chain, remaining__gt=0, expires_at__lte=now)
        holders = LedgerAccount.objects.filter(pk__in=lots.values("holder")).order_by("pk")[: posting.BATCH]
        requests = [Expire(key=f"expire:{each.pk}:{now.isoformat()}", holder=each.address(chain)) for each in holders]
        return sum(not isinstance(each, LedgerRefusal) for each in posting.post_all(chain, requests))

    return posting.run(work)


# ------------------------------------------------------------------------------------------------------------------------ codes


def show_code(point: CheckPoint) -> CheckCode:
    """A new code of a place: good for a minute, once."""
    now = clock.now()
    CheckCode.objects.filter(good_until__lt=now - timedelta(days=1), used_at=None).delete()
    return CheckCode.objects.create(point=point, code=secrets.token_hex(12), good_until=now + CODE_LASTS)


def take_code(code: str, points: Any) -> CheckCode:
    """Use a code that was shown at one of some places, in the caller's transaction: from then on it is used.

    Raises :class:`~yangban.base.errors.UsageError` for a code that is unknown there, over or used.
    """
    now = clock.now()
    row = CheckCode.objects.select_for_update(of=("self",)).select_related("point").filter(code=code, point__in=points).first()
    if row is None or not row.point.active:
        raise UsageError(pick("没有这个签到码", "There is no such code"))
    if row.used_at is not None:
        raise UsageError(pick("这个码已用过，请扫新的", "This code was used; scan the new one"))
    if row.good_until < now:
        raise UsageError(pick("这个码已过期，请扫新的", "This code is over; scan the new one"))
    row.used_at = now
    row.save(update_fields=("used_at",))
    return row


def check_in(member: Member, code: str) -> Outcome:
    """Take a code that a member scanned: by their own choice, once.

    Raises :class:`~yangban.base.errors.UsageError` for a code that is unknown, over or used.
    """

    def work() -> Outcome:
        now = clock.now()
        row = take_code(code, CheckPoint.objects.exclude(scheme=""))
        consent(member, OWN_SOURCE)
        program = Program.objects.get(scheme=row.point.scheme)
        event = Event(
            id=row.code, channel=OWN_SOURCE, member=member.number, behaviour=row.point.behaviour, happened_at=now, received_at=now,
            amounts={"act": Decimal(1), **{unit: Decimal(value) for unit, value in row.point.amounts.items()}},
            evidence="check_in",
        )  # fmt: skip
        return receive(program, [event], consented=True)[0]

    return posting.run(work)


# ----------------------------------------------------------------------------------------------------------------------- review


def decide(user: User, review: Review, *, accept: bool, words: str) -> None:
    """A reviewer posts or voids what is held, with a reason."""

    def work() -> None:
        row = _locked(review)
        if row.state != Review.State.OPEN:
            raise WrongState(pick("已办结", "It is decided already"))
        if not words.strip():
            raise UsageError(pick("请写明理由", "Give a reason"))
        demand(user, "points.review", organisation=operator_of(row.award.scheme))
        _end(row.award, accept=accept, by=user, words=words)
        row.state = Review.State.ACCEPTED if accept else Review.State.REFUSED
        row.decided_by, row.decided_at, row.decision = user, clock.now(), words[:300]
        row.save()
        audit.record(user, "points.review", row.award.event.key, {"accepted": accept, "reason": words})

    posting.run(work)


def appeal(member: Member, review: Review, words: str) -> None:
    """The member contradicts a refusal."""

    def work() -> None:
        row = _locked(review)
        account = account_of(row.award.scheme, row.award.event.member)
        if LedgerAccount.objects.filter(chain__name=account.chain, kind=account.kind, owner=account.owner, closed=True).exists():
            raise WrongState(pick("账户已关闭，不能再申诉", "The account is closed; there is nothing left to appeal for"))
        if row.award.event.member_id != member.pk or row.state != Review.State.REFUSED:
            raise WrongState(pick("这一条不能申诉", "There is nothing to appeal against"))
        if not words.strip():
            raise UsageError(pick("请写明理由", "Give a reason"))
        row.state, row.appeal, row.appealed_at = Review.State.APPEALED, words[:500], clock.now()
        row.save()
        audit.record(None, "points.appeal", row.award.event.key)

    posting.run(work)


def decide_appeal(user: User, review: Review, *, accept: bool, words: str) -> None:
    """Another person decides the appeal; accepted, the points are granted after all."""

    def work() -> None:
        row = _locked(review)
        if row.state != Review.State.APPEALED:
            raise WrongState(pick("没有申诉", "There is no appeal"))
        demand(user, "points.review", organisation=operator_of(row.award.scheme), apart_from=[row.decided_by_id])
        made = row.award
        if accept:
            account = account_of(made.scheme, made.event.member)
            request = Earn(
                key=f"appeal:{made.event.key}", holder=account, amount=made.units or 0, happened_at=made.event.happened_at,
                expires_at=made.expires_at, about=made.event.key, by=user.get_username(), reason=words[:300],
            )  # fmt: skip
            answer = posting.post(account.chain, request)
            made.state, made.operation_id = Award.State.CREDITED, answer.pk
            made.save(update_fields=("state", "operation"))
        row.state, row.answered_by, row.answer = Review.State.FINAL, user, words[:300]
        row.save()
        audit.record(user, "points.appeal.decided", made.event.key, {"accepted": accept, "reason": words})

    posting.run(work)


def reverse(user: User, made: Award, words: str) -> None:
    """Take a credited award back, as far as its points are still there."""

    def work() -> None:
        demand(user, "points.review", organisation=operator_of(made.scheme))
        not_sealed(made.scheme)
        row = Award.objects.select_for_update(of=("self",)).select_related("event", "operation").get(pk=made.pk)
        if row.state != Award.State.CREDITED or row.operation is None:
            raise WrongState(pick("没有入账，不能冲销", "It was not credited"))
        chain = chain_of(row.scheme, "")
        posting.post(chain, Reverse(key=f"reverse:{row.event.key}", operation=row.operation.number, by=user.get_username(), reason=words))
        row.state = Award.State.REVERSED
        row.save(update_fields=("state",))
        audit.record(user, "points.reversed", row.event.key, {"reason": words})

    posting.run(work)


def _locked(review: Review) -> Review:
    return Review.objects.select_for_update(of=("self",)).select_related("award__event__member", "award__operation").get(pk=review.pk)


def _end(made: Award, *, accept: bool, by: User, words: str) -> None:
    assert made.operation is not None
    chain, number, name = chain_of(made.scheme, ""), made.operation.number, by.get_username()
    if accept:
        posting.post(chain, Post(key=f"review:{made.event.key}", hold=number, by=name, reason=words[:300]))
    else:
        posting.post(chain, Void(key=f"review:{made.event.key}", hold=number, by=name, reason=words[:300]))
    made.state = Award.State.CREDITED if accept else Award.State.VOIDED
    made.save(update_fields=("state",))


# -------------------------------------------------------------------------------------------------------------------------- totals


def totals(program: Program) -> dict[str, Any]:
    """What everyone may read: sums over all members, no person and no unit among them."""
    chain = chain_of(program.scheme, "")
    sums = dict(LedgerAccount.objects.filter(chain__name=chain).values_list("kind").annotate(s=Sum("balance")).order_by())
    head = LedgerChain.objects.filter(name=chain).first()
    grams = sum(
        (Fraction(each) for each in _grams(program).exclude(grams="").values_list("grams", flat=True).iterator(chunk_size=5000)),
        Fraction(0),
    )
    return {
        "members": Member.objects.filter(erased_at=None).count(), "events": _grams(program).count(), "grams": grams,
        "issued": issued(chain), "with_members": sums.get("member", 0) + sums.get("institution", 0), "held": sums.get("held", 0),
        "spent": sums.get("merchant", 0), "expired": sums.get("expired", 0), "head": head,
    }  # fmt: skip


def _grams(program: Program) -> Any:
    return Award.objects.filter(scheme=program.scheme).exclude(state__in=(Award.State.VOIDED, Award.State.REVERSED))
