"""TOML and JSON as they come from outside, within bounds: numbers that can be computed with, nesting that can be walked.

Both notations may hold ``1e999999999``, an integer of a million digits or a thousand lists in one another, in a few bytes. What is beyond
the bounds is refused like any other slip of notation, so that whoever catches :class:`tomllib.TOMLDecodeError` or
:class:`json.JSONDecodeError` tells of it with the file's name.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, Final

DEEPEST: Final = 64
"""Lists and tables in one another."""
LONGEST: Final = 400
"""Signs of a number, and places of a decimal before or behind the point."""
_LARGEST: Final = 2**63
_SHOWN: Final = 40


class NotToml(tomllib.TOMLDecodeError):
    """A text that is TOML, and beyond the bounds."""

    def __init__(self, problem: str) -> None:
        ValueError.__init__(self, problem)


class NotJson(json.JSONDecodeError):
    """A text that is JSON, and beyond the bounds."""

    def __init__(self, problem: str) -> None:
        super().__init__(problem, "", 0)


class _Beyond(Exception):
    """What is beyond the bounds. No ``ValueError``: :mod:`tomllib` would take it for a slip of its own."""


def toml(text: str, *, decimals: bool = False) -> dict[str, Any]:
    """A TOML text; with ``decimals`` its numbers keep their digits.

    Raises :class:`tomllib.TOMLDecodeError`, also for numbers and nesting beyond the bounds.

    >>> toml("a = 63.10", decimals=True)
    {'a': Decimal('63.10')}
    >>> toml("a = 1e999999999", decimals=True)
    Traceback (most recent call last):
    yangban.base.notation.NotToml: the number 1e999999999 is too long or no finite number
    """
    try:
        made = tomllib.loads(text, parse_float=_decimal if decimals else _float)
        _walk(made)
    except tomllib.TOMLDecodeError:
        raise
    except _Beyond as problem:
        raise NotToml(str(problem)) from None
    except RecursionError:
        raise NotToml(f"more than {DEEPEST} lists or tables lie in one another") from None
    except ValueError:
        # Python reads no integer of more than 4300 digits.
        raise NotToml("a whole number is too long") from None
    return made


def tables(held: Mapping[str, Any], key: str) -> list[dict[str, Any]]:
    """The tables under ``[[key]]``; none when there are none. Raises :class:`NotToml` when something else has the name.

    >>> tables({"unit": [{"id": "a"}]}, "unit"), tables({}, "unit")
    ([{'id': 'a'}], [])
    """
    found = held.get(key, [])
    if not isinstance(found, list) or not all(isinstance(each, dict) for each in found):
        raise NotToml(f"{key}: expected tables, written [[{key}]]")
    return found


def json_of(text: str | bytes, *, decimals: bool = False) -> Any:
    """A JSON text; with ``decimals`` its numbers keep their digits.

    Raises :class:`json.JSONDecodeError`, also for numbers and nesting beyond the bounds, for ``NaN``, and for bytes that are no text.

    >>> json_of('{"a": [1, 2.50]}', decimals=True)
    {'a': [1, Decimal('2.50')]}
    >>> json_of("[" * 5000)
    Traceback (most recent call last):
    yangban.base.notation.NotJson: more than 64 lists or tables lie in one another: line 1 column 1 (char 0)
    """
    try:
        made = json.loads(text, parse_float=_decimal if decimals else _float, parse_int=_whole, parse_constant=_decimal)
        _walk(made)
    except _Beyond as problem:
        raise NotJson(str(problem)) from None
    except RecursionError:
        raise NotJson(f"more than {DEEPEST} lists or tables lie in one another") from None
    except UnicodeDecodeError as problem:
        raise NotJson(f"no text in UTF-8 (byte {problem.start})") from None
    return made


def _decimal(word: str) -> Decimal:
    try:
        made = Decimal(word) if len(word) <= LONGEST else Decimal("NaN")
    except InvalidOperation:
        made = Decimal("NaN")
    if not made.is_finite() or not -LONGEST <= int(made.as_tuple().exponent) <= LONGEST:
        raise _Beyond(f"the number {word[:_SHOWN]} is too long or no finite number")
    return made


def _float(word: str) -> float:
    return float(_decimal(word))


def _whole(word: str) -> int:
    if len(word) > LONGEST or not -_LARGEST <= (made := int(word)) < _LARGEST:
        raise _Beyond(f"the number {word[:_SHOWN]} has more than 64 bits")
    return made


def _walk(made: Any) -> None:
    """Hold what was read against the bounds, without going into it by recursion."""
    waiting = [(made, 0)]
    while waiting:
        each, depth = waiting.pop()
        if depth > DEEPEST:
            raise _Beyond(f"more than {DEEPEST} lists or tables lie in one another")
        if isinstance(each, dict):
            waiting += [(inner, depth + 1) for inner in each.values()]
            if not all(isinstance(key, str) and _whole_text(key) for key in each):
                raise _Beyond("half a character (a lone surrogate) in a name")
        elif isinstance(each, list):
            waiting += [(inner, depth + 1) for inner in each]
        elif isinstance(each, str):
            if not _whole_text(each):
                raise _Beyond("half a character (a lone surrogate) in a text")
        elif isinstance(each, int) and not -_LARGEST <= each < _LARGEST:
            raise _Beyond("a whole number has more than 64 bits")


def _whole_text(text: str) -> bool:
    if text.isascii():
        return True
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
