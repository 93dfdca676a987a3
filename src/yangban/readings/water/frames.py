"""The shape of the lake's water table: one row per section, time and basis, one whole number per item.

``time`` is naive Beijing time; a monthly table lies on the first of its month, a sample without a clock time on 00:00 of its day. Values
are millionths of each item's unit (:mod:`yangban.base.water_items`), Int64, null = no value. ``released`` is when the source put the
row out (the time of the snapshot); null where only the order of receipt is known. ``published`` is the class as the source printed it,
kept for comparison and never assessed; ``state`` is what the source says of the station (正常, 维护, …), of a drinking-water source what
it draws from (河流, 湖库, 地下水). ``volume`` is no quality: what was drawn from a drinking-water source in the month.
"""

from __future__ import annotations

from typing import Any, Final

import polars as pl

from yangban.base.water_items import WATER_ITEMS, water_item

ITEMS: Final = tuple(each.code for each in WATER_ITEMS)
"""The value columns, in the order of the items of water."""

BASES: Final = ("auto", "manual", "monthly")
"""Automatic station, sample taken by hand, table of monthly means; they never mix in one row."""

TIME: Final = pl.Datetime("us")

KEYS: Final[dict[str, Any]] = {
    "subject": pl.String,
    "time": TIME,
    "basis": pl.String,
    "network": pl.String,
    "synthetic": pl.Boolean,
    "received": pl.Datetime("us", "UTC"),
    "released": TIME,
}

SCHEMA: Final = pl.Schema({**KEYS, **dict.fromkeys(ITEMS, pl.Int64), "below": pl.Int64, "published": pl.String, "state": pl.String})
"""Columns and types of :meth:`yangban.readings.lake.Lake.water`, in order."""


def bit(item: str) -> int:
    """The bit of an item in the column ``below``: its value there is half of a detection limit.

    >>> bit("temperature"), bit("ph")
    (1, 2)
    """
    return 1 << ITEMS.index(water_item(item).code)


def is_below(item: str) -> pl.Expr:
    """Whether the value of an item is half of a detection limit that it lay below."""
    return (pl.col("below") & bit(item)) != 0
