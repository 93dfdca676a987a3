"""Generated networks: six cities of 1 … 12 stations for a year, the same for the same seed (and version of numpy).

A station's year comes from ``generate`` with its engineered days; on top of it come the edges of places: city means exactly half-way
between two reportable values or beside a limit, just enough stations and one too few (for a day, for some hours, for all of a day), whole
networks that lose 4 or 5 hours, stations that are silent for weeks. The registry opens, closes, re-opens and moves stations in mid-year,
turns an evaluation station into a background station and a county into a district, and stations send hours when they are not registered.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

from oracle import generate, network
from oracle.generate import POLLUTANTS

FIRST_DAY = generate.FIRST_DAY
SIZES = (1, 2, 3, 4, 8, 12)
CITIES = ("360100", "360200", "360300", "360400", "360500", "360600")
COUNTIES = (
    ("360102", "360103", "360111"),
    ("360202", "360222"),
    ("360302", "360321"),
    ("360402", "360403", "360423"),
    ("360502", "360521"),
    ("360602", "360603", "360681"),
)
CALM = CITIES[4:]
"""The cities that lose little, so that months and the year are complete there; the others are full of gaps."""

_STEP = (1000, 1000, 1000, 1000, 100, 1000)  # the reportable unit in thousandths
_TYPICAL = (32, 60, 10, 28, 8, 70)  # in reportable units
_EDGES = ((35, 50, 60, 75, 115, 150), (50, 100, 120, 150, 250), (50, 150), (40, 50, 80), (20, 40), (100, 160, 215))
_D = date.fromisoformat


@dataclass(frozen=True)
class Rows:
    """Lake rows: ``keys`` (subject, official day), ``hours`` int32 (n, 6, 24) thousandths, 0 where ``null`` bool (n, 6, 24).

    The second axis is in the order of ``POLLUTANTS``, the third is slot 1 … 24.
    """

    keys: list[tuple[str, date]]
    hours: NDArray[np.int32]
    null: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.keys)

    def columns(self) -> dict[str, list[Any]]:
        """The columns ``subject day pm25_01 … o3_24`` as lists with ``None``, for a data frame (slots are Int32)."""
        out: dict[str, list[Any]] = {"subject": [subject for subject, _ in self.keys], "day": [day for _, day in self.keys]}
        for p, pollutant in enumerate(POLLUTANTS):
            for n in range(24):
                values, gaps = self.hours[:, p, n].tolist(), self.null[:, p, n].tolist()
                out[f"{pollutant}_{n + 1:02d}"] = [None if gap else value for value, gap in zip(values, gaps, strict=True)]
        return out

    def station_hours(self) -> dict[tuple[str, date], dict[str, list[int | None]]]:
        """The rows as the oracle takes them: ``{(subject, day): {pollutant: 24 slots}}`` in thousandths."""
        rows = zip(self.keys, self.hours.tolist(), self.null.tolist(), strict=True)
        return {
            key: {
                p: [None if gap else value for value, gap in zip(v, g, strict=True)]
                for p, v, g in zip(POLLUTANTS, values, gaps, strict=True)
            }
            for key, values, gaps in rows
        }


@dataclass(frozen=True)
class Network:
    """``registry``: plain dicts with the columns of ``stations.csv`` (dates or ``None``). ``dust``: ``(place, from, to)`` labels.

    ``exclusions``: ``(station, pollutant or "all", from, to)``. ``audited``: rows beside ``realtime`` for some station-days, a few of them
    without any hour. ``audited_daily``: ``{(station, day): {item of air.DAILY: thousandths or None}}``.
    """

    realtime: Rows
    registry: tuple[dict[str, Any], ...]
    dust: tuple[tuple[str, datetime, datetime], ...]
    exclusions: tuple[tuple[str, str, datetime, datetime], ...]
    audited: Rows
    audited_daily: Mapping[tuple[str, date], dict[str, int | None]]


def generate_registry(sizes: tuple[int, ...] = SIZES) -> tuple[dict[str, Any], ...]:
    """``sizes[k]`` stations for city *k*, a background and a control station beside those of every second city, and the dated cases."""
    rows: list[dict[str, Any]] = []
    for c, size in enumerate(sizes):
        counties = COUNTIES[c % 6]
        for s in range(size + 2 * (c % 2)):
            role = "evaluation" if s < size else ("background", "control")[s - size]
            rows.append(
                {
                    "station": f"station:{9000 + 100 * c + s}A",
                    "name": f"合成{c + 1}-{s + 1}",
                    "city": CITIES[c % 6],
                    # The first county gets most stations, the last few; every fifth station has no county.
                    "county": "" if s % 5 == 4 else counties[(s * s) % len(counties)],
                    "network": ("state", "state", "province", "county")[s % 4],
                    "role": role,
                    "longitude": 115.0 + c + s / 100,
                    "latitude": 28.0 + c / 10 + s / 100,
                    "valid_from": None,
                    "valid_to": None,
                    "source": "synthetic",
                }
            )
    named = {row["station"]: row for row in rows}

    def change(station: str, day: str, **new: Any) -> None:
        """The row ends the day before, and another one with ``new`` in it begins on the day."""
        if station not in named:
            return
        old = named[station]
        old["valid_to"] = _D(day) - timedelta(days=1)
        named[station] = {**old, "valid_from": _D(day), "valid_to": None, **new}
        rows.append(named[station])

    def dates(station: str, **bounds: str) -> None:
        if station in named:
            named[station] |= {name: _D(day) for name, day in bounds.items()}

    dates("station:9000A", valid_from="2023-03-01")  # the only station of its city: before, the city has no values
    change("station:9101A", "2023-08-16", role="background")  # a city of two becomes a city of one
    dates("station:9202A", valid_from="2023-02-10")  # opens
    change("station:9303A", "2023-04-10")  # is closed for six weeks, and a city of four is one of three
    dates("station:9303A", valid_from="2023-05-21")
    dates("station:9407A", valid_to="2023-09-30")  # closes, and another one opens in its stead in another county
    change("station:9403A", "2023-10-01", county="360521")
    change("station:9511A", "2023-07-01", city=CITIES[2], county="360302")  # moves to the city of three, which so becomes one of four
    change("station:9500A", "2023-06-15", county="360603", network="province")  # a county becomes a district
    return tuple(rows)


def generate_network(*, seed: int = 20260301, days: int = generate.DAYS, sizes: tuple[int, ...] = SIZES) -> Network:
    """The network of ``sizes`` stations a city for the first ``days`` days of 2023."""
    rng = np.random.Generator(np.random.PCG64([seed, 2]))
    registry = generate_registry(sizes)
    stations = sorted({row["station"] for row in registry})
    # The last eight subjects of ``generate`` are about whole periods, which a place's days would only repeat.
    sample = generate.generate(subjects=len(stations) + 8, seed=seed)
    shape = (-1, generate.DAYS, 6, 24)
    hours = sample.hours.reshape(shape)[: len(stations), :days].copy()
    null = sample.null.reshape(shape)[: len(stations), :days].copy()
    number = {station: k for k, station in enumerate(stations)}
    calm = {row["station"] for row in registry if row["city"] in CALM}
    for s in sorted(calm):
        null[number[s]] &= rng.random((days, 6, 1)) < 0.4
    dust = _dust(rng, days)
    for d in range(days):
        day = FIRST_DAY + timedelta(days=d)
        for place, members in sorted(network.registered(registry, day, level="city").items()):
            _place_day(rng, hours[:, d], null[:, d], np.array(sorted(number[s] for s in members)), calm=place in CALM)
            if day in network.dust_days(dust).get(place, ()):
                storm = rng.integers(100, 900) * 1000
                for s in members:
                    hours[number[s], d, 1] = np.minimum(hours[number[s], d, 1] + storm, 10_000_000)
    _silences(rng, null, [number[s] for s in stations if s not in calm])
    dropped = null.all(axis=(2, 3)) | (rng.random(null.shape[:2]) < 0.003)
    hours[null] = 0
    kept = np.argwhere(~dropped)
    keys = [(stations[s], FIRST_DAY + timedelta(days=int(d))) for s, d in kept]
    realtime = Rows(keys, hours[~dropped], null[~dropped])
    audited, audited_daily = _audited(rng, realtime)
    return Network(realtime, registry, dust, _exclusions(rng, stations, days), audited, audited_daily)


def _place_day(
    rng: np.random.Generator, hours: NDArray[np.int32], null: NDArray[np.bool_], members: NDArray[np.intp], *, calm: bool
) -> None:
    """One place's day (arrays of one day, stations first): its means and its losses, in place."""
    size = len(members)
    for p in range(6):
        if rng.random() < 0.35:
            _exact_place_mean(rng, hours, null, members, p)
    if rng.random() < (0.03 if calm else 0.35):
        # As many stations as just suffice, one more, one too few, or none: by day or by hours, one item or all.
        need = -(-size * (50 if size < 4 else 75) // 100)
        left = int(np.clip(need + rng.choice((-1, 0, 0, 1, -size)), 0, size))
        lost = rng.permutation(members)[left:]
        length = int(rng.choice((1, 4, 5, 5, 6, 12, 24)))
        start = int(rng.integers(0, 25 - length))
        items = slice(None) if rng.random() < 0.5 else int(rng.integers(6))
        null[lost, items, start : start + length] = True
    if rng.random() < (0.003 if calm else 0.12):
        # The whole network loses hours: 20 or 19 are left; at the start or end 15, 14 or 13 windows.
        length = int(rng.choice((4, 5, 6)))
        start = int(rng.choice((0, 24 - length, 9)))
        null[members, :, start : start + length] = True


def _exact_place_mean(
    rng: np.random.Generator, hours: NDArray[np.int32], null: NDArray[np.bool_], members: NDArray[np.intp], p: int
) -> None:
    """Constant station days whose mean is half-way between two reportable values, or on a limit, or beside one."""
    step = _STEP[p]
    if rng.random() < 0.5:
        target = int(np.floor(_TYPICAL[p] * np.exp(rng.normal(0, 0.7)))) * step + step // 2
    else:
        target = int(rng.choice(_EDGES[p])) * step + int(rng.choice((-step // 2, -1, 0, 1, step // 2, step // 2 + 1)))
    values = np.full(len(members), target)
    if rng.random() < 0.5:
        # Pairs that differ by the same amount up and down; an odd one stays on the target.
        pairs = len(members) // 2
        shift = rng.integers(0, target // 4 + 1, pairs)
        values[:pairs] += shift
        values[pairs : 2 * pairs] -= shift
    hours[members, p] = values[:, None]
    if rng.random() < 0.7:
        null[members, p] = False


def _silences(rng: np.random.Generator, null: NDArray[np.bool_], stations: list[int]) -> None:
    """A third of the stations are silent for one to four weeks; some items of some stations for two."""
    days = null.shape[1]
    for s in stations:
        start = int(rng.integers(0, days))
        if rng.random() < 0.33:
            null[s, start : start + int(rng.integers(7, 29))] = True
        start = int(rng.integers(0, days))
        if rng.random() < 0.33:
            null[s, start : start + 14, int(rng.integers(6))] = True


def _at(day: date | str, hour: int) -> datetime:
    """The label ``hour`` hours after the day begins; 24 is 0:00 of the next."""
    return datetime.combine(_D(day) if isinstance(day, str) else day, time()) + timedelta(hours=hour)


def _dust(rng: np.random.Generator, days: int) -> tuple[tuple[str, datetime, datetime], ...]:
    """Dust: hand-made edges, then a random season for each city. Two hours are enough to touch a day."""
    one, two = CITIES[3], CITIES[4]
    events = [
        (one, _at("2023-01-10", 0), _at("2023-01-10", 0)),  # one label, 0:00: the 9th and not the 10th
        (one, _at("2023-01-15", 1), _at("2023-01-15", 24)),  # just the 15th
        (one, _at("2023-01-20", 24), _at("2023-01-21", 1)),  # the 20th and 21st
        (one, _at("2023-01-20", 12), _at("2023-01-22", 3)),  # overlaps the one before
        ("station:9300A", _at("2023-01-25", 1), _at("2023-01-26", 12)),  # a station's: no city's
        (COUNTIES[3][0], _at("2023-01-27", 1), _at("2023-01-27", 12)),  # a county's: not its city's
        (two, _at("2022-12-30", 5), _at("2023-01-02", 5)),  # begins in the year before
        (two, _at("2023-04-01", 1), _at("2023-04-08", 20)),  # a month that is complete as monitored and has 22 days left
    ]
    for city in CITIES:
        for _ in range(6):
            start = _at(FIRST_DAY + timedelta(days=int(rng.integers(0, max(days - 3, 1)))), int(rng.integers(0, 24)))
            events.append((city, start, start + timedelta(hours=int(rng.integers(0, 60)))))
    return tuple(events)


def _exclusions(rng: np.random.Generator, stations: list[str], days: int) -> tuple[tuple[str, str, datetime, datetime], ...]:
    """Two exclusions a station: one item or all, for 1 to 60 hours; many around 0:00, and long enough to spoil a day."""
    out = []
    for station in stations:
        for _ in range(2):
            start = _at(FIRST_DAY + timedelta(days=int(rng.integers(0, days))), int(rng.choice((0, 1, 5, 12, 23))))
            pollutant = str(rng.choice((*POLLUTANTS, "all", "all")))
            out.append((station, pollutant, start, start + timedelta(hours=int(rng.choice((0, 1, 3, 4, 5, 22, 23, 24, 59))))))
    return tuple(out)


def _audited(rng: np.random.Generator, realtime: Rows) -> tuple[Rows, dict[tuple[str, date], dict[str, int | None]]]:
    """Audited rows for a tenth of the station-days, corrected, with losses and with gaps filled; a table of days for a thirtieth."""
    chosen = np.flatnonzero(rng.random(len(realtime)) < 0.1)
    hours, null = realtime.hours[chosen].copy(), realtime.null[chosen].copy()
    factor = rng.choice((1000, 950, 1100), size=(len(chosen), 1, 1))
    hours = np.minimum(hours.astype(np.int64) * factor // 1000, 10_000_000).astype(np.int32)
    filled = null & (rng.random(null.shape) < 0.3)
    hours[filled] = rng.integers(1, 80_000, int(filled.sum()))
    null = (null & ~filled) | (rng.random((len(chosen), 6, 1)) < 0.05)
    null |= (rng.random(len(chosen)) < 0.05)[:, None, None]  # an audited row without any hour replaces nothing
    hours[null] = 0
    audited = Rows([realtime.keys[r] for r in chosen], hours, null)
    daily: dict[tuple[str, date], dict[str, int | None]] = {}
    for r in np.flatnonzero(rng.random(len(realtime)) < 0.033):
        values = [int(c * unit * 1000) // 10 for c, unit in zip(rng.integers(10, 2000, 6), (1, 1, 1, 1, 0.01, 1), strict=True)]
        daily[realtime.keys[r]] = {
            item: None if rng.random() < 0.08 else value
            for item, value in zip(("so2", "no2", "pm10", "pm25", "co", "o3_8h"), values, strict=True)
        }
    return audited, daily
