"""The path of a target on the page of its indicator, laid when the release was published."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from yangban.web.public import selectors
from yangban.web.public.models import PublishedFigure, PublishedRelease
from yangban.web.public.summaries import as_released

pytestmark = pytest.mark.django_db


def path_of(indicator: str) -> dict[str, Any]:
    release = selectors.newest()
    assert release is not None
    found = [each for each in selectors.summary(release, "paths", "360000") if each["indicator"] == indicator]
    assert len(found) == 1
    return dict(found[0])


def test_without_a_past_year_every_month_is_asked_the_same() -> None:
    path = path_of("air.pm25.mean")
    # The pack's target for 2023 is 26.4; a year alone has no season to lay it by.
    assert (path["kind"], path["asked"], path["year"]) == ("linear", "26.4", 2023)
    assert [row["path"] for row in path["rows"]] == ["26.4"] * 12
    # Rounded once each, the gap may differ by one in the last place from the difference of what is shown.
    assert all(abs(Decimal(row["value"]) - Decimal("26.4") - Decimal(row["gap"])) <= Decimal("0.1") for row in path["rows"])


def test_the_page_shows_it(client: Any) -> None:
    page = client.get("/indicators/air.pm25.mean/").text
    assert "路径" in page
    assert "26.4" in page
    assert "各月相同" in page


def test_a_month_that_is_no_longer_the_released_one_is_seen() -> None:
    from yangban.publish.course import courses_of
    from yangban.publish.dispatch import targets_for
    from yangban.run.media import open_all
    from yangban.standards.systems import load_systems
    from yangban.web.workspace import site_workspace

    place = site_workspace()
    courses = courses_of(
        open_all(place), targets_for(place, "360000"), region="360000", year=2023, rules=load_systems().warnings["default"]
    )
    course = next(each for each in courses if each.target.indicator == "air.pm25.mean")
    release = PublishedRelease.objects.get(number=1)
    assert as_released(course, release)
    row = release.figures.filter(indicator="air.pm25.mean", subject="360000", period="2023-05")
    PublishedFigure.objects.filter(pk__in=row.values("pk")).update(exact="1/2")
    assert not as_released(course, release)
