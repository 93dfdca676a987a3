"""Levels, grades and limits of sound. Expected: HJ 640-2012 and GB 3096-2008 as in air-and-water.md C, and hands."""

from __future__ import annotations

import math
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

import pytest

from yangban.assess.sound.levels import (
    area_mean,
    attains,
    belongs,
    from_hours,
    grade,
    hours_of,
    limit,
    needed_hours,
    road_mean,
    sudden,
)
from yangban.base.logs import energy_mean
from yangban.standards import load_book

EDITION = load_book().medium("sound", "2008")

BANDS = {
    ("area", "day"): ("50.0", "55.0", "60.0", "65.0"),
    ("area", "night"): ("40.0", "45.0", "50.0", "55.0"),
    ("road", "day"): ("68.0", "70.0", "72.0", "74.0"),
    ("road", "night"): ("58.0", "60.0", "62.0", "64.0"),
}
WORDS = (("一级", "好"), ("二级", "较好"), ("三级", "一般"), ("四级", "较差"), ("五级", "差"))


@pytest.mark.parametrize(("kind", "span"), BANDS)
def test_both_edges_of_every_band(kind: str, span: str) -> None:
    """air-and-water.md C, table HJ 640-2012: ≤ 50.0 is 一级, 50.1 to 55.0 二级, … above 65.0 五级, and so for night and roads."""
    edges = [Decimal(0), *map(Decimal, BANDS[kind, span]), Decimal(130)]
    for number, ((low, high), words) in enumerate(zip(pairwise(edges), WORDS, strict=True), start=1):
        for shown in (low + Decimal("0.1"), high):
            found = grade(kind, span, shown, EDITION)
            assert (found.number, (found.numeral, found.word)) == (number, words), shown


@pytest.mark.parametrize(
    ("klass", "day", "night"), [("0", 50, 40), ("1", 55, 45), ("2", 60, 50), ("3", 65, 55), ("4a", 70, 55), ("4b", 70, 60)]
)
def test_a_limit_is_kept_at_the_limit_and_not_a_tenth_above(klass: str, day: int, night: int) -> None:
    """GB 3096-2008 table 1; the level counts as printed, with one decimal (half to even)."""
    for span, value in (("day", day), ("night", night)):
        assert limit(klass, span, EDITION) == value
        assert attains(Fraction(value), klass, span, EDITION, 1)
        assert attains(Fraction(value) + Fraction(1, 20), klass, span, EDITION, 1)
        assert not attains(Fraction(value) + Fraction(51, 1000), klass, span, EDITION, 1)


def test_sudden_noise_may_go_15_over_the_night_limit() -> None:
    """GB 3096-2008: the peak of sudden night noise lies at most 15 dB over the limit."""
    assert not sudden(Fraction(65), "2", EDITION)
    assert sudden(Fraction(651, 10), "2", EDITION)


def test_day_has_sixteen_hours_and_night_eight() -> None:
    assert (hours_of("day", EDITION), hours_of("night", EDITION)) == (16, 8)
    assert (needed_hours("day", EDITION), needed_hours("night", EDITION)) == (16, 8)
    assert (needed_hours("day", load_book().medium("sound", "2024")), needed_hours("night", load_book().medium("sound", "2024"))) == (16, 8)


@pytest.mark.parametrize(
    ("end", "day", "span"),
    [
        ("2022-01-01 06:00", "2021-12-31", "night"),
        ("2022-01-01 07:00", "2022-01-01", "day"),
        ("2022-01-01 22:00", "2022-01-01", "day"),
        ("2022-01-01 23:00", "2022-01-01", "night"),
        ("2022-01-02 00:00", "2022-01-01", "night"),
        ("2022-01-02 01:00", "2022-01-01", "night"),
    ],
)
def test_an_hour_belongs_to_the_day_or_to_the_night_that_began_the_evening_before(end: str, day: str, span: str) -> None:
    assert belongs(datetime.fromisoformat(end), EDITION) == (date.fromisoformat(day), span)


def test_the_energy_mean_is_that_of_the_energies() -> None:
    """Hand: equal levels give themselves; one hour of 70 among fifteen of 60 has 10·lg((15·10^6 + 10^7)/16) = 61.94 dB."""
    assert energy_mean([Fraction(523, 10)] * 16) == Fraction(523, 10)
    found = energy_mean([Fraction(60)] * 15 + [Fraction(70)])
    assert float(found) == pytest.approx(10 * math.log10((15 * 10**6 + 10**7) / 16), abs=1e-12)
    assert round(float(found), 2) == 61.94


def test_the_order_of_hours_changes_no_digit() -> None:
    levels = [Fraction(400 + 7 * n % 211, 10) for n in range(16)]
    assert energy_mean(levels) == energy_mean(levels[::-1])


def test_the_level_of_an_area_is_the_plain_mean_and_of_roads_that_by_length() -> None:
    """HJ 640-2012: arithmetic over grid points; Σ(l·L)/Σl over segments. Hand: (70·1 + 64·2)/3 = 66."""
    assert area_mean([Fraction(50), Fraction(55)]) == Fraction(105, 2)
    assert road_mean([(Fraction(70), Fraction(1000)), (Fraction(64), Fraction(2000))]) == 66
    assert area_mean([]) is None
    assert road_mean([]) is None


def test_hours_make_days_and_nights() -> None:
    hours = {datetime(2022, 6, 13, hour): Fraction(60) for hour in range(7, 23)} | {datetime(2022, 6, 13, 23): Fraction(50)}
    assert from_hours(hours, EDITION) == {(date(2022, 6, 13), "day"): (60, 16), (date(2022, 6, 13), "night"): (50, 1)}
