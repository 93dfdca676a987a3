"""Rate limits: so many requests a minute for an address and for a key, counted by all workers together.

A worker counts for itself and carries its count to the shared cache at every request where the limit is small, and at every few where it
is large. So a small limit holds exactly; a large one may be passed by a few requests for each worker, and most requests cost no write to
the database and wait for none.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from django.core.cache import cache
from django.db import OperationalError, connection, transaction

from yangban.web.api.problems import Problem

WINDOW: Final = 60
_STEPS: Final = 50
_SECONDS: Final = 1.0
_HELD: Final = 20_000
_LOCK: Final = 7_205_142
_PATIENCE_MS: Final = 200

_lock = threading.Lock()


@dataclass
class _Count:
    """Requests of one caller in one minute: those known to all, and those that only this worker knows of."""

    shared: int = 0
    own: int = 0
    told: float = 0.0


_counts: dict[str, _Count] = {}


@contextlib.contextmanager
def impatient() -> Iterator[None]:
    """SQLite has one writer: while a release is written, nobody who reads is to wait for a counter."""
    if connection.vendor != "sqlite" or connection.in_atomic_block:
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute(f"PRAGMA busy_timeout = {_PATIENCE_MS}")
    try:
        yield
    finally:
        patience = int(connection.settings_dict["OPTIONS"].get("timeout", 5) * 1000)
        with connection.cursor() as cursor:
            cursor.execute(f"PRAGMA busy_timeout = {patience}")


def _carry(name: str, more: int, *, wait: bool) -> int | None:
    """Add to the count that all workers share, one worker after the other, and give the sum; ``None`` when the database is busy."""
    try:
        with contextlib.nullcontext() if wait else impatient(), transaction.atomic():
            if connection.vendor == "postgresql":
                with connection.cursor() as cursor:
                    cursor.execute("SELECT pg_advisory_xact_lock(%s, hashtext(%s))", [_LOCK, name])
            total = int(cache.get(name) or 0) + more
            cache.set(name, total, 2 * WINDOW)
    except OperationalError:
        return None
    return total


def count(kind: str, who: str, *, limit: int) -> None:
    """Count a request; raises the problem ``too-many-requests`` with the seconds to wait once the limit of this minute is passed."""
    moment = time.time()
    window = int(moment // WINDOW)
    name = f"rate:{kind}:{who}:{window}"
    step = max(1, limit // _STEPS)
    with _lock:
        if len(_counts) > _HELD:
            _counts.clear()
        held = _counts.setdefault(name, _Count())
        held.own += 1
        tell = held.own >= step or held.told == 0 or moment - held.told > _SECONDS
        more = held.own if tell else 0
        # One who is refused already costs nothing more, however often he asks.
        if held.shared > limit:
            tell, more = False, 0
        if tell:
            held.own, held.told = 0, moment
    if tell:
        # A small limit guards what is dear, and holds exactly.
        total = _carry(name, more, wait=step == 1)
        with _lock:
            if total is None:
                held.own += more
            else:
                held.shared = max(held.shared, total)
    if held.shared + held.own > limit:
        wait = str(max(1, int((window + 1) * WINDOW - moment) + 1))
        raise Problem(
            "too-many-requests",
            f"每分钟最多 {limit} 次；请 {wait} 秒后再试。At most {limit} requests a minute; try again in {wait} seconds",
            headers={"Retry-After": wait},
        )


def forget() -> None:
    """Drop what this worker holds; for tests."""
    with _lock:
        _counts.clear()
