"""Region packs: everything that belongs to one region, as data; another province starts by copying one folder.

A pack is a folder (:mod:`yangban.packs.new` starts one) beside this file or in a folder of the user's own
(:mod:`yangban.base.pack_folders`) with ``region.toml`` (names, cities, whom it is compared with),
``published.toml`` (official results as printed, never computed), ``texts.toml`` (sentences of the report card, notes) and ``zones.toml``
(functional zones, read by :mod:`yangban.base.regions`). :func:`load_pack` reads and checks one; a wrong entry is a
:class:`~yangban.base.errors.BookError` that names file and key.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from functools import cache
from pathlib import Path
from string import Formatter
from types import MappingProxyType
from typing import Any, Final, TypeVar

from yangban.base.errors import BookError, UnknownPeriod, UnknownRegion
from yangban.base.notation import tables, toml
from yangban.base.pack_folders import MARK, own_packs
from yangban.base.periods import Period, parse
from yangban.base.regions import children, groups, place

_FOLDER: Final = Path(__file__).parent
_INDICATOR: Final = re.compile(r"^(air|water|sound|ecology|reported)(\.[a-z0-9_]+)+$")
_EDITION: Final = re.compile(r"^[a-z]+\d+(-[a-z0-9]+)+$")
_DAY_OR_MONTH: Final = re.compile(r"^\d{4}-\d{2}(-\d{2})?$")
_NUMBER: Final = re.compile(r"^[+-]?\d+(\.\d+)?$")
_SCOPES: Final = ("as_monitored", "dust_excluded", "not_applicable", "unknown")
_BASES: Final = ("realtime", "audited", "unknown")
_NETWORKS: Final = ("state", "province", "all", "unknown")
_T = TypeVar("_T")


@dataclass(frozen=True)
class Published:
    """One official result as printed.

    ``area`` is a code, ``area_note`` what the issuer says it covers; ``value`` and ``change`` keep the printed decimals; ``published`` is a
    day (2023-03-30), a month (2025-03), or None when unknown. ``edition`` is the standard under which it was judged, empty where none is.
    """

    area: str
    area_note: str
    period: Period
    indicator: str
    value: str
    unit: str
    change: str | None
    change_unit: str | None
    scope: str
    basis: str
    network: str
    issuer: str
    published: str | None
    source: str
    note: str
    edition: str = ""

    @property
    def number(self) -> Decimal:
        """The printed value as an exact number."""
        return Decimal(self.value)


@dataclass(frozen=True)
class PublishedRanking:
    """An official order of places as printed.

    ``ranks`` holds code and rank, tied places sharing a rank; ``order`` is ascending (the smallest value first) or descending.
    """

    area: str
    period: Period
    indicator: str
    order: str
    ranks: tuple[tuple[str, int], ...]
    issuer: str
    published: str | None
    source: str
    note: str


@dataclass(frozen=True)
class Region:
    """Who the pack is about: codes of its cities in its own order, of its neighbours, and the group it is compared with, or ""."""

    code: str
    name: str
    short: str
    name_en: str
    cities: tuple[str, ...]
    compared_with: str
    neighbours: tuple[str, ...]


@dataclass(frozen=True)
class Sentence:
    """A sentence of the report card: ``text`` with the ``slots`` of that name in braces."""

    indicator: str
    slots: tuple[str, ...]
    text: str


@dataclass(frozen=True)
class Texts:
    """What is said around the numbers: sentences in the order of the paragraph, pieces for change and rank, notes by key and language.

    ``notes`` maps a key to a mapping with ``zh`` and ``en``.
    """

    card: tuple[Sentence, ...]
    change: Mapping[str, str]
    rank: Mapping[str, str]
    notes: Mapping[str, Mapping[str, str]]


@dataclass(frozen=True)
class Pack:
    """A region's data, read and checked."""

    name: str
    region: Region
    published: tuple[Published, ...]
    rankings: tuple[PublishedRanking, ...]
    texts: Texts

    def published_for(self, area: str, *, period: str, indicator: str, network: str = "state") -> Published | None:
        """The printed result for an area, period and indicator, or None.

        >>> load_pack("jiangxi").published_for("360000", period="2022", indicator="air.good_day_ratio").value
        '92.1'
        """
        wanted = (area, period, indicator, network)
        return next((p for p in self.published if (p.area, p.period.label, p.indicator, p.network) == wanted), None)


def pack_names() -> tuple[str, ...]:
    """The names of the packs that are here, shipped and the user's own.

    >>> pack_names()
    ('jiangxi',)
    """
    return tuple(sorted(_folders()))


def pack_folders() -> tuple[Path, ...]:
    """The folders of the packs that are here, by name."""
    return tuple(folder for _, folder in sorted(_folders().items()))


