"""A made-up city with its offices, departments and counties: nothing here is anybody's real task."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

from yangban.assess.figure import Figure
from yangban.base.periods import parse
from yangban.govern.machine import Command
from yangban.govern.model import Around, Part, Task, Terms
from yangban.govern.records import Actor, Evidence
from yangban.govern.tasks import Outcome, transition
from yangban.indicators.targets import Target
from yangban.standards.governance import load_governance

GOVERNANCE = load_governance()
FULL = GOVERNANCE.workflow("rectification")
SHORT = GOVERNANCE.workflow("yearly")
CHAIN = GOVERNANCE.workflow("report-chain")
ACCEPTANCE = GOVERNANCE.acceptances["acceptance"]
TICKS = tuple(each.key for each in ACCEPTANCE.criteria)

PROVINCE = (("province", "360000"),)
CITY = (("city", "360700"), *PROVINCE)
COUNTY = (("county", "360725"), *CITY)
LINES = {"province": PROVINCE, "city": CITY, "county": COUNTY}
START = datetime(2026, 1, 5, 1, 0, tzinfo=UTC)
DEADLINE = date(2026, 11, 30)


def evidence(name: str = "报告.pdf", kind: str = "file") -> Evidence:
    return Evidence(name=name, digest=hashlib.sha256(name.encode()).hexdigest(), kind=kind)


def office(level: str, *, code: str = "", person: str = "") -> Actor:
    place = code or LINES[level][0][1]
    return Actor(person=person or f"办{place}", unit=f"office:{place}", role="office", level=level, place=place)


def unit(name: str, role: str, level: str = "city", *, person: str = "") -> Actor:
    return Actor(person=person or f"{name}的人", unit=name, role=role, level=level, place=LINES[level][0][1])


LEAD = unit("水利局", "lead")
RESPONSIBLE = unit("崇义县政府", "responsible", "county")
ASSISTING = unit("林业局", "assisting")
ACCEPTS = unit("生态环境局", "acceptance")
SUPERVISES = unit("督察办", "supervision", "province")


def target(**changes: Any) -> Target:
    made: dict[str, Any] = {
        "indicator": "air.pm25.mean", "subject": "360700", "period": parse("2026"), "value": Decimal(25), "direction": "at_most",
        "unit": "µg/m³", "source": "测试", "confidence": "unverified", "met_by": "rounded",
    }  # fmt: skip
    return Target(**{**made, **changes})


def figure(value: str, **changes: Any) -> Figure:
    made: dict[str, Any] = {
        "indicator": "air.pm25.mean", "subject": "360700", "subject_name": "赣州市", "subject_level": "city", "period": "2026",
        "exact": Fraction(value), "display": Decimal(round(Fraction(value))), "unit": "µg/m³", "edition": "gb3095-2012",
        "documents": ("gb3095-2012",),
    }  # fmt: skip
    return Figure(**{**made, **changes})


def draft(level: str = "city", *, workflow: str = "rectification", **terms: Any) -> Task:
    own = Terms(
        **{
            "title": "矿山修复", "basis": "测试文〔2026〕1号", "deadline": DEADLINE, "lead": LEAD.unit, "responsible": (RESPONSIBLE.unit,),
            "assisting": (ASSISTING.unit,), "acceptance": ACCEPTS.unit, **terms,
        }
    )  # fmt: skip
    code = LINES[level][0][1]
    return Task(id="t1", number="ZG-2026-001", workflow=workflow, line=LINES[level], office=f"office:{code}", terms=own, demo=True)


FACTS: Mapping[str, Mapping[str, Any]] = {
    "issue": {},
    "split": {"measures": ("复绿",), "milestones": ("6月底过半",)},
    "report": {"period": "2026-01", "progress": Fraction(1), "evidence": (evidence("1月.pdf"),)},
    "evidence": {"evidence": (evidence("现场.jpg", "photo"),)},
    "warn": {"reason": "进度慢", "step_due": date(2026, 6, 30)},
    "supervise": {"reason": "仍然慢", "letter": "督办〔2026〕1号"},
    "talk": {"talk": "约谈纪要1号"},
    "escalate": {"accountability": "移送1号"},
    "catch_up": {"evidence": (evidence("赶上.pdf"),)},
    "apply": {"dossier": (evidence("总结.pdf"), evidence("验收表.pdf"))},
    "pass": {"signature": "生态环境局的人", "criteria": TICKS, "notice_until": date(2026, 12, 31)},
    "fail": {"reason": "植被未成活"},
    "objection": {"objection": "群众反映仍有扬尘"},
    "close": {"filing": "销〔2027〕1号", "archive": "档案柜3"},
    "relapse": {"reason": "复垦地再次裸露", "evidence": (evidence("回头看.jpg", "photo"),)},
    "resume": {"measures": ("补种",)},
    "return": {"reason": "佐证不足"},
    "confirm": {"signature": "办360700"},
    "acknowledge": {},
}
"""What each event brings when it is well brought."""


def facts_of(event: str, workflow: str = "rectification") -> dict[str, Any]:
    from yangban.govern.model import Changes

    if event == "amend":
        return {"reason": "工程量变更", "basis": "测试文〔2026〕9号", "changes": Changes({"deadline": date(2027, 3, 31)})}
    made = dict(FACTS[event])
    if workflow == "yearly" and event == "split":
        del made["milestones"]
    return made


def around(task: Task, **changes: Any) -> Around:
    return Around(**{"acceptance": ACCEPTANCE, "ended": frozenset({"closed"}), **changes})


def do(task: Task, event: str, actor: Actor, *, at: datetime | None = None, beside: Around | None = None, **facts: Any) -> Outcome:
    """One step, at a moment after the last one unless said otherwise, with the usual facts changed by ``facts``."""
    workflow = GOVERNANCE.workflow(task.workflow)
    moment = at or (task.touched or START) + timedelta(hours=1)
    brought = {**facts_of(event, task.workflow), **facts}
    command = Command(event=event, actor=actor, at=moment, seen=task.revision, facts={k: v for k, v in brought.items() if v is not None})
    return transition(task, command, workflow=workflow, around=beside or around(task))


PATHS: Mapping[str, tuple[str, ...]] = {
    "": (),
    "issued": ("issue",),
    "in_progress": ("issue", "split"),
    "amended": ("issue", "split", "amend"),
    "warned": ("issue", "split", "warn"),
    "supervised": ("issue", "split", "warn", "supervise"),
    "talked_to": ("issue", "split", "warn", "supervise", "talk"),
    "escalated": ("issue", "split", "warn", "supervise", "talk", "escalate"),
    "applied": ("issue", "split", "report", "apply"),
    "public_notice": ("issue", "split", "report", "apply", "pass"),
    "closed": ("issue", "split", "report", "apply", "pass", "close"),
    "reopened": ("issue", "split", "report", "apply", "pass", "close", "relapse"),
    "reported": ("issue", "split", "report", "apply"),
    "confirmed": ("issue", "split", "report", "apply", "confirm"),
}
"""How each state is reached."""


def usual(task: Task, event: str) -> Actor:
    """Somebody who may do an event."""
    own = office(task.level)
    higher = office("province")
    return {
        "issue": own, "warn": own, "supervise": own, "close": own, "objection": own, "amend": own, "return": own, "confirm": own,
        "talk": higher, "escalate": higher, "catch_up": office(task.raised_by or task.level),
        "pass": ACCEPTS, "fail": ACCEPTS, "relapse": SUPERVISES,
    }.get(event, LEAD)  # fmt: skip


def reach(state: str, level: str = "city", *, workflow: str = "rectification", **terms: Any) -> Task:
    """A task that has come to a state by the shortest way."""
    task = draft(level, workflow=workflow, **terms)
    for event in ("issue", "split", "report", "apply", "confirm", "close") if (workflow, state) == ("yearly", "closed") else PATHS[state]:
        late = datetime(2027, 1, 10, 2, tzinfo=UTC) if event == "close" else None
        task = do(task, event, usual(task, event), at=late).task
    assert task.state == state
    return task


def part(number: str, *, deadline: date = DEADLINE, amount: str | None = None, code: str = "360725", **terms: Any) -> Part:
    own = Terms(
        title=f"{number}的部分", basis="测试", deadline=deadline, lead=f"{number}县政府",
        amount=None if amount is None else Decimal(amount), unit="" if amount is None else "个", **terms,
    )  # fmt: skip
    return Part(id=f"id-{number}", number=number, line=(("county", code), *CITY), office=f"office:{code}", terms=own)


__all__ = [name for name in globals() if not name.startswith("_")] + ["replace"]
