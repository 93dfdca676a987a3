"""What an explanation is made of: the steps from a Figure down to its readings, as plain data."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

from yangban.assess.figure import Figure
from yangban.readings.events import Event


@dataclass(frozen=True)
class Clause:
    """A rule of the book as a reader would cite it."""

    key: str
    document: str
    title: str
    number: str
    clause: str
    value: Any
    unit: str
    confidence: str
    unverified: bool
    source: tuple[str, ...]
    note: str


@dataclass(frozen=True)
class Rounding:
    """One rounding, half to even (GB/T 8170): the only place where a digit is lost."""

    what: str
    before: Fraction
    after: Decimal
    decimals: int
    rule: Clause


@dataclass(frozen=True)
class File:
    """A received file that covers a subject and day: digest and name of the kept original, path as received, time of receipt."""

    digest: str
    path: str
    received: str
    layout: str


@dataclass(frozen=True)
class Origin:
    """Where a reading stands: the file's digest, the line (row in Parquet), its text, and whether this is the one that was used."""

    digest: str
    line: int
    text: str
    used: bool


@dataclass(frozen=True)
class Hour:
    """One hour of an official day: slot 1 to 24, the end of the hour, the value used, and every place where it stands.

    ``left_out`` is the record by which a named person took the value out; then ``value`` is ``None`` and ``received`` what was measured.
    """

    slot: int
    ends: datetime
    value: Decimal | None
    received: Decimal | None
    origins: tuple[Origin, ...] = ()
    left_out: Event | None = None


@dataclass(frozen=True)
class Window:
    """An 8-hour mean of ozone: hours ``first`` to ``last``, how many have a value, their sum, and the mean where enough have one."""

    first: int
    last: int
    n: int
    total: Fraction
    mean: Fraction | None


@dataclass(frozen=True)
class Index:
    """An individual index: the segment of the table in which the concentration lies, the index before and after rounding up.

    Above the last break-point the segment is absent and the index is what the rule says.
    """

    concentration: Decimal
    low: tuple[int, Decimal] | None
    high: tuple[int, Decimal] | None
    exact: Fraction
    index: int
    rule: Clause


@dataclass(frozen=True)
class StationDay:
    """One station's part in a city's day value; ``value`` is ``None`` when the station's day is not valid, and ``reason`` says why."""

    subject: str
    name: str
    value: Fraction | None
    reason: str


@dataclass(frozen=True)
class ItemDay:
    """One item of one day: ``n`` of its hours (ozone: valid 8-hour means; a city of stations: valid stations) against ``needed``.

    ``value`` is also given when it is not valid; ``reason`` says why it is not. ``total`` and ``hours`` are absent where the day value
    itself was received, which then stands at ``origins``; ``stations`` are there where the value is the mean of stations.
    """

    item: str
    unit: str
    n: int
    needed: int
    total: Fraction | None
    value: Fraction | None
    valid: bool
    reason: str
    rules: tuple[Clause, ...]
    windows: tuple[Window, ...] = ()
    best: Window | None = None
    hours: tuple[Hour, ...] = ()
    stations: tuple[StationDay, ...] = ()
    origins: tuple[Origin, ...] = ()
    rounding: Rounding | None = None
    index: Index | None = None


@dataclass(frozen=True)
class Day:
    """One official day of one place; ``opened`` is the day of one of its stations, where its values are means of stations."""

    subject: str
    name: str
    day: date
    items: tuple[ItemDay, ...]
    aqi: int | None
    level: str
    category: str
    colour: str
    primary: tuple[str, ...]
    exceeding: tuple[str, ...]
    counts: bool
    good: bool
    reason: str
    files: tuple[File, ...]
    rules: tuple[Clause, ...]
    note: str = ""
    opened: Day | None = None


@dataclass(frozen=True)
class DayRow:
    """A day in the list beneath a period: whether it is valid for this indicator (``reason`` if not), whether it is counted, its values.

    ``monitored`` is also true of a valid day that a scope leaves out (dust): completeness is judged on it.
    """

    day: date
    valid: bool
    monitored: bool
    reason: str
    hit: bool
    value: Fraction | None
    aqi: int | None
    category: str
    primary: tuple[str, ...]


@dataclass(frozen=True)
class MonthRow:
    """A whole month of a period: calendar days, valid days, counted days, and the valid days that it needs."""

    month: str
    days: int
    valid: int
    hits: int
    needed: int


@dataclass(frozen=True)
class Completeness:
    """Whether the value may be used, and what was asked."""

    enough: bool
    reason: str
    n_valid: int
    n_expected: int
    needed: int | None
    months: tuple[MonthRow, ...]
    rules: tuple[Clause, ...]


@dataclass(frozen=True)
class PlacesMean:
    """A region: the mean of its places, each counting once; ``absent`` are places without a value."""

    terms: tuple[tuple[str, Fraction], ...]
    absent: tuple[str, ...]
    total: Fraction
    n: int
    value: Fraction


@dataclass(frozen=True)
class DaysMean:
    """A period's mean: the sum of its valid day values over their number."""

    item: str
    total: Fraction
    n: int
    value: Fraction


@dataclass(frozen=True)
class DaysPercentile:
    """A percentile of day values: k = 1 + (n - 1) p; between the ``s``-th and the next value by the fraction of k."""

    item: str
    share: int
    n: int
    k: Fraction
    s: int
    low: tuple[date, Fraction]
    high: tuple[date, Fraction]
    value: Fraction
    rule: Clause


@dataclass(frozen=True)
class DaysCount:
    """Days that meet a condition among the valid ones; with ``ratio`` in per cent of them."""

    condition: str
    hits: int
    n: int
    ratio: bool
    value: Fraction


@dataclass(frozen=True)
class Term:
    """One item of the composite index or of attainment: the value, rounded, over its limit, rounded again."""

    item: str
    statistic: str
    value: Fraction
    entering: Rounding
    limit: Decimal
    limit_rule: Clause
    quotient: Fraction
    single: Rounding | None
    weight: Decimal


@dataclass(frozen=True)
class Composite:
    """The composite index, or one single index of it: C / S of each item, rounded, times its weight, summed."""

    terms: tuple[Term, ...]
    total: Fraction
    rounding: Rounding | None
    value: Fraction


@dataclass(frozen=True)
class Against:
    """Values held against limits: the exceedance multiple of one statistic, or whether all of them attain."""

    terms: tuple[Term, ...]
    failing: tuple[str, ...]
    value: Fraction


@dataclass(frozen=True)
class Change:
    """The change between the printed values of two periods."""

    now: Figure
    then: Figure
    kind: str
    exact: Fraction
    value: Fraction


@dataclass(frozen=True)
class OfDay:
    """The value of one day, explained by the day itself."""

    value: Fraction


How = PlacesMean | DaysMean | DaysPercentile | DaysCount | Composite | Against | Change | OfDay


@dataclass(frozen=True)
class Explained:
    """A Figure with the step that leads to it, what it is made of (``parts``; ``opened`` is walked further down), and an example day.

    ``how`` is ``None`` when there is no value; the Figure's reason says why.
    """

    figure: Figure
    name: str
    how: How | None
    printed: Rounding | None
    completeness: Completeness | None
    rules: tuple[Clause, ...]
    notes: tuple[str, ...] = ()
    days: tuple[DayRow, ...] = ()
    parts: tuple[Explained, ...] = ()
    opened: Explained | None = None
    example: Day | None = None
    example_why: str = ""
