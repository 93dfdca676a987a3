"""Pages of the public site."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from yangban.web.accounts.permissions import public
from yangban.web.public import selectors
from yangban.web.public.cache import kept


@public
@kept
def home(request: HttpRequest) -> HttpResponse:
    """The first page."""
    return render(request, "public/home.html", {"section": "home", "release": selectors.newest()})
