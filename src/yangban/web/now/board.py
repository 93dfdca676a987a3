"""To bring the board of the present hour up to date: with what arrives at the interface, and with what the lake has taken in.

Both ways end in the same rows. :func:`arrive` runs inside the transaction that acknowledges a delivery, so the page shows an hour in the
first request after its sender has been answered; :func:`refresh` lays the lake's last two official days over it once they are taken in,
without the hours that a named person has excluded.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from fractions import Fraction
from functools import lru_cache
from typing import Any, Final, NamedTuple
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import F, Max
from django.utils import timezone

from yangban.assess.air.daily import slot
from yangban.assess.air.index import DayIndex, hour_averaging
from yangban.assess.air.network import EVALUATION, is_enough
from yangban.assess.air.rules import SLOTS, index_decimals, share_rules
from yangban.base import regions
from yangban.base.errors import YangbanError
from yangban.base.exact import round_half_even
from yangban.base.pollutants import HOURLY_SIX
from yangban.readings.events import exclude, spread
from yangban.readings.events import load as load_events
from yangban.readings.formats.sheet import FUTURE_MINUTES
from yangban.readings.lake import Lake
from yangban.readings.stations import Registry, Station
from yangban.readings.workspace import Workspace
from yangban.run.hours import EditionOn, edition_on, report_at
from yangban.standards import AirEdition
from yangban.web.now.models import NowHour, NowStamp, NowSubject

BEIJING: Final = ZoneInfo("Asia/Shanghai")
WINDOW: Final = timedelta(hours=49)
"""Hours that are kept: a day for the page, and a day before each of its hours for running means."""

_AHEAD: Final = timedelta(minutes=FUTURE_MINUTES)
_SHOWN: Final = timedelta(hours=24)
_DAYS: Final = 2
_BATCH: Final = 400

Hours = Mapping[tuple[str, datetime], Mapping[str, int | None]]
"""Of subjects and ends of hours the thousandths by item."""


@lru_cache(maxsize=4)
def _registry(workspace: Workspace, _stamp: int) -> Registry:
    return Registry.load(workspace)


def registry_of(workspace: Workspace) -> Registry:
    """The stations of a workspace, read again when their list has changed."""
    file = workspace.path / "stations.csv"
    return _registry(workspace, file.stat().st_mtime_ns if file.is_file() else 0)


def arrive(workspace: Workspace, hours: Hours, *, received: datetime, synthetic: bool = False) -> int:
    """Lay hours over those that are there, item by item; gives how many hours changed. A null never erases."""
    return _lay(workspace, hours, received=received, synthetic=dict.fromkeys(hours, synthetic), whole=False)


def refresh(workspace: Workspace) -> int:
    """Lay the last official days of the lake over the board: each hour then has what the lake has of it. Gives how many hours changed."""
    lake = Lake(workspace)
    span = lake.days()
    if span is None:
        return 0
    start, end = span[1] - timedelta(days=_DAYS - 1), span[1]
    rows = exclude(lake.air(start=start, end=end), spread(load_events(workspace), registry_of(workspace).frame()))
    cells = [slot(item, hour) for item in HOURLY_SIX for hour in range(1, SLOTS + 1)]
    found: dict[tuple[str, datetime], dict[str, int | None]] = defaultdict(dict)
    made_up: dict[tuple[str, datetime], bool] = {}
    for row in rows.select("subject", "day", "synthetic", *cells).collect().iter_rows(named=True):
        midnight = datetime.combine(row["day"], datetime.min.time(), BEIJING)
        for hour in range(1, SLOTS + 1):
            values = {item: v for item in HOURLY_SIX if (v := row[slot(item, hour)]) is not None}
            if values:
                key = row["subject"], midnight + timedelta(hours=hour)
                found[key], made_up[key] = dict(values), bool(row["synthetic"])
    with transaction.atomic():
        return _lay(workspace, found, received=timezone.now(), synthetic=made_up, whole=True)


def _lay(workspace: Workspace, hours: Hours, *, received: datetime, synthetic: Mapping[tuple[str, datetime], bool], whole: bool) -> int:
    _hold()
    # A clock that runs ahead must not push out what is true: the intake refuses such an hour by name.
    hours = {key: values for key, values in hours.items() if key[1] <= received + _AHEAD}
    last = max((ends for _, ends in hours), default=None)
    held_last = NowHour.objects.aggregate(last=Max("ends"))["last"]
    if last is None:
        return 0
    newest = max(last, held_last or last)
    wanted = {key: values for key, values in hours.items() if key[1] > newest - WINDOW}
    held = _held({subject for subject, _ in wanted}, newest - WINDOW)
    fresh = []
    for (subject, ends), values in wanted.items():
        row = held.get((subject, ends))
        before = {} if row is None else row.values
        given = {item: v for item, v in values.items() if v is not None}
        after = given if whole else {**before, **given}
        mark = synthetic.get((subject, ends), False) or (not whole and row is not None and row.synthetic)
        if row is None or after != before or mark != row.synthetic:
            fresh.append(NowHour(subject=subject, ends=ends, values=after, synthetic=mark, received=received))
    if fresh:
        NowHour.objects.bulk_create(
            fresh,
            batch_size=_BATCH,
            update_conflicts=True,
            unique_fields=("subject", "ends"),
            update_fields=("values", "synthetic", "received"),
        )
        NowHour.objects.filter(ends__lte=newest - WINDOW).delete()
        _report(workspace, {row.subject for row in fresh}, newest)
        NowStamp.objects.filter(pk=1).update(number=F("number") + 1, arrived=received)
    return len(fresh)


def _hold() -> None:
    """Hold the one row of the stamp, so that two arrivals on the board come one after the other."""
    NowStamp.objects.get_or_create(pk=1)
    NowStamp.objects.select_for_update().get(pk=1)


class _Hour(NamedTuple):
    """A row of the board's hours, without the weight of a model: a city asks for hundreds of them."""

    values: Mapping[str, int]
    synthetic: bool
    received: datetime


