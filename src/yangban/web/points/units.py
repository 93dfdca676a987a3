"""Public institutions: what they used in a year, their own score and report, and sums over all of them. No institution sees another's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Final

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q

from yangban.base.errors import UsageError
from yangban.points import institutions
from yangban.points.schemes import day_of, start_of
from yangban.publish.official_word import word_bytes
from yangban.publish.points_documents import year_report
from yangban.standards.points import Scheme, Scores
from yangban.web.accounts import audit
from yangban.web.accounts.models import Organisation, User
from yangban.web.accounts.permissions import demand
from yangban.web.points import clock, earning, selectors
from yangban.web.points.models import Award, UnitStaff, UnitYear
from yangban.web.words import pick

SCORES: Final = "institutions"


def table() -> Scores:
    """The table of the score."""
    return earning.book().scores[SCORES]


def weights() -> str:
    """The set that fills the table's empty slots: the example's, until one is published."""
    return next(iter(table().sets), "")


def unit_score(row: UnitYear) -> institutions.UnitScore:
    """The score of an institution in a year, by the example weights until a set is published."""
    used = {name: Decimal(value) for name, value in row.used.items()}
    told = institutions.Unit(
        id=str(row.organisation_id), name=str(row.organisation), year=row.year, staff=row.staff, used=used, area_m2=row.area_m2
    )
    return institutions.score(table(), told, weights())


@transaction.atomic
def fill(user: User, unit: Organisation, *, year: int, staff: int, area_m2: Decimal | None, used: Mapping[str, str]) -> UnitYear:
    """Keep what an institution used in a year that has begun; said again, it is corrected, and the audit keeps both.

    Raises :class:`~yangban.base.errors.UsageError` for a year to come and for what the score does not take.
    """
    demand(user, "points.fill", organisation=unit.pk)
    if year > day_of(clock.now()).year:
        raise UsageError(pick(f"{year} 年还没有到", f"{year} has not come yet"))
    before = UnitYear.objects.select_for_update(of=("self",)).filter(organisation=unit, year=year).first()
    row = before or UnitYear(organisation=unit, year=year)
    was = {} if before is None else {"staff": before.staff, "used": dict(before.used)}
    row.staff, row.area_m2, row.used = staff, area_m2, dict(used)
    unit_score(row)
    row.save()
    audit.record(user, "points.unit.filled", f"{unit} {year}", {"staff": staff, "used": dict(used), "before": was})
    return row


@dataclass(frozen=True)
class YearReport:
    """A year of an institution: its score and that of the year before, item by item, and what its staff did in sums."""

    unit: Organisation
    row: UnitYear
    score: institutions.UnitScore
    before: institutions.UnitScore | None
    rows: tuple[institutions.YearRow, ...]
    staff: institutions.StaffSums
    scheme: Scheme | None


def report_of(unit: Organisation, year: int) -> YearReport | None:
    """The report of an institution on a year; ``None`` where nothing was filled in."""
    rows = {
        each.year: each for each in UnitYear.objects.filter(organisation=unit, year__in=(year - 1, year)).select_related("organisation")
    }
    if year not in rows:
        return None
    now = unit_score(rows[year])
    before = unit_score(rows[year - 1]) if year - 1 in rows else None
    program = selectors.current_program()
    return YearReport(
        unit=unit, row=rows[year], score=now, before=before, rows=institutions.year_rows(now, before), staff=staff_sums(unit, year),
        scheme=None if program is None else earning.scheme_of(program),
    )  # fmt: skip


def staff_sums(unit: Organisation, year: int) -> institutions.StaffSums:
    """What the members who say that they belong to an institution earned in a year while they did: sums alone."""
    first, end = start_of(date(year, 1, 1)), start_of(date(year + 1, 1, 1))
    program = selectors.current_program()
    links = UnitStaff.objects.filter(organisation=unit, since__lt=end).filter(Q(until=None) | Q(until__gt=first))
    members = links.values("member").distinct().count()
    if program is None:
        return institutions.StaffSums(members)
    link = "event__member__units__"
    found = Award.objects.filter(
        Q(**{f"{link}until": None}) | Q(event__happened_at__lt=F(f"{link}until")),
        **{f"{link}organisation": unit, "event__happened_at__gte": F(f"{link}since")},
        scheme=program.scheme, event__happened_at__lt=end,
    ).filter(event__happened_at__gte=first).exclude(state__in=(Award.State.VOIDED, Award.State.REVERSED))  # fmt: skip
    acts = units = 0
    grams = Fraction(0)
    for made, mass in found.values_list("units", "grams").iterator(chunk_size=5000):
        acts, units = acts + 1, units + (made or 0)
        grams += Fraction(mass) if mass else 0
    return institutions.staff_sums(members, acts, units, grams)


def word_of(found: YearReport) -> bytes:
    """The report as a Word file."""
    scheme = found.scheme
    sums = found.staff
    staff = {
        "members": sums.members,
        "acts": sums.acts,
        "points": None if sums.units is None or scheme is None else selectors.shown(sums.units, scheme),
        "point_name": "" if scheme is None else scheme.point_name,
        "kg": None if sums.grams is None else selectors.kilograms(sums.grams),
    }
    paper = year_report(
        found.score, found.before, found.rows, staff, scores=table(), day=day_of(clock.now()),
        made_up=settings.DEMO or (scheme is not None and scheme.example),
    )  # fmt: skip
    return word_bytes(paper)


def totals(year: int) -> institutions.Totals:
    """The sums over all institutions of a year. Raises :class:`~yangban.base.errors.UsageError` where there are too few."""
    return institutions.totals([unit_score(each) for each in UnitYear.objects.filter(year=year).select_related("organisation")])


def years() -> list[int]:
    """The years of which an institution filled in something, the newest first."""
    return list(UnitYear.objects.order_by("-year").values_list("year", flat=True).distinct())
