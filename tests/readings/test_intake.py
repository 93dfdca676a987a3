"""Files in, receipt out: layouts, duplicates and corrections, and everything that DESIGN's section on bad input names."""

from __future__ import annotations

import errno
import gzip
import io
import json
import zipfile
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from yangban.base.errors import InputError, UsageError
from yangban.readings.receipts import COUNTS, Receipt, receipts, sources

NOW = datetime(2023, 6, 1, tzinfo=UTC)
NC, JJ = "360100", "360400"


def zipped(name: str, text: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr(name, text)
    return out.getvalue()


ONE = "date,hour,type,南昌,九江\n20220101,1,PM2.5,35,40\n"


def rules(receipt: Receipt) -> list[tuple[int | None, str]]:
    return [(each.line, each.rule) for each in receipt.rejections]


def balanced(receipt: Receipt) -> bool:
    return all(f.accepted + f.duplicate + f.blank + f.rejected + f.ignored == f.cells and f.corrected <= f.accepted for f in receipt.files)


# --- layouts -------------------------------------------------------------------------------------------------------------------


def test_archive_hours_land_in_official_days(bench) -> None:
    receipt = bench.take(
        "date,hour,type,南昌,九江\n20220101,0,PM2.5,10,\n20220101,1,PM2.5,35,40\n20220102,0,CO,0.61,1.2\n20220101,1,AQI,50,60\n20220101,1,O3_8h,50,60\n"
    )
    assert bench.value(NC, "2021-12-31", "pm25_24") == 10_000
    assert bench.value(JJ, "2021-12-31", "pm25_24") is None
    assert bench.value(NC, "2022-01-01", "pm25_01") == 35_000
    assert bench.value(NC, "2022-01-01", "co_24") == 610
    file = receipt.files[0]
    assert (file.accepted, file.blank, file.ignored, file.rejected, file.cells, file.lines) == (5, 1, 4, 0, 10, 5)
    assert (file.layout, file.first_day, file.last_day) == ("archive-hourly", "2021-12-31", "2022-01-01")
    assert balanced(receipt)


def test_all_fifteen_types_are_known(bench) -> None:
    types = [
        "AQI",
        "PM2.5",
        "PM2.5_24h",
        "PM10",
        "PM10_24h",
        "SO2",
        "SO2_24h",
        "NO2",
        "NO2_24h",
        "O3",
        "O3_24h",
        "O3_8h",
        "O3_8h_24h",
        "CO",
        "CO_24h",
    ]
    receipt = bench.take("date,hour,type,南昌\n" + "".join(f"20220101,1,{kind},7\n" for kind in types))
    assert (receipt.total("accepted"), receipt.total("ignored"), receipt.total("rejected")) == (6, 9, 0)
    row = bench.rows().row(0, named=True)
    assert [row[f"{item}_01"] for item in ("pm25", "pm10", "so2", "no2", "co", "o3")] == [7000] * 6


def test_station_codes_make_the_level_station(bench) -> None:
    bench.take("date,hour,type,1299A,1300A\n20220101,1,PM2.5,35,40\n", ONE)
    assert bench.rows(level="station")["subject"].to_list() == ["station:1299A", "station:1300A"]
    assert bench.rows(level="city")["subject"].to_list() == [NC, JJ]
    bench.take("date,hour,type,P01\n20220101,1,PM2.5,35\n", level="station")
    assert "station:P01" in bench.rows(level="station")["subject"].to_list()


def test_county_level_places_are_kept_apart_from_prefectures(bench) -> None:
    bench.take("date,hour,type,南昌,寿光\n20220101,1,PM2.5,35,40\n")
    assert bench.rows(level="county")["subject"].to_list() == ["370783"]


@pytest.mark.parametrize(
    "text",
    [
        "subject,time,pollutant,value\n360100,2022-01-01 01:00,pm25,35\n360100,2022-01-01 01:00,co,0.6\n",
        "城市,监测时间,污染物,浓度,单位\n南昌市,2022年1月1日1时,细颗粒物,35,μg/m3\n南昌市,2022/1/1 1:00,CO,600,微克/立方米\n",
        "city,time,pm25,pm10,so2,no2,co,o3\n南昌,2022-01-01 01:00,35,,,,0.6,\n",
        "城市,日期,小时,细颗粒物(µg/m³),一氧化碳(mg/m³)\n南昌,2022-01-01,1,35,0.6\n",
        "时间,CO(μg/m3),城市,PM2.5,AQI\n2022-01-01 01:00,600,南昌,35,50\n",
        "\ufeffcity,time,pm25,co\r\n南昌,2022-01-01T00:00:00+07:00,35,0.6\r\n",
        '"city","time","pm25","co"\n"南昌","2022-01-01 01:00","35","0.6"\n',
    ],
)
def test_tidy_files_in_many_dresses_give_the_same_row(bench, text: str) -> None:
    receipt = bench.take(text)
    assert rules(receipt) == []
    assert (bench.value(NC, "2022-01-01", "pm25_01"), bench.value(NC, "2022-01-01", "co_01")) == (35_000, 600)
    assert balanced(receipt)


def test_gb18030_is_detected(bench) -> None:
    receipt = bench.take(ONE.encode("gb18030"), "城市,时间,细颗粒物\n九江,2022-01-01 02:00,7\n".encode("gb18030"))
    assert rules(receipt) == []
    assert (bench.value(JJ, "2022-01-01", "pm25_01"), bench.value(JJ, "2022-01-01", "pm25_02")) == (40_000, 7_000)


def test_a_start_label_moves_by_an_hour(bench) -> None:
    bench.take("city,time,pm25\n南昌,2022-01-01 00:00,35\n", label="start")
    assert bench.value(NC, "2022-01-01", "pm25_01") == 35_000


def test_declared_units_are_converted_once(bench) -> None:
    bench.take(ONE.replace("PM2.5,35,40", "CO,610,1200"), units={"co": "ug/m3"})
    assert bench.value(NC, "2022-01-01", "co_01") == 610


@pytest.mark.parametrize("kind", ["float", "text", "decimal", "zoned"])
def test_parquet(bench, kind: str) -> None:
    frame = pl.DataFrame(
        {"城市": ["南昌", "南昌"], "时间": [datetime(2022, 1, 1, 1), datetime(2022, 1, 1, 2)], "pm25": [35.2, None], "co": [0.6001, -99.0]}
    )
    if kind == "text":
        frame = frame.with_columns(pl.col("pm25", "co").cast(pl.String), pl.col("时间").dt.to_string("%Y-%m-%d %H:%M"))
    if kind == "decimal":
        frame = frame.with_columns(pl.col("pm25", "co").cast(pl.Decimal(12, 4)))
    if kind == "zoned":
        frame = frame.with_columns(pl.col("时间").dt.replace_time_zone("Asia/Shanghai").dt.convert_time_zone("UTC"))
    path = bench.folder / "a.parquet"
    frame.write_parquet(path)
    receipt = bench.take(path)
    assert rules(receipt) == [(2, "sentinel")]
    assert (bench.value(NC, "2022-01-01", "pm25_01"), bench.value(NC, "2022-01-01", "co_01")) == (35_200, 600)
    assert (receipt.total("blank"), receipt.total("flagged")) == (1, 1)
    assert balanced(receipt)


def test_synthetic_is_marked_by_name_comment_or_column(bench) -> None:
    for name, text in {
        "china_cities_synthetic_20220101.csv": ONE,
        "合成.csv": "city,time,pm25\n南昌,2022-02-01 01:00,35\n",
        "a.csv": "# synthetic sample\ncity,time,pm25\n南昌,2022-03-01 01:00,35\n",
        "b.csv": "city,time,pm25,synthetic\n南昌,2022-04-01 01:00,35,true\n",
    }.items():
        assert bench.take(bench.write(name, text)).files[0].synthetic
    assert bench.rows()["synthetic"].to_list() == [True] * bench.rows().height
    bench.take(bench.write("real.csv", "city,time,pm25\n南昌,2022-04-01 02:00,35\n南昌,2022-04-01 01:00,\n"))
    row = bench.rows().filter(pl.col("day") == date(2022, 4, 1))
    assert row["synthetic"].to_list() == [True]
    bench.take(bench.write("real.csv", "city,time,pm25\n南昌,2022-04-01 01:00,35\n南昌,2022-04-01 02:00,36\n"))
    assert bench.rows().filter(pl.col("day") == date(2022, 4, 1))["synthetic"].to_list() == [False]


# --- twice, corrected, superseded ----------------------------------------------------------------------------------------------


def test_the_same_file_twice_changes_nothing(bench) -> None:
    first = bench.take(ONE)
    before = bench.rows()
    again = bench.take(ONE, now=NOW + timedelta(hours=1))
    assert (first.changed, first.version, again.changed, again.version) == (True, 1, False, 1)
    assert (again.total("duplicate"), again.total("accepted")) == (2, 0)
    assert bench.rows().equals(before)
    assert [each["receipt"] for each in receipts(bench.workspace)] == [first.id, again.id]
    assert len(list(bench.workspace.raw.iterdir())) == 1


def test_a_file_with_a_place_of_somebody_else_is_refused_as_a_whole(bench) -> None:
    """A sender who answers for 南昌 alone: the file with 九江 costs nothing but itself, and says which place it was."""
    receipt = bench.take(ONE, "date,hour,type,南昌\n20220101,2,PM2.5,5\n", within=lambda subject: subject == NC)
    assert [(f.accepted, f.rejected) for f in receipt.files] == [(0, 1), (1, 0)]
    (told,) = receipt.rejections
    assert told.rule == "outside_place"
    assert "九江市 360400" in told.reason
    assert bench.value(JJ, "2022-01-01", "pm25_01") is None
    assert balanced(receipt)


def test_a_later_value_corrects_and_is_listed_and_a_blank_never_erases(bench) -> None:
    bench.take(ONE)
    receipt = bench.take(ONE.replace("35,40", "36.5,"))
    assert (receipt.total("accepted"), receipt.total("corrected"), receipt.total("blank")) == (1, 1, 1)
    told = receipt.corrections[0]
    assert (told.subject, told.day, told.slot, told.pollutant, told.old, told.new) == (NC, "2022-01-01", 1, "pm25", "35", "36.5")
    assert (bench.value(NC, "2022-01-01", "pm25_01"), bench.value(JJ, "2022-01-01", "pm25_01")) == (36_500, 40_000)
    assert receipt.files[0].cells == 2
    assert balanced(receipt)


def test_of_two_files_in_one_run_the_later_corrects(bench) -> None:
    receipt = bench.take(ONE, ONE.replace("35", "36"), "date,hour,type,南昌\n20220101,2,PM2.5,5\n")
    assert [(f.accepted, f.duplicate, f.corrected) for f in receipt.files] == [(2, 0, 0), (1, 1, 1), (1, 0, 0)]
    assert receipt.corrections[0].file == receipt.files[1].path
    assert bench.value(NC, "2022-01-01", "pm25_01") == 36_000


def test_counts_go_to_the_file_they_belong_to(bench) -> None:
    lines = ["date,hour,type,南昌,九江\n" + f"202201{d:02d},{h},PM2.5,{d},0\n" for d in (1, 2, 3) for h in (0, 5)]
    bench.take(*lines[:3])
    receipt = bench.take(*(each.replace(",3,0", ",9,0") for each in lines))
    assert [f.duplicate for f in receipt.files] == [2, 2, 2, 0, 0, 0]
    assert [f.flagged for f in receipt.files] == [1] * 6
    assert balanced(receipt)


def test_the_last_line_of_a_file_wins_and_the_first_is_refused(bench) -> None:
    receipt = bench.take(
        "date,hour,type,南昌,九江\n20220101,1,PM2.5,35,40\n20220101,2,PM2.5,1,1\n20220101,1,PM2.5,36,40\n20220101,1,PM2.5,,41\n"
    )
    assert sorted(rules(receipt)) == [(2, "superseded_in_file"), (4, "superseded_in_file")]
    assert "36" in receipt.rejections[0].reason
    assert (bench.value(NC, "2022-01-01", "pm25_01"), bench.value(JJ, "2022-01-01", "pm25_01")) == (36_000, 41_000)
    file = receipt.files[0]
    assert (file.accepted, file.duplicate, file.blank, file.rejected, file.cells) == (4, 1, 1, 2, 8)


def test_superseded_in_a_tidy_file(bench) -> None:
    receipt = bench.take(
        "city,time,pollutant,value\n南昌,2022-01-01 01:00,pm25,35\n南昌,2022-01-01 01:00,pm25,36\n南昌,2022-01-01 01:00,co,1\n"
    )
    assert rules(receipt) == [(2, "superseded_in_file")]
    assert (bench.value(NC, "2022-01-01", "pm25_01"), bench.value(NC, "2022-01-01", "co_01")) == (36_000, 1_000)
    assert balanced(receipt)


def test_two_columns_of_one_place(bench) -> None:
    receipt = bench.take("date,hour,type,甘孜州,甘孜藏族自治州\n20220101,1,PM2.5,,40\n20220101,2,PM2.5,5,5\n20220101,3,PM2.5,6,7\n")
    assert rules(receipt) == [(4, "duplicate_column")]
    assert [bench.value("513300", "2022-01-01", f"pm25_0{h}") for h in (1, 2, 3)] == [40_000, 5_000, 6_000]
    file = receipt.files[0]
    assert (file.accepted, file.duplicate, file.blank, file.rejected) == (3, 1, 1, 1)


def test_bases_never_mix(bench) -> None:
    bench.take(ONE)
    receipt = bench.take(ONE.replace("35", "34"), basis="audited")
    assert receipt.total("corrected") == 0
    assert (bench.value(NC, "2022-01-01", "pm25_01"), bench.value(NC, "2022-01-01", "pm25_01", "audited")) == (35_000, 34_000)


# --- bad input -----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cell", "rule"),
    [
        ("--", "sentinel"),
        ("*", "sentinel"),
        ("-;", "sentinel"),
        ("-99", "sentinel"),
        ("-3", "negative"),
        ("abc", "text"),
        ("nan", "not_finite"),
        ("inf", "not_finite"),
        ("=1+1", "formula"),
        ("+7", "formula"),
        ("@A1", "formula"),
        ("9999999", "not_storable"),
        ('"1,5"', "text"),
    ],
)
def test_a_bad_cell_is_refused_and_its_line_is_used(bench, cell: str, rule: str) -> None:
    for text in (
        f"date,hour,type,南昌,九江\n20220101,1,PM2.5,{cell},40\n20220101,2,PM2.5,1,2\n",
        f"city,time,pm25,pm10\n南昌,2022-01-02 01:00,{cell},40\n南昌,2022-01-02 02:00,1,2\n",
    ):
        receipt = bench.take(text)
        assert rules(receipt) == [(2, rule)]
        assert cell.strip('"') in receipt.rejections[0].reason
        assert (receipt.total("accepted"), receipt.total("rejected")) == (3, 1)
        assert balanced(receipt)
    assert bench.value(NC, "2022-01-01", "pm25_01") is None
    assert bench.value(NC, "2022-01-02", "pm25_01") is None
    assert bench.value(NC, "2022-01-02", "pm10_01") == 40_000


