"""Writes the conformance suite beside this file from the oracle: ``PYTHONPATH=tests python -m official.make_conformance``.

The files hold no date, path or random number, so that a second run gives the same bytes; ``test_conformance_files.py`` holds the files
on disk against a fresh run.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from pathlib import Path

from official import water_conformance
from oracle import air

HERE = Path(__file__).parent / "conformance"

Row = Sequence[object]

DAY_COLUMNS = ("so2", "no2", "pm10", "pm25", "co", "o3_8h")
HOUR_COLUMNS = ("so2", "no2", "co", "o3", "pm10", "pm25", "o3_8h", "pm10_24h", "pm25_24h")


def text(value: Fraction | int | None, decimals: int | None = None) -> str:
    """A terminating decimal without exponent; empty for nothing. ``decimals`` pads with zeros."""
    if value is None:
        return ""
    exact = Fraction(value)
    places = 0
    while (exact * 10**places).denominator != 1:
        places += 1
        if places > 12:
            raise ValueError(f"{value} has no short decimal form")
    places = places if decimals is None else max(places, decimals)
    digits = str(abs(exact.numerator) * 10**places // exact.denominator).rjust(places + 1, "0")
    sign = "-" if exact < 0 else ""
    return sign + (f"{digits[:-places]}.{digits[-places:]}" if places else digits)


def table(header: Sequence[str], rows: Iterable[Row]) -> str:
    """CSV with LF line ends."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return out.getvalue()


def reportable_range(index: str, item: str, averaging: str) -> Iterable[Fraction]:
    """Every concentration that can be reported from 0 to 1.1 times the last break-point."""
    step = 10 if item == "co" else 1
    last = air.BREAKPOINTS[index][item, averaging][-1] * step * 11 // 10
    return (Fraction(n, step) for n in range(last + 1))


def iaqi_file(index: str) -> str:
    rows: list[Row] = []
    for item, averaging in air.BREAKPOINTS[index]:
        points = air.BREAKPOINTS[index][item, averaging]
        for c in reportable_range(index, item, averaging):
            value = air.iaqi(index, item, averaging, c)
            note = "" if c <= points[-1] else ("none" if value is None else "cap" if value == 500 else "fixed")
            rows.append((index, item, averaging, text(c, 1 if item == "co" else 0), "" if value is None else value, note))
    return table(("edition", "item", "averaging", "concentration", "iaqi", "note"), rows)


def _index_cells(index: air.Index, columns: Sequence[str]) -> list[object]:
    cells: list[object] = [index.iaqi.get(item, "") for item in columns]
    aqi = "" if index.aqi is None else index.aqi
    level = "" if index.level is None else index.level
    return [*cells, aqi, level, ";".join(index.primary), ";".join(index.exceeding), int(index.publishable), ";".join(index.flags)]


_INDEX_HEADER = ("aqi", "level", "primary", "exceeding", "publishable", "flags")


def _case(line: str) -> dict[str, Fraction | None]:
    return {item: None if cell == "-" else Fraction(cell) for item, cell in zip(DAY_COLUMNS, line.split(), strict=True)}


