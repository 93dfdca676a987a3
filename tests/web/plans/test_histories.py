"""Random histories through the site's own doors, and the invariants looked for in the tables: whatever the order of events, none breaks.

Some 150 events in an ordinary run, the same ones each time; ``YANGBAN_EVENTS=20000`` makes as many as asked for, from ``YANGBAN_SEED``.
People have several posts, numbers come twice, facts are missing, pages are stale, and reports come back in between.
"""

from __future__ import annotations

import os
import random
from collections import Counter
from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied

from web.plans.conftest import Town
from web.plans.test_warnings_forms import target
from yangban.base.errors import NotAllowed, YangbanError
from yangban.govern.model import Changes
from yangban.govern.model import Task as Plain
from yangban.govern.records import BEIJING, Evidence, Record, verify
from yangban.govern.rows import report_of, task_of
from yangban.web.accounts.audit import problems
from yangban.web.accounts.models import Membership
from yangban.web.plans import governance, reports, tasks
from yangban.web.plans.models import EvidenceFile, NumberTaken, StepRecord, Task, TaskReport

pytestmark = pytest.mark.django_db

EVENTS = int(os.environ.get("YANGBAN_EVENTS", "150"))
SEED = int(os.environ.get("YANGBAN_SEED", "7"))
JUDGING = {"pass", "fail", "close", "confirm", "relapse"}
LETTERS = ("number", "letter", "filing")
ONWARD = {"split", "apply", "pass", "confirm", "close", "acknowledge", "resume"}


