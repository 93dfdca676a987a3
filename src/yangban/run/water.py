"""The local runner of water: readings of sections to monthly values kept in ``figures/``, and Figures made from those on demand."""

from __future__ import annotations

import json
import shutil
import uuid
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date
from fractions import Fraction
from functools import cache
from typing import Any, Final

import polars as pl

from yangban.assess.figure import AS_MONITORED, INSUFFICIENT, Figure, displayed
from yangban.assess.water.averages import AUTO, AUTO_ONLY, MERGED, Means, month_means, month_tables
from yangban.assess.water.figures import SectionPeriod, Subject, lake_figures, region_figures, section_figures
from yangban.assess.water.frame import section_period
from yangban.assess.water.indicators import CHANGE_SUFFIX, INDICATORS, indicator
from yangban.assess.water.rules import RIVER
from yangban.base import regions
from yangban.base.errors import UsageError, WorkspaceError
from yangban.base.periods import Period, year_of
from yangban.readings import deductions
from yangban.readings.lake import Lake
from yangban.readings.sections import SOURCE, Section, Sections
from yangban.readings.water.frames import ITEMS
from yangban.readings.workspace import Workspace, sync, write_whole
from yangban.run.local import inputs_of, workspace_book
from yangban.run.results import base_period
from yangban.run.water_checks import CHECKS, GROUND, Asked, body_of, check_figures
from yangban.standards import Book, Rule, WaterEdition

_MANIFEST: Final = "water.json"
_NORMAL: Final = "正常"
_TABLES: Final[Mapping[str, str]] = {AS_MONITORED: MERGED, AUTO_ONLY: AUTO_ONLY}

SCOPES: Final = tuple(_TABLES)
"""A month of automatic and manual data together, or of automatic data alone."""


@dataclass(frozen=True)
class WaterRun:
    """One year's monthly values: where they lie and from which state of the lake."""

    year: int
    folder: str
    lake_version: int
    sections: int
    rows: int
    sources: int = 0


def assess_water(workspace: Workspace, years: Sequence[int], *, book: Book | None = None) -> list[WaterRun]:
    """Compute the monthly values of sections for whole years and put them in place of earlier ones.

    A month takes valid automatic readings (station in normal state) for the items of automatic stations and manual data for the rest
    (环办监测函〔2020〕82号). Raises :class:`~yangban.base.errors.UsageError` when the lake holds no water reading of a year.
    """
    book = book or workspace_book(workspace)
    lake = Lake(workspace)
    with workspace.writing():
        version = lake.version()
        runs = [_year(workspace, lake, version, year_of(year), book) for year in years]
        manifest = read_manifest(workspace)
        before = {entry["folder"] for entry in manifest.values()}
        manifest |= {str(run.year): asdict(run) for run in runs}
        write_whole(workspace.figures / _MANIFEST, json.dumps(manifest, indent=1, sort_keys=True))
        keep = before | {entry["folder"] for entry in manifest.values()}
        for folder in workspace.figures.glob("water-*"):
            if folder.name not in keep:
                shutil.rmtree(folder, ignore_errors=True)
    return runs


def _year(workspace: Workspace, lake: Lake, version: int, year: Period, book: Book) -> WaterRun:
    readings = usable(lake.water(start=year.start, end=year.end))
    edition = book.water_on(year.end)
    folder = f"water-{year.label}-{uuid.uuid4().hex[:12]}"
    made = month_tables(readings, edition, scopes=tuple(_TABLES.values()))
    tables = {scope: made[table] for scope, table in _TABLES.items()}
    if tables[AS_MONITORED].is_empty():
        raise UsageError(f"{year.label} 年没有水质读数：请先 yangban ingest；the lake holds no water reading of {year.label}")
    target = workspace.figures / folder
    target.mkdir(parents=True)
    for scope, table in tables.items():
        table.write_parquet(target / f"{scope}.parquet")
        sync(target / f"{scope}.parquet")
    rows = lake.water(start=year.start, end=year.end)
    told = pl.when(pl.col("subject").str.starts_with("source:")).then(pl.col("state")).drop_nulls().last().alias("type")
    marked = rows.group_by(pl.col("subject").alias("section")).agg(pl.col("synthetic").any(), told).collect()
    marked.write_parquet(target / "sections.parquet")
    sync(target)
    merged = tables[AS_MONITORED]
    sections = merged.filter(pl.col("section").str.starts_with("section:"))
    n, all_ = sections["section"].n_unique(), merged["section"].n_unique()
    return WaterRun(int(year.label), folder, version, n, merged.height, all_ - n)


