"""The items of surface water: the words by which Yangban knows them, the form in which they are printed, their unit and their scale.

The words are those of the command line, of headers and of indicators: ``do codmn nh3n tp`` and so on. Names and units are those of
GB 3838; what GB 3838 does not list (conductivity, turbidity, chlorophyll a, transparency, algae) bears the unit in which the book's
formulas take it, so chlorophyll is in mg/m³ although stations report mg/L. No limit stands here: limits live in the book.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from yangban.base.errors import UsageError
from yangban.base.units import MG_M3

MG_L: Final = "mg/L"

VOLUME: Final = "volume"
"""The volume drawn from a drinking-water source in a month: no quality, but it stands in the same tables."""

VOLUME_UNIT: Final = "10^4 m3"

SCALE: Final = 1_000_000
"""Every value of water is held as a whole number of millionths of its item's unit: a mercury limit of 0.00005 mg/L is 50.

An Int64 then reaches 9.2 * 10**12 units, far above the densest bloom (cells/L) and the dirtiest sample (coliform per litre).
"""


@dataclass(frozen=True)
class WaterItem:
    """One item of surface water. ``unit`` is the one in which values are kept, ``printed`` the form for tables and lists."""

    code: str
    name_zh: str
    name_en: str
    printed: str
    unit: str

    @property
    def label_zh(self) -> str:
        """The printed form with its unit in brackets, as a heading; an item without unit has none.

        >>> water_item("codmn").label_zh, water_item("ph").label_zh
        ('高锰酸盐指数(mg/L)', 'pH')
        """
        return self.printed if self.unit == "1" else f"{self.printed}({self.unit})"


WATER_ITEMS: Final[tuple[WaterItem, ...]] = (
    WaterItem("temperature", "水温", "water temperature", "水温", "°C"),
    WaterItem("ph", "pH值", "pH", "pH", "1"),
    WaterItem("do", "溶解氧", "dissolved oxygen", "溶解氧", MG_L),
    WaterItem("codmn", "高锰酸盐指数", "permanganate index", "高锰酸盐指数", MG_L),
    WaterItem("cod", "化学需氧量", "chemical oxygen demand", "化学需氧量", MG_L),
    WaterItem("bod5", "五日生化需氧量", "five-day biochemical oxygen demand", "五日生化需氧量", MG_L),
    WaterItem("nh3n", "氨氮", "ammonia nitrogen", "氨氮", MG_L),
    WaterItem("tp", "总磷", "total phosphorus", "总磷", MG_L),
    WaterItem("tn", "总氮", "total nitrogen", "总氮", MG_L),
    WaterItem("cu", "铜", "copper", "铜", MG_L),
    WaterItem("zn", "锌", "zinc", "锌", MG_L),
    WaterItem("fluoride", "氟化物", "fluoride", "氟化物", MG_L),
    WaterItem("se", "硒", "selenium", "硒", MG_L),
    WaterItem("as", "砷", "arsenic", "砷", MG_L),
    WaterItem("hg", "汞", "mercury", "汞", MG_L),
    WaterItem("cd", "镉", "cadmium", "镉", MG_L),
    WaterItem("cr6", "铬（六价）", "hexavalent chromium", "六价铬", MG_L),
    WaterItem("pb", "铅", "lead", "铅", MG_L),
    WaterItem("cyanide", "氰化物", "cyanide", "氰化物", MG_L),
    WaterItem("phenol", "挥发酚", "volatile phenol", "挥发酚", MG_L),
    WaterItem("petroleum", "石油类", "petroleum", "石油类", MG_L),
    WaterItem("surfactant", "阴离子表面活性剂", "anionic surfactant", "阴离子表面活性剂", MG_L),
    WaterItem("sulphide", "硫化物", "sulphide", "硫化物", MG_L),
    WaterItem("coliform", "粪大肠菌群", "faecal coliform", "粪大肠菌群", "1/L"),
    WaterItem("conductivity", "电导率", "conductivity", "电导率", "µS/cm"),
    WaterItem("turbidity", "浊度", "turbidity", "浊度", "NTU"),
    WaterItem("chla", "叶绿素a", "chlorophyll a", "叶绿素a", MG_M3),
    WaterItem("sd", "透明度", "transparency (Secchi depth)", "透明度", "m"),
    WaterItem("algae", "藻密度", "algal density", "藻密度", "cells/L"),
    WaterItem("sulphate", "硫酸盐", "sulphate", "硫酸盐", MG_L),
    WaterItem("chloride", "氯化物", "chloride", "氯化物", MG_L),
    WaterItem("nitrate", "硝酸盐（以N计）", "nitrate nitrogen", "硝酸盐氮", MG_L),
    WaterItem("fe", "铁", "iron", "铁", MG_L),
    WaterItem("mn", "锰", "manganese", "锰", MG_L),
    WaterItem("volume", "取水量", "volume drawn", "取水量", VOLUME_UNIT),
)
"""Every item: the 24 of GB 3838 table 1 in its order, what stations and lakes add, the five of table 2, the volume drawn from a source."""

WATER_WORDS: Final[tuple[str, ...]] = tuple(each.code for each in WATER_ITEMS)
"""The words alone, in the same order; the columns of a table of water readings."""

_BY_CODE: Final[Mapping[str, WaterItem]] = {each.code: each for each in WATER_ITEMS}


def water_item(code: str) -> WaterItem:
    """The item with this word.

    Raises :class:`~yangban.base.errors.UsageError` naming the known words.

    >>> water_item("hg").unit
    'mg/L'
    """
    try:
        return _BY_CODE[code]
    except KeyError:
        raise UsageError(f"unknown item of water {code!r}; known are {' '.join(_BY_CODE)}") from None


def printed_zh(codes: Iterable[str]) -> str:
    """Several items as a Chinese list, joined by the enumeration comma.

    >>> printed_zh(("codmn", "nh3n"))
    '高锰酸盐指数、氨氮'
    """
    return "、".join(water_item(code).printed for code in codes)


def scaled(value: Decimal) -> int:
    """A value in its item's unit as millionths of it, exactly.

    Raises :class:`~yangban.base.errors.UsageError` for a value that is finer than a millionth or no number: nothing is rounded here.

    >>> scaled(Decimal("0.00005")), scaled(Decimal("7.5"))
    (50, 7500000)
    """
    if not value.is_finite() or value * SCALE != int(value * SCALE):
        raise UsageError(f"{value} is not a whole number of millionths; a value of water has at most six decimals")
    return int(value * SCALE)


def unscaled(value: int) -> Decimal:
    """Millionths of a unit as a value in that unit, without trailing zeros.

    >>> unscaled(50), unscaled(7_500_000), unscaled(20_000_000)
    (Decimal('0.00005'), Decimal('7.5'), Decimal('20'))
    """
    found = Decimal(value) / SCALE
    return found.quantize(Decimal(1)) if found == found.to_integral_value() else found.normalize()
