"""From measurement to warning: who is told what, with which Figure; colours and rungs are proposed, people decide."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest

from govern.made import GOVERNANCE, LEAD, do, figure, office, reach, target
from yangban.base.errors import NotAllowed, UsageError
from yangban.govern.model import Task
from yangban.govern.warnings import (
    judge,
    off_course,
    off_path,
    points,
    propose_colour,
    propose_step,
    raise_alerts,
    rank_slid,
    report_late,
    section_missed,
)  # fmt: skip
from yangban.indicators.course import follow
from yangban.indicators.trajectories import Month, even
from yangban.indicators.warnings import Measures, warn
from yangban.standards.systems import load_systems

SIGNALS = GOVERNANCE.signals["default"]
INDICATOR_RULES = load_systems().warning_rules("default")
TASK_RULES = load_systems().warning_rules("tasks")
GUANGYUAN, LONGCHANG, JIANGXI = (GOVERNANCE.ladder(each) for each in ("guangyuan-2018", "longchang", "jiangxi-2024"))


@pytest.mark.parametrize(
    ("measures", "colour"),
    [
        (Measures(state="missed"), "red"), (Measures(gap_percent=Fraction(5)), "yellow"), (Measures(), None),
        (Measures(state="no_data"), None),
    ],
)  # fmt: skip
def test_an_indicator_off_its_path_warns_with_its_figure(measures: Measures, colour: str | None) -> None:
    held = figure("31")
    cause = off_path(held, warn(measures, INDICATOR_RULES), signals=SIGNALS)
    if colour is None:
        assert cause is None
    else:
        assert cause is not None
        assert (cause.colour, cause.figure, cause.indicator) == (colour, held, "air.pm25.mean")


@pytest.mark.parametrize(("now", "aim", "colour"), [("3", 3, ""), ("2", 3, ""), ("4", 3, "yellow"), ("5", 3, "red"), ("6", 2, "red")])
def test_a_section_worse_than_its_target(now: str, aim: int, colour: str) -> None:
    held = figure(now, indicator="water.class", subject="section:360000:外洲", subject_name="外洲", unit="1")
    cause = section_missed(held, target=aim, signals=SIGNALS)
    assert (cause.colour if cause else "") == colour
    if cause:
        assert f"目标{'ⅠⅡⅢ'[aim - 1]}类" in cause.text


def test_a_section_that_cannot_be_assessed_is_no_miss_and_nonsense_is_refused() -> None:
    held = figure("5", indicator="water.class", status="insufficient")
    assert section_missed(held, target=3, signals=SIGNALS) is None
    with pytest.raises(UsageError):
        section_missed(figure("5/2"), target=3, signals=SIGNALS)


@pytest.mark.parametrize(
    ("rank", "before", "colour"), [(5, 5, ""), (6, 5, ""), (7, 5, "yellow"), (9, 5, "yellow"), (10, 5, "red"), (1, 9, "")]
)
def test_a_place_that_slides_in_rank(rank: int, before: int, colour: str) -> None:
    cause = rank_slid(figure("31"), rank=rank, before=before, of=11, signals=SIGNALS)
    assert (cause.colour if cause else "") == colour


def test_a_report_that_is_late() -> None:
    task = reach("in_progress")
    days = [date(2026, 2, 5), date(2026, 2, 6), date(2026, 2, 14), date(2026, 2, 15)]
    causes = [report_late(task, period="2026-01", due=date(2026, 2, 5), today=day, signals=SIGNALS) for day in days]
    assert [cause.colour if cause else "" for cause in causes] == ["", "yellow", "yellow", "red"]
    told = do(task, "report", LEAD).task
    assert report_late(told, period="2026-01", due=date(2026, 2, 5), today=days[-1], signals=SIGNALS) is None


def test_a_warning_goes_to_the_units_that_own_the_indicator() -> None:
    naming = reach("in_progress", targets=(target(),))
    other = replace(reach("in_progress", targets=(target(subject="360100"),)), id="t2")
    cause = off_path(figure("31"), warn(Measures(state="missed"), INDICATOR_RULES), signals=SIGNALS)
    (alert,) = raise_alerts([cause], [naming, other], owners={"air.pm25.mean": ("大气处",)})
    assert (alert.tasks, alert.units) == (("t1",), (LEAD.unit,))
    (by_plan,) = raise_alerts([cause], [other], owners={"air.pm25.mean": ("大气处",)})
    assert (by_plan.tasks, by_plan.units) == ((), ("大气处",))
    (unowned,) = raise_alerts([cause], [other])
    assert unowned.units == ()
    shown = alert.to_dict()
    assert shown["figure"]["value"] == "31"
    assert (shown["symbol"], shown["word"]) == ("▲", "红")


def test_the_same_cause_warns_once_and_a_worse_one_again() -> None:
    task = reach("in_progress", targets=(target(),))
    yellow = off_path(figure("31"), warn(Measures(gap_percent=Fraction(5)), INDICATOR_RULES), signals=SIGNALS)
    red = off_path(figure("31"), warn(Measures(state="missed"), INDICATOR_RULES), signals=SIGNALS)
    (first,) = raise_alerts([yellow, yellow, None], [task])
    assert raise_alerts([yellow], [task], known=[first.cause.key]) == ()
    assert len(raise_alerts([yellow, red], [task], known=[first.cause.key])) == 1


def test_a_forecast_beside_the_target_is_told_with_path_and_interval() -> None:
    """Past years ran flat, this one begins at 30: the forecast is 30, and the target 25 lies outside of its interval."""
    past = {year: [Month(n, 30, Fraction(year - 1990)) for n in range(1, 13)] for year in range(2020, 2026)}
    came = past[2020][:6]
    path = even(target=Fraction(25), days=dict.fromkeys(range(1, 13), 30))
    course = follow(
        target(), year=2026, asked=Fraction(25), months=came, path=path, path_kind="linear", rules=INDICATOR_RULES, past=past
    )  # fmt: skip
    cause = off_course(figure("30", period="2026-01-01/2026-06-30"), course, signals=SIGNALS)
    assert cause is not None
    assert course.forecast is not None
    assert cause.colour == "red"
    assert "全年要求不高于 25.0 µg/m³；年初至今 30.0，按路径应为 25.0；预测全年 30.0" in cause.text
    easy = even(target=Fraction(35), days=dict.fromkeys(range(1, 13), 30))
    good = follow(
        target(value=Decimal(35)), year=2026, asked=Fraction(35), months=came, path=easy, path_kind="linear", rules=INDICATOR_RULES,
        past=past,
    )  # fmt: skip
    assert off_course(figure("30"), good, signals=SIGNALS) is None


def test_the_owner_at_the_place_comes_before_the_owner_elsewhere() -> None:
    cause = off_path(figure("31"), warn(Measures(state="missed"), INDICATOR_RULES), signals=SIGNALS)
    owned = {("air.pm25.mean", "360700"): ("赣州市生态环境局",), "air.pm25.mean": ("省生态环境厅",)}
    (alert,) = raise_alerts([cause], [], owners=owned)
    assert alert.units == ("赣州市生态环境局",)


def test_a_warning_from_synthetic_readings_says_so() -> None:
    cause = rank_slid(figure("31", synthetic=True), rank=9, before=1, of=11, signals=SIGNALS)
    (alert,) = raise_alerts([cause], [])
    assert alert.to_dict()["synthetic"] is True


# ---------------------------------------------------------------------------------------------------------------- colours


def task_at(progress: Fraction | None) -> Task:
    """A task of 100 days from 1 January."""
    task = reach("in_progress", deadline=date(2026, 4, 11))
    return replace(task, issued_on=date(2026, 1, 1), progress=progress)


@pytest.mark.parametrize(
    ("progress", "today", "ends", "colour"),
    [
        # After 50 of 100 days: 45 % is 10 % behind the path of 50 %, 44 % more than that; 35 % is 30 % behind.
        (Fraction(45, 100), date(2026, 2, 20), False, "green"),
        (Fraction(44, 100), date(2026, 2, 20), False, "yellow"),
        (Fraction(35, 100), date(2026, 2, 20), False, "yellow"),
        (Fraction(34, 100), date(2026, 2, 20), False, "red"),
        (None, date(2026, 2, 20), False, "none"),
        (None, date(2026, 4, 12), False, "red"),
        (Fraction(1), date(2026, 4, 11), False, "green"),
        (Fraction(1), date(2026, 4, 12), False, "red"),
        (Fraction(1), date(2026, 4, 12), True, "green"),
        (Fraction(0), date(2026, 1, 1), False, "green"),
    ],
)
def test_the_colour_of_a_task_is_proposed_by_rule(progress: Fraction | None, today: date, ends: bool, colour: str) -> None:
    assert propose_colour(task_at(progress), today=today, rules=TASK_RULES, ends=ends).level == colour


def test_a_person_confirms_the_colour_and_says_why_when_it_is_another() -> None:
    task = task_at(Fraction(34, 100))
    red = propose_colour(task, today=date(2026, 2, 20), rules=TASK_RULES, ends=False)
    assert judge(task, period="2026-02", proposed=red, colour="red", actor=office("city")).reason == ""
    with pytest.raises(NotAllowed) as refusal:
        judge(task, period="2026-02", proposed=red, colour="green", actor=office("city"))
    assert refusal.value.rule == "facts"
    changed = judge(task, period="2026-02", proposed=red, colour="yellow", actor=office("city"), reason="雨季停工")
    assert (changed.proposed, changed.colour) == ("red", "yellow")
    for actor in (LEAD, office("province"), office("county")):
        with pytest.raises(NotAllowed) as refusal:
            judge(task, period="2026-02", proposed=red, colour="red", actor=actor)
        assert refusal.value.rule == "who"
    with pytest.raises(NotAllowed) as refusal:
        judge(replace(task, reporters=frozenset({"甲"})), period="2026-02", proposed=red, colour="red", actor=office("city", person="甲"))
    assert refusal.value.rule == "not_reporter"


# ---------------------------------------------------------------------------------------------------------------- ladder


@pytest.mark.parametrize(
    ("colours", "step", "minus"),
    [
        ([], "", 0), (["yellow"], "", 0), (["yellow", "yellow"], "letter", -1), (["yellow"] * 4, "letter", -2), (["red"], "talk", -2),
        (["yellow", "yellow", "red"], "talk", -3), (["green", "blue"], "", 0),
    ],
)  # fmt: skip
def test_guangyuan_2018(colours: list[str], step: str, minus: int) -> None:
    """Two yellows: a supervision letter and one point less; a red: two points less, talk, accountability."""
    made = propose_step(colours, GUANGYUAN)
    assert (made.step.key if made else "") == step
    assert points(colours, GUANGYUAN) == Decimal(minus)


def test_longchang_talks_after_three_reds() -> None:
    assert propose_step(["red"] * 2, LONGCHANG) is None
    made = propose_step(["red"] * 3, LONGCHANG)
    assert made is not None
    assert (made.step.name, made.because) == ("约谈", "3次红色（三次红色）")


def test_the_order_of_the_region_s_ladder_is_that_of_the_reports() -> None:
    assert [each.name for each in JIANGXI.steps] == ["函告", "通报", "约谈", "挂牌督办"]
    assert {rule.confidence for rule in JIANGXI.rules} == {"unverified"}


def test_a_rung_that_was_taken_is_not_proposed_again() -> None:
    assert propose_step(["yellow"] * 3, GUANGYUAN, taken=["letter"]) is None
    made = propose_step(["yellow", "yellow", "red"], GUANGYUAN, taken=["letter"])
    assert made is not None
    assert made.step.key == "talk"
    assert propose_step(["yellow"] * 2, GUANGYUAN, taken=["talk"]) is None
