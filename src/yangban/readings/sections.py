"""The registry of water sections: where each lies, on which river or lake, in which network, with which target class in which year.

A section's key is its province and name, since names repeat between provinces; its subject is ``section:360000:外洲``. The registry lies in
the workspace as ``sections.csv``, one row per section and span of time; a section that the workspace does not have is taken from the
region packs. ``aliases`` are other spellings under which networks name the same section. Coordinates carry how far they are to be trusted
and choose nothing.
"""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import date
from decimal import Decimal, InvalidOperation
from functools import cache
from typing import Any, Final

import polars as pl

from yangban.base import regions
from yangban.base.errors import BookError, InputError, UnknownRegion, UsageError
from yangban.base.notation import toml
from yangban.packs import pack_folders
from yangban.readings.workspace import Workspace, write_whole

FILE: Final = "sections.csv"

SOURCE: Final = "source-"
KINDS: Final = ("river", "lake", f"{SOURCE}river", f"{SOURCE}lake", f"{SOURCE}ground")
"""A section of a river, a point of a lake, and a drinking-water source by what it draws from."""

SOURCE_NAMES: Final = (
    "水源地名称", "水源名称", "水源地", "饮用水水源地", "饮用水水源地名称", "饮用水水源名称", "集中式饮用水水源地", "source_name",
)  # fmt: skip
"""Headings that say that a table speaks of drinking-water sources."""

NETWORKS: Final = ("state", "province", "city", "county")
TRUST: Final = ("surveyed", "stated", "unreliable")
"""Coordinates: measured on the spot or official, as some source states them, known to be wrong in part."""

COLUMNS: Final = (
    "province", "name", "city", "county", "river", "basin", "kind", "lake", "network", "targets", "valid_from", "valid_to",
    "longitude", "latitude", "trust", "aliases", "source", "note",
)  # fmt: skip

SCHEMA: Final = pl.Schema(
    {
        "subject": pl.String,
        **dict.fromkeys(COLUMNS, pl.String),
        "valid_from": pl.Date,
        "valid_to": pl.Date,
        "longitude": pl.Float64,
        "latitude": pl.Float64,
    }
)
"""Columns and types of :meth:`Sections.frame`; what is unknown is the empty text."""

_TARGET: Final = re.compile(r"(\d{4})\s*[:：]\s*([1-5])")


@dataclass(frozen=True)
class Section:
    """One section during one span of time; both ends are inside, ``None`` is open.

    ``province``, ``city`` and ``county`` are codes, city and county may be empty. ``targets`` leads from a year to the class (1 to 5) that
    it is to reach. ``pack`` says that the row comes from a region pack and not from the workspace.
    """

    province: str
    name: str
    city: str = ""
    county: str = ""
    river: str = ""
    basin: str = ""
    kind: str = "river"
    lake: str = ""
    network: str = "state"
    targets: Mapping[int, int] = field(default_factory=dict)
    valid_from: date | None = None
    valid_to: date | None = None
    longitude: Decimal | None = None
    latitude: Decimal | None = None
    trust: str = ""
    aliases: tuple[str, ...] = ()
    source: str = ""
    note: str = ""
    pack: bool = False

    @property
    def subject(self) -> str:
        """The subject of its readings: ``section:360000:外洲``, of a drinking-water source ``source:360000:name``."""
        return f"{self.prefix}:{self.province}:{self.name}"

    @property
    def is_source(self) -> bool:
        """Whether it is a drinking-water source and no section."""
        return self.kind.startswith(SOURCE)

    @property
    def prefix(self) -> str:
        """How its subject begins."""
        return "source" if self.is_source else "section"

    def target(self, year: int) -> int | None:
        """The class that it is to reach in a year, ``None`` when none is registered."""
        return self.targets.get(year)

    def holds_on(self, day: date) -> bool:
        """Whether the row is that of ``day``."""
        return (self.valid_from is None or self.valid_from <= day) and (self.valid_to is None or day <= self.valid_to)

    def overlaps(self, other: Section) -> bool:
        """Whether the two rows share a day."""
        starts_late = self.valid_from is not None and other.valid_to is not None and self.valid_from > other.valid_to
        ends_early = self.valid_to is not None and other.valid_from is not None and self.valid_to < other.valid_from
        return not (starts_late or ends_early)

    def cells(self) -> dict[str, str]:
        """The row as it is written, all text."""
        row = {name: getattr(self, name) for name in COLUMNS}
        row["targets"] = ";".join(f"{year}:{klass}" for year, klass in sorted(self.targets.items()))
        row["aliases"] = ";".join(self.aliases)
        return {name: _said(value) for name, value in row.items()}

    def to_dict(self) -> dict[str, Any]:
        """The row for printing: subject, cells (``None`` where blank), and whether it comes from a pack."""
        shown: dict[str, Any] = {name: text or None for name, text in self.cells().items()}
        return {"subject": self.subject, **shown, "targets": {str(year): klass for year, klass in self.targets.items()}, "pack": self.pack}


