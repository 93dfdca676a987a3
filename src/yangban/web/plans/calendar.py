"""The deadlines of a person's tasks as a calendar (RFC 5545), under a secret of which only the digest is kept."""

from __future__ import annotations

import hashlib
import secrets
from datetime import UTC, date, timedelta

from django.db import transaction

from yangban.web.accounts import audit
from yangban.web.accounts.models import User, today
from yangban.web.plans import tasks, work
from yangban.web.plans.models import CalendarKey


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


@transaction.atomic
def renew(user: User) -> str:
    """A new secret for a person; the old one opens nothing from now on."""
    token = secrets.token_urlsafe(32)
    CalendarKey.objects.update_or_create(user=user, defaults={"digest": _digest(token), "made": tasks.now()})
    audit.record(user, "calendar.renew", user.get_username())
    return token


def has_key(user: User) -> bool:
    """Whether a person has an address."""
    return CalendarKey.objects.filter(user=user).exists()


def user_of(token: str) -> User | None:
    """Whose secret it is; nobody's when the person has left."""
    found = CalendarKey.objects.filter(digest=_digest(token)).select_related("user").first()
    return found.user if found and found.user.is_active and found.user.current_memberships() else None


def feed(user: User) -> bytes:
    """The calendar: a day for each deadline that still runs, and the day on which reports are due."""
    stamp = f"{tasks.now().astimezone(UTC):%Y%m%dT%H%M%SZ}"
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Yangban//Tasks//ZH", "CALSCALE:GREGORIAN", "X-WR-CALNAME:任务期限"]
    for row in work.own_tasks(user).filter(ended=False)[:1000]:
        mark = "（演示）" if row.demo else ""
        lines += _event(f"{row.pk}@task", stamp, row.deadline, f"{row.number} {row.title}{mark} 到期", row.lead)
        if row.step_due:
            lines += _event(f"{row.pk}@step", stamp, row.step_due, f"{row.number} {row.title}{mark} 本步时限", row.lead)
    period = work.period_asked(today())
    missing = len(work.to_fill(user, period))
    if missing:
        lines += _event(f"{period}@reports", stamp, work.due_of(period), f"{period} 进展：{missing} 项任务待报", "")
    lines.append("END:VCALENDAR")
    return "".join(_folded(line) for line in lines).encode()


def _event(uid: str, stamp: str, day: date, summary: str, note: str) -> list[str]:
    return [
        "BEGIN:VEVENT", f"UID:{uid}", f"DTSTAMP:{stamp}", f"DTSTART;VALUE=DATE:{day:%Y%m%d}",
        f"DTEND;VALUE=DATE:{day + timedelta(days=1):%Y%m%d}", f"SUMMARY:{_escaped(summary)}", f"DESCRIPTION:{_escaped(note)}",
        "TRANSP:TRANSPARENT", "END:VEVENT",
    ]  # fmt: skip


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,").replace("\n", "\\n")


def _folded(line: str) -> str:
    """A line of at most 75 octets, continued on lines that begin with a space; no character is cut.

    >>> _folded("SUMMARY:" + "复" * 30).count("\\r\\n ")
    1
    """
    made, room = "", 75
    for each in line:
        size = len(each.encode())
        if size > room:
            made += "\r\n "
            room = 74
        made += each
        room -= size
    return made + "\r\n"
