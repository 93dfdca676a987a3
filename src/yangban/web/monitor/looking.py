"""A look at the quality of readings from the desk: signals with their evidence, and which of them people have judged already."""

from __future__ import annotations

from typing import Any, Final

from django.db import transaction

from yangban.base.errors import UsageError
from yangban.base.periods import parse
from yangban.readings.workspace import Workspace
from yangban.run.local import workspace_book
from yangban.run.quality import look
from yangban.web.accounts import audit
from yangban.web.accounts.models import User
from yangban.web.accounts.permissions import demand
from yangban.web.jobs.models import Job
from yangban.web.jobs.work import enqueue
from yangban.web.monitor.places import name_of
from yangban.web.words import pick

_LISTED: Final = 500


def look_at(workspace: Workspace, *, place: str, period: str, basis: str) -> dict[str, Any]:
    """Signals and flag counts of a place and what lies in it, as a job's result."""
    found = look(workspace, workspace_book(workspace), region=place, period=parse(period), basis=basis)
    names = {each: name_of(each, workspace) for each in found.subjects}
    return {
        "period": found.period.label,
        "basis": found.basis,
        "place": place,
        "signals": [{**each.to_dict(), "subject_name": names.get(each.subject, each.subject)} for each in found.signals[:_LISTED]],
        "signals_total": len(found.signals),
        "flags": [
            {"subject": each.subject, "subject_name": names.get(each.subject, each.subject), "pollutant": each.pollutant, "name": each.name,
             "count": each.count}
            for each in found.flags
        ],
        "notes": list(found.notes),
        "synthetic": found.synthetic,
    }  # fmt: skip


def ask(user: User, place: str, *, period: str, basis: str) -> Job:
    """Ask for a look at the readings of a place."""
    demand(user, "data.review", region=place)
    label = parse(period).label
    if basis not in {"realtime", "audited"}:
        raise UsageError(pick(f"不认识的口径 {basis!r}", f"Unknown basis {basis!r}"))
    with transaction.atomic():
        payload = {"place": place, "period": label, "basis": basis}
        job = enqueue("look", pick(f"查找异常数据 {label}", f"Look for strange readings, {label}"), payload, user=user, region=place)
        audit.record(user, "data.look", f"job:{job.pk}", payload)
    return job


def last_look(place: str) -> Job | None:
    """The last look at a place that came to its end."""
    done = Job.objects.filter(kind="look", region=place, state__in=(Job.State.DONE, Job.State.SHORT))
    return done.order_by("-finished_at").first()
