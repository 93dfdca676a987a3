"""Shapes of projects: what is taken, and what is refused with its reason: bombs, metres, latitude first, open and crossing rings."""

from __future__ import annotations

import json
from typing import Any

import pytest

from yangban.base.errors import InputError
from yangban.readings.shapes import MOST_BYTES, Box, positions, read_shape

JIANGXI = Box(113, 24, 119, 31)
SQUARE = [[115.0, 26.0], [115.1, 26.0], [115.1, 26.1], [115.0, 26.1], [115.0, 26.0]]


def geojson(geometry: Any, **more: Any) -> bytes:
    return json.dumps({"type": "Feature", "properties": {}, "geometry": geometry, **more}).encode()


def polygon(*rings: Any) -> Any:
    return {"type": "Polygon", "coordinates": list(rings)}


def kml(inside: str, head: str = "") -> bytes:
    return f'<?xml version="1.0"?>{head}<kml xmlns="http://www.opengis.net/kml/2.2"><Document>{inside}</Document></kml>'.encode()


def ring(points: Any) -> str:
    return "<LinearRing><coordinates>" + " ".join(f"{x},{y},0" for x, y in points) + "</coordinates></LinearRing>"


def test_a_polygon_comes_in_alike_from_both_formats() -> None:
    hole = [[115.02, 26.02], [115.04, 26.02], [115.04, 26.04], [115.02, 26.02]]
    one = read_shape(geojson(polygon(SQUARE, hole)), name="a.geojson", within=JIANGXI)
    inside = f"<outerBoundaryIs>{ring(SQUARE)}</outerBoundaryIs><innerBoundaryIs>{ring(hole)}</innerBoundaryIs>"
    other = read_shape(kml(f"<Placemark><name>x</name><Polygon>{inside}</Polygon></Placemark>"), name="a.kml", within=JIANGXI)
    assert one.geometry == other.geometry == {"type": "GeometryCollection", "geometries": [polygon(SQUARE, hole)]}
    assert one.digest == other.digest
    assert (one.parts, one.positions) == (1, 9)
    assert len(list(positions(one.geometry))) == 9


@pytest.mark.parametrize(
    "geometry",
    [
        {"type": "Point", "coordinates": [115, 26, 300]},
        {"type": "MultiPoint", "coordinates": [[115, 26], [116, 27]]},
        {"type": "LineString", "coordinates": [[115, 26], [116, 27]]},
        {"type": "MultiLineString", "coordinates": [[[115, 26], [116, 27]]]},
        {"type": "MultiPolygon", "coordinates": [[SQUARE]]},
        {"type": "GeometryCollection", "geometries": [{"type": "Point", "coordinates": [115, 26]}, polygon(SQUARE)]},
    ],
    ids=lambda each: each["type"],
)
def test_every_kind_of_geometry_is_taken(geometry: Any) -> None:
    assert read_shape(geojson(geometry), name="a.geojson", within=JIANGXI).parts >= 1


def test_kml_with_points_lines_and_many_parts() -> None:
    inside = "<Placemark><MultiGeometry><Point><coordinates>115,26</coordinates></Point>"
    inside += "<LineString><coordinates>115,26 115.5,26.5</coordinates></LineString></MultiGeometry></Placemark><NetworkLink/>"
    found = read_shape(kml(inside), name="a.kml", within=JIANGXI)
    assert [each["type"] for each in found.geometry["geometries"]] == ["Point", "LineString"]
    assert found.notes == ("NetworkLink 没有收，只收图形",)


def test_properties_are_not_kept() -> None:
    found = read_shape(geojson(polygon(SQUARE), properties={"承包人": "某公司"}), name="a.geojson")
    assert "某公司" not in json.dumps(found.geometry, ensure_ascii=False)
    assert found.notes == ("属性没有收，只收图形",)


BOMB = '<!DOCTYPE kml [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
OUTSIDE = '<!DOCTYPE kml [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
REMOTE = '<!DOCTYPE kml SYSTEM "http://example.invalid/kml.dtd">'


