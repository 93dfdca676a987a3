"""One input through one door, watched: it gives something back or a refusal, in time, and within its memory."""

from __future__ import annotations

import resource
import signal
import time
import traceback
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

from fuzz.doors import Door

SECONDS: Final = 2.0
"""How long a small input may take, of the processor's time: other work on the machine is none of its."""
ROOM: Final = 96 * 2**20
"""Bytes by which the process may grow for one input, beside fifty times its size: what libraries take when they first load is below."""
ALL: Final = 3 * 2**30
"""Bytes of address space that a process of a run may have beyond what it has at its start."""


class Hang(BaseException):
    """An input takes too long. No refusal can be this, and nothing that catches ``Exception`` stops it."""


@dataclass(frozen=True)
class Fault:
    """What an input did that no input may: the kind, where in the program, and the input."""

    door: str
    kind: str
    where: str
    data: bytes
    told: str

    @property
    def key(self) -> tuple[str, str]:
        """Faults of one kind at one place are one fault."""
        return self.kind, self.where


def _late(*_: Any) -> None:
    raise Hang


@contextmanager
def alarm() -> Iterator[None]:
    """Within this, an input that takes too long is ended."""
    before = signal.signal(signal.SIGALRM, _late)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def limit_memory() -> None:
    """Keep this process from taking more memory than its share: a blow-up becomes an error and not the machine's end."""
    with open("/proc/self/statm", encoding="ascii") as file:  # noqa: PTH123
        now = int(file.read().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (now + ALL, resource.RLIM_INFINITY))


def _place(problem: BaseException) -> str:
    frames = [each for each in traceback.extract_tb(problem.__traceback__) if "/yangban/" in each.filename]
    last = frames[-1] if frames else None
    return f"{last.filename.rpartition('/yangban/')[2]}:{last.lineno} {last.name}" if last else "outside"


def _peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def through(door: Door, data: bytes, *, slow: float = SECONDS) -> Fault | None:
    """Put an input through a door; give what was wrong with how it was taken."""
    before, begun = _peak(), time.process_time()
    signal.setitimer(signal.ITIMER_REAL, slow * 2)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            door.read(data)
    except door.refusals as refusal:
        if not str(refusal) and type(refusal).__name__ not in {"Refused", "YangbanError", "Problem"}:
            return Fault(door.name, "a refusal without a word", _place(refusal), data, repr(refusal))
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException as problem:
        return Fault(door.name, type(problem).__name__, _place(problem), data, "".join(traceback.format_exception(problem))[-1500:])
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
    spent, grown = time.process_time() - begun, _peak() - before
    if spent > slow:
        return Fault(door.name, "slow", door.name, data, f"{spent:.1f} s for {len(data)} bytes")
    if grown > ROOM + 50 * len(data):
        return Fault(door.name, "memory", door.name, data, f"{grown / 2**20:.0f} MiB for {len(data)} bytes")
    return None
