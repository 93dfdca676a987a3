"""Two periods of the same water beside each other, and how many years running it keeps a class.

Source: 环办〔2011〕22号, comparison of two periods; the same items and sections in both.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from yangban.assess.water.regions import Shares, state_number
from yangban.standards import WaterEdition

BETTER: Final = "better"
WORSE: Final = "worse"
SAME: Final = "same"


@dataclass(frozen=True)
class Change:
    """How a water changed: ``size`` 0 none, 1 some, 2 clear; ``direction`` better, worse or same; the words of the document.

    ``good`` and ``inferior`` are ΔG and ΔD, the changes of the shares of Ⅰ-Ⅲ and 劣Ⅴ in percentage points, when shares were compared.
    """

    size: int
    direction: str
    word: str
    good: Fraction | None = None
    inferior: Fraction | None = None


def by_state(now: int, base: int, edition: WaterEdition) -> Change:
    """The change between two classes by their states: the same none, one grade some, two or more clear."""
    steps = state_number(base) - state_number(now)
    some, clear = (int(edition.rule(f"change.state.{size}").value) for size in ("some", "clear"))
    return _change(steps, edition, size=(abs(steps) >= some) + (abs(steps) >= clear))


def by_shares(now: Shares, base: Shares, edition: WaterEdition) -> Change:
    """The change between two spreads: ΔG - ΔD above zero is better; its size up to 10 points none, up to 20 some, above clear.

    ΔG is the change of the share of Ⅰ-Ⅲ, ΔD that of 劣Ⅴ, later minus earlier.
    """
    good, inferior = now.good - base.good, now.inferior - base.inferior
    points = good - inferior
    none, clear = (Fraction(edition.rule(f"change.{key}").value) for key in ("none", "clear"))
    return _change(points, edition, size=(abs(points) > none) + (abs(points) > clear), good=good, inferior=inferior)


def _change(
    sign: Fraction | int, edition: WaterEdition, *, size: int, good: Fraction | None = None, inferior: Fraction | None = None
) -> Change:
    direction = SAME if size == 0 else BETTER if sign > 0 else WORSE
    word = str(edition.rule(f"change.word.{size}.{direction}").value)
    return Change(size, direction, word, good, inferior)


def years_in_class_running(years: Mapping[int, Sequence[int | None]], klass: int, last: int) -> int:
    """How many years up to ``last`` all sections were of this class or better ("连续六年达到Ⅱ类").

    ``years`` holds the yearly classes of a river's sections. A year without sections, or with a section that could not be assessed, ends
    the run: what is not known is not claimed.

    >>> years_in_class_running({2020: [2, 3], 2021: [2, 1], 2022: [2, 2]}, 2, 2022)
    2
    """
    year = last
    while years.get(year) and all(found is not None and found <= klass for found in years[year]):
        year -= 1
    return last - year
