"""Where lines and pages of a Word book end, reckoned without a word processor, so that its contents carry page numbers from the start.

It works because the book is set so that little is left to chance: every line has an exact height, Chinese characters are all as wide as
they are high, and pictures stand in rows of exact height. Widths of Latin letters are those of Times, which its stand-ins share. Between
Chinese and Latin a fifth of a character is left, and one mark at the end of a line may hang out of it, as Word and its kin do by
themselves. What programs still do differently is a line or two of a case; a text that would end so near to the edge of a page is moved
off it (:func:`steady_fit`).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, TypeVar

_TIMES: Final = dict(
    zip(
        map(chr, range(32, 127)),
        (
            250, 333, 408, 500, 500, 833, 778, 180, 333, 333, 500, 564, 250, 333, 250, 278, 500, 500, 500, 500, 500, 500, 500, 500,
            500, 500, 278, 278, 564, 564, 564, 444, 921, 722, 667, 667, 722, 611, 556, 722, 722, 333, 389, 722, 611, 889, 722, 722,
            556, 722, 667, 556, 611, 722, 722, 944, 722, 722, 611, 333, 278, 333, 469, 500, 333, 444, 500, 444, 500, 444, 333, 500,
            500, 278, 278, 500, 278, 778, 500, 500, 500, 500, 333, 389, 278, 500, 500, 722, 500, 500, 444, 480, 200, 480, 541,
        ),
        strict=True,
    )
)  # fmt: skip
"""Thousandths of the size that the letters of Times are wide."""

_LATIN_1: Final = {"µ": 500, "²": 300, "³": 300, "°": 400, "±": 564, "×": 564, "÷": 564, "·": 250}
_GAP: Final = 0.2
"""The part of a character that is left between Chinese and Latin."""
NOT_FIRST: Final = frozenset("!),.:;?]}¨·ˇˉ―‖’”…∶、。〃々〉》」』】〕〗！＂＇），．：；？］｀｜｝～￠%‰")
"""What does not begin a line (the rules of Chinese typesetting that Word and its kin follow)."""
NOT_LAST: Final = frozenset("([{‘“〈《「『【〔〖（．［｛￡￥$")
"""What does not end a line."""
HANGING: Final = frozenset("、。，．：；！？")
"""What may hang out of the end of a line."""


def width_of(character: str, size: float) -> float:
    """How wide a character is, in points."""
    held = _TIMES.get(character) or _LATIN_1.get(character)
    if held is not None:
        return held * size / 1000
    return 0.0 if unicodedata.combining(character) else size


def _narrow(character: str) -> bool:
    return character in _TIMES or character in _LATIN_1


def _ideograph(character: str) -> bool:
    return "\u2e80" <= character <= "\u9fff" and character not in NOT_FIRST and character not in NOT_LAST


def _pieces(text: str, size: float) -> list[tuple[str, float]]:
    """What is not parted between lines, with its width: a word of narrow letters, or one character with the marks that cling to it."""
    made: list[tuple[str, float]] = []
    at = 0
    while at < len(text):
        end = at + 1
        if _narrow(text[at]) and text[at] != " ":
            while end < len(text) and _narrow(text[end]) and text[end] != " " and text[end - 1] != "-":
                end += 1
        piece = text[at:end]
        wide = sum(width_of(each, size) for each in piece)
        if at and ((_ideograph(text[at - 1]) and piece[0].isalnum() and _narrow(piece[0])) or (
            _ideograph(piece[0]) and text[at - 1].isalnum() and _narrow(text[at - 1])
        )):  # fmt: skip
            wide += _GAP * size
        clings = made and made[-1][0] != " " and piece != " " and (piece[0] in NOT_FIRST or made[-1][0][-1] in NOT_LAST)
        if clings:
            before, width = made.pop()
            made.append((before + piece, width + wide))
        else:
            made.append((piece, wide))
        at = end
    return made


@lru_cache(maxsize=4096)
def lines_of(text: str, *, size: float, width: float, first: float = 0.0) -> int:
    """How many lines a paragraph takes; ``first`` is the indent of its first line.

    >>> [lines_of(text, size=16, width=80) for text in ("一二三四五六七八九十", "一二三四五六", "一二三四五。")]
    [2, 2, 1]
    """
    count, left, fresh = 1, width - first, True
    for piece, wide in _pieces(text, size):
        # One mark may hang out; what clings behind it may not.
        hung = width_of(piece[-1], size) if piece[-1] in HANGING else 0.0
        if wide - hung <= left + _HAIR:
            left = max(0.0, left - wide)
        elif piece == " ":
            left = 0.0  # a space at the end of a line takes no place
        elif wide - hung <= width + _HAIR:
            count, left = count + 1, max(0.0, width - wide)
        else:  # a word longer than a line is parted
            more = int(-(-wide // width))
            count, left = count + more - fresh, more * width - wide
        fresh = False
    return count


_HAIR: Final = 0.05


@dataclass(frozen=True)
class Block:
    """Something on a page: ``lines`` of ``line`` points each that may part between pages, after ``before``; or, with one line, a whole.

    ``together`` keeps it on the page of what follows.
    """

    line: float
    lines: int = 1
    before: float = 0.0
    together: bool = False


@dataclass(frozen=True)
class Fit:
    """How blocks fall on pages: how many pages, how full the last one is, and how near a block came to falling otherwise, in points."""

    pages: int
    last: float
    nearest: float


def fall(blocks: Sequence[Block], height: float) -> Fit:
    """Let blocks fall on pages of a height, from the top of a fresh page."""
    page, y, nearest = 1, 0.0, height
    at = 0
    while at < len(blocks):
        end = at
        while end < len(blocks) - 1 and blocks[end].together:
            end += 1
        # What is kept together is moved as one, with the first line of what follows it.
        whole = sum(each.before + each.line * each.lines for each in blocks[at:end]) + blocks[end].before + blocks[end].line
        if y > 0:
            slack = height - y - whole
            if end > at or blocks[at].line > _LINE_MOST:
                nearest = min(nearest, abs(slack))
            if slack < 0:
                page, y = page + 1, 0.0
        for each in blocks[at : end + 1]:
            y += each.before if y > 0 or each is blocks[0] else 0.0
            for _ in range(each.lines):
                if y + each.line > height + 1e-6:
                    page, y = page + 1, 0.0
                y += each.line
        at = end + 1
    # A last page with a line or two is not only unsure, it looks forgotten.
    return Fit(page, y, min(nearest, height - y if y > height / 2 else y - _FORGOTTEN))


_FORGOTTEN: Final = 40.0
_LINE_MOST: Final = 60.0
"""A block with higher lines is a row of pictures, which moves as a whole."""

Way = TypeVar("Way")


def steady_fit(ways: Sequence[Way], made: Callable[[Way], Sequence[Block]], height: float, *, safe: float) -> tuple[Way, Fit]:
    """The first of several ways to set a text with which its pages are sure: nothing falls within ``safe`` points of falling otherwise.

    A line that only just fits, or does not, may go either way: each way is tried on pages a hair lower and higher too. Where no way is that
    sure, the surest.
    """
    best: tuple[float, Way, Fit] | None = None
    for way in ways:
        blocks = made(way)
        lower, fit, higher = (fall(blocks, height + change) for change in (-_UNSURE, 0.0, _UNSURE))
        sure = min(lower.nearest, fit.nearest, higher.nearest) if lower.pages == fit.pages == higher.pages else 0.0
        if sure >= safe:
            return way, fit
        if best is None or sure > best[0]:
            best = (sure, way, fit)
    assert best is not None
    return best[1], best[2]


_UNSURE: Final = 1.5
