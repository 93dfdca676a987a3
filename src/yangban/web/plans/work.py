"""What a person has to do: asked for in a fixed number of questions, whatever the number of tasks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.conf import settings
from django.db.models import Q, QuerySet
from django.urls import reverse

from yangban.base.periods import parse
from yangban.web.accounts.models import Membership, User
from yangban.web.plans import governance, reports
from yangban.web.plans.marks import marked
from yangban.web.plans.models import MeasuredWarning, Note, Task, TaskReport, TaskUnit
from yangban.web.plans.seeing import own_units, within
from yangban.web.words import pick


@dataclass(frozen=True)
class Matter:
    """One thing to do: of what kind, about what, until when, and where it is done."""

    kind: str
    title: str
    note: str
    address: str
    due: date | None = None
    urgent: bool = False


def period_asked(day: date) -> str:
    """The month whose report is asked for on a day: the one before.

    >>> period_asked(date(2026, 1, 20))
    '2025-12'
    """
    last = day.replace(day=1) - timedelta(days=1)
    return f"{last:%Y-%m}"


def due_of(period: str) -> date:
    """The day on which the report of a period is due: so many days into the next month (``YANGBAN_REPORT_DAY``)."""
    return parse(period).end + timedelta(days=settings.REPORT_DAY)


def missing_reports(period: str) -> Q:
    """The condition by which tasks lack the report of a period: at work, issued before its end, and not signed yet."""
    return Q(working=True, issued_on__lte=parse(period).end, newest_period__lt=period)


def led_by(organisations: Sequence[int]) -> QuerySet[Task]:
    """The tasks that some organisations lead."""
    return Task.objects.filter(pk__in=TaskUnit.objects.filter(organisation__in=organisations, role="lead").values("task"))


def to_fill(user: User, period: str) -> list[Task]:
    """The tasks whose report of a period a person has to fill: those that their unit leads, not handed in yet."""
    own = [post.organisation_id for post in user.current_memberships() if post.role == "reporter"]
    if not own:
        return []
    handed_in = TaskReport.objects.filter(period=period).exclude(state="draft").values("task")
    return list(led_by(own_units(user)).filter(missing_reports(period)).exclude(pk__in=handed_in).order_by("deadline", "number"))


def week(user: User, day: date) -> list[Matter]:
    """What must be done this week, the most pressing first."""
    posts = user.current_memberships()
    roles = {post.role for post in posts}
    found = _returned_and_waiting(user, day)
    if "reporter" in roles:
        found += _fill(user, day)
    if roles & {"head", "reporter"}:
        found += _unit(user, roles, day)
    if "office" in roles:
        found += _office([post for post in posts if post.role == "office"], day)
    last = date.max
    return sorted(found, key=lambda each: (not each.urgent, each.due or last, each.kind, each.title))


def _returned_and_waiting(user: User, day: date) -> list[Matter]:
    found, signing, reviewing = [], 0, 0
    oldest = day
    for each in reports.waiting_for(user)[:500]:
        if each.state == "draft":
            if each.returned:
                title, note = f"{each.task.number} {each.task.title}", pick(f"{each.period} 被退回：", f"{each.period} returned: ")
                address = reverse("plans:report", args=(each.task_id, each.period))
                found.append(Matter(pick("退回修改", "Returned"), title, note + each.returned, address, due_of(each.period), True))
            continue
        oldest = min(oldest, due_of(each.period))
        if each.state == "with_head":
            signing += 1
        else:
            reviewing += 1
    where = reverse("plans:reports")
    if signing:
        words = pick(f"{signing} 份进展报告等您审核", f"{signing} reports wait for your signature")
        found.append(Matter(pick("审核", "Sign"), words, pick("可以一次全部审核", "All can be signed at once"), where, oldest, True))
    if reviewing:
        words = pick(f"{reviewing} 份进展报告等本级审核", f"{reviewing} reports wait for your review")
        found.append(Matter(pick("审核", "Review"), words, pick("可以一次全部采用", "All can be accepted at once"), where, oldest, True))
    return found


def _fill(user: User, day: date) -> list[Matter]:
    period = period_asked(day)
    rows = to_fill(user, period)
    if not rows:
        return []
    due = due_of(period)
    words = pick(f"{period} 进展：{len(rows)} 项任务待报", f"Progress of {period}: {len(rows)} tasks to report")
    late = pick(f"已逾期 {(day - due).days} 天", f"{(day - due).days} days late") if day > due else ""
    note = late or pick(f"{due:%m-%d} 前报送；上月的数已填好，只改变了的", f"due {due:%m-%d}; last month's values stand there already")
    address = reverse("plans:month", args=(period,)) if len(rows) > 1 else reverse("plans:report", args=(rows[0].pk, period))
    return [Matter(pick("填报", "Report"), words, note, address, due, day > due or due - day <= timedelta(days=7))]


_DO = {
    "issued": ("分解", "Split", "新下达，等您分解", "newly issued, to be split"),
    "amended": ("确认", "Confirm", "任务有调整，等您确认", "amended, to be acknowledged"),
    "reopened": ("整改", "Resume", "回头看发现反弹，等您提出措施", "has relapsed; measures are wanted"),
}


def _unit(user: User, roles: set[str], day: date) -> list[Matter]:
    own = own_units(user)
    soon = day + timedelta(days=7)
    rows = led_by(own).filter(ended=False).filter(Q(state__in=_DO) | Q(deadline__lte=soon) | Q(step_due__lte=soon)).order_by("deadline")
    found = []
    for row in rows[:300]:
        address = reverse("plans:task", args=(row.pk,))
        title = f"{row.number} {row.title}"
        due = min(filter(None, (row.deadline, row.step_due)))
        if row.state in _DO and "head" in roles:
            zh, en, zh_note, en_note = _DO[row.state]
            found.append(Matter(pick(zh, en), title, pick(zh_note, en_note), address, due, due <= soon))
        elif due < day:
            found.append(Matter(pick("逾期", "Overdue"), title, pick(f"期限 {due}", f"was due {due}"), address, due, True))
        elif due <= soon:
            found.append(Matter(pick("到期", "Due"), title, pick(f"{due} 到期", f"due {due}"), address, due, True))
    if "head" in roles:
        accept = Task.objects.filter(
            pk__in=TaskUnit.objects.filter(organisation__in=own, role="acceptance").values("task"), state="applied"
        )
        for row in accept.order_by("deadline")[:100]:
            address = reverse("plans:task", args=(row.pk,))
            note = pick("等您现场核查、逐条打勾", "to be checked in the field")
            found.append(Matter(pick("验收", "Accept"), f"{row.number} {row.title}", note, address, row.deadline, True))
    for warning in MeasuredWarning.objects.filter(units__in=own, answered_at=None).distinct()[:50]:
        address = reverse("plans:warnings")
        found.append(Matter(pick("监测预警", "Warning"), warning.text, pick("说明情况", "say what is being done"), address, None, True))
    return found


def _office(posts: list[Membership], day: date) -> list[Matter]:
    asked = Q(pk__in=())
    for post in posts:
        asked |= within(post.organisation.region, post.level) & Q(office=post.organisation.name)
    found = []
    words = {
        "public_notice": ("销号", "Close", "公示期满后可销号", "to be closed when the notice is over"),
        "reported": ("确认", "Confirm", "已报完成，等确认", "reported as done, to be confirmed"),
        "confirmed": ("办结", "Close", "已确认，等办结归档", "confirmed, to be closed"),
    }
    for row in Task.objects.filter(asked, state__in=words).order_by("deadline")[:200]:
        zh, en, zh_note, en_note = words[row.state]
        until = row.body.get("notice_until")
        if row.state == "public_notice" and until and date.fromisoformat(until) >= day:
            continue
        title = f"{row.number} {row.title}"
        found.append(Matter(pick(zh, en), title, pick(zh_note, en_note), reverse("plans:task", args=(row.pk,)), row.deadline))
    period = period_asked(day)
    late = Task.objects.filter(asked).filter(missing_reports(period)).count() if day > due_of(period) else 0
    if late:
        title = pick(f"{period}：{late} 项任务逾期未报", f"{period}: {late} tasks have not reported")
        found.append(
            Matter(pick("催报", "Remind"), title, pick("可以一次催报", "can be reminded at once"), reverse("plans:office"), day, True)
        )
    return found


def unread(user: User) -> int:
    """How many messages a person has not read."""
    return Note.objects.filter(user=user, read_at=None).count()


def own_tasks(user: User) -> QuerySet[Task]:
    """The tasks that name a person's unit, those that still run first."""
    named = TaskUnit.objects.filter(organisation__in=own_units(user)).values("task")
    return Task.objects.filter(pk__in=named).order_by("ended", "deadline", "number")


def state_words(rows: Sequence[Task]) -> list[Task]:
    """The tasks with their state in words."""
    held = marked(rows)
    for row in held:
        row.state_words = governance.state_name(row.workflow, row.state)
    return held
