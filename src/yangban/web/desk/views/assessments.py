"""To run an assessment."""

from __future__ import annotations

from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods

from yangban.web.accounts.permissions import covered, guard, places_of
from yangban.web.desk.pages import attempt, first_error, page, place_choices
from yangban.web.jobs.models import Job
from yangban.web.monitor import assessing
from yangban.web.words import say
from yangban.web.workspace import site_workspace

_EDITIONS = [
    ("in-force", say("按监测日期执行的标准", "In force on the day")),
    ("2012,2026-transitional", say("2012 版与 2026 版（过渡限值）并列", "2012 and 2026 (transitional), side by side")),
    ("2012,2026-transitional,2026", say("三套限值并列", "All three limits, side by side")),
    ("2012", say("2012 版", "2012")),
    ("2026-transitional", say("2026 版（过渡限值）", "2026 (transitional)")),
    ("2026", say("2026 版（最终限值）", "2026 (final)")),
]
_STRADDLES = [
    ("refuse", say("不评价，写明原因", "Not assessed, with the reason")),
    ("old", say("整段按旧版", "The whole by the old edition")),
    ("new", say("整段按新版", "The whole by the new edition")),
]
_MEDIA = [
    ("all", say("空气、水和声", "Air, water and sound")),
    ("air", say("空气", "Air")),
    ("water", say("水", "Water")),
    ("sound", say("声环境", "Sound")),
]


class AssessForm(forms.Form):
    """What is to be assessed and how."""

    place = forms.ChoiceField(label=say("地区", "Place"))
    years = forms.MultipleChoiceField(label=say("年份", "Years"), widget=forms.CheckboxSelectMultiple)
    medium = forms.ChoiceField(label=say("要素", "Medium"), choices=_MEDIA)
    edition = forms.ChoiceField(label=say("标准版本", "Edition"), choices=_EDITIONS, required=False)
    straddle = forms.ChoiceField(label=say("跨两个版本的时段", "A period in two editions"), choices=_STRADDLES, required=False)


@guard("assessment.run")
@require_http_methods(["GET", "HEAD", "POST"])
def assess(request: HttpRequest) -> HttpResponse:
    """What was assessed last, and the form to do it again."""
    places = places_of(request.user, "assessment.run")
    workspace = site_workspace(create=True)
    held = assessing.years_with_readings(workspace)
    form = AssessForm(request.POST or None, initial={"years": [str(max(held))] if held else [], "edition": "2012,2026-transitional"})
    form.fields["place"].choices = place_choices(places)
    form.fields["years"].choices = [(str(year), str(year)) for year in held]
    whole = settings.REGION in places
    if not whole:
        del form.fields["edition"], form.fields["straddle"]
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        made = attempt(
            request,
            lambda: assessing.ask(
                request.user,
                said["place"],
                years=[int(year) for year in said["years"]],
                medium=said["medium"],
                edition=said.get("edition") or "in-force",
                straddle=said.get("straddle") or "refuse",
            ),
        )
        if made is not None:
            return redirect("desk:job", made.pk)
    jobs = Job.objects.filter(kind="assess").select_related("created_by")
    mine = covered(request.user, "assessment.run", set(jobs.order_by().values_list("region", flat=True).distinct()))
    return page(
        request,
        "desk/assess.html",
        "assess",
        form=form,
        whole=whole,
        held=held,
        standing=assessing.standing(workspace),
        jobs=jobs.filter(region__in=mine)[:10],
        problem=first_error(form) if form.is_bound else "",
    )
