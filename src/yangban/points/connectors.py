"""Payloads of others turned into events: daily steps, rides, meter readings. Pure.

Each connector knows one shape of payload, says where it is documented, takes what an event needs and leaves everything else behind: no
track, no place, no number of a card or an account. What cannot become an event comes back with its item and the reason.

A payload is what a partner or a member's own program received, decrypted; who it belongs to is said beside it, since no shape names a
member of ours. The same payload again gives the same events under the same ids, so that nothing counts twice.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, Final

from yangban.points.award import Event
from yangban.points.events import BadRecord, events_of
from yangban.points.schemes import CHINA, day_of

Made = tuple[list[tuple[int, Event]], list[BadRecord]]
"""Events with the number of their item, from 1, and what could not become one."""

MOST: Final = 5000
"""Items of one payload."""
_MODES: Final[Mapping[str, str]] = {"bicycle": "bike", "cargo_bicycle": "bike"}
_FUELS: Final[Mapping[str, tuple[str, str]]] = {
    "电": ("electricity", "kWh"), "electricity": ("electricity", "kWh"), "水": ("water", "m3"), "water": ("water", "m3"),
    "气": ("gas", "m3"), "gas": ("gas", "m3"),
}  # fmt: skip
_RIDES: Final[Mapping[str, str]] = {"公交": "bus", "bus": "bus", "地铁": "metro", "metro": "metro"}
_RIDE: Final[Mapping[str, str]] = {
    "member": "会员", "ride": "乘车编号", "mode": "方式", "on": "上车时间", "off": "下车时间", "km": "里程",
}  # fmt: skip
_METER: Final[Mapping[str, str]] = {
    "member": "会员", "meter": "表号", "fuel": "能源", "day": "抄表日期", "before": "上期示数", "now": "本期示数", "times": "倍率",
    "year_ago": "上年同期用量",
}  # fmt: skip
_OURS: Final = "our own shape; no public one was found"


@dataclass(frozen=True)
class Connector:
    """A shape of payload: where it is documented and how sure that is, whether it comes as JSON or as rows, and what reads it."""

    key: str
    name: str
    name_en: str
    shape: str
    confidence: str
    source: str
    read: Callable[[str, Any, datetime], Made]


def convert(key: str, member: str, payload: Any, received_at: datetime) -> Made:
    """The events of a payload that belongs to a member; ``member`` is empty where the rows themselves name members.

    Amounts are exact and in the units of their names: ``step``, ``km``, ``min``, ``kWh``, ``m3``. Raises :class:`KeyError` for what is none
    of :data:`CONNECTORS`, and :class:`ValueError` for a payload that is not of the connector's shape as a whole.
    """
    return CONNECTORS[key].read(member, payload, received_at)


# --------------------------------------------------------------------------------------------------------------------------- steps


def _werun(member: str, payload: Any, received_at: datetime) -> Made:
    """WeChat WeRun, decrypted: a list of days, each with the moment that it stands for and its steps."""
    found = []
    for number, each in _items(payload, "stepInfoList"):
        found.append((number, _moment(_whole(each, "timestamp")), _whole(each, "step")))
    return _days("werun", member, found, received_at)


def _huawei(member: str, payload: Any, received_at: datetime) -> Made:
    """HUAWEI Health Kit, statistics by day: groups, each with sets of samples; moments of a group in ms."""
    found = []
    for number, group in _items(payload, "group"):
        steps = 0
        seen = False
        for _n, one in _items(group, "sampleSet"):
            for _m, point in _items(one, "samplePoints"):
                for _k, value in _items(point, "value"):
                    if value.get("fieldName") in {"steps", "steps_delta"}:
                        steps, seen = steps + _whole(value, "integerValue"), True
        if seen:
            found.append((number, _moment(_whole(group, "startTime") // 1000), steps))
    return _days("huawei", member, found, received_at)


def _days(source: str, member: str, found: Iterable[tuple[int, datetime, int]], received_at: datetime) -> Made:
    """An event for each day that is over: of several reports of a day the highest."""
    best: dict[date, tuple[int, int]] = {}
    for number, moment, steps in found:
        day = day_of(moment)
        if day not in best or steps > best[day][1]:
            best[day] = number, steps
    rows, bad = [], []
    for day, (number, steps) in sorted(best.items()):
        if day >= day_of(received_at):
            bad.append(BadRecord(number, f"{day} 还没有结束，次日再报", {"day": str(day)}))
        elif steps:
            at = datetime.combine(day, time(23, 59), CHINA)
            rows.append((number, _record(f"{source}:{member}:{day}", member, "steps", at, received_at, {"step": str(steps)})))
    return _made(rows, bad)


# --------------------------------------------------------------------------------------------------------------------------- rides


def _mds(member: str, payload: Any, received_at: datetime) -> Made:
    """Trips of the Mobility Data Specification, 1.x or 2.0: seconds, metres, moments in ms. Route and places are left behind."""
    rows, bad = [], []
    trips = payload.get("data", payload) if isinstance(payload, dict) else payload
    for number, trip in _items(trips, "trips"):
        try:
            vehicle = str(trip.get("vehicle_type", "bicycle"))
            if vehicle not in _MODES:
                raise ValueError(f"vehicle_type 为 {vehicle!r}，只计 {'、'.join(_MODES)}")
            provider, trip_id = _word(trip, "provider_id"), _word(trip, "trip_id")
            metres = _whole(trip, "trip_distance" if "trip_distance" in trip else "distance")
            seconds = _whole(trip, "trip_duration" if "trip_duration" in trip else "duration")
            start, end = _whole(trip, "start_time"), _whole(trip, "end_time")
            if end < start or abs((end - start) // 1000 - seconds) > 60:
                raise ValueError(f"用时 {seconds} 秒，与起止时间相差 {(end - start) // 1000} 秒不符")
            at = _moment(start // 1000)
        except ValueError as told:
            bad.append(BadRecord(number, str(told), {"trip_id": str(trip.get("trip_id", ""))}))
            continue
        minutes = f"{Decimal(seconds) / 60:.3f}"
        amounts = {"km": _thousandths(metres), "min": minutes}
        proof = _digest("mds", provider, trip_id)
        record = _record(f"mds:{proof[:40]}", member, _MODES[vehicle], at, received_at, amounts)
        rows.append((number, {**record, "minutes": minutes, "proof": proof}))
    return _made(rows, bad)


def _transit(member: str, payload: Any, received_at: datetime) -> Made:
    """Rides of a transit card, a row each: who, how, when, how far. The number of the card is no column."""
    rows, bad = [], []
    for number, cells in _rows(payload):
        try:
            told = _named(cells, _RIDE, ("ride", "mode", "on", "km"))
            if told["mode"] not in _RIDES:
                raise ValueError(f"方式为 {told['mode']!r}，应为 {'、'.join(_RIDES)}")
            who = _whose(member, told)
            proof = _digest("transit", told["ride"])
            record = _record(f"transit:{proof[:40]}", who, _RIDES[told["mode"]], told["on"], received_at, {"km": told["km"]})
            record["proof"] = proof
            if told.get("off"):
                span = _at(told["off"]) - _at(told["on"])
                if span < timedelta(0):
                    raise ValueError(f"下车 {told['off']} 早于上车 {told['on']}")
                record["minutes"] = f"{Decimal(int(span.total_seconds())) / 60:.3f}"
        except ValueError as told_why:
            bad.append(BadRecord(number, str(told_why), cells))
            continue
        rows.append((number, record))
    return _made(rows, bad)


# -------------------------------------------------------------------------------------------------------------------------- meters


def _meters(member: str, payload: Any, received_at: datetime) -> Made:
    """Monthly readings of a utility: what was used less than in the same month of the year before is saved."""
    rows, bad = [], []
    for number, cells in _rows(payload):
        try:
            told = _named(cells, _METER, ("meter", "fuel", "day", "before", "now", "year_ago"))
            if told["fuel"] not in _FUELS:
                raise ValueError(f"能源为 {told['fuel']!r}，应为 电、水、气")
            behaviour, unit = _FUELS[told["fuel"]]
            before, now, ago = (_number(told, name) for name in ("before", "now", "year_ago"))
            if now < before:
                raise ValueError(f"本期示数 {now} 小于上期 {before}；换表或表走满一圈的，请人工核对后按用量申报")
            used = (now - before) * _number({"times": told.get("times") or "1"}, "times")
            saved = ago - used
            if saved <= 0:
                raise ValueError(f"用了 {used:f} {unit}，不少于上年同期的 {ago:f}，没有节约")
            day = _day(told["day"])
            who = _whose(member, told)
            proof = _digest("meter", told["meter"], str(day))
            at = datetime.combine(day, time(), CHINA)
            record = _record(f"meter:{proof[:40]}", who, behaviour, at, received_at, {unit: f"{saved:f}"})
        except ValueError as told_why:
            # The number of the meter stays with the utility.
            bad.append(BadRecord(number, str(told_why), {key: value for key, value in cells.items() if key not in {"表号", "meter"}}))
            continue
        rows.append((number, {**record, "evidence": "meter", "proof": proof}))
    return _made(rows, bad)


# -------------------------------------------------------------------------------------------------------------------------- pieces


def _made(rows: Iterable[tuple[int, Mapping[str, str]]], bad: list[BadRecord]) -> Made:
    """Through the door of all events, which checks numbers and moments."""
    events, more = events_of(rows)
    return events, sorted([*bad, *more], key=lambda each: each.line)


def _record(id: str, member: str, behaviour: str, at: datetime | str, received: datetime, amounts: Mapping[str, str]) -> dict[str, str]:
    moment = at if isinstance(at, str) else at.astimezone(CHINA).isoformat()
    return {
        "id": id, "member": member, "behaviour": behaviour, "happened_at": moment, "received_at": received.isoformat(), **amounts,
    }  # fmt: skip


def _items(holder: Any, name: str) -> list[tuple[int, Mapping[str, Any]]]:
    """The objects of a list, numbered."""
    found = holder.get(name) if isinstance(holder, Mapping) else None
    if not isinstance(found, list) or not all(isinstance(each, dict) for each in found):
        raise ValueError(f"应有数组 {name}，每项一个对象；得到 {type(found).__name__}")
    if len(found) > MOST:
        raise ValueError(f"{name} 有 {len(found)} 项，应不超过 {MOST}；请分批")
    return list(enumerate(found, start=1))


def _rows(payload: Any) -> list[tuple[int, dict[str, str]]]:
    """Rows of a table: as they were read from a sheet with their lines, or objects of text in ``rows``."""
    if isinstance(payload, list):
        return payload
    return [(number, {str(key): str(value) for key, value in each.items()}) for number, each in _items(payload, "rows")]


def _named(cells: Mapping[str, str], words: Mapping[str, str], needed: Iterable[str]) -> dict[str, str]:
    """Cells by their names; an unknown heading is refused, since it may hold what nobody asked for. ``words`` are the Chinese headings."""
    names = {word: name for name, word in words.items()}
    strange = [heading for heading in cells if heading not in names and heading not in words]
    if strange:
        raise ValueError(f"不认识的列 {'、'.join(strange)}；只要 {'、'.join(words.values())}")
    told = {names.get(heading, heading): text.strip() for heading, text in cells.items() if text.strip()}
    missing = [words[name] for name in needed if name not in told]
    if missing:
        raise ValueError(f"缺少 {'、'.join(missing)}")
    return told


def _whose(member: str, told: Mapping[str, str]) -> str:
    if member and told.get("member", member) != member:
        raise ValueError(f"这一行是会员 {told['member']} 的，请求是 {member} 的")
    who = member or told.get("member", "")
    if not who:
        raise ValueError("缺少 会员")
    return who


def _whole(holder: Mapping[str, Any], name: str) -> int:
    value = holder.get(name)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 10**15:
        raise ValueError(f"{name} 为 {value!r}，应为不小于 0 的整数")
    return value


def _moment(seconds: int) -> datetime:
    if not seconds < 10**11:
        raise ValueError(f"时间戳 {seconds} 太大；应为 1970 年以来的秒数")
    return datetime.fromtimestamp(seconds, UTC)


def _at(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text.replace("/", "-"))
    except ValueError:
        raise ValueError(f"时间为 {text!r}，应写成 2024-05-01 08:00") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=CHINA)


def _word(holder: Mapping[str, Any], name: str) -> str:
    value = holder.get(name)
    if not isinstance(value, str) or not 0 < len(value) <= 120:
        raise ValueError(f"{name} 为 {value!r}，应为文字")
    return value


def _number(told: Mapping[str, str], name: str) -> Decimal:
    text = told[name].replace(",", "")
    whole, _, part = text.partition(".")
    if not (text.isascii() and whole.isdecimal() and (not part or part.isdecimal())) or len(text) > 20:
        raise ValueError(f"{name} 为 {told[name]!r}，应为不小于 0 的数")
    return Decimal(text)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text.replace("/", "-"))
    except ValueError:
        raise ValueError(f"抄表日期为 {text!r}，应写成 2024-05-31") from None


def _thousandths(value: int) -> str:
    return f"{Decimal(value).scaleb(-3):f}"


def _digest(*parts: str) -> str:
    """What a proof is known by; the thing itself stays where it came from."""
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()


CONNECTORS: Final[Mapping[str, Connector]] = {
    each.key: each
    for each in (
        Connector(
            "werun", "微信运动（解密后）", "WeChat WeRun, decrypted", "json", "documented",
            "developers.weixin.qq.com, wx.getWeRunData: stepInfoList [{timestamp, step}]，近30天", _werun,
        ),
        Connector(
            "huawei-health", "华为运动健康（按日统计）", "HUAWEI Health Kit, by day", "json", "request documented, answer from memory",
            "health-api.cloud.huawei.com/healthkit/v1/sampleSet:polymerize, groupByTime day", _huawei,
        ),
        Connector(
            "mds-trips", "共享单车行程（MDS）", "Bike trips (MDS)", "json", "documented",
            "github.com/openmobilityfoundation/mobility-data-specification, provider trips 1.2 与 2.0", _mds,
        ),
        Connector(
            "transit-rides", "公交卡乘车记录", "Rides of a transit card", "rows", _OURS, "本项目", _transit,
        ),
        Connector(
            "meter-readings", "水电气月抄表", "Monthly readings of meters", "rows", _OURS, "本项目", _meters,
        ),
    )
}  # fmt: skip
"""All connectors by key."""
