"""Who may do what on the site: every step of every workflow × post × level × own or another unit, by the tables that are typed in
``tests/govern/test_truth_tables.py``; and every step of a report. The workflow and the one permission table must both allow it."""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied

from govern.made import ACCEPTS, ASSISTING, LEAD, LINES, RESPONSIBLE, reach
from govern.test_truth_tables import FULL_STATES, FULL_TABLE, HIGHER, ROUTES, SHORT_STATES, SHORT_TABLE, blank
from web.plans.conftest import Town
from yangban.govern.model import Task as Plain
from yangban.govern.rows import to_row
from yangban.web.accounts import permissions
from yangban.web.accounts.models import Membership, Organisation, User
from yangban.web.accounts.roles import ROLE_NAMES
from yangban.web.plans import reports, tasks
from yangban.web.plans.actors import ACTIONS, REPORT_ACTIONS
from yangban.web.plans.models import Task, TaskReport

pytestmark = pytest.mark.django_db

LEVELS = ("province", "city", "county")
ELSEWHERE = {"province": "350000", "city": "360100", "county": "360102"}
OWN = {"lead": LEAD.unit, "responsible": RESPONSIBLE.unit, "assisting": ASSISTING.unit, "acceptance": ACCEPTS.unit}
FLOWS = (("rectification", FULL_STATES, FULL_TABLE), ("yearly", SHORT_STATES, SHORT_TABLE))


def somebody(pk: int, role: str, organisation: Organisation) -> User:
    """A person with one post, of whom the database knows nothing."""
    user = User(pk=pk, username=f"p{pk}")
    user.__dict__["_memberships"] = [Membership(user=user, organisation=organisation, role=role)]
    return user


def row_of(task: Plain) -> Task:
    row = tasks._columns(Task(id=task.id), task)
    row.body = to_row(task)
    return row


def people(level: str) -> list[tuple[User, str, str, str, bool]]:
    """Everyone who is tried on a task of a level: person, role of the post, what the unit is on the task, level of the unit, own or not."""
    codes, made = dict(LINES[level]), []
    count = itertools.count(1000)
    for of in LEVELS:
        for own in (True, False):
            code = codes.get(of, "360726") if own else ELSEWHERE[of]
            for part, name in OWN.items():
                unit = Organisation(pk=next(count), name=name if own else "别的单位", region=code, kind="department")
                made += [(somebody(next(count), role, unit), role, part if own else "", of, own) for role in ("head", "reporter")]
            office = Organisation(pk=next(count), name=f"office:{code}", region=code, kind="bureau")
            made.append((somebody(next(count), "office", office), "office", "", of, own))
            watch = Organisation(pk=next(count), name="督察办", region=code, kind="department")
            made.append((somebody(next(count), "supervision", watch), "supervision", "", of, own))
    other = Organisation(pk=next(count), name=f"office:{codes[level]}", region=codes[level], kind="bureau")
    rest = [role for role in ROLE_NAMES if role not in {"head", "reporter", "office", "supervision"}]
    return made + [(somebody(next(count), role, other), role, "", level, True) for role in rest]


def expected(task: Plain, known: set[str], table: dict[str, Any], who: tuple[User, str, str, str, bool]) -> set[str]:
    _, role, part, level, own = who
    found = set()
    for event in known - {"issue"}:
        roles, levels = table[event]
        if role == "head":
            fits = part in roles
        elif role == "reporter":
            fits = event == "evidence" and part in roles
        elif role == "office":
            raised = {"warned": task.level, "supervised": task.level}.get(task.state, "province")
            lies = {"own": level == task.level, "higher": level in HIGHER[task.level], "raiser": level == raised}
            fits = "office" in roles and own and lies[levels]
        else:
            fits = role == "supervision" and "supervision" in roles and own and level in dict(task.line)
        if fits:
            found.add(event)
    return found


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize(("workflow", "states", "table"), FLOWS, ids=[each[0] for each in FLOWS])
def test_every_step_post_level_and_unit(workflow: str, states: dict[str, set[str]], table: dict[str, Any], level: str) -> None:
    wrong, offered = [], 0
    everyone = people(level)
    for state, known in states.items():
        if not state:
            continue
        task = reach(state, level, workflow=workflow)
        row = row_of(task)
        for who in everyone:
            got = {move.event for move in tasks.open_to(who[0], row)}
            offered += len(got)
            if got != (wanted := expected(task, known, table, who)):
                wrong.append((state, who[1:], got ^ wanted))
    assert wrong == []
    assert offered > 20


