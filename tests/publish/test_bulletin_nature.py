"""What bulletins and cards say on sound, ecology and species; the readings are synthetic, the expected numbers are sums by hand."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import pytest

from yangban.assess.figure import Figure
from yangban.base.periods import parse
from yangban.publish.bulletin.asked import Asked, Draft
from yangban.publish.bulletin.layout import ANNUAL, LAYOUTS, MONTHLY, Grid, Say
from yangban.publish.bulletin.nature import ecology_part, sound_part, species_part
from yangban.publish.card import OTHER_LINES, _other_lines
from yangban.publish.release import create, holding
from yangban.readings.accounts import keep
from yangban.readings.intake import ingest
from yangban.readings.reported import append, read_reported
from yangban.readings.sample_nature import write_nature
from yangban.readings.workspace import Workspace
from yangban.run.media import open_all, spec
from yangban.run.sound import assess_sound
from yangban.standards import load_book

TABLES = {
    "area.csv": "网格编号,城市,监测日期,昼间\n甲,南昌,2023-05-01,52.0\n乙,南昌,2023-05-01,54.0\n丙,九江,2023-05-01,56.0\n",
    "zones.csv": "点位名称,城市,年份,季度,功能区类别,昼间,夜间\n甲,南昌,2023,1,2,60,51\n乙,南昌,2023,1,2,60.1,50\n",
    "birds.csv": "调查编号,调查日期,湖区,省份,物种,数量\na,2022-12-15,秘密湾,江西,白鹤,100\n"
    "b,2023-12-15,秘密湾,江西,白鹤,110\nb,2023-12-15,秘密湾,江西,豆雁,7\n",
}
REPORTED = """
[[reported]]
key = "forest_cover"
subject = "360000"
period = "2023"
value = 63.1
unit = "%"
evidence = "公报"
department = "林业局"
by = "张三"

[[reported]]
key = "eqi"
subject = "360000"
period = "2022"
value = 70.0
unit = "1"
evidence = "公报"
department = "生态环境厅"
by = "张三"

