"""Air: a year, quarter, month or day of the region or of one place, under the edition chosen, with the other editions beside it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

from django.http import Http404, HttpRequest, HttpResponse

from yangban.base.periods import Period, parse
from yangban.base.pollutants import AIR_SIX
from yangban.web.accounts.permissions import public
from yangban.web.public import drawing, names, selectors
from yangban.web.public.cache import kept
from yangban.web.public.views.frame import AIR, Frame, choose, home_region, neighbours, no_page, pinned, show
from yangban.web.public.views.home import calendar_of, city_map, newest_year, ranking
from yangban.web.words import pick

SIX: Final = tuple(f"air.{p}.{ {'co': 'p95', 'o3_8h': 'p90'}.get(p, 'mean') }" for p in AIR_SIX)
SIX_DAY: Final = tuple(f"air.{p}.{'max' if p == 'o3_8h' else 'mean'}" for p in AIR_SIX)
HEAD: Final = ("air.good_day_ratio", "air.good_days", "air.valid_days", "air.heavy_days", "air.composite_index", "air.attains")
LEVELS: Final = tuple(f"air.level{n}_days" for n in range(1, 7))
PRIMARY: Final = tuple(f"air.{p}.primary_days" for p in AIR_SIX)
BY: Final = ("air.composite_index", "air.good_day_ratio", "air.pm25.mean", "air.o3_8h.p90")
TREND: Final = ("air.good_day_ratio", "air.pm25.mean", "air.o3_8h.p90")
COMPARED: Final = (*HEAD[:1], HEAD[1], HEAD[3], "air.composite_index", *SIX)


@public
@kept
def latest(request: HttpRequest, number: int | None = None, subject: str | None = None) -> HttpResponse:
    """The newest year of the region, or of a place."""
    year = newest_year(number)
    if year is None:
        return no_page(request, "air", pick("还没有公开的空气质量结果。", "No results of air have been released yet."))
    return _page(request, number, subject, year)


@public
@kept
def period(request: HttpRequest, period: str, number: int | None = None, subject: str | None = None) -> HttpResponse:
    """A period of the region, or of a place."""
    return _page(request, number, subject, period)


@public
@kept
def newest_day(request: HttpRequest, number: int | None = None) -> HttpResponse:
    """The newest released day."""
    release = pinned(number) if number is not None else selectors.newest()
    days = [each for each in ([] if release is None else selectors.labels(release, "air")) if len(each) == 10]
    if not days:
        return no_page(request, "air", pick("还没有发布逐日结果。", "No daily results have been released yet."))
    return _page(request, number, None, days[-1])


def _page(request: HttpRequest, number: int | None, subject: str | None, label: str) -> HttpResponse:
    frame = choose(request, number, label, AIR)
    if label not in frame.labels:
        raise Http404(pick(f"第 {frame.release.name} 号发布里没有 {label}。", f"Release {frame.release.name} has no {label}."))
    place = subject or home_region()
    if place not in frame.release.subjects:
        raise Http404(
            pick(
                f"第 {frame.release.name} 号发布里没有{names.place_name(place)}（{place}）的空气质量结果；可在“地区”页选择。",
                f"Release {frame.release.name} has no air results of {place}; choose a place on the page of regions.",
            )
        )
    span = parse(label)
    context = {
        "period": label,
        "span": span,
        "place": place,
        "own": subject is not None and subject != home_region(),
        "tabs": _tabs(frame, span),
        "near": neighbours(label, frame.labels),
    }
    if span.kind == "day":
        return _day(request, frame, place, label, context)
    return _span(request, frame, place, span, context)


def _tabs(frame: Frame, span: Period) -> dict[str, Any]:
    year = f"{span.start.year:04d}"
    return {
        "years": frame.years,
        "year": year,
        "months": frame.months(year),
        "quarters": [each for each in frame.labels if each.startswith(f"{year}-Q") or each.startswith(f"{year}-H")],
        "day": frame.days[-1] if frame.days else None,
    }


# ---------------------------------------------------------------------------------------------------------------------- longer than a day


def _span(request: HttpRequest, frame: Frame, place: str, span: Period, context: dict[str, Any]) -> HttpResponse:
    label = span.label
    words = tuple(dict.fromkeys((*HEAD, *SIX, *LEVELS, *PRIMARY)))
    is_place = bool(context["own"])
    whole = selectors.table(selectors.figures(frame.release, indicators=words, periods=[label], subjects=[place] if is_place else None))
    if not any(subject == place for subject, _, _ in whole):
        raise Http404(pick(f"{names.place_name(place)}没有{names.period_name(label)}的结果。", f"No results of {place} for {label}."))
    summary = selectors.summary(frame.release, "period", label) or {}
    changes = (summary.get("changes") or {}).get(frame.edition, {})
    by = request.GET.get("by", BY[0])
    by = by if by in BY else BY[0]
    rows = ranking(frame, whole, summary, by, (*BY, "air.good_days", "air.heavy_days")) if not is_place else []
    months = frame.months(f"{span.start.year:04d}") if span.kind == "year" else []
    series = selectors.series(frame.release, subjects=[place], indicators=TREND, periods=months) if months else {}
    year = f"{span.start.year:04d}"
    calendar = calendar_of(frame, place, year) if is_place else None
    if calendar and span.kind != "year":
        kept_days = [each for each in calendar["squares"] if span.start.isoformat() <= each[0] <= span.end.isoformat()]
        calendar = {**calendar, "squares": kept_days, "days": True} if kept_days else None
    return show(
        request, "air_period", "air", frame, **context,
        name=names.place_name(place),
        head={word: whole.get((place, word, frame.edition)) for word in HEAD},
        items=_items(frame, whole, place, changes),
        ratio=whole.get((place, HEAD[0], frame.edition)),
        ratio_change=(changes.get(HEAD[0]) or {}).get(place),
        ranks=[(word, ranks) for word in BY if (ranks := (summary.get("ranks") or {}).get(frame.edition, {}).get(word, {}).get(place))],
        ranking=rows, by=by, by_words=BY,
        map=city_map(frame, whole, summary, by) if not is_place else None,
        level_rows=_level_rows(frame, whole, place, is_place),
        composition=_composition(frame, whole, place),
        compared=_compared(frame, whole, summary, place),
        charts=[_chart(frame, series, place, word, months) for word in TREND] if months else [],
        calendar=calendar,
        limits=frame.book.get(frame.edition, {}).get("limits", {}),
        advice=frame.book.get(frame.edition, {}),
    )  # fmt: skip


def _items(frame: Frame, whole: selectors.Table, place: str, changes: Any) -> list[dict[str, Any]]:
    limits = frame.book.get(frame.edition, {}).get("limits", {})
    return [
        {
            "item": item,
            "word": word,
            "figure": whole.get((place, word, frame.edition)),
            "limit": limits.get(item),
            "change": (changes.get(word) or {}).get(place),
        }
        for item, word in zip(AIR_SIX, SIX, strict=True)
    ]


def _level_rows(frame: Frame, whole: selectors.Table, place: str, is_place: bool) -> list[dict[str, Any]]:
    """The days of each level, of a place or of every city: numbers, and a bar in the official colours."""
    codes = [place] if is_place else sorted({code for code, word, _ in whole if word == LEVELS[0] and code.isdigit() and code != place})
    rows = []
    for code in codes:
        cells = [whole.get((code, word, frame.edition)) for word in LEVELS]
        parts = [
            (pick(each["category"], each["category_en"]), None if cell is None else cell.number, each["rgb"])
            for each, cell in zip(frame.levels, cells, strict=False)
        ]
        valid = whole.get((code, "air.valid_days", frame.edition))
        rows.append({"subject": code, "name": names.place_name(code), "cells": cells, "bar": drawing.bar(parts), "valid": valid})
    return rows


def _composition(frame: Frame, whole: selectors.Table, place: str) -> list[dict[str, Any]]:
    """Days above 100 by their primary pollutant, most first."""
    held = [(item, whole.get((place, word, frame.edition))) for item, word in zip(AIR_SIX, PRIMARY, strict=True)]
    most = max((figure.number for _, figure in held if figure is not None and figure.number), default=Decimal(0))
    rows = [
        {"item": item, "figure": figure, "bar": drawing.length(figure.number, most) if figure is not None else None}
        for item, figure in held
    ]
    return sorted(rows, key=lambda row: -(row["figure"].number or 0) if row["figure"] is not None else 1) if most else []


def _compared(frame: Frame, whole: selectors.Table, summary: Any, place: str) -> list[dict[str, Any]]:
    """An indicator a row, an edition a column, and the difference of the last from the first."""
    if len(frame.editions) < 2:
        return []
    last = frame.editions[-1]
    apart = (summary.get("differences") or {}).get(last, {})
    return [
        {
            "word": word,
            "cells": [whole.get((place, word, edition)) for edition in frame.editions],
            "difference": apart.get(word, {}).get(place),
        }
        for word in COMPARED
    ]


def _chart(frame: Frame, series: Any, place: str, word: str, months: list[str]) -> dict[str, Any]:
    """A line a month for each edition, on one axis, and the same numbers as a table."""
    editions = frame.editions if word in {"air.good_day_ratio"} else [frame.edition]
    lines: list[dict[str, Any]] = [
        {"edition": edition, "figures": [series.get((place, word, edition, month)) for month in months]} for edition in editions
    ]
    unit = next((f.unit for line in lines for f in line["figures"] if f is not None), "")
    limit = frame.book.get(frame.edition, {}).get("limits", {}).get(word.split(".")[1]) if word != "air.good_day_ratio" else None
    return {
        "id": f"chart-{word.replace('.', '-')}",
        "word": word,
        "unit": unit,
        "months": months,
        "lines": lines,
        "rows": [{"month": month, "cells": [line["figures"][n] for line in lines]} for n, month in enumerate(months)],
        "data": {
            "kind": "lines",
            "name": f"{names.place_name(place)} {names.short_name(word)}",
            "unit": unit,
            "x": [names.month_name(month) for month in months],
            "zero": unit != "%",
            "limit": _line(limit) if limit and word.endswith(".mean") else None,
            "series": [
                {"name": names.edition_name(line["edition"]), "values": [None if f is None else f.display for f in line["figures"]]}
                for line in lines
            ],
        },
    }  # fmt: skip


def _line(limit: dict[str, Any]) -> dict[str, str]:
    value = limit["value"]
    return {"value": value, "label": pick(f"年均二级限值 {value}", f"annual limit {value}")}


# ------------------------------------------------------------------------------------------------------------------------------- a day


def _day(request: HttpRequest, frame: Frame, place: str, label: str, context: dict[str, Any]) -> HttpResponse:
    words = ("air.aqi", *SIX_DAY)
    own = bool(context["own"])
    whole = selectors.table(selectors.figures(frame.release, indicators=words, periods=[label], subjects=[place] if own else None))
    summary = selectors.summary(frame.release, "period", label) or {}
    ranks = (summary.get("ranks") or {}).get(frame.edition, {}).get("air.aqi", {})
    codes = (
        [place]
        if own
        else [code for code, word, edition in whole if word == "air.aqi" and edition == frame.edition and code != home_region()]
    )
    squares = selectors.summaries(frame.release, "calendar", [f"{code}/{label[:4]}" for code in codes])
    levels = {each["number"]: each for each in frame.levels}
    rows = []
    for code in codes:
        held = next((each for each in squares.get(f"{code}/{label[:4]}", {}).get(frame.edition, []) if each[0] == label), None)
        rows.append(
            {
                "subject": code,
                "name": names.place_name(code),
                "rank": ranks.get(code),
                "level": levels.get(held[2]) if held else None,
                "cells": [whole.get((code, word, frame.edition)) for word in words],
                "others": [(edition, whole.get((code, "air.aqi", edition))) for edition in frame.others],
            }
        )
    rows.sort(key=lambda row: (row["rank"][0] if row["rank"] else len(rows) + 1, row["subject"]))
    book = frame.book.get(frame.edition, {})
    seen = sorted({row["level"]["number"] for row in rows if row["level"]})
    return show(
        request, "air_day", "air", frame, **context,
        name=names.place_name(place), rows=rows, words=words, one=rows[0] if own and rows else None,
        advice=[each for each in book.get("advice", []) if each["level"] in seen], level_words=levels, sensitive=book.get("sensitive", []),
    )  # fmt: skip


@public
@kept
def advice(request: HttpRequest, number: int | None = None) -> HttpResponse:
    """What each level means for health, and which groups each pollutant touches first, under an edition."""
    frame = choose(request, number, None, AIR)
    book = frame.book.get(frame.edition, {})
    return show(
        request, "air_advice", "air", frame,
        advice=book.get("advice", []), level_words={each["number"]: each for each in frame.levels}, sensitive=book.get("sensitive", []),
    )  # fmt: skip
