"""From the text of a cell to an exact integer number of thousandths, or to the rule that refuses it.

The fast way goes through Float64: a decimal with at most three places below 2^31 thousandths, times 1000, is off its integer by less
than 5·10^-7 (two roundings of relative 2^-53 each, times 2.1·10^9), so it is within ``_NEAR`` of the integer and rounding gives it
exactly. Whatever is further away, negative, not finite, too large or no number at all is judged from its text with exact fractions.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from typing import Any, Final

import polars as pl

from yangban.base.exact import half_even
from yangban.readings.units import Ratio

LARGEST: Final = 2**31 - 1
"""The largest number of thousandths that the lake stores (Int32): 2,147,483 µg/m³."""

_NEAR: Final = 1e-6
_NUMBER: Final = re.compile(r"[+-]?(\d+(?:\.\d*)?|\.\d+)([eE][+-]?\d{1,9})?", re.ASCII)
_LONGEST: Final = 400
"""Signs of a number; what is longer is none, and would cost more to read than a whole file."""
_SENTINEL_TEXT: Final = frozenset({"--", "-", "—", "——", "*", "**", "-;", ";", "/", "na", "n/a", "null", "none", "缺测", "无", "无数据"})
_SENTINEL_NUMBERS: Final = frozenset(Decimal(text) for text in ("-99", "-999", "-9999", "-99999"))
"""Negative numbers of nines are how loggers write "no value"; any other negative is refused as ``negative``."""


@dataclass(frozen=True)
class Verdict:
    """What a text is worth: ``value`` in thousandths, or the ``rule`` that refuses it, or neither for a blank.

    ``rounded``: the text had more places than the lake keeps and was rounded half to even.
    """

    value: int | None = None
    rule: str | None = None
    rounded: bool = False


@dataclass(frozen=True)
class Trouble:
    """A cell that the fast way could not settle: its row in the series, its text, and the verdict."""

    row: int
    text: str
    value: int | None
    rule: str | None
    rounded: bool


@lru_cache(maxsize=65536)
def judge(text: str, numerator: int = 1000, denominator: int = 1) -> Verdict:
    """Judge one cell's text, exactly; the value is multiplied by ``numerator / denominator`` to be in thousandths.

    >>> judge("35.2"), judge("0.0005").value, judge("0.0015").value, judge("--").rule, judge("=1+1").rule
    (Verdict(value=35200, rule=None, rounded=False), 0, 2, 'sentinel', 'formula')
    """
    cell = text.strip()
    if not cell:
        return Verdict()
    if cell.lower() in _SENTINEL_TEXT:
        return Verdict(rule="sentinel")
    if cell[0] in "=+@" or (cell[0] == "-" and len(cell) > 1 and not (cell[1].isdigit() or cell[1] == ".") and "(" in cell):
        return Verdict(rule="formula")
    if cell.lower().lstrip("-") in {"nan", "inf", "infinity"}:
        return Verdict(rule="not_finite")
    if len(cell) > _LONGEST or not _NUMBER.fullmatch(cell):
        return Verdict(rule="text")
    number = Decimal(cell)
    if number in _SENTINEL_NUMBERS:
        return Verdict(rule="sentinel")
    if number < 0:
        return Verdict(rule="negative")
    if number and number.adjusted() > 12:
        return Verdict(rule="not_storable")
    if number and number.adjusted() < -30:
        return Verdict(value=0, rounded=True)
    exact = Fraction(number) * Fraction(numerator, denominator)
    value: int = half_even(exact.numerator, exact.denominator)
    if value > LARGEST:
        return Verdict(rule="not_storable")
    return Verdict(value=value, rounded=exact.denominator != 1)


def restate(values: pl.Series, ratio: Ratio) -> pl.Series:
    """Exact thousandths times a ratio below 1, rounded once, half to even (GB/T 8170).

    >>> restate(pl.Series([1000, None, 5963], dtype=pl.Int32), (5460, 5963)).to_list()
    [916, None, 5460]
    """
    if ratio == (1, 1):
        return values
    scaled: pl.Series = half_even(values.cast(pl.Int64) * ratio[0], ratio[1])
    return scaled.cast(pl.Int32)


def convert(
    series: pl.Series,
    numerator: int = 1000,
    denominator: int = 1,
    *,
    ratio: Ratio = (1, 1),
    text: Callable[[int], str] | None = None,
) -> tuple[pl.Series, list[Trouble]]:
    """A column of cells (text or numbers) as Int32 thousandths, null where there is no value yet, and the cells to look at by text.

    A trouble with a ``value`` is a value the caller puts in; one with a ``rule`` is refused. ``text(row)`` gives the original text of
    a numeric column's cell; without it the number's shortest decimal form is taken. ``ratio`` is a further exact factor (the state of a
    gas): a cell of whole thousandths is multiplied by it and rounded once, any other is judged from its text with both factors at once.

    >>> values, troubles = convert(pl.Series(["1.5", "", "-99", "0.0005"]))
    >>> values.to_list(), [(each.row, each.value, each.rule) for each in troubles]
    ([1500, None, None, None], [(2, None, 'sentinel'), (3, 0, None)])
    """
    cells = series.str.strip_chars() if series.dtype == pl.String else series
    number = cells.cast(pl.Float64, strict=False)
    scaled = (number * numerator) / denominator if denominator != 1 else number * numerator
    whole = scaled.round(0)
    good = ((scaled - whole).abs() <= _NEAR) & (number >= 0) & (whole <= LARGEST)
    blank = cells.is_null()
    if series.dtype == pl.String:
        blank = blank | (cells == "")
        good = good & ~cells.str.starts_with("+")
    odd = ~(good.fill_null(value=False) | blank)
    if not odd.any():
        return restate(whole.cast(pl.Int32), ratio), []
    values = pl.select(pl.when(good).then(whole)).to_series().cast(pl.Int32)
    troubles = []
    for row in odd.arg_true().to_list():
        original = series[row] if series.dtype == pl.String else text(row) if text else _shortest(series[row])
        verdict = judge(original, numerator * ratio[0], denominator * ratio[1])
        troubles.append(Trouble(row, original, verdict.value, verdict.rule, verdict.rounded))
    return restate(values, ratio), troubles


def convert_block(
    columns: list[pl.Series], numerator: int, denominator: int, *, ratio: Ratio = (1, 1)
) -> tuple[list[pl.Series], list[tuple[int, int]]]:
    """Float64 columns of one length as Int32 thousandths, and the cells (column, row) to look at by text; those are null.

    ``ratio`` as in :func:`convert`. The columns are laid end to end and converted as one, since for the hundreds of short columns of a day
    file the fixed cost of an expression would outweigh the work.
    """
    if not columns or not columns[0].len():
        return [column.cast(pl.Int32) for column in columns], []
    n = columns[0].len()
    number = pl.concat(columns, rechunk=True)
    scaled = number * numerator / denominator if denominator != 1 else number * numerator
    whole = scaled.round(0)
    odd: list[int] = []
    # A clean block is seen from its extremes; only another one pays for looking at each cell.
    if not _clean(number, scaled - whole, whole):
        good = ((scaled - whole).abs() <= _NEAR) & (number >= 0) & (whole <= LARGEST)
        odd = (~good).arg_true().to_list()
        whole = pl.select(pl.when(good).then(whole)).to_series()
    values = restate(whole.cast(pl.Int32), ratio)
    return [values.slice(i * n, n) for i in range(len(columns))], [divmod(cell, n) for cell in odd]


def _clean(number: pl.Series, rest: pl.Series, whole: pl.Series) -> bool:
    """Whether every value is a finite, storable, non-negative number of whole thousandths."""
    low, high, least, most = rest.min(), rest.max(), number.min(), whole.max()
    if low is None:
        return number.null_count() == number.len()
    extremes: tuple[Any, ...] = (low, high, least, most)
    fits = extremes[0] >= -_NEAR and extremes[1] <= _NEAR and extremes[2] >= 0 and extremes[3] <= LARGEST
    # Not-a-number passes by minimum and maximum unseen; infinity minus infinity is one too.
    return fits and not rest.is_nan().any()


def _shortest(value: object) -> str:
    return "" if value is None else str(value)
