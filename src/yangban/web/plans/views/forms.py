"""The register of forms, a form as its unit fills it, and the burden that forms are."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_GET, require_POST

from yangban.base import regions
from yangban.base.errors import NotAllowed, UsageError, YangbanError
from yangban.base.periods import parse
from yangban.govern.forms import FIGURE, RHYTHMS, SOURCES, Field, Form
from yangban.standards.governance import FIELD_KINDS
from yangban.web.accounts.models import Organisation, today
from yangban.web.accounts.permissions import covered, demand, guard
from yangban.web.plans import acts, files, issuing, layouts, register, work
from yangban.web.plans.models import FormEntry
from yangban.web.plans.office import office_post
from yangban.web.plans.views.desk import _page
from yangban.web.plans.views.office import EXCEL, handed_out
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
    own = [
        (unit, [(form, register.period_of(form, day), register.handed_in(form, unit, day)) for form in register.due(unit, day)])
        for unit in _own(request)
    ]
    entries = list(FormEntry.objects.select_related("owner").prefetch_related("layouts"))
    mine = set(covered(request.user, "forms.register", {each.region for each in entries}))
    for each in entries:
        each.period, each.own = register.period_of(register.form_of(each), day), each.region in mine
    edits = any(post.role == "office" for post in request.user.current_memberships())
    context = {"own": own, "entries": entries, "edits": edits, "tab": "forms", "rhythms": RHYTHMS, "day": day}
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


def _form(number: str, period: str) -> tuple[FormEntry, Form, str]:
    entry = get_object_or_404(FormEntry, number=number)
    try:
        return entry, register.form_of(entry), parse(period).label
    except YangbanError as problem:
        raise Http404(str(problem)) from None


def _not_asked(request: HttpRequest) -> HttpResponse:
    messages.error(request, pick("这张表不向您的单位要数", "This form does not ask your unit"))
    return redirect("plans:forms")


@guard("forms.fill")
def fill(request: HttpRequest, number: str, period: str) -> HttpResponse:
    """A form as it comes to the unit; what is known stands in it with its source."""
    entry, form, period = _form(number, period)
    unit = layouts.unit_of(request.user, form)
    if unit is None:
        return _not_asked(request)
    status = 200
    if request.method == "POST":
        values = {each.key: (request.POST.get(each.key, ""), request.POST.get(f"reason.{each.key}", "")) for each in form.fields}
        try:
            done = register.give(request.user, number, unit, period, _changed(form, unit, period, values), whole=True)
        except YangbanError as problem:
            messages.error(request, str(problem))
            status = 422
        else:
            _said(request, entry, unit, period, done)
            return redirect("plans:form", number=number, period=period)
    return _page(request, "form", _filled(entry, form, unit, period), status=status)


def _changed(form: Form, unit: Organisation, period: str, values: dict[str, tuple[str, str]]) -> dict[str, tuple[str, str]]:
    """What was sent beside what stands there already; what is skipped without a word is not sent again."""
    known = {box.field.key: box for box in register.boxes(form, unit, period)}
    return {key: pair for key, pair in values.items() if pair[0].strip() != known[key].value or (not pair[0].strip() and pair[1].strip())}


def _said(request: HttpRequest, entry: FormEntry, unit: Organisation, period: str, done: int) -> None:
    back = register.returned(entry, unit, period)
    if back is not None:
        messages.success(request, pick(f"已报出（第 {back.revision} 稿），新填 {done} 项", f"Handed in (revision {back.revision})"))
    else:
        messages.info(request, pick(f"已存 {done} 项；还有没填的，填完才算报出", f"{done} values kept; the form is not whole yet"))


def _filled(entry: FormEntry, form: Form, unit: Organisation, period: str) -> dict[str, Any]:
    boxes = list(register.boxes(form, unit, period))
    return {
        "form": form, "unit": unit, "period": period, "boxes": boxes, "to_type": sum(box.to_type for box in boxes), "sources": SOURCES,
        "tab": "forms", "figure": FIGURE, "layout": layouts.newest(entry), "returned": register.returned(entry, unit, period),
    }  # fmt: skip


@guard("forms.fill")
@require_GET
def table(request: HttpRequest, number: str, period: str) -> HttpResponse:
    """The form in the office's own table, with what is known of the unit."""
    entry, form, period = _form(number, period)
    unit, layout = layouts.unit_of(request.user, form), layouts.newest(entry)
    if unit is None:
        return _not_asked(request)
    if layout is None:
        raise Http404(pick("这张表没有表式", "The form has no table of its own"))
    try:
        content = layouts.filled(layout, form, unit.name, period, register.boxes(form, unit, period))
    except YangbanError as problem:
        messages.error(request, str(problem))
        return redirect("plans:form", number=number, period=period)
    return handed_out(content, f"{form.number} {form.title} {period} {unit.name}.xlsx", EXCEL)


