"""The desk of a public institution: its year, its own report; and for the operator sums over all institutions."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.views.decorators.cache import never_cache

from yangban.base.errors import UsageError
from yangban.base.exact import plain
from yangban.points.institutions import STAFF_SMALLEST
from yangban.publish.points_documents import change_words
from yangban.web.accounts.models import Organisation
from yangban.web.accounts.permissions import guard, holds
from yangban.web.desk.pages import attempt, page
from yangban.web.points import forms, selectors
from yangban.web.points import units as service
from yangban.web.points.desk import desk_page, program_of
from yangban.web.points.models import UnitYear
from yangban.web.words import pick

WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


def _own(request: HttpRequest) -> Organisation:
    held = [each.organisation for each in request.user.current_memberships() if holds(each, "points.unit")]
    return held[0]


def _asked(request: HttpRequest, known: list[int]) -> int | None:
    word = request.GET.get("year", "")
    return int(word) if word.isdecimal() and int(word) in known else (known[0] if known else None)


@guard("points.unit")
@never_cache
def unit(request: HttpRequest) -> HttpResponse:
    """An institution's own year, and the sums over all of them. Nobody else's score is anywhere, and there is no order among them."""
    own = _own(request)
    known = list(UnitYear.objects.filter(organisation=own).order_by("-year").values_list("year", flat=True))
    year = _asked(request, known)
    context: dict[str, Any] = {"organisation": own, "years": known, "year": year}
    found = None if year is None else service.report_of(own, year)
    if found is not None and year is not None:
        context |= {
            "row": found.row, "score": found.score, "before": found.before, "staff": found.staff,
            "rows": [_row(each) for each in found.rows], "scheme": found.scheme,
            "staff_points": "" if found.staff.units is None or found.scheme is None else selectors.shown(found.staff.units, found.scheme),
            "staff_kg": "" if found.staff.grams is None else selectors.kilograms(found.staff.grams),
            "few": STAFF_SMALLEST, **_totals(year),
        }  # fmt: skip
    return page(request, "points/desk/unit.html", "points-unit", **context)


def _row(each: Any) -> dict[str, str]:
    result, item = each.result, each.result.item
    return {
        "name": item.name, "unit": item.unit, "used": "" if each.used is None else f"{each.used.normalize():f}",
        "per": "" if result.per_head is None else plain(result.per_head, 2), "quota": "" if item.quota is None else f"{item.quota:f}",
        "share": "" if result.ratio is None else f"{plain(result.ratio * 100, 1)}%",
        "before": "" if each.before is None else plain(each.before, 2), "change": change_words(each), "way": each.way,
        "points": "" if result.points is None else plain(result.points, 2), "weight": "" if item.weight is None else f"{item.weight:f}",
        "working": result.working,
    }  # fmt: skip


def _totals(year: int) -> dict[str, Any]:
    try:
        found = service.totals(year)
    except UsageError as told:
        return {"no_totals": str(told)}
    items = {each.key: each for each in service.table().items}
    return {
        "totals": found,
        "total_rows": [
            {
                "name": items[key].name.removeprefix("人均"), "unit": items[key].unit.partition("/")[0], "used": f"{value.normalize():f}",
                "per": plain(Fraction(value) / found.staff, 2),
            }
            for key, value in found.used.items()
        ],
    }  # fmt: skip


@guard("points.fill")
@never_cache
def use(request: HttpRequest) -> HttpResponse:
    """What the institution used in a year; said again, it is corrected."""
    own = _own(request)
    row = UnitYear.objects.filter(organisation=own, year=request.GET.get("year") if request.GET.get("year", "").isdecimal() else 0).first()
    initial: dict[str, Any] = {}
    if row is not None:
        initial = {
            "year": row.year,
            "staff": row.staff,
            "area_m2": row.area_m2,
            **{f"used:{key}": value for key, value in row.used.items()},
        }
    form = forms.UseOfYear(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        made = attempt(
            request,
            lambda: service.fill(request.user, own, year=said["year"], staff=said["staff"], area_m2=said["area_m2"], used=form.used()),
            pick("已保存", "Saved"),
        )
        if made is not None:
            return HttpResponseRedirect(f"{reverse('points-desk:unit')}?year={said['year']}")
    return page(request, "points/desk/unit_use.html", "points-unit", organisation=own, form=form)


@guard("points.unit")
@never_cache
def report(request: HttpRequest, year: int) -> HttpResponse:
    """The year report of the person's own institution, as a Word file."""
    found = service.report_of(_own(request), year)
    if found is None:
        raise Http404(pick(f"没有填报 {year} 年的数据", f"Nothing was filled in for {year}"))
    answer = HttpResponse(service.word_of(found), content_type=WORD)
    answer["Content-Disposition"] = content_disposition_header(True, f"{found.unit}{year}年度节能降碳报告.docx")
    return answer


@guard("points.run")
@never_cache
def units(request: HttpRequest) -> HttpResponse:
    """Sums over all institutions of a year, for the operator: no institution can be seen in them."""
    program = program_of(request)
    known = service.years()
    year = _asked(request, known)
    return desk_page(request, "units", "points-units", program, years=known, year=year, **({} if year is None else _totals(year)))
