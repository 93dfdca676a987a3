"""Goods and coupons: an order holds points and takes one from the stock in the same transaction, so that nothing is sold twice."""

from __future__ import annotations

import secrets
from datetime import date, datetime, timedelta
from fractions import Fraction
from typing import Any, Final

from django.db.models import F

from yangban.base.errors import UsageError, WrongState
from yangban.points.ledger import Account, Cancel, Deliver, Hold, Lot, Settle, Void, chain_of
from yangban.points.ledger import merchant as merchant_account
from yangban.points.liability import Liability, Settlement, liability, settlements
from yangban.points.schemes import day_of
from yangban.web.accounts import audit
from yangban.web.accounts.models import User
from yangban.web.accounts.permissions import demand
from yangban.web.points import clock, posting
from yangban.web.points.earning import not_sealed, operator_of, scheme_of
from yangban.web.points.models import Closing, Good, LedgerAccount, LedgerLot, Member, Merchant, Order, Program
from yangban.web.points.people import account_of
from yangban.web.words import pick

KEPT_FOR: Final = timedelta(days=7)
"""So long an order waits to be collected."""


def order(member: Member, good: Good, key: str) -> Order:
    """Order one piece. The same key again gives the order that it made.

    Raises :class:`~yangban.base.errors.UsageError` when none is left or it is not to be had yet, and
    :class:`~yangban.base.errors.NotEnoughPoints`.
    """

    def work() -> Order:
        # The row of the good first, by everybody: then accounts, then the head.
        row = Good.objects.select_for_update(of=("self",)).get(pk=good.pk)
        before = Order.objects.filter(key=key).first()
        if before is not None:
            return before
        now = clock.now()
        _still_spent(row.scheme, day_of(now))
        if not row.active or row.released_at > now:
            raise UsageError(pick("还没有开始兑换", "Not to be had yet"))
        if not Good.objects.filter(pk=row.pk, stock__gt=0).update(stock=F("stock") - 1):
            raise UsageError(pick("已兑完", "None left"))
        account = account_of(row.scheme, member)
        until = now + KEPT_FOR
        made = posting.post(account.chain, Hold(key=f"order:{key}", holder=account, amount=row.price, until=until, about=f"good:{row.pk}"))
        return Order.objects.create(
            member=member, good=row, key=key, code=f"{secrets.randbelow(10**8):08d}", price=row.price, hold_id=made.pk, until=until
        )

    return posting.run(work)


def _still_spent(scheme: str, today: date) -> None:
    not_sealed(scheme)
    closing = Closing.objects.filter(program__scheme=scheme, published_at__isnull=False).first()
    if closing is not None and today > closing.last_spend:
        raise WrongState(
            pick(f"方案将关闭，最后兑换日为 {closing.last_spend}", f"The scheme is closing; points were last spent on {closing.last_spend}")
        )


def deliver(user: User, code: str) -> Order:
    """Hand an order over: its points go to the merchant."""

    def work() -> Order:
        row = _open(code=code)
        demand(user, "points.run", organisation=operator_of(row.good.scheme))
        seller = merchant_account(row.hold.chain.name, row.good.merchant.number)
        posting.post(seller.chain, Deliver(key=f"deliver:{row.key}", hold=row.hold.number, merchant=seller, by=user.get_username()))
        audit.record(user, "points.delivered", row.code)
        return _closed(row, Order.State.DELIVERED)

    return posting.run(work)


def cancel(member: Member, pk: int) -> Order:
    """A member cancels an order that was not handed over: points go back into their lots, the piece into the stock."""

    def work() -> Order:
        row = _open(pk=pk, member=member)
        posting.post(row.hold.chain.name, Cancel(key=f"cancel:{row.key}", hold=row.hold.number, reason="会员取消"))
        return _closed(row, Order.State.CANCELLED)

    return posting.run(work)


def lapse() -> int:
    """End the orders whose time has passed; return how many."""
    count = 0
    for pk in Order.objects.filter(state=Order.State.HELD, until__lte=clock.now()).values_list("pk", flat=True):

        def work(pk: int = pk) -> None:
            row = _open(pk=pk)
            posting.post(row.hold.chain.name, Void(key=f"lapse:{row.key}", hold=row.hold.number))
            _closed(row, Order.State.LAPSED)

        posting.run(work)
        count += 1
    return count


def _open(**which: Any) -> Order:
    found = Order.objects.select_related("good__merchant", "hold__chain", "member").filter(**which).first()
    if found is None:
        raise UsageError(pick("没有这个订单", "There is no such order"))
    Good.objects.select_for_update(of=("self",)).get(pk=found.good_id)
    row = Order.objects.select_for_update(of=("self",)).select_related("good__merchant", "hold__chain", "member").get(pk=found.pk)
    if row.state != Order.State.HELD:
        raise WrongState(pick(f"订单{row.get_state_display()}", f"The order is {row.get_state_display()}"))
    return row


def _closed(row: Order, state: Any) -> Order:
    row.state, row.closed_at = state, clock.now()
    row.save(update_fields=("state", "closed_at"))
    if state != Order.State.DELIVERED:
        Good.objects.filter(pk=row.good_id).update(stock=F("stock") + 1)
    return row


# --------------------------------------------------------------------------------------------------------------------- settlement


def _worth(program: Program) -> Fraction:
    """Fen for a smallest unit: the operator's word."""
    if program.fen_per_point is None:
        raise UsageError(pick("还没有写明每分折多少钱", "What a point is worth was not said yet"))
    return Fraction(program.fen_per_point) / scheme_of(program).per_point


def settlement(program: Program, start: datetime, end: datetime) -> tuple[Settlement, ...]:
    """What each merchant took and is owed."""
    return settlements(posting.operations(chain_of(program.scheme, "")), start, end, fen_per_unit=_worth(program))


def settle(user: User, program: Program, seller: Merchant, units: int, key: str) -> None:
    """Points of a merchant that were paid for leave circulation."""

    def work() -> None:
        demand(user, "points.settle", organisation=program.organisation_id)
        not_sealed(program.scheme)
        account = merchant_account(chain_of(program.scheme, ""), seller.number)
        posting.post(account.chain, Settle(key=f"settle:{key}", merchant=account, amount=units, by=user.get_username(), about=key))
        audit.record(user, "points.settled", seller.number, {"units": units, "key": key})

    posting.run(work)


def outstanding(program: Program, at: datetime) -> Liability:
    """Points out there, and what they may cost."""
    chain = chain_of(program.scheme, "")
    lots = [
        Lot(
            number=row.operation.number, holder=row.holder.address(chain), amount=row.amount, remaining=row.remaining, held=row.held,
            happened_at=row.operation.happened_at, expires_at=row.expires_at,
        )
        for row in LedgerLot.objects.filter(holder__chain__name=chain).exclude(remaining=0, held=0).select_related("operation", "holder")
    ]  # fmt: skip
    merchants = [
        (Account(chain, "merchant", owner), balance)
        for owner, balance in LedgerAccount.objects.filter(chain__name=chain, kind="merchant").values_list("owner", "balance")
    ]
    return liability(lots, merchants, at, fen_per_unit=_worth(program))
