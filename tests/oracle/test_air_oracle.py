"""The oracle itself, against numbers that the standards' own tables and formulas fix."""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction

import pytest

from oracle import air
from oracle.air import DayValue, Stat
from oracle.readers import read_archive

F = Fraction


@pytest.mark.parametrize(
    ("value", "decimals", "rounded"),
    [
        ("0.5", 0, "0"),
        ("1.5", 0, "2"),
        ("2.5", 0, "2"),
        ("2.5000001", 0, "3"),
        ("0.05", 1, "0"),
        ("0.15", 1, "0.2"),
        ("0.325", 2, "0.32"),
        ("-0.5", 0, "0"),
        ("-1.5", 0, "-2"),
    ],
)
def test_half_even(value: str, decimals: int, rounded: str) -> None:
    assert air.half_even(F(value), decimals) == F(rounded)


def test_every_breakpoint_has_its_own_index_in_both_editions() -> None:
    for index, columns in air.BREAKPOINTS.items():
        for (item, averaging), points in columns.items():
            assert [air.iaqi(index, item, averaging, F(c)) for c in points] == list(air.LADDER[: len(points)]), (index, item, averaging)


def test_editions_differ_only_at_100_of_pm_and_in_the_hourly_pm_columns() -> None:
    old, new = air.BREAKPOINTS["hj633-2012"], air.BREAKPOINTS["hj633-2026"]
    assert {key for key in new if new[key] != old.get(key)} == {("pm10", "day"), ("pm25", "day"), ("pm10", "hour"), ("pm25", "hour")}
    assert (old["pm25", "day"][2], new["pm25", "day"][2], old["pm10", "day"][2], new["pm10", "day"][2]) == (75, 60, 150, 120)


@pytest.mark.parametrize("family", ["2012", "2026-transitional"])
def test_index_100_is_the_daily_limit(family: str) -> None:
    for item in air.DAILY:
        averaging = "day_max_8h" if item == "o3_8h" else "day"
        assert air.BREAKPOINTS[air.INDEX_OF[family]][item, averaging][2] == air.daily_limit(item, family)


def test_limits_of_the_ranking_rule() -> None:
    order = ("so2", "no2", "pm10", "pm25", "co", "o3_8h")
    assert [[air.composite_limit(item, family) for item in order] for family in air.FAMILIES] == [
        [60, 40, 70, 35, 4, 160],
        [60, 40, 60, 30, 4, 160],
        [20, 30, 50, 25, 4, 160],
    ]


def test_iaqi_rounds_up_and_rounds_the_concentration_first() -> None:
    assert air.iaqi("hj633-2012", "pm25", "day", F(76)) == 102  # 101.25
    assert air.iaqi("hj633-2012", "pm25", "day", F("75.5")) == 102
    assert air.iaqi("hj633-2012", "pm25", "day", F("74.5")) == 99  # 98.75
    assert air.iaqi("hj633-2026", "pm25", "day", F("60.5")) == 100
    assert air.iaqi("hj633-2012", "co", "day", F("4.05")) == 100


def test_above_the_scale() -> None:
    assert air.iaqi("hj633-2012", "pm10", "day", F(10000)) == 500
    assert air.iaqi("hj633-2012", "so2", "hour", F(801)) is None
    assert air.iaqi("hj633-2026", "so2", "hour", F(801)) == 200
    assert air.iaqi("hj633-2012", "o3_8h", "day_max_8h", F(801)) is None
    assert air.iaqi("hj633-2026", "o3_8h", "day_max_8h", F(801)) == 300
    assert air.iaqi("hj633-2026", "o3_8h", "day_max_8h", F("800.5")) == 300


def test_a_negative_concentration_is_refused() -> None:
    with pytest.raises(ValueError, match="below zero"):
        air.iaqi("hj633-2012", "pm25", "day", F(-1))


@pytest.mark.parametrize(("lost", "valid"), [(3, True), (4, True), (5, False)])
def test_a_day_mean_needs_20_hours(lost: int, valid: bool) -> None:
    day = air.day_mean([None] * lost + [F(40)] * (24 - lost))
    assert day == DayValue(F(40), valid, 24 - lost)


@pytest.mark.parametrize(("lost", "windows"), [(2, 17), (3, 16), (4, 15), (5, 14), (6, 13)])
def test_windows_left_when_hours_are_lost_at_either_end(lost: int, windows: int) -> None:
    for hours in ([None] * lost + [F(90)] * (24 - lost), [F(90)] * (24 - lost) + [None] * lost):
        assert air.day_max_8h(hours, limit=160) == DayValue(F(90), windows >= 14, 24 - lost, windows)


