"""The oracle of stations, places, scopes and bases, against tiny cases that are worked by hand in the comments."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from oracle import air, generate_network, network
from oracle.air import Stat
from oracle.generate_network import Network
from oracle.network import PlaceValue
from oracle.readers import read_archive

F = Fraction
DAY = date(2023, 6, 10)
CITY = "360100"


def _row(station: str, **cells: Any) -> dict[str, Any]:
    return {
        "station": station,
        "city": CITY,
        "county": "",
        "network": "state",
        "role": "evaluation",
        "valid_from": None,
        "valid_to": None,
    } | cells


def _const(value: int, *, lost: int = 0) -> list[int | None]:
    """24 hours of a whole number of µg/m³, in thousandths, the first ``lost`` of them absent."""
    return [None] * lost + [value * 1000] * (24 - lost)


def _city(pm25: Mapping[str, Sequence[int | None]], registry: Sequence[Mapping[str, Any]], **options: Any) -> PlaceValue:
    """The city's PM2.5 of DAY."""
    rows = {(station, DAY): {"pm25": hours} for station, hours in pm25.items()}
    return network.network_days(rows, registry, **{"days": [DAY]} | options)[CITY, DAY]["pm25"]


ABCD = [_row(s) for s in "ABCD"]


# ---------------------------------------------------------------- the share of stations


@pytest.mark.parametrize(
    ("of", "least"), [(1, 1), (2, 1), (3, 2), (4, 3), (5, 4), (6, 5), (7, 6), (8, 6), (9, 7), (10, 8), (11, 9), (12, 9), (20, 15)]
)
def test_three_quarters_of_the_stations_but_half_below_four(of: int, least: int) -> None:
    assert [network.enough_stations(n, of) for n in range(of + 1)] == [n >= least for n in range(of + 1)]


def test_a_place_without_a_station_present_is_never_enough() -> None:
    assert not network.enough_stations(0, 0)


# ---------------------------------------------------------------- stations first


def test_the_city_is_the_mean_of_the_valid_station_days() -> None:
    # D has 19 hours and is not valid, so its 100 is no part of the mean: (10 + 20 + 40)/3, and 3 of 4 are 75 %.
    got = _city({"A": _const(10), "B": _const(20), "C": _const(40), "D": _const(100, lost=5)}, ABCD)
    assert got == PlaceValue(F(70, 3), True, 3, 4)


def test_below_the_share_the_mean_of_the_valid_is_computed_and_does_not_count() -> None:
    # 2 of 4 are 50 %: too few for a place of four.
    got = _city({"A": _const(10), "B": _const(20), "C": _const(40, lost=5), "D": _const(100, lost=5)}, ABCD)
    assert got == PlaceValue(F(15), False, 2, 4)
    assert _city({"A": _const(10, lost=5)}, ABCD) == PlaceValue(None, False, 0, 4)


def test_a_registered_station_that_sends_nothing_is_one_of_those_expected() -> None:
    assert _city({"A": _const(10), "B": _const(20), "C": _const(40)}, ABCD) == PlaceValue(F(70, 3), True, 3, 4)
    assert _city({"A": _const(10)}, ABCD[:2]) == PlaceValue(F(10), True, 1, 2)
    assert _city({"A": _const(10)}, ABCD[:3]) == PlaceValue(F(10), False, 1, 3)
    assert _city({}, ABCD[:1]) == PlaceValue(None, False, 0, 1)


def test_nothing_is_rounded_on_the_way() -> None:
    # The means of A and B are 10.02 and 10.03: their mean is 10.025, whatever either would be printed as.
    assert _city({"A": [10_020] * 24, "B": [10_030] * 24}, ABCD[:2]).value == F("10.025")


def test_city_o3_is_the_mean_of_the_station_maxima() -> None:
    # A peaks in the first 8 hours, B in the last 8: both maxima are 80. Hours first the two halve each other: 40.
    peak, low = [80_000] * 8, [0] * 16
    rows = {("A", DAY): {"o3": peak + low}, ("B", DAY): {"o3": low + peak}}
    assert network.network_days(rows, ABCD[:2])[CITY, DAY]["o3_8h"] == PlaceValue(F(80), True, 2, 2)
    assert network.network_days(rows, ABCD[:2], first="hours")[CITY, DAY]["o3_8h"] == PlaceValue(F(40), True, 24, 24)


