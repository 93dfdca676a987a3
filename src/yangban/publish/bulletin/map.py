"""Maps in bulletins: the cities of a region coloured by a result, the number written on each, with the words that a map must carry."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Final

from yangban.base import regions
from yangban.publish.bulletin.asked import Asked
from yangban.publish.bulletin.charts import GREEN
from yangban.publish.bulletin.paper import Bar, Chart, Field
from yangban.publish.maps import TILES, Geometry, RegionMap, region_map

_MOST: Final = 40
"""Places beyond which a map on a page can no longer be read."""
_PALEST: Final = "#dcebe6"

Colours = Mapping[str, tuple[str, str]]
"""For a code the text that is written on its place, and its colour."""


def shapes_for(asked: Asked) -> RegionMap | None:
    """The map for a bulletin: one that has the number of a release is for the public; ``None`` where the region has no cities to draw."""
    if regions.subject_level(asked.region) != "province":
        return None
    places = [p for p in regions.prefecture_places(asked.region, on=asked.period.end) if p.code != asked.region]
    if not 1 < len(places) <= _MOST:
        return None
    public = asked.release is not None
    return region_map(asked.region, level="city", public=public, base_map=asked.base_map, on=asked.period.end)


def map_chart(
    shapes: RegionMap, caption: str, measure: str, values: Sequence[Bar], told: Colours, *, keys: Sequence[tuple[str, str]] = ()
) -> Chart:
    """A map as a chart; ``values`` are the numbers for those who read numbers, ``told`` what is drawn."""
    fields = tuple(
        Field(regions.place(area.code).short, _rings(area.geometry), *told.get(area.code, ("无结果", ""))) for area in shapes.areas
    )
    return Chart(
        "map", caption, measure, bars=tuple(values), levels=tuple(keys), fields=fields, credit=shapes.credit, on_earth=shapes.kind != TILES
    )


def _rings(geometry: Geometry | None) -> tuple[tuple[tuple[float, float], ...], ...]:
    """The outer rings of a shape."""
    if geometry is None:
        return ()
    parts = [geometry["coordinates"]] if geometry["type"] == "Polygon" else geometry["coordinates"]
    return tuple(tuple((float(x), float(y)) for x, y, *_ in part[0]) for part in parts)


def tint(value: Decimal | None, values: Sequence[Decimal]) -> str:
    """A shade of the one green from pale (the smallest of the values) to full (the largest); none for what has no value."""
    if value is None:
        return ""
    low, high = min(values), max(values)
    share = float((value - low) / (high - low)) if high > low else 0.0
    pale, full = ([int(colour[n : n + 2], 16) for n in (1, 3, 5)] for colour in (_PALEST, GREEN))
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in zip(pale, full, strict=True))
