"""Exact arithmetic on integers, one formula for Python integers and for Polars expressions alike.

Chinese standards round half to even (GB/T 8170) and round sub-indices up; binary floating point gets both wrong often enough to
show in print (about 1 % of daily means, 9.5 % of single indices). So quantities travel as integer numerators over known positive
denominators, and the functions here are the only place where they are rounded.
"""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Any, TypeVar

Int = TypeVar("Int")
"""A Python ``int`` or a Polars expression or series of an integer type; all arguments non-negative unless said otherwise."""


def _as_int(flag: Any) -> Any:
    """Turn a truth value into 0 or 1: a Polars boolean by a cast, a Python one by ``int``."""
    return flag.cast(_int64()) if hasattr(flag, "cast") else int(flag)


def _int64() -> Any:
    import polars as pl

    return pl.Int64


def half_even(num: Int, den: Any) -> Int:
    """Round the quotient ``num / den`` to an integer, ties to even (GB/T 8170-2008, 3.2).

    ``num`` may have any sign, ``den`` is positive. Works on ``int`` and on Polars integer expressions.

    >>> [half_even(n, 2) for n in (1, 3, 5, -1, -3)]
    [0, 2, 2, 0, -2]
    """
    n: Any = num
    quotient = n // den
    twice_rest = (n - quotient * den) * 2
    up = (twice_rest > den) | ((twice_rest == den) & (quotient % 2 == 1))
    result: Int = quotient + _as_int(up)
    return result


def ceil_div(num: Int, den: Any) -> Int:
    """Round the quotient ``num / den`` up to an integer; ``den`` is positive.

    >>> ceil_div(7, 2), ceil_div(8, 2)
    (4, 4)
    """
    n: Any = num
    result: Int = -((-n) // den)
    return result


def round_half_even(value: Fraction | int, decimals: int = 0) -> Decimal:
    """Round an exact value to ``decimals`` places, ties to even, as a :class:`~decimal.Decimal` with just that many places.

    >>> round_half_even(Fraction(25, 2)), round_half_even(Fraction(3, 20), 1), round_half_even(Fraction(-1, 20), 1)
    (Decimal('12'), Decimal('0.2'), Decimal('0.0'))
    """
    scaled = Fraction(value) * 10**decimals
    return Decimal(half_even(scaled.numerator, scaled.denominator)).scaleb(-decimals)


def plain(value: Fraction | int, places: int = 6) -> str:
    """An exact value as a decimal string, quotients to ``places`` places, without trailing zeros.

    >>> plain(Fraction(1, 3)), plain(Fraction(5, 2)), plain(40)
    ('0.333333', '2.5', '40')
    """
    text = f"{round_half_even(value, places):f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text in {"-0", ""} else text