@pytest.mark.parametrize(
    ("line", "rule"),
    [
        ("20220101,1,PM2.5,5", "ragged_line"),
        ("20220101,1,PM2.5,5,6,7", "ragged_line"),
        ("20229901,1,PM2.5,5,6", "bad_time"),
        ("20220101,25,PM2.5,5,6", "bad_time"),
        ("0101,1,PM2.5,5,6", "bad_time"),
        ("01-01,1,PM2.5,5,6", "no_year"),
        ("20300101,1,PM2.5,5,6", "future_time"),
        ("20220101,1,PM3,5,6", "unknown_type"),
        ("20220101,1,PM2.5,5\0,6", "nul_byte"),
        (",,,,", "bad_time"),
        ("20220101,1,PM2.5," + "9" * (2**20) + ",6", "long_line"),
    ],
)
def test_a_bad_line_is_refused_and_the_file_is_used(bench, line: str, rule: str) -> None:
    receipt = bench.take(f"date,hour,type,南昌,九江\n20220101,3,PM2.5,5,6\n{line}\n20220101,4,PM2.5,7,8\n")
    assert rules(receipt) == [(3, rule)]
    assert (receipt.total("accepted"), receipt.total("rejected"), receipt.files[0].cells) == (4, 2, 6)
    assert balanced(receipt)
    kept = [json.loads(each) for each in (bench.workspace.path / receipt.rejected_file).read_text(encoding="utf-8").splitlines()]
    assert [(each["line"], each["rule"]) for each in kept] == [(3, rule)]
    assert kept[0]["text"] == line[:20_000]