def test_a_station_with_few_windows_counts_in_the_city_when_it_is_over_160() -> None:
    # 14 hours at the end of the day give 9 windows: 161 counts all the same, 160 does not.
    few: dict[str, Any] = {"o3": _const(161, lost=10)}
    assert network.network_days({("A", DAY): few}, ABCD[:1])[CITY, DAY]["o3_8h"] == PlaceValue(F(161), True, 1, 1)
    few = {"o3": _const(160, lost=10)}
    assert network.network_days({("A", DAY): few}, ABCD[:1])[CITY, DAY]["o3_8h"] == PlaceValue(None, False, 0, 1)


def test_fewer_o3_hours_can_make_a_day_count() -> None:
    # "Fewer readings never make more valid" has this one exception, by the rule itself. Slots 7 … 24 are 161 but for 156 in 8, 16 and 24:
    # 13 windows of at most (7 x 161 + 156)/8 = 160.375, not over 160. Without the three low hours the largest mean is 161, and it counts.
    hours: list[int | None] = [None] * 6 + [156_000 if slot % 8 == 0 else 161_000 for slot in range(7, 25)]
    less = [None if value == 156_000 else value for value in hours]
    before, after = (network.network_days({("A", DAY): {"o3": h}}, level="station")["A", DAY]["o3_8h"] for h in (hours, less))
    assert before == PlaceValue(F("160.375"), False, 18, 24)
    assert after == PlaceValue(F(161), True, 15, 24)


def test_the_level_station_gives_the_rows_themselves() -> None:
    rows = {("A", DAY): {"pm25": _const(10, lost=5)}, (CITY, DAY): {"co": _const(1)}}
    got = network.network_days(rows, level="station")
    assert got["A", DAY]["pm25"] == PlaceValue(F(10), False, 19, 24)
    assert got[CITY, DAY]["co"] == PlaceValue(F(1), True, 24, 24)
    assert got[CITY, DAY]["o3_8h"] == PlaceValue(None, False, 0, 24)


# ---------------------------------------------------------------- hours first


def test_hours_first_weighs_the_hours_and_not_the_stations() -> None:
    # B has 12 hours: 1 … 12 are (10 + 40)/2 = 25, in 13 … 24 one of two is enough: 10. The day is 17.5 of 24 hours.
    # Stations first B's day is not valid and the city is A alone: 10.
    hours = {"A": _const(10), "B": [40_000] * 12 + [None] * 12}
    assert _city(hours, ABCD[:2], first="hours") == PlaceValue(F("17.5"), True, 24, 24)
    assert _city(hours, ABCD[:2]) == PlaceValue(F(10), True, 1, 2)


@pytest.mark.parametrize(("lost", "valid"), [(4, True), (5, False)])
def test_hours_that_too_few_stations_have_are_absent(lost: int, valid: bool) -> None:
    # D is silent: A, B, C are 75 % and their hour is (10 + 20 + 60)/3 = 30. Where C is silent too, 2 of 4 do not make an hour: A and B's
    # 15 is no part of the mean, and 24 - lost hours are left.
    hours = {"A": _const(10), "B": _const(20), "C": _const(60, lost=lost)}
    assert _city(hours, ABCD, first="hours") == PlaceValue(F(30), valid, 24 - lost, 24)


def test_hours_first_o3_windows_need_six_city_hours() -> None:
    # One station of one: hours 1 … 3 are lost, so the windows that end at 8 … 24 hold 5, 6, 7, 8 … hours: 16 of them.
    rows = {("A", DAY): {"o3": [None] * 3 + [90_000] * 21}}
    assert network.place_hours([rows["A", DAY]], of=1)["o3"] == rows["A", DAY]["o3"]
    assert network.network_days(rows, ABCD[:1], first="hours")[CITY, DAY]["o3_8h"] == PlaceValue(F(90), True, 21, 24)
    # Without 1 … 6 the first window with six hours ends at 12: 13 windows are too few, unless the value is over 160.
    for value, valid in ((160, False), (161, True)):
        rows = {("A", DAY): {"o3": _const(value, lost=6)}}
        assert network.network_days(rows, ABCD[:1], first="hours")[CITY, DAY]["o3_8h"] == PlaceValue(F(value), valid, 18, 24)


# ---------------------------------------------------------------- the registry


