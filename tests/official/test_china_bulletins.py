"""National monthly reports (China National Environmental Monitoring Centre): July 2021 beside July 2020.

The report of 2020 was read on cnemc.cn, that of 2021 in a copy of the document.

The O3 line (139 against 138, printed +1.5 %) and the good-day line (92.4 against 90.3, printed +2.0 points) do not follow from the two
printed reports: that of 2021 compares 339 cities, that of 2020 holds 337. The other five do.
"""

from __future__ import annotations

from fractions import Fraction

import pytest

from oracle import air


@pytest.mark.parametrize(
    ("item", "now", "base", "published"),
    [
        ("PM2.5", "16", "19", "-15.8"),
        ("PM10", "31", "37", "-16.2"),
        ("SO2", "7", "8", "-12.5"),
        ("NO2", "14", "17", "-17.6"),
        ("CO", "0.7", "0.8", "-12.5"),
    ],
)
def test_changes_follow_from_the_displayed_values(item: str, now: str, base: str, published: str) -> None:
    assert air.change_percent(Fraction(now), Fraction(base)) == Fraction(published)
