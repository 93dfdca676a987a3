"""Plans on the site: documents with every version kept, taken over from tables that offices keep, looked at before anything changes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any, Final

from django.core import signing
from django.db import transaction

from yangban.base.errors import NotAllowed
from yangban.govern.plans import KINDS, TIERS, Document, Plan, Preview, amend, document_problems, item_of, preview, row_of
from yangban.readings.plan_sheets import read_plan_rows
from yangban.web.accounts import audit
from yangban.web.accounts.models import User
from yangban.web.accounts.permissions import demand
from yangban.web.plans import files, tasks
from yangban.web.plans.models import PlanDocument, PlanVersion

_SALT: Final = "yangban.plans.document"
_HEAD: Final = ("id", "tier", "title", "subject", "number", "issuer", "confidence", "source", "note", "reason")
_DAYS: Final = ("issued", "effective")

Rows = Sequence[tuple[str, Mapping[str, str]]]


def document_of(row: PlanVersion) -> Document:
    """A version as the document that it was."""
    head = dict(row.head)
    days: dict[str, Any] = {key: date.fromisoformat(head[key]) if head.get(key) else None for key in _DAYS}
    return Document(
        **{key: head[key] for key in _HEAD},
        **days,
        version=row.version,
        demo=head["demo"],
        items=tuple(item_of(each) for each in row.items),
    )


def plan_of(held: PlanDocument) -> Plan:
    """A document through time."""
    return Plan(tuple(document_of(each) for each in held.versions.order_by("version")))


def newest(held: PlanDocument) -> Document:
    """The version that was made last."""
    return document_of(held.versions.get(version=held.version))


def read(upload: Any) -> Rows:
    """The rows of a plan's table in Excel, Word or CSV."""
    with files.laid_down(upload) as path:
        return read_plan_rows(path)


def look(document: Document, rows: Rows) -> Preview:
    """What rows would make of a document."""
    return preview(document, rows)


@transaction.atomic
def adopt(user: User | None, document: Document, *, at: datetime | None = None) -> PlanDocument:
    """Keep a document: as a new plan, or as the next version of the one with its id. The older versions stay as they were."""
    if user is not None:
        demand(user, "plans.edit", region=document.subject)
    if problems := document_problems(document):
        raise NotAllowed("facts", "；".join(problems[:10]))
    held = PlanDocument.objects.select_for_update().filter(word=document.id).first()
    if held is None:
        if document.version != 1:
            raise NotAllowed("facts", f"《{document.title}》还没有第 1 版")
        held = PlanDocument.objects.create(
            word=document.id, tier=document.tier, title=document.title, region=document.subject, version=1, demo=document.demo
        )
    else:
        amend(plan_of(held), document)
        held.version, held.title, held.tier = document.version, document.title, document.tier
        held.save(update_fields=("version", "title", "tier"))
    head: dict[str, Any] = {key: getattr(document, key) for key in _HEAD}
    head |= {key: value.isoformat() if (value := getattr(document, key)) else None for key in _DAYS} | {"demo": document.demo}
    PlanVersion.objects.create(
        document=held, version=document.version, head=head, items=[row_of(each) for each in document.items], effective=document.effective,
        reason=document.reason[:300], by=user, at=at or tasks.now(),
    )  # fmt: skip
    audit.record(user, "plan.adopt", document.id, {"version": document.version, "items": len(document.items)})
    return held


@transaction.atomic
def show(user: User, held: PlanDocument, public: bool) -> None:
    """Show the progress of a plan to everyone, or no longer."""
    demand(user, "plans.edit", region=held.region)
    held.public = public
    held.save(update_fields=("public",))
    audit.record(user, "plan.public", held.word, {"public": public})


def pack(document: Document, rows: Rows) -> str:
    """What was looked at, as a text that comes back unchanged or not at all."""
    head = {key: getattr(document, key) for key in _HEAD} | {key: str(getattr(document, key) or "") for key in _DAYS}
    return signing.dumps({"head": head, "version": document.version, "rows": [[w, dict(r)] for w, r in rows]}, salt=_SALT, compress=True)


def unpack(text: str) -> Document:
    """The document of :func:`pack` with its items."""
    try:
        held = signing.loads(text, salt=_SALT, max_age=3600)
    except signing.BadSignature:
        raise NotAllowed("facts", "预览已过期或被改动；请重新上传") from None
    days: dict[str, Any] = {key: date.fromisoformat(held["head"][key]) if held["head"][key] else None for key in _DAYS}
    bare = Document(**{key: held["head"][key] for key in _HEAD}, **days, version=held["version"])
    made = preview(bare, [(where, row) for where, row in held["rows"]])
    if made.problems:
        raise NotAllowed("facts", "；".join(made.problems[:10]))
    return made.document


def next_version(held: PlanDocument, *, reason: str, effective: date | None) -> Document:
    """The document as it stands, to be amended."""
    now = newest(held)
    return replace(now, version=now.version + 1, reason=reason, effective=effective)


__all__ = [
    "KINDS",
    "TIERS",
    "Document",
    "adopt",
    "document_of",
    "look",
    "newest",
    "next_version",
    "pack",
    "plan_of",
    "read",
    "show",
    "unpack",
]
