"""Tables of sound in: hours of stations, surveys of grid points, roads and zones."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

import pytest
import xlsxwriter

from yangban.readings.formats.sound_table import recognise

from .conftest import Bench

HOURS = """站点名称,城市,功能区类别,监测时间,Leq(dB(A)),Lmax
甲,南昌,2类,2022-06-13 07:00,55.2,71.3
甲,南昌,2类,2022-06-13 08:00,56.0,--
乙,南昌,,2022-06-13 07:00,48.15,60
"""
AREA = "网格编号,城市,监测日期,昼间等效声级,夜间等效声级\nG1,南昌,2022-05-11,52.3,\nG2,南昌,2022-05-11,50.0,41.2\n"
ROAD = "路段名称,城市,监测日期,路段长度(km),Leq\n八一大道,南昌市,2022-06-02,2.5,69.1\n阳明路,南昌市,2022-06-02,没有,66.0\n"
ZONES = "点位名称,城市,年份,季度,功能区类别,昼间,夜间\n东湖,南昌,2022,二,1,53,46\n青山湖,南昌,2022,第2季度,4a类,69.5,56\n"


def rows(bench: Bench) -> list[dict[str, object]]:
    return bench.lake.sound(start=date(2000, 1, 1), end=date(2100, 1, 1)).sort("subject", "time", "span").collect().to_dicts()


def test_hours_of_stations(bench: Bench) -> None:
    receipt = bench.take(HOURS)
    file = receipt.files[0]
    assert (file.layout, file.cells, file.accepted, file.blank, file.rejected) == ("sound-hours", 6, 5, 1, 0)
    found = rows(bench)
    assert [(r["subject"], r["time"], r["span"], r["klass"], r["leq"], r["lmax"]) for r in found] == [
        ("sound:360100:zone:乙", datetime(2022, 6, 13, 7), "hour", None, 48150, 60000),
        ("sound:360100:zone:甲", datetime(2022, 6, 13, 7), "hour", "2", 55200, 71300),
        ("sound:360100:zone:甲", datetime(2022, 6, 13, 8), "hour", "2", 56000, None),
    ]
    assert {r["basis"] for r in found} == {"auto"}
    assert any("没有写明类别" in note for note in file.notes)


def test_a_survey_of_an_area_gives_a_row_for_day_and_night(bench: Bench) -> None:
    file = bench.take(AREA).files[0]
    assert (file.layout, file.cells, file.accepted, file.blank) == ("sound-survey", 4, 3, 1)
    assert [(r["subject"], r["span"], r["kind"], r["leq"]) for r in rows(bench)] == [
        ("sound:360100:area:G1", "day", "area", 52300),
        ("sound:360100:area:G2", "day", "area", 50000),
        ("sound:360100:area:G2", "night", "area", 41200),
    ]


def test_a_survey_of_roads_has_lengths_and_says_which_cannot_be_read(bench: Bench) -> None:
    receipt = bench.take(ROAD)
    assert [(r["subject"], r["kind"], r["length"]) for r in rows(bench)] == [
        ("sound:360100:road:八一大道", "road", 2_500_000),
        ("sound:360100:road:阳明路", "road", None),
    ]
    assert [(each.rule, each.line) for each in receipt.rejections] == [("sound_length", 3)]
    assert "没有" in receipt.rejections[0].reason


def test_quarters_of_functional_zones(bench: Bench) -> None:
    bench.take(ZONES)
    assert {(r["subject"], r["time"], r["klass"]) for r in rows(bench)} == {
        ("sound:360100:zone:东湖", datetime(2022, 4, 1), "1"),
        ("sound:360100:zone:青山湖", datetime(2022, 4, 1), "4a"),
    }


@pytest.mark.parametrize(
    ("line", "rule"),
    [
        ("甲,南昌,2类,2022-02-30 07:00,55,60", "bad_time"),
        ("甲,南昌,2类,2031-06-13 07:00,55,60", "future_time"),
        ("甲,不存在市,2类,2022-06-13 07:00,55,60", "sound_city"),
        (",南昌,2类,2022-06-13 07:00,55,60", "sound_point"),
        ("甲,南昌,7类,2022-06-13 07:00,55,60", "sound_class"),
        ("甲,南昌,2类,2022-06-13 07:00,-3,60", "negative"),
        ("甲,南昌,2类,2022-06-13 07:00,很吵,60", "text"),
    ],
)
def test_what_is_refused_names_file_line_and_rule_and_loses_nothing(bench: Bench, line: str, rule: str) -> None:
    receipt = bench.take(HOURS + line + "\n")
    file = receipt.files[0]
    assert [(each.line, each.rule) for each in receipt.rejections] == [(5, rule)]
    assert file.cells == file.accepted + file.duplicate + file.blank + file.rejected == 8
    assert line.split(",")[3] in (bench.workspace.path / str(receipt.rejected_file)).read_text(encoding="utf-8")


def test_the_same_file_twice_changes_nothing_and_a_correction_is_listed(bench: Bench) -> None:
    bench.take(HOURS)
    again = bench.take(HOURS)
    assert (again.changed, again.total("accepted"), again.total("duplicate")) == (False, 0, 5)
    corrected = bench.take(HOURS.replace("55.2", "57.9"))
    assert (corrected.changed, corrected.total("corrected")) == (True, 1)
    assert [(c.subject, c.time, c.old, c.new) for c in corrected.corrections] == [
        ("sound:360100:zone:甲", "2022-06-13 07:00", "55.2", "57.9")
    ]
    assert {r["leq"] for r in rows(bench)} == {57900, 56000, 48150}


def test_a_table_that_does_not_say_what_it_monitors_is_refused(bench: Bench) -> None:
    receipt = bench.take("点位名称,城市,监测日期,昼间\n甲,南昌,2022-05-11,52\n")
    assert [each.rule for each in receipt.rejections] == ["sound_kind"]


def test_a_workbook_with_a_mapping(bench: Bench, tmp_path: Path) -> None:
    book = xlsxwriter.Workbook(tmp_path / "噪声.xlsx")
    page = book.add_worksheet("结果")
    for y, row in enumerate((["测量处", "所在地", "测于", "白天"], ["甲网", "南昌市", "2022-05-11", 52.4])):
        for x, cell in enumerate(row):
            page.write(y, x, cell)
    book.close()
    mapping = bench.write("m.toml", '[columns]\npoint = "测量处"\ncity = "所在地"\ntime = "测于"\nld = "白天"\n')
    refused = bench.take(tmp_path / "噪声.xlsx", mapping=mapping)
    assert [each.rule for each in refused.rejections] == ["sound_kind"]
    page_with = mapping.read_text(encoding="utf-8").replace("ld =", 'kind = "类"\nld =')
    book = xlsxwriter.Workbook(tmp_path / "噪声2.xlsx")
    page = book.add_worksheet("结果")
    for y, row in enumerate((["测量处", "所在地", "测于", "类", "白天"], ["甲网", "南昌市", "2022-05-11", "区域", 52.4])):
        for x, cell in enumerate(row):
            page.write(y, x, cell)
    book.close()
    assert bench.take(tmp_path / "噪声2.xlsx", mapping=bench.write("m2.toml", page_with)).total("accepted") == 1
    assert [(r["subject"], r["kind"], r["leq"]) for r in rows(bench)] == [("sound:360100:area:甲网", "area", 52400)]


def test_headings_in_their_many_spellings() -> None:
    plan = recognise(["测点名称", "城市", "时间", "昼间等效声级[dB(A)]", "夜间等效声级（dB）", "路段长度（m）"])
    assert plan is not None
    assert (plan.kind, set(plan.roles)) == ("road", {"point", "city", "time", "ld", "ln", "length_m"})
    assert recognise(["城市", "时间", "PM2.5"]) is None
