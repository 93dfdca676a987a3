"""From exact values of sections to Figures: classes and item means, a region's shares, state and index, a lake's trophic index."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final

from yangban.assess.completeness import Verdict
from yangban.assess.figure import AS_MONITORED, INSUFFICIENT, OK, Figure
from yangban.assess.water import cwqi, tli
from yangban.assess.water.averages import MANUAL, MONTHLY, Means, enough
from yangban.assess.water.indicators import INDICATORS, Indicator
from yangban.assess.water.pollutants import Exceeding
from yangban.assess.water.regions import AVERAGE, Section, count_words, lake_means, region_state, state_number
from yangban.assess.water.rules import ITEM, LAKE, RIVER, decimals, numeral, prepared_value, unverified
from yangban.assess.water.sample import SampleClass, classify
from yangban.base.exact import round_half_even
from yangban.base.periods import Period
from yangban.standards import Rule, WaterEdition

Decimals = Callable[[str, Period], Rule]
"""The book's rule for the printed decimals of an indicator in a period: ``Book.display_decimals(…, medium="water")``."""

_SAMPLED_BY_HAND: Final = frozenset({MANUAL, MONTHLY})


@dataclass(frozen=True, kw_only=True)
class Subject:
    """Whom a Figure is about, and of what kind its readings are."""

    code: str
    name: str
    level: str
    basis: str = "realtime"
    network: str = "state"
    scope: str = AS_MONITORED
    synthetic: bool = False
    inputs: str = ""


@dataclass(frozen=True, kw_only=True)
class SectionPeriod:
    """A section in a period: its kind, its values, how many months and samplings stand under them.

    A section that was to be measured and was not has no values and still counts among those expected of its region.
    """

    name: str
    kind: str
    means: Means
    n_months: int
    n_samples: int

    def verdict(self, period: Period, edition: WaterEdition) -> Verdict:
        """Whether enough stands under its values."""
        return enough(period, n_months=self.n_months, n_samples=self.n_samples, edition=edition)


@dataclass(frozen=True)
class Value:
    """What becomes a Figure: the value, whether enough stands under it, the counts, the keys of the rules that it leans on beside those of
    its indicator, and its detail; ``display`` where it is not printed by the rule of the indicator."""

    exact: Fraction | None
    verdict: Verdict
    n_valid: int
    n_expected: int
    rules: tuple[str, ...] = ()
    detail: Mapping[str, Any] = field(default_factory=dict)
    display: Decimal | None = None


def section_figures(
    section: SectionPeriod,
    subject: Subject,
    period: Period,
    edition: WaterEdition,
    decimals_of: Decimals,
    *,
    rounding: str = ITEM,
    wanted: Iterable[str] | None = None,
) -> Iterator[Figure]:
    """The Figures of a section or a lake in a period: ``water.class``, ``water.state``, the mean of each item, a lake's ``water.tli``.

    Period assessments round each item before it is classed (环办监测函〔2020〕82号), which ``rounding="none"`` leaves out. ``n_valid`` of
    ``n_expected`` are months.
    """
    verdict = section.verdict(period, edition)
    months = max(1, len(period.months))
    asked = None if wanted is None else tuple(wanted)
    found = classify(section.means.values, section.kind, edition, rounding=rounding)
    values: dict[str, Value] = {}

    def value(exact: Fraction | int | None, rules: Sequence[str], **more: Any) -> Value:
        return Value(None if exact is None else Fraction(exact), verdict, section.n_months, months, tuple(rules), **more)

    detail = _class_detail(found, section.means, edition)
    values["water.class"] = value(found.klass, (*found.rules, *_source_rules(section.means)), detail=detail)
    values["water.state"] = value(None if found.klass is None else state_number(found.klass), found.rules, detail={"state": found.state})
    for item, exact in section.means.values.items():
        if asked is not None and f"water.{item}.mean" not in asked:
            continue
        places = decimals(edition, item)
        shown = None if places is None else _shown(exact, item, edition, places)
        source = section.means.sources.get(item, "")
        values[f"water.{item}.mean"] = value(
            exact,
            (*((f"decimals.{item}",) if places is not None else ()), *(("detection.half",) if item in section.means.below else ())),
            display=shown if shown is not None else round_half_even(exact, 3),
            detail={"source": source, "n": section.means.n.get(item, 0), **_below(section.means, item)} if source else {},
        )
    if section.kind == LAKE:
        values["water.tli"] = _trophic_value(section.means, verdict, section.n_months, months, edition)
    yield from _figures(values, subject, period, edition, decimals_of, asked)


