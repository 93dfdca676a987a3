"""The jobs of the design's section 6 that exist by now."""

from __future__ import annotations

import os
import re
import resource
import subprocess
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import duckdb
import numpy as np
import polars as pl
from aqi_hub.aqi_cn.aqi import cal_aqi_cn, cal_primary_pollutant, get_aqi_level

import yangban as yb
from bench.generate import ITEMS, station_days
from bench.generate_water import SECTIONS, SNAPSHOTS, snapshots
from bench.measure import Row, seconds, side_by_side
from yangban.assess.air.daily import day_indices, day_values
from yangban.assess.air.network import places_from_stations
from yangban.assess.air.period import period_table
from yangban.assess.figure import Figure
from yangban.base.periods import year_of
from yangban.base.regions import children, prefecture_places
from yangban.readings.frames import SCHEMA
from yangban.readings.intake import ingest as take_in
from yangban.readings.lake import Lake, Transaction
from yangban.readings.sample import write_sample
from yangban.readings.workspace import Workspace
from yangban.run.local import assess_air
from yangban.run.results import AirResults
from yangban.run.water import assess_water
from yangban.standards import AirEdition, load_book

YEAR = 2022
SHARED = Path(__file__).resolve().parents[2] / "shared" / "data" / "air"
BOOK = load_book()
WHOLE_WATER = False
"""Whether the year of water is measured whole (3 million rows, several minutes) and not a tenth of it; ``python -m bench water --full``."""


def _lake(scratch: Path, stations: int) -> Workspace:
    """A workspace whose lake holds a synthetic year of this many stations; made once a run."""
    path = scratch / f"stations-{stations}"
    if path.exists():
        return Workspace.open(path)
    place = Workspace.open(path, create=True)
    rows = station_days(stations, YEAR).select(pl.col(name).cast(kind) for name, kind in SCHEMA.items())
    with place.writing():
        change = Transaction(Lake(place))
        for _ in change.merge(rows):
            pass
        change.commit()
    return place


def _files(place: Workspace) -> str:
    lake = Lake(place)
    return "[" + ", ".join(f"'{lake.root / part.file}'" for part in lake.parts()) + "]"


