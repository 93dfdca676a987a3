"""Review of readings by two persons, dust events and the station log."""

from __future__ import annotations

from functools import partial
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from yangban.readings.events import LOGS
from yangban.web.accounts.permissions import demand, guard, may, places_of
from yangban.web.desk.pages import attempt, first_error, page, page_of, place_choices
from yangban.web.monitor import looking, records
from yangban.web.monitor.models import DataRecord
from yangban.web.words import pick, say
from yangban.web.workspace import site_workspace

Kind: Any = DataRecord.Kind
_WIDE = {"cols": "60", "rows": "2"}


class LookForm(forms.Form):
    """Where to look."""

    place = forms.ChoiceField(label=say("地区", "Place"))
    period = forms.CharField(
        label=say("时段", "Period"), max_length=24, help_text=say("如 2022、2022-06、2022-06-13", "Such as 2022, 2022-06, 2022-06-13")
    )
    basis = forms.ChoiceField(
        label=say("口径", "Basis"), choices=[("realtime", say("实况", "Real-time")), ("audited", say("审核", "Audited"))]
    )


class RecordForm(forms.Form):
    """What is said of some hours."""

    kind = forms.ChoiceField(label=say("类型", "Kind"))
    what = forms.CharField(
        label=say("日志或事件内容", "What the log or event is"),
        max_length=40,
        required=False,
        help_text=say("站点日志：" + "、".join(LOGS.values()), "Of the log: " + ", ".join(LOGS)),
    )
    subject = forms.CharField(
        label=say("地区或站点", "Place or station"),
        max_length=120,
        help_text=say("名称、代码或站点编号（1299A）", "Name, code or station (1299A)"),
    )
    start = forms.CharField(
        label=say("开始（小时末标签）", "First hour (label)"),
        max_length=20,
        help_text=say("2022-03-08 14，或 2022-03-08（整日）", "2022-03-08 14, or 2022-03-08 (the day)"),
    )
    end = forms.CharField(label=say("结束", "Last hour"), max_length=20, required=False)
    pollutants = forms.CharField(
        label=say("污染物", "Pollutants"), max_length=80, required=False, help_text=say("留空为全部", "Blank: all")
    )
    verdict = forms.ChoiceField(
        label=say("审核结论", "Verdict"),
        required=False,
        choices=[("", "—"), ("valid", say("有效", "Valid")), ("invalid", say("无效", "Invalid"))],
    )
    code = forms.CharField(label=say("本单位代码", "Code of the office"), max_length=20, required=False)
    notice = forms.CharField(label=say("认定或通知编号", "Number of the notice"), max_length=120, required=False)
    reason = forms.CharField(
        label=say("理由", "Reason"), max_length=300, required=False, widget=forms.Textarea(attrs={**_WIDE, "data-keep": "reason"})
    )
    signal = forms.CharField(required=False, max_length=400, widget=forms.HiddenInput)


@guard("data.review")
@require_http_methods(["GET", "HEAD", "POST"])
def review(request: HttpRequest) -> HttpResponse:
    """What looks strange, what waits for a second person, and what was decided."""
    places = places_of(request.user, "data.review")
    form = LookForm(request.POST or None)
    form.fields["place"].choices = place_choices(places)
    if request.method == "POST":
        if form.is_valid():
            made = attempt(request, lambda: looking.ask(request.user, **form.cleaned_data))
            if made is not None:
                return redirect("desk:job", made.pk)
        else:
            messages.error(request, first_error(form))
    place = request.GET.get("place") or places[0]
    demand(request.user, "data.review", region=place)
    last = looking.last_look(place)
    seen = records.seen_by(request.user).filter(kind__in=DataRecord.TWO_PERSONS)
    waiting = list(seen.filter(state=DataRecord.State.PROPOSED))
    return page(
        request,
        "desk/review.html",
        "review",
        form=form,
        last=last,
        place=place,
        signals=page_of(request, last.result.get("signals", []) if last else []),
        waiting=[(each, bool(may(request.user, "data.confirm", region=each.region, apart_from=[each.proposed_by_id]))) for each in waiting],
        done=seen.exclude(state=DataRecord.State.PROPOSED)[:30],
    )


def _kinds(user: Any) -> list[tuple[str, Any]]:
    return [(kind, Kind(kind).label) for kind, action in records.ACTION.items() if kind != Kind.WITHDRAWAL and may(user, action)]


