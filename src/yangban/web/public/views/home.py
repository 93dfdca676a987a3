"""The first page: one sentence with the numbers, a map, cards, a calendar and the ranking."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from yangban.web.accounts.permissions import public
from yangban.web.public import drawing, names, selectors
from yangban.web.public.cache import kept
from yangban.web.public.models import PublishedFigure
from yangban.web.public.views.frame import AIR, Frame, choose, home_region, no_page, pinned, show
from yangban.web.words import pick

CARDS: Final = ("air.good_day_ratio", "air.pm25.mean", "air.o3_8h.p90")
WATER_CARDS: Final = ("water.good_ratio",)
NATURE_CARDS: Final = {
    "sound.area_day": "sound_period", "ecology.forest_cover": "ecology_period", "ecology.eqi": "ecology_period",
    "biodiversity.species": "species_period", "ecology.gep": "gep_period",
}  # fmt: skip
"""Headlines of further media, and the page of each."""
RANKED: Final = ("air.composite_index", "air.pm25.mean", "air.o3_8h.p90", "air.good_day_ratio")


@public
@kept
def home(request: HttpRequest, number: int | None = None) -> HttpResponse:
    """The first page, of the newest release that has a year of the region's air."""
    year = newest_year(number)
    if year is None:
        text = pick(
            "公开的发布里还没有空气质量结果。数据接入、评价并签发后，结果出现在这里；已发布的其他内容见上方各栏。",
            "No release holds air yet. Results appear here once they are released; what else is released stands under the headings above.",
        )
        return no_page(request, "home", text)
    frame = choose(request, number, year, AIR)
    region = home_region()
    months = frame.months(year)
    words = (*CARDS, *WATER_CARDS)
    whole = selectors.table(selectors.figures(frame.release, indicators=(*words, *RANKED), periods=[year]))
    monthly = selectors.series(frame.release, subjects=[region], indicators=words, periods=months)
    summary = selectors.summary(frame.release, "period", year) or {}
    targets = selectors.summary(frame.release, "targets", region) or []
    published = selectors.summary(frame.release, "published", region) or []
    return show(
        request, "home", "home", frame,
        year=year, region=region,
        headline=whole.get((region, CARDS[0], frame.edition)),
        headline_pm=whole.get((region, CARDS[1], frame.edition)),
        cities=(summary.get("headline") or {}).get(frame.edition, {}),
        paragraph=(frame.release.cards.get(year) or {}).get("paragraph", ""),
        cards=[
            card(frame, whole, monthly, summary, targets, published, word, region, year, months)
            for word in words
            if (region, word) in present(whole)
        ],
        beside=[each for each in published if each["period"] == year and each["indicator"] in CARDS],
        other=other_edition(frame, whole, summary, region),
        map=city_map(frame, whole, summary, "air.pm25.mean"),
        ranking=ranking(frame, whole, summary, "air.composite_index", RANKED),
        example=calendar_of(frame, capital(frame), year),
        has_water=any(word.startswith("water.") for _, word, _ in whole),
        nature=nature_cards(frame, summary, region, year),
    )  # fmt: skip


def nature_cards(frame: Frame, summary: Any, region: str, year: str) -> list[dict[str, Any]]:
    """The headline of sound, forests, EQI, species and ecosystem products, of those that the release holds, each with its page."""
    found = selectors.figures(frame.release, indicators=NATURE_CARDS, subjects=[region], periods=[year])
    held = {figure.indicator: figure for figure in found if figure.display is not None}
    changes = summary.get("changes") or {}
    made = []
    for word in (each for each in NATURE_CARDS if each in held):
        where = {"period": year} | ({} if frame.pinned is None else {"number": frame.pinned})
        step = changes.get(held[word].edition, {}).get(word, {}).get(region)
        made.append({"word": word, "figure": held[word], "change": step, "page": reverse(f"public:{NATURE_CARDS[word]}", kwargs=where)})
    return made


def present(whole: selectors.Table) -> set[tuple[str, str]]:
    """Subjects and indicators that have Figures."""
    return {(subject, word) for subject, word, _ in whole}


def newest_year(number: int | None) -> str | None:
    """The last year with air of the region, else its last month; of a pinned release its own."""
    held = selectors.labels(pinned(number), "air") if number is not None else selectors.periods_of(AIR[0], home_region())
    years = [each for each in held if len(each) == 4]
    months = [each for each in held if len(each) == 7 and each[5:].isdigit()]
    return next(reversed(years or months), None)


