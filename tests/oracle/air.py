"""The air rules of GB 3095, HJ 633, HJ 663 and the 2018 ranking rule as plain functions on dicts of exact numbers.

Units: µg/m³, CO mg/m³. An edition is named by its family: ``2012``, ``2026-transitional`` or ``2026``; an index by its document:
``hj633-2012`` or ``hj633-2026``. Hour slots are 1 … 24 of the official day: slot *n* is the hour that ends at *n*:00.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from fractions import Fraction
from functools import cache
from typing import NamedTuple

HOURLY = ("so2", "no2", "pm10", "pm25", "co", "o3")
DAILY = ("so2", "no2", "pm10", "pm25", "co", "o3_8h")
FAMILIES = ("2012", "2026-transitional", "2026")
INDEX_OF = {"2012": "hj633-2012", "2026-transitional": "hj633-2026", "2026": "hj633-2026"}

# GB 3095-2012 table 1 and GB 3095-2026 table 1 (both sets of columns), level 2: annual, day, 1 h, daily maximum 8 h.
_LEVEL_2 = """
          2012              2026-transitional  2026
so2       60 150 500 -      60 150 500 -       20 50 150 -
no2       40 80 200 -       40 80 200 -        30 50 200 -
pm10      70 150 - -        60 120 - -         50 100 - -
pm25      35 75 - -         30 60 - -          25 50 - -
co        - 4 10 -          - 4 10 -           - 4 10 -
o3        - - 200 160       - - 200 160        - - 200 160
"""
LIMITS: dict[str, dict[tuple[str, str], int]] = {family: {} for family in FAMILIES}
for _row in _LEVEL_2.strip().splitlines()[1:]:
    _pollutant, *_cells = _row.split()
    for _n, _family in enumerate(FAMILIES):
        for _averaging, _cell in zip(("annual", "day", "hour", "day_max_8h"), _cells[4 * _n : 4 * _n + 4], strict=True):
            if _cell != "-":
                LIMITS[_family]["o3_8h" if _averaging == "day_max_8h" else _pollutant, _averaging] = int(_cell)

LADDER = (0, 50, 100, 150, 200, 300, 400, 500)

# HJ 633-2012 table 1. Columns that stop early have no index above their last concentration.
_BREAKPOINTS_2012: dict[tuple[str, str], tuple[int, ...]] = {
    ("so2", "day"): (0, 50, 150, 475, 800, 1600, 2100, 2620),
    ("so2", "hour"): (0, 150, 500, 650, 800),
    ("no2", "day"): (0, 40, 80, 180, 280, 565, 750, 940),
    ("no2", "hour"): (0, 100, 200, 700, 1200, 2340, 3090, 3840),
    ("pm10", "day"): (0, 50, 150, 250, 350, 420, 500, 600),
    ("co", "day"): (0, 2, 4, 14, 24, 36, 48, 60),
    ("co", "hour"): (0, 5, 10, 35, 60, 90, 120, 150),
    ("o3", "hour"): (0, 160, 200, 300, 400, 800, 1000, 1200),
    ("o3_8h", "day_max_8h"): (0, 100, 160, 215, 265, 800),
    ("pm25", "day"): (0, 35, 75, 115, 150, 250, 350, 500),
}
# HJ 633-2026: the same but for IAQI 100 of PM10 and PM2.5; the hourly report puts the 1-h PM value on the daily break-points.
_BREAKPOINTS_2026 = {
    **_BREAKPOINTS_2012,
    ("pm10", "day"): (0, 50, 120, 250, 350, 420, 500, 600),
    ("pm25", "day"): (0, 35, 60, 115, 150, 250, 350, 500),
}
_BREAKPOINTS_2026["pm10", "hour"] = _BREAKPOINTS_2026["pm10", "day"]
_BREAKPOINTS_2026["pm25", "hour"] = _BREAKPOINTS_2026["pm25", "day"]
BREAKPOINTS = {"hj633-2012": _BREAKPOINTS_2012, "hj633-2026": _BREAKPOINTS_2026}

# HJ 633-2026, notes under the table of break-points: above the last concentration of these columns the index is fixed.
FIXED_ABOVE = {("hj633-2026", "so2", "hour"): 200, ("hj633-2026", "o3_8h", "day_max_8h"): 300}

PERCENTILE = {"so2": 98, "no2": 98, "pm10": 95, "pm25": 95, "co": 95, "o3_8h": 90}
"""HJ 663, annual evaluation items: which percentile of the daily values is judged."""


# ---------------------------------------------------------------- rounding (GB/T 8170)


def half_even(value: Fraction, decimals: int) -> Fraction:
    """GB/T 8170: round to the nearest; exactly between two, to the one whose last digit is even."""
    step = 10**decimals
    quotient, rest = divmod(value.numerator * step, value.denominator)
    if 2 * rest > value.denominator or (2 * rest == value.denominator and quotient % 2 == 1):
        quotient += 1
    return Fraction(quotient, step)


def reportable(item: str, concentration: Fraction) -> Fraction:
    """HJ 633-2026: SO2, NO2, O3, PM10, PM2.5 to an integer, CO to one decimal, before the index is taken (here: in every edition)."""
    return half_even(concentration, 1 if item == "co" else 0)


# ---------------------------------------------------------------- the day from its hours (GB 3095 table 4, HJ 663 6.1.2)


class DayValue(NamedTuple):
    """A day's concentration: its unrounded value if there is anything to average, and whether it counts."""

    value: Fraction | None
    valid: bool
    hours: int
    windows: int | None = None


