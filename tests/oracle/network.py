"""Stations to cities and counties, dust, exclusions and audited data: HJ 663 above the single series, in slow exact fractions.

How a test of the kernel uses it (``air`` is the other half of the oracle)::

    net = generate_network.generate_network()                  # net.realtime.keys / .hours / .null are lake rows, net.registry the registry
    days = network.network_days(net.realtime.station_hours(), net.registry)                    # stations first; cities
    days = network.network_days(…, level="county", first="hours", exclusions=net.exclusions)   # counties, hours first, with exclusions
    days["360100", date(2023, 5, 1)]["pm25"]             # PlaceValue(value=Fraction(…), valid=True, n=3, of=4)
    series = network.by_place(days)["360100"]            # {day: {item: PlaceValue}}
    network.as_monitored(series, "2023", "2012")         # {"air.pm25.mean": Stat(value, ok, n), …}: the names of air.period_stats
    network.dust_excluded(series, network.dust_days(net.dust)["360100"], "2023", "2012")       # the same names, the other scope
    network.left_out(series, …, "2023", "2012")          # {"pm10": 7, "pm25": 7, "aqi": 6}
    chosen = network.best(net.realtime.station_hours(), net.audited.station_hours(), audited_daily=net.audited_daily)
    days = network.network_days(chosen.hours, net.registry, daily=chosen.daily)                # basis "best"

Hours are counted in thousandths of µg/m³ (CO: mg/m³), as the lake has them; values that come out are fractions of µg/m³ (mg/m³). A label is
the END of its hour: slot *n* of official day D has the label D 00:00 plus *n* hours, so 00:00 of D is slot 24 of the day before.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from fractions import Fraction
from typing import Any, NamedTuple

from oracle import air
from oracle.air import DayValue, Stat

Number = Fraction | int
Key = tuple[str, date]
Hours = Mapping[str, Sequence[Number | None]]
"""One subject's official day: ``{pollutant: 24 slots}``; a pollutant that is not named has no hours."""
Row = Mapping[str, Any]
"""One row of the station registry: ``station city county network role valid_from valid_to`` are read."""
Span = tuple[str, datetime | str, datetime | str]
"""``(place, from label, to label)``, both inclusive."""
Exclusion = tuple[str, str, datetime | str, datetime | str]
"""``(subject, pollutant or "all", from label, to label)``, both inclusive."""

DUST_ITEMS = ("pm10", "pm25")


class PlaceValue(NamedTuple):
    """A place's value of one item on one day.

    ``value`` is unrounded and given whenever there is anything to average. ``n`` of ``of``: stations first, valid stations of registered
    ones; hours first and for a single series, hours of 24; from a table of days, 0 of 0.
    """

    value: Fraction | None
    valid: bool
    n: int
    of: int


# ---------------------------------------------------------------- labels


def label(day: date, slot: int) -> datetime:
    """The label of slot 1 … 24 of an official day: the end of its hour."""
    return datetime.combine(day, time()) + timedelta(hours=slot)


def _instant(text: datetime | str) -> datetime:
    return datetime.fromisoformat(text) if isinstance(text, str) else text


def touched(start: datetime | str, end: datetime | str) -> frozenset[date]:
    """The official days with at least one hour label inside [start, end]."""
    first, last = _instant(start), _instant(end)
    if last < first:
        raise ValueError(f"an event ends at {last} before it starts at {first}")
    days = set()
    day = first.date() - timedelta(days=1)
    while day <= last.date():
        if any(first <= label(day, slot) <= last for slot in range(1, 25)):
            days.add(day)
        day += timedelta(days=1)
    return frozenset(days)


# ---------------------------------------------------------------- exclusions


