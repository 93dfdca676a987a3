"""Everyday products of a monitoring office: the calendar of AQI, pollution episodes, concentrations by month and hour, year to date.

Each is a way of laying out Figures and hours; none judges anything anew.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import groupby
from typing import Any, Final

from yangban.assess.air.index import is_exceeding
from yangban.assess.air.indicators import CHANGE_SUFFIX, indicator
from yangban.assess.figure import AS_MONITORED, Figure, displayed
from yangban.assess.ranking import Ranked, rank
from yangban.base import regions
from yangban.base.errors import UnknownIndicator, UnknownRegion, UsageError
from yangban.base.exact import plain
from yangban.base.periods import Period, between, day_of, month_of, year_of
from yangban.base.pollutants import HOURLY_SIX
from yangban.readings.workspace import Workspace
from yangban.run.hours import EditionOn, Hour, HourMean, hourly_means, hours_of
from yangban.run.results import AirResults, is_descending

_ONE_DAY: Final = timedelta(days=1)
_AQI: Final = "air.aqi"


@dataclass(frozen=True)
class Asked:
    """Results and the way in which they are asked: edition, basis, scope."""

    results: AirResults
    edition: str | None = None
    basis: str = "realtime"
    scope: str = AS_MONITORED

    def days(self, subjects: Sequence[str], period: Period, words: Sequence[str] = (_AQI,)) -> list[Figure]:
        """The Figures of every day of a period, of the first edition where several hold; days in order, subjects within a day."""
        return self.periods(subjects, [day_of(period.start + _ONE_DAY * k) for k in range(period.n_days)], words)

    def periods(self, subjects: Sequence[str], periods: Sequence[Period], words: Sequence[str]) -> list[Figure]:
        """The Figures of periods, of the first edition where several hold."""
        found = self.results.figures(
            subjects=subjects, periods=periods, indicators=words, edition=self.edition, basis=self.basis, scope=self.scope
        )
        first: dict[tuple[str, str], str] = {}
        return [f for f in found if first.setdefault((f.subject, f.period), f.edition) == f.edition]


def places_of(region: str, *, on: date) -> list[str]:
    """The places with days of their own under a region: its prefecture-level places, or the place itself."""
    try:
        return [p.code for p in regions.prefecture_places(region, on=on)]
    except UnknownRegion:
        if regions.subject_level(region) == "group":
            raise
        return [region]


def single_place(region: str, *, on: date, verb: str) -> str:
    """The region, when it has days of its own; a province, group or the nation is refused with what to do."""
    if regions.subject_level(region) in {"province", "nation", "group"} and places_of(region, on=on) != [region]:
        name = regions.subject_name(region)
        raise UsageError(f"{name}没有自己的逐日结果：yangban {verb} 请指定城市、县或站点；{name} has no days of its own, name a city")
    return region


@dataclass(frozen=True)
class CalendarDay:
    """A day of the calendar; ``aqi`` is None on a day without readings, and ``figure`` says why a value may not be used."""

    day: date
    figure: Figure
    colour: str | None

    @property
    def aqi(self) -> int | None:
        """The AQI, whenever one can be computed."""
        return None if self.figure.exact is None else int(self.figure.exact)

    @property
    def counts(self) -> bool:
        """Whether the day's AQI may be used."""
        return self.figure.usable

    def to_dict(self) -> dict[str, Any]:
        """As JSON prints it."""
        detail = self.figure.detail
        return {
            "day": self.day.isoformat(),
            "aqi": self.aqi,
            "level": detail.get("level"),
            "category": detail.get("category"),
            "primary": list(detail.get("primary", ())),
            "colour": self.colour,
            "status": self.figure.status,
            "reason": self.figure.reason,
        }


