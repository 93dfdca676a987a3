"""From the exact integers of a period row or a day row to Figures, and from the Figures of places to those of a region."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final

from yangban.assess.air import composite
from yangban.assess.air.index import DAY_AVERAGING, day_table, level_of
from yangban.assess.air.indicators import DAYS, INDICATORS, Indicator
from yangban.assess.air.rules import SLOTS, THOUSANDTHS, DayRules, day_rules, index_rules, period_rules
from yangban.assess.completeness import Verdict, enough_days
from yangban.assess.figure import AS_MONITORED, DUST_EXCLUDED, INSUFFICIENT, NOT_APPLICABLE, OK, Figure, displayed
from yangban.base.periods import Period
from yangban.base.pollutants import AIR_SIX, labels_zh
from yangban.standards import AirEdition, Rule

Decimals = Callable[[str, Period], Rule]
"""The book's rule for the printed decimals of an item in a period: ``Book.display_decimals`` on the period's last day."""

_MEANS: Final = ("pm25", "pm10", "so2", "no2")
_RANKS: Final[Mapping[str, str]] = {"pm25": "p95", "pm10": "p95", "so2": "p98", "no2": "p98", "co": "p95", "o3_8h": "p90"}
_PERCENT: Final = 100

REGION_LEVELS: Final = frozenset({"province", "nation", "group"})
"""Levels of subjects whose values are means of places."""


@dataclass(frozen=True)
class Measured:
    """An exact value with how well it is founded, before it is rounded and named.

    ``leans_on`` are rules of the book beyond those of its indicator.
    """

    exact: Fraction | None
    verdict: Verdict
    n_valid: int
    n_expected: int
    detail: Mapping[str, Any] = field(default_factory=dict)
    leans_on: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Subject:
    """Whom a Figure is about, and of what kind its readings are."""

    code: str
    name: str
    level: str
    basis: str = "realtime"
    network: str = "state"
    synthetic: bool = False
    inputs: str = ""
    scope: str = AS_MONITORED
    excluded: int = 0


def measure_period(row: Mapping[str, Any], period: Period, edition: AirEdition) -> dict[str, Measured]:
    """The values of one subject and period from its row of :func:`~yangban.assess.air.period.period_table`."""
    per_unit, tag = day_rules(edition).per_unit * row["scale"], edition.family
    found: dict[str, Measured] = {}

    def judged(statistic: str, n: int, months: int) -> Verdict:
        return enough_days(period, valid_days=n, months_met=months, rules=period_rules(edition, statistic))

    days = period.n_days
    for item in AIR_SIX:
        n, months = row[f"{item}_n"], row[f"{item}_months"] or 0
        annual, ranked = (judged(statistic, row[f"{item}_judged"], months) for statistic in ("annual", "percentile"))
        if item in _MEANS:
            mean = Fraction(int(row[f"{item}_sum"]), per_unit * n) if n else None
            found[f"air.{item}.mean"] = Measured(mean, annual, n, days)
        rank = Fraction(int(row[f"{item}_rank"]), per_unit * _PERCENT) if n else None
        found[f"air.{item}.{_RANKS[item]}"] = Measured(rank, ranked, n, days)
        over = row[f"{item}_over@{tag}"]
        found[f"air.{item}.exceed_days"] = Measured(Fraction(over) if n else None, annual, n, days)
        found[f"air.{item}.attain_ratio"] = Measured(Fraction((n - over) * _PERCENT, n) if n else None, annual, n, days)
    n, months = row[f"aqi_n@{tag}"], row[f"aqi_months@{tag}"] or 0
    whole = judged("annual", row[f"aqi_judged@{tag}"], months)

    def count(column: str) -> Measured:
        return Measured(Fraction(row[f"{column}@{tag}"]) if n else None, whole, n, days)

    found["air.valid_days"] = Measured(Fraction(n), whole, n, days)
    found["air.good_days"] = count("good")
    found["air.heavy_days"] = count("heavy")
    found["air.good_day_ratio"] = Measured(Fraction(row[f"good@{tag}"] * _PERCENT, n) if n else None, whole, n, days)
    for number in range(1, len(edition.levels()) + 1):
        found[f"air.level{number}_days"] = count(f"grade_{number}")
    for item in AIR_SIX:
        found[f"air.{item}.primary_days"] = count(f"{item}_led")
    return {**found, **_derived(found, edition, days)}


def mean_of_places(
    members: Sequence[tuple[str, Mapping[str, Measured]]], edition: AirEdition, *, absent: Sequence[str] = (), derive: bool = True
) -> dict[str, Measured]:
    """The values of a region: the arithmetic mean of its prefecture-level places' unrounded values, each place counting once.

    ``members`` pairs a place's name with its values, ``absent`` names places without any; ``derive`` adds the composite index and what else
    follows from the means of a period. A percentile is taken in each place first. How
    many places a region needs is unknown (``completeness.region.members``): the mean is taken over all that have a value, and the region
    is sufficient only when each of its places is (decisions/0003). Source: notices of provinces and the national bulletin (notes A6).
    """
    found: dict[str, Measured] = {}
    expected = len(members) + len(absent)
    for word in INDICATORS:
        having = [(name, values[word]) for name, values in members if word in values and values[word].exact is not None]
        if word not in _AVERAGED or not having:
            continue
        total = sum((m.exact for _, m in having if m.exact is not None), Fraction(0))
        sound = {name for name, m in having if m.verdict.enough}
        lacking = [name for name, _ in members if name not in sound] + list(absent)
        reason = f"{expected} 个地级及以上城市中 {len(sound)} 个数据充足；不足：{_some(lacking)}" if lacking else ""
        asked = tuple(dict.fromkeys(rule for _, m in having for rule in m.verdict.rules))
        found[word] = Measured(total / len(having), Verdict(enough=not lacking, reason=reason, rules=asked), len(sound), expected)
    return {**found, **_derived(found, edition, expected)} if derive else found


_AVERAGED: Final = frozenset(
    word for word in INDICATORS if not word.startswith(("air.composite", "air.attains", "air.aqi")) and "_multiple" not in word
)


def _some(names: Sequence[str], most: int = 6) -> str:
    shown = "、".join(names[:most])
    return f"{shown} 等 {len(names)} 个" if len(names) > most else shown


def _derived(found: Mapping[str, Measured], edition: AirEdition, expected: int) -> dict[str, Measured]:
    """What follows from the six concentrations: multiples, single indices, the composite index and attainment."""
    derived: dict[str, Measured] = {}
    statistics = {(item, s): found.get(f"air.{item}.{s}") for item in AIR_SIX for s in ("mean", _RANKS[item])}
    present = {key: m for key, m in statistics.items() if m is not None and m.exact is not None}
    for (item, s), m in present.items():
        averaging = "annual" if s == "mean" else DAY_AVERAGING[item]
        if m.exact is not None:
            derived[f"air.{item}.{s}_multiple"] = Measured(
                composite.multiple(item, m.exact, averaging, edition), m.verdict, m.n_valid, m.n_expected
            )
    entering = {item: present[item, s] for item, (s, _) in composite.basis(edition).items() if (item, s) in present}
    values = {item: m.exact for item, m in entering.items() if m.exact is not None}
    for item, value in values.items():
        derived[f"air.composite.{item}"] = Measured(
            Fraction(composite.single_index(item, value, edition)),
            entering[item].verdict,
            entering[item].n_valid,
            entering[item].n_expected,
        )
    total = composite.composite_index(values, edition)
    derived["air.composite_index"] = _joint(entering, None if total is None else Fraction(total), AIR_SIX, expected)
    failing = [f"{item}.{s}" for (item, s) in present if derived[f"air.{item}.{s}_multiple"].exact]
    complete = len(present) == len(_MEANS) + len(AIR_SIX)
    attains = Fraction(0) if failing else Fraction(1) if complete else None
    derived["air.attains"] = _joint(
        {f"{i}.{s}": m for (i, s), m in present.items()},
        attains,
        [f"{i}.{s}" for i, s in statistics if i in _MEANS or s != "mean"],
        expected,
        detail={"failing": failing},
    )
    return derived


def _joint(
    parts: Mapping[str, Measured], exact: Fraction | None, needed: Iterable[str], expected: int, *, detail: Mapping[str, Any] | None = None
) -> Measured:
    """A value that rests on several: no better founded than the weakest."""
    missing = [word for word in needed if word not in parts]
    weak = [f"{word}：{m.verdict.reason}" for word, m in parts.items() if not m.verdict.enough]
    reason = "；".join([f"缺 {'、'.join(missing)}"] * bool(missing) + weak[:2] + ["…"] * (len(weak) > 2))
    asked = tuple(dict.fromkeys(rule for m in parts.values() for rule in m.verdict.rules))
    return Measured(
        exact,
        Verdict(enough=not missing and not weak, reason=reason, rules=asked),
        0 if missing else min(m.n_valid for m in parts.values()),
        max((m.n_expected for m in parts.values()), default=expected),
        detail or {},
    )


def period_figures(
    measured: Mapping[str, Measured],
    subject: Subject,
    period: Period,
    edition: AirEdition,
    decimals: Decimals,
    *,
    wanted: Iterable[str] | None = None,
) -> Iterator[Figure]:
    """Name, round and mark the measured values: one Figure for each indicator that applies to periods."""
    for word in INDICATORS if wanted is None else wanted:
        spec = INDICATORS[word]
        if "period" in spec.levels and word in measured:
            yield _figure(spec, measured[word], subject, period, edition, decimals)


def _figure(spec: Indicator, measured: Measured, subject: Subject, period: Period, edition: AirEdition, decimals: Decimals) -> Figure:
    leaning = [edition.rule(key) for key in spec.rules]
    regional = subject.level in REGION_LEVELS
    if subject.scope == DUST_EXCLUDED:
        leaning += [edition.rule("dust.blanks"), edition.rule("dust.criteria")]
    printed = decimals("mean_days" if regional and spec.decimals == "days" and spec.unit == DAYS else spec.decimals, period)
    leaning += [edition.rule(f"completeness.{spec.completeness}.{part}") for part in measured.verdict.rules]
    leaning += [*(edition.rule(key) for key in measured.leans_on), printed]
    unverified = [rule.id for rule in leaning if rule.unverified]
    if period.kind in {"quarter", "half", "range"}:
        unverified.append(f"yangban:completeness.{period.kind}")
    if regional:
        unverified.append(edition.rule("completeness.region.members").id)
    exact = measured.exact
    if exact is None:
        status, reason = INSUFFICIENT, measured.verdict.reason or "没有可用的数据"
    else:
        status, reason = (OK, "") if measured.verdict.enough else (INSUFFICIENT, measured.verdict.reason)
    return Figure(
        indicator=spec.id,
        subject=subject.code,
        subject_name=subject.name,
        subject_level=subject.level,
        period=period.label,
        exact=exact,
        display=displayed(exact, int(printed.value)),
        unit=spec.unit,
        edition=edition.id,
        documents=tuple(dict.fromkeys((*edition.documents, printed.document))),
        scope=subject.scope,
        basis=subject.basis,
        network=subject.network,
        synthetic=subject.synthetic,
        status=status,
        reason=reason,
        unverified=tuple(dict.fromkeys(unverified)),
        n_valid=measured.n_valid,
        n_expected=measured.n_expected,
        inputs=subject.inputs,
        detail={**measured.detail, "excluded": subject.excluded} if subject.excluded else measured.detail,
    )


def measure_day(row: Mapping[str, Any], edition: AirEdition) -> dict[str, Measured]:
    """The values of one subject and day from its row of :func:`~yangban.assess.air.daily.day_indices`.

    A mean of too few hours or stations is still given, as ``insufficient``; n counts hours (for ozone: 8-hour means) or stations, for the
    AQI items.
    """
    rules, tag = day_rules(edition), edition.family
    found: dict[str, Measured] = {}
    for item in AIR_SIX:
        word = "air.o3_8h.max" if item == "o3_8h" else f"air.{item}.mean"
        found[word] = _day_value(row, item, rules)
    aqi = row[f"aqi@{tag}"]
    indices = {item: _index(row, item, edition) for item in AIR_SIX}
    missing = [item for item in AIR_SIX if indices[item] is None]
    counts = bool(row[f"counts@{tag}"])
    verdict = Verdict(enough=counts, reason="" if counts else f"缺 {labels_zh(missing)}，且其余各项 AQI 不高于 100", rules=())
    detail: dict[str, Any] = {}
    if aqi is not None:
        level = level_of(aqi, edition)
        thresholds = index_rules(edition)
        detail = {
            "level": level.grade,
            "category": level.category,
            "primary": [p for bit, p in enumerate(AIR_SIX) if row[f"primary@{tag}"] >> bit & 1],
            "exceeding": [p for p, i in indices.items() if i is not None and i > thresholds.exceeding_above],
            "iaqi": indices,
        }
    capped = ("index.cap",) if aqi == index_rules(edition).cap else ()
    found["air.aqi"] = Measured(None if aqi is None else Fraction(aqi), verdict, len(AIR_SIX) - len(missing), len(AIR_SIX), detail, capped)
    return found


def _day_value(row: Mapping[str, Any], item: str, rules: DayRules) -> Measured:
    """One item's value of a day, valid or not, from what it was made of: hours, stations, or a table of days."""
    ozone = item == "o3_8h"
    total, n = row["o3_8h_best" if ozone else f"{item}_sum"], row["o3_8h_windows" if ozone else f"{item}_hours"]
    enough = row[f"{item}_ticks"] is not None
    if row["origin"] == "stations":
        exact = Fraction(int(total), rules.per_unit * n) if n else None
        reason = f"有效点位 {n} 个，共 {row['of']} 个，不足规定的比例"
        expected = row["of"]
    elif row["origin"] == "table":
        exact = None if total is None else Fraction(int(total), rules.per_unit if ozone else THOUSANDTHS)
        reason, expected = "日数据表中没有这一项", 1
    elif ozone:
        exact = None if total is None else Fraction(int(total), rules.per_unit * row["parts"])
        reason, expected = f"有效的 8 小时平均 {n} 个，至少 {rules.windows} 个", rules.last_end - rules.first_end + 1
    else:
        exact = Fraction(int(total), n * THOUSANDTHS * row["parts"]) if n else None
        reason, expected = f"有效小时 {n} 个，至少 {rules.hours} 个", SLOTS
    return Measured(exact, Verdict(enough=enough, reason="" if enough else reason, rules=()), n, expected)


