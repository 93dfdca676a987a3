"""Staff log in with two factors: whoever holds a role and has none yet is led to set one up, and nowhere else."""

from __future__ import annotations

from collections.abc import Callable

from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

OPEN = ("/accounts/", "/en/accounts/", "/static/", "/healthz")
"""Where one may go before the second factor stands: its own pages, logging out, and files."""


class SecondFactor:
    """Lead staff without a second factor to its page. The demonstration, which serves this machine alone, goes without."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer the request, or send its sender to the page of the second factor."""
        if settings.DEMO or request.path.startswith(OPEN) or not request.user.is_authenticated:
            return self.get_response(request)
        if request.session.get("second_factor") is not True:
            if request.user.is_staff_member and not is_mfa_enabled(request.user):
                return HttpResponseRedirect(reverse("mfa_activate_totp"))
            request.session["second_factor"] = True
        return self.get_response(request)