@dataclass(frozen=True)
class Calendar:
    """A year of AQI: every day of it, with readings or not; ``levels`` names each category with its colour, best first."""

    subject: str
    name: str
    year: int
    edition: str
    basis: str
    synthetic: bool
    days: tuple[CalendarDay, ...]
    levels: tuple[tuple[str, str], ...]

    def counts(self) -> dict[str, int]:
        """Days by category, of those that count."""
        found = dict.fromkeys((category for category, _ in self.levels), 0)
        for each in self.days:
            if each.counts:
                found[each.figure.detail["category"]] += 1
        return found

    @property
    def missing(self) -> int:
        """Days without any AQI."""
        return sum(each.aqi is None for each in self.days)

    @property
    def insufficient(self) -> int:
        """Days with an AQI that may not be used."""
        return sum(each.aqi is not None and not each.counts for each in self.days)

    def to_dict(self) -> dict[str, Any]:
        """As ``yangban calendar --json`` prints it."""
        return {
            "subject": self.subject,
            "subject_name": self.name,
            "year": self.year,
            "edition": self.edition,
            "basis": self.basis,
            "synthetic": self.synthetic,
            "counts": self.counts(),
            "missing": self.missing,
            "insufficient": self.insufficient,
            "legend": [{"category": category, "colour": colour} for category, colour in self.levels],
            "days": [each.to_dict() for each in self.days],
        }


def make_calendar(ask: Asked, *, subject: str, year: int, edition_on: EditionOn) -> Calendar:
    """The calendar of a place's year."""
    whole = year_of(year)
    single_place(subject, on=whole.end, verb="calendar")
    figures = ask.days([subject], whole)
    edition = edition_on(subject, whole.end)
    colours = {level.category: level.colour for level in edition.levels()}
    days = tuple(CalendarDay(whole.start + _ONE_DAY * k, f, colours.get(f.detail.get("category", ""))) for k, f in enumerate(figures))
    return Calendar(
        subject=subject,
        name=regions.subject_name(subject),
        year=year,
        edition="、".join(dict.fromkeys(f.edition for f in figures)),
        basis=ask.basis,
        synthetic=any(f.synthetic for f in figures),
        days=days,
        levels=tuple(colours.items()),
    )


@dataclass(frozen=True)
class Episode:
    """A pollution process: consecutive days on which the place's AQI is above 100.

    ``primary`` are the primary pollutants with the number of days each led; ``peak`` is the day of the highest AQI; ``hours_above`` counts
    hours whose hourly report is above 100, of ``hours_known`` that have one. ``neighbours`` maps other places to the days of the episode on
    which they exceeded as well. ``open_before`` and ``open_after`` say that the day beside has no usable AQI, so that the process may be
    longer.
    """

    subject: str
    name: str
    figures: tuple[Figure, ...]
    hours_above: int
    hours_known: int
    peak_hour: Hour | None
    neighbours: Mapping[str, int]
    open_before: bool
    open_after: bool

    @property
    def start(self) -> date:
        """First day."""
        return date.fromisoformat(self.figures[0].period)

    @property
    def end(self) -> date:
        """Last day."""
        return date.fromisoformat(self.figures[-1].period)

    @property
    def peak(self) -> Figure:
        """The day of the highest AQI, the first of several."""
        return max(self.figures, key=lambda f: f.exact or 0)

    @property
    def primary(self) -> dict[str, int]:
        """Primary pollutants and the days each led, most days first."""
        days: dict[str, int] = {}
        for f in self.figures:
            for item in f.detail["primary"]:
                days[item] = days.get(item, 0) + 1
        return dict(sorted(days.items(), key=lambda pair: -pair[1]))

    def to_dict(self) -> dict[str, Any]:
        """As ``yangban episodes --json`` prints it."""
        return {
            "subject": self.subject,
            "subject_name": self.name,
            "start": self.start.isoformat(),
            "end": self.end.isoformat(),
            "days": len(self.figures),
            "primary": self.primary,
            "peak": {"day": self.peak.period, "aqi": int(self.peak.exact or 0), "category": self.peak.detail["category"]},
            "hours_above": self.hours_above,
            "hours_known": self.hours_known,
            "peak_hour": None
            if self.peak_hour is None
            else {"hour": self.peak_hour.ends.isoformat(timespec="minutes"), "aqi": self.peak_hour.index.aqi},
            "neighbours": [{"subject": c, "subject_name": regions.subject_name(c), "days": n} for c, n in self.neighbours.items()],
            "open_before": self.open_before,
            "open_after": self.open_after,
            "aqi": [int(f.exact or 0) for f in self.figures],
            "edition": self.figures[0].edition,
            "synthetic": any(f.synthetic for f in self.figures),
        }


