"""Releases: Figures frozen under a number, with the digests of everything they rest on, to be computed again at any time.

A release is a folder ``releases/0001`` of the workspace: ``figures.csv.gz`` (every Figure, sorted), ``book.json`` (the rules it leans on,
as they stood) and ``manifest.json``, which names the digests of both, those of readings, files, stations, events and templates, and that
of the manifest before it. Releases are numbered without a gap and never changed; a correction is a new release that names the old one.

Figures are frozen from the readings and not from earlier results: :func:`create` computes them anew and refuses when the results in place
differ, so that what is published is what anyone can compute again.
"""

from __future__ import annotations

import contextlib
import csv
import gzip
import hashlib
import io
import json
import shutil
import tempfile
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from fractions import Fraction
from importlib.metadata import version as installed_version
from pathlib import Path
from typing import Any, Final

import polars as pl

from yangban.assess.figure import AS_MONITORED, FIGURE_FIELDS, SCOPES, Figure
from yangban.base import regions
from yangban.base.errors import UnknownRegion, UsageError, WorkspaceError, YangbanError
from yangban.base.periods import Period, day_of, parse, standard_periods, year_of
from yangban.publish import release_nature, release_water
from yangban.publish.release_inputs import (
    Extent,
    book_content,
    canonical,
    digest_of_inputs,
    events_under,
    file_digest,
    files_under,
    readings_under,
    sha256,
    stations_under,
    template_digests,
)
from yangban.readings.events import verify as verify_events
from yangban.readings.lake import Lake
from yangban.readings.stations import Registry
from yangban.readings.workspace import Workspace, sync
from yangban.run.local import assess_air, assessed_years, open_results, read_manifest, workspace_book
from yangban.run.media import OWN_SUBJECTS, WATER_SUBJECTS
from yangban.run.results import BASES, AirResults
from yangban.run.water import assessed_water_years
from yangban.standards import Book

MANIFEST: Final = "manifest.json"
FIGURES: Final = "figures.csv.gz"
BOOK: Final = "book.json"

AUDIENCES: Final = ("public", "internal")

COLUMNS: Final = (*FIGURE_FIELDS, "exact", "detail")
"""The columns of a release's Figures: the fields of the contract, the exact value as a fraction, and the detail as JSON."""

MEDIA: Final = ("air", "water", *release_nature.MEDIA)
"""What a release may hold."""

KEY: Final = ("period", "subject", "indicator", "edition", "scope", "basis", "network")
"""What makes a Figure the only one of its kind in a release; rows are sorted by it."""

_FIRST: Final = "0" * 64
_NAMED: Final = 20
BEIJING: Final = timezone(timedelta(hours=8), "Asia/Shanghai")
"""The time of people; instants are kept in UTC."""


# ----------------------------------------------------------------------------------------------------------------------- a release


@dataclass(frozen=True)
class Release:
    """One release as it lies in its folder; ``manifest`` is the content of ``manifest.json``, ``digest`` that of the file's bytes."""

    folder: Path
    manifest: Mapping[str, Any]
    digest: str

    @property
    def number(self) -> int:
        """Its number, from 1."""
        return int(self.manifest["number"])

    @property
    def name(self) -> str:
        """Its number as people write it, ``0001``."""
        return f"{self.number:04d}"

    @property
    def draft(self) -> bool:
        """Whether it was made as a draft, which no site shows."""
        return bool(self.manifest["draft"])

    @property
    def created(self) -> datetime:
        """When it was made (UTC)."""
        return datetime.fromisoformat(self.manifest["created"])

    @property
    def corrects(self) -> int | None:
        """The number of the release that it corrects."""
        return None if self.manifest["corrects"] is None else int(self.manifest["corrects"])

    @property
    def media(self) -> Mapping[str, Mapping[str, Any]]:
        """Periods, last day and subjects of each medium that it holds; a release from before there was water holds air alone."""
        return _media(self.manifest)

    @property
    def synthetic(self) -> bool:
        """Whether any Figure rests on synthetic readings."""
        return bool(self.manifest["synthetic"])

    def visible(self, now: datetime) -> bool:
        """Whether the public may see it at an instant: no draft, made for the public, and past its embargo."""
        embargo = self.manifest["embargo"]
        return not self.draft and self.manifest["audience"] == "public" and (embargo is None or datetime.fromisoformat(embargo) <= now)

    def text(self) -> Iterator[str]:
        """The lines of the frozen table, each with its line feed, as they were digested."""
        path = self.folder / FIGURES
        try:
            with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
                yield from file
        except (OSError, EOFError, UnicodeDecodeError) as problem:
            raise WorkspaceError(f"{path} 不能读出（{problem}）：文件已损坏，请从备份恢复；the frozen Figures cannot be read") from None

    def rows(self) -> Iterator[dict[str, str]]:
        """The frozen Figures, one mapping of texts each, in the order of :data:`KEY`; lists are joined by semicolons."""
        yield from csv.DictReader(self.text())

    def figures(self) -> Iterator[Figure]:
        """The frozen Figures as Figures."""
        return map(_figure, self.rows())

    def frame(self) -> pl.DataFrame:
        """The frozen Figures as a table of texts, ``null`` where blank."""
        table = pl.DataFrame(list(self.rows()), schema=dict.fromkeys(COLUMNS, pl.String))
        return table.with_columns(pl.when(pl.col(name) != "").then(pl.col(name)).alias(name) for name in COLUMNS)

    def to_dict(self) -> dict[str, Any]:
        """The manifest without its long lists, with the digest of the whole, as ``release list --json`` prints it."""
        long = {"inputs", "subjects", "periods", "media"}
        made = {key: value for key, value in self.manifest.items() if key not in long}
        counted = {name: {**held, "subjects": len(held["subjects"]), "periods": len(held["periods"])} for name, held in self.media.items()}
        return {
            **made,
            "media": counted,
            "subjects": len(self.manifest["subjects"]),
            "periods": len(self.manifest["periods"]),
            "digest": self.digest,
        }


