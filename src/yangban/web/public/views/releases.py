"""Releases, their bulletins and their data files."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from django.conf import settings
from django.http import FileResponse, Http404, HttpRequest, HttpResponse

from yangban.web.accounts.permissions import public
from yangban.web.public import selectors
from yangban.web.public.cache import kept
from yangban.web.public.files import DOCUMENT_FORMS, handed_out
from yangban.web.public.models import PublishedFile, PublishedRelease
from yangban.web.public.views.frame import pinned, show
from yangban.web.words import pick


@public
@kept
def releases(request: HttpRequest) -> HttpResponse:
    """Every release that the public may see, newest first."""
    rows = list(PublishedRelease.objects.visible().select_related("corrects").prefetch_related("corrections"))
    return show(request, "releases", "data", None, rows=rows)


@public
@kept
def release(request: HttpRequest, number: int) -> HttpResponse:
    """One release: number, digest, inputs, what changed, corrections, files."""
    row = pinned(number)
    labels = selectors.spans(row)
    return show(
        request, "release", "data", None, release=row, correction=row.correction(),
        years=[each for each in labels if len(each) == 4], months=sum(1 for each in labels if len(each) == 7 and each[5:].isdigit()),
        days=sum(1 for each in labels if len(each) == 10),
        kinds=_kinds(row),
        files=list(selectors.files(row, kind=PublishedFile.Kind.DATA)),
        bulletins=list(selectors.files(row, kind=PublishedFile.Kind.BULLETIN).filter(format="html")),
        changes=None if row.corrects_id is None else selectors.summary(row, "changes", f"{row.corrects_id:04d}"),
        documents=selectors.summaries(row, "document"),
    )  # fmt: skip


def _kinds(row: PublishedRelease) -> dict[str, int]:
    """How many subjects of each kind a release is about."""
    found: dict[str, int] = defaultdict(int)
    for code in row.subjects:
        found[code.split(":")[0] if ":" in code else "region"] += 1
    return dict(found)


# ------------------------------------------------------------------------------------------------------------------------- bulletins


@public
@kept
def bulletins(request: HttpRequest) -> HttpResponse:
    """Bulletins of all releases, newest first; of one period the newest release stands first."""
    groups: dict[tuple[int, str, str], dict[str, Any]] = {}
    for each in selectors.files(kind=PublishedFile.Kind.BULLETIN):
        key = (each.release_id, each.word, each.period)
        row = groups.setdefault(key, {"title": each.title, "period": each.period, "word": each.word, "release": each.release, "files": {}})
        row["files"][each.format] = each
    rows = sorted(groups.values(), key=lambda row: (row["period"], row["release"].number), reverse=True)
    newest: dict[tuple[str, str], int] = {}
    for row in rows:
        newest.setdefault((row["word"], row["period"]), row["release"].number)
        row["old"] = newest[row["word"], row["period"]] != row["release"].number
    yearly = [row for row in rows if len(row["period"]) == 4]
    monthly = [row for row in rows if len(row["period"]) != 4]
    return show(request, "bulletins", "bulletins", None, yearly=yearly, monthly=monthly, forms=DOCUMENT_FORMS, release=selectors.newest())


@public
@kept
def bulletin(request: HttpRequest, number: int, name: str) -> HttpResponse:
    """A bulletin in the frame of the site."""
    row = pinned(number)
    content = selectors.summary(row, "bulletin", name)
    if content is None:
        raise Http404(pick("这一号发布没有这份公报，或公报还在生成。", "This release has no such bulletin, or it is still being written."))
    files = {each.format: each for each in row.files.filter(path__startswith=f"releases/{row.name}/bulletins/{name}.")}
    return show(request, "bulletin", "bulletins", None, release=row, correction=row.correction(), bulletin=content, files=files, name=name)


@public
def file(_request: HttpRequest, number: int, path: str) -> FileResponse:
    """A document or data file, to be kept."""
    return handed_out(pinned(number), path)


# ---------------------------------------------------------------------------------------------------------------------------- open data


@public
@kept
def data(request: HttpRequest) -> HttpResponse:
    """Open data of the newest release: files, licence, fields, and how programs ask."""
    newest = selectors.newest()
    files = [] if newest is None else list(selectors.files(newest, kind=PublishedFile.Kind.DATA))
    others = [] if newest is None else list(PublishedRelease.objects.visible().exclude(pk=newest.pk)[:20])
    return show(
        request, "data", "data", None, release=newest, files=files, others=others, fields=selectors.fields(), licence=settings.DATA_LICENCE,
        publisher=settings.PUBLISHER,
    )  # fmt: skip
