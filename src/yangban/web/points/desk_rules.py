"""The operator's desk: changes of the scheme, each drafted, tried out on real events, and approved by another person."""

from __future__ import annotations

import difflib
from collections.abc import Callable
from fractions import Fraction
from typing import Any, Final

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from yangban.base.exact import plain
from yangban.points.award import REFUSALS, shown_points
from yangban.points.schemes import day_of
from yangban.standards.points import Cap, Scheme
from yangban.web.accounts.permissions import guard, may
from yangban.web.desk.pages import attempt
from yangban.web.jobs.models import Job
from yangban.web.points import clock, earning, forms, selectors, versions
from yangban.web.points.desk import desk_page, program_of, yuan
from yangban.web.points.models import Program, SchemeVersion
from yangban.web.words import pick

_PER: Final = {"day": ("每天", "a day"), "month": ("每月", "a month"), "year": ("每年", "a year")}
_CONTEXT: Final = 2


@guard("points.run")
@never_cache
def rules(request: HttpRequest) -> HttpResponse:
    """The versions of the scheme with who, when and from when, and a new draft."""
    program = program_of(request)
    form = forms.NewVersion(request.POST or None)
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        made = attempt(request, lambda: versions.begin(request.user, program, said["title"], said["starts_on"]))
        where = request.path if made is None else reverse("points-desk:version", args=[made.pk])
        return HttpResponseRedirect(where)
    timeline = earning.timeline_of(program)
    rows = SchemeVersion.objects.filter(scheme=program.scheme).select_related("drafted_by", "decided_by")
    context = {
        "rows": rows, "used": versions.used(program), "now": timeline.version_on(day_of(clock.now())).number, "form": form,
        "first": timeline.first, "drafts": bool(may(request.user, "points.draft", organisation=program.organisation_id)),
    }  # fmt: skip
    return desk_page(request, "rules", "points-rules", program, **context)


def _row(request: HttpRequest, pk: int) -> tuple[Program, SchemeVersion]:
    program = program_of(request)
    rows = SchemeVersion.objects.select_related("drafted_by", "decided_by")
    return program, get_object_or_404(rows, pk=pk, scheme=program.scheme)


def _draft(request: HttpRequest, pk: int) -> tuple[Program, SchemeVersion, Scheme | None]:
    """A draft that the person may change, and its scheme as far as it can be read."""
    program, row = _row(request, pk)
    if row.state != SchemeVersion.State.DRAFT or row.drafted_by_id != request.user.pk:
        raise Http404(pick("只有起草人能改草案", "Only who drafts may change the draft"))
    return program, row, versions.read(program, row.text)[0]


@guard("points.run")
@never_cache
def version(request: HttpRequest, pk: int) -> HttpResponse:
    """One version: what it changes, what is wrong with it, what it would have meant, and the next step."""
    program, row = _row(request, pk)
    made, problems = versions.read(program, row.text) if row.state != SchemeVersion.State.APPROVED else (None, [])
    own = row.drafted_by_id == request.user.pk
    context: dict[str, Any] = {
        "row": row, "problems": problems, "own": own, "editable": own and row.state == SchemeVersion.State.DRAFT,
        "may_decide": row.state == SchemeVersion.State.SUBMITTED and not own
        and bool(may(request.user, "points.approve", organisation=program.organisation_id)),
        "changes": _changes(versions.text_of(program, row.base), row.text), "tried": versions.tried(row),
        "form": forms.Words(), "month": forms.Month(initial={"month": versions.previous_month(clock.now())}),
        "used": versions.used(program).get(row.number or -1, 0),
    }  # fmt: skip
    if made is not None:
        context["methods"] = [
            {
                "method": each, "name": selectors.name_of(made, each.behaviour), "evidence": "、".join(each.evidence),
                "how": "" if each.points is None else selectors.words_of(each.points), "new": each.start == row.starts_on,
                "numbers": each.points is not None and bool(versions.plain_numbers(each.points)),
            }
            for each in versions.editable(row, made)
        ]  # fmt: skip
        context["settings"] = _settings(made)
    if row.trial is not None:
        context |= _trial(program, row.trial)
    job = Job.objects.filter(kind=versions.KIND, payload__version=row.pk).first()
    context["job"] = job if job is not None and not job.over else None
    return desk_page(request, "version", "points-rules", program, **context)


def _changes(before: str, after: str) -> list[dict[str, str]]:
    """The lines that differ, with their neighbours."""
    found = []
    for line in difflib.unified_diff(before.splitlines(), after.splitlines(), lineterm="", n=_CONTEXT):
        if line.startswith(("---", "+++")):
            continue
        kind = {"+": "added", "-": "removed", "@": "place"}.get(line[:1], "same")
        found.append({"kind": kind, "sign": {"added": "+", "removed": "−"}.get(kind, ""), "text": "…" if kind == "place" else line[1:]})
    return found


