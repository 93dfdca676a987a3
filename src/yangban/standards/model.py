"""What the book of standards holds: documents, and the rules that each of them lays down.

Every entry of a document, be it a limit, a column of break-points, a level or a plain number, becomes one :class:`Rule` with unit,
clause, source, confidence and dates. So one shape answers every "where does this number come from?".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Any, Final

CONFIDENCES: Final[dict[str, str]] = {
    "official": "官方文本",
    "verified": "多源核实",
    "one-source": "单一来源",
    "unverified": "未核实",
    "unknown": "未知待填",
}
"""How sure an entry is, surest first, with the words for the screen.

``official``: read in a copy of the official text. ``verified``: two or more independent sources agree. ``one-source``: one unofficial
source. ``unverified``: from memory or derived by the project, to be read in the official text by a person. ``unknown``: not found.
"""

KINDS: Final = ("standard", "amendment", "index", "method", "ranking", "supplement", "practice", "overlay")
"""What sort of document it is; ``practice`` is what bulletins are seen to do, ``overlay`` a stricter local document."""

POLLUTANTS: Final = ("pm25", "pm10", "so2", "no2", "co", "o3", "tsp", "nox", "pb", "bap", "cd", "hg", "as", "cr6", "fluoride")
"""Pollutants that a document may name. ``o3_8h`` is no further pollutant: it is ``o3`` averaged over 8 hours."""

AVERAGINGS: Final = (
    "annual", "growing_season", "quarter", "month", "day", "hour", "day_max_1h", "day_max_8h", "running_8h", "running_24h",
)  # fmt: skip
"""Averaging times. ``day`` is the mean of a natural day, ``day_max_8h`` the largest 8-hour running mean in it."""

UNITS: Final = (
    "1", "%", "decimals", "min", "h", "d", "month", "a", "station", "place", "section", "sampling", "period", "K", "kPa", "hPa",
    "µg/m³", "mg/m³", "µg/(dm²·d)", "mg/L", "°C", "NTU", "µS/cm", "m", "cells/L", "1/L", "dB(A)", "t/m³",
    "CNY/m³", "CNY/m²", "CNY/t", "CNY/kWh",
)  # fmt: skip
"""Units that an entry may have: ``1`` for pure numbers and words, ``decimals`` for the places kept when rounding."""

WATERS: Final = ("river", "lake")
"""Kinds of surface water with limits of their own; reservoirs count as lakes, those like a river as rivers."""

CLASSES: Final = (1, 2, 3, 4, 5)
"""The five classes of GB 3838, best first."""

INFERIOR: Final = 6
"""The number under which 劣Ⅴ, worse than class Ⅴ, travels."""

LIMITS: Final = frozenset({"limit", "class_limit", "source_limit"})
"""The first words of keys whose value is a limit; of several limits in force in a place the strictest holds."""

TYPES: Final = ("integer", "decimal", "text", "boolean", "table")
"""Types of a rule's value. A table is an array of arrays, read as a tuple of tuples."""


@dataclass(frozen=True)
class Rule:
    """One entry of one document.

    ``value`` is ``None`` where the value is unknown: the empty slot has a ``type`` and waits for a person who has read the text.
    ``effective`` and ``ended`` are inclusive; the document's own dates hold where the entry names none.
    """

    key: str
    document: str
    value: Any
    unit: str
    clause: str
    source: tuple[str, ...]
    confidence: str
    effective: date
    ended: date | None
    note: str = ""
    type: str = ""

    @property
    def id(self) -> str:
        """Document and key, as a Figure lists it: ``hj663-2013:percentile.method``."""
        return f"{self.document}:{self.key}"

    @property
    def unverified(self) -> bool:
        """Whether a result that leans on this rule must say so."""
        return self.confidence in {"unverified", "unknown"}

    def in_force(self, day: date) -> bool:
        """Whether the rule holds on ``day``."""
        return self.effective <= day and (self.ended is None or day <= self.ended)


@dataclass(frozen=True)
class Level:
    """One level of the index: AQI ``low`` to ``high`` (``None``: no upper end), its words and its colour."""

    number: int
    low: int
    high: int | None
    grade: str
    category: str
    category_en: str
    colour_name: str
    rgb: tuple[int, int, int]
    cmyk: tuple[int, int, int, int]

    @property
    def colour(self) -> str:
        """The colour as the web writes it, ``#00e400``; taken from ``rgb`` so that the two cannot differ."""
        return "#{:02x}{:02x}{:02x}".format(*self.rgb)


@dataclass(frozen=True)
class Advice:
    """What a level means for health and what people are advised to do, in Chinese and English."""

    level: int
    effect: str
    advice: str
    effect_en: str
    advice_en: str


@dataclass(frozen=True)
class Sensitive:
    """The groups whose health a pollutant touches first."""

    pollutant: str
    groups: tuple[str, ...]
    groups_en: tuple[str, ...]


@dataclass(frozen=True)
class State:
    """What a class of surface water is called, ``Ⅲ``, 良好, and in which colour it is drawn; ``klass`` is 6 for 劣Ⅴ.

    Words and colour are two entries of the book, ``state.3`` and ``state_colour.3``, for they are not equally sure.
    """

    klass: int
    numeral: str
    word: str
    word_en: str
    colour_name: str = ""
    rgb: tuple[int, int, int] = (0, 0, 0)

    @property
    def colour(self) -> str:
        """The colour as the web writes it, taken from ``rgb``."""
        return "#{:02x}{:02x}{:02x}".format(*self.rgb)


@dataclass(frozen=True)
class Document:
    """One document of the book with all that it lays down.

    ``issued`` is ``None`` where the day could not be found. ``precision`` says how exactly ``effective`` is known: ``day``, ``month``
    or ``year`` (then it is the first day of that month or year). ``region`` and ``base`` belong to overlays only.
    """

    id: str
    title: str
    title_en: str
    number: str
    kind: str
    issuer: str
    issued: date | None
    effective: date
    ended: date | None
    checked: date
    confidence: str
    source: tuple[str, ...]
    note: str
    rules: tuple[Rule, ...]
    precision: str = "day"
    region: str | None = None
    base: str | None = None
    file: str = ""

    @cached_property
    def by_key(self) -> Mapping[str, tuple[Rule, ...]]:
        """The rules of each key, several where they follow one another in time."""
        found: dict[str, tuple[Rule, ...]] = {}
        for rule in self.rules:
            found[rule.key] = (*found.get(rule.key, ()), rule)
        return found


def plain_value(value: Any) -> Any:
    """A rule's value, or any part of the book, in the types that JSON knows; decimals become strings.

    >>> plain_value(((50, Decimal("35")), date(2026, 3, 1)))
    [[50, '35'], '2026-03-01']
    """
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, tuple):
        return [plain_value(part) for part in value]
    if is_dataclass(value) and not isinstance(value, type):
        made = {field.name: plain_value(getattr(value, field.name)) for field in fields(value)}
        return {**made, "colour": value.colour} if isinstance(value, (Level, State)) else made
    return value
