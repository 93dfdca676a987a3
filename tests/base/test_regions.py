"""Places, names, dates, zones and groups against lists typed a second time here and against the real archive's column heads."""

from __future__ import annotations

import csv
import gzip
import re
import subprocess
import sys
from collections import Counter
from datetime import date
from pathlib import Path

import pytest

from yangban.base import regions
from yangban.base.errors import BookError, UnknownRegion

# Prefecture-level places of each province: 地级市, 地区, 自治州, 盟 (statistics of administrative divisions, end of 2022: 333).
PREFECTURE_LEVEL = {
    "河北": 11, "山西": 11, "内蒙古": 12, "辽宁": 14, "吉林省": 9, "黑龙江": 13, "江苏": 13, "浙江": 11, "安徽": 16, "福建": 9, "江西": 11,
    "山东": 16, "河南": 17, "湖北": 13, "湖南": 14, "广东": 21, "广西": 14, "海南": 4, "四川": 21, "贵州": 9, "云南": 16, "西藏": 7,
    "陕西": 10, "甘肃": 14, "青海": 8, "宁夏": 5, "新疆": 14,
}  # fmt: skip

# Kinds of county-level places at the end of 2022 (same statistics; 394 county-level cities, those of the production corps among them).
COUNTY_LEVEL_2022 = {
    "district": 977, "county": 1301, "autonomous_county": 117, "banner": 49, "autonomous_banner": 3, "special_district": 1,
    "forestry_district": 1,
}  # fmt: skip

# Columns of the archive of 2022 that are not prefecture-level, and what they are.
ARCHIVE_COUNTIES = {
    "寿光": "370783", "章丘": "370114", "即墨": "370215", "胶南": "370284", "胶州": "370281", "莱西": "370285", "平度": "370283",
    "蓬莱": "370614", "招远": "370685", "莱州": "370683", "荣成": "371082", "文登": "371003", "乳山": "371083", "吴江": "320509",
    "昆山": "320583", "常熟": "320581", "张家港": "320582", "太仓": "320585", "句容": "321183", "江阴": "320281", "宜兴": "320282",
    "金坛": "320413", "溧阳": "320481", "海门": "320614", "临安": "330112", "富阳": "330111", "义乌": "330782", "诸暨": "330681",
    "瓦房店": "210281", "石河子": "659001", "五家渠": "659004", "兰州新区": "zone:620100:兰州新区", "赣江新区": "zone:360000:赣江新区",
    "雄安新区": "zone:130600:雄安新区", "西咸新区": "zone:610100:西咸新区",
}  # fmt: skip


