"""Pages of the member site and the public totals. Phone first; nothing here needs a script."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any, Final
from uuid import uuid4

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login, logout
from django.db import IntegrityError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from yangban.base.errors import YangbanError
from yangban.points.schemes import day_of
from yangban.web.accounts.models import Organisation
from yangban.web.accounts.permissions import public, signed_in
from yangban.web.api import rates
from yangban.web.api.models import ApiKey
from yangban.web.api.problems import Problem
from yangban.web.points import clock, earning, forms, people, selectors, shop, versions
from yangban.web.points import closing as closings
from yangban.web.points.models import CheckCode, Good, Member, Order, Program, Question, Review
from yangban.web.public.limits import address_of
from yangban.web.words import pick

SMALLEST: Final = 3
"""Sums over fewer members would show a single one; they are not published."""
ANSWER_DAYS: Final = 15
"""So many days a question may wait for its answer."""
_PAGE: Final = 30
_JOINS: Final = 20


def _program() -> Program:
    found = selectors.current_program()
    if found is None:
        raise Http404(pick("这里还没有运行积分方案", "No scheme of points is run here yet"))
    return found


def _member(request: HttpRequest) -> Member:
    found = people.member_of(request.user)
    if found is None:
        raise Http404(pick("这个账号不是积分会员；请先加入", "This account is no member; join first"))
    return found


def _base(request: HttpRequest, program: Program | None) -> dict[str, Any]:
    scheme = None if program is None else earning.scheme_of(program)
    changes = [] if program is None else versions.published(program)
    closing = None if program is None or program.state == Program.State.OPEN else earning.closing_of(program)
    return {
        "closing": closing, "stage": "" if closing is None else closings.stage(closing, day_of(clock.now())),
        "section": "points", "member": people.member_of(request.user), "program": program, "scheme": scheme, "changes": changes,
        "coming": next((each for each in reversed(changes) if each["coming"]), None),
    }  # fmt: skip


@public
@never_cache
def home(request: HttpRequest) -> HttpResponse:
    """A member's own page; for others what it is about, and how to join."""
    program = selectors.current_program()
    context = _base(request, program)
    now = clock.now()
    if program is not None and context["stage"] in {"", "published"}:
        context["actions"] = selectors.actions(program, day_of(now))
    member = context["member"]
    if program is None or member is None:
        return render(request, "points/welcome.html", context)
    context |= selectors.summary(member, program, now)
    context["rows"] = selectors.rows(member, program, count=5)
    context["orders"] = Order.objects.filter(member=member, state=Order.State.HELD).select_related("good__merchant")
    waiting = list(earning.claimable(member, program))
    context |= {"claimable": len(waiting), "claim_by": waiting[0].claim_until if waiting else None}
    context["refusals"] = selectors.refusals(member, program, 3)
    return render(request, "points/home.html", context)


@public
def totals(request: HttpRequest) -> HttpResponse:
    """Sums over everybody: no person and no unit can be seen in them."""
    program = _program()
    found, scheme = earning.totals(program), earning.scheme_of(program)
    sums = {name: selectors.shown(found[name], scheme) for name in ("issued", "with_members", "held", "spent", "expired")}
    few = found["members"] < SMALLEST
    context = {
        **_base(request, program),
        "few": few,
        "smallest": SMALLEST,
        "found": found,
        "sums": sums,
        "tons": selectors.kilograms(found["grams"]),
    }
    return render(request, "points/totals.html", context)


@public
@never_cache
def closing_page(request: HttpRequest) -> HttpResponse:
    """That the scheme ends, when, and what one can do until then."""
    context = _base(request, _program())
    if context["closing"] is None:
        raise Http404(pick("方案没有关闭公告", "There is no notice that the scheme closes"))
    if context["closing"].wound_up_at is not None:
        context["left"] = selectors.shown(context["closing"].units, context["scheme"])
    return render(request, "points/closing.html", context)


def _next(request: HttpRequest) -> str:
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    safe = url_has_allowed_host_and_scheme(wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure())
    return wanted if safe else reverse("points:home")


