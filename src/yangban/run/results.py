"""The view that everyone reads: Figures of any subject, period and edition, made on demand from a table of day results.

Day results are small and exact, and everything above them (period statistics, region means, changes) follows from them, so nothing
above the day is stored: asking for a period that nobody foresaw costs the same as asking for a year.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction
from typing import Any, Final

import polars as pl

from yangban.assess.air.daily import day_indices
from yangban.assess.air.figures import (
    REGION_LEVELS,
    Measured,
    Subject,
    change,
    day_figures,
    mean_of_places,
    measure_day,
    measure_period,
    not_applicable,
    period_figures,
)
from yangban.assess.air.indicators import CHANGE_SUFFIX, INDICATORS, indicator
from yangban.assess.air.period import period_table
from yangban.assess.figure import Figure
from yangban.base import regions
from yangban.base.errors import UsageError
from yangban.base.periods import Period, parse
from yangban.standards import AirEdition, Book, Rule

STRADDLE: Final = ("refuse", "old", "new")
"""How a period that lies in two editions is judged: not at all, or wholly by the older or the newer one."""


@dataclass(frozen=True)
class Straddling:
    """A period that lies in two editions and for which nobody has said how to judge it."""

    period: Period
    editions: tuple[AirEdition, ...]

    @property
    def reason(self) -> str:
        """What to do about it."""
        names = "、".join(e.id for e in self.editions)
        return f"{self.period.label} 跨越 {names}：国家尚未公布如何评价，请用 --straddle old|new 或 --edition 指定"


def editions_for(
    book: Book, period: Period, wanted: str, *, straddle: str = "refuse", region: str | None = None
) -> tuple[AirEdition, ...] | Straddling:
    """The editions under which a period is judged: those named, or the one in force on its days; ``region`` adds its local limits."""
    editions = book.air_list(wanted, start=period.start, end=period.end, region=region)
    if wanted != "in-force" or len(editions) == 1:
        return editions
    if straddle not in STRADDLE:
        raise UsageError(f"--straddle {straddle!r} is none of {', '.join(STRADDLE)}")
    if straddle == "refuse":
        return Straddling(period, editions)
    return (editions[0],) if straddle == "old" else (editions[-1],)


class AirResults:
    """Figures of air over a table of day values.

    ``days`` holds the columns of :func:`~yangban.assess.air.daily.day_values`; indices are added under whatever edition is asked for.
    ``inputs`` tells the digest of the received files under a period.
    """

    def __init__(
        self,
        days: pl.LazyFrame,
        book: Book,
        *,
        mode: str = "in-force",
        straddle: str = "refuse",
        inputs: Callable[[Period], str] | None = None,
    ) -> None:
        self._days = days
        self._book = book
        self._mode = mode
        self._straddle = straddle
        self._inputs = inputs or (lambda _: "")

    def decimals(self, item: str, period: Period) -> Rule:
        """The rule for the printed decimals of an item, in force on the last day of the period."""
        return self._book.display_decimals(item, period.end)

    def subjects(self, *, level: str | None = None, basis: str = "realtime") -> list[str]:
        """The subjects with day rows, and the provinces that have a place among them."""
        own = self._days.filter(pl.col("basis") == basis).select("subject", "level").unique().sort("subject").collect()
        rows: list[tuple[str, str]] = list(own.iter_rows())
        if level in REGION_LEVELS:
            return self._regions({code for code, _ in rows}) if level == "province" else ["100000"] if level == "nation" else []
        if level:
            return [code for code, of in rows if of == level]
        return self._regions({code for code, of in rows if of == "city"}) + [code for code, _ in rows]

    @staticmethod
    def _regions(places: set[str]) -> list[str]:
        """Provinces of which a place has readings, without the municipalities, which are places themselves."""
        return [
            each.code
            for each in regions.children("100000", level="province")
            if each.code not in places and any(p.code in places for p in regions.prefecture_places(each.code))
        ]

    def period_span(self) -> tuple[date, date] | None:
        """First and last day with a row."""
        first, last = self._days.select(pl.col("day").min(), pl.col("day").max().alias("last")).collect().row(0)
        return None if first is None else (first, last)

    def figures(
        self,
        *,
        subjects: Sequence[str] | None = None,
        periods: Sequence[Period],
        indicators: Sequence[str] | None = None,
        edition: str | None = None,
        straddle: str | None = None,
        basis: str = "realtime",
        base: str = "yoy",
    ) -> list[Figure]:
        """Figures of the subjects and periods asked for, in that order, under each edition.

        ``subjects`` are codes (``None``: all that :meth:`subjects` lists), ``indicators`` words of the contract (``None``: all); a word
        with the suffix ``.change`` is compared with ``base`` (``yoy``, ``mom``, ``year:2020``, ``period:2021-06``).
        """
        codes = list(subjects) if subjects is not None else self.subjects(basis=basis)
        words = list(INDICATORS) if indicators is None else [w for w in indicators if indicator(w)]
        plain = [w.removesuffix(CHANGE_SUFFIX) for w in words if not w.endswith(CHANGE_SUFFIX)]
        changing = [w.removesuffix(CHANGE_SUFFIX) for w in words if w.endswith(CHANGE_SUFFIX)]
        found: list[Figure] = []
        if plain:
            found += self._plain(codes, periods, list(dict.fromkeys(plain)), edition, straddle, basis)
        if changing:
            found += self._changes(codes, periods, list(dict.fromkeys(changing)), edition, straddle, basis, base)
        return found

    def _plain(
        self, codes: Sequence[str], periods: Sequence[Period], words: Sequence[str], wanted: str | None, straddle: str | None, basis: str
    ) -> list[Figure]:
        found: list[Figure] = []
        for local, several in self._by_local_limits(codes).items():
            found += self._judged_alike(several, periods, words, wanted or self._mode, straddle or self._straddle, basis, local)
        order = {label: place for place, label in enumerate(p.label for p in periods)}
        place = {code: n for n, code in enumerate(codes)}
        return sorted(found, key=lambda f: (order[f.period], place[f.subject]))

    def _by_local_limits(self, codes: Sequence[str]) -> dict[str | None, list[str]]:
        """The subjects by the region whose local limits hold in them; all under ``None`` where the book has no overlay."""
        if not self._book.overlays:
            return {None: list(codes)}
        grouped: dict[tuple[str, ...], list[str]] = {}
        for code in codes:
            region = code if regions.subject_level(code) not in {"group", "station"} else "100000"
            overlays = tuple(e for edition in self._book.editions for e in self._book.air(edition.family, region=region).overlays)
            grouped.setdefault(overlays, []).append(code)
        return {several[0] if overlays else None: several for overlays, several in grouped.items()}

    def _judged_alike(
        self,
        codes: Sequence[str],
        periods: Sequence[Period],
        words: Sequence[str],
        wanted: str,
        straddle: str,
        basis: str,
        local: str | None,
    ) -> list[Figure]:
        by_editions: dict[tuple[AirEdition, ...], list[Period]] = {}
        refused: dict[str, str] = {}
        for period in periods:
            chosen = editions_for(self._book, period, wanted, straddle=straddle, region=local)
            if isinstance(chosen, Straddling):
                refused[period.label] = chosen.reason
                chosen = (chosen.editions[-1],)
            by_editions.setdefault(chosen, []).append(period)
        found: list[Figure] = []
        for editions, several in by_editions.items():
            rows = self._rows(codes, several, editions, basis)
            for period in several:
                for edition in editions:
                    found += self._of_period(codes, period, edition, rows, words, basis, refused.get(period.label))
        return found

    def _rows(
        self, codes: Sequence[str], periods: Sequence[Period], editions: tuple[AirEdition, ...], basis: str
    ) -> dict[tuple[str, str], dict[str, Any]]:
        """Rows of the subjects and of every place that a region's mean needs, by subject and period label."""
        needed = {code for code in codes if not _is_region(code)}
        for period in periods:
            for code in codes:
                if _is_region(code):
                    needed |= {place.code for place in regions.prefecture_places(code, on=period.end)}
        start, end = min(p.start for p in periods), max(p.end for p in periods)
        days = self._days.filter(
            pl.col("day").is_between(start, end), pl.col("basis") == basis, pl.col("subject").is_in(sorted(needed), nulls_equal=False)
        )
        days = day_indices(days, editions).collect().lazy()
        runs = [p for p in periods if p.kind != "day"]
        rows: dict[tuple[str, str], dict[str, Any]] = {}
        if runs:
            for row in period_table(days, runs, editions).iter_rows(named=True):
                rows[row["subject"], row["period"]] = row
        single = [p.start for p in periods if p.kind == "day"]
        if single:
            for row in days.filter(pl.col("day").is_in(single)).collect().iter_rows(named=True):
                rows[row["subject"], row["day"].isoformat()] = row
        return rows

    def _of_period(
        self,
        codes: Sequence[str],
        period: Period,
        edition: AirEdition,
        rows: Mapping[tuple[str, str], Mapping[str, Any]],
        words: Sequence[str],
        basis: str,
        refusal: str | None,
    ) -> list[Figure]:
        is_day = period.kind == "day"
        measure = measure_day if is_day else (lambda row, of: measure_period(row, period, of))
        make = day_figures if is_day else period_figures
        known: dict[str, dict[str, Measured]] = {}
        inputs = self._inputs(period)

        def measured(code: str) -> dict[str, Measured] | None:
            row = rows.get((code, period.label))
            if row is None:
                return None
            if code not in known:
                known[code] = measure(row, edition)
            return known[code]

        found: list[Figure] = []
        for code in codes:
            if _is_region(code):
                places = regions.prefecture_places(code, on=period.end)
                members = [(p.short, values) for p in places if (values := measured(p.code)) is not None]
                absent = [p.short for p in places if (p.code, period.label) not in rows]
                under = [rows[p.code, period.label] for p in places if (p.code, period.label) in rows]
                values = mean_of_places(members, edition, absent=absent) if members and not is_day else None
            else:
                under = [rows[code, period.label]] if (code, period.label) in rows else []
                values = measured(code)
            subject = Subject(
                code=code,
                name=regions.subject_name(code),
                level=regions.subject_level(code) if _is_region(code) or not under else under[0]["level"],
                basis=basis,
                network=under[0]["network"] if under else "state",
                synthetic=any(row["synthetic"] for row in under),
                inputs=inputs,
            )
            if refusal is not None:
                found += [not_applicable(w, subject, period, edition, refusal) for w in words if _level(is_day) in INDICATORS[w].levels]
                continue
            if values is None:
                reason = f"{period.label} 没有读数" if not (is_day and _is_region(code)) else "区域没有单日结果：请查询各城市"
                found += [
                    replace(not_applicable(w, subject, period, edition, reason), status="insufficient" if not is_day else "not_applicable")
                    for w in words
                    if _level(is_day) in INDICATORS[w].levels
                ]
                continue
            found += make(values, subject, period, edition, self.decimals, wanted=words)
        return found

    def _changes(
        self,
        codes: Sequence[str],
        periods: Sequence[Period],
        words: Sequence[str],
        wanted: str | None,
        straddle: str | None,
        basis: str,
        base: str,
    ) -> list[Figure]:
        found: list[Figure] = []
        for period in periods:
            before = base_period(period, base)
            now = self._plain(codes, [period], words, wanted, straddle, basis)
            editions = {f.edition for f in now}
            then = {
                (f.subject, f.indicator, f.edition): f
                for edition in editions
                for f in self._plain(codes, [before], words, edition, straddle, basis)
            }
            for figure in now:
                earlier = then.get((figure.subject, figure.indicator, figure.edition))
                found.append(self._change(figure, earlier, period, before))
        return found

    def _change(self, figure: Figure, earlier: Figure | None, period: Period, before: Period) -> Figure:
        spec = indicator(figure.indicator)
        printed = self.decimals("change", period)
        step, unit = change(figure, earlier, spec, int(printed.value))
        reason = figure.reason
        status = figure.status
        if step is None:
            status, reason = "insufficient", reason or f"没有对比期 {before.label} 的结果"
        elif earlier is not None and not earlier.usable:
            status, reason = "insufficient", reason or f"对比期 {before.label}：{earlier.reason}"
        return replace(
            figure,
            indicator=figure.indicator + CHANGE_SUFFIX,
            exact=None if step is None else Fraction(step),
            display=step,
            unit=unit,
            status=status,
            reason=reason,
            unverified=tuple(dict.fromkeys((*figure.unverified, *(earlier.unverified if earlier else ())))),
            detail={"base": before.label, "now": _text(figure), "then": _text(earlier)},
        )


