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
from typing import Any, Final

import polars as pl

from yangban.assess.air.daily import day_values
from yangban.base.errors import UsageError, WorkspaceError
from yangban.base.periods import Period, year_of
from yangban.readings.lake import Lake
from yangban.readings.receipts import receipts
from yangban.readings.workspace import Workspace, sync, write_whole
from yangban.run.results import AirResults
from yangban.standards import Book, load_book

_MANIFEST: Final = "air.json"
_DAYS: Final = "days.parquet"


@dataclass(frozen=True)
class YearRun:
    """One year's day results: where they lie, from which state of the lake, and how the year is to be judged by default."""

    year: int
    folder: str
    lake_version: int
    editions: str
    straddle: str
    subjects: int
    rows: int


def assess_air(
    workspace: Workspace, years: Sequence[int], *, editions: str = "in-force", straddle: str = "refuse", book: Book | None = None
) -> list[YearRun]:
    """Compute the day results of whole years and put them in place of earlier ones.

    ``editions`` (``in-force`` or a list such as ``2012,2026-transitional``) is remembered as the default of later queries; any other
    edition can still be asked for. Raises :class:`~yangban.base.errors.UsageError` when the lake holds no reading of a year.
    """
    book = book or workspace_book(workspace)
    lake = Lake(workspace)
    with workspace.writing():
        version = lake.version()
        runs = [_year(workspace, lake, version, year_of(year), editions, straddle, book) for year in years]
        manifest = read_manifest(workspace)
        for run in runs:
            manifest[str(run.year)] = asdict(run)
        replaced = {entry["folder"] for entry in read_manifest(workspace).values()}
        write_whole(workspace.figures / _MANIFEST, json.dumps(manifest, indent=1, sort_keys=True))
        _clean(workspace, keep={entry["folder"] for entry in manifest.values()} | replaced)
    return runs


def _year(workspace: Workspace, lake: Lake, version: int, year: Period, editions: str, straddle: str, book: Book) -> YearRun:
    first = book.air_list(editions, start=year.start, end=year.end)[0]
    days = day_values(lake.air(start=year.start, end=year.end), first).collect(engine="streaming").sort("subject", "basis", "day")
    if days.is_empty():
        raise UsageError(f"{year.label} 年没有读数：请先 yangban ingest；the lake holds no reading of {year.label}")
    folder = f"air-{year.label}-{uuid.uuid4().hex[:12]}"
    target = workspace.figures / folder
    target.mkdir(parents=True)
    days.write_parquet(target / _DAYS, statistics=True)
    sync(target / _DAYS)
    sync(target)
    return YearRun(int(year.label), folder, version, editions, straddle, days["subject"].n_unique(), days.height)


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
    frames = [pl.scan_parquet(workspace.figures / entry["folder"] / _DAYS) for entry in manifest.values()]
    latest = manifest[max(manifest)]
    return AirResults(pl.concat(frames), book, mode=latest["editions"], straddle=latest["straddle"], inputs=_inputs_of(workspace, manifest))


def _inputs_of(workspace: Workspace, manifest: dict[str, dict[str, Any]]) -> Callable[[Period], str]:
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
