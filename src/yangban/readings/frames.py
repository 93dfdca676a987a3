"""The shape of the lake, and the ways into it from hour rows.

A lake row is one subject, one basis and one *official* day: labels 01:00 to 23:00 of the day and 00:00 of the next, slots 1 to 24
(an hour label is the END of the hour; GB 3095: the day is a natural day). Values are thousandths of µg/m³ (CO: of mg/m³), Int32.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

import polars as pl

from yangban.base.errors import InputError
from yangban.base.pollutants import AIR_SIX, HOURLY_SIX
from yangban.readings.formats.times import end_label
from yangban.readings.formats.values import Trouble, convert
from yangban.readings.subjects import resolve
from yangban.readings.units import GASES, WHOLE, Ratio, scale_of, state_ratio

SLOTS: Final = tuple(f"{item}_{slot:02d}" for item in HOURLY_SIX for slot in range(1, 25))
"""The 144 value columns, pollutant by pollutant, slot 1 to 24."""

KEYS: Final[Mapping[str, Any]] = {
    "subject": pl.String,
    "level": pl.String,
    "network": pl.String,
    "basis": pl.String,
    "day": pl.Date,
    "synthetic": pl.Boolean,
    "received": pl.Datetime("us", "UTC"),
}

SCHEMA: Final = pl.Schema({**KEYS, **dict.fromkeys(SLOTS, pl.Int32)})
"""Columns and types of the lake, in order."""

DAY_SCHEMA: Final = pl.Schema({**KEYS, **dict.fromkeys(AIR_SIX, pl.Int32)})
"""Columns and types of the table of ready day values: daily means and the daily maximum 8-hour mean of ozone, in thousandths."""


def from_places(hours: pl.DataFrame) -> pl.DataFrame:
    """Day rows from hour rows that hold one column per subject.

    ``hours``: ``day, slot, item`` (unique together) and one Int32 column per subject. Gives ``subject, day`` and the slots, without
    days that hold nothing. Each day is a block of one sorted frame, turned on its side, so nothing is grouped or pivoted.
    """
    places = [name for name in hours.columns if name not in {"day", "slot", "item"} and hours[name].null_count() < hours.height]
    days = hours.select("day").unique().sort("day")
    if not places or not days.height:
        return pl.DataFrame(schema={"subject": pl.String, "day": pl.Date, **dict.fromkeys(SLOTS, pl.Int32)})
    order = pl.DataFrame({"item": HOURLY_SIX}).join(pl.DataFrame({"slot": range(1, 25)}, schema={"slot": pl.Int8}), how="cross")
    grid = days.join(order, how="cross", maintain_order="left_right")
    full = grid.join(hours, on=["item", "slot", "day"], how="left", maintain_order="left").select(places)
    blocks = [full.slice(k * len(SLOTS), len(SLOTS)).transpose(column_names=SLOTS) for k in range(days.height)]
    keys = days.join(pl.DataFrame({"subject": places}), how="cross", maintain_order="left_right").select("subject", "day")
    rows = keys.hstack(pl.concat(blocks))
    return rows.filter(pl.any_horizontal(pl.col(SLOTS).is_not_null()))


def from_hours(hours: pl.DataFrame) -> pl.DataFrame:
    """Day rows from hour rows ``subject, day, slot`` (unique together) with the six pollutants as Int32 columns.

    Gives ``subject, day`` and the slots, without days that hold nothing.
    """
    keys = hours.select("subject", "day").unique().sort("subject", "day")
    grid = keys.join(pl.DataFrame({"slot": range(1, 25)}, schema={"slot": pl.Int8}), how="cross", maintain_order="left_right")
    full = grid.join(hours, on=["subject", "day", "slot"], how="left", maintain_order="left")
    columns = [full[item].gather_every(24, slot - 1).alias(f"{item}_{slot:02d}") for item in HOURLY_SIX for slot in range(1, 25)]
    return keys.hstack(columns).filter(pl.any_horizontal(pl.col(SLOTS).is_not_null()))


def stamped(
    rows: pl.DataFrame,
    *,
    levels: Mapping[str, str],
    network: str,
    basis: str,
    synthetic: bool | pl.Expr,
    received: datetime,
    schema: pl.Schema = SCHEMA,
) -> pl.DataFrame:
    """Day rows with the lake's key columns added, in the column order of ``schema``: that of hours or :data:`DAY_SCHEMA`."""
    return rows.with_columns(
        pl.col("subject").replace_strict(dict(levels), return_dtype=pl.String).alias("level"),
        pl.lit(network).alias("network"),
        pl.lit(basis).alias("basis"),
        synthetic.alias("synthetic") if isinstance(synthetic, pl.Expr) else pl.lit(synthetic).alias("synthetic"),
        pl.lit(received).cast(SCHEMA["received"]).alias("received"),
    ).select(schema.names())


