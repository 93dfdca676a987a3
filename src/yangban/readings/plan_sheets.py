"""Tables of plans that offices keep, read into rows of words: ``.xlsx`` and the like, ``.csv``, or the first fitting table of a ``.docx``.

What the words mean is said by :mod:`yangban.govern.plans`; here only the columns are found, under any of the names in :data:`HEADINGS`, and
every row keeps the place where it stands.
"""

from __future__ import annotations

import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from yangban.base.errors import InputError
from yangban.readings.cells import HEADER_WITHIN, WORKBOOKS, Line, columns_of, csv_lines, text_of, workbook

HEADINGS: Final[Mapping[str, tuple[str, ...]]] = {
    "kind": ("类别", "类型", "kind"),
    "key": ("编号", "序号", "key"),
    "parent": ("上级编号", "所属编号", "parent"),
    "name": ("名称", "任务名称", "项目名称", "name"),
    "text": ("内容", "主要内容", "目标任务", "text"),
    "first": ("起始年", "开始年份", "first"),
    "last": ("完成年", "目标年", "完成年份", "last"),
    "due": ("完成时限", "时限", "due"),
    "lead": ("牵头单位", "lead"),
    "responsible": ("责任单位", "配合单位", "责任单位及配合单位", "responsible"),
    "indicators": ("指标", "指标代码", "indicators"),
    "value": ("目标值", "value"),
    "direction": ("方向", "direction"),
    "unit": ("单位", "计量单位", "unit"),
    "money": ("投资", "总投资", "money"),
    "note": ("备注", "note"),
}
"""The headings of each column; the first is the one that the template writes."""

NEEDED: Final = ("kind", "key", "name")
_MOST_BYTES: Final = 64 * 2**20
_MOST_UNPACKED: Final = 2**29
_MOST_XML: Final = 2**25
"""Bytes of text of a Word file, of which a tree ten times as large is made."""


def read_plan_rows(path: Path) -> tuple[tuple[str, Mapping[str, str]], ...]:
    """The rows of a plan's table, each with its place in the file, keyed as :data:`HEADINGS` is.

    Raises :class:`~yangban.base.errors.InputError` when the file cannot be read as its ending says, or when no row among the first ten of a
    sheet or table names the columns that are needed.
    """
    if not path.is_file():
        raise InputError(f"{path}: 找不到这个文件 no such file")
    if path.stat().st_size > _MOST_BYTES:
        raise InputError(f"{path}: 文件超过 {_MOST_BYTES // 2**20} MB，不像一份规划任务表")
    kind = path.suffix.lower()
    if kind in WORKBOOKS:
        sheet, lines, _ = workbook(path, _heading)
        return _rows(f"{path.name}[{sheet}]", lines)
    if kind == ".docx":
        return _word(path)
    if kind in {".csv", ".txt", ".tsv"}:
        return _rows(path.name, csv_lines(path))
    raise InputError(f"{path}: 不认识的文件类型 {kind or '（无扩展名）'}；可读 .csv .docx {' '.join(WORKBOOKS)}")


def _heading(lines: Sequence[Line]) -> int | None:
    for position, line in enumerate(lines[:HEADER_WITHIN]):
        if all(key in columns_of([text_of(cell) for cell in line.cells], HEADINGS) for key in NEEDED):
            return position
    return None


def _rows(source: str, lines: Sequence[Line]) -> tuple[tuple[str, Mapping[str, str]], ...]:
    at = _heading(lines)
    if at is None:
        seen = next((line for line in lines if not line.blank), None)
        shown = "、".join(filter(None, map(text_of, seen.cells if seen else ())))[:200] or "（空）"
        needed = "、".join(HEADINGS[key][0] for key in NEEDED)
        raise InputError(f"{source}: 前{HEADER_WITHIN}行中没有表头 {needed}；看到的是 {shown}。请用导出的模板填写")
    columns = columns_of([text_of(cell) for cell in lines[at].cells], HEADINGS)
    return tuple(
        (
            f"{source} 第{line.number}行",
            {key: text_of(line.cells[position]).strip() for key, position in columns.items() if position < len(line.cells)},
        )
        for line in lines[at + 1 :]
        if not line.blank
    )


def _word(path: Path) -> tuple[tuple[str, Mapping[str, str]], ...]:
    from docx import Document

    try:
        with zipfile.ZipFile(path) as archive:
            sizes = {entry.filename: entry.file_size for entry in archive.infolist()}
        for most, part in ((_MOST_UNPACKED, sizes.values()), (_MOST_XML, [size for name, size in sizes.items() if ".xml" in name.lower()])):
            if sum(part) > most:
                raise InputError(f"{path}: 解压后超过 {most // 2**20} MB，未读取")
        document: Any = Document(str(path))
    except InputError:
        raise
    except Exception as problem:  # Whatever the libraries under it raise for a file that is none of theirs.
        raise InputError(f"{path}: 不是 Word 文件（.docx）：{problem}") from None
    seen = []
    for number, table in enumerate(document.tables, start=1):
        lines = [Line(row, tuple(_texts(cells))) for row, cells in enumerate(table.rows, start=1)]
        if _heading(lines) is not None:
            return _rows(f"{path.name} 第{number}张表", lines)
        seen.append("、".join(filter(None, map(text_of, lines[0].cells)))[:60] if lines else "")
    needed = "、".join(HEADINGS[key][0] for key in NEEDED)
    raise InputError(f"{path}: {len(seen)} 张表里没有一张有表头 {needed}；看到的是 {'；'.join(seen) or '（没有表）'}。请用导出的模板填写")


def _texts(row: Any) -> list[str]:
    """The texts of a row of a Word table, a merged cell once in each of its columns."""
    return ["\n".join(part.text for part in cell.paragraphs).strip() for cell in row.cells]
