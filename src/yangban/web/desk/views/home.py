"""The first page of the desk, and the progress of jobs."""

from __future__ import annotations

import uuid

from allauth.mfa.utils import is_mfa_enabled
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_safe

from yangban.web.accounts import people
from yangban.web.accounts.permissions import guard, may, signed_in
from yangban.web.desk import todo
from yangban.web.desk.pages import page
from yangban.web.jobs.models import Job
from yangban.web.words import pick


@guard("desk.open")
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """What is to be done now, and what is under way."""
    return page(
        request,
        "desk/home.html",
        "home",
        matters=todo.matters(request.user),
        jobs=todo.recent_jobs(request.user),
        hints=todo.hints(request.user),
        sees_tasks=any(may(request.user, action) for action in ("tasks.act", "tasks.fill", "tasks.office")),
    )


def _job(request: HttpRequest, pk: uuid.UUID) -> Job:
    job = get_object_or_404(Job.objects.select_related("created_by"), pk=pk)
    if job.created_by_id != request.user.pk and not todo.may_see(request.user, job):
        raise PermissionDenied(pick("这项任务不属于您的地区", "This job belongs to another region"))
    return job


@guard("desk.open")
@require_safe
def job(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """One job: its progress, then its result or the page that shows it."""
    found = _job(request, pk)
    upload = getattr(found, "upload", None)
    if upload is not None:
        return redirect("desk:upload", upload.pk)
    draft = found.drafts.first()
    if draft is not None and may(request.user, "release.see", region=draft.region):
        return redirect("desk:draft", draft.pk)
    if found.kind == "look" and found.over and found.state != Job.State.FAILED and may(request.user, "data.review", region=found.region):
        return redirect("desk:review")
    return page(request, "desk/job.html", "home", job=found)


@guard("desk.open")
@require_safe
def job_status(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """The part of a page that renews itself while a job runs; when the job is over the whole page is asked for again."""
    found = _job(request, pk)
    answer = render(request, "desk/parts/job_status.html", {"job": found})
    if found.over:
        answer["HX-Refresh"] = "true"
    return answer


@signed_in
@require_safe
def account(request: HttpRequest) -> HttpResponse:
    """One's own account: posts, password, second factor."""
    user = request.user
    return page(
        request,
        "desk/account.html",
        "account",
        memberships=user.current_memberships(),
        second=is_mfa_enabled(user),
        sessions=people.places_logged_in(user, request.session.session_key or ""),
    )
