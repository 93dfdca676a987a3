"""The truth table of permissions, typed by hand: `may` agrees with it for every role, level, action, place and kind of organisation.

``within``: in the own place and everything beneath, nowhere else; ``own``: for the own organisation alone; ``any``: wherever;
``no``: never.
"""

from __future__ import annotations

import csv
import itertools
from pathlib import Path

import pytest

from yangban.web.accounts.models import Membership, Organisation, User
from yangban.web.accounts.permissions import RULES, may
from yangban.web.accounts.roles import LEVELS, ROLE_NAMES

TRUTH = Path(__file__).parents[1] / "truth"
PARTS = [
    list(csv.DictReader((TRUTH / f"{name}.csv").read_text(encoding="utf-8").splitlines()))
    for name in ("permissions", "plans", "cases", "pilots")
]
TABLE = [
    {key: answer for part in parts for key, answer in part.items()}
    for parts in zip(*PARTS, strict=True)
    if len({(part["role"], part["level"]) for part in parts}) == 1
]
HOME = {"province": "360000", "city": "360100", "county": "360102"}
BELOW = {"province": ("360100", "360400", "360102", "360000"), "city": ("360100", "360102", "360121"), "county": ("360102",)}
ELSEWHERE = {
    "province": ("430000", "430100", "999999", ""),
    "city": ("360000", "360400", "360402", "430100", "999999", ""),
    "county": ("360100", "360103", "360402", "360000", "999999", ""),
}
OTHER_KINDS = {
    # Departments report values and look at the desk; people of every body may be administered; all else is for bureaus.
    "desk.open": True, "reported.fill": True, "reported.check": True, "accounts.see": True, "accounts.manage": True, "accounts.grant": True,
    # Every unit may have tasks and forms; a committee's office sits in a bureau or a department.
    **dict.fromkeys((
        "tasks.see", "tasks.fill", "tasks.sign", "tasks.act", "tasks.evidence", "tasks.delegate", "tasks.hooks", "forms.fill",
    ), True),
    # Every unit may hand in and copy cases and run activities.
    **dict.fromkeys(("cases.submit", "cases.reuse", "activities.run"), True),
    # Every unit may apply for a title, be a pilot's support or keep a project; experts come from everywhere.
    **dict.fromkeys(("pilots.see", "pilots.prepare", "pilots.apply", "pilots.score", "pilots.support", "projects.edit"), True),
}  # fmt: skip


BODIES = {
    **dict.fromkeys((
        "points.run", "points.settle", "points.review", "points.draft", "points.approve", "points.close", "points.seal"
    ), "operator"),
    **dict.fromkeys(("points.unit", "points.fill"), "institution"),
}  # fmt: skip
"""The kind of body in which an action lies, where it is not a bureau."""


OFFICES = (
    "tasks.office", "tasks.review", "tasks.judge", "tasks.inspect", "plans.edit", "forms.register", "pilots.review", "pilots.inspect",
    "pilots.edit", "projects.grant",
)  # fmt: skip


def allowed_to(kind: str, action: str) -> bool:
    """Whether a body that is no bureau may do an action at all."""
    return OTHER_KINDS.get(action, False) or BODIES.get(action) == kind or (kind == "department" and action in OFFICES)


def member(role: str, level: str, kind: str = "bureau") -> tuple[User, Organisation]:
    """Somebody with one post, of whom the database knows nothing."""
    body = Organisation(pk=1, name="x", kind=kind, region=HOME[level])
    user = User(pk=7, username="x")
    user.__dict__["_memberships"] = [Membership(user=user, organisation=body, role=role)]
    return user, body


def test_the_table_is_whole() -> None:
    assert [(row["role"], row["level"]) for row in TABLE] == list(itertools.product(ROLE_NAMES, LEVELS))
    assert list(TABLE[0])[2:] == list(RULES)
    assert {answer for row in TABLE for name, answer in row.items() if name in RULES} == {"any", "within", "own", "no"}


@pytest.mark.parametrize("row", TABLE, ids=lambda row: f"{row['role']}-{row['level']}")
def test_what_one_may_is_what_the_table_says(row: dict[str, str]) -> None:
    level = row["level"]
    for action in RULES:
        user, body = member(row["role"], level, BODIES.get(action, "bureau"))
        answer = row[action]
        assert bool(may(user, action)) == (answer != "no"), action
        for code in BELOW[level]:
            assert bool(may(user, action, region=code)) == (answer != "no"), (action, code)
        for code in ELSEWHERE[level]:
            assert bool(may(user, action, region=code)) == (answer in {"any", "own"}), (action, code)
        assert bool(may(user, action, organisation=body.pk)) == (answer != "no"), action
        assert bool(may(user, action, organisation=body.pk + 1)) == (answer in {"any", "within"}), action
        assert not may(user, action, apart_from=[user.pk]) or answer == "no", action


@pytest.mark.parametrize("kind", ["department", "institution", "operator"])
@pytest.mark.parametrize("row", TABLE, ids=lambda row: f"{row['role']}-{row['level']}")
def test_other_bodies_do_not_act_as_bureaus(row: dict[str, str], kind: str) -> None:
    user, _ = member(row["role"], row["level"], kind)
    for action in RULES:
        assert bool(may(user, action)) == (row[action] != "no" and allowed_to(kind, action)), action


def test_two_posts_add_up_and_nothing_more() -> None:
    """A drafter of 南昌 who reads in 九江 drafts in 南昌 alone."""
    user, _ = member("drafter", "city")
    there = Organisation(pk=2, name="y", kind="bureau", region="360400")
    user.__dict__["_memberships"].append(Membership(user=user, organisation=there, role="reader"))
    assert may(user, "release.draft", region="360100")
    assert not may(user, "release.draft", region="360400")
    assert may(user, "release.see", region="360400")


def test_a_closed_account_and_a_guest_may_nothing() -> None:
    from django.contrib.auth.models import AnonymousUser

    user, _ = member("admin", "province")
    user.is_active = False
    assert not any(may(user, action) or may(AnonymousUser(), action) for action in RULES)
