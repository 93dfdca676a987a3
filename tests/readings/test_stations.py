"""The registry: rows dated, changes closed and followed, everything bad refused by name."""

from __future__ import annotations

import csv
import gzip
import json
from datetime import date, datetime
from pathlib import Path

import polars as pl
import pytest
import xlsxwriter

from yangban.base.errors import InputError, UsageError, WorkspaceError
from yangban.readings.station_lists import Imported, import_file
from yangban.readings.stations import FILE, SCHEMA, Registry, check

HEAD = "站点编号,监测点名称,城市,区县,经度,纬度,启用日期,停用日期,对照点*\n"


def put(bench, *rows: str, head: str = HEAD, name: str = "站点.csv", **options: object) -> Imported:
    return import_file(bench.workspace, bench.write(name, head + "\n".join(rows) + "\n"), **options)


def rows(bench) -> list[tuple[str, ...]]:
    return [
        (row.station, row.name, row.city, row.county, str(row.valid_from or ""), str(row.valid_to or ""))
        for row in Registry.load(bench.workspace).rows
    ]


def test_a_chinese_table(bench) -> None:
    done = put(
        bench,
        "1299A,省外办,南昌市,东湖区,115.893,28.689,2013-01-01,,否",
        "1300A,省林业公司,南昌,,,,,,",
        "1301A,梅岭,南昌市,湾里管理局,115.7,28.8,,,是",
    )
    assert [(each.line, each.rule) for each in done.rejections] == [(4, "station_county")]
    assert (done.rows, done.added, done.updated, done.unchanged, done.rejected) == (3, 2, 0, 0, 1)
    assert rows(bench) == [
        ("station:1299A", "省外办", "360100", "360102", "2013-01-01", ""),
        ("station:1300A", "省林业公司", "360100", "", "", ""),
    ]
    again = put(bench, "1301A,梅岭,南昌市,,115.7,28.8,,,是")
    assert (again.added, Registry.load(bench.workspace).of("station:1301A")[0].role) == (1, "control")


def test_the_frame_and_the_members_of_a_day(bench) -> None:
    put(
        bench,
        "1A,a,南昌,东湖区,,,,2020-12-31,",
        "2A,b,南昌,西湖区,,,2021-01-01,,",
        "3A,c,南昌,,,,,,是",
        "4A,d,九江,,,,,,",
    )
    registry = Registry.load(bench.workspace)
    assert registry.frame().schema == SCHEMA
    assert registry.frame().height == 4

    def of(region: str, day: date, **options: object) -> list[str]:
        return [row.station for row in registry.members(region, day, **options)]

    assert of("360100", date(2020, 12, 31)) == ["station:1A"]
    assert of("360100", date(2021, 1, 1)) == ["station:2A"]
    assert of("360100", date(2021, 1, 1), role=None) == ["station:2A", "station:3A"]
    assert of("360103", date(2021, 1, 1)) == ["station:2A"]
    assert of("360000", date(2021, 1, 1)) == ["station:2A", "station:4A"]
    assert of("360100", date(2021, 1, 1), network="province") == []


@pytest.mark.parametrize(
    ("row", "rule"),
    [
        (",无号,南昌,,,,,,", "station_code"),
        ("1 A,a,南昌,,,,,,", "station_code"),
        ("1A,a,亚特兰蒂斯,,,,,,", "station_city"),
        ("1A,a,江西省,,,,,,", "station_city"),
        ("1A,a,南昌,浔阳区,,,,,", "station_county"),
        ("1A,a,南昌,,28.689,115.893,,,", "station_swapped"),
        ("1A,a,南昌,,15.893,28.689,,,", "station_outside"),
        ("1A,a,南昌,,0,0,,,", "station_outside"),
        ("1A,a,南昌,,115.8,,,,", "station_coordinates"),
        ("1A,a,南昌,,东经115,28,,,", "station_coordinates"),
        ("1A,a,南昌,,nan,28,,,", "station_coordinates"),
        ("1A,a,南昌,,,,去年,,", "station_date"),
        ("1A,a,南昌,,,,2021-01-01,2020-01-01,", "station_dates_reversed"),
        ("1A,a,南昌,,,,,,也许", "station_role"),
    ],
)
def test_a_bad_row_is_named_and_the_others_are_taken(bench, row: str, rule: str) -> None:
    done = put(bench, row, "9A,好,九江,,,,,,")
    assert [(each.line, each.rule) for each in done.rejections] == [(2, rule)]
    assert rows(bench) == [("station:9A", "好", "360400", "", "", "")]
    kept = [json.loads(line) for line in (bench.workspace.path / str(done.rejected_file)).read_text("utf-8").splitlines()]
    assert [(each["line"], each["rule"], each["text"]) for each in kept] == [(2, rule, row)]
    assert (bench.workspace.raw / done.digest).is_file()


