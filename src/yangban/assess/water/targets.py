"""Whether a section meets its target class, with what may be deducted by document: upstream influence and natural background.

A target check is not the plain assessment of state: a result names each deduction, the document that grants it, and the class without
it. The amount is an input; how an authority arrives at it is unknown to the book (环办监测〔2017〕51号 refers to the rules of the target
assessment).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Final

from yangban.assess.water.rules import WORST, numeral
from yangban.assess.water.sample import SampleClass, classify
from yangban.base.errors import UsageError
from yangban.base.water_items import printed_zh, water_item
from yangban.standards import WaterEdition

UPSTREAM: Final = "upstream"
BACKGROUND: Final = "background"
REASONS: Final = (UPSTREAM, BACKGROUND)


@dataclass(frozen=True, kw_only=True)
class Deduction:
    """What a document grants for one item of a section.

    ``amount`` is taken off the concentration, in the item's unit; ``None`` leaves the item out of the check altogether. ``kind`` is
    ``upstream`` (influence of an inflow that misses its own target) or ``background`` (natural background); ``document`` names the paper
    that grants it and is required.
    """

    item: str
    kind: str
    document: str
    amount: Decimal | None = None

    def __post_init__(self) -> None:
        item = water_item(self.item)
        if self.kind not in REASONS:
            raise UsageError(f"unknown deduction {self.kind!r}; expected upstream (上游来水影响) or background (自然本底)")
        if not self.document.strip():
            raise UsageError(f"a deduction of {item.printed} needs the document that grants it")
        if self.amount is not None and self.amount <= 0:
            raise UsageError(f"a deduction of {item.printed} is above zero, got {self.amount}; leave it out to drop the item")
        if self.amount is not None and self.item in {"ph", "do"}:
            raise UsageError(f"no amount can be taken off {item.printed}; leave the amount out to drop the item")


@dataclass(frozen=True)
class TargetCheck:
    """The check of one section: ``met`` is ``None`` when the section has no class.

    ``plain`` is the class as monitored, ``after`` the class after the deductions; ``failing`` the items worse than the target.
    """

    target: int
    met: bool | None
    met_plain: bool | None
    plain: SampleClass
    after: SampleClass
    failing: tuple[str, ...]
    deductions: tuple[Deduction, ...]
    reason: str


def check_target(
    values: Mapping[str, Fraction],
    kind: str,
    target: int,
    edition: WaterEdition,
    *,
    rounding: str,
    deductions: Sequence[Deduction] = (),
) -> TargetCheck:
    """Compare a section's period values with its target class, plain and after the documented deductions.

    ``target`` is a class 1 to 5. Deductions of items that were not measured are refused: they would claim an effect that nobody saw.
    """
    if not 1 <= target < WORST:
        raise UsageError(f"no target class {target}; expected 1 to {WORST - 1}")
    absent = [each.item for each in deductions if each.item not in values]
    if absent:
        raise UsageError(f"a deduction of {printed_zh(absent)}, which has no value in this period")
    left = dict(values)
    for each in deductions:
        if each.item in left:
            if each.amount is None:
                del left[each.item]
            else:
                left[each.item] = max(Fraction(0), left[each.item] - Fraction(each.amount))
    plain = classify(values, kind, edition, rounding=rounding)
    after = classify(left, kind, edition, rounding=rounding)
    met, met_plain = (None if found.klass is None else found.klass <= target for found in (after, plain))
    failing = tuple(item for item, klass in after.items.items() if klass > target)
    reason = "" if met else f"未达到{numeral(target)}类：{printed_zh(failing)}" if met is False else after.reason
    return TargetCheck(target, met, met_plain, plain, after, failing, tuple(deductions), reason)
