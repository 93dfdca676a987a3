"""The real readings beside the repository: every oddity that their description names."""

from __future__ import annotations

import csv
import gzip
from datetime import date
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest

from yangban.readings.formats import locate
from yangban.readings.frames import SLOTS
from yangban.readings.receipts import sources

pytestmark = pytest.mark.shared

SIX = {"PM2.5": "pm25", "PM10": "pm10", "SO2": "so2", "NO2": "no2", "CO": "co", "O3": "o3"}


def test_jiangxi_2022_cell_for_cell(bench, shared_data: Path) -> None:
    path = shared_data / "air" / "jiangxi_city_hourly_2022.csv.gz"
    receipt = bench.take(path)
    file = receipt.files[0]
    assert (file.cells, file.lines, file.rejected, file.duplicate) == (130_755 * 11, 130_755, 0, 0)
    assert file.ignored == 130_755 * 11 * 9 // 15
    assert (file.first_day, file.last_day) == ("2021-12-31", "2022-12-31")
    assert bench.rows()["subject"].n_unique() == 11
    stored = sum(bench.rows().height - bench.rows()[name].null_count() for name in SLOTS)
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines))
    filled = sum(1 for row in rows if row["type"] in SIX for name, cell in row.items() if name not in {"date", "hour", "type"} and cell)
    assert stored == file.accepted == filled
    nanchang = {
        (row["day"], name): row[name] for row in bench.rows().filter(pl.col("subject") == "360100").iter_rows(named=True) for name in SLOTS
    }
    for row in rows:
        if row["type"] in SIX and row["hour"] != "0" and row["南昌"]:
            day = date(int(row["date"][:4]), int(row["date"][4:6]), int(row["date"][6:]))
            assert nanchang[day, f"{SIX[row['type']]}_{int(row['hour']):02d}"] == round(float(row["南昌"]) * 1000)
    again = bench.take(path)
    assert (again.changed, again.total("duplicate"), again.total("accepted")) == (False, file.accepted, 0)


def test_five_original_day_files_and_an_appledouble(bench, shared_data: Path) -> None:
    receipt = bench.take(shared_data / "air" / "raw_city_days_2022")
    assert [(Path(each.file).name, each.line, each.rule) for each in receipt.rejections] == [
        ("dot_underscore_china_cities_20220108.csv", None, "appledouble")
    ]
    assert [file.cells for file in receipt.files[:5]] == [375 * 15 * hours for hours in (24, 24, 15, 19, 24)]
    assert all(file.accepted + file.blank + file.ignored == file.cells for file in receipt.files[:5])
    # Hour 0 of 1 January is slot 24 of the year before.
    eve = bench.rows().filter(pl.col("day") == date(2021, 12, 31))
    assert (eve.height, eve.filter(pl.col("subject") == "360100")["pm25_24"].null_count()) == (343, 0)
    assert all(eve[name].null_count() == eve.height for name in SLOTS if not name.endswith("_24"))


def test_gb18030_copies_of_the_day_files_give_the_same_lake(bench, shared_data: Path) -> None:
    source = sorted((shared_data / "air" / "raw_city_days_2022").glob("*.csv.gz"))
    bench.take(*source)
    plain = bench.rows()
    for path in source:
        text = gzip.decompress(path.read_bytes()).decode("utf-8")
        bench.write(f"gb/{path.name.removesuffix('.gz')}", text.encode("gb18030"))
    receipt = bench.take(bench.folder / "gb")
    assert (receipt.changed, receipt.total("rejected"), receipt.total("accepted")) == (False, 0, 0)
    assert bench.rows().equals(plain)


