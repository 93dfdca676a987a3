"""Lists of events that offices keep: a spreadsheet (``.csv``, ``.xlsx`` and the like) or a TOML file, read into records.

Columns: 类型, 地区/点位, 污染物, 开始, 结束, 通知编号, 原因, 经手人 and for reviews 级别, 结论, 代码, or the English words of a record.
A column 通知编号/原因 is the notice number of a dust process and the reason of anything else. In TOML the same words stand in
``[[event]]`` tables.
"""

from __future__ import annotations

import csv
import io
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final

from yangban.base.errors import InputError, YangbanError
from yangban.base.notation import toml
from yangban.readings.cells import heading_key, look_inside
from yangban.readings.events import STATE_NAMES, VERDICTS, Event, hour_label, kind_word, pollutant_words, subject_of

HEADINGS: Final[Mapping[str, tuple[str, ...]]] = {
    "kind": ("类型", "类别", "事件类型", "kind"),
    "subject": ("地区/点位", "地区", "点位", "地区或点位", "城市", "站点", "subject", "place", "station"),
    "pollutant": ("污染物", "项目", "pollutant", "pollutants"),
    "from": ("开始", "开始时间", "起", "from", "start"),
    "to": ("结束", "结束时间", "止", "to", "end"),
    "notice": ("通知编号", "认定编号", "编号", "notice"),
    "reason": ("原因", "理由", "reason"),
    "notice or reason": ("通知编号/原因", "编号/原因"),
    "by": ("经手人", "责任人", "登记人", "审核人", "by"),
    "state": ("级别", "审核级别", "state"),
    "verdict": ("结论", "verdict"),
    "code": ("代码", "标识", "code"),
}
"""The headings of each field."""

_NEEDED: Final = ("kind", "subject", "from", "to")
_WORKBOOKS: Final = (".xlsx", ".xls", ".xlsm", ".xlsb", ".ods")
_MOST_BYTES: Final = 64 * 2**20
"""A list of events is typed by people; a file of this size, packed or unpacked, is something else."""

_BARE: Final = "（日期单元格）"

_STATE_WORDS: Final = {name: word for word, name in STATE_NAMES.items()} | {"退回": "raw", "市级": "city", "省级": "province"}
_VERDICT_WORDS: Final = {name: word for word, name in VERDICTS.items()}


def read_events(path: Path, *, stations: frozenset[str], by: str = "") -> tuple[Event, ...]:
    """The records of a file, in its order; ``by`` signs for the rows that name nobody.

    Raises :class:`~yangban.base.errors.InputError` that lists every row that cannot be read, with its place in the file; then nothing of
    the file is to be used.
    """
    if not path.is_file():
        raise InputError(f"{path}: 找不到这个文件 no such file")
    if path.stat().st_size > _MOST_BYTES:
        raise InputError(f"{path}: 文件超过 {_MOST_BYTES // 2**20} MB，不像一份事件清单")
    rows = list(_toml(path) if path.suffix.lower() == ".toml" else _sheet(path))
    events: list[Event] = []
    wrong: list[str] = []
    for where, row in rows:
        try:
            events.append(event_of(row, stations=stations, by=by))
        except YangbanError as problem:
            wrong.append(f"{where}：{problem}")
    if wrong:
        raise InputError(f"{path.name} 中有 {len(wrong)} 条不能登记，整份文件未登记：\n  " + "\n  ".join(wrong))
    if not events:
        raise InputError(f"{path}: 没有一条事件")
    return tuple(events)


