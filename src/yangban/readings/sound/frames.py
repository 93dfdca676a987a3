"""The shape of the lake's table of sound: one row per point, time and span, levels in thousandths of dB(A).

A point is ``sound:<code of its place>:<kind>:<name>``. ``time`` is naive Beijing time: of an hour its END, of a day-time or night-time
value 00:00 of the day on which it begins. ``span`` is ``hour``, ``day`` or ``night`` (昼间, 夜间). ``kind`` says what is monitored there:
``area`` grid points, ``road`` segments, ``zone`` points of functional zones. ``klass`` is the class of the functional zone (0 to 4b),
``length`` that of the road segment in thousandths of a metre.
"""

from __future__ import annotations

from typing import Any, Final

import polars as pl

TIME: Final = pl.Datetime("us")
SPANS: Final = ("hour", "day", "night")
KINDS: Final = ("area", "road", "zone")
LEVELS: Final = ("leq", "lmax")
"""The value columns: equivalent level, largest level of the span."""

CARRIED: Final = ("kind", "klass", "region", "length")
"""What a row says of its point."""

IDS: Final = ("subject", "time", "span")

_COLUMNS: Final[dict[str, Any]] = {
    "subject": pl.String,
    "time": TIME,
    "span": pl.String,
    "basis": pl.String,
    "network": pl.String,
    "synthetic": pl.Boolean,
    "received": pl.Datetime("us", "UTC"),
    "kind": pl.String,
    "klass": pl.String,
    "region": pl.String,
    "length": pl.Int64,
    "leq": pl.Int64,
    "lmax": pl.Int64,
}

SCHEMA: Final = pl.Schema(_COLUMNS)
"""Columns and types of :meth:`yangban.readings.lake.Lake.sound`, in order."""
