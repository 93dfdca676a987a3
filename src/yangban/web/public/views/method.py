"""Where numbers come from: the documents of the book, and how a single number was computed."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse

from yangban.web.accounts.permissions import public
from yangban.web.public import explaining, names, selectors, told
from yangban.web.public.cache import kept
from yangban.web.public.models import PublishedFigure, PublishedRelease
from yangban.web.public.views.frame import no_page, pinned, show
from yangban.web.words import pick


@public
@kept
def method(request: HttpRequest, number: int | None = None) -> HttpResponse:
    """The documents behind the numbers, with dates and how sure each is, and the way from a reading to a result."""
    release = selectors.newest() if number is None else pinned(number)
    if release is None:
        return no_page(request, "method", pick("还没有公开的发布。", "Nothing has been released yet."))
    documents = list(selectors.summaries(release, "document").values())
    for each in documents:
        each["count"] = len(each["rules"])
        each["open"] = sum(1 for rule in each["rules"] if rule["unverified"])
    return show(
        request, "method", "method", None, release=release, pinned=number, documents=documents,
        editions=list(selectors.summaries(release, "edition").values()),
    )  # fmt: skip


@public
@kept
def document(request: HttpRequest, document: str, number: int | None = None) -> HttpResponse:
    """One document: every rule with its clause, value and how sure it is."""
    release = selectors.newest() if number is None else pinned(number)
    found = None if release is None else selectors.summary(release, "document", document)
    if found is None:
        raise Http404(pick(f"这一号发布的结果不依据 {document}；所依文件见“方法”。", f"No result of this release leans on {document}."))
    return show(request, "document", "method", None, release=release, pinned=number, document=found)


@public
@kept
def how(request: HttpRequest, number: int, indicator: str, subject: str, period: str) -> HttpResponse:
    """How a number was computed: its record, documents, counts, rules not yet verified, and the released numbers that stand under it."""
    release, figure, others = _figure(request, number, indicator, subject, period)
    spec = names.spec_of(indicator)
    return show(
        request, "how", "method", None, release=release, figure=figure, others=others, spec=spec, subject=subject, period=period,
        documents=_documents(release, figure), unverified=_rules(release, figure), under=selectors.under(figure),
        can_walk=explaining.can_walk(figure), correction=release.correction(), told=told.of(figure), more=told.page(figure),
    )  # fmt: skip


@public
def chain(request: HttpRequest, number: int, indicator: str, subject: str, period: str) -> HttpResponse:
    """The same number walked down to hours, files and lines, where the readings are still those of the release."""
    release, figure, _ = _figure(request, number, indicator, subject, period)
    if not explaining.can_walk(figure):
        raise Http404(
            pick("这个数由下一级的数算出，请从“怎么算出来的”一级一级往下看。", "This number is made from those below it; follow them down.")
        )
    content = explaining.walked(figure)
    answer = show(request, "chain", "method", None, release=release, figure=figure, content=content, subject=subject, period=period)
    if content.get("later"):
        answer.status_code = 503
        answer["Retry-After"] = "30"
    return answer


def _figure(
    request: HttpRequest, number: int, indicator: str, subject: str, period: str
) -> tuple[PublishedRelease, PublishedFigure, list[PublishedFigure]]:
    release = pinned(number)
    found = selectors.one(release, indicator=indicator, subject=subject, period=period)
    asked = {name: request.GET.get(name, "") for name in ("edition", "scope", "basis")}
    fit = [each for each in found if all(not value or getattr(each, name) == value for name, value in asked.items())]
    if not fit:
        raise Http404(pick(f"第 {release.name} 号发布里没有这个数。", f"Release {release.name} has no such number."))
    return release, fit[0], [each for each in found if each.pk != fit[0].pk]


def _documents(release: PublishedRelease, figure: PublishedFigure) -> list[dict[str, Any]]:
    held = selectors.summaries(release, "document", figure.roots.documents)
    return [held[each] for each in figure.roots.documents if each in held]


def _rules(release: PublishedRelease, figure: PublishedFigure) -> list[dict[str, Any]]:
    """The rules behind the number that have not been read in the official text."""
    documents = selectors.summaries(release, "document", sorted({each.split(":")[0] for each in figure.roots.unverified}))
    found = []
    for each in figure.roots.unverified:
        name, _, key = each.partition(":")
        rule = next((r for r in documents.get(name, {}).get("rules", []) if r["key"] == key), None)
        found.append({"id": each, "document": name, "rule": rule})
    return found
