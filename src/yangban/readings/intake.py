"""Intake: files in, one version of the lake and one receipt out, all or nothing.

Each file is copied to ``raw/<sha256>`` before anything of it is parsed. Then in the order received: equal to what is stored is a
duplicate, different is a correction (the later one wins and is listed), a blank never erases. Everything is committed by one rename
at the end (:mod:`yangban.readings.lake`).
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from pathlib import Path
from typing import IO, Final

import polars as pl

from yangban.base.errors import InputError, UsageError, is_of_machine
from yangban.base.exact import plain
from yangban.base.regions import subject_name
from yangban.base.water_items import WATER_WORDS, unscaled
from yangban.readings import formats, quality
from yangban.readings.formats.archive import LAYOUT as ARCHIVE
from yangban.readings.formats.mapping import ITEMS
from yangban.readings.formats.mapping import load as load_mapping
from yangban.readings.formats.sheet import Options, Refusal, Sheet, refusal
from yangban.readings.formats.text import Refused
from yangban.readings.frames import from_hours, from_places, stamped
from yangban.readings.lake import COLUMNS, SCHEMAS, Kind, Lake, Transaction
from yangban.readings.receipts import LISTED, Correction, FileReceipt, Receipt, sweep
from yangban.readings.sections import Sections
from yangban.readings.units import GASES, WHOLE, Ratio, scale_of, state_note, state_ratio
from yangban.readings.water.merge import Laid
from yangban.readings.water_headings import factor_to_item
from yangban.readings.workspace import Workspace, sync

BASES: Final = ("realtime", "audited")
LEVELS: Final = ("city", "station")
NETWORKS: Final = ("state", "province", "all")
LABELS: Final = ("end", "start")

SUFFIXES: Final = (".csv", ".csv.gz", ".tsv", ".parquet", ".xlsx", ".xls", ".json", ".json.gz")
_BATCH_CELLS: Final = 24_000_000
"""Cells that are gathered before they are laid into months: a national year of cities at once, about 100 MB."""

_WATER_ROWS: Final = 300_000
"""Rows of water, sound or species that are gathered before they are laid into months: a year of snapshots has thousands of small files."""

_KEYED: Final[Mapping[str, Kind]] = {"sound": "sound", "nature": "nature"}
"""The media whose rows have a key of their own, and their kind of table."""

_COPY: Final = 2**20
_NAMED: Final = 8

Advance = Callable[[int], None]
Within = Callable[[str], bool]
"""Whether a subject belongs to those who send it."""


@dataclass
class _File:
    path: str
    digest: str
    sheet: Sheet
    rounded: pl.DataFrame | None = None
    repeated: int = 0
    duplicate: int = 0
    stored: int = 0
    corrected: int = 0
    flagged: int = 0
    superseded: int = 0


@dataclass
class _Batch:
    """Archive files whose hours do not overlap, to be laid into months together."""

    files: list[int] = field(default_factory=list)
    frames: list[pl.DataFrame] = field(default_factory=list)
    levels: dict[str, str] = field(default_factory=dict)
    keys: set[tuple[object, ...]] = field(default_factory=set)
    cells: int = 0
    synthetic: bool = False


def expand(paths: Sequence[Path], *, outside: Path | None = None) -> list[Path]:
    """The files to read: a file is itself, a folder is its CSV, TSV, Parquet, Excel and JSON files at any depth, in order of name.

    ``outside``: a folder to leave out, the workspace. Raises :class:`~yangban.base.errors.InputError` for a path that does not exist
    and for a folder without such a file.
    """
    found: list[Path] = []
    for path in paths:
        if path.is_dir():
            inside = sorted(each for each in path.rglob("*") if each.is_file() and each.name.lower().endswith(SUFFIXES))
            inside = [each for each in inside if outside is None or not each.resolve().is_relative_to(outside.resolve())]
            if not inside:
                raise InputError(f"{path} holds no file that ends in {', '.join(SUFFIXES)}; give a file, or a folder with such files")
            found += inside
        elif path.exists():
            found.append(path)
        else:
            raise InputError(f"{path} does not exist; give a file or a folder of files")
    if not found:
        raise UsageError("no file given; give files or folders to ingest")
    return found


def ingest(
    workspace: Workspace,
    paths: Sequence[Path],
    *,
    basis: str = "realtime",
    level: str | None = None,
    units: Mapping[str, str] | None = None,
    label: str | None = None,
    network: str = "state",
    daily: bool = False,
    mapping: Path | None = None,
    state: str | None = None,
    now: datetime | None = None,
    advance: Advance | None = None,
    within: Within | None = None,
) -> Receipt:
    """Take files into the workspace and give the receipt.

    ``basis``: ``realtime`` or ``audited`` (实况 / 审核); they never mix. ``level="station"`` takes the columns or subjects as codes of
    stations. ``units``: unit by pollutant where it is not µg/m³ (CO mg/m³). ``label``: whether an hour label marks the ``end`` (when
    nothing is said) or ``start`` of its hour. ``daily`` takes every file as a table of days; without it one is known by dates without hours
    and a column of 8-hour ozone. ``mapping`` is a mapping file (:mod:`~yangban.readings.formats.mapping`); what is said here goes before
    what it says. ``state="273"`` declares that gases are stated at 273 K (releases before 2018-09-01): they are converted to the reference
    state, rounded once to thousandths and flagged ``precision``; never unasked. ``now``: the moment of receipt, UTC. ``advance`` is told
    bytes of the files as they are read. ``within`` says whether a subject is one that the sender answers for: a file with any other is
    refused as a whole, and told which.

    Raises :class:`~yangban.base.errors.UsageError`, :class:`~yangban.base.errors.InputError` (a path that is not there) or
    :class:`~yangban.base.errors.WorkspaceError` (another writer). Bad content never raises: it is refused in the receipt.
    """
    _check("basis", basis, BASES)
    _check("network", network, NETWORKS)
    received = (now or datetime.now(UTC)).astimezone(UTC)
    options = _options(workspace, received, level=level, units=units, label=label, daily=daily, mapping=mapping, state=state)
    note = state_note(state) if state and state_ratio(state) != WHOLE else None
    files = expand(paths, outside=workspace.path)
    with workspace.writing():
        lake = Lake(workspace)
        lake.sweep()
        sweep(workspace, lake.version())
        run = _Run(workspace, lake, options, basis=basis, network=network, received=received, note=note, within=within)
        if mapping:
            run.keep(mapping)
        for path in files:
            run.take(path, advance)
        return run.finish()


def subjects_in(
    workspace: Workspace, path: Path, *, level: str | None = None, label: str | None = None, now: datetime | None = None
) -> tuple[str, ...]:
    """The subjects whose readings a file would bring, without taking anything in; none when the file would be refused as a whole.

    ``level`` and ``label`` as in :func:`ingest`. Raises :class:`~yangban.base.errors.UsageError` for an unknown word.
    """
    received = (now or datetime.now(UTC)).astimezone(UTC)
    options = _options(workspace, received, level=level, units=None, label=label, daily=False, mapping=None, state=None)
    try:
        sheet = formats.read(path, name=str(path), options=options, refuse=lambda _: None)
    except Refused:
        return ()
    return tuple(sorted(sheet.levels))


def _options(
    workspace: Workspace,
    received: datetime,
    *,
    level: str | None,
    units: Mapping[str, str] | None,
    label: str | None,
    daily: bool,
    mapping: Path | None,
    state: str | None,
) -> Options:
    """How files are to be read, from what the caller and the mapping file say; the caller's word goes first."""
    _check("level", level, (None, *LEVELS))
    _check("label", label, (None, *LABELS))
    columns = load_mapping(mapping) if mapping else None
    declared = {**dict(columns.units if columns else ()), **(units or {})}
    for item, unit in declared.items():
        _check("pollutant", item, (*ITEMS, *WATER_WORDS))
        if item in ITEMS:
            scale_of(item, unit)
        else:
            factor_to_item(unit, item)
    beijing = (received + timedelta(hours=8)).replace(tzinfo=None)
    return Options(
        now=beijing,
        level=level or (columns.level if columns else None),
        units=tuple(sorted(declared.items())),
        label=label or (columns.label if columns else None) or "end",
        daily=daily or (columns.daily if columns else False),
        # A unit that the caller states goes before that of the mapping.
        mapping=replace(columns, units=tuple(declared.items())) if columns else None,
        ratio=state_ratio(state),
        aliases=Sections.load(workspace).aliases(),
    )


