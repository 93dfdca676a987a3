"""The operator's desk: review queue, questions, what-if, settlement, goods, orders, codes; and an institution's page about itself."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import segno
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import mark_safe
from django.views.decorators.cache import never_cache

from yangban.base.errors import UsageError
from yangban.points.schemes import start_of
from yangban.web.accounts import audit
from yangban.web.accounts.models import User
from yangban.web.accounts.permissions import demand, guard, holds
from yangban.web.desk.pages import attempt, page
from yangban.web.jobs.models import Job
from yangban.web.points import clock, earning, forms, importing, posting, selectors, shop, versions
from yangban.web.points.models import CheckPoint, Good, LedgerChain, Order, Program, Question, Review
from yangban.web.words import pick


def program_of(request: HttpRequest, action: str = "points.run") -> Program:
    """The scheme that the person's own organisation runs."""
    own = [each.organisation_id for each in request.user.current_memberships() if holds(each, action)]
    rows = Program.objects.select_related("organisation").filter(organisation__in=own)
    found = rows.exclude(state=Program.State.SEALED).order_by("pk").first() or rows.order_by("-pk").first()
    if found is None:
        raise Http404(pick("贵单位没有运行积分方案", "Your organisation runs no scheme of points"))
    return found


def desk_page(request: HttpRequest, template: str, section: str, program: Program, **context: Any) -> HttpResponse:
    """A page of the operator's desk."""
    return page(request, f"points/desk/{template}.html", section, program=program, scheme=earning.scheme_of(program), **context)


@guard("points.run")
@never_cache
def home(request: HttpRequest) -> HttpResponse:
    """What is to be done, and where the books stand."""
    program = program_of(request)
    scheme, now = earning.scheme_of(program), clock.now()
    found = earning.totals(program)
    context: dict[str, Any] = {
        "sums": {name: selectors.shown(found[name], scheme) for name in ("issued", "with_members", "held", "spent", "expired")},
        "found": found,
        "open": Review.objects.filter(award__scheme=program.scheme, state=Review.State.OPEN).count(),
        "appealed": Review.objects.filter(award__scheme=program.scheme, state=Review.State.APPEALED).count(),
        "asked": Question.objects.filter(operation__scheme=program.scheme, answered_at=None).count(),
        "late": Question.objects.filter(operation__scheme=program.scheme, answered_at=None, due_on__lt=timezone.localdate()).count(),
        "ordered": Order.objects.filter(good__scheme=program.scheme, state=Order.State.HELD).count(),
        "chains": LedgerChain.objects.filter(scheme=program.scheme).order_by("name"),
        "budget": None if scheme.budget is None else f"{scheme.budget:f}",
        "changes": versions.waiting(program),
    }
    if program.fen_per_point is not None:
        owed = shop.outstanding(program, now)
        context["liability"] = {
            "points": selectors.shown(owed.units, scheme), "yuan": yuan(owed.most_fen),
            "months": [
                {"month": each.month, "points": selectors.shown(each.units + each.held, scheme), "yuan": yuan(each.most_fen)}
                for each in owed.by_month
            ],
        }  # fmt: skip
    return desk_page(request, "home", "points", program, **context)


def yuan(fen: int) -> str:
    """Fen as yuan."""
    return f"{Decimal(fen).scaleb(-2):.2f}"


@guard("points.review")
@never_cache
def reviews(request: HttpRequest) -> HttpResponse:
    """Held awards with the reason, and appeals; a decision needs a reason, an appeal another person."""
    program = program_of(request, "points.review")
    if request.method == "POST":
        row = get_object_or_404(Review.objects.select_related("award"), pk=request.POST.get("review"), award__scheme=program.scheme)
        form = forms.Decision(request.POST)
        if form.is_valid():
            decide = earning.decide_appeal if row.state == Review.State.APPEALED else earning.decide
            said = form.cleaned_data
            attempt(request, lambda: decide(request.user, row, accept=said["accept"] == "yes", words=said["text"]), pick("已保存", "Saved"))
        else:
            messages.error(request, pick("请写明理由", "Give a reason"))
        return HttpResponseRedirect(request.path)
    scheme = earning.scheme_of(program)
    waiting = Review.objects.filter(award__scheme=program.scheme, state__in=(Review.State.OPEN, Review.State.APPEALED))
    found = [
        {
            "row": each, "what": selectors.name_of(scheme, each.award.event.behaviour),
            "points": selectors.shown(each.award.units or 0, scheme), "form": forms.Decision(auto_id=f"r{each.pk}-%s"),
            "own": each.state == Review.State.APPEALED and each.decided_by_id == request.user.pk,
        }
        for each in waiting.select_related("award__event__member", "decided_by").order_by("opened_at")[:100]
    ]  # fmt: skip
    return desk_page(request, "reviews", "points-reviews", program, reviews=found)


@guard("points.run")
@never_cache
def questions(request: HttpRequest) -> HttpResponse:
    """Questions of members about lines of their books, the first to be due first."""
    program = program_of(request)
    if request.method == "POST":
        row = get_object_or_404(Question, pk=request.POST.get("question"), operation__scheme=program.scheme, answered_at=None)
        form = forms.Words(request.POST)
        if form.is_valid():
            attempt(request, lambda: answer(request.user, program, row, form.cleaned_data["text"]), pick("已保存", "Saved"))
        return HttpResponseRedirect(request.path)
    rows = Question.objects.filter(operation__scheme=program.scheme, answered_at=None).select_related("operation", "member")
    found = [{"row": each, "form": forms.Words(auto_id=f"q{each.pk}-%s")} for each in rows.order_by("due_on", "pk")[:100]]
    return desk_page(request, "questions", "points-questions", program, questions=found, today=timezone.localdate())