def test_one_code_twice_in_a_file(bench) -> None:
    done = put(bench, "1A,a,南昌,,,,,,", "1A,a,南昌,,,,,,", "2A,b,南昌,,,,2015-01-01,2018-06-30,", "2A,b,九江,,,,2018-06-30,,")
    assert [(each.line, each.rule) for each in done.rejections] == [(3, "station_duplicate"), (5, "station_overlap")]
    assert "第 2 行已有" in done.rejections[0].reason
    assert [each[:3] for each in rows(bench)] == [("station:1A", "a", "360100"), ("station:2A", "b", "360100")]


def test_a_file_may_hold_the_history_of_a_station(bench) -> None:
    done = put(bench, "2A,b,南昌,,,,2015-01-01,2018-06-30,", "2A,b,九江,,,,2018-07-01,,")
    assert (done.added, done.closed, done.rejected) == (2, 0, 0)
    assert [each[2:] for each in rows(bench)] == [("360100", "", "2015-01-01", "2018-06-30"), ("360400", "", "2018-07-01", "")]
    again = put(bench, "2A,b,南昌,,,,2015-01-01,2018-06-30,", "2A,b,九江,,,,2018-07-01,,")
    assert (again.unchanged, again.changes) == (2, ())


@pytest.mark.parametrize(("field", "row"), [("city", "1A,a,九江,"), ("county", "1A,a,南昌,西湖区"), ("name", "1A,新名,南昌,东湖区")])
def test_a_change_closes_the_old_row_and_begins_a_new_one(bench, field: str, row: str) -> None:
    put(bench, "1A,a,南昌,东湖区,115.8,28.6,,,")
    before = rows(bench)[0]
    done = put(bench, row.replace("九江,", "九江,浔阳区") + ",,,2021-03-01,,")
    assert (done.added, done.closed, done.rejected) == (1, 1, 0)
    assert field in {each.field for each in done.changes if each.what == "changed"}
    first, second = rows(bench)
    assert first == (*before[:5], "2021-02-28")
    assert second[4:] == ("2021-03-01", "")
    assert second != (*before[:4], *second[4:])
    # Coordinates were not named again, so they stay.
    assert Registry.load(bench.workspace).rows[1].longitude == Registry.load(bench.workspace).rows[0].longitude


def test_a_change_without_a_day_is_refused_and_from_gives_the_day(bench) -> None:
    put(bench, "1A,a,南昌,,,,,,")
    done = put(bench, "1A,a,九江,,,,,,", "2A,b,南昌,,,,,,")
    assert [each.rule for each in done.rejections] == ["station_undated"]
    assert "360100 → 360400" in done.rejections[0].reason
    assert [each[:3] for each in rows(bench)] == [("station:1A", "a", "360100"), ("station:2A", "b", "360100")]
    dated = put(bench, "1A,a,九江,,,,,,", "2A,b,南昌,,,,,,", "3A,c,南昌,,,,,,", since=date(2021, 1, 1))
    assert (dated.added, dated.closed, dated.unchanged) == (2, 1, 1)
    assert rows(bench) == [
        ("station:1A", "a", "360100", "", "", "2020-12-31"),
        ("station:1A", "a", "360400", "", "2021-01-01", ""),
        ("station:2A", "b", "360100", "", "", ""),
        ("station:3A", "c", "360100", "", "2021-01-01", ""),
    ]
    # The older list once more speaks of the older row.
    assert put(bench, "1A,a,南昌,,,,,,").unchanged == 1


@pytest.mark.parametrize("row", ["1A,b,南昌,,,,2014-01-01,,", "1A,b,南昌,,,,2015-01-01,,", "1A,b,南昌,,,,2017-01-01,,"])
def test_dates_that_overlap_a_registered_row_are_refused(bench, row: str) -> None:
    put(bench, "1A,a,南昌,,,,2015-01-01,2018-12-31,", "1A,a,九江,,,,2019-01-01,,")
    before = rows(bench)
    done = put(bench, row)
    assert [each.rule for each in done.rejections] == ["station_overlap"]
    assert rows(bench) == before


