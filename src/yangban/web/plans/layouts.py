"""A form in the office's own table: a workbook whose headings and cells stay, with a map of cells to fields; filled out, and read back.

Two shapes are known: a table of one unit, where every field has a cell (``C5``), and a list of units, where every field has a column
(``C``) and each unit a line. The map is proposed from the headings; a person looks at it and confirms. A table that comes back must be the
one that went out: a heading that has moved is refused with its cell, so that no value lands in the wrong field.
"""

from __future__ import annotations

import io
import re
import unicodedata
import warnings
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from django.core import signing
from django.db import transaction
from openpyxl import Workbook, load_workbook
from openpyxl.cell.cell import MergedCell
from openpyxl.styles import PatternFill
from openpyxl.utils import column_index_from_string, coordinate_to_tuple, get_column_letter

from yangban.base.errors import InputError, NotAllowed
from yangban.govern.forms import SOURCES, Box, Form
from yangban.readings.formats.extent import refuse_bombs
from yangban.readings.formats.rules import REASONS
from yangban.readings.formats.text import Refused
from yangban.web.accounts import audit
from yangban.web.accounts.models import Organisation, User
from yangban.web.accounts.permissions import demand
from yangban.web.plans import files, register
from yangban.web.plans.models import FormEntry, FormLayout, FormReturn

UNIT: Final = "unit"
PERIOD: Final = "period"
_SPECIAL: Final = {"填报单位": UNIT, "单位": UNIT, "时段": PERIOD, "填报时段": PERIOD}
_UNIT_HEADS: Final = ("填报单位", "单位", "单位名称", "县市区", "县", "市", "地区", "名称")
_PERIOD_HEADS: Final = ("填报时段", "时段", "填报月份", "月份", "报告期", "时间")
LARGEST: Final = 5 * 1024 * 1024
"""Bytes of a workbook that is taken."""
_UNPACKED: Final = 60 * 1024 * 1024
_MOST_CELLS: Final = 200_000
_ROWS: Final = 400
_COLUMNS: Final = 60
_SALT: Final = "yangban.plans.layout"
_CELL: Final = re.compile(r"[A-Z]{1,2}[1-9]\d{0,4}")
_COLUMN: Final = re.compile(r"[A-Z]{1,2}")


@dataclass(frozen=True)
class Plan:
    """A sheet with the place of every field; ``first`` is the first line of a list, 0 for a table of one unit."""

    sheet: str
    cells: Mapping[str, str]
    first: int = 0
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Read:
    """What a table that came back says: by field the text and the cell, and what is wrong with it by cell."""

    values: Mapping[str, tuple[str, str]]
    problems: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Shown:
    """A sheet as a page draws it: cells with their text, and the name of the field that goes into one."""

    columns: tuple[str, ...]
    rows: tuple[tuple[int, tuple[tuple[str, str], ...]], ...] = field(default=())


# ------------------------------------------------------------------------------------------------------------------------- opening


def opened(content: bytes, name: str, *, values: bool = False) -> Workbook:
    """A workbook, ready to be changed; with ``values`` what its formulas came to.

    Raises :class:`~yangban.base.errors.InputError` for anything but an ``.xlsx`` of a bearable size.
    """
    if not name.lower().endswith(".xlsx"):
        raise InputError(f"{name}：表式要用 .xlsx；请用 Excel 或 WPS 另存为 .xlsx")
    if len(content) > LARGEST:
        raise InputError(f"{name} 有 {len(content) / 1024 / 1024:.0f} MB，表式不超过 {LARGEST // 1024 // 1024} MB")
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            unpacked = sum(each.file_size for each in archive.infolist())
        if unpacked > _UNPACKED:
            raise InputError(f"{name} 解压后有 {unpacked / 1024 / 1024:.0f} MB，太大了；请删去用不到的工作表")
        refuse_bombs(io.BytesIO(content), most=_MOST_CELLS)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what it does not know of a workbook it leaves out; the page shows what is left
            book = load_workbook(io.BytesIO(content), data_only=values, keep_links=False)
        if not book.worksheets:
            raise InputError(f"{name} 里没有工作表；请用 Excel 或 WPS 打开后另存为 .xlsx")
        return book
    except InputError:
        raise
    except Refused as problem:
        raise InputError(f"{name}：{REASONS[problem.rule]}（{problem.detail}）") from None
    except Exception as problem:  # Whatever the libraries under it raise for a file that is none of theirs.
        raise InputError(f"{name} 不能作为 .xlsx 打开（{type(problem).__name__}）；请用 Excel 或 WPS 另存后再试") from None