def _shown(exact: Fraction, item: str, edition: WaterEdition, places: int) -> Decimal:
    """A mean as it is printed: by the decimals of its item, with one significant digit where these would make it zero."""
    rounded = prepared_value(exact, item, edition, ITEM)
    while rounded * 10**places % 1:
        places += 1
    return round_half_even(rounded, places)


def _class_detail(found: SampleClass, means: Means, edition: WaterEdition) -> dict[str, Any]:
    if found.klass is None:
        return {}
    places = int(edition.rule("rounding.multiple").value)
    return {
        "class": found.numeral,
        "state": found.state,
        "items": dict(found.items),
        "deciding": list(found.deciding),
        "exceeding": [_named(Exceeding(item, found.items[item], times), places) for item, times in found.exceeding],
        "main": list(found.main),
        "reference": {item: numeral(klass) for item, klass in found.reference.items()},
        "sources": dict(means.sources),
        "assessed": len(found.items),
        **({"below_detection": dict(means.below)} if means.below else {}),
    }


def _below(means: Means, item: str) -> dict[str, int]:
    """How many readings under a mean lay below the detection limit and entered as half of it."""
    return {"below_detection": means.below[item]} if item in means.below else {}


def _named(each: Exceeding, places: int) -> dict[str, str | None]:
    return {"item": each.item, "multiple": None if each.multiple is None else f"{round_half_even(each.multiple, places)}"}


def _source_rules(means: Means) -> tuple[str, ...]:
    """The rules on the month's sources: automatic and manual data joined, values below the detection limit."""
    kinds = {source for text in means.sources.values() for source in text.split("+")}
    joined = ("auto.items", "auto.priority") if "auto" in kinds and kinds & _SAMPLED_BY_HAND else ()
    return (*joined, *(("detection.half", "detection.class_of_half") if means.below else ()))


def _trophic_value(means: Means, verdict: Verdict, n: int, expected: int, edition: WaterEdition) -> Value:
    found = tli.trophic(means.values, edition)
    if found.index is None:
        verdict = Verdict(enough=False, reason=found.reason, rules=verdict.rules)
    places = 1
    detail = {"grade": found.grade, "items": {item: f"{round_half_even(each, places)}" for item, each in found.items.items()}}
    return Value(found.index, verdict, n, expected, ("tli.missing_items",) if found.missing else (), detail if found.grade else {})


def lake_figures(
    points: Sequence[SectionPeriod],
    subject: Subject,
    period: Period,
    edition: WaterEdition,
    decimals_of: Decimals,
    *,
    rounding: str = ITEM,
    wanted: Iterable[str] | None = None,
) -> Iterator[Figure]:
    """The Figures of a lake from its points: averaged over time at each point already, here over the points (环办〔2011〕22号)."""
    having = [point for point in points if point.means.values]
    whole = SectionPeriod(
        name=subject.name,
        kind=LAKE,
        means=lake_means({point.name: [point.means] for point in having}),
        n_months=min((point.n_months for point in having), default=0),
        n_samples=min((point.n_samples for point in having), default=0),
    )
    yield from section_figures(whole, subject, period, edition, decimals_of, rounding=rounding, wanted=wanted)


