"""What the rest of a period may bring so that a target is met: exact, by arithmetic alone.

The mean of a period is taken over its valid days. Of a period with N days so far and r days to come, the days that were lost stay lost, so
the mean at its end is taken over n + r days, n being the valid days so far. A region's value is the mean of its places' values, each place
counting once; the rest is then asked of every place alike.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final

from yangban.base.errors import UsageError
from yangban.base.exact import plain, round_half_even
from yangban.indicators.targets import ROUNDED, UNROUNDED, Bound, Target, bound

MET: Final = "met"
"""Met, whatever the rest brings (or the period is over and the target met)."""
OPEN: Final = "open"
"""The rest decides."""
MISSED: Final = "missed"
"""Missed, whatever the rest brings (or the period is over and the target missed)."""

_SHOWN: Final = 1
"""Decimals in which the rest's mean is said, as county notices do."""
_OFFICE: Final = 2
"""Further decimals in which offices write the edge of a rounded target: 57 becomes 57.49."""


@dataclass(frozen=True)
class SoFar:
    """One place so far: its mean (or share of good days, as a mean of 100 and 0) over ``n`` valid days."""

    mean: Fraction
    n: int


@dataclass(frozen=True)
class Rest:
    """What the remaining days may bring under one way of judging.

    ``edge`` is the period's edge; ``mean`` what the remaining days may have on average, ``inside`` whether that edge itself will do.
    ``written`` is the edge as offices write it (the last number with two more decimals that still rounds to the target: 57.49) and
    ``written_mean`` what it leaves. ``mean`` is None when no day remains.
    """

    met_by: str
    edge: Fraction
    inside: bool
    mean: Fraction | None
    written: Fraction
    written_mean: Fraction | None
    state: str

    @property
    def display(self) -> Decimal | None:
        """The value to print: what ``written`` leaves, to one decimal."""
        return None if self.written_mean is None else round_half_even(self.written_mean, _SHOWN)

    def to_dict(self) -> dict[str, Any]:
        """The answer as JSON prints it; quotients to six places."""
        return {
            "state": self.state,
            "edge": plain(self.edge),
            "edge_inside": self.inside,
            "rest_mean": None if self.mean is None else plain(self.mean),
            "written_edge": plain(self.written),
            "written_rest_mean": None if self.written_mean is None else plain(self.written_mean),
            "display": None if self.display is None else f"{self.display:f}",
        }


@dataclass(frozen=True)
class Days:
    """Days that the rest still needs or may have; in a region, where they are a mean of places, they may be broken.

    ``needed`` is given for a target of at least so many good days; ``allowed`` for both kinds, the days of the rest that may fail.
    ``share`` is, for a ratio, the part of the remaining days that must be good, in per cent.
    """

    met_by: str
    needed: Fraction | None
    allowed: Fraction
    share: Fraction | None
    state: str

    def to_dict(self) -> dict[str, Any]:
        """The answer as JSON prints it."""
        return {
            "state": self.state,
            "needed": None if self.needed is None else plain(self.needed),
            "allowed": plain(self.allowed),
            "share": None if self.share is None else plain(self.share),
        }


def rest_mean(so_far: Sequence[SoFar], *, rest: int, edge: Fraction) -> Fraction | None:
    """The mean of the remaining ``rest`` days, the same in every place, that puts the mean of the places' means just on ``edge``.

    None when no day remains. Not negative values alone: below 0 the edge can no longer be reached.

    >>> [round(float(rest_mean([SoFar(Fraction(55), 348)], rest=18, edge=Fraction(e))), 1) for e in ("57", "57.49")]
    [95.7, 105.6]
    """
    if not so_far:
        raise UsageError("no place has a value so far; expected at least one")
    if rest < 1:
        return None
    weight = Fraction(0)
    fixed = Fraction(0)
    for each in so_far:
        fixed += each.mean * each.n / (each.n + rest)
        weight += Fraction(rest, each.n + rest)
    return (edge * len(so_far) - fixed) / weight


def mean_so_far(so_far: Sequence[SoFar]) -> Fraction:
    """The mean of the places' values."""
    return sum((each.mean for each in so_far), Fraction(0)) / len(so_far)


