"""What a reading touches and what it does not: corrections reach exactly their Figures, and less data never makes a Figure fit."""

from __future__ import annotations

import random
from datetime import date, timedelta

import numpy as np
import polars as pl
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from yangban.assess.air.daily import day_values, slot
from yangban.assess.figure import Figure
from yangban.base import regions
from yangban.base.periods import Period, parse
from yangban.base.pollutants import HOURLY_SIX
from yangban.run.results import AirResults
from yangban.standards import load_book

BOOK = load_book()
CITIES = [p.code for p in regions.prefecture_places("360000")]
FIRST = date(2022, 5, 1)
DAYS = 61
PERIODS = [parse(p) for p in ("2022-05", "2022-06", "2022-Q2", "2022-05-10/2022-05-20", "2022-05-15", "2022-06-03")]
SUBJECTS = [*CITIES, "360000"]
Answer = dict[tuple[str, str, str], tuple[str | None, str]]


def _lake(seed: int = 1) -> pl.DataFrame:
    rng = np.random.default_rng(seed)
    levels = {"pm25": 30, "pm10": 60, "so2": 9, "no2": 25, "co": 8, "o3": 70}
    columns: dict[str, object] = {
        "subject": [code for code in CITIES for _ in range(DAYS)],
        "day": [FIRST + timedelta(days=k) for k in range(DAYS)] * len(CITIES),
    }
    n = DAYS * len(CITIES)
    for item in HOURLY_SIX:
        step = 100 if item == "co" else 1000
        values = rng.integers(1, 2 * levels[item], (n, 24)) * step
        for hour in range(24):
            columns[slot(item, hour + 1)] = pl.Series(values[:, hour], dtype=pl.Int32)
    return pl.DataFrame(columns).with_columns(
        level=pl.lit("city"), network=pl.lit("state"), basis=pl.lit("realtime"), synthetic=pl.lit(value=True)
    )


def _figures(lake: pl.DataFrame, periods: list[Period] = PERIODS) -> list[Figure]:
    days = day_values(lake.lazy(), BOOK.air("2012")).collect()
    return AirResults(days.lazy(), BOOK).figures(subjects=SUBJECTS, periods=periods, edition="2012,2026-transitional")


def _answer(lake: pl.DataFrame) -> Answer:
    return {(f.subject, f.period, f"{f.indicator} {f.edition}"): (f.value, f.status) for f in _figures(lake)}


def _changed(lake: pl.DataFrame, city: str, day: date, column: str, value: int | None) -> pl.DataFrame:
    hit = (pl.col("subject") == city) & (pl.col("day") == day)
    return lake.with_columns(pl.when(hit).then(pl.lit(value, dtype=pl.Int32)).otherwise(pl.col(column)).alias(column))


LAKE = _lake()
BEFORE = _answer(LAKE)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(CITIES), st.integers(0, DAYS - 1), st.sampled_from(HOURLY_SIX), st.integers(1, 24), st.integers(0, 900))
def test_a_correction_changes_the_figures_that_depend_on_it_and_no_other(city: str, k: int, item: str, hour: int, value: int) -> None:
    day = FIRST + timedelta(days=k)
    after = _answer(_changed(LAKE, city, day, slot(item, hour), value * 1000))
    assert after.keys() == BEFORE.keys()
    holding = {p.label for p in PERIODS if p.holds(day)}
    word = "o3_8h" if item == "o3" else item
    for key in after:
        subject, period, name = key
        if after[key] == BEFORE[key]:
            continue
        assert subject in {city, "360000"}, key
        assert period in holding, key
        others = [p for p in ("pm25", "pm10", "so2", "no2", "co", "o3_8h") if p != word]
        of_another = any(name.startswith((f"air.{p}.", f"air.composite.{p} ")) for p in others)
        assert not of_another or "primary_days" in name, f"{key} belongs to another pollutant"


def test_a_correction_does_reach_its_figures() -> None:
    day = FIRST + timedelta(days=14)
    old = LAKE.filter((pl.col("subject") == CITIES[0]) & (pl.col("day") == day))["pm25_07"][0]
    after = _answer(_changed(LAKE, CITIES[0], day, "pm25_07", old + 1000))
    moved = {
        (s, p) for (s, p, name), value in after.items() if name.startswith("air.pm25.mean gb3095-2012") and value != BEFORE[s, p, name]
    }
    expected = {p.label for p in PERIODS if p.holds(day)}
    assert moved == {(s, p) for s in (CITIES[0], "360000") for p in expected}


def _holes(lake: pl.DataFrame, seed: int, share: float) -> pl.DataFrame:
    """The lake without some of its values; ozone and everything else stays below every limit."""
    rng = np.random.default_rng(seed)
    names = [slot(item, hour) for item in HOURLY_SIX for hour in range(1, 25)]
    gone = rng.random((lake.height, len(names))) < share
    return lake.with_columns(
        pl.select(pl.when(pl.Series(~gone[:, n])).then(lake[name])).to_series().alias(name) for n, name in enumerate(names)
    )


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.integers(0, 10_000), st.floats(0.01, 0.4), st.floats(0.01, 0.5))
def test_removing_readings_never_makes_an_insufficient_figure_fit(seed: int, share: float, more: float) -> None:
    some = _holes(LAKE, seed, share)
    fewer = _holes(some, seed + 1, more)
    before = {(f.subject, f.period, f.indicator, f.edition): f for f in _figures(some)}
    for figure in _figures(fewer):
        earlier = before[figure.subject, figure.period, figure.indicator, figure.edition]
        if earlier.status == "insufficient":
            assert figure.status == "insufficient", figure
        assert figure.n_valid <= earlier.n_valid or figure.indicator == "air.aqi", figure


def test_the_one_way_in_which_less_can_count_is_the_rules_own() -> None:
    """HJ 663 6.1.2: a day with too few windows counts when its ozone is above the limit, so losing low hours can make it count.

    The rule means that a bad day is not lost for a gap; the property above holds wherever nothing is near a limit.
    """
    hours = {17: 150_000, **dict.fromkeys(range(18, 25), 161_000)}
    some = LAKE.head(1).with_columns(pl.lit(hours.get(h), dtype=pl.Int32).alias(slot("o3", h)) for h in range(1, 25))
    fewer = some.with_columns(pl.lit(None, dtype=pl.Int32).alias(slot("o3", 17)))
    values = [day_values(each.lazy(), BOOK.air("2012")).collect().row(0, named=True) for each in (some, fewer)]
    assert [v["o3_8h_windows"] for v in values] == [3, 2]
    assert [v["o3_8h"] for v in values] == [None, 161]


def test_rows_in_any_order_give_the_same() -> None:
    rows = list(range(LAKE.height))
    random.Random(3).shuffle(rows)
    assert _answer(LAKE[rows]) == BEFORE
