"""The conditions of a step beyond state, role and record: each gives the reason why not, or nothing.

The words by which workflows name them are those of :data:`yangban.standards.governance.GUARDS`; a test holds the two together.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Final

from yangban.base.periods import parse
from yangban.govern.acceptance import recoveries, unticked
from yangban.govern.machine import Command
from yangban.govern.model import Around, Part, Split, Task, Terms, amended

Guard = Callable[[Task, Command, Around], str]


def number_unused(task: Task, command: Command, around: Around) -> str:
    """A number is never used again, whatever became of the task that had it."""
    return f"编号 {task.number} 已经用过；请取新号" if task.number in around.taken else ""


def deadline_inside(task: Task, command: Command, around: Around) -> str:
    """A task is not issued for a day that is past, nor for later than the task above it allows."""
    if task.terms.deadline < command.day:
        return f"期限 {task.terms.deadline} 早于今天 {command.day}"
    if around.parent is not None and task.terms.deadline > around.parent.terms.deadline:
        return f"期限 {task.terms.deadline} 晚于上级任务 {around.parent.number} 的 {around.parent.terms.deadline}"
    return _roles_apart(task.terms)


def parts_inside(task: Task, command: Command, around: Around) -> str:
    """Parts keep the sum and the deadline of the whole, lie inside its place, and have numbers of their own."""
    split: Split | None = command.facts.get("parts")
    if split is None or not split.parts:
        return ""
    own = task.line[0]
    numbers = [each.number for each in split.parts]
    if again := sorted({each for each in numbers if numbers.count(each) > 1 or each in around.taken or each == task.number}):
        return f"编号 {'、'.join(again)} 已经用过或重复"
    if len({each.id for each in split.parts} | {task.id}) != len(split.parts) + 1:
        return "分解的任务有重复的标识"
    for part in split.parts:
        if own not in part.line:
            return f"{part.number} 不在 {own[1]} 范围内"
        if part.terms.deadline > task.terms.deadline:
            return f"{part.number} 的期限 {part.terms.deadline} 晚于本任务的 {task.terms.deadline}"
        if part.terms.deadline < command.day:
            return f"{part.number} 的期限 {part.terms.deadline} 早于今天 {command.day}"
        if problem := _roles_apart(part.terms):
            return f"{part.number}：{problem}"
    return _sum_kept(task, split)


def _sum_kept(task: Task, split: Split) -> str:
    amount, unit = task.terms.amount, task.terms.unit
    parts: tuple[Part, ...] = split.parts
    if amount is None:
        return "" if split.kept is None else "本任务没有数量，不能有自留数"
    if unmeasured := [each.number for each in parts if each.terms.amount is None or each.terms.unit != unit]:
        return f"{'、'.join(unmeasured)} 没有以“{unit}”计的数量"
    given = [each.terms.amount or Decimal(0) for each in parts]
    kept = split.kept or Decimal(0)
    if min((*given, kept)) < 0:
        return "分解的数量不能是负数"
    total = sum(given, kept)
    return "" if total == amount else f"分解数合计 {total:f}{unit}（含自留 {kept:f}），应等于本任务的 {amount:f}{unit}"


def _roles_apart(terms: Terms) -> str:
    if terms.acceptance and terms.acceptance in terms.reporting:
        return f"验收单位 {terms.acceptance} 不能同时是牵头、责任或配合单位"
    return ""


def step_inside(task: Task, command: Command, around: Around) -> str:
    """A new day for the step lies between today and the task's deadline, which it leaves alone."""
    due = command.facts["step_due"]
    if due < command.day:
        return f"本步时限 {due} 早于今天 {command.day}"
    return f"本步时限 {due} 晚于任务期限 {task.terms.deadline}；期限只能经调整改变" if due > task.terms.deadline else ""


def period_once(task: Task, command: Command, around: Around) -> str:
    """One report a period; a correction is the next revision of it."""
    period, revision = command.facts["period"], command.facts.get("revision") or 1
    if parse(period).start > command.day:
        return f"{period} 还没有开始"
    last = max((number for held, number in task.reported if held == period), default=0)
    if revision != last + 1:
        return f"{period} 已报到第 {last} 稿；下一稿应为第 {last + 1} 稿，得到第 {revision} 稿"
    return ""


def letter_unused(task: Task, command: Command, around: Around) -> str:
    """A letter's number is never used again."""
    return f"督办函编号 {command.facts['letter']} 已经用过" if command.facts["letter"] in around.taken else ""


def filing_unused(task: Task, command: Command, around: Around) -> str:
    """A filing number is never used again."""
    return f"销号文号 {command.facts['filing']} 已经用过" if command.facts["filing"] in around.taken else ""


