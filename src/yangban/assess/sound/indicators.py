"""The indicators of sound: their words, names, units, printed decimals, and the rules of the book on which each leans."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from yangban.base.alike import alike
from yangban.base.errors import UnknownIndicator
from yangban.base.units import PERCENT

DECIBEL: Final = "dB(A)"
CHANGE_SUFFIX: Final = ".change"

_HOURS: Final = ("day.start_hour", "day.end_hour", "energy_mean", "complete.hours")


@dataclass(frozen=True, kw_only=True)
class Indicator:
    """What is to be known of an indicator before any of its values.

    ``kind`` and ``span`` say of which monitoring and of which part of the day it is; ``decimals`` is the last word of the book's key of its
    printed decimals; ``better`` is ``low`` or ``high``, ``change`` how two periods are compared.
    """

    id: str
    name: str
    unit: str
    decimals: str
    kind: str
    span: str
    rules: tuple[str, ...]
    better: str = "low"
    change: str = "difference"


def _level(word: str, name: str, kind: str, span: str) -> Indicator:
    rules = (f"mean.{kind}", f"grade.{kind}.{span}")
    return Indicator(id=f"sound.{word}", name=name, unit=DECIBEL, decimals="level", kind=kind, span=span, rules=rules)


def _rate(span: str, name: str) -> Indicator:
    return Indicator(
        id=f"sound.zone_{span}_rate", name=name, unit=PERCENT, decimals="rate", kind="zone", span=span, rules=("zone.rate",), better="high",
        change="points",
    )  # fmt: skip


INDICATORS: Final[Mapping[str, Indicator]] = {
    each.id: each
    for each in (
        _level("area_day", "区域环境昼间平均等效声级", "area", "day"),
        _level("area_night", "区域环境夜间平均等效声级", "area", "night"),
        _level("road_day", "道路交通昼间平均等效声级", "road", "day"),
        _level("road_night", "道路交通夜间平均等效声级", "road", "night"),
        _rate("day", "功能区昼间达标率"),
        _rate("night", "功能区夜间达标率"),
        Indicator(
            id="sound.ld", name="昼间等效声级", unit=DECIBEL, decimals="level", kind="", span="day", rules=()
        ),
        Indicator(
            id="sound.ln", name="夜间等效声级", unit=DECIBEL, decimals="level", kind="", span="night", rules=()
        ),
        Indicator(
            id="sound.sudden_nights", name="夜间突发噪声超标次数", unit="1", decimals="count", kind="zone", span="night",
            rules=("night.sudden_over",),
        ),
    )
}  # fmt: skip
"""Every indicator of sound, headline figures first."""

HOUR_RULES: Final = _HOURS
"""Rules beneath every value that was made of hours."""


def indicator(word: str) -> Indicator:
    """The indicator with this word, or :class:`~yangban.base.errors.UnknownIndicator` naming near ones."""
    try:
        return INDICATORS[word.removesuffix(CHANGE_SUFFIX)]
    except KeyError:
        near = alike(word, INDICATORS, cutoff=0.5)
        hint = f"; did you mean {' or '.join(near)}?" if near else ""
        raise UnknownIndicator(f"unknown indicator {word!r}{hint} (known are {', '.join(INDICATORS)})") from None