def _settings(scheme: Scheme) -> list[dict[str, str]]:
    found = []
    for name in versions.SETTINGS:
        value = getattr(scheme, name)
        label = forms.SchemeSettings.base_fields[name].label
        none = pick("没有公布", "not published") if name in scheme.unpublished else pick("不限", "none")
        found.append({"name": label, "value": none if value is None else f"{value}"})
    return found + [
        {"name": _cap_words(scheme, each), "value": f"{each.points if each.points is not None else each.acts}"} for each in scheme.caps
    ]


def _cap_words(scheme: Scheme, cap: Cap) -> str:
    names = "、".join(selectors.name_of(scheme, key) for key in cap.behaviours) or pick("全部行为", "all behaviours")
    unit = pick("次", "acts") if cap.points is None else scheme.point_name
    return pick(f"{names}{_PER[cap.per][0]}上限（{unit}）", f"{names}: at most {_PER[cap.per][1]} ({unit})")


@guard("points.draft")
@never_cache
def method(request: HttpRequest, pk: int, key: str) -> HttpResponse:
    """New numbers of one method from the draft's first day on."""
    program, row, made = _draft(request, pk)
    found = None if made is None else next((each for each in versions.editable(row, made) if each.key == key), None)
    if made is None or found is None or found.points is None:
        raise Http404(pick(f"草案里没有方法 {key}", f"The draft has no method {key}"))
    form = forms.MethodNumbers(versions.plain_numbers(found.points), request.POST or None, initial={"clause": found.clause})
    if request.method == "POST" and form.is_valid():
        act: Callable[[], Any] = lambda: versions.change_method(  # noqa: E731
            request.user, program, pk, key, form.numbers(), form.cleaned_data["clause"]
        )
        if attempt(request, act, pick("已写入草案", "Written into the draft")) is not None:
            return HttpResponseRedirect(reverse("points-desk:version", args=[pk]))
    context = {
        "row": row,
        "form": form,
        "method": found,
        "name": selectors.name_of(made, found.behaviour),
        "how": selectors.words_of(found.points),
    }
    return desk_page(request, "version_edit", "points-rules", program, **context)


