"""Synthetic readings in the real archive layout: a year that looks like one and is of no place.

What is written has the shape of the archive of the national centre's hourly release (``date,hour,type,<place>…``, one file a day or one
``.csv.gz``), so that everything that reads the archive can be shown and tested without real readings. The numbers come from a seeded
generator: a season and a daily cycle for each pollutant, weather shared by the province, a part of each place, gaps as the real
archive has them, and a few oddities (a zero, a spike, PM2.5 above PM10, a sensor that stands still, a day of dust).

The levels describe no region: every region gets the same climate. Each file name carries the word ``synthetic``, by which the lake and
every Figure stay marked. The running types (``PM2.5_24h``, ``O3_8h`` …) are computed from the hours as the release does; the type ``AQI``
is left out, because an index belongs to an edition of a standard.
"""

from __future__ import annotations

import gzip
import io
import math
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Final

from yangban.base.errors import InputError, UnknownRegion, UsageError
from yangban.base.pollutants import HOURLY_SIX
from yangban.base.regions import Place, place, prefecture_places

YEARS: Final = range(2013, 2031)
"""The years for which a sample can be made: the national network reports since 2013."""

LEVELS: Final = ("city", "station")

TYPES: Final = (
    "PM2.5",
    "PM2.5_24h",
    "PM10",
    "PM10_24h",
    "SO2",
    "SO2_24h",
    "NO2",
    "NO2_24h",
    "O3",
    "O3_24h",
    "O3_8h",
    "O3_8h_24h",
    "CO",
    "CO_24h",
)
"""The types of the archive in its order, without ``AQI``."""

_NAMES: Final[Mapping[str, str]] = {"pm25": "PM2.5", "pm10": "PM10", "so2": "SO2", "no2": "NO2", "co": "CO", "o3": "O3"}
_DAY: Final = 24


@dataclass(frozen=True)
class _Climate:
    """How one pollutant behaves: a level, a season, a day, and how strongly weather and chance move it.

    ``level`` is in the unit of the archive, ``season`` and ``peak_day`` give a yearly wave, ``waves`` the daily cycle as (height, hour of
    the peak, times a day), ``stagnant`` and ``sunny`` the answer to the province's weather, ``own`` the spread of the place's own hours.
    """

    level: float
    season: float
    peak_day: int
    waves: tuple[tuple[float, int, int], ...]
    stagnant: float
    sunny: float
    own: float


_CLIMATE: Final[Mapping[str, _Climate]] = {
    "pm25": _Climate(24.0, 0.45, 12, ((0.12, 9, 1), (0.06, 22, 2)), 0.37, 0.04, 0.20),
    "pm10": _Climate(20.0, 0.30, 20, ((0.12, 9, 1), (0.08, 20, 2)), 0.25, 0.20, 0.30),
    "so2": _Climate(7.5, 0.12, 15, ((0.14, 11, 1),), 0.16, 0.06, 0.20),
    "no2": _Climate(17.0, 0.34, 10, ((0.22, 21, 1), (0.16, 8, 2)), 0.28, 0.00, 0.24),
    "co": _Climate(0.66, 0.16, 10, ((0.07, 9, 1), (0.05, 21, 2)), 0.16, 0.00, 0.12),
    "o3": _Climate(52.0, 0.40, 225, ((0.72, 16, 1), (0.10, 15, 2)), 0.03, 0.26, 0.14),
}
"""Chosen so that a year looks like one of a middling southern province; they come from no document and describe no place. ``pm10`` is the
coarse part, to which PM2.5 is added."""


@dataclass(frozen=True)
class Sample:
    """What was written."""

    files: tuple[Path, ...]
    places: tuple[str, ...]
    hours: int
    year: int
    seed: int
    level: str


@dataclass(frozen=True)
class _Column:
    """One column of the archive: its heading, the name by which its chance is seeded, and the province whose weather it shares."""

    heading: str
    seed: str
    province: str


