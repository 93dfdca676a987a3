"""Uploads made to exhaust the machine: small files that would become large. Each is refused in little time and memory, with a word."""

# ruff: noqa: E501

from __future__ import annotations

import gzip
import io
import json
import struct
import time
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest

from fuzz.doors import PLAN_SHEET, WIDE, book, document, doors, opendocument, opendocument_rows, parquet, zipped
from yangban.base.errors import YangbanError
from yangban.readings.formats import extent
from yangban.readings.formats.text import Refused

LAUGHS = (
    "<!DOCTYPE x [<!ENTITY a 'aaaaaaaaaa'>"
    + "".join(f"<!ENTITY a{n} '{f'&a{n - 1};' * 10}'>" for n in range(1, 10)).replace("a0;", "a;")
    + "]>"
)
QUADRATIC = f"<!DOCTYPE x [<!ENTITY a '{'a' * 50_000}'>]>"


def remade(data: bytes, change: Callable[[str, bytes], bytes]) -> bytes:
    with zipfile.ZipFile(io.BytesIO(data)) as held:
        return zipped(**{each: change(each, held.read(each)) for each in held.namelist()})


def sheet_with(cells: str) -> bytes:
    """A workbook whose sheet ends with some further cells."""
    end = f"{cells}</sheetData>".encode()
    return remade(book(WIDE), lambda name, content: content.replace(b"</sheetData>", end) if "sheet1" in name else content)


def with_entities(data: bytes, part: str, head: str, use: str) -> bytes:
    def change(name: str, content: bytes) -> bytes:
        if not name.endswith(part):
            return content
        begun = content.index(b"?>") + 2
        return (
            content[:begun]
            + head.encode()
            + content[begun:].replace(b"<w:t>", b"<w:t>" + use.encode(), 1).replace(b"<t>", b"<t>" + use.encode(), 1)
        )

    return remade(data, change)


