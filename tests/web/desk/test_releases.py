"""The way of a release: three people, refusals, a killed worker, and Figures that change after the check."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.utils import timezone

from yangban.base.errors import UsageError
from yangban.publish.release import releases as frozen_releases
from yangban.readings.events import Event, append, hour_label
from yangban.readings.workspace import Workspace
from yangban.run.local import assess_air
from yangban.web.accounts.models import AuditEntry
from yangban.web.monitor import releases, work
from yangban.web.monitor.models import ReleaseDraft
from yangban.web.public import selectors
from yangban.web.public.models import PublishedRelease

pytestmark = pytest.mark.django_db
State = ReleaseDraft.State


@pytest.fixture(autouse=True)
def small(small_workspace: Workspace) -> Workspace:
    """A small workspace: releases are frozen from the readings, and a province takes long."""
    return small_workspace


def quiet(*_: Any) -> None:
    pass


@pytest.fixture
def three(person: Any) -> tuple[Any, Any, Any]:
    return person("drafter"), person("checker"), person("signer")


def row_of(user: Any, region: str = "360000", **more: Any) -> ReleaseDraft:
    return releases.draft(user, region, **{"years": [2023], "days": False, "note": "全年结果", **more})


def checked(three: tuple[Any, Any, Any], **more: Any) -> ReleaseDraft:
    row = row_of(three[0], **more)
    work.draft(row.job, quiet)
    row.refresh_from_db()
    releases.check(row, three[1])
    return row


def test_three_people_take_a_release_to_the_public(three: Any) -> None:
    drafter, checker, signer = three
    row = row_of(drafter, document_number="赣环〔2024〕1号")
    assert row.state == State.FREEZING
    work.draft(row.job, quiet)
    row.refresh_from_db()
    assert row.state == State.DRAFTED
    # The release of the fixture has days too: what is the same is the year and its parts, and nothing changed.
    assert row.differences["against"] == 1
    assert (row.differences["changed"], row.differences["new"]) == (0, 0)
    assert row.differences["same"] == row.preview["rows"]
    assert selectors.newest().number == 1
    releases.check(row, checker)
    releases.sign(row, signer)
    work.sign(row.job, quiet)
    row.refresh_from_db()
    assert row.state == State.SIGNED
    assert row.published is not None
    assert row.published.figures_digest == row.figures_digest
    assert selectors.newest().number == row.published_id == row.number + 1
    assert selectors.newest().document_number == "赣环〔2024〕1号"
    told = list(AuditEntry.objects.values_list("action", "actor"))
    assert told == [
        ("release.draft", drafter.username),
        ("release.drafted", drafter.username),
        ("release.check", checker.username),
        ("release.sign", signer.username),
        ("release.published", signer.username),
    ]


def test_nobody_takes_two_steps(three: Any, person: Any) -> None:
    from yangban.web.accounts.models import Membership

    drafter, checker, _signer = three
    bureau = drafter.memberships.get().organisation
    for role in ("checker", "signer"):
        Membership.objects.create(user=drafter, organisation=bureau, role=role)
        Membership.objects.get_or_create(user=checker, organisation=bureau, role=role)
    row = row_of(drafter)
    work.draft(row.job, quiet)
    row.refresh_from_db()
    drafter.__dict__.pop("_memberships", None)
    checker.__dict__.pop("_memberships", None)
    with pytest.raises(PermissionDenied, match="另一人"):
        releases.check(row, drafter)
    releases.check(row, checker)
    for user in (drafter, checker):
        with pytest.raises(PermissionDenied, match="另一人"):
            releases.sign(row, user)
    row.refresh_from_db()
    assert row.state == State.CHECKED


@pytest.mark.parametrize(
    "steps", [{"checked_by": 0}, {"checked_by": 1, "signed_by": 0}, {"checked_by": 1, "signed_by": 1}, {"state": "signed", "checked_by": 1}]
)
def test_the_database_refuses_two_steps_of_one_person(three: Any, steps: dict[str, Any]) -> None:
    row = ReleaseDraft.objects.create(region="360000", note="x", drafted_by=three[0])
    taken = {name: three[value] if isinstance(value, int) else value for name, value in steps.items()}
    with pytest.raises(IntegrityError), transaction.atomic():
        ReleaseDraft.objects.filter(pk=row.pk).update(**taken)


STEPS = {
    "check": lambda row, three: releases.check(row, three[1]),
    "sign": lambda row, three: releases.sign(row, three[2]),
    "return": lambda row, three: releases.return_to_drafter(row, three[1], "不对"),
    "withdraw": lambda row, three: releases.withdraw(row, three[0]),
}
ALLOWED = {
    State.FREEZING: {"withdraw"},
    State.DRAFTED: {"check", "return", "withdraw"},
    State.CHECKED: {"sign", "withdraw"},
    State.SIGNED: set(),
    State.RETURNED: {"withdraw"},
    State.WITHDRAWN: set(),
    State.FAILED: {"withdraw"},
}


@pytest.mark.parametrize("state", State.values)
@pytest.mark.parametrize("step", STEPS)
def test_the_states_and_their_steps(three: Any, state: str, step: str) -> None:
    """The truth table of the way: what may be done in which state. (A checked draft is returned by the signer, not the checker.)"""
    drafter, checker, signer = three
    past = {"checked_by": checker} if state in {State.CHECKED, State.SIGNED} else {}
    past |= {"signed_by": signer} if state == State.SIGNED else {}
    row = ReleaseDraft.objects.create(region="360000", note="x", drafted_by=drafter, state=state, **past)
    if step in ALLOWED[State(state)]:
        STEPS[step](row, three)
        assert row.state != state
    else:
        with pytest.raises((UsageError, PermissionDenied)):
            STEPS[step](row, three)
        row.refresh_from_db()
        assert row.state == state


def test_a_signer_returns_with_a_reason(three: Any) -> None:
    row = checked(three)
    with pytest.raises(UsageError, match="理由"):
        releases.return_to_drafter(row, three[2], " ")
    releases.return_to_drafter(row, three[2], "五月的数要核对")
    assert (row.state, row.checked_by, row.remark) == (State.RETURNED, None, "五月的数要核对")


def test_figures_that_changed_after_the_check_are_not_published(small: Workspace, three: Any) -> None:
    """A day of 南昌 is excluded and the year assessed again between check and signature: back to the drafter, and nothing is made."""
    row = checked(three)
    event = Event("exclusion", "360100", hour_label("2023-01-09"), hour_label("2023-01-09", last=True), "张三", reason="仪器故障")
    append(small, [event])
    assess_air(small, [2023], editions="2012")
    before = len(frozen_releases(small))
    releases.sign(row, three[2])
    _, well = work.sign(row.job, quiet)
    row.refresh_from_db()
    assert (well, row.state, row.published, row.signed_by) == (False, State.RETURNED, None, None)
    assert "不同" in row.remark
    assert len(frozen_releases(small)) == before
    assert selectors.newest().number == 1
    again = row_of(three[0], note="全年结果")
    work.draft(again.job, quiet)
    again.refresh_from_db()
    assert again.differences["changed"] > 0
    # What is excluded of a city is excluded of its counties too.
    assert {each["subject"] for each in again.differences["rows"]} <= {"360100", "360121", "360000"}


class TestKilled:
    """The worker dies between two steps; the job is run again and ends as if nothing had happened."""

    def test_after_the_draft_was_frozen(self, small: Workspace, three: Any, monkeypatch: Any) -> None:
        row = row_of(three[0])

        def killed(*_: Any, **__: Any) -> Any:
            raise KeyboardInterrupt

        with monkeypatch.context() as patch:
            patch.setattr(releases, "frozen", killed)
            with pytest.raises(KeyboardInterrupt):
                work.draft(row.job, quiet)
        assert len(frozen_releases(small)) == 2
        for _ in range(2):
            work.draft(row.job, quiet)
        row.refresh_from_db()
        assert (row.state, row.number) == (State.DRAFTED, 2)
        assert len(frozen_releases(small)) == 2
        assert AuditEntry.objects.filter(action="release.drafted").count() == 1

    @pytest.mark.parametrize("where", ["publish", "_record"])
    def test_after_the_release_was_made(self, small: Workspace, three: Any, monkeypatch: Any, where: str) -> None:
        """Killed before anything is on the site, and after all of it is but before the draft knows."""
        row = checked(three)
        releases.sign(row, three[2])

        def killed(*_: Any, **__: Any) -> Any:
            raise KeyboardInterrupt

        with monkeypatch.context() as patch:
            patch.setattr(releases, where, killed)
            with pytest.raises(KeyboardInterrupt):
                work.sign(row.job, quiet)
        assert len(frozen_releases(small)) == 3
        row.refresh_from_db()
        assert row.published is None
        for _ in range(2):
            work.sign(row.job, quiet)
        row.refresh_from_db()
        assert row.published_id == 3
        assert len(frozen_releases(small)) == 3
        assert AuditEntry.objects.filter(action="release.published").count() == 1

    def test_given_up_and_asked_for_again(self, three: Any) -> None:
        row = checked(three)
        releases.sign(row, three[2])
        with pytest.raises(UsageError):
            releases.try_again(row, three[2])
        row.job.state = "failed"
        row.job.save()
        row.refresh_from_db()
        releases.try_again(row, three[2])
        work.sign(row.job, quiet)
        row.refresh_from_db()
        assert row.published is not None


def test_a_correction_names_the_old_release_and_why(three: Any) -> None:
    with pytest.raises(UsageError, match="理由"):
        row_of(three[0], corrects=1)
    with pytest.raises(UsageError, match="没有第 9 号"):
        row_of(three[0], corrects=9, why="x")
    row = checked(three, corrects=1, why="五月漏了一天")
    releases.sign(row, three[2])
    work.sign(row.job, quiet)
    row.refresh_from_db()
    assert PublishedRelease.objects.get(pk=1).correction() == row.published
    with pytest.raises(UsageError, match="已由"):
        row_of(three[0], corrects=1, why="又一次")


def test_an_embargo_holds_until_its_time(three: Any) -> None:
    later = timezone.now() + timedelta(days=2)
    row = checked(three, embargo=later)
    releases.sign(row, three[2])
    work.sign(row.job, quiet)
    row.refresh_from_db()
    assert selectors.newest().number == 1
    assert PublishedRelease.objects.visible(later + timedelta(minutes=1)).first() == row.published


def test_a_city_drafts_for_internal_use_alone(person: Any) -> None:
    user = person("drafter", "360100")
    with pytest.raises(UsageError, match="内部"):
        row_of(user, "360100")
    with pytest.raises(PermissionDenied):
        row_of(user, "360400", audience="internal")
    row = row_of(user, "360100", audience="internal")
    work.draft(row.job, quiet)
    row.refresh_from_db()
    assert {each["subject"][:4] for each in row.preview["figures"]} == {"3601"}
    releases.check(row, person("checker", "360100"))
    releases.sign(row, person("signer", "360100"))
    work.sign(row.job, quiet)
    row.refresh_from_db()
    assert row.published is not None
    assert selectors.newest().number == 1


def test_another_citys_draft_is_closed(person: Any, enter: Any) -> None:
    row = row_of(person("drafter", "360400"), "360400", audience="internal")
    for role in ("drafter", "checker", "signer", "reader"):
        client = enter(person(role, "360100"))
        assert client.get(f"/desk/releases/{row.pk}/").status_code == 403
        assert f"/desk/releases/{row.pk}/" not in client.get("/desk/releases/").text
        for step in ("check", "sign", "return", "withdraw", "again"):
            assert client.post(f"/desk/releases/{row.pk}/{step}/", {"remark": "x"}).status_code == 403
    row.refresh_from_db()
    assert row.state == State.FREEZING
