"""Signals that compare: the published cases fire, and what was measured to be clean stays quiet."""

from __future__ import annotations

import math
from datetime import date, datetime, timedelta
from fractions import Fraction
from pathlib import Path

import polars as pl
import pytest

from yangban.assess.air.signals import (
    bunching,
    bunching_signals,
    contrast,
    contrast_days,
    contrast_signals,
    low_variance_days,
    low_variance_signals,
    low_variance_weeks,
    pile_up,
)
from yangban.readings.frames import SCHEMA, SLOTS
from yangban.standards import load_book

# ------------------------------------------------------------------------------------------------------------ neighbours

STATIONS = ("station:A", "station:B", "station:C", "station:D")
MEMBERS = pl.DataFrame(
    [{"station": name, "place": "610100", "valid_from": None, "valid_to": None} for name in STATIONS],
    schema={"station": pl.String, "place": pl.String, "valid_from": pl.Date, "valid_to": pl.Date},
)


def day_row(subject: str, day: date, **cells: int | None) -> dict[str, object]:
    return {**dict.fromkeys(SLOTS), "subject": subject, "level": "station", "basis": "realtime", "day": day, **cells}


def rows(means: dict[str, int], day: date = date(2016, 2, 24), hours: range = range(1, 25), item: str = "pm25") -> list[dict[str, object]]:
    """Stations whose hours swing by a tenth around the means, all at once, as they do in one city."""
    return [
        day_row(name, day, **{f"{item}_{h:02d}": mean * (1000 + 100 * (1 if h % 2 else -1)) for h in hours}) for name, mean in means.items()
    ]


def frame(*several: list[dict[str, object]]) -> pl.LazyFrame:
    return pl.DataFrame([row for each in several for row in each], schema=SCHEMA).lazy()


# Published in the judgment on the Xi'an case: the station's day against the city's other stations.
XIAN = ((date(2016, 2, 24), 28, 140), (date(2016, 2, 26), 25, 138))


@pytest.mark.parametrize(("day", "own", "others"), XIAN)
@pytest.mark.parametrize("item", ["pm25", "pm10"])
def test_xian_february_2016_fires_on_hours(day: date, own: int, others: int, item: str) -> None:
    means = dict(zip(STATIONS, (own, others - 10, others, others + 10), strict=True))
    (signal,) = contrast_signals(contrast(frame(rows(means, day, item=item)), MEMBERS))
    assert (signal.rule, signal.subject, signal.pollutant) == ("contrast", "station:A", item)
    assert signal.evidence == {
        "side": "below", "place": "610100", "own": str(own), "others": str(others), "nearest_other": str(others - 10), "n_others": 3,
        "hours": 24, "hours_compared": 24,
    }  # fmt: skip
    assert (signal.start, signal.end) == (
        datetime(day.year, day.month, day.day, 1),
        datetime(day.year, day.month, day.day) + timedelta(days=1),
    )


@pytest.mark.parametrize(("day", "own", "others"), XIAN)
def test_xian_february_2016_fires_on_day_values(day: date, own: int, others: int) -> None:
    days = pl.DataFrame(
        [
            {"subject": name, "day": day, "pm25": value * 1000, "pm10": None}
            for name, value in zip(STATIONS, (own, others, others, others), strict=True)
        ],
        schema={"subject": pl.String, "day": pl.Date, "pm25": pl.Int32, "pm10": pl.Int32},
    )
    (signal,) = contrast_signals(contrast_days(days.lazy(), MEMBERS), ready_days=True)
    assert (signal.subject, signal.evidence["own"], signal.evidence["others"]) == ("station:A", str(own), str(others))
    assert f"PM2.5 日均值远低于同城其他每个点位：本点位 {own}，其他 3 个点位平均 {others}" in signal.sentence


@pytest.mark.parametrize(
    ("means", "expected"),
    [
        ((70, 140, 150, 160), [("station:A", "below")]),
        ((71, 140, 150, 160), []),
        ((28, 30, 140, 150), []),  # not alone
        ((28, 28, 140, 150), []),
        ((8, 18, 18, 18), []),  # low everywhere: whole numbers swing by more
        ((300, 140, 150, 120), [("station:A", "above")]),
        ((299, 140, 150, 120), []),
    ],
)
def test_far_below_or_above_every_other_station(means: tuple[int, ...], expected: list[tuple[str, str]]) -> None:
    found = contrast(frame(rows(dict(zip(STATIONS, means, strict=True)))), MEMBERS).collect()
    assert found.select("subject", "side").rows() == expected


