"""Where an indicator stands on its way through a year: value, gap, path, forecast and warning, from its months. Pure and exact.

:func:`follow` is the whole of it: the months that have come, the target, the path and past years go in; one :class:`Course` comes out,
which the command line prints and the site shows. Months count with their days; only means and shares over days may be followed so.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from yangban.base.errors import UsageError
from yangban.base.exact import plain
from yangban.base.periods import month_of
from yangban.indicators.forecast import Backtest, Forecast, backtest, forecast
from yangban.indicators.paths import MET, MISSED, OPEN, SoFar, rest_of_mean, rest_of_ratio
from yangban.indicators.progress import Progress, progress
from yangban.indicators.targets import ROUNDED, UNROUNDED, Target, bound
from yangban.indicators.trajectories import Account, Month, Step, accounts
from yangban.indicators.warnings import Measures, Warning, forecast_side, gap_percent, warn
from yangban.standards.systems import Warnings


@dataclass(frozen=True, kw_only=True)
class Course:
    """One indicator of one place in a year, after its last month ``through``.

    ``asked`` is what the year asks: the target itself, or a point of a path over years to a later one. ``value`` is the year to date;
    ``gap`` how far it lies on the wrong side of ``asked`` (0 or less: none). ``state`` is ``met`` or ``missed`` when the rest of the
    year can change nothing, else ``open``. What could not be worked out is ``None`` and its reason stands beside it.
    """

    target: Target
    year: int
    through: int
    asked: Fraction
    value: Fraction | None
    display: Decimal | None
    gap: Fraction | None
    progress: Progress | None
    path: tuple[Step, ...]
    path_kind: str
    accounts: tuple[Account, ...]
    forecast: Forecast | None
    forecast_reason: str
    score: Backtest | None
    score_reason: str
    state: str
    warning: Warning
    notes: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """The course as JSON prints it; quotients to six places."""
        return {
            "indicator": self.target.indicator,
            "subject": self.target.subject,
            "year": self.year,
            "through": month_of(self.year, self.through).label if self.through else None,
            "target": self.target.to_dict(),
            "asked": plain(self.asked),
            "value": None if self.value is None else plain(self.value),
            "display": None if self.display is None else f"{self.display:f}",
            "unit": self.target.unit,
            "gap": None if self.gap is None else plain(self.gap),
            "progress": None if self.progress is None else self.progress.to_dict(),
            "path_kind": self.path_kind,
            "path": [{"month": step.number, "days": step.days, "value": plain(step.value)} for step in self.path],
            "months": [{"month": row.number, **{k: v for k, v in row.to_dict().items() if k != "number"}} for row in self.accounts],
            "forecast": None if self.forecast is None else self.forecast.to_dict(),
            "forecast_reason": self.forecast_reason,
            "score": None if self.score is None else self.score.to_dict(),
            "score_reason": self.score_reason,
            "state": self.state,
            "warning": self.warning.to_dict(),
            "notes": list(self.notes),
        }


def follow(
    target: Target,
    *,
    year: int,
    asked: Fraction,
    months: Sequence[Month],
    path: Sequence[Step],
    path_kind: str,
    rules: Warnings,
    past: Mapping[int, Sequence[Month]] | None = None,
    base: Fraction | None = None,
    value: Fraction | None = None,
    display: Decimal | None = None,
    usable: bool = True,
    through: int | None = None,
    notes: Sequence[str] = (),
) -> Course:
    """Follow one indicator through a year.

    ``months`` are those that have come, the first ones of the year; ``past`` whole years by number; ``base`` the value from which
    progress is counted. ``value`` is the official year to date where it is known, else the mean of the months; ``through`` the last
    month that it covers (default: the last of ``months``).
    """
    came = sorted(months, key=lambda each: each.number)
    through = through if through is not None else came[-1].number if came else 0
    rows = accounts(came, path, direction=target.direction) if path and came else ()
    now = value if value is not None or not came else _mean(came)
    rest = {n: month_of(year, n).n_days for n in range(through + 1, 13)}
    made, why = _forecast(came, past or {}, rest)
    score, no_score = _score(past or {}, range(1, through + 1))
    state = _state(target, asked, came, now, sum(rest.values()))
    sign = 1 if target.direction == "at_most" else -1
    done = None if base is None or now is None else progress(base=base, target=asked, now=now, direction=target.direction)
    measures = Measures(
        state="no_data" if now is None or not usable else state,
        gap_percent=_gap(rows, now, asked, target.direction),
        progress=None if done is None else done.share,
        forecast=None if made is None else forecast_side(made, target=asked, direction=target.direction),
    )
    return Course(
        target=target, year=year, through=through, asked=asked, value=now, display=display,
        gap=None if now is None else sign * (now - asked), progress=done, path=tuple(path), path_kind=path_kind, accounts=tuple(rows),
        forecast=made, forecast_reason=why, score=score, score_reason=no_score, state=state, warning=warn(measures, rules),
        notes=tuple(notes),
    )  # fmt: skip


def _gap(rows: Sequence[Account], now: Fraction | None, asked: Fraction, direction: str) -> Fraction | None:
    """How far the year to date lies behind its path, in per cent of it; without a path by months, behind what the year asks."""
    if rows:
        return gap_percent(rows[-1].year_to_date, rows[-1].path_to_date, direction=direction)
    return None if now is None else gap_percent(now, asked, direction=direction)


def _mean(months: Sequence[Month]) -> Fraction:
    return sum((m.value * m.days for m in months), Fraction(0)) / sum(m.days for m in months)


def _forecast(came: Sequence[Month], past: Mapping[int, Sequence[Month]], rest: Mapping[int, int]) -> tuple[Forecast | None, str]:
    if not rest:
        return None, "全年已经结束，没有可预测的"
    if not came:
        return None, "没有可以累加的月值，不作预测"
    try:
        return forecast(came, past, rest=rest), ""
    except UsageError as problem:
        return None, str(problem)


def _score(past: Mapping[int, Sequence[Month]], numbers: range) -> tuple[Backtest | None, str]:
    whole = {year: months for year, months in past.items() if {m.number for m in months} == set(range(1, 13))}
    if not numbers or numbers.stop > 12:
        return None, "全年已经结束或尚未开始，没有可回测的"
    try:
        return backtest(whole, months=list(numbers)), ""
    except UsageError as problem:
        return None, str(problem)


def _state(target: Target, asked: Fraction, came: Sequence[Month], now: Fraction | None, rest: int) -> str:
    """Whether the rest can still change anything; where the text does not say how the result is rounded, both ways must agree."""
    if now is None:
        return OPEN
    ways = [target.met_by] if target.met_by in {ROUNDED, UNROUNDED} else [ROUNDED, UNROUNDED]
    if asked != Fraction(target.value):
        ways = [UNROUNDED]  # A point of a path over years is no printed number.
    found = set()
    for way in ways:
        edge = bound(target.value, target.direction, met_by=way, decimals=target.decimals)
        if rest == 0:
            found.add(MET if (edge.holds(now) if asked == Fraction(target.value) else _holds(now, asked, target.direction)) else MISSED)
        elif asked != Fraction(target.value) or not came:
            found.add(OPEN)
        else:
            so_far = [SoFar(now, sum(m.days for m in came))]
            found.add(_rest_state(target, so_far, rest, way))
    return found.pop() if len(found) == 1 else OPEN


def _rest_state(target: Target, so_far: Sequence[SoFar], rest: int, way: str) -> str:
    if target.direction == "at_most":
        return rest_of_mean(target, so_far, rest=rest, met_by=way).state
    return rest_of_ratio(target, so_far, rest=rest, met_by=way).state if target.unit == "%" else OPEN


def _holds(value: Fraction, asked: Fraction, direction: str) -> bool:
    return value <= asked if direction == "at_most" else value >= asked
