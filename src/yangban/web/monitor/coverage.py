"""Which hours and days are missing: by subject and month, and day by day as a calendar. Kept until the readings change."""

from __future__ import annotations

import calendar as month_lengths
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any, Final, TypeVar

import polars as pl
from django.core.cache import caches
from django.utils import timezone

from yangban.base.pollutants import HOURLY_SIX
from yangban.readings.lake import Lake
from yangban.readings.workspace import Workspace
from yangban.web.monitor.places import name_of, place_finder, within
from yangban.web.workspace import site_workspace

_HOURS: Final = 24
_SECONDS: Final = 3600
NAMES: Final = {"pm25": "PM₂.₅", "pm10": "PM₁₀", "so2": "SO₂", "no2": "NO₂", "co": "CO", "o3": "O₃"}
_T = TypeVar("_T")


def _kept(workspace: Workspace, key: tuple[Any, ...], make: Callable[[], _T]) -> _T:
    """What was made for this version of the readings, or make it."""
    name = "coverage:" + ":".join(map(str, (workspace.path, Lake(workspace).version(), timezone.localdate(), *key))).replace(" ", "_")
    found = caches["pages"].get(name)
    if found is None:
        found = make()
        caches["pages"].set(name, found, _SECONDS)
    return found


def years(medium: str) -> list[int]:
    """The years of which there are readings, newest first."""
    kinds = {"water"} if medium == "water" else {"hours", "days"}
    found: set[int] = set()
    for part in Lake(site_workspace(create=True)).parts():
        if part.kind in kinds:
            found |= set(range(int(part.first_day[:4]), int(part.last_day[:4]) + 1))
    return sorted(found, reverse=True)


def place_of(subject: str) -> str:
    """The place in which a subject lies; empty when nobody knows."""
    return place_finder(site_workspace())(subject)


def _end(year: int) -> date:
    """The last day on which readings may be expected: yesterday, or the end of the year."""
    return min(date(year, 12, 31), timezone.localdate() - timedelta(days=1))


def _held(workspace: Workspace, year: int, basis: str, subjects: list[str] | None = None) -> pl.DataFrame:
    """Hours held of each subject, day and pollutant; a ready day value stands for its whole day."""
    lake, start, end = Lake(workspace), date(year, 1, 1), _end(year)
    counts = [
        pl.sum_horizontal(pl.col(f"{item}_{slot:02d}").is_not_null().cast(pl.Int32) for slot in range(1, 25)).alias(item)
        for item in HOURLY_SIX
    ]
    hours = lake.air(start=start, end=end, basis=basis, subjects=subjects).select("subject", "day", *counts)
    ready = [(pl.col(item if item != "o3" else "o3_8h").is_not_null().cast(pl.Int32) * _HOURS).alias(item) for item in HOURLY_SIX]
    days = lake.air_days(start=start, end=end, basis=basis, subjects=subjects).select("subject", "day", *ready)
    both = pl.concat([hours, days]).group_by("subject", "day").agg(pl.col(item).max() for item in HOURLY_SIX)
    return both.sort("subject", "day").collect()


def months(place: str, year: int, medium: str, basis: str) -> list[dict[str, Any]]:
    """Each subject of a place with its twelve months: hours missing of those there should be (of water: rows held).

    A month that has not begun has no entry. The pollutant with the most missing hours speaks for an hour's day.
    """
    workspace = site_workspace()
    return _kept(workspace, ("months", place, year, medium, basis), lambda: _months(workspace, place, year, medium, basis))


def _months(workspace: Workspace, place: str, year: int, medium: str, basis: str) -> list[dict[str, Any]]:
    inside = within(workspace, place)
    end = _end(year)
    if medium == "water":
        rows = (
            Lake(workspace)
            .water(start=date(year, 1, 1), end=end)
            .group_by("subject", pl.col("time").dt.month().alias("month"))
            .agg(pl.len())
        )
        counts: dict[str, dict[int, int]] = {}
        for subject, month, count in rows.collect().iter_rows():
            counts.setdefault(subject, {})[month] = count
        return [
            {
                "subject": subject,
                "name": name_of(subject, workspace),
                "months": [_water_month(year, month, held.get(month, 0), end) for month in range(1, 13)],
                "missing": sum(1 for month in range(1, end.month + 1) if not held.get(month)),
            }
            for subject, held in sorted(counts.items())
            if inside(subject)
        ]
    held_days = _held(workspace, year, basis)
    total = (
        held_days.with_columns(pl.col("day").dt.month().alias("month"))
        .group_by("subject", "month")
        .agg(pl.col(each).sum() for each in HOURLY_SIX)
    )
    found: dict[str, dict[int, int]] = {}
    for row in total.iter_rows(named=True):
        found.setdefault(row["subject"], {})[row["month"]] = min(row[item] for item in HOURLY_SIX)
    listed = []
    for subject, have in sorted(found.items()):
        if not inside(subject):
            continue
        cells = [_air_month(year, month, have.get(month, 0), end) for month in range(1, 13)]
        listed.append(
            {
                "subject": subject,
                "name": name_of(subject, workspace),
                "months": cells,
                "missing": sum(each["missing"] for each in cells if each),
            }
        )
    return listed


def _air_month(year: int, month: int, have: int, end: date) -> dict[str, Any] | None:
    if date(year, month, 1) > end:
        return None
    last = min(date(year, month, month_lengths.monthrange(year, month)[1]), end)
    should = last.day * _HOURS
    missing = max(0, should - have)
    return {"missing": missing, "of": should, "step": _step(missing, should)}


def _water_month(year: int, month: int, have: int, end: date) -> dict[str, Any] | None:
    if date(year, month, 1) > end:
        return None
    return {"held": have, "missing": 0 if have else 1, "of": 1, "step": 0 if have else 4}


def _step(missing: int, of: int) -> int:
    """How deep a hole is drawn, 0 to 4: none, up to a tenth, a quarter, less than all, all."""
    if missing == 0:
        return 0
    if missing >= of:
        return 4
    return 1 if missing * 10 <= of else 2 if missing * 4 <= of else 3


def calendar(subject: str, year: int, basis: str) -> dict[str, Any]:
    """One subject's year: each day with the hours missing by pollutant, and the list of holes."""
    workspace = site_workspace()
    return _kept(workspace, ("calendar", subject, year, basis), lambda: _calendar(workspace, subject, year, basis))


def _calendar(workspace: Workspace, subject: str, year: int, basis: str) -> dict[str, Any]:
    held = {row["day"]: row for row in _held(workspace, year, basis, [subject]).iter_rows(named=True)}
    end = _end(year)
    grid: list[dict[str, Any]] = []
    holes: list[dict[str, Any]] = []
    for month in range(1, 13):
        days: list[dict[str, Any] | None] = []
        for n in range(1, month_lengths.monthrange(year, month)[1] + 1):
            day = date(year, month, n)
            if day > end:
                days.append(None)
                continue
            row = held.get(day)
            missing = {item: _HOURS - (row[item] if row else 0) for item in HOURLY_SIX}
            worst = max(missing.values())
            days.append({"day": day, "missing": worst, "step": _step(worst, _HOURS)})
            if worst:
                holes.append({"day": day, "missing": worst, "items": [(NAMES[item], count) for item, count in missing.items() if count]})
        grid.append({"month": month, "days": days})
    return {
        "subject": subject, "name": name_of(subject, workspace), "year": year, "grid": grid, "holes": holes,
        "whole": sum(1 for each in holes if each["missing"] == _HOURS), "partly": sum(1 for each in holes if each["missing"] < _HOURS),
    }  # fmt: skip
