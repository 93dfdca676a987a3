"""The daily AQI of a whole frame of ready days: the rule of :mod:`~yangban.assess.air.index`, looked up for every row at once."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any, Final

import polars as pl

from yangban.assess.air.index import day_table, is_primary, is_publishable
from yangban.assess.air.rules import index_decimals, index_rules
from yangban.base.errors import UsageError
from yangban.base.exact import half_even
from yangban.base.pollutants import AIR_SIX
from yangban.standards import AirEdition

MICRO: Final = 1_000_000
_NEAR: Final = 1e-3
_BEYOND: Final = 1_000_000_000


def steps(value: Any, dtype: pl.DataType, decimals: int, scale: Fraction) -> Any:
    """A column of concentrations to whole reporting steps, rounded once, half to even.

    Integers and decimals are exact as they are. A float stands for the decimal that it prints as: one with up to six decimals is taken
    exactly; of a longer one only the side of the tie matters, which half a millionth beside the tie keeps.
    """
    den = 10**decimals
    if dtype.is_integer():
        steps_of: pl.Expr = half_even(value.cast(pl.Int64).clip(upper_bound=_BEYOND) * (scale.numerator * den), scale.denominator)
        return steps_of
    if isinstance(dtype, pl.Decimal):
        shift = 10**dtype.scale
        whole = (value * shift).cast(pl.Int128)
        return half_even(whole * (scale.numerator * den), scale.denominator * shift)
    micro = value.cast(pl.Float64).clip(upper_bound=_BEYOND) * MICRO
    nearest = micro.round()
    exact = (micro - nearest).abs() < _NEAR
    doubled = pl.when(exact).then(nearest.cast(pl.Int64) * 2).otherwise(micro.floor().cast(pl.Int64) * 2 + 1)
    return half_even(doubled * (scale.numerator * den), 2 * MICRO * scale.denominator)


def frame_aqi(days: pl.DataFrame, edition: AirEdition, *, scales: Mapping[str, Fraction]) -> pl.DataFrame:
    """Add IAQI, AQI, level, category, primary pollutants and status to a frame of days.

    Takes columns out of ``pm25 pm10 so2 no2 co o3_8h``, at least one; nulls and NaN are missing values.
    """
    items = [item for item in AIR_SIX if item in days.columns]
    if not items:
        raise UsageError(f"no column of {', '.join(AIR_SIX)} among {', '.join(days.columns)}")
    for item in items:
        if not days[item].dtype.is_numeric():
            raise UsageError(f"column {item} is {days[item].dtype}, expected numbers (yangban aqi --input reads text with marks and gaps)")
        lowest = days[item].fill_nan(None).min() if days[item].dtype.is_float() else days[item].min()
        if lowest is not None and lowest < 0:  # type: ignore[operator]
            raise UsageError(f"column {item} holds {lowest!r}: a concentration is never negative; make missing values null first")
    indices = []
    for item in items:
        dtype = days[item].dtype
        value = pl.col(item).fill_nan(None) if dtype.is_float() else pl.col(item)
        row = steps(value, dtype, index_decimals(edition, item), scales.get(item, Fraction(1)))
        table = day_table(edition, item)
        indices.append(pl.lit(pl.Series(table, dtype=pl.Int16)).gather(row.clip(upper_bound=len(table) - 1)).alias(f"iaqi_{item}"))
    names = [f"iaqi_{item}" for item in items]
    n = pl.sum_horizontal(*(pl.col(name).is_not_null().cast(pl.Int8) for name in names))
    judged = (
        days.lazy().with_columns(pl.lit(edition.index).alias("edition"), *indices).with_columns(aqi=pl.max_horizontal(*names), n_indices=n)
    )
    aqi = pl.col("aqi")
    lead = pl.sum_horizontal(
        *(is_primary(pl.col(name), aqi, edition).fill_null(value=False).cast(pl.UInt8) * 2**bit for bit, name in enumerate(names))
    )
    words = pl.Series([";".join(item for bit, item in enumerate(items) if mask >> bit & 1) for mask in range(2 ** len(items))])
    levels = edition.levels()
    cap = index_rules(edition).cap
    number = pl.Series(
        [next(level.number for level in levels if level.high is None or k <= level.high) for k in range(cap + 1)], dtype=pl.Int8
    )
    grade = pl.Series([level.grade for level in levels])
    category = pl.Series([level.category for level in levels])
    return (
        judged.with_columns(lead.alias("primary_bits"), (pl.lit(number).gather(aqi) - 1).alias("number"))
        .with_columns(
            pl.lit(grade).gather(pl.col("number")).alias("level"),
            pl.lit(category).gather(pl.col("number")).alias("category"),
            pl.lit(words).gather(pl.col("primary_bits")).alias("primary"),
            pl.when(is_publishable(n_indices=pl.col("n_indices"), aqi=aqi, edition=edition).fill_null(value=False))
            .then(pl.lit("ok"))
            .otherwise(pl.lit("insufficient"))
            .alias("status"),
        )
        .drop("n_indices", "primary_bits", "number")
        .collect()
    )