def test_membership_is_dated_and_both_dates_count() -> None:
    registry = [_row("A", valid_from=date(2023, 6, 2), valid_to="2023-06-04"), _row("B", valid_from="2023-06-04", valid_to="")]
    june = [date(2023, 6, n) for n in range(1, 7)]
    assert [sorted(network.registered(registry, day, level="city").get(CITY, ())) for day in june] == [
        [],
        ["A"],
        ["A"],
        ["A", "B"],
        ["B"],
        ["B"],
    ]
    rows = {("A", day): {"pm25": _const(10)} for day in june} | {("B", day): {"pm25": _const(30)} for day in june}
    got = network.network_days(rows, registry)
    assert (CITY, june[0]) not in got
    assert [got[CITY, day]["pm25"].value for day in june[1:]] == [10, 10, 20, 30, 30]


def test_a_station_that_moves_counts_where_it_is() -> None:
    registry = [_row("A", valid_to=DAY), _row("A", city="360200", valid_from=DAY + timedelta(days=1)), _row("B", city="360200")]
    rows = {(s, DAY + timedelta(days=n)): {"pm25": _const(v)} for s, v in (("A", 10), ("B", 30)) for n in (0, 1)}
    got = network.network_days(rows, registry)
    assert {key: day["pm25"].value for key, day in got.items()} == {
        (CITY, DAY): 10,
        ("360200", DAY): 30,
        ("360200", DAY + timedelta(days=1)): 20,
    }


def test_background_and_control_stations_are_no_part_of_the_city_or_of_its_number() -> None:
    registry = [_row("A"), _row("B", role="background"), _row("C", role="control"), _row("D", city="")]
    assert _city(dict.fromkeys("BCD", _const(1)) | {"A": _const(10)}, registry) == PlaceValue(F(10), True, 1, 1)
    assert network.network_days({("B", DAY): {"pm25": _const(1)}}, registry[1:3]) == {}


def test_two_rows_that_hold_the_same_day_are_one_station() -> None:
    registry = [_row("A"), _row("A", valid_from=DAY), _row("B")]
    assert _city({"A": _const(10), "B": _const(20)}, registry) == PlaceValue(F(15), True, 2, 2)


def test_a_county_has_its_own_stations_and_a_network_can_be_chosen() -> None:
    registry = [_row("A", county="360102"), _row("B", county="360102", network="county"), _row("C", county="360103"), _row("D")]
    rows = {(s, DAY): {"pm25": _const(v)} for s, v in zip("ABCD", (10, 20, 30, 40), strict=True)}
    counties = network.network_days(rows, registry, level="county")
    assert {place: day["pm25"] for (place, _), day in counties.items()} == {
        "360102": PlaceValue(F(15), True, 2, 2),
        "360103": PlaceValue(F(30), True, 1, 1),
    }
    assert network.network_days(rows, registry)[CITY, DAY]["pm25"].value == 25
    assert network.network_days(rows, registry, networks={"state"})[CITY, DAY]["pm25"] == PlaceValue(F(80, 3), True, 3, 3)
    with pytest.raises(ValueError, match="a city or a county"):
        network.network_days(rows, registry, level="province")


# ---------------------------------------------------------------- labels, exclusions


def test_a_label_is_the_end_of_its_hour() -> None:
    assert network.label(date(2023, 6, 10), 1) == datetime(2023, 6, 10, 1)
    assert network.label(date(2023, 6, 10), 24) == datetime(2023, 6, 11, 0)


@pytest.mark.parametrize(
    ("start", "end", "days"),
    [
        ("2023-06-10T00:00", "2023-06-10T00:00", [9]),  # 0:00 is the last hour of the day before
        ("2023-06-10T01:00", "2023-06-11T00:00", [10]),
        ("2023-06-10T00:00", "2023-06-10T01:00", [9, 10]),
        ("2023-06-10T23:00", "2023-06-11T01:00", [10, 11]),
        ("2023-06-10T05:00", "2023-06-12T05:00", [10, 11, 12]),
        ("2023-06-10T05:10", "2023-06-10T05:50", []),  # between two labels
    ],
)
def test_the_days_that_an_event_touches(start: str, end: str, days: list[int]) -> None:
    assert network.touched(start, datetime.fromisoformat(end)) == {date(2023, 6, n) for n in days}


