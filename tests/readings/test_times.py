"""Hour labels as sources write them."""

from __future__ import annotations

from datetime import datetime

import pytest

from yangban.readings.formats.archive import official
from yangban.readings.formats.times import end_label

EIGHT = datetime(2022, 1, 1, 8)


@pytest.mark.parametrize(
    "text",
    [
        "2022-01-01 08:00",
        "2022-01-01 08:00:00",
        "2022-01-01T08:00:00",
        "2022/1/1 8:00",
        "2022-1-1 8",
        "20220101 08",
        "2022010108",
        "202201010800",
        "2022年1月1日8时",
        "2022年01月01日 08时00分",
        "2022-01-01T00:00:00Z",
        "2022-01-01T08:00+08:00",
        "2022-01-01 09:00:00+09:00",
        "2022.01.01 08:00",
    ],
)
def test_the_same_hour_in_many_spellings(text: str) -> None:
    assert end_label(text) == EIGHT


@pytest.mark.parametrize(
    ("text", "hour", "label"),
    [
        ("20220101", "8", EIGHT),
        ("2022-01-01", "08:00", EIGHT),
        ("20220101", "24", datetime(2022, 1, 2)),
        ("20220101", "0", datetime(2022, 1, 1)),
        ("2022-01-01 00:00:00", "8", EIGHT),
    ],
)
def test_a_date_with_an_hour_beside_it(text: str, hour: str, label: datetime) -> None:
    assert end_label(text, hour) == label


@pytest.mark.parametrize("text", ["01-01 08:00", "1月1日 8时", "01/01 08:00"])
def test_no_year_is_its_own_reason(text: str) -> None:
    assert end_label(text) == "no_year"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2022-01-01",
        "2022-02-30 08:00",
        "2022-01-01 25:00",
        "2022-01-01 08:30",
        "2022-01-01 08:00:01",
        "1899-01-01 08:00",
        "hello",
        "44562.33",
        "9999-12-31 24:00",
    ],
)
def test_what_is_no_full_hour_is_refused(text: str) -> None:
    assert end_label(text) == "bad_time"


def test_a_start_label_is_moved_to_the_end_of_its_hour() -> None:
    assert end_label("2022-01-01 23:00", label="start") == datetime(2022, 1, 2)


def test_midnight_belongs_to_the_day_before() -> None:
    assert official(datetime(2022, 1, 1)) == (datetime(2021, 12, 31).date(), 24)
    assert official(datetime(2022, 1, 1, 23)) == (datetime(2022, 1, 1).date(), 23)
