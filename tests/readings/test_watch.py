"""A watched folder: nothing is taken while it is written, nothing is lost or doubled by a kill, and every file gets its receipt."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from datetime import date
from pathlib import Path

import pytest

from yangban.base.errors import InputError, WorkspaceError
from yangban.readings.lake import Lake
from yangban.readings.receipts import receipts
from yangban.readings.watch import DONE, REFUSED, Taken, Watched
from yangban.readings.workspace import Workspace

HEAD = "station,time,pollutant,value\n"


def _hour(number: int, value: str = "35") -> str:
    return f"{HEAD}{1000 + number}A,2024-03-01 01:00,pm25,{value}\n"


@pytest.fixture
def watched(tmp_path: Path) -> Watched:
    folder = tmp_path / "in"
    folder.mkdir()
    return Watched(Workspace.open(tmp_path / "w", create=True), folder, settle=0.1)


def _run(watched: Watched) -> list[Taken]:
    return list(watched.run(interval=0.05, once=True))


def _stored(workspace: Workspace) -> dict[str, int]:
    rows = Lake(workspace).air(start=date(2024, 3, 1), end=date(2024, 3, 1)).select("subject", "pm25_01").collect()
    return dict(rows.iter_rows())


def test_a_file_is_taken_in_and_moved_with_its_receipt(watched: Watched) -> None:
    (watched.folder / "a.csv").write_text(_hour(1), encoding="utf-8")
    (watched.folder / "b.csv").write_text(HEAD + "1002A,2024-03-01 01:00,pm25,-99\n", encoding="utf-8")
    (watched.folder / "notes.txt").write_text("no readings", encoding="utf-8")
    (watched.folder / "c.csv.part").write_text(_hour(3), encoding="utf-8")
    taken = {each.name: each for each in _run(watched)}
    assert {name: each.state for name, each in taken.items()} == {"a.csv": DONE, "b.csv": REFUSED}
    assert _stored(watched.workspace) == {"station:1001A": 35_000}
    kept = json.loads(taken["a.csv"].path.with_name("a.csv.receipt.json").read_text(encoding="utf-8"))
    assert (kept["accepted"], kept["rejected"]) == (1, 0)
    refused = json.loads(taken["b.csv"].path.with_name("b.csv.receipt.json").read_text(encoding="utf-8"))
    assert (refused["rejections"][0]["line"], refused["accepted"]) == (2, 0)
    # What is no file of readings, or not complete, stays.
    assert sorted(path.name for path in watched.folder.iterdir() if path.is_file() and path.name[0] != ".") == ["c.csv.part", "notes.txt"]


def test_a_file_that_is_still_written_waits(watched: Watched, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = 0.0
    monkeypatch.setattr("yangban.readings.watch.time.monotonic", lambda: clock)
    path = watched.folder / "slow.csv"
    path.write_text(HEAD, encoding="utf-8")
    assert watched.look() == []
    clock = 5.0
    with path.open("a", encoding="utf-8") as file:
        file.write("1001A,2024-03-01 01:00,pm25,35\n")
    assert watched.look() == []
    clock = 5.05
    assert watched.look() == []
    clock = 5.2
    assert watched.look() == [path]


def test_the_same_name_comes_every_hour(watched: Watched) -> None:
    for value in ("35", "36", "36"):
        (watched.folder / "latest.csv").write_text(_hour(1, value), encoding="utf-8")
        assert [each.state for each in _run(watched)] == [DONE]
    assert len(list((watched.folder / DONE).rglob("*latest.csv"))) == 3
    assert _stored(watched.workspace) == {"station:1001A": 36_000}


def test_what_a_killed_watcher_had_taken_in_keeps_its_receipt(watched: Watched, monkeypatch: pytest.MonkeyPatch) -> None:
    """Killed between the commit and the move: the file is moved with the receipt of the commit, and is not read in again."""
    (watched.folder / "a.csv").write_text(_hour(1), encoding="utf-8")

    def killed(*_: object) -> Taken:
        raise KeyboardInterrupt

    monkeypatch.setattr(Watched, "_aside", killed)
    with pytest.raises(KeyboardInterrupt):
        _run(watched)
    monkeypatch.undo()
    assert (watched.folder / "a.csv").exists()
    (again,) = _run(Watched(watched.workspace, watched.folder, settle=0.1))
    assert (again.receipt["accepted"], again.receipt["duplicate"]) == (1, 0)
    assert len(list(receipts(watched.workspace))) == 1


def test_two_programs_do_not_watch_one_folder(watched: Watched) -> None:
    first = watched.run(interval=0.05)
    (watched.folder / "a.csv").write_text(_hour(1), encoding="utf-8")
    next(first)
    with pytest.raises(WorkspaceError, match="正由另一个程序看守"):
        _run(Watched(watched.workspace, watched.folder))
    first.close()


def test_a_folder_that_is_not_there_is_told(watched: Watched) -> None:
    with pytest.raises(InputError, match="请先建立它"):
        _run(Watched(watched.workspace, watched.folder / "nowhere"))


def test_it_survives_kill_9_at_any_moment(tmp_path: Path) -> None:
    """The command itself, killed again and again while files come in: in the end every reading is there once, and every file is moved."""
    folder, n = tmp_path / "in", 40
    folder.mkdir()
    words = [
        sys.executable,
        "-m",
        "yangban",
        "watch",
        str(folder),
        "--workspace",
        str(tmp_path / "w"),
        "--settle",
        "0.1",
        "--interval",
        "0.05",
    ]
    for turn in range(2):
        process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        for number in range(turn * 20, turn * 20 + 20):
            half = folder / f"{number:03d}.part"
            half.write_text(_hour(number, str(number + 1)), encoding="utf-8")
            half.rename(folder / f"{number:03d}.csv")
            time.sleep(0.01)
        assert process.stdout is not None
        process.stdout.readline()
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        process.stdout.close()
    subprocess.run([*words, "--once"], check=True, capture_output=True)
    workspace = Workspace.open(tmp_path / "w")
    assert _stored(workspace) == {f"station:{1000 + k}A": (k + 1) * 1000 for k in range(n)}
    assert len(list((folder / DONE).rglob("*.csv"))) == n
    assert len(list((folder / DONE).rglob("*.receipt.json"))) == n
    accepted = sum(receipt["accepted"] for receipt in receipts(workspace))
    assert accepted == n
