"""From the name or code in a file to the subject whose readings these are."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

_STATION: Final = re.compile(r"(?:station:)?(\d{4}[A-Z])", re.ASCII)
"""Codes of the national network: four digits and a letter (1299A)."""

_STATION_ID: Final = re.compile(r"station:[^\s:,]+")


@dataclass(frozen=True)
class Found:
    """A subject and its level in the lake: ``station``, ``city`` (prefecture-level) or ``county``."""

    subject: str
    level: str


@lru_cache(maxsize=65536)
def resolve(text: str, *, level: str | None = None) -> Found | None:
    """The subject that ``text`` means, or ``None`` when no place or station of a level that measures bears it.

    With ``level="station"`` any code is taken as a station's own; else a station is known by its national code or by ``station:``.

    >>> resolve("1299A"), resolve("station:X-7")
    (Found(subject='station:1299A', level='station'), Found(subject='station:X-7', level='station'))
    """
    name = text.strip()
    station = _STATION.fullmatch(name)
    if station:
        return Found(f"station:{station[1]}", "station")
    if _STATION_ID.fullmatch(name):
        return Found(name, "station")
    if level == "station":
        return Found(f"station:{name}", "station") if name and not re.search(r"[\s:,]", name) else None
    # The tree of regions is read from package data; only names of places need it.
    from yangban.base import regions
    from yangban.base.errors import UnknownRegion

    try:
        place = regions.place(name)
    except UnknownRegion:
        return None
    if place.prefecture_level:
        return Found(place.code, "city")
    return Found(place.code, "county") if place.level in {"city", "county"} else None
