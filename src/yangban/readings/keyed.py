"""Rows with a key laid over rows: the last value wins, a blank never erases, every cell is accounted for.

For the media whose rows have a key of their own: sound (point, time, span) and species (record).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import polars as pl

_STORED: Final = -1


@dataclass(frozen=True)
class Shape:
    """The columns of a kind of table: its key, the cells that are counted, what is carried along, and all with their types."""

    ids: tuple[str, ...]
    cells: tuple[str, ...]
    carried: tuple[str, ...]
    schema: pl.Schema


@dataclass(frozen=True)
class Laid:
    """``rows`` is the whole table after the merge, ``changed`` whether it differs from the one before.

    ``counts`` has ``file, duplicate, corrected`` in cells; ``corrections`` lists ``file, subject, time, item, old, new`` as text.
    """

    rows: pl.DataFrame
    changed: bool
    counts: pl.DataFrame
    corrections: pl.DataFrame


def lay(old: pl.DataFrame, new: pl.DataFrame, shape: Shape, *, received: Any) -> Laid:
    """Lay ``new`` (with ``file``, a number not below 0, in the order of receipt) over ``old``, which has the whole schema."""
    ids, cells = list(shape.ids), list(shape.cells)
    columns = shape.schema.names()
    fresh = new.with_columns(pl.lit(received).cast(shape.schema["received"]).alias("received")).select("file", *columns)
    hit = old.join(fresh.select(ids).unique(), on=ids, how="semi").with_columns(pl.lit(_STORED, dtype=pl.Int32).alias("file"))
    rows = pl.concat([hit.select("file", *columns), fresh]).with_row_index("at").sort(*ids, "at")
    told = rows.with_columns(pl.col(each).forward_fill().shift(1).over(ids).alias(f"was_{each}") for each in cells)
    counted = told.filter(pl.col("file") != _STORED)
    both = [pl.col(each).is_not_null() & pl.col(f"was_{each}").is_not_null() for each in cells]
    same = [seen & (pl.col(each) == pl.col(f"was_{each}")) for seen, each in zip(both, cells, strict=True)]
    other = [seen & (pl.col(each) != pl.col(f"was_{each}")) for seen, each in zip(both, cells, strict=True)]
    counts = counted.group_by("file").agg(
        pl.sum_horizontal(each.sum() for each in same).alias("duplicate"),
        pl.sum_horizontal(each.sum() for each in other).alias("corrected"),
    )
    corrections = pl.concat(
        counted.filter(differs).select(
            "file",
            "subject",
            "time",
            pl.lit(each).alias("item"),
            pl.col(f"was_{each}").cast(pl.String).alias("old"),
            pl.col(each).cast(pl.String).alias("new"),
        )
        for differs, each in zip(other, cells, strict=True)
    )
    filled = rows.with_columns(pl.col(each).forward_fill().over(ids) for each in (*cells, *shape.carried) if each not in ids)
    final = filled.group_by(ids, maintain_order=True).last().select(columns)
    told_apart = [each for each in columns if each != "received"]
    fresh_rows = final.join(hit.select(told_apart), on=told_apart, how="anti", nulls_equal=True)
    if not fresh_rows.height:
        return Laid(old, False, counts, corrections)
    kept = old.join(fresh_rows.select(ids), on=ids, how="anti")
    return Laid(pl.concat([kept, fresh_rows]), True, counts, corrections)
