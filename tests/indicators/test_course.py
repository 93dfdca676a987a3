"""Following an indicator through a year, on numbers that can be followed by hand."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import pytest

from yangban.base.periods import month_of, parse
from yangban.indicators.course import Course, follow
from yangban.indicators.targets import Target
from yangban.indicators.trajectories import Month, even
from yangban.standards.systems import load_systems

RULES = load_systems().warnings["default"]
DAYS = {n: month_of(2023, n).n_days for n in range(1, 13)}
PM25 = Target(
    indicator="air.pm25.mean", subject="360000", period=parse("2023"), value=Decimal(30), direction="at_most", unit="µg/m³",
    source="an example", confidence="unverified", met_by="unrounded",
)  # fmt: skip


def months(*values: int) -> list[Month]:
    return [Month(n, DAYS[n], Fraction(v)) for n, v in enumerate(values, start=1)]


def made(*values: int, target: Target = PM25, asked: int = 30, **more: object) -> Course:
    path = even(target=Fraction(asked), days=DAYS)
    return follow(target, year=2023, asked=Fraction(asked), months=months(*values), path=path, path_kind="linear", rules=RULES, **more)  # type: ignore[arg-type]


def test_value_gap_and_account() -> None:
    course = made(32, 27)
    # (32 · 31 + 27 · 28) / 59 = 1748 / 59; the account: −2 · 31 + 3 · 28 = 22.
    assert course.value == Fraction(1748, 59)
    assert course.gap == Fraction(1748, 59) - 30
    assert [row.cumulative for row in course.accounts] == [-62, 22]
    assert (course.through, course.state, course.warning.level) == (2, "open", "green")


def test_behind_the_path_by_more_than_one_per_cent_is_yellow() -> None:
    # 31 against 30 is 3.3 % behind; 30.3 is just 1 %, which is not above it.
    assert made(31).warning.level == "yellow"
    assert "gap_percent=3.33" in made(31).warning.because
    exact = follow(
        PM25, year=2023, asked=Fraction(30), months=[Month(1, 31, Fraction("30.3"))], path=even(target=Fraction(30), days=DAYS),
        path_kind="linear", rules=RULES,
    )  # fmt: skip
    assert exact.warning.level == "green"


def test_what_the_rest_cannot_save_is_red() -> None:
    # Eleven months at 40 are 334 days: 13,360 of 10,950 that the year may have.
    lost = made(*[40] * 11)
    assert (lost.state, lost.warning.level, lost.warning.symbol) == ("missed", "red", "▲")
    # Eleven at 1: even 900 a day in December would do no harm; the rest is open, for a month has no upper end.
    assert made(*[1] * 11).state == "open"
    assert made(*[30] * 12).state == "met"
    assert made(*[31] * 12).state == "missed"


def test_a_target_that_does_not_say_how_it_is_rounded_is_met_only_both_ways() -> None:
    unknown = replace(PM25, met_by="unknown")
    course = follow(
        unknown, year=2023, asked=Fraction(30), months=[Month(n, DAYS[n], Fraction("30.4")) for n in DAYS], path=(), path_kind="",
        rules=RULES,
    )  # fmt: skip
    assert course.state == "open", "30.4 is 30 when rounded and above 30 when not"


def test_forecast_score_and_their_reasons() -> None:
    past = {year: months(*[40, 38, 30, 25, 20, 15, 15, 15, 20, 30, 35, 40 + year % 4]) for year in (2018, 2019, 2020, 2021)}
    course = made(40, 38, past=past)
    assert course.forecast is not None
    assert course.score is not None
    assert (course.forecast.years, course.score.years) == (4, 4)
    assert course.warning.text.startswith("落后于序时路径"), "the forecast is in, and January and February are behind a flat path"
    none = made(40, 38)
    assert (none.forecast, none.score) == (None, None)
    assert "至少要 3 个" in none.forecast_reason
    assert "至少 4 个" in none.score_reason
    over = made(*[30] * 12, past=past)
    assert over.forecast_reason.startswith("全年已经结束")


def test_a_forecast_outside_with_its_whole_interval_is_red() -> None:
    past = {year: months(*[40] * 12) for year in (2019, 2020, 2021)}
    course = made(40, 40, past=past)
    assert (course.forecast and course.forecast.low, course.warning.level) == (40, "red")
    assert course.state == "open"


def test_no_data_and_data_that_may_not_be_used_warn_nobody() -> None:
    empty = follow(PM25, year=2023, asked=Fraction(30), months=[], path=(), path_kind="", rules=RULES)
    assert (empty.value, empty.warning.level, empty.warning.symbol) == (None, "none", "○")
    assert made(50, usable=False).warning.level == "none"
    assert made(50, usable=False).value == 50


def test_progress_from_a_base() -> None:
    course = made(28, 28, asked=25, base=Fraction(30))
    assert course.progress is not None
    assert course.progress.share == Fraction(2, 5)


@pytest.mark.parametrize("through", [2, None])
def test_json_is_plain(through: int | None) -> None:
    shown = made(32, 27, through=through, display=Decimal("29.6"), notes=["注"]).to_dict()
    assert (shown["through"], shown["display"], shown["value"], shown["notes"]) == ("2023-02", "29.6", "29.627119", ["注"])
    assert shown["months"][1]["cumulative"] == "22"
    assert shown["warning"]["symbol"] == "●"
    assert len(shown["path"]) == 12