def test_an_event_that_ends_before_it_starts_is_refused() -> None:
    with pytest.raises(ValueError, match="before it starts"):
        network.touched("2023-06-10T05:00", "2023-06-10T04:00")


def test_excluded_hours_were_never_there() -> None:
    # Labels 22:00 of the 10th … 2:00 of the 11th are slots 22, 23, 24 of the 10th and 1, 2 of the 11th.
    rows = {("A", DAY + timedelta(days=n)): {"pm25": [1000] * 24, "o3": [2000] * 24} for n in (0, 1)}
    got = network.exclude(rows, [("A", "pm25", "2023-06-10T22:00", "2023-06-11T02:00")])
    assert got["A", DAY] == {"pm25": [1000] * 21 + [None] * 3, "o3": [2000] * 24}
    assert got["A", DAY + timedelta(days=1)]["pm25"] == [None] * 2 + [1000] * 22
    assert rows["A", DAY]["pm25"] == [1000] * 24
    everything = network.exclude(rows, [("A", "all", "2023-06-10T01:00", "2023-06-11T00:00"), ("B", "all", "2023-06-11", "2023-06-12")])
    assert everything["A", DAY] == {"pm25": [None] * 24, "o3": [None] * 24}
    assert everything["A", DAY + timedelta(days=1)] == rows["A", DAY + timedelta(days=1)]
    with pytest.raises(ValueError, match="cannot be excluded"):
        network.exclude(rows, [("A", "o3_8h", "2023-06-10", "2023-06-10")])


def test_an_exclusion_can_take_a_station_out_of_its_city() -> None:
    hours = {"A": _const(10), "B": _const(40)[:5] + _const(20)[:19]}
    # As it is B's day is (5 x 40 + 19 x 20)/24 = 580/24, and the city (10 + 580/24)/2 = 820/48.
    assert _city(hours, ABCD[:2]).value == F(820, 48)
    four = [("B", "pm25", "2023-06-10T01:00", "2023-06-10T04:00")]  # 20 hours are left: (40 + 19 x 20)/20 = 21
    five = [("B", "all", "2023-06-10T01:00", "2023-06-10T05:00")]  # 19: B is out, 1 of 2
    assert _city(hours, ABCD[:2], exclusions=four) == PlaceValue(F("15.5"), True, 2, 2)
    assert _city(hours, ABCD[:2], exclusions=five) == PlaceValue(F(10), True, 1, 2)
    # Hours first: 5 hours of A alone are 10, 19 of both are 15: (50 + 285)/24.
    assert _city(hours, ABCD[:2], exclusions=five, first="hours") == PlaceValue(F(335, 24), True, 24, 24)


# ---------------------------------------------------------------- basis


def test_audited_replaces_the_whole_row_and_a_table_of_days_replaces_both() -> None:
    a, b, c, d, e = ((s, DAY) for s in "ABCDE")
    realtime = {k: {"pm25": _const(10), "co": _const(1)} for k in (a, b, c)}
    empty: dict[str, list[int | None]] = {"pm25": [None] * 24}
    audited = {a: {"pm25": [None] * 23 + [12_000]}, b: empty, c: {"pm25": _const(12)}, e: empty}
    got = network.best(
        realtime,
        audited,
        audited_daily={c: {"pm25": 34_567, "co": None}, e: {"pm25": None}},
        realtime_daily={b: {"pm25": 99_000}, d: {"pm25": 7_000}},
    )
    # A: one audited hour is enough, and the real-time CO goes too. B: an audited row without an hour is none, and hours go before days.
    assert got.hours == {a: {"pm25": [None] * 23 + [12_000]}, b: {"pm25": _const(10), "co": _const(1)}}
    assert set(got.daily) == {c, d}
    days = network.network_days(got.hours, daily=got.daily, level="station")
    assert days["A", DAY]["pm25"] == PlaceValue(F(12), False, 1, 24)
    assert days["A", DAY]["co"].value is None
    assert days["C", DAY] == dict.fromkeys(air.DAILY, PlaceValue(None, False, 0, 0)) | {"pm25": PlaceValue(F("34.567"), True, 0, 0)}


