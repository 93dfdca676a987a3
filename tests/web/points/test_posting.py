"""The one posting function, on SQLite here and on PostgreSQL with ``python tests/postgres.py python -m pytest tests/web/points``.

What it answers is held against the model of a store in memory, request by request; the database's own rules against SQL that breaks them.
``YANGBAN_LEDGER_OPERATIONS=50000`` makes the random run long.
"""

from __future__ import annotations

import os
import random
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction

from points.store import Store
from yangban.base.errors import KeyConflict, NotEnoughPoints, UnknownPosting, YangbanError
from yangban.points.ledger import (
    ISSUE,
    Account,
    Adjust,
    Cancel,
    Close,
    Deliver,
    Earn,
    Expire,
    Hold,
    Post,
    Request,
    Reverse,
    Settle,
    Spend,
    Void,
    balances_at,
    institution,
    member,
    merchant,
)
from yangban.web.points import posting
from yangban.web.points.models import LedgerAccount, LedgerChain, LedgerEntry, LedgerHold, LedgerLot, LedgerOperation
from yangban.web.points.proofs import check_sets

pytestmark = pytest.mark.django_db

C = "book"
A, B, U, SHOP = member(C, "a"), member(C, "b"), institution(C, "u"), merchant(C, "s")
START = datetime(2024, 1, 1, tzinfo=UTC)
OPERATIONS = int(os.environ.get("YANGBAN_LEDGER_OPERATIONS", "250"))


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Any:
    """The clock of the books, which the test moves: ``clock.now``."""

    class Clock:
        now = START

    monkeypatch.setattr("yangban.web.points.clock.now", lambda: Clock.now)
    return Clock


def earn(key: str, amount: int, holder: Account = A, **words: Any) -> Earn:
    return Earn(
        key=key,
        holder=holder,
        amount=amount,
        happened_at=words.pop("happened_at", START),
        expires_at=words.pop("expires_at", None),
        **words,
    )


def test_earn_hold_deliver_settle(clock: Any) -> None:
    posting.post(C, earn("e1", 100))
    order = posting.post(C, Hold(key="h1", holder=A, amount=30, until=START + timedelta(days=1)))
    assert (posting.balance(A), posting.available(A), LedgerHold.objects.get(pk=order.pk).amount) == (70, 70, 30)
    posting.post(C, Deliver(key="d1", hold=order.number, merchant=SHOP, amount=20))
    posting.post(C, Cancel(key="c1", hold=order.number, reason="少货"))
    assert (posting.balance(A), posting.balance(SHOP)) == (80, 20)
    posting.post(C, Settle(key="s1", merchant=SHOP, amount=20))
    assert posting.balances_at(C, clock.now) == {
        Account(C, ISSUE): -80, A: 80, Account(C, "held", "member:a"): 0, SHOP: 0,
    }  # fmt: skip
    assert posting.check([C]).holds
    call_command("verify_points", C)
    call_command("verify_points", "--sets")


def test_the_same_request_again_and_another_under_its_key(clock: Any) -> None:
    first = posting.post(C, earn("e1", 5))
    again = posting.post(C, earn("e1", 5))
    assert first.new
    assert not again.new
    assert (first.number, first.pk) == (again.number, again.pk)
    with pytest.raises(KeyConflict):
        posting.post(C, earn("e1", 6))
    assert posting.balance(A) == 5
    # A key is known to all chains of a scheme.
    with pytest.raises(KeyConflict):
        posting.post(f"{C}/01", earn("e1", 5, member(f"{C}/01", "z")))


def test_a_batch_with_a_repeat_a_refusal_and_a_spend_of_what_it_earned(clock: Any) -> None:
    answers = posting.post_all(
        C,
        [
            earn("e1", 10), earn("e1", 10), Spend(key="p1", holder=A, merchant=SHOP, amount=4), earn("e2", 1, B),
            Spend(key="p2", holder=B, merchant=SHOP, amount=2), Post(key="x", hold=99),
        ],
    )  # fmt: skip
    assert [getattr(each, "new", type(each)) for each in answers] == [True, False, True, True, NotEnoughPoints, UnknownPosting]
    assert (posting.balance(A), posting.balance(B), posting.balance(SHOP)) == (6, 1, 4)
    assert posting.check([C]).holds


def test_balances_by_either_clock(clock: Any) -> None:
    clock.now = START + timedelta(days=10)
    posting.post(C, earn("late", 7, happened_at=START + timedelta(days=2)))
    assert posting.balances_at(C, START + timedelta(days=3), "happened", only=A) == {A: 7}
    assert posting.balances_at(C, START + timedelta(days=3), only=A) == {}
    assert posting.balances_at(C, START + timedelta(days=11), only=A) == {A: 7}


# ------------------------------------------------------------------------------------------------- random, beside the model in memory


