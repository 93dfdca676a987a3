"""From the hours of an official day to its values and indices: row arithmetic on the lake's day rows, exact in int64.

Bounds: a reading is below 2^31 thousandths (the lake refuses more), a sum of 24 below 2^36, and ticks (thousandths x 212,520) below 2^49;
``tests/assess/test_bounds.py`` proves that nothing here can leave int64.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import polars as pl

from yangban.assess.air.index import day_table, is_primary, is_publishable
from yangban.assess.air.rules import MEAN_ITEMS, SLOTS, DayRules, day_rules, index_decimals
from yangban.base.exact import half_even
from yangban.base.pollutants import AIR_SIX
from yangban.standards import AirEdition

KEYS: Final = ("subject", "level", "network", "basis", "day", "synthetic")
"""What names a day row."""


DAY_COLUMNS: Final = (
    *KEYS,
    "origin",
    "of",
    "excluded",
    "scale",
    "parts",
    *(f"{p}_{part}" for p in MEAN_ITEMS for part in ("sum", "hours")),
    "o3_8h_best",
    "o3_8h_windows",
    *(f"{p}_ticks" for p in AIR_SIX),
    *AIR_SIX,
)
"""The columns of a day row, in the order in which every function that makes day rows gives them."""


def slot(item: str, hour: int) -> str:
    """The lake's column of one hour of one item; ``hour`` is the label of its end, 1 to 24."""
    return f"{item}_{hour:02d}"


def day_values(lake: pl.LazyFrame, edition: AirEdition) -> pl.LazyFrame:
    """Hours to day values: valid means and the valid daily maximum 8-hour mean of ozone.

    Takes the lake's day rows; an integer column ``scale`` says that slots are counted in so many parts of a thousandth (hours averaged
    over stations), ``excluded`` how many values of the day a named person has left out. Gives, for each item ``p`` of the six, ``p_ticks``
    (the exact valid value, null when invalid; ticks of :class:`~yangban.assess.air.rules.DayRules` times ``scale``) and ``p`` (the same
    rounded to reporting steps); for the means ``p_sum`` (thousandths) and ``p_hours`` and for ozone ``o3_8h_best`` (ticks of the largest
    valid window) and ``o3_8h_windows``, valid or not; ``parts`` (the scale of the sums), ``excluded``, ``origin`` (``hours``) and ``of``
    (0), which :mod:`~yangban.assess.air.network` and :func:`table_values` fill otherwise.

    GB 3095 table 4: a daily mean needs at least 20 hours, an 8-hour mean 6. HJ 663 6.1.2: the windows that end at 08:00 to 24:00, at least
    14 of them, or fewer when the value is above the limit anyway.
    """
    rules = day_rules(edition)
    schema = lake.collect_schema()
    scaled = "scale" in schema
    whole = pl.Int128() if scaled else pl.Int64()
    optional = [name for name in ("scale", "excluded") if name in schema]
    counted = lake.select(*KEYS, *optional, *(_sum_and_count(p, whole) for p in MEAN_ITEMS), *_ozone_windows(rules, whole)).unnest(
        *(f"{p}_of_day" for p in MEAN_ITEMS)
    )
    best = counted.with_columns(
        o3_8h_best=pl.max_horizontal(*(_window(end) for end in _ends(rules))),
        o3_8h_windows=pl.sum_horizontal(*(pl.col(_window(end)).is_not_null().cast(pl.Int32) for end in _ends(rules))),
        **{f"{p}_ticks": _mean_ticks(p, rules) for p in MEAN_ITEMS},
    ).drop(*(_window(end) for end in _ends(rules)))
    ticks = {p: "o3_8h_best" if p == "o3_8h" else f"{p}_ticks" for p in AIR_SIX}
    parts = pl.col("scale").cast(pl.Int128) if scaled else 1
    rounded = best.with_columns(**{p: _steps(name, p, edition, rules, parts) for p, name in ticks.items()})
    valid_ozone = _ozone_is_valid(rules)
    return rounded.with_columns(
        *([] if scaled else [pl.lit(1, dtype=pl.Int64).alias("scale")]),
        *([] if "excluded" in schema else [pl.lit(0, dtype=pl.Int32).alias("excluded")]),
        parts=pl.col("scale") if scaled else pl.lit(1, dtype=pl.Int64),
        o3_8h_ticks=pl.when(valid_ozone).then(pl.col("o3_8h_best")),
        o3_8h=pl.when(valid_ozone).then(pl.col("o3_8h")),
        origin=pl.lit("hours"),
        of=pl.lit(0, dtype=pl.Int32),
    ).select(DAY_COLUMNS)


