"""The work desk of a unit: what is to be done, one task, its report, its evidence."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from yangban.base.errors import UnknownPeriod, YangbanError
from yangban.base.periods import parse
from yangban.govern.rows import report_of
from yangban.web.accounts.models import User, today
from yangban.web.accounts.permissions import guard
from yangban.web.desk.navigation import menu
from yangban.web.plans import acts, evidence, files, governance, posts, reports, shown, tasks, work
from yangban.web.plans.models import EvidenceFile, Note, Task, TaskReport
from yangban.web.plans.seeing import demand_sight
from yangban.web.words import pick


def _page(request: HttpRequest, name: str, context: dict[str, Any], *, status: int = 200) -> HttpResponse:
    held = {post.role for post in request.user.current_memberships()}
    section = "views" if context.get("view") else context.get("tab") or "week"
    shared = {"section": section, "menu": menu(request.user, section), "unread": work.unread(request.user), "is_office": "office" in held}
    return render(request, f"plans/{name}.html", {**shared, **context}, status=status)


def _refused(request: HttpRequest, problem: Exception) -> None:
    messages.error(request, str(problem))


def _task(request: HttpRequest, pk: str) -> Task:
    row = get_object_or_404(Task.objects.select_related("parent"), pk=pk)
    demand_sight(request.user, row)
    return row


@guard("tasks.see")
@require_GET
def week(request: HttpRequest) -> HttpResponse:
    """What must be done this week."""
    matters = work.week(request.user, today())
    return _page(request, "week", {"matters": matters, "urgent": sum(each.urgent for each in matters), "tab": "week", "day": today()})


@guard("tasks.see")
@require_GET
def mine(request: HttpRequest) -> HttpResponse:
    """The tasks of one's unit, by deadline."""
    page = Paginator(work.own_tasks(request.user), 50).get_page(request.GET.get("page"))
    return _page(request, "mine", {"page": page, "rows": work.state_words(page.object_list), "tab": "mine", "day": today()})


@guard("tasks.see")
@require_GET
def task(request: HttpRequest, pk: str) -> HttpResponse:
    """One task: terms, what may be done now, every step with its signature."""
    row = _task(request, pk)
    return _page(request, "task", {"row": row, **shown.task_page(request.user, row), "tab": "", "day": today()})


@guard("tasks.see")
def do(request: HttpRequest, pk: str, event: str) -> HttpResponse:
    """One step of a task."""
    row = _task(request, pk)
    move = next((each for each in tasks.open_to(request.user, row) if each.event == event), None)
    if move is None:
        messages.error(
            request,
            pick(
                f"“{governance.state_name(row.workflow, row.state)}”状态下，您的岗位现在不能办这一步；可能别人刚办过，请看下面的记录",
                "Your post cannot take this step now; somebody may just have done so, see below",
            ),
        )
        return redirect("plans:task", pk=pk)
    status = 200
    if request.method == "POST":
        try:
            facts = acts.facts_of(request.user, move, row, request.POST, {key: request.FILES.getlist(key) for key in request.FILES})
            tasks.act(request.user, pk, event, seen=acts.key_of(request.POST.get("seen", "")), facts=facts)
        except YangbanError as problem:
            _refused(request, problem)
            status = 409 if getattr(problem, "rule", "") == "stale" else 422
            if status == 409:
                return redirect("plans:task", pk=pk)
        else:
            messages.success(request, pick(f"已办：{move.name}", f"Done: {move.name}"))
            return redirect("plans:task", pk=pk)
    fields = acts.asked(move, row)
    return _page(request, "do", {"row": row, "move": move, "fields": fields, "sent": request.POST, "tab": ""}, status=status)


@guard("tasks.evidence")
@require_POST
def add_evidence(request: HttpRequest, pk: str) -> HttpResponse:
    """Add files to a task."""
    row = _task(request, pk)
    try:
        made = evidence.add(request.user, row.pk, request.FILES.getlist("files"))
    except YangbanError as problem:
        _refused(request, problem)
    else:
        words = pick(f"已上传 {len(made)} 个文件", f"{len(made)} files added") if made else pick("没有选择文件", "No file was chosen")
        messages.info(request, words)
    return redirect("plans:task", pk=pk)


@guard("tasks.see")
@require_GET
def download(request: HttpRequest, pk: str, digest: str) -> HttpResponse:
    """One file of a task, as a download and never shown inside the site."""
    row = _task(request, pk)
    held = get_object_or_404(EvidenceFile, task=row, digest=digest)
    content = files.opened(held.digest)
    if content is None:
        raise Http404(pick("文件不在了，请告诉管理员", "The file is gone; tell the administrator"))
    return FileResponse(content, as_attachment=True, filename=held.name, content_type="application/octet-stream")


