"""What things are called on pages, in both languages: indicators, editions, periods, clocks, bases, units of change."""

from __future__ import annotations

from datetime import date
from typing import Final

from yangban.base import regions
from yangban.base.errors import UnknownIndicator, UnknownPeriod, UnknownRegion
from yangban.base.periods import Period, parse
from yangban.base.pollutants import AIR_SIX, pollutant
from yangban.base.water_items import WATER_ITEMS
from yangban.packs.species import species
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
    "sound.area_day": "Area noise by day, mean level",
    "sound.area_night": "Area noise by night, mean level",
    "sound.road_day": "Road traffic noise by day, mean level",
    "sound.road_night": "Road traffic noise by night, mean level",
    "sound.zone_day_rate": "Functional zones: attainment by day",
    "sound.zone_night_rate": "Functional zones: attainment by night",
    "sound.ld": "Equivalent level by day",
    "sound.ln": "Equivalent level by night",
    "sound.sudden_nights": "Nights with sudden noise above the limit",
    "ecology.eqi": "Ecological quality index (EQI)",
    "ecology.forest_cover": "Forest cover",
    "ecology.red_line_area": "Ecological red line, area",
    "ecology.red_line_ratio": "Ecological red line, share of land",
    "ecology.protected_area": "Protected areas, area",
    "ecology.protected_area_ratio": "Protected areas, share of land",
    "ecology.wetland_protection": "Wetlands under protection",
    "ecology.soil_water_conservation": "Land without soil erosion",
    "ecology.gep": "Gross ecosystem product (GEP)",
    "ecology.gep_products": "GEP: products supplied",
    "ecology.gep_regulating": "GEP: regulating services",
    "ecology.gep_cultural": "GEP: cultural services",
    "biodiversity.species": "Species recorded",
    "biodiversity.individuals": "Individuals counted",
    "biodiversity.density": "Individuals per unit of effort",
    "biodiversity.share": "Share of the flyway population",
    "biodiversity.trend_winter": "Yearly change, winters",
    "biodiversity.trend_summer": "Yearly change, summers",
    "biodiversity.trend_year": "Yearly change, whole years",
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
    "sound.area_day": ("区域环境噪声（昼间）", "Area noise by day"),
    "sound.area_night": ("区域环境噪声（夜间）", "Area noise by night"),
    "sound.road_day": ("道路交通噪声（昼间）", "Road noise by day"),
    "sound.road_night": ("道路交通噪声（夜间）", "Road noise by night"),
    "sound.zone_day_rate": ("功能区达标率（昼间）", "Zones attaining by day"),
    "sound.zone_night_rate": ("功能区达标率（夜间）", "Zones attaining by night"),
    "ecology.gep": ("生态产品总值", "Gross ecosystem product"),
    "ecology.gep_products": ("物质供给", "Products supplied"),
    "ecology.gep_regulating": ("调节服务", "Regulating services"),
    "ecology.gep_cultural": ("文化服务", "Cultural services"),
    "biodiversity.species": ("调查记录到的物种", "Species recorded"),
    "biodiversity.individuals": ("个体数", "Individuals counted"),
    "biodiversity.density": ("单位努力量的个体数", "Individuals per unit of effort"),
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
    if medium == "biodiversity" and len(rest) > 1 and f"biodiversity.{rest[0]}" in _ENGLISH:
        known = species().get(rest[1])
        return f"{known.english if known else rest[1]}: {_ENGLISH[f'biodiversity.{rest[0]}'].lower()}"
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
    if edition == "eqi-2021":
        return pick("现行办法", "rules in force")
    year = parts[1] if len(parts) > 1 else edition
    if "transitional" in parts:
        return pick(f"{year} 版（过渡）", f"{year} edition (transitional)")
    return pick(f"{year} 版", f"{year} edition")


_OTHER_NUMBERS: Final = {
    "gb3096-2008": ("GB 3096-2008、HJ 640-2012", "GB 3096-2008, HJ 640-2012"),
    "zones-2024": ("GB 3096-2008（功能区按 2024 年规定）", "GB 3096-2008 (zones by the rule of 2024)"),
    "eqi-2021": ("现行生态评价与核算办法", "rules of ecology in force"),
}


def edition_number(edition: str) -> str:
    """An edition by its standard's number: GB 3095-2012."""
    if edition in _OTHER_NUMBERS:
        return pick(*_OTHER_NUMBERS[edition])
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
    """A place or other subject by name, in English where one is listed; an unknown one stands for itself."""
    own = region()
    if code and code == own["code"] and own["name_en"]:
        return pick(own["name"], own["name_en"])
    try:
        return called(code, regions.subject_name(code))
    except UnknownRegion:
        return code


def short_place(code: str) -> str:
    """A place without its 市 or 县."""
    try:
        return called(code, regions.place(code).short)
    except UnknownRegion:
        return place_name(code)


def called(code: str, name: str) -> str:
    """What a subject is called on this page: by its name, or in English by the English one where one is listed."""
    return pick(name, regions.english_name(code) or name)


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
        "survey": ("调查记录", "records of surveys"),
        "occurrence": ("观察记录", "records of observations"),
        "reported": ("部门填报值，不是监测结果", "reported by a department, not measured"),
        "account": ("核算值，不是监测结果", "an account, not measured"),
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


# --------------------------------------------------------------------------------------------------------- sound, ecology, species

