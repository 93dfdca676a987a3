"""Growth between two surveys, and the trend of a series of seasons with its uncertainty.

Growth is plain: the change in per cent, and the yearly rate that would have led from one number to the other. The trend of three or more
seasons is the least-squares line of the logarithm against the year; its interval is Student's, with the table of the book. Both are the
project's own choice (``biodiversity-practice``) and said to be so. Logarithms have 45 decimals (:mod:`yangban.base.logs`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Final

from yangban.base.logs import antilog, natural_log, root
from yangban.standards import MediumEdition

RISING: Final = "rising"
FALLING: Final = "falling"
UNCERTAIN: Final = "uncertain"
RULES: Final = ("trend.method", "trend.min_years", "trend.level")


@dataclass(frozen=True)
class Growth:
    """From one number to a later one, in per cent: in all, and a year."""

    percent: Fraction
    yearly: Fraction
    years: Fraction


@dataclass(frozen=True)
class Trend:
    """The yearly rate of a series in per cent with its interval; ``rate`` is ``None`` with too few seasons.

    ``direction`` is ``rising`` or ``falling`` when the interval leaves 0 out, else ``uncertain``. ``added`` is what was added to every
    value because there was a 0 among them.
    """

    rate: Fraction | None
    low: Fraction | None
    high: Fraction | None
    n: int
    first: int
    last: int
    direction: str
    reason: str
    added: int = 0


def growth(before: Fraction | int, after: Fraction | int, years: Fraction | int) -> Growth | None:
    """The growth from ``before`` to ``after`` in so many years; ``None`` where there is nothing to grow from.

    >>> found = growth(1012, 1249, 5)
    >>> f"{float(found.percent):.1f} {float(found.yearly):.1f}"
    '23.4 4.3'
    """
    if before <= 0 or after <= 0 or years <= 0:
        return None
    ratio = Fraction(after) / Fraction(before)
    yearly = root(ratio, Fraction(years)) - 1 if years != 1 else ratio - 1
    return Growth(100 * (ratio - 1), 100 * yearly, Fraction(years))


def log_linear(series: Mapping[int, Fraction], edition: MediumEdition) -> Trend:
    """The trend of values by year: e^b - 1 for the slope b of ln(value), with the interval e^(b ± t·SE) - 1."""
    years = sorted(series)
    n = len(years)
    least = int(edition.rule("trend.min_years").value)
    first, last = (years[0], years[-1]) if years else (0, 0)
    if n < least:
        return Trend(None, None, None, n, first, last, "", f"只有 {n} 个年份，趋势至少需要 {least} 个")
    if not any(series.values()):
        return Trend(None, None, None, n, first, last, "", "各年都没有记录到个体")
    added = int(edition.rule("trend.zero").value) if any(not value for value in series.values()) else 0
    x = [Fraction(year) for year in years]
    y = [natural_log(series[year] + added) for year in years]
    mean_x, mean_y = sum(x, Fraction(0)) / n, sum(y, Fraction(0)) / n
    spread = sum(((a - mean_x) ** 2 for a in x), Fraction(0))
    slope = sum(((a - mean_x) * (b - mean_y) for a, b in zip(x, y, strict=True)), Fraction(0)) / spread
    rest = sum(((b - mean_y - slope * (a - mean_x)) ** 2 for a, b in zip(x, y, strict=True)), Fraction(0))
    error = root(rest / (n - 2) / spread)
    table = edition.rule("trend.t95").value
    t = Fraction(table[min(n - 2, len(table)) - 1])
    rate, low, high = (100 * (antilog(each) - 1) for each in (slope, slope - t * error, slope + t * error))
    direction = RISING if low > 0 else FALLING if high < 0 else UNCERTAIN
    return Trend(rate, low, high, n, first, last, direction, "", added)


def season_year(first: date, last: date, months: tuple[int, ...]) -> int | None:
    """The year of the season in which a record lies, ``None`` when it lies in none or in more than one.

    A season that runs over the new year is named by the year in which it begins.

    >>> winter = (10, 11, 12, 1, 2, 3)
    >>> season_year(date(2012, 1, 20), date(2012, 1, 20), winter), season_year(date(2012, 7, 1), date(2012, 7, 1), winter)
    (2011, None)
    """
    start = months[0]
    found = set()
    for day in (first, last):
        if day.month not in months:
            return None
        found.add(day.year - 1 if day.month < start else day.year)
    return found.pop() if len(found) == 1 else None
