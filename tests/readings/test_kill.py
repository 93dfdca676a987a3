"""A writer that is killed at any moment leaves the workspace as before or as after."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from datetime import date
from pathlib import Path

import pytest

from yangban.readings.receipts import receipts, sources

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


def year(places: int, value: int) -> str:
    names = [f"{1000 + k}A" for k in range(places)]
    lines = [",".join(("date", "hour", "type", *names))]
    for month in range(1, 13):
        for day in (1, 15):
            for hour in range(24):
                lines += [",".join((f"2022{month:02d}{day:02d}", str(hour), kind, *[str(value)] * places)) for kind in ("PM2.5", "O3")]
    return "\n".join(lines) + "\n"


@pytest.mark.skipif(os.name == "nt", reason="SIGKILL is a POSIX signal")
def test_kill_at_random_moments(bench, tmp_path: Path) -> None:
    bench.take(bench.write("a.csv", year(60, 5)))
    before, rng = bench.rows().drop("received"), random.Random(7)
    new = bench.write("b.csv.bad", year(60, 6) + "20220101,1,PM2.5,short\n")
    started = time.monotonic()
    subprocess.run(
        [sys.executable, "-c", CODE, str(tmp_path / "clean"), str(tmp_path / "a.csv"), str(new)], check=True, capture_output=True
    )
    span = time.monotonic() - started
    killed = 0
    for _ in range(6):
        victim = subprocess.Popen([sys.executable, "-c", CODE, str(bench.workspace.path), str(new)], stdout=subprocess.PIPE, text=True)
        assert victim.stdout is not None
        victim.stdout.readline()
        time.sleep(rng.random() * span / 2)
        victim.send_signal(signal.SIGKILL)
        said, _ = victim.communicate()
        version, got = bench.lake.version(), bench.rows().drop("received")
        counted = len(list(receipts(bench.workspace)))
        covering = len(sources(bench.workspace, day=date(2022, 1, 1), subject="station:1000A"))
        if version == 1:
            killed += 1
            assert said == ""
            assert got.equals(before)
            assert (counted, covering) == (1, 1)
        else:
            assert got["pm25_02"].drop_nulls().unique().to_list() == [6_000]
            assert got["pm25_24"].drop_nulls().unique().to_list() == [6_000]
            assert (counted, covering) == (2, 2)
            break
    bench.take(new)
    undisturbed = bench.__class__(tmp_path / "other")
    undisturbed.take(tmp_path / "a.csv")
    undisturbed.take(new)
    assert bench.rows().drop("received").equals(undisturbed.rows().drop("received"))
    assert [part.key for part in bench.lake.parts()] == [part.key for part in undisturbed.lake.parts()]
    assert not [path for path in bench.workspace.path.rglob(".*") if path.suffix == ".tmp"]
    used = {part.file for number in range(1, bench.lake.version() + 1) for part in bench.lake.at(bench.lake, number).parts()}
    bench.lake.sweep()
    assert {path.relative_to(bench.lake.root).as_posix() for path in bench.lake.root.rglob("*.parquet")} == used
    assert killed
