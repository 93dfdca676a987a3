"""Tables of records for rooms that touch no files: events of carbon points, and an exported ledger.

A record is a line number and its cells by heading, all text. What they mean is said in :mod:`yangban.points`.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from yangban.base.errors import InputError
from yangban.base.notation import json_of
from yangban.readings.cells import WORKBOOKS, Line, csv_lines, text_of, workbook

_LONGEST_FIELD: Final = 1 << 20


@dataclass(frozen=True)
class Record:
    """One record: the line (or the place in a list, from 1) and its cells by heading; empty ones are left out."""

    line: int
    cells: Mapping[str, str]


def read_records(path: Path) -> list[Record]:
    """The records of a ``.csv``, a workbook (first sheet with headings) or a ``.json`` list of objects.

    Raises :class:`~yangban.base.errors.InputError` when the file cannot be read as what its ending says, has no headings, or one of them
    twice.
    """
    if not path.is_file():
        raise InputError(f"{path}: 没有这个文件")
    if path.suffix.lower() in {".json", ".jsonl"}:
        try:
            text = path.read_text(encoding="utf-8-sig")
        except UnicodeDecodeError as problem:
            raise InputError(f"{path}: 不是 UTF-8 文本（字节 {problem.start}）；请另存为 UTF-8") from None
        return parse_records(text, str(path))
    lines = workbook(path, _first_filled)[1] if path.suffix.lower() in WORKBOOKS else csv_lines(path)
    at = _first_filled(lines)
    if at is None:
        raise InputError(f"{path}: 没有内容；第一行应为列名")
    heads = [text_of(cell).strip() for cell in lines[at].cells]
    twice = sorted({head for head in heads if head and heads.count(head) > 1})
    if twice:
        raise InputError(f"{path}: 第{lines[at].number}行 列名 {'、'.join(twice)} 重复；请改名或删去一列")
    return [
        Record(line.number, {head: text for head, cell in zip(heads, line.cells, strict=False) if head and (text := text_of(cell).strip())})
        for line in lines[at + 1 :]
        if not line.blank
    ]


def parse_records(text: str, name: str) -> list[Record]:
    """Records from JSON: an object, a list of objects, or one object a line. Nested objects get dotted headings, numbers keep their digits.

    Raises :class:`~yangban.base.errors.InputError`.
    """
    try:
        content = json_of(text, decimals=True)
    except json.JSONDecodeError as problem:
        lines = [(number, line) for number, line in enumerate(text.splitlines(), start=1) if line.strip()]
        if len(lines) < 2:
            raise InputError(f"{name}: 第{problem.lineno}行 不是 JSON（{problem.msg}）") from None
        return [record for number, line in lines for record in _line(line, number, name)]
    listed = content if isinstance(content, list) else [content]
    return [_record(each, number, name) for number, each in enumerate(listed, start=1)]


def _line(text: str, number: int, name: str) -> list[Record]:
    try:
        return [_record(json_of(text, decimals=True), number, name)]
    except json.JSONDecodeError as problem:
        raise InputError(f"{name}: 第{number}行 不是 JSON（{problem.msg}）") from None


def _record(content: Any, number: int, name: str) -> Record:
    if not isinstance(content, dict):
        raise InputError(f"{name}: 第{number}条 应为对象 {{…}}，得到 {str(content)[:40]!r}")
    cells: dict[str, str] = {}
    for key, value in content.items():
        inner = value.items() if isinstance(value, dict) else [("", value)]
        for word, each in inner:
            if isinstance(each, dict | list):
                raise InputError(f"{name}: 第{number}条 {key} 嵌得太深；应为文字、数字，或一层对象")
            if each is not None:
                cells[word if word and key == "amounts" else f"{key}.{word}" if word else str(key)] = (
                    f"{each:f}" if isinstance(each, Decimal) else str(each)
                )
    return Record(number, {key: text.strip() for key, text in cells.items() if text.strip()})


def _first_filled(lines: Sequence[Line]) -> int | None:
    return next((n for n, line in enumerate(lines) if not line.blank), None)


def stream_rows(path: Path, columns: Sequence[str]) -> Iterator[dict[str, str]]:
    """The rows of a large CSV (UTF-8), one at a time, as our own export writes them.

    Raises :class:`~yangban.base.errors.InputError` when it is no text, lacks a column, or a row has another number of cells.
    """
    if not path.is_file():
        raise InputError(f"{path}: 没有这个文件")
    csv.field_size_limit(_LONGEST_FIELD)
    with path.open(encoding="utf-8-sig", newline="") as stream:
        reader = csv.reader(stream)
        try:
            heads = next(reader, [])
            missing = [name for name in columns if name not in heads]
            if missing:
                raise InputError(f"{path}: 第1行 缺少列 {'、'.join(missing)}；应为导出的账本，列为 {'、'.join(columns)}")
            for cells in reader:
                if len(cells) != len(heads):
                    raise InputError(f"{path}: 第{reader.line_num}行 有 {len(cells)} 格，应为 {len(heads)} 格")
                yield dict(zip(heads, cells, strict=True))
        except UnicodeDecodeError as problem:
            raise InputError(f"{path}: 第{reader.line_num + 1}行附近不是 UTF-8（字节 {problem.start}）") from None
        except csv.Error as problem:
            raise InputError(f"{path}: 第{reader.line_num}行 不是 CSV（{problem}）") from None
