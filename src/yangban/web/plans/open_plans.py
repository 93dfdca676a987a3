"""The progress of plans: of every item how many tasks serve it and how they stand. For the public only what an office chose to show."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Count, Q, Sum

from yangban.govern.names import indicator_name
from yangban.govern.plans import Document, Item, by_indicator, yearly_list
from yangban.web.plans import documents
from yangban.web.plans.models import PlanDocument, Task


@dataclass(frozen=True)
class Line:
    """An item with the tasks that serve it. ``floor`` is their mean progress in per cent, those silent counting as nothing done."""

    item: Item
    depth: int
    total: int
    ended: int
    told: int
    floor: Decimal | None


@dataclass(frozen=True)
class Shown:
    """A plan as everyone sees it."""

    held: PlanDocument
    document: Document
    lines: Sequence[Line]
    total: int
    ended: int
    late: int


def _counted(words: Sequence[str]) -> dict[tuple[str, str], dict[str, Any]]:
    rows = (
        Task.objects.filter(plan__in=words, parent=None)
        .order_by()
        .values("plan", "plan_item")
        .annotate(total=Count("pk"), done=Count("pk", filter=Q(ended=True)), told=Count("percent"), whole=Sum("percent"))
    )
    return {(row["plan"], row["plan_item"]): row for row in rows}


def lines(held: PlanDocument, document: Document, counted: dict[tuple[str, str], dict[str, Any]] | None = None) -> list[Line]:
    """The items of a document, each below the one it belongs to."""
    found = _counted([held.word]) if counted is None else counted
    made: list[Line] = []

    def walk(parent: str, depth: int) -> None:
        for item in document.below(parent):
            row = found.get((held.word, item.key))
            floor = round(row["whole"] / row["total"], 1) if row and row["whole"] is not None else None
            made.append(Line(item, depth, row["total"] if row else 0, row["done"] if row else 0, row["told"] if row else 0, floor))
            walk(item.key, depth + 1)

    walk("", 0)
    return made


@dataclass(frozen=True)
class OfYear:
    """An item of a plan that runs in a year, with the tasks issued for it."""

    held: PlanDocument
    document: Document
    item: Item
    total: int
    ended: int


def _newest() -> list[tuple[PlanDocument, Document]]:
    rows = PlanDocument.objects.prefetch_related("versions")
    return [(each, documents.document_of(max(each.versions.all(), key=lambda row: row.version))) for each in rows if each.versions.all()]


def of_year(year: int, kind: str) -> list[OfYear]:
    """The items of a kind that run in a year, of the newest version of every plan."""
    held = {document.id: row for row, document in _newest()}
    placed = yearly_list([document for _, document in _newest()], year, kinds=(kind,))
    counted = _counted(list(held))
    found = []
    for each in placed:
        row = counted.get((each.document.id, each.item.key))
        found.append(OfYear(held[each.document.id], each.document, each.item, row["total"] if row else 0, row["done"] if row else 0))
    return found


def by_word() -> list[tuple[str, str, list[tuple[PlanDocument, Item]]]]:
    """From each indicator, with its name, to the items of plans that name it."""
    newest = _newest()
    rows = {document.id: row for row, document in newest}
    return [
        (word, indicator_name(word), [(rows[each.document.id], each.item) for each in placed])
        for word, placed in by_indicator([document for _, document in newest]).items()
    ]


def public_plans(day: date) -> list[Shown]:
    """The plans that an office chose to show, in a fixed number of questions."""
    held = list(PlanDocument.objects.filter(public=True).prefetch_related("versions"))
    counted = _counted([each.word for each in held])
    late = dict(
        Task.objects.filter(plan__in=[each.word for each in held], parent=None, ended=False, deadline__lt=day)
        .order_by()
        .values("plan")
        .annotate(n=Count("pk"))
        .values_list("plan", "n")
    )
    shown = []
    for each in held:
        version = max(each.versions.all(), key=lambda row: row.version)
        document = documents.document_of(version)
        own = [row for (word, _), row in counted.items() if word == each.word]
        total, done = sum(row["total"] for row in own), sum(row["done"] for row in own)
        shown.append(Shown(each, document, lines(each, document, counted), total, done, late.get(each.word, 0)))
    return shown
