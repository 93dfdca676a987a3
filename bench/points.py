"""The points ledger on PostgreSQL: batches beside plain inserts of the same rows, single events beside a bare transfer function.

The cluster is thrown away afterwards and does not wait for the disk (``fsync=off``), on both sides alike. One event a request runs in
threads of one process here, as the site's workers do, and the bare transfer from the same threads. Both sides take turns, and of either the
quickest turn counts: what else the machine does can only slow a turn down.

Two baselines of a batch: plain ``INSERT``s of the same rows that the client sends, as any program must that has them; and, harder, an
``INSERT … SELECT`` of rows that lie in the database already, which no program has. Neither moves a balance. Beside the clock stands the
time that the processors spent, of the client and of the server together, which hangs less on what else the machine does.
"""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from bench.measure import Row, throw_away_postgresql

ROOT = Path(__file__).resolve().parents[1]
BATCH = 1000
ROUNDS = 20
WORKERS = 20
EACH = 100
TURNS = 5
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
    postgres = throw_away_postgresql()
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
    yield Row(
        f"points, PostgreSQL: events/s in batches of {BATCH}, one hot issuer ÷ plain inserts of the same rows from the client",
        told["batch"] / told["sent"], 0.5, False,
        f"{told['batch']:.0f}/s beside {told['sent']:.0f}/s; processors {told['cpu']:.0f} ms beside {told['cpu_sent']:.0f} ms; "
        f"{told['bytes']:.0f} bytes an event with its lot and indexes",
    )  # fmt: skip
    yield Row(
        "points, PostgreSQL: the same ÷ INSERT … SELECT of rows that lie in the database already",
        told["batch"] / told["lying"], 0.5, False,
        f"{told['batch']:.0f}/s beside {told['lying']:.0f}/s; processors {told['cpu']:.0f} ms beside {told['cpu_lying']:.0f} ms",
    )  # fmt: skip
    yield Row(
        f"points, PostgreSQL: one event a request, {WORKERS} workers, events/s ÷ a bare transfer function",
        told["single"] / told["move"], 1, False,
        f"{told['single']:.0f}/s beside {told['move']:.0f}/s; "
        f"processors {told['cpu_single']:.0f} µs an event beside {told['cpu_move']:.0f} µs",
    )  # fmt: skip
    yield Row(
        f"points, PostgreSQL: one event a request, {WORKERS} workers, p99 in ms", told["p99"], 20, True,
        f"median {told['p50']:.1f} ms; the bare transfer {told['move99']:.1f} ms",
    )  # fmt: skip


