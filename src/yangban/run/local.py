"""Assessing air: the lake's readings through the kernel, day results kept in ``figures/``, and only what changed computed again.

Results are immutable folders with a segment for each month; one manifest names the folder of each year and is swapped atomically. A kill
leaves the results as before or after, and a reader sees one or the other. A month of which no lake segment changed is linked into the new
folder as it is; in a month that changed, the rows that are new or other reach their own subjects and days, and the places made of them
(:func:`~yangban.run.air_days.reach`). The runner says where the days are computed: here, or in Spark (:mod:`yangban.run.spark`).
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date
from functools import cache
from math import lcm
from pathlib import Path
from typing import Any, Final, Protocol

import polars as pl

from yangban.assess.air.network import rescaled
from yangban.base.errors import UsageError, WorkspaceError
from yangban.base.periods import Period, parse, year_of
from yangban.readings.events import excluded_slots, spread, touched_days
from yangban.readings.events import load as load_events
from yangban.readings.lake import COLUMNS, SCHEMAS, Kind, Lake, Part
from yangban.readings.receipts import receipts
from yangban.readings.stations import Registry
from yangban.readings.workspace import Workspace, sync, write_whole
from yangban.run.air_days import How, Segment, days_of, reach, renewed, segment
from yangban.run.results import AirResults
from yangban.standards import Book, load_book

_MANIFEST: Final = "air.json"
_READ: Final = ("realtime", "audited")
_KINDS: Final[tuple[Kind, ...]] = ("hours", "days")

FIRST: Final = ("stations", "hours")
"""What a place's day is made of, where it has stations: the days of its stations, or hours averaged over them."""


@dataclass(frozen=True)
class YearRun:
    """One year's day results: where they lie, from which state of the lake, and how the year is to be judged by default.

    ``first`` says how places were made of stations, ``events`` how many records of the event list stood then, ``scale`` is the common
    denominator of the places' ticks. ``segments`` says of each month what it was made from, ``rules`` is the digest of
    :meth:`How.digest <yangban.run.air_days.How.digest>`. ``worked`` counts the results that this run computed, ``days`` on how many days.
    """

    year: int
    folder: str
    lake_version: int
    editions: str
    straddle: str
    first: str
    events: int
    scale: int
    subjects: int
    rows: int
    rules: str = ""
    worked: int = 0
    days: int = 0
    segments: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


class Runner(Protocol):
    """Where whole months are computed, and from which readings."""

    def version(self) -> int:
        """The version of the lake that is read."""

    def parts(self) -> Sequence[Part]:
        """The segments of that version."""

    def months(self, labels: Sequence[str], how: How) -> Iterator[tuple[str, Segment]]:
        """The day results of months (``2022-03``), one after the other."""


class LocalRunner:
    """This machine: Polars' streaming engine over the lake of the workspace."""

    def __init__(self, lake: Lake) -> None:
        self.lake = Lake.at(lake, lake.version())

    def version(self) -> int:
        """The version of the lake that is read."""
        return self.lake.version()

    def parts(self) -> Sequence[Part]:
        """The segments of that version."""
        return self.lake.parts()

    def months(self, labels: Sequence[str], how: How) -> Iterator[tuple[str, Segment]]:
        """The day results of months (``2022-03``), one after the other."""
        for label in labels:
            span = parse(label)
            frames = [self._rows(span.start, span.end, basis) for basis in _READ]
            yield label, segment([days_of(*both, how, basis) for basis, both in zip(_READ, frames, strict=True)])

    def _rows(self, start: date, end: date, basis: str) -> tuple[pl.LazyFrame, pl.LazyFrame]:
        return self.lake.air(start=start, end=end, basis=basis), self.lake.air_days(start=start, end=end, basis=basis)

    def changed(self, before: Mapping[str, str], label: str) -> dict[str, pl.DataFrame] | None:
        """Of each basis the ``subject, day`` of the rows of a month that differ from those of earlier segments.

        ``None`` when an earlier segment is no more; the lake keeps its last :data:`~yangban.readings.lake.KEEP` versions.
        """
        now = _files(self.parts(), label)
        found: dict[str, list[pl.DataFrame]] = {basis: [] for basis in _READ}
        for key in sorted(before.keys() | now.keys()):
            if before.get(key) == now.get(key):
                continue
            _, basis, kind = key.split("/")
            both = [self._segment(files.get(key), kind) for files in (before, now)]
            if both[0] is None or both[1] is None:
                return None
            found[basis].append(_differing(both[0], both[1], COLUMNS[kind]))  # type: ignore[index]
        return {basis: pl.concat(frames).unique() for basis, frames in found.items() if frames}

    def _segment(self, file: str | None, kind: str) -> pl.DataFrame | None:
        if file is None:
            return pl.DataFrame(schema=SCHEMAS[kind])  # type: ignore[index]
        path = self.lake.root / file
        return pl.read_parquet(path, glob=False) if path.is_file() else None

    def rows(self, label: str, basis: str, needed: pl.DataFrame) -> tuple[pl.LazyFrame, pl.LazyFrame]:
        """Of a month the rows of the subjects and days in ``needed``."""
        span = parse(label)
        hours, tables = self._rows(span.start, span.end, basis)
        on = ["subject", "day"]
        return hours.join(needed.lazy(), on=on, how="semi"), tables.join(needed.lazy(), on=on, how="semi")


