"""Self-check against requirements worked by hand, for three counties and a city.

The counties stand under the edition of 2019 (notes 4.3: value, binding or reference, for whom), the city under that of 2024 (notes 4.2),
the one that says "≥ 90 % or keeps rising". What each must come out as was worked out by hand from those tables and the values below. All
values are made up.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from yangban.govern.self_check import SelfCheck, self_check
from yangban.indicators.systems import gather, place_of
from yangban.indicators.values import COMPUTED, REPORTED, Value
from yangban.standards.programmes import Edition, freeze, thaw

COUNTY = "360725"
OTHER = {"pass": "pass", "fail": "fail", "na": "not_applicable", "?": "no_data"}


def edition(word: str) -> Edition:
    return thaw(freeze(word))


def reported(key: str, said: str, *, period: str = "2023", unit: str = "%", subject: str = COUNTY) -> Value:
    number = said.lstrip("-").replace(".", "", 1).isdigit()
    exact = Decimal(said) if number else None
    return Value(
        key=f"reported.{key}", subject=subject, period=period, exact=None if exact is None else Fraction(exact), display=exact, unit=unit,
        origin=REPORTED, word="" if number else said, evidence="测试佐证（虚构）", department="测试局", by="测试",
    )  # fmt: skip


def figure(key: str, said: str, *, period: str = "2023", unit: str = "%", subject: str = COUNTY) -> Value:
    scope = {"dust": "as_monitored", "basis": "realtime", "network": "state", "places": "own"} if key.startswith("air.") else {}
    return Value(
        key=key, subject=subject, period=period, exact=Fraction(said), display=Decimal(said), unit=unit, origin=COMPUTED, scope=scope,
        edition="gb3095-2012", evidence="由监测数据计算",
    )  # fmt: skip


def county(values: list[Value], *, word: str = "demonstration-area-2019", subject: str = COUNTY, level: str = "county") -> SelfCheck:
    held = edition(word)
    system = held.system(level)
    assert system is not None
    computed = [each for each in values if each.origin == COMPUTED]
    told = [each for each in values if each.origin == REPORTED]
    gathered = gather(system, place_of(subject, level, "2023", told), computed=computed, reported=told, prefer="computed")
    refs = {(each.key, each.subject, each.period, each.edition): {"release": 7} for each in computed}
    return self_check(held, gathered, refs)


def outcomes(check: SelfCheck) -> Mapping[str, str]:
    return {each.key: each.outcome for each in check.lines}


YES = (
    "plan", "deployment", "river_chief", "planning_eia", "invasive", "soil_list", "emergency", "natural_space", "household_waste",
    "good_days.task", "pm25.task", "good_water.task", "inferior_water.task", "black_water.task", "shoreline.task", "river_shore.task",
    "energy.task", "water_use.task", "toilets.task",
)  # fmt: skip
"""What is answered by yes or no: the qualitative requirements of a county, and the tasks set from above."""
EDGE = {
    "appraisal": "20", "disclosure": "100", "ei": "60", "forest_grass": "60", "species": "95", "hazardous_waste": "100", "land_use": "4.5",
    "straw": "90", "manure": "75", "film": "80", "solid_waste": "80", "drinking_water": "100", "village_water": "100", "sewage": "85",
    "waste": "80", "green_building": "50", "green_purchase": "80", "training": "100", "satisfaction": "80", "participation": "80",
}  # fmt: skip
"""Every numeric threshold of a county in the edition of 2019, exactly met (4.3)."""
SAME = {"black_water": "%", "energy": "吨标准煤/万元", "water_use": "m³/万元", "aquatic": "%"}
"""What must not get worse, with its unit: the same value in both years is enough."""
BELOW = {key: str(Decimal(value) - Decimal("0.1")) for key, value in EDGE.items()}


def whole(numbers: Mapping[str, str], *, skip: tuple[str, ...] = (), earlier: str = "10", now: str = "10") -> list[Value]:
    """A county that has everything: answers, numbers, the year before, Figures of air and water."""
    made = [reported(key, "yes", unit="") for key in YES]
    made += [reported(key, value, unit="1" if key == "ei" else "%") for key, value in numbers.items()]
    made += [
        reported(key, value, period=year, unit=unit) for key, unit in SAME.items() for year, value in (("2022", earlier), ("2023", now))
    ]
    made += [
        reported("feature.sea", "no", unit=""),
        reported("condition.climate", "other", unit=""),
        reported("condition.terrain", "mountain", unit=""),
    ]
    for key, unit, before, after in (
        ("air.good_day_ratio", "%", "95.0", "95.0"), ("air.pm25.mean", "µg/m³", "25", "25"), ("water.good_ratio", "%", "100", "100"),
        ("water.inferior_ratio", "%", "0", "0"),
    ):  # fmt: skip
        made += [figure(key, before, period="2022", unit=unit), figure(key, after, unit=unit)]
    return [each for each in made if each.key.removeprefix("reported.") not in skip]


def test_a_county_at_the_edge_of_every_threshold_meets_all() -> None:
    """By hand: "≥ x" holds at x; "stable or better" holds at the same value; the sea does not apply; city indicators do not either."""
    check = county(whole(EDGE))
    found = outcomes(check)
    city_alone = {"coastal_water", "carbon", "clean_production", "park", "transit", "appliances", "water_saving", "disposable"}
    assert {key for key, outcome in found.items() if outcome == "not_applicable"} == city_alone | {"coast_repair"}
    assert {key for key, outcome in found.items() if outcome in {"fail", "no_data"}} == set()
    assert check.counts == {"pass": 40, "fail": 0, "not_applicable": 9, "no_data": 0}
    assert check.verdict == "met"
    assert check.unmet == ()


def test_a_tenth_below_every_edge_fails_everywhere() -> None:
    """By hand: each of the 20 thresholds is missed, and of 26 (≥ 80 % or rising) the year before is unknown: that cannot be said."""
    check = county(whole(BELOW))
    found = outcomes(check)
    assert {key for key, outcome in found.items() if outcome == "fail"} == set(EDGE) - {"solid_waste"}
    assert found["solid_waste"] == "no_data"
    assert check.verdict == "not_met"


def test_a_county_with_missing_data() -> None:
    """By hand: no drinking-water value, no earlier PM2.5, an answer without its task, a Figure that is insufficient: each cannot be said,
    and nothing of it is a failure or a pass; the verdict stays open."""
    values = whole(EDGE, skip=("drinking_water", "energy.task"))
    values = [each for each in values if (each.key, each.period) != ("air.pm25.mean", "2022")]
    short = next(each for each in values if (each.key, each.period) == ("air.good_day_ratio", "2023"))
    values[values.index(short)] = Value(**{**vars(short), "status": "insufficient", "reason": "有效天数不足"})
    check = county(values)
    missing = {"drinking_water", "energy", "pm25", "good_days"}
    assert {key for key, outcome in outcomes(check).items() if outcome == "no_data"} == missing
    assert check.counts["fail"] == 0
    assert check.verdict == "open"
    assert set(check.unmet) == missing
    line = {each.key: each for each in check.lines}
    assert "有效天数不足" in "；".join(line["good_days"].reasons)
    assert "上年" in "；".join(line["pm25"].reasons)


def test_a_feature_that_is_not_there_and_one_of_which_nobody_said() -> None:
    """By hand: without a coast the repair of the coast does not apply; where nobody says whether there is one it cannot be said."""
    assert outcomes(county(whole(EDGE)))["coast_repair"] == "not_applicable"
    silent = county(whole(EDGE, skip=("feature.sea",)))
    assert outcomes(silent)["coast_repair"] == "no_data"
    assert "feature.sea" in "；".join(next(each for each in silent.lines if each.key == "coast_repair").reasons)
    coast = [*whole(EDGE, skip=("feature.sea",)), reported("feature.sea", "yes", unit=""), reported("coast_repair.task", "no", unit="")]
    assert outcomes(county(coast))["coast_repair"] == "fail"


@pytest.mark.parametrize(
    ("terrain", "cover", "outcome"),
    [("mountain", "59.9", "fail"), ("mountain", "60", "pass"), ("hill", "40", "pass"), ("hill", "39.9", "fail"), ("plain", "18", "pass"),
     ("plateau", "69.9", "fail"), ("", "90", "no_data")],
)  # fmt: skip
def test_a_requirement_that_hangs_on_the_terrain(terrain: str, cover: str, outcome: str) -> None:
    """4.3, no. 11: mountain 60, hill 40, plain 18, plateau 70; where nobody says which, it cannot be said."""
    values = [*whole({**EDGE, "forest_grass": cover}, skip=("condition.terrain",))]
    values += [reported("condition.terrain", terrain, unit="")] if terrain else []
    assert outcomes(county(values))["forest_grass"] == outcome


@pytest.mark.parametrize(
    ("before", "now", "outcome"),
    [("89.0", "90.0", "pass"), ("95.0", "90.0", "pass"), ("89.0", "89.1", "pass"), ("89.1", "89.1", "fail"), ("89.2", "89.1", "fail"),
     (None, "89.1", "no_data"), (None, "90.0", "pass")],
)  # fmt: skip
def test_ninety_per_cent_or_keeps_rising_is_computed(before: str | None, now: str, outcome: str) -> None:
    """4.2, no. 4: at 90 it holds whatever came before; below 90 it must have risen; the same again is not rising."""
    values = [figure("air.good_day_ratio", now, subject="360700"), reported("good_days.task", "yes", unit="", subject="360700")]
    if before is not None:
        values.append(figure("air.good_day_ratio", before, period="2022", subject="360700"))
    check = county(values, word="demonstration-area-2024", subject="360700", level="city")
    line = next(each for each in check.lines if each.key == "good_days")
    assert line.outcome == outcome
    assert {(each.role, each.release) for each in line.sources} >= {("value", 7), ("task", None)}
    assert check.verdict != "met", "a table that is known in part can be failed, never met"


def test_each_line_carries_its_evidence() -> None:
    check = county(whole(EDGE))
    line = next(each for each in check.lines if each.key == "good_days")
    assert [(each.role, each.origin, each.period, each.release) for each in line.sources] == [
        ("value", "计算", "2023", 7), ("earlier", "计算", "2022", 7), ("task", "填报", "2023", None),
    ]  # fmt: skip
    assert any("air.good_day_ratio 2023 = 95.0" in each and "第 0007 号发布" in each for each in check.figures())
    assert all(each.requirement != "" and each.clause != "" for each in check.lines)


def test_an_edition_whose_requirements_nobody_published_judges_nothing() -> None:
    from yangban.indicators.systems import Gathered

    held = edition("demonstration-area-2024")
    check = self_check(held, Gathered(place=place_of(COUNTY, "county", "2023", ()), facts={}))
    assert (check.verdict, check.lines, check.system) == ("open", (), "")
    assert "空位" in check.reasons[0]


def test_the_digest_is_of_what_is_said_and_comes_back_whole() -> None:
    one, other = county(whole(EDGE)), county(whole(EDGE, now="9"))
    assert one.digest == county(whole(EDGE)).digest != other.digest
    row: dict[str, Any] = one.to_dict()
    import json

    assert SelfCheck.from_dict(json.loads(json.dumps(row))) == one