def day_mean(hours: Sequence[Fraction | int | None], *, scale: int = 1) -> DayValue:
    """GB 3095 table 4: the mean of the hourly means of the day, valid with at least 20 of them."""
    present = [hour for hour in hours if hour is not None]
    if not present:
        return DayValue(None, False, 0)
    return DayValue(Fraction(sum(present), len(present) * scale), len(present) >= 20, len(present))


def day_max_8h(hours: Sequence[Fraction | int | None], *, limit: int, scale: int = 1) -> DayValue:
    """The largest 8-h running mean that ends at 8:00 … 24:00 of the day.

    GB 3095 table 4: an 8-h mean needs 6 hourly means. HJ 663 6.1.2: the day needs 14 valid 8-h means; with fewer it still counts when
    its (rounded) value is above the limit.
    """
    means = []
    for end in range(8, 25):
        present = [hour for hour in hours[end - 8 : end] if hour is not None]
        if len(present) >= 6:
            means.append(Fraction(sum(present), len(present) * scale))
    count = sum(hour is not None for hour in hours)
    if not means:
        return DayValue(None, False, count, 0)
    largest = max(means)
    return DayValue(largest, len(means) >= 14 or reportable("o3_8h", largest) > limit, count, len(means))


def day_values(hours: Mapping[str, Sequence[Fraction | int | None]], *, edition: str = "2012", scale: int = 1) -> dict[str, DayValue]:
    """All six daily values from 24 slots a pollutant; a pollutant that is not given has no hours.

    ``scale`` is the number of units in which the hours are counted: 1000 when they are integers of thousandths.
    """
    values = {p: day_mean(hours.get(p, ()), scale=scale) for p in ("so2", "no2", "pm10", "pm25", "co")}
    values["o3_8h"] = day_max_8h(hours.get("o3", (None,) * 24), limit=LIMITS[edition]["o3_8h", "day_max_8h"], scale=scale)
    return values


def valid_only(values: Mapping[str, DayValue]) -> dict[str, Fraction]:
    """The unrounded values that count."""
    return {item: day.value for item, day in values.items() if day.valid and day.value is not None}


# ---------------------------------------------------------------- IAQI and AQI (HJ 633)


def iaqi(index: str, item: str, averaging: str, concentration: Fraction) -> int | None:
    """HJ 633 formula 1: linear between the break-points on both sides, rounded up; 500 above the last of a full column.

    ``None`` where the document gives no index: in HJ 633-2012 the 1-h SO2 and the 8-h O3 above 800.
    """
    return _iaqi(index, item, averaging, reportable(item, concentration))


