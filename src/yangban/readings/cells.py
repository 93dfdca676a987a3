"""Spreadsheets as people keep them: lines of cells in, guarded and styled cells out. What a line means is said elsewhere.

Read are ``.csv`` (UTF-8 with or without mark, UTF-16, GB18030; comma, tab or semicolon), ``.xlsx .xls .xlsm .xlsb .ods`` and
``.parquet``. Users are :mod:`~yangban.readings.sheets` for days of air and :mod:`~yangban.readings.water_sheets` for samples of water.
"""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from yangban.base.errors import InputError

if TYPE_CHECKING:
    import polars as pl

Cell = str | Decimal
"""A cell as it came: a number where the file says that it is one, else its text; blank is the empty text."""

WORKBOOKS: Final = (".xlsx", ".xls", ".xlsm", ".xlsb", ".ods")
"""Endings of workbooks that can be read."""

HEADER_WITHIN: Final = 10
ROWS_OF_A_SHEET: Final = 1_048_576
NUMBER: Final = re.compile(r"\+?(?:\d{1,15}(?:\.\d{0,15})?|\.\d{1,15})(?:[eE][+-]?\d{1,2})?")
NEGATIVE: Final = re.compile(r"[-−](?:\d{1,15}(?:\.\d{0,15})?|\.\d{1,15})(?:[eE][+-]?\d{1,2})?")
BELOW: Final = re.compile(
    r"<\s*(?P<mark>\d{1,40}(?:\.\d{0,40})?|\.\d{1,40})|(?P<letter>\d{1,40}(?:\.\d{0,40})?|\.\d{1,40})\s*L", re.IGNORECASE | re.ASCII
)
"""A result below the limit of detection, as laboratories write it: ``<0.05`` (``mark``) or ``0.05L`` (``letter``)."""
MARKS: Final = frozenset(
    {"-", "--", "---", "-;", "—", "——", "–", "*", "/", "na", "n/a", "nan", "null", "none", "无", "缺测", "缺", "未检出"}
)
_SENTINELS: Final = frozenset(Decimal(n) for n in (-99, -999, -9999))
CJK: Final = re.compile("[\u3400-\u9fff]")
_TRIGGERS: Final = tuple("=+-@\t\r\n＝＋－＠")


@dataclass(frozen=True)
class Note:
    """One cell, row or column that was not used as a value, with the reason in plain words.

    ``row`` counts as the file's reader sees it, from 1; it is 0 when the note is about a whole column or sheet.
    """

    row: int
    column: str
    text: str
    reason: str

    def __str__(self) -> str:
        where = f"第{self.row}行 {self.column}" if self.row else self.column
        shown = f"“{self.text}”" if self.text else ""
        return f"{where}{shown}：{self.reason}"


@dataclass(frozen=True)
class Line:
    """A line of a spreadsheet, numbered as its reader sees it, from 1; the headings of a Parquet file have number 0."""

    number: int
    cells: tuple[Cell, ...]

    @property
    def blank(self) -> bool:
        """Whether no cell holds more than blanks."""
        return not any(text_of(cell).strip() for cell in self.cells)


def text_of(cell: Cell) -> str:
    """A cell as text; a number with its own digits and no exponent."""
    return cell if isinstance(cell, str) else f"{cell:f}"


def _decode(path: Path) -> str:
    data = path.read_bytes()
    if data.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        raise InputError(f"{path}: 这是 Excel 工作簿而不是 CSV 文本；请把扩展名改回 .xlsx 或 .xls")
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        encodings: tuple[str, ...] = ("utf-16",)
    else:
        encodings = ("utf-8-sig", "gb18030")
    for encoding in encodings:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
        break
    raise InputError(f"{path}: 不是文本：既非 UTF-8、UTF-16，也非 GB18030；请在 Excel 中另存为“CSV UTF-8”")


