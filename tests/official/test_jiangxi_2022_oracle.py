"""Jiangxi 2022 from the hourly release of its 11 cities, by the oracle alone: the numbers that the project expects.

The readings are real-time values, the published results (92.1 %, 27 µg/m³; Yichun 94.2 %) audited ones; where both agree to the printed
digit the test says so.
"""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from pathlib import Path

import pytest

from oracle import air
from oracle.readers import read_archive

pytestmark = pytest.mark.shared

Cities = dict[str, dict[date, dict[str, air.DayValue]]]


@pytest.fixture(scope="module")
def cities(shared_data: Path) -> Cities:
    out: Cities = {}
    for (place, day), hours in read_archive(shared_data / "air" / "jiangxi_city_hourly_2022.csv.gz", scale=1000).items():
        out.setdefault(place, {})[day] = air.day_values(hours, scale=1000)
    return out


def _stats(cities: Cities, period: str, edition: str) -> dict[str, dict[str, air.Stat]]:
    return {place: air.period_stats(days, period, edition) for place, days in cities.items()}


def _four(stat: air.Stat) -> str:
    assert stat.ok
    assert stat.value is not None
    return f"{float(air.half_even(stat.value, 4)):.4f}"


def test_the_file_has_11_cities_and_the_last_hour_of_2021(cities: Cities) -> None:
    assert len(cities) == 11
    assert {min(days) for days in cities.values()} == {date(2021, 12, 31)}


def test_the_province_in_2022(cities: Cities) -> None:
    province = air.region_stats(list(_stats(cities, "2022", "2012").values()), "2012")
    assert _four(province["air.good_day_ratio"]) == "92.1184"  # published 92.1
    # 27.06544…: the mean of the 11 unrounded city means. City means cut to four decimals first would give 27.0655.
    assert _four(province["air.pm25.mean"]) == "27.0654"  # published 27
    assert _four(province["air.o3_8h.p90"]) == "148.5446"
    assert _four(province["air.co.p95"]) == "1.0373"
    assert province["air.composite_index"].value == Fraction("3.27")


def test_the_province_under_the_limits_of_2026(cities: Cities) -> None:
    province = air.region_stats(list(_stats(cities, "2022", "2026-transitional").values()), "2026-transitional")
    assert _four(province["air.good_day_ratio"]) == "89.4574"


@pytest.mark.parametrize(
    ("city", "edition", "good", "valid"),
    [("南昌", "2012", 312, 363), ("宜春", "2012", 341, 362), ("景德镇", "2012", 358, 362), ("南昌", "2026-transitional", 300, 363)],
)
def test_good_days_of_a_city(cities: Cities, city: str, edition: str, good: int, valid: int) -> None:
    stats = air.period_stats(cities[city], "2022", edition)
    assert (stats["air.good_days"].value, stats["air.valid_days"].value, stats["air.valid_days"].ok) == (good, valid, True)


def test_the_good_day_ratio_of_yichun_is_the_published_one(cities: Cities) -> None:
    ratio = air.period_stats(cities["宜春"], "2022", "2012")["air.good_day_ratio"].value
    assert ratio is not None
    assert air.half_even(ratio, 1) == Fraction("94.2")


@pytest.mark.parametrize(
    ("city", "edition", "index"),
    [
        ("南昌", "2012", "3.65"),
        ("宜春", "2012", "3.39"),
        ("抚州", "2012", "2.87"),
        ("九江", "2012", "3.63"),
        ("南昌", "2026-transitional", "3.92"),
        ("抚州", "2026-transitional", "3.08"),
    ],
)
def test_composite_index_of_a_city(cities: Cities, city: str, edition: str, index: str) -> None:
    assert air.period_stats(cities[city], "2022", edition)["air.composite_index"].value == Fraction(index)


def test_june_2022(cities: Cities) -> None:
    june = _stats(cities, "2022-06", "2012")
    province = air.region_stats(list(june.values()), "2012")
    assert _four(province["air.pm25.mean"]) == "15.1459"  # published 15
    assert _four(province["air.good_day_ratio"]) == "97.4922"  # published 97.6 from audited data
    assert {stats["air.valid_days"].value for stats in june.values()} == {29}  # 13 June lacks nine hours