def test_random_requests_answer_as_the_model_does(clock: Any) -> None:
    """Every kind of request, sensible or not: the same answers, rows and hashes as the store in memory, which shares no line with it."""
    dice = random.Random(8)
    store, asked = Store(C), []
    holders = [A, B, member(C, "c"), U]
    closed = 0
    for n in range(OPERATIONS):
        clock.now += timedelta(hours=dice.randint(0, 30))
        request = _any_request(dice, n, holders, clock.now, len(store.operations), asked)
        if request.kind == "close":
            closed += 1
            holders[holders.index(request.holder)] = member(C, f"new{closed}")  # type: ignore[attr-defined]
        asked.append(request)
        try:
            expected: Any = store.post(request, clock.now)
        except YangbanError as told:
            expected = type(told)
        try:
            found: Any = posting.operation(C, posting.post(C, request).number)
        except YangbanError as told:
            found = type(told)
        assert found == expected, request
    assert LedgerChain.objects.get(name=C).hash == store.head.hash
    rows = {row.address(C): (row.balance, row.version, row.closed) for row in LedgerAccount.objects.filter(chain__name=C)}
    assert {each: rows[each] for each in store.accounts} == {k: (v.balance, v.version, v.closed) for k, v in store.accounts.items()}
    lots = {each.operation.number: (each.remaining, each.held) for each in LedgerLot.objects.select_related("operation")}
    assert lots == {number: (lot.remaining, lot.held) for number, lot in store.lots.items()}
    holds = {each.operation.number: tuple(map(tuple, each.parts)) for each in LedgerHold.objects.select_related("operation")}
    assert holds == {number: hold.parts for number, hold in store.holds.items()}
    middle = START + (clock.now - START) / 2
    for name in ("recorded", "happened"):
        expected = {k: v for k, v in balances_at(store.operations, middle, name).items() if v}
        assert {k: v for k, v in posting.balances_at(C, middle, name).items() if v} == expected
    assert check_sets([C]) == []
    kinds = {each.kind for each in store.operations}
    assert kinds >= {"earn", "post", "hold", "deliver", "cancel", "void", "spend", "expire", "reverse", "adjust", "settle"}, kinds
    assert posting.check([C]).holds
    if OPERATIONS > 1000:
        print(f"{OPERATIONS} requests, {len(store.operations)} operations, {closed} closed")


def _any_request(dice: random.Random, n: int, holders: list[Account], now: datetime, last: int, asked: list[Request]) -> Request:
    key, holder, amount = f"k{n}", dice.choice(holders), dice.randint(1, 40)
    number = max(1, last - dice.randint(0, 12))
    roll = dice.randint(0, 99)
    if roll < 30:
        days = dice.choice([None, 1, 5, 60])
        return Earn(
            key=key, holder=holder, amount=amount + 20, happened_at=now - timedelta(hours=dice.randint(0, 500)),
            expires_at=None if days is None else now + timedelta(days=days), pending=dice.random() < 0.3,
        )  # fmt: skip
    if roll < 42:
        return Hold(key=key, holder=holder, amount=amount, until=now + timedelta(hours=dice.randint(1, 60)))
    if roll < 55:
        return Spend(key=key, holder=holder, merchant=SHOP, amount=amount)
    if roll < 60:
        return Adjust(key=key, holder=holder, amount=amount, up=dice.random() < 0.5, by="甲", approved_by="乙", reason="更正")
    if roll < 66:
        return Settle(key=key, merchant=SHOP, amount=amount)
    if roll < 70:
        return Expire(key=key, holder=holder)
    if roll < 72 and n > 60:
        return Close(key=key, holder=holder, reason="注销")
    if roll < 76 and asked:
        return dice.choice(asked)
    return dice.choice(
        [
            Post(key=key, hold=number), Deliver(key=key, hold=number, merchant=SHOP, amount=dice.choice([None, 5])),
            Cancel(key=key, hold=number, reason="不要了"), Void(key=key, hold=number, reason="不实"),
            Reverse(key=key, operation=number, reason="记错"), Reverse(key=key, operation=max(1, number - 20), reason="记错"),
        ]
    )  # fmt: skip


# ------------------------------------------------------------------------------------------------------ rules that the database keeps


def _entry(operation: int, source: Account, target: Account, amount: int, **words: Any) -> dict[str, Any]:
    rows = {row.address(C): row for row in LedgerAccount.objects.filter(chain__name=C)}
    giver, taker = rows[source], rows[target]
    return {
        "operation_id": operation, "line": 9, "source_id": giver.pk, "target_id": taker.pk, "amount": amount, "lot_id": None,
        "source_before": giver.balance, "target_before": taker.balance, "source_version": giver.version + 1,
        "target_version": taker.version + 1, **words,
    }  # fmt: skip


def _refused(statement: str, *values: Any) -> None:
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, values)


