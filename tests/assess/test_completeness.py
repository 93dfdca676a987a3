"""GB 3095 table 4, at both sides of each number."""

from __future__ import annotations

import pytest

from yangban.assess.air.rules import period_rules
from yangban.assess.completeness import enough_days
from yangban.base.periods import parse
from yangban.standards import load_book

RULES = period_rules(load_book().air("2012"), "annual")


@pytest.mark.parametrize(
    ("label", "valid", "months", "enough"),
    [
        ("2022", 324, 12, True),
        ("2022", 323, 12, False),
        ("2022", 340, 11, False),
        ("2022-06", 27, 1, True),
        ("2022-06", 26, 0, False),
        ("2022-02", 25, 1, True),
        ("2022-02", 24, 0, False),
        ("2022-Q1", 80, 3, True),
        ("2022-Q1", 80, 2, False),
        ("2022-01-10/2022-01-20", 1, 0, True),
        ("2022-01-10/2022-01-20", 0, 0, False),
        ("2022-01-01/2022-02-10", 30, 0, False),
    ],
)
def test_enough_days(label: str, valid: int, months: int, enough: bool) -> None:
    verdict = enough_days(parse(label), valid_days=valid, months_met=months, rules=RULES)
    assert verdict.enough is enough
    assert bool(verdict.reason) is not enough
