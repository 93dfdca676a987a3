"""Drinking-water sources: whether a source meets its limits, and the shares by source and by volume, monthly and yearly.

Source: GB 3838-2002 table 1 (class Ⅲ) and table 2 (five supplementary items); which items are not judged, and the share by volume, are
rules of the book that are marked there as unverified.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Final

from yangban.assess.water.rules import assessed_items, class_of, prepared_value, unverified
from yangban.base.water_items import printed_zh
from yangban.standards import WaterEdition

SUPPLEMENTARY: Final = ("sulphate", "chloride", "nitrate", "fe", "mn")
"""The five items of GB 3838-2002 table 2."""

_RULES: Final = ("drinking.class_at_most", "drinking.not_judged", "drinking.volume_ratio")


@dataclass(frozen=True)
class SourceCheck:
    """The check of one source in one period.

    ``meets`` is ``None`` when nothing was measured that is judged. ``exceeding`` gives each item over its limit with its multiple,
    ``None`` for pH and dissolved oxygen.
    """

    meets: bool | None
    exceeding: tuple[tuple[str, Fraction | None], ...]
    judged: tuple[str, ...]
    reason: str
    unverified: tuple[str, ...]


@dataclass(frozen=True)
class Compliance:
    """How many of the checked sources comply, by number and by the volume drawn; shares in percent, ``None`` on nothing."""

    meeting: int
    checked: int
    volume_meeting: Fraction
    volume: Fraction

    @property
    def by_source(self) -> Fraction | None:
        """The share of sources that meet their limits."""
        return Fraction(self.meeting * 100, self.checked) if self.checked else None

    @property
    def by_volume(self) -> Fraction | None:
        """The share of the water drawn that comes from sources that meet their limits."""
        return self.volume_meeting / self.volume * 100 if self.volume else None


def check_source(values: Mapping[str, Fraction], kind: str, edition: WaterEdition, *, rounding: str) -> SourceCheck:
    """Whether a source meets class Ⅲ of table 1 in every item measured, and the limits of table 2.

    Water temperature, total nitrogen and faecal coliform are not judged. ``kind`` is river or lake: the limit of phosphorus differs.
    """
    best = int(edition.rule("drinking.class_at_most").value)
    left_out = {str(item) for item in edition.rule("drinking.not_judged").value}
    judged, exceeding = [], []
    no_multiple = {str(item) for item in edition.rule("main.no_multiple").value}
    for item in (*assessed_items(edition), *SUPPLEMENTARY):
        if item not in values or item in left_out:
            continue
        value = prepared_value(values[item], item, edition, rounding)
        limit = edition.source_limit(item) if item in SUPPLEMENTARY else edition.limit(item, best, kind=kind)
        klass = None if item in SUPPLEMENTARY else class_of(value, item, edition, kind=kind)
        over = value > Fraction(limit) if klass is None and limit is not None else klass is not None and klass > best
        judged.append(item)
        if over:
            exceeding.append((item, None if item in no_multiple or limit is None else (value - Fraction(limit)) / Fraction(limit)))
    reason = "没有可评价的项目" if not judged else f"超标：{printed_zh(item for item, _ in exceeding)}" if exceeding else ""
    return SourceCheck(None if not judged else not exceeding, tuple(exceeding), tuple(judged), reason, unverified(edition, _RULES))


def compliance(checks: Sequence[tuple[SourceCheck, Decimal | Fraction | int]]) -> Compliance:
    """The compliance of several sources, each with the volume drawn from it in the period (any one unit); unchecked ones do not count.

    A year is the sum over its months: give every month of every source.
    """
    known = [(check, Fraction(volume)) for check, volume in checks if check.meets is not None]
    return Compliance(
        sum(bool(check.meets) for check, _ in known),
        len(known),
        sum((volume for check, volume in known if check.meets), Fraction(0)),
        sum((volume for _, volume in known), Fraction(0)),
    )