@public
@never_cache
def join(request: HttpRequest) -> HttpResponse:
    """Become a member."""
    program = _program()
    if program.last_day is not None and day_of(clock.now()) > program.last_day:
        messages.error(request, pick("方案已停止计分，不再接受加入", "The scheme takes no more events, and no more members"))
        return HttpResponseRedirect(reverse("points:closing"))
    form = forms.Join(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            rates.count("join", address_of(request), limit=_JOINS)
            member = people.join(form.cleaned_data["name"], form.cleaned_data["password"])
        except (YangbanError, Problem, IntegrityError) as told:
            form.add_error(
                None, pick("这个手机号或邮箱不能注册", "This name cannot join") if isinstance(told, IntegrityError) else str(told)
            )
        else:
            login(request, member.user, backend=settings.AUTHENTICATION_BACKENDS[0])
            return HttpResponseRedirect(_next(request))
    status = 422 if request.method == "POST" else 200
    return render(request, "points/join.html", {**_base(request, program), "form": form, "next": _next(request)}, status=status)


@signed_in
@never_cache
def lines(request: HttpRequest) -> HttpResponse:
    """All lines of a member's books."""
    program, member = _program(), _member(request)
    page = max(1, int(request.GET.get("page", "1"))) if request.GET.get("page", "1").isdecimal() else 1
    found = selectors.rows(member, program, (page - 1) * _PAGE, _PAGE + 1)
    context = {**_base(request, program), "rows": found[:_PAGE], "page": page, "more": len(found) > _PAGE}
    return render(request, "points/lines.html", context)


@signed_in
@never_cache
def line(request: HttpRequest, pk: int) -> HttpResponse:
    """One line with its working, and a question about it."""
    program, member = _program(), _member(request)
    found = selectors.line(member, program, pk)
    if found is None:
        raise Http404(pick("没有这一笔", "There is no such line"))
    form = forms.Words(request.POST or None)
    if request.method == "POST" and form.is_valid():
        due = timezone.localdate() + timedelta(days=ANSWER_DAYS)
        Question.objects.create(member=member, operation_id=pk, text=form.cleaned_data["text"], due_on=due)
        messages.success(request, pick(f"已收到，{due:%Y年%m月%d日}前答复", f"Received; the answer comes by {due}"))
        return HttpResponseRedirect(request.path)
    return render(request, "points/line.html", {**_base(request, program), **found, "form": form, "days": ANSWER_DAYS})


@signed_in
@require_POST
def claim(request: HttpRequest) -> HttpResponse:
    """Take what waits to be claimed."""
    member, program = _member(request), _program()
    _tell(request, lambda: earning.claim(member, program), pick("已领取", "Claimed"))
    return HttpResponseRedirect(reverse("points:home"))


@signed_in
@require_POST
def appeal(request: HttpRequest, pk: int) -> HttpResponse:
    """Contradict a refusal."""
    member = _member(request)
    row = get_object_or_404(Review.objects.select_related("award__event"), pk=pk, award__event__member=member)
    form = forms.Words(request.POST)
    if form.is_valid():
        _tell(request, lambda: earning.appeal(member, row, form.cleaned_data["text"]), pick("申诉已收到", "The appeal was received"))
    return HttpResponseRedirect(reverse("points:line", args=[row.award.operation_id]))


def _tell(request: HttpRequest, work: Any, well: str) -> bool:
    """Do something, and tell on the next page how it went."""
    try:
        work()
    except YangbanError as told:
        messages.error(request, str(told))
        return False
    messages.success(request, well)
    return True


@public
@never_cache
def shop_page(request: HttpRequest) -> HttpResponse:
    """What can be had, from when, and how many are left."""
    program = _program()
    context, now = _base(request, program), clock.now()
    scheme, member = context["scheme"], context["member"]
    goods = Good.objects.filter(scheme=program.scheme, active=True).select_related("merchant")
    context["goods"] = [
        {"row": each, "price": selectors.shown(each.price, scheme), "open": each.released_at <= now, "key": uuid4().hex} for each in goods
    ]
    if member is not None:
        context |= selectors.summary(member, program, now)
        context["orders"] = Order.objects.filter(member=member).select_related("good__merchant")[:20]
    return render(request, "points/shop.html", context)


@signed_in
@require_POST
def order(request: HttpRequest, pk: int) -> HttpResponse:
    """Order one piece; the key of the form makes a second press harmless."""
    member, good = _member(request), get_object_or_404(Good, pk=pk)
    key = f"{member.number}:{request.POST.get('key', '')[:32]}"
    _tell(request, lambda: shop.order(member, good, key), pick("已下单；请凭取货码领取", "Ordered; collect it with the code"))
    return HttpResponseRedirect(reverse("points:shop"))


@signed_in
@require_POST
def cancel(request: HttpRequest, pk: int) -> HttpResponse:
    """Cancel an order that was not collected."""
    member = _member(request)
    _tell(request, lambda: shop.cancel(member, pk), pick("已取消，积分已退回", "Cancelled; the points are back"))
    return HttpResponseRedirect(reverse("points:shop"))


@public
@never_cache
def check_in(request: HttpRequest, code: str) -> HttpResponse:
    """A code that was scanned: the member decides whether to use it."""
    program = _program()
    context = _base(request, program)
    row = CheckCode.objects.select_related("point").filter(code=code).exclude(point__scheme="").first()
    member = context["member"]
    if request.method == "POST" and member is not None:
        try:
            outcome = earning.check_in(member, code)
        except YangbanError as told:
            messages.error(request, str(told))
        else:
            if outcome.award is not None and outcome.award.operation_id is not None:
                messages.success(request, pick(f"得 {outcome.points} 分", f"{outcome.points} points"))
                return HttpResponseRedirect(reverse("points:line", args=[outcome.award.operation_id]))
            messages.error(request, outcome.reason)
        return HttpResponseRedirect(reverse("points:home"))
    over = row is None or row.used_at is not None or not row.point.active or row.good_until < clock.now()
    context |= {"row": row, "over": over, "here": request.path}
    if row is not None:
        context["what"] = selectors.name_of(context["scheme"], row.point.behaviour)
    return render(request, "points/check_in.html", context, status=410 if over else 200)


@signed_in
@never_cache
def certificate(request: HttpRequest) -> HttpResponse:
    """What a member has avoided, to show or print."""
    program, member = _program(), _member(request)
    context = {**_base(request, program), **selectors.summary(member, program, clock.now()), "today": timezone.localdate()}
    return render(request, "points/certificate.html", context)


@signed_in
@never_cache
def me(request: HttpRequest) -> HttpResponse:
    """What is kept about a member: sources and consent, export, erasure."""
    program, member = _program(), _member(request)
    partners = {
        people.channel_of(each): str(each)
        for each in Organisation.objects.filter(pk__in=_partners())
    }  # fmt: skip
    partners[people.ACTIVITY_SOURCE] = pick("志愿活动的服务时长", "Hours of volunteering")
    belongs = member.units.filter(until=None).select_related("organisation").first()
    unit_form = forms.Belong(request.POST if "unit" in request.POST else None, initial={"unit": belongs and belongs.organisation_id})
    if request.method == "POST" and "unit" in request.POST:
        if unit_form.is_valid():
            _tell(request, lambda: people.belong(member, unit_form.cleaned_data["unit"]), pick("已保存", "Saved"))
        return HttpResponseRedirect(request.path)
    if request.method == "POST":
        source = request.POST.get("source", "")
        if source in {*partners, people.OWN_SOURCE}:
            (people.consent if request.POST.get("give") else people.withdraw)(member, source)
            messages.success(request, pick("已保存", "Saved"))
        return HttpResponseRedirect(request.path)
    held = set(member.consents.filter(withdrawn_at=None).values_list("source", flat=True))
    sources = [{"key": key, "name": name, "held": key in held} for key, name in sorted(partners.items(), key=lambda each: each[1])]
    context = {
        **_base(request, program), "sources": sources, "form": forms.Erase(), "consents": member.consents.order_by("-given_at"),
        "unit_form": unit_form if unit_form.fields["unit"].queryset.exists() else None,
    }  # fmt: skip
    return render(request, "points/me.html", context)


def _partners() -> list[int]:
    rows = ApiKey.objects.filter(revoked_at=None, expires_at__gt=timezone.now())
    return [each.organisation_id for each in rows if "points:report" in each.scopes]


@signed_in
@never_cache
def export(request: HttpRequest) -> HttpResponse:
    """All that is kept about a member, as a file."""
    member = _member(request)
    content = json.dumps(people.export(member), ensure_ascii=False, indent=1)
    answer = HttpResponse(content, content_type="application/json; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="yangban-points-{member.number}.json"'
    return answer


@signed_in
@require_POST
def erase(request: HttpRequest) -> HttpResponse:
    """Leave for good."""
    member = _member(request)
    if not forms.Erase(request.POST).is_valid():
        messages.error(request, pick("请勾选确认", "Tick that you are sure"))
        return HttpResponseRedirect(reverse("points:me"))
    try:
        people.erase(member)
    except YangbanError as told:
        messages.error(request, str(told))
        return HttpResponseRedirect(reverse("points:me"))
    logout(request)
    messages.success(request, pick("已注销", "You have left"))
    return HttpResponseRedirect(reverse("points:home"))