def test_a_day_value_of_a_table_goes_into_the_city_as_it_is() -> None:
    # A's table says 34.567 and stands for its hours, B's day is 10: the mean is 22.2835.
    daily = {("A", DAY): {"pm25": 34_567}}
    assert _city({"A": _const(90), "B": _const(10)}, ABCD[:2], daily=daily) == PlaceValue(F("22.2835"), True, 2, 2)
    with pytest.raises(ValueError, match="hours first"):
        _city({"B": _const(10)}, ABCD[:2], daily=daily, first="hours")
    with pytest.raises(ValueError, match="'stations' or 'hours'"):
        _city({"B": _const(10)}, ABCD[:2], first="minutes")


def test_exclusions_go_before_the_choice() -> None:
    # The one audited hour is excluded, so the real-time row holds, without the same hour.
    only = {("A", DAY): {"pm25": [5_000] + [None] * 23}}
    got = network.best({("A", DAY): {"pm25": _const(10)}}, only, exclusions=[("A", "pm25", "2023-06-10T01:00", "2023-06-10T01:00")])
    assert got.hours == {("A", DAY): {"pm25": [None] + [10_000] * 23}}


# ---------------------------------------------------------------- dust


def _june(days: int = 30, **concentrations: Mapping[int, int]) -> dict[date, dict[str, PlaceValue]]:
    """June 2023 of a place: 1 of everything but what is given for single days of the month (0 stands for "all others")."""
    out = {}
    for n in range(1, days + 1):
        values = {item: concentrations.get(item, {}) for item in air.DAILY}
        out[date(2023, 6, n)] = {item: PlaceValue(F(v.get(n, v.get(0, 1))), True, 4, 4) for item, v in values.items()}
    return out


FIVE = frozenset(date(2023, 6, n) for n in range(1, 6))
STORM = dict.fromkeys(range(1, 6), 650)


def test_dust_days_are_those_of_the_place_that_the_event_names() -> None:
    events = [
        (CITY, "2023-06-10T00:00", "2023-06-10T01:00"),
        (CITY, "2023-06-10T12:00", "2023-06-10T13:00"),
        ("station:A", "2023-06-12T01:00", "2023-06-12T02:00"),
        ("360102", "2023-06-13T01:00", "2023-06-13T02:00"),
    ]
    got = network.dust_days(events)
    assert got[CITY] == {date(2023, 6, 9), date(2023, 6, 10)}
    assert got["station:A"] == {date(2023, 6, 12)}
    assert got.get("360200", frozenset()) == frozenset()


def test_dust_leaves_the_mean_the_percentile_and_the_index_but_not_the_completeness() -> None:
    # PM10 is 50 on 25 days and 650 on 5: the mean is (25 x 50 + 5 x 650)/30 = 150, without dust 50, of 25 days. The month is judged on the
    # 30 days that were monitored: 25 would not have been enough.
    days = _june(pm10={0: 50} | STORM, pm25={0: 35})
    plain, clean = network.as_monitored(days, "2023-06", "2012"), network.dust_excluded(days, FIVE, "2023-06", "2012")
    assert (plain["air.pm10.mean"], clean["air.pm10.mean"]) == (Stat(F(150), True, 30), Stat(F(50), True, 25))
    assert (plain["air.pm10.p95"], clean["air.pm10.p95"]) == (Stat(F(650), True, 30), Stat(F(50), True, 25))
    assert (plain["air.pm10.exceed_days"], clean["air.pm10.exceed_days"]) == (Stat(F(5), True, 30), Stat(F(0), True, 25))
    assert (plain["air.pm25.mean"], clean["air.pm25.mean"]) == (Stat(F(35), True, 30), Stat(F(35), True, 25))
    assert clean["air.so2.mean"] == plain["air.so2.mean"] == Stat(F(1), True, 30)
    # PM10 in the index: 150/70 = 2.14, without dust 50/70 = 0.71. The rest: SO2 1/60 = 0.02, NO2 1/40 = 0.02 (0.025 to the even digit),
    # PM2.5 35/35 = 1, CO 1/4 = 0.25, O3 1/160 = 0.01.
    assert plain["air.composite_index"] == Stat(F("3.44"), True, 30)
    assert clean["air.composite_index"] == Stat(F("2.01"), True, 25)
    assert plain["air.pm10.mean.multiple"].value == F("1.14")  # (150 - 70)/70
    assert clean["air.pm10.mean.multiple"] == Stat(None, True, 25)
    assert (plain["air.attains"], clean["air.attains"]) == (Stat(F(0), True, 30), Stat(F(1), True, 25))


