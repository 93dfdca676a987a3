"""Spreadsheets of water samples in, the same spreadsheets with the class beside every row out.

This is the way of ``yangban water-class --input``: one row a sample, one column an item, and a column that says river or lake. Files are
read and written as :mod:`~yangban.readings.sheets` does it for days of air; the columns that came in go out in their order and with
their text.

A value below the detection limit, written ``<0.05`` or ``0.05L``, enters as half of the limit and is noted (环办监测函〔2020〕82号).
"""

from __future__ import annotations

import csv
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Final

from yangban.base.errors import InputError, UnknownUnit, UsageError
from yangban.base.water_items import WATER_WORDS, printed_zh, water_item
from yangban.readings.cells import (
    BELOW,
    CJK,
    HEADER_WITHIN,
    MARKS,
    NEGATIVE,
    NUMBER,
    ROWS_OF_A_SHEET,
    WORKBOOKS,
    Cell,
    Line,
    Note,
    Styles,
    check_target,
    csv_lines,
    guarded,
    parquet,
    put,
    renamed,
    shown_width,
    text_of,
    why_negative,
    workbook,
    write_whole,
)
from yangban.readings.water_headings import factor_to_item, water_heading

if TYPE_CHECKING:
    from yangban.assess.water.sample import SampleClass

_KIND_HEADINGS: Final = frozenset({"type", "kind", "类型", "断面类型", "水体类型", "水体", "河湖类型", "河湖", "水体类别"})
_KINDS: Final[Mapping[str, str]] = {
    **dict.fromkeys(("river", "r", "河流", "河", "江河", "河道", "溪流", "河流型", "运河", "渠"), "river"),
    **dict.fromkeys(("lake", "l", "湖库", "湖泊", "湖", "水库", "库", "reservoir", "湖(库)", "湖泊水库", "湖库型"), "lake"),
}
_ADDED: Final = ("edition", "class", "state", "deciding", "exceeding", "status", "reason")
_ADDED_ZH: Final = ("标准版本", "水质类别", "水质状况", "定类因子", "超标项目", "状态", "说明")
_STATUS_ZH: Final = {"ok": "有效", "insufficient": "数据不足", "not_applicable": "不适用"}
_OUTPUTS: Final = (".csv", ".xlsx")


@dataclass(frozen=True)
class Sample:
    """One row: its cells as they came, the values read from them in the units of GB 3838, and whether it is a river or a lake.

    ``below`` are the items that were below the detection limit; ``kind`` is ``None`` where the row does not say.
    """

    number: int
    cells: tuple[Cell, ...]
    values: Mapping[str, Fraction]
    below: tuple[str, ...]
    kind: str | None
    notes: tuple[Note, ...]


@dataclass(frozen=True)
class SampleSheet:
    """A spreadsheet that was read; ``columns`` gives the place of each item's column, ``units`` the unit that its heading states."""

    source: str
    headers: tuple[str, ...]
    columns: Mapping[str, int]
    units: Mapping[str, str]
    rows: tuple[Sample, ...]
    chinese: bool
    notes: tuple[Note, ...]

    def all_notes(self) -> Iterator[Note]:
        """The notes of the sheet and of its rows, in order."""
        yield from self.notes
        for row in self.rows:
            yield from row.notes


@dataclass(frozen=True)
class Classed:
    """A row with its class; ``found`` is ``None`` for a row that is neither river nor lake, and ``reason`` then says so."""

    row: Sample
    edition: str
    found: SampleClass | None
    reason: str

    @property
    def status(self) -> str:
        """``ok``, ``insufficient`` or ``not_applicable``."""
        return "not_applicable" if self.found is None else self.found.status


def kind_of(text: str) -> str | None:
    """River or lake from what people write, or ``None``.

    >>> [kind_of(text) for text in ("river", "河流", "湖（库）", "水库", "地下水")]
    ['river', 'river', 'lake', 'lake', None]
    """
    return _KINDS.get(unicodedata.normalize("NFKC", text).strip().casefold())


