"""Activities as everyone meets them: what is on, one of them with signing up, one's own sign-up, the code at the place."""

from __future__ import annotations

from typing import Any, Final

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from yangban.base.errors import YangbanError
from yangban.standards.campaigns import campaign_days
from yangban.web.accounts.models import today
from yangban.web.accounts.permissions import public
from yangban.web.cases import activities, forms
from yangban.web.cases.models import Activity, SignUp
from yangban.web.points import people
from yangban.web.points.models import CheckCode
from yangban.web.public.limits import allowed, sender
from yangban.web.words import pick

_AN_HOUR: Final = 3600
_SIGN_UPS: Final = 60
_ASKED: Final = 60
_KNOWN: Final = "sign_ups"
_PAST: Final = 12


def _days() -> list[dict[str, Any]]:
    """The next campaign days, the nearest first."""
    rows = [{"day": each, "on": each.next(today())} for each in campaign_days().values()]
    return sorted(rows, key=lambda each: each["on"])


def _card(row: Activity) -> dict[str, Any]:
    held = campaign_days().get(row.campaign)
    return {
        "row": row, "left": activities.places_left(row), "refusal": activities.refusal(row),
        "campaign": pick(held.name, held.name_en) if held else "", "campaign_day": held,
    }  # fmt: skip


@public
@require_GET
def listed(request: HttpRequest) -> HttpResponse:
    """What is on, what was, and what came of it all."""
    now = timezone.now()
    shown = Activity.objects.exclude(state=Activity.State.DRAFT).select_related("organisation")
    coming = [_card(row) for row in shown.filter(ends__gte=now).order_by("starts")[:60]]
    past = [{**_card(row), "sums": activities.sums([row])} for row in shown.filter(ends__lt=now, state="done").order_by("-starts")[:_PAST]]
    year = timezone.localdate().year
    of_year = list(shown.filter(state="done", starts__year=year))
    context = {
        "section": "events", "coming": coming, "past": past, "days": _days(), "year": year, "count": len(of_year),
        "sums": activities.sums(of_year),
    }  # fmt: skip
    return render(request, "cases/events.html", context)


@public
@never_cache
def one(request: HttpRequest, pk: int) -> HttpResponse:
    """One activity, and signing up for it."""
    row = get_object_or_404(Activity.objects.exclude(state=Activity.State.DRAFT).select_related("organisation"), pk=pk)
    member = people.member_of(request.user)
    counts = member is not None and bool(row.behaviour)
    form = forms.SignUpForm(request.POST or None, points=counts)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid() and not form.trapped:
            if not allowed("activities", sender(request), most=_SIGN_UPS, seconds=_AN_HOUR):
                form.add_error(None, pick("报名过于频繁，请稍后再试", "Too many at once; try again later"))
                status = 429
            else:
                said = form.cleaned_data
                try:
                    made = activities.sign_up(
                        row, name=said["name"], contact=said["contact"], member=member, points=bool(said.get("points"))
                    )  # fmt: skip
                except YangbanError as problem:
                    form.add_error(None, str(problem))
                else:
                    _remember(request, made)
                    return redirect("cases:sign_up", code=made.code)
    context = {
        "section": "events", **_card(row), "form": form, "member": member, "counts": counts, "own": _own(request, row),
        "waiting": row.sign_ups.filter(state=SignUp.State.WAITING).count(), "sums": activities.sums([row]),
    }  # fmt: skip
    return render(request, "cases/event.html", context, status=status)


def _remember(request: HttpRequest, made: SignUp) -> None:
    """The browser remembers the codes of its sign-ups for as long as it is open."""
    request.session[_KNOWN] = [*request.session.get(_KNOWN, [])[-9:], made.code]


def _own(request: HttpRequest, row: Activity) -> SignUp | None:
    """The sign-up for an activity that this browser or this member has."""
    known = request.session.get(_KNOWN, [])
    member = people.member_of(request.user)
    rows = row.sign_ups.exclude(state=SignUp.State.CANCELLED)
    if member is not None and (found := rows.filter(member=member).first()) is not None:
        return found  # type: ignore[no-any-return]
    return rows.filter(code__in=known).first() if known else None  # type: ignore[no-any-return]