def parts_closed(task: Task, command: Command, around: Around) -> str:
    """The whole is not done before its parts are."""
    open_parts = [each.number for each in around.parts if each.state not in around.ended]
    return f"分解的任务还没有办结：{'、'.join(open_parts)}" if open_parts else ""


def dossier_complete(task: Task, command: Command, around: Around) -> str:
    """Something was reported, the last report says that all is done, and no file stands twice in the dossier."""
    if not task.reported:
        return "还没有一份进展报告"
    if task.progress != 1:
        return "最近一份报告没有写全部完成（进度应为 1）"
    digests = [each.digest for each in command.facts["dossier"]]
    return "档案中有内容相同的文件" if len(set(digests)) != len(digests) else ""


def not_reporter(task: Task, command: Command, around: Around) -> str:
    """Nobody judges what they report on, neither the unit nor the person."""
    if command.actor.unit in task.terms.reporting or any(command.actor.unit in each.reporting for each in task.earlier):
        return f"{command.actor.unit} 是报送单位，不能办理"
    return f"{command.actor.person} 报送过本任务，不能办理" if command.actor.person in task.reporters else ""


def criteria_ticked(task: Task, command: Command, around: Around) -> str:
    """Every criterion of acceptance is ticked, and no other."""
    if around.acceptance is None:
        return "没有给出验收标准"
    missing, strange = unticked(command.facts["criteria"], around.acceptance)
    if missing:
        return f"还没有打勾：{'、'.join(missing)}"
    return f"不是验收标准：{'、'.join(strange)}" if strange else ""


def notice_long_enough(task: Task, command: Command, around: Around) -> str:
    """Public notice ends after today, and not before the days that the rules ask for, where they say how many."""
    until, days = command.facts["notice_until"], around.acceptance.notice_days if around.acceptance else None
    if until <= command.day:
        return f"公示截止日 {until} 应晚于今天 {command.day}"
    given = (until - command.day).days
    return f"公示 {given} 天，规定不少于 {days} 天" if days is not None and given < days else ""


def notice_over(task: Task, command: Command, around: Around) -> str:
    """Nothing is closed while the public may still object."""
    if task.notice_until is None:
        return "没有公示"
    return f"公示到 {task.notice_until}，还没有结束" if command.day <= task.notice_until else ""


def recovered_or_signed(task: Task, command: Command, around: Around) -> str:
    """A task that names indicators is closed when their Figures show recovery, or with a reason that somebody else signs."""
    lacking = [each for each in recoveries(task, around.figures) if not each.shown]
    if not lacking:
        return "" if not command.facts.get("unrecovered") else "指标都已恢复，不需要写未恢复的理由"
    if command.facts.get("unrecovered"):
        signer = command.facts.get("signature")
        if not signer:
            return "写了指标未恢复的理由，还缺签字人"
        return f"签字人 {signer} 报送过本任务" if signer in task.reporters else ""
    return f"指标没有显示恢复：{'；'.join(map(str, lacking))}。恢复后再办，或写明理由并签字"


def amendment_inside(task: Task, command: Command, around: Around) -> str:
    """Amended terms still fit between the task above and the parts below."""
    terms, _ = amended(task.terms, command.facts["changes"])
    if problem := _roles_apart(terms):
        return problem
    if terms.deadline != task.terms.deadline and terms.deadline < command.day:
        return f"新期限 {terms.deadline} 早于今天 {command.day}"
    if around.parent is not None:
        if terms.deadline > around.parent.terms.deadline:
            return f"新期限 {terms.deadline} 晚于上级任务的 {around.parent.terms.deadline}；先调整上级任务"
        if terms.amount != task.terms.amount:
            return "数量是上级任务分解来的；先调整上级任务并重新分解"
    if late := [each.number for each in around.parts if each.terms.deadline > terms.deadline]:
        return f"分解的任务期限晚于新期限：{'、'.join(late)}；先调整它们"
    if around.parts and (terms.amount, terms.unit) != (task.terms.amount, task.terms.unit):
        return "数量已经分解；先调整分解的任务" if terms.amount != _divided(task, around) else ""
    return ""


def _divided(task: Task, around: Around) -> Decimal:
    return sum((each.terms.amount or Decimal(0) for each in around.parts), task.kept or Decimal(0))


def not_filler(task: Task, command: Command, around: Around) -> str:
    """Who filled a report does not review it; on a task it reads as :func:`not_reporter`."""
    return not_reporter(task, command, around)


GUARDS: Final[Mapping[str, Guard]] = {
    each.__name__: each
    for each in (
        number_unused, deadline_inside, parts_inside, step_inside, period_once, letter_unused, filing_unused, parts_closed,
        dossier_complete, not_reporter, not_filler, criteria_ticked, notice_long_enough, notice_over, recovered_or_signed,
        amendment_inside,
    )
}  # fmt: skip
"""Every guard by its word."""
