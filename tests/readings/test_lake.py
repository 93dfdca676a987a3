"""The lake: versions, merging, readers during a write, and what a dead writer leaves."""

from __future__ import annotations

import subprocess
import sys
import time
from datetime import UTC, date, datetime, timedelta

import polars as pl
import pytest

from yangban.base.errors import WorkspaceError
from yangban.readings.frames import SCHEMA, SLOTS
from yangban.readings.lake import KEEP, Lake, Transaction
from yangban.readings.workspace import Workspace


def rows(subject: str, day: date, *, level: str = "city", **cells: int) -> pl.DataFrame:
    keys = {
        "subject": subject,
        "level": level,
        "network": "state",
        "basis": "realtime",
        "day": day,
        "synthetic": False,
        "received": datetime(2022, 1, 1, tzinfo=UTC),
    }
    return pl.DataFrame([{**dict.fromkeys(SLOTS), **keys, **cells}], schema=SCHEMA)


def commit(lake: Lake, *frames: pl.DataFrame) -> int:
    change = Transaction(lake)
    for frame in frames:
        list(change.merge(frame))
    return change.commit()


def test_an_empty_lake_answers(bench) -> None:
    assert (bench.lake.version(), bench.lake.is_empty(), bench.lake.days()) == (0, True, None)
    empty = bench.lake.air(start=date(2022, 1, 1), end=date(2022, 12, 31)).collect()
    assert (empty.schema, empty.height) == (SCHEMA, 0)


def test_rows_come_back_sorted_by_subject_and_day_within_the_days_asked_for(bench) -> None:
    commit(
        bench.lake,
        rows("b", date(2022, 1, 2), pm25_01=1),
        rows("a", date(2022, 1, 3), pm25_01=2),
        rows("a", date(2022, 1, 1), pm25_01=3),
        rows("a", date(2022, 2, 1), pm25_01=4),
    )
    lake = bench.lake
    found = lake.air(start=date(2022, 1, 1), end=date(2022, 2, 28)).collect().select("subject", "day").rows()
    assert found == [("a", date(2022, 1, 1)), ("a", date(2022, 1, 3)), ("b", date(2022, 1, 2)), ("a", date(2022, 2, 1))]
    got = lake.air(start=date(2022, 1, 2), end=date(2022, 1, 2)).collect()
    assert (got.schema, got["subject"].to_list()) == (SCHEMA, ["b"])
    assert lake.air(start=date(2022, 1, 1), end=date(2022, 2, 28), subjects=["b"]).collect().height == 1
    assert lake.air(start=date(2022, 1, 1), end=date(2022, 2, 28), level="station").collect().height == 0
    assert lake.air(start=date(2022, 1, 1), end=date(2022, 2, 28), basis="audited").collect().height == 0
    assert lake.days() == (date(2022, 1, 1), date(2022, 2, 1))


def test_a_merge_fills_corrects_and_never_erases(bench) -> None:
    day = date(2022, 1, 1)
    commit(bench.lake, rows("a", day, pm25_01=1, pm25_02=2, pm25_03=3))
    change = Transaction(bench.lake)
    (told,) = change.merge(rows("a", day, pm25_02=2, pm25_03=4, o3_24=5))
    assert told.counts.sort("column").rows() == [(day, "pm25_02", 1, 0), (day, "pm25_03", 0, 1)]
    assert told.corrections.rows() == [("a", day, "pm25_03", 3, 4)]
    assert change.commit() == 2
    row = bench.rows().row(0, named=True)
    assert [row[name] for name in ("pm25_01", "pm25_02", "pm25_03", "o3_24", "co_01")] == [1, 2, 4, 5, None]


def test_only_touched_months_get_new_segments(bench) -> None:
    commit(bench.lake, rows("a", date(2022, 1, 1), pm25_01=1), rows("a", date(2022, 2, 1), pm25_01=1))
    before = {part.key: part.file for part in bench.lake.parts()}
    commit(bench.lake, rows("a", date(2022, 2, 1), pm25_01=2))
    after = {part.key: part.file for part in bench.lake.parts()}
    assert [key[2] for key in before if before[key] != after[key]] == ["2022-02"]


