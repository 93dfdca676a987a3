"""The points ledger, pure: what an operation writes, planned from rows that the caller has loaded. Double entry, append-only.

An *operation* is a list of *lines*; each line moves a positive number of smallest units from one account to another, so that no operation
can be out of balance. A line that moves a holder's points names the *lot* they were earned in. Operations of one *chain* carry numbers
without a gap and the hash of the one before. A chain is a ledger of its own: every account lives in one chain, and its sum is zero.

The one function that writes does three things: it locks the chain and loads what :func:`needs` names, calls :func:`plan`, writes what the
:class:`Plan` holds, all in one transaction. Nothing here reads a clock, a file or a database.
``docs/concepts/points-ledger.md`` states what is guaranteed; :mod:`yangban.points.verify` proves it from an export.
"""

from __future__ import annotations

import hashlib
import json
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import UTC, datetime
from json.encoder import encode_basestring
from typing import Any, ClassVar, Final

from yangban.base.errors import AccountClosed, KeyConflict, LedgerRefusal, NotEnoughPoints, UnknownPosting, UsageError, WrongState

ISSUE: Final = "issue"
MEMBER: Final = "member"
INSTITUTION: Final = "institution"
MERCHANT: Final = "merchant"
EXPIRED: Final = "expired"
HELD: Final = "held"
ACCOUNT_KINDS: Final = (ISSUE, MEMBER, INSTITUTION, MERCHANT, EXPIRED, HELD)
HOLDERS: Final = (MEMBER, INSTITUTION)
"""Kinds of account whose points lie in lots. Only the issue pool may go below zero: its balance is minus what is out there."""

GENESIS: Final = "0" * 64
"""The hash that the first operation of a chain names as the one before it."""

_JSON: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), sort_keys=True)
_NEVER: Final = datetime.max.replace(tzinfo=UTC)

MOVES: Final[Mapping[str, frozenset[tuple[str, str]]]] = {
    "earn": frozenset({(ISSUE, "holder"), (ISSUE, HELD)}),
    "post": frozenset({(HELD, "holder")}),
    "hold": frozenset({("holder", HELD)}),
    "deliver": frozenset({(HELD, MERCHANT)}),
    "cancel": frozenset({(HELD, "holder")}),
    "void": frozenset({(HELD, "holder"), (HELD, ISSUE)}),
    "spend": frozenset({("holder", MERCHANT)}),
    "expire": frozenset({("holder", EXPIRED)}),
    "reverse": frozenset({("holder", ISSUE), (MERCHANT, "holder"), (ISSUE, MERCHANT)}),
    "adjust": frozenset({(ISSUE, "holder"), ("holder", ISSUE)}),
    "settle": frozenset({(MERCHANT, ISSUE)}),
    "close": frozenset({("holder", EXPIRED)}),
}
"""The kinds of operation, and between which kinds of account each may move points; ``holder`` is a member or an institution."""


@dataclass(frozen=True, order=True)
class Account:
    """An account's address; addresses sort."""

    chain: str
    kind: str
    owner: str = ""

    def __post_init__(self) -> None:
        if self.kind not in ACCOUNT_KINDS:
            raise UsageError(f"没有账户种类 {self.kind!r}；可用 {'、'.join(ACCOUNT_KINDS)}")
        if (self.owner == "") != (self.kind in {ISSUE, EXPIRED}):
            raise UsageError(f"账户 {self.kind} {'不能有' if self.owner else '要有'}归属；找到 {self.owner!r}")

    @property
    def role(self) -> str:
        """Its kind as :data:`MOVES` has it."""
        return "holder" if self.kind in HOLDERS else self.kind

    def __str__(self) -> str:
        return f"{self.kind}:{self.owner}" if self.owner else self.kind


def member(chain: str, owner: str) -> Account:
    """The account of a person, under an id that says nothing about them."""
    return Account(chain, MEMBER, owner)


def institution(chain: str, owner: str) -> Account:
    """The account of a public institution."""
    return Account(chain, INSTITUTION, owner)


def merchant(chain: str, owner: str) -> Account:
    """The account of a merchant, in one chain."""
    return Account(chain, MERCHANT, owner)


def held_of(holder: Account) -> Account:
    """The account in which a holder's points lie while something is pending."""
    return Account(holder.chain, HELD, f"{holder.kind}:{holder.owner}")


