"""Rankings of published Figures, by the one rule of :mod:`yangban.assess.ranking`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from yangban.assess.ranking import first_and_last, rank
from yangban.run.media import is_descending
from yangban.web.public.models import PublishedFigure


@dataclass(frozen=True)
class Place:
    """A published Figure with its rank; ``None`` for one that may not be ranked. ``of`` were ranked."""

    figure: PublishedFigure
    rank: int | None
    tied: bool
    of: int


@dataclass(frozen=True)
class _Read:
    """What a ranking looks at of a published Figure."""

    row: PublishedFigure
    display: Decimal | None
    usable: bool
    subject: str


def ranking(
    rows: Iterable[PublishedFigure], *, include_insufficient: bool = False, top: int | None = None, bottom: int | None = None
) -> list[Place]:
    """Competition ranking of Figures of one indicator and period, each edition, scope and basis by itself, best first.

    Raises :class:`~yangban.base.errors.UnknownIndicator` for an indicator that nobody knows.
    """
    pools: dict[tuple[str, ...], list[PublishedFigure]] = {}
    for row in rows:
        pools.setdefault((row.edition, row.scope, row.basis, row.network), []).append(row)
    found: list[Place] = []
    for pool in pools.values():
        held: Any = [_Read(row, row.number, row.usable, row.subject) for row in pool]
        ranked = rank(held, descending=is_descending(pool[0].indicator), include_insufficient=include_insufficient)
        for each in first_and_last(ranked, top=top, bottom=bottom):
            read: Any = each.figure
            found.append(Place(read.row, each.rank, each.tied, each.of))
    return found
