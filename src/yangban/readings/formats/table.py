"""CSV lines to columns: a vectorised way for clean blocks, a careful way for the others; same result.

A clean block has the right number of commas, no quotes and only numbers or nothing in its value columns. Anything else is split into
good lines, read as text, and bad lines, refused with their number.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final, Literal

import polars as pl

from yangban.readings.formats.sheet import Advance, Refuse, refusal
from yangban.readings.formats.text import BadLine, Block, Refused, blocks

Role = Literal["text", "value", "skip"]

PEEKED: Final = 20_000
"""Bytes of a row that are looked at before the rows are read."""

MAX_COMMENTS: Final = 100
"""Lines beginning with # that may stand before the header."""


@dataclass(frozen=True)
class Piece:
    """Rows of one block: ``frame`` holds ``line`` and the wanted columns as ``c<index>``; values are Float64 (``fast``) or text."""

    frame: pl.DataFrame
    fast: bool
    block: Block

    def fields(self, line: int) -> list[str]:
        """The fields of one line, as they stand in the file."""
        return split(self.raw(line))

    def raw(self, line: int) -> str:
        """One line as it stands in the file."""
        return self._lines[line - self.block.first].decode("utf-8").rstrip("\r")

    @cached_property
    def _lines(self) -> list[bytes]:
        return self.block.data.split(b"\n")


@dataclass(frozen=True)
class Header:
    """The header's cells, its line number and the comment lines before it."""

    names: tuple[str, ...]
    line: int
    comments: tuple[str, ...]


def split(line: str) -> list[str]:
    """The fields of one line of CSV."""
    plain = line.rstrip("\r\n")
    if '"' not in plain:
        return plain.split(",")
    try:
        return next(csv.reader([plain]), [])
    except csv.Error:
        # A line's end in the midst of a line, or a cell of a hundred thousand signs: no quotation mark means anything then.
        return plain.split(",")


class Table:
    """A CSV file, or such a text in memory: its header at once, its rows block by block.

    ``header_row`` is the line of the header where it is not the first; ``refused`` counts lines that were refused before parsing.
    """

    def __init__(self, source: Path | bytes, *, name: str, refuse: Refuse, advance: Advance = None, header_row: int | None = None) -> None:
        self._name = name
        self._refuse = refuse
        self._bad: list[BadLine] = []
        self._blocks = blocks(source, on_bad=self._bad.append, advance=advance)
        self._header_row = header_row or 1
        self.refused = 0
        self.lines = 0
        self.width = 0
        self._pending: Block | None = None
        self.header = self._read_header()

    def _read_header(self) -> Header:
        comments: list[str] = []
        for block in self._blocks:
            number, start = block.first, 0
            while start < len(block.data):
                end = block.data.index(b"\n", start)
                text = block.data[start:end].decode("utf-8").strip("\r\ufeff ")
                start = end + 1
                if number < self._header_row:
                    number += 1
                    continue
                if text.startswith("#") and len(comments) < MAX_COMMENTS:
                    comments.append(text)
                elif text:
                    rest = block.data[start:]
                    self._pending = Block(number + 1, rest) if rest else None
                    return Header(tuple(each.strip().strip("\ufeff") for each in split(text)), number, tuple(comments))
                number += 1
        raise Refused("empty_file" if not self._bad else self._bad[0].rule)

    def peek(self, n: int) -> list[list[str]]:
        """The fields of the first rows, at most ``n``, without taking them."""
        if self._pending is None:
            self._pending = next(self._blocks, None)
        if self._pending is None:
            return []
        lines = self._pending.data[: n * PEEKED].split(b"\n")[:n]
        return [split(line.decode("utf-8", "replace")) for line in lines if line.strip()]

    def pieces(self, roles: Sequence[Role], *, width: int | None = None) -> Iterator[Piece]:
        """The rows, one piece per block; ``roles`` has one entry per header cell.

        A line counts one cell per ``value`` in it, or ``width`` where values are read as text.
        """
        self.width = sum(role == "value" for role in roles) if width is None else width
        if self._pending:
            yield from self._piece(self._pending, roles)
        for block in self._blocks:
            yield from self._piece(block, roles)
        self._report()

    def _piece(self, block: Block, roles: Sequence[Role]) -> Iterator[Piece]:
        self._report()
        rows = block.data.count(b"\n")
        clean = block.data.count(b",") == rows * (len(roles) - 1) and not any(mark in block.data for mark in (b'"', b"+"))
        frame = self._fast(block, roles) if clean else None
        if frame is not None and frame.height == rows:
            self.lines += rows
            yield Piece(frame, True, block)
            return
        frame = self._careful(block, roles)
        if frame.height:
            self.lines += frame.height
            yield Piece(frame, False, block)

    def _report(self) -> None:
        for each in self._bad:
            self._refuse_line(each.line, each.rule, each.text)
        self._bad.clear()

    def _refuse_line(self, line: int, rule: str, text: str, detail: str = "") -> None:
        self.refused += 1
        self._refuse(refusal(self._name, line, rule, text=text, cells=self.width, detail=detail))

    def _fast(self, block: Block, roles: Sequence[Role]) -> pl.DataFrame | None:
        schema = {f"c{i}": pl.Float64 if role == "value" else pl.String for i, role in enumerate(roles)}
        try:
            frame = pl.read_csv(
                block.data,
                has_header=False,
                schema=schema,
                quote_char=None,
                columns=[i for i, role in enumerate(roles) if role != "skip"],
            )
        except pl.exceptions.PolarsError:
            return None
        return frame.with_columns(pl.int_range(block.first, block.first + frame.height, dtype=pl.UInt32).alias("line"))

    def _careful(self, block: Block, roles: Sequence[Role]) -> pl.DataFrame:
        width = len(roles)
        good, numbers = [], []
        for number, line in enumerate(block.data.split(b"\n")[:-1], start=block.first):
            if not line.strip():
                continue
            fields = line.count(b",") + 1
            if b'"' in line:
                cells = split(line.decode("utf-8"))
                fields = len(cells)
                line = b",".join(_quoted(cell).encode() for cell in cells)
            if fields == width:
                good.append(line)
                numbers.append(number)
            else:
                self._refuse_line(
                    number,
                    "ragged_line",
                    line.decode("utf-8", "backslashreplace").rstrip("\r"),
                    f"应有 {width} 列，实有 {fields} 列",
                )
        names = [f"c{i}" for i in range(width)]
        if not good:
            return pl.DataFrame(schema={**dict.fromkeys(names, pl.String), "line": pl.UInt32})
        wanted = [i for i, role in enumerate(roles) if role != "skip"]
        frame = pl.read_csv(b"\n".join(good) + b"\n", has_header=False, schema=dict.fromkeys(names, pl.String), columns=wanted)
        return frame.with_columns(pl.Series("line", numbers, dtype=pl.UInt32))


def _quoted(cell: str) -> str:
    """A cell in CSV again; a line break inside it cannot be, since lines are taken one by one."""
    return '"' + cell.replace('"', '""') + '"' if "," in cell or '"' in cell else cell
