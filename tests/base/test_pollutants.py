"""Words and headings of pollutants."""

from __future__ import annotations

import pytest

from yangban.base.errors import UsageError
from yangban.base.pollutants import AIR_SIX, HOURLY_SIX, HOURLY_WORDS, POLLUTANTS, heading, labels_zh, pollutant
from yangban.base.units import MG_M3, UG_M3


def test_words_are_those_of_the_contract() -> None:
    assert AIR_SIX == ("pm25", "pm10", "so2", "no2", "co", "o3_8h")
    assert HOURLY_SIX == ("pm25", "pm10", "so2", "no2", "co", "o3")
    assert set(AIR_SIX) | set(HOURLY_WORDS) == {each.code for each in POLLUTANTS}


def test_only_carbon_monoxide_is_in_milligrams() -> None:
    assert [each.code for each in POLLUTANTS if each.unit == MG_M3] == ["co"]
    assert {each.unit for each in POLLUTANTS} == {MG_M3, UG_M3}


def test_printed_form_has_no_subscripts() -> None:
    assert pollutant("pm25").printed == "PM2.5"
    assert labels_zh(["pm25", "co"]) == "细颗粒物(PM2.5)、一氧化碳(CO)"


def test_an_unknown_word_names_the_known_ones() -> None:
    with pytest.raises(UsageError, match=r"'tsp'.*pm25 pm10 so2 no2 co o3 o3_8h"):
        pollutant("tsp")


@pytest.mark.parametrize(
    ("text", "word", "unit"),
    [
        ("pm25", "pm25", ""),
        ("PM2.5", "pm25", ""),
        ("PM₂.₅", "pm25", ""),
        ("ＰＭ２.５", "pm25", ""),
        ("pm2_5", "pm25", ""),
        ("细颗粒物", "pm25", ""),
        ("细颗粒物(PM2.5)日均浓度", "pm25", ""),
        ("PM2.5(μg/m³)", "pm25", UG_M3),
        ("PM2.5（微克/立方米）", "pm25", UG_M3),
        ("pm25_ug_m3", "pm25", UG_M3),
        ("可吸入颗粒物（PM10）\n(µg/m3)", "pm10", UG_M3),
        ("PM10 24小时均值", "pm10", ""),
        ("so2", "so2", ""),
        ("二氧化硫", "so2", ""),
        ("SO₂_24h", "so2", ""),
        ("NO2 (ug/m^3)", "no2", UG_M3),
        ("CO", "co", ""),
        ("一氧化碳(mg/m3)", "co", MG_M3),
        ("CO mg·m⁻³", "co", MG_M3),
        ("CO（毫克每立方米）", "co", MG_M3),
        ("CO(ppm)", "co", "ppm"),
        ("o3_8h", "o3_8h", ""),
        ("O3-8h", "o3_8h", ""),
        ("O₃-8h（㎍/㎥）", "o3_8h", UG_M3),
        ("O3_8h_24h", "o3_8h", ""),
        ("臭氧8小时", "o3_8h", ""),
        ("臭氧日最大8小时滑动平均浓度", "o3_8h", ""),
        ("MDA8 O3", "o3_8h", ""),
    ],
)
def test_headings_of_a_table_of_days(text: str, word: str, unit: str) -> None:
    found = heading(text)
    assert found is not None
    assert (found.word(hourly=False), found.unit) == (word, unit)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "城市",
        "AQI",
        "PM2.5分指数",
        "iaqi_pm25",
        "首要污染物",
        "PM2.5同比",
        "CO95百分位",
        "composite",
        "no",
        "PM2.5/PM10",
        "PM2.5 ug/m3 mg/m3",
    ],
)
def test_what_is_not_plainly_a_concentration_is_none(text: str) -> None:
    assert heading(text) is None


@pytest.mark.parametrize("text", ["O3_1h", "臭氧日最大1小时", "NO2 1小时平均", "O3_24h"])
def test_other_averagings_are_no_day_value(text: str) -> None:
    found = heading(text)
    assert found is not None
    assert found.word(hourly=False) is None
    assert not found.unclear(hourly=False)


@pytest.mark.parametrize(("text", "hourly", "unclear"), [("O3", False, True), ("臭氧(μg/m3)", False, True), ("O3", True, False)])
def test_plain_ozone_is_unclear_in_a_table_of_days(text: str, hourly: bool, unclear: bool) -> None:
    found = heading(text)
    assert found is not None
    assert found.unclear(hourly=hourly) is unclear


@pytest.mark.parametrize(
    ("text", "word"),
    [("PM2.5", "pm25"), ("PM2.5_24h", "pm25_24h"), ("O3", "o3"), ("O3_8h", "o3_8h"), ("SO2_24h", None), ("O3_8h_24h", None)],
)
def test_headings_of_a_table_of_hours(text: str, word: str | None) -> None:
    found = heading(text)
    assert found is not None
    assert found.word(hourly=True) == word
