"""Values of a place brought together: computed, reported, targets; nothing mixed silently."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from yangban.base.errors import UsageError
from yangban.base.periods import parse
from yangban.indicators.requirements import Place
from yangban.indicators.systems import check_system, from_given, gather, place_of, reported_words
from yangban.indicators.targets import Target
from yangban.indicators.values import Value
from yangban.standards.systems import example, load_systems

SYSTEM = load_systems().system("evaluation-2020")
PLACE = Place(subject="360000", level="province", period="2025")


def _value(key: str, number: str, *, origin: str = "reported", period: str = "2025", **more: Any) -> Value:
    unit = "µg/m³" if "pm25" in key else "%"
    base: dict[str, Any] = {"exact": Fraction(number), "display": Decimal(number), "unit": unit, "evidence": "报告"}
    return Value(**{**base, "key": key, "subject": "360000", "period": period, "origin": origin, **more})


def _target(value: str, places: str, indicator: str = "air.pm25.mean") -> Target:
    return Target(
        indicator=indicator, subject="360000", period=parse("2025"), value=Decimal(value), direction="at_most", unit="µg/m³",
        source="规划", confidence="verified", places=places,
    )  # fmt: skip


FIGURE = _value("air.pm25.mean", "28", origin="computed", scope={"places": "prefecture"})


def test_a_figure_and_a_target_of_its_scope() -> None:
    made = gather(SYSTEM, PLACE, computed=[FIGURE], targets=[_target("29", "prefecture"), _target("20", "county")])
    facts = made.facts["pm25"]
    assert facts.value is FIGURE
    assert facts.aim is not None
    assert facts.aim.value == 29, "a target for cities of county level is of another scope"
    (check,) = (each for each in check_system(SYSTEM, made).checks if each.item.key == "pm25")
    assert (check.outcome, check.reasons) == ("pass", ("28 µg/m³，目标 ≤29，达到",))


def test_a_target_that_points_the_wrong_way_is_none() -> None:
    wrong = _target("93", "prefecture", "air.good_day_ratio")
    assert gather(SYSTEM, PLACE, targets=[wrong]).facts["good_days"].aim is None


def test_computed_and_reported_are_not_mixed() -> None:
    both = [_value("reported.pm25", "27")]
    facts = gather(SYSTEM, PLACE, computed=[FIGURE], reported=both).facts["pm25"]
    assert facts.value is None
    assert "不能默默取一个：计算 air.pm25.mean 28 µg/m³（设区城市）；填报 reported.pm25 27 µg/m³" in facts.conflict
    for prefer, number in (("computed", 28), ("reported", 27)):
        chosen = gather(SYSTEM, PLACE, computed=[FIGURE], reported=both, prefer=prefer).facts["pm25"].value
        assert chosen is not None
        assert chosen.exact == number
    with pytest.raises(UsageError, match="prefer"):
        gather(SYSTEM, PLACE, prefer="best")


def test_the_year_before_is_of_the_same_origin() -> None:
    before = _value("air.pm25.mean", "30", origin="computed", period="2024", scope={"places": "prefecture"})
    reported = _value("reported.pm25", "31", period="2024")
    facts = gather(SYSTEM, PLACE, computed=[FIGURE, before], reported=[reported]).facts["pm25"]
    assert facts.earlier is before


def test_a_figure_of_another_scope_is_kept_and_refused() -> None:
    county = _value("air.pm25.mean", "20", origin="computed", scope={"places": "county"})
    made = gather(SYSTEM, PLACE, computed=[county])
    (check,) = (each for each in check_system(SYSTEM, made).checks if each.item.key == "pm25")
    assert (check.outcome, check.reasons) == ("no_data", ("统计的地区不同：县级及以上城市与设区城市，不可比",))


def test_a_word_for_one_system_goes_before_the_common_one() -> None:
    special, common = reported_words(SYSTEM, "forest")
    rows = [_value(common, "60"), _value(special, "63")]
    value = gather(SYSTEM, PLACE, reported=rows).facts["forest"].value
    assert value is not None
    assert value.key == "reported.evaluation_2020.forest"
    assert gather(SYSTEM, PLACE, reported=[_value(common, "60", subject="360100")]).facts["forest"].value is None


def test_features_and_conditions_hold_until_a_newer_word() -> None:
    def word(key: str, text: str, period: str) -> Value:
        return _value(key, "0", period=period, exact=None, display=None, word=text)

    rows = [
        word("reported.feature.sea", "no", "2020"),
        word("reported.feature.sea", "yes", "2026"),
        word("reported.condition.terrain", "plain", "2020"),
        word("reported.condition.terrain", "hill", "2023"),
    ]
    place = place_of("360000", "province", "2025", rows)
    assert (place.features, place.conditions) == ({"sea": False}, {"terrain": "hill"})


def test_vetoes_and_adjustments_are_reported_too() -> None:
    system = load_systems().system("campaign-2020")
    event = _value("reported.campaign_2020.veto.major_event", "0", exact=None, display=None, word="no")
    assert gather(system, PLACE, reported=[event]).vetoes == {"major_event": event}


def test_a_system_is_for_its_levels_and_values_for_their_system() -> None:
    given = example("letter-2018")
    assert given is not None
    with pytest.raises(UsageError, match="属于 letter-2018"):
        from_given(SYSTEM, given)
    with pytest.raises(UsageError, match="用于province，不用于 county"):
        check_system(SYSTEM, gather(SYSTEM, Place(subject="360102", level="county", period="2025")))
