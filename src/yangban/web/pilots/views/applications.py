"""Applications on the desk: programmes and their editions, the list, one application, its self-check, its steps and files."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_GET, require_POST

from yangban.base.errors import YangbanError
from yangban.govern.records import Evidence
from yangban.web.accounts.models import User, today
from yangban.web.accounts.permissions import guard
from yangban.web.pilots import applying, asking, declaring, editions, shown
from yangban.web.pilots.models import Application, ApplicationFile
from yangban.web.pilots.views.frame import page, refused, units_of, whole
from yangban.web.plans import files
from yangban.web.words import pick

_PER_PAGE = 50


def _row(request: HttpRequest, pk: str) -> Application:
    row = get_object_or_404(Application.objects.select_related("applicant", "edition"), pk=pk)
    applying.demand_sight(request.user, row)
    return row


@guard("pilots.see")
@require_GET
def listed(request: HttpRequest) -> HttpResponse:
    """The applications that a person sees; those that wait for the person first."""
    rows = applying.seen_by(request.user)
    state = request.GET.get("state", "")
    if state:
        rows = rows.filter(state=state)
    held = Paginator(rows, _PER_PAGE).get_page(request.GET.get("page"))
    shown_rows = shown.told(held.object_list)
    for row in shown_rows:
        row.waits = [each.name for each in applying.open_to(request.user, row) if each.event not in {"give_up", "objection"}]
    states = editions.held().workflow("naming").states
    return page(
        request, "applications", "applications", rows=held, shown_rows=shown_rows, state=state, states=states,
        may_open=bool(units_of(request.user, "pilots.apply")),
    )  # fmt: skip


@guard("pilots.see")
@require_GET
def programmes(request: HttpRequest) -> HttpResponse:
    """The programmes with all their editions: what is required of whom, and what is an empty slot."""
    held = editions.held()
    families = []
    for rows in held.families().values():
        for each in rows:
            each_current = editions.is_current(each, today())
            families.append((each, each_current))
    return page(request, "programmes", "programmes", rows=families)


@guard("pilots.apply")
def new(request: HttpRequest) -> HttpResponse:
    """Open an application."""
    units = units_of(request.user, "pilots.apply")
    status = 200
    if request.method == "POST":
        unit = next((each for each in units if str(each.pk) == request.POST.get("unit")), None)
        try:
            if unit is None or request.POST.get("programme") not in editions.held().programmes:
                raise Http404(pick("没有这个单位或创建项目", "No such unit or programme"))
            row = applying.open_application(
                request.user,
                programme=request.POST["programme"],
                applicant=unit,
                title=request.POST.get("title", ""),
                subject=request.POST.get("subject", ""),
                transition=request.POST.get("transition", ""),
            )
        except YangbanError as problem:
            refused(request, problem)
            status = 422
        else:
            messages.success(request, pick(f"已立项 {row.number}，绑定版本 {row.edition}", f"Opened {row.number} under {row.edition}"))
            return redirect("pilots:application", pk=row.pk)
    rows = [(each, editions.is_current(each, today())) for each in editions.held().programmes.values()]
    rows.sort(key=lambda each: (not each[1], each[0].family, each[0].id))
    return page(request, "application_new", "applications", status=status, units=units, rows=rows, sent=request.POST)


@guard("pilots.see")
@require_GET
def application(request: HttpRequest, pk: str) -> HttpResponse:
    """One application: where it stands, its self-check, its scores, what may be done now, every step."""
    row = _row(request, pk)
    return page(request, "application", "applications", row=row, **shown.application_page(request.user, row))


@guard("pilots.prepare")
@require_POST
def self_check(request: HttpRequest, pk: str) -> HttpResponse:
    """Run the self-check, or the yearly self-evaluation of a title."""
    row = _row(request, pk)
    period = request.POST.get("period", "").strip()
    try:
        seen = whole(request.POST.get("seen"))
        if row.state in {"named", "warned"}:
            added = applying.add_files(request.user, row, request.FILES.getlist("evidence"))
            evidence = tuple(Evidence(name=each.name, digest=each.digest, kind=each.kind) for each in added)
            applying.evaluate(request.user, pk, period, seen=seen, evidence=evidence)
        else:
            applying.self_check(request.user, pk, period, seen=seen)
    except YangbanError as problem:
        refused(request, problem)
    else:
        messages.success(request, pick(f"{period} 自查完成", f"Self-check of {period} done"))
    return redirect("pilots:application", pk=pk)


@guard("pilots.see")
def do(request: HttpRequest, pk: str, event: str) -> HttpResponse:
    """One step of an application."""
    row = _row(request, pk)
    move = next((each for each in applying.open_to(request.user, row) if each.event == event), None)
    if move is None or event in {"self_check", "evaluate"}:
        text = pick("您的岗位现在不能办这一步；可能别人刚办过，请看下面的记录", "Your post cannot take this step now; see below")
        messages.error(request, text)
        return redirect("pilots:application", pk=pk)
    status = 200
    if request.method == "POST":
        try:
            uploads = {key: request.FILES.getlist(key) for key in request.FILES}
            facts = asking.facts_of(request.user, move, row, request.POST, uploads)
            applying.act(request.user, pk, event, seen=whole(request.POST.get("seen")), facts=facts)
        except YangbanError as problem:
            refused(request, problem)
            if getattr(problem, "rule", "") == "stale":
                return redirect("pilots:application", pk=pk)
            status = 422
        else:
            messages.success(request, pick(f"已办：{move.name}", f"Done: {move.name}"))
            return redirect("pilots:application", pk=pk)
    shown.told([row])
    fields = asking.asked(move, row)
    ends = bool(move.to in {"rejected", "withdrawn", "cancelled"})
    edition = editions.bound(row.edition)
    return page(
        request, "do", "applications", status=status, row=row, move=move, fields=fields, sent=request.POST, ends=ends, edition=edition
    )


@guard("pilots.see")
@require_POST
def add_files(request: HttpRequest, pk: str) -> HttpResponse:
    """Add files to an application."""
    row = _row(request, pk)
    try:
        made = applying.add_files(request.user, row, request.FILES.getlist("files"))
    except YangbanError as problem:
        refused(request, problem)
    else:
        messages.info(request, pick(f"已上传 {len(made)} 个文件", f"{len(made)} files added"))
    return redirect("pilots:application", pk=pk)


@guard("pilots.see")
@require_GET
def download(request: HttpRequest, pk: str, digest: str) -> HttpResponse:
    """One file of an application, as a download and never shown inside the site."""
    row = _row(request, pk)
    held = get_object_or_404(ApplicationFile, application=row, digest=digest)
    content = files.opened(held.digest)
    if content is None:
        raise Http404(pick("文件不在了，请告诉管理员", "The file is gone; tell the administrator"))
    return FileResponse(content, as_attachment=True, filename=held.name, content_type="application/octet-stream")


@guard("pilots.score")
def declare(request: HttpRequest) -> HttpResponse:
    """What an expert declares: fields of knowledge, and with whom there is a conflict of interest."""
    user: User = request.user
    if request.method == "POST":
        declaring.declare(user, fields=request.POST.get("fields", ""), declared=request.POST.get("declared", "").splitlines())
        messages.success(request, pick("已登记", "Kept"))
        return redirect("pilots:declare")
    return page(request, "declare", "declare", profile=declaring.profile(user))