def capital(frame: Frame) -> str:
    """The first city of the map's region, in the order of codes: its calendar is the example on the first page."""
    found = sorted(code for code in frame.release.subjects if code.isdigit() and code != home_region() and code.endswith("00"))
    return str(found[0]) if found else ""


def edition_of(frame: Frame, word: str) -> str:
    """The edition under which an indicator stands: the chosen one, for water its only one."""
    if word.startswith("air."):
        return frame.edition
    return next(iter(selectors.editions_of(frame.release, word)), "")


def card(
    frame: Frame, whole: selectors.Table, monthly: Any, summary: Any, targets: Any, published: Any, word: str, region: str, year: str,
    months: list[str],
) -> dict[str, Any]:  # fmt: skip
    """What one card shows."""
    edition = edition_of(frame, word)
    figure = whole.get((region, word, edition))
    own = [each for each in targets if each["indicator"] == word and each["state"] != "apart"]
    target = next((each for each in own if each["period"] >= year), None)
    values = [number_of(monthly.get((region, word, edition, month))) for month in months]
    beside = next((each for each in published if each["indicator"] == word and each["period"] == year and each["network"] == "state"), None)
    return {
        "word": word,
        "figure": figure,
        "change": ((summary.get("changes") or {}).get(edition, {}).get(word) or {}).get(region),
        "target": target,
        "spark": drawing.spark(values, Decimal(target["value"]) if target and target["period"] == year else None),
        "months": [{"month": month, "figure": monthly.get((region, word, edition, month))} for month in months],
        "published": beside,
    }


def number_of(figure: PublishedFigure | None) -> Decimal | None:
    """The printed value, where it may be drawn."""
    return None if figure is None else figure.number


def other_edition(frame: Frame, whole: selectors.Table, summary: Any, region: str) -> dict[str, Any] | None:
    """The share of good days under the edition beside the chosen one, and how far apart they are."""
    if not frame.others:
        return None
    edition = frame.others[-1]
    apart = (summary.get("differences") or {}).get(edition, {})
    return {
        "edition": edition,
        "figure": whole.get((region, CARDS[0], edition)),
        "difference": apart.get(CARDS[0], {}).get(region) if edition != frame.editions[0] else None,
    }


def city_map(frame: Frame, whole: selectors.Table, summary: Any, word: str, region: str = "") -> dict[str, Any] | None:
    """The places of the map with their values and shades; a sketch map is shown by a demonstration alone."""
    code = region or home_region()
    held = selectors.summaries(frame.release, "map", [code, f"{code}/demo"])
    shapes = (held.get(f"{code}/demo") if settings.DEMO else None) or held.get(code)
    if not shapes:
        return None
    shades = (summary.get("shades") or {}).get(frame.edition, {}).get(word, {})
    places = [
        {
            **each,
            "name": names.called(each["code"], each["name"]),
            "figure": whole.get((each["code"], word, frame.edition)),
            "shade": shades.get(each["code"]),
        }
        for each in shapes["places"]
    ]
    return {**shapes, "word": word, "places": places, "figure": next((each["figure"] for each in places if each["figure"]), None)}


def ranking(
    frame: Frame, whole: selectors.Table, summary: Any, by: str, words: tuple[str, ...], level: str = "city"
) -> list[dict[str, Any]]:
    """The places in the order of their rank by an indicator; those that may not be ranked follow."""
    places = {subject: figure for (subject, word, _), figure in whole.items() if word == by and figure.subject_level == level}
    ranks = (summary.get("ranks") or {}).get(frame.edition, {})
    last = frame.editions[-1] if frame.editions else ""
    apart = (summary.get("differences") or {}).get(last, {})
    rows = [
        {
            "subject": subject,
            "name": names.called(subject, figure.subject_name),
            "rank": ranks.get(by, {}).get(subject),
            "cells": [whole.get((subject, word, frame.edition)) for word in words],
            "other": whole.get((subject, "air.good_day_ratio", frame.others[-1])) if frame.others else None,
            "apart": {word: apart.get(word, {}).get(subject) for word in words},
        }
        for subject, figure in places.items()
    ]
    return sorted(rows, key=lambda row: (row["rank"][0] if row["rank"] else len(rows) + 1, row["subject"]))


def calendar_of(frame: Frame, code: str, year: str) -> dict[str, Any] | None:
    """A place's year of days."""
    held = selectors.summary(frame.release, "calendar", f"{code}/{year[:4]}") if code else None
    squares = (held or {}).get(frame.edition)
    if not squares:
        return None
    return {"code": code, "year": year, "strip": drawing.strip(squares, frame.levels), "squares": squares, "levels": frame.levels}