def releases(workspace: Workspace) -> list[Release]:
    """The releases of a workspace, oldest first.

    Raises :class:`~yangban.base.errors.WorkspaceError` when a number is missing or a manifest cannot be read.
    """
    folders = sorted(path for path in workspace.releases.iterdir() if path.is_dir() and path.name.isdigit())
    found: list[Release] = []
    for expected, folder in enumerate(folders, start=1):
        if int(folder.name) != expected:
            raise WorkspaceError(
                f"{workspace.releases}: 缺少 {expected:04d}：发布编号不得中断，请从备份恢复；release {expected} is missing"
            )
        try:
            content = (folder / MANIFEST).read_bytes()
            manifest = json.loads(content)
        except (OSError, ValueError) as problem:
            raise WorkspaceError(
                f"{folder / MANIFEST} 不能读出（{problem}）；the manifest cannot be read, restore it from a backup"
            ) from None
        found.append(Release(folder, manifest, sha256(content)))
    return found


def find(workspace: Workspace, number: int) -> Release:
    """The release of a number; raises :class:`~yangban.base.errors.UsageError` that says which there are."""
    held = releases(workspace)
    if not 1 <= number <= len(held):
        known = f"有 1 至 {len(held)}" if held else "还没有任何发布，请先运行 yangban release create"
        raise UsageError(f"没有第 {number} 号发布：{known}；no release {number}")
    return held[number - 1]


def latest(workspace: Workspace, *, public: bool = False, now: datetime | None = None) -> Release | None:
    """The newest release that is no draft; with ``public`` the newest that the public may see at ``now`` (default: this moment)."""
    moment = now or datetime.now(UTC)
    shown = [each for each in releases(workspace) if (each.visible(moment) if public else not each.draft)]
    return shown[-1] if shown else None


def holding(release: Release, period: Period) -> Callable[[Figure], bool]:
    """Whether a release holds a Figure of a period with the same printed value."""
    printed = {(f.subject, f.indicator): f.display for f in release.figures() if f.period == period.label}
    return lambda figure: (figure.subject, figure.indicator) in printed and printed[figure.subject, figure.indicator] == figure.display


def corrected_by(held: Sequence[Release], number: int) -> int | None:
    """The number of the release that corrects another one and is no draft, ``None`` where there is none."""
    return next((each.number for each in held if each.corrects == number and not each.draft), None)


# ------------------------------------------------------------------------------------------------------------------------ to make one


class ChangedFigures(UsageError):
    """The Figures are no longer those that were checked; nothing was made."""

    def __init__(self, checked: str, found: str) -> None:
        super().__init__(
            f"结果与审核时不同（审核时摘要 {checked[:12]}，现在 {found[:12]}）：审核之后读数、审核记录或标准有变，请重新拟稿；"
            "the Figures are no longer those that were checked"
        )
        self.checked, self.found = checked, found


