"""The committee office's month on one screen, and what goes out from it."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Q
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_GET, require_POST

from yangban.base.errors import UsageError, YangbanError
from yangban.base.periods import parse
from yangban.web.accounts.models import today
from yangban.web.accounts.permissions import guard
from yangban.web.plans import acts, files, issuing, office, scanning, shown, warning_rows, work
from yangban.web.plans.models import MeasuredWarning, Paper, PlanDocument, Task
from yangban.web.plans.seeing import own_units
from yangban.web.plans.views.desk import _page
from yangban.web.words import pick

WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def _period(request: HttpRequest) -> str:
    """The month that is asked for; what is no period is taken for the one that is due."""
    try:
        return parse(request.GET.get("period") or request.POST.get("period") or "").label
    except YangbanError:
        return work.period_asked(today())


def handed_out(content: bytes, name: str, kind: str) -> HttpResponse:
    """A file as a download, its name in Chinese."""
    from urllib.parse import quote

    response = HttpResponse(content, content_type=kind)
    response["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name)}"
    return response


@guard("tasks.office")
def month(request: HttpRequest) -> HttpResponse:
    """The month: counts, who is late, colours to confirm, what the ladder proposes, papers."""
    held, period, day = office.office_post(request.user), _period(request), today()
    whole = office.month(held, period, day)
    late = Paginator(whole.late, 50).get_page(request.GET.get("late"))
    judge_page = Paginator(office.to_judge(held, period), 50).get_page(request.GET.get("page"))
    context = {
        "office": held, "period": period, "month": whole, "late": late, "page": judge_page, "query": f"period={period}",
        "proposals": office.proposals(held, period, day, at=(judge_page.number - 1) * 50, size=50),
        "ladder": office.ladder_proposals(held), "papers": Paper.objects.filter(region=held.region)[:12], "due": work.due_of(period),
        "plans": {each.word: each.title for each in PlanDocument.objects.all()}, "colours": COLOURS, "tab": "office", "day": day,
        "to_do": work.state_words(office.in_charge(held).filter(state__in=("applied", "public_notice", "reported", "confirmed"))[:60]),
    }  # fmt: skip
    return _page(request, "office", context)


COLOURS = (("green", "● 绿"), ("yellow", "◆ 黄"), ("red", "▲ 红"), ("none", "○ 不判"))


@guard("tasks.office")
@require_POST
def remind(request: HttpRequest) -> HttpResponse:
    """Remind the chosen units, or all that are late."""
    units = None if "all" in request.POST else request.POST.getlist("unit")
    if units == []:
        messages.error(request, pick("没有勾选单位", "No unit was chosen"))
        return redirect("plans:office")
    told = office.remind(request.user, _period(request), units)
    messages.success(request, pick(f"已提醒 {told} 人", f"{told} people reminded"))
    return redirect("plans:office")


@guard("tasks.judge")
@require_POST
def judge(request: HttpRequest) -> HttpResponse:
    """Confirm the colours of a month."""
    sent = request.POST
    judged = {pk: (sent.get(f"colour.{pk}", ""), sent.get(f"reason.{pk}", "")) for pk in sent.getlist("task") if sent.get(f"colour.{pk}")}
    try:
        done = office.confirm(request.user, _period(request), judged)
    except YangbanError as problem:
        messages.error(request, str(problem))
    else:
        messages.success(request, pick(f"已确认 {done} 项任务的颜色", f"{done} colours confirmed"))
    return redirect("plans:office")


@guard("tasks.office")
@require_POST
def paper(request: HttpRequest, kind: str) -> HttpResponse:
    """Make a paper and hand it out as Word."""
    sent = request.POST
    try:
        made, content = office.make_paper(
            request.user, kind, number=sent.get("number", ""), period=sent.get("period", ""),
            task=get_object_or_404(Task, pk=sent["task"]) if sent.get("task") else None, reason=sent.get("reason", ""),
            step_due=acts.day_of("本步时限", sent.get("step_due", "")), to=sent.get("to", ""),
            demands=[line.strip() for line in sent.get("demands", "").splitlines() if line.strip()], plan=sent.get("plan", ""),
        )  # fmt: skip
    except YangbanError as problem:
        messages.error(request, str(problem))
        return redirect("plans:task", pk=sent["task"]) if sent.get("task") else redirect("plans:office")
    return handed_out(content, f"{made.get_kind_display()} {made.number}.docx", WORD)


@guard("tasks.see")
@require_GET
def papers(request: HttpRequest) -> HttpResponse:
    """The papers that went out, each to be read again as it was."""
    rows = office.papers_of(request.user)
    kind = request.GET.get("kind", "")
    if kind in Paper.Kind.values:
        rows = rows.filter(kind=kind)
    page = Paginator(rows, 50).get_page(request.GET.get("page"))
    return _page(request, "papers", {"page": page, "kinds": Paper.Kind.choices, "kind": kind, "query": f"kind={kind}", "tab": "papers"})


@guard("tasks.see")
@require_GET
def paper_file(request: HttpRequest, pk: int) -> HttpResponse:
    """One paper, byte for byte as it was made."""
    held = get_object_or_404(office.papers_of(request.user), pk=pk)
    content = files.opened(held.sha256) if held.size else None
    if content is None:
        raise Http404(pick("这份公文没有留存文件", "No file of this paper was kept"))
    name = f"{held.get_kind_display()} {held.number}.docx"
    return FileResponse(content, as_attachment=True, filename=name, content_type=WORD)


@guard("tasks.see")
def warnings(request: HttpRequest) -> HttpResponse:
    """The warnings that measurements raised on one's units, or within an office's place."""
    own = own_units(request.user)
    if request.method == "POST":
        try:
            warning_rows.answer(request.user, acts.key_of(request.POST.get("warning", "")), request.POST.get("answer", ""))
        except YangbanError as problem:
            messages.error(request, str(problem))
        else:
            messages.success(request, pick("已说明", "Answered"))
        return redirect("plans:warnings")
    offices = [post.organisation for post in request.user.current_memberships() if post.role in {"office", "supervision"}]
    found = MeasuredWarning.objects.filter(units__in=own)
    for each in offices:
        found = found | MeasuredWarning.objects.filter(Q(tasks__in=office.beneath(each)) | office.of_place(each))
    rows = found.distinct().prefetch_related("tasks", "units")[:200]
    lines = [
        {
            "row": row,
            "words": shown.colour_words(row.colour),
            "may_answer": row.answered_at is None and any(u.pk in own for u in row.units.all()),
        }
        for row in rows
    ]
    return _page(request, "warnings", {"lines": lines, "tab": "warnings", "may_scan": bool(offices)})


@guard("tasks.office")
@require_POST
def scan(request: HttpRequest) -> HttpResponse:
    """Ask for a look at the newest Figures and the late reports of the office's place."""
    held, period = office.office_post(request.user), _period(request)
    job = scanning.ask(period=period, user=request.user, region=held.region)
    job.refresh_from_db()
    messages.success(request, job.message if job.over else pick("正在检查，新的预警会出现在这里", "Looking; new warnings will appear here"))
    return redirect("plans:warnings")