def exclude(hours: Mapping[Key, Hours], exclusions: Iterable[Exclusion]) -> dict[Key, dict[str, list[Number | None]]]:
    """The rows without the excluded slots of their own subject. What is excluded is absent from here on, in either basis."""
    out = {key: {p: list(slots) for p, slots in row.items()} for key, row in hours.items()}
    for subject, pollutant, start, end in exclusions:
        if pollutant != "all" and pollutant not in air.HOURLY:
            raise ValueError(f"hours of {pollutant!r} cannot be excluded: say one of {air.HOURLY} or 'all'")
        first, last = _instant(start), _instant(end)
        for day in touched(first, last):
            for p, slots in out.get((subject, day), {}).items():
                if pollutant in ("all", p):
                    for n in range(len(slots)):
                        if first <= label(day, n + 1) <= last:
                            slots[n] = None
    return out


# ---------------------------------------------------------------- basis


class Best(NamedTuple):
    """What counts of each subject and day: its row of hours, or its row of a table of days. No key is in both."""

    hours: dict[Key, Hours]
    daily: dict[Key, Mapping[str, Number | None]]


def best(
    realtime: Mapping[Key, Hours],
    audited: Mapping[Key, Hours],
    *,
    audited_daily: Mapping[Key, Mapping[str, Number | None]] | None = None,
    realtime_daily: Mapping[Key, Mapping[str, Number | None]] | None = None,
    exclusions: Sequence[Exclusion] = (),
) -> Best:
    """The basis ``best``: audited days, then audited hours, then real-time hours, then real-time days.

    Whole rows of one subject and day: where any audited hour exists, nothing of the real-time row is used, not even a pollutant that the
    audited row lacks. A row without one value does not exist. Exclusions are taken out first. The basis ``audited`` is the same with
    nothing given for real time, and the other way round.
    """
    by_rank: tuple[tuple[bool, Mapping[Key, Any]], ...] = (
        (True, audited_daily or {}),
        (False, exclude(audited, exclusions)),
        (False, exclude(realtime, exclusions)),
        (True, realtime_daily or {}),
    )
    out = Best({}, {})
    for is_daily, rows in by_rank:
        for key, row in rows.items():
            if key in out.hours or key in out.daily:
                continue
            if is_daily and any(value is not None for value in row.values()):
                out.daily[key] = row
            if not is_daily and any(value is not None for slots in row.values() for value in slots):
                out.hours[key] = row
    return out


# ---------------------------------------------------------------- the registry


def _date(cell: date | str | None) -> date | None:
    if cell is None or cell == "":
        return None
    return date.fromisoformat(cell) if isinstance(cell, str) else cell


def registered(registry: Iterable[Row], day: date, *, level: str, networks: Collection[str] | None = None) -> dict[str, frozenset[str]]:
    """``{place: its evaluation stations on that day}``.

    A row holds from ``valid_from`` to ``valid_to`` inclusive, a blank is open. Only the role ``evaluation`` counts: background (清洁对照点)
    and control stations are no part of a place's mean. ``networks`` keeps only those networks; by default all.
    """
    if level not in ("city", "county"):
        raise ValueError(f"a place is a city or a county, not {level!r}")
    members: dict[str, set[str]] = {}
    for row in registry:
        start, end = _date(row["valid_from"]), _date(row["valid_to"])
        if (start is not None and day < start) or (end is not None and day > end):
            continue
        if row["role"] == "evaluation" and row[level] and (networks is None or row["network"] in networks):
            members.setdefault(row[level], set()).add(row["station"])
    return {place: frozenset(stations) for place, stations in members.items()}


def enough_stations(present: int, of: int) -> bool:
    """HJ 663 [from memory]: at least 75 % of the place's stations; at least 50 % where there are fewer than 4 of them."""
    return present > 0 and (100 * present >= 50 * of if of < 4 else 100 * present >= 75 * of)


# ---------------------------------------------------------------- the days of places


