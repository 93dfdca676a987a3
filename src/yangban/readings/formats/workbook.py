"""Workbooks (.xlsx, .xls): one sheet as the text of a CSV whose line numbers are the sheet's row numbers.

So every layout that CSV may have, a sheet may have too, and a refusal names the row that a person sees in Excel. A workbook with several
sheets of readings has one read; the others are named as refused.
"""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any, Final

from yangban.readings.formats.extent import refuse_bombs
from yangban.readings.formats.text import Refused

MAGIC: Final = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
"""The first bytes of .xlsx (a zip) and of .xls."""

HEADER_WITHIN: Final = 10
"""Rows in which the heading is looked for: titles, units of the report and dates stand above it in tables of offices."""


@dataclass(frozen=True)
class Chosen:
    """The sheet that is read: its text as CSV, its heading's row, and what is left unread.

    ``others`` are further sheets that look like readings, with the number of their filled cells; ``unread`` the rest.
    """

    name: str
    text: bytes
    header_row: int
    others: tuple[tuple[str, int], ...]
    unread: tuple[str, ...]


def choose(path: Path, *, sheet: str | None, header_row: int | None, known: Callable[[Sequence[str]], bool]) -> Chosen:
    """Open a workbook and choose the sheet: the one named, else the first with a heading that ``known`` accepts.

    Raises :class:`~yangban.readings.formats.text.Refused` for a zip that is no workbook, one that is locked, broken or far too large, and
    when there is no such sheet.
    """
    sheets = sheets_of(path)
    if sheet is not None and sheet not in sheets:
        raise Refused("no_sheet", f"没有工作表“{sheet}”，有 {'、'.join(sheets)}")
    found: dict[str, int] = {}
    for name, rows in sheets.items():
        if sheet not in {None, name}:
            continue
        if header_row is not None:
            if len(rows) >= header_row and known(rows[header_row - 1]):
                found[name] = header_row
            continue
        hit = next((i for i, row in enumerate(rows[:HEADER_WITHIN], start=1) if known(row)), None)
        if hit is not None:
            found[name] = hit
    if not found:
        nothing: list[list[str]] = [[]]
        looked = next((rows for name, rows in sheets.items() if rows and sheet in {None, name}), nothing)
        heading = looked[header_row - 1] if header_row is not None and len(looked) >= header_row else looked[0]
        raise Refused("unknown_layout", "，".join(each for each in heading if each)[:200])
    name = next(iter(found))
    others = tuple((each, _filled(sheets[each][row:])) for each, row in found.items() if each != name)
    unread = tuple(each for each, rows in sheets.items() if rows and each not in found and sheet is None)
    return Chosen(name, _as_csv(sheets[name]), found[name], others, unread)


def sheets_of(path: Path) -> dict[str, list[list[str]]]:
    """All sheets of a workbook by name, as text; a blank row is a row of empty texts."""
    from python_calamine import CalamineError, CalamineWorkbook, PasswordError

    with path.open("rb") as file:
        if file.read(4) == MAGIC[0]:
            _look_inside(path)
        file.seek(0)
        try:
            book = CalamineWorkbook.from_filelike(file)
            return {name: _texts(book.get_sheet_by_name(name).to_python(skip_empty_area=False)) for name in book.sheet_names}
        except PasswordError:
            raise Refused("locked_workbook") from None
        except (CalamineError, OSError, ValueError, OverflowError) as problem:
            raise Refused("broken_workbook", str(problem)[:200]) from None


def _look_inside(path: Path) -> None:
    try:
        with zipfile.ZipFile(path) as archive:
            names = {entry.filename for entry in archive.infolist()}
    except Exception as problem:  # Whatever the library raises for a zip that is none.
        raise Refused("broken_workbook", str(problem)[:200]) from None
    if not names & {"[Content_Types].xml", "mimetype"}:
        raise Refused("zip_archive")
    refuse_bombs(path)


def _texts(rows: Sequence[Sequence[Any]]) -> list[list[str]]:
    """The cells as text.

    A workbook stores midnight as a bare date; in a column that holds times of day it is written out as 00:00, so that the hour is not lost.
    """
    width = max((len(row) for row in rows), default=0)
    timed = {column for row in rows for column, cell in enumerate(row) if isinstance(cell, datetime)}
    return [[_text(row[i] if i < len(row) else "", timed=i in timed) for i in range(width)] for row in rows]


def _text(cell: Any, *, timed: bool) -> str:
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, float):
        # A workbook shows 15 digits; the dust of binary formulas falls off.
        return f"{cell:.15g}"
    if isinstance(cell, datetime):
        # Days are stored as fractions, so a full hour may come a millisecond early.
        near = cell + timedelta(milliseconds=500)
        return f"{near:%Y-%m-%d %H:%M:%S}"
    if isinstance(cell, date):
        return f"{cell:%Y-%m-%d} 00:00:00" if timed else f"{cell:%Y-%m-%d}"
    if isinstance(cell, time):
        return f"{cell:%H:%M:%S}"
    return " ".join(str(cell).split())


def _as_csv(rows: Sequence[Sequence[str]]) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    for row in rows:
        if any(row):
            writer.writerow(row)
        else:
            out.write("\n")
    return out.getvalue().encode()


def _filled(rows: Sequence[Sequence[str]]) -> int:
    return sum(1 for row in rows for cell in row if cell)