@cache
def _iaqi(index: str, item: str, averaging: str, c: Fraction) -> int | None:
    """The same of a concentration that is rounded already: of those there are few."""
    points = BREAKPOINTS[index][item, averaging]
    if c < 0:
        raise ValueError(f"a concentration of {c} is below zero")
    if c > points[-1]:
        return 500 if len(points) == len(LADDER) else FIXED_ABOVE.get((index, item, averaging))
    for n in range(1, len(points)):
        if c <= points[n]:
            low, high = points[n - 1], points[n]
            exact = Fraction(LADDER[n] - LADDER[n - 1], high - low) * (c - low) + LADDER[n - 1]
            return -((-exact.numerator) // exact.denominator)
    raise AssertionError("unreachable: a value at or below the last break-point lies in a band")


class Index(NamedTuple):
    """An AQI with what follows from it. ``publishable``: nothing is missing, or the AQI is above 100 all the same."""

    aqi: int | None
    iaqi: dict[str, int]
    level: int | None
    primary: tuple[str, ...]
    exceeding: tuple[str, ...]
    publishable: bool
    flags: tuple[str, ...] = ()


def level_of(aqi: int) -> int:
    """HJ 633: 0-50 一级, 51-100 二级, 101-150 三级, 151-200 四级, 201-300 五级, above 六级."""
    return 1 + sum(aqi > top for top in (50, 100, 150, 200, 300))


def _index(parts: dict[str, int], *, missing: int, flags: tuple[str, ...] = ()) -> Index:
    """HJ 633: AQI = the largest IAQI; above 50 those who have it are primary, jointly; an IAQI above 100 exceeds."""
    if not parts:
        return Index(None, {}, None, (), (), False, flags)
    aqi = max(parts.values())
    primary = tuple(item for item, value in parts.items() if value == aqi) if aqi > 50 else ()
    exceeding = tuple(item for item, value in parts.items() if value > 100)
    return Index(aqi, parts, level_of(aqi), primary, exceeding, missing == 0 or aqi > 100, flags)


def day_index(values: Mapping[str, Fraction | None], edition: str, *, seven: bool = False) -> Index:
    """The daily AQI from daily concentrations that count; what is absent or ``None`` is missing.

    Assessment takes six items. ``seven`` adds the daily maximum 1-h O3 as ``o3``: the daily report of HJ 633-2012. An 8-h O3 above 800
    has no index in HJ 633-2012, which reports O3 by the 1-h value; where that is not at hand the index cannot be less than the 300 of
    800 µg/m³, so it is 300 with a flag. Missing pollutants: HJ 633-2026, publish only when the others give an AQI above 100.
    """
    index = INDEX_OF.get(edition, edition)
    parts: dict[str, int] = {}
    flags: tuple[str, ...] = ()
    items = (*DAILY, "o3") if seven else DAILY
    missing = sum(values.get(item) is None for item in items)
    for item in items:
        c = values.get(item)
        if c is None:
            continue
        averaging = {"o3_8h": "day_max_8h", "o3": "hour"}.get(item, "day")
        part = iaqi(index, item, averaging, c)
        if part is None:
            if seven and values.get("o3") is not None:
                continue
            part = 300
        if item == "o3_8h" and reportable(item, c) > 800:
            flags = ("o3_8h_above_800",)
        parts[item] = part
    return _index(parts, missing=missing, flags=flags)


def hour_index(values: Mapping[str, Fraction | None], edition: str) -> Index:
    """The hourly AQI.

    HJ 633-2026: the six 1-h values ``so2 no2 co o3 pm10 pm25``, PM on the daily break-points. HJ 633-2012: 1-h ``so2 no2 co o3``, running
    ``o3_8h`` and the running 24-h means ``pm10_24h pm25_24h`` on the daily break-points; the 1-h PM value has no index. A value above the
    end of its column has no index of its own in 2012 and is not counted as missing.
    """
    index = INDEX_OF.get(edition, edition)
    columns = {item: (item, "hour") for item in ("so2", "no2", "co", "o3")}
    if index == "hj633-2026":
        columns |= {"pm10": ("pm10", "hour"), "pm25": ("pm25", "hour")}
    else:
        columns |= {"o3_8h": ("o3_8h", "day_max_8h"), "pm10_24h": ("pm10", "day"), "pm25_24h": ("pm25", "day")}
    given = {item: values[item] for item in columns if values.get(item) is not None}
    parts = {item: iaqi(index, *columns[item], c) for item, c in given.items() if c is not None}
    return _index({item: part for item, part in parts.items() if part is not None}, missing=len(columns) - len(given))


# ---------------------------------------------------------------- periods (GB 3095 table 4, HJ 663)


class Span(NamedTuple):
    """A period: ``kind`` is one of year half quarter month day range."""

    kind: str
    start: date
    end: date


def span(label: str) -> Span:
    """``2022``, ``2022-H1``, ``2022-Q1``, ``2022-06``, ``2022-06-13`` or ``2022-01-01/2022-04-30``."""
    if "/" in label:
        first, last = label.split("/")
        return Span("range", date.fromisoformat(first), date.fromisoformat(last))
    if re.fullmatch(r"\d{4}-\d\d-\d\d", label):
        return Span("day", date.fromisoformat(label), date.fromisoformat(label))
    year = int(label[:4])
    part = label[5:]
    if not part:
        kind, first_month, months = "year", 1, 12
    elif part[0] == "H":
        kind, first_month, months = "half", 6 * int(part[1]) - 5, 6
    elif part[0] == "Q":
        kind, first_month, months = "quarter", 3 * int(part[1]) - 2, 3
    else:
        kind, first_month, months = "month", int(part), 1
    last_month = first_month + months - 1
    return Span(kind, date(year, first_month, 1), date(year, last_month, calendar.monthrange(year, last_month)[1]))


def enough_days(valid: Sequence[date], period: Span) -> bool:
    """GB 3095 table 4: a year needs 324 valid days and 27 in each month (25 in February).

    Months, quarters and half-years need the same of each of their months. Days and free ranges have no rule: one valid day is enough.
    """
    inside = [day for day in valid if period.start <= day <= period.end]
    if not inside:
        return False
    if period.kind in ("day", "range"):
        return True
    if period.kind == "year" and len(inside) < 324:
        return False
    for month in range(period.start.month, period.end.month + 1):
        if sum(day.month == month for day in inside) < (25 if month == 2 else 27):
            return False
    return True


def mean(values: Sequence[Fraction]) -> Fraction:
    """GB 3095: the arithmetic mean of the daily values of the period."""
    return sum(values, Fraction(0)) / len(values)


def percentile(values: Sequence[Fraction], percent: int) -> Fraction:
    """HJ 663: sort ascending; k = 1 + (n-1)·p; s the whole part of k; x(s) + (x(s+1) - x(s))·(k - s)."""
    x = sorted(values)
    k = 1 + (len(x) - 1) * Fraction(percent, 100)
    s = k.numerator // k.denominator
    if s >= len(x):
        return x[-1]
    return x[s - 1] + (x[s] - x[s - 1]) * (k - s)


class Stat(NamedTuple):
    """A result of a period. ``value`` is there whenever anything can be computed; ``ok`` when the rule of completeness is met too."""

    value: Fraction | None
    ok: bool
    n: int


NOTHING = Stat(None, False, 0)


def period_stats(days: Mapping[date, Mapping[str, DayValue]], period: str, edition: str) -> dict[str, Stat]:
    """Every figure of one place for one period under one edition, from its days as ``day_values`` gives them.

    Names: ``air.<p>.mean``, ``air.<p>.p98`` and so on, ``air.<p>.exceed_days``, ``air.<p>.mean.multiple``, ``air.<p>.p98.multiple``,
    ``air.valid_days``, ``air.good_days``, ``air.good_day_ratio``, ``air.heavy_days``, ``air.level_<1-6>_days``,
    ``air.composite_index``, ``air.attains`` (1, 0 or nothing).
    """
    when = span(period)
    inside = {day: valid_only(values) for day, values in days.items() if when.start <= day <= when.end}
    out: dict[str, Stat] = {}
    for item in DAILY:
        valid = {day: values[item] for day, values in inside.items() if item in values}
        ok, n, numbers = enough_days(list(valid), when), len(valid), list(valid.values())
        if item != "o3_8h":
            out[f"air.{item}.mean"] = Stat(mean(numbers), ok, n) if n else NOTHING
        out[f"air.{item}.p{PERCENTILE[item]}"] = Stat(percentile(numbers, PERCENTILE[item]), ok, n) if n else NOTHING
        # An exceedance day: the reportable daily value is above the level-2 daily limit.
        limit = daily_limit(item, edition)
        over = sum(reportable(item, c) > limit for c in numbers)
        out[f"air.{item}.exceed_days"] = Stat(Fraction(over), ok, n) if n else NOTHING
    out |= multiples(out, edition)
    indices = {day: day_index(values, edition) for day, values in inside.items()}
    aqis = {day: index.aqi for day, index in indices.items() if index.publishable and index.aqi is not None}
    ok, n = enough_days(list(aqis), when), len(aqis)
    out["air.valid_days"] = Stat(Fraction(n), ok, n)
    counts = {"good": sum(a <= 100 for a in aqis.values()), "heavy": sum(a > 200 for a in aqis.values())}
    counts |= {f"level_{level}": sum(level_of(a) == level for a in aqis.values()) for level in range(1, 7)}
    for name, count in counts.items():
        out[f"air.{name}_days"] = Stat(Fraction(count), ok, n) if n else NOTHING
    out["air.good_day_ratio"] = Stat(Fraction(100 * counts["good"], n), ok, n) if n else NOTHING
    out["air.composite_index"] = composite_of(out, edition)
    out["air.attains"] = attains(out, edition)
    return out


def daily_limit(item: str, edition: str) -> int:
    """The level-2 limit that a daily value and its percentile are held against."""
    return LIMITS[edition][item, "day_max_8h" if item == "o3_8h" else "day"]


def _judged(item: str, edition: str) -> list[tuple[str, int]]:
    """HJ 663: which statistics of an item are judged, each with its limit."""
    pairs = [(f"air.{item}.p{PERCENTILE[item]}", daily_limit(item, edition))]
    annual = LIMITS[edition].get((item, "annual"))
    return pairs if annual is None else [(f"air.{item}.mean", annual), *pairs]


def multiples(stats: Mapping[str, Stat], edition: str) -> dict[str, Stat]:
    """HJ 663: B = (C - S)/S, only where C is above S, two decimals; C as it is reported."""
    out = {}
    for item in DAILY:
        for name, limit in _judged(item, edition):
            stat = stats[name]
            value = None
            if stat.value is not None and (c := reportable(item, stat.value)) > limit:
                value = half_even((c - limit) / limit, 2)
            out[f"{name}.multiple"] = Stat(value, stat.ok, stat.n)
    return out


def attains(stats: Mapping[str, Stat], edition: str) -> Stat:
    """HJ 663: an item attains when its annual mean (if it has a limit) and its percentile do; the city when all six items do.

    One item that is known to fail is enough for "no"; "yes" needs all of them. The answer is sufficient when all its statistics are.
    """
    parts = [(item, stats[name], limit) for item in DAILY for name, limit in _judged(item, edition)]
    ok = all(stat.ok for _, stat, _ in parts)
    n = min(stat.n for _, stat, _ in parts)
    if any(stat.value is not None and reportable(item, stat.value) > limit for item, stat, limit in parts):
        return Stat(Fraction(0), ok, n)
    return Stat(None if any(stat.value is None for _, stat, _ in parts) else Fraction(1), ok, n)


# ---------------------------------------------------------------- composite index, regions, ranking, change (2018 ranking rule)

COMPOSITE_INPUT = {
    "so2": "air.so2.mean",
    "no2": "air.no2.mean",
    "pm10": "air.pm10.mean",
    "pm25": "air.pm25.mean",
    "co": "air.co.p95",
    "o3_8h": "air.o3_8h.p90",
}


def composite_limit(item: str, edition: str) -> int:
    """The level-2 limits of the index: annual for SO2, NO2, PM10, PM2.5, also for a month; daily for CO; daily maximum 8 h for O3."""
    return LIMITS[edition][item, {"co": "day", "o3_8h": "day_max_8h"}.get(item, "annual")]


def single_index(item: str, concentration: Fraction, edition: str) -> Fraction:
    """I = C/S with C as it is reported; two decimals, half-even."""
    return half_even(reportable(item, concentration) / composite_limit(item, edition), 2)


def composite(concentrations: Mapping[str, Fraction | None], edition: str) -> Fraction | None:
    """环境空气质量综合指数: the plain sum of the six single indices; nothing when one of them is missing."""
    total = Fraction(0)
    for item in DAILY:
        c = concentrations.get(item)
        if c is None:
            return None
        total += single_index(item, c, edition)
    return total


def composite_of(stats: Mapping[str, Stat], edition: str) -> Stat:
    """The composite index of a place or region from its own statistics."""
    inputs = {item: stats[name] for item, name in COMPOSITE_INPUT.items()}
    value = composite({item: stat.value for item, stat in inputs.items()}, edition)
    return Stat(value, value is not None and all(stat.ok for stat in inputs.values()), min(stat.n for stat in inputs.values()))


def region_mean(members: Sequence[Stat]) -> Stat:
    """The mean of the members' unrounded values, over all that have one; sufficient when all members are (decisions/0003).

    ``n`` counts the sufficient members.
    """
    used = [stat.value for stat in members if stat.value is not None]
    sufficient = sum(stat.ok for stat in members)
    return Stat(mean(used), sufficient == len(members), sufficient) if used else NOTHING


def region_stats(members: Sequence[Mapping[str, Stat]], edition: str) -> dict[str, Stat]:
    """A province, the nation or a group: each member's percentile or mean first, then the mean of the members."""
    names = [f"air.{item}.mean" for item in DAILY if item != "o3_8h"]
    names += [f"air.{item}.p{PERCENTILE[item]}" for item in DAILY]
    names += ["air.valid_days", "air.good_days", "air.good_day_ratio", "air.heavy_days"]
    out = {name: region_mean([member[name] for member in members]) for name in names}
    out["air.composite_index"] = composite_of(out, edition)
    return out


def competition_rank(values: Sequence[Fraction | None], *, descending: bool = False) -> list[int | None]:
    """Equal (displayed) values share a rank and the ranks after them are skipped: 1, 2, 2, 4. What has no value has no rank."""
    known = [value for value in values if value is not None]
    ranks: list[int | None] = []
    for value in values:
        if value is None:
            ranks.append(None)
        else:
            ranks.append(1 + sum((other > value) if descending else (other < value) for other in known))
    return ranks


def displayed(item: str, value: Fraction, *, last_day: date) -> Fraction:
    """As bulletins print it: PM2.5 with one decimal for periods that end on or after 2024-10-01, CO and shares one, the index two."""
    if item == "pm25":
        return half_even(value, 1 if last_day >= date(2024, 10, 1) else 0)
    return half_even(value, {"co": 1, "good_day_ratio": 1, "composite_index": 2}.get(item, 0))


def change_percent(now: Fraction, base: Fraction) -> Fraction | None:
    """Concentrations and the index: the change of the displayed values in %, one decimal; nothing against a base of zero."""
    return None if base == 0 else half_even((now - base) / base * 100, 1)


def change_points(now: Fraction, base: Fraction) -> Fraction:
    """Shares: the difference of the displayed values in percentage points, one decimal."""
    return half_even(now - base, 1)


def official_day(label_date: date, label_hour: int) -> tuple[date, int]:
    """The label is the END of its hour: 1 … 23 of a date are slots 1 … 23; hour 0 is slot 24 of the day before."""
    if not 0 <= label_hour <= 23:
        raise ValueError(f"an hour label is 0 … 23, not {label_hour}")
    return (label_date, label_hour) if label_hour else (label_date - timedelta(days=1), 24)
