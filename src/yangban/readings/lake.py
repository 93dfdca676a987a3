"""The lake of readings: immutable Parquet segments, one per kind, level, basis and month, and numbered manifests.

There are five kinds of table: ``hours`` (day rows of 24 slots per pollutant), ``days`` (ready day values, as audited daily tables bring
them), ``water`` (one row per section and time), ``sound`` (one per point, time and span) and ``nature`` (one per record). They share
manifests, transactions and versions, so one commit brings all or nothing.

A manifest names the segments that make up one version. Writing makes new segments first and then puts the next manifest in place by
one atomic rename; that rename is the commit. So a kill at any moment leaves the version before or the version after, a reader that
opened a version keeps it while the next is written, and older versions stay readable until :data:`KEEP` newer ones exist. Why not a
table format: decisions/0001-lake-format.md.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Collection, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final, Literal

import polars as pl

from yangban.base.errors import WorkspaceError
from yangban.base.pollutants import AIR_SIX
from yangban.readings.frames import DAY_SCHEMA, SCHEMA, SLOTS
from yangban.readings.keyed import Laid as LaidByKey
from yangban.readings.keyed import Shape
from yangban.readings.keyed import lay as lay_by_key
from yangban.readings.nature import frames as nature_frames
from yangban.readings.sound import frames as sound_frames
from yangban.readings.water import frames as water_frames
from yangban.readings.water.merge import Laid, lay
from yangban.readings.workspace import Workspace, sync, write_whole

KEEP: Final = 20
"""Versions that stay readable. One day's ingest rewrites one or two months of a level, a few MB each."""

_HELD_ROWS: Final = 300_000
"""Rows that a transaction holds in memory before it writes months out: 300,000 rows of 151 columns are about 180 MB."""

Kind = Literal["hours", "days", "water", "sound", "nature"]

SECTION: Final = "section"
"""The level of the segments of water."""

SHAPES: Final[dict[Kind, Shape]] = {
    "sound": Shape(sound_frames.IDS, sound_frames.LEVELS, sound_frames.CARRIED, sound_frames.SCHEMA),
    "nature": Shape(nature_frames.IDS, ("content",), nature_frames.CARRIED, nature_frames.SCHEMA),
}
"""The kinds whose rows have a key of their own."""

_KEYED_LEVEL: Final[dict[Kind, str]] = {"sound": "sound", "nature": "site"}

COLUMNS: Final[dict[Kind, tuple[str, ...]]] = {
    "hours": SLOTS,
    "days": AIR_SIX,
    "water": water_frames.ITEMS,
    **{kind: shape.cells for kind, shape in SHAPES.items()},
}
"""The value columns of each kind of table."""

SCHEMAS: Final[dict[Kind, pl.Schema]] = {
    "hours": SCHEMA,
    "days": DAY_SCHEMA,
    "water": water_frames.SCHEMA,
    **{kind: shape.schema for kind, shape in SHAPES.items()},
}

Key = tuple[str, str, str, Kind]
"""Level, basis, month (``2022-06``) and kind."""


@dataclass(frozen=True)
class Part:
    """One segment; a segment never changes, so an unchanged ``file`` means unchanged content."""

    level: str
    basis: str
    month: str
    file: str
    rows: int
    first_day: str
    last_day: str
    kind: Kind = "hours"

    @property
    def key(self) -> Key:
        """What the segment holds."""
        return self.level, self.basis, self.month, self.kind


@dataclass(frozen=True)
class Merged:
    """What a merge did, cell by cell: ``counts`` has ``day, column, duplicate, corrected``; ``corrections`` lists old and new values."""

    counts: pl.DataFrame
    corrections: pl.DataFrame


