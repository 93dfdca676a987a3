"""What the views of the desk share: a page with its menu, one page of a list, and an act that says how it went."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from django import forms
from django.contrib import messages
from django.core.paginator import Page, Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from yangban.base.errors import YangbanError
from yangban.web.desk.navigation import menu
from yangban.web.public.names import place_name

PER_PAGE: Final = 50


def page(request: HttpRequest, template: str, section: str, **context: Any) -> HttpResponse:
    """A page of the desk."""
    return render(request, template, {**context, "section": section, "menu": menu(request.user, section)})


def page_of(request: HttpRequest, rows: Any, per_page: int = PER_PAGE) -> Page:
    """The part of a list that the address asks for."""
    return Paginator(rows, per_page).get_page(request.GET.get("page"))


def attempt(request: HttpRequest, act: Callable[[], Any], done: str = "") -> Any:
    """Do something and tell how it went; ``None`` when it was refused, with the reason on the page."""
    try:
        result = act()
    except YangbanError as problem:
        messages.error(request, str(problem))
        return None
    if done:
        messages.success(request, done)
    return result if result is not None else True


def place_choices(codes: tuple[str, ...] | list[str]) -> list[tuple[str, str]]:
    """Places as choices of a form."""
    return [(code, f"{place_name(code)}  {code}") for code in codes]


def first_error(form: forms.Form) -> str:
    """All that is wrong with a form, in a line."""
    return "；".join(
        f"{form.fields[name].label if name in form.fields else ''} {'、'.join(errors)}".strip() for name, errors in form.errors.items()
    )
