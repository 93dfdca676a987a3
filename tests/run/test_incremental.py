"""Only what changed is computed again, and the result is that of computing everything again, cell for cell."""

from __future__ import annotations

import hashlib
import os
import random
import shutil
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from yangban.base.periods import parse
from yangban.base.pollutants import AIR_SIX, HOURLY_SIX
from yangban.readings.events import Event
from yangban.readings.events import append as append_events
from yangban.readings.frames import DAY_SCHEMA, SCHEMA, SLOTS
from yangban.readings.intake import ingest
from yangban.readings.lake import KEEP, Kind, Lake, Transaction
from yangban.readings.stations import Registry, Station
from yangban.readings.workspace import Workspace
from yangban.run.local import assess_air, open_results, read_manifest
from yangban.run.water import assess_water
from yangban.run.water import read_manifest as read_water

YEAR = 2022
CITIES = ("360100", "360200", "360300")
STATIONS = {f"station:{n}A": CITIES[n % 2] for n in range(1001, 1009)}
"""The third city has no station; its rows come as they are."""

MONTHS = (date(2022, 1, 1), date(2022, 3, 1))
RECEIVED = datetime(2022, 5, 1, tzinfo=UTC)
PERIODS = [parse(label) for label in ("2022", "2022-Q1", "2022-01", "2022-03", "2022-03-07")]


def _registry() -> Registry:
    """A station moves to the other city in March, another counts in a county too."""
    rows = [
        Station(station=name, city=city, county="360102" if name == "station:1004A" else "")
        for name, city in STATIONS.items()
        if name != "station:1002A"
    ]
    rows += [
        Station(station="station:1002A", city=CITIES[0], valid_to=date(2022, 3, 10)),
        Station(station="station:1002A", city=CITIES[1], valid_from=date(2022, 3, 11)),
    ]
    return Registry(tuple(rows))


def _rows(subject: str, days: list[date], seed: int, *, kind: Kind = "hours", basis: str = "realtime", share: float = 0.97) -> pl.DataFrame:
    """Made readings, with gaps, so that some days and places are not valid."""
    dice = random.Random(seed)
    columns = SLOTS if kind == "hours" else AIR_SIX
    rows: list[dict[str, Any]] = [
        {
            "subject": subject, "level": "station" if ":" in subject else "city", "network": "state", "basis": basis, "day": day,
            "synthetic": True, "received": RECEIVED,
            **{name: dice.randrange(1, 90_000) if dice.random() < share else None for name in columns},
        }
        for day in days
    ]  # fmt: skip
    return pl.DataFrame(rows, schema=SCHEMA if kind == "hours" else DAY_SCHEMA)


def _lay(place: Workspace, frames: list[tuple[pl.DataFrame, Kind]]) -> None:
    with place.writing():
        change = Transaction(Lake(place))
        for frame, kind in frames:
            for _ in change.merge(frame, kind=kind):
                pass
        change.commit()


def _days(first: date, n: int = 20) -> list[date]:
    return [first + timedelta(days=k) for k in range(n)]


def _made(path: Path) -> Workspace:
    place = Workspace.open(path, create=True)
    _registry().save(place)
    frames: list[tuple[pl.DataFrame, Kind]] = []
    for n, subject in enumerate((*STATIONS, CITIES[2])):
        frames += [(_rows(subject, _days(first), 100 * n + first.month), "hours") for first in MONTHS]
    frames += [(_rows(CITIES[0], _days(MONTHS[1], 6), 7, kind="days", basis="audited"), "days")]
    frames += [(_rows("station:1003A", _days(MONTHS[0], 5), 8, basis="audited"), "hours")]
    _lay(place, frames)
    return place


