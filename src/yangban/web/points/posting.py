"""The one function that writes the ledger: :func:`post_all`; :func:`post` is the same for one request.

It locks the head of the chain, loads what the plan needs, plans, and writes operations and entries; the database moves balances, lots and
heads by them and refuses what does not follow. On PostgreSQL a batch of earns, which need nothing to be loaded, goes through the door
instead (``batches.py``), and the database does all of it in one statement. Single requests of several threads go together.

One lock for a chain, the first that a posting takes: nobody can wait in a circle. A transaction that the database broke off nevertheless,
for another lock or for a locked file, or because it went down, is begun again, so that no deadlock reaches a client.
"""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple, TypeVar

from django.db import IntegrityError, InterfaceError, OperationalError, connection, transaction
from django.db.models import Prefetch, Q, Sum

from yangban.base.errors import LedgerRefusal, UnknownPosting, UsageError
from yangban.points.ledger import (
    HELD,
    HOLDERS,
    Account,
    AccountRow,
    Books,
    Earn,
    Head,
    HoldRow,
    Line,
    Lot,
    Needs,
    Operation,
    Plan,
    Replay,
    Request,
    closed_of,
    conflict_of,
    moment_text,
    needs,
    over_of,
    plan_all,
    rows_of,
)
from yangban.points.verify import Proof, verify
from yangban.web.points import clock
from yangban.web.points.batches import CLOSED, COLUMNS, CONFLICT, MADE, MARK, OVER, REPLAYED
from yangban.web.points.models import LedgerAccount, LedgerChain, LedgerEntry, LedgerHold, LedgerLot, LedgerOperation
from yangban.web.points.together import Together

log = logging.getLogger(__name__)
T = TypeVar("T")

TRIES: Final = 12
BATCH: Final = 1000
"""Requests of one transaction, at most: a batch holds its accounts and the head for as long as it runs."""
_AGAIN: Final = frozenset({"40001", "40P01", "55P03"})
_USED: Final = frozenset({"23505"})
_DOWN: Final = frozenset({"57P01", "57P02", "57P03"})
_LONG_AGO: Final = datetime.min.replace(tzinfo=UTC)
_MANY: Final = 400
"""Accounts of one question to SQLite, which counts the parameters."""


class Row(NamedTuple):
    """An account as it was read."""

    pk: int
    balance: int
    version: int
    closed: bool


class Posted(NamedTuple):
    """An operation that stands in the books: its chain, number and row; ``new`` unless the same request had made it before."""

    chain: str
    number: int
    pk: int
    new: bool


def run(work: Callable[[], T], *, keyed: bool = False) -> T:
    """Do work in one transaction, again from the start when the database broke it off or another writer used the same key first.

    ``keyed``: the work may be done twice and counts once, so that it is begun again as well when the database went down in the middle of
    it and nobody knows whether it was committed. Within a transaction that is open already, the work belongs to that one, and whoever
    opened it begins again.
    """
    if connection.in_atomic_block:
        with transaction.atomic():
            return work()
    return _until_done(lambda: _atomic(work), keyed=keyed)


def _atomic(work: Callable[[], T]) -> T:
    with transaction.atomic():
        return work()


def _until_done(work: Callable[[], T], *, keyed: bool) -> T:
    for attempt in range(1, TRIES + 1):
        try:
            return work()
        except (OperationalError, InterfaceError, IntegrityError) as told:
            lost = _lost(told)
            if attempt == TRIES or not (_passing(told) or (keyed and lost)):
                raise
            log.info("points: transaction begun again (%s): %s", attempt, told)
            if lost:
                connection.close()
        time.sleep((0.1 if lost else random.uniform(0.002, 0.02)) * attempt)
    raise AssertionError("unreachable")


def _passing(told: Exception) -> bool:
    """Whether the same work may well succeed when it is done again."""
    state = getattr(told.__cause__, "sqlstate", None)
    if isinstance(told, OperationalError):
        return state in _AGAIN or "locked" in str(told)
    return state in _USED or "UNIQUE" in str(told)


