"""Tasks and reports as pages show them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from yangban.base.errors import YangbanError
from yangban.govern.acceptance import Recovery, recoveries
from yangban.govern.rows import report_of, task_of
from yangban.govern.warnings import SYMBOLS
from yangban.standards.governance import FACTS
from yangban.web.accounts.models import User
from yangban.web.plans import evidence, governance, reports, tasks, work
from yangban.web.plans.models import Task, TaskReport
from yangban.web.words import pick

REPORT_STATES = {
    "draft": ("✎ 填报中", "✎ Draft"),
    "with_head": ("◇ 待本单位审核", "◇ With the head"),
    "with_county": ("◇ 待县级审核", "◇ With the county"),
    "with_city": ("◇ 待市级审核", "◇ With the city"),
    "with_province": ("◇ 待省级审核", "◇ With the province"),
    "accepted": ("✓ 已采用", "✓ Accepted"),
}


def report_state(word: str) -> str:
    """The state of a report in words."""
    zh, en = REPORT_STATES[word]
    return pick(zh, en)


def colour_words(colour: str) -> str:
    """A colour with its symbol and word, for those who do not see it."""
    return "○ 未判" if not colour else " ".join(SYMBOLS.get(colour, ("○", colour)))


@dataclass(frozen=True)
class Step:
    """One step as a page shows it."""

    seq: int
    name: str
    who: str
    unit: str
    at: Any
    to: str
    facts: tuple[tuple[str, str], ...]
    digest: str


def timeline(subject: str, names: Mapping[str, str] | None = None, workflow: str = "") -> list[Step]:
    """Every step of a task or a report, the newest first, with who signed it."""
    records = tasks.steps(subject)
    persons = {each.actor.person for each in records} | {name for each in records for name in each.facts.get("filled_by", ())}
    known = names or people_named(persons)
    flow = governance.workflow_of(workflow) if workflow else governance.chain()
    return [
        Step(
            seq=each.seq,
            name=each.name,
            who=known.get(each.actor.person, each.actor.person),
            unit=each.actor.unit,
            at=each.at,
            to=flow.state(each.to).name if each.to != each.origin else "",
            facts=tuple(
                (FACTS[key][1] if key in FACTS else key, _told([known.get(n, n) for n in value] if key == "filled_by" else value))
                for key, value in each.facts.items()
                if value not in (None, "", [])
            ),
            digest=each.digest[:12],
        )
        for each in reversed(records)
    ]


def people_named(usernames: Iterable[str]) -> dict[str, str]:
    """User names and how their people are called."""
    return {each.get_username(): str(each) for each in User.objects.filter(username__in=set(usernames))}


def _told(value: Any) -> str:
    if isinstance(value, list):
        return "、".join(map(_told, value))
    if isinstance(value, dict):
        if "digest" in value:
            return str(value.get("name", ""))
        if {"before", "after"} <= value.keys():
            return f"{_told(value['before'])} → {_told(value['after'])}"
        if "parts" in value:
            return "、".join(f"{each['number']} {each['terms']['lead']}" for each in value["parts"])
        return "；".join(f"{key}：{_told(each)}" for key, each in value.items())
    return "" if value is None else str(value)


def task_page(user: User, row: Task) -> dict[str, Any]:
    """Everything that the page of a task shows."""
    task = task_of(row.body)
    period = work.period_asked(tasks.now().date())
    held = list(row.reports.select_related("unit").order_by("-period", "-revision")[:24])
    parts = work.state_words(row.parts.order_by("number")[:300])
    found: tuple[Recovery, ...] = recoveries(task, tasks.figures_of(task.terms.targets)) if task.terms.targets else ()
    fills = any(post.role == "reporter" for post in user.current_memberships()) and row.working
    return {
        "task": task,
        "state": governance.state_name(row.workflow, row.state),
        "workflow": governance.workflow_of(row.workflow).title,
        "colour_words": colour_words(row.colour),
        "moves": [each for each in tasks.open_to(user, row) if each.event not in {"report"}],
        "steps": timeline(row.pk, workflow=row.workflow),
        "problems": tasks.problems(row.pk),
        "reports": [(each, report_state(each.state)) for each in held],
        "parts": parts,
        "files": list(row.files.select_related("by")),
        "seen_elsewhere": evidence.elsewhere(row),
        "recoveries": found,
        "warnings": list(row.warnings.all()[:20]),
        "fill_period": period if fills else "",
    }


def report_form(row: Task, period: str, sent: Mapping[str, str]) -> dict[str, Any]:
    """The report on a task for a month as it is filled: what stands there or was just sent, and beside it what was said last."""
    held, before = reports.current(row, period), reports.before(row, period)
    now = report_of(held.body) if held else None
    last = report_of(before.body) if before else None
    stands = {
        "progress": plain_percent(held.percent) if held else "",
        "done": "" if now is None or now.done is None else f"{now.done:f}",
        "paid": "" if now is None or now.paid is None else f"{now.paid:f}",
        "text": now.text if now else "",
    }
    return {
        "period": period,
        "held": held,
        "seen": reports.version(held),
        "value": {key: sent.get(key, text) for key, text in stands.items()},
        "last": {
            "period": before.period,
            "progress": plain_percent(before.percent),
            "done": "" if last is None or last.done is None else f"{last.done:f}",
            "paid": "" if last is None or last.paid is None else f"{last.paid:f}",
            "text": last.text if last else "",
        }
        if before
        else None,
        "files": list(row.files.all()),
        "chosen": {each.digest for each in now.evidence} if now else set(),
        "may_fill": row.working and (held is None or held.state in {"draft", "accepted"}),
        "terms": row.body["terms"],
    }


@dataclass(frozen=True)
class Line:
    """A task on the page of a month: what was said last, and what is said now, in a draft or one that came back with a reason."""

    row: Task
    last: str
    now: str
    text: str
    problem: str
    needs_file: bool
    seen: str = "0.0"
    returned: str = ""


def month_lines(rows: Sequence[Task], period: str, problems: Mapping[str, str], sent: Mapping[str, str]) -> list[Line]:
    """The lines of a month: the values of the last report stand in the fields already."""
    found: dict[str, TaskReport] = {}
    drafts: dict[str, TaskReport] = {}
    for each in TaskReport.objects.filter(task__in=[row.pk for row in rows], period__lte=period).order_by("period", "revision"):
        (drafts if each.period == period else found)[each.task_id] = each
    made = []
    for row in rows:
        last, draft = found.get(row.pk), drafts.get(row.pk)
        shown = plain_percent(last.percent) if last else ""
        made.append(
            Line(
                row,
                shown,
                sent.get(f"progress.{row.pk}", plain_percent(draft.percent) if draft else shown),
                sent.get(f"text.{row.pk}", report_of(draft.body).text if draft else ""),
                problems.get(row.pk, ""),
                row.workflow == "rectification",
                reports.version(draft),
                draft.returned if draft else "",
            )
        )
    return made


def plain_percent(number: Any) -> str:
    """A percentage without needless zeros.

    >>> from decimal import Decimal
    >>> plain_percent(Decimal("40.00")), plain_percent(Decimal("33.50")), plain_percent(None)
    ('40', '33.5', '')
    """
    return "" if number is None else f"{number:f}".rstrip("0").rstrip(".") if "." in f"{number:f}" else f"{number:f}"


def report_lines(user: User, rows: Sequence[TaskReport]) -> list[dict[str, Any]]:
    """Reports that wait, with the value of the report before and what the person may do."""
    periods = {(each.task_id, each.period) for each in rows}
    before: dict[tuple[str, str], str] = {}
    for each in TaskReport.objects.filter(task__in={pk for pk, _ in periods}).order_by("period", "revision"):
        for pk, period in periods:
            if pk == each.task_id and each.period < period:
                before[pk, period] = plain_percent(each.percent)
    return [
        {
            "held": each,
            "body": each.body,
            "last": before.get((each.task_id, each.period), ""),
            "now": plain_percent(each.percent),
            "may": reports.open_to(user, each),
            "state": report_state(each.state),
        }
        for each in rows
    ]


def review(user: User, sent: Any) -> tuple[int, list[str]]:
    """Sign or accept the chosen reports, or return one with its reason; each stands for itself."""
    done, told = 0, []
    back = sent.get("return", "")
    chosen = [back] if back else sent.getlist("chosen")
    rows = TaskReport.objects.filter(pk__in=chosen).select_related("task")
    for row in rows:
        event = "return" if back else "sign" if row.state == "with_head" else "accept"
        facts = {"reason": sent.get(f"reason.{row.pk}", "").strip()} if back else {}
        try:
            reports.step(
                user,
                row.pk,
                event,
                seen=int(text) if (text := str(sent.get(f"seen.{row.pk}") or "")).isascii() and text.isdigit() else row.step,
                facts=facts,
            )
            done += 1
        except YangbanError as problem:
            told.append(f"{row.task.number} {row.period}：{problem}")
    if not chosen:
        told.append(pick("没有选择报告", "No report was chosen"))
    return done, told
