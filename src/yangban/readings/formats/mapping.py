"""A mapping file: which column of somebody's table means what, in which unit, and how the table is to be read.

TOML, made once per kind of table and kept beside it::

    [columns]
    subject = "点位编号"
    time = "监测时间"
    pm25 = "细颗粒物"
    co = "一氧化碳"

    [units]
    co = "mg/m3"

    [options]
    label = "end"          # or "start": what an hour label marks
    level = "station"      # or "city"
    sheet = "小时值"        # of a workbook
    header_row = 3         # counted from 1
    daily = false          # true: one row per place and day

A table of sound names ``point`` (or ``subject``), ``city``, ``time`` and some of ``leq ld ln lmax``, and may name ``kind``, ``class``,
``length_m`` or ``length_km``, ``quarter`` and ``span``.

A table of water names ``section`` (or ``subject``) and items of water (``do codmn nh3n`` …), and may name ``province``, ``city``, ``class``
and ``state``; the option ``province = "360000"`` says where its sections lie.
"""

from __future__ import annotations

import hashlib
import tomllib
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from yangban.base.errors import UsageError
from yangban.base.notation import toml
from yangban.base.pollutants import AIR_SIX, HOURLY_SIX, heading
from yangban.base.units import canonical
from yangban.base.water_items import WATER_WORDS
from yangban.readings.formats.sound_table import WORDS as SOUND_WORDS
from yangban.readings.formats.text import Refused
from yangban.readings.formats.tidy import Plan
from yangban.readings.units import scale_of
from yangban.readings.water_headings import factor_to_item, water_heading

ITEMS: Final = tuple(dict.fromkeys((*HOURLY_SIX, *AIR_SIX)))
ROLES: Final = ("subject", "station", "time", "hour", "year", "month", "day", "pollutant", "value", "unit", "synthetic")
WATER_ROLES: Final = ("section", "source", "province", "city", "snapshot", "class", "state", "type", "basis", "item")
"""Words for columns that only tables of water have.

There ``subject`` and ``station`` are taken for ``section``, and ``pollutant`` for ``item``; ``source`` names a drinking-water source and
``type`` what it draws from.
"""
SOUND_MARKS: Final = ("leq", "ld", "ln")
"""Words of which a mapping for a table of sound has at least one."""

_OPTIONS: Final[Mapping[str, type]] = {"label": str, "level": str, "sheet": str, "header_row": int, "daily": bool, "province": str}
_CHOICES: Final[Mapping[str, tuple[str, ...]]] = {"label": ("end", "start"), "level": ("city", "station")}


@dataclass(frozen=True)
class ColumnMapping:
    """A mapping that was read and is whole; ``digest`` is the SHA-256 of its file, under which a workspace keeps it."""

    columns: tuple[tuple[str, str], ...]
    units: tuple[tuple[str, str], ...] = ()
    label: str | None = None
    level: str | None = None
    sheet: str | None = None
    header_row: int | None = None
    daily: bool = False
    province: str | None = None
    digest: str = ""

    @property
    def of_water(self) -> bool:
        """Whether it is for a table of water."""
        return not self.of_sound and any(word in WATER_WORDS or word in WATER_ROLES for word, _ in self.columns)

    @property
    def of_sound(self) -> bool:
        """Whether it is for a table of sound."""
        return any(word in SOUND_MARKS for word, _ in self.columns)

    def plan(self, names: Sequence[str]) -> Plan:
        """The plan for a header.

        Raises :class:`~yangban.readings.formats.text.Refused` naming the columns that the header does not have, or has twice.
        """
        where = self.where(names)
        units = dict(self.units)
        items = {where[item]: (item, _unit(units.get(item), names[where[item]])) for item in ITEMS if item in where}
        return Plan({word: index for word, index in where.items() if word in ROLES}, items)

    def water_columns(self, names: Sequence[str]) -> tuple[dict[str, int], dict[int, tuple[str, str]]]:
        """Roles and items of a table of water; a unit is "" where neither mapping nor heading states one.

        Raises :class:`~yangban.readings.formats.text.Refused` as :meth:`plan` does.
        """
        where = self.where(names)
        units = dict(self.units)
        items: dict[int, tuple[str, str]] = {}
        for word in WATER_WORDS:
            if word in where:
                said = water_heading(names[where[word]])
                stated, declared = said.unit if said else "", units.get(word, "")
                if stated and declared and factor_to_item(stated, word) != factor_to_item(declared, word):
                    raise Refused("mapping_mismatch", f"表头“{names[where[word]]}”写的是 {stated}，声明的单位是 {declared}")
                items[where[word]] = (word, declared or stated)
        same = {"subject": "section", "station": "section", "pollutant": "item"}
        return {same.get(word, word): index for word, index in where.items() if word not in WATER_WORDS}, items

    def fits(self, names: Sequence[str]) -> None:
        """Check that a header has the columns of the mapping, in units that do not contradict it.

        Raises :class:`~yangban.readings.formats.text.Refused` when it does not.
        """
        if self.of_sound:
            self.where(names)
        elif self.of_water:
            self.water_columns(names)
        else:
            self.plan(names)

    def where(self, names: Sequence[str]) -> dict[str, int]:
        """The column of each word of the mapping.

        Raises :class:`~yangban.readings.formats.text.Refused` naming the columns that the header does not have, or has twice.
        """
        plain = [_plain(name) for name in names]
        absent = [head for _, head in self.columns if plain.count(_plain(head)) == 0]
        if absent:
            raise Refused("mapping_mismatch", f"没有列 {'、'.join(absent)}；表头是 {'，'.join(each for each in names if each)[:200]}")
        twice = [head for _, head in self.columns if plain.count(_plain(head)) > 1]
        if twice:
            raise Refused("mapping_mismatch", f"列 {'、'.join(twice)} 出现不止一次")
        return {word: plain.index(_plain(head)) for word, head in self.columns}


