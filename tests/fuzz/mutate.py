"""Changes to valid inputs: bytes, cells, numbers, lines, encodings, nesting, and the files inside of a zip. All from one seed."""

# ruff: noqa: E501  (samples stand on lines as long as they come)

from __future__ import annotations

import contextlib
import io
import random
import re
import struct
import warnings
import zipfile
import zlib
from collections.abc import Callable, Sequence
from typing import Final

from fuzz.doors import Door, is_zip

MOST: Final = 64 * 1024
"""Bytes of an input: what is found at this size is found at any."""

WORDS: Final = tuple(
    each if isinstance(each, bytes) else each.encode("utf-8", "surrogatepass")
    for each in (
        "", "0", "-0", "-1", "1e999999999", "0e999999999", "1E-999999999", "1e99999999999999999999999", "-1e400", "9" * 30, "9" * 400, "9" * 5000, "0." + "0" * 400 + "1", "1_000", "0x10", "NaN",
        "-nan", "sNaN", "Infinity", "-inf", "١٢٣", "１２３", "²", "½", "〇", "1/0", "1/3", "1e5", "+5", "=1+1", "@x", "'", '"', '""', "\\", "\0",
        "\r", "\r\n", "\n\n", "\t", ";", ",", ",,,,", "\ufeff", "\u2028", "\u200b", "\u202e", "\ud800", "\U0001f6a9", "é" * 3, "е", "İ",
        "0000-00-00", "0001-01-01", "9999-12-31", "9999-12-31 24:00", "10000-01-01", "2023-02-29", "2024-02-29", "1900-02-29", "24:00", "25:61",
        "2022-13", "2022-Q5", "2022-06-13T01:00:00+99:99", "2022-06-13T01:00:00Z", "true", "false", "null", "None", "[]", "{}", "[[[[", "{{{{",
        "}}}}", "]]]]", "[" * 2000, '{"a":' * 1200, "[" * 60000, "a.b.c.d", "." * 50, "%s%n", "%00", "../../", "<script>", "&lt;", "<!DOCTYPE x>",
        "]]>", "360000", "360100", "999999", "000000", "南昌市", "station:", "section::", "group:", "∞", "µ", "μ", "℃", "−5", "﹣5", "5%", "1,000", "--",
        "inf", "'''", '"""', "#", "=", "a" * 300, "Ⅱ", "劣Ⅴ", "是", "否", "未检出", "<", ">", "L", "0L", "<0", "__class__", "E", "e", "-", "+", ".", "1.", ".1",
    )
)  # fmt: skip
_NUMBER: Final = re.compile(rb"\d+(?:\.\d+)?")
_CODES: Final = ("utf-8", "gb18030", "utf-16", "utf-16-le", "utf-32", "utf-8-sig", "latin-1", "big5", "shift_jis", "utf-7")
_MARKS: Final = b",;\t\"'\n\r=[]{}<>:/-. "


def changed(pick: random.Random, door: Door, *, pool: Sequence[bytes] = ()) -> bytes:
    """An input for a door: one of its samples (or of those kept), changed in one to six ways."""
    base = pick.choice(pool) if pool and pick.random() < 0.5 else pick.choice(door.samples)
    if is_zip(base) and pick.random() < 0.85 and (held := _files(base)):
        return _inside(pick, held, door)
    data = base
    for _ in range(pick.choice((1, 1, 1, 2, 2, 3, 4, 6))):
        data = pick.choice(_WAYS)(pick, data, door)
    if data.startswith(b"\x89PNG") and pick.random() < 0.8:
        data = _signed(data)
    return data[:MOST]


def _at(pick: random.Random, data: bytes) -> int:
    return pick.randrange(len(data) + 1)


def _flip(pick: random.Random, data: bytes, _door: Door) -> bytes:
    if not data:
        return b"\x00"
    at = pick.randrange(len(data))
    return data[:at] + bytes([data[at] ^ (1 << pick.randrange(8))]) + data[at + 1 :]


def _put(pick: random.Random, data: bytes, _door: Door) -> bytes:
    at = _at(pick, data)
    return data[:at] + bytes([pick.randrange(256)]) + data[at + pick.randrange(2) :]


def _cut(pick: random.Random, data: bytes, _door: Door) -> bytes:
    first, last = sorted((_at(pick, data), _at(pick, data)))
    return data[:first] + data[last:] if pick.random() < 0.7 else data[: _at(pick, data)]