def _folders() -> dict[str, Path]:
    """The packs beside this file, and those in the folders that the user names; one of the same name takes the shipped one's place."""
    shipped = {file.parent.name: file.parent for file in _FOLDER.glob(f"*/{MARK}")}
    return {**shipped, **{folder.name: folder for folder in own_packs()}}


def home_region() -> str | None:
    """The code of the region that this installation serves: that of its only pack, else None and the user has to say.

    >>> home_region()
    '360000'
    """
    folders = pack_folders()
    return _read(folders[0]).region.code if len(folders) == 1 else None


def load_pack(name_or_region: str) -> Pack:
    """The pack of this name, or of the region in which a place lies (code or name).

    Raises :class:`~yangban.base.errors.UnknownRegion` when no pack holds it, and :class:`~yangban.base.errors.BookError` for a wrong entry.

    >>> load_pack("360000") is load_pack("jiangxi") is load_pack("南昌")
    True
    """
    folders = _folders()
    if name_or_region in folders:
        return _read(folders[name_or_region])
    item = place(name_or_region)
    for folder in folders.values():
        pack = _read(folder)
        inside = (child.code for level in ("city", "county") for child in children(pack.region.code, level=level, zones=True))
        if item.code == pack.region.code or item.code in set(inside):
            return pack
    raise UnknownRegion(f"no pack for {item.name} ({item.code}); there are packs for {', '.join(pack_names())}")


@cache
def _read(folder: Path) -> Pack:
    return read_pack(folder)


def read_pack(folder: Path) -> Pack:
    """Read and check the pack in a folder, wherever it lies."""
    region = _region(_File(folder / "region.toml"))
    published = _File(folder / "published.toml")
    figures = tuple(_published(published, entry, f"figure {n}") for n, entry in enumerate(published.tables("figure"), 1))
    seen: dict[tuple[str, str, str, str, str], int] = {}
    for n, figure in enumerate(figures, 1):
        key = (figure.area, figure.period.label, figure.indicator, figure.network, figure.scope)
        if key in seen:
            raise BookError(published.name, f"figure {n}", f"says the same thing as figure {seen[key]}: {', '.join(key)}; keep one")
        seen[key] = n
    rankings = tuple(_ranking(published, entry, f"ranking {n}") for n, entry in enumerate(published.tables("ranking"), 1))
    return Pack(folder.name, region, figures, rankings, _texts(_File(folder / "texts.toml")))


class _File:
    """A TOML file of a pack, and the checks by which its entries are read; each error names the file and the key."""

    def __init__(self, path: Path) -> None:
        self.name = f"{path.parent.name}/{path.name}"
        try:
            self.data: dict[str, Any] = toml(path.read_text(encoding="utf-8"))
        except UnicodeDecodeError as problem:
            raise BookError(self.name, "file", f"is not UTF-8 at byte {problem.start}; save it as UTF-8") from None
        except FileNotFoundError:
            raise BookError(self.name, "file", "missing; a pack needs region.toml, published.toml and texts.toml") from None
        except tomllib.TOMLDecodeError as problem:
            raise BookError(self.name, "file", f"is not TOML: {problem}") from None

    def tables(self, key: str) -> list[dict[str, Any]]:
        """The tables under ``[[key]]``."""
        try:
            return tables(self.data, key)
        except tomllib.TOMLDecodeError as problem:
            raise BookError(self.name, key, str(problem)) from None

    def text(self, entry: Mapping[str, Any], key: str, where: str, *, empty: bool = False) -> str:
        value = entry.get(key)
        if not isinstance(value, str) or not (value or empty):
            raise BookError(self.name, f"{where}: {key}", f"expected a text{'' if empty else ' that is not empty'}, got {value!r}")
        return value

    def choice(self, entry: Mapping[str, Any], key: str, where: str, allowed: tuple[str, ...], *, empty: bool = False) -> str:
        value = self.text(entry, key, where, empty=empty)
        if value not in allowed:
            raise BookError(self.name, f"{where}: {key}", f"expected one of {', '.join(allowed)}, got {value!r}")
        return value

    def shape(self, entry: Mapping[str, Any], key: str, where: str, pattern: re.Pattern[str], wanted: str) -> str:
        value = self.text(entry, key, where)
        if not pattern.match(value):
            raise BookError(self.name, f"{where}: {key}", f"expected {wanted}, got {value!r}")
        return value

    def read(self, key: str, where: str, how: Callable[[str], _T], value: str) -> _T:
        """Turn a text into what it stands for; what cannot be read is an error of this file."""
        try:
            return how(value)
        except (UnknownRegion, UnknownPeriod, InvalidOperation) as problem:
            raise BookError(self.name, f"{where}: {key}", str(problem)) from None


def _code(text: str) -> str:
    """A code that is in force; a name will not do in a pack."""
    found = place(text)
    if found.code != text:
        raise UnknownRegion(f"expected the code {found.code}, got the name {text!r}")
    return text


