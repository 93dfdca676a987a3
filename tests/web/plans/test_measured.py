"""Warnings that measurement raises on its own: ranks, sections, paths and forecasts; and the scan as work of the worker."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from web.plans.conftest import Town
from web.plans.test_warnings_forms import target
from yangban.base.periods import parse
from yangban.web.jobs import daily
from yangban.web.jobs.models import DailyRun, Job
from yangban.web.plans import measured, scanning, warning_rows
from yangban.web.plans.models import MeasuredWarning, Note
from yangban.web.public.models import FigureRoots, PublishedFigure, PublishedRelease, PublishedSummary
from yangban.web.public.publishing import release_published

pytestmark = pytest.mark.django_db


def positions(period: str) -> dict[str, int]:
    """The rank of each city by hand: how many are better, and one."""
    rows = PublishedFigure.objects.filter(indicator="air.composite_index", period=period, subject_level="city", scope="as_monitored")
    first = next(each for each in PublishedRelease.objects.get().editions if each.startswith("gb3095"))
    values = {row.subject: Decimal(row.display) for row in rows.filter(edition=first, status="ok")}
    assert len(values) == 11
    return {code: 1 + sum(other < value for other in values.values()) for code, value in values.items()}


def test_a_city_that_slides_is_warned_of_with_its_figure(town: Town) -> None:
    month = parse("2023-12")
    now, before = positions("2023-12"), positions("2023-11")
    slid = {code: now[code] - before[code] for code in now if now[code] - before[code] >= 2}
    assert slid, "the synthetic year has a city that slides in December"
    causes = measured.rank_causes(month, signals=warning_rows.signals())
    assert {each.subject: each.colour for each in causes} == {code: "red" if steps >= 5 else "yellow" for code, steps in slid.items()}
    for each in causes:
        assert each.figure is not None
        assert (each.figure.indicator, each.figure.period, each.synthetic) == ("air.composite_index", "2023-12", True)
        assert f"由第{before[each.subject]}位退到第{now[each.subject]}位（比 2023-11）" in each.text
    # There is no December of the year before, so nothing is said of it.
    assert not any("2022" in each.text for each in causes)


def test_which_indicators_are_ranked_is_data() -> None:
    held = warning_rows.signals()
    other = replace(held, signals=tuple(replace(each, indicators=()) if each.key == "rank" else each for each in held.signals))
    assert measured.rank_causes(parse("2023-12"), signals=other) == []


def test_a_warning_that_nobody_owns_comes_to_the_office_of_the_place(town: Town, enter: Any) -> None:
    made = warning_rows.scan([], period="2023-12", today=date(2024, 1, 3), at=town.tick(), region="360000")
    slid = [each for each in made if each.kind == "rank"]
    assert slid
    assert {each.region for each in slid} == {each.subject for each in slid}
    assert not any(each.units.exists() for each in slid)
    page = enter(town.people["office.province"]).get("/desk/tasks/warnings/").text
    assert all(each.text in page for each in slid)
    other = enter(town.people["office.county"]).get("/desk/tasks/warnings/").text
    assert not any(each.text in other for each in slid)


def test_a_place_of_another_region_is_left_alone(town: Town) -> None:
    made = warning_rows.scan([], period="2023-12", today=date(2024, 1, 3), at=town.tick(), region="360700")
    assert {each.subject[:4] for each in made} <= {"3607"}


def mean(period: str) -> Decimal:
    row = PublishedFigure.objects.filter(indicator="air.pm25.mean", subject="360700", period=period, scope="as_monitored").first()
    assert row is not None
    return Decimal(row.display)


def test_an_indicator_off_its_path_by_june_is_warned_of_with_the_year_to_date(town: Town) -> None:
    (cause,) = measured.course_causes(parse("2023-06"), [target("20")], signals=warning_rows.signals())
    assert (cause.colour, cause.subject) == ("yellow", "360700")
    assert cause.figure is not None
    assert cause.figure.period == "2023-01-01/2023-06-30"
    low, high = (f(mean(f"2023-{n:02d}") for n in range(1, 7)) for f in (min, max))
    assert low <= cause.figure.display <= high
    assert "落后于序时路径" in cause.text
    assert "全年要求不高于 20.0 µg/m³" in cause.text
    assert measured.course_causes(parse("2023-06"), [target("500")], signals=warning_rows.signals()) == []


def test_a_target_of_another_year_or_by_another_measure_warns_nobody(town: Town) -> None:
    later = target("20", year=2024)
    counties = replace(target("20", subject="360000"), places="county")
    assert measured.course_causes(parse("2023-12"), [later, counties], signals=warning_rows.signals()) == []


def test_what_a_path_says_takes_the_place_of_the_bare_comparison(town: Town) -> None:
    row = town.working(targets=(target("20"),))
    made = warning_rows.scan([row], period="2023-12", today=date(2024, 1, 3), at=town.tick(), region="360700")
    own = [each for each in made if each.indicator == "air.pm25.mean"]
    assert [(each.kind, each.colour) for each in own] == [("indicator", "red")]
    assert "全年要求" in own[0].text
    assert list(own[0].tasks.all()) == [row]
    assert Note.objects.filter(kind="warning", user=town.people["head.water"]).count() == 1


def test_a_course_over_other_months_than_the_released_ones_is_dropped(town: Town) -> None:
    PublishedFigure.objects.filter(indicator="air.pm25.mean", subject="360700", period="2023-03").update(exact="1")
    assert measured.course_causes(parse("2023-06"), [target("20")], signals=warning_rows.signals()) == []


def test_a_section_worse_than_its_registered_target(town: Town) -> None:
    """The prepared release has no water: a section is written beside it, of class IV in November where III is asked for."""
    release = PublishedRelease.objects.get()
    roots = FigureRoots.objects.first()
    for name, value in (("甲", "4"), ("乙", "3")):
        PublishedFigure.objects.create(
            release=release, indicator="water.class", subject=f"section:360000:{name}", subject_name=name, subject_level="section",
            period="2023-11", value=value, display=value, exact=value, unit="1", edition="gb3838-2002", scope="as_monitored",
            basis="audited", network="state", synthetic=True, status="ok", n_valid=1, n_expected=1, roots=roots,
        )  # fmt: skip
    about = {f"section:360000:{name}": {"target": 3, "city": "赣州市"} for name in "甲乙"}
    PublishedSummary.objects.filter(release=release, kind="sections").delete()
    PublishedSummary.objects.create(release=release, kind="sections", key="all", content=about)
    (cause,) = measured.section_causes(parse("2023-11"), signals=warning_rows.signals())
    assert (cause.subject, cause.colour) == ("section:360000:甲", "yellow")
    assert "为Ⅳ类，目标Ⅲ类" in cause.text
    assert measured.region_of(cause.subject) == "360700"


class TestScan:
    def test_it_runs_when_a_release_has_come_and_once_a_day(self, town: Town, django_capture_on_commit_callbacks: Any) -> None:
        town.working()
        with django_capture_on_commit_callbacks(execute=True):
            release_published.send(sender=PublishedRelease, release=PublishedRelease.objects.get())
        first = Job.objects.get(kind=scanning.KIND)
        assert first.state == Job.State.SHORT
        assert first.result["new"] == MeasuredWarning.objects.count() > 0
        early, late, next_day = (datetime(2026, 3, day, hour, tzinfo=UTC) for day, hour in ((2, 20), (3, 1), (3, 23)))
        assert daily.tick(early) == []  # four in the morning, Beijing time
        with django_capture_on_commit_callbacks(execute=True):
            assert scanning.KIND in daily.tick(late)
        assert daily.tick(late) == []
        assert Job.objects.filter(kind=scanning.KIND).count() == 2
        assert scanning.KIND in daily.tick(next_day)
        assert DailyRun.objects.filter(name=scanning.KIND).count() == 2

    def test_a_release_that_nobody_may_see_yet_is_not_looked_at(self, town: Town) -> None:
        town.working()
        row = PublishedRelease.objects.get()
        row.embargo = datetime(2099, 1, 1, tzinfo=UTC)
        row.save()
        release_published.send(sender=PublishedRelease, release=row)
        assert not Job.objects.filter(kind=scanning.KIND).exists()

    def test_the_button_asks_for_it_and_says_what_came(self, town: Town, enter: Any, django_capture_on_commit_callbacks: Any) -> None:
        town.working()
        client = enter(town.people["office.city"])
        with django_capture_on_commit_callbacks(execute=True):
            client.post("/desk/tasks/warnings/scan/", {"period": "2023-12"})
        job = Job.objects.get(kind=scanning.KIND)
        assert (job.payload, job.created_by) == ({"period": "2023-12", "region": "360700"}, town.people["office.city"])
        assert job.over
        assert enter(town.people["head.water"]).post("/desk/tasks/warnings/scan/").status_code == 403

    def test_two_that_ask_for_the_same_get_one_job(self) -> None:
        assert scanning.ask(period="2023-12").pk == scanning.ask(period="2023-12").pk
        assert scanning.ask(period="2023-11").pk != scanning.ask(period="2023-12").pk
