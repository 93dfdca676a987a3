"""Where things stand in small server-made pictures: sparklines, calendars, maps. Places on paper, no results."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

from yangban.web.words import pick

CELL: Final = 14
"""Points from one square of a calendar to the next."""
_TOP: Final = 18
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
    return Strip(tuple(made), tuple((x, _month(label)) for label, x in named.items()), max(each["x"] for each in made) + CELL)


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


@dataclass(frozen=True)
class Scale:
    """Dots on lines below each other over one scale: where each dot stands, and the marks of the scale with their words."""

    rows: tuple[Mapping[str, Any], ...]
    marks: tuple[tuple[str, str], ...]
    high: int
    wide: int = 0


_LINE: Final = 26
_NAMES: Final = 64


def dots(rows: Sequence[tuple[str, Sequence[Decimal | None]]], marks: Sequence[Decimal]) -> Scale | None:
    """Places with several values each as dots over one scale; ``marks`` are the limits between grades. None where nothing is to be drawn.

    The scale shows where values lie between the limits; it is not cut for lengths, so it need not begin at zero.
    """
    held = [value for _, values in rows for value in values if value is not None]
    if not held:
        return None
    low, high = float(min(*held, *marks)) - 2, float(max(*held, *marks)) + 2

    def x(value: Decimal) -> str:
        return f"{_NAMES + (float(value) - low) / (high - low) * _BAR:.1f}"

    drawn = tuple(
        {"name": name, "y": n * _LINE + 34, "dots": [None if value is None else (x(value), f"{value:f}") for value in values]}
        for n, (name, values) in enumerate(rows)
    )
    return Scale(drawn, tuple((x(mark), f"{mark:f}") for mark in marks), len(rows) * _LINE + 30, _NAMES + _BAR)


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


_MONTHS: Final = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]


def _month(label: str) -> str:
    number = int(label[5:7])
    return pick(f"{number}月", _MONTHS[number - 1])


MAP: Final = 400
"""Width of a map in points."""
_FINE: Final = 0.8
"""Points nearer than this to the last one are left out of an outline."""


def outlines(areas: Sequence[tuple[str, Mapping[str, Any] | None]], *, flat: bool) -> tuple[int, int, dict[str, dict[str, Any]]]:
    """Shapes of GeoJSON as paths on paper, north up: width, height, and for each place its path and where its name stands.

    ``flat`` shapes are squares of a grid; others are degrees, drawn with the parallel of their middle true to length.
    """
    rings = {code: _rings(shape) for code, shape in areas if shape is not None}
    points = [point for parts in rings.values() for ring in parts for point in ring]
    west, east = min(p[0] for p in points), max(p[0] for p in points)
    south, north = min(p[1] for p in points), max(p[1] for p in points)
    squeeze = 1.0 if flat else math.cos(math.radians((south + north) / 2))
    scale = MAP / ((east - west) * squeeze)

    def paper(point: Sequence[float]) -> tuple[float, float]:
        return (point[0] - west) * squeeze * scale, (north - point[1]) * scale

    made = {}
    for code, parts in rings.items():
        drawn = [_thinned([paper(point) for point in ring]) for ring in parts]
        path = "".join("M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in ring) + "Z" for ring in drawn if len(ring) > 3)
        x, y = _middle(max(drawn, key=lambda ring: abs(_area(ring))))
        made[code] = {"path": path, "x": round(x), "y": round(y)}
    return MAP, round((north - south) * scale), made


def _rings(shape: Mapping[str, Any]) -> list[Sequence[Sequence[float]]]:
    parts = [shape["coordinates"]] if shape["type"] == "Polygon" else shape["coordinates"]
    return [ring for part in parts for ring in part]


def _thinned(ring: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    kept = [ring[0]]
    for point in ring[1:-1]:
        if abs(point[0] - kept[-1][0]) + abs(point[1] - kept[-1][1]) >= _FINE:
            kept.append(point)
    return [*kept, ring[-1]]


def _area(ring: Sequence[tuple[float, float]]) -> float:
    return sum(a[0] * b[1] - b[0] * a[1] for a, b in itertools.pairwise(ring)) / 2


def _middle(ring: Sequence[tuple[float, float]]) -> tuple[float, float]:
    """The centre of gravity of a ring."""
    area = _area(ring) or 1.0
    pairs = list(itertools.pairwise(ring))
    x = sum((a[0] + b[0]) * (a[0] * b[1] - b[0] * a[1]) for a, b in pairs) / (6 * area)
    y = sum((a[1] + b[1]) * (a[0] * b[1] - b[0] * a[1]) for a, b in pairs) / (6 * area)
    return x, y
