"""Whether a value meets what a system requires: pass, fail, not applicable, or cannot be said, each with its reasons. Pure.

What is not known is never a failure and never a pass: a missing value, an earlier year that is needed, a condition of the place that nobody
stated, a requirement that nobody published, all give ``no_data``, and the reason says what to bring.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final

from yangban.base.exact import plain
from yangban.indicators.targets import ROUNDED, UNROUNDED, Target, bound
from yangban.indicators.values import Value, compare_scopes, shown
from yangban.standards.systems import Item, Requirement

PASS: Final = "pass"
FAIL: Final = "fail"
NOT_APPLICABLE: Final = "not_applicable"
NO_DATA: Final = "no_data"
OUTCOMES: Final[Mapping[str, str]] = {PASS: "达到", FAIL: "未达到", NOT_APPLICABLE: "不适用", NO_DATA: "无法判断"}
SYMBOLS: Final[Mapping[str, str]] = {PASS: "✓", FAIL: "✗", NOT_APPLICABLE: "—", NO_DATA: "?"}

LEVEL_NAMES: Final[Mapping[str, str]] = {"province": "省级", "city": "市级", "county": "县级"}
_SIGNS: Final[Mapping[str, str]] = {"at_most": "≤", "at_least": "≥", "below": "<", "above": ">"}


@dataclass(frozen=True, kw_only=True)
class Place:
    """Whose values they are: the subject, its level, the period, and what is known of it.

    ``features`` says of a feature whether the place has it (``sea = False``), ``conditions`` what kind it is of (``terrain = "hill"``).
    """

    subject: str
    level: str
    period: str
    features: Mapping[str, bool] = field(default_factory=dict)
    conditions: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Aim:
    """What a value is to reach. ``met_by`` says whether the rounded or the exact value is held against it, or ``unknown``."""

    value: Decimal
    direction: str
    unit: str
    met_by: str = "unknown"
    decimals: int = 0
    scope: Mapping[str, str] = field(default_factory=dict)
    source: str = ""
    confidence: str = "one-source"


def aim_of(target: Target) -> Aim:
    """The aim that a target sets; whose values stand under it is its scope. ``own`` says nothing of other places."""
    scope = {} if target.places == "own" else {"places": target.places}
    return Aim(
        value=target.value,
        direction=target.direction,
        unit=target.unit,
        met_by=target.met_by,
        decimals=target.decimals,
        scope=scope,
        source=target.source,
        confidence=target.confidence,
    )


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What is known of one indicator in one place and period.

    ``earlier`` is the value of a year before, ``task`` the answer whether the task set from above is done, ``base`` the value from which
    progress is counted, ``conflict`` why no value could be chosen.
    """

    value: Value | None = None
    earlier: Value | None = None
    task: Value | None = None
    aim: Aim | None = None
    base: Fraction | None = None
    conflict: str = ""


@dataclass(frozen=True)
class Part:
    """One requirement and how it came out."""

    requirement: Requirement
    outcome: str
    reason: str


@dataclass(frozen=True)
class Check:
    """One indicator and how it came out.

    ``binding`` is ``binding``, ``reference`` or ``unknown``; ``evidence`` what the value and the answers rest on; ``notes`` what must be
    said beside the outcome.
    """

    item: Item
    outcome: str
    parts: tuple[Part, ...]
    reasons: tuple[str, ...]
    value: Value | None
    binding: str
    evidence: tuple[str, ...]
    notes: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """The check as JSON prints it."""
        return {
            "key": self.item.key,
            "no": self.item.no,
            "name": self.item.name,
            "outcome": self.outcome,
            "binding": self.binding,
            "value": None if self.value is None else self.value.to_dict(),
            "requirements": [requirement_words(part.requirement, self.item) for part in self.parts],
            "parts": [{"type": part.requirement.type, "outcome": part.outcome, "reason": part.reason} for part in self.parts],
            "reasons": list(self.reasons),
            "evidence": list(self.evidence),
            "notes": list(self.notes),
            "clause": self.item.clause,
            "confidence": self.item.confidence,
        }


def holds(number: Fraction, direction: str, limit: Fraction) -> bool:
    """Whether a number is on the right side of a limit: ``at_most``, ``at_least``, ``below``, ``above``."""
    if direction == "at_most":
        return number <= limit
    if direction == "at_least":
        return number >= limit
    return number < limit if direction == "below" else number > limit


