"""What is computed when a release is published and stored beside its Figures, so that a view looks up and computes nothing.

============== ================ ====================================================================================================
kind           key              content
============== ================ ====================================================================================================
``edition``    ``gb3095-2012``  words of the edition, its levels with colours, health advice, limits; of water the states of classes
``document``   ``hj663-2013``   a document of the book: title, number, dates, how sure, and each of its rules with clause and value
``period``     ``2022-06``      ranks, differences between editions, changes from a year before, shades of the map, the headline
``calendar``   ``360100/2022``  every day of a place and year: AQI, level, status and reason, for each edition
``targets``    ``360000``       the targets of a place, and how each stands against the Figure or the nearest year
``changes``    ``0001``         of a correction: what differs from the release that it corrects, counted, the printed results one by one
``paths``      ``360000``       the path of each target through each released year, by month
``published``  ``360000``       results that others published for a place, as printed, with issuer and source
``media``      ``all``          of each medium the periods with results
``species``    ``all``          the flagship species: names, class of protection, source; how places are blurred
``sections``   ``all``          where each section lies: city, river or lake, target class, coordinates and how far they are trusted
``map``        ``360000``       squares or outlines of the places of a region, and the words that must stand on them
============== ================ ====================================================================================================

Everything but ``targets``, ``published``, ``species`` and ``map`` comes from the released Figures and the book alone; those come from the
packs and the workspace as they were when the release was published.
"""

from __future__ import annotations

import contextlib
import logging
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final

from django.conf import settings
from django.db import transaction

from yangban.assess.figure import OK
from yangban.assess.ranking import competition_ranks
from yangban.base import regions
from yangban.base.errors import UnknownEdition, UnknownRegion, YangbanError
from yangban.base.exact import round_half_even
from yangban.base.periods import Period, month_of, parse
from yangban.base.pollutants import AIR_SIX
from yangban.indicators.course import Course
from yangban.indicators.targets import UNROUNDED, Target, bound
from yangban.packs import Published, load_pack
from yangban.publish.course import courses_of
from yangban.publish.dispatch import targets_for
from yangban.publish.maps import SKETCH, TILES, RegionMap, base_map_of, region_map
from yangban.readings.sections import Sections
from yangban.readings.workspace import Workspace
from yangban.run.local import workspace_book
from yangban.run.media import Spec as Spec
from yangban.run.media import is_descending, open_all, spec
from yangban.standards import AirEdition, Book, WaterEdition
from yangban.standards.model import Rule, plain_value
from yangban.standards.systems import load_systems
from yangban.web.public import drawing, nature
from yangban.web.public.models import PublishedFigure, PublishedRelease, PublishedSummary

log = logging.getLogger(__name__)

SHADES: Final = 5
"""Steps of the one colour in which a map shows values that have no official colour."""
SPREAD: Final = (
    "air.composite_index", "air.good_day_ratio", "air.pm25.mean", "air.pm10.mean", "air.so2.mean", "air.no2.mean", "air.co.p95",
    "air.o3_8h.p90", "air.co.mean", "air.o3_8h.max", "air.aqi", "air.good_days", "air.heavy_days", "water.good_ratio", "water.cwqi",
    *nature.COMPARED,
)  # fmt: skip
"""Indicators that are ranked and set beside each other."""
_RANKED_LEVELS: Final = ("city", "county")
_BATCH: Final = 1000
_CHANGE_DECIMALS: Final = 1

Cells = dict[tuple[str, str], dict[str, "Cell"]]
"""By edition and indicator, the cells of the places."""


@dataclass(frozen=True)
class Cell:
    """What is needed of a Figure to compute beside it."""

    subject: str
    level: str
    display: Decimal | None
    exact: str | None
    unit: str
    status: str
    reason: str

    @property
    def usable(self) -> bool:
        """Whether it may be ranked and compared."""
        return self.status == OK and self.display is not None


Say = Callable[[str, float | None], None]


