"""What is asked of a password, in the language of the page."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

from django.conf import settings
from django.contrib.auth.hashers import check_password
from django.contrib.auth.password_validation import MinimumLengthValidator
from django.core.exceptions import ValidationError
from django.utils import timezone

from yangban.web.accounts.models import OldPassword, User
from yangban.web.words import pick

KEPT: Final = 5
"""Passwords of a person that are not taken again, the present one among them."""


class LongEnough(MinimumLengthValidator):
    """At least so many characters."""

    def get_error_message(self) -> str:
        """What is wrong, and what to do."""
        return pick(
            f"密码太短，至少要 {self.min_length} 个字符", f"The password is too short; it needs at least {self.min_length} characters"
        )

    def get_help_text(self) -> str:
        """The rule."""
        return pick(f"至少 {self.min_length} 个字符", f"At least {self.min_length} characters")


class NotAgain:
    """None of the last passwords; Django tells it of every new one."""

    def validate(self, password: str, user: Any = None) -> None:
        """Refuse one of the last."""
        if user is None or user.pk is None:
            return
        held = [user.password, *OldPassword.objects.filter(user=user).values_list("digest", flat=True)[:KEPT]]
        if any(check_password(password, each) for each in dict.fromkeys(held) if each):
            raise ValidationError(
                pick(f"最近 {KEPT} 次用过的密码不能再用", f"None of the last {KEPT} passwords is taken again"), code="password_again"
            )

    def password_changed(self, _password: str, user: Any = None) -> None:
        """Keep the digest of a new password, and forget those beyond the last."""
        if not isinstance(user, User) or user.pk is None:
            return
        User.objects.filter(pk=user.pk).update(password_set_at=timezone.now())
        OldPassword.objects.create(user=user, digest=user.password)
        kept = OldPassword.objects.filter(user=user).values_list("pk", flat=True)[:KEPT]
        OldPassword.objects.filter(user=user).exclude(pk__in=list(kept)).delete()

    def get_help_text(self) -> str:
        """The rule."""
        return pick(f"不能是最近 {KEPT} 次用过的密码", f"None of the last {KEPT} passwords")


def outworn(user: User) -> bool:
    """Whether somebody with a post has to choose a new password, on a site that asks for it."""
    if not settings.PASSWORD_DAYS or not user.has_usable_password() or not user.is_staff_member:
        return False
    return timezone.now() - (user.password_set_at or user.date_joined) > timedelta(days=settings.PASSWORD_DAYS)