def _lost(told: Exception) -> bool:
    """Whether the connection is gone: the server was shut down or killed, or does not answer yet."""
    state = getattr(told.__cause__, "sqlstate", None) or ""
    gone = isinstance(told, InterfaceError) or (isinstance(told, OperationalError) and connection.vendor == "postgresql" and not state)
    return gone or state.startswith("08") or state in _DOWN


def open_chain(name: str) -> LedgerChain:
    """The chain of a name, begun when it is missing; the scheme is what stands before the first slash."""
    row, _ = LedgerChain.objects.get_or_create(name=name, defaults={"scheme": name.partition("/")[0]})
    return row


def post(chain: str, request: Request) -> Posted:
    """Post one request. Outside of a transaction it goes with what other threads ask at the moment.

    Raises :class:`~yangban.base.errors.LedgerRefusal` when it cannot be posted; then nothing was written.
    """
    together = not connection.in_atomic_block
    answer = _SINGLES.ask((chain, isinstance(request, Earn)), request) if together else post_all(chain, [request])[0]
    if isinstance(answer, LedgerRefusal):
        raise answer
    return answer


def post_all(chain: str, requests: Sequence[Request]) -> list[Posted | LedgerRefusal]:
    """Post requests of one chain in their order, in one transaction; a refused one does not stop the others.

    A request may not name a hold or an operation that another request of the same batch makes.
    """
    if len(requests) > BATCH:
        raise UsageError(f"一批最多 {BATCH} 笔，得到 {len(requests)}")
    if connection.vendor == "postgresql" and (columns := _columns(chain, requests, clock.now())) is not None:
        # A statement is a transaction of its own.
        if not connection.in_atomic_block:
            return _until_done(lambda: _through_the_door(chain, requests, columns), keyed=True)
        return run(lambda: _through_the_door(chain, requests, columns))
    return run(lambda: _post_all(chain, requests), keyed=True)


_SINGLES: Final[Together[Request, Posted | LedgerRefusal]] = Together(lambda place, asked: post_all(place[0], asked), BATCH)  # type: ignore[index]


def lock(name: str) -> LedgerChain:
    """Lock the head of a chain, begun when it is missing. Whoever must look before it asks for a posting locks first."""
    row = LedgerChain.objects.select_for_update().filter(name=name).first()
    return row or LedgerChain.objects.select_for_update().get(pk=open_chain(name).pk)


# -------------------------------------------------------------------------------------------------------------------------- the door

_DOOR: Final = f"INSERT INTO points_earns ({', '.join(COLUMNS)}) VALUES ({', '.join(['%s'] * len(COLUMNS))}) RETURNING answer"
_MOST: Final = 2**62
_NEW: Final = str(MADE)


def _columns(chain: str, requests: Sequence[Request], now: datetime) -> list[Any] | None:
    """A batch as it goes through the door; ``None`` when it is not one of earns that are plainly in order, which the planner sees to."""
    keys = [each.key for each in requests]
    if not requests or len(set(keys)) < len(keys):
        return None
    for each in requests:
        if not (
            type(each) is Earn and each.key and type(each.amount) is int and 0 < each.amount < _MOST and each.holder.kind in HOLDERS
            and each.holder.chain == chain and each.happened_at.tzinfo is not None and each.happened_at <= now
            and (each.expires_at is None or each.expires_at.tzinfo is not None)
        ):  # fmt: skip
            return None
    earns: Sequence[Any] = requests
    columns = [
        keys, [each.digest for each in earns], [each.by for each in earns], [each.reason for each in earns],
        [each.holder.kind for each in earns], [each.holder.owner for each in earns], [str(each.amount) for each in earns],
        [moment_text(each.happened_at) for each in earns],
        ["" if each.expires_at is None else moment_text(each.expires_at) for each in earns], [each.about for each in earns],
        ["t" if each.pending else "f" for each in earns],
    ]  # fmt: skip
    joined: list[str] = []
    for column in columns:
        throughout = len(earns) == 1 or column.count(column[0]) == len(earns)
        text = column[0] if throughout else MARK.join(column)
        if text.count(MARK) != (0 if throughout else len(earns) - 1):
            return None
        joined.append(text)
    return [chain, now, len(earns), *joined]


