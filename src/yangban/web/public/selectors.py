"""The questions that pages and the interface ask of published Figures. Nothing is computed here: rows are found and laid in order."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from django.db.models import QuerySet

from yangban.publish.open_table import COLUMNS
from yangban.web.public.models import PublishedFigure, PublishedFile, PublishedRelease, PublishedSummary, ReleasePeriod


def newest() -> PublishedRelease | None:
    """The newest release that the public may see."""
    return PublishedRelease.objects.visible().first()


def release_with(period: str) -> PublishedRelease | None:
    """The newest visible release that has Figures of a period."""
    return PublishedRelease.objects.visible().filter(spans__period=period).order_by("-number").first()


def periods(prefix: str = "") -> list[str]:
    """The periods of which something has been published, in order of their labels."""
    found = ReleasePeriod.objects.filter(release__in=PublishedRelease.objects.visible(), period__startswith=prefix)
    return sorted(set(found.values_list("period", flat=True)))


_STANDARDS: Final[Mapping[str, tuple[str, ...]]] = {
    "air": ("gb3095",),
    "water": ("gb3838",),
    "sound": ("gb3096", "zones"),
    "ecology": ("eqi",),
    "biodiversity": ("eqi",),
}


def editions_of(release: PublishedRelease, indicator: str) -> list[str]:
    """The editions under which a release has an indicator's medium."""
    begins = _STANDARDS.get(indicator.split(".")[0])
    known = tuple(each for several in _STANDARDS.values() for each in several)
    return [each for each in release.editions if (each.startswith(begins) if begins else not each.startswith(known))]


def figures(
    release: PublishedRelease,
    *,
    indicators: Iterable[str] | None = None,
    subjects: Iterable[str] | None = None,
    periods: Sequence[str] | None = None,
    edition: str | None = None,
    scope: str = "as_monitored",
    basis: str | None = None,
    level: str | None = None,
) -> QuerySet[PublishedFigure]:
    """Figures of a release, in the order of period, subject, indicator and edition."""
    found = PublishedFigure.objects.filter(release=release, scope=scope).select_related("roots")
    if indicators is not None:
        found = found.filter(indicator__in=list(indicators))
    if subjects is not None:
        found = found.filter(subject__in=list(subjects))
    if periods is not None:
        found = found.filter(period__in=list(periods))
    if edition:
        found = found.filter(edition=edition)
    if basis:
        found = found.filter(basis=basis)
    if level:
        found = found.filter(subject_level=level)
    return found.order_by("period", "subject", "indicator", "edition")


def visible(number: int) -> PublishedRelease | None:
    """A release by its number, when the public may see it."""
    return PublishedRelease.objects.visible().filter(number=number).select_related("corrects").first()


def release_for(period: str, indicators: Sequence[str]) -> PublishedRelease | None:
    """The newest visible release that has one of some indicators for a period: a correction of water alone does not hide the air."""
    for release in PublishedRelease.objects.visible().filter(spans__period=period).order_by("-number"):
        if PublishedFigure.objects.filter(release=release, indicator__in=indicators, period=period).exists():
            return release
    return None


def years_with(indicators: Sequence[str]) -> list[str]:
    """The years for which a visible release has one of some indicators."""
    years = [each for each in periods() if len(each) == 4]
    found = PublishedFigure.objects.filter(release__in=PublishedRelease.objects.visible(), indicator__in=indicators, period__in=years)
    return sorted(set(found.order_by().values_list("period", flat=True).distinct()))


def periods_of(indicator: str, subject: str) -> list[str]:
    """The periods for which a visible release has an indicator of a place, in order of their labels."""
    found = PublishedFigure.objects.filter(release__in=PublishedRelease.objects.visible(), subject=subject, indicator=indicator)
    return sorted(set(found.order_by().values_list("period", flat=True)))


def spans(release: PublishedRelease) -> list[str]:
    """The periods of a release, in order of their labels."""
    return sorted(ReleasePeriod.objects.filter(release=release).values_list("period", flat=True))