def read_value(cell: Cell, word: str) -> tuple[Fraction | None, bool, str]:
    """The value in a cell, whether it was below the detection limit, and a note; a blank is no value and needs none.

    >>> read_value("<0.05", "petroleum"), read_value("0.0003L", "phenol")[0], read_value("--", "tp")[0]
    ((Fraction(1, 40), True, '低于检出限 0.05，按其一半计'), Fraction(3, 20000), None)
    """
    if isinstance(cell, Decimal):
        return _checked(cell, word)
    text = unicodedata.normalize("NFKC", cell).strip()
    if not text:
        return None, False, ""
    if NUMBER.fullmatch(text) or NEGATIVE.fullmatch(text):
        return _checked(Decimal(text.replace("−", "-")), word)
    if below := BELOW.fullmatch(text):
        limit = below["mark"] or below["letter"]
        return Fraction(limit) / 2, True, f"低于检出限 {limit}，按其一半计"
    if text.casefold() in {"未检出", "nd", "n.d."}:
        return None, False, "未检出而没有检出限，按无数据处理；请写成 <检出限"
    if text.casefold() in MARKS:
        return None, False, "缺测标记，按无数据处理"
    return None, False, "不是数字，按无数据处理"


def _checked(number: Decimal, word: str) -> tuple[Fraction | None, bool, str]:
    if number < 0 and word != "temperature":
        return None, False, why_negative(number)
    return Fraction(number), False, ""


# ---------------------------------------------------------------------------------------------------------------- reading


def read_samples(path: Path, *, kind: str | None = None) -> SampleSheet:
    """Read a spreadsheet of samples; ``kind`` is that of rows which do not say themselves.

    Raises :class:`~yangban.base.errors.InputError` when the file cannot be read as its ending says, when no row among the first ten names
    an item, when two columns hold the same item, or when a unit cannot be converted.
    """
    if not path.is_file():
        raise InputError(f"{path}: 找不到这个文件 no such file")
    ending = path.suffix.lower()
    if ending in WORKBOOKS:
        return _read_workbook(path, kind=kind)
    if ending == ".parquet":
        return _assemble(path.name, parquet(path)[1], kind=kind)
    if ending in {".csv", ".txt", ".tsv"}:
        return _assemble(path.name, csv_lines(path), kind=kind)
    raise InputError(f"{path}: 不认识的文件类型 {ending or '（无扩展名）'}；可读 .csv {' '.join(WORKBOOKS)} .parquet")


def _read_workbook(path: Path, *, kind: str | None) -> SampleSheet:
    chosen, lines, others = workbook(path, _header_row)
    left = tuple(Note(0, f"工作表 {name}", "", "也有监测项目列，但只读取了第一张") for name in others)
    return _assemble(f"{path.name}[{chosen}]", lines, kind=kind, notes=left)


def _header_row(lines: Sequence[Line]) -> int | None:
    """Which of the first rows holds the headings: the one that names most items, the first among equals."""
    counts = [sum(water_heading(text_of(cell)) is not None for cell in line.cells if cell) for line in lines[:HEADER_WITHIN]]
    most = max(counts, default=0)
    return counts.index(most) if most else None


def _assemble(source: str, lines: Sequence[Line], *, kind: str | None, notes: tuple[Note, ...] = ()) -> SampleSheet:
    at = _header_row(lines)
    if at is None:
        seen = next((line for line in lines if not line.blank), None)
        shown = "、".join(text for text in map(text_of, seen.cells if seen else ()) if text)[:200] or "（空）"
        known = " ".join(WATER_WORDS[:8])
        raise InputError(f"{source}: 前{HEADER_WITHIN}行中没有监测项目列；看到的是 {shown}。表头请用 {known} … 或中文名")
    labels = [text_of(cell).strip() for cell in lines[at].cells]
    body = [line for line in lines[at + 1 :] if not line.blank]
    width = max(len(labels), max((len(line.cells) for line in body), default=0))
    labels += [""] * (width - len(labels))
    kept = [k for k in range(width) if labels[k] or any(k < len(line.cells) and line.cells[k] for line in body)]
    headers = tuple(labels[k] for k in kept)
    columns, units = _columns(source, headers)
    factors = {word: _factor(source, headers[place], units[word], word) for word, place in columns.items()}
    kinds = [k for k, text in enumerate(headers) if unicodedata.normalize("NFKC", text).strip().casefold() in _KIND_HEADINGS]
    rows = []
    for line in body:
        cells = tuple(line.cells[k] if k < len(line.cells) else "" for k in kept)
        rows.append(_row(line.number, cells, headers=headers, columns=columns, factors=factors, kind_at=kinds[:1], kind=kind))
    if not kinds and kind is None:
        raise InputError(f"{source}: 没有“类型”列（河流或湖库）；请加一列 type，或用 --type river 或 --type lake 说明全表")
    return SampleSheet(source, headers, columns, units, tuple(rows), any(map(CJK.search, headers)), notes)


