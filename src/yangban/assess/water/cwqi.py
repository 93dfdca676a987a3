"""The city water quality index (城市水质指数, CWQI) and its changes, 环办监测〔2017〕51号.

A city's sections are averaged item by item, each average is divided by the limit of class Ⅲ, and the 21 quotients are summed; smaller
is better. No item index is rounded.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from yangban.assess.water.averages import Means, mean_of
from yangban.assess.water.rules import LAKE, PH, RIVER
from yangban.base.water_items import printed_zh
from yangban.standards import WaterEdition


@dataclass(frozen=True)
class Index:
    """The index of the rivers or the lakes of a city: the sum, its parts, and the items without a value."""

    total: Fraction | None
    items: Mapping[str, Fraction]
    missing: tuple[str, ...]
    n: int


@dataclass(frozen=True)
class CityIndex:
    """The index of a city with those of its rivers and lakes; ``reason`` names what was not measured."""

    total: Fraction | None
    river: Index | None
    lake: Index | None
    reason: str


def cwqi_items(edition: WaterEdition) -> tuple[str, ...]:
    """The 21 items of the index."""
    return tuple(str(item) for item in edition.rule("cwqi.items").value)


def item_index(item: str, value: Fraction, edition: WaterEdition, *, kind: str) -> Fraction | None:
    """The index of one averaged item.

    Concentration over the limit of class Ⅲ (total phosphorus by river or lake); dissolved oxygen the other way round, limit over
    concentration; pH by its distance from 7, of which one of acid and two of alkaline water count 1. ``None`` for water without
    oxygen, whose index has no bound.
    """
    if item == PH:
        neutral, acid, alkaline = (Fraction(edition.rule(f"cwqi.{part}").value) for part in ("ph_neutral", "ph_acid", "ph_alkaline"))
        return (neutral - value) / acid if value <= neutral else (value - neutral) / alkaline
    if item in edition.lower_limit_items:
        return Fraction(edition.rule(f"cwqi.{item}").value) / value if value > 0 else None
    limit = edition.limit(item, int(edition.rule("cwqi.limit_class").value), kind=kind)
    return None if limit is None else value / Fraction(limit)


def index_of(values: Mapping[str, Fraction], edition: WaterEdition, *, kind: str, n: int = 1) -> Index:
    """The index of averaged values: the sum over the items that have one; how items without a value enter is unknown, so they are named."""
    found = {}
    for item in cwqi_items(edition):
        index = item_index(item, values[item], edition, kind=kind) if item in values else None
        if index is not None:
            found[item] = index
    missing = tuple(item for item in cwqi_items(edition) if item not in found)
    return Index(sum(found.values(), Fraction(0)) if found else None, found, missing, n)


def city_index(rivers: Sequence[Means], lakes: Sequence[Means], edition: WaterEdition) -> CityIndex:
    """The index of a city from the period values of its river sections and lake points.

    Rivers and lakes are averaged and indexed apart, then joined by their numbers of sections and points (unverified, the rule
    ``cwqi.city_merge``).
    """
    parts = {
        kind: index_of(mean_of(found).values, edition, kind=kind, n=len(found)) if found else None
        for kind, found in ((RIVER, rivers), (LAKE, lakes))
    }
    having = [part for part in parts.values() if part is not None and part.total is not None]
    count = sum(part.n for part in having)
    total = sum((part.total * part.n for part in having if part.total is not None), Fraction(0)) / count if count else None
    missing = [item for item in cwqi_items(edition) if any(item in part.missing for part in having)]
    reason = f"未监测而未计入：{printed_zh(missing)}" if having and missing else "" if having else "没有可用的数据"
    return CityIndex(total, parts[RIVER], parts[LAKE], reason)


def change(now: Fraction, base: Fraction) -> Fraction | None:
    """The change of an index in percent; negative is better. ``None`` on a base of zero."""
    return (now - base) / base * 100 if base else None


def enters_change_ranking(now: Sequence[int], base: Sequence[int], edition: WaterEdition, *, passes_targets: bool) -> bool:
    """Whether a city is listed in the ranking of changes.

    A city all of whose sections meet class Ⅱ in both periods and that passes its target check is left out (环办监测〔2017〕51号).
    """
    best = int(edition.rule("cwqi.change.exempt_class").value)
    return not (passes_targets and all(klass <= best for klass in (*now, *base)))
