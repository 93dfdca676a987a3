"""A workspace of its own for each test, and small files in the layouts that intake knows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from yangban.readings.intake import ingest
from yangban.readings.lake import Lake
from yangban.readings.receipts import Receipt
from yangban.readings.workspace import Workspace

NOW = datetime(2023, 6, 1, tzinfo=UTC)


class Bench:
    """Writes files, takes them in, looks at the lake."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.workspace = Workspace.open(folder / "w", create=True)
        self.lake = Lake(self.workspace)
        self._takes = 0

    def write(self, name: str, content: str | bytes) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    def take(self, *files: str | bytes | Path, **options: Any) -> Receipt:
        paths = [each if isinstance(each, Path) else self.write(f"f{i}.csv", each) for i, each in enumerate(files)]
        self._takes += 1
        return ingest(self.workspace, paths, now=options.pop("now", NOW + timedelta(minutes=self._takes)), **options)

    def rows(self, basis: str = "realtime", level: str | None = None) -> pl.DataFrame:
        return self.lake.air(start=date(1970, 1, 1), end=date(2100, 1, 1), basis=basis, level=level).sort("subject", "day").collect()

    def value(self, subject: str, day: str, column: str, basis: str = "realtime") -> int | None:
        found = self.rows(basis).filter((pl.col("subject") == subject) & (pl.col("day") == date.fromisoformat(day)))
        return found[column][0] if found.height else None


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


@pytest.fixture
def archive() -> Callable[..., str]:
    """``archive({("20220101", 1, "PM2.5"): ["35", "40"]}, places=("南昌", "九江"))`` as the text of an archive file."""

    def make(lines: Mapping[tuple[str, int, str], list[str]], places: tuple[str, ...] = ("南昌", "九江")) -> str:
        head = ",".join(("date", "hour", "type", *places))
        return "\n".join([head, *(",".join((day, str(hour), kind, *cells)) for (day, hour, kind), cells in lines.items())]) + "\n"

    return make