@pytest.mark.parametrize(
    ("line", "rule"),
    [
        ("亚特兰蒂斯,2022-01-01 01:00,pm25,5,", "unknown_place"),
        ("南昌,2022-01-01 01:00,氡,5,", "unknown_pollutant"),
        ("南昌,2022-01-01 01:00,pm25,5,ppb", "unknown_unit"),
        ("南昌,01-01 01:00,pm25,5,", "no_year"),
        ("南昌,2022-01-01 01:30,pm25,5,", "bad_time"),
        (",2022-01-01 01:00,pm25,5,", "unknown_place"),
        ("江西,2022-01-01 01:00,pm25,5,", "unknown_place"),
    ],
)
def test_a_bad_line_of_a_tidy_file(bench, line: str, rule: str) -> None:
    receipt = bench.take(f"city,time,pollutant,value,unit\n南昌,2022-01-01 02:00,pm25,5,\n{line}\n南昌,2022-01-01 03:00,pm25_24h,5,\n")
    assert rules(receipt) == [(3, rule)]
    assert receipt.rejections[0].text == line
    assert (receipt.total("accepted"), receipt.total("ignored"), receipt.total("rejected")) == (1, 1, 1)
    assert balanced(receipt)


def test_undecodable_bytes_cost_one_line(bench) -> None:
    text = (
        "城市,时间,pm25\n南昌,2022-01-01 01:00,5\n".encode() + b"\xff\xfe\xff,2022-01-01 01:00,6\n" + "九江,2022-01-01 01:00,7\n".encode()
    )
    receipt = bench.take(text)
    assert rules(receipt) == [(3, "encoding")]
    assert (receipt.total("accepted"), receipt.total("rejected")) == (2, 1)


