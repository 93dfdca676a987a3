"""From measurement to warning: what is off its path, who owns it, and what the ladder proposes next. Pure.

Signals come in as plain results: the sign of an indicator (:mod:`yangban.indicators.warnings`), a section's class against its target, two
ranks, a report that is late. From which point they warn is data (``signals-*.toml``), and so is the ladder (``ladder-*.toml``). Colours
and rungs are *proposed* here; a person confirms them, and whoever decides otherwise says why.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final

from yangban.assess.figure import Figure
from yangban.base.errors import NotAllowed, UsageError
from yangban.base.exact import round_half_even
from yangban.govern.model import Task
from yangban.govern.names import indicator_name
from yangban.govern.records import Actor
from yangban.indicators.course import Course
from yangban.indicators.warnings import Measures, Warning, gap_percent, warn
from yangban.standards.governance import Ladder, LadderRule, Signals, Step
from yangban.standards.systems import Warnings

SYMBOLS: Final[Mapping[str, tuple[str, str]]] = {"yellow": ("◆", "黄"), "red": ("▲", "红"), "green": ("●", "绿"), "blue": ("●", "蓝")}
"""Symbol and word of a colour, for readers who do not see it."""
_SIDES: Final[Mapping[str, str]] = {"at_most": "不高于 ", "at_least": "不低于 "}
CLASS_NAMES: Final = ("Ⅰ", "Ⅱ", "Ⅲ", "Ⅳ", "Ⅴ", "劣Ⅴ")


@dataclass(frozen=True, kw_only=True)
class Cause:
    """Why a warning is raised: the kind of signal, its colour, in words, with the Figure that shows it (a late report has none)."""

    kind: str
    colour: str
    text: str
    indicator: str
    subject: str
    period: str
    figure: Figure | None = None
    task: str = ""

    @property
    def key(self) -> str:
        """The same cause again has the same key, a worse colour another."""
        return "|".join((self.kind, self.indicator, self.subject, self.period, self.task, self.colour))

    @property
    def synthetic(self) -> bool:
        """Whether it rests on synthetic readings."""
        return self.figure is not None and self.figure.synthetic


def off_path(figure: Figure, sign: Warning, *, signals: Signals) -> Cause | None:
    """The warning of an indicator whose sign has a colour that counts."""
    if sign.level not in signals.signal("indicator").colours:
        return None
    return _of(figure, "indicator", sign.level, f"{figure.subject_name} {figure.period} {indicator_name(figure.indicator)}：{sign.text}")


def off_course(figure: Figure, course: Course, *, signals: Signals) -> Cause | None:
    """The warning of an indicator that has left the path to its target, or whose forecast misses it; the text says what was expected."""
    cause = off_path(figure, course.warning, signals=signals)
    if cause is None:
        return None
    words = [f"全年要求{_SIDES[course.target.direction]}{_tenth(course.asked)} {course.target.unit}"]
    if course.accounts:
        last = course.accounts[-1]
        words.append(f"年初至今 {_tenth(last.year_to_date)}，按路径应为 {_tenth(last.path_to_date)}")
    if course.forecast is not None:
        made = course.forecast
        words.append(f"预测全年 {_tenth(made.value)}（{_tenth(made.low)}—{_tenth(made.high)}）")
    return replace(cause, text=f"{cause.text}。{'；'.join(words)}")


def _tenth(value: Fraction) -> str:
    return f"{round_half_even(value, 1):f}"


def section_missed(figure: Figure, *, target: int, signals: Signals) -> Cause | None:
    """The warning of a section whose class (1 to 6) is worse than its target."""
    if not figure.usable or figure.exact is None:
        return None
    now = int(figure.exact)
    if figure.exact != now or not 1 <= now <= len(CLASS_NAMES) or not 1 <= target <= len(CLASS_NAMES):
        raise UsageError(f"水质类别应为 1 到 6，得到 {figure.exact} 和目标 {target}")
    text = f"{figure.subject_name} {figure.period} 为{CLASS_NAMES[now - 1]}类，目标{CLASS_NAMES[target - 1]}类"
    return _graded(figure, "section", now - target, text, signals)


def rank_slid(figure: Figure, *, rank: int, before: int, of: int, signals: Signals, against: str = "") -> Cause | None:
    """The warning of a place that has lost ranks against another period, ``against``: the one before or that of last year."""
    than = f"（比 {against}）" if against else ""
    text = f"{figure.subject_name} {figure.period} {indicator_name(figure.indicator)}排名由第{before}位退到第{rank}位{than}，共{of}个"
    return _graded(figure, "rank", rank - before, text, signals)


def report_late(task: Task, *, period: str, due: date, today: date, signals: Signals) -> Cause | None:
    """The warning of a report that the task still lacks after the day on which it was due."""
    if any(held == period for held, _ in task.reported):
        return None
    days = (today - due).days
    colour = _colour("overdue", days, signals)
    if not colour:
        return None
    text = f"{task.number} {task.terms.title}：{period} 进展报告应于 {due} 报出，已逾期 {days} 天"
    return Cause(kind="overdue", colour=colour, text=text, indicator="", subject=task.line[0][1], period=period, task=task.id)


def _graded(figure: Figure, kind: str, steps: int, text: str, signals: Signals) -> Cause | None:
    colour = _colour(kind, steps, signals)
    return _of(figure, kind, colour, text) if colour else None


def _colour(kind: str, steps: int, signals: Signals) -> str:
    rule = signals.signal(kind)
    if steps < rule.start:
        return ""
    return "red" if rule.red_from is not None and steps >= rule.red_from else rule.colour


def _of(figure: Figure, kind: str, colour: str, text: str) -> Cause:
    return Cause(
        kind=kind, colour=colour, text=text, indicator=figure.indicator, subject=figure.subject, period=figure.period, figure=figure
    )


# ---------------------------------------------------------------------------------------------------------------- to whom


@dataclass(frozen=True)
class Alert:
    """A warning with those whom it concerns: the tasks that name the indicator there, and the units that own it.

    ``units`` is empty when nobody owns it; then it goes to the committee's office, which has to name somebody.
    """

    cause: Cause
    tasks: tuple[str, ...]
    units: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """The warning as it is kept, with its Figure."""
        cause, figure = self.cause, self.cause.figure
        symbol, word = SYMBOLS.get(cause.colour, ("◆", cause.colour))
        return {
            "key": cause.key,
            "kind": cause.kind,
            "colour": cause.colour,
            "symbol": symbol,
            "word": word,
            "text": cause.text,
            "period": cause.period,
            "subject": cause.subject,
            "figure": None if figure is None else figure.to_dict(),
            "tasks": list(self.tasks),
            "units": list(self.units),
            "synthetic": cause.synthetic,
        }


def raise_alerts(
    causes: Iterable[Cause | None], tasks: Iterable[Task], *, owners: Mapping[Any, Sequence[str]] | None = None, known: Iterable[str] = ()
) -> tuple[Alert, ...]:
    """Each new cause to those who own it.

    A cause belongs to the tasks that name its indicator for its subject, and to their leads; without such a task to the ``owners`` of the
    indicator at this subject (a pair), else of the indicator. ``known`` are keys of warnings raised before: the same cause warns once.
    """
    by_id: dict[str, Task] = {}
    by_target: dict[tuple[str, str], list[Task]] = {}
    for each in tasks:
        if each.state:
            by_id[each.id] = each
            for key in dict.fromkeys((target.indicator, target.subject) for target in each.terms.targets):
                by_target.setdefault(key, []).append(each)
    held = owners or {}
    seen = set(known)
    made = []
    for cause in causes:
        if cause is None or cause.key in seen:
            continue
        seen.add(cause.key)
        own = [by_id[cause.task]] if cause.task in by_id else [] if cause.task else by_target.get((cause.indicator, cause.subject), [])
        owned = held.get((cause.indicator, cause.subject)) or held.get(cause.indicator, ())
        units = tuple(dict.fromkeys(each.terms.lead for each in own)) or tuple(owned)
        made.append(Alert(cause, tuple(each.id for each in own), units))
    return tuple(made)


# ------------------------------------------------------------------------------------------------------------ colour of a task


def propose_colour(task: Task, *, today: date, rules: Warnings, ends: bool) -> Warning:
    """The colour that the rules give a task: its reported progress against the share of its time that has passed.

    ``ends`` says whether its state ends the workflow.
    """
    if task.issued_on is None:
        raise UsageError(f"任务 {task.number} 还没有下达，没有颜色")
    whole = (task.terms.deadline - task.issued_on).days
    passed = Fraction((today - task.issued_on).days, whole) if whole > 0 else Fraction(1)
    passed = min(max(passed, Fraction(0)), Fraction(1))
    state = "met" if ends else "missed" if today > task.terms.deadline else "no_data" if task.progress is None else "open"
    gap = None if task.progress is None else gap_percent(task.progress, passed, direction="at_least")
    return warn(Measures(state=state, gap_percent=gap, progress=task.progress), rules)


@dataclass(frozen=True)
class Judged:
    """A colour as a person judged it, beside the one that the rules proposed; ``reason`` is there whenever the two differ."""

    task: str
    period: str
    colour: str
    proposed: str
    person: str
    reason: str = ""


def judge(task: Task, *, period: str, proposed: Warning, colour: str, actor: Actor, reason: str = "") -> Judged:
    """The colour of a task as the committee's office confirms it.

    Raises :class:`~yangban.base.errors.NotAllowed` when the actor is not the office in charge, when a person judges what they report on,
    or when another colour than the proposed one is given without a reason.
    """
    if actor.role != "office" or actor.unit != task.office:
        raise NotAllowed("who", f"颜色由 {task.office} 判定，不由 {actor.unit}（{actor.role}）")
    if actor.person in task.reporters:
        raise NotAllowed("not_reporter", f"{actor.person} 报送过本任务，不能判定颜色")
    if colour != proposed.level and not reason.strip():
        raise NotAllowed("facts", f"规则提出 {proposed.level}（{'；'.join(proposed.because)}），改判 {colour} 要写理由")
    return Judged(task.id, period, colour, proposed.level, actor.person, reason)


# ----------------------------------------------------------------------------------------------------------------- the ladder


@dataclass(frozen=True)
class Proposal:
    """A rung that the ladder proposes, the rule that leads to it, and in words why."""

    step: Step
    rule: LadderRule
    because: str


def propose_step(colours: Sequence[str], ladder: Ladder, *, taken: Sequence[str] = ()) -> Proposal | None:
    """The highest rung that the colours so far come to, unless it or a higher one has been taken already.

    ``colours`` are those judged in the span that the office looks at, a year or the life of the task.
    """
    counted = Counter(colours)
    order = [each.key for each in ladder.steps]
    reached = max((order.index(each) for each in taken if each in order), default=-1)
    holding = [rule for rule in ladder.rules if all(counted[colour] >= times for colour, times in rule.colours.items())]
    if not holding:
        return None
    rule = max(holding, key=lambda each: order.index(each.step))
    if order.index(rule.step) <= reached:
        return None
    words = "、".join(f"{times}次{SYMBOLS.get(colour, ('', colour))[1]}色" for colour, times in rule.colours.items())
    return Proposal(ladder.steps[order.index(rule.step)], rule, f"{words}（{rule.clause}）")


def points(colours: Sequence[str], ladder: Ladder) -> Decimal:
    """What the assessment adds or takes off for the colours: each rule as often as it holds; rules without points count nothing."""
    counted = Counter(colours)
    total = Decimal(0)
    for rule in ladder.rules:
        if rule.points is not None:
            total += rule.points * min(counted[colour] // times for colour, times in rule.colours.items())
    return total


def shown_gap(task: Task, *, today: date) -> str:
    """Reported progress beside the share of the time that has passed, for a letter or a list.

    Both in per cent, half to even.
    """
    if task.issued_on is None or task.progress is None:
        return "未报进度"
    whole = max((task.terms.deadline - task.issued_on).days, 1)
    passed = min(Fraction(max((today - task.issued_on).days, 0), whole), Fraction(1))
    return f"进度 {round_half_even(task.progress * 100, 0):f}%，时间已过 {round_half_even(passed * 100, 0):f}%"
