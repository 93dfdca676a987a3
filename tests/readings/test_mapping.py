"""Workbooks, mapping files, wide tables with date parts, and units of carbon monoxide."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter

from yangban.base.errors import UnknownUnit, UsageError
from yangban.readings.formats import locate
from yangban.readings.formats.mapping import load
from yangban.readings.receipts import sources

NC = "360100"
MAP = """
[columns]
subject = "点位编号"
time = "监测时间"
pm25 = "细颗粒物"
co = "一氧化碳"

[units]
co = "mg/m3"

[options]
level = "station"
sheet = "小时值"
header_row = 3
"""


def workbook(path: Path, sheets: dict[str, Sequence[Sequence[Any]]]) -> Path:
    with xlsxwriter.Workbook(path) as book:
        moment = book.add_format({"num_format": "yyyy-mm-dd hh:mm"})
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            for i, row in enumerate(rows):
                for j, cell in enumerate(row):
                    if isinstance(cell, datetime):
                        sheet.write_datetime(i, j, cell, moment)
                    elif cell is not None:
                        sheet.write(i, j, cell)
    return path


def report(first: datetime, values: Sequence[Any]) -> list[list[Any]]:
    head: list[list[Any]] = [
        ["某市空气质量小时报"],
        [None, None, "单位：µg/m³"],
        ["点位编号", "点位名称", "监测时间", "细颗粒物", "一氧化碳"],
    ]
    return head + [["1299A", "省外办", first + timedelta(hours=i), value, 0.8] for i, value in enumerate(values)]


def test_a_mapped_workbook(bench) -> None:
    rows = report(datetime(2022, 1, 1, 22), [35, 36.5, 37, "缺测", None, -99])
    path = workbook(bench.folder / "book.xlsx", {"封面": [["说明"]], "小时值": rows, "日均值": rows})
    mapping = bench.write("map.toml", MAP)
    receipt = bench.take(path, mapping=mapping)
    # Rows are those that Excel shows.
    assert [(each.line, each.rule) for each in receipt.rejections] == [(7, "sentinel"), (9, "sentinel")]
    assert [
        bench.value("station:1299A", day, f"pm25_{slot}") for day, slot in (("2022-01-01", 22), ("2022-01-01", 23), ("2022-01-01", 24))
    ] == [
        35_000,
        36_500,
        37_000,
    ]
    assert bench.value("station:1299A", "2022-01-02", "co_03") == 800
    file = receipt.files[0]
    assert (file.accepted, file.blank, file.rejected, file.cells, file.lines) == (9, 1, 2, 12, 6)
    ((_, kept, layout),) = sources(bench.workspace, day=date(2022, 1, 1), subject="station:1299A")
    (*_, last) = locate(kept, layout, subject="station:1299A", day=date(2022, 1, 1), pollutant="pm25")
    assert (last.line, last.slot, last.text) == (6, 24, "37")


def test_a_mapping_serves_csv_too(bench) -> None:
    text = "报表\n制表：某站\n点位编号,监测时间,细颗粒物,一氧化碳\n1299A,2022-01-01 00:00,35,0.8\n"
    mapping = bench.write("map.toml", MAP.replace('level = "station"', 'level = "station"\nlabel = "start"'))
    receipt = bench.take(text, mapping=mapping)
    assert receipt.rejections == ()
    assert bench.value("station:1299A", "2022-01-01", "pm25_01") == 35_000
    ((_, kept, layout),) = sources(bench.workspace, day=date(2022, 1, 1), subject="station:1299A")
    assert [(each.line, each.text) for each in locate(kept, layout, subject="station:1299A", day=date(2022, 1, 1), pollutant="co")] == [
        (4, "0.8")
    ]
    # What is said at the command goes before the mapping.
    bench.take(text, mapping=mapping, label="end", units={"co": "ug/m3"})
    assert bench.value("station:1299A", "2021-12-31", "co_24") == 1


def test_a_long_table_and_days_by_mapping(bench) -> None:
    long = '[columns]\nsubject="地方"\ntime="何时"\npollutant="何物"\nvalue="多少"\n'
    bench.take("何物,何时,地方,多少\nPM2.5,2022-01-01 05:00,南昌,35\n", mapping=bench.write("l.toml", long))
    assert bench.value(NC, "2022-01-01", "pm25_05") == 35_000
    daily = '[columns]\nsubject="地方"\ntime="何时"\npm25="颗粒"\no3_8h="臭氧"\n'
    receipt = bench.take("地方,何时,颗粒,臭氧\n南昌,2022-01-01,35,90\n", mapping=bench.write("d.toml", daily))
    assert receipt.files[0].layout.startswith("daily-wide@map=")
    row = bench.lake.air_days(start=date(2022, 1, 1), end=date(2022, 1, 1)).collect().row(0, named=True)
    assert (row["pm25"], row["o3_8h"]) == (35_000, 90_000)
    forced = daily.replace('o3_8h="臭氧"\n', "") + "[options]\ndaily = true\n"
    bench.take("地方,何时,颗粒\n南昌,2022-01-02,36\n", mapping=bench.write("e.toml", forced))
    assert bench.lake.air_days(start=date(2022, 1, 2), end=date(2022, 1, 2)).collect()["pm25"].to_list() == [36_000]


@pytest.mark.parametrize(
    ("header", "said"),
    [
        ("点位编号,监测时间,细颗粒物", "没有列 一氧化碳"),
        ("点位编号,监测时间,细颗粒物,一氧化碳,一氧化碳", "出现不止一次"),
        ("点位编号,监测时间,细颗粒物(µg/m³),一氧化碳", "没有列 细颗粒物"),
    ],
)
def test_a_header_that_does_not_fit_the_mapping_is_refused(bench, header: str, said: str) -> None:
    mapping = bench.write("map.toml", MAP.replace("header_row = 3", "header_row = 1"))
    receipt = bench.take(f"{header}\n1299A,2022-01-01 01:00,35,0.8,0.8\n", mapping=mapping)
    assert [(each.line, each.rule) for each in receipt.rejections] == [(None, "mapping_mismatch")]
    assert said in receipt.rejections[0].reason


def test_a_unit_that_contradicts_the_heading_is_refused(bench) -> None:
    mapping = bench.write("map.toml", '[columns]\nsubject="地方"\ntime="何时"\nco="CO(μg/m³)"\n[units]\nco="mg/m3"\n')
    text = "地方,何时,CO(μg/m³)\n南昌,2022-01-01 01:00,800\n"
    receipt = bench.take(text, mapping=mapping)
    assert [each.rule for each in receipt.rejections] == ["mapping_mismatch"]
    bench.take(text, mapping=bench.write("ok.toml", '[columns]\nsubject="地方"\ntime="何时"\nco="CO(μg/m³)"\n'))
    assert bench.value(NC, "2022-01-01", "co_01") == 800


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("[columns]", "[column]", r"unknown table \[column\]"),
        ('pm25 = "细颗粒物"', 'pm2.5 = "细颗粒物"', "pm2: unknown word"),
        ('pm25 = "细颗粒物"', "pm25 = 3", "expected the heading"),
        ('co = "一氧化碳"', 'co = "细颗粒物"', "one heading to two words"),
        ('subject = "点位编号"', "", "neither subject nor station"),
        ('time = "监测时间"', "", "has no time"),
        ('pm25 = "细颗粒物"\nco = "一氧化碳"', "", "has no readings"),
        ('co = "一氧化碳"', 'co = "一氧化碳"\nvalue = "值"', "one or the other"),
        ('co = "mg/m3"', 'benzene = "mg/m3"', "unknown pollutant"),
        ('level = "station"', 'level = "planet"', "expected city or station"),
        ('level = "station"', 'lever = "station"', "lever: unknown"),
        ("header_row = 3", 'header_row = "3"', "expected int"),
        ("header_row = 3", "header_row = 0", "counted from 1"),
        ("header_row = 3", "header_row = ", "not a TOML file"),
    ],
)
def test_a_bad_mapping_is_named_before_anything_is_read(bench, old: str, new: str, said: str) -> None:
    path = bench.write("map.toml", MAP.replace(old, new))
    with pytest.raises(UsageError, match=said) as told:
        bench.take("x\n", mapping=path)
    assert "map.toml" in str(told.value)
    assert list(bench.workspace.receipts.iterdir()) == []


def test_a_mapping_with_an_unknown_unit_or_no_file(bench) -> None:
    with pytest.raises(UnknownUnit, match="ppb"):
        load(bench.write("map.toml", MAP.replace('"mg/m3"', '"ppb"')))
    with pytest.raises(UsageError, match="cannot be read"):
        load(bench.folder / "nowhere.toml")


def test_workbooks_without_a_mapping(bench) -> None:
    first = datetime(2022, 1, 1, 1)
    hours = [["城市", "时间", "PM2.5"], *[["南昌", first + timedelta(hours=i), i + 1] for i in range(24)]]
    archive = [["date", "hour", "type", "南昌"], [20220101, 1, "CO", 0.1 + 0.2]]
    days = [["2022年1月日报"], [], ["城市", "日期", "PM2.5", "O3_8h"], ["南昌", datetime(2022, 1, 1), 35, 90], [], ["注：无"]]
    paths = [workbook(bench.folder / f"{i}.xlsx", {"a": rows, "空": []}) for i, rows in enumerate((hours, archive, days))]
    receipt = bench.take(*paths)
    assert [(each.line, each.rule) for each in receipt.rejections] == [(6, "bad_time")]
    assert [file.layout for file in receipt.files] == ["tidy-wide", "archive-hourly", "daily-wide"]
    # A workbook stores 00:00 as a bare date; here it is the end of the day's last hour.
    assert bench.value(NC, "2022-01-01", "pm25_24") == 24_000
    assert bench.value(NC, "2022-01-01", "co_01") == 300
    assert bench.lake.air_days(start=date(2022, 1, 1), end=date(2022, 1, 1)).collect()["o3_8h"].to_list() == [90_000]
    found = sources(bench.workspace, day=date(2022, 1, 1), subject=NC)
    told = [locate(path, layout, subject=NC, day=date(2022, 1, 1), pollutant="co") for _, path, layout in found]
    assert [[(each.line, each.slot, each.text) for each in one] for one in told if one] == [[(2, 1, "0.3")]]


def test_other_sheets_of_readings_are_named_and_none_is_lost_in_silence(bench) -> None:
    rows = [["城市", "时间", "PM2.5"], ["南昌", "2022-01-01 01:00", 5]]
    later = [["城市", "时间", "PM2.5"], ["南昌", "2022-02-01 01:00", 6], ["九江", "2022-02-01 01:00", None]]
    receipt = bench.take(workbook(bench.folder / "b.xlsx", {"1月": rows, "说明": [["无"]], "2月": later}))
    assert [(each.rule, each.column, each.cells) for each in receipt.rejections] == [("other_sheet", "工作表 2月", 5)]
    file = receipt.files[0]
    assert file.accepted + file.duplicate + file.blank + file.rejected + file.ignored == file.cells
    assert file.notes == ("读取工作表：1月", "不是读数，未读：工作表 说明")
    mapping = '[columns]\nsubject="城市"\ntime="时间"\npm25="PM2.5"\n[options]\nsheet="2月"\n'
    bench.take(bench.folder / "b.xlsx", mapping=bench.write("m.toml", mapping))
    assert bench.value(NC, "2022-02-01", "pm25_01") == 6_000
    lost = bench.take(bench.folder / "b.xlsx", mapping=bench.write("n.toml", mapping.replace("2月", "3月")))
    assert [each.rule for each in lost.rejections] == ["no_sheet"]
    assert "有 1月、说明、2月" in lost.rejections[0].reason


def test_a_workbook_without_readings_and_a_broken_one(bench) -> None:
    path = workbook(bench.folder / "b.xlsx", {"a": [["甲", "乙"], [1, 2]]})
    receipt = bench.take(path, bench.write("c.xls", b"\xd0\xcf\x11\xe0" + bytes(600)), bench.write("d.xlsx", path.read_bytes()[:-900]))
    assert [each.rule for each in receipt.rejections] == ["unknown_layout", "broken_workbook", "broken_workbook"]
    folder = bench.folder / "dir"
    folder.mkdir()
    path.rename(folder / "b.xlsx")
    assert [Path(file.path).name for file in bench.take(folder).files] == ["b.xlsx"]


UCI = "No,year,month,day,hour,PM2.5,PM10,SO2,NO2,CO,O3,TEMP,PRES,DEWP,RAIN,wd,WSPM,station\n"


def uci(*co: str) -> str:
    lines = [f"{i + 1},2013,3,1,{i},4,4,3,NA,{value},77,-0.7,1023,-18.8,0,NNW,4.4,Aotizhongxin" for i, value in enumerate(co)]
    return UCI + "\n".join(lines) + "\n"


def test_carbon_monoxide_in_unsaid_micrograms_is_refused_and_never_guessed(bench) -> None:
    receipt = bench.take(uci("300", "300", "400"), label="start")
    assert [each.rule for each in receipt.rejections if each.rule != "sentinel"] == ["co_unit"]
    assert "中位数 300" in receipt.rejections[-1].reason
    assert "--unit co=ug/m3" in receipt.rejections[-1].reason
    assert bench.rows().is_empty()


def test_a_wide_table_with_parts_of_the_date(bench) -> None:
    receipt = bench.take(uci("300", "300", "400"), label="start", units={"co": "ug/m3"})
    assert {each.rule for each in receipt.rejections} == {"sentinel"}
    row = bench.rows().row(0, named=True)
    assert (row["subject"], row["level"], row["day"]) == ("station:Aotizhongxin", "station", date(2013, 3, 1))
    # Hour 0 that marks the start of its hour is the day's first slot.
    assert [row[f"co_{slot:02d}"] for slot in (1, 2, 3, 4)] == [300, 300, 400, None]
    assert row["pm25_01"] == 4_000
    ((_, kept, layout),) = sources(bench.workspace, day=date(2013, 3, 1), subject="station:Aotizhongxin")
    told = locate(kept, layout, subject="station:Aotizhongxin", day=date(2013, 3, 1), pollutant="co")
    assert [(each.line, each.slot, each.text) for each in told] == [(2, 1, "300"), (3, 2, "300"), (4, 3, "400")]
    # Without the option the same label marks the end of its hour.
    bench.take(uci("0.3"))
    assert bench.value("station:Aotizhongxin", "2013-02-28", "co_24") == 300


@pytest.mark.parametrize(
    ("text", "accepted"),
    [
        ("城市,时间,CO\n南昌,2022-01-01 01:00,50\n", 1),
        ("城市,时间,CO\n南昌,2022-01-01 01:00,50.001\n", 0),
        ("城市,时间,CO(mg/m3)\n南昌,2022-01-01 01:00,900\n", 1),
        ("城市,时间,CO\n南昌,2022-01-01 01:00,0.6\n南昌,2022-01-01 02:00,0.7\n南昌,2022-01-01 03:00,900\n", 3),
        ("城市,时间,污染物,浓度\n南昌,2022-01-01 01:00,CO,600\n", 0),
        ("城市,时间,污染物,浓度,单位\n南昌,2022-01-01 01:00,CO,600,ug/m3\n", 1),
        ("城市,日期,CO,O3_8h\n南昌,2022-01-01,600,50\n", 0),
    ],
)
def test_when_an_unsaid_unit_is_implausible(bench, text: str, accepted: int) -> None:
    receipt = bench.take(text)
    assert (receipt.total("accepted"), [each.rule for each in receipt.rejections]) == (accepted, [] if accepted else ["co_unit"])


def test_the_station_archive_is_known_by_its_codes(bench) -> None:
    receipt = bench.take("date,hour,type,1001A,1299A,3450A\n20220101,1,PM2.5,35,36,\n20220101,1,O3_8h,1,2,3\n20220102,0,CO,,0.6,\n")
    assert receipt.rejections == ()
    assert bench.rows()["subject"].to_list() == ["station:1001A", "station:1299A"]
    assert bench.value("station:1299A", "2022-01-01", "co_24") == 600
    assert (receipt.total("accepted"), receipt.total("ignored"), receipt.total("blank")) == (3, 3, 3)
