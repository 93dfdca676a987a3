"""Bulletins: what a bureau hands in, composed from Figures, as Word, as a page or as a workbook.

:func:`make_bulletin` and :func:`daily_bulletin` compose; :func:`write` sets what they composed into a file by its suffix. The same Figures,
template and program give the same bytes.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from yangban.base.errors import InputError, UsageError
from yangban.publish.bulletin.asked import Asked
from yangban.publish.bulletin.compose import BOTH, make_bulletin
from yangban.publish.bulletin.daily import daily_bulletin
from yangban.publish.bulletin.layout import DISPATCH, KINDS
from yangban.publish.bulletin.paper import Bulletin


def _word(bulletin: Bulletin, template: Path | None = None) -> bytes:
    """As a Word file."""
    from yangban.publish.bulletin.word import word_bytes

    return word_bytes(bulletin, template=template)


def _page(bulletin: Bulletin, template: Path | None = None) -> bytes:
    """As an HTML page."""
    from yangban.publish.bulletin.page import page_text

    _no_template(template)
    return page_text(bulletin).encode()


def _workbook(bulletin: Bulletin, template: Path | None = None) -> bytes:
    """As a workbook."""
    from yangban.publish.bulletin.workbook import workbook_bytes

    _no_template(template)
    return workbook_bytes(bulletin)


def _no_template(template: Path | None) -> None:
    if template is not None:
        raise UsageError("--template 只用于 .docx；a template is for Word files only")


FORMS: Final[Mapping[str, Callable[[Bulletin, Path | None], bytes]]] = {".docx": _word, ".html": _page, ".xlsx": _workbook}
"""How a bulletin is set, by the suffix of its file."""


def check_target(path: Path) -> None:
    """Refuse a file that cannot be written, before anything is computed for it."""
    if path.suffix.lower() not in FORMS:
        raise UsageError(f"--out {path}：后缀须为 {'、'.join(FORMS)}；expected one of these suffixes")
    if path.is_dir() or not path.absolute().parent.is_dir():
        raise UsageError(f"--out {path}：不是可写的文件位置（文件夹不存在或本身是文件夹）；no such folder, or a folder itself")


def write(bulletin: Bulletin, path: Path, *, template: Path | None = None) -> None:
    """Set a bulletin into a file, whole or not at all."""
    check_target(path)
    made = FORMS[path.suffix.lower()](bulletin, template)
    waiting = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        waiting.write_bytes(made)
        waiting.replace(path)
    except OSError as problem:
        waiting.unlink(missing_ok=True)
        raise InputError(f"{path}：写不进去（{problem}）；若正在 Word 或 WPS 中打开，请先关闭；cannot be written") from None


__all__ = ["BOTH", "DISPATCH", "FORMS", "KINDS", "Asked", "Bulletin", "check_target", "daily_bulletin", "make_bulletin", "write"]
