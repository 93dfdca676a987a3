"""Signals: patterns in readings at which a person should look, each with its evidence and none with a verdict.

This module holds the rules that need nothing but the readings of one subject; comparisons and statistics are in
:mod:`yangban.assess.air.signals`. All thresholds are ours (no document gives any for released values) and stand in :data:`RULES`, each
with its reason. A signal removes nothing and changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import polars as pl

from yangban.base.pollutants import HOURLY_SIX, pollutant
from yangban.readings.frames import SLOTS
from yangban.readings.quality import CONSTANT_HOURS, SPIKE_FACTOR, SPIKE_FLOOR


@dataclass(frozen=True)
class SignalRule:
    """One rule: its thresholds by name (concentrations in thousandths), the same in words, and why they are what they are."""

    id: str
    name: str
    thresholds: Mapping[str, int]
    text: str
    why: str


_FLOORS: Final[Mapping[str, int]] = {"pm25": 0, "pm10": 0, "no2": 10_000, "so2": 20_000, "co": 1_000, "o3": 0}
"""Thousandths below which a gas, told in whole steps near its detection limit, repeats itself by chance."""

RULES: Final[Mapping[str, SignalRule]] = {
    rule.id: rule
    for rule in (
        SignalRule(
            "contrast",
            "与同城其他点位反差",
            {"factor": 2, "hours": 8, "others": 3, "floor": 20_000},
            "颗粒物，一日内至少 8 小时不超过同时刻其他每个点位的一半（或不低于其他每个点位的 2 倍）；其他点位不少于 3 个，"
            "较高一方不低于 20 µg/m³",
            "颗粒物在一城之内大体同步；2018-02-20 07 时全国有 4 个以上点位的城市里，单小时低于其他点位一半的 PM2.5 点位 1055 个中有 5 个，"
            "连续成为 8 小时更少。已判决的西安案为 28 对 140、25 对 138。气态污染物的点位差别本来就大，不作此比较",
        ),
        SignalRule(
            "copied_block",
            "与前日数据段相同",
            {"hours": 8, "hours_far": 12, "days": 7, "distinct": 3, **_FLOORS},
            "连续 8 小时与 24 小时前逐时相同（与 2 至 7 天前相同的须满 12 小时），段内至少 3 个不同的值；NO2、SO2、CO 的段均值"
            "不低于 10、20 µg/m³ 和 1 mg/m³",
            "江西 11 市 2022 年逐时实况中最长为 6 小时（吉安 PM2.5）；与更早各日比较机会多 6 倍，最长 7 小时。接近检出限的整数值会"
            "自然重复，故设均值下限；不变的段另由“长时间不变”指出",
        ),
        SignalRule(
            "constant_run",
            "长时间不变",
            {"hours": CONSTANT_HOURS, "hours_low": 36, **_FLOORS},
            "连续 12 小时数值不变，可跨日；NO2、SO2、CO 低于 10、20 µg/m³ 和 1 mg/m³ 时为 36 小时",
            "发布值为整数，气态污染物接近检出限时自然不变：江西 11 市 2022 年最长为 35 小时（南昌 SO2），达到 12 小时的都在这些下限以下",
        ),
        SignalRule(
            "spike",
            "单小时突变",
            {"factor": SPIKE_FACTOR, **SPIKE_FLOOR},
            "高于前后两小时中较大者的 4 倍，且达到该项目的下限，可跨日",
            "真实过程逐时升降；下限以下 4 倍只是寻常波动",
        ),
        SignalRule(
            "pm25_above_pm10",
            "PM2.5 长时间大于 PM10",
            {"hours": 12},
            "一日内至少 12 小时 PM2.5 大于 PM10",
            "PM2.5 是 PM10 的一部分；两台仪器的误差会造成短时倒挂（江西 2022 年 95,810 个城市小时中有 1,416 个），半日以上值得查看",
        ),
        SignalRule(
            "low_variance_day",
            "一日内变化过小",
            {"percent": 15, "hours": 18, "history": 60, "least": 30, "floor": 20_000, "co": 2_000},
            "一日内相对标准差不到该对象此前 60 天（至少 30 天）中位数的 15%；日内至少 18 小时，均值不低于 20 µg/m³（CO 2 mg/m³）",
            "江西 2022 年 7,000 余个城市日无一达到。均值更低时取整本身就掩盖变化；臭氧随日照而变，阴雨日自然平缓，不作此比较",
        ),
        SignalRule(
            "low_variance_week",
            "一周内变化过小",
            {"percent": 30, "days": 7, "hours": 126, "history": 90, "least": 30, "floor": 20_000, "co": 2_000},
            "连续 7 日相对标准差不到该对象此前 90 天各周（至少 30 个）中位数的 30%；一周至少 126 小时，均值不低于 20 µg/m³（CO 2 mg/m³）",
            "江西 2022 年除臭氧外无一达到；周内变化包含天气过程，比日内变化更稳定，故比例放宽",
        ),
        SignalRule(
            "bunching",
            "堆积在限值之下",
            {"width": 5, "share": 66, "most": 75, "per_million": 1_000},
            "AQI 96～100 的天数相对 101～105 过多：即使前者自然占到 66%（外侧 91～95 与 106～110 下降更快时按其内插，至多 75%），"
            "出现这样多的机会仍小于千分之一（二项分布精确概率）",
            "自然分布平滑：江西 2015—2016 年为 188 对 145，占 56%；北京 2006 年 50 对 2、2007 年 56 对 5，占 96% 和 92%。"
            "少于 17 天时任何分布都不会触发",
        ),
    )
}
"""Every rule by id."""


@dataclass(frozen=True)
class Signal:
    """One finding. ``start`` and ``end`` are the labels (END of the hour) of its first and last hour; ``evidence`` holds the numbers."""

    rule: str
    subject: str
    pollutant: str
    start: datetime
    end: datetime
    evidence: Mapping[str, Any]
    sentence: str

    def to_dict(self) -> dict[str, Any]:
        """The signal as ``--json`` prints it, with the threshold used and why it is that."""
        rule = RULES[self.rule]
        return {
            "rule": self.rule,
            "name": rule.name,
            "subject": self.subject,
            "pollutant": self.pollutant,
            "from": self.start.isoformat(sep=" ", timespec="minutes"),
            "to": self.end.isoformat(sep=" ", timespec="minutes"),
            "evidence": dict(self.evidence),
            "sentence": self.sentence,
            "threshold": rule.text,
            "why": rule.why,
        }


def hours(rows: pl.LazyFrame, items: Iterable[str] = HOURLY_SIX) -> pl.LazyFrame:
    """Lake rows as hours: ``subject, day, item, label, value`` (thousandths), sorted by subject, item and label, without blanks."""
    wanted = set(items)
    columns = [name for name in SLOTS if name[:-3] in wanted]
    return (
        rows.unpivot(on=columns, index=["subject", "day"], value_name="value")
        .filter(pl.col("value").is_not_null())
        .select(
            "subject",
            "day",
            pl.col("variable").str.head(-3).alias("item"),
            (pl.col("day").cast(pl.Datetime("us")) + pl.duration(hours=pl.col("variable").str.tail(2).cast(pl.Int64))).alias("label"),
            "value",
        )
        .sort("subject", "item", "label")
    )


def _runs(found: pl.LazyFrame, by: list[str]) -> pl.LazyFrame:
    """Consecutive hours as runs: ``start, end, hours, distinct, total, value`` per run; a missing hour ends a run."""
    # Along a run the hours and the numbers of the rows grow together, so their difference stays.
    numbered = found.sort(*by, "label").with_columns(run=pl.col("label") - pl.duration(hours=pl.int_range(pl.len(), dtype=pl.Int64)))
    return numbered.group_by(*by, "run").agg(
        start=pl.col("label").min(),
        end=pl.col("label").max(),
        hours=pl.len().cast(pl.Int64),
        distinct=pl.col("value").n_unique().cast(pl.Int64),
        total=pl.col("value").cast(pl.Int64).sum(),
        first=pl.col("value").first(),
    )


def _of_item(thresholds: Mapping[str, int]) -> pl.Expr:
    return pl.col("item").replace_strict({item: thresholds[item] for item in HOURLY_SIX}, return_dtype=pl.Int64)


def copied_blocks(rows: pl.LazyFrame) -> pl.LazyFrame:
    """Blocks equal, hour by hour, to those one to seven days earlier.

    Gives ``subject, item, lag`` (days), ``start, end, hours, distinct, total``.
    """
    limits = RULES["copied_block"].thresholds
    found = []
    for lag in range(1, limits["days"] + 1):
        # Whole days lie side by side, so the earlier hours are those of an earlier row.
        earlier = rows.select("subject", pl.col("day").dt.offset_by(f"{lag}d"), *SLOTS)
        both = rows.select("subject", "day", *SLOTS).join(earlier, on=["subject", "day"], suffix="_earlier")
        same = hours(both.with_columns(pl.when(pl.col(name) == pl.col(f"{name}_earlier")).then(pl.col(name)) for name in SLOTS))
        long = pl.col("hours") >= limits["hours" if lag == 1 else "hours_far"]
        varied = pl.col("distinct") >= limits["distinct"]
        found.append(
            _runs(same, ["subject", "item"])
            .filter(long & varied & (pl.col("total") >= _of_item(limits) * pl.col("hours")))
            .with_columns(lag=pl.lit(lag, dtype=pl.Int64))
        )
    return pl.concat(found).select("subject", "item", "lag", "start", "end", "hours", "distinct", "total").sort("subject", "item", "start")


def constant_runs(rows: pl.LazyFrame) -> pl.LazyFrame:
    """Long runs of one value, across the borders of days too: ``subject, item, value, start, end, hours``."""
    limits = RULES["constant_run"].thresholds
    series = hours(rows).select("subject", "item", "label", "value").with_columns(same=pl.col("value"))
    needed = pl.when(pl.col("same") >= _of_item(limits)).then(limits["hours"]).otherwise(limits["hours_low"])
    runs = _runs(series, ["subject", "item", "same"]).filter(pl.col("hours") >= needed)
    return runs.select("subject", "item", pl.col("same").alias("value"), "start", "end", "hours").sort("subject", "item", "start")


def spikes(rows: pl.LazyFrame) -> pl.LazyFrame:
    """Single hours far above the hour before and the hour after, across the borders of days too.

    Gives ``subject, item, start, end, value, before, after``.
    """
    limits = RULES["spike"].thresholds
    hour = pl.duration(hours=1)
    keys = ["subject", "item"]
    series = hours(rows).with_columns(
        before=pl.when(pl.col("label").shift(1).over(keys) == pl.col("label") - hour).then(pl.col("value").shift(1).over(keys)),
        after=pl.when(pl.col("label").shift(-1).over(keys) == pl.col("label") + hour).then(pl.col("value").shift(-1).over(keys)),
    )
    both = pl.col("before").is_not_null() & pl.col("after").is_not_null()
    around = pl.max_horizontal("before", "after").cast(pl.Int64)
    found = series.filter(both & (pl.col("value") >= _of_item(limits)) & (pl.col("value") > around * limits["factor"]))
    return found.select(*keys, pl.col("label").alias("start"), pl.col("label").alias("end"), "value", "before", "after").sort(
        *keys, "start"
    )


def pm25_above_pm10(rows: pl.LazyFrame) -> pl.LazyFrame:
    """Official days with PM2.5 above PM10 for many hours: ``subject, day, start, end, hours, of, pm25, pm10`` (sums over those hours)."""
    both = hours(rows, ["pm25"]).join(hours(rows, ["pm10"]), on=["subject", "day", "label"], suffix="_pm10")
    above = pl.col("value") > pl.col("value_pm10")
    return (
        both.group_by("subject", "day")
        .agg(
            start=pl.col("label").filter(above).min(),
            end=pl.col("label").filter(above).max(),
            hours=above.sum().cast(pl.Int64),
            of=pl.len().cast(pl.Int64),
            pm25=pl.col("value").filter(above).cast(pl.Int64).sum(),
            pm10=pl.col("value_pm10").filter(above).cast(pl.Int64).sum(),
        )
        .filter(pl.col("hours") >= RULES["pm25_above_pm10"].thresholds["hours"])
        .sort("subject", "day")
    )


def amount(thousandths: float, item: str) -> str:
    """A concentration for a sentence, with its unit, to one decimal (CO to two), without idle zeros.

    >>> amount(28_000, "pm25"), amount(1_234, "co")
    ('28 µg/m³', '1.23 mg/m³')
    """
    return f"{number(thousandths, item)} {pollutant(item).unit}"


def number(thousandths: float, item: str) -> str:
    """The same without its unit."""
    text = f"{thousandths / 1000:.{2 if item == 'co' else 1}f}"
    return text.rstrip("0").rstrip(".")


def signals(rows: pl.LazyFrame) -> list[Signal]:
    """Every signal of this module in lake rows.

    Memory grows with the number of subjects, about 20 MB for a year of each; ask for some at a time.
    """
    found: list[Signal] = []
    for row in copied_blocks(rows).collect().iter_rows(named=True):
        mean = row["total"] / row["hours"]
        evidence = {"hours": row["hours"], "days_back": row["lag"], "distinct_values": row["distinct"], "mean": number(mean, row["item"])}
        sentence = (
            f"{_item(row)} 连续 {row['hours']} 小时与 {row['lag']} 天前同一时段逐时相同"
            f"（{row['distinct']} 个不同的值，均值 {amount(mean, row['item'])}）"
        )
        found.append(_signal("copied_block", row, evidence, sentence))
    for row in constant_runs(rows).collect().iter_rows(named=True):
        value = number(row["value"], row["item"])
        sentence = f"{_item(row)} 连续 {row['hours']} 小时为 {amount(row['value'], row['item'])}"
        found.append(_signal("constant_run", row, {"hours": row["hours"], "value": value}, sentence))
    for row in spikes(rows).collect().iter_rows(named=True):
        evidence = {name: number(row[name], row["item"]) for name in ("value", "before", "after")}
        sentence = f"{_item(row)} 为 {amount(row['value'], row['item'])}，前后各一小时为 {evidence['before']} 和 {evidence['after']}"
        found.append(_signal("spike", row, evidence, sentence))
    for row in pm25_above_pm10(rows).collect().iter_rows(named=True):
        fine, coarse = (number(row[item] / row["hours"], item) for item in ("pm25", "pm10"))
        evidence = {"hours": row["hours"], "hours_compared": row["of"], "pm25": fine, "pm10": coarse}
        sentence = f"当日 {row['of']} 小时中有 {row['hours']} 小时 PM2.5 大于 PM10（这些小时的均值为 {fine} 和 {coarse} µg/m³）"
        found.append(_signal("pm25_above_pm10", {**row, "item": "pm25"}, evidence, sentence))
    return found


def _item(row: Mapping[str, Any]) -> str:
    return pollutant(row["item"]).printed


def _signal(rule: str, row: Mapping[str, Any], evidence: Mapping[str, Any], sentence: str) -> Signal:
    return Signal(rule, row["subject"], row["item"], row["start"], row["end"], evidence, sentence)
