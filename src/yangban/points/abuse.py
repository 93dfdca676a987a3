"""Reasons to hold an event until a person has looked at it. Pure; the rules are data (``standards/book/points/review-default.toml``).

A reason is no verdict: the award is posted as pending, a reviewer posts or voids it, and the member may appeal. Nothing here looks at a
place on a map: an impossible trip is one that is too fast or that overlaps another.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Final

from yangban.base.exact import plain
from yangban.points.award import Event
from yangban.points.schemes import day_of, unit_words
from yangban.standards.points import Review, ReviewRule

_HOUR: Final = 60


@dataclass(frozen=True)
class Reason:
    """Why an event should be looked at: the rule, what was found, and the events that it was found beside."""

    rule: str
    text: str
    beside: tuple[str, ...] = ()


def review(rules: Review, event: Event, others: Sequence[Event] = ()) -> tuple[Reason, ...]:
    """Every reason to hold an event.

    ``others`` are earlier events that may matter: the member's own of the last month, and anybody's with the same device or proof. The
    event itself may be among them. Their order does not matter.
    """
    beside = [each for each in others if each.key != event.key]
    own = [each for each in beside if each.member == event.member]
    found = []
    for rule in rules.rules:
        if not rule.behaviours or event.behaviour in rule.behaviours:
            found += _TESTS[rule.type](rule, event, beside if rule.type in {"device_shared", "digest_shared"} else own)
    return tuple(found)


def reach_days(rules: Review) -> int:
    """How many days back :func:`review` may look."""
    return max((max(each.days, int(each.most or 0) if each.type == "same_amounts" else 1) for each in rules.rules), default=1)


def _amount_above(rule: ReviewRule, event: Event, _own: Sequence[Event]) -> list[Reason]:
    """More of an amount in one event than a person does in a day."""
    amount = event.amounts.get(rule.input)
    if amount is None or rule.most is None or amount <= rule.most:
        return []
    return [Reason(rule.key, f"{rule.name}：{amount:f} {unit_words(rule.input)}，多于 {rule.most:f}")]


def _rate_above(rule: ReviewRule, event: Event, _own: Sequence[Event]) -> list[Reason]:
    """More of an amount an hour than can be: distances of all modes count together."""
    values = [value for name, value in event.amounts.items() if name.partition(".")[0] == rule.input and not name.endswith(".baseline")]
    if not values or rule.most is None or event.minutes is None:
        return []
    total = sum(map(Fraction, values), Fraction(0))
    if event.minutes <= 0:
        return [Reason(rule.key, f"{rule.name}：{plain(total)} {unit_words(rule.input)} 用时 {event.minutes:f} 分钟")] if total else []
    rate = total * _HOUR / Fraction(event.minutes)
    if rate <= Fraction(rule.most):
        return []
    return [Reason(rule.key, f"{rule.name}：每小时 {plain(rate, 1)} {unit_words(rule.input)}，多于 {rule.most:f}")]


def _acts_within(rule: ReviewRule, event: Event, own: Sequence[Event]) -> list[Reason]:
    """More events in a span of minutes than a person can do: in any span that the event lies in."""
    window = timedelta(minutes=rule.minutes)
    times = sorted([event.happened_at, *(each.happened_at for each in own if abs(each.happened_at - event.happened_at) <= window)])
    most, first = 0, 0
    for last, moment in enumerate(times):
        while moment - times[first] > window:
            first += 1
        most = max(most, last - first + 1)
    if rule.most is None or most <= rule.most:
        return []
    return [Reason(rule.key, f"{rule.name}：{rule.minutes} 分钟内 {most} 件，多于 {rule.most:f}")]


def _overlap(rule: ReviewRule, event: Event, own: Sequence[Event]) -> list[Reason]:
    """Two trips of one member at the same time; only events that say how long they took and how far they went."""
    if event.minutes is None or not _is_trip(event):
        return []
    hits = [
        each.key
        for each in own
        if each.minutes is not None and _is_trip(each) and each.happened_at < _end(event) and event.happened_at < _end(each)
    ]
    return [Reason(rule.key, f"{rule.name}：与 {'、'.join(sorted(hits))}", tuple(sorted(hits)))] if hits else []


def _end(event: Event) -> datetime:
    return event.happened_at + timedelta(seconds=int((event.minutes or 0) * 60))


def _is_trip(event: Event) -> bool:
    return any(name.partition(".")[0] == "km" for name in event.amounts)


def _device_shared(rule: ReviewRule, event: Event, others: Sequence[Event]) -> list[Reason]:
    """One device that reports for more members than a household has."""
    if not event.device or rule.most is None:
        return []
    near = [each for each in others if each.device == event.device and _within(each, event, rule.days)]
    members = {event.member, *(each.member for each in near)}
    if len(members) <= rule.most:
        return []
    return [Reason(rule.key, f"{rule.name}：{rule.days} 天内 {len(members)} 个会员，多于 {rule.most:f}", _keys(near))]


def _digest_shared(rule: ReviewRule, event: Event, others: Sequence[Event]) -> list[Reason]:
    """One proof that another member has shown."""
    if not event.proof:
        return []
    hits = [each for each in others if each.proof == event.proof and each.member != event.member]
    return [Reason(rule.key, f"{rule.name}：与 {'、'.join(_keys(hits))}", _keys(hits))] if hits else []


def _same_amounts(rule: ReviewRule, event: Event, own: Sequence[Event]) -> list[Reason]:
    """The very same amount on more days in a row than chance gives."""
    amount = event.amounts.get(rule.input)
    if not amount or rule.most is None:
        return []
    same = {day_of(each.happened_at): each for each in own if each.amounts.get(rule.input) == amount and each.behaviour == event.behaviour}
    day = day_of(event.happened_at)
    first, last = day, day
    while first - timedelta(days=1) in same:
        first -= timedelta(days=1)
    while last + timedelta(days=1) in same:
        last += timedelta(days=1)
    days = (last - first).days + 1
    if days <= rule.most:
        return []
    text = f"{rule.name}：{first} 至 {last} 每天 {amount:f} {unit_words(rule.input)}"
    return [Reason(rule.key, text, _keys(each for each_day, each in same.items() if first <= each_day <= last))]


def _within(one: Event, other: Event, days: int) -> bool:
    return abs(one.happened_at - other.happened_at) <= timedelta(days=days)


def _keys(events: Iterable[Event]) -> tuple[str, ...]:
    return tuple(sorted({each.key for each in events}))


_TESTS: Final[Mapping[str, Callable[[ReviewRule, Event, Sequence[Event]], list[Reason]]]] = {
    "amount_above": _amount_above,
    "rate_above": _rate_above,
    "acts_within": _acts_within,
    "overlap": _overlap,
    "device_shared": _device_shared,
    "digest_shared": _digest_shared,
    "same_amounts": _same_amounts,
}
