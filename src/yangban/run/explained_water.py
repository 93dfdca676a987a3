"""What an explanation of water is made of: the steps from a Figure down to its readings, as plain data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from fractions import Fraction

from yangban.assess.figure import Figure
from yangban.run.explained import Change, Clause, Completeness, File, Origin, Rounding


@dataclass(frozen=True)
class Reading:
    """One reading of an item: ``below`` says that it is half of a detection limit; ``reason`` why it was not used, empty where it was."""

    time: datetime
    basis: str
    value: Decimal
    below: bool
    reason: str = ""
    origins: tuple[Origin, ...] = ()


@dataclass(frozen=True)
class Averaged:
    """An item's mean over ``of`` (``readings``, ``months``, ``points`` or ``sections``).

    ``source`` is where a month's value comes from; ``below`` counts the readings that entered as half of a detection limit. ``terms`` are
    the means of months or places by name. ``total`` is absent for pH, whose hydrogen ions are averaged.
    """

    item: str
    unit: str
    of: str
    source: str
    n: int
    below: int
    total: Fraction | None
    value: Fraction
    terms: tuple[tuple[str, Fraction], ...] = ()
    readings: tuple[Reading, ...] = ()
    rules: tuple[Clause, ...] = ()


@dataclass(frozen=True)
class ItemClass:
    """The class of one item: its value, rounded, beside the limits of the classes.

    ``limits`` are those of the classes Ⅰ to Ⅴ (none for pH), ``limit_rule`` the one that decides: of its class, of class Ⅴ when that is
    missed too. ``entering`` says that the item is one of the 21 of the section class; others are classed for reference. ``multiple`` is by
    how much it exceeds class Ⅲ, where that is told.
    """

    item: str
    unit: str
    value: Fraction
    rounding: Rounding | None
    compared: Fraction
    klass: int
    limits: tuple[Decimal | None, ...]
    limit_rule: Clause
    entering: bool
    multiple: Rounding | None


@dataclass(frozen=True)
class WorstItem:
    """The class of a section, a lake or of averages: that of the worst item; ``deciding`` are the items that have it."""

    kind: str
    items: tuple[ItemClass, ...]
    deciding: tuple[str, ...]
    value: Fraction


@dataclass(frozen=True)
class StateOfClass:
    """The state that belongs to a class, 1 (优) to 5 (重度污染)."""

    worst: WorstItem
    word: str
    rule: Clause
    value: Fraction


@dataclass(frozen=True)
class ItemMean:
    """The mean of one item, explained by what it is a mean of."""

    averaged: Averaged
    value: Fraction


@dataclass(frozen=True)
class SectionShare:
    """Sections that meet a condition among those that have a class; with ``ratio`` in per cent of them."""

    condition: str
    counts: tuple[int, ...]
    hits: int
    n: int
    ratio: bool
    value: Fraction
    rule: Clause | None


@dataclass(frozen=True)
class StateOfShares:
    """The state of a region by the shares of its sections: Ⅰ-Ⅲ and 劣Ⅴ in per cent against the bounds of the rule."""

    counts: tuple[int, ...]
    good: Fraction
    inferior: Fraction
    word: str
    rules: tuple[Clause, ...]
    value: Fraction


@dataclass(frozen=True)
class IndexTerm:
    """One item of an index: its mean over the limit (dissolved oxygen the other way round, pH by its distance from neutral)."""

    item: str
    entering: Fraction
    limit: Decimal
    index: Fraction
    formula: str


@dataclass(frozen=True)
class IndexPart:
    """The rivers or the lakes of a city: its sections or points, the terms, their sum, and the items without a value."""

    kind: str
    n: int
    averages: tuple[Averaged, ...]
    terms: tuple[IndexTerm, ...]
    missing: tuple[str, ...]
    total: Fraction


@dataclass(frozen=True)
class CityIndex:
    """The index of a city: the sums of rivers and lakes, weighted by their numbers of sections and points."""

    parts: tuple[IndexPart, ...]
    value: Fraction


@dataclass(frozen=True)
class TrophicTerm:
    """One item of the trophic index: 10 (a + b ln x) and its weight r² / Σ r²."""

    item: str
    unit: str
    entering: Fraction
    a: Decimal
    b: Decimal
    logarithm: Fraction
    index: Fraction
    r: Decimal
    weight: Fraction


@dataclass(frozen=True)
class Trophic:
    """The trophic level index of a lake and its grade."""

    terms: tuple[TrophicTerm, ...]
    grade: str
    value: Fraction


@dataclass(frozen=True)
class Held:
    """One item of a drinking-water source against its limit: class Ⅲ of table 1, or table 2."""

    item: str
    unit: str
    value: Fraction
    rounding: Rounding | None
    limit: str
    over: bool
    limit_rule: Clause


@dataclass(frozen=True)
class SourceRow:
    """One source in one month: whether it meets its limits, by item, and the volume drawn."""

    name: str
    month: str
    meets: bool
    items: tuple[Held, ...]
    volume: Fraction | None


@dataclass(frozen=True)
class SourceShare:
    """Sources that meet their limits among those checked; ``by`` is ``each``, ``source``, ``volume`` or ``count``."""

    by: str
    rows: tuple[SourceRow, ...]
    total: Fraction
    meeting: Fraction
    value: Fraction


@dataclass(frozen=True)
class TargetRow:
    """One section against its target class; ``deductions`` are those that documents grant, in words."""

    name: str
    target: int
    klass: int
    klass_after: int
    met: bool
    deductions: tuple[str, ...]


@dataclass(frozen=True)
class TargetShare:
    """Sections that reach their target: one (1 or 0), or in per cent of those that have target and class."""

    rows: tuple[TargetRow, ...]
    ratio: bool
    value: Fraction


@dataclass(frozen=True)
class WarningRow:
    """The classes on which a warning hangs; ``level`` 1, 2 or ``None``; ``known`` is false where one is missing."""

    name: str
    month: int | None
    month_before: int | None
    total: int | None
    total_before: int | None
    target: int | None
    level: int | None
    known: bool


@dataclass(frozen=True)
class WarningOf:
    """The warning of a section, or of a place by the gravest of its sections; 0 is none."""

    rows: tuple[WarningRow, ...]
    value: Fraction


@dataclass(frozen=True)
class SlideRow:
    """An item over the last periods, the limit of its class, the share of it that is reached (per cent), and whether that is a slide."""

    item: str
    values: tuple[tuple[str, Fraction], ...]
    klass: int
    limit: Decimal | None
    share: Fraction | None
    sliding: bool


@dataclass(frozen=True)
class SlideOf:
    """How many items slide towards the next class."""

    rows: tuple[SlideRow, ...]
    value: Fraction


@dataclass(frozen=True)
class YearsOf:
    """The classes of all sections, year by year backwards, and how many years running all were of ``klass`` or better."""

    klass: int
    years: tuple[tuple[int, tuple[tuple[str, int | None], ...]], ...]
    value: Fraction


WaterHow = (
    WorstItem | StateOfClass | ItemMean | SectionShare | StateOfShares | CityIndex | Trophic | Change
    | SourceShare | TargetShare | WarningOf | SlideOf | YearsOf
)  # fmt: skip


@dataclass(frozen=True)
class SectionRow:
    """A section beneath a region: its class (``None`` without a value), the deciding items, and whether enough stands under it."""

    subject: str
    name: str
    klass: int | None
    deciding: tuple[str, ...]
    n_months: int
    enough: bool
    reason: str


@dataclass(frozen=True)
class MonthRow:
    """A month beneath a period: the most readings that any item has, the class of the month, and the value of the item asked about."""

    month: str
    samples: int
    klass: int | None
    value: Fraction | None


@dataclass(frozen=True)
class WaterExplained:
    """A Figure with the step that leads to it and what is beneath; ``opened`` is walked further down, ``opened_why`` says why this one.

    ``averages`` are the means that enter the step; those of a month hold its readings. ``left_out`` counts readings of stations that were
    not in normal state, by that state. ``how`` is ``None`` when there is no value; the Figure's reason says why.
    """

    figure: Figure
    name: str
    how: WaterHow | None
    printed: Rounding | None
    completeness: Completeness | None
    rules: tuple[Clause, ...]
    notes: tuple[str, ...] = ()
    averages: tuple[Averaged, ...] = ()
    sections: tuple[SectionRow, ...] = ()
    months: tuple[MonthRow, ...] = ()
    left_out: Mapping[str, int] | None = None
    files: tuple[File, ...] = ()
    parts: tuple[WaterExplained, ...] = ()
    opened: WaterExplained | None = None
    opened_why: str = ""