def chain_of(scheme: str, owner: str, shards: int = 1) -> str:
    """The chain in which an owner's account lives: one per scheme, or one of several, so that writers do not queue for one row.

    It must never change for an owner, and so ``shards`` must never change for a scheme.

    >>> chain_of("example", "m1"), chain_of("example", "m1", 16)
    ('example', 'example/15')
    """
    return scheme if shards == 1 else f"{scheme}/{zlib.crc32(owner.encode()) % shards:02d}"


# ------------------------------------------------------------------------------------------------------------------ requests


@dataclass(frozen=True, kw_only=True)
class Request:
    """What is asked of the ledger. ``key`` is the caller's: the same request sent again has the same one. ``by`` is who asks."""

    kind: ClassVar[str] = ""
    key: str
    by: str = ""
    reason: str = ""

    @property
    def digest(self) -> str:
        """Of the whole content but the key, as JSON with sorted names."""
        told = [f"{label}{encode_basestring(_text(getattr(self, name)))}" for label, name in _names_of(self)]
        return _sha256("{" + ",".join(told) + "}")


_NAMES: Final[dict[str, tuple[tuple[str, str], ...]]] = {}


def _names_of(request: Request) -> tuple[tuple[str, str], ...]:
    """The names of a request's content in their order, each as JSON writes it before a value and as it is."""
    if request.kind not in _NAMES:
        names = sorted({"kind", *(each.name for each in fields(request))} - {"key"})
        _NAMES[request.kind] = tuple((f'"{name}":', name) for name in names)
    return _NAMES[request.kind]


@dataclass(frozen=True, kw_only=True)
class Earn(Request):
    """Points for an award. ``pending``: into the held account until :class:`Post` or :class:`Void`. ``about`` names the award."""

    kind: ClassVar[str] = "earn"
    holder: Account
    amount: int
    happened_at: datetime
    expires_at: datetime | None
    about: str = ""
    pending: bool = False

    @property
    def digest(self) -> str:
        """The same as of every request, written out: thousands of them come at once."""
        return _sha256(
            f'{{"about":{encode_basestring(self.about)},"amount":"{self.amount}","by":{encode_basestring(self.by)},"expires_at":'
            f'"{"" if self.expires_at is None else moment_text(self.expires_at)}","happened_at":"{moment_text(self.happened_at)}","holder":'
            f'{encode_basestring(str(self.holder))},"kind":"earn","pending":"{self.pending}","reason":{encode_basestring(self.reason)}}}'
        )


@dataclass(frozen=True, kw_only=True)
class Post(Request):
    """Let pending points of an earn go to their holder."""

    kind: ClassVar[str] = "post"
    hold: int


@dataclass(frozen=True, kw_only=True)
class Hold(Request):
    """Set points aside for an order, first to expire first; after ``until`` it may be voided."""

    kind: ClassVar[str] = "hold"
    holder: Account
    amount: int
    until: datetime
    about: str = ""


@dataclass(frozen=True, kw_only=True)
class Deliver(Request):
    """Let held points go to the merchant; ``amount`` ``None``: all that is held."""

    kind: ClassVar[str] = "deliver"
    hold: int
    merchant: Account
    amount: int | None = None


@dataclass(frozen=True, kw_only=True)
class Cancel(Request):
    """Give held points of an order back to their lots, by decision; needs a reason."""

    kind: ClassVar[str] = "cancel"
    hold: int


@dataclass(frozen=True, kw_only=True)
class Void(Request):
    """End what is pending: an earn goes back to the issue pool (needs a reason), an order past its time back to its lots."""

    kind: ClassVar[str] = "void"
    hold: int


@dataclass(frozen=True, kw_only=True)
class Spend(Request):
    """Points to a merchant at once, first to expire first."""

    kind: ClassVar[str] = "spend"
    holder: Account
    merchant: Account
    amount: int
    about: str = ""


@dataclass(frozen=True, kw_only=True)
class Expire(Request):
    """All points of a holder in lots that have expired by the moment of recording."""

    kind: ClassVar[str] = "expire"
    holder: Account


@dataclass(frozen=True, kw_only=True)
class Reverse(Request):
    """Take an operation back, with a reason.

    Of an earn or an upward adjustment: what is left in its lot, never more, so that nobody falls below zero. Of a delivery, a spend or a
    settlement: the whole, once.
    """

    kind: ClassVar[str] = "reverse"
    operation: int


