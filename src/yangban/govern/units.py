"""The units that plans and tasks name: committee offices and departments, as data of a region's pack. Persons are not data of a pack."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from yangban.base.errors import BookError, YangbanError
from yangban.base.notation import tables, toml
from yangban.base.regions import place
from yangban.govern.plans import CONFIDENCE

KINDS: Final[Mapping[str, str]] = {"office": "委员会办公室", "department": "部门", "government": "政府"}
_KEYS: Final = ("id", "name", "kind", "place", "owns", "confidence", "source", "note")


@dataclass(frozen=True, kw_only=True)
class Unit:
    """A unit with the place that it works for; ``owns`` are the indicators whose warnings go to it."""

    id: str
    name: str
    kind: str
    place: str
    level: str
    owns: tuple[str, ...] = ()
    confidence: str = "unverified"
    source: str = ""
    note: str = ""


def read_units(text: str, *, name: str) -> tuple[Unit, ...]:
    """The units in a TOML text, one ``[[unit]]`` each; ``name`` is the file that an error names.

    The level is that of the place. Raises :class:`~yangban.base.errors.BookError` naming file, entry and key.
    """
    try:
        found = tables(toml(text), "unit")
    except tomllib.TOMLDecodeError as problem:
        raise BookError(name, "whole file", f"is no TOML: {problem}") from None
    made: dict[str, Unit] = {}
    for n, table in enumerate(found, start=1):
        each = _unit(name, f"unit {n}", table)
        if each.id in made:
            raise BookError(name, f"unit {n}.id", f"{each.id!r} is given twice")
        made[each.id] = each
    return tuple(made.values())


def _unit(name: str, where: str, table: Mapping[str, Any]) -> Unit:
    for key in table:
        if key not in _KEYS:
            raise BookError(name, f"{where}.{key}", f"unknown key; expected one of {', '.join(_KEYS)}")
    for key in ("id", "name", "kind", "place", "confidence", "source"):
        if not isinstance(table.get(key), str) or not table[key].strip():
            raise BookError(name, f"{where}.{key}", f"expected a text that is not empty, got {table.get(key)!r}")
    for key, allowed in (("kind", tuple(KINDS)), ("confidence", CONFIDENCE)):
        if table[key] not in allowed:
            raise BookError(name, f"{where}.{key}", f"expected one of {', '.join(allowed)}, got {table[key]!r}")
    owns = table.get("owns", [])
    if not isinstance(owns, list) or not all(isinstance(each, str) for each in owns):
        raise BookError(name, f"{where}.owns", f"expected a list of indicators, got {owns!r}")
    try:
        level = place(table["place"]).level
    except YangbanError as problem:
        raise BookError(name, f"{where}.place", str(problem)) from None
    return Unit(**{**table, "owns": tuple(owns), "level": level})
