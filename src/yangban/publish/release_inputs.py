"""What a release rests on, as digests that can be taken again: readings, files, stations, events, the book, templates.

Every digest is SHA-256 over a canonical text and leaves out what may differ between two machines that hold the same things: times of
receiving and recording, paths, numbers of versions. What lies outside a release's subjects and days does not enter it, so that tomorrow's
readings do not touch yesterday's release.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, Final

import polars as pl

from yangban.base import regions
from yangban.base.periods import Period, parse
from yangban.packs import load_pack, pack_folders
from yangban.readings.events import Event, active, slot_of
from yangban.readings.events import load as load_events
from yangban.readings.lake import Lake
from yangban.readings.receipts import receipts
from yangban.readings.stations import Registry
from yangban.readings.workspace import Workspace
from yangban.standards import Book
from yangban.standards.model import plain_value

EVENT_KINDS: Final = ("dust", "exclusion", "review")
"""Records that change which values count; the station log and exceptional events change no Figure."""

Templates = Iterable[tuple[str, Path]]

_AIR: Final = frozenset({"hours", "days"})
"""The kinds of table in the lake that hold air."""

_PRACTICE: Final = "practice"
_BLOCK: Final = 1 << 20


def sha256(content: str | bytes) -> str:
    """The digest of a text (UTF-8) or of bytes, in hexadecimal."""
    return hashlib.sha256(content.encode() if isinstance(content, str) else content).hexdigest()


def file_digest(path: Path) -> str:
    """The digest of a file's bytes."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(_BLOCK):
            digest.update(piece)
    return digest.hexdigest()


def canonical(content: Any) -> str:
    """A JSON value in the one form that is digested: keys sorted, no spaces, characters as themselves."""
    return json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


@dataclass(frozen=True)
class Extent:
    """The days and subjects of a release: its periods, cut after the last day that had results when it was made."""

    periods: tuple[Period, ...]
    through: date
    subjects: tuple[str, ...]
    bases: tuple[str, ...]

    @classmethod
    def of(cls, *, periods: Sequence[str], through: str, subjects: Sequence[str], bases: Sequence[str]) -> Extent:
        """The extent that a manifest names; ``best`` rests on both real-time and audited readings."""
        both = ("realtime", "audited")
        read = tuple(basis for basis in both if basis in bases or "best" in bases)
        return cls(tuple(parse(each) for each in periods), date.fromisoformat(through), tuple(subjects), read)

    @property
    def spans(self) -> list[tuple[date, date]]:
        """First and last day of each run of days, overlapping periods joined."""
        joined: list[tuple[date, date]] = []
        for period in sorted(self.periods, key=lambda each: each.start):
            start, end = period.start, min(period.end, self.through)
            if start > end:
                continue
            if joined and start <= joined[-1][1]:
                joined[-1] = joined[-1][0], max(joined[-1][1], end)
            else:
                joined.append((start, end))
        return joined

    def touches(self, first: date, last: date) -> bool:
        """Whether any day from ``first`` to ``last`` belongs to the release."""
        return any(first <= end and last >= start for start, end in self.spans)

    def places(self) -> set[str]:
        """The subjects and, of provinces, groups and the nation, the places of which they are the mean."""
        found = set(self.subjects)
        for code in self.subjects:
            if regions.subject_level(code) in {"province", "group", "nation"}:
                for period in self.periods:
                    found |= {place.code for place in regions.prefecture_places(code, on=period.end)}
        return found


# ----------------------------------------------------------------------------------------------------------------- what was read in


def stations_under(registry: Registry, extent: Extent) -> list[dict[str, str]]:
    """The rows of the registry for stations of the release's places, their spans of time cut to its days; names do not count."""
    places = extent.places()
    rows = []
    for row in registry.rows:
        if row.station not in places and row.city not in places and row.county not in places:
            continue
        for start, end in extent.spans:
            first, last = max(row.valid_from or start, start), min(row.valid_to or end, end)
            if first <= last:
                rows.append(
                    {
                        "station": row.station,
                        "city": row.city,
                        "county": row.county,
                        "network": row.network,
                        "role": row.role,
                        "from": first.isoformat(),
                        "to": last.isoformat(),
                    }
                )
    return sorted(rows, key=canonical)


def readings_under(lake: Lake, extent: Extent, stations: Iterable[Mapping[str, str]]) -> dict[str, str]:
    """The digest of the readings of each level, basis, kind and month, of the release's places and their stations.

    A row counts with its values, network and mark of synthetic readings, not with the time at which it was received.
    """
    subjects = sorted(extent.places() | {row["station"] for row in stations})
    wanted = [pl.col("day").is_between(start, end) for start, end in extent.spans]
    found: dict[str, str] = {}
    # Parts of other media may span years: only those of air and water have a month.
    for part in (each for each in lake.parts() if each.kind in _AIR):
        month = parse(part.month)
        if part.basis not in extent.bases or not extent.touches(month.start, month.end):
            continue
        read = lake.air if part.kind == "hours" else lake.air_days
        rows = read(start=month.start, end=month.end, level=part.level, basis=part.basis, subjects=subjects)
        held = rows.filter(pl.any_horizontal(wanted)).drop("level", "basis", "received").sort("subject", "day").collect()
        if held.height:
            found[f"{part.level} {part.basis} {part.kind} {part.month}"] = sha256(held.write_csv(line_terminator="\n"))
    return dict(sorted(found.items()))


