"""Regional ecological quality (EQI, 区域生态质量评价办法（试行）): grades, changes, and an index only where its weights are known.

The rule's weights have not been read in the official text. The book keeps them as an empty slot, and :func:`index` refuses until a person
who has read them fills it (an overlay of the workspace). Grades and changes are judged from values that somebody published or reported.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Final

from yangban.base.errors import UsageError
from yangban.standards import MediumEdition

PARTS_RULE: Final = "eqi.parts"
WEIGHTS_RULE: Final = "eqi.weights"
GRADES_RULE: Final = "eqi.grades"
CHANGES_RULE: Final = "eqi.changes"
STRESS: Final = "stress"
"""The part that counts against: 100 minus it enters."""


@dataclass(frozen=True)
class Grade:
    """A class of ecological quality: 1 to 5 and its word, 一类."""

    number: int
    word: str


def grade(value: Fraction | Decimal, edition: MediumEdition) -> Grade:
    """The class of a value of EQI; the lower end belongs to the class.

    >>> from yangban.standards import load_book
    >>> edition = load_book().medium("ecology", "eqi")
    >>> grade(Decimal(70), edition).word, grade(Decimal("69.99"), edition).word
    ('一类', '二类')
    """
    rows: Sequence[Sequence[str | int]] = edition.rule(GRADES_RULE).value
    for number, row in enumerate(rows, start=1):
        if len(row) == 1 or value >= Fraction(row[1]):
            return Grade(number, str(row[0]))
    raise AssertionError("the last class has no lower end")


def change(step: Fraction | Decimal, edition: MediumEdition) -> str:
    """What a step of EQI between two years is called: 基本稳定, 轻微变好 … 明显变差; the lower end belongs to the stronger word."""
    size = abs(Fraction(step))
    for row in edition.rule(CHANGES_RULE).value:
        if len(row) == 2 or size < Fraction(row[2]):
            return str(row[0] if step >= 0 or not row[1] else row[1])
    raise AssertionError("the last step has no upper end")


def refusal(edition: MediumEdition) -> str:
    """Why no index is computed, "" when it can be."""
    rule = edition.rule(WEIGHTS_RULE)
    if rule.value is None or rule.unverified:
        return (
            f"EQI 的权重未经原文核实（{rule.id}），不由分指数计算；请填报公布的 EQI，或由读过原文的人在工作区 overlays 中填写权重"
            " the weights of the EQI are not verified, so it is not computed"
        )
    return ""


def index(parts: Mapping[str, Fraction], edition: MediumEdition) -> Fraction:
    """EQI from its four first-level indices, each 0 to 100; ecological stress enters as 100 minus its value.

    Raises :class:`~yangban.base.errors.UsageError` while the weights are not verified, and for a missing or impossible part.
    """
    if why := refusal(edition):
        raise UsageError(why)
    names: Sequence[str] = edition.rule(PARTS_RULE).value
    weights = [Fraction(each) for each in edition.rule(WEIGHTS_RULE).value]
    if len(weights) != len(names) or sum(weights) != 1:
        raise UsageError(
            f"{edition.rule(WEIGHTS_RULE).id} holds {len(weights)} weights with the sum {sum(weights)}; expected {len(names)}, sum 1"
        )
    for name in names:
        if name not in parts or not 0 <= parts[name] <= 100:
            raise UsageError(f"EQI needs {', '.join(names)}, each from 0 to 100; {name} is {parts.get(name, 'missing')}")
    entering = (100 - parts[name] if name == STRESS else parts[name] for name in names)
    return sum((weight * value for weight, value in zip(weights, entering, strict=True)), Fraction(0))
