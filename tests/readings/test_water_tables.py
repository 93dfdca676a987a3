"""Tables of water: years, blanks, detection limits, units, swapped columns; everything refused by name and nothing lost."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest
import xlsxwriter

from yangban.base.errors import UsageError
from yangban.base.water_items import scaled
from yangban.readings.formats import locate_water
from yangban.readings.receipts import Receipt
from yangban.readings.sections import Sections
from yangban.readings.water.frames import ITEMS, SCHEMA, is_below

HEAD = (
    "省份,流域,断面名称,监测时间,水质类别,水温(℃),pH(无量纲),溶解氧(mg/L),高锰酸盐指数(mg/L),氨氮(mg/L),总磷(mg/L),总氮(mg/L),"
    "叶绿素α(mg/L),站点情况"
)
JUNE = "2022_06_05_16h31m.csv"
PH = scaled(Decimal("7.5"))


def line(
    section: str = "外洲", time: str = "06-05 16:00", *, province: str = "江西省", ph: str = "7.5", tp: str = "0.05", state: str = "正常"
) -> str:
    return f"{province},长江流域,{section},{time},Ⅱ,20.1,{ph},8.1,2.0,0.1,{tp},1.5,*,{state}"


def snapshot(bench, *lines: str, name: str = JUNE) -> Path:
    return bench.write(name, "\n".join((HEAD, *lines, "")).encode("gb18030"))


def water(bench, **options: object) -> pl.DataFrame:
    return bench.lake.water(start=date(1970, 1, 1), end=date(2100, 1, 1), **options).sort("subject", "time", "basis").collect()


def rules(receipt: Receipt) -> list[tuple[int | None, str]]:
    return [(each.line, each.rule) for each in receipt.rejections]


def balanced(receipt: Receipt) -> bool:
    return all(f.cells == f.accepted + f.duplicate + f.blank + f.rejected + f.ignored for f in receipt.files)


def workbook(bench, rows: Sequence[Sequence[object]], name: str) -> Path:
    path = bench.folder / name
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        for number, row in enumerate(rows):
            sheet.write_row(number, 0, row)
    return path


def test_a_release_lies_in_the_lake(bench) -> None:
    receipt = bench.take(snapshot(bench, line()))
    rows = water(bench)
    assert rows.schema == SCHEMA
    row = rows.row(0, named=True)
    assert (row["subject"], row["time"], row["basis"], row["published"], row["state"]) == (
        "section:360000:外洲", datetime(2022, 6, 5, 16), "auto", "Ⅱ", "正常",
    )  # fmt: skip
    assert row["released"] == datetime(2022, 6, 5, 16, 31)
    values = {item: row[item] for item in ITEMS if row[item] is not None}
    said = {"temperature": "20.1", "ph": "7.5", "do": "8.1", "codmn": "2.0", "nh3n": "0.1", "tp": "0.05", "tn": "1.5"}
    assert values == {item: scaled(Decimal(text)) for item, text in said.items()}
    file = receipt.files[0]
    assert (file.cells, file.accepted, file.blank, file.layout, file.basis) == (8, 7, 1, "water-snapshot@2022-06-05T16:31", "auto")


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("2022_01_01_00h04m.csv", "12-31 20:00", datetime(2021, 12, 31, 20)),
        ("2022_01_01_00h04m.csv", "01-01 00:00", datetime(2022, 1, 1)),
        ("2021_12_31_23h50m.csv", "01-01 00:00", datetime(2022, 1, 1)),
        ("2022_01_20_08h00m.csv", "12-20 12:04", datetime(2021, 12, 20, 12, 4)),
        ("2024_03_01_00h10m.csv", "02-29 20:00", datetime(2024, 2, 29, 20)),
    ],
)
def test_the_year_comes_from_the_snapshot(bench, name: str, text: str, expected: datetime) -> None:
    assert rules(bench.take(snapshot(bench, line(time=text), name=name), now=datetime(2025, 1, 1, tzinfo=UTC))) == []
    assert water(bench)["time"].to_list() == [expected]


@pytest.mark.parametrize(
    ("text", "rule"),
    [("06-09 16:00", "snapshot_year"), ("02-30 16:00", "snapshot_year"), ("13-45 16:00", "bad_water_time"), ("昨天", "bad_water_time")],
)
def test_a_time_that_fits_no_year_is_refused(bench, text: str, rule: str) -> None:
    receipt = bench.take(snapshot(bench, line(time=text), line("生米")))
    assert rules(receipt) == [(2, rule)]
    assert balanced(receipt)
    assert water(bench)["subject"].to_list() == ["section:360000:生米"]


def test_times_without_a_year_need_a_snapshot(bench) -> None:
    assert rules(bench.take(snapshot(bench, line(), name="断面.csv"))) == [(None, "no_snapshot")]
    told = bench.write("全部.csv", f"snapshot,{HEAD}\n2022-06-05 16:31,{line()}\n")
    assert rules(bench.take(told)) == []
    assert water(bench)["released"].to_list() == [datetime(2022, 6, 5, 16, 31)]


def test_a_station_that_does_not_report_is_blank_and_counted(bench) -> None:
    silent = "江西省,长江流域,生米,\u00a0,,--,--,--,--,--,--,--,*,维护"
    receipt = bench.take(snapshot(bench, line(), silent))
    file = receipt.files[0]
    assert (rules(receipt), file.rows["silent"], file.blank, file.rejected) == ([], 1, 9, 0)
    broken = "江西省,长江流域,生米,\u00a0,,--,7.5,--,--,--,--,--,*,维护"
    assert rules(bench.take(snapshot(bench, broken, name="2022_06_05_20h31m.csv"))) == [(2, "bad_water_time")]
    assert water(bench).height == 1


def test_swapped_headings_of_a_workbook_are_read_by_content(bench) -> None:
    names = HEAD.replace("断面名称,监测时间", "监测时间,断面名称").split(",")
    receipt = bench.take(workbook(bench, [names, line().split(","), line("生米").split(",")], "2022_06_05_16h31m.xlsx"))
    assert rules(receipt) == []
    assert any("写反" in note for note in receipt.files[0].notes)
    assert water(bench).select("subject", "time", "ph").rows() == [
        ("section:360000:外洲", datetime(2022, 6, 5, 16), PH),
        ("section:360000:生米", datetime(2022, 6, 5, 16), PH),
    ]


def test_json_of_the_page_gives_the_original_values(bench) -> None:
    names = ["省份", "流域", "断面名称", "监测时间", "水质类别", "水温<br/>(℃)", "pH<br/>(无量纲)", "总磷<br/>(mg/L)", "站点情况"]
    cells = ["江西省", "长江流域", "<span data-toggle='tooltip' title='所在地市：南昌市'>外洲</span>", "06-05 16:00", "Ⅱ",
             "<span title='原始值：20.123'>20.1</span>", "<span title='原始值：7.512'>7.5</span>", "--", "正常"]  # fmt: skip
    text = json.dumps({"thead": names, "tbody": [cells], "records": 1}, ensure_ascii=False)
    receipt = bench.take(bench.write("2022_06_05_16h31m.json", text))
    assert rules(receipt) == []
    assert water(bench).select("subject", "temperature", "ph", "tp").row(0) == ("section:360000:外洲", 20_123_000, 7_512_000, None)
    assert receipt.files[0].blank == 1


@pytest.mark.parametrize("text", ['{"thead": ["省份"], "tbody": [', '{"a": 1}', "[1, 2]"])
def test_broken_json_is_refused(bench, text: str) -> None:
    assert rules(bench.take(bench.write("2022_06_05_16h31m.json", text))) == [(None, "broken_json")]


LAB = "省份,断面名称,采样日期,pH,化学需氧量,氨氮,总磷,铜,汞\n"


def test_half_of_a_detection_limit_with_its_flag(bench) -> None:
    rows = "江西省,外洲,2022-06-03,7.1,4L,<0.025,0.01L,0.001L,＜0.00004\n江西省,生米,2022-06-03,7.2,8,0.1,0.05,0.002,0.00005\n"
    receipt = bench.take(LAB + rows)
    assert rules(receipt) == []
    first, second = water(bench).rows(named=True)
    assert [first[item] for item in ("cod", "nh3n", "tp", "cu", "hg")] == [2_000_000, 12_500, 5_000, 500, 20]
    assert (second["hg"], second["below"], first["basis"]) == (50, 0, "manual")
    below = water(bench).select(is_below(item).alias(item) for item in ITEMS).row(0, named=True)
    assert [item for item, is_it in below.items() if is_it] == ["cod", "nh3n", "tp", "cu", "hg"]
    assert receipt.files[0].flagged == 5


@pytest.mark.parametrize(
    ("cell", "rule"),
    [
        ("-0.02", "negative"),
        ("-99", "sentinel"),
        ("未检出", "no_limit"),
        ("ND", "no_limit"),
        ("偏高", "text"),
        ("=1+1", "formula"),
        ("<-1", "text"),
    ],
)
def test_cells_refused_by_name(bench, cell: str, rule: str) -> None:
    receipt = bench.take(LAB + f"江西省,外洲,2022-06-03,7.1,8,{cell},0.05,0.01,0.00005\n")
    assert rules(receipt) == [(2, rule)]
    assert "氨氮" in receipt.rejections[0].reason
    assert balanced(receipt)
    assert water(bench)["nh3n"].to_list() == [None]


def test_water_a_little_below_zero_is_a_temperature(bench) -> None:
    receipt = bench.take(
        snapshot(bench, line().replace(",20.1,", ",-0.3,"), line("生米").replace(",20.1,", ",-20,"), line("滁槎"), line("都昌"))
    )
    assert rules(receipt) == [(3, "negative")]
    assert water(bench).filter(pl.col("subject") == "section:360000:外洲")["temperature"].to_list() == [-300_000]


def test_wrong_units_are_refused_when_nobody_declared_one(bench) -> None:
    head = "省份,断面名称,采样日期,氨氮,总磷\n"
    rows = "".join(f"江西省,断面{n},2022-06-03,{80 + n},{50 + n}\n" for n in range(6))
    receipt = bench.take(head + rows)
    assert rules(receipt) == [(None, "water_unit")]
    assert "氨氮" in receipt.rejections[0].reason
    assert water(bench).height == 0
    assert rules(bench.take(head.replace("氨氮", "氨氮(µg/L)").replace("总磷", "总磷(µg/L)") + rows)) == []
    assert water(bench).select("nh3n", "tp").row(0) == (80_000, 50_000)
    again = bench.take(head + rows, units={"nh3n": "ug/L", "tp": "µg/L"})
    assert (rules(again), again.total("duplicate")) == ([], 12)
    with pytest.raises(UsageError):
        bench.take(head + rows, units={"nh3n": "kg"})


def test_a_unit_of_another_dimension_is_refused_by_column(bench) -> None:
    receipt = bench.take("省份,断面名称,采样日期,氨氮(ppm),总磷\n江西省,外洲,2022-06-03,0.1,0.05\n")
    assert [(each.rule, each.column) for each in receipt.rejections] == [("unknown_unit", "氨氮(ppm)")]
    assert water(bench).select("nh3n", "tp").row(0) == (None, 50_000)
    assert balanced(receipt)


@pytest.mark.parametrize(
    ("head", "row"),
    [
        ("pH,氨氮", "0.1,7.2"),
        ("氨氮,总氮", "2.0,0.1"),
        ("总磷,总氮", "2.0,0.1"),
        ("高锰酸盐指数,化学需氧量", "12,3"),
        ("溶解氧,水温", "25,8"),
        ("水温,电导率,pH", "153,20,7"),
    ],
)
def test_swapped_columns_are_refused_by_name(bench, head: str, row: str) -> None:
    rows = "".join(f"江西省,断面{n},2022-06-03,{row}\n" for n in range(6))
    assert rules(bench.take(f"省份,断面名称,采样日期,{head}\n{rows}")) == [(None, "swapped_columns")]


def test_two_columns_of_one_item_are_refused(bench) -> None:
    assert rules(bench.take("省份,断面名称,采样日期,氨氮,NH3-N\n江西省,外洲,2022-06-03,0.1,0.2\n")) == [(None, "two_columns")]


def test_a_section_needs_its_province(bench) -> None:
    receipt = bench.take(
        "断面名称,采样日期,氨氮,总磷\n外洲,2022-06-03,0.1,0.05\n,2022-06-03,0.1,0.05\nsection:360000:生米,2022-06-03,0.1,0.05\n"
    )
    assert rules(receipt) == [(2, "no_province"), (3, "no_section")]
    assert balanced(receipt)
    by_city = bench.take("城市,断面名称,采样日期,氨氮\n南昌市,外洲,2022-06-03,0.1\n某市,外洲,2022-06-03,0.1\n")
    assert rules(by_city) == [(3, "no_province")]
    assert water(bench)["subject"].to_list() == ["section:360000:外洲", "section:360000:生米"]


def test_the_same_name_in_two_provinces_is_two_sections(bench) -> None:
    bench.take(snapshot(bench, line("康山"), line("康山", province="安徽省", ph="8")))
    assert water(bench).select("subject", "ph").rows() == [("section:340000:康山", 8_000_000), ("section:360000:康山", PH)]


def test_both_networks_name_one_subject(bench) -> None:
    bench.take(
        snapshot(bench, line("康山"), line("炭埠周家(梅港)")),
        "月份,省份,断面,溶解氧,氨氮\n2021-01,江西省,上饶康山,10,0.1\n2021-01,江西省,炭埠周家（梅港）,9,0.1\n",
    )
    assert water(bench)["subject"].unique().sort().to_list() == ["section:360000:康山", "section:360000:炭埠周家（梅港）"]


def test_a_later_release_corrects_and_an_older_one_does_not(bench) -> None:
    early, late = snapshot(bench, line(tp="0.05")), snapshot(bench, line(tp="0.06"), name="2022_06_05_20h31m.csv")
    receipt = bench.take(late, early)
    assert [file.rows["repeated"] for file in receipt.files] == [1, 0]
    assert [(each.pollutant, each.old, each.new, each.time) for each in receipt.corrections] == [("tp", "0.05", "0.06", "2022-06-05 16:00")]
    assert [each.file for each in receipt.corrections] == [str(late)]
    again = bench.take(early)
    assert (again.changed, again.total("ignored"), again.total("duplicate"), again.total("corrected")) == (False, 1, 6, 0)
    assert water(bench)["tp"].to_list() == [60_000]
    third = bench.take(snapshot(bench, line(tp="0.07").replace(",Ⅱ,", ",Ⅲ,"), name="2022_06_06_00h31m.csv"))
    assert {(each.pollutant, each.old, each.new) for each in third.corrections} == {("tp", "0.06", "0.07"), ("published", "Ⅱ", "Ⅲ")}
    assert (third.total("corrected"), third.files[0].rows["corrected"], third.total("duplicate")) == (1, 1, 6)


def test_a_blank_never_erases(bench) -> None:
    bench.take(snapshot(bench, line()))
    receipt = bench.take(snapshot(bench, line(tp="--"), name="2022_06_05_20h31m.csv"))
    assert (water(bench)["tp"].to_list(), receipt.files[0].rows["revised"], receipt.total("corrected")) == ([50_000], 1, 0)


def test_bases_do_not_mix_and_a_row_may_name_its_own(bench) -> None:
    bench.take(
        "省份,断面名称,时间,监测方式,氨氮,总磷\n江西省,外洲,2022-06-03 08:00,自动,0.1,0.05\n江西省,外洲,2022-06-03 08:00,手工,0.2,0.06\n"
    )
    assert water(bench).select("basis", "nh3n").rows() == [("auto", 100_000), ("manual", 200_000)]
    assert water(bench, basis="manual")["nh3n"].to_list() == [200_000]


def test_clock_times_of_station_items_are_automatic(bench) -> None:
    bench.take("省份,断面名称,时间,pH,氨氮\n江西省,外洲,2022-06-03 08:00,7,0.1\n")
    bench.take("省份,断面名称,时间,pH,化学需氧量\n江西省,生米,2022-06-03 08:00,7,8\n")
    assert water(bench).select("subject", "basis").rows() == [("section:360000:外洲", "auto"), ("section:360000:生米", "manual")]


def test_a_long_table_with_a_column_of_units(bench) -> None:
    rows = ("汞,0.02,µg/L", "总磷,0.05,mg/L", "氨氮,<0.05,", "怪东西,1,mg/L", "铅,1,kg", "铜,--,mg/L")
    receipt = bench.take("省份,断面名称,采样日期,监测项目,监测结果,单位\n" + "".join(f"江西省,外洲,2022-06-03,{row}\n" for row in rows))
    assert sorted(rules(receipt)) == [(5, "unknown_pollutant"), (6, "unknown_unit")]
    row = water(bench).row(0, named=True)
    assert {item: row[item] for item in ITEMS if row[item] is not None} == {"hg": 20, "tp": 50_000, "nh3n": 25_000}
    assert (balanced(receipt), receipt.files[0].blank, receipt.files[0].flagged) == (True, 1, 1)


MAPPING = """
[columns]
section = "点"
time = "采样"
tp = "P"
chla = "Chl"
class = "结论"

