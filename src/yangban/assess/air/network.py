"""From stations to the city or county that they stand for, by the dated registry of stations.

Stations first (the default): each station's day value, then the mean over the stations that have a valid one. Hours first: each hour's
mean over the stations, then the day from those hours. The order is from memory (standards notes A5): HJ 663 itself is not at hand.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import gcd, lcm
from typing import Final, TypeVar

import polars as pl

from yangban.assess.air.daily import DAY_COLUMNS, KEYS, slot
from yangban.assess.air.rules import MEAN_ITEMS, SLOTS, ShareRules, day_rules, index_decimals, share_rules
from yangban.base.exact import half_even
from yangban.base.pollutants import AIR_SIX, HOURLY_SIX
from yangban.standards import AirEdition

EVALUATION: Final = "evaluation"
"""The role of a station that counts for its place; background and control stations do not."""

_PERCENT: Final = 100


def members(registry: pl.DataFrame, level: str) -> pl.DataFrame:
    """The evaluation stations of every city or county: ``station, place, valid_from, valid_to``."""
    held = registry.filter((pl.col("role") == EVALUATION) & (pl.col(level).fill_null("") != ""))
    return held.select("station", pl.col(level).alias("place"), "valid_from", "valid_to")


def _holding(rows: pl.LazyFrame) -> pl.LazyFrame:
    """Keep what the registry says of the row's own day; both ends count."""
    started = pl.col("valid_from").is_null() | (pl.col("valid_from") <= pl.col("day"))
    going = pl.col("valid_to").is_null() | (pl.col("day") <= pl.col("valid_to"))
    return rows.filter(started & going)


def _registered(of: pl.DataFrame, days: pl.LazyFrame) -> pl.LazyFrame:
    """How many evaluation stations each place has on each day, whether or not they report."""
    return _holding(days.select("day").unique().join(of.lazy(), how="cross")).group_by("place", "day").agg(of=pl.len().cast(pl.Int32))


def _enough(valid: pl.Expr, rules: ShareRules) -> pl.Expr:
    """At least 75 % of the stations, or 50 % where there are fewer than 4 (HJ 663, from memory)."""
    share = pl.when(pl.col("of") < rules.small_below).then(rules.small_share).otherwise(rules.share)
    return (valid > 0) & (valid * _PERCENT >= pl.col("of") * share)


def is_enough(valid: int, of: int, rules: ShareRules) -> bool:
    """Whether so many of a place's stations stand for it: :func:`_enough` for a single place and hour."""
    return valid > 0 and valid * _PERCENT >= of * (rules.small_share if of < rules.small_below else rules.share)


def _total(item: str) -> str:
    return "o3_8h_best" if item == "o3_8h" else f"{item}_sum"


def _count(item: str) -> str:
    return "o3_8h_windows" if item == "o3_8h" else f"{item}_hours"


