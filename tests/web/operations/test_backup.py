"""Backups: what comes back is what was there, table by table and file by file; a damaged one is refused; a kill leaves no half."""

from __future__ import annotations

import hashlib
import io
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import tarfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import pytest
from django.db import connection

from yangban.base.errors import InputError
from yangban.readings.workspace import Workspace
from yangban.web.operations import backup

FILL = """
from django.core.management import call_command
from yangban.web.demo import make_demo
for name in ("migrate", "createcachetable", "publish_releases"):
    call_command(name, verbosity=0)
make_demo()
"""


class Site:
    """A workspace with a database of its own, reached as an administrator reaches it."""

    def __init__(self, folder: Path, address: str) -> None:
        self.folder, self.address = folder, address

    def begin(self, *words: str) -> subprocess.Popen[str]:
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(("YANGBAN_", "DJANGO_", "DATABASE_"))}
        given = {"DATABASE_URL": self.address} if self.address else {}
        return subprocess.Popen(
            [sys.executable, "-m", "yangban.cli.main", "manage", "--workspace", str(self.folder), *words],
            env=inherited | given, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL,
        )  # fmt: skip

    def manage(self, *words: str, code: int = 0) -> str:
        process = self.begin(*words)
        out, err = process.communicate(timeout=300)
        assert process.returncode == code, out + err
        return out + err

    def tables(self) -> dict[str, list[tuple[Any, ...]]]:
        """Every row of every table."""
        if not self.address:
            with sqlite3.connect(f"file:{self.folder / 'site.sqlite3'}?mode=ro", uri=True) as read:
                names = [name for (name,) in read.execute("SELECT name FROM sqlite_master WHERE type='table'")]
                return {name: sorted(map(repr, read.execute(f'SELECT * FROM "{name}"'))) for name in names}  # type: ignore[misc]
        import psycopg

        with psycopg.connect(self.address) as read:
            names = [name for (name,) in read.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")]
            return {name: sorted(map(repr, read.execute(f'SELECT * FROM "{name}"'))) for name in names}  # type: ignore[misc,arg-type]

    def files(self) -> dict[str, str]:
        """Every file but those of the database and those that are made anew, with its digest."""
        return {
            path.relative_to(self.folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in self.folder.rglob("*")
            if path.is_file() and not path.name.startswith("site.sqlite3") and path.name != "writer.lock"
        }


def _on_the_server(sql: str) -> None:
    import psycopg

    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as server:
        server.execute(sql.encode())


@pytest.fixture(scope="module")
def new_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[], Site]]:
    """Makes sites: on SQLite with a file each, on PostgreSQL with a database each."""
    made: list[str] = []

    def make() -> Site:
        folder = tmp_path_factory.mktemp("site") / "workspace"
        if connection.vendor != "postgresql":
            return Site(folder, "")
        made.append(f"backup_{os.getpid()}_{len(made)}")
        _on_the_server(f"CREATE DATABASE {made[-1]}")
        return Site(folder, urlunsplit(urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{made[-1]}")))

    yield make
    for name in made:
        _on_the_server(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(scope="module")
def filled(prepared: Path, new_site: Callable[[], Site]) -> Site:
    """A site with a released year, people, tasks and points."""
    site = new_site()
    shutil.copytree(prepared, site.folder)
    site.manage("shell", "--no-imports", "-c", FILL)
    (site.folder / "site-files" / "evidence" / "ab").mkdir(parents=True)
    (site.folder / "site-files" / "evidence" / "ab" / "报告 一.pdf").write_bytes(b"%PDF")
    return site


@pytest.fixture(scope="module")
def archive(filled: Site, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A backup of it."""
    out = tmp_path_factory.mktemp("backup") / "site.tar"
    said = filled.manage("backup", str(out))
    assert "已备份" in said
    return out


def test_what_comes_back_is_what_was_there(filled: Site, archive: Path, new_site: Callable[[], Site]) -> None:
    assert archive.stat().st_mode & 0o777 == 0o600
    there = new_site()
    said = there.manage("restore", str(archive))
    assert "逐表核对无误" in said
    assert there.files() == filled.files()
    assert (there.folder / "site.key").stat().st_mode & 0o777 == 0o600
    before, after = filled.tables(), there.tables()
    assert before.keys() == after.keys()
    assert [name for name in before if before[name] != after[name]] == []
    assert sum(map(len, after.values())) > 1000
    assert "完整" in there.manage("verify_audit")
    assert "完整" in there.manage("verify_points")
    verified = subprocess.run(
        [sys.executable, "-m", "yangban.cli.main", "release", "verify", "--workspace", str(there.folder)], check=False, capture_output=True
    )
    assert verified.returncode == 0, verified.stderr
    # It is a site again: what the database refuses is refused, and a second backup holds the same.
    again = archive.parent / "again.tar"
    there.manage("backup", str(again))
    assert backup.check(again).tables == backup.check(archive).tables
    refused = there.manage("restore", str(archive), code=1)
    assert "不是空的" in refused


def test_a_killed_restore_is_no_site_and_a_killed_backup_is_no_file(filled: Site, archive: Path, new_site: Callable[[], Site]) -> None:
    out = archive.parent / "killed.tar"
    process = filled.begin("backup", str(out))
    until = time.monotonic() + 120
    while not list(archive.parent.glob(".killed.tar.*")) and process.poll() is None and time.monotonic() < until:
        time.sleep(0.002)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert process.returncode == -signal.SIGKILL
    assert not out.exists()
    assert list(filled.folder.glob(".backup-*"))
    filled.manage("backup", str(out))
    assert not list(filled.folder.glob(".backup-*"))
    there = new_site()
    process = there.begin("restore", str(archive))
    while not (there.folder / ".restoring" / "workspace").exists() and process.poll() is None and time.monotonic() < until + 120:
        time.sleep(0.002)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert process.returncode == -signal.SIGKILL
    assert ".restoring" in there.manage("restore", str(archive), code=2)


def _changed(archive: Path, out: Path, change: Callable[[str, bytes], tuple[str, bytes] | None]) -> Path:
    with tarfile.open(archive) as source, tarfile.open(out, "w") as copy:
        for member in source:
            data = source.extractfile(member).read()  # type: ignore[union-attr]
            kept = change(member.name, data)
            if kept is not None:
                fresh = tarfile.TarInfo(kept[0])
                fresh.size = len(kept[1])
                copy.addfile(fresh, io.BytesIO(kept[1]))
    return out


MARK = "workspace/yangban-workspace"


def _newer(name: str, data: bytes) -> tuple[str, bytes]:
    return (name, json.dumps(json.loads(data) | {"layout": 2}).encode()) if name == backup.MANIFEST else (name, data)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda name, data: (name, data + b"x" if name == MARK else data), "与清单不符"),
        (lambda name, data: None if name == MARK else (name, data), "与清单不符"),
        (lambda name, data: ("workspace/../../out" if name == MARK else name, data), "不是备份文件该有的内容"),
        (lambda name, data: ("/workspace/out" if name == MARK else name, data), "不是备份文件该有的内容"),
        (lambda name, data: None if name == backup.MANIFEST else (name, data), "没有清单"),
        (lambda name, data: (name, b"[]" if name == backup.MANIFEST else data), "清单读不懂"),
        (_newer, "更新的版本"),
    ],
    ids=["changed", "missing", "outside", "absolute", "no manifest", "strange manifest", "newer"],
)
def test_a_damaged_backup_is_refused(archive: Path, tmp_path: Path, change: Any, said: str) -> None:
    with pytest.raises(InputError, match=said):
        backup.check(_changed(archive, tmp_path / "changed.tar", change))


def test_a_backup_cut_short_and_a_link_are_refused(archive: Path, tmp_path: Path) -> None:
    short = tmp_path / "short.tar"
    short.write_bytes(archive.read_bytes()[: archive.stat().st_size // 2])
    with pytest.raises(InputError, match="读不到结尾"):
        backup.check(short)
    with tarfile.open(tmp_path / "link.tar", "w") as tar:
        link = tarfile.TarInfo("workspace/link")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        tar.addfile(link)
    with pytest.raises(InputError, match="不是备份文件该有的内容"):
        backup.check(tmp_path / "link.tar")
    (tmp_path / "text.tar").write_text("这不是备份", encoding="utf-8")
    with pytest.raises(InputError):
        backup.check(tmp_path / "text.tar")
    with pytest.raises(InputError, match="没有文件"):
        backup.check(tmp_path / "nothing.tar")


def test_the_moment_is_held_while_others_add_and_replace(prepared: Path, tmp_path: Path) -> None:
    """A file that is added to keeps its length, a file that is replaced its old bytes."""
    shutil.copytree(prepared, tmp_path / "w")
    place, staging = Workspace.open(tmp_path / "w"), tmp_path / "w" / ".backup-x"
    staging.mkdir()
    log, other = place.path / "events.jsonl", place.path / "sections.csv"
    log.write_text("one\n", encoding="utf-8")
    other.write_text("old", encoding="utf-8")
    held = backup._second_names(place.path, staging)
    with log.open("a", encoding="utf-8") as more:
        more.write("two\n")
    (place.path / "new").write_text("new", encoding="utf-8")
    (place.path / "new").replace(other)
    path, size = held["workspace/events.jsonl"]
    assert path.read_bytes()[:size] == b"one\n"
    path, size = held["workspace/sections.csv"]
    assert path.read_bytes()[:size] == b"old"
    assert "workspace/new" not in held
    assert not any(name.startswith("workspace/.") for name in held)
