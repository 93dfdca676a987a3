"""Runs a command against a throw-away PostgreSQL: ``python tests/postgres.py COMMAND …``.

The cluster lies in a temporary folder, listens on this machine alone, and is gone when the command has ended. ``DATABASE_URL`` tells the
command where it is. Exit code: that of the command; 0 with a loud line when PostgreSQL is not installed.
"""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

USER = "postgres"


def programs() -> Path | None:
    """The folder of the newest installed PostgreSQL, ``None`` where there is none."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))
    return found[-1] if found else None


def _run(command: list[str], folder: Path) -> None:
    """Run one of its programs; as root the cluster belongs to the system's own user of PostgreSQL, since it refuses root."""
    # Its output goes nowhere: the server would keep the caller's pipe open.
    who = {"user": USER, "group": pwd.getpwnam(USER).pw_gid, "extra_groups": []} if os.geteuid() == 0 else {}
    subprocess.run(
        command, check=True, cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        env={"LC_ALL": "C.UTF-8", "PATH": os.environ["PATH"]}, **who,
    )  # fmt: skip


class Server:
    """A cluster in a folder of its own: started, stopped, and, for the tests of faults, killed."""

    def __init__(self, bin_folder: Path, folder: Path, *, settings: tuple[str, ...] = ("fsync=off",)) -> None:
        self.bin, self.folder, self.data = bin_folder, folder, folder / "data"
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.options = f"-p {self.port} -c listen_addresses=127.0.0.1 -k {folder} -c max_connections=200"
        self.options += "".join(f" -c {each}" for each in settings)
        self.url = f"postgresql://{USER}@127.0.0.1:{self.port}/app"

    def create(self) -> None:
        """Make the cluster, start it, and make the database."""
        words = ["-D", str(self.data), "-U", USER, "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"]
        _run([str(self.bin / "initdb"), *words], self.folder)
        self.start()
        self._ask("createdb", "app")

    def start(self) -> None:
        """Start it, and wait until it answers, recovered from whatever was done to it."""
        words = ["-D", str(self.data), "-w", "-t", "120", "-l", str(self.folder / "log"), "-o", self.options]
        _run([str(self.bin / "pg_ctl"), *words, "start"], self.folder)

    def copy(self, name: str, made: str) -> None:
        """Make a database that is a copy of another."""
        self._ask("createdb", "-T", name, made)

    def drop(self, name: str) -> None:
        """Take a database away, whoever is still in it."""
        self._ask("dropdb", "-f", "--if-exists", name)

    def _ask(self, program: str, *words: str) -> None:
        _run([str(self.bin / program), "-h", "127.0.0.1", "-p", str(self.port), "-U", USER, *words], self.folder)

    def stop(self) -> None:
        """Stop it at once."""
        _run([str(self.bin / "pg_ctl"), "-D", str(self.data), "-m", "immediate", "-w", "stop"], self.folder)

    def postmaster(self) -> int:
        """The process that runs it."""
        return int((self.data / "postmaster.pid").read_text().split()[0])

    def processes(self) -> list[int]:
        """The processes that the postmaster started, those that serve a client among them."""
        found, parent = [], self.postmaster()
        for each in Path("/proc").glob("[0-9]*/stat"):
            with contextlib.suppress(OSError):
                if int(each.read_text().rpartition(")")[2].split()[1]) == parent:
                    found.append(int(each.parent.name))
        return found

    def backends(self) -> list[int]:
        """The processes that serve a client."""
        found = []
        for pid in self.processes():
            with contextlib.suppress(OSError):
                if b" 127.0.0.1(" in Path(f"/proc/{pid}/cmdline").read_bytes():
                    found.append(pid)
        return found

    def kill(self) -> None:
        """Kill it as a power cut would: the postmaster and all that it started, none of which can do anything about it."""
        pids = [self.postmaster(), *self.processes()]
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        while any(Path(f"/proc/{pid}").exists() and b"postgres" in _command(pid) for pid in pids):
            time.sleep(0.02)
        # Where nobody buries the dead, the number in a lock file still seems to live.
        (self.data / "postmaster.pid").unlink(missing_ok=True)
        for each in self.folder.glob(".s.PGSQL.*"):
            each.unlink()


def _command(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


@contextlib.contextmanager
def server(bin_folder: Path, *, settings: tuple[str, ...] = ("fsync=off",)) -> Iterator[Server]:
    """A running server, gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="yangban-postgres-"))
    if os.geteuid() == 0:
        shutil.chown(folder, USER, USER)
    made = Server(bin_folder, folder, settings=settings)
    try:
        made.create()
        try:
            yield made
        finally:
            made.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def cluster(bin_folder: Path) -> Iterator[str]:
    """A running server; yields the address of an empty database."""
    with server(bin_folder) as made:
        yield made.url


def main(command: list[str]) -> int:
    """Start, run, stop."""
    found = programs()
    if found is None:
        print("NOT RUN on PostgreSQL: it is not installed here (apt-get install postgresql)", file=sys.stderr)
        return 0
    with cluster(found) as url:
        return subprocess.run(command, check=False, env={**os.environ, "DATABASE_URL": url}).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
