"""A store in memory that does what the web's one posting function does: lock and load what is needed, plan, write.

It loads *only* what :func:`~yangban.points.ledger.needs` names, so that the tests would see a plan that reads more.
"""

from __future__ import annotations

from datetime import datetime

from yangban.points.ledger import (
    Account,
    AccountRow,
    Books,
    Head,
    HoldRow,
    Lot,
    Operation,
    Plan,
    Replay,
    Request,
    needs,
    plan,
)


class Store:
    def __init__(self, chain: str = "example") -> None:
        self.chain = chain
        self.head = Head(chain)
        self.accounts: dict[Account, AccountRow] = {}
        self.lots: dict[int, Lot] = {}
        self.holds: dict[int, HoldRow] = {}
        self.operations: list[Operation] = []
        self.keys: dict[str, tuple[str, int]] = {}
        self.reversed: set[int] = set()
        self.lots_of: dict[Account, set[int]] = {}

    def post(self, request: Request, at: datetime) -> Operation:
        """Post one request; the operation it made now, or had made before."""
        return self.operations[self.number(request, at) - 1]

    def number(self, request: Request, at: datetime) -> int:
        if request.key in self.keys:
            made = plan(Books(self.head, keys={request.key: self.keys[request.key]}), request, at)
            assert isinstance(made, Replay)
            return made.number
        number, hold = getattr(request, "operation", None), getattr(request, "hold", None)
        about = self.holds.get(hold) if hold is not None else None
        operation = self.operations[number - 1] if number is not None and 0 < number <= len(self.operations) else None
        wanted = needs(self.chain, request, about if hold is not None else operation)
        own = (
            {n for n in self.lots_of.get(wanted.lots_of, set()) if self.lots[n].remaining or self.lots[n].held} if wanted.lots_of else set()
        )
        books = Books(
            head=self.head,
            accounts={each: self.accounts.get(each, AccountRow(each)) for each in wanted.accounts},
            lots={n: self.lots[n] for n in {*own, *wanted.lots}},
            holds={hold: about} if hold is not None and about is not None else {},
            operations={operation.number: operation} if operation is not None else {},
            reversed=self.reversed & {number} if number is not None else set(),
        )
        made = plan(books, request, at)
        assert isinstance(made, Plan)
        self._write(made)
        return made.operation.number

    def _write(self, made: Plan) -> None:
        self.head = made.head
        self.accounts.update((each.account, each) for each in made.accounts)
        for lot in made.lots:
            self.lots[lot.number] = lot
            self.lots_of.setdefault(lot.holder, set()).add(lot.number)
        self.holds.update((each.number, each) for each in made.holds)
        self.operations.append(made.operation)
        self.keys[made.operation.key] = (made.operation.digest, made.operation.number)
        if made.reverses is not None:
            self.reversed.add(made.reverses)

    def balance(self, account: Account) -> int:
        return self.accounts.get(account, AccountRow(account)).balance
