"""The local runner of water: readings of sections to monthly values kept in ``figures/``, and Figures made from those on demand."""

from __future__ import annotations

import hashlib
import json
import shutil
import uuid
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import date
from fractions import Fraction
from functools import cache
from importlib.metadata import version as installed_version
from typing import Any, Final, Protocol

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
from yangban.readings.lake import Lake, Part
from yangban.readings.sections import SOURCE, Section, Sections
from yangban.readings.water.frames import ITEMS, SCHEMA
from yangban.readings.workspace import Workspace, sync, write_whole
from yangban.run.local import inputs_of, workspace_book
from yangban.run.results import base_period
from yangban.run.water_checks import CHECKS, GROUND, Asked, body_of, check_figures
from yangban.standards import Book, Rule, WaterEdition

_MANIFEST: Final = "water.json"
_SECTIONS: Final = "sections"
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
    rules: str = ""
    worked: int = 0
    segments: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """Of each month the lake's segments from which it was made, by basis; ``worked`` counts the monthly values that this run computed."""


class WaterRunner(Protocol):
    """Where monthly values are computed, and from which readings."""

    def version(self) -> int:
        """The version of the lake that is read."""

    def parts(self) -> Sequence[Part]:
        """The segments of that version."""

    def water(self, start: date, end: date, edition: WaterEdition, only: pl.DataFrame | None) -> WaterTables:
        """The tables of the months ``start`` to ``end``; ``only`` names the sections and months (``section, month``) that are asked."""


@dataclass(frozen=True)
class WaterTables:
    """Monthly values by scope, and of each section whether a synthetic reading stands under it and what it draws from (``sections``)."""

    scopes: Mapping[str, pl.DataFrame]
    sections: pl.DataFrame


def tables_of(rows: pl.LazyFrame, edition: WaterEdition) -> WaterTables:
    """Lake rows of water of whole months to their tables: the one composition of the rules that every runner calls.

    A value rests on the rows of its section and month alone, so any sections and months may be handed in.
    """
    made = month_tables(usable(rows), edition, scopes=tuple(_TABLES.values()))
    told = pl.when(pl.col("subject").str.starts_with("source:")).then(pl.col("state")).drop_nulls().last().alias("type")
    month = pl.col("time").dt.date().dt.month_start().alias("month")
    marked = rows.sort("basis", "time").group_by(pl.col("subject").alias("section"), month, maintain_order=True)
    sections = marked.agg(pl.col("synthetic").any(), told).collect().sort("section", "month")
    return WaterTables({scope: made[table] for scope, table in _TABLES.items()}, sections)


class LocalWater:
    """This machine, over the lake of the workspace."""

    def __init__(self, lake: Lake) -> None:
        self.lake = Lake.at(lake, lake.version())

    def version(self) -> int:
        """The version of the lake that is read."""
        return self.lake.version()

    def parts(self) -> Sequence[Part]:
        """The segments of that version."""
        return self.lake.parts()

    def water(self, start: date, end: date, edition: WaterEdition, only: pl.DataFrame | None) -> WaterTables:
        """The tables of the months from ``start`` to ``end``; ``only`` names the sections and months that are asked."""
        rows = self.lake.water(start=start, end=end)
        if only is not None:
            month = pl.col("time").dt.date().dt.month_start()
            rows = rows.join(only.lazy(), left_on=["subject", month], right_on=["section", "month"], how="semi")
        return tables_of(rows, edition)

    def changed(self, before: Mapping[str, str], now: Mapping[str, str]) -> pl.DataFrame | None:
        """``section, month`` of the rows in which the segments of a month differ; ``None`` when an earlier one is no more."""
        found = []
        for basis in sorted(before.keys() | now.keys()):
            names = before.get(basis), now.get(basis)
            if names[0] == names[1]:
                continue
            frames = []
            for name in names:
                path = None if name is None else self.lake.root / name
                if path is not None and not path.is_file():
                    return None
                lain = pl.DataFrame(schema=SCHEMA) if path is None else pl.read_parquet(path, glob=False)
                frames.append(pl.concat([pl.DataFrame(schema=SCHEMA), lain], how="diagonal").drop("received"))
            alone = [one.join(two, on=one.columns, how="anti", nulls_equal=True) for one, two in (frames, frames[::-1])]
            found += [
                each.select(pl.col("subject").alias("section"), pl.col("time").dt.date().dt.month_start().alias("month")) for each in alone
            ]
        return pl.concat([pl.DataFrame(schema={"section": pl.String, "month": pl.Date}), *found]).unique()


