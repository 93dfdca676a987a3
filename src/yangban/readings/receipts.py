"""Receipts: what each ingest took in, refused, corrected, and which raw file covers which subjects and days.

A receipt is a JSON file whose name begins with the lake's version that it belongs to. It is written before that version is committed
and counts only once it is, so receipt and readings appear together.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, Final

from yangban.readings.formats.sheet import Refusal
from yangban.readings.lake import Lake
from yangban.readings.workspace import Workspace, write_whole

LISTED: Final = 10_000
"""Refusals and corrections that a receipt lists by itself; all refusals are in ``rejected/<receipt>.jsonl``."""

COUNTS: Final = ("accepted", "duplicate", "blank", "rejected", "flagged", "ignored", "corrected")


@dataclass(frozen=True)
class FileReceipt:
    """One file; counts are cells: ``cells`` = accepted + duplicate + blank + rejected + ignored.

    ``corrected`` and ``flagged`` are among the accepted (a flag is counted again when the same file comes again). A file that is
    refused as a whole counts as one rejected cell. ``rows`` counts the rows of a table of water by what they are: ``section_times`` named
    for the first time, ``repeated``, ``corrected`` and ``revised`` section-times, ``silent`` rows of stations that do not report.
    """

    path: str
    digest: str
    layout: str
    accepted: int = 0
    duplicate: int = 0
    blank: int = 0
    rejected: int = 0
    flagged: int = 0
    ignored: int = 0
    corrected: int = 0
    cells: int = 0
    lines: int = 0
    basis: str = "realtime"
    synthetic: bool = False
    first_day: str | None = None
    last_day: str | None = None
    subjects: int = 0
    notes: tuple[str, ...] = ()
    rows: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Correction:
    """A value that replaced another one: official day and slot, values as decimal text in the pollutant's own unit.

    Slot 0 is the day value of a daily table. Of water ``time`` is the time of the reading, and the pollutant ``published`` is the class
    that the source printed.
    """

    file: str
    subject: str
    day: str
    slot: int
    pollutant: str
    old: str
    new: str
    time: str = ""


@dataclass(frozen=True)
class Receipt:
    """What one ingest did. ``subject_lists`` are the subjects of the files, which point into it by index."""

    id: str
    version: int
    changed: bool
    received: str
    files: tuple[FileReceipt, ...]
    rejections: tuple[Refusal, ...]
    rejections_total: int
    rejected_file: str | None
    corrections: tuple[Correction, ...]
    subject_lists: tuple[tuple[str, ...], ...]

    def total(self, count: str) -> int:
        """The sum of one count over all files."""
        return sum(getattr(each, count) for each in self.files)

    def as_json(self) -> dict[str, Any]:
        """The receipt as ``ingest --json`` prints it and as it is kept."""
        return {
            "receipt": self.id,
            "version": self.version,
            "changed": self.changed,
            "received": self.received,
            "files": [dict(vars(each)) for each in self.files],
            **{count: self.total(count) for count in COUNTS},
            "rejections": [dict(vars(each)) for each in self.rejections],
            "rejections_total": self.rejections_total,
            "rejected_file": self.rejected_file,
            "corrections": [dict(vars(each)) for each in self.corrections],
        }

    def write(self, workspace: Workspace) -> None:
        """Keep the receipt; it counts once the lake has reached its version."""
        content = {**self.as_json(), "subject_lists": self.subject_lists}
        write_whole(workspace.receipts / f"{self.id}.json", json.dumps(content, ensure_ascii=False))


def _version_of(path: Path) -> int:
    head = path.name.partition("-")[0]
    return int(head) if head.isdigit() else 0


def sweep(workspace: Workspace, version: int) -> None:
    """Remove what a killed writer left behind: receipts of a version that never came, and half-written files. The lock is held."""
    for folder in (workspace.receipts, workspace.rejected, workspace.raw):
        for path in folder.iterdir():
            if path.name.startswith(".") or (folder != workspace.raw and _version_of(path) > version):
                path.unlink()


def receipts(workspace: Workspace) -> Iterator[Mapping[str, Any]]:
    """The receipts that count, oldest first."""
    version = Lake(workspace).version()
    paths = [path for path in workspace.receipts.glob("*.json") if not path.name.startswith(".") and _version_of(path) <= version]
    for path in sorted(paths, key=lambda each: each.name.split("-")[1]):
        yield json.loads(path.read_text(encoding="utf-8"))


def sources(workspace: Workspace, *, day: date, subject: str) -> list[tuple[str, Path, str]]:
    """The received files that cover a subject on an official day: digest, path of the kept original, layout; oldest first.

    Give path and layout to :func:`yangban.readings.formats.locate` to see the lines. A file received twice is named once, where it
    came last.
    """
    wanted = day.isoformat()
    found: dict[str, tuple[str, Path, str]] = {}
    for receipt in receipts(workspace):
        lists: Sequence[Sequence[str]] = receipt["subject_lists"]
        for file in receipt["files"]:
            if file["first_day"] and file["first_day"] <= wanted <= file["last_day"] and subject in lists[file["subjects"]]:
                found.pop(file["digest"], None)
                found[file["digest"]] = (file["digest"], workspace.raw / file["digest"], file["layout"])
    return list(found.values())
