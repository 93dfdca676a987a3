"""Warnings: where an indicator stands on its way to a target, as a sign that is read without its colour too. Pure.

The rules are data (:class:`~yangban.standards.systems.Warnings`): no national standard of colours was found. Rules are tried in order and
the first whose conditions all hold decides. What is measured:

``state``
    ``met``, ``open`` or ``missed`` (whatever the rest brings), or ``no_data``.
``gap_percent``
    How far the year to date lies on the wrong side of its path, in per cent of the path.
``progress``
    The share of the way from base to target, 1 for all of it.
``forecast``
    ``in`` when the forecast meets the target; ``likely_out`` when it does not but the good end of its interval does; ``out`` when not even
    that does.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final

from yangban.base.exact import round_half_even
from yangban.indicators.forecast import Forecast
from yangban.indicators.requirements import holds
from yangban.standards.systems import WarningRule, Warnings

IN: Final = "in"
LIKELY_OUT: Final = "likely_out"
OUT: Final = "out"


@dataclass(frozen=True, kw_only=True)
class Measures:
    """What is known of an indicator on its way; ``None`` where it is not known, and a condition on it then does not hold."""

    state: str = "open"
    gap_percent: Fraction | None = None
    progress: Fraction | None = None
    forecast: str | None = None


@dataclass(frozen=True)
class Warning:
    """The sign of one indicator, with the rule that gave it and the numbers that made it fire."""

    level: str
    name: str
    symbol: str
    text: str
    colour: str
    rule: WarningRule
    rules: str
    because: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.symbol} {self.name}：{self.text}"

    def to_dict(self) -> dict[str, Any]:
        """The sign as JSON prints it."""
        return {
            "level": self.level,
            "name": self.name,
            "symbol": self.symbol,
            "text": self.text,
            "colour": self.colour,
            "rules": self.rules,
            "because": list(self.because),
        }


def forecast_side(made: Forecast, *, target: Fraction, direction: str) -> str:
    """Where a forecast lies against the target: ``in``, ``likely_out``, ``out``.

    >>> made = Forecast(Fraction(31), Fraction(29), Fraction(33), Fraction(2, 3), 5, Fraction(34))
    >>> [forecast_side(made, target=Fraction(n), direction="at_most") for n in (31, 30, 28)]
    ['in', 'likely_out', 'out']
    """
    if holds(made.value, direction, target):
        return IN
    good_end = made.low if direction == "at_most" else made.high
    return LIKELY_OUT if holds(good_end, direction, target) else OUT


def gap_percent(year_to_date: Fraction, path_to_date: Fraction, *, direction: str) -> Fraction | None:
    """How far the value so far lies on the wrong side of its path, in per cent of it; ``None`` where the path is 0."""
    if path_to_date == 0:
        return None
    sign = 1 if direction == "at_most" else -1
    return sign * (year_to_date - path_to_date) / path_to_date * 100


def warn(measures: Measures, rules: Warnings) -> Warning:
    """The sign that the rules give; the last rule has no condition, so there is always one."""
    for rule in rules.rules:
        if all(_met(measures, condition) for condition in rule.conditions):
            because = tuple(f"{measure}={_told(measures, measure)}" for measure, _, _ in rule.conditions)
            return Warning(rule.level, rule.name, rule.symbol, rule.text, rule.colour, rule, rules.id, because)
    raise AssertionError(f"the rules {rules.id} end with a condition although the loader refuses that")


def _met(measures: Measures, condition: tuple[str, str, str]) -> bool:
    measure, comparison, wanted = condition
    value = getattr(measures, measure)
    if value is None:
        return False
    if comparison == "is":
        return str(value) == wanted
    return isinstance(value, Fraction) and holds(value, comparison, Fraction(Decimal(wanted)))


def _told(measures: Measures, measure: str) -> str:
    value = getattr(measures, measure)
    return f"{round_half_even(value, 2):f}" if isinstance(value, Fraction) else str(value)
