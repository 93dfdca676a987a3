"""The map of places by how their tasks stand: shapes from the one room that chooses them, as plain SVG with a word beside every colour."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from math import cos, radians
from typing import Any

from django.conf import settings

from yangban.base import regions
from yangban.publish.maps import TILES, RegionMap, region_map
from yangban.web.accounts.models import User
from yangban.web.accounts.permissions import lies_within
from yangban.web.plans.looking import Cell
from yangban.web.public.names import place_name
from yangban.web.public.summaries import ENGLISH_LABELS
from yangban.web.words import pick

WIDTH = 640


@dataclass(frozen=True)
class Shape:
    """A place on the map, with how its tasks stand."""

    code: str
    name: str
    label: str
    """The name as it is written on the map: in English without County or District."""
    path: str
    x: float
    y: float
    cell: Cell | None


@dataclass(frozen=True)
class Drawn:
    """A map as a page draws it, and what must be printed beside it."""

    shapes: tuple[Shape, ...]
    height: int
    credit: str
    labels: bool
    letters: str
    """Size of the letters, in units of the drawing, so that they can be read on a phone."""


def region_for(user: User, asked: str) -> str:
    """The place that a map shows: the asked one when it lies in the site's region, else that of the person's first post above a county."""
    if asked and lies_within(asked, settings.REGION or asked) and regions.subject_level(asked) in {"province", "city"}:
        return asked
    own = [post.organisation.region for post in user.current_memberships() if post.level in {"province", "city"}]
    return (
        own[0]
        if own
        else next((line[:4] + "00" for post in user.current_memberships() if (line := post.organisation.region)), settings.REGION)
    )


@cache
def _map(region: str, level: str) -> RegionMap:
    return region_map(region, level=level, public=True)


def _rings(geometry: Mapping[str, Any] | None) -> Iterator[list[tuple[float, float]]]:
    if not geometry:
        return
    polygons = geometry["coordinates"] if geometry["type"] == "MultiPolygon" else [geometry["coordinates"]]
    for polygon in polygons:
        for ring in polygon:
            yield [(float(x), float(y)) for x, y, *_ in ring]


@cache
def _frame(region: str, level: str) -> tuple[float, float, float, float, int]:
    """Left, top, scale across, scale down, height."""
    held = _map(region, level)
    points = [point for area in held.areas for ring in _rings(area.geometry) for point in ring]
    left, right = min(x for x, _ in points), max(x for x, _ in points)
    low, high = min(y for _, y in points), max(y for _, y in points)
    flat = 1.0 if held.kind == TILES else cos(radians((low + high) / 2))
    scale = WIDTH / ((right - left) * flat or 1)
    down = scale / 2 if held.kind == TILES else scale  # a tile says no shape: half as high, so that the table below is near
    return left, high, scale * flat, down, round((high - low) * down)


def drawn(region: str, level: str, cells: Mapping[str, Cell]) -> Drawn:
    """The map of the places beneath one; a place without tasks stands there empty."""
    if level == "city" and regions.subject_level(region) == "city":
        level = "county"
    held = _map(region, level)
    left, top, across, down, height = _frame(region, level)
    shapes = []
    for area in held.areas:
        rings = [[((x - left) * across, (top - y) * down) for x, y in ring] for ring in _rings(area.geometry)]
        if not rings:
            continue
        path = " ".join("M" + "L".join(f"{x:.1f},{y:.1f}" for x, y in ring) + "Z" for ring in rings)
        widest = max(rings, key=len)
        corners = widest[:-1] if widest[0] == widest[-1] else widest  # a closed ring names its first corner twice
        x, y = (sum(p[0] for p in corners) / len(corners), sum(p[1] for p in corners) / len(corners))
        name = place_name(area.code)
        label = pick(area.name, name.removesuffix(" County").removesuffix(" District"))
        shapes.append(Shape(area.code, name, label, path, round(x, 1), round(y, 1), cells.get(area.code)))
    return Drawn(
        tuple(shapes),
        height,
        pick(held.credit, ENGLISH_LABELS.get(held.kind, held.credit)),
        len(shapes) <= 30,
        pick("22", "17") if held.kind == TILES else "16",
    )