def _index(row: Mapping[str, Any], item: str, edition: AirEdition) -> int | None:
    steps: int | None = row[item]
    if steps is None:
        return None
    table = day_table(edition, item)
    return table[min(steps, len(table) - 1)]


def day_figures(
    measured: Mapping[str, Measured],
    subject: Subject,
    day: Period,
    edition: AirEdition,
    decimals: Decimals,
    *,
    wanted: Iterable[str] | None = None,
) -> Iterator[Figure]:
    """As :func:`period_figures`, for one day."""
    for word in INDICATORS if wanted is None else wanted:
        spec = INDICATORS[word]
        if "day" in spec.levels and word in measured:
            yield _figure(spec, measured[word], subject, day, edition, decimals)


def not_applicable(word: str, subject: Subject, period: Period, edition: AirEdition, reason: str) -> Figure:
    """A Figure that says why there is no value."""
    spec = INDICATORS[word]
    return Figure(
        indicator=word,
        subject=subject.code,
        subject_name=subject.name,
        subject_level=subject.level,
        period=period.label,
        exact=None,
        display=None,
        unit=spec.unit,
        edition=edition.id,
        documents=edition.documents,
        scope=subject.scope,
        basis=subject.basis,
        network=subject.network,
        synthetic=subject.synthetic,
        status=NOT_APPLICABLE,
        reason=reason,
        n_expected=period.n_days,
    )


def change(now: Figure, base: Figure | None, spec: Indicator, decimals: int) -> tuple[Decimal | None, str]:
    """The change from ``base`` to ``now`` from displayed values, with its unit: per cent, percentage points, or the indicator's own.

    National bulletins compute it from the printed values of both periods (standards notes A6).
    """
    unit = {"percent": "%", "points": "percentage point", "difference": spec.unit}.get(spec.change, spec.unit)
    if base is None or now.display is None or base.display is None or not spec.change:
        return None, unit
    step = Fraction(now.display) - Fraction(base.display)
    if spec.change == "percent":
        if base.display == 0:
            return None, unit
        step = step * _PERCENT / Fraction(base.display)
    return displayed(step, decimals), unit


__all__ = [
    "Decimals",
    "Measured",
    "Subject",
    "change",
    "day_figures",
    "mean_of_places",
    "measure_day",
    "measure_period",
    "not_applicable",
    "period_figures",
]
