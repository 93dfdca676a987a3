"""A public notice: what everyone may see of an application, and objections to it."""

from __future__ import annotations

from typing import Any, Final

from django.db import transaction

from yangban.base.errors import NotAllowed
from yangban.govern.applications import application_of
from yangban.standards.programmes import FACTS
from yangban.web.accounts import audit
from yangban.web.accounts.models import today
from yangban.web.pilots import applying, checking, editions, shown
from yangban.web.pilots.models import Application, PublicObjection
from yangban.web.plans import notes
from yangban.web.plans.actors import offices
from yangban.web.words import pick

PUBLIC: Final = ("public_notice", "recommended", "named", "recheck", "warned", "withdrawn")
"""States in which an application is public."""
_OFFICIAL: Final = frozenset({"notice", "recommend", "name", "recheck", "recheck_pass", "warn", "lift", "withdraw", "evaluate", "uphold"})
"""Steps that everyone may see: by unit and day, without the person."""
_TOLD: Final = ("basis", "plate", "day", "notice_until", "reason", "rectify_until", "grounds", "opinion", "year", "outcome", "edition")
_LEAST: Final = 10
_MOST: Final = 2000


def notice_page(row: Application) -> dict[str, Any]:
    """What everyone may see: the edition, the self-check, what was decided when and on what."""
    application, edition = application_of(row.body), editions.bound(row.edition)
    check = checking.kept(application.check) if application.check else None
    shown.told([row])
    return {
        "edition": edition,
        "application": application,
        "requires": edition.programme.requires(row.level),
        "check": check,
        "lines": shown.check_lines(check),
        "counts": shown.counted(check),
        "decisions": _decisions(row),
        "open": row.state == "public_notice" and row.notice_until is not None and today() <= row.notice_until,
        "grounds": [edition.programme.ground(each) for each in application.grounds],
    }


def _decisions(row: Application) -> list[dict[str, Any]]:
    made = []
    for each in reversed(applying.log(row)):
        if each.event not in _OFFICIAL:
            continue
        facts = [(FACTS[key][1], shown.told_fact(key, each.facts[key])) for key in _TOLD if each.facts.get(key)]
        proofs = [item["name"] for item in each.facts.get("evidence", []) if isinstance(item, dict)]
        made.append({"name": each.name, "unit": each.actor.unit, "at": each.at, "facts": facts, "proofs": len(proofs)})
    return made


@transaction.atomic
def object_to(row: Application, text: str, contact: str) -> PublicObjection:
    """Take an objection in while the notice is open, and tell the office that has to answer it."""
    if row.state != "public_notice" or row.notice_until is None or today() > row.notice_until:
        raise NotAllowed("notice_over", pick("公示已经结束，不再收异议；可以写信", "The notice is over; write a letter instead"))
    said = text.strip()
    if len(said) < _LEAST or len(said) > _MOST:
        raise NotAllowed("facts", pick(f"请写 {_LEAST}—{_MOST} 字，说明依据", f"Write {_LEAST} to {_MOST} characters and say why"))
    made = PublicObjection.objects.create(application=row, text=said, contact=contact.strip()[:120])
    audit.record(None, "pilots.objection_received", row.number, {"objection": made.pk})
    held = offices([row.province]).get(row.province)
    if held is not None:
        notes.tell_unit(held.name, "office", "objection", pick(f"{row.number} 公示期收到异议", f"{row.number}: an objection"), None)
    return made
