"""Generated city-days with engineered ties and edges, the same for the same seed (and version of numpy).

Hours are integers of thousandths (µg/m³; CO mg/m³), so that a frame of the lake and the oracle can be fed from one array. The engineered
days aim at the places where implementations differ: a mean exactly half-way between two reportable values, on a limit or a break-point or
half a unit beside it; several 8-h windows that share the largest mean; 19, 20 or 21 hours; 13, 14 or 15 windows with O3 near 160;
two pollutants with the same IAQI; zeros and dust storms; months and years with one valid day too few.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

POLLUTANTS = ("pm25", "pm10", "so2", "no2", "co", "o3")
"""The order of the second axis of the arrays."""

FIRST_DAY = date(2023, 1, 1)
DAYS = 365

_STEP = (1000, 1000, 1000, 1000, 100, 1000)  # the reportable unit in thousandths
_TYPICAL = (32, 60, 10, 28, 8, 70)  # in reportable units
# Limits and break-points of either edition in reportable units: where an error of one unit shows.
_EDGES = (
    (25, 30, 35, 50, 60, 75, 115, 150, 250, 350, 500),
    (50, 60, 70, 100, 120, 150, 250, 350, 420, 500, 600),
    (20, 50, 60, 150, 475, 800, 1600, 2100, 2620),
    (30, 40, 50, 80, 180, 280, 565, 750, 940),
    (20, 40, 140, 240, 360, 480, 600),
    (100, 160, 161, 215, 265, 800, 801),
)
# Daily concentrations with one IAQI, in reportable units: (IAQI, pm25, pm10, so2, no2, co, o3) in both editions.
_SAME_INDEX = ((50, 35, 50, 50, 40, 20, 100), (150, 115, 250, 475, 180, 140, 215), (200, 150, 350, 800, 280, 240, 265))

PLAIN, HALF, EDGE, WINDOWS, FEW_WINDOWS, SAME_INDEX, ZERO, DUST, MISSING = range(9)
KINDS = ("plain", "half", "edge", "windows", "few_windows", "same_index", "zero", "dust", "missing")


@dataclass(frozen=True)
class Sample:
    """``n`` city-days: row *r* is subject ``r // 365`` on day ``FIRST_DAY + r % 365``.

    ``hours`` int32 (n, 6, 24), thousandths, 0 where ``null``; ``null`` bool (n, 6, 24); ``kind`` int8 (n,): an index into ``KINDS``.
    """

    hours: NDArray[np.int32]
    null: NDArray[np.bool_]
    kind: NDArray[np.int8]

    def __len__(self) -> int:
        return len(self.hours)

    def subject(self, row: int) -> int:
        """The number of the row's subject."""
        return row // DAYS

    def day(self, row: int) -> date:
        """The row's official day."""
        return FIRST_DAY + timedelta(days=row % DAYS)

    def rows(self, first: int = 0, last: int | None = None) -> Iterator[dict[str, list[int | None]]]:
        """Each row as the oracle takes it, with ``scale=1000``: ``{pollutant: 24 slots}``."""
        last = len(self) if last is None else last
        for start in range(first, last, 2000):
            stop = min(start + 2000, last)
            values, gaps = self.hours[start:stop].tolist(), self.null[start:stop].tolist()
            for day, gap in zip(values, gaps, strict=True):
                yield {
                    pollutant: [None if absent else value for value, absent in zip(v, g, strict=True)]
                    for pollutant, v, g in zip(POLLUTANTS, day, gap, strict=True)
                }


