"""Files that partners hand in: on the disk, whole and under a name of ours, before anyone is told that they were received."""

from __future__ import annotations

import hashlib
import re
import time
import unicodedata
import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from django.conf import settings

from yangban.readings.workspace import sync

_NAME: Final = 80
_ASIDE: Final = "aside-"
_FORBIDDEN: Final = re.compile(r"[^\w.()（）+@ -]")


@dataclass(frozen=True)
class Kept:
    """A file in the inbox: its folder's name, its own, its digest and its size."""

    folder: uuid.UUID
    name: str
    digest: str
    size: int


def plain_name(name: str) -> str:
    """The last part of a file's name, without what a file system or a terminal could take for more than a name.

    >>> plain_name("../../etc/passwd"), plain_name("C:\\\\data\\\\市区 2023.csv"), plain_name("._x"), plain_name("\\x00")
    ('passwd', '市区 2023.csv', '_x', 'readings')
    """
    last = re.split(r"[/\\]", unicodedata.normalize("NFC", name.replace("\0", "")))[-1]
    clean = _FORBIDDEN.sub("_", last).strip(" .")
    if len(clean) > _NAME:
        stem, dot, suffix = clean.rpartition(".")
        clean = f"{stem[: _NAME - len(suffix) - 1]}.{suffix}" if dot and len(suffix) < 12 else clean[:_NAME]
    return clean or "readings"


def path_of(folder: uuid.UUID, name: str) -> Path:
    """Where a file of the inbox lies."""
    return Path(settings.MEDIA_ROOT) / "inbox" / str(folder) / name


def keep(pieces: Iterable[bytes], name: str) -> Kept:
    """Write a file into the inbox and ask the system to put it on the disk."""
    folder, digest, size = uuid.uuid4(), hashlib.sha256(), 0
    path = path_of(folder, plain_name(name))
    try:
        path.parent.mkdir(parents=True, mode=0o700)
        with path.open("xb") as file:
            for piece in pieces:
                file.write(piece)
                digest.update(piece)
                size += len(piece)
        path.chmod(0o600)
        sync(path)
        for above in (path.parent, path.parent.parent, path.parent.parent.parent):
            sync(above)
    except OSError:
        # A full disk: what could not be kept is not acknowledged, and no half of it stays.
        drop(folder, path.name)
        raise
    return Kept(folder, path.name, digest.hexdigest(), size)


def drop(folder: uuid.UUID, name: str) -> None:
    """Remove a file from the inbox: its content lies in the workspace, or it was the same as one that is there."""
    path = path_of(folder, name)
    path.unlink(missing_ok=True)
    if path.parent.is_dir():
        path.parent.rmdir()


def place(kept: Kept, folder: uuid.UUID, name: str) -> None:
    """Put a file that was just kept where the same content of an earlier delivery should lie and does not."""
    path = path_of(folder, name)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    path_of(kept.folder, kept.name).replace(path)
    for above in (path.parent, path.parent.parent):
        sync(above)
    drop(kept.folder, kept.name)


def sweep(known: Callable[[uuid.UUID], bool], *, older: float) -> int:
    """Remove what requests left that were killed before they were acknowledged: folders unknown to ``known``, of some age in seconds.

    Age is told by clocks, and a clock may jump: so a folder is first put aside and asked for once more, and whoever has acknowledged it
    since looks whether it is still there.
    """
    root, count = path_of(uuid.UUID(int=0), "x").parent.parent, 0
    for folder in root.iterdir() if root.is_dir() else ():
        name = folder.name.removeprefix(_ASIDE)
        if folder.name == name:
            if time.time() - folder.stat().st_mtime <= older or known(uuid.UUID(name)):
                continue
            folder = folder.rename(root / f"{_ASIDE}{name}")
        if known(uuid.UUID(name)) and not (root / name).exists():
            folder.rename(root / name)
            continue
        for file in folder.iterdir():
            file.unlink()
        folder.rmdir()
        count += 1
    return count
