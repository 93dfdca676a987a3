"""Averages over time and place: exact fractions of item values, pH by the hydrogen ion.

Concentrations are averaged and the average is classed; classes are never averaged (环办〔2011〕22号). The mean of pH is that of the
hydrogen-ion concentration, -lg(mean 10^-pH) (环办监测函〔2020〕82号). Millions of readings are summed by Polars (:func:`month_table`);
above that the tables are small and the values exact fractions (:class:`Means`).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from typing import TYPE_CHECKING, Final

from yangban.assess.completeness import Verdict
from yangban.assess.water.rules import PH
from yangban.base.logs import as_decimal, ions, mean_of_ions, ph_of_ions
from yangban.base.periods import Period
from yangban.base.water_items import SCALE, WATER_WORDS
from yangban.standards import WaterEdition

if TYPE_CHECKING:
    import polars as pl

AUTO: Final = "auto"
MANUAL: Final = "manual"
MONTHLY: Final = "monthly"
BASES: Final = (AUTO, MANUAL, MONTHLY)
"""Where a value comes from: an automatic station, a manual sampling, or a month's table as released."""

MERGED: Final = "merged"
AUTO_ONLY: Final = "auto_only"
SCOPES: Final = (MERGED, AUTO_ONLY)
"""A month of automatic and manual data together, or of automatic data alone."""

_DIGITS: Final = 12
_PIECE: Final = 10**_DIGITS
"""Ions are added in pieces of twelve digits, so that a million of them still fit an Int64."""


@dataclass(frozen=True)
class Means:
    """The values of one section, lake, river or place in one period, exact and in the unit of each item.

    ``n`` counts what stands under each value: readings of a month, months of a period, sections of a river. ``sources`` says of each item
    whether it is ``auto``, ``manual``, ``monthly``, or several joined by ``+``. ``below`` counts the readings under each value that lay
    below the detection limit and entered as half of it, added up over months and places; items without one are left out.
    """

    values: Mapping[str, Fraction]
    n: Mapping[str, int] = field(default_factory=dict)
    sources: Mapping[str, str] = field(default_factory=dict)
    below: Mapping[str, int] = field(default_factory=dict)

    def only(self, items: Iterable[str]) -> Means:
        """The same without the other items."""
        kept = set(items)
        return Means(
            {item: value for item, value in self.values.items() if item in kept},
            {item: n for item, n in self.n.items() if item in kept},
            {item: source for item, source in self.sources.items() if item in kept},
            {item: n for item, n in self.below.items() if item in kept},
        )


def mean(item: str, values: Sequence[Fraction]) -> Fraction:
    """The mean of an item's values: arithmetic, for pH by the hydrogen ion (环办监测函〔2020〕82号).

    >>> mean("tp", [Fraction(1, 10), Fraction(2, 10)]), float(mean("ph", [Fraction(6), Fraction(8)]))
    (Fraction(3, 20), 6.296708621881339)
    """
    if item == PH:
        return mean_of_ions(values)
    return sum(values, Fraction(0)) / len(values)


def mean_of(parts: Sequence[Means]) -> Means:
    """The mean of several sets of values, item by item over those that have it, each counting once.

    Months to a period, sections to a river, points to a lake: 环办〔2011〕22号 averages concentrations in each case.
    """
    found: dict[str, list[Fraction]] = defaultdict(list)
    sources: dict[str, set[str]] = defaultdict(set)
    below: Counter[str] = Counter()
    for part in parts:
        below.update(part.below)
        for item, value in part.values.items():
            found[item].append(value)
            if item in part.sources:
                sources[item].update(part.sources[item].split("+"))
    ordered = [item for item in WATER_WORDS if item in found]
    return Means(
        {item: mean(item, found[item]) for item in ordered},
        {item: len(found[item]) for item in ordered},
        {item: "+".join(sorted(sources[item])) for item in ordered if sources[item]},
        {item: below[item] for item in ordered if below[item]},
    )


def enough(period: Period, *, n_months: int, n_samples: int, edition: WaterEdition, impeded: bool = False) -> Verdict:
    """Whether enough stands under a period's value: 环办〔2011〕22号, averaging over a month, a quarter and a year.

    A month needs one sampling, a quarter samplings in two months, a year twelve monthly values; eight are enough where somebody states that
    ice and the like impeded sampling (``impeded``), never for mere gaps. For any other run of months there is no rule: one month suffices,
    and the Figure says that this is unverified.
    """
    if n_samples == 0:
        return Verdict(enough=False, reason="没有监测数据", rules=())
    if period.kind == "month":
        return _at_least(n_samples, "average.month.minimum", "次", edition)
    if period.kind == "quarter":
        return _at_least(n_months, "average.quarter.minimum", "个月", edition)
    if period.kind == "year":
        return _at_least(n_months, "average.year.minimum" if impeded else "average.year.full", "个月", edition)
    return Verdict(enough=True, reason="", rules=())


