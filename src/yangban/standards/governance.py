"""How tasks go, as data: workflows, ladders of escalation, criteria of acceptance, thresholds of warning, red lines.

One TOML file each in ``book/governance/`` and in ``packs/<region>/governance/``; a region that works otherwise writes another file and
changes no program. Every problem is a :class:`~yangban.base.errors.BookError` that names file and key. What a guard or an effect *does*
stands in :mod:`yangban.govern`; the words are listed here so that a file with a wrong one is refused.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, TypeVar

from yangban import packs
from yangban.base.errors import BookError, UsageError
from yangban.standards.load import BOOK, parse_toml
from yangban.standards.model import CONFIDENCES
from yangban.standards.tables import LEVELS, TableReader, near

GOVERNANCE: Final = BOOK / "governance"
"""The folder of the shipped files."""

SAME: Final = "@same"
"""A move that leaves the state as it is."""
RESUME: Final = "@resume"
"""A move back to the state that was interrupted."""

ROLES: Final[Mapping[str, str]] = {
    "office": "生态环境保护委员会办公室",
    "lead": "牵头单位",
    "responsible": "责任单位",
    "assisting": "配合单位",
    "acceptance": "验收单位",
    "supervision": "监督",
    "filler": "填报人",
    "head": "单位负责人",
    "reader": "公众",
}
"""Whom a person acts as."""

GRANTS: Final[Mapping[str, str]] = {
    "own": "本级",
    "above": "上级",
    "raiser": "提级的那一级",
    "acceptance": "清单指定的验收层级",
    "any": "任务点名的",
    **dict(zip(LEVELS, ("省级", "市级", "县级"), strict=True)),
}
"""Of which level the actor must be: that of the task; above it; the one that raised it; the one that must accept; any; or a named one."""

FACTS: Final[Mapping[str, tuple[str, str]]] = {
    "number": ("text", "编号"),
    "basis": ("text", "依据文件"),
    "deadline": ("day", "完成期限"),
    "lead": ("text", "牵头单位"),
    "measures": ("texts", "措施"),
    "milestones": ("texts", "阶段节点"),
    "parts": ("parts", "分解的任务"),
    "period": ("period", "时段"),
    "progress": ("share", "进度"),
    "revision": ("count", "第几稿"),
    "filled_by": ("texts", "填报人"),
    "evidence": ("files", "佐证材料"),
    "reason": ("text", "理由"),
    "step_due": ("day", "本步新的时限"),
    "letter": ("text", "督办函编号"),
    "talk": ("text", "约谈记录"),
    "accountability": ("text", "问责移交材料"),
    "dossier": ("files", "验收档案"),
    "signature": ("text", "签字人"),
    "criteria": ("texts", "逐条打勾的标准"),
    "notice_until": ("day", "公示截止日"),
    "filing": ("text", "销号文号"),
    "archive": ("text", "归档位置"),
    "objection": ("text", "异议"),
    "unrecovered": ("text", "指标未恢复而办结的理由"),
    "changes": ("changes", "调整内容"),
}
"""What a record may hold: its kind and what people call it."""

GUARDS: Final = (
    "number_unused", "deadline_inside", "parts_inside", "step_inside", "period_once", "letter_unused", "filing_unused", "parts_closed",
    "dossier_complete", "not_reporter", "not_filler", "criteria_ticked", "notice_long_enough", "notice_over", "recovered_or_signed",
    "amendment_inside",
)  # fmt: skip
"""Conditions beyond role and record."""

EFFECTS: Final = ("split", "reporter", "raise", "lower", "dossier", "notice", "end_notice", "close", "reopen", "amend")
"""What a move changes on the task beside its state."""


@dataclass(frozen=True, kw_only=True)
class State:
    """A state: ``working`` while work goes on and is reported month by month, ``ends`` when the task is done."""

    key: str
    name: str
    symbol: str
    working: bool
    ends: bool
    clause: str


@dataclass(frozen=True)
class Grant:
    """Who may: a role, and of which level (:data:`GRANTS`)."""

    role: str
    level: str


@dataclass(frozen=True, kw_only=True)
class Move:
    """One arrow of a workflow. ``routes`` are pairs (level of the task, level of the list) for which it holds; empty: all."""

    event: str
    name: str
    origins: tuple[str, ...]
    to: str
    who: tuple[Grant, ...]
    needs: tuple[str, ...]
    may: tuple[str, ...]
    guards: tuple[str, ...]
    effects: tuple[str, ...]
    routes: tuple[tuple[str, str], ...]
    clause: str

    @property
    def starts(self) -> bool:
        """Whether it makes the task in the first place."""
        return not self.origins


@dataclass(frozen=True, kw_only=True)
class Head:
    """What every file says of itself."""

    id: str
    title: str
    title_en: str
    confidence: str
    checked: date
    source: tuple[str, ...]
    note: str
    file: str = ""


@dataclass(frozen=True, kw_only=True)
class Workflow(Head):
    """States and moves of one kind of task."""

    states: tuple[State, ...]
    moves: tuple[Move, ...]

    def state(self, key: str) -> State:
        """The state of this key; raises :class:`~yangban.base.errors.UsageError`."""
        found = next((each for each in self.states if each.key == key), None)
        if found is None:
            raise UsageError(f"流程 {self.id} 没有状态 {key!r}；现有 {'、'.join(each.key for each in self.states)}")
        return found

    def moves_from(self, state: str, *, route: tuple[str, str] | None = None) -> tuple[Move, ...]:
        """The moves that begin in a state (``""``: before the first), for the task and list level of ``route`` when given."""
        return tuple(
            each
            for each in self.moves
            if (state in each.origins or (each.starts and not state)) and (route is None or not each.routes or route in each.routes)
        )


@dataclass(frozen=True, kw_only=True)
class Step:
    """One rung of a ladder; ``document`` is what is sent, ``event`` the move of a task that it asks for, either may be empty."""

    key: str
    name: str
    symbol: str
    document: str
    event: str
    clause: str


@dataclass(frozen=True, kw_only=True)
class LadderRule:
    """Which rung so many signs of a colour come to; ``points`` are what an assessment adds or takes off, ``None``: it says nothing."""

    step: str
    colours: Mapping[str, int]
    points: Decimal | None
    confidence: str
    clause: str


@dataclass(frozen=True, kw_only=True)
class Ladder(Head):
    """Rungs in order, the mildest first, and the rules that lead to them."""

    steps: tuple[Step, ...]
    rules: tuple[LadderRule, ...]


@dataclass(frozen=True)
class Criterion:
    """One criterion of acceptance that a signer ticks."""

    key: str
    name: str
    clause: str


@dataclass(frozen=True, kw_only=True)
class Acceptance(Head):
    """The criteria, all of which must be ticked, and the days of public notice: ``None`` is an empty slot."""

    criteria: tuple[Criterion, ...]
    notice_days: int | None


@dataclass(frozen=True, kw_only=True)
class Signal:
    """When a measurement raises a warning: the least ``start`` (rungs of rank, days late), from where it is red, or which colours count.

    Where places are ranked, ``indicators`` and ``levels`` say which, and ``against`` with which period: ``before`` or ``year_before``.
    """

    key: str
    name: str
    colour: str
    colours: tuple[str, ...]
    start: int
    red_from: int | None
    clause: str
    indicators: tuple[str, ...] = ()
    levels: tuple[str, ...] = ()
    against: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Signals(Head):
    """Thresholds by kind of signal."""

    signals: tuple[Signal, ...]

    def signal(self, key: str) -> Signal:
        """The threshold of this kind."""
        return next(each for each in self.signals if each.key == key)


@dataclass(frozen=True, kw_only=True)
class RedLine:
    """One thing that a form must not do; ``on`` says where it is looked for."""

    key: str
    name: str
    on: str
    flag: str
    kinds: tuple[str, ...]
    clause: str


@dataclass(frozen=True, kw_only=True)
class RedLines(Head):
    """The red lines of one document."""

    number: str
    issued: date | None
    lines: tuple[RedLine, ...]


_T = TypeVar("_T")
Made = Workflow | Ladder | Acceptance | Signals | RedLines
SIGNALS: Final = ("indicator", "section", "rank", "overdue")
AGAINST: Final = ("before", "year_before")
"""With which period a rank is compared."""
COLOURS: Final = ("blue", "green", "yellow", "orange", "red")
ON: Final = ("form", "field", "register")
FLAGS: Final = ("check_in", "ranks", "counts_time", "no_complaint")
FIELD_KINDS: Final = ("number", "text", "choice", "day", "file", "photo", "place", "track")
"""Kinds of field of a form."""
_HEAD: Final = ("kind", "id", "title", "title_en", "confidence", "checked", "source", "note")


@dataclass(frozen=True)
class Report:
    """What was found in one file."""

    file: str
    made: Made | None
    problems: tuple[BookError, ...]


@dataclass(frozen=True)
class Governance:
    """Everything at hand, by id."""

    workflows: Mapping[str, Workflow]
    ladders: Mapping[str, Ladder]
    acceptances: Mapping[str, Acceptance]
    signals: Mapping[str, Signals]
    red_lines: Mapping[str, RedLines]

    def workflow(self, id: str) -> Workflow:
        """The workflow of this id; raises :class:`~yangban.base.errors.UsageError` with near matches."""
        return _pick(self.workflows, id, "流程")

    def ladder(self, id: str) -> Ladder:
        """The ladder of this id; raises :class:`~yangban.base.errors.UsageError` with near matches."""
        return _pick(self.ladders, id, "督办阶梯")


def _pick(held: Mapping[str, _T], id: str, what: str) -> _T:
    if id not in held:
        raise UsageError(f"没有{what} {id!r}；{near(id, list(held))}")
    return held[id]


def shipped_files() -> tuple[Path, ...]:
    """The shipped files, and those of the regions' packs."""
    return (*sorted(GOVERNANCE.glob("*.toml")), *sorted(Path(packs.__file__).parent.glob("*/governance/*.toml")))


