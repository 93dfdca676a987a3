"""Who sees which tasks: those that one's unit is named in, and, for offices, supervision and readers, all within their place.

What everyone may see of a plan is a page of its own (:mod:`yangban.web.plans.open_plans`).
"""

from __future__ import annotations

from typing import Any, Final

from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet

from yangban.web.accounts.models import Organisation, User
from yangban.web.plans.models import Task, TaskUnit
from yangban.web.words import pick

WIDE: frozenset[str] = frozenset({"office", "supervision", "reader"})
"""Posts that see every task within their place; the others see those of their unit."""


_LISTED: Final = 3000
"""Tasks of one unit up to which their keys are written into a question."""


def own_units(user: User) -> list[int]:
    """The organisations for which a person acts, with those whose work they took over."""
    found = {post.organisation_id for post in user.current_memberships() if post.role in {"head", "reporter"}}
    wave = set(found)
    while wave:
        wave = set(Organisation.objects.filter(successor__in=wave).values_list("pk", flat=True)) - found
        found |= wave
    return sorted(found)


def seen_by(user: User) -> Q:
    """The condition by which tasks are a person's to see."""
    asked = Q(pk__in=())
    for post in user.current_memberships():
        if post.role in WIDE:
            asked |= within(post.organisation.region, post.level)
    if own := own_units(user):
        named = list(TaskUnit.objects.filter(organisation__in=own).values_list("task", "role")[: _LISTED + 1])
        if len(named) <= _LISTED:
            # Keys that stand in the question are looked up in the indexes; a question within the question reads the whole table.
            led: Any = list({task for task, role in named if role == "lead"})
            asked |= Q(pk__in=list({task for task, _ in named}))
        else:
            led = TaskUnit.objects.filter(organisation__in=own, role="lead").values("task")
            asked |= Q(pk__in=TaskUnit.objects.filter(organisation__in=own).values("task"))
        # Who leads a task sees what became of its parts, down to the last.
        asked |= Q(parent__in=led) | Q(root__in=led)
    return asked


def within(region: str, level: str) -> Q:
    """Tasks of a place and of everything beneath it."""
    return Q(**{{"province": "province", "city": "city"}.get(level, "place"): region})


def tasks_of(user: User) -> QuerySet[Task]:
    """The tasks that a person sees."""
    return Task.objects.filter(seen_by(user))


def demand_sight(user: User, row: Task) -> None:
    """Refuse who may not see a task."""
    if not tasks_of(user).filter(pk=row.pk).exists():
        raise PermissionDenied(
            pick("这项任务不涉及您的单位，也不在您管辖的地区", "This task names neither your unit nor lies in your place")
        )


def demand_work(user: User, row: Task) -> None:
    """Refuse who neither works on a task nor judges it."""
    mine = TaskUnit.objects.filter(task=row, organisation__in=own_units(user)).exists()
    judges = any(post.role in {"office", "supervision"} for post in user.current_memberships())
    if not mine and not (judges and tasks_of(user).filter(pk=row.pk).exists()):
        raise PermissionDenied(pick("这项任务没有点名您的单位，不能上传佐证", "This task does not name your unit"))
