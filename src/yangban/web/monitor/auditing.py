"""The audit as auditors read it: their own region's acts, filtered, and a job that walks the whole chain."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from yangban.readings.cells import guarded
from yangban.web.accounts import audit
from yangban.web.accounts.models import AuditEntry, Organisation, User
from yangban.web.accounts.permissions import covered, demand, places_of
from yangban.web.jobs.models import Job
from yangban.web.jobs.work import enqueue
from yangban.web.words import pick


def entries(user: User, *, actor: str = "", action: str = "", subject: str = "", day: str = "") -> QuerySet[AuditEntry]:
    """The acts of the organisations of one's region, newest first; the administrator of the whole sees those of nobody's too."""
    rows = AuditEntry.objects.order_by("-number")
    if settings.REGION not in places_of(user, "audit.read"):
        codes = set(Organisation.objects.order_by().values_list("region", flat=True).distinct())
        names = Organisation.objects.filter(region__in=covered(user, "audit.read", codes)).values_list("name", flat=True)
        rows = rows.filter(organisation__in=list(names))
    if actor:
        rows = rows.filter(actor__icontains=actor)
    if action:
        rows = rows.filter(action__startswith=action)
    if subject:
        rows = rows.filter(subject__icontains=subject)
    try:
        start = timezone.make_aware(datetime.combine(date.fromisoformat(day), datetime.min.time())) if day else None
    except ValueError:
        start = None
    if start is not None:
        rows = rows.filter(at__gte=start, at__lt=start + timedelta(days=1))
    return rows


def table(user: User, **asked: str) -> Iterator[str]:
    """The same acts as lines of a CSV, the oldest first; a cell that a spreadsheet program would run gets an apostrophe before it."""
    audit.record(user, "audit.taken_out", "", {name: value for name, value in asked.items() if value})
    yield "\ufeff" + _line(("number", "at", "actor", "organisation", "action", "subject", "detail", "before", "digest"))
    for each in entries(user, **asked).order_by("number").iterator(chunk_size=2000):
        at = timezone.localtime(each.at).isoformat(timespec="seconds")
        detail = json.dumps(each.detail, ensure_ascii=False, sort_keys=True)
        yield _line((str(each.number), at, each.actor, each.organisation, each.action, each.subject, detail, each.before, each.digest))


def _line(cells: Sequence[str]) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerow([guarded(cell) for cell in cells])
    return out.getvalue()


def ask(user: User) -> Job:
    """Ask for a walk along the chain."""
    demand(user, "audit.read")
    with transaction.atomic():
        job = enqueue("audit", pick("核对审计链", "Verify the audit"), {}, user=user, region=places_of(user, "audit.read")[0])
        audit.record(user, "audit.verify", f"job:{job.pk}")
    return job


def verify() -> dict[str, Any]:
    """How many acts the chain holds and what is wrong with it."""
    found = audit.problems()
    return {"entries": AuditEntry.objects.count(), "problems": found[:100], "problems_total": len(found)}