def test_the_aqi_of_a_dust_day_is_that_of_the_other_four_and_mostly_does_not_count() -> None:
    # On the 1st O3 is 161, IAQI 101: the day counts without PM, as not good. The other four dust days have no valid AQI any more.
    days = _june(pm10={0: 50} | STORM, o3_8h={1: 161})
    plain, clean = network.as_monitored(days, "2023-06", "2012"), network.dust_excluded(days, FIVE, "2023-06", "2012")
    assert (plain["air.valid_days"], clean["air.valid_days"]) == (Stat(F(30), True, 30), Stat(F(26), True, 26))
    assert (plain["air.good_days"], clean["air.good_days"]) == (Stat(F(25), True, 30), Stat(F(25), True, 26))
    assert clean["air.good_day_ratio"] == Stat(F(2500, 26), True, 26)
    assert [scope["air.heavy_days"].value for scope in (plain, clean)] == [5, 0]  # 650 is off the scale: 500
    assert clean["air.level_3_days"].value == 1
    assert network.left_out(days, FIVE, "2023-06", "2012") == {"pm10": 5, "pm25": 5, "aqi": 4}
    first = network.dust_day_index(days[date(2023, 6, 1)], "2012", is_dust=True)
    assert (first.aqi, first.primary, first.publishable) == (101, ("o3_8h",), True)
    second = network.dust_day_index(days[date(2023, 6, 2)], "2012", is_dust=True)
    assert (second.aqi, second.publishable) == (25, False)  # CO 1 of the 2 that are 50
    assert network.dust_day_index(days[date(2023, 6, 2)], "2012", is_dust=False).aqi == 500


def test_what_was_too_little_as_monitored_stays_so_and_what_is_all_dust_has_no_value() -> None:
    short = network.dust_excluded(_june(26), FIVE, "2023-06", "2012")
    assert short["air.pm10.mean"] == Stat(F(1), False, 21)
    assert short["air.so2.mean"] == Stat(F(1), False, 26)
    assert short["air.composite_index"] == Stat(short["air.composite_index"].value, False, 21)
    all_dust = network.dust_excluded(_june(), frozenset(_june()), "2023-06", "2012")
    assert all_dust["air.pm10.mean"] == all_dust["air.good_day_ratio"] == air.NOTHING
    assert all_dust["air.composite_index"] == Stat(None, False, 0)
    assert all_dust["air.attains"] == Stat(None, False, 0)
    assert all_dust["air.valid_days"] == Stat(F(0), True, 0)
    assert all_dust["air.so2.mean"] == Stat(F(1), True, 30)
    # SO2 alone is enough to say "does not attain", but not officially: PM is not known.
    failing = network.dust_excluded(_june(so2={0: 61}), frozenset(_june()), "2023-06", "2012")
    assert failing["air.attains"] == Stat(F(0), False, 0)


def test_an_invalid_value_on_a_dust_day_is_not_left_out_twice() -> None:
    days = _june()
    days[date(2023, 6, 1)]["pm10"] = PlaceValue(F(650), False, 2, 4)
    # PM10 of the 1st does not count anyway; that day has no valid AQI (five items, 25) before dust either.
    assert network.left_out(days, FIVE, "2023-06", "2012") == {"pm10": 4, "pm25": 5, "aqi": 4}
    assert network.left_out(days, FIVE, "2023-07", "2012") == {"pm10": 0, "pm25": 0, "aqi": 0}
    assert network.dust_excluded(days, FIVE, "2023-06", "2012")["air.pm10.mean"] == Stat(F(1), True, 25)


# ---------------------------------------------------------------- generated networks


@pytest.fixture(scope="module")
def net() -> Network:
    return generate_network.generate_network()


@pytest.fixture(scope="module")
def cities(net: Network) -> dict[network.Key, dict[str, PlaceValue]]:
    return network.network_days(net.realtime.station_hours(), net.registry)


def test_a_seed_gives_one_network() -> None:
    one, two, other = (generate_network.generate_network(seed=seed, days=20, sizes=(1, 2, 3)) for seed in (5, 5, 6))
    assert one.realtime.keys == two.realtime.keys
    assert np.array_equal(one.realtime.hours, two.realtime.hours)
    assert np.array_equal(one.audited.null, two.audited.null)
    assert (one.registry, one.dust, one.exclusions, one.audited_daily) == (two.registry, two.dust, two.exclusions, two.audited_daily)
    assert not np.array_equal(one.realtime.hours[:100], other.realtime.hours[:100])


