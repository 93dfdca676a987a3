"""A small reader of the national archive layout: ``date,hour,type,<place>,<place>,…``, one row per hour and item."""

from __future__ import annotations

import csv
import gzip
import io
from datetime import date
from fractions import Fraction
from pathlib import Path

from oracle.air import official_day

_TYPES = {"SO2": "so2", "NO2": "no2", "PM10": "pm10", "PM2.5": "pm25", "CO": "co", "O3": "o3"}

Hours = dict[str, list[Fraction | int | None]]


def read_archive(path: Path, *, scale: int = 1, every: int = 1) -> dict[tuple[str, date], Hours]:
    """``{(place, official day): {pollutant: 24 slots}}``.

    ``scale`` 1 gives fractions in the unit of the file; 1000 gives integers of thousandths (much faster to add up) and refuses a value
    that is no whole number of them. A cell that is no number, or below zero, is no value. A slot that is given twice with different
    values is an error: which one holds is not for an oracle to guess. ``every`` 4 reads every fourth place, in the order of their names.
    """
    raw = path.read_bytes()
    text = (gzip.decompress(raw) if path.suffix == ".gz" else raw).decode("utf-8-sig")
    rows = csv.reader(io.StringIO(text))
    places = next(rows)
    wanted = sorted(range(3, len(places)), key=places.__getitem__)[::every]
    memo: dict[str, Fraction | int | None] = {}
    out: dict[tuple[str, date], Hours] = {}
    for row in rows:
        pollutant = _TYPES.get(row[2])
        if pollutant is None:
            continue
        day, slot = official_day(date(int(row[0][:4]), int(row[0][4:6]), int(row[0][6:])), int(row[1]))
        if len(row) != len(places):
            raise ValueError(f"{path.name}: a row of {len(row)} cells under a head of {len(places)}")
        for place, cell in [(places[n], row[n]) for n in wanted]:
            if cell not in memo:
                memo[cell] = _number(cell, scale)
            value = memo[cell]
            if value is None:
                continue
            hours = out.setdefault((place, day), {p: [None] * 24 for p in _TYPES.values()})[pollutant]
            if hours[slot - 1] not in (None, value):
                raise ValueError(f"{path.name}: {place} {pollutant} {day} slot {slot} is given as {hours[slot - 1]} and as {value}")
            hours[slot - 1] = value
    return out


def _number(cell: str, scale: int) -> Fraction | int | None:
    """One cell as an exact number of 1/``scale``, or nothing."""
    try:
        value = Fraction(cell.strip()) * scale
    except ValueError:
        return None
    if value < 0:
        return None
    if scale == 1:
        return value
    if value.denominator != 1:
        raise ValueError(f"{cell!r} is no whole number of 1/{scale}")
    return value.numerator