def png(width: int, height: int, rows: int = 1) -> bytes:
    def piece(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + piece(b"IHDR", head) + piece(b"IDAT", zlib.compress(b"\0" * (1 + width * 3) * rows)) + piece(b"IEND", b"")


def kml(points: int) -> bytes:
    place = "<Placemark><Point><coordinates>115.8,28.6</coordinates></Point></Placemark>"
    return f'<kml xmlns="http://www.opengis.net/kml/2.2"><Document>{place * points}</Document></kml>'.encode()


CELL = '<table:table-cell office:value-type="float" office:value="1" {}><text:p>1</text:p></table:table-cell>'
BOMBS: dict[str, tuple[str, Callable[[], bytes]]] = {
    "two cells, seventeen thousand million places": ("readings in excel", lambda: sheet_with('<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>')),
    "the same for days": ("days in excel", lambda: sheet_with('<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>')),
    "the same for events": ("events in excel", lambda: sheet_with('<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>')),
    "the same for a plan": ("plan in excel", lambda: sheet_with('<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>')),
    "a form's table": ("form in the office's table", lambda: sheet_with(("<row>" + "<c><v>1</v></c>" * 500 + "</row>") * 500)),
    "a cell that lies in no sheet": ("readings in excel", lambda: sheet_with('<row><c r="D99999999999999999999"><v>1</v></c></row>')),
    "a reference behind a quoted bracket": ("readings in excel", lambda: sheet_with('<row r="9"><c s=">" r="XFD9"/><c r="A1048576"/></row>')),
    "a long name of nothing": ("readings in excel", lambda: sheet_with(f'<c {"a" * 60_000}/><row r="1048576"><c r="XFD1048576"/></row>')),
    "rows without numbers": ("readings in excel", lambda: sheet_with("<row/>" * 900_000 + '<row><c r="XFD900009"><v>1</v></c></row>')),
    "repeated rows of repeated cells": (
        "days in opendocument",
        lambda: opendocument(
            f'<table:table-row table:number-rows-repeated="1048576">{CELL.format("table:number-columns-repeated=" + chr(34) + "16384" + chr(34))}</table:table-row>'
        ),
    ),
    "a zip in a zip in a zip": ("readings in excel", lambda: zipped(a=zipped(b=zipped(c=b"\0" * 10_000_000)))),
    "gzip of gzip": ("archive", lambda: gzip.compress(gzip.compress(b"\0" * 30_000_000))),
    "gzip of nothing but commas": ("archive", lambda: gzip.compress(b"," * 100_000_000)),
    "gzip of lists in lists": ("water snapshot", lambda: gzip.compress(b"[" * 20_000_000)),
    "gzip of a table of species": ("species table", lambda: gzip.compress(b"\t" * 8_000_000)),
    "thousand million laughs in a KML": ("kml", lambda: (LAUGHS + "<kml>&a9;</kml>").encode()),
    "one long entity often": ("kml", lambda: (QUADRATIC + f"<kml>{'&a;' * 20_000}</kml>").encode()),
    "a million points": ("kml", lambda: kml(1_000_000)),
    "a million points in JSON": (
        "geojson",
        lambda: json.dumps({"type": "MultiPoint", "coordinates": [[115.8, 28.6]] * 1_000_000}).encode(),
    ),
    "laughs in a workbook": ("readings in excel", lambda: with_entities(book(WIDE), "sharedStrings.xml", LAUGHS, "&a9;")),
    "laughs in a form's table": ("form in the office's table", lambda: with_entities(book(WIDE), "sharedStrings.xml", LAUGHS, "&a9;")),
    "laughs in a Word file": ("plan in word", lambda: with_entities(document(PLAN_SHEET), "word/document.xml", LAUGHS, "&a9;")),
    "a long entity often in a Word file": (
        "plan in word", lambda: with_entities(document(PLAN_SHEET), "word/document.xml", QUADRATIC, "&a;" * 20_000),
    ),
    "a Word file of blanks": (
        "plan in word",
        lambda: remade(document(PLAN_SHEET), lambda name, content: content + b" " * 60_000_000 if name == "word/document.xml" else content),
    ),
    "a picture of 50,000 × 50,000": ("photo", lambda: png(50_000, 50_000)),
    "the same for the page": ("photo for the page", lambda: png(50_000, 50_000)),
    "the same for a case": ("picture of a case", lambda: png(50_000, 50_000)),
}  # fmt: skip
TAKEN = {"laughs in a workbook", "laughs in a form's table", "laughs in a Word file", "a long entity often in a Word file"}
"""Files that may be taken: what reads them leaves entities as they stand."""


def peak(*, again: bool = True) -> int:
    """The most bytes that this process has had; ``again`` counts from now."""
    if again:
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
    said = Path("/proc/self/status").read_text(encoding="ascii").split("VmHWM:")[1].split()[0]
    return int(said) * 1024


@pytest.mark.parametrize("what", list(BOMBS))
def test_a_bomb_does_no_harm(what: str) -> None:
    name, make = BOMBS[what]
    door, data = doors()[name], make()
    for sample in door.samples[:1]:
        door.read(sample)  # what libraries take when they are first loaded is none of the bomb's
    before, begun = peak(), time.process_time()
    refused = ""
    try:
        door.read(data)
    except (Refused, YangbanError) as problem:
        refused = str(problem)
    spent, grown = time.process_time() - begun, peak(again=False) - before
    assert refused or what in TAKEN
    assert spent < 20
    assert grown < 256 * 2**20


def test_files_of_offices_are_no_bombs() -> None:
    """A last row that is only formatted, as spreadsheet programs write it, takes no place; neither do blanks at the end of OpenDocument."""
    formatted = sheet_with('<row r="1048576" spans="1:8" ht="15" customHeight="1"/>')
    assert doors()["readings in excel"].read(formatted).cells == 12
    blank = (
        '<table:table-row table:number-rows-repeated="1048000"><table:table-cell table:number-columns-repeated="16384"/></table:table-row>'
    )
    rows = opendocument_rows(("日期,城市,PM2.5", "2022-06-13,南昌市,35"))
    assert len(doors()["days in opendocument"].read(opendocument(rows + blank)).rows) == 1
    assert doors()["readings in parquet"].read(parquet()).cells == 2


def test_parquet_is_believed_before_it_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """A thousand million blanks are a few hundred bytes; the file says how many there are, and that is looked at first."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    out = io.BytesIO()
    pq.write_table(pa.table({f"c{n}": pa.nulls(50_000, pa.string()) for n in range(30)}), out)
    assert len(out.getvalue()) < 20_000
    monkeypatch.setattr(extent, "MOST_CELLS", 1_499_999)
    with pytest.raises(Refused) as refused:
        doors()["readings in parquet"].read(out.getvalue())
    assert refused.value.rule == "zip_bomb"


@pytest.mark.parametrize("wrong", ["</table:tabme>", "", "</table:table><table:table>"])
def test_broken_xml_of_a_workbook_is_refused_at_once(wrong: str) -> None:
    """The library that reads it looks for the end of the table for ever; found by ``make fuzz SEED=101 INPUTS=350000``."""
    whole = opendocument(opendocument_rows(("日期,城市,PM2.5", "2022-06-13,南昌市,35")))
    broken = remade(whole, lambda _, content: content.replace(b"</table:table>", wrong.encode()))
    with pytest.raises(YangbanError, match="可能已损坏"):
        doors()["days in opendocument"].read(broken)
