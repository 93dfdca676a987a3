"""The points ledger on PostgreSQL: batches beside a bare insert of the same rows, single events beside a bare transfer function.

The cluster is thrown away afterwards and does not wait for the disk (``fsync=off``), on both sides alike. One event a request runs in
threads of one process here, as the site's workers do, and the bare transfer from the same threads.
"""

from __future__ import annotations

import importlib.util
import json
import os
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

from bench.measure import Row

ROOT = Path(__file__).resolve().parents[1]
BATCH = 1000
ROUNDS = 7
WORKERS = 20
EACH = 25
_TRANSFER = """
CREATE TABLE bare_account (id bigint PRIMARY KEY, balance bigint NOT NULL, version bigint NOT NULL DEFAULT 0);
CREATE TABLE bare_transfer (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, source bigint NOT NULL, target bigint NOT NULL,
  amount bigint NOT NULL CHECK (amount > 0), at timestamptz NOT NULL DEFAULT clock_timestamp());
CREATE TABLE bare_entry (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, account bigint NOT NULL, transfer bigint NOT NULL,
  amount bigint NOT NULL, before bigint NOT NULL, after bigint NOT NULL, version bigint NOT NULL);
CREATE INDEX ON bare_entry (account);
CREATE FUNCTION bare_move(giver bigint, taker bigint, amount bigint) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE made bigint; g bare_account; t bare_account;
BEGIN
  PERFORM 1 FROM bare_account WHERE id IN (giver, taker) ORDER BY id FOR UPDATE;
  INSERT INTO bare_transfer (source, target, amount) VALUES (giver, taker, amount) RETURNING id INTO made;
  UPDATE bare_account SET balance = balance - amount, version = version + 1 WHERE id = giver RETURNING * INTO g;
  UPDATE bare_account SET balance = balance + amount, version = version + 1 WHERE id = taker RETURNING * INTO t;
  INSERT INTO bare_entry (account, transfer, amount, before, after, version) VALUES
    (giver, made, -amount, g.balance + amount, g.balance, g.version), (taker, made, amount, t.balance - amount, t.balance, t.version);
  RETURN made;
END $$;
"""


def points(scratch: Path) -> Iterator[Row]:
    """Rows 8 and 9 of the design; a note where PostgreSQL or the extras are missing."""
    spec = importlib.util.spec_from_file_location("postgres", ROOT / "tests" / "postgres.py")
    assert spec is not None
    assert spec.loader is not None
    postgres = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(postgres)
    found = postgres.programs()
    if found is None or importlib.util.find_spec("psycopg") is None or importlib.util.find_spec("django") is None:
        print("points: skipped, PostgreSQL or the extras `web` and `postgres` are not installed", file=sys.stderr)
        return
    with postgres.cluster(found) as url:
        words = {
            **os.environ, "DATABASE_URL": url, "YANGBAN_HOME": str(scratch), "YANGBAN_SECRET_KEY": "bench",
            "DJANGO_SETTINGS_MODULE": "yangban.web.config.settings",
        }  # fmt: skip
        done = subprocess.run([sys.executable, "-m", "bench.points"], env=words, cwd=ROOT, check=True, capture_output=True, text=True)
    told = json.loads(done.stdout.splitlines()[-1])
    ours, bare = told["batch"], told["bare"]
    yield Row(
        f"points, PostgreSQL: events/s in batches of {BATCH}, one hot issuer ÷ a bare set-based insert of the same rows",
        ours / bare, 0.5, False,
        f"{ours:.0f}/s beside {bare:.0f}/s; {told['bytes']:.0f} bytes an event with its lot and indexes",
    )  # fmt: skip
    yield Row(
        f"points, PostgreSQL: one event a request, {WORKERS} workers, events/s ÷ a bare transfer function",
        told["single"] / told["move"], 1, False,
        f"{told['single']:.0f}/s beside {told['move']:.0f}/s",
    )  # fmt: skip
    yield Row(
        f"points, PostgreSQL: one event a request, {WORKERS} workers, p99 in ms", told["p99"], 20, True, f"median {told['p50']:.1f} ms"
    )