def test_the_shapes_of_the_lake(net: Network) -> None:
    for rows in (net.realtime, net.audited):
        assert rows.hours.shape == rows.null.shape == (len(rows), 6, 24)
        assert rows.hours.min() == 0
        assert rows.hours.max() <= 10_000_000
        assert not rows.hours[rows.null].any()
        assert len(set(rows.keys)) == len(rows)
    assert set(net.audited.keys) <= set(net.realtime.keys)
    columns = net.realtime.columns()
    key, row = net.realtime.keys[77], net.realtime.station_hours()[net.realtime.keys[77]]
    assert (columns["subject"][77], columns["day"][77]) == key
    assert [columns[f"o3_{n:02d}"][77] for n in range(1, 25)] == row["o3"]


def test_the_registry_has_every_dated_case(net: Network) -> None:
    sizes: dict[str, set[int]] = {}
    homes: dict[str, set[tuple[str, str, str]]] = {}
    for d in range(365):
        day = generate_network.FIRST_DAY + timedelta(days=d)
        for place, members in network.registered(net.registry, day, level="city").items():
            sizes.setdefault(place, set()).add(len(members))
    for row in net.registry:
        homes.setdefault(row["station"], set()).add((row["city"], row["county"], row["role"]))
    assert sizes == {"360100": {1}, "360200": {1, 2}, "360300": {2, 3, 4}, "360400": {3, 4}, "360500": {7, 8}, "360600": {11, 12}}
    assert not network.registered(net.registry, date(2023, 2, 28), level="city").get("360100")
    assert {len({part[n] for part in home}) for n in range(3) for home in homes.values()} == {1, 2}
    assert {row["role"] for row in net.registry} == {"evaluation", "background", "control"}
    # Some stations send hours on days on which they are not registered.
    everywhere = {(r["station"], d) for r in net.registry for s, d in net.realtime.keys if s == r["station"] and network_holds(r, d)}
    assert len(set(net.realtime.keys) - everywhere) > 50


def network_holds(row: Mapping[str, Any], day: date) -> bool:
    return (row["valid_from"] or day) <= day <= (row["valid_to"] or day)


@pytest.mark.parametrize("first", ["stations", "hours"])
@pytest.mark.parametrize("level", ["city", "county"])
def test_every_edge_of_a_place_occurs(net: Network, level: str, first: str) -> None:
    days = network.network_days(net.realtime.station_hours(), net.registry, level=level, first=first)
    shares: Counter[tuple[int, int, bool]] = Counter()
    states: Counter[tuple[str, bool, bool]] = Counter()
    ties: Counter[str] = Counter()
    for values in days.values():
        for item, v in values.items():
            shares[v.n, v.of, v.valid] += 1
            states[item, v.valid, v.value is None] += 1
            scaled = None if v.value is None else v.value * (10 if item == "co" else 1)
            ties[item] += v.valid and scaled is not None and scaled.denominator == 2
    for item in air.DAILY:
        assert ties[item] > 200
        assert states[item, True, False] > 1000
        assert min(states[item, False, False], states[item, False, True]) > 10
    if first == "stations" and level == "city":
        assert min(shares[3, 4, True], shares[2, 4, False], shares[6, 8, True], shares[1, 2, True], shares[1, 3, False]) > 10
        assert min(shares[9, 12, True], shares[5, 8, False], sum(shares[8, of, False] for of in (11, 12))) > 0
    if first == "hours":
        assert min(shares[20, 24, True], shares[19, 24, False]) > 50


def test_without_gaps_the_order_makes_no_difference_to_a_mean(net: Network, cities: Mapping[network.Key, Mapping[str, PlaceValue]]) -> None:
    """A mean of means of equally many is the mean of all: wherever no hour is lost both orders give one value, to the last fraction."""
    rows = net.realtime.station_hours()
    hours_first = network.network_days(rows, net.registry, first="hours")
    compared = differ = 0
    for (place, day), values in cities.items():
        members = network.registered(net.registry, day, level="city")[place]
        for item in ("pm25", "pm10", "so2", "no2", "co"):
            other = hours_first[place, day][item]
            if all((s, day) in rows and None not in rows[s, day][item] for s in members):
                compared += 1
                assert (values[item].value, values[item].valid) == (other.value, other.valid)
            else:
                differ += values[item].value != other.value
    assert min(compared, differ) > 1000