def create(
    workspace: Workspace,
    *,
    years: Sequence[int] = (),
    periods: Sequence[str] = (),
    days: bool = False,
    subjects: Sequence[str] | None = None,
    edition: str | None = None,
    straddle: str | None = None,
    bases: Sequence[str] = ("realtime",),
    scopes: Sequence[str] = (AS_MONITORED,),
    medium: str = "all",
    note: str = "",
    draft: bool = False,
    audience: str = "public",
    embargo: str | None = None,
    document_number: str = "",
    corrects: int | None = None,
    why: str = "",
    only_new: bool = False,
    expect_figures: str = "",
    now: datetime | None = None,
    book: Book | None = None,
) -> Release:
    """Freeze the Figures of a workspace as its next release.

    ``years`` stand for their standard periods (default: of each medium every year with results), with ``days`` for each of their days too
    (air), ``periods`` are further ones; those that begin after the last day with results are left out. ``subjects`` default to all with
    results, and the groups and the nation of which every place has some. ``medium`` is one of :data:`MEDIA`, or ``all`` that has results;
    ``bases`` and ``scopes`` are for air. ``edition`` and ``straddle`` default to those of the latest of its years. ``embargo`` is a
    date or time (Beijing) before which the public sees nothing; ``corrects`` and ``why`` go together. With ``only_new`` the newest
    release is returned, and none made, when it is no draft and holds the same Figures. ``expect_figures`` is the digest of Figures that
    somebody has checked: when the Figures are others now, nothing is made and :class:`ChangedFigures` is raised.

    Raises :class:`~yangban.base.errors.UsageError` when there is nothing to freeze or the results in place are not those of the readings.
    """
    _refuse(audience=audience, bases=bases, scopes=scopes, medium=medium, corrects=corrects, why=why)
    until = None if embargo is None else beijing_instant(embargo)
    with workspace.writing():
        held = releases(workspace)
        if corrects is not None:
            _may_correct(workspace, held, corrects)
        _sweep(workspace)
        book = book or workspace_book(workspace)
        runs = read_manifest(workspace)
        wanted = _periods(workspace, years, periods, medium, days=days)
        of_air, of_water = wanted["air"], wanted["water"]
        settings = _settings(runs, of_air)
        water_years = _years(of_water)
        water_last = release_water.last_day(Lake(workspace), water_years)
        lasts = {name: release_nature.last_day(workspace, name, _years(wanted[name])) for name in release_nature.MEDIA}
        spans = {name: (_years(wanted[name]), last) for name, last in lasts.items() if last is not None}
        with _computed(workspace, settings, book, water=None if water_last is None else (water_years, water_last), nature=spans) as results:
            media: dict[str, dict[str, Any]] = {}
            if results.air is not None:
                _is_current(workspace, results, settings)
                span = results.air.period_span()
                kept = [each for each in of_air if each.start <= (span[1] if span else date.min)]
                codes = _subjects(results.air, bases, kept) if subjects is None else _only(subjects, water=False)
                if span and kept and codes:
                    media["air"] = _part(kept, span[1], codes)
            if results.water is not None and water_last is not None:
                release_water.refuse_stale(workspace, results.water, water_years)
                kept = [each for each in of_water if each.start <= water_last]
                codes = release_water.subjects_of(workspace, results.water.results, water_last)
                codes = codes if subjects is None else _only(subjects, water=True)
                if kept and codes:
                    media["water"] = _part(kept, water_last, codes)
            for name, found in results.nature.items():
                found.refuse_stale(workspace)
                last = spans[name][1]
                kept = [each for each in release_nature.periods_of(name, wanted[name], periods, found) if each.start <= last]
                codes = release_nature.subjects_of(name, found, subjects)
                if kept and codes:
                    media[name] = _part(kept, last, codes)
            if not media:
                raise UsageError("没有可发布的结果：所选时段或数据口径没有读数；nothing to freeze, check --year, --period and --basis")
            latest_run = settings[max(settings)] if settings else {"editions": "in-force", "straddle": "refuse"}
            asked = {
                "edition": edition or latest_run["editions"],
                "straddle": straddle or latest_run["straddle"],
                "bases": list(bases),
                "scopes": list(scopes),
                "assessed": settings,
            }
            described = {
                "periods": sorted({label for each in media.values() for label in each["periods"]}),
                "through": _through(media),
                "subjects": sorted({code for each in media.values() for code in each["subjects"]}),
                "media": media,
            }
            whole = {"asked": asked, **described}
            waiting = Path(tempfile.mkdtemp(prefix=".new-", dir=workspace.releases))
            try:
                files = _files(workspace, whole)
                frozen = _freeze(waiting / FIGURES, workspace, results, whole, files)
                if expect_figures and frozen.digest != expect_figures:
                    raise ChangedFigures(expect_figures, frozen.digest)
                if only_new and held and not held[-1].draft and held[-1].manifest["figures"]["sha256"] == frozen.digest:
                    shutil.rmtree(waiting)
                    return held[-1]
                under = _under(workspace, whole, book, frozen.documents)
                (waiting / BOOK).write_text(canonical(under.book) + "\n", encoding="utf-8", newline="\n")
                manifest = {
                    "number": len(held) + 1,
                    "created": (now or datetime.now(UTC)).astimezone(UTC).isoformat(timespec="seconds"),
                    "note": note,
                    "draft": draft,
                    "audience": audience,
                    "embargo": until,
                    "document_number": document_number,
                    "corrects": corrects,
                    "why": why,
                    "program": installed_version("yangban"),
                    "asked": asked,
                    **described,
                    "synthetic": frozen.synthetic,
                    "figures": {"file": FIGURES, "rows": frozen.rows, "sha256": frozen.digest},
                    "inputs": under.to_dict(),
                    "chain": held[-1].digest if held else _FIRST,
                }
                text = json.dumps(manifest, ensure_ascii=False, sort_keys=True, indent=1) + "\n"
                (waiting / MANIFEST).write_text(text, encoding="utf-8", newline="\n")
                for name in (FIGURES, BOOK, MANIFEST):
                    sync(waiting / name)
                waiting.chmod(0o755)
                sync(waiting)
                folder = waiting.rename(workspace.releases / f"{len(held) + 1:04d}")
                sync(workspace.releases)
            except BaseException:
                shutil.rmtree(waiting, ignore_errors=True)
                raise
    return Release(folder, manifest, sha256(text))


def beijing_instant(text: str) -> str:
    """A date or a time of day in Beijing as an instant in UTC; a date stands for its first moment.

    >>> beijing_instant("2026-12-01"), beijing_instant("2026-12-01T09:30")
    ('2026-11-30T16:00:00+00:00', '2026-12-01T01:30:00+00:00')
    """
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        raise UsageError(f"--embargo {text!r} 不是日期；请写 2026-12-01 或 2026-12-01T09:30（北京时间）") from None
    try:
        return (moment if moment.tzinfo else moment.replace(tzinfo=BEIJING)).astimezone(UTC).isoformat(timespec="seconds")
    except OverflowError:
        raise UsageError(f"--embargo {text!r} 在日历之外；请写 2026-12-01 或 2026-12-01T09:30（北京时间）") from None


def _refuse(*, audience: str, bases: Sequence[str], scopes: Sequence[str], medium: str, corrects: int | None, why: str) -> None:
    if medium not in {*MEDIA, "all"}:
        raise UsageError(f"--medium {medium!r} is none of {', '.join(MEDIA)}, all")
    if audience not in AUDIENCES:
        raise UsageError(f"--audience {audience!r} is none of {', '.join(AUDIENCES)}")
    if not bases or not set(bases) <= set(BASES) or ("best" in bases and len(bases) > 1):
        raise UsageError(f"--basis {', '.join(bases)}: expected realtime, audited, both of them, or best alone")
    if not scopes or not set(scopes) <= set(SCOPES):
        raise UsageError(f"--scope {', '.join(scopes)}: expected {', '.join(SCOPES)}")
    if (corrects is None) != (not why.strip()):
        raise UsageError("更正要同时写明更正哪一号（--corrects N）和理由（--why）；a correction names the old release and says why")


