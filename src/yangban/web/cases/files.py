"""Files of cases: pictures under the digest of their bytes, and Word books that were made. Below ``site-files/cases`` of the workspace."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import BinaryIO, Final

from django.conf import settings

from yangban.web.cases.pictures import Made

SIZES: Final = ("large", "small")
_DIGEST: Final = re.compile(r"[0-9a-f]{64}")


def _root() -> Path:
    return Path(settings.MEDIA_ROOT) / "cases"


def _picture(digest: str, size: str) -> Path:
    if not _DIGEST.fullmatch(digest) or size not in SIZES:
        raise ValueError(digest)
    return _root() / "pictures" / digest[:2] / f"{digest}.{size}.jpg"


def keep_picture(made: Made) -> None:
    """Keep both sizes of a picture; what is there already is left."""
    for size, content in (("large", made.large), ("small", made.small)):
        _write(_picture(made.digest, size), content)


def _write(place: Path, content: bytes) -> None:
    if place.is_file():
        return
    place.parent.mkdir(parents=True, exist_ok=True)
    waiting = place.with_name(f".{place.name}.{os.getpid()}.tmp")
    waiting.write_bytes(content)
    waiting.replace(place)


def picture_bytes(digest: str, size: str = "large") -> bytes | None:
    """A kept picture; ``None`` when it is not there. None is larger than a megabyte or so."""
    place = _picture(digest, size)
    return place.read_bytes() if place.is_file() else None


def _book(digest: str) -> Path:
    if not _DIGEST.fullmatch(digest):
        raise ValueError(digest)
    return _root() / "books" / f"{digest}.docx"


def keep_book(digest: str, content: bytes) -> None:
    """Keep a Word book."""
    _write(_book(digest), content)


def book(digest: str) -> BinaryIO | None:
    """A Word book, open to be read; ``None`` when it is not there."""
    place = _book(digest)
    return place.open("rb") if place.is_file() else None
