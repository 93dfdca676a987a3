"""Synthetic surface water: a year of monthly samplings as a laboratory writes them, and the list of their sections for the registry.

Sections, rivers and lakes are called 示例… and stand for none; every file name carries the word ``synthetic``, and so every Figure stays
marked. Most sections are sampled once a month, which is all that the assessment of a month asks for; one misses months, so that a year that
cannot be assessed is seen as well, and one is worse than its target.
"""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from random import Random
from typing import Final

from yangban.base.errors import UsageError
from yangban.base.regions import Place, place, subject_name
from yangban.base.water_items import water_item
from yangban.readings.sample import YEARS, cities_of, province_of
from yangban.readings.workspace import write_whole

MISSED: Final = frozenset({1, 2, 7, 8})
"""The months in which the section with gaps was not sampled."""

_RIVER: Final[Mapping[str, tuple[float, float, float]]] = {
    "codmn": (2.6, 4.3, 5.2), "cod": (11.0, 16.5, 24.0), "bod5": (1.6, 2.6, 4.4), "nh3n": (0.24, 0.46, 0.85), "tp": (0.055, 0.13, 0.24),
    "tn": (1.3, 1.9, 2.6),
}  # fmt: skip
_LAKE: Final[Mapping[str, tuple[float, float, float]]] = {
    "codmn": (2.4, 3.4, 4.6), "cod": (10.0, 14.0, 19.0), "bod5": (1.4, 1.9, 2.6), "nh3n": (0.15, 0.24, 0.4), "tp": (0.018, 0.038, 0.07),
    "tn": (0.6, 0.95, 1.5), "chla": (4.0, 9.0, 19.0), "sd": (1.9, 1.0, 0.6),
}  # fmt: skip
"""Levels of clean, middling and burdened water in the unit of each item; they come from no document and describe no place."""

_STEADY: Final[Mapping[str, tuple[float, float]]] = {"cu": (0.003, 0.25), "zn": (0.02, 0.25), "fluoride": (0.32, 0.12), "as": (0.002, 0.2)}
"""Items that hardly differ from section to section: their level and the spread of its logarithm."""

_UNDETECTED: Final[Mapping[str, str]] = {
    "se": "0.0004", "hg": "0.00004", "cd": "0.0001", "cr6": "0.004", "pb": "0.002", "cyanide": "0.004", "phenol": "0.0003",
    "petroleum": "0.01", "surfactant": "0.05", "sulphide": "0.01",
}  # fmt: skip
"""Items that are always below what the laboratory detects, written ``0.004L``."""

_PLACES: Final[Mapping[str, int]] = {
    "temperature": 1, "ph": 1, "do": 1, "codmn": 1, "cod": 0, "bod5": 1, "nh3n": 2, "tp": 3, "tn": 2, "cu": 3, "zn": 3, "fluoride": 2,
    "as": 4, "chla": 1, "sd": 2,
}  # fmt: skip
_ITEMS: Final = (
    "temperature", "ph", "do", "codmn", "cod", "bod5", "nh3n", "tp", "tn", "cu", "zn", "fluoride", "se", "as", "hg", "cd", "cr6", "pb",
    "cyanide", "phenol", "petroleum", "surfactant", "sulphide", "chla", "sd",
)  # fmt: skip
_HEAD: Final = ("省份", "城市", "断面名称", "采样日期", *(water_item(item).label_zh for item in _ITEMS))


@dataclass(frozen=True)
class _Profile:
    """One section: its water, how burdened it is (0 to 2), the class that it is to reach, and whether months are missing."""

    water: str
    burden: int
    target: str
    gaps: bool = False

    @property
    def lake(self) -> bool:
        """Whether it is a point of a lake."""
        return self.water.endswith("湖")


_PROFILES: Final = (
    _Profile("示例甲河", 0, "Ⅱ"),
    _Profile("示例甲河", 0, "Ⅱ"),
    _Profile("示例甲河", 0, "Ⅱ"),
    _Profile("示例甲河", 1, "Ⅲ"),
    _Profile("示例甲河", 1, "Ⅲ"),
    _Profile("示例乙河", 0, "Ⅲ"),
    _Profile("示例乙河", 1, "Ⅲ"),
    _Profile("示例乙河", 2, "Ⅲ"),
    _Profile("示例乙河", 1, "Ⅲ"),
    _Profile("示例丙河", 0, "Ⅱ"),
    _Profile("示例丙河", 0, "Ⅱ", gaps=True),
    _Profile("示例丙河", 2, "Ⅳ"),
    _Profile("示例甲湖", 1, "Ⅲ"),
    _Profile("示例甲湖", 2, "Ⅳ"),
    _Profile("示例乙湖", 0, "Ⅱ"),
    _Profile("示例乙湖", 1, "Ⅲ"),
)
"""From spring to mouth; 示例断面08 is worse than its target, 示例断面11 has gaps."""


