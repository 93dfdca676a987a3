"""Spreadsheets of days (or hours) in, the same spreadsheets with the index beside every row out.

This is the way of ``yangban aqi --input``: a table that a bureau keeps by hand, one row a day and place, one column a pollutant. Read are
``.csv`` (UTF-8 with or without mark, UTF-16, GB18030; comma, tab or semicolon), ``.xlsx .xls .xlsm .xlsb .ods`` and ``.parquet``; written
are ``.csv``, ``.xlsx`` and ``.parquet``. The columns that came in go out in their order and with their text.

A heading may state its unit (``CO(μg/m³)``); then it is converted exactly to the unit of the standards. A heading that fits two
averaging times is refused, a cell that is not a concentration becomes *no value* with a note. Nothing is guessed.
"""

from __future__ import annotations

import csv
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Final

from yangban.base.errors import InputError, UnknownUnit
from yangban.base.pollutants import AIR_SIX, HOURLY_WORDS, heading, labels_zh, pollutant
from yangban.base.units import factor
from yangban.readings.cells import (
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
    distinct,
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

if TYPE_CHECKING:
    import polars as pl


_DATE: Final = re.compile(r"(\d{4})(?:[-/.年](\d{1,2})[-/.月](\d{1,2})日?|(\d{2})(\d{2}))(?:[T ]?\s*(\d{1,2})(?::\d{2}|时).*)?")
_DATE_HEADINGS: Final = frozenset({"日期", "监测日期", "时间", "监测时间", "date", "day", "time", "datetime"})


@dataclass(frozen=True)
class Row:
    """One row: its cells as they came, and the concentrations read from them in the units of the standards."""

    number: int
    cells: tuple[Cell, ...]
    values: Mapping[str, Decimal]
    day: date | None
    notes: tuple[Note, ...]


@dataclass(frozen=True)
class DaySheet:
    """A spreadsheet that was read.

    ``columns`` gives the place of each pollutant word, ``units`` the unit its heading states ("" when none: the standards' unit is meant),
    ``unused`` the headings that look like a concentration but do not enter, with the reason.
    """

    source: str
    headers: tuple[str, ...]
    columns: Mapping[str, int]
    units: Mapping[str, str]
    rows: tuple[Row, ...]
    dated: bool
    chinese: bool
    notes: tuple[Note, ...]
    frame: pl.DataFrame | None = field(default=None, repr=False, compare=False)

    def all_notes(self) -> Iterator[Note]:
        """The notes of the sheet and of its rows, in order."""
        yield from self.notes
        for row in self.rows:
            yield from row.notes


@dataclass(frozen=True)
class Result:
    """What is written beside one row under one edition; ``colour`` is the level's official colour as ``#rrggbb``."""

    row: Row
    edition: str
    iaqi: Mapping[str, int | None]
    aqi: int | None
    level: str
    category: str
    colour: str
    primary: tuple[str, ...]
    status: str
    reason: str


# ---------------------------------------------------------------------------------------------------------------- reading


def read_days(path: Path, *, hourly: bool = False) -> DaySheet:
    """Read a spreadsheet of days, or of hours.

    Raises :class:`~yangban.base.errors.InputError` when the file cannot be read as its ending says, when no row among the first ten names
    a pollutant, when a heading fits two averaging times, when two columns hold the same pollutant, or when a unit cannot be converted.
    """
    if not path.is_file():
        raise InputError(f"{path}: 找不到这个文件 no such file")
    kind = path.suffix.lower()
    words = HOURLY_WORDS if hourly else AIR_SIX
    if kind == ".parquet":
        return _read_parquet(path, words=words)
    if kind in WORKBOOKS:
        return _read_workbook(path, words=words)
    if kind in {".csv", ".txt", ".tsv"}:
        return _assemble(path.name, csv_lines(path), words=words, frame=None)
    raise InputError(f"{path}: 不认识的文件类型 {kind or '（无扩展名）'}；可读 .csv {' '.join(WORKBOOKS)} .parquet")


def _read_workbook(path: Path, *, words: Sequence[str]) -> DaySheet:
    chosen, lines, others = workbook(path, _header_row)
    sheet = _assemble(f"{path.name}[{chosen}]", lines, words=words, frame=None)
    left = tuple(Note(0, f"工作表 {name}", "", "也有污染物列，但只读取了第一张") for name in others)
    return replace(sheet, notes=(*left, *sheet.notes))


def _read_parquet(path: Path, *, words: Sequence[str]) -> DaySheet:
    frame, lines = parquet(path)
    return _assemble(path.name, lines, words=words, frame=frame)


def _headings_in(line: Line) -> int:
    return sum(heading(text_of(cell)) is not None for cell in line.cells if cell)


def _header_row(lines: Sequence[Line]) -> int | None:
    """Which of the first rows holds the headings: the one that names most pollutants, the first among equals."""
    counts = [_headings_in(line) for line in lines[:HEADER_WITHIN]]
    most = max(counts, default=0)
    return counts.index(most) if most else None


def _is_second_heading(line: Line) -> bool:
    """Whether a row under the headings holds their units or 浓度 / 分指数 and no number: the lower half of a two-row heading."""
    texts = [text_of(cell).strip() for cell in line.cells]
    if any(NUMBER.fullmatch(unicodedata.normalize("NFKC", text)) or _DATE.fullmatch(text) for text in texts):
        return False
    return any(text and ("浓度" in text or _unit_alone(text)) for text in texts)


def _unit_alone(text: str) -> bool:
    """Whether a text is a unit and nothing else, seen by putting it behind a pollutant."""
    found = heading(f"SO2({text})")
    return found is not None and bool(found.unit)


def _assemble(source: str, lines: Sequence[Line], *, words: Sequence[str], frame: pl.DataFrame | None) -> DaySheet:
    at = _header_row(lines)
    if at is None:
        seen = next((line for line in lines if not line.blank), None)
        shown = "、".join(text for text in map(text_of, seen.cells if seen else ()) if text)[:200] or "（空）"
        raise InputError(
            f"{source}: 前{HEADER_WITHIN}行中没有污染物列；看到的是 {shown}。"
            f"表头请用 {' '.join(words)} 或中文名（PM2.5、可吸入颗粒物、二氧化硫、二氧化氮、一氧化碳、臭氧8小时）"
        )
    body = list(lines[at + 1 :])
    labels = [text_of(cell).strip() for cell in lines[at].cells]
    if body and frame is None and _is_second_heading(body[0]):
        lower = [text_of(cell).strip() for cell in body.pop(0).cells]
        labels += [""] * (len(lower) - len(labels))
        lower += [""] * (len(labels) - len(lower))
        labels = [f"{top}({low})" if top and low else top or low for top, low in zip(labels, lower, strict=True)]
    body = [line for line in body if frame is not None or not line.blank]
    width = max(len(labels), max((len(line.cells) for line in body), default=0))
    labels += [""] * (width - len(labels))
    kept = [k for k in range(width) if labels[k] or any(k < len(line.cells) and line.cells[k] for line in body)]
    headers = tuple(labels[k] for k in kept)
    columns, units, notes = _columns(source, headers, words=words)
    factors = {word: factor(units[word], pollutant(word).unit) for word in units if units[word]}
    dates = [k for k, text in enumerate(headers) if text.strip().casefold() in _DATE_HEADINGS]
    rows = []
    for line in body:
        cells = tuple(line.cells[k] if k < len(line.cells) else "" for k in kept)
        rows.append(_row(line.number, cells, headers=headers, columns=columns, factors=factors, date_column=dates[0] if dates else None))
    return DaySheet(
        source=source,
        headers=headers,
        columns=columns,
        units=units,
        rows=tuple(rows),
        dated=bool(dates),
        chinese=any(map(CJK.search, headers)),
        notes=notes,
        frame=frame,
    )


def _columns(source: str, headers: Sequence[str], *, words: Sequence[str]) -> tuple[dict[str, int], dict[str, str], tuple[Note, ...]]:
    """Which column holds which word, the units stated, and notes on columns that look like a concentration but are not used."""
    hourly = "o3" in words
    columns: dict[str, int] = {}
    units: dict[str, str] = {}
    notes: list[Note] = []
    unclear: list[str] = []
    for place, text in enumerate(headers):
        found = heading(text)
        if found is None:
            continue
        word = found.word(hourly=hourly)
        if found.unclear(hourly=hourly):
            unclear.append(text)
            continue
        if word is None:
            wanted = "小时值" if hourly else "日值"
            notes.append(Note(0, f"列 {text}", "", f"不是所需的{wanted}，未参与计算"))
            continue
        if word in columns:
            raise InputError(f"{source}: 列“{headers[columns[word]]}”和“{text}”都是{labels_zh([word])}；请只保留一列，或给另一列改名")
        columns[word] = place
        units[word] = _checked_unit(source, text, found.unit, word)
    if unclear and "o3_8h" not in columns:
        raise InputError(
            f"{source}: 列“{unclear[0]}”没有写明是臭氧日最大8小时还是1小时，无法判断；"
            "请把表头改为 O3_8h（日最大8小时平均）或 O3_1h（1小时），小时数据请加 --hourly"
        )
    notes.extend(Note(0, f"列 {text}", "", "已有臭氧8小时列，此列未参与计算") for text in unclear)
    if not columns:
        raise InputError(f"{source}: 没有可用的污染物列（{'；'.join(map(str, notes))}）；需要 {' '.join(words)} 中的至少一列")
    return columns, units, tuple(notes)


def _checked_unit(source: str, text: str, unit: str, word: str) -> str:
    if unit:
        try:
            factor(unit, pollutant(word).unit)
        except UnknownUnit as problem:
            raise InputError(f"{source}: 列“{text}”的单位不能换算为 {pollutant(word).unit}：{problem}") from None
    return unit


def _row(
    number: int,
    cells: tuple[Cell, ...],
    *,
    headers: Sequence[str],
    columns: Mapping[str, int],
    factors: Mapping[str, Any],
    date_column: int | None,
) -> Row:
    values: dict[str, Decimal] = {}
    notes: list[Note] = []
    for word, place in columns.items():
        value, reason = _concentration(cells[place])
        if reason:
            notes.append(Note(number, headers[place], text_of(cells[place]).strip(), reason))
        if value is not None:
            times = factors.get(word, 1)
            values[word] = value if times == 1 else value * times.numerator / times.denominator
    day = None if date_column is None else read_day(text_of(cells[date_column]))
    if date_column is not None and day is None:
        notes.append(Note(number, headers[date_column], text_of(cells[date_column]).strip(), "不是日期（请写成 2022-01-05）"))
    return Row(number, cells, values, day, tuple(notes))


def _concentration(cell: Cell) -> tuple[Decimal | None, str]:
    """The number in a cell, or no value and why; a blank is no value and needs no reason."""
    if isinstance(cell, Decimal):
        return (cell, "") if cell >= 0 else (None, why_negative(cell))
    text = unicodedata.normalize("NFKC", cell).strip()
    if not text:
        return None, ""
    if NUMBER.fullmatch(text):
        return Decimal(text), ""
    if NEGATIVE.fullmatch(text):
        return None, why_negative(Decimal(text.replace("−", "-")))
    if text.casefold() in MARKS:
        return None, "缺测标记，按无数据处理"
    return None, "不是数字，按无数据处理"


def read_day(text: str) -> date | None:
    """The official day of a date or an hour as people write it, or ``None``; the hour 00 belongs to the day before.

    >>> [str(read_day(text)) for text in ("2022-01-05", "2022/1/5", "2022年1月5日", "20220105", "2022-01-05 00:00", "yesterday")]
    ['2022-01-05', '2022-01-05', '2022-01-05', '2022-01-05', '2022-01-04', 'None']
    """
    found = _DATE.fullmatch(unicodedata.normalize("NFKC", text).strip())
    if not found:
        return None
    try:
        day = date(int(found[1]), int(found[2] or found[4]), int(found[3] or found[5]))
    except ValueError:
        return None
    return day - timedelta(days=1) if found[6] is not None and int(found[6]) == 0 else day


# ---------------------------------------------------------------------------------------------------------------- writing

_ADDED: Final = ("edition", "aqi", "level", "category", "primary", "status", "reason")
_ADDED_ZH: Final = {
    "edition": "标准版本",
    "aqi": "AQI",
    "level": "级别",
    "category": "类别",
    "primary": "首要污染物",
    "status": "状态",
    "reason": "说明",
}
_OUTPUTS: Final = (".csv", ".xlsx", ".parquet")
_STATUS_ZH: Final = {"ok": "有效", "insufficient": "数据不足", "not_applicable": "不适用"}


def added_headers(words: Sequence[str], *, chinese: bool) -> list[str]:
    """The headings of the columns that are added, in order: edition, one index a pollutant, AQI, level, and why."""
    indices = [f"{pollutant(word).printed}分指数" if chinese else f"iaqi_{word}" for word in words]
    names = [_ADDED_ZH[name] if chinese else name for name in _ADDED]
    return [names[0], *indices, *names[1:]]


def output_headers(sheet: DaySheet, words: Sequence[str]) -> list[str]:
    """All headings that are written: those that came in, then the added ones.

    A heading that came in and has the name of an added one (a table that already holds an AQI) is kept under ``原表…`` / ``input_…``.
    """
    added = added_headers(words, chinese=sheet.chinese)
    return renamed(sheet.headers, added, chinese=sheet.chinese) + added


def added_cells(result: Result, words: Sequence[str], *, chinese: bool) -> list[str | int | None]:
    """The added cells of one row, in the order of :func:`added_headers`; ``None`` is a blank."""
    primary = ";".join(pollutant(word).label_zh if chinese else word for word in result.primary)
    status = _STATUS_ZH.get(result.status, result.status) if chinese else result.status
    reason = "；".join((result.reason, *map(str, result.row.notes))) if result.reason else "；".join(map(str, result.row.notes))
    indices = [result.iaqi.get(word) for word in words]
    return [result.edition, *indices, result.aqi, result.level or None, result.category or None, primary or None, status, reason or None]


def write_csv(stream: IO[str], sheet: DaySheet, results: Iterable[Result], words: Sequence[str]) -> None:
    """Write the table as comma-separated text, with texts guarded against being taken for formulas."""
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(map(guarded, output_headers(sheet, words)))
    for result in results:
        cells = [guarded(text_of(cell)) for cell in result.row.cells]
        added = ["" if cell is None else guarded(str(cell)) for cell in added_cells(result, words, chinese=sheet.chinese)]
        writer.writerow(cells + added)


def save(path: Path, sheet: DaySheet, results: Sequence[Result], words: Sequence[str], *, remarks: Sequence[tuple[str, str]] = ()) -> None:
    """Write the table to a file, in the form that its ending names: ``.csv``, ``.xlsx`` or ``.parquet``.

    ``remarks`` are lines (label, text) for the second sheet of a workbook. The file appears whole or not at all.
    """
    writers: dict[str, Callable[[Path], None]] = {
        ".csv": lambda target: _save_csv(target, sheet, results, words),
        ".xlsx": lambda target: _save_xlsx(target, sheet, results, words, remarks),
        ".parquet": lambda target: _save_parquet(target, sheet, results, words),
    }
    check_output(path)
    write_whole(path, writers[path.suffix.lower()])


def check_output(path: Path) -> None:
    """Refuse an output that cannot be written, before any work is done."""
    check_target(path, _OUTPUTS)


def _save_csv(path: Path, sheet: DaySheet, results: Sequence[Result], words: Sequence[str]) -> None:
    # Excel and WPS take a CSV without the mark for the local code page and show Chinese as noise.
    with path.open("w", encoding="utf-8-sig" if sheet.chinese else "utf-8", newline="") as stream:
        write_csv(stream, sheet, results, words)


def _save_parquet(path: Path, sheet: DaySheet, results: Sequence[Result], words: Sequence[str]) -> None:
    import polars as pl

    headers = distinct(output_headers(sheet, words))
    came = len(sheet.headers)
    if sheet.frame is not None:
        columns = sheet.frame[[result.row.number - 1 for result in results]].get_columns()
    else:
        columns = [pl.Series([text_of(result.row.cells[place]) for result in results], dtype=pl.String) for place in range(came)]
    added = [added_cells(result, words, chinese=sheet.chinese) for result in results]
    for place in range(len(headers) - came):
        whole = 1 <= place <= len(words) + 1
        columns.append(pl.Series([cells[place] for cells in added], dtype=pl.Int64 if whole else pl.String))
    pl.DataFrame([series.alias(name) for name, series in zip(headers, columns, strict=True)]).write_parquet(path)


def _save_xlsx(path: Path, sheet: DaySheet, results: Sequence[Result], words: Sequence[str], remarks: Sequence[tuple[str, str]]) -> None:
    import xlsxwriter

    if len(results) >= ROWS_OF_A_SHEET:
        raise InputError(f"{path}: {len(results)} 行放不进一张工作表（最多 {ROWS_OF_A_SHEET - 1} 行）；请输出 .csv 或 .parquet")
    headers = output_headers(sheet, words)
    came = len(sheet.headers)
    concentrations = set(sheet.columns.values())
    with xlsxwriter.Workbook(str(path), {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}) as book:
        book.set_properties({"title": "AQI", "comments": f"yangban aqi: {sheet.source}"})
        styles = Styles(book)
        page = book.add_worksheet("AQI")
        for column, name in enumerate(headers):
            page.write_string(0, column, name, styles.added_head if column >= came else styles.head)
        for line, result in enumerate(results, start=1):
            for column, cell in enumerate(result.row.cells):
                put(page, line, column, cell, styles, number=column in concentrations)
            added = added_cells(result, words, chinese=sheet.chinese)
            for offset, value in enumerate(added):
                style = styles.level(result.colour) if offset in {len(words) + 1, len(words) + 2} and result.colour else styles.text
                if isinstance(value, int):
                    page.write_number(line, came + offset, value, style)
                elif value:
                    page.write_string(line, came + offset, value, style)
        page.freeze_panes(1, _identity_columns(sheet))
        page.set_row(0, 32)
        page.autofilter(0, 0, max(len(results), 1), len(headers) - 1)
        for column, width in enumerate(_widths(sheet, headers, results, words)):
            page.set_column(column, column, width)
        page.set_landscape()
        page.fit_to_pages(1, 0)
        page.repeat_rows(0)
        _remarks_sheet(book, styles, sheet, remarks)


def _identity_columns(sheet: DaySheet) -> int:
    """How many columns before the first concentration stay in view; a wide table keeps none."""
    first = min(sheet.columns.values())
    return first if first <= 4 else 0


def _widths(sheet: DaySheet, headers: Sequence[str], results: Sequence[Result], words: Sequence[str]) -> list[float]:
    widths = [min(shown_width(name), 14) for name in headers]
    for result in results[:200]:
        cells = [*map(text_of, result.row.cells), *map(_shown, added_cells(result, words, chinese=sheet.chinese))]
        widths = [max(width, min(shown_width(cell), 48)) for width, cell in zip(widths, cells, strict=True)]
    return [max(7.0, width + 2.0) for width in widths]


def _shown(cell: str | int | None) -> str:
    return "" if cell is None else str(cell)


def _remarks_sheet(book: Any, styles: Styles, sheet: DaySheet, remarks: Sequence[tuple[str, str]]) -> None:
    page = book.add_worksheet("说明")
    page.set_column(0, 0, 20)
    page.set_column(1, 1, 100)
    used = "、".join(f"{sheet.headers[k]}→{pollutant(word).printed}({pollutant(word).unit})" for word, k in sheet.columns.items())
    lines = [("来源", sheet.source), ("读取的列", used), *remarks, *(("未采用", str(note)) for note in sheet.all_notes())]
    for line, (label, text) in enumerate(lines):
        page.write_string(line, 0, label, styles.head)
        page.write_string(line, 1, text[:32_000], styles.wrapped)