def test_an_unknown_place_is_named_and_an_empty_column_costs_nothing(bench) -> None:
    receipt = bench.take("date,hour,type,南昌,亚特兰蒂斯,无名城\n20220101,1,PM2.5,5,6,\n20220101,2,PM2.5,5,7,\n20220101,2,AQI,5,7,\n")
    assert rules(receipt) == [(1, "unknown_place")]
    assert receipt.rejections[0].column == "亚特兰蒂斯"
    file = receipt.files[0]
    assert (file.accepted, file.rejected, file.blank, file.ignored) == (2, 2, 2, 3)


def test_swapped_headers_are_read_by_name(bench) -> None:
    bench.take("type,九江,hour,date,南昌\nPM2.5,40,1,20220101,35\n")
    assert (bench.value(NC, "2022-01-01", "pm25_01"), bench.value(JJ, "2022-01-01", "pm25_01")) == (35_000, 40_000)
    assert rules(bench.take("hour,date,type,南昌\n20220102,1,PM2.5,35\n")) == [(2, "bad_time")]


def bomb() -> bytes:
    return gzip.compress(b"date,hour,type,\xe5\x8d\x97\xe6\x98\x8c\n" + b"20220101,1,PM2.5,5\n" * 5_000_000, 9)


@pytest.mark.parametrize(
    ("name", "content", "rule"),
    [
        ("._china.csv", ONE.encode(), "appledouble"),
        ("plain_name.csv", b"\x00\x05\x16\x07" + bytes(400), "appledouble"),
        ("a.csv", b"", "empty_file"),
        ("a.csv", b"\n\n", "empty_file"),
        ("a.csv", b"a,b,c\n1,2,3\n", "unknown_layout"),
        ("a.csv", bytes(range(256)) * 40, "not_text"),
        ("a.csv", "城市,时间\n".encode("utf-16"), "not_text"),
        ("a.csv", b"PK\x03\x04" + bytes(100), "broken_workbook"),
        ("a.csv", zipped("notes.csv", ONE), "zip_archive"),
        ("a.csv.gz", gzip.compress(ONE.encode() * 5000)[:-300], "truncated_gzip"),
        ("a.csv.gz", gzip.compress(ONE.encode())[:-6] + b"123456", "truncated_gzip"),
        ("a.csv", "城市,时间,PM2.5(ppb)\n南昌,2022-01-01 01:00,5\n".encode(), "unknown_unit"),
        ("a.parquet", b"PAR1 nothing", "unreadable"),
    ],
    ids=lambda value: value if isinstance(value, str) else "content",
)
def test_a_bad_file_is_named_and_the_others_go_on(bench, name: str, content: bytes, rule: str) -> None:
    receipt = bench.take(bench.write(name, content), ONE)
    assert rules(receipt) == [(None, rule)]
    assert receipt.rejections[0].file.endswith(name)
    assert (receipt.files[0].rejected, receipt.files[1].accepted) == (1, 2)
    assert balanced(receipt)
    assert (bench.workspace.raw / receipt.files[0].digest).read_bytes() == content