@guard("forms.fill")
@require_POST
def take(request: HttpRequest, number: str, period: str) -> HttpResponse:
    """A table that came back: looked at cell by cell first, then taken over."""
    entry, form, period = _form(number, period)
    unit, layout, sent = layouts.unit_of(request.user, form), layouts.newest(entry), request.POST
    if unit is None:
        return _not_asked(request)
    try:
        if layout is None:
            raise UsageError(pick("这张表没有表式", "The form has no table of its own"))
        if "confirm" in sent:
            values = {
                each.key: (sent.get(f"v.{each.key}", ""), sent.get(f"reason.{each.key}", "")) for each in form.fields
                if f"v.{each.key}" in sent
            }  # fmt: skip
            done = register.give(request.user, number, unit, period, _changed(form, unit, period, values), whole=True)
            _said(request, entry, unit, period, done)
            return redirect("plans:form", number=number, period=period)
        upload = request.FILES.get("file")
        if upload is None:
            raise UsageError(pick("请选择填好的表格", "Choose the table"))
        found = layouts.read(layout, form, unit.name, _bytes(upload), upload.name)
    except YangbanError as problem:
        messages.error(request, str(problem))
        return redirect("plans:form", number=number, period=period)
    known = {box.field.key: box for box in register.boxes(form, unit, period)}
    wrong = dict(found.problems)
    lines = [
        {
            "field": each, "text": found.values[each.key][0], "cell": found.values[each.key][1], "now": known[each.key],
            "problem": wrong.get(found.values[each.key][1], ""),
            "change": bool(found.values[each.key][0]) and found.values[each.key][0] != known[each.key].value,
        }
        for each in form.fields if each.key in found.values
    ]  # fmt: skip
    context = {"form": form, "unit": unit, "period": period, "lines": lines, "wrong": wrong, "sources": SOURCES, "tab": "forms"}
    return _page(request, "form_read", context, status=422 if wrong else 200)


def _bytes(upload: Any) -> bytes:
    if upload.size > layouts.LARGEST:
        raise UsageError(f"{upload.name} 有 {upload.size / 1024 / 1024:.0f} MB，表格不超过 {layouts.LARGEST // 1024 // 1024} MB")
    return b"".join(upload.chunks())


