"""Days of the environment: as the law and the decision say, and a wrong file is refused by file and key."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from yangban.base.errors import BookError
from yangban.standards.campaigns import DAYS, campaign_days, read_days


def test_the_days_are_those_of_the_law_and_the_decision() -> None:
    days = campaign_days()
    assert {key: (each.month, each.day) for key, each in days.items()} == {"environment-day": (6, 5), "ecology-day": (8, 15)}
    assert days["environment-day"].clause == "第十二条"
    # The decision was made on 28 June 2023: the first ecology day was that of 2023.
    assert days["ecology-day"].on(2022) is None
    assert days["ecology-day"].on(2023) == date(2023, 8, 15)


@pytest.mark.parametrize(
    ("today", "expected"),
    [(date(2026, 8, 15), date(2026, 8, 15)), (date(2026, 8, 16), date(2027, 8, 15)), (date(2020, 1, 1), date(2023, 8, 15))],
)
def test_the_next_day_includes_today(today: date, expected: date) -> None:
    assert campaign_days()["ecology-day"].next(today) == expected


@pytest.mark.parametrize(
    ("old", "new", "word"),
    [
        ("month = 6", "month = 13", "no day"),
        ("day = 15", "day = 31.5", "no day"),
        ('clause = "第十二条"', "", "clause"),
        ("[[day]]", "[[tag]]", "no day"),
        ("since = 2015-01-01", 'since = "soon"', "expected a day"),
        ('kind = "campaign_days"', 'kind = "x"', "campaign_days"),
    ],
)
def test_a_wrong_file_is_refused(old: str, new: str, word: str, tmp_path: Path) -> None:
    file = tmp_path / "days.toml"
    file.write_text(DAYS.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
    with pytest.raises(BookError, match=word):
        read_days(file)
