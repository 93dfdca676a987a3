"""The indicators of ecology: their words, names, units, printed decimals, and where their values come from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from yangban.base.alike import alike
from yangban.base.errors import UnknownIndicator
from yangban.base.units import PERCENT

AREA: Final = "km²"
YI_YUAN: Final = "亿元"
CHANGE_SUFFIX: Final = ".change"


@dataclass(frozen=True, kw_only=True)
class Indicator:
    """What is to be known of an indicator before any of its values.

    ``reported`` is the key under which departments report it, "" where it comes from an account. ``decimals`` is the last word of the
    book's key of its printed decimals, ``change`` how two periods are compared.
    """

    id: str
    name: str
    unit: str
    decimals: str
    reported: str = ""
    rules: tuple[str, ...] = ()
    better: str = "high"
    change: str = "difference"


def _area(word: str, name: str) -> Indicator:
    return Indicator(id=f"ecology.{word}", name=name, unit=AREA, decimals="area", reported=f"reported.{word}")


def _share(word: str, name: str, rules: tuple[str, ...] = ()) -> Indicator:
    return Indicator(
        id=f"ecology.{word}", name=name, unit=PERCENT, decimals="ratio", reported=f"reported.{word}", rules=rules, change="points"
    )


def _gep(word: str, name: str) -> Indicator:
    return Indicator(id=f"ecology.{word}", name=name, unit=YI_YUAN, decimals="gep", change="percent")


INDICATORS: Final[Mapping[str, Indicator]] = {
    each.id: each
    for each in (
        Indicator(id="ecology.eqi", name="生态质量指数(EQI)", unit="1", decimals="eqi", reported="reported.eqi", rules=("eqi.grades",)),
        _share("forest_cover", "森林覆盖率", ("forest.definition",)),
        _area("red_line_area", "生态保护红线面积"),
        _share("red_line_ratio", "生态保护红线占国土面积比例"),
        _area("protected_area", "自然保护地面积"),
        _share("protected_area_ratio", "自然保护地占国土面积比例"),
        _share("wetland_protection", "湿地保护率"),
        _share("soil_water_conservation", "水土保持率"),
        _gep("gep", "生态产品总值(GEP)"),
        _gep("gep_products", "生态产品总值：物质供给"),
        _gep("gep_regulating", "生态产品总值：调节服务"),
        _gep("gep_cultural", "生态产品总值：文化服务"),
    )
}
"""Every indicator of ecology, headline figures first."""


def indicator(word: str) -> Indicator:
    """The indicator with this word, or :class:`~yangban.base.errors.UnknownIndicator` naming near ones."""
    try:
        return INDICATORS[word.removesuffix(CHANGE_SUFFIX)]
    except KeyError:
        near = alike(word, INDICATORS, cutoff=0.5)
        hint = f"; did you mean {' or '.join(near)}?" if near else ""
        raise UnknownIndicator(f"unknown indicator {word!r}{hint} (known are {', '.join(INDICATORS)})") from None
