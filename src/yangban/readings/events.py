"""What happened to readings besides being measured: dust, exceptional events, exclusions, reviews and the station log.

One list per workspace, ``events.jsonl``, to which records are only ever added; a correction is a new record that names the old one.
Each line carries the digest of the line before and one of itself, so that an edited or removed line is found (:func:`verify`). No
record changes a value: exclusions and reviews change whether a value is *used*, and :func:`left_out` says how many were not.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from dataclasses import replace as changed
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

import polars as pl

from yangban.base import regions
from yangban.base.errors import UnknownRegion, UsageError, WorkspaceError
from yangban.base.pollutants import HOURLY_SIX, heading
from yangban.readings.formats.times import end_label
from yangban.readings.lake import Lake
from yangban.readings.stations import Registry
from yangban.readings.subjects import resolve
from yangban.readings.workspace import Workspace, sync, write_whole

STATES: Final = ("raw", "city", "province", "signed")
"""The levels of review in order: not reviewed (or sent back), checked by the city, confirmed by the province, signed."""

STATE_NAMES: Final[Mapping[str, str]] = {"raw": "退回重审", "city": "市级审核", "province": "省级复核", "signed": "签发"}
"""What a record of a state says it does."""

VERDICTS: Final[Mapping[str, str]] = {"valid": "有效", "invalid": "无效"}
"""What a review may say of the values; it never touches the values themselves."""

KINDS: Final[Mapping[str, str]] = {
    "dust": "沙尘",
    "exclusion": "剔除",
    "review": "审核",
    "exceptional": "异常事件",
    "log": "站点日志",
    "withdrawal": "撤销",
}
"""Kinds of record; ``exceptional`` and ``log`` are followed by a colon and what it was (``log:power``)."""

LOGS: Final[Mapping[str, str]] = {
    "maintenance": "维护",
    "calibration": "校准",
    "power": "停电",
    "visit": "来访",
    "spraying": "喷淋",
    "rain": "降雨",
}
"""The usual words of the station log; any other word may stand there too."""

DUST_ITEMS: Final = ("pm25", "pm10")
"""What a dust process touches (环办监测〔2016〕120号 speaks of particles)."""

FILE: Final = "events.jsonl"
HEAD: Final = "events.head"
_NOBODY: Final = frozenset(
    {"admin", "administrator", "root", "system", "user", "unknown", "test", "na", "none"}
    | {"管理员", "系统", "系统自动", "自动", "未知", "无", "用户", "值班员", "审核员", "负责人", "经手人"}
)
"""Words that name no person."""

_HOUR: Final = timedelta(hours=1)
_START: Final = "0" * 64


@dataclass(frozen=True)
class Event:
    """One record. ``start`` and ``end`` are the labels (END of the hour, Beijing time) of its first and last hour, both included.

    ``pollutants`` is empty when all are meant. ``state``, ``verdict`` and ``code`` (the office's own mark) belong to reviews. ``id`` and
    ``recorded_at`` (UTC) are given when the record is added; ``replaces`` is the id of the record that it corrects or withdraws.
    """

    kind: str
    subject: str
    start: datetime
    end: datetime
    by: str
    pollutants: tuple[str, ...] = ()
    notice: str = ""
    reason: str = ""
    state: str = ""
    verdict: str = ""
    code: str = ""
    replaces: str = ""
    id: str = ""
    recorded_at: datetime | None = None

    @property
    def family(self) -> str:
        """The kind without what follows the colon."""
        return self.kind.partition(":")[0]

    @property
    def items(self) -> tuple[str, ...]:
        """The pollutants meant, written out."""
        return self.pollutants or HOURLY_SIX

    @property
    def kind_name(self) -> str:
        """The kind in Chinese.

        >>> hour = datetime(2022, 3, 8, 14)
        >>> Event("log:power", "360100", hour, hour, "张三").kind_name
        '站点日志：停电'
        """
        family, _, what = self.kind.partition(":")
        return f"{KINDS[family]}：{LOGS.get(what, what)}" if what else KINDS[family]

    def to_dict(self) -> dict[str, Any]:
        """The record as it is kept and as ``--json`` prints it."""
        return {
            "id": self.id,
            "kind": self.kind,
            "subject": self.subject,
            "pollutants": list(self.pollutants),
            "from": self.start.isoformat(timespec="minutes"),
            "to": self.end.isoformat(timespec="minutes"),
            "notice": self.notice,
            "reason": self.reason,
            "by": self.by,
            "state": self.state,
            "verdict": self.verdict,
            "code": self.code,
            "replaces": self.replaces,
            "recorded_at": self.recorded_at.isoformat(timespec="seconds") if self.recorded_at else "",
        }

    @classmethod
    def from_dict(cls, content: Mapping[str, Any]) -> Event:
        """The record of :meth:`to_dict`."""
        return cls(
            kind=content["kind"],
            subject=content["subject"],
            start=datetime.fromisoformat(content["from"]),
            end=datetime.fromisoformat(content["to"]),
            by=content["by"],
            pollutants=tuple(content["pollutants"]),
            notice=content["notice"],
            reason=content["reason"],
            state=content["state"],
            verdict=content["verdict"],
            code=content["code"],
            replaces=content["replaces"],
            id=content["id"],
            recorded_at=datetime.fromisoformat(content["recorded_at"]),
        )


# ------------------------------------------------------------------------------------------------------- what people write


def hour_label(text: str, *, last: bool = False) -> datetime:
    """A time as people write it: the label of an hour, or a date, which stands for the first (with ``last`` the last) hour of its day.

    >>> hour_label("2022-03-08 14"), hour_label("2022-03-08"), hour_label("2022-03-08", last=True)
    (datetime.datetime(2022, 3, 8, 14, 0), datetime.datetime(2022, 3, 8, 1, 0), datetime.datetime(2022, 3, 9, 0, 0))
    """
    cell = text.strip()
    if re.fullmatch(r"\d{4}-\d{1,2}-\d{1,2}[T ]\d{1,2}", cell, re.ASCII):
        cell += ":00"
    answer = end_label(cell)
    if isinstance(answer, str):
        answer = end_label(cell, "24" if last else "1")
    if isinstance(answer, str):
        raise UsageError(f"时间 {text!r} 不能识别；请写成 2022-03-08 14（北京时间，整点，为该小时的结束时刻）或 2022-03-08（整日）")
    return answer


def pollutant_words(text: str) -> tuple[str, ...]:
    """A list of pollutants as people write it; empty, ``all`` and 全部 stand for all.

    >>> pollutant_words("PM2.5、可吸入颗粒物"), pollutant_words("全部")
    (('pm25', 'pm10'), ())
    """
    parts = [part.strip() for part in re.split(r"[,，、;；/\s]+", text) if part.strip()]
    if not parts or [part.casefold() for part in parts] in (["all"], ["全部"], ["所有"]):
        return ()
    words = []
    for part in parts:
        found = heading(part)
        word = "o3" if found and found.substance == "o3" else found.substance if found else ""
        if word not in HOURLY_SIX:
            raise UsageError(f"不认识的污染物 {part!r}；可写 {' '.join(HOURLY_SIX)}、中文名称或“全部”")
        words.append(word)
    return tuple(item for item in HOURLY_SIX if item in words)


_KIND_WORDS: Final[Mapping[str, str]] = {name: word for word, name in KINDS.items()} | {
    "沙尘天气": "dust",
    "扬沙": "dust",
    "排除": "exclusion",
    "复核": "review",
    "日志": "log",
    "运维日志": "log",
}


def kind_word(text: str) -> str:
    """A kind as people write it.

    >>> kind_word("沙尘"), kind_word("日志：停电"), kind_word("exceptional:fire")
    ('dust', 'log:power', 'exceptional:fire')
    """
    head, _, what = unicodedata.normalize("NFKC", text).strip().partition(":")
    family = _KIND_WORDS.get(head.strip(), head.strip().casefold())
    if family not in KINDS:
        raise UsageError(f"不认识的类型 {text!r}；可写 {'、'.join(f'{name}({word})' for word, name in KINDS.items())}")
    what = what.strip()
    if (family in {"exceptional", "log"}) != bool(what):
        example = "log:power、exceptional:秸秆焚烧" if family in {"exceptional", "log"} else family
        raise UsageError(f"类型 {text!r} 写得不完整或多了一段；应写成 {example}")
    names = {name: word for word, name in LOGS.items()}
    return f"{family}:{names.get(what, what) if family == 'log' else what}" if what else family


def subject_of(text: str, stations: frozenset[str]) -> str:
    """The place or station that ``text`` means.

    Raises :class:`~yangban.base.errors.UnknownRegion` for a place that does not exist, a group of places, and a station that neither the
    registry nor the readings know.
    """
    name = text.strip()
    found = resolve(name)
    if found and found.level == "station":
        if found.subject not in stations:
            raise UnknownRegion(f"没有点位 {name!r}：点位名册和读数中都没有它；请核对编码，或先导入点位名册、读入它的数据")
        return found.subject
    place = regions.place(name)
    if place.level == "group":
        raise UnknownRegion(f"{name!r} 是一组地区；请逐个写出其中的地区")
    return place.code


def known_stations(workspace: Workspace) -> frozenset[str]:
    """The stations of the registry and of the readings."""
    lake = Lake(workspace)
    rows = [
        held(start=date.min, end=date.max, level="station", basis=basis).select("subject")
        for basis in ("realtime", "audited")
        for held in (lake.air, lake.air_days)
    ]
    found = set(pl.concat(rows).unique().collect()["subject"]) | {row.station for row in Registry.load(workspace).rows}
    return frozenset(found)


# ------------------------------------------------------------------------------------------------------------- the rules


def active(events: Iterable[Event]) -> tuple[Event, ...]:
    """The records that hold: neither corrected nor withdrawn, oldest first whatever the order given."""
    listed = list(events)
    gone = {event.replaces for event in listed if event.replaces}
    kept = (event for event in listed if event.kind != "withdrawal" and (not event.id or event.id not in gone))
    return tuple(sorted(kept, key=lambda event: (len(event.id), event.id, event.subject, event.start)))


def check(event: Event, events: Sequence[Event], *, now: datetime) -> None:
    """Whether a record may be added to a list.

    Raises :class:`~yangban.base.errors.UsageError` that says what is missing or contradicts what is recorded.
    """
    family = event.family
    if event.start > event.end:
        raise UsageError(f"开始 {_shown(event.start)} 晚于结束 {_shown(event.end)}；请对调或改正")
    if not _is_person(event.by):
        raise UsageError(f"经手人 {event.by!r} 不是姓名：每条记录都要有人具名负责（--by 姓名）")
    if family in {"exclusion", "withdrawal"} and len(event.reason.strip()) < 2:
        raise UsageError(f"{KINDS[family]}必须写明理由（--reason）；没有理由的数据一律采用")
    if family == "dust" and not event.notice.strip():
        raise UsageError("沙尘过程必须写明认定或通知的编号（--notice）")
    if family == "dust" and not set(event.items) <= set(DUST_ITEMS):
        raise UsageError("沙尘只涉及颗粒物：污染物请写 PM2.5、PM10 或留空（两项都算）")
    if family == "exceptional" and not (event.notice.strip() or event.reason.strip()):
        raise UsageError("异常事件必须写明依据：认定编号（--notice）或理由（--reason）")
    if family in {"exclusion", "review"} and event.end > _beijing(now):
        raise UsageError(f"结束 {_shown(event.end)} 尚未到来：不能事先{KINDS[family]}还没有测出的数据")
    if family == "review":
        if event.state not in STATES or (event.state != "raw" and event.verdict not in VERDICTS):
            raise UsageError(f"审核必须写明级别（{' '.join(STATES)}）和结论（{' '.join(VERDICTS)}）")
        if event.verdict == "invalid" and not (event.reason.strip() or event.code.strip()):
            raise UsageError("判为无效必须写明理由（--reason）或代码（--code）")
    elif event.state or event.verdict or event.code:
        raise UsageError("级别、结论和代码只用于审核记录")
    standing = list(active(events))
    if event.replaces:
        standing = _without(event, standing, events)
    if family == "review":
        _check_review(event, [each for each in standing if each.family == "review" and _overlap(each, event)])


def _without(event: Event, standing: list[Event], events: Sequence[Event]) -> list[Event]:
    """What stands beside the record that ``event`` replaces; refuses when that one is not there, is gone, or carries a later review."""
    old = next((each for each in standing if each.id == event.replaces), None)
    if old is None:
        later = next((each.id for each in events if each.replaces == event.replaces), "")
        told = f"已由 {later} 更正或撤销；请改写 {later}" if later else "不在记录中；编号见 yangban events list"
        raise UsageError(f"要更正的记录 {event.replaces!r} {told}")
    if event.kind != "withdrawal" and event.family != old.family:
        raise UsageError(f"{old.id} 是{KINDS[old.family]}，不能更正为{KINDS[event.family]}；请撤销后另行登记")
    above = [each for each in standing if each.family == old.family == "review" and each.id > old.id and _overlap(each, old)]
    if above:
        raise UsageError(f"{old.id} 之后已有审核 {above[-1].id}（{STATE_NAMES[above[-1].state]}）；请先退回（--state raw）再更正")
    return [each for each in standing if each is not old]


def _check_review(event: Event, reviews: Sequence[Event]) -> None:
    """Levels are taken one by one on every hour of the span, and nobody reviews the same hours at two levels."""
    if event.state != "raw":
        for each in reviews:
            if each.state not in {"raw", event.state} and _name(each.by) == _name(event.by):
                raise UsageError(
                    f"{event.by} 已在 {each.id} 对同一对象同一时段作{STATE_NAMES[each.state]}，不能再作{STATE_NAMES[event.state]}；请换人"
                )
    found = set(_states(event, reviews))
    if event.state == "raw":
        if found == {"raw"}:
            raise UsageError("这一时段没有审核记录，无可退回")
        return
    needed = STATES[STATES.index(event.state) - 1]
    wrong = sorted(found - {needed}, key=STATES.index)
    if wrong:
        raise UsageError(
            f"{STATE_NAMES[event.state]}之前，整个时段应处于 {needed}，现有 {'、'.join(wrong)}；请逐级审核，或先退回（--state raw）再审"
        )


def _states(event: Event, reviews: Sequence[Event]) -> Iterator[str]:
    """The states in which the hours of a span stand, pollutant by pollutant."""
    for item in event.items:
        mine = [each for each in reviews if item in each.items]
        cuts = {event.start, *(each.start for each in mine), *(each.end + _HOUR for each in mine)}
        for cut in cuts:
            if event.start <= cut <= event.end:
                yield next((each.state for each in reversed(mine) if each.start <= cut <= each.end), "raw")


def _overlap(one: Event, other: Event) -> bool:
    together = one.start <= other.end and other.start <= one.end
    return together and one.subject == other.subject and not set(one.items).isdisjoint(other.items)


def _is_person(text: str) -> bool:
    name = _name(text)
    return len(name) >= 2 and any(map(str.isalpha, name)) and name not in _NOBODY


def _name(text: str) -> str:
    """A name without what differs between two spellings of it: spaces, width and case."""
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", text)).casefold()


def _beijing(moment: datetime) -> datetime:
    return (moment.astimezone(UTC) + timedelta(hours=8)).replace(tzinfo=None)


def _shown(label: datetime) -> str:
    return label.strftime("%Y-%m-%d %H:%M")


# -------------------------------------------------------------------------------------------------------------- the list


@dataclass(frozen=True)
class Verification:
    """What a look at the list found: its length, the digest of its last line, what is wrong, and a half-written last line."""

    count: int
    digest: str
    problems: tuple[str, ...]
    torn: str


@dataclass(frozen=True)
class Added:
    """What :func:`append` did: the records added, and those that the list held already in the same words."""

    recorded: tuple[Event, ...]
    already: tuple[Event, ...]


@dataclass(frozen=True)
class _Chain:
    events: tuple[Event, ...]
    digests: tuple[str, ...]
    problems: tuple[str, ...]
    torn: bytes
    ended: bool


def load(workspace: Workspace) -> tuple[Event, ...]:
    """All records, oldest first, corrected and withdrawn ones too; see :func:`active`.

    A last line that a kill left half written is no record and is passed over. Raises :class:`~yangban.base.errors.WorkspaceError` when
    the list has been edited.
    """
    chain = _read(workspace)
    _whole(chain, workspace)
    return chain.events


def verify(workspace: Workspace, *, expect: str = "") -> Verification:
    """Whether the list is as it was written, line by line.

    Whoever can write the file can shorten it and its head together; ``expect``, a digest that was printed or signed earlier, is then
    missed.
    """
    chain = _read(workspace)
    problems = list(chain.problems)
    if expect and expect not in chain.digests:
        problems.append(f"{FILE}: 没有摘要为 {expect} 的行：先前记下的记录已被改动或移除")
    torn = f"{FILE}:{len(chain.digests) + 1} 末行只写了一半（{len(chain.torn)} 字节），不算记录" if chain.torn else ""
    return Verification(len(chain.digests), chain.digests[-1] if chain.digests else _START, tuple(problems), torn)


def append(workspace: Workspace, events: Sequence[Event], *, now: datetime | None = None) -> Added:
    """Add records, all or none, under the writer's lock, and put them on the disk before returning.

    A record that stands in the list already in the same words is not added again. Raises :class:`~yangban.base.errors.UsageError` when a
    record may not be added (:func:`check`), :class:`~yangban.base.errors.WorkspaceError` when the list has been edited.
    """
    moment = (now or datetime.now(UTC)).astimezone(UTC).replace(microsecond=0)
    with workspace.writing():
        chain = _read(workspace)
        _whole(chain, workspace)
        held = list(chain.events)
        same = {_words(event): event for event in active(held)}
        recorded: list[Event] = []
        already: list[Event] = []
        for each in events:
            if known := same.get(_words(each)):
                already.append(known)
                continue
            check(each, held, now=moment)
            event = changed(each, id=f"E{len(held) + 1:06d}", recorded_at=moment)
            held.append(event)
            recorded.append(event)
            same[_words(event)] = event
        if recorded:
            _write(workspace, chain, recorded)
    return Added(tuple(recorded), tuple(already))


def replace(workspace: Workspace, old: str, event: Event, *, now: datetime | None = None) -> Event:
    """Correct the record ``old`` by a new one; the old line stays and no longer holds."""
    (new,) = append(workspace, [changed(event, replaces=old)], now=now).recorded
    return new


def withdraw(workspace: Workspace, old: str, *, by: str, reason: str, now: datetime | None = None) -> Event:
    """Withdraw the record ``old``: a new record that names it, with who and why."""
    found = next((event for event in load(workspace) if event.id == old), None)
    if found is None:
        raise UsageError(f"没有记录 {old!r}；编号见 yangban events list")
    return replace(workspace, old, Event("withdrawal", found.subject, found.start, found.end, by, found.pollutants, reason=reason), now=now)


def _words(event: Event) -> Event:
    return changed(event, id="", recorded_at=None)


def _whole(chain: _Chain, workspace: Workspace) -> None:
    if chain.problems:
        raise WorkspaceError(f"{workspace.path / FILE} 被改动过：{chain.problems[0]}；请用 yangban events verify 查看，并从备份恢复后再用")


def _content(event: Event) -> str:
    return json.dumps(event.to_dict(), ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def _line(event: Event, previous: str) -> bytes:
    content = _content(event)
    own = hashlib.sha256(f"{previous}\n{content}".encode()).hexdigest()
    return f'{{"event":{content},"previous":"{previous}","digest":"{own}"}}'.encode()


def _read(workspace: Workspace) -> _Chain:
    path = workspace.path / FILE
    data = path.read_bytes() if path.is_file() else b""
    lines = data.split(b"\n")
    tail = lines.pop()
    events: list[Event] = []
    digests: list[str] = []
    problems: list[str] = []
    torn, ended = b"", True
    previous = _START
    for number, line in enumerate([*lines, *([tail] if tail else [])], start=1):
        is_tail = bool(tail) and number > len(lines)
        try:
            content = json.loads(line)
            event = Event.from_dict(content["event"])
            whole = _line(event, content["previous"]) == line
        except (ValueError, KeyError, TypeError, AttributeError):
            if is_tail:
                torn = line
                continue
            problems.append(f"{FILE}:{number} 不是一条记录")
        else:
            if not whole:
                problems.append(f"{FILE}:{number} {event.id} 的内容与摘要不符：这一行被改动过")
            elif content["previous"] != previous:
                problems.append(f"{FILE}:{number} {event.id} 接不上前一行：前面的行被改动、移除或插入过")
            elif event.id != f"E{number:06d}":
                problems.append(f"{FILE}:{number} 编号 {event.id} 不连续")
            events.append(event)
            ended = not is_tail
        previous = hashlib.sha256(line).hexdigest()
        digests.append(previous)
    problems += _against_head(workspace, digests)
    return _Chain(tuple(events), tuple(digests), tuple(problems), torn, ended)


def _against_head(workspace: Workspace, digests: Sequence[str]) -> list[str]:
    """The head is written after the lines, so it may lag behind them after a kill and never runs ahead."""
    path = workspace.path / HEAD
    if not path.is_file():
        return []
    try:
        head = json.loads(path.read_text(encoding="utf-8"))
        count, digest = int(head["count"]), str(head["digest"])
    except (ValueError, KeyError, TypeError):
        return [f"{HEAD} 不能识别：被改动过"]
    if count > len(digests):
        return [f"{FILE}: 应有至少 {count} 行，只有 {len(digests)} 行：末尾的行被移除"]
    if count and digests[count - 1] != digest:
        return [f"{FILE}:{count} 与 {HEAD} 所记不符：这一行或其前面的行被换过"]
    return []


def _write(workspace: Workspace, chain: _Chain, events: Sequence[Event]) -> None:
    path = workspace.path / FILE
    fresh = not path.is_file()
    if chain.torn:
        # What a killed writer left is kept beside the refused readings, then cut off.
        name = f"events-{hashlib.sha256(chain.torn).hexdigest()[:12]}.part"
        (workspace.rejected / name).write_bytes(chain.torn)
        with path.open("r+b") as file:
            file.truncate(path.stat().st_size - len(chain.torn))
            os.fsync(file.fileno())
    digests = list(chain.digests)
    block = b"" if chain.ended else b"\n"
    for event in events:
        line = _line(event, digests[-1] if digests else _START)
        digests.append(hashlib.sha256(line).hexdigest())
        block += line + b"\n"
    with path.open("ab") as file:
        file.write(block)
        file.flush()
        os.fsync(file.fileno())
    if fresh:
        sync(path.parent)
    write_whole(workspace.path / HEAD, json.dumps({"count": len(digests), "digest": digests[-1]}) + "\n")


# ---------------------------------------------------------------------------------------------- what the records do to readings


def spread(events: Iterable[Event], stations: pl.DataFrame | None = None) -> tuple[Event, ...]:
    """The records that hold, with each record of a place also said of the places and stations in it.

    ``stations`` is the registry (``station, city, county, valid_from, valid_to``); a station is touched only on days on which it
    belonged to the place. What lies in a place is told by the tree of regions on the record's first day.
    """
    found: list[Event] = []
    for event in active(events):
        found.append(event)
        if event.subject.partition(":")[0] == "station":
            continue
        inside = _below(event.subject, slot_of(event.start)[0])
        found += [changed(event, subject=code) for code in inside]
        if stations is not None:
            found += _at_stations(event, {event.subject, *inside}, stations)
    return tuple(found)


def _below(code: str, day: date) -> list[str]:
    codes = (each.code for level in ("province", "city", "county") for each in regions.children(code, level=level, on=day, zones=True))
    return [each for each in dict.fromkeys(codes) if each != code]


def _at_stations(event: Event, codes: set[str], stations: pl.DataFrame) -> Iterator[Event]:
    for row in stations.filter(pl.col("city").is_in(sorted(codes)) | pl.col("county").is_in(sorted(codes))).iter_rows(named=True):
        start = max(event.start, _first_label(row["valid_from"])) if row["valid_from"] else event.start
        end = min(event.end, _last_label(row["valid_to"])) if row["valid_to"] else event.end
        if start <= end:
            yield changed(event, subject=row["station"], start=start, end=end)


def _first_label(day: date) -> datetime:
    return datetime(day.year, day.month, day.day) + _HOUR


def _last_label(day: date) -> datetime:
    return datetime(day.year, day.month, day.day) + 24 * _HOUR


def slot_of(label: datetime) -> tuple[date, int]:
    """The official day of an hour's label and its slot, 1 to 24.

    >>> slot_of(datetime(2022, 3, 9, 0))
    (datetime.date(2022, 3, 8), 24)
    """
    before = label - _HOUR
    return before.date(), before.hour + 1


def _days(event: Event) -> Iterator[tuple[date, int]]:
    """The official days of a span, each with the bits of its hours: bit ``k - 1`` is slot ``k``."""
    (first, low), (last, high) = slot_of(event.start), slot_of(event.end)
    for k in range((last - first).days + 1):
        day = first + timedelta(days=k)
        start, end = (low if day == first else 1), (high if day == last else 24)
        yield day, (1 << end) - (1 << (start - 1))


def touched_days(events: Iterable[Event], kind: str) -> pl.DataFrame:
    """The official days that records of a kind touch: ``subject, day, pollutant``, each once, sorted.

    ``kind`` is a whole kind (``dust``, ``log:power``) or the part before the colon (``exceptional``).
    """
    found = {
        (event.subject, day, item)
        for event in active(events)
        if kind in {event.kind, event.family}
        for day, _ in _days(event)
        for item in event.items
    }
    return pl.DataFrame(sorted(found), schema={"subject": pl.String, "day": pl.Date, "pollutant": pl.String}, orient="row")


def excluded_slots(events: Iterable[Event]) -> pl.DataFrame:
    """Which hours are not to be used: ``subject, day`` and per pollutant the bits of its hours (UInt32; bit ``k - 1`` is slot ``k``).

    An hour is out when an exclusion names it, or when the last review of it says that it is invalid; a review that was sent back says
    nothing.
    """
    out: dict[tuple[str, date, str], int] = {}
    invalid: dict[tuple[str, date, str], int] = {}
    for event in active(events):
        if event.family not in {"exclusion", "review"}:
            continue
        for day, bits in _days(event):
            for item in event.items:
                key = event.subject, day, item
                if event.family == "exclusion":
                    out[key] = out.get(key, 0) | bits
                elif event.verdict == "invalid" and event.state != "raw":
                    invalid[key] = invalid.get(key, 0) | bits
                elif key in invalid:
                    invalid[key] &= ~bits
    rows: dict[tuple[str, date], dict[str, int]] = {}
    for source in (out, invalid):
        for (subject, day, item), bits in source.items():
            row = rows.setdefault((subject, day), {})
            row[item] = row.get(item, 0) | bits
    listed = [
        {"subject": s, "day": d, **dict.fromkeys(HOURLY_SIX, 0), **found} for (s, d), found in sorted(rows.items()) if any(found.values())
    ]
    return pl.DataFrame(listed, schema={"subject": pl.String, "day": pl.Date, **dict.fromkeys(HOURLY_SIX, pl.UInt32())})


def exclude(lake: pl.LazyFrame, events: Iterable[Event]) -> pl.LazyFrame:
    """Lake rows in which the hours that are not to be used are null; everything else is as it was.

    A record touches the rows of the very subject that it names; :func:`spread` says first what lies in a place. The order of the
    records does not matter, and doing it twice is doing it once.
    """
    masks = excluded_slots(events)
    if masks.is_empty():
        return lake
    touched = {item: _any_bits(masks[item]) for item in HOURLY_SIX}
    masked = lake.join(masks.lazy().rename(_mask), on=["subject", "day"], how="left", maintain_order="left")
    used = [
        pl.when((pl.col(_mask(item)).fill_null(0) & pl.lit(1 << (slot - 1), dtype=pl.UInt32)) == 0).then(pl.col(f"{item}_{slot:02d}"))
        for item, bits in touched.items()
        for slot in range(1, 25)
        if bits >> (slot - 1) & 1
    ]
    return masked.with_columns(used).drop(map(_mask, HOURLY_SIX))


def left_out(lake: pl.LazyFrame, events: Iterable[Event]) -> pl.LazyFrame:
    """How many values :func:`exclude` takes away, where any: ``subject, basis, day, pollutant, left_out``.

    An hour that has no value anyway is not counted.
    """
    masked = lake.join(excluded_slots(events).lazy().rename(_mask), on=["subject", "day"])
    counts = [
        pl.sum_horizontal(
            (pl.col(f"{item}_{slot:02d}").is_not_null() & ((pl.col(_mask(item)) & pl.lit(1 << (slot - 1), dtype=pl.UInt32)) != 0)).cast(
                pl.Int32
            )
            for slot in range(1, 25)
        ).alias(item)
        for item in HOURLY_SIX
    ]
    keys = ["subject", "basis", "day"]
    return (
        masked.select(*keys, *counts).unpivot(index=keys, variable_name="pollutant", value_name="left_out").filter(pl.col("left_out") > 0)
    )


def _any_bits(masks: pl.Series) -> int:
    bits = 0
    for mask in masks.unique():
        bits |= mask
    return bits


def _mask(name: str) -> str:
    return name if name in {"subject", "day"} else f"{name}_out"
