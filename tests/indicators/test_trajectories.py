"""Paths, accounts, forecasts and warnings, on numbers that can be followed by hand."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yangban.base.errors import UsageError
from yangban.indicators.forecast import Forecast, backtest, forecast
from yangban.indicators.trajectories import Month, accounts, even, linear, mean_of, seasonal, stepwise
from yangban.indicators.trajectories import given as given_path
from yangban.indicators.warnings import Measures, forecast_side, gap_percent, warn
from yangban.standards.systems import load_systems

DAYS = {1: 31, 2: 28, 3: 31}


def _year(*values: int | str) -> list[Month]:
    return [Month(n, DAYS[n], Fraction(value)) for n, value in enumerate(values, start=1)]


def test_linear_and_stepwise() -> None:
    assert linear(first=2020, base=Fraction(30), last=2025, target=Fraction(29))[2023] == Fraction(147, 5)
    assert stepwise({2020: Fraction(30), 2023: Fraction(28)}, first=2021, last=2023) == {2021: 30, 2022: 30, 2023: 28}
    with pytest.raises(UsageError, match="须在基年"):
        linear(first=2025, base=Fraction(30), last=2025, target=Fraction(29))
    with pytest.raises(UsageError, match="2020 年或更早"):
        stepwise({2022: Fraction(30)}, first=2020, last=2023)


def test_a_seasonal_path_by_hand() -> None:
    """Two months of equal days; the first was 3/2 of its year and the second 1/2, so the path is too."""
    past = [[Month(1, 30, Fraction(60)), Month(2, 30, Fraction(20))]]
    path = seasonal(past, target=Fraction(30), days={1: 30, 2: 30})
    assert [step.value for step in path] == [45, 15]


@given(
    st.lists(st.lists(st.integers(1, 90), min_size=3, max_size=3), min_size=1, max_size=4),
    st.fractions(min_value=1, max_value=50, max_denominator=10),
)
def test_the_mean_of_a_seasonal_path_is_the_target(years: list[list[int]], target: Fraction) -> None:
    """Also where the year ahead has other days than the past ones: a leap year."""
    for days in (DAYS, {**DAYS, 2: 29}):
        assert mean_of(seasonal([_year(*each) for each in years], target=target, days=days)) == target


def test_paths_want_every_month() -> None:
    with pytest.raises(UsageError, match="缺少月份"):
        seasonal([_year(1, 2)], target=Fraction(1), days=DAYS)
    with pytest.raises(UsageError, match="每个月"):
        given_path({1: Fraction(3)}, days=DAYS)


def test_the_account_of_credit_and_debt() -> None:
    rows = accounts(_year(32, 27, 30), even(target=Fraction(30), days=DAYS), direction="at_most")
    assert [(row.gap, row.profit, row.cumulative) for row in rows] == [(2, -62, -62), (-3, 84, 22), (0, 0, 22)]
    assert rows[-1].year_to_date == Fraction(32 * 31 + 27 * 28 + 30 * 31, 90)
    # What the account says is what the mean says: mean less path, times days.
    assert (rows[-1].path_to_date - rows[-1].year_to_date) * 90 == rows[-1].cumulative
    up = accounts(_year(95, 90, 93), even(target=Fraction(93), days=DAYS), direction="at_least")
    assert [row.gap for row in up] == [-2, 3, 0]


PAST = {2019: _year(40, 20, 20), 2020: _year(40, 30, 30), 2021: _year(40, 40, 40)}


def test_a_forecast_by_hand() -> None:
    """The rest stood to January as 1/2, 3/4 and 1; this January was 60, so the rest may be 30, 45 or 60."""
    made = forecast([Month(1, 31, Fraction(60))], PAST, rest={2: 28, 3: 31})
    year = [(Fraction(60) * 31 + value * 59) / 90 for value in (30, 45, 60)]
    assert (made.low, made.value, made.high) == tuple(year)
    assert (made.promised, made.years) == (Fraction(1, 2), 3)


def test_what_an_interval_promises_is_what_exchangeable_years_give() -> None:
    """Of n + 1 years in any order, the last falls between the j-th smallest and largest of the others so often: counted out."""
    ratios = [Fraction(n) for n in range(1, 11)]
    inside = 0
    for out in ratios:
        past = {2000 + n: [Month(1, 30, Fraction(1)), Month(2, 30, ratio)] for n, ratio in enumerate(r for r in ratios if r != out)}
        made = forecast([Month(1, 30, Fraction(1))], past, rest={2: 30})
        inside += made.low <= (1 + out) / 2 <= made.high
    assert Fraction(inside, len(ratios)) == made.promised == Fraction(4, 5)


def test_nineteen_years_may_leave_out_the_outermost() -> None:
    past = {2000 + n: [Month(1, 30, Fraction(1)), Month(2, 30, Fraction(n))] for n in range(1, 20)}
    made = forecast([Month(1, 30, Fraction(1))], past, rest={2: 30})
    assert (made.low, made.high, made.promised) == (Fraction(1 + 2, 2), Fraction(1 + 18, 2), Fraction(16, 20))


def test_a_forecast_wants_years() -> None:
    with pytest.raises(UsageError, match="可用的往年只有 2 个"):
        forecast([Month(1, 31, Fraction(60))], {2019: PAST[2019], 2020: PAST[2020], 2021: _year(40, 40)}, rest={2: 28, 3: 31})
    with pytest.raises(UsageError, match="还没有一个月"):
        forecast([], PAST, rest={2: 28, 3: 31})
    with pytest.raises(UsageError, match="至少 4 个往年"):
        backtest(PAST, months=[1])


def test_a_backtest_by_hand() -> None:
    """Four years whose rest stands to January as 1/2, 3/4, 1, 1: the first falls outside, the others inside their intervals."""
    past = {**PAST, 2022: _year(40, 40, 40)}
    made = backtest(past, months=[1])
    # Left out in turn, the medians are 1, 1, 3/4, 3/4 against 1/2, 3/4, 1, 1: errors of 20, 10, -10, -10 over 59 of 90 days.
    assert made.bias == Fraction(59, 90) * Fraction(10, 4)
    assert made.error == Fraction(59, 90) * Fraction(50, 4)
    assert (made.inside, made.years) == (3, 4)


def _fired(**known: object) -> tuple[str, str, str]:
    made = warn(Measures(**known), load_systems().warning_rules("default"))  # type: ignore[arg-type]
    return made.level, made.symbol, made.name


def test_warnings_carry_symbol_and_word_beside_colour() -> None:
    assert _fired(state="no_data") == ("none", "○", "无数据")
    assert _fired(state="missed") == ("red", "▲", "红")
    assert _fired(forecast="out", gap_percent=Fraction(9)) == ("red", "▲", "红")
    assert _fired(forecast="likely_out") == ("yellow", "◆", "黄")
    assert _fired(forecast="in", gap_percent=Fraction(1)) == ("green", "●", "绿")
    assert _fired(forecast="in", gap_percent=Fraction(101, 100)) == ("yellow", "◆", "黄")
    made = warn(Measures(gap_percent=Fraction(5, 3)), load_systems().warning_rules("default"))
    assert str(made) == "◆ 黄：落后于序时路径超过1 %"
    assert made.because == ("gap_percent=1.67",)


def test_sides_of_a_forecast_and_gaps() -> None:
    made = Forecast(Fraction(91), Fraction(89), Fraction(93), Fraction(2, 3), 5, Fraction(90))
    assert [forecast_side(made, target=Fraction(n), direction="at_least") for n in (91, 93, 94)] == ["in", "likely_out", "out"]
    assert gap_percent(Fraction(33), Fraction(30), direction="at_most") == 10
    assert gap_percent(Fraction(93), Fraction(93), direction="at_least") == 0
    assert gap_percent(Fraction(1), Fraction(0), direction="at_most") is None
