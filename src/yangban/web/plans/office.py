"""The committee office's month: who is late, whom to remind, which colour, which paper goes out. Rules propose, a person confirms."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction
from functools import cache
from typing import Any, Final

from django.db import IntegrityError, transaction
from django.db.models import Count, Exists, Max, OuterRef, Q, QuerySet

from yangban.base import regions
from yangban.base.errors import NotAllowed, UsageError
from yangban.base.periods import parse
from yangban.govern.progress import Rolled, roll_up
from yangban.govern.records import Actor
from yangban.govern.rows import task_of
from yangban.govern.warnings import Proposal, judge, propose_colour, propose_step
from yangban.indicators.warnings import Warning
from yangban.publish.governance_documents import Judgement, Office, circular, dispatch_report, supervision_letter, word_bytes
from yangban.standards.systems import Warnings, load_systems
from yangban.web.accounts import audit
from yangban.web.accounts.models import Organisation, User, today
from yangban.web.accounts.permissions import demand, holds
from yangban.web.plans import files, governance, hooks, tasks, warning_rows, work
from yangban.web.plans.models import JudgedColour, NumberTaken, Paper, PlanDocument, StepRecord, Task, TaskReport
from yangban.web.plans.notes import people_of, tell
from yangban.web.plans.seeing import own_units, within

UNJUDGED: Final = "none"


@cache
def colour_rules() -> Warnings:
    """The rules that propose the colour of a task."""
    return load_systems().warning_rules("tasks")


def office_post(user: User) -> Organisation:
    """The office in which a person acts; raises when there is none."""
    found = next((post.organisation for post in user.current_memberships() if post.role == "office"), None)
    if found is None:
        raise NotAllowed("who", "您没有委员会办公室的岗位")
    return found


def in_charge(office: Organisation) -> QuerySet[Task]:
    """The tasks that an office itself is in charge of."""
    return Task.objects.filter(office=office.name, place=office.region)


def beneath(office: Organisation) -> QuerySet[Task]:
    """The tasks of its place and of every place below."""
    return Task.objects.filter(within(office.region, office.level))


def of_place(office: Organisation) -> Q:
    """The condition by which warnings are about an office's place or one below."""
    return Q(region__startswith=office.region[: {"province": 2, "city": 4, "county": 6}[office.level]])


@dataclass(frozen=True)
class Late:
    """Units that lack reports, with how many of their tasks."""

    unit: str
    level: str
    plan: str
    count: int
    days: int


def late(office: Organisation, period: str, day: date) -> list[Late]:
    """Who has not reported a period, by level, plan and unit, in the order of levels and names: a list, no ranking."""
    days = (day - work.due_of(period)).days
    rows = (
        beneath(office)
        .filter(work.missing_reports(period))
        .values("lead", "level", "plan")
        .annotate(count=Count("pk"))
        .order_by("lead", "plan")
    )
    order = list(regions_order())
    found = [Late(row["lead"], row["level"], row["plan"], row["count"], days) for row in rows]
    return sorted(found, key=lambda each: (order.index(each.level), each.plan, each.unit))


def regions_order() -> tuple[str, ...]:
    """Levels from above."""
    return ("province", "city", "county")


@transaction.atomic
def remind(user: User, period: str, units: Iterable[str] | None = None) -> int:
    """Remind everyone who fills or signs for the units that lack a report; once a day and unit. Returns how many people were told."""
    office = office_post(user)
    demand(user, "tasks.office", region=office.region)
    wanted = None if units is None else set(units)
    counts: dict[str, int] = {}
    for each in late(office, period, today()):
        if wanted is None or each.unit in wanted:
            counts[each.unit] = counts.get(each.unit, 0) + each.count
    told = 0
    for unit, count in counts.items():
        people = {person.pk: person for role in ("reporter", "head") for person in people_of(unit, role)}
        text = f"{office.name}催报：{unit} {period} 还有 {count} 项任务没有报送进展，应于 {work.due_of(period)} 前报出"
        fresh = [person for person in people.values() if not person.plan_notes.filter(text=text, at__date=today()).exists()]
        if fresh or not people:
            hooks.announce(unit, "remind", text, None)
        told += tell(fresh, "remind", text, None)
    audit.record(user, "report.remind", period, {"units": len(counts), "people": told})
    return told


