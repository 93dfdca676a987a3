"""Richness and numbers of individuals from records of surveys.

No official rule was found; these are the project's own, in the book as ``biodiversity-practice`` and in docs/concepts/biodiversity.md.
Within one survey counts of a species are added; of several surveys of a place the largest counts, since one animal may be seen in all of
them; places of a region are added.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction


@dataclass(frozen=True)
class Record:
    """One record. ``individuals`` is ``None`` for "present" without a number, 0 for "looked for and not found".

    ``event`` joins the records of a survey; ``effort`` in ``effort_unit`` belongs to the survey. ``share`` is per cent of the flyway
    population as the source gives it. ``species`` says whether the name is that of a species.
    """

    site: str
    event: str
    first: date
    last: date
    taxon: str
    species: bool
    individuals: int | None
    effort: Fraction | None = None
    effort_unit: str = ""
    share: Fraction | None = None
    survey: bool = True
    synthetic: bool = False


@dataclass(frozen=True)
class Peak:
    """The largest count of a survey, and the surveys there were; ``individuals`` is ``None`` where nothing was counted."""

    individuals: int | None
    event: str
    surveys: int


def by_event(records: Iterable[Record]) -> dict[str, list[Record]]:
    """The records of each survey."""
    found: dict[str, list[Record]] = defaultdict(list)
    for each in records:
        found[each.event].append(each)
    return found


def by_site(records: Iterable[Record]) -> dict[str, list[Record]]:
    """The records of each site."""
    found: dict[str, list[Record]] = defaultdict(list)
    for each in records:
        found[each.site].append(each)
    return found


def richness(records: Iterable[Record]) -> int:
    """How many species were found; names above the species and species that were not found do not count."""
    return len({each.taxon for each in records if each.species and each.individuals != 0})


def peak(records: Sequence[Record], taxon: str | None = None) -> Peak:
    """The largest survey total of one site, of one species or of all.

    >>> day = date(2022, 1, 15)
    >>> first = Record("甲", "e1", day, day, "x", True, 5), Record("甲", "e1", day, day, "x", True, 4)
    >>> peak([*first, Record("甲", "e2", day, day, "x", True, 7)], "x").individuals
    9
    """
    events = by_event(each for each in records if taxon in {None, each.taxon})
    totals: dict[str, int] = {}
    for event, own in events.items():
        counted = [each.individuals for each in own if each.individuals is not None]
        if counted:
            totals[event] = sum(counted)
    if not totals:
        return Peak(None, "", len(events))
    best = max(totals, key=lambda event: (totals[event], event))
    return Peak(totals[best], best, len(events))


def region_total(records: Sequence[Record], taxon: str | None = None) -> tuple[int | None, Mapping[str, Peak]]:
    """The sum over sites of their peaks, and the peak of each site."""
    peaks = {site: peak(own, taxon) for site, own in sorted(by_site(records).items())}
    told = [each.individuals for each in peaks.values() if each.individuals is not None]
    return (sum(told) if told else None), {site: each for site, each in peaks.items() if each.surveys}


def share(records: Sequence[Record], taxon: str) -> Fraction | None:
    """The share of the flyway population in per cent, where the source gives it: the largest survey of each site, added over sites."""
    best: dict[str, Fraction] = {}
    for site, own in by_site(each for each in records if each.taxon == taxon).items():
        totals = [
            sum((each.share for each in event if each.share is not None), Fraction(0))
            for event in by_event(own).values()
            if any(each.share is not None for each in event)
        ]
        if totals:
            best[site] = max(totals)
    return sum(best.values(), Fraction(0)) if best else None


def density(records: Sequence[Record], taxon: str | None = None) -> tuple[Fraction | None, str, str]:
    """Individuals per unit of effort over all surveys that state their effort: value, unit, and why there is none.

    The effort of a survey is the largest that its records state; surveys without a record of the species count with 0.
    """
    events = by_event(records)
    effort: dict[str, tuple[Fraction, str]] = {}
    for event, own in events.items():
        told = [(each.effort, each.effort_unit) for each in own if each.effort]
        if told:
            effort[event] = max((value, unit) for value, unit in told if value is not None)
    if not effort:
        return None, "", "没有调查努力量"
    units = {unit for _, unit in effort.values()}
    if len(units) > 1:
        return None, "", f"调查努力量的单位不一：{'、'.join(sorted(units))}"
    if len(effort) < len(events):
        return None, "", f"{len(events)} 次调查中 {len(events) - len(effort)} 次没有努力量"
    counted = sum(each.individuals or 0 for each in records if taxon in {None, each.taxon})
    return Fraction(counted) / sum((value for value, _ in effort.values()), Fraction(0)), units.pop(), ""
