"""Lists of stations into the registry: tables as offices keep them, and one-hour snapshots of releases.

A row that says nothing new changes nothing; one that changes a station's name, place, network or role needs the day of the change. What is
wrong is refused by row, rule and reason, and the file itself is kept.
"""

from __future__ import annotations

import hashlib
import json
import re
import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any, Final

from yangban.base import regions
from yangban.base.errors import InputError, UnknownRegion, UsageError
from yangban.readings.formats import workbook
from yangban.readings.formats.sheet import Refusal, refusal
from yangban.readings.formats.table import split
from yangban.readings.formats.text import BadLine, Refused, blocks
from yangban.readings.formats.times import day_label, end_label
from yangban.readings.stations import NETWORKS, ROLES, Registry, Station, ordered, said, span
from yangban.readings.subjects import resolve
from yangban.readings.workspace import Workspace, write_whole

LONGITUDES: Final = (Decimal(73), Decimal(136))
LATITUDES: Final = (Decimal(3), Decimal(54))
"""China lies within; its outermost points are about 73.5° and 135.1° east, 3.9° (曾母暗沙) and 53.6° north. A coarse frame of ours, made to
find shifted columns and swapped axes and not to judge borders."""

_WORDS: Final[Mapping[str, tuple[str, ...]]] = {
    "station": (
        "station", "stationcode", "station_code", "station_id", "code", "站点编号", "站点编码", "站点", "监测点编码", "监测点编号",
        "点位编号", "点位编码", "测点编码", "测点编号",
    ),
    "name": (
        "name", "positionname", "station_name", "stationname", "监测点名称", "站点名称", "点位名称", "测点名称", "监测点", "名称",
    ),
    "city": ("city", "area", "城市", "城市名称", "所属城市", "地市", "设区市"),
    "county": ("county", "district", "区县", "县区", "所属区县", "县(市、区)", "县（市、区）"),
    "network": ("network", "网络", "站点级别", "控制级别", "管理级别", "监测网络"),
    "role": ("role", "点位类型", "站点类型", "点位性质"),
    "control": ("control", "对照点", "对照点*", "是否对照点"),
    "longitude": ("longitude", "lon", "lng", "经度"),
    "latitude": ("latitude", "lat", "纬度"),
    "valid_from": ("valid_from", "from", "start", "启用日期", "启用时间", "开始日期"),
    "valid_to": ("valid_to", "to", "end", "停用日期", "停用时间", "结束日期"),
    "seen": ("timepoint", "time_point"),
    "source": ("source", "来源"),
}  # fmt: skip
_NETWORK_WORDS: Final = {
    **{word: word for word in NETWORKS},
    **dict.fromkeys(("国控", "国家", "国控站", "国控点"), "state"),
    **dict.fromkeys(("省控", "省级", "省控站", "省控点"), "province"),
    **dict.fromkeys(("县控", "县级", "区县", "市控", "县控站"), "county"),
}
_ROLE_WORDS: Final = {
    **{word: word for word in ROLES},
    **dict.fromkeys(("评价点", "城市评价点", "环境空气质量评价城市点", "评价"), "evaluation"),
    **dict.fromkeys(("背景点", "区域背景点", "背景", "环境空气质量背景点"), "background"),
    **dict.fromkeys(("对照点", "清洁对照点", "城市对照点", "对照"), "control"),
}
_YES: Final = frozenset(("y", "yes", "true", "1", "是", "√", "对照点", "*"))
_NO: Final = frozenset(("", "n", "no", "false", "0", "否", "-", "--"))
_BLANKS: Final = frozenset(("", "-", "--", "—", "-;", "null", "none", "无"))
_HEADER_WITHIN: Final = 10
_CLOSES: Final = ("name", "city", "county", "network", "role")
"""What makes a new row when it changes; a coordinate is corrected in its row."""


@dataclass(frozen=True)
class Change:
    """What an import did to one station.

    ``what`` is ``added``, ``closed``, ``changed`` (the new row differs from the closed one in ``field``) or ``updated`` (a blank filled, a
    coordinate or a date corrected in its row).
    """

    station: str
    what: str
    field: str = ""
    old: str = ""
    new: str = ""


