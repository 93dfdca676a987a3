"""Forest cover by its definition: the area of forest over the area of land, and what counts as forest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction

from yangban.base.errors import UsageError
from yangban.standards import MediumEdition


def forest_cover(parts: Mapping[str, Fraction], land: Fraction, edition: MediumEdition) -> Fraction:
    """Forest cover in per cent from the areas of its parts and of the land, all in one unit.

    Parts (``forest.parts``): ``arbor`` (canopy density of at least 0.2), ``bamboo``, ``shrub`` (specially defined by the state),
    ``shelter_belt``, ``four_sides``. Each must be given, be it 0: a part left out is another definition. Raises
    :class:`~yangban.base.errors.UsageError`.
    """
    names: Sequence[str] = edition.rule("forest.parts").value
    missing = [name for name in names if name not in parts]
    strange = [name for name in parts if name not in names]
    if missing or strange or land <= 0:
        raise UsageError(
            f"forest cover needs {', '.join(names)} and a land area above 0; missing {missing}, unknown {strange}, land {land}"
        )
    area = sum(parts.values(), Fraction(0))
    if area > land:
        raise UsageError(f"the forest ({area}) is larger than the land ({land}); check the units")
    return 100 * area / land
