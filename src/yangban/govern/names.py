"""What people call an indicator."""

from __future__ import annotations

from yangban.assess.air.indicators import INDICATORS as AIR
from yangban.assess.water.indicators import INDICATORS as WATER


def indicator_name(word: str) -> str:
    """The Chinese name of an indicator that the program computes; any other is called by its word.

    >>> indicator_name("air.pm25.mean"), indicator_name("reported.forest_cover")
    ('PM2.5平均浓度', 'reported.forest_cover')
    """
    if word in AIR:
        return AIR[word].name
    return WATER[word].name if word in WATER else word
