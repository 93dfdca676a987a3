"""Declared units become thousandths of a pollutant's own unit, once, by an exact factor."""

from __future__ import annotations

from functools import lru_cache

from yangban.base.pollutants import pollutant
from yangban.base.units import factor


@lru_cache(maxsize=256)
def scale_of(item: str, unit: str | None) -> tuple[int, int]:
    """Numerator and denominator by which a value in ``unit`` becomes thousandths of the item's own unit.

    ``None`` stands for the item's own unit: µg/m³, CO mg/m³. Raises :class:`~yangban.base.errors.UnknownUnit`.

    >>> scale_of("co", "ug/m3"), scale_of("pm25", None), scale_of("so2", "mg/m3")
    ((1, 1), (1000, 1), (1000000, 1))
    """
    own = pollutant(item).unit
    scale = 1000 * factor(unit or own, own)
    return scale.numerator, scale.denominator
