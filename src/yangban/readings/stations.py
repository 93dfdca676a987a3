"""The registry of stations: which station stood in which city and county, in which network and role, from when to when.

It lies in the workspace as ``stations.csv``, one row per station and span of time; ``valid_from`` and ``valid_to`` are the first and the
last day, blank = open. A station that changes its name, city, county, network or role gets a new row and its old one is closed, so a
result of an earlier year keeps the membership of its own time. Nothing is guessed: a county that a source does not name stays blank, and
coordinates never choose a place.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any, Final

import polars as pl

from yangban.base import regions
from yangban.base.errors import InputError, UnknownRegion
from yangban.readings.lake import Lake
from yangban.readings.workspace import Workspace, write_whole

FILE: Final = "stations.csv"

NETWORKS: Final = ("state", "province", "county")
ROLES: Final = ("evaluation", "background", "control")

COLUMNS: Final = (
    "station", "name", "city", "county", "network", "role", "longitude", "latitude", "valid_from", "valid_to", "source",
)  # fmt: skip

SCHEMA: Final = pl.Schema(
    {
        **dict.fromkeys(COLUMNS, pl.String),
        "longitude": pl.Float64,
        "latitude": pl.Float64,
        "valid_from": pl.Date,
        "valid_to": pl.Date,
    }
)
"""Columns and types of :meth:`Registry.frame`; a blank city or county is the empty text."""


@dataclass(frozen=True)
class Station:
    """One station during one span of time; both ends are inside, ``None`` is open.

    ``station`` is a subject (``station:1299A``), ``city`` and ``county`` are codes of regions or empty.
    """

    station: str
    name: str = ""
    city: str = ""
    county: str = ""
    network: str = "state"
    role: str = "evaluation"
    longitude: Decimal | None = None
    latitude: Decimal | None = None
    valid_from: date | None = None
    valid_to: date | None = None
    source: str = ""

    def holds_on(self, day: date) -> bool:
        """Whether the row is that of ``day``."""
        return (self.valid_from is None or self.valid_from <= day) and (self.valid_to is None or day <= self.valid_to)

    def overlaps(self, other: Station) -> bool:
        """Whether the two rows share a day."""
        starts_late = self.valid_from is not None and other.valid_to is not None and self.valid_from > other.valid_to
        ends_early = self.valid_to is not None and other.valid_from is not None and self.valid_to < other.valid_from
        return not (starts_late or ends_early)

    def to_dict(self) -> dict[str, Any]:
        """The row with dates and coordinates as text, ``None`` where blank."""
        return {name: said(value) if not isinstance(value, str | None) else value for name, value in asdict(self).items()}


@dataclass(frozen=True)
class Registry:
    """All rows, ordered by station and time."""

    rows: tuple[Station, ...] = ()

    @classmethod
    def load(cls, workspace: Workspace) -> Registry:
        """The registry of a workspace, empty where none was imported.

        Raises :class:`~yangban.base.errors.InputError` naming the line when the file was edited into something it cannot be.
        """
        path = workspace.path / FILE
        if not path.exists():
            return cls()
        try:
            text = path.read_text(encoding="utf-8-sig")
        except UnicodeDecodeError:
            raise InputError(f"{path}: not UTF-8; save the file as “CSV UTF-8” 请另存为 CSV UTF-8") from None
        reader = csv.DictReader(io.StringIO(text))
        if tuple(reader.fieldnames or ()) != COLUMNS:
            raise InputError(f"{path}:1: the columns are {','.join(reader.fieldnames or ())}; expected {','.join(COLUMNS)}")
        found: list[Station] = []
        for fields in reader:
            row = _stored(path, reader.line_num, fields)
            clash = next((each for each in found if each.station == row.station and each.overlaps(row)), None)
            if clash:
                raise InputError(f"{path}:{reader.line_num}: {row.station} {span(row)} overlaps its row {span(clash)}; close one of them")
            found.append(row)
        return cls(ordered(found))

    def save(self, workspace: Workspace) -> None:
        """Write the registry as a whole; the writer's lock must be held."""
        out = io.StringIO()
        writer = csv.DictWriter(out, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows({name: "" if value is None else value for name, value in row.to_dict().items()} for row in self.rows)
        write_whole(workspace.path / FILE, out.getvalue())

    def frame(self) -> pl.DataFrame:
        """All rows in the shape of :data:`SCHEMA`."""
        columns = {name: [getattr(row, name) for row in self.rows] for name in COLUMNS}
        for name in ("longitude", "latitude"):
            columns[name] = [None if value is None else float(value) for value in columns[name]]
        return pl.DataFrame(columns, schema=SCHEMA)

    def members(self, region: str, day: date, *, role: str | None = "evaluation", network: str | None = None) -> tuple[Station, ...]:
        """The stations that belong to a city, county or province on a day; ``role=None`` gives those of every role.

        A province has those of its cities. Raises :class:`~yangban.base.errors.UnknownRegion`.
        """
        place = regions.place(region, on=None)
        cities = {place.code}
        if place.level in {"province", "nation", "group"}:
            cities |= {each.code for each in regions.prefecture_places(place.code, on=day)}
        return tuple(
            row
            for row in self.rows
            if (row.city in cities or row.county == place.code)
            and row.holds_on(day)
            and role in {None, row.role}
            and network in {None, row.network}
        )

    def of(self, station: str) -> tuple[Station, ...]:
        """The rows of one station, oldest first."""
        return tuple(row for row in self.rows if row.station == station)


def ordered(rows: Iterable[Station]) -> tuple[Station, ...]:
    """Rows in the order of the registry."""
    return tuple(sorted(rows, key=lambda row: (row.station, row.valid_from or date.min)))


def span(row: Station) -> str:
    """The time of a row in words."""
    return f"{row.valid_from or '…'} – {row.valid_to or '…'}"


def said(value: Any) -> str | None:
    """A date or coordinate as text."""
    return None if value is None else value.isoformat() if isinstance(value, date) else f"{value:f}"


def _stored(path: Path, line: int, fields: Mapping[str, str | None]) -> Station:
    """A row of the registry's own file."""
    cells = {name: (fields.get(name) or "").strip() for name in COLUMNS}
    try:
        row = Station(
            **{name: cells[name] for name in ("station", "name", "city", "county", "network", "role", "source")},
            longitude=Decimal(cells["longitude"]) if cells["longitude"] else None,
            latitude=Decimal(cells["latitude"]) if cells["latitude"] else None,
            valid_from=date.fromisoformat(cells["valid_from"]) if cells["valid_from"] else None,
            valid_to=date.fromisoformat(cells["valid_to"]) if cells["valid_to"] else None,
        )
    except (ValueError, InvalidOperation) as problem:
        raise InputError(f"{path}:{line}: {problem}; dates are written 2021-01-01, coordinates as decimal degrees") from None
    if not row.station.startswith("station:"):
        raise InputError(f"{path}:{line}: station is {row.station!r}; expected such as station:1299A")
    if row.network not in NETWORKS or row.role not in ROLES:
        raise InputError(
            f"{path}:{line}: network {row.network!r}, role {row.role!r}; expected one of {', '.join(NETWORKS)} and of {', '.join(ROLES)}"
        )
    for code in filter(None, (row.city, row.county)):
        try:
            regions.place(code)
        except UnknownRegion as problem:
            raise InputError(f"{path}:{line}: {problem}") from None
    if row.valid_from and row.valid_to and row.valid_to < row.valid_from:
        raise InputError(f"{path}:{line}: {row.station} ends on {row.valid_to}, before it begins on {row.valid_from}")
    return row


@dataclass(frozen=True)
class Gap:
    """A station with readings on days on which the registry has no row for it."""

    station: str
    days: int
    first_day: date
    last_day: date


@dataclass(frozen=True)
class Check:
    """What a person should look at: rows that belong nowhere, readings that belong to no row, rows that have no readings."""

    without_place: tuple[Station, ...]
    only_county: tuple[Station, ...]
    without_row: tuple[Gap, ...]
    without_readings: tuple[str, ...]

    @property
    def clean(self) -> bool:
        """Whether every row has a place and every reading a row; a row without readings is no fault."""
        return not self.without_place and not self.without_row

    def to_dict(self) -> dict[str, Any]:
        """As ``stations check --json`` prints it."""
        return {
            "clean": self.clean,
            "without_place": [row.to_dict() for row in self.without_place],
            "only_county": [row.to_dict() for row in self.only_county],
            "without_row": [
                {**asdict(gap), "first_day": gap.first_day.isoformat(), "last_day": gap.last_day.isoformat()} for gap in self.without_row
            ],
            "without_readings": list(self.without_readings),
        }


def check(workspace: Workspace) -> Check:
    """Hold the registry against the readings of the lake."""
    registry, lake = Registry.load(workspace), Lake(workspace)
    files = [lake.root / part.file for part in lake.parts() if part.level == "station"]
    days = [pl.read_parquet(file, columns=["subject", "day"], glob=False) for file in files]
    read = pl.concat([pl.DataFrame(schema={"subject": pl.String, "day": pl.Date}), *days]).unique()
    rows = registry.frame().select("station", "valid_from", "valid_to")
    started = pl.col("valid_from").is_null() | (pl.col("valid_from") <= pl.col("day"))
    going = pl.col("valid_to").is_null() | (pl.col("day") <= pl.col("valid_to"))
    covered = read.join(rows, left_on="subject", right_on="station").filter(started & going).select("subject", "day").unique()
    loose = read.join(covered, on=["subject", "day"], how="anti").group_by("subject")
    gaps = loose.agg(pl.len().alias("n"), pl.col("day").min().alias("a"), pl.col("day").max().alias("b")).sort("subject")
    known = set(read["subject"].to_list())
    return Check(
        without_place=tuple(row for row in registry.rows if not row.city and not row.county),
        only_county=tuple(row for row in registry.rows if row.county and not row.city),
        without_row=tuple(Gap(name, n, a, b) for name, n, a, b in gaps.iter_rows()),
        without_readings=tuple(sorted({row.station for row in registry.rows} - known)),
    )
