"""Pilots beside other places: the interval against a textbook's example and against counting by force; what is said beside the numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from fractions import Fraction
from itertools import combinations
from math import comb

import pytest

from yangban.govern.pilots import NO_CAUSE, STATES, Pair, Policy, compare, percent, shift_interval, tally
from yangban.govern.pilots import _arrangements as arrangements
from yangban.indicators.values import Value

VALUE = Value(
    key="air.pm25.mean", subject="x", period="2022", exact=None, display=None, unit="µg/m³", origin="computed", edition="gb3095-2012"
)


def pair(name: str, before: str | int | None, after: str | int | None) -> Pair:
    values = [None if each is None else replace(VALUE, subject=name, exact=Fraction(each)) for each in (before, after)]
    return Pair(name, name, *values)


def group(start: str, changes: Sequence[str | int]) -> list[Pair]:
    return [pair(f"{start}{n}", 0, each) for n, each in enumerate(changes)]


def test_the_interval_of_hollander_and_wolfe() -> None:
    """Nonparametric Statistical Methods, example 4.1: permeability of the chorioamnion at term (10) and at 12 to 26 weeks (5).

    The book gives the estimate 0.305 and the interval (−0.15, 0.76) with the level 0.96.
    """
    term = ["0.80", "0.83", "1.89", "1.04", "1.45", "1.38", "1.91", "1.64", "0.73", "1.46"]
    early = ["1.15", "0.88", "0.90", "0.74", "1.21"]
    found = compare(group("p", term), group("o", early))
    assert found.typical == Fraction("0.305")
    assert found.interval is not None
    assert (found.interval.low, found.interval.high) == (Fraction("-0.15"), Fraction("0.76"))
    assert round(found.interval.level, 2) == Fraction("0.96")
    assert not found.tells


@pytest.mark.parametrize(("m", "n"), [(1, 1), (1, 5), (2, 3), (3, 3), (3, 5), (4, 4)])
def test_the_distribution_is_what_counting_gives(m: int, n: int) -> None:
    """Every choice of m places out of m + n, the statistic counted one by one."""
    counted = [0] * (m * n + 1)
    for chosen in combinations(range(m + n), m):
        others = [each for each in range(m + n) if each not in chosen]
        counted[sum(one > other for one in chosen for other in others)] += 1
    assert list(arrangements(m, n)) == counted
    assert sum(counted) == comb(m + n, m)


def test_six_pilots_among_a_hundred_counties() -> None:
    assert sum(arrangements(6, 94)) == comb(100, 6)


def test_the_difference_in_differences_by_hand() -> None:
    """Pilots 30→26 and 28→25: −3.5; others 31→30, 29→28, 33→33, 27→25: −1; the difference −2.5."""
    found = compare([pair("a", 30, 26), pair("b", 28, 25)], [pair("c", 31, 30), pair("d", 29, 28), pair("e", 33, 33), pair("f", 27, 25)])
    assert (found.mean_pilots, found.mean_others, found.difference) == (Fraction(-7, 2), Fraction(-1), Fraction(-5, 2))
    # By hand: the differences are −4 −3 −3 −3 −2 −2 −2 −1; of 15 orders one gives 0, so the widest reaches 1 − 2/15 = 13/15.
    assert found.interval is not None
    assert (found.interval.low, found.interval.high, found.interval.level) == (-4, -1, Fraction(13, 15))
    assert found.typical == Fraction(-5, 2)
    assert any("86.6%" in each and "95%" in each for each in found.notes)
    assert any("数目少" in each for each in found.notes)
    assert found.notes[-1] == NO_CAUSE
    assert not found.tells, "below the level asked for nothing is said to differ"


def test_enough_places_tell() -> None:
    found = compare(group("p", [-5, -6, -7, -5, -6]), group("o", [0, 1, 2, 0, 1, 2, 1, 0]))
    assert found.interval is not None
    assert found.interval.level >= Fraction(95, 100)
    assert found.tells
    assert found.notes == (NO_CAUSE,)


def test_one_beside_one_has_no_interval() -> None:
    found = compare([pair("a", 3, 1)], [pair("b", 3, 2)])
    assert found.difference == -1
    assert found.interval is None
    assert "给不出区间" in "；".join(found.notes)
    assert shift_interval([Fraction(1)], 1, 1) is None


def test_what_cannot_be_compared_is_left_out_and_told() -> None:
    good = [pair("a", 3, 1), pair("b", 3, 2)]
    short = pair("c", 3, 2)
    assert short.after is not None
    short = replace(short, after=replace(short.after, status="insufficient", reason="有效天数不足"))
    other = pair("d", 3, 2)
    assert other.after is not None
    other = replace(other, after=replace(other.after, edition="gb3095-2026-transitional"))
    found = compare(good[:1], [good[1], pair("e", None, 2), pair("f", 3, None), short, other])
    assert [each.name for each in found.others] == ["b"]
    assert dict(found.left_out) == {
        "e": "没有前期的值", "f": "没有后期的值", "c": "后期数据不足：有效天数不足",
        "d": "前后按不同标准计算：gb3095-2012 与 gb3095-2026-transitional",
    }  # fmt: skip


def test_without_a_pilot_there_is_no_comparison() -> None:
    found = compare([pair("a", None, 1)], [pair("b", 3, 2)])
    assert found.difference is None
    assert NO_CAUSE in found.notes


def test_a_level_is_never_made_better_than_it_is() -> None:
    assert [percent(each) for each in (Fraction(13, 15), Fraction(95, 100), Fraction(9999, 10000))] == ["86.6", "95", "99.9"]


def test_the_support_is_counted() -> None:
    """Two units with three policies, one of them late."""
    day = date(2026, 6, 1)
    policies = [
        Policy("1", "甲", "财政厅", "", date(2026, 5, 31)), Policy("2", "乙", "财政厅", "", date(2026, 5, 31), "used", date(2026, 5, 1)),
        Policy("3", "丙", "林业局", "", None),
    ]  # fmt: skip
    found = tally(policies, day)
    assert (found.units, found.policies, found.late) == (2, 3, 1)
    assert dict(found.states) == {**dict.fromkeys(STATES, 0), "planned": 2, "used": 1}
