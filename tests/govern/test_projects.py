"""Projects: sums and shares by hand, and every rule of slow money and slow work at its edge."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest

from yangban.govern.projects import Milestone, Money, Project, finished, measure, slow, totals, worst
from yangban.standards.programmes import MEASURES, load_programmes

RULES = load_programmes().project_warnings["project-warnings-default"]
START, END = date(2026, 1, 1), date(2026, 11, 1)
DAY = date(2026, 6, 1)


def money(kind: str, amount: str, day: date) -> Money:
    return Money(kind, Decimal(amount), day)


PROJECT = Project(
    title="虚构", start=START, end=END,
    money=(
        money("planned", "1000", date(2025, 12, 1)), money("granted", "600", date(2026, 2, 1)), money("paid", "250", date(2026, 4, 1)),
        money("paid", "-50", date(2026, 4, 2)),
    ),
    milestones=(
        Milestone("设计", date(2026, 3, 1), Decimal(1), date(2026, 2, 20)), Milestone("施工", date(2026, 9, 1), Decimal(2)),
        Milestone("验收", END, Decimal(1)),
    ),
    touched=date(2026, 5, 20),
)  # fmt: skip


def test_sums_and_shares_by_hand() -> None:
    """Paid 250 − 50 = 200 of 1000; work 1 of 4; 151 of 304 days gone."""
    found = totals(PROJECT, DAY)
    assert (found.planned, found.granted, found.paid) == (1000, 600, 200)
    assert (found.paid_share, found.granted_share, found.work) == (Fraction(1, 5), Fraction(3, 5), Fraction(1, 4))
    assert found.time == Fraction(151, 304)


def test_an_entry_of_a_later_day_does_not_count_yet() -> None:
    assert totals(PROJECT, date(2026, 3, 1)).paid == 0
    assert totals(PROJECT, date(2025, 12, 31)).time == 0
    assert totals(PROJECT, date(2027, 1, 1)).time == 1


def test_what_each_rule_looks_at() -> None:
    """Since 2 April 60 days; 25 − 20 = 5 points behind the work; 49.67 − 20 and 49.67 − 25 behind the calendar; 12 days of silence."""
    assert measure(PROJECT, DAY, "unpaid_days") == 60
    assert measure(PROJECT, DAY, "ungranted_days") is None
    assert measure(PROJECT, DAY, "paid_behind_work") == 5
    assert measure(PROJECT, DAY, "paid_behind_time") == Fraction(15100, 304) - 20
    assert measure(PROJECT, DAY, "work_behind_time") == Fraction(15100, 304) - 25
    assert measure(PROJECT, DAY, "milestone_late_days") is None
    assert measure(PROJECT, DAY, "silent_days") == 12
    assert measure(PROJECT, DAY, "paid_over_granted") == -40
    assert {each.measure for each in RULES.rules} == set(MEASURES)


@pytest.mark.parametrize(
    ("rule", "days", "colour"),
    [("granted_unpaid", 179, ""), ("granted_unpaid", 180, "yellow"), ("granted_unpaid", 364, "yellow"), ("granted_unpaid", 365, "red")],
)
def test_money_that_lies_there_unpaid(rule: str, days: int, colour: str) -> None:
    """180 days yellow, 365 red: the example of the book, at its edges."""
    held = replace(PROJECT, money=(money("planned", "10", START), money("granted", "10", START)), milestones=(), end=date(2036, 1, 1))
    found = {each.rule.key: each.colour for each in slow(held, START + timedelta(days=days), RULES)}
    assert found.get(rule, "") == colour


def test_money_counts_as_lying_since_the_last_payment() -> None:
    """Granted 100 on 1 January and 100 on 1 March, paid 100 on 1 April: the second hundred lies since 1 April; paid in full none lies."""
    grants = (money("planned", "200", START), money("granted", "100", START), money("granted", "100", date(2026, 3, 1)))
    held = replace(PROJECT, money=(*grants, money("paid", "100", date(2026, 4, 1))))
    assert measure(held, DAY, "unpaid_days") == 61
    assert measure(replace(held, money=(*held.money, money("paid", "100", date(2026, 5, 1)))), DAY, "unpaid_days") is None
    early = replace(held, money=(*grants, money("paid", "100", date(2026, 2, 1))))
    assert measure(early, DAY, "unpaid_days") == (DAY - date(2026, 3, 1)).days


def test_a_milestone_a_day_late_and_two_months_late() -> None:
    held = replace(PROJECT, milestones=(Milestone("施工", DAY),))
    assert "milestone_late" not in {each.rule.key for each in slow(held, DAY, RULES)}
    assert {each.rule.key: each.colour for each in slow(held, DAY + timedelta(days=1), RULES)}["milestone_late"] == "yellow"
    assert {each.rule.key: each.colour for each in slow(held, DAY + timedelta(days=60), RULES)}["milestone_late"] == "red"


def test_a_finished_project_is_slow_only_in_money() -> None:
    held = replace(PROJECT, milestones=tuple(replace(each, done=date(2026, 5, 1)) for each in PROJECT.milestones))
    assert finished(held, DAY)
    assert {each.rule.key for each in slow(held, date(2027, 6, 1), RULES)} == {"granted_unpaid", "paid_behind_work"}


def test_more_paid_than_granted_is_seen() -> None:
    held = replace(PROJECT, money=(*PROJECT.money, money("paid", "400.1", date(2026, 5, 1))))
    (found,) = [each for each in slow(held, DAY, RULES) if each.rule.key == "paid_over_granted"]
    assert found.colour == "yellow"
    assert measure(held, DAY, "paid_over_granted") == Fraction(1, 100)


def test_nothing_to_measure_raises_nothing_and_red_goes_first() -> None:
    bare = Project("虚构", START, END)
    assert slow(bare, START, RULES) == ()
    assert worst(()) == "green"
    late = replace(PROJECT, milestones=(Milestone("施工", START),), touched=DAY)
    found = slow(late, DAY, RULES)
    assert [each.colour for each in found] == sorted((each.colour for each in found), key=lambda each: each != "red")
    assert worst(found) == "red"