def write_sample(
    region: str,
    *,
    year: int,
    out: Path,
    seed: int = 1,
    level: str = "city",
    one_file: bool = False,
    progress: Callable[[int], None] | None = None,
) -> Sample:
    """Write a synthetic year of a region's prefecture-level places, or of stations in them, into the folder ``out``.

    The first hour is 00 of 1 January and the last is 00 of the next 1 January, so that the year's last official day is whole. The same
    region, year, seed and level give the same bytes. ``progress`` is called after each day with the number of days done.

    Raises :class:`~yangban.base.errors.UsageError` for a year out of :data:`YEARS` or an unknown level,
    :class:`~yangban.base.errors.UnknownRegion` for a region without prefecture-level places, and
    :class:`~yangban.base.errors.InputError` when the folder cannot be written or holds a sample of other places.
    """
    if year not in YEARS:
        raise UsageError(f"no sample of the year {year}: expected a year from {YEARS[0]} to {YEARS[-1]}")
    if level not in LEVELS:
        raise UsageError(f"unknown level {level!r}; expected {' or '.join(LEVELS)}")
    where = place(region)
    cities = cities_of(where, date(year, 12, 31))
    columns = _columns(cities, level=level)
    header = ",".join(["date", "hour", "type", *(column.heading for column in columns)])
    kind = "cities" if level == "city" else "sites"
    days = _days(columns, year=year, seed=seed, region=where.code)
    try:
        out.mkdir(parents=True, exist_ok=True)
        if one_file:
            target = out / f"china_{kind}_synthetic_{where.code.replace(':', '-')}_{year}.csv.gz"
            files, hours = _write_one(target, header, days, progress)
        else:
            files, hours = _write_days(out, f"china_{kind}_synthetic_", header, days, progress)
    except OSError as problem:
        raise InputError(f"{out}: cannot be written ({problem.strerror or problem}); choose another folder with --out") from None
    return Sample(tuple(files), tuple(column.heading for column in columns), hours, year, seed, level)


def cities_of(where: Place, on: date) -> tuple[Place, ...]:
    """The prefecture-level places of a region on a day, or itself. Raises :class:`~yangban.base.errors.UnknownRegion` where it has none."""
    found = (where,) if where.prefecture_level else prefecture_places(where.code, on=on)
    if not found:
        raise UnknownRegion(f"{where.name} ({where.code}) has no prefecture-level places; name a province or a prefecture-level city")
    return found


def _columns(cities: Sequence[Place], *, level: str) -> tuple[_Column, ...]:
    """One column a city, by its short name; or stations of a city, the first city (the capital) with more.

    Station ids begin with S and the city's four digits, so that no synthetic station can be taken for a real one.
    """
    if level == "city":
        return tuple(_Column(city.short, city.code, province_of(city)) for city in cities)
    found = []
    for city in cities:
        stations = 9 if city.code.endswith("0100") else 5
        found += [_Column(f"S{city.code[:4]}{n:02d}", f"{city.code}-{n}", province_of(city)) for n in range(1, stations + 1)]
    return tuple(found)


def province_of(city: Place) -> str:
    """The code of a prefecture-level place's province; a municipality is its own."""
    return city.code if city.level == "province" else city.parent or city.code


def _write_days(
    out: Path, stem: str, header: str, days: Iterator[tuple[date, str, int]], progress: Callable[[int], None] | None
) -> tuple[list[Path], int]:
    files = []
    hours = 0
    for done, (day, text, n) in enumerate(days, start=1):
        target = out / f"{stem}{day:%Y%m%d}.csv"
        if target.exists():
            with target.open(encoding="utf-8") as old:
                if old.readline().rstrip("\n") != header:
                    raise InputError(f"{target}: holds a sample of other places; choose another folder with --out, or empty this one")
        target.write_text(f"{header}\n{text}", encoding="utf-8", newline="\n")
        files.append(target)
        hours += n
        if progress:
            progress(done)
    return files, hours


def _write_one(
    target: Path, header: str, days: Iterator[tuple[date, str, int]], progress: Callable[[int], None] | None
) -> tuple[list[Path], int]:
    hours = 0
    # No file name and no time inside, so that the same sample has the same bytes.
    with target.open("wb") as raw, gzip.GzipFile(filename="", mode="wb", fileobj=raw, compresslevel=6, mtime=0) as packed:
        stream = io.TextIOWrapper(packed, encoding="utf-8", newline="\n")
        stream.write(f"{header}\n")
        for done, (_, text, n) in enumerate(days, start=1):
            stream.write(text)
            hours += n
            if progress:
                progress(done)
        stream.flush()
        stream.detach()
    return [target], hours


