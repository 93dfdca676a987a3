"""The class of one sample, without Polars: ``yangban water-class`` answers at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import Final

from yangban.assess.water.pollutants import deciding_items, exceeding_items, main_pollutants
from yangban.assess.water.rules import (
    NONE,
    assessed_items,
    check_kind,
    check_rounding,
    class_of,
    class_rules,
    numeral,
    prepared_value,
    reference_items,
    unverified,
)
from yangban.base.errors import UsageError
from yangban.base.water_items import printed_zh, water_item
from yangban.standards import WaterEdition

OK: Final = "ok"
INSUFFICIENT: Final = "insufficient"

MAIN_RULES: Final = ("main.count", "main.order", "main.first", "main.no_multiple", "main.without_multiple_last")
"""The rules on which the order of exceeding items and the main pollutants lean."""


@dataclass(frozen=True)
class SampleClass:
    """The class of one sample, one section or one average.

    ``klass`` is 1 to 5, or 6 for 劣Ⅴ, and ``None`` when no assessed item has a value; ``state`` and ``colour`` are those of the class.
    ``items`` are the classes of the assessed items, ``reference`` those of total nitrogen and faecal coliform, which do not enter.
    ``values`` are the values that were compared with the limits (rounded when asked). ``deciding`` set the class; ``exceeding`` are worse
    than class Ⅲ, each with its multiple (``None`` for pH and dissolved oxygen); ``main`` are the main pollutants among them.
    ``reason`` says which items were not assessed.
    """

    kind: str
    rounding: str
    edition: str
    klass: int | None
    numeral: str
    state: str
    colour: str
    items: Mapping[str, int]
    deciding: tuple[str, ...]
    exceeding: tuple[tuple[str, Fraction | None], ...]
    main: tuple[str, ...]
    reference: Mapping[str, int]
    values: Mapping[str, Fraction]
    status: str
    reason: str
    unverified: tuple[str, ...]
    unused: tuple[str, ...] = ()
    rules: tuple[str, ...] = field(default=(), repr=False)


def classify(
    values: Mapping[str, Decimal | Fraction | int | None], kind: str, edition: WaterEdition, *, rounding: str = NONE
) -> SampleClass:
    """The class of a sample of a river or a lake by its worst item.

    ``values`` are by item word in the unit of GB 3838 (mg/L; pH; coliform per litre), exact; a missing one is left out or ``None``, one
    below the detection limit enters as half of it. ``kind`` is ``river`` or ``lake`` (reservoirs too). ``rounding="item"`` rounds each
    value to the decimals of its item first (环办监测函〔2020〕82号), which period assessments do and single readings do not.

    Source: GB 3838-2002 table 1; worst item and state word: 环办〔2011〕22号; main pollutants: the same. An item that was not measured
    does not enter: the practice of monitoring, which no document of the book states for the 21 items.

    Raises :class:`~yangban.base.errors.UsageError` for an unknown item, kind or rounding, and for a negative value.

    >>> from yangban.standards import load_book
    >>> sample = classify({"do": Decimal("6.1"), "tp": Decimal("0.15")}, "river", load_book().water())
    >>> sample.numeral, sample.state, sample.deciding, sample.items
    ('Ⅲ', '良好', ('tp',), {'do': 2, 'tp': 3})
    """
    check_kind(kind)
    check_rounding(rounding)
    exact: dict[str, Fraction] = {}
    for word, value in values.items():
        item = water_item(word)
        if value is None:
            continue
        if value < 0 and word != "temperature":
            raise UsageError(f"{word}={value}: {item.printed} is never negative; leave it out when there is no value")
        exact[word] = Fraction(value)
    compared = {item: prepared_value(value, item, edition, rounding) for item, value in exact.items()}
    classes = _classes(compared, assessed_items(edition), edition, kind)
    reference = _classes(compared, reference_items(edition), edition, kind)
    return _judge(compared, classes, reference, kind, edition, rounding)


def _classes(values: Mapping[str, Fraction], items: Iterable[str], edition: WaterEdition, kind: str) -> dict[str, int]:
    found = {item: class_of(values[item], item, edition, kind=kind) for item in items if item in values}
    return {item: klass for item, klass in found.items() if klass is not None}


def _judge(
    values: Mapping[str, Fraction],
    classes: Mapping[str, int],
    reference: Mapping[str, int],
    kind: str,
    edition: WaterEdition,
    rounding: str,
) -> SampleClass:
    klass = max(classes.values(), default=None)
    state = None if klass is None else edition.state(klass)
    exceeding = exceeding_items(values, classes, edition, kind=kind)
    missing = [item for item in assessed_items(edition) if item not in classes]
    keys = [*class_rules(edition, (*classes, *reference), kind=kind, rounding=rounding)]
    if klass is not None:
        keys.append(f"state.{klass}")
    if exceeding:
        keys += MAIN_RULES
    return SampleClass(
        kind=kind,
        rounding=rounding,
        edition=edition.id,
        klass=klass,
        numeral="" if klass is None else numeral(klass),
        state="" if state is None else state.word,
        colour="" if state is None else state.colour,
        items=classes,
        deciding=deciding_items(classes),
        exceeding=tuple((each.item, each.multiple) for each in exceeding),
        main=tuple(each.item for each in main_pollutants(exceeding, edition)),
        reference=reference,
        values=values,
        status=OK if classes else INSUFFICIENT,
        reason=_reason(len(classes), missing),
        unverified=unverified(edition, tuple(keys)),
        unused=tuple(item for item in values if item not in classes and item not in reference),
        rules=tuple(keys),
    )


def _reason(n: int, missing: list[str]) -> str:
    if not n:
        return "没有可评价的项目"
    if not missing:
        return ""
    few = f"，未监测：{printed_zh(missing)}" if len(missing) < n else ""
    return f"{n + len(missing)} 项中评价了 {n} 项{few}"