def _parts(scale: int, counts: set[int]) -> pl.Series:
    """``scale / k`` for each count ``k`` that stands under a mean, as a table to look it up in."""
    return pl.Series([scale // k if k in counts else 0 for k in range(max(counts, default=0) + 1)], dtype=pl.Int128)


def _over(total: pl.Expr, count: pl.Expr, parts: pl.Series) -> pl.Expr:
    """``total / count`` over the common denominator; a count outside the table belongs to no valid mean."""
    return total.cast(pl.Int128) * pl.lit(parts).gather(pl.min_horizontal(count, len(parts) - 1))


def places_from_stations(stations: pl.LazyFrame, registry: pl.DataFrame, edition: AirEdition, *, level: str) -> pl.DataFrame:
    """Station days to city (or county) days, stations first.

    Takes rows of :func:`~yangban.assess.air.daily.day_values` for stations. Gives rows of the same shape with ``origin`` ``stations``:
    ``p_sum`` (for ozone ``o3_8h_best``) is the sum of the valid stations' ticks, ``p_hours`` (``o3_8h_windows``) how many they are, ``of``
    how many are registered; ``p_ticks`` is their mean where enough are valid, over the common denominator ``scale``.
    """
    rules, share = day_rules(edition), share_rules(edition)
    of = members(registry, level)
    joined = _holding(stations.join(of.lazy(), left_on="subject", right_on="station"))
    summed = joined.group_by("place", "basis", "day").agg(
        pl.col("network").min(),
        pl.col("synthetic").any(),
        pl.col("excluded").sum(),
        *(pl.col(f"{p}_ticks").sum().alias(_total(p)) for p in AIR_SIX),
        *(pl.col(f"{p}_ticks").count().cast(pl.Int64).alias(_count(p)) for p in AIR_SIX),
    )
    counted = summed.join(_registered(of, stations), on=["place", "day"]).collect()
    judged = counted.with_columns(_enough(pl.col(_count(p)), share).alias(f"{p}_enough") for p in AIR_SIX)
    counts = {k for p in AIR_SIX for k in judged.filter(f"{p}_enough")[_count(p)].unique()}
    scale = lcm(*counts)
    parts = _parts(scale, counts)
    steps = {p: rules.per_unit // 10 ** index_decimals(edition, p) for p in AIR_SIX}
    return (
        judged.with_columns(
            **{f"{p}_ticks": pl.when(f"{p}_enough").then(_over(pl.col(_total(p)), pl.col(_count(p)), parts)) for p in AIR_SIX},
            **{p: pl.when(f"{p}_enough").then(half_even(pl.col(_total(p)), pl.col(_count(p)) * steps[p])).cast(pl.Int32) for p in AIR_SIX},
        )
        .with_columns(
            *(pl.when(pl.col(_count(p)) > 0).then(pl.col(_total(p))).alias(_total(p)) for p in AIR_SIX),
            *(pl.col(_count(p)).cast(pl.Int32) for p in AIR_SIX),
            level=pl.lit(level),
            scale=pl.lit(scale, dtype=pl.Int64),
            parts=pl.lit(1, dtype=pl.Int64),
            origin=pl.lit("stations"),
        )
        .with_columns(subject=pl.col("place"))
        .select(DAY_COLUMNS)
    )


def hours_of_places(lake: pl.LazyFrame, registry: pl.DataFrame, edition: AirEdition, *, level: str) -> pl.DataFrame:
    """Station hours to city (or county) hours: the option hours first.

    Takes the lake's station rows and gives rows of the same shape for places, with slots in Int128 over the common denominator ``scale``;
    an hour counts where enough of the registered stations have it. :func:`~yangban.assess.air.daily.day_values` goes on from there.
    """
    share = share_rules(edition)
    of = members(registry, level)
    left_out = [name for name in ("excluded",) if name in lake.collect_schema()]
    names = [slot(p, h) for p in HOURLY_SIX for h in range(1, SLOTS + 1)]
    joined = _holding(lake.join(of.lazy(), left_on="subject", right_on="station"))
    summed = joined.group_by("place", "basis", "day").agg(
        pl.col("network").min(),
        pl.col("synthetic").any(),
        *(pl.col(name).sum() for name in left_out),
        *(pl.col(name).cast(pl.Int64).sum() for name in names),
        *(pl.col(name).count().cast(pl.Int64).alias(f"{name}_n") for name in names),
    )
    counted = summed.join(_registered(of, lake), on=["place", "day"]).collect()
    enough = counted.select(pl.when(_enough(pl.col(f"{name}_n"), share)).then(pl.col(f"{name}_n")).alias(name) for name in names)
    counts = {k for name in names for k in enough[name].drop_nulls().unique()}
    scale = lcm(*counts)
    parts = _parts(scale, counts)
    means = {name: pl.when(_enough(pl.col(f"{name}_n"), share)).then(_over(pl.col(name), pl.col(f"{name}_n"), parts)) for name in names}
    return (
        counted.with_columns(**means, level=pl.lit(level), scale=pl.lit(scale, dtype=pl.Int64))
        .with_columns(subject=pl.col("place"))
        .select(*KEYS, "scale", *left_out, *names)
    )


def together(direct: pl.DataFrame, *networks: pl.DataFrame) -> pl.DataFrame:
    """Rows computed from stations beside rows that came as they are; a place's own stations win on their days."""
    made = [n for n in networks if n.height]
    if not made:
        return direct
    keys = ["subject", "basis", "day"]
    rest = direct.join(pl.concat([n.select(keys) for n in made]), on=keys, how="anti")
    return one_scale([rest, *made])


def one_scale(frames: Sequence[pl.DataFrame]) -> pl.DataFrame:
    """Frames of day rows in one frame, their ticks over one common ``scale``."""
    scales = {n for frame in frames for n in frame["scale"].unique()}
    if len(scales) <= 1 and len({frame.schema["pm25_ticks"] for frame in frames}) == 1:
        return pl.concat(frames)
    scale = lcm(*scales)
    return pl.concat([rescaled(frame, scale) for frame in frames])


Rows = TypeVar("Rows", pl.DataFrame, pl.LazyFrame)


def rescaled(rows: Rows, scale: int) -> Rows:
    """The same values over another common denominator; sums keep their own ``parts``."""
    times = pl.lit(scale, dtype=pl.Int128) // pl.col("scale").cast(pl.Int128)
    return rows.with_columns(
        *((pl.col(f"{p}_ticks").cast(pl.Int128) * times).alias(f"{p}_ticks") for p in AIR_SIX),
        *(pl.col(f"{p}_sum").cast(pl.Int128) for p in MEAN_ITEMS),
        pl.col("o3_8h_best").cast(pl.Int128),
        *(pl.col(_count(p)).cast(pl.Int32) for p in AIR_SIX),
        scale=pl.lit(scale, dtype=pl.Int64),
    )


def to_scale(rows: pl.DataFrame, scale: int) -> pl.DataFrame:
    """The same values over a common denominator that every mean in the rows divides, larger or smaller than their own.

    Exact where ``scale`` is a multiple of what :func:`scale_of` gives: a tick is ``total x own / count``, and ``count`` divides both.
    """
    owns = rows["scale"].unique().to_list()
    if owns == [scale] or rows.is_empty():
        return rows
    parts = [rows.filter(pl.col("scale") == own) if len(owns) > 1 else rows for own in sorted(owns)]
    return pl.concat([_of_one(part, int(own), scale) for own, part in zip(sorted(owns), parts, strict=True)])


def _of_one(rows: pl.DataFrame, own: int, scale: int) -> pl.DataFrame:
    shared = gcd(own, scale)
    down, up = (pl.lit(n // shared, dtype=pl.Int128) for n in (own, scale))
    ticks = ((pl.col(f"{p}_ticks").cast(pl.Int128) // down * up).alias(f"{p}_ticks") for p in AIR_SIX)
    return rows.with_columns(*ticks, scale=pl.lit(scale, dtype=pl.Int64))


def scale_of(rows: pl.DataFrame) -> int:
    """The common denominator of rows made stations first: the least that each count of stations under a valid mean divides."""
    made = rows.filter(pl.col("origin") == "stations")
    counts = {int(k) for p in AIR_SIX for k in made.filter(pl.col(f"{p}_ticks").is_not_null())[_count(p)].unique()}
    return lcm(*counts)


def one_part(rows: pl.DataFrame) -> pl.DataFrame:
    """Rows of places made hours first, their sums over one common denominator ``parts``."""
    parts = lcm(*(int(n) for n in rows["parts"].unique()))
    times = pl.lit(parts, dtype=pl.Int128) // pl.col("parts").cast(pl.Int128)
    sums = ("o3_8h_best", *(f"{p}_sum" for p in MEAN_ITEMS))
    return rows.with_columns(*((pl.col(name).cast(pl.Int128) * times).alias(name) for name in sums), parts=pl.lit(parts, dtype=pl.Int64))
