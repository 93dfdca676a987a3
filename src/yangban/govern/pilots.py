"""Pilots: who supports them with what by when, and how they changed beside places that are no pilots. Pure.

The comparison is a difference in differences on one indicator: each place's change from the period before to the period after, then the
changes of the pilots against those of the other places. Its interval is the exact one of Mann and Whitney for a shift (Hollander and Wolfe,
*Nonparametric Statistical Methods*, on the two-sample location problem): the sorted differences of every pilot's change and every other
place's change, cut where the exact distribution says so. It assumes no bell shape and needs no table; with few places it cannot reach the
level asked for, and then it says which level it reaches. Nothing here says that the pilot was the cause.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from functools import cache
from math import comb
from typing import Final

from yangban.indicators.values import Value, compare_scopes

LEVEL: Final = Fraction(95, 100)
"""The level of confidence that is asked for: the project's own choice."""
FEW: Final = 5
"""Fewer places than this in either group are said to be few: the project's own choice."""
NO_CAUSE: Final = "这里只比较变化，不说明是试点带来的变化：试点不是随机选的，同期还有别的政策、气象和产业变化。"
NO_CAUSE_EN: Final = (
    "This compares changes and does not say that the pilot caused them: pilots were not chosen at random, and weather, industry and other"
    " policies changed as well."
)

STATES: Final[Mapping[str, tuple[str, str, str]]] = {
    "planned": ("□", "待落实", "Planned"),
    "ready": ("▷", "已出台可用", "Ready to use"),
    "used": ("✓", "已使用", "Used"),
    "unused": ("✗", "未使用", "Not used"),
    "dropped": ("—", "不再实施", "Dropped"),
}
"""The states of a support policy: symbol, Chinese, English."""


@dataclass(frozen=True)
class Policy:
    """One support policy: who does what by when, and whether it was used."""

    key: str
    title: str
    unit: str
    action: str
    due: date | None
    state: str = "planned"
    used_on: date | None = None
    note: str = ""

    def late(self, day: date) -> bool:
        """Whether it should be there and is not."""
        return self.state == "planned" and self.due is not None and self.due < day


@dataclass(frozen=True)
class Tally:
    """How the support of a pilot stands."""

    units: int
    policies: int
    states: Mapping[str, int]
    late: int


def tally(policies: Sequence[Policy], day: date) -> Tally:
    """Count units and policies; a unit that supports with several is one unit."""
    states = {state: sum(each.state == state for each in policies) for state in STATES}
    return Tally(len({each.unit for each in policies}), len(policies), states, sum(each.late(day) for each in policies))


# ----------------------------------------------------------------------------------------------------------------- comparison


@dataclass(frozen=True)
class Pair:
    """A place with its values before and after; ``None`` where there is none."""

    subject: str
    name: str
    before: Value | None
    after: Value | None

    @property
    def change(self) -> Fraction:
        """After less before, of the values as they are printed."""
        assert self.before is not None
        assert self.before.judged is not None
        assert self.after is not None
        assert self.after.judged is not None
        return self.after.judged - self.before.judged


@dataclass(frozen=True)
class Interval:
    """An interval with the level that it has: exact, and at least as high as asked for unless there are too few places."""

    low: Fraction
    high: Fraction
    level: Fraction


@dataclass(frozen=True)
class Comparison:
    """Pilots beside other places. ``difference`` is the mean change of the one less that of the others, ``typical`` the middle one of
    all differences between a pilot's and another place's change, about which the interval lies."""

    pilots: tuple[Pair, ...]
    others: tuple[Pair, ...]
    left_out: tuple[tuple[str, str], ...]
    mean_pilots: Fraction | None
    mean_others: Fraction | None
    difference: Fraction | None
    typical: Fraction | None
    interval: Interval | None
    notes: tuple[str, ...]
    synthetic: bool

    @property
    def tells(self) -> bool:
        """Whether the interval leaves 0 out at the level asked for."""
        held = self.interval
        return held is not None and held.level >= LEVEL and (held.low > 0 or held.high < 0)


def usable(pair: Pair) -> str:
    """Why the change of a place cannot be taken, or nothing."""
    before, after = pair.before, pair.after
    if before is None or after is None:
        return "没有前期的值" if before is None else "没有后期的值"
    for when, value in (("前期", before), ("后期", after)):
        if not value.usable or value.judged is None:
            return f"{when}数据不足：{value.reason or '没有数值'}"
    if before.unit != after.unit:
        return f"前后单位不同：{before.unit} 与 {after.unit}"
    if before.origin != after.origin:
        return "前后一个由计算、一个由填报得来"
    if before.edition != after.edition:
        return f"前后按不同标准计算：{before.edition} 与 {after.edition}"
    scope = compare_scopes(before.scope, after.scope)
    return "" if scope.comparable else "；".join(scope.reasons)