def _published(file: _File, entry: Mapping[str, Any], where: str) -> Published:
    change = file.shape(entry, "change", where, _NUMBER, "a number as printed") if "change" in entry else None
    return Published(
        area=file.read("area", where, _code, file.text(entry, "area", where)),
        area_note=file.text(entry, "area_note", where) if "area_note" in entry else "",
        period=file.read("period", where, parse, file.text(entry, "period", where)),
        indicator=file.shape(entry, "indicator", where, _INDICATOR, "an indicator such as air.pm25.mean"),
        value=file.shape(entry, "value", where, _NUMBER, "a number as printed"),
        unit=file.text(entry, "unit", where),
        change=change,
        change_unit=file.text(entry, "change_unit", where) if change is not None else None,
        scope=file.choice(entry, "scope", where, _SCOPES),
        basis=file.choice(entry, "basis", where, _BASES),
        network=file.choice(entry, "network", where, _NETWORKS),
        issuer=file.text(entry, "issuer", where),
        published=_day(file, entry, where),
        source=file.text(entry, "source", where),
        note=file.text(entry, "note", where, empty=True),
        edition=file.shape(entry, "edition", where, _EDITION, "an edition such as gb3095-2012") if "edition" in entry else "",
    )


def _ranking(file: _File, entry: Mapping[str, Any], where: str) -> PublishedRanking:
    ranks = entry.get("ranks", ())
    if not ranks or not isinstance(ranks, list) or not all(isinstance(row, list) and list(map(type, row)) == [str, int] for row in ranks):
        raise BookError(file.name, f"{where}: ranks", 'expected a list of ["code", rank]')
    return PublishedRanking(
        area=file.read("area", where, _code, file.text(entry, "area", where)),
        period=file.read("period", where, parse, file.text(entry, "period", where)),
        indicator=file.shape(entry, "indicator", where, _INDICATOR, "an indicator such as air.pm25.mean"),
        order=file.choice(entry, "order", where, ("ascending", "descending")),
        ranks=tuple((file.read("ranks", where, _code, code), rank) for code, rank in ranks),
        issuer=file.text(entry, "issuer", where),
        published=_day(file, entry, where),
        source=file.text(entry, "source", where),
        note=file.text(entry, "note", where, empty=True),
    )


def _day(file: _File, entry: Mapping[str, Any], where: str) -> str | None:
    if "published" not in entry:
        return None
    return file.shape(entry, "published", where, _DAY_OR_MONTH, "a day (2023-03-30) or month (2023-03)")


def _region(file: _File) -> Region:
    def codes(key: str) -> tuple[str, ...]:
        listed = file.data.get(key)
        if not isinstance(listed, list) or not all(isinstance(code, str) for code in listed):
            raise BookError(file.name, f"region: {key}", f"expected a list of codes, got {listed!r}")
        return tuple(file.read(key, "region", _code, code) for code in listed)

    region = Region(
        code=file.read("code", "region", _code, file.text(file.data, "code", "region")),
        name=file.text(file.data, "name", "region"),
        short=file.text(file.data, "short", "region"),
        name_en=file.text(file.data, "name_en", "region"),
        cities=codes("cities"),
        compared_with=file.choice(file.data, "compared_with", "region", ("", *groups()), empty=True),
        neighbours=codes("neighbours"),
    )
    official = {child.code for child in children(region.code, level="city")}
    if set(region.cities) != official:
        differing = ", ".join(sorted(official.symmetric_difference(region.cities)))
        raise BookError(file.name, "region: cities", f"differ from the prefecture-level places of {region.name}: {differing}")
    return region


def _texts(file: _File) -> Texts:
    card = []
    for n, entry in enumerate(file.tables("card"), 1):
        where = f"card {n}"
        sentence = Sentence(
            indicator=file.shape(entry, "indicator", where, _INDICATOR, "an indicator such as air.pm25.mean"),
            slots=tuple(map(str, slots)) if isinstance(slots := entry.get("slots", []), list) else (),
            text=file.text(entry, "text", where),
        )
        used = {name for _, name, _, _ in Formatter().parse(sentence.text) if name is not None}
        if used != set(sentence.slots):
            raise BookError(file.name, f"{where}: slots", f"text uses {sorted(used)}, slots are {sorted(sentence.slots)}")
        card.append(sentence)
    notes = {
        file.text(entry, "key", f"note {n}"): MappingProxyType(
            {language: file.text(entry, language, f"note {n}") for language in ("zh", "en")}
        )
        for n, entry in enumerate(file.tables("note"), 1)
    }
    pieces = {table: {key: file.text(file.data[table], key, table) for key in file.data.get(table, {})} for table in ("change", "rank")}
    return Texts(tuple(card), MappingProxyType(pieces["change"]), MappingProxyType(pieces["rank"]), MappingProxyType(notes))
