"""A month's readings of a section from several sources: automatic data for what stations measure, manual data for the rest.

Where a month has automatic data of an item of automatic stations, they go before manual data (环办监测函〔2020〕82号); for the other
items manual data go before. What the preferred source does not have is taken from the next one. Nothing is averaged here: the frames go
to the kernel, and each value keeps its source.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Final

import polars as pl

from yangban.base.errors import UsageError
from yangban.readings.water.frames import ITEMS, is_below

MERGED: Final = "merged"
AUTO_ONLY: Final = "auto_only"
SCOPES: Final = (MERGED, AUTO_ONLY)

IN_SERVICE: Final = "正常"
"""The word by which releases say that a station works."""

_COLUMNS: Final[dict[str, Any]] = {
    "section": pl.String,
    "month": pl.Date,
    "item": pl.String,
    "time": pl.Datetime("us"),
    "value": pl.Int64,
    "below": pl.Boolean,
    "source": pl.String,
    "synthetic": pl.Boolean,
}
LONG: Final = pl.Schema(_COLUMNS)
"""Columns and types of :func:`merged`."""


def by_month(rows: pl.LazyFrame, *, in_service: bool = False) -> pl.LazyFrame:
    """Rows of the lake with ``section`` and ``month`` (its first day) in place of ``subject``; the items stay columns.

    ``in_service`` leaves out automatic readings whose station was not stated to work (维护, 不具备运行条件); a reading of which the source
    says nothing stays. Without it every released value counts, since no rule is known that calls those invalid.
    """
    table = rows.with_columns(pl.col("time").dt.date().dt.month_start().alias("month")).rename({"subject": "section"})
    if not in_service:
        return table
    return table.filter((pl.col("basis") != "auto") | pl.col("state").is_null() | (pl.col("state") == IN_SERVICE))


def merged(rows: pl.LazyFrame, *, auto_items: Collection[str], scope: str = MERGED, in_service: bool = False) -> pl.LazyFrame:
    """One row a section, month, item and time, each from the one source that the month's value of the item rests on: :data:`LONG`.

    ``rows`` has the shape of the lake's water, ``auto_items`` are the items of automatic stations (rule ``auto.items`` of the book).
    ``scope="auto_only"`` takes automatic data alone. Values are millionths of each item's unit. Raises
    :class:`~yangban.base.errors.UsageError` for an unknown scope.

    >>> frame = pl.LazyFrame({"subject": ["section:360000:甲"] * 2, "time": ["2022-06-01", "2022-06-02"], "basis": ["auto", "manual"],
    ...     "ph": [7, 8], "cod": [None, 9], "below": [0, 0], "synthetic": [False, False]})
    >>> frame = frame.with_columns(pl.col("time").str.to_datetime())
    >>> merged(frame, auto_items=("ph",)).select("item", "value", "source").collect().rows()
    [('ph', 7, 'auto'), ('cod', 9, 'manual')]
    """
    if scope not in SCOPES:
        raise UsageError(f"unknown scope {scope!r}; expected one of {', '.join(SCOPES)}")
    table = by_month(rows, in_service=in_service)
    if scope == AUTO_ONLY:
        table = table.filter(pl.col("basis") == "auto")
    present = table.collect_schema().names()
    parts = [_of_item(table, item, first=item in auto_items) for item in ITEMS if item in present]
    if not parts:
        return pl.LazyFrame(schema=LONG)
    return pl.concat(parts)


def _of_item(table: pl.LazyFrame, item: str, *, first: bool) -> pl.LazyFrame:
    order = ("auto", "manual", "monthly") if first else ("manual", "monthly", "auto")
    rank = pl.col("basis").replace_strict({basis: n for n, basis in enumerate(order)}, return_dtype=pl.Int8)
    held = table.filter(pl.col(item).is_not_null()).with_columns(rank.alias("rank"))
    chosen = held.filter(pl.col("rank") == pl.col("rank").min().over("section", "month"))
    return chosen.sort("section", "time").select(
        "section",
        "month",
        pl.lit(item).alias("item"),
        pl.col("time").cast(pl.Datetime("us")),
        pl.col(item).alias("value"),
        is_below(item).alias("below"),
        pl.col("basis").alias("source"),
        "synthetic",
    )
