"""What a bulletin is asked to say, and the bulletin while it is being made; every part of one takes both."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date

from yangban.assess.air.indicators import CHANGE_SUFFIX
from yangban.assess.figure import AS_MONITORED, Figure
from yangban.base import regions
from yangban.base.periods import Period, between, month_of, year_of
from yangban.publish.bulletin.paper import Chart, Table
from yangban.publish.maps import BaseMap
from yangban.readings.sections import Sections
from yangban.run.media import Results
from yangban.run.results import AirResults
from yangban.standards import Book


@dataclass(frozen=True)
class Asked:
    """What a bulletin is about and how it is judged; ``release`` is the number of a release, None for a draft.

    ``results`` are those of air; ``media`` those of everything that has been assessed, for the parts on what is not air, and
    ``sections`` the registry of water sections; ``base_map`` is the approved one, where there is one. ``holds`` says whether the release
    holds a Figure as it is; without it a part on sound, ecology or species says that its numbers are those of the workspace.
    """

    results: AirResults
    book: Book
    region: str
    period: Period
    edition: str | None = None
    straddle: str | None = None
    basis: str = "realtime"
    scope: str = AS_MONITORED
    release: str | None = None
    media: Results | None = None
    sections: Sections = field(default_factory=Sections)
    base_map: BaseMap | None = None
    holds: Callable[[Figure], bool] | None = None

    @property
    def name(self) -> str:
        """The region's name as a title has it."""
        return "全国" if regions.subject_level(self.region) == "nation" else regions.subject_name(self.region)

    def figures(self, subjects: Sequence[str], periods: Sequence[Period], words: Sequence[str], *, base: str = "yoy") -> list[Figure]:
        """Figures of the first edition that was asked for."""
        found = self.results.figures(
            subjects=subjects, periods=periods, indicators=words, edition=self.edition, straddle=self.straddle, basis=self.basis,
            scope=self.scope, base=base,
        )  # fmt: skip
        return [f for f in found if f.edition == found[0].edition]

    def one(self, period: Period, words: Sequence[str], *, base: str = "yoy") -> dict[str, Figure]:
        """The region's own Figures by indicator, changes without their suffix."""
        return {f.indicator.removesuffix(CHANGE_SUFFIX): f for f in self.figures([self.region], [period], words, base=base)}


@dataclass
class Draft:
    """A bulletin in the making: ``used`` are the Figures of air that it says, ``others`` those of other media.

    ``method`` and ``documents`` are what parts on other media add to the last section; ``standards`` what the subtitle adds to the edition.
    """

    say: dict[str, tuple[str, ...]] = field(default_factory=dict)
    tables: dict[str, Table] = field(default_factory=dict)
    charts: dict[str, Chart] = field(default_factory=dict)
    used: list[Figure] = field(default_factory=list)
    others: list[Figure] = field(default_factory=list)
    method: list[str] = field(default_factory=list)
    documents: list[str] = field(default_factory=list)
    standards: list[str] = field(default_factory=list)


def so_far(period: Period) -> Period:
    """From the first of January to the end of the period."""
    start = date(period.start.year, 1, 1)
    return (
        year_of(start.year)
        if period.end == year_of(start.year).end
        else month_of(start.year, 1)
        if period.start == start
        else between(start, period.end)
    )
