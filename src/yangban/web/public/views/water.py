"""Water: classes of sections, their state and what exceeds, rivers from spring to mouth, lakes, cities."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from typing import Any, Final

from django.http import Http404, HttpRequest, HttpResponse

from yangban.web.accounts.permissions import public
from yangban.web.public import drawing, names, selectors
from yangban.web.public.cache import kept
from yangban.web.public.models import PublishedFigure
from yangban.web.public.views.frame import WATER, Frame, choose, home_region, neighbours, no_page, pinned, show
from yangban.web.words import pick

SHARES: Final = ("water.good_ratio", "water.class12_ratio", "water.inferior_ratio", "water.sections")
CITY: Final = ("water.good_ratio", "water.class12_ratio", "water.inferior_ratio", "water.cwqi")
PLACES: Final = ("province", "city", "county")


@public
@kept
def latest(request: HttpRequest, number: int | None = None) -> HttpResponse:
    """The newest year or month of water."""
    label = _newest(number)
    if label is None:
        text = pick(
            "公开的发布里还没有水环境质量结果。断面数据接入、评价并随下一号发布签发后，断面类别、河流和湖库出现在这里。",
            "No release holds water yet. Classes of sections, rivers and lakes appear here once they are released.",
        )
        return no_page(request, "water", text)
    return _page(request, number, label)


@public
@kept
def period(request: HttpRequest, period: str, number: int | None = None) -> HttpResponse:
    """A year, quarter or month of water."""
    return _page(request, number, period)


@public
@kept
def section(request: HttpRequest, subject: str, number: int | None = None) -> HttpResponse:
    """One section, lake or river through the months of a year."""
    label = _newest(number)
    if label is None:
        raise Http404(pick("公开的发布里还没有水环境质量结果。", "No release holds water yet."))
    frame = choose(request, number, label, WATER)
    months = [each for each in frame.labels if len(each) == 7 and each[5:].isdigit()]
    found = selectors.figures(frame.release, subjects=[subject], periods=[*months, *frame.years])
    held: dict[str, list[PublishedFigure]] = defaultdict(list)
    for figure in found:
        held[figure.period].append(figure)
    if not held:
        raise Http404(pick(f"第 {frame.release.name} 号发布里没有 {subject}。", f"Release {frame.release.name} has no {subject}."))
    rows = [_month(frame, label, held[label]) for label in (*frame.years, *months) if label in held]
    words = sorted({f.indicator for figures in held.values() for f in figures if f.indicator.endswith(".mean")})
    return show(
        request, "water_section", "water", frame, subject=subject, name=names.place_name(subject), rows=rows, words=words,
        about=(selectors.summary(frame.release, "sections", "all") or {}).get(subject, {}), has_tli=any(row["tli"] for row in rows),
        table=[
            {"period": label, "cells": [_of(held[label], word) for word in words]}
            for label in (*frame.years, *months)
            if label in held
        ],
    )  # fmt: skip


def _of(figures: list[PublishedFigure], word: str) -> PublishedFigure | None:
    return next((f for f in figures if f.indicator == word), None)


def _month(frame: Frame, label: str, figures: list[PublishedFigure]) -> dict[str, Any]:
    figure = _of(figures, "water.class")
    return {"period": label, **_classed(frame, figure), "tli": _of(figures, "water.tli")}


def _newest(number: int | None) -> str | None:
    """The last year with water of the region, else the last month; of a pinned release its own."""
    region = home_region()
    if number is None:
        held = selectors.periods_of(WATER[1], region)
    else:
        held = sorted(set(selectors.figures(pinned(number), indicators=[WATER[1]], subjects=[region]).values_list("period", flat=True)))
    years = [each for each in held if len(each) == 4]
    months = [each for each in held if len(each) == 7 and each[5:].isdigit()]
    return str((years or months or [""])[-1]) or None


def _states(frame: Frame) -> dict[int, dict[str, Any]]:
    return {each["klass"]: each for each in frame.book.get(frame.edition, {}).get("states", [])}


def _classed(frame: Frame, figure: PublishedFigure | None) -> dict[str, Any]:
    """A class with its numeral, colour and word, and what decides it."""
    detail = figure.detail if figure is not None else {}
    klass = None if figure is None or figure.display is None else int(Decimal(figure.display))
    return {
        "figure": figure,
        "state": _states(frame).get(klass) if klass is not None else None,
        "word": detail.get("state", ""),
        "main": [names.item_name(each if isinstance(each, str) else str(each[0])) for each in detail.get("main", [])],
        "deciding": [names.item_name(each) for each in detail.get("deciding", [])],
    }


def _page(request: HttpRequest, number: int | None, label: str) -> HttpResponse:
    frame = choose(request, number, label, WATER)
    found = list(selectors.figures(frame.release, indicators=(*SHARES, *WATER, "water.state", "water.cwqi", "water.tli"), periods=[label]))
    if not found:
        raise Http404(
            pick(
                f"第 {frame.release.name} 号发布里没有 {label} 的水环境质量结果。",
                f"Release {frame.release.name} has no water for {label}.",
            )
        )
    whole: dict[tuple[str, str], PublishedFigure] = {}
    for figure in found:
        whole.setdefault((figure.subject, figure.indicator), figure)
    region = home_region()
    about = selectors.summary(frame.release, "sections", "all") or {}
    sections = [_section(frame, f, about) for f in found if f.indicator == "water.class" and f.subject_level == "section"]
    sections.sort(key=lambda row: (-row["number"], row["name"]))
    summary = selectors.summary(frame.release, "period", label) or {}
    changes = (summary.get("changes") or {}).get(frame.edition, {})
    months = [each for each in frame.labels if len(each) == 7 and each.startswith(label[:4]) and each[5:].isdigit()]
    return show(
        request, "water", "water", frame,
        period=label, region=region, name=names.place_name(region),
        shares=[{"word": word, "figure": whole.get((region, word)), "change": (changes.get(word) or {}).get(region)} for word in SHARES],
        bar=_bar(frame, sections), sections=sections, states=list(_states(frame).values()),
        rivers=_rivers(found, sections, about), points=drawing.points(sections), lakes=[f for f in found if f.indicator == "water.tli"],
        cities=[
            {"subject": code, "name": names.place_name(code), "cells": [whole.get((code, word)) for word in CITY]}
            for code in sorted({f.subject for f in found if f.subject_level == "city"})
        ],
        city_words=CITY, near=neighbours(label, frame.labels), months=months, years=frame.years,
        targets=[each for each in (selectors.summary(frame.release, "targets", region) or []) if each["indicator"].startswith("water.")],
    )  # fmt: skip


def _section(frame: Frame, figure: PublishedFigure, about: Any) -> dict[str, Any]:
    said = about.get(figure.subject, {})
    return {
        **_classed(frame, figure),
        "subject": figure.subject,
        "name": figure.subject_name,
        "river": said.get("lake") or said.get("river", ""),
        "city": said.get("city", ""),
        "point": said.get("point"),
        "number": 0 if figure.display is None else int(Decimal(figure.display)),
    }


def _bar(frame: Frame, sections: list[dict[str, Any]]) -> dict[str, Any]:
    """Sections by class as one bar in the official colours; those without a class stand apart."""
    states = _states(frame)
    counts = {klass: sum(1 for row in sections if row["number"] == klass) for klass in states}
    parts = [(state["numeral"], Decimal(counts[klass]), state["rgb"]) for klass, state in states.items()]
    short = [row for row in sections if row["figure"] is not None and not row["figure"].usable]
    return {
        "parts": drawing.bar(parts),
        "rows": [{"state": state, "count": counts[klass]} for klass, state in states.items()],
        "total": sum(counts.values()),
        "none": sum(1 for row in sections if row["number"] == 0),
        "short": len(short),
    }


def _rivers(found: list[PublishedFigure], sections: list[dict[str, Any]], about: Any) -> list[dict[str, Any]]:
    """Rivers with their state and share, and their sections; the registry knows no order from spring to mouth, so they stand by name."""
    held: dict[str, dict[str, Any]] = {}
    for figure in found:
        if figure.subject_level == "river" and figure.indicator in {"water.state", "water.good_ratio"}:
            row = held.setdefault(figure.subject, {"subject": figure.subject, "name": figure.subject_name, "cells": {}, "in_order": False})
            row["cells"][figure.indicator] = figure
    for row in held.values():
        row["good"] = row["cells"].get("water.good_ratio")
        own = [each for each in sections if about.get(each["subject"], {}).get("river") == row["name"]]
        row["profile"] = sorted(own, key=lambda each: each["name"])
    return sorted(held.values(), key=lambda row: (-len(row["profile"]), row["name"]))