def files_under(workspace: Workspace, extent: Extent, *, layouts: Collection[str] | None = None) -> list[dict[str, str]]:
    """The received files that hold a day of the release: digest, layout, first and last day; once each, in the order of the digests.

    ``layouts``: only files of these, with any suffix behind them.
    """
    found: dict[tuple[str, str, str], dict[str, str]] = {}
    for receipt in receipts(workspace):
        for file in receipt["files"]:
            first, last = file["first_day"], file["last_day"]
            known = layouts is None or file["layout"].startswith(tuple(layouts))
            if first and known and extent.touches(date.fromisoformat(first), date.fromisoformat(last)):
                key = (file["digest"], first, last)
                found[key] = {"digest": file["digest"], "layout": file["layout"], "first_day": first, "last_day": last}
    return [found[key] for key in sorted(found)]


def digest_of_inputs(files: Sequence[Mapping[str, str]]) -> Callable[[Period], str]:
    """For a period the digest over the sorted digests of the files that touch it, as every Figure carries it in ``inputs``."""

    @cache
    def digest(period: Period) -> str:
        start, end = period.start.isoformat(), period.end.isoformat()
        under = {file["digest"] for file in files if file["first_day"] <= end and file["last_day"] >= start}
        return sha256("\n".join(sorted(under)))

    return digest


def events_under(workspace: Workspace, extent: Extent, stations: Iterable[Mapping[str, str]]) -> list[dict[str, str]]:
    """The records in force that touch the release's days and places and may change which values count: a label, and a digest.

    Number and time of recording do not enter the digest: the same records entered on another machine are the same.
    """
    found = []
    places = extent.places() | {row["station"] for row in stations}
    for event in active(load_events(workspace)):
        touched = extent.touches(slot_of(event.start)[0], slot_of(event.end)[0])
        if event.family in EVENT_KINDS and touched and _concerns(event.subject, places):
            content = {k: v for k, v in event.to_dict().items() if k not in {"id", "recorded_at", "replaces"}}
            found.append({"label": _label(event), "digest": sha256(canonical(content))})
    return sorted(found, key=lambda each: (each["label"], each["digest"]))


def _concerns(subject: str, places: Collection[str]) -> bool:
    """Whether a record on a place or station bears on any of the places: on one of them, or on one above or below it."""
    stem = _stem(subject)
    return subject in places or (
        ":" not in subject and any(_stem(place).startswith(stem) or stem.startswith(_stem(place)) for place in places)
    )


def _stem(code: str) -> str:
    """The part of a code that all places below it share, without the pairs of zeros at its end; a station's own name."""
    while code.endswith("00") and ":" not in code:
        code = code[:-2]
    return code


def _label(event: Event) -> str:
    items = "、".join(event.pollutants) or "全部项目"
    return f"{event.kind_name} {event.subject} {event.start:%Y-%m-%d %H:%M}–{event.end:%Y-%m-%d %H:%M} {items}"


# ------------------------------------------------------------------------------------------------------------- the book and templates


def book_content(book: Book, documents: Iterable[str], *, media: Iterable[str] = ()) -> dict[str, Any]:
    """What the documents lay down, by document and rule, and the days of the editions that apply them.

    ``media`` are those beside air of which the editions are named too. Values, units, clauses, dates and how sure each is; titles, sources,
    notes and dates of checking are words about a rule and stay out.
    """
    wanted = {name for name in documents if name in book.documents} | {_PRACTICE}
    found: dict[str, Any] = {}
    for name in sorted(wanted):
        document = book.documents[name]
        rules: dict[str, list[dict[str, Any]]] = {}
        for rule in document.rules:
            content = {each: plain_value(getattr(rule, each)) for each in ("value", "unit", "clause", "confidence", "effective", "ended")}
            rules.setdefault(rule.key, []).append(content)
        head = {each: plain_value(getattr(document, each)) for each in ("number", "effective", "ended", "region", "base")}
        found[name] = {"head": head, "rules": rules}
    for edition in (*book.editions, *(each for medium in media for each in book.medium_editions(medium))):
        if edition.id in wanted:
            head = {each: plain_value(getattr(edition, each)) for each in ("start", "end", "documents")}
            found[f"edition {edition.id}"] = {"head": head, "rules": {}}
    return found


def _pack_texts(_: Workspace, subjects: Collection[str]) -> Templates:
    for folder in pack_folders():
        if load_pack(folder.name).region.code in subjects:
            yield f"packs/{folder.name}/texts.toml", folder / "texts.toml"


def _shipped_templates(_: Workspace, __: Collection[str]) -> Templates:
    here = Path(__file__).parent
    for path in sorted(here.rglob("templates/**/*")):
        if path.is_file() and path.suffix not in {".py", ".pyc"} and not path.name.startswith("."):
            yield f"publish/{path.relative_to(here).as_posix()}", path


def _own_templates(workspace: Workspace, _: Collection[str]) -> Templates:
    for path in sorted((workspace.path / "templates").rglob("*")):
        if path.is_file() and not path.name.startswith((".", "~$")):
            yield f"workspace/{path.relative_to(workspace.path).as_posix()}", path


TEMPLATES: Final[dict[str, Callable[[Workspace, Collection[str]], Templates]]] = {
    "packs": _pack_texts,
    "shipped": _shipped_templates,
    "workspace": _own_templates,
}
"""Who knows of templates that documents are made of; each gives names and files, given a workspace and the subjects of a release.

A module with templates of its own adds a finder under a new name.
"""


def template_digests(workspace: Workspace, subjects: Collection[str]) -> dict[str, str]:
    """The digest of every template that any finder of :data:`TEMPLATES` gives, by its name."""
    found = {name: file_digest(path) for finder in TEMPLATES.values() for name, path in finder(workspace, subjects)}
    return dict(sorted(found.items()))
