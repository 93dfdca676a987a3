"""Sound, ecology, species and accounts of ecosystem products: what a release holds of them, and what is missing where it holds nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

from django.http import Http404, HttpRequest, HttpResponse

from yangban.web.accounts.permissions import public
from yangban.web.public import drawing, names, selectors
from yangban.web.public.cache import kept
from yangban.web.public.models import PublishedFigure
from yangban.web.public.views.frame import ECOLOGY, GEP, SOUND, SPECIES, Frame, choose, home_region, no_page, pinned, show
from yangban.web.words import pick

INDIVIDUALS: Final = "biodiversity.individuals"
SHARE: Final = "biodiversity.share"
DENSITY: Final = "biodiversity.density"
TRENDS: Final = ("biodiversity.trend_winter", "biodiversity.trend_summer", "biodiversity.trend_year")
_DRAWN: Final = "sound.area_day", "sound.area_night"
_SHORTER: Final = len("2023-Q1")
"""Months, quarters and halves."""
_HUNDRED_MILLION: Final = 10**8


def newest(number: int | None, words: Sequence[str], region: str) -> str | None:
    """The last year of a place for which any of some indicators is released, else the last shorter period; of a pinned release its own."""
    held: set[str] = set()
    if number is None:
        for word in words:
            held |= set(selectors.periods_of(word, region))
    else:
        held |= set(selectors.figures(pinned(number), indicators=words, subjects=[region]).values_list("period", flat=True))
    years = [each for each in held if len(each) == 4]
    return max(years or (each for each in held if "/" not in each), default=None)


def changes_of(frame: Frame, label: str, region: str) -> dict[str, Any]:
    """By indicator the change of a place from a year before."""
    summary = selectors.summary(frame.release, "period", label) or {}
    steps = (summary.get("changes") or {}).get(frame.edition, {})
    return {word: places[region] for word, places in steps.items() if region in places}


def _missing(frame: Frame, label: str, zh: str, en: str) -> Http404:
    return Http404(pick(f"第 {frame.release.name} 号发布里没有 {label} 的{zh}。", f"Release {frame.release.name} has no {en} for {label}."))


def _of(found: Sequence[PublishedFigure], region: str) -> dict[str, PublishedFigure]:
    held: dict[str, PublishedFigure] = {}
    for figure in found:
        if figure.subject == region:
            held.setdefault(figure.indicator, figure)
    return held


def _years(frame: Frame, words: Sequence[str], region: str) -> list[str]:
    """The years of the release for which a place has one of some indicators."""
    found = selectors.figures(frame.release, indicators=words, subjects=[region], periods=frame.years)
    return sorted(set(found.order_by().values_list("period", flat=True)))


# ------------------------------------------------------------------------------------------------------------------------------ sound


@public
@kept
def sound(request: HttpRequest, subject: str = "", period: str = "", number: int | None = None) -> HttpResponse:
    """Levels of areas and roads with their grades, and functional zones against their limits, by day and by night."""
    place = subject or home_region()
    label = period or newest(number, SOUND, place)
    if label is None:
        text = pick(
            f"公开的发布里还没有{names.place_name(place)}的声环境结果。区域、道路交通和功能区的监测数据接入（自动监测小时值或例行监测表）、"
            "评价并随下一号发布签发后，声级、等级和达标率出现在这里。",
            f"No release holds the sound of {names.place_name(place)} yet. Levels, grades and attainment appear here once hourly levels or "
            "survey tables have been read in, assessed and released.",
        )
        return no_page(request, "sound", text)
    frame = choose(request, number, label, SOUND)
    found = list(selectors.figures(frame.release, indicators=(*SOUND, "sound.sudden_nights"), periods=[label], edition=frame.edition))
    own = _of(found, place)
    if not own:
        raise _missing(frame, label, "声环境结果", "sound")
    cities = sorted({f.subject for f in found if f.subject_level == "city"}) if place == home_region() else []
    rows = [{"subject": code, "name": names.short_place(code), "held": _of(found, code)} for code in cities]
    changes = changes_of(frame, label, place)
    book = frame.book.get(frame.edition, {})
    return show(
        request, "sound", "sound", frame,
        place=place, period=label, name=names.place_name(place), is_home=place == home_region(), headline=_first(own, SOUND),
        cards=[{"word": word, "figure": own[word], "change": changes.get(word)} for word in SOUND if word in own],
        rows=[{**row, "cells": [row["held"].get(word) for word in SOUND]} for row in rows], words=SOUND,
        picture=_picture(rows, book), zones=_zones(own, book), grades=_in_order(book.get("grades", {})), hours=book.get("hours", []),
        sudden=own.get("sound.sudden_nights"), years=frame.years,
        shorter=[each for each in frame.labels if each.startswith(f"{label[:4]}-") and len(each) == _SHORTER],
    )  # fmt: skip


def _first(held: dict[str, PublishedFigure], words: Sequence[str]) -> PublishedFigure | None:
    return next((held[word] for word in words if word in held and held[word].display is not None), None)


def _in_order(grades: Mapping[str, Any]) -> dict[str, Any]:
    """Areas before roads, day before night: a database keeps the keys of an object in an order of its own."""
    return {key: grades[key] for key in ("area_day", "area_night", "road_day", "road_night") if key in grades}


def _picture(rows: Sequence[dict[str, Any]], book: dict[str, Any]) -> drawing.Scale | None:
    """Cities by area noise, quietest first, between the limits of the grades of daytime."""
    placed = [
        (row["name"], [None if (f := row["held"].get(word)) is None else f.number for word in _DRAWN])
        for row in sorted(rows, key=lambda row: _level(row["held"].get(_DRAWN[0])))
    ]
    marks = [Decimal(each["upto"]) for each in book.get("grades", {}).get("area_day", {}).get("rows", []) if each["upto"]]
    return drawing.dots(placed, marks) if placed and marks else None


def _level(figure: PublishedFigure | None) -> Decimal:
    return figure.number if figure is not None and figure.number is not None else Decimal(999)


def _zones(own: dict[str, PublishedFigure], book: dict[str, Any]) -> list[dict[str, Any]]:
    """Each class of functional zone with its limits and how many visits kept them, by day and night."""
    day, night = ((own[word].detail.get("classes", {}) if word in own else {}) for word in ("sound.zone_day_rate", "sound.zone_night_rate"))
    limits = {each["klass"]: each for each in book.get("zones", [])}
    return [
        {"klass": klass, "limits": limits.get(klass), "day": day.get(klass), "night": night.get(klass)}
        for klass in sorted({*day, *night})
    ]  # fmt: skip


# ---------------------------------------------------------------------------------------------------------------------------- ecology


@public
@kept
def ecology(request: HttpRequest, period: str = "", number: int | None = None) -> HttpResponse:
    """EQI with its class, or why none is computed; forest cover with its definition; red line and protected areas as reported."""
    region = home_region()
    label = period or newest(number, ECOLOGY, region)
    if label is None:
        text = pick(
            "公开的发布里还没有生态状况数据。森林覆盖率、生态保护红线、自然保护地等由主管部门填报，注明依据、随发布签发后出现在这里。",
            "No release holds ecology yet. Forest cover, red line and protected areas appear here once departments have reported them with "
            "their evidence and they are released.",
        )
        return no_page(request, "ecology", text)
    frame = choose(request, number, label, ECOLOGY)
    found = list(selectors.figures(frame.release, indicators=ECOLOGY, periods=[label]))
    own = _of(found, region)
    if not own:
        raise _missing(frame, label, "生态状况数据", "ecology")
    changes = changes_of(frame, label, region)
    book = frame.book.get(frame.edition, {})
    others = sorted({f.subject for f in found if f.subject != region})
    shown = [word for word in ECOLOGY if any(f.indicator == word and f.subject != region for f in found)]
    return show(
        request, "ecology", "ecology", frame,
        period=label, name=names.place_name(region), tab="ecology", headline=own.get("ecology.forest_cover") or _first(own, ECOLOGY),
        eqi=own.get("ecology.eqi"), eqi_change=changes.get("ecology.eqi"), book=book,
        targets=[
            each for each in (selectors.summary(frame.release, "targets", region) or []) if each["indicator"].startswith("ecology.")
        ],
        parts=[
            {"word": part, "value": own["ecology.eqi"].detail.get("parts", {}).get(part)} for part in book.get("eqi_parts", [])
        ] if "ecology.eqi" in own and own["ecology.eqi"].detail.get("parts") else [],
        rows=[
            {"word": word, "figure": own[word], "change": changes.get(word)} for word in ECOLOGY if word in own and word != "ecology.eqi"
        ],
        places=[{"subject": code, "cells": [_of(found, code).get(word) for word in shown]} for code in others], place_words=shown,
        years=_years(frame, ECOLOGY, region),
    )  # fmt: skip


# ---------------------------------------------------------------------------------------------------------------------------- species


@public
@kept
def species(request: HttpRequest, period: str = "", number: int | None = None) -> HttpResponse:
    """Flagship species: names, class, counts, places without their names where these are sensitive, and trends with their uncertainty."""
    region = home_region()
    label = period or newest(number, SPECIES, region)
    if label is None:
        text = pick(
            "公开的发布里还没有物种调查结果。调查表或达尔文核心（Darwin Core）记录接入并随下一号发布签发后，旗舰物种的数量、分布地数和趋势"
            "出现在这里；敏感物种的地点不公开。",
            "No release holds surveys of species yet. Counts, numbers of places and trends of flagship species appear here once survey "
            "sheets or Darwin Core records are released; places of sensitive species are not published.",
        )
        return no_page(request, "ecology", text)
    frame = choose(request, number, label, SPECIES)
    own = _of(list(selectors.figures(frame.release, subjects=[region], periods=[label], edition=frame.edition)), region)
    own = {word: figure for word, figure in own.items() if word.startswith("biodiversity.")}
    if not own:
        raise _missing(frame, label, "物种调查结果", "surveys of species")
    listed = selectors.summary(frame.release, "species", "all") or {"rows": [], "blur": {}}
    changes = changes_of(frame, label, region)
    trends = _trends(frame, region)
    rows = [_species(each, own, changes, trends) for each in listed["rows"]]
    seen = sorted((row for row in rows if row["figure"] is not None), key=lambda row: -(row["figure"].number or 0))
    return show(
        request, "species", "ecology", frame,
        period=label, name=names.place_name(region), tab="species", headline=own.get(SPECIES[0]),
        cards=[
            {"word": word, "figure": own[word], "change": changes.get(word)} for word in (*SPECIES, DENSITY) if word in own
        ],
        seen=seen, unseen=[row for row in rows if row["figure"] is None], blur=listed["blur"], sites=_sites(frame, label),
        shares=any(row["share"] for row in seen), seasons=_seasons(seen), years=_years(frame, SPECIES, region),
    )  # fmt: skip


def _trends(frame: Frame, region: str) -> dict[str, PublishedFigure]:
    """The trend of each species over all released years: of winters where there is one, else of summers, else of whole years."""
    spans = [each for each in frame.labels if "/" in each]
    found = selectors.figures(frame.release, subjects=[region], periods=spans[-1:])
    held = {figure.indicator: figure for figure in found if figure.indicator.startswith(TRENDS)}
    best: dict[str, PublishedFigure] = {}
    for word in TRENDS:
        for name, figure in held.items():
            head, _, taxon = name.partition(f"{word}.")
            if not head and taxon and (taxon not in best or best[taxon].display is None):
                best[taxon] = figure
    return best


def _species(
    each: dict[str, Any], own: dict[str, PublishedFigure], changes: dict[str, Any], trends: dict[str, PublishedFigure]
) -> dict[str, Any]:
    word = f"{INDIVIDUALS}.{each['id']}"
    trend = trends.get(each["id"])
    series = trend.detail.get("series", []) if trend is not None else []
    return {
        **each, "word": word, "figure": own.get(word), "change": changes.get(word), "share": own.get(f"{SHARE}.{each['id']}"),
        "trend": trend, "series": dict(series), "spark": drawing.spark([Decimal(value) for _, value in series]),
        "dense": str(trend.detail.get("of", "")).partition("/")[2] if trend is not None else "",
        "season": _season(trend),
    }  # fmt: skip


def _season(trend: PublishedFigure | None) -> str:
    return "" if trend is None else trend.indicator.split(".")[1].removeprefix("trend_")


def _seasons(seen: Sequence[dict[str, Any]]) -> list[str]:
    return sorted({year for row in seen for year in row["series"]})


def _sites(frame: Frame, label: str) -> dict[str, Any]:
    """The sites that may be named, with counts of the species of which that is so."""
    found = list(selectors.figures(frame.release, periods=[label], level="site"))
    words = sorted({figure.indicator for figure in found})
    held = {(figure.subject, figure.indicator): figure for figure in found}
    trends = {code: _trends(frame, code) for code in {figure.subject for figure in found}}
    rows = [
        {
            "name": name,
            "cells": [
                {"figure": held.get((code, word)), "trend": (trend := trends[code].get(word.rpartition(".")[2])), "season": _season(trend)}
                for word in words
            ],
        }
        for code, name in sorted({(figure.subject, names.called(figure.subject, figure.subject_name)) for figure in found})
    ]
    return {"words": [word.rpartition(".")[2] for word in words], "rows": rows}


# -------------------------------------------------------------------------------------------------------------------------------- GEP


@public
@kept
def gep(request: HttpRequest, period: str = "", number: int | None = None) -> HttpResponse:
    """An account of ecosystem products: subject by subject quantity, price, value and where each was taken from."""
    region = home_region()
    label = period or newest(number, GEP, region)
    if label is None:
        text = pick(
            "公开的发布里还没有生态产品总值（GEP）核算。核算表（科目、功能量、价格、来源，系数注明所属地区和年份）登记并随下一号发布签发后，"
            "核算结果和逐项明细出现在这里。",
            "No release holds an account of ecosystem products (GEP) yet. Totals and every line appear here once an account with "
            "quantities, prices, sources and coefficients bound to their region and year is released.",
        )
        return no_page(request, "ecology", text)
    frame = choose(request, number, label, GEP)
    found = list(selectors.figures(frame.release, indicators=GEP, periods=[label]))
    own = _of(found, region)
    total = own.get(GEP[0])
    if total is None:
        raise _missing(frame, label, "生态产品总值核算", "account of ecosystem products")
    changes = changes_of(frame, label, region)
    of = total.detail.get("coefficients")
    return show(
        request, "gep", "ecology", frame,
        period=label, name=names.place_name(region), tab="gep", total=total, total_change=changes.get(GEP[0]),
        cards=[{"word": word, "figure": own[word], "change": changes.get(word)} for word in GEP[1:] if word in own],
        bar=drawing.bar([(names.short_name(word), own[word].number, rgb) for word, rgb in zip(GEP[1:], _INKS, strict=True) if word in own]),
        groups=[
            {"word": word, "figure": own[word], "lines": [_line(e) for e in total.detail.get("entries", []) if e["category"] == category]}
            for word, category in zip(GEP[1:], ("products", "regulating", "cultural"), strict=True) if word in own
        ],
        coefficients=of, borrowed=of is not None and (of["region"], str(of["year"])) != (region, label),
        others=[f for f in found if f.indicator == GEP[0] and f.subject != region], years=_years(frame, GEP[:1], region),
    )  # fmt: skip


_INKS: Final = ((155, 196, 181), (31, 111, 92), (92, 130, 145))
"""Shades of the house for the three categories; words stand beside each."""


def _line(entry: dict[str, Any]) -> dict[str, Any]:
    quantity = Decimal(entry["quantity"]) if entry["quantity"] else None
    large = quantity is not None and quantity >= _HUNDRED_MILLION
    shown = "" if quantity is None else f"{(quantity / _HUNDRED_MILLION if large else quantity).normalize():,f}"
    unit = f"{pick('亿 ', '×10⁸ ') if large else ''}{entry['unit']}" if entry["unit"] else ""
    sources = list(dict.fromkeys(each["source"] for each in entry["prices"] if each["source"]))
    return {**entry, "shown": shown, "shown_unit": unit, "price_sources": sources}
