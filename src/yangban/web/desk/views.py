"""Pages of the desk."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from yangban.web.accounts.permissions import guard


@guard("desk.open")
def home(request: HttpRequest) -> HttpResponse:
    """What is to be done, and what is under way."""
    return render(request, "desk/home.html", {"section": "desk"})