@pytest.mark.parametrize(("hours", "fires"), [(7, 0), (8, 1)])
def test_it_takes_eight_hours_and_the_same_hours(hours: int, fires: int) -> None:
    low = rows({"station:A": 28}, hours=range(1, hours + 1))
    others = rows(dict.fromkeys(STATIONS[1:], 140))
    assert contrast(frame(low, others), MEMBERS).collect().height == fires
    apart = rows(dict.fromkeys(STATIONS[1:], 140), hours=range(hours + 1, 25))
    assert contrast(frame(low, apart), MEMBERS).collect().height == 0


def test_three_others_are_needed_and_only_members_of_the_day_count() -> None:
    means = dict(zip(STATIONS, (28, 140, 140, 140), strict=True))
    assert contrast(frame(rows(means)), MEMBERS).collect().height == 1
    moved = MEMBERS.with_columns(valid_to=pl.when(pl.col("station") == "station:D").then(date(2016, 2, 23)))
    assert contrast(frame(rows(means)), moved).collect().height == 0
    assert contrast(frame(rows(means, item="no2")), MEMBERS).collect().height == 0, "gases differ from street to street"


def test_real_stations_of_one_hour_rarely_stand_apart(shared_data: Path) -> None:
    path = shared_data / "air" / "station_snapshot_20180220T07.csv.gz"
    read = pl.read_csv(path, infer_schema=False).select("stationcode", "area", value=pl.col("pm2_5").cast(pl.Int32, strict=False) * 1000)
    members = read.select(station="stationcode", place="area", valid_from=pl.lit(None, pl.Date), valid_to=pl.lit(None, pl.Date))
    days = read.select(subject="stationcode", day=pl.lit(date(2018, 2, 20)), pm25="value", pm10=pl.lit(None, pl.Int32))
    found = contrast_days(days.lazy(), members).collect()
    assert found.filter(pl.col("side") == "below").height == 5


# ------------------------------------------------------------------------------------------------------------------ history


def hours_of(days: int, swing: list[int], flat: dict[int, int], item: str = "pm25", level: int = 50) -> pl.LazyFrame:
    """Days that swing around a level by so many thousandths, and some that swing by other amounts."""
    made = []
    for k in range(days):
        size = flat.get(k, swing[k % len(swing)])
        cells = {f"{item}_{h:02d}": level * 1000 + (size if h % 2 else -size) for h in range(1, 25)}
        made.append(day_row("station:A", date(2022, 1, 1) + timedelta(days=k), **cells))
    return frame(made)


@pytest.mark.parametrize(("size", "fires"), [(1_400, True), (1_600, False)])
def test_a_day_that_hardly_varies(size: int, fires: bool) -> None:
    found = low_variance_days(hours_of(41, [10_000], {40: size})).collect()
    assert found["day"].to_list() == ([date(2022, 2, 10)] if fires else [])
    if fires:
        row = found.row(0, named=True)
        assert row["history"] == 40
        assert math.isclose(row["usual"], 0.2)
        assert math.isclose(row["cv"], 0.028)


def test_a_day_needs_a_history_a_level_and_an_item_that_varies() -> None:
    assert low_variance_days(hours_of(30, [10_000], {29: 100})).collect().height == 0, "29 days of history"
    assert low_variance_days(hours_of(31, [10_000], {30: 100})).collect().height == 1
    assert low_variance_days(hours_of(41, [3_000], {40: 100}, level=19)).collect().height == 0
    assert low_variance_days(hours_of(41, [10_000], {40: 100}, item="o3")).collect().height == 0


def test_a_week_that_hardly_varies_is_told_once() -> None:
    flat = dict.fromkeys(range(60, 70), 2_000)
    found = low_variance_weeks(hours_of(75, [10_000], flat)).collect()
    assert found.select("start", "end").rows() == [(datetime(2022, 3, 2, 1), datetime(2022, 3, 12))]
    assert low_variance_weeks(hours_of(75, [10_000], dict.fromkeys(range(60, 64), 2_000))).collect().height == 0