def _may_correct(workspace: Workspace, held: Sequence[Release], number: int) -> None:
    if find(workspace, number).draft:
        raise UsageError(f"第 {number} 号是草稿，不需要更正：请直接作出新的发布；release {number} is a draft")
    later = corrected_by(held, number)
    if later:
        raise UsageError(f"第 {number} 号已由第 {later} 号更正：请更正第 {later} 号；release {number} is already corrected by {later}")


def _sweep(workspace: Workspace) -> None:
    """Remove what a killed run left behind; the lock is held."""
    for path in workspace.releases.glob(".new-*"):
        shutil.rmtree(path, ignore_errors=True)


def _periods(
    workspace: Workspace, years: Sequence[int], periods: Sequence[str], medium: str, *, days: bool = False
) -> dict[str, list[Period]]:
    """The periods asked for, by medium: those of which every year has results, once each, in the order of their labels.

    Without years and periods each medium has its own years. A period that no medium can answer is refused.
    """
    held = {name: _assessed(workspace, name) if medium in {name, "all"} else [] for name in MEDIA}
    if not any(held.values()):
        raise WorkspaceError(f"{workspace.path}: 还没有评价结果，请先运行 yangban assess；nothing has been assessed yet")
    named = {each.label: each for each in map(parse, periods)}
    found: dict[str, list[Period]] = {}
    asked: dict[str, Period] = {}
    for name, assessed in held.items():
        wanted = dict(named)
        for year in years or ([] if periods else assessed):
            wanted |= {each.label: each for each in standard_periods(year)}
            if days and name == "air":  # A day of anything else is asked for by name: it is judged over weeks and longer.
                whole = year_of(year)
                wanted |= {each.label: each for each in (day_of(whole.start + timedelta(k)) for k in range(whole.n_days))}
        asked |= wanted
        found[name] = [wanted[label] for label in sorted(wanted) if set(assessed).issuperset(_years([wanted[label]]))]
    answered = {each.label for several in found.values() for each in several}
    unanswered = _years([each for label, each in asked.items() if label not in answered])
    if absent := [year for year in unanswered if year not in held["air"]]:
        told = "、".join(map(str, absent))
        raise UsageError(f"{told} 年还没有评价，请先运行 yangban assess --year {absent[0]}；not assessed: {', '.join(map(str, absent))}")
    return found


def _assessed(workspace: Workspace, medium: str) -> list[int]:
    """The years with results of a medium."""
    held = {"air": assessed_years, "water": assessed_water_years, **release_nature.YEARS}
    return sorted(held[medium](workspace))


def _years(periods: Sequence[Period]) -> list[int]:
    return sorted({year for each in periods for year in range(each.start.year, each.end.year + 1)})


def _only(subjects: Sequence[str], *, water: bool) -> list[str]:
    """Of the subjects asked for those that a medium may know: sections, rivers and lakes are of water, stations and groups of air."""
    other = (*OWN_SUBJECTS, *(("station:", "group:", "zone:") if water else WATER_SUBJECTS))
    return [each for each in subjects if not each.startswith(other)]


def _part(periods: Sequence[Period], last: date, subjects: Sequence[str]) -> dict[str, Any]:
    """What a release holds of one medium, as the manifest says it."""
    through = min(last, max(each.end for each in periods))
    return {"periods": [each.label for each in periods], "through": through.isoformat(), "subjects": list(subjects)}


def _through(media: Mapping[str, Mapping[str, Any]]) -> str:
    """The last day on which something was measured; a report on a whole year says nothing of that day unless it stands alone."""
    measured = [held["through"] for name, held in media.items() if name != "ecology"]
    return str(max(measured or [held["through"] for held in media.values()]))


def _described(manifest: Mapping[str, Any]) -> dict[str, Any]:
    return {name: manifest[name] for name in ("periods", "through", "subjects")}


def _media(manifest: Mapping[str, Any]) -> Mapping[str, Mapping[str, Any]]:
    held: Mapping[str, Mapping[str, Any]] = manifest.get("media") or {"air": _described(manifest)}
    return held


def _settings(runs: Mapping[str, Mapping[str, Any]], periods: Sequence[Period]) -> dict[str, dict[str, str]]:
    """How each year under the periods was assessed."""
    years = [str(year) for year in _years(periods)]
    return {year: {name: runs[year][name] for name in ("editions", "straddle", "first")} for year in years}


def _subjects(results: AirResults, bases: Sequence[str], periods: Sequence[Period]) -> list[str]:
    """Every subject with results, and the groups and the nation when every place in them has results."""
    own = {code for basis in bases for code in results.subjects(basis=basis)} if periods else set()
    if not own:
        return []
    end = max(each.end for each in periods)
    return sorted(own | {code for code in (*regions.groups(), "100000") if _is_whole(code, own, end)})


def _is_whole(code: str, own: Collection[str], on: date) -> bool:
    """Whether every place of a group or of the nation has results; of some groups the members are unknown."""
    try:
        return all(place.code in own for place in regions.prefecture_places(code, on=on))
    except UnknownRegion:
        return False


