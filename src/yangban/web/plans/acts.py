"""What a step asks of a person, as fields of a form, and what the person sent, as facts."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

from yangban.base import regions
from yangban.base.errors import NotAllowed, YangbanError
from yangban.govern.model import Changes, Split
from yangban.govern.rows import task_of
from yangban.standards.governance import FACTS, Move
from yangban.web.plans import evidence, governance, tasks
from yangban.web.plans.models import Task

HINTS: Final = {
    "measures": "每行一条",
    "milestones": "每行一条，如：6月底完成过半",
    "parts": "每行一项：编号，地区，牵头单位，数量（没有数量可不写），期限（与本任务相同可不写）",
    "step_due": "不晚于任务期限",
    "letter": "如：某环委办督〔2026〕3号；编号用过不能再用",
    "filing": "销号文号；用过不能再用",
    "archive": "档案存放的位置",
    "unrecovered": "只在指标未显示恢复时写；写了要有签字人",
    "notice_until": "公示的最后一天",
}
_WIDE: Final = frozenset({"reason", "talk", "accountability", "objection", "unrecovered", "measures", "milestones", "parts"})
AMENDED: Final = (("title", "任务名称"), ("deadline", "完成期限"), ("lead", "牵头单位"), ("acceptance", "验收单位"))
"""The terms that the form of an amendment offers."""


@dataclass(frozen=True)
class Asked:
    """One field: ``kind`` is line, lines, day, ticks, files or changes."""

    key: str
    name: str
    kind: str
    needed: bool
    hint: str = ""
    choices: tuple[tuple[str, str], ...] = ()
    value: str = ""


def asked(move: Move, row: Task) -> list[Asked]:
    """The fields of a step, those that are needed first."""
    return [_field(key, row, needed=key in move.needs) for key in (*move.needs, *(each for each in move.may if each not in move.needs))]


def _field(key: str, row: Task, *, needed: bool) -> Asked:
    kind, name = FACTS[key]
    hint = HINTS.get(key, "")
    if key == "criteria":
        choices = tuple((each.key, each.name) for each in governance.acceptance().criteria)
        return Asked(key, name, "ticks", needed, hint, choices)
    if kind == "files":
        files = tuple((each.digest, each.name) for each in row.files.all())
        return Asked(key, name, "files", needed, "勾选已上传的，或现在上传", files)
    if kind == "changes":
        held = task_of(row.body).terms
        choices = tuple((each, word) for each, word in AMENDED)
        return Asked(
            key,
            name,
            "changes",
            needed,
            "只改要改的；没有改的保持原样",
            choices,
            "\n".join(str(getattr(held, each)) for each, _ in choices),
        )
    if kind == "day":
        return Asked(key, name, "day", needed, hint)
    return Asked(key, name, "lines" if key in _WIDE else "line", needed, hint)


def facts_of(user: Any, move: Move, row: Task, sent: Any, files: Mapping[str, Sequence[Any]]) -> dict[str, Any]:
    """The facts of a step from what was sent; files that came along are added to the task first."""
    made: dict[str, Any] = {}
    for key in (*move.needs, *move.may):
        kind = FACTS[key][0]
        if kind == "files":
            # A browser sends an empty text for a file that was not chosen.
            chosen = [each for each in sent.getlist(key) if each]
            digests = [*chosen, *(each.digest for each in evidence.add(user, row.pk, files.get(key, ())))]
            made[key] = evidence.shown(row, digests)
        elif key == "criteria":
            made[key] = tuple(sent.getlist(key))
        elif kind == "texts":
            made[key] = _lines(sent.get(key, ""))
        elif kind == "parts":
            made[key] = parts_of(row, sent.get(key, ""), kept=sent.get("kept", ""))
        elif kind == "changes":
            made[key] = _changes(row, sent)
        elif kind == "day":
            made[key] = day_of(FACTS[key][1], sent.get(key, ""))
        else:
            made[key] = sent.get(key, "").strip()
    return {key: value for key, value in made.items() if value not in (None, "", ())}


def key_of(text: str) -> int:
    """A whole number as a form sends it: a key or a revision; nothing has the key 0."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


def _lines(text: str) -> tuple[str, ...]:
    return tuple(line.strip() for line in text.splitlines() if line.strip())


def day_of(name: str, text: str) -> date | None:
    """A day as people write it, or nothing."""
    if not text.strip():
        return None
    found = re.fullmatch(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?", text.strip())
    try:
        if found is None:
            raise ValueError
        return date(*map(int, found.groups()))
    except ValueError:
        raise NotAllowed("facts", f"{name}应为日期，如 2026-11-30，得到 {text!r}") from None


def parts_of(row: Task, text: str, *, kept: str = "") -> Split | None:
    """The parts of a split from lines of words; every line that cannot be read is told at once."""
    whole = task_of(row.body)
    given, problems = [], []
    for number, line in enumerate(_lines(text), start=1):
        cells = [each.strip() for each in re.split(r"[,，\t]", line)]
        cells += [""] * (5 - len(cells))
        try:
            if not all(cells[:3]) or len(cells) > 5:
                raise NotAllowed("facts", "应有编号、地区、牵头单位，可加数量和期限，用逗号隔开")
            place = regions.place(cells[1], within=None if cells[1].isdigit() else whole.line[0][1])
            one: dict[str, Any] = {"number": cells[0], "place": place.code, "lead": cells[2], "acceptance": ""}
            if cells[3]:
                one["amount"] = _amount(cells[3])
            if cells[4]:
                one["deadline"] = day_of("期限", cells[4])
            given.append(one)
        except YangbanError as problem:
            problems.append(f"第 {number} 行：{problem}")
    if problems:
        raise NotAllowed("facts", "；".join(problems))
    return tasks.split_of(whole, given, _amount(kept) if kept.strip() else None) if given else None


def _amount(text: str) -> Decimal:
    try:
        number = Decimal(text)
    except ArithmeticError:
        number = Decimal("NaN")
    if not number.is_finite():
        raise NotAllowed("facts", f"数量应为数，得到 {text!r}")
    return number


def _changes(row: Task, sent: Any) -> Changes:
    held = task_of(row.body).terms
    found: dict[str, Any] = {}
    for key, name in AMENDED:
        text = sent.get(f"changes.{key}", "").strip()
        value: Any = day_of(name, text) if key == "deadline" else text
        if value and value != getattr(held, key):
            found[key] = value
    return Changes(found)
