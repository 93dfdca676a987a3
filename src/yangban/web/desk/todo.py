"""What a person has to do now, by posts: drafts to check or sign, uploads with refused lines, records to confirm, values, letters."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from yangban.web.accounts.models import User, today
from yangban.web.accounts.permissions import covered, lies_within, may, places_of
from yangban.web.cases import library, reading
from yangban.web.cases.models import Case
from yangban.web.jobs.models import Job
from yangban.web.monitor import looking
from yangban.web.monitor.models import DataRecord, ReleaseDraft, ReportedValue, Upload
from yangban.web.plans.work import week
from yangban.web.public.models import Complaint
from yangban.web.public.names import place_name
from yangban.web.words import pick

_LOOK_BACK: Final = timedelta(days=30)
_SOON: Final = timedelta(days=3)
_SHOWN: Final = 20


@dataclass(frozen=True)
class Matter:
    """One thing that waits for this person."""

    kind: str
    title: str
    note: str
    address: str
    urgent: bool = False


def matters(user: User) -> list[Matter]:
    """What waits for a person, the urgent first."""
    found = [
        *_letters(user),
        *_drafts(user),
        *_uploads(user),
        *_records(user),
        *_signals(user),
        *_values(user),
        *_tasks(user),
        *_cases(user),
    ]
    return sorted(found, key=lambda each: not each.urgent)[: 3 * _SHOWN]


def _tasks(user: User) -> list[Matter]:
    """What plans and tasks ask of a person this week."""
    if not may(user, "tasks.see"):
        return []
    return [Matter(each.kind, each.title, each.note, each.address, each.urgent) for each in week(user, today())[:_SHOWN]]


def _cases(user: User) -> list[Matter]:
    """Cases to review or to publish, and those of one's own that came back."""
    found = []
    for action, state, kind in (
        ("cases.review", "submitted", pick("案例待您审核", "A case to review")),
        ("cases.publish", "accepted", pick("案例待您发布", "A case to publish")),
    ):
        for row in _of(user, action, Case.objects.filter(state=state).select_related("organisation"))[:_SHOWN]:
            if may(user, action, region=row.region, apart_from=library.before(row, "accept" if state == "submitted" else "publish")):
                note = pick(f"{row.organisation} 报送", f"Handed in by {row.organisation}")
                found.append(Matter(kind, row.title, note, reverse("cases:case", args=[row.number])))
    back = reading.own(user).filter(state="returned") if may(user, "cases.submit") else []
    words = pick("案例被退回", "A case was returned")
    return [*found, *(Matter(words, row.title, row.remark, reverse("cases:case", args=[row.number]), urgent=True) for row in back[:_SHOWN])]


def _of(user: User, action: str, rows: Any) -> Any:
    """The rows that lie where the person may do the action."""
    places = set(rows.order_by().values_list("region", flat=True).distinct())
    return rows.filter(region__in=covered(user, action, places))


def _drafts(user: User) -> list[Matter]:
    found = []
    for action, state, kind in (
        ("release.check", ReleaseDraft.State.DRAFTED, pick("待您审核", "For your check")),
        ("release.sign", ReleaseDraft.State.CHECKED, pick("待您签发", "For your signature")),
    ):
        for each in _of(user, action, ReleaseDraft.objects.filter(state=state).select_related("drafted_by"))[:_SHOWN]:
            if may(user, action, region=each.region, apart_from=[each.drafted_by_id, each.checked_by_id]):
                note = pick(
                    f"{place_name(each.region)}，{each.drafted_by} 拟稿", f"{place_name(each.region)}, drafted by {each.drafted_by}"
                )
                found.append(Matter(kind, str(each), note, reverse("desk:draft", args=[each.pk])))
    mine = ReleaseDraft.objects.filter(state__in=("returned", "failed"), drafted_by=user, drafted_at__gte=timezone.now() - _LOOK_BACK)
    return [*found, *(_sent_back(each, "desk:draft") for each in mine[:_SHOWN])]


def _uploads(user: User) -> list[Matter]:
    rows = Upload.objects.filter(uploaded_by=user, uploaded_at__gte=timezone.now() - _LOOK_BACK).select_related("job")
    found = []
    for each in rows.filter(job__state__in=("short", "failed"))[:_SHOWN]:
        refused = each.receipt.get("rejections_total", 0)
        note = (
            pick(f"{refused} 处未采用，可下载改正后再传", f"{refused} refused; download, fix and upload again")
            if refused
            else each.job.message
        )
        found.append(
            Matter(pick("数据有未采用的行", "Lines were refused"), "、".join(each.names[:3]), note, reverse("desk:upload", args=[each.pk]))
        )
    return found


