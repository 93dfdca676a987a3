"""The questions that pages and the interface ask of published Figures. Nothing is computed here: rows are found and laid in order."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from django.db.models import QuerySet

from yangban.web.public.models import PublishedFigure, PublishedRelease, ReleasePeriod


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