@dataclass(frozen=True)
class Sections:
    """All rows, ordered by subject and time."""

    rows: tuple[Section, ...] = ()

    @classmethod
    def load(cls, workspace: Workspace) -> Sections:
        """The sections of a workspace, and those of the region packs that it does not have.

        Raises :class:`~yangban.base.errors.InputError` naming the line when the file was edited into something it cannot be.
        """
        own = read_rows(workspace)
        subjects = {row.subject for row in own}
        named = {spelled(f"{row.prefix}:{row.province}:{name}") for row in own for name in (row.name, *row.aliases)}
        packed = (row for row in pack_rows() if row.subject not in subjects and spelled_subject(row) not in named)
        return cls(ordered((*own, *packed)))

    def aliases(self) -> Mapping[str, str]:
        """From every spelling of ``section:<province>:<name>`` to the subject; a name goes before an alias of another section.

        >>> from yangban.readings.sections import Section, Sections
        >>> Sections((Section("360000", "康山", aliases=("上饶康山",)),)).aliases()["section:360000:上饶康山"]
        'section:360000:康山'
        """
        found = {spelled_subject(row): row.subject for row in self.rows}
        for row in self.rows:
            for alias in row.aliases:
                found.setdefault(spelled(f"{row.prefix}:{row.province}:{alias}"), row.subject)
        return found

    def of(self, subject: str) -> tuple[Section, ...]:
        """The rows of one section, oldest first."""
        return tuple(row for row in self.rows if row.subject == subject)

    def on(self, subject: str, day: date) -> Section | None:
        """The row of a section on a day."""
        return next((row for row in self.rows if row.subject == subject and row.holds_on(day)), None)

    def members(self, region: str, day: date, *, network: str | None = None) -> tuple[Section, ...]:
        """The sections of a county, city, province or of the nation on a day. Raises :class:`~yangban.base.errors.UnknownRegion`."""
        return self._inside(
            region, [row for row in self.rows if row.holds_on(day) and network in {None, row.network} and not row.is_source]
        )

    def sources(self, region: str, day: date) -> tuple[Section, ...]:
        """The drinking-water sources of a county, city, province or of the nation on a day; errors as for :meth:`members`."""
        return self._inside(region, [row for row in self.rows if row.holds_on(day) and row.is_source])

    @staticmethod
    def _inside(region: str, held: Sequence[Section]) -> tuple[Section, ...]:
        place = regions.place(region)
        if place.level == "nation":
            return tuple(held)
        return tuple(row for row in held if place.code in {row.province, row.city, row.county})

    def of_river(self, river: str, day: date, *, province: str | None = None) -> tuple[Section, ...]:
        """The sections of a river on a day."""
        held = (row for row in self.rows if row.river == river and row.holds_on(day) and not row.is_source)
        return tuple(row for row in held if province in {None, row.province})

    def of_lake(self, lake: str, day: date, *, province: str | None = None) -> tuple[Section, ...]:
        """The points of a lake on a day."""
        return tuple(
            row for row in self.rows if row.kind == "lake" and row.lake == lake and row.holds_on(day) and province in {None, row.province}
        )

    def frame(self) -> pl.DataFrame:
        """All rows in the shape of :data:`SCHEMA`."""
        rows = []
        for row in self.rows:
            point = {name: None if (at := getattr(row, name)) is None else float(at) for name in ("longitude", "latitude")}
            rows.append({"subject": row.subject, **row.cells(), "valid_from": row.valid_from, "valid_to": row.valid_to, **point})
        return pl.DataFrame(rows, schema=SCHEMA)


def spelled(subject: str) -> str:
    """A subject in the one spelling in which sections are looked up: half-width, without spaces."""
    return "".join(unicodedata.normalize("NFKC", subject).split())


def spelled_subject(row: Section) -> str:
    """The subject of a row in that spelling."""
    return spelled(row.subject)


def ordered(rows: Iterable[Section]) -> tuple[Section, ...]:
    """Rows in the order of the registry."""
    return tuple(sorted(rows, key=lambda row: (row.subject, row.valid_from or date.min)))


