"""The Spark runner gives the tables of the local one, cell for cell: its groups always, Spark itself where PySpark and Java are."""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import subprocess
import sys
from datetime import date
from pathlib import Path

import polars as pl
import pyarrow as pa
import pytest

from run.test_incremental import YEAR, _copy, _tables, _water_tables, start, wet
from yangban.readings.events import load as load_events
from yangban.readings.events import spread
from yangban.readings.lake import Lake
from yangban.readings.stations import Registry
from yangban.readings.workspace import Workspace
from yangban.run import spark
from yangban.run.air_days import How, Segment, gathered, segment
from yangban.run.local import assess_air
from yangban.run.water import tables_of
from yangban.standards import load_book

__all__ = ["start", "wet"]
BOOK = load_book()
SPAN = date(YEAR, 1, 1), date(YEAR, 12, 31)


def _how(place: Workspace, first: str) -> How:
    registry = Registry.load(place).frame()
    return How(BOOK.air("2012"), registry, spread(load_events(place), registry), first)


def _in_groups(place: Workspace, how: How, month: str) -> Segment:
    """A month as executors compute it: groups of a few days and one basis, through Arrow and back."""
    lake, both = Lake(place), []
    for basis in ("realtime", "audited"):
        hours = lake.air(start=SPAN[0], end=SPAN[1], basis=basis).select(spark.AIR_ROWS.names).with_columns(kind=pl.lit("hours"))
        days = lake.air_days(start=SPAN[0], end=SPAN[1], basis=basis).select(spark.AIR_TABLES.names).with_columns(kind=pl.lit("days"))
        rows = pl.concat([hours, days], how="diagonal").filter(pl.col("day").dt.strftime("%Y-%m") == month).collect().sample(
            fraction=1, shuffle=True, seed=1
        )  # fmt: skip
        groups = rows.group_by((pl.col("day").dt.day() - 1) // spark.PIECE_DAYS)
        tables = [spark.air_group(group.to_arrow(compat_level=pl.CompatLevel.oldest()), how) for _, group in groups]
        whole = pl.DataFrame(pl.from_arrow(pa.concat_tables([spark.AIR_WIRE.empty_table(), *tables])))
        both.append(gathered([spark._from_wire(whole)]))
    return segment(both)


@pytest.mark.parametrize("first", ["stations", "hours"])
def test_groups_of_days_come_to_the_months_of_the_local_runner(start: Path, tmp_path: Path, first: str) -> None:
    place = _copy(start, tmp_path / "w")
    assess_air(place, [YEAR], first=first, whole=True)
    tables = _tables(place)
    for month in ("2022-01", "2022-03"):
        found = _in_groups(place, _how(place, first), month)
        for name, table in (("places", found.places), ("stations", found.stations)):
            local = tables[f"{name}-{month}.parquet"]
            assert table.schema == local.schema
            assert table.equals(local)


def test_groups_of_sections_come_to_the_tables_of_the_local_runner(wet: Path) -> None:
    place = Workspace.open(wet)
    edition = BOOK.water_on(SPAN[1])
    rows = Lake(place).water(start=SPAN[0], end=SPAN[1]).select(spark.WATER_ROWS.names).collect().sample(fraction=1, shuffle=True, seed=1)
    empty = tables_of(rows.clear().lazy(), edition)
    wire = spark._water_wire(empty)
    groups = [
        spark.water_group(group.to_arrow(compat_level=pl.CompatLevel.oldest()), edition, wire) for _, group in rows.group_by("subject")
    ]
    found = pl.DataFrame(pl.from_arrow(pa.concat_tables(groups))).sort("section", "month")
    for name, local in _water_tables(place).items():
        mine = found.filter(table=name.removesuffix(".parquet")).select(local.columns)
        assert mine.height > 0
        assert mine.cast(local.schema).equals(local)


# ------------------------------------------------------------------------------------------------------------------------ Spark itself

HERE = importlib.util.find_spec("pyspark") is not None and (shutil.which("java") is not None or bool(os.environ.get("JAVA_HOME")))
with_spark = pytest.mark.skipif(
    not HERE or os.environ.get("YANGBAN_SPARK") != "1",
    reason="Spark takes minutes: `make spark` installs PySpark (400 MB) and runs this; it needs Java 17 (openjdk-17-jre-headless)",
)


def _assess(*words: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "yangban", "assess", *words, "--json"], capture_output=True, text=True, encoding="utf-8", check=False
    )
    assert done.stdout.startswith("{"), done.stderr[-2000:]
    (run,) = json.loads(done.stdout)["runs"]
    assert run["computed"] == run["rows"] > 0


@with_spark
def test_spark_and_local_give_the_same_tables_over_a_lake_by_its_url(start: Path, wet: Path, tmp_path: Path) -> None:
    for medium, source, tables in (("air", start, _tables), ("water", wet, _water_tables)):
        place = _copy(source, tmp_path / medium)
        elsewhere = tmp_path / f"bucket-{medium}"
        shutil.copytree(place.readings, elsewhere)
        words = ("--workspace", str(place.path), "--year", str(YEAR), "--medium", medium, "--whole")
        _assess(*words)
        local, folders = tables(place), set(place.figures.iterdir())
        _assess(*words, "--runner", "spark", "--master", "local[2]", "--lake", elsewhere.as_uri())
        far = tables(place)
        assert set(place.figures.iterdir()) - folders, "nothing new was written"
        assert local.keys() == far.keys()
        assert all(local[name].schema == far[name].schema and local[name].equals(far[name]) for name in local)


@with_spark
def test_a_url_without_a_lake_is_told(tmp_path: Path) -> None:
    Workspace.open(tmp_path / "w", create=True)
    code = f"""
from yangban.base.errors import WorkspaceError
from yangban.run.spark import SparkRunner, session
for url in ("{tmp_path.as_uri()}/nothing", "nonsense://bucket/readings"):
    try:
        SparkRunner(session("local[1]"), url)
    except WorkspaceError as problem:
        print(problem)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, encoding="utf-8", check=True)
    first, second = done.stdout.strip().splitlines()[:2]
    assert "没有读数" in first
    assert "nonsense" in second


def test_without_pyspark_the_command_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JAVA_HOME", "somewhere")
    monkeypatch.setitem(sys.modules, "pyspark", None)
    with pytest.raises(Exception, match=r"pip install \"yangban\[spark\]\""):
        spark.session("local[1]")


def test_without_java_the_command_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setenv("PATH", "")
    with pytest.raises(Exception, match="Java 17"):
        spark.session("local[1]")