def region_figures(
    sections: Sequence[SectionPeriod],
    subject: Subject,
    period: Period,
    edition: WaterEdition,
    decimals_of: Decimals,
    *,
    rounding: str = ITEM,
    wanted: Iterable[str] | None = None,
) -> Iterator[Figure]:
    """The Figures of a river, basin, county, city or province from its sections: shares, state, class of the averages, CWQI.

    Every section with a class counts in the shares; the Figure is sufficient only when enough stands under each expected section, and its
    reason names those that fall short. ``n_valid`` of ``n_expected`` are sections.
    """
    judged = {each.name: each.verdict(period, edition) for each in sections}
    state = region_state([Section(each.name, each.kind, each.means) for each in sections if each.means.values], edition, rounding=rounding)
    sound = [name for name, verdict in judged.items() if verdict.enough and name in state.sections]
    lacking = [name for name in judged if name not in sound]
    reason = f"{len(judged)} 个断面中 {len(sound)} 个数据充足；不足：{_some(lacking)}" if lacking else state.reason
    asked = tuple(dict.fromkeys(rule for verdict in judged.values() for rule in verdict.rules))
    verdict = Verdict(enough=not lacking and bool(judged), reason=reason, rules=asked)
    leaning = tuple(dict.fromkeys(rule for found in state.sections.values() for rule in found.rules))

    def value(exact: Fraction | int | None, rules: Sequence[str] = (), **more: Any) -> Value:
        return Value(None if exact is None else Fraction(exact), verdict, len(sound), len(judged), (*leaning, *rules), **more)

    values: dict[str, Value] = {}
    spread = state.shares
    if spread is not None:
        detail = {"counts": list(spread.counts), "words": count_words(spread)}
        values["water.good_ratio"] = value(spread.good, detail=detail)
        values["water.class12_ratio"] = value(spread.class12)
        values["water.inferior_ratio"] = value(spread.inferior)
        values["water.sections"] = value(spread.n, detail=detail)
        main = [{"item": each.item, "over": each.over, "of": each.of, "rate": f"{round_half_even(each.rate, 1)}"} for each in state.main]
        values["water.state"] = value(
            state.number,
            ("main.basin.order", "main.basin.rate", "main.basin.count") if main else (),
            detail={"state": state.state, "method": state.method, "main": main},
        )
    if state.method == AVERAGE and state.whole is not None:
        values["water.class"] = value(state.whole.klass, state.whole.rules, detail=_class_detail(state.whole, Means({}), edition))
    rivers, lakes = ([each.means for each in sections if each.kind == kind and each.means.values] for kind in (RIVER, LAKE))
    index = cwqi.city_index(rivers, lakes, edition)
    if index.total is not None:
        values["water.cwqi"] = value(index.total, detail={"missing": index.reason} if index.reason else {})
    yield from _figures(values, subject, period, edition, decimals_of, wanted)


def _some(names: Sequence[str], most: int = 6) -> str:
    shown = "、".join(names[:most])
    return f"{shown} 等 {len(names)} 个" if len(names) > most else shown


def _figures(
    values: Mapping[str, Value],
    subject: Subject,
    period: Period,
    edition: WaterEdition,
    decimals_of: Decimals,
    wanted: Iterable[str] | None,
) -> Iterator[Figure]:
    for word in INDICATORS if wanted is None else wanted:
        if word in values:
            yield make_figure(INDICATORS[word], values[word], subject, period, edition, decimals_of)


def make_figure(spec: Indicator, value: Value, subject: Subject, period: Period, edition: WaterEdition, decimals_of: Decimals) -> Figure:
    """The Figure of a value: printed, with its status, its documents and the unverified rules beneath."""
    doubt = list(unverified(edition, (*spec.rules, *value.rules, *value.verdict.rules)))
    documents = edition.documents
    display = value.display
    if display is None and value.exact is not None:
        printed = decimals_of(spec.decimals, period)
        display = round_half_even(value.exact, int(printed.value))
        doubt += [printed.id] * printed.unverified
        documents = tuple(dict.fromkeys((*documents, printed.document)))
    if period.kind in {"half", "range"}:
        doubt.append(f"yangban:completeness.{period.kind}")
    if value.exact is None:
        status, reason = INSUFFICIENT, value.verdict.reason or "没有可用的数据"
    else:
        status, reason = OK if value.verdict.enough else INSUFFICIENT, value.verdict.reason
    return Figure(
        indicator=spec.id,
        subject=subject.code,
        subject_name=subject.name,
        subject_level=subject.level,
        period=period.label,
        exact=value.exact,
        display=display,
        unit=spec.unit,
        edition=edition.id,
        documents=documents,
        scope=subject.scope,
        basis=subject.basis,
        network=subject.network,
        synthetic=subject.synthetic,
        status=status,
        reason=reason,
        unverified=tuple(dict.fromkeys(doubt)),
        n_valid=value.n_valid,
        n_expected=value.n_expected,
        inputs=subject.inputs,
        detail=value.detail,
    )
