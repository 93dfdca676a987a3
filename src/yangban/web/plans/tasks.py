"""The one door through which a task changes on the site.

:func:`act` loads the task with what lies around it under a lock, asks :func:`yangban.govern.tasks.transition`, and writes what came out:
task, parts, records and taken numbers together or not at all. Of two officers at once one wins, the other is told who was first. Every act
stands in the log of the task, which only grows, and in the audit.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone

from yangban.assess.figure import Figure
from yangban.base.errors import NotAllowed
from yangban.govern import model
from yangban.govern.machine import Command
from yangban.govern.records import Actor, Record, verify
from yangban.govern.rows import task_of, to_row
from yangban.govern.tasks import Outcome, may, transition
from yangban.indicators.targets import Target
from yangban.standards.governance import Move
from yangban.web.accounts import audit
from yangban.web.accounts.models import Organisation, User
from yangban.web.accounts.permissions import demand
from yangban.web.plans import governance
from yangban.web.plans.actors import FILLER_EVENTS, acting, action_of, allowed, line_of, office_of, offices, units_named
from yangban.web.plans.models import NumberTaken, StepRecord, Task, TaskUnit
from yangban.web.public.models import FigureRoots, PublishedFigure, PublishedRelease

_LETTERS = ("number", "letter", "filing")


def now() -> datetime:
    """The moment of an act."""
    return timezone.now()


def new_id() -> str:
    """A key that nobody has."""
    return uuid.uuid4().hex


# --------------------------------------------------------------------------------------------------------------------- new tasks


def draft(
    *, number: str, terms: model.Terms, place: str, office: str, workflow: str = "yearly", plan_item: str = "", demo: bool = False
) -> model.Task:  # fmt: skip
    """A task that is not issued yet: plain data, kept nowhere."""
    return model.Task(
        id=new_id(),
        number=number.strip(),
        workflow=workflow,
        line=line_of(place),
        office=office,
        terms=terms,
        plan_item=plan_item,
        demo=demo,
    )


def issue(user: User, made: model.Task, *, plan: str = "", at: datetime | None = None) -> Task:
    """Issue a task: it exists from now on, and its number is taken for ever."""
    return issue_all(user, [made], plan=plan, at=at)[0]


@transaction.atomic
def issue_all(user: User, drafts: Sequence[model.Task], *, plan: str = "", at: datetime | None = None) -> list[Task]:
    """Issue a list of tasks together or none of them."""
    moment = at or now()
    if not drafts:
        return []
    for place in {each.line[0][1] for each in drafts}:
        demand(user, "tasks.office", region=place)
    numbers = [each.number for each in drafts]
    if again := sorted({each for each in numbers if numbers.count(each) > 1}):
        raise NotAllowed("number_unused", f"编号重复：{'、'.join(again)}")
    taken = _taken(numbers)
    units = units_named(name for each in drafts for name in _names(each.terms))
    outcomes = []
    for each in drafts:
        around = model.Around(taken=taken, ended=governance.ended(each.workflow), acceptance=governance.acceptance())
        outcomes.append(_decide(user, each, "issue", 0, {}, moment, around))
    _take([(number, outcome.task.id) for outcome in outcomes for number in outcome.taken], moment)
    tasks = [_columns(Task(id=outcome.task.id, plan=plan, root=outcome.task.id), outcome.task) for outcome in outcomes]
    Task.objects.bulk_create(tasks, batch_size=500)
    log_steps([each for outcome in outcomes for each in outcome.records])
    _units([(row.pk, outcome.task.terms) for row, outcome in zip(tasks, outcomes, strict=True)], units)
    audit.record(user, "task.issue", plan or numbers[0], {"numbers": numbers[:200], "count": len(numbers)})
    return tasks


# ------------------------------------------------------------------------------------------------------------------------- acting


@transaction.atomic
def act(user: User, pk: str, event: str, *, seen: int, facts: Mapping[str, Any] | None = None, at: datetime | None = None) -> Task:
    """Do one step of a task.

    ``seen`` is the revision that the person looked at. Raises :class:`~yangban.base.errors.Stale` when somebody was faster, and
    :class:`~yangban.base.errors.NotAllowed` with the reason; then nothing has changed.
    """
    moment = at or now()
    brought = dict(facts or {})
    row, task, around = _load(pk, brought)
    outcome = _decide(user, task, event, seen, brought, moment, around)
    _write(row, outcome, moment)
    audit.record(user, f"task.{event}", row.number, {"seq": outcome.task.revision, "state": outcome.task.state})
    return row


def split(
    user: User, pk: str, *, seen: int, measures: Sequence[str], milestones: Sequence[str] = (), parts: Sequence[Mapping[str, Any]] = (),
    kept: Decimal | None = None, at: datetime | None = None,
) -> Task:  # fmt: skip
    """Split a task downwards: each part names ``number``, ``place``, ``lead`` and what differs from the whole."""
    whole = task_of(Task.objects.get(pk=pk).body)
    facts: dict[str, Any] = {"measures": tuple(measures)}
    if milestones:
        facts["milestones"] = tuple(milestones)
    if parts:
        facts["parts"] = split_of(whole, parts, kept)
    return act(user, pk, "split", seen=seen, facts=facts, at=at)


def split_of(whole: model.Task, parts: Sequence[Mapping[str, Any]], kept: Decimal | None = None) -> model.Split:
    """The parts of a task, whatever is not said of one being that of the whole."""
    places = offices({str(each["place"]) for each in parts})
    return model.Split(parts=tuple(_part(whole, each, places) for each in parts), kept=kept)


def _part(whole: model.Task, given: Mapping[str, Any], held: Mapping[str, Organisation]) -> model.Part:
    own = {key: given[key] for key in model.AMENDABLE if key in given}
    terms = replace(whole.terms, **{"responsible": (), "assisting": (), "targets": (), "amount": None, **own})
    if terms.amount is None:
        terms = replace(terms, unit="")
    office = held.get(given["place"]) or office_of(given["place"])
    return model.Part(id=new_id(), number=str(given["number"]).strip(), line=line_of(given["place"]), office=office.name, terms=terms)


def _decide(
    user: User, task: model.Task, event: str, seen: int, facts: Mapping[str, Any], at: datetime, around: model.Around
) -> Outcome:  # fmt: skip
    workflow = governance.workflow_of(task.workflow)
    actor = _actor(user, task, event, workflow.moves_from(task.state))
    command = Command(event=event, actor=actor, at=at, seen=seen, facts={k: v for k, v in facts.items() if v not in (None, "", ())})
    return transition(task, command, workflow=workflow, around=around)


def _actor(user: User, task: model.Task, event: str, moves: Iterable[Move]) -> Actor:
    """As whom the person acts: the first of the posts that the step allows; else the first of all, and the refusal names it.

    The workflow says who may take the step; the one permission table says what the post may do at all. Both must allow it.
    """
    held = acting(user, event=event)
    if not held:
        raise PermissionDenied("您的岗位不能办理任务：没有部门负责人、委员会办公室或监督的岗位")
    fits = [pair for move in moves if move.event == event for pair in held if may(task, pair[1], move)]
    if not fits:
        return held[0][1]
    able = [actor for post, actor in fits if allowed(post, action_of(actor, event), task.line[0][1])]
    if not able:
        demand(user, action_of(fits[0][1], event), region=task.line[0][1])
        raise PermissionDenied("您的岗位不能办理这一步")
    return able[0]


def _load(pk: str, facts: Mapping[str, Any]) -> tuple[Task, model.Task, model.Around]:
    """The task with the one above it and its parts, locked from above to below, and the numbers, Figures and criteria that matter."""
    row = locked(pk)
    parent = Task.objects.get(pk=row.parent_id) if row.parent_id else None
    parts = list(Task.objects.select_for_update().filter(parent=pk).order_by("pk"))
    task = task_of(row.body)
    split_into: model.Split | None = facts.get("parts")
    wanted = [str(facts[key]) for key in _LETTERS if facts.get(key)] + [each.number for each in (split_into.parts if split_into else ())]
    around = model.Around(
        taken=_taken(wanted),
        parent=None if parent is None else task_of(parent.body),
        parts=tuple(task_of(each.body) for each in parts),
        ended=governance.ended(task.workflow),
        figures=figures_of(task.terms.targets),
        acceptance=governance.acceptance(),
    )
    return row, task, around


def locked(pk: str) -> Task:
    """The task, locked after the one above it.

    Everyone locks from above to below, so that two acts on one tree wait for each other and never for ever.
    """
    above = Task.objects.values_list("parent_id", flat=True).get(pk=pk)
    if above:
        Task.objects.select_for_update().get(pk=above)
    return Task.objects.select_for_update().get(pk=pk)


def _taken(numbers: Sequence[str]) -> frozenset[str]:
    return frozenset(NumberTaken.objects.filter(number__in=numbers).values_list("number", flat=True)) if numbers else frozenset()


def _write(row: Task, outcome: Outcome, at: datetime) -> None:
    """Everything that a step has made. A key that is there already means that somebody took the number a moment ago."""
    _take([(number, outcome.task.id) for number in outcome.taken], at)
    before = {(each.role, each.organisation.name) for each in row.units.select_related("organisation")} if outcome.task.earlier else set()
    row.leaf = row.leaf and not outcome.parts
    _columns(row, outcome.task).save()
    parts = [_columns(Task(id=each.id, plan=row.plan, parent=row, root=row.root or row.pk), each) for each in outcome.parts]
    Task.objects.bulk_create(parts, batch_size=500)
    log_steps(outcome.records)
    fresh = [(each.id, each.terms) for each in outcome.parts]
    if before and before != {(role, name) for role, names in _by_role(outcome.task.terms).items() for name in names}:
        row.units.all().delete()
        fresh.append((row.pk, outcome.task.terms))
    if fresh:
        _units(fresh, units_named(name for _, terms in fresh for name in _names(terms)))


def _take(numbers: Sequence[tuple[str, str]], at: datetime) -> None:
    try:
        with transaction.atomic():
            NumberTaken.objects.bulk_create(
                [NumberTaken(number=number, subject=subject, at=at) for number, subject in numbers], batch_size=500
            )
    except IntegrityError:
        shown = "、".join(number for number, _ in numbers[:5])
        raise NotAllowed("number_unused", f"编号刚刚被别人用掉：{shown}；请取新号再办") from None


def log_steps(records: Iterable[Record]) -> None:
    """Add steps to the log."""
    StepRecord.objects.bulk_create(
        [
            StepRecord(
                subject=each.subject, seq=each.seq, event=each.event, at=each.at, person=each.actor.person, unit=each.actor.unit,
                digest=each.digest, body=each.to_dict(),
            )
            for each in records
        ],
        batch_size=500,
    )  # fmt: skip


def _by_role(terms: model.Terms) -> dict[str, tuple[str, ...]]:
    return {
        "lead": (terms.lead,), "responsible": terms.responsible, "assisting": terms.assisting,
        "acceptance": (terms.acceptance,) if terms.acceptance else (),
    }  # fmt: skip


def _names(terms: model.Terms) -> list[str]:
    return [name for names in _by_role(terms).values() for name in names]


def _units(rows: Sequence[tuple[str, model.Terms]], units: Mapping[str, Any]) -> None:
    TaskUnit.objects.bulk_create(
        [
            TaskUnit(task_id=pk, organisation=units[name], role=role)
            for pk, terms in rows
            for role, names in _by_role(terms).items()
            for name in dict.fromkeys(names)
        ],
        batch_size=500,
    )


def percent(share: Fraction | None) -> Decimal | None:
    """A share in per cent, cut to two places, to order and draw by; what is exact stands beside it."""
    return None if share is None else Decimal(share.numerator * 10_000 // share.denominator) / 100


def _columns(row: Task, task: model.Task) -> Task:
    """The columns of a row from its body."""
    row.number, row.title, row.workflow = task.number, task.terms.title[:200], task.workflow
    row.level, row.place = task.line[0]
    above = dict(task.line)
    row.city, row.province = above.get("city", ""), above.get("province", "")
    row.listed_by, row.office, row.lead, row.plan_item = task.listed_by, task.office, task.terms.lead, task.plan_item
    row.state = task.state
    row.working = task.state in governance.working(task.workflow)
    row.ended = task.state in governance.ended(task.workflow)
    row.deadline, row.step_due, row.issued_on = task.terms.deadline, task.step_due, task.issued_on
    row.progress = "" if task.progress is None else str(task.progress)
    row.percent = percent(task.progress)
    row.newest_period = max((period for period, _ in task.reported), default="")
    row.revision, row.demo, row.body = task.revision, task.demo, to_row(task)
    return row


# ------------------------------------------------------------------------------------------------------------------------- asking


def figures_of(targets: Sequence[Target]) -> tuple[Figure, ...]:
    """The published Figures of some targets: of each period those of the newest visible release, by its first edition."""
    if not targets:
        return ()
    asked = Q()
    for each in targets:
        asked |= Q(indicator=each.indicator, subject=each.subject)
    # Only what decides is read of every row; the chosen ones are then read whole, and what they share is read once.
    editions = dict(PublishedRelease.objects.visible().values_list("pk", "editions"))
    rows = PublishedFigure.objects.filter(asked, release__in=editions, scope="as_monitored").order_by("pk")
    newest: dict[tuple[str, str, str], tuple[tuple[int, int], int]] = {}
    for pk, release, edition, *key in rows.values_list("pk", "release_id", "edition", "indicator", "subject", "period"):
        known = editions[release]
        rank = (release, -(known.index(edition) if edition in known else len(known)))
        if (once := tuple(key)) not in newest or newest[once][0] < rank:
            newest[once] = (rank, pk)
    chosen = PublishedFigure.objects.in_bulk([pk for _, pk in newest.values()])
    roots = FigureRoots.objects.in_bulk({row.roots_id for row in chosen.values()})
    for row in chosen.values():
        row.roots = roots[row.roots_id]
    return tuple(figure_of(chosen[pk]) for _, pk in newest.values())


def figure_of(row: PublishedFigure) -> Figure:
    """A published row as the Figure that it was."""
    return Figure(
        indicator=row.indicator, subject=row.subject, subject_name=row.subject_name, subject_level=row.subject_level, period=row.period,
        exact=Fraction(row.exact) if row.exact else None, display=None if row.display is None else Decimal(row.display), unit=row.unit,
        edition=row.edition, documents=tuple(row.roots.documents), scope=row.scope, basis=row.basis, network=row.network,
        synthetic=row.synthetic, status=row.status, reason=row.reason, unverified=tuple(row.roots.unverified), n_valid=row.n_valid,
        n_expected=row.n_expected, inputs=row.roots.inputs, detail=row.detail,
    )  # fmt: skip


def open_to(user: User, row: Task) -> tuple[Move, ...]:
    """What a person may do on a task now, each step once."""
    task, workflow = task_of(row.body), governance.workflow_of(row.workflow)
    held = {True: acting(user, event="evidence"), False: acting(user)}
    found: dict[str, Move] = {}
    for move in workflow.moves_from(task.state):
        for post, actor in held[move.event in FILLER_EVENTS]:
            if may(task, actor, move) and allowed(post, action_of(actor, move.event), row.place):
                found.setdefault(move.event, move)
    return tuple(found.values())


def steps(subject: str) -> list[Record]:
    """The log of a task or a report, the first step first."""
    return [Record.from_dict(each.body) for each in StepRecord.objects.filter(subject=subject).order_by("seq")]


def problems(subject: str) -> list[str]:
    """What is wrong with a log: nothing when every step is as it was written and none is missing."""
    try:
        verify(steps(subject))
    except Exception as problem:
        return [str(problem)]
    return []
