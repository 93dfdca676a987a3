"""Projects as pages show them: what is slow, how far money, work and time have come, and what stood before and after."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

from yangban.govern import projects as room
from yangban.web.pilots import drawing, editions, piloting, projecting
from yangban.web.pilots.models import Project
from yangban.web.plans.marks import colour_mark
from yangban.web.public.names import indicator_name, place_name
from yangban.web.words import pick

_ORDER = ("before", "during", "after")


@dataclass(frozen=True)
class ProjectLine:
    """One project in a list."""

    row: Project
    place: str
    totals: room.Totals
    slow: tuple[room.Slow, ...]
    mark: Any
    paid: str
    work: str
    time: str


def per_cent(share: Fraction | None) -> str:
    """A share in whole per cent, cut; a dash where there is none."""
    return "—" if share is None else f"{share.numerator * 100 // share.denominator}%"


def bar(share: Fraction | None) -> int:
    """A share as a whole number from 0 to 100 to draw by."""
    return 0 if share is None else min(100, max(0, share.numerator * 100 // share.denominator))


def project_lines(rows: Iterable[Project], day: date) -> list[ProjectLine]:
    """Projects with their warnings, the slow ones first."""
    rules = editions.project_rules()
    made = []
    for row in rows.prefetch_related("money", "milestones") if hasattr(rows, "prefetch_related") else rows:
        held = projecting.plain(row)
        sums, found = room.totals(held, day), room.slow(held, day, rules)
        made.append(
            ProjectLine(
                row, place_name(row.region), sums, found, colour_mark(room.worst(found)), per_cent(sums.paid_share),
                per_cent(sums.work), per_cent(sums.time),
            )
        )  # fmt: skip
    order = ("red", "yellow", "green")
    return sorted(made, key=lambda each: order.index(room.worst(each.slow)))


def sums(rows: Sequence[ProjectLine]) -> dict[str, str]:
    """The money of several projects together."""
    return {
        kind: amount(sum((getattr(each.totals, kind) for each in rows), Decimal(0))) for kind in (room.PLANNED, room.GRANTED, room.PAID)
    }


def amount(value: Decimal) -> str:
    """An amount of money without zeros that say nothing."""
    return f"{value:,.4f}".rstrip("0").rstrip(".")


def indicator_choices() -> list[tuple[str, str]]:
    """The indicators that may stand before and after."""
    return [(each, indicator_name(each)) for each in piloting.INDICATORS]


def project_page(row: Project, day: date) -> dict[str, Any]:
    """Everything that the page of a project shows."""
    held = projecting.plain(row)
    totals, found = room.totals(held, day), room.slow(held, day, editions.project_rules())
    shape = row.shapes.first()
    return {
        "place": place_name(row.region),
        "totals": totals,
        "money": [
            (pick(*room.KINDS[kind]), amount(value), per_cent(share), bar(share))
            for kind, value, share in (
                (room.PLANNED, totals.planned, None), (room.GRANTED, totals.granted, totals.granted_share),
                (room.PAID, totals.paid, totals.paid_share),
            )
        ],
        "course": [
            (name, per_cent(share), bar(share))
            for name, share in (
                (pick("时间", "Time"), totals.time), (pick("工程", "Work"), totals.work), (pick("支付", "Paid"), totals.paid_share),
            )
        ],
        "entries": [(each, pick(*room.KINDS[each.kind]), amount(each.amount)) for each in row.money.select_related("by")],
        "milestones": [(each, each.done is None and each.due < day) for each in row.milestones.all()],
        "slow": [(each, colour_mark(each.colour)) for each in found],
        "mark": colour_mark(room.worst(found)),
        "rules": editions.project_rules(),
        "shape": shape,
        "shapes": list(row.shapes.select_related("by")),
        "sketch": None if shape is None else drawing.sketch(shape.geometry),
        "photos": sorted(row.photos.all(), key=lambda each: (_ORDER.index(each.stage), each.taken or date.max)),
        "tasks": list(row.tasks.all()),
        "before_after": [(indicator_name(word), early, late) for word, early, late in projecting.before_after(row)],
        "kinds": [(key, pick(*words)) for key, words in room.KINDS.items()],
    }  # fmt: skip
