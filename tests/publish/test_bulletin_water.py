"""The part on water of a bulletin, from samples whose classes are worked out by hand.

Ammonia decides every class (GB 3838: 0.15 is Ⅰ, 0.5 Ⅱ, 1.0 Ⅲ, 1.5 Ⅳ, 2.0 Ⅴ). Six sections of 长沙 on one river, two of 株洲, and a lake:

============ ====== ====== ===================================================================================
section       2022   2023   class in 2023
============ ====== ====== ===================================================================================
甲一 to 甲四    0.4    0.4   Ⅱ
甲五           1.2    0.4   Ⅱ, was Ⅳ
甲六           1.8    1.2   Ⅳ, was Ⅴ; the multiple over 1.0 is 0.2
株一           0.9    0.9   Ⅲ
湖心           2.5    2.2   劣Ⅴ
============ ====== ====== ===================================================================================

2023: six of eight are good, 75.0 %, two more would have been 100; 2022: five, 62.5 %; ΔG 12.5, ΔD 0, some improvement (above 10, up to 20).
"""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any, cast

import pytest

from yangban.base.periods import parse
from yangban.publish.bulletin.asked import Asked, Draft
from yangban.publish.bulletin.compose import PARTS, WHOLE
from yangban.publish.bulletin.layout import ANNUAL, KINDS, LAYOUTS, MONTHLY
from yangban.publish.bulletin.paper import Cell
from yangban.publish.bulletin.water import water_part
from yangban.readings.intake import ingest
from yangban.readings.sections import Section, Sections, save_rows
from yangban.readings.workspace import Workspace
from yangban.run.media import Results
from yangban.run.water import assess_water, open_water
from yangban.standards import load_book