# ------------------------------------------------------------------------------------------------------------------------ colours


@dataclass(frozen=True)
class Proposed:
    """The colour that the rules propose for a task, and what was judged in this period already."""

    row: Task
    sign: Warning
    judged: str


def to_judge(office: Organisation, period: str) -> QuerySet[Task]:
    """The tasks of an office whose colour is judged for a period, those first that are due first."""
    return in_charge(office).filter(ended=False, issued_on__lte=parse(period).end).order_by("deadline", "number")


def proposals(office: Organisation, period: str, day: date, *, at: int = 0, size: int = 500) -> list[Proposed]:
    """The colours of the tasks that an office is in charge of, as the rules propose them on a day."""
    rules = colour_rules()
    rows = list(to_judge(office, period)[at : at + size])
    judged = JudgedColour.objects.filter(task__in=[row.pk for row in rows], period=period)
    held = dict(judged.order_by("turn").values_list("task_id", "colour"))
    return [Proposed(row, propose_colour(task_of(row.body), today=day, rules=rules, ends=row.ended), held.get(row.pk, "")) for row in rows]


@transaction.atomic
def confirm(user: User, period: str, judged: Mapping[str, tuple[str, str]], *, at: datetime | None = None) -> int:
    """Confirm colours: by task the colour and, where it is not the proposed one, the reason."""
    moment = at or tasks.now()
    office = office_post(user)
    demand(user, "tasks.judge", region=office.region)
    actor = Actor(person=user.get_username(), unit=office.name, role="office", level=office.level, place=office.region)
    rows = {row.pk: row for row in Task.objects.select_for_update().filter(pk__in=list(judged)).order_by("pk")}
    turns = dict(
        JudgedColour.objects.filter(task__in=rows, period=period).values("task").annotate(last=Max("turn")).values_list("task", "last")
    )
    made = []
    for pk, (colour, reason) in judged.items():
        row = rows[pk]
        task = task_of(row.body)
        sign = propose_colour(task, today=moment.date(), rules=colour_rules(), ends=row.ended)
        if colour not in {"blue", "green", "yellow", "red", UNJUDGED}:
            raise NotAllowed("facts", f"颜色 {colour!r} 不认识；可用 green、yellow、red")
        said = judge(task, period=period, proposed=sign, colour=colour, actor=actor, reason=reason)
        made.append(
            JudgedColour(
                task=row,
                period=period,
                turn=turns.get(pk, 0) + 1,
                colour=said.colour,
                proposed=said.proposed,
                because="；".join(sign.because)[:400],
                reason=said.reason[:400],
                by=user,
                at=moment,
            )
        )
        row.colour = "" if colour == UNJUDGED else colour
    JudgedColour.objects.bulk_create(made)
    Task.objects.bulk_update(rows.values(), ["colour"], batch_size=200)
    audit.record(user, "task.judge", period, {"tasks": len(made), "changed": sum(each.colour != each.proposed for each in made)})
    return len(made)


def step_for(row: Task, *, since: date | None = None) -> Proposal | None:
    """The rung that the ladder proposes for a task after the colours judged so far."""
    return steps_for([row], since=since).get(row.pk)


def steps_for(rows: Sequence[Task], *, since: date | None = None) -> dict[str, Proposal]:
    """The rungs that the ladder proposes for some tasks, asked for at once."""
    keys, ladder = [row.pk for row in rows], governance.ladder()
    last: dict[str, dict[str, str]] = {}
    for pk, period, colour in (
        JudgedColour.objects.filter(task__in=keys).order_by("period", "turn").values_list("task_id", "period", "colour")
    ):  # fmt: skip
        last.setdefault(pk, {})[period] = colour  # a later turn of the same period takes the place of the earlier one
    sent = set(Paper.objects.filter(task__in=keys, kind="letter").values_list("task_id", flat=True))
    taken: dict[str, set[str]] = {}
    for pk, event in StepRecord.objects.filter(subject__in=keys).values_list("subject", "event"):
        taken.setdefault(pk, set()).add(event)
    found: dict[str, Proposal] = {}
    for pk in keys:
        colours = [colour for period, colour in sorted(last.get(pk, {}).items()) if since is None or parse(period).end >= since]
        reached = [each.key for each in ladder.steps if each.document == "letter" and pk in sent]
        reached += [each.key for each in ladder.steps if each.event and each.event in taken.get(pk, ())]
        if proposal := propose_step(colours, ladder, taken=reached):
            found[pk] = proposal
    return found