# What a case is there for, and SO2 NO2 PM10 PM2.5 CO O3_8h (a dash is missing).
DAY_CASES = """
good: nothing is primary at or below 50 | 5 10 20 12 0.5 60
AQI exactly 50 has no primary pollutant | 5 40 20 12 0.5 60
four pollutants share 50 and none is primary | 50 40 50 35 2 100
AQI 51 has a primary pollutant | 5 10 20 12 0.5 101
two pollutants on IAQI 150 are primary together | 5 10 250 115 0.5 60
three pollutants on IAQI 200 | 800 280 350 100 0.5 60
all six on IAQI 150 | 475 180 250 115 14 215
all six on IAQI 200 | 800 280 350 150 24 265
five on IAQI 300 and O3 at 800 | 1600 565 420 250 36 800
a tie of 2012 that rounding up makes: PM2.5 77 and O3 163 | 5 10 20 77 0.5 163
a tie of 2026: PM2.5 61 and O3 161 | 5 10 20 61 0.5 161
PM2.5 75 is good in 2012 and over in 2026 | 5 10 20 75 0.5 60
PM2.5 60 is IAQI 100 in 2026 | 5 10 20 60 0.5 60
PM2.5 61 | 5 10 20 61 0.5 60
PM10 120 is IAQI 100 in 2026 | 5 10 120 12 0.5 60
PM10 121 | 5 10 121 12 0.5 60
PM10 150 is IAQI 100 in 2012 | 5 10 150 12 0.5 60
PM10 151 | 5 10 151 12 0.5 60
O3 160 | 5 10 20 12 0.5 160
O3 161 | 5 10 20 12 0.5 161
round first: PM2.5 75.5 becomes 76 | 5 10 20 75.5 0.5 60
round first: PM2.5 74.5 becomes 74 | 5 10 20 74.5 0.5 60
round first: PM2.5 75.499 becomes 75 | 5 10 20 75.499 0.5 60
round first: PM2.5 60.5 becomes 60 | 5 10 20 60.5 0.5 60
round first: PM2.5 61.5 becomes 62 | 5 10 20 61.5 0.5 60
round first: O3 160.5 becomes 160 | 5 10 20 12 0.5 160.5
round first: O3 160.501 becomes 161 | 5 10 20 12 0.5 160.501
round first: CO 4.05 becomes 4.0 | 5 10 20 12 4.05 60
round first: CO 4.15 becomes 4.2 | 5 10 20 12 4.15 60
round first: CO 4.0501 becomes 4.1 | 5 10 20 12 4.0501 60
round first: PM10 0.5 becomes 0 and SO2 1.5 becomes 2 | 1.5 10 0.5 12 0.5 60
one missing, AQI 100 or less: not publishable | 5 10 20 - 0.5 60
one missing, AQI exactly 100: not publishable | 5 80 20 - 0.5 60
one missing, AQI 101 or more: publishable | 5 82 20 - 0.5 60
four missing, one over | - - 300 - - 60
PM missing, O3 over | 5 10 - - 0.5 161
only O3 and not over | - - - - - 160
nothing at all | - - - - - -
heavy: AQI 201 | 5 10 20 151 0.5 60
AQI 200 is not heavy | 5 10 20 150 0.5 60
severe: AQI 301 | 5 10 20 251 0.5 60
AQI 300 | 5 10 20 250 0.5 60
PM2.5 at the end of the scale | 5 10 20 500 0.5 60
PM2.5 above the scale is capped | 5 10 20 501 0.5 60
dust storm: PM10 10000 | 5 10 10000 480 0.5 60
PM10 and PM2.5 both capped are primary together | 5 10 601 999 0.5 60
O3 8 h above 800: 300, flagged | 5 10 20 12 0.5 801
O3 8 h above 800 beside PM2.5 at IAQI 300 | 5 10 20 250 0.5 900
O3 8 h above 800 beside PM2.5 at IAQI 301 | 5 10 20 251 0.5 900
O3 8 h 800.5 rounds to 800: no flag | 5 10 20 12 0.5 800.5
SO2 over | 151 10 20 12 0.5 60
CO over | 5 10 20 12 4.1 60
NO2 over | 5 81 20 12 0.5 60
five exceed, one is primary | 151 81 151 76 4.1 215
"""


def day_file() -> str:
    rows: list[Row] = []
    for line in DAY_CASES.strip().splitlines():
        name, cells = line.split("|")
        values = _case(cells)
        for edition in air.BREAKPOINTS:
            index = air.day_index(values, edition)
            rows.append((edition, *(text(values[item]) for item in DAY_COLUMNS), *_index_cells(index, DAY_COLUMNS), name.strip()))
    return table(("edition", *DAY_COLUMNS, *(f"iaqi_{item}" for item in DAY_COLUMNS), *_INDEX_HEADER, "case"), rows)


# SO2 NO2 CO O3 PM10 PM2.5 (1 h), O3 (running 8 h), PM10 and PM2.5 (running 24 h).
HOUR_CASES = """
clean hour | 5 10 0.5 60 20 12 50 20 12
the 1-h PM value counts only in 2026 | 5 10 0.5 60 300 200 50 20 12
the running values count only in 2012 | 5 10 0.5 60 20 12 180 160 80
1-h O3 200 | 5 10 0.5 200 20 12 50 20 12
1-h O3 201 | 5 10 0.5 201 20 12 50 20 12
1-h SO2 500 | 500 10 0.5 60 20 12 50 20 12
1-h SO2 800 | 800 10 0.5 60 20 12 50 20 12
1-h SO2 801 | 801 10 0.5 60 20 12 50 20 12
running O3 above 800 is reported by the 1-h value in 2012 | 5 10 0.5 900 20 12 801 20 12
1-h NO2 2341 and O3 801 | 5 2341 0.5 801 20 12 50 20 12
1-h CO 10 | 5 10 10 60 20 12 50 20 12
1-h CO 10.05 becomes 10.0 | 5 10 10.05 60 20 12 50 20 12
1-h CO 10.15 becomes 10.2 | 5 10 10.15 60 20 12 50 20 12
above every scale | 2000 4000 200 1300 700 600 900 700 600
PM missing | 5 10 0.5 60 - - 50 - -
PM missing, O3 over | 5 10 0.5 201 - - 170 - -
"""


