"""The Python face: frames in, frames of the same kind out.

Any frame with the Arrow interface is taken: Polars, pandas (2.2 and later), a PyArrow table. Units are declared, never guessed.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, overload

from yangban.assess.air.index import DayIndex, day_aqi
from yangban.assess.figure import FIGURE_FIELDS
from yangban.base.errors import UsageError
from yangban.base.periods import Period, parse, standard_periods
from yangban.base.pollutants import pollutant
from yangban.base.units import factor
from yangban.base.water_items import water_item
from yangban.standards import Book, load_book

if TYPE_CHECKING:
    import polars as pl

    from yangban.assess.figure import Figure
    from yangban.run.results import AirResults


def _to_polars(frame: Any) -> pl.DataFrame:
    import polars as pl

    if isinstance(frame, pl.LazyFrame):
        return frame.collect()
    if isinstance(frame, pl.DataFrame):
        return frame
    if hasattr(frame, "__arrow_c_stream__"):
        return pl.DataFrame(frame)
    raise UsageError(f"expected a frame with the Arrow interface (Polars, pandas >= 2.2, PyArrow table), got {type(frame).__name__}")


def _like(result: pl.DataFrame, frame: Any) -> Any:
    """Give a result in the kind of frame that came in."""
    home = type(frame).__module__.partition(".")[0]
    if home == "pandas":
        return result.to_pandas()
    if home == "pyarrow":
        return result.to_arrow()
    return result


@overload
def aqi(
    days: Mapping[str, Any], *, edition: str, units: Mapping[str, str] | None = None, report: bool = False, book: Book | None = None
) -> DayIndex: ...


@overload
def aqi(days: Any, *, edition: str, units: Mapping[str, str] | None = None, report: bool = False, book: Book | None = None) -> Any: ...


def aqi(days: Any, *, edition: str, units: Mapping[str, str] | None = None, report: bool = False, book: Book | None = None) -> Any:
    """The daily AQI of one day or of a frame of days.

    Source: HJ 633-2012 or HJ 633-2026, sections 4.1 to 4.4, as ``edition`` says (``hj633-2012``, ``hj633-2026``, or a family: ``2012``).

    ``days`` is a mapping of words to numbers, or a frame with columns out of ``pm25 pm10 so2 no2 co o3_8h`` (day means; ``o3_8h`` the
    daily maximum 8-hour mean), one row a day; any other columns are kept. ``units`` declares the units of columns that are not in µg/m³
    (CO: mg/m³), e.g. ``{"co": "ug/m3"}``.

    ``report`` takes, for one day, the items of the daily report instead: seven under HJ 633-2012, with ``o3`` for the daily maximum 1 hour.

    A mapping gives a :class:`~yangban.assess.air.index.DayIndex`. A frame comes back as the same kind with ``edition``,
    ``iaqi_<pollutant>``, ``aqi``, ``level`` (一级 to 六级), ``category``, ``primary`` (several joined by ``;``) and ``status``:
    ``insufficient`` marks an AQI that may not be published since an item is missing and it is not above 100.

    Raises :class:`~yangban.base.errors.UsageError` for unknown pollutants or negative values, and
    :class:`~yangban.base.errors.UnknownUnit` for units.

    >>> aqi({"pm25": 75, "pm10": 20, "so2": 5, "no2": 9, "co": 0.4, "o3_8h": 88}, edition="hj633-2026").aqi
    114
    >>> import polars as pl
    >>> days = pl.DataFrame({"pm25": [75.0, 35.4], "pm10": [20, 60], "so2": [5, 5], "no2": [9, 9], "co": [0.4, 2.2], "o3_8h": [88, 101]})
    >>> aqi(days, edition="hj633-2012").select("aqi", "category", "primary").rows()
    [(100, '良', 'pm25'), (55, '良', 'pm10;co')]
    """
    chosen = (book or load_book()).air(edition)
    scales = {word: factor(unit, pollutant(word).unit) for word, unit in (units or {}).items()}
    if isinstance(days, Mapping):
        from decimal import Decimal
        from fractions import Fraction

        exact = {w: None if v is None else Fraction(Decimal(str(v))) * scales.get(w, 1) for w, v in days.items()}
        return day_aqi(exact, chosen, report=report)
    if report:
        raise UsageError(
            "report=True takes a mapping of one day: the seven-item daily report of HJ 633-2012 is a report, not an assessment"
        )
    from yangban.assess.air.frame import frame_aqi

    return _like(frame_aqi(_to_polars(days), chosen, scales=scales), days)


def assess_air(
    readings: Any,
    *,
    edition: str = "in-force",
    periods: Sequence[str] | None = None,
    indicators: Sequence[str] | None = None,
    units: Mapping[str, str] | None = None,
    subject: str = "subject",
    time: str = "time",
    straddle: str = "refuse",
    book: Book | None = None,
) -> Any:
    """Hourly readings to Figures: day values, AQI, period statistics, composite index.

    ``readings`` is a frame of Beijing time, long (``subject, time, pollutant, value``) or wide (``subject, time, pm25, pm10, so2, no2, co,
    o3``); ``time`` is the label of the END of the hour. ``subject`` holds region codes or Chinese names. ``units`` declares every unit
    that is not µg/m³ (CO: mg/m³). ``periods`` are labels such as ``2022``, ``2022-06``; by default every year, half, quarter and month
    that the readings touch.

    Gives one row a Figure with the fields of ``yangban figures --json``: ``value`` (decimal, six places), ``display`` (text, as printed),
    ``unit``, ``edition``, ``status``, ``reason``, ``n_valid``, ``n_expected`` and so on, in the kind of frame that came in.

    Source: GB 3095, HJ 633, HJ 663 and the ranking rule of 2018, each in the edition that applies; see the book.
    """
    from yangban.assess.air.daily import day_values
    from yangban.readings.frames import slots
    from yangban.run.results import AirResults

    known = book or load_book()
    lake = slots(_to_polars(readings), units=units, subject=subject, time=time)
    first = known.air("2012") if edition == "in-force" else known.air_list(edition, start=date.today(), end=date.today())[0]
    days = day_values(lake, first).collect()
    results = AirResults(days.lazy(), known, mode=edition, straddle=straddle)
    chosen = [parse(p) for p in periods] if periods else _touched(results)
    return _like(figure_frame(results.figures(periods=chosen, indicators=indicators)), readings)


def assess_water(
    readings: Any,
    *,
    edition: str = "gb3838-2002",
    kind: str | Mapping[str, str] | None = None,
    periods: Sequence[str] | None = None,
    indicators: Sequence[str] | None = None,
    regions: Mapping[str, Sequence[str]] | None = None,
    units: Mapping[str, str] | None = None,
    rounding: str = "item",
    scope: str = "merged",
    section: str = "section",
    time: str = "time",
    book: Book | None = None,
) -> Any:
    """Readings of water sections to Figures: classes, states, item means, shares of regions, city and trophic indices.

    ``readings`` is a frame, long (``section, time, item, value``) or wide (``section, time, do, codmn, nh3n, tp, …``), in mg/L
    (temperature °C, pH 1, coliform 1/L, chla mg/m³, sd m); ``units`` declares what is otherwise. ``kind`` is ``river`` or ``lake`` for
    all sections, or by section; without it a column ``type`` says so. A column ``basis`` tells ``auto``, ``manual`` and ``monthly``
    apart. ``regions`` names the sections of each region that is to have Figures of its own. ``rounding`` is ``item`` (period
    assessments) or ``none``; ``scope`` ``merged`` or ``auto_only``.

    Gives one row a Figure as :func:`assess_air` does, in the kind of frame that came in.

    Source: GB 3838-2002, 环办〔2011〕22号, 环办监测函〔2020〕82号, 环办监测〔2017〕51号; see the book.

    >>> import polars as pl
    >>> months = pl.DataFrame({"section": ["外洲"] * 2, "time": ["2022-06-01", "2022-06-15"], "do": [7.1, 6.9], "tp": [0.06, 0.14]})
    >>> months = months.with_columns(pl.col("time").str.to_date())
    >>> assess_water(months, kind="river", periods=["2022-06"], indicators=["water.class"]).select("display", "status").rows()
    [('2', 'ok')]
    """
    from yangban.assess.water.frame import frame_figures

    known = book or load_book()
    found = frame_figures(
        _to_polars(readings),
        known.water(edition),
        lambda item, period: known.display_decimals(item, period.end, medium="water"),
        kind=kind,
        periods=None if periods is None else [parse(p) for p in periods],
        indicators=indicators,
        regions=regions,
        rounding=rounding,
        scope=scope,
        scales={word: factor(unit, water_item(word).unit) for word, unit in (units or {}).items()},
        section=section,
        time=time,
    )
    return _like(figure_frame(found), readings)


def _touched(results: AirResults) -> list[Period]:
    span = results.period_span()
    if span is None:
        return []
    first, last = span
    found = [p for year in range(first.year, last.year + 1) for p in standard_periods(year)]
    return [p for p in found if p.start <= last and p.end >= first]


def figure_frame(figures: Sequence[Figure]) -> pl.DataFrame:
    """Figures as a Polars frame: ``value`` as a decimal of six places, lists as lists, the rest as text and numbers."""
    import polars as pl

    rows = [{k: v for k, v in f.to_dict().items() if k != "detail"} for f in figures]
    kinds: dict[str, Any] = {
        "synthetic": pl.Boolean,
        "n_valid": pl.Int64,
        "n_expected": pl.Int64,
        "documents": pl.List(pl.String),
        "unverified": pl.List(pl.String),
    }
    schema = {name: kinds.get(name, pl.String) for name in FIGURE_FIELDS}
    return pl.DataFrame(rows, schema=schema, strict=True).with_columns(pl.col("value").cast(pl.Decimal(38, 6)))


class Results:
    """What a workspace has computed; made by :func:`open`."""

    def __init__(self, workspace: Path) -> None:
        from yangban.readings.workspace import Workspace
        from yangban.run.local import assessed_years, open_results

        place = Workspace.open(workspace)
        self._results = open_results(place)
        self._years = assessed_years(place)

    @property
    def years(self) -> list[int]:
        """The assessed years, oldest first."""
        return list(self._years)

    def figures(
        self,
        *,
        period: str | Sequence[str] | None = None,
        subject: str | Sequence[str] | None = None,
        indicator: str | Sequence[str] | None = None,
        edition: str | None = None,
        base: str = "yoy",
    ) -> pl.DataFrame:
        """Figures as a Polars frame; each argument takes one word or several, ``None`` for all (periods: the latest assessed year)."""
        from yangban.base import regions

        wanted = _several(period) or [str(self._years[-1])]
        subjects = _several(subject)
        codes = None if subjects is None else [s if ":" in s else regions.place(s).code for s in subjects]
        return figure_frame(
            self._results.figures(
                subjects=codes, periods=[parse(p) for p in wanted], indicators=_several(indicator), edition=edition, base=base
            )
        )


def _several(words: str | Sequence[str] | None) -> list[str] | None:
    return None if words is None else [words] if isinstance(words, str) else list(words)


def open(workspace: str | os.PathLike[str] | None = None) -> Results:
    """Open a workspace for reading: a path, ``$YANGBAN_HOME``, or ``./yangban-data``."""
    return Results(Path(workspace or os.environ.get("YANGBAN_HOME") or "yangban-data"))


__all__ = ["Results", "aqi", "assess_air", "assess_water", "figure_frame", "open"]