@pytest.mark.parametrize("route", ROUTES, ids="-".join)
def test_every_step_of_a_report(route: tuple[str, str]) -> None:
    """Filled by the unit's reporters, signed by its head, reviewed by the office of each station on the route, by nobody else."""
    wrong = []
    unit = Organisation(pk=1, name="水利局", region="360700", kind="department")
    other = Organisation(pk=2, name="别的局", region="360700", kind="department")
    roles = [role for role in ROLE_NAMES if role != "office"]
    pairs = enumerate(itertools.product(roles, (unit, other)))
    tried = [(somebody(10 + n, role, body), role, "city", body is unit) for n, (role, body) in pairs]
    for n, (level, own) in enumerate(itertools.product(LEVELS, (True, False))):
        code = dict(LINES[route[0]]).get(level, "360726") if own else ELSEWHERE[level]
        body = Organisation(pk=100 + n, name=f"office:{code}", region=code, kind="bureau")
        tried.append((somebody(100 + n, "office", body), "office", level, own))
    stations = {"draft": "", "with_head": "", **{f"with_{each}": each for each in ROUTES[route]}}
    for state, station in stations.items():
        held = replace(blank(*route), state=state, fillers=frozenset({"another"}))
        row = TaskReport(id="r1", body=to_row(held), state=state)
        for user, role, level, own in tried:
            got = set(reports.open_to(user, row))
            wanted: set[str] = set()
            if state == "draft" and role == "reporter" and own:
                wanted = {"edit", "submit"}
            if state == "with_head" and role == "head" and own:
                wanted = {"sign", "return"}
            if station and role == "office" and own and level == station and level in dict(LINES[route[0]]):
                wanted = {"accept", "return"}
            if got != wanted:
                wrong.append((state, role, level, own, got ^ wanted))
    assert wrong == []


def test_every_role_of_a_workflow_has_an_action_and_every_action_is_asked() -> None:
    moves = [move for word in ("rectification", "yearly") for move in tasks.governance.workflow_of(word).moves]
    assert {grant.role for move in moves for grant in move.who} == set(ACTIONS)
    assert {grant.role for move in tasks.governance.chain().moves for grant in move.who} == set(REPORT_ACTIONS)
    assert {*ACTIONS.values(), *REPORT_ACTIONS.values()} == {
        "tasks.office", "tasks.inspect", "tasks.act", "tasks.fill", "tasks.sign", "tasks.review",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("action", "who", "event"),
    [("tasks.act", "head.water", "apply"), ("tasks.office", "office.city", "warn"), ("tasks.evidence", "fill.water", "evidence")],
)
def test_what_the_permission_table_takes_away_no_workflow_gives(
    town: Town, enter: Any, monkeypatch: Any, action: str, who: str, event: str
) -> None:
    row = town.working(workflow="rectification")
    user = town.people[who]
    assert event in {move.event for move in tasks.open_to(user, row)}
    monkeypatch.setitem(permissions.RULES, action, replace(permissions.RULES[action], roles=frozenset()))
    assert event not in {move.event for move in tasks.open_to(user, row)}
    with pytest.raises(PermissionDenied):
        tasks.act(user, row.pk, event, seen=2, facts={}, at=town.tick())
    answer = enter(user).post(f"/desk/tasks/{row.pk}/do/{event}/", {"seen": 2})
    assert answer.status_code in {302, 403}
    row.refresh_from_db()
    assert row.revision == 2


@pytest.mark.parametrize(("action", "who", "event"), [("tasks.sign", "head.water", "sign"), ("tasks.fill", "fill.water", "")])
def test_the_same_of_reports(town: Town, monkeypatch: Any, action: str, who: str, event: str) -> None:
    row = town.working()
    held = reports.fill(town.people["fill.water"], row.pk, "2026-01", progress="40", at=town.tick())
    monkeypatch.setitem(permissions.RULES, action, replace(permissions.RULES[action], roles=frozenset()))
    user = town.people[who]

    def step() -> None:
        if event:
            reports.step(user, held.pk, event, seen=held.step, at=town.tick())
        else:
            reports.fill(user, row.pk, "2026-02", progress="50", at=town.tick())

    with pytest.raises(PermissionDenied):
        step()


def test_supervision_of_another_place_finds_nothing_to_do(town: Town) -> None:
    row = town.working()
    body = Organisation.objects.create(name="别省督察办", region="350000", kind="department")
    user = User.objects.create_user(username="far", password="a word of twelve letters")
    Membership.objects.create(user=user, organisation=body, role="supervision", valid_from="2020-01-01")
    assert tasks.open_to(user, row) == ()