def _through_the_door(chain: str, requests: Sequence[Request], columns: Sequence[Any]) -> list[Posted | LedgerRefusal]:
    with connection.cursor() as cursor:
        cursor.execute(_DOOR, columns)
        told: str = cursor.fetchone()[0]
    return [
        _answered(chain, request, line) if line[0] != _NEW else Posted(chain, int(line.split(" ")[1]), int(line.split(" ")[2]), new=True)
        for request, line in zip(requests, told.split(MARK), strict=True)
    ]


def _answered(chain: str, request: Any, line: str) -> Posted | LedgerRefusal:
    state, number, pk, other = (*line.split(" ", 3), "", "", "")[:4]
    match int(state):
        case code if code == REPLAYED:
            return Posted(other or chain, int(number), int(pk), new=False)
        case code if code == CONFLICT:
            return conflict_of(request.key, int(number))
        case code if code == CLOSED:
            return closed_of(request.holder)
        case code:
            assert code == OVER
            return over_of(request.expires_at)


# ---------------------------------------------------------------------------------------------------------------------- the planned way


def _rows(chain: LedgerChain, accounts: Iterable[Account]) -> dict[Account, Row]:
    """Accounts as they stand, those that are missing written first as zero rows; the head is locked."""
    wanted = sorted(set(accounts))
    found = _accounts(chain, wanted)
    missing = [each for each in wanted if each not in found]
    if missing:
        holders = [each for each in missing if each.kind != HELD]
        LedgerAccount.objects.bulk_create([LedgerAccount(chain=chain, kind=each.kind, owner=each.owner) for each in holders])
        held = [each for each in missing if each.kind == HELD]
        owners = _accounts(chain, [_owner(each) for each in held])
        LedgerAccount.objects.bulk_create(
            [LedgerAccount(chain=chain, kind=HELD, owner=each.owner, holder_id=owners[_owner(each)].pk) for each in held]
        )
        found.update(_accounts(chain, missing))
    return found


def _owner(held: Account) -> Account:
    kind, _, owner = held.owner.partition(":")
    return Account(held.chain, kind, owner)


def _accounts(chain: LedgerChain, wanted: Sequence[Account]) -> dict[Account, Row]:
    found: dict[Account, Row] = {}
    addresses = {(each.kind, each.owner): each for each in wanted}
    by_kind: dict[str, list[str]] = {}
    for each in wanted:
        by_kind.setdefault(each.kind, []).append(each.owner)
    # SQLite, which counts its parameters, is asked in parts.
    parts = [by_kind] if connection.vendor == "postgresql" else list(_parts(by_kind))
    for part in parts:
        which = Q()
        for kind, owners in part.items():
            which |= Q(kind=kind, owner__in=owners)
        if not which:
            continue
        rows = LedgerAccount.objects.filter(which, chain=chain)
        for kind, owner, *rest in rows.values_list("kind", "owner", "pk", "balance", "version", "closed"):
            found[addresses[kind, owner]] = Row(*rest)
    return found


def _parts(by_kind: Mapping[str, list[str]]) -> Iterator[dict[str, list[str]]]:
    for kind, owners in by_kind.items():
        for first in range(0, len(owners), _MANY):
            yield {kind: owners[first : first + _MANY]}


