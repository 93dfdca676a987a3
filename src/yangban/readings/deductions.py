"""What documents grant in target checks of sections: influence from upstream and natural background, as an office writes them down.

The list lies in the workspace as ``deductions.csv`` and is only added to by :func:`append`; a row names its document and the person who
entered it. How an authority arrives at an amount is unknown to the book, so nothing is deducted that nobody has entered.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Final

from yangban.base.errors import InputError, UsageError
from yangban.base.periods import Period, parse
from yangban.base.water_items import water_item
from yangban.readings.workspace import Workspace, write_whole

FILE: Final = "deductions.csv"
COLUMNS: Final = ("section", "period", "item", "kind", "amount", "document", "by", "recorded")
KINDS: Final = ("upstream", "background")
"""Influence of an inflow that misses its own target (上游来水影响); natural background (自然本底)."""


@dataclass(frozen=True)
class Granted:
    """What a document grants for one item of a section in one period; without an amount the item is left out of the check."""

    section: str
    period: str
    item: str
    kind: str
    amount: Decimal | None
    document: str
    by: str
    recorded: str = ""


def check(row: Granted) -> Granted:
    """The row, with all that can be wrong in it refused by :class:`~yangban.base.errors.UsageError`."""
    parse(row.period)
    printed = water_item(row.item).printed
    if not row.section.startswith("section:"):
        raise UsageError(f"section is {row.section!r}; expected a subject such as section:110000:古北口")
    if row.kind not in KINDS:
        raise UsageError(f"kind is {row.kind!r}; expected upstream (上游来水影响) or background (自然本底)")
    if not row.document.strip() or not row.by.strip():
        raise UsageError(f"a deduction of {printed} needs the document that grants it and the person who enters it")
    if row.amount is not None and (row.amount <= 0 or row.item in {"ph", "do"}):
        raise UsageError(f"no amount of {row.amount} can be taken off {printed}; leave the amount out to leave the item out of the check")
    return row


def read(workspace: Workspace) -> tuple[Granted, ...]:
    """Every row, oldest first; none where there is no list.

    Raises :class:`~yangban.base.errors.InputError` naming the line when the file was edited into something it cannot be.
    """
    path = workspace.path / FILE
    if not path.exists():
        return ()
    reader = csv.DictReader(io.StringIO(path.read_text(encoding="utf-8-sig")))
    if tuple(reader.fieldnames or ()) != COLUMNS:
        raise InputError(f"{path}:1: the columns are {','.join(reader.fieldnames or ())}; expected {','.join(COLUMNS)}")
    found = []
    for cells in reader:
        try:
            amount = Decimal(cells["amount"]) if cells["amount"] else None
            section, period, item, kind, _, document, by, recorded = (cells[name] or "" for name in COLUMNS)
            found.append(check(Granted(section, period, item, kind, amount, document, by, recorded)))
        except (InvalidOperation, UsageError) as problem:
            raise InputError(f"{path}:{reader.line_num}: {problem}") from None
    return tuple(found)


def append(workspace: Workspace, row: Granted, *, now: datetime | None = None) -> Granted:
    """Add a row; raises :class:`~yangban.base.errors.UsageError` for one that cannot be."""
    stamped = replace(check(row), recorded=(now or datetime.now(UTC)).astimezone(UTC).isoformat(timespec="seconds"))
    with workspace.writing():
        out = io.StringIO()
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(COLUMNS)
        for each in (*read(workspace), stamped):
            writer.writerow(["" if (cell := getattr(each, name)) is None else cell for name in COLUMNS])
        write_whole(workspace.path / FILE, out.getvalue())
    return stamped


def of(rows: Sequence[Granted], section: str, period: Period) -> tuple[Granted, ...]:
    """The rows of a section for exactly this period."""
    return tuple(row for row in rows if row.section == section and parse(row.period) == period)
