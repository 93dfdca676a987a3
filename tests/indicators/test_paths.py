"""What the rest may bring, against notices of counties and cities that print it.

魏县: notices of the county's air office to 2020-07-27 and 2020-12-13 (wei.gov.cn newsshow_28603 and newsshow_30235; the county is inferred
from the address). 许昌: notice of 2026-01-23 for January to the 20th (shifanqu.xuchang.gov.cn).
"""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yangban.base.errors import UsageError
from yangban.base.exact import round_half_even
from yangban.base.periods import parse
from yangban.indicators.paths import SoFar, days_left, implied_edges, mean_so_far, rest_mean, rest_of_mean, rest_of_ratio
from yangban.indicators.targets import Target, bound


def _target(indicator: str, value: str, *, period: str = "2020", direction: str = "at_most", unit: str = "µg/m³") -> Target:
    return Target(
        indicator=indicator,
        subject="130434",
        period=parse(period),
        value=Decimal(value),
        direction=direction,
        unit=unit,
        source="a notice",
        confidence="one-source",
        decimals=-int(Decimal(value).as_tuple().exponent),
    )


def test_both_notices_of_weixian_fit_one_yearly_target() -> None:
    july = implied_edges(mean=Decimal(58), n=209, rest=Decimal(56), days=366)
    december = implied_edges(mean=Decimal(55), n=348, rest=Decimal(95), days=366)
    assert [round(float(x), 2) for x in (*july, *december)] == [56.64, 57.64, 56.47, 57.47]
    fitting = {whole for whole in range(50, 65) if july[0] <= whole <= july[1] and december[0] <= whole <= december[1]}
    assert fitting == {57}


def test_weixian_counts_of_days() -> None:
    good = _target("air.good_days", "212", direction="at_least", unit="d")
    assert days_left(good, Fraction(127), rest=157).needed == 85
    heavy = _target("air.heavy_days", "19", unit="d")
    assert days_left(heavy, Fraction(12), rest=157).allowed == 7


def test_target_57_at_day_348_leaves_95_7_or_105_6() -> None:
    target = _target("air.pm25.mean", "57")
    so_far = [SoFar(Fraction(55), 348)]
    unrounded = rest_of_mean(target, so_far, rest=18, met_by="unrounded")
    rounded = rest_of_mean(target, so_far, rest=18, met_by="rounded")
    assert (unrounded.display, rounded.display) == (Decimal("95.7"), Decimal("105.6"))
    assert rounded.written == Fraction("57.49")
    assert (rounded.edge, rounded.inside) == (Fraction("57.5"), False), "57.5 is printed as 58"
    assert rounded.mean == (Fraction("57.5") * 366 - 55 * 348) / 18
    assert rounded.to_dict()["rest_mean"] == "105.833333"


def test_xuchang_january_2026() -> None:
    """13 good days of at least 20; PM10 93 of at most 99; PM2.5 65 of at most 66; one heavy day of none; 20 of 31 days are over."""
    good = days_left(_target("air.good_days", "20", period="2026-01", direction="at_least", unit="d"), Fraction(13), rest=11)
    assert (good.needed, good.allowed, good.state) == (7, 4, "open")
    pm10 = rest_of_mean(_target("air.pm10.mean", "99", period="2026-01"), [SoFar(Fraction(93), 20)], rest=11, met_by="unrounded")
    pm25 = rest_of_mean(_target("air.pm25.mean", "66", period="2026-01"), [SoFar(Fraction(65), 20)], rest=11, met_by="unrounded")
    assert (pm10.display, pm25.display) == (Decimal("109.9"), Decimal("67.8"))
    heavy = days_left(_target("air.heavy_days", "0", period="2026-01", unit="d"), Fraction(1), rest=11)
    assert (heavy.allowed, heavy.state) == (-1, "missed")


