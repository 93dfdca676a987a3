"""Sand-dust left out (沙尘剔除): what a Figure of scope ``dust_excluded`` leaves out and what it keeps."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import polars as pl

from yangban.assess.air.daily import day_indices
from yangban.assess.air.period import monitored
from yangban.base.pollutants import AIR_SIX
from yangban.standards import AirEdition

BLANKED: Final = ("pm25", "pm10")
"""The items whose day values a dust event takes out."""


def without_dust(days: pl.LazyFrame, dusty: pl.DataFrame, editions: Sequence[AirEdition]) -> pl.LazyFrame:
    """Day rows with indices, PM10 and PM2.5 of dust days left out.

    ``days`` comes from :func:`~yangban.assess.air.daily.day_indices`, ``dusty`` names ``subject`` and ``day``. The day's AQI becomes that
    of the other items, under the rule for missing items. ``p_monitored`` columns keep what was validly monitored, since completeness is
    judged on that. 环办监测〔2016〕120号 gives the scope; the rest follows one public implementation (notes A5) and is unverified.
    """
    tags = [edition.family for edition in editions]
    kept = days.with_columns(
        *(pl.col(f"{p}_ticks").is_not_null().alias(monitored(p)) for p in AIR_SIX),
        *(pl.col(f"counts@{tag}").alias(monitored(f"aqi@{tag}")) for tag in tags),
    ).drop(f"{name}@{tag}" for name in ("aqi", "counts", "primary") for tag in tags)
    marked = kept.join(dusty.lazy().select("subject", "day").unique().with_columns(dusty=True), on=["subject", "day"], how="left")
    calm = pl.col("dusty").is_null()
    blanked = marked.with_columns(pl.when(calm).then(pl.col(name)) for p in BLANKED for name in (p, f"{p}_ticks"))
    return day_indices(blanked.drop("dusty"), editions)