BOOK = load_book()
PLACES = ("430100", "430200", "430300")
HEAD = "省份,断面名称,采样日期,pH,溶解氧,高锰酸盐指数,氨氮,总磷"
NH3N = {
    **{f"甲{n}": ("0.4", "0.4") for n in "一二三四"}, "甲五": ("1.2", "0.4"), "甲六": ("1.8", "1.2"), "株一": ("0.9", "0.9"),
    "湖心": ("2.5", "2.2"),
}  # fmt: skip
ROWS = (
    *(Section("430000", f"甲{n}", city="430100", river="甲江") for n in "一二三四五六"),
    Section("430000", "株一", city="430200", river="乙江"),
    Section("430000", "湖心", city="430200", kind="lake", lake="丙湖"),
)


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """Two whole years; in December 2023 甲六 was not sampled."""
    folder = tmp_path_factory.mktemp("water-bulletin")
    place = Workspace.open(folder / "w", create=True)
    with place.writing():
        save_rows(place, ROWS)
    lines = [HEAD]
    for year in (2022, 2023):
        for month in range(1, 13):
            for name, values in NH3N.items():
                if (year, month, name) != (2023, 12, "甲六"):
                    lines.append(f"湖南省,{name},{year}-{month:02d}-05,7.0,9.0,1.0,{values[year - 2022]},0.009")
    (folder / "samples.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    ingest(place, [folder / "samples.csv"])
    assess_water(place, [2022, 2023])
    return place


def made(workspace: Workspace, kind: str, period: str, region: str = "430000") -> Draft:
    draft = Draft()
    media = Results(None, open_water(workspace), (2022, 2023))
    asked = Asked(cast(Any, None), BOOK, region, parse(period), media=media, sections=Sections.load(workspace))
    water_part(asked, draft, kind)
    return draft


def rows(draft: Draft, table: str, *columns: str) -> list[list[str]]:
    return [[str(row.get(column, "")) for column in columns] for row in draft.tables[table].rows]


def test_the_whole_of_a_month(workspace: Workspace) -> None:
    draft = made(workspace, MONTHLY, "2023-06")
    assert draft.say["water"] == (
        "2023年6月，湖南省应评价国控地表水断面（点位）8个，全部评价。其中Ⅱ类5个、Ⅲ类1个、Ⅳ类1个、劣Ⅴ类1个；水质优良（Ⅰ～Ⅲ类）比例为"
        "75.0%，同比上升12.5个百分点，环比持平，劣Ⅴ类比例为12.5%，同比持平。",
        "总体水质状况为良好，与上年同期相比有所好转。超过Ⅲ类标准的主要指标为氨氮（2/8，25.0%）。",
    )
    assert rows(draft, "water_key", "item", "now", "yoy", "mom", "year", "valid") == [
        ["水质优良（Ⅰ～Ⅲ类）比例", "75.0", "+12.5个百分点", "持平", "75.0", "8/8"],
        ["Ⅰ～Ⅱ类比例", "62.5", "+12.5个百分点", "持平", "62.5", "8/8"],
        ["劣Ⅴ类比例", "12.5", "持平", "持平", "12.5", "8/8"],
        ["评价断面数", "8", "持平", "持平", "8", "8/8"],
    ]


def test_rivers_lakes_places_and_sections(workspace: Workspace) -> None:
    draft = made(workspace, MONTHLY, "2023-06")
    assert rows(draft, "waters", "water", "sections", "good", "state", "main", "change") == [
        ["甲江", "6/6", "83.3", "良好", "氨氮（1/6，16.7%）", "有所好转"],
        ["丙湖", "1/1", "—", "劣Ⅴ类　重度污染", "氨氮（1.2）", "无明显变化"],
    ]  # 乙江 has one section and is none of the main rivers.
    assert draft.say["waters"] == ("主要河流和湖库2条（个）中，水质状况为良好的1条（个）、重度污染的1条（个）。丙湖为劣Ⅴ类。",)
    places = rows(draft, "water_places", "place", "sections", "good", "good_change", "class12", "inferior")
    assert places == [["长沙市", "6/6", "83.3", "+16.6", "83.3", "0.0"], ["株洲市", "2/2", "50.0", "持平", "0.0", "50.0"]]
    chart = draft.charts["water_classes"]
    assert [(stack.name, tuple(map(int, stack.days))) for stack in chart.stacks] == [
        ("长沙市", (0, 5, 0, 1, 0, 0)),
        ("株洲市", (0, 0, 1, 0, 0, 1)),
    ]
    sections = rows(draft, "water_sections", "section", "place", "water", "class", "main")
    assert sections[:2] == [["湖心", "株洲市", "丙湖", "劣Ⅴ类", "氨氮（1.2）"], ["甲六", "长沙市", "甲江", "Ⅳ类", "氨氮（0.2）"]]
    assert len(sections) == 8
    assert draft.say["water_sections"] == ("劣于Ⅲ类的断面有湖心（劣Ⅴ类）、甲六（Ⅳ类）。",)


def test_what_is_insufficient_says_so_and_compares_nothing(workspace: Workspace) -> None:
    draft = made(workspace, MONTHLY, "2023-12")
    first, state, doubt = draft.say["water"]
    assert "应评价国控地表水断面（点位）8个，有数据可评价的7个" in first
    assert "同比" not in first
    assert "环比" not in first
    assert "上年" not in state
    assert doubt == "数据不足：8个断面中7个数据充足，以上水质结果不作正式使用。"
    assert draft.tables["water_key"].note == "带*的数据不足，不作正式使用。"
    ratio = draft.tables["water_key"].rows[0]["now"]
    assert isinstance(ratio, Cell)
    assert (ratio.text, ratio.number, ratio.form) == ("85.7*", Decimal("85.7"), '0.0"*"')  # six of seven


def test_a_year_and_its_months(workspace: Workspace) -> None:
    draft = made(workspace, ANNUAL, "2022")
    assert "水质优良（Ⅰ～Ⅲ类）比例为62.5%，劣Ⅴ类比例为12.5%" in draft.say["water"][0]
    assert "有" not in rows(draft, "water_key", "yoy")[0][0], "2021 is not there, and nothing is said of it"
    line = draft.charts["water_months"]
    assert [bar.value for bar in line.bars] == [Decimal("62.5")] * 12
    assert line.caption == "湖南省各月水质优良比例均为62.5%"
    assert draft.standards == ["GB 3838-2002"]
    assert "参与类别评价的项目有pH、溶解氧、高锰酸盐指数、氨氮、总磷" in draft.method[1]
    assert {"gb3838-2002", "assess-2011"} <= set(draft.documents)


def test_a_city_lists_its_sections_and_a_place_without_water_says_nothing(workspace: Workspace) -> None:
    city = made(workspace, MONTHLY, "2023-06", "430200")
    assert "water_places" not in city.tables
    assert rows(city, "water_sections", "section") == [["湖心"], ["株一"]]
    assert made(workspace, MONTHLY, "2023-06", "430300").say == {}
    assert made(workspace, MONTHLY, "2024-06").say["water"] == ("2024年6月湖南省没有可评价的地表水断面数据，不作评价。",)


def test_a_city_whose_sections_were_not_sampled_is_left_out_of_the_cities(tmp_path: Path) -> None:
    place = Workspace.open(tmp_path / "w", create=True)
    with place.writing():
        save_rows(place, [Section("430000", name, city=city, river="江") for name, city in zip("甲乙丙", PLACES, strict=True)])
    rows = [f"湖南省,{name},2023-05-05,7.0,9.0,1.0,0.4,0.009" for name in "甲乙"] + ["湖南省,丙,2023-06-05,7.0,9.0,1.0,0.4,0.009"]
    (tmp_path / "samples.csv").write_text("\n".join([HEAD, *rows]) + "\n", encoding="utf-8")
    ingest(place, [tmp_path / "samples.csv"])
    assess_water(place, [2023])
    table = made(place, MONTHLY, "2023-05").tables["water_places"]
    assert [cast(Cell, row["place"]).text for row in table.rows] == ["长沙市", "株洲市"]


def test_every_part_fills_sections_that_the_layout_has() -> None:
    assert water_part in PARTS
    for kind in (ANNUAL, MONTHLY):
        assert {"water", "waters", "water_places", "water_sections"} <= {section.id for section in LAYOUTS[kind]}


def test_the_title_names_more_than_air_only_where_there_is_more() -> None:
    assert (KINDS[MONTHLY].replace(*WHOLE), KINDS[ANNUAL].replace(*WHOLE)) == ("生态环境质量月报", "生态环境质量公报")
