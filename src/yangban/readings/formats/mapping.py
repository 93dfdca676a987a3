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
from yangban.base.pollutants import AIR_SIX, HOURLY_SIX, heading
from yangban.base.units import canonical
from yangban.readings.formats.text import Refused
from yangban.readings.formats.tidy import Plan
from yangban.readings.units import scale_of

ITEMS: Final = tuple(dict.fromkeys((*HOURLY_SIX, *AIR_SIX)))
ROLES: Final = ("subject", "station", "time", "hour", "year", "month", "day", "pollutant", "value", "unit", "synthetic")
_OPTIONS: Final[Mapping[str, type]] = {"label": str, "level": str, "sheet": str, "header_row": int, "daily": bool}
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
    digest: str = ""

    def plan(self, names: Sequence[str]) -> Plan:
        """The plan for a header.

        Raises :class:`~yangban.readings.formats.text.Refused` naming the columns that the header does not have, or has twice.
        """
        plain = [_plain(name) for name in names]
        absent = [head for _, head in self.columns if plain.count(_plain(head)) == 0]
        if absent:
            raise Refused("mapping_mismatch", f"没有列 {'、'.join(absent)}；表头是 {'，'.join(each for each in names if each)[:200]}")
        twice = [head for _, head in self.columns if plain.count(_plain(head)) > 1]
        if twice:
            raise Refused("mapping_mismatch", f"列 {'、'.join(twice)} 出现不止一次")
        where = {word: plain.index(_plain(head)) for word, head in self.columns}
        units = dict(self.units)
        items = {where[item]: (item, _unit(units.get(item), names[where[item]])) for item in ITEMS if item in where}
        return Plan({word: index for word, index in where.items() if word in ROLES}, items)


def load(path: Path) -> ColumnMapping:
    """Read a mapping file.

    Raises :class:`~yangban.base.errors.UsageError` naming the file, the entry and what was expected.
    """
    try:
        content = path.read_bytes()
        table = tomllib.loads(content.decode("utf-8-sig"))
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
    for word, head in columns.items():
        if word not in ROLES and word not in ITEMS:
            raise UsageError(f"{path}: [columns] {word}: unknown word; expected one of {' '.join((*ROLES, *ITEMS))}")
        if not isinstance(head, str) or not head.strip():
            raise UsageError(f"{path}: [columns] {word} is {head!r}; expected the heading of a column as text")
    if len({_plain(head) for head in columns.values()}) < len(columns):
        raise UsageError(f"{path}: [columns] gives one heading to two words; each column means one thing")
    if not {"subject", "station"} & set(columns):
        raise UsageError(f"{path}: [columns] has neither subject nor station; name the column that tells whose readings these are")
    if "time" not in columns and not {"year", "month", "day"} <= set(columns):
        raise UsageError(f"{path}: [columns] has no time; name it, or year, month and day (and hour)")
    if not set(ITEMS) & set(columns) and not {"pollutant", "value"} <= set(columns):
        raise UsageError(f"{path}: [columns] has no readings; name some of {' '.join(ITEMS)}, or pollutant and value")
    if set(ITEMS) & set(columns) and {"pollutant", "value"} & set(columns):
        raise UsageError(f"{path}: [columns] has columns of pollutants and also pollutant or value; a table is one or the other")
    for item, unit in units.items():
        if item not in ITEMS:
            raise UsageError(f"{path}: [units] {item}: unknown pollutant; expected one of {' '.join(ITEMS)}")
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