def test_a_reader_keeps_the_version_that_it_opened(bench) -> None:
    day = date(2022, 1, 1)
    commit(bench.lake, rows("a", day, pm25_01=1))
    opened = bench.lake.air(start=day, end=day)
    change = Transaction(bench.lake)
    list(change.merge(rows("a", day, pm25_01=2)))
    change.prepare()
    assert bench.value("a", "2022-01-01", "pm25_01") == 1
    change.commit()
    assert opened.collect()["pm25_01"].to_list() == [1]
    assert bench.value("a", "2022-01-01", "pm25_01") == 2
    assert Lake(bench.workspace, version=1).air(start=day, end=day).collect()["pm25_01"].to_list() == [1]


def test_the_sweep_removes_what_no_kept_version_uses(bench) -> None:
    for n in range(1, KEEP + 4):
        commit(bench.lake, rows("a", date(2022, 1, 1), pm25_01=n))
    stray = bench.lake.root / "city" / "realtime" / "2022-01-99999999-dead.parquet"
    stray.write_bytes(b"half")
    bench.lake.sweep()
    assert not stray.exists()
    assert len(list((bench.lake.root / "manifests").iterdir())) == KEEP
    assert len(list((bench.lake.root / "city" / "realtime").iterdir())) == KEEP
    assert bench.value("a", "2022-01-01", "pm25_01") == KEEP + 3
    with pytest.raises(WorkspaceError, match="kept are"):
        Lake(bench.workspace, version=1).parts()


def test_a_writer_that_died_over_its_very_first_segment_blocks_nobody(bench) -> None:
    """A full disk before the first manifest: the folder of segments is there, that of manifests is not."""
    stray = bench.lake.root / "city" / "realtime" / "2022-01-99999999-dead.parquet"
    stray.parent.mkdir(parents=True)
    stray.write_bytes(b"half")
    bench.lake.sweep()
    assert not stray.exists()
    commit(bench.lake, rows("a", date(2022, 1, 1), pm25_01=1))
    assert bench.value("a", "2022-01-01", "pm25_01") == 1


def test_months_that_do_not_fit_in_memory_are_written_on_the_way(bench, monkeypatch) -> None:
    monkeypatch.setattr("yangban.readings.lake._HELD_ROWS", 1)
    days = [date(2022, 1, 1) + timedelta(days=20 * k) for k in range(12)]
    commit(bench.lake, *(rows("a", day, pm25_01=k) for k, day in enumerate(days)), rows("a", days[0], pm25_02=7))
    assert bench.rows()["pm25_01"].to_list() == list(range(12))
    assert bench.value("a", "2022-01-01", "pm25_02") == 7
    assert bench.lake.version() == 1


def test_one_writer_at_a_time_and_a_dead_one_does_not_block(bench) -> None:
    code = "\n".join(
        (
            "import sys, time",
            "from yangban.readings.workspace import Workspace",
            "with Workspace.open(sys.argv[1]).writing():",
            "    print('held', flush=True)",
            "    time.sleep(60)",
        )
    )
    other = subprocess.Popen([sys.executable, "-c", code, str(bench.workspace.path)], stdout=subprocess.PIPE, text=True)
    try:
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        with pytest.raises(WorkspaceError, match="in use"), bench.workspace.writing():
            pass
    finally:
        other.kill()
        other.communicate()
    time.sleep(0.05)
    with bench.workspace.writing():
        pass


def test_a_workspace_is_not_made_where_something_else_lies(tmp_path) -> None:
    with pytest.raises(WorkspaceError, match="no workspace"):
        Workspace.open(tmp_path / "absent")
    (tmp_path / "letters").mkdir()
    (tmp_path / "letters" / "dear.txt").write_text("x", encoding="utf-8")
    with pytest.raises(WorkspaceError, match=r"dear\.txt"):
        Workspace.open(tmp_path / "letters", create=True)
    (tmp_path / "half" / "raw").mkdir(parents=True)
    assert Workspace.open(tmp_path / "half", create=True).receipts.is_dir()
