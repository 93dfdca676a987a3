"""Tables of days: known by dates without hours and 8-hour ozone, kept beside the hours with receipts of their own."""

from __future__ import annotations

from datetime import UTC, date, datetime

import polars as pl
import pytest

from yangban.base.pollutants import AIR_SIX
from yangban.readings.formats import locate
from yangban.readings.frames import DAY_SCHEMA
from yangban.readings.lake import Lake
from yangban.readings.receipts import sources

NC, JJ = "360100", "360400"
HEAD = "城市,日期,PM2.5,PM10,SO2,NO2,CO,O3_8h\n"


def days(bench, basis: str = "audited") -> pl.DataFrame:
    return bench.lake.air_days(start=date(1970, 1, 1), end=date(2100, 1, 1), basis=basis).sort("subject", "day").collect()


def values(bench, basis: str = "audited") -> list[tuple[object, ...]]:
    return [(row["subject"], str(row["day"]), *(row[item] for item in AIR_SIX)) for row in days(bench, basis).to_dicts()]


def balanced(receipt) -> bool:
    return all(f.accepted + f.duplicate + f.blank + f.rejected + f.ignored == f.cells for f in receipt.files)


WANTED = [(NC, "2022-01-01", 35_500, 60_000, 8_000, 30_000, 800, 90_000)]


@pytest.mark.parametrize(
    "text",
    [
        HEAD + "南昌,2022-01-01,35.5,60,8,30,0.8,90\n",
        HEAD + "南昌市,20220101,35.5,60,8,30,0.8,90\n",
        HEAD + "南昌市,2022年1月1日,35.5,60,8,30,0.8,90\n",
        "日期,城市,AQI,首要污染物,细颗粒物(μg/m³),PM10,SO2,NO2,CO(μg/m³),臭氧日最大8小时\n2022/1/1,南昌,90,O3,35.5,60,8,30,800,90\n",
        "year,month,day,city,pm25,pm10,so2,no2,co,O3-8h\n2022,1,1,南昌,35.5,60,8,30,0.8,90\n",
        "day,city,pm25,pm10,so2,no2,co,o3_8h,o3\n2022-01-01,360100,35.5,60,8,30,0.8,90,120\n",
        "城市,日期,污染物,浓度\n南昌,2022-01-01,PM2.5,35.5\n南昌,2022-01-01,PM10,60\n南昌,2022-01-01,SO2,8\n南昌,2022-01-01,NO2,30\n"
        "南昌,2022-01-01,CO,0.8\n南昌,2022-01-01,O3_8h,90\n南昌,2022-01-01,AQI,90\n",
        (HEAD + "南昌,2022-01-01,35.5,60,8,30,0.8,90\n").encode("gb18030"),
    ],
    ids=["iso", "tight", "chinese", "units", "parts", "words", "long", "gb18030"],
)
def test_a_table_of_days_is_known_by_itself(bench, text: str | bytes) -> None:
    receipt = bench.take(text, basis="audited")
    assert receipt.rejections == ()
    assert values(bench) == WANTED
    assert (receipt.total("accepted"), balanced(receipt), bench.rows("audited").height) == (6, True, 0)
    assert receipt.files[0].layout.startswith("daily-")
    assert days(bench).schema == DAY_SCHEMA


def test_parquet_with_dates(bench) -> None:
    frame = pl.DataFrame({"city": ["南昌"], "date": [date(2022, 1, 1)], "pm25": [35.5], "o3_8h": [90]})
    path = bench.folder / "d.parquet"
    frame.write_parquet(path)
    assert bench.take(path, basis="audited").total("accepted") == 2
    assert values(bench)[0][2:] == (35_500, None, None, None, None, 90_000)


def test_midnight_beside_each_date_is_no_hour_where_the_dates_differ(bench) -> None:
    head = "城市,时间,PM2.5,O3_8h\n"
    bench.take(head + "".join(f"南昌,2022-01-0{n} 00:00:00,{n},9\n" for n in (1, 2, 3)), basis="audited")
    assert [each[1:3] for each in values(bench)] == [("2022-01-01", 1_000), ("2022-01-02", 2_000), ("2022-01-03", 3_000)]
    # One midnight may as well be an hour; it is one until somebody says otherwise.
    bench.take(head + "九江,2022-01-05 00:00:00,7,9\n", basis="audited")
    assert bench.value(JJ, "2022-01-04", "pm25_24", "audited") == 7_000
    bench.take(head + "九江,2022-01-05 00:00:00,7,9\n", basis="audited", daily=True)
    assert values(bench)[-1][:3] == (JJ, "2022-01-05", 7_000)


