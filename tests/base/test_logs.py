"""Logarithms to 45 decimals, held against known digits and against themselves."""

from __future__ import annotations

from fractions import Fraction

import pytest

from yangban.base.logs import as_decimal, ions, mean_of_ions, natural_log, ph_of_ions

LN_2 = "0.693147180559945309417232121458176568075500134"
"""OEIS A002162, 45 decimals (the next digit is 3)."""


def test_the_natural_logarithm_of_two() -> None:
    assert natural_log(2) == Fraction(LN_2)
    assert natural_log(1) == 0
    assert natural_log(Fraction(1, 2)) == -natural_log(2)


@pytest.mark.parametrize("hundredths", [0, 1, 650, 701, 799, 899, 1054, 1400])
@pytest.mark.parametrize("times", [1, 3, 7, 180])
def test_the_mean_of_equal_values_is_that_value(hundredths: int, times: int) -> None:
    value = Fraction(hundredths, 100)
    assert mean_of_ions([value] * times) == value


def test_ions_add_up_in_any_order() -> None:
    values = [Fraction(n, 100) for n in (612, 899, 733, 740, 1002)]
    assert mean_of_ions(values) == mean_of_ions(values[::-1]) == ph_of_ions(sum(map(ions, values)), len(values))


def test_a_hundredfold_more_ions_are_two_units_of_ph() -> None:
    assert ions(Fraction(5)) == 100 * ions(Fraction(7))
    assert ions(Fraction(99)) == 1  # No pH that water can have, and still no logarithm of nothing.


def test_a_value_is_written_out_as_it_is() -> None:
    mean = mean_of_ions([Fraction(6), Fraction(8)])
    assert Fraction(str(as_decimal(mean))) == mean
