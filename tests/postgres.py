"""Runs a command against a throw-away PostgreSQL: ``python tests/postgres.py COMMAND …``.

The cluster lies in a temporary folder, listens on this machine alone, and is gone when the command has ended. ``DATABASE_URL`` tells the
command where it is. Exit code: that of the command; 0 with a loud line when PostgreSQL is not installed.
"""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import socket
import subprocess
import sys
import tempfile
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


@contextlib.contextmanager
def cluster(bin_folder: Path) -> Iterator[str]:
    """A running cluster; yields the address of an empty database."""
    folder = Path(tempfile.mkdtemp(prefix="yangban-postgres-"))
    if os.geteuid() == 0:
        shutil.chown(folder, USER, USER)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    data = str(folder / "data")
    try:
        _run([str(bin_folder / "initdb"), "-D", data, "-U", USER, "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"], folder)
        options = f"-p {port} -c listen_addresses=127.0.0.1 -k {folder} -c fsync=off -c max_connections=200"
        _run([str(bin_folder / "pg_ctl"), "-D", data, "-w", "-t", "60", "-l", str(folder / "log"), "-o", options, "start"], folder)
        try:
            _run([str(bin_folder / "createdb"), "-h", "127.0.0.1", "-p", str(port), "-U", USER, "app"], folder)
            yield f"postgresql://{USER}@127.0.0.1:{port}/app"
        finally:
            _run([str(bin_folder / "pg_ctl"), "-D", data, "-m", "immediate", "-w", "stop"], folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


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