def test_a_target_out_of_reach_and_a_period_that_is_over() -> None:
    target = _target("air.pm25.mean", "30")
    assert rest_of_mean(target, [SoFar(Fraction(60), 300)], rest=60, met_by="rounded").state == "missed"
    over = rest_of_mean(target, [SoFar(Fraction(61, 2), 366)], rest=0, met_by="rounded")
    assert (over.state, over.mean, over.display) == ("met", None, None), "30.5 is printed as 30"
    assert rest_of_mean(target, [SoFar(Fraction(61, 2), 366)], rest=0, met_by="unrounded").state == "missed"


@pytest.mark.parametrize(("value", "needed"), [("90.5", 108), ("90.4", 108), ("90.3", 107)])
def test_good_days_that_a_ratio_needs(value: str, needed: int) -> None:
    """221 good of 254 valid days, 109 to come: 90.5 % of 363 is 328.5 days, 90.4 % 328.2, 90.3 % 327.8."""
    target = _target("air.good_day_ratio", value, direction="at_least", unit="%")
    answer = rest_of_ratio(target, [SoFar(Fraction(22100, 254), 254)], rest=109, met_by="unrounded")
    assert (answer.needed, answer.allowed) == (needed, 109 - needed)


def test_a_ratio_target_is_safe_or_gone() -> None:
    target = _target("air.good_day_ratio", "50", direction="at_least", unit="%")
    safe = rest_of_ratio(target, [SoFar(Fraction(100), 300)], rest=65, met_by="unrounded")
    assert (safe.state, safe.needed, safe.allowed) == ("met", 0, 65)
    gone = rest_of_ratio(target, [SoFar(Fraction(0), 300)], rest=65, met_by="rounded")
    assert gone.state == "missed"


def test_no_place_is_an_error() -> None:
    with pytest.raises(UsageError, match="no place"):
        rest_mean([], rest=3, edge=Fraction(1))


places = st.lists(
    st.tuples(st.integers(0, 200_000), st.integers(1, 365)).map(lambda p: SoFar(Fraction(p[0], 1000), p[1])), min_size=1, max_size=12
)


@given(places, st.integers(1, 200), st.integers(0, 120_000))
def test_the_rest_at_its_mean_lands_just_on_the_edge(so_far: list[SoFar], rest: int, edge: int) -> None:
    aim = Fraction(edge, 1000)
    mean = rest_mean(so_far, rest=rest, edge=aim)
    assert mean is not None
    after = [SoFar((each.mean * each.n + mean * rest) / (each.n + rest), each.n + rest) for each in so_far]
    assert mean_so_far(after) == aim


@given(st.integers(0, 2000), st.integers(0, 2), st.sampled_from(["at_most", "at_least"]), st.integers(0, 200_000))
def test_the_edge_of_a_rounded_target_is_where_rounding_turns(steps: int, decimals: int, direction: str, result: int) -> None:
    value = Decimal(steps).scaleb(-decimals)
    exact = Fraction(result, 1000)
    printed = round_half_even(exact, decimals)
    meets = printed <= value if direction == "at_most" else printed >= value
    assert bound(value, direction, met_by="rounded", decimals=decimals).holds(exact) == meets


@given(st.integers(0, 300), st.integers(1, 300), st.integers(0, 366), st.integers(0, 1000), st.sampled_from(["rounded", "unrounded"]))
def test_needed_days_are_enough_and_no_fewer_are(good: int, n: int, rest: int, tenths: int, met_by: str) -> None:
    if good > n or rest == 0:
        return
    value = Decimal(tenths).scaleb(-1)
    target = _target("air.good_day_ratio", f"{value:f}", direction="at_least", unit="%")
    answer = rest_of_ratio(target, [SoFar(Fraction(good * 100, n), n)], rest=rest, met_by=met_by)
    edge = bound(value, "at_least", met_by=met_by, decimals=1)

    def meets(more: int) -> bool:
        return edge.holds(Fraction((good + more) * 100, n + rest))

    least = next((more for more in range(rest + 1) if meets(more)), None)
    if least is None:
        assert answer.state == "missed"
    else:
        assert answer.needed == least
        assert answer.state == ("met" if least == 0 else "open")
