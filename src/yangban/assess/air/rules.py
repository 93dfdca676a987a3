"""The book's numbers in the shape in which the kernel of air needs them: integers on the scales on which readings travel.

A reading is an integer of thousandths (µg/m³, CO mg/m³). A mean of n hours would need the denominator n; so that means with different
n can be added and compared without a fraction, they travel as *ticks*: thousandths times the least common multiple of every number of
hours that may stand under a valid mean (20 to 24 for a day, 6 to 8 for an ozone window: 212,520).
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from math import lcm
from typing import Any, Final

from yangban.base.pollutants import AIR_SIX
from yangban.standards import AirEdition

THOUSANDTHS: Final = 1000
"""Parts of a unit in which readings of air are kept."""

SLOTS: Final = 24
"""Hours of an official day."""

MEAN_ITEMS: Final = tuple(p for p in AIR_SIX if p != "o3_8h")
"""The items whose day value is the mean of the day's hours."""


@dataclass(frozen=True)
class DayRules:
    """What makes a day value valid (GB 3095 table 4; HJ 663 6.1.2 for ozone).

    ``hours`` is the least number of hourly means under a daily mean, ``window_hours`` the same under an 8-hour mean, ``windows`` the least
    number of valid 8-hour means in a day, which end at the hours ``first_end`` to ``last_end``. A day with fewer windows still counts when
    its printed value is above ``over_limit``, where the rule says so.
    """

    hours: int
    window_hours: int
    window_length: int
    windows: int
    first_end: int
    last_end: int
    over_limit: int | None

    @property
    def ticks(self) -> int:
        """Ticks in a thousandth."""
        return lcm(*range(self.hours, SLOTS + 1), *range(self.window_hours, self.window_length + 1))

    @property
    def per_unit(self) -> int:
        """Ticks in a unit of concentration (1 µg/m³; CO 1 mg/m³)."""
        return self.ticks * THOUSANDTHS


def _int(value: Any) -> int:
    number = int(value)
    if number != value:
        raise ValueError(f"expected a whole number, got {value!r}")
    return number


def integer(edition: AirEdition, key: str) -> int:
    """A rule of the book whose value is a whole number."""
    return _int(edition.rule(key).value)


@lru_cache
def day_rules(edition: AirEdition) -> DayRules:
    """The validity rules of a day under an edition."""
    counts = bool(edition.rule("completeness.o3_8h_day.counts_when_over_limit").value)
    return DayRules(
        hours=integer(edition, "completeness.day_mean.hours"),
        window_hours=integer(edition, "completeness.o3_8h.hours"),
        window_length=8,
        windows=integer(edition, "completeness.o3_8h_day.windows"),
        first_end=integer(edition, "completeness.o3_8h_day.first_end_hour"),
        last_end=integer(edition, "completeness.o3_8h_day.last_end_hour"),
        over_limit=limit_steps(edition, "o3_8h", "day_max_8h") if counts else None,
    )


@dataclass(frozen=True)
class ShareRules:
    """How many of a place's stations must be valid, in percent; ``small_share`` where there are fewer than ``small_below``."""

    share: int
    small_share: int
    small_below: int


@lru_cache
def share_rules(edition: AirEdition) -> ShareRules:
    """The share-of-stations rule of an edition (HJ 663)."""
    return ShareRules(
        share=integer(edition, "completeness.city.station_share"),
        small_share=integer(edition, "completeness.city.small_share"),
        small_below=integer(edition, "completeness.city.small_below"),
    )


def index_decimals(edition: AirEdition, pollutant: str) -> int:
    """Decimals to which a concentration is rounded before its index is taken (HJ 633-2026 4.2.2)."""
    return integer(edition, f"rounding.index_input.{pollutant}")


def limit_steps(edition: AirEdition, pollutant: str, averaging: str, *, level: int = 2) -> int:
    """A limit in steps, the smallest reportable concentration (1 µg/m³; CO 0.1 mg/m³).

    Rounded down where a local limit lies between two steps: the rounded concentration exceeds the limit exactly when it exceeds that step.
    """
    scaled = edition.limit(pollutant, averaging, level) * Decimal(10) ** index_decimals(edition, pollutant)
    return int(scaled.to_integral_value(rounding="ROUND_FLOOR"))


@dataclass(frozen=True)
class IndexRules:
    """The thresholds of HJ 633 and the assessment built on it."""

    good_at_most: int
    primary_above: int
    exceeding_above: int
    heavy_above: int
    complete_or_above: int
    cap: int
    grades: tuple[tuple[int, int | None], ...]


@lru_cache
def index_rules(edition: AirEdition) -> IndexRules:
    """The thresholds of an edition."""
    return IndexRules(
        good_at_most=integer(edition, "index.good_at_most"),
        primary_above=integer(edition, "index.primary_above"),
        exceeding_above=integer(edition, "index.exceeding_above"),
        heavy_above=integer(edition, "index.heavy_above"),
        complete_or_above=integer(edition, "completeness.index.complete_or_above"),
        cap=integer(edition, "index.cap"),
        grades=tuple((level.low, level.high) for level in edition.levels()),
    )


@dataclass(frozen=True)
class PeriodRules:
    """How many valid days a period's statistics need (GB 3095 table 4; the same for percentiles by HJ 663)."""

    days: int
    month_days: int
    february_days: int

    def needed_in(self, month: int) -> int:
        """Valid days that a whole calendar month needs."""
        return self.february_days if month == 2 else self.month_days


@lru_cache
def period_rules(edition: AirEdition, statistic: str) -> PeriodRules:
    """The validity rules of a period; ``statistic`` is ``annual`` (means) or ``percentile``."""
    return PeriodRules(
        days=integer(edition, f"completeness.{statistic}.days"),
        month_days=integer(edition, f"completeness.{statistic}.month_days"),
        february_days=integer(edition, f"completeness.{statistic}.february_days"),
    )


def percentile(edition: AirEdition, pollutant: str) -> int:
    """The percentile of day values that is judged for a pollutant (HJ 663 table 1), in percent."""
    return integer(edition, f"percentile.{pollutant}")