def slots(
    frame: pl.DataFrame | pl.LazyFrame,
    *,
    units: Mapping[str, str] | None = None,
    subject: str = "subject",
    time: str = "time",
    basis: str = "realtime",
    network: str = "state",
    state: str | None = None,
) -> pl.LazyFrame:
    """Put a tidy frame of hourly readings into the lake's shape.

    ``frame`` is long (``subject, time, pollutant, value``) or wide (``subject, time, pm25, pm10 …``, the pollutants' words as headers).
    ``time`` is the end of the hour in Beijing time: a datetime (with a zone: converted) or text such as ``2022-01-01 08:00``. ``units``
    names the unit of a pollutant that is not in its own (µg/m³, CO mg/m³). Null and NaN are "no value". ``state="273"`` says that the gases
    are stated at 273 K (releases before 2018-09-01) and are to be converted to the reference state of 298.15 K; it is never done unasked. A
    boolean column ``synthetic`` is kept. A subject that no region or station bears is taken as a station of its own.

    Raises :class:`~yangban.base.errors.InputError` for a negative or unreadable value, an unreadable time, or the same subject, hour
    and pollutant with two values: in a frame there is no receipt in which to name what was left out, so nothing is left out.

    >>> day = slots(pl.DataFrame({"subject": ["station:1A"], "time": ["2022-01-02 00:00"], "pm25": [35.2]})).collect()
    >>> day["day"][0].isoformat(), day["pm25_24"][0]
    ('2022-01-01', 35200)
    """
    table = frame.lazy().collect()
    ratio = state_ratio(state)
    missing = [name for name in (subject, time) if name not in table.columns]
    if missing:
        raise InputError(f"the frame has no column {missing[0]!r}; it has {', '.join(table.columns)}. Name it with subject= or time=.")
    long = {"pollutant", "value"} <= set(table.columns)
    items = [item for item in HOURLY_SIX if item in table.columns]
    if not long and not items:
        raise InputError(f"the frame holds no readings: expected pollutant and value, or some of {' '.join(HOURLY_SIX)} as columns")
    extra = [pl.col("synthetic")] if "synthetic" in table.columns else [pl.lit(False).alias("synthetic")]
    table = table.select(
        pl.col(subject).cast(pl.String).alias("subject"),
        _label(table[time]).alias("time"),
        *extra,
        *(["pollutant", "value"] if long else items),
    )
    if long:
        unknown = sorted(set(table["pollutant"].to_list()) - set(HOURLY_SIX))
        if unknown:
            raise InputError(f"unknown pollutant {unknown[0]!r}; expected {' '.join(HOURLY_SIX)}")
        values = pl.concat(
            [
                _exact(table.filter(pl.col("pollutant") == item), "value", item, units, ratio).with_columns(item=pl.lit(item))
                for item in HOURLY_SIX
            ]
        )
        table = values.rename({"value": "thousandths"})
    else:
        parts = [
            _exact(table.select("subject", "time", "synthetic", item), item, item, units, ratio)
            .rename({item: "thousandths"})
            .with_columns(item=pl.lit(item))
            for item in items
        ]
        table = pl.concat(parts)
    table = table.filter(pl.col("thousandths").is_not_null())
    twice = table.group_by("subject", "time", "item").agg(pl.col("thousandths").n_unique().alias("n")).filter(pl.col("n") > 1)
    if twice.height:
        who = twice.row(0, named=True)
        raise InputError(f"{who['subject']} has {who['n']} different values of {who['item']} at {who['time']:%Y-%m-%d %H:%M}; keep one")
    table = table.unique(["subject", "time", "item"], keep="first", maintain_order=True)
    names = table["subject"].unique().to_list()
    found = {name: resolve(name) for name in names}
    codes = {name: place.subject if place else name for name, place in found.items()}
    levels = {codes[name]: place.level if place else "station" for name, place in found.items()}
    hours = table.with_columns(
        pl.col("subject").replace_strict(codes, return_dtype=pl.String),
        (pl.col("time") - pl.duration(hours=1)).dt.date().alias("day"),
        (((pl.col("time").dt.hour().cast(pl.Int8) + 23) % 24) + 1).cast(pl.Int8).alias("slot"),
    )
    marks = hours.group_by("subject", "day").agg(pl.col("synthetic").any())
    keys = hours.select("subject", "day", "slot").unique()
    for item in HOURLY_SIX:
        one = hours.filter(pl.col("item") == item).select("subject", "day", "slot", pl.col("thousandths").alias(item))
        keys = keys.join(one, on=["subject", "day", "slot"], how="left")
    rows = from_hours(keys).join(marks, on=["subject", "day"], how="left")
    now = datetime.now(UTC)
    return stamped(rows, levels=levels, network=network, basis=basis, synthetic=pl.col("synthetic"), received=now).lazy()