def _days(columns: Sequence[_Column], *, year: int, seed: int, region: str) -> Iterator[tuple[date, str, int]]:
    """The days of the year as text without the header, each with the number of hours it holds; the last holds hour 0 alone."""
    start = datetime(year, 1, 1)
    end = datetime(year + 1, 1, 1)
    events = _events(year, seed=seed, region=region)
    weathers = {each: _Weather(Random(f"yangban weather {each} {year} {seed}")) for each in {column.province: None for column in columns}}
    makers = [_Place(Random(f"yangban place {column.seed} {year} {seed}"), events, n) for n, column in enumerate(columns)]
    moment = start
    while moment <= end:
        day = moment.date()
        lines: list[str] = []
        hours = 0
        while moment.date() == day and moment <= end:
            for weather in weathers.values():
                weather.step()
            cells = [maker.hour(moment, weathers[column.province]) for maker, column in zip(makers, columns, strict=True)]
            if moment not in events.absent:
                hours += 1
                lead = f"{day:%Y%m%d},{moment.hour}"
                lines += [f"{lead},{kind}," + ",".join([cell[k] for cell in cells]) + "\n" for k, kind in enumerate(TYPES)]
            moment += timedelta(hours=1)
        yield day, "".join(lines), hours


@dataclass(frozen=True)
class _Events:
    """What happens to the whole region: hours that were never released, and hours of dust."""

    absent: frozenset[datetime]
    dust: Mapping[datetime, float]
    oddities: Mapping[tuple[int, datetime], str]


def _events(year: int, *, seed: int, region: str) -> _Events:
    rng = Random(f"yangban events {region} {year} {seed}")
    length = (date(year + 1, 1, 1) - date(year, 1, 1)).days

    def hour(day: int, at: int) -> datetime:
        return datetime(year, 1, 1) + timedelta(days=day, hours=at)

    absent = {hour(rng.randrange(length), rng.randrange(_DAY)) for _ in range(24)}
    part = rng.randrange(150, 180)
    absent |= {hour(part, at) for at in range(8, 17)}
    dust_day = rng.randrange(66, 110)
    dust = {hour(dust_day, at): 1 + 4.6 * math.sin(math.pi * (at + 1) / 26) for at in range(_DAY + 1)}
    # 1 January's hour 0 belongs to the year before and the last hour closes the year: both stay.
    absent -= {hour(0, 0), hour(length, 0), *dust}
    oddities: dict[tuple[int, datetime], str] = {}
    stuck = rng.randrange(20, 340)
    for at in range(30):
        oddities[0, hour(stuck, at)] = "stuck"
    oddities[0, hour(rng.randrange(length), 3)] = "zero"
    oddities[0, hour(rng.randrange(length), 4)] = "spike"
    for _ in range(12):
        oddities[0, hour(rng.randrange(length), rng.randrange(5, _DAY))] = "above"
    return _Events(frozenset(absent), dust, oddities)


class _Weather:
    """A province's weather: stagnation and sunshine, two slow autoregressive series of unit variance."""

    def __init__(self, rng: Random) -> None:
        self._rng = rng
        self.stagnant = rng.gauss(0, 1)
        self.sunny = rng.gauss(0, 1)

    def step(self) -> None:
        """One hour on."""
        self.stagnant = _next(self.stagnant, 0.982, self._rng)
        self.sunny = _next(self.sunny, 0.976, self._rng)


def _next(value: float, memory: float, rng: Random) -> float:
    return memory * value + math.sqrt(1 - memory * memory) * rng.gauss(0, 1)