@dataclass(frozen=True, kw_only=True)
class Adjust(Request):
    """A correction by two persons, with a reason: ``up`` makes a lot, else points are taken, first to expire first."""

    kind: ClassVar[str] = "adjust"
    holder: Account
    amount: int
    up: bool
    approved_by: str
    expires_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Settle(Request):
    """Points of a merchant that have been paid for leave circulation."""

    kind: ClassVar[str] = "settle"
    merchant: Account
    amount: int
    about: str = ""


@dataclass(frozen=True, kw_only=True)
class Close(Request):
    """Close a holder's account, as on erasure: what is left expires, and nothing is posted to it again. Nothing may be pending."""

    kind: ClassVar[str] = "close"
    holder: Account


# ---------------------------------------------------------------------------------------------------------------------- rows


@dataclass(frozen=True)
class AccountRow:
    """An account as it stands; ``version`` counts the lines that touched it. One that nobody used yet stands at zero."""

    account: Account
    balance: int = 0
    version: int = 0
    closed: bool = False


@dataclass(frozen=True, kw_only=True)
class Lot:
    """Points earned together: of ``amount`` there are ``remaining`` to spend and ``held``; the number is that of the operation."""

    number: int
    holder: Account
    amount: int
    remaining: int
    held: int
    happened_at: datetime
    expires_at: datetime | None

    @property
    def order(self) -> tuple[bool, datetime, int]:
        """First to expire first, those that never do last; of equals the first recorded."""
        return self.expires_at is None, self.expires_at or _NEVER, self.number

    def expired(self, at: datetime) -> bool:
        """Whether its points can no longer be spent at a moment."""
        return self.expires_at is not None and self.expires_at <= at


@dataclass(frozen=True, kw_only=True)
class HoldRow:
    """What is pending under the number of the operation that began it: an ``earn`` or an order (``hold``), by lot, still open."""

    number: int
    kind: str
    holder: Account
    parts: tuple[tuple[int, int], ...]
    until: datetime | None

    @property
    def amount(self) -> int:
        """What is still held."""
        return sum(amount for _, amount in self.parts)


@dataclass(frozen=True)
class Line:
    """One movement, with the balances before and after and the version of either account that it made."""

    source: Account
    target: Account
    amount: int
    lot: int | None
    source_before: int
    target_before: int
    source_version: int
    target_version: int

    @property
    def source_after(self) -> int:
        """The balance of the source after the line."""
        return self.source_before - self.amount

    @property
    def target_after(self) -> int:
        """The balance of the target after the line."""
        return self.target_before + self.amount


@dataclass(frozen=True, kw_only=True)
class Operation:
    """One operation as it is written, for ever.

    ``happened_at`` differs from ``recorded_at`` in an earn only. ``about`` names the award or order, of a ``close`` the account.
    ``refers_to`` is the number of the hold or operation acted on, ``expires_at`` that of the lot that it makes, ``until`` that of the
    hold. ``short`` is what of a lot was no longer there when it was reversed.
    """

    chain: str
    number: int
    kind: str
    key: str
    digest: str
    happened_at: datetime
    recorded_at: datetime
    by: str
    approved_by: str
    reason: str
    about: str
    refers_to: int | None
    expires_at: datetime | None
    until: datetime | None
    short: int
    lines: tuple[Line, ...]
    previous_hash: str
    hash: str = ""


@dataclass(frozen=True)
class Head:
    """The end of a chain: number, hash and moment of its last operation."""

    chain: str
    number: int = 0
    hash: str = GENESIS
    recorded_at: datetime | None = None