def _post_all(name: str, requests: Sequence[Request]) -> list[Posted | LedgerRefusal]:
    chain = lock(name)
    answers: dict[int, Posted | LedgerRefusal] = {}
    wanted: dict[int, Needs] = {}
    for index, request in enumerate(requests):
        try:
            wanted[index] = needs(name, request, _named(chain, request))
        except UnknownPosting as refusal:
            answers[index] = refusal
    rows = _rows(chain, {account for each in wanted.values() for account in each.accounts})
    known = _keys(chain.scheme, {each.key for each in requests})
    only_earned = {each.holder for each in requests if isinstance(each, Earn)} - {
        each.lots_of for each, request in zip(wanted.values(), (requests[index] for index in wanted), strict=True) if request.kind != "earn"
    }
    books = _load(chain, rows, list(wanted.values()), known, only_earned)
    asked = [(index, request) for index, request in enumerate(requests) if index not in answers]
    made = plan_all(books, [request for _, request in asked], max(clock.now(), chain.recorded_at or _LONG_AGO))
    pks = _write(chain, rows, [each for each in made if isinstance(each, Plan)])
    for (index, request), answer in zip(asked, made, strict=True):
        if isinstance(answer, Plan):
            number = answer.operation.number
            answers[index] = Posted(name, number, pks[number], new=True)
        elif isinstance(answer, Replay):
            # Made before, or by an earlier request of this very batch.
            was = known.get(request.key)
            answers[index] = (
                Posted(name, answer.number, pks[answer.number], new=False)
                if was is None
                else Posted(was.chain, was.number, was.pk, new=False)
            )
        else:
            answers[index] = answer
    return [answers[index] for index in range(len(requests))]


class _Used(NamedTuple):
    digest: str
    number: int
    pk: int
    chain: str


def _keys(scheme: str, keys: set[str]) -> dict[str, _Used]:
    """The operations that used keys, in any chain of the scheme."""
    found: dict[str, _Used] = {}
    listed = sorted(keys)
    step = len(listed) if connection.vendor == "postgresql" else _MANY
    for first in range(0, len(listed), step or 1):
        rows = LedgerOperation.objects.filter(scheme=scheme, key__in=listed[first : first + step])
        for key, *rest in rows.values_list("key", "digest", "number", "pk", "chain__name"):
            found[key] = _Used(*rest)
    return found


def _named(chain: LedgerChain, request: Request) -> HoldRow | Operation | None:
    """The hold or operation that a request names."""
    hold, number = getattr(request, "hold", None), getattr(request, "operation", None)
    if hold is not None:
        return _holds(chain, [hold]).get(hold)
    if number is not None:
        return _operations(chain, [number]).get(number)
    return None


def _load(
    chain: LedgerChain,
    rows: Mapping[Account, Row],
    wanted: Sequence[Needs],
    known: Mapping[str, _Used],
    only_earned: set[Account],
) -> Books:
    """What the plan reads, now that it is locked. An earn makes its own lot and looks at no other."""
    numbers = [each.operation for each in wanted if each.operation is not None]
    back = LedgerOperation.objects.filter(chain=chain, kind="reverse", short=0, refers_to__in=numbers).values_list("refers_to", flat=True)
    holders = {each.lots_of for each in wanted if each.lots_of is not None} - only_earned
    return Books(
        head=Head(chain.name, chain.number, chain.hash, chain.recorded_at),
        accounts={account: AccountRow(account, row.balance, row.version, row.closed) for account, row in rows.items()},
        lots=_lots(chain, rows, holders, {lot for each in wanted for lot in each.lots}),
        holds=_holds(chain, [each.hold for each in wanted if each.hold is not None]),
        operations=_operations(chain, numbers),
        keys={key: (used.digest, used.number) for key, used in known.items()},
        reversed=set(back) if numbers else set(),
    )