def _held(subjects: Collection[str], since: datetime) -> dict[tuple[str, datetime], _Hour]:
    named = sorted(subjects)
    fields = ("subject", "ends", "values", "synthetic", "received")
    return {
        (subject, ends): _Hour(*rest)
        for start in range(0, len(named), _BATCH)
        for subject, ends, *rest in NowHour.objects.filter(subject__in=named[start : start + _BATCH], ends__gte=since).values_list(*fields)
    }


# -------------------------------------------------------------------------------------------------------------------------- the report


@dataclass(frozen=True)
class _Line:
    """Hours of one subject: by end, thousandths by item; for a place also how many stations stand under an item, and of how many."""

    values: Mapping[datetime, Mapping[str, Fraction | int]]
    received: datetime
    synthetic: bool
    counts: Mapping[datetime, tuple[int, int]]


def _report(workspace: Workspace, touched: Collection[str], newest: datetime) -> None:
    """Work out again what the page shows of the subjects that changed, and of the cities in which changed stations count."""
    edition, on = edition_on(workspace, "in-force"), official_day(newest)
    known = _membership(registry_of(workspace), on)
    cities = {known.home[each].city for each in touched if each in known.home} | {
        each for each in touched if not each.startswith("station:")
    }
    concerned = sorted({*touched, *(each for each in cities if each)})
    needed = {*concerned, *(row.station for city in cities for row in known.of_city.get(city, ()))}
    hours: dict[str, dict[datetime, _Hour]] = defaultdict(dict)
    for (subject, ends), row in _held(needed, _since(concerned, newest, edition("100000", on))).items():
        hours[subject][ends] = row
    shown = []
    for subject in concerned:
        members = known.of_city.get(subject, ())
        line = _of_stations(members, hours, edition(subject, on)) if members else None
        held = line or _own(hours.get(subject, {}))
        made = None if held is None else _shown(subject, held, known.home.get(subject), edition)
        if made is not None:
            shown.append(made)
    fields = [each.name for each in NowSubject._meta.fields if each.name != "subject"]
    NowSubject.objects.bulk_create(shown, batch_size=_BATCH, update_conflicts=True, unique_fields=("subject",), update_fields=fields)


def _since(concerned: Sequence[str], newest: datetime, edition: AirEdition) -> datetime:
    """From which hour on rows are needed: a day before what is shown where the clock takes running means, else what is shown."""
    ends = [
        row
        for start in range(0, len(concerned), _BATCH)
        for row in NowSubject.objects.filter(subject__in=concerned[start : start + _BATCH]).values_list("ends", flat=True)
    ]
    whole = len(ends) < len(concerned) or _is_running(edition)
    return newest - WINDOW if whole else max(newest - _SHOWN, min(*ends, newest - timedelta(hours=1)))


def _is_running(edition: AirEdition) -> bool:
    return any(word.endswith("_24h") or word == "o3_8h" for word in hour_averaging(edition))


@dataclass(frozen=True)
class _Membership:
    """Of a day: where each station lies, and which evaluation stations each city has."""

    home: Mapping[str, Station]
    of_city: Mapping[str, Sequence[Station]]


@lru_cache(maxsize=4)
def _membership(registry: Registry, on: date) -> _Membership:
    home: dict[str, Station] = {}
    of_city: dict[str, list[Station]] = defaultdict(list)
    for row in registry.rows:
        if row.holds_on(on):
            home[row.station] = row
            if row.role == EVALUATION and row.city:
                of_city[row.city].append(row)
    return _Membership(home, dict(of_city))


