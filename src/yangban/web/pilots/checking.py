"""Self-check: what is known of a place brought together from released Figures, reported values and targets, and held against an edition."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from django.db import transaction

from yangban.base.errors import WorkspaceError
from yangban.base.periods import parse
from yangban.govern.self_check import SelfCheck, self_check
from yangban.indicators.requirements import Facts
from yangban.indicators.systems import Gathered, from_given, gather, place_of
from yangban.indicators.targets import Target
from yangban.indicators.values import Value, from_figure, from_reported
from yangban.publish.dispatch import targets_for
from yangban.readings.reported import load, newest
from yangban.standards.programmes import Edition
from yangban.standards.systems import System, example
from yangban.web.accounts import audit
from yangban.web.accounts.models import User
from yangban.web.accounts.permissions import demand
from yangban.web.pilots import editions
from yangban.web.pilots.models import Application, CheckResult
from yangban.web.plans.tasks import figure_of
from yangban.web.public.models import PublishedFigure, PublishedRelease
from yangban.web.workspace import site_workspace

Refs = dict[tuple[str, str, str, str], Mapping[str, Any]]


def computed(words: list[str], subject: str, periods: list[str]) -> tuple[list[Value], Refs]:
    """The released values of some indicators of a place: of each period those of the newest visible release, by its first edition."""
    rows = PublishedFigure.objects.filter(
        release__in=PublishedRelease.objects.visible(), indicator__in=words, subject=subject, period__in=periods, scope="as_monitored"
    ).select_related("roots", "release")
    newest_rows: dict[tuple[str, str], tuple[tuple[int, int], PublishedFigure]] = {}
    for row in rows:
        order = row.release.editions.index(row.edition) if row.edition in row.release.editions else len(row.release.editions)
        key, rank = (row.indicator, row.period), (row.release_id, -order)
        if key not in newest_rows or newest_rows[key][0] < rank:
            newest_rows[key] = (rank, row)
    found = [row for _, row in newest_rows.values()]
    refs: Refs = {(row.indicator, row.subject, row.period, row.edition): {"release": row.release_id} for row in found}
    return [from_figure(figure_of(row)) for row in found], refs


def known_of(system: System, subject: str, level: str, period: str) -> tuple[Gathered, Refs]:
    """All that is known of a place for a system and a year, and where the computed values stand."""
    when = parse(period)
    words = [each.figure for each in system.items if each.figure]
    values, refs = computed(words, subject, [when.label, when.year_before().label])
    reported, targets = _reported(subject)
    gathered = gather(
        system, place_of(subject, level, when.label, reported), computed=values, reported=reported, targets=targets, prefer="computed"
    )
    return gathered, refs


def _reported(subject: str) -> tuple[list[Value], list[Target]]:
    try:
        workspace = site_workspace()
    except WorkspaceError:
        return [], []
    rows = [from_reported(each) for each in newest(load(workspace)) if each.subject == subject]
    return rows, list(targets_for(workspace, subject))


def check(edition: Edition, subject: str, level: str, period: str, *, demo: bool = False) -> SelfCheck:
    """The self-check of a place under an edition; a computed value goes before a reported one.

    Of a demonstration what is not known is filled from the made-up example of the system, all of it marked as synthetic.
    """
    label = parse(period).label
    system = edition.system(level)
    if system is None:
        return self_check(edition, Gathered(place=place_of(subject, level, label, ()), facts={}))
    gathered, refs = known_of(system, subject, level, label)
    return self_check(edition, _filled(system, gathered) if demo else gathered, refs)


def _filled(system: System, gathered: Gathered) -> Gathered:
    given = example(system.id)
    if given is None:
        return gathered
    made = from_given(system, given)
    facts = dict(gathered.facts)
    for key, other in made.facts.items():
        own = facts.get(key, Facts())
        if own.value is not None:
            facts[key] = replace(own, task=own.task or _of(other.task, gathered))
            continue
        facts[key] = replace(other, value=_of(other.value, gathered), task=_of(other.task, gathered))
    place = replace(
        gathered.place,
        features={**made.place.features, **gathered.place.features},
        conditions={**made.place.conditions, **gathered.place.conditions},
    )
    return replace(gathered, place=place, facts=facts, synthetic=True)


def _of(value: Value | None, gathered: Gathered) -> Value | None:
    """A made-up value as if it were of the year that is checked."""
    return None if value is None else replace(value, period=gathered.place.period)


@transaction.atomic
def run(user: User, row: Application, period: str) -> CheckResult:
    """Check an application's place and keep the result: it is the same row where nothing has changed."""
    demand(user, "pilots.prepare", organisation=row.applicant_id)
    made = check(editions.bound(row.edition), row.place, row.level, period, demo=row.demo)
    held, fresh = CheckResult.objects.get_or_create(
        digest=made.digest,
        application=row,
        defaults={"period": made.period, "verdict": made.verdict, "body": made.to_dict(), "by": user},
    )
    if fresh:
        audit.record(user, "pilots.check", row.number, {"period": made.period, "digest": made.digest, "verdict": made.verdict})
    return held


def kept(digest: str) -> SelfCheck | None:
    """A self-check by its digest."""
    body = CheckResult.objects.filter(digest=digest).values_list("body", flat=True).first()
    return None if body is None else SelfCheck.from_dict(body)
