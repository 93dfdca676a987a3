"""A bulletin as a workbook: numbers as numbers in the form in which they are printed, a sheet a table, and a sheet of text and notes."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

import xlsxwriter

from yangban.publish.bulletin.layout import Grid, Picture, Say
from yangban.publish.bulletin.page import cells_of, chart_rows, columns_of
from yangban.publish.bulletin.paper import Bulletin, Cell

_LONGEST_NAME: Final = 31
_BARRED: Final = re.compile(r"[\[\]:*?/\\']")
_EPOCH: Final = datetime(1980, 1, 1)
"""The time of making that is written into the file: always the same, so that the same bulletin gives the same bytes."""
_TEXT_WIDTH: Final = 100
_A4: Final = 9
_MM_A_COLUMN: Final = 1.9
"""Millimetres of the page that make one unit of a column's width."""


def workbook_bytes(bulletin: Bulletin) -> bytes:
    """The bulletin as the bytes of an .xlsx file. No text is ever taken for a formula, a link or a number."""
    held = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(held, options) as book:
        book.set_properties({"title": bulletin.title, "subject": bulletin.subtitle, "comments": bulletin.footer, "created": _EPOCH})
        forms = _Forms(book)
        labels, headings = bulletin.labels, bulletin.headings
        _text(book, forms, bulletin, headings)
        for section in bulletin.sections:
            for item in section.items:
                if isinstance(item, Grid) and item.id in bulletin.tables:
                    table = bulletin.tables[item.id]
                    columns = columns_of(item, table)
                    sheet = _sheet(book, forms, bulletin, labels[item.id], table.caption)
                    heads = [(head.replace("\n", ""), column.width / _MM_A_COLUMN, column.align) for head, column in columns]
                    _rows(sheet, forms, heads, [cells_of(item, row) for row in table.rows], table.note)
                elif isinstance(item, Picture) and item.id in bulletin.charts:
                    chart = bulletin.charts[item.id]
                    names, rows = chart_rows(chart)
                    sheet = _sheet(book, forms, bulletin, labels[item.id], chart.caption)
                    heads = [(name or "名称", 16.0, "right" if n else "left") for n, name in enumerate(names)]
                    _rows(sheet, forms, heads, rows, chart.measure)
    return held.getvalue()


class _Forms:
    """Cell formats, each made once."""

    def __init__(self, book: Any) -> None:
        self._book = book
        self._made: dict[tuple[tuple[str, Any], ...], Any] = {}

    def __call__(self, **properties: Any) -> Any:
        key = tuple(sorted(properties.items()))
        if key not in self._made:
            self._made[key] = self._book.add_format({"font_name": "宋体", "font_size": 10.5, "valign": "vcenter", **properties})
        return self._made[key]


def _text(book: Any, forms: _Forms, bulletin: Bulletin, headings: dict[str, str]) -> None:
    """The first sheet: the sentences and the notes."""
    sheet = book.add_worksheet("正文与说明")
    sheet.set_column(0, 0, _TEXT_WIDTH)
    lines: list[tuple[str, dict[str, Any]]] = [(bulletin.title, {"bold": True, "font_size": 16}), (bulletin.subtitle, {})]
    if bulletin.mark:
        lines.insert(1, (bulletin.mark, {"bold": True}))
    for section in bulletin.sections:
        said = [line for item in section.items if isinstance(item, Say) for line in bulletin.say.get(item.id, ())]
        if said and section.id in headings:
            lines.append((headings[section.id], {"bold": True}))
        lines += [(line, {}) for line in said]
    lines.append((bulletin.footer, {"font_color": "#5b666b"}))
    for n, (line, form) in enumerate(lines):
        sheet.write_string(n, 0, line, forms(text_wrap=True, **form))
    _paper(sheet, bulletin)


def _sheet(book: Any, forms: _Forms, bulletin: Bulletin, label: str, caption: str) -> Any:
    name = _BARRED.sub("", f"{label} {caption}")[:_LONGEST_NAME].strip()
    sheet = book.add_worksheet(name)
    sheet.write_string(0, 0, f"{label}　{caption}", forms(bold=True, font_size=12))
    sheet.write_string(1, 0, "　".join(filter(None, (bulletin.mark, bulletin.title, bulletin.subtitle))), forms(font_color="#5b666b"))
    _paper(sheet, bulletin)
    return sheet


def _paper(sheet: Any, bulletin: Bulletin) -> None:
    sheet.set_paper(_A4)
    sheet.fit_to_pages(1, 0)
    # In headers and footers of a workbook an ampersand begins a code; doubled it is itself.
    footer = bulletin.footer.replace("&", "&&")
    sheet.set_header(f"&C{bulletin.mark}")
    sheet.set_footer(f"&C{footer}　第 &P 页　共 &N 页")


def _rows(sheet: Any, forms: _Forms, heads: Sequence[tuple[str, float, str]], rows: Sequence[Sequence[Cell]], note: str) -> None:
    top = 2
    for n, (head, width, align) in enumerate(heads):
        sheet.set_column(n, n, max(width, 2 + 2 * len(head) * 0.8))
        sheet.write_string(top, n, head, forms(bold=True, top=2, bottom=1, align=align, text_wrap=True))
    for line, row in enumerate(rows, start=top + 1):
        last = {"bottom": 2} if line == top + len(rows) else {}
        for n, (cell, (_, _, align)) in enumerate(zip(row, heads, strict=True)):
            if cell.number is None:
                sheet.write_string(line, n, cell.text, forms(align=align, text_wrap="\n" in cell.text, **last))
            else:
                sheet.write_number(line, n, cell.number, forms(align=align, num_format=cell.form or "General", **last))
    sheet.freeze_panes(top + 1, 1)
    sheet.repeat_rows(top)
    if note:
        sheet.write_string(top + 1 + len(rows), 0, note, forms(font_color="#5b666b"))
