"""The flagship species of the region packs: names, protection class, and where the packs' regions lie.

A pack's ``species.toml`` lists the species that its region watches, with Chinese and Latin name, other names under which records name them,
class of protection (1, 2 or none), and for every entry source and confidence. It is no checklist: most species of a survey are on no list,
and they count all the same.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import Any, Final

from yangban.base.errors import BookError
from yangban.base.notation import toml
from yangban.base.regions import place
from yangban.packs import pack_folders

_FILE: Final = "species.toml"
_KEYS: Final = ("id", "chinese", "latin", "english", "protection", "source", "confidence")
_OPTIONAL: Final = ("also", "note")
_CONFIDENCES: Final = ("verified", "one-source", "unverified")
_ID: Final = re.compile(r"[a-z][a-z0-9_]*")
_BINOMIAL: Final = re.compile(
    r"([A-Z][a-z-]+)\s+(?:\([A-Z][a-z]+\)\s+)?([a-z][a-z-]{2,})(?:\s+(?:subsp\.|ssp\.|var\.)?\s*([a-z][a-z-]{2,}))?(?:\s.*)?"
)
_GENUS: Final = re.compile(r"([A-Z][a-z-]{2,})(?:\s+(?:sp|spp)\.?)?(?:\s.*)?")
_CHINESE: Final = re.compile(r"[\u3400-\u9fff（）()·]{2,}")
_NOBODY: Final = frozenset(("未知", "不明", "未鉴定", "未识别", "不详", "unknown", "unidentified", "na", "n/a", "nil", "none", "无"))


@dataclass(frozen=True)
class Species:
    """One species of a pack; ``protection`` is 1 or 2 (国家一级、二级), 0 for none, ``None`` where it is not known.

    ``confidence`` is of the class of protection: ``verified``, ``one-source`` or ``unverified``.
    """

    id: str
    chinese: str
    latin: str
    english: str
    protection: int | None
    source: str
    confidence: str
    also: tuple[str, ...] = ()
    note: str = ""
    region: str = ""


@dataclass(frozen=True)
class Extent:
    """The box in which a region lies, in degrees; all ends are inside. A first sieve, no border."""

    region: str
    west: Decimal
    east: Decimal
    south: Decimal
    north: Decimal

    def holds(self, longitude: Decimal, latitude: Decimal) -> bool:
        """Whether a point lies in the box."""
        return self.west <= longitude <= self.east and self.south <= latitude <= self.north


@dataclass(frozen=True)
class Named:
    """What a name stands for: ``taxon`` is the id of a listed species, else the name as it counts.

    ``species`` says whether it names a species (or what is below it), ``listed`` whether it is on a pack's list.
    """

    taxon: str
    species: bool
    listed: bool


@cache
def species() -> Mapping[str, Species]:
    """The species of all packs by id. Raises :class:`~yangban.base.errors.BookError` naming file and entry."""
    found: dict[str, Species] = {}
    for file, table in _tables():
        for number, entry in enumerate(table.get("species", []), start=1):
            made = _entry(file, number, entry, str(table["region"]))
            if made.id in found:
                raise BookError(file, f"species {number}", f"{made.id} is listed twice")
            found[made.id] = made
    return found


@cache
def extents() -> Mapping[str, Extent]:
    """The boxes of the packs' regions by code; a region without one is not checked."""
    found = {}
    for file, table in _tables():
        if "extent" in table:
            ends = table["extent"]
            if set(ends) != {"west", "east", "south", "north", "source", "confidence"}:
                raise BookError(file, "extent", "needs west, east, south, north, source and confidence")
            code = str(table["region"])
            found[code] = Extent(code, *(Decimal(ends[each]) for each in ("west", "east", "south", "north")))
    return found


def _tables() -> list[tuple[str, dict[str, Any]]]:
    found = []
    for folder in pack_folders():
        path = folder / _FILE
        if not path.is_file():
            continue
        table = toml(path.read_text(encoding="utf-8"), decimals=True)
        file = f"{path.parent.name}/{_FILE}"
        if "region" not in table:
            raise BookError(file, "region", "missing; the code of the pack's region")
        place(str(table["region"]))
        found.append((file, table))
    return found


def _entry(file: str, number: int, entry: Mapping[str, Any], region: str) -> Species:
    where = f"species {number} ({entry.get('chinese', '?')})"
    if missing := [key for key in _KEYS if key not in entry and key != "protection"]:
        raise BookError(file, where, f"{missing[0]} is missing")
    if strange := sorted(set(entry) - {*_KEYS, *_OPTIONAL}):
        raise BookError(file, where, f"unknown key {strange[0]!r}; known are {', '.join((*_KEYS, *_OPTIONAL))}")
    if not _ID.fullmatch(entry["id"]) or not _BINOMIAL.fullmatch(entry["latin"]):
        raise BookError(file, where, f"id {entry['id']!r} or latin {entry['latin']!r} is not well-formed")
    if entry.get("protection") not in {None, 0, 1, 2} or entry["confidence"] not in _CONFIDENCES:
        raise BookError(file, where, f"protection is 0, 1 or 2 (left out: not known), confidence one of {', '.join(_CONFIDENCES)}")
    also = tuple(entry.get("also", ()))
    texts = {key: str(entry[key]) for key in ("id", "chinese", "latin", "english", "source", "confidence")}
    return Species(**texts, protection=entry.get("protection"), also=also, note=str(entry.get("note", "")), region=region)


@cache
def _by_name() -> Mapping[str, str]:
    """From every spelling of a name to the id."""
    found: dict[str, str] = {}
    for each in species().values():
        for name in (each.id, each.chinese, each.latin, each.english, *each.also):
            found.setdefault(_plain(name), each.id)
    return found


def resolve(*names: str, rank: str = "") -> Named | None:
    """What the first name that says something stands for, ``None`` when none of them is the name of a living thing.

    A subspecies counts as its species. A genus, or a name whose ``rank`` is above species, is no species.

    >>> resolve("Grus leucogeranus Pallas, 1773").taxon, resolve("", "白鹤").taxon, resolve("Anser sp."), resolve("unknown")
    ('siberian_crane', 'siberian_crane', Named(taxon='Anser', species=False, listed=False), None)
    """
    cleaned = [" ".join(unicodedata.normalize("NFKC", name).split()) for name in names]
    above = rank.strip().casefold() not in {"", "species", "subspecies", "variety", "form", "种", "亚种", "unranked"}
    for name in cleaned:
        if (hit := _by_name().get(_plain(name))) is not None:
            return Named(hit, True, True)
        if (found := _BINOMIAL.fullmatch(name)) and found[2] not in {"sp", "spp", "cf", "aff"} and not above:
            binomial = f"{found[1]} {found[2]}"
            hit = _by_name().get(_plain(binomial))
            return Named(hit or binomial, True, hit is not None)
    for name in cleaned:
        if _plain(name) in _NOBODY:
            continue
        if _CHINESE.fullmatch(name):
            return Named(name, not above and not name.endswith(("属", "科", "目", "类")), False)
        if found := _GENUS.fullmatch(name):
            return Named(found[1], False, False)
    return None


def taxon_name(taxon: str) -> str:
    """The Chinese name of a listed species, else the name itself."""
    known = species().get(taxon)
    return known.chinese if known else taxon


def _plain(name: str) -> str:
    return "".join(unicodedata.normalize("NFKC", name).casefold().split())