def check(item: Item, facts: Facts, place: Place) -> Check:
    """Hold one indicator against its requirements."""
    binding = item.binding.get(place.level, "unknown")
    value = facts.value
    evidence = tuple(
        dict.fromkeys(f"{each.key}：{each.evidence}" for each in (value, facts.task, facts.earlier) if each is not None and each.evidence)
    )
    notes = _notes(item, facts)

    def answer(outcome: str, *reasons: str, parts: Sequence[Part] = ()) -> Check:
        return Check(item, outcome, tuple(parts), reasons, value, binding, evidence, notes)

    if place.level not in item.levels:
        return answer(NOT_APPLICABLE, f"本项只用于{'、'.join(LEVEL_NAMES[each] for each in item.levels)}")
    if item.only_where:
        has = place.features.get(item.only_where)
        if has is None:
            return answer(NO_DATA, f"未说明本地有无 {item.only_where}；请填 reported.feature.{item.only_where}（是/否）")
        if not has:
            return answer(NOT_APPLICABLE, f"本地没有 {item.only_where}")
    if facts.conflict:
        return answer(NO_DATA, facts.conflict)
    if value is not None:
        if value.exact is not None and item.unit not in {"—", value.unit}:
            return answer(NO_DATA, f"单位不符：值为 {value.unit}，体系要求 {item.unit}；请按要求的单位填报")
        scope = compare_scopes(value.scope, item.scope)
        if not scope.comparable:
            return answer(NO_DATA, *scope.reasons)
    chosen, why = _in_force(item, place)
    if not chosen:
        return answer(NO_DATA, why)
    parts = [Part(each, *_judge(each, item, facts)) for each in chosen]
    outcomes = {part.outcome for part in parts}
    outcome = FAIL if FAIL in outcomes else NO_DATA if NO_DATA in outcomes else PASS
    return answer(outcome, *(part.reason for part in parts if part.outcome == outcome), parts=parts)


def requirement_words(requirement: Requirement, item: Item) -> str:
    """A requirement in words.

    >>> from yangban.standards.systems import load_systems
    >>> item = load_systems().system("demonstration-2024").item("pm25")
    >>> [requirement_words(each, item) for each in item.requirements]
    ['完成上级下达的任务', '≤25 µg/m³ 或持续改善']
    """
    unit = "" if item.unit in {"1", "—"} else f" {item.unit}"
    limit = "" if requirement.value is None else f"{_SIGNS[requirement.direction]}{requirement.value:f}{unit}"
    words = {
        "threshold": limit,
        "range": f"{requirement.low}–{requirement.high}{unit}",
        "upper_task": "完成上级下达的任务",
        "threshold_or_improving": f"{limit} 或持续改善",
        "not_worse": "保持稳定或改善",
        "improving": "持续改善",
        "qualitative": requirement.expected,
        "target": "达到本地区本年目标",
        "unknown": "要求未查到",
    }[requirement.type]
    where = "、".join([LEVEL_NAMES[each] for each in requirement.levels] + list(requirement.periods))
    text = requirement.text if requirement.when or not requirement.levels else ""
    told = "；".join(each for each in (where, text) if each)
    return f"{words}（{told}）" if told else words


# ------------------------------------------------------------------------------------------------------------- leaves


def _in_force(item: Item, place: Place) -> tuple[list[Requirement], str]:
    """The requirements that hold for this place and period, or why there is none."""
    if not item.requirements:
        return [], "体系没有对本项提出要求"
    here = [each for each in item.requirements if not each.levels or place.level in each.levels]
    now = [each for each in here if not each.periods or place.period in each.periods]
    if not now:
        periods = "、".join(dict.fromkeys(p for each in here for p in each.periods))
        return [], f"没有 {place.period} 的要求" + (f"；只有 {periods} 的" if periods else "")
    missing = sorted({key for each in now for key in each.when if key not in place.conditions})
    if missing:
        choices = "；".join(f"{key}：{'、'.join(dict.fromkeys(e.when[key] for e in now if key in e.when))}" for key in missing)
        return [], f"要求因地而异，未说明本地属于哪一类（{choices}）；请填 reported.condition.{missing[0]}"
    fitting = [each for each in now if all(place.conditions[key] == word for key, word in each.when.items())]
    if not fitting:
        here_is = "、".join(f"{key}={place.conditions[key]}" for key in sorted({k for e in now for k in e.when}))
        return [], f"没有适用于 {here_is} 的要求"
    return fitting, ""


def _notes(item: Item, facts: Facts) -> tuple[str, ...]:
    notes = []
    if item.unverified:
        notes.append("本项的名称或数值未核实，请对照正式文本")
    value = facts.value
    if value is not None:
        notes += compare_scopes(value.scope, item.scope).reasons
        if value.unverified:
            notes.append(f"计算依据中有未核实的规则：{'、'.join(value.unverified)}")
        earlier = facts.earlier
        if earlier is not None and value.edition != earlier.edition and value.edition and earlier.edition:
            notes.append(f"两年按不同标准计算：{earlier.edition} 与 {value.edition}")
    return tuple(notes)


