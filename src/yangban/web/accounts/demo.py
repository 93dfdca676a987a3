"""What the accounts of the demonstration share."""

from __future__ import annotations

from functools import cache

from django.contrib.auth.hashers import make_password


@cache
def hashed(password: str) -> str:
    """The hash of the one password of all demonstration accounts: made once, since a good hash takes its time."""
    return make_password(password)