def test_no_dust_is_as_monitored_and_dust_changes_only_what_it_may(
    net: Network, cities: Mapping[network.Key, Mapping[str, PlaceValue]]
) -> None:
    dust = network.dust_days(net.dust)
    verdicts: Counter[tuple[str, bool]] = Counter()
    for place, series in network.by_place(cities).items():
        for period in ("2023", "2023-Q1", "2023-04", "2023-09"):
            plain = network.as_monitored(series, period, "2026-transitional")
            assert network.dust_excluded(series, (), period, "2026-transitional") == plain
            clean = network.dust_excluded(series, dust[place], period, "2026-transitional")
            gone = network.left_out(series, dust[place], period, "2026-transitional")
            for item in ("so2", "no2", "co", "o3_8h"):
                names = [name for name in plain if name.startswith(f"air.{item}.")]
                assert [clean[name] for name in names] == [plain[name] for name in names]
            assert clean["air.pm10.mean"].n == plain["air.pm10.mean"].n - gone["pm10"]
            assert clean["air.pm25.p95"].n == plain["air.pm25.p95"].n - gone["pm25"]
            assert clean["air.valid_days"].n == plain["air.valid_days"].n - gone["aqi"]
            assert clean["air.pm10.mean"].ok == plain["air.pm10.mean"].ok
            verdicts[period, clean["air.composite_index"].ok] += 1
    assert min(verdicts["2023", ok] for ok in (True, False)) > 0
    # April of 360500 is what the rule is about: complete as monitored, with fewer than 27 days left.
    april = network.dust_excluded(network.by_place(cities)["360500"], dust["360500"], "2023-04", "2012")["air.pm10.mean"]
    assert april.ok
    assert april.n < 27


def test_exclusions_and_audited_rows_change_the_days_of_places(
    net: Network, cities: Mapping[network.Key, Mapping[str, PlaceValue]]
) -> None:
    rows = net.realtime.station_hours()
    less = network.network_days(rows, net.registry, exclusions=net.exclusions)
    assert sum(less[key] != cities[key] for key in cities) > 50
    # What is excluded never makes a station more: the number of valid stations can only fall (O3 by its rule of few windows aside).
    assert all(less[key][item].n <= cities[key][item].n for key in cities for item in air.DAILY if item != "o3_8h")
    chosen = network.best(rows, net.audited.station_hours(), audited_daily=net.audited_daily)
    assert set(chosen.hours) | set(chosen.daily) >= set(net.audited_daily)
    assert not set(chosen.hours) & set(chosen.daily)
    best = network.network_days(chosen.hours, net.registry, daily=chosen.daily)
    assert sum(best[key] != cities[key] for key in cities) > 500


# ---------------------------------------------------------------- real readings


@pytest.mark.shared
def test_real_places_as_the_stations_of_one_city(shared_data: Path) -> None:
    """No stored file has a day of stations: the 375 places of the national file of one day serve as one city's."""
    read = read_archive(shared_data / "air" / "raw_city_days_2022" / "china_cities_20220308.csv.gz", scale=1000)
    day = date(2022, 3, 8)
    rows = {(place, d): hours for (place, d), hours in read.items() if d == day}
    registry = [_row(place) for place in sorted({place for place, _ in rows})]
    got = network.network_days(rows, registry)[CITY, day]
    sums, counts = F(0), 0
    for hours in rows.values():
        present = [int(v) for v in hours["pm25"] if v is not None]
        if len(present) >= 20:
            sums, counts = sums + F(sum(present), 1000 * len(present)), counts + 1
    assert got["pm25"] == PlaceValue(sums / counts, True, counts, len(registry))
    assert counts > 300
    hours_first = network.network_days(rows, registry, first="hours")[CITY, day]
    # The file has the hours 0 … 23 of the 8th: 23 of the official day.
    assert hours_first["pm25"].n == 23
    assert abs(hours_first["pm25"].value / got["pm25"].value - 1) < F(1, 100)  # type: ignore[operator]
    assert hours_first["o3_8h"].value < got["o3_8h"].value  # type: ignore[operator]