def test_sql_cannot_unbalance_the_books(clock: Any) -> None:
    made = posting.post(C, earn("e1", 50))
    other = posting.post(C, earn("e2", 50, B))
    posting.post(C, Spend(key="p1", holder=A, merchant=SHOP, amount=10))
    chain = LedgerChain.objects.get(name=C)
    a, lot = LedgerAccount.objects.get(kind="member", owner="a"), made.pk
    wrong = {
        "more than the holder has": _entry(made.pk, A, SHOP, 41, lot_id=lot),
        "nothing": _entry(made.pk, A, SHOP, 0, lot_id=lot),
        "less than nothing": _entry(made.pk, A, SHOP, -5, lot_id=lot),
        "to itself": _entry(made.pk, A, A, 5, lot_id=lot),
        "without a lot": _entry(made.pk, A, SHOP, 5),
        "from another's lot": _entry(made.pk, A, SHOP, 5, lot_id=other.pk),
        "into a lot of another's": _entry(made.pk, SHOP, B, 5, lot_id=lot),
        "from another balance": _entry(made.pk, A, SHOP, 5, lot_id=lot, source_before=99),
        "in a version that was": _entry(made.pk, A, SHOP, 5, lot_id=lot, source_version=1),
        "for no operation": _entry(10**9, A, SHOP, 5, lot_id=lot),
        "to no account": _entry(made.pk, A, SHOP, 5, lot_id=lot, target_id=10**9),
    }
    for entry in wrong.values():
        names = ", ".join(entry)
        _refused(f"INSERT INTO points_ledgerentry ({names}) VALUES ({', '.join(['%s'] * len(entry))})", *entry.values())
    _refused("UPDATE points_ledgeraccount SET balance = balance + 1 WHERE id = %s", a.pk)
    _refused("UPDATE points_ledgeraccount SET balance = balance + 1, version = version + 1 WHERE id = %s", a.pk)
    _refused("UPDATE points_ledgeraccount SET owner = 'z' WHERE id = %s", a.pk)
    _refused(
        "INSERT INTO points_ledgeraccount (chain_id, kind, owner, balance, version, closed) VALUES (%s, 'member', 'x', 5, 1, %s)",
        chain.pk,
        False,
    )
    _refused("UPDATE points_ledgerlot SET remaining = remaining - 1 WHERE operation_id = %s", lot)
    _refused("UPDATE points_ledgerlot SET expires_at = %s WHERE operation_id = %s", START, lot)
    _refused("INSERT INTO points_ledgerlot (operation_id, holder_id, amount, remaining, held) VALUES (%s, %s, 5, 5, 0)", 10**9, a.pk)
    _refused("UPDATE points_ledgerchain SET number = number - 1 WHERE id = %s", chain.pk)
    for table in ("chain", "account", "operation", "entry", "lot"):
        _refused(f"DELETE FROM points_ledger{table}")
    _refused("UPDATE points_ledgeroperation SET reason = 'x'")
    _refused("UPDATE points_ledgerentry SET amount = amount + 1")
    with pytest.raises(DatabaseError), transaction.atomic():
        # An operation that does not follow the head.
        LedgerOperation.objects.create(
            chain=chain, scheme=C, number=9, kind="earn", key="x", digest="0" * 64, happened_at=START, recorded_at=clock.now,
            previous_hash=chain.hash, hash="1" * 64,
        )  # fmt: skip
    if connection.vendor == "postgresql":
        # What the door would take in the wrong: the same rules hold for whoever puts a row through it by hand.
        right = [C, START, 1, "door", "0" * 64, "", "", "member", "a", "5", "2024-01-01T00:00:00.000000Z", "", "", "f"]
        wrong_there = (
            (7, "merchant"), (7, "issue"), (8, ""), (9, "-5"), (9, "0"), (10, "2999-01-01T00:00:00.000000Z"), (4, "0" * 65), (0, None),
        )  # fmt: skip
        for at, value in wrong_there:
            _refused(posting._DOOR, *right[:at], value, *right[at + 1 :])
        _refused(posting._DOOR, C, START, 2, "door\x1fdoor", *right[4:])
    assert posting.check([C]).holds
    assert LedgerEntry.objects.count() == 3


def test_a_chain_that_was_tampered_with_below_the_rules_is_found_out(clock: Any) -> None:
    """Whoever takes the triggers away can change rows; the proof tells."""
    posting.post(C, earn("e1", 50))
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute("ALTER TABLE points_ledgeraccount DISABLE TRIGGER points_keep")
            cursor.execute("ALTER TABLE points_ledgeroperation DISABLE TRIGGER points_keep")
        else:
            cursor.execute("DROP TRIGGER points_account_kept")
            cursor.execute("DROP TRIGGER points_no_update_operation")
        cursor.execute("UPDATE points_ledgeraccount SET balance = 60 WHERE kind = 'member'")
    assert [each.partition("，")[0] for each in posting.check([C]).strays] == [f"{C} member:a：余额 60"]
    assert {each.rule for each in check_sets()} == {"账户", "持有", "总和"}
    with connection.cursor() as cursor:
        cursor.execute("UPDATE points_ledgeroperation SET about = 'other'")
    assert "哈希" in {each.rule for each in posting.check([C]).proof.problems}
    assert "哈希" in {each.rule for each in check_sets([C])}
    with pytest.raises(SystemExit):
        call_command("verify_points", C, "--sets")
    with pytest.raises(SystemExit):
        call_command("verify_points", C)
