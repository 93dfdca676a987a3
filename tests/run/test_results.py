"""Regions, changes, straddling periods and missing data, on a small made lake."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import polars as pl
import pytest

from yangban.assess.air.daily import day_values, slot
from yangban.base import regions
from yangban.base.errors import UnknownIndicator, UsageError
from yangban.base.periods import parse
from yangban.base.pollutants import HOURLY_SIX
from yangban.run.results import AirResults, base_period, ranking_pool
from yangban.standards import load_book

BOOK = load_book()
CLEAN = {"pm25": 30, "pm10": 50, "so2": 10, "no2": 20, "co": 1, "o3": 90}


def _days(subject: str, first: date, n: int, **values: float) -> Iterable[dict[str, object]]:
    """``n`` whole days of one subject in which every hour has the same value."""
    hours = {**CLEAN, **values}
    row = {slot(p, h): round(hours[p] * 1000) for p in HOURLY_SIX for h in range(1, 25)}
    for k in range(n):
        yield {
            "subject": subject, "level": "city", "network": "state", "basis": "realtime", "day": first + timedelta(days=k),
            "synthetic": True, **row,
        }  # fmt: skip


def _results(*series: Iterable[dict[str, object]], mode: str = "in-force", straddle: str = "refuse") -> AirResults:
    rows = [row for each in series for row in each]
    schema = {slot(p, h): pl.Int32 for p in HOURLY_SIX for h in range(1, 25)}
    lake = pl.DataFrame(rows, schema_overrides=schema).lazy()
    return AirResults(day_values(lake, BOOK.air("2012")).collect().lazy(), BOOK, mode=mode, straddle=straddle)


CITIES = [p.code for p in regions.prefecture_places("360000")]


def test_a_province_is_the_mean_of_its_cities() -> None:
    results = _results(*(_days(code, date(2022, 6, 1), 30, pm25=20 + k) for k, code in enumerate(CITIES)))
    (mean,) = results.figures(subjects=["360000"], periods=[parse("2022-06")], indicators=["air.pm25.mean"])
    assert (mean.exact, mean.display, mean.status, mean.n_valid, mean.n_expected) == (Fraction(25), Decimal(25), "ok", 11, 11)
    assert mean.synthetic


def test_a_province_without_one_city_is_given_and_insufficient() -> None:
    results = _results(*(_days(code, date(2022, 6, 1), 30) for code in CITIES[1:]))
    (mean,) = results.figures(subjects=["360000"], periods=[parse("2022-06")], indicators=["air.pm25.mean"])
    assert (mean.value, mean.status, mean.n_valid) == ("30", "insufficient", 10)
    assert "南昌" in mean.reason


def test_too_few_days_are_computed_and_say_so() -> None:
    results = _results(_days("360100", date(2022, 6, 1), 26))
    (mean,) = results.figures(subjects=["360100"], periods=[parse("2022-06")], indicators=["air.pm25.mean"])
    assert (mean.value, mean.status, mean.n_valid, mean.n_expected) == ("30", "insufficient", 26, 30)
    assert mean.reason == "有效日 26 天，当月至少 27 天"


def test_no_reading_at_all() -> None:
    results = _results(_days("360100", date(2022, 6, 1), 30))
    (mean,) = results.figures(subjects=["360200"], periods=[parse("2022-06")], indicators=["air.pm25.mean"])
    assert (mean.value, mean.display, mean.status) == (None, None, "insufficient")


def test_changes_come_from_displayed_values() -> None:
    """30.4 and 29.6 are printed 30 and 30: no change, though the unrounded means differ by 2.7 %."""
    results = _results(_days("360100", date(2021, 6, 1), 30, pm25=29.6), _days("360100", date(2022, 6, 1), 30, pm25=30.4))
    (step,) = results.figures(subjects=["360100"], periods=[parse("2022-06")], indicators=["air.pm25.mean.change"])
    assert (step.indicator, step.display, step.unit, step.status) == ("air.pm25.mean.change", Decimal("0.0"), "%", "ok")
    assert step.detail == {"base": "2021-06", "now": "30", "then": "30"}


def test_a_ratio_changes_by_points_and_its_base_is_named() -> None:
    results = _results(
        _days("360100", date(2022, 5, 1), 21), _days("360100", date(2022, 5, 22), 10, pm25=80), _days("360100", date(2022, 6, 1), 30)
    )
    (step,) = results.figures(subjects=["360100"], periods=[parse("2022-06")], indicators=["air.good_day_ratio.change"], base="mom")
    assert (step.display, step.unit, step.detail["base"]) == (Decimal("32.3"), "percentage point", "2022-05")


def test_a_change_without_a_base_says_so() -> None:
    results = _results(_days("360100", date(2022, 6, 1), 30))
    (step,) = results.figures(subjects=["360100"], periods=[parse("2022-06")], indicators=["air.pm25.mean.change"])
    assert (step.display, step.status) == (None, "insufficient")
    assert "2021-06" in step.reason


def test_a_year_in_two_editions_is_refused_unless_told_how() -> None:
    series = [list(_days("360100", date(2026, 1, 1), 334, pm25=70))]
    refused = _results(*series).figures(subjects=["360100"], periods=[parse("2026")], indicators=["air.good_days"])
    assert [(f.status, f.value) for f in refused] == [("not_applicable", None)]
    assert "--straddle" in refused[0].reason
    for how, edition, good in (("old", "gb3095-2012", "334"), ("new", "gb3095-2026-transitional", "0")):
        (figure,) = _results(*series).figures(subjects=["360100"], periods=[parse("2026")], indicators=["air.good_days"], straddle=how)
        assert (figure.edition, figure.value) == (edition, good)
    both = _results(*series).figures(subjects=["360100"], periods=[parse("2026-02"), parse("2026-03")], indicators=["air.good_days"])
    assert [(f.period, f.edition, f.value) for f in both] == [
        ("2026-02", "gb3095-2012", "28"),
        ("2026-03", "gb3095-2026-transitional", "0"),
    ]


def test_printed_decimals_follow_the_period_not_the_edition() -> None:
    series = (_days("360100", date(2024, 9, 1), 61, pm25=20.25),)
    found = _results(*series).figures(
        subjects=["360100"], periods=[parse("2024-09"), parse("2024-10")], indicators=["air.pm25.mean"], edition="2012"
    )
    assert [f"{f.display:f}" for f in found] == ["20", "20.2"]


def test_a_day_with_too_few_hours() -> None:
    rows = list(_days("360100", date(2022, 6, 13), 1))
    for p in HOURLY_SIX:
        for h in range(1, 7):
            rows[0][slot(p, h)] = None
    found = _results(rows).figures(subjects=["360100"], periods=[parse("2022-06-13")])
    by_word = {f.indicator: f for f in found}
    assert (by_word["air.pm25.mean"].value, by_word["air.pm25.mean"].status, by_word["air.pm25.mean"].n_valid) == ("30", "insufficient", 18)
    assert by_word["air.aqi"].status == "insufficient"


def test_subjects_lists_provinces_then_places() -> None:
    results = _results(_days("360100", date(2022, 6, 1), 2), _days("110000", date(2022, 6, 1), 2))
    assert results.subjects() == ["360000", "110000", "360100"]
    assert ranking_pool(results, level="city", among=["360000", "110000"], on=date(2022, 6, 30)) == [*CITIES, "110000"]
    assert ranking_pool(results, level="province", among=None, on=date(2022, 6, 30)) == ["110000", "360000"]


@pytest.mark.parametrize(
    ("label", "base", "expected"),
    [("2022-06", "yoy", "2021-06"), ("2022-01", "mom", "2021-12"), ("2022", "year:2020", "2020"), ("2022-06", "period:2019-06", "2019-06")],
)
def test_base_periods(label: str, base: str, expected: str) -> None:
    assert base_period(parse(label), base).label == expected


@pytest.mark.parametrize("base", ["last", "year:2030", "year:x", "period:"])
def test_wrong_bases_are_refused(base: str) -> None:
    with pytest.raises(UsageError, match="--base"):
        base_period(parse("2022"), base)


def test_an_unknown_indicator_names_near_ones() -> None:
    results = _results(_days("360100", date(2022, 6, 1), 2))
    with pytest.raises(UnknownIndicator, match=r"air\.pm25\.mean"):
        results.figures(subjects=["360100"], periods=[parse("2022-06")], indicators=["air.pm25.avg"])


OVERLAY = """
id = "local-test"
title = "更严格的地方限值"
title_en = "Stricter local limits"
number = "TEST"
kind = "overlay"
region = "360100"
base = "gb3095-2012"
issuer = "test"
issued = 2022-01-01
effective = 2022-01-01
checked = 2022-01-01
confidence = "unverified"
source = ["a test"]

