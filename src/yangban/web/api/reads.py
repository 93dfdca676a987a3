"""The questions that programs ask of what has been published. Rows are found and laid in order; nothing is computed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any, Final

from django.db.models import Q, QuerySet
from django.urls import NoReverseMatch, reverse
from django.utils import timezone

from yangban.base import regions
from yangban.base.errors import UnknownRegion, YangbanError
from yangban.readings.sections import Section, Sections
from yangban.readings.stations import Registry, Station
from yangban.readings.workspace import Workspace
from yangban.standards import load_book
from yangban.web.accounts.permissions import lies_within
from yangban.web.api import schemas
from yangban.web.api.problems import Problem
from yangban.web.public.models import PublishedFigure, PublishedFile, PublishedRelease, ReleasePeriod, ReleaseQuerySet
from yangban.web.workspace import site_workspace

FIGURE_COLUMNS: Final = tuple(name for name in schemas.Figure.model_fields if name != "detail")


@dataclass(frozen=True)
class Reader:
    """Who asks: the public, or a key that may read what was published internally about its region."""

    internal: bool = False
    region: str = ""

    def releases(self) -> ReleaseQuerySet:
        """The releases that may be read."""
        return PublishedRelease.objects.readable(internal=self.internal)

    def figures(self) -> QuerySet[PublishedFigure]:
        """The Figures that may be read: of internal releases those of the key's region alone."""
        found = PublishedFigure.objects.filter(release__in=self.releases()).select_related("roots")
        if not self.internal:
            return found
        return found.filter(Q(release__in=PublishedRelease.objects.visible()) | _inside(self.region))


def _inside(region: str) -> Q:
    try:
        level = regions.subject_level(region)
    except UnknownRegion:
        return Q(pk=None)
    if level == "nation":
        return ~Q(pk=None)
    if level == "province":
        return Q(subject__startswith=region[:2], subject_level__in=("province", "city", "county"))
    if level == "city":
        return Q(subject__startswith=region[:4], subject_level__in=("city", "county"))
    return Q(subject=region)


def words(text: str | None, *, most: int, name: str) -> list[str] | None:
    """The words of a parameter with commas; raises the problem ``invalid`` when there are too many."""
    if text is None:
        return None
    found = list(dict.fromkeys(each for each in text.split(",") if each))
    if not found or len(found) > most:
        raise Problem(
            "invalid", f"{name}：{len(found)} 个；应为 1 至 {most} 个，以逗号分隔。{name}: expected 1 to {most} words with commas"
        )
    return found


# ------------------------------------------------------------------------------------------------------------------------------ figures


def release_or_404(reader: Reader, number: int) -> PublishedRelease:
    """A release that the reader may read."""
    found = reader.releases().filter(number=number).first()
    if found is None:
        raise Problem(
            "not-found", f"没有第 {number:04d} 号发布；GET /api/v1/releases 列出全部。No release {number}; see GET /api/v1/releases"
        )
    return found


def standing(reader: Reader, periods: Sequence[str] | None, number: int | None) -> list[tuple[int, list[str] | None]]:
    """Which release answers for which periods: the one asked for; else of each period the newest that has it; else the newest of all."""
    if number is not None:
        return [(release_or_404(reader, number).number, None if periods is None else list(periods))]
    if periods is None:
        newest = reader.releases().first()
        return [] if newest is None else [(newest.number, None)]
    rows = ReleasePeriod.objects.filter(release__in=reader.releases(), period__in=list(periods))
    newest_of: dict[str, int] = {}
    for period, held in rows.values_list("period", "release_id"):
        newest_of[period] = max(newest_of.get(period, 0), held)
    by_release: dict[int, list[str]] = {}
    for period in sorted(newest_of):
        by_release.setdefault(newest_of[period], []).append(period)
    return sorted(by_release.items())


def figures(reader: Reader, stands: Iterable[tuple[int, list[str] | None]], asked: Mapping[str, Any]) -> QuerySet[PublishedFigure]:
    """Figures of the releases that stand for the periods, in the order in which they were published."""
    chosen = Q(pk=None)
    for number, labels in stands:
        chosen |= Q(release=number) if labels is None else Q(release=number, period__in=labels)
    found = reader.figures().filter(chosen)
    for name, column in (("indicators", "indicator__in"), ("subjects", "subject__in")):
        if asked.get(name) is not None:
            found = found.filter(**{column: asked[name]})
    for name, column in (("edition", "edition"), ("scope", "scope"), ("basis", "basis"), ("level", "subject_level")):
        if asked.get(name):
            found = found.filter(**{column: asked[name]})
    return found.order_by("pk")


def explained(row: PublishedFigure) -> dict[str, Any]:
    """Where a published Figure comes from."""
    book = load_book()
    documents = [book.documents[name] for name in row.roots.documents if name in book.documents]
    rules = {rule.id: rule for document in documents for rule in document.rules}
    words_ = [f"--indicator {row.indicator}", f"--subject {row.subject}", f"--period {row.period}", f"--edition {row.edition}"]
    return {
        "figure": row.to_dict(),
        "exact": row.exact,
        "documents": [
            {
                "id": each.id,
                "number": each.number,
                "title": each.title,
                "title_en": each.title_en,
                "issued": iso(each.issued),
                "effective": iso(each.effective),
                "confidence": each.confidence,
            }
            for each in documents
        ],
        "unverified": [
            {"id": name, "clause": rules[name].clause if name in rules else "", "note": rules[name].note if name in rules else ""}
            for name in row.roots.unverified
        ],
        "release": release_row(row.release),
        "page": _address("public:how", row.release_id, row.indicator, row.subject, row.period),
        "command": f"yangban explain {' '.join(words_)} --basis {row.basis} --scope {row.scope}",
    }


