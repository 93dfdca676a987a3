"""A new region starts from a pack that is right at once and says nothing that nobody has published."""

from __future__ import annotations

import os
import tomllib
from pathlib import Path

import pytest

import yangban.packs
from yangban.base import regions
from yangban.base.errors import InputError, UnknownRegion, UsageError
from yangban.packs import home_region, load_pack, pack_names
from yangban.packs.new import new_pack
from yangban.publish.maps import tile_squares

PROVINCES = [p.code for p in regions.children("100000", level="province") if regions.children(p.code, level="county")]


@pytest.mark.parametrize("code", PROVINCES)
def test_every_province_can_start(code: str, tmp_path: Path) -> None:
    made = new_pack(code, english="A Province", folder=tmp_path / "some-province")
    assert made.region.code == code
    assert made.region.cities == tuple(p.code for p in regions.children(code, level="city"))
    assert (made.published, made.rankings, made.region.neighbours) == ((), (), ())
    assert {
        "region.toml",
        "published.toml",
        "texts.toml",
        "targets.toml",
        "zones.toml",
        "sections.toml",
        "tiles.toml",
        "plans.toml",
        "units.toml",
    } == {file.name for file in (tmp_path / "some-province").iterdir()}
    assert [file.name for file in tmp_path.iterdir()] == ["some-province"], "no draft is left behind"


def test_a_municipality_starts_with_a_square_for_each_of_its_counties(tmp_path: Path) -> None:
    made = new_pack("上海", english="Shanghai", folder=tmp_path / "shanghai")
    assert (made.region.code, made.region.cities) == ("310000", ())
    grid = tomllib.loads((tmp_path / "shanghai" / "tiles.toml").read_text(encoding="utf-8"))
    assert [tile["code"] for tile in grid["tile"]] == [p.code for p in regions.children("310000", level="county")]
    assert len({(tile["column"], tile["row"]) for tile in grid["tile"]}) == 16


def test_packs_of_ones_own_lie_where_the_user_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    new_pack("湖南", english="Hunan", folder=tmp_path / "a" / "hunan")
    new_pack("上海", english="Shanghai", folder=tmp_path / "b" / "shanghai")
    monkeypatch.setenv("YANGBAN_PACKS", os.pathsep.join(str(tmp_path / each) for each in "ab"))
    assert {"hunan", "shanghai"} < set(pack_names())
    assert (load_pack("长沙").name, load_pack("黄浦区").name) == ("hunan", "shanghai")
    assert home_region() is None
    label, squares = tile_squares([p.code for p in regions.children("310000", level="county")])
    assert (len(squares), "大致方位" in label) == (16, True), "the grid of the pack"
    new_pack("湖北", english="Hubei", folder=tmp_path / "b" / "hunan")
    with pytest.raises(UsageError, match="同名"):
        pack_names()
    monkeypatch.setenv("YANGBAN_PACKS", str(tmp_path / "none"))
    with pytest.raises(UsageError, match="没有这个文件夹"):
        pack_names()


def test_a_new_pack_is_used_beside_the_shipped_ones(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    new_pack("湖南", english="Hunan", folder=tmp_path / "hunan")
    monkeypatch.setattr(yangban.packs, "_FOLDER", tmp_path)
    assert pack_names() == ("hunan",)
    assert home_region() == "430000"
    assert load_pack("长沙").region.compared_with == "group:central-six"
    new_pack("广东", english="Guangdong", folder=tmp_path / "guangdong")
    assert home_region() is None, "with two packs the user says which"
    assert load_pack("广州").region.compared_with == "", "in no group of provinces"
    with pytest.raises(UnknownRegion, match="no pack for"):
        load_pack("福州")


@pytest.mark.parametrize(
    ("region", "english", "name", "message"),
    [
        ("长沙", "Changsha", "changsha", "a pack is of a province"),
        ("香港", "Hong Kong", "hongkong", "a pack is of a province"),
        ("湖南", "湖南", "hunan", "no English name"),
        ("湖南", 'Hu"nan', "hunan", "no English name"),
        ("湖南", " ", "hunan", "no English name"),
        ("湖南", "Hunan", "Hu Nan", "cannot name a pack"),
    ],
)
def test_what_cannot_be_a_pack_is_refused_and_nothing_written(region: str, english: str, name: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=message):
        new_pack(region, english=english, folder=tmp_path / name)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_there_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "hunan").mkdir()
    (tmp_path / "hunan" / "published.toml").write_text("mine", encoding="utf-8")
    with pytest.raises(InputError, match="is there already"):
        new_pack("湖南", english="Hunan", folder=tmp_path / "hunan")
    assert (tmp_path / "hunan" / "published.toml").read_text(encoding="utf-8") == "mine"
