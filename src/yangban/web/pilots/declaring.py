"""What experts declare of themselves."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import transaction
from django.utils import timezone

from yangban.base import regions
from yangban.base.errors import UnknownRegion
from yangban.web.accounts import audit
from yangban.web.accounts.models import User
from yangban.web.accounts.permissions import demand
from yangban.web.pilots.models import ExpertProfile


def profile(user: User) -> ExpertProfile:
    """What a person has declared so far, an empty one where there is nothing."""
    return ExpertProfile.objects.filter(user=user).first() or ExpertProfile(user=user)


@transaction.atomic
def declare(user: User, *, fields: str, declared: Iterable[str]) -> ExpertProfile:
    """Declare units, places (by name or code) or numbers of applications with which there is a conflict of interest."""
    demand(user, "pilots.score")
    words = []
    for each in (line.strip() for line in declared):
        if not each:
            continue
        try:
            words.append(regions.place(each).code)
        except UnknownRegion:
            words.append(each[:80])
    held, _ = ExpertProfile.objects.update_or_create(
        user=user, defaults={"fields": fields.strip()[:200], "declared": list(dict.fromkeys(words))[:50], "at": timezone.now()}
    )
    audit.record(user, "pilots.declare", user.get_username(), {"count": len(held.declared)})
    return held