@pytest.fixture(scope="module")
def start(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace that has been assessed once."""
    place = _made(tmp_path_factory.mktemp("incremental") / "start")
    assess_air(place, [YEAR])
    return place.path


def _copy(start: Path, to: Path) -> Workspace:
    shutil.copytree(start, to)
    return Workspace.open(to)


def _tables(place: Workspace) -> dict[str, pl.DataFrame]:
    folder = place.figures / read_manifest(place)[str(YEAR)]["folder"]
    return {path.name: pl.read_parquet(path, glob=False) for path in sorted(folder.glob("*.parquet"))}


def _digests(place: Workspace) -> dict[str, str]:
    folder = place.figures / read_manifest(place)[str(YEAR)]["folder"]
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.glob("*.parquet")}


def _figures(place: Workspace, basis: str = "best") -> list[dict[str, object]]:
    found = open_results(place).figures(periods=PERIODS, edition="2012,2026-transitional", basis=basis)
    return [figure.to_dict() for figure in found]


def _same(place: Workspace, *, figures_too: bool = False) -> None:
    """The results in place are those of computing everything anew, in every cell, and so are the Figures."""
    tables, figures = _tables(place), _figures(place) if figures_too else []
    assess_air(place, [YEAR], whole=True)
    anew = _tables(place)
    assert tables.keys() == anew.keys()
    for name, table in tables.items():
        assert table.schema == anew[name].schema, name
        assert table.equals(anew[name]), name
    if figures_too:
        assert figures == _figures(place)


CHANGES = st.lists(
    st.tuples(
        st.sampled_from(["hour", "day", "late", "table", "own"]),
        st.sampled_from([*STATIONS]),
        st.sampled_from([day for first in (*MONTHS, date(2022, 4, 1)) for day in _days(first, 24)]),
        st.integers(0, 10**6),
        st.sampled_from(["realtime", "realtime", "audited"]),
    ),
    min_size=1,
    max_size=5,
)


def _change(what: str, station: str, day: date, seed: int, basis: str) -> tuple[pl.DataFrame, Kind]:
    """One hour corrected; a day that arrives again; a day with hours that came late; a ready day; readings of a city itself."""
    dice = random.Random(seed)
    if what == "table":
        return _rows(dice.choice(CITIES), [day], seed, kind="days", basis=basis), "days"
    subject = dice.choice(CITIES) if what == "own" else station
    row = _rows(subject, [day], seed, basis=basis, share={"late": 0.5}.get(what, 1.0))
    if what == "hour":
        keep = f"{dice.choice(HOURLY_SIX)}_{dice.randrange(1, 25):02d}"
        row = row.with_columns(pl.lit(None, dtype=pl.Int32).alias(name) for name in SLOTS if name != keep)
    return row, "hours"


@settings(
    max_examples=int(os.environ.get("YANGBAN_EXAMPLES", "8")), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(rounds=st.lists(CHANGES, min_size=1, max_size=2))
def test_random_corrections_come_to_the_results_of_a_full_run(
    start: Path, tmp_path_factory: pytest.TempPathFactory, rounds: list[list[tuple[str, str, date, int, str]]]
) -> None:
    place = _copy(start, tmp_path_factory.mktemp("changed") / "w")
    for changes in rounds:
        before = _digests(place)
        _lay(place, [_change(*change) for change in changes])
        (run,) = assess_air(place, [YEAR])
        months = {change[2].strftime("%Y-%m") for change in changes}
        after = _digests(place)
        untouched = {name for name in before if not any(month in name for month in months)}
        assert {name: before[name] for name in untouched} == {name: after[name] for name in untouched}
        # A new month is computed as a whole; within one that was there, a change reaches a station, two cities and a county at most.
        if not any(month == "2022-04" for month in months):
            assert run.worked <= 4 * 2 * len(changes)
    _same(place)


def test_one_late_hour_reaches_its_day_and_its_places_alone(start: Path, tmp_path: Path) -> None:
    place = _copy(start, tmp_path / "w")
    before = _tables(place)
    row, kind = _change("hour", "station:1004A", date(2022, 3, 7), 5, "realtime")
    _lay(place, [(row, kind)])
    (run,) = assess_air(place, [YEAR])
    # The station, its city and its county.
    assert (run.worked, run.days) == (3, 1)
    changed = {
        (name, subject, day)
        for name, table in _tables(place).items()
        for subject, day in table.join(before[name], on=table.columns, how="anti", nulls_equal=True).select("subject", "day").iter_rows()
    }
    assert {(subject, day) for _, subject, day in changed} <= {
        (subject, date(2022, 3, 7)) for subject in ("station:1004A", CITIES[0], "360102")
    }
    assert ("stations-2022-03.parquet", "station:1004A", date(2022, 3, 7)) in changed
    _same(place, figures_too=True)


def test_nothing_new_computes_nothing(start: Path, tmp_path: Path) -> None:
    place = _copy(start, tmp_path / "w")
    before = _digests(place)
    (run,) = assess_air(place, [YEAR])
    assert (run.worked, run.days) == (0, 0)
    assert _digests(place) == before


def test_an_exclusion_reaches_its_days_alone(start: Path, tmp_path: Path) -> None:
    place = _copy(start, tmp_path / "w")
    before = _digests(place)
    out = Event(
        kind="exclusion", subject="station:1001A", start=datetime(2022, 3, 5, 3), end=datetime(2022, 3, 5, 9), by="张三",
        reason="停电",
    )  # fmt: skip
    append_events(place, [out], now=datetime(2022, 5, 1, tzinfo=UTC))
    (run,) = assess_air(place, [YEAR])
    assert run.days == 1
    assert {name for name, digest in _digests(place).items() if before[name] != digest} == {
        "places-2022-03.parquet",
        "stations-2022-03.parquet",
    }
    _same(place)


def test_another_registry_or_another_rule_computes_everything(start: Path, tmp_path: Path) -> None:
    place = _copy(start, tmp_path / "w")
    held = Registry.load(place)
    Registry(tuple(row for row in held.rows if row.station != "station:1008A")).save(place)
    (run,) = assess_air(place, [YEAR])
    assert run.worked == run.rows > 0
    _same(place)
    (again,) = assess_air(place, [YEAR], first="hours")
    assert again.worked == again.rows > 0
    _same_hours_first(place)


def _same_hours_first(place: Workspace) -> None:
    _lay(place, [_change("hour", "station:1001A", date(2022, 1, 4), 3, "realtime")])
    (run,) = assess_air(place, [YEAR], first="hours")
    # Hours first the month is computed as a whole, and the other one is taken over.
    assert 0 < run.worked < run.rows
    tables = _tables(place)
    assess_air(place, [YEAR], first="hours", whole=True)
    assert all(table.equals(_tables(place)[name]) for name, table in tables.items())


def test_a_month_whose_earlier_readings_are_gone_is_computed_as_a_whole(start: Path, tmp_path: Path) -> None:
    place = _copy(start, tmp_path / "w")
    for n in range(KEEP + 1):
        _lay(place, [_change("hour", "station:1001A", date(2022, 3, 3), n, "realtime")])
    with place.writing():
        Lake(place).sweep()
    (run,) = assess_air(place, [YEAR])
    assert run.days == 20
    _same(place)


# ------------------------------------------------------------------------------------------------------------------------------ water

SECTIONS = ("甲桥", "乙桥", "丙湖心", "丁断面")


def _water(folder: Path, name: str, lines: list[str], head: str) -> Path:
    path = folder / name
    path.write_text(head + "\n" + "\n".join(lines) + "\n", encoding="utf-8")
    return path


def _samples(dice: random.Random, name: str, month: int, days: list[int]) -> list[str]:
    def at(low: float, high: float) -> str:
        return "" if dice.random() < 0.1 else f"{dice.uniform(low, high):.2f}"

    return [f"湖南省,{name},2022-{month:02d}-{day:02d},{at(2, 9)},{at(1, 8)},{at(0, 2)},{at(6, 9)}" for day in days]


MANUAL = "省份,断面名称,采样日期,溶解氧(mg/L),高锰酸盐指数(mg/L),总磷(mg/L),pH"
MONTHLY = "省份,断面名称,月份,溶解氧(mg/L),氨氮(mg/L),pH"


@pytest.fixture(scope="module")
def wet(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four sections with samples and months of a year, assessed once."""
    folder = tmp_path_factory.mktemp("wet")
    place, dice = Workspace.open(folder / "w", create=True), random.Random(3)
    samples = [line for name in SECTIONS for month in range(1, 13) for line in _samples(dice, name, month, [5, 19])]
    months = [f"湖南省,{SECTIONS[0]},2022-{m:02d},8.{m % 10},0.{m % 7}1,7.{m % 9}" for m in range(1, 7)]
    receipt = ingest(place, [_water(folder, "samples.csv", samples, MANUAL), _water(folder, "months.csv", months, MONTHLY)])
    assert not receipt.rejections
    assess_water(place, [YEAR])
    return place.path


def _water_tables(place: Workspace) -> dict[str, pl.DataFrame]:
    folder = place.figures / read_water(place)[str(YEAR)]["folder"]
    return {path.name: pl.read_parquet(path, glob=False) for path in sorted(folder.glob("*.parquet"))}


@pytest.mark.parametrize("seed", range(5))
def test_late_samples_of_water_reach_their_months_alone(wet: Path, tmp_path: Path, seed: int) -> None:
    place, dice = _copy(wet, tmp_path / "w"), random.Random(seed)
    before = _water_tables(place)
    named = dice.sample([(name, month) for name in (*SECTIONS, "新断面") for month in range(1, 13)], 3)
    lines = [line for name, month in named for line in _samples(dice, name, month, dice.sample(range(1, 28), 2))]
    receipt = ingest(place, [_water(tmp_path, "late.csv", lines, MANUAL)])
    assert receipt.total("accepted") > 0
    (run,) = assess_water(place, [YEAR])
    assert run.worked == 3
    after = _water_tables(place)
    touched = {(f"section:430000:{name}", date(YEAR, month, 1)) for name, month in named}
    for name, table in after.items():
        other = table.join(before[name], on=table.columns, how="anti", nulls_equal=True)
        assert {(row["section"], row["month"]) for row in other.iter_rows(named=True)} <= touched
    assess_water(place, [YEAR], whole=True)
    anew = _water_tables(place)
    assert all(table.schema == anew[name].schema and table.equals(anew[name]) for name, table in after.items())


def test_nothing_new_in_water_computes_nothing(wet: Path, tmp_path: Path) -> None:
    place = _copy(wet, tmp_path / "w")
    before = _water_tables(place)
    (run,) = assess_water(place, [YEAR])
    assert run.worked == 0
    assert all(table.equals(before[name]) for name, table in _water_tables(place).items())
