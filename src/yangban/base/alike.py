"""What may have been meant: known words that look like one that nobody knows."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

LONGEST: Final = 60
"""Signs of a word for which others are looked for: the search grows with the length, and no name is longer."""


def alike(word: str, known: Iterable[str], *, n: int = 3, cutoff: float = 0.6) -> list[str]:
    """The known words that look most like one.

    >>> alike("air.pm25.maen", ["air.pm25.mean", "water.class"]), alike("x" * 61, ["x" * 61])
    (['air.pm25.mean'], [])
    """
    if len(word) > LONGEST:
        return []
    # Only a failed look-up pays for this import.
    from difflib import get_close_matches

    return get_close_matches(word, list(known), n=n, cutoff=cutoff)
