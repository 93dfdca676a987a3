"""The book's numbers in the shape in which the kernel of water needs them: integers of millionths, turned once.

A value of water is a whole number of millionths of its item's unit (:data:`~yangban.base.water_items.SCALE`); a mean is such a number
over a count. Every rule here takes the pair ``num, den``, as Python integers or as Polars expressions, so that one sample and three
million readings go through the same lines.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import Any, Final

from yangban.base.errors import BookError, UsageError
from yangban.base.exact import half_even
from yangban.base.water_items import SCALE
from yangban.standards import WaterEdition

RIVER: Final = "river"
LAKE: Final = "lake"
KINDS: Final = (RIVER, LAKE)
"""What a section lies in; total phosphorus has limits of its own in lakes and reservoirs (GB 3838-2002 table 1)."""

NONE: Final = "none"
ITEM: Final = "item"
ROUNDINGS: Final = (NONE, ITEM)
"""Whether values are classed as they are, or first rounded to the decimals of their item (环办监测函〔2020〕82号)."""

NUMERALS: Final = ("Ⅰ", "Ⅱ", "Ⅲ", "Ⅳ", "Ⅴ", "劣Ⅴ")
"""The classes as they are written; class ``k`` is entry ``k - 1``."""

WORST: Final = len(NUMERALS)
"""The number that stands for 劣Ⅴ, worse than class Ⅴ."""

GOOD_AT_MOST: Final = 3
"""Class Ⅲ: up to it water is called good (优良), beyond it an item exceeds."""

PH: Final = "ph"
"""The item that is averaged by the hydrogen ion and has one range for all classes."""

_SCALE_DECIMALS: Final = len(str(SCALE)) - 1


def numeral(klass: int) -> str:
    """A class as it is written.

    >>> numeral(3), numeral(6)
    ('Ⅲ', '劣Ⅴ')
    """
    return NUMERALS[klass - 1]


@dataclass(frozen=True)
class Step:
    """A range that the limits of one or several classes share: a value outside it is worse by ``weight`` classes.

    ``low`` and ``high`` are millionths and belong to the range; ``None`` is an open end.
    """

    low: int | None
    high: int | None
    weight: int

    def outside(self, num: Any, den: Any) -> Any:
        """Whether ``num / den`` lies outside; on numbers and on expressions."""
        below = None if self.low is None else num < den * self.low
        above = None if self.high is None else num > den * self.high
        if below is not None and above is not None:
            return below | above
        return above if below is None else below


@lru_cache
def steps(edition: WaterEdition, item: str, kind: str) -> tuple[Step, ...]:
    """The limits of an item, best class first; empty for an item that has none.

    GB 3838-2002 table 1. Limits that fall from class to class (dissolved oxygen) are lowest allowed values. pH has one range for all
    classes: within it class Ⅰ, outside worse than class Ⅴ.
    """
    check_kind(kind)
    if item == PH:
        low, high = (_millionths(bound) for bound in edition.rule("ph.range").value)
        inside, outside = (int(edition.rule(f"ph.class_{side}").value) for side in ("inside", "outside"))
        return (Step(low, high, outside - inside),)
    limits = [edition.limit(item, klass, kind=kind) for klass in range(1, WORST)]
    bounds = [_millionths(limit) for limit in limits if limit is not None]
    falling = item in edition.lower_limit_items
    return tuple(Step(bound if falling else None, None if falling else bound, bounds.count(bound)) for bound in dict.fromkeys(bounds))


def _millionths(limit: Any) -> int:
    scaled = Fraction(limit) * SCALE
    if scaled.denominator != 1:
        raise ValueError(f"a limit of {limit} is finer than a millionth")
    return scaled.numerator


def check_kind(kind: str) -> None:
    """Refuse a kind that is neither river nor lake."""
    if kind not in KINDS:
        raise UsageError(f"unknown kind of water {kind!r}; expected river or lake (河流 or 湖库)")


def check_rounding(rounding: str) -> None:
    """Refuse a rounding that is neither none nor item."""
    if rounding not in ROUNDINGS:
        raise UsageError(f"unknown rounding {rounding!r}; expected none (as measured) or item (to the decimals of each item)")


def item_class(num: Any, den: Any, limits: Sequence[Step]) -> Any:
    """The class of ``num / den`` millionths: the best class whose limit is met, 6 when none is (GB 3838-2002 table 1 and 4.1).

    Limits never tighten from class to class, so that class is one more than the number of classes whose limit is missed.

    >>> cod = (Step(None, 15_000_000, 2), Step(None, 20_000_000, 1), Step(None, 30_000_000, 1), Step(None, 40_000_000, 1))
    >>> [item_class(value * 1_000_000, 1, cod) for value in (15, 16, 40, 41)]
    [1, 3, 5, 6]
    """
    total: Any = 1
    for step in limits:
        total = total + step.outside(num, den) * _weight(num, step.weight)
    return total


def _weight(like: Any, weight: int) -> Any:
    """A whole number beside an expression as the smallest integer type, so that classes of millions of rows stay small."""
    if not hasattr(like, "cast"):
        return weight
    import polars as pl

    return pl.lit(weight, dtype=pl.Int8)


def decimals(edition: WaterEdition, item: str) -> int | None:
    """Decimals to which an item is rounded before it is assessed (环办监测函〔2020〕82号); ``None`` for an item without a rule."""
    try:
        return int(edition.rule(f"decimals.{item}").value)
    except BookError:
        return None


def keeps_significant(edition: WaterEdition) -> bool:
    """Whether a value that rounding would make zero keeps one significant digit."""
    return bool(edition.rule("rounding.water.keep_one_significant").value)


def rounded(num: Any, den: Any, places: int, *, keep_significant: bool) -> Any:
    """``num / den`` millionths rounded to so many decimals of the unit, half to even, as whole millionths.

    A value that would become zero keeps one significant digit (环办监测函〔2020〕82号). Values are not negative, as all of water but
    temperature are.

    >>> [rounded(n, 1, 1, keep_significant=True) for n in (50_000, 150_000, 40_000, 4_449, 0)]
    [50000, 200000, 40000, 4000, 0]
    """
    unit = 10 ** (_SCALE_DECIMALS - places)
    whole = half_even(num, den * unit) * unit
    if not keep_significant or unit == 1:
        return whole
    digit: Any = 1
    for power in range(1, _SCALE_DECIMALS - places):
        digit = digit + (num >= den * 10**power) * (10**power - 10 ** (power - 1))
    return whole + (whole == 0) * (half_even(num, den * digit) * digit)


def prepared(num: Any, den: Any, edition: WaterEdition, item: str, rounding: str) -> tuple[Any, Any]:
    """The pair as it is compared with the limits: itself, or rounded by its item."""
    check_rounding(rounding)
    places = decimals(edition, item) if rounding == ITEM else None
    if places is None:
        return num, den
    return rounded(num, den, places, keep_significant=keeps_significant(edition)), 1


def pair(value: Fraction) -> tuple[int, int]:
    """An exact value in its item's unit as ``num, den`` in millionths."""
    scaled = Fraction(value) * SCALE
    return scaled.numerator, scaled.denominator


