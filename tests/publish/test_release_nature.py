"""Sound, ecology and biodiversity in releases: what is frozen, blurred, computed again, and found when something under it changes.

By hand: two streets of 1 km and 3 km at 66 and 70 dB(A) weigh to (66 + 3 · 70) / 4 = 69.0, the second grade of roads (HJ 640-2012: above
68.0 up to 70.0). Of two visits to a zone of class 2 (GB 3096-2008: 60 by day) one with 61 does not attain: 50.0 %. The account is
700 亿 m³ at 8 yuan = 5600 亿元 and 1800 亿元 given, 7400.00 together.
"""

from __future__ import annotations

import csv
import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from yangban.base.errors import UsageError
from yangban.publish import release_nature
from yangban.publish.opendata import export
from yangban.publish.release import MANIFEST, Release, Verification, create, find, verify
from yangban.readings.accounts import keep
from yangban.readings.intake import ingest
from yangban.readings.reported import append, read_reported
from yangban.readings.workspace import Workspace
from yangban.run.sound import assess_sound
from yangban.standards import load_book

ROADS = "路段名称,城市,监测日期,路段长度(km),昼间等效声级,夜间等效声级\n甲路,南昌市,2023-06-02,1,66,58\n乙路,南昌市,2023-06-03,3,70,60\n"
ZONES = "点位名称,城市,年份,季度,功能区类别,昼间,夜间\n甲点,南昌市,2023,1,2,60.0,49\n甲点,南昌市,2023,2,2,61.0,51\n"
SURVEYS = "调查编号,调查日期,湖区,省份,物种,数量,努力量,努力量单位,经度,纬度\n"
SECRET, KNOWN = "秘湖", "明湖"
"""At the first only species of class 1 and one on no list are seen; at the second also swans, of class 2."""


def surveys(path: Path, *, first: int = 2021, last: int = 2023, swans: int = 100) -> Path:
    lines = []
    for year in range(first, last + 1):
        for site, name, count in (
            (SECRET, "白鹤", 40 + year - 2021),
            (SECRET, "Anas crecca", 7),
            (KNOWN, "白鹤", 10),
            (KNOWN, "小天鹅", swans + year - 2021),
        ):
            lines.append(f"调查{year}{site},{year}-01-15,{site},江西省,{name},{count},10,km,116.4,29.1\n")
    path.write_text(SURVEYS + "".join(lines), encoding="utf-8")
    return path


def reports(path: Path, forest: str = "63.1", *, by: str = "张三") -> Path:
    path.write_text(
        "指标,地区,年份,数值,单位,依据,部门,填报人\n"
        f"forest_cover,360000,2023,{forest},%,森林资源年报,林业局,{by}\n"
        "red_line_area,360000,2023,4687600,公顷,划定方案,自然资源厅,李四\n"
        "eqi.pattern,360000,2023,70,1,监测站,生态环境厅,王五\n",
        encoding="utf-8",
    )
    return path


def account(path: Path, products: int = 1800) -> Path:
    path.write_text(
        '[account]\nregion = "360000"\nyear = 2023\nsource = "核算报告"\nby = "赵六"\n\n'
        '[coefficients]\nregion = "360000"\nyear = 2023\nsource = "水价目录"\nwater_price = { value = 8, unit = "CNY/m³" }\n\n'
        '[[item]]\ncategory = "regulating"\nsubject = "水源涵养"\nmethod = "water"\nquantity = 700\nunit = "亿 m³"\n'
        'source = "水资源公报"\n\n'
        f'[[item]]\ncategory = "products"\nsubject = "农林牧渔产品"\nvalue = {products}\nvalue_unit = "亿元"\nsource = "统计年鉴"\n',
        encoding="utf-8",
    )
    return path


def made(folder: Path, name: str = "w") -> Workspace:
    folder.mkdir(exist_ok=True)
    workspace = Workspace.open(folder / name, create=True)
    for file, text in (("roads.csv", ROADS), ("zones.csv", ZONES)):
        (folder / file).write_text(text, encoding="utf-8")
    ingest(workspace, [folder / "roads.csv", folder / "zones.csv", surveys(folder / "species.csv")])
    append(workspace, read_reported(reports(folder / "reported.csv")))
    keep(workspace, account(folder / "gep.toml"))
    assess_sound(workspace, [2023])
    return workspace


@pytest.fixture(scope="module")
def once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("nature-release")
    create(made(folder))
    return folder / "w"


@pytest.fixture
def held(once: Path, tmp_path: Path) -> Workspace:
    shutil.copytree(once, tmp_path / "w")
    return Workspace.open(tmp_path / "w")