def csv_lines(path: Path) -> list[Line]:
    """The lines of a text file, numbered by the line on which each begins.

    Raises :class:`~yangban.base.errors.InputError` when it is a workbook under a wrong name, no text, or has an open quotation mark.
    """
    text = _decode(path)
    head = text[:4096]
    delimiter = max(",\t;", key=head.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    lines: list[Line] = []
    first = 1
    try:
        for cells in reader:
            lines.append(Line(first, tuple(cells)))
            first = reader.line_num + 1
    except csv.Error as problem:
        raise InputError(f"{path}: 第{first}行不是 CSV（{problem}）；请检查引号是否成对") from None
    return lines


def heading_key(cell: str) -> str:
    """A heading without blanks and without what stands in round brackets, by which it is looked up.

    >>> heading_key("完成期限（年-月-日）"), heading_key("Start Date")
    ('完成期限', 'startdate')
    """
    return re.sub(r"\s+|\([^()]*\)", "", unicodedata.normalize("NFKC", cell)).casefold()


def columns_of(cells: Sequence[str], headings: Mapping[str, tuple[str, ...]]) -> dict[str, int]:
    """Where each key of ``headings`` stands: the first column, from 0, under one of its words."""
    words = {heading_key(word): key for key, several in headings.items() for word in several}
    found: dict[str, int] = {}
    for position, cell in enumerate(cells):
        if (key := words.get(heading_key(cell))) is not None:
            found.setdefault(key, position)
    return found


def look_inside(path: Path) -> None:
    """Refuse a workbook that would be far larger when opened than it is; raises :class:`~yangban.base.errors.InputError`."""
    _look(path, "refuse_bombs")


def _look(path: Path, how: str) -> None:
    # Files of one day, given on the command line, wait for no Polars: only a workbook pays for this import.
    from yangban.readings.formats import extent
    from yangban.readings.formats.rules import REASONS
    from yangban.readings.formats.text import Refused

    try:
        getattr(extent, how)(path)
    except Refused as problem:
        raise InputError(f"{path}: {REASONS[problem.rule]}（{problem.detail}）") from None


def workbook(path: Path, header_row: Callable[[Sequence[Line]], int | None]) -> tuple[str, list[Line], tuple[str, ...]]:
    """The first sheet in which ``header_row`` finds headings (else the first that is not empty), its lines, and other sheets that fit too.

    Raises :class:`~yangban.base.errors.InputError` for a workbook that has a password, cannot be opened or unpacks to more than 1 GB.
    """
    from python_calamine import CalamineError, CalamineWorkbook, PasswordError

    look_inside(path)
    try:
        book = CalamineWorkbook.from_path(str(path))
        sheets = {name: _workbook_lines(book.get_sheet_by_name(name).to_python(skip_empty_area=False)) for name in book.sheet_names}
    except PasswordError:
        raise InputError(f"{path}: 工作簿有密码；请先取消密码再试") from None
    except (CalamineError, OSError, ValueError) as problem:
        raise InputError(f"{path}: 不能作为工作簿打开（{problem}）；请用 Excel 或 WPS 打开后另存为 .xlsx") from None
    fitting = [name for name, lines in sheets.items() if header_row(lines) is not None]
    chosen = fitting[0] if fitting else next((name for name, lines in sheets.items() if lines), "")
    return chosen, sheets.get(chosen, []), tuple(fitting[1:])


def parquet(path: Path) -> tuple[pl.DataFrame, list[Line]]:
    """A Parquet file and its lines, the headings first under number 0."""
    import polars as pl

    _look(path, "refuse_parquet")
    try:
        frame = pl.read_parquet(path)
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError) as problem:
        raise InputError(f"{path}: 不能作为 Parquet 打开（{problem}）") from None
    lines = [Line(0, tuple(frame.columns))]
    lines += [Line(number, tuple(map(_plain_cell, row))) for number, row in enumerate(frame.iter_rows(), start=1)]
    return frame, lines


def _workbook_lines(table: Iterable[Sequence[Any]]) -> list[Line]:
    return [Line(number, tuple(map(_workbook_cell, cells))) for number, cells in enumerate(table, start=1)]


def _workbook_cell(value: Any) -> Cell:
    """A cell of a workbook; numbers to the 15 digits that a workbook shows, so that the dust of binary formulas falls off."""
    if isinstance(value, float):
        return Decimal(f"{value:.15g}")
    return _plain_cell(value)


def _plain_cell(value: Any) -> Cell:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):
        if value != value:
            return ""
        return Decimal(repr(value)) if abs(value) != float("inf") else str(value)
    if isinstance(value, int | Decimal):
        return Decimal(value)
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(sep=" ", timespec="minutes")
    if isinstance(value, date | time):
        return value.isoformat()
    return str(value)


def why_negative(value: Decimal) -> str:
    """Why a negative number is no concentration: a code for "missing", or simply impossible."""
    return "缺测代码，按无数据处理" if value in _SENTINELS else "浓度不能为负，按无数据处理"


