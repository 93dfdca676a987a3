"""Complaints and suggestions."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_POST, require_safe

from yangban.web.accounts.models import today
from yangban.web.accounts.permissions import guard, may
from yangban.web.desk.pages import attempt, page, page_of
from yangban.web.monitor import letters
from yangban.web.public.models import Complaint
from yangban.web.words import pick


@guard("complaints.answer")
@require_safe
def listed(request: HttpRequest) -> HttpResponse:
    """The letters of one's region, the next to fall due first."""
    rows = letters.seen_by(request.user)
    state = request.GET.get("state", "open")
    rows = rows.exclude(state="answered").order_by("due") if state == "open" else rows.filter(state="answered")
    return page(request, "desk/letters.html", "letters", rows=page_of(request, rows), state=state, keep=f"state={state}", day=today())


def _letter(request: HttpRequest, number: str) -> Complaint:
    letter = get_object_or_404(Complaint, number=number)
    if not may(request.user, "complaints.answer", region=letter.region):
        raise PermissionDenied(pick("这封来信属于别的地区", "The letter belongs to another region"))
    return letter


@guard("complaints.answer")
@require_safe
def one(request: HttpRequest, number: str) -> HttpResponse:
    """One letter and its answer."""
    return page(request, "desk/letter.html", "letters", letter=_letter(request, number), day=today())


@guard("complaints.answer")
@require_POST
def take(request: HttpRequest, number: str) -> HttpResponse:
    """Take it in hand."""
    letter = _letter(request, number)
    attempt(request, lambda: letters.take(letter, request.user), pick("已登记办理", "It is in hand"))
    return redirect("desk:letter", number)


@guard("complaints.answer")
@require_POST
def answer(request: HttpRequest, number: str) -> HttpResponse:
    """Answer it."""
    letter = _letter(request, number)
    attempt(request, lambda: letters.answer(letter, request.user, request.POST.get("answer", "")), pick("已答复", "Answered"))
    return redirect("desk:letter", number)