def written_edge(edge: Bound, decimals: int) -> Fraction:
    """The edge of a rounded target as offices write it: the last number with two more decimals that still meets it.

    >>> written_edge(Bound(Fraction(115, 2), False, "at_most"), 0)
    Fraction(5749, 100)
    """
    if edge.inside:
        return edge.value
    step = Fraction(1, 10 ** (decimals + _OFFICE))
    return edge.value - step if edge.direction == "at_most" else edge.value + step


def rest_of_mean(target: Target, so_far: Sequence[SoFar], *, rest: int, met_by: str) -> Rest:
    """What the remaining days may have on average, for a target of a mean concentration that must not be exceeded."""
    edge = bound(target.value, target.direction, met_by=met_by, decimals=target.decimals)
    written = edge.value if met_by == UNROUNDED else written_edge(edge, target.decimals)
    mean = rest_mean(so_far, rest=rest, edge=edge.value)
    if mean is None:
        state = MET if edge.holds(mean_so_far(so_far)) else MISSED
    else:
        state = OPEN if mean > 0 or (mean == 0 and edge.inside) else MISSED
    return Rest(met_by, edge.value, edge.inside, mean, written, rest_mean(so_far, rest=rest, edge=written), state)


def rest_of_ratio(target: Target, so_far: Sequence[SoFar], *, rest: int, met_by: str) -> Days:
    """Good days that the rest still needs, for a target of a share of good days (per cent, at least).

    ``so_far`` holds the ratios in per cent. Every remaining day is taken to become a valid one. In one place ``needed`` is a whole number
    of days; in a region it is the average number per place, since the same days weigh differently where valid days differ.
    """
    edge = bound(target.value, target.direction, met_by=met_by, decimals=target.decimals)
    share = rest_mean(so_far, rest=rest, edge=edge.value)
    if share is None:
        holds = edge.holds(mean_so_far(so_far))
        return Days(met_by, Fraction(0), Fraction(0), None, MET if holds else MISSED)
    days = share * rest / 100
    if len(so_far) == 1:
        whole = -((-days.numerator) // days.denominator)
        days = Fraction(whole + (whole == days and not edge.inside))
    needed = max(days, Fraction(0))
    beyond = days > rest or (days == rest and len(so_far) > 1 and not edge.inside)
    secure = days < 0 or (days == 0 and (edge.inside or len(so_far) == 1))
    return Days(met_by, needed, rest - needed, max(share, Fraction(0)), MISSED if beyond else MET if secure else OPEN)


def days_left(target: Target, so_far: Fraction, *, rest: int) -> Days:
    """Days of a target that counts days: at least so many good ones, or at most so many of another kind.

    >>> from yangban.base.periods import parse
    >>> twenty = Target(indicator="air.good_days", subject="411000", period=parse("2026-01"), value=Decimal(20), direction="at_least",
    ...                 unit="d", source="an example", confidence="unverified")
    >>> days_left(twenty, Fraction(13), rest=11).needed
    Fraction(7, 1)
    """
    aim = Fraction(target.value)
    if target.direction == "at_least":
        needed = max(aim - so_far, Fraction(0))
        return Days("count", needed, rest - needed, None, MET if needed == 0 else MISSED if needed > rest else OPEN)
    allowed = aim - so_far
    return Days("count", None, allowed, None, MISSED if allowed < 0 else MET if allowed >= rest else OPEN)


def implied_edges(*, mean: Decimal, n: int, rest: Decimal, days: int, decimals: int = 0) -> tuple[Fraction, Fraction]:
    """Between which values the yearly target of a printed notice lies: mean so far and mean of the rest, both rounded to ``decimals``.

    Checks a notice of others: ``n`` days so far of ``days``.

    >>> [round(float(edge), 2) for edge in implied_edges(mean=Decimal(58), n=209, rest=Decimal(56), days=366)]
    [56.64, 57.64]
    """
    half = Fraction(1, 2 * 10**decimals)
    low, high = (((Fraction(mean) + sign * half) * n + (Fraction(rest) + sign * half) * (days - n)) / days for sign in (-1, 1))
    return low, high


__all__ = [
    "MET",
    "MISSED",
    "OPEN",
    "ROUNDED",
    "UNROUNDED",
    "Days",
    "Rest",
    "SoFar",
    "days_left",
    "implied_edges",
    "mean_so_far",
    "rest_mean",
    "rest_of_mean",
    "rest_of_ratio",
    "written_edge",
]
