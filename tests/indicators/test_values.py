"""Values and their scope; what rounding allows, proved with every number of a fine grid."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yangban.assess.figure import Figure
from yangban.base.errors import UsageError
from yangban.base.exact import round_half_even
from yangban.indicators.values import (
    Interval,
    Value,
    change_percent,
    change_points,
    compare_published,
    compare_scopes,
    from_figure,
    from_published,
    one_origin,
    printed_interval,
    scope_words,
)
from yangban.packs import load_pack

FINE = st.fractions(min_value=-100, max_value=100, max_denominator=2000)
POSITIVE = st.fractions(min_value=1, max_value=100, max_denominator=2000)
DECIMALS = st.integers(0, 2)


@given(FINE, DECIMALS)
def test_a_number_lies_in_the_interval_of_its_printed_form_and_in_no_other(number: Fraction, decimals: int) -> None:
    printed = round_half_even(number, decimals)
    step = Decimal(1).scaleb(-decimals)
    assert printed_interval(printed).holds(number)
    assert not printed_interval(printed + step).holds(number)
    assert not printed_interval(printed - step).holds(number)


@given(st.integers(-50, 50), st.sampled_from([Fraction(-1, 2), Fraction(1, 2)]))
def test_ties_belong_to_the_even_one(whole: int, half: Fraction) -> None:
    assert printed_interval(Decimal(whole)).holds(whole + half) == (round_half_even(whole + half) == whole)


@given(POSITIVE, POSITIVE, DECIMALS)
def test_changes_of_unrounded_values_lie_in_what_the_printed_ones_allow(now: Fraction, before: Fraction, decimals: int) -> None:
    a, b = round_half_even(now, decimals), round_half_even(before, decimals)
    assert change_points(a, b).holds(now - before)
    if printed_interval(b).low > 0 and printed_interval(a).low >= 0:
        assert change_percent(a, b).holds((now / before - 1) * 100)


INTERVALS = st.builds(
    lambda low, width, ends: Interval(low, low + width, *ends), FINE, st.fractions(min_value=1, max_value=9, max_denominator=10),
    st.tuples(st.booleans(), st.booleans()),
)  # fmt: skip


@given(INTERVALS, INTERVALS, st.fractions(min_value=-3, max_value=3, max_denominator=7).filter(bool))
def test_interval_arithmetic(one: Interval, other: Interval, factor: Fraction) -> None:
    for x in (one.low, one.high, (one.low + one.high) / 2):
        for y in (other.low, other.high, (other.low + other.high) / 2):
            if one.holds(x) and other.holds(y):
                assert (one + other).holds(x + y)
                assert (one - other).holds(x - y)
            assert one.scaled(factor).holds(x * factor) == one.holds(x)
    assert one.meets(other) == other.meets(one)
    assert one.meets(one)
    apart = Interval(one.high, one.high + 1, not one.high_in, True)
    assert not one.meets(apart)


def test_an_interval_that_holds_nothing_is_refused() -> None:
    with pytest.raises(UsageError, match="holds nothing"):
        Interval(Fraction(1), Fraction(1), low_in=False)
    with pytest.raises(UsageError, match="正数"):
        change_percent(Decimal(3), Decimal(0))


def _figure(exact: Fraction, *, level: str = "province", scope: str = "as_monitored", basis: str = "realtime") -> Figure:
    return Figure(
        indicator="air.good_day_ratio", subject="360000", subject_name="江西省", subject_level=level, period="2022", exact=exact,
        display=round_half_even(exact, 1), unit="%", edition="gb3095-2012", documents=(), scope=scope, basis=basis,
    )  # fmt: skip


def test_a_figure_of_a_province_is_a_mean_of_its_cities() -> None:
    made = from_figure(_figure(Fraction(921, 10)))
    assert made.scope == {"dust": "as_monitored", "basis": "realtime", "network": "state", "places": "prefecture"}
    assert from_figure(_figure(Fraction(921, 10), level="city")).scope["places"] == "own"
    water = replace(_figure(Fraction(96)), indicator="water.good_ratio")
    assert from_figure(water).scope == {"basis": "realtime", "network": "state"}


def test_a_published_figure_is_compared_inside_what_rounding_allows() -> None:
    row = load_pack("jiangxi").published_for("360000", period="2022", indicator="air.good_day_ratio")
    assert row is not None
    published = from_published(row)
    assert published.display == Decimal("92.1")
    inside = compare_published(from_figure(_figure(Fraction(9214, 100))), published)
    assert (inside.verdict, inside.beyond) == ("agrees", 0)
    assert inside.reasons == ("实况或审核不同：实况与审核",)
    outside = compare_published(from_figure(_figure(Fraction(9222, 100))), published)
    assert (outside.verdict, outside.beyond) == ("differs", Fraction(7, 100))
    dust = compare_published(from_figure(_figure(Fraction(9214, 100), scope="dust_excluded")), published)
    assert (dust.verdict, dust.allowed) == ("other_scope", None)
    assert dust.reasons == ("沙尘不同：剔除沙尘与含沙尘，不可比",)
    with pytest.raises(UsageError, match="period 不同"):
        compare_published(replace(from_figure(_figure(Fraction(92))), period="2021"), published)


def test_scopes() -> None:
    assert compare_scopes({"places": "county"}, {}).comparable
    assert compare_scopes({"dust": "unknown"}, {"dust": "as_monitored"}).reasons == ("沙尘：不明与含沙尘，可比性不明",)
    assert not compare_scopes({"coverage": "国考断面"}, {"coverage": "全部监测断面"}).comparable
    assert scope_words({"dust": "not_applicable", "basis": "audited"}) == "审核"


def test_values_that_compete_are_not_mixed() -> None:
    one = Value(key="k", subject="360000", period="2022", exact=Fraction(1), display=Decimal(1), unit="%", origin="computed")
    assert one_origin([]) is None
    assert one_origin([one]) is one
    with pytest.raises(UsageError, match="计算 k 1%（范围未写明）；填报 k 1%"):
        one_origin([one, replace(one, origin="reported")])