def assess_water(
    workspace: Workspace, years: Sequence[int], *, book: Book | None = None, whole: bool = False, runner: WaterRunner | None = None
) -> list[WaterRun]:
    """Bring the monthly values of sections up to date with the readings, year by year, and put them in place of earlier ones.

    A month takes valid automatic readings (station in normal state) for the items of automatic stations and manual data for the rest
    (环办监测函〔2020〕82号). Sections and months without new or corrected readings keep their values; ``whole`` computes everything anew,
    ``runner`` says where, by default on this machine. Raises :class:`~yangban.base.errors.UsageError` when the lake holds no water reading
    of a year.
    """
    book = book or workspace_book(workspace)
    with workspace.writing():
        runner = runner or LocalWater(Lake(workspace))
        manifest = read_manifest(workspace)
        runs = [_year(workspace, runner, year_of(year), book, None if whole else manifest.get(str(year))) for year in years]
        before = {entry["folder"] for entry in manifest.values()}
        manifest |= {str(run.year): asdict(run) for run in runs}
        write_whole(workspace.figures / _MANIFEST, json.dumps(manifest, indent=1, sort_keys=True))
        keep = before | {entry["folder"] for entry in manifest.values()}
        for folder in workspace.figures.glob("water-*"):
            if folder.name not in keep:
                shutil.rmtree(folder, ignore_errors=True)
    return runs


def _year(workspace: Workspace, runner: WaterRunner, year: Period, book: Book, before: Mapping[str, Any] | None) -> WaterRun:
    edition = book.water_on(year.end)
    rules = _rules(edition)
    held = [part for part in runner.parts() if part.kind == "water" and part.month.startswith(year.label)]
    segments: dict[str, dict[str, str]] = {}
    for part in held:
        segments.setdefault(part.month, {})[part.basis] = part.file
    old = _earlier(workspace, before, rules)
    only = None if old is None else _changed(runner, (before or {})["segments"], segments)
    if old is None or only is None:
        fresh, worked = runner.water(year.start, year.end, edition, None), None
        tables = fresh
    else:
        worked = only.height
        tables = old if not worked else _laid_over(old, runner.water(year.start, year.end, edition, only), only)
    merged = tables.scopes[AS_MONITORED]
    if merged.is_empty():
        raise UsageError(f"{year.label} 年没有水质读数：请先 yangban ingest；the lake holds no water reading of {year.label}")
    target = workspace.figures / f"water-{year.label}-{uuid.uuid4().hex[:12]}"
    target.mkdir(parents=True)
    for name, table in {**tables.scopes, _SECTIONS: tables.sections}.items():
        table.write_parquet(target / f"{name}.parquet")
        sync(target / f"{name}.parquet")
    sync(target)
    n = merged.filter(pl.col("section").str.starts_with("section:"))["section"].n_unique()
    return WaterRun(
        int(year.label),
        target.name,
        runner.version(),
        n,
        merged.height,
        merged["section"].n_unique() - n,
        rules,
        merged.height if worked is None else worked,
        segments,
    )


def _rules(edition: WaterEdition) -> str:
    """The digest of what makes a monthly value: the program, and which items come from automatic stations."""
    items = sorted(str(item) for item in edition.rule("auto.items").value)
    return hashlib.sha256(repr((installed_version("yangban"), items, ITEMS)).encode()).hexdigest()


def _earlier(workspace: Workspace, before: Mapping[str, Any] | None, rules: str) -> WaterTables | None:
    """The results of an earlier run, where they were made by the same rules."""
    if before is None or before.get("rules") != rules:
        return None
    folder = workspace.figures / before["folder"]
    if not folder.is_dir():
        return None
    scopes = {scope: pl.read_parquet(folder / f"{scope}.parquet", glob=False) for scope in SCOPES}
    return WaterTables(scopes, pl.read_parquet(folder / f"{_SECTIONS}.parquet", glob=False))


def _changed(runner: WaterRunner, before: Mapping[str, Mapping[str, str]], now: Mapping[str, Mapping[str, str]]) -> pl.DataFrame | None:
    """``section, month`` of what is new or other since; ``None`` when it cannot be told."""
    differing = [month for month in before.keys() | now.keys() if before.get(month) != now.get(month)]
    found = [pl.DataFrame(schema={"section": pl.String, "month": pl.Date})]
    for month in differing:
        rows = runner.changed(before.get(month, {}), now.get(month, {})) if isinstance(runner, LocalWater) else None
        if rows is None:
            return None
        found.append(rows)
    return pl.concat(found).unique()


def _laid_over(old: WaterTables, fresh: WaterTables, only: pl.DataFrame) -> WaterTables:
    """Earlier tables with what was computed anew in place of what was there."""
    keys = ["section", "month"]

    def both(was: pl.DataFrame, comes: pl.DataFrame) -> pl.DataFrame:
        return pl.concat([was.join(only, on=keys, how="anti"), comes]).sort(keys)

    return WaterTables({scope: both(table, fresh.scopes[scope]) for scope, table in old.scopes.items()}, both(old.sections, fresh.sections))


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
    marked = pl.concat([empty, *(pl.read_parquet(folder / f"{_SECTIONS}.parquet") for folder in folders)], how="diagonal")
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
