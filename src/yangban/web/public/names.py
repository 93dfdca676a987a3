"""What things are called on pages, in both languages: indicators, editions, periods, clocks, bases, units of change."""

from __future__ import annotations

from datetime import date
from typing import Final

from yangban.base import regions
from yangban.base.errors import UnknownIndicator, UnknownPeriod, UnknownRegion
from yangban.base.periods import Period, parse
from yangban.base.pollutants import AIR_SIX, pollutant
from yangban.base.water_items import WATER_ITEMS
from yangban.web.config.context import region
from yangban.web.public.summaries import Spec, indicator_spec
from yangban.web.words import pick

_ENGLISH: Final = {
    "air.aqi": "Air quality index (AQI)",
    "air.good_day_ratio": "Share of good days",
    "air.good_days": "Good days",
    "air.valid_days": "Valid days",
    "air.heavy_days": "Days of heavy pollution or worse",
    "air.level1_days": "Excellent days",
    "air.level2_days": "Good (second level) days",
    "air.level3_days": "Days of light pollution",
    "air.level4_days": "Days of moderate pollution",
    "air.level5_days": "Days of heavy pollution",
    "air.level6_days": "Days of severe pollution",
    "air.composite_index": "Composite air quality index",
    "air.attains": "All six pollutants attain",
    "water.class": "Water quality class",
    "water.state": "State of water",
    "water.good_ratio": "Sections of class I to III",
    "water.class12_ratio": "Sections of class I to II",
    "water.inferior_ratio": "Sections worse than class V",
    "water.sections": "Sections assessed",
    "water.cwqi": "City water quality index (CWQI)",
    "water.tli": "Trophic level index (TLI)",
}
_ENDINGS: Final = {
    "mean": "{} mean concentration", "max": "{} daily 8-hour maximum", "p90": "{} 90th percentile", "p95": "{} 95th percentile",
    "p98": "{} 98th percentile", "exceed_days": "Days above the {} limit", "attain_ratio": "Share of days within the {} limit",
    "primary_days": "Days above 100 with {} as primary pollutant", "mean_multiple": "{} mean: multiple above the limit",
    "p90_multiple": "{} percentile: multiple above the limit", "p95_multiple": "{} percentile: multiple above the limit",
    "p98_multiple": "{} percentile: multiple above the limit",
}  # fmt: skip
_WATER: Final = {item.code: (item.name_en, item.printed) for item in WATER_ITEMS}
SHORT: Final = {
    "air.good_day_ratio": ("优良天数比例", "Good days"),
    "air.pm25.mean": ("PM2.5 平均浓度", "PM2.5 mean"),
    "air.pm10.mean": ("PM10 平均浓度", "PM10 mean"),
    "air.so2.mean": ("SO2 平均浓度", "SO2 mean"),
    "air.no2.mean": ("NO2 平均浓度", "NO2 mean"),
    "air.co.p95": ("CO 日均值第 95 百分位数", "CO, 95th percentile of days"),
    "air.o3_8h.p90": ("臭氧日最大 8 小时第 90 百分位数", "Ozone 8-hour maximum, 90th percentile"),
    "air.composite_index": ("综合指数", "Composite index"),
}
HEADS: Final = {
    "air.composite_index": ("综合指数", "Composite index"), "air.good_day_ratio": ("优良天数比例", "Good days"),
    "air.good_days": ("优良天数", "Good days"), "air.heavy_days": ("重度及以上", "Heavy or worse"),
    "air.valid_days": ("有效天数", "Valid days"), "air.pm25.mean": ("PM2.5", "PM2.5"), "air.pm10.mean": ("PM10", "PM10"),
    "air.so2.mean": ("SO2", "SO2"), "air.no2.mean": ("NO2", "NO2"), "air.co.p95": ("CO", "CO"), "air.o3_8h.p90": ("O3-8h", "O3-8h"),
    "air.co.mean": ("CO", "CO"), "air.o3_8h.max": ("O3-8h", "O3-8h"), "air.aqi": ("AQI", "AQI"),
    "water.good_ratio": ("Ⅰ～Ⅲ类", "I to III"), "water.class12_ratio": ("Ⅰ～Ⅱ类", "I to II"), "water.inferior_ratio": ("劣Ⅴ类", "Below V"),
    "water.cwqi": ("CWQI", "CWQI"), "water.sections": ("断面", "Sections"), "water.class": ("类别", "Class"), "water.tli": ("TLI", "TLI"),
}  # fmt: skip
"""Headings of columns."""


def indicator_name(word: str) -> str:
    """An indicator in the language of the page; a word that nobody knows stands for itself."""
    try:
        zh = indicator_spec(word).name
    except UnknownIndicator:
        return word
    return pick(zh, _english(word) or zh)


def spec_of(word: str) -> Spec | None:
    """What the house says of an indicator, ``None`` for a word that nobody knows."""
    try:
        return indicator_spec(word)
    except UnknownIndicator:
        return None


