"""Signals that compare: a station with its neighbours, a day with the subject's own history, the two sides of a limit.

Pure functions on lake rows and on tables of days. They find where a person should look; none is a verdict, and nothing official rests on
them, so means and deviations here may be floats. Thresholds and their reasons: :data:`yangban.readings.signals.RULES`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import comb
from typing import Any, Final

import polars as pl

from yangban.assess.air.rules import MEAN_ITEMS, index_rules
from yangban.base.pollutants import pollutant
from yangban.readings.signals import RULES, Signal, amount, hours, number
from yangban.standards import AirEdition

PARTICLES: Final = ("pm25", "pm10")
"""What is alike all over a city at the same hour; gases differ from street to street."""

_PERCENT: Final = 100

# ------------------------------------------------------------------------------------------------ a station and its neighbours


def contrast(rows: pl.LazyFrame, members: pl.DataFrame) -> pl.LazyFrame:
    """Stations far below, or far above, every other station of their city at the same hours, for many hours of an official day.

    ``rows`` are lake rows of stations, ``members`` says which station counts for which place and when (``station, place, valid_from,
    valid_to``). Gives ``subject, place, day, item, side`` (``below`` or ``above``), ``start, end, hours, of`` (hours compared), the means
    over the hours found of the station, of the other stations and of the nearest of them (``own, others, nearest``, thousandths), and
    ``n_others``, the fewest others in one of these hours.
    """
    return _contrast(hours(rows, PARTICLES), members, need=RULES["contrast"].thresholds["hours"])


def contrast_days(days: pl.LazyFrame, members: pl.DataFrame) -> pl.LazyFrame:
    """The same on ready day values: ``days`` holds ``subject, day, pm25, pm10`` in thousandths; ``hours`` and ``of`` are then 1."""
    end = pl.col("day").cast(pl.Datetime("us")) + pl.duration(days=1)
    long = days.unpivot(on=PARTICLES, index=["subject", "day"], variable_name="item").filter(pl.col("value").is_not_null())
    return _contrast(long.with_columns(label=end), members, need=1).with_columns(start=pl.col("end") - pl.duration(hours=24 - 1))


def _contrast(long: pl.LazyFrame, members: pl.DataFrame, *, need: int) -> pl.LazyFrame:
    limits = RULES["contrast"].thresholds
    at = ["place", "item", "label"]
    value, low, high = pl.col("value"), pl.col("low"), pl.col("high")
    here = long.join(members.lazy(), left_on="subject", right_on="station").filter(_holds())
    city = here.group_by(at).agg(
        low=value.bottom_k(2).sort(),
        high=value.top_k(2).sort(descending=True),
        total=value.cast(pl.Int64).sum(),
        n_others=pl.len().cast(pl.Int64) - 1,
    )
    # The lowest of the others is the lowest of all, or the second lowest for the station that is itself the lowest.
    compared = (
        here.join(city, on=at)
        .filter(pl.col("n_others") >= limits["others"])
        .with_columns(
            others=(pl.col("total") - value) / pl.col("n_others"),
            lowest=pl.when(value == low.list.get(0)).then(low.list.get(1)).otherwise(low.list.get(0)).cast(pl.Int64),
            highest=pl.when(value == high.list.get(0)).then(high.list.get(1)).otherwise(high.list.get(0)).cast(pl.Int64),
        )
    )
    below = (value.cast(pl.Int64) * limits["factor"] <= pl.col("lowest")) & (pl.col("lowest") >= limits["floor"])
    above = (value >= pl.col("highest") * limits["factor"]) & (value >= limits["floor"])
    return (
        pl.concat([_sided(compared, below, "below", "lowest"), _sided(compared, above, "above", "highest")])
        .filter(pl.col("hours") >= need)
        .sort("subject", "item", "day", "side")
    )


def _holds() -> pl.Expr:
    started = pl.col("valid_from").is_null() | (pl.col("valid_from") <= pl.col("day"))
    going = pl.col("valid_to").is_null() | (pl.col("day") <= pl.col("valid_to"))
    return started & going


def _sided(compared: pl.LazyFrame, far: pl.Expr, side: str, nearest: str) -> pl.LazyFrame:
    return compared.group_by("subject", "place", "day", "item").agg(
        side=pl.lit(side),
        start=pl.col("label").filter(far).min(),
        end=pl.col("label").filter(far).max(),
        hours=far.sum().cast(pl.Int64),
        of=pl.len().cast(pl.Int64),
        own=pl.col("value").filter(far).mean(),
        others=pl.col("others").filter(far).mean(),
        nearest=pl.col(nearest).filter(far).mean(),
        n_others=pl.col("n_others").filter(far).min(),
    )


# ------------------------------------------------------------------------------------------------ a day and the days before


def low_variance_days(rows: pl.LazyFrame) -> pl.LazyFrame:
    """Official days on which values vary far less, relative to their mean, than on the subject's own days before.

    Gives ``subject, item, day, start, end, n`` (hours), ``mean`` (thousandths), ``cv`` (relative standard deviation), ``usual`` (median of
    the days before) and ``history``, how many these were. Give rows that begin a history before the days of interest.
    """
    limits = RULES["low_variance_day"].thresholds
    value = pl.col("value")
    days = (
        hours(rows, MEAN_ITEMS)
        .group_by("subject", "item", "day")
        .agg(n=pl.len().cast(pl.Int64), mean=value.mean(), cv=value.std(ddof=0) / value.mean())
        .filter((pl.col("n") >= limits["hours"]) & (pl.col("mean") > 0))
        .sort("subject", "item", "day")
    )
    return _unusual(days, limits, gap=0).with_columns(_first_label(), _last_label())


def low_variance_weeks(rows: pl.LazyFrame) -> pl.LazyFrame:
    """The same for runs of seven days; weeks that overlap are told as one, by its flattest week."""
    limits = RULES["low_variance_week"].thresholds
    week, value = limits["days"], pl.col("value")
    keys = ["subject", "item"]
    weeks = (
        hours(rows, MEAN_ITEMS)
        .sort(*keys, "day")
        .rolling("day", period=f"{week}d", group_by=keys)
        .agg(n=pl.len().cast(pl.Int64), mean=value.mean(), cv=value.std(ddof=0) / value.mean())
        .unique([*keys, "day"])
        .filter((pl.col("n") >= limits["hours"]) & (pl.col("mean") > 0))
        .sort(*keys, "day")
    )
    found = _unusual(weeks, limits, gap=week).sort(*keys, "day")
    run = pl.col("day") - pl.duration(days=pl.int_range(pl.len(), dtype=pl.Int64))
    flattest = pl.col("cv") / pl.col("usual")
    return (
        found.with_columns(run=run)
        .group_by(*keys, "run")
        .agg(
            pl.col("day").max(),
            first=pl.col("day").min(),
            **{name: pl.col(name).sort_by(flattest).first() for name in ("n", "mean", "cv", "usual", "history")},
        )
        .with_columns(pl.col("first").dt.offset_by(f"-{week - 1}d"))
        .with_columns(_first_label("first"), _last_label())
        .drop("run", "first")
        .sort(*keys, "day")
    )


def _unusual(spans: pl.LazyFrame, limits: Mapping[str, int], *, gap: int) -> pl.LazyFrame:
    """The spans whose relative deviation is below a share of the median of those in the history, which ends ``gap`` days earlier."""
    keys = ["subject", "item"]
    history = limits["history"]
    before = spans.rolling("day", period=f"{history}d", offset=f"-{history + gap}d", closed="left", group_by=keys).agg(
        usual=pl.col("cv").median(), history=pl.len().cast(pl.Int64)
    )
    floor = pl.when(pl.col("item") == "co").then(limits["co"]).otherwise(limits["floor"])
    flat = pl.col("cv") * _PERCENT < pl.col("usual") * limits["percent"]
    return spans.join(before, on=[*keys, "day"]).filter(flat & (pl.col("history") >= limits["least"]) & (pl.col("mean") >= floor))


def _first_label(day: str = "day") -> pl.Expr:
    return (pl.col(day).cast(pl.Datetime("us")) + pl.duration(hours=1)).alias("start")


def _last_label(day: str = "day") -> pl.Expr:
    return (pl.col(day).cast(pl.Datetime("us")) + pl.duration(days=1)).alias("end")


# ------------------------------------------------------------------------------------------------ the two sides of a limit


@dataclass(frozen=True)
class PileUp:
    """Days just below and just above a limit; ``share`` is the percentage of them that may lie below without manipulation.

    ``probability`` is the exact chance of at least so many below at that share.
    """

    below: int
    above: int
    share: int
    probability: Fraction

    @property
    def fires(self) -> bool:
        """Whether this is a signal."""
        return self.probability * 1_000_000 < RULES["bunching"].thresholds["per_million"]


def pile_up(*, below: int, above: int, far_below: int = 0, far_above: int = 0) -> PileUp:
    """Test whether days pile up just below a limit (after Ghanem & Zhang 2014, who look for the same break in daily API).

    Four bins of equal width lie side by side: ``far_below``, ``below`` (the last is the limit), ``above``, ``far_above``. With no
    manipulation the counts fall smoothly, so ``below : above`` is the cube root of ``far_below : far_above``; the share tested is at least
    that, and never less than what the rule allows to everyone. The outer bins may be unknown (0).

    >>> pile_up(below=50, above=2).fires, pile_up(below=188, above=145, far_below=216, far_above=107).fires
    (True, False)
    """
    limits = RULES["bunching"].thresholds
    share = limits["share"]
    while share < limits["most"] and share**3 * far_above < far_below * (_PERCENT - share) ** 3:
        share += 1
    n = below + above
    ways = sum(comb(n, k) * share**k * (_PERCENT - share) ** (n - k) for k in range(below, n + 1))
    return PileUp(below, above, share, Fraction(ways, _PERCENT**n))


def bunching(days: pl.DataFrame, edition: AirEdition) -> dict[str, tuple[PileUp, tuple[int, int]]]:
    """The test for every subject of a table ``subject, aqi``, at the largest AQI that is still good, with the outer counts."""
    limit, width = index_rules(edition).good_at_most, RULES["bunching"].thresholds["width"]
    aqi = pl.col("aqi")
    bins = {
        name: aqi.is_between(limit + k * width + 1, limit + (k + 1) * width).sum()
        for k, name in ((-2, "far_below"), (-1, "below"), (0, "above"), (1, "far_above"))
    }
    counted = days.group_by("subject").agg(**bins).sort("subject")
    return {
        row["subject"]: (
            pile_up(below=row["below"], above=row["above"], far_below=row["far_below"], far_above=row["far_above"]),
            (row["far_below"], row["far_above"]),
        )
        for row in counted.iter_rows(named=True)
    }


# ------------------------------------------------------------------------------------------------ in words


def contrast_signals(found: pl.LazyFrame, *, ready_days: bool = False) -> list[Signal]:
    """The rows of :func:`contrast` (or, with ``ready_days``, of :func:`contrast_days`) as signals."""
    signals = []
    for row in found.collect().iter_rows(named=True):
        item, side = row["item"], "低于" if row["side"] == "below" else "高于"
        own, others, nearest = (number(row[name], item) for name in ("own", "others", "nearest"))
        edge = "最低" if row["side"] == "below" else "最高"
        when = "日均值" if ready_days else f"当日 {row['of']} 小时中有 {row['hours']} 小时"
        words = f"{pollutant(item).printed} {when}远{side}同城其他每个点位：本点位 {own}，其他 {row['n_others']} 个点位平均 {others}"
        evidence = {
            "side": row["side"],
            "place": row["place"],
            "own": own,
            "others": others,
            "nearest_other": nearest,
            "n_others": row["n_others"],
        }
        if not ready_days:
            evidence |= {"hours": row["hours"], "hours_compared": row["of"]}
        sentence = f"{words}，其中{edge}的 {nearest} {pollutant(item).unit}"
        signals.append(Signal("contrast", row["subject"], item, row["start"], row["end"], evidence, sentence))
    return signals


def low_variance_signals(rows: pl.LazyFrame) -> list[Signal]:
    """Days and weeks that vary too little, as signals."""
    signals = []
    for rule, found, words in (
        ("low_variance_day", low_variance_days(rows), "当日"),
        ("low_variance_week", low_variance_weeks(rows), "一周内"),
    ):
        for row in found.collect().iter_rows(named=True):
            item = row["item"]
            now, usual = (f"{row[name]:.1%}" for name in ("cv", "usual"))
            sentence = (
                f"{pollutant(item).printed} {words}相对标准差 {now}，此前 {row['history']} 个同样时段的中位数为 {usual}"
                f"（均值 {amount(row['mean'], item)}，{row['n']} 小时）"
            )
            evidence = {
                "relative_deviation": now,
                "usual": usual,
                "history": row["history"],
                "hours": row["n"],
                "mean": number(row["mean"], item),
            }
            signals.append(Signal(rule, row["subject"], item, row["start"], row["end"], evidence, sentence))
    return signals


def bunching_signals(days: pl.DataFrame, edition: AirEdition) -> list[Signal]:
    """Subjects whose days pile up just below the limit, as signals over the days given (``subject, day, aqi``)."""
    limit, width = index_rules(edition).good_at_most, RULES["bunching"].thresholds["width"]
    spans = days.group_by("subject").agg(first=pl.col("day").min(), last=pl.col("day").max())
    labels = spans.select("subject", _first_label("first"), _last_label("last"))
    when: dict[str, tuple[Any, Any]] = {subject: (start, end) for subject, start, end in labels.iter_rows()}
    signals = []
    for subject, (found, (far_below, far_above)) in bunching(days, edition).items():
        if not found.fires:
            continue
        chance = f"{float(found.probability):.1e}"
        sentence = (
            f"AQI {limit - width + 1}～{limit} 有 {found.below} 天，{limit + 1}～{limit + width} 只有 {found.above} 天；"
            f"若前者自然占 {found.share}%，出现这样多的机会为 {chance}"
        )
        evidence = {
            "below": found.below,
            "above": found.above,
            "far_below": far_below,
            "far_above": far_above,
            "share_allowed_percent": found.share,
            "probability": chance,
        }
        signals.append(Signal("bunching", subject, "", *when[subject], evidence, sentence))
    return signals


def in_order(signals: Iterable[Signal]) -> list[Signal]:
    """Signals by rule as :data:`~yangban.readings.signals.RULES` lists them, then by subject, pollutant and time."""
    place = {rule: k for k, rule in enumerate(RULES)}
    return sorted(signals, key=lambda each: (place[each.rule], each.subject, each.pollutant, each.start))
