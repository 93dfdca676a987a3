"""Values that departments report."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from yangban.web.accounts.permissions import demand, guard, may
from yangban.web.desk.pages import attempt, page, page_of
from yangban.web.monitor import reported
from yangban.web.monitor.models import ReportedValue
from yangban.web.words import pick, say

State = ReportedValue.State


class ValueForm(forms.Form):
    """One value."""

    organisation = forms.ChoiceField(label=say("填报部门", "Department"))
    key = forms.CharField(label=say("指标代码", "Indicator"), max_length=60, help_text=say("如 forest_coverage", "Such as forest_coverage"))
    period = forms.CharField(label=say("时段", "Period"), max_length=24, help_text="2022")
    value = forms.CharField(label=say("数值（或 是、否）", "Value (or yes, no)"), max_length=40)
    unit = forms.CharField(label=say("单位（没有量纲写 1）", "Unit (1 for a pure number)"), max_length=20, required=False)
    scope = forms.CharField(label=say("统计范围", "Scope"), max_length=120, required=False)
    evidence = forms.CharField(
        label=say("依据", "Evidence"), max_length=300, widget=forms.Textarea(attrs={"cols": "60", "rows": "2", "data-keep": "evidence"})
    )

    def __init__(self, *args: Any, own: list[Any], **more: Any) -> None:
        super().__init__(*args, **more)
        self.fields["organisation"].choices = [(each.pk, str(each)) for each in own]


@guard("desk.open")
@require_http_methods(["GET", "HEAD", "POST"])
def listed(request: HttpRequest) -> HttpResponse:
    """The values of one's department, or those of one's region to accept; with the form to report one."""
    if not any(may(request.user, action) for action in ("reported.fill", "reported.check", "reported.accept")):
        demand(request.user, "reported.fill")
    own = reported.organisations_of(request.user, "reported.fill")
    if request.method == "POST":
        demand(request.user, "reported.fill")
    form = ValueForm(request.POST or None, own=own)
    if request.method == "POST" and form.is_valid():
        chosen = next(each for each in own if str(each.pk) == form.cleaned_data["organisation"])
        made = attempt(
            request,
            lambda: reported.report(request.user, chosen, form.cleaned_data),
            pick("已填报，待本部门负责人审核", "Reported; the head of the department checks it"),
        )
        if made is not None:
            return redirect("desk:value", made.pk)
    return page(request, "desk/reported.html", "reported", form=form, own=own, rows=page_of(request, reported.seen_by(request.user)))


def _seen(request: HttpRequest, pk: int) -> ReportedValue:
    row = get_object_or_404(ReportedValue.objects.select_related("organisation", "reported_by", "checked_by", "accepted_by"), pk=pk)
    if not reported.seen_by(request.user).filter(pk=pk).exists():
        raise PermissionDenied(pick("这条填报不属于您的部门或地区", "The value belongs to another department or region"))
    return row


@guard("desk.open")
@require_safe
def one(request: HttpRequest, pk: int) -> HttpResponse:
    """One value and the step that is next."""
    row = _seen(request, pk)
    to_check = may(request.user, "reported.check", organisation=row.organisation_id, apart_from=[row.reported_by_id])
    to_accept = may(request.user, "reported.accept", region=row.region, apart_from=[row.reported_by_id, row.checked_by_id])
    return page(
        request, "desk/value.html", "reported", row=row,
        to_check=row.state == State.REPORTED and bool(to_check),
        to_accept=row.state == State.CHECKED and bool(to_accept),
        to_return=(row.state == State.REPORTED and (bool(to_check) or row.reported_by_id == request.user.pk))
        or (row.state == State.CHECKED and bool(to_accept)),
    )  # fmt: skip


def _step(request: HttpRequest, pk: int, act: Any, done: str) -> HttpResponse:
    row = _seen(request, pk)
    attempt(request, lambda: act(row), done)
    return redirect("desk:value", pk)


@guard("reported.check")
@require_POST
def check(request: HttpRequest, pk: int) -> HttpResponse:
    """The head of the department finds it right."""
    return _step(
        request, pk, lambda row: reported.check(row, request.user), pick("已审核，送生态环境部门采用", "Checked; the bureau accepts it")
    )


@guard("reported.accept")
@require_POST
def accept(request: HttpRequest, pk: int) -> HttpResponse:
    """The bureau accepts it."""
    return _step(request, pk, lambda row: reported.accept(row, request.user), pick("已采用，正在登记", "Accepted; it is being written"))


@guard("desk.open")
@require_POST
def send_back(request: HttpRequest, pk: int) -> HttpResponse:
    """Return a value to whoever reported it."""
    return _step(
        request, pk, lambda row: reported.send_back(row, request.user, request.POST.get("remark", "")[:300]), pick("已退回", "Returned")
    )