class Lake:
    """The readings of a workspace, at its last version or at an earlier one that is still kept."""

    def __init__(self, workspace: Workspace, *, version: int | None = None) -> None:
        self._root = workspace.readings / "air"
        self._version = version

    @property
    def root(self) -> Path:
        """The folder of segments and manifests."""
        return self._root

    def version(self) -> int:
        """The number of the last version; 0 when nothing was ever stored."""
        return self._version if self._version is not None else max(self._versions(), default=0)

    def _versions(self) -> list[int]:
        return [int(path.stem) for path in (self._root / "manifests").glob("[0-9]*.json")]

    def parts(self) -> tuple[Part, ...]:
        """The segments of this version, of all kinds, ordered by level, basis, month and kind."""
        number = self.version()
        if number == 0:
            return ()
        path = self._manifest(number)
        try:
            found = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as problem:
            raise WorkspaceError(f"version {number} of the lake cannot be read ({problem}); kept are {sorted(self._versions())}") from None
        return tuple(Part(**each) for each in found["parts"])

    def _manifest(self, number: int) -> Path:
        return self._root / "manifests" / f"{number:08d}.json"

    def is_empty(self) -> bool:
        """Whether no reading is stored."""
        return not self.parts()

    def air(
        self, *, start: date, end: date, level: str | None = None, basis: str = "realtime", subjects: Collection[str] | None = None
    ) -> pl.LazyFrame:
        """The rows of official days ``start`` to ``end``, both included, in the shape of :data:`~yangban.readings.frames.SCHEMA`.

        Each month and level is sorted by subject and day. The frame reads the version that was the last when this was called.
        """
        return self._rows("hours", start, end, level, basis, subjects)

    def air_days(
        self, *, start: date, end: date, level: str | None = None, basis: str = "realtime", subjects: Collection[str] | None = None
    ) -> pl.LazyFrame:
        """The ready day values of ``start`` to ``end``, both included, in the shape of :data:`~yangban.readings.frames.DAY_SCHEMA`.

        These came in as daily tables; nothing here is computed from hours. Order and version as for :meth:`air`.
        """
        return self._rows("days", start, end, level, basis, subjects)

    def water(self, *, start: date, end: date, basis: str | None = None, subjects: Collection[str] | None = None) -> pl.LazyFrame:
        """The rows of water whose time lies on the days ``start`` to ``end``, both included, in the shape of
        :data:`yangban.readings.water.frames.SCHEMA`.

        ``basis``: ``auto``, ``manual`` or ``monthly``; without it all of them. Each month and basis is sorted by subject and time. Version
        as for :meth:`air`.
        """
        return self._timed("water", start, end, basis, subjects)

    def sound(self, *, start: date, end: date, basis: str | None = None, subjects: Collection[str] | None = None) -> pl.LazyFrame:
        """The rows of sound whose time lies on the days ``start`` to ``end``, in the shape of
        :data:`yangban.readings.sound.frames.SCHEMA`; ``basis``: ``auto`` or ``manual``.
        """
        return self._timed("sound", start, end, basis, subjects)

    def nature(self, *, start: date, end: date, basis: str | None = None, subjects: Collection[str] | None = None) -> pl.LazyFrame:
        """The records of species whose first day lies on ``start`` to ``end``, in the shape of
        :data:`yangban.readings.nature.frames.SCHEMA`; ``basis``: ``survey`` or ``occurrence``.
        """
        return self._timed("nature", start, end, basis, subjects)

    def _timed(self, kind: Kind, start: date, end: date, basis: str | None, subjects: Collection[str] | None) -> pl.LazyFrame:
        first, last = start.isoformat(), end.isoformat()
        wanted = [
            each
            for each in self.parts()
            if each.kind == kind and basis in {None, each.basis} and each.first_day <= last and each.last_day >= first
        ]
        if not wanted:
            return pl.LazyFrame(schema=SCHEMAS[kind])
        # A lake of an earlier version lacks the items that came later.
        files = [self._root / each.file for each in wanted]
        rows = pl.scan_parquet(files, glob=False, schema=SCHEMAS[kind], missing_columns="insert")
        if any(each.first_day < start.isoformat() or each.last_day > end.isoformat() for each in wanted):
            rows = rows.filter(pl.col("time").dt.date().is_between(start, end))
        return rows if subjects is None else rows.filter(pl.col("subject").is_in(sorted(subjects)))

    def _rows(self, kind: Kind, start: date, end: date, level: str | None, basis: str, subjects: Collection[str] | None) -> pl.LazyFrame:
        months = f"{start:%Y-%m}", f"{end:%Y-%m}"
        wanted = [each for each in self._parts_of(kind, level, basis) if months[0] <= each.month <= months[1]]
        if not wanted:
            return pl.LazyFrame(schema=SCHEMAS[kind])
        rows = pl.scan_parquet([self._root / each.file for each in wanted], glob=False)
        # Whole months need no filter, and without one the scan is as fast as that of the bare files.
        if any(each.first_day < start.isoformat() or each.last_day > end.isoformat() for each in wanted):
            rows = rows.filter(pl.col("day").is_between(start, end))
        return rows if subjects is None else rows.filter(pl.col("subject").is_in(sorted(subjects)))

    def _parts_of(self, kind: Kind, level: str | None, basis: str) -> list[Part]:
        return [each for each in self.parts() if each.kind == kind and each.basis == basis and level in {None, each.level}]

    def days(self, *, level: str | None = None, basis: str = "realtime", kind: Kind = "hours") -> tuple[date, date] | None:
        """The first and last official day with readings (``kind="days"``: with ready day values), ``None`` when there are none."""
        wanted = self._parts_of(kind, level, basis)
        if not wanted:
            return None
        return date.fromisoformat(min(each.first_day for each in wanted)), date.fromisoformat(max(each.last_day for each in wanted))

    def sweep(self) -> None:
        """Remove what no kept version uses: leftovers of a killed writer and versions beyond :data:`KEEP`. The writer's lock is held."""
        if not self._root.is_dir():
            return
        kept = sorted(self._versions())[-KEEP:]
        used = {part.file for number in kept for part in Lake.at(self, number).parts()}
        # A writer that was killed over its very first segments has left no folder of manifests.
        for path in (self._root / "manifests").glob("*"):
            if path.suffix != ".json" or int(path.stem) not in kept:
                path.unlink()
        for path in self._root.glob("*/*/*"):
            if path.is_file() and path.relative_to(self._root).as_posix() not in used:
                path.unlink()

    @staticmethod
    def at(lake: Lake, number: int) -> Lake:
        """The same lake at another version."""
        other = Lake.__new__(Lake)
        other._root, other._version = lake._root, number
        return other


