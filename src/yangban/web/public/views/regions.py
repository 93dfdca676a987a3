"""Places: choose one, and see how its air and water are, better or worse, and against what target."""

from __future__ import annotations

from typing import Any, Final

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from yangban.base import regions
from yangban.base.errors import UnknownRegion
from yangban.web.accounts.permissions import public
from yangban.web.public import names, selectors
from yangban.web.public.cache import kept
from yangban.web.public.views.frame import AIR, Frame, choose, home_region, no_page, show
from yangban.web.public.views.home import calendar_of, card, city_map, newest_year, present, ranking
from yangban.web.words import pick

WORDS: Final = (
    "air.good_day_ratio", "air.pm25.mean", "air.o3_8h.p90", "air.composite_index", "air.good_days", "air.valid_days", "air.heavy_days",
    "air.attains", "water.good_ratio", "water.cwqi", "water.class",
)  # fmt: skip
SOUND_WORDS: Final = ("sound.area_day", "sound.road_day", "sound.zone_day_rate", "sound.zone_night_rate")
SHOWN: Final = ("air.good_day_ratio", "air.pm25.mean", "air.o3_8h.p90", "air.composite_index", "water.good_ratio", "water.cwqi")


@public
@kept
def choose_place(request: HttpRequest, number: int | None = None) -> HttpResponse:
    """All cities and counties, and a search by name or code."""
    asked = request.GET.get("q", "").strip()[:40]
    tree = _tree()
    if asked:
        word = asked.casefold()
        found = [each for each in _flat(tree) if word == each["code"] or any(word in name for name in each["names"])]
        exact = [each for each in found if word == each["code"] or word in each["names"]]
        if len(exact) == 1 or len(found) == 1:
            code = (exact or found)[0]["code"]
            return HttpResponseRedirect(reverse("public:region", kwargs={"subject": code}))
    else:
        found = []
    year = newest_year(number)
    frame = None if year is None else choose(request, number, year, AIR)
    held = set() if frame is None else set(frame.release.subjects)
    return show(request, "regions", "regions", frame, tree=tree, asked=asked, found=found, held=held, region=home_region())


def _tree() -> list[dict[str, Any]]:
    """The region's cities, each with its counties."""
    region = home_region()
    if not region:
        return []
    cities = regions.children(region, level="city")
    counties = regions.children(region, level="county")
    return [{**_named(city), "counties": [_named(each) for each in counties if each.code.startswith(city.code[:4])]} for city in cities]


def _named(place: regions.Place) -> dict[str, Any]:
    """A place with what it is called on this page, and with every name by which it is found: in Chinese, short, in English."""
    known = {place.name, place.short, *filter(None, [regions.english_name(place.code)])}
    return {"code": place.code, "name": names.called(place.code, place.name), "names": {each.casefold() for each in known}}


def _flat(tree: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [each for city in tree for each in (city, *city["counties"])]


@public
@kept
def place(request: HttpRequest, subject: str, number: int | None = None) -> HttpResponse:
    """One place: air, water, change, target, rank; a county without results of its own is led to its city."""
    try:
        known = regions.place(subject)
    except UnknownRegion:
        raise Http404(pick(f"没有代码为 {subject} 的地区。", f"There is no place with the code {subject}.")) from None
    year = newest_year(number)
    if year is None:
        return no_page(request, "regions", pick("还没有公开的发布。", "Nothing has been released yet."))
    frame = choose(request, number, year, AIR)
    has_own = subject in frame.release.subjects
    city = subject if has_own or known.parent is None else known.parent
    return show(request, "region", "regions", frame, subject=subject, name=names.place_name(subject), year=year, has_own=has_own, city=city,
                city_name=names.place_name(city), **(_results(frame, subject, year) if has_own else {}))  # fmt: skip


def _results(frame: Frame, subject: str, year: str) -> dict[str, Any]:
    months = frame.months(year)
    whole = selectors.table(selectors.figures(frame.release, indicators=WORDS, periods=[year], subjects=[subject]))
    monthly = selectors.series(frame.release, subjects=[subject], indicators=SHOWN, periods=months)
    summary = selectors.summary(frame.release, "period", year) or {}
    targets = selectors.summary(frame.release, "targets", subject) or []
    published = selectors.summary(frame.release, "published", subject) or []
    shown = [word for word in SHOWN if (subject, word) in present(whole)]
    ranks = (summary.get("ranks") or {}).get(frame.edition, {})
    attains = whole.get((subject, "air.attains", frame.edition))
    last = frame.days[-1] if frame.days else None
    return {
        "cards": [
            {
                **card(frame, whole, monthly, summary, targets, published, word, subject, year, months),
                "rank": ranks.get(word, {}).get(subject),
            }
            for word in shown
        ],
        "attains": attains,
        "failing": [names.item_name(each.split(".")[0]) for each in (attains.detail.get("failing", []) if attains else [])],
        "good": whole.get((subject, "air.good_days", frame.edition)),
        "valid": whole.get((subject, "air.valid_days", frame.edition)),
        "heavy": whole.get((subject, "air.heavy_days", frame.edition)),
        "has_water": any(word.startswith("water.") for _, word in present(whole)),
        "sound": [
            figure
            for figure in selectors.figures(frame.release, indicators=SOUND_WORDS, subjects=[subject], periods=[year])
            if figure.display is not None
        ],
        "targets": targets,
        "calendar": calendar_of(frame, subject, year),
        "last_day": last,
        "places": _below(frame, subject),
        **_counties(frame, subject, year, summary),
    }


def _counties(frame: Frame, subject: str, year: str, summary: Any) -> dict[str, Any]:
    """The counties of a city on a map and in a list, where the release has results of them."""
    if regions.subject_level(subject) != "city":
        return {}
    held = [p.code for p in regions.children(subject, level="county") if p.code in frame.release.subjects]
    if not held:
        return {}
    words = ("air.composite_index", "air.pm25.mean", "air.o3_8h.p90", "air.good_day_ratio")
    whole = selectors.table(selectors.figures(frame.release, indicators=words, periods=[year], subjects=held))
    return {
        "map": city_map(frame, whole, summary, "air.pm25.mean", subject),
        "ranking": ranking(frame, whole, summary, "air.composite_index", words, "county"),
    }


def _below(frame: Frame, subject: str) -> list[dict[str, Any]]:
    """The places beneath, and whether the release has results of their own."""
    level = "county" if regions.subject_level(subject) == "city" else "city"
    if regions.subject_level(subject) not in {"province", "city"}:
        return []
    held = set(frame.release.subjects)
    return [{"code": p.code, "name": names.called(p.code, p.name), "held": p.code in held} for p in regions.children(subject, level=level)]
