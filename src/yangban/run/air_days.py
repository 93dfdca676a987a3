"""From lake rows of air to day results of subjects, places and stations: the one composition of the kernel that every runner calls.

Nothing here reads or writes a file. A result of a day depends on rows of that day alone, so any set of whole days may be handed in, on
whatever machine: that is what the incremental run and the Spark runner rest on.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version as installed_version
from typing import Final

import polars as pl

from yangban.assess.air.daily import day_values, table_values
from yangban.assess.air.network import (
    hours_of_places,
    members,
    one_part,
    one_scale,
    places_from_stations,
    rescaled,
    scale_of,
    to_scale,
    together,
)
from yangban.assess.air.rules import day_rules, index_decimals, share_rules
from yangban.base.pollutants import AIR_SIX
from yangban.readings.events import Event, exclude, excluded_slots, left_out
from yangban.standards import AirEdition

LEVELS: Final = ("city", "county")
"""The levels of places that are made of stations."""

KEY: Final = ("subject", "basis", "day")
"""What names one day result."""


@dataclass(frozen=True)
class How:
    """How days are computed: under the day rules of an edition, with a registry of stations, and without what ``events`` leave out.

    ``first``: ``stations`` or ``hours``, the order in which a place's stations are averaged. ``events`` are spread over places and
    stations already.
    """

    edition: AirEdition
    registry: pl.DataFrame
    events: tuple[Event, ...]
    first: str

    def digest(self) -> str:
        """Of all that is the same for every day: the program, the day rules, the order of averaging, which station counts where."""
        rules = day_rules(self.edition), share_rules(self.edition), [index_decimals(self.edition, item) for item in AIR_SIX]
        rows = sorted(map(repr, self.registry.select("station", *LEVELS, "role", "valid_from", "valid_to").rows()))
        return hashlib.sha256(repr((installed_version("yangban"), rules, self.first, rows)).encode()).hexdigest()


@dataclass(frozen=True)
class Days:
    """Day results: of subjects with readings of their own, of places made of stations (a frame for each level), and of stations."""

    own: pl.DataFrame
    made: tuple[pl.DataFrame, ...]
    stations: pl.DataFrame


def days_of(hours: pl.LazyFrame, tables: pl.LazyFrame, how: How, basis: str) -> Days:
    """The results of rows of one basis: ``hours`` and ``tables`` (ready day values) as the lake holds them, of whole days."""
    used = _used(hours, how.events)
    computed = day_values(used, how.edition).collect(engine="streaming")
    ready = table_values(tables, how.edition).collect()
    rows = _one_a_day(computed, ready, basis)
    stations = rows.filter(pl.col("level") == "station")
    levels = LEVELS if stations.height and how.registry.height else ()
    made = [_of_places(stations, used, how, level=level) for level in levels]
    return Days(rows.filter(pl.col("level") != "station"), tuple(each for each in made if each.height), stations)


@dataclass(frozen=True)
class Segment:
    """The day results of one month, every basis together, sorted: ``places`` over one common denominator, and ``stations``."""

    places: pl.DataFrame
    stations: pl.DataFrame

    @property
    def scale(self) -> int:
        """The common denominator of the places' ticks."""
        return int(self.places["scale"][0]) if self.places.height else 1

    @property
    def wide(self) -> bool:
        """Whether places are made of stations, so that ticks need 128 bits."""
        return self.places.schema["pm25_ticks"] == pl.Int128


def segment(parts: Sequence[Days]) -> Segment:
    """One month of its bases."""
    places = one_scale([together(each.own, *each.made) for each in parts])
    return Segment(places.sort(KEY), pl.concat([each.stations for each in parts]).sort(KEY))


def gathered(parts: Sequence[Days]) -> Days:
    """Results of the same basis and month that were computed in pieces, as if they had been computed at once."""
    levels: dict[str, list[pl.DataFrame]] = {}
    for part in parts:
        for frame in part.made:
            levels.setdefault(str(frame["level"][0]), []).append(frame)
    made = tuple(one_part(one_scale(levels[level])) for level in LEVELS if level in levels)
    return Days(pl.concat([each.own for each in parts]), made, pl.concat([each.stations for each in parts]))


def _used(hours: pl.LazyFrame, events: Sequence[Event]) -> pl.LazyFrame:
    """The hours that count, with ``excluded``: how many values of the row were left out."""
    if excluded_slots(events).is_empty():
        return hours
    counts = left_out(hours, events).group_by(KEY).agg(pl.col("left_out").sum().cast(pl.Int32).alias("excluded"))
    found = counts.collect()
    if found.is_empty():
        return hours
    used = exclude(hours, events).join(found.lazy(), on=KEY, how="left", maintain_order="left")
    return used.with_columns(pl.col("excluded").fill_null(0))


