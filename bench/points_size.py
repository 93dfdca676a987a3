"""The points ledger at its size: ``python -m bench.points_size [--members 2000000] [--entries 100000000]``.

A throw-away PostgreSQL is filled, a set at a time, with the books of so many synthetic members: nine earns each and then a purchase that
takes the oldest lot whole, over and over; numbers, balances, versions, lots and hashes are those that the one posting function would have
written, and the set-based proof says so. Looked at before that: bytes of an entry, the time of a balance, and single earns beside the same
on small books, first as the books were filled (cold), then with that in memory by which a member is found (warm), as on a server that has
been at work. ``TMPDIR`` says on which disk; one that packs what it holds takes ``--an-entry 450``.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench.measure import throw_away_postgresql

if TYPE_CHECKING:
    from yangban.points.ledger import Earn

ROOT = Path(__file__).resolve().parents[1]
CHAIN = "size"
TURN = 10
"""Of so many rounds the last one is a purchase."""
SPARE = 5 * 10**9
"""Bytes that must stay free on the disk."""

_HEAD = """
  concat('",["{chain}","', n, '","', kind, '","', key, '","', digest, '","', happened, '","{said}","","","","","","","","0"],[["1",',
    CASE kind WHEN 'earn' THEN '"issue","member:m' || k || '"' ELSE '"member:m' || k || '","merchant:shop"' END, ',"', amount, '","', lot,
    '","', source_before, '","', source_before - amount, '","', target_before, '","', target_before + amount, '","', source_version, '","',
    target_version, '"]]]')