def _label(times: pl.Series) -> pl.Series:
    """End-of-hour labels as naive Beijing datetimes, on the full hour."""
    if isinstance(times.dtype, pl.Datetime):
        local = times.dt.convert_time_zone("Asia/Shanghai").dt.replace_time_zone(None) if times.dtype.time_zone else times
        local = local.cast(pl.Datetime("us"))
        off = local.filter((local != local.dt.truncate("1h")) | local.is_null())
        if off.len():
            raise InputError(f"the time {off[0]} is not a full hour; readings are hourly means labelled with the end of the hour")
        return local
    if times.dtype != pl.String:
        raise InputError(f"the time column is {times.dtype}; expected a datetime with an hour, or text such as 2022-01-01 08:00")
    known: dict[str | None, datetime] = {}
    for text in times.unique().to_list():
        answer = end_label(text or "", label="end")
        if isinstance(answer, str):
            raise InputError(f"the time {text!r} cannot be read ({answer}); expected such as 2022-01-01 08:00")
        known[text] = answer
    return times.replace_strict(known, return_dtype=pl.Datetime("us"))


def _exact(table: pl.DataFrame, column: str, item: str, units: Mapping[str, str] | None, ratio: Ratio) -> pl.DataFrame:
    """One value column as exact thousandths; trouble is an error here."""
    series = table[column]
    if series.dtype.is_float():
        series = series.fill_nan(None)
    values, troubles = convert(series, *scale_of(item, (units or {}).get(item)), ratio=ratio if item in GASES else WHOLE)
    bad: list[Trouble] = [each for each in troubles if each.rule]
    if bad:
        row = table.row(bad[0].row, named=True)
        raise InputError(
            f"{len(bad)} values of {item} cannot be used; the first is {bad[0].text!r} of {row['subject']} at {row['time']:%Y-%m-%d %H:%M} "
            f"({bad[0].rule}). Replace what is no value by null, then call again."
        )
    fixed = {each.row: each.value for each in troubles}
    if fixed:
        values = values.scatter(list(fixed), list(fixed.values()))
    keep = [name for name in ("subject", "time", "synthetic") if name in table.columns]
    return table.select(keep).with_columns(values.alias(column))