def failing(done: Verification) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for each in done.findings:
        if each.fails:
            found.setdefault(each.what, []).append(each.text)
    return found


def shown(release: Release) -> dict[tuple[str, str, str], str]:
    return {(r["subject"], r["period"], r["indicator"]): r["display"] for r in release.rows()}


def test_what_is_frozen(once: Path) -> None:
    release = find(Workspace.open(once), 1)
    assert {name: part["through"] for name, part in release.media.items()} == {
        "sound": "2023-06-03", "ecology": "2023-12-31", "biodiversity": "2023-01-15",
    }  # fmt: skip
    assert release.manifest["through"] == "2023-06-03", "a yearly report says nothing of the last day that was measured"
    rows = shown(release)
    assert rows["360100", "2023", "sound.road_day"] == "69.0"
    assert rows["360100", "2023", "sound.zone_day_rate"] == "50.0"
    assert rows["360000", "2023", "ecology.forest_cover"] == "63.1"
    assert rows["360000", "2023", "ecology.gep"] == "7400.00"
    assert rows["360000", "2023", "ecology.red_line_area"] == "46876.00", "公顷 become km²"
    assert rows["360000", "2023", "ecology.eqi"] == "", "the weights are not verified, so no EQI is computed"
    assert rows["360000", "2023", "biodiversity.species"] == "3"
    assert rows["360000", "2023", "biodiversity.individuals.siberian_crane"] == "52"
    assert rows["360000", "2021-01-01/2023-12-31", "biodiversity.trend_winter.tundra_swan"] == "1.0"
    assert not any(subject.startswith("sound:") for subject, _, _ in rows), "points of monitoring are asked for by name"


def test_places_of_sensitive_species_are_nowhere_in_it(once: Path) -> None:
    release = find(Workspace.open(once), 1)
    assert release.media["biodiversity"]["subjects"] == ["360000", f"site:360000:{KNOWN}"]
    text = "".join(release.text()) + (release.folder / MANIFEST).read_text(encoding="utf-8")
    assert SECRET not in text
    of_site = {word for subject, _, word in shown(release) if subject.startswith("site:")}
    assert {word.rpartition(".")[2] for word in of_site} == {"tundra_swan"}, "no crane, and no sum from which it could be told"
    cranes = next(f for f in release.figures() if (f.indicator, f.period) == ("biodiversity.individuals.siberian_crane", "2023"))
    assert cranes.detail["places"] == [42, 10], "how many at how many places, without their names"


def test_who_filled_it_in_is_left_out_and_the_department_stays(once: Path) -> None:
    release = find(Workspace.open(once), 1)
    text = "".join(release.text())
    assert not any(name in text for name in ("张三", "李四", "赵六"))
    forest = next(f for f in release.figures() if f.indicator == "ecology.forest_cover")
    assert (forest.detail["department"], forest.detail["evidence"]) == ("林业局", "森林资源年报")


def test_the_account_is_frozen_line_by_line_and_handed_out(once: Path, tmp_path: Path) -> None:
    release = find(Workspace.open(once), 1)
    total = next(f for f in release.figures() if f.indicator == "ecology.gep")
    assert total.detail["coefficients"] == {"id": "", "region": "360000", "year": 2023}
    assert [(e["subject"], e["quantity"], e["unit"], e["value"]) for e in total.detail["entries"]] == [
        ("水源涵养", "70000000000", "m³", "5600.00"), ("农林牧渔产品", "", "", "1800.00"),
    ]  # fmt: skip
    export(release, ["csv"], tmp_path / "out")
    rows = list(csv.DictReader((tmp_path / "out" / "gep-accounts.csv").read_text(encoding="utf-8-sig").splitlines()))
    assert [(r["类别"], r["价格与系数"], r["价格和系数来源"], r["系数所属"]) for r in rows] == [
        ("调节服务", "water_price 8 CNY/m³", "水价目录", "江西省 2023年"), ("物质供给", "", "", "江西省 2023年"),
    ]  # fmt: skip


def test_it_can_be_computed_again_on_another_machine_and_after_later_days(held: Workspace, tmp_path: Path) -> None:
    again = create(made(tmp_path / "there"), note="elsewhere")
    first = find(held, 1)
    assert again.manifest["figures"] == first.manifest["figures"]
    assert again.manifest["inputs"]["lake"]["readings"] == first.manifest["inputs"]["lake"]["readings"]
    assert failing(verify(held)) == {}
    (tmp_path / "later.csv").write_text(ZONES.splitlines()[0] + "\n甲点,南昌市,2023,3,2,70,70\n", encoding="utf-8")
    ingest(held, [tmp_path / "later.csv", surveys(tmp_path / "later-species.csv", first=2024, last=2024)])
    append(held, read_reported(_of_2024(tmp_path / "later-reported.csv")))
    assert failing(verify(held)) == {}, "what came of later days does not touch it"