def usable(rows: pl.LazyFrame) -> pl.LazyFrame:
    """Lake rows of water as the rules take them: ``section, month, basis, synthetic`` and the items; of stations in normal state."""
    normal = (pl.col("basis") != AUTO) | pl.col("state").is_null() | (pl.col("state") == _NORMAL)
    return rows.filter(normal).select(
        pl.col("subject").alias("section"), pl.col("time").dt.date().dt.month_start().alias("month"), "basis", "synthetic", "below", *ITEMS
    )


def read_manifest(workspace: Workspace) -> dict[str, dict[str, Any]]:
    """The year runs in place, by year; empty when no water has been assessed."""
    path = workspace.figures / _MANIFEST
    if not path.exists():
        return {}
    content: dict[str, dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))
    return content


def open_water(workspace: Workspace, *, book: Book | None = None) -> WaterResults:
    """The results of water in place, over all assessed years.

    Raises :class:`~yangban.base.errors.WorkspaceError` when no water has been assessed.
    """
    manifest = read_manifest(workspace)
    if not manifest:
        raise WorkspaceError(f"{workspace.path}: 还没有水质评价结果，请先运行 yangban assess；no water has been assessed yet")
    folders = [workspace.figures / entry["folder"] for entry in manifest.values()]
    tables = {
        scope: pl.concat([pl.read_parquet(folder / f"{scope}.parquet") for folder in folders], how="diagonal_relaxed") for scope in SCOPES
    }
    empty = pl.DataFrame(schema={"section": pl.String, "synthetic": pl.Boolean, "type": pl.String})
    marked = pl.concat([empty, *(pl.read_parquet(folder / "sections.parquet") for folder in folders)], how="diagonal")
    return WaterResults(
        tables,
        Sections.load(workspace),
        book or workspace_book(workspace),
        synthetic=frozenset(marked.filter("synthetic")["section"]),
        inputs=inputs_of(workspace, manifest),
        types=dict(marked.drop_nulls("type").select("section", "type").iter_rows()),
        granted=deductions.read(workspace),
    )


