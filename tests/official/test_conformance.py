"""The library passes its own published suite: every case of every file, read as decimals."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import polars as pl
import pytest

import yangban as yb
from yangban.assess.air.composite import basis, composite_index, single_index
from yangban.assess.air.daily import day_values, slot
from yangban.assess.air.figures import change
from yangban.assess.air.index import day_aqi, hour_aqi, iaqi_table
from yangban.assess.air.indicators import INDICATORS
from yangban.assess.air.period import percentile_of_days
from yangban.assess.air.rules import day_rules, index_decimals
from yangban.assess.figure import Figure
from yangban.assess.ranking import competition_ranks
from yangban.base.exact import half_even, round_half_even
from yangban.base.pollutants import AIR_SIX, HOURLY_SIX
from yangban.standards import load_book

FOLDER = Path(__file__).parent / "conformance"
BOOK = load_book()
GRADES = {"一级": 1, "二级": 2, "三级": 3, "四级": 4, "五级": 5, "六级": 6}


def _rows(name: str) -> Iterator[dict[str, str]]:
    with (FOLDER / name).open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def _list(cell: str) -> set[str]:
    return set(filter(None, cell.split(";")))


def _int(cell: str) -> int | None:
    return int(cell) if cell else None


@pytest.mark.parametrize("index", ["hj633-2012", "hj633-2026"])
def test_every_reportable_concentration(index: str) -> None:
    edition = BOOK.air(index)
    wrong, n = [], 0
    for row in _rows(f"iaqi_{index}.csv"):
        table = iaqi_table(edition, row["item"], row["averaging"])
        steps = int(Decimal(row["concentration"]).scaleb(index_decimals(edition, row["item"])))
        n += 1
        if table[min(steps, len(table) - 1)] != _int(row["iaqi"]):
            wrong.append(row)
    assert wrong == []
    assert n > 14_000


def test_every_reportable_concentration_in_a_frame() -> None:
    """The frame path gives the same, from floats."""
    for index in ("hj633-2012", "hj633-2026"):
        rows = [r for r in _rows(f"iaqi_{index}.csv") if r["averaging"] in {"day", "day_max_8h"} and r["note"] != "none"]
        for item in AIR_SIX:
            of_item = [r for r in rows if r["item"] == item]
            frame = pl.DataFrame({item: [float(r["concentration"]) for r in of_item]})
            got = yb.aqi(frame, edition=index)[f"iaqi_{item}"].to_list()
            assert got == [int(r["iaqi"]) for r in of_item]


def test_days() -> None:
    for row in _rows("day_index.csv"):
        values = {item: Decimal(row[item]) for item in AIR_SIX if row[item]}
        day = day_aqi(values, BOOK.air(row["edition"]))
        assert {item: day.iaqi.get(item) for item in AIR_SIX} == {item: _int(row[f"iaqi_{item}"]) for item in AIR_SIX}, row
        got = (day.aqi, None if day.level is None else day.level.number, set(day.primary), set(day.exceeding), day.status == "ok")
        assert got == (_int(row["aqi"]), _int(row["level"]), _list(row["primary"]), _list(row["exceeding"]), row["publishable"] == "1"), row


def test_days_in_a_frame() -> None:
    for index in ("hj633-2012", "hj633-2026"):
        rows = [r for r in _rows("day_index.csv") if r["edition"] == index]
        frame = pl.DataFrame(
            {item: [float(r[item]) if r[item] else None for r in rows] for item in AIR_SIX}, schema=dict.fromkeys(AIR_SIX, pl.Float64)
        )
        for row, got in zip(rows, yb.aqi(frame, edition=index).iter_rows(named=True), strict=True):
            mine = (got["aqi"], GRADES.get(got["level"]), _list(got["primary"] or ""), got["status"] == "ok")
            assert mine == (_int(row["aqi"]), _int(row["level"]), _list(row["primary"]), row["publishable"] == "1"), row


def test_hours() -> None:
    words = (*HOURLY_SIX, "o3_8h", "pm10_24h", "pm25_24h")
    for row in _rows("hour_index.csv"):
        hour = hour_aqi({w: Decimal(row[w]) for w in words if row[w]}, BOOK.air(row["edition"]))
        assert {w: hour.iaqi.get(w) for w in words} == {w: _int(row[f"iaqi_{w}"]) for w in words}, row
        got = (hour.aqi, None if hour.level is None else hour.level.number, set(hour.primary), set(hour.exceeding), hour.status == "ok")
        assert got == (_int(row["aqi"]), _int(row["level"]), _list(row["primary"]), _list(row["exceeding"]), row["publishable"] == "1"), row


def test_days_from_hours() -> None:
    edition = BOOK.air("2012")
    rules = day_rules(edition)
    for row in _rows("day_from_hours.csv"):
        source = row["item"]
        item = "o3_8h" if source == "o3" else source
        cells = {slot(p, h): row[f"h{h:02d}"] if p == source and row[f"h{h:02d}"] else None for p in HOURLY_SIX for h in range(1, 25)}
        thousandths = {name: [int(Decimal(cell) * 1000) if cell else None] for name, cell in cells.items()}
        lake = pl.DataFrame(thousandths, schema=dict.fromkeys(cells, pl.Int32)).with_columns(
            subject=pl.lit("x"), level=pl.lit("city"), network=pl.lit("state"), basis=pl.lit("realtime"), day=pl.lit(date(2022, 1, 1)),
            synthetic=pl.lit(value=True),
        )  # fmt: skip
        day = day_values(lake.lazy(), edition).collect().row(0, named=True)
        if item == "o3_8h":
            exact = None if day["o3_8h_best"] is None else Fraction(day["o3_8h_best"], rules.per_unit)
            assert day["o3_8h_windows"] == int(row["valid_windows"]), row
        else:
            exact = Fraction(day[f"{item}_sum"], 1000 * day[f"{item}_hours"]) if day[f"{item}_hours"] else None
            assert day[f"{item}_hours"] == int(row["valid_hours"]), row
        assert exact == (Fraction(int(row["numerator"]), int(row["denominator"])) if row["numerator"] else None), row
        assert (day[f"{item}_ticks"] is not None) == (row["valid"] == "1"), row
        if row["valid"] == "1":
            assert Decimal(day[item]).scaleb(-index_decimals(edition, item)) == Decimal(row["rounded"]), row


def test_rounding() -> None:
    for row in _rows("rounding.csv"):
        exact = Fraction(int(row["numerator"]), int(row["denominator"]))
        assert f"{round_half_even(exact, int(row['decimals'])):f}" == row["rounded"], row


def test_rounding_in_columns() -> None:
    rows = list(_rows("rounding.csv"))
    frame = pl.DataFrame({"n": [int(r["numerator"]) * 10 ** int(r["decimals"]) for r in rows], "d": [int(r["denominator"]) for r in rows]})
    got = frame.select(half_even(pl.col("n"), pl.col("d"))).to_series().to_list()
    assert [Decimal(v).scaleb(-int(r["decimals"])) for v, r in zip(got, rows, strict=True)] == [Decimal(r["rounded"]) for r in rows]


def test_composite() -> None:
    for row in _rows("composite.csv"):
        edition = BOOK.air(row["edition"])
        values = {item: Fraction(Decimal(row[item])) for item in basis(edition) if row[item]}
        assert {i: f"{single_index(i, values[i], edition):f}" for i in values} == {i: row[f"i_{i}"] for i in values}, row
        total = composite_index(values, edition)
        assert ("" if total is None else f"{total:f}") == row["composite"], row
        assert row["published"] in {"", row["composite"]}


def test_ranking() -> None:
    for row in _rows("ranking.csv"):
        values = [Decimal(v) for v in row["values"].split(";") if v]
        ranks = [int(r) for r in row["ranks"].split(";") if r]
        assert competition_ranks(values, descending=row["order"] != "asc") == ranks, row


def test_percentile() -> None:
    for row in _rows("percentile.csv"):
        ticks = pl.DataFrame({"pm25_ticks": [int(Decimal(v) * 1000) for v in row["values"].split(";")]})
        got = ticks.select(percentile_of_days("pm25", int(row["percent"]))).item()
        assert Fraction(got, 1000 * 100) == Fraction(Decimal(row["percentile"])), row


def test_change() -> None:
    for row in _rows("change.csv"):
        word = "air.pm25.mean" if row["kind"] == "percent" else "air.good_day_ratio"
        now, base = (_figure(word, row[side]) for side in ("now", "base"))
        step, _ = change(now, base, INDICATORS[word], 1)
        assert ("" if step is None else f"{step:f}") == row["change"], row


def _figure(word: str, display: str) -> Figure:
    return Figure(
        indicator=word, subject="100000", subject_name="", subject_level="nation", period="2021-07", exact=Fraction(Decimal(display)),
        display=Decimal(display), unit="", edition="gb3095-2012", documents=(),
    )  # fmt: skip
