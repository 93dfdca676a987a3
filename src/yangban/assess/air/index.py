"""The air quality index of HJ 633: one rule, exact, for a single day and (as a table) for millions.

Every concentration is first rounded to the step in which it is reported (HJ 633-2026 4.2.2; GB/T 8170: half to even), so the index of a
pollutant is a function of a whole number of steps. :func:`iaqi` states that function; :func:`iaqi_table` tabulates it, and the kernel
looks it up. This module does not import Polars: ``yangban aqi pm25=75`` answers at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from itertools import pairwise
from typing import Any, Final

from yangban.assess.air.rules import index_decimals, index_rules
from yangban.base.errors import BookError, UsageError
from yangban.base.exact import ceil_div, round_half_even
from yangban.base.pollutants import AIR_SIX, HOURLY_WORDS, labels_zh, pollutant
from yangban.standards import AirEdition, Level

DAY_AVERAGING: Final[Mapping[str, str]] = {p: "day_max_8h" if p == "o3_8h" else "day" for p in AIR_SIX}
"""Under which averaging time the day value of each item is indexed."""


def iaqi(concentration: Fraction, breakpoints: tuple[tuple[int, Decimal], ...]) -> int | None:
    """The individual index of one rounded concentration, or ``None`` above the last break-point.

    IAQI = (IAQI_hi - IAQI_lo) / (BP_hi - BP_lo) x (C - BP_lo) + IAQI_lo, rounded up to an integer (HJ 633-2012 4.2, HJ 633-2026 4.2).

    ``concentration`` is in the unit of the break-points (µg/m³; CO mg/m³) and not negative.

    >>> iaqi(Fraction(161), ((100, Decimal(160)), (150, Decimal(215))))
    101
    """
    for (low, start), (high, end) in pairwise(breakpoints):
        if concentration <= end:
            slope = Fraction(high - low) / Fraction(end - start)
            exact = slope * (concentration - Fraction(start)) + low
            return ceil_div(exact.numerator, exact.denominator)
    return None


@lru_cache
def iaqi_table(edition: AirEdition, word: str, averaging: str) -> tuple[int | None, ...]:
    """The index of every reportable concentration: entry ``k`` is that of ``k`` steps, the last entry that of everything above.

    Above the last break-point a table that ends at the index's cap stays there; the tables that end earlier (ozone 8 h at 300, sulphur
    dioxide 1 h at 200) stay at their last value where the edition says so (HJ 633-2026) and have no index where it does not (HJ 633-2012:
    ``None``).
    """
    item = word.removesuffix("_24h")
    breakpoints = edition.breakpoints(item, averaging)
    decimals = index_decimals(edition, item)
    last = int(breakpoints[-1][1] * 10**decimals)
    table: list[int | None] = [iaqi(Fraction(k, 10**decimals), breakpoints) for k in range(last + 1)]
    table.append(_above_last(edition, item, averaging))
    return tuple(table)


def _above_last(edition: AirEdition, item: str, averaging: str) -> int | None:
    """The index of a concentration above the last break-point of its table, or ``None`` where the edition gives none."""
    top, end = edition.breakpoints(item, averaging)[-1]
    if top == index_rules(edition).cap:
        return top
    value = edition.rule(f"index.{item}{'_hour' if averaging == 'hour' else ''}_above_{end}").value
    return int(value) if isinstance(value, int) else None


@lru_cache
def day_table(edition: AirEdition, item: str) -> tuple[int, ...]:
    """The table by which a day's value is indexed, with an entry for every concentration.

    HJ 633-2012 refers ozone above 800 µg/m³ to the 1-hour value, which assessment by the 8-hour maximum does not use; the index cannot be
    less than at 800, so it stays at 300, as HJ 633-2026 says outright (decisions/0003).
    """
    table = iaqi_table(edition, item, DAY_AVERAGING[item])
    return tuple(table[-2] if index is None else index for index in table)  # type: ignore[misc]


def is_primary(index: Any, aqi: Any, edition: AirEdition) -> Any:
    """Whether a pollutant with this index is a primary pollutant of the day: AQI above 50 and none larger; ties are joint.

    Works on numbers and on Polars expressions, as do the predicates below.
    """
    return (aqi > index_rules(edition).primary_above) & (index == aqi)


def is_exceeding(index: Any, edition: AirEdition) -> Any:
    """Whether a pollutant with this index exceeds (HJ 633-2012 3.7: IAQI above 100)."""
    return index > index_rules(edition).exceeding_above


def is_publishable(*, n_indices: Any, aqi: Any, edition: AirEdition) -> Any:
    """Whether a day's AQI counts: all six items are valid, or those that are give an AQI above 100 (HJ 633-2026, missing items)."""
    return (n_indices == len(AIR_SIX)) | (aqi > index_rules(edition).complete_or_above)


def level_of(aqi: int, edition: AirEdition) -> Level:
    """The level (一级 … 六级) of an AQI."""
    for level in edition.levels():
        if level.high is None or aqi <= level.high:
            return level
    raise UsageError(f"no level of {edition.index} holds AQI {aqi}")


@dataclass(frozen=True)
class DayIndex:
    """The index of one day or one hour.

    ``concentrations`` are the rounded values from which the indices were taken. ``aqi`` is given whenever it can be computed;
    ``status`` is ``insufficient`` when it may not be published, and ``reason`` says why.
    """

    edition: str
    concentrations: Mapping[str, Decimal]
    iaqi: Mapping[str, int | None]
    aqi: int | None
    level: Level | None
    primary: tuple[str, ...]
    exceeding: tuple[str, ...]
    status: str
    reason: str
    unverified: tuple[str, ...]


