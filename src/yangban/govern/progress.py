"""The progress of a task that was split, from that of its parts: by a stated rule, and with how much of it was reported. Exact."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final

from yangban.base.errors import UsageError
from yangban.base.exact import plain
from yangban.govern.model import Task

BY_AMOUNT: Final = "by_amount"
"""Each part counts by its share of the amount: 163 projects, hectares, yuan."""
EQUAL: Final = "equal"
"""Each part counts once."""
RULES: Final[Mapping[str, str]] = {BY_AMOUNT: "按数量加权", EQUAL: "各部分等权"}


@dataclass(frozen=True)
class Rolled:
    """``value`` over the parts that reported, ``floor`` when the others count as nothing done, ``coverage`` the share that reported.

    ``value`` is ``None`` when nobody reported. ``usable`` only when all did: a mean over those who report is no progress of the whole.
    """

    rule: str
    value: Fraction | None
    floor: Fraction
    coverage: Fraction
    missing: tuple[str, ...]

    @property
    def usable(self) -> bool:
        """Whether every part has reported."""
        return self.coverage == 1

    def to_dict(self) -> dict[str, Any]:
        """The answer as JSON prints it."""
        return {
            "rule": self.rule,
            "value": None if self.value is None else plain(self.value),
            "floor": plain(self.floor),
            "coverage": plain(self.coverage),
            "missing": list(self.missing),
        }


def roll_up(parts: Mapping[str, Fraction | None], *, rule: str = EQUAL, amounts: Mapping[str, Fraction] | None = None) -> Rolled:
    """Progress of the whole from that of its parts by name, ``None`` for one that did not report.

    >>> roll_up({"a": Fraction(1), "b": None}, rule="by_amount", amounts={"a": Fraction(1), "b": Fraction(3)}).to_dict()
    {'rule': 'by_amount', 'value': '1', 'floor': '0.25', 'coverage': '0.25', 'missing': ['b']}
    """
    if rule not in RULES:
        raise UsageError(f"汇总规则 {rule!r} 不认识；可用 {'、'.join(RULES)}")
    if not parts:
        raise UsageError("没有分解的任务，不能汇总")
    weights = dict.fromkeys(parts, Fraction(1)) if rule == EQUAL else {name: (amounts or {}).get(name, Fraction(0)) for name in parts}
    if min(weights.values()) < 0 or not sum(weights.values()):
        raise UsageError(f"按数量汇总要有不为负、合计大于 0 的数量；得到 {', '.join(map(plain, weights.values()))}")
    whole = sum(weights.values(), Fraction(0))
    told = {name: share for name, share in parts.items() if share is not None}
    known = sum((weights[name] for name in told), Fraction(0))
    done = sum((weights[name] * share for name, share in told.items()), Fraction(0))
    missing = tuple(name for name in parts if name not in told)
    # A part without amount weighs nothing but is missed all the same.
    coverage = known / whole if not missing or known < whole else Fraction(len(told), len(parts))
    return Rolled(rule, done / known if known else None, done / whole, coverage, missing)


def tree_progress(task: Task, parts: Mapping[str, Sequence[Task]], progress: Mapping[str, Fraction], *, rule: str = "") -> Rolled:
    """Progress of a task from the accepted progress of the tasks at the ends of its tree.

    ``parts`` gives the parts of each task by its id, ``progress`` the accepted progress by id. Without ``rule`` parts count by amount where
    the task has one, else equally. What the lead has kept counts with the lead's own progress.
    """
    below = parts.get(task.id, ())
    if not below:
        own = progress.get(task.id)
        return Rolled(rule or EQUAL, own, own or Fraction(0), Fraction(own is not None), () if own is not None else (task.number,))
    chosen = rule or (BY_AMOUNT if task.terms.amount else EQUAL)
    rolled = {each.number: tree_progress(each, parts, progress, rule=rule) for each in below}
    amounts = {each.number: Fraction(each.terms.amount or 0) for each in below}
    shares = {name: each.value if each.coverage == 1 else None for name, each in rolled.items()}
    if task.kept:
        shares[task.number], amounts[task.number] = progress.get(task.id), Fraction(task.kept)
    made = roll_up(shares, rule=chosen, amounts=amounts)
    weights = amounts if chosen == BY_AMOUNT else dict.fromkeys(shares, Fraction(1))
    whole = sum(weights.values(), Fraction(0))
    inner = {name: (rolled[name].coverage, rolled[name].floor) for name in rolled}
    if task.kept:
        own = progress.get(task.id)
        inner[task.number] = (Fraction(own is not None), own or Fraction(0))
    coverage = sum((weights[name] * inner[name][0] for name in inner), Fraction(0)) / whole
    floor = sum((weights[name] * inner[name][1] for name in inner), Fraction(0)) / whole
    ends = tuple(end for each in rolled.values() for end in each.missing)
    missing = (*ends, *((task.number,) if task.kept and progress.get(task.id) is None else ()))
    return Rolled(chosen, made.value, floor, coverage, missing)
