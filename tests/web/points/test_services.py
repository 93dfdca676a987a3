"""Members, earning, review, shop: the functions behind the pages."""

from __future__ import annotations

import contextlib
import json
import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.core.management import call_command
from django.db import connections
from django.utils import timezone

from web.points.test_parallel import committed as committed  # a fixture
from web.points.test_parallel import on_postgresql, together
from yangban.base.errors import LedgerRefusal, NotEnoughPoints, UsageError, WrongState
from yangban.points.award import Event
from yangban.points.ledger import Earn
from yangban.points.schemes import CHINA, Timeline
from yangban.web.accounts.models import AuditEntry, Organisation, User
from yangban.web.points import earning, importing, people, posting, shop
from yangban.web.points.models import CheckPoint, Good, LedgerAccount, Member, Merchant, Order, PointsEvent, Program, Review

own = pytest.mark.django_db


@own
def test_joining_asks_for_a_login_and_nothing_else(joined: Any) -> None:
    member = joined(" 139 0000 0001 ")
    assert (member.user.username, member.user.email, member.user.display_name, member.user.is_staff_member) == (
        "13900000001",
        "",
        "",
        False,
    )
    assert joined("A.B@Example.org").user.email == "a.b@example.org"
    for wrong in ("13900000001", "12345", "name", "a@b"):
        with pytest.raises(UsageError):
            joined(wrong)
    # The audit never names the person.
    assert "13900000001" not in json.dumps(list(AuditEntry.objects.values("subject", "detail", "actor")), default=str)


@own
def test_a_report_earns_once_and_shows_how(joined: Any, report: Any) -> None:
    """8,000 steps are worth 8.0 under the example scheme, its tier from 8,000; repeated it is the same, changed it is a conflict."""
    member = joined()
    at = timezone.now() - timedelta(hours=1)
    first = report(member, "steps", id="a", at=at, step=8200)
    assert (first.status, first.points, first.units) == ("awarded", "8.0", 80)
    assert (first.award.method, posting.balance(people.account_of("example", member))) == ("steps-2024", 80)
    assert first.award.steps
    assert report(member, "steps", id="a", at=at, step=8200).status == "already"
    assert report(member, "steps", id="a", at=at, step=9999).code == "event_conflict"
    # Another source of the same day's walk adds only what it counts more; one that counts less is refused by name.
    assert report(member, "steps", id="b", at=at, step=10100).points == "2.0"
    assert report(member, "steps", id="c", at=at, step=5000).code == "same_act"
    assert posting.balance(people.account_of("example", member)) == 100
    assert posting.check(["example"]).holds


@own
def test_without_consent_nothing_is_kept(program: Any, joined: Any) -> None:
    member, now = joined(), timezone.now()
    event = Event(
        id="1", channel="org9", member=member.number, behaviour="parked", happened_at=now, received_at=now, amounts={"act": Decimal(1)}
    )
    assert earning.receive(program, [event])[0].code == "no_consent"
    assert not PointsEvent.objects.exists()
    people.consent(member, "org9")
    assert earning.receive(program, [event])[0].points == "10.0"
    people.withdraw(member, "org9")
    people.withdraw(member, "org9")
    assert [bool(each.withdrawn_at) for each in member.consents.all()] == [True]


@own
def test_a_suspect_report_is_held_reviewed_and_appealed_against(
    joined: Any, report: Any, reviewer: Any, operator: Any, person: Any, program: Any
) -> None:
    """70,000 steps are more than the rule's 60,000: held, refused, and granted on appeal by another person."""
    member = joined()
    account = people.account_of("example", member)
    assert report(member, "steps", step=70000).status == "review"
    assert (posting.balance(account), LedgerAccount.objects.get(kind="held").balance) == (0, 100)
    review = Review.objects.get()
    assert "60000" in review.reasons[0]
    with pytest.raises(PermissionDenied):
        earning.decide(operator, review, accept=False, words="不实")
    with pytest.raises(UsageError):
        earning.decide(reviewer, review, accept=False, words=" ")
    earning.decide(reviewer, review, accept=False, words="手机绑在宠物上")
    assert LedgerAccount.objects.get(kind="held").balance == 0
    earning.appeal(member, review, "那天走了马拉松")
    with pytest.raises(PermissionDenied):
        earning.decide_appeal(reviewer, review, accept=True, words="查实")
    other = person("points_reviewer", organisation=program.organisation)
    earning.decide_appeal(other, review, accept=True, words="查实")
    assert posting.balance(account) == 100
    with pytest.raises(WrongState):
        earning.decide_appeal(other, review, accept=True, words="又一次")
    assert posting.check(["example"]).holds