@dataclass(frozen=True)
class Imported:
    """What one import did; counts are rows of the file: ``rows`` = added + updated + unchanged + rejected.

    ``closed`` are rows of the registry that a newer row ended. ``rejected_file`` is where the refusals lie, in the workspace.
    """

    file: str
    digest: str
    rows: int
    added: int
    updated: int
    unchanged: int
    rejected: int
    closed: int
    changes: tuple[Change, ...]
    rejections: tuple[Refusal, ...]
    rejected_file: str | None
    notes: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """As ``stations import --json`` prints it."""
        return asdict(self)


@dataclass(frozen=True)
class _Line:
    number: int
    cells: tuple[str, ...]


def import_file(
    workspace: Workspace, path: Path, *, network: str = "state", since: date | None = None, now: datetime | None = None
) -> Imported:
    """Take a list of stations into the registry: a CSV or Excel table, or a one-hour snapshot of releases.

    ``network`` is that of rows that name none. ``since`` is the first day of rows that name none; without it a new station is open to the
    past, and a change of an old one is dated by the snapshot's own hour or else refused. The file is kept in ``raw/``; a refused row is
    named with line, rule and reason, and the others are taken.

    Raises :class:`~yangban.base.errors.InputError` when the file is no table of stations, :class:`~yangban.base.errors.UsageError` for an
    unknown network, :class:`~yangban.base.errors.WorkspaceError` when another writer holds the workspace.
    """
    if network not in NETWORKS:
        raise UsageError(f"unknown network {network!r}; expected one of {', '.join(NETWORKS)}")
    refused: list[Refusal] = []
    where, lines = _table(path, refused)
    work = _Import(str(path), network, since, Registry.load(workspace), where)
    for line in lines:
        work.take(line)
    refused += work.refusals
    with workspace.writing():
        content = path.read_bytes()
        digest = hashlib.sha256(content).hexdigest()
        kept = workspace.raw / digest
        if not kept.exists():
            waiting = workspace.raw / f".{secrets.token_hex(4)}.tmp"
            waiting.write_bytes(content)
            waiting.replace(kept)
        rejected_file = None
        if refused:
            stamp = (now or datetime.now(UTC)).astimezone(UTC)
            rejected_file = f"rejected/stations-{stamp:%Y%m%dT%H%M%S%f}-{digest[:8]}.jsonl"
            write_whole(workspace.path / rejected_file, "".join(json.dumps(asdict(each), ensure_ascii=False) + "\n" for each in refused))
        if work.changed:
            Registry(ordered(work.rows)).save(workspace)
    return Imported(
        file=str(path),
        digest=digest,
        rows=len(lines) + sum(1 for each in refused if each.rule in {"encoding", "nul_byte", "long_line"}),
        added=work.added,
        updated=work.updated,
        unchanged=work.unchanged,
        rejected=len(refused),
        closed=work.closed,
        changes=tuple(work.changes),
        rejections=tuple(refused),
        rejected_file=rejected_file,
        notes=tuple(_notes(where, work, since)),
    )


def _notes(where: Mapping[str, int], work: _Import, since: date | None) -> Iterator[str]:
    if not {"role", "control"} & set(where) and work.added:
        yield "表中没有点位类型或对照点列：新增的站点都按评价点登记"
    if "valid_from" not in where and since is None and work.added:
        yield "表中没有启用日期：新增的站点视为一直存在，可用 --from 指定"


def _table(path: Path, refused: list[Refusal]) -> tuple[dict[str, int], list[_Line]]:
    """Where the columns stand, and the rows of a table of stations."""
    if not path.is_file():
        raise InputError(f"{path}: 找不到这个文件 no such file")
    try:
        lines = _lines(path, refused)
    except Refused as problem:
        told = refusal(str(path), None, problem.rule, detail=problem.detail)
        raise InputError(f"{path}: {told.reason}") from None
    for i, line in enumerate(lines[:_HEADER_WITHIN]):
        where = _columns(line.cells)
        if "station" in where and {"name", "city", "county", "longitude"} & set(where):
            return where, [each for each in lines[i + 1 :] if any(each.cells)]
    first = "，".join(each for each in lines[0].cells if each)[:200] if lines else ""
    raise InputError(
        f"{path}: 不是站点表：前 {_HEADER_WITHIN} 行里没有“站点编号”和“监测点名称、城市、区县、经度”等列；第一行是 {first}。"
        "No table of stations: expected columns such as stationcode, positionname, area."
    )


