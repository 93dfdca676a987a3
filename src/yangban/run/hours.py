"""Hours as they are asked for day by day: the hourly report of a place, and how a pollutant runs through the day over a period.

The lake's rows are read, without the hours that an exclusion takes out; a place without hours of its own has the means of its stations'.
Indices come from :func:`~yangban.assess.air.index.hour_aqi`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from fractions import Fraction
from math import lcm
from typing import Any, Final

import polars as pl

from yangban.assess.air.daily import KEYS, slot
from yangban.assess.air.index import DayIndex, hour_aqi, hour_averaging
from yangban.assess.air.network import hours_of_places
from yangban.assess.air.rules import SLOTS, THOUSANDTHS, day_rules
from yangban.base.pollutants import HOURLY_SIX
from yangban.readings.events import exclude, spread
from yangban.readings.events import load as load_events
from yangban.readings.lake import Lake
from yangban.readings.stations import Registry
from yangban.readings.workspace import Workspace
from yangban.run.local import read_manifest, workspace_book
from yangban.standards import AirEdition

EditionOn = Callable[[str, date], AirEdition]
"""The edition by which a subject is judged on a day."""

_ONE_DAY: Final = timedelta(days=1)


@dataclass(frozen=True)
class Hour:
    """One hour of a place: ``values`` are the 1-hour means (µg/m³; CO mg/m³) that it has, ``index`` the hourly report of its edition.

    ``hour`` is the label of its end in the official ``day``, 1 to 24.
    """

    subject: str
    day: date
    hour: int
    values: Mapping[str, Fraction]
    index: DayIndex
    synthetic: bool

    @property
    def ends(self) -> datetime:
        """When the hour ends, Beijing time; hour 24 ends at 00:00 of the next day."""
        return datetime.combine(self.day, datetime.min.time()) + timedelta(hours=self.hour)


def edition_on(workspace: Workspace, wanted: str | None = None) -> EditionOn:
    """The edition in force on a day for a place (with its local limits), or the first of those ``wanted``; default as assessed."""
    manifest = read_manifest(workspace)
    mode = wanted or (manifest[max(manifest)]["editions"] if manifest else "in-force")
    book = workspace_book(workspace)

    def chosen(subject: str, day: date) -> AirEdition:
        region = "100000" if ":" in subject else subject
        return book.air_list(mode, start=day, end=day, region=region)[0]

    return chosen


_CELLS: Final = tuple(slot(item, hour) for item in HOURLY_SIX for hour in range(1, SLOTS + 1))


def hour_rows(
    workspace: Workspace, *, start: date, end: date, subjects: Collection[str], edition: EditionOn, basis: str = "realtime"
) -> pl.DataFrame:
    """Day rows with the hours that count, one per subject and day: the lake's keys, the slots (Int128) and ``scale``.

    A slot is thousandths times ``scale``, which is the same in every row. With basis ``best`` the audited row of a subject and day stands
    before the real-time one. A city or county without a row of its own on a day has the hourly means of its stations, where enough of them
    report (hours first: only an hour itself can be shown that way).
    """
    lake = Lake(workspace)
    registry = Registry.load(workspace).frame()
    events = spread(load_events(workspace), registry)
    wanted = sorted(subjects)

    def of_basis(each: str) -> list[pl.DataFrame]:
        own = exclude(lake.air(start=start, end=end, basis=each, subjects=wanted), events)
        found = [own.select(*KEYS, pl.lit(1, dtype=pl.Int64).alias("scale"), *_CELLS).collect()]
        for level in ("city", "county"):
            codes = registry.filter(pl.col(level).is_in(wanted))
            if codes.height:
                stations = lake.air(start=start, end=end, level="station", basis=each, subjects=codes["station"].unique())
                judged = edition(wanted[0], end)
                averaged = hours_of_places(exclude(stations, events), codes, judged, level=level).select(*KEYS, "scale", *_CELLS)
                found.append(averaged.join(found[0], on=["subject", "day"], how="anti"))
        return [frame for frame in found if frame.height]

    frames = [frame for each in (("audited", "realtime") if basis == "best" else (basis,)) for frame in of_basis(each)]
    whole = lcm(*(int(scale) for frame in frames for scale in frame["scale"].unique()))
    rows = [frame.with_columns((pl.col(c).cast(pl.Int128) * (whole // pl.col("scale"))).alias(c) for c in _CELLS) for frame in frames]
    if not rows:
        return pl.DataFrame(schema={"subject": pl.String, "day": pl.Date, "synthetic": pl.Boolean, "scale": pl.Int64})
    together = pl.concat([frame.with_columns(scale=pl.lit(whole, dtype=pl.Int64)) for frame in rows])
    # Audited rows come first, and of one subject and day the first stays.
    return together.unique(["subject", "day"], keep="first", maintain_order=True).sort("subject", "day")


def hours_of(
    workspace: Workspace, *, start: date, end: date, subjects: Collection[str], edition: EditionOn, basis: str = "realtime"
) -> list[Hour]:
    """The hours that have a value, of official days ``start`` to ``end``, by subject and time.

    The running means that the hourly report of HJ 633-2012 uses take up to 24 hours before; as a day's mean needs 20 hours and an 8-hour
    mean 6, so do they. That a running 24-hour mean needs as many hours as a day's is our reading, which no text read so far states.
    """
    rows = hour_rows(workspace, start=start - _ONE_DAY, end=end, subjects=subjects, edition=edition, basis=basis)
    found: list[Hour] = []
    nothing: Mapping[str, list[int | None]] = {item: [None] * SLOTS for item in HOURLY_SIX}
    before: tuple[str, date, Mapping[str, list[int | None]]] | None = None
    for row in rows.iter_rows(named=True):
        subject, day = row["subject"], row["day"]
        today = {item: [row[slot(item, hour)] for hour in range(1, SLOTS + 1)] for item in HOURLY_SIX}
        past = before[2] if before is not None and before[:2] == (subject, day - _ONE_DAY) else nothing
        if day >= start:
            found += _hours_of_day(
                subject, day, today, past, edition(subject, day), unit=THOUSANDTHS * row["scale"], synthetic=bool(row["synthetic"])
            )
        before = (subject, day, today)
    return found


def _hours_of_day(
    subject: str,
    day: date,
    today: Mapping[str, list[int | None]],
    past: Mapping[str, list[int | None]],
    edition: AirEdition,
    *,
    unit: int,
    synthetic: bool,
) -> Iterator[Hour]:
    line = {item: [*past[item], *today[item]] for item in HOURLY_SIX}
    for hour in range(1, SLOTS + 1):
        end = SLOTS + hour
        found = report_at({item: line[item][hour:end] for item in HOURLY_SIX}, edition, unit=unit)
        if found is not None:
            yield Hour(subject, day, hour, *found, synthetic)


def report_at(
    line: Mapping[str, Sequence[int | Fraction | None]], edition: AirEdition, *, unit: int = THOUSANDTHS
) -> tuple[dict[str, Fraction], DayIndex] | None:
    """The 1-hour means and the hourly report at the last of 24 hours; ``None`` when that hour has no value.

    ``line`` has for each item the values of the 24 hours up to it, in parts of ``unit``; the hours before are for the running means that
    the report of HJ 633-2012 takes.
    """
    rules = day_rules(edition)
    values = {item: Fraction(v) / unit for item in HOURLY_SIX if (v := line[item][-1]) is not None}
    if not values:
        return None
    reported: dict[str, Fraction | None] = dict(values)
    for word in hour_averaging(edition):
        if word.endswith("_24h"):
            reported[word] = _mean(line[word.removesuffix("_24h")], rules.hours, unit)
        elif word == "o3_8h":
            reported[word] = _mean(line["o3"][-rules.window_length :], rules.window_hours, unit)
    return values, hour_aqi(reported, edition)


def _mean(window: Sequence[int | Fraction | None], least: int, unit: int) -> Fraction | None:
    valid = [v for v in window if v is not None]
    return Fraction(sum(valid)) / (len(valid) * unit) if len(valid) >= least else None


@dataclass(frozen=True)
class HourMean:
    """The mean of one hour of the day over the days of a month that have it; ``n`` of them do."""

    mean: Fraction
    n: int


def hourly_means(
    workspace: Workspace, subject: str, *, start: date, end: date, edition: EditionOn, basis: str = "realtime"
) -> tuple[dict[tuple[str, str, int], HourMean], bool]:
    """Means by item, month (``2022-06``) and hour of the day (1 to 24), and whether a synthetic row stands under them.

    An hour without a value in a month is absent. The mean is taken over what there is: no rule of completeness is known for it, so ``n`` is
    given with it.
    """
    rows = hour_rows(workspace, start=start, end=end, subjects=[subject], edition=edition, basis=basis)
    found: dict[tuple[str, str, int], HourMean] = {}
    if rows.is_empty():
        return found, False
    table = (
        rows.group_by(month=pl.col("day").dt.strftime("%Y-%m"))
        .agg(
            pl.col("scale").first(),
            *(pl.col(c).sum().alias(f"{c}_sum") for c in _CELLS),
            *(pl.col(c).count().alias(f"{c}_n") for c in _CELLS),
        )
        .sort("month")
    )
    row: Mapping[str, Any]
    for row in table.iter_rows(named=True):
        for item in HOURLY_SIX:
            for hour in range(1, SLOTS + 1):
                cell = slot(item, hour)
                if n := row[f"{cell}_n"]:
                    mean = Fraction(row[f"{cell}_sum"], n * THOUSANDTHS * row["scale"])
                    found[item, row["month"], hour] = HourMean(mean, n)
    return found, bool(rows["synthetic"].any())