def network_days(
    station_hours: Mapping[Key, Hours],
    registry: Sequence[Row] = (),
    *,
    level: str = "city",
    first: str = "stations",
    exclusions: Sequence[Exclusion] = (),
    daily: Mapping[Key, Mapping[str, Number | None]] | None = None,
    days: Iterable[date] | None = None,
    networks: Collection[str] | None = None,
    edition: str = "2012",
    scale: int = 1000,
) -> dict[Key, dict[str, PlaceValue]]:
    """``{(place, official day): {item: PlaceValue}}``, the six items of ``air.DAILY`` in each.

    ``level``: ``city`` or ``county`` by the registry; ``station`` gives each row's own values, whatever the registry says of it (so it also
    serves for rows of cities).

    ``first="stations"``: each station's day as in ``air.day_values``; the place's value is the mean of the *valid* station values (for
    O3 of the daily maxima) and valid when enough of the registered stations are. ``first="hours"``: the place's hour is the mean of the
    station hours at hand and counts when enough of the registered stations have it; hours that do not count are absent; then the day as
    in ``air.day_values``.

    ``days``: the days to give, by default those of the rows. On each of them every place with a registered evaluation station has an entry,
    with or without a value; a place without one has none.

    ``daily``: rows of a table of days, in the unit of the hours; each stands for the whole of its station's day, its values are valid as
    given. It cannot be used hours first.
    """
    daily = daily or {}
    hours = exclude(station_hours, exclusions)
    wanted = sorted({day for _, day in (*hours, *daily)} if days is None else set(days))
    if level == "station" or first == "stations":
        stations = {key: _own(air.day_values(row, edition=edition, scale=scale)) for key, row in hours.items() if key[1] in set(wanted)}
        stations |= {key: _given(row, scale=scale) for key, row in daily.items() if key[1] in set(wanted)}
        if level == "station":
            return stations
    elif first != "hours":
        raise ValueError(f"first is 'stations' or 'hours', not {first!r}")
    elif daily:
        raise ValueError("a table of days has no hours: it cannot be used hours first")
    out = {}
    for day in wanted:
        for place, members in registered(registry, day, level=level, networks=networks).items():
            if first == "stations":
                out[place, day] = _mean_of_days([stations[s, day] for s in sorted(members) if (s, day) in stations], of=len(members))
            else:
                rows = [hours[s, day] for s in sorted(members) if (s, day) in hours]
                out[place, day] = _own(air.day_values(place_hours(rows, of=len(members)), edition=edition, scale=scale))
    return out


def _own(values: Mapping[str, DayValue]) -> dict[str, PlaceValue]:
    """A single series: so many hours of 24."""
    return {item: PlaceValue(day.value, day.valid, day.hours, 24) for item, day in values.items()}


def _given(row: Mapping[str, Number | None], *, scale: int) -> dict[str, PlaceValue]:
    """A row of a table of days: what is there is valid as it is."""
    values = {item: row.get(item) for item in air.DAILY}
    return {item: PlaceValue(None if v is None else Fraction(v) / scale, v is not None, 0, 0) for item, v in values.items()}


def _mean_of_days(stations: Sequence[Mapping[str, PlaceValue]], *, of: int) -> dict[str, PlaceValue]:
    """Stations first: the mean of the valid station days, valid when they are enough of the registered stations."""
    out = {}
    for item in air.DAILY:
        valid = [day[item].value for day in stations if day[item].valid]
        numbers = [value for value in valid if value is not None]
        out[item] = PlaceValue(air.mean(numbers) if numbers else None, enough_stations(len(numbers), of), len(numbers), of)
    return out


def place_hours(rows: Sequence[Hours], *, of: int) -> dict[str, list[Number | None]]:
    """Hours first: for each pollutant and slot the mean of the station hours at hand, where they are enough of the ``of`` registered."""
    out: dict[str, list[Number | None]] = {}
    for p in air.HOURLY:
        out[p] = [None] * 24
        for n in range(24):
            present = [value for row in rows if p in row and (value := row[p][n]) is not None]
            if enough_stations(len(present), of):
                out[p][n] = Fraction(sum(present), len(present))
    return out