def _registry(stations: int) -> pl.DataFrame:
    """Five stations to a city, round the prefecture-level places of the nation."""
    cities = [p.code for p in prefecture_places("100000")]
    rows = [
        {
            "station": f"station:{1001 + k}A",
            "city": cities[k // 5 % len(cities)],
            "county": "",
            "role": "evaluation",
            "valid_from": None,
            "valid_to": None,
        }
        for k in range(stations)
    ]
    return pl.DataFrame(rows, schema_overrides={"valid_from": pl.Date, "valid_to": pl.Date})


HEADLINES = ("air.good_day_ratio", "air.good_days", "air.pm25.mean", "air.pm10.mean", "air.o3_8h.p90", "air.co.p95", "air.composite_index")


def _whole_year(place: Workspace, editions: list[AirEdition]) -> list[Figure]:
    """The lake's station hours to station-days and city-days with AQI, and the year's Figures of stations, cities and provinces."""
    year = year_of(YEAR)
    days = day_values(Lake(place).air(start=year.start, end=year.end), editions[0]).collect(engine="streaming")
    cities = places_from_stations(days.lazy(), _registry(days["subject"].n_unique()), editions[0], level="city")
    period_table(day_indices(days.lazy(), editions), [year], editions)
    names = ",".join(edition.family for edition in editions)
    subjects = [p.code for p in children("100000", level="province") if prefecture_places(p.code)] + sorted(cities["subject"].unique())
    return AirResults([cities.lazy()], BOOK).figures(subjects=subjects, periods=[year], indicators=HEADLINES, edition=names)


def _limit(place: Workspace) -> None:
    """The physical limit: DuckDB reads the same segments and takes six means per station-day."""
    means = []
    for item in ITEMS:
        columns = [f"{item}_{hour:02d}" for hour in range(1, 25)]
        total = "+".join(f"coalesce({c},0)::BIGINT" for c in columns)
        count = "+".join(f"({c} is not null)::INT" for c in columns)
        means.append(f"({total})/nullif({count},0) as {item}")
    duckdb.sql(f"create or replace temp table day as select subject, day, {', '.join(means)} from read_parquet({_files(place)})")


def nation(scratch: Path) -> Iterator[Row]:
    place = _lake(scratch, 1700)
    old, new = BOOK.air("2012"), BOOK.air("2026-transitional")
    ours, limit, ratio = side_by_side(lambda: _whole_year(place, [old]), lambda: _limit(place))
    yield Row(
        "national year, 1,700 stations ÷ DuckDB scan with 6 means", ratio, 1.5, True, f"{ours:.2f} s ÷ {limit:.2f} s; 14.9 M hours x 6"
    )
    both, one, ratio = side_by_side(lambda: _whole_year(place, [old, new]), lambda: _whole_year(place, [old]), rounds=3)
    yield Row("two editions ÷ one", ratio, 1.3, True, f"{both:.2f} s ÷ {one:.2f} s")


def growth(scratch: Path) -> Iterator[Row]:
    """Each size in a process of its own, so that the peak of memory is its own too."""
    times, peaks = {}, {}
    for stations in (425, 850, 1700):
        place = _lake(scratch, stations)
        code = f"from pathlib import Path; from bench.jobs import grown; grown(Path({str(place.path)!r}))"
        runs = [subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split() for _ in range(3)]
        times[stations] = sorted(float(seconds_) for seconds_, _ in runs)[1]
        peaks[stations] = max(float(peak) for _, peak in runs)
    detail = "; ".join(f"{n}: {times[n]:.2f} s, {peaks[n]:.2f} GB" for n in times)
    yield Row("growth, 4x stations ÷ (4 x 1x)", times[1700] / (4 * times[425]), 1.0, True, detail)
    yield Row("memory at 1,700 stations, GB", peaks[1700], 1.0, True, detail)


def grown(path: Path) -> None:
    """One whole year in this process: prints seconds and the peak of memory in GB."""
    place = Workspace.open(path)
    spent = seconds(lambda: _whole_year(place, [BOOK.air("2012")]))
    print(spent, _peak())


def _peak() -> float:
    """Peak of this process's own memory in GB: from /proc where there is one, since getrusage also counts the parent's at the fork."""
    status = Path("/proc/self/status")
    found = re.search(r"VmHWM:\s+(\d+) kB", status.read_text(encoding="utf-8")) if status.exists() else None
    if found is not None:
        return int(found[1]) / 1e6
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6


def _archives(scratch: Path) -> list[tuple[str, list[Path]]]:
    """Real archive files where they are at hand, else synthetic ones of the same layout."""
    if SHARED.is_dir():
        return [
            ("one national file (375 places, a year)", [SHARED / "national_city_hourly_2022.csv.gz"]),
            ("five national day files", sorted((SHARED / "raw_city_days_2022").glob("*.csv.gz"))),
        ]
    folder = scratch / "sample"
    write_sample("360000", year=2023, out=folder)
    return [("day files of a province, synthetic", sorted(folder.glob("*.csv")))]


def ingest(scratch: Path) -> Iterator[Row]:
    for name, files in _archives(scratch):
        count = 0

        def ours(files: list[Path] = files) -> None:
            nonlocal count
            count += 1
            take_in(Workspace.open(scratch / f"in-{len(files)}-{count}", create=True), files)

        def theirs(files: list[Path] = files) -> None:
            for file in files:
                pl.read_csv(file, infer_schema_length=None)

        a, b, ratio = side_by_side(ours, theirs, rounds=3)
        yield Row(f"ingest, {name} ÷ Polars reading the same", ratio, 3, True, f"{a:.2f} s ÷ {b:.2f} s")


def water(scratch: Path) -> Iterator[Row]:
    """A synthetic national year of water snapshots, a tenth of it unless the whole is asked for: files in, and results of the year."""
    count = SNAPSHOTS if WHOLE_WATER else SNAPSHOTS // 10
    files = snapshots(scratch / "snapshots", count=count)
    places: list[Workspace] = []

    def ours() -> None:
        places.append(Workspace.open(scratch / f"water-{len(places)}", create=True))
        take_in(places[-1], files)

    def theirs() -> None:
        for file in files:
            pl.read_csv(file, encoding="gb18030", infer_schema_length=None)

    size = f"{SECTIONS * count / 1e6:.1f} M rows, {count:,} files, synthetic"
    rounds = 1 if WHOLE_WATER else 3
    a, b, ratio = side_by_side(ours, theirs, rounds=rounds)
    yield Row("ingest, national water snapshots ÷ Polars reading the same", ratio, 3, True, f"{a:.2f} s ÷ {b:.2f} s; {size}")
    a, b, ratio = side_by_side(lambda: assess_water(places[-1], [2022], whole=True), theirs, rounds=rounds)
    yield Row("assess, national water snapshots ÷ Polars reading the files", ratio, 1, True, f"{a:.2f} s ÷ {b:.2f} s; {size}")


def one_more_day(scratch: Path) -> Iterator[Row]:
    """A day for the province arrives in a lake of ten years; the touched month's year is assessed again."""
    place = Workspace.open(scratch / "ten-years", create=True)
    subjects = [p.code for p in prefecture_places("360000")]
    with place.writing():
        change = Transaction(Lake(place))
        for year in range(2013, 2023):
            rows = station_days(len(subjects), year, seed=year)
            names = dict(zip(rows["subject"].unique(maintain_order=True), subjects, strict=True))
            rows = rows.with_columns(pl.col("subject").replace_strict(names), level=pl.lit("city"))
            for _ in change.merge(rows.select(pl.col(name).cast(kind) for name, kind in SCHEMA.items())):
                pass
        change.commit()
    national = _lake(scratch, 1700)
    days = iter([_one_day(subjects, seed) for seed in range(90, 99)])

    def ours() -> None:
        # Another day's readings every time: the same ones again would change nothing, and nothing would be computed.
        day = next(days)
        with place.writing():
            change = Transaction(Lake(place))
            for _ in change.merge(day):
                pass
            change.commit()
        assess_air(place, [2022])

    assess_air(place, [2022])
    a, b, ratio = side_by_side(ours, lambda: _whole_year(national, [BOOK.air("2012")]), rounds=3)
    yield Row("one more day for a province, lake of 10 years ÷ national year", ratio, 0.05, True, f"{a * 1000:.0f} ms ÷ {b * 1000:.0f} ms")


def _one_day(subjects: list[str], seed: int) -> pl.DataFrame:
    day = station_days(len(subjects), 2022, seed=seed).filter(pl.col("day") == date(2022, 6, 15))
    names = dict(zip(day["subject"].unique(maintain_order=True), subjects, strict=True))
    day = day.with_columns(pl.col("subject").replace_strict(names), level=pl.lit("city"))
    return day.select(pl.col(name).cast(kind) for name, kind in SCHEMA.items())


def ready_days(_: Path) -> Iterator[Row]:
    rng = np.random.default_rng(1)
    n, few = 1_000_000, 20_000
    frame = pl.DataFrame(
        {
            "pm25": rng.integers(3, 300, n), "pm10": rng.integers(5, 500, n), "so2": rng.integers(2, 60, n), "no2": rng.integers(3, 120, n),
            "co": rng.integers(2, 40, n) / 10, "o3_8h": rng.integers(5, 300, n),
        }
    )  # fmt: skip
    rows = list(frame.head(few).iter_rows())

    def theirs() -> None:
        for pm25, pm10, so2, no2, co, o3 in rows:
            aqi, iaqi = cal_aqi_cn(pm25, pm10, so2, no2, co, o3, data_type="daily")
            cal_primary_pollutant(iaqi)
            get_aqi_level(aqi)

    a, b, _ratio = side_by_side(lambda: yb.aqi(frame, edition="hj633-2026"), theirs, rounds=3)
    ours, hub = n / a, few / b
    yield Row(
        "ready days to AQI, level, primary: days a second ÷ aqi-hub 0.3.3",
        ours / hub,
        20,
        False,
        f"{ours / 1e6:.1f} M/s ÷ {hub / 1e3:.0f} k/s",
    )


def command_line(_: Path) -> Iterator[Row]:
    env = {**os.environ, "PYTHONDONTWRITEBYTECODE": ""}
    command = str(Path(sys.executable).with_name("yangban"))

    def run(*words: str) -> None:
        subprocess.run(words, capture_output=True, check=True, env=env)

    a, b, ratio = side_by_side(lambda: run(command, "--help"), lambda: run(sys.executable, "-c", "pass"), rounds=11)
    yield Row("yangban --help ÷ python -c pass", ratio, 12, True, f"{a * 1000:.0f} ms ÷ {b * 1000:.0f} ms")