def prepared_value(value: Fraction, item: str, edition: WaterEdition, rounding: str) -> Fraction:
    """An exact value as it is compared with the limits."""
    num, den = prepared(*pair(value), edition, item, rounding)
    return Fraction(num, den * SCALE)


def class_of(value: Fraction, item: str, edition: WaterEdition, *, kind: str, rounding: str = NONE) -> int | None:
    """The class of one exact value, ``None`` for an item without limits."""
    limits = steps(edition, item, kind)
    if not limits:
        return None
    klass: int = item_class(*prepared(*pair(value), edition, item, rounding), limits)
    return klass


@lru_cache
def assessed_items(edition: WaterEdition) -> tuple[str, ...]:
    """The 21 items of the section class (环办〔2011〕22号): table 1 without temperature, total nitrogen and coliform."""
    return tuple(edition.items)


@lru_cache
def reference_items(edition: WaterEdition) -> tuple[str, ...]:
    """Items that are classed for reference only: total nitrogen, faecal coliform (环办〔2011〕22号)."""
    return tuple(str(item) for item in edition.rule("assess.reference_items").value)


@lru_cache(maxsize=1000)
def unverified(edition: WaterEdition, keys: tuple[str, ...]) -> tuple[str, ...]:
    """The rules among these keys that have not been read in the official text, by id."""
    found = [edition.rule(key) for key in dict.fromkeys(keys)]
    return tuple(dict.fromkeys(rule.id for rule in found if rule.unverified))


@lru_cache(maxsize=1000)
def class_rules(edition: WaterEdition, items: tuple[str, ...], *, kind: str, rounding: str) -> tuple[str, ...]:
    """The keys of the rules on which the class of these items leans."""
    keys = ["assess.items", "assess.method", "assess.equal_limits", "assess.unmonitored_practice"]
    for item in items:
        limits = [] if item == PH else [edition.limit_rule(item, klass, kind=kind) for klass in range(1, WORST)]
        keys += ["ph.range", "ph.class_inside", "ph.class_outside"] if item == PH else [rule.key for rule in limits if rule is not None]
        if rounding == ITEM and decimals(edition, item) is not None:
            keys.append(f"decimals.{item}")
    return tuple(keys + ["rounding.water.keep_one_significant"] * (rounding == ITEM))