class History:
    """A town in which anybody tries anything."""

    def __init__(self, town: Town, seed: int) -> None:
        self.town, self.chance = town, random.Random(seed)
        self.rows: list[str] = []
        self.touched: set[str] = set()
        self.seen: dict[tuple[str, int], str] = {}
        self.accepted: dict[str, Any] = {}
        self.count = 0
        self.told: Counter[str] = Counter()
        # People with two hats: who fills is also of the office, who accepts is also of the lead.
        for who, unit, role in (
            ("fill.water", "office.city", "office"), ("head.accept", "head.water", "head"), ("head.county", "office.county", "office"),
            ("head.forest", "head.forest", "reporter"),
        ):  # fmt: skip
            Membership.objects.create(user=town.people[who], organisation=town.units[unit], role=role, valid_from=date(2020, 1, 1))
            town.people[who].__dict__.pop("_memberships", None)
        self.people = list(town.people.values())

    def of(self, *several: Any) -> Any:
        return self.chance.choice(several)

    def number(self, word: str) -> str:
        """A number, one in eight a used one."""
        self.count += 1
        return f"{word}-{self.chance.randint(1, self.count) if self.chance.random() < 0.125 else self.count}"

    # ---------------------------------------------------------------------------------------------------------------- what is tried

    def step(self) -> None:
        self.town.tick(minutes=self.chance.choice((1, 7, 60, 60 * 26)))
        kind = self.chance.random()
        try:
            if not self.rows or (kind < 0.06 and len(self.rows) < 400):
                self.issue()
            elif kind < 0.45:
                self.report()
            else:
                self.act()
        except (NotAllowed, PermissionDenied, YangbanError) as refusal:
            self.told[f"refused {getattr(refusal, 'rule', type(refusal).__name__)}"] += 1

    def issue(self) -> None:
        word = self.of("yearly", "rectification")
        terms = self.town.terms(
            deadline=self.town.moment.date() + timedelta(days=self.of(-1, 30, 200, 400)),
            amount=self.of(None, Decimal(10)), unit="个", targets=self.of((), (), (target("25", year=2026),)),
        )  # fmt: skip
        if terms.amount is None:
            terms = self.town.terms(deadline=terms.deadline, targets=terms.targets)
        made = tasks.draft(
            number=self.number("任"), terms=terms, place="360700", office=self.town.units["office.city"].name, workflow=word, demo=True
        )  # fmt: skip
        row = tasks.issue(self.of(self.town.people["office.city"], *self.people), made, at=self.town.moment)
        self.rows.append(row.pk)
        self.touched.add(row.pk)
        self.told["issue"] += 1

    def report(self) -> None:
        waiting = list(TaskReport.objects.exclude(state="accepted").order_by("pk"))
        if waiting and self.chance.random() < 0.6:
            held = self.chance.choice(waiting)
            user = self.chance.choice(self.people)
            self.touched.add(held.task_id)
            open_to = reports.open_to(user, held)
            event = self.of(*open_to) if open_to and self.chance.random() < 0.9 else self.of("sign", "accept", "return", "submit")
            if event in {"edit", "submit"}:
                return self.fill(user, held.task, held.period)
            facts = {"reason": self.of("数不对", "")} if event == "return" else {}
            reports.step(user, held.pk, event, seen=held.step - self.of(0, 0, 0, 1), facts=facts, at=self.town.moment)
            self.told[event] += 1
            return None
        rows = list(Task.objects.filter(pk__in=self.rows[-60:], working=True).order_by("pk"))
        if rows:
            month = self.town.moment.astimezone(BEIJING).date().replace(day=1)
            period = f"{self.of(month, month - timedelta(days=1)):%Y-%m}"
            self.fill(self.of(self.town.people["fill.water"], *self.people), self.chance.choice(rows), period)
        return None

    def fill(self, user: Any, row: Task, period: str) -> None:
        self.touched.add(row.pk)
        proof = f"{self.chance.randrange(16**8):064x}"
        EvidenceFile.objects.create(task=row, digest=proof, name="现场.jpg", size=1, by=user)
        evidence = [proof] if self.chance.random() < 0.9 else []
        progress = self.of("100", "100", "40", "33.3", "101")
        reports.fill(user, row.pk, period, progress=progress, evidence=evidence, submit=self.chance.random() < 0.9, at=self.town.moment)
        self.told["fill"] += 1

    def act(self) -> None:
        row = Task.objects.get(pk=self.chance.choice(self.rows[-60:]))
        self.touched.add(row.pk)
        chances = [(user, move.event) for user in self.chance.sample(self.people, 4) for move in tasks.open_to(user, row)]
        chances += [each for each in chances if each[1] in ONWARD] * 3
        if chances and self.chance.random() < 0.85:
            user, event = self.chance.choice(chances)
        else:
            moves = governance.workflow_of(row.workflow).moves
            user, event = self.chance.choice(self.people), self.chance.choice([each.event for each in moves if each.event != "issue"])
        task = task_of(row.body)
        stale = self.chance.random() < 0.1
        made = tasks.act(user, row.pk, event, seen=row.revision - stale, facts=self.facts(task, event), at=self.town.moment)
        assert not stale
        self.told[event] += 1
        self.told[f"to {made.state}"] += 1
        fresh = [each.pk for each in made.parts.all() if each.pk not in self.rows]
        self.rows += fresh
        self.touched.update(fresh)
        if self.chance.random() < 0.1:
            # The second of two officers who looked at the same page.
            with pytest.raises(NotAllowed) as refused:
                tasks.act(user, row.pk, event, seen=row.revision, facts=self.facts(task, event), at=self.town.moment)
            assert refused.value.rule == "stale"
            self.told["second of two"] += 1

    def facts(self, task: Plain, event: str) -> Mapping[str, Any]:
        day = self.town.moment.astimezone(BEIJING).date()
        proof = Evidence(name="材料.pdf", digest=f"{self.chance.randrange(16**8):064x}")
        ticks = tuple(each.key for each in governance.acceptance().criteria)
        made: dict[str, Any] = {
            "split": {"measures": ("做",), "milestones": ("过半",)},
            "warn": {"reason": "慢", "step_due": day + timedelta(days=self.of(0, 20, 900))},
            "supervise": {"reason": "仍慢", "letter": self.number("督")},
            "talk": {"talk": "纪要"},
            "escalate": {"accountability": "移送"},
            "catch_up": {"evidence": (proof,)},
            "evidence": {"evidence": (proof,)},
            "apply": {"dossier": (proof,)},
            "pass": {
                "signature": "签", "criteria": self.of(ticks, ticks, ticks[1:]), "notice_until": day + timedelta(days=self.of(1, 2, 0)),
            },
            "fail": {"reason": "不合格"},
            "objection": {"objection": "有异议"},
            "close": {"filing": self.number("销"), "archive": "柜"},
            "relapse": {"reason": "反弹", "evidence": (proof,)},
            "resume": {"measures": ("补",)},
            "return": {"reason": "不足"},
            "confirm": {"signature": "签"},
            "report": {"period": f"{day:%Y-%m}", "progress": Fraction(1), "evidence": (proof,)},
            "amend": {
                "reason": "变", "basis": "文", "changes": Changes({"deadline": day + timedelta(days=self.of(-3, 60, 500))}),
            },
        }.get(event, {})  # fmt: skip
        if event == "split" and task.terms.amount is not None and task.level == "city" and self.chance.random() < 0.6:
            part = {
                "number": self.number("县"), "place": "360725", "lead": "测试县政府", "amount": Decimal(self.of(6, 6, 7)), "acceptance": "",
            }  # fmt: skip
            made["parts"] = tasks.split_of(task, [part], Decimal(4))
        if event in {"close"} and task.terms.targets and self.chance.random() < 0.7:
            made |= {"unrecovered": "气象", "signature": "主任"}
        if self.chance.random() < 0.05 and made:
            made.pop(self.chance.choice(sorted(made)))
        return made

    # ---------------------------------------------------------------------------------------------------------------- what must hold

    def check(self, pks: list[str]) -> None:
        rows = {row.pk: row for row in Task.objects.filter(pk__in=pks)}
        logs: dict[str, list[Record]] = {pk: [] for pk in pks}
        for each in StepRecord.objects.filter(subject__in=pks).order_by("subject", "seq"):
            logs[each.subject].append(Record.from_dict(each.body))
        written: dict[str, set[str]] = {}
        for report in TaskReport.objects.filter(task__in=pks):
            self.one_report(report)
            for each in StepRecord.objects.filter(subject=report.pk, event__in=("fill", "edit")):
                written.setdefault(report.task_id, set()).add(each.person)
        for pk, row in rows.items():
            self.one_task(row, logs[pk], written.get(pk, set()))
        assert TaskReport.objects.filter(pk__in=self.accepted).count() == len(self.accepted)

    def one_report(self, row: TaskReport) -> None:
        log = tasks.steps(row.pk)
        assert verify(log) == row.step
        assert log[-1].to == row.state == report_of(row.body).state
        if row.state == "accepted":
            # What was accepted stays as it was; a correction is another row.
            assert self.accepted.setdefault(row.pk, row.body) == row.body
        signers = {each.actor.person for each in log if each.event in {"sign", "accept"}}
        assert not signers & {each.actor.person for each in log if each.event in {"fill", "edit"}}

    def one_task(self, row: Task, log: list[Record], fillers: set[str]) -> None:
        task = task_of(row.body)
        moves: dict[str, set[str]] = {}
        for move in governance.workflow_of(row.workflow).moves:
            moves.setdefault(move.event, set(move.needs)).intersection_update(move.needs)
        assert verify(log) == row.revision == task.revision
        assert log[-1].to == row.state == task.state
        for each in log:
            # The log only grows: what was there is there, as it was.
            assert self.seen.setdefault((each.subject, each.seq), each.digest) == each.digest
            assert all(each.facts.get(key) not in (None, "", []) for key in moves[each.event] if each.event != "issue"), each.event
        fresh = tasks._columns(Task(id=row.pk), task)
        names = (
            "number",
            "title",
            "level",
            "place",
            "state",
            "working",
            "ended",
            "deadline",
            "progress",
            "percent",
            "newest_period",
            "lead",
        )
        assert [getattr(fresh, name) for name in names] == [getattr(row, name) for name in names]
        # Nobody judges what they report on: by person (also who only filled a report) and by unit (also one that was taken off).
        units = task.terms.reporting.union(*(each.reporting for each in task.earlier))
        on_it: set[str] = set()
        for each in log:
            if each.event in {"report", "evidence", "apply"}:
                on_it |= {each.actor.person, *each.facts.get("filled_by", ())}
            if each.event in JUDGING:
                assert each.actor.person not in on_it, (row.number, each.event)
                assert each.actor.unit not in units
        assert {each for each in fillers if each in on_it} <= task.reporters
        self.deadline(task, log)
        self.closings(row, task, log)
        parts = [task_of(each.body) for each in row.parts.all()]
        if parts:
            assert sum((each.terms.amount or 0 for each in parts), task.kept or Decimal(0)) == task.terms.amount
            assert max(each.terms.deadline for each in parts) <= task.terms.deadline
            assert row.state != "closed" or all(each.closings for each in parts)
        named = {(each.role, each.organisation.name) for each in row.units.select_related("organisation")}
        assert named == {(role, name) for role, names in tasks._by_role(task.terms).items() for name in names}

    def deadline(self, task: Plain, log: list[Record]) -> None:
        """A deadline is that of the issue until an amendment says another; every version is kept."""
        held = log[0].facts["deadline"]
        amended = 0
        for each in log:
            if each.event == "amend":
                amended += 1
                held = each.facts["changes"].get("deadline", {"after": held})["after"]
        assert task.terms.deadline.isoformat() == held
        assert len(task.earlier) == amended

    def closings(self, row: Task, task: Plain, log: list[Record]) -> None:
        closed = [n for n, each in enumerate(log) if each.event == "close"]
        assert len(task.closings) == len(closed)
        for n in closed:
            way = [each.event for each in log[:n] if each.event not in {"report", "evidence"}]
            assert way[-2:] == (["apply", "pass"] if row.workflow == "rectification" else ["apply", "confirm"])
            if row.workflow == "rectification":
                passed = next(each for each in reversed(log[:n]) if each.event == "pass")
                assert log[n].at.astimezone(BEIJING).date().isoformat() > passed.facts["notice_until"]
                assert len(passed.facts["criteria"]) == 5

    def numbers(self) -> None:
        """Every number of a task, a letter, a filing stands once among those that are taken, and nothing else does."""
        given = list(Task.objects.values_list("number", flat=True))
        for body in StepRecord.objects.filter(event__in=("supervise", "close")).values_list("body", flat=True):
            given += [body["facts"][key] for key in LETTERS if key in body["facts"]]
        assert len(given) == len(set(given))
        assert set(given) == set(NumberTaken.objects.values_list("number", flat=True))