def _measure() -> None:
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connection, connections, transaction

    from yangban.points.ledger import Earn, member
    from yangban.web.points import posting

    call_command("migrate", verbosity=0)
    at = datetime(2024, 1, 1, tzinfo=UTC)

    def earn(key: str, holder: int, n: int) -> Earn:
        return Earn(
            key=key, holder=member("b", f"m{holder}"), amount=n % 9 + 1, happened_at=at + timedelta(seconds=n),
            expires_at=at + timedelta(days=7300 + n % 365), about=key,
        )  # fmt: skip

    def earns(name: str) -> list[Earn]:
        return [earn(f"{name}-{n}", n, n) for n in range(BATCH)]

    def ask(statement: str, values: Any = None) -> list[tuple[Any, ...]]:
        with connection.cursor() as cursor:
            cursor.execute(statement, values)
            return cursor.fetchall() if cursor.description else []

    def size() -> int:
        tables = "relname LIKE 'points_ledger%' AND relkind = 'r'"
        return int(ask(f"SELECT sum(pg_total_relation_size(oid)) FROM pg_class WHERE {tables}")[0][0])

    tables = {"operation": "id", "entry": "operation_id", "lot": "operation_id"}
    for table in tables:
        ask(f"CREATE TABLE bare_{table} (LIKE points_ledger{table} INCLUDING ALL)")
        ask(f"CREATE TABLE sent_{table} (LIKE points_ledger{table} INCLUDING ALL)")
    kinds = {
        table: ask(f"SELECT attname, format_type(atttypid, NULL) FROM pg_attribute WHERE attrelid = 'sent_{table}'::regclass "
                   "AND attnum > 0 AND NOT attisdropped ORDER BY attnum")
        for table in tables
    }  # fmt: skip

    def columns(table: str, last: int) -> list[str]:
        """The rows as a client has them: text, one column in one parameter, parted by a mark; the cheapest way to send them."""
        rows = ask(f"SELECT * FROM points_ledger{table} WHERE {tables[table]} > {last} ORDER BY {tables[table]}")
        return ["\x1f".join("\x1e" if value is None else str(value) for value in column) for column in zip(*rows, strict=True)]

    def send(rows: dict[str, list[str]]) -> None:
        with transaction.atomic():
            for table, given in rows.items():
                casts = ", ".join(f"string_to_array(%s, chr(31), chr(30))::{kind}[]" for _, kind in kinds[table])
                ask(f"INSERT INTO sent_{table} OVERRIDING SYSTEM VALUE SELECT * FROM unnest({casts})", given)

    def spent() -> float:
        """Seconds of processor: of this process, and of all that serve a client of the database."""
        pids = [row[0] for row in ask("SELECT pid FROM pg_stat_activity WHERE backend_type = 'client backend'")]
        schedules = [Path(f"/proc/{pid}/schedstat") for pid in pids]
        return time.process_time() + sum(int(each.read_text().split()[0]) for each in schedules if each.exists()) / 1e9

    def timed(work: Callable[[], object]) -> tuple[float, float]:
        processors, start = spent(), time.perf_counter()
        work()
        return time.perf_counter() - start, spent() - processors

    def lying(last: int) -> None:
        with transaction.atomic():
            for table, key in tables.items():
                ask(f"INSERT INTO bare_{table} OVERRIDING SYSTEM VALUE SELECT * FROM points_ledger{table} WHERE {key} > {last}")

    for n in range(5):
        posting.post_all("b", earns(f"warm{n}"))
    before = size()
    ours, sent, lain = [], [], []
    for n in range(ROUNDS):
        asked = earns(f"r{n}")
        last = ask("SELECT max(id) FROM points_ledgeroperation")[0][0]
        ours.append(timed(lambda asked=asked: posting.post_all("b", asked)))  # type: ignore[misc]
        rows = {table: columns(table, last) for table in tables}
        sent.append(timed(lambda rows=rows: send(rows)))  # type: ignore[misc]
        lain.append(timed(lambda last=last: lying(last)))  # type: ignore[misc]
    after = size()
    assert ask("SELECT * FROM sent_operation EXCEPT SELECT * FROM points_ledgeroperation") == []
    for table in tables:
        ask(f"DROP TABLE bare_{table}, sent_{table}")
    ask(_TRANSFER)
    ask(f"INSERT INTO bare_account (id, balance) SELECT n, 0 FROM generate_series(0, {BATCH}) n")

    def together(work: Callable[[int, int], None], first: Callable[[int], object]) -> tuple[float, list[float], float]:
        """Wall seconds, the times of all, sorted, and processor seconds; connections are there, and the statement was planned once."""
        took: list[float] = []
        gate = threading.Barrier(WORKERS + 1)

        def one(n: int) -> None:
            first(n)
            gate.wait()
            gate.wait()
            for k in range(EACH):
                start = time.perf_counter()
                work(n, k)
                took.append(time.perf_counter() - start)
            gate.wait()
            gate.wait()
            connections.close_all()

        threads = [threading.Thread(target=one, args=(n,)) for n in range(WORKERS)]
        for each in threads:
            each.start()
        gate.wait()
        processors, start = spent(), time.perf_counter()
        gate.wait()
        gate.wait()
        wall, used = time.perf_counter() - start, spent() - processors
        gate.wait()
        for each in threads:
            each.join()
        return wall, sorted(took), used

    def move(n: int, k: int) -> None:
        ask("SELECT bare_move(0, %s, 5)", [1 + (n * EACH + k) % BATCH])

    singles, moves = [], []
    for turn in range(TURNS):

        def single(n: int, k: int, turn: int = turn) -> None:
            posting.post("b", earn(f"s{turn}-{n}-{k}", (n * EACH + k) % BATCH, k))

        def planned(n: int, turn: int = turn) -> None:
            posting.post_all("b", [earn(f"p{turn}-{n}-{k}", k, k) for k in range(2)])

        singles.append(together(single, planned))
        moves.append(together(move, lambda n: move(n, 0)))
    assert posting.check(["b"]).holds
    (wall, took, _), (plain, moved, _) = min(singles), min(moves)
    quickest = {name: min(each[0] for each in times) for name, times in (("ours", ours), ("sent", sent), ("lain", lain))}
    processors = {name: min(each[1] for each in times) * 1000 for name, times in (("ours", ours), ("sent", sent), ("lain", lain))}
    print(
        json.dumps(
            {
                "batch": BATCH / quickest["ours"], "sent": BATCH / quickest["sent"], "lying": BATCH / quickest["lain"],
                "cpu": processors["ours"], "cpu_sent": processors["sent"], "cpu_lying": processors["lain"],
                "cpu_single": min(each[2] for each in singles) / WORKERS / EACH * 1e6,
                "cpu_move": min(each[2] for each in moves) / WORKERS / EACH * 1e6,
                "bytes": float(after - before) / (ROUNDS * BATCH),
                "single": WORKERS * EACH / wall, "move": WORKERS * EACH / plain, "p50": took[len(took) // 2] * 1000,
                "p99": min(each[int(len(each) * 0.99)] for _, each, _ in singles) * 1000, "move99": moved[int(len(moved) * 0.99)] * 1000,
            }
        )
    )  # fmt: skip


if __name__ == "__main__":
    _measure()
