"""Whether enough days stand under a period's statistic. Each rule is no longer than the official sentence that it states."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from yangban.base.periods import Period

if TYPE_CHECKING:
    from yangban.assess.air.rules import PeriodRules


@dataclass(frozen=True)
class Verdict:
    """Whether a statistic may be used, and if not, why; ``rules`` names the parts of the rule that were asked."""

    enough: bool
    reason: str
    rules: tuple[str, ...]


def enough_days(period: Period, *, valid_days: int, months_met: int, rules: PeriodRules) -> Verdict:
    """GB 3095-2012 and GB 3095-2026, table 4: in a year at least 324 valid daily values, and 27 in each month (25 in February).

    A month needs its 27 (25); a quarter or half-year that of each of its months. For any other run of days the standard has no rule: its
    whole months must meet theirs, and one valid day is needed; the Figure says that this is unverified.
    ``months_met`` counts the period's whole months that reach their number.
    """
    asked = ["month_days", "february_days"] if period.months else []
    if valid_days == 0:
        return Verdict(enough=False, reason="没有有效日", rules=tuple(asked))
    if period.kind == "year":
        asked.append("days")
        if valid_days < rules.days:
            return Verdict(enough=False, reason=f"有效日 {valid_days} 天，全年至少 {rules.days} 天", rules=tuple(asked))
    short = len(period.months) - months_met
    if short > 0:
        needed = f"至少 {rules.month_days} 天（2 月 {rules.february_days} 天）"
        if period.kind == "month":
            needed = f"至少 {rules.needed_in(period.start.month)} 天"
            return Verdict(enough=False, reason=f"有效日 {valid_days} 天，当月{needed}", rules=tuple(asked))
        return Verdict(enough=False, reason=f"{short} 个月有效日不足，每月{needed}", rules=tuple(asked))
    return Verdict(enough=True, reason="", rules=tuple(asked))
