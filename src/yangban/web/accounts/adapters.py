"""How allauth behaves here: accounts of staff are made by an administrator, and nobody signs up on the login page."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.signals import social_account_added, social_account_removed
from django.dispatch import receiver
from django.http import HttpRequest
from django.urls import reverse

from yangban.web.accounts import audit


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

    def get_connect_redirect_url(self, _request: HttpRequest, _account: Any) -> str:
        """Back to the account, whose page says what is tied."""
        return reverse("desk:account")


@receiver(social_account_added)
def _tied(sociallogin: Any, **_more: Any) -> None:
    account = sociallogin.account
    audit.record(account.user, "account.office.tied", account.user.get_username(), {"service": account.provider, "identity": account.uid})


@receiver(social_account_removed)
def _untied(socialaccount: Any, **_more: Any) -> None:
    user = socialaccount.user
    audit.record(user, "account.office.untied", user.get_username(), {"service": socialaccount.provider, "identity": socialaccount.uid})
