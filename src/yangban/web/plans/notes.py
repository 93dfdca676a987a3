"""Messages to people: inside the site, and by e-mail when the act is committed. What is told is a task and a sentence, nothing else."""

from __future__ import annotations

import logging
from collections.abc import Iterable

from django.core.mail import send_mail
from django.db import transaction

from yangban.web.accounts.models import Membership, User, today
from yangban.web.plans import hooks
from yangban.web.plans.models import Note, Task

log = logging.getLogger(__name__)


def people_of(unit: str, role: str) -> list[User]:
    """Those who hold a post in a unit today."""
    day = today()
    rows = Membership.objects.filter(organisation__name=unit, role=role, valid_from__lte=day, user__is_active=True)
    return list({each.user_id: each.user for each in rows.select_related("user") if each.valid_to is None or each.valid_to >= day}.values())


def tell_unit(unit: str, roles: Iterable[str], kind: str, text: str, task: Task | None) -> int:
    """Tell everyone who holds one of some posts in a unit, and where the unit wants its messages besides; returns how many were told."""
    people = {each.pk: each for role in roles for each in people_of(unit, role)}
    hooks.announce(unit, kind, text, task)
    return tell(people.values(), kind, text, task)


def tell(users: Iterable[User], kind: str, text: str, task: Task | None) -> int:
    """Tell people. A mail goes out only once the act is kept, and a mail that fails leaves the act alone."""
    held = list(users)
    Note.objects.bulk_create([Note(user=user, kind=kind, text=text[:400], task=task) for user in held])
    mails = [user.email for user in held if user.email]
    if mails:
        transaction.on_commit(lambda: _mail(text, mails))
    return len(held)


def _mail(text: str, mails: list[str]) -> None:
    try:
        for each in mails:
            send_mail(text[:80], text, None, [each])
    except Exception:
        log.exception("a mail about a task could not be sent")
