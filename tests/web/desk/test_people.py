"""Administrators: within their region, never for themselves, with dates; links for one use; the audit of the own region."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.test import Client

from yangban.base.errors import UsageError
from yangban.web.accounts import audit, people
from yangban.web.accounts.models import AuditEntry, Membership, Organisation, User, today
from yangban.web.accounts.permissions import may
from yangban.web.jobs.models import Job
from yangban.web.monitor import auditing, work

pytestmark = pytest.mark.django_db


def test_an_account_by_one_its_post_by_another_and_a_link_for_one_use(small_workspace: Any, person: Any, client: Any) -> None:
    admin, security = person("admin", "360100"), person("security", "360100")
    body = admin.memberships.get().organisation
    opening, granting = Client(), Client()
    for each, who in ((opening, admin), (granting, security)):
        each.force_login(who)
        session = each.session
        session["second_factor"] = True
        session.save()
    said = {"username": "li.si", "display_name": "李四", "organisation": body.pk, "role": "drafter"}
    assert granting.post("/desk/people/new/", said).status_code == 403
    answer = opening.post("/desk/people/new/", said, follow=True)
    link = re.search(r'class="once">\s*(\S+?)\s*<', answer.text)
    assert link is not None
    made = User.objects.get(username="li.si")
    assert not made.memberships.exists(), "who opens accounts gives nobody a post"
    address = f"/desk/people/{made.pk}/"
    grant = {"organisation": body.pk, "role": "drafter", "start": today().isoformat()}
    assert opening.post(address, grant).status_code == 403
    assert granting.post(address, grant).status_code == 302
    assert made.memberships.get().role == "drafter"
    for act in ("password", "second-factor", "unlock"):
        assert opening.post(f"{address}{act}/").status_code == 403
    assert granting.post(f"{address}active/", {"active": "0"}).status_code == 403
    for n, status in enumerate(("正常", "用过")):
        page = client.get(link[1].split("testserver")[1], follow=True)
        if n == 0:
            password = {"password1": "长而难猜的一句话 1234", "password2": "长而难猜的一句话 1234"}
            client.post(page.request["PATH_INFO"], password)
        else:
            assert status in page.text
    client.post("/accounts/login/", {"login": "li.si", "password": "长而难猜的一句话 1234"})
    assert "_auth_user_id" in client.session
    assert [each.action for each in AuditEntry.objects.all()] == ["accounts.create", "accounts.grant"]
    assert "长而难猜" not in "".join(str(each.detail) for each in AuditEntry.objects.all())


def test_nobody_grants_to_themselves_or_elsewhere(person: Any, bureau: Any) -> None:
    admin, other = person("security", "360100"), person("reader", "360100")
    body, elsewhere = admin.memberships.get().organisation, bureau("360400")
    with pytest.raises(PermissionDenied):
        people.grant(admin, admin, body, "signer", start=today())
    with pytest.raises(PermissionDenied):
        people.grant(admin, other, elsewhere, "reader", start=today())
    people.grant(admin, other, body, "drafter", start=today())
    other.__dict__.pop("_memberships", None)
    assert may(other, "release.draft", region="360100")
    with pytest.raises(UsageError, match="已有"):
        people.grant(admin, other, body, "drafter", start=today())


def test_acts_on_an_account_need_all_its_posts_in_the_region(person: Any, bureau: Any, enter: Any) -> None:
    """The administrator of 南昌 gives no password link for somebody who also holds a post of the province."""
    admin, both = person("security", "360100"), person("reader", "360100")
    opener = person("admin", "360100")
    Membership.objects.create(user=both, organisation=bureau("360000"), role="signer")
    for act in (people.new_password, people.forget_second_factor):
        with pytest.raises(PermissionDenied):
            act(admin, both)
        with pytest.raises(PermissionDenied):
            act(admin, admin)
    with pytest.raises(PermissionDenied):
        people.set_active(opener, both, False)
    there = person("reader", "360400")
    client = enter(admin)
    assert client.get(f"/desk/people/{there.pk}/").status_code == 404
    assert client.post(f"/desk/people/{there.pk}/password/").status_code == 404
    assert client.post(f"/desk/posts/{there.memberships.get().pk}/end/", {"last": today().isoformat()}).status_code == 404
    assert there.username not in client.get("/desk/people/").text


def test_a_post_ends_on_its_last_day(person: Any) -> None:
    admin, other = person("security", "360100"), person("drafter", "360100")
    post = other.memberships.get()
    Membership.objects.filter(pk=post.pk).update(valid_from=today() - timedelta(days=30))
    post.refresh_from_db()
    people.end(admin, post, today() - timedelta(days=1))
    other.__dict__.pop("_memberships", None)
    assert not may(other, "release.draft")
    with pytest.raises(UsageError, match="更早"):
        people.end(admin, post, today())
    with pytest.raises(PermissionDenied):
        people.end(admin, admin.memberships.get(), today())


def test_a_closed_account_is_out_at_once(person: Any, enter: Any) -> None:
    admin, other = person("admin", "360100"), person("reader", "360100")
    client = enter(other)
    assert len(people.sessions_of(other)) == 1
    people.set_active(admin, other, False)
    assert people.sessions_of(other) == []
    assert client.get("/desk/").status_code == 302


def test_a_merger_carries_posts_and_keeps_the_past(person: Any, bureau: Any) -> None:
    admin, other = person("admin", "360100"), person("drafter", "360100", organisation=bureau("360100", name="老局"))
    old, new = other.memberships.get().organisation, bureau("360100", name="新局")
    Membership.objects.filter(user=other).update(valid_from=today() - timedelta(days=30))
    yesterday = today() - timedelta(days=1)
    assert people.merge(admin, old, new, yesterday) == 1
    assert (old.valid_to, old.successor) == (yesterday, new)
    other.__dict__.pop("_memberships", None)
    (held,) = other.current_memberships()
    assert (held.organisation, held.role, held.valid_from) == (new, "drafter", today())
    assert Membership.objects.filter(user=other, organisation=old, valid_to=yesterday).exists()
    with pytest.raises(UsageError):
        people.merge(admin, old, new, today())
    with pytest.raises(PermissionDenied):
        people.merge(admin, new, bureau("360400"), today())


def test_a_new_organisation_lies_in_the_region(person: Any) -> None:
    admin = person("admin", "360100")
    made = people.found(admin, name="南昌市林业局", name_en="", kind="department", region="南昌市", start=today())
    assert Organisation.objects.get(name="南昌市林业局") == made
    with pytest.raises(PermissionDenied):
        people.found(admin, name="九江市林业局", name_en="", kind="department", region="九江市", start=today())


def test_the_audit_is_that_of_the_region_and_is_walked(person: Any) -> None:
    here, there, whole = person("auditor", "360100"), person("auditor", "360400"), person("auditor")
    audit.record(here, "test.here", "x")
    audit.record(there, "test.there", "y")
    assert {each.action for each in auditing.entries(here)} == {"test.here"}
    assert {each.action for each in auditing.entries(whole)} == {"test.here", "test.there"}
    assert [each.action for each in auditing.entries(whole, subject="y", action="test.", day=today().isoformat())] == ["test.there"]
    job = auditing.ask(whole)
    result, whole_chain = work.verify_audit(Job.objects.get(pk=job.pk), lambda *_: None)
    assert whole_chain
    assert result["entries"] == AuditEntry.objects.count() == 3


# ------------------------------------------------------------------------------------------------------------------- three persons

THREE = ("admin", "security", "auditor")


@pytest.mark.parametrize("first", THREE)
@pytest.mark.parametrize("second", THREE)
def test_system_security_and_audit_are_for_three_persons(person: Any, bureau: Any, first: str, second: str) -> None:
    """Whatever the order, the organisation or the dates: no day on which one person holds two of them."""
    security, other, day = person("security"), person(first, "360100"), today()
    post = other.memberships.get()
    if first == second:
        people.grant(security, other, bureau("360400"), second, start=day)
        return
    for start, until in ((day, None), (day + timedelta(days=300), None), (day, day), (day - timedelta(days=9), day + timedelta(days=9))):
        with pytest.raises(UsageError, match="须由不同的人担任"):
            people.grant(security, other, bureau("360400"), second, start=start, until=until)
    # What was held before it, and what begins after it, is no matter.
    Membership.objects.filter(pk=post.pk).update(valid_from=day - timedelta(days=50))
    people.grant(security, other, bureau("360400"), second, start=day - timedelta(days=90), until=day - timedelta(days=51))
    post.refresh_from_db()
    people.end(security, post, day)
    later = people.grant(security, other, bureau("360400"), second, start=day + timedelta(days=1))
    with pytest.raises(UsageError, match="须由不同的人担任"):
        people.grant(security, other, bureau("360100"), first, start=day + timedelta(days=1))
    assert later.role == second


def test_an_auditor_holds_no_other_post_and_nobody_becomes_one_beside_theirs(person: Any, bureau: Any) -> None:
    security, auditor, drafter = person("security"), person("auditor", "360100"), person("drafter", "360100")
    with pytest.raises(UsageError, match="不兼其他岗位"):
        people.grant(security, auditor, bureau("360100"), "reader", start=today())
    with pytest.raises(UsageError, match="不兼其他岗位"):
        people.grant(security, drafter, bureau("360100"), "auditor", start=today() + timedelta(days=5))
    people.grant(security, drafter, bureau("360100"), "checker", start=today())


def test_two_of_them_in_the_tables_count_for_nothing(person: Any, bureau: Any) -> None:
    """Somebody who edits the database gains no page by it."""
    both = person("security", "360100")
    Membership.objects.create(user=both, organisation=bureau("360100"), role="auditor")
    for action in ("accounts.grant", "audit.read", "keys.manage"):
        answer = may(both, action)
        assert not answer
        assert "须由不同的人担任" in answer.reason


def test_a_site_may_say_that_one_does_it_all(person: Any, bureau: Any, settings: Any) -> None:
    settings.SEPARATE_ADMINS = False
    admin, other = person("admin", "360100"), person("auditor", "360100")
    people.grant(admin, other, bureau("360100"), "drafter", start=today())
    assert may(admin, "audit.read", region="360100")
    assert may(admin, "keys.manage", region="360100")
    assert not may(admin, "release.sign")


def test_the_audit_goes_out_as_a_table_and_says_so(person: Any, enter: Any) -> None:
    auditor = person("auditor", "360100")
    audit.record(auditor, "test.here", "=cmd|'/C calc'!A0", {"a": 1})
    answer = enter(auditor).get("/desk/audit.csv?action=test.")
    lines = b"".join(answer.streaming_content).decode("utf-8-sig").splitlines()
    assert lines[0].startswith("number,at,actor,organisation,action,subject,detail,before,digest")
    assert len(lines) == 2
    assert "'=cmd" in lines[1]
    assert AuditEntry.objects.order_by("-number").first().action == "audit.taken_out"
    assert enter(person("admin", "360100")).get("/desk/audit.csv").status_code == 403
