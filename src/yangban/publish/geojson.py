"""The Figures of a release as GeoJSON (RFC 7946): squares of a tile grid, or shapes from a file of boundaries that the user gives.

A tile grid needs nobody's leave and says that it is no map. Boundaries are never shipped; whoever gives a file names its source and licence
and, where it has one, its approval number (审图号), and all three stand in what is written.
"""

from __future__ import annotations

import json
import tomllib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yangban.packs
from yangban.base.errors import BookError, InputError, UsageError
from yangban.base.periods import parse
from yangban.packs import pack_names
from yangban.publish.open_table import Written, indicator_name, title, write_json
from yangban.publish.release import Release

_CODE_NAMES: Final = ("code", "adcode", "gb", "区划码", "行政区划代码", "id")
"""Properties in which files of boundaries keep the GB/T 2260 code."""

_NATION_PREFIX: Final = "156"
_LEVELS: Final = ("county", "city", "province", "nation")


@dataclass(frozen=True)
class Boundaries:
    """A file of boundaries and what must stand on everything drawn from it; ``approval`` is the 审图号, blank where it has none."""

    file: Path
    source: str = ""
    licence: str = ""
    approval: str = ""


@dataclass(frozen=True)
class _Shapes:
    """A geometry for each place, and the words that must stand with it."""

    geometries: Mapping[str, Any]
    said: Mapping[str, str]


def write_geojson(release: Release, folder: Path, *, boundaries: Boundaries | None = None, period: str | None = None) -> list[Written]:
    """Write one file for each edition, scope and basis of the period; a feature is a place, its properties carry its Figures.

    ``period`` defaults to the last year of the release, else to its last period. A place without a shape keeps its Figures and has no
    geometry. Raises :class:`~yangban.base.errors.UsageError` when no place has a shape or the period is not in the release.
    """
    label = period or _default_period(release)
    if label not in release.manifest["periods"]:
        raise UsageError(f"--period {label}: 不在这一号发布里；有 {'、'.join(release.manifest['periods'])}")
    shapes = _boundaries(boundaries) if boundaries else _tiles()
    groups: dict[tuple[str, ...], dict[str, list[dict[str, str]]]] = defaultdict(lambda: defaultdict(list))
    for row in release.rows():
        if row["period"] == label and row["subject_level"] in _LEVELS:
            groups[_group(release, row)][row["subject"]].append(row)
    if not any(code in shapes.geometries for places in groups.values() for code in places):
        raise UsageError(
            "这一号发布的地区都没有图形：请用 --boundaries 给出边界文件（GeoJSON，属性含行政区划代码）；"
            "none of the places has a tile or a boundary"
        )
    return [_file(release, folder, label, names, groups[names], shapes) for names in sorted(groups)]


def _default_period(release: Release) -> str:
    labels: list[str] = release.manifest["periods"]
    years = [label for label in labels if parse(label).kind == "year"]
    return (years or labels)[-1]


def _group(release: Release, row: Mapping[str, str]) -> tuple[str, ...]:
    """Edition, and scope and basis where the release has several; of the best basis places differ, and they stay together."""
    asked = release.manifest["asked"]
    several = [name for name in ("scope", "basis") if len(asked["scopes" if name == "scope" else "bases"]) > 1]
    return row["edition"], *(row[name] for name in several)


def _file(
    release: Release, folder: Path, label: str, names: tuple[str, ...], places: Mapping[str, Sequence[Mapping[str, str]]], shapes: _Shapes
) -> Written:
    content = {
        "type": "FeatureCollection",
        "name": f"{title(release)}，{label}",
        "release": release.number,
        "period": label,
        "edition": names[0],
        "synthetic": release.synthetic,
        **shapes.said,
        "features": [_feature(code, rows, shapes.geometries.get(code)) for code, rows in places.items()],
    }
    path = folder / f"figures-{'-'.join((label.replace('/', '_'), *names))}.geojson"
    return Written(write_json(path, content), "application/geo+json", f"{label} 评价结果图（GeoJSON，{'，'.join(names)}）")


