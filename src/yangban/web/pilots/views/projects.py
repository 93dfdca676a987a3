"""Projects on the desk: the list with its warnings, one project, its money, milestones, place and photos."""

from __future__ import annotations

from decimal import Decimal

from django.contrib import messages
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_GET, require_POST

from yangban.base.errors import NotAllowed, YangbanError
from yangban.web.accounts.models import Organisation, today
from yangban.web.accounts.permissions import demand, guard, may, places_of
from yangban.web.pilots import looking, piloting, projecting
from yangban.web.pilots.asking import number_of
from yangban.web.pilots.models import Pilot, Project, ProjectPhoto
from yangban.web.pilots.views.frame import page, places_below, refused, units_of, whole
from yangban.web.plans import files
from yangban.web.plans.acts import day_of
from yangban.web.words import pick


def _row(request: HttpRequest, word: str) -> Project:
    row = get_object_or_404(Project.objects.select_related("unit", "pilot"), word=word)
    projecting.demand_sight(request.user, row)
    return row


@guard("pilots.see")
@require_GET
def listed(request: HttpRequest) -> HttpResponse:
    """The projects that a person sees, the slow ones first."""
    rows = looking.project_lines(projecting.seen_by(request.user), today())
    edits = bool(may(request.user, "projects.edit")) or bool(may(request.user, "projects.grant"))
    return page(request, "projects", "projects", rows=rows, edits=edits, sums=looking.sums(rows))


@guard("pilots.see")
def new(request: HttpRequest) -> HttpResponse:
    """Register a project."""
    own = units_of(request.user, "projects.edit")
    places = places_of(request.user, "projects.grant")
    if not own and not places:
        demand(request.user, "projects.edit")
    offered = {each.pk: each for each in (*own, *(Organisation.objects.filter(region__in=places) if places else ()))}
    status, sent = 200, request.POST
    if request.method == "POST":
        try:
            unit = offered.get(whole(sent.get("unit")))
            if unit is None:
                raise Http404(pick("没有这个单位", "No such unit"))
            row = projecting.new_project(
                request.user,
                word=sent.get("word", ""),
                title=sent.get("title", ""),
                kind=sent.get("kind", ""),
                region=sent.get("region", ""),
                unit=unit,
                starts=day_of(pick("开工日", "Start"), sent.get("starts", "")),
                ends=day_of(pick("完工日", "End"), sent.get("ends", "")),
                basis=sent.get("basis", ""),
                about=sent.get("about", ""),
                pilot=Pilot.objects.filter(word=sent.get("pilot", "")).first(),
                indicators=[each for each in sent.getlist("indicators") if each in piloting.INDICATORS],
                before=sent.get("before", "").strip(),
                after=sent.get("after", "").strip(),
            )
        except YangbanError as problem:
            refused(request, problem)
            status = 422
        else:
            return redirect("pilots:project", word=row.word)
    codes = [*places, *(each.region for each in own)]
    return page(
        request, "project_new", "projects", status=status, sent=sent, units=list(offered.values()), places=places_below(codes),
        kinds=Project._meta.get_field("kind").choices, pilots=Pilot.objects.all(), indicators=looking.indicator_choices(),
    )  # fmt: skip


@guard("pilots.see")
@require_GET
def project(request: HttpRequest, word: str) -> HttpResponse:
    """One project: money, work and time, what is slow, where it lies, how it looked, and the Figures before and after."""
    row = _row(request, word)
    context = looking.project_page(row, today())
    grants = bool(may(request.user, "projects.grant", region=row.region))
    return page(
        request, "project", "projects", row=row, edits=projecting.may_edit(request.user, row), grants=grants,
        stages=ProjectPhoto._meta.get_field("stage").choices, **context,
    )  # fmt: skip


@guard("pilots.see")
@require_POST
def act(request: HttpRequest, word: str, what: str) -> HttpResponse:
    """Add money, a milestone, a shape, a photo or a task, say that a milestone is done, or show the project to everyone."""
    row = _row(request, word)
    sent, user = request.POST, request.user
    done = pick("已登记", "Kept")
    try:
        if what == "money":
            projecting.add_money(
                user, row, kind=sent.get("kind", ""), amount=number_of(pick("金额", "Amount"), sent.get("amount", "")),
                day=day_of(pick("日期", "Day"), sent.get("day", "")), source=sent.get("source", ""),
            )  # fmt: skip
        elif what == "milestone":
            weight = number_of(pick("权重", "Weight"), sent.get("weight", "")) or Decimal(1)
            projecting.add_milestone(
                user, row, name=sent.get("name", ""), due=day_of(pick("期限", "Due"), sent.get("due", "")), weight=weight
            )
        elif what == "done":
            day = day_of(pick("完成日", "Done"), sent.get("day", ""))
            projecting.finish(user, row, whole(sent.get("milestone")), day=day, note=sent.get("note", ""))
        elif what == "shape":
            _, notes = projecting.add_shape(user, row, _upload(request))
            done = "；".join((done, *notes))
        elif what == "photo":
            projecting.add_photo(
                user, row, _upload(request), stage=sent.get("stage", ""), caption=sent.get("caption", ""),
                taken=day_of(pick("拍摄日", "Taken"), sent.get("taken", "")),
                longitude=number_of(pick("经度", "Longitude"), sent.get("longitude", "")),
                latitude=number_of(pick("纬度", "Latitude"), sent.get("latitude", "")), ask=sent.get("ask") == "1",
            )  # fmt: skip
        elif what == "task":
            projecting.link_task(user, row, sent.get("number", ""))
        elif what == "public":
            projecting.show(user, row, sent.get("public") == "1")
        else:
            raise Http404(what)
    except YangbanError as problem:
        refused(request, problem)
    else:
        messages.success(request, done)
    return redirect("pilots:project", word=word)


def _upload(request: HttpRequest) -> object:
    upload = request.FILES.get("file")
    if upload is None:
        raise NotAllowed("facts", pick("请选择文件", "Choose a file"))
    return upload


@guard("pilots.see")
@require_GET
def photo(request: HttpRequest, word: str, digest: str) -> HttpResponse:
    """One photo as it was handed in, as a download."""
    row = _row(request, word)
    held = get_object_or_404(ProjectPhoto, project=row, digest=digest)
    content = files.opened(held.digest)
    if content is None:
        raise Http404(pick("文件不在了，请告诉管理员", "The file is gone; tell the administrator"))
    return FileResponse(content, as_attachment=True, filename=held.name, content_type="application/octet-stream")
