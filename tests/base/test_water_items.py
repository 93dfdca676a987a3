"""Words, names and the scale of the items of water."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yangban.base.errors import UsageError
from yangban.base.water_items import SCALE, WATER_ITEMS, WATER_WORDS, printed_zh, scaled, unscaled, water_item

WORDS = """
temperature ph do codmn cod bod5 nh3n tp tn cu zn fluoride se as hg cd cr6 pb cyanide phenol petroleum surfactant sulphide coliform
conductivity turbidity chla sd algae
sulphate chloride nitrate fe mn
volume
"""


def test_words_are_those_of_the_contract() -> None:
    assert list(WATER_WORDS) == WORDS.split()
    assert len({each.printed for each in WATER_ITEMS}) == len(WATER_ITEMS)


def test_units() -> None:
    assert {each.code: each.unit for each in WATER_ITEMS if each.unit != "mg/L"} == {
        "temperature": "°C",
        "ph": "1",
        "coliform": "1/L",
        "conductivity": "µS/cm",
        "turbidity": "NTU",
        "chla": "mg/m³",
        "sd": "m",
        "algae": "cells/L",
        "volume": "10^4 m3",
    }


def test_printed_forms() -> None:
    assert printed_zh(["codmn", "nh3n", "tp", "cr6"]) == "高锰酸盐指数、氨氮、总磷、六价铬"
    assert water_item("coliform").label_zh == "粪大肠菌群(1/L)"


def test_an_unknown_word_names_the_known_ones() -> None:
    with pytest.raises(UsageError, match=r"'pm25'; known are temperature ph do"):
        water_item("pm25")


def test_the_scale_holds_the_smallest_limit_and_the_largest_value() -> None:
    assert scaled(Decimal("0.00005")) == 50
    assert 10**12 * SCALE < 2**63


@pytest.mark.parametrize("text", ["0.0000005", "NaN", "Infinity"])
def test_nothing_is_rounded(text: str) -> None:
    with pytest.raises(UsageError, match="not a whole number of millionths"):
        scaled(Decimal(text))


@given(st.integers(-(10**12), 10**15))
def test_there_and_back(number: int) -> None:
    assert scaled(unscaled(number)) == number
