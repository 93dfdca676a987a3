"""The register of forms, a form as its unit fills it, and the burden that forms are."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect

from yangban.base.errors import NotAllowed, YangbanError
from yangban.govern.forms import FIGURE, RHYTHMS, SOURCES, Field, Form
from yangban.standards.governance import FIELD_KINDS
from yangban.web.accounts.models import Organisation, today
from yangban.web.accounts.permissions import guard
from yangban.web.plans import acts, register, work
from yangban.web.plans.models import FormEntry
from yangban.web.plans.office import office_post
from yangban.web.plans.views.desk import _page
from yangban.web.words import pick

KIND_NAMES = {
    "number": "数",
    "text": "文字",
    "choice": "选项",
    "day": "日期",
    "file": "文件",
    "photo": "照片",
    "place": "位置",
    "track": "轨迹",
}


def _own(request: HttpRequest) -> list[Organisation]:
    return [post.organisation for post in request.user.current_memberships() if post.role in {"reporter", "head"}]


@guard("tasks.see")
def listed(request: HttpRequest) -> HttpResponse:
    """The register, and what one's units have to fill."""
    day = today()
    own = [(unit, register.due(unit, day)) for unit in _own(request)]
    edits = any(post.role == "office" for post in request.user.current_memberships())
    entries = list(FormEntry.objects.select_related("owner"))
    context = {
        "own": own,
        "entries": entries,
        "edits": edits,
        "period": work.period_asked(day),
        "tab": "forms",
        "rhythms": RHYTHMS,
        "day": day,
    }
    return _page(request, "forms", context)


@guard("forms.register")
def new(request: HttpRequest) -> HttpResponse:
    """Register a form: every field on a line of its own."""
    sent, status = request.POST, 200
    if request.method == "POST":
        try:
            office = office_post(request.user)
            starts, ends = acts.day_of("启用", sent.get("starts", "")), acts.day_of("截止", sent.get("ends", ""))
            if starts is None or ends is None:
                raise NotAllowed("facts", pick("报表要有启用和截止日期", "A form has a first and a last day"))
            form = Form(
                number=sent.get("number", "").strip(),
                title=sent.get("title", "").strip(),
                basis=sent.get("basis", "").strip(),
                owner=office.name,
                rhythm=sent.get("rhythm", ""),
                starts=starts,
                ends=ends,
                level=sent.get("level", ""),
                fields=_fields(sent.get("fields", "")),
            )
            register.enter(request.user, form)
        except YangbanError as problem:
            messages.error(request, str(problem))
            status = 422
        else:
            messages.success(request, pick(f"{form.number} 已登记", f"{form.number} is registered"))
            return redirect("plans:forms")
    context = {"sent": sent, "rhythms": RHYTHMS, "kinds": KIND_NAMES, "sources": SOURCES, "tab": "forms"}
    return _page(request, "form_new", context, status=status)


def _fields(text: str) -> tuple[Field, ...]:
    """The fields of a form from lines: name, kind, unit, source, what is asked, purpose."""
    kinds = {name: key for key, name in KIND_NAMES.items()} | {key: key for key in FIELD_KINDS}
    sources = {name: key for key, name in SOURCES.items()} | {key: key for key in SOURCES}
    made = []
    for number, line in enumerate((each for each in text.splitlines() if each.strip()), start=1):
        cells = [each.strip() for each in line.replace("，", ",").split(",")] + [""] * 6
        name, kind, unit, source, asks, purpose = cells[:6]
        if kind not in kinds:
            raise NotAllowed("facts", f"第 {number} 行：类型 {kind!r} 不认识；可用 {'、'.join(KIND_NAMES.values())}")
        if source and source not in sources:
            raise NotAllowed("facts", f"第 {number} 行：来源 {source!r} 不认识；可用 {'、'.join(SOURCES.values())}")
        word = kinds[kind]
        made.append(
            Field(
                key=f"f{number}",
                name=name,
                kind=word,
                source=sources.get(source, "typed"),
                asks=asks or name,
                unit=unit,
                purpose=purpose,
                required=word not in {"photo", "place", "track"},
            )
        )
    return tuple(made)


@guard("forms.fill")
def fill(request: HttpRequest, number: str, period: str) -> HttpResponse:
    """A form as it comes to the unit; what is known stands in it with its source."""
    entry = get_object_or_404(FormEntry, number=number)
    form = register.form_of(entry)
    unit = next((each for each in _own(request) if form.asks(each.name, each.level)), None)
    if unit is None:
        messages.error(request, pick("这张表不向您的单位要数", "This form does not ask your unit"))
        return redirect("plans:forms")
    status = 200
    if request.method == "POST":
        values = {each.key: (request.POST.get(each.key, ""), request.POST.get(f"reason.{each.key}", "")) for each in form.fields}
        known = {box.field.key: box for box in register.boxes(form, unit, period)}
        # What stands there already, and what is skipped without a word, is not sent again.
        sent = {
            key: pair for key, pair in values.items() if pair[0].strip() != known[key].value or (not pair[0].strip() and pair[1].strip())
        }
        try:
            done = register.give(request.user, number, unit, period, sent)
        except YangbanError as problem:
            messages.error(request, str(problem))
            status = 422
        else:
            messages.success(request, pick(f"已填 {done} 项", f"{done} values given"))
            return redirect("plans:form", number=number, period=period)
    boxes: list[Any] = list(register.boxes(form, unit, period))
    context = {
        "form": form,
        "unit": unit,
        "period": period,
        "boxes": boxes,
        "to_type": sum(box.to_type for box in boxes),
        "sources": SOURCES,
        "tab": "forms",
        "figure": FIGURE,
    }
    return _page(request, "form", context, status=status)


@guard("tasks.see")
def burden(request: HttpRequest) -> HttpResponse:
    """Forms, fields and minutes of each unit in a month: a list in the order of names, no ranking."""
    period = request.GET.get("period") or work.period_asked(today())
    offices = [post.organisation for post in request.user.current_memberships() if post.role in {"office", "supervision"}]
    units = {each.pk: each for each in _own(request)}
    for office in offices:
        units |= {each.pk: each for each in register.reporting_units(office)}
    lines = register.burdens(sorted(units.values(), key=lambda each: each.name)[:200], period)
    return _page(request, "burden", {"lines": lines, "period": period, "tab": "forms"})
