"""The Spark runner over a generated national year: the same tables as the local runner, and what a second core brings.

Only asked for by name (``python -m bench spark``): it needs PySpark and Java, and several minutes.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import polars as pl

from bench.generate_water import SNAPSHOTS, snapshots
from bench.jobs import YEAR, _lake, _registry
from bench.measure import Row, seconds
from yangban.readings.intake import ingest
from yangban.readings.stations import Registry, Station
from yangban.readings.workspace import Workspace
from yangban.run.local import assess_air, read_manifest
from yangban.run.spark import SparkRunner, session
from yangban.run.water import assess_water
from yangban.run.water import read_manifest as read_water

STATIONS = 1700
ROUNDS = 3


def spark(scratch: Path) -> Iterator[Row]:
    place = _lake(scratch, STATIONS)
    rows = _registry(STATIONS).iter_rows(named=True)
    Registry(tuple(Station(station=row["station"], city=row["city"]) for row in rows)).save(place)
    here = _median(lambda: assess_air(place, [YEAR], whole=True))
    local = _tables(place, read_manifest(place))
    wet = Workspace.open(scratch / "wet", create=True)
    ingest(wet, snapshots(scratch / "snapshots", count=SNAPSHOTS // 10))
    water_here = _median(lambda: assess_water(wet, [YEAR], whole=True))
    water_local = _tables(wet, read_water(wet))
    took: dict[int, float] = {}
    water_took: dict[int, float] = {}
    starts: dict[int, float] = {}
    other = 0
    for cores in (1, 2):
        started = time.perf_counter()
        runner = SparkRunner(session(f"local[{cores}]"), place.readings)
        starts[cores] = time.perf_counter() - started
        wet_runner = SparkRunner(runner._spark, wet.readings)
        # The first job loads classes and starts Python; those after it tell what the work costs.
        assess_air(place, [YEAR], whole=True, runner=runner)
        took[cores] = _median(partial(assess_air, place, [YEAR], whole=True, runner=runner))
        other += _differing(local, _tables(place, read_manifest(place)))
        water_took[cores] = _median(partial(assess_water, wet, [YEAR], whole=True, runner=wet_runner))
        other += _differing(water_local, _tables(wet, read_water(wet)))
        runner._spark.stop()
    cells = sum(table.height * table.width for table in (*local.values(), *water_local.values()))
    yield Row(f"Spark: cells that differ from the local runner, of {cells:,}", float(other), 0, True, f"{STATIONS} stations, {YEAR}; water")
    for medium, spent, near in (("air", took, here), ("water", water_took, water_here)):
        detail = f"local runner {near:.1f} s; Spark {spent[1]:.1f} s on 1 core, {spent[2]:.1f} s on 2; starting it {starts[2]:.1f} s"
        yield Row(f"Spark, {medium}: 2 executor cores ÷ 1", spent[2] / spent[1], 1.0, True, detail)


def _median(work: Callable[[], object]) -> float:
    return statistics.median(seconds(work) for _ in range(ROUNDS))


def _tables(place: Workspace, manifest: dict[str, dict[str, object]]) -> dict[str, pl.DataFrame]:
    folder = place.figures / str(manifest[str(YEAR)]["folder"])
    return {path.name: pl.read_parquet(path, glob=False) for path in sorted(folder.glob("*.parquet"))}


def _differing(one: dict[str, pl.DataFrame], two: dict[str, pl.DataFrame]) -> int:
    """Cells that are not the same; a table that is missing or of another form counts whole."""
    count = 0
    for name in one.keys() | two.keys():
        a, b = one.get(name), two.get(name)
        if a is None or b is None or a.schema != b.schema or a.height != b.height:
            count += max(0 if each is None else each.height * each.width for each in (a, b))
        else:
            count += sum(int(a[column].ne_missing(b[column]).sum()) for column in a.columns)
    return count
