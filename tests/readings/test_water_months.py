"""A month from several sources: which one each item rests on."""

from __future__ import annotations

from datetime import date, datetime

import polars as pl
import pytest

from yangban.base.errors import UsageError
from yangban.readings.water.months import LONG, by_month, merged
from yangban.standards import load_book

TABLES = (
    "省份,断面名称,时间,监测方式,站点情况,pH,氨氮,总磷\n"
    "江西省,外洲,2022-06-03 08:00,自动,正常,7.1,0.1,\n"
    "江西省,外洲,2022-06-03 12:00,自动,维护,7.3,0.3,\n"
    "江西省,生米,2022-06-03 08:00,自动,正常,7.1,,\n",
    "省份,断面名称,采样日期,pH,氨氮,总磷,化学需氧量\n江西省,外洲,2022-06-05,6.9,0.5,0.05L,8\n江西省,生米,2022-06-06,6.8,0.2,0.06,\n",
    "月份,省份,断面名称,氨氮,铜\n2022-06,江西省,外洲,0.9,0.01\n2022-07,江西省,外洲,0.8,0.01\n",
)


@pytest.fixture
def rows(bench) -> pl.LazyFrame:
    receipt = bench.take(*TABLES)
    assert receipt.rejections == ()
    return bench.lake.water(start=date(2022, 1, 1), end=date(2022, 12, 31))


def items() -> list[str]:
    return [str(item) for item in load_book().water().rule("auto.items").value]


def sources(frame: pl.LazyFrame) -> set[tuple[str, int, str, str, int]]:
    short = frame.select(pl.col("section").str.slice(15), pl.col("month").dt.month(), "item", "source", "value")
    return set(short.collect().iter_rows())


def test_automatic_items_first_and_manual_data_for_the_rest(rows: pl.LazyFrame) -> None:
    found = merged(rows, auto_items=items())
    assert found.collect_schema() == LONG
    assert sources(found) == {
        ("外洲", 6, "ph", "auto", 7_100_000), ("外洲", 6, "ph", "auto", 7_300_000),
        ("外洲", 6, "nh3n", "auto", 100_000), ("外洲", 6, "nh3n", "auto", 300_000),
        ("外洲", 6, "tp", "manual", 25_000), ("外洲", 6, "cod", "manual", 8_000_000), ("外洲", 6, "cu", "monthly", 10_000),
        ("外洲", 7, "nh3n", "monthly", 800_000), ("外洲", 7, "cu", "monthly", 10_000),
        ("生米", 6, "ph", "auto", 7_100_000), ("生米", 6, "nh3n", "manual", 200_000), ("生米", 6, "tp", "manual", 60_000),
    }  # fmt: skip
    assert found.filter(pl.col("below")).select("section", "item").collect().rows() == [("section:360000:外洲", "tp")]


def test_automatic_alone_is_a_scope_of_its_own(rows: pl.LazyFrame) -> None:
    assert {source for *_, source, _ in sources(merged(rows, auto_items=items(), scope="auto_only"))} == {"auto"}
    with pytest.raises(UsageError, match="scope"):
        merged(rows, auto_items=items(), scope="all")


def test_stations_under_maintenance_can_be_left_out(rows: pl.LazyFrame) -> None:
    kept = by_month(rows, in_service=True).filter(pl.col("basis") == "auto").select("section", "time").sort("time").collect()
    assert kept["time"].to_list() == [datetime(2022, 6, 3, 8)] * 2
    assert by_month(rows).select("month").unique().sort("month").collect()["month"].to_list() == [date(2022, 6, 1), date(2022, 7, 1)]
