"""From bytes to lines: gzip, encodings and limits, in a stream, so that memory does not grow with the file.

The limits are ours; no document gives them. They are wide enough for every real file seen and keep a hostile one from filling the
machine.
"""

from __future__ import annotations

import gzip
import io
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import IO, Final

BLOCK: Final = 8 * 2**20
"""Bytes that are read, decoded and parsed at a time."""

MAX_UNPACKED: Final = 16 * 2**30
"""A national year of stations in all 15 types is about 1.5 GB of text; ten times that is no day's work of one office."""

MAX_RATIO: Final = 200
"""Archive CSV packs 3 to 10 times, a file of nothing but empty cells about 100 times; gzip itself can reach 1,032."""

RATIO_FROM: Final = 64 * 2**20
"""Below this size no ratio can do harm."""

_KEPT: Final = 20_000

MAX_LINE: Final = 2**20
"""Bytes in one line; a national line of 1,700 stations has about 10,000."""


class Refused(Exception):
    """The whole file is refused; ``rule`` says why."""

    def __init__(self, rule: str, detail: str = "") -> None:
        super().__init__(rule)
        self.rule = rule
        self.detail = detail


@dataclass(frozen=True)
class BadLine:
    """A physical line that was refused before it was parsed."""

    line: int
    rule: str
    text: str


@dataclass(frozen=True)
class Block:
    """Whole lines in UTF-8, each ended by a newline; ``first`` is the number of the first one."""

    first: int
    data: bytes


def blocks(source: Path | bytes, *, on_bad: Callable[[BadLine], None], advance: Callable[[int], None] | None = None) -> Iterator[Block]:
    """The lines of a file, or of a text in memory, in blocks of UTF-8; a refused line is reported and leaves an empty line in its place, so
    numbers stay true.

    Raises :class:`Refused` for a file that is no text, a broken or exploding gzip.
    """
    encoding = ""
    size = len(source) if isinstance(source, bytes) else source.stat().st_size
    with io.BytesIO(source) if isinstance(source, bytes) else source.open("rb") as file:
        for first, data in _whole_lines(_unpacked(file, size, advance), on_bad):
            if first == 1:
                data = data.removeprefix(b"\xef\xbb\xbf")
                if data.startswith((b"\xff\xfe", b"\xfe\xff")) or data[:4096].count(0) > 64:
                    raise Refused("not_text")
            if b"\0" in data:
                data = _without(data, first, on_bad, "nul_byte", lambda line: b"\0" not in line)
            if not data.isascii():
                encoding = encoding or _detect(data)
                try:
                    text = data.decode(encoding)
                except UnicodeDecodeError:
                    data = _without(data, first, on_bad, "encoding", partial(_decodes, name=encoding))
                    text = data.decode(encoding)
                if first == 1 and sum(ch < " " and ch not in "\t\r\n" for ch in text[:4096]) > 16:
                    raise Refused("not_text")
                if encoding != "utf-8":
                    data = text.encode("utf-8")
            yield Block(first, data)


def _unpacked(file: IO[bytes], size: int, advance: Callable[[int], None] | None) -> Iterator[bytes]:
    head = file.read(8)
    file.seek(0)
    if head.startswith(b"\x00\x05\x16\x07"):
        raise Refused("appledouble")
    if head.startswith(b"PK\x03\x04"):
        raise Refused("zip_archive")
    packed = head.startswith(b"\x1f\x8b")
    source: IO[bytes] | gzip.GzipFile = gzip.GzipFile(fileobj=file, mode="rb") if packed else file
    total = told = 0
    try:
        while piece := source.read(BLOCK):
            total += len(piece)
            if total > MAX_UNPACKED or (packed and total > RATIO_FROM and total > MAX_RATIO * max(size, 1)):
                raise Refused("zip_bomb", f"{total / 2**20:.0f} MiB / {size / 2**20:.2f} MiB")
            if advance:
                done = file.tell()
                advance(done - told)
                told = done
            yield piece
    except (EOFError, gzip.BadGzipFile, zlib.error) as problem:
        raise Refused("truncated_gzip", str(problem)) from None


def _whole_lines(pieces: Iterator[bytes], on_bad: Callable[[BadLine], None]) -> Iterator[tuple[int, bytes]]:
    number, rest, skipping = 1, b"", False
    old_mac: bool | None = None
    for each in pieces:
        piece = each
        if old_mac is None:
            old_mac = b"\n" not in piece and b"\r" in piece
        if old_mac:
            piece = piece.replace(b"\r", b"\n")
        if skipping:
            # Inside an over-long line: drop its middle, keep its number.
            cut = piece.find(b"\n")
            if cut < 0:
                continue
            piece, skipping = piece[cut:], False
        cut = piece.rfind(b"\n")
        if cut < 0:
            rest += piece
        else:
            data, rest = rest + piece[: cut + 1], piece[cut + 1 :]
            if len(data) > MAX_LINE and max(map(len, data.split(b"\n"))) > MAX_LINE:
                data = _without(data, number, on_bad, "long_line", lambda line: len(line) <= MAX_LINE)
            yield number, data
            number += data.count(b"\n")
        if len(rest) > MAX_LINE:
            on_bad(BadLine(number, "long_line", _readable(rest)))
            rest, skipping = b"", True
    if rest:
        yield number, rest + b"\n"


def _without(data: bytes, first: int, on_bad: Callable[[BadLine], None], rule: str, fine: Callable[[bytes], bool]) -> bytes:
    lines = data.split(b"\n")
    for index, line in enumerate(lines):
        if line and not fine(line):
            on_bad(BadLine(first + index, rule, _readable(line)))
            lines[index] = b""
    return b"\n".join(lines)


def _detect(data: bytes) -> str:
    """UTF-8 when the block is that, else GB18030 when it is that, else the one that more lines are."""
    for name in ("utf-8", "gb18030"):
        if _decodes(data, name):
            return name
    lines = [line for line in data.split(b"\n") if not line.isascii()]
    fits = {name: sum(_decodes(line, name) for line in lines) for name in ("utf-8", "gb18030")}
    if not any(fits.values()):
        raise Refused("not_text")
    return max(fits, key=lambda name: fits[name])


def _decodes(data: bytes, name: str) -> bool:
    try:
        data.decode(name)
    except UnicodeDecodeError:
        return False
    return True


def _readable(line: bytes) -> str:
    """A refused line for the record: text where it is text, escapes where it is not; cut, since the original file is kept whole."""
    return line[:_KEPT].decode("utf-8", errors="backslashreplace").rstrip("\r")
