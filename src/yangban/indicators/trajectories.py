"""Paths to a target and the distance from them: over years, and over the months of a year. Pure and exact.

A path says what a value should be at each step. Over the months of a year the days that were better than the path are credit for the rest
and the worse ones debt; the account of both (累计盈亏) is in days times units, and divided by the days of the year it is what the year's
mean owes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final

from yangban.base.errors import UsageError
from yangban.base.exact import plain

LINEAR: Final = "linear"
STEPWISE: Final = "stepwise"
SEASONAL: Final = "seasonal"
GIVEN: Final = "given"


@dataclass(frozen=True)
class Month:
    """One month: its number, its valid days, and the mean (or share) over them."""

    number: int
    days: int
    value: Fraction


@dataclass(frozen=True)
class Step:
    """One step of a path: month or year, days, and what is asked for."""

    number: int
    days: int
    value: Fraction


def linear(*, first: int, base: Fraction, last: int, target: Fraction) -> dict[int, Fraction]:
    """A straight way from the base year to the target year, a value for each year.

    >>> {year: str(value) for year, value in linear(first=2020, base=Fraction(30), last=2022, target=Fraction(29)).items()}
    {2020: '30', 2021: '59/2', 2022: '29'}
    """
    if last <= first:
        raise UsageError(f"目标年 {last} 须在基年 {first} 之后")
    return {year: base + (target - base) * (year - first) / (last - first) for year in range(first, last + 1)}


def stepwise(steps: Mapping[int, Fraction], *, first: int, last: int) -> dict[int, Fraction]:
    """Values that hold from their year until the next one is named.

    >>> {year: int(value) for year, value in stepwise({2020: Fraction(30), 2023: Fraction(28)}, first=2020, last=2024).items()}
    {2020: 30, 2021: 30, 2022: 30, 2023: 28, 2024: 28}
    """
    if not steps or min(steps) > first:
        raise UsageError(f"阶梯路径须从 {first} 年或更早开始")
    return {year: steps[max(each for each in steps if each <= year)] for year in range(first, last + 1)}


def seasonal(past: Sequence[Sequence[Month]], *, target: Fraction, days: Mapping[int, int]) -> tuple[Step, ...]:
    """A year's target spread over its months as past years were: every month's usual ratio to its year, scaled to the target.

    ``past`` holds whole years, each with every month that ``days`` (days of the months of the year ahead) names. The ratio of a month is
    its mean over the mean of its year, averaged over the years; the path is scaled once more, so that its mean, weighted by days, is
    exactly the target.

    Raises :class:`~yangban.base.errors.UsageError` for a past year with a month missing, or with a mean of 0.
    """
    if not past:
        raise UsageError("季节路径须有至少一个完整的往年")
    ratios: dict[int, Fraction] = dict.fromkeys(days, Fraction(0))
    for year in past:
        held = {month.number: month for month in year}
        if set(held) != set(days):
            raise UsageError(f"往年缺少月份：有 {sorted(held)}，须有 {sorted(days)}")
        mean = mean_of(year)
        if mean <= 0:
            raise UsageError("往年均值须大于 0，才有各月之比")
        for number, month in held.items():
            ratios[number] += month.value / mean / len(past)
    weight = sum((ratios[number] * days[number] for number in days), Fraction(0)) / sum(days.values())
    return tuple(Step(number, days[number], target * ratios[number] / weight) for number in sorted(days))


def even(*, target: Fraction, days: Mapping[int, int]) -> tuple[Step, ...]:
    """The same value for every month: what a linear path is within one year."""
    return tuple(Step(number, days[number], target) for number in sorted(days))


def given(values: Mapping[int, Fraction], *, days: Mapping[int, int]) -> tuple[Step, ...]:
    """A path that a person wrote, month by month; raises :class:`~yangban.base.errors.UsageError` when a month is missing."""
    if set(values) != set(days):
        raise UsageError(f"给定路径须写明每个月：有 {sorted(values)}，须有 {sorted(days)}")
    return tuple(Step(number, days[number], values[number]) for number in sorted(days))


def mean_of(months: Sequence[Month] | Sequence[Step]) -> Fraction:
    """The mean over all valid days of the months."""
    days = sum(each.days for each in months)
    if days < 1:
        raise UsageError("没有有效天数，没有均值")
    return sum((each.value * each.days for each in months), Fraction(0)) / days


@dataclass(frozen=True)
class Account:
    """One month beside its path: ``gap`` is how far it lies on the wrong side (below 0: better), ``profit`` the credit in days × units
    (below 0: a debt), ``cumulative`` the account up to and with it, ``year_to_date`` and ``path_to_date`` the means so far."""

    number: int
    value: Fraction
    path: Fraction
    gap: Fraction
    profit: Fraction
    cumulative: Fraction
    year_to_date: Fraction
    path_to_date: Fraction

    def to_dict(self) -> dict[str, Any]:
        """The row as JSON prints it."""
        return {name: value if isinstance(value, int) else plain(value) for name, value in vars(self).items()}


def accounts(months: Sequence[Month], path: Sequence[Step], *, direction: str) -> tuple[Account, ...]:
    """Each month that has come beside its path, with the account of credit and debt.

    The path counts with the valid days of what has come, so that path and value stand over the same days.

    >>> path = even(target=Fraction(30), days={1: 31, 2: 28})
    >>> rows = accounts([Month(1, 31, Fraction(32)), Month(2, 28, Fraction(27))], path, direction="at_most")
    >>> [int(row.cumulative) for row in rows]
    [-62, 22]
    """
    wanted = {step.number: step for step in path}
    sign = 1 if direction == "at_most" else -1
    rows: list[Account] = []
    total = Fraction(0)
    came: list[Month] = []
    asked: list[Step] = []
    for month in sorted(months, key=lambda each: each.number):
        if month.number not in wanted:
            raise UsageError(f"路径没有 {month.number} 月")
        step = wanted[month.number]
        gap = sign * (month.value - step.value)
        total -= gap * month.days
        came.append(month)
        asked.append(Step(step.number, month.days, step.value))
        rows.append(Account(month.number, month.value, step.value, gap, -gap * month.days, total, mean_of(came), mean_of(asked)))
    return tuple(rows)