def _sheet(book: Workbook, name: str) -> Any:
    names = [each.title for each in book.worksheets]
    if name not in names:
        raise InputError(f"工作簿里没有“{name}”这张表；有 {'、'.join(names)}")
    return book[name]


def _rows(sheet: Any) -> Iterable[tuple[Any, ...]]:
    return sheet.iter_rows(max_row=min(sheet.max_row, _ROWS), max_col=min(sheet.max_column, _COLUMNS))


def _plain(text: str) -> str:
    """A heading without blanks, units in brackets and colons, by which it is compared."""
    made = unicodedata.normalize("NFKC", text)
    return re.sub(r"\([^()]*\)|[\s:：、.。]", "", made)


def text_of(value: Any) -> str:
    """A cell as a person would type it.

    >>> text_of(12.50), text_of(3.0), text_of(None), text_of(" 春季 "), text_of(0.1), text_of(date(2026, 3, 1))
    ('12.5', '3', '', '春季', '0.1', '2026-03-01')
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        # The shortest text that stands for the number is what was typed, up to fifteen digits.
        return f"{Decimal(repr(value)).normalize():f}"
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == datetime.min.time() else value.isoformat(sep=" ", timespec="minutes")
    if isinstance(value, date):
        return value.isoformat()
    return str(value).strip()


# ------------------------------------------------------------------------------------------------------------------------ proposing


def propose(book: Workbook, form: Form) -> Plan:
    """Where the fields lie, by the headings of the sheet in which most of them are found."""
    best = Plan(book.worksheets[0].title, {}, 0, ("没有找到与填报项同名的标题；请手工写明每一项的格",))
    for sheet in book.worksheets[:20]:
        made = _proposed(sheet, form, sheet.title)
        if len(made.cells) > len(best.cells):
            best = made
    return best


def _proposed(sheet: Any, form: Form, name: str) -> Plan:
    wanted = {_plain(each.name): each.key for each in form.fields}
    found: dict[str, list[Any]] = {}
    special: dict[str, list[Any]] = {}
    for line in _rows(sheet):
        for cell in line:
            if not isinstance(cell.value, str):
                continue
            word = _plain(cell.value)
            if word in wanted:
                found.setdefault(wanted[word], []).append(cell)
            for words, key in ((_UNIT_HEADS, UNIT), (_PERIOD_HEADS, PERIOD)):
                if word in words:
                    special.setdefault(key, []).append(cell)
    absent = [each.name for each in form.fields if each.key not in found]
    notes = (f"没有找到标题：{'、'.join(absent)}",) if absent else ()
    lines = {key: cells[0] for key, cells in found.items()}
    heads = [cell.row for cell in lines.values()]
    across = max(set(heads), key=heads.count, default=0)
    units = [cell for cell in special.get(UNIT, ()) if cell.row == across]
    if len(form.fields) > 1 and heads.count(across) == len(lines) > 1 and units:
        columns = {key: get_column_letter(cell.column) for key, cell in lines.items()} | {UNIT: get_column_letter(units[0].column)}
        lowest = max(_span(sheet, cell)[2] for cell in (*lines.values(), units[0]))
        return Plan(name, columns | _beside(sheet, special.get(PERIOD, ()), PERIOD), lowest + 1, notes)
    cells: dict[str, str] = {}
    for key, several in found.items():
        cells |= _beside(sheet, several, key)
    for key in (UNIT, PERIOD):
        cells |= _beside(sheet, special.get(key, ()), key)
    return Plan(name, cells, 0, notes)


def _span(sheet: Any, cell: Any) -> tuple[int, int, int, int]:
    """Left column, top row, bottom row, right column of a cell with those that it is merged with."""
    for each in sheet.merged_cells.ranges:
        if cell.coordinate in each:
            return each.min_col, each.min_row, each.max_row, each.max_col
    return cell.column, cell.row, cell.row, cell.column


def _beside(sheet: Any, cells: Sequence[Any], key: str) -> dict[str, str]:
    """The empty cell to the right of a heading, else the one below."""
    for cell in cells:
        left, top, bottom, right = _span(sheet, cell)
        for row, column in ((top, right + 1), (bottom + 1, left)):
            beside = sheet.cell(row=row, column=column)
            if not isinstance(beside, MergedCell) and _free(beside.value):
                return {key: beside.coordinate}
    return {}


def _free(value: Any) -> bool:
    """Whether a cell may be filled: empty, a number of an old table, or only marks to write upon."""
    if value is None or (isinstance(value, int | float) and not isinstance(value, bool)):
        return True
    return isinstance(value, str) and not value.startswith("=") and not re.sub(r"[\s_＿—\-…/年月日]", "", value)


# ------------------------------------------------------------------------------------------------------------------------ confirming


def written(plan: Plan, form: Form) -> str:
    """A map as a person reads and corrects it: a field and its place on a line."""
    names = {UNIT: "填报单位", PERIOD: "填报时段", **{each.key: each.name for each in form.fields}}
    lines = [f"{names[key]} = {plan.cells[key]}" for key in names if key in plan.cells]
    return "\n".join([*lines, *([f"首行 = {plan.first}"] if plan.first else [])])


def plan_of(text: str, book: Workbook, sheet: str, form: Form) -> Plan:
    """The map that a person wrote, held against the sheet; every problem of a line is told at once."""
    names = {each.name: each.key for each in form.fields} | _SPECIAL
    cells: dict[str, str] = {}
    problems: list[str] = []
    first = 0
    for number, line in enumerate((each.strip() for each in text.splitlines()), start=1):
        if not line:
            continue
        parts = unicodedata.normalize("NFKC", line).partition("=")
        name, mark, place = parts[0].strip(), parts[1], parts[2].strip()
        place = place.upper()
        key = names.get(name) or next((key for word, key in names.items() if _plain(word) == _plain(name)), "")
        if name == "首行" and place.isdecimal() and len(place) < 6 and 0 < int(place) <= _ROWS:
            first = int(place)
        elif not mark or not key:
            problems.append(f"第 {number} 行“{line}”：应为“填报项 = 格”，填报项有 {'、'.join(each.name for each in form.fields)}")
        elif key in cells:
            problems.append(f"第 {number} 行：{name}写了两次")
        elif not _CELL.fullmatch(place) and not _COLUMN.fullmatch(place):
            problems.append(f"第 {number} 行：{place or '（空）'} 不是格，应如 C5；一行一个单位的表写列，如 C")
        else:
            cells[key] = place
    held = _sheet(book, sheet)
    own = [key for key in cells if key not in {UNIT, PERIOD}]
    columns = [key for key in own if _COLUMN.fullmatch(cells[key])]
    if not own:
        problems.append("一个填报项也没有指明")
    if columns and len(columns) != len(own):
        problems.append("一张表里要么每项写格（C5），要么每项写列（C），不能混用")
    if columns and (not first or not _COLUMN.fullmatch(cells.get(UNIT, ""))):
        problems.append("一行一个单位的表，还要写明“单位 = 列”和“首行 = 行号”")
    problems += _taken(held, cells, form) if not columns else []
    if problems:
        raise NotAllowed("facts", "；".join(problems))
    return Plan(sheet, cells, first if columns else 0)


def _taken(sheet: Any, cells: Mapping[str, str], form: Form) -> list[str]:
    """Cells of a table of one unit that must not be written upon: headings, formulas, the hidden part of a merged cell, one given twice."""
    names = {UNIT: "填报单位", PERIOD: "填报时段", **{each.key: each.name for each in form.fields}}
    problems: list[str] = []
    seen: dict[str, str] = {}
    for key, place in cells.items():
        row, column = coordinate_to_tuple(place) if _CELL.fullmatch(place) else (0, 0)
        if not row:
            problems.append(f"{names[key]}：{place} 是一列；这张表每项写一格")
            continue
        if row > _ROWS or column > _COLUMNS:
            problems.append(f"{names[key]}：{place} 太远，表式读到第 {_ROWS} 行、{get_column_letter(_COLUMNS)} 列")
            continue
        cell = sheet.cell(row=row, column=column)
        if place in seen:
            problems.append(f"{names[key]}和{names[seen[place]]}都指着 {place}")
        elif isinstance(cell, MergedCell):
            problems.append(f"{names[key]}：{place} 被合并在别的格里；请写合并区域左上角的格")
        elif not _free(cell.value):
            problems.append(f"{names[key]}：{place} 里已有“{text_of(cell.value)[:30]}”，会被盖掉；请写空格")
        seen[place] = key
    return problems


def shown(book: Workbook, plan: Plan, form: Form, *, rows: int = 40, columns: int = 16) -> Shown:
    """The top left part of the sheet, with the field that goes into a cell."""
    sheet = _sheet(book, plan.sheet)
    names = {UNIT: "填报单位", PERIOD: "填报时段", **{each.key: each.name for each in form.fields}}
    into = {place if not _COLUMN.fullmatch(place) else f"{place}{plan.first}": names[key] for key, place in plan.cells.items()}
    width, height = min(max(sheet.max_column, 4), columns), min(sheet.max_row + 1, rows)
    letters = tuple(get_column_letter(n) for n in range(1, width + 1))
    made = tuple(
        (n, tuple((text_of(sheet.cell(row=n, column=m).value)[:40], into.get(f"{letters[m - 1]}{n}", "")) for m in range(1, width + 1)))
        for n in range(1, height + 1)
    )
    return Shown(letters, made)


@transaction.atomic
def keep(user: User, entry: FormEntry, content: bytes, name: str, sheet: str, text: str) -> FormLayout:
    """Keep a layout of a form; the one before stays, and the newest is used."""
    demand(user, "forms.register", region=entry.region)
    form = register.form_of(entry)
    plan = plan_of(text, opened(content, name), sheet, form)
    made = FormLayout.objects.create(
        entry=entry, name=name[-150:], digest=files.keep_bytes(content), sheet=plan.sheet[:60], cells=dict(plan.cells), first=plan.first,
        by=user,
    )  # fmt: skip
    audit.record(user, "form.layout", entry.number, {"digest": made.digest, "cells": dict(plan.cells), "first": plan.first})
    return made


def newest(entry: FormEntry) -> FormLayout | None:
    """The layout that is used."""
    return entry.layouts.first()


def plan_of_row(row: FormLayout) -> Plan:
    """A kept map."""
    return Plan(row.sheet, row.cells, row.first)


def pack(content_digest: str, name: str, sheet: str) -> str:
    """A workbook that was looked at, as a text that comes back unchanged or not at all."""
    return signing.dumps([content_digest, name, sheet], salt=_SALT)


def unpack(text: str) -> tuple[bytes, str, str]:
    """What :func:`pack` named, for an hour."""
    try:
        digest, name, sheet = signing.loads(text, salt=_SALT, max_age=3600)
    except signing.BadSignature:
        raise NotAllowed("facts", "预览已过期或被改动；请重新上传") from None
    return content_of(digest, name), name, sheet


def content_of(digest: str, name: str) -> bytes:
    """A kept workbook."""
    held = files.opened(digest)
    if held is None:
        raise InputError(f"{name} 的文件不在了；请重新上传表式")
    with held:
        return held.read()


# --------------------------------------------------------------------------------------------------------------------------- filling


def _put(cell: Any, value: str, kind: str) -> None:
    """A value into a cell: a number as a number, all else as text that no program takes for a formula."""
    if isinstance(cell, MergedCell):
        raise InputError(f"{cell.coordinate} 是合并单元格的一部分，填不进去；请办公室重新指明格")
    if kind == "number" and value:
        try:
            number = Decimal(value)
        except InvalidOperation:
            number = Decimal("NaN")
        if number.is_finite():
            cell.value = int(number) if number == number.to_integral_value() and abs(number) < 10**15 else number
            return
    cell.value = value or None
    if value:
        cell.data_type = "s"
        cell.quotePrefix = value.startswith(("=", "+", "-", "@", "＝", "＋", "－", "＠"))


def filled(row: FormLayout, form: Form, unit: str, period: str, boxes: Sequence[Box]) -> bytes:
    """The office's own table with what is known of a unit; what is to be typed stays empty."""
    values = {box.field.key: box.value for box in boxes}
    return _filled(
        row, form, [(unit, values)], period, {box.field.key: f"{SOURCES[box.source]}：{box.place}" for box in boxes if box.place}
    )