def read(path: Path) -> Report:
    """Read one file and every problem in it; ``made`` is ``None`` when there is one."""
    table, problems = parse_toml(path)
    if table is None:
        return Report(path.name, None, tuple(problems))
    reader = Reader(path.name, table)
    made = reader.make()
    return Report(path.name, None if reader.problems else made, tuple(reader.problems))


def load_file(path: Path) -> Made:
    """Read one file; raises the first :class:`~yangban.base.errors.BookError`."""
    report = read(path)
    if report.problems:
        raise report.problems[0]
    assert report.made is not None  # read makes something whenever it finds no problem
    return report.made


@cache
def _shipped() -> tuple[Made, ...]:
    return tuple(map(load_file, shipped_files()))


def load_governance(files: Sequence[Path] = ()) -> Governance:
    """The shipped files with a user's own; an own file of the same id takes the place of the shipped one.

    >>> load_governance().workflow("rectification").state("closed").name
    '已销号'
    """
    held: dict[type, dict[str, Any]] = {kind: {} for kind in (Workflow, Ladder, Acceptance, Signals, RedLines)}
    for each in _shipped():
        if each.id in held[type(each)]:
            raise BookError(each.file, "id", f"{each.id!r} is taken by {held[type(each)][each.id].file}; give another id")
        held[type(each)][each.id] = each
    for path in files:
        own = load_file(path)
        held[type(own)][own.id] = own
    kinds = (Workflow, Ladder, Acceptance, Signals, RedLines)
    return Governance(*(MappingProxyType(held[kind]) for kind in kinds))