def _lots(chain: LedgerChain, rows: Mapping[Account, Row], holders: set[Account], numbers: set[int]) -> dict[int, Lot]:
    if not holders and not numbers:
        return {}
    fields = ("operation__number", "holder_id", "amount", "remaining", "held", "operation__happened_at", "expires_at")
    found: dict[int, Lot] = {}
    addresses = {row.pk: account for account, row in rows.items()}
    pks = sorted(rows[each].pk for each in holders)
    queries = [
        LedgerLot.objects.filter(Q(remaining__gt=0) | Q(held__gt=0), holder__in=pks[first : first + _MANY])
        for first in range(0, len(pks), _MANY)
    ]
    if numbers:
        queries.append(LedgerLot.objects.filter(operation__chain=chain, operation__number__in=sorted(numbers)))
    for query in queries:
        for number, holder, amount, remaining, held, happened, expires in query.values_list(*fields):
            found[number] = Lot(
                number=number, holder=addresses[holder], amount=amount, remaining=remaining, held=held, happened_at=happened,
                expires_at=expires,
            )  # fmt: skip
    return found


def _holds(chain: LedgerChain, numbers: Sequence[int]) -> dict[int, HoldRow]:
    if not numbers:
        return {}
    rows = LedgerHold.objects.filter(operation__chain=chain, operation__number__in=numbers).select_related("holder", "operation")
    return {
        row.operation.number: HoldRow(
            number=row.operation.number, kind=row.kind, holder=row.holder.address(chain.name),
            parts=tuple((lot, amount) for lot, amount in row.parts), until=row.until,
        )
        for row in rows
    }  # fmt: skip


def _operations(chain: LedgerChain, numbers: Sequence[int]) -> dict[int, Operation]:
    if not numbers:
        return {}
    rows = LedgerOperation.objects.filter(chain=chain, number__in=numbers).order_by("number")
    return {each.number: each for each in _read(chain.name, rows)}


def _read(chain: str, rows: Any) -> Iterator[Operation]:
    """Operations with their lines, as the planner made them."""
    entries = LedgerEntry.objects.select_related("source", "target", "lot").order_by("line")
    for row in rows.prefetch_related(Prefetch("entries", queryset=entries, to_attr="lines_read")).iterator(chunk_size=500):
        yield Operation(
            chain=chain, number=row.number, kind=row.kind, key=row.key, digest=row.digest, happened_at=row.happened_at,
            recorded_at=row.recorded_at, by=row.by, approved_by=row.approved_by, reason=row.reason, about=row.about,
            refers_to=row.refers_to, expires_at=row.expires_at,
             until=row.until, short=row.short, previous_hash=row.previous_hash, hash=row.hash,
            lines=tuple(
                Line(
                    each.source.address(chain), each.target.address(chain), each.amount, None if each.lot is None else each.lot.number,
                    each.source_before, each.target_before, each.source_version, each.target_version,
                )
                for each in row.lines_read
            ),
        )  # fmt: skip


_OPERATION: Final = (
    "chain_id bigint", "scheme text", "number bigint", "kind text", "key text", "digest text", "happened_at timestamptz",
    "recorded_at timestamptz", "by text", "approved_by text", "reason text", "about text", "refers_to bigint", "expires_at timestamptz",
    "until timestamptz", "short bigint", "previous_hash text", "hash text",
)  # fmt: skip
_ENTRY: Final = (
    "operation_id bigint", "line int", "source_id bigint", "target_id bigint", "amount bigint", "lot_id bigint", "source_before bigint",
    "target_before bigint", "source_version bigint", "target_version bigint",
)  # fmt: skip


def _insert(model: Any, columns: Sequence[str], rows: Sequence[Sequence[Any]], *back: str) -> list[tuple[Any, ...]]:
    """Insert rows: on PostgreSQL in one statement of arrays, however many there are. ``back`` are columns to give back."""
    names = [each.partition(" ")[0] for each in columns]
    if connection.vendor != "postgresql":
        made = model.objects.bulk_create(model(**dict(zip(names, row, strict=True))) for row in rows)
        return [tuple(getattr(each, name) for name in back) for each in made]
    arrays = ", ".join(f"%s::{each.partition(' ')[2]}[]" for each in columns)
    listed = ", ".join(f'"{name}"' for name in names)
    # Table and columns are named above, and nowhere else.
    statement = f"INSERT INTO {model._meta.db_table} ({listed}) SELECT * FROM unnest({arrays})"
    with connection.cursor() as cursor:
        cursor.execute(statement + (f" RETURNING {', '.join(back)}" if back else ""), [list(each) for each in zip(*rows, strict=True)])
        return cursor.fetchall() if back else []