[[limit]]
pollutant = "pm25"
averaging = "day"
level2 = 25
unit = "µg/m³"
clause = "1"
source = ["a test"]
confidence = "unverified"
"""


def test_stricter_local_limits_hold_in_their_region_alone(tmp_path: Path) -> None:
    (tmp_path / "local.toml").write_text(OVERLAY, encoding="utf-8")
    rows = [row for code in ("360100", "360200") for row in _days(code, date(2022, 6, 1), 30, pm25=30)]
    lake = pl.DataFrame(rows, schema_overrides={slot(p, h): pl.Int32 for p in HOURLY_SIX for h in range(1, 25)}).lazy()
    book = load_book([tmp_path / "local.toml"])
    results = AirResults(day_values(lake, book.air("2012")).collect().lazy(), book)
    found = results.figures(subjects=["360200", "360100"], periods=[parse("2022-06")], indicators=["air.pm25.exceed_days"])
    assert [(f.subject, f.value) for f in found] == [("360200", "0"), ("360100", "30")]
    assert "local-test" in found[1].documents
    assert "local-test" not in found[0].documents


def test_a_group_is_a_subject_of_its_own() -> None:
    cities = [p.code for code in regions.groups()["group:central-six"].members for p in regions.prefecture_places(code)]
    results = _results(*(_days(code, date(2022, 6, 1), 30, pm25=31) for code in cities))
    (mean,) = results.figures(subjects=["group:central-six"], periods=[parse("2022-06")], indicators=["air.pm25.mean"])
    assert (mean.value, mean.status, mean.subject_level, mean.n_expected) == ("31", "ok", "group", len(cities))