@own
def test_a_code_is_good_once_and_for_a_minute(joined: Any, program: Any) -> None:
    point = CheckPoint.objects.create(scheme="example", behaviour="clean_plate", name="食堂", organisation=program.organisation)
    member = joined()
    code = earning.show_code(point)
    assert earning.check_in(member, code.code).points == "5.0"
    with pytest.raises(UsageError, match="用过"):
        earning.check_in(joined("13900000002"), code.code)
    late = earning.show_code(point)
    late.good_until = timezone.now() - timedelta(seconds=1)
    late.save()
    with pytest.raises(UsageError, match="过期"):
        earning.check_in(member, late.code)
    with pytest.raises(UsageError, match="没有"):
        earning.check_in(member, "x")


@own
def test_an_order_holds_and_goes_back_or_to_the_merchant(joined: Any, report: Any, operator: Any, program: Any) -> None:
    member = joined()
    account = people.account_of("example", member)
    report(member, "parked", act=1)
    good = Good.objects.create(
        scheme="example", merchant=Merchant.objects.create(number="s1", name="示例超市"), name="购物袋", price=60, stock=1
    )
    order = shop.order(member, good, "o1")
    assert shop.order(member, good, "o1").pk == order.pk
    with pytest.raises(UsageError, match="已兑完"):
        shop.order(member, good, "o2")
    assert (posting.balance(account), Good.objects.get().stock) == (40, 0)
    shop.cancel(member, order.pk)
    assert (posting.balance(account), Good.objects.get().stock) == (100, 1)
    second = shop.order(member, good, "o3")
    shop.deliver(operator, second.code)
    with pytest.raises(WrongState):
        shop.cancel(member, second.pk)
    row = shop.settlement(program, timezone.now() - timedelta(days=1), timezone.now() + timedelta(days=1))[0]
    assert (row.taken, row.owed, row.owed_fen) == (60, 60, 60)  # ten fen a point, ten units a point
    shop.settle(operator, program, good.merchant, 60, "2024-05")
    assert posting.balance(row.merchant) == 0
    assert earning.issued("example") == 100
    assert shop.outstanding(program, timezone.now()).units == 40
    Good.objects.update(stock=1, price=41)
    with pytest.raises(NotEnoughPoints):
        shop.order(member, good, "o4")
    assert Good.objects.get().stock == 1
    assert posting.check(["example"]).holds


@own
def test_erasure_takes_the_person_and_leaves_the_books(joined: Any, report: Any, program: Any) -> None:
    member = joined()
    report(member, "parked", act=1, device="d" * 64)
    before = posting.check(["example"]).proof.heads
    told = people.export(member)
    assert told["login"] == "13900000001"
    assert [each["points"] for each in told["events"]] == ["10.0"]
    assert [each["units"] for each in told["ledger"]] == [100]
    good = Good.objects.create(
        scheme="example", merchant=Merchant.objects.create(number="s1", name="示例超市"), name="袋", price=60, stock=1
    )
    order = shop.order(member, good, "o1")
    with pytest.raises(WrongState, match="待取"):
        people.erase(member)
    shop.cancel(member, order.pk)
    people.erase(member)
    people.erase(member)
    assert not User.objects.filter(username="13900000001").exists()
    member.refresh_from_db()
    assert (member.user, PointsEvent.objects.get().device) == (None, "")
    checked = posting.check(["example"])
    assert checked.holds
    assert checked.proof.heads["example"][0] == before["example"][0] + 3  # hold, cancel, close
    assert report(member, "parked", act=1).code == "unknown_member"
    # The name is free again, and whoever joins with it is somebody else.
    assert joined().number != member.number


@own
def test_a_closing_scheme_takes_nothing_after_its_last_day(joined: Any, report: Any, program: Any) -> None:
    program.state, program.last_day = Program.State.CLOSING, timezone.localdate() - timedelta(days=2)
    program.save()
    assert report(joined(), "parked", act=1).code == "program_closed"


