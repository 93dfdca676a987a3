"""The indicators of air: their words, names, units, printed decimals, and the rules of the book on which each leans."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from yangban.base.alike import alike
from yangban.base.errors import UnknownIndicator
from yangban.base.pollutants import AIR_SIX, pollutant
from yangban.base.units import PERCENT

DAYS: Final = "d"
ONE: Final = "1"

_DAY_RULES: Final = ("completeness.day_mean.hours",)
_OZONE_RULES: Final = (
    "completeness.o3_8h.hours",
    "completeness.o3_8h_day.windows",
    "completeness.o3_8h_day.counts_when_over_limit",
)
_INDEX_RULES: Final = (
    *_DAY_RULES,
    *_OZONE_RULES,
    "index.assessment_items",
    *(f"rounding.index_input.{code}" for code in AIR_SIX),
    "completeness.index.complete_or_above",
)


@dataclass(frozen=True, kw_only=True)
class Indicator:
    """What is to be known of an indicator before any of its values.

    ``decimals`` is the book's key of the printed decimals, ``better`` is ``low`` or ``high`` where a ranking has a direction, ``change``
    how two periods are compared (``percent``, ``points``, ``difference`` or none), ``rules`` the keys of the book that it leans on,
    ``completeness`` which of the period rules it must meet (``annual``, ``percentile``).
    """

    id: str
    name: str
    unit: str
    decimals: str
    rules: tuple[str, ...]
    better: str = "low"
    change: str = "percent"
    completeness: str = "annual"
    levels: tuple[str, ...] = ("period",)


def _statistics() -> list[Indicator]:
    ranks = {"pm25": "p95", "pm10": "p95", "so2": "p98", "no2": "p98", "co": "p95", "o3_8h": "p90"}
    found = []
    for code in AIR_SIX:
        each = pollutant(code)
        day = _OZONE_RULES if code == "o3_8h" else _DAY_RULES
        if code not in {"co", "o3_8h"}:
            found.append(
                Indicator(
                    id=f"air.{code}.mean",
                    name=f"{each.printed}平均浓度",
                    unit=each.unit,
                    decimals=code,
                    rules=day,
                    levels=("day", "period"),
                )
            )
        else:
            word, what = ("mean", "日均浓度") if code == "co" else ("max", "日最大8小时平均")
            found.append(
                Indicator(id=f"air.{code}.{word}", name=f"{each.printed}{what}", unit=each.unit, decimals=code, rules=day, levels=("day",))
            )
        rank = ranks[code]
        found.append(
            Indicator(
                id=f"air.{code}.{rank}",
                name=f"{each.printed}第{rank[1:]}百分位数",
                unit=each.unit,
                decimals=code,
                rules=(*day, f"percentile.{code}", "percentile.method"),
                completeness="percentile",
            )
        )
        found += [
            Indicator(
                id=f"air.{code}.{statistic}_multiple",
                name=f"{each.printed}{'均值' if statistic == 'mean' else f'第{rank[1:]}百分位数'}超标倍数",
                unit=ONE,
                decimals="multiple",
                rules=(*day, "rounding.multiple"),
                change="difference",
                completeness="annual" if statistic == "mean" else "percentile",
            )
            for statistic in (("mean", rank) if code not in {"co", "o3_8h"} else (rank,))
        ]
        found += [
            Indicator(
                id=f"air.{code}.exceed_days", name=f"{each.printed}超标天数", unit=DAYS, decimals="days", rules=day, change="difference"
            ),
            Indicator(
                id=f"air.{code}.attain_ratio",
                name=f"{each.printed}日达标率",
                unit=PERCENT,
                decimals="good_day_ratio",
                rules=day,
                better="high",
                change="points",
            ),
            Indicator(
                id=f"air.{code}.primary_days",
                name=f"以{each.printed}为首要污染物的超标天数",
                unit=DAYS,
                decimals="days",
                rules=_INDEX_RULES,
                change="difference",
            ),
            Indicator(
                id=f"air.composite.{code}",
                name=f"{each.printed}单项指数",
                unit=ONE,
                decimals="composite_index",
                rules=(*day, "rounding.composite.single", f"rounding.composite_input.{code}"),
            ),
        ]
    return found


def _indices() -> list[Indicator]:
    grades = ("优", "良", "轻度污染", "中度污染", "重度污染", "严重污染")
    composite = (
        "composite.items",
        "composite.limit_level",
        *(f"composite.weight.{p}" for p in AIR_SIX),
        *(f"rounding.composite_input.{p}" for p in AIR_SIX),
        "rounding.composite.single",
        "rounding.composite.total",
    )
    judged = ("percentile.method", *_DAY_RULES, *_OZONE_RULES)
    return [
        Indicator(
            id="air.aqi", name="空气质量指数(AQI)", unit=ONE, decimals="days", rules=_INDEX_RULES, levels=("day",), change="difference"
        ),
        Indicator(
            id="air.good_day_ratio",
            name="优良天数比例",
            unit=PERCENT,
            decimals="good_day_ratio",
            rules=(*_INDEX_RULES, "index.good_at_most"),
            better="high",
            change="points",
        ),
        Indicator(id="air.good_days", name="优良天数", unit=DAYS, decimals="days", rules=_INDEX_RULES, better="high", change="difference"),
        Indicator(id="air.valid_days", name="有效天数", unit=DAYS, decimals="days", rules=_INDEX_RULES, better="high", change="difference"),
        Indicator(id="air.heavy_days", name="重度及以上污染天数", unit=DAYS, decimals="days", rules=_INDEX_RULES, change="difference"),
        *(
            Indicator(id=f"air.level{n}_days", name=f"{grade}天数", unit=DAYS, decimals="days", rules=_INDEX_RULES, change="difference")
            for n, grade in enumerate(grades, start=1)
        ),
        Indicator(id="air.composite_index", name="环境空气质量综合指数", unit=ONE, decimals="composite_index", rules=(*judged, *composite)),
        Indicator(id="air.attains", name="六项污染物是否全部达标", unit=ONE, decimals="days", rules=judged, better="high", change=""),
    ]


INDICATORS: Final[Mapping[str, Indicator]] = {each.id: each for each in (*_indices(), *_statistics())}
"""Every indicator of air, headline figures first."""

CHANGE_SUFFIX: Final = ".change"


def indicator(word: str) -> Indicator:
    """The indicator with this word, or :class:`~yangban.base.errors.UnknownIndicator` naming near ones."""
    try:
        return INDICATORS[word.removesuffix(CHANGE_SUFFIX)]
    except KeyError:
        near = alike(word, INDICATORS, cutoff=0.5)
        hint = f"; did you mean {' or '.join(near)}?" if near else ""
        raise UnknownIndicator(f"unknown indicator {word!r}{hint} (yangban figures without --indicator lists what there is)") from None
