"""Shapes of projects as people hand them in: GeoJSON (RFC 7946) or KML 2.2, checked before anything is kept.

Nothing of the file but its geometry is taken: no names, styles, links or overlays. KML is read by expat with every declaration of a
document type refused, so that no entity is ever expanded and nothing is fetched; a KMZ is refused with the advice to unpack it. Every
position must be longitude, latitude in degrees of WGS 84; what looks like metres or like latitude first is refused with the value. Rings
must be closed and simple (shapely says where they are not).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final
from xml.etree import ElementTree
from xml.parsers import expat

from yangban.base.errors import InputError

MOST_BYTES: Final = 2 * 1024 * 1024
MOST_POSITIONS: Final = 20_000
MOST_PARTS: Final = 500
MOST_DEPTH: Final = 64
DECIMALS: Final = 6
"""Decimals of a degree that are kept, about a decimetre."""
TYPES: Final = ("Point", "MultiPoint", "LineString", "MultiLineString", "Polygon", "MultiPolygon")
_KML: Final = ("http://www.opengis.net/kml/2.2", "http://earth.google.com/kml/2.2", "http://earth.google.com/kml/2.1", "")
_NOT_TAKEN: Final = ("NetworkLink", "GroundOverlay", "ScreenOverlay", "PhotoOverlay")
_LEAST_RING: Final = 4
_LEAST_LINE: Final = 2

Position = tuple[float, float]


@dataclass(frozen=True)
class Box:
    """Where a shape must lie, in degrees; all ends are inside."""

    west: float
    south: float
    east: float
    north: float

    def holds(self, x: float, y: float) -> bool:
        """Whether a position lies in it."""
        return self.west <= x <= self.east and self.south <= y <= self.north


WORLD: Final = Box(-180, -90, 180, 90)


@dataclass(frozen=True)
class Shape:
    """A checked shape: a GeometryCollection of GeoJSON whose coordinates are rounded to :data:`DECIMALS`, and what was left out."""

    geometry: dict[str, Any]
    parts: int
    positions: int
    digest: str
    notes: tuple[str, ...]


def read_shape(content: bytes, *, name: str, within: Box | None = None) -> Shape:
    """The shape of a file.

    Raises :class:`~yangban.base.errors.InputError` with what is wrong, where and what to do; ``within`` is the box of the region.
    """
    if not content:
        raise InputError(f"{name} 是空文件")
    if len(content) > MOST_BYTES:
        raise InputError(f"{name} 有 {len(content) / 1024 / 1024:.1f} MB，不超过 {MOST_BYTES // 1024 // 1024} MB；请先简化边界")
    if content[:4] == b"PK\x03\x04":
        raise InputError(f"{name} 是压缩包（KMZ 或 zip）；请解压后上传其中的 .kml 文件")
    head = content.lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
    notes: list[str] = []
    if head == b"{":
        found = list(_geojson(content, name, notes))
    elif head == b"<" or content[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        found = list(_kml(content, name, notes))
    else:
        raise InputError(f"{name} 既不是 GeoJSON 也不是 KML；请从地图软件导出 .geojson 或 .kml（WGS 84 经纬度）")
    if not found:
        raise InputError(f"{name} 里没有点、线或面")
    if len(found) > MOST_PARTS:
        raise InputError(f"{name} 有 {len(found)} 个图形，不超过 {MOST_PARTS} 个")
    positions = 0
    made = []
    for number, (kind, coordinates) in enumerate(found, 1):
        where = f"{name} 第 {number} 个图形"
        geometry = {"type": kind, "coordinates": _checked(kind, coordinates, where, within or WORLD)}
        positions += sum(1 for _ in _positions(geometry["coordinates"]))
        if positions > MOST_POSITIONS:
            raise InputError(f"{name} 的坐标超过 {MOST_POSITIONS} 个；请先简化边界")
        _valid(geometry, where)
        made.append(geometry)
    whole = {"type": "GeometryCollection", "geometries": made}
    digest = hashlib.sha256(json.dumps(whole, sort_keys=True).encode()).hexdigest()
    return Shape(whole, len(made), positions, digest, tuple(dict.fromkeys(notes)))


# --------------------------------------------------------------------------------------------------------------------- GeoJSON


def _geojson(content: bytes, name: str, notes: list[str]) -> Iterator[tuple[str, Any]]:
    try:
        held = json.loads(content.decode("utf-8-sig"), parse_constant=_no_number)
    except UnicodeDecodeError as problem:
        raise InputError(f"{name} 不是 UTF-8（第 {problem.start} 字节）；GeoJSON 应为 UTF-8") from None
    except RecursionError:
        raise InputError(f"{name} 嵌套过深，不像地图软件导出的文件") from None
    except ValueError as problem:
        raise InputError(f"{name} 不是 JSON：{problem}") from None
    if not isinstance(held, dict):
        raise InputError(f"{name} 不是 GeoJSON：最外层应为对象")
    crs = held.get("crs")
    if crs is not None and "CRS84" not in json.dumps(crs) and "4326" not in json.dumps(crs):
        raise InputError(f"{name} 的坐标系是 {json.dumps(crs, ensure_ascii=False)[:80]}；请转换成 WGS 84（EPSG:4326）再导出")
    yield from _objects(held, name, notes, 0)


def _no_number(word: str) -> Any:
    raise ValueError(f"{word} 不是坐标")


def _objects(held: Any, name: str, notes: list[str], depth: int) -> Iterator[tuple[str, Any]]:
    if depth > MOST_DEPTH:
        raise InputError(f"{name} 嵌套过深，不像地图软件导出的文件")
    if not isinstance(held, dict):
        raise InputError(f"{name} 里有一个图形不是对象：{str(held)[:40]!r}")
    kind = held.get("type")
    if not isinstance(kind, str):
        raise InputError(f"{name} 里有一个图形没有 type：{str(held)[:40]!r}")
    if kind in {"FeatureCollection", "GeometryCollection"}:
        inner = held.get("features" if kind == "FeatureCollection" else "geometries")
        if not isinstance(inner, list):
            raise InputError(f"{name} 的 {kind} 没有成员")
        for each in inner:
            yield from _objects(each, name, notes, depth + 1)
    elif kind == "Feature":
        if held.get("properties"):
            notes.append("属性没有收，只收图形")
        if held.get("geometry") is None:
            notes.append("有要素没有图形，略去")
        else:
            yield from _objects(held["geometry"], name, notes, depth + 1)
    elif kind in TYPES:
        yield str(kind), held.get("coordinates")
    else:
        raise InputError(f"{name} 里有 {kind!r}，不是 GeoJSON 的图形；可收 {'、'.join(TYPES)}")


# ------------------------------------------------------------------------------------------------------------------------- KML


def _refuse(*_: Any) -> int:
    raise InputError("文件里声明了文档类型或实体（DOCTYPE、ENTITY），这样的 KML 不收；地图软件导出的 KML 没有这一段")


def _kml(content: bytes, name: str, notes: list[str]) -> Iterator[tuple[str, Any]]:
    """Geometries of a KML. A first pass refuses every declaration before any tree is built."""
    guard = expat.ParserCreate()
    guard.StartDoctypeDeclHandler = _refuse
    guard.EntityDeclHandler = _refuse
    guard.UnparsedEntityDeclHandler = _refuse
    guard.ExternalEntityRefHandler = _refuse
    depth = _Depth(name)
    guard.StartElementHandler, guard.EndElementHandler = depth.start, depth.end
    try:
        guard.Parse(content, True)
        root = ElementTree.fromstring(content)
    except InputError as problem:
        raise InputError(f"{name}：{problem}") from None
    except (expat.ExpatError, ElementTree.ParseError, ValueError, LookupError) as problem:
        raise InputError(f"{name} 不是 XML：{problem}") from None
    space, _, tag = root.tag.rpartition("}")
    if tag != "kml" or space.lstrip("{") not in _KML:
        raise InputError(f"{name} 的最外层是 <{root.tag}>，不是 KML 2.2")
    prefix = f"{space}}}" if space else ""
    left = [each for each in _NOT_TAKEN if root.find(f".//{prefix}{each}") is not None]
    notes += [f"{each} 没有收，只收图形" for each in left]
    for node in root.iter():
        kind = node.tag.removeprefix(prefix)
        if kind == "Point":
            points = _line(node, prefix, name)
            if len(points) != 1:
                raise InputError(f"{name} 的一个 Point 有 {len(points)} 个坐标，应为 1 个")
            yield "Point", points[0]
        elif kind == "LineString":
            yield "LineString", _line(node, prefix, name)
        elif kind == "Polygon":
            rings = [
                _line(ring, prefix, name)
                for side in ("outerBoundaryIs", "innerBoundaryIs")
                for ring in node.iterfind(f"{prefix}{side}/{prefix}LinearRing")
            ]
            yield "Polygon", rings


class _Depth:
    """Counts how deep elements lie, so that a file made to exhaust the memory is refused early."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.deep = 0
        self.seen = 0

    def start(self, *_: Any) -> None:
        self.deep += 1
        self.seen += 1
        if self.deep > MOST_DEPTH or self.seen > MOST_POSITIONS * 2:
            raise InputError("元素过多或嵌套过深，不像地图软件导出的文件")

    def end(self, *_: Any) -> None:
        self.deep -= 1


