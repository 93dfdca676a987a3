"""What the desk's pages of applications, pilots and projects share."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from yangban.base import regions
from yangban.web.accounts.models import Organisation, User, today
from yangban.web.accounts.permissions import holds, may
from yangban.web.desk.navigation import menu
from yangban.web.public.names import place_name


def page(request: HttpRequest, name: str, section: str, *, status: int = 200, **context: Any) -> HttpResponse:
    """A page of the desk."""
    shared = {"section": section, "menu": menu(request.user, section), "day": today()}
    return render(request, f"pilots/{name}.html", {**shared, **context}, status=status)


def refused(request: HttpRequest, problem: Exception) -> None:
    """Tell why something was refused."""
    messages.error(request, str(problem))


def whole(text: str | None) -> int:
    """A whole number that a form sent; 0 for anything else, which fits nothing."""
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 10 else 0


def units_of(user: User, action: str) -> list[Organisation]:
    """The organisations for which a person may do an action that belongs to one's own."""
    found = {each.organisation_id: each.organisation for each in user.current_memberships() if holds(each, action)}
    return list(found.values())


def places_below(codes: list[str]) -> list[tuple[str, str]]:
    """Places as choices: each with its cities and counties."""
    made: dict[str, str] = {}
    for code in codes:
        made[code] = place_name(code)
        for level in ("city", "county"):
            if regions.subject_level(code) in {"province", "city"} and not (level == "city" and regions.subject_level(code) == "city"):
                made |= {each.code: place_name(each.code) for each in regions.children(code, level=level)}
    return sorted(made.items())


def may_here(user: User, action: str, region: str) -> bool:
    """Whether an action may be done at a place."""
    return bool(may(user, action, region=region))


def amount(value: Decimal) -> str:
    """An amount of money without zeros that say nothing."""
    text = f"{value:,.4f}".rstrip("0").rstrip(".")
    return text or "0"
