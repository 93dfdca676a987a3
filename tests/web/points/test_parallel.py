"""Many writers at once, and writers that are killed.

Rows of these tests are committed and stay in the test database, each test in a chain of its own. On SQLite the killed writers work on a
file of their own. ``YANGBAN_LEDGER_KILLS=30 … -k "killed or begun"`` makes the long run, with 20 writers on PostgreSQL; the second name is
a test that asks for the test database, which is made for nobody else.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import IntegrityError, OperationalError, connection, connections

from yangban.base.errors import LedgerRefusal
from yangban.points.ledger import Adjust, Cancel, Deliver, Earn, Hold, Spend, member, merchant
from yangban.web.points import posting

START = datetime(2024, 1, 1, tzinfo=UTC)
KILLS = int(os.environ.get("YANGBAN_LEDGER_KILLS", "2"))
LONG = KILLS > 2


@pytest.fixture
def committed(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """The test database, with what is written really committed."""
    with django_db_blocker.unblock():
        yield


on_postgresql = pytest.mark.skipif("postgresql" not in os.environ.get("DATABASE_URL", ""), reason="PostgreSQL alone has parallel writers")


def together(count: int, work: Callable[[int], None]) -> list[BaseException]:
    """Do work in threads that begin at once, each with a connection of its own; what they raised."""
    gate, raised = threading.Barrier(count), []

    def one(n: int) -> None:
        try:
            gate.wait(30)
            work(n)
        except BaseException as told:
            raised.append(told)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=one, args=(n,)) for n in range(count)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    return raised


@on_postgresql
def test_parallel_writers_meet_no_deadlock(committed: None) -> None:
    """Writers that want the same accounts in any order, singly and in batches: all are answered, and the books are whole."""
    chain = "parallel"
    people = [member(chain, f"p{n}") for n in range(6)]
    shop = merchant(chain, "shop")
    for person in people[:3]:
        posting.post(chain, Earn(key=f"first-{person.owner}", holder=person, amount=500, happened_at=START, expires_at=None))
    refused: list[LedgerRefusal] = []

    def work(n: int) -> None:
        dice = random.Random(n)
        for k in range(15):
            key = f"w{n}-{k}"
            crowd = dice.sample(people, 4)
            batch: list[Any] = [
                Earn(key=f"{key}-{i}", holder=each, amount=3, happened_at=START, expires_at=None) for i, each in enumerate(crowd)
            ]
            batch += [Spend(key=f"{key}-s", holder=dice.choice(people), merchant=shop, amount=dice.randint(1, 9))]
            batch += [Adjust(key=f"{key}-a", holder=dice.choice(people), amount=1, up=False, by="甲", approved_by="乙", reason="更正")]
            refused.extend(each for each in posting.post_all(chain, batch) if isinstance(each, LedgerRefusal))
            # The same key from everybody, at once.
            posting.post(chain, Earn(key=f"same-{k}", holder=people[0], amount=1, happened_at=START, expires_at=None))

    assert together(8, work) == []
    assert posting.check([chain]).holds
    kinds = [each.key for each in posting.operations(chain) if each.key.startswith("same-")]
    assert sorted(kinds) == sorted(f"same-{k}" for k in range(15))
    assert all(type(each).__name__ == "NotEnoughPoints" for each in refused)


@on_postgresql
def test_nobody_spends_the_same_points_twice(committed: None) -> None:
    chain = "twice"
    holder, shop = member(chain, "a"), merchant(chain, "s")
    posting.post(chain, Earn(key="e", holder=holder, amount=30, happened_at=START, expires_at=None))
    taken: list[int] = []

    def work(n: int) -> None:
        try:
            made = posting.post(chain, Hold(key=f"h{n}", holder=holder, amount=4, until=datetime.now(UTC) + timedelta(hours=1)))
        except LedgerRefusal:
            return
        if n % 2:
            posting.post(chain, Deliver(key=f"d{n}", hold=made.number, merchant=shop))
        else:
            posting.post(chain, Cancel(key=f"c{n}", hold=made.number, reason="不要了"))
            made = posting.post(chain, Spend(key=f"s{n}", holder=holder, merchant=shop, amount=1))
        taken.append(4 if n % 2 else 1)

    failed = [each for each in together(12, work) if not isinstance(each, LedgerRefusal)]
    assert failed == []
    assert posting.balance(shop) == sum(taken)
    assert posting.balance(holder) == 30 - sum(taken)
    assert posting.check([chain]).holds


def _environment(tmp_path: Path) -> dict[str, str]:
    tests = Path(__file__).parents[2]
    words = {**os.environ, "PYTHONPATH": os.pathsep.join([str(tests), *sys.path]), "PYTEST_XDIST_WORKER": f"kill-{os.getpid()}"}
    if connection.vendor == "postgresql":
        words["DATABASE_URL"] = words["DATABASE_URL"].rpartition("/")[0] + "/" + connection.settings_dict["NAME"]
    else:
        words["PYTEST_XDIST_TESTRUNUID"] = tmp_path.name  # a workspace, and so a file, of its own
    return words


def test_killed_writers_lose_nothing_that_was_acknowledged(committed: None, tmp_path: Path) -> None:
    """Writers are killed at random moments: what was acknowledged is there once, all of it can be sent again, and the books are whole."""
    chain = f"killed{os.getpid()}"
    environment = _environment(tmp_path)
    parallel = connection.vendor == "postgresql"
    if not parallel:
        command = [sys.executable, "-m", "django", "migrate", "points", "--settings=web.settings", "-v0"]
        subprocess.run(command, env=environment, check=True)
    dice = random.Random(30)
    worker, count = str(Path(__file__).with_name("worker.py")), 400 if LONG else 60
    acknowledged: list[str] = []
    for run in range(KILLS):
        writers = [
            subprocess.Popen([sys.executable, worker, chain, str(count), f"r{run}w{n}"], env=environment, stdout=subprocess.PIPE, text=True)
            for n in range(20 if LONG and parallel else 2)
        ]
        first = writers[0].stdout
        assert first is not None
        acknowledged.append(first.readline().strip())
        time.sleep(dice.uniform(0, 1.5 if LONG else 0.15))
        for each in writers:
            each.kill()
        for each in writers:
            # A line that the kill cut in two was not acknowledged.
            acknowledged += [line.strip() for line in each.communicate()[0].splitlines(keepends=True) if line.endswith("\n")]
    # One writer of each run sends everything again: what stands is answered as it was, what was lost is made.
    again = [f"r{run}w0" for run in range(KILLS)]
    proved = subprocess.run(
        [sys.executable, worker, chain, str(count), *again, "prove"], env=environment, check=True, capture_output=True, text=True
    )
    keys = proved.stdout.split()[count * KILLS :]
    assert len(acknowledged) >= KILLS
    assert len(keys) == len(set(keys))
    assert set(acknowledged) <= set(keys)
    assert {f"{name}-{n}" for name in again for n in range(count)} <= set(keys)
    if LONG:
        print(f"{KILLS} kills, {len(acknowledged)} acknowledged, {len(keys)} operations, the books are whole")


@on_postgresql
def test_a_database_that_is_killed_loses_nothing_that_was_acknowledged() -> None:
    """The small form of ``python tests/web/points/faults.py``: a server of its own, killed whole and in part, and so are its writers."""
    words = ["--moments", "3", "--writers", "3", "--rounds", "8"]
    done = subprocess.run([sys.executable, str(Path(__file__).with_name("faults.py")), *words], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    told = json.loads(done.stdout.splitlines()[-1])
    assert told["kills"] == {"server": 1, "writers": 1, "backend": 1}
    assert told["operations"] == told["keys answered"] > 60


@pytest.mark.django_db
def test_what_is_begun_again() -> None:
    """Deadlocks, broken serialization and locked files pass; a rule that was broken does not."""

    class Deadlock(Exception):
        sqlstate = "40P01"

    class BrokenRule(Exception):
        sqlstate = "23514"

    def raised(kind: type[Exception], cause: Exception | None, words: str = "") -> bool:
        problem = kind(words)
        problem.__cause__ = cause
        return posting._passing(problem)

    assert raised(OperationalError, Deadlock())
    assert raised(OperationalError, None, "database is locked")
    assert raised(IntegrityError, None, "UNIQUE constraint failed: points_ledgeroperation.scheme")
    assert not raised(IntegrityError, BrokenRule())
    assert not raised(OperationalError, None, "no such table")