def filled_list(row: FormLayout, form: Form, period: str, rows: Sequence[tuple[str, Mapping[str, str]]]) -> bytes:
    """The office's own list with what every unit handed in; a unit that did not stays with an empty line."""
    return _filled(row, form, rows, period, {})


def _filled(
    row: FormLayout, form: Form, rows: Sequence[tuple[str, Mapping[str, str]]], period: str, sources: Mapping[str, str]
) -> bytes:  # fmt: skip
    book = opened(content_of(row.digest, row.name), row.name)
    sheet, kinds = _sheet(book, row.sheet), {each.key: each.kind for each in form.fields}
    if place := row.cells.get(PERIOD):
        _put(sheet[place], period, "text")
    if not row.first:
        ((unit, values),) = rows
        if place := row.cells.get(UNIT):
            _put(sheet[place], unit, "text")
        for key, kind in kinds.items():
            if key in row.cells and values.get(key, ""):
                _put(sheet[row.cells[key]], values[key], kind)
    else:
        lines = _lines(sheet, row)
        room = [number for number, name in lines.items() if not name]
        for unit, values in rows:
            at = next((number for number, name in lines.items() if _plain(name) == _plain(unit)), None)
            if at is None:
                if not room:
                    raise InputError(f"表里从第 {row.first} 行起只有 {len(lines)} 行可填，放不下 {len(rows)} 个单位；请在表式中多留空行")
                at = room.pop(0)
                _put(sheet[f"{row.cells[UNIT]}{at}"], unit, "text")
            for key, kind in kinds.items():
                if key in row.cells and values.get(key, ""):
                    _put(sheet[f"{row.cells[key]}{at}"], values[key], kind)
    if sources:
        _sources(book, form, sources)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _sources(book: Workbook, form: Form, sources: Mapping[str, str]) -> None:
    """Whence the values come, on a sheet of its own: the office's sheet stays as it is."""
    name = "数据来源"
    if name in book.sheetnames:
        return
    sheet = book.create_sheet(name)
    for line in (("填报项", "来源"), *((each.name, sources[each.key]) for each in form.fields if each.key in sources)):
        sheet.append(list(line))
    for cell in sheet[1]:
        cell.fill = PatternFill("solid", fgColor="E8F1EE")
    sheet.column_dimensions["A"].width, sheet.column_dimensions["B"].width = 24, 80
    for line in sheet.iter_rows(min_row=2):
        for cell in line:
            cell.data_type = "s"


