"""The indicators of surface water: their words, names, units, printed decimals, and the rules of the book on which each leans."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from yangban.base.alike import alike
from yangban.base.errors import UnknownIndicator
from yangban.base.units import PERCENT
from yangban.base.water_items import VOLUME, WATER_ITEMS

ONE: Final = "1"
SECTIONS: Final = "section"

CLASS_RULES: Final = ("assess.items", "assess.method", "assess.equal_limits", "assess.unmonitored_practice", "average.method")
SHARE_RULES: Final = (*CLASS_RULES, "share.excellent", "share.good", "share.moderate", "share.heavy", "assess.small_river_below")


@dataclass(frozen=True, kw_only=True)
class Indicator:
    """What is to be known of an indicator before any of its values.

    ``decimals`` is the last word of the book's key of its printed decimals; for an item's mean it is the item, whose decimals are those of
    its data. ``better`` is ``low`` or ``high`` where a ranking has a direction, ``change`` how two periods are compared.
    """

    id: str
    name: str
    unit: str
    decimals: str
    rules: tuple[str, ...]
    better: str = "low"
    change: str = "difference"


SOURCE_RULES: Final = ("drinking.class_at_most", "drinking.not_judged", "average.method")
TARGET_RULES: Final = (
    *CLASS_RULES, "target.natural_background.in_targets", "target.natural_background.procedure", "target.upstream_deduction",
)  # fmt: skip
WARNING_RULES: Final = (
    *CLASS_RULES, "warning.provinces", "warning.periods", "warning.level1.classes_worse", "warning.level2.classes_worse",
    "warning.worse_than",
    "warning.cumulative_misses_target", "warning.city", "warning.later_articles",
)  # fmt: skip


def _of_sources(word: str, name: str, *keys: str) -> Indicator:
    rules = (*SOURCE_RULES, *keys)
    return Indicator(id=f"water.{word}", name=name, unit=PERCENT, decimals=word, rules=rules, better="high", change="points")


def _ratio(word: str, name: str, key: str, better: str) -> Indicator:
    return Indicator(id=f"water.{word}", name=name, unit=PERCENT, decimals=word, rules=(*CLASS_RULES, key), better=better, change="points")


INDICATORS: Final[Mapping[str, Indicator]] = {
    each.id: each
    for each in (
        Indicator(id="water.class", name="水质类别", unit=ONE, decimals="class", rules=CLASS_RULES),
        Indicator(id="water.state", name="水质状况", unit=ONE, decimals="class", rules=SHARE_RULES),
        _ratio("good_ratio", "水质优良（Ⅰ～Ⅲ类）比例", "ratio.good_class_at_most", "high"),
        _ratio("class12_ratio", "Ⅰ～Ⅱ类比例", "ratio.class12_at_most", "high"),
        _ratio("inferior_ratio", "劣Ⅴ类比例", "ratio.inferior_class", "low"),
        Indicator(id="water.sections", name="评价断面数", unit=SECTIONS, decimals="sections", rules=CLASS_RULES, better="high"),
        Indicator(
            id="water.cwqi",
            name="城市水质指数(CWQI)",
            unit=ONE,
            decimals="cwqi",
            rules=(
                "cwqi.items", "cwqi.limit_class", "cwqi.do", "cwqi.ph_neutral", "cwqi.ph_acid", "cwqi.ph_alkaline", "cwqi.order",
                "cwqi.lake_separately", "cwqi.city_merge", "cwqi.missing_items",
            ),
            change="percent",
        ),
        Indicator(
            id="water.tli",
            name="综合营养状态指数(TLI)",
            unit=ONE,
            decimals="tli",
            rules=("tli.items", "tli.factor", "tli.grades", *(f"tli.{i}.{p}" for i in ("chla", "tp", "tn", "sd", "codmn") for p in "ab")),
        ),
        Indicator(id="water.source_meets", name="饮用水水源达标", unit=ONE, decimals="source_meets", rules=SOURCE_RULES, better="high"),
        _of_sources("source_ratio", "饮用水水源达标率"),
        _of_sources("source_volume_ratio", "饮用水水源取水量达标率", "drinking.volume_ratio"),
        Indicator(id="water.sources", name="评价水源数", unit="source", decimals="sources", rules=SOURCE_RULES, better="high"),
        Indicator(id="water.target_met", name="水质目标达标", unit=ONE, decimals="target_met", rules=TARGET_RULES, better="high"),
        Indicator(
            id="water.target_ratio", name="水质目标达标率", unit=PERCENT, decimals="target_ratio", rules=TARGET_RULES, better="high",
            change="points",
        ),
        Indicator(id="water.warning", name="长江流域水环境预警级别", unit=ONE, decimals="warning", rules=WARNING_RULES),
        Indicator(
            id="water.slide", name="向下一类别滑动的项目数", unit=ONE, decimals="slide", rules=("average.method", "warning.slide.share"),
        ),
        *(
            Indicator(
                id=f"water.class{klass}_years", name=f"连续达到{numeral}类的年数", unit="year", decimals="class_years", rules=CLASS_RULES,
                better="high",
            )
            for klass, numeral in ((2, "Ⅱ"), (3, "Ⅲ"))
        ),
        *(
            Indicator(
                id=f"water.{item.code}.mean",
                name=f"{item.printed}平均浓度" if item.unit != ONE else f"{item.printed}平均值",
                unit=item.unit,
                decimals=item.code,
                rules=("average.method", *(("ph.mean",) if item.code == "ph" else ())),
                better="high" if item.code in {"do", "sd"} else "low",
                change="percent" if item.code not in {"ph", "temperature"} else "difference",
            )
            for item in WATER_ITEMS
            if item.code != VOLUME
        ),
    )
}  # fmt: skip
"""Every indicator of water, headline figures first."""

CHANGE_SUFFIX: Final = ".change"


def indicator(word: str) -> Indicator:
    """The indicator with this word, or :class:`~yangban.base.errors.UnknownIndicator` naming near ones."""
    try:
        return INDICATORS[word.removesuffix(CHANGE_SUFFIX)]
    except KeyError:
        near = alike(word, INDICATORS, cutoff=0.5)
        hint = f"; did you mean {' or '.join(near)}?" if near else ""
        raise UnknownIndicator(f"unknown indicator {word!r}{hint} (yangban figures without --indicator lists what there is)") from None
