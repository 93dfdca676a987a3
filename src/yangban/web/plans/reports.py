"""Progress reports: filled, signed, reviewed and returned. :func:`step` is the one door; a signed report is given to its task."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Q, QuerySet

from yangban.base.errors import NotAllowed, Stale
from yangban.base.periods import parse
from yangban.govern.machine import Command
from yangban.govern.records import Actor
from yangban.govern.reports import ACCEPTED, Report, advance, revise
from yangban.govern.rows import report_of, task_of, to_row
from yangban.standards.governance import Move
from yangban.web.accounts import audit
from yangban.web.accounts.models import User
from yangban.web.accounts.permissions import demand
from yangban.web.plans import governance, tasks
from yangban.web.plans.actors import REPORT_ACTIONS, acting, allowed, unit_named
from yangban.web.plans.evidence import shown as files_shown
from yangban.web.plans.models import Task, TaskReport
from yangban.web.plans.notes import tell_unit

OFFICE_STATES = {"with_county": "county", "with_city": "city", "with_province": "province"}
"""Where a report waits for an office, and of which level."""


def share_of(text: str) -> Fraction:
    """Progress typed in per cent, exact.

    >>> share_of("45.5%")
    Fraction(91, 200)
    """
    try:
        number = Decimal(text.strip().rstrip("%％").strip())
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite() or not 0 <= number <= 100:
        raise NotAllowed("facts", f"进度应为 0 到 100 之间的数（百分比），得到 {text!r}")
    return Fraction(number) / 100


def amount_of(name: str, text: str) -> Decimal | None:
    """A number that may be left out, never negative."""
    if not text.strip():
        return None
    try:
        number = Decimal(text.strip().replace(",", ""))
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite() or number < 0:
        raise NotAllowed("facts", f"{name}应为不小于 0 的数，得到 {text!r}")
    return number


def current(task: Task, period: str) -> TaskReport | None:
    """The last revision of the report on a task for a period."""
    return TaskReport.objects.filter(task=task, period=period).order_by("-revision").first()


def before(task: Task, period: str) -> TaskReport | None:
    """The last report of the period before, of any: its values stand beside the new ones."""
    return TaskReport.objects.filter(task=task, period__lt=period).order_by("-period", "-revision").first()


def version(held: TaskReport | None) -> str:
    """Which report stands, revision and step: what a form carries, so that nobody writes over what they did not see."""
    return "0.0" if held is None else f"{held.revision}.{held.step}"


def _said(held: TaskReport | None) -> str:
    """What a report says, shortly."""
    if held is None:
        return "现在还没有报告"
    text = report_of(held.body).text
    return f"现在是 {(held.percent or Decimal(0)).normalize():f}%" + (f"，“{text[:80]}”" if text else "")


@transaction.atomic
def fill(
    user: User, pk: str, period: str, *, progress: str, text: str = "", done: str | None = "", paid: str | None = "",
    evidence: Sequence[str] = (), submit: bool = True, seen: str = "", at: datetime | None = None,
) -> TaskReport:  # fmt: skip
    """Fill the report on a task for a period, or edit it while it is a draft, and hand it to the unit's head.

    ``done`` and ``paid`` stay as they stand where ``None`` is given. ``evidence`` are digests of files that were added to the task. An
    accepted report gets a new revision; the old one stays. ``seen`` is the :func:`version` that the caller saw: where another stands,
    nothing is written (:class:`~yangban.base.errors.Stale`).
    """
    moment = at or tasks.now()
    row = tasks.locked(pk)
    if parse(period).label != period:
        raise NotAllowed("facts", f"时段应写成 {parse(period).label}")
    if not row.working:
        raise NotAllowed("state", f"{row.number} 现在是“{governance.state_name(row.workflow, row.state)}”，不报进展")
    held = stood = current(row, period)
    task = task_of(row.body)
    report = _fresh(row, period) if held is None else report_of(held.body)
    if held is not None and report.state == ACCEPTED:
        report = revise(report, id=tasks.new_id())
        held = None
    shown = files_shown(row, evidence) if evidence else ()
    needed = any("evidence" in move.needs for move in governance.workflow_of(row.workflow).moves_from(row.state) if move.event == "report")
    if needed and not shown and not report.evidence:
        raise NotAllowed("facts", f"{row.number} 的月报要有佐证材料；请先上传文件或照片")
    facts: dict[str, Any] = {"progress": share_of(progress)}
    if shown:
        facts["evidence"] = shown
    event = "fill" if not report.state else "edit"
    if report.state not in {"", "draft"}:
        raise NotAllowed("state", f"{period} 的报告已经提交；要改请由审核人退回")
    if seen and seen != version(stood):
        raise Stale(f"{row.number} {period} 的报告在您打开这一页以后又改过（{_said(stood)}）；没有写入。看过以后仍要改，请再提交一次")
    after = replace(
        _advanced(user, report, event, report.step, facts, moment),
        text=text.strip(), done=report.done if done is None else amount_of("完成数量", done),
        paid=report.paid if paid is None else amount_of("完成投资", paid),
    )  # fmt: skip
    if after.done is not None and task.terms.amount is not None and after.done > task.terms.amount:
        raise NotAllowed("facts", f"完成数量 {after.done:f}{task.terms.unit} 大于任务的 {task.terms.amount:f}{task.terms.unit}")
    if submit:
        after = _advanced(user, after, "submit", after.step, {}, moment)
    kept = _save(held or TaskReport(id=after.id, task=row, unit=unit_named(after.unit)), after, moment)
    audit.record(user, "report.fill", f"{row.number} {period}", {"revision": kept.revision, "submitted": submit})
    if submit:
        tell_unit(after.unit, ("head",), "sign", f"{row.number} {row.title}：{period} 进展报告等您审核", row)
    return kept


@transaction.atomic
def step(
    user: User, pk: str, event: str, *, seen: int, facts: Mapping[str, Any] | None = None, at: datetime | None = None
) -> TaskReport:  # fmt: skip
    """Sign, accept or return a report. A report signed by its unit is given to the task in the same transaction."""
    moment = at or tasks.now()
    task_pk = TaskReport.objects.values_list("task_id", flat=True).get(pk=pk)
    row = tasks.locked(task_pk)
    held = TaskReport.objects.select_for_update().get(pk=pk)
    brought = dict(facts or {})
    if event in {"sign", "accept"}:
        brought.setdefault("signature", str(user))
    after = _advanced(user, report_of(held.body), event, seen, brought, moment)
    kept = _save(held, after, moment)
    if event == "sign":
        _give(user, row, after, moment)
    # The audit is locked last of all: whoever waits for a task must not hold it.
    audit.record(user, f"report.{event}", f"{row.number} {held.period}", {"step": after.step, "state": after.state})
    if event == "return":
        tell_unit(after.unit, ("reporter",), "return", f"{row.number} {row.title}：{held.period} 进展报告被退回：{after.returned}", row)
    return kept


def _give(user: User, row: Task, report: Report, at: datetime) -> None:
    """Give a signed report to its task. One that comes again after a return is the task's next version of the period."""
    task = task_of(row.body)
    last = max((number for period, number in task.reported if period == report.period), default=0)
    facts: dict[str, Any] = {"period": report.period, "progress": report.progress, "evidence": report.evidence}
    facts["filled_by"] = tuple(sorted(report.fillers))
    if last:
        facts["revision"] = last + 1
    tasks.act(user, row.pk, "report", seen=row.revision, facts=facts, at=at)