def make_episodes(
    ask: Asked,
    workspace: Workspace,
    *,
    region: str,
    period: Period,
    edition_on: EditionOn,
    neighbours: Sequence[str] | None = None,
    at_least: int = 1,
) -> list[Episode]:
    """The pollution processes of a place, or of every place of a region, of at least so many days, by place and time.

    ``neighbours`` are the places looked at for the same days; by default the other places of the same level in the province that have
    results.
    """
    places = places_of(region, on=period.end)
    having = set(ask.results.subjects(basis=ask.basis))
    beside = {p: [c for c in (neighbours if neighbours is not None else _beside(p, having, period.end)) if c != p] for p in places}
    everyone = list(dict.fromkeys([*places, *(c for cs in beside.values() for c in cs)]))
    by_place: dict[str, list[Figure]] = {}
    for f in ask.days(everyone, period):
        by_place.setdefault(f.subject, []).append(f)
    exceeded = {c: {f.period for f in fs if _exceeds(f, edition_on)} for c, fs in by_place.items()}
    found: list[Episode] = []
    for place in places:
        line = by_place.get(place, [])
        at = 0
        for over, run in groupby(line, key=lambda f: f.period in exceeded[f.subject]):
            figures = tuple(run)
            before, after = at - 1, at + len(figures)
            at = after
            if not over or len(figures) < at_least:
                continue
            days = {f.period for f in figures}
            shared = {c: n for c in beside[place] if (n := len(days & exceeded.get(c, set())))}
            above, known, peak = _hours_above(workspace, place, figures, edition_on, ask.basis)
            found.append(
                Episode(
                    subject=place,
                    name=regions.subject_name(place),
                    figures=figures,
                    hours_above=above,
                    hours_known=known,
                    peak_hour=peak,
                    neighbours=dict(sorted(shared.items(), key=lambda pair: (-pair[1], pair[0]))),
                    open_before=before >= 0 and not line[before].usable,
                    open_after=after < len(line) and not line[after].usable,
                )
            )
    return found


def _beside(place: str, having: set[str], on: date) -> list[str]:
    """The other places of the same level in the province with results."""
    level = regions.subject_level(place)
    if level not in {"city", "county"}:
        return []
    above = regions.place(place)
    while above.level != "province" and above.parent:
        above = regions.place(above.parent)
    return [p.code for p in regions.children(above.code, level=level, on=on, zones=True) if p.code in having]


def _exceeds(figure: Figure, edition_on: EditionOn) -> bool:
    if not figure.usable or figure.exact is None:
        return False
    return bool(is_exceeding(int(figure.exact), edition_on(figure.subject, date.fromisoformat(figure.period))))


def _hours_above(
    workspace: Workspace, place: str, figures: Sequence[Figure], edition_on: EditionOn, basis: str
) -> tuple[int, int, Hour | None]:
    start, end = date.fromisoformat(figures[0].period), date.fromisoformat(figures[-1].period)
    known = [
        h for h in hours_of(workspace, start=start, end=end, subjects=[place], edition=edition_on, basis=basis) if h.index.aqi is not None
    ]
    above = sum(is_polluted(h, edition_on) for h in known)
    return above, len(known), max(known, key=lambda h: h.index.aqi or 0, default=None)


def is_polluted(hour: Hour, edition_on: EditionOn) -> bool:
    """Whether an hour's report is above 100."""
    return hour.index.aqi is not None and bool(is_exceeding(hour.index.aqi, edition_on(hour.subject, hour.day)))