class _Place:
    """The hours of one place."""

    def __init__(self, rng: Random, events: _Events, number: int) -> None:
        self._rng = rng
        self._events = events
        self._number = number
        self._factor = {word: math.exp(rng.gauss(0, 0.10 if word not in {"o3", "co"} else 0.05)) for word in HOURLY_SIX}
        self._own = {word: rng.gauss(0, 1) for word in HOURLY_SIX}
        self._air = rng.gauss(0, 1)
        self._running = {word: _Running() for word in HOURLY_SIX}
        self._ozone = _Ozone()
        self._silent = self._silences()
        self._last_so2 = 8
        self._cycles = {word: [_cycle(climate, hour) for hour in range(_DAY)] for word, climate in _CLIMATE.items()}

    def _silences(self) -> dict[int, str]:
        """Hours of the year in which one instrument of the place is under maintenance, most of them short, one of a day and more."""
        silent: dict[int, str] = {}
        for length in (30, 5, 3, 2, 2):
            word = self._rng.choice(HOURLY_SIX)
            first = self._rng.randrange(8700)
            silent.update(dict.fromkeys(range(first, first + length), word))
        return silent

    def hour(self, moment: datetime, weather: _Weather) -> list[str]:
        """The cells of one hour in the order of :data:`TYPES`."""
        values = self._values(moment, weather)
        of_year = (moment.timetuple().tm_yday - 1) * _DAY + moment.hour
        silent = self._silent.get(of_year)
        shown = {word: None if word == silent or self._rng.random() < 0.0005 else values[word] for word in HOURLY_SIX}
        reported: Mapping[str, int | None] = dict.fromkeys(HOURLY_SIX) if moment in self._events.absent else shown
        cells = []
        for word in ("pm25", "pm10", "so2", "no2"):
            cells += [_integer(shown[word]), _integer(self._running[word].mean(reported[word]))]
        ozone = self._ozone.hour(moment.hour, reported["o3"])
        cells += [_integer(shown["o3"]), *map(_integer, ozone)]
        cells += [_hundredths(shown["co"]), _hundredths(self._running["co"].mean(reported["co"]))]
        return cells

    def _values(self, moment: datetime, weather: _Weather) -> dict[str, int]:
        """The six concentrations: whole µg/m³, CO in hundredths of mg/m³."""
        rng = self._rng
        day = moment.timetuple().tm_yday
        self._air = _next(self._air, 0.95, rng)
        stagnant = 0.85 * weather.stagnant + 0.53 * self._air
        raw: dict[str, float] = {}
        for word, climate in _CLIMATE.items():
            self._own[word] = _next(self._own[word], 0.86, rng)
            season = 1 + climate.season * math.cos(2 * math.pi * (day - climate.peak_day) / 365)
            push = climate.stagnant * stagnant + climate.sunny * weather.sunny + climate.own * self._own[word]
            raw[word] = climate.level * self._factor[word] * season * self._cycles[word][moment.hour] * math.exp(push)
        dust = self._events.dust.get(moment, 1.0)
        raw["pm25"] *= 1 + 0.2 * (dust - 1)
        raw["pm10"] = raw["pm10"] * dust * (1 + (dust - 1) / 3) + raw["pm25"]
        values = {word: max(1, round(raw[word] * (100 if word == "co" else 1))) for word in HOURLY_SIX}
        self._odd(self._events.oddities.get((self._number, moment)), values)
        self._last_so2 = values["so2"]
        return values

    def _odd(self, oddity: str | None, values: dict[str, int]) -> None:
        if oddity == "stuck":
            values["so2"] = self._last_so2
        elif oddity == "zero":
            values["o3"] = 0
        elif oddity == "spike":
            values["pm10"] *= 12
        elif oddity == "above":
            values["pm10"] = max(1, values["pm25"] - 3)


def _cycle(climate: _Climate, hour: int) -> float:
    """The daily cycle at an hour, about 1: waves of (height, hour of the peak, times a day)."""
    return 1 + sum(height * math.cos(2 * math.pi * times * (hour - peak) / _DAY) for height, peak, times in climate.waves)


class _Running:
    """The mean of the last 24 hours, as the release gives it beside each hour."""

    def __init__(self) -> None:
        self._last: deque[int | None] = deque(maxlen=_DAY)
        self._sum = 0
        self._count = 0

    def mean(self, value: int | None) -> int | None:
        """Take one hour in and give the mean of what is there."""
        oldest = self._last[0] if len(self._last) == _DAY else None
        if oldest is not None:
            self._sum -= oldest
            self._count -= 1
        self._last.append(value)
        if value is not None:
            self._sum += value
            self._count += 1
        return round(self._sum / self._count) if self._count else None


class _Ozone:
    """The running figures of ozone: highest hour of 24, mean of up to 8 hours since 01:00, and its highest since 01:00."""

    def __init__(self) -> None:
        self._last: deque[int | None] = deque(maxlen=_DAY)
        self._eight: deque[int | None] = deque(maxlen=8)
        self._highest: int | None = None

    def hour(self, hour: int, value: int | None) -> tuple[int | None, int | None, int | None]:
        """Take one hour in and give the three figures."""
        if hour == 1:
            self._eight.clear()
            self._highest = None
        self._last.append(value)
        self._eight.append(value)
        known = [each for each in self._eight if each is not None]
        mean = round(sum(known) / len(known)) if known else None
        if mean is not None:
            self._highest = mean if self._highest is None else max(self._highest, mean)
        return max((each for each in self._last if each is not None), default=None), mean, self._highest


def _integer(value: int | None) -> str:
    return "" if value is None else str(value)


def _hundredths(value: int | None) -> str:
    return "" if value is None else f"{value // 100}.{value % 100:02d}"
