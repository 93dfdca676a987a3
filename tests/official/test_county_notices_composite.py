"""Composite indices that local governments printed beside the six concentrations they come from (GB 3095-2012).

Naiman, first quarter; Puning, 2025; Heyuan, February 2022; Wuyuan county, September 2023. Puning and Wuyuan were read on the
government's own site (puning.gov.cn post_1001670, wuyuan.gov.cn/hjbh/44700.html), Naiman and Heyuan in copies. All four are
reproduced by rounding each single index to two decimals half-even and adding up.
"""

from __future__ import annotations

from fractions import Fraction

import pytest

from oracle import air

ROWS = [
    ("Naiman, January-March", "9 14 77 23 1.1 96", "3.14"),
    ("Puning 2025", "6 12 51 19 0.9 137", "2.75"),
    ("Heyuan, February 2022", "3 13 16 13 0.9 87", "1.73"),
    ("Wuyuan, September 2023", "11 16 40 16 0.6 139", "2.63"),
]


@pytest.mark.parametrize(("who", "inputs", "published"), ROWS, ids=[row[0] for row in ROWS])
def test_published_composite_index(who: str, inputs: str, published: str) -> None:
    values = dict(zip(("so2", "no2", "pm10", "pm25", "co", "o3_8h"), map(Fraction, inputs.split()), strict=True))
    assert air.composite(values, "2012") == Fraction(published)


def test_the_rounding_of_the_single_index_is_what_the_notices_decide() -> None:
    """Rounding once at the end, or single indices half-up, misses at least one of the four; so the test above can fail."""

    def index(inputs: str, single) -> Fraction:  # type: ignore[no-untyped-def]
        values = dict(zip(("so2", "no2", "pm10", "pm25", "co", "o3_8h"), map(Fraction, inputs.split()), strict=True))
        return sum((single(values[item] / air.composite_limit(item, "2012")) for item in air.DAILY), Fraction(0))

    once = [air.half_even(index(inputs, lambda ratio: ratio), 2) == Fraction(published) for _, inputs, published in ROWS]
    half_up = [
        index(inputs, lambda ratio: Fraction(int(ratio * 100 + Fraction(1, 2)), 100)) == Fraction(published)
        for _, inputs, published in ROWS
    ]
    assert not all(once)
    assert not all(half_up)
