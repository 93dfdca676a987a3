"""The arithmetic of the remaining days against brute force: every way in which the rest of a short period may turn out is tried."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from yangban.base.exact import round_half_even
from yangban.base.periods import parse
from yangban.indicators.paths import MET, MISSED, OPEN, ROUNDED, UNROUNDED, SoFar, days_left, rest_of_mean, rest_of_ratio
from yangban.indicators.targets import Target


def _target(value: str, direction: str, indicator: str = "air.pm25.mean") -> Target:
    return Target(
        indicator=indicator, subject="360100", period=parse("2022"), value=Decimal(value), direction=direction, unit="µg/m³",
        decimals=-int(Decimal(value).as_tuple().exponent), source="示例", confidence="unverified",
    )  # fmt: skip


def _meets(mean: Fraction, target: Target, met_by: str) -> bool:
    """What the target says, straight from its words: round (or not), then compare."""
    result = Fraction(round_half_even(mean, target.decimals)) if met_by == ROUNDED else mean
    return result <= Fraction(target.value) if target.direction == "at_most" else result >= Fraction(target.value)


WAYS = st.sampled_from([ROUNDED, UNROUNDED])


@settings(max_examples=80, deadline=None)
@given(st.lists(st.integers(0, 6), min_size=1, max_size=4), st.integers(1, 4), st.integers(1, 5), WAYS)
def test_the_mean_that_the_rest_may_have(past: list[int], rest: int, aim: int, met_by: str) -> None:
    target = _target(str(aim), "at_most")
    answer = rest_of_mean(target, [SoFar(Fraction(sum(past), len(past)), len(past))], rest=rest, met_by=met_by)
    assert answer.mean is not None
    outcomes = set()
    for days in product(range(8), repeat=rest):
        met = _meets(Fraction(sum(past) + sum(days), len(past) + rest), target, met_by)
        mean = Fraction(sum(days), rest)
        assert met == (mean < answer.mean or (mean == answer.mean and answer.inside))
        outcomes.add(met)
    assert answer.state == (OPEN if True in outcomes else MISSED)


@settings(max_examples=80, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 6), st.integers(1, 4)), min_size=2, max_size=3), st.integers(1, 3), st.integers(1, 5), WAYS)
def test_the_mean_that_the_rest_may_have_in_a_region(places: list[tuple[int, int]], rest: int, aim: int, met_by: str) -> None:
    """Every place has the same rest; the region's value is the mean of its places' means."""
    target = _target(str(aim), "at_most")
    so_far = [SoFar(Fraction(total, n), n) for total, n in places]
    answer = rest_of_mean(target, so_far, rest=rest, met_by=met_by)
    assert answer.mean is not None
    for total in range(8 * rest):
        region = sum((Fraction(t + total, n + rest) for t, n in places), Fraction(0)) / len(places)
        mean = Fraction(total, rest)
        assert _meets(region, target, met_by) == (mean < answer.mean or (mean == answer.mean and answer.inside))


@settings(max_examples=120, deadline=None)
@given(st.integers(1, 6), st.data(), st.integers(1, 5), st.sampled_from(["50", "60.0", "66.7", "90", "100"]), WAYS)
def test_good_days_that_the_rest_needs(n: int, data: st.DataObject, rest: int, aim: str, met_by: str) -> None:
    good = data.draw(st.integers(0, n))
    target = _target(aim, "at_least", "air.good_day_ratio")
    answer = rest_of_ratio(target, [SoFar(Fraction(good * 100, n), n)], rest=rest, met_by=met_by)
    outcomes = []
    for days in product((0, 1), repeat=rest):
        met = _meets(Fraction((good + sum(days)) * 100, n + rest), target, met_by)
        assert answer.needed is not None
        assert met == (sum(days) >= answer.needed)
        assert met == (rest - sum(days) <= answer.allowed)
        outcomes.append(met)
    assert answer.state == (MET if all(outcomes) else OPEN if any(outcomes) else MISSED)


@pytest.mark.parametrize("direction", ["at_least", "at_most"])
def test_days_that_are_counted(direction: str) -> None:
    for aim, so_far, rest in product(range(7), range(5), range(1, 5)):
        answer = days_left(_target(str(aim), direction, "air.good_days"), Fraction(so_far), rest=rest)
        outcomes = []
        for days in product((0, 1), repeat=rest):
            count = so_far + sum(days)
            met = count >= aim if direction == "at_least" else count <= aim
            if direction == "at_least":
                assert answer.needed is not None
                assert met == (sum(days) >= answer.needed)
            else:
                assert met == (sum(days) <= answer.allowed)
            outcomes.append(met)
        assert answer.state == (MET if all(outcomes) else OPEN if any(outcomes) else MISSED), (aim, so_far, rest)