def generate(*, subjects: int = 300, seed: int = 20260301) -> Sample:
    """``subjects`` years of 365 city-days; 300 give 109,500 days with far more than 20,000 exact ties."""
    rng = np.random.Generator(np.random.PCG64(seed))
    n = subjects * DAYS
    hours = _plain(rng, n)
    null = _gaps(rng, n)
    # Every third subject is plain, so that periods as they are in life occur too.
    kind = rng.choice(9, size=n, p=(0.1, 0.3, 0.2, 0.1, 0.12, 0.08, 0.03, 0.03, 0.04)).astype(np.int8)
    kind[(np.arange(n) // DAYS) % 3 == 0] = PLAIN
    _half_or_edge(rng, hours, null, kind)
    _windows(rng, hours, null, np.flatnonzero(kind == WINDOWS))
    _few_windows(rng, hours, null, np.flatnonzero(kind == FEW_WINDOWS))
    _same_index(rng, hours, null, np.flatnonzero(kind == SAME_INDEX))
    hours[kind == ZERO] *= rng.random((int((kind == ZERO).sum()), 6, 1)) < 0.2
    dust = np.flatnonzero(kind == DUST)
    hours[dust, 1] = rng.integers(600, 10_001, (len(dust), 24)) * 1000
    hours[dust[::7], 1] = 10_000_000
    missing = np.flatnonzero(kind == MISSING)
    null[missing] |= rng.random((len(missing), 6, 1)) < 0.4
    _whole_periods(hours, null, kind, subjects)
    hours[null] = 0
    return Sample(hours, null, kind)


def _plain(rng: np.random.Generator, n: int) -> NDArray[np.int32]:
    """Hours as they are released: whole µg/m³, CO in hundredths; a third of the rows in thousandths, as audited means are."""
    level = np.array(_TYPICAL)[None, :, None] * np.exp(rng.normal(0, 0.7, (n, 6, 1)))
    value = level * np.exp(rng.normal(0, 0.3, (n, 6, 24)))
    unit = np.array(_STEP)[None, :, None] // np.array((1, 1, 1, 1, 10, 1))[None, :, None]
    unit = np.where((rng.random(n) < 0.3)[:, None, None], 1, unit)
    exact = np.rint(value * np.array(_STEP)[None, :, None] / unit) * unit
    hours: NDArray[np.int32] = np.minimum(exact, 10_000_000).astype(np.int32)
    return hours


def _gaps(rng: np.random.Generator, n: int) -> NDArray[np.bool_]:
    """Most days are whole; the others lose 1 to 8 hours of a pollutant (mostly 3 to 5: 21, 20 or 19 are left), or of all at once."""
    order = rng.random((n, 6, 24)).argsort(axis=2)
    together = rng.random(n) < 0.1
    order[together] = order[together][:, :1]
    lost = np.where(rng.random((n, 6)) < 0.25, rng.choice((1, 2, 3, 4, 5, 6, 8), size=(n, 6), p=(0.15, 0.1, 0.2, 0.25, 0.2, 0.05, 0.05)), 0)
    lost[together] = rng.choice((0, 3, 4, 5, 9), size=n)[together, None]
    null: NDArray[np.bool_] = order < lost[:, :, None]
    return null


def _exact_mean(
    rng: np.random.Generator, target: NDArray[np.int64], null: NDArray[np.bool_], *, whole: NDArray[np.bool_], unit: int
) -> NDArray[np.int64]:
    """Rows of 24 hours whose available ones average to exactly ``target`` thousandths.

    The hours vary around the target and the last available one takes up the rest. ``whole`` rows keep to multiples of ``unit`` where their
    number of hours allows it.
    """
    n = len(target)
    reach = np.maximum(target // 24, 0)
    noise = np.floor((rng.random((n, 24)) * 2 - 1) * reach[:, None]).astype(np.int64)
    values = target[:, None] + noise
    values = np.where(whole[:, None], values // unit * unit, values)
    values[null] = 0
    count = 24 - null.sum(axis=1)
    last = 23 - np.argmin(null[:, ::-1], axis=1)
    rest = target * count - values.sum(axis=1)
    rows = np.arange(n)
    values[rows, last] += np.where(count > 0, rest, 0)
    # A row whose last hour went below zero is made constant: still the same mean.
    low = values[rows, last] < 0
    values[low] = target[low, None]
    return values


def _half_or_edge(rng: np.random.Generator, hours: NDArray[np.int32], null: NDArray[np.bool_], kind: NDArray[np.int8]) -> None:
    """Day means that end in exactly half a reportable unit, or lie on a limit or break-point or within half a unit of it."""
    for p, step in enumerate(_STEP):
        unit = step // 10 if p == 4 else step
        for which in (HALF, EDGE):
            rows = np.flatnonzero((kind == which) & (rng.random(len(kind)) < 0.6))
            if which == HALF:
                base = np.floor(_TYPICAL[p] * np.exp(rng.normal(0, 0.7, len(rows)))).astype(np.int64)
                target = base * step + step // 2
            else:
                base = rng.choice(_EDGES[p], size=len(rows)).astype(np.int64)
                target = base * step + rng.choice(
                    (-step // 2, -step // 2 + 1, -1, 0, 0, 1, step // 2 - 1, step // 2, step // 2 + 1), size=len(rows)
                )
            if p == 5:
                hours[rows, p] = _one_window(rng, target)
            else:
                whole = rng.random(len(rows)) < 0.5
                hours[rows, p] = _exact_mean(rng, target, null[rows, p], whole=whole, unit=unit)


def _one_window(rng: np.random.Generator, target: NDArray[np.int64]) -> NDArray[np.int64]:
    """O3 hours whose largest 8-h mean is exactly ``target`` (when no hour of that window is lost): one block in a lower day."""
    n = len(target)
    values = np.floor(target[:, None] * (0.3 + 0.5 * rng.random((n, 24)))).astype(np.int64)
    start = rng.integers(0, 17, n)
    block = _exact_mean(rng, target, np.zeros((n, 24), dtype=np.bool_), whole=np.zeros(n, dtype=np.bool_), unit=1)
    for k in range(8):
        values[np.arange(n), start + k] = target
    # Two hours of the block differ by as much as they may without letting a neighbouring window win.
    shift = np.minimum(np.abs(block[:, 0] - target), target // 20)
    values[np.arange(n), start + 3] += shift
    values[np.arange(n), start + 4] -= shift
    return values


def _windows(rng: np.random.Generator, hours: NDArray[np.int32], null: NDArray[np.bool_], rows: NDArray[np.intp]) -> None:
    """O3 with a period of 8 hours: all 17 windows share one mean, half the time exactly half-way between two integers."""
    n = len(rows)
    half = np.where(rng.random(n) < 0.5, 500, 0)
    target = rng.choice((60, 99, 100, 159, 160, 161, 214, 215, 264, 265, 799, 800), size=n) * 1000 + half
    noise = rng.integers(-20_000, 20_001, (n, 4))
    pattern = np.concatenate([target[:, None] + noise, target[:, None] - noise[:, ::-1]], axis=1)
    hours[rows, 5] = np.tile(pattern, (1, 3))
    null[rows[::2], 5] = False


def _few_windows(rng: np.random.Generator, hours: NDArray[np.int32], null: NDArray[np.bool_], rows: NDArray[np.intp]) -> None:
    """O3 with about 13, 14 or 15 valid windows and a value near 160: 160.5 rounds to 160 and does not count, 160.501 does."""
    n = len(rows)
    target = rng.choice(
        (159_000, 159_500, 160_000, 160_499, 160_500, 160_501, 161_000, 161_500, 120_000, 300_000, 800_500, 801_000), size=n
    )
    hours[rows, 5] = target[:, None]
    # Lost hours at the start: 4, 5, 6 leave 15, 14, 13 windows; the same at the end; both; or 3 in the middle of the day.
    slot = np.arange(24)[None, :]
    head = rng.choice((0, 3, 4, 5, 6, 7), size=n)
    tail = np.where(rng.random(n) < 0.7, 0, rng.choice((3, 4, 5, 6), size=n))
    middle = rng.integers(4, 20, n)
    inner = np.where(rng.random(n) < 0.15, 3, 0)
    lost = (slot < head[:, None]) | (slot >= 24 - tail[:, None]) | ((slot >= middle[:, None]) & (slot < (middle + inner)[:, None]))
    null[rows, 5] = lost
    # A lower hour outside the largest window keeps the others from all being equal.
    hours[rows[::3], 5, 12] //= 2


def _same_index(rng: np.random.Generator, hours: NDArray[np.int32], null: NDArray[np.bool_], rows: NDArray[np.intp]) -> None:
    """Several pollutants on the concentration of one break-point: they share the IAQI and are primary together (or not, at 50)."""
    n = len(rows)
    table = np.array([line[1:] for line in _SAME_INDEX])
    target = table[rng.integers(0, len(table), n)] * np.array(_STEP)
    joined = rng.random((n, 6)) < 0.5
    for p in range(6):
        chosen = rows[joined[:, p]]
        hours[chosen, p] = target[joined[:, p], p][:, None]
        null[chosen[::2], p] = False


def _whole_periods(hours: NDArray[np.int32], null: NDArray[np.bool_], kind: NDArray[np.int8], subjects: int) -> None:
    """The last subjects are about periods: means and percentiles exactly half-way, and months and years one valid day short."""
    year = np.arange(DAYS)
    month = np.array([(FIRST_DAY + timedelta(days=int(d))).month for d in year])
    dom = np.array([(FIRST_DAY + timedelta(days=int(d))).day for d in year])
    half = np.array([34_500, 69_500, 60_500, 40_500, 4_050, 160_500])[:, None]
    low, high = half - np.array([500, 500, 500, 500, 50, 500])[:, None], half + np.array([500, 500, 500, 500, 50, 500])[:, None]
    plans = {
        0: ("constant, half-way", np.zeros(DAYS, dtype=bool)),
        1: ("months of 27 days, February of 25", (dom > 27) | ((month == 2) & (dom > 25))),
        2: ("one month of 26 days", (month == 7) & (dom > 26)),
        3: ("February of 24 days", (month == 2) & (dom > 24)),
        4: ("a year of 324 days", dom > 27),
        5: ("a year of 323 days", (dom > 27) | ((month == 2) & (dom > 26))),
        6: ("one day in the year", year > 0),
        7: ("no day in the year", year >= 0),
    }
    if subjects < 2 * len(plans):
        return
    for k, (_, empty) in plans.items():
        rows = slice((subjects - 1 - k) * DAYS, (subjects - k) * DAYS)
        hours[rows] = half
        if k:  # days alternate around the half: period means and percentiles fall on or beside it
            hours[rows][::2] = low
            hours[rows][1::2] = high
        null[rows] = empty[:, None, None]
        kind[rows] = HALF
