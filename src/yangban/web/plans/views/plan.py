"""Plans: read, taken over from a table after a look, amended with both versions kept, and shown to everyone where the office chooses so."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_POST

from yangban.base.errors import UsageError, YangbanError
from yangban.publish.plan_documents import plan_word, plan_workbook
from yangban.web.accounts.models import today
from yangban.web.accounts.permissions import guard, public
from yangban.web.plans import acts, documents, issuing, open_plans
from yangban.web.plans.models import PlanDocument, PlanVersion, Task
from yangban.web.plans.office import office_post
from yangban.web.plans.views.desk import _page
from yangban.web.plans.views.office import EXCEL, WORD, handed_out
from yangban.web.words import pick


@guard("tasks.see")
@require_GET
def listed(request: HttpRequest) -> HttpResponse:
    """The documents of the "1+1+N", by tier."""
    rows = list(PlanDocument.objects.all())
    tiers = [(name, [row for row in rows if row.tier == tier]) for tier, name in documents.TIERS.items()]
    edits = any(post.role == "office" for post in request.user.current_memberships())
    context = {"tiers": tiers, "tab": "plans", "edits": edits, "year": today().year, "indicators": open_plans.by_word()}
    return _page(request, "plans", context)


@guard("tasks.see")
def one(request: HttpRequest, word: str) -> HttpResponse:
    """One plan: its items with the tasks that serve them, its versions, and the form of an amendment."""
    held = get_object_or_404(PlanDocument, word=word)
    version = _version(held, request.GET.get("version", ""))
    document = documents.document_of(version)
    context = {
        "held": held,
        "document": document,
        "lines": open_plans.lines(held, document),
        "versions": list(held.versions.all()),
        "tab": "plans",
        "edits": any(post.role == "office" for post in request.user.current_memberships()),
        "kinds": documents.KINDS,
        "tasks": Task.objects.filter(plan=word).count(),
        "look": None,
    }
    if request.method == "POST":
        return _taken(
            request,
            context,
            lambda: documents.next_version(
                held, reason=request.POST.get("reason", ""), effective=acts.day_of("施行日期", request.POST.get("effective", ""))
            ),
        )
    return _page(request, "plan", context)


def _version(held: PlanDocument, asked: str) -> PlanVersion:
    found = held.versions.filter(version=int(asked)).first() if asked.isascii() and asked.isdigit() and len(asked) < 5 else None
    return found or held.versions.get(version=held.version)


_FORMS = {"xlsx": (plan_workbook, EXCEL), "docx": (plan_word, WORD)}
"""In which a plan goes out and comes in again."""


@guard("tasks.see")
@require_GET
def export(request: HttpRequest, word: str, form: str) -> HttpResponse:
    """A version of a plan as the table that can be read in again."""
    held = get_object_or_404(PlanDocument, word=word)
    version = _version(held, request.GET.get("version", ""))
    write, kind = _FORMS[form]
    return handed_out(write(documents.document_of(version)), f"{held.title} 第{version.version}版.{form}", kind)


@guard("plans.edit")
@require_GET
def template(_request: HttpRequest, form: str) -> HttpResponse:
    """The empty table of a plan."""
    write, kind = _FORMS[form]
    return handed_out(write(), f"规划任务表模板.{form}", kind)


def _year(request: HttpRequest) -> int:
    text = request.GET.get("year", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) == 4 else today().year


@guard("tasks.see")
@require_GET
def yearly(request: HttpRequest) -> HttpResponse:
    """The year's major tasks, measures and projects, drawn from all plans, with the tasks that were issued for them."""
    year = _year(request)
    kinds = [(name, open_plans.of_year(year, kind)) for kind, name in documents.KINDS.items() if kind != "goal"]
    return _page(request, "yearly", {"year": year, "kinds": kinds, "before": year - 1, "after": year + 1, "tab": "plans"})


@guard("tasks.see")
@require_GET
def yearly_table(request: HttpRequest) -> HttpResponse:
    """The same as the workbook by which a list is issued: what is not known yet stays empty, to be filled before it is read in."""
    year = _year(request)
    lines = [line for kind in documents.KINDS if kind != "goal" for line in open_plans.of_year(year, kind)]
    return handed_out(issuing.yearly_book(year, lines), f"{year}年重大任务举措工程清单.xlsx", EXCEL)


@guard("plans.edit")
def new(request: HttpRequest) -> HttpResponse:
    """A new plan from a table."""
    context = {"held": None, "tab": "plans", "edits": True, "kinds": documents.KINDS, "tiers": documents.TIERS, "look": None}
    if request.method != "POST":
        return _page(request, "plan_new", context)
    sent = request.POST

    def head() -> documents.Document:
        office = office_post(request.user)
        if not sent.get("title", "").strip() or not sent.get("id", "").strip():
            raise UsageError(pick("请填写名称和简写", "Give a title and a short word"))
        return documents.Document(
            id=sent["id"].strip(),
            tier=sent.get("tier", ""),
            title=sent["title"].strip(),
            subject=office.region,
            number=sent.get("number", ""),
            issuer=sent.get("issuer", ""),
            issued=acts.day_of("印发日期", sent.get("issued", "")),
            effective=acts.day_of("施行日期", sent.get("effective", "")),
            source=sent.get("source", "").strip() or office.name,
        )

    return _taken(request, context, head, name="plan_new")


def _taken(request: HttpRequest, context: dict, head: object, *, name: str = "plan") -> HttpResponse:
    try:
        if "confirm" in request.POST:
            held = documents.adopt(request.user, documents.unpack(request.POST["packed"]))
            messages.success(request, pick(f"《{held.title}》第 {held.version} 版已采用", "The plan is kept"))
            return redirect("plans:plan", word=held.word)
        upload = request.FILES.get("file")
        if upload is None:
            raise UsageError(pick("请选择文件（Excel、Word 或 CSV）", "Choose a file"))
        document, rows = head(), documents.read(upload)  # type: ignore[operator]
        look = documents.look(document, rows)
    except YangbanError as problem:
        messages.error(request, str(problem))
        return _page(request, name, context, status=422)
    packed = "" if look.problems else documents.pack(document, rows)
    return _page(request, name, {**context, "look": look, "packed": packed}, status=422 if look.problems else 200)


@guard("plans.edit")
@require_POST
def publish(request: HttpRequest, word: str) -> HttpResponse:
    """Show a plan's progress to everyone, or no longer."""
    held = get_object_or_404(PlanDocument, word=word)
    documents.show(request.user, held, request.POST.get("public") == "1")
    return redirect("plans:plan", word=word)


@public
@require_GET
def progress(request: HttpRequest) -> HttpResponse:
    """What everyone may see: the progress of the chosen plans."""
    plans = open_plans.public_plans(today())
    return render(request, "plans/progress.html", {"section": "progress", "plans": plans, "day": today(), "region": settings.REGION})