def _english(word: str) -> str:
    if word in _ENGLISH:
        return _ENGLISH[word]
    medium, *rest = word.split(".")
    if medium == "air" and rest[0] == "composite" and rest[-1] in AIR_SIX:
        return f"{pollutant(rest[-1]).printed} single index"
    if medium == "air" and rest[0] in AIR_SIX and rest[-1] in _ENDINGS:
        return _ENDINGS[rest[-1]].format(pollutant(rest[0]).printed)
    if medium == "water" and rest[0] in _WATER:
        return f"{_WATER[rest[0]][0].capitalize()}, mean"
    return ""


def short_name(word: str) -> str:
    """An indicator as a card says it."""
    return pick(*SHORT[word]) if word in SHORT else indicator_name(word)


def head_name(word: str) -> str:
    """An indicator as a column says it."""
    return pick(*HEADS[word]) if word in HEADS else indicator_name(word)


def item_name(code: str) -> str:
    """A pollutant or an item of water, short: PM2.5, 高锰酸盐指数."""
    if code in AIR_SIX or code == "o3":
        return pollutant(code).printed.replace("-1h", "")
    if code in _WATER:
        return pick(_WATER[code][1], _WATER[code][0])
    return code


def edition_name(edition: str) -> str:
    """An edition as a switch says it: 2012 版, 2026 版过渡阶段."""
    parts = edition.split("-")
    year = parts[1] if len(parts) > 1 else edition
    if "transitional" in parts:
        return pick(f"{year} 版（过渡）", f"{year} edition (transitional)")
    return pick(f"{year} 版", f"{year} edition")


def edition_number(edition: str) -> str:
    """An edition by its standard's number: GB 3095-2012."""
    parts = edition.split("-")
    if not parts[0].startswith("gb") or len(parts) < 2:
        return edition
    number = f"GB {parts[0][2:]}-{parts[1]}"
    return number + pick("（过渡阶段限值）", " (transitional limits)") if "transitional" in parts else number


def period_name(label: str) -> str:
    """A period in words: 2022年6月13日, June 2022."""
    try:
        period = parse(label)
    except UnknownPeriod:
        return label
    start = period.start
    if period.kind == "year":
        return pick(f"{label}年", label)
    if period.kind == "half":
        return pick(
            f"{start.year}年{'上' if start.month == 1 else '下'}半年", f"{'First' if start.month == 1 else 'Second'} half of {start.year}"
        )
    if period.kind == "quarter":
        n = label[-1]
        return pick(f"{start.year}年第{n}季度", f"Quarter {n} of {start.year}")
    if period.kind == "month":
        return pick(f"{start.year}年{start.month}月", f"{MONTHS[start.month - 1]} {start.year}")
    if period.kind == "day":
        return pick(f"{start.year}年{start.month}月{start.day}日", f"{start.day} {MONTHS[start.month - 1]} {start.year}")
    return f"{day_name(start)} – {day_name(period.end)}"


MONTHS: Final = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December",
)  # fmt: skip


def day_name(day: date) -> str:
    """A day in words."""
    return period_name(day.isoformat())


def month_name(label: str) -> str:
    """A month without its year: 6月, Jun."""
    number = int(label[5:7])
    return pick(f"{number}月", MONTHS[number - 1][:3])


def place_name(code: str) -> str:
    """A place or other subject by name; an unknown one stands for itself. The site's own region has an English name."""
    own = region()
    if code and code == own["code"] and own["name_en"]:
        return pick(own["name"], own["name_en"])
    try:
        return regions.subject_name(code)
    except UnknownRegion:
        return code


def short_place(code: str) -> str:
    """A place without its 市 or 县."""
    try:
        return regions.place(code).short
    except UnknownRegion:
        return place_name(code)


def clock(period: Period | str) -> str:
    """Which clock a number of air runs on: daily values of a natural day, or what is made from them."""
    kind = parse(period).kind if isinstance(period, str) else period.kind
    if kind == "day":
        return pick("日均值（自然日 1–24 时）", "daily values (natural day, 1–24 h)")
    return pick("由日均值统计", "from daily values")


def basis(word: str) -> str:
    """Whether readings were reviewed."""
    words = {
        "realtime": ("实况数据（未经审核）", "real-time data (not reviewed)"),
        "audited": ("审核数据", "reviewed data"),
        "best": ("审核数据优先", "reviewed data first"),
        "mixed": ("审核与实况混合", "reviewed and real-time mixed"),
    }
    return pick(*words.get(word, (word, word)))


def scope(word: str) -> str:
    """Whether days under sand-dust are in."""
    words = {
        "as_monitored": ("沙尘未扣除", "dust days included"),
        "dust_excluded": ("已扣除沙尘", "dust days left out"),
    }
    return pick(*words.get(word, (word, word)))


def network(word: str) -> str:
    """Whose stations."""
    words = {"state": ("国家网", "state network"), "province": ("省网", "provincial network"), "all": ("全部点位", "all stations")}
    return pick(*words.get(word, (word, word)))


def sure(word: str) -> str:
    """How sure an entry of the book is."""
    words = {
        "official": ("官方文本", "official text"),
        "verified": ("多源核实", "several sources agree"),
        "one-source": ("单一来源", "one source"),
        "unverified": ("未核实", "not verified"),
        "unknown": ("未知待填", "unknown"),
    }
    return pick(*words.get(word, (word, word)))