@dataclass(frozen=True)
class WaterSample:
    """What was written: ``readings`` is for ``ingest``, ``sections`` for ``sections import``.

    ``count`` is that of sections, ``rows`` that of samplings.
    """

    readings: Path
    sections: Path
    count: int
    rows: int


def write_water(region: str, *, year: int, out: Path, seed: int = 1) -> WaterSample:
    """Write a synthetic year of samplings in a region's prefecture-level places and the list of their sections into the folder ``out``.

    The same region, year and seed give the same bytes. Raises :class:`~yangban.base.errors.UsageError` for a year out of
    :data:`~yangban.readings.sample.YEARS` and :class:`~yangban.base.errors.UnknownRegion` for a region without such places.
    """
    if year not in YEARS:
        raise UsageError(f"no sample of the year {year}: expected a year from {YEARS[0]} to {YEARS[-1]}")
    cities = cities_of(place(region), date(year, 12, 31))
    listed: list[list[str]] = []
    taken: list[list[str]] = []
    for n, profile in enumerate(_PROFILES):
        city, name = cities[n % len(cities)], f"示例断面{n + 1:02d}"
        where = [subject_name(province_of(city)), city.name]
        river, lake = ("", profile.water) if profile.lake else (profile.water, "")
        kind = "湖库" if profile.lake else "河流"
        listed.append([*where, name, kind, river, lake, "国控", profile.target, "合成示例，不是真实断面"])
        taken += [[*where, name, *cells] for cells in _samplings(profile, city, name, year, seed)]
    out.mkdir(parents=True, exist_ok=True)
    readings, sections = out / f"synthetic-water-{year}.csv", out / f"synthetic-sections-{year}.csv"
    write_whole(readings, _table(_HEAD, taken))
    head = ("省份", "城市", "断面名称", "断面类型", "河流", "湖库", "控制级别", f"{year}年水质目标", "来源")
    write_whole(sections, _table(head, listed))
    return WaterSample(readings, sections, len(listed), len(taken))


def _table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(head)
    writer.writerows(rows)
    return text.getvalue()


def _samplings(profile: _Profile, city: Place, name: str, year: int, seed: int) -> Iterable[list[str]]:
    rng = Random(f"yangban water {city.code} {name} {year} {seed}")
    levels = {item: three[profile.burden] for item, three in (_LAKE if profile.lake else _RIVER).items()}
    for month in range(1, 13):
        day = date(year, month, rng.randint(2, 9))
        values = _values(profile, levels, month, rng)
        if not (profile.gaps and month in MISSED):
            yield [day.isoformat(), *(_cell(item, values) for item in _ITEMS)]


def _values(profile: _Profile, levels: Mapping[str, float], month: int, rng: Random) -> dict[str, float]:
    """One sampling: warm in summer, less oxygen in warm and burdened water; rivers carry more at low water in winter, lakes in summer."""
    warm = -math.cos(2 * math.pi * (month - 1) / 12)
    found = {
        "temperature": 17.5 + 9.5 * warm + rng.gauss(0, 0.8),
        "ph": 7.4 + 0.2 * warm + rng.gauss(0, 0.1),
        "do": 8.9 - 1.4 * warm - 0.5 * profile.burden + rng.gauss(0, 0.2),
    }
    season = 0.10 * (warm if profile.lake else -warm)
    for item, level in levels.items():
        # Where algae grow, the water is less transparent.
        swing = 1 + season * {"sd": -2, "chla": 4}.get(item, 1)
        found[item] = level * swing * math.exp(rng.gauss(0, 0.10))
    return found | {item: level * math.exp(rng.gauss(0, spread)) for item, (level, spread) in _STEADY.items()}


def _cell(item: str, values: Mapping[str, float]) -> str:
    if item in _UNDETECTED:
        return f"{_UNDETECTED[item]}L"
    return f"{values[item]:.{_PLACES[item]}f}" if item in values else ""
