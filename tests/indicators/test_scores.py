"""Every shipped system with its example: the score or the refusal, derived here by hand from the example's values."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from yangban.base.errors import UsageError
from yangban.indicators.requirements import Facts
from yangban.indicators.scores import rank_scores, score
from yangban.indicators.systems import Gathered, SystemCheck, check_system, from_given
from yangban.standards.systems import System, example, load_systems

KNOWN = load_systems()


def _example(name: str) -> tuple[System, Gathered]:
    system, given = KNOWN.system(name), example(name)
    assert given is not None
    return system, from_given(system, given)


def _checked(name: str) -> SystemCheck:
    return check_system(*_example(name))


def _failed(made: SystemCheck) -> list[str]:
    return [each.item.key for each in made.checks if each.outcome == "fail"]


def test_every_system_has_an_example_that_is_marked() -> None:
    for name in KNOWN.systems:
        given = example(name)
        assert given is not None, name
        assert given.synthetic, name
        assert "示例" in given.title, name


def test_the_evaluation_of_2020_gives_no_index_and_no_ranking() -> None:
    system, gathered = _example("evaluation-2020")
    made = check_system(system, gathered)
    # 29 of 29, 48 of 50, 96.2 of 95.5, 0 of 0, 63.1 of 63.1 are met; 92.1 of 93.0 is not; sixteen have no value.
    assert _failed(made) == ["good_days"]
    assert made.counts == {"pass": 5, "fail": 1, "not_applicable": 0, "no_data": 16}
    one = score(system, gathered)
    assert (one.status, one.total) == ("refused", None)
    assert [reason.partition("：")[0] for reason in one.reasons] == ["权重未知", "计分方法未知"]
    assert one.notes == ("本体系规定结果不用于干部考核",)
    with pytest.raises(UsageError, match="不对地区排名"):
        rank_scores(system, [one])


def test_the_assessment_of_2026_with_the_example_weights() -> None:
    system, gathered = _example("assessment-2026")
    one = score(system, gathered, weights=system.weights("example"))
    # 15×.90 + 10×.80 + 10×.90 + 5×1 + 5×1 + 10×.90 + 10×.80 + 15×.90 + 5×.80 + 5×1 + 5×.90 + 5×.85 = 88.75; +5 of 6; −1.
    by_hand = Fraction("13.5") + 8 + 9 + 5 + 5 + 9 + 8 + Fraction("13.5") + 4 + 5 + Fraction("4.5") + Fraction("4.25")
    assert by_hand == Fraction("88.75")
    assert one.total == by_hand + 5 - 1
    assert (one.status, one.grade, one.example, one.synthetic, one.full) == ("ok", "优秀", True, True, 100)
    assert [(each.key, each.counted) for each in one.adjustments] == [("bonus", 5), ("deduction", 1)]
    assert one.notes[0] == "按示例权重“示例权重（不是官方数字）”计算，不是官方结果"
    row = one.to_dict()["items"][0]
    assert (row["name"], row["value"], row["earned"], row["rule"]) == ("责任落实情况", "90%", "13.5", "15 × 90 %")


def test_without_published_weights_there_is_no_score() -> None:
    system, gathered = _example("assessment-2026")
    one = score(system, gathered)
    assert one.status == "refused"
    assert one.reasons[0] == "分值未知：责任落实情况、大气环境、水和海洋环境 等 12 项；请从正式文本填入权重集后用 --set"


def test_a_missing_value_is_no_zero() -> None:
    system, gathered = _example("assessment-2026")
    one = score(system, replace(gathered, facts={**gathered.facts, "air": Facts()}), weights=system.weights("example"))
    assert (one.status, one.total, one.grade) == ("insufficient", None, "")
    assert one.reasons == ("大气环境：没有数值",)


def test_a_share_beyond_all_is_no_score() -> None:
    system, gathered = _example("assessment-2026")
    held = gathered.facts["air"].value
    assert held is not None
    wrong = Facts(value=replace(held, exact=Fraction(101), display=Decimal(101)))
    one = score(system, replace(gathered, facts={**gathered.facts, "air": wrong}), weights=system.weights("example"))
    assert one.reasons == ("大气环境：得分率 101% 不在 0–100 之间",)


def test_points_that_do_not_come_to_the_whole_are_refused() -> None:
    system, gathered = _example("assessment-2026")
    weights = system.weights("example")
    light = replace(weights, items={**weights.items, "air": {"points": Decimal(5), "scoring": "share"}})
    assert score(system, gathered, weights=light).reasons == ("各项分值合计 95，应为 100",)


def test_an_event_rules_out_the_best_grade() -> None:
    system, gathered = _example("campaign-2020")
    weights = system.weights("example")
    one = score(system, gathered, weights=weights)
    assert (one.total, one.grade_before, one.grade, one.provisional) == (93, "优秀", "良好", False)
    assert one.reasons == ("发生特别重大环境污染或生态破坏事件，不得评为优秀（依据：示例：调查报告）",)
    silent = score(system, replace(gathered, vetoes={}), weights=weights)
    assert (silent.grade, silent.provisional) == ("优秀", True)
    no = {key: replace(value, word="no") for key, value in gathered.vetoes.items()}
    assert score(system, replace(gathered, vetoes=no), weights=weights).grade == "优秀"
    assert score(system, gathered).grade == "", "without cut-offs there is a total and no grade"
    assert score(system, gathered).total == 93


def test_losses_for_each_unit_beyond_the_target() -> None:
    system, gathered = _example("letter-2018")
    one = score(system, gathered)
    # PM10 63 of 60: 3 − 3×0.5. PM2.5 38 of 35: 1 − 1.5, not below 0. Good days 88.6 of 90.0: 1 − 1.4×0.25.
    assert [each.earned for each in one.items] == [Fraction("1.5"), 0, Fraction("0.65")]
    assert (one.total, one.full, one.status) == (Fraction("2.15"), 5, "ok")


def test_demonstration_2016_is_open_since_the_table_is_not_whole() -> None:
    made = _checked("demonstration-2016")
    # 25 of 22 on hills; 69 of 70 in the middle region; the three tiers of appliances are not assigned to anything.
    assert made.counts == {"pass": 8, "fail": 0, "not_applicable": 0, "no_data": 1}
    assert made.verdict == "open"
    assert made.reasons[-1] == "本体系的指标表不全，只能判断未达到，不能判断全部达到"
    system, gathered = _example("demonstration-2016")
    mountain = replace(gathered, place=replace(gathered.place, conditions={"terrain": "mountain", "region": "middle"}))
    assert _failed(check_system(system, mountain)) == ["protected_area"]


def test_demonstration_2019_is_met_although_a_reference_indicator_is_not() -> None:
    system, gathered = _example("demonstration-2019")
    made = check_system(system, gathered)
    assert (_failed(made), made.verdict) == (["participation"], "met")
    assert score(system, gathered).reasons == ("本体系按指标是否全部达到命名，不计总分",)
    # Of 49 rows eight are for cities only, and a county without sea has no coast to repair.
    assert made.counts == {"pass": 39, "fail": 1, "not_applicable": 9, "no_data": 0}
    held = gathered.facts["sewage"].value
    assert held is not None
    worse = Facts(value=replace(held, exact=Fraction("84.9"), display=Decimal("84.9")))
    failed = check_system(system, replace(gathered, facts={**gathered.facts, "sewage": worse}))
    assert (failed.verdict, failed.reasons) == ("not_met", ("1 项未达到：城镇污水处理率",))


def test_demonstration_2024_fails_on_three_edges() -> None:
    made = _checked("demonstration-2024")
    assert _failed(made) == ["good_days", "night_sound", "eqi_change"]
    assert made.verdict == "not_met"
    outcomes = {each.item.key: each.outcome for each in made.checks}
    assert (outcomes["pm25"], outcomes["non_fossil"]) == ("pass", "pass"), "not there yet, but improving"
    assert outcomes["coastal_water"] == "not_applicable"


def test_two_mountains_gives_no_index_until_somebody_fills_the_weights() -> None:
    system, gathered = _example("two-mountains")
    assert _failed(check_system(system, gathered)) == ["good_days"], "90.0 is not above 90"
    assert score(system, gathered).status == "refused"
    items = {each.key: {"weight": Decimal(1), "scoring": "requirement"} for each in system.items}
    filled = replace(KNOWN.system("assessment-2026").weights("example"), system=system.id, items=items, grades={}, adjustments={})
    assert score(system, gathered, weights=filled).status == "insufficient"
    four = replace(system, items=tuple(each for each in system.items if each.key in gathered.facts))
    only = {key: {"weight": Decimal(weight), "scoring": "requirement"} for key, weight in zip(gathered.facts, (3, 1, 1, 1), strict=True)}
    one = score(four, gathered, weights=replace(filled, items=only))
    assert one.total == Fraction(0 * 3 + 100 + 100 + 100, 6)
    assert f"{one.display}" == "50.00"


def test_beautiful_rivers_has_no_points() -> None:
    system, gathered = _example("beautiful-rivers")
    assert score(system, gathered).reasons[0].startswith("分值未知：生态用水保障")


def test_a_province_of_a_pack_is_judged_one_by_one() -> None:
    (name,) = [each for each in KNOWN.systems if each.startswith("beautiful-") and each != "beautiful-rivers"]
    made = _checked(name)
    # 26.1 of 26.4 and 94.0 of 93.4 and 93 of 93 are met; 94.4 of 94.5 and 94.9 of 95 are not; two have targets for 2025 only.
    assert made.counts == {"pass": 3, "fail": 2, "not_applicable": 0, "no_data": 2}
    assert _failed(made) == ["good_days_county", "plots"]
    assert score(*_example(name)).reasons == ("本体系不计总分，只逐项判断",)


def test_ranking_of_scores_is_joint_on_ties() -> None:
    system, gathered = _example("letter-2018")
    one = score(system, gathered)
    better = replace(one, subject="360200", total=Fraction(3))
    ranked = rank_scores(system, [one, better, replace(one, subject="360300")])
    assert [(place, each.subject) for place, each in ranked] == [(1, "360200"), (2, "360300"), (2, "示例市")]
    with pytest.raises(UsageError, match="没有得分"):
        rank_scores(system, [replace(one, total=None)])
    with pytest.raises(UsageError, match="权重集"):
        rank_scores(system, [one, replace(one, set="mine")])


def _weighted(**more: Any) -> System:
    system = KNOWN.system("two-mountains")
    items = tuple(replace(each, weight=Decimal(1), **more) for each in system.items if each.key in {"good_days", "forest_grass"})
    return replace(system, items=items)


def test_an_indicator_that_does_not_apply_is_left_out_of_a_mean() -> None:
    system = _weighted(scoring="requirement", only_where="forest")
    _, gathered = _example("two-mountains")
    gathered = replace(gathered, place=replace(gathered.place, features={"forest": False}))
    assert score(system, gathered).reasons == ("没有一项适用",)
    first, second = system.items
    one = score(replace(system, items=(replace(first, only_where=""), second)), gathered)
    assert (one.total, [each.counts for each in one.items]) == (0, [True, False])


def test_progress_earns_its_part() -> None:
    system = _weighted(scoring="progress")
    _, gathered = _example("two-mountains")
    facts = {
        key: replace(gathered.facts[key], base=Fraction(base), aim=replace(_aim(), value=Decimal(target)))
        for key, base, target in (("good_days", 80, "96"), ("forest_grass", 50, "55"))
    }
    # (90 − 80) / (96 − 80) = 62.5 %; 60 is beyond 55 and counts as 100 %.
    assert score(system, replace(gathered, facts=facts)).total == Fraction(625 + 1000, 20)


def _aim() -> Any:
    aim = _example("letter-2018")[1].facts["good_days"].aim
    assert aim is not None
    return aim


def test_negative_adjustments_and_unknown_limits() -> None:
    system, gathered = _example("assessment-2026")
    minus = {"bonus": replace(gathered.adjustments["bonus"], exact=Fraction(-1), display=Decimal(-1))}
    with pytest.raises(UsageError, match="一律填正数"):
        score(system, replace(gathered, adjustments=minus), weights=system.weights("example"))
    open_ended = replace(system.weights("example"), adjustments={})
    assert score(system, gathered, weights=open_ended).reasons == ("加分项有填报而上限未知，不能计入", "扣分项有填报而上限未知，不能计入")