def test_hours_beside_running_ozone_stay_hours(bench) -> None:
    receipt = bench.take("city,time,pm25,o3,o3_8h\n南昌,2022-01-01 01:00,35,60,50\n")
    assert (receipt.files[0].layout, receipt.total("accepted"), receipt.total("ignored")) == ("tidy-wide", 2, 1)
    assert days(bench, "realtime").is_empty()


def test_daily_forces_what_has_no_ozone(bench) -> None:
    text = "城市,日期,PM2.5\n南昌,2022-01-01,35.5\n"
    receipt = bench.take(text)
    assert [each.rule for each in receipt.rejections] == ["bad_time"]
    assert "--daily" in receipt.rejections[0].reason
    assert bench.take(text, daily=True).total("accepted") == 1
    assert values(bench, "realtime")[0][:3] == (NC, "2022-01-01", 35_500)


def test_ozone_that_does_not_say_which_is_refused(bench) -> None:
    receipt = bench.take("城市,日期,PM2.5,O3\n南昌,2022-01-01,35.5,120\n九江,2022-01-01,35.5,\n", daily=True)
    assert [(each.line, each.rule, each.column, each.cells) for each in receipt.rejections] == [(1, "unclear_ozone", "O3", 1)]
    assert (receipt.total("accepted"), receipt.total("rejected"), balanced(receipt)) == (2, 1, True)


def test_two_columns_of_one_pollutant_are_refused(bench) -> None:
    receipt = bench.take("城市,日期,PM2.5,PM2.5_24h,O3_8h\n南昌,2022-01-01,35.5,36,90\n")
    assert [(each.line, each.rule) for each in receipt.rejections] == [(None, "two_columns")]
    assert "PM2.5、PM2.5_24h" in receipt.rejections[0].reason
    assert days(bench, "realtime").is_empty()


def test_bad_cells_lines_and_places_are_named(bench) -> None:
    receipt = bench.take(
        HEAD
        + "南昌,2022-01-01,-99,60,8,--,abc,-5\n"
        + "亚特兰蒂斯,2022-01-01,1,2,3,4,5,6\n"
        + "南昌,1月2日,1,2,3,4,5,6\n"
        + "南昌,2022-02-30,1,2,3,4,5,6\n"
        + "南昌,2022-01-03 08:00,1,2,3,4,5,6\n"
        + "南昌,2023-06-02,1,2,3,4,5,6\n"
        + "南昌,2022-01-04,1,2,3\n"
        + "九江,2022-01-01,,,,,,\n",
        now=datetime(2023, 6, 1, 12, tzinfo=UTC),
    )
    assert sorted((each.line, each.rule) for each in receipt.rejections) == [
        (2, "negative"),
        (2, "sentinel"),
        (2, "sentinel"),
        (2, "text"),
        (3, "unknown_place"),
        (4, "no_year"),
        (5, "bad_time"),
        (6, "bad_time"),
        (7, "future_time"),
        (8, "ragged_line"),
    ]
    assert values(bench, "realtime") == [(NC, "2022-01-01", None, 60_000, 8_000, None, None, None)]
    assert (receipt.total("accepted"), receipt.total("blank"), receipt.total("rejected"), balanced(receipt)) == (2, 6, 4 + 6 * 6, True)


def test_duplicates_corrections_and_blanks(bench) -> None:
    first = bench.take(HEAD + "南昌,2022-01-01,35.5,60,8,30,0.8,90\n", basis="audited")
    again = bench.take(HEAD + "南昌,2022-01-01,35.5,60,8,30,0.8,90\n", basis="audited")
    assert (first.version, again.version, again.changed, again.total("duplicate")) == (1, 1, False, 6)
    fixed = bench.take(HEAD + "南昌,2022-01-01,36,60,,30,0.8,91\n南昌,2022-01-02,1,2,3,4,5,6\n", basis="audited")
    assert [(each.subject, each.day, each.slot, each.pollutant, each.old, each.new) for each in fixed.corrections] == [
        (NC, "2022-01-01", 0, "pm25", "35.5", "36"),
        (NC, "2022-01-01", 0, "o3_8h", "90", "91"),
    ]
    assert (fixed.total("accepted"), fixed.total("duplicate"), fixed.total("corrected")) == (8, 3, 2)
    assert values(bench)[0][2:] == (36_000, 60_000, 8_000, 30_000, 800, 91_000)
    # The version before is still there to be read.
    before = Lake(bench.workspace, version=1).air_days(start=date(2022, 1, 1), end=date(2022, 1, 1), basis="audited").collect()
    assert before["pm25"].to_list() == [35_500]


