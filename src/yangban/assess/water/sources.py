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

from yangban.assess.completeness import Verdict
from yangban.assess.water.figures import Value
from yangban.assess.water.rules import PH, assessed_items, class_of, decimals, prepared_value, unverified
from yangban.base.exact import round_half_even
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
    rules: tuple[str, ...] = ()


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
    keys = [*_RULES[:2]]
    for item in judged:
        keys += ["ph.range"] if item == PH else [f"source_limit.{item}"] if item in SUPPLEMENTARY else [f"class_limit.{item}.{kind}.{best}"]
        keys += [f"decimals.{item}"] if decimals(edition, item) is not None else []
    met = None if not judged else not exceeding
    return SourceCheck(met, tuple(exceeding), tuple(judged), reason, unverified(edition, _RULES), tuple(keys))


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


@dataclass(frozen=True)
class SourceMonth:
    """One source in one month: its check, and the volume drawn where it was stated."""

    source: str
    month: str
    check: SourceCheck
    volume: Fraction | None


def source_values(months: Sequence[SourceMonth], *, expected: int, edition: WaterEdition, alone: bool) -> dict[str, Value]:
    """The values of a source (``alone``) or of the sources of a place over the months of a period.

    A longer period is the sum over its months: each source counts once in every month in which it was checked. A source meets its limits
    in a period when it does in every month checked. ``expected`` source-months were to be checked. By volume every checked source-month
    must state what was drawn, else the share is said to be insufficient.
    """
    known = [each for each in months if each.check.meets is not None]
    rules = tuple(dict.fromkeys(rule for each in known for rule in each.check.rules))
    short = "" if len(known) >= expected else f"{expected} 个源次中 {len(known)} 个有数据" if known else "没有可评价的数据"
    verdict = Verdict(enough=not short, reason=short, rules=())
    places = int(edition.rule("rounding.multiple").value)
    over = [
        {
            "source": each.source,
            "month": each.month,
            "item": item,
            "multiple": None if times is None else f"{round_half_even(times, places)}",
        }
        for each in known
        for item, times in each.check.exceeding
    ]
    detail = {"exceeding": over, "months": len({each.month for each in known})}

    def value(exact: Fraction | None, checked: Verdict = verdict) -> Value:
        return Value(exact, checked, len(known), expected, rules, detail)

    found: dict[str, Value] = {}
    share = compliance([(each.check, each.volume or 0) for each in known])
    lacking = sorted({each.source for each in known if each.volume is None})
    by_volume = verdict if not lacking else Verdict(enough=False, reason=f"没有取水量：{'、'.join(lacking[:6])}", rules=())
    found["water.source_ratio"] = value(share.by_source)
    found["water.source_volume_ratio"] = value(None if lacking else share.by_volume, by_volume)
    if alone:
        found["water.source_meets"] = value(Fraction(all(each.check.meets for each in known)) if known else None)
    else:
        found["water.sources"] = value(Fraction(len({each.source for each in known})) if known else None)
    return found
