"""A kill at any moment of ingest and assess loses nothing; a reader during a write sees before or after, never between."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from yangban.base.periods import parse
from yangban.readings.intake import ingest
from yangban.readings.workspace import Workspace
from yangban.run.local import assess_air, open_results

KILLS = 50
WORK = """
import sys
from pathlib import Path
from yangban.readings.intake import ingest
from yangban.readings.workspace import Workspace
from yangban.run.local import assess_air
place = Workspace.open(Path(sys.argv[1]))
print("go", flush=True)
ingest(place, [Path(sys.argv[2])])
assess_air(place, [2023])
print("done", flush=True)
"""
Answer = tuple[tuple[str, str, str | None, str], ...]

pytestmark = pytest.mark.skipif(os.name == "nt", reason="SIGKILL is a POSIX signal")


def _archive(days: int, pm25: int) -> str:
    """Whole days of three cities in the archive's layout; all six items."""
    values = {"PM2.5": pm25, "PM10": 60, "SO2": 9, "NO2": 25, "CO": 0.8, "O3": 90}
    lines = ["date,hour,type,南昌,九江,赣州"]
    for day in range(1, days + 1):
        for hour in range(24):
            lines += [f"202306{day:02d},{hour},{kind},{value},{value},{value}" for kind, value in values.items()]
    return "\n".join(lines) + "\n"


def _answer(place: Workspace) -> Answer:
    """What a reader sees: a few Figures of cities and province."""
    figures = open_results(place).figures(
        subjects=["360100", "360400", "360700", "360000"],
        periods=[parse("2023-06"), parse("2023"), parse("2023-06-03")],
        indicators=["air.pm25.mean", "air.good_days", "air.composite_index"],
    )
    return tuple((f.subject, f.indicator, f.value, f.status) for f in figures)


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with ten assessed days, and beside it a file that corrects them and brings twenty more."""
    folder = tmp_path_factory.mktemp("kill")
    (folder / "first.csv").write_text(_archive(10, 30), encoding="utf-8")
    (folder / "second.csv").write_text(_archive(30, 41), encoding="utf-8")
    place = Workspace.open(folder / "w", create=True)
    ingest(place, [folder / "first.csv"])
    assess_air(place, [2023])
    return folder


def _start(folder: Path, place: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", WORK, str(place), str(folder / "second.csv")]
    victim = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert victim.stdout is not None
    assert victim.stdout.readline() == "go\n"
    return victim


def _undisturbed(folder: Path, place: Path) -> tuple[Answer, float]:
    shutil.copytree(folder / "w", place)
    started = time.monotonic()
    victim = _start(folder, place)
    said, _ = victim.communicate()
    assert said == "done\n"
    return _answer(Workspace.open(place)), time.monotonic() - started


def test_fifty_kills(before: Path, tmp_path: Path) -> None:
    old = _answer(Workspace.open(before / "w"))
    new, span = _undisturbed(before, tmp_path / "clean")
    assert old != new
    rng = random.Random(20260301)
    place = tmp_path / "w"
    shutil.copytree(before / "w", place)
    interrupted = 0
    for _ in range(KILLS):
        victim = _start(before, place)
        time.sleep(rng.random() * span * 0.6)
        victim.send_signal(signal.SIGKILL)
        victim.communicate()
        seen = _answer(Workspace.open(place))
        assert seen in (old, new)
        interrupted += seen == old
        if seen == new:
            shutil.rmtree(place)
            shutil.copytree(before / "w", place)
    assert interrupted > 0, "no kill came before the end: the moments are badly chosen"
    victim = _start(before, place)
    assert victim.communicate()[0] == "done\n"
    assert _answer(Workspace.open(place)) == new
    assert not list((place / "raw").glob(".*")), "nothing half-written is left"


def test_a_reader_during_a_write_sees_before_or_after(before: Path, tmp_path: Path) -> None:
    old = _answer(Workspace.open(before / "w"))
    new, _ = _undisturbed(before, tmp_path / "clean")
    place = tmp_path / "w"
    shutil.copytree(before / "w", place)
    seen: list[Answer] = []
    victim = _start(before, place)
    while victim.poll() is None:
        seen.append(_answer(Workspace.open(place)))
    victim.communicate()
    seen.append(_answer(Workspace.open(place)))
    assert len(seen) > 2
    assert set(seen) <= {old, new}
    assert seen[-1] == new
    assert seen.index(new) == len([each for each in seen if each == old]), "once the new is seen, the old never comes back"