def _records(user: User) -> list[Matter]:
    found = []
    waiting = DataRecord.objects.filter(state=DataRecord.State.PROPOSED).exclude(proposed_by=user).select_related("proposed_by")
    for each in _of(user, "data.confirm", waiting)[:_SHOWN]:
        note = pick(f"{each.proposed_by} 提出：{each.reason}", f"Proposed by {each.proposed_by}: {each.reason}")
        title = f"{each.get_kind_display()} {place_name(each.subject)}"
        found.append(Matter(pick("待您复核", "For your confirmation"), title, note, reverse("desk:record", args=[each.pk])))
    return found


def _signals(user: User) -> list[Matter]:
    """What the last look at each of one's places found and nobody has judged since."""
    found = []
    for place in places_of(user, "data.review"):
        job = looking.last_look(place)
        count = 0 if job is None else job.result.get("signals_total", 0)
        if job is None or not count:
            continue
        judged = DataRecord.objects.filter(proposed_at__gt=job.finished_at).order_by().values_list("region", flat=True).distinct()
        if any(lies_within(code, place) for code in judged):
            continue
        title = f"{place_name(place)} {job.result['period']}"
        note = pick(f"{count} 条线索，逐条看是否需要审核", f"{count} signals; see which need a review")
        found.append(Matter(pick("异常数据线索", "Signals of strange readings"), title, note, reverse("desk:review")))
    return found


def _sent_back(row: Any, view: str) -> Matter:
    return Matter(row.get_state_display(), str(row), row.remark, reverse(view, args=[row.pk]), urgent=True)


def _values(user: User) -> list[Matter]:
    own = [each.organisation_id for each in user.current_memberships() if each.role == "head"]
    state = ReportedValue.State
    to_check = ReportedValue.objects.filter(state=state.REPORTED, organisation__in=own).exclude(reported_by=user)[:_SHOWN]
    words = pick("待您审核的填报", "Reported, for your check")
    found = [Matter(words, str(each), each.evidence, reverse("desk:value", args=[each.pk])) for each in to_check]
    words = pick("待您采用的填报", "Reported, to accept")
    to_accept = _of(user, "reported.accept", ReportedValue.objects.filter(state=state.CHECKED).select_related("organisation"))[:_SHOWN]
    found += [
        Matter(words, str(each), str(each.organisation), reverse("desk:value", args=[each.pk]))
        for each in to_accept
        if may(user, "reported.accept", region=each.region, apart_from=[each.reported_by_id, each.checked_by_id])
    ]
    mine = ReportedValue.objects.filter(state__in=("returned", "failed"), reported_by=user)[:_SHOWN]
    return [*found, *(_sent_back(each, "desk:value") for each in mine)]


def _letters(user: User) -> list[Matter]:
    found = []
    for each in _of(user, "complaints.answer", Complaint.objects.exclude(state=Complaint.State.ANSWERED).order_by("due"))[:_SHOWN]:
        late = each.due < today()
        words = pick("已逾期", "overdue") if late else pick("将到期", "due soon") if each.due - today() <= _SOON else ""
        note = pick(f"{each.due} 前答复", f"Answer by {each.due}") + (f"（{words}）" if words else "")
        found.append(Matter(each.get_kind_display(), each.subject, note, reverse("desk:letter", args=[each.number]), urgent=bool(words)))
    return found


def may_see(user: User, job: Job) -> bool:
    """Whether a job of someone else may be seen: it belongs to a place whose readings one may see."""
    return bool(job.region) and bool(may(user, "readings.see", region=job.region))


def recent_jobs(user: User) -> list[Job]:
    """One's own jobs and those of the places whose readings one may see, newest first."""
    places = covered(user, "readings.see", set(Job.objects.exclude(region="").order_by().values_list("region", flat=True).distinct()))
    return list(Job.objects.filter(Q(created_by=user) | Q(region__in=places)).select_related("created_by")[:12])


def hints(user: User) -> list[tuple[str, str]]:
    """What one may begin with, when nothing waits: words and address."""
    steps = (
        ("readings.upload", pick("报送一批监测数据", "Upload readings"), "desk:uploads"),
        ("readings.see", pick("看看哪些小时缺测", "See which hours are missing"), "desk:coverage"),
        ("data.review", pick("查找需要审核的异常数据", "Look for strange readings to review"), "desk:review"),
        ("assessment.run", pick("重新运行评价", "Run the assessment"), "desk:assess"),
        ("release.draft", pick("拟一份发布稿", "Draft a release"), "desk:drafts"),
        ("reported.fill", pick("填报本部门数值", "Report a value of your department"), "desk:reported"),
        ("complaints.answer", pick("查看来信", "See the letters"), "desk:letters"),
        ("accounts.manage", pick("新建、停用账号，管理机构", "Open and close accounts, keep organisations"), "desk:people"),
        ("accounts.grant", pick("授予岗位，重置密码和双因素", "Grant posts, renew passwords and second factors"), "desk:people"),
        ("audit.read", pick("核对审计链，查阅审计记录", "Check the audit chain, read the audit"), "desk:audit"),
    )
    return [(words, reverse(view)) for action, words, view in steps if places_of(user, action) or may(user, action)]
