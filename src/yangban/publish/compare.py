"""The same readings under several editions, side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from yangban.assess.air.indicators import indicator
from yangban.assess.figure import AS_MONITORED, Figure
from yangban.base import regions
from yangban.base.errors import UsageError
from yangban.base.periods import Period
from yangban.run.results import AirResults

HEADLINE: Final = (
    "air.good_day_ratio", "air.good_days", "air.valid_days", "air.heavy_days", "air.pm25.mean", "air.pm10.mean", "air.o3_8h.p90",
    "air.co.p95", "air.so2.mean", "air.no2.mean", "air.composite_index", "air.attains",
)  # fmt: skip
PER_PLACE: Final = ("air.good_day_ratio", "air.good_days", "air.composite_index", "air.attains")


@dataclass(frozen=True)
class Row:
    """One indicator of one subject under each edition; ``differences`` are from the first edition, from printed values."""

    subject: str
    name: str
    indicator: str
    figures: tuple[Figure, ...]
    differences: tuple[Decimal | None, ...]

    @property
    def indicator_name(self) -> str:
        """The indicator's Chinese name."""
        return indicator(self.indicator).name


@dataclass(frozen=True)
class Comparison:
    """The region's own rows and those of its places."""

    region: str
    name: str
    period: str
    editions: tuple[str, ...]
    headline: tuple[Row, ...]
    places: tuple[Row, ...]

    @property
    def has_places(self) -> bool:
        """Whether the region is made of places."""
        return bool(self.places)

    def to_dict(self) -> dict[str, Any]:
        """As ``compare --json`` prints it."""

        def rows(several: Sequence[Row]) -> list[dict[str, Any]]:
            return [
                {
                    "subject": r.subject,
                    "subject_name": r.name,
                    "indicator": r.indicator,
                    "figures": {f.edition: f.to_dict() for f in r.figures},
                    "differences": {f.edition: None if d is None else f"{d:f}" for f, d in zip(r.figures[1:], r.differences, strict=True)},
                }
                for r in several
            ]

        return {
            "region": self.region,
            "region_name": self.name,
            "period": self.period,
            "editions": list(self.editions),
            "headline": rows(self.headline),
            "places": rows(self.places),
        }


def compare_editions(
    results: AirResults, *, region: str, period: Period, editions: str, basis: str = "realtime", scope: str = AS_MONITORED
) -> Comparison:
    """Compute a region and its places under each edition from the same day values.

    Raises :class:`~yangban.base.errors.UsageError` when fewer than two editions are named.
    """
    members = [p.code for p in regions.prefecture_places(region, on=period.end) if p.code != region]
    head = _rows(results, [region], HEADLINE, period, editions, basis, scope)
    names = tuple(f.edition for f in head[0].figures) if head else ()
    if len(names) < 2:
        raise UsageError(
            f"--editions {editions!r} names {len(names)} edition; a comparison needs at least two, e.g. 2012,2026-transitional"
        )
    return Comparison(
        region=region,
        name=regions.subject_name(region),
        period=period.label,
        editions=names,
        headline=tuple(head),
        places=tuple(_rows(results, members, PER_PLACE, period, editions, basis, scope)) if members else (),
    )


def _rows(
    results: AirResults, codes: Sequence[str], words: Sequence[str], period: Period, editions: str, basis: str, scope: str
) -> list[Row]:
    found = results.figures(subjects=codes, periods=[period], indicators=words, edition=editions, basis=basis, scope=scope)
    by_key: dict[tuple[str, str], list[Figure]] = {}
    for figure in found:
        by_key.setdefault((figure.subject, figure.indicator), []).append(figure)
    rows = []
    for code in codes:
        for word in words:
            several = by_key.get((code, word), [])
            if several:
                first = several[0].display
                differences = tuple(None if first is None or f.display is None else f.display - first for f in several[1:])
                rows.append(Row(code, several[0].subject_name, word, tuple(several), differences))
    return rows