def _line(node: ElementTree.Element, prefix: str, name: str) -> list[list[float]]:
    text = node.findtext(f"{prefix}coordinates") or ""
    made = []
    for word in text.split():
        parts = word.split(",")
        try:
            made.append([float(part) for part in parts[:2]])
        except ValueError:
            raise InputError(f"{name} 的坐标 {word[:40]!r} 不是“经度,纬度”") from None
    return made


# --------------------------------------------------------------------------------------------------------------------- checks


def _checked(kind: str, coordinates: Any, where: str, box: Box) -> Any:
    if kind == "Point":
        return _position(coordinates, where, box)
    if kind in {"MultiPoint", "LineString"}:
        held = _list(coordinates, where)
        if kind == "LineString" and len(held) < _LEAST_LINE:
            raise InputError(f"{where}：线至少要 {_LEAST_LINE} 个坐标，得到 {len(held)} 个")
        return [_position(each, where, box) for each in held]
    if kind == "MultiLineString":
        return [_checked("LineString", each, where, box) for each in _list(coordinates, where)]
    if kind == "Polygon":
        rings = [_ring(each, where, box) for each in _list(coordinates, where)]
        if not rings:
            raise InputError(f"{where}：面没有边界")
        return rings
    return [_checked("Polygon", each, where, box) for each in _list(coordinates, where)]


