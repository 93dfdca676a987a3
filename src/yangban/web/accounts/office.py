"""Logging in by the office's own service: allauth's two views, with a page in place of a fault when that service does not answer."""

from __future__ import annotations

import logging
from collections.abc import Callable

from allauth.socialaccount.providers.openid_connect import views
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from requests import RequestException

from yangban.web.accounts.permissions import public

log = logging.getLogger(__name__)


def _patiently(view: Callable[[HttpRequest, str], HttpResponse], request: HttpRequest, provider: str) -> HttpResponse:
    try:
        return view(request, provider)
    except (RequestException, KeyError, ValueError) as problem:
        # It is away, or what it says of itself is no configuration.
        log.warning("the login service %s failed: %s: %s", provider, type(problem).__name__, problem)
        return render(request, "socialaccount/authentication_error.html", status=502)


@public
def login(request: HttpRequest, provider_id: str) -> HttpResponse:
    """Send the browser to the service."""
    return _patiently(views.login, request, provider_id)


@public
def callback(request: HttpRequest, provider_id: str) -> HttpResponse:
    """Take the browser back from it."""
    return _patiently(views.callback, request, provider_id)