def ladder_proposals(office: Organisation) -> list[tuple[Task, Proposal]]:
    """The tasks for which the ladder proposes a further rung."""
    judged = JudgedColour.objects.filter(colour__in=("yellow", "red")).values("task")
    rows = list(in_charge(office).filter(ended=False, pk__in=judged).order_by("deadline", "number")[:60])
    proposed = steps_for(rows)
    return [(row, proposed[row.pk]) for row in rows if row.pk in proposed]


# ------------------------------------------------------------------------------------------------------------------------- papers


def _letterhead(office: Organisation) -> Office:
    place = regions.place(office.region)
    return Office(head=office.name, signed=office.name, work=f"美丽{place.short}建设")


def _judged(period: str, rows: Sequence[Task]) -> list[Judgement]:
    """The colours as they were judged last within a period."""
    span = parse(period)
    judged = JudgedColour.objects.filter(
        task__in=[row.pk for row in rows], period__gte=f"{span.start:%Y-%m}", period__lte=f"{span.end:%Y-%m}"
    )
    held = dict(judged.order_by("period", "turn").values_list("task_id", "colour"))
    return [Judgement(task_of(row.body), held.get(row.pk) or UNJUDGED, row.ended) for row in rows]


def _rolled(rows: Sequence[Task]) -> Rolled | None:
    """The progress of all, each task once, from what was accepted."""
    shares = accepted_progress([row.pk for row in rows])
    return roll_up({row.number: shares.get(row.pk) for row in rows}) if rows else None


def accepted_progress(tasks_: Sequence[str]) -> dict[str, Any]:
    """The progress of some tasks by their last accepted report."""
    found: dict[str, Any] = {}
    rows = TaskReport.objects.filter(task__in=list(tasks_), state="accepted").order_by("period", "revision")
    for pk, progress in rows.values_list("task_id", "progress"):
        if progress:
            found[pk] = Fraction(progress)
    return found


@transaction.atomic
def make_paper(
    user: User,
    kind: str,
    *,
    number: str,
    period: str = "",
    day: date | None = None,
    task: Task | None = None,
    reason: str = "",
    step_due: date | None = None,
    to: str = "",
    demands: Sequence[str] = (),
    plan: str = "",
) -> tuple[Paper, bytes]:
    """Make a paper of an office as Word: the dispatch report, the circular, or the letter on one task. Its number is taken for ever."""
    office, moment = office_post(user), tasks.now()
    demand(user, "tasks.office", region=office.region)
    when = day or moment.date()
    number = number.strip()
    if not number:
        raise NotAllowed("facts", "公文要有编号")
    rows = list(in_charge(office).exclude(state="").order_by("deadline", "number"))
    if plan:
        rows = [row for row in rows if row.plan == plan]
    common: dict[str, Any] = {"number": number, "day": when}
    if kind == "letter":
        if task is None or step_due is None or not reason.strip():
            raise NotAllowed("facts", "督办函要有任务、滞后情况和本步时限")
        if task.office != office.name:
            raise NotAllowed("who", f"{task.number} 由 {task.office} 主管")
        plain = task_of(task.body)
        colour = task.colour or UNJUDGED
        figures = tasks.figures_of(plain.terms.targets)
        paper = supervision_letter(
            _letterhead(office),
            Judgement(plain, colour, task.ended),
            reason=reason,
            step_due=step_due,
            figures=newest_only(figures),
            step=next_step(task),
            demands=demands,
            **common,
        )
    else:
        if not rows:
            raise NotAllowed("facts", "本级还没有主管的任务，没有可写的内容")
        alerts = warning_rows.alerts_of(period, rows)
        workflows = governance.held().workflows
        judged = _judged(period, rows)
        if kind == "dispatch":
            paper = dispatch_report(
                _letterhead(office),
                judged,
                period=period,
                workflows=workflows,
                rolled=_rolled(rows),
                alerts=alerts,
                plan=plan_title(plan),
                **common,
            )
        elif kind == "circular":
            paper = circular(
                _letterhead(office),
                judged,
                period=period,
                to=to or "各县（市、区）人民政府，各成员单位",
                workflows=workflows,
                rolled=_rolled(rows),
                alerts=alerts,
                demands=demands,
                **common,
            )
        else:
            raise UsageError(f"没有 {kind!r} 这种公文")
    content = word_bytes(paper)
    digest = files.keep_bytes(content)
    # The letter's own number is taken when the task takes the step; until then nobody else may use it.
    try:
        with transaction.atomic():
            if kind != "letter":
                NumberTaken.objects.create(number=number, subject=kind, at=moment)
            made = Paper.objects.create(
                kind=kind,
                number=number,
                period=period,
                region=office.region,
                task=task,
                sha256=digest,
                size=len(content),
                by=user,
                at=moment,
            )
    except IntegrityError:
        raise NotAllowed("letter_unused", f"编号 {number} 已经用过；请取新号") from None
    audit.record(user, "paper.make", number, {"kind": kind, "period": period, "sha256": made.sha256})
    return made, content


