"""Small readers of the real water files: snapshots of the national automatic stations and a monthly table of sections.

A snapshot names no year in its readings. Here a reading takes the latest year in which it is not more than a day after its snapshot: a
station's clock may run a few minutes ahead, and a reading of 31 December seen in January belongs to the year before.
"""

from __future__ import annotations

import csv
import gzip
import io
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from fractions import Fraction
from pathlib import Path
from typing import NamedTuple

CLASSES = {"Ⅰ": 1, "Ⅱ": 2, "Ⅲ": 3, "Ⅳ": 4, "Ⅴ": 5, "劣Ⅴ": 6}

_ITEMS = {
    "水温": "temperature",
    "pH": "ph",
    "溶解氧": "do",
    "电导率": "conductivity",
    "浊度": "turbidity",
    "高锰酸盐指数": "codmn",
    "氨氮": "nh3n",
    "总磷": "tp",
    "总氮": "tn",
    "叶绿素α": "chla",
    "藻密度": "algae",
}
_MONTHLY = {"溶解氧": "do", "温度": "temperature", "浊度": "turbidity", "氨氮": "nh3n", "高锰酸盐指数": "codmn", "氢离子浓度指数": "ph"}


class Reading(NamedTuple):
    """One line of a snapshot. ``time`` is None where the station does not report; ``klass`` where no class is released."""

    snapshot: datetime
    province: str
    section: str
    time: datetime | None
    klass: int | None
    values: Mapping[str, Fraction | None]
    condition: str

    @property
    def content(self) -> tuple[object, ...]:
        """All but when it was seen."""
        return (self.klass, tuple(self.values.items()), self.condition)


def resolve_year(snapshot: datetime, month_day_time: str) -> datetime | None:
    """``MM-DD HH:MM`` as seen at ``snapshot``; None where it is no time. 29 February takes the last leap year."""
    if not re.fullmatch(r"\d\d-\d\d \d\d:\d\d", month_day_time):
        return None
    for year in range(snapshot.year + 1, snapshot.year - 8, -1):
        try:
            moment = datetime.strptime(f"{year}-{month_day_time}", "%Y-%m-%d %H:%M")
        except ValueError:
            continue
        if moment <= snapshot + timedelta(days=1):
            return moment
    raise ValueError(f"{month_day_time!r} lies in no year before {snapshot}")


def _number(cell: str) -> Fraction | None:
    """``--`` and ``*`` are no value; anything else must be a number."""
    return None if cell.strip() in ("", "--", "*") else Fraction(cell.strip())


def _readings(rows: Iterable[Mapping[str, str]], snapshot: datetime | None) -> Iterator[Reading]:
    memo: dict[str, Fraction | None] = {}
    columns: dict[str, str] = {}
    for row in rows:
        if not columns:
            columns = {item: next(c for c in row if c.split("(")[0] == word) for word, item in _ITEMS.items()}
        for column in columns.values():
            cell = row[column]
            if cell not in memo:
                memo[cell] = _number(cell)
        seen = snapshot or datetime.strptime(row["snapshot"], "%Y-%m-%d %H:%M")
        time = resolve_year(seen, row["监测时间"].replace("\xa0", " ").strip())
        values = {item: memo[row[column]] for item, column in columns.items()}
        yield Reading(seen, row["省份"], row["断面名称"], time, CLASSES.get(row["水质类别"]), values, row["站点情况"])


def read_snapshots(path: Path) -> list[Reading]:
    """The concatenated snapshots (UTF-8, gzip), whose first column tells when each was seen."""
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        return list(_readings(csv.DictReader(file), None))


def read_raw_snapshot(path: Path) -> list[Reading]:
    """One snapshot as released (GB18030, gzip), named ``YYYY_MM_DD_HHhMMm``."""
    seen = datetime.strptime(path.name.split(".")[0], "%Y_%m_%d_%Hh%Mm")
    text = gzip.decompress(path.read_bytes()).decode("gb18030")
    return list(_readings(csv.DictReader(io.StringIO(text, newline="")), seen))


def newest(readings: Iterable[Reading]) -> dict[tuple[str, datetime], Reading]:
    """(section, time) → the reading of the latest snapshot that shows it. One province only: names repeat between provinces."""
    out: dict[tuple[str, datetime], Reading] = {}
    for reading in readings:
        if reading.time is not None:
            key = (reading.section, reading.time)
            if key not in out or reading.snapshot >= out[key].snapshot:
                out[key] = reading
    return out


class SectionMonth(NamedTuple):
    """One row of the monthly table; its class does not follow from its values and its place is not to be trusted, so both stay out."""

    month: str
    city: str
    river: str
    section: str
    values: Mapping[str, Fraction | None]


def read_months(path: Path) -> list[SectionMonth]:
    """The monthly table of 2021 (UTF-8, gzip)."""
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        return [
            SectionMonth(r["月份"], r["城市"], r["河流"], r["断面"], {item: _number(r[c]) for c, item in _MONTHLY.items()})
            for r in csv.DictReader(file)
        ]
