"""What everyone may read: who holds which title, the pilots, notices to which one may object, and projects."""

from __future__ import annotations

from django.conf import settings
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from yangban.base.errors import YangbanError
from yangban.web.accounts.models import today
from yangban.web.accounts.permissions import public
from yangban.web.pilots import comparing, looking, naming, objecting, piloting, shown
from yangban.web.pilots.models import Application, Pilot, Project, ProjectPhoto
from yangban.web.plans import files
from yangban.web.public.limits import allowed, sender
from yangban.web.words import pick

_AN_HOUR = 3600
_OBJECTIONS_OF_ONE = 5
_OBJECTIONS_OF_ALL = 200


def _page(request: HttpRequest, name: str, *, status: int = 200, section: str = "pilots", **context: object) -> HttpResponse:
    return render(request, f"pilots/public/{name}.html", {"section": section, "day": today(), **context}, status=status)


@public
@require_GET
def titles(request: HttpRequest) -> HttpResponse:
    """Titles by family and on the map, notices that are open, and the pilots."""
    held = naming.families()
    notices = Application.objects.filter(state="public_notice", notice_until__gte=today()).order_by("notice_until")
    return _page(
        request, "titles", families=held, drawn=naming.drawn(held), notices=shown.told(notices),
        pilots=Pilot.objects.filter(public=True), region=settings.REGION,
    )  # fmt: skip


@public
@require_GET
def pilot(request: HttpRequest, word: str) -> HttpResponse:
    """One pilot: what it wants, who supports it with what and whether it was used, how it changed beside other places."""
    row = get_object_or_404(Pilot, word=word, public=True)
    policies, tally = piloting.support(row, today())
    projects = looking.project_lines(row.projects.filter(public=True), today())
    return _page(request, "pilot", row=row, policies=policies, tally=tally, projects=projects, **comparing.for_page(request.GET, row))


@public
@never_cache
def notice(request: HttpRequest, number: str) -> HttpResponse:
    """An application as everyone may see it; while its notice is open one may object."""
    row = get_object_or_404(Application.objects.select_related("applicant", "edition"), number=number, state__in=objecting.PUBLIC)
    context = {**objecting.notice_page(row), "sent": request.POST, "taken": False, "problem": ""}
    if request.method != "POST":
        return _page(request, "notice", row=row, **context)
    if request.POST.get("website"):
        # A program filled what people do not see; it is told nothing that would help it.
        return _page(request, "notice", row=row, **{**context, "taken": True})
    if not allowed("objections", sender(request), most=_OBJECTIONS_OF_ONE, seconds=_AN_HOUR) or not allowed(
        "objections", "all", most=_OBJECTIONS_OF_ALL, seconds=_AN_HOUR
    ):
        text = pick("提交过于频繁，请一小时后再试；内容还在下面。", "Too many; try again in an hour. Your text is kept below.")
        return _page(request, "notice", status=429, row=row, **{**context, "problem": text})
    try:
        objecting.object_to(row, request.POST.get("text", ""), request.POST.get("contact", ""))
    except YangbanError as problem:
        return _page(request, "notice", status=422, row=row, **{**context, "problem": str(problem)})
    return _page(request, "notice", row=row, **{**context, "taken": True})


@public
@require_GET
def projects(request: HttpRequest) -> HttpResponse:
    """The projects that an office chose to show."""
    rows = looking.project_lines(Project.objects.filter(public=True).select_related("unit"), today())
    return _page(request, "projects", section="projects", rows=rows, sums=looking.sums(rows))


@public
@require_GET
def project(request: HttpRequest, word: str) -> HttpResponse:
    """One project."""
    row = get_object_or_404(Project.objects.select_related("unit", "pilot"), word=word, public=True)
    return _page(request, "project", section="projects", row=row, **looking.project_page(row, today()))


@public
@require_GET
def photo(_request: HttpRequest, word: str, digest: str) -> HttpResponse:
    """A photo of a public project: a copy that carries nothing but the picture."""
    held = get_object_or_404(ProjectPhoto, project__word=word, project__public=True, copy=digest)
    content = files.opened(held.copy)
    if content is None:
        raise Http404(pick("照片不在了", "The photo is gone"))
    answer = FileResponse(content, content_type="image/jpeg")
    answer["Cache-Control"] = "public, max-age=86400"
    return answer
