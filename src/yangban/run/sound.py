"""The local runner of sound: hourly levels and surveys to visits kept in ``figures/``, and Figures made from those on demand."""

from __future__ import annotations

import json
import shutil
import uuid
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from fractions import Fraction
from functools import cached_property
from typing import Any, Final

import polars as pl

from yangban.assess.figure import AS_MONITORED, INSUFFICIENT, Figure
from yangban.assess.sound.figures import Subject, Visit, figures, province_figure
from yangban.assess.sound.indicators import CHANGE_SUFFIX, INDICATORS, indicator
from yangban.assess.sound.levels import belongs, needed_hours
from yangban.base import regions
from yangban.base.errors import UsageError, WorkspaceError
from yangban.base.logs import energy, level_of
from yangban.base.periods import Period, year_of
from yangban.readings.lake import Lake
from yangban.readings.workspace import Workspace, sync, write_whole
from yangban.run.changes import change_of
from yangban.run.local import inputs_of, workspace_book
from yangban.run.results import base_period
from yangban.standards import Book, Rule

_MANIFEST: Final = "sound.json"
_TABLE: Final = "visits.parquet"
_MEANS: Final = ("sound.area_day", "sound.area_night", "sound.road_day", "sound.road_night")
_RATES: Final = ("sound.zone_day_rate", "sound.zone_night_rate", "sound.sudden_nights")

SCHEMA: Final = pl.Schema(
    {
        "point": pl.String,
        "day": pl.Date,
        "span": pl.String,
        "kind": pl.String,
        "klass": pl.String,
        "region": pl.String,
        "length": pl.Int64,
        "level": pl.String,
        "lmax": pl.Int64,
        "hours": pl.Int32,
        "needed": pl.Int32,
        "auto": pl.Boolean,
        "synthetic": pl.Boolean,
    }
)
"""The table of visits: ``level`` is the exact level as a fraction, ``length`` and ``lmax`` are thousandths."""


@dataclass(frozen=True)
class SoundRun:
    """One year's visits: where they lie and from which state of the lake."""

    year: int
    folder: str
    lake_version: int
    points: int
    rows: int


def assess_sound(workspace: Workspace, years: Sequence[int], *, book: Book | None = None) -> list[SoundRun]:
    """Compute day-time and night-time levels of whole years and put them in place of earlier ones.

    Raises :class:`~yangban.base.errors.UsageError` when the lake holds no reading of sound of a year.
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
        for folder in workspace.figures.glob("sound-*"):
            if folder.name not in keep:
                shutil.rmtree(folder, ignore_errors=True)
    return runs


def _year(workspace: Workspace, lake: Lake, version: int, year: Period, book: Book) -> SoundRun:
    # The last night of the year ends in the next.
    rows = lake.sound(start=year.start, end=year.end + timedelta(days=1)).collect()
    table = visits_of(rows, year, book)
    if table.is_empty():
        raise UsageError(f"{year.label} 年没有声环境读数：请先 yangban ingest；the lake holds no reading of sound of {year.label}")
    folder = f"sound-{year.label}-{uuid.uuid4().hex[:12]}"
    target = workspace.figures / folder
    target.mkdir(parents=True)
    table.write_parquet(target / _TABLE)
    sync(target / _TABLE)
    sync(target)
    return SoundRun(int(year.label), folder, version, table["point"].n_unique(), table.height)


def visits_of(rows: pl.DataFrame, year: Period, book: Book) -> pl.DataFrame:
    """The visits of a year from rows of the lake, in the shape of :data:`SCHEMA`; a survey's own level needs no hours."""
    edition = book.medium_on("sound", year.end)
    about = rows.sort("time").group_by("subject").agg(pl.col(name).drop_nulls().last() for name in ("kind", "klass", "region", "length"))
    hours = rows.filter(pl.col("span") == "hour")
    ends = hours.select("time").unique()
    told: list[tuple[date, str]] = [belongs(end, edition) for end in ends["time"].to_list()]
    placed = ends.with_columns(
        pl.Series("day", [day for day, _ in told], dtype=pl.Date), pl.Series("part", [part for _, part in told], dtype=pl.String)
    )
    grouped = (
        hours.join(placed, on="time")
        .filter(pl.col("day").is_between(year.start, year.end))
        .group_by("subject", "day", "part")
        .agg(
            pl.col("leq").drop_nulls().sort(),
            pl.col("lmax").max(),
            pl.col("synthetic").any(),
            (pl.col("basis") == "auto").any().alias("auto"),
        )
    )
    made: list[tuple[Any, ...]] = []
    # A year has some hundred different levels and millions of hours.
    energies = {each: energy(Fraction(each, 1000)) for each in hours["leq"].drop_nulls().unique().to_list()}
    for subject, day, part, levels, lmax, synthetic, auto in grouped.iter_rows():
        level = str(level_of(sum(energies[each] for each in levels), len(levels))) if levels else None
        made.append((subject, day, part, level, lmax, len(levels), needed_hours(part, edition), auto, synthetic))
    own = rows.filter((pl.col("span") != "hour") & pl.col("time").dt.date().is_between(year.start, year.end))
    for subject, time, part, leq, lmax, basis, synthetic in own.select(
        "subject", "time", "span", "leq", "lmax", "basis", "synthetic"
    ).iter_rows():
        level = None if leq is None else str(Fraction(leq, 1000))
        made.append((subject, time.date(), part, level, lmax, 0, 0, basis == "auto", synthetic))
    names = ("subject", "day", "span", "level", "lmax", "hours", "needed", "auto", "synthetic")
    types = {name: SCHEMA["point" if name == "subject" else name] for name in names}
    table = pl.DataFrame(made, schema=types, orient="row").join(about, on="subject", how="left")
    return table.rename({"subject": "point"}).select(SCHEMA.names()).sort("point", "day", "span")


