"""The audit: append-only, chained by digests, verified by one command."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC
from typing import Any, Final

from django.db import connection, transaction
from django.utils import timezone

from yangban.web.accounts.models import AuditEntry, User

FIRST: Final = "0" * 64
_LOCK: Final = 7_205_141


def _digest(entry: AuditEntry) -> str:
    content = json.dumps(
        {
            "number": entry.number,
            "at": entry.at.astimezone(UTC).isoformat(timespec="microseconds"),
            "actor": entry.actor,
            "organisation": entry.organisation,
            "action": entry.action,
            "subject": entry.subject,
            "detail": entry.detail,
            "before": entry.before,
        },
        ensure_ascii=False,
        sort_keys=True,
        separators=(",", ":"),
    )
    return hashlib.sha256(content.encode()).hexdigest()


def record(
    user: User | None, action: str, subject: str = "", detail: Mapping[str, Any] | None = None, *, organisation: str = ""
) -> AuditEntry:
    """Add an act to the audit, in the transaction of the act itself: both are kept or neither.

    ``detail`` holds what JSON can hold and no personal data beyond the actor's name.
    """
    with transaction.atomic():
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        last = AuditEntry.objects.order_by("-number").values_list("number", "digest").first()
        number, before = last or (0, FIRST)
        if not organisation and user is not None and user.is_authenticated:
            held = user.current_memberships()
            organisation = held[0].organisation.name if held else ""
        entry = AuditEntry(
            number=number + 1,
            at=timezone.now(),
            actor=user.get_username() if user is not None and user.is_authenticated else "",
            organisation=organisation,
            action=action,
            subject=subject,
            # What is digested must be what comes back: JSON knows no tuples and no integer keys.
            detail=json.loads(json.dumps(dict(detail or {}), ensure_ascii=False)),
            before=before,
        )
        entry.digest = _digest(entry)
        entry.save(force_insert=True)
    return entry


def problems() -> list[str]:
    """What is wrong with the chain: nothing when every row is as it was written and none is missing."""
    found: list[str] = []
    before, expected = FIRST, 1
    for entry in AuditEntry.objects.order_by("number").iterator(chunk_size=2000):
        if entry.number != expected:
            found.append(f"审计第 {expected} 条缺失；entry {expected} is missing")
        if entry.before != before:
            found.append(f"审计第 {entry.number} 条与前一条不衔接；entry {entry.number} does not follow the one before")
        if _digest(entry) != entry.digest:
            found.append(f"审计第 {entry.number} 条被改动；entry {entry.number} was changed")
        before, expected = entry.digest, entry.number + 1
    return found