def summarise(workspace: Workspace, row: PublishedRelease, *, say: Say) -> None:
    """Write every summary of a release anew, whole or not at all."""
    book = workspace_book(workspace)
    made: list[PublishedSummary] = []

    def keep(kind: str, key: str, content: Any) -> None:
        made.append(PublishedSummary(release=row, kind=kind, key=key, content=content))

    say("整理排名、日历和对比", None)
    cells = _cells(row)
    editions = _of_release(book, row)
    levels = {each.id: each.levels() for each in editions if isinstance(each, AirEdition)}
    for edition in editions:
        keep("edition", edition.id, edition_words(edition))
    for document in _documents(row):
        keep("document", document, _document(book, document))
    calendars: dict[str, dict[str, list[Any]]] = defaultdict(lambda: defaultdict(list))
    for label, of_period in cells.items():
        period = parse(label)
        keep("period", label, _period(period, of_period, cells, editions, book))
        if period.kind == "day":
            for edition_id, scale in levels.items():
                for code, cell in of_period.get((edition_id, "air.aqi"), {}).items():
                    if cell.status != "not_applicable":
                        calendars[f"{code}/{label[:4]}"][edition_id].append(_square(label, cell, scale))
    for key, content in calendars.items():
        keep("calendar", key, content)
    for code in [each for each in row.subjects if each.isdigit()]:
        if found := _targets(workspace, code, cells):
            keep("targets", code, found)
    if paths := _paths(workspace, row, cells):
        keep("paths", settings.REGION, paths)
    if not row.synthetic:
        for code, results in _published(settings.REGION).items():
            keep("published", code, results)
    if settings.REGION:
        for key, content in _maps(workspace, row):
            keep("map", key, content)
    if row.corrects_id is not None:
        keep("changes", f"{row.corrects_id:04d}", _corrected(row))
    if any(isinstance(each, WaterEdition) for each in editions):
        keep("sections", "all", _sections(workspace, row))
    keep("media", "all", nature.media_of(row))
    for edition_id, content in nature.editions_of(book, row):
        keep("edition", edition_id, content)
    if any(each.startswith("biodiversity.") for each in nature.words_of(row)):
        keep("species", "all", nature.flagships(book, row.through))
    with transaction.atomic():
        PublishedSummary.objects.filter(release=row).exclude(kind__in=("bulletin", "chain")).delete()
        PublishedSummary.objects.bulk_create(made, batch_size=_BATCH)


# ------------------------------------------------------------------------------------------------------------------ the released Figures


def _cells(row: PublishedRelease) -> dict[str, Cells]:
    """The Figures that are compared, by period, of the first basis and scope where a release has several."""
    found: dict[str, Cells] = {}
    first = row.figures.order_by("pk").values_list("basis", "scope").first()
    if first is None:
        return found
    rows = row.figures.filter(scope=first[1], indicator__in=(*SPREAD, *_TARGETED)).order_by("period", "subject")
    names = ("period", "edition", "indicator", "subject", "subject_level", "display", "exact", "unit", "status", "reason")
    for period, edition, indicator, subject, level, display, exact, unit, status, reason in rows.values_list(*names).iterator():
        cell = Cell(subject, level, None if display is None else Decimal(display), exact, unit, status, reason)
        found.setdefault(period, {}).setdefault((edition, indicator), {}).setdefault(subject, cell)
    return found


_TARGETED: Final = ("water.class12_ratio", "water.inferior_ratio")


def _documents(row: PublishedRelease) -> list[str]:
    lists = PublishedFigure.objects.filter(release=row).order_by().values_list("roots__documents", flat=True).distinct()
    # Without an order of our own each database would have its own.
    return list(dict.fromkeys(name for documents in sorted(lists) for name in documents))


def _of_release(book: Book, row: PublishedRelease) -> list[AirEdition | WaterEdition]:
    found: list[AirEdition | WaterEdition] = []
    for name in row.editions:
        for look_up in (book.air, book.water):
            with contextlib.suppress(UnknownEdition):
                found.append(look_up(name, region=settings.REGION or None))
                break
    return found


# ---------------------------------------------------------------------------------------------------------------------------- the book


def edition_words(edition: AirEdition | WaterEdition) -> dict[str, Any]:
    """What pages say of an edition: its words, levels with colours, health advice and limits; of water the states of classes."""
    said: dict[str, Any] = {
        "id": edition.id,
        "title": edition.title,
        "title_en": edition.title_en,
        "start": edition.start.isoformat(),
        "end": None if edition.end is None else edition.end.isoformat(),
        "note": edition.note,
        "documents": list(edition.documents),
    }
    if isinstance(edition, WaterEdition):
        states = [edition.state(n) for n in range(1, 7)]
        return {
            **said,
            "medium": "water",
            "states": [{**plain_value(each), "sure": _sure(edition.rule(f"state.{each.klass}"))} for each in states],
        }
    levels = edition.levels()
    return {
        **said,
        "medium": "air",
        "levels": [plain_value(each) for each in levels],
        "advice": [_ruled(edition, f"advice.{each.number}") for each in levels if _has(edition, f"advice.{each.number}")],
        "sensitive": [_ruled(edition, f"sensitive.{item}") for item in _SENSITIVE if _has(edition, f"sensitive.{item}")],
        "limits": {item: limit for item in AIR_SIX if (limit := _limit(edition, item)) is not None},
    }


