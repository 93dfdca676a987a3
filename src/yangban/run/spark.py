"""The Spark runner: the same kernel on many machines, over a lake on any file system that Spark reads.

Rows are grouped by whole days (air) or by sections (water) and each group is handed, as one Arrow table, to the very functions that the
local runner calls (:func:`~yangban.run.air_days.days_of`, :func:`~yangban.run.water.tables_of`); nothing is translated and no rule stands
here. The results come back as Arrow and are put together on the driver, so that every table is the local runner's, cell for cell.

The lake is named by a URL (``file:///…``, ``s3a://…``, ``hdfs://…``) and read through Spark's own file systems: its manifest first, then
the segments that the manifest names, so a reader sees one version while another is written. PySpark is imported when a session is asked
for and never before.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import polars as pl
import pyarrow as pa

from yangban.assess.air.daily import DAY_COLUMNS, KEYS
from yangban.assess.air.rules import MEAN_ITEMS
from yangban.base.errors import UsageError, WorkspaceError
from yangban.base.pollutants import AIR_SIX
from yangban.readings import frames as air_frames
from yangban.readings.lake import Kind, Part
from yangban.readings.water import frames as water_frames
from yangban.run.air_days import Days, How, Segment, days_of, gathered, segment
from yangban.run.water import SCOPES, WaterTables, tables_of
from yangban.standards import WaterEdition

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

PIECE_DAYS: Final = 4
"""Official days in one group of air: some 7,000 rows of a national network, 4 MB, which takes longer to compute than to begin."""

BUCKETS: Final = 64
"""Groups of sections; a section is always in one."""

_BASES: Final = ("realtime", "audited")
_SECTIONS: Final = "sections"


# ----------------------------------------------------------------------------------------------------------------------------- session


def session(master: str | None = None) -> SparkSession:
    """A Spark session with what the runner needs; whatever spark-submit or a configuration file says goes first.

    ``master`` (``local[2]``, ``spark://host:7077``, ``yarn``) is for a start without spark-submit; by default all cores of this machine.

    Raises :class:`~yangban.base.errors.UsageError` where PySpark or Java is absent, saying what to install.
    """
    if not os.environ.get("JAVA_HOME") and shutil.which("java") is None:
        raise UsageError(
            "Spark 需要 Java 17 或更新：请安装 Java，或设置 JAVA_HOME；Spark needs Java 17 or newer: install it, or set JAVA_HOME"
        )
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    # PySpark warns of a pandas that is newer than it knows; no pandas is used here.
    warnings.filterwarnings("ignore", message="PySpark does not yet fully support pandas", category=FutureWarning)
    try:
        from pyspark import SparkConf
        from pyspark.sql import SparkSession
    except ImportError:
        raise UsageError(
            '没有安装 PySpark：请运行 pip install "yangban[spark]"；PySpark is not installed: pip install "yangban[spark]"'
        ) from None
    conf = SparkConf()
    for name, value in _SETTINGS.items():
        conf.setIfMissing(name, value)
    conf.set("spark.sql.session.timeZone", "UTC")
    if master:
        conf.setMaster(master)
    conf.setIfMissing("spark.master", "local[*]")
    return SparkSession.builder.config(conf=conf).getOrCreate()


_SETTINGS: Final = {
    "spark.app.name": "yangban",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.log.level": "ERROR",
    "spark.driver.memory": "2g",
    "spark.driver.maxResultSize": "0",
    # One task has one core: Polars in it takes no more.
    "spark.executorEnv.POLARS_MAX_THREADS": "1",
    "spark.sql.execution.arrow.maxRecordsPerBatch": "200000",
    # Groups are few and dear: joining small partitions would leave cores without work.
    "spark.sql.adaptive.coalescePartitions.enabled": "false",
    "spark.sql.shuffle.partitions": "48",
}


# -------------------------------------------------------------------------------------------------------------------------------- lake


class SparkRunner:
    """Days of air and monthly values of water, computed by Spark from the lake at a URL: that of a workspace's folder ``readings``."""

    def __init__(self, spark: SparkSession, lake: str | Path) -> None:
        self._spark = spark
        place = lake.resolve().as_uri() if isinstance(lake, Path) else lake.rstrip("/")
        self._root = f"{place}/air"
        self._number, self._parts = self._manifest()

    def version(self) -> int:
        """The version of the lake that is read: the last one when the runner was made."""
        return self._number

    def parts(self) -> Sequence[Part]:
        """The segments of that version."""
        return self._parts

    def _manifest(self) -> tuple[int, tuple[Part, ...]]:
        jvm: Any = self._spark._jvm
        folder = jvm.org.apache.hadoop.fs.Path(f"{self._root}/manifests")
        try:
            files = folder.getFileSystem(self._spark._jsc.hadoopConfiguration())
            names = [each.getPath().getName() for each in files.listStatus(folder)] if files.exists(folder) else []
            numbers = [int(name.removesuffix(".json")) for name in names if name.removesuffix(".json").isdigit()]
            if not numbers:
                raise WorkspaceError(
                    f"{self._root} 没有读数：应是工作区 readings 文件夹的地址；"
                    "no manifest of a lake there: give the URL of a workspace's folder readings"
                )
            stream = files.open(jvm.org.apache.hadoop.fs.Path(folder, f"{max(numbers):08d}.json"))
            try:
                content = json.loads(bytes(jvm.org.apache.commons.io.IOUtils.toByteArray(stream)))
            finally:
                stream.close()
        except (WorkspaceError, ValueError):
            raise
        except Exception as problem:
            said = getattr(problem, "java_exception", problem)
            raise WorkspaceError(f"{self._root} 读不出；cannot be read through Spark: {said}") from None
        return max(numbers), tuple(Part(**each) for each in content["parts"])

    def _read(self, parts: Iterable[Part], schema: pa.Schema) -> DataFrame:
        """Segments under one schema; columns that came later than a segment are null in it."""
        from pyspark.sql.pandas.types import from_arrow_schema

        return self._spark.read.schema(from_arrow_schema(schema)).parquet(*(f"{self._root}/{part.file}" for part in parts))

    # ------------------------------------------------------------------------------------------------------------------------- air

    def months(self, labels: Sequence[str], how: How) -> Iterator[tuple[str, Segment]]:
        """The day results of months (``2022-03``), in one job."""
        wanted = [part for part in self._parts if part.month in set(labels) and part.basis in _BASES]
        rows = self._air_rows(wanted)
        if rows is None:
            return
        from pyspark.sql import functions as f
        from pyspark.sql.pandas.types import from_arrow_schema

        day = f.col("day")
        piece = f.floor((f.dayofmonth(day) - 1) / f.lit(PIECE_DAYS))
        grouped = rows.groupBy("basis", f.date_format(day, "yyyy-MM").alias("month"), piece.alias("piece"))

        def compute(table: pa.Table) -> pa.Table:
            return air_group(table, how)

        found = pl.DataFrame(pl.from_arrow(grouped.applyInArrow(compute, from_arrow_schema(AIR_WIRE)).toArrow()))
        month = pl.col("day").dt.strftime("%Y-%m")
        for label in labels:
            mine = found.filter(month == label)
            yield label, segment([gathered([_from_wire(mine.filter(basis=basis))]) for basis in _BASES])

    def _air_rows(self, parts: Sequence[Part]) -> DataFrame | None:
        from pyspark.sql import functions as f

        both = []
        for kind, schema in (("hours", AIR_ROWS), ("days", AIR_TABLES)):
            mine = [part for part in parts if part.kind == kind]
            if mine:
                both.append(self._read(mine, schema).withColumn("kind", f.lit(kind)))
        if not both:
            return None
        # Rows of one kind alone still carry the columns of the other, so that a group has one form.
        empty = self._spark.createDataFrame([], self._schema((*AIR_ROWS, *(each for each in AIR_TABLES if each.name in AIR_SIX), _KIND)))
        whole = empty
        for each in both:
            whole = whole.unionByName(each, allowMissingColumns=True)
        return whole

    @staticmethod
    def _schema(fields: Iterable[pa.Field]) -> Any:
        from pyspark.sql.pandas.types import from_arrow_schema

        return from_arrow_schema(pa.schema(list(fields)))

    # ----------------------------------------------------------------------------------------------------------------------- water

    def water(self, start: date, end: date, edition: WaterEdition, only: pl.DataFrame | None = None) -> WaterTables:
        """The tables of the months ``start`` to ``end``, of every section; what was asked ``only`` is among them."""
        from pyspark.sql import functions as f
        from pyspark.sql.pandas.types import from_arrow_schema

        assert only is None, "a part of the sections is computed by the local runner"
        kind: Kind = "water"
        first, last = start.isoformat(), end.isoformat()
        mine = [part for part in self._parts if part.kind == kind and part.first_day <= last and part.last_day >= first]
        empty = tables_of(pl.LazyFrame(schema=_polars(WATER_ROWS)), edition)
        if not mine:
            return empty
        wire = _water_wire(empty)

        def compute(table: pa.Table) -> pa.Table:
            return water_group(table, edition, wire)

        rows = self._read(mine, WATER_ROWS).where(f.col("time").cast("date").between(f.lit(start), f.lit(end)))
        grouped = rows.groupBy(f.pmod(f.xxhash64("subject"), f.lit(BUCKETS)).alias("bucket"))
        found = pl.DataFrame(pl.from_arrow(grouped.applyInArrow(compute, from_arrow_schema(wire)).toArrow())).sort("section", "month")
        parts = {**empty.scopes, _SECTIONS: empty.sections}
        tables = {name: found.filter(table=name).select(like.columns).cast(like.schema) for name, like in parts.items()}
        return WaterTables({scope: tables[scope] for scope in SCOPES}, tables[_SECTIONS])


# ------------------------------------------------------------------------------------------------------------------ what an executor does


def _fields(schema: Mapping[str, Any], names: Iterable[str]) -> pa.Schema:
    return pa.schema([pa.field(name, _ARROW[type(schema[name])]) for name in names])


_ARROW: Final[Mapping[Any, pa.DataType]] = {
    pl.String: pa.string(), type(pl.String()): pa.string(), type(pl.Boolean()): pa.bool_(), type(pl.Date()): pa.date32(),
    type(pl.Int32()): pa.int32(), type(pl.Int64()): pa.int64(), type(pl.Datetime("us")): pa.timestamp("us"),
}  # fmt: skip


def _polars(schema: pa.Schema) -> pl.Schema:
    return pl.DataFrame(pl.from_arrow(schema.empty_table())).schema


AIR_ROWS: Final = _fields(air_frames.SCHEMA, (*KEYS, *air_frames.SLOTS))
AIR_TABLES: Final = _fields(air_frames.DAY_SCHEMA, (*KEYS, *AIR_SIX))
WATER_ROWS: Final = _fields(water_frames.SCHEMA, ("subject", "time", "basis", "synthetic", *water_frames.ITEMS, "below", "state"))
_KIND: Final = pa.field("kind", pa.string())

_WIDE: Final = frozenset((*(f"{p}_sum" for p in MEAN_ITEMS), "o3_8h_best", *(f"{p}_ticks" for p in AIR_SIX)))
"""Columns that may need 128 bits; Spark knows no such integer, so they travel as decimals of 38 digits without places."""

_PLAIN: Final[Mapping[str, pa.DataType]] = {
    "subject": pa.string(), "level": pa.string(), "network": pa.string(), "basis": pa.string(), "day": pa.date32(),
    "synthetic": pa.bool_(), "origin": pa.string(), "scale": pa.int64(), "parts": pa.int64(),
}  # fmt: skip
_DECIMAL: Final = pa.decimal128(38, 0)
AIR_WIRE: Final = pa.schema(
    [pa.field(name, _DECIMAL if name in _WIDE else _PLAIN.get(name, pa.int32())) for name in DAY_COLUMNS] + [pa.field("made", pa.string())]
)
"""Day results as they come back: ``made`` is the level of a place that was made of stations, and empty for every other row."""


def air_group(table: pa.Table, how: How) -> pa.Table:
    """One group of whole days of one basis through the kernel."""
    rows = pl.DataFrame(pl.from_arrow(table))
    basis = str(rows["basis"][0])
    hours = rows.filter(kind="hours").select(AIR_ROWS.names).lazy()
    tables = rows.filter(kind="days").select(AIR_TABLES.names).lazy()
    found = days_of(hours, tables, how, basis)
    pieces = [("", found.own), ("", found.stations), *((str(each["level"][0]), each) for each in found.made)]
    wide = [pl.col(name).cast(pl.Int128).cast(pl.Decimal(38, 0)) for name in DAY_COLUMNS if name in _WIDE]
    sent = pl.concat([frame.with_columns(*wide, made=pl.lit(made)).select(AIR_WIRE.names) for made, frame in pieces])
    return sent.to_arrow(compat_level=pl.CompatLevel.oldest()).cast(AIR_WIRE)


def _from_wire(rows: pl.DataFrame) -> Days:
    """Day results of one basis and month as the kernel gave them."""

    def typed(frame: pl.DataFrame, whole: pl.DataType) -> pl.DataFrame:
        return frame.with_columns(pl.col(name).cast(pl.Int128).cast(whole) for name in _WIDE).select(DAY_COLUMNS)

    plain = rows.filter(made="")
    made = [typed(rows.filter(made=level), pl.Int128()) for level in rows["made"].unique().sort() if level]
    own, stations = (plain.filter((pl.col("level") == "station") == wanted) for wanted in (False, True))
    return Days(typed(own, pl.Int64()), tuple(made), typed(stations, pl.Int64()))


def _water_wire(empty: WaterTables) -> pa.Schema:
    """The columns of every table of water, and ``table``, which says to which a row belongs."""
    columns: dict[str, Any] = {}
    for table in (*empty.scopes.values(), empty.sections):
        columns |= dict(table.schema)
    return pa.schema([pa.field("table", pa.string()), *_fields(columns, columns)])


def water_group(table: pa.Table, edition: WaterEdition, wire: pa.Schema) -> pa.Table:
    """One group of whole sections through the rules."""
    rows = pl.DataFrame(pl.from_arrow(table)).select(WATER_ROWS.names)
    found = tables_of(rows.lazy(), edition)
    named = [each.with_columns(table=pl.lit(name)) for name, each in ({**found.scopes, _SECTIONS: found.sections}).items()]
    sent = pl.concat([pl.DataFrame(schema=_polars(wire)), *named], how="diagonal").select(wire.names)
    return sent.to_arrow(compat_level=pl.CompatLevel.oldest()).cast(wire)