def test_blanks_are_filled_and_never_made(bench) -> None:
    put(bench, "1A,a,南昌,,115.8,28.6,,,")
    done = put(bench, "1A,,南昌,东湖区,115.81,28.6,2015-01-01,2022-12-31,")
    assert (done.updated, done.added, done.closed) == (1, 0, 0)
    assert sorted((each.field, each.old, each.new) for each in done.changes) == [
        ("county", "", "360102"),
        ("longitude", "115.8", "115.81"),
        ("valid_from", "", "2015-01-01"),
        ("valid_to", "", "2022-12-31"),
    ]
    assert rows(bench) == [("station:1A", "a", "360100", "360102", "2015-01-01", "2022-12-31")]


def test_networks_and_roles_by_their_words(bench) -> None:
    head = "station,name,city,network,role\n"
    put(bench, "1A,a,南昌,省控,评价点", "2A,b,南昌,,背景点", "3A,c,南昌,state,control", head=head, network="county")
    registry = Registry.load(bench.workspace)
    assert [(row.network, row.role) for row in registry.rows] == [
        ("province", "evaluation"),
        ("county", "background"),
        ("state", "control"),
    ]
    done = put(bench, "4A,d,南昌,星控,评价点", "5A,e,南昌,省控,好点", head=head)
    assert [each.rule for each in done.rejections] == ["station_network", "station_role"]
    with pytest.raises(UsageError, match="unknown network 'all'"):
        put(bench, "1A,a,南昌,,", head=head, network="all")


def test_a_county_level_city_is_a_county_of_its_own(bench) -> None:
    put(bench, "1A,a,寿光市,,,,,,")
    assert rows(bench) == [("station:1A", "a", "", "370783", "", "")]
    assert check(bench.workspace).only_county[0].station == "station:1A"


def test_a_workbook_with_a_title_above(bench) -> None:
    path = bench.folder / "站点.xlsx"
    with xlsxwriter.Workbook(path) as book:
        book.add_worksheet("说明").write(0, 0, "站点一览表")
        sheet = book.add_worksheet("站点")
        dates = book.add_format({"num_format": "yyyy-mm-dd"})
        sheet.write(0, 0, "江西省站点")
        sheet.write_row(1, 0, HEAD.strip().split(","))
        sheet.write_row(2, 0, ["1299A", "省外办", "南昌市", "东湖区", 115.893, 28.689])
        sheet.write_datetime(2, 6, datetime(2013, 1, 1), dates)
        sheet.write_row(3, 0, ["1300A", "林业", "无此市"])
    done = import_file(bench.workspace, path)
    assert [(each.line, each.rule) for each in done.rejections] == [(4, "station_city")]
    assert rows(bench) == [("station:1299A", "省外办", "360100", "360102", "2013-01-01", "")]


def test_what_is_no_table_of_stations(bench) -> None:
    with pytest.raises(InputError, match="不是站点表"):
        put(bench, "1,2,3", head="a,b,c\n")
    with pytest.raises(InputError, match="no such file"):
        import_file(bench.workspace, bench.folder / "nowhere.csv")
    with pytest.raises(InputError, match="不是文本"):
        import_file(bench.workspace, bench.write("x.csv", bytes(range(256)) * 40))
    assert not (bench.workspace.path / FILE).exists()


def test_gb18030_and_a_broken_line(bench) -> None:
    text = (HEAD + "1A,省外办,南昌,,,,,,\n2A,乱,南昌,,,,,,\n").encode("gb18030").replace("乱".encode("gb18030"), b"\xff\xff")
    done = import_file(bench.workspace, bench.write("gb.csv", text))
    assert [(each.line, each.rule) for each in done.rejections] == [(3, "encoding")]
    assert (done.rows, done.added, done.rejected) == (2, 1, 1)


