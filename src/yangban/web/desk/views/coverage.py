"""Missing readings, as a calendar of holes."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from yangban.web.accounts.permissions import demand, guard, places_of
from yangban.web.desk.pages import page, place_choices
from yangban.web.monitor import coverage
from yangban.web.words import pick


@guard("readings.see")
@require_safe
def overview(request: HttpRequest) -> HttpResponse:
    """Months by subjects, or one subject's days."""
    places = places_of(request.user, "readings.see")
    place = request.GET.get("place") or places[0]
    demand(request.user, "readings.see", region=place)
    basis = "audited" if request.GET.get("basis") == "audited" else "realtime"
    medium = "water" if request.GET.get("medium") == "water" else "air"
    years = coverage.years(medium)
    asked = request.GET.get("year", "")
    year = int(asked) if asked.isdigit() and int(asked) in years else (years[0] if years else None)
    subject = request.GET.get("subject", "")
    shared = {"places": place_choices(places), "place": place, "basis": basis, "medium": medium, "years": years, "year": year}
    if year is None:
        return page(request, "desk/coverage.html", "coverage", **shared, months=None)
    if subject and medium == "air":
        demand(request.user, "readings.see", region=coverage.place_of(subject))
        return page(request, "desk/coverage_subject.html", "coverage", **shared, calendar=coverage.calendar(subject, year, basis))
    heads = [pick(f"{m} 月", f"{m:02d}") for m in range(1, 13)]
    found = coverage.months(place, year, medium, basis)
    return page(request, "desk/coverage.html", "coverage", **shared, months=found, heads=heads)
