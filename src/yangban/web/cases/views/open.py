"""The library as everyone reads it: list and search, one case, its pictures."""

from __future__ import annotations

from typing import Final

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from yangban.govern.cases import SECTIONS
from yangban.web.accounts.models import today
from yangban.web.accounts.permissions import public
from yangban.web.cases import files, library, reading
from yangban.web.cases.models import Case, CaseCall, Picture
from yangban.web.public.limits import allowed, sender
from yangban.web.public.names import place_name
from yangban.web.words import pick

_PER_PAGE: Final = 12
_QUESTION: Final = 100
_SEARCHES: Final = 60
"""Searches a minute from one address."""


@public
@require_GET
def listed(request: HttpRequest) -> HttpResponse:
    """Published cases, searched by words, narrowed by tag and place."""
    question = request.GET.get("q", "").strip()[:_QUESTION]
    if question and not allowed("search", sender(request), most=_SEARCHES, seconds=60):
        told = pick("查找过于频繁，请一分钟后再试", "Asked too often; try again in a minute")
        return HttpResponse(told, status=429, content_type="text/plain; charset=utf-8")
    tag, place = request.GET.get("tag", "")[:20], request.GET.get("place", "")[:12]
    page = Paginator(reading.chosen(question, tag=tag, place=place), _PER_PAGE).get_page(request.GET.get("page"))
    query = request.GET.copy()
    query.pop("page", None)
    calls = CaseCall.objects.filter(public=True, opens__lte=today(), deadline__gte=today()).select_related("organisation")
    context = {
        "section": "cases", "q": question, "tag": tag, "place": place, "rows": page, "keep": query.urlencode(),
        "hits": reading.hits(page.object_list, question), "tags": reading.tags(), "places": reading.places(),
        "place_name": place_name(place) if place else "", "calls": calls, "total": reading.published().count(),
        "any_demo": any(row.demo for row in page.object_list),
    }  # fmt: skip
    return render(request, "cases/list.html", context)


def sections(version: object) -> list[tuple[str, str, str]]:
    """The parts of a text with their names: key, name, text."""
    return [(key, pick(zh, en), getattr(version, key)) for key, (zh, en, *_) in SECTIONS.items()]


@public
@require_GET
def one(request: HttpRequest, number: str) -> HttpResponse:
    """One case; of a withdrawn one that it was withdrawn, and why."""
    row = reading.published().filter(number=number).first()
    if row is None:
        gone = Case.objects.filter(number=number, state="withdrawn").first()
        if gone is None:
            raise Http404(pick("没有这个案例", "There is no such case"))
        return render(request, "cases/gone.html", {"section": "cases", "row": gone}, status=410)
    context = {
        "section": "cases", "row": row, "version": row.shown, "parts": sections(row.shown), "beside": reading.figures_of(row.shown),
        "reuses": row.reuses.select_related("organisation"), "related": reading.related(row), "place_name": place_name(row.region),
        "synthetic": any(each.row is not None and each.row.synthetic for each in reading.figures_of(row.shown)),
    }  # fmt: skip
    return render(request, "cases/case.html", context)


@public
@require_GET
def picture(request: HttpRequest, digest: str, size: str) -> HttpResponse:
    """A picture: of a published version for everyone, else for those who may see the case."""
    rows = list(Picture.objects.filter(digest=digest).select_related("case__shown", "case__organisation"))
    shown = [row for row in rows if row.case.state == "published" and any(p["digest"] == digest for p in row.case.shown.pictures)]
    # Whoever may not see it is not told that it is there.
    content = files.picture_bytes(digest, size) if shown or any(library.may_see(request.user, row.case) for row in rows) else None
    if content is None:
        raise Http404(pick("没有这张图片", "There is no such picture"))
    answer = HttpResponse(content, content_type="image/jpeg")
    answer["Cache-Control"] = "public, max-age=86400" if shown else "private, no-store"
    answer["ETag"] = f'"{digest[:24]}-{size}"'
    return answer
