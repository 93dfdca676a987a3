"""Levels of sound: hours to day and night, points to an area, segments to roads; grades and limits.

GB 3096-2008 and HJ 640-2012. Levels are decibels of A-weighted sound pressure as exact fractions; an energy mean is a logarithm and is kept
to 30 decimals (:mod:`yangban.base.logs`), so that no printed decimal depends on where it ends.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Final

from yangban.base.exact import round_half_even
from yangban.base.logs import energy_mean
from yangban.standards import MediumEdition

DAY: Final = "day"
NIGHT: Final = "night"
SPANS: Final = (DAY, NIGHT)


@dataclass(frozen=True)
class Grade:
    """A grade of an area or of roads: 1 to 5 and its words, 一级 and 好."""

    number: int
    numeral: str
    word: str


def hours_of(span: str, edition: MediumEdition) -> int:
    """How many hours a whole day-time or night-time has (GB 3096-2008: 6:00 to 22:00, 22:00 to 6:00)."""
    start, end = (int(edition.rule(f"day.{each}_hour").value) for each in ("start", "end"))
    return end - start if span == DAY else 24 - (end - start)


def belongs(end: datetime, edition: MediumEdition) -> tuple[date, str]:
    """The day and span to which the hour that ends at ``end`` belongs; a night belongs to the day on which it begins.

    >>> from yangban.standards import load_book
    >>> edition = load_book().medium("sound", "2008")
    >>> [belongs(datetime(2022, 6, 13, hour), edition) for hour in (6, 7, 22, 23)]
    ... # doctest: +NORMALIZE_WHITESPACE
    [(datetime.date(2022, 6, 12), 'night'), (datetime.date(2022, 6, 13), 'day'), (datetime.date(2022, 6, 13), 'day'),
     (datetime.date(2022, 6, 13), 'night')]
    """
    first, last = (int(edition.rule(f"day.{each}_hour").value) for each in ("start", "end"))
    start = end - timedelta(hours=1)
    if first <= start.hour < last:
        return start.date(), DAY
    return (start.date() if start.hour >= last else start.date() - timedelta(days=1)), NIGHT


def needed_hours(span: str, edition: MediumEdition) -> int:
    """How many hourly levels a day-time or night-time needs: all, unless somebody has filled the slot of the rule of 2024."""
    if "zones-2024" in edition.documents:
        told = edition.rule("zone.complete.hours").value
        if told is not None:
            return int(told[SPANS.index(span)])
    return hours_of(span, edition)


def area_mean(points: Sequence[Fraction]) -> Fraction | None:
    """The level of an area: the arithmetic mean over its grid points (HJ 640-2012)."""
    return sum(points, Fraction(0)) / len(points) if points else None


def road_mean(segments: Sequence[tuple[Fraction, Fraction]]) -> Fraction | None:
    """The level of roads: the mean over segments (level, length) weighted by length, Σ(l·L)/Σl (HJ 640-2012).

    >>> road_mean([(Fraction(70), Fraction(1)), (Fraction(64), Fraction(2))])
    Fraction(66, 1)
    """
    whole = sum((length for _, length in segments), Fraction(0))
    return sum((level * length for level, length in segments), Fraction(0)) / whole if whole else None


def point_level(visits: Sequence[Fraction]) -> Fraction | None:
    """The day-time or night-time level of a point over a period: the energy mean of its levels, which of one level is that level."""
    if len(visits) == 1:
        return visits[0]
    return energy_mean(visits) if visits else None


def grade(kind: str, span: str, shown: Decimal, edition: MediumEdition) -> Grade:
    """The grade of a printed level of ``area`` or ``road`` by day or night (HJ 640-2012): the bands end at tenths of a decibel."""
    rows: Sequence[Sequence[object]] = edition.rule(f"grade.{kind}.{span}").value
    for number, row in enumerate(rows, start=1):
        if len(row) == 2 or shown <= Decimal(str(row[2])):
            return Grade(number, str(row[0]), str(row[1]))
    raise AssertionError("the last grade has no upper end")


def limit(klass: str, span: str, edition: MediumEdition) -> Decimal:
    """The limit of a class of functional zones, 0 to 4b, by day or night (GB 3096-2008 table 1)."""
    return Decimal(edition.rule(f"zone_limit.{klass}.{span}").value)


def attains(level: Fraction, klass: str, span: str, edition: MediumEdition, decimals: int) -> bool:
    """Whether a level, printed with ``decimals`` places, keeps the limit of its class."""
    return round_half_even(level, decimals) <= limit(klass, span, edition)


def sudden(lmax: Fraction, klass: str, edition: MediumEdition) -> bool:
    """Whether a night's largest level goes further over the night limit than sudden noise may (GB 3096-2008)."""
    return lmax > Fraction(limit(klass, NIGHT, edition)) + int(edition.rule("night.sudden_over").value)


def from_hours(levels: Mapping[datetime, Fraction], edition: MediumEdition) -> dict[tuple[date, str], tuple[Fraction, int]]:
    """Day-time and night-time levels of one point from its hourly levels by the end of the hour: level and number of hours."""
    parts: dict[tuple[date, str], list[Fraction]] = {}
    for end, level in levels.items():
        parts.setdefault(belongs(end, edition), []).append(level)
    return {key: (energy_mean(found), len(found)) for key, found in parts.items()}