def read_rows(workspace: Workspace) -> tuple[Section, ...]:
    """The rows of the workspace's own file, none where there is none."""
    path = workspace.path / FILE
    if not path.exists():
        return ()
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise InputError(f"{path}: not UTF-8; save the file as “CSV UTF-8” 请另存为 CSV UTF-8") from None
    reader = csv.DictReader(io.StringIO(text))
    if tuple(reader.fieldnames or ()) != COLUMNS:
        raise InputError(f"{path}:1: the columns are {','.join(reader.fieldnames or ())}; expected {','.join(COLUMNS)}")
    found: list[Section] = []
    for fields in reader:
        try:
            row = row_of({name: (fields.get(name) or "").strip() for name in COLUMNS})
        except (UsageError, InputError) as problem:
            raise InputError(f"{path}:{reader.line_num}: {problem}") from None
        clash = next((each for each in found if each.subject == row.subject and each.overlaps(row)), None)
        if clash:
            raise InputError(f"{path}:{reader.line_num}: {row.subject} {span(row)} overlaps its row {span(clash)}; close one of them")
        found.append(row)
    return ordered(found)


def save_rows(workspace: Workspace, rows: Iterable[Section]) -> None:
    """Write the workspace's own rows as a whole; the writer's lock must be held."""
    out = io.StringIO()
    writer = csv.DictWriter(out, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(row.cells() for row in ordered(rows))
    write_whole(workspace.path / FILE, out.getvalue())


def span(row: Section) -> str:
    """The time of a row in words."""
    return f"{row.valid_from or '…'} – {row.valid_to or '…'}"


def targets_of(text: str) -> dict[int, int]:
    """Target classes by year from ``2022:2;2023:2``.

    Raises :class:`~yangban.base.errors.UsageError` for anything else, and for a year with two classes.

    >>> targets_of("2022:2; 2023:3")
    {2022: 2, 2023: 3}
    """
    found: dict[int, int] = {}
    for part in filter(None, (each.strip() for each in re.split(r"[;；]", text))):
        told = _TARGET.fullmatch(part)
        if not told or found.setdefault(int(told[1]), int(told[2])) != int(told[2]):
            raise UsageError(f"targets {text!r} cannot be read; expected a class from 1 to 5 for each year, such as 2022:2;2023:2")
    return found


def row_of(cells: Mapping[str, str]) -> Section:
    """A row from its cells, all checked.

    Raises :class:`~yangban.base.errors.UsageError` or :class:`~yangban.base.errors.InputError` saying what is wrong.
    """
    try:
        dates = [date.fromisoformat(cells[name]) if cells[name] else None for name in ("valid_from", "valid_to")]
        point = [Decimal(cells[name]) if cells[name] else None for name in ("longitude", "latitude")]
    except (ValueError, InvalidOperation) as problem:
        raise InputError(f"{problem}; dates are written 2021-01-01, coordinates as decimal degrees") from None
    for code, level in ((cells["province"], "province"), (cells["city"], "city"), (cells["county"], "county")):
        if code:
            _of_level(code, level)
    if not cells["province"] or not cells["name"] or re.search(r"[\s:]", cells["name"]):
        raise InputError(f"province {cells['province']!r} and name {cells['name']!r}: both are the key; a name has no spaces and colons")
    for name, known in (("kind", KINDS), ("network", NETWORKS), ("trust", ("", *TRUST))):
        if cells[name] not in known:
            raise InputError(f"{name} is {cells[name]!r}; expected one of {', '.join(filter(None, known))}")
    if not cells["kind"].startswith(SOURCE) and (cells["kind"] == "lake") != bool(cells["lake"]):
        raise InputError(f"kind is {cells['kind']!r} and lake is {cells['lake']!r}; a point of a lake, and only that, names its lake")
    if any(point) and (None in point or not cells["trust"]):
        raise InputError(f"coordinates need longitude, latitude and trust (one of {', '.join(TRUST)})")
    if dates[0] and dates[1] and dates[1] < dates[0]:
        raise InputError(f"it ends on {dates[1]}, before it begins on {dates[0]}")
    texts = ("province", "name", "city", "county", "river", "basin", "kind", "lake", "network", "trust", "source", "note")
    known_texts: dict[str, Any] = {name: cells[name] for name in texts}
    return Section(
        **known_texts,
        targets=targets_of(cells["targets"]),
        valid_from=dates[0],
        valid_to=dates[1],
        longitude=point[0],
        latitude=point[1],
        aliases=tuple(filter(None, (each.strip() for each in re.split(r"[;；]", cells["aliases"])))),
    )


def _of_level(code: str, level: str) -> None:
    try:
        place = regions.place(code)
    except UnknownRegion as problem:
        raise InputError(str(problem)) from None
    fits = {"province": place.level == "province" or place.kind == "municipality", "city": place.prefecture_level}
    if place.code != code or not fits.get(level, place.level in {"county", "city"}):
        raise InputError(f"{level} is {code!r} ({place.name}); expected the code of a {level}")


def _said(value: Any) -> str:
    if value is None:
        return ""
    return value.isoformat() if isinstance(value, date) else f"{value:f}" if isinstance(value, Decimal) else str(value)


@cache
def pack_rows() -> tuple[Section, ...]:
    """The sections of all region packs.

    Raises :class:`~yangban.base.errors.BookError` naming file and entry.
    """
    found: list[Section] = []
    for path in (folder / "sections.toml" for folder in pack_folders()):
        if not path.is_file():
            continue
        table = toml(path.read_text(encoding="utf-8"))
        head = table["list"]
        for n, entry in enumerate(table["section"], start=1):
            name = f"{path.parent.name}/{path.name}"
            strange = sorted(set(entry) - set(COLUMNS))
            if strange:
                raise BookError(name, f"section {n}", f"unknown key {strange[0]!r}; expected some of {', '.join(COLUMNS)}")
            cells = dict.fromkeys(COLUMNS, "") | {"kind": "river"}
            cells |= {key: str(value) for key, value in head.items() if key in COLUMNS}
            cells |= {key: ";".join(value) if isinstance(value, list) else str(value) for key, value in entry.items()}
            try:
                row = row_of(cells)
            except (UsageError, InputError) as problem:
                raise BookError(name, f"section {n}", str(problem)) from None
            if any(each.subject == row.subject and each.overlaps(row) for each in found):
                raise BookError(name, f"section {n}", f"{row.subject} is listed twice; give the rows times that do not overlap")
            found.append(replace(row, pack=True))
    return ordered(found)


@dataclass(frozen=True)
class Gap:
    """A section with readings and without a row on their days."""

    subject: str
    readings: int
    first_day: date
    last_day: date


@dataclass(frozen=True)
class Check:
    """What a person should look at: rows without city, readings without a row, rows without readings, spellings that clash."""

    without_city: tuple[Section, ...]
    without_row: tuple[Gap, ...]
    without_readings: tuple[str, ...]
    clashes: tuple[tuple[str, str, str], ...]

    @property
    def clean(self) -> bool:
        """Whether every row has a city, every reading a row and every spelling one section; a row without readings is no fault."""
        return not self.without_city and not self.without_row and not self.clashes

    def to_dict(self) -> dict[str, Any]:
        """As ``sections check --json`` prints it."""
        return {
            "clean": self.clean,
            "without_city": [row.to_dict() for row in self.without_city],
            "without_row": [
                {**asdict(gap), "first_day": gap.first_day.isoformat(), "last_day": gap.last_day.isoformat()} for gap in self.without_row
            ],
            "without_readings": list(self.without_readings),
            "clashes": [{"spelling": text, "sections": [one, other]} for text, one, other in self.clashes],
        }


def check(workspace: Workspace) -> Check:
    """Hold the registry against the readings of the lake."""
    from yangban.readings.lake import Lake

    sections, lake = Sections.load(workspace), Lake(workspace)
    files = [lake.root / part.file for part in lake.parts() if part.kind == "water"]
    held = [pl.read_parquet(file, columns=["subject", "time"], glob=False) for file in files]
    empty = pl.DataFrame(schema={"subject": pl.String, "time": pl.Datetime("us")})
    read = pl.concat([empty, *held]).with_columns(pl.col("time").dt.date().alias("day"))
    rows = sections.frame().select("subject", "valid_from", "valid_to")
    started = pl.col("valid_from").is_null() | (pl.col("valid_from") <= pl.col("day"))
    going = pl.col("valid_to").is_null() | (pl.col("day") <= pl.col("valid_to"))
    covered = read.join(rows, on="subject").filter(started & going).select("subject", "day").unique()
    loose = read.join(covered, on=["subject", "day"], how="anti").group_by("subject")
    gaps = loose.agg(pl.len().alias("n"), pl.col("day").min().alias("a"), pl.col("day").max().alias("b")).sort("subject")
    known = set(read["subject"].to_list())
    spellings: dict[str, str] = {}
    clashes = []
    for row in sections.rows:
        for name in (row.name, *row.aliases):
            text = spelled(f"{row.prefix}:{row.province}:{name}")
            other = spellings.setdefault(text, row.subject)
            if other != row.subject:
                clashes.append((text, other, row.subject))
    return Check(
        without_city=tuple(row for row in sections.rows if not row.city),
        without_row=tuple(Gap(name, n, a, b) for name, n, a, b in gaps.iter_rows()),
        without_readings=tuple(sorted({row.subject for row in sections.rows} - known)),
        clashes=tuple(clashes),
    )
