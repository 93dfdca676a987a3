"""The comparison of pilots as a page asks for it: which indicator, which two years, and what is said beside the numbers."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any

from yangban.base.errors import YangbanError
from yangban.base.exact import round_half_even
from yangban.govern.pilots import NO_CAUSE, NO_CAUSE_EN, STATES, Comparison, Pair, percent
from yangban.web.pilots import piloting
from yangban.web.pilots.models import Pilot
from yangban.web.public.names import indicator_name
from yangban.web.words import pick


def state_choices() -> list[tuple[str, str]]:
    """The states of a support policy as choices."""
    return [(key, pick(zh, en)) for key, (_, zh, en) in STATES.items()]


def for_page(sent: Mapping[str, str], pilot: Pilot) -> dict[str, Any]:
    """What the form of the comparison offers and, where both years are there, its result."""
    word = sent.get("indicator", "")
    indicator = word if word in piloting.INDICATORS else piloting.INDICATORS[0]
    years = piloting.periods_for(indicator, pilot.kind)
    before = sent.get("before", "") or (years[0] if years else "")
    after = sent.get("after", "") or (years[-1] if years else "")
    made: dict[str, Any] = {
        "indicators": [(each, indicator_name(each)) for each in piloting.INDICATORS],
        "indicator": indicator, "years": years, "before": before, "after": after, "comparison": None, "comparison_problem": "",
    }  # fmt: skip
    if len(years) < 2 and not (sent.get("before") and sent.get("after")):
        known = "、".join(years) or pick("没有", "none")
        made["comparison_problem"] = pick(
            f"要有前后两年的发布结果才能比较；现有：{known}", f"Released results of two years are needed; there are: {known}"
        )
        return made
    try:
        found = piloting.compared(indicator, level=pilot.kind, before=before, after=after, pilots=Pilot.objects.filter(kind=pilot.kind))
    except YangbanError as problem:
        made["comparison_problem"] = str(problem)
        return made
    return {**made, "comparison": found, **_told(found)}


def _told(found: Comparison) -> dict[str, Any]:
    unit = next((value.unit for each in (*found.pilots, *found.others) for value in (each.before,) if value is not None), "")
    interval = found.interval
    return {
        "unit": unit,
        "rows": [(_line(each), True) for each in found.pilots] + [(_line(each), False) for each in found.others],
        "mean_pilots": signed(found.mean_pilots),
        "mean_others": signed(found.mean_others),
        "difference": signed(found.difference),
        "typical": signed(found.typical),
        "low": "" if interval is None else signed(interval.low),
        "high": "" if interval is None else signed(interval.high),
        "level": "" if interval is None else percent(interval.level),
        "notes": [each for each in found.notes if each != NO_CAUSE],
        "no_cause": pick(NO_CAUSE, NO_CAUSE_EN),
    }


def _line(pair: Pair) -> dict[str, str]:
    assert pair.before is not None
    assert pair.after is not None
    return {
        "name": pair.name,
        "code": pair.subject,
        "before": _plain(pair.before.display),
        "after": _plain(pair.after.display),
        "change": signed(pair.change),
        "edition": pair.after.edition,
    }


def _plain(number: Decimal | None) -> str:
    return "—" if number is None else f"{number:f}"


def signed(number: Fraction | None, decimals: int = 2) -> str:
    """A change with its sign, rounded half to even for the page."""
    if number is None:
        return ""
    shown = round_half_even(number, decimals)
    text = f"{abs(shown):f}".rstrip("0").rstrip(".") if "." in f"{shown:f}" else f"{abs(shown):f}"
    return "0" if shown == 0 else f"{'+' if shown > 0 else '−'}{text}"
