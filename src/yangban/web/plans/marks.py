"""The colour of a task as a mark: symbol and word beside the colour, made once for each word."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.html import format_html
from django.utils.safestring import SafeString

from yangban.web.plans.models import Task
from yangban.web.words import pick

_MARKS = {
    "red": ("c-red", "▲ 红", "▲ red"),
    "yellow": ("c-yellow", "◆ 黄", "◆ yellow"),
    "green": ("c-green", "● 绿", "● green"),
    "blue": ("c-green", "● 绿", "● green"),
    "": ("none", "○ 未判", "○ none"),
}


def colour_mark(colour: str) -> SafeString:
    """A colour as a page shows it."""
    style, zh, en = _MARKS.get(colour, _MARKS[""])
    return format_html('<span class="{}">{}</span>', style, pick(zh, en))


def marked(rows: Iterable[Task]) -> list[Task]:
    """The tasks with their mark."""
    held, made = list(rows), {colour: colour_mark(colour) for colour in _MARKS}
    for row in held:
        row.mark = made.get(row.colour, made[""])
    return held
