"""A folder that is watched: files that are put into it are taken into the workspace and moved aside with their receipt.

The folder itself is the queue: a file leaves it only once its readings and its receipt are on the disk, so a kill at any moment loses
nothing and doubles nothing. A file is taken when it has stopped changing; ones that are still being written may be named ``.part`` or
``.tmp`` or begin with a dot, and are left alone whatever they look like.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from yangban.base.errors import InputError, WorkspaceError, is_of_machine
from yangban.readings.intake import SUFFIXES, ingest
from yangban.readings.receipts import COUNTS, Receipt, receipts
from yangban.readings.workspace import Workspace, only_one, sync, write_whole

DONE: Final = "done"
REFUSED: Final = "refused"
BATCH: Final = 100
"""Files that one commit of the lake takes in; the others wait in the folder."""

_LOCK: Final = ".yangban-watch.lock"
_PAUSE: Final = 1.0
_COPY: Final = 2**20


@dataclass(frozen=True)
class Taken:
    """What became of a file: ``done`` or ``refused``, where it lies now, and its part of the receipt."""

    name: str
    state: str
    path: Path
    receipt: dict[str, Any]


@dataclass
class Watched:
    """A folder and what is known of the files in it. ``settle`` is for how many seconds a file must not have changed.

    ``options`` are those of :func:`~yangban.readings.intake.ingest`; ``after`` is called when files have been taken in.
    """

    workspace: Workspace
    folder: Path
    settle: float = 2.0
    options: dict[str, Any] = field(default_factory=dict)
    after: Callable[[], object] | None = None
    _seen: dict[Path, tuple[int, int, float]] = field(default_factory=dict)
    _asked: bool = False

    def run(self, *, interval: float, once: bool = False, stop: Callable[[], bool] = lambda: False) -> Iterator[Taken]:
        """Take files in as they come, until ``stop`` says so; with ``once`` until those that are there have been.

        Raises :class:`~yangban.base.errors.InputError` where there is no such folder and :class:`~yangban.base.errors.WorkspaceError` where
        another watches it.
        """
        if not self.folder.is_dir():
            raise InputError(f"{self.folder} 不是文件夹：请先建立它；no such folder, make it first")
        with only_one(self.folder / _LOCK, f"{self.folder} 正由另一个程序看守；another program watches this folder"):
            while not stop():
                ready = self.look()
                for start in range(0, len(ready), BATCH):
                    yield from self.take(ready[start : start + BATCH])
                if once and not self._seen:
                    return
                time.sleep(interval)

    def look(self) -> list[Path]:
        """The files that have stopped changing, the oldest first; the others are remembered."""
        moment, ready, seen = time.monotonic(), [], {}
        for path in sorted(self.folder.iterdir()):
            if not _is_ours(path):
                continue
            try:
                now = path.stat()
            except FileNotFoundError:
                continue
            size, changed, since = self._seen.get(path, (-1, -1, moment))
            if (size, changed) != (now.st_size, now.st_mtime_ns):
                since = moment
            if moment - since >= self.settle and (size, changed) == (now.st_size, now.st_mtime_ns):
                ready.append((now.st_mtime_ns, path))
            else:
                seen[path] = now.st_size, now.st_mtime_ns, since
        self._seen = seen
        return [path for _, path in sorted(ready)]

    def take(self, paths: Sequence[Path]) -> Iterator[Taken]:
        """Take files in by one commit and move each aside. While another writer has the workspace they wait where they are."""
        known = self._known(paths)
        fresh = [path for path in paths if path not in known]
        if fresh:
            try:
                receipt = self._ingest(fresh)
            except InputError:
                # One of them was taken away in between: the next look says which are left.
                self._seen |= {path: (-1, -1, time.monotonic()) for path in paths}
                return
            known |= {path: _part(receipt, path) for path in fresh}
        moved = [self._aside(path, known[path]) for path in paths if path.exists()]
        for folder in {each.path.parent for each in moved} | {self.folder}:
            sync(folder)
        if moved and self.after is not None:
            self.after()
        yield from moved

    def _ingest(self, paths: Sequence[Path]) -> Receipt:
        while True:
            try:
                return ingest(self.workspace, paths, **self.options)
            except WorkspaceError:
                time.sleep(_PAUSE)
            except OSError as problem:
                if not is_of_machine(problem):
                    raise
                # A full disk: the files stay where they are until there is room.
                time.sleep(_PAUSE)

    def _known(self, paths: Sequence[Path]) -> dict[Path, dict[str, Any]]:
        """Receipts of files that a killed watcher had taken in and not yet moved: asked for once, at the first files after a start."""
        if self._asked:
            return {}
        self._asked = True
        present = {(str(path), _digest(path)): path for path in paths}
        found = {}
        for receipt in receipts(self.workspace):
            for file in receipt["files"]:
                path = present.get((file["path"], file["digest"]))
                if path is not None:
                    found[path] = _content(receipt, file["path"])
        return found

    def _aside(self, path: Path, receipt: dict[str, Any]) -> Taken:
        """Move a file and its receipt into ``done`` or ``refused``, under the day (Beijing) on which it was taken in."""
        nothing = receipt["accepted"] + receipt["duplicate"] == 0
        state = REFUSED if receipt["rejected"] > 0 and nothing else DONE
        day = (datetime.now(UTC) + timedelta(hours=8)).date()
        folder = self.folder / state / day.isoformat()
        folder.mkdir(parents=True, exist_ok=True)
        name, digest = path.name, receipt["files"][0]["digest"][:8] if receipt["files"] else ""
        target = folder / name
        number = 1
        while target.exists():
            target = folder / f"{digest}-{number}-{name}"
            number += 1
        write_whole(target.with_name(f"{target.name}.receipt.json"), json.dumps(receipt, ensure_ascii=False, indent=1))
        path.replace(target)
        return Taken(name, state, target, receipt)


def _is_ours(path: Path) -> bool:
    name = path.name.lower()
    return path.is_file() and not name.startswith((".", "~$")) and name.endswith(SUFFIXES)


def _digest(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(_COPY):
            digest.update(piece)
    return digest.hexdigest()


def _part(receipt: Receipt, path: Path) -> dict[str, Any]:
    return _content(receipt.as_json(), str(path))


def _content(receipt: Any, path: str) -> dict[str, Any]:
    """The part of a receipt that is of one file."""
    files = [each for each in receipt["files"] if each["path"] == path]
    return {
        "receipt": receipt["receipt"],
        "version": receipt["version"],
        "received": receipt["received"],
        "files": files,
        **{count: sum(each[count] for each in files) for count in COUNTS},
        "rejections": [each for each in receipt["rejections"] if each["file"] == path],
        "corrections": [each for each in receipt["corrections"] if each["file"] == path],
    }