def test_a_zip_bomb_is_stopped(bench) -> None:
    content = bomb()
    assert len(content) * 200 < 64 * 2**20
    receipt = bench.take(bench.write("a.csv.gz", content), ONE)
    assert rules(receipt) == [(None, "zip_bomb")]
    assert receipt.total("accepted") == 2


def test_zero_and_strange_numbers_are_used_and_flagged(bench) -> None:
    receipt = bench.take("date,hour,type,南昌,九江\n20220101,1,PM10,10000,0\n20220101,2,PM2.5,0.12345,9\n20220101,2,PM10,,5\n")
    assert (receipt.total("accepted"), receipt.total("rejected"), receipt.total("flagged")) == (5, 0, 5)
    assert (
        bench.value(NC, "2022-01-01", "pm10_01"),
        bench.value(JJ, "2022-01-01", "pm10_01"),
        bench.value(NC, "2022-01-01", "pm25_02"),
    ) == (10_000_000, 0, 123)


def test_a_clock_that_runs_ahead_by_an_hour_is_no_future(bench) -> None:
    now = datetime(2022, 1, 1, 0, 30, tzinfo=UTC)  # 08:30 in Beijing
    receipt = bench.take("date,hour,type,南昌\n20220101,9,PM2.5,1\n20220101,10,PM2.5,2\n", now=now)
    assert rules(receipt) == [(3, "future_time")]


