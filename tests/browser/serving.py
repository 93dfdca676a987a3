"""`yangban serve` in a process of its own, over a copy of the prepared workspace."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Site:
    """A site that is being served: where, from which workspace, and the password of its demonstration accounts."""

    url: str
    workspace: Path
    password: str


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def serve(workspace: Path, *, seconds: float = 120) -> tuple[subprocess.Popen[bytes], str]:
    """Start `yangban serve --demo` on a free port and wait until it answers."""
    port = _free_port()
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("YANGBAN_", "DJANGO_"))}
    with (workspace / "serve.log").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "yangban.cli.main", "serve", "--workspace", str(workspace), "--demo", "--port", str(port),
             "--workers", "1"],
            env=inherited, stdout=log, stderr=log, stdin=subprocess.DEVNULL,
        )  # fmt: skip
    url = f"http://127.0.0.1:{port}"
    until = time.monotonic() + seconds
    while time.monotonic() < until and process.poll() is None:
        try:
            with urllib.request.urlopen(f"{url}/healthz", timeout=5) as answer:
                if answer.status == 200:
                    return process, url
        except OSError:
            time.sleep(0.2)
    process.kill()
    raise RuntimeError(f"the site did not start:\n{(workspace / 'serve.log').read_text(encoding='utf-8')[-4000:]}")


@contextlib.contextmanager
def served(prepared: Path, folder: Path) -> Iterator[Site]:
    """A copy of the workspace, served as a bureau would serve it, until the block ends."""
    workspace = folder / "workspace"
    shutil.copytree(prepared, workspace)
    process, url = serve(workspace)
    try:
        yield Site(url, workspace, (workspace / "site-demo.txt").read_text(encoding="ascii").strip())
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