def hour_file() -> str:
    rows: list[Row] = []
    for line in HOUR_CASES.strip().splitlines():
        name, cells = line.split("|")
        values = {item: None if cell == "-" else Fraction(cell) for item, cell in zip(HOUR_COLUMNS, cells.split(), strict=True)}
        for edition in air.BREAKPOINTS:
            index = air.hour_index(values, edition)
            rows.append((edition, *(text(values[item]) for item in HOUR_COLUMNS), *_index_cells(index, HOUR_COLUMNS), name.strip()))
    return table(("edition", *HOUR_COLUMNS, *(f"iaqi_{item}" for item in HOUR_COLUMNS), *_INDEX_HEADER, "case"), rows)


def rounding_file() -> str:
    rows: list[Row] = []
    cases = [(n, 2, 0) for n in range(0, 22)] + [(n, 20, 1) for n in range(0, 42)] + [(n, 200, 2) for n in range(0, 42)]
    cases += [
        (1812, 24, 0),
        (1811, 24, 0),
        (1813, 24, 0),
        (1690, 20, 0),
        (1711, 23, 0),
        (1, 3, 0),
        (2, 3, 0),
        (5, 6, 1),
        (-1, 2, 0),
        (-3, 2, 0),
        (-5, 2, 0),
    ]
    cases += [(n, limit, 2) for limit in (40, 60, 160) for n in range(1, 2 * limit) if (200 * n) % limit == 0 and (100 * n) % limit]
    # Sums of hours whose binary floating-point mean falls on the other side of the half.
    cases += [(1005, 1000, 2), (2675, 1000, 2), (1115, 1000, 2), (285, 1000, 2), (1045, 1000, 2), (205, 1000, 2)]
    for numerator, denominator, decimals in cases:
        rows.append((numerator, denominator, decimals, text(air.half_even(Fraction(numerator, denominator), decimals), decimals)))
    return table(("numerator", "denominator", "decimals", "rounded"), rows)


def percentile_file() -> str:
    series: list[list[Fraction]] = [
        [Fraction(7)],
        [Fraction(3), Fraction(1)],
        [Fraction(n) for n in range(1, 11)],
        [Fraction(n) for n in range(11, 0, -1)],
        [Fraction(n * n % 37) for n in range(1, 29)],
        [Fraction(n * 17 % 101) for n in range(1, 31)],
        [Fraction(n * 29 % 103) for n in range(1, 32)],
        [Fraction(n * 7 % 41, 10) for n in range(1, 32)],
        [Fraction(50)] * 27,
        [Fraction(n * 31 % 367, 10) for n in range(1, 102)],
        [Fraction(n * 53 % 367) for n in range(1, 366)],
        [Fraction(n * 53 % 367) for n in range(1, 367)],
    ]
    rows: list[Row] = []
    for values in series:
        for percent in (50, 90, 95, 98):
            result = air.percentile(values, percent)
            rows.append((percent, len(values), ";".join(text(v) for v in values), text(result)))
    return table(("percent", "n", "values", "percentile"), rows)


# Family, SO2 NO2 PM10 PM2.5 (means) CO (95th) O3 (90th), published value and who published it (empty: a made-up case).
COMPOSITE_CASES = """
2012 | 9 14 77 23 1.1 96 | 3.14 | Naiman, January-March
2012 | 6 12 51 19 0.9 137 | 2.75 | Puning 2025
2012 | 3 13 16 13 0.9 87 | 1.73 | Heyuan, February 2022
2012 | 11 16 40 16 0.6 139 | 2.63 | Wuyuan, September 2023
2012 | 60 40 70 35 4 160 | |
2012 | 0 0 0 0 0 0 | |
2012 | 15 21 56 27 1.1 148 | |
2012 | 15.5 20.5 55.5 27.5 1.05 148.5 | |
2012 | 14.5 21.5 56.5 26.5 1.15 147.5 | |
2012 | 10.4999 19.5001 46.5539 27.0655 1.0373 148.5446 | |
2012 | 9 13 7 21 0.9 100 | |
2012 | 9 15 7 21 1.1 84 | |
2012 | 3 1 70 35 0.2 4 | |
2012 | 3 3 70 35 0.6 12 | |
2012 | - 13 16 13 0.9 87 | |
"""


