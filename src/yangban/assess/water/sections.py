"""Item and section classes of whole frames: the rule of :mod:`~yangban.assess.water.rules` for every row at once.

A section's class is the worst among its assessed items (单因子评价法, 环办〔2011〕22号); total nitrogen and faecal coliform are classed for
reference and temperature never. Frames are of millionths, wide (one column an item) or long (``item``, ``value``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import polars as pl

from yangban.assess.water.rules import KINDS, LAKE, NONE, RIVER, Step, assessed_items, item_class, prepared, reference_items, steps
from yangban.base.errors import UsageError
from yangban.standards import WaterEdition

CLASS: Final = "class"
BITS: Final = "deciding_bits"
COUNT: Final = "n_items"

_Pair = tuple[pl.Expr, Any]


def judged_items(columns: Sequence[str], edition: WaterEdition) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The columns that enter the class, and those that are classed for reference, in the order of GB 3838."""
    present = set(columns)
    return tuple(i for i in assessed_items(edition) if i in present), tuple(i for i in reference_items(edition) if i in present)


def class_expr(item: str, num: Any, den: Any, edition: WaterEdition, *, kind: str | pl.Expr, rounding: str = NONE) -> pl.Expr:
    """The class of an item as an expression; ``kind`` is river or lake, or an expression that is true for lakes.

    ``num / den`` are millionths; where the value is null so is the class.
    """
    num, den = prepared(num, den, edition, item, rounding)

    def classed(limits: tuple[Step, ...]) -> pl.Expr:
        if not limits:
            return pl.lit(None, dtype=pl.Int8)
        found: pl.Expr = item_class(num, den, limits)
        return found.cast(pl.Int8)

    if isinstance(kind, str):
        return classed(steps(edition, item, kind))
    river, lake = (steps(edition, item, each) for each in KINDS)
    if river == lake:
        return classed(river)
    return pl.when(kind).then(classed(lake)).otherwise(classed(river))


def with_classes(
    readings: pl.LazyFrame,
    edition: WaterEdition,
    *,
    kind: str | pl.Expr = RIVER,
    rounding: str = NONE,
    pairs: Mapping[str, _Pair] | None = None,
) -> pl.LazyFrame:
    """Add to a wide frame ``class_<item>`` (1 to 6), ``class``, ``deciding_bits`` and ``n_items``.

    Source: GB 3838-2002 table 1; section class by the worst assessed item, 环办〔2011〕22号. Released automatic readings are classed as
    they are (``rounding="none"``), period assessments rounded by item.

    ``pairs`` gives for each item its ``num`` and ``den``; by default every column that is named like an item holds whole millionths.
    Bit ``k`` of ``deciding_bits`` is the ``k``-th of :func:`~yangban.assess.water.rules.assessed_items`: the items that set the class
    (定类因子), none at class Ⅰ. A row without any assessed item has no class.
    """
    columns = readings.collect_schema().names()
    given: Mapping[str, _Pair] = pairs if pairs is not None else {name: (pl.col(name), 1) for name in columns}
    entering, reference = judged_items(tuple(given), edition)
    if not entering:
        raise UsageError(f"no item of surface water among the columns {', '.join(columns)}; known are {', '.join(assessed_items(edition))}")
    order = {item: bit for bit, item in enumerate(assessed_items(edition))}
    classed = [class_expr(i, *given[i], edition, kind=kind, rounding=rounding).alias(f"class_{i}") for i in (*entering, *reference)]
    names = {item: f"class_{item}" for item in entering}
    worst = pl.max_horizontal(*names.values())
    bits = pl.sum_horizontal(
        *(
            (pl.col(name).eq(pl.col(CLASS)) & (pl.col(CLASS) > 1)).fill_null(value=False).cast(pl.UInt32)
            * pl.lit(2 ** order[item], dtype=pl.UInt32)
            for item, name in names.items()
        )
    )
    count = pl.sum_horizontal(*(pl.col(name).is_not_null().cast(pl.UInt8) for name in names.values()))
    return readings.with_columns(*classed).with_columns(worst.alias(CLASS)).with_columns(bits.alias(BITS), count.alias(COUNT))


def deciding(bits: int, edition: WaterEdition) -> tuple[str, ...]:
    """The items of a ``deciding_bits``, in the order of GB 3838."""
    return tuple(item for place, item in enumerate(assessed_items(edition)) if bits >> place & 1)


def with_words(classed: pl.DataFrame, edition: WaterEdition) -> pl.DataFrame:
    """Add ``deciding``: the words of the items that set the class, joined by ``;``; each pattern is spelled out once."""
    masks = classed[BITS].unique()
    table = pl.DataFrame({BITS: masks, "deciding": [";".join(deciding(mask, edition)) for mask in masks.fill_null(0)]})
    return classed.join(table, on=BITS, how="left", maintain_order="left")


def long_item_classes(readings: pl.LazyFrame, edition: WaterEdition, *, kind: str | pl.Expr = RIVER, rounding: str = NONE) -> pl.LazyFrame:
    """Add ``class`` to a long frame (``item``, ``value`` in millionths), null for items without limits.

    The same rule as for wide frames, one branch an item.
    """
    known = (*assessed_items(edition), *reference_items(edition))
    chosen = pl.lit(None, dtype=pl.Int8)
    for item in known:
        chosen = (
            pl.when(pl.col("item") == item)
            .then(class_expr(item, pl.col("value"), 1, edition, kind=kind, rounding=rounding))
            .otherwise(chosen)
        )
    return readings.with_columns(chosen.alias(CLASS))


def long_section_classes(
    readings: pl.LazyFrame, edition: WaterEdition, *, by: Sequence[str], kind: str | pl.Expr = RIVER, rounding: str = NONE
) -> pl.LazyFrame:
    """The section class from a long frame, one row for each combination of ``by``: ``class``, ``deciding`` (a list) and ``n_items``."""
    entering = list(assessed_items(edition))
    judged = long_item_classes(readings.filter(pl.col("item").is_in(entering)), edition, kind=kind, rounding=rounding)
    leads = (pl.col(CLASS) == pl.col(CLASS).max()) & (pl.col(CLASS) > 1)
    return (
        judged.drop_nulls(CLASS)
        .group_by(*by)
        .agg(pl.col("item").filter(leads).unique().sort().alias("deciding"), pl.col("item").n_unique().alias(COUNT), pl.col(CLASS).max())
    )


def lake_flag(column: str) -> pl.Expr:
    """An expression that is true where a text column says lake."""
    return pl.col(column) == LAKE
