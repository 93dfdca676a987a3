"""Trends as Figures: Spearman's rank correlation of an indicator with time over periods of one kind, for air and water."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Final

from yangban.assess.figure import AS_MONITORED, INSUFFICIENT, OK, Figure, displayed
from yangban.assess.trend import LEVELS, spearman
from yangban.base.errors import UsageError
from yangban.base.periods import Period, between
from yangban.run.media import Results, is_water, spec
from yangban.standards import Book, Rule

SUFFIX: Final = ".trend"
"""After the word of an indicator: its trend over several periods."""

_MIN, _CRITICAL = "trend.spearman.min_periods", "trend.spearman.critical"


def series(first: Period, last: Period) -> list[Period]:
    """The periods of one kind from the first to the last, both included.

    Raises :class:`~yangban.base.errors.UsageError` when they are of two kinds or in the wrong order.

    >>> from yangban.base.periods import parse
    >>> [str(period) for period in series(parse("2021-Q3"), parse("2022-Q1"))]
    ['2021-Q3', '2021-Q4', '2022-Q1']
    """
    if first.kind != last.kind or first.kind not in {"month", "quarter", "half", "year"}:
        raise UsageError(f"{first.label} and {last.label}: give two years, halves, quarters or months 请给出两个同类的时段")
    if first.start > last.start:
        raise UsageError(f"{first.label} comes after {last.label}; expected the earlier period first 起始时段在后")
    found = [last]
    while found[-1].start > first.start:
        found.append(found[-1].before())
    return found[::-1]


def trends(
    results: Results,
    book: Book,
    *,
    indicator: str,
    subjects: Sequence[str],
    first: Period,
    last: Period,
    level: str = "0.05",
    edition: str | None = None,
    straddle: str | None = None,
    basis: str = "realtime",
    scope: str = AS_MONITORED,
) -> list[Figure]:
    """The trend of an indicator over the periods from ``first`` to ``last``, one Figure a subject (and edition, where several are asked).

    ``exact`` is the rank correlation r, between -1 and 1; ``detail`` gives the series, the critical value, and the direction: ``rising``,
    ``falling`` or ``steady`` (not significant). A period without value is left out and makes the Figure insufficient, as does a value that
    may not be used officially: what is not known is not claimed.
    """
    spec(indicator)
    if level not in LEVELS:
        raise UsageError(f"--level {level!r}: the table of critical values has {', '.join(LEVELS)}")
    periods = series(first, last)
    found = results.figures(
        subjects=list(subjects),
        periods=periods,
        indicators=[indicator],
        edition=edition,
        straddle=straddle,
        basis=basis,
        scope=scope,
    )
    groups: dict[tuple[str, str], list[Figure]] = defaultdict(list)
    for figure in found:
        groups[figure.subject, figure.edition if edition and "," in edition else ""].append(figure)
    return [_trend(book, figures, indicator, periods, level) for figures in groups.values()]


def _trend(book: Book, figures: Sequence[Figure], indicator: str, periods: Sequence[Period], level: str) -> Figure:
    by_label = {figure.period: figure for figure in figures}
    ordered = [by_label[period.label] for period in periods if period.label in by_label]
    having = [figure for figure in ordered if figure.exact is not None]
    last, end = figures[-1], periods[-1].end
    rules = book.water_on(end) if is_water(indicator) else book.air(last.edition)
    least, critical = rules.rule(_MIN), rules.rule(_CRITICAL)
    made = spearman([figure.exact or Fraction(0) for figure in having], least=least, critical=critical, level=level)
    printed: Rule = book.display_decimals("trend", end, medium="water" if is_water(indicator) else "air")
    told = {figure.period for figure in having}
    missing = [period.label for period in periods if period.label not in told]
    unusable = [figure.period for figure in having if not figure.usable]
    reasons = [made.reason] if made.reason else []
    reasons += [f"没有值的时段：{'、'.join(missing)}"] if missing else []
    reasons += [f"数据不足的时段：{'、'.join(unusable)}"] if unusable else []
    doubt = [*made.unverified, *([printed.id] if printed.unverified else []), *(rule for figure in having for rule in figure.unverified)]
    documents = [document for figure in having for document in figure.documents]
    return replace(
        last,
        indicator=indicator + SUFFIX,
        period=between(periods[0].start, end).label,
        exact=made.coefficient,
        display=displayed(made.coefficient, int(printed.value)),
        unit="1",
        edition="、".join(dict.fromkeys(figure.edition for figure in ordered)),
        documents=tuple(dict.fromkeys((*documents, least.document, critical.document, printed.document))),
        synthetic=any(figure.synthetic for figure in ordered),
        status=INSUFFICIENT if reasons or made.coefficient is None else OK,
        reason="；".join(reasons),
        unverified=tuple(dict.fromkeys(doubt)),
        n_valid=len(having),
        n_expected=len(periods),
        detail={
            "direction": made.direction,
            "critical": None if made.critical is None else f"{made.critical}",
            "level": level,
            "series": [{"period": figure.period, "value": figure.value, "display": f"{figure.display}"} for figure in having],
        },
    )