def load(path: Path) -> ColumnMapping:
    """Read a mapping file.

    Raises :class:`~yangban.base.errors.UsageError` naming the file, the entry and what was expected.
    """
    try:
        content = path.read_bytes()
        table = toml(content.decode("utf-8-sig"))
    except OSError as problem:
        raise UsageError(f"{path}: the mapping file cannot be read ({problem.strerror}) 映射文件读不出") from None
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as problem:
        raise UsageError(f"{path}: not a TOML file in UTF-8 ({problem}) 映射文件不是 UTF-8 的 TOML") from None
    strange = [name for name in table if name not in {"columns", "units", "options"}]
    if strange:
        raise UsageError(f"{path}: unknown table [{strange[0]}]; expected [columns], [units], [options]")
    return _checked(path, table, hashlib.sha256(content).hexdigest())


def _checked(path: Path, table: Mapping[str, Any], digest: str) -> ColumnMapping:
    columns, units, options = (dict(table.get(name, {})) for name in ("columns", "units", "options"))
    sound = any(word in SOUND_MARKS for word in columns)
    water = not sound and any(word in WATER_WORDS or word in WATER_ROLES for word in columns)
    known = (*SOUND_WORDS, "station", "subject") if sound else (*ROLES, *WATER_ROLES, *WATER_WORDS) if water else (*ROLES, *ITEMS)
    measured = SOUND_MARKS if sound else WATER_WORDS if water else ITEMS
    for word, head in columns.items():
        if word not in known:
            raise UsageError(f"{path}: [columns] {word}: unknown word; expected one of {' '.join(known)}")
        if not isinstance(head, str) or not head.strip():
            raise UsageError(f"{path}: [columns] {word} is {head!r}; expected the heading of a column as text")
    if len({_plain(head) for head in columns.values()}) < len(columns):
        raise UsageError(f"{path}: [columns] gives one heading to two words; each column means one thing")
    if not {"subject", "station", *(["section", "source"] if water else []), *(["point"] if sound else [])} & set(columns):
        raise UsageError(f"{path}: [columns] has neither subject nor station; name the column that tells whose readings these are")
    if (
        "time" not in columns
        and not {"year", "month", "day"} <= set(columns)
        and not ((water and "month" in columns) or (sound and "year" in columns))
    ):
        raise UsageError(f"{path}: [columns] has no time; name it, or year, month and day (and hour)")
    if not set(measured) & set(columns) and not ({"pollutant", "item"} & set(columns) and "value" in columns):
        raise UsageError(f"{path}: [columns] has no readings; name some of {' '.join(measured)}, or pollutant and value")
    if set(measured) & set(columns) and {"pollutant", "item", "value"} & set(columns):
        raise UsageError(f"{path}: [columns] has columns of pollutants and also pollutant or value; a table is one or the other")
    for item, unit in units.items():
        if sound:
            raise UsageError(f"{path}: [units] {item}: levels of sound are dB(A) and are not converted; leave [units] out")
        if item not in measured:
            raise UsageError(f"{path}: [units] {item}: unknown pollutant; expected one of {' '.join(measured)}")
        if water:
            factor_to_item(str(unit), item)
        else:
            scale_of(item, str(unit))
    for name, value in options.items():
        if name not in _OPTIONS:
            raise UsageError(f"{path}: [options] {name}: unknown; expected one of {' '.join(_OPTIONS)}")
        if type(value) is not _OPTIONS[name] or (name in _CHOICES and value not in _CHOICES[name]):
            raise UsageError(
                f"{path}: [options] {name} is {value!r}; expected {' or '.join(_CHOICES.get(name, (_OPTIONS[name].__name__,)))}"
            )
    if options.get("header_row", 1) < 1:
        raise UsageError(f"{path}: [options] header_row is {options['header_row']}; rows are counted from 1")
    return ColumnMapping(tuple(columns.items()), tuple((item, str(unit)) for item, unit in units.items()), **options, digest=digest)


def _unit(declared: str | None, head: str) -> str | None:
    """The unit of a column: declared, or stated by its heading; the two must not contradict each other."""
    said = heading(head)
    stated = said.unit if said else ""
    if declared and stated and canonical(declared) != stated:
        raise Refused("mapping_mismatch", f"表头“{head}”写的是 {stated}，声明的单位是 {declared}")
    return declared or stated or None


def _plain(name: str) -> str:
    return "".join(unicodedata.normalize("NFKC", name).casefold().split())