def compare(pilots: Sequence[Pair], others: Sequence[Pair]) -> Comparison:
    """The changes of pilots beside those of other places.

    >>> from dataclasses import replace
    >>> value = Value(key="air.pm25.mean", subject="a", period="2022", exact=Fraction(30), display=None, unit="µg/m³", origin="computed")
    >>> def pair(name, before, after):
    ...     return Pair(name, name, replace(value, exact=Fraction(before)), replace(value, exact=Fraction(after)))
    >>> found = compare([pair("a", 30, 26)], [pair("b", 30, 29), pair("c", 31, 30), pair("d", 28, 27)])
    >>> found.difference, found.interval.level
    (Fraction(-3, 1), Fraction(1, 2))
    """
    left = tuple((each.name, why) for each in (*pilots, *others) if (why := usable(each)))
    kept, beside = (tuple(each for each in group if not usable(each)) for group in (pilots, others))
    synthetic = any(value.synthetic for each in (*kept, *beside) for value in (each.before, each.after) if value is not None)
    if not kept or not beside:
        who = "试点" if not kept else "非试点地区"
        return Comparison(
            kept,
            beside,
            left,
            _mean(kept),
            _mean(beside),
            None,
            None,
            None,
            (f"没有一个{who}前后都有可用的值，不能比较", NO_CAUSE),
            synthetic,
        )
    found = sorted(one.change - other.change for one in kept for other in beside)
    interval = shift_interval(found, len(kept), len(beside))
    notes = []
    if min(len(kept), len(beside)) < FEW:
        notes.append(f"只有 {len(kept)} 个试点、{len(beside)} 个非试点地区，数目少，结果容易受个别地区左右")
    if interval is None:
        notes.append("地区太少，给不出区间")
    elif interval.level < LEVEL:
        notes.append(f"地区太少，区间的置信水平只有 {_percent(interval.level)}%，达不到 {_percent(LEVEL)}%")
    editions = {value.edition for each in (*kept, *beside) for value in (each.before,) if value is not None}
    if len(editions) > 1:
        notes.append(f"不同地区按不同标准计算：{'、'.join(sorted(editions))}")
    mean_kept, mean_beside = _mean(kept), _mean(beside)
    assert mean_kept is not None
    assert mean_beside is not None
    return Comparison(
        kept, beside, left, mean_kept, mean_beside, mean_kept - mean_beside, _median(found), interval, (*notes, NO_CAUSE), synthetic
    )


def shift_interval(differences: Sequence[Fraction], m: int, n: int, *, level: Fraction = LEVEL) -> Interval | None:
    """The exact interval of a shift from the ``m·n`` sorted differences between two groups.

    The widest of them is [smallest, largest], of the level 1 − 2/C(m+n, m); ``None`` where that is nothing at all.
    """
    counts = _arrangements(m, n)
    whole = comb(m + n, m)
    tail, cut = 0, 0
    for number in counts:
        if 2 * (tail + number) > (1 - level) * whole:
            break
        tail += number
        cut += 1
    if cut == 0:
        tail, cut = counts[0], 1
    reached = 1 - Fraction(2 * tail, whole)
    if reached <= 0:
        return None
    return Interval(differences[cut - 1], differences[len(differences) - cut], reached)


@cache
def _arrangements(m: int, n: int) -> tuple[int, ...]:
    """In how many of the orders of m and n things the statistic of Mann and Whitney is 0, 1, 2, …: the coefficients of the Gaussian
    binomial, made by multiplying and dividing polynomials."""
    top = m * n
    held = [1] + [0] * top
    for k in range(1, m + 1):
        for at in range(top, n + k - 1, -1):
            held[at] -= held[at - n - k]
        for at in range(k, top + 1):
            held[at] += held[at - k]
    return tuple(held)


def _mean(pairs: Sequence[Pair]) -> Fraction | None:
    return Fraction(sum(each.change for each in pairs)) / len(pairs) if pairs else None


def _median(held: Sequence[Fraction]) -> Fraction:
    middle = len(held) // 2
    return held[middle] if len(held) % 2 else (held[middle - 1] + held[middle]) / 2


def _percent(share: Fraction) -> str:
    """A share in per cent with one decimal at most, cut and never rounded up: a level is not made better than it is."""
    tenths = share.numerator * 1000 // share.denominator
    return f"{tenths // 10}.{tenths % 10}".removesuffix(".0")


percent = _percent