class Reader(TableReader):
    """One pass over one parsed file. What moves may name is a class's own: applications have other roles and guards than tasks."""

    roles: Mapping[str, str] = ROLES
    facts: Mapping[str, tuple[str, str]] = FACTS
    guards: Sequence[str] = GUARDS
    effects: Sequence[str] = EFFECTS

    def make(self) -> Made | None:
        kinds: Mapping[str, Callable[[], Made | None]] = {
            "workflow": self.workflow,
            "ladder": self.ladder,
            "acceptance": self.acceptance,
            "signals": self.signals,
            "red_lines": self.red_lines,
        }
        kind = str(self.table.get("kind"))
        if kind not in kinds:
            self.choice("kind", kind, list(kinds))
            return None
        return kinds[kind]()

    def head(self, *sections: str, optional: Sequence[str] = ()) -> dict[str, Any]:
        self.keys("", self.table, required=(*_HEAD, *sections), optional=optional)
        for key in ("id", "title", "title_en"):
            self.text(key, self.table.get(key))
        self.text("note", self.table.get("note", ""), empty=True)
        self.choice("confidence", self.table.get("confidence"), [word for word in CONFIDENCES if word != "unknown"])
        return {
            **{key: str(self.table.get(key)) for key in ("id", "title", "title_en", "confidence", "note")},
            "checked": self.day("checked", self.table.get("checked")) or date.max,
            "source": self.source("source", self.table.get("source")),
            "file": self.file,
        }

    def words(self, label: str, value: Any, allowed: Sequence[str]) -> tuple[str, ...]:
        if not isinstance(value, list):
            self.problem(label, f"expected a list out of {', '.join(allowed)}, got {value!r}")
            return ()
        for each in value:
            if each not in allowed:
                self.problem(label, f"{each!r} is not known; {near(str(each), allowed)}")
        return tuple(map(str, value))

    def count(self, label: str, value: Any) -> int:
        number = self.number(label, value)
        if number != int(number) or isinstance(value, bool):
            self.problem(label, f"expected a whole number, got {value!r}")
        return int(number)

    def workflow(self) -> Workflow | None:
        head = self.head("state", "move")
        states = []
        for entry, label, common in self.entries("state", ("key", "name", "symbol", "clause"), ("working", "ends")):
            self.text(f"{label}.name", entry.get("name"))
            self.text(f"{label}.symbol", entry.get("symbol"))
            states.append(
                State(
                    key=str(entry.get("key")),
                    name=str(entry.get("name")),
                    symbol=str(entry.get("symbol")),
                    working=entry.get("working") is True,
                    ends=entry.get("ends") is True,
                    clause=common["clause"],
                )
            )
        known = [each.key for each in states]
        moves = tuple(self.arrow(entry, label, common, known) for entry, label, common in self.arrows())
        if not any(each.starts for each in moves):
            self.problem("move", "no move begins the workflow; give one with from = []")
        for state in states:
            if not any(each.to == state.key for each in moves):
                self.problem(f"state[{state.key}]", "no move leads to it")
            if not state.ends and not any(state.key in each.origins and each.to != SAME for each in moves):
                self.problem(f"state[{state.key}]", "no move leads out of it, and it does not end the task")
        if self.problems:
            return None
        return Workflow(states=tuple(states), moves=moves, **head)

    def arrows(self) -> list[tuple[Mapping[str, Any], str, dict[str, Any]]]:
        return self.entries(
            "move",
            ("event", "name", "from", "to", "who", "clause"),
            ("needs", "may", "guards", "effects", "for"),
            named="event",
            again=True,
        )

    def arrow(self, entry: Mapping[str, Any], label: str, common: Mapping[str, Any], states: Sequence[str]) -> Move:
        self.text(f"{label}.name", entry.get("name"))
        self.choice(f"{label}.to", entry.get("to"), [*states, SAME, RESUME])
        who = entry.get("who")
        if not isinstance(who, list) or not who or not all(isinstance(each, dict) for each in who):
            self.problem(f"{label}.who", 'expected a list such as [{ role = "lead", level = "any" }]')
            who = []
        for each in who:
            self.choice(f"{label}.who.role", each.get("role"), list(self.roles))
            self.choice(f"{label}.who.level", each.get("level"), list(GRANTS))
        routes = entry.get("for", [])
        for each in routes:
            self.choice(f"{label}.for.task", each.get("task"), LEVELS)
            self.choice(f"{label}.for.list", each.get("list"), LEVELS)
        return Move(
            event=str(entry.get("event")),
            name=str(entry.get("name")),
            origins=self.words(f"{label}.from", entry.get("from"), states),
            to=str(entry.get("to")),
            who=tuple(Grant(str(each.get("role")), str(each.get("level"))) for each in who),
            needs=self.words(f"{label}.needs", entry.get("needs", []), list(self.facts)),
            may=self.words(f"{label}.may", entry.get("may", []), list(self.facts)),
            guards=self.words(f"{label}.guards", entry.get("guards", []), self.guards),
            effects=self.words(f"{label}.effects", entry.get("effects", []), self.effects),
            routes=tuple((str(each.get("task")), str(each.get("list"))) for each in routes),
            clause=str(common["clause"]),
        )

    def ladder(self) -> Ladder | None:
        head = self.head("step", "rule")
        steps = tuple(
            Step(
                **{key: str(entry.get(key, "")) for key in ("key", "name", "symbol", "document", "event")},
                clause=common["clause"],
            )
            for entry, _, common in self.entries("step", ("key", "name", "symbol", "clause"), ("document", "event"))
        )
        rules = []
        for entry, label, common in self.entries("rule", ("step", "colours", "clause"), ("points",), named="step", again=True):
            self.choice(f"{label}.step", entry.get("step"), [each.key for each in steps])
            colours = entry.get("colours")
            if not isinstance(colours, dict) or not colours:
                self.problem(f"{label}.colours", "expected a table such as { yellow = 2 }")
                colours = {}
            for colour, times in colours.items():
                self.choice(f"{label}.colours", colour, COLOURS)
                if self.count(f"{label}.colours.{colour}", times) < 1:
                    self.problem(f"{label}.colours.{colour}", "expected at least 1")
            points = self.number(f"{label}.points", entry["points"], negative=True) if "points" in entry else None
            rules.append(
                LadderRule(
                    step=str(entry.get("step")),
                    colours=MappingProxyType({str(colour): int(times) for colour, times in colours.items() if isinstance(times, int)}),
                    points=points,
                    confidence=common["confidence"],
                    clause=common["clause"],
                )
            )
        return None if self.problems else Ladder(steps=steps, rules=tuple(rules), **head)

    def acceptance(self) -> Acceptance | None:
        head = self.head("criterion", optional=("notice_days",))
        criteria = tuple(
            Criterion(str(entry.get("key")), str(entry.get("name")), common["clause"])
            for entry, _, common in self.entries("criterion", ("key", "name", "clause"), ())
        )
        days = self.count("notice_days", self.table["notice_days"]) if "notice_days" in self.table else None
        return None if self.problems else Acceptance(criteria=criteria, notice_days=days, **head)

    def signals(self) -> Signals | None:
        head = self.head("signal")
        made = []
        optional = ("colour", "colours", "from", "red_from", "indicators", "levels", "against")
        for entry, label, common in self.entries("signal", ("key", "name", "clause"), optional):
            indicators = entry.get("indicators", [])
            if not isinstance(indicators, list) or not all(isinstance(each, str) and each for each in indicators):
                self.problem(f"{label}.indicators", f'expected a list such as ["air.composite_index"], got {indicators!r}')
                indicators = []
            self.choice(f"{label}.key", entry.get("key"), SIGNALS)
            if "colour" in entry:
                self.choice(f"{label}.colour", entry["colour"], COLOURS)
            made.append(
                Signal(
                    key=str(entry.get("key")),
                    name=str(entry.get("name")),
                    colour=str(entry.get("colour", "")),
                    colours=self.words(f"{label}.colours", entry.get("colours", []), COLOURS),
                    start=self.count(f"{label}.from", entry.get("from", 1)),
                    red_from=self.count(f"{label}.red_from", entry["red_from"]) if "red_from" in entry else None,
                    clause=common["clause"],
                    indicators=tuple(indicators),
                    levels=self.words(f"{label}.levels", entry.get("levels", []), LEVELS),
                    against=self.words(f"{label}.against", entry.get("against", []), AGAINST),
                )
            )
        if absent := [key for key in SIGNALS if key not in {each.key for each in made}]:
            self.problem("signal", f"there is none for {', '.join(absent)}")
        return None if self.problems else Signals(signals=tuple(made), **head)

    def red_lines(self) -> RedLines | None:
        head = self.head("number", "issued", "line")
        self.text("number", self.table.get("number"))
        lines = []
        for entry, label, common in self.entries("line", ("key", "name", "on", "clause"), ("flag", "kinds")):
            self.choice(f"{label}.on", entry.get("on"), ON)
            if entry.get("on") == "form":
                self.choice(f"{label}.flag", entry.get("flag"), FLAGS)
            if entry.get("on") == "field" and not entry.get("kinds"):
                self.problem(f"{label}.kinds", f"expected a list out of {', '.join(FIELD_KINDS)}")
            lines.append(
                RedLine(
                    key=str(entry.get("key")),
                    name=str(entry.get("name")),
                    on=str(entry.get("on")),
                    flag=str(entry.get("flag", "")),
                    kinds=self.words(f"{label}.kinds", entry.get("kinds", []), FIELD_KINDS),
                    clause=common["clause"],
                )
            )
        issued = None if self.table.get("issued") == "unknown" else self.day("issued", self.table.get("issued"))
        return None if self.problems else RedLines(number=str(self.table["number"]), issued=issued, lines=tuple(lines), **head)


__all__ = [
    "Acceptance", "Criterion", "Governance", "Grant", "Ladder", "LadderRule", "Move", "RedLine", "RedLines", "Signal", "Signals", "State",
    "Step", "Workflow", "load_file", "load_governance", "read", "shipped_files",
]  # fmt: skip