def _check(what: str, got: str | None, known: Sequence[str | None]) -> None:
    if got not in known:
        raise UsageError(f"unknown {what} {got!r}; expected one of {', '.join(str(each) for each in known if each)}")


class _Run:
    """One ingest."""

    def __init__(
        self,
        workspace: Workspace,
        lake: Lake,
        options: Options,
        *,
        basis: str,
        network: str,
        received: datetime,
        note: str | None,
        within: Within | None = None,
    ) -> None:
        self._workspace, self._options, self._note, self._within = workspace, options, note, within
        self._basis, self._network, self._received = basis, network, received
        self._change = Transaction(lake)
        self._token = secrets.token_hex(4)
        self._files: list[_File] = []
        self._batch = _Batch()
        self._listed: list[Refusal] = []
        self._refusals = 0
        self._rejected: IO[str] | None = None
        self._corrections: list[Correction] = []
        self._new_raw: list[Path] = []
        self._water: list[pl.DataFrame] = []
        self._keyed: dict[Kind, list[pl.DataFrame]] = {"sound": [], "nature": []}

    def take(self, path: Path, advance: Advance | None) -> None:
        """One file: keep it, parse it, lay it over what is there."""
        name = str(path)
        try:
            digest = self.keep(path)
        except OSError as problem:
            if is_of_machine(problem):
                # A full disk is no fault of the file: nothing is refused, and the same may be given again.
                raise
            self._refuse(refusal(name, None, "unreadable", detail=problem.strerror or str(problem)))
            self._files.append(_File(name, "", _refused_sheet()))
            return
        try:
            sheet = formats.read(self._workspace.raw / digest, name=name, options=self._options, refuse=self._refuse, advance=advance)
            self._check_place(sheet)
        except Refused as problem:
            self._refuse(refusal(name, None, problem.rule, detail=problem.detail))
            self._files.append(_File(name, digest, _refused_sheet()))
            return
        file = _File(name, digest, sheet, repeated=sheet.repeated)
        self._files.append(file)
        if sheet.rounded:
            file.rounded = _rounded(sheet)
        if sheet.medium == "water":
            self._gather_water(file)
            return
        kind = _KEYED.get(sheet.medium)
        if kind is not None:
            self._gather_keyed(file, kind)
            return
        if self._note:
            sheet.notes = [*sheet.notes, self._note]
        hours = self._unique(file)
        file.stored = sum(hours.height - hours[column].null_count() for column in sheet.columns)
        if sheet.layout.startswith(ARCHIVE):
            self._gather(len(self._files) - 1, hours)
        elif "slot" not in sheet.keys:
            self._flush()
            rows = hours.filter(pl.any_horizontal(pl.col(sheet.columns).is_not_null()))
            self._lay(rows, sheet.levels, synthetic=sheet.synthetic, owners=None, files=[len(self._files) - 1], kind="days")
        else:
            self._flush()
            self._lay(from_hours(hours), sheet.levels, synthetic=sheet.synthetic, owners=None, files=[len(self._files) - 1])
        # The hour rows are needed no more; only the counts and the span are.
        sheet.hours = hours.select("day").unique()

    def _check_place(self, sheet: Sheet) -> None:
        strange = [] if self._within is None else sorted(each for each in sheet.levels if not self._within(each))
        if strange:
            named = "、".join(f"{subject_name(each)} {each}" for each in strange[:_NAMED])
            raise Refused("outside_place", f"{named}{' 等' if len(strange) > _NAMED else ''}，共 {len(strange)} 个")

    def keep(self, path: Path) -> str:
        """Copy the file to ``raw/<sha256>``, byte for byte, and give the digest."""
        waiting = self._workspace.raw / f".{self._token}.tmp"
        digest = hashlib.sha256()
        with path.open("rb") as source, waiting.open("wb") as target:
            while piece := source.read(_COPY):
                digest.update(piece)
                target.write(piece)
        kept = self._workspace.raw / digest.hexdigest()
        if kept.exists():
            waiting.unlink()
        else:
            waiting.replace(kept)
            self._new_raw.append(kept)
        return digest.hexdigest()

    def _refuse(self, what: Refusal) -> None:
        self._refusals += 1
        if len(self._listed) < LISTED:
            self._listed.append(what)
        if self._rejected is None:
            self._rejected = (self._workspace.rejected / f".{self._token}.tmp").open("w", encoding="utf-8", newline="\n")
        self._rejected.write(json.dumps(asdict(what), ensure_ascii=False) + "\n")

    def _unique(self, file: _File) -> pl.DataFrame:
        """Hour rows with one row per key: of two different values in a file the last line wins and the first is refused."""
        sheet, keys = file.sheet, list(file.sheet.keys)
        hours = sheet.hours
        if not hours.select(keys).is_duplicated().any():
            return hours.drop("line")
        again = hours.select(keys).is_duplicated()
        once, twice = hours.filter(~again), hours.filter(again).sort(*keys, "line")
        for column in sheet.columns:
            one = twice.filter(pl.col(column).is_not_null()).select("line", *keys, column)
            following = [pl.col(key).shift(-1).eq(pl.col(key)) for key in keys]
            paired = one.with_columns(
                pl.when(pl.all_horizontal(following)).then(pl.col(column).shift(-1)).alias("later"),
                pl.col("line").shift(-1).alias("later_line"),
            ).filter(pl.col("later").is_not_null())
            file.repeated += paired.filter(pl.col("later") == pl.col(column)).height
            for row in paired.filter(pl.col("later") != pl.col(column)).iter_rows(named=True):
                where = f"{column} {row['item']}" if "item" in row else f"{row['subject']} {column}"
                text, detail = _decimal(row[column]), f"第 {row['later_line']} 行是 {_decimal(row['later'])}"
                self._refuse(refusal(file.path, row["line"], "superseded_in_file", text=text, column=where, detail=detail))
                file.superseded += 1
        last = twice.group_by(keys, maintain_order=True).agg(pl.col(column).drop_nulls().last() for column in sheet.columns)
        return pl.concat([once.drop("line"), last.select(once.drop("line").columns)])

    def _gather_water(self, file: _File) -> None:
        """Keep the rows of one table of water, to be laid down with those of its neighbours."""
        sheet = file.sheet
        rows = sheet.hours.drop("day", "line").with_columns(
            pl.lit(len(self._files) - 1, dtype=pl.Int32).alias("file"),
            pl.lit(self._network).alias("network"),
            (pl.col("synthetic") | sheet.synthetic).alias("synthetic"),
        )
        sheet.synthetic = sheet.synthetic or bool(rows["synthetic"].any())
        file.stored = sum(rows.height - rows[column].null_count() for column in sheet.columns)
        file.flagged = sheet.flagged
        self._water.append(rows)
        sheet.hours = sheet.hours.select("day").unique()
        if sum(each.height for each in self._water) > _WATER_ROWS:
            self._flush_water()

    def _flush_water(self) -> None:
        rows, self._water = self._water, []
        if not rows:
            return
        for laid in self._change.merge_water(pl.concat(rows, how="diagonal"), received=self._received):
            self._book_water(laid)

    def _book_water(self, laid: Laid) -> None:
        for row in laid.counts.iter_rows(named=True):
            file = self._files[row["file"]]
            file.duplicate += row["duplicate"]
            file.corrected += row["corrected"]
            file.stored -= row["older"]
            file.sheet.ignored += row["older"]
        for row in laid.of_rows.iter_rows(named=True):
            counts = self._files[row.pop("file")].sheet.rows
            for name, n in row.items():
                counts[name] = counts.get(name, 0) + n
        for row in laid.corrections.head(max(LISTED - len(self._corrections), 0)).iter_rows(named=True):
            old, new = (row[f"{name}_text"] if row[name] is None else str(unscaled(row[name])) for name in ("old", "new"))
            time: datetime = row["time"]
            where = self._files[row["file"]].path
            self._corrections.append(
                Correction(where, row["subject"], f"{time:%Y-%m-%d}", 0, row["item"], old, new, f"{time:%Y-%m-%d %H:%M}")
            )

    def _gather_keyed(self, file: _File, kind: Kind) -> None:
        """Keep the rows of one table of sound or species, to be laid down with those of its neighbours."""
        sheet = file.sheet
        rows = sheet.hours.drop("day", "line").with_columns(
            pl.lit(len(self._files) - 1, dtype=pl.Int32).alias("file"),
            pl.lit(self._network).alias("network"),
            (pl.col("synthetic") | sheet.synthetic).alias("synthetic"),
        )
        sheet.synthetic = sheet.synthetic or bool(rows["synthetic"].any())
        file.stored = sum(rows.height - rows[column].null_count() for column in sheet.columns)
        file.flagged = sheet.flagged
        self._keyed[kind].append(rows)
        sheet.hours = sheet.hours.select("day").unique()
        if sum(each.height for each in self._keyed[kind]) > _WATER_ROWS:
            self._flush_keyed(kind)

    def _flush_keyed(self, kind: Kind) -> None:
        rows, self._keyed[kind] = self._keyed[kind], []
        if not rows:
            return
        for laid in self._change.merge_keyed(kind, pl.concat(rows), received=self._received):
            for row in laid.counts.iter_rows(named=True):
                self._files[row["file"]].duplicate += row["duplicate"]
                self._files[row["file"]].corrected += row["corrected"]
            for row in laid.corrections.head(max(LISTED - len(self._corrections), 0)).iter_rows(named=True):
                time: datetime = row["time"]
                old, new = (_decimal(int(row[name])) if kind == "sound" else row[name] for name in ("old", "new"))
                where = self._files[row["file"]].path
                self._corrections.append(
                    Correction(where, row["subject"], f"{time:%Y-%m-%d}", 0, row["item"], old, new, f"{time:%Y-%m-%d %H:%M}")
                )

    def _gather(self, index: int, hours: pl.DataFrame) -> None:
        batch, sheet = self._batch, self._files[index].sheet
        keys = set(hours.select("day", "slot", "item").iter_rows())
        full = batch.cells + hours.height * len(sheet.columns) > _BATCH_CELLS
        if batch.files and (full or batch.synthetic != sheet.synthetic or not keys.isdisjoint(batch.keys)):
            self._flush()
            batch = self._batch
        batch.files.append(index)
        batch.frames.append(hours)
        batch.levels.update(sheet.levels)
        batch.keys |= keys
        batch.cells += hours.height * len(sheet.columns)
        batch.synthetic = sheet.synthetic

    def _flush(self) -> None:
        batch, self._batch = self._batch, _Batch()
        if not batch.files:
            return
        owners = None
        if len(batch.files) > 1:
            owned = [
                frame.select("day", _column()).unique().with_columns(file=pl.lit(i))
                for i, frame in zip(batch.files, batch.frames, strict=True)
            ]
            owners = pl.concat(owned)
        hours = pl.concat(batch.frames, how="diagonal") if len(batch.frames) > 1 else batch.frames[0]
        batch.frames.clear()
        # One month at a time is copied out, so that memory holds the batch once and not twice.
        first = hours["day"].dt.month_start()
        for month in first.unique().sort():
            self._lay(from_places(hours.filter(first == month)), batch.levels, synthetic=batch.synthetic, owners=owners, files=batch.files)

    def _lay(
        self,
        rows: pl.DataFrame,
        levels: Mapping[str, str],
        *,
        synthetic: bool,
        owners: pl.DataFrame | None,
        files: Sequence[int],
        kind: Kind = "hours",
    ) -> None:
        """Lay day rows over the lake and book what happened on the files they came from."""
        if not rows.height:
            return
        whole = stamped(
            rows,
            levels=levels,
            network=self._network,
            basis=self._basis,
            synthetic=synthetic,
            received=self._received,
            schema=SCHEMAS[kind],
        )
        self._book(self._flagged(rows, files, kind, by_day=owners is not None), "flagged", owners, files)
        for merged in self._change.merge(whole, kind=kind):
            for name in ("duplicate", "corrected"):
                self._book(merged.counts.select("day", "column", pl.col(name).alias("n")).filter(pl.col("n") > 0), name, owners, files)
            self._list(merged.corrections, owners, files, kind)

    def _flagged(self, rows: pl.DataFrame, files: Sequence[int], kind: Kind, *, by_day: bool) -> pl.DataFrame:
        """Flagged cells by day and column, or one sum of them."""
        columns = COLUMNS[kind]
        marked = quality.marks(rows.lazy()).collect() if kind == "hours" else quality.day_marks(rows)
        if any(self._files[i].sheet.restated for i in files):
            marked = _restated(marked, rows, columns, self._options.ratio)
        rounded = [each for each in (self._files[i].rounded for i in files) if each is not None]
        if rounded:
            for (column,), cells in pl.concat(rounded).unique().group_by("column"):
                hit = marked.select("subject", "day").join(
                    cells.with_columns(hit=True), on=["subject", "day"], how="left", maintain_order="left"
                )["hit"]
                name = str(column)
                bits = pl.when(hit.fill_null(value=False)).then(pl.col(name) | quality.ROUNDED).otherwise(pl.col(name)).cast(pl.UInt8)
                marked = marked.with_columns(bits.alias(name))
        if not by_day:
            return marked.select(pl.sum_horizontal((pl.col(columns) > 0).sum()).alias("n"))
        sums = marked.group_by("day").agg((pl.col(columns) > 0).sum())
        return sums.unpivot(on=columns, index="day", variable_name="column", value_name="n").filter(pl.col("n") > 0)

    def _book(self, counts: pl.DataFrame, name: str, owners: pl.DataFrame | None, files: Sequence[int]) -> None:
        if owners is None:
            share = [(files[0], int(counts["n"].sum()))]
        else:
            share = list(counts.join(owners, on=["day", "column"]).group_by("file").agg(pl.col("n").sum()).iter_rows())
        for index, n in share:
            file = self._files[index]
            setattr(file, name, getattr(file, name) + n)

    def _list(self, found: pl.DataFrame, owners: pl.DataFrame | None, files: Sequence[int], kind: Kind) -> None:
        room = LISTED - len(self._corrections)
        if room <= 0 or not found.height:
            return
        named = found.head(room)
        named = (
            named.with_columns(file=pl.lit(files[0])) if owners is None else named.join(owners, on=["day", "column"], maintain_order="left")
        )
        for row in named.iter_rows(named=True):
            item, _, slot = row["column"].partition("_") if kind == "hours" else (row["column"], "", "0")
            file = self._files[row["file"]].path
            self._corrections.append(
                Correction(file, row["subject"], row["day"].isoformat(), int(slot), item, _decimal(row["old"]), _decimal(row["new"]))
            )

    def finish(self) -> Receipt:
        """Everything to the disk, then the one rename that makes it count."""
        self._flush()
        self._flush_water()
        for keyed in self._keyed:
            self._flush_keyed(keyed)
        self._change.prepare()
        for path in self._new_raw:
            sync(path)
        sync(self._workspace.raw)
        name = f"{self._change.version:08d}-{self._received:%Y%m%dT%H%M%S%f}-{self._token}"
        kept: Path | None = None
        if self._rejected is not None:
            self._rejected.close()
            waiting = self._workspace.rejected / f".{self._token}.tmp"
            sync(waiting)
            kept = waiting.replace(self._workspace.rejected / f"{name}.jsonl")
        lists: dict[tuple[str, ...], int] = {}
        receipts = tuple(self._receipt(file, lists) for file in self._files)
        receipt = Receipt(
            id=name,
            version=self._change.version,
            changed=self._change.version != self._change.base,
            received=self._received.isoformat(timespec="microseconds"),
            files=receipts,
            rejections=tuple(self._listed),
            rejections_total=self._refusals,
            rejected_file=f"rejected/{kept.name}" if kept else None,
            corrections=tuple(self._corrections),
            subject_lists=tuple(lists),
        )
        receipt.write(self._workspace)
        self._change.commit()
        return receipt

    def _receipt(self, file: _File, lists: dict[tuple[str, ...], int]) -> FileReceipt:
        sheet = file.sheet
        days = sheet.hours["day"] if sheet.hours.height else pl.Series([], dtype=pl.Date)
        first, last = (days.min(), days.max()) if days.len() else (None, None)
        return FileReceipt(
            path=file.path,
            digest=file.digest,
            layout=sheet.layout,
            accepted=file.stored - file.duplicate,
            duplicate=file.duplicate + file.repeated,
            blank=sheet.blank,
            rejected=sheet.rejected + file.superseded,
            flagged=file.flagged,
            ignored=sheet.ignored,
            corrected=file.corrected,
            cells=sheet.cells,
            lines=sheet.lines,
            basis=sheet.basis or self._basis,
            synthetic=sheet.synthetic,
            first_day=str(first) if first else None,
            last_day=str(last) if last else None,
            subjects=lists.setdefault(tuple(sorted(sheet.levels)), len(lists)),
            notes=tuple(sheet.notes),
            rows=dict(sheet.rows),
        )


