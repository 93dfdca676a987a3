"""Days of the environment as data: which day of the year, by which law or decision, since when.

One TOML file in ``book/campaigns/``. A problem is a :class:`~yangban.base.errors.BookError` that names file and key.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from yangban.standards.load import BOOK, parse_toml
from yangban.standards.systems import Entry
from yangban.standards.tables import TableReader

DAYS: Final = BOOK / "campaigns" / "days.toml"
_LEAP: Final = 2024


@dataclass(frozen=True, kw_only=True)
class CampaignDay(Entry):
    """A day that comes every year since ``since``, by a document's clause."""

    key: str
    name: str
    name_en: str
    month: int
    day: int
    since: date
    document: str

    def on(self, year: int) -> date | None:
        """The day in a year, ``None`` before there was such a day."""
        found = date(year, self.month, self.day)
        return found if found >= self.since else None

    def next(self, today: date) -> date:
        """The next one, today included."""
        first = max(today.year, self.since.year)
        return next(found for year in (first, first + 1) if (found := self.on(year)) and found >= today)


@cache
def campaign_days() -> Mapping[str, CampaignDay]:
    """The shipped days by their key, in the order of the file."""
    return read_days(DAYS)


def read_days(path: Path) -> Mapping[str, CampaignDay]:
    """The days of a file. Raises the first :class:`~yangban.base.errors.BookError` of it."""
    table, problems = parse_toml(path)
    if table is None:
        raise problems[0]
    reader = _Reader(path.name, table)
    days = reader.days()
    if reader.problems:
        raise reader.problems[0]
    return MappingProxyType({each.key: each for each in days})


class _Reader(TableReader):
    def days(self) -> list[CampaignDay]:
        if self.table.get("kind") != "campaign_days":
            self.choice("kind", self.table.get("kind"), ["campaign_days"])
        made = []
        for entry, label, common in self.entries("day", ("key", "name", "name_en", "month", "day", "since", "document", "clause"), ()):
            for key in ("name", "name_en", "document"):
                self.text(f"{label}.{key}", entry.get(key))
            since = self.day(f"{label}.since", entry.get("since"))
            month, day = self._day_of_year(label, entry)
            if since is not None:
                held: dict[str, Any] = {key: str(entry.get(key)) for key in ("key", "name", "name_en", "document")}
                made.append(CampaignDay(**held, month=month, day=day, since=since, **common))
        if not made:
            self.problem("day", "no day is given")
        return made

    def _day_of_year(self, label: str, entry: Mapping[str, Any]) -> tuple[int, int]:
        month, day = entry.get("month"), entry.get("day")
        try:
            found = date(_LEAP, month, day)  # type: ignore[arg-type]
        except (TypeError, ValueError):
            self.problem(f"{label}.day", f"there is no day {month!r}-{day!r} in a year")
            return 1, 1
        return found.month, found.day
