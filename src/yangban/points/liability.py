"""What the points out there may cost: budget of issuance, liability by month of expiry, and what merchants are owed. Pure.

Money is in fen (integers). What a point is worth is the operator's word, since schemes do not publish it; no number here has a default.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction

from yangban.base.errors import UsageError
from yangban.base.exact import half_even
from yangban.points.ledger import ISSUE, MERCHANT, Account, Lot, Operation
from yangban.points.schemes import day_of
from yangban.standards.points import Scheme


@dataclass(frozen=True)
class Budget:
    """Points issued against the budget of a scheme; ``left`` is ``None`` where it has none."""

    limit: int | None
    issued: int

    @property
    def left(self) -> int | None:
        """What may still be issued; never below zero."""
        return None if self.limit is None else max(self.limit - self.issued, 0)

    def allows(self, units: int) -> bool:
        """Whether so many more may be issued."""
        return self.limit is None or self.issued + units <= self.limit


def budget(scheme: Scheme, operations: Iterable[Operation]) -> Budget:
    """Units that left the issue pool and were not taken back, against the scheme's budget.

    Settled points do not make room: they were issued and paid for. What a void or a reversal gave back does.
    """
    limit = None if scheme.budget is None else int(scheme.budget * scheme.per_point)
    issued = 0
    for operation in operations:
        if operation.kind == "settle" or (operation.kind == "reverse" and _of_settlement(operation)):
            continue
        for line in operation.lines:
            issued += line.amount if line.source.kind == ISSUE else -line.amount if line.target.kind == ISSUE else 0
    return Budget(limit, issued)


def _of_settlement(operation: Operation) -> bool:
    return any(line.target.kind == MERCHANT for line in operation.lines)


@dataclass(frozen=True)
class Outstanding:
    """Points that expire in one month (``2025-03``; empty: never), and what they cost if all are spent."""

    month: str
    units: int
    held: int
    most_fen: int


@dataclass(frozen=True, kw_only=True)
class Liability:
    """Points out there at a moment: with holders, held for orders or review, and with merchants unsettled; what they may cost."""

    at: datetime
    by_month: tuple[Outstanding, ...]
    merchants: int
    merchants_fen: int

    @property
    def units(self) -> int:
        """All points out there, merchants' unsettled ones among them."""
        return sum(each.units + each.held for each in self.by_month) + self.merchants

    @property
    def most_fen(self) -> int:
        """What they cost if nothing expires unspent."""
        return sum(each.most_fen for each in self.by_month) + self.merchants_fen


def liability(lots: Iterable[Lot], merchants: Sequence[tuple[Account, int]], at: datetime, *, fen_per_unit: Fraction) -> Liability:
    """The liability at a moment, from the lots and the merchants' balances as they stand then.

    A lot that has expired and was not swept yet costs nothing more, but what is held of it may still be delivered. Raises
    :class:`~yangban.base.errors.UsageError` for a negative worth.
    """
    if fen_per_unit < 0:
        raise UsageError(f"每单位折 {fen_per_unit} 分钱，不能为负")
    months: dict[str, list[int]] = {}
    for lot in lots:
        month = "" if lot.expires_at is None else f"{day_of(lot.expires_at):%Y-%m}"
        slot = months.setdefault(month, [0, 0])
        slot[0] += 0 if lot.expired(at) else lot.remaining
        slot[1] += lot.held
    rows = tuple(
        Outstanding(month, units, held, _fen(units + held, fen_per_unit))
        for month, (units, held) in sorted(months.items(), key=lambda each: (each[0] == "", each[0]))
        if units or held
    )
    owed = sum(balance for _, balance in merchants)
    return Liability(at=at, by_month=rows, merchants=owed, merchants_fen=_fen(owed, fen_per_unit))


@dataclass(frozen=True)
class Settlement:
    """One merchant in a span of time: points taken, given back for returned goods, settled, and what is owed at its end."""

    merchant: Account
    taken: int
    returned: int
    settled: int
    owed: int
    owed_fen: int


def settlements(operations: Iterable[Operation], start: datetime, end: datetime, *, fen_per_unit: Fraction) -> tuple[Settlement, ...]:
    """What each merchant took, gave back and was paid between two moments of recording (the first included), and is owed at the second."""
    sums: dict[Account, list[int]] = {}
    for operation in operations:
        if operation.recorded_at >= end:
            continue
        within = operation.recorded_at >= start
        for line in operation.lines:
            for account, sign in ((line.source, -1), (line.target, 1)):
                if account.kind != MERCHANT:
                    continue
                row = sums.setdefault(account, [0, 0, 0, 0])
                row[3] += sign * line.amount
                if not within:
                    continue
                other = line.target if sign < 0 else line.source
                if other.kind == ISSUE:
                    row[2] -= sign * line.amount
                elif sign > 0:
                    row[0] += line.amount
                else:
                    row[1] += line.amount
    return tuple(
        Settlement(each, taken, returned, settled, owed, _fen(owed, fen_per_unit))
        for each, (taken, returned, settled, owed) in sorted(sums.items())
    )


def _fen(units: int, fen_per_unit: Fraction) -> int:
    cost = units * fen_per_unit
    fen: int = half_even(cost.numerator, cost.denominator)
    return fen