def _of_2024(path: Path) -> Path:
    text = reports(path, "64.0").read_text(encoding="utf-8")
    path.write_text(text.replace(",2023,", ",2024,"), encoding="utf-8")
    return path


def test_changed_readings_are_found_and_named(held: Workspace, tmp_path: Path) -> None:
    (tmp_path / "again.csv").write_text(ROADS.replace("70,60", "72,60"), encoding="utf-8")
    ingest(held, [tmp_path / "again.csv", surveys(tmp_path / "again-species.csv", swans=50)])
    found = failing(verify(held))
    assert set(found) == {"readings", "figures"}
    assert "读数改变：sound manual 2023" in found["readings"]
    assert "读数改变：biodiversity survey 2023" in found["readings"]
    assert any("南昌市 2023 sound.road_day" in text and "display 69.0 → 70.5" in text for text in found["figures"])
    with pytest.raises(UsageError, match="--medium sound"):
        create(held)


def test_changed_reports_and_accounts_are_found_and_named(held: Workspace, tmp_path: Path) -> None:
    append(held, read_reported(reports(tmp_path / "again.csv", by="另一人")))
    assert failing(verify(held)) == {}, "another person who reports the same changes no result"
    append(held, read_reported(reports(tmp_path / "again.csv", "63.4")))
    keep(held, account(tmp_path / "gep.toml", products=1900))
    found = failing(verify(held))
    assert set(found) == {"reports", "accounts", "figures"}
    assert any("发布之后登记：江西省 2023 reported.forest_cover = 63.4 %" in text for text in found["reports"])
    assert any("江西省 2023 ecology.gep（" in text and "display 7400.00 → 7500.00" in text for text in found["figures"])
    kept = find(held, 1).manifest["inputs"]["accounts"][0]["digest"]
    (held.raw / kept).write_text("changed", encoding="utf-8")
    assert any(kept in text for text in failing(verify(held))["raw"])


@pytest.mark.parametrize(
    ("document", "key", "value", "what"),
    [
        ("hj640-2012", "grade.road.day", [["一级", "好", 68.0], ["二级", "较好", 68.5], ["三级", "一般"]], "sound.road_day"),
        ("biodiversity-practice", "trend.zero", 2, ""),
        ("eqi-2021", "eqi.grades", [["一类", 71], ["五类"]], ""),
    ],
)
def test_a_changed_rule_is_found_and_named(held: Workspace, document: str, key: str, value: object, what: str) -> None:
    book = load_book()
    old = book.documents[document]
    rules = tuple(replace(rule, value=value) if rule.key == key else rule for rule in old.rules)
    found = failing(verify(held, book=replace(book, documents={**book.documents, document: replace(old, rules=rules)})))
    assert any(text.startswith(f"{document}:{key} 改变") for text in found["book"])
    assert not what or any(what in text for text in found["figures"])


def test_a_changed_class_of_protection_is_found(held: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(release_nature, "file_digest", lambda _: "0" * 64)
    assert failing(verify(held))["lists"] == ["物种名录改变：packs/jiangxi/species.toml（保护级别决定哪些地点不公开）"]


def test_a_release_from_before_these_media_is_read_and_computed_again(held: Workspace) -> None:
    path = create(held, medium="sound").folder / MANIFEST
    manifest = json.loads(path.read_text(encoding="utf-8"))
    assert not {"reports", "accounts", "lists"} & set(manifest["inputs"]), "nothing is said of what is not there"
    assert set(find(held, 2).media) == {"sound"}
    assert failing(verify(held, 2)) == {}


def test_only_what_is_asked_for(held: Workspace) -> None:
    assert set(create(held, medium="biodiversity", years=[2022]).media) == {"biodiversity"}
    assert find(held, 2).media["biodiversity"]["periods"] == ["2021-01-01/2022-12-31", "2022"]
    assert failing(verify(held, 2)) == {}
    assert create(held, subjects=["sound:360100:zone:甲点"]).media["sound"]["subjects"] == ["sound:360100:zone:甲点"]
    with pytest.raises(UsageError, match="2019 年还没有评价"):
        create(held, years=[2019])
