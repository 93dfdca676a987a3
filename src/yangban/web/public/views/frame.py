"""What every page of results needs first: which release, which edition, and what must be said above the page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any, Final

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from yangban.base.periods import parse
from yangban.web.public import selectors
from yangban.web.public.models import PublishedRelease
from yangban.web.words import pick

AIR: Final = ("air.good_day_ratio", "air.aqi")
WATER: Final = ("water.class", "water.good_ratio")
SOUND: Final = (
    "sound.area_day", "sound.area_night", "sound.road_day", "sound.road_night", "sound.zone_day_rate", "sound.zone_night_rate",
)  # fmt: skip
ECOLOGY: Final = (
    "ecology.forest_cover", "ecology.eqi", "ecology.red_line_area", "ecology.red_line_ratio", "ecology.protected_area",
    "ecology.protected_area_ratio", "ecology.wetland_protection", "ecology.soil_water_conservation",
)  # fmt: skip
SPECIES: Final = ("biodiversity.species", "biodiversity.individuals")
GEP: Final = ("ecology.gep", "ecology.gep_products", "ecology.gep_regulating", "ecology.gep_cultural")


@dataclass
class Frame:
    """A release, the editions of a medium that it has, and the one that was chosen."""

    release: PublishedRelease
    pinned: int | None
    editions: list[str]
    edition: str
    asked: str = ""
    medium: str = "air"
    _held: dict[str, Any] = field(default_factory=dict)

    @cached_property
    def labels(self) -> list[str]:
        """The periods of which the release has results of the medium."""
        return selectors.labels(self.release, self.medium)

    @cached_property
    def years(self) -> list[str]:
        """Its years."""
        return [each for each in self.labels if len(each) == 4]

    @cached_property
    def days(self) -> list[str]:
        """Its days."""
        return [each for each in self.labels if len(each) == 10 and each[4] == "-"]

    def months(self, year: str) -> list[str]:
        """Its months of a year."""
        return [each for each in self.labels if len(each) == 7 and each.startswith(year) and each[5:].isdigit()]

    @cached_property
    def book(self) -> dict[str, Any]:
        """What the summaries say of each edition."""
        return selectors.summaries(self.release, "edition")

    @property
    def levels(self) -> list[dict[str, Any]]:
        """The levels of the index under the chosen edition."""
        found: list[dict[str, Any]] = self.book.get(self.edition, {}).get("levels", [])
        return found

    @property
    def others(self) -> list[str]:
        """The editions beside the chosen one."""
        return [each for each in self.editions if each != self.edition]

    def context(self) -> dict[str, Any]:
        """What the templates read of it."""
        return {
            "frame": self,
            "release": self.release,
            "pinned": self.pinned,
            "edition": self.edition,
            "editions": self.editions,
            "edition_asked": self.asked,
            "correction": self.release.correction(),
        }


def choose(request: HttpRequest, number: int | None, period: str | None, indicators: Sequence[str]) -> Frame:
    """The release that answers for a period, newest first unless one is pinned, and the edition of the address.

    Raises :class:`~django.http.Http404` that says what there is instead.
    """
    if number is not None:
        release: PublishedRelease | None = pinned(number)
    elif period is not None:
        release = selectors.release_for(period, indicators)
    else:
        release = selectors.newest()
    if release is None:
        raise Http404(_nothing(period, indicators))
    editions = selectors.editions_of(release, indicators[0])
    asked = request.GET.get("edition", "")
    if asked and asked not in editions:
        known = "、".join(editions) or pick("无", "none")
        raise Http404(
            pick(f"这一号发布没有按 {asked[:40]} 评价的结果；有：{known}。", f"No results under {asked[:40]}; there are: {known}.")
        )
    return Frame(release, number, editions, asked or (editions[0] if editions else ""), asked, indicators[0].split(".")[0])


def pinned(number: int) -> PublishedRelease:
    """The release of a number; raises :class:`~django.http.Http404` where the public may not see it."""
    release = selectors.visible(number)
    if release is None:
        raise Http404(
            pick(f"没有公开的第 {number:04d} 号发布；见“全部发布”。", f"There is no public release {number:04d}; see the list of releases.")
        )
    return release


def _nothing(period: str | None, indicators: Sequence[str]) -> str:
    if period is None:
        return pick("还没有公开的发布。", "Nothing has been released yet.")
    held = selectors.periods()
    if not held:
        return pick("还没有公开的发布。", "Nothing has been released yet.")
    years = "、".join(selectors.years_with(indicators)) or pick("无", "none")
    return pick(f"没有 {period} 的公开结果；已发布的年份：{years}。", f"Nothing is released for {period}; released years: {years}.")


def home_region() -> str:
    """The region that the site is about."""
    return str(settings.REGION)


def show(request: HttpRequest, template: str, section: str, frame: Frame | None, **more: Any) -> HttpResponse:
    """A page of a section."""
    context = {"section": section, **({} if frame is None else frame.context()), **more}
    return render(request, f"public/{template}.html", context)


def neighbours(label: str, held: Sequence[str]) -> dict[str, str | None]:
    """The period before and the one after among those that are there."""
    kind = parse(label).kind
    same = [each for each in held if parse(each).kind == kind]
    place = same.index(label) if label in same else -1
    return {
        "before": same[place - 1] if place > 0 else None,
        "after": same[place + 1] if 0 <= place < len(same) - 1 else None,
    }


def no_page(request: HttpRequest, section: str, text: str) -> HttpResponse:
    """A page of the site before there is anything to show: what is missing, and what comes next."""
    return render(request, "public/nothing.html", {"section": section, "text": text, "today": date.today()})
