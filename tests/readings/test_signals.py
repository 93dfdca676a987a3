"""Signals in the readings of one subject fire where they should and are quiet where they should."""

from __future__ import annotations

import random
from datetime import date, datetime, timedelta

import polars as pl
import pytest

from yangban.readings import signals
from yangban.readings.frames import SCHEMA, SLOTS
from yangban.readings.signals import RULES, constant_runs, copied_blocks, pm25_above_pm10, spikes


def lake(**series: list[int | None]) -> pl.LazyFrame:
    """Rows of one subject from 2022-01-01 on, given by item as one long list of hours in whole µg/m³."""
    n = max(map(len, series.values()))
    rows = []
    for k in range(-(-n // 24)):
        row = {**dict.fromkeys(SLOTS), "subject": "360100", "basis": "realtime", "day": date(2022, 1, 1) + timedelta(days=k)}
        for item, values in series.items():
            row |= {f"{item}_{h + 1:02d}": None if v is None else v * 1000 for h, v in enumerate(values[24 * k : 24 * k + 24])}
        rows.append(row)
    return pl.DataFrame(rows, schema=SCHEMA).lazy()


def natural(days: int, seed: int = 1) -> list[int | None]:
    """Hours that never repeat those of the week before: the hour of each day has a residue of its own."""
    rng = random.Random(seed)
    return [40 + 11 * rng.randrange(3) + day % 11 for day in range(days) for _ in range(24)]


@pytest.mark.parametrize(("length", "fires"), [(7, False), (8, True), (24, True)])
def test_a_block_equal_to_the_day_before(length: int, fires: bool) -> None:
    values = natural(4)
    values[3 * 24 - 4 : 3 * 24 - 4 + length] = values[2 * 24 - 4 : 2 * 24 - 4 + length]
    found = copied_blocks(lake(pm25=values)).collect()
    assert found.height == fires
    if fires:
        row = found.row(0, named=True)
        start = datetime(2022, 1, 1) + timedelta(hours=3 * 24 - 4 + 1)
        assert (row["lag"], row["hours"], row["start"], row["end"]) == (1, length, start, start + timedelta(hours=length - 1))


@pytest.mark.parametrize(("length", "fires"), [(11, False), (12, True)])
def test_a_block_equal_to_an_earlier_day_must_be_longer(length: int, fires: bool) -> None:
    values = natural(8)
    values[7 * 24 : 7 * 24 + length] = values[2 * 24 : 2 * 24 + length]
    assert copied_blocks(lake(pm10=values)).collect()["lag"].to_list() == [5] * fires


def test_a_gap_ends_a_block_and_a_constant_is_no_copy() -> None:
    values = natural(3)
    values[24:48] = values[:24]
    values[24 + 7] = None
    values[24 + 15] = None
    assert copied_blocks(lake(pm25=values)).collect()["hours"].to_list() == [8]
    assert copied_blocks(lake(pm25=[30] * 72)).collect().height == 0
    assert copied_blocks(lake(pm25=[30, 31] * 36)).collect().height == 0, "two values are no pattern"


@pytest.mark.parametrize(("item", "low", "high"), [("no2", 8, 20), ("so2", 15, 30)])
def test_gases_near_the_detection_limit_repeat_by_chance(item: str, low: int, high: int) -> None:
    for level, fires in ((low, 0), (high, 1)):
        day = [level + k % 3 for k in range(24)]
        assert copied_blocks(lake(**{item: day * 2})).collect().height == fires


@pytest.mark.parametrize(
    ("item", "value", "hours", "fires"),
    [("pm25", 5, 11, 0), ("pm25", 5, 12, 1), ("so2", 5, 35, 0), ("so2", 5, 36, 1), ("so2", 25, 12, 1), ("o3", 8, 12, 1), ("co", 1, 12, 1)],
)
def test_constant_runs_cross_the_border_of_a_day(item: str, value: int, hours: int, fires: int) -> None:
    values = [k % 2 + 50 for k in range(72)]
    values[20 : 20 + hours] = [value] * hours
    found = constant_runs(lake(**{item: values})).collect()
    assert found.height == fires
    if fires:
        assert found.row(0, named=True)["start"] == datetime(2022, 1, 1, 21)
        assert found.row(0, named=True)["hours"] == hours


def test_a_gap_ends_a_run() -> None:
    assert constant_runs(lake(pm25=[9] * 11 + [None] + [9] * 11)).collect().height == 0


def test_spikes_cross_the_border_of_a_day_and_need_both_neighbours() -> None:
    values: list[int | None] = [20] * 48
    values[23] = 401
    values[40] = 401
    values[41] = None
    found = spikes(lake(pm10=values)).collect()
    assert found.select("start", "value", "before", "after").rows() == [(datetime(2022, 1, 2), 401_000, 20_000, 20_000)]
    assert spikes(lake(pm10=[20] * 10 + [199] + [20] * 13)).collect().height == 0
    assert spikes(lake(pm10=[60] * 10 + [240] + [60] * 13)).collect().height == 0, "four times is not more than four times"


@pytest.mark.parametrize(("hours", "fires"), [(11, 0), (12, 1)])
def test_pm25_above_pm10_for_half_a_day(hours: int, fires: int) -> None:
    found = pm25_above_pm10(lake(pm25=[40] * 24, pm10=[30] * hours + [40] * (24 - hours))).collect()
    assert found.height == fires
    if fires:
        assert found.select("hours", "of", "pm25", "pm10").row(0) == (12, 24, 480_000, 360_000)


def test_a_signal_carries_rule_threshold_reason_and_a_sentence() -> None:
    values = natural(3)
    values[24:48] = values[:24]
    (told,) = [each.to_dict() for each in signals.signals(lake(pm25=values)) if each.rule == "copied_block"]
    assert told["threshold"] == RULES["copied_block"].text
    assert told["why"] == RULES["copied_block"].why
    assert told["evidence"]["hours"] == 24
    assert "PM2.5 连续 24 小时与 1 天前同一时段逐时相同" in told["sentence"]
    assert (told["from"], told["to"]) == ("2022-01-02 01:00", "2022-01-03 00:00")


def test_an_empty_frame_has_no_signals() -> None:
    assert signals.signals(pl.LazyFrame(schema=SCHEMA)) == []
