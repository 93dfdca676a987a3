"""Lists, tree, board, matrix and map of tasks: each a fixed number of questions to the database, whatever the number of tasks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.db.models import Count, Q, QuerySet, Sum
from django.utils.html import format_html
from django.utils.safestring import SafeString

from yangban.base import regions
from yangban.web.accounts.models import User
from yangban.web.plans import governance
from yangban.web.plans.marks import marked
from yangban.web.plans.models import PlanDocument, Task
from yangban.web.plans.seeing import seen_by, within

FILTERS: Final = ("level", "state", "colour", "plan", "lead", "place", "late", "q")
"""What an address may ask for; an address is all that is needed to save or share a view."""
BOARD: Final = 20
"""Cards shown in a column of the board; the number of all stands above."""


def chosen(user: User, asked: Mapping[str, str], *, day: Any = None) -> QuerySet[Task]:
    """The tasks that a person sees and an address asks for."""
    rows = Task.objects.filter(seen_by(user))
    for key in ("level", "state", "plan", "lead"):
        if asked.get(key):
            rows = rows.filter(**{key: asked[key]})
    if colour := asked.get("colour"):
        rows = rows.filter(colour="" if colour == "none" else colour)
    place = asked.get("place", "")
    if place.isdigit() and len(place) == 6:
        rows = rows.filter(within(place, regions.subject_level(place)))
    if asked.get("late") and day is not None:
        rows = rows.filter(deadline__lt=day, ended=False)
    if words := asked.get("q", "").strip():
        rows = rows.filter(Q(title__icontains=words) | Q(number__icontains=words))
    return rows


def choices() -> dict[str, list[tuple[str, str]]]:
    """What the filters offer; of plans what there is, of the rest what the workflows know."""
    states: dict[str, str] = {}
    for word in ("yearly", "rectification"):
        for each in governance.workflow_of(word).states:
            states.setdefault(each.key, f"{each.symbol} {each.name}")
    return {
        "level": [("province", "省级"), ("city", "市级"), ("county", "县级")],
        "state": list(states.items()),
        "colour": [("red", "▲ 红"), ("yellow", "◆ 黄"), ("green", "● 绿"), ("none", "○ 未判")],
        "plan": list(PlanDocument.objects.values_list("word", "title")),
    }


@dataclass(frozen=True)
class Column:
    """A column of the board."""

    state: str
    name: str
    count: int
    rows: Sequence[Task]


def board(rows: QuerySet[Task], *, workflow: str) -> list[Column]:
    """The board of a workflow: every state with its number, and the tasks that are due first."""
    own = rows.filter(workflow=workflow)
    counts = dict(own.order_by().values("state").annotate(n=Count("*")).values_list("state", "n"))
    return [
        Column(
            each.key,
            f"{each.symbol} {each.name}",
            counts.get(each.key, 0),
            marked(_cards(own.filter(state=each.key))) if counts.get(each.key) else [],
        )
        for each in governance.workflow_of(workflow).states
    ]


def _cards(rows: QuerySet[Task]) -> QuerySet[Task]:
    return rows.defer("body").order_by("deadline", "number")[:BOARD]


@dataclass(frozen=True)
class Cell:
    """A cell of the matrix or the map: how many, and how they stand."""

    total: int
    ended: int
    red: int
    yellow: int
    late: int

    @property
    def html(self) -> SafeString:
        """The cell of the matrix."""
        return format_html('<span class="cell c-{}"><span class="num">{}</span> {}</span>', self.key, self.total, self.sign)

    @property
    def sign(self) -> str:
        """The worst of them, as symbol and word."""
        return "▲ 红" if self.red else "◆ 黄" if self.yellow else "✓ 办结" if self.total and self.total == self.ended else "● 在办"

    @property
    def key(self) -> str:
        """The word of a class of style."""
        return "red" if self.red else "yellow" if self.yellow else "done" if self.total and self.total == self.ended else "open"


_KEYS: Final = ("total", "ended_", "red", "yellow", "late")


def _sums(day: Any) -> dict[str, Any]:
    """Counts by columns that the indexes hold, so that the rows themselves are left alone."""
    return {
        "total": Count("*"),
        "ended_": Count("ended", filter=Q(ended=True)),
        "red": Count("ended", filter=Q(colour="red", ended=False)),
        "yellow": Count("ended", filter=Q(colour="yellow", ended=False)),
        "late": Count("ended", filter=Q(deadline__lt=day, ended=False)),
    }


def _counted(rows: QuerySet[Task], by: Sequence[str], day: Any) -> list[dict[str, Any]]:
    return list(rows.order_by().values(*by).annotate(**_sums(day)))


def _cell(row: Mapping[str, Any]) -> Cell:
    return Cell(row["total"], row["ended_"], row["red"], row["yellow"], row["late"])


def matrix(rows: QuerySet[Task], day: Any, *, at: int = 0, size: int = 30) -> tuple[list[str], list[tuple[str, list[Cell | None]]], int]:
    """Department by task: what each unit leads, by the item of the plan that it serves; and how many units there are."""
    units = list(rows.order_by("lead").values_list("lead", flat=True).distinct())
    shown = units[at : at + size]
    found = _counted(rows.filter(lead__in=shown), ("lead", "plan_item"), day)
    items = sorted({row["plan_item"] for row in found}, key=lambda each: (not each, each))[:40]
    cells = {(row["lead"], row["plan_item"]): _cell(row) for row in found}
    return items, [(unit, [cells.get((unit, item)) for item in items]) for unit in shown], len(units)


def by_place(rows: QuerySet[Task], day: Any, *, level: str, region: str) -> dict[str, Cell]:
    """How the tasks of each county (or city) stand; a county's tasks count for its city."""
    digits = 6 if level == "county" else 4
    sums: dict[str, list[int]] = {}
    scope = rows.filter(within(region, regions.subject_level(region)))
    for row in _counted(scope.filter(level="county") if level == "county" else scope.filter(level__in=("city", "county")), ("place",), day):
        place = row["place"] if digits == 6 else row["place"][:4].ljust(6, "0")
        held = sums.setdefault(place, [0, 0, 0, 0, 0])
        for at, key in enumerate(_KEYS):
            held[at] += row[key]
    return {place: Cell(*each) for place, each in sums.items()}