def _lines(path: Path, refused: list[Refusal]) -> list[_Line]:
    with path.open("rb") as file:
        magic = file.read(4)
    if magic in workbook.MAGIC:
        for rows in workbook.sheets_of(path).values():
            if any("station" in _columns(row) for row in rows[:_HEADER_WITHIN]):
                return [_Line(number, tuple(row)) for number, row in enumerate(rows, start=1)]
        raise Refused("unknown_layout")

    def bad(line: BadLine) -> None:
        refused.append(refusal(str(path), line.line, line.rule, text=line.text))

    found: list[_Line] = []
    for block in blocks(path, on_bad=bad):
        for number, data in enumerate(block.data.split(b"\n")[:-1], start=block.first):
            text = data.decode("utf-8").strip("\r\ufeff")
            if text.strip() and not text.startswith("#"):
                found.append(_Line(number, tuple(each.strip() for each in split(text))))
    return found


def _columns(names: Sequence[str]) -> dict[str, int]:
    lowered = [re.sub(r"\s", "", name).lower() for name in names]
    where: dict[str, int] = {}
    for word, heads in _WORDS.items():
        hit = next((lowered.index(head) for head in heads if head in lowered), None)
        if hit is not None and hit not in where.values():
            where[word] = hit
    return where


class _Refuse(Exception):
    """A row is refused; ``rule`` says why."""

    def __init__(self, rule: str, text: str = "", detail: str = "") -> None:
        super().__init__(rule)
        self.rule, self.text, self.detail = rule, text, detail