@guard("events.record")
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Propose a review or an exclusion, or record dust and the station log; the address may bring what a signal found."""
    names = ("kind", "subject", "start", "end", "pollutants", "signal")
    form = RecordForm(request.POST or None, initial={name: request.GET[name] for name in names if name in request.GET})
    form.fields["kind"].choices = _kinds(request.user)
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        made = attempt(request, lambda: records.propose(request.user, said["kind"], said))
        if made is not None:
            words = (
                pick("已提出，待另一人复核", "Proposed; another person has to confirm") if made.needs_two else pick("已登记", "Recorded")
            )
            messages.success(request, words)
            return redirect("desk:record", made.pk)
    return page(request, "desk/record_new.html", "review" if form["kind"].value() in DataRecord.TWO_PERSONS else "events", form=form)


@guard("events.record")
@require_safe
def record(request: HttpRequest, pk: int) -> HttpResponse:
    """One record and the step that is next."""
    row = get_object_or_404(DataRecord.objects.select_related("proposed_by", "confirmed_by"), pk=pk)
    if row.proposed_by_id != request.user.pk:
        demand(request.user, "readings.see", region=row.region)
    to_confirm = may(request.user, "data.confirm", region=row.region, apart_from=[row.proposed_by_id])
    waits = row.state == DataRecord.State.PROPOSED
    return page(
        request,
        "desk/record.html",
        "review" if row.needs_two else "events",
        row=row,
        to_confirm=to_confirm if waits else None,
        to_take_back=waits and row.proposed_by_id == request.user.pk,
    )


def _confirmed(row: DataRecord, user: Any) -> bool:
    records.confirm(row, user)
    return True


@guard("data.confirm")
@require_POST
def confirm(request: HttpRequest) -> HttpResponse:
    """Confirm one record, or several that were ticked."""
    rows = DataRecord.objects.filter(pk__in=[pk for pk in request.POST.getlist("record") if pk.isdigit()])
    chosen = list(rows)
    for each in chosen:
        demand(request.user, "data.confirm", region=each.region)
    done = sum(attempt(request, partial(_confirmed, each, request.user)) is not None for each in chosen)
    if done:
        messages.success(
            request,
            pick(f"已复核 {done} 条，写入后重新运行评价才反映到结果", f"{done} confirmed; run the assessment to see them in the results"),
        )
    elif not chosen:
        messages.error(request, pick("没有勾选记录", "No record was ticked"))
    return redirect("desk:record", chosen[0].pk) if len(chosen) == 1 else redirect("desk:review")


@guard("events.record")
@require_POST
def send_back(request: HttpRequest, pk: int) -> HttpResponse:
    """Return a proposed record."""
    row = get_object_or_404(DataRecord, pk=pk)
    attempt(request, lambda: records.send_back(row, request.user, request.POST.get("remark", "")[:300]), pick("已退回", "Returned"))
    return redirect("desk:record", pk)


@guard("events.record")
@require_safe
def events(request: HttpRequest) -> HttpResponse:
    """What is in force in the workspace: dust, exclusions, reviews, the log."""
    rows = records.in_force(request.user, site_workspace(create=True))
    family = request.GET.get("kind", "")
    if family:
        rows = [each for each in rows if each["event"].family == family]
    pending = records.seen_by(request.user).exclude(kind__in=DataRecord.TWO_PERSONS).exclude(state=DataRecord.State.RECORDED)[:20]
    return page(
        request, "desk/events.html", "events", rows=page_of(request, rows), kinds=Kind.choices, family=family, pending=pending,
        may_withdraw=bool(may(request.user, "data.exclude")), keep=f"kind={family}" if family else "",
    )  # fmt: skip


@guard("data.exclude")
@require_POST
def withdraw(request: HttpRequest) -> HttpResponse:
    """Propose that a record of the workspace be withdrawn; a second person confirms it."""
    said = {"replaces": request.POST.get("event", "")[:12], "reason": request.POST.get("reason", "")[:300]}
    made = attempt(
        request,
        lambda: records.propose(request.user, Kind.WITHDRAWAL, said),
        pick("已提出撤销，待另一人复核", "Proposed; another person has to confirm"),
    )
    return redirect("desk:record", made.pk) if made is not None else redirect("desk:events")
