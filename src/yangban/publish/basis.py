"""Audited against real-time (审核 / 实况): how far the two readings of the same days are apart, and where that changes a level."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final

from yangban.assess.air.index import level_of
from yangban.assess.air.rules import day_rules, index_decimals
from yangban.assess.figure import AS_MONITORED
from yangban.base import regions
from yangban.base.errors import UsageError
from yangban.base.exact import plain
from yangban.base.periods import Period
from yangban.base.pollutants import AIR_SIX, pollutant
from yangban.run.results import AirResults, is_region
from yangban.standards import AirEdition, Book

REALTIME: Final = "realtime"
AUDITED: Final = "audited"

LARGEST: Final = 5
"""Days that are listed per pollutant, the largest differences first."""

Row = Mapping[str, Any]


@dataclass(frozen=True)
class ItemDifference:
    """One pollutant of one place: days with a valid day value in each of the two readings, in both, and how these differ.

    ``differ`` counts days whose values are not equal as they are reported (whole µg/m³; CO one decimal of mg/m³). ``mean`` is the mean of
    audited minus real-time over the days in both, from unrounded day values; ``None`` when there is no such day.
    """

    subject: str
    name: str
    pollutant: str
    unit: str
    realtime: int
    audited: int
    both: int
    differ: int
    mean: Fraction | None
    synthetic: bool

    def to_dict(self) -> dict[str, Any]:
        """As ``difference --json`` prints it."""
        return {
            "subject": self.subject,
            "subject_name": self.name,
            "pollutant": self.pollutant,
            "unit": self.unit,
            "days_realtime": self.realtime,
            "days_audited": self.audited,
            "days_both": self.both,
            "days_differ": self.differ,
            "mean_difference": None if self.mean is None else plain(self.mean),
            "synthetic": self.synthetic,
        }


@dataclass(frozen=True)
class DayDifference:
    """One day of one pollutant in both readings, as reported, with the unrounded difference audited minus real-time."""

    subject: str
    name: str
    pollutant: str
    unit: str
    day: date
    realtime: Decimal
    audited: Decimal
    difference: Fraction

    def to_dict(self) -> dict[str, Any]:
        """As ``difference --json`` prints it."""
        return {
            "subject": self.subject,
            "subject_name": self.name,
            "pollutant": self.pollutant,
            "unit": self.unit,
            "day": self.day.isoformat(),
            "realtime": f"{self.realtime:f}",
            "audited": f"{self.audited:f}",
            "difference": plain(self.difference),
        }


@dataclass(frozen=True)
class LevelDifference:
    """A day whose level of AQI is not the same in both readings, under the edition in force on it."""

    subject: str
    name: str
    day: date
    edition: str
    aqi_realtime: int
    aqi_audited: int
    level_realtime: str
    level_audited: str

    def to_dict(self) -> dict[str, Any]:
        """As ``difference --json`` prints it."""
        return {
            "subject": self.subject,
            "subject_name": self.name,
            "day": self.day.isoformat(),
            "edition": self.edition,
            "aqi_realtime": self.aqi_realtime,
            "aqi_audited": self.aqi_audited,
            "level_realtime": self.level_realtime,
            "level_audited": self.level_audited,
        }


@dataclass(frozen=True)
class Difference:
    """The report for a region and period. ``days_with_level`` are days whose AQI counts in both readings, over all places."""

    region: str
    name: str
    period: str
    items: tuple[ItemDifference, ...]
    largest: tuple[DayDifference, ...]
    levels: tuple[LevelDifference, ...]
    days_with_level: int

    @property
    def synthetic(self) -> bool:
        """Whether any reading beneath is synthetic."""
        return any(item.synthetic for item in self.items)

    def to_dict(self) -> dict[str, Any]:
        """As ``difference --json`` prints it."""
        return {
            "region": self.region,
            "region_name": self.name,
            "period": self.period,
            "items": [item.to_dict() for item in self.items],
            "largest": [each.to_dict() for each in self.largest],
            "days_with_level": self.days_with_level,
            "days_level_differs": len(self.levels),
            "levels": [each.to_dict() for each in self.levels],
            "synthetic": self.synthetic,
        }


def difference(results: AirResults, book: Book, *, region: str, period: Period, top: int = LARGEST) -> Difference:
    """Hold the audited day values of a region's places against the real-time ones.

    A province, group or the nation has its prefecture-level places, another region itself and the counties in it. Each day is judged under
    the edition in force on it. Raises :class:`~yangban.base.errors.UsageError` when the period has no audited, or no real-time, day of any
    of these places.
    """
    codes = _places(region, period)
    then, now = (_days(results, book, codes, period, basis) for basis in (REALTIME, AUDITED))
    for basis, rows in ((REALTIME, then), (AUDITED, now)):
        if not rows:
            word = "实况" if basis == REALTIME else "审核"
            raise UsageError(
                f"{regions.subject_name(region)} {period.label} 没有{word}的日值：请先 yangban ingest --basis {basis}，再 yangban assess；"
                f"no {basis} days of {period.label}"
            )
    items = []
    days: list[DayDifference] = []
    for code in codes:
        mine, theirs = then.get(code, {}), now.get(code, {})
        if mine or theirs:
            for word in AIR_SIX:
                item, found = _item(code, word, mine, theirs)
                items.append(item)
                days += found
    levels = [each for code in codes for each in _levels(code, then.get(code, {}), now.get(code, {}))]
    largest = [each for word in AIR_SIX for each in _largest(days, word, top)]
    return Difference(
        region=region,
        name=regions.subject_name(region),
        period=period.label,
        items=tuple(items),
        largest=tuple(largest),
        levels=tuple(each for each in levels if each.level_realtime != each.level_audited),
        days_with_level=len(levels),
    )


def _places(region: str, period: Period) -> list[str]:
    if is_region(region):
        return [place.code for place in regions.prefecture_places(region, on=period.end)]
    if regions.subject_level(region) in {"city", "province"}:
        return [region, *(place.code for place in regions.children(region, level="county", on=period.end, zones=True))]
    return [region]


_Days = dict[date, tuple[Row, AirEdition]]


def _days(results: AirResults, book: Book, codes: Sequence[str], period: Period, basis: str) -> dict[str, _Days]:
    """Day rows by place and day, each under the edition in force on it."""
    found: dict[str, _Days] = {}
    for edition in book.air_list("in-force", start=period.start, end=period.end):
        for frame in results.days(codes, period, edition, basis=basis, scope=AS_MONITORED):
            for row in frame.iter_rows(named=True):
                if book.air_on(row["day"]).family == edition.family:
                    found.setdefault(row["subject"], {})[row["day"]] = (row, edition)
    return found


def _exact(row: Row, word: str, edition: AirEdition) -> Fraction | None:
    ticks = row[f"{word}_ticks"]
    return None if ticks is None else Fraction(int(ticks), day_rules(edition).per_unit * int(row["scale"]))


def _item(code: str, word: str, then: _Days, now: _Days) -> tuple[ItemDifference, list[DayDifference]]:
    name, unit = regions.subject_name(code), pollutant(word).unit
    found: list[DayDifference] = []
    differ = 0
    for day in sorted(then.keys() & now.keys()):
        (old, edition), (new, _) = then[day], now[day]
        before, after = _exact(old, word, edition), _exact(new, word, edition)
        if before is None or after is None:
            continue
        decimals = index_decimals(edition, word)
        told = Decimal(old[word]).scaleb(-decimals), Decimal(new[word]).scaleb(-decimals)
        differ += told[0] != told[1]
        found.append(DayDifference(code, name, word, unit, day, *told, after - before))
    item = ItemDifference(
        subject=code,
        name=name,
        pollutant=word,
        unit=unit,
        realtime=_valid(then, word),
        audited=_valid(now, word),
        both=len(found),
        differ=differ,
        mean=sum((each.difference for each in found), Fraction(0)) / len(found) if found else None,
        synthetic=any(row["synthetic"] for rows in (then, now) for row, _ in rows.values()),
    )
    return item, found


def _valid(rows: _Days, word: str) -> int:
    return sum(row[f"{word}_ticks"] is not None for row, _ in rows.values())


def _largest(days: Sequence[DayDifference], word: str, top: int) -> list[DayDifference]:
    of = [each for each in days if each.pollutant == word and each.difference]
    return sorted(of, key=lambda each: (-abs(each.difference), each.subject, each.day))[:top]


def _levels(code: str, then: _Days, now: _Days) -> Iterator[LevelDifference]:
    """The days whose AQI counts in both readings."""
    for day in sorted(then.keys() & now.keys()):
        (old, edition), (new, _) = then[day], now[day]
        tag = edition.family
        if old[f"counts@{tag}"] and new[f"counts@{tag}"]:
            before, after = int(old[f"aqi@{tag}"]), int(new[f"aqi@{tag}"])
            words = [level_of(aqi, edition).category for aqi in (before, after)]
            yield LevelDifference(code, regions.subject_name(code), day, edition.index, before, after, *words)
