"""Trophic index, CWQI and the comparison of two periods, worked by hand: the notes hold no published value with the readings behind it.

A lake with 10 mg/m³ chlorophyll-a, TP 0.05, TN 1.0, CODMn 4.0 mg/L and 1.0 m transparency. With ln 10 = 2.302585, ln 0.05 = −2.995732,
ln 1 = 0, ln 4 = 1.386294:

    chl   10 × (2.5   + 1.086 × 2.302585)  = 50.006073      r² = 1
    TP    10 × (9.436 − 1.624 × 2.995732)  = 45.709308      r² = 0.7056
    TN    10 ×  5.453                      = 54.53          r² = 0.6724
    SD    10 ×  5.118                      = 51.18          r² = 0.6889
    CODMn 10 × (0.109 + 2.661 × 1.386294)  = 37.979293      r² = 0.6889

    Σ r²·TLI = 50.006073 + 32.252488 + 36.665972 + 35.257902 + 26.163935 = 180.346370;  ÷ 3.7558 = 48.0181: 中营养

A river section with pH 7.6, DO 8, CODMn 3, NH3-N 0.25, TP 0.1:

    CWQI = 0.6/2 + 5/8 + 3/6 + 0.25/1 + 0.1/0.2 = 0.3 + 0.625 + 0.5 + 0.25 + 0.5 = 2.175.
"""

from __future__ import annotations

from fractions import Fraction

import pytest

from oracle import water


def _values(**cells: str) -> dict[str, Fraction | None]:
    return {item: Fraction(cell) for item, cell in cells.items()}


@pytest.mark.parametrize(
    ("item", "value", "part"),
    [("chla", "10", "50.006073"), ("tp", "0.05", "45.709308"), ("tn", "1", "54.53"), ("sd", "1", "51.18"), ("codmn", "4", "37.979293")],
)
def test_parts_of_the_trophic_index(item: str, value: str, part: str) -> None:
    assert abs(water.tli_part(item, Fraction(value)) - Fraction(part)) < Fraction(5, 10**6)


def test_trophic_index() -> None:
    index = water.tli(_values(chla="10", tp="0.05", tn="1", sd="1", codmn="4"))
    assert index is not None
    assert water.half_even(index, 4) == Fraction("48.0181")
    assert water.tli_grade(index) == "中营养"


def test_weights_as_the_rule_prints_them() -> None:
    """环办〔2011〕22号 prints r and r² and weights of four decimals; unrounded they are exact fractions."""
    assert water.TLI_WEIGHTS["tp"] == Fraction(7056, 37558)
    assert [water.half_even(w, 4) for w in water.TLI_WEIGHTS.values()] == [Fraction(n, 10**4) for n in (2663, 1879, 1790, 1834, 1834)]


def test_cwqi_of_a_river_section() -> None:
    assert water.cwqi(_values(ph="7.6", do="8", codmn="3", nh3n="0.25", tp="0.1")) == Fraction("2.175")


def test_cwqi_of_the_same_water_in_a_lake() -> None:
    """TP by 0.05: 2 instead of 0.5."""
    assert water.cwqi(_values(ph="7.6", do="8", codmn="3", nh3n="0.25", tp="0.1"), "lake") == Fraction("3.675")


def test_cwqi_of_a_city_with_three_river_sections_and_one_lake_point() -> None:
    """(2.175 × 3 + 3.675 × 1) / 4 = 2.55."""
    water_of_all = _values(ph="7.6", do="8", codmn="3", nh3n="0.25", tp="0.1")
    assert water.cwqi_city([water_of_all] * 3, [water_of_all]) == Fraction("2.55")


def test_comparison_of_two_periods() -> None:
    """ΔG = 85 − 70 = 15, ΔD = 2 − 8 = −6: 21 points, clearly better; ΔG = 12 and ΔD = −3: 15, somewhat better."""
    assert water.change_by_shares(*map(Fraction, (85, 2, 70, 8))).word == "明显好转"
    assert water.change_by_shares(*map(Fraction, (82, 5, 70, 8))).word == "有所好转"


@pytest.mark.parametrize(("klass", "state"), [(1, "优"), (2, "优"), (3, "良好"), (4, "轻度污染"), (5, "中度污染"), (6, "重度污染")])
def test_state_words(klass: int, state: str) -> None:
    assert water.STATES[klass] == state
