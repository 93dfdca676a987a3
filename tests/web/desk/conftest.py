"""A workspace that is quick to assess: six weeks of one city and of a county in it, and a first release of the year."""

from __future__ import annotations

import shutil
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from yangban.publish import release
from yangban.readings.intake import ingest
from yangban.readings.workspace import Workspace
from yangban.run.local import assess_air


def hour_lines() -> list[str]:
    """Hours of January and a part of February 2023; by hand, so that values differ from hour to hour and place to place."""
    lines = ["城市,时间,PM2.5,PM10,SO2,NO2,CO,O3"]
    start = datetime(2023, 1, 1)
    for n in range(24 * 42):
        label = start + timedelta(hours=n + 1)
        for k, name in enumerate(("南昌市", "南昌县")):
            wave = (n * 7 + k * 5) % 31
            lines.append(
                f"{name},{label:%Y-%m-%d %H:%M},{20 + wave},{45 + wave},{5 + wave % 4},{15 + wave % 9},0.{4 + wave % 5},{50 + wave}"
            )
    return lines


@pytest.fixture(scope="session")
def small_prepared(tmp_path_factory: Any) -> Path:
    """The small workspace as it was built."""
    folder = tmp_path_factory.mktemp("small")
    source = folder / "hours.csv"
    source.write_text("\n".join(hour_lines()) + "\n", encoding="utf-8")
    place = Workspace.open(folder / "workspace", create=True)
    ingest(place, [source])
    assess_air(place, [2023], editions="2012")
    release.create(place, years=[2023])
    return place.path


@pytest.fixture
def small_workspace(small_prepared: Path, tmp_path: Path, settings: Any) -> Workspace:
    """A copy of the small workspace that the site serves while the test runs."""
    copy = tmp_path / "workspace"
    shutil.copytree(small_prepared, copy)
    settings.WORKSPACE = copy
    settings.MEDIA_ROOT = copy / "site-files"
    return Workspace.open(copy)