@guard("points.draft")
@never_cache
def settings(request: HttpRequest, pk: int) -> HttpResponse:
    """Days, budget and caps of the draft."""
    program, row, made = _draft(request, pk)
    if made is None:
        return HttpResponseRedirect(reverse("points-desk:version-text", args=[pk]))
    caps = [(each.key, _cap_words(made, each), f"{each.points if each.points is not None else each.acts}") for each in made.caps]
    initial = {
        name: ("" if name == "budget" or name in made.unpublished else "none") if value is None else f"{value}"
        for name in versions.SETTINGS for value in (getattr(made, name),)
    }  # fmt: skip
    form = forms.SchemeSettings(caps, request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        act: Callable[[], Any] = lambda: versions.change_settings(request.user, program, pk, form.cleaned_data, form.caps())  # noqa: E731
        if attempt(request, act, pick("已写入草案", "Written into the draft")) is not None:
            return HttpResponseRedirect(reverse("points-desk:version", args=[pk]))
    return desk_page(request, "version_edit", "points-rules", program, row=row, form=form)


@guard("points.draft")
@never_cache
def text(request: HttpRequest, pk: int) -> HttpResponse:
    """The whole text of the draft; whatever is wrong with it is named by its key."""
    program, row, _made = _draft(request, pk)
    form = forms.SchemeText(request.POST or None, initial={"toml": row.text})
    if request.method == "POST" and form.is_valid():
        saved = attempt(request, lambda: versions.save_text(request.user, program, pk, form.cleaned_data["toml"]), pick("已保存", "Saved"))
        if saved is not None:
            return HttpResponseRedirect(reverse("points-desk:version", args=[pk]))
    problems = versions.read(program, row.text)[1]
    return desk_page(request, "version_edit", "points-rules", program, row=row, form=form, problems=problems, whole=True)


@guard("points.run")
@require_POST
def step(request: HttpRequest, pk: int) -> HttpResponse:
    """The next step: try out, hand in, approve, send back, withdraw."""
    program, _found = _row(request, pk)
    user, words = request.user, request.POST.get("text", "")
    steps: dict[str, tuple[Callable[[], Any], str]] = {
        "try": (
            lambda: versions.ask(user, program, request.POST.get("month", ""), version=pk),
            pick("已开始试算，结果出现在本页", "It is being tried out; the outcome will stand on this page"),
        ),
        "submit": (lambda: versions.submit(user, program, pk), pick("已提交，等另一人批准", "Handed in; another person decides")),
        "approve": (lambda: versions.approve(user, program, pk, words), pick("已批准", "Approved")),
        "send-back": (lambda: versions.send_back(user, program, pk, words), pick("已退回", "Sent back")),
        "withdraw": (lambda: versions.withdraw(user, program, pk), pick("已撤回", "Withdrawn")),
    }
    if request.POST.get("step") not in steps:
        raise Http404(pick("没有这一步", "There is no such step"))
    attempt(request, *steps[request.POST["step"]])
    return HttpResponseRedirect(reverse("points-desk:version", args=[pk]))


# ------------------------------------------------------------------------------------------------------------------------- what if


@guard("points.run")
@never_cache
def what_if(request: HttpRequest) -> HttpResponse:
    """What the events of a month would have earned under another scheme of the book; nothing is posted."""
    program = program_of(request)
    form = forms.WhatIf(request.POST or None, initial={"scheme": program.scheme, "month": versions.previous_month(clock.now())})
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        job = attempt(request, lambda: versions.ask(request.user, program, said["month"], scheme=said["scheme"]))
        return HttpResponseRedirect(request.path if job is None else reverse("points-desk:trial", args=[job.pk]))
    jobs = [each for each in Job.objects.filter(kind=versions.KIND)[:20] if each.payload.get("program") == program.pk]
    return desk_page(request, "what_if", "points-what-if", program, form=form, jobs=jobs)


@guard("points.run")
@never_cache
def trial(request: HttpRequest, pk: Any) -> HttpResponse:
    """The outcome of a run."""
    program = program_of(request)
    job = get_object_or_404(Job, pk=pk, kind=versions.KIND, payload__program=program.pk)
    context = _trial(program, job.result) if job.result else {}
    return desk_page(request, "trial", "points-what-if", program, job=job, **context)


def _trial(program: Program, told: dict[str, Any]) -> dict[str, Any]:
    """The outcome as the page shows it."""
    scheme, decimals = earning.scheme_of(program), told["decimals"]

    def side(row: dict[str, Any], which: str, places: int) -> dict[str, Any]:
        found = row[which]
        return {**found, "points": shown_points(found["units"], places), "kg": plain(Fraction(found["grams"]) / 1000, 2)}

    def line(row: dict[str, Any], name: str) -> dict[str, Any]:
        now, then = side(row, "now", scheme.decimals), side(row, "then", decimals)
        more = Fraction(then["units"], 10**decimals) - Fraction(now["units"], scheme.per_point)
        return {"name": name, "events": row["events"], "now": now, "then": then, "more": _signed(more)}

    rows = [line(each, selectors.name_of(scheme, each["behaviour"])) for each in told["rows"]]
    total = told["total"]
    codes = sorted({*total["now"]["codes"], *total["then"]["codes"]})
    money = told["money"]
    return {
        "trial": told, "trial_rows": rows, "trial_total": line(total, pick("合计", "All")),
        "trial_codes": [
            {"name": _code(code), "now": total["now"]["codes"].get(code, 0), "then": total["then"]["codes"].get(code, 0)} for code in codes
        ],
        "trial_money": [
            {"name": name, "now": now, "then": then}
            for name, now, then in (
                (pick("发放预算（分）", "Budget of issuance"), *_both(money, "budget", scheme.decimals, decimals)),
                (pick("预算余额（分）", "Left of the budget"), *_both(money, "left", scheme.decimals, decimals)),
                (pick("照此月还能发几个月", "Months that it lasts at this rate"), money["months_now"], money["months_then"]),
                (
                    pick("这个月的积分最多值（元）", "What the month's points may cost, yuan"),
                    *(None if money[f"fen_{each}"] is None else yuan(money[f"fen_{each}"]) for each in ("now", "then")),
                ),
            )
        ],
    }  # fmt: skip


def _both(money: dict[str, Any], name: str, now: int, then: int) -> tuple[str | None, str | None]:
    found = []
    for side, places in (("now", now), ("then", then)):
        value = money[f"{name}_{side}"]
        found.append(None if value is None else shown_points(value, places))
    return found[0], found[1]


def _signed(value: Fraction) -> str:
    return "0" if not value else ("+" if value > 0 else "−") + plain(abs(value))


def _code(code: str) -> str:
    if code in earning.MORE_REFUSALS:
        return pick(*earning.MORE_REFUSALS[code])
    return REFUSALS.get(code, pick("审核未通过、逾期未领或已冲销", "Refused by a reviewer, lapsed or taken back"))
