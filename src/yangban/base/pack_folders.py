"""Where region packs lie outside the program: the folders that the user names, each holding packs as folders of their own."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from yangban.base.errors import UsageError

VARIABLE: Final = "YANGBAN_PACKS"
"""Names one or several folders of packs, parted as paths are on the machine (a colon; on Windows a semicolon)."""
MARK: Final = "region.toml"
"""The file by which a folder is known to be a pack."""


def own_packs() -> tuple[Path, ...]:
    """The packs in the folders that :data:`VARIABLE` names, by name; read at each call, since it costs nothing.

    Raises :class:`~yangban.base.errors.UsageError` for a folder that is not there and for two packs of one name.
    """
    found: dict[str, Path] = {}
    for text in filter(None, os.environ.get(VARIABLE, "").split(os.pathsep)):
        folder = Path(text)
        if not folder.is_dir():
            raise UsageError(f"{VARIABLE}（--packs）{text}：没有这个文件夹；no such folder of packs")
        for file in sorted(folder.glob(f"*/{MARK}")):
            other = found.setdefault(file.parent.name, file.parent)
            if other != file.parent:
                raise UsageError(f"{VARIABLE}（--packs）：{other} 与 {file.parent} 同名；two packs of one name, rename one folder")
    return tuple(found[name] for name in sorted(found))
