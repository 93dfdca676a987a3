"""The registry of sections: the pack, tables of offices, targets by year, other names; everything bad refused by name."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal

import pytest

from yangban.base.errors import InputError, UsageError
from yangban.readings.section_lists import Imported, import_file
from yangban.readings.sections import COLUMNS, FILE, SCHEMA, Section, Sections, check, pack_rows

HEAD = "省份,断面名称,城市,区县,河流,流域,水体类型,断面级别,2022年水质目标,2023年水质目标,经度,纬度,别名"
DAY = date(2022, 6, 1)


def put(bench, *rows: str, head: str = HEAD, **options: object) -> Imported:
    return import_file(bench.workspace, bench.write("断面表.csv", "\n".join((head, *rows, ""))), **options)


def own(bench) -> tuple[Section, ...]:
    return tuple(row for row in Sections.load(bench.workspace).rows if not row.pack)


def test_the_pack_stands_in_for_what_the_workspace_does_not_have(bench) -> None:
    sections = Sections.load(bench.workspace)
    assert (len(sections.rows), all(row.pack for row in sections.rows)) == (82, True)
    lake = sections.on("section:360000:康山", DAY)
    assert lake is not None
    assert (lake.kind, lake.lake, lake.city, lake.network, lake.aliases) == ("lake", "鄱阳湖", "361100", "state", ("上饶康山",))
    assert [row.name for row in sections.of_lake("鄱阳湖", DAY)] == ["南矶山", "康山", "蛤蟆石", "都昌"]
    assert {row.name for row in sections.members("361100", DAY)} >= {"康山", "弋阳"}
    assert len(sections.members("360000", DAY)) == len(sections.members("100000", DAY)) == 82
    assert sections.frame().schema == SCHEMA


def test_a_table_of_an_office(bench) -> None:
    done = put(
        bench,
        "江西省,外洲,南昌市,,赣江,长江流域,河流,国控,Ⅱ,Ⅱ类,115.8,28.6,南昌外洲",
        "江西,上饶康山,上饶,,鄱阳湖,长江流域,湖库,国控,Ⅲ,,,,",
    )
    assert (done.added, done.rejected) == (2, 0)
    wai, kang = sorted(own(bench), key=lambda row: row.name)
    assert (wai.subject, wai.targets, wai.target(2024), wai.trust, wai.longitude) == (
        "section:360000:外洲", {2022: 2, 2023: 2}, None, "stated", Decimal("115.8"),
    )  # fmt: skip
    assert (kang.name, kang.kind, kang.lake, kang.targets, kang.aliases) == ("康山", "lake", "鄱阳湖", {2022: 3}, ("上饶康山",))
    assert len(Sections.load(bench.workspace).rows) == 83
    again = put(bench, "江西省,外洲,南昌市,,赣江,长江流域,河流,国控,Ⅱ,Ⅱ类,115.8,28.6,南昌外洲")
    assert (again.unchanged, again.updated) == (1, 0)
    more = put(bench, "江西省,外洲,Ⅰ", head="省份,断面名称,水质目标", year=2024)
    assert (more.updated, Sections.load(bench.workspace).on("section:360000:外洲", DAY).targets) == (1, {2022: 2, 2023: 2, 2024: 1})


@pytest.mark.parametrize(
    ("row", "rule"),
    [
        (",外洲,,,赣江,,,,,,,,", "no_province"),
        ("江西省,,南昌市,,,,,,,,,,", "no_section"),
        ("某省,外洲,,,,,,,,,,,", "no_province"),
        ("江西省,外洲,长沙市,,,,,,,,,,", "section_place"),
        ("江西省,外洲,某市,,,,,,,,,,", "station_city"),
        ("江西省,外洲,南昌市,某区,,,,,,,,,", "station_county"),
        ("江西省,外洲,南昌市,,,,海,,,,,,", "section_kind"),
        ("江西省,外洲,南昌市,,,,,乡控,,,,,", "section_network"),
        ("江西省,外洲,南昌市,,,,,,Ⅷ,,,,", "section_target"),
        ("江西省,外洲,南昌市,,,,,,,,28.6,115.8,", "station_swapped"),
        ("江西省,外洲,南昌市,,,,,,,,1,2,", "station_outside"),
        ("江西省,外洲,南昌市,,,,,,,,东,2,", "station_coordinates"),
        ("江西省,生米,南昌市,,,,,,,,,,", "section_duplicate"),
    ],
)
def test_rows_refused_by_name(bench, row: str, rule: str) -> None:
    done = put(bench, "江西省,生米,南昌市,,赣江,长江流域,河流,国控,Ⅱ,Ⅱ,,,", row)
    assert [(each.line, each.rule) for each in done.rejections] == [(3, rule)]
    assert (done.rows, done.added) == (2, 1)
    lines = (bench.workspace.path / done.rejected_file).read_text(encoding="utf-8").splitlines()
    assert [json.loads(each)["rule"] for each in lines] == [rule]
    assert (bench.workspace.raw / done.digest).is_file()


def test_no_table_of_sections_and_a_target_without_year(bench) -> None:
    with pytest.raises(InputError, match="不是断面表"):
        put(bench, "1,2", head="a,b")
    with pytest.raises(UsageError, match="target-year"):
        put(bench, "江西省,外洲,Ⅰ", head="省份,断面名称,水质目标")
    with pytest.raises(UsageError, match="network"):
        put(bench, "江西省,外洲,Ⅰ", head="省份,断面名称,2022年目标", network="all")


GOOD = {**dict.fromkeys(COLUMNS, ""), "province": "360000", "name": "外洲", "kind": "river", "network": "state"}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"kind": "lake"}, "names its lake"),
        ({"targets": "2022:7"}, "class from 1 to 5"),
        ({"targets": "2022:2;2022:3"}, "class from 1 to 5"),
        ({"longitude": "115"}, "coordinates need"),
        ({"valid_from": "2022-02-30"}, "2021-01-01"),
        ({"valid_from": "2022-02-01", "valid_to": "2022-01-01"}, "before it begins"),
        ({"province": "360100"}, "code of a province"),
        ({"network": "all"}, "network"),
        ({"name": "外 洲"}, "no spaces"),
    ],
)
def test_an_edited_file_is_refused_by_line(bench, change: dict[str, str], message: str) -> None:
    lines = [",".join(COLUMNS), ",".join((GOOD | change).values())]
    (bench.workspace.path / FILE).write_text("\n".join(lines) + "\n", encoding="utf-8")
    with pytest.raises(InputError, match=message) as caught:
        Sections.load(bench.workspace)
    assert f"{FILE}:2" in str(caught.value)


def test_rows_of_one_section_must_not_overlap(bench) -> None:
    lines = [",".join(COLUMNS), *(",".join((GOOD | {"valid_from": day}).values()) for day in ("2021-01-01", "2022-01-01"))]
    (bench.workspace.path / FILE).write_text("\n".join(lines) + "\n", encoding="utf-8")
    with pytest.raises(InputError, match="overlaps"):
        Sections.load(bench.workspace)


def test_check_names_what_has_no_row_and_no_readings(bench) -> None:
    bench.take("省份,断面名称,采样日期,氨氮\n江西省,康山,2022-06-03,0.1\n江西省,港口,2022-06-03,0.1\n江西省,港口,2022-06-04,0.1\n")
    found = check(bench.workspace)
    assert [(gap.subject, gap.readings, gap.last_day) for gap in found.without_row] == [("section:360000:港口", 2, date(2022, 6, 4))]
    assert (len(found.without_readings), found.clashes, found.clean) == (81, (), False)
    put(bench, "江西省,港口,九江市", head="省份,断面名称,城市")
    assert check(bench.workspace).clean


def test_one_spelling_must_not_name_two_sections(bench) -> None:
    put(bench, "江西省,甲,南昌市,丁", "江西省,乙,南昌市,丁", head="省份,断面名称,城市,别名")
    assert [(text, {one, other}) for text, one, other in check(bench.workspace).clashes] == [
        ("section:360000:丁", {"section:360000:甲", "section:360000:乙"})
    ]


def test_every_row_of_the_pack_is_written_and_read_again(bench) -> None:
    from dataclasses import replace

    from yangban.readings.sections import save_rows

    rows = tuple(replace(row, pack=False) for row in pack_rows())
    save_rows(bench.workspace, rows)
    assert Sections.load(bench.workspace).rows == rows