def _feature(code: str, rows: Sequence[Mapping[str, str]], geometry: Any) -> dict[str, Any]:
    first = rows[0]
    about = {name: first[name] for name in ("subject", "subject_name", "subject_level", "period", "edition", "scope", "basis", "network")}
    plain = {row["indicator"]: _number(row["display"]) for row in rows}
    figures = {
        row["indicator"]: {
            "name": indicator_name(row["indicator"]),
            "display": row["display"] or None,
            "value": row["value"] or None,
            "unit": row["unit"],
            "status": row["status"],
            "reason": row["reason"],
            "n_valid": int(row["n_valid"]),
            "n_expected": int(row["n_expected"]),
            "unverified": row["unverified"].split(";") if row["unverified"] else [],
        }
        for row in rows
    }
    synthetic = any(row["synthetic"] == "true" for row in rows)
    return {
        "type": "Feature",
        "id": code,
        "geometry": geometry,
        "properties": {**about, "synthetic": synthetic, **plain, "figures": figures},
    }


def _number(text: str) -> int | float | None:
    """The printed value as a JSON number, which programs for maps need; its exact text stands beside it."""
    return None if not text else float(text) if "." in text else int(text)


# ------------------------------------------------------------------------------------------------------------------------- the shapes


def _tiles() -> _Shapes:
    """The squares of every pack that has a tile grid, one unit wide, rows downwards; packs lie side by side."""
    found: dict[str, Any] = {}
    labels: dict[str, str] = {}
    left = 0
    for name in pack_names():
        path = Path(yangban.packs.__file__).parent / name / "tiles.toml"
        if not path.is_file():
            continue
        grid = tomllib.loads(path.read_text(encoding="utf-8"))
        squares = _squares(f"packs/{name}/tiles.toml", grid)
        found |= {code: _square(left + column, row) for code, (column, row) in squares.items()}
        labels = labels or {"label": grid["label"], "label_en": grid["label_en"]}
        left += 2 + max(column for column, _ in squares.values())
    return _Shapes(
        found, {"geometry_kind": "tile_grid", **labels, "coordinates_note": "方格行列位置，不是经纬度 positions in the grid, not on Earth"}
    )


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


def _square(column: int, row: int) -> dict[str, Any]:
    """A square as a polygon, counter-clockwise as RFC 7946 wants it; rows go down, so they count below zero."""
    west, east, north, south = column, column + 1, -row, -row - 1
    return {"type": "Polygon", "coordinates": [[[west, south], [east, south], [east, north], [west, north], [west, south]]]}


def _boundaries(given: Boundaries) -> _Shapes:
    try:
        content = json.loads(given.file.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError) as problem:
        raise InputError(f"{given.file}: 不能作为 GeoJSON 读出（{problem}）；cannot be read as GeoJSON") from None
    if not isinstance(content, dict) or content.get("type") != "FeatureCollection":
        raise InputError(f"{given.file}: 不是 GeoJSON 的 FeatureCollection；expected a FeatureCollection")
    said = {
        "source": given.source or _text(content, "source", "来源"),
        "licence": given.licence or _text(content, "licence", "license", "许可"),
        "审图号": given.approval or _text(content, "审图号", "map_approval"),
    }
    lacking = [option for option, name in (("--boundaries-source", "source"), ("--boundaries-licence", "licence")) if not said[name]]
    if lacking:
        raise UsageError(f"{given.file}: 缺少来源或许可，请用 {' '.join(lacking)} 写明；boundaries need their source and licence")
    found: dict[str, Any] = {}
    for feature in content.get("features", ()):
        code, geometry = _code(feature), feature.get("geometry") or {}
        if code and geometry.get("type") in {"Polygon", "MultiPolygon"}:
            found[code] = geometry
    if not found:
        raise InputError(f"{given.file}: 没有带行政区划代码的面；expected polygons with one of the properties {', '.join(_CODE_NAMES)}")
    label = f"审图号：{said['审图号']}" if said["审图号"] else "示意图：没有审图号，公开使用前须送审"
    return _Shapes(found, {"geometry_kind": "boundaries", "label": label, **said})


def _text(content: Mapping[str, Any], *names: str) -> str:
    return next((str(content[name]) for name in names if content.get(name)), "")


def _code(feature: Mapping[str, Any]) -> str:
    """The GB/T 2260 code of a feature; the national base map writes it after the country's number, 156360100."""
    properties = {**{"id": feature.get("id")}, **(feature.get("properties") or {})}
    text = next((str(properties[name]).strip() for name in _CODE_NAMES if properties.get(name)), "")
    return text[len(_NATION_PREFIX) :] if len(text) == 9 and text.startswith(_NATION_PREFIX) else text
