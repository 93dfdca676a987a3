"""Each type of requirement: met, not met, not applicable, cannot be said; and what the reason tells to bring."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from yangban.indicators.requirements import Aim, Facts, Place, check, holds
from yangban.indicators.values import Value
from yangban.standards.systems import Item, Requirement

COUNTY = Place(subject="360102", level="county", period="2024", features={"sea": False, "lake": True}, conditions={"terrain": "hill"})


def _item(*requirements: Requirement, **more: Any) -> Item:
    base: dict[str, Any] = {"key": "k", "no": "1", "name": "某项", "dimension": "", "unit": "%", "better": "high", "clause": "表"}
    return Item(**{**base, "source": ("示例",), "confidence": "verified", "requirements": requirements, **more})


def _value(number: str | None = None, *, word: str = "", **more: Any) -> Value:
    base: dict[str, Any] = {"key": "k", "subject": "360102", "period": "2024", "unit": "%", "origin": "given", "evidence": "报告"}
    exact = None if number is None else Fraction(number)
    return Value(**{**base, "exact": exact, "display": None if number is None else Decimal(number), "word": word, **more})


def _outcome(requirement: Requirement, facts: Facts, **more: Any) -> tuple[str, tuple[str, ...]]:
    made = check(_item(requirement, **more), facts, COUNTY)
    return made.outcome, made.reasons


def threshold(value: str, direction: str = "at_least", **more: Any) -> Requirement:
    return Requirement(type="threshold", value=Decimal(value), direction=direction, **more)


@pytest.mark.parametrize(
    ("direction", "below", "at", "above"),
    [
        ("at_most", True, True, False),
        ("below", True, False, False),
        ("at_least", False, True, True),
        ("above", False, False, True),
    ],
)
def test_sides_of_a_limit(direction: str, below: bool, at: bool, above: bool) -> None:
    assert [holds(Fraction(n), direction, Fraction(2)) for n in (1, 2, 3)] == [below, at, above]


def test_a_threshold_is_held_against_the_printed_value_and_says_when_the_exact_one_differs() -> None:
    assert _outcome(threshold("85"), Facts(value=_value("85")))[0] == "pass"
    assert _outcome(threshold("85"), Facts(value=_value("84.9")))[0] == "fail"
    rounded = replace(_value("85"), exact=Fraction("84.96"))
    made = check(_item(threshold("85")), Facts(value=rounded), COUNTY)
    assert made.outcome == "pass"
    assert "未修约值 84.96 的结论相反" in made.reasons[0]


def test_a_range() -> None:
    wanted = Requirement(type="range", low=Decimal(6), high=Decimal(9))
    assert [_outcome(wanted, Facts(value=_value(n)))[0] for n in ("5.9", "6", "9", "9.1")] == ["fail", "pass", "pass", "fail"]


def test_no_value_is_no_failure() -> None:
    outcome, reasons = _outcome(threshold("85"), Facts())
    assert outcome == "no_data"
    assert reasons == ("没有数值：可填报 reported.k，单位 %",)
    assert _outcome(threshold("85"), Facts(value=replace(_value("90"), status="insufficient", reason="有效天数不足")))[0] == "no_data"


def test_threshold_or_improving() -> None:
    wanted = Requirement(type="threshold_or_improving", value=Decimal(90), direction="at_least")
    assert _outcome(wanted, Facts(value=_value("90")))[0] == "pass"
    assert _outcome(wanted, Facts(value=_value("88")))[0] == "no_data"
    assert _outcome(wanted, Facts(value=_value("88"), earlier=_value("87.9")))[0] == "pass"
    assert _outcome(wanted, Facts(value=_value("88"), earlier=_value("88")))[0] == "fail"
    low = Requirement(type="threshold_or_improving", value=Decimal(25), direction="at_most")
    assert _outcome(low, Facts(value=_value("26"), earlier=_value("27")), better="low")[0] == "pass"
    assert _outcome(low, Facts(value=_value("26"), earlier=_value("25.5")), better="low")[0] == "fail"


def test_not_worse_and_improving() -> None:
    for kind, same in (("not_worse", "pass"), ("improving", "fail")):
        wanted = Requirement(type=kind)
        found = [_outcome(wanted, Facts(value=_value("60"), earlier=_value(n)))[0] for n in ("59", "60", "61")]
        assert found == ["pass", same, "fail"]
        assert _outcome(wanted, Facts(value=_value("60")))[0] == "no_data"


def test_years_of_different_scope_or_origin_are_not_compared() -> None:
    wanted = Requirement(type="not_worse")
    other = _value("59", scope={"places": "county"})
    outcome, reasons = _outcome(wanted, Facts(value=_value("60", scope={"places": "prefecture"}), earlier=other))
    assert (outcome, reasons) == ("no_data", ("统计的地区不同：设区城市与县级及以上城市，不可比",))
    assert _outcome(wanted, Facts(value=_value("60"), earlier=_value("59", origin="computed")))[0] == "no_data"


def test_years_under_different_editions_are_flagged() -> None:
    facts = Facts(value=_value("60", edition="gb3095-2026-transitional"), earlier=_value("59", edition="gb3095-2012"))
    made = check(_item(Requirement(type="not_worse")), facts, COUNTY)
    assert made.outcome == "pass"
    assert made.notes == ("两年按不同标准计算：gb3095-2012 与 gb3095-2026-transitional",)


def test_a_task_of_the_upper_level() -> None:
    wanted = Requirement(type="upper_task")
    assert _outcome(wanted, Facts())[0] == "no_data"
    assert _outcome(wanted, Facts(task=_value(word="yes")))[0] == "pass"
    assert _outcome(wanted, Facts(task=_value(word="no")))[0] == "fail"
    aim = Aim(value=Decimal(95), direction="at_least", unit="%", met_by="unrounded")
    assert _outcome(wanted, Facts(value=_value("95"), aim=aim))[0] == "pass"
    assert _outcome(wanted, Facts(value=_value("95"), aim=aim, task=_value(word="no")))[0] == "fail", "the answer goes first"


def test_an_answer_needs_evidence() -> None:
    wanted = Requirement(type="qualitative", expected="建立")
    assert _outcome(wanted, Facts(value=_value(word="yes")), unit="—", better="none") == ("pass", ("建立：是",))
    assert _outcome(wanted, Facts(value=_value(word="no")), unit="—")[0] == "fail"
    assert _outcome(wanted, Facts(value=_value(word="yes", evidence=" ")), unit="—") == ("no_data", ("答复没有佐证：建立",))


def test_a_target_that_does_not_say_how_it_is_met() -> None:
    wanted = Requirement(type="target")
    aim = Aim(value=Decimal("29"), direction="at_most", unit="%", met_by="unknown")
    assert _outcome(wanted, Facts(value=_value("29"))) == ("no_data", ("没有本地区本时段的目标",))
    assert _outcome(wanted, Facts(value=_value("29"), aim=aim))[0] == "pass"
    between = replace(_value("29"), exact=Fraction("29.4"))
    assert _outcome(wanted, Facts(value=between, aim=aim))[0] == "no_data", "29.4 meets 29 rounded and not unrounded"
    assert _outcome(wanted, Facts(value=between, aim=replace(aim, met_by="rounded")))[0] == "pass"
    assert _outcome(wanted, Facts(value=between, aim=replace(aim, met_by="unrounded")))[0] == "fail"
    other = Aim(value=Decimal("29"), direction="at_most", unit="%", scope={"places": "county"})
    assert _outcome(wanted, Facts(value=_value("20", scope={"places": "prefecture"}), aim=other))[0] == "no_data"


def test_only_where_the_feature_exists() -> None:
    facts = Facts(value=_value("1"))
    assert _outcome(threshold("85"), facts, only_where="sea") == ("not_applicable", ("本地没有 sea",))
    assert _outcome(threshold("85"), facts, only_where="lake")[0] == "fail"
    outcome, reasons = _outcome(threshold("85"), facts, only_where="grassland")
    assert outcome == "no_data"
    assert "reported.feature.grassland" in reasons[0]


def test_levels_periods_and_conditions_choose_the_requirement() -> None:
    assert check(_item(threshold("85"), levels=("city",)), Facts(), COUNTY).outcome == "not_applicable"
    both = (threshold("95", levels=("city",)), threshold("85", levels=("county",)))
    assert check(_item(*both), Facts(value=_value("90")), COUNTY).outcome == "pass"
    assert check(_item(*both), Facts(value=_value("90")), replace(COUNTY, level="city")).outcome == "fail"
    dated = _item(threshold("85", periods=("2025",)))
    assert check(dated, Facts(value=_value("90")), COUNTY).reasons == ("没有 2024 的要求；只有 2025 的",)
    terrain = tuple(threshold(n, when={"terrain": word}) for n, word in (("60", "mountain"), ("40", "hill"), ("18", "plain")))
    assert check(_item(*terrain), Facts(value=_value("50")), COUNTY).outcome == "pass"
    nowhere = check(_item(*terrain), Facts(value=_value("50")), replace(COUNTY, conditions={}))
    assert nowhere.outcome == "no_data"
    assert "terrain：mountain、hill、plain" in nowhere.reasons[0]
    assert check(_item(*terrain), Facts(value=_value("50")), replace(COUNTY, conditions={"terrain": "moon"})).outcome == "no_data"


def test_all_parts_must_be_met_and_a_failure_decides() -> None:
    item = _item(Requirement(type="upper_task"), threshold("90"))
    assert check(item, Facts(value=_value("95"), task=_value(word="yes")), COUNTY).outcome == "pass"
    assert check(item, Facts(value=_value("95")), COUNTY).outcome == "no_data"
    assert check(item, Facts(value=_value("80")), COUNTY).outcome == "fail"


def test_units_and_scopes_that_do_not_fit_are_refused() -> None:
    assert check(_item(threshold("85")), Facts(value=_value("90", unit="km")), COUNTY).outcome == "no_data"
    item = _item(threshold("85"), scope={"places": "county"})
    assert check(item, Facts(value=_value("90", scope={"places": "prefecture"})), COUNTY).outcome == "no_data"


def test_an_unknown_requirement_is_an_empty_slot() -> None:
    assert _outcome(Requirement(type="unknown"), Facts(value=_value("1"))) == ("no_data", ("要求未查到；请从正式文本补上",))


def test_where_two_values_compete_none_is_taken() -> None:
    assert check(_item(threshold("1")), Facts(conflict="两个值"), COUNTY).reasons == ("两个值",)
