"""Competition ranking of Figures on the printed value."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from yangban.assess.figure import Figure


@dataclass(frozen=True)
class Ranked:
    """A Figure with its place: ``rank`` is ``None`` for one that may not be ranked; ``tied`` when others share it; ``of`` were ranked."""

    figure: Figure
    rank: int | None
    tied: bool
    of: int


def competition_ranks(values: Sequence[Decimal], *, descending: bool) -> list[int]:
    """Equal values share a rank and the ranks after them are skipped (1, 1, 3).

    >>> competition_ranks([Decimal(27), Decimal(25), Decimal(25), Decimal(30)], descending=False)
    [3, 1, 1, 4]
    """
    ordered = sorted(values, reverse=descending)
    first = {value: place for place, value in reversed(list(enumerate(ordered, start=1)))}
    return [first[value] for value in values]


def rank(figures: Iterable[Figure], *, descending: bool, include_insufficient: bool = False) -> list[Ranked]:
    """Rank Figures of one indicator and period on ``display``, best first; what may not be ranked follows, unranked.

    Ties are joint and the following rank is skipped, as the ranking notices of ministry and provinces do (ranking-2018).
    """
    pool = list(figures)
    fit = [f for f in pool if f.display is not None and (f.usable or include_insufficient)]
    ranks = competition_ranks([f.display for f in fit if f.display is not None], descending=descending)
    ranked = [Ranked(f, place, ranks.count(place) > 1, len(fit)) for f, place in zip(fit, ranks, strict=True)]
    ranked.sort(key=lambda r: (r.rank or 0, r.figure.subject))
    chosen = {id(f) for f in fit}
    return ranked + [Ranked(f, None, False, len(fit)) for f in sorted(pool, key=lambda f: f.subject) if id(f) not in chosen]


def first_and_last(ranked: Sequence[Ranked], *, top: int | None, bottom: int | None) -> list[Ranked]:
    """The first ``top`` and last ``bottom`` places; a list keeps all that are tied at its edge, so it may be longer."""
    if top is None and bottom is None:
        return list(ranked)
    placed = [r for r in ranked if r.rank is not None]
    kept: list[Ranked] = []
    if top:
        kept += [r for r in placed if r.rank is not None and r.rank <= top]
    if bottom and placed:
        edge = placed[max(0, len(placed) - bottom)].rank or 0
        kept += [r for r in placed if r.rank is not None and r.rank >= edge and r not in kept]
    return kept
