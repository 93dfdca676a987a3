"""Chinese and English side by side: every text of the site is written once, in both, where it is used.

A catalogue of translations apart from the templates goes stale without a sound; two words in one place do not.
"""

from __future__ import annotations

from django.utils.functional import lazy
from django.utils.translation import get_language


def pick(zh: str, en: str) -> str:
    """The text in the language of the page; Chinese unless English was chosen."""
    return en if (get_language() or "").startswith("en") else zh


say = lazy(pick, str)
"""As :func:`pick`, decided when the text is printed: for models and forms."""
