"""Prove the books in the database itself, a set at a time: for ledgers that are too large to be exported and read line by line.

Each rule is a question that a whole chain answers with nothing. Together they prove that numbers have no gap, that the hashes chain and, on
either database, say what the rows say, that moments never run back, that operations move only what their kind may move, that balances and
versions of every account follow one another from zero to where the account stands, that lots and holds hold what their entries left in
them, and that all is zero in sum. What only a reading in order can show - that the first to expire was spent first, that a hold was ended
once and for what it held, that a reversal took back what was there - is left to :func:`yangban.web.points.posting.check`, which reads every
line.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.db import connection

from yangban.points.ledger import HELD, HOLDERS, MOVES
from yangban.web.points.models import LedgerChain

_KINDS: Final = " OR ".join(
    f"(o.kind = '{kind}' AND (s.kind, t.kind) IN ("
    + ", ".join(
        f"('{source}', '{target}')"
        for give, take in sorted(moves)
        for source in (HOLDERS if give == "holder" else (give,))
        for target in (HOLDERS if take == "holder" else (take,))
    )
    + "))"
    for kind, moves in sorted(MOVES.items())
)
_IN: Final = ", ".join(f"'{each}'" for each in (*HOLDERS, HELD))


def _moment(column: str) -> str:
    if connection.vendor == "postgresql":
        return f"to_char({column} AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')"
    # SQLite keeps what Django wrote: without a fraction when there is none.
    whole = f"replace(substr({column}, 1, 19), ' ', 'T')"
    return f"{whole} || '.' || substr(substr({column}, 21) || '000000', 1, 6) || 'Z'"


def _hash() -> str:
    """The hash of an operation over the one before it and its rows, as :func:`yangban.points.ledger.hash_rows` has it."""
    postgresql = connection.vendor == "postgresql"
    quote = "to_json({}::text)::text" if postgresql else "json_quote({})"
    gather = "string_agg(z.told, ',' ORDER BY z.line)" if postgresql else "group_concat(z.told, ',')"
    text = "({})::text" if postgresql else "({})"

    def quoted(column: str) -> str:
        return quote.format(column)

    def plain(column: str) -> str:
        return f"""'"' || {text.format(column)} || '"'"""

    def moment(column: str) -> str:
        return f"""'"' || coalesce({_moment(column)}, '') || '"'"""

    def name(alias: str) -> str:
        return quoted(f"CASE WHEN {alias}.owner = '' THEN {alias}.kind ELSE {alias}.kind || ':' || {alias}.owner END")

    lot = f"""'"' || coalesce({text.format("l.number")}, '') || '"'"""
    line = [
        plain("e.line"), name("s"), name("t"), plain("e.amount"), lot, plain("e.source_before"), plain("e.source_before - e.amount"),
        plain("e.target_before"), plain("e.target_before + e.amount"), plain("e.source_version"), plain("e.target_version"),
    ]  # fmt: skip
    told_line = " || ',' || ".join(f"({each})" for each in line)
    lines = f"""(SELECT {gather} FROM (SELECT e.line, '[' || {told_line} || ']' AS told FROM points_ledgerentry e
        JOIN points_ledgeraccount s ON s.id = e.source_id JOIN points_ledgeraccount t ON t.id = e.target_id
        LEFT JOIN points_ledgeroperation l ON l.id = e.lot_id WHERE e.operation_id = o.id ORDER BY e.line) z)"""
    refers = f"""'"' || coalesce({text.format("o.refers_to")}, '') || '"'"""
    head = [
        quoted("c.name"), plain("o.number"), quoted("o.kind"), quoted("o.key"), quoted("o.digest"), moment("o.happened_at"),
        moment("o.recorded_at"), quoted("o.by"), quoted("o.approved_by"), quoted("o.reason"), quoted("o.about"), refers,
        moment("o.expires_at"), moment("o.until"), plain("o.short"),
    ]  # fmt: skip
    empty = """'["0","","","","","","","","","",""]'"""
    told_head = " || ',' || ".join(f"({each})" for each in head)
    told = f"'[' || {quoted('o.previous_hash')} || ',[' || {told_head} || '],[' || coalesce({lines}, {empty}) || ']]'"
    return f"encode(sha256(convert_to({told}, 'UTF8')), 'hex')" if postgresql else f"points_sha256({told})"


def _rules() -> dict[str, str]:
    """Each rule with the question that finds what breaks it; ``{chain}`` is the chain."""
    null_safe = "IS DISTINCT FROM" if connection.vendor == "postgresql" else "IS NOT"
    moves = """
      SELECT e.source_id AS account, e.source_version AS version, e.source_before AS before, e.source_before - e.amount AS after
      FROM points_ledgerentry e JOIN points_ledgeroperation o ON o.id = e.operation_id WHERE o.chain_id = {chain}
      UNION ALL SELECT e.target_id, e.target_version, e.target_before, e.target_before + e.amount
      FROM points_ledgerentry e JOIN points_ledgeroperation o ON o.id = e.operation_id WHERE o.chain_id = {chain}"""
    return {
        "编号": """
          SELECT c.number, x.n FROM points_ledgerchain c,
            (SELECT count(*) AS n, coalesce(min(number), 1) AS low, coalesce(max(number), 0) AS high
             FROM points_ledgeroperation WHERE chain_id = {chain}) x
          WHERE c.id = {chain} AND (x.n <> c.number OR x.low <> 1 OR x.high <> c.number)""",
        "链": f"""
          SELECT number, previous_hash FROM (
            SELECT number, previous_hash, recorded_at, lag(hash) OVER w AS before, lag(recorded_at) OVER w AS earlier
            FROM points_ledgeroperation WHERE chain_id = {{chain}} WINDOW w AS (ORDER BY number)) x
          WHERE previous_hash <> coalesce(before, '{"0" * 64}') OR recorded_at < earlier""",
        "链尾": """
          SELECT c.number, c.hash FROM points_ledgerchain c WHERE c.id = {chain} AND c.number > 0 AND NOT EXISTS (
            SELECT 1 FROM points_ledgeroperation o WHERE o.chain_id = c.id AND o.number = c.number AND o.hash = c.hash)""",
        "哈希": f"""
          SELECT o.number, o.hash FROM points_ledgeroperation o JOIN points_ledgerchain c ON c.id = o.chain_id
          WHERE o.chain_id = {{chain}} AND o.hash <> {_hash()}""",
        "方向": f"""
          SELECT o.number, o.kind FROM points_ledgerentry e JOIN points_ledgeroperation o ON o.id = e.operation_id
          JOIN points_ledgeraccount s ON s.id = e.source_id JOIN points_ledgeraccount t ON t.id = e.target_id
          WHERE o.chain_id = {{chain}} AND (NOT ({_KINDS}) OR s.chain_id <> o.chain_id OR t.chain_id <> o.chain_id
            OR (e.lot_id IS NOT NULL) <> (s.kind IN ({_IN}) OR t.kind IN ({_IN})))""",
        "余额": f"""
          SELECT account, version FROM (
            SELECT account, version, before, lag(after, 1, 0) OVER w AS had, row_number() OVER w AS n FROM ({moves}) m
            WINDOW w AS (PARTITION BY account ORDER BY version)) x WHERE before <> had OR version <> n""",
        "账户": f"""
          SELECT a.id, a.balance FROM points_ledgeraccount a LEFT JOIN (
            SELECT account, sum(after - before) AS total, count(*) AS n FROM ({moves}) m GROUP BY account) m ON m.account = a.id
          WHERE a.chain_id = {{chain}} AND (a.balance <> coalesce(m.total, 0) OR a.version <> coalesce(m.n, 0)
            OR (a.balance < 0 AND a.kind <> 'issue'))""",
        "批次": f"""
          SELECT l.operation_id, l.remaining FROM points_ledgerlot l JOIN points_ledgeraccount h ON h.id = l.holder_id LEFT JOIN (
            SELECT e.lot_id, sum(CASE WHEN s.kind = 'issue' AND e.lot_id = e.operation_id THEN e.amount ELSE 0 END) AS made,
                   sum(CASE WHEN t.kind IN {HOLDERS} THEN e.amount ELSE 0 END
                       - CASE WHEN s.kind IN {HOLDERS} THEN e.amount ELSE 0 END) AS r,
                   sum(CASE WHEN t.kind = 'held' THEN e.amount ELSE 0 END - CASE WHEN s.kind = 'held' THEN e.amount ELSE 0 END) AS h
            FROM points_ledgerentry e JOIN points_ledgeraccount s ON s.id = e.source_id JOIN points_ledgeraccount t ON t.id = e.target_id
            WHERE e.lot_id IS NOT NULL AND s.chain_id = {{chain}} GROUP BY e.lot_id) m ON m.lot_id = l.operation_id
          JOIN points_ledgeroperation o ON o.id = l.operation_id
          WHERE h.chain_id = {{chain}} AND (l.amount {null_safe} m.made OR l.remaining <> m.r OR l.held <> m.h
            OR l.expires_at {null_safe} o.expires_at)""",
        "持有": """
          SELECT a.id, a.balance FROM points_ledgeraccount a
          LEFT JOIN (SELECT l.holder_id, sum(l.remaining) AS r, sum(l.held) AS h FROM points_ledgerlot l GROUP BY l.holder_id) l
            ON l.holder_id = coalesce(a.holder_id, a.id)
          LEFT JOIN (SELECT p.holder_id, sum(p.amount) AS p FROM points_ledgerhold p GROUP BY p.holder_id) p ON p.holder_id = a.holder_id
          WHERE a.chain_id = {chain} AND ((a.kind = 'held' AND (a.balance <> coalesce(l.h, 0) OR a.balance <> coalesce(p.p, 0)))
            OR (a.holder_id IS NULL AND a.kind IN ('member', 'institution') AND a.balance <> coalesce(l.r, 0)))""",
        "总和": "SELECT sum(balance), count(*) FROM points_ledgeraccount WHERE chain_id = {chain} HAVING sum(balance) <> 0",
        "行": """
          SELECT o.number, o.kind FROM points_ledgeroperation o WHERE o.chain_id = {chain} AND o.kind <> 'close'
            AND NOT EXISTS (SELECT 1 FROM points_ledgerentry e WHERE e.operation_id = o.id AND e.line = 1)""",
    }


@dataclass(frozen=True)
class Broken:
    """A rule that does not hold in a chain: how many rows break it, and the first of them."""

    chain: str
    rule: str
    count: int
    first: tuple[Any, ...]

    def __str__(self) -> str:
        return f"{self.chain}：{self.rule}：{self.count} 处，如 {self.first}"


def check_sets(chains: Sequence[str] | None = None) -> list[Broken]:
    """What breaks a rule, chain by chain; empty when the books are whole."""
    rows = LedgerChain.objects.order_by("name")
    names = [(row.pk, row.name) for row in (rows if chains is None else rows.filter(name__in=chains))]
    found: list[Broken] = []
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            connection.connection.create_function("points_sha256", 1, lambda text: hashlib.sha256(text.encode()).hexdigest())
        else:
            # Sorts of so many rows.
            cursor.execute("SET work_mem = '256MB'", None)
        for pk, name in names:
            for rule, question in _rules().items():
                asked = question.format(chain=pk)
                cursor.execute(f"SELECT count(*) FROM ({asked}) broken", None)
                (count,) = cursor.fetchone()
                if count:
                    cursor.execute(f"{asked} LIMIT 1", None)
                    found.append(Broken(name, rule, count, tuple(cursor.fetchone())))
        if connection.vendor == "postgresql":
            cursor.execute("RESET work_mem", None)
    return found