@own
def test_what_must_be_claimed_waits_and_lapses(joined: Any, bureau: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A scheme with a day's delay and three days to claim; its points last thirty days. The moments are counted by hand."""
    scheme = replace(earning.book().scheme("example"), delay_days=1, claim_days=3, expiry_days=30)
    monkeypatch.setattr(earning, "timeline_of", lambda _program: Timeline(scheme))
    now = [datetime(2024, 5, 1, 12, tzinfo=CHINA)]
    monkeypatch.setattr("yangban.web.points.clock.now", lambda: now[0])
    program = Program.objects.create(scheme="example", organisation=bureau("360000", kind="operator"))
    member = joined()
    account = people.account_of("example", member)

    def act(number: str) -> str:
        words: dict[str, Any] = {"behaviour": "parked", "happened_at": now[0], "received_at": now[0], "amounts": {"act": Decimal(1)}}
        return earning.receive(program, [Event(id=number, channel="x", member=member.number, **words)], consented=True)[0].status

    assert act("1") == "waiting"
    assert (earning.claim(member, program), earning.credit_due(program)) == (0, 0)
    now[0] = datetime(2024, 5, 2, 0, tzinfo=CHINA)
    assert earning.claim(member, program) == 1
    assert earning.claim(member, program) == 0
    assert posting.balance(account) == 100
    assert act("2") == "waiting"
    now[0] = datetime(2024, 5, 5, 23, tzinfo=CHINA)
    assert len(earning.claimable(member, program)) == 1
    now[0] = datetime(2024, 5, 6, 0, tzinfo=CHINA)
    assert (len(earning.claimable(member, program)), earning.lapse_claims(program)) == (0, 1)
    # The points of 1 May are there until 31 May, and gone from 1 June, swept or not.
    now[0] = datetime(2024, 5, 31, 23, tzinfo=CHINA)
    assert (posting.available(account, now[0]), earning.expire_due(program)) == (100, 0)
    now[0] = datetime(2024, 6, 1, 0, tzinfo=CHINA)
    assert (posting.available(account, now[0]), posting.balance(account)) == (0, 100)
    assert (earning.expire_due(program), earning.expire_due(program), posting.balance(account)) == (1, 0, 0)
    call_command("sweep_points")
    assert posting.check(["example"]).holds


@own
def test_partners_report_with_their_key(client: Any, program: Any, joined: Any, person: Any) -> None:
    """Bulk, repeated, changed, out of order; each event is answered for itself."""
    from yangban.web.api import keys, rates

    rates.forget()
    partner = Organisation.objects.create(name="示例骑行", region="360000", kind="operator")
    _row, key = keys.make(
        person("security"), name="骑行", organisation=partner, region="360000", scopes=["points:report"],
        expires_at=timezone.now() + timedelta(days=9),
    )  # fmt: skip
    member = joined()
    now = timezone.localtime()
    rows = [
        {"id": f"r{n}", "member": member.number, "behaviour": "parked",
         "happened_at": (now - timedelta(days=d)).isoformat(timespec="seconds"),
         "amounts": {"act": "1"}}
        for n, d in enumerate((3, 1, 2))
    ]  # fmt: skip
    rows.append({**rows[0], "id": "r9", "member": "m2222222222"})

    def send(events: Any, word: str = key, scheme: str = "example") -> Any:
        return client.post(
            f"/api/v1/points/{scheme}/events", json.dumps({"events": events}), content_type="application/json",
            HTTP_AUTHORIZATION=f"Bearer {word}",
        )  # fmt: skip

    assert [each["code"] for each in send(rows).json()["data"]] == ["no_consent"] * 3 + ["unknown_member"]
    people.consent(member, people.channel_of(partner))
    answer = send(rows)
    assert answer.status_code == 200, answer.content
    assert [(each["status"], each["points"]) for each in answer.json()["data"]] == [("awarded", "10.0")] * 3 + [("refused", None)]
    again = send([rows[2], {**rows[0], "amounts": {"act": "2"}}]).json()["data"]
    assert [(each["status"], each["code"]) for each in again] == [("already", ""), ("refused", "event_conflict")]
    assert posting.balance(people.account_of("example", member)) == 300
    assert send(rows, scheme="other").status_code == 404
    assert send([{**rows[0], "track": "x"}]).status_code == 422
    _row, other = keys.make(
        person("security"),
        name="读",
        organisation=partner,
        region="360000",
        scopes=["internal:read"],
        expires_at=timezone.now() + timedelta(days=9),
    )
    assert send(rows, other).status_code == 403


@own
def test_payloads_of_other_systems(client: Any, program: Any, operator: Any, joined: Any, person: Any) -> None:
    """Three days of WeRun by the interface, twice; a sheet of meters. Nothing counts twice, and no number of a meter is kept."""
    from yangban.web.api import keys, rates

    rates.forget()
    partner = Organisation.objects.create(name="示例步行", region="360000", kind="operator")
    _row, key = keys.make(
        person("security"), name="步行", organisation=partner, region="360000", scopes=["points:report"],
        expires_at=timezone.now() + timedelta(days=9),
    )  # fmt: skip
    member = joined()
    people.consent(member, people.channel_of(partner))
    midnight = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
    days = [
        {"timestamp": int((midnight - timedelta(days=back)).timestamp()), "step": step} for back, step in ((2, 8200), (1, 4000), (0, 9000))
    ]

    def send(connector: str, payload: Any) -> Any:
        body = {"member": member.number, "payload": payload}
        return client.post(
            f"/api/v1/points/example/connectors/{connector}", json.dumps(body), content_type="application/json",
            HTTP_AUTHORIZATION=f"Bearer {key}",
        )  # fmt: skip

    told = send("werun", {"stepInfoList": days}).json()
    assert [(each["status"], each["points"], each["code"]) for each in told["data"]] == [
        ("awarded", "8.0", ""), ("refused", None, "nothing_earned"),
    ]  # fmt: skip
    assert [(each["item"], "次日" in each["reason"]) for each in told["unreadable"]] == [(3, True)]
    assert [each["status"] for each in send("werun", {"stepInfoList": days}).json()["data"]] == ["already", "refused"]
    assert PointsEvent.objects.count() == 2
    wrong = send("mds-trips", {"stepInfoList": days})
    assert (wrong.status_code, "trips" in wrong.json()["detail"]) == (422, True)
    assert send("none", {}).status_code == 422
    day = (midnight - timedelta(days=3)).date()
    rows = [f"{member.number},W9,水,{day},{reading},9" for reading in ("20,24", "24,20")]
    text = "\n".join(["会员,表号,能源,抄表日期,上期示数,本期示数,上年同期用量", *rows])
    job = importing.ask(operator, program, partner, "水表.csv", text, "meter-readings")
    result, well = importing.take_in(job, lambda *_words: None)  # type: ignore[arg-type]
    assert (result["counts"], well) == ({"unreadable": 1, "awarded": 1}, False)
    assert "换表" in result["refused"][0]["reason"]
    row = PointsEvent.objects.get(behaviour="water")
    assert (row.amounts, row.evidence, row.award.units) == ({"m3": "5"}, "meter", 150)
    assert "W9" not in json.dumps([row.event_id, row.proof])


@on_postgresql
def test_single_reports_of_many_threads_go_together(committed: None) -> None:
    """Twelve threads, each the same three reports one by one: each counts once, whoever is first, and every thread is answered."""
    operator, _ = Organisation.objects.get_or_create(name="并发运营", region="360000", kind="operator")
    # A scheme that no other test runs: what is committed stays. A ride is one point there.
    program, _ = Program.objects.get_or_create(scheme="fuzhou-lvbao", defaults={"organisation": operator})
    member = Member.objects.create(number="mtogether01", user=User.objects.create(username="together"))
    now = timezone.now()
    events = [
        Event(
            id=f"t{n}", channel="together", member=member.number, behaviour="bus", happened_at=now - timedelta(days=n), received_at=now,
            amounts={"act": Decimal(1)},
        )
        for n in range(3)
    ]  # fmt: skip
    answers: list[list[str]] = []

    def work(_thread: int) -> None:
        answers.append([earning.receive(program, [each], consented=True)[0].status for each in events])

    assert together(12, work) == []
    assert len(answers) == 12
    for column in zip(*answers, strict=True):
        assert sorted(column) == ["already"] * 11 + ["awarded"]
    assert posting.balance(people.account_of("fuzhou-lvbao", member)) == 3
    assert posting.check(["fuzhou-lvbao"]).holds
    program.delete()  # Pages of other tests show the first that is run.


@on_postgresql
def test_a_hundred_coupons_for_five_hundred(committed: None) -> None:
    """500 redemptions from 20 threads at once sell exactly 100 coupons, and nobody pays for one that was not there."""
    operator, _ = Organisation.objects.get_or_create(name="并发运营", region="360000", kind="operator")
    program, _ = Program.objects.get_or_create(scheme="coupons", organisation=operator)
    members = [Member.objects.create(number=f"mcoupon{n:04d}", user=User.objects.create(username=f"coupon{n}")) for n in range(50)]
    at = datetime(2024, 1, 1, tzinfo=UTC)
    posting.post_all(
        "coupons",
        [Earn(key=f"e{m.number}", holder=people.account_of("coupons", m), amount=30, happened_at=at, expires_at=None) for m in members],
    )
    good = Good.objects.create(scheme="coupons", merchant=Merchant.objects.create(number="cs", name="s"), name="券", price=3, stock=100)
    sold: list[str] = []
    raised: list[BaseException] = []

    def work(thread: int) -> None:
        try:
            for k in range(25):
                with contextlib.suppress(UsageError, LedgerRefusal):
                    sold.append(shop.order(members[(thread * 25 + k) % 50], good, f"c{thread}-{k}").code)
        except BaseException as told:
            raised.append(told)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=work, args=(n,)) for n in range(20)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert raised == []
    assert (len(sold), Order.objects.filter(good=good).count(), Good.objects.get(pk=good.pk).stock) == (100, 100, 0)
    assert posting.check(["coupons"]).holds
    held = LedgerAccount.objects.filter(chain__name="coupons", kind="held")
    assert sum(each.balance for each in held) == 300
    program.delete()
