"""Titles and pilots of the region packs: which places are named in a source, how many there are in all, and who goes ahead.

A pack's ``naming.toml`` lists counts and names of titles, ``pilots.toml`` the pilots with their goals and the numbers that are told of
them. What no source names stays a count: nothing is filled in. A wrong entry is a :class:`~yangban.base.errors.BookError` that names file
and key.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

from yangban.base.errors import BookError, UnknownRegion
from yangban.base.notation import toml
from yangban.base.regions import place
from yangban.packs import pack_folders

CONFIDENCES: Final = ("official", "verified", "one-source", "unverified")


@dataclass(frozen=True)
class Count:
    """How many of a title a region has, as a source says."""

    region: str
    family: str
    number: int
    as_of: str
    source: str
    confidence: str


@dataclass(frozen=True)
class Title:
    """One named place or water; ``place`` is a code or "", ``batch`` and ``year`` are ``None`` where no source says."""

    region: str
    family: str
    place: str
    subject: str
    batch: int | None
    year: int | None
    source: str
    confidence: str


@dataclass(frozen=True)
class PilotEntry:
    """One pilot of a pack; ``facts`` and ``goals`` are the tables as they stand in the file."""

    region: str
    word: str
    kind: str
    place: str
    title: str
    title_en: str
    basis: str
    started: str
    source: str
    confidence: str
    facts: tuple[Mapping[str, str], ...]
    goals: tuple[Mapping[str, str], ...]


@dataclass(frozen=True)
class Titles:
    """Counts and names of all packs."""

    counts: tuple[Count, ...]
    named: tuple[Title, ...]

    def unnamed(self, family: str, region: str) -> int:
        """How many of a title nobody has named: the count less the names."""
        whole = next((each.number for each in self.counts if (each.family, each.region) == (family, region)), 0)
        return max(0, whole - sum((each.family, each.region) == (family, region) for each in self.named))


@cache
def titles() -> Titles:
    """The titles of all packs."""
    counts: list[Count] = []
    named: list[Title] = []
    for file, table in _tables("naming.toml"):
        region = _code(file, "region", table.get("region"))
        for n, entry in enumerate(table.get("count", ()), 1):
            _keys(file, f"count {n}", entry, ("family", "number", "as_of", "source", "confidence"))
            if isinstance(entry["number"], bool) or not isinstance(entry["number"], int) or entry["number"] < 0:
                raise BookError(file, f"count {n}: number", f"expected a whole number, got {entry['number']!r}")
            counts.append(Count(region=region, **entry))
        for n, entry in enumerate(table.get("named", ()), 1):
            where = f"named {n}"
            _keys(file, where, entry, ("family", "source", "confidence"), ("place", "subject", "batch", "year"))
            if not entry.get("place") and not entry.get("subject"):
                raise BookError(file, where, "names neither place nor subject")
            code = _code(file, f"{where}: place", entry["place"]) if "place" in entry else ""
            named.append(
                Title(
                    region, entry["family"], code, entry.get("subject", ""), entry.get("batch"), entry.get("year"), entry["source"],
                    entry["confidence"],
                )
            )  # fmt: skip
    for each in counts:
        listed = sum((one.family, one.region) == (each.family, each.region) for one in named)
        if listed > each.number:
            raise BookError("naming.toml", f"count[{each.family}]", f"is {each.number}, but {listed} are named")
    return Titles(tuple(counts), tuple(named))


@cache
def pilots() -> tuple[PilotEntry, ...]:
    """The pilots of all packs."""
    found: dict[str, PilotEntry] = {}
    for file, table in _tables("pilots.toml"):
        region = _code(file, "region", table.get("region"))
        for n, entry in enumerate(table.get("pilot", ()), 1):
            where = f"pilot {n}"
            _keys(
                file, where, entry, ("word", "kind", "place", "title", "title_en", "source", "confidence"),
                ("basis", "started", "fact", "goal"),
            )  # fmt: skip
            if entry["kind"] not in {"city", "county"}:
                raise BookError(file, f"{where}: kind", f"expected city or county, got {entry['kind']!r}")
            for m, fact in enumerate(entry.get("fact", ()), 1):
                _keys(file, f"{where}: fact {m}", fact, ("name", "name_en", "value", "source"), confidence=False)
            for m, goal in enumerate(entry.get("goal", ()), 1):
                _keys(
                    file, f"{where}: goal {m}", goal, ("text", "source", "confidence"),
                    ("indicator", "direction", "value", "unit", "period"),
                )  # fmt: skip
            if entry["word"] in found:
                raise BookError(file, f"{where}: word", f"{entry['word']} is given twice")
            found[entry["word"]] = PilotEntry(
                region, entry["word"], entry["kind"], _code(file, f"{where}: place", entry["place"]), entry["title"], entry["title_en"],
                entry.get("basis", ""), entry.get("started", ""), entry["source"], entry["confidence"], tuple(entry.get("fact", ())),
                tuple(entry.get("goal", ())),
            )  # fmt: skip
    return tuple(found.values())


def _tables(name: str) -> Iterator[tuple[str, dict[str, Any]]]:
    for folder in pack_folders():
        path: Path = folder / name
        if path.is_file():
            try:
                yield f"{folder.name}/{name}", toml(path.read_text(encoding="utf-8"), decimals=True)
            except tomllib.TOMLDecodeError as problem:
                raise BookError(f"{folder.name}/{name}", "file", f"is not TOML: {problem}") from None


def _code(file: str, key: str, value: Any) -> str:
    try:
        if not isinstance(value, str) or place(value).code != value:
            raise UnknownRegion(f"expected a code of GB/T 2260, got {value!r}")
    except UnknownRegion as problem:
        raise BookError(file, key, str(problem)) from None
    return value


def _keys(
    file: str, where: str, entry: Mapping[str, Any], required: Sequence[str], optional: Sequence[str] = (), *, confidence: bool = True
) -> None:  # fmt: skip
    if missing := [key for key in required if entry.get(key) in (None, "")]:
        raise BookError(file, where, f"misses {', '.join(missing)}")
    if strange := [key for key in entry if key not in {*required, *optional}]:
        raise BookError(file, where, f"unknown key {', '.join(strange)}; known are {', '.join((*required, *optional))}")
    if confidence and entry["confidence"] not in CONFIDENCES:
        raise BookError(file, f"{where}: confidence", f"expected one of {', '.join(CONFIDENCES)}, got {entry['confidence']!r}")
