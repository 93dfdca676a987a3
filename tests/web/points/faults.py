"""Writers that are killed, and a database that is killed, at random moments: ``python tests/web/points/faults.py [--moments 30]``.

A PostgreSQL of its own, which does wait for the disk. So many writers, each a process, post earns, batches, orders and what becomes of
them, and note each answer in a file before they ask for the next. At seeded random moments some writers, one backend of the server, or the
server whole, are killed with SIGKILL; killed writers begin anew from their first request, so that everything is sent again, what was
answered and what was not. In the end every answer that was noted must stand in the books, once and under its number, nothing else than a
lost connection may ever have reached a writer, and the books must be whole.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import multiprocessing
import os
import random
import signal
import sys
import tempfile
import time
import traceback
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

TESTS = Path(__file__).resolve().parents[2]
CHAIN = "faults"


def write(name: int, rounds: int, notes: str) -> None:
    """One writer: does its rounds from the first, notes every answer, and every problem that is none of a lost connection."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    with Path(notes).open("ab", buffering=0) as paper:

        def note(**words: Any) -> None:
            paper.write(json.dumps(words).encode() + b"\n")

        try:
            _rounds(name, rounds, note)
            note(done=name)
        except BaseException as told:
            note(problem="".join(traceback.format_exception(told))[-1500:])


def _rounds(name: int, rounds: int, note: Any) -> None:
    from django.db import InterfaceError, OperationalError, connection

    from yangban.base.errors import LedgerRefusal
    from yangban.points.ledger import Cancel, Deliver, Earn, Hold, Spend, member, merchant
    from yangban.web.points import posting

    shop, at = merchant(CHAIN, "shop"), datetime(2024, 1, 1, tzinfo=UTC)

    def ask(*requests: Any) -> list[Any]:
        """Ask until there is an answer, as a client does that lost its connection; a deadlock is no lost connection."""
        for _attempt in range(200):
            try:
                answers = [posting.post(CHAIN, requests[0])] if len(requests) == 1 else posting.post_all(CHAIN, requests)
            except LedgerRefusal as refusal:
                answers = [refusal]
            except (OperationalError, InterfaceError) as told:
                if getattr(told.__cause__, "sqlstate", None) == "40P01":
                    raise
                note(lost=str(told).splitlines()[0][:90])
                connection.close()
                time.sleep(0.05)
                continue
            for request, answer in zip(requests, answers, strict=True):
                refused = isinstance(answer, LedgerRefusal)
                note(**({"refused": type(answer).__name__} if refused else {"key": request.key, "number": answer.number}))
            return list(answers)
        raise TimeoutError("no answer after 200 attempts")

    for k in range(rounds):
        dice, key = random.Random(name * 10_000 + k), f"w{name}-{k}"
        person = member(CHAIN, f"m{dice.randint(0, 9)}")
        ask(Earn(key=key, holder=person, amount=k % 5 + 1, happened_at=at, expires_at=None))
        if k % 5 == 0:
            ask(*(Earn(key=f"{key}-{n}", holder=member(CHAIN, f"m{n}"), amount=2, happened_at=at, expires_at=None) for n in range(10)))
        if k % 4 == 0:
            ask(Spend(key=f"{key}-s", holder=person, merchant=shop, amount=1))
        if k % 3 == 0:
            (held,) = ask(Hold(key=f"{key}-h", holder=person, amount=2, until=datetime.now(UTC).replace(microsecond=0) + timedelta(days=9)))
            if isinstance(held, LedgerRefusal):
                continue
            what = {"hold": held.number, "key": f"{key}-e"}
            ask(Deliver(**what, merchant=shop) if dice.random() < 0.5 else Cancel(**what, reason="不要了"))