def _at_least(n: int, key: str, what: str, edition: WaterEdition) -> Verdict:
    needed = int(edition.rule(key).value)
    return Verdict(enough=n >= needed, reason="" if n >= needed else f"{n} {what}有数据，至少 {needed} {what}", rules=(key,))


# ---------------------------------------------------------------------------------------------------------------- months


def month_table(readings: pl.LazyFrame, edition: WaterEdition, *, scope: str = MERGED) -> pl.DataFrame:
    """One row a section and month from readings of automatic stations, manual samplings and released months.

    ``readings`` has ``section``, ``month`` (the first day of the month, Date), ``basis`` (``auto``, ``manual``, ``monthly``) and a column
    of millionths for each item; a column ``below`` may hold the bits of values that are half of a detection limit. For each item the row
    has ``<item>_num`` and ``<item>_den`` (the mean is their quotient, in millionths), ``<item>_n`` (how many values), ``<item>_below`` (how
    many of them lay below detection) and ``<item>_source``; for pH also ``ph_mean``, the mean to 45 decimals as text.

    A month takes valid automatic data for the items of automatic stations and manual data for the rest; where the preferred source has
    none, the next one enters (环办监测函〔2020〕82号). ``scope="auto_only"`` takes nothing but automatic data.

    The mean of pH is irrational, so its pair is in half millionths and odd when the mean lies between two millionths: every comparison
    with a limit, and every tie of rounding, then comes out as that of the exact value.
    """
    return month_tables(readings, edition, scopes=(scope,))[scope]


def month_tables(readings: pl.LazyFrame, edition: WaterEdition, *, scopes: Sequence[str]) -> dict[str, pl.DataFrame]:
    """The :func:`month_table` of several scopes from one pass over the readings."""
    import polars as pl

    items = [name for name in readings.collect_schema().names() if name in WATER_WORDS]
    keys = ["section", "month"]
    sums = _sums(readings, items, keys)
    table = sums.select(keys).unique().sort(keys)
    for basis in BASES:
        part = sums.filter(pl.col("basis") == basis).drop("basis")
        if PH in items:
            part = part.join(_ph_means(readings.filter(pl.col("basis") == basis), keys), on=keys, how="left")
        table = table.join(part.select(*keys, pl.all().exclude(keys).name.suffix(f"@{basis}")), on=keys, how="left")
    first = {str(item) for item in edition.rule("auto.items").value}
    found = {}
    for scope in scopes:
        wanted = (AUTO,) if scope == AUTO_ONLY else BASES
        columns: list[pl.Expr] = []
        for item in items:
            order = [b for b in ((AUTO, MANUAL, MONTHLY) if item in first else (MANUAL, MONTHLY, AUTO)) if b in wanted]
            columns += _choose(item, order)
        found[scope] = table.select(*keys, *columns)
    return found


def _sums(readings: pl.LazyFrame, items: Sequence[str], keys: Sequence[str]) -> pl.DataFrame:
    """Sums and counts of each item by section, month and basis; what nobody measured is not summed but laid beside as zero."""
    import polars as pl

    from yangban.readings.water.frames import is_below

    names = readings.collect_schema().names()
    marked = (pl.col("below") != 0).any() if "below" in names else pl.lit(value=False)
    seen = readings.select(pl.col(items).count(), marked.alias("below")).collect().row(0, named=True)
    present = [item for item in items if seen[item]]
    under = [(is_below(item) & pl.col(item).is_not_null()).sum().alias(f"{item}_below") for item in present] if seen["below"] else []
    sums = (
        readings.group_by(*keys, "basis")
        .agg(
            *(pl.col(item).sum().alias(f"{item}_sum") for item in present if item != PH),
            *(pl.col(item).count().alias(f"{item}_n") for item in present),
            *under,
        )
        .collect()
    )
    zero = pl.lit(0, dtype=pl.UInt32)
    absent = [item for item in items if item not in present]
    return sums.with_columns(
        *(pl.lit(0, dtype=pl.Int64).alias(f"{item}_sum") for item in absent if item != PH),
        *(zero.alias(f"{item}_n") for item in absent),
        *(zero.alias(f"{item}_below") for item in items if f"{item}_below" not in sums.columns),
    )