def test_the_nation_in_one_go_and_its_day_files_agree(bench, shared_data: Path) -> None:
    receipt = bench.take(shared_data / "air" / "national_city_hourly_2022.csv.gz")
    file = receipt.files[0]
    assert (file.cells, file.lines) == (52_302 * 375, 52_302)
    assert [each for each in receipt.rejections if each.rule != "unknown_place"] == []
    assert file.accepted > 17_700_000
    days = bench.take(shared_data / "air" / "raw_city_days_2022" / "china_cities_20220308.csv.gz")
    assert (days.total("accepted"), days.total("corrected"), days.changed) == (0, 0, False)
    found = sources(bench.workspace, day=date(2022, 3, 8), subject="360100")
    told = [locate(path, layout, subject="360100", day=date(2022, 3, 8), pollutant="pm25") for _, path, layout in found]
    by_slot = [{each.slot: each.text for each in one} for one in told]
    assert len(by_slot) == 2
    # The day's own file ends before midnight; slot 24 stands only in the file of the year.
    assert by_slot[1].items() <= by_slot[0].items()
    assert sorted(by_slot[0]) == list(range(1, 25))
    stored = [bench.value("360100", "2022-03-08", f"pm25_{slot:02d}") for slot in range(1, 25)]
    assert stored == [round(float(by_slot[0][slot]) * 1000) for slot in range(1, 25)]


def test_the_station_snapshot(bench, shared_data: Path) -> None:
    receipt = bench.take(shared_data / "air" / "station_snapshot_20180220T07.csv.gz")
    assert {each.rule for each in receipt.rejections} == {"sentinel"}
    rows = bench.rows()
    assert (rows["level"].unique().to_list(), rows["day"].unique().to_list()) == (["station"], [date(2018, 2, 20)])
    one = rows.filter(pl.col("subject") == "station:1001A").row(0, named=True)
    assert [one[f"{item}_07"] for item in ("pm10", "pm25", "o3", "no2", "so2", "co")] == [None, 38_000, 84_000, 17_000, 3_000, 700]


def test_five_years_of_daily_values(bench, shared_data: Path) -> None:
    path = shared_data / "air" / "jiangxi_city_daily_2013_2017_aqistudy.csv.gz"
    receipt = bench.take(path)
    file = receipt.files[0]
    assert (file.layout, file.lines, file.cells, file.ignored) == ("daily-wide", 9_152, 9_152 * 8, 9_152 * 2)
    assert (file.accepted, file.blank, file.rejected, receipt.rejections) == (9_152 * 6, 0, 0, ())
    assert (file.first_day, file.last_day) == ("2013-12-02", "2017-01-31")
    assert bench.lake.air(start=date(2013, 1, 1), end=date(2018, 1, 1)).collect().is_empty()
    days = bench.lake.air_days(start=date(2013, 1, 1), end=date(2018, 1, 1)).collect()
    assert (days.height, days["level"].unique().to_list(), days["basis"].unique().to_list()) == (9_152, ["city"], ["realtime"])
    items = {"PM2.5": "pm25", "PM10": "pm10", "SO2": "so2", "NO2": "no2", "CO": "co", "O3_8h": "o3_8h"}
    names = {"360100": "南昌", "360400": "九江", "361100": "上饶"}
    stored = {(row["subject"], row["day"].isoformat()): row for row in days.filter(pl.col("subject").is_in(list(names))).to_dicts()}
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        real = {(row["城市"], row["日期"]): row for row in csv.DictReader(lines)}
    told = {key: real[names[key[0]], key[1]] for key in stored}
    assert len(told) == 1_157 + 1_128 + 763
    assert all(stored[key][item] == Decimal(told[key][head]) * 1000 for key in stored for head, item in items.items())
    usual = {"PM2.5": 500, "PM10": 1000, "SO2": 500, "NO2": 300, "CO": 10, "O3_8h": 400}
    strange = [
        head
        for row in real.values()
        for head, most in usual.items()
        if not 0 < Decimal(row[head]) <= most or ("PM" in head and Decimal(row["PM2.5"]) > Decimal(row["PM10"]))
    ]
    assert sum(Decimal(row["PM10"]) == 0 for row in real.values()) == 1
    assert file.flagged == len(strange) > 0
    again = bench.take(path)
    assert (again.changed, again.total("duplicate"), again.total("accepted")) == (False, file.accepted, 0)
    found = sources(bench.workspace, day=date(2015, 1, 1), subject="361100")
    (spot,) = locate(found[0][1], found[0][2], subject="361100", day=date(2015, 1, 1), pollutant="o3_8h")
    assert (spot.line, spot.slot, spot.text) == (3, 0, "78")
