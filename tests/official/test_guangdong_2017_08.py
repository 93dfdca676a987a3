"""Guangdong's table of 21 cities for August 2017: ranks, and the means of its cities.

The table is the provincial environment department's; it was read in a copy on a company's news page of 2018-01-09.
"""

from __future__ import annotations

from fractions import Fraction

from oracle import air

# City, PM10, PM2.5, composite index, published rank, good-day ratio (%).
TABLE = """
广州 39 23 3.61 20 87.1
深圳 30 18 2.93 12 90.3
珠海 24 16 2.38 5 92.9
汕头 41 21 2.63 6 100.0
佛山 37 22 3.3 17 80.6
韶关 43 30 3.55 18 87.1
河源 39 21 2.88 10 93.5
梅州 41 21 2.82 8 100.0
惠州 41 20 2.97 14 93.5
汕尾 30 16 2.09 3 96.8
东莞 35 23 3.57 19 77.4
中山 29 17 2.81 7 83.9
江门 36 19 2.88 10 90.3
阳江 27 15 2.13 4 96.8
湛江 25 14 2 1 100.0
茂名 28 15 2.07 2 100.0
肇庆 38 22 3.18 16 100.0
清远 50 30 3.95 21 87.1
潮州 43 21 3.1 15 87.1
揭阳 37 20 2.87 9 96.8
云浮 41 22 2.96 13 100.0
"""
ROWS = [line.split() for line in TABLE.strip().splitlines()]
DELTA = {"广州", "深圳", "珠海", "佛山", "惠州", "东莞", "中山", "江门", "肇庆"}


def _mean(column: int, among: set[str] | None = None) -> Fraction:
    members = [air.Stat(Fraction(row[column]), True, 31) for row in ROWS if among is None or row[0] in among]
    value = air.region_mean(members).value
    assert value is not None
    return value


def test_published_ranks_skip_after_a_tie() -> None:
    assert air.competition_rank([Fraction(row[3]) for row in ROWS]) == [int(row[4]) for row in ROWS]


def test_the_province_is_the_mean_of_its_cities() -> None:
    assert air.half_even(_mean(1), 0) == 36
    assert air.half_even(_mean(2), 0) == 20
    assert air.half_even(_mean(5), 1) == Fraction("92.4")


def test_the_pearl_river_delta_is_the_mean_of_its_nine_cities() -> None:
    assert len(DELTA) == 9
    assert air.half_even(_mean(1, DELTA), 0) == 34
    assert air.half_even(_mean(2, DELTA), 0) == 20
    assert air.half_even(_mean(5, DELTA), 1) == Fraction("88.4")
