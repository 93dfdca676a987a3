"""Stations, counties, hours first, dust and exclusions: the kernel equals the oracle, cell for cell, on a generated network."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

import polars as pl
import pytest

from oracle import air as oracle
from oracle import generate_network, network
from yangban.assess.air.daily import day_indices, day_values, slot
from yangban.assess.air.dust import without_dust
from yangban.assess.air.figures import measure_day, measure_period
from yangban.assess.air.network import hours_of_places, one_scale, places_from_stations, together
from yangban.assess.air.period import period_table
from yangban.base.periods import standard_periods
from yangban.base.pollutants import AIR_SIX, HOURLY_SIX
from yangban.standards import load_book

EDITIONS = tuple(load_book().air(family) for family in ("2012", "2026-transitional"))
FIRST = EDITIONS[0]
Key = tuple[str, date]
Days = Mapping[Key, Mapping[str, network.PlaceValue]]


@pytest.fixture(scope="module")
def net() -> generate_network.Network:
    return generate_network.generate_network()


def _lake(rows: generate_network.Rows, *, exclusions: tuple[Any, ...] = ()) -> pl.LazyFrame:
    columns = rows.columns()
    if exclusions:
        left = network.exclude(rows.station_hours(), exclusions)
        for item in HOURLY_SIX:
            for hour in range(1, 25):
                columns[slot(item, hour)] = [left[key][item][hour - 1] for key in rows.keys]
    schema = {slot(item, hour): pl.Int32 for item in HOURLY_SIX for hour in range(1, 25)}
    frame = pl.DataFrame(columns, schema_overrides=schema).lazy()
    return frame.with_columns(level=pl.lit("station"), network=pl.lit("state"), basis=pl.lit("realtime"), synthetic=pl.lit(value=True))


def _registry(net: generate_network.Network) -> pl.DataFrame:
    return pl.DataFrame(list(net.registry), schema_overrides={"valid_from": pl.Date, "valid_to": pl.Date}, infer_schema_length=None)


def _places(net: generate_network.Network, lake: pl.LazyFrame, *, level: str, first: str) -> pl.DataFrame:
    if first == "hours":
        return day_values(hours_of_places(lake, _registry(net), FIRST, level=level).lazy(), FIRST).collect()
    return places_from_stations(day_values(lake, FIRST), _registry(net), FIRST, level=level)


def _differences(days: pl.DataFrame, expected: Days) -> Iterator[str]:
    """What differs day by day: values, validity and indices."""
    rows = {(row["subject"], row["day"]): row for row in day_indices(days.lazy(), EDITIONS).collect().iter_rows(named=True)}
    if strange := set(rows) - set(expected):
        yield f"{len(strange)} days that the oracle does not have, such as {sorted(strange)[:3]}"
    for key, values in expected.items():
        if key not in rows:
            if any(value.value is not None for value in values.values()):
                yield f"{key} is missing"
            continue
        for edition in EDITIONS:
            got = measure_day(rows[key], edition)
            for item in AIR_SIX:
                mine = got["air.o3_8h.max" if item == "o3_8h" else f"air.{item}.mean"]
                if (mine.exact, mine.verdict.enough) != (values[item].value, values[item].valid):
                    yield f"{key} {item}: {mine.exact} {mine.verdict.enough}, oracle {values[item]}"
            index = oracle.day_index(network.valid_values(values), edition.family)
            mine = got["air.aqi"]
            aqi = None if mine.exact is None else int(mine.exact)
            if (aqi, mine.verdict.enough, set(mine.detail.get("primary", ()))) != (index.aqi, index.publishable, set(index.primary)):
                yield f"{key} {edition.id}: {aqi}, oracle {index}"


def _period_differences(days: pl.LazyFrame, stats: Any) -> Iterator[str]:
    """What differs in any standard period; ``stats(place, period, family)`` gives the oracle's."""
    periods = {p.label: p for p in standard_periods(generate_network.generate.FIRST_DAY.year)}
    for row in period_table(days, list(periods.values()), EDITIONS).iter_rows(named=True):
        for edition in EDITIONS:
            measured = measure_period(row, periods[row["period"]], edition)
            expected = stats(row["subject"], row["period"], edition.family)
            for word, mine in measured.items():
                name = word.replace("air.level", "air.level_") if "air.level" in word else word
                if name not in expected or "_multiple" in word:
                    continue
                stat = expected[name]
                if mine.exact != stat.value or (stat.value is not None and mine.verdict.enough != stat.ok):
                    yield f"{row['subject']} {row['period']} {edition.id} {word}: {mine.exact} {mine.verdict.enough}, oracle {stat}"


