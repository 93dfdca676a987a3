"""Pilots and their support on the desk, and the comparison with places that are no pilots."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_GET, require_POST

from yangban.base.errors import YangbanError
from yangban.govern.pilots import STATES
from yangban.web.accounts.models import Organisation, today
from yangban.web.accounts.permissions import guard, may, places_of
from yangban.web.pilots import comparing, piloting
from yangban.web.pilots.models import Pilot, SupportPolicy
from yangban.web.pilots.views.frame import may_here, page, places_below, refused, whole
from yangban.web.plans.acts import day_of
from yangban.web.words import pick


@guard("pilots.see")
@require_GET
def listed(request: HttpRequest) -> HttpResponse:
    """All pilots with how their support stands."""
    rows = [(each, piloting.support(each, today())[1]) for each in Pilot.objects.all()]
    return page(request, "pilots", "pilots", rows=rows, edits=bool(may(request.user, "pilots.edit")))


@guard("pilots.edit")
def new(request: HttpRequest) -> HttpResponse:
    """Register a pilot."""
    status = 200
    if request.method == "POST":
        names = ("word", "region", "title", "basis", "started", "source")
        try:
            row = piloting.new_pilot(request.user, **{name: request.POST.get(name, "") for name in names})
        except YangbanError as problem:
            refused(request, problem)
            status = 422
        else:
            return redirect("pilots:pilot", word=row.word)
    places = places_below(list(places_of(request.user, "pilots.edit")))
    return page(request, "pilot_new", "pilots", status=status, places=places, sent=request.POST)


@guard("pilots.see")
@require_GET
def pilot(request: HttpRequest, word: str) -> HttpResponse:
    """One pilot: goals, support with who does what by when, and the comparison."""
    row = get_object_or_404(Pilot, word=word)
    policies, tally = piloting.support(row, today())
    for each in policies:
        each.may_report = bool(may(request.user, "pilots.support", organisation=each.unit_id)) or may_here(
            request.user, "pilots.edit", row.region
        )
        each.history = list(each.steps.select_related("by")[:6])
    units = Organisation.objects.filter(valid_to=None).order_by("region", "name")
    return page(
        request, "pilot", "pilots", row=row, policies=policies, tally=tally, states=comparing.state_choices(),
        edits=may_here(request.user, "pilots.edit", row.region), units=units,
        projects=list(row.projects.all()), **comparing.for_page(request.GET, row),
    )  # fmt: skip


@guard("pilots.edit")
@require_POST
def add_policy(request: HttpRequest, word: str) -> HttpResponse:
    """Add a support policy."""
    row = get_object_or_404(Pilot, word=word)
    sent = request.POST
    try:
        unit = Organisation.objects.filter(pk=whole(sent.get("unit"))).first()
        due = day_of(pick("期限", "Due"), sent.get("due", ""))
        piloting.add_policy(request.user, row, title=sent.get("title", ""), unit=unit, action=sent.get("action", ""), due=due)
    except YangbanError as problem:
        refused(request, problem)
    else:
        messages.success(request, pick("已添加", "Added"))
    return redirect("pilots:pilot", word=word)


@guard("pilots.see")
@require_POST
def report_policy(request: HttpRequest, word: str, number: int) -> HttpResponse:
    """Say how a support policy stands."""
    row = get_object_or_404(SupportPolicy, pilot__word=word, number=number)
    try:
        day = day_of(pick("日期", "Day"), request.POST.get("day", ""))
        piloting.report_policy(request.user, row.pk, state=request.POST.get("state", ""), day=day, note=request.POST.get("note", ""))
    except YangbanError as problem:
        refused(request, problem)
    else:
        messages.success(request, pick(f"第 {number} 项：{STATES[request.POST['state']][1]}", f"No. {number}: kept"))
    return redirect("pilots:pilot", word=word)


@guard("pilots.edit")
@require_POST
def publish(request: HttpRequest, word: str) -> HttpResponse:
    """Show a pilot to everyone, or no longer."""
    row = get_object_or_404(Pilot, word=word)
    piloting.show(request.user, row, request.POST.get("public") == "1")
    return redirect("pilots:pilot", word=word)
