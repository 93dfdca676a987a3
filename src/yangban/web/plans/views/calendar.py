"""The calendar of a person: an address that nobody can guess, which a phone or a mail program reads without logging in."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_GET

from yangban.web.accounts.permissions import guard, public
from yangban.web.plans import calendar
from yangban.web.plans.views.desk import _page
from yangban.web.words import pick


@guard("tasks.see")
def page(request: HttpRequest) -> HttpResponse:
    """Make an address, or a new one; it is shown once."""
    if request.method == "POST":
        token = calendar.renew(request.user)
        request.session["calendar_address"] = request.build_absolute_uri(reverse("calendar_feed", args=(token,)))
        messages.success(request, pick("日历地址已生成；旧地址不再有效", "The address is made; an older one no longer works"))
        return redirect("plans:calendar")
    address = request.session.pop("calendar_address", "")
    return _page(request, "calendar", {"address": address, "held": calendar.has_key(request.user), "tab": "calendar"})


@public
@require_GET
def feed(_request: HttpRequest, token: str) -> HttpResponse:
    """The calendar itself."""
    user = calendar.user_of(token)
    if user is None:
        raise Http404(pick("日历地址不对或已换新", "The address is wrong or was renewed"))
    response = HttpResponse(calendar.feed(user), content_type="text/calendar; charset=utf-8")
    response["Cache-Control"] = "private, no-store"
    return response
