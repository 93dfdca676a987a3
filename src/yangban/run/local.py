"""The local runner: the lake's readings through the kernel on this machine, day results kept in ``figures/``.

Results are immutable folders; one manifest names the folder of each year and is swapped atomically. A kill leaves the results as before
or after, and a reader sees one or the other.
"""

from __future__ import annotations

import json
import os
import shutil
import uuid
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final

import polars as pl

from yangban.assess.air.daily import day_values
from yangban.base.errors import UsageError, WorkspaceError
from yangban.base.periods import Period, year_of
from yangban.readings.lake import Lake
from yangban.readings.workspace import Workspace
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
    book = book or load_book()
    lake = Lake(workspace)
    with workspace.writing():
        version = lake.version()
        runs = [_year(workspace, lake, version, year_of(year), editions, straddle, book) for year in years]
        manifest = read_manifest(workspace)
        for run in runs:
            manifest[str(run.year)] = asdict(run)
        replaced = {entry["folder"] for entry in read_manifest(workspace).values()}
        _swap(workspace.figures / _MANIFEST, manifest)
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
    _sync(target / _DAYS)
    return YearRun(int(year.label), folder, version, editions, straddle, days["subject"].n_unique(), days.height)


def _swap(path: Path, content: dict[str, Any]) -> None:
    """Replace a small JSON file so that any reader sees the old or the new one, whole."""
    fresh = path.with_name(f".{path.name}.{uuid.uuid4().hex[:8]}")
    fresh.write_text(json.dumps(content, ensure_ascii=False, indent=1, sort_keys=True), encoding="utf-8")
    _sync(fresh)
    fresh.replace(path)


def _sync(path: Path) -> None:
    with path.open("rb") as handle:
        os.fsync(handle.fileno())


def _clean(workspace: Workspace, *, keep: set[str]) -> None:
    """Remove results that neither the new nor the previous manifest names: what a killed run left, and what no reader can still want."""
    for folder in workspace.figures.glob("air-*"):
        if folder.name not in keep:
            shutil.rmtree(folder, ignore_errors=True)


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
    if not manifest:
        raise WorkspaceError(f"{workspace.path}: 还没有评价结果，请先运行 yangban assess；nothing has been assessed yet")
    frames = [pl.scan_parquet(workspace.figures / entry["folder"] / _DAYS) for entry in manifest.values()]
    latest = manifest[max(manifest)]
    return AirResults(pl.concat(frames), book or load_book(), mode=latest["editions"], straddle=latest["straddle"])


def assessed_years(workspace: Workspace) -> list[int]:
    """The years with results, oldest first."""
    return sorted(int(year) for year in read_manifest(workspace))


def last_day(workspace: Workspace) -> date | None:
    """The last day with results."""
    span = open_results(workspace).period_span()
    return None if span is None else span[1]
