"""The course of an indicator through a year from the Figures of a workspace: what the command line prints and the site shows.

:func:`course_of` reads nothing but the results that it is given; :func:`~yangban.indicators.course.follow` does the arithmetic.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Final

from yangban.assess.figure import Figure
from yangban.base import regions
from yangban.base.errors import BookError, InputError, UsageError, WorkspaceError
from yangban.base.notation import toml
from yangban.base.periods import Period, between, month_of, year_of
from yangban.indicators.course import Course, follow
from yangban.indicators.targets import Target
from yangban.indicators.trajectories import GIVEN, LINEAR, SEASONAL, Month, Step, even, given, linear, seasonal
from yangban.run.media import Results
from yangban.standards.systems import Warnings

KINDS: Final = (SEASONAL, LINEAR, GIVEN)
"""Paths through the months of a year: as past years went, the same for every month, written by a person."""
_VALUE: Final = re.compile(r"[+-]?\d{1,12}(?:\.\d{1,12})?", re.ASCII)
_BY_DAYS: Final = (".mean", ".good_day_ratio")
"""Indicators of air whose year is the mean of its days, so that months add up to it; others are followed without a path by months."""


@dataclass(frozen=True)
class Way:
    """How the path goes: ``kind`` through the year, ``months`` of a given one, ``base`` year and value of the way over years."""

    kind: str = SEASONAL
    months: Mapping[int, Fraction] | None = None
    base: tuple[int, Fraction] | None = None


def target_for(targets: Sequence[Target], *, region: str, indicator: str, year: int) -> Target:
    """The target of a year, else the nearest later one of a whole year.

    Raises :class:`~yangban.base.errors.UsageError` naming the targets that there are.
    """
    of = [t for t in targets if t.subject == region and t.period.kind == "year"]
    fitting = sorted((t for t in of if t.indicator == indicator and t.period.start.year >= year), key=lambda t: t.period.start)
    if fitting:
        return fitting[0]
    known = "、".join(f"{t.indicator} {t.period.label}" for t in of) or "没有任何目标"
    raise UsageError(
        f"{regions.subject_name(region)}没有 {indicator} {year} 年或以后的目标（已有：{known}）：写进工作区的 targets.toml，"
        "或用 --targets 给出文件；no such target"
    )


def course_of(
    results: Results,
    target: Target,
    *,
    year: int,
    rules: Warnings,
    through: int | None = None,
    way: Way | None = None,
    edition: str | None = None,
    straddle: str | None = None,
    basis: str = "realtime",
) -> Course:
    """The course of a target's indicator in a year, up to the month ``through`` (default: the last with a value).

    Past years are the assessed ones before it. Raises :class:`~yangban.base.errors.UsageError` when there is no value at all, or the path
    cannot be laid as asked.
    """
    way, ask = way or Way(), _Ask(results, target, edition, straddle, basis)
    notes: list[str] = []
    figures = ask.months(year)
    last = max((n for n in figures if through is None or n <= through), default=0)
    if not last:
        raise UsageError(
            f"{year} 年{regions.subject_name(target.subject)}没有 {target.indicator} 的月结果：请先 yangban ingest 和 assess；no results"
        )
    last = through or last
    asked, said = _asked(target, year, way)
    notes += said
    by_days = target.indicator.startswith("air.") and target.indicator.endswith(_BY_DAYS)
    came = [ask.month(year, n, f) for n, f in sorted(figures.items()) if n <= last] if by_days else []
    doubtful = [f"{n}月" for n, f in sorted(figures.items()) if n <= last and not f.usable]
    if doubtful:
        notes.append(f"数据不足而照用的月份：{'、'.join(doubtful)}")
    past = {y: ask.past(y) for y in results.years if y < year} if by_days else {}
    whole = {y: months for y, months in past.items() if len(months) == 12}
    path, kind, said = _path(asked, year, way, whole) if by_days else ((), "", [])
    notes += said
    if not by_days:
        notes.append("此指标不是各日的平均，月值不能累加成年值：只比较年初累计与目标，不作月路径和预测")
    to_date = ask.one(until(year, last))
    if target.places == "county" and regions.subject_level(target.subject) == "province":
        notes.append("目标的口径是县级及以上城市平均，计算值是设区城市平均：口径不同，只供参考")
    if to_date is not None and not to_date.usable:
        notes.append(f"年初累计数据不足：{to_date.reason}")
    return follow(
        target, year=year, asked=asked, months=came, path=path, path_kind=kind, rules=rules, past=past,
        base=None if way.base is None else way.base[1], value=None if to_date is None else _exact(to_date),
        display=None if to_date is None else to_date.display, usable=to_date is not None and to_date.usable, through=last, notes=notes,
    )  # fmt: skip


def courses_of(
    results: Results,
    targets: Sequence[Target],
    *,
    region: str,
    year: int,
    rules: Warnings,
    through: int | None = None,
    below: bool = False,
    edition: str | None = None,
    basis: str = "realtime",
) -> tuple[Course, ...]:
    """The course of every indicator of a region that has a target in the year or later; with ``below`` also of the places in it.

    A target of an indicator that this system does not compute is left to those who report it. One without results has the sign for no data.
    """
    wanted: dict[tuple[str, str], Target] = {}
    for each in sorted(targets, key=lambda t: t.period.start):
        inside = each.subject == region or (below and _lies_in(each.subject, region))
        computed = each.indicator.partition(".")[0] in {"air", "water"}
        if inside and computed and each.period.kind == "year" and each.period.start.year >= year:
            wanted.setdefault((each.subject, each.indicator), each)
    made = []
    for (subject, _), target in sorted(wanted.items(), key=lambda pair: (pair[0][0] != region, pair[0])):
        try:
            made.append(course_of(results, target, year=year, rules=rules, through=through, edition=edition, basis=basis))
        except (UsageError, WorkspaceError) as problem:
            said = (f"{regions.subject_name(subject)}：{problem}",)
            asked = Fraction(target.value)
            made.append(follow(target, year=year, asked=asked, months=(), path=(), path_kind="", rules=rules, through=0, notes=said))
    return tuple(made)


def _lies_in(subject: str, region: str) -> bool:
    levels = ("city", "county")
    return any(subject == p.code for level in levels for p in regions.children(region, level=level, zones=True))


@dataclass(frozen=True)
class _Ask:
    """The Figures of one indicator of one place, all judged alike."""

    results: Results
    target: Target
    edition: str | None
    straddle: str | None
    basis: str

    def figures(self, periods: Sequence[Period], words: Sequence[str]) -> list[Figure]:
        found = self.results.figures(
            subjects=[self.target.subject], periods=periods, indicators=words, edition=self.edition, straddle=self.straddle,
            basis=self.basis,
        )  # fmt: skip
        return [f for f in found if f.edition == next(g.edition for g in found if g.period == f.period)]

    def one(self, period: Period) -> Figure | None:
        return next((f for f in self.figures([period], [self.target.indicator]) if f.exact is not None), None)

    def months(self, year: int) -> dict[int, Figure]:
        found = self.figures([month_of(year, n) for n in range(1, 13)], [self.target.indicator])
        return {int(f.period[-2:]): f for f in found if f.exact is not None}

    def month(self, year: int, number: int, figure: Figure) -> Month:
        """A month with its valid days; of a region, whose days are a mean of places, with the days of the calendar."""
        days = month_of(year, number).n_days
        if regions.subject_level(self.target.subject) in {"city", "county"}:
            valid = next((f.exact for f in self.figures([month_of(year, number)], ["air.valid_days"])), None)
            days = days if valid is None else int(valid)
        return Month(number, days, _exact(figure))

    def past(self, year: int) -> list[Month]:
        return [self.month(year, n, f) for n, f in sorted(self.months(year).items()) if f.usable]


def _exact(figure: Figure) -> Fraction:
    return Fraction(figure.exact or 0)


def until(year: int, month: int) -> Period:
    """The year to date up to the end of a month."""
    if month == 12:
        return year_of(year)
    return month_of(year, 1) if month == 1 else between(date(year, 1, 1), month_of(year, month).end)


def _asked(target: Target, year: int, way: Way) -> tuple[Fraction, list[str]]:
    """What the year asks: its own target, or the point of a straight way to a later one."""
    aim, due = Fraction(target.value), target.period.start.year
    if due == year:
        return aim, []
    if way.base is None:
        return aim, [f"目标属于 {due} 年，没有给出基年和基值（--base-year --base），{year} 年直接与它比较"]
    first, base = way.base
    if not first <= year:
        raise UsageError(f"--base-year {first} 在 {year} 年之后；the base year lies after the year asked for")
    return linear(first=first, base=base, last=due, target=aim)[year], [f"{first} 年的基值到 {due} 年目标的直线路径上，{year} 年的要求"]


def _path(asked: Fraction, year: int, way: Way, past: Mapping[int, Sequence[Month]]) -> tuple[tuple[Step, ...], str, list[str]]:
    days = {n: month_of(year, n).n_days for n in range(1, 13)}
    if way.kind not in KINDS:
        raise UsageError(f"--kind {way.kind!r} is none of {', '.join(KINDS)}")
    if way.kind == GIVEN:
        if way.months is None:
            raise UsageError("给定路径须用 --file 写明每个月；a given path needs --file")
        return given(way.months, days=days), GIVEN, []
    if way.kind == SEASONAL and past:
        return seasonal(list(past.values()), target=asked, days=days), SEASONAL, [f"季节路径据 {'、'.join(map(str, past))} 年"]
    said = ["没有完整的往年，路径各月相同"] if way.kind == SEASONAL else []
    return even(target=asked, days=days), LINEAR, said


def read_path(file: Path) -> dict[int, Fraction]:
    """A path that a person wrote: a TOML file with a table ``[months]`` of twelve values, ``1 = "45"`` to ``12 = "40"``.

    Raises :class:`~yangban.base.errors.BookError` naming file and month.
    """
    try:
        table = toml(file.read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError) as problem:
        raise InputError(f"{file}: 读不出（{problem}）；cannot be read") from None
    except tomllib.TOMLDecodeError as problem:
        raise BookError(file.name, "whole file", f"is no TOML: {problem}") from None
    months = table.get("months")
    if not isinstance(months, dict) or set(months) != {str(n) for n in range(1, 13)}:
        raise BookError(file.name, "months", 'expected a table [months] with 1 = "45" to 12 = "40"')
    made: dict[int, Fraction] = {}
    for key, text in months.items():
        made[int(key)] = Fraction(Decimal(text)) if isinstance(text, str) and _VALUE.fullmatch(text) else _refuse(file, key, text)
    return made


def _refuse(file: Path, key: str, text: object) -> Fraction:
    raise BookError(file.name, f"months.{key}", f'expected a number in quotes such as "45", got {text!r}')
