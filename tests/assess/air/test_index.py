"""The index of one day or hour against the oracle, over values that hypothesis makes."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oracle import air as oracle
from yangban.assess.air.index import day_aqi, hour_aqi
from yangban.base.errors import UsageError
from yangban.base.pollutants import AIR_SIX, HOURLY_WORDS
from yangban.standards import load_book

BOOK = load_book()
CONCENTRATION = st.one_of(
    st.none(), st.decimals(0, 1500, places=3), st.integers(0, 3000).map(Decimal), st.integers(0, 1800).map(lambda n: Decimal(n) / 2)
)
INDICES = st.sampled_from(["hj633-2012", "hj633-2026"])


def _same(mine, theirs) -> None:  # type: ignore[no-untyped-def]
    assert {w: i for w, i in mine.iaqi.items() if i is not None} == dict(theirs.iaqi)
    assert (mine.aqi, set(mine.primary), set(mine.exceeding)) == (theirs.aqi, set(theirs.primary), set(theirs.exceeding))
    assert (mine.status == "ok") == theirs.publishable
    assert (None if mine.level is None else mine.level.number) == theirs.level


def _exact(values: dict[str, Decimal | None]) -> dict[str, Fraction | None]:
    return {word: None if value is None else Fraction(value) for word, value in values.items()}


@given(INDICES, st.fixed_dictionaries(dict.fromkeys(AIR_SIX, CONCENTRATION)))
def test_days(index: str, values: dict[str, Decimal | None]) -> None:
    _same(day_aqi(values, BOOK.air(index)), oracle.day_index(_exact(values), index))


@given(st.fixed_dictionaries(dict.fromkeys((*AIR_SIX, "o3"), CONCENTRATION)))
def test_the_seven_items_of_the_daily_report_of_2012(values: dict[str, Decimal | None]) -> None:
    """Where the 8-hour value is above 800 and there is no 1-hour value, the report has no index for it; the oracle then takes 300."""
    if values["o3"] is None and (values["o3_8h"] or 0) > 800:
        values = {**values, "o3_8h": None}
    mine = day_aqi(values, BOOK.air("hj633-2012"), report=True)
    _same(mine, oracle.day_index(_exact(values), "hj633-2012", seven=True))


@given(INDICES, st.fixed_dictionaries(dict.fromkeys(HOURLY_WORDS, CONCENTRATION)))
def test_hours(index: str, values: dict[str, Decimal | None]) -> None:
    _same(hour_aqi(values, BOOK.air(index)), oracle.hour_index(_exact(values), index))


def test_the_report_of_2012_takes_ozone_twice() -> None:
    day = {"pm25": 10, "pm10": 10, "so2": 10, "no2": 10, "co": 1, "o3_8h": 100, "o3": 210}
    report = day_aqi(day, BOOK.air("hj633-2012"), report=True)
    assert (report.aqi, report.primary) == (105, ("o3",))
    with pytest.raises(UsageError, match="o3"):
        day_aqi(day, BOOK.air("hj633-2012"))


@pytest.mark.parametrize("values", [{"pm25": -1}, {"lead": 1}])
def test_wrong_values_are_refused(values: dict[str, int]) -> None:
    with pytest.raises(UsageError):
        day_aqi(values, BOOK.air("2012"))
