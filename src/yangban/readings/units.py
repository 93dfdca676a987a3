"""Declared units become thousandths of a pollutant's own unit, once, by an exact factor; so does a declared state of gases."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from typing import Final

from yangban.base.errors import UsageError
from yangban.base.pollutants import pollutant
from yangban.base.units import factor

Ratio = tuple[int, int]
"""Numerator and denominator of an exact number by which a value is multiplied."""

WHOLE: Final[Ratio] = (1, 1)

GASES: Final = ("so2", "no2", "co", "o3", "o3_8h")
"""The items whose concentration depends on the state of the gas (GB 3095-2012, amendment of 2018, 3.14); particles are stated as found."""

_AMENDMENT: Final = "gb3095-2012-amendment"
_CONVERSION: Final = "reference_state.gas.conversion"


@lru_cache(maxsize=256)
def scale_of(item: str, unit: str | None) -> Ratio:
    """Numerator and denominator by which a value in ``unit`` becomes thousandths of the item's own unit.

    ``None`` stands for the item's own unit: µg/m³, CO mg/m³. Raises :class:`~yangban.base.errors.UnknownUnit`.

    >>> scale_of("co", "ug/m3"), scale_of("pm25", None), scale_of("so2", "mg/m3")
    ((1, 1), (1000, 1), (1000000, 1))
    """
    own = pollutant(item).unit
    scale = 1000 * factor(unit or own, own)
    return scale.numerator, scale.denominator


@lru_cache(maxsize=8)
def state_ratio(state: str | None) -> Ratio:
    """The factor that takes gases from the declared state to the reference state of the standard in force since 2018-09-01.

    ``"273"``: the values are stated at 273 K (the state of GB 3095-2012 as issued) and are multiplied by 273 / 298.15. ``None`` and
    ``"298"``: they already are at the reference state. The two temperatures come from the book; pressure is the same in both states.
    Raises :class:`~yangban.base.errors.UsageError` for any other word.

    >>> state_ratio("273"), state_ratio(None)
    ((5460, 5963), (1, 1))
    """
    if state in {None, "298"}:
        return WHOLE
    from yangban.standards import load_book

    rule = next(each for each in load_book().documents[_AMENDMENT].rules if each.key == _CONVERSION)
    old, new = (Fraction(Decimal(str(each))) for each in rule.value)
    if state != f"{int(old)}":
        raise UsageError(
            f"unknown state of gases {state!r}; expected {int(old)} (stated at {old} K, to be converted) or 298 (as the standard)"
        )
    ratio = old / new
    return ratio.numerator, ratio.denominator


def state_note(state: str) -> str:
    """The sentence on a receipt that says by which rule of the book gases were converted."""
    numerator, denominator = state_ratio(state)
    return f"气态污染物声明为 {state} K 状态，已乘以 {numerator}/{denominator} 换算到参比状态（{_AMENDMENT}:{_CONVERSION}，unverified）"
