"""The composite index of city ranking (环境空气质量综合指数) and the attainment of the six items, from exact period values."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache

from yangban.assess.air.rules import integer
from yangban.base.exact import round_half_even
from yangban.standards import AirEdition


@lru_cache
def basis(edition: AirEdition) -> Mapping[str, tuple[str, str]]:
    """For each item, the statistic that enters the composite index and the averaging time of the limit that divides it.

    环办监测〔2018〕19号: means of SO2, NO2, PM10 and PM2.5 over annual limits, the 95th percentile of CO over the daily limit, the 90th of
    ozone over its 8-hour limit, whatever the length of the period.
    """
    return {item: (statistic, averaging) for item, statistic, averaging in edition.rule("composite.items").value}


def rounded_input(item: str, value: Fraction, edition: AirEdition) -> Decimal:
    """A period's concentration as it enters the composite index and the judgement of attainment: integer, CO one decimal, half to even."""
    return round_half_even(value, integer(edition, f"rounding.composite_input.{item}"))


def single_index(item: str, value: Fraction, edition: AirEdition) -> Decimal:
    """I_i = C_i / S_i, rounded half to even to two decimals; C_i is rounded first. The annual limits hold for any period."""
    _, averaging = basis(edition)[item]
    quotient = Fraction(rounded_input(item, value, edition)) / Fraction(
        edition.limit(item, averaging, integer(edition, "composite.limit_level"))
    )
    return round_half_even(quotient, integer(edition, "rounding.composite.single"))


def composite_index(values: Mapping[str, Fraction], edition: AirEdition) -> Decimal | None:
    """The weighted sum of the six single indices (weights 1), or ``None`` when an item has no value.

    ``values`` holds the statistics that :func:`basis` names, in µg/m³ and CO in mg/m³. That single indices are rounded before the sum is
    evidence from published values, not official text (standards notes A6; decisions/0003).
    """
    if any(item not in values for item in basis(edition)):
        return None
    total = sum((single_index(item, values[item], edition) * weight(item, edition) for item in basis(edition)), Decimal(0))
    return round_half_even(Fraction(total), integer(edition, "rounding.composite.total"))


def weight(item: str, edition: AirEdition) -> Decimal:
    """The weight of an item in the composite index."""
    return Decimal(edition.rule(f"composite.weight.{item}").value)


def multiple(item: str, value: Fraction, averaging: str, edition: AirEdition) -> Fraction:
    """Exceedance multiple B = (C - S) / S for C above the level-2 limit S, else 0."""
    limit = Fraction(edition.limit(item, averaging))
    excess = Fraction(rounded_input(item, value, edition)) - limit
    return max(excess / limit, Fraction(0))