class Transaction:
    """Changes on top of the last version, seen by nobody until :meth:`commit`. The writer's lock must be held."""

    def __init__(self, lake: Lake) -> None:
        self._lake = lake
        self.base = lake.version()
        self._parts: dict[Key, Part] = {part.key: part for part in lake.parts()}
        self._held: dict[Key, pl.DataFrame] = {}
        self._changed: set[Key] = set()

    @property
    def version(self) -> int:
        """The version after the commit: the next when something changed, else the present one."""
        return self.base + 1 if self._changed else self.base

    def merge(self, rows: pl.DataFrame, *, kind: Kind = "hours") -> Iterator[Merged]:
        """Lay rows of one kind, unique by subject, basis and day, over what is stored; a null never erases.

        Yields one :class:`Merged` per month and level touched.
        """
        marked = rows.with_columns(pl.col("day").dt.strftime("%Y-%m").alias("month"))
        for (level, basis, month), group in marked.group_by("level", "basis", "month", maintain_order=True):
            yield self._merge_month((str(level), str(basis), str(month), kind), group.drop("month"))

    def merge_water(self, rows: pl.DataFrame, *, received: datetime) -> Iterator[Laid]:
        """Lay rows of water, in the order of receipt, over what is stored (:func:`yangban.readings.water.merge.lay`).

        Yields one result per basis and month touched.
        """
        first = rows["time"].dt.date().dt.month_start()
        # One month at a time is copied out, so that memory holds the rows once and not twice.
        for basis, month in pl.DataFrame({"basis": rows["basis"], "month": first}).unique().sort("basis", "month").iter_rows():
            key: Key = (SECTION, basis, f"{month:%Y-%m}", "water")
            laid = lay(self._read(key), rows.filter((rows["basis"] == basis) & (first == month)), received=received)
            if laid.changed:
                self._hold(key, laid.rows)
            yield laid

    def merge_keyed(self, kind: Kind, rows: pl.DataFrame, *, received: datetime) -> Iterator[LaidByKey]:
        """Lay rows of sound or species, in the order of receipt, over what is stored (:func:`yangban.readings.keyed.lay`).

        Yields one result per basis and segment touched.
        """
        if kind == "nature":
            where = rows.select("basis", pl.lit(nature_frames.MONTH).alias("month"))
        else:
            where = rows.select("basis", pl.col("time").dt.strftime("%Y-%m").alias("month"))
        for basis, month in where.unique().sort("basis", "month").iter_rows():
            key: Key = (_KEYED_LEVEL[kind], basis, month, kind)
            laid = lay_by_key(
                self._read(key), rows.filter((where["basis"] == basis) & (where["month"] == month)), SHAPES[kind], received=received
            )
            if laid.changed:
                self._hold(key, laid.rows)
            yield laid

    def _merge_month(self, key: Key, new: pl.DataFrame) -> Merged:
        old = self._read(key)
        ids = ["subject", "day"]
        if not old.height:
            self._hold(key, new)
            return _NOTHING
        both_old = old.join(new.select(ids), on=ids, how="semi").sort(ids)
        if not both_old.height:
            self._hold(key, pl.concat([old, new]))
            return _NOTHING
        both_new = new.join(old.select(ids), on=ids, how="semi").sort(ids)
        n = both_old.height
        columns = COLUMNS[key[3]]
        was, comes = _end_to_end(both_old, columns), _end_to_end(both_new, columns)
        equal, other = (was == comes).fill_null(value=False), (was != comes).fill_null(value=False)
        changes = other | (was.is_null() & comes.is_not_null())
        touched = _rows_of(changes, n)
        synthetic = both_new["synthetic"]
        if both_old["synthetic"].any():
            # A row stays marked while any of its older, synthetic values stays in it.
            synthetic = synthetic | (both_old["synthetic"] & _rows_of(was.is_not_null() & comes.is_null(), n))
        touched = touched | (synthetic != both_old["synthetic"])
        merged = Merged(_counted(equal, other, both_new["day"], columns), _corrections(both_old, was, comes, other, columns))
        fresh = new.join(old.select(ids), on=ids, how="anti")
        if touched.any() or fresh.height:
            whole = pl.select(pl.coalesce(comes, was)).to_series()
            cells = [whole.slice(i * n, n).alias(name) for i, name in enumerate(columns)]
            laid = both_new.with_columns(*cells, synthetic.alias("synthetic")).filter(touched)
            stay = old.join(laid.select(ids), on=ids, how="anti")
            self._hold(key, pl.concat([stay, laid, fresh]))
        return merged

    def _read(self, key: Key) -> pl.DataFrame:
        if key in self._held:
            return self._held[key]
        part = self._parts.get(key)
        if part is None:
            return pl.DataFrame(schema=SCHEMAS[key[3]])
        found = pl.read_parquet(self._lake.root / part.file, glob=False)
        return pl.concat([pl.DataFrame(schema=SCHEMAS["water"]), found], how="diagonal") if key[3] == "water" else found

    def _hold(self, key: Key, frame: pl.DataFrame) -> None:
        self._held.pop(key, None)
        self._held[key] = frame
        self._changed.add(key)
        while len(self._held) > 1 and sum(each.height for each in self._held.values()) > _HELD_ROWS:
            self._write(next(iter(self._held)))

    def _write(self, key: Key) -> None:
        level, basis, month, kind = key
        time = "day" if kind in {"hours", "days"} else "time"
        frame = self._held.pop(key).sort("subject", time)
        folder = self._lake.root / (f"{level}-days" if kind == "days" else level) / basis
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{month}-{self.base + 1:08d}-{secrets.token_hex(4)}.parquet"
        frame.write_parquet(path, compression="zstd", compression_level=1)
        sync(path)
        first, last = frame.select(pl.col(time).dt.date().min().alias("a"), pl.col(time).dt.date().max().alias("b")).row(0)
        self._parts[key] = Part(
            level, basis, month, path.relative_to(self._lake.root).as_posix(), frame.height, first.isoformat(), last.isoformat(), kind
        )

    def prepare(self) -> None:
        """Write all segments; after this only :meth:`commit` is left to do."""
        for key in list(self._held):
            self._write(key)
        for folder in {(self._lake.root / part.file).parent for key, part in self._parts.items() if key in self._changed}:
            sync(folder)

    def commit(self) -> int:
        """Make the changes the last version, by one rename; gives its number. Without changes nothing is written."""
        self.prepare()
        if self._changed:
            folder = self._lake.root / "manifests"
            folder.mkdir(parents=True, exist_ok=True)
            content: dict[str, Any] = {"version": self.version, "parts": [asdict(self._parts[key]) for key in sorted(self._parts)]}
            write_whole(folder / f"{self.version:08d}.json", json.dumps(content, indent=0))
        return self.version


