"""Whether a task may be closed: the criteria that must be ticked, the indicators that must have recovered, files seen before."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from yangban.assess.figure import Figure
from yangban.base.exact import plain
from yangban.base.periods import parse
from yangban.govern.model import Task
from yangban.govern.names import indicator_name
from yangban.govern.records import Evidence
from yangban.indicators.targets import ROUNDED, UNROUNDED, Target, bound
from yangban.standards.governance import Acceptance

_DIRECTION = {"at_most": "≤", "at_least": "≥"}


@dataclass(frozen=True)
class Recovery:
    """Whether the Figure of a target shows that it is met; ``reason`` says why not, in words."""

    target: Target
    figure: Figure | None
    shown: bool
    reason: str

    def __str__(self) -> str:
        goal = f"{_DIRECTION[self.target.direction]} {self.target.value:f} {self.target.unit}"
        wanted = f"{indicator_name(self.target.indicator)}（{self.target.subject}）{goal}"
        if self.figure is None or self.figure.display is None:
            return f"{wanted}：{self.reason}"
        return f"{wanted}：{self.figure.period} 为 {self.figure.display:f} {self.figure.unit}，{self.reason}"


def unticked(ticked: Sequence[str], acceptance: Acceptance) -> tuple[list[str], list[str]]:
    """The names of criteria that are not ticked, and ticks that are no criterion."""
    known = {each.key: each.name for each in acceptance.criteria}
    return [name for key, name in known.items() if key not in ticked], [key for key in ticked if key not in known]


def recovery(target: Target, figures: Iterable[Figure], *, since: str = "", demo: bool = False) -> Recovery:
    """Whether the newest Figure of the target's indicator and subject meets it.

    Only a usable Figure in the target's unit counts, one of a period that ends on or after the day ``since`` (the issue of the task), and
    a synthetic one only for a ``demo`` task. Where the target does not say whether the printed or the exact result is held against it,
    both must agree.
    """
    own = [each for each in figures if (each.indicator, each.subject) == (target.indicator, target.subject)]
    if not own:
        return Recovery(target, None, False, "没有这一指标的结果")
    figure = max(own, key=lambda each: parse(each.period).end)
    end = parse(figure.period).end.isoformat()
    if since and end < since:
        return Recovery(target, figure, False, f"结果的时段在任务下达（{since}）之前")
    if figure.synthetic and not demo:
        return Recovery(target, figure, False, "结果出自合成数据，不能作证")
    if not figure.usable or figure.exact is None or figure.display is None:
        return Recovery(target, figure, False, f"不能评价：{figure.reason or figure.status}")
    if figure.unit != target.unit:
        return Recovery(target, figure, False, f"单位 {figure.unit} 与目标的 {target.unit} 不同")
    sides = {
        each: _meets(target, figure.exact, each) for each in ((ROUNDED, UNROUNDED) if target.met_by == "unknown" else (target.met_by,))
    }
    if len(set(sides.values())) > 1:
        return Recovery(target, figure, False, f"修约前（{plain(figure.exact)}）后结论不同，目标没有说以哪个为准")
    met = next(iter(sides.values()))
    return Recovery(target, figure, met, "已恢复" if met else "未恢复")


def _meets(target: Target, result: Fraction, met_by: str) -> bool:
    return bound(target.value, target.direction, met_by=met_by, decimals=target.decimals).holds(result)


def recoveries(task: Task, figures: Iterable[Figure]) -> tuple[Recovery, ...]:
    """The recovery of every indicator that the task names."""
    held = tuple(figures)
    since = task.issued_on.isoformat() if task.issued_on else ""
    return tuple(recovery(each, held, since=since, demo=task.demo) for each in task.terms.targets)


def seen_before(evidence: Iterable[Evidence], elsewhere: Mapping[str, Iterable[Evidence]]) -> dict[str, tuple[str, ...]]:
    """Files that stand, byte for byte, in the evidence of other tasks: name of the file and the tasks. A sign to look at, no verdict."""
    found: dict[str, tuple[str, ...]] = {}
    for each in evidence:
        tasks = tuple(task for task, files in elsewhere.items() if any(one.digest == each.digest for one in files))
        if tasks:
            found[each.name] = tasks
    return found
