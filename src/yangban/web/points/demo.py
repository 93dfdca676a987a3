"""The demonstration of the points: an operator, people, a member with synthetic events, a shop. Nothing here is of any real place."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Final

from yangban.points import institutions
from yangban.points.award import Event
from yangban.web.accounts.demo import hashed
from yangban.web.accounts.models import Membership, Organisation, User
from yangban.web.points import clock, earning, people
from yangban.web.points.models import CheckPoint, Good, Member, Merchant, Program, UnitYear

SCHEME: Final = "example"
MEMBER: Final = "13800000000"
"""The login of the member of the demonstration: a number that nobody was given."""
STAFF: Final = (
    ("points.run", "演示·积分运营", "operator", "points_operator"),
    ("points.review", "演示·积分审核", "operator", "points_reviewer"),
    ("unit.keeper", "演示·公共机构", "institution", "unit_keeper"),
)
"""User name, display name, kind of organisation and role."""

_UNITS: Final = (("示例单位甲（演示）", 120, "0.95"), ("示例单位乙（演示）", 80, "1.1"), ("示例单位丙（演示）", 45, "0.8"))
"""Name, staff, and how much of each quota was used."""

_DAYS: Final = (
    ("steps", {"step": "7250"}),
    ("bus", {"km": "8.4"}),
    ("clean_plate", {"act": "1"}),
    ("parked", {"act": "1"}),
    ("own_cup", {"act": "1"}),
)


def make_points(region: str, password: str) -> None:
    """Make what is missing."""
    operator, _ = Organisation.objects.get_or_create(
        name="积分运营中心（演示）", region=region, defaults={"kind": Organisation.Kind.OPERATOR, "name_en": "Operator of points (demo)"}
    )
    units = [
        Organisation.objects.get_or_create(name=name, region=region, defaults={"kind": Organisation.Kind.INSTITUTION})[0]
        for name, *_ in _UNITS
    ]
    places = {"operator": operator, "institution": units[0]}
    for name, shown, kind, role in STAFF:
        user, new = User.objects.get_or_create(username=name, defaults={"display_name": shown})
        if new:
            user.password = hashed(password)
            user.save()
        Membership.objects.get_or_create(user=user, organisation=places[kind], role=role)
    program, _ = Program.objects.get_or_create(scheme=SCHEME, defaults={"organisation": operator, "fen_per_point": Decimal(10)})
    scores = earning.book().scores["institutions"]
    items = institutions.filled(scores, next(iter(scores.sets)))
    for unit, (_name, staff, share) in zip(units, _UNITS, strict=True):
        for back, more in ((1, "1"), (2, "1.04")):
            used = {each.key: f"{(each.quota or 0) * staff * Decimal(share) * Decimal(more):f}" for each in items}
            UnitYear.objects.get_or_create(
                organisation=unit, year=clock.now().year - back, defaults={"staff": staff, "area_m2": staff * 20, "used": used}
            )
    for behaviour, name in (("clean_plate", "机关食堂（演示）"), ("own_cup", "市民中心会议室（演示）")):
        CheckPoint.objects.get_or_create(scheme=SCHEME, behaviour=behaviour, name=name, organisation=operator)
    shop, _ = Merchant.objects.get_or_create(number="demo1", defaults={"name": "便民超市（演示）", "name_en": "Corner shop (demo)"})
    for name, english, price, stock in (
        ("环保购物袋", "Shopping bag", 30, 50), ("公交券 2 元", "Bus coupon", 50, 100), ("树苗认养", "A sapling", 600, 20)
    ):  # fmt: skip
        Good.objects.get_or_create(scheme=SCHEME, merchant=shop, name=name, defaults={"name_en": english, "price": price, "stock": stock})
    if not Member.objects.filter(user__username=MEMBER).exists():
        _a_fortnight(program, people.join(MEMBER, password))
        for n in range(1, 4):
            _a_fortnight(program, people.join(f"demo{n}@example.org", password))


def _a_fortnight(program: Program, member: Member) -> None:
    """Two weeks of synthetic reports for the member."""
    now = clock.now()
    people.consent(member, "demo")
    events = []
    for back in range(14, 0, -1):
        behaviour, amounts = _DAYS[back % len(_DAYS)]
        day = now - timedelta(days=back)
        values = {unit: Decimal(value) + (back * 37 if unit == "step" else 0) for unit, value in amounts.items()}
        events.append(
            Event(
                id=f"{member.number}-{back}",
                channel="demo",
                member=member.number,
                behaviour=behaviour,
                happened_at=day,
                received_at=now,
                amounts=values,
            )
        )  # fmt: skip
    steps = {"step": Decimal(70000)}
    earlier = now - timedelta(hours=3)
    events.append(
        Event(
            id=f"{member.number}-review", channel="demo", member=member.number, behaviour="steps", happened_at=earlier, received_at=now,
            amounts=steps,
        )
    )  # fmt: skip
    earning.receive(program, events)
