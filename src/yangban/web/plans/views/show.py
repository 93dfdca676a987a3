"""List, board, matrix, map and tree of tasks; an address says what is shown, and that is how a view is kept and shared."""

from __future__ import annotations

from urllib.parse import urlencode

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from yangban.base.errors import YangbanError
from yangban.web.accounts.models import today
from yangban.web.accounts.permissions import guard
from yangban.web.plans import acts, issuing, looking, mapping, saved, work
from yangban.web.plans.views.desk import _page
from yangban.web.plans.views.office import EXCEL, handed_out
from yangban.web.words import pick


def _asked(request: HttpRequest) -> dict[str, str]:
    return {key: request.GET[key] for key in looking.FILTERS if request.GET.get(key)}


def _number(request: HttpRequest) -> int:
    text = request.GET.get("page", "")
    return max(1, int(text)) if text.isascii() and text.isdigit() and len(text) < 7 else 1


def _context(request: HttpRequest, tab: str) -> dict[str, object]:
    asked = _asked(request)
    query = request.GET.copy()
    query.pop("page", None)
    offered = [(key, asked.get(key, ""), choices) for key, choices in looking.choices().items()]
    more = [(key, request.GET[key]) for key in ("workflow", "region", "by") if request.GET.get(key)]
    return {
        "asked": asked, "offered": offered, "query": query.urlencode(), "tab": tab, "day": today(), "view": tab, "more_asked": more,
        "saved": saved.shown_to(request.user), "units": saved.units_of(request.user),
        "kept": urlencode(asked),
    }  # fmt: skip


@guard("tasks.see")
@require_POST
def keep(request: HttpRequest) -> HttpResponse:
    """Keep the view under a name, or drop one."""
    sent = request.POST
    page = sent.get("page") if sent.get("page") in saved.PAGES else "list"
    query = saved.query_of(sent.get("query", ""))
    try:
        if "drop" in sent:
            saved.drop(request.user, acts.key_of(sent["drop"]))
            messages.success(request, pick("已删去", "Dropped"))
        else:
            share = next((each for each in saved.units_of(request.user) if str(each.pk) == sent.get("share")), None)
            made = saved.keep(request.user, name=sent.get("name", ""), page=page, query=query, share=share)
            messages.success(request, pick(f"视图“{made.name}”已保存", f"The view {made.name} is kept"))
    except YangbanError as problem:
        messages.error(request, str(problem))
    return redirect(reverse(f"plans:{page}") + (f"?{query}" if query else ""))


@guard("tasks.see")
@require_GET
def listed(request: HttpRequest) -> HttpResponse:
    """The list."""
    rows = looking.chosen(request.user, _asked(request), day=today()).defer("body")
    page = Paginator(rows, 50).get_page(request.GET.get("page"))
    return _page(request, "list", {**_context(request, "list"), "page": page, "rows": work.state_words(page.object_list)})


@guard("tasks.see")
@require_GET
def export(request: HttpRequest) -> HttpResponse:
    """The list as a workbook, of at most 5000 tasks."""
    rows = looking.chosen(request.user, _asked(request), day=today())[:5000]
    return handed_out(issuing.export(rows.iterator(chunk_size=500)), pick("任务清单.xlsx", "tasks.xlsx"), EXCEL)


@guard("tasks.see")
@require_GET
def board(request: HttpRequest) -> HttpResponse:
    """The board of a workflow."""
    workflow = "rectification" if request.GET.get("workflow") == "rectification" else "yearly"
    columns = looking.board(looking.chosen(request.user, _asked(request), day=today()), workflow=workflow)
    return _page(request, "board", {**_context(request, "board"), "columns": columns, "workflow": workflow})


@guard("tasks.see")
@require_GET
def matrix(request: HttpRequest) -> HttpResponse:
    """Departments by tasks."""
    number = _number(request)
    rows = looking.chosen(request.user, _asked(request), day=today())
    items, lines, total = looking.matrix(rows, today(), at=(number - 1) * 30)
    return _page(
        request, "matrix", {**_context(request, "matrix"), "items": items, "lines": lines, "number": number, "more": number * 30 < total}
    )


@guard("tasks.see")
@require_GET
def county_map(request: HttpRequest) -> HttpResponse:
    """Cities or counties by how their tasks stand, on the map that may be shown, with the same as a table."""
    region = mapping.region_for(request.user, request.GET.get("region", ""))
    level = "city" if request.GET.get("by") == "city" else "county"
    cells = looking.by_place(looking.chosen(request.user, _asked(request), day=today()), today(), level=level, region=region)
    drawn = mapping.drawn(region, level, cells)
    return _page(request, "map", {**_context(request, "map"), "drawn": drawn, "region": region, "by": level})


@guard("tasks.see")
@require_GET
def tree(request: HttpRequest) -> HttpResponse:
    """The tasks at the top with what stands beneath them."""
    number = _number(request)
    nodes, total = looking.tree(looking.chosen(request.user, _asked(request), day=today()), today(), at=(number - 1) * 20)
    return _page(
        request, "tree", {**_context(request, "tree"), "nodes": nodes, "total": total, "number": number, "more": number * 20 < total}
    )
