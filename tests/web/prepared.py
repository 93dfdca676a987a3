"""Workspaces with a synthetic year, and with a release of it, made once for the whole run and shared by its processes."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest

from yangban.publish import release
from yangban.readings.accounts import keep
from yangban.readings.intake import ingest
from yangban.readings.reported import append, read_reported
from yangban.readings.sample import write_sample
from yangban.readings.sample_nature import write_nature
from yangban.readings.workspace import Workspace
from yangban.run.local import assess_air
from yangban.run.sound import assess_sound

YEAR = 2023
REGION = "360000"
DAYS = [(date(YEAR, 1, 1) + timedelta(k)).isoformat() for k in range(31)]
ROOT = Path(tempfile.gettempdir()) / f"yangban-tests-{os.environ.get('PYTEST_XDIST_TESTRUNUID', os.getpid())}"
"""Where this run keeps what its processes share."""
MADE = Path(os.environ.get("YANGBAN_TESTS_MADE") or ROOT)
"""Where the workspaces are made: `make test` names a folder for the runs on both databases, which need the same ones."""


@contextlib.contextmanager
def _alone(file: Path) -> Iterator[None]:
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _year(folder: Path) -> None:
    """A workspace with a synthetic year of a province, assessed under the edition in force."""
    write_sample(REGION, year=YEAR, out=folder / "sample", seed=1, one_file=True)
    place = Workspace.open(folder / "workspace", create=True)
    ingest(place, [folder / "sample"])
    assess_air(place, [YEAR])


def _released(folder: Path) -> None:
    """The same with sound, species and reports, its air assessed under two editions, and its first release."""
    shutil.copytree(made("year", _year), folder / "workspace")
    place = Workspace.open(folder / "workspace")
    nature = write_nature(REGION, year=YEAR, out=folder / "nature")
    ingest(place, nature.tables)
    append(place, read_reported(nature.reported))
    keep(place, nature.account)
    assess_air(place, [YEAR], editions="2012,2026-transitional")
    assess_sound(place, [YEAR])
    release.create(place, years=[YEAR], periods=[*DAYS, str(YEAR - 1)], note="测试发布")


def made(name: str, build: Callable[[Path], None]) -> Path:
    """The workspace that ``build`` makes in a folder: by the first process that wants it, for all of them."""
    with _alone(MADE / f"{name}.lock"):
        whole = MADE / name
        if not (whole / "done").exists():
            shutil.rmtree(whole, ignore_errors=True)
            whole.mkdir(parents=True)
            build(whole)
            (whole / "done").touch()
    return whole / "workspace"


@pytest.fixture(scope="session")
def synthetic_year() -> Path:
    """A workspace with a synthetic year of Jiangxi, assessed; to be copied and never changed."""
    return made("year", _year)


@pytest.fixture(scope="session")
def prepared() -> Path:
    """The workspace with its first release; to be copied and never changed."""
    return made("prepared", _released)
