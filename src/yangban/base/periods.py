"""Periods as the field writes them: ``2022``, ``2022-H1``, ``2022-Q1``, ``2022-06``, ``2022-06-13``, ``2022-01-01/2022-04-30``.

A period is a run of *official* days. For air an official day holds the hours whose labels, the ends of the hours, run from 01:00 to
24:00 (GB 3095: a natural day); the hour labelled 00:00 belongs to the day before.
"""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property

from yangban.base.errors import UnknownPeriod

_ONE_DAY = timedelta(days=1)
_SHAPE = re.compile(r"^(\d{4})(?:-(?:(Q)([1-4])|(H)([12])|(\d{2})(?:-(\d{2}))?))?$")


@dataclass(frozen=True)
class Period:
    """A run of days with the label by which it is known.

    ``kind`` is one of ``year half quarter month day range``.
    """

    label: str
    kind: str
    start: date
    end: date

    def __str__(self) -> str:
        return self.label

    @property
    def n_days(self) -> int:
        """Calendar days in the period."""
        return (self.end - self.start).days + 1

    @cached_property
    def months(self) -> tuple[Period, ...]:
        """The whole calendar months inside the period, in order."""
        found = []
        year, month = self.start.year, self.start.month
        while date(year, month, 1) <= self.end:
            whole = month_of(year, month)
            if whole.start >= self.start and whole.end <= self.end:
                found.append(whole)
            year, month = (year + 1, 1) if month == 12 else (year, month + 1)
        return tuple(found)

    def holds(self, day: date) -> bool:
        """Whether ``day`` lies in the period."""
        return self.start <= day <= self.end

    def year_before(self) -> Period:
        """The same period one year earlier (同比).

        A range that touches 29 February ends or starts on the 28th.

        >>> str(parse("2024-Q1").year_before()), str(parse("2024-01-01/2024-02-29").year_before())
        ('2023-Q1', '2023-01-01/2023-02-28')
        """
        if self.kind in {"day", "range"}:
            return between(_year_earlier(self.start), _year_earlier(self.end), kind=self.kind)
        return parse(f"{self.start.year - 1:04d}{self.label[4:]}")

    def before(self) -> Period:
        """The period of the same kind that ends the day before this one starts (环比).

        >>> str(parse("2022-01").before()), str(parse("2022-Q1").before()), str(parse("2022-03-01/2022-03-10").before())
        ('2021-12', '2021-Q4', '2022-02-19/2022-02-28')
        """
        last = self.start - _ONE_DAY
        if self.kind == "year":
            return year_of(last.year)
        if self.kind == "half":
            return half_of(last.year, 1 + (last.month > 6))
        if self.kind == "quarter":
            return quarter_of(last.year, (last.month + 2) // 3)
        if self.kind == "month":
            return month_of(last.year, last.month)
        return between(last - timedelta(days=self.n_days - 1), last, kind=self.kind)


def _year_earlier(day: date) -> date:
    last = calendar.monthrange(day.year - 1, day.month)[1]
    return date(day.year - 1, day.month, min(day.day, last))


def year_of(year: int) -> Period:
    """A calendar year."""
    return Period(f"{year:04d}", "year", date(year, 1, 1), date(year, 12, 31))


def half_of(year: int, half: int) -> Period:
    """Half a calendar year, 1 or 2."""
    first = 1 if half == 1 else 7
    return Period(f"{year:04d}-H{half}", "half", date(year, first, 1), month_of(year, first + 5).end)


def quarter_of(year: int, quarter: int) -> Period:
    """A quarter of a calendar year, 1 to 4."""
    first = 3 * quarter - 2
    return Period(f"{year:04d}-Q{quarter}", "quarter", date(year, first, 1), month_of(year, first + 2).end)


def month_of(year: int, month: int) -> Period:
    """A calendar month."""
    return Period(f"{year:04d}-{month:02d}", "month", date(year, month, 1), date(year, month, calendar.monthrange(year, month)[1]))


def day_of(day: date) -> Period:
    """One day."""
    return Period(day.isoformat(), "day", day, day)


def between(start: date, end: date, *, kind: str = "range") -> Period:
    """Any run of days, both ends included."""
    if kind == "day" and start == end:
        return day_of(start)
    if end < start:
        raise UnknownPeriod(f"the period {start.isoformat()}/{end.isoformat()} ends before it starts")
    return Period(f"{start.isoformat()}/{end.isoformat()}", "range", start, end)


def parse(text: str) -> Period:
    """Read a period from its label.

    Raises :class:`~yangban.base.errors.UnknownPeriod` for anything that is not a period or not a real date.

    >>> parse("2022-06").n_days, parse("2022-Q1").end.isoformat(), parse("2022-H2").start.isoformat()
    (30, '2022-03-31', '2022-07-01')
    """
    wanted = "expected 2022, 2022-H1, 2022-Q1, 2022-06, 2022-06-13 or 2022-01-01/2022-04-30"
    try:
        if "/" in text:
            first, _, last = text.partition("/")
            return between(date.fromisoformat(first.strip()), date.fromisoformat(last.strip()))
        found = _SHAPE.match(text.strip())
        if not found:
            raise ValueError("not one of the known shapes")
        year = int(found[1])
        if found[2]:
            return quarter_of(year, int(found[3]))
        if found[4]:
            return half_of(year, int(found[5]))
        if found[7]:
            return day_of(date(year, int(found[6]), int(found[7])))
        if found[6]:
            return month_of(year, int(found[6]))
        return year_of(year)
    except ValueError as problem:
        raise UnknownPeriod(f"{text!r} is not a period ({problem}); {wanted}") from None


def standard_periods(year: int) -> tuple[Period, ...]:
    """The periods that are assessed as a matter of course: the year, its halves, quarters and months."""
    return (
        year_of(year),
        *(half_of(year, n) for n in (1, 2)),
        *(quarter_of(year, n) for n in range(1, 5)),
        *(month_of(year, n) for n in range(1, 13)),
    )
