"""Headings of tables of water as people write them: which item, in which unit.

``溶解氧(mg/L)``, ``高锰酸盐指数``, ``NH3-N``, ``总磷(以P计)``, ``hg_ug_l`` and ``粪大肠菌群（个/L）`` are understood; nothing is
guessed from a part of a heading. A stated unit is converted exactly, one of another dimension is refused.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from yangban.base.errors import UnknownUnit
from yangban.base.water_items import VOLUME_UNIT, WATER_ITEMS, water_item

_NAMES: Final[Mapping[str, tuple[str, ...]]] = {
    "temperature": ("水温", "温度", "watertemperature", "temp"),
    "ph": ("ph值", "氢离子浓度指数"),
    "do": ("溶解氧", "dissolvedoxygen"),
    "codmn": ("高锰酸盐指数", "高锰酸钾指数", "permanganateindex", "imn"),
    "cod": ("化学需氧量", "codcr"),
    "bod5": ("五日生化需氧量", "生化需氧量", "bod"),
    "nh3n": ("氨氮", "nh4n", "nh3"),
    "tp": ("总磷", "totalphosphorus"),
    "tn": ("总氮", "totalnitrogen"),
    "cu": ("铜", "copper"),
    "zn": ("锌", "zinc"),
    "fluoride": ("氟化物", "氟离子", "f"),
    "se": ("硒", "selenium"),
    "as": ("砷", "arsenic"),
    "hg": ("汞", "mercury"),
    "cd": ("镉", "cadmium"),
    "cr6": ("六价铬", "铬六价", "cr6+", "crvi", "crⅵ"),
    "pb": ("铅", "lead"),
    "cyanide": ("氰化物", "总氰化物", "cn"),
    "phenol": ("挥发酚", "挥发性酚", "volatilephenol"),
    "petroleum": ("石油类", "oil"),
    "surfactant": ("阴离子表面活性剂", "las"),
    "sulphide": ("硫化物", "sulfide"),
    "coliform": ("粪大肠菌群", "faecalcoliform", "fecalcoliform"),
    "conductivity": ("电导率", "ec"),
    "turbidity": ("浊度",),
    "chla": ("叶绿素a", "叶绿素α", "叶绿素", "chlorophylla", "chl"),
    "sd": ("透明度", "transparency"),
    "algae": ("藻密度", "藻类密度"),
    "sulphate": ("硫酸盐", "sulfate", "so4"),
    "chloride": ("氯化物", "cl"),
    "nitrate": ("硝酸盐氮", "硝酸盐", "no3n"),
    "fe": ("铁", "iron"),
    "mn": ("锰", "manganese"),
    "volume": ("取水量", "月取水量", "取水总量"),
}
"""What an item is called beside its word, without case, spaces, hyphens and brackets."""

_FILLERS: Final = (
    "浓度",
    "含量",
    "平均",
    "均值",
    "平均值",
    "值",
    "监测值",
    "年均",
    "月均",
    "以p计",
    "以n计",
    "以f计",
    "asp",
    "asn",
    "无量纲",
)
_KNOWN: Final[Mapping[str, str]] = {
    **{each.code: each.code for each in WATER_ITEMS},
    **{name: code for code, names in _NAMES.items() for name in names},
}
_TOKEN: Final = re.compile("|".join(re.escape(token) for token in sorted((*_KNOWN, *_FILLERS), key=len, reverse=True)))
_SEPARATORS: Final = re.compile(r"[\s_\-−.:·,、()\[\]【】{}\"'*/]+")

_MASSES: Final[Mapping[str, Fraction]] = {
    "ng/l": Fraction(1, 1_000_000),
    "µg/l": Fraction(1, 1000),
    "mg/l": Fraction(1),
    "g/l": Fraction(1000),
    "mg/m3": Fraction(1, 1000),
    "µg/m3": Fraction(1, 1_000_000),
}
_OWN: Final[Mapping[str, Mapping[str, Fraction]]] = {
    "1/L": {"1/l": Fraction(1), "个/l": Fraction(1), "mpn/l": Fraction(1), "cfu/l": Fraction(1), "mpn/100ml": Fraction(10)},
    "cells/L": {"cells/l": Fraction(1), "个/l": Fraction(1), "万个/l": Fraction(10_000), "104cells/l": Fraction(10_000)},
    "°C": {"°c": Fraction(1), "c": Fraction(1)},
    "NTU": {"ntu": Fraction(1)},
    "µS/cm": {"µs/cm": Fraction(1), "ms/m": Fraction(10), "ms/cm": Fraction(1000)},
    "m": {"m": Fraction(1), "cm": Fraction(1, 100)},
    VOLUME_UNIT: {
        **dict.fromkeys(("10^4m3", "104m3", "万m3", "万方", "万吨", "万t"), Fraction(1)),
        **dict.fromkeys(("m3", "吨", "t"), Fraction(1, 10_000)),
    },
    "1": {"1": Fraction(1), "无量纲": Fraction(1)},
}
_UNIT_PART: Final = re.compile(r"[(\[]\s*(?P<bracket>[^()\[\]]*)\s*[)\]]\s*$|_(?P<tail>[nuµm]?g_l|mg_m3|µg_m3|ug_m3|ntu|[µu]s_cm|cells_l)$")


@dataclass(frozen=True)
class WaterHeading:
    """What a heading says: the item's word, and its unit as written ("" when it states none: the item's own unit is meant)."""

    word: str
    unit: str


def factor_to_item(unit: str, word: str) -> Fraction:
    """By what a value in ``unit`` is multiplied to be in the unit of the item.

    Raises :class:`~yangban.base.errors.UnknownUnit` for a unit that is not known or of another dimension.

    >>> factor_to_item("µg/L", "hg"), factor_to_item("mg/L", "chla"), factor_to_item("个/L", "coliform")
    (Fraction(1, 1000), Fraction(1000, 1), Fraction(1, 1))
    """
    target = water_item(word).unit
    spelled = _spelled(unit)
    own = _OWN.get(target)
    if own is None and spelled in _MASSES:
        return _MASSES[spelled] / _MASSES[_spelled(target)]
    if own is not None and spelled in own:
        return own[spelled]
    known = " ".join(own or _MASSES)
    raise UnknownUnit(f"“{unit}”不能换算为{water_item(word).printed}的单位 {target}；可用 {known}")


def _spelled(unit: str) -> str:
    """A unit in the one spelling in which units are compared."""
    text = unicodedata.normalize("NFKC", unit).casefold().replace("μ", "µ").replace(" ", "").replace("^", "").replace("·", "/")
    text = text.replace("毫克", "mg").replace("微克", "µg").replace("升", "l").replace("立方米", "m3").replace("℃", "°c").replace("每", "/")
    return re.sub(r"^u(?=[gs]/)", "µ", text)


def water_heading(text: str) -> WaterHeading | None:
    """Read a column heading; ``None`` when it is not plainly that of an item.

    >>> water_heading("高锰酸盐指数（mg/L）"), water_heading("hg_ug_l"), water_heading("水质类别")
    (WaterHeading(word='codmn', unit='mg/L'), WaterHeading(word='hg', unit='ug/l'), None)
    >>> [found.word for found in map(water_heading, ("总磷(以P计)", "NH3-N", "铬（六价）", "pH", "叶绿素α(mg/L)")) if found]
    ['tp', 'nh3n', 'cr6', 'ph', 'chla']
    """
    plain = unicodedata.normalize("NFKC", text).strip().replace("\u03bc", "\u00b5")
    unit, body = "", plain
    found = _UNIT_PART.search(plain) or _UNIT_PART.search(plain.casefold())
    if found:
        stated = found["bracket"] if found["bracket"] is not None else found["tail"].replace("_", "/")
        if _is_unit(stated):
            unit, body = stated.strip(), plain[: found.start()]
    compact = _SEPARATORS.sub("", body.casefold())
    tokens = _TOKEN.findall(compact)
    if not compact or "".join(tokens) != compact:
        return None
    words = {_KNOWN[token] for token in tokens if token in _KNOWN}
    return WaterHeading(words.pop(), unit) if len(words) == 1 else None


def _is_unit(text: str) -> bool:
    """Whether a text is a unit: a known one, or one that has the shape of a unit and is to be refused by name."""
    spelled = _spelled(text)
    known = {*_MASSES, *(unit for units in _OWN.values() for unit in units)}
    return spelled in known or bool(re.fullmatch(r"[a-zµ%]{1,6}/[a-z0-9]{1,6}|pp[bm]|%", spelled))
