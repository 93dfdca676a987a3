"""Start the pack of another region: a folder that is right from the first moment, with what GB/T 2260 knows filled in and the rest empty.

Nothing official is invented: published results, targets, zones and sections begin as commented examples, tiles in the order of the codes.
"""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from string import Template
from typing import Final

from yangban.base import regions
from yangban.base.errors import InputError, UsageError
from yangban.packs import Pack, read_pack

_TEMPLATES: Final = Path(__file__).parent / "template"
_NAME: Final = re.compile(r"^[a-z][a-z0-9-]*$")
_COLUMNS: Final = 4


def new_pack(region: str, *, english: str, folder: Path) -> Pack:
    """Write the pack of a province or municipality (code or name) into a folder that is not there yet, and read it back.

    ``english`` is the region's name in Latin letters; the last part of ``folder`` names the pack. The folder appears whole or not at all.

    Raises :class:`~yangban.base.errors.UnknownRegion`, :class:`~yangban.base.errors.UsageError` for a region that is none or a bad name,
    and :class:`~yangban.base.errors.InputError` when the folder is there or cannot be written.
    """
    item = regions.place(region)
    cities = [each.code for each in regions.children(item.code, level="city")]
    # A municipality has its counties directly beneath it.
    parts = cities or [each.code for each in regions.children(item.code, level="county")]
    if not (item.level == "province" or item.kind == "municipality") or not parts:
        raise UsageError(f"{item.name} ({item.code}): a pack is of a province or municipality; expected such as 湖南省 or 上海市")
    if not _NAME.match(folder.name):
        raise UsageError(f"{folder.name!r} cannot name a pack; expected small letters, digits and hyphens, such as hunan")
    if not english.strip() or not english.isascii() or re.search(r'["\\\x00-\x1f]', english):
        raise UsageError(f"{english!r} is no English name; expected Latin letters such as Hunan")
    if folder.exists():
        raise InputError(f"{folder} 已存在，未改动；is there already; nothing was changed. Choose another name or take it away first")
    filled = {
        "code": item.code, "name": item.name, "short": item.short, "english": english.strip(),
        "cities": ", ".join(f'"{code}"' for code in cities), "first_city": parts[0],
        "compared_with": next(_groups_of(item.code), ""),
        "tiles": "\n".join(
            f'  {{ code = "{code}", column = {n % _COLUMNS}, row = {n // _COLUMNS} }},' for n, code in enumerate(parts)
        ),
    }  # fmt: skip
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        draft = Path(tempfile.mkdtemp(prefix=".pack-", dir=folder.parent))
    except OSError as problem:
        raise InputError(f"{folder.parent}: 不能写入；cannot be written ({problem})") from None
    try:
        inner = draft / folder.name
        inner.mkdir()
        for template in sorted(_TEMPLATES.glob("*.in")):
            text = Template(template.read_text(encoding="utf-8")).substitute(filled)
            (inner / template.stem).write_text(text, encoding="utf-8")
        read_pack(inner)
        inner.rename(folder)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return read_pack(folder)


def _groups_of(code: str) -> Iterator[str]:
    """The groups of provinces that a province belongs to."""
    return (group.id for group in regions.groups().values() if group.level == "province" and code in group.members)