def _one_a_day(days: pl.DataFrame, tables: pl.DataFrame, basis: str) -> pl.DataFrame:
    """One row a subject and day: of audited data the ready table wins over hours, of real-time data the hours."""
    if tables.is_empty():
        return days
    first, second = (tables, days) if basis == "audited" else (days, tables)
    return pl.concat([first, second.join(first.select("subject", "day"), on=["subject", "day"], how="anti")])


def _of_places(stations: pl.DataFrame, hours: pl.LazyFrame, how: How, *, level: str) -> pl.DataFrame:
    if how.first == "stations":
        return places_from_stations(stations.lazy(), how.registry, how.edition, level=level)
    of_stations = hours.filter(pl.col("level") == "station")
    return day_values(hours_of_places(of_stations, how.registry, how.edition, level=level).lazy(), how.edition).collect()


# ------------------------------------------------------------------------------------------------------------- a part of a month


@dataclass(frozen=True)
class Touched:
    """What changed rows reach: ``rows`` (subjects and days whose own results they are), ``places`` made of them, ``needed`` beneath both.

    All three hold ``subject, day``, each once.
    """

    rows: pl.DataFrame
    places: pl.DataFrame
    needed: pl.DataFrame

    @property
    def reached(self) -> pl.DataFrame:
        """Every subject and day of which there may be a new result."""
        return pl.concat([self.rows, self.places]).unique()


def reach(rows: pl.DataFrame, registry: pl.DataFrame) -> Touched:
    """Which results rest on changed rows (``subject, day``), and which rows those results need.

    A changed station reaches itself and each place for which it counts on that day; a changed place, which its stations may stand before,
    itself.
    """
    of = pl.concat([members(registry, level) for level in LEVELS])
    held = [
        pl.col("valid_from").is_null() | (pl.col("valid_from") <= pl.col("day")),
        pl.col("valid_to").is_null() | (pl.col("day") <= pl.col("valid_to")),
    ]
    above = rows.join(of, left_on="subject", right_on="station").filter(held).select(pl.col("place").alias("subject"), "day")
    own = rows.filter(~pl.col("subject").str.starts_with("station:"))
    places = pl.concat([above, own]).unique()
    beneath = places.join(of, left_on="subject", right_on="place").filter(held).select(pl.col("station").alias("subject"), "day")
    return Touched(rows, places, pl.concat([rows, places, beneath]).unique())


def renewed(old: Segment, bases: Sequence[tuple[str, Days, Touched]]) -> Segment:
    """A month in which what some changed rows reach is put in place of what was there, as if the whole month had been computed.

    ``bases`` has the new results of each basis with changed rows. Stations first only: there the common denominator follows from the rows.
    """
    stay_places, stay_stations = old.places, old.stations
    fresh_places, fresh_stations = [], []
    for basis, days, touched in bases:
        mine = pl.lit(basis).alias("basis")
        on_places, on_rows = touched.places.with_columns(mine), touched.rows.with_columns(mine)
        made = together(days.own, *days.made)
        fresh_places.append(made.join(touched.places, on=["subject", "day"], how="semi"))
        fresh_stations.append(days.stations.join(touched.rows, on=["subject", "day"], how="semi"))
        stay_places = stay_places.join(on_places, on=KEY, how="anti")
        stay_stations = stay_stations.join(on_rows, on=KEY, how="anti")
    stations = pl.concat([stay_stations, *fresh_stations]).sort(KEY)
    pieces = [each for each in (stay_places, *fresh_places) if each.height]
    if not any((each["origin"] == "stations").any() for each in pieces):
        narrow = [_narrow(each) for each in pieces] or [old.places.clear()]
        return Segment(pl.concat(narrow).sort(KEY), stations)
    scale = lcm_of(pieces)
    return Segment(pl.concat([rescaled(to_scale(each, scale), scale) for each in pieces]).sort(KEY), stations)


def lcm_of(pieces: Sequence[pl.DataFrame]) -> int:
    """The common denominator of several frames of places made stations first."""
    return scale_of(pl.concat([each.select("origin", *_COUNTED) for each in pieces], how="vertical_relaxed"))


_COUNTED: Final = tuple(name for item in AIR_SIX for name in (f"{item}_ticks", "o3_8h_windows" if item == "o3_8h" else f"{item}_hours"))


def _narrow(rows: pl.DataFrame) -> pl.DataFrame:
    """Rows without a place made of stations, in 64 bits as the kernel gives them."""
    whole = to_scale(rows, 1)
    wide = [name for name, kind in whole.schema.items() if kind == pl.Int128]
    return whole.with_columns(pl.col(wide).cast(pl.Int64)) if wide else whole
