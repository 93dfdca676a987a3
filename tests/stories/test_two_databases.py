"""SQLite and PostgreSQL give the same pages: the same workspace is published into both, and every page is compared word for word."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import postgres
from web.prepared import prepared as prepared  # a fixture

MOST = 120
CRAWL = Path(__file__).with_name("crawl_site.py")


def crawl(workspace: Path, url: str = "") -> dict[str, Any]:
    """The pages of a site over a workspace, in a process of its own."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("YANGBAN_", "DJANGO_", "DATABASE_URL"))}
    done = subprocess.run(
        [sys.executable, str(CRAWL), str(workspace), str(MOST)],
        capture_output=True, encoding="utf-8", check=False, env={**kept, **({"DATABASE_URL": url} if url else {})},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def test_both_databases_give_the_same_pages(prepared: Path, tmp_path: Path) -> None:
    programs = postgres.programs()
    if programs is None:
        pytest.skip("PostgreSQL is not installed: apt-get install postgresql")
    shutil.copytree(prepared, tmp_path / "one")
    shutil.copytree(prepared, tmp_path / "two")
    with postgres.cluster(programs) as url:
        other = crawl(tmp_path / "two", url)
    own = crawl(tmp_path / "one")
    assert (own["vendor"], other["vendor"]) == ("sqlite", "postgresql")
    assert set(own["pages"]) == set(other["pages"])
    assert len(own["pages"]) == MOST
    assert [path for path, (status, _) in own["pages"].items() if status != 200] == []
    assert [path for path, page in own["pages"].items() if other["pages"][path] != page] == []