def test_long_lists_are_cut_in_the_receipt_and_whole_on_disk(bench) -> None:
    body = "".join(f"南昌,2022-01-01 01:00,x{i}\n" for i in range(10_050))
    receipt = bench.take("city,time,pm25\n" + body)
    assert (len(receipt.rejections), receipt.rejections_total, receipt.total("rejected")) == (10_000, 10_050, 10_050)
    assert len((bench.workspace.path / receipt.rejected_file).read_text(encoding="utf-8").splitlines()) == 10_050


def test_a_file_larger_than_a_block_keeps_its_line_numbers(bench, monkeypatch) -> None:
    monkeypatch.setattr("yangban.readings.formats.text.BLOCK", 64)
    body = "".join(f"202201{d:02d},{h},PM2.5,{d},{h + 1}\n" for d in range(1, 29) for h in range(24)).splitlines()
    body[300] = body[300] + "x"
    receipt = bench.take("date,hour,type,南昌,九江\n" + "\n".join(body))
    assert rules(receipt) == [(302, "text")]
    assert receipt.total("accepted") == 28 * 24 * 2 - 1


# --- calling it ----------------------------------------------------------------------------------------------------------------


def test_a_folder_is_read_at_any_depth_without_the_workspace_itself(bench) -> None:
    bench.write("in/2022/a.csv", ONE)
    bench.write("in/notes.txt", "hello")
    bench.write("w/raw/stray.csv", ONE)
    receipt = bench.take(bench.folder / "in")
    assert [Path(f.path).name for f in receipt.files] == ["a.csv"]
    receipt = bench.take(bench.folder)
    assert [Path(f.path).name for f in receipt.files] == ["a.csv"]