def _text(figure: Figure | None) -> str | None:
    return None if figure is None or figure.display is None else f"{figure.display:f}"


def _level(is_day: bool) -> str:
    return "day" if is_day else "period"


def _is_region(code: str) -> bool:
    """Whether a subject has no readings of its own: a province (not a municipality), a group or the nation."""
    return regions.subject_level(code) in REGION_LEVELS and [p.code for p in regions.prefecture_places(code)] != [code]


def base_period(period: Period, base: str) -> Period:
    """The period with which another is compared: ``yoy``, ``mom``, ``year:2020`` or ``period:2021-06``."""
    if base == "yoy":
        return period.year_before()
    if base == "mom":
        return period.before()
    kind, _, text = base.partition(":")
    if kind == "period" and text:
        return parse(text)
    if kind == "year" and text.isdigit():
        earlier = period
        while earlier.start.year > int(text):
            earlier = earlier.year_before()
        if earlier.start.year == int(text):
            return earlier
    raise UsageError(f"--base {base!r} is not one of yoy, mom, year:2020, period:2021-06, with a year not after the period's own")


def is_descending(word: str) -> bool:
    """Whether the largest value is the best."""
    return indicator(word).better == "high"


def ranking_pool(results: AirResults, *, level: str, among: Sequence[str] | None, on: date, basis: str = "realtime") -> list[str]:
    """The places that are ranked together: those named, or every place of a level that has results.

    A province among cities stands for its prefecture-level places.
    """
    if level not in {"county", "city", "province"}:
        raise UsageError(f"--level {level!r} is none of county, city, province")
    if among is None:
        having = results.subjects(level="city" if level == "province" else level, basis=basis)
        if level != "province":
            return having
        places = set(having)
        return [
            each.code
            for each in regions.children("100000", level="province", on=on)
            if any(p.code in places for p in regions.prefecture_places(each.code, on=on))
        ]
    if level != "city":
        return list(among)
    return list(dict.fromkeys(p.code for code in among for p in _ranked_places(code, on)))


def _ranked_places(code: str, on: date) -> Sequence[regions.Place]:
    return regions.prefecture_places(code, on=on) if _is_region(code) else (regions.place(code),)