def _columns(source: str, headers: Sequence[str]) -> tuple[dict[str, int], dict[str, str]]:
    columns: dict[str, int] = {}
    units: dict[str, str] = {}
    for place, text in enumerate(headers):
        found = water_heading(text)
        if found is None:
            continue
        if found.word in columns:
            names = f"“{headers[columns[found.word]]}”和“{text}”"
            raise InputError(f"{source}: 列{names}都是{printed_zh([found.word])}；请只保留一列，或给另一列改名")
        columns[found.word] = place
        units[found.word] = found.unit
    return columns, units


def _factor(source: str, text: str, unit: str, word: str) -> Fraction:
    if not unit:
        return Fraction(1)
    try:
        return factor_to_item(unit, word)
    except UnknownUnit as problem:
        raise InputError(f"{source}: 列“{text}”：{problem}") from None


def _row(
    number: int,
    cells: tuple[Cell, ...],
    *,
    headers: Sequence[str],
    columns: Mapping[str, int],
    factors: Mapping[str, Fraction],
    kind_at: Sequence[int],
    kind: str | None,
) -> Sample:
    values: dict[str, Fraction] = {}
    below: list[str] = []
    notes: list[Note] = []
    for word, place in columns.items():
        value, is_below, reason = read_value(cells[place], word)
        if reason:
            notes.append(Note(number, headers[place], text_of(cells[place]).strip(), reason))
        if value is not None:
            values[word] = value * factors[word]
            below += [word] * is_below
    said = text_of(cells[kind_at[0]]).strip() if kind_at else ""
    own = kind_of(said) if said else kind
    if said and own is None:
        notes.append(Note(number, headers[kind_at[0]], said, "不是河流或湖库"))
    return Sample(number, cells, values, tuple(below), own, tuple(notes))


# ---------------------------------------------------------------------------------------------------------------- writing


def output_headers(sheet: SampleSheet) -> list[str]:
    """All headings that are written: those that came in, then the added ones.

    A heading that came in and has the name of an added one (a table that already holds a class) is kept under ``原表…`` / ``input_…``.
    """
    added = list(_ADDED_ZH if sheet.chinese else _ADDED)
    return renamed(sheet.headers, added, chinese=sheet.chinese) + added


def added_cells(result: Classed, *, chinese: bool, decimals: int) -> list[str]:
    """The added cells of one row; exceeding items in Chinese tables with their multiples, in English ones as words."""
    from yangban.base.exact import round_half_even

    found = result.found
    notes = [result.reason, *map(str, result.row.notes)]
    reason = "；".join(filter(None, notes))
    status = _STATUS_ZH[result.status] if chinese else result.status
    if found is None:
        return [result.edition, "", "", "", "", status, reason]
    names = {item: water_item(item).printed if chinese else item for item, _ in found.exceeding}
    over = [
        f"{names[item]}({round_half_even(times, decimals)})" if chinese and times is not None else names[item]
        for item, times in found.exceeding
    ]
    deciding = [water_item(item).printed if chinese else item for item in found.deciding]
    return [result.edition, found.numeral, found.state, ";".join(deciding), ";".join(over), status, reason]


def write_csv(stream: IO[str], sheet: SampleSheet, results: Iterable[Classed], *, decimals: int) -> None:
    """Write the table as comma-separated text, with texts guarded against being taken for formulas."""
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(map(guarded, output_headers(sheet)))
    for result in results:
        added = added_cells(result, chinese=sheet.chinese, decimals=decimals)
        writer.writerow([guarded(text_of(cell)) for cell in result.row.cells] + [guarded(cell) for cell in added])


def check_output(path: Path) -> None:
    """Refuse an output that cannot be written, before any work is done."""
    check_target(path, _OUTPUTS)


def save(path: Path, sheet: SampleSheet, results: Sequence[Classed], *, decimals: int, remarks: Sequence[tuple[str, str]] = ()) -> None:
    """Write the table as ``.csv`` or ``.xlsx``; ``remarks`` are lines for the second sheet. The file appears whole or not at all."""
    check_output(path)
    writers: dict[str, Callable[[Path], None]] = {
        ".csv": lambda target: _save_csv(target, sheet, results, decimals),
        ".xlsx": lambda target: _save_xlsx(target, sheet, results, decimals, remarks),
    }
    write_whole(path, writers[path.suffix.lower()])


