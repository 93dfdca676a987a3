"""An ingest of water that is killed at any moment leaves the workspace as before or as after."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from yangban.readings.receipts import receipts

CODE = """
import sys
from pathlib import Path
from yangban.readings.intake import ingest
from yangban.readings.workspace import Workspace
workspace = Workspace.open(sys.argv[1], create=True)
print("go", flush=True)
ingest(workspace, [Path(each) for each in sys.argv[2:]])
print("done", flush=True)
"""
SECTIONS = 60


def snapshots(folder: Path, tp: str) -> list[Path]:
    """Six snapshots in each of four months, every one with sixty sections; a later set with other values corrects an earlier one."""
    folder.mkdir()
    found = []
    for month in range(3, 7):
        for day in range(1, 7):
            rows = [f"湖南省,断面{n:02d},{month:02d}-{day:02d} 08:00,Ⅱ,7.5,8.1,{tp},正常" for n in range(SECTIONS)]
            path = folder / f"2022_{month:02d}_{day:02d}_09h{int(tp[-2:]):02d}m.csv"
            path.write_bytes("\n".join(("省份,断面名称,监测时间,水质类别,pH,溶解氧,总磷,站点情况", *rows, "")).encode("gb18030"))
            found.append(path)
    return found


def water(bench) -> pl.DataFrame:
    rows = bench.lake.water(start=date(2022, 1, 1), end=date(2022, 12, 31)).collect()
    return rows.drop("received").sort("subject", "time")


@pytest.mark.skipif(os.name == "nt", reason="SIGKILL is a POSIX signal")
def test_kill_at_random_moments(bench, tmp_path: Path) -> None:
    first, second = snapshots(tmp_path / "first", "0.010"), snapshots(tmp_path / "second", "0.020")
    bench.take(*first)
    before, rng = water(bench), random.Random(11)
    assert (before.height, before["tp"].unique().to_list()) == (SECTIONS * 24, [10_000])
    command = [sys.executable, "-c", CODE]
    clean = bench.__class__(tmp_path / "clean")
    clean.take(*first)
    with subprocess.Popen([*command, str(clean.workspace.path), *map(str, second)], stdout=subprocess.PIPE, text=True) as whole:
        assert whole.stdout is not None
        whole.stdout.readline()
        started = time.monotonic()
        whole.stdout.read()
    span = time.monotonic() - started
    killed = 0
    for part in (0.0, 0.3, 0.6):
        victim = subprocess.Popen([*command, str(bench.workspace.path), *map(str, second)], stdout=subprocess.PIPE, text=True)
        assert victim.stdout is not None
        victim.stdout.readline()
        time.sleep((part + 0.3 * rng.random()) * span)
        victim.send_signal(signal.SIGKILL)
        said, _ = victim.communicate()
        counted = len(list(receipts(bench.workspace)))
        if bench.lake.version() == 1:
            killed += 1
            assert (said, counted) == ("", 1)
            assert water(bench).equals(before)
        else:
            assert counted == 2
            assert water(bench)["tp"].unique().to_list() == [20_000]
            break
    bench.take(*second)
    assert water(bench).equals(water(clean))
    assert water(bench)["tp"].unique().to_list() == [20_000]
    assert not [path for path in bench.workspace.path.rglob(".*") if path.suffix == ".tmp"]
    used = {part.file for number in range(1, bench.lake.version() + 1) for part in bench.lake.at(bench.lake, number).parts()}
    bench.lake.sweep()
    assert {path.relative_to(bench.lake.root).as_posix() for path in bench.lake.root.rglob("*.parquet")} == used
    assert killed
