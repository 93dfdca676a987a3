"""The audit as administrators read it: their own region's acts, filtered, and a job that walks the whole chain."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

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
