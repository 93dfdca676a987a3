"""Probes for those who keep the site running: whether it answers, and how much it holds."""

from __future__ import annotations

from datetime import datetime

from django.db import connection
from django.db.models import Count, Min
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone

from yangban.web.accounts.models import AuditEntry
from yangban.web.accounts.permissions import public
from yangban.web.api.models import Delivery
from yangban.web.jobs.models import Job
from yangban.web.public.models import PublishedRelease


@public
def healthz(_request: HttpRequest) -> HttpResponse:
    """200 when the database answers, with the number of the newest visible release; else 503."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        newest = PublishedRelease.objects.visible().values_list("number", flat=True).first()
    except Exception:
        return JsonResponse({"status": "failed"}, status=503)
    return JsonResponse({"status": "ok", "release": newest})


def _age(now: datetime, then: datetime | None) -> int:
    return max(0, round((now - then).total_seconds())) if then is not None else 0


@public
def metrics(request: HttpRequest) -> HttpResponse:
    """Counts in the text form that Prometheus reads; to this machine alone."""
    if request.META.get("REMOTE_ADDR") not in {"127.0.0.1", "::1"} or "HTTP_X_FORWARDED_FOR" in request.META:
        return HttpResponse("only from this machine\n", status=403, content_type="text/plain; charset=utf-8")
    jobs = dict(Job.objects.order_by().values_list("state").annotate(Count("pk")))
    lines = ["# TYPE yangban_jobs gauge", *(f'yangban_jobs{{state="{state}"}} {jobs.get(state, 0)}' for state, _ in Job.State.choices)]
    now = timezone.now()
    waiting = Job.objects.filter(state=Job.State.QUEUED)
    deliveries = Delivery.objects.filter(state=Delivery.State.WAITING)
    gauges = {
        "yangban_job_oldest_seconds": _age(now, waiting.aggregate(at=Min("created_at"))["at"]),
        "yangban_points_jobs_waiting": waiting.filter(kind__startswith="points.").count(),
        "yangban_deliveries_waiting": deliveries.count(),
        "yangban_delivery_oldest_seconds": _age(now, deliveries.aggregate(at=Min("received_at"))["at"]),
        "yangban_audit_entries": AuditEntry.objects.count(),
    }
    for name, value in gauges.items():
        lines += [f"# TYPE {name} gauge", f"{name} {value}"]
    lines += ["# TYPE yangban_releases gauge", f"yangban_releases {PublishedRelease.objects.visible().count()}"]
    return HttpResponse("\n".join(lines) + "\n", content_type="text/plain; version=0.0.4; charset=utf-8")