class _Import:
    """The running state of one import."""

    def __init__(self, file: str, network: str, since: date | None, registry: Registry, where: Mapping[str, int]) -> None:
        self._file, self._network, self._since, self._where = file, network, since, where
        self._by: dict[str, list[Station]] = {}
        for row in registry.rows:
            self._by.setdefault(row.station, []).append(row)
        self._taken: dict[str, list[tuple[int, Station]]] = {}
        self.refusals: list[Refusal] = []
        self.changes: list[Change] = []
        self.added = self.updated = self.unchanged = self.closed = 0

    @property
    def rows(self) -> list[Station]:
        return [row for several in self._by.values() for row in several]

    @property
    def changed(self) -> bool:
        return bool(self.changes)

    def take(self, line: _Line) -> None:
        """One row of the file: refuse it, or lay it over what is registered."""
        raw = ",".join(line.cells)
        try:
            row, seen = self._read(line)
            self._once(row)
            self._lay(row, seen)
        except _Refuse as problem:
            self.refusals.append(refusal(self._file, line.number, problem.rule, text=problem.text or raw, detail=problem.detail, raw=raw))
            return
        self._taken.setdefault(row.station, []).append((line.number, row))

    def _cell(self, line: _Line, word: str) -> str:
        index = self._where.get(word, -1)
        text = line.cells[index].strip() if 0 <= index < len(line.cells) else ""
        return "" if text.lower() in _BLANKS else text

    def _read(self, line: _Line) -> tuple[Station, date | None]:
        code = self._cell(line, "station")
        found = resolve(code, level="station") if code else None
        if found is None:
            raise _Refuse("station_code", code)
        city, county = self._places(self._cell(line, "city"), self._cell(line, "county"))
        longitude, latitude = self._coordinates(self._cell(line, "longitude"), self._cell(line, "latitude"))
        start, end = (self._day(self._cell(line, word)) for word in ("valid_from", "valid_to"))
        if start and end and end < start:
            raise _Refuse("station_dates_reversed", f"{start} – {end}")
        seen = self._cell(line, "seen")
        hour = end_label(seen) if seen else ""
        # The hour's own day: 00:00 is the end of the day before.
        moment = (hour - timedelta(hours=1)).date() if isinstance(hour, datetime) else None
        row = Station(
            station=found.subject,
            name=self._cell(line, "name"),
            city=city,
            county=county,
            network=self._word(self._cell(line, "network"), _NETWORK_WORDS, "station_network") or self._network,
            role=self._role(line),
            longitude=longitude,
            latitude=latitude,
            valid_from=start,
            valid_to=end,
            source=self._cell(line, "source") or Path(self._file).name,
        )
        return row, moment

    def _role(self, line: _Line) -> str:
        named = self._word(self._cell(line, "role"), _ROLE_WORDS, "station_role")
        mark = self._cell(line, "control").lower()
        if mark not in _YES and mark not in _NO:
            raise _Refuse("station_role", mark)
        if mark in _YES and named not in {"", "control"}:
            raise _Refuse("station_role", f"{self._cell(line, 'role')}，对照点 {mark}")
        return "control" if mark in _YES else named or "evaluation"

    @staticmethod
    def _word(text: str, known: Mapping[str, str], rule: str) -> str:
        if not text:
            return ""
        if text.lower() not in known:
            raise _Refuse(rule, text)
        return known[text.lower()]

    @staticmethod
    def _places(city: str, county: str) -> tuple[str, str]:
        """Codes of city and county.

        A county-level city in the column of cities is a county: its stations make its own value and not that of the prefecture around it.
        """
        city_code = county_code = ""
        if city:
            try:
                place = regions.place(city)
            except UnknownRegion as problem:
                raise _Refuse("station_city", city, str(problem)) from None
            if place.prefecture_level:
                city_code = place.code
            elif place.level == "county":
                county_code = place.code
            else:
                raise _Refuse("station_city", city, f"{place.name} 是{place.level}级，应为地级市、地区、自治州、盟或县级市")
        if county:
            try:
                below = regions.place(county, within=city_code or None)
            except UnknownRegion as problem:
                raise _Refuse("station_county", county, str(problem)) from None
            if below.level != "county":
                raise _Refuse("station_county", county, f"{below.name} 不是区县")
            if county_code and county_code != below.code:
                raise _Refuse("station_county", county, f"城市一列已写明 {city}")
            county_code = below.code
        return city_code, county_code

    @staticmethod
    def _coordinates(longitude: str, latitude: str) -> tuple[Decimal | None, Decimal | None]:
        if not longitude and not latitude:
            return None, None
        try:
            east, north = Decimal(longitude), Decimal(latitude)
        except InvalidOperation:
            raise _Refuse("station_coordinates", f"{longitude},{latitude}") from None
        if not (east.is_finite() and north.is_finite()):
            raise _Refuse("station_coordinates", f"{longitude},{latitude}")
        if _inside(east, LONGITUDES) and _inside(north, LATITUDES):
            return east, north
        swapped = _inside(north, LONGITUDES) and _inside(east, LATITUDES)
        raise _Refuse("station_swapped" if swapped else "station_outside", f"{longitude},{latitude}")

    @staticmethod
    def _day(text: str) -> date | None:
        if not text:
            return None
        day = day_label(text)
        if isinstance(day, str):
            raise _Refuse("station_date", text)
        return day

    def _once(self, row: Station) -> None:
        """Within one file a station may have several rows only for different times."""
        for line, other in self._taken.get(row.station, ()):
            if other.overlaps(row):
                undated = row.valid_from == other.valid_from and row.valid_to == other.valid_to
                rule = "station_duplicate" if undated else "station_overlap"
                raise _Refuse(rule, row.station, f"第 {line} 行已有 {row.station}（{span(other)}）")

    def _lay(self, row: Station, seen: date | None) -> None:
        """Lay a row over those that are registered for its station; ``seen`` is the day of the source."""
        held = self._by.get(row.station, [])
        day = row.valid_from or self._since or seen
        touched = [each for each in held if each.overlaps(row) and (row.valid_from is not None or day is None or each.holds_on(day))]
        same = next((each for each in reversed(touched) if _may_be(each, row) and not _differs(each, row)), None)
        if same is not None:
            self._fill(held, same, row)
        elif len(touched) == 1:
            self._follow(held, touched[0], row, day)
        elif touched:
            raise _Refuse("station_overlap", row.station, "、".join(f"已有 {span(each)}" for each in touched))
        else:
            # A station that stood before and is seen again begins anew on the day of the source.
            fresh = replace(row, valid_from=day if held else row.valid_from or self._since)
            clash = next((each for each in held if each.overlaps(fresh)), None)
            if clash is not None:
                raise _Refuse("station_overlap", row.station, f"已有 {span(clash)}")
            self._add(fresh)

    def _follow(self, held: list[Station], before: Station, row: Station, day: date | None) -> None:
        """Close a row and let the changed one follow it."""
        if day is None:
            raise _Refuse("station_undated", row.station, _difference(before, row))
        if (before.valid_from is not None and before.valid_from >= day) or (row.valid_from is not None and before.valid_to is not None):
            raise _Refuse("station_overlap", row.station, f"已有 {span(before)}，新的一行从 {day} 起；{_difference(before, row)}")
        closed = replace(before, valid_to=day - timedelta(days=1))
        held[held.index(before)] = closed
        self.closed += 1
        self.changes.append(Change(row.station, "closed", "valid_to", _text(before.valid_to), _text(closed.valid_to)))
        kept: dict[str, Any] = {field: _new(before, row, field) for field in _CLOSES}
        self.changes += [
            Change(row.station, "changed", field, getattr(before, field), new)
            for field, new in kept.items()
            if getattr(before, field) != new
        ]
        point = {field: getattr(before, field) if getattr(row, field) is None else getattr(row, field) for field in _POINT}
        self._add(replace(row, **kept, **point, valid_from=day, valid_to=row.valid_to or before.valid_to))

    def _add(self, row: Station) -> None:
        self._by.setdefault(row.station, []).append(row)
        self.added += 1
        self.changes.append(Change(row.station, "added", new=span(row)))

    def _fill(self, held: list[Station], same: Station, row: Station) -> None:
        """Fill blanks, correct coordinates, and put in an end or a beginning that was open; nothing is blanked."""
        fresh = same
        for field in (*_CLOSES, *_POINT, "valid_from", "valid_to"):
            old, new = getattr(same, field), getattr(row, field)
            if new not in {None, ""} and new != old:
                fresh = replace(fresh, **{field: new})
                self.changes.append(Change(row.station, "updated", field, _text(old), _text(new)))
        if fresh == same:
            self.unchanged += 1
            return
        clash = next((each for each in held if each is not same and each.overlaps(fresh)), None)
        if clash is not None:
            raise _Refuse("station_overlap", row.station, f"已有 {span(clash)}")
        held[held.index(same)] = fresh
        self.updated += 1


_POINT: Final = ("longitude", "latitude")


def _text(value: Any) -> str:
    return value if isinstance(value, str) else said(value) or ""


def _inside(value: Decimal, ends: tuple[Decimal, Decimal]) -> bool:
    return ends[0] <= value <= ends[1]


def _may_be(held: Station, row: Station) -> bool:
    """Whether a row of a file speaks of this registered row: a beginning that both name is the same."""
    return row.valid_from is None or held.valid_from is None or row.valid_from == held.valid_from


def _differs(held: Station, row: Station) -> bool:
    return any(getattr(held, field) != _new(held, row, field) and getattr(held, field) != "" for field in _CLOSES)


def _new(held: Station, row: Station, field: str) -> str:
    """What a field becomes: a blank in a file says nothing."""
    return str(getattr(row, field) or getattr(held, field))


def _difference(held: Station, row: Station) -> str:
    changed = [
        f"{field} {getattr(held, field)} → {_new(held, row, field)}" for field in _CLOSES if getattr(held, field) != _new(held, row, field)
    ]
    return "；".join(changed) or f"已有 {span(held)}"
