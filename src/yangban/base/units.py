"""Units of concentration, declared and never guessed.

A reading enters with a unit that the source's layout or the caller declares; it is converted once, at intake, by an exact factor.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Final

from yangban.base.errors import UnknownUnit

UG_M3: Final = "µg/m³"
MG_M3: Final = "mg/m³"
PERCENT: Final = "%"

_MASS_PER_CUBIC_METRE: Final[dict[str, Fraction]] = {
    "ng/m³": Fraction(1, 1000),
    "µg/m³": Fraction(1),
    "mg/m³": Fraction(1000),
    "g/m³": Fraction(1_000_000),
}
_MASS_PER_LITRE: Final[dict[str, Fraction]] = {
    "ng/L": Fraction(1, 1000),
    "µg/L": Fraction(1),
    "mg/L": Fraction(1000),
    "g/L": Fraction(1_000_000),
}
_DIMENSIONS: Final = (_MASS_PER_CUBIC_METRE, _MASS_PER_LITRE)


def canonical(unit: str) -> str:
    """The one spelling of a unit: ``ug/m3``, ``μg/m3`` (Greek mu) and ``微克/立方米`` all become ``µg/m³``.

    Raises :class:`~yangban.base.errors.UnknownUnit` when the unit is not known.

    >>> canonical("ug/m3"), canonical("毫克/立方米")
    ('µg/m³', 'mg/m³')
    """
    text = unit.strip().replace("\u03bc", "\u00b5").replace("ug/", "\u00b5g/").replace("m3", "m³").replace("^", "")
    text = text.replace("微克", "\u00b5g").replace("毫克", "mg").replace("立方米", "m³").replace("升", "L").replace("/l", "/L")
    for dimension in _DIMENSIONS:
        if text in dimension:
            return text
    known = ", ".join(name for dimension in _DIMENSIONS for name in dimension)
    raise UnknownUnit(
        f"unknown unit {unit!r}; known are {known}. Volume fractions (ppb, ppm) are not converted: they need gas, temperature, pressure."
    )


def factor(source: str, target: str) -> Fraction:
    """The exact number by which a value in ``source`` is multiplied to be in ``target``.

    >>> factor("ug/m3", "mg/m3")
    Fraction(1, 1000)
    """
    a, b = canonical(source), canonical(target)
    for dimension in _DIMENSIONS:
        if a in dimension and b in dimension:
            return dimension[a] / dimension[b]
    raise UnknownUnit(f"{source!r} cannot be turned into {target!r}: they measure different things")


_SQUARE_KILOMETRES: Final[dict[str, Fraction]] = {
    "km²": Fraction(1),
    "平方千米": Fraction(1),
    "平方公里": Fraction(1),
    "万平方千米": Fraction(10_000),
    "万平方公里": Fraction(10_000),
    "ha": Fraction(1, 100),
    "hm²": Fraction(1, 100),
    "公顷": Fraction(1, 100),
    "万公顷": Fraction(100),
    "亩": Fraction(1, 1500),
    "万亩": Fraction(20, 3),
    "m²": Fraction(1, 1_000_000),
    "平方米": Fraction(1, 1_000_000),
}


def square_kilometres(value: Fraction, unit: str) -> Fraction:
    """An area in km²; raises :class:`~yangban.base.errors.UnknownUnit` naming the units that are known.

    >>> square_kilometres(Fraction(3), "万亩")
    Fraction(20, 1)
    """
    plain = "".join(unit.split()).replace("km2", "km²").replace("hm2", "hm²").replace("m2", "m²")
    if plain not in _SQUARE_KILOMETRES:
        raise UnknownUnit(f"unknown unit of area {unit!r}; known are {', '.join(_SQUARE_KILOMETRES)}")
    return value * _SQUARE_KILOMETRES[plain]
