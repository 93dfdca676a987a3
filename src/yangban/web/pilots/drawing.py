"""Small drawings of projects: a shape in its own box, and money, work and time beside one another. SVG by attributes, no style."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import cos, radians
from typing import Any

from yangban.readings.shapes import positions

WIDTH = 420
_LEAST = 0.002
"""Degrees that a drawing spans at least, so that a single point has something around it."""
_KM_OF_DEGREE = 111.32


@dataclass(frozen=True)
class Part:
    """One part of a shape: a path, or a point."""

    kind: str
    path: str
    x: float
    y: float


@dataclass(frozen=True)
class Sketch:
    """A shape as a page draws it, with the length of its scale bar."""

    parts: tuple[Part, ...]
    width: int
    height: int
    west: str
    east: str
    south: str
    north: str
    bar: int
    bar_words: str


def sketch(geometry: Mapping[str, Any]) -> Sketch:
    """The drawing of a checked geometry, north up, with a scale bar of a round length."""
    held = list(positions(dict(geometry)))
    west, east = min(x for x, _ in held), max(x for x, _ in held)
    south, north = min(y for _, y in held), max(y for _, y in held)
    pad_x, pad_y = max((east - west) * 0.08, _LEAST), max((north - south) * 0.08, _LEAST)
    west, east, south, north = west - pad_x, east + pad_x, south - pad_y, north + pad_y
    flat = cos(radians((south + north) / 2)) or 1.0
    scale = WIDTH / ((east - west) * flat)
    height = round((north - south) * scale)
    if height > WIDTH:
        scale, height = scale * WIDTH / height, WIDTH
    width = round((east - west) * flat * scale)

    def at(x: float, y: float) -> tuple[float, float]:
        return round((x - west) * flat * scale, 1), round((north - y) * scale, 1)

    parts = []
    for each in geometry.get("geometries", [geometry]):
        kind, coordinates = each["type"], each["coordinates"]
        if kind in {"Point", "MultiPoint"}:
            points = [coordinates] if kind == "Point" else coordinates
            parts += [Part("point", "", *at(*point)) for point in points]
            continue
        lines = {
            "LineString": [coordinates], "MultiLineString": coordinates, "Polygon": coordinates,
            "MultiPolygon": [ring for polygon in coordinates for ring in polygon],
        }[kind]  # fmt: skip
        closed = "Z" if "Polygon" in kind else ""
        path = " ".join("M" + "L".join("{:.1f},{:.1f}".format(*at(*point)) for point in line) + closed for line in lines)
        parts.append(Part("area" if closed else "line", path, 0, 0))
    kilometres = width / scale / flat * _KM_OF_DEGREE * flat
    round_length = next((each for each in (50, 20, 10, 5, 2, 1, 0.5, 0.2, 0.1, 0.05, 0.02, 0.01) if each <= kilometres / 3), 0.01)
    words = f"{round_length:g} km" if round_length >= 1 else f"{round_length * 1000:g} m"
    ends = {name: f"{each:.3f}°" for name, each in (("west", west), ("east", east), ("south", south), ("north", north))}
    return Sketch(tuple(parts), width, height, bar=round(width * round_length / kilometres), bar_words=words, **ends)
