"""Nothing in the kernel can leave int64: the largest value that the lake stores, through every step."""

from __future__ import annotations

from yangban.assess.air.daily import SLOTS
from yangban.assess.air.period import PERCENT
from yangban.assess.air.rules import day_rules
from yangban.standards import load_book

LARGEST_READING = 2**31 - 1
INT64 = 2**63 - 1
LONGEST_RANGE_DAYS = 100 * 366


def test_every_intermediate_fits_int64() -> None:
    for family in ("2012", "2026-transitional", "2026"):
        rules = day_rules(load_book().air(family))
        day_sum = LARGEST_READING * SLOTS
        assert day_sum * (rules.ticks // rules.hours) <= INT64, "a daily mean: sum x (ticks / n), at the least n"
        window = LARGEST_READING * rules.window_length * (rules.ticks // rules.window_hours)
        assert window <= INT64
        ticks = LARGEST_READING * rules.ticks
        assert 2 * ticks + rules.per_unit <= INT64, "rounding doubles the rest"
        assert 2 * ticks * PERCENT <= INT64, "a percentile travels as ticks x 100"


def test_sums_of_days_fit_for_any_reading_below_a_gram() -> None:
    """A year of the largest storable value fits; a century fits for readings up to 500,000 µg/m³, 50 times the largest ever released."""
    rules = day_rules(load_book().air("2012"))
    assert LARGEST_READING * rules.ticks * 366 <= INT64
    assert 500_000_000 * rules.ticks * LONGEST_RANGE_DAYS <= INT64


def test_ticks_divide_by_every_count_that_may_stand_under_a_mean() -> None:
    rules = day_rules(load_book().air("2012"))
    assert rules.ticks == 212_520
    assert [rules.ticks % n for n in (6, 7, 8, 20, 21, 22, 23, 24)] == [0] * 8
