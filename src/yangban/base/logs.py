"""Logarithms of exact numbers to fifty significant digits, for the few formulas that need one (mean pH, TLI, sound levels).

A binary logarithm would decide the last printed digit by chance; with fifty digits no printed digit depends on where they end. A
mean of equal pH values is that value again, but a working of fifty digits leaves dust behind it, so results are given to forty-five
decimals.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Context, Decimal
from fractions import Fraction
from functools import lru_cache
from typing import Final

DIGITS: Final = 50
"""Significant digits of the arithmetic."""

ION_DECIMALS: Final = 64
"""Decimals to which hydrogen-ion concentrations are held while they are added."""

LEVEL_DECIMALS: Final = 44
"""Decimals to which the energies of sound levels are held while they are added."""

_LEVELS: Final = Context(prec=LEVEL_DECIMALS + 16)
_IONS: Final = Context(prec=ION_DECIMALS + 6)
_WORKING: Final = Context(prec=DIGITS)
_GIVEN: Final = Decimal(1).scaleb(-45)
_GIVEN_LEVEL: Final = Decimal(1).scaleb(-30)


def _decimal(value: Fraction | Decimal | int) -> Decimal:
    exact = Fraction(value)
    return _WORKING.divide(Decimal(exact.numerator), Decimal(exact.denominator))


def as_decimal(value: Fraction) -> Decimal:
    """A fraction as a decimal of 50 digits; one that came from here stays exactly as it is."""
    return _decimal(value)


def natural_log(value: Fraction | Decimal | int) -> Fraction:
    """The natural logarithm of a positive number, to 45 decimals, as a fraction that can be calculated with exactly.

    >>> float(natural_log(2)), natural_log(1)
    (0.6931471805599453, Fraction(0, 1))
    """
    return Fraction(_WORKING.ln(_decimal(value)).quantize(_GIVEN, context=_WORKING))


@lru_cache(maxsize=65536)
def ions(ph: Fraction) -> int:
    """The hydrogen-ion concentration of a pH, 10^-pH mol/L, as a whole number of 10^-64 mol/L.

    Of any pH that water can have this keeps fifty digits, and whole numbers add up exactly, in any order and by any engine.

    >>> ions(Fraction(7)) == 10**57
    True
    """
    exact = _IONS.power(Decimal(10), _IONS.divide(Decimal(-ph.numerator), Decimal(ph.denominator)))
    return max(1, int(exact.scaleb(ION_DECIMALS, context=_IONS).to_integral_value()))


def ph_of_ions(total: int, count: int) -> Fraction:
    """The pH of the mean of so many concentrations, given their sum as :func:`ions` counts them: minus its decimal logarithm."""
    mean = _WORKING.divide(Decimal(total), Decimal(count)).scaleb(-ION_DECIMALS, context=_WORKING)
    return -Fraction(_WORKING.log10(mean).quantize(_GIVEN, context=_WORKING))


def mean_of_ions(values: Iterable[Fraction]) -> Fraction:
    """The mean of pH values: minus the decimal logarithm of the mean hydrogen-ion concentration, to 45 decimals.

    >>> mean_of_ions([Fraction(7), Fraction(7)]), float(mean_of_ions([Fraction(6), Fraction(8)]))
    (Fraction(7, 1), 6.296708621881339)
    """
    found = [ions(value) for value in values]
    return ph_of_ions(sum(found), len(found))


@lru_cache(maxsize=65536)
def energy(level: Fraction) -> int:
    """The relative energy of a sound level, 10^(L/10), as a whole number of 10^-44; whole numbers add up exactly, in any order.

    >>> energy(Fraction(60)) == 10**50
    True
    """
    exact = _LEVELS.power(Decimal(10), _LEVELS.divide(Decimal(level.numerator), Decimal(level.denominator * 10)))
    return int(exact.scaleb(LEVEL_DECIMALS, context=_LEVELS).to_integral_value())


def energy_mean(levels: Iterable[Fraction]) -> Fraction:
    """The energy mean of sound levels in dB, 10·lg(Σ 10^(L/10) / n), to 30 decimals.

    >>> energy_mean([Fraction(60), Fraction(60)]), float(energy_mean([Fraction(60), Fraction(70)]))
    (Fraction(60, 1), 67.40362689494243)
    """
    found = [energy(level) for level in levels]
    return level_of(sum(found), len(found))


def level_of(total: int, count: int) -> Fraction:
    """The level of the mean of so many energies, given their sum as :func:`energy` counts them."""
    mean = _LEVELS.divide(Decimal(total), Decimal(count)).scaleb(-LEVEL_DECIMALS, context=_LEVELS)
    return Fraction((_LEVELS.log10(mean) * 10).quantize(_GIVEN_LEVEL, context=_LEVELS))


def antilog(value: Fraction) -> Fraction:
    """e to the power of a number, to 45 decimals.

    >>> antilog(Fraction(0)), float(antilog(Fraction(1)))
    (Fraction(1, 1), 2.718281828459045)
    """
    return Fraction(_WORKING.exp(_decimal(value)).quantize(_GIVEN, context=_LEVELS))


def root(value: Fraction, degree: Fraction | int = 2) -> Fraction:
    """The root of a number that is not negative, to 45 decimals; ``degree`` may be a fraction.

    >>> root(Fraction(4)), float(root(Fraction(2), 5))
    (Fraction(2, 1), 1.148698354997035)
    """
    if not value:
        return Fraction(0)
    if degree == 2:
        return Fraction(_LEVELS.sqrt(_decimal(value)).quantize(_GIVEN, context=_LEVELS))
    return antilog(natural_log(value) / Fraction(degree))
