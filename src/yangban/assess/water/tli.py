"""The trophic level index of lakes and reservoirs (综合营养状态指数), 环办〔2011〕22号.

TLI(j) = 10 (a + b ln x) for chlorophyll a, total phosphorus, total nitrogen, transparency and the permanganate index; TLI = Σ W(j) TLI(j)
with W(j) = r²(j) / Σ r², r being the correlation of each with chlorophyll a.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import Final

from yangban.base.errors import UsageError
from yangban.base.logs import natural_log
from yangban.base.water_items import printed_zh
from yangban.standards import WaterEdition

TROPHIC_ITEMS: Final = ("chla", "tp", "tn", "sd", "codmn")
"""Chlorophyll a in mg/m³, transparency in m, the others in mg/L."""


@dataclass(frozen=True)
class Trophic:
    """The index of a lake: ``index`` is ``None``, and ``grade`` empty, unless all five items have a value."""

    index: Fraction | None
    grade: str
    items: Mapping[str, Fraction]
    missing: tuple[str, ...]
    reason: str


@lru_cache
def weights(edition: WaterEdition) -> Mapping[str, Fraction]:
    """The weight of each item, as exact fractions whose sum is 1: r² over the sum of r²."""
    squares = {item: Fraction(edition.rule(f"tli.r.{item}").value) ** 2 for item in TROPHIC_ITEMS}
    total = sum(squares.values(), Fraction(0))
    return {item: square / total for item, square in squares.items()}


def item_index(item: str, value: Fraction, edition: WaterEdition) -> Fraction:
    """TLI of one item, 10 (a + b ln x), the logarithm to 45 decimals.

    ``value`` is positive and in the unit of the formula: chlorophyll a mg/m³, transparency m, others mg/L.
    """
    if value <= 0:
        raise UsageError(
            f"{item}={value}: the trophic index takes the logarithm, so a value must be above zero (below detection: half the limit)"
        )
    a, b = (Fraction(edition.rule(f"tli.{item}.{part}").value) for part in "ab")
    factor = Fraction(edition.rule("tli.factor").value)
    return factor * (a + b * natural_log(value))


def trophic(values: Mapping[str, Fraction], edition: WaterEdition) -> Trophic:
    """The index and grade of a lake from the average of each of the five items.

    An index of fewer items would need other weights, which no document gives: it is not computed.
    """
    found = {item: item_index(item, values[item], edition) for item in TROPHIC_ITEMS if values.get(item, Fraction(0)) > 0}
    missing = tuple(item for item in TROPHIC_ITEMS if item not in found)
    if missing:
        return Trophic(None, "", found, missing, f"缺 {printed_zh(missing)}，不能计算综合营养状态指数")
    index = sum((weights(edition)[item] * each for item, each in found.items()), Fraction(0))
    return Trophic(index, grade(index, edition), found, (), "")


def grade(index: Fraction, edition: WaterEdition) -> str:
    """The trophic grade of an index: 贫营养, 中营养, 轻度 / 中度 / 重度富营养 (环办〔2011〕22号)."""
    rows = edition.rule("tli.grades").value
    inside = (str(name) for name, top, included in rows[:-1] if index < top or (included and index == top))
    return next(inside, str(rows[-1][0]))
