"""The water of a release: its Figures computed anew from the readings, and the digests of what stands under them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

import polars as pl

from yangban.assess.figure import AS_MONITORED, Figure
from yangban.assess.water.averages import AUTO_ONLY, MERGED, month_table
from yangban.base.errors import UsageError
from yangban.base.periods import Period, parse, year_of
from yangban.publish.release_inputs import Extent, canonical, sha256
from yangban.readings import deductions
from yangban.readings.lake import Lake
from yangban.readings.sections import Section, Sections
from yangban.readings.workspace import Workspace
from yangban.run.media import WATER_SUBJECTS
from yangban.run.water import SCOPES, WaterResults, read_manifest, usable
from yangban.standards import Book

_TABLES: Final = {AS_MONITORED: MERGED, AUTO_ONLY: AUTO_ONLY}
_KEPT_APART: Final = ("received",)
"""Columns of a row that may differ between two machines that hold the same readings."""


@dataclass(frozen=True)
class WaterComputed:
    """Results computed anew from the readings, and the monthly tables that they stand on, one for each scope."""

    results: WaterResults
    tables: dict[str, pl.DataFrame]


def last_day(lake: Lake, years: Collection[int]) -> date | None:
    """The last day of the years on which a reading of water lies."""
    wanted = [date.fromisoformat(part.last_day) for part in lake.parts() if part.kind == "water" and int(part.month[:4]) in years]
    return max(wanted, default=None)


def compute(workspace: Workspace, years: Sequence[int], book: Book, *, through: date) -> WaterComputed:
    """The results of the years from the readings in the lake, without those after ``through``."""
    lake = Lake(workspace)
    tables: dict[str, list[pl.DataFrame]] = {scope: [] for scope in SCOPES}
    synthetic: set[str] = set()
    for year in map(year_of, years):
        rows = usable(lake.water(start=year.start, end=min(year.end, through)))
        edition = book.water_on(year.end)
        for scope in SCOPES:
            tables[scope].append(month_table(rows, edition, scope=_TABLES[scope]))
        synthetic |= set(rows.filter("synthetic").select("section").unique().collect()["section"])
    whole = {scope: pl.concat(several, how="diagonal_relaxed") for scope, several in tables.items()}
    sections = Sections.load(workspace)
    # The digest itself follows from the list of files; here a Figure only has to say that something stands under it.
    granted = deductions.read(workspace)
    results = WaterResults(whole, sections, book, synthetic=frozenset(synthetic), inputs=lambda period: period.label, granted=granted)
    return WaterComputed(results, whole)


def refuse_stale(workspace: Workspace, computed: WaterComputed, years: Sequence[int]) -> None:
    """Refuse when the monthly values in place are not those that the readings give."""
    manifest = read_manifest(workspace)
    for year in years:
        for scope in SCOPES:
            placed = pl.read_parquet(workspace.figures / manifest[str(year)]["folder"] / f"{scope}.parquet", glob=False)
            fresh = computed.tables[scope].filter(pl.col("month").dt.year() == year)
            keys = ["section", "month"]
            if not placed.sort(keys).equals(fresh.select(*placed.columns).sort(keys)):
                raise UsageError(
                    f"{year} 年的水质结果已不是现有读数的结果（之后读入过内容）："
                    f"请先运行 yangban assess --year {year} --medium water（仍不符时加 --whole），再发布；"
                    f"the results of water of {year} are older than the readings"
                )


def subjects_of(workspace: Workspace, results: WaterResults, day: date) -> list[str]:
    """The sections with values, the places that have some of them, and the rivers and lakes on which these lie."""
    own = results.subjects(level="section")
    sections = Sections.load(workspace)
    rows = [row for name in own if (row := sections.on(name, day)) is not None]
    waters = {f"river:{row.province}:{row.river}" for row in rows if row.river and row.kind == "river"}
    waters |= {f"lake:{row.province}:{row.lake}" for row in rows if row.lake}
    places = {code for level in ("province", "city", "county") for code in results.subjects(level=level)}
    return sorted({*own, *waters, *places})


def figures_of(workspace: Workspace, results: WaterResults, subjects: Sequence[str], period: Period) -> list[Figure]:
    """The Figures of a period; a river or lake for which no section is registered at its end has none."""
    sections = Sections.load(workspace)
    there = []
    for subject in subjects:
        head, _, rest = subject.partition(":")
        if head in {"river", "lake"}:
            province, _, name = rest.rpartition(":")
            where = {"province": province} if province else {}
            if not (sections.of_lake if head == "lake" else sections.of_river)(name, period.end, **where):
                continue
        there.append(subject)
    return results.figures(subjects=there, periods=[period])


def sections_under(workspace: Workspace, extent: Extent) -> list[dict[str, str]]:
    """The registered sections of a release's subjects, their spans cut to its days; other spellings, coordinates and notes do not count."""
    wanted = set(extent.subjects)
    found = []
    for row in Sections.load(workspace).rows:
        if not wanted & _belongs_to(row):
            continue
        for start, end in extent.spans:
            first, last = max(row.valid_from or start, start), min(row.valid_to or end, end)
            if first <= last:
                said = {name: text for name, text in row.cells().items() if name in _COUNTING}
                found.append({"subject": row.subject, **said, "from": first.isoformat(), "to": last.isoformat()})
    return sorted(found, key=canonical)


_COUNTING: Final = ("city", "county", "river", "basin", "kind", "lake", "network", "targets")


def _belongs_to(row: Section) -> set[str]:
    """Every subject whose Figures a section enters."""
    waters = {f"river:{row.river}", f"river:{row.province}:{row.river}", f"lake:{row.lake}", f"lake:{row.province}:{row.lake}"}
    return {row.subject, row.province, row.city, row.county, *waters}


def water_readings_under(lake: Lake, extent: Extent, sections: Sequence[dict[str, str]]) -> dict[str, str]:
    """The digest of the readings of each basis and month, of the release's sections."""
    named = {row["subject"] for row in sections} | {each for each in extent.subjects if each.startswith(WATER_SUBJECTS[0])}
    wanted = [pl.col("time").dt.date().is_between(start, end) for start, end in extent.spans]
    found: dict[str, str] = {}
    for part in (each for each in lake.parts() if each.kind == "water"):
        month = parse(part.month)
        if not extent.touches(month.start, month.end):
            continue
        rows = lake.water(start=month.start, end=month.end, basis=part.basis, subjects=named)
        held = rows.filter(pl.any_horizontal(wanted)).drop(*_KEPT_APART).sort("subject", "time").collect()
        if held.height:
            found[f"section {part.basis} water {part.month}"] = sha256(held.write_csv(line_terminator="\n"))
    return dict(sorted(found.items()))
