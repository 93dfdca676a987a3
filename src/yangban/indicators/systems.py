"""An indicator system held against a place: the values of its indicators brought together, each one checked, and what follows. Pure.

Values come from Figures, from what departments reported, or from a file of given values. Where two of them compete for one indicator none
is taken until a person says which (``prefer``).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final

from yangban.base.errors import UsageError
from yangban.base.periods import Period, parse
from yangban.indicators.requirements import FAIL, NO_DATA, NOT_APPLICABLE, OUTCOMES, PASS, Aim, Check, Facts, Place, aim_of, check
from yangban.indicators.targets import Target
from yangban.indicators.values import COMPUTED, GIVEN, REPORTED, Value, compare_scopes, one_origin
from yangban.standards.systems import Given, Item, System

MET: Final = "met"
NOT_MET: Final = "not_met"
OPEN: Final = "open"
VERDICTS: Final[Mapping[str, str]] = {MET: "约束性指标全部达到", NOT_MET: "有指标未达到", OPEN: "不能下结论"}

ADJUST: Final = "adjust."
VETO: Final = "veto."
_FEATURE: Final = "reported.feature."
_CONDITION: Final = "reported.condition."
_PREFERENCES: Final = ("", COMPUTED, REPORTED)


@dataclass(frozen=True, kw_only=True)
class Gathered:
    """All that is known of a place for a system: facts by indicator, points added or taken off, events that may rule out a grade."""

    place: Place
    facts: Mapping[str, Facts]
    adjustments: Mapping[str, Value] = field(default_factory=dict)
    vetoes: Mapping[str, Value] = field(default_factory=dict)
    synthetic: bool = False


@dataclass(frozen=True)
class SystemCheck:
    """Every indicator of a system checked in one place, and the verdict with its reasons."""

    system: System
    place: Place
    checks: tuple[Check, ...]
    verdict: str
    reasons: tuple[str, ...]
    synthetic: bool

    @property
    def counts(self) -> dict[str, int]:
        """How many came out how."""
        return {outcome: sum(each.outcome == outcome for each in self.checks) for outcome in OUTCOMES}

    def to_dict(self) -> dict[str, Any]:
        """The check as JSON prints it."""
        return {
            "system": self.system.id,
            "subject": self.place.subject,
            "level": self.place.level,
            "period": self.place.period,
            "verdict": self.verdict,
            "reasons": list(self.reasons),
            "counts": self.counts,
            "synthetic": self.synthetic,
            "checks": [each.to_dict() for each in self.checks],
        }


def check_system(system: System, gathered: Gathered) -> SystemCheck:
    """Check every indicator.

    A system that names places when all is met (``combine = "all_met"``) is met when everything that binds is met; an indicator of which
    nobody knows whether it binds counts as binding. A table that is known in part only can be failed, never met.
    """
    place = gathered.place
    if place.level not in system.levels:
        raise UsageError(f"{system.id} 用于{'、'.join(system.levels)}，不用于 {place.level}")
    checks = tuple(check(item, gathered.facts.get(item.key, Facts()), place) for item in system.items)
    verdict, reasons = _verdict(system, checks)
    return SystemCheck(system, place, checks, verdict, reasons, gathered.synthetic)


def _verdict(system: System, checks: Sequence[Check]) -> tuple[str, tuple[str, ...]]:
    binding = [each for each in checks if each.binding != "reference" and each.outcome != NOT_APPLICABLE]
    failed = [each.item.name for each in binding if each.outcome == FAIL]
    if failed:
        return NOT_MET, (f"{len(failed)} 项未达到：{'、'.join(failed)}",)
    reasons = []
    lacking = [each.item.name for each in binding if each.outcome == NO_DATA]
    if lacking:
        reasons.append(f"{len(lacking)} 项无法判断：{'、'.join(lacking)}")
    if not system.complete:
        reasons.append("本体系的指标表不全，只能判断未达到，不能判断全部达到")
    if not any(each.outcome == PASS for each in binding):
        reasons.append("没有一项得到判断")
    return (OPEN, tuple(reasons)) if reasons else (MET, ())


# ------------------------------------------------------------------------------------------------------------ gathering


def reported_words(system: System, key: str) -> tuple[str, str]:
    """The two words under which a value of an indicator may be reported: one for this system alone, which goes first, and a common one.

    >>> from yangban.standards.systems import load_systems
    >>> reported_words(load_systems().system("assessment-2026"), "air")
    ('reported.assessment_2026.air', 'reported.air')
    """
    return f"reported.{system.id.replace('-', '_').replace('.', '_')}.{key}", f"reported.{key}"


def place_of(subject: str, level: str, period: str, reported: Iterable[Value]) -> Place:
    """A place with the features and conditions reported for it; the newest word not later than the period holds."""
    when = parse(period)
    features: dict[str, tuple[Period, bool]] = {}
    conditions: dict[str, tuple[Period, str]] = {}
    for each in reported:
        said = parse(each.period)
        if each.subject != subject or said.start > when.end:
            continue
        if each.key.startswith(_FEATURE) and each.word in {"yes", "no"}:
            _newer(features, each.key.removeprefix(_FEATURE), said, each.word == "yes")
        if each.key.startswith(_CONDITION) and each.word:
            _newer(conditions, each.key.removeprefix(_CONDITION), said, each.word)
    return Place(
        subject=subject,
        level=level,
        period=when.label,
        features={key: word for key, (_, word) in features.items()},
        conditions={key: word for key, (_, word) in conditions.items()},
    )


def _newer(held: dict[str, tuple[Period, Any]], key: str, said: Period, word: Any) -> None:
    if key not in held or said.start >= held[key][0].start:
        held[key] = (said, word)


def gather(
    system: System,
    place: Place,
    *,
    computed: Iterable[Value] = (),
    reported: Iterable[Value] = (),
    targets: Iterable[Target] = (),
    prefer: str = "",
) -> Gathered:
    """The facts of a place from computed and reported values and from targets.

    ``prefer`` (``computed`` or ``reported``) decides where an indicator has both; without it such an indicator has no value and says why.
    """
    if prefer not in _PREFERENCES:
        raise UsageError(f"expected prefer to be computed or reported, got {prefer!r}")
    own = [each for each in (*computed, *reported) if each.subject == place.subject]
    before = parse(place.period).year_before().label
    wanted = [each for each in targets if each.subject == place.subject and each.period.label == place.period]
    facts = {}
    for item in system.items:
        now, conflict = _choose(system, item, own, place.period, prefer)
        earlier, _ = _choose(system, item, own, before, now.origin if now else prefer)
        facts[item.key] = Facts(
            value=now,
            earlier=earlier,
            task=_named(system, f"{item.key}.task", own, place.period),
            aim=_aim(item, wanted),
            conflict=conflict,
        )
    return Gathered(
        place=place,
        facts=facts,
        adjustments=_all_named(system, ADJUST, [each.key for each in system.adjustments], own, place.period),
        vetoes=_all_named(system, VETO, [each.key for each in system.vetoes], own, place.period),
        synthetic=any(each.synthetic for each in own),
    )


def _choose(system: System, item: Item, values: Sequence[Value], period: str, prefer: str) -> tuple[Value | None, str]:
    """The value of an indicator in a period, or why none could be chosen."""
    reported = _named(system, item.key, values, period)
    figures = [each for each in values if item.figure and each.key == item.figure and each.period == period and each.origin == COMPUTED]
    # A Figure of another scope is kept where there is none of the right one, so that the check can say what is wrong with it.
    figures = [each for each in figures if compare_scopes(each.scope, item.scope).comparable] or figures
    found = [*figures, *([reported] if reported is not None else [])]
    if prefer and len({each.origin for each in found}) > 1:
        found = [each for each in found if each.origin == prefer]
    try:
        return one_origin(found), ""
    except UsageError as problem:
        return None, f"{problem}（--prefer computed 或 reported）"


def _named(system: System, key: str, values: Iterable[Value], period: str) -> Value | None:
    special, common = reported_words(system, key)
    held = {each.key: each for each in values if each.period == period and each.origin == REPORTED and each.key in {special, common}}
    return held.get(special, held.get(common))


def _all_named(system: System, prefix: str, keys: Iterable[str], values: Sequence[Value], period: str) -> dict[str, Value]:
    found = {key: _named(system, prefix + key, values, period) for key in keys}
    return {key: each for key, each in found.items() if each is not None}


def _aim(item: Item, targets: Sequence[Target]) -> Aim | None:
    """The target of an indicator: of the right words, direction and scope; of several the last, as a later file replaces an earlier."""
    fitting = [
        aim
        for each in targets
        if each.indicator in {item.figure, item.reported}
        and compare_scopes((aim := aim_of(each)).scope, item.scope).comparable
        and (item.better, each.direction) not in {("low", "at_least"), ("high", "at_most")}
    ]
    return fitting[-1] if fitting else None


def from_given(system: System, given: Given) -> Gathered:
    """The facts of a file of given values; raises :class:`~yangban.base.errors.UsageError` for a key that the system does not have."""
    if given.system != system.id:
        raise UsageError(f"{given.file} 的数值属于 {given.system}，不能用于 {system.id}")
    place = Place(
        subject=given.subject,
        level=given.level,
        period=parse(given.period).label,
        features=given.features,
        conditions=given.conditions,
    )
    facts: dict[str, Facts] = {}
    others: dict[str, dict[str, Value]] = {ADJUST: {}, VETO: {}}
    for row in given.values:
        key = row["key"]
        prefix = next((each for each in others if key.startswith(each)), None)
        if prefix is None:
            facts[key] = _facts_of(system.item(key), row, place, synthetic=given.synthetic)
            continue
        name = key.removeprefix(prefix)
        if name not in {each.key for each in (system.adjustments if prefix == ADJUST else system.vetoes)}:
            raise UsageError(f"{given.file}：{system.id} 没有 {key!r}")
        others[prefix][name] = _given_value(key, row, place, "value", unit=row.get("unit", "1"), synthetic=given.synthetic)
    return Gathered(place=place, facts=facts, adjustments=others[ADJUST], vetoes=others[VETO], synthetic=given.synthetic)


def _facts_of(item: Item, row: Mapping[str, Any], place: Place, *, synthetic: bool) -> Facts:
    unit = str(row.get("unit", item.unit))
    here = "value" in row or "answer" in row
    value = _given_value(item.key, row, place, "value", unit=unit, synthetic=synthetic) if here else None
    earlier = _given_value(item.key, row, place, "earlier", unit=unit, synthetic=synthetic) if "earlier" in row else None
    if earlier is not None:
        earlier = replace(earlier, period=parse(place.period).year_before().label)
    task = (
        _given_value(f"{item.key}.task", {**row, "answer": row["task"]}, place, "", unit="", synthetic=synthetic) if "task" in row else None
    )
    aim = None
    if "target" in row:
        number: Decimal = row["target"]
        aim = Aim(
            value=number,
            direction="at_most" if item.better == "low" else "at_least",
            unit=unit,
            decimals=max(0, -int(number.as_tuple().exponent)),
            scope=row["scope"],
            source=str(row["evidence"]),
        )
    return Facts(value=value, earlier=earlier, task=task, aim=aim, base=Fraction(row["base"]) if "base" in row else None)


def _given_value(key: str, row: Mapping[str, Any], place: Place, name: str, *, unit: str, synthetic: bool) -> Value:
    number = row.get(name)
    word = "" if number is not None or "answer" not in row else "yes" if row["answer"] else "no"
    return Value(
        key=key,
        subject=place.subject,
        period=place.period,
        exact=None if number is None else Fraction(number),
        display=number,
        unit=unit,
        origin=GIVEN,
        word=word,
        scope=row["scope"],
        evidence=str(row["evidence"]),
        department=str(row.get("department", "")),
        by=str(row.get("by", "")),
        synthetic=synthetic,
    )