def papers_of(user: User) -> QuerySet[Paper]:
    """The papers that a person may read: an office and supervision those of their place and below, a unit the letters on what it leads."""
    asked = Q(pk__in=())
    for post in user.current_memberships():
        if holds(post, "tasks.office") or holds(post, "tasks.inspect"):
            asked |= of_place(post.organisation)
        elif holds(post, "tasks.act"):
            # A letter is a draft until the step is taken with its number.
            sent = NumberTaken.objects.filter(number=OuterRef("number"))
            asked |= Q(Exists(sent), kind="letter", task__units__organisation__in=own_units(user), task__units__role="lead")
    return Paper.objects.filter(asked).select_related("task", "by").distinct()


def newest_only(figures: Iterable[Any]) -> tuple[Any, ...]:
    """Of each indicator and place the Figure whose period ends last."""
    found: dict[tuple[str, str], Any] = {}
    for each in figures:
        key = (each.indicator, each.subject)
        if key not in found or parse(found[key].period).end < parse(each.period).end:
            found[key] = each
    return tuple(found.values())


def next_step(row: Task) -> Any:
    """The rung of the ladder that comes after those a task has reached."""
    steps = governance.ladder().steps
    reached = {step.event for step in tasks.steps(row.pk)}
    later = [each for each in steps if each.event and each.event not in reached]
    return later[0] if later else None


def plan_title(word: str) -> str:
    """The title of a plan in its marks."""
    found = PlanDocument.objects.filter(word=word).values_list("title", flat=True).first() if word else None
    return f"《{found}》" if found else ""


@dataclass(frozen=True)
class Month:
    """What the office's screen shows."""

    counts: Mapping[str, int]
    late: Sequence[Late]
    late_by_level: Mapping[str, int]
    lists: Sequence[Mapping[str, Any]]
    to_accept: int
    to_close: int


def month(office: Organisation, period: str, day: date) -> Month:
    """The month of an office at a glance, in a fixed number of questions."""
    own = in_charge(office)
    counted = own.aggregate(
        all=Count("pk"),
        closed=Count("pk", filter=Q(ended=True)),
        red=Count("pk", filter=Q(colour="red", ended=False)),
        yellow=Count("pk", filter=Q(colour="yellow", ended=False)),
        overdue=Count("pk", filter=Q(deadline__lt=day, ended=False)),
        to_accept=Count("pk", filter=Q(state="applied")),
        to_close=Count("pk", filter=Q(state__in=("public_notice", "confirmed", "reported"))),
    )
    missing = late(office, period, day)
    levels: dict[str, int] = {}
    for each in missing:
        levels[each.level] = levels.get(each.level, 0) + each.count
    lists = list(
        beneath(office)
        .values("plan", "level")
        .annotate(count=Count("pk"), closed=Count("pk", filter=Q(ended=True)))
        .order_by("plan", "level")
    )
    return Month(counted, missing, levels, lists, counted["to_accept"], counted["to_close"])
