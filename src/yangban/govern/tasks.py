"""Tasks: what has to be done by whom until when, and the one function that changes a task's state.

:func:`transition` is that function, for every kind of task: the workflow, which is data, says which events a state knows, who may, what
must be recorded; :mod:`yangban.govern.guards` holds the further conditions. It changes nothing but returns the task as it is afterwards,
the records to be added to the log, and the parts that a split has made. Whatever the order of events:

* nobody confirms, accepts or closes what they report on, neither the unit nor the person;
* no state is reached without what must be recorded;
* the log only grows, a deadline is changed by an amendment alone, and both versions of the terms are kept;
* a number of a task, of a letter or of a filing is never used again.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any

from yangban.base.errors import NotAllowed, UsageError
from yangban.govern.acceptance import recoveries
from yangban.govern.guards import GUARDS
from yangban.govern.machine import Command, check_facts, find_move, fresh
from yangban.govern.model import AMENDABLE, LEVELS, Around, Changes, Closing, Part, Split, Task, Terms, amended
from yangban.govern.records import FIRST, Actor, Record, record
from yangban.standards.governance import GRANTS, RESUME, ROLES, SAME, Grant, Move, Workflow


@dataclass(frozen=True)
class Outcome:
    """The task afterwards, the records to add, the parts to add, and the numbers that are now taken."""

    task: Task
    records: tuple[Record, ...]
    parts: tuple[Task, ...] = ()
    taken: tuple[str, ...] = field(default=())


def transition(task: Task, command: Command, *, workflow: Workflow, around: Around | None = None) -> Outcome:
    """Do one step of a task, or refuse it and change nothing.

    In this order: nobody has acted in between; the state knows the event; the actor may; what must be recorded is there; every guard
    holds. Then the task moves, and its effects follow in the order in which the workflow lists them. Raises
    :class:`~yangban.base.errors.NotAllowed`, whose ``rule`` is ``state``, ``who``, ``facts``, ``time`` or the word of a guard, and
    :class:`~yangban.base.errors.Stale`.
    """
    surroundings = around or Around()
    if workflow.id != task.workflow:
        raise UsageError(f"任务 {task.number} 的流程是 {task.workflow}，不是 {workflow.id}")
    fresh(command, revision=task.revision, last=task.last, touched=task.touched)
    move = find_move(workflow, task.state, command.event)
    if not may(task, command.actor, move):
        who = "或".join(f"{GRANTS[grant.level]}{ROLES[grant.role]}" for grant in move.who)
        shown = f"{LEVELS.get(command.actor.level, command.actor.level)}级{ROLES.get(command.actor.role, command.actor.role)}"
        raise NotAllowed("who", f"{move.name}应由{who}办理；您以{shown}（{command.actor.unit}）的身份，不是本任务的这一单位或层级")
    facts = _with_terms(task, move, command.facts)
    check_facts(move, facts)
    for guard in move.guards:
        if problem := GUARDS[guard](task, command, surroundings):
            raise NotAllowed(guard, f"{move.name}：{problem}")
    return _moved(task, command, move, facts, surroundings)


def may(task: Task, actor: Actor, move: Move) -> bool:
    """Whether the actor is one of those whom the move names: in the role, of the level, and the very unit of this task."""
    return any(_granted(task, actor, grant) for grant in move.who)


def open_moves(task: Task, actor: Actor, workflow: Workflow) -> tuple[Move, ...]:
    """What the actor may do now; guards are looked at when it is done."""
    return tuple(move for move in workflow.moves_from(task.state) if may(task, actor, move))


# ------------------------------------------------------------------------------------------------------------------- who


def _granted(task: Task, actor: Actor, grant: Grant) -> bool:
    return actor.role == grant.role and _level_fits(task, actor.level, grant.level) and _unit_fits(task, actor)


def _level_fits(task: Task, level: str, wanted: str) -> bool:
    above = [each for each, _ in task.line[1:]]
    if wanted == "own":
        return level == task.level
    if wanted == "above":
        # At the top of the line there is nobody above; the office there stands for it.
        return level in above if above else level == task.level
    if wanted == "raiser":
        return level == (task.raised_by or task.level)
    if wanted == "acceptance":
        return task.terms.acceptance_level in {"", level}
    return wanted in {"any", level}


def _unit_fits(task: Task, actor: Actor) -> bool:
    terms = task.terms
    if actor.role == "office":
        return actor.unit == task.office if actor.level == task.level else (actor.level, actor.place) in task.line[1:]
    if actor.role == "supervision":
        return (actor.level, actor.place) in task.line
    named: Mapping[str, Collection[str]] = {
        "lead": (terms.lead,),
        "responsible": terms.responsible,
        "assisting": terms.assisting,
        "acceptance": (terms.acceptance,),
    }
    return bool(actor.unit) and actor.unit in named.get(actor.role, ())


# ------------------------------------------------------------------------------------------------------------------ move


def _with_terms(task: Task, move: Move, facts: Mapping[str, Any]) -> dict[str, Any]:
    """Issuing records the terms that the draft carries; nobody types them again."""
    if not move.starts:
        return dict(facts)
    terms = task.terms
    own = {"number": task.number, "basis": terms.basis, "deadline": terms.deadline, "lead": terms.lead}
    return {**{key: own[key] for key in move.needs if key in own}, **facts}


def _moved(task: Task, command: Command, move: Move, facts: dict[str, Any], around: Around) -> Outcome:
    to = task.state if move.to == SAME else task.resume if move.to == RESUME else move.to
    changed: dict[str, Any] = {"state": to, "resume": ""}
    parts: tuple[Task, ...] = ()
    noted: tuple[Record, ...] = ()
    if move.starts:
        changed |= {"issued_on": command.day, "listed_by": task.listed_by or task.level}
    for effect in move.effects:
        if effect == "split":
            split: Split | None = facts.get("parts")
            if split is not None:
                parts, noted = _parts(task, command, split)
                changed["kept"] = split.kept
        elif effect == "reporter":
            changed |= _reported(task, command, facts)
        elif effect == "raise":
            changed |= {"raised_by": command.actor.level, "step_due": facts.get("step_due", task.step_due)}
        elif effect == "lower":
            changed |= {"raised_by": "", "step_due": None}
        elif effect == "dossier":
            changed["dossier"] = tuple(each.digest for each in facts["dossier"])
        elif effect == "notice":
            changed["notice_until"] = facts["notice_until"]
        elif effect == "end_notice":
            changed["notice_until"] = None
        elif effect == "close":
            closing = _closing(task, command, facts, around)
            facts["proofs"] = closing.proofs
            changed |= {"closings": (*task.closings, closing), "notice_until": None}
        elif effect == "reopen":
            # What was done before the relapse proves nothing after it.
            changed |= {"progress": None, "dossier": ()}
        elif effect == "amend":
            terms, told = amended(task.terms, facts["changes"])
            facts["changes"] = told
            changed |= {"terms": terms, "earlier": (*task.earlier, task.terms), "resume": task.state}
    made = record(
        subject=task.id, seq=task.revision + 1, event=move.event, name=move.name, origin=task.state, to=to, actor=command.actor,
        at=command.at, facts=facts, before=task.digest,
    )  # fmt: skip
    after = replace(task, **changed, **_stamp(made))
    numbers = [facts[key] for key in ("number", "letter", "filing") if key in facts] + [each.number for each in parts]
    return Outcome(after, (made, *noted), parts, tuple(numbers))


def _stamp(made: Record) -> dict[str, Any]:
    last = f"{made.name}，{made.actor.unit} {made.actor.person}，{made.at:%Y-%m-%d %H:%M}"
    return {"revision": made.seq, "digest": made.digest, "last": last, "touched": made.at}


def _reported(task: Task, command: Command, facts: Mapping[str, Any]) -> dict[str, Any]:
    # Who signs a report reports on the task, and so does who filled it.
    changed: dict[str, Any] = {"reporters": task.reporters | {command.actor.person, *facts.get("filled_by", ())}}
    if "period" in facts:
        changed["reported"] = (*task.reported, (facts["period"], facts.get("revision") or 1))
        newest = max(period for period, _ in changed["reported"])
        if facts["period"] == newest:
            changed["progress"] = Fraction(facts["progress"])
    return changed


def _parts(task: Task, command: Command, split: Split) -> tuple[tuple[Task, ...], tuple[Record, ...]]:
    """The parts as issued tasks, each with the first record of its own log."""
    made, noted = [], []
    for part in split.parts:
        first = record(
            subject=part.id, seq=1, event="issue", name="由上级任务分解下达", origin="", to="issued", actor=command.actor, at=command.at,
            facts={"number": part.number, "basis": part.terms.basis, "deadline": part.terms.deadline, "lead": part.terms.lead,
                   "parent": task.number},
            before=FIRST,
        )  # fmt: skip
        child = Task(
            id=part.id, number=part.number, workflow=task.workflow, line=part.line, office=part.office, terms=part.terms, state="issued",
            listed_by=task.listed_by, parent=task.id, plan_item=task.plan_item, issued_on=command.day, demo=task.demo, **_stamp(first),
        )  # fmt: skip
        made.append(child)
        noted.append(first)
    return tuple(made), tuple(noted)


def _closing(task: Task, command: Command, facts: Mapping[str, Any], around: Around) -> Closing:
    proofs = tuple(map(str, recoveries(task, around.figures)))
    return Closing(
        filing=facts["filing"],
        archive=facts["archive"],
        at=command.at,
        by=command.actor.person,
        proofs=proofs,
        unrecovered=facts.get("unrecovered", ""),
    )


__all__ = [
    "AMENDABLE", "LEVELS", "Around", "Changes", "Closing", "Command", "Outcome", "Part", "Split", "Task", "Terms", "amended", "may",
    "open_moves", "transition",
]  # fmt: skip