def run(*, moments: int, writers: int, rounds: int, seed: int) -> dict[str, Any]:
    """Do it, and tell what happened; raises ``AssertionError`` when the books or the answers are not whole."""
    sys.path.insert(0, str(TESTS))
    import postgres

    found = postgres.programs()
    assert found is not None, "PostgreSQL is not installed"
    with (
        tempfile.TemporaryDirectory(prefix="yangban-faults-") as scratch,
        postgres.server(found, settings=("fsync=on", "synchronous_commit=on")) as server,
    ):
        os.environ.update(DATABASE_URL=server.url, YANGBAN_HOME=scratch, YANGBAN_SECRET_KEY="faults of a test")
        os.environ["DJANGO_SETTINGS_MODULE"] = "yangban.web.config.settings"
        import django

        django.setup()
        from django.core.management import call_command
        from django.db import connections

        call_command("migrate", "points", verbosity=0)
        # Forked writers take no connection with them.
        connections.close_all()
        return _run(server, Path(scratch), moments=moments, writers=writers, rounds=rounds, seed=seed)


def _run(server: Any, scratch: Path, *, moments: int, writers: int, rounds: int, seed: int) -> dict[str, Any]:
    from yangban.web.points import posting

    dice, context = random.Random(seed), multiprocessing.get_context("fork")
    papers = [scratch / f"writer-{n}" for n in range(writers)]
    crew: dict[int, Any] = {}

    def begin(n: int) -> None:
        crew[n] = context.Process(target=write, args=(n, rounds, str(papers[n])), daemon=True)
        crew[n].start()

    def notes() -> list[dict[str, Any]]:
        """Whole lines; one that the kill cut in two was never an answer."""
        lines = [line for paper in papers if paper.exists() for line in paper.read_bytes().splitlines(keepends=True)]
        return [json.loads(line) for line in lines if line.endswith(b"\n") and line.startswith(b"{")]

    for n in range(writers):
        begin(n)
    done: Counter[str] = Counter()
    start = time.monotonic()
    for moment in range(moments):
        time.sleep(dice.uniform(0.2, 1.2))
        what = ("server", "writers", "backend")[moment % 3]
        done[what] += 1
        if what == "server":
            server.kill()
            time.sleep(dice.uniform(0, 0.4))
            server.start()
        elif what == "backend":
            backends = server.backends()
            if backends:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(dice.choice(backends), signal.SIGKILL)
        else:
            for n in dice.sample(range(writers), max(1, writers // 4)):
                crew[n].kill()
                crew[n].join()
                # The line that it may have been writing ends here.
                with papers[n].open("ab") as paper:
                    paper.write(b"\n")
                begin(n)
        for n, each in crew.items():
            if not each.is_alive():
                each.join()
                begin(n)
    for n in range(writers):
        crew[n].join()
    # Everything once more, undisturbed: what stands is answered as it was.
    last = {n: len(papers[n].read_bytes().splitlines()) for n in range(writers)}
    for n in range(writers):
        begin(n)
    for n in range(writers):
        crew[n].join()
    assert all(len(papers[n].read_bytes().splitlines()) > last[n] for n in range(writers))
    seconds = time.monotonic() - start
    told = notes()
    problems = [each["problem"] for each in told if "problem" in each]
    assert problems == [], problems[0]
    answered: dict[str, set[int]] = {}
    for each in told:
        if "key" in each:
            answered.setdefault(each["key"], set()).add(each["number"])
    assert all(len(numbers) == 1 for numbers in answered.values()), "a key was answered with two numbers"
    stands: dict[str, list[int]] = {}
    for operation in posting.operations(CHAIN):
        stands.setdefault(operation.key, []).append(operation.number)
    assert all(len(numbers) == 1 for numbers in stands.values()), "a key stands twice"
    assert {key: next(iter(numbers)) for key, numbers in answered.items()} == {key: stands[key][0] for key in answered}
    checked = posting.check([CHAIN])
    assert checked.holds, checked
    return {
        "kills": dict(done), "writers": writers, "seconds": round(seconds, 1), "operations": checked.proof.operations,
        "answers": sum("key" in each for each in told), "keys answered": len(answered),
        "connections lost beyond the retries": dict(Counter(each["lost"] for each in told if "lost" in each)),
        "refused": sum("refused" in each for each in told), "problems": 0, "books": "whole",
    }  # fmt: skip


if __name__ == "__main__":
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--moments", type=int, default=30)
    words.add_argument("--writers", type=int, default=20)
    words.add_argument("--rounds", type=int, default=150)
    words.add_argument("--seed", type=int, default=8)
    print(json.dumps(run(**vars(words.parse_args())), ensure_ascii=False))
