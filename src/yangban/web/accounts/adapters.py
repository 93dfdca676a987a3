"""How allauth behaves here: accounts of staff are made by an administrator, and nobody signs up on the login page."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from django.http import HttpRequest
from django.urls import reverse


class AccountAdapter(DefaultAccountAdapter):
    """Local accounts."""

    def is_open_for_signup(self, _request: HttpRequest) -> bool:
        """Accounts are made by an administrator."""
        return False

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        """A member of the points goes to their own page; the desk is for staff."""
        if hasattr(request.user, "member") and not request.user.is_staff_member:
            return reverse("points:home")
        return str(super().get_login_redirect_url(request))


class SocialAdapter(DefaultSocialAccountAdapter):
    """Accounts of the office's own login service; they are tied to an account that an administrator made."""

    def is_open_for_signup(self, _request: HttpRequest, _login: Any) -> bool:
        """A stranger from the login service gets no account."""
        return False