_CORRECTION_SCHEMA: Final = pl.Schema({"subject": pl.String, "day": pl.Date, "column": pl.String, "old": pl.Int32, "new": pl.Int32})
_NOTHING: Final = Merged(
    pl.DataFrame(schema={"day": pl.Date, "column": pl.String, "duplicate": pl.UInt32, "corrected": pl.UInt32}),
    pl.DataFrame(schema=_CORRECTION_SCHEMA),
)


def _end_to_end(rows: pl.DataFrame, columns: Sequence[str]) -> pl.Series:
    """The value columns laid end to end, column by column: one long column is compared faster than 144 short ones."""
    return pl.concat([rows[name] for name in columns], rechunk=True)


def _rows_of(cells: pl.Series, n: int) -> pl.Series:
    """For each of ``n`` rows whether any of its cells, laid end to end, is true."""
    hit = (cells.arg_true() % n).unique()
    return pl.Series([False] * n).scatter(hit, True) if hit.len() else pl.Series([False] * n, dtype=pl.Boolean)


def _counted(equal: pl.Series, other: pl.Series, days: pl.Series, names: Sequence[str]) -> pl.DataFrame:
    """Counts of cells by day and column, only those above 0."""
    counts = _NOTHING.counts
    for name, cells in (("duplicate", equal), ("corrected", other)):
        place = cells.arg_true()
        if place.len():
            found = pl.DataFrame({"day": days.gather(place % days.len()), "column": place // days.len()})
            summed = found.group_by("day", "column").agg(pl.len().cast(pl.UInt32).alias("n"))
            named = summed.with_columns(pl.col("column").replace_strict(dict(enumerate(names)), return_dtype=pl.String))
            zero = pl.lit(0, dtype=pl.UInt32)
            columns = [pl.col("n").alias(each) if each == name else zero.alias(each) for each in ("duplicate", "corrected")]
            counts = pl.concat([counts, named.select("day", "column", *columns)])
    return counts


def _corrections(old: pl.DataFrame, was: pl.Series, comes: pl.Series, other: pl.Series, names: Sequence[str]) -> pl.DataFrame:
    place = other.arg_true()
    if not place.len():
        return _NOTHING.corrections
    keys = old.select("subject", "day")[(place % old.height).to_list()]
    columns = (place // old.height).replace_strict(dict(enumerate(names)), return_dtype=pl.String)
    return keys.hstack([columns.alias("column"), was.gather(place).alias("old"), comes.gather(place).alias("new")])