def answer(user: User, program: Program, row: Question, words: str) -> None:
    """Answer a question."""

    def work() -> None:
        demand(user, "points.run", organisation=program.organisation_id)
        row.answer, row.answered_by, row.answered_at = words, user, clock.now()
        row.save(update_fields=("answer", "answered_by", "answered_at"))
        audit.record(user, "points.answered", f"question:{row.pk}")

    posting.run(work)


@guard("points.settle")
@never_cache
def settlement(request: HttpRequest) -> HttpResponse:
    """What each merchant took in a month, was paid and is owed; and a payment taken down."""
    program = program_of(request, "points.settle")
    form = forms.Settle(request.POST or None)
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        attempt(request, lambda: shop.settle(request.user, program, said["merchant"], said["units"], said["key"]), pick("已保存", "Saved"))
        return HttpResponseRedirect(request.path)
    word = request.GET.get("month") or f"{timezone.localdate():%Y-%m}"
    try:
        first, end = map(start_of, versions.month_of(word))
    except ValueError:
        word = f"{timezone.localdate():%Y-%m}"
        first, end = map(start_of, versions.month_of(word))
    scheme = earning.scheme_of(program)
    names = {each.number: str(each) for each in form.fields["merchant"].queryset}
    rows, problem = [], ""
    try:
        for each in shop.settlement(program, first, end):
            points = {name: selectors.shown(getattr(each, name), scheme) for name in ("taken", "returned", "settled", "owed")}
            rows.append({"name": names.get(each.merchant.owner, each.merchant.owner), "yuan": yuan(each.owed_fen), **points})
    except UsageError as told:
        problem = str(told)
    return desk_page(request, "settlement", "points-settlement", program, rows=rows, form=form, month=word, problem=problem)


@guard("points.run")
@never_cache
def goods(request: HttpRequest) -> HttpResponse:
    """Goods and coupons, and a new one."""
    program = program_of(request)
    form = forms.NewGood(request.POST or None)
    if request.method == "POST" and form.is_valid():
        attempt(request, lambda: _save(request.user, program, form, "points.good"), pick("已保存", "Saved"))
        return HttpResponseRedirect(request.path)
    scheme = earning.scheme_of(program)
    rows = [
        {"row": each, "price": selectors.shown(each.price, scheme)}
        for each in Good.objects.filter(scheme=program.scheme).select_related("merchant")
    ]
    return desk_page(request, "goods", "points-goods", program, rows=rows, form=form)


def _save(user: User, program: Program, form: Any, action: str) -> None:
    def work() -> None:
        demand(user, "points.run", organisation=program.organisation_id)
        made = form.make(program)
        audit.record(user, action, str(made), {"pk": made.pk})

    posting.run(work)


@guard("points.run")
@never_cache
def orders(request: HttpRequest) -> HttpResponse:
    """Hand over an order by its code."""
    program = program_of(request)
    form = forms.Handover(request.POST or None)
    if request.method == "POST" and form.is_valid():
        attempt(request, lambda: shop.deliver(request.user, form.cleaned_data["code"]), pick("已交付", "Handed over"))
        return HttpResponseRedirect(request.path)
    rows = Order.objects.filter(good__scheme=program.scheme, state=Order.State.HELD).select_related("good__merchant").order_by("until")
    return desk_page(request, "orders", "points-orders", program, form=form, rows=rows[:100])


@guard("points.run")
@never_cache
def check_points(request: HttpRequest) -> HttpResponse:
    """Places with codes, and a new one."""
    program = program_of(request)
    form = forms.NewCheckPoint(program, request.POST or None)
    if request.method == "POST" and form.is_valid():
        attempt(request, lambda: _save(request.user, program, form, "points.check-point"), pick("已保存", "Saved"))
        return HttpResponseRedirect(request.path)
    scheme = earning.scheme_of(program)
    rows = [
        {"row": each, "what": selectors.name_of(scheme, each.behaviour)}
        for each in CheckPoint.objects.filter(scheme=program.scheme).order_by("name")
    ]
    return desk_page(request, "check_points", "points-codes", program, rows=rows, form=form)


@guard("points.run")
@never_cache
def show_code(request: HttpRequest, pk: int) -> HttpResponse:
    """A code on a screen, for the next member; each is good once and for a minute."""
    program = program_of(request)
    point = get_object_or_404(CheckPoint, pk=pk, scheme=program.scheme, active=True)
    code = earning.show_code(point)
    address = request.build_absolute_uri(reverse("points:check-in", args=[code.code]))
    picture = segno.make(address, error="m").svg_inline(scale=8, border=3, light="#fff", omitsize=True)
    return desk_page(request, "code", "points-codes", program, point=point, address=address, picture=mark_safe(picture))


@guard("points.run")
@never_cache
def sheets(request: HttpRequest) -> HttpResponse:
    """Take a sheet of a partner in, and see what became of the last ones."""
    program = program_of(request)
    form = forms.Sheet(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        attempt(
            request,
            lambda: importing.ask(
                request.user, program, said["source"], said["file"].name, importing.text_of(said["file"].read()), said["layout"]
            ),
            pick("已开始导入", "It is being taken in"),
        )
        return HttpResponseRedirect(request.path)
    jobs = [each for each in Job.objects.filter(kind=importing.KIND)[:20] if each.payload.get("program") == program.pk]
    return desk_page(request, "sheets", "points-sheets", program, form=form, jobs=jobs)