def _choose(item: str, order: Sequence[str]) -> Iterator[pl.Expr]:
    """The columns of an item from the first source that has a value."""
    import polars as pl

    def pick(column: str, *, literal: bool = False) -> pl.Expr:
        branches = [pl.when(pl.col(f"{item}_n@{b}") > 0).then(pl.lit(b) if literal else pl.col(f"{column}@{b}")) for b in order]
        return pl.coalesce(*branches)

    n = pick(f"{item}_n")
    if item == PH:
        yield pick("ph_num").alias("ph_num")
        yield pl.when(n > 0).then(pl.lit(2, dtype=pl.Int64)).alias("ph_den")
        yield pick("ph_mean").alias("ph_mean")
    else:
        yield pick(f"{item}_sum").alias(f"{item}_num")
        yield n.cast(pl.Int64).alias(f"{item}_den")
    yield n.cast(pl.Int64).fill_null(0).alias(f"{item}_n")
    yield pick(f"{item}_below").cast(pl.Int64).fill_null(0).alias(f"{item}_below")
    yield pick("", literal=True).alias(f"{item}_source")


def _ph_means(readings: pl.LazyFrame, keys: Sequence[str]) -> pl.DataFrame:
    """The mean pH of each group: the ions of each value that occurs are worked out once and added in pieces that fit an Int64."""
    import polars as pl

    occurring = readings.select(pl.col(PH)).drop_nulls().unique().collect()[PH]
    exact = [ions(Fraction(value, SCALE)) for value in occurring]
    pieces = [f"piece_{place}" for place in range(len(str(max(exact, default=1))) // _DIGITS + 1)]
    table = pl.LazyFrame(
        {PH: occurring, **{name: [value // _PIECE**place % _PIECE for value in exact] for place, name in enumerate(pieces)}},
        schema_overrides=dict.fromkeys(pieces, pl.Int64),
    )
    sums = readings.drop_nulls(PH).select(*keys, PH).join(table, on=PH).group_by(*keys).agg(pl.len(), pl.col(pieces).sum()).collect()
    means = [
        ph_of_ions(sum(part * _PIECE**place for place, part in enumerate(parts)), n)
        for n, *parts in sums.select("len", *pieces).iter_rows()
    ]
    return sums.select(keys).with_columns(
        pl.Series("ph_num", [half_millionths(value) for value in means], dtype=pl.Int64),
        pl.Series("ph_mean", [f"{as_decimal(value):f}" for value in means], dtype=pl.String),
    )


def half_millionths(value: Fraction) -> int:
    """A value as half millionths: twice the millionths when they are whole, else the odd number between the two neighbours.

    >>> half_millionths(Fraction(7)), half_millionths(Fraction(70000001, 10_000_000)), half_millionths(Fraction(70000009, 10_000_000))
    (14000000, 14000001, 14000001)
    """
    scaled = value * SCALE
    whole = scaled.numerator // scaled.denominator
    return 2 * whole + (scaled != whole)


def pairs(table: pl.DataFrame) -> dict[str, tuple[pl.Expr, pl.Expr]]:
    """The columns of a :func:`month_table` as ``num, den`` by item, as :func:`~yangban.assess.water.sections.with_classes` takes them."""
    import polars as pl

    items = [name.removesuffix("_num") for name in table.columns if name.endswith("_num")]
    return {item: (pl.col(f"{item}_num"), pl.col(f"{item}_den")) for item in items}


def month_means(table: pl.DataFrame) -> Iterator[tuple[str, date, Means]]:
    """The rows of a :func:`month_table` as section, month and exact values, for averages over months and places."""
    items = [name.removesuffix("_num") for name in table.columns if name.endswith("_num")]
    for row in table.iter_rows(named=True):
        present = [item for item in items if row[f"{item}_n"]]
        values = {
            item: Fraction(row["ph_mean"]) if item == PH else Fraction(row[f"{item}_num"], row[f"{item}_den"] * SCALE) for item in present
        }
        yield (
            row["section"],
            row["month"],
            Means(
                values,
                {item: row[f"{item}_n"] for item in present},
                {item: row[f"{item}_source"] for item in present},
                {item: below for item in present if (below := row.get(f"{item}_below"))},
            ),
        )
