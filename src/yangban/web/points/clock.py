"""The clock of the points: one place, so that a story of a month can be told in a second."""

from __future__ import annotations

from datetime import datetime

from django.utils import timezone


def now() -> datetime:
    """The moment at which something is recorded."""
    return timezone.now()
