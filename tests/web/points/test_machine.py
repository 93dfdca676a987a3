"""The machine that does anything to a ledger in any order (``tests/points/test_ledger_machine.py``), on the books of the site.

Everything that it looks at is read from the tables: heads, accounts, lots, holds, operations. Besides, earns come in batches. Run long with
``YANGBAN_LEDGER_OPERATIONS=50000 pytest tests/web/points/test_machine.py -s``, on PostgreSQL through ``python tests/postgres.py``.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import rule, run_state_machine_as_test

from points.test_ledger_machine import HOLDERS, LONG, POSTED, START, STEPS, Ledger, amounts, holders
from yangban.base.errors import LedgerRefusal
from yangban.points.ledger import ISSUE, MOVES, Account, AccountRow, Earn, Head, HoldRow, Lot, Operation, Request, held_of
from yangban.web.points import posting
from yangban.web.points.models import LedgerAccount, LedgerChain, LedgerHold, LedgerLot

C = "example"


class Books:
    """The tables, as the store in memory shows itself; read again after every operation that was posted."""

    now = START

    def __init__(self) -> None:
        self.operations: list[Operation] = []
        self._read: dict[str, Any] = {}

    def post(self, request: Request, at: datetime) -> Operation:
        return self.operations[self.post_all([request], at)[0] - 1]

    def post_all(self, requests: Sequence[Request], at: datetime) -> list[int]:
        """The numbers; raises the first refusal when all are refused."""
        Books.now = at
        answers = posting.post_all(C, requests)
        made = [each for each in answers if isinstance(each, posting.Posted)]
        for each in made:
            if each.new:
                self.operations.append(posting.operation(C, each.number))
                assert len(self.operations) == each.number
                self._read = {}
        if not made:
            assert isinstance(answers[0], LedgerRefusal)
            raise answers[0]
        return [each.number if isinstance(each, posting.Posted) else 0 for each in answers]

    def _kept(self, name: str, read: Any) -> Any:
        if name not in self._read:
            self._read[name] = read()
        return self._read[name]

    @property
    def head(self) -> Head:
        row = LedgerChain.objects.filter(name=C).first()
        return Head(C) if row is None else Head(C, row.number, row.hash, row.recorded_at)

    @property
    def accounts(self) -> dict[Account, AccountRow]:
        rows = LedgerAccount.objects.filter(chain__name=C).values_list("kind", "owner", "balance", "version", "closed")
        return self._kept("accounts", lambda: {Account(C, *row[:2]): AccountRow(Account(C, *row[:2]), *row[2:]) for row in rows})  # type: ignore[no-any-return]

    @property
    def lots(self) -> dict[int, Lot]:
        fields = (
            "operation__number", "holder__kind", "holder__owner", "amount", "remaining", "held", "operation__happened_at", "expires_at",
        )  # fmt: skip
        rows = LedgerLot.objects.filter(operation__chain__name=C).values_list(*fields)
        return self._kept(  # type: ignore[no-any-return]
            "lots",
            lambda: {
                number: Lot(
                    number=number, holder=Account(C, kind, owner), amount=amount, remaining=left, held=held, happened_at=at, expires_at=end
                )
                for number, kind, owner, amount, left, held, at, end in rows
            },
        )  # fmt: skip

    @property
    def holds(self) -> dict[int, HoldRow]:
        fields = ("operation__number", "kind", "holder__kind", "holder__owner", "parts", "until", "amount")
        rows = LedgerHold.objects.filter(operation__chain__name=C).order_by("pk").values_list(*fields)

        def read() -> dict[int, HoldRow]:
            found = {}
            for number, kind, *holder, parts, until, amount in rows:
                found[number] = HoldRow(
                    number=number, kind=kind, holder=Account(C, *holder), parts=tuple(map(tuple, parts)), until=until
                )  # fmt: skip
                assert found[number].amount == amount
            return found

        return self._kept("holds", read)  # type: ignore[no-any-return]


class SiteLedger(Ledger):
    """Each run in a transaction of its own that is rolled back, so that the next begins with empty books."""

    def __init__(self) -> None:
        super().__init__()
        self.store = Books()  # type: ignore[assignment]
        self.block = transaction.atomic()
        self.block.__enter__()

    @rule(
        asked=st.lists(st.tuples(holders, amounts, st.none() | st.integers(1, 90), st.booleans()), min_size=2, max_size=6),
        twice=st.booleans(),
    )
    def a_batch(self, asked: list[tuple[Account, int, int | None, bool]], twice: bool) -> None:
        """Several earns in one transaction; one may come twice."""
        key = self.key()
        batch = [
            Earn(
                key=f"{key}-{n}", holder=holder, amount=amount, happened_at=self.now - timedelta(hours=n), pending=pending,
                expires_at=None if days is None else self.now + timedelta(days=days),
            )
            for n, (holder, amount, days, pending) in enumerate(asked)
        ]  # fmt: skip
        try:
            numbers = self.store.post_all([*batch, *batch[: 1 if twice else 0]], self.now)  # type: ignore[attr-defined]
        except LedgerRefusal:
            assert all(each.holder in self.closed for each in batch)
            POSTED["refused"] += len(batch)
            return
        if twice:
            assert numbers[-1] == numbers[0]
        for each, number in zip(batch, numbers, strict=False):
            assert bool(number) == (each.holder not in self.closed)
            if number:
                self.asked.append(each)
                POSTED["earn"] += 1
                self.moved(Account(C, ISSUE), held_of(each.holder) if each.pending else each.holder, each.amount)

    def teardown(self) -> None:
        try:
            if self.store.operations:
                checked = posting.check([C])
                assert checked.holds, checked
                assert checked.proof.heads == {C: (len(self.store.operations), self.store.head.hash)}
            # The past is a question: what was recorded by then is what the books said then; what had happened by then is never less.
            for moment, then in self.past[-3:]:
                recorded = posting.balances_at(C, moment)
                assert {each: amount for each, amount in recorded.items() if amount} == {
                    each: amount for each, amount in then.items() if amount
                }
                happened = posting.balances_at(C, moment, "happened")
                assert all(happened.get(each, 0) >= recorded.get(each, 0) >= 0 for each in HOLDERS)
        finally:
            transaction.set_rollback(True)
            self.block.__exit__(None, None, None)


@pytest.mark.django_db
def test_the_books_of_the_site_in_any_order(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("yangban.web.points.clock.now", lambda: Books.now)
    chosen = settings(
        max_examples=max(LONG // 20, 6),
        stateful_step_count=STEPS if LONG else STEPS // 2,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        print_blob=True,
        report_multiple_bugs=False,
    )
    POSTED.clear()
    while True:
        run_state_machine_as_test(SiteLedger, settings=chosen)
        if POSTED.total() - POSTED["refused"] >= LONG:
            break
    print(f"{POSTED.total() - POSTED['refused']} operations posted: {dict(POSTED.most_common())}")
    if LONG:
        assert {*MOVES, "replayed"} <= set(POSTED)
