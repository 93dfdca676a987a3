"""Flags on readings: strange values are marked and *used*, never erased (only a named person with a reason leaves one out).

All thresholds here are ours, since no document gives any for released hourly values; they say where a person should look.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import polars as pl

from yangban.base.pollutants import AIR_SIX, HOURLY_SIX
from yangban.readings.frames import SLOTS

ZERO: Final = 1
SPIKE: Final = 2
CONSTANT: Final = 4
PM25_ABOVE_PM10: Final = 8
BEYOND: Final = 16
ROUNDED: Final = 32

NAMES: Final[Mapping[int, tuple[str, str]]] = {
    ZERO: ("zero", "为零"),
    SPIKE: ("spike", "单小时突变"),
    CONSTANT: ("constant_run", "长时间不变"),
    PM25_ABOVE_PM10: ("pm25_above_pm10", "PM2.5 大于 PM10"),
    BEYOND: ("beyond_usual", "超出常见范围"),
    ROUNDED: ("precision", "小数位数过多，已按四舍六入五成双取到千分之一"),
}
"""Bit to word and Chinese name."""

SPIKE_FACTOR: Final = 4
"""A spike is this many times the larger of the hour before and the hour after: real episodes build up and fade over hours."""

SPIKE_FLOOR: Final[Mapping[str, int]] = {"pm25": 100_000, "pm10": 200_000, "so2": 80_000, "no2": 120_000, "co": 3_000, "o3": 160_000}
"""Thousandths that a spike must reach: below, four times a small number is ordinary noise."""

CONSTANT_HOURS: Final = 12
"""Equal values in a row within an official day. Released values are whole numbers, so runs of some hours are ordinary (SO2 near its
detection limit most of all); half a day without change is worth a look."""

BEYOND_USUAL: Final[Mapping[str, int]] = {"pm25": 500_000, "pm10": 1_000_000, "so2": 500_000, "no2": 300_000, "co": 10_000, "o3": 400_000}
"""Thousandths above which a value is rare in China. Dust days really pass it (PM10 reached 10,000 µg/m³), so it is a flag only."""


def marks(rows: pl.LazyFrame) -> pl.LazyFrame:
    """For each lake row its keys ``subject, day`` (and ``basis`` when there) and, per slot column, the bits of its flags (UInt8)."""
    have = rows.collect_schema()
    keys: list[str] = [name for name in ("subject", "basis", "day") if name in have]
    schema = pl.Schema({**{name: have[name] for name in keys}, **dict.fromkeys(SLOTS, pl.UInt8())})
    return rows.select(*keys, *SLOTS).map_batches(lambda frame: _marked(frame, keys), schema=schema)


def day_marks(rows: pl.DataFrame) -> pl.DataFrame:
    """For each row of ready day values ``subject, day`` and, per item, the bits of its flags (UInt8).

    A day has no hours beside it, so only zeros, PM2.5 above PM10 and rare heights can be seen.
    """

    def bits(item: str) -> pl.Expr:
        value = pl.col(item)
        flags = {ZERO: value == 0, BEYOND: value > BEYOND_USUAL["o3" if item == "o3_8h" else item]}
        if item in {"pm25", "pm10"}:
            flags[PM25_ABOVE_PM10] = pl.col("pm25") > pl.col("pm10")
        return pl.sum_horizontal(flag.fill_null(value=False).cast(pl.UInt8) * bit for bit, flag in flags.items()).cast(pl.UInt8).alias(item)

    return rows.select("subject", "day", *(bits(item) for item in AIR_SIX))


def _marked(frame: pl.DataFrame, keys: list[str]) -> pl.DataFrame:
    """The flags of one frame; its 24 slots are laid end to end per pollutant, so an hour earlier is a shift by the number of rows."""
    n = frame.height
    if not n:
        return frame.select(*keys, pl.col(SLOTS).cast(pl.UInt8))
    long = pl.DataFrame({item: pl.concat([frame[_name(item, slot)] for slot in range(1, 25)], rechunk=True) for item in HOURLY_SIX})
    # In steps, each on the columns of the one before, so that nothing is worked out twice.
    same = [(pl.col(item) == pl.col(item).shift(n)).fill_null(value=False).alias(f"{item}_same") for item in HOURLY_SIX]
    ends = [
        pl.all_horizontal(pl.col(f"{item}_same").shift(n * k, fill_value=False) for k in range(CONSTANT_HOURS - 1)).alias(f"{item}_ends")
        for item in HOURLY_SIX
    ]
    bits = long.with_columns(same).with_columns(ends).select(_bits(item, n) for item in HOURLY_SIX)
    return frame.select(keys).hstack(
        [bits[item].slice((slot - 1) * n, n).alias(_name(item, slot)) for item in HOURLY_SIX for slot in range(1, 25)]
    )


def _bits(item: str, hour: int) -> pl.Expr:
    value = pl.col(item)
    around = pl.max_horizontal(value.shift(hour), value.shift(-hour))
    flags = {
        ZERO: value == 0,
        SPIKE: (value >= SPIKE_FLOOR[item]) & (value > SPIKE_FACTOR * around.cast(pl.Int64)),
        CONSTANT: pl.any_horizontal(pl.col(f"{item}_ends").shift(-hour * k, fill_value=False) for k in range(CONSTANT_HOURS)),
        BEYOND: value > BEYOND_USUAL[item],
    }
    if item in {"pm25", "pm10"}:
        flags[PM25_ABOVE_PM10] = pl.col("pm25") > pl.col("pm10")
    total = pl.sum_horizontal(flag.fill_null(value=False).cast(pl.UInt8) * bit for bit, flag in flags.items())
    return total.cast(pl.UInt8).alias(item)


def flags(rows: pl.LazyFrame) -> pl.LazyFrame:
    """The flagged readings in long form: ``subject, basis, day, pollutant, slot, flag`` and the value in thousandths.

    One row per reading and flag. ``rows`` are lake rows.
    """
    keys = ["subject", "basis", "day"]
    marked = marks(rows).unpivot(on=SLOTS, index=keys, variable_name="column", value_name="bits").filter(pl.col("bits") > 0)
    values = rows.select(*keys, *SLOTS).unpivot(on=SLOTS, index=keys, variable_name="column", value_name="value")
    each = pl.concat([marked.filter((pl.col("bits") & bit) > 0).with_columns(flag=pl.lit(word)) for bit, (word, _) in NAMES.items()])
    return (
        each.join(values, on=[*keys, "column"], how="left")
        .select(
            *keys,
            pl.col("column").str.head(-3).alias("pollutant"),
            pl.col("column").str.tail(2).cast(pl.Int8).alias("slot"),
            "flag",
            "value",
        )
        .sort("subject", "basis", "day", "pollutant", "slot", "flag")
    )


def _name(item: str, slot: int) -> str:
    return f"{item}_{slot:02d}"
