"""How large the sheets of a workbook become when they are opened, told before anything opens them.

A workbook is read into a rectangle that reaches from the first cell to the last. Two cells, in A1 and in XFD1048576, are a file of a few
hundred bytes and a rectangle of 17 thousand million cells; a reference such as D99999999999 ends the program that reads it. So the
references are looked at first, as they stand in the file.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Final
from xml.parsers import expat

from yangban.readings.formats.text import Refused

MAX_UNPACKED: Final = 2**30
"""Bytes that a workbook may unpack to: a full sheet of a million rows is about 300 MB of XML. Ours."""
ROWS: Final = 1_048_576
COLUMNS: Final = 16_384
"""Rows and columns of a sheet, as every program has them."""
MOST_EMPTY: Final = 20
"""Places of the rectangle for one cell that is written: tables of offices are dense. Ours."""
MOST_CELLS: Final = 1_000_000_000
"""Cells of a Parquet file: a national year of hours has a tenth of it. Ours."""
SMALL: Final = 1_000_000
"""Places that no sheet is refused for, however few of them are written. Ours."""

_PIECE: Final = 1 << 22
_NAME: Final = rb"""(?:[^\s<>/:"'=]++:)?(row|c|table-row|table-cell|covered-table-cell)"""
_TAG: Final = re.compile(b"<" + _NAME + rb"""((?:\s(?:[^>"']++|"[^"]*+"|'[^']*+')*+)?/?)>""")
_ATTRIBUTE: Final = re.compile(rb"""([^\s=]{1,100}+)\s{0,100}+=\s{0,100}+(?:"([^"]*)"|'([^']*)')""")
_REFERENCE: Final = re.compile(rb"([A-Za-z]{0,3})([0-9]{0,7})")
_LONGEST_TAG: Final = 1 << 16
_OLE: Final = b"\xd0\xcf\x11\xe0"
_SHEET_DATA: Final = b"\x91\x01"


def refuse_bombs(source: Path | IO[bytes], *, most: int = 0) -> None:
    """Refuse a workbook that is a broken zip or would become far larger than what is written in it; any other file passes.

    ``most`` are the cells that all its sheets together may hold, where a number is given. Raises
    :class:`~yangban.readings.formats.text.Refused`.
    """
    try:
        if not zipfile.is_zipfile(source):
            return
        with zipfile.ZipFile(source) as archive:
            entries = archive.infolist()
            unpacked = sum(entry.file_size for entry in entries)
            if unpacked > MAX_UNPACKED:
                raise Refused("zip_bomb", f"{unpacked / 2**20:.0f} MiB")
            if any(entry.flag_bits & 1 for entry in entries):
                raise Refused("locked_workbook")
            count = 0
            for entry in entries:
                if entry.filename.lower().endswith("content.xml"):
                    with archive.open(entry) as part:
                        _refuse_malformed(part)
                with archive.open(entry) as part:
                    count += _look(part, entry.filename)
            if most and count > most:
                raise Refused("zip_bomb", f"{count} > {most}")
    except Refused:
        raise
    except Exception as problem:  # Whatever the library raises for a zip that is none.
        raise Refused("broken_workbook", f"{problem}"[:200]) from None


def refuse_parquet(path: Path) -> None:
    """Refuse a Parquet file that says of itself that it becomes far too large: a thousand million blanks are a few bytes in it."""
    import pyarrow.parquet as pq

    try:
        said = pq.read_metadata(path)
        cells = said.num_rows * said.num_columns
        size = sum(said.row_group(n).total_byte_size for n in range(said.num_row_groups))
    except Exception as problem:  # Whatever the library raises for a file that is none of its own.
        raise Refused("unreadable", f"{problem}".splitlines()[0][:200] if f"{problem}" else "") from None
    if cells > MOST_CELLS or size > 4 * MAX_UNPACKED:
        raise Refused("zip_bomb", f"{said.num_rows} × {said.num_columns}, {size / 2**20:.0f} MiB")


def _look(part: IO[bytes], name: str) -> int:
    """Look at one file of the zip; gives the cells that it holds."""
    if name.lower().endswith(".bin"):
        return _binary(part)
    if name.lower().endswith("content.xml"):
        return _repeats(_tags(part))
    return _cells(_tags(part)) if name.lower().endswith(".xml") else 0


def _refuse_malformed(part: IO[bytes]) -> None:
    """Refuse sheets of OpenDocument that are no whole XML: what reads them looks for the end of a table for ever where it is misspelt."""
    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = _refuse_doctype
    while piece := part.read(_PIECE):
        parser.Parse(piece, False)
    parser.Parse(b"", True)


def _refuse_doctype(*_said: object) -> None:
    raise Refused("broken_workbook", "<!DOCTYPE>")


def _tags(part: IO[bytes]) -> Iterator[tuple[bytes, bytes]]:
    """The rows and cells of a sheet with their attributes; what reaches over the end of a piece is looked at with the next."""
    rest = b""
    while piece := part.read(_PIECE):
        data = rest + piece
        end = data.rfind(b"<")
        if end < 0 or len(data) - end > _LONGEST_TAG:
            end = len(data)
        for found in _TAG.finditer(data, 0, end):
            yield found[1], found[2]
        rest = data[end:]
    for found in _TAG.finditer(rest):
        yield found[1], found[2]


def _attributes(text: bytes) -> dict[bytes, bytes]:
    return {found[1]: found[2] if found[2] is not None else found[3] for found in _ATTRIBUTE.finditer(text)}


def _placed(reference: bytes) -> tuple[int, int]:
    """Row and column of a reference, 0 where it names none."""
    found = _REFERENCE.fullmatch(reference)
    column = 0
    for letter in (found[1] if found else b"").upper():
        column = column * 26 + letter - 64
    row = int(found[2] or 0) if found else ROWS + 1
    if row > ROWS or column > COLUMNS:
        raise Refused("broken_workbook", f"单元格 {reference[:20].decode('ascii', 'replace')} 不在任何工作表里")
    return row, column


def _cells(tags: Iterator[tuple[bytes, bytes]]) -> int:
    """Sheets of Excel: a row or a cell says where it lies, or lies behind the one before."""
    row = column = highest = widest = count = 0
    for tag, said in tags:
        given = _attributes(said).get(b"r") if said else None
        if tag == b"row":
            row, column = (_placed(given)[0] if given else row + 1), 0
        elif tag == b"c":
            count += 1
            at, across = _placed(given) if given else (0, 0)
            column = across or column + 1
            highest, widest = max(highest, at or row or 1), max(widest, column)
    return _judge(highest, widest, count)


def _repeats(tags: Iterator[tuple[bytes, bytes]]) -> int:
    """Sheets of OpenDocument: a row or a cell may stand for many alike; empty ones at an end take no place."""
    rows = widest = height = width = waiting = count = 0
    times = 1
    for tag, said in tags:
        given = _attributes(said)
        if tag == b"table-row":
            rows, widest = (rows + height + times if width else rows), max(widest, width)
            height = 0 if width else height + times
            times, width, waiting = _number(given, b"rows"), 0, 0
        elif tag.endswith(b"table-cell"):
            waiting += _number(given, b"columns")
            if not said.rstrip().endswith(b"/") or any(key.endswith((b":value-type", b":formula")) for key in given):
                width, waiting, count = width + waiting, 0, count + 1
    if width:
        rows, widest = rows + height + times, max(widest, width)
    return _judge(rows, widest, count)


def _number(given: dict[bytes, bytes], what: bytes) -> int:
    text = next((value for key, value in given.items() if key.endswith(b"number-" + what + b"-repeated")), b"1")
    if not text.isdigit() or len(text) > 8:
        raise Refused("broken_workbook", f"重复次数 {text[:20].decode('ascii', 'replace')}")
    return int(text)


def _binary(part: IO[bytes]) -> int:
    """Sheets of the binary form: records of a kind, a length and a content; a row gives its number, a cell its column."""
    data = part.read()
    if data.startswith(_OLE) or _SHEET_DATA not in data:
        return 0
    at = highest = widest = count = row = 0
    while at < len(data):
        kind, at = _varied(data, at, 2)
        size, at = _varied(data, at, 4)
        if kind == 0 and size >= 4:
            row = int.from_bytes(data[at : at + 4], "little") + 1
        elif 1 <= kind <= 11 and size >= 4:
            count += 1
            highest, widest = max(highest, row), max(widest, int.from_bytes(data[at : at + 4], "little") + 1)
        at += size
    if highest > ROWS or widest > COLUMNS:
        raise Refused("broken_workbook", f"{highest} × {widest}")
    return _judge(highest, widest, count)


def _varied(data: bytes, at: int, most: int) -> tuple[int, int]:
    value = 0
    for n in range(most):
        if at >= len(data):
            break
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << (7 * n)
        if byte < 0x80:
            break
    return value, at


def _judge(rows: int, columns: int, written: int) -> int:
    if rows * columns > max(SMALL, MOST_EMPTY * written):
        raise Refused("sparse_workbook", f"{rows} 行 × {columns} 列，写了 {written} 格")
    return written