# ---------------------------------------------------------------------------------------------------------------------- to compute it


@dataclass(frozen=True)
class _Apart(Workspace):
    """A workspace whose computed results lie in a folder apart, so that computing again changes nothing in it."""

    results: Path

    @property
    def figures(self) -> Path:
        return self.results

    @contextlib.contextmanager
    def writing(self) -> Iterator[None]:
        """No lock is needed where nothing of the workspace is written."""
        yield


@dataclass(frozen=True)
class _Computed:
    """Results of each medium computed anew, and the folder in which the day tables of air lie."""

    workspace: _Apart
    air: AirResults | None
    water: release_water.WaterComputed | None
    nature: Mapping[str, release_nature.Computed]


@contextlib.contextmanager
def _computed(
    workspace: Workspace,
    settings: Mapping[str, Mapping[str, str]],
    book: Book,
    *,
    through: date | None = None,
    water: tuple[Sequence[int], date] | None = None,
    nature: Mapping[str, tuple[Sequence[int], date]] | None = None,
) -> Iterator[_Computed]:
    """The years computed from the readings, each as it was assessed, without days after ``through``.

    ``water`` are its years and its last day; ``nature`` says the same of sound, ecology and biodiversity.
    """
    with tempfile.TemporaryDirectory(prefix="yangban-") as name:
        apart = _Apart(workspace.path, Path(name))
        for year, how in settings.items():
            assess_air(apart, [int(year)], editions=how["editions"], straddle=how["straddle"], first=how["first"], book=book)
        if through is not None:
            for path in apart.results.glob("*/*.parquet"):
                days = pl.read_parquet(path, glob=False)
                days.filter(pl.col("day") <= through).write_parquet(path, statistics=True)
        air = open_results(apart, book=book) if settings else None
        wet = None if water is None else release_water.compute(workspace, water[0], book, through=water[1])
        others = {
            name: release_nature.compute(workspace, name, years, book, through=last) for name, (years, last) in (nature or {}).items()
        }
        yield _Computed(apart, air, wet, others)


def _is_current(workspace: Workspace, computed: _Computed, settings: Mapping[str, Any]) -> None:
    """Whether the day results in place are those that the readings give."""
    fresh, placed = read_manifest(computed.workspace), read_manifest(workspace)
    for year in settings:
        for path in sorted((computed.workspace.results / fresh[year]["folder"]).glob("*.parquet")):
            old = workspace.figures / placed[year]["folder"] / path.name
            if not old.is_file() or not pl.read_parquet(old, glob=False).equals(pl.read_parquet(path, glob=False)):
                raise UsageError(
                    f"{year} 年的评价结果已不是现有读数的结果（之后读入或登记过内容）："
                    f"请先运行 yangban assess --year {year}（仍不符时加 --whole），再发布；"
                    f"the results of {year} are older than the readings"
                )


@dataclass(frozen=True)
class _Frozen:
    rows: int
    digest: str
    documents: tuple[str, ...]
    synthetic: bool


def _freeze(
    path: Path, workspace: Workspace, results: _Computed, described: Mapping[str, Any], files: Sequence[Mapping[str, str]]
) -> _Frozen:
    """Write the Figures that a manifest describes and tell what they are; the digest is over the text before it is packed.

    ``files`` are those received under them; what each Figure carries in ``inputs`` follows from that list alone.
    """
    inputs = digest_of_inputs(files)
    digest, rows, documents, synthetic = hashlib.sha256(), 0, set[str](), False
    with path.open("wb") as raw, gzip.GzipFile(filename="", fileobj=raw, mode="wb", mtime=0) as packed:
        for chunk in _chunks(workspace, results, described):
            figures = [replace(each, inputs=inputs(parse(each.period))) if _of_files(each) else each for each in chunk]
            documents |= _leaned_on(figures)
            synthetic = synthetic or any(each.synthetic for each in figures)
            lines = _lines(figures, head=rows == 0)
            digest.update(lines)
            packed.write(lines)
            rows += len(figures)
    return _Frozen(rows, digest.hexdigest(), tuple(sorted(documents)), synthetic)


def _of_files(figure: Figure) -> bool:
    """Whether received files stand under a Figure; an account or a report names its own input."""
    return bool(figure.inputs) and not figure.indicator.startswith(release_nature.NO_FILES)


def _chunks(workspace: Workspace, results: _Computed, described: Mapping[str, Any]) -> Iterator[list[Figure]]:
    """The Figures period by period, each part sorted, so that memory holds one period at a time."""
    media = _media(described)
    for label in described["periods"]:
        found: list[Figure] = []
        if results.air is not None and "air" in media and label in media["air"]["periods"]:
            found += _air_figures(results.air, described["asked"], media["air"]["subjects"], parse(label))
        if results.water is not None and "water" in media and label in media["water"]["periods"]:
            found += release_water.figures_of(workspace, results.water.results, media["water"]["subjects"], parse(label))
        for name, computed in results.nature.items():
            if name in media and label in media[name]["periods"]:
                found += computed.figures(media[name]["subjects"], parse(label))
        yield sorted(found, key=lambda each: tuple(getattr(each, name) for name in KEY))


def _air_figures(results: AirResults, asked: Mapping[str, Any], subjects: Sequence[str], period: Period) -> Iterator[Figure]:
    for basis in asked["bases"]:
        for scope in asked["scopes"]:
            yield from results.figures(
                subjects=subjects, periods=[period], edition=asked["edition"], straddle=asked["straddle"], basis=basis, scope=scope
            )


