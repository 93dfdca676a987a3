"""One file per source layout; which one a file has is found from its content, never from its name."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Final

import polars as pl

from yangban.readings.formats import archive, tidy
from yangban.readings.formats.sheet import Advance, Options, Refusal, Refuse, Sheet
from yangban.readings.formats.table import Table, split
from yangban.readings.formats.text import Refused, blocks
from yangban.readings.formats.times import end_label
from yangban.readings.subjects import resolve

_START: Final = "@start"
"""Suffix of a recorded layout whose hour labels mark the start of the hour."""


@dataclass(frozen=True)
class Found:
    """A reading as it stands in a file: line (row in Parquet), official slot 1 to 24, and its text."""

    line: int
    slot: int
    text: str


def read(path: Path, *, name: str, options: Options, refuse: Refuse, advance: Advance = None) -> Sheet:
    """Parse a file of any known layout; ``name`` is the path that refusals show.

    Raises :class:`~yangban.readings.formats.text.Refused` when the whole file is refused.
    """
    if Path(name).name.startswith("._"):
        raise Refused("appledouble")
    with path.open("rb") as file:
        magic = file.read(4)
    if magic == b"PAR1":
        sheet = tidy.parse_parquet(path, name=name, options=options, refuse=refuse)
    else:
        table = Table(path, name=name, refuse=refuse, advance=advance)
        if archive.key_columns(table.header.names):
            sheet = archive.parse(table, name=name, options=options, refuse=refuse)
        else:
            plan = tidy.recognise(table.header.names)
            if plan is None:
                raise Refused("unknown_layout", "，".join(table.header.names[:8])[:200])
            sheet = tidy.parse(table, plan, name=name, options=options, refuse=refuse)
        sheet.synthetic = sheet.synthetic or any("synthetic" in each.lower() or "合成" in each for each in table.header.comments)
    if "synthetic" in Path(name).name.lower() or "合成" in Path(name).name:
        sheet.synthetic = True
    if options.label == "start":
        sheet.layout += _START
    return sheet


def locate(path: Path, layout: str, *, subject: str, day: date, pollutant: str) -> list[Found]:
    """Where in a received file the readings of a subject, official day and pollutant stand, in the order of the file.

    ``layout`` is the one that the receipt recorded. Lines that were refused are found too: they are what stands there.
    """
    label = "start" if layout.endswith(_START) else "end"
    layout = layout.removesuffix(_START)
    level = "station" if subject.startswith("station:") else None
    if layout == archive.LAYOUT:
        return list(_in_archive(path, subject, day, pollutant, label, level))
    return list(_in_tidy(path, subject, day, pollutant, label, level))


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    for block in blocks(path, on_bad=lambda _: None):
        for number, line in enumerate(block.data.split(b"\n")[:-1], start=block.first):
            yield number, line.decode("utf-8")


def _slot_of(text: str, hour: str | None, day: date, label: str) -> int | None:
    moment = end_label(text, hour, label=label)
    if isinstance(moment, str):
        return None
    official, slot = archive.official(moment)
    return slot if official == day else None


def _in_archive(path: Path, subject: str, day: date, pollutant: str, label: str, level: str | None) -> Iterator[Found]:
    keys: dict[str, int] | None = None
    column = -1
    years = tuple(str(year) for year in {day.year, (day + timedelta(days=1)).year})
    for number, line in _lines(path):
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


def _in_tidy(path: Path, subject: str, day: date, pollutant: str, label: str, level: str | None) -> Iterator[Found]:
    with path.open("rb") as file:
        parquet = file.read(4) == b"PAR1"
    plan: tidy.Plan | None = None
    for number, fields in _rows(path) if parquet else ((n, split(line)) for n, line in _lines(path) if line.strip()):
        if plan is None:
            if fields and fields[0].startswith("#"):
                continue
            plan = tidy.recognise([each.strip().strip("\ufeff") for each in fields])
            if plan is None:
                return
            continue
        if len(fields) <= max(plan.roles.values()):
            continue
        found = resolve(fields[plan.subject], level=level) if fields[plan.subject].strip() else None
        if found is None or found.subject != subject:
            continue
        slot = _slot_of(fields[plan.roles["time"]], fields[plan.roles["hour"]] if "hour" in plan.roles else None, day, label)
        if not slot:
            continue
        if plan.layout == tidy.LONG:
            word = tidy.pollutant_word(fields[plan.roles["pollutant"]])
            if word and word[0] == pollutant:
                yield Found(number, slot, fields[plan.roles["value"]].strip())
        else:
            for index, (item, _) in plan.items.items():
                if item == pollutant and index < len(fields):
                    yield Found(number, slot, fields[index].strip())


def _rows(path: Path) -> Iterator[tuple[int, list[str]]]:
    frame = pl.read_parquet(path)
    yield 0, list(frame.columns)
    for number, row in enumerate(frame.select(tidy.as_text(frame[name]) for name in frame.columns).iter_rows(), start=1):
        yield number, ["" if cell is None else cell for cell in row]


__all__ = ["Found", "Options", "Refusal", "Refused", "Sheet", "locate", "read"]
