"""The Figures of a release as GeoJSON (RFC 7946): on an approved base map, on boundaries that the user gives, as a sketch, or as tiles.

A tile grid needs nobody's leave and says that it is no map. Boundaries are never shipped; whoever gives a file names its source and licence
and, where it has one, its approval number (审图号), and all three stand in what is written. A sketch is for drafts, for the office and for
synthetic readings.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from yangban.base.errors import UsageError
from yangban.base.periods import parse
from yangban.publish import maps
from yangban.publish.open_table import Written, indicator_name, title, write_json
from yangban.publish.release import Release

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


def write_geojson(
    release: Release,
    folder: Path,
    *,
    boundaries: Boundaries | None = None,
    base_map: maps.BaseMap | None = None,
    sketch: bool = False,
    period: str | None = None,
) -> list[Written]:
    """Write one file for each edition, scope and basis of the period; a feature is a place, its properties carry its Figures.

    Shapes are those of ``boundaries``, else of an approved ``base_map``, else with ``sketch`` of the sketch map, else tiles.

    ``period`` defaults to the last year of the release, else to its last period. A place without a shape keeps its Figures and has no
    geometry. Raises :class:`~yangban.base.errors.UsageError` when no place has a shape or the period is not in the release.
    """
    label = period or _default_period(release)
    if label not in release.manifest["periods"]:
        raise UsageError(f"--period {label}: 不在这一号发布里；有 {'、'.join(release.manifest['periods'])}")
    shapes = _boundaries(boundaries) if boundaries else _approved(base_map) if base_map else _sketch(release) if sketch else _tiles()
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
    for grid in maps.pack_grids():
        found |= {code: maps.square(left + column, row) for code, (column, row) in grid.squares.items()}
        labels = labels or {"label": grid.label, "label_en": grid.label_en}
        left += 2 + max(column for column, _ in grid.squares.values())
    return _Shapes(
        found, {"geometry_kind": maps.TILES, **labels, "coordinates_note": "方格行列位置，不是经纬度 positions in the grid, not on Earth"}
    )


def _approved(given: maps.BaseMap) -> _Shapes:
    said = {"source": given.source, "licence": given.licence, "date": given.date.isoformat(), "审图号": given.approval}
    return _Shapes(maps.read_boundaries(given.file), {"geometry_kind": maps.APPROVED, "label": given.label, **said})


def _sketch(release: Release) -> _Shapes:
    """The outlines of the sketch map, for a release that the public does not see as results."""
    if release.manifest["audience"] == "public" and not release.draft and not release.synthetic:
        raise UsageError(
            f"第 {release.number} 号对公众发布，示意图没有审图号，不得公开：请不用 --sketch（输出方格图），或在工作区放置有审图号的底图；"
            "a sketch map is not for public releases"
        )
    folder = maps.sketch_folder()
    if folder is None:
        raise UsageError("没有安装示意图的边界数据：pip install 'yangban[maps]'；the outlines of the sketch map are not installed")
    said = {"source": maps.SKETCH_SOURCE, "licence": maps.SKETCH_LICENCE, "审图号": ""}
    return _Shapes(maps.sketch_outlines(folder), {"geometry_kind": maps.SKETCH, "label": maps.SKETCH_LABEL, **said})


def _boundaries(given: Boundaries) -> _Shapes:
    content = maps.read_collection(given.file)
    said = {
        "source": given.source or _text(content, "source", "来源"),
        "licence": given.licence or _text(content, "licence", "license", "许可"),
        "审图号": given.approval or _text(content, "审图号", "map_approval"),
    }
    lacking = [option for option, name in (("--boundaries-source", "source"), ("--boundaries-licence", "licence")) if not said[name]]
    if lacking:
        raise UsageError(f"{given.file}: 缺少来源或许可，请用 {' '.join(lacking)} 写明；boundaries need their source and licence")
    found = maps.polygons(content, given.file)
    label = f"审图号：{said['审图号']}" if said["审图号"] else "示意图：没有审图号，公开使用前须送审"
    return _Shapes(found, {"geometry_kind": "boundaries", "label": label, **said})


def _text(content: Mapping[str, Any], *names: str) -> str:
    return next((str(content[name]) for name in names if content.get(name)), "")