def _files(parts: Sequence[Part], label: str) -> dict[str, str]:
    """The lake's segments of air of a month, by level, basis and kind."""
    mine = (each for each in parts if each.kind in _KINDS and each.month == label and each.basis in _READ)
    return {f"{each.level}/{each.basis}/{each.kind}": each.file for each in mine}


def _differing(old: pl.DataFrame, new: pl.DataFrame, columns: Sequence[str]) -> pl.DataFrame:
    """``subject, day`` of rows that are in one frame alone, or whose values differ; the time of receipt makes no difference."""
    on = ["subject", "day"]
    said = ("level", "network", "synthetic", *columns)
    both = new.join(old, on=on, how="inner", suffix="@old")
    other = both.filter(pl.any_horizontal(pl.col(name).ne_missing(pl.col(f"{name}@old")) for name in said))
    alone = [one.join(two, on=on, how="anti") for one, two in ((new, old), (old, new))]
    return pl.concat([each.select(on) for each in (other, *alone)]).unique()


def assess_air(
    workspace: Workspace,
    years: Sequence[int],
    *,
    editions: str = "in-force",
    straddle: str = "refuse",
    first: str = "stations",
    book: Book | None = None,
    whole: bool = False,
    runner: Runner | None = None,
) -> list[YearRun]:
    """Bring the day results of years up to date with the readings and put them in place of earlier ones.

    ``editions`` (``in-force`` or a list such as ``2012,2026-transitional``) is remembered as the default of later queries; any other
    edition can still be asked for. ``first`` is ``stations`` or ``hours``: the order in which a place's stations are averaged. Hours that
    a named person has excluded, or that a review found invalid, are left out and counted. What no reading, event or rule has touched since
    is taken over as it is; ``whole`` computes everything anew. ``runner``: by default this machine.

    Raises :class:`~yangban.base.errors.UsageError` when the lake holds no reading of a year.
    """
    if first not in FIRST:
        raise UsageError(f"--first {first!r} is none of {', '.join(FIRST)}")
    book = book or workspace_book(workspace)
    with workspace.writing():
        runner = runner or LocalRunner(Lake(workspace))
        manifest = read_manifest(workspace)
        runs = []
        for year in years:
            before = None if whole else manifest.get(str(year))
            runs.append(_year(workspace, runner, year_of(year), editions, straddle, first, book, before))
        replaced = {entry["folder"] for entry in manifest.values()}
        manifest |= {str(run.year): asdict(run) for run in runs}
        write_whole(workspace.figures / _MANIFEST, json.dumps(manifest, indent=1, sort_keys=True))
        _clean(workspace, keep={entry["folder"] for entry in manifest.values()} | replaced)
    return runs


def _year(
    workspace: Workspace,
    runner: Runner,
    year: Period,
    editions: str,
    straddle: str,
    first: str,
    book: Book,
    before: Mapping[str, Any] | None,
) -> YearRun:
    registry = Registry.load(workspace).frame()
    events = load_events(workspace)
    edition = book.air_list(editions, start=year.start, end=year.end)[0]
    how = How(edition, registry, spread(events, registry), first)
    rules = how.digest()
    labels = sorted({part.month for part in runner.parts() if part.kind in _KINDS and part.month.startswith(year.label)})
    if not labels:
        raise UsageError(f"{year.label} 年没有读数：请先 yangban ingest；the lake holds no reading of {year.label}")
    made = _Folder(workspace, year, None if before is None or before.get("rules") != rules else before)
    masks = excluded_slots(how.events)
    earlier = excluded_slots(spread(events[: made.events], registry)) if made.before else masks
    changed_masks = _changed_masks(earlier, masks)
    rest = []
    for label in labels:
        files = _files(runner.parts(), label)
        months_masks = changed_masks.filter(pl.col("day").dt.strftime("%Y-%m") == label)
        if made.files(label) == files and months_masks.is_empty():
            made.link(label)
        elif not (first == "stations" and isinstance(runner, LocalRunner) and _renew(made, runner, label, how, months_masks)):
            rest.append(label)
    for label, fresh in runner.months(rest, how):
        made.write(label, fresh, _files(runner.parts(), label))
    return made.finish(YearRun(int(year.label), made.path.name, runner.version(), editions, straddle, first, len(events), 1, 0, 0, rules))