def test_another_writer_is_waited_for_by_name(bench) -> None:
    with bench.workspace.writing(), pytest.raises(WorkspaceError, match="in use"):
        put(bench, "1A,a,南昌,,,,,,")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("station:1A,a", "1A,a", "expected such as station:1299A"),
        ("360100", "999999", "no place '999999'"),
        ("evaluation", "好", "role '好'"),
        (",2015-01-01,", ",2015,", "dates are written"),
        (",2015-01-01,", ",2019-01-01,", "before it begins"),
        (",2018-12-31,", ",2019-12-31,", "overlaps its row"),
        ("station,name", "name,station", "expected station,name,city"),
    ],
)
def test_a_registry_spoilt_by_hand_is_named_by_line(bench, old: str, new: str, said: str) -> None:
    put(bench, "1A,a,南昌,,,,2015-01-01,2018-12-31,", "1A,a,九江,,,,2019-01-01,,")
    path = bench.workspace.path / FILE
    path.write_text(path.read_text("utf-8").replace(old, new, 1), encoding="utf-8")
    with pytest.raises(InputError, match=said) as told:
        Registry.load(bench.workspace)
    assert FILE in str(told.value)


def test_check_holds_the_registry_against_the_readings(bench) -> None:
    put(bench, "1A,a,南昌,,,,2022-01-02,,", "2A,b,,,,,,,", "3A,c,南昌,,,,,,")
    bench.take(
        "station,time,pm25\n1A,2022-01-01 05:00,1\n1A,2022-01-02 05:00,1\n2A,2022-01-02 05:00,1\n4A,2022-01-02 05:00,1\n", level="station"
    )
    bench.take("监测点编码,日期,PM2.5,O3_8h\n5A,2022-01-03,5,6\n", basis="audited")
    found = check(bench.workspace)
    assert [row.station for row in found.without_place] == ["station:2A"]
    assert [(gap.station, gap.days, str(gap.first_day)) for gap in found.without_row] == [
        ("station:1A", 1, "2022-01-01"),
        ("station:4A", 1, "2022-01-02"),
        ("station:5A", 1, "2022-01-03"),
    ]
    assert found.without_readings == ("station:3A",)
    assert not found.clean


@pytest.mark.shared
def test_the_real_snapshot_is_a_registry(bench, shared_data: Path) -> None:
    path = shared_data / "air" / "station_snapshot_20180220T07.csv.gz"
    done = import_file(bench.workspace, path)
    assert (done.rows, done.added, done.rejected, len(done.notes)) == (1495, 1495, 0, 2)
    registry = Registry.load(bench.workspace)
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        real = {row["stationcode"]: row for row in csv.DictReader(lines)}
    assert {row.station.removeprefix("station:"): (row.name, str(row.longitude), str(row.latitude)) for row in registry.rows} == {
        code: (row["positionname"].strip(), row["longitude"], row["latitude"]) for code, row in real.items()
    }
    day = date(2018, 2, 20)
    sizes = [len(registry.members(city, day)) for city in ("360100", "360400", "360800", "361100")]
    assert (sizes, len(registry.members("360000", day))) == ([9, 8, 4, 4], 60)
    # Only county-level cities have no prefecture of their own.
    assert {real[row.station.removeprefix("station:")]["area"] for row in registry.rows if not row.city} >= {"昆山市", "石河子市", "寿光市"}
    assert all(row.city or row.county for row in registry.rows)
    assert import_file(bench.workspace, path).unchanged == 1495
    bench.take(path)
    # A station may be off the air at that hour; then its row has no readings and nothing else is amiss.
    found = check(bench.workspace)
    assert (found.clean, found.without_row) == (True, ())
    silent = pl.read_csv(path, infer_schema_length=0).filter(pl.all_horizontal(pl.col("pm10", "pm2_5", "o3", "no2", "so2", "co") == "-;"))
    assert found.without_readings == tuple(sorted(f"station:{code}" for code in silent["stationcode"]))


@pytest.mark.shared
def test_a_changed_snapshot_dates_the_change_by_its_hour(bench, shared_data: Path) -> None:
    path = shared_data / "air" / "station_snapshot_20180220T07.csv.gz"
    import_file(bench.workspace, path)
    head, first, *_ = gzip.decompress(path.read_bytes()).decode().splitlines()
    later = first.replace("2018-02-20T07", "2019-01-01T00").replace("万寿西宫", "新址")
    done = import_file(bench.workspace, bench.write("later.csv", f"{head}\n{later}\n"))
    assert (done.added, done.closed, done.rejected) == (1, 1, 0)
    # Hour 00:00 is the end of 31 December.
    assert [(row.name, str(row.valid_from), str(row.valid_to)) for row in Registry.load(bench.workspace).of("station:1001A")] == [
        ("万寿西宫", "None", "2018-12-30"),
        ("新址", "2018-12-31", "None"),
    ]
