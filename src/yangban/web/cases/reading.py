"""What the pages of cases ask: lists, filters, related cases, Figures beside a result. Nothing is changed here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.conf import settings
from django.db.models import Count, Q, QuerySet

from yangban.base import regions
from yangban.base.errors import UnknownRegion
from yangban.govern import case_text
from yangban.web.accounts.models import User
from yangban.web.accounts.permissions import covered, holds, lies_within
from yangban.web.cases import search
from yangban.web.cases.library import FIGURE_KEY
from yangban.web.cases.models import Case, CaseTag, CaseVersion
from yangban.web.public.models import PublishedFigure, PublishedRelease
from yangban.web.public.names import place_name

_RELATED: Final = 4
_TAGS: Final = 24


def published() -> QuerySet[Case]:
    """What everyone may read, newest first, each with how often it was copied."""
    rows = Case.objects.filter(state="published").select_related("shown", "organisation", "call")
    return rows.annotate(copied=Count("reuses"))


def chosen(question: str = "", *, tag: str = "", place: str = "") -> Sequence[Case]:
    """Published cases that have all that was asked for: the best answer first, or the newest where nothing was asked."""
    rows = published()
    if tag:
        rows = rows.filter(tags__word=tag)
    if place:
        rows = rows.filter(region__in=[code for code in _regions() if lies_within(code, place)])
    order = search.found(question)
    if order is None:
        return rows.order_by("-published_at", "-pk")  # type: ignore[no-any-return]
    held = {row.pk: row for row in rows.filter(pk__in=order)}
    return [held[pk] for pk in order if pk in held]


def _regions() -> list[str]:
    return list(Case.objects.filter(state="published").order_by().values_list("region", flat=True).distinct())


@dataclass(frozen=True)
class Hit:
    """A case in a list, with the piece of its text that answers the question."""

    row: Case
    pieces: tuple[tuple[str, bool], ...]

    @property
    def picture(self) -> Mapping[str, Any] | None:
        """Its first picture."""
        return next(iter(self.row.shown.pictures), None) if self.row.shown else None


def hits(rows: Sequence[Case], question: str) -> list[Hit]:
    """Cases of one page of a list; with a question each with its snippet."""
    parts = case_text.wanted(question)
    return [Hit(row, case_text.snippet(_texts(row.shown), parts) if parts and row.shown else ()) for row in rows]


def _texts(version: CaseVersion) -> list[str]:
    return [version.summary, version.situation, version.practice, version.result, version.lesson, version.summary_en]


def tags() -> list[tuple[str, int]]:
    """The tags of published cases with how many have them, the most used first."""
    rows = CaseTag.objects.order_by().values("word").annotate(n=Count("pk")).order_by("-n", "word")[:_TAGS]
    return [(row["word"], row["n"]) for row in rows]


def places() -> list[tuple[str, str, int]]:
    """The prefectures of published cases: code, name, how many."""
    counts: dict[str, int] = {}
    for code in Case.objects.filter(state="published").values_list("region", flat=True):
        counts[_city(code)] = counts.get(_city(code), 0) + 1
    return [(code, place_name(code), n) for code, n in sorted(counts.items())]


def _city(code: str) -> str:
    try:
        return code if regions.subject_level(code) in {"province", "nation"} else f"{code[:4]}00"
    except UnknownRegion:
        return code


def name(code: str) -> str:
    """The Chinese name of a place, as books have it; the code itself where nobody knows it."""
    try:
        return regions.subject_name(code)
    except UnknownRegion:
        return code


def related(row: Case) -> list[Case]:
    """Published cases that share most tags with one, those of the same place before others."""
    words = list(row.tags.values_list("word", flat=True))
    rows = published().filter(Q(tags__word__in=words) | Q(region=row.region)).exclude(pk=row.pk).distinct()[:200]
    own, city = set(words), _city(row.region)

    def nearness(each: Case) -> tuple[int, int]:
        return 2 * len(own & set(each.shown.tags)) + (each.region == row.region) + (_city(each.region) == city), each.pk

    scored = sorted(rows, key=nearness, reverse=True)
    return scored[:_RELATED]


# ---------------------------------------------------------------------------------------------------------------------------- Figures


@dataclass(frozen=True)
class Beside:
    """A Figure beside the text of a result, as its release froze it. ``row`` is ``None`` where the release is public no more."""

    key: Mapping[str, Any]
    row: PublishedFigure | None
    correction: PublishedRelease | None = None


def figures_of(version: CaseVersion) -> list[Beside]:
    """The Figures that a version names, in its order."""
    return figures_of_all([version])[0]


def figures_of_all(versions: Sequence[CaseVersion]) -> list[list[Beside]]:
    """The Figures of several versions, asked in one go."""
    asked = Q(pk__in=[])
    for version in versions:
        for key in version.figures:
            asked |= Q(**{name: key[name] for name in FIGURE_KEY})
    rows = PublishedFigure.objects.filter(asked, release__in=PublishedRelease.objects.visible()).select_related("roots", "release")
    held = {tuple(getattr(row, "release_id" if name == "release" else name) for name in FIGURE_KEY): row for row in rows}
    corrections = {row.release_id: row.release.correction() for row in held.values()}
    made = []
    for version in versions:
        line = []
        for key in version.figures:
            row = held.get(tuple(key[name] for name in FIGURE_KEY))
            line.append(Beside(key, row, corrections.get(row.release_id) if row else None))
        made.append(line)
    return made


# ------------------------------------------------------------------------------------------------------------------------- on the desk


def own(user: User) -> QuerySet[Case]:
    """The cases of a person's organisations, newest first."""
    bodies = [each.organisation_id for each in user.current_memberships() if holds(each, "cases.submit")]
    return Case.objects.filter(organisation__in=bodies).select_related("organisation", "call").order_by("-created_at", "-pk")


def to_review(user: User) -> QuerySet[Case]:
    """The cases that lie where a person reviews or publishes; drafts are their organisations' own."""
    codes = set(Case.objects.order_by().values_list("region", flat=True).distinct())
    seen = {*covered(user, "cases.review", codes), *covered(user, "cases.publish", codes)}
    rows = Case.objects.filter(region__in=seen).exclude(state="draft").select_related("organisation", "call", "shown")
    return rows.order_by("-created_at", "-pk")


def home() -> str:
    """The region of the site."""
    return str(settings.REGION)