def test_jiangxi_is_the_published_table_of_codes(shared_data: Path) -> None:
    with (shared_data / "geo" / "jiangxi_codes_gbt2260.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    listed = {(row["code"], row["name"], row["level"], row["city_code"]) for row in rows}
    top = regions.place("360000")
    ours = {(top.code, top.name, top.level, "")}
    ours |= {(item.code, item.name, item.level, item.code[:4]) for item in regions.children("360000", level="city")}
    ours |= {(item.code, item.name, item.level, (item.parent or "")[:4]) for item in regions.children("360000", level="county")}
    assert ours == listed
    assert Counter(row["level"] for row in rows) == {"province": 1, "city": 11, "county": 100}


@pytest.mark.parametrize(("name", "count"), PREFECTURE_LEVEL.items())
def test_prefecture_level_places_of_a_province(name: str, count: int) -> None:
    assert len(regions.prefecture_places(name)) == count


@pytest.mark.parametrize("code", ["110000", "120000", "310000", "500000"])
def test_a_municipality_stands_for_itself(code: str) -> None:
    assert [item.code for item in regions.prefecture_places(code)] == [code]
    assert regions.place(code).level == "province"
    assert regions.place(code).prefecture_level


def test_the_nation_is_its_prefecture_level_places_and_the_municipalities() -> None:
    nation = regions.prefecture_places("100000")
    assert len(nation) == sum(PREFECTURE_LEVEL.values()) + 4 == 337
    assert len({item.code for item in nation}) == 337
    assert {"110000", "360100", "460300", "460400", "654000"} <= {item.code for item in nation}
    assert not {"659001", "419001", "429004", "429021", "469001", "710000", "810000"} & {item.code for item in nation}


@pytest.mark.parametrize(
    ("day", "count"), [(date(2014, 12, 31), 337), (date(2016, 6, 1), 338), (date(2018, 6, 1), 338), (date(2019, 6, 1), 337)]
)
def test_the_nation_changes_with_the_day(day: date, count: int) -> None:
    # 儋州 became prefecture-level in 2015, 莱芜 was merged into 济南 at the turn of 2018.
    assert len(regions.prefecture_places("100000", on=day)) == count


def test_there_are_34_provinces() -> None:
    assert len(regions.children("100000", level="province")) == 34
    assert [item.short for item in regions.children("100000", level="province")][:4] == ["北京", "天津", "河北", "山西"]


def test_counties_of_2022_by_kind() -> None:
    counties = regions.children("100000", level="county", on=date(2022, 12, 31))
    kinds = Counter(item.kind for item in counties)
    assert {kind: kinds[kind] for kind in COUNTY_LEVEL_2022} == COUNTY_LEVEL_2022
    assert kinds["county_level_city"] + kinds["xpcc"] == 394
    assert len(counties) == 2843


def test_every_column_of_the_archive_is_a_place(shared_data: Path) -> None:
    with gzip.open(shared_data / "air" / "national_city_hourly_2022.csv.gz", "rt", encoding="utf-8") as file:
        names = file.readline().strip().split(",")[3:]
    assert len(names) == 375
    found = {name: regions.find(name) for name in names}
    assert [name for name, item in found.items() if item is None] == []
    below = {name: item.code for name, item in found.items() if item and not item.prefecture_level}
    assert below == ARCHIVE_COUNTIES
    # 375 columns, 35 of them below prefecture level; three places have two columns each.
    prefecture_level = Counter(item.code for item in found.values() if item and item.prefecture_level)
    assert {code for code, columns in prefecture_level.items() if columns > 1} == {"513300", "522600", "540600"}
    assert set(prefecture_level) == {item.code for item in regions.prefecture_places("100000")}


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("江西省", "360000"), ("江西", "360000"), ("吉林", "220200"), ("吉林市", "220200"), ("吉林省", "220000"), ("朝阳", "211300"),
        ("白银", "620400"), ("海南", "460000"), ("海南州", "632500"), ("海南藏族自治州", "632500"), ("北京", "110000"), ("全国", "100000"),
        ("中国", "100000"), ("恩施州", "422800"), ("恩施", "422800"), ("恩施市", "422801"), ("恩施土家族苗族自治州", "422800"),
        ("湘西州", "433100"), ("湘西自治州", "433100"), ("甘孜州", "513300"), ("甘孜藏族自治州", "513300"), ("甘孜县", "513328"),
        ("大理", "532900"), ("大理市", "532901"), ("那曲", "540600"), ("那曲地区", "540600"), ("铜仁地区", "520600"), ("毕节", "520500"),
        ("海东地区", "630200"), ("吐鲁番地区", "650400"), ("伊犁哈萨克州", "654000"), ("大兴安岭地区", "232700"), ("大兴安岭", "232700"),
        ("阿里地区", "542500"), ("三沙", "460300"), ("儋州", "460400"), ("巢湖", "340181"), ("莱芜", "370116"), ("襄樊", "420600"),
        ("神农架", "429021"), ("六枝", "520203"), ("金林", "230751"), ("济源", "419001"), ("南昌县", "360121"),
        ("南昌", "360100"), (" 南昌市 ", "360100"), ("360103", "360103"),
        ("中部六省", "group:central-six"), ("九江经开区", "zone:360400:九江经开区"), ("九江经济技术开发区", "zone:360400:九江经开区"),
    ],
)  # fmt: skip
def test_names(name: str, code: str) -> None:
    assert regions.place(name).code == code
    assert regions.find(name) == regions.place(name)


def test_several_places_of_one_name_are_named_and_narrowed() -> None:
    with pytest.raises(UnknownRegion, match="西湖区") as caught:
        regions.place("西湖区")
    assert "西湖区 330106 (浙江省杭州市)" in str(caught.value)
    assert "西湖区 360103 (江西省南昌市)" in str(caught.value)
    assert regions.find("西湖区") is None
    assert regions.place("西湖区", within="江西").code == "360103"
    assert regions.place("西湖区", within="330100").code == "330106"
    assert regions.find("西湖区", within="中部六省") == regions.place("360103")
    with pytest.raises(UnknownRegion, match=r"110105.*220104"):
        regions.place("朝阳区")
    assert regions.place("朝阳", within="北京").code == "110105"


