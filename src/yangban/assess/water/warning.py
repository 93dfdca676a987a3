"""Warnings on a section: by the rule for the Yangtze basin, and a general one on a section that slides towards the next class.

Source of the first: 长江流域水环境质量监测预警办法(试行), 2018, of which the articles have not been read whole; every warning says so.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from yangban.assess.water.rules import PH, WORST, assessed_items, class_of, numeral, unverified
from yangban.base.exact import round_half_even
from yangban.base.water_items import printed_zh
from yangban.standards import WaterEdition

_RULES: Final = ("warning.worse_than", "warning.level1.classes_worse", "warning.level2.classes_worse")

SLIDE_PERIODS: Final = 3
"""Periods in a row in which an item must get worse before a slide is spoken of: two steps are no trend yet, three values are two steps."""


@dataclass(frozen=True)
class Warning:
    """A warning: ``level`` 1 (first, the graver) or 2, ``None`` for none; ``reason`` says why or why not.

    ``known`` is false where a class or a target is missing, so that it cannot be said.
    """

    level: int | None
    reason: str
    unverified: tuple[str, ...]
    known: bool = True


@dataclass(frozen=True)
class Slide:
    """An item that worsens towards the end of its class: ``now`` is its value, ``bound`` the limit ahead."""

    item: str
    klass: int
    now: Fraction
    bound: Fraction
    reason: str


def yangtze(
    *, month: int | None, month_before: int | None, total: int | None, total_before: int | None, target: int | None, edition: WaterEdition
) -> Warning:
    """The warning of a section from its class in the month and in the months of the year so far, each with that of a year before.

    Level 2 when both are at least one class worse than a year before, both worse than Ⅲ, and the cumulative class misses the year's
    target; level 1 when both are at least two classes worse.
    """
    worse_than, grave, mild = (int(edition.rule(key).value) for key in _RULES)
    doubt = unverified(edition, _RULES)
    named = {"当月": month, "上年同月": month_before, "累计": total, "上年同期累计": total_before, "年度目标": target}
    absent = [name for name, klass in named.items() if klass is None]
    if month is None or month_before is None or total is None or total_before is None or target is None:
        return Warning(None, f"缺{'、'.join(absent)}类别，不能判断", doubt, known=False)
    fall = min(month - month_before, total - total_before)
    told = "，".join(f"{name}{numeral(klass)}类" for name, klass in named.items() if klass is not None)
    if min(month, total) <= worse_than or total <= target or fall < mild:
        return Warning(None, told, doubt)
    return Warning(1 if fall >= grave else 2, told, doubt)


def of_city(levels: Iterable[int | None]) -> int | None:
    """The warning level of a city: that of its worst section."""
    return min((level for level in levels if level is not None), default=None)


def slides(series: Mapping[str, Sequence[Fraction]], kind: str, edition: WaterEdition) -> tuple[Slide, ...]:
    """The items that slide towards the next class.

    ``series`` holds for each item its values in order of time. An item slides when it worsened in each of the last two steps and has
    reached a share of the limit of its class (``warning.slide.share`` of the book; of dissolved oxygen the limit over the value). This
    is a sign by Yangban for the desk and no official rule. pH, whose range is one for all classes, has no next class and is passed
    over, and an item already worse than class Ⅴ too.
    """
    share = Fraction(edition.rule("warning.slide.share").value) / 100
    found = []
    for item in assessed_items(edition):
        values = series.get(item, ())
        if item == PH or len(values) < SLIDE_PERIODS:
            continue
        lower = item in edition.lower_limit_items
        earliest, middle, now = (-value if lower else value for value in values[-SLIDE_PERIODS:])
        klass = class_of(abs(now), item, edition, kind=kind)
        if klass is None or klass == WORST or not earliest < middle < now:
            continue
        bound = Fraction(edition.limit(item, klass, kind=kind) or 0)
        reached = bound / abs(now) if lower else now / bound
        if reached >= share:
            told = f"{printed_zh([item])}连续变差，已达{numeral(klass)}类限值的 {round_half_even(reached * 100)}%"
            found.append(Slide(item, klass, abs(now), bound, told))
    return tuple(found)
