"""Who may do what: every event of every workflow × role × level × own or another unit.

The tables below are written from the notes on how the three-level system works (9.2 roles, 9.3 state machine), not from the program. A task
of each level stands in turn; what is not in a table must be refused.
"""

from __future__ import annotations

from itertools import product

import pytest

from govern.made import ACCEPTS, ASSISTING, CHAIN, FULL, LEAD, LINES, PATHS, RESPONSIBLE, SHORT, START, do, facts_of, reach
from yangban.base.errors import NotAllowed
from yangban.govern.machine import Command
from yangban.govern.model import Task
from yangban.govern.records import Actor
from yangban.govern.reports import Report, advance
from yangban.govern.tasks import open_moves
from yangban.standards.governance import ROLES, Workflow

LEVELS = ("province", "city", "county")
HIGHER = {"province": ("province",), "city": ("province",), "county": ("city", "province")}
"""The offices above a task of each level; at the top the province's own stands for it."""
ANY = LEVELS

# event: (roles, levels of the actor for a task of the level: "own", "higher", "raiser", "any")
FULL_TABLE = {
    "issue": ({"office"}, "own"),
    "split": ({"lead"}, "any"),
    "report": ({"lead"}, "any"),
    "evidence": ({"lead", "responsible", "assisting"}, "any"),
    "warn": ({"office"}, "own"),
    "supervise": ({"office"}, "own"),
    "talk": ({"office"}, "higher"),
    "escalate": ({"office"}, "higher"),
    "catch_up": ({"office"}, "raiser"),
    "apply": ({"lead"}, "any"),
    "pass": ({"acceptance"}, "any"),
    "fail": ({"acceptance"}, "any"),
    "close": ({"office"}, "own"),
    "objection": ({"office"}, "own"),
    "relapse": ({"supervision"}, "line"),
    "resume": ({"lead"}, "any"),
    "amend": ({"office"}, "own"),
    "acknowledge": ({"lead"}, "any"),
}
SHORT_TABLE = {
    "issue": ({"office"}, "own"),
    "split": ({"lead"}, "any"),
    "report": ({"lead"}, "any"),
    "evidence": ({"lead", "responsible", "assisting"}, "any"),
    "apply": ({"lead"}, "any"),
    "return": ({"office"}, "own"),
    "confirm": ({"office"}, "own"),
    "close": ({"office"}, "own"),
    "amend": ({"office"}, "own"),
    "acknowledge": ({"lead"}, "any"),
}

# state: the events that it knows, from the rows of 9.3 (reports go on while a task is warned; an amendment is acknowledged)
FULL_STATES = {
    "": {"issue"},
    "issued": {"split", "amend"},
    "in_progress": {"report", "evidence", "warn", "apply", "amend"},
    "amended": {"acknowledge"},
    "warned": {"report", "evidence", "supervise", "catch_up"},
    "supervised": {"report", "evidence", "talk", "catch_up"},
    "talked_to": {"report", "evidence", "escalate", "catch_up"},
    "escalated": {"report", "evidence", "catch_up"},
    "applied": {"pass", "fail"},
    "public_notice": {"close", "objection"},
    "closed": {"relapse"},
    "reopened": {"resume"},
}
SHORT_STATES = {
    "": {"issue"},
    "issued": {"split", "amend"},
    "in_progress": {"report", "evidence", "apply", "amend"},
    "amended": {"acknowledge"},
    "reported": {"return", "confirm"},
    "confirmed": {"close"},
    "closed": set[str](),
}
CASES = [
    (workflow, states, table, level)
    for (workflow, states, table) in ((FULL, FULL_STATES, FULL_TABLE), (SHORT, SHORT_STATES, SHORT_TABLE))
    for level in LEVELS
]


def actor(task: Task, role: str, level: str, *, own: bool) -> Actor:
    """A person of a level in a role, of the very unit that the task names or stands under, or of another one."""
    named = {"lead": LEAD, "responsible": RESPONSIBLE, "assisting": ASSISTING, "acceptance": ACCEPTS}
    codes = dict(task.line)
    code = codes.get(level, "360726") if own else {"province": "350000", "city": "360100", "county": "360102"}[level]
    if role == "office":
        unit = f"office:{code}"
    elif role in named:
        unit = named[role].unit if own else "别的单位"
    else:
        unit = "督察办" if own else "别处督察办"
    return Actor(person="某人", unit=unit, role=role, level=level, place=code)


def allowed(task: Task, event: str, role: str, level: str, *, own: bool, table: dict[str, tuple[set[str], str]]) -> bool:
    roles, levels = table[event]
    if role not in roles or not own:
        return False
    if levels == "own":
        return level == task.level
    if levels == "higher":
        return level in HIGHER[task.level]
    if levels == "raiser":
        raised = {"warned": task.level, "supervised": task.level}.get(task.state, "province")
        return level == raised
    if levels == "line":
        return level in dict(task.line)
    return True


@pytest.mark.parametrize(
    ("workflow", "states", "table", "level"), CASES, ids=lambda each: getattr(each, "id", each if isinstance(each, str) else "")
)
def test_every_event_role_level_and_unit(
    workflow: Workflow, states: dict[str, set[str]], table: dict[str, tuple[set[str], str]], level: str
) -> None:
    wrong = []
    for state, known in states.items():
        task = reach(state, level, workflow=workflow.id)
        for role, of, own in product(ROLES, LEVELS, (True, False)):
            who = actor(task, role, of, own=own)
            expected = {event for event in known if allowed(task, event, role, of, own=own, table=table)}
            offered = {move.event for move in open_moves(task, who, workflow)}
            if offered != expected:
                wrong.append((state, role, of, own, offered ^ expected))
    assert wrong == []