def event_of(row: Mapping[str, str], *, stations: frozenset[str], by: str = "") -> Event:
    """One record from words as people write them, keyed as :data:`HEADINGS` is."""
    missing = [name for name in _NEEDED if not row.get(name)]
    if missing:
        raise InputError(f"缺少 {'、'.join(HEADINGS[name][0] for name in missing)}")
    for name in ("from", "to"):
        if row[name].endswith(_BARE):
            raise InputError(
                f"{HEADINGS[name][0]} 是不带钟点的日期单元格，看不出是整日还是零点；请写成文本，如 2022-03-08 01 或 2022-03-08 24"
            )
    kind = kind_word(row["kind"])
    either = row.get("notice or reason", "")
    notice, reason = row.get("notice", ""), row.get("reason", "")
    if either and kind == "dust":
        notice = notice or either
    elif either:
        reason = reason or either
    state, verdict = row.get("state", ""), row.get("verdict", "")
    return Event(
        kind=kind,
        subject=subject_of(row["subject"], stations),
        start=hour_label(row["from"]),
        end=hour_label(row["to"], last=True),
        by=row.get("by", "") or by,
        pollutants=pollutant_words(row.get("pollutant", "")) or (("pm25", "pm10") if kind == "dust" else ()),
        notice=notice,
        reason=reason,
        state=_STATE_WORDS.get(state, state),
        verdict=_VERDICT_WORDS.get(verdict, verdict),
        code=row.get("code", ""),
        replaces=row.get("replaces", ""),
    )


def _sheet(path: Path) -> Iterator[tuple[str, dict[str, str]]]:
    lines = _workbook(path) if path.suffix.lower() in _WORKBOOKS else _csv(path)
    fields: dict[str, int] = {}
    for number, cells in lines:
        if not any(cells):
            continue
        if not fields:
            fields = _fields(cells)
            missing = [HEADINGS[name][0] for name in _NEEDED if name not in fields]
            if missing:
                raise InputError(f"{path.name}:{number} 表头缺少 {'、'.join(missing)}；现有 {'、'.join(filter(None, cells))}")
            continue
        yield f"{path.name}:{number}", {name: cells[place] for name, place in fields.items() if place < len(cells)}


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


def _csv(path: Path) -> Iterator[tuple[int, list[str]]]:
    data = path.read_bytes()
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = data.decode(encoding)
            break
        except UnicodeDecodeError:
            continue
    else:
        raise InputError(f"{path}: 既非 UTF-8 也非 GB18030 文本；请在 Excel 中另存为“CSV UTF-8”")
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=max(",\t;", key=text[:4096].count))
    first = 1
    try:
        for cells in reader:
            yield first, [cell.strip() for cell in cells]
            first = reader.line_num + 1
    except csv.Error as problem:
        raise InputError(f"{path}: 第{first}行不是 CSV（{problem}）；请检查引号是否成对") from None


def _workbook(path: Path) -> Iterator[tuple[int, list[str]]]:
    import python_calamine

    look_inside(path)
    try:
        book = python_calamine.CalamineWorkbook.from_path(path)
        rows = book.get_sheet_by_index(0).to_python(skip_empty_area=False)
    except (python_calamine.CalamineError, OSError, IndexError, ValueError) as problem:
        raise InputError(f"{path}: 不能作为工作簿读取（{problem}）；请用 Excel 重新保存") from None
    for number, cells in enumerate(rows, start=1):
        # A workbook keeps midnight and a bare date as the same number; which was meant cannot be told.
        yield number, [_cell(cell) + (_BARE if isinstance(cell, date) and not isinstance(cell, datetime) else "") for cell in cells]


def _toml(path: Path) -> Iterator[tuple[str, dict[str, str]]]:
    try:
        content = toml(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as problem:
        raise InputError(f"{path}: 不是 TOML（{problem}）") from None
    tables = content.get("event")
    if not isinstance(tables, list) or not all(isinstance(each, dict) for each in tables):
        raise InputError(f"{path}: 应有 [[event]] 表，每个事件一张")
    words = {heading_key(word): name for name, several in HEADINGS.items() for word in several} | {"replaces": "replaces"}
    for number, table in enumerate(tables, start=1):
        where = f"{path.name} 第{number}个 event"
        unknown = [key for key in table if heading_key(key) not in words]
        if unknown:
            raise InputError(f"{where}：不认识的键 {'、'.join(unknown)}")
        yield where, {words[heading_key(key)]: _cell(value) for key, value in table.items()}


def _cell(value: Any) -> str:
    """A cell as text: times as labels of hours, whole numbers without a fraction, a list with commas."""
    if isinstance(value, datetime):
        return value.isoformat(sep=" ", timespec="minutes")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, list):
        return ",".join(map(str, value))
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()