"""


def fill(cursor: Any, members: int, rounds: int, say: Callable[[str], None]) -> None:
    """Write the books, round by round: in each, every member has one operation."""
    at, said = datetime(2024, 1, 1, tzinfo=UTC), "2024-06-01T00:00:00.000000Z"
    cursor.execute("SET session_replication_role = replica; SET synchronous_commit = off; SET maintenance_work_mem = '1GB'")
    cursor.execute(
        "INSERT INTO points_ledgerchain (name, scheme, number, hash) VALUES (%s, %s, 0, repeat('0', 64)) RETURNING id", [CHAIN] * 2
    )
    chain = cursor.fetchone()[0]
    cursor.execute("INSERT INTO points_ledgeraccount (chain_id, kind, owner, balance, version, closed) VALUES "
                   "(%s, 'issue', '', 0, 0, false), (%s, 'merchant', 'shop', 0, 0, false) RETURNING id", [chain, chain])  # fmt: skip
    issue, shop = (row[0] for row in cursor.fetchall())
    cursor.execute(
        "CREATE UNLOGGED TABLE size_member AS SELECT k, 1 + k %% 9 AS a, sum(1 + k %% 9) OVER (ORDER BY k) - (1 + k %% 9) AS p "
        "FROM generate_series(1, %s) k", [members],
    )  # fmt: skip
    cursor.execute("SELECT max(p + a) FROM size_member")
    whole = int(cursor.fetchone()[0])
    cursor.execute("INSERT INTO points_ledgeraccount (chain_id, kind, owner, balance, version, closed) "
                   "SELECT %s, 'member', 'm' || k, 0, 0, false FROM size_member ORDER BY k RETURNING id", [chain])  # fmt: skip
    first = min(row[0] for row in cursor.fetchall()) - 1
    cursor.execute("SELECT count(*) FROM points_ledgeraccount a JOIN size_member m ON a.id = m.k + %s WHERE a.owner = 'm' || m.k", [first])
    assert cursor.fetchone()[0] == members
    # Indexes are made when the rows are there.
    tables = ("points_ledgeroperation", "points_ledgerentry", "points_ledgerlot")
    laid: list[str] = []
    for table in tables:
        constraints = "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE contype IN ('p', 'u') AND conrelid = %s::regclass"
        cursor.execute(constraints, [table])
        for name, definition in cursor.fetchall():
            laid.append(f"ALTER TABLE {table} ADD CONSTRAINT {name} {definition}")
            cursor.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
        cursor.execute("SELECT indexname, indexdef FROM pg_indexes WHERE tablename = %s", [table])
        for name, definition in cursor.fetchall():
            laid.append(definition)
            cursor.execute(f"DROP INDEX {name}")
    head, start = "0" * 64, time.monotonic()
    cursor.execute("SELECT coalesce(max(id), 0) FROM points_ledgeroperation")
    base = cursor.fetchone()[0]
    for r in range(rounds):
        spend, spends, earns = r % TURN == TURN - 1, r // TURN, r - r // TURN
        # The lot that a purchase takes: the oldest that is left, of the earn of this number.
        taken = spends + spends // (TURN - 1)
        values = {
            "chain": CHAIN, "said": said, "kind": "spend" if spend else "earn", "r": r, "members": members, "base": base,
            "happened": said if spend else f"{at:%Y-%m-%d}T00:00:00.000000Z",
            "lot": f"{taken * members} + k" if spend else f"{r * members} + k",
            "source_before": f"{earns - spends} * a" if spend else f"-({earns * whole} + p)",
            "target_before": f"{spends * whole} + p" if spend else f"{earns - spends} * a",
            "source_version": f"{r + 1}" if spend else f"{earns * members} + k",
            "target_version": f"{spends * members} + k" if spend else f"{r + 1}",
        }  # fmt: skip
        digest = (
            """'{{"about":"","amount":"' || a || '","by":"","holder":"member:m' || k """
            """|| '","kind":"spend","merchant":"merchant:shop","reason":""}}'"""
            if spend
            else """'{{"about":"","amount":"' || a || '","by":"","expires_at":"","happened_at":"{happened}","holder":"member:m' || k """
            """|| '","kind":"earn","pending":"False","reason":""}}'"""
        ).format(**values)
        rows = """
          SELECT k, a AS amount, {r} * {members}::bigint + k AS n, '{kind}'::text AS kind, 'r{r}-' || k AS key,
            '{happened}'::text AS happened,
            ({lot})::bigint AS lot, ({source_before})::bigint AS source_before, ({target_before})::bigint AS target_before,
            ({source_version})::bigint AS source_version, ({target_version})::bigint AS target_version,
            encode(sha256(convert_to({digest}, 'UTF8')), 'hex') AS digest
          FROM size_member""".format(**values, digest=digest)
        cursor.execute(
            f"""
          WITH linked AS MATERIALIZED (
            SELECT x.*, points_linked('{head}', {_HEAD.format(**values)}) OVER (ORDER BY n ROWS UNBOUNDED PRECEDING) AS hash FROM ({rows}) x
          ), operations AS (
            INSERT INTO points_ledgeroperation (id, chain_id, scheme, number, kind, key, digest, happened_at, recorded_at, by, approved_by,
              reason, about, short, previous_hash, hash)
            SELECT {base} + n, {chain}, '{CHAIN}', n, kind, key, digest, happened::timestamptz, '{said}'::timestamptz, '', '', '', '', 0,
              lag(hash, 1, '{head}') OVER (ORDER BY n), hash FROM linked
          ), entries AS (
            INSERT INTO points_ledgerentry (operation_id, line, source_id, target_id, amount, lot_id, source_before, target_before,
              source_version, target_version)
            SELECT {base} + n, 1, CASE kind WHEN 'earn' THEN {issue} ELSE {first} + k END,
              CASE kind WHEN 'earn' THEN {first} + k ELSE {shop} END, amount, {base} + lot, source_before, target_before, source_version,
              target_version FROM linked
          )
          SELECT hash FROM linked ORDER BY n DESC LIMIT 1""",
            None,
        )
        head = cursor.fetchone()[0]
        say(f"round {r + 1} of {rounds}, {time.monotonic() - start:.0f} s")
    spends, earns = rounds // TURN, rounds - rounds // TURN
    for r in (r for r in range(rounds) if r % TURN != TURN - 1):
        left = 0 if r - r // TURN < spends else 1
        cursor.execute(f"INSERT INTO points_ledgerlot (operation_id, holder_id, amount, remaining, held) "
                       f"SELECT {base} + {r} * {members}::bigint + k, {first} + k, a, a * {left}, 0 FROM size_member", None)  # fmt: skip
    cursor.execute(f"UPDATE points_ledgeraccount x SET balance = m.a * {earns - spends}, version = {rounds} FROM size_member m "
                   f"WHERE x.id = {first} + m.k", None)  # fmt: skip
    cursor.execute(
        f"UPDATE points_ledgeraccount SET balance = -{earns * whole}::bigint, version = {earns * members} WHERE id = {issue}", None
    )
    cursor.execute(
        f"UPDATE points_ledgeraccount SET balance = {spends * whole}::bigint, version = {spends * members} WHERE id = {shop}", None
    )
    cursor.execute(
        f"UPDATE points_ledgerchain SET number = {rounds * members}, hash = '{head}', recorded_at = '{said}' WHERE id = {chain}", None
    )
    cursor.execute(f"SELECT setval('points_ledgeroperation_id_seq', {base + rounds * members})", None)
    for statement in laid:
        cursor.execute(statement, None)
        say(f"{statement[:70]}…, {time.monotonic() - start:.0f} s")
    cursor.execute("DROP TABLE size_member; RESET session_replication_role; RESET synchronous_commit")
    for table in (*tables, "points_ledgeraccount", "points_ledgerchain"):
        cursor.execute(f"VACUUM (ANALYZE) {table}")


def measure(members: int, entries: int, *, prove: bool = True) -> dict[str, Any]:
    """Fill, prove, measure; in the environment of a throw-away database."""
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connection

    from yangban.points.ledger import Earn, member
    from yangban.web.points import posting
    from yangban.web.points.proofs import check_sets

    def say(words: str) -> None:
        print(words, file=sys.stderr, flush=True)

    def took(work: Callable[[], object]) -> float:
        start = time.perf_counter()
        work()
        return (time.perf_counter() - start) * 1000

    def earn(chain: str, holder: int, key: str) -> Earn:
        at = datetime(2024, 1, 1, tzinfo=UTC)
        return Earn(key=key, holder=member(chain, f"m{holder}"), amount=5, happened_at=at, expires_at=None)

    call_command("migrate", "points", verbosity=0)
    dice, rounds = random.Random(8), max(1, entries // members)
    many = 1500
    # Empty books first: the accounts are there, as they are later, and nothing else.
    for n in range(0, many, 500):
        posting.post_all("empty", [earn("empty", k, f"first-{k}") for k in range(n, n + 500)])
    empty = sorted(took(lambda n=n: posting.post("empty", earn("empty", dice.randrange(many), f"e{n}"))) for n in range(many))  # type: ignore[misc]
    with connection.cursor() as cursor:
        cursor.execute("SELECT sum(pg_total_relation_size(oid)) FROM pg_class WHERE relkind = 'r' AND relname LIKE 'points_ledger%'")
        before = int(cursor.fetchone()[0])
        start = time.monotonic()
        fill(cursor, members, rounds, say)
        filled = time.monotonic() - start
        cursor.execute(
            "SELECT relname, pg_table_size(oid), pg_indexes_size(oid) FROM pg_class WHERE relkind = 'r' AND relname IN "
            "('points_ledgeroperation', 'points_ledgerentry', 'points_ledgerlot', 'points_ledgeraccount')"
        )
        sizes = {name.removeprefix("points_ledger"): [int(table), int(indexes)] for name, table, indexes in cursor.fetchall()}
    say(f"filled in {filled:.0f} s, measuring")
    who = [member(CHAIN, f"m{dice.randint(1, members)}") for _ in range(many)]
    balances = sorted(took(lambda each=each: posting.balance(each)) for each in who)  # type: ignore[misc]
    available = sorted(took(lambda each=each: posting.available(each)) for each in who)  # type: ignore[misc]
    cold = _beside(took, earn, lambda: dice.randint(1, members), lambda: dice.randrange(many), "cold", many)
    with connection.cursor() as cursor:
        cursor.execute("CREATE EXTENSION IF NOT EXISTS pg_prewarm")
        # What one finds a member by: rows and indexes of the accounts, lots that are open, entries by account.
        cursor.execute(
            "SELECT sum(pg_prewarm(oid)) FROM pg_class WHERE relname LIKE 'points_account%' OR relname LIKE 'points_ledgeraccount%' "
            "OR relname IN ('points_lot_open', 'points_entry_target')"
        )
        warmed = int(cursor.fetchone()[0]) * 8192
    warm = _beside(took, earn, lambda: dice.randint(1, members), lambda: dice.randrange(many), "warm", many)
    total = rounds * members
    found = {
        "members": members, "entries": total, "filled_s": round(filled),
        "bytes_an_entry": {name: [round(each / total, 1) for each in both] for name, both in sizes.items()},
        "bytes_an_entry_whole": round((sum(map(sum, sizes.values())) - before) / total, 1),
        "balance_ms": _told(balances), "available_ms": _told(available), "earn_on_empty_books_ms": _told(empty),
        "earn_cold": cold, "earn_warm": warm, "warmed_bytes": warmed,
    }  # fmt: skip
    assert check_sets(["empty"]) == []
    if prove:
        say(f"{json.dumps(found)}\nproving")
        start = time.monotonic()
        broken = check_sets([CHAIN])
        assert broken == [], broken
        found["proved_s"] = round(time.monotonic() - start)
    return found


def _beside(
    took: Callable[[Callable[[], object]], float],
    earn: Callable[[str, int, str], Earn],
    some: Callable[[], int],
    few: Callable[[], int],
    name: str,
    many: int,
) -> dict[str, Any]:
    """Single earns of large and small books in turn, so that what else the machine does touches both."""
    from yangban.web.points import posting

    large, small = [], []
    for n in range(many):
        large.append(took(lambda n=n: posting.post(CHAIN, earn(CHAIN, some(), f"{name}-{n}"))))  # type: ignore[misc]
        small.append(took(lambda n=n: posting.post("empty", earn("empty", few(), f"{name}-{n}"))))  # type: ignore[misc]
    slower = statistics.median(large) / statistics.median(small)
    return {"ms": _told(sorted(large)), "small_books_ms": _told(sorted(small)), "slower": round(slower, 2)}


def _told(times: list[float]) -> dict[str, float]:
    return {"p50": round(times[len(times) // 2], 2), "p99": round(times[int(len(times) * 0.99)], 2)}


def main() -> None:
    """Start a cluster, measure, throw it away."""
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--members", type=int, default=2_000_000)
    words.add_argument("--entries", type=int, default=100_000_000)
    words.add_argument("--unproved", action="store_true", help="leave the proof out, which takes longest")
    words.add_argument(
        "--an-entry",
        type=int,
        default=1100,
        help="bytes that an entry may need while it is written, its share of the database's log among them",
    )
    asked = words.parse_args()
    free = shutil.disk_usage(tempfile.gettempdir()).free
    fits = max(free - SPARE, 0) // asked.an_entry
    if asked.entries > fits:
        print(f"{asked.entries} entries do not fit: {free / 1e9:.0f} GB are free; {fits} are written", file=sys.stderr)
    postgres = throw_away_postgresql()
    found = postgres.programs()
    if found is None:
        sys.exit("PostgreSQL is not installed")
    settings = ("fsync=off", "shared_buffers=6GB", "max_wal_size=4GB", "wal_level=minimal", "max_wal_senders=0", "autovacuum=off",
                "max_parallel_maintenance_workers=1")  # fmt: skip
    with tempfile.TemporaryDirectory(prefix="yangban-size-") as scratch, postgres.server(found, settings=settings) as server:
        os.environ.update(
            DATABASE_URL=server.url, YANGBAN_HOME=scratch, YANGBAN_SECRET_KEY="bench", DJANGO_SETTINGS_MODULE="yangban.web.config.settings"
        )
        print(json.dumps(measure(asked.members, min(asked.entries, fits), prove=not asked.unproved), ensure_ascii=False))


if __name__ == "__main__":
    main()
