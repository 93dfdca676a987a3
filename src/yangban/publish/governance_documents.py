"""What the committee's office sends out: the monthly dispatch report, the quarterly circular, the supervision letter.

Each is composed of tasks, judged colours and warnings into a :class:`~yangban.publish.official_word.Paper`; nothing is computed here beyond
counting. Units stand in the order of the list and are not ranked. What rests on made-up tasks or synthetic readings says so on every page.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Final

from yangban.assess.figure import Figure
from yangban.base.exact import round_half_even
from yangban.base.periods import Period, parse
from yangban.govern.model import Task
from yangban.govern.names import indicator_name
from yangban.govern.progress import RULES, Rolled
from yangban.govern.warnings import SYMBOLS, Alert, shown_gap
from yangban.publish.bulletin.layout import Column
from yangban.publish.official_word import Block, Grid, Heading, Paper, Say, counted, word_bytes
from yangban.standards.governance import Step, Workflow

DRAFT: Final = "（代拟稿）"
DEMO: Final = "演示数据，非真实任务"
SYNTHETIC: Final = "含合成数据"
UNJUDGED: Final = "unjudged"
"""A task that has reported and whose colour nobody has judged yet: it is not one without a report."""
COLOURS: Final = ("red", "yellow", "green", "blue", "none", UNJUDGED)
"""Colours in the order in which they are told, the worst first."""
_SAID: Final[Mapping[str, str]] = {**{key: f"{word}色" for key, (_, word) in SYMBOLS.items()}, "none": "未报进展", UNJUDGED: "未判定"}
_WORDS: Final[Mapping[str, str]] = {
    **{key: f"{symbol} {word}" for key, (symbol, word) in SYMBOLS.items()},
    "none": "○ 未报",
    UNJUDGED: "◇ 未判",
}
_FEW: Final = 6
"""So many names stand in a sentence; more stand in a table."""
_DIRECTIONS: Final[Mapping[str, str]] = {"at_most": "≤", "at_least": "≥"}

_LATE: Final = (
    Column("number", "编号", 31, "left"),
    Column("title", "任务", 37, "left"),
    Column("lead", "牵头单位", 27, "left"),
    Column("progress", "进度", 12, "right"),
    Column("deadline", "完成期限", 20, "center"),
    Column("state", "状态", 16, "center"),
    Column("colour", "判定", 12, "center"),
)
_UNITS: Final = (
    Column("unit", "牵头单位", 50, "left"),
    Column("tasks", "任务", 14, "right"),
    Column("red", "▲ 红", 14, "right"),
    Column("yellow", "◆ 黄", 14, "right"),
    Column("green", "● 绿", 14, "right"),
    Column("none", "○ 未报", 15, "right"),
    Column("unjudged", "◇ 未判", 15, "right"),
    Column("closed", "✓ 办结", 15, "right"),
)
_ALERTS: Final = (
    Column("colour", "级别", 12, "center"),
    Column("text", "情况", 74, "left"),
    Column("value", "结果", 28, "center"),
    Column("units", "责任单位", 40, "left"),
)
_SILENT: Final = (
    Column("number", "编号", 36, "left"),
    Column("title", "任务", 66, "left"),
    Column("lead", "牵头单位", 52, "left"),
)
_INDICATORS: Final = (
    Column("indicator", "指标", 46, "left"),
    Column("subject", "地区", 26, "left"),
    Column("period", "时段", 22, "center"),
    Column("value", "结果", 30, "center"),
    Column("target", "目标", 30, "center"),
)


@dataclass(frozen=True, kw_only=True)
class Office:
    """Who sends it: the name in the red head, the name that signs, and what the whole work is called (美丽某某建设)."""

    head: str
    signed: str
    work: str


@dataclass(frozen=True)
class Judgement:
    """A task with the colour that a person confirmed, and whether it is done."""

    task: Task
    colour: str
    ended: bool = False

    @property
    def standing(self) -> str:
        """The colour as papers count it: one that was not judged is no task without a report."""
        return UNJUDGED if self.colour == "none" and self.task.progress is not None else self.colour


def dispatch_report(
    office: Office, tasks: Sequence[Judgement], *, period: str, number: str, day: date, workflows: Mapping[str, Workflow],
    rolled: Rolled | None = None, alerts: Sequence[Alert] = (), plan: str = "",
) -> Paper:  # fmt: skip
    """The monthly dispatch report (调度报告): where all tasks stand, who is late, what the measurements warn of."""
    span = _span(parse(period))
    open_tasks = [each for each in tasks if not each.ended]
    blocks: list[Block] = [Heading("总体情况"), Say(_overall(tasks, plan=plan, upto=_upto(parse(period), day)))]
    if rolled is not None:
        blocks.append(Say(_progress(rolled)))
    blocks.append(Grid("各牵头单位任务情况（项）", _UNITS, _by_unit(tasks), "单位按任务清单顺序排列，不是排名。颜色由规则提出、由人确认。"))
    late = [each for each in open_tasks if each.colour in {"red", "yellow"}]
    blocks.append(Heading("进展滞后的任务"))
    if late:
        blocks.append(Grid("进展滞后的任务", _LATE, _late(late, workflows)))
    else:
        blocks.append(Say("本期没有判定为红色、黄色的任务。"))
    silent = [each.task for each in open_tasks if each.standing == "none"]
    if len(silent) > _FEW:
        rows = tuple({"number": task.number, "title": task.terms.title, "lead": task.terms.lead} for task in silent)
        blocks.append(Say(f"未按时报送进展的有{len(silent)}项。"))
        blocks.append(Grid("未按时报送进展的任务", _SILENT, rows, "按任务清单顺序排列，不是排名。"))
    elif silent:
        names = "；".join(f"{task.terms.lead}（{task.number}）" for task in silent)
        blocks.append(Say(f"未按时报送进展的有{len(silent)}项：{names}。"))
    blocks += _measured(alerts)
    return _paper(
        office, tasks, alerts, number=number, title=f"{office.work}{span}调度报告", to="", blocks=blocks, day=day, copies=()
    )  # fmt: skip


def circular(
    office: Office, tasks: Sequence[Judgement], *, period: str, number: str, day: date, to: str, workflows: Mapping[str, Workflow],
    rolled: Rolled | None = None, alerts: Sequence[Alert] = (), demands: Sequence[str] = (), copies: Sequence[str] = (),
) -> Paper:  # fmt: skip
    """The quarterly circular (通报): progress, what is behind and with whom, what is asked for next."""
    span = _span(parse(period))
    blocks: list[Block] = [
        Say(f"现将{span}{office.work}重点任务进展情况通报如下。"),
        Heading("总体进展"),
        Say(_overall(tasks, plan="", upto=_upto(parse(period), day))),
    ]
    if rolled is not None:
        blocks.append(Say(_progress(rolled)))
    done = [each.task for each in tasks if each.ended]
    if done:
        blocks.append(Say(f"本期末已办结{len(done)}项：{'；'.join(f'{task.terms.title}（{task.terms.lead}）' for task in done)}。"))
    late = [each for each in tasks if not each.ended and each.colour in {"red", "yellow"}]
    blocks.append(Heading("存在的问题"))
    if late:
        red = [each for each in late if each.colour == "red"]
        blocks.append(Say(f"进展滞后{len(late)}项，其中判定为红色{len(red)}项。"))
        blocks.append(Grid("进展滞后的任务", _LATE, _late(late, workflows), "表中单位按任务清单顺序排列，不是排名。"))
    else:
        blocks.append(Say("没有判定为红色、黄色的任务。"))
    blocks += _measured(alerts)
    if demands:
        blocks += [Heading("下一步要求"), *(Say(f"（{n}）{text}") for n, text in enumerate(demands, start=1))]
    title = f"关于{span}{office.work}进展情况的通报"
    return _paper(office, tasks, alerts, number=number, title=title, to=to, blocks=blocks, day=day, copies=copies)


def supervision_letter(
    office: Office, judged: Judgement, *, number: str, day: date, reason: str, step_due: date, step: Step | None = None,
    figures: Sequence[Figure] = (), demands: Sequence[str] = (), copies: Sequence[str] = (),
) -> Paper:  # fmt: skip
    """The supervision letter (督办函) on one task: what was agreed, where it stands, what the Figures show, by when to catch up."""
    task, terms = judged.task, judged.task.terms
    blocks: list[Block] = [
        Say(
            f"你单位牵头的“{terms.title}”（编号{task.number}），依据{terms.basis}下达，应于{_day(terms.deadline)}前完成。"
            f"截至{_day(day)}，{shown_gap(task, today=day)}。{_judged(judged)}现予督办。"
        ),
        Heading("滞后情况"),
        Say(reason if reason.endswith("。") else f"{reason}。"),
    ]
    rows = tuple(_indicator(task, figure) for figure in figures)
    if rows:
        blocks.append(Grid("任务所指指标的监测结果", _INDICATORS, rows, _note(any(each.synthetic for each in figures))))
    blocks += [
        Heading("督办要求"),
        Say(f"（1）请于{_day(step_due)}前赶上进度。任务完成期限{_day(terms.deadline)}不变。"),
        *(Say(f"（{n}）{text}") for n, text in enumerate(demands, start=2)),
    ]
    if step is not None:
        blocks.append(Say(f"逾期仍未赶上进度的，将按程序{step.name}。"))
    title = f"关于“{terms.title}”进展滞后的督办函"
    return _paper(office, [judged], (), number=number, title=title, to=terms.lead, blocks=blocks, day=day, copies=copies, figures=figures)


# ------------------------------------------------------------------------------------------------------------------ pieces


def _paper(
    office: Office, tasks: Sequence[Judgement], alerts: Sequence[Alert], *, number: str, title: str, to: str, blocks: Sequence[Block],
    day: date, copies: Sequence[str], figures: Sequence[Figure] = (),
) -> Paper:  # fmt: skip
    marks = [DRAFT]
    if any(each.task.demo for each in tasks):
        marks.append(DEMO)
    if any(each.cause.synthetic for each in alerts) or any(each.synthetic for each in figures):
        marks.append(SYNTHETIC)
    return Paper(
        head=office.head, number=number, title=title, to=to, blocks=tuple(blocks), signed=office.signed, day=day, copies=tuple(copies),
        mark="　".join(marks), footer=f"{office.work}　{number}",
    )  # fmt: skip


def _overall(tasks: Sequence[Judgement], *, plan: str, upto: str) -> str:
    ended = sum(each.ended for each in tasks)
    open_tasks = [each for each in tasks if not each.ended]
    words = [(_SAID[colour], sum(each.standing == colour for each in open_tasks)) for colour in COLOURS]
    named = f"{plan}安排的" if plan else ""
    return f"截至{upto}，{named}{len(tasks)}项任务中已办结{ended}项，在办{len(open_tasks)}项。在办任务中：{counted(words)}。"


def _progress(rolled: Rolled) -> str:
    if rolled.value is None:
        return "各部分都还没有报送进展，总进度不能计算。"
    rule = RULES[rolled.rule]
    if rolled.usable:
        return f"各部分都已报送，总进度（{rule}）为{_percent(rolled.value)}。"
    return (
        f"已报送部分占{_percent(rolled.coverage)}，这一部分的进度（{rule}）为{_percent(rolled.value)}；未报送的按未开展计，总进度不低于"
        f"{_percent(rolled.floor)}。未报送：{'、'.join(rolled.missing)}。"
    )


def _by_unit(tasks: Sequence[Judgement]) -> tuple[Mapping[str, str], ...]:
    rows = []
    for unit in dict.fromkeys(each.task.terms.lead for each in tasks):
        own = [each for each in tasks if each.task.terms.lead == unit]
        count = {colour: sum(each.standing == colour and not each.ended for each in own) for colour in COLOURS}
        count["green"] += count["blue"]
        closed = sum(each.ended for each in own)
        cells = {colour: str(count[colour]) for colour in ("red", "yellow", "green", "none", UNJUDGED)}
        rows.append({"unit": unit, "tasks": str(len(own)), **cells, "closed": str(closed)})
    return tuple(rows)


def _late(tasks: Sequence[Judgement], workflows: Mapping[str, Workflow]) -> tuple[Mapping[str, str], ...]:
    return tuple(
        {
            "number": each.task.number,
            "title": each.task.terms.title,
            "lead": each.task.terms.lead,
            "progress": "未报" if each.task.progress is None else _percent(each.task.progress),
            "deadline": each.task.terms.deadline.isoformat(),
            "state": workflows[each.task.workflow].state(each.task.state).name,
            "colour": _WORDS[each.standing],
        }
        for each in tasks
    )


def _measured(alerts: Sequence[Alert]) -> list[Block]:
    if not alerts:
        return []
    rows = tuple(
        {
            "colour": _WORDS[each.cause.colour],
            "text": each.cause.text,
            "value": _value(each.cause.figure),
            "units": "、".join(each.units) or "待明确",
        }
        for each in alerts
    )
    return [Heading("监测结果预警"), Grid("监测结果预警", _ALERTS, rows, _note(any(each.cause.synthetic for each in alerts)))]


def _note(synthetic: bool) -> str:
    return "结果由系统计算，可逐级查到原始监测数据。" + ("带*的出自合成数据。" if synthetic else "")


def _indicator(task: Task, figure: Figure) -> Mapping[str, str]:
    own = next((each for each in task.terms.targets if (each.indicator, each.subject) == (figure.indicator, figure.subject)), None)
    return {
        "indicator": indicator_name(figure.indicator),
        "subject": figure.subject_name,
        "period": figure.period,
        "value": _value(figure),
        "target": "—" if own is None else f"{_DIRECTIONS[own.direction]} {own.value:f} {own.unit}",
    }


def _value(figure: Figure | None) -> str:
    if figure is None or figure.display is None:
        return "—"
    mark = "*" if figure.synthetic else ""
    return f"{figure.display:f}{mark}" if figure.unit == "1" else f"{figure.display:f} {figure.unit}{mark}"


def _percent(share: Fraction) -> str:
    return f"{round_half_even(share * 100, 0):f}%"


def _day(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"


def _judged(judged: Judgement) -> str:
    said = _SAID[judged.standing]
    return "" if judged.standing in {"none", UNJUDGED} else f"经判定为{said}。"


def _upto(period: Period, day: date) -> str:
    """Until when the paper tells: a period that still runs is told up to the day of the paper."""
    return _day(min(period.end, day))


def _span(period: Period) -> str:
    """A period as a title names it.

    >>> [_span(parse(each)) for each in ("2026-03", "2026-Q1", "2026", "2026-H1")]
    ['2026年3月', '2026年第一季度', '2026年', '2026年上半年']
    """
    year = f"{period.start.year}年"
    if period.kind == "month":
        return f"{year}{period.start.month}月"
    if period.kind == "quarter":
        return f"{year}第{'一二三四'[(period.start.month - 1) // 3]}季度"
    if period.kind == "half":
        return f"{year}{'上' if period.start.month == 1 else '下'}半年"
    return year if period.kind == "year" else f"{_day(period.start)}至{_day(period.end)}"


__all__ = ["Judgement", "Office", "circular", "dispatch_report", "supervision_letter", "word_bytes"]