def composite_file() -> str:
    rows: list[Row] = []
    for line in COMPOSITE_CASES.strip().splitlines():
        _, cells, published, source = (part.strip() for part in line.split("|"))
        values = _case(cells)
        for edition in air.FAMILIES:
            singles = [None if (c := values[item]) is None else air.single_index(item, c, edition) for item in DAY_COLUMNS]
            total = air.composite(values, edition)
            said = (published, source) if edition == "2012" else ("", "")
            cells_out = ["" if single is None else text(single, 2) for single in singles]
            rows.append((edition, *(text(values[i]) for i in DAY_COLUMNS), *cells_out, "" if total is None else text(total, 2), *said))
    return table(("edition", *DAY_COLUMNS, *(f"i_{item}" for item in DAY_COLUMNS), "composite", "published", "published_by"), rows)


def _pattern(fill: int, *, lost: Iterable[int] = (), at: Mapping[int, int] | None = None) -> list[int | None]:
    """24 slots of ``fill`` thousandths but for those of ``at``; ``lost`` slots are empty."""
    slots: list[int | None] = [(at or {}).get(n, fill) for n in range(1, 25)]
    for n in lost:
        slots[n - 1] = None
    return slots


def hours_cases() -> list[tuple[str, str, list[int | None]]]:
    """(item, what for, 24 slots in thousandths)."""
    cases: list[tuple[str, str, list[int | None]]] = [
        ("pm25", f"{24 - lost} hours", _pattern(40_000, lost=range(1, lost + 1), at={24: 46_000})) for lost in range(7)
    ]
    cases += [
        ("pm25", "no hour", _pattern(0, lost=range(1, 25))),
        ("pm25", "zeros are values", _pattern(0)),
        ("pm25", "mean 75.5 exactly: rounds to 76", _pattern(75_000, at={1: 87_000})),
        ("pm25", "mean 74.5 exactly: rounds to 74", _pattern(74_000, at={1: 86_000})),
        ("pm25", "20 hours, mean 60.5 exactly: rounds to 60", _pattern(60_000, lost=range(1, 5), at={24: 70_000})),
        ("pm25", "23 hours, mean just below 60.5", _pattern(60_000, lost=(1,), at={24: 71_000})),
        ("pm25", "23 hours, mean just above 60.5", _pattern(60_000, lost=(1,), at={24: 72_000})),
        ("pm10", "dust: one hour of 10000", _pattern(100_000, at={7: 10_000_000})),
        ("co", "mean 4.05 exactly: rounds to 4.0", _pattern(4_000, at={1: 5_200})),
        ("co", "mean 4.15 exactly: rounds to 4.2", _pattern(4_100, at={1: 5_300})),
        ("co", "hundredths, mean 1.0495", _pattern(1_050, at={1: 1_038})),
        ("so2", "hour 24 alone above", _pattern(10_000, at={24: 500_000})),
        ("no2", "thousandths", _pattern(19_999, at={2: 20_011})),
    ]
    for lost in range(1, 11):
        for value in (150_000, 160_500, 160_501, 161_500):
            cases.append(("o3", f"the first {lost} hours lost", _pattern(value, lost=range(1, lost + 1))))
    for lost in (2, 3, 4, 5, 6):
        cases.append(("o3", f"the last {lost} hours lost", _pattern(150_000, lost=range(25 - lost, 25))))
    cases += [
        ("o3", "the largest window ends at 8:00", _pattern(20_000, at=dict.fromkeys(range(1, 9), 170_000))),
        ("o3", "the largest window ends at 24:00", _pattern(20_000, at=dict.fromkeys(range(17, 25), 170_000))),
        ("o3", "hours 1-7 alone make no window of their own", _pattern(0, at=dict.fromkeys(range(1, 8), 160_000))),
        (
            "o3",
            "a window with 6 hours has the mean of the 6",
            _pattern(20_000, lost=(12, 13), at=dict.fromkeys((10, 11, 14, 15, 16, 17), 180_000)),
        ),
        ("o3", "a window with 5 hours is none", _pattern(20_000, lost=(12, 13, 14), at=dict.fromkeys((10, 11, 15, 16, 17), 180_000))),
        ("o3", "all windows equal", [(100 + 5 * (n % 8)) * 1000 for n in range(24)]),
        ("o3", "no hour", _pattern(0, lost=range(1, 25))),
        ("o3", "every second hour lost", _pattern(400_000, lost=range(2, 25, 2))),
    ]
    return cases