@dataclass(frozen=True)
class Rose:
    """How a year or another period runs through the day, month by month.

    ``means`` holds the mean of each item by month and hour of the day; ``polluted`` the number of hours whose hourly report is above 100 of
    ``reported`` that have a report, by the same. Hours are labels of their ends, 1 to 24.
    """

    subject: str
    name: str
    period: Period
    synthetic: bool
    months: tuple[str, ...]
    means: Mapping[tuple[str, str, int], HourMean]
    polluted: Mapping[tuple[str, int], int]
    reported: Mapping[tuple[str, int], int]
    decimals: Mapping[str, int]

    def shown(self, item: str, month: str, hour: int) -> Decimal | None:
        """A mean as it is printed."""
        cell = self.means.get((item, month, hour))
        return None if cell is None else displayed(cell.mean, self.decimals[item])

    def by_hour(self, item: str, hour: int) -> Decimal | None:
        """The mean of an hour of the day over the whole period, as it is printed."""
        cells = [cell for month in self.months if (cell := self.means.get((item, month, hour)))]
        n = sum(cell.n for cell in cells)
        return displayed(sum((cell.mean * cell.n for cell in cells), Fraction(0)) / n, self.decimals[item]) if n else None

    def to_dict(self) -> dict[str, Any]:
        """As ``yangban rose --json`` prints it."""

        def cell(item: str, month: str, hour: int) -> dict[str, Any]:
            found = self.means.get((item, month, hour))
            shown = self.shown(item, month, hour)
            return {
                "hour": hour,
                "value": None if found is None else plain(found.mean),
                "display": None if shown is None else f"{shown:f}",
                "n": 0 if found is None else found.n,
            }

        hours = range(1, 25)
        return {
            "subject": self.subject,
            "subject_name": self.name,
            "period": self.period.label,
            "synthetic": self.synthetic,
            "months": list(self.months),
            "pollutants": {item: {m: [cell(item, m, h) for h in hours] for m in self.months} for item in HOURLY_SIX},
            "polluted_hours": {
                m: [{"hour": h, "polluted": self.polluted.get((m, h), 0), "reported": self.reported.get((m, h), 0)} for h in hours]
                for m in self.months
            },
        }


def make_rose(
    workspace: Workspace, *, subject: str, period: Period, edition_on: EditionOn, decimals: Callable[[str], int], basis: str = "realtime"
) -> Rose:
    """Means by month and hour, and polluted hours, of one place."""
    single_place(subject, on=period.end, verb="rose")
    means, synthetic = hourly_means(workspace, subject, start=period.start, end=period.end, edition=edition_on, basis=basis)
    polluted: dict[tuple[str, int], int] = {}
    reported: dict[tuple[str, int], int] = {}
    for hour in hours_of(workspace, start=period.start, end=period.end, subjects=[subject], edition=edition_on, basis=basis):
        key = (f"{hour.day:%Y-%m}", hour.hour)
        if hour.index.aqi is not None:
            reported[key] = reported.get(key, 0) + 1
            polluted[key] = polluted.get(key, 0) + is_polluted(hour, edition_on)
    return Rose(
        subject=subject,
        name=regions.subject_name(subject),
        period=period,
        synthetic=synthetic,
        months=tuple(dict.fromkeys(month for _, month, _ in means)),
        means=means,
        polluted=polluted,
        reported=reported,
        decimals={item: decimals(item) for item in HOURLY_SIX},
    )


@dataclass(frozen=True)
class Reached:
    """A cumulative value: what the days up to here give, over ``n`` valid days (for a region: of the place that has fewest)."""

    exact: Fraction | None
    n: int


@dataclass(frozen=True)
class CumulativeDay:
    """One day of the year: this year to here, and last year to the same day."""

    day: date
    this: Reached
    last: Reached


@dataclass(frozen=True)
class Cumulative:
    """A year to date, day by day, beside the year before.

    ``marks`` are the judged Figures at the end of each month and on the last day with data, each with the year before and the change.
    """

    subject: str
    name: str
    indicator: str
    unit: str
    year: int
    synthetic: bool
    days: tuple[CumulativeDay, ...]
    marks: tuple[tuple[Figure, Figure | None, Figure | None], ...]

    def to_dict(self) -> dict[str, Any]:
        """As ``yangban cumulative --json`` prints it."""

        def said(each: Reached) -> str | None:
            return None if each.exact is None else plain(each.exact)

        return {
            "subject": self.subject,
            "subject_name": self.name,
            "indicator": self.indicator,
            "unit": self.unit,
            "year": self.year,
            "synthetic": self.synthetic,
            "days": [
                {"day": d.day.isoformat(), "this": said(d.this), "n_this": d.this.n, "last": said(d.last), "n_last": d.last.n}
                for d in self.days
            ],
            "marks": [
                {
                    "this": this.to_dict(),
                    "last": None if last is None else last.to_dict(),
                    "change": None if change is None else change.to_dict(),
                }
                for this, last, change in self.marks
            ],
        }


