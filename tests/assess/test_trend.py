"""Spearman's rank correlation with time, for air and water."""

from __future__ import annotations

from fractions import Fraction

import pytest

from yangban.assess.trend import coefficient, spearman
from yangban.standards import Rule, load_book

KEYS = ("trend.spearman.min_periods", "trend.spearman.critical")
AIR, WATER = ({key: edition.rule(key) for key in KEYS} for edition in (load_book().air("2012"), load_book().water()))


def trend(rules: dict[str, Rule], *values: int, level: str = "0.05") -> tuple[Fraction | None, str]:
    found = spearman([Fraction(v) for v in values], least=rules[KEYS[0]], critical=rules[KEYS[1]], level=level)
    return found.coefficient, found.direction


# r = 1 - 6 ΣD² / (N³ - N), D by hand.
@pytest.mark.parametrize(
    ("values", "r"),
    [
        ((1, 2, 3, 4, 5), Fraction(1)),
        ((5, 4, 3, 2, 1), Fraction(-1)),
        ((50, 45, 46, 40, 38), Fraction(-9, 10)),  # ranks 5 3 4 2 1: ΣD² = 16 + 1 + 1 + 4 + 16 = 38
        ((1, 1, 1, 1, 1), Fraction(1, 2)),  # shared rank 3: ΣD² = 4 + 1 + 0 + 1 + 4 = 10
        ((3, 1, 2, 3, 5), Fraction(23, 40)),  # ranks 3.5 1 2 3.5 5: ΣD² = 6.25 + 1 + 1 + 0.25 = 8.5 → 1 - 51/120
    ],
)
def test_coefficient(values: tuple[int, ...], r: Fraction) -> None:
    assert coefficient([Fraction(v) for v in values]) == r


@pytest.mark.parametrize("rules", [AIR, WATER], ids=["air", "water"])
def test_significance(rules: dict[str, Rule]) -> None:
    # N = 5: 0.900 at 0.05 and 1.000 at 0.01; a size equal to the critical value is significant.
    assert trend(rules, 50, 45, 46, 40, 38) == (Fraction(-9, 10), "falling")
    assert trend(rules, 50, 45, 46, 40, 38, level="0.01") == (Fraction(-9, 10), "steady")
    assert trend(rules, 1, 2, 3, 4, 5, level="0.01") == (Fraction(1), "rising")


def test_too_few_periods_have_no_trend() -> None:
    found = spearman([Fraction(n) for n in range(4)], least=WATER[KEYS[0]], critical=WATER[KEYS[1]])
    assert (found.coefficient, found.direction, found.reason) == (None, "", "4 个时段，秩相关至少需要 5 个")


def test_a_number_between_two_columns_takes_the_stricter() -> None:
    found = spearman([Fraction(n) for n in range(11)], least=WATER[KEYS[0]], critical=WATER[KEYS[1]])
    assert str(found.critical) == "0.564"
    assert str(spearman([Fraction(n) for n in range(99)], least=WATER[KEYS[0]], critical=WATER[KEYS[1]]).critical) == "0.306"