def hours_file() -> str:
    rows: list[Row] = []
    for item, name, hours in hours_cases():
        day = air.day_values({item: hours}, scale=1000)["o3_8h" if item == "o3" else item]
        value = ("", "") if day.value is None else (day.value.numerator, day.value.denominator)
        rounded = "" if day.value is None else text(air.reportable(item, day.value), 1 if item == "co" else 0)
        cells = ["" if hour is None else text(Fraction(hour, 1000)) for hour in hours]
        rows.append((item, *cells, *value, rounded, day.hours, "" if day.windows is None else day.windows, int(day.valid), name))
    slots = [f"h{n:02d}" for n in range(1, 25)]
    return table(("item", *slots, "numerator", "denominator", "rounded", "valid_hours", "valid_windows", "valid", "case"), rows)


# Values as displayed; the ranks of the published ones are the authority's own.
RANKING_CASES: tuple[tuple[str, str, str], ...] = (
    ("1 2 2 3", "asc", "the rule: 1, 2, 2, 4"),
    ("3.65 3.63 2.93 3.73 3.54 2.93", "asc", ""),
    ("96.5 96.5 100 92.1 96.5", "desc", ""),
    ("5 5 5", "asc", ""),
    ("2 - 1 -", "asc", "what has no value has no rank"),
    (
        "3.61 2.93 2.38 2.63 3.3 3.55 2.88 2.82 2.97 2.09 3.57 2.81 2.88 2.13 2 2.07 3.18 3.95 3.1 2.87 2.96",
        "asc",
        "Guangdong, composite index of 21 cities, August 2017 (published ranks)",
    ),
)


def ranking_file() -> str:
    rows: list[Row] = []
    for cells, order, name in RANKING_CASES:
        values = [None if cell == "-" else Fraction(cell) for cell in cells.split()]
        ranks = air.competition_rank(values, descending=order == "desc")
        rows.append(
            (order, ";".join("" if c == "-" else c for c in cells.split()), ";".join("" if r is None else str(r) for r in ranks), name)
        )
    return table(("order", "values", "ranks", "case"), rows)


# Kind, displayed now, displayed base, what for.
CHANGE_CASES = """
percent 16 19 | China, PM2.5, July 2021 against July 2020, published -15.8
percent 31 37 | China, PM10, July 2021 against July 2020, published -16.2
percent 7 8 | China, SO2, July 2021 against July 2020, published -12.5
percent 14 17 | China, NO2, July 2021 against July 2020, published -17.6
percent 0.7 0.8 | China, CO, July 2021 against July 2020, published -12.5
percent 50 48 | Jiangxi, PM2.5, January 2024 against January 2023, published +4.2
percent 34 36 | Jiangxi, PM2.5, February 2024 against February 2023, published -5.6
percent 2.63 2.89 | Wuyuan, composite index, September 2023, published -9.0
points 84.2 89.7 | Jiangxi, good days, January 2024 against January 2023, published -5.5
points 92.2 98.1 | Jiangxi, good days, February 2024 against February 2023, published -5.9
points 96.5 92.1 | Jiangxi, good days, 2023 against 2022, published +4.4
percent 20 20 |
percent 21 16 | a tie: 31.25
percent 19 16 | a tie: 18.75
percent 15 16 | a tie: -6.25
percent 0 16 |
percent 16 0 | against zero there is no percentage
"""


def change_file() -> str:
    rows: list[Row] = []
    for line in CHANGE_CASES.strip().splitlines():
        cells, name = line.split("|")
        kind, now, base = cells.split()
        change = (air.change_percent if kind == "percent" else air.change_points)(Fraction(now), Fraction(base))
        rows.append((kind, now, base, "" if change is None else text(change, 1), name.strip()))
    return table(("kind", "now", "base", "change", "case"), rows)


def files() -> dict[str, str]:
    """Every file of the suite: name → content."""
    return {
        "iaqi_hj633-2012.csv": iaqi_file("hj633-2012"),
        "iaqi_hj633-2026.csv": iaqi_file("hj633-2026"),
        "day_index.csv": day_file(),
        "hour_index.csv": hour_file(),
        "day_from_hours.csv": hours_file(),
        "rounding.csv": rounding_file(),
        "percentile.csv": percentile_file(),
        "composite.csv": composite_file(),
        "ranking.csv": ranking_file(),
        "change.csv": change_file(),
        **water_conformance.files(),
    }


if __name__ == "__main__":
    HERE.mkdir(exist_ok=True)
    for file_name, content in files().items():
        (HERE / file_name).write_text(content, encoding="utf-8", newline="\n")
        print(f"{file_name}: {content.count(chr(10)) - 1} cases, {len(content.encode())} bytes")
