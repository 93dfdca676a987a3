"""Flags mark and never change a value."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest

from yangban.readings import quality
from yangban.readings.frames import SCHEMA, SLOTS


def flagged(**cells: int | list[int | None]) -> list[tuple[str, int, str]]:
    values = {}
    for name, value in cells.items():
        values |= {f"{name}_{k:02d}": each for k, each in enumerate(value, 1)} if isinstance(value, list) else {name: value}
    blank = {**dict.fromkeys(SLOTS), "subject": "a", "basis": "realtime", "day": date(2022, 1, 1)}
    frame = pl.DataFrame([{**blank, "subject": "0"}, {**blank, **values}, {**blank, "subject": "z"}], schema=SCHEMA)
    return quality.flags(frame.lazy()).select("pollutant", "slot", "flag").collect().rows()


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        ({"so2_05": 0}, [("so2", 5, "zero")]),
        ({"pm10_01": 10_000_000}, [("pm10", 1, "beyond_usual")]),
        ({"pm10_01": 1_000_000}, []),
        ({"pm25_03": 9_001, "pm10_03": 9_000}, [("pm10", 3, "pm25_above_pm10"), ("pm25", 3, "pm25_above_pm10")]),
        ({"pm25_03": 9_000, "pm10_03": 9_000}, []),
        ({"so2": [10_000, 235_000, 12_000]}, [("so2", 2, "spike")]),
        ({"so2": [10_000, 48_000, 12_000]}, []),
        ({"so2": [10_000, 235_000, 234_000]}, []),
        ({"so2": [None, 235_000, None]}, []),
        ({"so2": [235_000, 10_000]}, [("so2", 1, "spike")]),
        ({"no2": [5_000] * 11}, []),
        ({"no2": [7_000, *[5_000] * 12, 6_000]}, [("no2", k, "constant_run") for k in range(2, 14)]),
        ({"no2": [*[5_000] * 6, None, *[5_000] * 6]}, []),
        ({"o3": [None] * 12 + [8_000] * 12}, [("o3", k, "constant_run") for k in range(13, 25)]),
    ],
)
def test_flags(cells: dict[str, int], expected: list[tuple[str, int, str]]) -> None:
    assert flagged(**cells) == expected


def test_flags_carry_the_value_and_marks_fit_an_empty_frame() -> None:
    frame = pl.DataFrame(
        [{**dict.fromkeys(SLOTS), "subject": "a", "basis": "realtime", "day": date(2022, 1, 1), "o3_02": 500_000}], schema=SCHEMA
    )
    assert quality.flags(frame.lazy()).collect().rows() == [("a", "realtime", date(2022, 1, 1), "o3", 2, "beyond_usual", 500_000)]
    assert quality.marks(pl.LazyFrame(schema=SCHEMA)).collect().height == 0
