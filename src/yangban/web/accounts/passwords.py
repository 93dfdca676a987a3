"""What is asked of a password, in the language of the page."""

from __future__ import annotations

from django.contrib.auth.password_validation import MinimumLengthValidator

from yangban.web.words import pick


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
