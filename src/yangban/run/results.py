"""The view that everyone reads: Figures of any subject, period and edition, made on demand from a table of day results.

Day results are small and exact, and everything above them (period statistics, region means, changes) follows from them, so nothing
above the day is stored: asking for a period that nobody foresaw costs the same as asking for a year.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction
from typing import Any, Final

import polars as pl

from yangban.assess.air.daily import day_indices
from yangban.assess.air.dust import without_dust
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
from yangban.assess.figure import AS_MONITORED, DUST_EXCLUDED, INSUFFICIENT, SCOPES, Figure
from yangban.base import regions
from yangban.base.errors import UsageError
from yangban.base.periods import Period, parse
from yangban.standards import AirEdition, Book, Rule

BASES: Final = ("realtime", "audited", "best")
"""Readings that a query may rest on; ``best`` takes the audited row of a subject and day where there is one."""

_DUST_SCHEMA: Final = pl.Schema({"subject": pl.String, "day": pl.Date})

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


@dataclass(frozen=True)
class _Asked:
    """How a query wants its Figures judged."""

    edition: str
    straddle: str
    basis: str
    scope: str


class AirResults:
    """Figures of air over a table of day values.

    ``days`` are one frame or several with the columns of :func:`~yangban.assess.air.daily.day_values`, one row a subject, basis and day;
    indices are added under whatever edition is asked for. ``inputs`` tells the digest of the received files under a period, ``dust`` the
    days (``subject``, ``day``) under a dust event; a province's holds for its places.
    """

    def __init__(
        self,
        days: pl.LazyFrame | Sequence[pl.LazyFrame],
        book: Book,
        *,
        mode: str = "in-force",
        straddle: str = "refuse",
        inputs: Callable[[Period], str] | None = None,
        dust: pl.DataFrame | None = None,
    ) -> None:
        self._frames = (days,) if isinstance(days, pl.LazyFrame) else tuple(days)
        self._dust = _with_places(dust) if dust is not None and dust.height else pl.DataFrame(schema=_DUST_SCHEMA)
        self._book = book
        self._mode = mode
        self._straddle = straddle
        self._inputs = inputs or (lambda _: "")

    @property
    def book(self) -> Book:
        """The book by which the results are computed."""
        return self._book

    def decimals(self, item: str, period: Period) -> Rule:
        """The rule for the printed decimals of an item, in force on the last day of the period."""
        return self._book.display_decimals(item, period.end)

    def subjects(self, *, level: str | None = None, basis: str = "realtime") -> list[str]:
        """The subjects with day rows, and the provinces that have a place among them."""
        own = pl.concat([_of_basis(days, basis).select("subject", "level") for days in self._frames]).unique().sort("subject").collect()
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

    def days(
        self, codes: Iterable[str], period: Period, edition: AirEdition, *, basis: str = "realtime", scope: str = AS_MONITORED
    ) -> list[pl.DataFrame]:
        """The day rows beneath a period with their indices under an edition: the very rows from which its Figures are made."""
        wanted = pl.col("day").is_between(period.start, period.end) & pl.col("subject").is_in(sorted(codes))
        found = []
        for frame in self._frames:
            days = day_indices(_of_basis(frame.filter(wanted), basis), (edition,))
            found.append((without_dust(days, self._dust, (edition,)) if scope == DUST_EXCLUDED else days).collect())
        return found

    def period_span(self) -> tuple[date, date] | None:
        """First and last day with a row."""
        spans = [days.select(pl.col("day").min(), pl.col("day").max().alias("last")).collect().row(0) for days in self._frames]
        held = [(first, last) for first, last in spans if first is not None]
        return (min(first for first, _ in held), max(last for _, last in held)) if held else None

    def figures(
        self,
        *,
        subjects: Sequence[str] | None = None,
        periods: Sequence[Period],
        indicators: Sequence[str] | None = None,
        edition: str | None = None,
        straddle: str | None = None,
        basis: str = "realtime",
        scope: str = AS_MONITORED,
        base: str = "yoy",
    ) -> list[Figure]:
        """Figures of the subjects and periods asked for, in that order, under each edition.

        ``subjects`` are codes (``None``: all that :meth:`subjects` lists), ``indicators`` words of the contract (``None``: all); a word
        with the suffix ``.change`` is compared with ``base`` (``yoy``, ``mom``, ``year:2020``, ``period:2021-06``). ``basis`` is
        ``realtime``, ``audited`` or ``best`` (audited where both exist), ``scope`` ``as_monitored`` or ``dust_excluded``.
        """
        if scope not in SCOPES or basis not in BASES:
            raise UsageError(f"--scope {scope!r}, --basis {basis!r}: scopes are {', '.join(SCOPES)}, bases {', '.join(BASES)}")
        asked = _Asked(edition or self._mode, straddle or self._straddle, basis, scope)
        codes = list(subjects) if subjects is not None else self.subjects(basis=basis)
        words = list(INDICATORS) if indicators is None else [w for w in indicators if indicator(w)]
        plain = [w.removesuffix(CHANGE_SUFFIX) for w in words if not w.endswith(CHANGE_SUFFIX)]
        changing = [w.removesuffix(CHANGE_SUFFIX) for w in words if w.endswith(CHANGE_SUFFIX)]
        found: list[Figure] = []
        if plain:
            found += self._plain(codes, periods, list(dict.fromkeys(plain)), asked)
        if changing:
            found += self._changes(codes, periods, list(dict.fromkeys(changing)), asked, base)
        return found

    def _plain(self, codes: Sequence[str], periods: Sequence[Period], words: Sequence[str], asked: _Asked) -> list[Figure]:
        found: list[Figure] = []
        for local, several in self._by_local_limits(codes).items():
            found += self._judged_alike(several, periods, words, asked, local)
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
        self, codes: Sequence[str], periods: Sequence[Period], words: Sequence[str], asked: _Asked, local: str | None
    ) -> list[Figure]:
        by_editions: dict[tuple[AirEdition, ...], list[Period]] = {}
        refused: dict[str, str] = {}
        for period in periods:
            chosen = editions_for(self._book, period, asked.edition, straddle=asked.straddle, region=local)
            if isinstance(chosen, Straddling):
                refused[period.label] = chosen.reason
                chosen = (chosen.editions[-1],)
            by_editions.setdefault(chosen, []).append(period)
        found: list[Figure] = []
        for editions, several in by_editions.items():
            rows = self._rows(codes, several, editions, asked)
            for period in several:
                for edition in editions:
                    found += self._of_period(codes, period, edition, rows, words, asked, refused.get(period.label))
        return found

    def _rows(
        self, codes: Sequence[str], periods: Sequence[Period], editions: tuple[AirEdition, ...], asked: _Asked
    ) -> dict[tuple[str, str], dict[str, Any]]:
        """Rows of the subjects and of every place that a region's mean needs, by subject and period label."""
        needed = {code for code in codes if not is_region(code)}
        for period in periods:
            for code in codes:
                if is_region(code):
                    needed |= {place.code for place in regions.prefecture_places(code, on=period.end)}
        start, end = min(p.start for p in periods), max(p.end for p in periods)
        runs = [p for p in periods if p.kind != "day"]
        single = [p.start for p in periods if p.kind == "day"]
        rows: dict[tuple[str, str], dict[str, Any]] = {}
        for frame in self._frames:
            wanted = pl.col("day").is_between(start, end) & pl.col("subject").is_in(sorted(needed))
            days = day_indices(_of_basis(frame.filter(wanted), asked.basis), editions)
            if asked.scope == DUST_EXCLUDED:
                days = without_dust(days, self._dust, editions)
            held = days.collect()
            if held.is_empty():
                continue
            if runs:
                for row in period_table(held.lazy(), runs, editions).iter_rows(named=True):
                    rows[row["subject"], row["period"]] = row
            if single:
                for row in held.filter(pl.col("day").is_in(single)).iter_rows(named=True):
                    rows[row["subject"], row["day"].isoformat()] = row
        return rows

    def _of_period(
        self,
        codes: Sequence[str],
        period: Period,
        edition: AirEdition,
        rows: Mapping[tuple[str, str], Mapping[str, Any]],
        words: Sequence[str],
        asked: _Asked,
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
            if is_region(code):
                places = regions.prefecture_places(code, on=period.end)
                members = [(p.short, values) for p in places if (values := measured(p.code)) is not None]
                absent = [p.short for p in places if (p.code, period.label) not in rows]
                under = [rows[p.code, period.label] for p in places if (p.code, period.label) in rows]
                values = mean_of_places(members, edition, absent=absent, derive=not is_day) if members else None
            else:
                under = [rows[code, period.label]] if (code, period.label) in rows else []
                values = measured(code)
            subject = Subject(
                code=code,
                name=regions.subject_name(code),
                level=regions.subject_level(code) if is_region(code) or not under else under[0]["level"],
                basis=_basis_of(under, asked.basis),
                network=under[0]["network"] if under else "state",
                synthetic=any(row["synthetic"] for row in under),
                inputs=inputs,
                scope=asked.scope,
                excluded=sum(row["excluded"] for row in under),
            )
            if refusal is not None:
                found += [not_applicable(w, subject, period, edition, refusal) for w in words if _level(is_day) in INDICATORS[w].levels]
                continue
            if values is None:
                found += [
                    replace(not_applicable(w, subject, period, edition, f"{period.label} 没有读数"), status=INSUFFICIENT)
                    for w in words
                    if _level(is_day) in INDICATORS[w].levels
                ]
                continue
            if is_day and is_region(code) and "air.aqi" in words:
                found.append(not_applicable("air.aqi", subject, period, edition, "AQI 按点位、县、市计算，区域没有 AQI"))
            found += make(values, subject, period, edition, self.decimals, wanted=words)
        return found

    def _changes(self, codes: Sequence[str], periods: Sequence[Period], words: Sequence[str], asked: _Asked, base: str) -> list[Figure]:
        found: list[Figure] = []
        for period in periods:
            before = base_period(period, base)
            now = self._plain(codes, [period], words, asked)
            editions = {f.edition for f in now}
            then = {
                (f.subject, f.indicator, f.edition): f
                for edition in editions
                for f in self._plain(codes, [before], words, replace(asked, edition=edition))
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


def _of_basis(days: pl.LazyFrame, basis: str) -> pl.LazyFrame:
    """One row a subject and day: of one basis, or the best."""
    if basis != "best":
        return days.filter(pl.col("basis") == basis)
    audited = days.filter(pl.col("basis") == "audited")
    rest = days.filter(pl.col("basis") == "realtime").join(audited.select("subject", "day"), on=["subject", "day"], how="anti")
    return pl.concat([audited, rest])


def _basis_of(rows: Sequence[Mapping[str, Any]], asked: str) -> str:
    """``audited`` or ``realtime`` when all days under a Figure are, else ``mixed``."""
    if asked != "best" or not rows:
        return "realtime" if asked == "best" else asked
    audited = sum(row.get("audited_days", row.get("basis") == "audited") for row in rows)
    days = sum(row.get("days", 1) for row in rows)
    return "audited" if audited == days else "realtime" if audited == 0 else "mixed"


def _with_places(dust: pl.DataFrame) -> pl.DataFrame:
    """Dust days of a province or group hold for each of its places."""
    found = [dust.select(_DUST_SCHEMA.names())]
    for code in dust["subject"].unique():
        if is_region(code):
            places = [place.code for place in regions.prefecture_places(code)]
            found.append(dust.filter(pl.col("subject") == code).select("day").join(pl.DataFrame({"subject": places}), how="cross"))
    return pl.concat([frame.select(_DUST_SCHEMA.names()) for frame in found]).unique()


def _text(figure: Figure | None) -> str | None:
    return None if figure is None or figure.display is None else f"{figure.display:f}"


def _level(is_day: bool) -> str:
    return "day" if is_day else "period"


def is_region(code: str) -> bool:
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
    return regions.prefecture_places(code, on=on) if is_region(code) else (regions.place(code),)