def guarded(text: str) -> str:
    """A text that no spreadsheet program takes for a formula: an apostrophe goes before ``= + - @`` and control characters.

    A plain number, and a mark without letters or digits such as ``--``, cannot act and stay as they are.

    >>> guarded('=HYPERLINK("x")'), guarded("-5.0"), guarded("--"), guarded("-1+1")
    ('\\'=HYPERLINK("x")', '-5.0', '--', "'-1+1")
    """
    if not text.startswith(_TRIGGERS) or NUMBER.fullmatch(text) or NEGATIVE.fullmatch(text):
        return text
    return f"'{text}" if any(map(str.isalnum, text)) else text


def distinct(names: Sequence[str]) -> list[str]:
    """The names with blanks and repetitions told apart by their place, for forms in which a name may stand only once.

    >>> distinct(["city", "", "city"])
    ['city', 'column_2', 'city_3']
    """
    found: list[str] = []
    for place, name in enumerate(names, start=1):
        free = name or f"column_{place}"
        found.append(f"{free}_{place}" if free in found else free)
    return found


def renamed(came: Sequence[str], added: Sequence[str], *, chinese: bool) -> list[str]:
    """The headings that came in; one with the name of an added one (the table already holds a result) is kept as ``原表…`` / ``input_…``.

    >>> renamed(["day", "AQI"], ["aqi"], chinese=False)
    ['day', 'input_AQI']
    """
    taken = {name.casefold() for name in added}
    names = []
    for name in came:
        while name.casefold() in taken:
            name = f"原表{name}" if chinese else f"input_{name}"
        names.append(name)
    return names


def check_target(path: Path, endings: Sequence[str]) -> None:
    """Refuse an output that cannot be written, before any work is done.

    Raises :class:`~yangban.base.errors.InputError` for an ending that is none of ``endings`` or a folder that is not there.
    """
    if path.suffix.lower() not in endings:
        raise InputError(f"{path}: 不认识的输出类型；可写 {' '.join(endings)}")
    if not path.parent.is_dir():
        raise InputError(f"{path}: 文件夹 {path.parent} 不存在；请先建立")


def write_whole(path: Path, write: Callable[[Path], None]) -> None:
    """Let ``write`` fill a file beside ``path`` and put it in its place: it appears whole or not at all."""
    part = path.with_name(f".{path.name}.part{path.suffix.lower()}")
    try:
        write(part)
        part.replace(path)
    except OSError as problem:
        raise InputError(f"{path}: 不能写入（{problem.strerror or problem}）") from None
    finally:
        part.unlink(missing_ok=True)


class Styles:
    """The formats of a workbook; a level's colour is made once, with black or white text, whichever contrasts more."""

    def __init__(self, book: Any) -> None:
        plain = {"valign": "top", "font_name": "微软雅黑", "font_size": 10}
        self._book = book
        self._plain = plain
        self._levels: dict[str, Any] = {}
        self.text = book.add_format(plain)
        self.quoted = book.add_format({**plain, "quote_prefix": True})
        self.wrapped = book.add_format({**plain, "text_wrap": True})
        common = {**plain, "bold": True, "bottom": 1, "text_wrap": True, "valign": "vcenter"}
        self.head = book.add_format({**common, "bg_color": "#EDEDED"})
        self.added_head = book.add_format({**common, "bg_color": "#DCE6F1"})

    def level(self, colour: str) -> Any:
        """The format of a cell in an official colour (``#rrggbb``), its ink dark or light as can be read on it."""
        if colour not in self._levels:
            ink = {"bg_color": colour.upper(), "font_color": ink_on(colour), "bold": True}
            self._levels[colour] = self._book.add_format({**self._plain, **ink})
        return self._levels[colour]


def ink_on(colour: str) -> str:
    """Black or white, whichever stands out more on ``#rrggbb`` (contrast ratio of WCAG 2.2).

    >>> ink_on("#ffff00"), ink_on("#7e0023")
    ('#000000', '#FFFFFF')
    """
    parts = (int(colour[k : k + 2], 16) / 255 for k in (1, 3, 5))
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    return "#000000" if (luminance + 0.05) / 0.05 >= 1.05 / (luminance + 0.05) else "#FFFFFF"


def put(page: Any, line: int, column: int, cell: Cell, styles: Styles, *, number: bool) -> None:
    """Write a cell that came in: numbers as numbers, a concentration that was text in a CSV too, everything else as text."""
    if isinstance(cell, Decimal) or (number and NUMBER.fullmatch(cell.strip())):
        page.write_number(line, column, float(cell), styles.text)
    elif cell:
        page.write_string(line, column, cell, styles.quoted if guarded(cell) != cell else styles.text)


def shown_width(text: str) -> int:
    """Columns that a text takes: two for a wide character."""
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)