def official_day(ends: datetime) -> date:
    """The official day of an hour: that at whose end 00:00 lies is the day before."""
    return (ends.astimezone(BEIJING) - timedelta(hours=1)).date()


def _own(rows: Mapping[datetime, _Hour]) -> _Line | None:
    if not rows:
        return None
    last = rows[max(rows)]
    return _Line({ends: row.values for ends, row in rows.items()}, last.received, any(row.synthetic for row in rows.values()), {})


def _of_stations(members: Sequence[Station], hours: Mapping[str, Mapping[datetime, _Hour]], edition: AirEdition) -> _Line | None:
    """A city's hours from those of its stations: each item's mean where enough of the registered stations have it."""
    rules, of = share_rules(edition), len(members)
    rows = [(ends, row) for each in members for ends, row in hours.get(each.station, {}).items()]
    if not rows:
        return None
    values: dict[datetime, dict[str, Fraction | int]] = {}
    counts: dict[datetime, tuple[int, int]] = {}
    by_end: dict[datetime, list[_Hour]] = defaultdict(list)
    for ends, row in rows:
        by_end[ends].append(row)
    for ends, several in by_end.items():
        found: dict[str, Fraction | int] = {}
        for item in HOURLY_SIX:
            own = [row.values[item] for row in several if item in row.values]
            if is_enough(len(own), of, rules):
                found[item] = Fraction(sum(own), len(own))
        values[ends], counts[ends] = found, (len(several), of)
    newest = max(rows, key=lambda each: each[0])
    return _Line(values, max(row.received for row in by_end[newest[0]]), any(row.synthetic for _, row in rows), counts)


def _shown(subject: str, line: _Line, station: Station | None, edition: EditionOn) -> NowSubject | None:
    """The last hour of which an index may be given, else the last one with any value."""
    fallback = None
    newest = max(line.values)
    for ends in sorted((each for each in line.values if each > newest - _SHOWN), reverse=True):
        rules = edition(subject, official_day(ends))
        found = report_at(_before(line.values, ends, rules), rules)
        if found is None:
            continue
        made = _row(subject, station, ends, line, rules, *found)
        if made.status == "ok":
            return made
        fallback = fallback or made
    return fallback


def _before(
    values: Mapping[datetime, Mapping[str, Fraction | int]], ends: datetime, edition: AirEdition
) -> dict[str, list[Fraction | int | None]]:
    """The 24 hours up to one; where no running mean is asked for, that hour alone is looked up."""
    spans = range(SLOTS - 1, -1, -1) if _is_running(edition) else (0,)
    rows = [values.get(ends - timedelta(hours=back), {}) for back in spans]
    return {item: [row.get(item) for row in rows] for item in HOURLY_SIX}


def _row(
    subject: str, station: Station | None, ends: datetime, line: _Line, edition: AirEdition, values: Mapping[str, Fraction], index: DayIndex
) -> NowSubject:
    name, level, place = _named(subject, station)
    stations, of = line.counts.get(ends, (None, None))
    printed = {item: f"{round_half_even(value, index_decimals(edition, item)):f}" for item, value in values.items()}
    return NowSubject(
        subject=subject,
        name=name,
        level=level,
        place=place,
        ends=ends,
        received=line.received,
        edition=edition.id,
        values=printed,
        aqi=index.aqi,
        grade=None if index.level is None else index.level.number,
        primary=[word.removesuffix("_24h") for word in index.primary],
        status=index.status,
        reason=index.reason,
        stations=stations,
        of=of,
        synthetic=line.synthetic,
    )


def _named(subject: str, station: Station | None) -> tuple[str, str, str]:
    """Name, level, and the city in which a subject lies."""
    if subject.startswith("station:"):
        code = subject.partition(":")[2]
        return (station.name or code if station else code), "station", (station.city if station else "")
    try:
        place = regions.place(subject)
    except YangbanError:
        return subject, "", ""
    return place.name, place.level, subject if place.level != "county" else f"{subject[:4]}00"


def parsed(rows: Iterable[Mapping[str, Any]]) -> dict[tuple[str, datetime], dict[str, int | None]]:
    """Hours of the interface as the board takes them; a negative or impossible number is left to the intake, which refuses it by name."""
    found: dict[tuple[str, datetime], dict[str, int | None]] = {}
    for row in rows:
        ends = datetime.fromisoformat(row["time"]).replace(tzinfo=BEIJING)
        values = found.setdefault((row["subject"], ends), {})
        for item in HOURLY_SIX:
            thousandths = None if row.get(item) is None else Fraction(row[item]) * 1000
            if thousandths is not None and 0 <= thousandths <= _MOST and thousandths.denominator == 1:
                values[item] = int(thousandths)
    return found


_MOST: Final = 2**31 - 1
