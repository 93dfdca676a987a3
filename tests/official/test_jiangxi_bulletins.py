"""What Jiangxi's department of ecology and environment, Nanchang and Yichun published: joint ranks, changes, good-day ratios.

The monthly figures are from press reports of the department's briefings; the ratios of other places from their own notices.
"""

from __future__ import annotations

from fractions import Fraction

import pytest

from oracle import air

F = Fraction


@pytest.mark.parametrize(
    ("when", "ranks"),
    [
        ("PM2.5, June 2022 (briefing of 2022-07-29)", [1, 2, 3, 4, 5, 5, 5, 8, 9, 9, 11]),
        ("PM2.5, January 2023 (briefing of 2023-02-27)", [1, 2, 3, 4, 5, 5, 7, 8, 9, 10, 11]),
        ("PM2.5, May 2024 (briefing of 2024-06-21)", [1, 1, 3, 4, 5, 6, 7, 7, 7, 7, 11]),
    ],
)
def test_published_ranks_of_the_11_cities_are_competition_ranks(when: str, ranks: list[int]) -> None:
    """Ranking is by order alone, so the published ranks ranked again must be themselves; 1, 1, 2 (dense) would become 1, 1, 3."""
    assert len(ranks) == 11
    assert air.competition_rank([F(rank) for rank in ranks]) == ranks


@pytest.mark.parametrize(
    ("what", "now", "base", "published"),
    [
        ("PM2.5, January 2024 against January 2023", "50", "48", "4.2"),
        ("PM2.5, February 2024 against February 2023", "34", "36", "-5.6"),
        ("PM2.5, 2021 against 2020", "29", "30", "-3.3"),
    ],
)
def test_published_changes_of_pm25_come_from_the_displayed_values(what: str, now: str, base: str, published: str) -> None:
    assert air.change_percent(F(now), F(base)) == F(published)


@pytest.mark.parametrize(
    ("what", "now", "base", "published"),
    [
        ("January 2024 against January 2023", "84.2", "89.7", "-5.5"),
        ("February 2024 against February 2023", "92.2", "98.1", "-5.9"),
        ("2021 against 2020", "96.1", "94.7", "1.4"),
        ("2023 against 2022", "96.5", "92.1", "4.4"),
    ],
)
def test_published_changes_of_the_good_day_ratio_are_points(what: str, now: str, base: str, published: str) -> None:
    assert air.change_points(F(now), F(base)) == F(published)


@pytest.mark.parametrize(
    ("what", "good", "valid", "published"),
    [
        ("Nanchang 2022", 313, 365, "85.8"),
        ("Yichun 2022", 344, 365, "94.2"),
        ("Wuyuan, September 2023: 29 of 30 days valid", 27, 29, "93.1"),
        ("Wuyuan, September 2022", 28, 30, "93.3"),
        ("Naiman, January-March", 86, 91, "94.5"),
        ("Puning 2025: 365 valid days, 13 above 100", 352, 365, "96.4"),
    ],
)
def test_published_good_day_ratios_are_over_valid_days(what: str, good: int, valid: int, published: str) -> None:
    assert air.half_even(F(100 * good, valid), 1) == F(published)


def test_the_change_of_an_index_comes_from_its_two_decimals() -> None:
    """Wuyuan county, September 2023: 2.63, down 9.0 % from 2.89."""
    assert air.change_percent(F("2.63"), F("2.89")) == F("-9.0")
