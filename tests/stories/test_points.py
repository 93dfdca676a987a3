"""A month of a city: three partners, a rule that changes in the middle, an institution, a shop, settlement, erasure; and the books verify.

The month runs from 18 December 2023 to 17 January 2024, told by a clock of its own. The example scheme counts a walk by whole thousands of
steps until 31 December, and by tiers from 1 January. Expected points are worked out by hand from the scheme's text.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest

from yangban.base.errors import NotEnoughPoints
from yangban.points.award import Event
from yangban.points.ledger import ISSUE, Account, merchant
from yangban.points.schemes import CHINA
from yangban.points.verify import verify
from yangban.web.accounts.models import Membership, Organisation, User
from yangban.web.points import clock, earning, people, posting, shop, units
from yangban.web.points.models import CheckPoint, Good, Member, Merchant, Program, Review, UnitYear

pytestmark = pytest.mark.django_db


class Days:
    """The clock of the story."""

    now = datetime(2023, 12, 18, 8, 0, tzinfo=CHINA)


@pytest.fixture
def days(monkeypatch: pytest.MonkeyPatch) -> type[Days]:
    monkeypatch.setattr(clock, "now", lambda: Days.now)
    return Days


def _person(name: str, organisation: Organisation, role: str) -> User:
    user = User.objects.create(username=name)
    Membership.objects.create(user=user, organisation=organisation, role=role)
    return user


def _at(day: str, hour: int = 12) -> datetime:
    return datetime.combine(date.fromisoformat(day), datetime.min.time(), CHINA) + timedelta(hours=hour)


def test_a_month_of_a_city(days: type[Days]) -> None:
    operator = Organisation.objects.create(name="示例机关事务中心", region="360100", kind="operator")
    program = Program.objects.create(scheme="example", organisation=operator, fen_per_point=Decimal(10))
    running, reviewing = _person("run", operator, "points_operator"), _person("review", operator, "points_reviewer")
    walk, bus, waste = (Organisation.objects.create(name=name, region="360100", kind="operator") for name in ("步数", "公交", "回收"))
    members = [people.join(f"1380000000{n}", "seven green lanterns") for n in range(3)]
    for each in members:
        for source in (walk, bus, waste):
            people.consent(each, people.channel_of(source))

    def report(source: Organisation, member: Member, number: str, behaviour: str, happened: datetime, **amounts: str) -> earning.Outcome:
        event = Event(
            id=number, channel=people.channel_of(source), member=member.number, behaviour=behaviour, happened_at=happened,
            received_at=days.now, amounts={unit: Decimal(value) for unit, value in amounts.items()},
        )  # fmt: skip
        return earning.receive(program, [event])[0]

    def has(member: Member) -> int:
        return posting.balance(people.account_of("example", member))

    # Walks before and after the rule changes: 7,250 steps are 7 whole thousands, and then the tier from 5,000.
    days.now = _at("2023-12-31", 22)
    assert report(walk, members[0], "w1", "steps", _at("2023-12-31"), step="7250").points == "7.0"
    days.now = _at("2024-01-02")
    assert report(walk, members[0], "w2", "steps", _at("2024-01-01"), step="7250").points == "5.0"
    # Reported late: judged by the day on which it happened. Sent again, nothing more happens.
    late = report(walk, members[1], "w3", "steps", _at("2023-12-30"), step="7250")
    assert (late.points, late.award.method) == ("7.0", "steps-2023")  # type: ignore[union-attr]
    assert report(walk, members[1], "w3", "steps", _at("2023-12-30"), step="7250").status == "already"

    # 10 km by bus: (200 − 40) g × 10 × 0.05 = 80 points. Clothes: 2 kg × 30. A day's cap over everything is 200.
    assert report(bus, members[0], "b1", "bus", _at("2024-01-02", 8), km="10").points == "80.0"
    days.now = _at("2024-01-02", 20)
    assert report(waste, members[0], "c1", "old_clothes", _at("2024-01-02", 13), kg="2").points == "60.0"
    capped = report(waste, members[0], "c2", "old_clothes", _at("2024-01-02", 15), kg="9")
    assert capped.points == "60.0"  # 200 − 80 − 60
    assert report(waste, members[0], "c3", "old_clothes", _at("2024-01-02", 16), kg="1").code == "cap_reached"
    # 31 days late: no longer.
    days.now = _at("2024-01-17")
    assert report(bus, members[1], "b2", "bus", _at("2023-12-17"), km="10").code == "too_late"

    # A shaker is held, refused, and stays out of the balance.
    assert report(walk, members[2], "w9", "steps", _at("2024-01-16"), step="65000").status == "review"
    earning.decide(reviewing, Review.objects.get(), accept=False, words="步数不实")
    assert has(members[2]) == 0

    # A code in the canteen.
    point = CheckPoint.objects.create(scheme="example", behaviour="clean_plate", name="食堂", organisation=operator)
    assert earning.check_in(members[2], earning.show_code(point).code).points == "5.0"

    # The shop: collected, cancelled, and one that nobody came for.
    seller = Merchant.objects.create(number="s1", name="示例超市")
    bag = Good.objects.create(scheme="example", merchant=seller, name="购物袋", price=300, stock=3, released_at=_at("2024-01-01"))
    assert has(members[0]) == 70 + 50 + 800 + 600 + 600
    first, second, third = (shop.order(members[0], bag, f"o{n}") for n in range(3))
    Good.objects.filter(pk=bag.pk).update(stock=1)
    with pytest.raises(NotEnoughPoints):
        shop.order(members[2], bag, "o9")
    Good.objects.filter(pk=bag.pk).update(stock=0)
    shop.deliver(running, first.code)
    shop.cancel(members[0], second.pk)
    days.now = third.until
    assert shop.lapse() == 1
    assert (has(members[0]), Good.objects.get().stock) == (2120 - 300, 2)

    # Settlement: 300 units are 30 points, at ten fen each 3 yuan.
    row = shop.settlement(program, _at("2024-01-01"), days.now + timedelta(days=1))[0]
    assert (row.taken, row.owed, row.owed_fen) == (300, 300, 300)
    shop.settle(running, program, seller, 300, "2024-01")
    assert posting.balance(merchant("example", "s1")) == 0

    # An award that turns out wrong is taken back, with a reason.
    wrong = late.award
    assert wrong is not None
    earning.reverse(reviewing, wrong, "重复参加的活动")
    assert has(members[1]) == 0

    # Three institutions: each sees itself, and sums.
    items = [each.key for each in earning.book().scores["institutions"].items]
    for n in range(3):
        unit = Organisation.objects.create(name=f"单位{n}", region="360100", kind="institution")
        UnitYear.objects.create(organisation=unit, year=2023, staff=100, area_m2=2000, used=dict.fromkeys(items, "100"))
    scores = [units.unit_score(each) for each in UnitYear.objects.all()]
    assert {each.status for each in scores} == {"ok"}

    # Somebody leaves; the books stay whole, and everything that was issued is somewhere.
    people.erase(members[0])
    assert not User.objects.filter(username="13800000000").exists()
    told = earning.totals(program)
    assert (told["with_members"], told["held"], told["spent"], told["expired"]) == (50, 0, 0, 1820)
    assert told["issued"] == 2120 + 50
    assert posting.balance(Account("example", ISSUE)) == -(50 + 1820)
    assert shop.outstanding(program, days.now).units == 50
    # By either clock: on New Year's Eve one walk had been recorded, and two had happened.
    eve = _at("2023-12-31", 23)
    issue = Account("example", ISSUE)
    assert posting.balances_at("example", eve)[issue] == -70
    assert posting.balances_at("example", eve, "happened")[issue] == -140
    # The books, proved from what is exported.
    proof = verify(posting.exported(["example"]))
    assert proof.holds, proof.problems
    assert posting.check(["example"]).holds
