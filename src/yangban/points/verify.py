"""Prove a ledger from its exported rows: a second program that shares no arithmetic with the one that planned them. Pure, one pass.

It checks, chain by chain: numbers without a gap, the hash of every operation over its rows and the hash before it, moments that never run
back, only movements that the kind of operation allows, balances and versions that follow one another, no balance below zero but the issue
pool's, lots that add up to their holder's balance, first to expire spent first and nothing expired spent, holds settled for what they hold
and back into their own lots, reversals of what is there, keys used once, corrections by two persons, no posting to a closed account, and at
the end a sum of zero.

What a file alone cannot show is that its end was cut off. The heads that :class:`Proof` returns must be those that were published.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from yangban.points.ledger import COLUMNS, EXPIRED, GENESIS, HELD, HOLDERS, ISSUE, MERCHANT, MOVES, OPERATION_COLUMNS, hash_rows

SHOWN: Final = 100
"""So many problems are kept; the rest are counted."""

_TAKES_IN_ORDER: Final = ("hold", "spend")


@dataclass(frozen=True)
class Problem:
    """One thing that does not hold: row of the file (from 1, below the headings), operation, rule, and what was found."""

    row: int
    operation: str
    rule: str
    text: str

    def __str__(self) -> str:
        return f"第{self.row}行 操作 {self.operation}：{self.rule}：{self.text}"


@dataclass(frozen=True)
class Proof:
    """What was found: counts, sums by kind of account, the head of each chain (number and hash), and the problems."""

    operations: int
    lines: int
    accounts: int
    lots: int
    sums: Mapping[str, int]
    heads: Mapping[str, tuple[int, str]]
    problems: tuple[Problem, ...]
    count: int

    @property
    def holds(self) -> bool:
        """Whether the books are whole."""
        return self.count == 0

    def to_dict(self) -> dict[str, Any]:
        """The proof as JSON prints it."""
        return {
            "holds": self.holds, "operations": self.operations, "lines": self.lines, "accounts": self.accounts, "lots": self.lots,
            "sums": dict(self.sums), "heads": {chain: {"number": n, "hash": h} for chain, (n, h) in self.heads.items()},
            "problems": [vars(each) for each in self.problems], "problem_count": self.count,
        }  # fmt: skip


def verify(rows: Iterable[Mapping[str, str]], *, expected: Mapping[str, str] | None = None) -> Proof:
    """Check exported rows, in the order in which they were written (chains may be mixed).

    ``expected`` are heads known from elsewhere, hash by chain; a chain that does not pass through that hash is a problem.
    """
    check = _Check(expected or {})
    pending: list[Mapping[str, str]] = []
    first = 0
    for number, row in enumerate(rows, start=1):
        if pending and (row.get("chain"), row.get("number")) != (pending[0].get("chain"), pending[0].get("number")):
            check.operation(first, pending)
            pending = []
        if not pending:
            first = number
        pending.append(row)
    if pending:
        check.operation(first, pending)
    return check.end()


@dataclass
class _Lot:
    holder: str
    amount: int
    expires: datetime | None
    order: tuple[bool, str, int]
    remaining: int = 0
    held: int = 0


@dataclass
class _Chain:
    number: int = 0
    hash: str = GENESIS
    recorded: datetime | None = None
    balances: dict[str, int] = field(default_factory=dict)
    versions: dict[str, int] = field(default_factory=dict)
    lots: dict[int, _Lot] = field(default_factory=dict)
    lots_of: dict[str, set[int]] = field(default_factory=dict)
    holds: dict[int, dict[int, int]] = field(default_factory=dict)
    hold_kinds: dict[int, tuple[str, datetime | None]] = field(default_factory=dict)
    flows: dict[int, list[tuple[str, str, int, int | None]]] = field(default_factory=dict)
    reversed: set[int] = field(default_factory=set)
    keys: set[str] = field(default_factory=set)
    closed: set[str] = field(default_factory=set)
    seen_hashes: set[str] = field(default_factory=set)


class _Check:
    def __init__(self, expected: Mapping[str, str]) -> None:
        self.expected = expected
        self.chains: dict[str, _Chain] = {}
        self.problems: list[Problem] = []
        self.count = 0
        self.operations = 0
        self.lines = 0
        self.row = 0
        self.name = ""

    def problem(self, rule: str, text: str, row: int | None = None) -> None:
        self.count += 1
        if len(self.problems) < SHOWN:
            self.problems.append(Problem(self.row if row is None else row, self.name, rule, text))

    # ---------------------------------------------------------------------------------------------------------- one operation

    def operation(self, first: int, rows: list[Mapping[str, str]]) -> None:
        self.row, self.operations = first, self.operations + 1
        head = rows[0]
        self.name = f"{head.get('chain', '?')}#{head.get('number', '?')}"
        if missing := [name for name in COLUMNS if any(row.get(name) is None for row in rows)]:
            self.problem("列", f"缺少 {'、'.join(missing)}")
            return
        chain = self.chains.setdefault(head["chain"], _Chain())
        try:
            number = int(head["number"])
            self._chained(chain, number, rows)
            self._rules(chain, number, rows)
        except (ValueError, KeyError) as told:
            self.problem("格式", f"读不懂：{told}")

    def _chained(self, chain: _Chain, number: int, rows: list[Mapping[str, str]]) -> None:
        """Number, hashes, columns that all rows of an operation share, key and moments."""
        head = rows[0]
        if number != chain.number + 1:
            self.problem("编号", f"应为 {chain.number + 1}，得到 {number}")
        if head["previous_hash"] != chain.hash:
            self.problem("链", "所记的前一笔哈希与前一笔不符：中间少了、多了或改了")
        shared = (*OPERATION_COLUMNS, "previous_hash", "hash")
        if any(row[name] != head[name] for row in rows for name in shared):
            self.problem("格式", "同一操作各行的公共列不一致")
        if hash_rows(head["previous_hash"], rows) != head["hash"]:
            self.problem("哈希", "内容与哈希不符：这一笔被改过")
        chain.number, chain.hash = number, head["hash"]
        chain.seen_hashes.add(head["hash"])
        if head["key"] in chain.keys:
            self.problem("键", f"{head['key']!r} 用了两次")
        chain.keys.add(head["key"])
        recorded, happened = _moment(head["recorded_at"]), _moment(head["happened_at"])
        if recorded is None or happened is None:
            self.problem("时间", "没有时间")
            return
        if chain.recorded is not None and recorded < chain.recorded:
            self.problem("时间", f"记账时间 {head['recorded_at']} 早于前一笔")
        if happened > recorded or (happened != recorded and head["kind"] != "earn"):
            self.problem("时间", f"发生 {head['happened_at']}，记账 {head['recorded_at']}")
        chain.recorded = recorded

    def _rules(self, chain: _Chain, number: int, rows: list[Mapping[str, str]]) -> None:
        """What the operation's kind allows, and then each line."""
        head = rows[0]
        kind = head["kind"]
        at = _moment(head["recorded_at"])
        if kind not in MOVES or at is None:
            self.problem("种类", f"没有操作种类 {kind!r}")
            return
        if kind in {"cancel", "reverse", "adjust", "close"} and not head["reason"].strip():
            self.problem("理由", f"{kind} 没有理由")
        if kind == "adjust" and (not head["by"] or not head["approved_by"] or head["by"] == head["approved_by"]):
            self.problem("两人", f"经办 {head['by']!r}，批准 {head['approved_by']!r}")
        lines = [row for row in rows if row["line"] != "0"]
        if not lines and kind != "close":
            self.problem("行", f"{kind} 没有行")
        flows = [(row["source"], row["target"], int(row["amount"]), int(row["lot"]) if row["lot"] else None) for row in lines]
        due = self._due(chain, at, flows) if kind in _TAKES_IN_ORDER or (kind == "adjust" and flows and flows[0][1] == ISSUE) else None
        if due is not None and [(lot, amount) for _, _, amount, lot in flows] != due:
            self.problem("先到期先用", f"应取批次 {due}，实取 {[(lot, amount) for _, _, amount, lot in flows]}")
        self._acts_on(chain, head, flows, at)
        for n, (row, flow) in enumerate(zip(lines, flows, strict=True), start=1):
            self.lines += 1
            if row["line"] != str(n):
                self.problem("行", f"应为第 {n} 行，得到 {row['line']}", self.row + n - 1)
            self._line(chain, number, kind, row, flow, at, self.row + n - 1)
        if kind in {"spend", "deliver", "settle"}:
            chain.flows[number] = flows
        if kind == "hold" or (kind == "earn" and flows and _role(flows[0][1]) == HELD):
            chain.holds[number] = _by_lot(flows)
            chain.hold_kinds[number] = kind, _moment(head["until"])
        if kind == "close":
            chain.closed.add(head["about"])
            if chain.balances.get(head["about"], 0):
                self.problem("注销", f"{head['about']} 还有 {chain.balances[head['about']]}")

    def _due(self, chain: _Chain, at: datetime, flows: list[tuple[str, str, int, int | None]]) -> list[tuple[int | None, int]]:
        """The lots that an amount must be taken from: those of the holder that have not expired, first to expire first."""
        if not flows:
            return []
        left = sum(amount for _, _, amount, _ in flows)
        found: list[tuple[int | None, int]] = []
        lots = [
            (lot, number)
            for number in chain.lots_of.get(flows[0][0], ())
            if (lot := chain.lots[number]).remaining and (lot.expires is None or lot.expires > at)
        ]
        for lot, number in sorted(lots, key=lambda each: each[0].order):
            part = min(left, lot.remaining)
            if part:
                found.append((number, part))
            left -= part
        return found

    def _acts_on(self, chain: _Chain, head: Mapping[str, str], flows: list[tuple[str, str, int, int | None]], at: datetime) -> None:
        """Holds are settled for what they hold; reversals take back what is there, once."""
        kind = head["kind"]
        if kind not in {"post", "deliver", "cancel", "void", "reverse"}:
            return
        other = int(head["refers_to"] or 0)
        if kind == "reverse":
            self._reversal(chain, other, flows)
            return
        held = chain.holds.get(other, {})
        began, until = chain.hold_kinds.get(other, ("", None))
        if not held or (kind == "post") != (began == "earn" and kind != "void"):
            self.problem("待定", f"{kind} 指向 {other}，那里没有这样的待定")
            return
        if kind == "void" and began == "hold" and until is not None and at < until:
            self.problem("待定", f"订单 {other} 保留到 {until}，作废早了")
        for lot, amount in _by_lot(flows).items():
            if held.get(lot, 0) < amount:
                self.problem("待定", f"批次 {lot} 在 {other} 中只保留 {held.get(lot, 0)}，动了 {amount}")
            held[lot] = held.get(lot, 0) - amount
        if kind != "deliver" and any(held.values()):
            self.problem("待定", f"{kind} 没有了结 {other} 的全部")
        chain.holds[other] = {lot: amount for lot, amount in held.items() if amount}

    def _reversal(self, chain: _Chain, other: int, flows: list[tuple[str, str, int, int | None]]) -> None:
        if other in chain.reversed:
            self.problem("冲销", f"操作 {other} 冲销了两次")
        if other in chain.lots:
            if [lot for *_, lot in flows] != [other]:
                self.problem("冲销", f"应收回批次 {other}，得到 {[lot for *_, lot in flows]}")
            elif flows[0][2] == chain.lots[other].amount:
                chain.reversed.add(other)
            return
        was = chain.flows.get(other)
        if was is None:
            self.problem("冲销", f"没有可冲销的操作 {other}")
            return
        # What was held goes back to its holder and not into the hold.
        back = [(target, source.partition(":")[2] if _role(source) == HELD else source, amount, lot) for source, target, amount, lot in was]
        if flows != back:
            self.problem("冲销", f"与操作 {other} 不相反")
        chain.reversed.add(other)

    # ----------------------------------------------------------------------------------------------------------------- one line

    def _line(
        self,
        chain: _Chain,
        number: int,
        kind: str,
        row: Mapping[str, str],
        flow: tuple[str, str, int, int | None],
        at: datetime,
        place: int,
    ) -> None:
        source, target, amount, lot = flow
        if amount <= 0 or source == target:
            self.problem("金额", f"{source} → {target} {amount}", place)
        if (_role(source), _role(target)) not in MOVES[kind]:
            self.problem("方向", f"{kind} 不能从 {source} 到 {target}", place)
        for account, sign, side in ((source, -1, "source"), (target, 1, "target")):
            before, after = int(row[f"{side}_before"]), int(row[f"{side}_after"])
            had = chain.balances.get(account, 0)
            if before != had or after != before + sign * amount:
                self.problem("余额", f"{account} 应由 {had} 到 {had + sign * amount}，记为 {before} 到 {after}", place)
            version = chain.versions.get(account, 0) + 1
            if int(row[f"{side}_version"]) != version:
                self.problem("版本", f"{account} 应为 {version}，记为 {row[f'{side}_version']}", place)
            chain.balances[account], chain.versions[account] = had + sign * amount, version
            if had + sign * amount < 0 and account != ISSUE:
                self.problem("透支", f"{account} 为 {had + sign * amount}", place)
            if account in chain.closed:
                self.problem("注销", f"{account} 已注销", place)
        if lot is None:
            if {_role(source), _role(target)} & {"holder", HELD}:
                self.problem("批次", f"{source} → {target} 没有写明批次", place)
            return
        self._lot(chain, number, kind, row, flow, at, place)

    def _lot(
        self,
        chain: _Chain,
        number: int,
        kind: str,
        row: Mapping[str, str],
        flow: tuple[str, str, int, int | None],
        at: datetime,
        place: int,
    ) -> None:
        source, target, amount, lot = flow
        assert lot is not None
        owners = [
            each if _role(each) == "holder" else each.partition(":")[2] for each in (source, target) if _role(each) in {"holder", HELD}
        ]
        holder = owners[0] if owners else ""
        if source == ISSUE:
            expires = _moment(row["expires_at"])
            if lot != number or (expires is not None and expires <= at):
                self.problem("批次", f"新批次应为 {number} 且未到期，得到 {lot}，到期 {row['expires_at']}", place)
            order = expires is None, row["expires_at"], number
            chain.lots[number] = _Lot(holder, amount, expires, order)
            chain.lots_of.setdefault(holder, set()).add(number)
        found = chain.lots.get(lot)
        if found is None or found.holder != holder:
            self.problem("批次", f"{holder} 没有批次 {lot}", place)
            return
        for account, sign in ((source, -1), (target, 1)):
            where = {"holder": "remaining", HELD: "held"}.get(_role(account))
            if where:
                setattr(found, where, getattr(found, where) + sign * amount)
        if found.remaining < 0 or found.held < 0 or found.remaining + found.held > found.amount:
            self.problem("批次", f"批次 {lot} 余 {found.remaining}、保留 {found.held}，共 {found.amount}", place)
        if kind == "expire" and (found.expires is None or found.expires > at):
            self.problem("到期", f"批次 {lot} 到期于 {found.expires}，还没有到", place)

    # ------------------------------------------------------------------------------------------------------------------ the end

    def end(self) -> Proof:
        self.row = 0
        sums = dict.fromkeys((ISSUE, *HOLDERS, HELD, MERCHANT, EXPIRED), 0)
        for name, chain in self.chains.items():
            self.name = name
            for account, balance in chain.balances.items():
                kind = account.partition(":")[0]
                sums[kind] = sums.get(kind, 0) + balance
            if total := sum(chain.balances.values()):
                self.problem("合计", f"各账户之和为 {total}，应为 0")
            by_holder: dict[str, int] = {}
            for lot in chain.lots.values():
                by_holder[lot.holder] = by_holder.get(lot.holder, 0) + lot.remaining
                by_holder[f"{HELD}:{lot.holder}"] = by_holder.get(f"{HELD}:{lot.holder}", 0) + lot.held
            for account, of_lots in by_holder.items():
                if chain.balances.get(account, 0) != of_lots:
                    self.problem("批次", f"{account} 余额 {chain.balances.get(account, 0)}，批次合计 {of_lots}")
        for name, known in self.expected.items():
            self.name = name
            if known not in self.chains.get(name, _Chain()).seen_hashes:
                self.problem("链尾", f"已公布的哈希 {known[:12]}… 不在文件里：文件的末尾被截去，或是另一本账")
        return Proof(
            operations=self.operations, lines=self.lines, accounts=sum(len(each.balances) for each in self.chains.values()),
            lots=sum(len(each.lots) for each in self.chains.values()), sums=sums,
            heads={name: (each.number, each.hash) for name, each in self.chains.items()}, problems=tuple(self.problems), count=self.count,
        )  # fmt: skip


def _role(account: str) -> str:
    kind = account.partition(":")[0]
    return "holder" if kind in HOLDERS else kind


def _by_lot(flows: Iterable[tuple[str, str, int, int | None]]) -> dict[int, int]:
    found: dict[int, int] = {}
    for _, _, amount, lot in flows:
        if lot is not None:
            found[lot] = found.get(lot, 0) + amount
    return found


def _moment(text: str) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
