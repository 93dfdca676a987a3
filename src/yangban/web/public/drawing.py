"""Where things stand in small server-made pictures: sparklines, calendars, maps. Places on paper, no results."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

from yangban.web.public.names import month_name

CELL: Final = 14
"""Points from one square of a calendar to the next."""
_TOP: Final = 18
TILE: Final = 100
_WIDE, _HIGH, _EDGE = 220, 44, 4


@dataclass(frozen=True)
class Spark:
    """Lines of a sparkline, broken where a value is missing, with the dashed line of a target and the last point."""

    runs: tuple[str, ...]
    dots: tuple[tuple[str, str], ...]
    target: str | None
    wide: int = _WIDE
    high: int = _HIGH


def spark(values: Sequence[Decimal | None], target: Decimal | None = None) -> Spark | None:
    """A sparkline of values in their order; None where fewer than two are there."""
    held = [value for value in values if value is not None]
    if len(held) < 2:
        return None
    span = [*held, *([target] if target is not None else [])]
    low, high = float(min(span)), float(max(span))
    tall = (high - low) or 1.0

    def y(value: Decimal) -> str:
        return f"{_HIGH - _EDGE - (float(value) - low) / tall * (_HIGH - 2 * _EDGE):.1f}"

    step = (_WIDE - 2 * _EDGE) / max(1, len(values) - 1)
    runs: list[list[str]] = [[]]
    last = ("", "")
    for n, value in enumerate(values):
        if value is None:
            runs.append([])
            continue
        last = (f"{_EDGE + n * step:.1f}", y(value))
        runs[-1].append(",".join(last))
    lines = tuple(" ".join(run) for run in runs if len(run) > 1)
    alone = tuple((x, where) for run in runs if len(run) == 1 for x, where in [tuple(run[0].split(","))])
    return Spark(lines, (*alone, last), None if target is None else y(target))


@dataclass(frozen=True)
class Strip:
    """A year of days in columns of weeks, Monday on top: the squares, and where the name of each month stands."""

    squares: tuple[Mapping[str, Any], ...]
    months: tuple[tuple[int, str], ...]
    wide: int
    high: int = _TOP + 7 * CELL + 2


def strip(squares: Sequence[Sequence[Any]], levels: Sequence[Mapping[str, Any]]) -> Strip:
    """Lay the days of a year out; a day that is not there leaves its place empty."""
    words = {each["number"]: each for each in levels}
    made: list[Mapping[str, Any]] = []
    named: dict[str, int] = {}
    first = date.fromisoformat(squares[0][0]).replace(month=1, day=1)
    for label, aqi, level, status, reason in squares:
        day = date.fromisoformat(label)
        column = ((day - first).days + first.weekday()) // 7
        named.setdefault(label[:7], column * CELL + 1)
        made.append(
            {
                "label": label, "aqi": aqi, "level": level, "word": words.get(level), "status": status, "reason": reason,
                "x": column * CELL + 1, "y": _TOP + day.weekday() * CELL, "ink": ink(words[level]["rgb"]) if level in words else "",
            }
        )  # fmt: skip
    return Strip(tuple(made), tuple((x, month_name(label)) for label, x in named.items()), max(each["x"] for each in made) + CELL)


_WHITE_BELOW: Final = 0.18


def ink(rgb: Sequence[int]) -> str:
    """Whether dark or light writing is read better on a colour: ``dark`` or ``light`` (relative luminance of WCAG)."""

    def linear(part: int) -> float:
        share = part / 255
        return share / 12.92 if share <= 0.04045 else float(((share + 0.055) / 1.055) ** 2.4)

    red, green, blue = map(linear, rgb)
    return "light" if 0.2126 * red + 0.7152 * green + 0.0722 * blue < _WHITE_BELOW else "dark"


@dataclass(frozen=True)
class Part:
    """One part of a bar."""

    x: str
    wide: str
    label: str
    number: str
    colour: str
    ink: str
    roomy: bool


_BAR: Final = 400
_ROOM: Final = 26


def bar(parts: Sequence[tuple[str, Decimal | None, Sequence[int]]], whole: Decimal | None = None) -> list[Part]:
    """A bar of parts beside each other, in the colours given: words, numbers and colours."""
    held = [(label, value, rgb) for label, value, rgb in parts if value is not None and value > 0]
    total = whole or sum((value for _, value, _ in held), Decimal(0))
    made, x = [], 0.0
    for label, value, rgb in held:
        wide = float(value) / float(total) * _BAR
        colour = "#{:02x}{:02x}{:02x}".format(*rgb)
        made.append(Part(f"{x:.1f}", f"{wide:.1f}", label, f"{value:f}", colour, ink(rgb), wide >= _ROOM))
        x += wide
    return made


def length(value: Decimal | None, most: Decimal) -> str | None:
    """How long a single bar is, of :data:`_BAR` for the largest value."""
    return None if value is None or not most else f"{float(value) / float(most) * _BAR:.1f}"


def points(rows: Sequence[Mapping[str, Any]]) -> dict[str, Any] | None:
    """Sections with trusted coordinates as points on paper, north up; None where there are fewer than two."""
    held = [(row, float(row["point"][0]), float(row["point"][1])) for row in rows if row.get("point")]
    if len(held) < 2:
        return None
    west, east = min(x for _, x, _ in held), max(x for _, x, _ in held)
    south, north = min(y for _, _, y in held), max(y for _, _, y in held)
    scale = (_BAR - 40) / ((east - west) or 1.0)
    places = [{**row, "x": round(20 + (x - west) * scale), "y": round(20 + (north - y) * scale)} for row, x, y in held]
    return {"places": places, "high": round((north - south) * scale) + 40}
