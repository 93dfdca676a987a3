"""Reports on a task: one a period, filled by a person, signed by the unit's head, reviewed level by level, each able to return it.

:func:`advance` is the one function that changes a report's state; the chain is data (``book/governance/report-chain.toml``). When a
report is signed by its unit the caller gives it to the task as the event ``report``; progress that is rolled up counts accepted reports.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final

from yangban.base.errors import NotAllowed
from yangban.govern.machine import Command, check_facts, find_move, fresh
from yangban.govern.model import LEVELS
from yangban.govern.records import FIRST, Actor, Evidence, Record, record
from yangban.standards.governance import SAME, Grant, Move, Workflow

ACCEPTED: Final = "accepted"
DRAFT: Final = "draft"


@dataclass(frozen=True, kw_only=True)
class Report:
    """The report of a unit on a task for a period; ``revision`` counts corrections of it, from 1.

    ``line`` and ``listed_by`` are those of the task. ``done`` is in the task's unit, ``paid`` in 10,000 yuan. ``returned`` says why it came
    back. ``step`` counts its records.
    """

    id: str
    task: str
    unit: str
    line: tuple[tuple[str, str], ...]
    listed_by: str
    period: str
    revision: int = 1
    state: str = ""
    progress: Fraction | None = None
    done: Decimal | None = None
    paid: Decimal | None = None
    text: str = ""
    evidence: tuple[Evidence, ...] = ()
    fillers: frozenset[str] = frozenset()
    returned: str = ""
    step: int = 0
    digest: str = FIRST
    last: str = ""
    touched: datetime | None = None

    @property
    def route(self) -> tuple[str, str]:
        """Level of the task, and of the list that it is on."""
        return self.line[0][0], self.listed_by


@dataclass(frozen=True)
class Advanced:
    """The report afterwards and the record to add."""

    report: Report
    records: tuple[Record, ...]


def advance(report: Report, command: Command, *, workflow: Workflow) -> Advanced:
    """Do one step of a report, or refuse it and change nothing; raises as :func:`yangban.govern.tasks.transition` does."""
    fresh(command, revision=report.step, last=report.last, touched=report.touched)
    move = find_move(workflow, report.state, command.event, route=report.route)
    actor = command.actor
    if not any(_granted(report, actor, grant) for grant in move.who):
        where = f"{LEVELS.get(actor.level, actor.level)}级 {actor.unit}"
        raise NotAllowed("who", f"{move.name}不能由 {where} 的 {actor.person}（{actor.role}）办理")
    facts = {**_own(report, move), **command.facts}
    check_facts(move, facts)
    if "not_filler" in move.guards and actor.person in report.fillers:
        raise NotAllowed("not_filler", f"{move.name}：{actor.person} 填过这份报告，不能审核")
    to = report.state if move.to == SAME else move.to
    made = record(
        subject=report.id, seq=report.step + 1, event=move.event, name=move.name, origin=report.state, to=to, actor=actor, at=command.at,
        facts=facts, before=report.digest,
    )  # fmt: skip
    changed: dict[str, Any] = {"returned": facts["reason"] if move.event == "return" else "" if to != DRAFT else report.returned}
    if move.event in {"fill", "edit"}:
        changed |= {"fillers": report.fillers | {actor.person}, "progress": Fraction(facts["progress"])}
        changed |= {"evidence": facts.get("evidence") or report.evidence}
    last = f"{made.name}，{actor.unit} {actor.person}，{made.at:%Y-%m-%d %H:%M}"
    return Advanced(replace(report, state=to, step=made.seq, digest=made.digest, last=last, touched=made.at, **changed), (made,))


def _own(report: Report, move: Move) -> Mapping[str, Any]:
    own = {"period": report.period, "progress": report.progress}
    return {key: value for key, value in own.items() if key in move.needs and value is not None}


def _granted(report: Report, actor: Actor, grant: Grant) -> bool:
    if actor.role != grant.role or grant.level not in {"any", actor.level}:
        return False
    if actor.role in {"filler", "head"}:
        return actor.unit == report.unit
    return actor.role == "office" and (actor.level, actor.place) in report.line


def revise(report: Report, *, id: str) -> Report:
    """The next revision of an accepted report, to be filled anew; the accepted one stays as it is.

    Raises :class:`~yangban.base.errors.NotAllowed` when the report is still on its way: then it is returned and edited.
    """
    if report.state != ACCEPTED:
        raise NotAllowed("state", f"{report.period} 第 {report.revision} 稿还在审核；请上一级退回后修改，不必另起一稿")
    return replace(
        report, id=id, revision=report.revision + 1, state="", fillers=frozenset(), returned="", step=0, digest=FIRST, last="", touched=None
    )


def newest(reports: Iterable[Report], *, accepted: bool = True) -> dict[tuple[str, str], Report]:
    """The last revision of each task and period, of the accepted ones or of all.

    Raises :class:`~yangban.base.errors.NotAllowed` when one revision is there twice: there is one report a period.
    """
    found: dict[tuple[str, str], Report] = {}
    seen: set[tuple[str, str, int]] = set()
    for each in reports:
        key = (each.task, each.period, each.revision)
        if key in seen:
            raise NotAllowed("period_once", f"任务 {each.task} 的 {each.period} 第 {each.revision} 稿有两份")
        seen.add(key)
        if accepted and each.state != ACCEPTED:
            continue
        held = found.get(key[:2])
        if held is None or held.revision < each.revision:
            found[key[:2]] = each
    return found
