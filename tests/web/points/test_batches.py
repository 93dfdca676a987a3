"""Batches of earns, which on PostgreSQL the database plans by itself: held against the model in memory, hash by hash."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from points.store import Store
from yangban.base.errors import LedgerRefusal
from yangban.points.ledger import Account, Close, Earn, Request, institution, member
from yangban.web.points import posting
from yangban.web.points.models import LedgerAccount, LedgerChain, LedgerHold, LedgerLot
from yangban.web.points.together import Together

C = "door"
START = datetime(2024, 1, 1, tzinfo=UTC)
STRANGE = ('引号"', "反\\斜", "换\n行", "制\t表", "号\x01字", "单'引", "百%分", "  空 ", "{}[],:")


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Any:
    """The clock of the books, which the test moves: ``clock.now``."""

    class Clock:
        now = START

    monkeypatch.setattr("yangban.web.points.clock.now", lambda: Clock.now)
    return Clock


def asked(store: Store, requests: Sequence[Request], now: datetime) -> list[Any]:
    """What the model answers: the number of the operation, or the kind and words of the refusal."""
    found: list[Any] = []
    for each in requests:
        try:
            found.append(store.number(each, now))
        except LedgerRefusal as told:
            found.append((type(told), str(told)))
    return found


def posted(requests: Sequence[Request]) -> list[Any]:
    """The same of the books."""
    answers = posting.post_all(C, requests)
    return [(type(each), str(each)) if isinstance(each, LedgerRefusal) else each.number for each in answers]


def same(store: Store) -> None:
    """Head, accounts, lots and holds stand as in the model, and the proof holds."""
    for found, expected in zip(posting.operations(C), store.operations, strict=True):
        assert found == expected
    assert LedgerChain.objects.get(name=C).hash == store.head.hash
    rows = {row.address(C): (row.balance, row.version, row.closed) for row in LedgerAccount.objects.filter(chain__name=C)}
    assert {each: rows[each] for each in store.accounts} == {k: (v.balance, v.version, v.closed) for k, v in store.accounts.items()}
    lots = {each.operation.number: (each.remaining, each.held, each.expires_at) for each in LedgerLot.objects.select_related("operation")}
    assert lots == {number: (lot.remaining, lot.held, lot.expires_at) for number, lot in store.lots.items()}
    holds = {each.operation.number: tuple(map(tuple, each.parts)) for each in LedgerHold.objects.select_related("operation")}
    assert holds == {number: hold.parts for number, hold in store.holds.items()}
    assert posting.check([C]).holds


@pytest.mark.django_db
def test_batches_are_planned_as_the_model_plans_them(clock: Any) -> None:
    """New, repeated, changed, late, pending, expiring, to closed accounts, one and many, with words that must be quoted."""
    dice, store = random.Random(5), Store(C)
    holders: list[Account] = [member(C, f"m{n}") for n in range(9)] + [institution(C, '机"构')]
    before: list[Earn] = []
    for turn, many in enumerate((1, 1, 2, 30, 3, 60, 1, 40)):
        clock.now += timedelta(hours=dice.randint(0, 40))
        batch = [
            Earn(
                key=f"{dice.choice(STRANGE)}{turn}-{n}", holder=dice.choice(holders), amount=dice.randint(1, 99),
                happened_at=clock.now - timedelta(microseconds=dice.randint(0, 10**12)),
                expires_at=None if dice.random() < 0.4 else clock.now + timedelta(hours=dice.randint(-3, 90)),
                about=dice.choice(STRANGE), by=dice.choice(["", "甲"]), reason=dice.choice(["", *STRANGE]), pending=dice.random() < 0.3,
            )
            for n in range(many)
        ]  # fmt: skip
        if before:
            known = {each.key for each in batch}
            again = [each for each in dice.sample(before, min(4, len(before))) if each.key not in known]
            changed = [Earn(**{**vars(each), "amount": each.amount + 1}) for each in again[2:]]
            batch += [*again[:2], *changed]
        assert posted(batch) == asked(store, batch, clock.now)
        before += batch
        if turn == 4:
            free = next(each for each in holders if not store.balance(Account(C, "held", f"{each.kind}:{each.owner}")))
            close = Close(key="close", holder=free, reason="注销")
            assert posted([close]) == asked(store, [close], clock.now)
    refused = {kind.__name__ for kind, _words in (each for each in asked(store, before, clock.now) if isinstance(each, tuple))}
    assert refused == {"KeyConflict", "AccountClosed", "WrongState"}
    same(store)


@pytest.mark.django_db
def test_columns_that_say_the_same_throughout(clock: Any) -> None:
    """Equal content under several keys, several earns of one holder, one earn alone, and a value that holds the mark itself."""
    store = Store(C)
    one = {"holder": member(C, "a"), "amount": 7, "happened_at": START, "expires_at": None}
    batches = [
        [Earn(key=f"k{n}", **one) for n in range(5)],
        [Earn(key="k0", **one), Earn(key="p1", **one, pending=True), Earn(key="p2", **one, pending=True)],
        [Earn(key="q1", **one, pending=True)],
        [Earn(key="x", **one, reason="a\x1fb"), Earn(key="y", **one, reason="a\x1fb")],
        [Earn(key="z", **one, reason="a\x1fb")],
        [Earn(key="w\x1f", **one), Earn(key="v", **one)],
        [Earn(key="u", **one), Earn(key="u", **one)],
    ]
    for batch in batches:
        assert posted(batch) == asked(store, batch, clock.now)
    # A clock that runs behind the chain is brought up to it.
    clock.now = START + timedelta(days=2)
    late = Earn(key="later", **one)
    assert posted([late]) == asked(store, [late], clock.now)
    clock.now = START + timedelta(days=1)
    over = [Earn(key="over", **{**one, "expires_at": START + timedelta(days=1, hours=3)}), Earn(key="fits", **one)]
    assert posted(over) == asked(store, over, START + timedelta(days=2))
    same(store)


# ------------------------------------------------------------------------------------------------------------------------ together


def test_those_who_ask_together_are_answered_together() -> None:
    """Everybody gets the own answer, also when one of them spoils the turn; a crowd needs fewer turns than questions."""
    turns: list[int] = []
    gate = threading.Barrier(16)

    def work(place: Any, questions: Sequence[int]) -> list[int]:
        turns.append(len(questions))
        time.sleep(0.0005)
        if 13 in questions:
            raise ValueError("13")
        return [each * 2 for each in questions]

    line: Together[int, int] = Together(work, 5)
    answers: dict[int, Any] = {}

    def one(n: int) -> None:
        gate.wait()
        for k in range(20):
            try:
                answers[n * 20 + k] = line.ask("here", n * 20 + k if k or n else 13)
            except ValueError as told:
                answers[n * 20 + k] = str(told)

    threads = [threading.Thread(target=one, args=(n,)) for n in range(16)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert answers == {n: "13" if n in {0, 13} else n * 2 for n in range(320)}
    assert max(turns) <= 5
    assert len(turns) < 320
