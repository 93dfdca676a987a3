"""What is computed when a release is published, against hand calculations and the standards."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from yangban.base.periods import parse
from yangban.indicators.targets import Target
from yangban.publish import release
from yangban.readings.workspace import Workspace
from yangban.standards import load_book
from yangban.web.public import drawing, summaries
from yangban.web.public.models import PublishedRelease, PublishedSummary
from yangban.web.public.publishing import publish, sync
from yangban.web.public.summaries import Cell


def cell(code: str, display: str | None, *, exact: str | None = None, status: str = "ok", level: str = "city") -> Cell:
    return Cell(code, level, None if display is None else Decimal(display), exact or display, "µg/m³", status, "")


def test_ties_share_a_rank_and_the_next_is_skipped() -> None:
    """1, 1, 3 (the ministry's ranking rule of 2018); what is insufficient is not ranked; counties are ranked among counties."""
    places = {
        "a": cell("a", "25"), "b": cell("b", "27"), "c": cell("c", "25"), "d": cell("d", "20", status="insufficient"),
        "e": cell("e", "30", level="county"), "f": cell("f", None),
    }  # fmt: skip
    assert summaries._ranks("air.pm25.mean", places) == {"a": [1, 2, 3], "c": [1, 2, 3], "b": [3, 1, 3], "e": [1, 1, 1]}
    assert summaries._ranks("air.good_day_ratio", places)["b"] == [1, 1, 3]


@pytest.mark.parametrize(
    ("aqi", "level"), [(0, 1), (50, 1), (51, 2), (100, 2), (101, 3), (150, 3), (151, 4), (200, 4), (201, 5), (300, 5), (301, 6), (500, 6)]
)
def test_a_day_stands_in_the_level_of_its_index(aqi: int, level: int) -> None:
    """HJ 633-2012, table of levels."""
    square = summaries._square("2023-01-01", cell("360100", str(aqi)), load_book().air("2012").levels())
    assert square[:3] == ["2023-01-01", aqi, level]


def test_a_day_without_index_has_no_level() -> None:
    assert summaries._square("2023-01-01", cell("360100", None, status="insufficient"), load_book().air("2012").levels())[1:3] == [None, 0]


def test_changes_are_taken_from_printed_values() -> None:
    """29 after 27: 7.4 %; 96.5 after 92.1: 4.4 points; what may not be used has no change."""
    now = {"a": cell("a", "29"), "b": cell("b", "29", status="insufficient")}
    then = {"a": cell("a", "27"), "b": cell("b", "27")}
    assert summaries._changes("air.pm25.mean", now, then) == {"a": {"display": "7.4", "kind": "percent", "then": "27"}}
    ratio = summaries._changes("air.good_day_ratio", {"a": cell("a", "96.5")}, {"a": cell("a", "92.1")})
    assert ratio["a"]["display"] == "4.4"


def target(**changes: Any) -> Target:
    given: dict[str, Any] = {
        "indicator": "air.pm25.mean", "subject": "360000", "period": parse("2025"), "value": Decimal(29), "direction": "at_most",
        "unit": "µg/m³", "source": "an example", "confidence": "unverified", "places": "prefecture",
    }  # fmt: skip
    return Target(**{**given, **changes})


@pytest.mark.parametrize(
    ("exact", "printed", "met_by", "state"),
    [
        ("28.9", "29", "unknown", "met"),
        ("29.4", "29", "unknown", "unclear"),
        ("29.4", "29", "rounded", "met"),
        ("29.4", "29", "unrounded", "missed"),
        ("29.6", "30", "unknown", "missed"),
    ],
)
def test_a_target_is_judged_by_the_rounding_it_names(exact: str, printed: str, met_by: str, state: str) -> None:
    held = {"2025": {("gb3095-2012", "air.pm25.mean"): {"360000": cell("360000", printed, exact=str(Fraction(exact)))}}}
    assert summaries._standing(target(met_by=met_by), held, ["2025"])["state"] == state


def test_a_target_of_a_later_year_stays_open_and_another_set_of_places_is_not_compared() -> None:
    held = {"2022": {("gb3095-2012", "air.pm25.mean"): {"360000": cell("360000", "31")}}}
    standing = summaries._standing(target(), held, ["2022"])
    assert (standing["state"], standing["against"], standing["gap"]) == ("open", "2022", "2")
    assert summaries._standing(target(places="county"), held, ["2022"]) == {"state": "apart"}
    short = {"2022": {("gb3095-2012", "air.pm25.mean"): {"360000": cell("360000", "28", status="insufficient")}}}
    assert "reached" not in summaries._standing(target(), short, ["2022"])


def test_shades_spread_from_the_smallest_to_the_largest() -> None:
    assert summaries._shades({"a": cell("a", "20"), "b": cell("b", "25"), "c": cell("c", "30")}) == {"a": 0, "b": 2, "c": 4}
    assert summaries._shades({"a": cell("a", "20")}) == {"a": 0}


def test_a_gap_breaks_the_line_and_is_never_zero() -> None:
    drawn = drawing.spark([Decimal(1), Decimal(2), None, Decimal(3), Decimal(4)])
    assert drawn is not None
    assert len(drawn.runs) == 2
    assert drawing.spark([Decimal(1), None]) is None


@pytest.mark.parametrize(
    ("rgb", "ink"),
    [((255, 255, 0), "dark"), ((0, 228, 0), "dark"), ((255, 0, 0), "dark"), ((153, 0, 76), "light"), ((126, 0, 35), "light")],
)
def test_writing_on_official_colours_has_the_better_contrast(rgb: tuple[int, int, int], ink: str) -> None:
    assert drawing.ink(rgb) == ink


@pytest.mark.django_db
class TestPublished:
    def test_a_release_from_before_there_were_summaries_gets_them(self, own_workspace: Workspace) -> None:
        before = dict(PublishedSummary.objects.filter(release=1).values_list("kind", "content"))
        PublishedSummary.objects.all().delete()
        assert sync(own_workspace) == []
        assert set(dict(PublishedSummary.objects.filter(release=1).values_list("kind", "content"))) == set(before)

    def test_synthetic_releases_show_nothing_that_others_published(self) -> None:
        assert not PublishedSummary.objects.filter(kind="published").exists()

    def test_the_book_is_kept_as_it_stood(self) -> None:
        held = PublishedSummary.objects.get(release=1, kind="document", key="hj663-2013").content
        rule = load_book().document("hj663-2013").rules[0]
        assert held["rules"][0]["key"] == rule.key
        assert held["number"] == "HJ 663-2013"

    def test_a_correction_says_what_it_changed_and_the_old_page_stays(self, own_workspace: Workspace, client: Any) -> None:
        made = release.create(own_workspace, years=[2023], note="更正", corrects=1, why="一个城市的读数补录")
        publish(own_workspace, made)
        changes = PublishedSummary.objects.get(release=2, kind="changes").content
        assert changes["changed"] == 0
        then = PublishedRelease.objects.get(number=1).figures
        assert (
            changes["went"]
            == then.exclude(period__in=made.manifest["periods"]).count()
            >= then.filter(period__startswith="2023-01-").count()
        )
        old = client.get("/releases/0001/air/2023/").text
        assert "已被第" in old
        assert "一个城市的读数补录" in old
        assert "/how/0001/" in old
        assert "/how/0002/" in client.get("/air/2023/").text
        assert "/how/0001/" in client.get("/air/2023-01-14/").text
        assert "改了什么" in client.get("/releases/0002/").text
