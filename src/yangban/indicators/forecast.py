"""What a year will probably come to, from its months so far and past years; how sure that is, and how well it would have done before.

The method is plain on purpose. In each past year the rest of the year stood in some ratio to the months so far. Applied to this year's
months so far, each ratio gives one possible year. The forecast is their median. The interval runs between two of them, taken symmetrically
from the ends: if this year is a year like the others, the chance that it falls between the j-th smallest and the j-th largest of n is
(n + 1 − 2j) / (n + 1), whatever the distribution. So five past years cannot promise more than 4/6; the answer says what it promises.

:func:`backtest` leaves each past year out in turn, forecasts it from the others and compares with what came.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final

from yangban.base.errors import UsageError
from yangban.base.exact import plain
from yangban.indicators.trajectories import Month, mean_of

WANTED: Final = Fraction(4, 5)
"""The coverage that is aimed at where enough years are there. Ours."""
FEWEST: Final = 3
"""Past years below which there is no interval worth the name. Ours."""


@dataclass(frozen=True)
class Forecast:
    """The year's probable value, and the interval with the coverage that it promises; ``years`` past years stand under it."""

    value: Fraction
    low: Fraction
    high: Fraction
    promised: Fraction
    years: int
    year_to_date: Fraction

    def to_dict(self) -> dict[str, Any]:
        """The forecast as JSON prints it."""
        return {name: value if isinstance(value, int) else plain(value) for name, value in vars(self).items()}


@dataclass(frozen=True)
class Backtest:
    """How the method would have done: mean absolute error, bias (forecast less truth), and how many of the years fell in the interval."""

    error: Fraction
    bias: Fraction
    inside: int
    years: int
    promised: Fraction

    def to_dict(self) -> dict[str, Any]:
        """The score as JSON prints it."""
        return {name: value if isinstance(value, int) else plain(value) for name, value in vars(self).items()}


def forecast(so_far: Sequence[Month], past: Mapping[int, Sequence[Month]], *, rest: Mapping[int, int]) -> Forecast:
    """The year's mean from its months so far, by the ratios of past years.

    ``past`` maps a year to its months, ``rest`` the number of a month to come to its days. Past years that lack a month of either are left
    aside. Raises :class:`~yangban.base.errors.UsageError` with fewer than three usable past years, or without a month so far.
    """
    if not so_far:
        raise UsageError("今年还没有一个月的数据，不能预测")
    now = mean_of(so_far)
    days_so_far = sum(each.days for each in so_far)
    days_rest = sum(rest.values())
    numbers = {each.number for each in so_far}
    ratios = []
    for year in sorted(past):
        held = {month.number: month for month in past[year]}
        if not (numbers | set(rest)) <= set(held):
            continue
        before = mean_of([held[number] for number in sorted(numbers)])
        if before > 0 and rest:
            ratios.append(mean_of([held[number] for number in sorted(rest)]) / before)
        elif before > 0:
            ratios.append(Fraction(1))
    if len(ratios) < FEWEST:
        raise UsageError(f"可用的往年只有 {len(ratios)} 个，至少要 {FEWEST} 个，才能给出预测区间")
    years = sorted((now * days_so_far + now * ratio * days_rest) / (days_so_far + days_rest) for ratio in ratios)
    place = _place(len(years))
    return Forecast(
        value=_median(years),
        low=years[place - 1],
        high=years[-place],
        promised=Fraction(len(years) + 1 - 2 * place, len(years) + 1),
        years=len(years),
        year_to_date=now,
    )


def backtest(past: Mapping[int, Sequence[Month]], *, months: Sequence[int]) -> Backtest:
    """Forecast each past year from the others, after the months ``months``, and compare with its whole.

    Raises :class:`~yangban.base.errors.UsageError` when fewer than four years are there to do so.
    """
    if len(past) <= FEWEST:
        raise UsageError(f"回测须有至少 {FEWEST + 1} 个往年，现有 {len(past)} 个")
    errors = []
    inside = 0
    promised = Fraction(1)
    for year, held in sorted(past.items()):
        others = {each: rows for each, rows in past.items() if each != year}
        came = [month for month in held if month.number in months]
        rest = {month.number: month.days for month in held if month.number not in months}
        made = forecast(came, others, rest=rest)
        truth = mean_of(held)
        errors.append(made.value - truth)
        inside += made.low <= truth <= made.high
        promised = min(promised, made.promised)
    return Backtest(
        error=sum((abs(each) for each in errors), Fraction(0)) / len(errors),
        bias=sum(errors, Fraction(0)) / len(errors),
        inside=inside,
        years=len(errors),
        promised=promised,
    )


def _place(n: int) -> int:
    """How far from the ends the interval may be taken so that it still promises what is aimed at; at least the ends themselves."""
    place = 1
    while Fraction(n + 1 - 2 * (place + 1), n + 1) >= WANTED:
        place += 1
    return place


def _median(ordered: Sequence[Fraction]) -> Fraction:
    middle = len(ordered) // 2
    return ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2