@pytest.mark.parametrize(
    ("workflow", "states", "table", "level"), CASES, ids=lambda each: getattr(each, "id", each if isinstance(each, str) else "")
)
def test_the_one_function_agrees_with_the_table(
    workflow: Workflow, states: dict[str, set[str]], table: dict[str, tuple[set[str], str]], level: str
) -> None:
    """Not what is offered but what is done: each event is really asked for in each state by everybody."""
    wrong = []
    for state, known in states.items():
        task = reach(state, level, workflow=workflow.id)
        for event, role, of, own in product(table, ROLES, LEVELS, (True, False)):
            who = actor(task, role, of, own=own)
            expected = "state" if event not in known else "" if allowed(task, event, role, of, own=own, table=table) else "who"
            try:
                do(task, event, who)
                got = ""
            except NotAllowed as refusal:
                got = refusal.rule if refusal.rule in {"state", "who"} else ""
            if got != expected:
                wrong.append((state, event, role, of, own, got, expected))
    assert wrong == []


def test_every_state_of_the_data_is_in_a_table() -> None:
    assert {each.key for each in FULL.states} == FULL_STATES.keys() - {""}
    assert {each.key for each in SHORT.states} == SHORT_STATES.keys() - {""}
    assert {each.event for each in FULL.moves} == FULL_TABLE.keys()
    assert {each.event for each in SHORT.moves} == SHORT_TABLE.keys()
    assert PATHS.keys() >= FULL_STATES.keys() | SHORT_STATES.keys()


def test_province_acceptance_is_by_the_province_where_the_list_says_so() -> None:
    task = reach("applied", "county", acceptance_level="province")
    for level in ("county", "city"):
        with pytest.raises(NotAllowed) as refusal:
            do(task, "pass", Actor(**{**vars(ACCEPTS), "level": level}))
        assert refusal.value.rule == "who"
    assert do(task, "pass", Actor(**{**vars(ACCEPTS), "level": "province"})).task.state == "public_notice"


# ------------------------------------------------------------------------------------------------------- the report's way

# (level of the task, level of the list): the stations of a report after its head, each reviewed by the office of that level
ROUTES = {
    ("county", "county"): ("county",),
    ("county", "city"): ("city",),
    ("county", "province"): ("city", "province"),
    ("city", "city"): ("city",),
    ("city", "province"): ("city", "province"),
    ("province", "province"): ("province",),
}


def blank(level: str, listed_by: str) -> Report:
    return Report(id="r1", task="t1", unit="水利局", line=LINES[level], listed_by=listed_by, period="2026-01")


def step(report: Report, event: str, who: Actor) -> Report:
    facts = {"fill": {"progress": 1}, "edit": {"progress": 1}, "return": {"reason": "数不对"}}.get(event, {})
    if event in {"sign", "accept"}:
        facts = {"signature": who.person}
    command = Command(event=event, actor=who, at=report.touched or START, seen=report.step, facts=facts)
    return advance(report, command, workflow=CHAIN).report


def member(role: str, level: str, *, own: bool, line: tuple[tuple[str, str], ...] = LINES["county"], person: str = "") -> Actor:
    code = dict(line).get(level, "360725") if own else {"province": "350000", "city": "360100", "county": "360102"}[level]
    return Actor(person=person or role, unit="水利局" if own else "别的局", role=role, level=level, place=code)


@pytest.mark.parametrize("route", ROUTES, ids="-".join)
def test_a_report_goes_by_its_route_and_each_station_may_return_it(route: tuple[str, str]) -> None:
    filler, head = (member(role, "city", own=True) for role in ("filler", "head"))
    report = step(step(blank(*route), "fill", filler), "submit", filler)
    assert step(report, "return", head).returned == "数不对"
    report = step(report, "sign", head)
    for station in ROUTES[route]:
        assert report.state == f"with_{station}"
        for role, level, own in product(ROLES, LEVELS, (True, False)):
            who = member(role, level, own=own, line=LINES[route[0]])
            fits = role == "office" and level == station and own
            for event in ("accept", "return"):
                if fits:
                    step(report, event, who)
                else:
                    with pytest.raises(NotAllowed) as refusal:
                        step(report, event, who)
                    assert refusal.value.rule == "who"
        assert step(report, "return", member("office", station, own=True, line=LINES[route[0]])).state == "draft"
        report = step(report, "accept", member("office", station, own=True, line=LINES[route[0]]))
    assert report.state == "accepted"


@pytest.mark.parametrize(("event", "role"), [("fill", "filler"), ("submit", "filler"), ("sign", "head")])
def test_inside_the_unit_only_its_own_people_in_their_role(event: str, role: str) -> None:
    filler = member("filler", "city", own=True)
    report = blank("city", "province")
    for each in ("fill", "submit", "sign"):
        if each == event:
            break
        report = step(report, each, filler)
    for other, level, own in product(ROLES, LEVELS, (True, False)):
        who = member(other, level, own=own)
        if other == role and own:
            step(report, event, who)
        else:
            with pytest.raises(NotAllowed):
                step(report, event, who)


def test_who_filled_a_report_does_not_sign_it() -> None:
    both = member("filler", "city", own=True, person="一人两职")
    report = step(step(blank("city", "city"), "fill", both), "submit", both)
    with pytest.raises(NotAllowed, match="填过这份报告") as refusal:
        step(report, "sign", member("head", "city", own=True, person="一人两职"))
    assert refusal.value.rule == "not_filler"


def test_facts_of_events_are_those_of_the_workflow() -> None:
    """The builder brings no less and no more than the data asks for, so that a refusal in a test is never about a missing fact."""
    for move in FULL.moves:
        assert set(facts_of(move.event)) <= {*move.needs, *move.may}