def _twice(pick: random.Random, data: bytes, _door: Door) -> bytes:
    first, last = sorted((_at(pick, data), _at(pick, data)))
    piece = data[first:last][: MOST // 4]
    return data[:first] + piece * pick.choice((2, 2, 3, 40)) + data[last:]


def _splice(pick: random.Random, data: bytes, door: Door) -> bytes:
    other = pick.choice(door.samples)
    return data[: _at(pick, data)] + other[_at(pick, other) :]


def _word(pick: random.Random, data: bytes, door: Door) -> bytes:
    at, word = _at(pick, data), pick.choice(door.words or WORDS)
    return data[:at] + word + data[at + pick.choice((0, 0, 1, len(word))) :]


def _number(pick: random.Random, data: bytes, _door: Door) -> bytes:
    found = list(_NUMBER.finditer(data[:MOST]))
    if not found:
        return _word(pick, data, _door)
    one = pick.choice(found)
    return data[: one.start()] + pick.choice(WORDS) + data[one.end() :]


def _cell(pick: random.Random, data: bytes, _door: Door) -> bytes:
    """What stands between two marks becomes a word: a cell, a key, a value, a part of a date."""
    places = [n for n, each in enumerate(data[:MOST]) if each in _MARKS]
    if len(places) < 2:
        return _word(pick, data, _door)
    at = pick.randrange(len(places) - 1)
    return data[: places[at] + 1] + pick.choice(WORDS) + data[places[at + 1] :]


def _mark(pick: random.Random, data: bytes, _door: Door) -> bytes:
    places = [n for n, each in enumerate(data[:MOST]) if each in _MARKS]
    if not places:
        return _put(pick, data, _door)
    at = pick.choice(places)
    return data[:at] + bytes([pick.choice(_MARKS)]) + data[at + 1 :]


def _lines(pick: random.Random, data: bytes, _door: Door) -> bytes:
    lines = data.split(b"\n")
    first, second = pick.randrange(len(lines)), pick.randrange(len(lines))
    how = pick.randrange(3)
    if how == 0:
        lines[first], lines[second] = lines[second], lines[first]
    elif how == 1:
        del lines[first]
    else:
        lines.insert(second, lines[first])
    return b"\n".join(lines)


def _code(pick: random.Random, data: bytes, _door: Door) -> bytes:
    return data.decode(pick.choice(("utf-8", "gb18030")), "replace").encode(pick.choice(_CODES), "replace")


def _noise(pick: random.Random, _data: bytes, _door: Door) -> bytes:
    return pick.randbytes(pick.choice((0, 1, 3, 8, 40, 300)))


_WAYS: Final[tuple[Callable[[random.Random, bytes, Door], bytes], ...]] = (
    _flip, _flip, _put, _cut, _twice, _splice, _word, _word, _number, _number, _cell, _cell, _cell, _mark, _lines, _code, _noise,
)  # fmt: skip


def _files(data: bytes) -> dict[str, bytes]:
    """The files of a zip, without those that cannot be read: another's change may have damaged some."""
    held = {}
    with contextlib.suppress(Exception), zipfile.ZipFile(io.BytesIO(data)) as archive:
        for each in archive.infolist():
            with contextlib.suppress(Exception):
                held[each.filename] = archive.read(each)
    return held


def _inside(pick: random.Random, files: dict[str, bytes], door: Door) -> bytes:
    """A zip of which one or two files were changed and that is whole otherwise, so that what reads them is reached."""
    held = dict(files)
    for _ in range(pick.choice((1, 1, 2))):
        if not held:
            break
        name = pick.choice(sorted(held))
        how = pick.random()
        if how < 0.08:
            del held[name]
            continue
        if how < 0.12:
            held[pick.choice(("../" + name, "/x", name.upper(), "xl/worksheets/sheet2.xml", name + "\0"))] = held[name]
            continue
        content = held[name]
        for _ in range(pick.choice((1, 1, 2, 4))):
            content = pick.choice(_WAYS)(pick, content, door)
        held[name] = content[:MOST]
    out = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        warnings.simplefilter("ignore")  # two files of one name are meant
        for name, content in held.items():
            made.writestr(zipfile.ZipInfo(name.replace("\0", "")), content)
    return out.getvalue()


def _signed(data: bytes) -> bytes:
    """A PNG whose pieces carry right sums again, so that a reader does not stop at the first."""
    out, at = [data[:8]], 8
    while at + 12 <= len(data):
        (size,) = struct.unpack(">I", data[at : at + 4])
        kind, content = data[at + 4 : at + 8], data[at + 8 : at + 8 + size]
        if len(content) < size:
            break
        out.append(data[at : at + 8] + content + struct.pack(">I", zlib.crc32(kind + content)))
        at += 12 + size
    return b"".join([*out, data[at:]])
