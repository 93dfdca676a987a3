"""Averages over time and place: pH by the hydrogen ion, automatic before manual data, months before periods."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

import polars as pl
import pytest

from yangban.assess.water.averages import Means, enough, half_millionths, mean, mean_of, month_means, month_table, pairs
from yangban.assess.water.frame import section_period
from yangban.assess.water.sections import with_classes
from yangban.base.periods import parse
from yangban.base.water_items import SCALE
from yangban.readings.water.frames import bit
from yangban.standards import load_book

WATER = load_book().water()


def test_ph_is_averaged_by_the_hydrogen_ion() -> None:
    # (10^-6 + 10^-8) / 2 = 5.05e-7; -lg = 6.29670862188133...
    found = mean("ph", [Fraction(6), Fraction(8)])
    assert abs(found - Fraction("6.2967086218813386")) < Fraction(1, 10**15)
    assert mean("ph", [Fraction("7.37")] * 7) == Fraction("7.37")
    assert mean("do", [Fraction(6), Fraction(8)]) == 7


def test_each_item_is_averaged_over_those_that_have_it() -> None:
    found = mean_of(
        [Means({"do": Fraction(6), "tp": Fraction(1, 10)}, {}, {"do": "auto"}), Means({"do": Fraction(7)}, {}, {"do": "manual"})]
    )
    assert found.values == {"do": Fraction(13, 2), "tp": Fraction(1, 10)}
    assert found.n == {"do": 2, "tp": 1}
    assert found.sources == {"do": "auto+manual"}
    assert found.only(["tp"]).values == {"tp": Fraction(1, 10)}


@pytest.mark.parametrize(
    ("period", "months", "samples", "expected"),
    [
        ("2022-06", 1, 1, True), ("2022-06", 0, 0, False),
        ("2022-Q1", 2, 2, True), ("2022-Q1", 1, 9, False),
        ("2022", 12, 12, True), ("2022", 11, 900, False),
        ("2022-H1", 1, 1, True), ("2022-01-01/2022-04-30", 0, 0, False),
    ],
)  # fmt: skip
def test_how_much_a_period_needs(period: str, months: int, samples: int, expected: bool) -> None:
    verdict = enough(parse(period), n_months=months, n_samples=samples, edition=WATER)
    assert verdict.enough is expected
    assert bool(verdict.reason) is not expected


def test_eight_months_are_enough_where_somebody_says_that_ice_impeded() -> None:
    assert enough(parse("2022"), n_months=9, n_samples=9, edition=WATER).reason == "9 个月有数据，至少 12 个月"
    assert enough(parse("2022"), n_months=8, n_samples=8, edition=WATER, impeded=True).enough
    assert not enough(parse("2022"), n_months=7, n_samples=7, edition=WATER, impeded=True).enough


def readings() -> pl.LazyFrame:
    june, july = date(2022, 6, 1), date(2022, 7, 1)
    rows = [
        ("a", june, "auto", 7_000_000, 6_000_000, 99_000_000, None),
        ("a", june, "auto", 9_000_000, 7_000_000, None, None),
        ("a", june, "manual", 6_500_000, 5_000_000, 12_000_000, 10_000_000),
        ("a", july, "manual", 8_000_000, 4_000_000, 13_000_000, None),
        ("b", june, "monthly", 7_500_000, None, 9_000_000, None),
    ]
    schema = {"section": pl.String, "month": pl.Date, "basis": pl.String, **dict.fromkeys(("ph", "do", "cod", "temperature"), pl.Int64)}
    return pl.DataFrame(rows, schema=schema, orient="row").lazy()


def test_a_month_takes_automatic_data_first_and_manual_data_for_the_rest() -> None:
    table = month_table(readings(), WATER)
    found = {(section, month): means for section, month, means in month_means(table)}
    june = found["a", date(2022, 6, 1)]
    assert june.values["do"] == Fraction(13, 2)
    assert june.values["cod"] == 12
    assert june.values["temperature"] == 10
    # -lg((10^-7 + 10^-9) / 2) = 7.2967086...
    assert abs(june.values["ph"] - Fraction("7.2967086218813386")) < Fraction(1, 10**15)
    assert june.sources == {"ph": "auto", "do": "auto", "cod": "manual", "temperature": "manual"}
    assert june.n == {"ph": 2, "do": 2, "cod": 1, "temperature": 1}
    assert found["a", date(2022, 7, 1)].sources == {"ph": "manual", "do": "manual", "cod": "manual"}
    assert found["b", date(2022, 6, 1)].values == {"ph": Fraction(15, 2), "cod": Fraction(9)}


def test_automatic_data_alone() -> None:
    found = {(s, m): means for s, m, means in month_means(month_table(readings(), WATER, scope="auto_only"))}
    assert set(found["a", date(2022, 6, 1)].values) == {"ph", "do", "cod"}
    assert found["a", date(2022, 7, 1)].values == {}


def test_months_are_classed_as_columns_as_their_exact_values_are() -> None:
    table = month_table(readings(), WATER)
    classed = with_classes(table.lazy(), WATER, kind="river", pairs=pairs(table)).collect()
    assert dict(zip(zip(classed["section"], classed["month"], strict=True), classed["class"], strict=True)) == {
        ("a", date(2022, 6, 1)): 2,
        ("a", date(2022, 7, 1)): 4,
        ("b", date(2022, 6, 1)): 1,
    }


def test_half_millionths_keep_every_comparison() -> None:
    # 9 and the least above it differ, and so do a tie of rounding and the values beside it.
    least = Fraction(1, 10**40)
    assert half_millionths(Fraction(9)) == 9 * 2 * SCALE
    assert half_millionths(Fraction(9) + least) == 9 * 2 * SCALE + 1
    assert half_millionths(Fraction("8.5") - least) == 17 * SCALE - 1


def test_values_below_detection_are_counted_up_to_the_period() -> None:
    june, july = date(2022, 6, 1), date(2022, 7, 1)
    cadmium, lead = bit("cd"), bit("pb")
    rows = pl.LazyFrame(
        {
            "section": ["甲"] * 4, "month": [june, june, july, july], "basis": ["manual", "manual", "manual", "auto"],
            "cd": [25, 50, 25, None], "pb": [None, 500, 500, 500], "below": [cadmium | lead, lead, cadmium, lead],
        },
        schema_overrides={"month": pl.Date},
    )  # fmt: skip
    found = {month: means for _, month, means in month_means(month_table(rows, WATER))}
    assert found[june].below == {"cd": 1, "pb": 1}, "a bit without a value is none, and the other source's bits stay with it"
    assert found[july].below == {"cd": 1}
    assert (found[june].n["pb"], found[june].values["cd"]) == (1, Fraction(75, 2 * SCALE))
    assert mean_of(list(found.values())).below == {"cd": 2, "pb": 1}


def test_a_month_without_any_value_is_no_month_of_the_year() -> None:
    months = {date(2022, 6, 1): Means({"do": Fraction(6)}, {"do": 3}), date(2022, 7, 1): Means({})}
    found = section_period("甲", "river", months, parse("2022"))
    assert (found.n_months, found.n_samples) == (1, 3)