@dataclass(frozen=True)
class Node:
    """A task at the top of a tree with what stands beneath it, level by level."""

    row: Task
    beneath: Mapping[str, Cell]
    mean: Any
    reported: int
    ends: int


def tree(rows: QuerySet[Task], day: Any, *, at: int = 0, size: int = 20) -> tuple[list[Node], int]:
    """The tasks at the top with the roll-up of their parts: how many reported, and the mean over all, the silent ones as nothing done.

    The exact roll-up by amount stands on the page of a task; here every task at the ends of a tree counts once.
    """
    tops = rows.filter(parent=None).order_by("plan", "plan_item", "number")
    total = tops.count()
    page = list(tops.defer("body")[at : at + size])
    roots = [row.pk for row in page]
    found = (
        Task.objects.filter(root__in=roots)
        .order_by()
        .values("root", "level", "leaf")
        .annotate(**_sums(day), told=Count("percent"), whole=Sum("percent"))
    )
    beneath: dict[str, dict[str, list[int]]] = {}
    ends: dict[str, list[Any]] = {}
    own = {row.pk: row for row in page}
    for row in found:
        if row["leaf"]:
            held = ends.setdefault(row["root"], [0, 0, 0])
            for k, value in enumerate((row["total"], row["told"], row["whole"] or 0)):
                held[k] += value
        sums = beneath.setdefault(row["root"], {}).setdefault(row["level"], [0, 0, 0, 0, 0])
        for k, key in enumerate(_KEYS):
            sums[k] += row[key]
    nodes = []
    for row in page:
        below = {level: Cell(*each) for level, each in beneath.get(row.pk, {}).items() if level != own[row.pk].level or each[0] > 1}
        count, told, whole = ends.get(row.pk, [0, 0, 0])
        nodes.append(Node(row, below, round(whole / count, 1) if told else None, told, count))
    return nodes, total