def by_place(days: Mapping[Key, Mapping[str, PlaceValue]]) -> dict[str, dict[date, Mapping[str, PlaceValue]]]:
    """``{place: {day: {item: PlaceValue}}}``."""
    out: dict[str, dict[date, Mapping[str, PlaceValue]]] = {}
    for (place, day), values in days.items():
        out.setdefault(place, {})[day] = values
    return out


def valid_values(values: Mapping[str, PlaceValue]) -> dict[str, Fraction]:
    """The unrounded values of a day that count: what ``air.day_index`` takes."""
    return {item: day.value for item, day in values.items() if day.valid and day.value is not None}


# ---------------------------------------------------------------- periods in both scopes


def as_monitored(days: Mapping[date, Mapping[str, PlaceValue]], period: str, edition: str) -> dict[str, Stat]:
    """``air.period_stats`` of a place's days: means, percentiles, counts and index over the series of unrounded place days."""
    plain = {day: {item: DayValue(v.value, v.valid, v.n) for item, v in values.items()} for day, values in days.items()}
    return air.period_stats(plain, period, edition)


def dust_days(events: Iterable[Span]) -> dict[str, frozenset[date]]:
    """``{place: its dust days}``; an event touches the place it names and no other, above, below or beside it."""
    out: dict[str, frozenset[date]] = {}
    for place, start, end in events:
        out[place] = out.get(place, frozenset()) | touched(start, end)
    return out


def without_dust(days: Mapping[date, Mapping[str, PlaceValue]], dust: Collection[date]) -> dict[date, dict[str, PlaceValue]]:
    """The days with PM10 and PM2.5 taken off the dust days."""
    return {
        day: {item: value for item, value in values.items() if not (day in dust and item in DUST_ITEMS)} for day, values in days.items()
    }


def dust_day_index(values: Mapping[str, PlaceValue], edition: str, *, is_dust: bool) -> air.Index:
    """The AQI of a day under ``dust_excluded``: on a dust day that of the other four items, valid only when above 100."""
    left = {item: c for item, c in valid_values(values).items() if not (is_dust and item in DUST_ITEMS)}
    return air.day_index(left, edition)


def dust_excluded(days: Mapping[date, Mapping[str, PlaceValue]], dust: Collection[date], period: str, edition: str) -> dict[str, Stat]:
    """The same names as ``as_monitored`` under the scope ``dust_excluded``.

    Values and ``n`` are those of the days that are left; ``ok`` is judged on what was monitored (a day that dust took away was monitored).
    Where nothing is left there is no value and nothing is ``ok``. Multiples, attainment and the composite index follow from these.
    """
    monitored = as_monitored(days, period, edition)
    left = as_monitored(without_dust(days, dust), period, edition)
    out = {}
    for name, stat in left.items():
        out[name] = air.NOTHING if stat.value is None else Stat(stat.value, monitored[name].ok, stat.n)
    out |= air.multiples(out, edition)
    out["air.composite_index"] = air.composite_of(out, edition)
    out["air.attains"] = air.attains(out, edition)
    return out


def left_out(days: Mapping[date, Mapping[str, PlaceValue]], dust: Collection[date], period: str, edition: str) -> dict[str, int]:
    """How many valid day values of ``pm10`` and ``pm25`` dust takes out of a period, and how many days lose their valid AQI."""
    when = air.span(period)
    out = {**dict.fromkeys(DUST_ITEMS, 0), "aqi": 0}
    for day in dust:
        if day in days and when.start <= day <= when.end:
            for item in DUST_ITEMS:
                out[item] += item in valid_values(days[day])
            before, after = (dust_day_index(days[day], edition, is_dust=is_dust) for is_dust in (False, True))
            out["aqi"] += before.publishable and not after.publishable
    return out
