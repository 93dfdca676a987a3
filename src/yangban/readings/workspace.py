"""The workspace: the folder that owns original files, readings, Figures and releases.

One writer at a time holds an operating-system lock on ``writer.lock``; the system itself drops the lock when its holder dies, so
a killed program never blocks the next one. Readers need no lock: they see the last version that was completed.
"""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

from yangban.base.errors import WorkspaceError

_FOLDERS: Final = ("raw", "readings", "figures", "rejected", "releases", "receipts")
_MARK: Final = "yangban-workspace"
_MARK_TEXT: Final = "This folder is a Yangban workspace, layout 1. Do not edit files inside it.\n"

if sys.platform == "win32":
    import msvcrt

    def _try_lock(file: IO[bytes]) -> bool:
        try:
            file.seek(0)
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

else:
    import fcntl

    def _try_lock(file: IO[bytes]) -> bool:
        try:
            fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        return True


def sync(path: Path) -> None:
    """Ask the system to put a file, or on POSIX a folder's list of names, on the disk."""
    if path.is_dir() and os.name == "nt":
        return
    handle = os.open(path, os.O_RDONLY if os.name != "nt" else os.O_RDWR)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def write_whole(path: Path, text: str) -> None:
    """Write a file so that at any moment it is either absent, as before, or complete."""
    waiting = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    with waiting.open("w", encoding="utf-8", newline="\n") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    waiting.replace(path)
    sync(path.parent)


@dataclass(frozen=True)
class Workspace:
    """The folder and the places inside it; make one with :meth:`open`."""

    path: Path

    @classmethod
    def open(cls, path: Path | str, create: bool = False) -> Workspace:
        """Open the workspace at ``path``; with ``create`` make it when it is absent.

        Raises :class:`~yangban.base.errors.WorkspaceError` when there is none, or when the folder holds something else.
        """
        root = Path(path)
        mark = root / _MARK
        if mark.is_file():
            for name in _FOLDERS:
                (root / name).mkdir(exist_ok=True)
            return cls(root)
        if root.exists() and not root.is_dir():
            raise WorkspaceError(f"{root} is a file; a workspace is a folder. Give another path.")
        # A process that was killed while making the folder leaves some of these names and no mark; that is still ours.
        strange = sorted(each.name for each in root.iterdir() if each.name not in _FOLDERS) if root.is_dir() else []
        if strange:
            raise WorkspaceError(f"{root} is not a workspace: it holds {strange[0]!r} and no {_MARK!r}. Give an empty or a new folder.")
        if not create:
            raise WorkspaceError(f"no workspace at {root}; make one with: yangban ingest FILE --workspace {root}")
        for name in _FOLDERS:
            (root / name).mkdir(parents=True, exist_ok=True)
        write_whole(mark, _MARK_TEXT)
        return cls(root)

    @property
    def raw(self) -> Path:
        """Every file received, byte for byte, named by its SHA-256."""
        return self.path / "raw"

    @property
    def readings(self) -> Path:
        """The lake."""
        return self.path / "readings"

    @property
    def figures(self) -> Path:
        """Computed results."""
        return self.path / "figures"

    @property
    def rejected(self) -> Path:
        """What was refused, one JSON line each, a file per receipt."""
        return self.path / "rejected"

    @property
    def releases(self) -> Path:
        """Frozen, published results."""
        return self.path / "releases"

    @property
    def receipts(self) -> Path:
        """What each ingest did, a JSON file per receipt."""
        return self.path / "receipts"

    @contextlib.contextmanager
    def writing(self) -> Iterator[None]:
        """Hold the one-writer lock.

        Raises :class:`~yangban.base.errors.WorkspaceError` at once when another living process holds it.
        """
        with only_one(
            self.path / "writer.lock", f"the workspace {self.path} is in use by another writer; wait until it has finished and try again"
        ):
            yield


@contextlib.contextmanager
def only_one(lock: Path, otherwise: str) -> Iterator[None]:
    """Hold the operating system's lock on a file, which it drops when its holder dies.

    Raises :class:`~yangban.base.errors.WorkspaceError` with the words ``otherwise`` at once when another living process holds it.
    """
    with lock.open("ab") as file:
        if not _try_lock(file):
            raise WorkspaceError(otherwise)
        yield
