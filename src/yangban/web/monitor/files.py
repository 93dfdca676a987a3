"""The files of the desk: what people hand in until it is taken in, refused lines of a receipt, and the targets of the workspace.

The one place of the site's staff side that opens files; everything else asks here.
"""

from __future__ import annotations

import gzip
import json
import re
import secrets
import shutil
import time
import unicodedata
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile

from yangban.readings.workspace import Workspace, write_whole

SUFFIXES: Final = (".csv", ".csv.gz", ".parquet", ".xlsx", ".xls", ".json", ".json.gz")
"""Endings of files that intake reads."""

_LONGEST: Final = 100
_STALE_SECONDS: Final = 7 * 86_400
_MOST_LINE: Final = 2**20


def plain_name(name: str) -> str:
    """The last part of a file's name, without what could lead elsewhere or hide.

    >>> plain_name("../../etc/南昌 2022.csv"), plain_name("C:\\\\data\\\\a.xlsx"), plain_name(".csv")
    ('南昌 2022.csv', 'a.xlsx', '_.csv')
    """
    last = re.split(r"[\\/]", unicodedata.normalize("NFC", name))[-1]
    last = "".join(each for each in last if unicodedata.category(each)[0] != "C").strip()
    if last.startswith("."):
        last = "_" + last
    suffix = ending(last)
    return (last[: len(last) - len(suffix)][: _LONGEST - len(suffix)] or "_") + suffix


def ending(name: str) -> str:
    """The ending by which intake knows a file, empty when it does not."""
    return next((each for each in sorted(SUFFIXES, key=len, reverse=True) if name.casefold().endswith(each)), "")


def _root() -> Path:
    return Path(settings.MEDIA_ROOT) / "handed-in"


def folder_of(token: str) -> Path:
    """The folder of what was handed in together."""
    if not re.fullmatch(r"[0-9a-f]{16}", token):
        raise ValueError(token)
    return _root() / token


def hand_over(files: Sequence[UploadedFile], mapping: UploadedFile | None = None) -> tuple[str, list[str]]:
    """Lay handed-in files down; gives the token of their folder and their names, each once."""
    token = secrets.token_hex(8)
    place = folder_of(token)
    place.mkdir(parents=True, mode=0o700)
    names: list[str] = []
    for file in files:
        name = plain_name(file.name or "")
        suffix = ending(name)
        again = 1
        while name in names:
            again += 1
            name = f"{plain_name(file.name or '')[: -len(suffix) or None]} ({again}){suffix}"
        names.append(name)
        _write(place / name, file)
    if mapping is not None:
        _write(place / ".mapping.toml", mapping)
    return token, names


def _write(path: Path, file: UploadedFile) -> None:
    with path.open("xb") as out:
        for piece in file.chunks():
            out.write(piece)


def mapping_of(token: str) -> Path | None:
    """The mapping that was handed in with the files."""
    path = folder_of(token) / ".mapping.toml"
    return path if path.is_file() else None


def handed_in(token: str, names: Sequence[str]) -> list[Path]:
    """The files of a folder, in the order in which they were handed in."""
    return [folder_of(token) / plain_name(name) for name in names]


def size_of(paths: Sequence[Path]) -> int:
    """Bytes of some files together."""
    return sum(path.stat().st_size for path in paths if path.exists())


def drop(token: str) -> None:
    """Remove what was handed in; the workspace keeps the originals. Folders that nobody came back for in a week go too."""
    shutil.rmtree(folder_of(token), ignore_errors=True)
    if _root().is_dir():
        for each in _root().iterdir():
            if each.is_dir() and each.stat().st_mtime < time.time() - _STALE_SECONDS:
                shutil.rmtree(each, ignore_errors=True)


def refused_lines(workspace: Workspace, rejected_file: str) -> Iterator[dict[str, Any]]:
    """All refusals of a receipt, oldest first; ``rejected_file`` is as the receipt names it."""
    path = workspace.rejected / Path(rejected_file).name
    if not path.is_file():
        return
    with path.open(encoding="utf-8") as file:
        for line in file:
            yield json.loads(line)


def lines_of(workspace: Workspace, digest: str, numbers: Collection[int]) -> list[tuple[int, str]]:
    """Some lines of a kept original, with the first line, as text; empty when the original is no text."""
    path = workspace.raw / digest
    if not re.fullmatch(r"[0-9a-f]{64}", digest) or not path.is_file():
        return []
    with path.open("rb") as file:
        packed = file.read(2) == b"\x1f\x8b"
    wanted = set(numbers) | {1}
    found: list[tuple[int, bytes]] = []
    with gzip.open(path, "rb") if packed else path.open("rb") as source:
        number = 0
        while line := source.readline(_MOST_LINE):
            number += 1
            if number in wanted:
                found.append((number, line))
                if len(found) == len(wanted):
                    break
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return [(number, line.decode(encoding).rstrip("\r\n")) for number, line in found]
        except UnicodeDecodeError:
            continue
    return []


def read_own_targets(workspace: Workspace) -> str:
    """The text of the workspace's ``targets.toml``, empty when there is none."""
    path = workspace.path / "targets.toml"
    return path.read_text(encoding="utf-8-sig") if path.is_file() else ""


def write_own_targets(workspace: Workspace, text: str) -> None:
    """Put a new text in place of ``targets.toml``, whole."""
    write_whole(workspace.path / "targets.toml", text)


def lay_table(text: str) -> tuple[str, list[str]]:
    """Lay down a small table that was typed on a page, as if it had been handed in."""
    token = secrets.token_hex(8)
    place = folder_of(token)
    place.mkdir(parents=True, mode=0o700)
    (place / "desk.csv").write_text(text, encoding="utf-8", newline="\n")
    return token, ["desk.csv"]