def table_values(table: pl.LazyFrame, edition: AirEdition) -> pl.LazyFrame:
    """Ready day values (a table of days, such as an audited one) in the shape that :func:`day_values` gives.

    Takes the keys and ``pm25 pm10 so2 no2 co o3_8h`` in thousandths; each value there is valid, since its source says so; ``origin`` is
    ``table``.
    """
    rules = day_rules(edition)
    valued = table.select(*KEYS, *(pl.col(p).cast(pl.Int64).alias(f"{p}_given") for p in AIR_SIX)).with_columns(
        **{f"{p}_ticks": pl.col(f"{p}_given") * rules.ticks for p in AIR_SIX}
    )
    return valued.with_columns(
        **{p: _steps(f"{p}_ticks", p, edition, rules, 1) for p in AIR_SIX},
        **{f"{p}_sum": pl.col(f"{p}_given") for p in MEAN_ITEMS},
        **{f"{p}_hours": pl.col(f"{p}_given").is_not_null().cast(pl.Int32) for p in MEAN_ITEMS},
        o3_8h_best=pl.col("o3_8h_ticks"),
        o3_8h_windows=pl.col("o3_8h_given").is_not_null().cast(pl.Int32),
        scale=pl.lit(1, dtype=pl.Int64),
        parts=pl.lit(1, dtype=pl.Int64),
        excluded=pl.lit(0, dtype=pl.Int32),
        origin=pl.lit("table"),
        of=pl.lit(1, dtype=pl.Int32),
    ).select(DAY_COLUMNS)


def _sum_and_count(item: str, whole: pl.DataType) -> pl.Expr:
    hours = [pl.col(slot(item, hour)) for hour in range(1, SLOTS + 1)]
    return pl.struct(
        pl.sum_horizontal(hour.cast(whole) for hour in hours).alias(f"{item}_sum"),
        pl.sum_horizontal(hour.is_not_null().cast(pl.Int32) for hour in hours).alias(f"{item}_hours"),
    ).alias(f"{item}_of_day")


def _mean_ticks(item: str, rules: DayRules) -> pl.Expr:
    """The valid mean in ticks: its denominator divides ``rules.ticks``, so the product is a whole number."""
    return pl.col(f"{item}_sum") * _ticks_over(pl.col(f"{item}_hours"), range(rules.hours, SLOTS + 1), rules)


def _ticks_over(count: pl.Expr, counts: range, rules: DayRules) -> pl.Expr:
    """``rules.ticks`` divided by the count, null where the count is not among those that may stand under a mean."""
    scale = pl.lit(None, dtype=pl.Int64)
    for n in counts:
        scale = pl.when(count == n).then(pl.lit(rules.ticks // n, dtype=pl.Int64)).otherwise(scale)
    return scale


def _window(end: int) -> str:
    return f"o3_8h_to_{end:02d}"


def _ends(rules: DayRules) -> range:
    return range(rules.first_end, rules.last_end + 1)


def _ozone_windows(rules: DayRules, whole: pl.DataType) -> list[pl.Expr]:
    """The 8-hour means in ticks, null where a window has too few hours."""
    exprs = []
    for end in _ends(rules):
        hours = [pl.col(slot("o3", hour)) for hour in range(end - rules.window_length + 1, end + 1)]
        count = pl.sum_horizontal(hour.is_not_null().cast(pl.Int32) for hour in hours)
        total = pl.sum_horizontal(hour.cast(whole) for hour in hours)
        exprs.append((total * _ticks_over(count, range(rules.window_hours, rules.window_length + 1), rules)).alias(_window(end)))
    return exprs


def _steps(ticks: str, item: str, edition: AirEdition, rules: DayRules, scale: Any) -> pl.Expr:
    """Round to reporting steps, half to even (GB/T 8170)."""
    return half_even(pl.col(ticks), rules.per_unit // 10 ** index_decimals(edition, item) * scale).cast(pl.Int32)


def _ozone_is_valid(rules: DayRules) -> pl.Expr:
    enough = pl.col("o3_8h_windows") >= rules.windows
    return enough if rules.over_limit is None else enough | (pl.col("o3_8h") > rules.over_limit)


def day_indices(days: pl.LazyFrame, editions: Sequence[AirEdition]) -> pl.LazyFrame:
    """Day values to AQI under each edition, in one pass.

    Adds per edition ``aqi@family`` (given whenever one item is valid), ``counts@family`` (it may be used: all six are valid or it is above
    100) and ``primary@family`` (bits of the primary pollutants in the order of ``AIR_SIX``).
    HJ 633-2012 and HJ 633-2026, sections 4.2 to 4.4.
    """
    for edition in editions:
        days = _with_index(days, edition)
    return days


def _with_index(days: pl.LazyFrame, edition: AirEdition) -> pl.LazyFrame:
    tag = edition.family
    indexed = days.with_columns(**{f"iaqi_{p}@{tag}": _looked_up(p, edition) for p in AIR_SIX})
    columns = [f"iaqi_{p}@{tag}" for p in AIR_SIX]
    judged = indexed.with_columns(
        pl.max_horizontal(*columns).alias(f"aqi@{tag}"),
        pl.sum_horizontal(*(pl.col(c).is_not_null().cast(pl.Int32) for c in columns)).alias("n_indices"),
    )
    aqi = pl.col(f"aqi@{tag}")
    return judged.with_columns(
        is_publishable(n_indices=pl.col("n_indices"), aqi=aqi, edition=edition).fill_null(value=False).alias(f"counts@{tag}"),
        pl.sum_horizontal(
            *(is_primary(pl.col(c), aqi, edition).fill_null(value=False).cast(pl.Int32) * 2**bit for bit, c in enumerate(columns))
        ).alias(f"primary@{tag}"),
    ).drop("n_indices", *columns)


def _looked_up(item: str, edition: AirEdition) -> pl.Expr:
    table = day_table(edition, item)
    return pl.lit(pl.Series(table, dtype=pl.Int16)).gather(pl.col(item).clip(upper_bound=len(table) - 1))