def _lines(sheet: Any, row: FormLayout) -> dict[int, str]:
    """The lines of a list from its first on, with the unit that stands in them: down to the first that holds something else."""
    found: dict[int, str] = {}
    own = [column_index_from_string(place) for key, place in row.cells.items() if key not in {UNIT, PERIOD}]
    unit = column_index_from_string(row.cells[UNIT])
    for number in range(row.first, _ROWS + 1):
        cells = [sheet.cell(row=number, column=column) for column in own]
        name = sheet.cell(row=number, column=unit)
        if isinstance(name, MergedCell) or any(isinstance(cell, MergedCell) or not _free(cell.value) for cell in cells):
            break
        text = text_of(name.value)
        if _plain(text) in {"合计", "总计", "小计"} or text.startswith(("注", "备注", "填表", "审核", "单位负责人")):
            break
        if number > max(sheet.max_row, row.first + 60):
            break
        found[number] = text
    return found


# --------------------------------------------------------------------------------------------------------------------------- reading


def read(row: FormLayout, form: Form, unit: str, content: bytes, name: str) -> Read:
    """What a table that came back says of a unit.

    Raises :class:`~yangban.base.errors.InputError` when it is another table than the one that went out, naming the first heading that
    differs, or a list that has no line of the unit.
    """
    book = opened(content, name, values=True)
    sheet = _sheet(book, row.sheet)
    before = _sheet(opened(content_of(row.digest, row.name), row.name), row.sheet)
    at: int | None = None
    if row.first:
        lines = {n: text_of(sheet[f"{row.cells[UNIT]}{n}"].value) for n in range(row.first, min(sheet.max_row, _ROWS) + 1)}
        at = next((n for n, text in lines.items() if _plain(text) == _plain(unit)), None)
    _same_table(row, before, sheet, name)
    if row.first and at is None:
        raise InputError(f"{name} 里没有“{unit}”这一行；请用本页下载的表格填写")
    values: dict[str, tuple[str, str]] = {}
    problems: list[tuple[str, str]] = []
    for each in form.fields:
        place = row.cells.get(each.key)
        if place is None:
            continue
        where = f"{place}{at}" if row.first else place
        text = text_of(sheet[where].value)
        values[each.key] = (text, where)
        if each.kind == "number" and text:
            try:
                fits = Decimal(text.replace(",", "")).is_finite()
            except InvalidOperation:
                fits = False
            if fits:
                values[each.key] = (text.replace(",", ""), where)
            else:
                problems.append((where, f"{each.name}应为数（单位 {each.unit}），得到“{text[:30]}”"))
    return Read(values, tuple(problems))


