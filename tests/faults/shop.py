"""How a fault is done: an act runs in a child process, and the child is killed, starved, slowed or lied to at a moment that a seed names.

The parent never runs a query, so that it has no threads and may fork; a child takes its world as it finds it and ends.
"""

from __future__ import annotations

import contextlib
import errno
import os
import pickle
import random
import resource
import signal
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

Act = Callable[[Path], Any]

STEPS: Final = frozenset({
    "open", "os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.link", "os.truncate", "os.chmod", "shutil.copyfile", "shutil.move",
    "shutil.rmtree", "tempfile.mkstemp", "tempfile.mkdtemp", "sqlite3.connect",
})  # fmt: skip
"""Events of the interpreter's audit that touch files."""


@dataclass(frozen=True)
class Ended:
    """How a child ended: what it gave, or what went wrong, or by which signal; and the steps that it took on files of its world."""

    value: Any = None
    problem: str = ""
    killed: bool = False
    steps: int = 0
    seconds: float = 0.0


@dataclass(frozen=True)
class Fault:
    """What is done to a child: ``kill`` or ``error`` at a step, ``kill`` after a time, ``slow`` at every step, a ``clock`` that jumped."""

    kill_at: int = 0
    kill_after: float = 0.0
    error_at: int = 0
    slow: int = 0
    clock: float = 0.0
    largest_file: int = 0

    def __str__(self) -> str:
        said = {name: value for name, value in vars(self).items() if value}
        return " ".join(f"{name}={value:.4g}" for name, value in said.items()) or "none"


class _Steps:
    """Counts a child's steps on the files of its world and does there what the fault says."""

    def __init__(self, world: Path, fault: Fault) -> None:
        self.world, self.fault = str(world), fault
        self.count = 0
        self.random = random.Random(fault.slow)

    def __call__(self, event: str, given: tuple[Any, ...]) -> None:
        if event not in STEPS or not any(isinstance(each, str | os.PathLike) and self.world in os.fspath(each) for each in given[:2]):
            return
        self.step()

    def step(self) -> None:
        """One step; a database counts its statements here too."""
        self.count += 1
        if self.count == self.fault.kill_at:
            os.kill(os.getpid(), signal.SIGKILL)
        if self.count == self.fault.error_at:
            raise OSError(errno.ENOSPC, "No space left on device (injected)")
        if self.fault.slow and self.random.random() < 0.3:
            time.sleep(self.random.random() * 0.004)


current: _Steps | None = None
"""Of this child; where acts on a database report their statements."""


def _child(act: Act, world: Path, fault: Fault, out: Path) -> None:
    global current
    ended: Ended
    begun = time.perf_counter()
    steps = current = _Steps(world, fault)
    if fault.largest_file:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (fault.largest_file, resource.getrlimit(resource.RLIMIT_FSIZE)[1]))
    sys.addaudithook(steps)
    try:
        with clock(fault.clock):
            value = act(world)
        ended = Ended(value, steps=steps.count, seconds=time.perf_counter() - begun)
    except BaseException as problem:
        ended = Ended(
            problem=f"{type(problem).__module__}.{type(problem).__name__}: {problem}\n{traceback.format_exc(limit=-4)}", steps=steps.count
        )
    if fault.largest_file:
        resource.setrlimit(resource.RLIMIT_FSIZE, (resource.getrlimit(resource.RLIMIT_FSIZE)[1],) * 2)
    out.write_bytes(pickle.dumps(ended))


@contextlib.contextmanager
def clock(jump: float) -> Iterator[None]:
    """The clock as it is after a jump of so many seconds."""
    if not jump:
        yield
        return
    import time_machine

    with time_machine.travel(time.time() + jump, tick=True):
        yield


class Child:
    """An act that runs in a process of its own."""

    def __init__(self, act: Act, world: Path, fault: Fault) -> None:
        self.fault, self.begun = fault, time.monotonic()
        handle, name = tempfile.mkstemp(prefix="fault-")
        os.close(handle)
        self.out = Path(name)
        self.pid = os.fork()
        if self.pid == 0:
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
            try:
                os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
                _child(act, world, fault, self.out)
            finally:
                os._exit(0)

    def wait(self, seconds: float = 120) -> Ended:
        """Its end; a child that hangs is killed and its run fails."""
        until = self.begun + seconds
        if self.fault.kill_after:
            time.sleep(max(0.0, self.begun + self.fault.kill_after - time.monotonic()))
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL)
        while True:
            done, status = os.waitpid(self.pid, os.WNOHANG)
            if done:
                break
            if time.monotonic() > until:
                os.kill(self.pid, signal.SIGKILL)
                os.waitpid(self.pid, 0)
                raise AssertionError(f"an act hung for {seconds} s under {self.fault}")
            time.sleep(0.002)
        data = self.out.read_bytes()
        self.out.unlink()
        if os.WIFSIGNALED(status):
            return Ended(killed=True)
        return pickle.loads(data) if data else Ended(problem="the child ended without a word")


def run(act: Act, world: Path, fault: Fault = Fault()) -> Ended:
    """Run an act on a world and wait for its end."""
    return Child(act, world, fault).wait()


def done(act: Act, world: Path) -> Any:
    """Run an act that has to succeed; gives its value."""
    ended = run(act, world)
    assert not ended.problem, ended.problem
    assert not ended.killed
    return ended.value


class SmallDisk:
    """A file system of its own that holds so many bytes, for real ``ENOSPC``; needs the right to mount."""

    def __init__(self, place: Path, size: int) -> None:
        self.place = place
        place.mkdir()
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", place], check=True, capture_output=True)

    def grow(self) -> None:
        """Give it room again."""
        subprocess.run(["mount", "-o", "remount,size=256m", self.place], check=True, capture_output=True)

    def close(self) -> None:
        """Take it away."""
        subprocess.run(["umount", "-l", self.place], check=True, capture_output=True)
        self.place.rmdir()


def may_mount(scratch: Path) -> bool:
    """Whether this process may make a small disk."""
    try:
        SmallDisk(scratch / "try", 1 << 20).close()
    except (OSError, subprocess.CalledProcessError):
        with contextlib.suppress(OSError):
            (scratch / "try").rmdir()
        return False
    return True