@pytest.mark.parametrize(("days", "fires"), [(42, 0), (43, 1)])
def test_the_history_of_a_week_ends_before_the_week_begins(days: int, fires: int) -> None:
    # Weeks of enough hours end on day 6 and later; 30 of them end before the last week of 43 days begins.
    found = low_variance_weeks(hours_of(days, [10_000], dict.fromkeys(range(days - 7, days), 2_000))).collect()
    assert found["history"].to_list() == [30] * fires


def test_low_variance_in_words() -> None:
    (signal,) = low_variance_signals(hours_of(41, [10_000], {40: 1_000}))
    assert signal.rule == "low_variance_day"
    assert "当日相对标准差 2.0%，此前 40 个同样时段的中位数为 20.0%（均值 50 µg/m³，24 小时）" in signal.sentence


# ------------------------------------------------------------------------------------------------------------------- limits


def tail(n: int, k: int, share: Fraction) -> Fraction:
    """The chance of at least k of n, term by term."""
    total, term = Fraction(0), Fraction(1)
    for j in range(n + 1):
        ways = math.comb(n, j) * share**j * (1 - share) ** (n - j)
        total += ways if j >= k else 0
        term -= ways
    assert term == 0
    return total


@pytest.mark.parametrize(("below", "above"), [(50, 2), (56, 5)])
def test_beijing_2006_and_2007_fire(below: int, above: int) -> None:
    found = pile_up(below=below, above=above)
    assert found.fires
    assert found.share == 66
    assert found.probability == tail(below + above, below, Fraction(66, 100)) < Fraction(1, 100_000)
    steep = pile_up(below=below, above=above, far_below=40, far_above=1)
    assert (steep.share, steep.fires) == (75, True), "they fire even where three of four days may lie below"


def test_jiangxi_2015_2016_is_quiet_as_published() -> None:
    found = pile_up(below=188, above=145, far_below=216, far_above=107)
    assert (found.share, found.fires) == (66, False)
    assert found.probability > Fraction(99, 100)


def test_jiangxi_2015_2016_recomputed_is_quiet_as_a_whole_and_city_by_city(shared_data: Path) -> None:
    path = shared_data / "air" / "jiangxi_city_daily_2013_2017_aqistudy.csv.gz"
    read = pl.read_csv(path).select(subject="城市", day=pl.col("日期").str.to_date(), aqi="AQI")
    days = read.filter(pl.col("day").dt.year().is_in([2015, 2016]))
    edition = load_book().air("2012")
    counts = [days.filter(pl.col("aqi").is_between(low, low + 4)).height for low in (91, 96, 101, 106)]
    assert counts == [216, 188, 145, 107]
    found, outer = bunching(days.with_columns(subject=pl.lit("all")), edition)["all"]
    assert ((found.below, found.above), outer, found.fires) == ((188, 145), (216, 107), False)
    for _, year in days.group_by(pl.col("day").dt.year()):
        each = bunching(year, edition)
        assert len(each) == 11
        assert not any(found.fires for found, _ in each.values())


@pytest.mark.parametrize(("below", "fires"), [(16, False), (17, True)])
def test_few_days_never_fire(below: int, fires: bool) -> None:
    assert pile_up(below=below, above=0).fires is fires


def test_nothing_at_all() -> None:
    assert not pile_up(below=0, above=0).fires


@pytest.mark.parametrize(("far_below", "far_above", "share"), [(8, 1, 67), (27, 1, 75), (1000, 0, 75), (0, 5, 66), (0, 0, 66), (10, 1, 69)])
def test_the_share_follows_the_outer_bins(far_below: int, far_above: int, share: int) -> None:
    assert pile_up(below=1, above=1, far_below=far_below, far_above=far_above).share == share


def test_bunching_in_words() -> None:
    aqi = [*[98] * 50, *[103] * 2, *[93] * 20, *[108] * 10, 90, 111]
    days = pl.DataFrame({"subject": "110000", "day": [date(2006, 1, 1) + timedelta(days=k) for k in range(len(aqi))], "aqi": aqi})
    (signal,) = bunching_signals(days, load_book().air("2012"))
    assert signal.evidence["below"] == 50
    assert signal.evidence["above"] == 2
    assert (signal.evidence["far_below"], signal.evidence["far_above"]) == (20, 10)
    assert "AQI 96～100 有 50 天，101～105 只有 2 天" in signal.sentence
    assert bunching_signals(days.with_columns(aqi=pl.lit(99)).head(16), load_book().air("2012")) == []