def _same_table(row: FormLayout, before: Any, after: Any, name: str) -> None:
    filled_ = set(row.cells.values())
    for line in _rows(before):
        for cell in line:
            own = cell.coordinate in filled_ or (row.first and cell.row >= row.first)
            if own or not isinstance(cell.value, str) or cell.value.startswith("=") or _free(cell.value):
                continue
            there = after[cell.coordinate].value
            if _plain(text_of(there)) != _plain(cell.value):
                raise InputError(
                    f"{name} 与表式不同：{cell.coordinate} 应为“{cell.value[:30]}”，得到“{text_of(there)[:30]}”；"
                    "行列可能被移动，请用本页下载的表格填写"
                )


def collected(entry: FormEntry, period: str) -> tuple[str, bytes]:
    """Everything that was handed in for a period: in the office's own list where there is one, else as a plain table."""
    form = register.form_of(entry)
    rows = [(unit.name, {} if held is None else _values(held)) for unit, held in register.collected(entry, period)]
    layout = newest(entry)
    if layout is not None and layout.first:
        return layout.name, filled_list(layout, form, period, rows)
    book = Workbook()
    sheet: Any = book.active
    sheet.title = "汇总"
    sheet.append(["填报单位", *(f"{each.name}（{each.unit}）" if each.unit not in {"", "1"} else each.name for each in form.fields)])
    for n, (unit, values) in enumerate(rows, start=2):
        _put(sheet.cell(row=n, column=1), unit, "text")
        for m, each in enumerate(form.fields, start=2):
            _put(sheet.cell(row=n, column=m), values.get(each.key, ""), each.kind)
    sheet.column_dimensions["A"].width = 28
    sheet.freeze_panes = "B2"
    out = io.BytesIO()
    book.save(out)
    return f"{form.number} {form.title}.xlsx", out.getvalue()


def _values(held: FormReturn) -> dict[str, str]:
    return {line["key"]: line["value"] for line in held.lines}


def unit_of(user: User, form: Form) -> Organisation | None:
    """The unit for which a person fills a form."""
    own = [post.organisation for post in user.current_memberships() if post.role in {"reporter", "head"}]
    return next((each for each in own if form.asks(each.name, each.level)), None)