def _write(chain: LedgerChain, rows: Mapping[Account, Row], plans: Sequence[Plan]) -> dict[int, int]:
    """Write what plans hold, and return the rows of their operations by number."""
    if not plans:
        return {}
    pks = dict(_insert(LedgerOperation, _OPERATION, [_operation_row(chain, each.operation) for each in plans], "number", "id"))
    lots = _lot_pks(chain, plans, pks)
    entries = [
        (
            pks[each.operation.number], number, rows[line.source].pk, rows[line.target].pk, line.amount,
            None if line.lot is None else lots[line.lot], line.source_before, line.target_before, line.source_version, line.target_version,
        )
        for each in plans for number, line in enumerate(each.operation.lines, start=1)
    ]  # fmt: skip
    if entries:
        _insert(LedgerEntry, _ENTRY, entries)
    closed = {row.account for each in plans for row in each.accounts if row.closed and not rows[row.account].closed}
    if closed:
        LedgerAccount.objects.filter(pk__in=[rows[each].pk for each in closed]).update(closed=True)
    holds = {hold.number: hold for each in plans for hold in each.holds}
    LedgerHold.objects.bulk_create(
        LedgerHold(
            operation_id=pks[number], kind=hold.kind, holder_id=rows[hold.holder].pk, parts=[list(part) for part in hold.parts],
            amount=hold.amount, until=hold.until,
        )
        for number, hold in holds.items() if number in pks
    )  # fmt: skip
    for number, hold in holds.items():
        if number not in pks:
            LedgerHold.objects.filter(operation__chain=chain, operation__number=number).update(
                parts=[list(part) for part in hold.parts], amount=hold.amount
            )
    return pks


def _operation_row(chain: LedgerChain, made: Operation) -> tuple[Any, ...]:
    return (
        chain.pk, chain.scheme, made.number, made.kind, made.key, made.digest, made.happened_at, made.recorded_at, made.by,
        made.approved_by, made.reason, made.about, made.refers_to, made.expires_at, made.until, made.short, made.previous_hash, made.hash,
    )  # fmt: skip


def _lot_pks(chain: LedgerChain, plans: Sequence[Plan], made: Mapping[int, int]) -> dict[int, int]:
    numbers = {line.lot for each in plans for line in each.operation.lines if line.lot is not None}
    found = {number: made[number] for number in numbers if number in made}
    older = sorted(numbers - found.keys())
    for first in range(0, len(older), _MANY):
        rows = LedgerOperation.objects.filter(chain=chain, number__in=older[first : first + _MANY])
        found.update(rows.values_list("number", "pk"))
    return found


# ------------------------------------------------------------------------------------------------------------------------ reading


def operation(chain: str, number: int) -> Operation:
    """One operation of the books."""
    found = _operations(open_chain(chain), [number])
    if number not in found:
        raise UnknownPosting(f"{chain} 没有操作 {number}")
    return found[number]


def operations(chain: str) -> Iterator[Operation]:
    """The operations of a chain in their order."""
    row = LedgerChain.objects.filter(name=chain).first()
    if row is not None:
        yield from _read(chain, LedgerOperation.objects.filter(chain=row).order_by("number"))


def balance(account: Account) -> int:
    """What an account has now: one row."""
    rows = LedgerAccount.objects.filter(chain__name=account.chain, kind=account.kind, owner=account.owner)
    return rows.values_list("balance", flat=True).first() or 0