@guard("tasks.see")
def report(request: HttpRequest, pk: str, period: str) -> HttpResponse:
    """The report on a task for a month, with the values of the month before beside it."""
    row = _task(request, pk)
    try:
        span = parse(period)
    except YangbanError as problem:
        raise Http404(str(problem)) from None
    status = 200
    if request.method == "POST":
        sent = request.POST
        try:
            added = evidence.add(request.user, row.pk, request.FILES.getlist("files"))
            reports.fill(
                request.user,
                row.pk,
                period,
                progress=sent.get("progress", ""),
                text=sent.get("text", ""),
                done=sent.get("done", ""),
                paid=sent.get("paid", ""),
                evidence=[*sent.getlist("evidence"), *(each.digest for each in added)],
                submit="draft" not in sent,
                seen=sent.get("seen", ""),
            )
        except YangbanError as problem:
            _refused(request, problem)
            status = 422
        else:
            messages.success(request, pick(f"{row.number} {period} 已{'存为草稿' if 'draft' in sent else '提交，等本单位审核'}", "Saved"))
            return redirect("plans:week")
    context = {"row": row, **shown.report_form(row, span.label, request.POST), "due": work.due_of(span.label), "tab": ""}
    return _page(request, "report", context, status=status)


@guard("tasks.fill")
def month(request: HttpRequest, period: str) -> HttpResponse:
    """All reports of a month on one page: last month's values stand there, and only what has changed is typed."""
    try:
        parse(period)
    except UnknownPeriod as problem:
        raise Http404(str(problem)) from None
    rows = work.to_fill(request.user, period)
    problems: dict[str, str] = {}
    if request.method == "POST":
        done = 0
        for row in rows:
            if request.POST.get(f"send.{row.pk}") != "1":
                continue
            try:
                reports.fill(
                    request.user,
                    row.pk,
                    period,
                    progress=request.POST.get(f"progress.{row.pk}", ""),
                    text=request.POST.get(f"text.{row.pk}", ""),
                    done=None,
                    paid=None,
                    seen=request.POST.get(f"seen.{row.pk}", ""),
                )
                done += 1
            except YangbanError as problem:
                problems[row.pk] = str(problem)
        messages.success(request, pick(f"已提交 {done} 份报告", f"{done} reports handed in"))
        if not problems:
            return redirect("plans:week")
        rows = work.to_fill(request.user, period)
    lines = shown.month_lines(rows, period, problems, request.POST)
    context = {"lines": lines, "period": period, "due": work.due_of(period), "tab": "week", "left": len(lines)}
    return _page(request, "month", context, status=422 if problems else 200)


@guard("tasks.see")
def waiting(request: HttpRequest) -> HttpResponse:
    """Reports that wait for a signature or a review: all at once, or one returned with a reason."""
    if request.method == "POST":
        done, told = shown.review(request.user, request.POST)
        for problem in told:
            messages.error(request, problem)
        if done:
            messages.success(request, pick(f"已办 {done} 份", f"{done} done"))
        return redirect("plans:reports")
    rows = [each for each in reports.waiting_for(request.user)[:200] if each.state != "draft"]
    return _page(request, "waiting", {"lines": shown.report_lines(request.user, rows), "tab": "reports"})


@guard("tasks.see")
@require_GET
def one_report(request: HttpRequest, pk: str) -> HttpResponse:
    """One report with its steps."""
    held = get_object_or_404(TaskReport.objects.select_related("task", "unit"), pk=pk)
    demand_sight(request.user, held.task)
    context = {"held": held, "body": report_of(held.body), "steps": shown.timeline(held.pk), "row": held.task, "tab": ""}
    return _page(request, "one_report", context)


@guard("tasks.delegate")
def delegate(request: HttpRequest) -> HttpResponse:
    """Let a colleague act for a while."""
    if request.method == "POST":
        try:
            until = acts.day_of("截止日", request.POST.get("until", ""))
            colleague = User.objects.filter(pk=acts.key_of(request.POST.get("person", ""))).first()
            posts.delegate(request.user, colleague, until)
        except YangbanError as problem:
            _refused(request, problem)
        else:
            messages.success(request, pick(f"已委托 {colleague}，到 {until} 止", f"{colleague} may act until {until}"))
            return redirect("plans:delegate")
    context = {"people": posts.colleagues(request.user), "given": posts.given_by(request.user), "tab": "delegate"}
    return _page(request, "delegate", context)


@guard("tasks.delegate")
@require_POST
def take_back(request: HttpRequest, pk: int) -> HttpResponse:
    """End a delegation today."""
    try:
        posts.take_back(request.user, pk)
    except YangbanError as problem:
        _refused(request, problem)
    return redirect("plans:delegate")


@guard("tasks.see")
def notes(request: HttpRequest) -> HttpResponse:
    """Messages to the person."""
    held = Note.objects.filter(user=request.user)
    if request.method == "POST":
        held.filter(read_at=None).update(read_at=timezone.now())
        return redirect("plans:notes")
    page = Paginator(held.select_related("task"), 50).get_page(request.GET.get("page"))
    return _page(request, "notes", {"page": page, "tab": "notes"})
