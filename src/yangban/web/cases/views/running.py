"""The organiser's desk: plan, publish, who comes, the code for the screen, hours, results."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import segno
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import mark_safe
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from yangban.base.errors import UsageError, YangbanError
from yangban.web.accounts.permissions import demand, guard, holds
from yangban.web.cases import activities, forms
from yangban.web.cases.models import Activity, SignUp
from yangban.web.cases.views.desk import bodies
from yangban.web.desk.pages import attempt, page, page_of
from yangban.web.words import pick


def _activity(request: HttpRequest, pk: int) -> Activity:
    row: Activity = get_object_or_404(Activity.objects.select_related("organisation"), pk=pk)
    demand(request.user, "activities.run", organisation=row.organisation_id)
    return row


@guard("activities.run")
def listed(request: HttpRequest) -> HttpResponse:
    """The activities of one's organisations."""
    own = [each.organisation_id for each in request.user.current_memberships() if holds(each, "activities.run")]
    rows = page_of(request, Activity.objects.filter(organisation__in=own).select_related("organisation").order_by("-starts"))
    shown = [
        {
            "row": row, "coming": row.sign_ups.filter(state=SignUp.State.COMING).count(),
            "waiting": row.sign_ups.filter(state=SignUp.State.WAITING).count(),
        }
        for row in rows
    ]  # fmt: skip
    return page(request, "cases/desk/activities.html", "activities", rows=rows, shown=shown)


@guard("activities.run")
def plan(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    """Plan an activity, or change one."""
    row = None if pk is None else _activity(request, pk)
    own = [] if row else bodies(request, "activities.run")
    initial: dict[str, Any] = {} if row is None else {name: getattr(row, name) for name in activities.FIELDS}
    form = forms.Plan(request.POST or None, organisations=own, behaviours=activities.behaviours(), initial=initial)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            said = dict(form.cleaned_data)
            organisation = said.pop("organisation", None)
            made = attempt(
                request,
                lambda: activities.plan(request.user, organisation, said) if row is None else activities.change(request.user, row, said),
                pick("已保存", "Saved"),
            )
            if made is not None:
                return redirect("cases:activity", pk=made.pk)
    answer = page(request, "cases/desk/plan.html", "activities", row=row, form=form)
    answer.status_code = status
    return answer


@guard("activities.run")
@never_cache
def one(request: HttpRequest, pk: int) -> HttpResponse:
    """One activity: who comes, who came, hours; what may be done now."""
    row = _activity(request, pk)
    if request.method == "POST":
        _hours(request, row)
        return redirect("cases:activity", pk=pk)
    found = activities.attendees(row)
    now = timezone.now()
    context = {
        "row": row, "found": found, "coming": sum(each.row.state == SignUp.State.COMING for each in found),
        "waiting": sum(each.row.state == SignUp.State.WAITING for each in found), "begun": row.starts <= now,
        "codes": row.state == Activity.State.OPEN and row.starts - activities.EARLY <= now <= row.ends + activities.EARLY,
        "form": forms.Reason(auto_id="reason-%s"), "sums": activities.sums([row]), "expected": row.hours,
        "result_form": forms.Reason(initial={"text": row.result}, auto_id="result-%s"),
    }  # fmt: skip
    return page(request, "cases/desk/activity.html", "activities", **context)


def _hours(request: HttpRequest, row: Activity) -> None:
    """Take the hours that the organiser typed; empty boxes are left."""
    given: dict[int, Decimal] = {}
    try:
        for name, text in request.POST.items():
            if name.startswith("hours.") and name[6:].isdecimal() and (made := activities.hours_of(text)) is not None:
                given[int(name[6:])] = made
    except UsageError as problem:
        messages.error(request, str(problem))
        return
    reason = request.POST.get("reason", "")
    attempt(request, lambda: activities.confirm(request.user, row, given, reason=reason) + 1, pick("时长已确认", "Hours are confirmed"))


@guard("activities.run")
@require_POST
def do(request: HttpRequest, pk: int, step: str) -> HttpResponse:
    """Publish, call off, say what came of it."""
    row = _activity(request, pk)
    text = request.POST.get("text", "")
    acts = {
        "publish": lambda: activities.publish(request.user, row),
        "cancel": lambda: activities.cancel(request.user, row, text),
        "finish": lambda: activities.finish(request.user, row, text),
    }
    if step in acts:
        attempt(request, acts[step], pick("已保存", "Saved"))
    return redirect("cases:activity", pk=pk)


@guard("activities.run")
@never_cache
def code(request: HttpRequest, pk: int) -> HttpResponse:
    """The code on the screen at the place; it asks for the next one by itself when it was used or is nearly over."""
    row = _activity(request, pk)
    last = request.GET.get("last", "")[:32]
    try:
        held = activities.shown_code(request.user, row, last)
    except YangbanError as problem:
        messages.error(request, str(problem))
        return redirect("cases:activity", pk=pk)
    address = request.build_absolute_uri(reverse("cases:check_in", args=[held.code]))
    picture = mark_safe(segno.make(address, error="m").svg_inline(scale=8, border=3, light="#fff", omitsize=True))
    context = {
        "row": row, "code": held, "address": address, "picture": picture,
        "came": row.sign_ups.filter(checked_in_at__isnull=False).count(),
    }  # fmt: skip
    if request.headers.get("HX-Request"):
        return render(request, "cases/desk/code_part.html", context)
    return page(request, "cases/desk/code.html", "activities", **context)