@pytest.mark.parametrize(("value", "valid"), [("160", False), ("160.5", False), ("160.501", True), ("161", True)])
def test_a_day_with_few_windows_counts_when_its_rounded_value_is_over(value: str, valid: bool) -> None:
    assert air.day_max_8h([None] * 10 + [F(value)] * 14, limit=160).valid is valid


def test_the_first_window_ends_at_eight_and_the_last_at_24() -> None:
    assert air.day_max_8h([F(80)] * 8 + [F(0)] * 16, limit=160).value == 80
    assert air.day_max_8h([F(0)] * 16 + [F(80)] * 8, limit=160).value == 80
    assert air.day_max_8h([F(80)] * 7 + [F(0)] * 17, limit=160).value == 70


def test_scale_changes_nothing_but_the_unit_of_the_hours() -> None:
    hours = [n * 1237 % 90_001 for n in range(24)]
    as_fractions = {p: [F(h, 1000) for h in hours] for p in air.HOURLY}
    assert air.day_values(dict.fromkeys(air.HOURLY, hours), scale=1000) == air.day_values(as_fractions)


def test_seven_indicators_take_o3_by_the_hour() -> None:
    values = {"so2": F(5), "no2": F(10), "pm10": F(20), "pm25": F(12), "co": F("0.5"), "o3_8h": F(161)}
    assert air.day_index(values, "2012").aqi == 101
    assert air.day_index(values | {"o3": F(250)}, "2012", seven=True).primary == ("o3",)
    assert air.day_index(values | {"o3": F(900), "o3_8h": F(801)}, "2012", seven=True).iaqi["o3"] == 350
    assert "o3_8h" not in air.day_index(values | {"o3": F(900), "o3_8h": F(801)}, "2012", seven=True).iaqi
    assert not air.day_index(values | {"o3_8h": F(60)}, "2012", seven=True).publishable


def test_a_missing_pollutant_leaves_the_aqi_unpublishable_at_100_and_publishable_above() -> None:
    at = air.day_index({"no2": F(80)}, "2026-transitional")
    above = air.day_index({"no2": F(82)}, "2026-transitional")
    assert (at.aqi, at.publishable) == (100, False)
    assert (above.aqi, above.publishable) == (101, True)
    assert air.day_index({}, "2012") == air.Index(None, {}, None, (), (), False)


def test_percentile_between_neighbours() -> None:
    assert air.percentile([F(n) for n in range(1, 366)], 90) == F("328.6")  # k = 1 + 364 x 0.9
    assert air.percentile([F(5), F(1)], 95) == F("4.8")
    assert air.percentile([F(7)], 98) == 7


def test_periods() -> None:
    assert air.span("2022-Q2") == air.Span("quarter", date(2022, 4, 1), date(2022, 6, 30))
    assert air.span("2024-H2") == air.Span("half", date(2024, 7, 1), date(2024, 12, 31))
    assert air.span("2024-02").end == date(2024, 2, 29)
    assert air.span("2022-06-13").start == air.span("2022-06-13").end


def _year(lost: set[date]) -> list[date]:
    return [day for n in range(365) if (day := date(2023, 1, 1) + timedelta(days=n)) not in lost]


def test_a_year_needs_324_days_and_each_month_27_but_february_25() -> None:
    year = air.span("2023")
    after_27th = {day for day in _year(set()) if day.day > 27}
    assert len(_year(after_27th)) == 324
    assert air.enough_days(_year(after_27th), year)
    assert not air.enough_days(_year(after_27th | {date(2023, 2, 1)}), year)  # 323, February has 26
    assert air.enough_days(_year({date(2023, 2, n) for n in (1, 2, 3)}), year)
    assert not air.enough_days(_year({date(2023, 2, n) for n in (1, 2, 3, 4)}), year)
    assert not air.enough_days(_year({date(2023, 7, n) for n in range(1, 6)}), year)
    assert not air.enough_days(_year({date(2023, 7, n) for n in range(1, 6)}), air.span("2023-Q3"))
    assert air.enough_days([date(2023, 7, 1)], air.span("2023-07-01/2023-07-31"))
    assert not air.enough_days([date(2023, 8, 1)], air.span("2023-07-01/2023-07-31"))


def _days(n: int, **concentrations: str) -> dict[date, dict[str, DayValue]]:
    values = {item: DayValue(F(concentrations.get(item, "1")), True, 24) for item in air.DAILY}
    return {date(2023, 6, 1) + timedelta(days=k): values for k in range(n)}