def read_manifest(workspace: Workspace) -> dict[str, dict[str, Any]]:
    """The year runs in place, by year; empty when no sound has been assessed."""
    path = workspace.figures / _MANIFEST
    if not path.exists():
        return {}
    content: dict[str, dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))
    return content


def assessed_sound_years(workspace: Workspace) -> list[int]:
    """The years with results of sound, oldest first."""
    return sorted(int(year) for year in read_manifest(workspace))


def open_sound(workspace: Workspace, *, book: Book | None = None) -> SoundResults:
    """The results of sound in place, over all assessed years.

    Raises :class:`~yangban.base.errors.WorkspaceError` when no sound has been assessed.
    """
    manifest = read_manifest(workspace)
    if not manifest:
        raise WorkspaceError(f"{workspace.path}: 还没有声环境评价结果，请先运行 yangban assess；no sound has been assessed yet")
    table = pl.concat(pl.read_parquet(workspace.figures / entry["folder"] / _TABLE) for entry in manifest.values())
    return SoundResults(table, book or workspace_book(workspace), inputs=inputs_of(workspace, manifest))


class SoundResults:
    """Figures of sound over visits in the shape of :data:`SCHEMA`."""

    def __init__(self, table: pl.DataFrame, book: Book, *, inputs: Callable[[Period], str] | None = None) -> None:
        self._table, self._book = table, book
        self._inputs = inputs or (lambda _: "")

    @cached_property
    def _visits(self) -> Sequence[Visit]:
        return [
            Visit(
                point=row["point"],
                day=row["day"],
                span=row["span"],
                kind=row["kind"] or "",
                klass=row["klass"] or "",
                region=row["region"] or "",
                length=None if row["length"] is None else Fraction(row["length"], 1000),
                level=None if row["level"] is None else Fraction(row["level"]),
                lmax=None if row["lmax"] is None else Fraction(row["lmax"], 1000),
                hours=row["hours"],
                needed=row["needed"],
                auto=row["auto"],
                synthetic=row["synthetic"],
            )
            for row in self._table.iter_rows(named=True)
        ]

    @cached_property
    def _under(self) -> Mapping[str, Sequence[Visit]]:
        """The visits of every point and place, those of a place with all below it."""
        found: dict[str, list[Visit]] = defaultdict(list)
        for each in self._visits:
            for code in {each.point, each.region, *_above(each.region), _NATION}:
                found[code].append(each)
        return found

    def visits(self, code: str, period: Period) -> list[Visit]:
        """The visits under a point or place in a period, oldest first."""
        return [each for each in self._under.get(code, ()) if period.holds(each.day)]

    def decimals(self, word: str, period: Period) -> Rule:
        """The rule for the printed decimals of a word, in force on the last day of the period."""
        return self._book.display_decimals(word, period.end, medium="sound")

    def subjects(self, *, level: str | None = None) -> list[str]:
        """The points with values (``level="sound"``), or the counties, cities and provinces that have some."""
        codes = self._table["region"].drop_nulls().unique().to_list()
        places = {above for code in codes for above in (code, *_above(code))}
        if level == "sound":
            return sorted(self._table["point"].unique().to_list())
        found = sorted(code for code in places if level in {None, regions.subject_level(code)})
        return found + (self.subjects(level="sound") if level is None else [])

    def figures(
        self,
        *,
        subjects: Sequence[str] | None = None,
        periods: Sequence[Period],
        indicators: Sequence[str] | None = None,
        base: str = "yoy",
    ) -> list[Figure]:
        """Figures of points, counties, cities and provinces; a word with ``.change`` is compared with ``base`` from displayed values."""
        codes = list(subjects) if subjects is not None else self.subjects()
        words = list(INDICATORS) if indicators is None else [w for w in indicators if indicator(w)]
        plain = [w for w in words if not w.endswith(CHANGE_SUFFIX)]
        changing = [w.removesuffix(CHANGE_SUFFIX) for w in words if w.endswith(CHANGE_SUFFIX)]
        found = [f for period in periods for code in codes for f in self._of(code, period, plain)] if plain else []
        for period in periods if changing else ():
            before = base_period(period, base)
            for code in codes:
                then = {f.indicator: f for f in self._of(code, before, changing)}
                for now in self._of(code, period, changing):
                    how, places = indicator(now.indicator).change, int(self.decimals("change", period).value)
                    found.append(change_of(now, then.get(now.indicator), before, how=how, decimals=places))
        return found

    def _of(self, code: str, period: Period, words: Sequence[str]) -> list[Figure]:
        edition = self._book.medium_on("sound", period.end, region=_place_of(code))
        subject = Subject(code, regions.subject_name(code), regions.subject_level(code), inputs=self._inputs(period))
        held = self.visits(code, period)
        if subject.level in {"province", "nation"}:
            rates = [w for w in words if w in _RATES]
            found = list(figures(held, subject, period, edition, self.decimals, wanted=rates))
            for word in (w for w in words if w in _MEANS):
                cities = [city.code for city in regions.prefecture_places(code, period.end)]
                parts = [f for city in cities for f in self._of(city, period, [word]) if f.exact is not None]
                if parts:
                    found.append(province_figure(parts, len(cities), word, subject, period, edition, self.decimals))
        else:
            found = list(figures(held, subject, period, edition, self.decimals, wanted=words))
        return found + [self._nothing(w, subject, period) for w in words if w in _MEANS[:1] + _RATES[:2] and not held and _is_place(code)]

    def _nothing(self, word: str, subject: Subject, period: Period) -> Figure:
        edition = self._book.medium_on("sound", period.end)
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
            scope=AS_MONITORED,
            network="all",
            status=INSUFFICIENT,
            reason=f"{period.label} 没有可用的声环境数据",
        )


def _is_place(code: str) -> bool:
    return not code.startswith("sound:")


def _place_of(code: str) -> str:
    """The place itself, or that in which a point lies."""
    return code if _is_place(code) else code.split(":")[1]


def _above(code: str) -> tuple[str, ...]:
    """The city and province of a place."""
    return tuple(dict.fromkeys((f"{code[:4]}00", f"{code[:2]}0000")))


_NATION: Final = "100000"