@dataclass
class Books:
    """The rows that a transaction has locked and loaded. :func:`plan` only reads them; :func:`apply` brings them up to date.

    ``keys`` maps an idempotency key to digest and number of the operation that used it; ``reversed`` holds the numbers of operations
    that were taken back whole.
    """

    head: Head
    accounts: dict[Account, AccountRow] = field(default_factory=dict)
    lots: dict[int, Lot] = field(default_factory=dict)
    holds: dict[int, HoldRow] = field(default_factory=dict)
    operations: dict[int, Operation] = field(default_factory=dict)
    keys: dict[str, tuple[str, int]] = field(default_factory=dict)
    reversed: set[int] = field(default_factory=set)
    _by_holder: dict[Account, set[int]] = field(default_factory=dict, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        for lot in self.lots.values():
            self._by_holder.setdefault(lot.holder, set()).add(lot.number)

    def lots_of(self, holder: Account) -> list[Lot]:
        """The loaded lots of a holder."""
        return [self.lots[number] for number in self._by_holder.get(holder, ())]

    def put(self, lot: Lot) -> None:
        """Load a lot, or bring it up to date."""
        self.lots[lot.number] = lot
        self._by_holder.setdefault(lot.holder, set()).add(lot.number)


@dataclass(frozen=True)
class Needs:
    """What must be loaded for a request, once the head of the chain is locked: whoever holds the head is alone with its accounts.

    A missing account of ``accounts`` is first written as a zero row. Of ``lots_of`` all lots with points remaining or held, and those that
    ``lots`` names.
    """

    chain: str
    key: str
    accounts: tuple[Account, ...]
    lots_of: Account | None
    lots: tuple[int, ...]
    hold: int | None
    operation: int | None


@dataclass(frozen=True)
class Plan:
    """What to write: the operation with its lines, and the rows as they stand after it."""

    operation: Operation
    accounts: tuple[AccountRow, ...]
    lots: tuple[Lot, ...]
    holds: tuple[HoldRow, ...]
    head: Head
    reverses: int | None = None


@dataclass(frozen=True)
class Replay:
    """The request was posted before with the same content: this is its operation, and nothing is written."""

    number: int


def needs(chain: str, request: Request, about: HoldRow | Operation | None = None) -> Needs:
    """What to load. ``about`` is the hold or operation that the request names; its accounts never change.

    Raises :class:`~yangban.base.errors.UnknownPosting` when the request names one and there is none.
    """
    holder: Account | None = getattr(request, "holder", None)
    accounts: set[Account] = set()
    lots: tuple[int, ...] = ()
    hold: int | None = getattr(request, "hold", None)
    number: int | None = getattr(request, "operation", None)
    if hold is not None:
        if not isinstance(about, HoldRow):
            raise UnknownPosting(f"{chain} 没有待定的 {hold}")
        holder, lots = about.holder, tuple(lot for lot, _ in about.parts)
    if number is not None:
        if not isinstance(about, Operation):
            raise UnknownPosting(f"{chain} 没有操作 {number}")
        accounts |= {each for line in about.lines for each in (line.source, line.target)}
        holder = next((_holder_of(each) for each in sorted(accounts) if each.role in {"holder", HELD}), None)
        lots = tuple(dict.fromkeys(line.lot for line in about.lines if line.lot is not None))
        accounts.add(Account(chain, ISSUE))
    if holder is not None:
        accounts.add(holder)
        if not isinstance(request, Earn) or request.pending:
            accounts.add(held_of(holder))
    match request:
        case Earn() | Adjust():
            accounts.add(Account(chain, ISSUE))
        case Void():
            accounts.add(Account(chain, ISSUE))
        case Deliver(merchant=to) | Spend(merchant=to):
            accounts.add(to)
        case Settle(merchant=to):
            accounts |= {to, Account(chain, ISSUE)}
        case Expire() | Close():
            accounts.add(Account(chain, EXPIRED))
        case _:
            pass
    if strange := [each for each in accounts if each.chain != chain]:
        raise UsageError(f"账户 {strange[0]} 在链 {strange[0].chain}，操作在链 {chain}；一次操作只在一条链内")
    return Needs(chain, request.key, tuple(sorted(accounts)), holder, lots, hold, number)


def _holder_of(account: Account) -> Account:
    if account.kind != HELD:
        return account
    kind, _, owner = account.owner.partition(":")
    return Account(account.chain, kind, owner)


# ---------------------------------------------------------------------------------------------------------------------- plan


def plan(books: Books, request: Request, recorded_at: datetime) -> Plan | Replay:
    """Plan one request on the rows at hand, without changing them.

    Raises a :class:`~yangban.base.errors.LedgerRefusal` when it cannot be posted; then nothing is to be written.
    """
    known = books.keys.get(request.key)
    if known is not None:
        if known[0] != request.digest:
            raise conflict_of(request.key, known[1])
        return Replay(known[1])
    draft = _Draft(books, request, recorded_at)
    draft.check()
    _PLANNERS[request.kind](draft, request)
    return draft.done()


def apply(books: Books, made: Plan) -> None:
    """Bring the loaded rows up to date, as the database is after the plan was written: for the next request of a batch."""
    books.head = made.head
    books.accounts.update((row.account, row) for row in made.accounts)
    for lot in made.lots:
        books.put(lot)
    for hold in made.holds:
        books.holds[hold.number] = hold
    operation = made.operation
    books.operations[operation.number] = operation
    books.keys[operation.key] = (operation.digest, operation.number)
    if made.reverses is not None:
        books.reversed.add(made.reverses)


def plan_all(books: Books, requests: Sequence[Request], recorded_at: datetime) -> list[Plan | Replay | LedgerRefusal]:
    """Plan a batch in its order, each on what the ones before it left; a refused one does not stop the others. ``books`` moves along."""
    answers: list[Plan | Replay | LedgerRefusal] = []
    for request in requests:
        try:
            made = plan(books, request, recorded_at)
        except LedgerRefusal as refusal:
            answers.append(refusal)
            continue
        if isinstance(made, Plan):
            apply(books, made)
        answers.append(made)
    return answers


def conflict_of(key: str, number: int) -> KeyConflict:
    """The refusal of a key that an operation used with other content."""
    return KeyConflict(f"键 {key!r} 已用于另一内容（操作 {number}）；同一请求请原样重发，另一请求请换键")


def closed_of(account: Account) -> AccountClosed:
    """The refusal of a posting to a closed account."""
    return AccountClosed(f"账户 {account} 已注销，不再记账")


def over_of(expires_at: datetime) -> WrongState:
    """The refusal of points that would have expired before they were recorded."""
    return WrongState(f"积分在 {_text(expires_at)} 已到期，不能入账")


class _Draft:
    """The rows that one request changes, on top of the books."""

    def __init__(self, books: Books, request: Request, recorded_at: datetime) -> None:
        self.books = books
        self.request = request
        self.at = recorded_at
        self.chain = books.head.chain
        self.number = books.head.number + 1
        self.accounts: dict[Account, AccountRow] = {}
        self.lots: dict[int, Lot] = {}
        self.holds: dict[int, HoldRow] = {}
        self.lines: list[Line] = []
        self.words: dict[str, Any] = {}
        self.reverses: int | None = None

    def check(self) -> None:
        """What holds for every request."""
        if self.at.tzinfo is None:
            raise UsageError("记账时间没有时区")
        if self.books.head.recorded_at is not None and self.at < self.books.head.recorded_at:
            raise WrongState(f"记账时间 {_text(self.at)} 早于链上最后一笔 {_text(self.books.head.recorded_at)}；时钟不能倒走")
        if not self.request.key:
            raise UsageError("请求没有键")
        amount = getattr(self.request, "amount", None)
        if amount is not None and (isinstance(amount, bool) or not isinstance(amount, int) or amount <= 0):
            raise UsageError(f"数量应为正整数（最小单位），得到 {amount!r}")

    def row(self, account: Account) -> AccountRow:
        """An account as it stands now; it must have been loaded."""
        found = self.accounts.get(account) or self.books.accounts.get(account)
        if found is None:
            if account.chain != self.chain:
                raise UsageError(f"账户 {account} 在链 {account.chain}，操作在链 {self.chain}；一次操作只在一条链内")
            raise UsageError(f"账户 {account} 没有载入；先按 needs() 加锁载入")
        return found

    def check_open(self, account: Account, kinds: tuple[str, ...]) -> None:
        if account.kind not in kinds:
            raise UsageError(f"{self.request.kind} 要账户种类 {'、'.join(kinds)}，得到 {account}")
        if self.row(account).closed:
            raise closed_of(account)

    def lot(self, number: int) -> Lot:
        return self.lots.get(number) or self.books.lots[number]

    def hold(self, number: int) -> HoldRow:
        found = self.books.holds.get(number)
        if found is None:
            raise UnknownPosting(f"{self.chain} 没有待定的 {number}")
        if not found.parts:
            raise WrongState(f"待定的 {number} 已了结")
        return found

    def available(self, holder: Account) -> list[Lot]:
        """The lots from which a holder can spend now, first to expire first."""
        found = (each for each in self.books.lots_of(holder) if each.remaining and not each.expired(self.at))
        return sorted(found, key=lambda each: each.order)

    def take(self, holder: Account, amount: int) -> list[tuple[int, int]]:
        """How an amount is taken from the lots of a holder."""
        parts: list[tuple[int, int]] = []
        left = amount
        for lot in self.available(holder):
            part = min(left, lot.remaining)
            parts.append((lot.number, part))
            left -= part
            if not left:
                return parts
        raise NotEnoughPoints(f"{holder} 可用 {amount - left}，要 {amount}")

    def carry(self, source: Account, target: Account, amount: int, lot: int | None) -> None:
        """One line, with the balances, versions and lot that it changes."""
        giver, taker = self.row(source), self.row(target)
        if source.kind != ISSUE and giver.balance < amount:
            raise NotEnoughPoints(f"{source} 有 {giver.balance}，要 {amount}")
        self.accounts[source] = AccountRow(source, giver.balance - amount, giver.version + 1, giver.closed)
        self.accounts[target] = AccountRow(target, taker.balance + amount, taker.version + 1, taker.closed)
        self.lines.append(Line(source, target, amount, lot, giver.balance, taker.balance, giver.version + 1, taker.version + 1))
        if lot is None:
            return
        # A line that makes a lot meets one whose remaining and held are zero.
        row = self.lot(lot)
        gone, come = _place(source), _place(target)
        changes = {place: getattr(row, place) for place in ("remaining", "held")}
        if gone:
            changes[gone] -= amount
        if come:
            changes[come] += amount
        self.lots[lot] = replace(row, **changes)

    def new_lot(self, holder: Account, amount: int, happened_at: datetime, expires_at: datetime | None) -> int:
        if expires_at is not None and expires_at <= self.at:
            raise over_of(expires_at)
        self.lots[self.number] = Lot(
            number=self.number, holder=holder, amount=amount, remaining=0, held=0, happened_at=happened_at, expires_at=expires_at
        )
        self.words["expires_at"] = expires_at
        return self.number

    def done(self) -> Plan:
        request = self.request
        words = {"about": getattr(request, "about", ""), **self.words}
        operation = Operation(
            chain=self.chain, number=self.number, kind=request.kind, key=request.key, digest=request.digest,
            happened_at=words.get("happened_at", self.at), recorded_at=self.at, by=request.by,
            approved_by=getattr(request, "approved_by", ""), reason=request.reason, about=words["about"],
            refers_to=words.get("refers_to"), expires_at=words.get("expires_at"), until=words.get("until"), short=words.get("short", 0),
            lines=tuple(self.lines), previous_hash=self.books.head.hash,
        )  # fmt: skip
        operation = replace(operation, hash=hash_of(operation))
        head = Head(self.chain, self.number, operation.hash, self.at)
        return Plan(
            operation, tuple(self.accounts[each] for each in sorted(self.accounts)), tuple(self.lots.values()), tuple(self.holds.values()),
            head, self.reverses,
        )  # fmt: skip


def _place(account: Account) -> str:
    """Where in a lot the points of an account lie."""
    return "remaining" if account.kind in HOLDERS else "held" if account.kind == HELD else ""


def _reasoned(request: Request) -> None:
    if not request.reason.strip():
        raise UsageError(f"{request.kind} 要写明理由")


def _earn(draft: _Draft, request: Earn) -> None:
    draft.check_open(request.holder, HOLDERS)
    if request.happened_at.tzinfo is None or request.happened_at > draft.at:
        raise UsageError(f"发生时间 {request.happened_at.isoformat()} 没有时区，或晚于记账时间 {_text(draft.at)}")
    draft.words["happened_at"] = request.happened_at
    lot = draft.new_lot(request.holder, request.amount, request.happened_at, request.expires_at)
    target = held_of(request.holder) if request.pending else request.holder
    draft.carry(Account(draft.chain, ISSUE), target, request.amount, lot)
    if request.pending:
        draft.holds[draft.number] = HoldRow(
            number=draft.number, kind="earn", holder=request.holder, parts=((lot, request.amount),), until=None
        )


def _post(draft: _Draft, request: Post) -> None:
    hold = draft.hold(request.hold)
    if hold.kind != "earn":
        raise UnknownPosting(f"{request.hold} 是订单，不是待定的入账；请用 deliver 或 cancel")
    _release(draft, hold, hold.holder)


def _hold(draft: _Draft, request: Hold) -> None:
    draft.check_open(request.holder, HOLDERS)
    if request.until.tzinfo is None or request.until <= draft.at:
        raise UsageError(f"保留期限 {request.until.isoformat()} 没有时区，或已过")
    parts = draft.take(request.holder, request.amount)
    for lot, amount in parts:
        draft.carry(request.holder, held_of(request.holder), amount, lot)
    draft.words["until"] = request.until
    draft.holds[draft.number] = HoldRow(number=draft.number, kind="hold", holder=request.holder, parts=tuple(parts), until=request.until)


def _deliver(draft: _Draft, request: Deliver) -> None:
    hold = _order(draft, request.hold)
    draft.check_open(request.merchant, (MERCHANT,))
    left = hold.amount if request.amount is None else request.amount
    if left > hold.amount:
        raise NotEnoughPoints(f"订单 {request.hold} 保留着 {hold.amount}，要交付 {left}")
    rest = []
    for lot, amount in hold.parts:
        part = min(left, amount)
        if part:
            draft.carry(held_of(hold.holder), request.merchant, part, lot)
        left -= part
        if amount > part:
            rest.append((lot, amount - part))
    draft.holds[hold.number] = replace(hold, parts=tuple(rest))
    draft.words["refers_to"] = hold.number


def _cancel(draft: _Draft, request: Cancel) -> None:
    _reasoned(request)
    hold = _order(draft, request.hold)
    _release(draft, hold, hold.holder)


def _void(draft: _Draft, request: Void) -> None:
    hold = draft.hold(request.hold)
    if hold.kind == "earn":
        _reasoned(request)
        _release(draft, hold, Account(draft.chain, ISSUE))
        return
    if hold.until is not None and draft.at < hold.until:
        raise WrongState(f"订单 {request.hold} 保留到 {_text(hold.until)}，还不能作废；要取消请用 cancel")
    _release(draft, hold, hold.holder)


def _order(draft: _Draft, number: int) -> HoldRow:
    hold = draft.hold(number)
    if hold.kind != "hold":
        raise UnknownPosting(f"{number} 是待定的入账，不是订单；请用 post 或 void")
    return hold


def _release(draft: _Draft, hold: HoldRow, target: Account) -> None:
    for lot, amount in hold.parts:
        draft.carry(held_of(hold.holder), target, amount, lot)
    draft.holds[hold.number] = replace(hold, parts=())
    draft.words["refers_to"] = hold.number


def _spend(draft: _Draft, request: Spend) -> None:
    draft.check_open(request.holder, HOLDERS)
    draft.check_open(request.merchant, (MERCHANT,))
    for lot, amount in draft.take(request.holder, request.amount):
        draft.carry(request.holder, request.merchant, amount, lot)


def _expire(draft: _Draft, request: Expire) -> None:
    draft.check_open(request.holder, HOLDERS)
    due = [each for each in draft.books.lots_of(request.holder) if each.remaining and each.expired(draft.at)]
    if not due:
        raise WrongState(f"{request.holder} 没有到期的积分")
    for lot in sorted(due, key=lambda each: each.order):
        draft.carry(request.holder, Account(draft.chain, EXPIRED), lot.remaining, lot.number)


def _reverse(draft: _Draft, request: Reverse) -> None:
    _reasoned(request)
    operation = draft.books.operations.get(request.operation)
    if operation is None:
        raise UnknownPosting(f"{draft.chain} 没有操作 {request.operation}")
    draft.words["refers_to"] = operation.number
    if operation.number in draft.books.reversed:
        raise WrongState(f"操作 {operation.number} 已冲销")
    issue = Account(draft.chain, ISSUE)
    made_a_lot = operation.kind == "earn" or (operation.kind == "adjust" and operation.lines[0].source == issue)
    if made_a_lot:
        lot = draft.books.lots[operation.number]
        draft.check_open(lot.holder, HOLDERS)
        if not lot.remaining:
            raise NotEnoughPoints(f"批次 {lot.number} 已无可收回的积分（保留中 {lot.held}）")
        draft.words["short"] = lot.amount - lot.remaining
        if lot.remaining == lot.amount:
            draft.reverses = operation.number
        draft.carry(lot.holder, issue, lot.remaining, lot.number)
        return
    if operation.kind == "settle":
        draft.carry(issue, operation.lines[0].source, operation.lines[0].amount, None)
    elif operation.kind in {"spend", "deliver"}:
        for line in operation.lines:
            assert line.lot is not None  # What leaves a holder names its lot.
            holder = draft.lot(line.lot).holder
            draft.check_open(holder, HOLDERS)
            draft.carry(line.target, holder, line.amount, line.lot)
    else:
        raise UnknownPosting(f"操作 {operation.number}（{operation.kind}）不能冲销；可冲销 earn、spend、deliver、settle 和向上的 adjust")
    draft.reverses = operation.number


def _adjust(draft: _Draft, request: Adjust) -> None:
    _reasoned(request)
    if not request.by or not request.approved_by or request.by == request.approved_by:
        raise UsageError(f"调整要两个人：经办 {request.by!r}，批准 {request.approved_by!r}")
    draft.check_open(request.holder, HOLDERS)
    issue = Account(draft.chain, ISSUE)
    if request.up:
        draft.carry(issue, request.holder, request.amount, draft.new_lot(request.holder, request.amount, draft.at, request.expires_at))
        return
    for lot, amount in draft.take(request.holder, request.amount):
        draft.carry(request.holder, issue, amount, lot)


def _settle(draft: _Draft, request: Settle) -> None:
    draft.check_open(request.merchant, (MERCHANT,))
    draft.carry(request.merchant, Account(draft.chain, ISSUE), request.amount, None)


def _close(draft: _Draft, request: Close) -> None:
    _reasoned(request)
    draft.check_open(request.holder, HOLDERS)
    if pending := draft.row(held_of(request.holder)).balance:
        raise WrongState(f"{request.holder} 还有 {pending} 在待定中；先了结再注销")
    for lot in sorted(draft.books.lots_of(request.holder), key=lambda each: each.order):
        if lot.remaining:
            draft.carry(request.holder, Account(draft.chain, EXPIRED), lot.remaining, lot.number)
    draft.accounts[request.holder] = replace(draft.row(request.holder), closed=True)
    draft.words["about"] = str(request.holder)


_PLANNERS: Final[Mapping[str, Any]] = {
    "earn": _earn, "post": _post, "hold": _hold, "deliver": _deliver, "cancel": _cancel, "void": _void, "spend": _spend,
    "expire": _expire, "reverse": _reverse, "adjust": _adjust, "settle": _settle, "close": _close,
}  # fmt: skip


# ---------------------------------------------------------------------------------------------------------------- hash and rows

OPERATION_COLUMNS: Final = (
    "chain", "number", "kind", "key", "digest", "happened_at", "recorded_at", "by", "approved_by", "reason", "about", "refers_to",
    "expires_at", "until", "short",
)  # fmt: skip
LINE_COLUMNS: Final = (
    "source", "target", "amount", "lot", "source_before", "source_after", "target_before", "target_after", "source_version",
    "target_version",
)  # fmt: skip
COLUMNS: Final = (*OPERATION_COLUMNS, "line", *LINE_COLUMNS, "previous_hash", "hash")
"""The columns of an exported ledger: a row per line, the operation's own columns repeated; an operation without lines has one row."""


def rows_of(operation: Operation) -> list[dict[str, str]]:
    """An operation as it is exported."""
    head = {name: _text(getattr(operation, name)) for name in OPERATION_COLUMNS}
    tail = {"previous_hash": operation.previous_hash, "hash": operation.hash}
    if not operation.lines:
        return [{**head, "line": "0", **dict.fromkeys(LINE_COLUMNS, ""), **tail}]
    return [
        {**head, "line": str(n), **{name: _text(getattr(line, name)) for name in LINE_COLUMNS}, **tail}
        for n, line in enumerate(operation.lines, start=1)
    ]


def hash_of(operation: Operation) -> str:
    """The hash of an operation: over the hash before it, and over everything that is written of it."""
    return hash_rows(operation.previous_hash, rows_of(operation))


def hash_rows(previous: str, rows: Sequence[Mapping[str, str]]) -> str:
    """The same from exported rows, so that a file alone can be checked."""
    content = [
        previous, [rows[0][name] for name in OPERATION_COLUMNS], [[row[name] for name in ("line", *LINE_COLUMNS)] for row in rows]
    ]  # fmt: skip
    return _sha256(_JSON.encode(content))


def balances_at(operations: Iterable[Operation], at: datetime, clock: str = "recorded") -> dict[Account, int]:
    """The balance of every account at a moment: of what was ``recorded`` by then, or of what had ``happened`` by then, as known now.

    Nothing of this is stored: the past is a question and not a column that must be kept right.
    """
    if clock not in {"recorded", "happened"}:
        raise UsageError(f"没有时钟 {clock!r}；可用 recorded、happened")
    found: dict[Account, int] = {}
    for operation in operations:
        if getattr(operation, f"{clock}_at") <= at:
            for line in operation.lines:
                found[line.source] = found.get(line.source, 0) - line.amount
                found[line.target] = found.get(line.target, 0) + line.amount
    return found


def available_at(lots: Iterable[Lot], holder: Account, at: datetime) -> int:
    """What a holder can spend at a moment, from its lots as they stand: a lot that has expired no longer counts, swept or not."""
    return sum(each.remaining for each in lots if each.holder == holder and not each.expired(at))


def moment_text(moment: datetime) -> str:
    """A moment as it is hashed and exported."""
    told = moment if moment.tzinfo is UTC else moment.astimezone(UTC)
    return f"{told.isoformat(timespec='microseconds')[:-6]}Z"


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, datetime):
        return moment_text(value)
    return str(value)