@pytest.mark.parametrize("head", [BOMB, OUTSIDE, REMOTE, "<!DOCTYPE kml>"], ids=["bomb", "outside", "remote", "bare"])
def test_a_declared_document_type_is_refused_before_anything_is_read(head: str) -> None:
    name = "&b;" if head == BOMB else "&x;" if head == OUTSIDE else "n"
    content = kml(f"<Placemark><name>{name}</name><Point><coordinates>115,26</coordinates></Point></Placemark>", head)
    with pytest.raises(InputError, match="DOCTYPE"):
        read_shape(content, name="a.kml")
    with pytest.raises(InputError, match="DOCTYPE"):
        read_shape(
            content.decode().replace('<?xml version="1.0"?>', '<?xml version="1.0" encoding="utf-16"?>').encode("utf-16"), name="a.kml"
        )


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "是空文件"),
        (b"name,lon,lat\n", "既不是 GeoJSON 也不是 KML"),
        (b"PK\x03\x04rest", "压缩包"),
        (b"{" + b" " * MOST_BYTES, "不超过 2 MB"),
        (b'{"type": "Feature"', "不是 JSON"),
        ('{"type":"Point","coordinates":[115,26]} 中'.encode("gb18030"), "不是 UTF-8"),
        (b"<kml><unclosed>", "不是 XML"),
        (b"<gpx></gpx>", "不是 KML 2.2"),
        (kml("<Document/>"), "没有点、线或面"),
        (kml("<Point><coordinates>115;26</coordinates></Point>"), "不是“经度,纬度”"),
        (kml("<Point><coordinates>nan,26</coordinates></Point>"), "不在经度"),
        (kml("<a>" * 70 + "</a>" * 70), "嵌套过深"),
        (b'{"type":"GeometryCollection","geometries":' + b'[{"type":"GeometryCollection","geometries":' * 70 + b"[]" + b"}]" * 70 + b"}",
         "嵌套过深"),
        (b"[" * 100000, "既不是"),
        (b'{"a":' + b"[" * 100000, "不是 JSON|嵌套过深"),
        (geojson({"type": "Circle", "coordinates": [115, 26]}), "不是 GeoJSON 的图形"),
        (geojson({"type": "Point", "coordinates": [39400000, 2876000]}), "投影坐标"),
        (geojson({"type": "Point", "coordinates": [26, 115]}), "纬度写在了前面"),
        (geojson({"type": "Point", "coordinates": ["115", "26"]}), "应为 \\[经度, 纬度\\]"),
        (geojson({"type": "Point", "coordinates": [True, 26]}), "应为 \\[经度, 纬度\\]"),
        (b'{"type":"Point","coordinates":[NaN,26]}', "不是坐标"),
        (b'{"type":"Point","coordinates":[1e999,26]}', "不在经度"),
        (geojson({"type": "LineString", "coordinates": [[115, 26]]}), "至少要 2 个坐标"),
        (geojson(polygon(SQUARE[:-1])), "没有闭合"),
        (geojson(polygon([[115, 26], [115.1, 26], [115, 26]])), "至少要 4 个坐标"),
        (geojson(polygon([[115, 26], [115.1, 26.1], [115.1, 26], [115, 26.1], [115, 26]])), "自相交"),
        (geojson(polygon([[115, 26], [115.1, 26.1], [115, 26], [115.1, 26.1], [115, 26]])), "自相交|面积为 0"),
        (geojson({"type": "MultiPolygon", "coordinates": [[SQUARE], [SQUARE]]}), "自相交或互相重叠"),
        (geojson({"type": "MultiPoint", "coordinates": [[115, 26]] * 20001}), "超过 20000 个"),
        (geojson({"type": "GeometryCollection", "geometries": [{"type": "Point", "coordinates": [115, 26]}] * 501}), "不超过 500 个"),
        (geojson(polygon(SQUARE), crs={"type": "name", "properties": {"name": "EPSG:4490"}}), "WGS 84"),
        (geojson({"type": "Point", "coordinates": [121.5, 31.2]}), "不在本地区"),
    ],
)  # fmt: skip
def test_what_cannot_be_taken_says_why(content: bytes, reason: str) -> None:
    with pytest.raises(InputError, match=reason) as refusal:
        read_shape(content, name="项目.geojson", within=JIANGXI)
    assert str(refusal.value).startswith("项目.geojson")


def test_a_feature_with_another_coordinate_system_inside_a_collection_is_seen() -> None:
    held = {"type": "FeatureCollection", "crs": {"type": "name", "properties": {"name": "urn:ogc:def:crs:OGC:1.3:CRS84"}}, "features": []}
    with pytest.raises(InputError, match="没有点、线或面"):
        read_shape(json.dumps(held).encode(), name="a")
