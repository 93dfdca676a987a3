"""One file that holds everything: workspace and database, as they stood at one moment.

The file is a plain tar, so that any machine can look into it: ``workspace/…`` with every file of the workspace, ``database/site.sqlite3``
or ``database/site.pgdump`` (the custom form of ``pg_dump``), and last ``manifest.json`` with the size and SHA-256 of each file and the
number of rows of each table. The writer's lock is held only while the database's moment is taken and the files are listed: files of a
workspace are replaced or added to and never changed inside, so a second name for each and its length hold that moment while it is copied.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import os
import shutil
import sqlite3
import subprocess
import tarfile
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO, Final, cast

from django.db import connection, connections
from django.db.migrations.loader import MigrationLoader

from yangban.base.errors import InputError, UsageError, WorkspaceError
from yangban.readings.workspace import Workspace, sync

LAYOUT: Final = 1
MANIFEST: Final = "manifest.json"
_DUMPS: Final = {"sqlite": "database/site.sqlite3", "postgresql": "database/site.pgdump"}
_MADE_ANEW: Final = {"site-static", "writer.lock", "site.sqlite3", "site.sqlite3-wal", "site.sqlite3-shm", "site.sqlite3-journal"}
"""What lies in a workspace and is made anew, or is the database itself."""
_FRESH: Final = {"site.key", "writer.lock", "yangban-workspace"}
_MARK: Final = "yangban-workspace"
_STAGED: Final = ".backup-"
_HALF: Final = ".restoring"
_CHUNK: Final = 1 << 20
_WAIT_SECONDS: Final = 600
_LARGEST_MANIFEST: Final = 1 << 30

Say = Callable[[str], None]


@dataclass(frozen=True)
class Kept:
    """What a backup holds: its moment, its engine, its files with their digests, its tables with their rows."""

    created: str
    program: str
    engine: str
    migrations: tuple[str, ...]
    tables: dict[str, int]
    files: dict[str, tuple[int, str, int]]
    """Name in the archive: size in bytes, SHA-256, mode."""

    @property
    def bytes(self) -> int:
        """The size of all files together."""
        return sum(size for size, _, _ in self.files.values())

    @property
    def rows(self) -> int:
        """The rows of all tables together."""
        return sum(self.tables.values())

    def as_json(self) -> dict[str, Any]:
        """As the manifest of a backup has it."""
        return {
            "layout": LAYOUT,
            "created": self.created,
            "program": self.program,
            "engine": self.engine,
            "migrations": list(self.migrations),
            "tables": self.tables,
            "files": {name: {"size": size, "sha256": digest, "mode": mode} for name, (size, digest, mode) in self.files.items()},
        }


# ------------------------------------------------------------------------------------------------------------------------------ out


def create(out: Path, *, workspace: Workspace, say: Say = lambda _: None) -> Kept:
    """Write a backup to a new file, readable by its owner alone.

    Raises :class:`UsageError` when the file exists, its folder does not, or ``pg_dump`` is missing or refuses, and
    :class:`~yangban.base.errors.WorkspaceError` when another program has been writing to the workspace for ten minutes.
    """
    if out.exists():
        raise UsageError(f"{out} 已经存在：备份不覆盖任何文件，请换一个名字；the file exists, a backup overwrites nothing")
    if not out.parent.is_dir():
        raise UsageError(f"没有文件夹 {out.parent}；there is no such folder")
    engine = _engine()
    waiting = out.with_name(f".{out.name}.{os.getpid()}.tmp")
    moment = datetime.now(UTC)
    try:
        with _moment(workspace, engine, say) as (held, tables), _private(waiting) as file:
            files: dict[str, tuple[int, str, int]] = {}
            with tarfile.open(fileobj=file, mode="w|", format=tarfile.PAX_FORMAT) as tar:
                for name, (path, size) in sorted(held.items()):
                    files[name] = _add(tar, name, path, size, moment)
                kept = Kept(moment.isoformat(timespec="seconds"), metadata.version("yangban"), engine, _applied(), tables, files)
                text = json.dumps(kept.as_json(), ensure_ascii=False, sort_keys=True).encode()
                tar.addfile(_member(MANIFEST, len(text), 0o600, moment), io.BytesIO(text))
        os.link(waiting, out)  # Unlike a rename, this never takes the place of a file that came meanwhile.
        sync(out.parent)
    except FileExistsError:
        raise UsageError(f"{out} 已经存在；the file exists") from None
    finally:
        waiting.unlink(missing_ok=True)
    return kept


def _engine() -> str:
    if connection.vendor not in _DUMPS:
        raise UsageError(f"不会备份这种数据库：{connection.vendor}；backups know SQLite and PostgreSQL")
    return connection.vendor


@contextlib.contextmanager
def _private(path: Path) -> Iterator[BinaryIO]:
    """A new file for its owner alone, on the disk when the block has ended."""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        yield file
        file.flush()
        os.fsync(file.fileno())


def _member(name: str, size: int, mode: int, moment: datetime) -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.size, member.mode, member.mtime = size, mode, int(moment.timestamp())
    return member


def _add(tar: tarfile.TarFile, name: str, path: Path, size: int, moment: datetime) -> tuple[int, str, int]:
    """Add the first ``size`` bytes of a file; what was added behind them since belongs to a later moment."""
    mode = path.stat().st_mode & 0o777
    with path.open("rb") as source:
        digest = _Digesting(source)
        tar.addfile(_member(name, size, mode, moment), cast("Any", digest))
    return size, digest.sum.hexdigest(), mode


class _Digesting:
    """Reads through to a file and sums what it has read."""

    def __init__(self, source: BinaryIO) -> None:
        self.source = source
        self.sum = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        data = self.source.read(size)
        self.sum.update(data)
        return data


@contextlib.contextmanager
def _moment(workspace: Workspace, engine: str, say: Say) -> Iterator[tuple[dict[str, tuple[Path, int]], dict[str, int]]]:
    """Hold one moment of workspace and database: files under second names with their lengths, and the rows of each table."""
    with contextlib.ExitStack() as stack:
        staging = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix=_STAGED, dir=workspace.path)))
        dump = staging / PurePosixPath(_DUMPS[engine]).name
        with _writing(workspace, say):
            for left in workspace.path.glob(f"{_STAGED}*"):
                if left != staging:  # of one that was killed: the lock is ours, so nobody else is at it
                    shutil.rmtree(left, ignore_errors=True)
            if engine == "sqlite":
                tables = _copy_sqlite(dump)
            else:
                snapshot, tables = stack.enter_context(_snapshot())
            held = _second_names(workspace.path, staging)
        if engine == "postgresql":
            say("正在导出数据库  Dumping the database")
            _pg("pg_dump", "--format=custom", "--no-owner", "--no-privileges", f"--snapshot={snapshot}", f"--file={dump}")
        held[_DUMPS[engine]] = dump, dump.stat().st_size
        say(f"正在写入 {len(held)} 个文件  Writing {len(held)} files")
        yield held, tables


@contextlib.contextmanager
def _writing(workspace: Workspace, say: Say) -> Iterator[None]:
    """The lock of the writer, as soon as it is free."""
    until = time.monotonic() + _WAIT_SECONDS
    with contextlib.ExitStack() as stack:
        while True:
            try:
                stack.enter_context(workspace.writing())
                break
            except WorkspaceError:
                if time.monotonic() > until:
                    raise
                say("另一个程序正在写入工作区，等待中  Another program writes to the workspace; waiting")
                time.sleep(1)
        yield


def _second_names(root: Path, staging: Path) -> dict[str, tuple[Path, int]]:
    """Every file of the workspace, by its name in the archive, held under a second name so that a replacement does not touch it."""
    held: dict[str, tuple[Path, int]] = {}
    for folder, names, files in os.walk(root):
        top = Path(folder) == root
        names[:] = sorted(each for each in names if not each.startswith(".") and not (top and each in _MADE_ANEW))
        for file in sorted(files):
            if file.startswith(".") or (top and file in _MADE_ANEW):
                continue
            path, second = Path(folder) / file, staging / f"{len(held):08d}"
            try:
                try:
                    os.link(path, second)
                except OSError as problem:
                    if isinstance(problem, FileNotFoundError):
                        raise
                    shutil.copy2(path, second)  # a file system that knows no second names
            except FileNotFoundError:
                continue  # a file on its way to its place, which no table names yet
            held["workspace/" + path.relative_to(root).as_posix()] = second, second.stat().st_size
    return held


def _rows(execute: Callable[[str], Any], names: list[str]) -> dict[str, int]:
    quoted = connection.ops.quote_name
    return {name: int(execute(f"SELECT count(*) FROM {quoted(name)}")) for name in sorted(names)}


def _copy_sqlite(dump: Path) -> dict[str, int]:
    """Copy the database as it stands, while others read and write it."""
    with (
        contextlib.closing(sqlite3.connect(connection.settings_dict["NAME"], timeout=60)) as source,
        contextlib.closing(sqlite3.connect(dump)) as copy,
    ):
        source.backup(copy)
        copy.execute("PRAGMA journal_mode=DELETE").fetchall()
        names = [name for (name,) in copy.execute("SELECT name FROM sqlite_master WHERE type='table' AND name NOT LIKE 'sqlite_%'")]
        return _rows(lambda sql: copy.execute(sql).fetchone()[0], names)


@contextlib.contextmanager
def _snapshot() -> Iterator[tuple[str, dict[str, int]]]:
    """A moment of PostgreSQL that ``pg_dump`` can be given, for as long as the block lasts, and the rows of its tables."""
    own = connections.create_connection("default")
    try:
        own.ensure_connection()
        with own.cursor() as cursor:
            cursor.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
            cursor.execute("SELECT pg_export_snapshot()")
            name = str(cursor.fetchone()[0])

            def one(sql: str) -> Any:
                cursor.execute(sql)
                return cursor.fetchone()[0]

            yield name, _rows(one, own.introspection.table_names(cursor))
    finally:
        own.close()


def _pg(program: str, *words: str) -> None:
    """Run a program of PostgreSQL against the site's database; its password is never on the command line."""
    found = shutil.which(program) or next(
        (str(path) for path in sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{program}"), reverse=True)), None
    )
    if found is None:
        raise UsageError(f"没有找到 {program}：请安装与服务器同版或更新的 PostgreSQL 客户端程序；install the client programs of PostgreSQL")
    given = connection.settings_dict
    settings_of_it = {"PGHOST": "HOST", "PGPORT": "PORT", "PGUSER": "USER", "PGPASSWORD": "PASSWORD", "PGDATABASE": "NAME"}
    environment = {**os.environ, **{name: str(given[key]) for name, key in settings_of_it.items() if given.get(key)}}
    done = subprocess.run([found, "--no-password", *words], env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise UsageError(f"{program} 没有成功：{done.stderr.strip()[:800]}；{program} failed")


def _applied() -> tuple[str, ...]:
    loader = MigrationLoader(connection)
    return tuple(sorted(f"{app}.{name}" for app, name in loader.applied_migrations))


# --------------------------------------------------------------------------------------------------------------------------- looking


def check(archive: Path) -> Kept:
    """Read a backup from its first byte to its last and hold every file against its digest.

    Raises :class:`~yangban.base.errors.InputError` with the name of what is wrong: no backup, cut short, changed, a strange name.
    """
    return _walk(archive, lambda _name, source: _sum(source))


def _sum(source: BinaryIO) -> tuple[int, str]:
    digest, size = hashlib.sha256(), 0
    while data := source.read(_CHUNK):
        digest.update(data)
        size += len(data)
    return size, digest.hexdigest()


def _walk(archive: Path, take: Callable[[str, BinaryIO], tuple[int, str]]) -> Kept:
    """Hand each file of a backup to ``take``, which gives its size and digest, and hold all of them against the manifest."""
    seen: dict[str, tuple[int, str]] = {}
    kept: Kept | None = None
    try:
        with tarfile.open(archive, mode="r|") as tar:
            for member in tar:
                name = member.name
                if kept is not None or not member.isfile() or name in seen or not _is_ours(name):
                    raise InputError(f"{archive.name}：不是备份文件该有的内容：{name[:200]}；a strange entry")
                source = cast("BinaryIO", tar.extractfile(member))
                if name == MANIFEST:
                    kept = _read(archive.name, source, member.size)
                else:
                    seen[name] = take(name, source)
    except FileNotFoundError:
        raise InputError(f"没有文件 {archive}；there is no such file") from None
    except (tarfile.TarError, EOFError) as problem:
        raise InputError(f"{archive.name}：读不到结尾，文件不全或不是备份（{problem}）；cut short, or no backup") from None
    if kept is None:
        raise InputError(f"{archive.name}：没有清单，文件不全或不是备份；no manifest: cut short, or no backup")
    for name in sorted(seen.keys() | kept.files.keys()):
        if name not in seen or name not in kept.files or seen[name] != kept.files[name][:2]:
            raise InputError(f"{archive.name}：{name} 与清单不符，备份已损坏；the file differs from the manifest, the backup is damaged")
    return kept


def _is_ours(name: str) -> bool:
    parts = name.split("/")
    if name == MANIFEST or name in _DUMPS.values():
        return True
    return len(parts) > 1 and parts[0] == "workspace" and not any(part in {"", ".", ".."} or "\\" in part or "\0" in part for part in parts)


def _read(archive: str, source: BinaryIO, size: int) -> Kept:
    if size > _LARGEST_MANIFEST:
        raise InputError(f"{archive}：清单过大；the manifest is too large")
    try:
        told = json.loads(source.read())
        if told["layout"] != LAYOUT:
            raise InputError(f"{archive}：备份的格式是 {told['layout']}，本程序只读 {LAYOUT}，请用更新的版本；made by a newer program")
        files = {name: (int(each["size"]), str(each["sha256"]), int(each["mode"]) & 0o777) for name, each in told["files"].items()}
        tables = {str(name): int(rows) for name, rows in told["tables"].items()}
        return Kept(told["created"], told["program"], told["engine"], tuple(told["migrations"]), tables, files)
    except (ValueError, KeyError, TypeError, AttributeError) as problem:
        raise InputError(f"{archive}：清单读不懂（{problem!r}）；the manifest cannot be read") from None


# ------------------------------------------------------------------------------------------------------------------------------ back


def restore(archive: Path, *, workspace: Workspace, say: Say = lambda _: None) -> Kept:
    """Bring a backup back into an empty workspace and an empty database.

    The whole file is held against its digests before anything is written, and the rows of every table against the manifest afterwards.
    Until all is there the workspace lacks its mark, so that no program takes a half for a whole.

    Raises :class:`~yangban.base.errors.InputError` for a damaged backup, and :class:`UsageError` when workspace or database are not empty,
    the engine is another one or the backup comes from a newer program.
    """
    say("正在核对备份  Checking the backup")
    kept = check(archive)
    _refuse(kept, workspace)
    (workspace.path / _HALF).mkdir()
    (workspace.path / _MARK).unlink()
    say(f"正在写入 {len(kept.files)} 个文件  Writing {len(kept.files)} files")
    half = workspace.path / _HALF

    def take(name: str, source: BinaryIO) -> tuple[int, str]:
        path = half / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with _private(path) as file:
            digest = _Digesting(source)
            shutil.copyfileobj(cast("BinaryIO", digest), file, _CHUNK)
            size = file.tell()
        path.chmod(kept.files[name][2] if name in kept.files else 0o600)
        return size, digest.sum.hexdigest()

    _walk(archive, take)
    say("正在恢复数据库  Restoring the database")
    dump = half / _DUMPS[kept.engine]
    if kept.engine == "postgresql":
        name = str(connection.settings_dict["NAME"])
        _pg("pg_restore", "--no-owner", "--no-privileges", "--exit-on-error", "--single-transaction", f"--dbname={name}", str(dump))
    else:
        dump.chmod(0o600)
        dump.replace(connection.settings_dict["NAME"])
    _put_in_place(half / "workspace", workspace.path)
    connection.close()
    with connection.cursor() as cursor:

        def one(sql: str) -> Any:
            cursor.execute(sql)
            return cursor.fetchone()[0]

        rows = _rows(one, [name for name in connection.introspection.table_names(cursor) if name in kept.tables])
    if rows != kept.tables:
        wrong = sorted(name for name in kept.tables if rows.get(name) != kept.tables[name])
        raise InputError(f"数据库恢复后与清单不符：{'、'.join(wrong[:10])}；tables differ from the manifest")
    shutil.rmtree(half)
    (workspace.path / f".{_MARK}").replace(workspace.path / _MARK)
    sync(workspace.path)
    return kept


def _refuse(kept: Kept, workspace: Workspace) -> None:
    if kept.engine != connection.vendor:
        raise UsageError(
            f"备份来自 {kept.engine}，本站设置的数据库是 {connection.vendor}：请按备份设置 DATABASE_URL；"
            f"the backup is of {kept.engine} and this site is set to {connection.vendor}"
        )
    known = {f"{app}.{name}" for app, name in MigrationLoader(None).disk_migrations}
    newer = sorted(set(kept.migrations) - known)
    if newer:
        raise UsageError(
            f"备份来自更新的程序（{kept.program}，{newer[0]}）：请先升级；the backup comes from a newer program, upgrade first"
        )
    held = sorted(
        each.relative_to(workspace.path).as_posix()
        for each in workspace.path.rglob("*")
        if not each.is_dir() and not (each.parent == workspace.path and each.name in _FRESH)
    )
    if held or (workspace.path / _HALF).exists():
        raise UsageError(
            f"工作区 {workspace.path} 不是空的（{held[0] if held else _HALF}）：恢复只写入空的工作区，请换一个；the workspace is not empty"
        )
    with connection.cursor() as cursor:
        tables = connection.introspection.table_names(cursor)
    if tables:
        raise UsageError(f"数据库不是空的（{tables[0]} 等 {len(tables)} 张表）：恢复只写入空的数据库；the database is not empty")
    if kept.engine == "sqlite":
        connection.close()
        Path(connection.settings_dict["NAME"]).unlink(missing_ok=True)  # the look made an empty one


def _put_in_place(source: Path, root: Path) -> None:
    """Move what was written to where it belongs; the mark of a workspace waits under another name."""
    for each in sorted(source.iterdir()):
        place = root / (f".{_MARK}" if each.name == _MARK else each.name)
        if place.is_dir():
            place.rmdir()
        each.replace(place)
    for name in ("raw", "readings", "figures", "rejected", "releases", "receipts"):
        (root / name).mkdir(exist_ok=True)
    if not (root / f".{_MARK}").exists():
        raise InputError(f"备份里没有 {_MARK}；the backup holds no workspace")
