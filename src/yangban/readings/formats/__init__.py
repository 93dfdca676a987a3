"""One file per source layout; which one a file has is found from its content, never from its name."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import polars as pl

from yangban.base.water_items import WATER_WORDS
from yangban.readings.formats import archive, mapping, nature_table, sound_table, tidy, water_json, water_table, workbook
from yangban.readings.formats.sheet import Advance, Options, Refusal, Refuse, Sheet, refusal
from yangban.readings.formats.table import Table, split
from yangban.readings.formats.text import BadLine, Refused, blocks
from yangban.readings.formats.times import end_label
from yangban.readings.subjects import resolve

_START: Final = "@start"
"""Suffix of a recorded layout whose hour labels mark the start of the hour."""

_MAPPED: Final = "@map="
"""Before the digest of the mapping file in a recorded layout; the mapping is kept beside the received file."""

_SHORT: Final = re.compile(r"(?P<name>[^@]+)(?:@(?P<snapshot>\d[\d\-T:]+))?(?P<start>@start)?(?:@map=(?P<map>[0-9a-f]{64}))?")


@dataclass(frozen=True)
class Found:
    """A reading as it stands in a file: line (row in Parquet and in workbooks), official slot 1 to 24, and its text.

    Slot 0 is a ready day value.
    """

    line: int
    slot: int
    text: str


def read(path: Path, *, name: str, options: Options, refuse: Refuse, advance: Advance = None) -> Sheet:
    """Parse a file of any known layout; ``name`` is the path that refusals show.

    Raises :class:`~yangban.readings.formats.text.Refused` when the whole file is refused.
    """
    if Path(name).name.startswith("._"):
        raise Refused("appledouble")
    if _magic(path) == b"PAR1":
        sheet = tidy.parse_parquet(path, name=name, options=options, refuse=refuse)
    elif water_json.is_json(path):
        sheet = _read_text(water_json.as_csv(path), name=name, options=options, refuse=refuse)
        if advance:
            advance(path.stat().st_size)
    elif nature_table.is_tsv(path):
        bad: list[BadLine] = []
        sheet = _read_text(nature_table.as_csv(path, on_bad=bad.append), name=name, options=options, refuse=refuse)
        for each in bad:
            refuse(refusal(name, each.line, each.rule, text=each.text))
        sheet.cells += len(bad)
        sheet.rejected += len(bad)
        if advance:
            advance(path.stat().st_size)
    elif _magic(path) in workbook.MAGIC:
        chosen = _chosen(path, options)
        sheet = _read_text(chosen.text, name=name, options=options, refuse=refuse, header_row=chosen.header_row)
        for other, cells in chosen.others:
            refuse(refusal(name, None, "other_sheet", column=f"工作表 {other}", cells=cells))
            sheet.cells += cells
            sheet.rejected += cells
        sheet.notes = [*sheet.notes, f"读取工作表：{chosen.name}", *(f"不是读数，未读：工作表 {each}" for each in chosen.unread)]
        if advance:
            advance(path.stat().st_size)
    else:
        row = options.mapping.header_row if options.mapping else None
        sheet = _read_text(path, name=name, options=options, refuse=refuse, advance=advance, header_row=row)
    if "synthetic" in Path(name).name.lower() or "合成" in Path(name).name:
        sheet.synthetic = True
    if options.label == "start":
        sheet.layout += _START
    if options.mapping:
        sheet.layout += _MAPPED + options.mapping.digest
    return sheet


def _magic(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(4)


def _chosen(path: Path, options: Options) -> workbook.Chosen:
    """The sheet of a workbook that is read, and the row of its heading."""
    wanted = options.mapping

    def known(names: Sequence[str]) -> bool:
        if wanted is None:
            tidied = any(tidy.recognise(names, daily=daily) for daily in (False, True))
            other = sound_table.recognise(names) or nature_table.recognise(names)
            return archive.key_columns(names) is not None or tidied or _of_water(names) or other is not None
        try:
            wanted.fits(names)
        except Refused:
            # A mapping that names its row is to say itself what does not fit there.
            return wanted.header_row is not None and wanted.sheet is not None
        return True

    return workbook.choose(path, sheet=wanted.sheet if wanted else None, header_row=wanted.header_row if wanted else None, known=known)


def _of_water(names: Sequence[str]) -> bool:
    """Whether a heading is that of a table of water; one that contradicts itself is, and is to be refused by name."""
    try:
        return water_table.recognise(names) is not None
    except Refused:
        return True


def _read_text(
    source: Path | bytes, *, name: str, options: Options, refuse: Refuse, advance: Advance = None, header_row: int | None = None
) -> Sheet:
    table = Table(source, name=name, refuse=refuse, advance=advance, header_row=header_row)
    if options.mapping is None and archive.key_columns(table.header.names):
        sheet = archive.parse(table, name=name, options=options, refuse=refuse)
    elif options.mapping is None and (species := nature_table.recognise(table.header.names)):
        sheet = nature_table.parse(table, species, name=name, options=options, refuse=refuse)
    elif sound := sound_table.choose(table.header.names, table.peek(sound_table.PEEKED_ROWS), options):
        sheet = sound_table.parse(table, sound, name=name, options=options, refuse=refuse)
    elif water := water_table.choose(table.header.names, table.peek(water_table.PEEKED_ROWS), options):
        sheet = water_table.parse(table, water, name=name, options=options, refuse=refuse)
    else:
        plan = tidy.choose(table.header.names, table.peek(tidy.PEEKED_ROWS), options)
        if plan is None:
            raise Refused("unknown_layout", "，".join(table.header.names[:8])[:200])
        sheet = tidy.parse(table, plan, name=name, options=options, refuse=refuse)
    sheet.synthetic = sheet.synthetic or any("synthetic" in each.lower() or "合成" in each for each in table.header.comments)
    return sheet


def locate(path: Path, layout: str, *, subject: str, day: date, pollutant: str) -> list[Found]:
    """Where in a received file the readings of a subject, official day and pollutant stand, in the order of the file.

    ``layout`` is the one that the receipt recorded. Lines that were refused are found too: they are what stands there.
    """
    part = _SHORT.fullmatch(layout)
    if part is None:
        return []
    label = "start" if part["start"] else "end"
    level = "station" if subject.startswith("station:") else None
    wanted = mapping.load(path.with_name(part["map"])) if part["map"] else None
    daily = part["name"] in {tidy.DAILY_LONG, tidy.DAILY_WIDE}
    options = Options(now=datetime.max, level=level, label=label, daily=daily, mapping=wanted)
    source: Path | bytes = path
    header_row = wanted.header_row if wanted else None
    if _magic(path) in workbook.MAGIC:
        chosen = _chosen(path, options)
        source, header_row = chosen.text, chosen.header_row
    if part["name"] == archive.LAYOUT:
        return list(_in_archive(source, header_row, subject, day, pollutant, label, level))
    rows = _rows(path) if _magic(path) == b"PAR1" else ((n, split(line)) for n, line in _lines(source, header_row) if line.strip())
    return list(_in_tidy(rows, subject, day, pollutant, options))


@dataclass(frozen=True)
class WaterRow:
    """A row of a table of water as it stands in a file: its line, the texts of its items, and the millionths that they were read as."""

    line: int
    time: datetime
    released: datetime | None
    basis: str
    cells: Mapping[str, str]
    values: Mapping[str, int]


def section_rows(path: Path, layout: str, *, subject: str, start: date, end: date, aliases: Mapping[str, str]) -> list[WaterRow]:
    """The rows of a section in a received file, of the days ``start`` to ``end``, both included, in the order of the file.

    ``layout`` is the one that the receipt recorded, ``aliases`` are those of :meth:`yangban.readings.sections.Sections.aliases`. Cells that
    were refused are found too: they are what stands there. A unit that the caller of the intake declared is not known here, so values may
    still have to be converted.
    """
    part = _SHORT.fullmatch(layout)
    if part is None or part["name"] not in water_table.LAYOUTS:
        return []
    wanted = mapping.load(path.with_name(part["map"])) if part["map"] else None
    options = Options(now=datetime.max - timedelta(days=1), mapping=wanted, aliases=aliases)
    source: Path | bytes = path
    header_row = wanted.header_row if wanted else None
    if _magic(path) in workbook.MAGIC:
        chosen = _chosen(path, options)
        source, header_row = chosen.text, chosen.header_row
    elif water_json.is_json(path):
        source = water_json.as_csv(path)
    name = f"{part['snapshot']}.csv" if part["snapshot"] else path.name
    table = Table(source, name=name, refuse=lambda _: None, header_row=header_row)
    plan = water_table.choose(table.header.names, table.peek(water_table.PEEKED_ROWS), options)
    if plan is None:
        return []
    frame = water_table.rows(table, plan, name=name, options=options)
    frame = frame.filter((pl.col("subject") == subject) & pl.col("time").dt.date().is_between(start, end))
    held: dict[int, list[dict[str, Any]]] = {}
    for row in frame.iter_rows(named=True):
        held.setdefault(row["line"], []).append(row)
    return [
        WaterRow(
            number, row["time"], row["released"], row["basis"], plan.cells(split(line)),
            {item: row[item] for item in frame.columns if item in WATER_WORDS and row[item] is not None},
        )
        for number, line in _lines(source, header_row) if number in held
        for row in held[number]
    ]  # fmt: skip


def locate_water(path: Path, layout: str, *, subject: str, time: datetime, item: str, aliases: Mapping[str, str]) -> list[Found]:
    """Where in a received file the readings of a section, time and item of water stand, in the order of the file; slots are 0.

    Arguments as for :func:`section_rows`.
    """
    rows = section_rows(path, layout, subject=subject, start=time.date(), end=time.date(), aliases=aliases)
    return [Found(row.line, 0, row.cells[item]) for row in rows if row.time == time and item in row.cells]


def locate_keyed(path: Path, layout: str, *, subject: str) -> dict[datetime, tuple[int, ...]]:
    """The lines of a received file on which the rows of a point of sound or of a site of surveys stand, by the time of the row.

    ``layout`` is the one that the receipt recorded.
    """
    part = _SHORT.fullmatch(layout)
    if part is None or part["name"] not in {*sound_table.LAYOUTS, *nature_table.LAYOUTS}:
        return {}
    wanted = mapping.load(path.with_name(part["map"])) if part["map"] else None
    options = Options(now=datetime.max - timedelta(days=1), label="start" if part["start"] else "end", mapping=wanted)
    rows = read(path, name=path.name, options=options, refuse=lambda _: None).hours
    lines = rows.filter(pl.col("subject") == subject).group_by("time").agg(pl.col("line").unique().sort())
    return {time: tuple(found) for time, found in lines.iter_rows()}


def _lines(source: Path | bytes, header_row: int | None) -> Iterator[tuple[int, str]]:
    for block in blocks(source, on_bad=lambda _: None):
        for number, line in enumerate(block.data.split(b"\n")[:-1], start=block.first):
            if number >= (header_row or 1):
                yield number, line.decode("utf-8")


def _slot_of(text: str, hour: str | None, day: date, label: str) -> int | None:
    moment = end_label(text, hour, label=label)
    if isinstance(moment, str):
        return None
    official, slot = archive.official(moment)
    return slot if official == day else None


def _in_archive(
    source: Path | bytes, header_row: int | None, subject: str, day: date, pollutant: str, label: str, level: str | None
) -> Iterator[Found]:
    keys: dict[str, int] | None = None
    column = -1
    years = tuple(str(year) for year in {day.year, (day + timedelta(days=1)).year})
    for number, line in _lines(source, header_row):
        if not line.strip():
            continue
        if keys is None:
            if line.startswith("#"):
                continue
            names = [each.strip() for each in split(line.removeprefix("\ufeff"))]
            keys = archive.key_columns(names)
            if keys is None:
                return
            columns = [
                i
                for i, name in enumerate(names)
                if i not in keys.values() and (found := resolve(name, level=level)) and found.subject == subject
            ]
            if not columns:
                return
            column = columns[0]
            continue
        if not any(year in line[:40] for year in years) and keys["date"] == 0:
            continue
        fields = split(line)
        if len(fields) <= column or archive.TYPES.get(fields[keys["type"]].strip()) != pollutant:
            continue
        slot = _slot_of(fields[keys["date"]], fields[keys["hour"]], day, label)
        if slot:
            yield Found(number, slot, fields[column].strip())


def _in_tidy(rows: Iterator[tuple[int, list[str]]], subject: str, day: date, pollutant: str, options: Options) -> Iterator[Found]:
    plan: tidy.Plan | None = None
    for number, fields in rows:
        if plan is None:
            if fields and fields[0].startswith("#"):
                continue
            names = [each.strip().strip("\ufeff") for each in fields]
            # The receipt says which of the two it was taken for; a layout of hours is recognised without looking at rows.
            plan = options.mapping.plan(names) if options.mapping else tidy.recognise(names, daily=options.daily)
            if plan is None:
                return
            plan = replace(plan, daily=options.daily)
            continue
        if len(fields) <= max(plan.roles.values()):
            continue
        found = resolve(fields[plan.subject], level=options.level) if fields[plan.subject].strip() else None
        if found is None or found.subject != subject:
            continue
        placed = plan.when([fields[index] for index in plan.moment], label=options.label, latest=datetime.max)
        if isinstance(placed, str) or placed[0] != day:
            continue
        if plan.long:
            word = plan.item(fields[plan.roles["pollutant"]])
            if word and word[0] == pollutant:
                yield Found(number, placed[1], fields[plan.roles["value"]].strip())
        else:
            for index, (item, _) in plan.items.items():
                if item == pollutant and index < len(fields):
                    yield Found(number, placed[1], fields[index].strip())


def _rows(path: Path) -> Iterator[tuple[int, list[str]]]:
    frame = pl.read_parquet(path)
    yield 0, list(frame.columns)
    for number, row in enumerate(frame.select(tidy.as_text(frame[name]) for name in frame.columns).iter_rows(), start=1):
        yield number, ["" if cell is None else cell for cell in row]


__all__ = [
    "Found", "Options", "Refusal", "Refused", "Sheet", "WaterRow", "locate", "locate_keyed", "locate_water", "read", "section_rows",
]  # fmt: skip