def test_a_name_that_is_nowhere_says_what_looks_like_it() -> None:
    with pytest.raises(UnknownRegion, match=r"Did you mean.*景德镇市"):
        regions.place("景得镇市")
    with pytest.raises(UnknownRegion, match="no place '123456'"):
        regions.place("123456")
    with pytest.raises(UnknownRegion, match="within 江西省 360000"):
        regions.place("杭州", within="江西")
    with pytest.raises(UnknownRegion):
        regions.place("")
    assert regions.find("") is None


# Changes of the last years in Jiangxi: code, name; last code and name before; a day before, a day after.
JIANGXI_CHANGES = [
    ("360703", "南康区", "360782", "南康市", date(2012, 6, 30), date(2014, 6, 30)),
    ("360112", "新建区", "360122", "新建县", date(2015, 8, 4), date(2015, 8, 5)),
    ("361103", "广丰区", "361122", "广丰县", date(2014, 6, 30), date(2016, 6, 30)),
    ("360402", "濂溪区", "360402", "庐山区", date(2015, 6, 30), date(2017, 6, 30)),
    ("360483", "庐山市", "360427", "星子县", date(2015, 6, 30), date(2017, 6, 30)),
    ("360704", "赣县区", "360721", "赣县", date(2015, 6, 30), date(2017, 6, 30)),
    ("361003", "东乡区", "361029", "东乡县", date(2015, 6, 30), date(2017, 6, 30)),
    ("360404", "柴桑区", "360421", "九江县", date(2016, 6, 30), date(2018, 6, 30)),
    ("360603", "余江区", "360622", "余江县", date(2017, 6, 30), date(2019, 6, 30)),
    ("361104", "广信区", "361121", "上饶县", date(2018, 6, 30), date(2020, 6, 30)),
    ("360112", "新建区", "360105", "湾里区", date(2019, 12, 23), date(2019, 12, 24)),
    ("360783", "龙南市", "360727", "龙南县", date(2019, 6, 30), date(2021, 6, 30)),
]


@pytest.mark.parametrize(("code", "name", "old_code", "old_name", "before", "after"), JIANGXI_CHANGES)
def test_jiangxi_changes(code: str, name: str, old_code: str, old_name: str, before: date, after: date) -> None:
    old = regions.place(old_name, within="360000", on=before)
    assert (old.code, old.name, old.successor) == (old_code, old_name, code)
    # A name that is also the short name of the new place (赣县, 赣县区) leads there; any other is gone, and leads back only without a day.
    short_of_new = old_name == name.removesuffix("区")
    assert regions.find(old_name, within="360000", on=after) == (regions.place(code) if short_of_new else None)
    assert regions.place(code, on=after).name == name
    assert regions.place(name, within="360000").code == code
    assert regions.place(old_name, within="360000") == (regions.place(code) if short_of_new else old)


def test_a_new_district_is_not_there_before_its_day() -> None:
    assert regions.place("红谷滩区", on=date(2019, 12, 24)).code == "360113"
    with pytest.raises(UnknownRegion, match="红谷滩区"):
        regions.place("红谷滩区", on=date(2019, 12, 23))
    counts = {
        day: len(regions.children("360000", level="county", on=day)) for day in (date(2013, 6, 30), date(2019, 6, 30), date(2020, 6, 30))
    }
    assert set(counts.values()) == {100}


def test_a_place_that_is_gone_names_its_successor() -> None:
    gone = regions.place("胶南")
    assert (gone.code, gone.valid_to, gone.dated, gone.successor) == ("370284", date(2012, 12, 30), "year", "370211")
    assert regions.place("莱芜", on=date(2018, 6, 1)).code == "371200"
    assert regions.place("371200").successor == "370100"
    with pytest.raises(UnknownRegion, match="until 2012-12-30, now 黄岛区 370211"):
        regions.place("胶南", on=date(2022, 1, 1))


def test_zones_are_ranked_with_counties_but_are_not_counties() -> None:
    zone = regions.place("九江经开区")
    assert (zone.level, zone.kind, zone.parent, zone.prefecture_level) == ("county", "functional_zone", "360400", False)
    counties = {item.code for item in regions.children("九江市", level="county")}
    both = {item.code for item in regions.children("九江市", level="county", zones=True)}
    assert both - counties == {zone.code}
    assert len({item.code for item in regions.children("江西", level="county", zones=True)}) == 100 + 5
    with pytest.raises(UnknownRegion, match="county or zone"):
        regions.prefecture_places(zone.code)


def test_groups_hold_as_many_as_their_names_promise() -> None:
    open_slots = [group.id for group in regions.groups().values() if not group.members]
    assert open_slots == ["group:cities-339"]
    for group in regions.groups().values():
        if group.members:
            assert len(set(group.members)) == group.expected, group.id
            assert [code for code in group.members if regions.subject_level(code) not in {"city", "province"}] == []
    assert {group.confidence for group in regions.groups().values()} <= {"verified", "one-source", "unverified", "unknown"}


