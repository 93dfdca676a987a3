"""What tasks and reports share: find the move that an event asks for, and check what the actor brings."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final

from yangban.base.errors import NotAllowed, Stale, UnknownPeriod
from yangban.base.periods import parse
from yangban.govern.records import Actor, Evidence, day_of
from yangban.standards.governance import FACTS, Move, Workflow

_DIGEST: Final = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, kw_only=True)
class Command:
    """What somebody asks for: an event, with facts, having seen the task at revision ``seen``."""

    event: str
    actor: Actor
    at: datetime
    seen: int
    facts: Mapping[str, Any] = field(default_factory=dict)

    @property
    def day(self) -> date:
        """The day by Beijing time."""
        return day_of(self.at)


def fresh(command: Command, *, revision: int, last: str, touched: datetime | None) -> None:
    """Refuse when somebody has acted in between, or when the clock runs backwards."""
    if command.at.tzinfo is None:
        raise NotAllowed("time", f"时间 {command.at} 没有时区；应为带时区的时刻")
    if command.seen != revision:
        raise Stale(f"您看到的是第 {command.seen} 步，现在已是第 {revision} 步（{last}）。请刷新后再办")
    if touched is not None and command.at < touched:
        raise NotAllowed("time", f"时间 {command.at.isoformat()} 早于上一步 {touched.isoformat()}；记录只能往后加")


def find_move(workflow: Workflow, state: str, event: str, *, route: tuple[str, str] | None = None) -> Move:
    """The one move of this event from this state."""
    open_now = workflow.moves_from(state, route=route)
    found = [each for each in open_now if each.event == event]
    if not found:
        where = f"“{workflow.state(state).name}”状态" if state else "立项之前"
        may = "、".join(dict.fromkeys(f"{each.name}（{each.event}）" for each in open_now)) or "没有可办的事"
        raise NotAllowed("state", f"{where}不能办 {event}；现在可办：{may}")
    assert len(found) == 1  # a test holds that no shipped workflow has two moves of one event from one state and route
    return found[0]


def check_facts(move: Move, facts: Mapping[str, Any], known: Mapping[str, tuple[str, str]] = FACTS) -> None:
    """Everything that the move needs is there, nothing else is, and each is of its kind; ``known`` says the kinds."""
    if absent := [key for key in move.needs if facts.get(key) in (None, "", ())]:
        raise NotAllowed("facts", f"{move.name}缺少 {'、'.join(known[key][1] for key in absent)}")
    allowed = {*move.needs, *move.may}
    if extra := [key for key in facts if key not in allowed]:
        raise NotAllowed("facts", f"{move.name}不收 {'、'.join(known[key][1] if key in known else key for key in extra)}")
    for key, value in facts.items():
        kind, name = known[key]
        if value is not None and (problem := _wrong(kind, value)):
            raise NotAllowed("facts", f"{move.name}的{name}应为{problem}，得到 {value!r}")


def _wrong(kind: str, value: Any) -> str:
    """What the value should have been, or nothing."""
    if kind == "text":
        return "" if isinstance(value, str) and value.strip() else "文字"
    if kind == "texts":
        fits = isinstance(value, tuple) and all(isinstance(each, str) and each.strip() for each in value)
        return "" if fits else "一列文字"
    if kind == "day":
        return "" if isinstance(value, date) and not isinstance(value, datetime) else "日期"
    if kind == "count":
        return "" if isinstance(value, int) and not isinstance(value, bool) and value >= 1 else "不小于1的整数"
    if kind == "share":
        fits = isinstance(value, int | Fraction | Decimal) and not isinstance(value, bool) and 0 <= value <= 1
        return "" if fits else "0到1之间的精确数"
    if kind == "score":
        fits = isinstance(value, int | Decimal) and not isinstance(value, bool) and 0 <= value <= 100
        return "" if fits else "0到100之间的精确数"
    if kind == "files":
        fits = isinstance(value, tuple) and all(isinstance(each, Evidence) and _DIGEST.fullmatch(each.digest) for each in value)
        return "" if fits else "一列文件，每个有名称和 SHA-256"
    if kind == "period":
        try:
            return "" if isinstance(value, str) and parse(value).label == value else "时段，如 2026-03"
        except UnknownPeriod:
            return "时段，如 2026-03"
    return "" if hasattr(value, "__dataclass_fields__") else "一份结构化的内容"