@guard("tasks.office")
def issue(request: HttpRequest) -> HttpResponse:
    """Issue a list from a workbook: look at it first, with every problem by its row; then issue it whole."""
    held = office.office_post(request.user)
    context = {"office": held, "tab": "office", "plans": list(PlanDocument.objects.all()), "plan": request.POST.get("plan", "")}
    if request.method != "POST":
        return _page(request, "issue", context)
    try:
        if "confirm" in request.POST:
            made = issuing.issue_rows(request.user, held, issuing.unpack(request.POST["rows"]), plan=context["plan"])
            messages.success(request, pick(f"已下达 {len(made)} 项任务", f"{len(made)} tasks issued"))
            return redirect("plans:list")
        upload = request.FILES.get("file")
        if upload is None:
            raise UsageError(pick("请选择工作簿", "Choose a workbook"))
        look = issuing.preview(held, issuing.read_rows(upload))
    except YangbanError as problem:
        messages.error(request, str(problem))
        return _page(request, "issue", context, status=422)
    return _page(request, "issue", {**context, "look": look, "packed": issuing.pack(look.rows)}, status=200 if not look.problems else 422)


@guard("tasks.office")
def template(_request: HttpRequest) -> HttpResponse:
    """The empty workbook of a list."""
    return handed_out(issuing.template(), pick("任务清单模板.xlsx", "list-of-tasks.xlsx"), EXCEL)
