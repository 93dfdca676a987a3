"""Changes between two periods of any medium, from displayed values as bulletins print them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction
from typing import Any, Final

from yangban.assess.figure import INSUFFICIENT, Figure, displayed
from yangban.base.periods import Period

SUFFIX: Final = ".change"
_UNITS: Final[Mapping[str, str]] = {"percent": "%", "points": "percentage point"}


def change_of(
    now: Figure, then: Figure | None, before: Period, *, how: str, decimals: int, detail: Mapping[str, Any] | None = None
) -> Figure:
    """The Figure of the step from ``then`` to ``now``; ``how`` is ``difference``, ``points`` or ``percent``.

    Its detail names the base; without a result there, the change is insufficient and says so.
    """
    step = None
    if then is not None and now.display is not None and then.display is not None:
        step = Fraction(now.display) - Fraction(then.display)
        if how == "percent":
            step = step * 100 / Fraction(then.display) if then.display else None
    shown = displayed(step, decimals)
    lacking = ""
    if step is None:
        lacking = f"没有对比期 {before.label} 的结果"
    elif then is not None and not then.usable:
        lacking = f"对比期 {before.label}：{then.reason}"
    return replace(
        now,
        indicator=now.indicator + SUFFIX,
        exact=None if shown is None else Fraction(shown),
        display=shown,
        unit=_UNITS.get(how, now.unit),
        status=INSUFFICIENT if lacking else now.status,
        reason=now.reason or lacking,
        detail={"base": before.label, **(detail or {})},
    )
