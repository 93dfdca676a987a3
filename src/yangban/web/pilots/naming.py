"""Who holds a title: what sources name, what this site has named, and how many nobody has named; in a list and on a map."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.conf import settings

from yangban.packs.titles import Count, titles
from yangban.web.accounts.permissions import lies_within
from yangban.web.pilots import editions
from yangban.web.pilots.models import Application
from yangban.web.plans import mapping
from yangban.web.public.names import place_name
from yangban.web.words import pick

HELD = ("named", "recheck", "warned")
"""States in which a title is held."""
STATES: Mapping[str, tuple[str, str, str]] = {
    "named": ("★", "已命名", "Named"),
    "recheck": ("◎", "复核中", "In re-check"),
    "warned": ("◆", "警告整改", "Warned"),
    "withdrawn": ("■", "已撤销", "Withdrawn"),
}


@dataclass(frozen=True)
class Holder:
    """One title of one place; ``row`` is its application where it went through this site."""

    family: str
    code: str
    name: str
    batch: str
    year: str
    state: str
    source: str
    confidence: str
    row: Application | None = None

    @property
    def sign(self) -> str:
        """Its state with its symbol and word."""
        symbol, zh, en = STATES[self.state]
        return f"{symbol} {pick(zh, en)}"


@dataclass(frozen=True)
class Family:
    """The titles of one family: its count as a source says, those named, and how many nobody names."""

    word: str
    name: str
    count: Count | None
    holders: tuple[Holder, ...]
    unnamed: int


@dataclass(frozen=True)
class Mark:
    """What stands on the map for a place."""

    key: str
    sign: str
    total: int
    ended: int = 0


def names() -> dict[str, str]:
    """What each family of programmes is called."""
    return {family: pick(held[-1].name, held[-1].name_en) for family, held in editions.held().families().items()}


def families() -> list[Family]:
    """All families with their holders, those with something to tell first."""
    region = settings.REGION
    book = titles()
    rows: dict[str, list[Application]] = {}
    for row in Application.objects.filter(state__in=STATES, province=_province(region)).order_by("named_on"):
        rows.setdefault(row.family, []).append(row)
    made = []
    for family, name in names().items():
        listed = [_listed(each) for each in book.named if each.family == family and lies_within(each.region, region or each.region)]
        own = [_own(row) for row in rows.get(family, [])]
        count = next((each for each in book.counts if each.family == family and lies_within(each.region, region or each.region)), None)
        unnamed = 0 if count is None else book.unnamed(family, count.region)
        made.append(Family(family, name, count, (*listed, *own), unnamed))
    return sorted(made, key=lambda each: -(len(each.holders) + each.unnamed))


def _province(region: str) -> str:
    return region[:2] + "0000" if region else region


def _listed(each: Any) -> Holder:
    return Holder(
        family=each.family,
        code=each.place,
        name=place_name(each.place) if each.place else each.subject,
        batch="" if each.batch is None else pick(f"第{each.batch}批", f"batch {each.batch}"),
        year="" if each.year is None else str(each.year),
        state="named",
        source=each.source,
        confidence=each.confidence,
    )


def _own(row: Application) -> Holder:
    return Holder(
        family=row.family,
        code=row.place,
        name=place_name(row.place),
        batch="",
        year="" if row.named_on is None else str(row.named_on.year),
        state=row.state,
        source=row.body["naming"]["basis"] if row.body.get("naming") else "",
        confidence="official",
        row=row,
    )


def marks(held: list[Family]) -> dict[str, Mark]:
    """Of each place how many titles it holds, by code; the state that is worst decides the sign."""
    found: dict[str, list[Holder]] = {}
    for family in held:
        for each in family.holders:
            if each.code and each.state in HELD and not (each.row is not None and each.row.demo):
                found.setdefault(each.code, []).append(each)
    order = ("warned", "recheck", "named")
    made = {}
    for code, holders in found.items():
        worst = min(holders, key=lambda each: order.index(each.state))
        key = "open" if worst.state == "named" else "yellow"
        if all(each.confidence == "unverified" for each in holders):
            key = "unsure"
        made[code] = Mark(key, "、".join(names().get(each.family, each.family) for each in holders), len(holders))
    return made


def by_city(held: list[Family]) -> dict[str, Mark]:
    """The titles of each city with those of its counties."""
    made: dict[str, int] = {}
    for code, mark in marks(held).items():
        city = code[:4] + "00"
        made[city] = made.get(city, 0) + mark.total
    return {code: Mark("open", pick(f"{n} 个称号", f"{n} titles"), n) for code, n in made.items()}


def drawn(held: list[Family]) -> mapping.Drawn | None:
    """The map of titles by city, tiles where there is no approved base map."""
    if not settings.REGION:
        return None
    return mapping.drawn(settings.REGION, "city", by_city(held))  # type: ignore[arg-type]


def due_for_recheck(day: date) -> list[Application]:
    """Titles whose re-check is due: by the day that was given with the title, where one was."""
    return list(Application.objects.filter(state="named", recheck_due__lte=day).order_by("recheck_due"))
