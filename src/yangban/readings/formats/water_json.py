"""The release of national automatic stations as the page itself fetches it: JSON whose cells are pieces of HTML.

``{"thead": […], "tbody": [[…], …]}``. A cell is plain text or ``<span title='原始值：7.842'>7.84</span>``: the value before it was rounded
for the screen stands in the title and is the one that is taken. Row n of ``tbody`` becomes line n + 1 of a table.
"""

from __future__ import annotations

import csv
import gzip
import html
import io
import json
import re
import zlib
from pathlib import Path
from typing import Any, Final

from yangban.readings.formats.text import Refused, blocks

_ORIGINAL: Final = re.compile(r"原始值[：:]\s*([^'\"<>]*)")
_TAG: Final = re.compile(r"<[^>]*>")
_LIKE_A_TAG: Final = re.compile(r"</|<[a-zA-Z]")
_PEEKED: Final = 64


def is_json(path: Path) -> bool:
    """Whether a file, packed or not, begins as JSON does."""
    try:
        with path.open("rb") as file:
            head = file.read(_PEEKED)
        if head.startswith(b"\x1f\x8b"):
            with gzip.open(path) as unpacked:
                head = unpacked.read(_PEEKED)
    except (OSError, EOFError, zlib.error):
        return False
    return head.removeprefix(b"\xef\xbb\xbf").lstrip().startswith((b"{", b"["))


def as_csv(path: Path) -> bytes:
    """The release as the text of a CSV.

    Raises :class:`~yangban.readings.formats.text.Refused` when it is broken or something else.
    """
    bad: list[object] = []
    text = b"".join(block.data for block in blocks(path, on_bad=bad.append))
    try:
        found: Any = json.loads(text)
    except (ValueError, RecursionError) as problem:
        raise Refused("broken_json", str(problem)[:200]) from None
    if bad or not isinstance(found, dict):
        raise Refused("broken_json")
    head, body = found.get("thead"), found.get("tbody")
    if not isinstance(head, list) or not isinstance(body, list) or not all(isinstance(row, list) for row in body):
        raise Refused("broken_json", "，".join(map(str, found))[:200])
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([cell_text(cell) for cell in head])
    for row in body:
        writer.writerow([cell_text(cell) for cell in row])
    return out.getvalue().encode()


def cell_text(cell: Any) -> str:
    """The text of a cell: the original value where one is given, else what is shown.

    >>> cell_text("<span title='原始值：7.842'>7.84</span>"), cell_text("水温<br/>(℃)"), cell_text("&nbsp;"), cell_text("<0.05")
    ('7.842', '水温(℃)', '', '<0.05')
    """
    if cell is None:
        return ""
    text = str(cell)
    original = _ORIGINAL.search(text)
    shown = original[1] if original else _TAG.sub("", text) if _LIKE_A_TAG.search(text) else text
    return " ".join(html.unescape(shown).split())
