"""One look at the quality of the readings of a place or station: signals with their evidence, and counts of flags.

Readings are looked at as they came, before any exclusion. Nothing is written and nothing is decided.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

import polars as pl

from yangban.assess.air import network
from yangban.assess.air.daily import day_indices, day_values
from yangban.assess.air.signals import (
    bunching_signals,
    contrast,
    contrast_days,
    contrast_signals,
    in_order,
    low_variance_signals,
)
from yangban.base import regions
from yangban.base.errors import UsageError
from yangban.base.periods import Period, between, year_of
from yangban.readings import quality
from yangban.readings.lake import Lake
from yangban.readings.signals import RULES, Signal, signals
from yangban.readings.stations import Registry
from yangban.readings.workspace import Workspace
from yangban.standards import Book

_HISTORY: Final = max(
    RULES["low_variance_day"].thresholds["history"],
    RULES["low_variance_week"].thresholds["history"] + 2 * RULES["low_variance_week"].thresholds["days"],
)
"""Days before the period that the rules on history need."""


_AT_A_TIME: Final = 20
"""Subjects whose hours are held at once, so that memory does not grow with their number: a year of 20 is about a million values."""


@dataclass(frozen=True)
class FlagCount:
    """How many values of a subject and pollutant bear a flag of :mod:`yangban.readings.quality`."""

    subject: str
    pollutant: str
    flag: str
    name: str
    count: int


@dataclass(frozen=True)
class Look:
    """What was looked at, what was found, what could not be looked at (``notes``), and whether any reading is synthetic."""

    period: Period
    basis: str
    subjects: tuple[str, ...]
    signals: tuple[Signal, ...]
    flags: tuple[FlagCount, ...]
    notes: tuple[str, ...]
    synthetic: bool


def look(
    workspace: Workspace,
    book: Book,
    *,
    subjects: Sequence[str] | None = None,
    region: str | None = None,
    period: Period | None = None,
    basis: str = "realtime",
) -> Look:
    """Look at the subjects named, at all places and stations of a region, or at everything.

    Without a period the last calendar year with readings is looked at. Raises :class:`~yangban.base.errors.UsageError` when nothing of
    what was asked for has readings.
    """
    lake = Lake(workspace)
    span = lake.days(basis=basis)
    if span is None:
        raise UsageError(f"没有{'审核' if basis == 'audited' else '实况'}读数；请先 yangban ingest")
    period = period or year_of(span[1].year)
    registry = Registry.load(workspace).frame()
    rows = lake.air(start=period.start, end=period.end, basis=basis)
    wanted = _wanted(rows, registry, subjects=subjects, region=region)
    if not wanted:
        asked = "、".join(subjects or ()) or region or "这里"
        raise UsageError(f"{asked} 在 {period.label} 没有读数；no readings of what was asked for")
    mine = rows.filter(pl.col("subject").is_in(wanted))
    found: list[Signal] = []
    flags: list[FlagCount] = []
    for k in range(0, len(wanted), _AT_A_TIME):
        few = wanted[k : k + _AT_A_TIME]
        held = rows.filter(pl.col("subject").is_in(few)).collect().lazy()
        found += _in_period(signals(_since(lake, period, few, basis, days=RULES["copied_block"].thresholds["days"])), period)
        found += _in_period(low_variance_signals(_since(lake, period, few, basis, days=_HISTORY)), period)
        flags += _flag_counts(held)
    beside, notes = _contrast(lake, rows, registry, wanted, period, basis)
    found += beside
    found += _bunching(mine, book, period)
    synthetic = bool(mine.select(pl.col("synthetic").any()).collect().item())
    return Look(period, basis, tuple(wanted), tuple(in_order(found)), tuple(flags), tuple(notes), synthetic)


def _wanted(rows: pl.LazyFrame, registry: pl.DataFrame, *, subjects: Sequence[str] | None, region: str | None) -> list[str]:
    """The subjects with readings that are asked for."""
    present: list[str] = rows.select("subject").unique().sort("subject").collect()["subject"].to_list()
    if subjects is not None:
        return [each for each in present if each in set(subjects)]
    if region is None:
        return present
    code = regions.place(region).code
    below = {each.code for level in ("province", "city", "county") for each in regions.children(code, level=level, zones=True)}
    places = {code, *below, *(each.code for each in _prefectures(code))}
    inside = registry.filter(pl.col("city").is_in(sorted(places)) | pl.col("county").is_in(sorted(places)))["station"]
    return [each for each in present if each in places | set(inside)]


def _prefectures(code: str) -> tuple[regions.Place, ...]:
    """The members of a group count as lying in it; a county or zone has none."""
    return regions.prefecture_places(code) if regions.place(code).level == "group" else ()


def _since(lake: Lake, period: Period, few: Sequence[str], basis: str, *, days: int) -> pl.LazyFrame:
    """The rows of a period and of some days before it."""
    return lake.air(start=period.start - timedelta(days=days), end=period.end, basis=basis, subjects=few).collect().lazy()


def _in_period(found: Sequence[Signal], period: Period) -> list[Signal]:
    """Those whose last day lies in the period; the history before it is not asked about."""
    return [each for each in found if period.holds((each.end - timedelta(hours=1)).date())]


def _contrast(
    lake: Lake, rows: pl.LazyFrame, registry: pl.DataFrame, wanted: Sequence[str], period: Period, basis: str
) -> tuple[list[Signal], list[str]]:
    """Each station against its whole city, also when only one station is asked about."""
    stations = [each for each in wanted if each.startswith("station:")]
    if not stations:
        return [], ["没有点位数据：未作“与同城其他点位反差”"]
    members = network.members(registry, "city")
    unknown = sorted(set(stations) - set(members["station"]))
    notes = [f"{len(unknown)} 个点位不在名册的评价点位中，未作邻站对比：{'、'.join(unknown[:5])}"] if unknown else []
    places = members.filter(pl.col("station").is_in(stations))["place"].unique()
    peers = members.filter(pl.col("place").is_in(places.implode()))
    found = contrast_signals(contrast(rows.filter(pl.col("level") == "station"), peers))
    days = lake.air_days(start=period.start, end=period.end, level="station", basis=basis).select("subject", "day", "pm25", "pm10")
    found += contrast_signals(contrast_days(days, peers), ready_days=True)
    return [each for each in found if each.subject in stations], notes


def _bunching(rows: pl.LazyFrame, book: Book, period: Period) -> list[Signal]:
    """Year by year, since targets are yearly, and within a year edition by edition."""
    found: list[Signal] = []
    for year in range(period.start.year, period.end.year + 1):
        part = between(max(period.start, date(year, 1, 1)), min(period.end, date(year, 12, 31)))
        for edition in book.air_list("in-force", start=part.start, end=part.end):
            first, last = max(part.start, edition.start), min(part.end, edition.end or part.end)
            days = day_indices(day_values(rows.filter(pl.col("day").is_between(first, last)), edition), [edition])
            aqi = pl.col(f"aqi@{edition.family}")
            counted = days.filter(pl.col(f"counts@{edition.family}")).select("subject", "day", aqi.alias("aqi")).collect()
            found += bunching_signals(counted, edition)
    return found


def _flag_counts(rows: pl.LazyFrame) -> list[FlagCount]:
    names: dict[str, str] = dict(quality.NAMES.values())
    counted: list[dict[str, Any]] = (
        quality.flags(rows).group_by("subject", "pollutant", "flag").agg(count=pl.len()).sort("subject", "pollutant", "flag").collect()
    ).to_dicts()
    return [FlagCount(**row, name=names[row["flag"]]) for row in counted]
