"""Progress that is right whichever way is better, and splits that fulfil the whole."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from yangban.base.errors import UsageError
from yangban.indicators.progress import check_split, progress, split_in_proportion

NUMBERS = st.fractions(min_value=-50, max_value=200, max_denominator=20)
DIRECTIONS = st.sampled_from(["at_most", "at_least"])


@given(NUMBERS, NUMBERS, NUMBERS, NUMBERS, DIRECTIONS)
def test_a_better_value_is_never_less_progress(base: Fraction, target: Fraction, one: Fraction, other: Fraction, direction: str) -> None:
    worse, better = sorted((one, other), reverse=direction == "at_most")
    before = progress(base=base, target=target, now=worse, direction=direction)
    after = progress(base=base, target=target, now=better, direction=direction)
    assert after.share >= before.share
    assert after.met >= before.met


@given(NUMBERS, NUMBERS, NUMBERS, DIRECTIONS)
def test_all_of_the_way_is_just_when_it_is_met(base: Fraction, target: Fraction, now: Fraction, direction: str) -> None:
    made = progress(base=base, target=target, now=now, direction=direction)
    assert made.met == (made.share >= 1) == (made.gap <= 0)
    assert made.met == (now <= target if direction == "at_most" else now >= target)


@given(NUMBERS, NUMBERS, NUMBERS)
def test_smaller_is_better_mirrors_larger_is_better(base: Fraction, target: Fraction, now: Fraction) -> None:
    down = progress(base=base, target=target, now=now, direction="at_most")
    up = progress(base=-base, target=-target, now=-now, direction="at_least")
    assert down == up


@pytest.mark.parametrize(
    ("base", "target", "now", "direction", "share"),
    [
        (30, 25, 30, "at_most", Fraction(0)),
        (30, 25, 24, "at_most", Fraction(6, 5)),
        (30, 25, 31, "at_most", Fraction(-1, 5)),
        (90, 95, 94, "at_least", Fraction(4, 5)),
        (25, 25, 26, "at_most", Fraction(0)),
        (25, 25, 25, "at_most", Fraction(1)),
        (24, 25, 25, "at_most", Fraction(1)),
    ],
)
def test_progress_by_hand(base: int, target: int, now: int, direction: str, share: Fraction) -> None:
    assert progress(base=Fraction(base), target=Fraction(target), now=Fraction(now), direction=direction).share == share


PARTS = st.dictionaries(st.sampled_from("abcdef"), st.fractions(min_value=1, max_value=99, max_denominator=10), min_size=1)


@given(PARTS, st.fractions(min_value=1, max_value=99, max_denominator=10), DIRECTIONS)
def test_a_drafted_split_fulfils_the_whole(now: dict[str, Fraction], whole: Fraction, direction: str) -> None:
    made = {place: Fraction(part) for place, part in split_in_proportion(whole, now, direction=direction, decimals=1).items()}
    mean_now = sum(now.values()) / len(now)
    done = mean_now <= whole if direction == "at_most" else mean_now >= whole
    check = check_split(whole, made, direction=direction, how="mean", members=list(now))
    assert check.ok
    if done:
        assert all(abs(made[place] - now[place]) < Fraction(1, 10) for place in now)


@given(PARTS, PARTS, DIRECTIONS)
def test_values_that_meet_their_parts_meet_the_whole(parts: dict[str, Fraction], steps: dict[str, Fraction], direction: str) -> None:
    """The point of the check: if it says ok, no set of values that meets every part can miss the whole."""
    whole = sum(parts.values()) / len(parts)
    assume(check_split(whole, parts, direction=direction, how="mean").ok)
    sign = -1 if direction == "at_most" else 1
    values = [part + sign * steps.get(place, Fraction(0)) for place, part in parts.items()]
    mean = sum(values) / len(values)
    assert mean <= whole if direction == "at_most" else mean >= whole


def test_a_place_without_a_part_fails_the_check() -> None:
    made = check_split(Fraction(29), {"a": Fraction(20)}, direction="at_most", how="mean", members=["a", "b"])
    assert (made.ok, made.missing) == (False, ("b",))
    with pytest.raises(UsageError, match="不在被分解的范围内：c"):
        check_split(Fraction(29), {"c": Fraction(20)}, direction="at_most", how="mean", members=["a"])


def test_weights_and_sums_and_each() -> None:
    parts = {"a": Fraction(90), "b": Fraction(96)}
    weights = {"a": Fraction(1), "b": Fraction(3)}
    assert check_split(Fraction("94.5"), parts, direction="at_least", how="mean", weights=weights).slack == 0
    assert not check_split(Fraction("94.5"), parts, direction="at_least", how="mean").ok
    assert check_split(Fraction(186), parts, direction="at_least", how="sum").ok
    each = check_split(Fraction(91), parts, direction="at_least", how="each")
    assert (each.ok, each.reasons) == (False, ("宽于总目标的有 a",))


def test_a_share_cannot_go_beyond_all() -> None:
    with pytest.raises(UsageError, match="超过可能的最大值 100"):
        split_in_proportion(Fraction(95), {"a": Fraction(99), "b": Fraction(80)}, direction="at_least", decimals=1, most=Fraction(100))
