"""Stations, sections and targets."""

from __future__ import annotations

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from yangban.web.accounts.permissions import demand, guard, places_of
from yangban.web.desk.pages import attempt, first_error, page, page_of, place_choices
from yangban.web.monitor import registry
from yangban.web.words import pick, say

_DATE = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
_NETWORKS = [("state", say("国控", "State")), ("province", say("省控", "Province")), ("county", say("县控", "County"))]


class StationForm(forms.Form):
    """One station, new or changed from a day on."""

    place = forms.ChoiceField(label=say("办理地区", "On behalf of"))
    station = forms.CharField(label=say("站点编号", "Code"), max_length=40)
    name = forms.CharField(label=say("名称", "Name"), max_length=60)
    city = forms.CharField(label=say("城市", "City"), max_length=40)
    county = forms.CharField(label=say("区县", "County"), max_length=40, required=False)
    network = forms.ChoiceField(label=say("监测网", "Network"), choices=_NETWORKS)
    role = forms.ChoiceField(
        label=say("类型", "Type"),
        choices=[
            ("evaluation", say("评价点", "Evaluation")),
            ("background", say("背景点", "Background")),
            ("control", say("对照点", "Control")),
        ],
    )
    longitude = forms.CharField(label=say("经度", "Longitude"), max_length=16, required=False)
    latitude = forms.CharField(label=say("纬度", "Latitude"), max_length=16, required=False)
    valid_from = forms.DateField(label=say("启用或变更日期", "From"), widget=_DATE, required=False)
    valid_to = forms.DateField(label=say("停用日期", "To"), widget=_DATE, required=False)
    source = forms.CharField(label=say("依据", "Source"), max_length=120, required=False)


class ListForm(forms.Form):
    """A whole list."""

    what = forms.ChoiceField(
        label=say("名册", "List"),
        choices=[("stations", say("空气站点", "Stations of air")), ("sections", say("水质断面", "Sections of water"))],
    )
    network = forms.ChoiceField(label=say("没有写明监测网的算", "Network of rows that name none"), choices=_NETWORKS)
    file = forms.FileField(
        label=say("名册文件（CSV、Excel）", "File (CSV, Excel)"), widget=forms.ClearableFileInput(attrs={"accept": ".csv,.xlsx,.xls"})
    )


@guard("readings.see")
@require_http_methods(["GET", "HEAD", "POST"])
def listed(request: HttpRequest) -> HttpResponse:
    """Stations and sections of a place, with the forms to change them where one may."""
    places = places_of(request.user, "readings.see")
    place = request.GET.get("place") or places[0]
    demand(request.user, "readings.see", region=place)
    own = places_of(request.user, "registry.edit")
    whole = settings.REGION in own
    station = StationForm(request.POST if request.POST.get("form") == "station" else None)
    station.fields["place"].choices = place_choices(own)
    table = ListForm(request.POST if request.POST.get("form") == "list" else None, request.FILES or None, auto_id="list_%s")
    if request.method == "POST":
        demand(request.user, "registry.edit")
        form = table if table.is_bound and request.POST.get("form") == "list" else station
        if form.is_valid():
            said = form.cleaned_data
            if form is table:
                made = attempt(request, lambda: registry.ask_list(request.user, said["what"], said["file"], network=said["network"]))
            else:
                row = {name: "" if value is None else str(value) for name, value in said.items()}
                made = attempt(request, lambda: registry.ask_station(request.user, said["place"], row))
            if made is not None:
                return redirect("desk:job", made.pk)
        else:
            messages.error(request, first_error(form))
    water = request.GET.get("medium") == "water"
    today = timezone.localdate()
    rows = registry.sections_of(place, today) if water else registry.stations_of(place, today)
    return page(
        request, "desk/registry.html", "registry", places=place_choices(places), place=place, water=water,
        rows=page_of(request, rows, 100), station=station, table=table, may_edit=bool(own), whole=whole,
        keep=f"place={place}&medium={'water' if water else 'air'}",
    )  # fmt: skip


class TargetForm(forms.Form):
    """One target."""

    subject = forms.CharField(label=say("地区", "Place"), max_length=40)
    indicator = forms.CharField(label=say("指标", "Indicator"), max_length=60, help_text="air.pm25.mean")
    period = forms.CharField(label=say("时段", "Period"), max_length=24, help_text="2025")
    direction = forms.ChoiceField(
        label=say("方向", "Direction"), choices=[("at_most", say("不高于", "At most")), ("at_least", say("不低于", "At least"))]
    )
    value = forms.CharField(label=say("目标值", "Value"), max_length=20)
    unit = forms.CharField(
        label=say("单位", "Unit"), max_length=20, help_text=say("µg/m³、%、d；纯数写 1", "µg/m³, %, d; 1 for a pure number")
    )
    met_by = forms.ChoiceField(
        label=say("以哪个数判定", "Held against"),
        choices=[
            ("unknown", say("文件未写明", "Not said")),
            ("rounded", say("修约后的结果", "The rounded result")),
            ("unrounded", say("未修约的结果", "The unrounded result")),
        ],
    )
    places = forms.ChoiceField(
        label=say("由谁的结果构成", "Whose values"),
        choices=[
            ("own", say("本地区", "Own")),
            ("prefecture", say("设区市平均", "Mean of prefectures")),
            ("county", say("县级以上城市平均", "Mean of cities and counties")),
        ],
    )
    source = forms.CharField(label=say("文件名称和文号", "Document"), max_length=200)
    confidence = forms.ChoiceField(
        label=say("核对情况", "Confidence"),
        choices=[
            ("official", say("按正式文件", "From the official text")),
            ("verified", say("两处来源一致", "Two sources agree")),
            ("one-source", say("一处来源", "One source")),
            ("unverified", say("未核对", "Unverified")),
        ],
    )
    note = forms.CharField(label=say("备注", "Note"), max_length=200, required=False)


@guard("targets.edit")
@require_http_methods(["GET", "HEAD", "POST"])
def targets(request: HttpRequest) -> HttpResponse:
    """The targets of a place, with the form to set one."""
    places = places_of(request.user, "targets.edit")
    place = request.GET.get("place") or places[0]
    demand(request.user, "targets.edit", region=place)
    form = TargetForm(request.POST or None, initial={"subject": place})
    if request.method == "POST" and form.is_valid():
        made = attempt(request, lambda: registry.set_target(request.user, form.cleaned_data), pick("目标已保存", "The target is kept"))
        if made is not None:
            return redirect("desk:targets")
    rows = [{"target": target, "own": own} for target, own in registry.targets_of(place)]
    return page(request, "desk/targets.html", "targets", form=form, rows=rows, place=place, places=place_choices(places))


@guard("targets.edit")
@require_POST
def target_remove(request: HttpRequest) -> HttpResponse:
    """Remove a target of the workspace."""
    attempt(request, lambda: registry.remove_target(request.user, request.POST.dict()), pick("目标已删除", "The target is removed"))
    return redirect("desk:targets")
