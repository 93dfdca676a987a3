"""Scores of an indicator system: points or a weighted mean, bonus and deduction, grade and veto, each explained; and refusals. Pure.

A score is refused when the system makes none, when a weight, a number of points, a way of scoring or a formula was not published and
nobody filled it in, and when the points do not come to the full points. It is *insufficient* when a value is missing: a missing value is
no zero. Ranking is refused where the system forbids it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final

from yangban.assess.ranking import competition_ranks
from yangban.base.errors import UsageError
from yangban.base.exact import plain, round_half_even
from yangban.indicators.progress import progress
from yangban.indicators.requirements import FAIL, NOT_APPLICABLE, PASS, Check, Facts, requirement_words
from yangban.indicators.systems import Gathered, check_system
from yangban.indicators.values import compare_scopes, shown
from yangban.standards.systems import Item, System, Weights

OK: Final = "ok"
INSUFFICIENT: Final = "insufficient"
REFUSED: Final = "refused"
STATUS_WORDS: Final = {OK: "有效", INSUFFICIENT: "数据不足", REFUSED: "拒绝计分"}
_SHOWN: Final = 2
_HUNDRED: Final = 100


@dataclass(frozen=True)
class ItemScore:
    """One indicator's part of a score: its points out of ``full`` (for a weighted mean: out of 100, with its weight), and how they came.

    ``earned`` is ``None`` when it has none; ``counts`` is false for an indicator that does not apply and is left out.
    """

    item: Item
    value: str
    requirement: str
    full: Fraction
    earned: Fraction | None
    weight: Fraction | None
    rule: str
    counts: bool
    notes: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """The part as JSON prints it."""
        return {
            "key": self.item.key,
            "name": self.item.name,
            "dimension": self.item.dimension,
            "value": self.value,
            "requirement": self.requirement,
            "full": plain(self.full),
            "earned": None if self.earned is None else plain(self.earned),
            "weight": None if self.weight is None else plain(self.weight),
            "rule": self.rule,
            "counts": self.counts,
            "notes": list(self.notes),
        }


@dataclass(frozen=True)
class AdjustmentScore:
    """Points added or taken off: as reported, and as they count after the limit."""

    key: str
    name: str
    sign: str
    reported: Fraction | None
    counted: Fraction
    note: str

    def to_dict(self) -> dict[str, Any]:
        """The adjustment as JSON prints it."""
        return {
            "key": self.key,
            "name": self.name,
            "sign": self.sign,
            "reported": None if self.reported is None else plain(self.reported),
            "counted": plain(self.counted),
            "note": self.note,
        }


@dataclass(frozen=True, kw_only=True)
class Score:
    """A score with everything that made it, or the reasons why there is none.

    ``example`` is true when it rests on made-up weights. ``grade`` is the grade after vetoes, ``grade_before`` the one of the points alone;
    ``provisional`` when nobody said whether an event of the veto happened.
    """

    system: str
    set: str
    subject: str
    period: str
    status: str
    total: Fraction | None
    full: Fraction | None
    grade: str
    grade_before: str
    provisional: bool
    items: tuple[ItemScore, ...]
    adjustments: tuple[AdjustmentScore, ...]
    reasons: tuple[str, ...]
    notes: tuple[str, ...]
    example: bool
    synthetic: bool

    @property
    def display(self) -> Decimal | None:
        """The total to two decimals, half to even."""
        return None if self.total is None else round_half_even(self.total, _SHOWN)

    def to_dict(self) -> dict[str, Any]:
        """The score as JSON prints it."""
        return {
            "system": self.system,
            "set": self.set,
            "subject": self.subject,
            "period": self.period,
            "status": self.status,
            "total": None if self.total is None else plain(self.total),
            "display": None if self.display is None else f"{self.display:f}",
            "full": None if self.full is None else plain(self.full),
            "grade": self.grade,
            "grade_before": self.grade_before,
            "provisional": self.provisional,
            "example": self.example,
            "synthetic": self.synthetic,
            "reasons": list(self.reasons),
            "notes": list(self.notes),
            "items": [each.to_dict() for each in self.items],
            "adjustments": [each.to_dict() for each in self.adjustments],
        }


def score(system: System, gathered: Gathered, *, weights: Weights | None = None) -> Score:
    """Score a place under a system, its empty slots filled by a set where one is given."""
    filled = system if weights is None else system.filled(weights)
    notes = _notes(filled, weights)
    reasons = refusals(filled)
    checks = check_system(filled, gathered).checks

    def made(status: str, told: Sequence[str], **more: Any) -> Score:
        base: dict[str, Any] = {
            "total": None, "full": None, "grade": "", "grade_before": "", "provisional": False, "items": (), "adjustments": (),
        }  # fmt: skip
        return Score(
            system=system.id,
            set="" if weights is None else weights.id,
            subject=gathered.place.subject,
            period=gathered.place.period,
            status=status,
            reasons=tuple(told),
            notes=notes,
            example=weights is not None and weights.example,
            synthetic=gathered.synthetic,
            **{**base, **more},
        )

    if reasons:
        return made(REFUSED, reasons)
    items = tuple(
        _item_score(filled, each.item, gathered.facts.get(each.item.key, Facts()), each)
        for each in checks
        if gathered.place.level in each.item.levels
    )
    adjustments = tuple(_adjustments(filled, gathered))
    lacking = [f"{each.item.name}：{'；'.join(each.notes) or '没有数值'}" for each in items if each.counts and each.earned is None]
    unlimited = [f"{each.name}有填报而上限未知，不能计入" for each in adjustments if each.note == _NO_LIMIT]
    if lacking or unlimited or not any(each.counts for each in items):
        return made(INSUFFICIENT, [*lacking, *unlimited] or ["没有一项适用"], items=items, adjustments=adjustments)
    counted = [each for each in items if each.counts]
    if filled.combine == "points":
        total = sum((each.earned or Fraction(0) for each in counted), Fraction(0))
        full = Fraction(filled.full_points) if filled.full_points is not None else sum((each.full for each in counted), Fraction(0))
    else:
        weight = sum((each.weight or Fraction(0) for each in counted), Fraction(0))
        total = sum(((each.earned or Fraction(0)) * (each.weight or Fraction(0)) for each in counted), Fraction(0)) / weight
        full = Fraction(_HUNDRED)
    total += sum(((1 if each.sign == "+" else -1) * each.counted for each in adjustments), Fraction(0))
    before, after, provisional, told = _grade(filled, total, gathered)
    return made(
        OK, told, total=total, full=full, grade=after, grade_before=before, provisional=provisional, items=items, adjustments=adjustments
    )


def refusals(system: System) -> list[str]:
    """Why a system gives no score whatever the values: what it forbids, and which of its slots are empty."""
    if system.combine == "none":
        return ["本体系不计总分，只逐项判断"]
    if system.combine == "all_met":
        return ["本体系按指标是否全部达到命名，不计总分"]
    if system.combine == "unknown":
        return ["总分的算法未查到"]
    points = system.combine == "points"
    slot = "points" if points else "weight"
    reasons = []
    for name, word in ((slot, "分值" if points else "权重"), ("scoring", "计分方法")):
        empty = [item.name for item in system.items if getattr(item, name) in {None, ""}]
        if empty:
            shown_names = "、".join(empty[:3]) + (f" 等 {len(empty)} 项" if len(empty) > len(empty[:3]) else "")
            reasons.append(f"{word}未知：{shown_names}；请从正式文本填入权重集后用 --set")
    if reasons:
        return reasons
    given = sum((Fraction(getattr(item, slot)) for item in system.items), Fraction(0))
    if points and system.complete and system.full_points is not None and given != Fraction(system.full_points):
        return [f"各项分值合计 {plain(given)}，应为 {system.full_points:f}"]
    if given <= 0:
        return ["权重合计为 0"]
    return []


def rank_scores(system: System, scores: Sequence[Score]) -> list[tuple[int, Score]]:
    """Scores in order, best first, ties joint and the next rank skipped.

    Raises :class:`~yangban.base.errors.UsageError` where the system forbids ranking, where scores are missing, or where they come of
    different sets of weights.
    """
    if system.ranking == "forbidden":
        raise UsageError(f"{system.title}规定不对地区排名，结果不能排名 {system.id} forbids ranking")
    without = [each.subject for each in scores if each.display is None]
    if without:
        raise UsageError(f"没有得分的不能排名：{'、'.join(without)}")
    if len({(each.system, each.set, each.period) for each in scores}) > 1:
        raise UsageError("体系、权重集或时段不同的得分不能一起排名")
    places = competition_ranks([each.display for each in scores if each.display is not None], descending=True)
    return sorted(zip(places, scores, strict=True), key=lambda pair: (pair[0], pair[1].subject))


# -------------------------------------------------------------------------------------------------------------- leaves

_NO_LIMIT: Final = "上限未知"


def _notes(system: System, weights: Weights | None) -> tuple[str, ...]:
    notes = []
    if weights is not None and weights.example:
        notes.append(f"按示例权重“{weights.title}”计算，不是官方结果")
    elif weights is not None:
        notes.append(f"权重集：{weights.title}（来源 {'；'.join(weights.source)}）")
    if system.appraisal == "forbidden":
        notes.append("本体系规定结果不用于干部考核")
    if not system.complete and system.combine in {"points", "weighted"}:
        notes.append("指标表不全，得分只是已知部分的得分")
    if any(each.unverified for each in system.items):
        notes.append("有未核实的指标，请对照正式文本")
    return tuple(notes)


def _item_score(system: System, item: Item, facts: Facts, made: Check) -> ItemScore:
    weight = None if system.combine == "points" or item.weight is None else Fraction(item.weight)
    full = Fraction(item.points) if system.combine == "points" and item.points is not None else Fraction(_HUNDRED)
    value = "—" if facts.value is None else shown(facts.value)
    requirement = "；".join(requirement_words(part.requirement, item) for part in made.parts)
    if facts.aim is not None and not requirement:
        requirement = f"目标 {facts.aim.value:f}"
    if made.outcome == NOT_APPLICABLE:
        # How points of an indicator that does not apply are shared out is not published; in a weighted mean it is simply left out.
        notes = (*made.reasons, "不适用的项目在百分制中如何折算未写明")
        if system.combine == "points":
            return ItemScore(item, value, requirement, full, None, weight, "不适用", True, notes)
        return ItemScore(item, value, requirement, full, None, weight, "不适用，不计入", False, made.reasons)
    earned, rule, problem = _earn(item, facts, made, full)
    notes = (*((problem,) if problem else ()), *((item.note,) if item.note and earned is not None else ()))
    return ItemScore(item, value, requirement, full, earned, weight, rule, True, notes)


def _earn(item: Item, facts: Facts, made: Check, full: Fraction) -> tuple[Fraction | None, str, str]:
    """Points, the rule in words, and why there are none."""
    if item.scoring == "requirement":
        if made.outcome in {PASS, FAIL}:
            passed = made.outcome == PASS
            return (full if passed else Fraction(0)), f"达到得满分 {plain(full)}，未达到得 0", ""
        return None, "达到得满分", "；".join(made.reasons)
    value = facts.value
    if facts.conflict:
        return None, item.scoring, facts.conflict
    if value is None or not value.usable or value.judged is None:
        return None, item.scoring, "没有数值" if value is None else value.reason or "没有可用的数值"
    if value.unit != item.unit:
        return None, item.scoring, f"单位不符：值为 {value.unit}，体系要求 {item.unit}"
    scope = compare_scopes(value.scope, item.scope)
    if not scope.comparable:
        return None, item.scoring, "；".join(scope.reasons)
    number = value.judged
    if item.scoring == "share":
        if not 0 <= number <= _HUNDRED:
            return None, "得分率", f"得分率 {shown(value)} 不在 0–100 之间"
        return full * number / _HUNDRED, f"{plain(full)} × {plain(number)} %", ""
    aim = facts.aim
    if aim is None:
        return None, item.scoring, "没有目标值"
    if aim.unit != value.unit or not compare_scopes(value.scope, aim.scope).comparable:
        return None, item.scoring, "目标与数值的单位或范围不同"
    target = Fraction(aim.value)
    if item.scoring == "progress":
        if facts.base is None:
            return None, "进度", "没有基值"
        way = progress(base=facts.base, target=target, now=number, direction=aim.direction)
        share = min(max(way.share, Fraction(0)), Fraction(1))
        return full * share, f"{plain(full)} × 进度 {plain(way.share * _HUNDRED, _SHOWN)} %（计 0–100 %）", ""
    over = max(number - target if aim.direction == "at_most" else target - number, Fraction(0))
    if item.loss is None or item.per is None:
        return None, item.scoring, "没有扣分标准（loss 和 per）"
    lost = over / Fraction(item.per) * Fraction(item.loss)
    rule = f"{plain(full)} − {plain(over)}/{item.per:f} × {item.loss:f}，不低于 0"
    return max(full - lost, Fraction(0)), rule, ""


def _adjustments(system: System, gathered: Gathered) -> list[AdjustmentScore]:
    found = []
    for each in system.adjustments:
        value = gathered.adjustments.get(each.key)
        if value is None or value.judged is None:
            found.append(AdjustmentScore(each.key, each.name, each.sign, None, Fraction(0), "未填报，按 0 计"))
            continue
        if value.judged < 0:
            raise UsageError(f"{each.name} 填为 {shown(value)}；加减分一律填正数")
        if each.most is None:
            found.append(AdjustmentScore(each.key, each.name, each.sign, value.judged, Fraction(0), _NO_LIMIT))
            continue
        counted = min(value.judged, Fraction(each.most))
        note = f"上限 {each.most:f}，超出部分不计" if counted < value.judged else ""
        found.append(AdjustmentScore(each.key, each.name, each.sign, value.judged, counted, note))
    return found


def _grade(system: System, total: Fraction, gathered: Gathered) -> tuple[str, str, bool, list[str]]:
    """The grade of the points, the grade after vetoes, whether it is provisional, and the reasons."""
    if not system.grades:
        return "", "", False, []
    if any(each.at_least is None for each in system.grades):
        return "", "", False, ["等级分数线未知，不能定等级"]
    places = [n for n, each in enumerate(system.grades) if each.at_least is not None and total >= Fraction(each.at_least)]
    if not places:
        return "", "", False, [f"得分 {plain(total)} 低于最低一级的分数线"]
    place = places[0]
    before = system.grades[place].name
    reasons = []
    provisional = False
    barred: set[str] = set()
    for veto in system.vetoes:
        said = gathered.vetoes.get(veto.key)
        if said is None or not said.word:
            if before in veto.bars:
                provisional = True
                reasons.append(f"未填报是否“{veto.name}”，等级为暂定")
        elif said.word == "yes":
            barred |= set(veto.bars)
            reasons.append(f"{veto.name}，不得评为{'、'.join(veto.bars)}（依据：{said.evidence or '未写明'}）")
    while place < len(system.grades) and system.grades[place].name in barred:
        place += 1
    after = system.grades[place].name if place < len(system.grades) else ""
    return before, after, provisional, reasons
