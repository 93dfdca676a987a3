"""Yangban: official Chinese environmental-quality results in Python, exact and traceable.

    import yangban as yb

    yb.aqi({"pm25": 75, "o3_8h": 161}, edition="hj633-2026")       # one day
    yb.aqi(frame, edition="hj633-2026")                            # a frame of days, pandas / Polars / Arrow in and out
    yb.assess_air(readings, edition="2012")                        # hourly readings to Figures
    yb.assess_water(samples, kind="river")                         # readings of sections to classes and Figures
    yb.open("yangban-data").figures(period="2022")                 # what a workspace has computed
    yb.load_book().air("2012").limit("pm25", "annual")             # the book of standards

Nothing heavy is imported until it is used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from yangban._face import Results, aqi, assess_air, assess_water, open
    from yangban.assess.figure import Figure
    from yangban.base.errors import YangbanError
    from yangban.standards import load_book

__all__ = ["Figure", "Results", "YangbanError", "aqi", "assess_air", "assess_water", "load_book", "open"]

_HOMES = {
    "Figure": "yangban.assess.figure",
    "Results": "yangban._face",
    "YangbanError": "yangban.base.errors",
    "aqi": "yangban._face",
    "assess_air": "yangban._face",
    "assess_water": "yangban._face",
    "load_book": "yangban.standards",
    "open": "yangban._face",
}


def __getattr__(name: str) -> Any:
    """Import a public name from its home when it is first asked for."""
    if name not in _HOMES:
        raise AttributeError(f"module 'yangban' has no attribute {name!r}")
    import importlib

    return getattr(importlib.import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
