"""Logarithms of exact numbers to fifty significant digits, for the few formulas that need one (mean pH, TLI).

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

_IONS: Final = Context(prec=ION_DECIMALS + 6)
_WORKING: Final = Context(prec=DIGITS)
_GIVEN: Final = Decimal(1).scaleb(-45)


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
