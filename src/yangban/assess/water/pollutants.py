"""Deciding items, exceedance multiples and main pollutants of a section and of a river or basin."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

from yangban.assess.water.rules import GOOD_AT_MOST, assessed_items
from yangban.base.water_items import WATER_WORDS
from yangban.standards import WaterEdition


@dataclass(frozen=True)
class Exceeding:
    """An item worse than class Ⅲ; ``multiple`` is ``None`` for an item that has none (pH, dissolved oxygen)."""

    item: str
    klass: int
    multiple: Fraction | None


@dataclass(frozen=True)
class Share:
    """How often an item exceeds class Ⅲ: in ``over`` of ``of`` sections."""

    item: str
    over: int
    of: int

    @property
    def rate(self) -> Fraction:
        """The exceedance rate in percent."""
        return Fraction(self.over * 100, self.of)


@lru_cache
def _no_multiple(edition: WaterEdition) -> frozenset[str]:
    return frozenset(str(item) for item in edition.rule("main.no_multiple").value)


@lru_cache
def _named_first(edition: WaterEdition) -> frozenset[str]:
    return frozenset(str(item) for item in edition.rule("main.first").value)


def multiple(item: str, value: Fraction, edition: WaterEdition, *, kind: str) -> Fraction | None:
    """By how much a value exceeds the limit of class Ⅲ, as a multiple of it; ``None`` where it does not or the item has no multiple.

    (C - S) / S, not for water temperature, pH and dissolved oxygen (环办〔2011〕22号, main pollutants).
    """
    limit = None if item in _no_multiple(edition) else edition.limit(item, GOOD_AT_MOST, kind=kind)
    if limit is None or value <= Fraction(limit):
        return None
    return (value - Fraction(limit)) / Fraction(limit)


def deciding_items(classes: Mapping[str, int]) -> tuple[str, ...]:
    """The items that set the class (定类因子): those of the worst class, none when all are of class Ⅰ."""
    worst = max(classes.values(), default=1)
    return tuple(item for item, klass in classes.items() if klass == worst and worst > 1)


def exceeding_items(
    values: Mapping[str, Fraction], classes: Mapping[str, int], edition: WaterEdition, *, kind: str
) -> tuple[Exceeding, ...]:
    """The items worse than class Ⅲ in the order in which they are named as main pollutants.

    Cyanide, lead, chromium and other heavy metals come first, then the worse class, then the larger multiple (环办〔2011〕22号). Where
    an item without a multiple stands among items of equal class the text is silent: here it follows those that have one; and what is
    still equal stands in the order of GB 3838.
    """
    found = [
        Exceeding(item, klass, multiple(item, values[item], edition, kind=kind)) for item, klass in classes.items() if klass > GOOD_AT_MOST
    ]
    first, order = _named_first(edition), {item: place for place, item in enumerate(WATER_WORDS)}
    return tuple(
        sorted(
            found,
            key=lambda e: (e.item not in first, -e.klass, e.multiple is None, -(e.multiple or Fraction(0)), order[e.item]),
        )
    )


def main_pollutants(exceeding: Sequence[Exceeding], edition: WaterEdition) -> tuple[Exceeding, ...]:
    """The main pollutants of a section: the first three of its exceeding items (环办〔2011〕22号).

    A section whose state is 优 or 良好 has none, since nothing in it exceeds class Ⅲ.
    """
    return tuple(exceeding[: int(edition.rule("main.count").value)])


def basin_pollutants(sections: Sequence[Mapping[str, int]], edition: WaterEdition) -> tuple[Share, ...]:
    """The main pollutants of a river or basin from the item classes of its sections.

    Items are ordered by the share of sections in which they exceed class Ⅲ, the first three are named; below five sections there is
    no list and each section names its own (环办〔2011〕22号). Of items that exceed equally often the one that is earlier in GB 3838 comes
    first, and a tie at the third place is cut, since the text says three.
    """
    if len(sections) < int(edition.rule("main.basin.sections_at_least").value):
        return ()
    counts = {item: sum(classes.get(item, 1) > GOOD_AT_MOST for classes in sections) for item in assessed_items(edition)}
    listed = [Share(item, over, len(sections)) for item, over in counts.items() if over]
    listed.sort(key=lambda share: -share.over)
    return tuple(listed[: int(edition.rule("main.basin.count").value)])
