"""Headings and cells of tables of water as people write them."""

from __future__ import annotations

from fractions import Fraction

import pytest

from yangban.base.errors import UnknownUnit
from yangban.base.water_items import WATER_ITEMS
from yangban.readings.water_headings import factor_to_item, water_heading
from yangban.readings.water_sheets import kind_of, read_value


@pytest.mark.parametrize(
    ("text", "word", "unit"),
    [
        ("水温(℃)", "temperature", "°C"), ("pH(无量纲)", "ph", "无量纲"), ("电导率(μS/cm)", "conductivity", "µS/cm"),
        ("浊度(NTU)", "turbidity", "NTU"), ("藻密度(cells/L)", "algae", "cells/L"), ("叶绿素α(mg/L)", "chla", "mg/L"),
        ("五日生化需氧量(BOD5)(mg/L)", "bod5", "mg/L"), ("化学需氧量（COD）", "cod", ""), ("CODMn", "codmn", ""), ("CODcr", "cod", ""),
        ("氨氮（NH3-N）", "nh3n", ""), ("总磷(以P计)", "tp", ""), ("氟化物（以F-计）", "fluoride", ""), ("铬（六价）", "cr6", ""),
        ("粪大肠菌群（个/L）", "coliform", "个/L"), ("阴离子表面活性剂(LAS)", "surfactant", ""), ("hg_ug_l", "hg", "ug/l"),
        ("as", "as", ""),
    ],
)  # fmt: skip
def test_headings(text: str, word: str, unit: str) -> None:
    found = water_heading(text)
    assert found is not None
    assert (found.word, found.unit) == (word, unit)


@pytest.mark.parametrize("text", ["", "断面名称", "水质类别", "类型", "站点情况", "type", "class", "总磷总氮", "氨氮类别", "date", "2022"])
def test_what_names_no_item(text: str) -> None:
    assert water_heading(text) is None


def test_every_item_is_known_by_its_word_its_name_and_its_printed_form() -> None:
    for item in WATER_ITEMS:
        for text in (item.code, item.name_zh, item.printed, item.label_zh):
            found = water_heading(text)
            assert found is not None, text
            assert found.word == item.code
            assert not found.unit or factor_to_item(found.unit, item.code) == 1


@pytest.mark.parametrize(
    ("unit", "word", "times"),
    [
        ("µg/L", "hg", "1/1000"), ("μg/L", "hg", "1/1000"), ("毫克/升", "tp", "1"), ("mg/L", "chla", "1000"), ("μg/L", "chla", "1"),
        ("cm", "sd", "1/100"), ("MPN/L", "coliform", "1"), ("ms/m", "conductivity", "10"),
    ],
)  # fmt: skip
def test_units(unit: str, word: str, times: str) -> None:
    assert factor_to_item(unit, word) == Fraction(times)


@pytest.mark.parametrize(("unit", "word"), [("ppm", "tp"), ("mg/L", "coliform"), ("个/L", "tp"), ("m", "tp")])
def test_units_of_another_dimension_are_refused(unit: str, word: str) -> None:
    with pytest.raises(UnknownUnit):
        factor_to_item(unit, word)


@pytest.mark.parametrize(
    ("cell", "value", "below"),
    [
        ("0.05", "1/20", False), ("<0.05", "1/40", True), ("＜0.05", "1/40", True), ("0.05L", "1/40", True), ("0.05l", "1/40", True),
        ("0.05 L", "1/40", True), ("5e-5", "1/20000", False), ("0", "0", False),
    ],
)  # fmt: skip
def test_cells(cell: str, value: str, below: bool) -> None:
    found, is_below, reason = read_value(cell, "tp")
    assert (found, is_below, bool(reason)) == (Fraction(value), below, below)


@pytest.mark.parametrize("cell", ["--", "*", "未检出", "ND", "-1", "-99", "abc", "<", "L", "0.05LL", "="])
def test_cells_without_a_value_say_why(cell: str) -> None:
    found, below, reason = read_value(cell, "tp")
    assert (found, below) == (None, False)
    assert reason


def test_blank_is_no_value_and_frost_is_a_temperature() -> None:
    assert read_value(" ", "tp") == (None, False, "")
    assert read_value("-0.5", "temperature") == (Fraction(-1, 2), False, "")


def test_kinds() -> None:
    assert [kind_of(text) for text in ("River", "河流", "湖泊", "水库", "reservoir", "湖（库）", "", "海")] == [
        "river", "river", "lake", "lake", "lake", "lake", None, None,
    ]  # fmt: skip