def _judge(
    values: Mapping[str, Decimal | int | Fraction | None], averaging: Mapping[str, str], edition: AirEdition, *, needed: Iterable[str]
) -> DayIndex:
    unknown = [word for word in values if word not in averaging]
    if unknown:
        raise UsageError(f"{edition.index}: no index for {', '.join(unknown)}; known here are {' '.join(averaging)}")
    rounded: dict[str, Decimal] = {}
    indices: dict[str, int | None] = {}
    notes: list[str] = []
    for word, value in values.items():
        if value is None:
            continue
        if value < 0:
            raise UsageError(f"{word}={value}: a concentration is never negative; leave it out when there is no value")
        decimals = index_decimals(edition, word.removesuffix("_24h"))
        rounded[word] = round_half_even(Fraction(value), decimals)
        table = day_table(edition, word) if averaging is DAY_AVERAGING else iaqi_table(edition, word, averaging[word])
        indices[word] = table[min(int(rounded[word].scaleb(decimals)), len(table) - 1)]
        if indices[word] is None:
            notes.append(f"{pollutant(word).printed} 超出分指数表上限，该版本不给分指数")
    present = {word: index for word, index in indices.items() if index is not None}
    aqi = max(present.values()) if present else None
    missing = [word for word in needed if word not in rounded]
    if missing:
        notes.append(f"缺 {labels_zh(missing)}")
    publishable = aqi is not None and (not missing or aqi > index_rules(edition).complete_or_above)
    keys = ["completeness.index.complete_or_above"] * bool(missing) + ["index.cap"] * (aqi == index_rules(edition).cap)
    return DayIndex(
        edition=edition.index,
        concentrations=rounded,
        iaqi=indices,
        aqi=aqi,
        level=None if aqi is None else level_of(aqi, edition),
        primary=() if aqi is None else tuple(p for p, i in present.items() if is_primary(i, aqi, edition)),
        exceeding=tuple(p for p, i in present.items() if is_exceeding(i, edition)),
        status="ok" if publishable else "insufficient",
        reason="；".join(notes),
        unverified=tuple(rule.id for rule in map(edition.rule, keys) if rule.unverified),
    )


def day_aqi(values: Mapping[str, Decimal | int | Fraction | None], edition: AirEdition, *, report: bool = False) -> DayIndex:
    """The AQI of one day from its six concentrations.

    ``values`` holds day means of ``pm25 pm10 so2 no2`` in µg/m³ and ``co`` in mg/m³, and the daily maximum 8-hour mean ``o3_8h`` in µg/m³;
    a missing one is left out or ``None``. ``report`` takes the items of the edition's daily report instead of those of assessment: under
    HJ 633-2012 seven, with the daily maximum 1-hour mean ``o3`` beside ``o3_8h``.

    Source: HJ 633-2012 4.1-4.4, HJ 633-2026 4.1-4.4; that the day's index takes ozone by its 8-hour maximum alone also under the 2012
    edition, and that concentrations are rounded first in both, are settled readings (decisions/0003).

    Raises :class:`~yangban.base.errors.UsageError` for an unknown word or a negative value.

    >>> from yangban.standards import load_book
    >>> day = day_aqi({"pm25": 75, "o3_8h": 161}, load_book().air("hj633-2012"))
    >>> day.aqi, day.level.category, day.primary, day.status
    (101, '轻度污染', ('o3_8h',), 'ok')
    """
    if report:
        items = report_averaging(edition)
        return _judge(values, items, edition, needed=items)
    return _judge(values, DAY_AVERAGING, edition, needed=AIR_SIX)


@lru_cache
def report_averaging(edition: AirEdition) -> Mapping[str, str]:
    """The items of the daily report (日报) of an edition and the averaging time of each: seven in HJ 633-2012, six in HJ 633-2026."""
    return {str(item): str(averaging) for item, averaging in edition.rule("index.daily_items").value}


def hour_aqi(values: Mapping[str, Decimal | int | Fraction | None], edition: AirEdition) -> DayIndex:
    """The real-time (hourly) AQI.

    Under HJ 633-2026 the six 1-hour values ``pm25 pm10 so2 no2 co o3``, particulate matter by the daily break-points; under HJ 633-2012 the
    1-hour values of ``so2 no2 co o3``, the running means ``pm25_24h`` and ``pm10_24h``, and ``o3_8h``. Units as in :func:`day_aqi`. A word
    that is reported in the other edition alone is passed over.
    """
    items = hour_averaging(edition)
    return _judge({w: v for w, v in values.items() if w in items or w not in HOURLY_WORDS}, items, edition, needed=items)


@lru_cache
def hour_averaging(edition: AirEdition) -> Mapping[str, str]:
    """The items of the hourly report that have an index, by word, and the averaging time of the break-points for each.

    HJ 633-2012 also reports the 1-hour values of particulate matter, without an index.
    """
    found = {}
    for item, averaging in edition.rule("index.hourly_items").value:
        try:
            edition.breakpoints(item, averaging)
        except BookError:
            continue
        found[f"{item}_24h" if averaging == "running_24h" else str(item)] = str(averaging)
    return found
