"""Applications on the site: who sees which, what each page shows and refuses, objections, and tables that only grow."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, connection, transaction

from yangban.base.errors import NotAllowed, Stale
from yangban.web.accounts.models import AuditEntry
from yangban.web.pilots import applying, checking, editions, objecting
from yangban.web.pilots.models import Application, CheckResult, EditionText, PublicObjection

pytestmark = pytest.mark.django_db

# Who sees an application of the county in each state, and what each may do: written by hand from the roles of the notes (9.2).
SEES = {"province", "city", "county", "unit", "fill", "reader", "watch"}
BLIND = {"other", "else", "support"}


def test_who_sees_an_application(town: Any) -> None:
    row = town.reach("county_review")
    seen = {who for who, user in town.people.items() if applying.seen_by(user).filter(pk=row.pk).exists()}
    assert seen == SEES


def test_experts_see_what_they_were_asked_to_score_and_nothing_else(town: Any) -> None:
    row = town.reach("province_review")
    assert not applying.seen_by(town.people["expert1"]).exists()
    row = town.act("province", row, "appoint", experts=("p.expert1",))
    assert applying.seen_by(town.people["expert1"]).filter(pk=row.pk).exists()
    assert not applying.seen_by(town.people["expert2"]).exists()
    row = town.act("expert1", row, "recuse", reason="有合作")
    assert applying.seen_by(town.people["expert1"]).filter(pk=row.pk).exists(), "what one did stays readable"


@pytest.mark.parametrize("who", sorted(BLIND))
def test_nobody_else_opens_a_page_or_a_file(town: Any, enter: Any, who: str) -> None:
    row = town.reach("county_review")
    digest = row.files.get().digest
    client = enter(town.people[who])
    assert client.get(f"/desk/applications/{row.pk}/").status_code == 403
    assert client.get(f"/desk/applications/{row.pk}/files/{digest}/").status_code == 403
    assert client.get(f"/desk/applications/{row.pk}/do/pass/").status_code == 403
    assert client.post(f"/desk/applications/{row.pk}/files/", {"files": SimpleUploadedFile("a.pdf", b"x")}).status_code == 403
    assert row.number not in client.get("/desk/applications/").text


MOVES = {
    "draft": {"unit": {"self_check", "give_up"}, "fill": {"self_check"}},
    "checked": {"unit": {"self_check", "submit", "give_up"}, "fill": {"self_check"}},
    "county_review": {"county": {"pass", "return", "reject"}, "unit": {"give_up"}},
    "city_review": {"city": {"pass", "return", "reject"}, "unit": {"give_up"}},
    "province_review": {"province": {"appoint", "to_field", "return", "reject"}, "unit": {"give_up"}},
    "field_check": {"province": {"field_record", "reject"}},
    "inspected": {"province": {"notice", "reject"}},
    "public_notice": {"province": {"objection", "answer", "uphold", "recommend", "name"}},
}


@pytest.mark.parametrize("state", MOVES)
def test_what_each_is_offered(town: Any, state: str) -> None:
    row = town.reach(state)
    found = {who: {each.event for each in applying.open_to(user, row)} for who, user in town.people.items()}
    assert {who: events for who, events in found.items() if events} == MOVES[state]


def test_only_the_head_opens_an_application_and_only_for_the_own_unit(town: Any, enter: Any) -> None:
    for who in ("fill", "county", "reader", "expert1"):
        with pytest.raises(PermissionDenied):
            applying.open_application(town.people[who], programme="county-pilot", applicant=town.units["unit"])
    with pytest.raises(PermissionDenied):
        applying.open_application(town.people["other"], programme="county-pilot", applicant=town.units["unit"])
    assert enter(town.people["fill"]).get("/desk/applications/new/").status_code == 403


def test_a_city_office_may_not_apply_by_a_programme_for_counties(town: Any) -> None:
    from yangban.web.accounts.models import Membership

    Membership.objects.create(user=town.people["city"], organisation=town.units["city"], role="head")
    with pytest.raises(NotAllowed, match="县级申报"):
        applying.open_application(town.people["city"], programme="county-pilot", applicant=town.units["city"])


def test_the_whole_way_through_the_pages(town: Any, enter: Any) -> None:
    """Open, check, hand in with a file and explanations, pass, and be sent back, all by forms."""
    client = enter(town.people["unit"])
    assert client.get("/desk/applications/new/").status_code == 200
    sent = {"unit": town.units["unit"].pk, "programme": "demonstration-area-2019", "title": "", "transition": "虚构的理由"}
    answer = client.post("/desk/applications/new/", sent)
    assert answer.status_code == 302
    row = Application.objects.get()
    page = client.get(answer["Location"]).text
    assert "绑定版本" in page
    assert row.edition_id[:12] in page
    client.post(f"/desk/applications/{row.pk}/self-check/", {"period": "2023", "seen": row.revision})
    row.refresh_from_db()
    assert row.state == "checked"
    page = client.get(f"/desk/applications/{row.pk}/do/submit/").text
    assert all(f"{key}：" in page for key in row.body["unmet"])
    upload = SimpleUploadedFile("申报.pdf", b"pdf")
    refused = client.post(f"/desk/applications/{row.pk}/do/submit/", {"seen": row.revision, "dossier": upload, "explanations": ""})
    assert refused.status_code == 422
    assert "没有逐项说明" in refused.text
    told = "\n".join(f"{key}：虚构" for key in row.body["unmet"])
    client.post(
        f"/desk/applications/{row.pk}/do/submit/",
        {"seen": row.revision, "dossier": SimpleUploadedFile("申报.pdf", b"pdf"), "explanations": told},
    )
    row.refresh_from_db()
    assert row.state == "county_review"
    client = enter(town.people["county"])
    assert "理由" in client.get(f"/desk/applications/{row.pk}/do/return/").text
    assert client.post(f"/desk/applications/{row.pk}/do/return/", {"seen": row.revision, "reason": ""}).status_code == 422
    client.post(f"/desk/applications/{row.pk}/do/return/", {"seen": row.revision, "reason": "补材料"})
    row.refresh_from_db()
    assert row.state == "returned"
    late = client.post(f"/desk/applications/{row.pk}/do/return/", {"seen": 1, "reason": "补材料"}, follow=True)
    assert "现在不能办这一步" in late.text


def test_two_officers_at_once(town: Any) -> None:
    row = town.reach("county_review")
    seen = row.revision
    town.act("county", row, "pass", opinion="好")
    with pytest.raises(Stale, match="请刷新后再办"):
        applying.act(town.people["county"], row.pk, "pass", seen=seen, facts={"opinion": "好"}, at=town.tick())


def test_the_form_of_experts_shows_who_is_left_out_and_why(town: Any, enter: Any) -> None:
    from yangban.web.accounts.models import Membership

    Membership.objects.create(user=town.people["expert3"], organisation=town.units["reader"], role="reader", valid_from=date(2020, 1, 1))
    row = town.reach("province_review")
    page = enter(town.people["province"]).get(f"/desk/applications/{row.pk}/do/appoint/").text
    assert page.count('name="experts"') == 3
    assert page.count("disabled") == 1
    assert "在申报地的上级市或下辖地任职" in page


def test_a_self_check_is_kept_once_and_names_its_sources(town: Any) -> None:
    row = town.reach("checked")
    again = applying.self_check(town.people["fill"], row.pk, "2023", seen=row.revision, at=town.tick())
    assert CheckResult.objects.filter(application=row).count() == 1
    assert again.revision == row.revision + 1
    check = checking.kept(row.body["check"])
    assert check is not None
    assert check.edition == row.edition_id


def test_a_city_with_released_figures_fills_itself(town: Any) -> None:
    """南昌 has Figures of the synthetic year: the self-check takes them with their release and says that they are synthetic."""
    edition = editions.bound(editions.keep("demonstration-area-2024"))
    check = checking.check(edition, "360100", "city", "2023")
    line = next(each for each in check.lines if each.key == "pm25")
    (source,) = [each for each in line.sources if each.role == "value"]
    assert (source.release, source.origin, source.synthetic) == (1, "计算", True)
    assert line.value.startswith(source.shown.split()[0])
    assert check.synthetic


def test_an_objection_is_taken_recorded_and_answered(town: Any, client: Any) -> None:
    row = town.reach("public_notice")
    address = f"/pilots/notices/{row.number}/"
    assert client.post(address, {"text": "太短"}).status_code == 422
    assert "已收到" in client.post(address, {"text": "某村的水源没有围网，有照片（虚构）", "contact": "电话"}).text
    assert "已收到" in client.post(address, {"text": "机器人写的很长的一句话", "website": "x"}).text
    held = PublicObjection.objects.get()
    assert held.contact == "电话"
    assert AuditEntry.objects.filter(action="pilots.objection_received").count() == 1
    row = town.act("province", row, "objection", objection=held.text)
    held.refresh_from_db()
    assert held.recorded
    row = town.act("province", row, "answer", answer="已核实")
    assert (row.body["objections"], row.body["answered"]) == (1, 1)


def test_objections_are_limited_and_end_with_the_notice(town: Any, client: Any) -> None:
    row = town.reach("public_notice")
    address, sent = f"/pilots/notices/{row.number}/", {"text": "很长的一句异议，有依据（虚构）"}
    codes = [client.post(address, sent, REMOTE_ADDR="203.0.113.9").status_code for _ in range(6)]
    assert codes == [200] * 5 + [429]
    Application.objects.filter(pk=row.pk).update(notice_until=date.today() - timedelta(days=1))
    row.refresh_from_db()
    with pytest.raises(NotAllowed, match="公示已经结束"):
        objecting.object_to(row, "很长的一句异议，有依据（虚构）", "")
    assert "提出异议" not in client.get(address).text


@pytest.mark.parametrize("state", ["draft", "checked", "county_review", "city_review", "province_review", "field_check", "inspected"])
def test_what_is_not_public_yet_is_not_found(town: Any, client: Any, state: str) -> None:
    row = town.reach(state)
    assert client.get(f"/pilots/notices/{row.number}/").status_code == 404
    assert row.number not in client.get("/pilots/").text


def test_the_public_notice_names_no_person_and_no_score(town: Any, client: Any) -> None:
    row = town.reach("public_notice")
    page = client.get(f"/pilots/notices/{row.number}/").text
    assert "p.province" not in page
    assert "p.expert1" not in page
    assert "expert1 的意见" not in page
    assert "测试省环委办" in page
    assert client.get(f"/en/pilots/notices/{row.number}/").status_code == 200


@pytest.mark.parametrize("verb", ["update", "delete"])
@pytest.mark.parametrize("table", ["editiontext", "checkresult"])
def test_editions_and_self_checks_only_grow(town: Any, table: str, verb: str) -> None:
    town.reach("checked")
    sql = f"UPDATE pilots_{table} SET digest = 'x'" if verb == "update" else f"DELETE FROM pilots_{table}"
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)
    assert EditionText.objects.count() == CheckResult.objects.count() == 1


def test_every_act_is_in_the_audit(town: Any) -> None:
    from yangban.web.accounts import audit

    row = town.reach("public_notice")
    kinds = set(AuditEntry.objects.filter(subject=row.number).values_list("action", flat=True))
    assert kinds >= {
        f"pilots.{each}" for each in ("open", "self_check", "check", "submit", "pass", "appoint", "score", "to_field", "notice")
    }
    assert audit.problems() == []


def test_an_expert_declares_a_conflict_by_the_name_of_a_place(town: Any, enter: Any) -> None:
    client = enter(town.people["expert1"])
    client.post("/desk/applications/declare/", {"fields": "水", "declared": "崇义县\n某公司\n"})
    assert town.people["expert1"].expert.declared == ["360725", "某公司"]
    row = town.reach("province_review")
    with pytest.raises(NotAllowed, match="申明有利害关系"):
        town.act("province", row, "appoint", experts=("p.expert1",))
    assert enter(town.people["unit"]).get("/desk/applications/declare/").status_code == 403
