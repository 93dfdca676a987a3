"""Tidy frames into the lake's shape."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from yangban.base.errors import InputError
from yangban.base.pollutants import HOURLY_SIX
from yangban.readings.frames import SCHEMA, SLOTS, from_hours, from_places, slots


def test_wide_and_long_give_the_same_rows() -> None:
    wide = pl.DataFrame(
        {
            "subject": ["南昌", "360100", "station:X"],
            "time": [datetime(2022, 1, 1, 1), datetime(2022, 1, 2), datetime(2022, 1, 1, 5)],
            "pm25": [35.2, None, 7.0],
            "co": [0.6, 1.25, None],
        }
    )
    long = wide.unpivot(on=["pm25", "co"], index=["subject", "time"], variable_name="pollutant")
    one, other = (slots(each).collect().drop("received") for each in (wide, long))
    assert one.equals(other)
    assert one.select("subject", "level", "day", "pm25_01", "co_01", "co_24", "pm25_05").rows() == [
        ("360100", "city", date(2022, 1, 1), 35_200, 600, 1_250, None),
        ("station:X", "station", date(2022, 1, 1), None, None, None, 7_000),
    ]
    assert slots(wide).collect_schema() == SCHEMA


def test_zones_and_text_times_units_and_marks() -> None:
    frame = pl.DataFrame({"city": ["南昌"], "at": [datetime(2021, 12, 31, 17, tzinfo=UTC)], "co": [600.0], "synthetic": [True]})
    row = slots(frame, subject="city", time="at", units={"co": "ug/m3"}).collect().row(0, named=True)
    assert (row["day"], row["co_01"], row["synthetic"]) == (date(2022, 1, 1), 600, True)
    text = slots(pl.DataFrame({"subject": ["南昌"], "time": ["2022-01-01 01:00"], "pm25": ["35.2"]})).collect()
    assert text["pm25_01"].to_list() == [35_200]


def test_nan_is_no_value_and_a_name_nobody_knows_is_a_station() -> None:
    frame = pl.DataFrame(
        {"subject": ["roof", "roof"], "time": [datetime(2022, 1, 1, 1), datetime(2022, 1, 1, 2)], "pm25": [float("nan"), 3.0]}
    )
    row = slots(frame).collect().row(0, named=True)
    assert (row["subject"], row["level"], row["pm25_01"], row["pm25_02"]) == ("roof", "station", None, 3_000)


@pytest.mark.parametrize(
    ("frame", "message"),
    [
        ({"subject": ["南昌"], "time": [datetime(2022, 1, 1, 1)], "pm25": [-99.0]}, "sentinel"),
        ({"subject": ["南昌"], "time": [datetime(2022, 1, 1, 1)], "pm25": [-1.0]}, "negative"),
        ({"subject": ["南昌"], "time": [datetime(2022, 1, 1, 1, 30)], "pm25": [1.0]}, "full hour"),
        ({"subject": ["南昌"], "time": ["01-01 01:00"], "pm25": [1.0]}, "no_year"),
        ({"subject": ["南昌"], "time": [date(2022, 1, 1)], "pm25": [1.0]}, "expected a datetime"),
        ({"subject": ["南昌"] * 2, "time": [datetime(2022, 1, 1, 1)] * 2, "pm25": [1.0, 2.0]}, "different values"),
        ({"subject": ["南昌"], "time": [datetime(2022, 1, 1, 1)], "radon": [1.0]}, "holds no readings"),
        ({"subject": ["南昌"], "time": [datetime(2022, 1, 1, 1)], "pollutant": ["radon"], "value": [1.0]}, "radon"),
        ({"city": ["南昌"], "time": [datetime(2022, 1, 1, 1)], "pm25": [1.0]}, "no column 'subject'"),
    ],
)
def test_a_frame_that_cannot_be_taken_whole_is_refused(frame: dict[str, list[object]], message: str) -> None:
    with pytest.raises(InputError, match=message):
        slots(pl.DataFrame(frame)).collect()


Cell = st.tuples(st.sampled_from(["a", "b"]), st.integers(0, 40), st.integers(1, 24), st.sampled_from(HOURLY_SIX))


@settings(deadline=None, max_examples=50)
@given(st.dictionaries(Cell, st.integers(0, 2**31 - 1), min_size=1, max_size=60))
def test_no_cell_is_lost_or_moved(cells: dict[tuple[str, int, int, str], int]) -> None:
    start = date(2022, 1, 1)
    expected = {(subject, start + timedelta(days=day), f"{item}_{slot:02d}", value) for (subject, day, slot, item), value in cells.items()}
    long = pl.DataFrame(
        [(s, start + timedelta(days=d), h, i, v) for (s, d, h, i), v in cells.items()],
        orient="row",
        schema={"subject": pl.String, "day": pl.Date, "slot": pl.Int8, "item": pl.String, "value": pl.Int32},
    )
    by_place = long.pivot("subject", index=["day", "slot", "item"], values="value")
    by_item = long.pivot("item", index=["subject", "day", "slot"], values="value")
    by_item = pl.concat(
        [pl.DataFrame(schema={"subject": pl.String, "day": pl.Date, "slot": pl.Int8, **dict.fromkeys(HOURLY_SIX, pl.Int32)}), by_item],
        how="diagonal",
    )
    for rows in (from_places(by_place), from_hours(by_item)):
        found = rows.unpivot(on=SLOTS, index=["subject", "day"]).drop_nulls("value")
        assert set(found.rows()) == expected
        assert rows.select("subject", "day").is_duplicated().sum() == 0