def _changed_masks(old: pl.DataFrame, new: pl.DataFrame) -> pl.DataFrame:
    """``subject, day`` on which other hours are left out than before."""
    if old.equals(new):
        return new.select("subject", "day").clear()
    alone = [one.join(two, on=one.columns, how="anti").select("subject", "day") for one, two in ((old, new), (new, old))]
    return pl.concat(alone).unique()


def _renew(made: _Folder, runner: LocalRunner, label: str, how: How, masks: pl.DataFrame) -> bool:
    """Compute what changed rows of a month reach; false where the month has to be computed as a whole."""
    held = made.files(label)
    changed = None if held is None else runner.changed(held, label)
    if changed is None:
        return False
    of_basis = []
    for basis in _READ:
        rows = pl.concat([changed.get(basis, masks.clear()), masks]).unique()
        if rows.height:
            touched = reach(rows, how.registry)
            of_basis.append((basis, days_of(*runner.rows(label, basis, touched.needed), how, basis), touched))
    worked = pl.concat([masks.clear(), *(touched.reached for _, _, touched in of_basis)])
    made.write(label, renewed(made.segment(label), of_basis), _files(runner.parts(), label), worked=worked)
    return True


class _Folder:
    """The folder of a year that is being made, beside the one that it replaces."""

    def __init__(self, workspace: Workspace, year: Period, before: Mapping[str, Any] | None) -> None:
        self.path = workspace.figures / f"air-{year.label}-{uuid.uuid4().hex[:12]}"
        self.path.mkdir(parents=True)
        old = None if before is None else workspace.figures / before["folder"]
        self.before = before if old is not None and old.is_dir() else None
        self._old = old or self.path
        self._segments: dict[str, dict[str, Any]] = {}
        self._worked = 0
        self._days: set[date] = set()

    @property
    def events(self) -> int:
        """How many records of the event list stood when the earlier results were made."""
        return int(self.before["events"]) if self.before else 0

    def files(self, label: str) -> Mapping[str, str] | None:
        """The lake's segments from which the earlier results of a month were made."""
        held = (self.before or {}).get("segments", {}).get(label)
        whole = held is not None and all((self._old / name).is_file() for name in _names(label))
        files: Mapping[str, str] | None = held["files"] if whole else None
        return files

    def segment(self, label: str) -> Segment:
        """The earlier results of a month."""
        places, stations = (pl.read_parquet(self._old / f"{kind}-{label}.parquet", glob=False) for kind in _TABLES)
        return Segment(places, stations)

    def link(self, label: str) -> None:
        """Take the results of a month over: the very files, under the new folder."""
        held = self.before["segments"][label] if self.before else {}
        for name in _names(label):
            _link(self._old / name, self.path / name)
        self._segments[label] = dict(held)

    def write(self, label: str, fresh: Segment, files: Mapping[str, str], *, worked: pl.DataFrame | None = None) -> None:
        """Keep new results of a month; a table that came out as it was is taken over."""
        same = self.files(label) is not None
        for name, table in zip(_TABLES, (fresh.places, fresh.stations), strict=True):
            path = self.path / f"{name}-{label}.parquet"
            old = self._old / path.name
            if same and pl.read_parquet(old, glob=False).equals(table):
                _link(old, path)
                continue
            table.write_parquet(path, statistics=True)
            sync(path)
        self._segments[label] = {
            "files": dict(files),
            "scale": fresh.scale,
            "wide": fresh.wide,
            "places": fresh.places.height,
            "stations": fresh.stations.height,
        }
        if worked is None:
            worked = pl.concat([each.select("subject", "day") for each in (fresh.places, fresh.stations)])
        self._worked += worked.height
        self._days |= set(worked["day"].unique())

    def finish(self, run: YearRun) -> YearRun:
        """Everything to the disk; the run with what it came to."""
        sync(self.path)
        files = ([self.path / f"{name}-{label}.parquet" for label in self._segments] for name in _TABLES)
        counted = sum(pl.concat(_subjects(each) for each in several).n_unique() for several in files)
        rows = sum(each["places"] + each["stations"] for each in self._segments.values())
        return YearRun(
            **{
                **asdict(run),
                "scale": lcm(*(each["scale"] for each in self._segments.values())),
                "subjects": counted,
                "rows": rows,
                "worked": self._worked,
                "days": len(self._days),
                "segments": self._segments,
            }
        )


_TABLES: Final = ("places", "stations")


def _names(label: str) -> tuple[str, ...]:
    return tuple(f"{name}-{label}.parquet" for name in _TABLES)