def _refused_sheet() -> Sheet:
    """The sheet of a file that is refused as a whole: one cell, rejected."""
    return Sheet("", pl.DataFrame(schema={"day": pl.Date}), (), (), {}, cells=1, rejected=1)


def _column() -> pl.Expr:
    return pl.format("{}_{}", pl.col("item"), pl.col("slot").cast(pl.String).str.zfill(2)).alias("column")


def _rounded(sheet: Sheet) -> pl.DataFrame:
    """The cells that were rounded, as ``subject, day, column``, from their lines."""
    cells = pl.DataFrame(sheet.rounded, orient="row", schema={"line": pl.UInt32, "name": pl.String})
    if "item" in sheet.keys:
        return cells.join(sheet.hours.select("line", "day", _column()), on="line").select(pl.col("name").alias("subject"), "day", "column")
    if "slot" not in sheet.keys:
        return cells.join(sheet.hours.select("line", "subject", "day").unique(), on="line").select(
            "subject", "day", pl.col("name").alias("column")
        )
    placed = cells.join(sheet.hours.select("line", "subject", "day", "slot").unique(), on="line").with_columns(pl.col("name").alias("item"))
    return placed.select("subject", "day", _column())


def _restated(marked: pl.DataFrame, rows: pl.DataFrame, columns: Sequence[str], ratio: Ratio) -> pl.DataFrame:
    """The flags with ``precision`` on each gas value that the conversion of its state has rounded.

    A product of whole thousandths and a reduced ratio is whole exactly when it is a multiple of the ratio's numerator.
    """
    values = marked.select("subject", "day").join(rows, on=["subject", "day"], how="left", maintain_order="left")
    gases = [name for name in columns if name in GASES or name.partition("_")[0] in GASES]
    bits = [marked[name] | (values[name] % ratio[0] != 0).fill_null(value=False).cast(pl.UInt8) * quality.ROUNDED for name in gases]
    return marked.with_columns(each.alias(name) for name, each in zip(gases, bits, strict=True))


def _decimal(thousandths: int) -> str:
    return plain(Fraction(thousandths, 1000), 3)