def test_a_month_of_equal_days() -> None:
    stats = air.period_stats(_days(30, pm25="75.5", o3_8h="160.5"), "2023-06", "2012")
    assert stats["air.pm25.mean"] == Stat(F("75.5"), True, 30)
    assert stats["air.pm25.exceed_days"] == Stat(F(30), True, 30)  # 75.5 is reported as 76
    assert stats["air.o3_8h.exceed_days"] == Stat(F(0), True, 30)  # 160.5 as 160
    assert stats["air.pm25.mean.multiple"].value == F("1.17")  # (76 - 35)/35
    assert stats["air.pm25.p95.multiple"].value == F("0.01")  # (76 - 75)/75
    assert stats["air.o3_8h.p90.multiple"].value is None
    assert stats["air.good_days"] == Stat(F(0), True, 30)
    assert stats["air.level_3_days"] == Stat(F(30), True, 30)
    assert stats["air.attains"] == Stat(F(0), True, 30)
    assert air.period_stats(_days(30), "2023-06", "2026")["air.attains"] == Stat(F(1), True, 30)


@pytest.mark.parametrize(("pm25", "heavy", "level_5"), [("150", 0, 0), ("150.5", 0, 0), ("150.6", 30, 30)])
def test_a_heavy_day_has_an_aqi_above_200(pm25: str, heavy: int, level_5: int) -> None:
    stats = air.period_stats(_days(30, pm25=pm25), "2023-06", "2026-transitional")
    assert (stats["air.heavy_days"].value, stats["air.level_5_days"].value) == (heavy, level_5)


def test_a_short_month_has_values_that_do_not_suffice_and_an_empty_one_has_none() -> None:
    stats = air.period_stats(_days(26, pm25="40"), "2023-06", "2012")
    assert stats["air.pm25.mean"] == Stat(F(40), False, 26)
    assert stats["air.good_day_ratio"] == Stat(F(100), False, 26)
    empty = air.period_stats({}, "2023-06", "2012")
    assert empty["air.pm25.mean"] == empty["air.composite_index"] == empty["air.good_days"] == Stat(None, False, 0)
    assert empty["air.valid_days"] == Stat(F(0), False, 0)


def test_a_region_is_the_mean_of_all_members_with_a_value() -> None:
    good, short, none = Stat(F(10), True, 300), Stat(F(40), False, 100), Stat(None, False, 0)
    assert air.region_mean([good, Stat(F(11), True, 300)]) == Stat(F("10.5"), True, 2)
    assert air.region_mean([good, short, none]) == Stat(F(25), False, 1)
    assert air.region_mean([short, none]) == Stat(F(40), False, 0)
    assert air.region_mean([none]) == Stat(None, False, 0)


def test_display_and_change() -> None:
    assert air.displayed("pm25", F("29.46"), last_day=date(2024, 9, 30)) == 29
    assert air.displayed("pm25", F("29.46"), last_day=date(2024, 10, 31)) == F("29.5")
    assert air.displayed("co", F("1.05"), last_day=date(2022, 12, 31)) == 1
    assert air.change_percent(F(21), F(16)) == F("31.2")
    assert air.change_percent(F(21), F(0)) is None


def test_the_reader_ends_hours_at_their_label(tmp_path) -> None:  # type: ignore[no-untyped-def]
    path = tmp_path / "x.csv"
    path.write_text(
        "date,hour,type,甲,乙\n20220101,0,PM2.5,7,\n20220101,1,PM2.5,8,-1\n20220101,1,CO,0.55,--\n20220101,1,AQI,9,9\n", encoding="utf-8"
    )
    read = read_archive(path)
    assert set(read) == {("甲", date(2021, 12, 31)), ("甲", date(2022, 1, 1))}
    assert read["甲", date(2021, 12, 31)]["pm25"] == [None] * 23 + [F(7)]
    assert read["甲", date(2022, 1, 1)]["co"][0] == F("0.55")
    assert read_archive(path, scale=1000)["甲", date(2022, 1, 1)]["co"][0] == 550


def test_the_reader_refuses_a_slot_with_two_values(tmp_path) -> None:  # type: ignore[no-untyped-def]
    path = tmp_path / "x.csv"
    path.write_text("date,hour,type,甲\n20220101,1,CO,0.5\n20220101,1,CO,0.6\n", encoding="utf-8")
    with pytest.raises(ValueError, match="slot 1 is given"):
        read_archive(path)