_SENSITIVE: Final = ("pm25", "pm10", "o3", "no2", "so2", "co")
_AVERAGING: Final = {"co": "day", "o3_8h": "day_max_8h"}


def _has(edition: AirEdition, key: str) -> bool:
    try:
        edition.rule(key)
    except YangbanError:
        return False
    return True


def _ruled(edition: AirEdition, key: str) -> dict[str, Any]:
    rule = edition.rule(key)
    return {**plain_value(rule.value), **_cited(rule)}


def _cited(rule: Rule) -> dict[str, Any]:
    return {"document": rule.document, "clause": rule.clause, "confidence": rule.confidence, "unverified": rule.unverified}


def _sure(rule: Rule) -> dict[str, Any]:
    return _cited(rule)


def _limit(edition: AirEdition, item: str) -> dict[str, Any] | None:
    """The limit of level 2 against which a period's value stands: the annual one, for CO the daily and for ozone the 8-hour one."""
    try:
        rule = edition.limit_rule(item, _AVERAGING.get(item, "annual"), 2)
    except YangbanError:
        return None
    return None if rule.value is None else {"value": f"{rule.value:f}", "unit": rule.unit, **_cited(rule)}


def _document(book: Book, name: str) -> dict[str, Any]:
    document = book.document(name)
    return {
        "id": document.id,
        "title": document.title,
        "title_en": document.title_en,
        "number": document.number,
        "kind": document.kind,
        "issuer": document.issuer,
        "issued": None if document.issued is None else document.issued.isoformat(),
        "effective": document.effective.isoformat(),
        "ended": None if document.ended is None else document.ended.isoformat(),
        "checked": document.checked.isoformat(),
        "confidence": document.confidence,
        "source": list(document.source),
        "note": document.note,
        "rules": [
            {
                "key": rule.key, "clause": rule.clause, "value": _said(plain_value(rule.value)), "unit": rule.unit,
                "confidence": rule.confidence, "unverified": rule.unverified, "note": rule.note,
            }
            for rule in document.rules
        ],
    }  # fmt: skip