def _leaned_on(figures: Sequence[Figure]) -> set[str]:
    named = {name for each in figures for name in (each.edition, *each.documents)}
    return named | {rule.partition(":")[0] for each in figures for rule in each.unverified}


def _lines(figures: Sequence[Figure], *, head: bool) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\n")
    if head:
        writer.writerow(COLUMNS)
    writer.writerows(_row(each).values() for each in figures)
    return out.getvalue().encode()


def _row(figure: Figure) -> dict[str, str]:
    row = figure.to_dict()
    cells = {name: _cell(row[name]) for name in FIGURE_FIELDS}
    exact = "" if figure.exact is None else str(Fraction(figure.exact))
    return {**cells, "exact": exact, "detail": canonical(row["detail"]) if "detail" in row else ""}


def _cell(content: Any) -> str:
    if isinstance(content, list):
        return ";".join(content)
    return "" if content is None else str(content).lower() if isinstance(content, bool) else str(content)


def _figure(row: Mapping[str, str]) -> Figure:
    """The Figure of a frozen row."""
    apart = {"value", "display", "documents", "synthetic", "unverified", "n_valid", "n_expected"}
    texts: dict[str, Any] = {name: row[name] for name in FIGURE_FIELDS if name not in apart}
    return Figure(
        **texts,
        exact=Fraction(row["exact"]) if row["exact"] else None,
        display=Decimal(row["display"]) if row["display"] else None,
        documents=_list(row["documents"]),
        unverified=_list(row["unverified"]),
        synthetic=row["synthetic"] == "true",
        n_valid=int(row["n_valid"]),
        n_expected=int(row["n_expected"]),
        detail=json.loads(row["detail"]) if row["detail"] else {},
    )


def _list(cell: str) -> tuple[str, ...]:
    return tuple(cell.split(";")) if cell else ()


# ------------------------------------------------------------------------------------------------------------------ what it rests on


@dataclass(frozen=True)
class _Under:
    """What stands under a release now, in the parts that are compared."""

    readings: Mapping[str, str]
    files: Sequence[Mapping[str, str]]
    stations: Sequence[Mapping[str, str]]
    sections: Sequence[Mapping[str, str]]
    events: Sequence[Mapping[str, str]]
    events_head: str
    events_count: int
    book: Mapping[str, Any]
    templates: Mapping[str, str]
    lake_version: int
    reports: Sequence[Mapping[str, str]] = ()
    accounts: Sequence[Mapping[str, str]] = ()
    lists: Mapping[str, str] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """As the manifest keeps it; ``lake`` is one digest over everything that was read in and recorded."""
        lake = {
            "readings": self.readings, "stations": self.stations, "sections": self.sections,
            "events": [each["digest"] for each in self.events],
        }  # fmt: skip
        # Kept where there are some, so that a release of air and water alone is described as it always was.
        nature = {"reports": list(self.reports), "accounts": list(self.accounts), "lists": dict(self.lists)}
        told = {name: held for name, held in nature.items() if held}
        files = [each["digest"] for each in self.files]
        return {
            "lake": {
                "sha256": sha256(canonical({**lake, **told, "files": files})),
                "version": self.lake_version,
                "readings": dict(self.readings),
            },
            "files": list(self.files),
            "stations": {"rows": len(self.stations), "sha256": sha256(canonical(list(self.stations)))},
            "sections": {"rows": len(self.sections), "sha256": sha256(canonical(list(self.sections)))},
            "events": {"head": self.events_head, "count": self.events_count, "records": list(self.events)},
            "book": {
                "file": BOOK,
                "sha256": sha256(canonical(self.book)),
                "documents": {name: sha256(canonical(content)) for name, content in self.book.items()},
            },
            "templates": dict(self.templates),
            **told,
        }  # fmt: skip


def _extent(described: Mapping[str, Any], medium: str) -> Extent | None:
    """The days and subjects of a medium, ``None`` where a release holds nothing of it."""
    held = _media(described).get(medium)
    if held is None:
        return None
    return Extent.of(periods=held["periods"], through=held["through"], subjects=held["subjects"], bases=described["asked"]["bases"])


def _files(workspace: Workspace, described: Mapping[str, Any]) -> list[dict[str, str]]:
    """The received files that hold a day of any medium of the release, once each."""
    found: dict[str, dict[str, str]] = {}
    for name in MEDIA:
        if (extent := _extent(described, name)) is not None:
            found |= {canonical(each): each for each in files_under(workspace, extent, layouts=release_nature.LAYOUTS.get(name))}
    return sorted(found.values(), key=lambda each: (each["digest"], each["first_day"], each["last_day"]))


def _under(workspace: Workspace, described: Mapping[str, Any], book: Book, documents: Sequence[str]) -> _Under:
    lake, chain = Lake(workspace), verify_events(workspace)
    readings: dict[str, str] = {}
    stations: list[dict[str, str]] = []
    sections: list[dict[str, str]] = []
    events: list[dict[str, str]] = []
    if (air := _extent(described, "air")) is not None:
        stations = stations_under(Registry.load(workspace), air)
        readings |= readings_under(lake, air, stations)
        events = events_under(workspace, air, stations)
    if (water := _extent(described, "water")) is not None:
        sections = release_water.sections_under(workspace, water)
        readings |= release_water.water_readings_under(lake, water, sections)
    nature: dict[str, Any] = {}
    for name in release_nature.MEDIA:
        if (extent := _extent(described, name)) is not None:
            readings |= release_nature.readings_under(lake, name, extent)
            nature |= release_nature.beside(workspace, name, extent)
    return _Under(
        **nature,
        readings=readings,
        files=_files(workspace, described),
        stations=stations,
        sections=sections,
        events=events,
        events_head=chain.digest,
        events_count=chain.count,
        book=book_content(book, documents, media=sorted({of for name, of in release_nature.EDITIONS.items() if name in _media(described)})),
        templates=template_digests(workspace, described["subjects"]),
        lake_version=lake.version(),
    )