def _save_csv(path: Path, sheet: SampleSheet, results: Sequence[Classed], decimals: int) -> None:
    # Excel and WPS take a CSV without the mark for the local code page and show Chinese as noise.
    with path.open("w", encoding="utf-8-sig" if sheet.chinese else "utf-8", newline="") as stream:
        write_csv(stream, sheet, results, decimals=decimals)


def _save_xlsx(path: Path, sheet: SampleSheet, results: Sequence[Classed], decimals: int, remarks: Sequence[tuple[str, str]]) -> None:
    import xlsxwriter

    if len(results) >= ROWS_OF_A_SHEET:
        raise InputError(f"{path}: {len(results)} 行放不进一张工作表（最多 {ROWS_OF_A_SHEET - 1} 行）；请输出 .csv")
    headers = output_headers(sheet)
    came, values = len(sheet.headers), set(sheet.columns.values())
    widths = [min(shown_width(name), 14) for name in headers]
    with xlsxwriter.Workbook(str(path), {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}) as book:
        book.set_properties({"title": "水质类别", "comments": f"yangban water-class: {sheet.source}"})
        styles = Styles(book)
        page = book.add_worksheet("水质类别")
        for column, name in enumerate(headers):
            page.write_string(0, column, name, styles.added_head if column >= came else styles.head)
        for line, result in enumerate(results, start=1):
            for column, cell in enumerate(result.row.cells):
                put(page, line, column, cell, styles, number=column in values)
                widths[column] = max(widths[column], min(shown_width(text_of(cell)), 48))
            for offset, text in enumerate(added_cells(result, chinese=sheet.chinese, decimals=decimals)):
                coloured = offset in {1, 2} and result.found is not None and bool(result.found.colour)
                style = styles.level(result.found.colour) if coloured and result.found is not None else styles.text
                if text:
                    page.write_string(line, came + offset, text, style)
                widths[came + offset] = max(widths[came + offset], min(shown_width(text), 48))
        page.freeze_panes(1, 0)
        page.set_row(0, 32)
        page.autofilter(0, 0, max(len(results), 1), len(headers) - 1)
        for column, width in enumerate(widths):
            page.set_column(column, column, max(7.0, width + 2.0))
        page.set_landscape()
        page.fit_to_pages(1, 0)
        page.repeat_rows(0)
        _remarks_sheet(book, styles, sheet, remarks)


def _remarks_sheet(book: Any, styles: Styles, sheet: SampleSheet, remarks: Sequence[tuple[str, str]]) -> None:
    page = book.add_worksheet("说明")
    page.set_column(0, 0, 20)
    page.set_column(1, 1, 100)
    used = "、".join(f"{sheet.headers[place]}→{water_item(word).label_zh}" for word, place in sheet.columns.items())
    lines = [("来源", sheet.source), ("读取的列", used), *remarks, *(("说明", str(note)) for note in sheet.all_notes())]
    for line, (label, text) in enumerate(lines):
        page.write_string(line, 0, label, styles.head)
        page.write_string(line, 1, text[:32_000], styles.wrapped)


def value_of(text: str, word: str) -> tuple[Fraction, bool]:
    """The value of one item as typed on the command line: a number, ``<0.05`` or ``0.05L``, with a unit if it has another than the item's.

    Raises :class:`~yangban.base.errors.UsageError` when it is no value.

    >>> value_of("0.05L", "petroleum"), value_of("0.3ug/L", "hg")
    ((Fraction(1, 40), True), (Fraction(3, 10000), False))
    """
    plain = unicodedata.normalize("NFKC", text).strip()
    parts = re.fullmatch(r"(<?\s*[-−+]?[\d.]+(?:[eE][+-]?\d+)?(?:[lL](?![a-zA-Z/]))?)\s*([^\d.\s].*)?", plain)
    value, below, reason = read_value(parts[1] if parts else plain, word)
    if value is None:
        raise UsageError(f"{word}={text!r}：{reason.partition('，')[0] or '没有数值'}；没有数据的项目请不写 leave out what has no value")
    times = Fraction(1)
    if parts and parts[2]:
        try:
            times = factor_to_item(parts[2], word)
        except UnknownUnit as problem:
            raise UsageError(f"{word}={text!r}：{problem}") from None
    return value * times, below