def _said(value: Any) -> str:
    """A rule's value in one line."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, list):
        return "；".join(" → ".join(map(str, each)) if isinstance(each, list) else str(each) for each in value)
    if isinstance(value, dict):
        return "；".join(str(each) for key, each in value.items() if not key.endswith("_en") and key not in {"cmyk", "rgb"})
    return str(value)


# --------------------------------------------------------------------------------------------------------------------------- a period


def _period(
    period: Period, cells: Cells, whole: Mapping[str, Cells], editions: Sequence[AirEdition | WaterEdition], book: Book
) -> dict[str, Any]:
    before = whole.get(period.year_before().label, {})
    ranks: dict[str, dict[str, Any]] = defaultdict(dict)
    shades: dict[str, dict[str, Any]] = defaultdict(dict)
    changes: dict[str, dict[str, Any]] = defaultdict(dict)
    differences: dict[str, dict[str, Any]] = defaultdict(dict)
    firsts = {indicator: edition for edition, indicator in reversed(list(cells))}
    for (edition, indicator), places in cells.items():
        ranked, shaded = _ranks(indicator, places), _shades(places)
        if ranked:
            ranks[edition][indicator] = ranked
        if shaded and period.kind != "day":
            shades[edition][indicator] = shaded
        if stepped := _changes(indicator, places, before.get((edition, indicator), {})):
            if indicator == nature.EQI:
                stepped = nature.worded(stepped, book, period)
            changes[edition][indicator] = stepped
        if firsts[indicator] != edition and (apart := _differences(places, cells[firsts[indicator], indicator])):
            differences[edition][indicator] = apart
    said: dict[str, Any] = {"ranks": ranks, "shades": shades, "changes": changes, "differences": differences}
    if period.kind != "day":
        said["headline"] = {each.id: _headline(period, cells, each) for each in editions if isinstance(each, AirEdition)}
    return said


def _ranks(indicator: str, places: Mapping[str, Cell]) -> dict[str, list[int]]:
    """Competition ranks on the printed value, cities among cities and counties among counties: rank, how many share it, of how many."""
    found: dict[str, list[int]] = {}
    for level in _RANKED_LEVELS:
        fit = [(code, cell.display) for code, cell in places.items() if cell.level == level and cell.usable and cell.display is not None]
        placed = competition_ranks([value for _, value in fit], descending=is_descending(indicator))
        found |= {code: [rank, placed.count(rank), len(fit)] for (code, _), rank in zip(fit, placed, strict=True)}
    return found


def _shades(places: Mapping[str, Cell]) -> dict[str, int]:
    """In which of :data:`SHADES` equal steps between smallest and largest a value lies, cities among cities and counties among counties."""
    found: dict[str, int] = {}
    for level in _RANKED_LEVELS:
        fit = {code: cell.display for code, cell in places.items() if cell.level == level and cell.display is not None}
        low, high = min(fit.values(), default=Decimal(0)), max(fit.values(), default=Decimal(0))
        span = high - low
        found |= {code: min(SHADES - 1, int((value - low) * SHADES / span)) if span else 0 for code, value in fit.items()}
    return found


def _step(indicator: str, now: Decimal, then: Decimal) -> Decimal | None:
    """As the bulletins do: from printed values, per cent or points (standards notes A6)."""
    kind = spec(indicator).change
    if kind == "percent":
        return None if then == 0 else round_half_even(Fraction(now - then) * 100 / Fraction(then), _CHANGE_DECIMALS)
    return now - then if kind else None


def _changes(indicator: str, now: Mapping[str, Cell], then: Mapping[str, Cell]) -> dict[str, dict[str, str]]:
    """The change from a year before where both values may be used."""
    kind = spec(indicator).change
    found = {}
    for code, cell in now.items():
        base = then.get(code)
        if base is None or not cell.usable or not base.usable or cell.display is None or base.display is None:
            continue
        step = _step(indicator, cell.display, base.display)
        if step is not None:
            found[code] = {"display": f"{step:f}", "kind": kind, "then": f"{base.display:f}"}
    return found


def _differences(places: Mapping[str, Cell], first: Mapping[str, Cell]) -> dict[str, str]:
    """This edition minus the first one, from printed values."""
    found = {}
    for code, cell in places.items():
        other = first.get(code)
        if cell.display is not None and other is not None and other.display is not None:
            found[code] = f"{cell.display - other.display:f}"
    return found


def _headline(period: Period, cells: Cells, edition: AirEdition) -> dict[str, Any]:
    """What the first sentence says under an edition: the numbers of each place, and how many cities keep the PM2.5 limit."""
    limit = _limit(edition, "pm25")
    cities = {code: cell for code, cell in cells.get((edition.id, "air.pm25.mean"), {}).items() if cell.level == "city"}
    fit = [cell for cell in cities.values() if cell.usable and cell.display is not None]
    said: dict[str, Any] = {"cities": len(cities), "judged": len(fit), "limit": None, "within": None}
    if limit is not None and fit and period.kind == "year":
        said |= {
            "limit": limit["value"],
            "within": sum(1 for cell in fit if cell.display is not None and cell.display <= Decimal(limit["value"])),
        }
    return said


def _square(label: str, cell: Cell, scale: Sequence[Any]) -> list[Any]:
    """A day of a calendar: date, AQI, number of its level, status, reason."""
    value = None if cell.display is None else int(cell.display)
    level = 0 if value is None else next(each.number for each in scale if each.low <= value and (each.high is None or value <= each.high))
    return [label, value, level, cell.status, cell.reason]


# ------------------------------------------------------------------------------------------------------------------- targets and others


def _targets(workspace: Workspace, code: str, cells: Mapping[str, Cells]) -> list[dict[str, Any]]:
    """The targets of a place; beside each the result of its own period, else of the last released year before it, and the gap."""
    try:
        found = targets_for(workspace, code)
    except (YangbanError, UnknownRegion):
        return []
    years = sorted(label for label in cells if parse(label).kind == "year")
    return [{**each.to_dict(), **_standing(each, cells, years)} for each in sorted(found, key=lambda t: (t.indicator, t.period.start))]


def _paths(workspace: Workspace, row: PublishedRelease, cells: Mapping[str, Cells]) -> list[dict[str, Any]]:
    """The path of each target of the region through each released year, month by month, beside what came.

    A path is laid from the results in place; where a month of these is no longer the one that was released, it is left out.
    """
    made: list[dict[str, Any]] = []
    if settings.REGION not in row.subjects:
        return made
    results, rules = open_all(workspace), load_systems().warnings["default"]
    for label in cells:
        if parse(label).kind != "year":
            continue
        try:
            courses = courses_of(results, targets_for(workspace, settings.REGION), region=settings.REGION, year=int(label), rules=rules)
        except (YangbanError, UnknownRegion) as problem:
            log.info("no paths for %s: %s", label, problem)
            continue
        made += [_path(each) for each in courses if each.path and each.accounts and as_released(each, row)]
    return made


def as_released(course: Course, row: PublishedRelease) -> bool:
    """Whether the months under a course are those that a release holds."""
    months = {month_of(course.year, each.number).label: each.value for each in course.accounts}
    then = row.figures.filter(subject=course.target.subject, indicator=course.target.indicator, period__in=months, scope="as_monitored")
    held = {figure.period: {Fraction(figure.exact)} for figure in then.filter(exact__isnull=False).order_by("edition")}
    return set(held) == set(months) and all(value in held[period] for period, value in months.items())


def _path(course: Course) -> dict[str, Any]:
    came = {each.number: each for each in course.accounts}
    return {
        "indicator": course.target.indicator, "year": course.year, "kind": course.path_kind, "unit": course.target.unit,
        "direction": course.target.direction, "asked": _tenth(course.asked), "target_period": course.target.period.label,
        "symbol": course.warning.symbol, "sign": course.warning.name, "sign_text": course.warning.text, "notes": list(course.notes),
        "rows": [
            {
                "month": month_of(course.year, step.number).label, "path": _tenth(step.value),
                **(
                    {name: _tenth(getattr(came[step.number], name)) for name in ("value", "gap", "year_to_date", "path_to_date")}
                    if step.number in came else {}
                ),
            }
            for step in course.path
        ],
    }  # fmt: skip


def _tenth(value: Fraction) -> str:
    return f"{round_half_even(value, 1):f}"


def _standing(target: Target, cells: Mapping[str, Cells], years: Sequence[str]) -> dict[str, Any]:
    """How a target stands: ``state`` is ``met``, ``missed``, ``unclear`` (rounded and unrounded differ), ``open`` or ``apart``.

    ``apart`` is a target of another set of places than those whose mean is released: the two must not be compared.
    """
    if target.places not in {"own", "prefecture"}:
        return {"state": "apart"}
    label = target.period.label if target.period.label in cells else next((y for y in reversed(years) if y < target.period.label), None)
    if label is None:
        return {"state": "open"}
    found = [(e, held[target.subject]) for (e, word), held in cells[label].items() if word == target.indicator and target.subject in held]
    if not found:
        return {"state": "open"}
    edition, cell = found[0]
    said: dict[str, Any] = {"state": "open", "against": label, "edition": edition, "status": cell.status}
    if cell.display is None or cell.exact is None:
        return said
    exact = Fraction(cell.exact)
    sign = 1 if target.direction == "at_most" else -1
    said |= {"now": f"{cell.display:f}", "gap": f"{max(Decimal(0), sign * (cell.display - target.value)):f}"}
    ways = (target.met_by,) if target.met_by != "unknown" else ("rounded", UNROUNDED)
    held = {bound(target.value, target.direction, met_by=way, decimals=target.decimals).holds(exact) for way in ways}
    reached = "met" if held == {True} else "missed" if held == {False} else "unclear"
    if not cell.usable:
        return said
    return {**said, "reached": reached, "state": reached if label == target.period.label else "open"}


def _published(region: str) -> dict[str, list[dict[str, Any]]]:
    """What others published of the region and its places, as printed."""
    try:
        pack = load_pack(region)
    except UnknownRegion:
        return {}
    found: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for each in sorted(pack.published, key=lambda p: (p.indicator, p.period.start)):
        found[each.area].append(_printed(each))
    return found


def _printed(each: Published) -> dict[str, Any]:
    return {
        "period": each.period.label, "indicator": each.indicator, "value": each.value, "unit": each.unit, "change": each.change,
        "change_unit": each.change_unit, "scope": each.scope, "basis": each.basis, "network": each.network, "issuer": each.issuer,
        "published": each.published, "source": each.source, "note": each.note, "area_note": each.area_note,
    }  # fmt: skip


# ----------------------------------------------------------------------------------------------------------------------- a correction

_KEY: Final = ("period", "subject", "indicator", "edition", "scope", "basis", "network")
_LISTED: Final = 300
"""Changed results that are named one by one; all are counted."""


def _corrected(row: PublishedRelease) -> dict[str, Any]:
    """What a correction changes: results with another printed value or status, results that came, results that went."""
    names = (*_KEY, "display", "status")

    def held(number: int | None) -> dict[tuple[str, ...], tuple[str | None, str]]:
        rows = PublishedFigure.objects.filter(release=number).values_list(*names)
        return {each[: len(_KEY)]: (each[-2], each[-1]) for each in rows.iterator()}

    then, now = held(row.corrects_id), held(row.number)
    changed = sorted(key for key in then.keys() & now.keys() if then[key] != now[key])
    return {
        "changed": len(changed), "came": len(now.keys() - then.keys()), "went": len(then.keys() - now.keys()),
        "rows": [
            {
                **dict(zip(_KEY, key, strict=True)),
                "then": then[key][0], "then_status": then[key][1], "now": now[key][0], "status": now[key][1],
            }
            for key in sorted(changed, key=lambda key: (len(key[0]), key))[:_LISTED]
        ],
    }  # fmt: skip


# ------------------------------------------------------------------------------------------------------------------------------ the map


def _maps(workspace: Workspace, row: PublishedRelease) -> Iterator[tuple[str, dict[str, Any]]]:
    """The map of the region's cities, and of the counties of a city where there are results of some.

    Beside the public one stands, under ``…/demo``, what a demonstration shows: a sketch map, where its package is installed.
    """
    region = settings.REGION
    held = set(row.subjects)
    wanted = [(region, "city")]
    wanted += [
        (p.code, "county")
        for p in regions.children(region, level="city")
        if any(c.code in held for c in regions.children(p.code, level="county"))
    ]
    for code, level in wanted:
        base_map = base_map_of(workspace.path, region)
        try:
            drawn = region_map(code, level=level, public=True, base_map=base_map, on=row.through)
            yield code, _shapes(drawn)
            if settings.DEMO and drawn.kind == TILES:
                sketched = region_map(code, level=level, public=False, base_map=base_map, on=row.through)
                if sketched.kind != TILES:
                    yield f"{code}/demo", _shapes(sketched)
        except YangbanError as problem:
            log.warning("no map of %s: %s", code, problem)


ENGLISH_LABELS: Final = {
    TILES: "Tile grid, not a map: a square shows rough position only",
    SKETCH: "Sketch: lines have no map approval number and are not for public use",
}
"""What must stand on a map that is none, in English; an approved map carries its number as it was given."""


def _shapes(drawn: RegionMap) -> dict[str, Any]:
    """Outlines on paper with the words that must stand on them."""
    wide, high, outlines = drawing.outlines([(area.code, area.geometry) for area in drawn.areas], flat=drawn.kind == TILES)
    names = {area.code: regions.place(area.code).short for area in drawn.areas}
    places = [{"code": code, "name": names[code], **outline} for code, outline in outlines.items()]
    return {
        "kind": drawn.kind,
        "label": drawn.credit,
        "label_en": ENGLISH_LABELS.get(drawn.kind, drawn.credit),
        "wide": wide,
        "high": high,
        "places": places,
    }


def _sections(workspace: Workspace, row: PublishedRelease) -> dict[str, dict[str, Any]]:
    """What the registry says of each section on the last day of the release."""
    registry = Sections.load(workspace)
    found = {}
    for subject in row.subjects:
        section = registry.on(subject, row.through) if subject.startswith("section:") else None
        if section is not None:
            trusted = section.trust in _TRUSTED and section.longitude is not None and section.latitude is not None
            found[subject] = {
                "name": section.name, "city": section.city, "river": section.river, "lake": section.lake, "kind": section.kind,
                "target": section.target(row.through.year),
                "point": [f"{section.longitude:f}", f"{section.latitude:f}"] if trusted else None,
            }  # fmt: skip
    return found


_TRUSTED: Final = ("surveyed", "stated")


def indicator_spec(word: str) -> Spec:
    """What the house says of an indicator; raises :class:`~yangban.base.errors.UnknownIndicator` for a word that is none."""
    return spec(word)
