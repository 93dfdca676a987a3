"""Complaints and suggestions, answered within the region to which they belong."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from yangban.base.errors import UsageError
from yangban.web.accounts import audit
from yangban.web.accounts.models import User
from yangban.web.accounts.permissions import covered, demand
from yangban.web.public.models import Complaint
from yangban.web.words import pick

State: Any = Complaint.State


def seen_by(user: User) -> QuerySet[Complaint]:
    """The letters of the places whose letters a person answers."""
    places = set(Complaint.objects.order_by().values_list("region", flat=True).distinct())
    return Complaint.objects.filter(region__in=covered(user, "complaints.answer", places)).select_related("answered_by")


def take(letter: Complaint, user: User) -> None:
    """The letter is in hand: its sender sees that somebody works on it."""
    with transaction.atomic():
        held = Complaint.objects.select_for_update().get(pk=letter.pk)
        demand(user, "complaints.answer", region=held.region)
        if held.state != State.RECEIVED:
            raise UsageError(pick("这封来信已经在办或已答复", "The letter is in hand or answered already"))
        held.state = State.IN_HAND
        held.save(update_fields=("state",))
        audit.record(user, "complaints.take", f"letter:{held.number}")
    letter.refresh_from_db()


def answer(letter: Complaint, user: User, text: str) -> None:
    """Answer a letter, once; its sender reads the answer with number and code."""
    with transaction.atomic():
        held = Complaint.objects.select_for_update().get(pk=letter.pk)
        demand(user, "complaints.answer", region=held.region)
        if held.state == State.ANSWERED:
            raise UsageError(pick("这封来信已经答复", "The letter is answered already"))
        if len(text.strip()) < 5:
            raise UsageError(pick("请写明答复内容", "Write an answer"))
        held.state, held.answer, held.answered, held.answered_by = State.ANSWERED, text.strip(), timezone.now(), user
        held.save(update_fields=("state", "answer", "answered", "answered_by"))
        audit.record(user, "complaints.answer", f"letter:{held.number}", {"late": held.due < timezone.localdate()})
    letter.refresh_from_db()
