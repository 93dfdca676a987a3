"""Text of a cell to exact thousandths: both ways agree, and only what is no measurement is refused."""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Decimal

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from yangban.readings.formats.values import LARGEST, convert, convert_block, judge


@given(st.integers(0, LARGEST))
def test_every_number_of_three_decimals_goes_the_fast_way_and_stays_exact(thousandths: int) -> None:
    text = f"{thousandths // 1000}.{thousandths % 1000:03d}"
    values, troubles = convert(pl.Series([text]))
    block, odd = convert_block([pl.Series([float(text)])], 1000, 1)
    assert (values.to_list(), troubles) == ([thousandths], [])
    assert (block[0].to_list(), odd) == ([thousandths], [])


@pytest.mark.parametrize("start", [0, 999_900, 2_000_000_000, LARGEST - 200_000])
def test_a_dense_run_of_numbers_is_exact(start: int) -> None:
    whole = range(start, min(start + 200_000, LARGEST + 1))
    values, troubles = convert(pl.Series([f"{n // 1000}.{n % 1000:03d}" for n in whole]))
    assert troubles == []
    assert values.to_list() == list(whole)


@given(st.decimals(min_value=0, max_value=2_147_483, places=7))
def test_more_decimals_are_rounded_half_even_and_said(value: Decimal) -> None:
    expected = int((value * 1000).quantize(Decimal(1), rounding=ROUND_HALF_EVEN))
    values, troubles = convert(pl.Series([str(value)]))
    got = troubles[0].value if troubles else values[0]
    assert got == expected
    assert bool(troubles and troubles[0].rounded) == ((value * 1000) % 1 != 0)


@pytest.mark.parametrize(("text", "value"), [("0.0005", 0), ("0.0015", 2), ("0.0025", 2), ("0.00251", 3)])
def test_ties_go_to_the_even_thousandth(text: str, value: int) -> None:
    assert judge(text).value == value


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("--", "sentinel"),
        ("*", "sentinel"),
        ("-;", "sentinel"),
        ("-99", "sentinel"),
        ("-99.0", "sentinel"),
        ("-999", "sentinel"),
        ("—", "sentinel"),
        ("NA", "sentinel"),
        ("-5", "negative"),
        ("-0.001", "negative"),
        ("abc", "text"),
        ("12abc", "text"),
        ("1,234", "text"),
        ("１２", "text"),
        ("nan", "not_finite"),
        ("inf", "not_finite"),
        ("-inf", "not_finite"),
        ("=1+1", "formula"),
        ("+5", "formula"),
        ("@SUM(A1)", "formula"),
        ("2147483.648", "not_storable"),
        ("1e999999999", "not_storable"),
        ("1e400", "not_storable"),
    ],
)
def test_what_is_no_measurement_is_refused(text: str, rule: str) -> None:
    assert (judge(text).value, judge(text).rule) == (None, rule)
    values, troubles = convert(pl.Series([text]))
    assert (values.to_list(), [each.rule for each in troubles]) == ([None], [rule])


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0", 0),
        ("-0", 0),
        (" 12 ", 12_000),
        ("1e3", 1_000_000),
        (".5", 500),
        ("5.", 5_000),
        ("10000", 10_000_000),
        ("2147483.647", LARGEST),
    ],
)
def test_strange_but_real_numbers_are_used(text: str, value: int) -> None:
    values, troubles = convert(pl.Series([text]))
    assert [each.value for each in troubles] or values.to_list() == [value]
    assert judge(text).value == value


def test_a_blank_is_neither_value_nor_refusal() -> None:
    values, troubles = convert(pl.Series(["", None, "  "]))
    assert (values.to_list(), troubles) == ([None, None, None], [])


def test_a_unit_is_applied_once_and_exactly() -> None:
    assert convert(pl.Series(["1234"]), 1, 1)[0].to_list() == [1234]  # CO in µg/m³: thousandths of mg
    assert judge("1234.5", 1, 1) == judge("1234.5", 1, 1).__class__(value=1234, rounded=True)
    assert convert(pl.Series(["0.035"]), 1_000_000, 1)[0].to_list() == [35_000]  # PM2.5 in mg/m³


@pytest.mark.parametrize("odd", [float("nan"), float("inf"), -1.0, 0.0005, 3e6])
def test_one_odd_cell_in_a_block_is_found_and_the_rest_stays(odd: float) -> None:
    columns, cells = convert_block([pl.Series([1.5, None]), pl.Series([odd, 2.0])], 1000, 1)
    assert [column.to_list() for column in columns] == [[1500, None], [None, 2000]]
    assert cells == [(1, 0)]
    assert convert_block([pl.Series([None, None], dtype=pl.Float64)], 1000, 1)[1] == []