def labels(release: PublishedRelease, medium: str) -> list[str]:
    """The periods of which a release has Figures of a medium; of a release from before that was noted, all its periods."""
    held = summary(release, "media", "all")
    return spans(release) if held is None else list(held.get(medium, ()))


def summary(release: PublishedRelease, kind: str, key: str) -> Any:
    """One summary of a release, ``None`` where there is none."""
    return PublishedSummary.objects.filter(release=release, kind=kind, key=key).values_list("content", flat=True).first()


def summaries(release: PublishedRelease, kind: str, keys: Sequence[str] | None = None) -> dict[str, Any]:
    """Summaries of a kind by key, in the order in which they were written."""
    found = PublishedSummary.objects.filter(release=release, kind=kind).order_by("pk")
    if keys is not None:
        found = found.filter(key__in=keys)
    return dict(found.values_list("key", "content"))


Table = Mapping[tuple[str, str, str], PublishedFigure]
"""Figures by subject, indicator and edition."""


def table(found: Iterable[PublishedFigure]) -> dict[tuple[str, str, str], PublishedFigure]:
    """Figures of one period laid out to be found; of several bases or scopes the first stands."""
    made: dict[tuple[str, str, str], PublishedFigure] = {}
    for figure in found:
        made.setdefault((figure.subject, figure.indicator, figure.edition), figure)
    return made


def series(
    release: PublishedRelease, *, subjects: Sequence[str], indicators: Sequence[str], periods: Sequence[str]
) -> dict[Any, PublishedFigure]:
    """Figures of several periods by subject, indicator, edition and period."""
    made: dict[Any, PublishedFigure] = {}
    for figure in figures(release, subjects=subjects, indicators=indicators, periods=periods):
        made.setdefault((figure.subject, figure.indicator, figure.edition, figure.period), figure)
    return made


def yearly(indicator: str) -> QuerySet[PublishedFigure]:
    """An indicator's yearly Figures of every place in all visible releases, newest release last: a later one replaces an earlier one."""
    return (
        PublishedFigure.objects.filter(
            release__in=PublishedRelease.objects.visible(), indicator=indicator, period__in=[p for p in periods() if len(p) == 4]
        )
        .exclude(subject_level="station")
        .select_related("roots")
        .order_by("release_id", "subject", "period", "edition")
    )


def indicators_of(release: PublishedRelease) -> list[str]:
    """The words of the indicators that a release has for its years, or for its first period where it has no year."""
    held = spans(release)
    whole = [each for each in held if len(each) == 4] or held[:1]
    found = PublishedFigure.objects.filter(release=release, period__in=whole).order_by().values_list("indicator", flat=True).distinct()
    return sorted(found)


def one(release: PublishedRelease, *, indicator: str, subject: str, period: str, edition: str | None = None) -> list[PublishedFigure]:
    """The Figures of an indicator, subject and period: one for each edition, scope and basis."""
    found = PublishedFigure.objects.filter(release=release, indicator=indicator, subject=subject, period=period).select_related(
        "roots", "release"
    )
    if edition:
        found = found.filter(edition=edition)
    return list(found.order_by("edition", "scope", "basis"))


def files(release: PublishedRelease | None = None, *, kind: Any) -> QuerySet[PublishedFile]:
    """Documents or data files of a release, or of all that the public may see, newest release first."""
    found = PublishedFile.objects.filter(kind=kind, release__in=PublishedRelease.objects.visible()).select_related("release")
    if release is not None:
        found = found.filter(release=release)
    return found.order_by("-release_id", "-period", "word", "format")


def fields() -> list[tuple[str, str, str]]:
    """The columns of the open data: name, meaning in Chinese and in English."""
    return [(column.name, column.zh, column.en) for column in COLUMNS]


_SINGLE = ("pm25", "pm10", "so2", "no2", "co", "o3_8h")
_OF_DAYS = {"air.o3_8h.p90": "air.o3_8h.max", "air.co.p95": "air.co.mean"}
_FROM_INDEX = ("air.good_day_ratio", "air.good_days", "air.heavy_days", "air.valid_days")
_WATER_SHARES = ("water.good_ratio", "water.class12_ratio", "water.inferior_ratio", "water.sections", "water.cwqi", "water.state")


