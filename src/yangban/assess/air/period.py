"""From day values to the statistics of a period, as exact integers; nothing is rounded here.

A row holds, for one subject and period, what every Figure of that period is made of: numerators, counts, and how many of the period's
whole months have enough days. :mod:`yangban.assess.air.figures` turns a row into Figures.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Final

import polars as pl

from yangban.assess.air.rules import index_rules, limit_steps, percentile, period_rules
from yangban.base.periods import Period
from yangban.base.pollutants import AIR_SIX
from yangban.standards import AirEdition

SUBJECT: Final = "subject"
"""What names a series of days: one row a day, of whatever basis was chosen."""

PERCENT: Final = 100
"""Parts in which percentile ranks are stated; percentiles travel as ticks times this."""


def period_table(days: pl.LazyFrame, periods: Sequence[Period], editions: Sequence[AirEdition]) -> pl.DataFrame:
    """Day rows to one row per subject and period.

    Takes the output of :func:`~yangban.assess.air.daily.day_indices` for at least the days of the periods.

    Columns, beside the subject, ``period``, ``level``, ``network``, ``days`` and ``audited_days``, ``excluded`` (values left out by a
    named person), ``synthetic``, ``scale`` (of the ticks) and ``first_day``/``last_day``: per item ``p_n`` (valid days), ``p_judged``
    (those that count for completeness), ``p_sum`` (ticks; the mean is sum / n), ``p_rank`` (ticks x 100: the percentile of HJ 663),
    ``p_months`` (whole months with enough days); per edition ``aqi_n``, ``aqi_judged``, ``aqi_months``, ``good``, ``heavy``, ``grade_1`` to
    ``grade_6``, ``p_over`` (days above the daily limit) and ``p_led`` (days with AQI above 100 on which p is a primary pollutant), each
    with ``@family``.
    """
    months = {month.label: month for period in periods for month in period.months}
    monthly = _monthly(days, months.values(), editions) if months else None
    columns = days.collect_schema().names()
    parts = []
    for period in periods:
        inside = days.filter(pl.col("day").is_between(period.start, period.end))
        table = inside.group_by(SUBJECT).agg(_aggregates(editions, columns))
        if monthly is not None and period.months:
            labels = [month.label for month in period.months]
            enough = monthly.filter(pl.col("month").is_in(labels)).group_by(SUBJECT).agg(pl.col("^.*_months.*$").sum())
            table = table.join(enough, on=SUBJECT, how="left")
        else:
            table = table.with_columns(pl.lit(0, dtype=pl.Int64).alias(name) for name in _month_columns(editions))
        parts.append(table.with_columns(period=pl.lit(period.label), kind=pl.lit(period.kind)))
    return pl.concat(pl.collect_all(parts)).sort("period", SUBJECT)


def _month_columns(editions: Sequence[AirEdition]) -> list[str]:
    return [f"{p}_months" for p in AIR_SIX] + [f"aqi_months@{edition.family}" for edition in editions]


def monitored(name: str) -> str:
    """The column that says, where days are left out of a statistic (dust), that the value was validly monitored all the same."""
    return f"{name}_monitored"


def _judged_days(name: str, valid: pl.Expr, columns: Collection[str]) -> pl.Expr:
    """Days that count for completeness: all that were validly monitored, whether or not they are left out of the statistic."""
    return pl.col(monitored(name)).sum() if monitored(name) in columns else valid


def _monthly(days: pl.LazyFrame, months: Iterable[Period], editions: Sequence[AirEdition]) -> pl.LazyFrame:
    """For each subject and whole month, 1 where the valid days reach what GB 3095 table 4 asks of a month, else 0."""
    rules = period_rules(editions[0], "annual")
    columns = days.collect_schema().names()
    needed = pl.DataFrame({"month": [m.label for m in months], "needed": [rules.needed_in(m.start.month) for m in months]})
    counts = days.group_by(SUBJECT, month=pl.col("day").dt.strftime("%Y-%m")).agg(
        *(_judged_days(p, pl.col(f"{p}_ticks").count(), columns).alias(f"{p}_months") for p in AIR_SIX),
        *(_judged_days(f"aqi@{e.family}", pl.col(f"counts@{e.family}").sum(), columns).alias(f"aqi_months@{e.family}") for e in editions),
    )
    return counts.join(needed.lazy(), on="month").with_columns(
        (pl.col(name).cast(pl.Int64) >= pl.col("needed")).cast(pl.Int64).alias(name) for name in _month_columns(editions)
    )


def _aggregates(editions: Sequence[AirEdition], columns: Collection[str]) -> list[pl.Expr]:
    exprs = [
        pl.col("level").first(),
        pl.col("network").min(),
        (pl.col("basis") == "audited").sum().alias("audited_days"),
        pl.len().alias("days"),
        pl.col("excluded").sum(),
        pl.col("synthetic").any(),
        pl.col("scale").first(),
        pl.col("day").min().alias("first_day"),
        pl.col("day").max().alias("last_day"),
    ]
    for item in AIR_SIX:
        ticks = pl.col(f"{item}_ticks")
        exprs += [
            ticks.count().cast(pl.Int64).alias(f"{item}_n"),
            _judged_days(item, ticks.count(), columns).cast(pl.Int64).alias(f"{item}_judged"),
            ticks.sum().alias(f"{item}_sum"),
            percentile_of_days(item, percentile(editions[0], item)).alias(f"{item}_rank"),
        ]
    for edition in editions:
        valid = pl.col(f"counts@{edition.family}").sum()
        exprs.append(_judged_days(f"aqi@{edition.family}", valid, columns).cast(pl.Int64).alias(f"aqi_judged@{edition.family}"))
        exprs += _index_counts(edition)
    return exprs


def percentile_of_days(item: str, share: int) -> pl.Expr:
    """The percentile of HJ 663: k = 1 + (n - 1) p, between the two neighbours by the fraction of k; ticks x 100, exact."""
    ordered = pl.col(f"{item}_ticks").drop_nulls().sort()
    place = (pl.col(f"{item}_ticks").count().cast(pl.Int64) - 1) * share
    below, fraction = place // PERCENT, place % PERCENT
    low = ordered.get(below, null_on_oob=True)
    high = ordered.get(below + (fraction > 0).cast(pl.Int64), null_on_oob=True)
    return low * PERCENT + (high - low) * fraction


def _index_counts(edition: AirEdition) -> list[pl.Expr]:
    tag, rules = edition.family, index_rules(edition)
    aqi, counts = pl.col(f"aqi@{tag}"), pl.col(f"counts@{tag}")
    exprs = [
        counts.sum().cast(pl.Int64).alias(f"aqi_n@{tag}"),
        (counts & (aqi <= rules.good_at_most)).sum().cast(pl.Int64).alias(f"good@{tag}"),
        (counts & (aqi > rules.heavy_above)).sum().cast(pl.Int64).alias(f"heavy@{tag}"),
    ]
    for number, (low, high) in enumerate(rules.grades, start=1):
        inside = (aqi >= low) if high is None else (aqi <= high) if number == 1 else aqi.is_between(low, high)
        exprs.append((counts & inside).sum().cast(pl.Int64).alias(f"grade_{number}@{tag}"))
    for bit, item in enumerate(AIR_SIX):
        averaging = "day_max_8h" if item == "o3_8h" else "day"
        over = pl.when(pl.col(f"{item}_ticks").is_not_null()).then(pl.col(item) > limit_steps(edition, item, averaging))
        led = (aqi > rules.exceeding_above) & (pl.col(f"primary@{tag}") // 2**bit % 2 == 1)
        exprs += [over.sum().cast(pl.Int64).alias(f"{item}_over@{tag}"), led.sum().cast(pl.Int64).alias(f"{item}_led@{tag}")]
    return exprs