def _fresh(row: Task, period: str) -> Report:
    task = task_of(row.body)
    return Report(
        id=tasks.new_id(), task=task.id, unit=task.terms.lead, line=task.line, listed_by=task.listed_by or task.level, period=period
    )  # fmt: skip


def _advanced(user: User, report: Report, event: str, seen: int, facts: Mapping[str, Any], at: datetime) -> Report:
    made = advance(
        report, Command(event=event, actor=_actor(user, report, event), at=at, seen=seen, facts=facts), workflow=governance.chain()
    )  # fmt: skip
    tasks.log_steps(made.records)
    return made.report


def _moves(report: Report, event: str = "") -> list[Move]:
    return [each for each in governance.chain().moves_from(report.state, route=report.route) if not event or each.event == event]


def _fits(report: Report, actor: Actor, move: Move) -> bool:
    for grant in move.who:
        if actor.role != grant.role or grant.level not in {"any", actor.level}:
            continue
        if actor.role == "office" and (actor.level, actor.place) in report.line:
            return True
        if actor.role in {"filler", "head"} and actor.unit == report.unit:
            return True
    return False


def _actor(user: User, report: Report, event: str) -> Actor:
    held = acting(user)
    if not held:
        raise PermissionDenied("您的岗位不能办理进展报告")
    fits = [pair for move in _moves(report, event) for pair in held if _fits(report, pair[1], move)]
    if not fits:
        return held[0][1]
    able = [actor for post, actor in fits if allowed(post, REPORT_ACTIONS[actor.role], report.line[0][1])]
    if not able:
        demand(user, REPORT_ACTIONS[fits[0][1].role], region=report.line[0][1])
        raise PermissionDenied("您的岗位不能办理这份报告")
    return able[0]


def open_to(user: User, row: TaskReport) -> tuple[str, ...]:
    """The steps that a person may take on a report now; who filled it does not review it."""
    report = report_of(row.body)
    held = [(post, actor) for post, actor in acting(user) if actor.role in REPORT_ACTIONS]
    held = [pair for pair in held if allowed(pair[0], REPORT_ACTIONS[pair[1].role], report.line[0][1])]
    found: list[str] = []
    for move in _moves(report):
        if "not_filler" in move.guards and user.get_username() in report.fillers:
            continue
        if any(_fits(report, actor, move) for _, actor in held):
            found.append(move.event)
    return tuple(dict.fromkeys(found))


def waiting_for(user: User) -> QuerySet[TaskReport]:
    """The reports that wait for a person: to be signed as head, to be reviewed as an office, to be corrected after a return."""
    asked = Q(pk__in=())
    for post in user.current_memberships():
        place = post.organisation.region
        if post.role == "head":
            asked |= Q(state="with_head", unit=post.organisation_id)
        elif post.role == "reporter":
            asked |= Q(state="draft", unit=post.organisation_id)
        elif post.role == "office":
            state = {level: state for state, level in OFFICE_STATES.items()}[post.level]
            prefix = place[: {"province": 2, "city": 4, "county": 6}[post.level]]
            asked |= Q(state=state, task__place__startswith=prefix)
    return TaskReport.objects.filter(asked).select_related("task", "unit").order_by("touched")


def _save(row: TaskReport, report: Report, at: datetime) -> TaskReport:
    row.period, row.revision, row.state, row.step = report.period, report.revision, report.state, report.step
    row.progress = "" if report.progress is None else str(report.progress)
    row.percent = tasks.percent(report.progress)
    row.returned, row.touched, row.body = report.returned[:400], at, to_row(report)
    row.save()
    return row


__all__ = ["amount_of", "before", "current", "fill", "open_to", "share_of", "step", "waiting_for"]