def test_wrong_arguments_are_told_before_anything_is_written(bench) -> None:
    with pytest.raises(InputError, match="does not exist"):
        bench.take(bench.folder / "absent.csv")
    with pytest.raises(UsageError, match="basis"):
        bench.take(ONE, basis="guess")
    with pytest.raises(UsageError, match="ppb"):
        bench.take(ONE, units={"co": "ppb"})
    assert bench.lake.is_empty()
    assert list(bench.workspace.raw.iterdir()) == []


def test_the_json_has_the_contract_s_words(bench) -> None:
    told = bench.take(ONE.replace("35", "--")).as_json()
    assert {"files", "rejections", *COUNTS} <= set(told)
    assert {"path", "digest", "layout", *COUNTS} <= set(told["files"][0])
    assert {"file", "line", "rule", "reason"} <= set(told["rejections"][0])


def test_sources_and_locate_lead_back_to_the_lines(bench) -> None:
    from yangban.readings.formats import locate

    bench.take(
        bench.write("a.csv", ONE),
        bench.write("b.csv", "城市,时间,pm25\n九江,2022-01-01 02:00,7\n南昌,2022-01-01 03:00,8\n"),
        bench.write("c.csv", "date,hour,type,南昌\n20220301,0,PM2.5,1\n"),
    )
    frame = pl.DataFrame({"city": ["南昌"], "time": ["2022-01-02 00:00"], "pollutant": ["PM2.5"], "value": [9.5]})
    frame.write_parquet(bench.folder / "d.parquet")
    bench.take(bench.folder / "d.parquet", now=NOW + timedelta(days=1))
    found = sources(bench.workspace, day=date(2022, 1, 1), subject=NC)
    assert [layout for _, _, layout in found] == ["archive-hourly", "tidy-wide", "tidy-long"]
    told = [locate(path, layout, subject=NC, day=date(2022, 1, 1), pollutant="pm25") for _, path, layout in found]
    assert [[(each.line, each.slot, each.text) for each in one] for one in told] == [[(2, 1, "35")], [(3, 3, "8")], [(1, 24, "9.5")]]
    bench.take(bench.folder / "a.csv", now=NOW + timedelta(days=2))
    assert [layout for _, _, layout in sources(bench.workspace, day=date(2022, 1, 1), subject=NC)] == [
        "tidy-wide",
        "tidy-long",
        "archive-hourly",
    ]


def test_a_block_of_empty_lines_takes_no_time(bench) -> None:
    receipt = bench.take(b"\n" * 2_000_000 + ONE.replace("35", "x").encode())
    assert rules(receipt) == [(2_000_002, "text")]
    assert receipt.total("accepted") == 1


def test_a_full_disk_is_no_fault_of_the_file(tmp_path, monkeypatch) -> None:
    """Nothing is refused in the receipts: the same file may be given again when there is room."""
    from yangban.readings import intake
    from yangban.readings.workspace import Workspace

    place = Workspace.open(tmp_path / "w", create=True)
    file = tmp_path / "20220101.csv"
    file.write_text(ONE, encoding="utf-8")

    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(intake._Run, "keep", full)
        with pytest.raises(OSError, match="No space"):
            intake.ingest(place, [file])
    assert not list(receipts(place))
    assert intake.ingest(place, [file], now=NOW).as_json()["accepted"] == 2