def _subjects(path: Path) -> pl.Series:
    return pl.read_parquet(path, columns=["subject"], glob=False)["subject"].unique()


def _link(old: Path, new: Path) -> None:
    """The same file under another name, or a copy where the file system knows no links."""
    try:
        os.link(old, new)
    except OSError:
        shutil.copyfile(old, new)
        sync(new)


def _clean(workspace: Workspace, *, keep: set[str]) -> None:
    """Remove results that neither the new nor the previous manifest names: what a killed run left, and what no reader can still want."""
    for folder in workspace.figures.glob("air-*"):
        if folder.name not in keep:
            shutil.rmtree(folder, ignore_errors=True)


def workspace_book(workspace: Workspace) -> Book:
    """The book with the workspace's own overlays: stricter local limits in ``overlays/*.toml``."""
    return load_book(sorted((workspace.path / "overlays").glob("*.toml")))


def read_manifest(workspace: Workspace) -> dict[str, dict[str, Any]]:
    """The year runs in place, by year; empty when nothing has been assessed."""
    path = workspace.figures / _MANIFEST
    if not path.exists():
        return {}
    content: dict[str, dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))
    return content


def open_results(workspace: Workspace, *, book: Book | None = None) -> AirResults:
    """The results in place, over all assessed years.

    Raises :class:`~yangban.base.errors.WorkspaceError` when nothing has been assessed yet.
    """
    manifest = read_manifest(workspace)
    book = book or workspace_book(workspace)
    if not manifest:
        raise WorkspaceError(f"{workspace.path}: 还没有评价结果，请先运行 yangban assess；nothing has been assessed yet")
    places = [found for entry in manifest.values() for found in _scans(workspace.figures / entry["folder"], entry, "places")]
    stations = [frame for entry in manifest.values() for frame, *_ in _scans(workspace.figures / entry["folder"], entry, "stations")]
    frames = [_over_one_scale(places), pl.concat(stations)]
    latest = manifest[max(manifest)]
    return AirResults(
        frames,
        book,
        mode=latest["editions"],
        straddle=latest["straddle"],
        inputs=inputs_of(workspace, manifest),
        dust=touched_days(spread(load_events(workspace), Registry.load(workspace).frame()), "dust"),
    )


_Scan = tuple[pl.LazyFrame, int, bool]
"""Rows, the common denominator of their ticks, and whether these are 128 bits wide."""


def _scans(folder: Path, entry: Mapping[str, Any], name: str) -> list[_Scan]:
    """The segments of one kind of a year, those of one form together."""
    if "segments" not in entry:
        # As results lay before there were segments: one file a year.
        path = folder / f"{name}.parquet"
        wide = pl.read_parquet_schema(path)["pm25_ticks"] == pl.Int128
        return [(pl.scan_parquet(path, glob=False), int(entry["scale"]), wide)]
    forms: dict[tuple[int, bool], list[Path]] = {}
    for label, held in entry["segments"].items():
        form = (held["scale"], held["wide"]) if name == "places" else (1, False)
        forms.setdefault(form, []).append(folder / f"{name}-{label}.parquet")
    return [(pl.scan_parquet(files, glob=False), scale, wide) for (scale, wide), files in forms.items()]


def _over_one_scale(places: Sequence[_Scan]) -> pl.LazyFrame:
    """Segments of places in one frame: a period may lie in several of them, so their ticks are brought to one scale."""
    if len({(scale, wide) for _, scale, wide in places}) == 1:
        return pl.concat(frame for frame, *_ in places)
    scale = lcm(*(each for _, each, _ in places))
    return pl.concat(rescaled(frame, scale) for frame, *_ in places)


def inputs_of(workspace: Workspace, manifest: dict[str, dict[str, Any]]) -> Callable[[Period], str]:
    """The digest of what stands under a period: SHA-256 over the sorted digests of the received files whose days touch it.

    Only files that the lake held when the period's last year was assessed count.
    """
    received = [
        (int(receipt["version"]), file["digest"], file["first_day"], file["last_day"])
        for receipt in receipts(workspace)
        for file in receipt["files"]
        if file["first_day"]
    ]

    @cache
    def digest(period: Period) -> str:
        run = manifest.get(str(period.end.year))
        if run is None:
            return ""
        start, end = period.start.isoformat(), period.end.isoformat()
        under = {d for version, d, first, last in received if version <= run["lake_version"] and first <= end and last >= start}
        return hashlib.sha256("\n".join(sorted(under)).encode()).hexdigest()

    return digest


def assessed_years(workspace: Workspace) -> list[int]:
    """The years with results, oldest first."""
    return sorted(int(year) for year in read_manifest(workspace))


def last_day(workspace: Workspace) -> date | None:
    """The last day with results."""
    span = open_results(workspace).period_span()
    return None if span is None else span[1]
