"""What one event earns: points and grams of CO2e with the working shown, or a refusal with the reason. Pure.

An event is judged under the method in force on the Beijing day on which it *happened*, whenever it arrives. The same act told by two
channels counts once. What was granted is never computed again: an event that was granted already gets its old answer back.

All arithmetic is in fractions. Points come out as an integer of the scheme's smallest unit, rounded once, by the scheme's rule; where no
rule was published they are rounded down, and the award names that in ``unverified`` when it made a difference.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final

from yangban.base.errors import UsageError
from yangban.base.exact import ceil_div, half_even, plain
from yangban.points.schemes import (
    CHINA,
    EmptySlot,
    Number,
    day_of,
    in_force,
    methods_on,
    modes_of,
    needed,
    number,
    period_of,
    start_of,
    unit_words,
)
from yangban.standards.points import MASSES, Behaviour, Factor, Formula, Method, PointsBook, Scheme

REFUSALS: Final[Mapping[str, str]] = {
    "event_invalid": "事件本身有误",
    "event_conflict": "同一编号、不同内容",
    "scheme_not_in_force": "方案当天未施行",
    "future": "事件在将来",
    "too_late": "报得太迟",
    "no_behaviour": "方案没有这种行为",
    "no_method": "当天没有这种行为的方法",
    "evidence_not_accepted": "凭证不被接受",
    "evidence_excluded": "已用了互斥的凭证",
    "amount_missing": "缺少数量",
    "not_published": "需要的数没有公布",
    "nothing_earned": "没有达到得分的起点",
    "same_act": "同一行为已计过",
    "cap_reached": "已到上限",
}
"""Why an event earns nothing: a closed set of codes, with words."""


@dataclass(frozen=True, kw_only=True)
class Event:
    """One thing that a member did, as a channel reports it.

    ``id`` is the channel's own and unique in it. ``amounts`` are named by unit (``step``, ``km``, ``kWh``) or unit and word (``km.rail``).
    ``proof`` is a digest of what proves the act (a ticket, an invoice), never the thing itself; ``region`` a code where a factor depends on
    it; ``minutes`` how long it took; ``device`` a digest. No track is ever kept.
    """

    id: str
    channel: str
    member: str
    behaviour: str
    happened_at: datetime
    received_at: datetime
    amounts: Mapping[str, Decimal] = field(default_factory=dict)
    evidence: str = ""
    proof: str = ""
    region: str = ""
    minutes: Decimal | None = None
    device: str = ""

    @property
    def key(self) -> str:
        """Its idempotency key: the same event sent again has the same one."""
        return f"{self.channel}:{self.id}"

    @property
    def digest(self) -> str:
        """Of the content, without the moment of arrival: a repeated report has the same one, a changed one another."""
        content = [
            self.channel, self.id, self.member, self.behaviour, _utc(self.happened_at),
            sorted((name, plain(Fraction(value), 18)) for name, value in self.amounts.items()),
            self.evidence, self.proof, self.region, "" if self.minutes is None else plain(Fraction(self.minutes), 18), self.device,
        ]  # fmt: skip
        return hashlib.sha256(json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()).hexdigest()


@dataclass(frozen=True, kw_only=True)
class Granted:
    """What was granted to a member before, as far as a new event must know; a reversed award stands for nothing but its own key."""

    key: str
    digest: str
    behaviour: str
    happened_at: datetime
    points: int
    grams: Fraction = Fraction(0)
    evidence: str = ""
    proof: str = ""
    adds_to: str = ""
    reversed: bool = False


@dataclass(frozen=True)
class Step:
    """One step of the working: what it is, how it was computed, what came out."""

    what: str
    working: str
    result: str


@dataclass(frozen=True, kw_only=True)
class Award:
    """What an event earns.

    ``points`` are smallest units of the scheme; ``None`` where the scheme publishes grams only, and then nothing can be posted. ``grams``
    is ``None`` where no formula for CO2e was published. ``credit_from`` and ``claim_until`` are ``None`` where there is no delay, no claim.
    """

    event: Event
    scheme: str
    method: str
    clause: str
    points: int | None
    decimals: int
    grams: Fraction | None
    steps: tuple[Step, ...]
    factors: tuple[Factor, ...]
    credit_from: datetime | None
    claim_until: datetime | None
    expires_at: datetime | None
    adds_to: str
    unverified: tuple[str, ...]
    example: bool

    def granted(self) -> Granted:
        """The award as later events see it."""
        event = self.event
        return Granted(
            key=event.key, digest=event.digest, behaviour=event.behaviour, happened_at=event.happened_at, points=self.points or 0,
            grams=self.grams or Fraction(0), evidence=event.evidence, proof=event.proof, adds_to=self.adds_to,
        )  # fmt: skip

    def to_dict(self) -> dict[str, Any]:
        """The award as JSON prints it; points in points, ``units`` in smallest units."""
        return {
            "status": "awarded", "key": self.event.key, "member": self.event.member, "behaviour": self.event.behaviour,
            "happened_at": self.event.happened_at.isoformat(), "scheme": self.scheme, "method": self.method, "clause": self.clause,
            "points": None if self.points is None else shown_points(self.points, self.decimals), "units": self.points,
            "grams": None if self.grams is None else plain(self.grams), "working": [vars(each) for each in self.steps],
            "factors": [
                {"key": each.key, "year": each.year, "value": f"{each.value:f}", "unit": each.unit, "source": list(each.source)}
                for each in self.factors if each.value is not None
            ],
            "credit_from": _iso(self.credit_from), "claim_until": _iso(self.claim_until), "expires_at": _iso(self.expires_at),
            "adds_to": self.adds_to, "unverified": list(self.unverified), "example": self.example,
        }  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Refusal:
    """Why an event earns nothing; ``code`` is one of :data:`REFUSALS`."""

    event: Event
    scheme: str
    code: str
    reason: str
    refers_to: str = ""

    def to_dict(self) -> dict[str, Any]:
        """The refusal as JSON prints it."""
        return {
            "status": "refused", "key": self.event.key, "member": self.event.member, "behaviour": self.event.behaviour,
            "happened_at": self.event.happened_at.isoformat(), "scheme": self.scheme, "code": self.code, "reason": self.reason,
            "refers_to": self.refers_to,
        }  # fmt: skip


@dataclass(frozen=True)
class Already:
    """The event was granted before, with the same content: its old answer holds, and nothing is computed."""

    event: Event
    granted: Granted

    def to_dict(self) -> dict[str, Any]:
        """The answer as JSON prints it."""
        return {"status": "already", "key": self.event.key, "member": self.event.member, "units": self.granted.points}


class _Refused(Exception):
    def __init__(self, code: str, reason: str, refers_to: str = "") -> None:
        super().__init__(reason)
        self.code, self.reason, self.refers_to = code, reason, refers_to


def reach(scheme: Scheme, event: Event) -> tuple[datetime, datetime]:
    """The span of time whose grants to the member :func:`award` must be given: from the first moment, before the second.

    It covers the longest cap, the exclusions of evidence and the minutes within which two reports tell of one act; and, wherever it
    happened, a grant with the event's own key or proof.
    """
    day = day_of(event.happened_at)
    spans = [period_of(day, per) for per in {"day", *(cap.per for cap in scheme.caps), *(kind.per for kind in scheme.evidence)}]
    minutes = timedelta(minutes=max((each.same_act.minutes for each in scheme.behaviours), default=0))
    first = min(start_of(min(first for first, _ in spans)), event.happened_at - minutes)
    last = max(start_of(max(last for _, last in spans) + timedelta(days=1)), event.happened_at + minutes)
    return first, last


def award(book: PointsBook, scheme: Scheme, event: Event, granted: Sequence[Granted] = ()) -> Award | Refusal | Already:
    """Judge one event.

    ``granted`` is what the member was granted in this scheme within :func:`reach`; the order does not matter. The answer depends on nothing
    else: no clock is read.

    Within a cap, and where the highest of several reports of one act counts, the sum over a member's events does not depend on the order in
    which they arrive. Where the first report stands, it is the first to arrive.
    """
    before = next((each for each in granted if each.key == event.key), None)
    if before is not None and before.digest == event.digest:
        return Already(event, before)
    try:
        if before is not None:
            raise _Refused("event_conflict", f"事件 {event.key} 已以不同内容入账；更正请先冲销原账，再以新编号上报", event.key)
        return _award(book, scheme, event, [each for each in granted if not each.reversed])
    except _Refused as told:
        return Refusal(event=event, scheme=scheme.id, code=told.code, reason=told.reason, refers_to=told.refers_to)
    except EmptySlot as told:
        return Refusal(event=event, scheme=scheme.id, code="not_published", reason=str(told))


def award_all(book: PointsBook, scheme: Scheme, events: Sequence[Event]) -> list[Award | Refusal | Already]:
    """Judge events in the order in which they arrived, each with what the ones before it were granted: a what-if run."""
    kept: dict[str, list[Granted]] = {}
    answers: list[Award | Refusal | Already] = []
    for event in events:
        own = kept.setdefault(event.member, [])
        answer = award(book, scheme, event, own)
        if isinstance(answer, Award):
            own.append(answer.granted())
        answers.append(answer)
    return answers


def claim_state(made: Award, at: datetime) -> str:
    """Whether a member may take the points at a moment: ``waiting``, ``open`` or ``lapsed``."""
    if made.credit_from is not None and at < made.credit_from:
        return "waiting"
    return "lapsed" if made.claim_until is not None and at >= made.claim_until else "open"


def shown_points(units: int, decimals: int) -> str:
    """Smallest units as points.

    >>> shown_points(145, 0), shown_points(-1455, 1)
    ('145', '-145.5')
    """
    return f"{Decimal(units).scaleb(-decimals):f}"


# ------------------------------------------------------------------------------------------------------------------ the judgement


def _award(book: PointsBook, scheme: Scheme, event: Event, live: Sequence[Granted]) -> Award:
    _check_event(scheme, event)
    day = day_of(event.happened_at)
    behaviour = next((each for each in scheme.behaviours if each.key == event.behaviour), None)
    if behaviour is None:
        raise _Refused("no_behaviour", f"{scheme.id} 没有行为 {event.behaviour!r}；可用 {'、'.join(b.key for b in scheme.behaviours)}")
    method = _method(scheme, behaviour, event, day)
    _check_evidence(scheme, behaviour, event, day, live)
    steps: list[Step] = []
    used: list[Factor] = []
    points, grams = _amounts(book, scheme, method, event, day, steps, used)
    unverified = _unverified(scheme, method, used)
    units: int | None = None
    if points is not None:
        exact = points * scheme.per_point
        units = _rounded(exact, scheme.rounding)
        if exact != units:
            steps.append(
                Step(
                    "取整",
                    f"{plain(points)} → {_ROUNDING_WORDS[scheme.rounding]}到 {scheme.decimals} 位",
                    shown_points(units, scheme.decimals),
                )
            )
            unverified += ["rounding"] if "rounding" in scheme.unpublished else []
        if units == 0:
            raise _Refused("nothing_earned", "；".join(each.working for each in steps) + "，不得分")
    acts = _same_act(scheme, behaviour, event, live)
    adds_to = ""
    if acts:
        adds_to = acts[0].key
        if behaviour.same_act.counts == "first":
            raise _Refused("same_act", f"同一行为已由 {adds_to} 计过", adds_to)
        units, grams = _more(units, grams, acts, scheme, steps)
    if units is not None:
        units, grams = _capped(scheme, event, day, live, units, grams, steps, new_act=not acts)
    credit = None if not scheme.delay_days else start_of(day + timedelta(days=scheme.delay_days))
    claim = None if scheme.claim_days is None else start_of(day + timedelta(days=(scheme.delay_days or 0) + scheme.claim_days))
    expires = None if scheme.expiry_days is None else start_of(day + timedelta(days=scheme.expiry_days + 1))
    return Award(
        event=event, scheme=scheme.id, method=method.key, clause=method.clause, points=units, decimals=scheme.decimals, grams=grams,
        steps=tuple(steps), factors=tuple(dict.fromkeys(used)), credit_from=credit, claim_until=claim, expires_at=expires, adds_to=adds_to,
        unverified=tuple(dict.fromkeys(unverified)), example=scheme.example,
    )  # fmt: skip


def _check_event(scheme: Scheme, event: Event) -> None:
    for name in ("id", "channel", "member"):
        if not getattr(event, name):
            raise _Refused("event_invalid", f"{name} 为空")
    if event.happened_at.tzinfo is None or event.received_at.tzinfo is None:
        raise _Refused("event_invalid", "时间没有时区；请写成 2024-05-01T08:00:00+08:00")
    for name, value in event.amounts.items():
        if not value.is_finite() or value < 0:
            raise _Refused("event_invalid", f"{name} 为 {value}，应为不小于0的数")
    if event.happened_at > event.received_at:
        raise _Refused("future", f"发生于 {event.happened_at.isoformat()}，收到于 {event.received_at.isoformat()}")
    day = day_of(event.happened_at)
    if not in_force(scheme, day):
        span = f"{scheme.start or ''} 至 {scheme.end or ''}"
        raise _Refused("scheme_not_in_force", f"{scheme.id} 施行于 {span}，事件在 {day}")
    late = (day_of(event.received_at) - day).days
    if scheme.late_days is not None and late > scheme.late_days:
        raise _Refused("too_late", f"{day} 的事件在 {late} 天后才报，期限为 {scheme.late_days} 天")


def _method(scheme: Scheme, behaviour: Behaviour, event: Event, day: date) -> Method:
    found = methods_on(scheme, behaviour.key, day)
    if not found:
        dated = "；".join(f"{m.key} {m.start}—{m.end or ''}" for m in scheme.methods if m.behaviour == behaviour.key)
        raise _Refused("no_method", f"{day} 没有“{behaviour.name}”的方法；已有 {dated or '无'}")
    fitting = [each for each in found if not each.evidence or event.evidence in each.evidence]
    if not fitting:
        wanted = "、".join(kind for each in found for kind in each.evidence)
        raise _Refused("evidence_not_accepted", f"“{behaviour.name}”要凭证 {wanted}，事件的是 {event.evidence or '无'}")
    return fitting[0]


def _check_evidence(scheme: Scheme, behaviour: Behaviour, event: Event, day: date, live: Sequence[Granted]) -> None:
    kinds = {each.key: each for each in scheme.evidence}
    if not event.evidence:
        return
    if event.evidence not in kinds:
        raise _Refused("evidence_not_accepted", f"{scheme.id} 没有凭证 {event.evidence!r}；可用 {'、'.join(kinds) or '无'}")
    kind = kinds[event.evidence]
    barred = {*kind.excludes, *(each.key for each in scheme.evidence if kind.key in each.excludes)}
    first, last = period_of(day, kind.per)
    for each in live:
        if each.behaviour == behaviour.key and each.evidence in barred and first <= day_of(each.happened_at) <= last:
            raise _Refused(
                "evidence_excluded", f"“{behaviour.name}”已用凭证“{kinds[each.evidence].name}”计分，不能再用“{kind.name}”", each.key
            )


def _same_act(scheme: Scheme, behaviour: Behaviour, event: Event, live: Sequence[Granted]) -> list[Granted]:
    """What was granted for the same act before, first happened first."""
    group = {each.key: each for each in scheme.behaviours if each.group == behaviour.group}
    found = []
    for each in live:
        if each.behaviour not in group:
            continue
        rules = (behaviour.same_act, group[each.behaviour].same_act)
        same_proof = bool(event.proof) and event.proof == each.proof
        same_day = any(rule.by == "day" for rule in rules) and day_of(each.happened_at) == day_of(event.happened_at)
        apart = abs(each.happened_at - event.happened_at)
        near = any(rule.by == "minutes" and apart < timedelta(minutes=rule.minutes) for rule in rules)
        if same_proof or same_day or near:
            found.append(each)
    return sorted(found, key=lambda each: (each.happened_at, each.key))


def _more(
    units: int | None, grams: Fraction | None, acts: Sequence[Granted], scheme: Scheme, steps: list[Step]
) -> tuple[int | None, Fraction | None]:
    """What the new report of an act is more than what was granted for it."""
    had_units, had_grams = sum(each.points for each in acts), sum((each.grams for each in acts), Fraction(0))
    more = None if units is None else units - had_units
    more_grams = None if grams is None else max(grams - had_grams, Fraction(0))
    if (more is not None and more <= 0) or (more is None and not more_grams):
        raise _Refused("same_act", f"同一行为已由 {acts[0].key} 计过，且不少于这次", acts[0].key)
    if units is not None and more is not None:
        shown = [shown_points(each, scheme.decimals) for each in (units, had_units, more)]
        steps.append(Step("同一行为只计一次", f"{shown[0]} − 已计 {shown[1]}", shown[2]))
    return more, more_grams


def _capped(
    scheme: Scheme,
    event: Event,
    day: date,
    live: Sequence[Granted],
    units: int,
    grams: Fraction | None,
    steps: list[Step],
    *,
    new_act: bool,
) -> tuple[int, Fraction | None]:
    full = units
    for cap in scheme.caps:
        if cap.behaviours and event.behaviour not in cap.behaviours:
            continue
        first, last = period_of(day, cap.per)
        counted = [
            each for each in live if first <= day_of(each.happened_at) <= last and (not cap.behaviours or each.behaviour in cap.behaviours)
        ]
        words = _PER_WORDS[cap.per]
        acts = sum(1 for each in counted if not each.adds_to)
        if cap.acts is not None and new_act and acts >= cap.acts:
            raise _Refused("cap_reached", f"{words}最多 {cap.acts} 次（{cap.key}），已有 {acts} 次")
        if cap.points is not None:
            most = _rounded(Fraction(cap.points) * scheme.per_point, "down")
            left = most - sum(each.points for each in counted)
            if left <= 0:
                raise _Refused("cap_reached", f"{words}最多 {cap.points:f} 分（{cap.key}），已满")
            if units > left:
                shown = shown_points(units, scheme.decimals), shown_points(left, scheme.decimals)
                steps.append(Step(f"{words}上限", f"{shown[0]} 超过余额 {shown[1]}（{cap.key} 为 {cap.points:f}）", shown[1]))
                units = left
    if grams is not None and units < full:
        counted_grams = grams * units / full
        steps.append(Step("只按计分的部分计减排", f"{plain(grams)} 克 × {units}/{full}", f"{plain(counted_grams)} 克"))
        grams = counted_grams
    return units, grams


def _unverified(scheme: Scheme, method: Method, used: Sequence[Factor]) -> list[str]:
    found = [f"{scheme.id}.{method.key}"] if method.unverified else []
    found += [each.key if each.published else f"{scheme.id}.{each.key}" for each in used if each.unverified]
    return found + [key for key in ("effective", "expiry_days") if key in scheme.unpublished]


# ------------------------------------------------------------------------------------------------------------------ the formulas


def _amounts(
    book: PointsBook, scheme: Scheme, method: Method, event: Event, day: date, steps: list[Step], used: list[Factor]
) -> tuple[Fraction | None, Fraction | None]:
    """Points and grams of the method, whichever must come first."""
    missing = [name for name in (*needed(method.points), *needed(method.grams)) if name not in event.amounts]
    if missing:
        raise _Refused("amount_missing", f"“{method.key}”要数量 {'、'.join(dict.fromkeys(missing))}，事件没有")

    def numbers(slot: Any, what: str, unit: str) -> Number:
        grams = 1 if not unit else MASSES[unit.partition("/")[0]]
        try:
            found = number(book, scheme, slot, what, region=event.region, day=day, grams=grams)
        except EmptySlot:
            raise
        except UsageError as told:
            raise _Refused("not_published", str(told)) from None
        if found.factor is not None:
            used.append(found.factor)
        return found

    def grams_of(points: Fraction | None) -> Fraction | None:
        if method.grams is None:
            return None
        value = _evaluate(method.grams, event, numbers, points, steps, "减排量", "克")
        if value < 0:
            # A trip that emits more than its baseline saves nothing; it is no debt of the member.
            steps.append(Step("减排量不小于0", plain(value), "0 克"))
        return max(value, Fraction(0))

    if method.points is None:
        return None, grams_of(None)
    if method.points.kind == "of_grams":
        grams = grams_of(None)
        return _evaluate(method.points, event, numbers, grams, steps, "积分", scheme.point_name), grams
    points = _evaluate(method.points, event, numbers, None, steps, "积分", scheme.point_name)
    return points, grams_of(points)


def _evaluate(formula: Formula, event: Event, numbers: Any, other: Fraction | None, steps: list[Step], what: str, unit: str) -> Fraction:
    """One formula of the closed set; the result in points or in grams."""
    amount = Fraction(event.amounts.get(formula.input, Decimal(0)))
    words = unit_words(formula.input) if formula.input else ""
    shown = f"{plain(amount)} {words}"

    def get(slot: Any, name: str, unit: str = formula.unit) -> Number:
        found: Number = numbers(slot, name, unit)
        return found

    match formula.kind:
        case "per_act":
            one = get(formula.value, "每次的值")
            value, working = one.value, f"1 次 × {one.text} {formula.unit or unit}"
        case "per_unit":
            one = get(formula.value, "单位的值")
            value, working = amount * one.value, f"{shown} × {_with_unit(one, formula, unit, words)}"
        case "per_block":
            one = get(formula.value, "每份的值")
            assert formula.block is not None
            blocks = amount // Fraction(formula.block)
            value, working = blocks * one.value, f"{shown} 有 {blocks} 个整 {formula.block:f} {words}，× {one.text} {formula.unit or unit}"
        case "threshold":
            one = get(formula.value, "达到后的值")
            assert formula.at_least is not None
            reached = amount >= Fraction(formula.at_least)
            value = one.value if reached else Fraction(0)
            working = f"{shown} {'≥' if reached else '<'} {formula.at_least:f} {words}"
        case "tiers":
            tier = max((each for each in formula.tiers if Fraction(each[0]) <= amount), default=None)
            value = Fraction(0) if tier is None else Fraction(tier[1]) * MASSES.get(formula.unit, 1)
            working = f"{shown} 不到最低一档 {formula.tiers[0][0]:f}" if tier is None else f"{shown} ≥ {tier[0]:f} {words}"
        case "difference":
            base, own = get(formula.baseline, "基准因子"), get(formula.value, "行为因子")
            value = (base.value - own.value) * amount
            working = f"（{_with_unit(base, formula, unit, words)} − {_with_unit(own, formula, unit, words)}）× {shown}"
        case "travel":
            value, working = _travel(formula, event, get)
        case "saving":
            value, working = _saving(formula, event, get)
        case "of_grams":
            one = get(formula.value, "每克的积分")
            assert other is not None  # The loader refuses points of grams that have no formula.
            value, working = other * one.value, f"{plain(other)} 克 × {one.text} {unit}/克"
        case _:
            one = get(formula.value, "每分的克数")
            assert other is not None  # The loader refuses grams of points that have no formula.
            value, working = other * one.value, f"{plain(other)} 分 × {one.text} 克/分"
    steps.append(Step(what, working, f"{plain(value)} {unit}"))
    return value


def _with_unit(one: Number, formula: Formula, unit: str, words: str) -> str:
    return one.text if one.factor is not None else f"{one.text} {formula.unit or f'{unit}/{words}'}"


def _travel(formula: Formula, event: Event, get: Any) -> tuple[Fraction, str]:
    """DB11/T 3043-2024: ER = EF·BD − Σ EF_k·PD_k. Where the event names no distance for the baseline, it is that of the trip."""
    legs = modes_of(formula, event.amounts)
    if not legs:
        known = "、".join(f"{formula.input}.{mode}" for mode in formula.modes)
        raise _Refused("amount_missing", f"行程没有分方式的里程；要 {known} 中的一种或几种")
    strange = [mode for mode in legs if mode not in formula.modes]
    if strange:
        raise _Refused("amount_missing", f"方法没有方式 {'、'.join(strange)} 的因子；可用 {'、'.join(formula.modes)}")
    total = Fraction(event.amounts.get(f"{formula.input}.baseline", sum(legs.values())))
    base = get(formula.baseline, "基准因子")
    value = base.value * total
    working = f"{base.text} × {plain(total)} 公里"
    for mode, distance in legs.items():
        own = get(formula.modes[mode], f"{mode} 的因子")
        value -= own.value * Fraction(distance)
        working += f" − {own.text} × {plain(Fraction(distance))} 公里"
    return value, working


def _saving(formula: Formula, event: Event, get: Any) -> tuple[Fraction, str]:
    """Residential use of one day: less than the baseline of its people is saved; above it, less than the household's own mean is."""
    used = Fraction(event.amounts[formula.input])
    people = Fraction(event.amounts.get("person", Decimal(1)))
    per_head = get(formula.baseline, "人均日用量基准", "").value  # An amount, and no mass.
    factor = get(formula.value, "因子")
    limit = per_head * people
    if used <= limit:
        saved, working = limit - used, f"基准 {plain(per_head)} × {plain(people)} 人 − 实用 {plain(used)}"
    else:
        mean = event.amounts.get(f"{formula.input}.own_mean")
        if mean is None:
            raise _Refused("amount_missing", f"用量超过基准，要本户前7天的均值 {formula.input}.own_mean")
        saved = max(Fraction(mean) - used, Fraction(0))
        working = f"超过基准，与本户均值比：{plain(Fraction(mean))} − 实用 {plain(used)}"
    return saved * factor.value, f"（{working}）× {factor.text}"


_PER_WORDS: Final = {"day": "每天", "month": "每月", "year": "每年"}
_ROUNDING_WORDS: Final = {"down": "舍去", "half_even": "修约", "up": "进位"}


def _rounded(value: Fraction, how: str) -> int:
    if how == "down":
        return value.numerator // value.denominator
    return (half_even if how == "half_even" else ceil_div)(value.numerator, value.denominator)


def _utc(moment: datetime) -> str:
    return (moment if moment.tzinfo else moment.replace(tzinfo=CHINA)).astimezone(CHINA).isoformat(timespec="microseconds")


def _iso(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()
