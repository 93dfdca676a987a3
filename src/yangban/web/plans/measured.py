"""What measurements say: places that slid in rank, sections worse than their target, indicators off the path to a target.

All of it is read from published releases. A course (path and forecast) is laid from the results in place, and dropped where its months are
no longer those of the release.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from fractions import Fraction

from django.conf import settings

from yangban.assess.figure import Figure
from yangban.base import regions
from yangban.base.errors import UnknownRegion, YangbanError
from yangban.base.periods import Period, parse
from yangban.govern.warnings import Cause, off_course, rank_slid, section_missed
from yangban.indicators.targets import Target
from yangban.publish.course import courses_of, until
from yangban.publish.dispatch import targets_of
from yangban.run.media import open_all
from yangban.standards.governance import Signals
from yangban.standards.systems import load_systems
from yangban.web.plans import tasks
from yangban.web.public import selectors
from yangban.web.public.models import PublishedFigure, PublishedRelease
from yangban.web.public.ranks import ranking
from yangban.web.public.summaries import as_released
from yangban.web.workspace import site_workspace

log = logging.getLogger(__name__)


def newest_month(period: str) -> Period | None:
    """The last published month that ends by the end of a period."""
    end = parse(period).end
    months = [each for each in map(parse, selectors.periods()) if each.kind == "month" and each.end <= end]
    return max(months, key=lambda each: each.end, default=None)


def region_of(subject: str, release: PublishedRelease | None = None) -> str:
    """The place in which a subject lies: itself, the city of a section where the registry says it, else the province in its name."""
    if not subject.startswith("section:"):
        try:
            return regions.place(subject).code
        except UnknownRegion:
            return ""
    held = release or selectors.newest()
    said = (selectors.summary(held, "sections", "all") or {}).get(subject, {}) if held else {}
    province = subject.split(":")[1]
    try:
        return regions.place(said["city"], within=province).code if said.get("city") else province
    except UnknownRegion:
        return province


def rank_causes(month: Period, *, signals: Signals) -> list[Cause]:
    """Places that lost ranks in a month, of the indicators and levels that the signal names, against the periods that it names."""
    rule = signals.signal("rank")
    found: list[Cause] = []
    for indicator in rule.indicators:
        for level in rule.levels:
            now = _ranks(indicator, level, month)
            for against in rule.against:
                other = month.before() if against == "before" else month.year_before()
                then = _ranks(indicator, level, other)
                for subject, (row, rank, of) in now.items():
                    # A place is compared with itself among as many: where the pool has changed, ranks say nothing.
                    if subject in then and then[subject][2] == of:
                        cause = rank_slid(
                            tasks.figure_of(row), rank=rank, before=then[subject][1], of=of, signals=signals, against=other.label
                        )
                        found += [cause] if cause else []
    return found


def _ranks(indicator: str, level: str, period: Period) -> dict[str, tuple[PublishedFigure, int, int]]:
    release = selectors.release_for(period.label, [indicator])
    editions = [] if release is None else selectors.editions_of(release, indicator)
    if release is None or not editions:
        return {}
    rows = selectors.figures(release, indicators=[indicator], periods=[period.label], level=level, edition=editions[0])
    own = [row for row in rows if not settings.REGION or row.subject.startswith(settings.REGION[:2])]
    return {each.figure.subject: (each.figure, each.rank, each.of) for each in ranking(own) if each.rank is not None}


def section_causes(month: Period, *, signals: Signals) -> list[Cause]:
    """Sections whose class in a month is worse than the target that the registry gives them for the year."""
    release = selectors.release_for(month.label, ["water.class"])
    if release is None:
        return []
    wanted = {subject: said.get("target") for subject, said in (selectors.summary(release, "sections", "all") or {}).items()}
    rows = selectors.figures(release, indicators=["water.class"], periods=[month.label], level="section")
    found: dict[str, Cause] = {}
    for row in rows:
        target = wanted.get(row.subject)
        if target and row.subject not in found:
            cause = section_missed(tasks.figure_of(row), target=int(target), signals=signals)
            if cause is not None:
                found[row.subject] = cause
    return list(found.values())


def course_causes(month: Period, targets: Iterable[Target], *, signals: Signals) -> list[Cause]:
    """Indicators off the path to the target of the year, or with a forecast beside it: of every target that is set or that a task names."""
    year = month.start.year
    release = selectors.release_with(month.label)
    if release is None:
        return []
    try:
        workspace = site_workspace()
        results, own = open_all(workspace), targets_of(workspace)
        # A target over the counties of a province is none of the mean over its cities: nothing is warned of by another measure.
        wanted = [
            each
            for each in (*targets, *own)
            if each.period.kind == "year"
            and each.period.start.year == year
            and not (each.places == "county" and measured_level(each.subject) == "province")
        ]
        courses = courses_of(
            results,
            wanted,
            region=settings.REGION,
            year=year,
            rules=load_systems().warning_rules("default"),
            through=month.start.month,
            below=True,
        )
    except YangbanError as problem:
        log.info("no courses for %s: %s", month.label, problem)
        return []
    found = []
    for course in courses:
        if course.value is None or not as_released(course, release):
            continue
        span = until(year, course.through)
        figures = results.figures(subjects=[course.target.subject], periods=[span], indicators=[course.target.indicator])
        figure = next((each for each in figures if each.exact is not None), None)
        if figure is None or (not course.accounts and not _published(release, figure)):
            continue
        cause = off_course(figure, course, signals=signals)
        found += [cause] if cause else []
    return found


def measured_level(subject: str) -> str:
    """The level of a target's place; nothing for what is no place."""
    try:
        return regions.subject_level(subject)
    except UnknownRegion:
        return ""


def _published(release: PublishedRelease, figure: Figure) -> bool:
    held = PublishedFigure.objects.filter(release=release, indicator=figure.indicator, subject=figure.subject, period=figure.period)
    return held.filter(exact=str(Fraction(figure.exact or 0))).exists()


def all_causes(period: str, targets: Sequence[Target], *, signals: Signals) -> list[Cause]:
    """Everything that the newest published month up to a period says."""
    month = newest_month(period)
    if month is None:
        return []
    return [*course_causes(month, targets, signals=signals), *section_causes(month, signals=signals), *rank_causes(month, signals=signals)]