def test_within_a_file_the_last_line_wins_and_the_first_is_named(bench) -> None:
    receipt = bench.take(HEAD + "南昌,2022-01-01,35.5,60,8,30,0.8,90\n南昌市,2022-01-01,36,60,8,30,0.8,90\n", basis="audited")
    assert [(each.line, each.rule, each.column) for each in receipt.rejections] == [(2, "superseded_in_file", f"{NC} pm25")]
    assert values(bench)[0][2] == 36_000
    assert (receipt.total("accepted"), receipt.total("duplicate"), balanced(receipt)) == (6, 5, True)


def test_the_bases_and_the_hours_do_not_mix(bench) -> None:
    hours = "city,time,pm25\n南昌,2022-01-01 01:00,10\n"
    both = bench.take(HEAD + "南昌,2022-01-01,1,1,1,1,1,1\n", hours, basis="audited")
    assert (both.version, both.total("accepted")) == (1, 7)
    bench.take(HEAD + "南昌,2022-01-01,2,2,2,2,2,2\n", hours.replace(",10", ",20"))
    assert [values(bench, basis)[0][2] for basis in ("audited", "realtime")] == [1_000, 2_000]
    assert [bench.value(NC, "2022-01-01", "pm25_01", basis) for basis in ("audited", "realtime")] == [10_000, 20_000]
    assert [bench.lake.days(basis="audited", kind=kind) for kind in ("hours", "days")] == [(date(2022, 1, 1), date(2022, 1, 1))] * 2
    assert len(bench.lake.parts()) == 4
    # A sweep, as every writer makes one, leaves both kinds in place.
    bench.lake.sweep()
    assert (days(bench).height, bench.rows("audited").height) == (1, 1)


def test_a_span_and_subjects_are_chosen(bench) -> None:
    bench.take(HEAD + "".join(f"{city},2022-{month}-15,1,1,1,1,1,1\n" for city in ("南昌", "九江") for month in ("01", "02", "03")))

    def found(**options: object) -> int:
        return bench.lake.air_days(**{"start": date(2022, 1, 1), "end": date(2022, 12, 31), **options}).collect().height

    assert (found(), found(start=date(2022, 2, 15)), found(end=date(2022, 2, 14)), found(subjects=[NC])) == (6, 4, 2, 3)
    assert (found(level="station"), found(basis="audited")) == (0, 0)


def test_flags_are_counted_and_the_values_used(bench) -> None:
    receipt = bench.take(HEAD + "南昌,2022-01-01,70,60,0,30,0.8004999,500\n", daily=True)
    # PM2.5 above PM10 marks both; a zero; ozone beyond the usual; a fourth decimal that was rounded away.
    assert receipt.total("flagged") == 5
    assert values(bench, "realtime")[0][2:] == (70_000, 60_000, 0, 30_000, 800, 500_000)


def test_stations_have_days_too(bench) -> None:
    bench.take("监测点编码,监测日期,PM2.5,O3_8h\n1299A,2022-01-01,5,6\n", basis="audited", network="province")
    row = days(bench).row(0, named=True)
    assert (row["subject"], row["level"], row["network"]) == ("station:1299A", "station", "province")


def test_a_day_is_found_in_its_file(bench) -> None:
    bench.take(HEAD + "九江,2022-01-01,1,1,1,1,1,1\n南昌,2022-01-01,35.5,60,8,30,0.8,90\n", basis="audited")
    ((_, path, layout),) = sources(bench.workspace, day=date(2022, 1, 1), subject=NC)
    told = {item: locate(path, layout, subject=NC, day=date(2022, 1, 1), pollutant=item) for item in AIR_SIX}
    assert {item: [(each.line, each.slot, each.text) for each in one] for item, one in told.items()} == {
        item: [(3, 0, text)] for item, text in zip(AIR_SIX, ("35.5", "60", "8", "30", "0.8", "90"), strict=True)
    }