def _first(differences: Iterator[str], most: int = 8) -> list[str]:
    return [text for text, _ in zip(differences, range(most), strict=False)]


@pytest.mark.parametrize(("level", "first"), [("city", "stations"), ("county", "stations"), ("city", "hours"), ("county", "hours")])
def test_places_from_stations(net: generate_network.Network, level: str, first: str) -> None:
    days = _places(net, _lake(net.realtime), level=level, first=first)
    expected = network.network_days(net.realtime.station_hours(), net.registry, level=level, first=first)
    assert _first(_differences(days, expected)) == []


@pytest.mark.parametrize("first", ["stations", "hours"])
def test_a_city_of_35_stations(first: str) -> None:
    """The least common multiple of 1 to 35 is 1.4e14: far beyond int64 once it multiplies a concentration."""
    net = generate_network.generate_network(days=40, sizes=(35, 3))
    days = _places(net, _lake(net.realtime), level="city", first=first)
    assert _first(_differences(days, network.network_days(net.realtime.station_hours(), net.registry, first=first))) == []


def test_exclusions(net: generate_network.Network) -> None:
    days = _places(net, _lake(net.realtime, exclusions=net.exclusions), level="city", first="stations")
    expected = network.network_days(net.realtime.station_hours(), net.registry, exclusions=net.exclusions)
    assert _first(_differences(days, expected)) == []


@pytest.mark.parametrize("first", ["stations", "hours"])
def test_periods_in_both_scopes(net: generate_network.Network, first: str) -> None:
    days = _places(net, _lake(net.realtime), level="city", first=first)
    indexed = day_indices(days.lazy(), EDITIONS).collect().lazy()
    series = network.by_place(network.network_days(net.realtime.station_hours(), net.registry, first=first))
    dust = network.dust_days(net.dust)
    assert _first(_period_differences(indexed, lambda place, period, family: network.as_monitored(series[place], period, family))) == []
    dusty = pl.DataFrame([{"subject": place, "day": day} for place, of_place in dust.items() for day in sorted(of_place)])
    left = without_dust(indexed, dusty, EDITIONS).collect().lazy()

    def stats(place: str, period: str, family: str) -> dict[str, oracle.Stat]:
        return network.dust_excluded(series[place], dust.get(place, frozenset()), period, family)

    assert _first(_period_differences(left, stats)) == []


def test_rows_of_stations_win_over_rows_of_the_city_and_share_a_scale(net: generate_network.Network) -> None:
    made = _places(net, _lake(net.realtime), level="city", first="stations")
    city = made["subject"][0]
    some = made.filter(pl.col("subject") == city).head(10)
    direct = day_values(_lake(net.realtime).with_columns(level=pl.lit("city"), subject=pl.lit(city)), FIRST).collect().unique(["day"])
    both = together(direct, some)
    assert both.group_by("subject", "day").len()["len"].max() == 1
    assert set(both.filter(pl.col("day").is_in(some["day"].implode()))["origin"]) == {"stations"}
    assert both["scale"].n_unique() == 1
    rescaled = one_scale([direct, some]).filter(pl.col("origin") == "hours").sort("day")
    assert (rescaled["pm25_ticks"] // rescaled["scale"]).to_list() == direct.sort("day")["pm25_ticks"].to_list()