class WaterResults:
    """Figures of water over monthly values of sections.

    ``tables`` holds one table of :func:`~yangban.assess.water.averages.month_table` for each scope; ``types`` says of drinking-water
    sources what they draw from, as their tables tell; ``granted`` are deductions in target checks.

    Where all readings are synthetic, a place is not expected to have those of the real sections of the region packs: nobody measured there.
    """

    def __init__(
        self,
        tables: Mapping[str, pl.DataFrame],
        sections: Sections,
        book: Book,
        *,
        synthetic: frozenset[str] = frozenset(),
        inputs: Callable[[Period], str] | None = None,
        types: Mapping[str, str] | None = None,
        granted: Sequence[deductions.Granted] = (),
    ) -> None:
        self._book, self._sections, self._synthetic = book, sections, synthetic
        self._types, self._granted = types or {}, granted
        self._inputs = inputs or (lambda _: "")
        self._tables = tables
        self._months = cache(self._read)

    def _read(self, scope: str) -> Mapping[str, Mapping[date, Means]]:
        found: dict[str, dict[date, Means]] = defaultdict(dict)
        for name, month, means in month_means(self._tables[scope]):
            found[name][month] = means
        return found

    @property
    def years(self) -> tuple[int, ...]:
        """The years of which there are monthly values, oldest first."""
        return tuple(sorted(self._tables[AS_MONITORED]["month"].dt.year().unique().to_list()))

    def month(self, subject: str, month: date, scope: str) -> Means | None:
        """The values of a section in a month, ``None`` where it was not named; the month is given by its first day."""
        return self._months(scope).get(subject, {}).get(month)

    def decimals(self, item: str, period: Period) -> Rule:
        """The rule for the printed decimals of an item, in force on the last day of the period."""
        return self._book.display_decimals(item, period.end, medium="water")

    def subjects(self, *, level: str | None = None) -> list[str]:
        """The sections with values; for ``city``, ``county`` or ``province`` the places that have some of them."""
        held = sorted(self._months(AS_MONITORED))
        if level == "source":
            return [each for each in held if each.startswith("source:")]
        own = [each for each in held if level is None or each.startswith("section:")]
        if level in {None, "section"}:
            places = self.subjects(level="province") + self.subjects(level="city") if level is None else []
            return places + own
        having = set(own)
        rows = [row for row in self._sections.rows if row.subject in having]
        return sorted({code for row in rows if (code := getattr(row, str(level), ""))})

    def figures(
        self,
        *,
        subjects: Sequence[str] | None = None,
        periods: Sequence[Period],
        indicators: Sequence[str] | None = None,
        scope: str = AS_MONITORED,
        base: str = "yoy",
    ) -> list[Figure]:
        """Figures of sections, lakes (``lake:name``), rivers (``river:name``) and places for the periods asked for.

        A word with the suffix ``.change`` is compared with ``base`` from displayed values. ``scope`` ``auto_only`` takes automatic data
        alone.
        """
        if scope not in SCOPES:
            raise UsageError(f"--scope {scope!r}: for water the scopes are {', '.join(SCOPES)}")
        codes = list(subjects) if subjects is not None else self.subjects()
        words = list(INDICATORS) if indicators is None else [w for w in indicators if indicator(w)]
        plain = [w for w in words if not w.endswith(CHANGE_SUFFIX)]
        changing = [w.removesuffix(CHANGE_SUFFIX) for w in words if w.endswith(CHANGE_SUFFIX)]
        explicit = indicators is not None
        found = (
            [f for period in periods for code in codes for f in self._of(code, period, plain, scope, explicit=explicit)] if plain else []
        )
        for period in periods if changing else ():
            for code in codes:
                found += self._changes(code, period, changing, scope, base)
        return found

    def _of(self, code: str, period: Period, words: Sequence[str], scope: str, *, explicit: bool = True) -> list[Figure]:
        edition = self._book.water_on(period.end)
        kind, members = self.members(code, period)
        names = names_apart(members)
        parts = [self.part(row, period, scope, name=names[row.subject]) for row in members]
        subject = Subject(
            code=code,
            name=regions.subject_name(code),
            level=kind,
            basis="realtime",
            network=_network(members),
            scope=scope,
            synthetic=any(row.subject in self._synthetic for row in members),
            inputs=self._inputs(period),
        )
        checks = [word for word in words if word in CHECKS]
        words = [word for word in words if word not in CHECKS]
        asked = Asked(kind, members, period, subject, edition, scope, explicit)
        checked = list(check_figures(self, asked, checks, self._granted)) if checks else []
        made: Iterable[Figure]
        if kind == "source":
            means = [word for word in words if word.endswith(".mean")]
            made = section_figures(parts[0], subject, period, edition, self.decimals, wanted=means)
            return [*checked, *made]
        if kind == "section":
            made = section_figures(parts[0], subject, period, edition, self.decimals, wanted=words)
        elif kind == "lake":
            made = lake_figures(parts, subject, period, edition, self.decimals, wanted=words)
        else:
            made = region_figures(parts, subject, period, edition, self.decimals, wanted=words)
        found = list(made)
        given = {f.indicator for f in found}
        wanted = [w for w in words if w not in given and w in self._answerable(kind)] if members else []
        return found + [_nothing(w, subject, period, edition, len(parts)) for w in wanted] + checked

    @staticmethod
    def _answerable(kind: str) -> frozenset[str]:
        """The headline indicators that a kind of subject is expected to have, so that their absence is said."""
        own = {"section": ("water.class",), "lake": ("water.class", "water.tli")}
        return frozenset(own.get(kind, ("water.good_ratio", "water.class12_ratio", "water.inferior_ratio", "water.cwqi", "water.sections")))

    def members(self, code: str, period: Period) -> tuple[str, Sequence[Section]]:
        """The level of a subject and its sections on the last day of the period."""
        if code.startswith(("section:", "source:")):
            row = self._sections.on(code, period.end)
            kind, province, name = code.split(":", 2)
            if row is None:
                row = Section(
                    province, name, kind="river" if kind == "section" else f"{SOURCE}{body_of(Section(province, name), self._told(code))}"
                )
            return kind, (row,)
        head, _, rest = code.partition(":")
        if head in {"lake", "river"}:
            province, _, name = rest.rpartition(":")
            where = {"province": province} if province else {}
            found = (self._sections.of_lake if head == "lake" else self._sections.of_river)(name, period.end, **where)
            if not found:
                raise UsageError(f"{code}: 断面登记表中没有这个{'湖库' if head == 'lake' else '河流'}；no section is registered for it")
            return head, found
        return regions.subject_level(code), self._expected(self._sections.members(code, period.end))

    def _expected(self, rows: tuple[Section, ...]) -> tuple[Section, ...]:
        """Those of a place's sections that are to have values: all, but among synthetic readings no real one of a pack."""
        held = self._months(AS_MONITORED).keys()
        if not held or not held <= self._synthetic:
            return rows
        return tuple(row for row in rows if not row.pack or row.subject in held)

    def part(self, row: Section, period: Period, scope: str, *, name: str = "") -> SectionPeriod:
        """The values of a section in a period; ``name`` is the one under which it is told of, by default its own."""
        kind = self.body(row) if row.is_source else row.kind
        return section_period(name or row.name, RIVER if kind == GROUND else kind, self._months(scope).get(row.subject, {}), period)

    def sources_of(self, code: str, kind: str, period: Period) -> tuple[Section, ...]:
        """The registered drinking-water sources of a place on the last day of a period; rivers and lakes have none."""
        return () if kind in {"lake", "river"} or ":" in code else self._sections.sources(code, period.end)

    def granted(self, section: str, period: Period) -> tuple[deductions.Granted, ...]:
        """What documents grant in the target check of a section in a period."""
        return deductions.of(self._granted, section, period)

    def body(self, row: Section) -> str:
        """What a drinking-water source draws from: river, lake or ground."""
        return body_of(row, self._told(row.subject))

    def _told(self, subject: str) -> str:
        return self._types.get(subject, "")

    def _changes(self, code: str, period: Period, words: Sequence[str], scope: str, base: str) -> list[Figure]:
        before = base_period(period, base)
        then = {f.indicator: f for f in self._of(code, before, words, scope)}
        return [self._change(now, then.get(now.indicator), period, before) for now in self._of(code, period, words, scope)]

    def _change(self, now: Figure, then: Figure | None, period: Period, before: Period) -> Figure:
        spec = indicator(now.indicator)
        step = None
        if then is not None and now.display is not None and then.display is not None:
            step = Fraction(now.display) - Fraction(then.display)
            if spec.change == "percent":
                step = step * 100 / Fraction(then.display) if then.display else None
        unit = {"percent": "%", "points": "percentage point"}.get(spec.change, now.unit)
        shown = displayed(step, int(self.decimals("change", period).value))
        lacking = (
            f"没有对比期 {before.label} 的结果"
            if step is None
            else f"对比期 {before.label}：{then.reason}"
            if then and not then.usable
            else ""
        )
        return replace(
            now,
            indicator=now.indicator + CHANGE_SUFFIX,
            exact=None if shown is None else Fraction(shown),
            display=shown,
            unit=unit,
            status=INSUFFICIENT if lacking else now.status,
            reason=now.reason or lacking,
            detail={"base": before.label},
        )


def names_apart(rows: Sequence[Section]) -> Mapping[str, str]:
    """From subject to name; a name that several sections have is told apart by the province."""
    times = Counter(row.name for row in rows)
    return {row.subject: row.name if times[row.name] == 1 else f"{regions.place(row.province).name}{row.name}" for row in rows}


def _network(rows: Sequence[Section]) -> str:
    kinds = {row.network for row in rows}
    return kinds.pop() if len(kinds) == 1 else "all"


def _nothing(word: str, subject: Subject, period: Period, edition: WaterEdition, expected: int) -> Figure:
    return Figure(
        indicator=word,
        subject=subject.code,
        subject_name=subject.name,
        subject_level=subject.level,
        period=period.label,
        exact=None,
        display=None,
        unit=indicator(word).unit,
        edition=edition.id,
        documents=edition.documents,
        scope=subject.scope,
        basis=subject.basis,
        network=subject.network,
        synthetic=subject.synthetic,
        status=INSUFFICIENT,
        reason=f"{period.label} 没有可用的水质数据",
        n_expected=expected,
    )


def assessed_water_years(workspace: Workspace) -> list[int]:
    """The years with results of water, oldest first."""
    return sorted(int(year) for year in read_manifest(workspace))
