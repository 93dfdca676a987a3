"""Random histories of a task and its parts: whatever the order of events, no invariant breaks.

A few hundred events in an ordinary run; ``YANGBAN_EVENTS=20000`` makes as many as asked for.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import hypothesis.strategies as st
from hypothesis import HealthCheck, settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from govern.made import (
    ACCEPTS,
    ASSISTING,
    FULL,
    LEAD,
    RESPONSIBLE,
    SUPERVISES,
    TICKS,
    around,
    draft,
    evidence,
    figure,
    office,
    target,
    unit,
)
from yangban.base.errors import NotAllowed
from yangban.govern.machine import Command
from yangban.govern.model import Around, Changes, Part, Split, Task, Terms
from yangban.govern.records import Actor, Record, day_of, verify
from yangban.govern.tasks import open_moves, transition

STEPS = 50
EVENTS = int(os.environ.get("YANGBAN_EVENTS", "1500"))

PEOPLE: tuple[Actor, ...] = (
    office("city"), office("province"), office("county"), LEAD, RESPONSIBLE, ASSISTING, ACCEPTS, SUPERVISES,
    unit("甲县政府", "lead", "county"), unit("乙县政府", "lead", "county"),
    # People with two hats, and a bureau that is office and lead at once.
    Actor(**{**vars(office("city")), "person": LEAD.person}), Actor(**{**vars(ACCEPTS), "person": LEAD.person}),
    Actor(**{**vars(office("city")), "unit": LEAD.unit}), Actor(**{**vars(LEAD), "role": "acceptance"}),
    unit("路人", "reader"),
)  # fmt: skip
EVENT_NAMES = tuple(dict.fromkeys(move.event for move in FULL.moves))
ONWARD = {"split", "apply", "pass", "close", "acknowledge"}
JUDGING = {"pass", "fail", "close", "relapse"}


class Histories(RuleBasedStateMachine):
    """A city's task of 163 projects with two counties below it; the clock only goes on."""

    def __init__(self) -> None:
        super().__init__()
        self.tasks: dict[str, Task] = {}
        self.logs: dict[str, list[Record]] = {}
        self.taken: list[str] = []
        self.now = datetime(2026, 1, 5, 1, tzinfo=UTC)
        self.count = 0

    @initialize(named=st.booleans())
    def begin(self, named: bool) -> None:
        task = draft(amount=Decimal(163), unit="个", targets=(target(),) if named else (), acceptance=ACCEPTS.unit)
        self.tasks[task.id] = task
        self.logs[task.id] = []

    def facts(self, task: Task, event: str, draw: st.DataObject) -> Mapping[str, Any]:
        pick = draw.draw
        day = day_of(self.now)
        self.count += 1
        number = pick(st.sampled_from([f"号{self.count}", "号1"]), label="number")
        made: dict[str, dict[str, Any]] = {
            "split": {"measures": ("复绿",), "milestones": ("过半",)},
            "warn": {"reason": "慢", "step_due": pick(st.sampled_from([day, day + timedelta(40)]))},
            "supervise": {"reason": "慢", "letter": number},
            "talk": {"talk": "纪要"},
            "escalate": {"accountability": "移送"},
            "catch_up": {"evidence": (evidence("赶上"),)},
            "evidence": {"evidence": (evidence(f"佐证{self.count}"),)},
            "apply": {"dossier": (evidence("总结"),)},
            "pass": {
                "signature": "签",
                "criteria": pick(st.sampled_from([TICKS, TICKS, TICKS, TICKS[1:]])),
                "notice_until": day + timedelta(10),
            },
            "fail": {"reason": "不合格"},
            "close": {"filing": number, "archive": "柜"},
            "objection": {"objection": "有异议"},
            "relapse": {"reason": "反弹", "evidence": (evidence("回头看"),)},
            "resume": {"measures": ("补种",)},
            "amend": {
                "reason": "变更",
                "basis": "文",
                "changes": Changes({"deadline": pick(st.sampled_from([day + timedelta(60), date(2026, 12, 31), date(2028, 1, 1)]))}),
            },
        }
        if event == "report":
            period = f"{day:%Y-%m}"
            last = max((n for held, n in task.reported if held == period), default=0)
            progress = pick(st.sampled_from([Fraction(1), Fraction(1), Fraction(1, 3)]))
            return {
                "period": period,
                "progress": progress,
                "evidence": (evidence("月报"),),
                "revision": pick(st.sampled_from([last + 1, 1])),
            }
        if event == "split" and task.terms.amount and task.level == "city" and pick(st.booleans()):
            return {**made["split"], "parts": self.split(task, draw)}
        if event == "close" and task.terms.targets and pick(st.booleans()):
            return {**made["close"], "unrecovered": "气象", "signature": pick(st.sampled_from(["主任", LEAD.person]))}
        return made.get(event, {})

    def split(self, task: Task, draw: st.DataObject) -> Split:
        first, second, kept = draw.draw(st.sampled_from([(100, 60, 3), (100, 63, None), (100, 60, None), (163, 0, 0)]))
        late = draw.draw(st.sampled_from([0, 0, 0, 1]))
        parts = []
        for name, code, amount in (("甲县", "360725", first), ("乙县", "360726", second)):
            terms = Terms(
                title=name, basis="分解", deadline=task.terms.deadline + timedelta(late), lead=f"{name}政府", acceptance=ACCEPTS.unit,
                amount=Decimal(amount), unit="个",
            )  # fmt: skip
            line = (("county", code), *task.line)
            parts.append(Part(id=name, number=f"{name}{self.count}", line=line, office=f"office:{code}", terms=terms))
        return Split(parts=tuple(parts), kept=None if kept is None else Decimal(kept))

    def beside(self, task: Task, good: bool) -> Around:
        parts = tuple(each for each in self.tasks.values() if each.parent == task.id)
        shown = (figure("24", period="2027" if self.now.year > 2026 else "2026") if good else figure("27"),)
        return around(task, taken=frozenset(self.taken), parent=self.tasks.get(task.parent), parts=parts, figures=shown)

    @rule(days=st.sampled_from([0, 0, 1, 12, 31]), likely=st.integers(0, 3), good=st.booleans(), draw=st.data())
    def act(self, days: int, likely: int, good: bool, draw: st.DataObject) -> None:
        """Somebody tries something: three times in four something that is open to them, else anything at all."""
        self.now += timedelta(days=days, minutes=1)
        task = self.tasks[draw.draw(st.sampled_from(sorted(self.tasks)))]
        chances = [(who, move.event) for who in PEOPLE for move in open_moves(task, who, FULL)]
        # The way to the closing is long; what leads on is tried more often.
        chances += [each for each in chances if each[1] in ONWARD] * 5
        if likely and chances:
            who, event = draw.draw(st.sampled_from(chances))
        else:
            who, event = draw.draw(st.sampled_from(PEOPLE)), draw.draw(st.sampled_from(EVENT_NAMES))
        facts = self.facts(task, event, draw)
        seen = task.revision - draw.draw(st.sampled_from([0, 0, 0, 0, 0, 1]))
        command = Command(event=event, actor=who, at=self.now, seen=seen, facts=facts)
        STATISTICS["tried"] += 1
        try:
            made = transition(task, command, workflow=FULL, around=self.beside(task, good))
        except NotAllowed:
            return
        STATISTICS["done"] += 1
        STATISTICS[f"to {made.task.state}"] = STATISTICS.get(f"to {made.task.state}", 0) + 1
        assert seen == task.revision
        before = self.tasks[task.id]
        assert made.task.revision == before.revision + 1
        if event != "amend":
            assert made.task.terms == before.terms
        else:
            assert made.task.earlier == (*before.earlier, before.terms)
        assert made.task.closings[: len(before.closings)] == before.closings
        self.tasks[task.id] = made.task
        for part in made.parts:
            assert part.id not in self.tasks
            self.tasks[part.id] = part
            self.logs[part.id] = []
        for each in made.records:
            self.logs[each.subject].append(each)
        self.taken += made.taken

    @invariant()
    def numbers_are_used_once(self) -> None:
        assert len(self.taken) == len(set(self.taken))

    @invariant()
    def every_log_is_whole_and_tells_the_state(self) -> None:
        for task in self.tasks.values():
            log = self.logs[task.id]
            assert verify(log) == task.revision
            assert (log[-1].to if log else "") == task.state

    @invariant()
    def nothing_is_recorded_without_what_it_needs(self) -> None:
        needs = {move.event: set(move.needs) for move in FULL.moves}
        for log in self.logs.values():
            for each in log:
                assert all(each.facts.get(key) not in (None, "", []) for key in needs[each.event])

    @invariant()
    def nobody_judges_what_they_report_on(self) -> None:
        for task in self.tasks.values():
            persons: set[str] = set()
            units = task.terms.reporting.union(*(each.reporting for each in task.earlier))
            for each in self.logs[task.id]:
                if each.event in {"report", "evidence", "apply"}:
                    persons.add(each.actor.person)
                if each.event in JUDGING:
                    assert each.actor.person not in persons
                    assert each.actor.unit not in units

    @invariant()
    def a_closed_task_has_gone_the_whole_way(self) -> None:
        for task in self.tasks.values():
            log = self.logs[task.id]
            for n, each in enumerate(log):
                if each.event == "close":
                    way = [one.event for one in log[:n] if one.event not in {"report", "evidence"}]
                    assert way[-2:] == ["apply", "pass"]
                    notice = date.fromisoformat(next(one for one in reversed(log[:n]) if one.event == "pass").facts["notice_until"])
                    assert day_of(each.at) > notice
                    assert set(next(one for one in reversed(log[:n]) if one.event == "pass").facts["criteria"]) == set(TICKS)

    @invariant()
    def parts_keep_sum_and_deadline(self) -> None:
        whole = self.tasks.get("t1")
        parts = [each for each in self.tasks.values() if each.parent == "t1"]
        if whole is not None and parts:
            assert sum((each.terms.amount or 0 for each in parts), whole.kept or Decimal(0)) == whole.terms.amount
            assert max(each.terms.deadline for each in parts) <= whole.terms.deadline
            if whole.state == "closed":
                # A part may relapse after the whole was closed; it was closed before.
                assert all(each.closings for each in parts)


STATISTICS: dict[str, int] = {"tried": 0, "done": 0}

Histories.TestCase.settings = settings(
    max_examples=max(1, EVENTS // STEPS),
    stateful_step_count=STEPS,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    derandomize="YANGBAN_EVENTS" not in os.environ,
    database=None,
)
TestHistories = Histories.TestCase


def test_the_histories_went_deep_enough() -> None:
    """Random steps that reach nothing prove nothing."""
    if STATISTICS["tried"]:
        assert STATISTICS["done"] > STATISTICS["tried"] // 5
        assert STATISTICS.get("to applied", 0) > 0
        print(STATISTICS)
