"""Payloads in the shapes that are documented, written by hand; what becomes of them is counted by hand too."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from yangban.points.award import Award, award
from yangban.points.connectors import CONNECTORS, convert
from yangban.points.schemes import CHINA
from yangban.standards.points import load_points

M = "m23456789ab"
NOW = datetime(2024, 5, 3, 10, tzinfo=CHINA)
# Midnight of 1, 2 and 3 May 2024 in Beijing, in seconds: 2024-04-30T16:00Z is 1714492800.
FIRST, SECOND, THIRD = 1714492800, 1714579200, 1714665600

WERUN: dict[str, Any] = {
    "stepInfoList": [
        {"timestamp": FIRST, "step": 7250}, {"timestamp": SECOND, "step": 0}, {"timestamp": THIRD, "step": 1200},
        {"timestamp": FIRST + 3600, "step": 7000},
    ],
    "watermark": {"timestamp": 1714701600, "appid": "wx0000000000000000"},
}  # fmt: skip

HUAWEI: dict[str, Any] = {
    "group": [
        {
            "startTime": SECOND * 1000, "endTime": THIRD * 1000,
            "sampleSet": [{
                "dataCollectorId": "derived:com.huawei.continuous.steps.total",
                "samplePoints": [{
                    "startTime": SECOND * 10**9, "endTime": THIRD * 10**9, "dataTypeName": "com.huawei.continuous.steps.total",
                    "value": [{"fieldName": "steps", "integerValue": 7118}],
                }],
            }],
        },
        {"startTime": THIRD * 1000, "endTime": (THIRD + 86400) * 1000, "sampleSet": []},
    ]
}  # fmt: skip

TRIP: dict[str, Any] = {
    "provider_id": "c20e08cf-8488-46a6-a66c-5d8fb827f7e0", "provider_name": "Example Bikes",
    "device_id": "00000000-0000-0000-0000-000000000001", "vehicle_id": "B-1", "vehicle_type": "bicycle", "propulsion_type": ["human"],
    "trip_id": "11111111-2222-3333-4444-555555555555", "trip_duration": 750, "trip_distance": 2350,
    "route": {
        "type": "FeatureCollection",
        "features": [{"type": "Feature", "geometry": {"type": "Point", "coordinates": [115.89, 28.68]}}],
    },
    "accuracy": 10, "start_time": (FIRST + 8 * 3600) * 1000, "end_time": (FIRST + 8 * 3600 + 750) * 1000,
}  # fmt: skip


def test_steps_of_werun_are_days_that_are_over() -> None:
    """Of two reports of 1 May the higher; none for a day without steps; 3 May is not over at ten in the morning."""
    events, bad = convert("werun", M, WERUN, NOW)
    assert [(n, e.behaviour, e.amounts, e.happened_at.astimezone(CHINA).isoformat()) for n, e in events] == [
        (1, "steps", {"step": Decimal(7250)}, "2024-05-01T23:59:00+08:00")
    ]
    assert [(each.line, "2024-05-03" in each.reason) for each in bad] == [(3, True)]
    # Again, a day later: the same event under the same id, and the third day.
    again, _ = convert("werun", M, WERUN, NOW.replace(day=4))
    assert [e.id for _, e in again] == [events[0][1].id, f"werun:{M}:2024-05-03"]
    assert again[0][1].digest == events[0][1].digest


def test_steps_of_huawei_are_summed_by_day() -> None:
    events, bad = convert("huawei-health", M, HUAWEI, NOW)
    assert [(e.amounts["step"], e.happened_at.day) for _, e in events] == [(7118, 2)]
    assert bad == []


def test_a_trip_keeps_distance_times_and_a_digest_and_no_track() -> None:
    """2,350 m in 750 s are 2.35 km and 12.5 minutes: one block of ten minutes, 2 points; 2.35 km × 200 g."""
    events, bad = convert("mds-trips", M, {"version": "1.2.0", "data": {"trips": [TRIP]}}, NOW)
    assert bad == []
    event = events[0][1]
    assert (event.behaviour, event.amounts, event.minutes) == ("bike", {"km": Decimal("2.35"), "min": Decimal("12.5")}, Decimal("12.5"))
    assert len(event.proof) == 64
    told = json.dumps({**vars(event), "amounts": {}}, default=str)
    assert not any(word in told for word in ("115.89", "route", TRIP["trip_id"], "B-1"))
    made = award(load_points(), load_points().scheme("example"), event)
    assert isinstance(made, Award)
    assert (made.points, made.grams) == (20, 470)
    # The same trip in the shape of 2.0, without a type of vehicle, is the same act.
    newer = {key: value for key, value in TRIP.items() if key not in {"trip_duration", "trip_distance", "vehicle_type", "route"}}
    newer |= {"duration": 750, "distance": 2350, "start_location": {"lat": 28.68, "lng": 115.89}}
    assert convert("mds-trips", M, {"trips": [newer]}, NOW)[0][0][1].digest == event.digest


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"vehicle_type": "scooter"}, "scooter"), ({"trip_duration": 7500}, "不符"), ({"trip_distance": "2350"}, "trip_distance"),
        ({"trip_distance": -1}, "trip_distance"), ({"trip_id": ""}, "trip_id"), ({"end_time": TRIP["start_time"] - 1000}, "不符"),
        ({"start_time": 10**14, "end_time": 10**14 + 750_000}, "太大"),
    ],
)  # fmt: skip
def test_a_trip_that_is_none_says_why(change: dict[str, Any], why: str) -> None:
    events, bad = convert("mds-trips", M, {"trips": [{**TRIP, **change}, TRIP]}, NOW)
    assert [n for n, _ in events] == [2]
    assert [(each.line, why in each.reason) for each in bad] == [(1, True)]


def test_rides_of_a_card() -> None:
    rides = [
        ("77001", "地铁", "2024-05-01 08:00", "2024-05-01 08:25", "9.6"), ("77002", "出租", "2024-05-01 09:00", "", "3"),
        ("77003", "公交", "2024-05-01 09:00", "", "3"), ("77004", "公交", "2024-05-01 09:00", "2024-05-01 08:00", "3"),
        ("77005", "公交", "2024-05-01 09:00", "", "3"), ("77006", "公交", "昨天", "", "3"), ("", "公交", "2024-05-01 09:00", "", ""),
    ]  # fmt: skip
    names = ("乘车编号", "方式", "上车时间", "下车时间", "里程")
    rows = [(line, {"会员": M, **dict(zip(names, ride, strict=True))}) for line, ride in enumerate(rides, start=2)]
    rows[2][1]["卡号"] = "3104870000000000"
    del rows[4][1]["会员"]
    events, bad = convert("transit-rides", "", rows, NOW)
    assert [(n, e.behaviour, e.amounts["km"], e.minutes) for n, e in events] == [(2, "metro", Decimal("9.6"), 25)]
    assert "77001" not in str(vars(events[0][1]))
    zones = {**rows[0][1], "上车时间": "2024-05-01T08:00+08:00"}
    assert convert("transit-rides", "", [(1, zones)], NOW)[0][0][1].minutes == 25  # a time without a zone is Beijing's
    reasons = {each.line: each.reason for each in bad}
    for line, word in {3: "出租", 4: "卡号", 5: "早于", 6: "会员", 7: "昨天", 8: "乘车编号、里程"}.items():
        assert word in reasons[line], reasons[line]


def test_what_a_household_used_less_than_a_year_ago() -> None:
    """(5,230 − 5,110) × 1 = 120 kWh after 180 a year ago: 60 saved. Water with a multiplier of 10: 4 × 10 after 55: 15."""
    names = ("表号", "能源", "抄表日期", "上期示数", "本期示数", "倍率", "上年同期用量")
    rows = [
        {"会员": M, **dict(zip(names, told, strict=True))}
        for told in (
            ("36010000123", "电", "2024-05-01", "5110", "5230", "", "180"), ("W9", "水", "2024/05/01", "20", "24", "10", "55"),
            ("36010000123", "电", "2024-05-01", "5110", "5300", "", "180"), ("36010000123", "电", "2024-05-01", "9990", "10", "", "180"),
            ("1", "煤", "2024-05-01", "1", "2", "", "3"), ("1", "气", "五月", "1", "2", "", "3"),
            ("1", "气", "2024-05-01", "-1", "2", "", "3"),
        )
    ]  # fmt: skip
    events, bad = convert("meter-readings", M, {"rows": rows}, NOW)
    assert [(e.behaviour, dict(e.amounts), e.evidence) for _, e in events] == [
        ("electricity", {"kWh": Decimal(60)}, "meter"), ("water", {"m3": Decimal(15)}, "meter"),
    ]  # fmt: skip
    assert "36010000123" not in str([vars(e) for _, e in events]) + str(bad)
    reasons = [each.reason for each in bad]
    for reason, word in zip(reasons, ("没有节约", "换表", "煤", "五月", "-1"), strict=True):
        assert word in reason
    made = award(load_points(), load_points().scheme("example"), replace(events[1][1], channel="x"))
    assert isinstance(made, Award)
    assert made.points == 450  # 15 m³ × 3 points
    with pytest.raises(ValueError, match="数组 rows"):
        convert("meter-readings", M, {"row": rows}, NOW)
    _, other = convert("meter-readings", "m0000000000", {"rows": rows[:1]}, NOW)
    assert M in other[0].reason


@pytest.mark.parametrize(
    ("key", "payload"),
    [
        ("werun", {}), ("werun", {"stepInfoList": [1]}), ("werun", {"stepInfoList": [{"timestamp": "1", "step": 1}]}),
        ("werun", {"stepInfoList": [{"timestamp": FIRST, "step": -1}]}), ("werun", {"stepInfoList": [{"timestamp": 10**13, "step": 1}]}),
        ("werun", {"stepInfoList": [{"timestamp": FIRST, "step": True}]}), ("werun", {"stepInfoList": [{}] * 5001}),
        ("huawei-health", {"group": [{"startTime": 1}]}), ("mds-trips", {"data": {"trip": []}}), ("transit-rides", {}),
    ],
)  # fmt: skip
def test_a_payload_of_another_shape_is_refused_as_a_whole(key: str, payload: Any) -> None:
    with pytest.raises(ValueError, match="应"):
        convert(key, M, payload, NOW)


_WORDS = st.sampled_from([
    "stepInfoList", "timestamp", "step", "group", "startTime", "sampleSet", "samplePoints", "value", "fieldName", "integerValue", "steps",
    "trips", "data", "provider_id", "trip_id", "trip_distance", "trip_duration", "start_time", "end_time", "rows", "会员", "表号", "能源",
    "电", "抄表日期", "上期示数", "本期示数", "倍率", "上年同期用量", "乘车编号", "方式", "公交", "上车时间", "下车时间", "里程", "9" * 30,
    "2024-05-01", "2024-05-01T08:00+08:00",
])  # fmt: skip
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | _WORDS | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_WORDS, inner, max_size=6),
    max_leaves=20,
)


@settings(max_examples=150, deadline=None)
@given(key=st.sampled_from(sorted(CONNECTORS)), payload=st.dictionaries(_WORDS, _JSON, max_size=6))
def test_whatever_comes_is_read_or_refused(key: str, payload: Any) -> None:
    """Nothing that a partner may send is a fault of the program."""
    try:
        events, _bad = convert(key, M, payload, NOW)
    except ValueError:
        return
    assert all(each.member == M and each.id for _, each in events)


def test_every_connector_says_where_its_shape_stands() -> None:
    assert {each.key for each in CONNECTORS.values() if each.shape == "rows"} == {"transit-rides", "meter-readings"}
    assert all(each.source and each.confidence and each.name for each in CONNECTORS.values())