def available(account: Account, at: datetime | None = None) -> int:
    """What a holder can spend now: lots that have expired no longer count, swept or not."""
    moment = at or clock.now()
    lots = LedgerLot.objects.filter(
        holder__chain__name=account.chain, holder__kind=account.kind, holder__owner=account.owner, remaining__gt=0
    )
    return lots.filter(Q(expires_at=None) | Q(expires_at__gt=moment)).aggregate(sum=Sum("remaining"))["sum"] or 0


def balances_at(chain: str, at: datetime, clock: str = "recorded", *, only: Account | None = None) -> dict[Account, int]:
    """The balance of every account of a chain, or of one, at a moment: of what was ``recorded`` by then, or had ``happened`` by then."""
    if clock not in {"recorded", "happened"}:
        raise UsageError(f"没有时钟 {clock!r}；可用 recorded、happened")
    found: dict[Account, int] = {}
    for side, sign in (("source", -1), ("target", 1)):
        rows = LedgerEntry.objects.filter(**{f"operation__{clock}_at__lte": at, f"{side}__chain__name": chain})
        if only is not None:
            rows = rows.filter(**{f"{side}__kind": only.kind, f"{side}__owner": only.owner})
        for kind, owner, total in rows.values_list(f"{side}__kind", f"{side}__owner").annotate(sum=Sum("amount")).order_by():
            account = Account(chain, kind, owner)
            found[account] = found.get(account, 0) + sign * total
    return found


def exported(chains: Iterable[str]) -> Iterator[dict[str, str]]:
    """The rows of an exported ledger, chain after chain: what ``yangban points verify`` proves."""
    for chain in chains:
        for each in operations(chain):
            yield from rows_of(each)


@dataclass(frozen=True)
class Checked:
    """The proof of the books and, beside it, which rows of accounts, lots, holds and heads do not stand where the entries left them."""

    proof: Proof
    strays: tuple[str, ...]

    @property
    def holds(self) -> bool:
        """Whether the books are whole."""
        return self.proof.holds and not self.strays


def check(chains: Sequence[str] | None = None) -> Checked:
    """Prove the books, or some chains of them, from their rows."""
    names = list(chains) if chains is not None else list(LedgerChain.objects.order_by("name").values_list("name", flat=True))
    proof = verify(exported(names))
    strays: list[str] = []
    for row in LedgerChain.objects.filter(name__in=names):
        if row.number and proof.heads.get(row.name) != (row.number, row.hash):
            strays.append(f"{row.name}：链尾记为 {row.number} {row.hash[:12]}…，各笔到 {proof.heads.get(row.name, (0, ''))[0]}")
        moved: dict[int, int] = {}
        for side, sign in (("source", -1), ("target", 1)):
            sums = LedgerEntry.objects.filter(**{f"{side}__chain": row}).values_list(f"{side}_id").annotate(sum=Sum("amount")).order_by()
            for pk, total in sums:
                moved[pk] = moved.get(pk, 0) + sign * total
        lots: dict[int, list[int]] = {}
        for holder, remaining, held in (
            LedgerLot.objects.filter(holder__chain=row).values_list("holder_id").annotate(r=Sum("remaining"), h=Sum("held")).order_by()
        ):
            lots[holder] = [remaining, held]
        held_by = dict(LedgerHold.objects.filter(holder__chain=row).values_list("holder_id").annotate(sum=Sum("amount")).order_by())
        for account in LedgerAccount.objects.filter(chain=row):
            expected = [moved.get(account.pk, 0)]
            if account.kind == HELD:
                expected += [lots.get(account.holder_id or 0, [0, 0])[1], held_by.get(account.holder_id or 0, 0)]
            elif account.kind in {"member", "institution"}:
                expected.append(lots.get(account.pk, [0, 0])[0])
            if any(each != account.balance for each in expected):
                strays.append(f"{row.name} {account}：余额 {account.balance}，各行、批次、待定合计 {expected}")
    return Checked(proof, tuple(strays))
