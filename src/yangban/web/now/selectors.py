"""What the page of the present hour reads from the board. Rows are found and laid in order; nothing is computed."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any, Final

from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone

from yangban.base import regions
from yangban.base.pollutants import HOURLY_SIX
from yangban.standards import load_book
from yangban.web.now.models import NowStamp, NowSubject
from yangban.web.public import names
from yangban.web.public.summaries import edition_words
from yangban.web.words import pick

_HOUR: Final = 60
_DAY: Final = 24 * _HOUR


def stamp() -> tuple[int, datetime | None]:
    """The number of the last arrival and when it was."""
    row = NowStamp.objects.filter(pk=1).first()
    return (0, None) if row is None else (row.number, row.arrived)


@cache
def _words(edition: str) -> dict[str, Any]:
    book = load_book()
    rules = book.air(edition)
    running = [str(item) for item, averaging in rules.rule("index.hourly_items").value if str(averaging).startswith("running")]
    return {**edition_words(rules), "index": rules.index, "number": book.documents[rules.index].number, "running": running}


@dataclass(frozen=True)
class Board:
    """The page: the last hour of the region, its cities and stations, and whether the next hour is late."""

    now: datetime
    ends: datetime | None
    arrived: datetime | None
    rows: list[dict[str, Any]]
    edition: dict[str, Any]
    late: bool
    behind: int
    synthetic: bool

    @property
    def minutes(self) -> int:
        """Minutes since the hour ended."""
        return 0 if self.ends is None else _minutes(self.now, self.ends)


def _minutes(now: datetime, ends: datetime) -> int:
    return max(0, int((now - ends).total_seconds() // 60))


def age(minutes: int) -> str:
    """A span of time in words."""
    if minutes < _HOUR:
        return pick(f"{minutes} 分钟", f"{minutes} min")
    if minutes < 2 * _DAY:
        hours, rest = divmod(minutes, _HOUR)
        return pick(f"{hours} 小时{f' {rest} 分钟' if rest else ''}", f"{hours} h{f' {rest} min' if rest else ''}")
    return pick(f"{minutes // _DAY} 天", f"{minutes // _DAY} days")


def hour_label(ends: datetime) -> tuple[str, str]:
    """The official day and the hour's label: the hour that ends at midnight is 24:00 of the day before."""
    local = timezone.localtime(ends)
    day = (local - timedelta(hours=1)).date()
    hour = 24 if local.hour == 0 else local.hour
    return names.period_name(day.isoformat()), f"{hour:02d}:00"


def within(region: str) -> QuerySet[NowSubject]:
    """The subjects of the board that lie in a region."""
    level = regions.subject_level(region) if region else "nation"
    stem = {"province": region[:2], "city": region[:4], "county": region}.get(level, "")
    return NowSubject.objects.filter(place__startswith=stem)


def board(region: str, now: datetime) -> Board:
    """The cities of a region with their stations, by their hour, the newest first, and then by the index."""
    rows = list(within(region))
    number, arrived = stamp()
    of_cities = [row.ends for row in rows if row.level == "city"]
    newest = max(of_cities or [row.ends for row in rows], default=None)
    stations = defaultdict(list)
    for row in rows:
        if row.level == "station":
            stations[row.place].append(_said(row, now, newest))
    cities = [_said(row, now, newest) for row in rows if row.level == "city"]
    for city in cities:
        city["parts"] = sorted(stations.pop(city["subject"], []), key=_order)
    # Stations whose city has no hour of its own, or of which nobody has said where they lie, are not left out.
    for code, several in sorted(stations.items()):
        name = names.place_name(code) if code else pick("未登记城市", "City not registered")
        empty = {
            "subject": code,
            "name": name,
            "cells": [],
            "aqi": None,
            "level": None,
            "primary": [],
            "late": True,
            "age": "",
            "row": None,
        }
        cities.append({**empty, "parts": sorted(several, key=_order), "hour": ""})
    shown = [each for each in cities if each["row"] is not None]
    edition = next((row.edition for row in sorted(rows, key=lambda row: row.ends, reverse=True)), "")
    late = newest is not None and _minutes(now, newest) > settings.NOW_LATE
    behind = sum(1 for each in shown if each["behind"])
    cities.sort(key=_order)
    return Board(
        now,
        newest,
        arrived if number else None,
        cities,
        _words(edition) if edition else {},
        late,
        behind,
        any(row.synthetic for row in rows),
    )


def _order(row: dict[str, Any]) -> tuple[bool, int, str]:
    return row["aqi"] is None, row["aqi"] or 0, row["subject"]


def _said(row: NowSubject, now: datetime, newest: datetime | None) -> dict[str, Any]:
    levels = _words(row.edition)["levels"]
    minutes = _minutes(now, row.ends)
    return {
        "row": row,
        "subject": row.subject,
        "name": names.called(row.subject, row.name),
        "aqi": row.aqi if row.status == "ok" else None,
        "level": next((each for each in levels if row.status == "ok" and each["number"] == row.grade), None),
        "primary": row.primary if row.status == "ok" else [],
        "reason": row.reason,
        "cells": [row.values.get(item) for item in HOURLY_SIX],
        "hour": hour_label(row.ends)[1],
        "behind": newest is not None and row.ends < newest,
        "age": age(minutes),
        "parts": [],
    }
