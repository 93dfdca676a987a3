"""Gases that are stated at 273 K: converted only when declared, by the book's constants, rounded once and flagged."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from yangban.base.errors import UsageError
from yangban.readings.formats.values import judge, restate
from yangban.readings.frames import slots
from yangban.readings.units import state_ratio

RATIO = Fraction(273) / Fraction("298.15")
HEAD = "city,time,pm25,pm10,so2,no2,co,o3\n"


def expected(text: str, unit: int = 1000) -> int:
    return round(Fraction(text) * unit * RATIO)


def test_the_ratio_is_that_of_the_book() -> None:
    assert Fraction(*state_ratio("273")) == RATIO
    assert state_ratio("298") == state_ratio(None) == (1, 1)
    with pytest.raises(UsageError, match=r"unknown state of gases '273\.15'"):
        state_ratio("273.15")


@given(st.integers(0, 2_000_000))
def test_conversion_is_exact_half_even(thousandths: int) -> None:
    told = restate(pl.Series([thousandths], dtype=pl.Int32), state_ratio("273")).to_list()
    assert told == [round(thousandths * RATIO)] == [judge(f"{thousandths}e-3", 1000 * 5460, 5963).value]


@pytest.mark.parametrize("layout", ["archive", "wide", "long"])
def test_only_gases_are_converted_and_only_when_asked(bench, layout: str) -> None:
    said = {"PM2.5": "35", "PM10": "60", "SO2": "8", "NO2": "30.1234", "CO": "0.8", "O3": "90"}
    if layout == "archive":
        text = "date,hour,type,南昌\n" + "".join(f"20170101,5,{item},{value}\n" for item, value in said.items())
    elif layout == "wide":
        text = HEAD + "南昌,2017-01-01 05:00," + ",".join(said.values()) + "\n"
    else:
        text = "city,time,pollutant,value\n" + "".join(f"南昌,2017-01-01 05:00,{item},{value}\n" for item, value in said.items())
    words = ("pm25", "pm10", "so2", "no2", "co", "o3")

    def stored(basis: str) -> list[Any]:
        return [bench.value("360100", "2017-01-01", f"{word}_05", basis) for word in words]

    plain = bench.take(text, basis="audited")
    assert stored("audited") == [35_000, 60_000, 8_000, 30_123, 800, 90_000]
    assert (plain.total("flagged"), plain.files[0].notes) == (1, ())
    receipt = bench.take(text, state="273")
    assert stored("realtime") == [35_000, 60_000, expected("8"), expected("30.1234"), expected("0.8"), expected("90")]
    assert receipt.total("flagged") == 4
    assert receipt.files[0].notes == (
        "气态污染物声明为 273 K 状态，已乘以 5460/5963 换算到参比状态（gb3095-2012-amendment:reference_state.gas.conversion，unverified）",
    )


def test_a_value_that_converts_without_a_rest_is_not_flagged(bench) -> None:
    receipt = bench.take(HEAD + "南昌,2017-01-01 05:00,,,5.963,59.63,,0\n", state="273")
    assert [bench.value("360100", "2017-01-01", f"{item}_05") for item in ("so2", "no2", "o3")] == [5_460, 54_600, 0]
    # The zero is flagged because it is a zero.
    assert receipt.total("flagged") == 1


def test_days_and_units_are_converted_too(bench) -> None:
    receipt = bench.take("城市,日期,PM2.5,CO(μg/m³),O3_8h\n南昌,2017-01-01,35,801,90\n", state="273")
    row = bench.lake.air_days(start=date(2017, 1, 1), end=date(2017, 1, 1)).collect().row(0, named=True)
    assert (row["pm25"], row["co"], row["o3_8h"]) == (35_000, expected("801", 1), expected("90"))
    assert receipt.total("flagged") == 2


def test_frames_take_the_same_option() -> None:
    frame = pl.DataFrame({"subject": ["station:1A"], "time": ["2017-01-01 05:00"], "pm25": [35.0], "so2": [8.0]})
    for state, so2 in ((None, 8_000), ("273", expected("8"))):
        row = slots(frame, state=state).collect().row(0, named=True)
        assert (row["pm25_05"], row["so2_05"]) == (35_000, so2)
    with pytest.raises(UsageError, match="unknown state"):
        slots(frame, state="0")


def test_an_unknown_state_is_named_before_anything_is_read(bench) -> None:
    with pytest.raises(UsageError, match="expected 273"):
        bench.take(HEAD, state="25C")
    assert list(bench.workspace.raw.iterdir()) == []