# ---------------------------------------------------------------------------------------------------------------------- to verify it


@dataclass(frozen=True)
class Finding:
    """One thing that differs, in words.

    ``what``: figures, readings, raw, stations, sections, events, reports, accounts, lists, book, template, chain, program.

    ``fails`` is false for what is only worth knowing: another version of the program, a template that came later.
    """

    what: str
    text: str
    fails: bool = True


@dataclass(frozen=True)
class Verification:
    """Whether a release was computed again, bit for bit, from what the workspace holds now."""

    release: Release
    recomputed: str
    findings: tuple[Finding, ...]

    @property
    def reproduces(self) -> bool:
        """Whether nothing differs."""
        return not any(each.fails for each in self.findings)

    def to_dict(self) -> dict[str, Any]:
        """As ``release verify --json`` prints it."""
        frozen = self.release.manifest["figures"]
        return {
            "number": self.release.number,
            "reproduces": self.reproduces,
            "rows": frozen["rows"],
            "sha256": frozen["sha256"],
            "recomputed": self.recomputed,
            "findings": [{"what": each.what, "text": each.text, "fails": each.fails} for each in self.findings],
        }


def verify(workspace: Workspace, number: int | None = None, *, book: Book | None = None) -> Verification:
    """Compute a release again and compare everything; ``number`` defaults to the newest release.

    Figures are recomputed from the readings that the workspace holds now, with the book as it is now, for the release's own subjects and
    days. Days that came after the release do not touch it; a changed reading, record, station, rule, raw file or template does.
    """
    held = releases(workspace)
    if not held:
        raise UsageError("还没有任何发布，请先运行 yangban release create；there is no release yet")
    release = held[-1] if number is None else find(workspace, number)
    book = book or workspace_book(workspace)
    findings = [*_chain(held), *_intact(release)]
    findings += _raw(workspace, [*release.manifest["inputs"]["files"], *release.manifest["inputs"].get("accounts", ())])
    recomputed = ""
    documents = list(release.manifest["inputs"]["book"]["documents"])
    with tempfile.TemporaryDirectory(prefix="yangban-") as name:
        path = Path(name) / FIGURES
        try:
            with _again(workspace, release, book) as results:
                frozen = _freeze(path, workspace, results, release.manifest, release.manifest["inputs"]["files"])
            recomputed = frozen.digest
            documents += frozen.documents
            if recomputed != release.manifest["figures"]["sha256"]:
                findings += _differing(release, Release(Path(name), release.manifest, ""))
        except (YangbanError, OSError, pl.exceptions.PolarsError) as problem:
            findings.append(Finding("figures", f"不能重新计算：{problem}"))
    findings += _inputs(workspace, release, book, documents)
    return Verification(release, recomputed, tuple(findings))


def _again(workspace: Workspace, release: Release, book: Book) -> contextlib.AbstractContextManager[_Computed]:
    """The results of a release's years computed anew from the readings of its days."""
    air, water = release.media.get("air"), release.media.get("water")
    through = None if air is None else date.fromisoformat(air["through"])
    of_water = None
    if water is not None:
        of_water = _years([parse(label) for label in water["periods"]]), date.fromisoformat(water["through"])
    nature = {
        name: (_years([parse(label) for label in held["periods"]]), date.fromisoformat(held["through"]))
        for name, held in release.media.items()
        if name in release_nature.MEDIA
    }
    return _computed(workspace, release.manifest["asked"]["assessed"], book, through=through, water=of_water, nature=nature)


def _chain(held: Sequence[Release]) -> Iterator[Finding]:
    before = _FIRST
    for each in held:
        if each.manifest["chain"] != before:
            yield Finding("chain", f"第 {each.number} 号记着的上一号清单摘要与第 {each.number - 1} 号的清单不符：清单被改动过")
        if each.number != int(each.folder.name):
            yield Finding("chain", f"文件夹 {each.folder.name} 里的清单写着第 {each.number} 号")
        before = each.digest


def _intact(release: Release) -> Iterator[Finding]:
    """Whether the frozen files are as they were written."""
    digest = hashlib.sha256()
    try:
        for line in release.text():
            digest.update(line.encode())
    except WorkspaceError as problem:
        yield Finding("figures", str(problem))
        return
    if digest.hexdigest() != release.manifest["figures"]["sha256"]:
        yield Finding("figures", f"{release.folder / FIGURES} 的内容与清单中的摘要不符：冻结的结果被改动过")


def _raw(workspace: Workspace, files: Sequence[Mapping[str, str]]) -> Iterator[Finding]:
    """Whether every file received is still there, byte for byte."""
    for digest in sorted({each["digest"] for each in files}):
        path = workspace.raw / digest
        if not path.is_file():
            yield Finding("raw", f"raw/{digest} 不在：原始文件缺失，或没有读入这个工作区")
        elif file_digest(path) != digest:
            yield Finding("raw", f"raw/{digest} 的内容与它的摘要不符：原始文件被改动过")


