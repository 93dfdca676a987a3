"""What departments report: values that no monitoring station measures, with evidence, period, revision and who stands for them.

One list per workspace, ``reported.jsonl``, to which rows are only ever added; a correction is a new row of the next revision. Each line
carries the digest of the line before and one of itself, so that an edited or removed line is found. A reported value never takes the place
of a computed one: it lives under ``reported.<key>`` and says that it was reported.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import os
import re
import tomllib
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from yangban.base import regions
from yangban.base.errors import InputError, WorkspaceError, YangbanError
from yangban.base.notation import toml
from yangban.base.periods import parse
from yangban.readings.cells import heading_key
from yangban.readings.formats.text import Refused
from yangban.readings.formats.workbook import sheets_of
from yangban.readings.workspace import Workspace, sync

FILE: Final = "reported.jsonl"
PREFIX: Final = "reported."
YES: Final = "yes"
NO: Final = "no"

HEADINGS: Final[Mapping[str, tuple[str, ...]]] = {
    "key": ("指标", "指标代码", "key", "indicator"),
    "subject": ("地区", "行政区", "subject", "region"),
    "period": ("时段", "年份", "时间", "period"),
    "value": ("数值", "值", "结果", "value"),
    "unit": ("单位", "unit"),
    "scope": ("范围", "统计范围", "scope"),
    "evidence": ("依据", "佐证", "来源", "evidence"),
    "department": ("部门", "填报部门", "责任部门", "department"),
    "by": ("填报人", "经手人", "by"),
}
"""The headings of each field."""

_NEEDED: Final = ("key", "subject", "period", "value", "evidence", "department", "by")
_WORKBOOKS: Final = (".xlsx", ".xls", ".xlsm", ".xlsb", ".ods")
_MOST_BYTES: Final = 64 * 2**20
_KEY: Final = re.compile(r"[a-z0-9_]+(\.[a-z0-9_]+)*")
_NUMBER: Final = re.compile(r"[+-]?\d{1,15}(\.\d{1,15})?")
_WORDS: Final[Mapping[str, str]] = {
    **dict.fromkeys(("是", "yes", "true", "达到", "已完成", "完成", "已开展", "已建立"), YES),
    **dict.fromkeys(("否", "no", "false", "未达到", "未完成", "未开展", "未建立"), NO),
}
_CONDITION: Final = f"{PREFIX}condition."
"""Keys of conditions of a place (terrain); only their values may be any word."""
_START: Final = "0" * 64


@dataclass(frozen=True, kw_only=True)
class Reported:
    """One reported value. ``value`` is a number as written, or ``word`` is ``yes``, ``no`` or, for a condition of the place, any word.

    ``scope`` says in words what the value covers. ``revision`` counts from 1 for the same key, subject, period and scope.
    """

    key: str
    subject: str
    period: str
    value: Decimal | None
    word: str
    unit: str
    evidence: str
    department: str
    by: str
    scope: str = ""
    revision: int = 0
    id: str = ""
    recorded_at: datetime | None = None

    @property
    def place(self) -> tuple[str, str, str, str]:
        """What a revision replaces: the row of the same key, subject, period and scope."""
        return self.key, self.subject, self.period, self.scope

    def to_dict(self) -> dict[str, Any]:
        """The row as it is kept and as ``--json`` prints it."""
        return {
            "id": self.id,
            "key": self.key,
            "subject": self.subject,
            "period": self.period,
            "value": None if self.value is None else f"{self.value:f}",
            "word": self.word,
            "unit": self.unit,
            "scope": self.scope,
            "evidence": self.evidence,
            "department": self.department,
            "by": self.by,
            "revision": self.revision,
            "recorded_at": self.recorded_at.isoformat(timespec="seconds") if self.recorded_at else "",
        }

    @classmethod
    def from_dict(cls, row: Mapping[str, Any]) -> Reported:
        """The row of :meth:`to_dict`."""
        return cls(
            **{
                **row,
                "value": None if row["value"] is None else Decimal(row["value"]),
                "recorded_at": datetime.fromisoformat(row["recorded_at"]),
            }
        )


@dataclass(frozen=True)
class Added:
    """What was added, and what stood there already in the same words."""

    recorded: tuple[Reported, ...]
    already: tuple[Reported, ...]


def read_reported(path: Path, *, by: str = "", department: str = "") -> tuple[Reported, ...]:
    """The rows of a ``.toml`` (``[[reported]]`` tables), ``.csv`` or workbook; ``by`` and ``department`` sign for rows that name nobody.

    Raises :class:`~yangban.base.errors.InputError` that lists every row that cannot be read; then nothing of the file is to be used.
    """
    if not path.is_file():
        raise InputError(f"{path}: 找不到这个文件 no such file")
    if path.stat().st_size > _MOST_BYTES:
        raise InputError(f"{path}: 文件超过 {_MOST_BYTES // 2**20} MB，不像一份填报表")
    made: dict[tuple[str, str, str, str], Reported] = {}
    wrong: list[str] = []
    for where, row in _toml(path) if path.suffix.lower() == ".toml" else _table(path):
        signed = {**row, "by": row.get("by") or by, "department": row.get("department") or department}
        try:
            each = reported_of(signed)
        except YangbanError as problem:
            wrong.append(f"{where}：{problem}")
            continue
        if each.place in made:
            wrong.append(f"{where}：{each.key} {each.subject} {each.period} 在同一份文件中填了两次")
        made[each.place] = each
    if wrong:
        raise InputError(f"{path.name} 中有 {len(wrong)} 条不能登记，整份文件未登记：\n  " + "\n  ".join(wrong))
    if not made:
        raise InputError(f"{path}: 没有一条填报")
    return tuple(made.values())


def reported_of(row: Mapping[str, str]) -> Reported:
    """One row from words as people write them, keyed as :data:`HEADINGS` is.

    >>> row = {"key": "forest", "subject": "360000", "period": "2022", "value": "63.1", "unit": "%", "evidence": "年报"}
    >>> each = reported_of({**row, "department": "林业局", "by": "张三"})
    >>> each.key, each.value, each.unit
    ('reported.forest', Decimal('63.1'), '%')
    """
    if missing := [HEADINGS[name][0] for name in _NEEDED if not row.get(name, "").strip()]:
        raise InputError(f"缺少 {'、'.join(missing)}")
    key = row["key"].strip().removeprefix(PREFIX)
    if not _KEY.fullmatch(key):
        raise InputError(f"指标 {row['key']!r} 不是代码；应写成 reported.forest 或 forest（小写字母、数字、下划线和点）")
    key = PREFIX + key
    text = unicodedata.normalize("NFKC", row["value"]).strip()
    number = Decimal(text) if _NUMBER.fullmatch(text) else None
    word = "" if number is not None else _WORDS.get(text.casefold(), text if key.startswith(_CONDITION) else "")
    if number is None and not word:
        raise InputError(f"数值 {row['value']!r} 既不是数，也不是“是/否”；不能写“约”“以上”等字样")
    unit = row.get("unit", "").strip()
    if number is not None and not unit:
        raise InputError("有数值而没有单位；没有量纲的写 1")
    return Reported(
        key=key,
        subject=regions.place(row["subject"].strip()).code,
        period=parse(row["period"].strip().removesuffix("年")).label,
        value=number,
        word=word,
        unit=unit,
        scope=row.get("scope", "").strip(),
        evidence=row["evidence"].strip(),
        department=row["department"].strip(),
        by=row["by"].strip(),
    )


def append(workspace: Workspace, rows: Sequence[Reported], *, now: datetime | None = None) -> Added:
    """Add rows, all or none, under the writer's lock; a changed value becomes the next revision, an unchanged one is not added again.

    Raises :class:`~yangban.base.errors.WorkspaceError` when the list has been edited.
    """
    moment = (now or datetime.now(UTC)).astimezone(UTC).replace(microsecond=0)
    with workspace.writing():
        held, last = _read(workspace)
        newest = {each.place: each for each in held}
        recorded: list[Reported] = []
        already: list[Reported] = []
        for row in rows:
            before = newest.get(row.place)
            if before is not None and replace(before, revision=0, id="", recorded_at=None) == replace(row, revision=0):
                already.append(before)
                continue
            fresh = replace(
                row,
                revision=1 if before is None else before.revision + 1,
                id=f"R{len(held) + len(recorded) + 1:06d}",
                recorded_at=moment,
            )
            recorded.append(fresh)
            newest[fresh.place] = fresh
        if recorded:
            lines = []
            for each in recorded:
                last, line = _line(last, each)
                lines.append(line)
            path = workspace.path / FILE
            with path.open("a", encoding="utf-8", newline="\n") as file:
                file.write("".join(lines))
                file.flush()
                os.fsync(file.fileno())
            sync(workspace.path)
    return Added(tuple(recorded), tuple(already))


def load(workspace: Workspace) -> tuple[Reported, ...]:
    """All rows, oldest first; raises :class:`~yangban.base.errors.WorkspaceError` when a line was edited or removed."""
    return tuple(_read(workspace)[0])


def newest(rows: Iterable[Reported], *, received_by: datetime | None = None) -> tuple[Reported, ...]:
    """The last revision of each value, or the last one that was there at a moment."""
    found: dict[tuple[str, str, str, str], Reported] = {}
    for each in rows:
        if received_by is None or each.recorded_at is None or each.recorded_at <= received_by:
            found[each.place] = each
    return tuple(found.values())


def _line(before: str, row: Reported) -> tuple[str, str]:
    body = json.dumps(row.to_dict(), ensure_ascii=False, sort_keys=True)
    digest = hashlib.sha256(f"{before}\n{body}".encode()).hexdigest()
    return digest, json.dumps({"row": row.to_dict(), "before": before, "digest": digest}, ensure_ascii=False) + "\n"


def _read(workspace: Workspace) -> tuple[list[Reported], str]:
    path = workspace.path / FILE
    if not path.exists():
        return [], _START
    last = _START
    rows: list[Reported] = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        try:
            held = json.loads(line)
            row = Reported.from_dict(held["row"])
            digest, _ = _line(last, row)
            whole = held["before"] == last and held["digest"] == digest
        except (ValueError, KeyError, TypeError, ArithmeticError):
            whole = False
        if not whole:
            raise WorkspaceError(f"{path.name} 第{number}行被改动、截断或其前有行被移除；请从备份恢复，或删去其后各行再重新导入")
        last = digest
        rows.append(row)
    return rows, last


def _table(path: Path) -> list[tuple[str, dict[str, str]]]:
    fields: dict[str, int] = {}
    found = []
    for number, cells in enumerate(_cells(path), start=1):
        if not any(cell.strip() for cell in cells):
            continue
        if not fields:
            fields = _fields(cells)
            if missing := [HEADINGS[name][0] for name in ("key", "subject", "period", "value", "evidence") if name not in fields]:
                raise InputError(f"{path.name}:{number} 表头缺少 {'、'.join(missing)}；现有 {'、'.join(filter(None, cells))}")
            continue
        found.append((f"{path.name}:{number}", {name: cells[place].strip() for name, place in fields.items() if place < len(cells)}))
    return found


def _cells(path: Path) -> list[list[str]]:
    if path.suffix.lower() in _WORKBOOKS:
        try:
            return next(iter(sheets_of(path).values()), [])
        except Refused as problem:
            raise InputError(f"{path}: 不能作为工作簿读取（{problem}）；请用 Excel 重新保存") from None
    data = path.read_bytes()
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = data.decode(encoding)
            break
        except UnicodeDecodeError:
            continue
    else:
        raise InputError(f"{path}: 既非 UTF-8 也非 GB18030 文本；请在 Excel 中另存为“CSV UTF-8”")
    try:
        return list(csv.reader(io.StringIO(text, newline=""), delimiter=max(",\t;", key=text[:4096].count), strict=True))
    except csv.Error as problem:
        raise InputError(f"{path}: 不是 CSV（{problem}）；请检查引号是否成对") from None


def _fields(cells: Sequence[str]) -> dict[str, int]:
    words = {heading_key(word): name for name, several in HEADINGS.items() for word in several}
    found: dict[str, int] = {}
    for place, cell in enumerate(cells):
        name = words.get(heading_key(cell))
        if name in found:
            raise InputError(f"表头 {cells[found[name]]!r} 和 {cell!r} 是同一项；请只留一列")
        if name:
            found[name] = place
    return found


def _toml(path: Path) -> list[tuple[str, dict[str, str]]]:
    try:
        content = toml(path.read_text(encoding="utf-8"), decimals=True)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as problem:
        raise InputError(f"{path}: 不是 TOML（{problem}）") from None
    tables = content.get("reported")
    if not isinstance(tables, list) or not all(isinstance(each, dict) for each in tables):
        raise InputError(f"{path}: 应有 [[reported]] 表，每个值一张")
    found = []
    for number, table in enumerate(tables, start=1):
        where = f"{path.name} 第{number}个 reported"
        if unknown := [key for key in table if key not in HEADINGS]:
            raise InputError(f"{where}：不认识的键 {'、'.join(unknown)}；可用 {'、'.join(HEADINGS)}")
        found.append((where, {key: _word(value) for key, value in table.items()}))
    return found


def _word(value: Any) -> str:
    if isinstance(value, bool):
        return YES if value else NO
    if isinstance(value, date):
        return value.isoformat()
    return f"{value:f}" if isinstance(value, Decimal) else str(value).strip()


__all__ = ["FILE", "HEADINGS", "NO", "PREFIX", "YES", "Added", "Reported", "append", "load", "newest", "read_reported", "reported_of"]