def make_cumulative(ask: Asked, *, region: str, year: int, word: str) -> Cumulative:
    """The cumulative mean of a concentration, or the cumulative share of good days, of a place or a region.

    Takes ``air.good_day_ratio`` and the means of pm25, pm10, so2 and no2. A day enters by its own Figure when that may be used, as it does
    in the Figure of a period; the sums are exact, so a day's value is that of the period that ends on it.
    """
    spec = indicator(word)
    ratio = word == "air.good_day_ratio"
    if not ratio and not (word.endswith(".mean") and "day" in spec.levels and "period" in spec.levels):
        raise UnknownIndicator(f"{word!r} is not cumulated; expected air.good_day_ratio or air.<pm25|pm10|so2|no2>.mean")
    whole = year_of(year)
    places = places_of(region, on=whole.end)
    now, last_with = _running(ask, places, whole, word, ratio=ratio)
    then, _ = _running(ask, places, year_of(year - 1), word, ratio=ratio)
    if last_with is None:
        raise UsageError(f"{regions.subject_name(region)} {year} 年没有逐日结果：请先 yangban ingest 和 assess；no day results in {year}")
    days = []
    for k in range((last_with - whole.start).days + 1):
        day = whole.start + _ONE_DAY * k
        same = between(day, day).year_before().start
        days.append(CumulativeDay(day, now[day], then[same]))
    ends = [m.end for m in (month_of(year, n) for n in range(1, 13)) if m.end < last_with] + [last_with]
    periods = [whole if end == whole.end else between(whole.start, end) for end in ends]
    figures = ask.periods([region], periods, [word])
    before = {f.period: f for f in ask.periods([region], [p.year_before() for p in periods], [word])}
    changes = {f.period: f for f in ask.periods([region], periods, [f"{word}.change"])}
    marks = tuple((f, before.get(p.year_before().label), changes.get(p.label)) for p, f in zip(periods, figures, strict=True))
    return Cumulative(
        subject=region,
        name=regions.subject_name(region),
        indicator=word,
        unit=spec.unit,
        year=year,
        synthetic=any(f.synthetic for pair in marks for f in pair[:2] if f is not None),
        days=tuple(days),
        marks=marks,
    )


def _running(ask: Asked, places: Sequence[str], period: Period, word: str, *, ratio: bool) -> tuple[dict[date, Reached], date | None]:
    """By day, the mean of the places' cumulative values; and the last day that entered."""
    newest: date | None = None
    sums = dict.fromkeys(places, Fraction(0))
    counts = dict.fromkeys(places, 0)
    found: dict[date, Reached] = {}
    figures = ask.days(places, period, [_AQI if ratio else word])
    for label, of_day in groupby(figures, key=lambda f: f.period):
        for f in of_day:
            if f.usable and f.exact is not None:
                sums[f.subject] += _is_good(f) * 100 if ratio else f.exact
                counts[f.subject] += 1
                newest = date.fromisoformat(label)
        having = [p for p in places if counts[p]]
        mean = sum((sums[p] / counts[p] for p in having), Fraction(0)) / len(having) if having else None
        found[date.fromisoformat(label)] = Reached(mean, min((counts[p] for p in having), default=0))
    return found, newest


def _is_good(figure: Figure) -> bool:
    return not figure.detail["exceeding"]


def deterioration(
    ask: Asked, figures: Sequence[Figure], period: Period, *, include_insufficient: bool = False
) -> tuple[list[Ranked], list[str]]:
    """Changes ranked from the worst, and the names of the places that are not listed because their six items all attain in the period.

    ``figures`` are changes of one indicator and edition. Source: the ministry's plan of 2017 for ranking by change, and the provinces'
    practice (``change.skips_attaining`` of ranking-2018). Raises :class:`~yangban.base.errors.UsageError` for figures that are no changes.
    """
    if any(not f.indicator.endswith(CHANGE_SUFFIX) for f in figures):
        raise UsageError(
            f"恶化排名只用于变化：{figures[0].indicator}{CHANGE_SUFFIX}；--deterioration needs an indicator ending in {CHANGE_SUFFIX}"
        )
    if not figures:
        return [], []
    judged = replace(ask, edition=figures[0].edition).periods([f.subject for f in figures], [period], ["air.attains"])
    attaining = {f.subject for f in judged if f.exact == 1}
    kept = [f for f in figures if f.subject not in attaining]
    ranked = rank(kept, descending=not is_descending(figures[0].indicator), include_insufficient=include_insufficient)
    return ranked, [f.subject_name for f in figures if f.subject in attaining]
