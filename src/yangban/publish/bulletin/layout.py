"""What stands where in each kind of bulletin: sections, and the columns of their tables with headings, units and widths.

The Word templates are made from this, and the page and the workbook follow it, so that the three never differ in content.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

MONTHLY: Final = "monthly"
ANNUAL: Final = "annual"
RANKING: Final = "ranking"
COMPARE: Final = "compare"
DISPATCH: Final = "dispatch"


@dataclass(frozen=True)
class Column:
    """A column: ``width`` in mm of the page, ``each`` when it is repeated for every edition (``width`` is then that of one)."""

    key: str
    heading: str
    width: int
    align: str = "right"
    each: bool = False


@dataclass(frozen=True)
class Say:
    """Sentences, a paragraph each; ``lead`` when they are kept on the page of what follows."""

    id: str
    lead: bool = False


@dataclass(frozen=True)
class Grid:
    """A three-line table; ``whole`` when it is short enough to be kept on one page."""

    id: str
    columns: tuple[Column, ...]
    whole: bool = True


@dataclass(frozen=True)
class Picture:
    """A chart."""

    id: str


@dataclass(frozen=True)
class Section:
    """A section; the first one, without a title, is what the bulletin says before anything else."""

    id: str
    title: str
    items: tuple[Say | Grid | Picture, ...]


KINDS: Final[Mapping[str, str]] = {
    MONTHLY: "环境空气质量月报",
    ANNUAL: "环境空气质量公报",
    RANKING: "城市空气质量排名通报",
    COMPARE: "空气质量新旧标准对照",
    DISPATCH: "空气质量日调度",
}
"""The kinds of bulletin and what their titles call them."""

_SIX_YEAR: Final = (
    Column("item", "评价项目", 41, "left"),
    Column("unit", "单位", 17, "left"),
    Column("now", "本期", 15),
    Column("then", "上年同期", 18),
    Column("change", "同比变化\n(%)", 18),
    Column("limit", "二级限值", 18),
    Column("verdict", "评价", 29, "center"),
)
_KEY: Final = (
    Column("item", "指标", 42, "left"),
    Column("unit", "单位", 17, "left"),
    Column("now", "本期", 15),
    Column("yoy", "同比", 22),
    Column("mom", "环比", 22),
    Column("year", "年初累计", 16),
    Column("year_yoy", "累计同比", 22),
)
_CITIES: Final = (
    Column("rank", "名次", 17, "center"),
    Column("place", "地区", 18, "left"),
    Column("ratio", "优良比例\n(%)", 13),
    Column("ratio_change", "同比\n(百分点)", 13),
    Column("pm25", "PM2.5\n(µg/m³)", 13),
    Column("pm25_change", "同比\n(%)", 11),
    Column("pm10", "PM10\n(µg/m³)", 12),
    Column("so2", "SO2\n(µg/m³)", 12),
    Column("no2", "NO2\n(µg/m³)", 12),
    Column("co", "CO\n(mg/m³)", 12),
    Column("o3", "O3-8h\n(µg/m³)", 13),
    Column("index", "综合\n指数", 10),
)
_LEVELS: Final = (
    Column("place", "地区", 24, "left"),
    Column("l1", "优\n(天)", 15),
    Column("l2", "良\n(天)", 15),
    Column("l3", "轻度污染\n(天)", 17),
    Column("l4", "中度污染\n(天)", 17),
    Column("l5", "重度污染\n(天)", 17),
    Column("l6", "严重污染\n(天)", 17),
    Column("valid", "有效天数\n(天)", 17),
    Column("ratio", "优良比例\n(%)", 17),
)
_PRIMARY: Final = (
    Column("place", "地区", 30, "left"),
    Column("pm25", "PM2.5\n(天)", 21),
    Column("pm10", "PM10\n(天)", 21),
    Column("so2", "SO2\n(天)", 21),
    Column("no2", "NO2\n(天)", 21),
    Column("co", "CO\n(天)", 21),
    Column("o3_8h", "O3-8h\n(天)", 21),
)
_EDITIONS: Final = (
    Column("item", "指标", 44, "left"),
    Column("unit", "单位", 18, "left"),
    Column("value", "", 25, each=True),
    Column("step", "", 22, each=True),
)
_PLACES_COMPARED: Final = (
    Column("place", "地区", 20, "left"),
    Column("ratio", "", 17, each=True),
    Column("days", "", 17, each=True),
    Column("index", "", 17, each=True),
    Column("attains", "", 17, "center", each=True),
)
_PUBLISHED: Final = (
    Column("place", "地区", 16, "left"),
    Column("item", "指标", 35, "left"),
    Column("unit", "单位", 13, "left"),
    Column("computed", "计算值", 14),
    Column("published", "公布值", 14),
    Column("difference", "差", 13, "center"),
    Column("source", "公布单位", 51, "left"),
)
_DOCUMENTS: Final = (
    Column("number", "文号", 32, "left"),
    Column("title", "名称", 66, "left"),
    Column("effective", "施行", 24, "left"),
    Column("confidence", "核对程度", 34, "left"),
)
_RULES: Final = (
    Column("document", "文件", 32, "left"),
    Column("clause", "条款", 34, "left"),
    Column("rules", "规则", 90, "left"),
)
_RANKED: Final = (
    Column("rank", "名次", 20, "center"),
    Column("place", "地区", 34, "left"),
    Column("index", "综合指数", 24),
    Column("ratio", "优良比例\n(%)", 26),
    Column("pm25", "PM2.5\n(µg/m³)", 26),
    Column("o3", "O3-8h\n(µg/m³)", 26),
)
_CHANGES: Final = (
    Column("rank", "名次", 22, "center"),
    Column("place", "地区", 38, "left"),
    Column("now", "本期综合指数", 32),
    Column("then", "上年同期", 32),
    Column("change", "变化(%)", 32),
)
_TO_DATE: Final = (
    Column("item", "指标", 44, "left"),
    Column("unit", "单位", 20, "left"),
    Column("month", "本月累计", 24),
    Column("month_yoy", "同比", 22),
    Column("year", "本年累计", 24),
    Column("year_yoy", "同比", 22),
)
_STANDING: Final = (
    Column("pool", "排名范围", 44, "left"),
    Column("span", "时段", 16, "left"),
    Column("index", "综合指数", 24),
    Column("pm25", "PM2.5", 24),
    Column("ratio", "优良比例", 24),
    Column("o3", "O3-8h", 24),
)
_WATER_YEAR: Final = (
    Column("item", "指标", 50, "left"),
    Column("unit", "单位", 16, "left"),
    Column("now", "本年", 20),
    Column("then", "上年", 20),
    Column("yoy", "同比", 28),
    Column("valid", "数据充足/\n应评断面", 22, "center"),
)
_WATER_MONTH: Final = (
    Column("item", "指标", 42, "left"),
    Column("unit", "单位", 11, "left"),
    Column("now", "本月", 16),
    Column("yoy", "同比", 26),
    Column("mom", "环比", 26),
    Column("year", "年初累计", 16),
    Column("valid", "数据充足/\n应评断面", 19, "center"),
)
_WATERS: Final = (
    Column("water", "河流、湖库", 30, "left"),
    Column("sections", "评价/应评\n断面", 17, "center"),
    Column("good", "优良比例\n(%)", 17),
    Column("state", "水质状况", 32, "center"),
    Column("main", "超Ⅲ类的主要指标", 38, "left"),
    Column("change", "与上年同期", 22, "center"),
)
_WATER_PLACES: Final = (
    Column("place", "地区", 28, "left"),
    Column("sections", "评价/应评\n断面", 22, "center"),
    Column("good", "优良比例\n(%)", 20),
    Column("good_change", "同比\n(百分点)", 18),
    Column("class12", "Ⅰ～Ⅱ类\n(%)", 20),
    Column("inferior", "劣Ⅴ类\n(%)", 18),
    Column("state", "水质状况", 30, "center"),
)
_WATER_SECTIONS: Final = (
    Column("section", "断面（点位）", 32, "left"),
    Column("place", "所在地区", 28, "left"),
    Column("water", "河流、湖库", 28, "left"),
    Column("class", "水质类别", 20, "center"),
    Column("main", "超Ⅲ类的主要指标（超标倍数）", 48, "left"),
)
_WATER: Final = (
    Section("waters", "主要河流和湖库", (Say("waters"), Grid("waters", _WATERS))),
    Section(
        "water_places",
        "各城市地表水水质",
        (Say("water_places"), Grid("water_places", _WATER_PLACES), Picture("water_classes"), Picture("water_map")),
    ),
    Section("water_sections", "断面水质", (Say("water_sections"), Grid("water_sections", _WATER_SECTIONS, whole=False))),
)
_SOUND: Final = (
    Column("place", "地区", 26, "left"),
    Column("area_day", "区域昼间\n(dB(A))", 20),
    Column("area_grade", "等级", 22, "center"),
    Column("road_day", "道路昼间\n(dB(A))", 20),
    Column("road_grade", "等级", 22, "center"),
    Column("zone_day_rate", "功能区昼间\n达标率(%)", 23),
    Column("zone_night_rate", "功能区夜间\n达标率(%)", 23),
)
_ECOLOGY: Final = (
    Column("item", "指标", 42, "left"),
    Column("unit", "单位", 14, "left"),
    Column("now", "本期", 22),
    Column("yoy", "同比", 24),
    Column("origin", "来源", 18, "center"),
    Column("evidence", "依据", 36, "left"),
)
_SPECIES: Final = (
    Column("species", "物种", 28, "left"),
    Column("latin", "学名", 46, "left"),
    Column("protection", "保护级别", 18, "center"),
    Column("now", "个体数", 20),
    Column("yoy", "同比", 24),
    Column("sites", "有数量/\n调查地点", 20, "center"),
)
_SOUND_SECTION: Final = Section("sound", "声环境质量", (Say("sound"), Grid("sound", _SOUND)))
_NATURE: Final = (
    _SOUND_SECTION,
    Section("ecology", "生态状况", (Say("ecology"), Grid("ecology", _ECOLOGY))),
    Section("species", "生物多样性", (Say("species"), Grid("species", _SPECIES))),
)
_END: Final = (Say("method"), Grid("documents", _DOCUMENTS), Say("rules_say", lead=True), Grid("rules", _RULES, whole=False))

LAYOUTS: Final[Mapping[str, tuple[Section, ...]]] = {
    ANNUAL: (
        Section("head", "", (Say("head"),)),
        Section("six", "六项污染物", (Say("six"), Grid("six", _SIX_YEAR), Picture("months"))),
        Section("levels", "优良天数与级别", (Say("levels"), Grid("levels", _LEVELS), Picture("levels_chart"))),
        Section("cities", "各城市状况", (Say("cities"), Grid("cities", _CITIES), Picture("cities_chart"), Picture("cities_map"))),
        Section("primary", "首要污染物", (Say("primary"), Grid("primary", _PRIMARY))),
        Section("water", "地表水水质", (Say("water"), Grid("water_key", _WATER_YEAR), Picture("water_months"))),
        *_WATER,
        *_NATURE,
        Section("editions", "空气质量：同一年两个标准", (Say("editions"), Grid("editions", _EDITIONS))),
        Section("published", "与公布值对照", (Say("published"), Grid("published", _PUBLISHED, whole=False))),
        Section("method", "数据与方法说明", _END),
    ),
    MONTHLY: (
        Section("head", "", (Say("head"),)),
        Section("key", "主要指标", (Say("key"), Grid("key", _KEY))),
        Section("cities", "各城市状况", (Say("cities"), Grid("cities", _CITIES), Picture("cities_chart"), Picture("cities_map"))),
        Section("levels", "优良天数与级别", (Say("levels"), Picture("levels_chart"))),
        Section("months", "本年走势", (Say("months"), Picture("months"))),
        Section("water", "地表水水质", (Say("water"), Grid("water_key", _WATER_MONTH), Picture("water_months"))),
        *_WATER,
        *_NATURE,
        Section("published", "与公布值对照", (Say("published"), Grid("published", _PUBLISHED, whole=False))),
        Section("method", "数据与方法说明", (Say("method"),)),
    ),
    RANKING: (
        Section("head", "", (Say("head"),)),
        Section("ranking", "综合指数排名", (Say("ranking"), Grid("ranking", _RANKED), Picture("cities_chart"))),
        Section("changes", "变化排名", (Say("changes"), Grid("changes", _CHANGES))),
        Section("method", "数据与方法说明", (Say("method"),)),
    ),
    COMPARE: (
        Section("head", "", (Say("head"),)),
        Section("editions", "全区域结果", (Say("editions"), Grid("editions", _EDITIONS))),
        Section("places", "各城市结果", (Say("places"), Picture("pairs"), Grid("places", _PLACES_COMPARED))),
        Section("method", "数据与方法说明", _END),
    ),
    DISPATCH: (
        Section("head", "", (Say("head"),)),
        Section("to_date", "累计", (Grid("to_date", _TO_DATE),)),
        Section("standing", "排名", (Grid("standing", _STANDING), Say("standing"))),
        Section("targets", "目标余量", (Say("targets"),)),
        Section("latest", "最新一小时", (Say("latest"),)),
        Section("method", "说明", (Say("method"),)),
    ),
}
"""The sections of each kind, in order; what a bulletin has nothing to say about is left out, and the numbering closes up."""

TIGHT: Final = (DISPATCH,)
"""Kinds that have to go on one page and are set smaller."""
