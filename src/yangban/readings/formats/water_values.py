"""From the text of a cell of water to a whole number of millionths of its item's unit, or to the rule that refuses it.

The fast way goes through Float64: a decimal with at most six places, times a million, is off its integer by less than two roundings of
relative 2^-53 each, so below 2^53 it rounds to that integer exactly. Whatever does not lie as near as that to an integer is judged from
its text with exact fractions. ``--``, ``*``, a no-break space and the like are how stations write "not measured": a blank and no
rejection. ``<0.05`` and ``0.05L`` are half of the limit (环办监测函〔2020〕82号) and are marked.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from typing import Final

import polars as pl

from yangban.base.exact import half_even
from yangban.base.water_items import SCALE
from yangban.readings.cells import BELOW
from yangban.readings.formats.values import judge as judge_number

SPACES: Final = " \t\r\n\u00a0\u3000"
BLANKS: Final = ("", "--", "-", "—", "——", "*", "**", "/", "未监测", "未测")
"""Cells that say "no value" in releases and in tables of laboratories."""

LOWEST_TEMPERATURE: Final = -5
"""Water below its freezing point is an instrument's offset; further down it is no water temperature and is refused as negative. Ours."""

_LARGEST: Final = 2**63 - 1
_EXACT: Final = float(2**53)
_WITHOUT_LIMIT: Final = frozenset({"未检出", "nd", "n.d.", "bdl", "<dl", "l"})
_MANY: Final = 10**9
_NOTHING: Final = -60


@dataclass(frozen=True)
class Verdict:
    """What a text is worth: ``value`` in millionths, or the ``rule`` that refuses it, or neither for a blank.

    ``below``: the value is half of a detection limit. ``rounded``: the text had more places than the lake keeps.
    """

    value: int | None = None
    rule: str | None = None
    below: bool = False
    rounded: bool = False


@lru_cache(maxsize=65536)
def judge(text: str, factor: Fraction = Fraction(1), *, temperature: bool = False) -> Verdict:
    """Judge one cell's text, exactly; ``factor`` brings it to the item's unit.

    >>> judge("0.05L").value, judge("<0.00004").below, judge("--"), judge("-1").rule, judge("未检出").rule
    (25000, True, Verdict(value=None, rule=None, below=False, rounded=False), 'negative', 'no_limit')
    """
    cell = unicodedata.normalize("NFKC", text).strip(SPACES).strip()
    if cell in BLANKS:
        return Verdict()
    if cell.casefold() in _WITHOUT_LIMIT:
        return Verdict(rule="no_limit")
    found = BELOW.fullmatch(cell)
    if found:
        limit = Decimal(found["mark"] or found["letter"])
        return _exact(Fraction(limit) * factor / 2, below=True)
    # The text is judged as a number of any size by the one list of signs; only its rule is wanted here.
    rule = judge_number(cell, 1, _MANY).rule
    if rule == "negative" and temperature and Decimal(cell) >= LOWEST_TEMPERATURE:
        rule = None
    if rule:
        return Verdict(rule=rule)
    number = Decimal(cell)
    # So small that it is nothing in millionths, whatever its unit; to compute with it would take the digits of its exponent.
    return _exact(Fraction(number) * factor, below=False) if not number or number.adjusted() > _NOTHING else Verdict(value=0, rounded=True)


def _exact(value: Fraction, *, below: bool) -> Verdict:
    scaled = value * SCALE
    whole: int = half_even(scaled.numerator, scaled.denominator)
    if whole > _LARGEST:
        return Verdict(rule="not_storable")
    return Verdict(value=whole, below=below, rounded=scaled.denominator != 1)


@dataclass(frozen=True)
class Converted:
    """Values in millionths, the places of those that are half of a limit, how many are blank, and (place, text, rule) of the refused."""

    values: pl.Series
    below: list[int]
    blank: int
    refused: list[tuple[int, str, str]]
    rounded: int


_MANY_ODD: Final = 2000
"""Cells left over after the fast way from which on it is tried once more without the spaces around them."""


def convert(series: pl.Series, factor: Fraction, *, cold: range = range(0)) -> Converted:
    """A column of cells, text or Float64; ``cold`` are the places of water temperatures, which may lie a little below zero.

    Few calls for many cells: a release has thousands of small files, and each call costs as much as a thousand cells.
    """
    text = series.dtype == pl.String
    number, scaled, whole = pl.col("number"), pl.col("scaled"), pl.col("whole")
    frame = pl.DataFrame({"cell": series, "number": series.cast(pl.Float64, strict=False)})
    good = ((scaled - whole).abs() <= (whole.abs() * 2.0**-51).clip(lower_bound=1e-6)) & (number >= 0) & (whole < _EXACT)
    if text:
        good = good & ~pl.col("cell").str.starts_with("+")
    done = (
        frame.with_columns((number * (SCALE * factor.numerator) / factor.denominator).alias("scaled"))
        .with_columns(scaled.round(0).alias("whole"))
        .with_columns(good.fill_null(value=False).alias("good"))
        .select(pl.when("good").then(whole).cast(pl.Int64).alias("values"), "good")
    )
    values = done["values"]
    odd = (~done["good"]).arg_true()
    if not odd.len():
        return Converted(values, [], 0, [], 0)
    left = series.gather(odd)
    empty = left.is_null() | left.is_in(BLANKS) if text else left.is_null()
    blank = int(empty.sum())
    if blank == odd.len():
        return Converted(values, [], blank, [], 0)
    rest = odd.filter(~empty).to_list()
    if text and len(rest) > _MANY_ODD and (trimmed := series.str.strip_chars(SPACES)).ne_missing(series).any():
        return convert(trimmed, factor, cold=cold)
    told = [str(cell) for cell in left.filter(~empty).to_list()]
    verdicts = [(place, cell, judge(cell, factor, temperature=place in cold)) for place, cell in zip(rest, told, strict=True)]
    put = [(place, each.value) for place, _, each in verdicts if each.value is not None]
    if put:
        values = values.scatter([place for place, _ in put], [value for _, value in put])
    blank += sum(each.value is None and each.rule is None for _, _, each in verdicts)
    refused = [(place, cell.strip(SPACES), each.rule) for place, cell, each in verdicts if each.rule]
    return Converted(
        values, [place for place, _, each in verdicts if each.below], blank, refused, sum(each.rounded for _, _, each in verdicts)
    )