def _differing(release: Release, again: Release) -> Iterator[Finding]:
    """The Figures that differ, with what was and what is: those first whose printed value differs, in the shortest periods."""
    try:
        was, comes = ({tuple(row[name] for name in KEY): row for row in each.rows()} for each in (release, again))
    except WorkspaceError:
        return
    pairs = [(was.get(key), comes.get(key)) for key in sorted({*was, *comes}) if was.get(key) != comes.get(key)]
    for old, new in sorted(pairs, key=_weight)[:_NAMED]:
        row = old or new or {}
        where = f"{row['subject_name']} {row['period']} {row['indicator']}（{row['edition']}，{row['basis']}）"
        if old is None or new is None:
            yield Finding("figures", f"{where}：{'发布时没有' if old is None else '现在算不出'}")
            continue
        changed = "；".join(f"{name} {old[name] or '空'} → {new[name] or '空'}" for name in COLUMNS if old[name] != new[name])
        yield Finding("figures", f"{where}：{changed}")
    if len(pairs) > _NAMED:
        yield Finding("figures", f"另有 {len(pairs) - _NAMED} 个结果不同")


def _weight(pair: tuple[Mapping[str, str] | None, Mapping[str, str] | None]) -> tuple[int, int]:
    old, new = pair
    if old is None or new is None:
        return 0, 0
    rank = next((n for n, name in enumerate(("display", "status", "exact")) if old[name] != new[name]), len(COLUMNS))
    return rank, parse(old["period"]).n_days


def _inputs(workspace: Workspace, release: Release, book: Book, documents: Sequence[str]) -> Iterator[Finding]:
    for broken in verify_events(workspace).problems:
        yield Finding("events", broken)
    then = release.manifest["inputs"]
    try:
        now = _under(workspace, release.manifest, book, documents)
    except (YangbanError, OSError, pl.exceptions.PolarsError) as problem:
        yield Finding("readings", f"现有内容不能读出：{problem}")
        return
    for word, key in _changes(then["lake"]["readings"], now.readings):
        yield Finding("readings", f"读数{word}：{key}")
    listed = {each["digest"] for each in then["files"]}
    received = {each["digest"] for each in now.files}
    for digest in sorted(listed - received):
        yield Finding("raw", f"这个工作区没有读入文件 {digest}")
    for digest in sorted(received - listed):
        yield Finding("raw", f"发布之后又读入了涉及这些日子的文件 {digest}", fails=False)
    if then["stations"]["sha256"] != sha256(canonical(list(now.stations))):
        yield Finding("stations", f"站点登记表改变：发布时 {then['stations']['rows']} 行，现在 {len(now.stations)} 行（或内容不同）")
    sections = then.get("sections", {"rows": 0, "sha256": sha256(canonical([]))})
    if sections["sha256"] != sha256(canonical(list(now.sections))):
        yield Finding("sections", f"断面登记表改变：发布时 {sections['rows']} 行，现在 {len(now.sections)} 行（或内容不同）")
    yield from _records("events", then["events"]["records"], now.events)
    yield from _records("reports", then.get("reports", ()), now.reports)
    yield from _records("accounts", then.get("accounts", ()), now.accounts)
    for word, key in _changes(then.get("lists", {}), now.lists):
        yield Finding("lists", f"物种名录{word}：{key}（保护级别决定哪些地点不公开）")
    yield from _book(release, now.book)
    for word, key in _changes(then["templates"], now.templates):
        yield Finding("template", f"模板{word}：{key}", fails=word != "新增")
    if release.manifest["program"] != installed_version("yangban"):
        yield Finding("program", f"程序版本 {release.manifest['program']} → {installed_version('yangban')}", fails=False)


def _changes(then: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for key in sorted({*then, *now}):
        if then.get(key) != now.get(key):
            yield "缺失" if key not in now else "新增" if key not in then else "改变", key


def _records(what: str, then: Sequence[Mapping[str, str]], now: Sequence[Mapping[str, str]]) -> Iterator[Finding]:
    old, new = {each["digest"]: each["label"] for each in then}, {each["digest"]: each["label"] for each in now}
    for digest in sorted(old.keys() ^ new.keys()):
        word = "发布之后登记" if digest in new else "发布时有，现在没有（已撤销、更正或丢失）"
        yield Finding(what, f"{word}：{new.get(digest) or old[digest]}")


def _book(release: Release, now: Mapping[str, Any]) -> Iterator[Finding]:
    """What the book says otherwise than it did, rule by rule."""
    then = release.manifest["inputs"]["book"]
    try:
        text = (release.folder / BOOK).read_text(encoding="utf-8")
    except OSError as problem:
        yield Finding("book", f"{release.folder / BOOK} 不能读出（{problem}）")
        return
    if sha256(text.rstrip("\n")) != then["sha256"]:
        yield Finding("book", f"{release.folder / BOOK} 的内容与清单中的摘要不符：冻结的规则被改动过")
        return
    frozen = json.loads(text)
    for word, name in _changes(frozen, now):
        if word != "改变":
            yield Finding("book", f"标准文件{word}：{name}")
            continue
        if frozen[name]["head"] != now[name]["head"]:
            yield Finding("book", f"{name}：起止日期或适用范围改变")
        for how, key in _changes(frozen[name]["rules"], now[name]["rules"]):
            yield Finding("book", f"{name}:{key} {how}：{_values(frozen, name, key)} → {_values(now, name, key)}")


def _values(content: Mapping[str, Any], name: str, key: str) -> str:
    values = [str(rule["value"]) for rule in content[name]["rules"].get(key, ())]
    return "、".join(each if len(each) < 40 else f"{each[:37]}…" for each in values) or "无"
