"""Evidence as files: kept under the digest of their bytes below ``site-files/evidence`` of the workspace, read back only through tasks."""

from __future__ import annotations

import contextlib
import hashlib
import os
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, BinaryIO, Final

from django.conf import settings

from yangban.base.errors import NotAllowed

LIMIT: Final = 30 * 1024 * 1024
"""Bytes of one file: a photo or a scanned document."""
KINDS: Final = {
    ".jpg": "photo", ".jpeg": "photo", ".png": "photo", ".webp": "photo", ".heic": "photo",
    ".pdf": "file", ".doc": "file", ".docx": "file", ".xls": "file", ".xlsx": "file", ".wps": "file", ".et": "file", ".ofd": "file",
    ".txt": "file", ".csv": "file", ".zip": "file",
}  # fmt: skip
"""What is taken, by the end of the name; nothing of it is ever shown inside the site, only handed out as a download."""


def _folder() -> Path:
    return Path(settings.MEDIA_ROOT) / "evidence"


def path_of(digest: str) -> Path:
    """Where the file with this digest lies."""
    return _folder() / digest[:2] / digest


def keep(upload: Any) -> tuple[str, str, str, int]:
    """Keep an uploaded file; returns name, digest, kind and size. Bytes that are there already are not written again."""
    name = Path(str(upload.name).replace("\\", "/")).name[-150:]
    kind = KINDS.get(Path(name).suffix.lower())
    if kind is None:
        raise NotAllowed("facts", f"不收这种文件：{name}；可收 {'、'.join(sorted(each[1:] for each in KINDS))}")
    if not upload.size:
        raise NotAllowed("facts", f"{name} 是空文件")
    if upload.size > LIMIT:
        raise NotAllowed("facts", f"{name} 有 {upload.size / 1024 / 1024:.0f} MB，每个文件不超过 {LIMIT // 1024 // 1024} MB")
    digest = _written(upload.chunks())
    return name, digest, kind, int(upload.size)


def keep_bytes(content: bytes) -> str:
    """Keep what the site itself has made; returns the digest under which it lies."""
    return _written([content])


def _written(chunks: Iterable[bytes]) -> str:
    _folder().mkdir(parents=True, exist_ok=True)
    summed = hashlib.sha256()
    handle, made = tempfile.mkstemp(dir=_folder())
    with os.fdopen(handle, "wb") as out:
        for chunk in chunks:
            summed.update(chunk)
            out.write(chunk)
    place = path_of(summed.hexdigest())
    place.parent.mkdir(parents=True, exist_ok=True)
    Path(made).replace(place)
    return summed.hexdigest()


def opened(digest: str) -> BinaryIO | None:
    """The file with this digest, open to be read; ``None`` when it is not there."""
    place = path_of(digest)
    return place.open("rb") if place.is_file() else None


@contextlib.contextmanager
def laid_down(upload: Any) -> Iterator[Path]:
    """An uploaded table as a file for as long as it is read."""
    name = Path(str(upload.name).replace("\\", "/")).name[-80:] or "table"
    with tempfile.TemporaryDirectory(prefix="yangban-table-") as folder:
        place = Path(folder) / name
        with place.open("wb") as out:
            for chunk in upload.chunks():
                out.write(chunk)
        yield place
