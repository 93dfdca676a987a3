"""Probes for those who keep the site running: whether it answers, and how much it holds."""

from __future__ import annotations

from django.db import connection
from django.db.models import Count
from django.http import HttpRequest, HttpResponse, JsonResponse

from yangban.web.accounts.permissions import public
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


@public
def metrics(request: HttpRequest) -> HttpResponse:
    """Counts in the text form that Prometheus reads; to this machine alone."""
    if request.META.get("REMOTE_ADDR") not in {"127.0.0.1", "::1"} or "HTTP_X_FORWARDED_FOR" in request.META:
        return HttpResponse("only from this machine\n", status=403, content_type="text/plain; charset=utf-8")
    jobs = dict(Job.objects.order_by().values_list("state").annotate(Count("pk")))
    lines = ["# TYPE yangban_jobs gauge", *(f'yangban_jobs{{state="{state}"}} {jobs.get(state, 0)}' for state, _ in Job.State.choices)]
    lines += ["# TYPE yangban_releases gauge", f"yangban_releases {PublishedRelease.objects.visible().count()}"]
    return HttpResponse("\n".join(lines) + "\n", content_type="text/plain; version=0.0.4; charset=utf-8")