# ------------------------------------------------------------------------------------------------------------------- releases and places


def iso(value: date | datetime | None) -> str | None:
    """A day or an instant as text; instants in Beijing time."""
    if isinstance(value, datetime):
        return timezone.localtime(value).isoformat(timespec="seconds")
    return None if value is None else value.isoformat()


def release_row(row: PublishedRelease) -> dict[str, Any]:
    """A release as the interface gives it."""
    later = row.correction()
    return {
        "number": row.number,
        "created": iso(row.created),
        "published": iso(row.published),
        "note": row.note,
        "document_number": row.document_number,
        "audience": row.audience,
        "through": iso(row.through),
        "synthetic": row.synthetic,
        "program": row.program,
        "editions": row.editions,
        "corrects": row.corrects_id,
        "corrected_by": None if later is None else later.number,
        "why": row.why,
        "figures": row.rows,
        "digest": row.digest,
        "figures_digest": row.figures_digest,
    }


def release_whole(reader: Reader, row: PublishedRelease) -> dict[str, Any]:
    """A release with its periods and subjects; of an internal one the subjects of the key's region."""
    subjects = list(row.subjects)
    if row.audience != "public":
        subjects = [each for each in subjects if lies_within(each, reader.region)]
    return {**release_row(row), "periods": sorted(row.spans.values_list("period", flat=True)), "subjects": subjects}


def published_subjects(reader: Reader) -> frozenset[str]:
    """Every subject of which something that the reader may read has been published."""
    found: set[str] = set()
    for audience, subjects in reader.releases().values_list("audience", "subjects"):
        found.update(subjects if audience == "public" else (each for each in subjects if lies_within(each, reader.region)))
    return frozenset(found)


def places(within: str, level: str | None) -> list[regions.Place]:
    """A place and all beneath it, by code; raises the problem ``invalid`` for a code that nobody knows."""
    try:
        top = regions.place(within)
    except UnknownRegion as problem:
        raise Problem("invalid", str(problem)) from None
    found = [top] if level in {None, top.level} else []
    for each in ("province", "city", "county"):
        if level in {None, each}:
            found += regions.children(within, level=each)
    return sorted({each.code: each for each in found}.values(), key=lambda each: each.code)


def region_row(place: regions.Place, published: frozenset[str]) -> dict[str, Any]:
    """A place as the interface gives it."""
    return {
        "code": place.code,
        "name": place.name,
        "short": place.short,
        "level": place.level,
        "parent": place.parent,
        "kind": place.kind,
        "valid_from": iso(place.valid_from),
        "valid_to": iso(place.valid_to),
        "published": place.code in published,
    }


def _stamp(workspace: Workspace, name: str) -> int:
    file = workspace.path / name
    return file.stat().st_mtime_ns if file.is_file() else 0


@lru_cache(maxsize=4)
def _registry(workspace: Workspace, _stamp: int) -> Registry:
    return Registry.load(workspace)


@lru_cache(maxsize=4)
def _sections(workspace: Workspace, _stamp: int) -> Sections:
    return Sections.load(workspace)


def registry() -> Registry:
    """The stations of the site's workspace, read again when the file has changed; none where there is no workspace."""
    try:
        workspace = site_workspace()
        return _registry(workspace, _stamp(workspace, "stations.csv"))
    except YangbanError:
        return Registry()


def sections() -> Sections:
    """The sections of the site's workspace and of the region packs."""
    try:
        workspace = site_workspace()
        return _sections(workspace, _stamp(workspace, "sections.csv"))
    except YangbanError:
        return Sections()


def station_row(row: Station) -> dict[str, Any]:
    """A station as the interface gives it."""
    return row.to_dict() | {
        "longitude": decimal(row.longitude),
        "latitude": decimal(row.latitude),
        "valid_from": iso(row.valid_from),
        "valid_to": iso(row.valid_to),
    }


def section_row(row: Section) -> dict[str, Any]:
    """A section as the interface gives it."""
    names = ("name", "province", "city", "county", "river", "basin", "kind", "lake", "network", "trust", "source")
    return {
        "section": row.subject,
        **{name: getattr(row, name) for name in names},
        "targets": {str(year): klass for year, klass in row.targets.items()},
        "longitude": decimal(row.longitude),
        "latitude": decimal(row.latitude),
        "valid_from": iso(row.valid_from),
        "valid_to": iso(row.valid_to),
    }


def decimal(value: Decimal | None) -> str | None:
    """A decimal as text, without an exponent."""
    return None if value is None else f"{value:f}"


def lies_in(codes: Iterable[str], within: str) -> bool:
    """Whether one of some codes is a place or lies beneath it."""
    return any(code and lies_within(code, within) for code in codes)


def file_row(row: PublishedFile) -> dict[str, Any]:
    """A file of a release as the interface gives it."""
    names = ("kind", "word", "title", "region", "period", "format", "sha256", "size")
    return {"release": row.release_id, **{name: getattr(row, name) for name in names}, "url": file_address(row)}


def file_address(row: PublishedFile) -> str | None:
    """Where a file of a release can be fetched; ``None`` while the site hands out none."""
    return _address("public:file", row.release_id, row.path.split("/", 2)[-1])


def _address(name: str, *args: Any) -> str | None:
    try:
        return str(reverse(name, args=args))
    except NoReverseMatch:
        return None