@public
@never_cache
def mine(request: HttpRequest) -> HttpResponse:
    """Ask after a sign-up by its code; a member sees their own."""
    form = forms.Code(request.POST or None)
    status = 200
    if request.method == "POST":
        status = 422
        if not allowed("sign-ups-asked", sender(request), most=_ASKED, seconds=_AN_HOUR):
            form.add_error(None, pick("查询过于频繁，请稍后再试", "Asked too often; try again later"))
            status = 429
        elif form.is_valid():
            held = activities.found(form.cleaned_data["code"])
            if held is not None:
                return redirect("cases:sign_up", code=held.code)
            form.add_error("code", pick("没有这个报名码", "There is no such code"))
    member = people.member_of(request.user)
    rows = [] if member is None else SignUp.objects.filter(member=member).select_related("activity").order_by("-activity__starts")[:50]
    return render(request, "cases/mine.html", {"section": "events", "form": form, "rows": rows, "member": member}, status=status)


@public
@never_cache
def sign_up(request: HttpRequest, code: str) -> HttpResponse:
    """One's own sign-up: place or waiting list, coming, hours; and taking it back."""
    if not allowed("sign-ups-asked", sender(request), most=_ASKED * 5, seconds=_AN_HOUR):
        raise Http404(pick("查询过于频繁，请稍后再试", "Asked too often; try again later"))
    row = activities.found(code)
    if row is None:
        raise Http404(pick("没有这个报名码", "There is no such code"))
    if request.method == "POST":
        try:
            activities.take_back(row)
        except YangbanError as problem:
            messages.error(request, str(problem))
        else:
            messages.success(request, pick("报名已取消，称呼和联系方式已删除", "Cancelled; name and contact are removed"))
        return redirect("cases:sign_up", code=code)
    attendee = next((each for each in activities.attendees(row.activity) if each.row.pk == row.pk), None)
    ahead = row.activity.sign_ups.filter(state=SignUp.State.WAITING, pk__lt=row.pk).count()
    context = {
        "section": "events", "row": row, "activity": row.activity, "attendee": attendee, "ahead": ahead,
        "can_cancel": row.state != SignUp.State.CANCELLED and timezone.now() <= row.activity.starts,
    }  # fmt: skip
    return render(request, "cases/sign_up.html", context)


@public
@never_cache
def check_in(request: HttpRequest, code: str) -> HttpResponse:
    """The code at the place was scanned: whoever signed up may say that they are here. Nobody has to."""
    shown = CheckCode.objects.select_related("point__activity").filter(code=code, point__scheme="").first()
    activity = getattr(shown.point, "activity", None) if shown is not None else None
    over = shown is None or activity is None or shown.used_at is not None or shown.good_until < timezone.now() or not shown.point.active
    own = None if activity is None else _own(request, activity)
    form = forms.Code(request.POST or None, initial={"code": own.code if own else ""})
    status = 410 if over else 200
    if request.method == "POST" and not allowed("check-ins", sender(request), most=_ASKED * 5, seconds=_AN_HOUR):
        form.add_error(None, pick("试的次数太多，请稍后再试，或请组织者代为登记", "Tried too often; try again later, or ask the organiser"))
        status = 429
    elif request.method == "POST" and activity is not None:
        status = 422
        if form.is_valid():
            held = activities.found(form.cleaned_data["code"])
            if held is None or held.activity_id != activity.pk:
                form.add_error("code", pick("没有这个报名码", "There is no such code"))
            else:
                try:
                    activities.check_in(held, code)
                except YangbanError as problem:
                    form.add_error(None, str(problem))
                else:
                    messages.success(request, pick("签到成功", "You are checked in"))
                    return redirect("cases:sign_up", code=held.code)
    return render(request, "cases/check_in.html", {"section": "events", "activity": activity, "over": over, "form": form}, status=status)