def under(figure: PublishedFigure) -> list[tuple[str, list[PublishedFigure]]]:
    """The released Figures that stand directly under one, in groups: places of a region, months or days of a period, parts of an index.

    The kinds are ``places``, ``months``, ``days``, ``parts`` and ``sections``; an empty list where nothing lower is released.
    """
    same = PublishedFigure.objects.filter(
        release=figure.release_id, edition=figure.edition, scope=figure.scope, basis=figure.basis
    ).select_related("roots")
    word, period = figure.indicator, figure.period
    found: list[tuple[str, list[PublishedFigure]]] = []
    if word.startswith("water."):
        return _under_water(figure, same)
    if not word.startswith("air."):
        return _under_nature(figure, same)
    if figure.subject_level in {"province", "nation", "group"}:
        below = same.filter(indicator=word, period=period, subject_level="city")
        if figure.subject_level == "province":
            below = below.filter(subject__startswith=figure.subject[:2])
        return [("places", list(below.order_by("subject")))]
    if word == "air.composite_index":
        found.append(
            (
                "parts",
                list(
                    same.filter(indicator__in=[f"air.composite.{p}" for p in _SINGLE], subject=figure.subject, period=period).order_by(
                        "indicator"
                    )
                ),
            )
        )
    if word == "air.aqi":
        parts = [f"air.{p}.{'max' if p == 'o3_8h' else 'mean'}" for p in _SINGLE]
        return [("parts", list(same.filter(indicator__in=parts, subject=figure.subject, period=period).order_by("indicator")))]
    if len(period) == 4:
        months = [f"{period}-{n:02d}" for n in range(1, 13)]
        found.append(("months", list(same.filter(indicator=word, subject=figure.subject, period__in=months).order_by("period"))))
    elif len(period) == 7 and period[5:].isdigit():
        daily = (
            "air.aqi"
            if word in _FROM_INDEX or word.startswith("air.level")
            else _OF_DAYS.get(word, ".".join((*word.split(".")[:2], "mean")))
        )
        days = same.filter(indicator=daily, subject=figure.subject, period__startswith=f"{period}-").order_by("period")
        found.append(("days", list(days)))
    return [each for each in found if each[1]]


_OF_CITIES = ("sound.area_day", "sound.area_night", "sound.road_day", "sound.road_night")
_GEP_PARTS = ("ecology.gep_products", "ecology.gep_regulating", "ecology.gep_cultural")


def _under_nature(figure: PublishedFigure, same: QuerySet[PublishedFigure]) -> list[tuple[str, list[PublishedFigure]]]:
    """A province's level of sound is the mean of its cities, a GEP the sum of its categories; all else rests on what is not released."""
    if figure.indicator in _OF_CITIES and figure.subject_level == "province":
        below = same.filter(indicator=figure.indicator, period=figure.period, subject_level="city", subject__startswith=figure.subject[:2])
        return [("places", list(below.order_by("subject")))]
    if figure.indicator == "ecology.gep":
        return [("parts", list(same.filter(indicator__in=_GEP_PARTS, subject=figure.subject, period=figure.period).order_by("indicator")))]
    return []


def _under_water(figure: PublishedFigure, same: QuerySet[PublishedFigure]) -> list[tuple[str, list[PublishedFigure]]]:
    if figure.indicator in _WATER_SHARES or (figure.indicator == "water.class" and figure.subject_level in {"city", "river", "province"}):
        sections = same.filter(indicator="water.class", subject_level="section", period=figure.period).order_by("subject")
        if figure.subject_level != "province":
            about = (
                PublishedSummary.objects.filter(release=figure.release_id, kind="sections").values_list("content", flat=True).first() or {}
            )
            name, wanted = ("city", figure.subject) if figure.subject_level == "city" else ("river", figure.subject_name)
            sections = sections.filter(subject__in=[subject for subject, said in about.items() if said[name] == wanted])
        return [("sections", list(sections))]
    if figure.indicator == "water.class" and figure.subject_level == "section":
        items = same.filter(subject=figure.subject, period=figure.period, indicator__endswith=".mean").order_by("indicator")
        return [("parts", list(items))]
    return []
