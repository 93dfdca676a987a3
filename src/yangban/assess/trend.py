"""Whether a series of periods rises or falls: Spearman's rank correlation with time, for air and water.

Source: HJ 663-2013 annex B, and the trend method of 环办〔2011〕22号; at least five periods (years, quarters, months).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Final

from yangban.standards import Rule

RISING: Final = "rising"
FALLING: Final = "falling"
STEADY: Final = "steady"

LEVELS: Final = ("0.05", "0.01")
"""The columns of the table of critical values, by level of significance."""


@dataclass(frozen=True)
class Trend:
    """The trend of a series.

    ``coefficient`` is r between -1 and 1, ``None`` with too few periods; ``critical`` the value that its size is compared with and
    ``direction`` ``rising``, ``falling``, or ``steady`` when the change is not significant, empty without coefficient.
    """

    coefficient: Fraction | None
    n: int
    critical: Decimal | None
    level: str
    direction: str
    reason: str
    unverified: tuple[str, ...]


def ranks(values: Sequence[Fraction]) -> list[Fraction]:
    """The rank of each value from the smallest; equal values share the mean of their ranks.

    >>> [str(r) for r in ranks([Fraction(30), Fraction(10), Fraction(30), Fraction(20)])]
    ['7/2', '1', '7/2', '2']
    """
    ordered = sorted(values)
    first = {value: place for place, value in reversed(list(enumerate(ordered, start=1)))}
    return [first[value] + Fraction(ordered.count(value) - 1, 2) for value in values]


def coefficient(values: Sequence[Fraction]) -> Fraction:
    """r = 1 - 6 ΣD² / (N³ - N), D being the difference between the rank of a value and its place in time (HJ 663-2013 annex B).

    The formula stands as it is for equal values too, whose ranks are shared; the annex is silent on them.

    >>> coefficient([Fraction(k) for k in (50, 45, 46, 40, 38)])
    Fraction(-9, 10)
    """
    n = len(values)
    squares = sum(((rank - place) ** 2 for place, rank in enumerate(ranks(values), start=1)), Fraction(0))
    return 1 - 6 * squares / (n**3 - n)


def spearman(values: Sequence[Fraction], *, least: Rule, critical: Rule, level: str = "0.05") -> Trend:
    """The trend of values in order of time, by the table of critical values.

    ``least`` is the book's rule of the smallest number of periods (``trend.spearman.min_periods``), ``critical`` its table
    (``trend.spearman.critical``), of the edition of the medium.
    A trend is significant when the size of r reaches the critical value of its number of periods. A number between two columns of the
    table takes the smaller column, whose value is the stricter; beyond the last column the last. ``level`` is 0.05 or 0.01.
    """
    leaning = [rule.id for rule in (least, critical) if rule.unverified]
    n = len(values)
    if n < int(least.value):
        return Trend(None, n, None, level, "", f"{n} 个时段，秩相关至少需要 {least.value} 个", tuple(leaning))
    row = [row for row in critical.value if row[0] <= n][-1]
    bound = Decimal(row[1 + LEVELS.index(level)])
    found = coefficient(values)
    direction = STEADY if abs(found) < Fraction(bound) else RISING if found > 0 else FALLING
    return Trend(found, n, bound, level, direction, "", tuple(leaning))