_GRADE_WORDS: Final = {"好": "good", "较好": "fairly good", "一般": "moderate", "较差": "fairly poor", "差": "poor"}
_CHANGE_WORDS: Final = {
    "基本稳定": "stable", "轻微变好": "slightly better", "轻微变差": "slightly worse", "一般变好": "better", "一般变差": "worse",
    "明显变好": "clearly better", "明显变差": "clearly worse",
}  # fmt: skip
_ZONES: Final = {
    "0": ("特别需要安静", "special quiet"), "1": ("居住、文教为主", "homes and schools"), "2": ("商住混杂", "mixed homes and trade"),
    "3": ("工业、仓储为主", "industry and storage"), "4a": ("交通干线两侧", "beside main roads"), "4b": ("铁路干线两侧", "beside railways"),
}  # fmt: skip
_EQI_PARTS: Final = {
    "pattern": ("生态格局", "Pattern"), "function": ("生态功能", "Function"), "biodiversity": ("生物多样性", "Biodiversity"),
    "stress": ("生态胁迫", "Stress"),
}  # fmt: skip
_SEASONS: Final = {"winter": ("越冬季", "winters"), "summer": ("繁殖季", "summers"), "year": ("全年", "years"), "": ("", "")}
_SUBJECTS: Final = {
    "水源涵养": "Water conservation", "土壤保持": "Soil retention", "防风固沙": "Sand fixing", "海岸带防护": "Coast protection",
    "洪水调蓄": "Flood storage", "空气净化": "Air purification", "水质净化": "Water purification", "固碳": "Carbon fixing",
    "释氧": "Oxygen release", "局部气候调节": "Local climate", "噪声削减": "Noise reduction", "旅游康养": "Tourism and recovery",
    "休闲游憩": "Leisure", "景观增值": "Added value of landscape", "农林牧渔产品": "Products of farm, forest, herd and water",
}  # fmt: skip
_COEFFICIENTS: Final = {
    "water_price": ("水价", "water price"), "silt_share": ("泥沙淤积系数", "silt share"), "soil_density": ("土壤容重", "soil density"),
    "silt_price": ("清淤费用", "dredging price"), "soil_nitrogen": ("土壤含氮量", "soil nitrogen"),
    "nitrogen_price": ("脱氮价格", "nitrogen price"), "soil_phosphorus": ("土壤含磷量", "soil phosphorus"),
    "phosphorus_price": ("脱磷价格", "phosphorus price"), "sand_density": ("沙土容重", "sand density"),
    "sand_depth": ("覆沙厚度", "sand depth"), "sand_price": ("治沙费用", "sand price"), "carbon_price": ("碳价", "carbon price"),
    "oxygen_price": ("制氧价格", "oxygen price"), "power_price": ("电价", "power price"), "": ("单价", "price"),
}  # fmt: skip


def grade_word(word: str) -> str:
    """The word of a grade of sound."""
    return pick(word, _GRADE_WORDS.get(word, word))


def change_word(word: str) -> str:
    """What a change of EQI is called."""
    return pick(word, _CHANGE_WORDS.get(word, word))


def said_name(word: str) -> str:
    """An indicator inside a sentence: the Chinese name follows the place at once, the English one a colon."""
    name = indicator_name(word)
    return pick(name, f": {name[:1].lower()}{name[1:]}")


def short_period(label: str) -> str:
    """A part of a year without the year: 6月, Q2, 上半年."""
    if label[5:6] == "H":
        return pick("上半年" if label.endswith("1") else "下半年", label[5:])
    return month_name(label) if label[5:].isdigit() else pick(f"第{label[-1]}季度", label[5:])


def zone_name(klass: str) -> str:
    """What a class of functional zone is, in a few words."""
    return pick(*_ZONES.get(klass, ("", "")))


def eqi_part(word: str) -> str:
    """A first-level index of EQI."""
    return pick(*_EQI_PARTS.get(word, (word, word)))


def season_name(word: str) -> str:
    """A season of surveys."""
    return pick(*_SEASONS.get(word, (word, word)))


def protection(number: int | None) -> str:
    """A class of national protection."""
    words = {1: ("国家一级", "class 1"), 2: ("国家二级", "class 2"), 0: ("未列入", "not listed")}
    return pick(*words.get(-1 if number is None else number, ("不详", "not known")))


def species_name(taxon: str) -> str:
    """A listed species by name; a taxon that is on no list stands for itself."""
    known = species().get(taxon)
    return pick(known.chinese, known.english) if known else taxon


def gep_subject(name: str) -> str:
    """A subject of an account of ecosystem products."""
    return pick(name, _SUBJECTS.get(name, name))


def coefficient_name(name: str) -> str:
    """A price or another coefficient of an account."""
    return pick(*_COEFFICIENTS.get(name, (name, name)))


def money(unit: str) -> str:
    """A unit with yuan in it."""
    return pick(unit.replace("CNY", "元"), unit.replace("元", "yuan").replace("CNY", "yuan"))


_METHODS: Final = {
    "影子工程：Q·P": "shadow project: Q·P", "替代成本：λ·A/ρ·P": "replacement cost: λ·A/ρ·P", "替代成本：A·C·P": "replacement cost: A·C·P",
    "恢复成本：Q/(ρ·h)·P": "restoration cost: Q/(ρ·h)·P", "造林成本：Q·P": "afforestation cost: Q·P",
    "工业制氧：Q·P": "industrial oxygen: Q·P",
    "替代成本：电量·电价": "replacement cost: power · price", "来源所给": "as the source gives it",
    "直接采用来源所给的价值量": "value taken as the source gives it",
    "不在 2022 年试行规范的科目中": "no subject of the trial norm of 2022",
}  # fmt: skip


def gep_method(words: str) -> str:
    """How a quantity became money."""
    return pick(words, _METHODS.get(words, words))


def gep_notes(notes: list[str]) -> str:
    """What a reader must know of a line of an account."""
    return pick("；", "; ").join(gep_method(each) for each in notes)
