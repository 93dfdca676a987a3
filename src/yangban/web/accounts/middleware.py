"""What stands before every page of somebody who is logged in: sessions that end when idle, the second factor, the age of a password.

Staff log in with two factors: whoever holds a role and has none yet is led to set one up, and nowhere else.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from yangban.web.accounts.passwords import outworn
from yangban.web.public.limits import address_of
from yangban.web.words import pick

OPEN = ("/accounts/", "/en/accounts/", "/static/", "/healthz")
"""Where one may go before the second factor stands: its own pages, logging out, and files."""


NOTED: Final = 60
"""Seconds after which the time of the last request is noted anew: a session is not written for every page."""
AGENT: Final = 160


class Idle:
    """End the session of staff from which nothing came for so many minutes. What a page asks for by itself is no sign of a person."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer the request, or log its sender out first."""
        if not request.user.is_authenticated:
            return self.get_response(request)
        session, now = request.session, int(time.time())
        seen = int(session.get("seen") or now)
        if settings.IDLE_MINUTES and not settings.DEMO and now - seen > settings.IDLE_MINUTES * 60 and request.user.is_staff_member:
            logout(request)
            text = f"{settings.IDLE_MINUTES} 分钟没有操作，已自动退出"
            messages.info(request, pick(text, f"Logged out after {settings.IDLE_MINUTES} minutes without a request"))
            return self.get_response(request)
        if "begun" not in session:
            session["begun"], session["agent"] = now, request.META.get("HTTP_USER_AGENT", "")[:AGENT]
            session["address"] = address_of(request)
        if "seen" not in session or (now - seen >= NOTED and not request.path.endswith("/status/")):
            session["seen"] = now
        return self.get_response(request)


class SecondFactor:
    """Lead staff without a second factor to its page. The demonstration, which serves this machine alone, goes without."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer the request, or send its sender to the page of the second factor."""
        if settings.DEMO or request.path.startswith(OPEN) or not request.user.is_authenticated:
            return self.get_response(request)
        if outworn(request.user):
            text = f"密码已用了 {settings.PASSWORD_DAYS} 天，请换一个"
            messages.warning(request, pick(text, f"The password is older than {settings.PASSWORD_DAYS} days; choose a new one"))
            return HttpResponseRedirect(reverse("account_change_password"))
        if request.session.get("second_factor") is not True:
            if request.user.is_staff_member and not is_mfa_enabled(request.user):
                return HttpResponseRedirect(reverse("mfa_activate_totp"))
            request.session["second_factor"] = True
        return self.get_response(request)