def test_a_group_of_provinces_is_the_mean_of_their_cities() -> None:
    # 山西 11, 安徽 16, 江西 11, 河南 17, 湖北 13, 湖南 14.
    assert len(regions.prefecture_places("group:central-six")) == 11 + 16 + 11 + 17 + 13 + 14
    assert len(regions.prefecture_places("group:yrd-31")) == 31
    with pytest.raises(UnknownRegion, match="cities-339"):
        regions.prefecture_places("group:cities-339")


def test_the_list_of_169_is_made_of_its_parts() -> None:
    parts = ("bth-55", "yrd-41", "fenwei-11", "chengyu-16", "mid-yangtze-22", "prd-9", "other-capitals-15")
    members = [code for part in parts for code in regions.groups()[f"group:{part}"].members]
    assert len(members) == 169
    assert set(members) == set(regions.groups()["group:cities-169"].members)
    assert set(members) - set(regions.groups()["group:cities-168"].members) == {"371200"}


def test_subjects() -> None:
    levels = {
        "100000": "nation", "360000": "province", "360100": "city", "360103": "county", "zone:360400:九江经开区": "county",
        "group:central-six": "group", "station:1299A": "station", "section:360000:外洲": "section",
        "lake:鄱阳湖": "lake", "river:赣江": "river",
    }  # fmt: skip
    assert {subject: regions.subject_level(subject) for subject in levels} == levels
    names = {
        "station:1299A": "1299A",
        "lake:鄱阳湖": "鄱阳湖",
        "371200": "莱芜市",
        "100000": "中华人民共和国",
        "group:central-six": "中部六省",
    }
    assert {subject: regions.subject_name(subject) for subject in names} == names
    for wrong in ("南昌", "station:", "999999", "group:nowhere", ""):
        with pytest.raises(UnknownRegion, match="no subject"):
            regions.subject_name(wrong)


def test_every_parent_and_successor_is_a_place_and_short_names_of_cities_are_unique() -> None:
    places = [item for code in [*map(str, range(100000, 830000, 10000))] for item in [regions.find(code)] if item]
    everything = [*places, *(item for level in ("city", "county") for item in regions.children("100000", level=level, zones=True))]
    for item in everything:
        if item.code != "100000":
            assert item.parent is not None
            assert regions.place(item.parent)
    shorts = Counter(item.short for item in regions.prefecture_places("100000"))
    assert [name for name, times in shorts.items() if times > 1] == []
    for item in regions.prefecture_places("100000"):
        assert regions.place(item.short) == regions.place(item.name) == regions.place(item.code) == item


def test_a_zone_without_source_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BookError, match=r"zones.toml: zone 某区: source"):
        regions._zone(
            {"parent": "360400", "name": "某区", "full_name": "某区", "confidence": "verified", "note": ""}, tmp_path / "zones.toml"
        )
    group = {
        "id": "group:x",
        "name": "x",
        "level": "city",
        "expected": 2,
        "members": ["360100"],
        "source": "",
        "confidence": "",
        "note": "",
    }
    with pytest.raises(BookError, match=r"1 places, expected 2"):
        regions._group(group)


def test_a_look_up_needs_no_frame_library() -> None:
    code = (
        "import sys, yangban.base.regions as r; r.place('西湖区', within='南昌');"
        "print({'polars', 'pandas', 'pyarrow'} & set(sys.modules) or 'none')"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "none"


def test_english_names_are_of_places_of_today_and_tell_them_apart() -> None:
    """Every province and prefecture-level place, and every county of Jiangxi, has one; no two below the same place have the same."""
    named = regions._english()
    today = {code: regions.place(code) for code in named}
    assert all(item.valid_to is None and item.code == code for code, item in today.items())
    wanted = {each.code for level in ("province", "city") for each in regions.children("100000", level=level)}
    wanted |= {each.code for each in regions.children("360000", level="county") if not each.code.startswith("zone:")}
    assert sorted(wanted - set(named)) == []
    assert [code for code, name in named.items() if not re.fullmatch(r"[A-Z][a-zü']+( [A-Z][a-z]+)*", name)] == []
    for code in sorted(wanted):
        below = [each.code for level in ("city", "county") for each in regions.children(code, level=level) if each.code in named]
        assert len({named[each] for each in below}) == len(below), code
