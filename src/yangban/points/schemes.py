"""Which method of a scheme holds on a day, and the numbers of its formulas, factors looked up. Pure.

A day is the Beijing day (UTC+8) on which something happened. A method holds from its first to its last day, both inclusive; a new rule
holds from its date, and what was granted under the old one is never computed again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal
from fractions import Fraction
from typing import Final

from yangban.base.errors import UsageError
from yangban.standards.points import ALWAYS, MASSES, UNITS, Factor, FactorRef, Formula, Method, PointsBook, Scheme, Slot

CHINA: Final = timezone(timedelta(hours=8), "UTC+8")
"""Beijing time, in which days, months and years of a scheme are counted."""


class EmptySlot(UsageError):
    """A number that the rule needs was not published; nobody may guess it."""


def day_of(moment: datetime) -> date:
    """The Beijing day of a moment.

    >>> from datetime import UTC
    >>> day_of(datetime(2023, 12, 31, 16, 0, tzinfo=UTC))
    datetime.date(2024, 1, 1)
    """
    return moment.astimezone(CHINA).date()


def period_of(day: date, per: str) -> tuple[date, date]:
    """First and last day of the day, month or year in which a day lies.

    >>> period_of(date(2024, 2, 10), "month")
    (datetime.date(2024, 2, 1), datetime.date(2024, 2, 29))
    """
    if per == "day":
        return day, day
    if per == "year":
        return day.replace(month=1, day=1), day.replace(month=12, day=31)
    first = day.replace(day=1)
    following = (first + timedelta(days=31)).replace(day=1)
    return first, following - timedelta(days=1)


def start_of(day: date) -> datetime:
    """The moment at which a Beijing day begins."""
    return datetime.combine(day, time(), CHINA)


def in_force(scheme: Scheme, day: date) -> bool:
    """Whether the scheme as a whole holds on a day."""
    return (scheme.start is None or scheme.start <= day) and (scheme.end is None or day <= scheme.end)


def methods_on(scheme: Scheme, behaviour: str, day: date) -> tuple[Method, ...]:
    """The methods of one behaviour that hold on a day; several when each takes other evidence."""
    return tuple(each for each in scheme.methods if each.behaviour == behaviour and each.start <= day <= (each.end or date.max))


@dataclass(frozen=True)
class Version:
    """A scheme as it holds from one day on: ``number`` counts the changes, 0 being the scheme as the book has it."""

    number: int
    start: date
    scheme: Scheme


@dataclass(frozen=True)
class Timeline:
    """A scheme and its changes. An event belongs to the version of the day on which it happened, however late it is told."""

    first: Scheme
    later: tuple[Version, ...] = ()

    def version_on(self, day: date) -> Version:
        """The version that holds on a day: the last to begin by then, of those that begin together the last made."""
        begun = [each for each in self.later if each.start <= day]
        return max(begun, key=lambda each: (each.start, each.number), default=Version(0, ALWAYS, self.first))

    def on(self, day: date) -> Scheme:
        """The scheme as it holds on a day."""
        return self.version_on(day).scheme

    @property
    def last(self) -> Version:
        """The newest version, begun or not."""
        return max(self.later, key=lambda each: each.number, default=Version(0, ALWAYS, self.first))


FIXED: Final = ("id", "region", "decimals", "point_name", "example")
"""What no version may change: the books count in it."""


def changed_fixed(old: Scheme, new: Scheme) -> list[str]:
    """What of :data:`FIXED` a new version changes, in words; and each behaviour that it drops, since events of it are on their way."""
    found = [
        f"{name}：{getattr(old, name)!r} → {getattr(new, name)!r}，不能改" for name in FIXED if getattr(old, name) != getattr(new, name)
    ]
    kept = {each.key for each in new.behaviours}
    return found + [
        f"behaviour[{each.key}]：不能删去；不再计分请给方法写 to（最后一天）" for each in old.behaviours if each.key not in kept
    ]


def as_of(scheme: Scheme, day: date) -> Scheme:
    """The scheme as it holds on one day, taken to hold on every day: what a what-if run asks of days before the change."""
    methods = tuple(replace(each, start=ALWAYS, end=None) for each in scheme.methods if each.start <= day <= (each.end or date.max))
    return replace(scheme, start=None, end=None, methods=methods)


@dataclass(frozen=True)
class Number:
    """A number of a formula, exact, with the factor that it came from; a factor is in grams per unit."""

    value: Fraction
    text: str
    factor: Factor | None = None


def number(book: PointsBook, scheme: Scheme, slot: Slot, what: str, *, region: str, day: date, grams: int = 1) -> Number:
    """The value of a slot: itself times ``grams``, or a factor in grams.

    Raises :class:`EmptySlot` when the number was not published, and :class:`~yangban.base.errors.UsageError` when the table has none for
    this area or year.
    """
    if slot is None:
        raise EmptySlot(f"{scheme.id} 的{what}没有公布，不能计算")
    if isinstance(slot, Decimal):
        return Number(Fraction(slot) * grams, f"{slot:f}")
    factor = _factor(book, scheme, slot, region, day)
    if factor.value is None:
        raise EmptySlot(f"{scheme.id} 的{factor.name}因子没有公布，不能计算")
    mass = MASSES[factor.unit.partition("/")[0]]
    return Number(Fraction(factor.value) * mass, f"{factor.value:f} {factor.unit}", factor)


def _factor(book: PointsBook, scheme: Scheme, ref: FactorRef, region: str, day: date) -> Factor:
    if ref.table in scheme.factors:
        return scheme.factors[ref.table]
    area = ref.area
    if area == "event":
        code = region or scheme.region
        area = code if code in book.factors[ref.table].rows else f"{code[:2]}0000"
    return book.factors[ref.table].find(area, ref.year, day)


def unit_words(amount: str) -> str:
    """The unit of an amount in words.

    >>> unit_words("km.rail"), unit_words("step")
    ('公里', '步')
    """
    return UNITS[amount.partition(".")[0]]


def needed(formula: Formula | None) -> tuple[str, ...]:
    """The amounts that an event must bring for a formula, as far as they are fixed."""
    if formula is None or not formula.input or formula.kind == "travel":
        return ()
    return (formula.input,)


def modes_of(formula: Formula, amounts: Mapping[str, Decimal]) -> dict[str, Decimal]:
    """The distances by mode that an event brings for a formula of travel: ``km.rail`` gives ``rail``."""
    prefix = f"{formula.input}."
    return {name.removeprefix(prefix): value for name, value in amounts.items() if name.startswith(prefix) and name != f"{prefix}baseline"}