def _list(value: Any, where: str) -> Sequence[Any]:
    if not isinstance(value, list):
        raise InputError(f"{where}：坐标应为数组，得到 {str(value)[:40]!r}")
    return value


def _position(value: Any, where: str, box: Box) -> list[float]:
    numbers = (
        isinstance(value, list | tuple)
        and len(value) >= 2
        and all(isinstance(each, int | float) and not isinstance(each, bool) for each in value[:2])
    )
    if not numbers:
        raise InputError(f"{where}：坐标应为 [经度, 纬度]，得到 {str(value)[:40]!r}")
    try:
        x, y = float(value[0]), float(value[1])
    except OverflowError:
        raise InputError(f"{where}：坐标 {str(value)[:40]} 大得不像坐标") from None
    if not WORLD.holds(x, y):
        looks = "像是米制的投影坐标；请转换成 WGS 84 经纬度" if max(abs(x), abs(y)) > 1000 else "像是纬度写在了前面"
        raise InputError(f"{where}：坐标 ({x:g}, {y:g}) 不在经度 -180–180、纬度 -90–90 内，{looks}")
    if not box.holds(x, y):
        hint = "；像是纬度写在了前面" if box.holds(y, x) else ""
        raise InputError(
            f"{where}：坐标 ({x:g}, {y:g}) 不在本地区（经度 {box.west:g}–{box.east:g}，纬度 {box.south:g}–{box.north:g}）{hint}"
        )
    return [round(x, DECIMALS), round(y, DECIMALS)]


def _ring(value: Any, where: str, box: Box) -> list[list[float]]:
    ring = [_position(each, where, box) for each in _list(value, where)]
    if len(ring) < _LEAST_RING:
        raise InputError(f"{where}：面的边界至少要 {_LEAST_RING} 个坐标（首尾相同），得到 {len(ring)} 个")
    if ring[0] != ring[-1]:
        raise InputError(f"{where}：面的边界没有闭合，首点 {ring[0]} 与末点 {ring[-1]} 不同")
    return ring


def _valid(geometry: dict[str, Any], where: str) -> None:
    """Rings do not cross themselves or one another."""
    if geometry["type"] not in {"Polygon", "MultiPolygon"}:
        return
    from shapely.geometry import shape
    from shapely.validation import explain_validity

    made = shape(geometry)
    if not made.is_valid:
        raise InputError(f"{where}：边界自相交或互相重叠（{explain_validity(made)}）；请在地图软件里修复后再导出")
    if made.area == 0:
        raise InputError(f"{where}：面的面积为 0")


def _positions(coordinates: Any) -> Iterator[Position]:
    if coordinates and isinstance(coordinates[0], int | float):
        yield coordinates[0], coordinates[1]
        return
    for each in coordinates:
        yield from _positions(each)


def positions(geometry: dict[str, Any]) -> Iterator[Position]:
    """Every position of a checked geometry."""
    for each in geometry.get("geometries", [geometry]):
        yield from _positions(each["coordinates"])