def _measure() -> None:
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connection, connections, transaction

    from yangban.points.ledger import Earn, member
    from yangban.web.points import posting

    call_command("migrate", verbosity=0)
    at = datetime(2024, 1, 1, tzinfo=UTC)

    def earns(name: str) -> list[Earn]:
        return [Earn(key=f"{name}-{n}", holder=member("b", f"m{n}"), amount=5, happened_at=at, expires_at=None) for n in range(BATCH)]

    def ask(statement: str) -> list[tuple[int, ...]]:
        with connection.cursor() as cursor:
            cursor.execute(statement)
            return cursor.fetchall() if cursor.description else []

    for table in ("operation", "entry", "lot"):
        ask(f"CREATE TABLE bare_{table} (LIKE points_ledger{table} INCLUDING ALL)")
    posting.post_all("b", earns("warm"))
    before = ask("SELECT sum(pg_total_relation_size(oid)) FROM pg_class WHERE relname LIKE 'points_ledger%' AND relkind = 'r'")[0][0]
    ours, bare = [], []
    for n in range(ROUNDS):
        asked = earns(f"r{n}")
        last = ask("SELECT max(id) FROM points_ledgeroperation")[0][0]
        start = time.perf_counter()
        posting.post_all("b", asked)
        ours.append(time.perf_counter() - start)
        start = time.perf_counter()
        with transaction.atomic():
            ask(f"INSERT INTO bare_operation OVERRIDING SYSTEM VALUE SELECT * FROM points_ledgeroperation WHERE id > {last}")
            ask(f"INSERT INTO bare_entry SELECT * FROM points_ledgerentry WHERE operation_id > {last}")
            ask(f"INSERT INTO bare_lot SELECT * FROM points_ledgerlot WHERE operation_id > {last}")
        bare.append(time.perf_counter() - start)
    after = ask("SELECT sum(pg_total_relation_size(oid)) FROM pg_class WHERE relname LIKE 'points_ledger%' AND relkind = 'r'")[0][0]
    ask("DROP TABLE bare_entry")
    ask(_TRANSFER)
    ask(f"INSERT INTO bare_account (id, balance) SELECT n, 0 FROM generate_series(0, {BATCH}) n")

    def together(work: Callable[[int, int], None]) -> tuple[float, list[float]]:
        took: list[float] = []
        gate = threading.Barrier(WORKERS + 1)

        def one(n: int) -> None:
            connection.ensure_connection()
            gate.wait()
            for k in range(EACH):
                start = time.perf_counter()
                work(n, k)
                took.append(time.perf_counter() - start)
            connections.close_all()

        threads = [threading.Thread(target=one, args=(n,)) for n in range(WORKERS)]
        for each in threads:
            each.start()
        gate.wait()
        start = time.perf_counter()
        for each in threads:
            each.join()
        return time.perf_counter() - start, took

    def single(n: int, k: int) -> None:
        posting.post("b", Earn(key=f"s{n}-{k}", holder=member("b", f"m{n * EACH + k}"), amount=5, happened_at=at, expires_at=None))

    def move(n: int, k: int) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT bare_move(0, %s, 5)", [1 + n * EACH + k])

    wall, took = together(single)
    plain, _ = together(move)
    took.sort()
    assert posting.check(["b"]).holds
    print(
        json.dumps(
            {
                "batch": BATCH / statistics.median(ours), "bare": BATCH / statistics.median(bare),
                "bytes": float(after - before) / (ROUNDS * BATCH),
                "single": WORKERS * EACH / wall, "move": WORKERS * EACH / plain, "p50": took[len(took) // 2] * 1000,
                "p99": took[int(len(took) * 0.99)] * 1000,
            }
        )
    )  # fmt: skip


if __name__ == "__main__":
    _measure()
