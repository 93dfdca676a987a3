"""The libraries and the font that documents need beyond the rest of Yangban; what is missing is said, with what to do."""

from __future__ import annotations

import importlib
import importlib.util
import os
from functools import cache
from pathlib import Path
from typing import Any, Final

from yangban.base.errors import UsageError

FONT_VARIABLE: Final = "YANGBAN_FONT"
"""Names a font file for charts, for a machine that has none of :data:`FONTS`."""
FONT_PACKAGE: Final = "noto_cjk_sans_otc"
"""A package that holds Noto Sans CJK, for machines without the right to install fonts and for charts that are alike everywhere."""
FONTS: Final = (
    "Noto Sans CJK SC",
    "Noto Sans SC",
    "Source Han Sans SC",
    "Source Han Sans CN",
    "Microsoft YaHei",
    "PingFang SC",
    "Hiragino Sans GB",
    "WenQuanYi Micro Hei",
    "WenQuanYi Zen Hei",
    "SimHei",
    "Heiti SC",
)
"""Fonts that charts are drawn with, the first that is there."""


def need(module: str, *, package: str) -> Any:
    """A library that only documents need; :class:`~yangban.base.errors.UsageError` says how to get it."""
    try:
        return importlib.import_module(module)
    except ImportError:
        raise UsageError(f"此格式需要 {package}：pip install {package}；this format needs the package {package}") from None


@cache
def chart_font() -> str:
    """The name of the font for charts, known to matplotlib.

    The file that :data:`FONT_VARIABLE` names; else the font of the package :data:`FONT_PACKAGE`, with which charts are the same on every
    machine; else one of the system. Raises :class:`~yangban.base.errors.UsageError` when there is no font with Chinese characters: a chart
    of boxes is worse than none.
    """
    manager = need("matplotlib.font_manager", package="matplotlib")
    named = os.environ.get(FONT_VARIABLE)
    if named:
        if not Path(named).is_file():
            raise UsageError(f"{FONT_VARIABLE}={named}：没有这个字体文件；no such font file")
        return _added(manager, Path(named))
    package = importlib.util.find_spec(FONT_PACKAGE)
    if package is not None and package.origin is not None:
        for file in sorted(Path(package.origin).parent.glob("*.[to]t[cf]")):
            return _added(manager, file)
    there = {font.name for font in manager.fontManager.ttflist}
    for name in FONTS:
        if name in there:
            return name
    raise UsageError(
        f"图表需要中文字体，本机一种也没有（{'、'.join(FONTS)}）：安装 fonts-noto-cjk 或 pip install {FONT_PACKAGE.replace('_', '-')}，"
        f"或用 {FONT_VARIABLE} 指定字体文件；no font with Chinese characters for charts"
    )


def _added(manager: Any, file: Path) -> str:
    """Make a font file known and give its name; of a collection the face for simplified Chinese."""
    manager.fontManager.addfont(str(file))
    names = [font.name for font in manager.fontManager.ttflist if font.fname == str(file)]
    return next((name for name in FONTS if name in names), names[0])
