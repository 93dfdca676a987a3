"""A plan as a table that a person can fill and hand back: a workbook, a Word file, and the empty template of both.

The columns are those that :mod:`yangban.readings.plan_sheets` reads, so that what goes out comes in again unchanged.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from yangban.govern.plans import KINDS, TIERS, Document, Item, row_of
from yangban.publish.bulletin.layout import Column
from yangban.publish.bulletin.needs import need
from yangban.publish.official_word import Grid, table_bytes
from yangban.readings.cells import guarded
from yangban.readings.plan_sheets import HEADINGS

_WIDTHS: Final = {
    "kind": 8, "key": 10, "parent": 10, "name": 30, "text": 50, "first": 8, "last": 8, "due": 12, "lead": 20, "responsible": 26,
    "indicators": 24, "value": 8, "direction": 6, "unit": 8, "money": 10, "note": 20,
}  # fmt: skip
_HELP: Final = {
    "kind": "目标、任务、举措、工程 四选一",
    "key": "本文件内不重复，如 1、1.2、工程3",
    "parent": "所属上一级的编号；最上一级留空",
    "first": "年份，如 2026",
    "last": "年份，如 2027；目标填目标年",
    "due": "日期，如 2026-12-31",
    "responsible": "多个用顿号分开",
    "indicators": "指标代码，如 air.pm25.mean；多个用顿号分开；目标只能一个",
    "value": "只有目标填，只写数",
    "direction": "≥ 或 ≤",
    "unit": "目标值的单位，如 µg/m³、%",
    "money": "万元",
}
_EPOCH: Final = datetime(1980, 1, 1)
"""No hour of making, so that the same plan gives the same bytes."""
_WORD_WIDTHS: Final = {
    "kind": 11, "key": 11, "parent": 12, "name": 28, "text": 36, "first": 11, "last": 11, "due": 20, "lead": 20, "responsible": 20,
    "indicators": 19, "value": 10, "direction": 8, "unit": 11, "money": 12, "note": 12,
}  # fmt: skip
"""Millimetres of a page set crosswise; every column is there, so that nothing is lost on the way back."""


def plan_workbook(document: Document | None = None) -> bytes:
    """The plan as a workbook, or without one the empty template: kinds and directions come from lists, headings explain themselves."""
    xlsx = need("xlsxwriter", package="XlsxWriter")
    held = io.BytesIO()
    with xlsx.Workbook(held, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}) as book:
        sheet = book.add_worksheet("任务表")
        head = book.add_format({"bold": True, "bg_color": "#e8f0ec", "border": 1, "text_wrap": True, "valign": "vcenter"})
        cell = book.add_format({"border": 1, "text_wrap": True, "valign": "top", "num_format": "@"})
        title = book.add_format({"bold": True, "font_size": 14})
        sheet.write_string(0, 0, guarded(_title(document)), title)
        for column, key in enumerate(HEADINGS):
            sheet.set_column(column, column, _WIDTHS[key], cell)
            sheet.write_string(1, column, HEADINGS[key][0], head)
            if key in _HELP:
                sheet.write_comment(1, column, _HELP[key])
        for line, item in enumerate(_items(document), start=2):
            words = row_of(item)
            for column, key in enumerate(HEADINGS):
                sheet.write_string(line, column, guarded(words[key]), cell)
        places = {key: column for column, key in enumerate(HEADINGS)}
        for key, choices in (("kind", list(KINDS.values())), ("direction", ["≥", "≤"])):
            sheet.data_validation(2, places[key], 2000, places[key], {"validate": "list", "source": choices})
        sheet.freeze_panes(2, 4)
        sheet.set_landscape()
        sheet.set_paper(8)
        sheet.fit_to_pages(1, 0)
        sheet.repeat_rows(1)
        book.set_properties({"title": _title(document), "created": _EPOCH})
    return held.getvalue()


def plan_word(document: Document | None = None) -> bytes:
    """The plan as a Word table on a page set crosswise, or the empty template with ten rows to fill."""
    columns = tuple(Column(key, HEADINGS[key][0], width, "left") for key, width in _WORD_WIDTHS.items())
    rows = tuple(map(row_of, _items(document)))
    blank = tuple(dict.fromkeys(HEADINGS, "") for _ in range(10))
    note = "" if document is not None else "类别填目标、任务、举措、工程；表头文字不要改动。"
    return table_bytes(
        title=_title(document), mark=_mark(document), grid=Grid("规划任务表", columns, rows if document is not None else blank, note)
    )  # fmt: skip


def _items(document: Document | None) -> Sequence[Item]:
    return () if document is None else document.items


def _title(document: Document | None) -> str:
    if document is None:
        return "规划任务表（模板）"
    return f"《{document.title}》任务表（{TIERS[document.tier]}，第{document.version}版）"


def _mark(document: Document | None) -> str:
    return "演示数据，非真实规划" if document is not None and document.demo else ""