def test_whatever_the_order_of_events_no_invariant_breaks(town: Town) -> None:
    history = History(town, SEED)
    for n in range(EVENTS):
        history.step()
        if n % 25 == 24:
            history.check(sorted(history.touched))
            history.touched.clear()
    history.check(history.rows)
    history.numbers()
    assert problems() == []
    told = history.told
    # Random steps that reach nothing prove nothing.
    assert sum(count for word, count in told.items() if not word.startswith(("refused", "to "))) > EVENTS // 8, told
    assert told["second of two"] > 0
    if EVENTS >= 2000:
        assert {"to closed", "to reopened", "to supervised", "accept", "pass", "confirm", "amend"} <= {
            word for word, n in told.items() if n
        }


def test_who_only_filled_a_report_does_not_close_the_task(town: Town, monkeypatch: Any) -> None:
    """The filler has a post in the office as well: signing was another's, closing is another's too."""
    user = town.people["fill.water"]
    Membership.objects.create(user=user, organisation=town.units["office.city"], role="office", valid_from=date(2020, 1, 1))
    user.__dict__.pop("_memberships", None)
    row = town.working()
    held = reports.fill(user, row.pk, "2026-01", progress="100", at=town.tick())
    reports.step(town.people["head.water"], held.pk, "sign", seen=held.step, at=town.tick())
    row.refresh_from_db()
    proof = Evidence(name="总结.pdf", digest="0" * 64)
    row = tasks.act(town.people["head.water"], row.pk, "apply", seen=row.revision, facts={"dossier": (proof,)}, at=town.tick())
    with pytest.raises(NotAllowed, match="报送过本任务"):
        tasks.act(user, row.pk, "confirm", seen=row.revision, facts={"signature": "x"}, at=town.tick())
    assert tasks.act(town.people["office.city"], row.pk, "confirm", seen=row.revision, facts={"signature": "x"}, at=town.tick()).state
