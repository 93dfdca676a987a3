"""A target: what an indicator of a place must reach in a period, and how its being met is judged.

Targets are data: of a region's pack (``packs/<region>/targets.toml``, typed from published plans with their sources), of a workspace, or
of a file that a person brings. :func:`read_targets` reads the text of such a file; who opens it is the caller's affair.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final

from yangban.base.errors import BookError, UnknownPeriod, UnknownRegion
from yangban.base.notation import toml
from yangban.base.periods import Period, parse
from yangban.base.regions import place

DIRECTIONS: Final = ("at_most", "at_least")
ROUNDED: Final = "rounded"
UNROUNDED: Final = "unrounded"
MET_BY: Final = (ROUNDED, UNROUNDED, "unknown")
"""Whether the printed or the exact result is held against the target; ``unknown`` where the text that sets it does not say."""
PLACES: Final = ("own", "prefecture", "county")
"""Whose values stand under a target: the place's own, or the mean of its prefecture-level places, or of its cities from county level up."""
CONFIDENCE: Final = ("official", "verified", "one-source", "unverified")

_INDICATOR: Final = re.compile(r"^(air|water|sound|ecology|reported)(\.[a-z0-9_]+)+$")
_VALUE: Final = re.compile(r"^\d+(\.\d+)?$")
_REQUIRED: Final = ("indicator", "subject", "period", "value", "direction", "unit", "source", "confidence")
_OPTIONAL: Final = ("met_by", "decimals", "places", "note", "source_zh")


@dataclass(frozen=True, kw_only=True)
class Target:
    """One target as it was set.

    ``value`` is in ``unit``; ``direction`` is ``at_most`` or ``at_least``. ``met_by`` says whether the result is rounded to ``decimals``
    places (half to even, GB/T 8170) before it is held against the target. ``places`` says whose values stand under it (:data:`PLACES`).
    ``source_zh`` is the source in Chinese, where ``source`` is in another language.
    """

    indicator: str
    subject: str
    period: Period
    value: Decimal
    direction: str
    unit: str
    source: str
    confidence: str
    met_by: str = "unknown"
    decimals: int = 0
    places: str = "own"
    note: str = ""
    source_zh: str = ""

    @property
    def source_said(self) -> str:
        """The source as a Chinese document names it."""
        return self.source_zh or self.source

    def to_dict(self) -> dict[str, Any]:
        """The target as JSON prints it."""
        return {
            "indicator": self.indicator,
            "subject": self.subject,
            "period": self.period.label,
            "value": f"{self.value:f}",
            "unit": self.unit,
            "direction": self.direction,
            "met_by": self.met_by,
            "decimals": self.decimals,
            "places": self.places,
            "source": self.source,
            "source_zh": self.source_zh,
            "confidence": self.confidence,
            "note": self.note,
        }


@dataclass(frozen=True)
class Bound:
    """The exact edge of what meets a target, and whether the edge itself does."""

    value: Fraction
    inside: bool
    direction: str

    def holds(self, result: Fraction) -> bool:
        """Whether a result meets the target."""
        if result == self.value:
            return self.inside
        return result < self.value if self.direction == "at_most" else result > self.value


def bound(value: Decimal, direction: str, *, met_by: str, decimals: int) -> Bound:
    """The exact edge of a target.

    Met unrounded, the edge is the target itself. Met by the rounded result, it lies half a printed step away, and half to even puts the
    tie inside just when the target's last printed digit is even.

    >>> bound(Decimal("57"), "at_most", met_by="rounded", decimals=0)
    Bound(value=Fraction(115, 2), inside=False, direction='at_most')
    >>> bound(Decimal("94.4"), "at_least", met_by="rounded", decimals=1)
    Bound(value=Fraction(1887, 20), inside=True, direction='at_least')
    """
    exact = Fraction(value)
    if met_by != ROUNDED:
        return Bound(exact, inside=True, direction=direction)
    steps = exact * 10**decimals
    # A target between two printed steps is met from the next step on its good side.
    edge_step = steps.numerator // steps.denominator if direction == "at_most" else -((-steps.numerator) // steps.denominator)
    half = Fraction(1, 2) if direction == "at_most" else Fraction(-1, 2)
    return Bound((edge_step + half) / 10**decimals, inside=edge_step % 2 == 0, direction=direction)


def read_targets(text: str, *, name: str) -> tuple[Target, ...]:
    """The targets in a TOML text: one ``[[target]]`` table each; ``name`` is the file that an error names.

    ``decimals`` defaults to those of the value as written, ``met_by`` to ``unknown``, ``places`` to ``own``. Raises
    :class:`~yangban.base.errors.BookError` naming file, entry and key.
    """
    try:
        data = toml(text)
    except tomllib.TOMLDecodeError as problem:
        raise BookError(name, "whole file", f"is no TOML: {problem}") from None
    if unknown := sorted(set(data) - {"target"}):
        raise BookError(name, ", ".join(unknown), "expected only [[target]] tables")
    entries = data.get("target", [])
    if not isinstance(entries, list) or not all(isinstance(each, dict) for each in entries):
        raise BookError(name, "target", "expected [[target]] tables, got another kind of value")
    return tuple(_target(entry, name, f"target {n}") for n, entry in enumerate(entries, start=1))


def _target(entry: Mapping[str, Any], name: str, where: str) -> Target:
    def wrong(key: str, problem: str) -> BookError:
        return BookError(name, f"{where}: {key}", problem)

    def text(key: str, default: str | None = None) -> str:
        value = entry.get(key, default)
        if not isinstance(value, str) or (not value.strip() and default is None):
            raise wrong(key, f"expected a text that is not empty, got {value!r}")
        return value

    def choice(key: str, allowed: tuple[str, ...], default: str | None = None) -> str:
        value = text(key, default)
        if value not in allowed:
            raise wrong(key, f"expected one of {', '.join(allowed)}, got {value!r}")
        return value

    for key in entry:
        if key not in (*_REQUIRED, *_OPTIONAL):
            raise wrong(key, f"unknown key; expected {', '.join((*_REQUIRED, *_OPTIONAL))}")
    written = text("value")
    if not _VALUE.match(written):
        raise wrong("value", f'expected a number in quotes, as printed ("29" or "94.5"), got {written!r}')
    value = Decimal(written)
    decimals = entry.get("decimals", -int(value.as_tuple().exponent))
    if isinstance(decimals, bool) or not isinstance(decimals, int) or not 0 <= decimals <= 6:
        raise wrong("decimals", f"expected a whole number from 0 to 6, got {decimals!r}")
    indicator = text("indicator")
    if not _INDICATOR.match(indicator):
        raise wrong("indicator", f"expected an indicator such as air.pm25.mean, got {indicator!r}")
    try:
        subject, period = place(text("subject")).code, parse(text("period"))
    except UnknownRegion as problem:
        raise wrong("subject", str(problem)) from None
    except UnknownPeriod as problem:
        raise wrong("period", str(problem)) from None
    return Target(
        indicator=indicator,
        subject=subject,
        period=period,
        value=value,
        direction=choice("direction", DIRECTIONS),
        unit=text("unit"),
        source=text("source"),
        confidence=choice("confidence", CONFIDENCE),
        met_by=choice("met_by", MET_BY, "unknown"),
        decimals=decimals,
        places=choice("places", PLACES, "own"),
        note=text("note", ""),
        source_zh=text("source_zh", ""),
    )
