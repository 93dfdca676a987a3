"""Institutions, red lines, reasons for review, liability and settlement."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from points.store import Store
from yangban.base.errors import UsageError
from yangban.points import institutions
from yangban.points.abuse import reach_days, review
from yangban.points.award import Event
from yangban.points.institutions import Unit, score, totals
from yangban.points.ledger import Cancel, Deliver, Earn, Hold, Reverse, Settle, Spend, Void, member, merchant
from yangban.points.liability import budget, liability, settlements
from yangban.points.redlines import Face, Field, face_of, violations
from yangban.points.schemes import CHINA
from yangban.standards.points import FORBIDS, load_points

BOOK = load_points()
SCORES = BOOK.scores["institutions"]
LINES = BOOK.redlines["redlines-2026"]
RULES = BOOK.reviews["review-default"]
T0 = datetime(2024, 1, 1, tzinfo=UTC)
EVERYTHING = {
    "energy": "36000",
    "electricity": "220000",
    "water": "1800",
    "paper": "300000",
    "waste": "9001",
    "meetings": "0",
    "travel": "172500",
}


def unit(used: dict[str, str] | None = None, **words: Any) -> Unit:
    values = {key: Decimal(value) for key, value in (EVERYTHING if used is None else used).items()}
    return Unit(**{"id": "u1", "name": "示例机关", "year": 2024, "staff": 100, "used": values, **words})


# ------------------------------------------------------------------------------------------------------------- institutions


def test_a_score_is_refused_while_nobody_published_the_table() -> None:
    made = score(SCORES, unit())
    assert (made.status, made.total) == ("refused", None)
    assert "人均用电的权重" in made.reasons[0]
    assert made.items[1].working == "220000 ÷ 100 = 2200 kWh/人·a"


def test_the_example_by_hand() -> None:
    """Shares of the quota: energy 0.9, electricity 1.1, water 0.9, paper 1, waste 1.50016…, meetings 0, travel 1.15.

    100·25 + 50·20 + 100·15 + (0.5/0.7)·100·10 + 0·10 + 100·10 + (0.35/0.7)·100·10, all over 100 = 72.142857…
    """
    made = score(SCORES, unit(), "example")
    assert (made.status, made.total, made.example) == ("ok", Decimal("72.14"), True)
    points = {each.item.key: each.points for each in made.items}
    assert points == {
        "energy": 100, "electricity": 50, "water": 100, "paper": Fraction(500, 7), "waste": 0, "meetings": 100, "travel": 50,
    }  # fmt: skip
    assert made.to_dict()["items"][3]["points"] == "71.428571"


def test_a_missing_value_is_no_zero() -> None:
    made = score(SCORES, unit({key: value for key, value in EVERYTHING.items() if key != "water"}), "example")
    assert (made.status, made.total, made.reasons) == ("insufficient", None, ("没有数值：人均用水",))


@pytest.mark.parametrize(
    ("words", "name", "says"),
    [
        ({"staff": 0}, "example", "人数为 0"),
        ({"used": {"energy": Decimal(-1)}}, "example", "不小于 0"),
        ({"used": {"gold": Decimal(1)}}, "example", "没有项目 'gold'"),
        ({}, "secret", "没有权重集 'secret'"),
    ],
)
def test_bad_units_and_sets_are_refused(words: dict[str, Any], name: str, says: str) -> None:
    with pytest.raises(UsageError, match=says):
        score(SCORES, replace(unit(), **words), name)


def test_a_set_cannot_change_what_the_document_lays_down() -> None:
    laid = replace(SCORES, items=(replace(SCORES.items[0], weight=Decimal(30)), *SCORES.items[1:]))
    with pytest.raises(UsageError, match="原文为 30"):
        score(laid, unit(), "example")


def test_others_see_sums_and_no_list() -> None:
    made = [score(SCORES, unit(id=f"u{n}", staff=n * 10), "example") for n in (1, 2, 3)]
    found = totals(made)
    assert (found.units, found.scored, found.staff, found.used["energy"]) == (3, 3, 60, Decimal(108000))
    with pytest.raises(UsageError, match="露出单个单位"):
        totals(made[:2])
    assert [name for name in dir(institutions) if "rank" in name.lower()] == []


# ----------------------------------------------------------------------------------------------------------------- red lines


def test_no_shipped_scheme_crosses_a_red_line() -> None:
    found = [each for scheme in BOOK.schemes.values() for each in violations(LINES, face_of(scheme))]
    assert found == []


GOOD = Face(
    id="f", title="报名", fields=(Field("photo", "photo", required=True, skippable=True, why="核对实物"), Field("check", "check_in"))
)


@pytest.mark.parametrize(
    ("face", "line"),
    [
        (replace(GOOD, fields=(Field("photo", "photo", required=True),)), "photo"),
        (replace(GOOD, fields=(Field("where", "track", required=True),)), "track"),
        (replace(GOOD, fields=(Field("check", "check_in", required=True),)), "forced-check-in"),
        (replace(GOOD, compulsory=True), "forced-check-in"),
        (replace(GOOD, ranks=("persons",)), "persons"),
        (replace(GOOD, ranks=("units",)), "units"),
        (replace(GOOD, counts=("online_time",)), "online-time"),
        (replace(GOOD, complaint=False), "complaint"),
    ],
)
def test_every_red_line_is_seen(face: Face, line: str) -> None:
    assert violations(LINES, GOOD) == ()
    assert [each.line for each in violations(LINES, face)] == [line]
    assert violations(LINES, face, off=[line]) == ()


def test_the_lines_forbid_all_that_can_be_forbidden_and_are_on() -> None:
    assert sorted(each.forbids for each in LINES.lines) == sorted(FORBIDS)
    assert all(each.on for each in LINES.lines)


def test_a_scheme_that_takes_only_photos_crosses_one() -> None:
    scheme = BOOK.scheme("example")
    photos = replace(
        scheme, methods=tuple(replace(each, evidence=("screenshot",)) if each.key == "own-cup" else each for each in scheme.methods)
    )
    assert [each.line for each in violations(LINES, face_of(photos))] == ["photo"]


# -------------------------------------------------------------------------------------------------------------------- review


def event(id: str = "1", when: str = "2024-05-10T08:00", **words: Any) -> Event:
    at = datetime.fromisoformat(when).replace(tzinfo=CHINA)
    amounts = {name: Decimal(str(value)) for name, value in words.pop("amounts", {}).items()}
    minutes = words.pop("minutes", None)
    made = {"channel": "app", "member": "a", "behaviour": "steps", "happened_at": at, "received_at": at}
    return Event(id=id, amounts=amounts, minutes=None if minutes is None else Decimal(str(minutes)), **{**made, **words})


def reasons(one: Event, *others: Event) -> list[str]:
    return [each.rule for each in review(RULES, one, others)]


def test_an_ordinary_day_has_no_reason() -> None:
    assert reasons(event(amounts={"step": 12000}, minutes=120), event("0", "2024-05-09T08:00", amounts={"step": 9000})) == []


def test_amounts_and_rates() -> None:
    assert reasons(event(amounts={"step": 60000})) == []
    assert reasons(event(amounts={"step": 60001})) == ["steps-a-day"]
    assert reasons(event(amounts={"step": 9000}, minutes=60)) == []
    assert reasons(event(amounts={"step": 9001}, minutes=60)) == ["steps-an-hour"]
    assert reasons(event(amounts={"km.rail": 300, "km.bus": 51}, minutes=60)) == ["speed"]
    assert reasons(event(amounts={"km.rail": 300, "km.baseline": 500}, minutes=60)) == []
    assert reasons(event(amounts={"km": 1}, minutes=0)) == ["speed"]


def test_trips_that_overlap() -> None:
    first = event("1", "2024-05-10T08:00", amounts={"km": 5}, minutes=30)
    assert reasons(event("2", "2024-05-10T08:29", amounts={"km": 5}, minutes=30), first) == ["overlap"]
    assert reasons(event("2", "2024-05-10T08:30", amounts={"km": 5}, minutes=30), first) == []
    assert reasons(event("2", "2024-05-10T08:29", amounts={"km": 5}, minutes=30, member="b"), first) == []


def test_bursts_late_ones_too() -> None:
    many = [event(str(n), f"2024-05-10T08:{n * 5:02}") for n in range(1, 11)]
    assert reasons(event("x", "2024-05-10T08:00"), *many) == ["burst"]
    assert reasons(event("x", "2024-05-10T08:00"), *many[1:]) == []
    assert reasons(event("x", "2024-05-10T07:49"), *many) == []


def test_devices_and_proofs_that_are_shared() -> None:
    two = [event("2", member="b", device="d"), event("3", member="c", device="d")]
    assert reasons(event(device="d"), two[0]) == []
    assert reasons(event(device="d"), *two) == ["shared-device"]
    assert reasons(event(device="d"), *(replace(each, happened_at=each.happened_at - timedelta(days=31)) for each in two)) == []
    assert reasons(event(proof="p"), event("2", member="b", proof="p")) == ["shared-evidence"]
    assert reasons(event(proof="p"), event("2", proof="p")) == []


def test_the_same_steps_day_after_day() -> None:
    days = [event(str(n), f"2024-05-{n:02}T20:00", amounts={"step": 8888}) for n in (7, 8, 9)]
    assert reasons(event("10", "2024-05-10T20:00", amounts={"step": 8888}), *days) == ["regular-steps"]
    assert reasons(event("10", "2024-05-10T20:00", amounts={"step": 8888}), *days[1:]) == []
    assert reasons(event("10", "2024-05-10T20:00", amounts={"step": 8889}), *days) == []
    late = event("8", "2024-05-08T20:00", amounts={"step": 8888})
    assert reasons(late, days[0], days[2], event("10", "2024-05-10T20:00", amounts={"step": 8888})) == ["regular-steps"]


def test_reach_of_the_rules() -> None:
    assert reach_days(RULES) == 30


# ------------------------------------------------------------------------------------------------------ liability, settlement

ANN, SHOP, CAFE = member("example", "a"), merchant("example", "shop"), merchant("example", "cafe")


def at(days: float) -> datetime:
    return T0 + timedelta(days=days)


def a_month() -> Store:
    store = Store()
    for key, amount, expires in (("e1", 300, 40.0), ("e2", 200, 70.0), ("e3", 100, None)):
        store.post(Earn(key=key, holder=ANN, amount=amount, happened_at=at(0), expires_at=None if expires is None else at(expires)), at(1))
    sold = store.post(Spend(key="s1", holder=ANN, merchant=SHOP, amount=120), at(2)).number
    hold = store.post(Hold(key="h", holder=ANN, amount=60, until=at(9)), at(3)).number
    store.post(Deliver(key="d", hold=hold, merchant=CAFE, amount=40), at(4))
    store.post(Settle(key="t", merchant=SHOP, amount=50), at(5))
    store.post(
        Reverse(key="r0", operation=store.post(Spend(key="s2", holder=ANN, merchant=SHOP, amount=7), at(5)).number, reason="退货"), at(6)
    )
    assert sold == 4
    return store


def test_liability_by_month_of_expiry() -> None:
    """300 − 120 − 60 are 120 in February, 20 of them still held; 200 in March; 100 that never expire; 0.3 fen a unit, half to even."""
    store = a_month()
    shops = [(row.account, row.balance) for row in store.accounts.values() if row.account.kind == "merchant"]
    made = liability(store.lots.values(), shops, at(10), fen_per_unit=Fraction(3, 10))
    assert [(each.month, each.units, each.held, each.most_fen) for each in made.by_month] == [
        ("2024-02", 120, 20, 42), ("2024-03", 200, 0, 60), ("", 100, 0, 30),
    ]  # fmt: skip
    assert (made.merchants, made.merchants_fen, made.units, made.most_fen) == (110, 33, 550, 165)
    assert made.units == -store.balance(next(each for each in store.accounts if each.kind == "issue"))
    later = liability(store.lots.values(), shops, at(40), fen_per_unit=Fraction(3, 10))
    assert next((each.month, each.units, each.held) for each in later.by_month) == ("2024-02", 0, 20)
    with pytest.raises(UsageError):
        liability([], [], at(1), fen_per_unit=Fraction(-1))


def test_settlement_of_merchants() -> None:
    store = a_month()
    rows = settlements(store.operations, at(0), at(30), fen_per_unit=Fraction(1))
    assert [(str(each.merchant), each.taken, each.returned, each.settled, each.owed) for each in rows] == [
        ("merchant:cafe", 40, 0, 0, 40), ("merchant:shop", 127, 7, 50, 70),
    ]  # fmt: skip
    first, second = settlements(store.operations, at(5), at(6), fen_per_unit=Fraction(1))
    assert (first.taken, first.owed, second.taken, second.returned, second.settled, second.owed) == (0, 40, 7, 0, 50, 77)


def test_the_budget_counts_what_was_issued() -> None:
    store = a_month()
    scheme = replace(BOOK.scheme("example"), budget=Decimal(70))  # 700 smallest units.
    assert budget(scheme, store.operations).issued == 600, "settling does not make room"
    store.post(Reverse(key="r", operation=3, reason="误发"), at(7))
    held = store.post(Earn(key="e4", holder=ANN, amount=50, happened_at=at(7), expires_at=None, pending=True), at(7)).number
    found = budget(scheme, store.operations)
    assert (found.issued, found.left, found.allows(150), found.allows(151)) == (550, 150, True, False)
    store.post(Void(key="v", hold=held, reason="复核不通过"), at(8))
    store.post(Reverse(key="r1", operation=7, reason="付错"), at(8))
    store.post(Cancel(key="c", hold=5, reason="无货"), at(8))
    assert budget(scheme, store.operations).issued == 500
    assert budget(replace(scheme, budget=None), store.operations).left is None
