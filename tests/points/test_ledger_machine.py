"""A machine that does anything to a ledger in any order, and a model beside it that knows what must be left.

Run long with ``YANGBAN_LEDGER_OPERATIONS=50000 pytest tests/points/test_ledger_machine.py -s``; the number of operations that were posted
is printed. After every step the six invariants hold: sum of zero, nothing below zero, lots equal balances, one effect per key, order of
lots, and (at the end of each run, from the exported rows) the chain.
"""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule, run_state_machine_as_test

from points.store import Store
from yangban.base.errors import AccountClosed, KeyConflict, LedgerRefusal, NotEnoughPoints, WrongState
from yangban.points.ledger import (
    ISSUE,
    MOVES,
    Account,
    Adjust,
    Cancel,
    Close,
    Deliver,
    Earn,
    Expire,
    Hold,
    Operation,
    Post,
    Request,
    Reverse,
    Settle,
    Spend,
    Void,
    available_at,
    balances_at,
    held_of,
    institution,
    member,
    merchant,
    rows_of,
)
from yangban.points.verify import verify

LONG = int(os.environ.get("YANGBAN_LEDGER_OPERATIONS", "0"))
STEPS = 50
START = datetime(2024, 1, 1, tzinfo=UTC)
HOLDERS = (member("example", "a"), member("example", "b"), member("example", "c"), institution("example", "u"))
SHOPS = (merchant("example", "s1"), merchant("example", "s2"))
POSTED: Counter[str] = Counter()

holders = st.sampled_from(HOLDERS)
shops = st.sampled_from(SHOPS)
amounts = st.integers(1, 60)
rash = st.integers(0, 4).map(lambda n: n == 4)
"""Whether to ask for what may not be there; else the machine would be refused more often than not."""
picks = st.integers(0, 10_000)


