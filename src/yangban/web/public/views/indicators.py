"""Indicators: what each is, its value by place and year, its path and its targets."""

from __future__ import annotations

from typing import Any, Final

from django.http import Http404, HttpRequest, HttpResponse

from yangban.web.accounts.permissions import public
from yangban.web.public import names, selectors
from yangban.web.public.cache import kept
from yangban.web.public.models import PublishedFigure, PublishedRelease
from yangban.web.public.views.frame import Frame, home_region, no_page, pinned, show
from yangban.web.words import pick

_LEVELS: Final = {"nation": 0, "group": 1, "province": 2, "city": 3, "county": 4, "river": 5, "lake": 6, "section": 7, "site": 8}


def _frame(number: int | None, word: str = "air.aqi", asked: str = "") -> Frame | None:
    release = selectors.newest() if number is None else pinned(number)
    if release is None:
        return None
    editions = selectors.editions_of(release, word)
    known = asked if asked in editions else ""
    return Frame(release, number, editions, known or (editions[0] if editions else ""), known, word.split(".")[0])


@public
@kept
def indicators(request: HttpRequest, number: int | None = None) -> HttpResponse:
    """Every indicator of the newest release with the region's value, and its targets."""
    frame = _frame(number)
    if frame is None:
        return no_page(request, "indicators", pick("还没有公开的发布。", "Nothing has been released yet."))
    region, year = home_region(), (frame.years or frame.labels)[-1]
    found = list(selectors.figures(frame.release, subjects=[region], periods=[year]))
    held: dict[str, list[PublishedFigure]] = {}
    for figure in found:
        held.setdefault(figure.indicator, []).append(figure)
    targets = selectors.summary(frame.release, "targets", region) or []
    groups = [
        (pick("空气", "Air"), [_row(word, held[word]) for word in sorted(held, key=_order) if word.startswith("air.")]),
        (pick("水", "Water"), [_row(word, held[word]) for word in sorted(held, key=_order) if word.startswith("water.")]),
        *((name, [_row(word, held[word]) for word in held if word.startswith(begins)]) for name, begins in _others()),
    ]
    return show(request, "indicators", "indicators", frame, year=year, groups=[g for g in groups if g[1]], targets=targets, region=region)


def _others() -> list[tuple[str, str]]:
    return [
        (pick("声环境", "Sound"), "sound."),
        (pick("生态", "Ecology"), "ecology."),
        (pick("生物多样性", "Biodiversity"), "biodiversity."),
    ]


def _order(word: str) -> tuple[int, str]:
    first = list(names.HEADS)
    return (first.index(word) if word in first else len(first), word)


def _row(word: str, figures: list[PublishedFigure]) -> dict[str, Any]:
    spec = names.spec_of(word)
    return {"word": word, "figures": figures, "unit": figures[0].unit, "better": spec.better if spec else ""}


@public
@kept
def indicator(request: HttpRequest, indicator: str, number: int | None = None) -> HttpResponse:
    """One indicator: what it is, the documents behind it, and its value by place and year with targets and published values."""
    spec = names.spec_of(indicator)
    if spec is None:
        raise Http404(
            pick(f"没有 {indicator} 这个指标；全部指标见“指标与目标”。", f"No indicator {indicator}; see the page of indicators.")
        )
    frame = _frame(number, indicator, request.GET.get("edition", ""))
    if frame is None:
        return no_page(request, "indicators", pick("还没有公开的发布。", "Nothing has been released yet."))
    values: dict[tuple[str, str], PublishedFigure] = {}
    rows = selectors.yearly(indicator) if number is None else selectors.figures(frame.release, indicators=[indicator], periods=frame.years)
    for figure in rows:
        if figure.edition == frame.edition and figure.scope == "as_monitored":
            values[figure.subject, figure.period] = figure
    years = sorted({period for _, period in values})
    region = home_region()
    published = selectors.summaries(frame.release, "published")
    printed = {
        (code, each["period"]): each
        for code, results in published.items()
        for each in results
        if each["indicator"] == indicator and len(each["period"]) == 4
    }
    columns = sorted({*years, *(period for _, period in printed)})
    subjects = sorted({(f.subject_level, f.subject, f.subject_name) for f in values.values()}, key=lambda s: (_LEVELS.get(s[0], 9), s[1]))
    targets = [each for each in (selectors.summary(frame.release, "targets", region) or []) if each["indicator"] == indicator]
    paths = [each for each in (selectors.summary(frame.release, "paths", region) or []) if each["indicator"] == indicator]
    months = frame.months(years[-1]) if years else []
    series = selectors.series(frame.release, subjects=[region], indicators=[indicator], periods=months) if months else {}
    own = next((f for f in values.values() if f.subject == region), None)
    return show(
        request, "indicator", "indicators", frame, word=indicator, spec=spec, columns=columns, region=region, own=own,
        rows=[
            {
                "subject": code,
                "name": names.called(code, name),
                "level": level,
                "cells": [(values.get((code, y)), printed.get((code, y))) for y in columns],
            }
            for level, code, name in subjects
        ],
        targets=targets, paths=paths, chart=_chart(frame, indicator, region, series, months), has_charts=bool(months),
        documents=_documents(frame.release, own), unverified=list(own.roots.unverified) if own else [],
        regional=any(level in {"province", "city", "county"} for level, _, _ in subjects),
    )  # fmt: skip


def _documents(release: PublishedRelease, figure: PublishedFigure | None) -> list[dict[str, Any]]:
    if figure is None:
        return []
    held = selectors.summaries(release, "document", figure.roots.documents)
    return [held[each] for each in figure.roots.documents if each in held]


def _chart(frame: Frame, word: str, region: str, series: Any, months: list[str]) -> dict[str, Any] | None:
    lines: list[dict[str, Any]] = [
        {"edition": edition, "figures": [series.get((region, word, edition, month)) for month in months]} for edition in frame.editions
    ]
    lines = [line for line in lines if any(f is not None and f.display is not None for f in line["figures"])]
    if not months or not lines:
        return None
    unit = next(f.unit for line in lines for f in line["figures"] if f is not None)
    return {
        "id": "chart-months", "unit": unit, "months": months, "lines": lines,
        "rows": [{"month": month, "cells": [line["figures"][n] for line in lines]} for n, month in enumerate(months)],
        "data": {
            "kind": "lines", "name": f"{names.place_name(region)} {names.short_name(word)}", "unit": unit,
            "zero": unit != "%", "limit": None,
            "x": [names.month_name(month) for month in months],
            "series": [
                {"name": names.edition_name(line["edition"]), "values": [None if f is None else f.display for f in line["figures"]]}
                for line in lines
            ],
        },
    }  # fmt: skip
