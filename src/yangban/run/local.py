"""The local runner: the lake's readings through the kernel on this machine, day results kept in ``figures/``.

Results are immutable folders; one manifest names the folder of each year and is swapped atomically. A kill leaves the results as before
or after, and a reader sees one or the other.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import uuid
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from functools import cache
from math import lcm
from typing import Any, Final

import polars as pl

from yangban.assess.air.daily import day_values, table_values
from yangban.assess.air.network import hours_of_places, one_scale, places_from_stations, rescaled, together
from yangban.base.errors import UsageError, WorkspaceError
from yangban.base.periods import Period, year_of
from yangban.readings.events import Event, exclude, excluded_slots, left_out, spread, touched_days
from yangban.readings.events import load as load_events
from yangban.readings.lake import Lake
from yangban.readings.receipts import receipts
from yangban.readings.stations import Registry
from yangban.readings.workspace import Workspace, sync, write_whole
from yangban.run.results import AirResults
from yangban.standards import AirEdition, Book, load_book

_MANIFEST: Final = "air.json"
_PLACES: Final = "places.parquet"
_STATIONS: Final = "stations.parquet"
_READ: Final = ("realtime", "audited")

FIRST: Final = ("stations", "hours")
"""What a place's day is made of, where it has stations: the days of its stations, or hours averaged over them."""


@dataclass(frozen=True)
class YearRun:
    """One year's day results: where they lie, from which state of the lake, and how the year is to be judged by default.

    ``first`` says how places were made of stations, ``events`` how many records of the event list stood then, ``scale`` is that of the
    places' ticks.
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


def assess_air(
    workspace: Workspace,
    years: Sequence[int],
    *,
    editions: str = "in-force",
    straddle: str = "refuse",
    first: str = "stations",
    book: Book | None = None,
) -> list[YearRun]:
    """Compute the day results of whole years and put them in place of earlier ones.

    ``editions`` (``in-force`` or a list such as ``2012,2026-transitional``) is remembered as the default of later queries; any other
    edition can still be asked for. ``first`` is ``stations`` or ``hours``: the order in which a place's stations are averaged. Hours that
    a named person has excluded, or that a review found invalid, are left out and counted.

    Raises :class:`~yangban.base.errors.UsageError` when the lake holds no reading of a year.
    """
    if first not in FIRST:
        raise UsageError(f"--first {first!r} is none of {', '.join(FIRST)}")
    book = book or workspace_book(workspace)
    lake = Lake(workspace)
    with workspace.writing():
        version = lake.version()
        runs = [_year(workspace, lake, version, year_of(year), editions, straddle, first, book) for year in years]
        manifest = read_manifest(workspace)
        for run in runs:
            manifest[str(run.year)] = asdict(run)
        replaced = {entry["folder"] for entry in read_manifest(workspace).values()}
        write_whole(workspace.figures / _MANIFEST, json.dumps(manifest, indent=1, sort_keys=True))
        _clean(workspace, keep={entry["folder"] for entry in manifest.values()} | replaced)
    return runs


def _year(workspace: Workspace, lake: Lake, version: int, year: Period, editions: str, straddle: str, first: str, book: Book) -> YearRun:
    edition = book.air_list(editions, start=year.start, end=year.end)[0]
    registry = Registry.load(workspace).frame()
    events = load_events(workspace)
    spread_events = spread(events, registry)
    places, stations = [], []
    held = [basis for basis in _READ if lake.days(basis=basis) or lake.days(basis=basis, kind="days")]
    for basis in held or _READ:
        hours = _used(lake.air(start=year.start, end=year.end, basis=basis), spread_events)
        days = day_values(hours, edition).collect(engine="streaming")
        tables = table_values(lake.air_days(start=year.start, end=year.end, basis=basis), edition).collect()
        rows = _one_a_day(days, tables, basis)
        own = rows.filter(pl.col("level") != "station")
        of_stations = rows.filter(pl.col("level") == "station")
        levels = ("city", "county") if of_stations.height and registry.height else ()
        networks = [_of_places(of_stations, hours, registry, edition, level=level, first=first) for level in levels]
        places.append(together(own, *networks))
        stations.append(of_stations)
    kept, at_stations = one_scale(places), pl.concat(stations)
    if kept.is_empty() and at_stations.is_empty():
        raise UsageError(f"{year.label} 年没有读数：请先 yangban ingest；the lake holds no reading of {year.label}")
    scale = int(kept["scale"][0]) if kept.height else 1
    folder = f"air-{year.label}-{uuid.uuid4().hex[:12]}"
    target = workspace.figures / folder
    target.mkdir(parents=True)
    for name, table in ((_PLACES, kept), (_STATIONS, at_stations)):
        table.sort("subject", "basis", "day").write_parquet(target / name, statistics=True)
        sync(target / name)
    sync(target)
    subjects = kept["subject"].n_unique() + at_stations["subject"].n_unique()
    return YearRun(
        int(year.label), folder, version, editions, straddle, first, len(events), scale, subjects, kept.height + at_stations.height
    )


def _used(hours: pl.LazyFrame, events: Sequence[Event]) -> pl.LazyFrame:
    """The hours that count, with ``excluded``: how many values of the row were left out."""
    if excluded_slots(events).is_empty():
        return hours
    counts = left_out(hours, events).group_by("subject", "basis", "day").agg(pl.col("left_out").sum().cast(pl.Int32).alias("excluded"))
    found = counts.collect()
    if found.is_empty():
        return hours
    used = exclude(hours, events).join(found.lazy(), on=["subject", "basis", "day"], how="left", maintain_order="left")
    return used.with_columns(pl.col("excluded").fill_null(0))


def _one_a_day(days: pl.DataFrame, tables: pl.DataFrame, basis: str) -> pl.DataFrame:
    """One row a subject and day: of audited data the ready table wins over hours, of real-time data the hours."""
    if tables.is_empty():
        return days
    first, second = (tables, days) if basis == "audited" else (days, tables)
    return pl.concat([first, second.join(first.select("subject", "day"), on=["subject", "day"], how="anti")])


def _of_places(
    stations: pl.DataFrame, hours: pl.LazyFrame, registry: pl.DataFrame, edition: AirEdition, *, level: str, first: str
) -> pl.DataFrame:
    if first == "stations":
        return places_from_stations(stations.lazy(), registry, edition, level=level)
    of_stations = hours.filter(pl.col("level") == "station")
    return day_values(hours_of_places(of_stations, registry, edition, level=level).lazy(), edition).collect()


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
    folders = [workspace.figures / entry["folder"] for entry in manifest.values()]
    places = [(pl.scan_parquet(folder / _PLACES), entry["scale"]) for folder, entry in zip(folders, manifest.values(), strict=True)]
    frames = [_over_one_scale(places), pl.concat(pl.scan_parquet(folder / _STATIONS) for folder in folders)]
    latest = manifest[max(manifest)]
    return AirResults(
        frames,
        book,
        mode=latest["editions"],
        straddle=latest["straddle"],
        inputs=inputs_of(workspace, manifest),
        dust=touched_days(spread(load_events(workspace), Registry.load(workspace).frame()), "dust"),
    )


def _over_one_scale(years: Sequence[tuple[pl.LazyFrame, int]]) -> pl.LazyFrame:
    """The years' places in one frame: a period may lie in two years, so their ticks are brought to one scale."""
    scales = {scale for _, scale in years}
    if len(scales) == 1:
        return pl.concat(frame for frame, _ in years)
    return pl.concat(rescaled(frame, lcm(*scales)) for frame, _ in years)


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