[units]
tp = "ug/L"

[options]
province = "360000"
header_row = 2
"""


def test_a_mapping_for_somebodys_own_table(bench) -> None:
    mapping = bench.write("m.toml", MAPPING)
    table = workbook(bench, [["某站报表"], ["点", "采样", "P", "Chl", "结论"], ["外洲", "2022-06-03", 58, 12.5, "III"]], "t.xlsx")
    receipt = bench.take(table, mapping=mapping)
    assert rules(receipt) == []
    row = water(bench).row(0, named=True)
    assert (row["subject"], row["tp"], row["chla"], row["published"]) == ("section:360000:外洲", 58_000, 12_500_000, "Ⅲ")
    found = locate_water(
        bench.workspace.raw / receipt.files[0].digest, receipt.files[0].layout, subject=row["subject"], time=row["time"], item="tp",
        aliases=Sections.load(bench.workspace).aliases(),
    )  # fmt: skip
    assert [(each.line, each.text) for each in found] == [(3, "58")]


def test_a_mapping_that_contradicts_the_heading_or_knows_no_word(bench) -> None:
    mapping = bench.write("m.toml", MAPPING.replace('"P"', '"总磷(mg/L)"').replace("header_row = 2\n", ""))
    assert rules(bench.take("点,采样,总磷(mg/L),Chl,结论\n外洲,2022-06-03,58,12,Ⅲ\n", mapping=mapping)) == [(None, "mapping_mismatch")]
    for text in (MAPPING.replace("tp =", "tpp ="), MAPPING.replace('tp = "ug/L"', 'tp = "kg"'), MAPPING.replace('section = "点"\n', "")):
        with pytest.raises(UsageError):
            bench.take("点,采样\n", mapping=bench.write("m2.toml", text))


def test_months_are_monthly_and_lie_on_their_first_day(bench) -> None:
    receipt = bench.take(
        "年份,月份,省份,断面名称,pH,氨氮,水质类别\n2021,3,江西省,外洲,7.1,0.1,Ⅱ类\n", "月份,省份,断面名称,氨氮\n2021年4月,江西省,外洲,0.1\n"
    )
    assert rules(receipt) == []
    assert [file.basis for file in receipt.files] == ["monthly", "monthly"]
    assert water(bench).select("time", "published").rows() == [(datetime(2021, 3, 1), "Ⅱ"), (datetime(2021, 4, 1), None)]


def test_air_and_water_come_in_one_commit(bench) -> None:
    air = "city,time,pm25\n南昌,2022-06-05 16:00,35\n"
    receipt = bench.take(air, snapshot(bench, line()))
    assert (receipt.version, receipt.rejections_total) == (1, 0)
    assert (bench.value("360100", "2022-06-05", "pm25_16"), water(bench).height) == (35_000, 1)
    assert {part.kind for part in bench.lake.parts()} == {"hours", "water"}


def test_weather_and_air_are_no_water(bench) -> None:
    assert rules(bench.take("站点,时间,温度,湿度\nA,2022-06-03,20,50\n")) == [(None, "unknown_layout")]


def test_synthetic_water_is_marked_until_real_values_replace_it(bench) -> None:
    bench.take(snapshot(bench, line(), name="synthetic_2022_06_05_16h31m.csv"))
    assert water(bench)["synthetic"].to_list() == [True]
    bench.take(snapshot(bench, line(), name="2022_06_05_20h31m.csv"))
    assert water(bench)["synthetic"].to_list() == [False]


def test_a_ragged_line_and_a_future_time(bench) -> None:
    receipt = bench.take(
        snapshot(bench, line() + ",多一列", line("生米"), name=JUNE), "省份,断面名称,采样日期,氨氮\n江西省,外洲,2033-06-03,0.1\n"
    )
    assert rules(receipt) == [(2, "ragged_line"), (2, "future_time")]
    assert balanced(receipt)


def test_more_places_than_six_are_rounded_and_said(bench) -> None:
    receipt = bench.take(
        LAB + "江西省,外洲,2022-06-03,7.1,8,0.1,0.05,0.01,0.0000505\n江西省,生米,2022-06-03,7.1,8,0.1,0.05,0.01,0.0000515\n"
    )
    assert water(bench)["hg"].to_list() == [50, 52]
    assert any("修约" in note for note in receipt.files[0].notes)
