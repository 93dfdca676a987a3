"""What the events of a span would earn under other rules, beside what they were granted: a what-if run. Pure; nothing is posted.

Events come member by member, each member's in the order in which they were received, and each is judged with what the ones before it would
have been granted. Whatever a reviewer refused, or was taken back, counts on neither side.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from itertools import groupby
from typing import Any, Final

from yangban.points.award import Already, Award, Event, Granted, award
from yangban.points.schemes import day_of
from yangban.standards.points import PointsBook, Scheme


@dataclass(frozen=True, kw_only=True)
class Told:
    """One event as it stands in the books: what it was granted, or the code of its refusal.

    ``judged`` is false for what happened before the span: it is there for caps and repeated acts alone.
    """

    event: Event
    granted: Granted | None
    code: str = ""
    judged: bool = True


@dataclass
class Side:
    """Events of one behaviour under one set of rules, in sums."""

    awarded: int = 0
    refused: int = 0
    units: int = 0
    grams: Fraction = Fraction(0)
    codes: dict[str, int] = field(default_factory=dict)

    def take(self, made: Granted | None, code: str) -> None:
        """Count one event."""
        if made is None:
            self.refused += 1
            self.codes[code] = self.codes.get(code, 0) + 1
            return
        self.awarded += 1
        self.units += made.points
        self.grams += made.grams

    def add(self, other: Side) -> None:
        """Count all that another side counted."""
        self.awarded, self.refused = self.awarded + other.awarded, self.refused + other.refused
        self.units, self.grams = self.units + other.units, self.grams + other.grams
        for code, count in other.codes.items():
            self.codes[code] = self.codes.get(code, 0) + count

    def to_dict(self) -> dict[str, Any]:
        """The sums as JSON holds them; grams stay exact."""
        return {
            "awarded": self.awarded, "refused": self.refused, "units": self.units, "grams": str(self.grams),
            "codes": dict(sorted(self.codes.items())),
        }  # fmt: skip


@dataclass
class Row:
    """One behaviour: how many events, what they were granted, and what they would have been."""

    events: int = 0
    now: Side = field(default_factory=Side)
    then: Side = field(default_factory=Side)


@dataclass
class Trial:
    """The outcome of a what-if run, by behaviour; ``more``, ``less`` and ``members`` count members, and name nobody."""

    rows: dict[str, Row] = field(default_factory=dict)
    members: int = 0
    more: int = 0
    less: int = 0

    @property
    def total(self) -> Row:
        """All behaviours together."""
        found = Row()
        for each in self.rows.values():
            found.events += each.events
            found.now.add(each.now)
            found.then.add(each.then)
        return found


WITHDRAWN: Final = "withdrawn"
"""The code of an event whose award was refused by a reviewer, lapsed, or was taken back."""


def try_out(book: PointsBook, rules: Callable[[date], Scheme], told: Iterable[Told]) -> Trial:
    """Judge events by the rules that ``rules`` gives for the day on which each happened.

    ``told`` comes member by member, each member's in the order of receipt. Sums are in the smallest units of points and in grams of CO2
    equivalent, both exact. Raises :class:`~yangban.base.errors.UsageError` where the rules name a factor that the book has not.
    """
    found = Trial()
    for own in _members(told):
        granted: list[Granted] = []
        had = would = 0
        for each in own:
            was = each.granted
            if not each.judged:
                granted += [] if was is None else [was]
                continue
            row = found.rows.setdefault(each.event.behaviour, Row())
            row.events += 1
            if was is not None and was.reversed:
                row.now.take(None, WITHDRAWN)
                row.then.take(None, WITHDRAWN)
                continue
            row.now.take(was, each.code)
            answer = award(book, rules(day_of(each.event.happened_at)), each.event, granted)
            assert not isinstance(answer, Already)  # A key stands once in the books.
            made = answer.granted() if isinstance(answer, Award) else None
            row.then.take(made, "" if isinstance(answer, Award) else answer.code)
            granted += [] if made is None else [made]
            had, would = had + (0 if was is None else was.points), would + (0 if made is None else made.points)
        judged = any(each.judged for each in own)
        found.members, found.more, found.less = found.members + judged, found.more + (would > had), found.less + (would < had)
    return found


def _members(told: Iterable[Told]) -> Iterator[list[Told]]:
    for _member, own in groupby(told, key=lambda each: each.event.member):
        yield list(own)
