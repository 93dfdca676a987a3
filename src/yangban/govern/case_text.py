"""Words of cases as an index knows them, the questions one may ask of it, and what two versions of a text differ in. Pure.

Chinese has no spaces, and an index of three letters in a row would never find 湿地. So a run of Chinese characters becomes its pairs,
each overlapping the next, and its last character alone: 湿地保护 is 湿地 地保 保护 护. Every part of a run is then a phrase of pairs,
and one single character is the beginning of a pair. Words of other scripts stand as they are, in small letters, and are found by their
beginning. SQLite and PostgreSQL get the same words, so that both find and order the same cases.
"""

from __future__ import annotations

import difflib
import math
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

_HAN: Final = "\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_RUN: Final = re.compile(rf"[{_HAN}]+|[^\W_{_HAN}]+")
_IS_HAN: Final = re.compile(rf"[{_HAN}]")
MOST_WORDS: Final = 12
"""So many parts of a question are looked for; people ask with two or three."""
_SHORTEST_PREFIX: Final = 2


def clean(text: str) -> str:
    """Text as people typed it, without what cannot be printed and with one kind of line end.

    >>> clean("一\\r\\n二\\x00\\x0b")
    '一\\n二'
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(each for each in text if each in "\n\t" or unicodedata.category(each) not in {"Cc", "Cs"}).strip()


def plain_text(text: str) -> str:
    """Text as the index sees it: full-width letters and digits as the narrow ones, small letters."""
    return unicodedata.normalize("NFKC", text).casefold()


def _pairs(run: str) -> list[str]:
    return [*(run[n : n + 2] for n in range(len(run) - 1)), run[-1]]


def index_words(text: str) -> list[str]:
    """The words of a text for the index, in their order.

    >>> index_words("鄱阳湖湿地，PM2.5 降到29")
    ['鄱阳', '阳湖', '湖湿', '湿地', '地', 'pm2', '5', '降到', '到', '29']
    """
    found: list[str] = []
    for run in _RUN.findall(plain_text(text)):
        found += _pairs(run) if _IS_HAN.match(run) else [run]
    return found


@dataclass(frozen=True)
class Wanted:
    """One part of a question: words that must follow each other; ``open_end``: the last is the beginning of a word."""

    words: tuple[str, ...]
    open_end: bool = False


def wanted(question: str) -> tuple[Wanted, ...]:
    """What a question asks for; a text must have all of it.

    >>> wanted("湿地保护 Wetlands")
    (Wanted(words=('湿地', '地保', '保护'), open_end=False), Wanted(words=('wetlands',), open_end=True))
    >>> wanted("湖")
    (Wanted(words=('湖',), open_end=True),)
    """
    found: list[Wanted] = []
    for run in _RUN.findall(plain_text(question)):
        if _IS_HAN.match(run):
            words = tuple(_pairs(run)[:-1]) or (run,)
            each = Wanted(words, open_end=len(run) == 1)
        else:
            each = Wanted((run,), open_end=len(run) >= _SHORTEST_PREFIX)
        if each not in found:
            found.append(each)
    return tuple(found[:MOST_WORDS])


def count(part: Wanted, words: str) -> int:
    """How often a part of a question stands in words with one space between and around them.

    >>> count(wanted("湿地")[0], " 湖湿 湿地 地 湿地 地 ")
    2
    """
    phrase = " " + " ".join(part.words) + ("" if part.open_end else " ")
    found = at = 0
    # Two hits may share the space between them.
    while (at := words.find(phrase, at)) >= 0:
        found, at = found + 1, at + len(phrase) - 1
    return found


def score(parts: Sequence[Wanted], fields: Mapping[str, str], weights: Mapping[str, float]) -> float:
    """How well a text answers: each part counts in each field by its weight, the second hit less than the first."""
    return math.fsum(
        weight * hits / (hits + 1.2) for part in parts for name, weight in weights.items() if (hits := count(part, f" {fields[name]} "))
    )


# -------------------------------------------------------------------------------------------------------------------------- snippets


def _places(text: str, parts: Sequence[Wanted]) -> list[tuple[int, int]]:
    """Where the parts of a question stand in a text, from first to last, none overlapping."""
    low = text.casefold()
    if len(low) != len(text):  # a letter whose small form is longer: better no mark than one beside the word
        return []
    found: list[tuple[int, int]] = []
    for part in parts:
        run = "".join(word[0] for word in part.words[:-1]) + part.words[-1]
        start = low.find(run)
        while start >= 0:
            found.append((start, start + len(run)))
            start = low.find(run, start + len(run))
    made: list[tuple[int, int]] = []
    for start, end in sorted(found):
        if made and start <= made[-1][1]:
            made[-1] = (made[-1][0], max(end, made[-1][1]))
        else:
            made.append((start, end))
    return made


def snippet(texts: Sequence[str], parts: Sequence[Wanted], *, width: int = 90) -> tuple[tuple[str, bool], ...]:
    """The piece of some texts that shows most of a question, as pieces with whether each was asked for. Plain text: the page escapes it.

    >>> snippet(["建成小微湿地三处。"], wanted("湿地"))
    (('建成小微', False), ('湿地', True), ('三处。', False))
    """
    best: tuple[int, str, int, list[tuple[int, int]]] | None = None
    for text in texts:
        flat = " ".join(text.split())
        places = _places(flat, parts)
        for start, _ in places[:60]:
            inside = [each for each in places if start <= each[0] and each[1] <= start + width]
            # Places beyond the first in a window say more when they are different words.
            weight = len({flat[a:b].casefold() for a, b in inside}) * 10 + len(inside)
            if best is None or weight > best[0]:
                best = (weight, flat, max(0, start - width // 4), places)
    if best is None:
        first = " ".join(next((each for each in texts if each.strip()), "").split())
        return ((first[:width] + ("…" if len(first) > width else ""), False),) if first else ()
    _, flat, begin, places = best
    end = min(len(flat), begin + width)
    pieces: list[tuple[str, bool]] = [("…", False)] if begin else []
    at = begin
    for start, stop in places:
        if stop <= at or start >= end:
            continue
        start, stop = max(start, at), min(stop, end)
        if start > at:
            pieces.append((flat[at:start], False))
        pieces.append((flat[start:stop], True))
        at = stop
    if at < end:
        pieces.append((flat[at:end], False))
    if end < len(flat):
        pieces.append(("…", False))
    return tuple(pieces)


# ------------------------------------------------------------------------------------------------------------------------ differences


def differences(old: str, new: str) -> tuple[tuple[tuple[str, str], ...], ...]:
    """What became of a text, paragraph by paragraph: pieces with ``same``, ``gone`` or ``new``. Plain text: the page escapes it.

    >>> differences("投入三千万元。", "投入四千万元。")
    ((('same', '投入'), ('gone', '三'), ('new', '四'), ('same', '千万元。')),)
    """
    before, after = old.split("\n"), new.split("\n")
    made: list[tuple[tuple[str, str], ...]] = []
    for tag, i1, i2, j1, j2 in difflib.SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if tag == "equal":
            made += [(("same", line),) for line in before[i1:i2] if line.strip()]
            continue
        pairs = min(i2 - i1, j2 - j1)
        for n in range(pairs):
            made.append(_in_line(before[i1 + n], after[j1 + n]))
        made += [(("gone", line),) for line in before[i1 + pairs : i2] if line.strip()]
        made += [(("new", line),) for line in after[j1 + pairs : j2] if line.strip()]
    return tuple(each for each in made if each)


def _in_line(old: str, new: str) -> tuple[tuple[str, str], ...]:
    matcher = difflib.SequenceMatcher(None, old, new, autojunk=False)
    if matcher.quick_ratio() < 0.35:
        return tuple(each for each in (("gone", old), ("new", new)) if each[1])
    made: list[tuple[str, str]] = []
    for tag, i1, i2, j1, j2 in matcher.get_opcodes():
        if tag == "equal":
            made.append(("same", old[i1:i2]))
        else:
            made += [each for each in (("gone", old[i1:i2]), ("new", new[j1:j2])) if each[1]]
    return tuple(made)