class Ledger(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.store = Store()
        self.now = START
        self.asked: list[Request] = []
        self.model: dict[Account, int] = {}
        """Balances as a plain sum of what each answered request should have moved, kept apart from the store."""
        self.closed: set[Account] = set()
        self.past: list[tuple[datetime, dict[Account, int]]] = []

    # ------------------------------------------------------------------------------------------------------------- one request

    def ask(self, request: Request, *expected: type[LedgerRefusal]) -> Operation | None:
        before = self.store.head
        try:
            made = self.store.post(request, self.now)
        except LedgerRefusal as told:
            if not isinstance(told, expected):
                raise
            assert self.store.head == before, "a refusal wrote something"
            POSTED["refused"] += 1
            return None
        self.asked.append(request)
        POSTED[made.kind] += 1
        return made

    def key(self) -> str:
        return f"k{len(self.asked)}-{self.store.head.number}-{POSTED['refused']}"

    def moved(self, source: Account, target: Account, amount: int) -> None:
        self.model[source] = self.model.get(source, 0) - amount
        self.model[target] = self.model.get(target, 0) + amount

    def spendable(self, holder: Account) -> int:
        return available_at(self.store.lots.values(), holder, self.now)

    # ------------------------------------------------------------------------------------------------------------------- rules

    @initialize(first=st.lists(st.tuples(amounts, st.none() | st.integers(1, 90)), min_size=4, max_size=8))
    def a_beginning(self, first: list[tuple[int, int | None]]) -> None:
        """Some points to play with, also in runs that leave out the rule that earns."""
        for n, (amount, days) in enumerate(first):
            self.earn(HOLDERS[n % len(HOLDERS)], amount + 20, n, days, n == 3)

    @rule(hours=st.integers(1, 24 * 40))
    def time_goes_on(self, hours: int) -> None:
        self.remember()
        self.now += timedelta(hours=hours)

    def remember(self) -> None:
        self.past.append((self.now, {row.account: row.balance for row in self.store.accounts.values()}))

    @rule(holder=holders, amount=amounts, late=st.integers(0, 500), days=st.none() | st.integers(1, 90), pending=st.booleans())
    def earn(self, holder: Account, amount: int, late: int, days: int | None, pending: bool) -> None:
        """Also late and out of order: it may have happened long before others that are recorded already."""
        expires = None if days is None else self.now + timedelta(days=days)
        request = Earn(
            key=self.key(), holder=holder, amount=amount, happened_at=self.now - timedelta(hours=late), expires_at=expires, pending=pending
        )
        made = self.ask(request, *((AccountClosed,) if holder in self.closed else ()))
        if made:
            self.moved(Account("example", ISSUE), held_of(holder) if pending else holder, amount)

    @precondition(lambda self: self.asked)
    @rule(pick=picks)
    def the_same_again(self, pick: int) -> None:
        request = self.asked[pick % len(self.asked)]
        operations, balances = len(self.store.operations), dict(self.store.accounts)
        made = self.store.post(request, self.now)
        assert made.key == request.key
        assert (len(self.store.operations), self.store.accounts) == (operations, balances)
        POSTED["replayed"] += 1

    @precondition(lambda self: self.asked)
    @rule(pick=picks)
    def the_same_key_for_something_else(self, pick: int) -> None:
        request = self.asked[pick % len(self.asked)]
        assert self.ask(replace(request, by="someone else"), KeyConflict) is None

    def within(self, amount: int, most: int, rash: bool) -> int:
        return amount if rash or not most else 1 + amount % most

    @rule(holder=holders, shop=shops, amount=amounts, rash=rash)
    def spend(self, holder: Account, shop: Account, amount: int, rash: bool) -> None:
        amount = self.within(amount, self.spendable(holder), rash)
        enough = self.spendable(holder) >= amount and holder not in self.closed
        made = self.ask(
            Spend(key=self.key(), holder=holder, merchant=shop, amount=amount), *(() if enough else (NotEnoughPoints, AccountClosed))
        )
        assert (made is not None) == enough
        if made:
            self.in_order(made, holder)
            self.moved(holder, shop, amount)

    @rule(holder=holders, amount=amounts, hours=st.integers(1, 24 * 30), rash=rash)
    def hold(self, holder: Account, amount: int, hours: int, rash: bool) -> None:
        amount = self.within(amount, self.spendable(holder), rash)
        enough = self.spendable(holder) >= amount and holder not in self.closed
        made = self.ask(
            Hold(key=self.key(), holder=holder, amount=amount, until=self.now + timedelta(hours=hours)),
            *(() if enough else (NotEnoughPoints, AccountClosed)),
        )
        assert (made is not None) == enough
        if made:
            self.in_order(made, holder)
            self.moved(holder, held_of(holder), amount)

    @precondition(lambda self: self.store.holds)
    @rule(pick=picks, shop=shops, part=st.none() | amounts, rash=rash)
    def deliver(self, pick: int, shop: Account, part: int | None, rash: bool) -> None:
        hold = self.some_hold(pick, rash)
        part = part and self.within(part, hold.amount, rash)
        fits = hold.kind == "hold" and hold.parts and (part is None or part <= hold.amount)
        made = self.ask(Deliver(key=self.key(), hold=hold.number, merchant=shop, amount=part), *(() if fits else (LedgerRefusal,)))
        assert (made is not None) == bool(fits)
        if made:
            self.moved(held_of(hold.holder), shop, hold.amount if part is None else part)

    @precondition(lambda self: self.store.holds)
    @rule(pick=picks, how=st.sampled_from([Cancel, Void, Post]), rash=rash)
    def close_a_hold(self, pick: int, how: Any, rash: bool) -> None:
        hold = self.some_hold(pick, rash)
        fits = bool(hold.parts) and (how is not Post and hold.kind == "hold" if how is Cancel else how is Void or hold.kind == "earn")
        if how is Void and hold.kind == "hold" and hold.until is not None and self.now < hold.until:
            fits = False
        made = self.ask(how(key=self.key(), hold=hold.number, reason="复核"), *(() if fits else (LedgerRefusal,)))
        assert (made is not None) == fits
        if made:
            back = Account("example", ISSUE) if how is Void and hold.kind == "earn" else hold.holder
            self.moved(held_of(hold.holder), back, hold.amount)

    def some_hold(self, pick: int, rash: bool) -> Any:
        still_open = [each for each in self.store.holds.values() if each.parts]
        found = list(self.store.holds.values()) if rash or not still_open else still_open
        return found[pick % len(found)]

    @rule(holder=holders, wait=st.booleans())
    def expire(self, holder: Account, wait: bool) -> None:
        ends = [each.expires_at for each in self.store.lots.values() if each.holder == holder and each.remaining and each.expires_at]
        if wait and ends and min(ends) > self.now:
            self.remember()
            self.now = min(ends)
        due = sum(each.remaining for each in self.store.lots.values() if each.holder == holder and each.expired(self.now))
        made = self.ask(Expire(key=self.key(), holder=holder), *((WrongState, AccountClosed) if not due else ()))
        assert (made is not None) == bool(due)
        if made:
            self.moved(holder, Account("example", "expired"), due)

    @precondition(lambda self: self.store.operations)
    @rule(pick=picks)
    def reverse(self, pick: int) -> None:
        operation = self.store.operations[pick % len(self.store.operations)]
        lot = self.store.lots.get(operation.number)
        was = {row.account: row.balance for row in self.store.accounts.values()}
        made = self.ask(Reverse(key=self.key(), operation=operation.number, reason="误记"), LedgerRefusal)
        if made is None:
            return
        if lot is not None:
            assert sum(each.amount for each in made.lines) == lot.remaining == lot.amount - made.short
            self.moved(lot.holder, Account("example", ISSUE), lot.remaining)
            return
        assert operation.kind in {"spend", "deliver", "settle"}
        assert made.short == 0
        for line in operation.lines:
            target = line.source if line.source.kind != "held" else next(each for each in HOLDERS if held_of(each) == line.source)
            self.moved(line.target, target, line.amount)
            assert line.target.kind == ISSUE or was[line.target] >= line.amount

    @rule(holder=holders, amount=amounts, up=st.booleans(), rash=rash)
    def adjust(self, holder: Account, amount: int, up: bool, rash: bool) -> None:
        amount = self.within(amount, self.spendable(holder), rash)
        possible = holder not in self.closed and (up or self.spendable(holder) >= amount)
        made = self.ask(
            Adjust(key=self.key(), holder=holder, amount=amount, up=up, reason="更正", by="x", approved_by="y"),
            *(() if possible else (NotEnoughPoints, AccountClosed)),
        )
        assert (made is not None) == possible
        if made:
            issue = Account("example", ISSUE)
            self.moved(*((issue, holder) if up else (holder, issue)), amount)

    @rule(shop=shops, amount=amounts, rash=rash)
    def settle(self, shop: Account, amount: int, rash: bool) -> None:
        amount = self.within(amount, self.model.get(shop, 0), rash)
        enough = self.model.get(shop, 0) >= amount
        made = self.ask(Settle(key=self.key(), merchant=shop, amount=amount), *(() if enough else (NotEnoughPoints,)))
        assert (made is not None) == enough
        if made:
            self.moved(shop, Account("example", ISSUE), amount)

    @rule(holder=holders, sure=st.integers(0, 9))
    def erase(self, holder: Account, sure: int) -> None:
        """Seldom, so that the machine does not end with nobody left."""
        if sure != 7 or len(self.store.operations) < STEPS // 4:
            return
        possible = holder not in self.closed and not self.model.get(held_of(holder), 0)
        made = self.ask(Close(key=self.key(), holder=holder, reason="注销"), *(() if possible else (WrongState, AccountClosed)))
        assert (made is not None) == possible
        if made:
            self.closed.add(holder)
            self.moved(holder, Account("example", "expired"), self.model.get(holder, 0))

    # -------------------------------------------------------------------------------------------------------------- invariants

    def in_order(self, made: Operation, holder: Account) -> None:
        """No lot that expires before one that was taken has anything left to take."""
        taken = [self.store.lots[line.lot] for line in made.lines if line.lot is not None]
        assert all(not each.expired(self.now) for each in taken)
        last = max(each.order for each in taken)
        left = [each for each in self.store.lots.values() if each.holder == holder and each.remaining and not each.expired(self.now)]
        assert all(each.order >= last for each in left)

    @invariant()
    def the_books_balance(self) -> None:
        balances = {row.account: row.balance for row in self.store.accounts.values() if row.balance}
        assert balances == {account: amount for account, amount in self.model.items() if amount}
        assert sum(balances.values()) == 0
        assert all(amount >= 0 for account, amount in balances.items() if account.kind != ISSUE)
        for holder in HOLDERS:
            lots = [each for each in self.store.lots.values() if each.holder == holder]
            assert sum(each.remaining for each in lots) == self.model.get(holder, 0)
            assert sum(each.held for each in lots) == self.model.get(held_of(holder), 0)
            held = [each for each in self.store.holds.values() if each.holder == holder]
            assert sum(each.amount for each in held) == self.model.get(held_of(holder), 0)

    def teardown(self) -> None:
        proof = verify(row for each in self.store.operations for row in rows_of(each))
        assert proof.problems == ()
        if self.store.operations:
            assert proof.heads == {"example": (len(self.store.operations), self.store.head.hash)}
        # The past is a question: what was recorded by then is what the books said then; what had happened by then is never less.
        for moment, then in self.past[-12:]:
            recorded = balances_at(self.store.operations, moment)
            assert {each: amount for each, amount in recorded.items() if amount} == {
                each: amount for each, amount in then.items() if amount
            }
            happened = balances_at(self.store.operations, moment, "happened")
            assert all(happened.get(each, 0) >= recorded.get(each, 0) >= 0 for each in HOLDERS)


def test_the_ledger_in_any_order() -> None:
    examples = max(LONG // 20, 30)
    chosen = settings(
        max_examples=examples,
        stateful_step_count=STEPS,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        print_blob=True,
        report_multiple_bugs=False,
    )
    POSTED.clear()
    while True:
        run_state_machine_as_test(Ledger, settings=chosen)
        if POSTED.total() - POSTED["refused"] >= LONG:
            break
    print(f"{POSTED.total() - POSTED['refused']} operations posted: {dict(POSTED.most_common())}")
    if LONG:
        assert {*MOVES, "replayed"} <= set(POSTED)