def _judge(requirement: Requirement, item: Item, facts: Facts) -> tuple[str, str]:
    kind = requirement.type
    if kind == "unknown":
        return NO_DATA, requirement.text or "要求未查到；请从正式文本补上"
    if kind == "upper_task":
        return _upper_task(facts)
    if kind == "qualitative":
        return _answered(facts.value, requirement.expected)
    if facts.value is None:
        return NO_DATA, f"没有数值：{_wanted(item)}"
    if not facts.value.usable:
        return NO_DATA, facts.value.reason or "数据不足，不能用于考核"
    number = facts.value.judged
    if number is None:
        return NO_DATA, f"{item.name} 填的是“{shown(facts.value)}”，这里需要数值"
    if kind == "target":
        return (NO_DATA, "没有本地区本时段的目标") if facts.aim is None else meets(facts.aim, facts.value)
    return _numeric(requirement, item, facts, facts.value, number)


def _numeric(requirement: Requirement, item: Item, facts: Facts, value: Value, number: Fraction) -> tuple[str, str]:
    kind = requirement.type
    told = shown(value)
    words = requirement_words(requirement, item)
    if kind == "range" and requirement.low is not None and requirement.high is not None:
        inside = Fraction(requirement.low) <= number <= Fraction(requirement.high)
        return (PASS, f"{told}，在 {words} 之内") if inside else (FAIL, f"{told}，不在 {words} 之内")
    if requirement.value is not None:
        limit = Fraction(requirement.value)
        met = holds(number, requirement.direction, limit)
        odd = ""
        if value.exact is not None and holds(value.exact, requirement.direction, limit) != met:
            odd = f"；按公布值判断，未修约值 {plain(value.exact)} 的结论相反"
        if met:
            return PASS, f"{told}，满足 {_SIGNS[requirement.direction]}{requirement.value:f}{odd}"
        if kind == "threshold":
            return FAIL, f"{told}，不满足 {words}{odd}"
    outcome, reason = _against_earlier(item, facts, value, number, strictly=kind != "not_worse")
    if kind == "threshold_or_improving":
        reason = f"未到 {_SIGNS[requirement.direction]}{requirement.value}；{reason}"
    return outcome, reason


def _against_earlier(item: Item, facts: Facts, value: Value, number: Fraction, *, strictly: bool) -> tuple[str, str]:
    earlier = facts.earlier
    if earlier is None or not earlier.usable or earlier.judged is None:
        return NO_DATA, "要与上年相比，没有上年的值"
    scope = compare_scopes(value.scope, earlier.scope)
    if not scope.comparable or value.unit != earlier.unit:
        return NO_DATA, "；".join(scope.reasons) or f"与上年单位不同：{value.unit} 与 {earlier.unit}"
    if value.origin != earlier.origin:
        return NO_DATA, "本年值与上年值一个由计算、一个由填报得来，不能混用"
    before = earlier.judged
    better = number < before if item.better == "low" else number > before
    told = f"上年 {shown(earlier)}，本年 {shown(value)}"
    if better or (number == before and not strictly):
        return PASS, f"{told}，{'改善' if better else '持平'}"
    return FAIL, f"{told}，{'持平，没有改善' if number == before else '变差'}"


def _upper_task(facts: Facts) -> tuple[str, str]:
    if facts.task is not None:
        return _answered(facts.task, "完成上级下达的任务")
    if facts.aim is not None and facts.value is not None and facts.value.usable:
        return meets(facts.aim, facts.value)
    return NO_DATA, "上级任务是否完成不明：没有任务答复，也没有下达的目标值"


def _answered(value: Value | None, expected: str) -> tuple[str, str]:
    if value is None or not value.word:
        return NO_DATA, f"没有答复：是否{expected}"
    if not value.evidence.strip():
        return NO_DATA, f"答复没有佐证：{expected}"
    return (PASS, f"{expected}：是") if value.word == "yes" else (FAIL, f"{expected}：否")


def meets(aim: Aim, value: Value) -> tuple[str, str]:
    """Whether a value meets an aim, with the reason.

    Where the text of the target does not say whether the rounded or the exact result counts, both are tried; if they disagree it cannot be
    said.
    """
    told = f"{shown(value)}，目标 {_SIGNS[aim.direction]}{aim.value:f}"
    if value.exact is None:
        return NO_DATA, "没有数值"
    if aim.unit != value.unit:
        return NO_DATA, f"单位不符：值为 {value.unit}，目标为 {aim.unit}"
    scope = compare_scopes(value.scope, aim.scope)
    if not scope.comparable:
        return NO_DATA, "；".join(scope.reasons)
    ways = (ROUNDED, UNROUNDED) if aim.met_by == "unknown" else (aim.met_by,)
    found = {way: bound(aim.value, aim.direction, met_by=way, decimals=aim.decimals).holds(value.exact) for way in ways}
    if len(set(found.values())) > 1:
        return NO_DATA, f"{told}；按修约值与按未修约值的结论不同，目标文本没有写明用哪个"
    return (PASS, f"{told}，达到") if all(found.values()) else (FAIL, f"{told}，未达到")


def _wanted(item: Item) -> str:
    by_program = f"可由监测数据计算（{item.figure}）；" if item.figure else ""
    return f"{by_program}可填报 {item.reported}，单位 {item.unit}"