[[reported]]
key = "eqi"
subject = "360000"
period = "2023"
value = 68.5
unit = "1"
evidence = "公报"
department = "生态环境厅"
by = "张三"
"""


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    folder = tmp_path_factory.mktemp("nature-bulletin")
    place = Workspace.open(folder / "w", create=True)
    for name, text in TABLES.items():
        (folder / name).write_text(text, encoding="utf-8")
        ingest(place, [folder / name])
    (folder / "r.toml").write_text(REPORTED, encoding="utf-8")
    append(place, read_reported(folder / "r.toml"))
    assess_sound(place, [2023])
    return place


def made(workspace: Workspace, period: str = "2023", *, release: str | None = None, holds: Callable[[Figure], bool] | None = None) -> Draft:
    draft = Draft()
    asked = Asked(cast(Any, None), load_book(), "360000", parse(period), media=open_all(workspace), release=release, holds=holds)
    for part in (sound_part, ecology_part, species_part):
        part(asked, draft, ANNUAL)
    return draft


def test_sound(workspace: Workspace) -> None:
    draft = made(workspace)
    (said,) = draft.say["sound"]
    # The province: (53 + 56) / 2 = 54.5; two visits of zones by day and by night, one of each keeps its limit.
    assert "区域环境昼间平均等效声级为54.5分贝（数据不足：11 个城市中 2 个有完整的结果），为二级（较好）" in said
    assert "功能区昼间达标率为50.0%；功能区夜间达标率为50.0%" in said
    rows = {str(row["place"]): row for row in draft.tables["sound"].rows}
    assert {name: str(row["area_day"]) for name, row in rows.items()} == {"江西省": "54.5*", "南昌市": "53.0", "九江市": "56.0"}
    assert (str(rows["九江市"]["area_grade"]), str(rows["九江市"]["zone_day_rate"])) == ("三级 一般", "—")
    assert draft.tables["sound"].note == "* 数据不足，不作正式使用"


def test_ecology(workspace: Workspace) -> None:
    draft = made(workspace)
    (said,) = draft.say["ecology"]
    assert "生态质量指数(EQI)为68.5，属二类，与上年相比轻微变差" in said
    assert "森林覆盖率为63.1%" in said
    assert [str(row["origin"]) for row in draft.tables["ecology"].rows] == ["部门填报", "部门填报"]
    assert any("郁闭度0.2以上" in line for line in draft.method)


def test_species_and_no_word_of_their_places(workspace: Workspace) -> None:
    draft = made(workspace)
    (said,) = draft.say["species"]
    assert said == "2023年，江西省调查记录到物种2种（1次调查），其中旗舰物种白鹤110只（头）、豆雁7只（头）。"
    rows = draft.tables["species"].rows
    assert [str(row["species"]) for row in rows] == ["白鹤", "豆雁"]
    assert "+10.0" in str(rows[0]["yoy"])
    assert "秘密湾" not in str(draft)
    assert {"eqi-2021", "biodiversity-practice"} <= set(draft.documents)


def test_nothing_is_said_where_nothing_is_known_and_releases_say_what_they_do_not_hold(workspace: Workspace) -> None:
    assert made(workspace, "2010").say == {}
    lines = made(workspace, release="1").method
    assert [line[: line.index("的数值")] for line in lines if "不在发布之内" in line] == ["声环境", "生态", "生物多样性"]


def test_a_bulletin_of_a_release_says_only_what_that_release_does_not_hold(workspace: Workspace, tmp_path: Path) -> None:
    shutil.copytree(workspace.path, tmp_path / "w")
    frozen = create(Workspace.open(tmp_path / "w"), medium="sound", draft=True)
    lines = made(workspace, release="1", holds=holding(frozen, parse("2023"))).method
    assert [line[: line.index("的数值")] for line in lines if "不在发布之内" in line] == ["生态", "生物多样性"]
    assert not any("不在发布之内" in line for line in made(workspace).method)


def test_the_layouts_have_a_place_for_every_part(workspace: Workspace) -> None:
    draft = made(workspace)
    for kind in (ANNUAL, MONTHLY):
        items = [item for section in LAYOUTS[kind] for item in section.items]
        assert set(draft.say) <= {item.id for item in items if isinstance(item, Say)}
        grids = {item.id: item for item in items if isinstance(item, Grid)}
        for name, table in draft.tables.items():
            assert {column.key for column in grids[name].columns} <= set(table.rows[0])


def test_the_card_has_their_headlines(workspace: Workspace) -> None:
    media = open_all(workspace)
    lines = [line for name, words in OTHER_LINES.items() for line in _other_lines(media.others[name], words, None, "360000", parse("2023"))]
    assert [(line.indicator, str(line.figure.display)) for line in lines] == [
        ("sound.area_day", "54.5"), ("sound.zone_day_rate", "50.0"), ("sound.zone_night_rate", "50.0"), ("ecology.forest_cover", "63.1"),
        ("ecology.eqi", "68.5"), ("biodiversity.species", "2"),
    ]  # fmt: skip
    assert all(spec(line.indicator).name for line in lines)


def test_the_sample_is_marked_whole_and_the_same_for_a_seed(tmp_path: Path) -> None:
    done = write_nature("360000", year=2022, out=tmp_path / "a")
    again = write_nature("360000", year=2022, out=tmp_path / "b")
    assert [p.read_bytes() for p in done.tables] == [p.read_bytes() for p in again.tables]
    place = Workspace.open(tmp_path / "w", create=True)
    receipt = ingest(place, list(done.tables))
    assert (receipt.rejections_total, receipt.total("duplicate")) == (0, 0)
    append(place, read_reported(done.reported))
    keep(place, done.account)
    assess_sound(place, [2022])
    found = open_all(place).figures(subjects=["360000"], periods=[parse("2022")])
    assert {f.indicator.split(".")[0] for f in found} == {"sound", "ecology", "biodiversity"}
    assert all(f.synthetic for f in found)
    assert write_nature("北京", year=2022, out=tmp_path / "c").tables[0].read_text(encoding="utf-8").count("110000") > 1