@guard("forms.register")
def layout(request: HttpRequest, number: str) -> HttpResponse:
    """The office's own table of a form: uploaded, with a map that is proposed and confirmed."""
    entry = get_object_or_404(FormEntry, number=number)
    demand(request.user, "forms.register", region=entry.region)
    form, sent = register.form_of(entry), request.POST
    context: dict[str, Any] = {"form": form, "entry": entry, "held": layouts.newest(entry), "tab": "forms"}
    if request.method != "POST":
        return _page(request, "form_layout", context)
    try:
        if "packed" in sent:
            content, name, sheet = layouts.unpack(sent["packed"])
            book, sheet = layouts.opened(content, name), sent.get("sheet", sheet)
            if "confirm" in sent:
                layouts.keep(request.user, entry, content, name, sheet, sent.get("map", ""))
                messages.success(request, pick(f"{form.number} 的表式已启用", "The table is in use"))
                return redirect("plans:form_layout", number=number)
            plan, text, packed = layouts.plan_of(sent.get("map", ""), book, sheet, form), sent.get("map", ""), sent["packed"]
        else:
            upload = request.FILES.get("file")
            if upload is None:
                raise UsageError(pick("请选择工作簿", "Choose a workbook"))
            content = _bytes(upload)
            book = layouts.opened(content, upload.name)
            plan = layouts.propose(book, form)
            text, packed = layouts.written(plan, form), layouts.pack(files.keep_bytes(content), upload.name, plan.sheet)
    except YangbanError as problem:
        messages.error(request, str(problem))
        again = {"text": sent.get("map", ""), "packed": sent["packed"], "sheet": sent.get("sheet", "")} if "packed" in sent else {}
        return _page(request, "form_layout", {**context, **again}, status=422)
    context |= {"plan": plan, "text": text, "packed": packed, "sheet": plan.sheet, "sheets": book.sheetnames}
    return _page(request, "form_layout", {**context, "look": layouts.shown(book, plan, form)})


@guard("forms.register")
@require_GET
def collected(request: HttpRequest, number: str, period: str) -> HttpResponse:
    """Who has handed a form in, and what it says."""
    entry, form, period = _form(number, period)
    demand(request.user, "forms.register", region=entry.region)
    rows = register.collected(entry, period)
    lines = [(unit, held, [line["value"] for line in held.lines] if held else []) for unit, held in rows]
    context = {
        "form": form, "entry": entry, "period": period, "lines": lines, "there": sum(held is not None for _, held, _ in lines),
        "before": parse(period).before().label, "tab": "forms",
    }  # fmt: skip
    return _page(request, "form_collected", context)


@guard("forms.register")
@require_GET
def collected_table(request: HttpRequest, number: str, period: str) -> HttpResponse:
    """What was handed in, in the office's own list."""
    entry, form, period = _form(number, period)
    demand(request.user, "forms.register", region=entry.region)
    try:
        _, content = layouts.collected(entry, period)
    except YangbanError as problem:
        messages.error(request, str(problem))
        return redirect("plans:form_collected", number=number, period=period)
    return handed_out(content, f"{form.number} {form.title} {period} 汇总.xlsx", EXCEL)


def _places(request: HttpRequest) -> list[str]:
    return list(dict.fromkeys(post.organisation.region for post in request.user.current_memberships()))


@guard("tasks.see")
@require_GET
def ours(request: HttpRequest) -> HttpResponse:
    """Every value that was given of one's own place, whoever gave it: what was asked of a county comes back to it."""
    period = _asked_period(request)
    lines = [(regions.subject_name(code), register.known_of(code, period)) for code in _places(request)]
    return _page(request, "form_ours", {"lines": lines, "period": period, "sources": SOURCES, "tab": "forms"})


@guard("tasks.see")
@require_GET
def ours_table(request: HttpRequest) -> HttpResponse:
    """The same as a workbook."""
    period = _asked_period(request)
    known = [(regions.subject_name(code), each) for code in _places(request) for each in register.known_of(code, period)]
    return handed_out(issuing.known_book(period, known), pick(f"本地已报数据 {period}.xlsx", f"our-values-{period}.xlsx"), EXCEL)


def _asked_period(request: HttpRequest) -> str:
    try:
        return parse(request.GET.get("period") or work.period_asked(today())).label
    except YangbanError as problem:
        raise Http404(str(problem)) from None


@guard("tasks.see")
def burden(request: HttpRequest) -> HttpResponse:
    """Forms, fields and minutes of each unit in a month: a list in the order of names, no ranking."""
    period = _asked_period(request)
    offices = [post.organisation for post in request.user.current_memberships() if post.role in {"office", "supervision"}]
    units = {each.pk: each for each in _own(request)}
    for office in offices:
        units |= {each.pk: each for each in register.reporting_units(office)}
    lines = register.burdens(sorted(units.values(), key=lambda each: each.name)[:200], period)
    return _page(request, "burden", {"lines": lines, "period": period, "tab": "forms"})
