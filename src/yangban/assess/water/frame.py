"""Frames of water values: the class beside every row, and Figures of sections and regions from readings. The body of the Python face."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from fractions import Fraction
from typing import Any, Final

import polars as pl

from yangban.assess.figure import Figure
from yangban.assess.water.averages import MANUAL, MERGED, Means, mean_of, month_means, month_table
from yangban.assess.water.figures import Decimals, SectionPeriod, Subject, region_figures, section_figures
from yangban.assess.water.rules import ITEM, KINDS, LAKE, NONE, NUMERALS, RIVER, check_kind
from yangban.assess.water.sections import CLASS, COUNT, with_classes, with_words
from yangban.base.errors import UsageError
from yangban.base.exact import half_even
from yangban.base.periods import Period, month_of, standard_periods
from yangban.base.water_items import SCALE, WATER_WORDS
from yangban.standards import WaterEdition

_KIND_COLUMN: Final = "type"


def millionths(frame: pl.DataFrame, item: str, *, times: Fraction = Fraction(1)) -> pl.Expr:
    """A column of values as whole millionths of the item's unit; ``times`` turns its unit into that of the item.

    Integers and decimals are taken as they are; a float stands for the decimal of at most six places that it prints as. What is finer than
    a millionth is rounded, half to even. Nulls and NaN are missing values; negative values are refused, but for temperature.
    """
    column, dtype = pl.col(item), frame[item].dtype
    if not dtype.is_numeric():
        raise UsageError(f"column {item} is {dtype}, expected numbers (yangban water-class --input reads text with marks and <limits)")
    lowest = frame[item].fill_nan(None).min() if dtype.is_float() else frame[item].min()
    if lowest is not None and lowest < 0 and item != "temperature":  # type: ignore[operator]
        raise UsageError(f"column {item} holds {lowest!r}: a value of water is never negative; make missing values null first")
    if isinstance(dtype, pl.Decimal):
        shift: int = 10**dtype.scale
        whole: pl.Expr = half_even((column * shift).cast(pl.Int128) * (SCALE * times.numerator), shift * times.denominator)
    elif dtype.is_float():
        micro = (column.fill_nan(None).cast(pl.Float64) * SCALE).round().cast(pl.Int64)
        whole = half_even(micro * times.numerator, times.denominator)
    else:
        whole = half_even(column.cast(pl.Int64) * (SCALE * times.numerator), times.denominator)
    return whole.cast(pl.Int64).alias(item)


def wide_millionths(frame: pl.DataFrame, *, keys: Sequence[str], scales: Mapping[str, Fraction]) -> pl.DataFrame:
    """A wide frame, or a long one of ``item`` and ``value``, as a wide frame of millionths with the key columns that it has."""
    kept = [key for key in keys if key in frame.columns]
    if {"item", "value"} <= set(frame.columns):
        unknown = set(frame["item"].unique()) - set(WATER_WORDS)
        if unknown:
            raise UsageError(f"unknown items of water {', '.join(sorted(map(str, unknown)))}; known are {' '.join(WATER_WORDS)}")
        numbered = frame.with_columns(pl.int_range(pl.len()).over([*kept, "item"]).alias("_again"))
        frame = numbered.pivot(on="item", index=[*kept, "_again"], values="value").drop("_again")
    items = [item for item in WATER_WORDS if item in frame.columns]
    if not items:
        raise UsageError(f"no item of water among the columns {', '.join(frame.columns)}; known are {' '.join(WATER_WORDS)}")
    return frame.select(*kept, *(millionths(frame, item, times=scales.get(item, Fraction(1))) for item in items))


def _kind(frame: pl.DataFrame, kind: str | None) -> str | pl.Expr:
    if kind is not None:
        check_kind(kind)
        return kind
    if _KIND_COLUMN not in frame.columns:
        raise UsageError("say whether the water is river or lake: kind='river', kind='lake', or a column 'type' that holds these words")
    strange = set(frame[_KIND_COLUMN].unique()) - set(KINDS)
    if strange:
        raise UsageError(f"column type holds {', '.join(sorted(map(repr, strange)))}; expected river or lake")
    return pl.col(_KIND_COLUMN) == LAKE


def frame_classes(
    frame: pl.DataFrame,
    edition: WaterEdition,
    *,
    kind: str | None = None,
    rounding: str = NONE,
    scales: Mapping[str, Fraction] | None = None,
) -> pl.DataFrame:
    """Add ``edition class class_number state deciding n_items status`` to a wide frame of samples, one row a sample.

    Source: GB 3838-2002 table 1, section class by the worst item (环办〔2011〕22号). ``class`` is Ⅰ to 劣Ⅴ, ``class_number`` 1 to 6, both
    null in a row without any assessed item. Values are in the units of GB 3838 unless ``scales`` says by what they are multiplied.
    ``kind`` is river or lake for all rows; without it the column ``type`` says so.
    """
    if {"item", "value"} <= set(frame.columns):
        raise UsageError("expected a wide frame, one row a sample and one column an item; pivot item and value first")
    whole = wide_millionths(frame, keys=[_KIND_COLUMN], scales=scales or {})
    judged = with_words(with_classes(whole.lazy(), edition, kind=_kind(frame, kind), rounding=rounding).collect(), edition)
    place = judged[CLASS] - 1
    states = pl.Series([edition.state(klass).word for klass in range(1, len(NUMERALS) + 1)])
    return frame.with_columns(
        pl.lit(edition.id).alias("edition"),
        pl.Series("class", pl.select(pl.lit(pl.Series(NUMERALS)).gather(place)).to_series()),
        judged[CLASS].alias("class_number"),
        pl.Series("state", pl.select(pl.lit(states).gather(place)).to_series()),
        judged["deciding"],
        judged[COUNT],
        pl.when(judged[CLASS].is_not_null()).then(pl.lit("ok")).otherwise(pl.lit("insufficient")).alias("status"),
    )


def frame_figures(
    readings: pl.DataFrame,
    edition: WaterEdition,
    decimals_of: Decimals,
    *,
    kind: str | Mapping[str, str] | None = None,
    periods: Sequence[Period] | None = None,
    indicators: Sequence[str] | None = None,
    regions: Mapping[str, Sequence[str]] | None = None,
    rounding: str = ITEM,
    scope: str = MERGED,
    scales: Mapping[str, Fraction] | None = None,
    section: str = "section",
    time: str = "time",
) -> list[Figure]:
    """Readings of sections to the Figures of sections and, where ``regions`` names their sections, of regions.

    ``readings`` is long (``section, time, item, value``) or wide; ``time`` is a date or a Beijing time. A column ``basis`` tells
    ``auto``, ``manual`` and ``monthly`` apart, without it all is ``manual``. ``kind`` is river or lake for all sections, or by section (a
    section that is not listed is a river); without it the column ``type`` says so. A month is the mean of its readings, a longer period
    the mean of its months (环办〔2011〕22号), rounded by item before it is classed (``rounding``).

    Periods are by default every year, half, quarter and month that the readings touch.
    """
    named = readings.with_columns(pl.col(section).alias("section"), pl.col(time).alias("time"))
    if "basis" not in named.columns:
        named = named.with_columns(pl.lit(MANUAL).alias("basis"))
    kinds = _kinds(named, kind)
    whole = wide_millionths(named, keys=["section", "time", "basis"], scales=scales or {})
    monthly = whole.with_columns(pl.col("section").cast(pl.String), pl.col("time").cast(pl.Date).dt.month_start().alias("month")).drop(
        "time"
    )
    months: dict[str, dict[date, Means]] = defaultdict(dict)
    for name, month, means in month_means(month_table(monthly.lazy(), edition, scope=scope)):
        months[name][month] = means
    chosen = list(periods) if periods is not None else _touched([month for by_month in months.values() for month in by_month])
    found: list[Figure] = []
    for period in chosen:
        parts = {name: section_period(name, kinds.get(name, RIVER), by_month, period) for name, by_month in months.items()}
        for name, part in parts.items():
            if part.n_samples:
                code = name if ":" in name else f"section:{name}"
                who = Subject(code=code, name=name.rpartition(":")[2], level="section", scope=_scope(scope))
                found += section_figures(part, who, period, edition, decimals_of, rounding=rounding, wanted=indicators)
        for region, names in (regions or {}).items():
            members = [parts.get(name) or section_period(name, kinds.get(name, RIVER), {}, period) for name in names]
            who = Subject(code=region, name=region, level="region", scope=_scope(scope))
            found += region_figures(members, who, period, edition, decimals_of, rounding=rounding, wanted=indicators)
    return found


def _scope(scope: str) -> str:
    return "as_monitored" if scope == MERGED else scope


def _kinds(frame: pl.DataFrame, kind: str | Mapping[str, str] | None) -> dict[str, str]:
    names = [str(name) for name in frame["section"].unique()]
    if isinstance(kind, str):
        check_kind(kind)
        return dict.fromkeys(names, kind)
    if kind is None:
        _kind(frame, None)
        return {str(name): str(said) for name, said in frame.select("section", _KIND_COLUMN).unique().iter_rows()}
    for each in kind.values():
        check_kind(each)
    return dict(kind)


def section_period(name: str, kind: str, months: Mapping[date, Means], period: Period) -> SectionPeriod:
    """A section's values in a period from those of its months; a month is taken as it is, a longer period is the mean of its months.

    A month in which the section was named and nothing has a value is none of its months.
    """
    inside = [
        means
        for month, means in sorted(months.items())
        if means.values and period.start <= month and month_of(month.year, month.month).end <= period.end
    ]
    n_samples = sum(max(means.n.values(), default=0) for means in inside)
    means = inside[0] if period.kind == "month" and inside else mean_of(inside)
    return SectionPeriod(name=name, kind=kind, means=means, n_months=len(inside), n_samples=n_samples)


def _touched(months: Sequence[Any]) -> list[Period]:
    if not months:
        return []
    first, last = min(months), month_of(max(months).year, max(months).month).end
    found = [period for year in range(first.year, last.year + 1) for period in standard_periods(year)]
    return [period for period in found if period.start <= last and period.end >= first]
