"""Hour labels as sources write them, read into naive Beijing datetimes that mark the END of the hour."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from typing import Final

_HOUR: Final = timedelta(hours=1)
_BEIJING: Final = timedelta(hours=8)
_FULL: Final = re.compile(
    r"(?P<year>\d{4})\s*[-/.年]\s*(?P<month>\d{1,2})\s*[-/.月]\s*(?P<day>\d{1,2})\s*日?(?:\s*T?\s*(?P<hour>\d{1,2})\s*(?:[:：时点]\s*(?P<minute>\d{1,2})?\s*分?(?::(?P<second>\d{1,2})(?:\.0+)?)?)?"
    r"\s*(?P<zone>Z|[+-]\d{2}:?\d{2})?)?",
    re.ASCII,
)
_TIGHT: Final = re.compile(
    r"(?P<year>\d{4})(?P<month>\d{2})(?P<day>\d{2})(?:[ T]?(?P<hour>\d{2})(?::?(?P<minute>\d{2})(?::?(?P<second>\d{2}))?)?)?(?P<zone>)",
    re.ASCII,
)
_NO_YEAR: Final = re.compile(r"\d{1,2}\s*[-/.月]\s*\d{1,2}\s*日?(?:\s+\d{1,2}(?:[:时点].*)?)?", re.ASCII)


def end_label(text: str, hour: str | None = None, *, label: str = "end") -> datetime | str:
    """The end of the hour that ``text`` (or a date in ``text`` and an ``hour`` beside it) names, in Beijing time.

    ``label`` says what the source's label marks: ``end`` or ``start`` of the hour. Hour 24 is hour 0 of the next day. A text with a
    zone is converted. Gives the id of the rule that refuses it (``bad_time`` or ``no_year``) when it cannot be read or is no full hour.

    >>> end_label("20220101", "24"), end_label("2022年1月1日8时"), end_label("01-01 08:00"), end_label("2022-01-01 08:30")
    (datetime.datetime(2022, 1, 2, 0, 0), datetime.datetime(2022, 1, 1, 8, 0), 'no_year', 'bad_time')
    """
    cell = text.strip()
    found = _FULL.fullmatch(cell) or _TIGHT.fullmatch(cell)
    if not found:
        return "no_year" if _NO_YEAR.fullmatch(cell) else "bad_time"
    part = found.groupdict()
    if hour is not None:
        told = re.fullmatch(r"(\d{1,2})(?:\.0+|[:：]00(?::00)?|时|点)?", hour.strip(), re.ASCII)
        # A date cell may carry an empty 00:00 of its own, as spreadsheets write it; the hour beside it is the one meant.
        if not told or int(part["hour"] or 0) or int(part["minute"] or 0):
            return "bad_time"
        part["hour"] = told[1]
    if part["hour"] is None or int(part["minute"] or 0) or int(part["second"] or 0):
        return "bad_time"
    hours = int(part["hour"])
    if hours > 24:
        return "bad_time"
    try:
        moment = datetime(int(part["year"]), int(part["month"]), int(part["day"])) + hours * _HOUR
        zone = part["zone"]
        if zone:
            moment += _BEIJING - (timedelta() if zone == "Z" else _offset(zone))
        if moment.minute:
            return "bad_time"
        moment = moment + _HOUR if label == "start" else moment
    except (ValueError, OverflowError):
        return "bad_time"
    return moment if moment.year >= _EARLIEST else "bad_time"


def day_label(text: str) -> date | str:
    """The day that a date names, or the id of the rule that refuses it; a midnight beside it, as programs write dates, is no hour.

    >>> day_label("2022年1月1日"), day_label("2022-01-01 00:00:00"), day_label("20220101"), day_label("2022-01-01 08:00")
    (datetime.date(2022, 1, 1), datetime.date(2022, 1, 1), datetime.date(2022, 1, 1), 'bad_time')
    """
    cell = text.strip()
    found = _FULL.fullmatch(cell) or _TIGHT.fullmatch(cell)
    if not found:
        return "no_year" if _NO_YEAR.fullmatch(cell) else "bad_time"
    part = found.groupdict()
    if part["zone"] or any(int(part[name] or 0) for name in ("hour", "minute", "second")):
        return "bad_time"
    try:
        day = date(int(part["year"]), int(part["month"]), int(part["day"]))
    except ValueError:
        return "bad_time"
    return day if day.year >= _EARLIEST else "bad_time"


def clock_time(text: str) -> datetime | str:
    """The moment that a text names to the minute, in Beijing time; a day alone is its 00:00.

    Instruments of water report at moments and samples are taken at moments, so nothing is the end of an hour here. Gives ``no_year`` or
    ``bad_water_time`` when the text cannot be read.

    >>> clock_time("2022-02-12 12:04"), clock_time("2022/6/5"), clock_time("02-12 12:04")
    (datetime.datetime(2022, 2, 12, 12, 4), datetime.datetime(2022, 6, 5, 0, 0), 'no_year')
    """
    cell = text.strip()
    found = _FULL.fullmatch(cell) or _TIGHT.fullmatch(cell)
    if not found:
        return "no_year" if no_year(cell) else "bad_water_time"
    part = found.groupdict()
    hours, minutes = int(part["hour"] or 0), int(part["minute"] or 0)
    if hours > 24 or minutes > 59:
        return "bad_water_time"
    try:
        moment = datetime(int(part["year"]), int(part["month"]), int(part["day"])) + timedelta(hours=hours, minutes=minutes)
        zone = part["zone"]
        if zone:
            moment += _BEIJING - (timedelta() if zone == "Z" else _offset(zone))
    except (ValueError, OverflowError):
        return "bad_water_time"
    return moment if moment.year >= _EARLIEST else "bad_water_time"


def no_year(text: str) -> bool:
    """Whether a text is a month and a day without a year.

    >>> no_year("06-05 16:00"), no_year("2022-06-05")
    (True, False)
    """
    return _NO_YEAR.fullmatch(text.strip()) is not None


def is_bare_date(text: str) -> bool:
    """Whether a text names a day and no hour at all.

    >>> is_bare_date("2022-01-01"), is_bare_date("2022-01-01 00:00")
    (True, False)
    """
    found = _FULL.fullmatch(text.strip()) or _TIGHT.fullmatch(text.strip())
    return found is not None and found.groupdict()["hour"] is None


_EARLIEST: Final = 1970
"""No automatic station is older; an earlier year is a broken clock or a shifted column."""


def _offset(zone: str) -> timedelta:
    sign = -1 if zone[0] == "-" else 1
    return sign * timedelta(hours=int(zone[1:3]), minutes=int(zone[-2:]))
