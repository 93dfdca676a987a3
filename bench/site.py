"""The site under load: warm public pages and an answer of the interface beside a static file, from one server in one run."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from bench.measure import Row

REGION = "360000"
YEAR = 2023
CONNECTIONS = 50
WORKERS = 2
SECONDS = 6
ROUNDS = 3
PAGES = ("/", "/air/", f"/air/{YEAR}/", "/water/", f"/api/v1/figures?indicator=air.pm25.mean&period={YEAR}")
STATIC = "/static/yangban/site.css"


@dataclass(frozen=True)
class Load:
    """What an address gave under load: 95th percentile in milliseconds, requests a second, and answers that were not 2xx."""

    p95: float
    rate: float
    wrong: int


def site(scratch: Path) -> Iterator[Row]:
    """The row of the design, page by page; one with a note where the extra ``web`` or wrk is missing."""
    try:
        import django  # noqa: F401
        import granian  # noqa: F401
    except ImportError:
        print("site: skipped, the extra `web` is not installed: pip install '.[web]'", file=sys.stderr)
        return
    if shutil.which("wrk") is None:
        print("site: skipped, wrk is not installed: apt-get install wrk", file=sys.stderr)
        return
    workspace = _workspace(scratch / "site")
    with _Server(workspace) as server:
        pages = [path for path in PAGES if server.status(path) == 200]
        for path in (*pages, STATIC):
            server.load(path, seconds=1)
        for path in pages:
            # The file and the page by turns, so that what else the machine does touches both.
            pairs = [(server.load(path), server.load(STATIC)) for _ in range(ROUNDS)]
            ours, file = (sorted(side, key=lambda each: each.p95)[ROUNDS // 2] for side in zip(*pairs, strict=True))
            wrong = sum(each.wrong for pair in pairs for each in pair)
            yield Row(
                f"public page, warm: p95 at {CONNECTIONS} connections in ms, {path}",
                ours.p95 if not wrong else float("inf"),
                50,
                True,
                f"{ours.rate:.0f}/s; a static file {file.p95:.1f} ms, {file.rate:.0f}/s; ÷ file {ours.p95 / file.p95:.2f}",
            )


def _workspace(path: Path) -> Path:
    """A workspace with a synthetic year and its release."""
    from yangban.publish import release
    from yangban.readings.intake import ingest
    from yangban.readings.sample import write_sample
    from yangban.readings.workspace import Workspace
    from yangban.run.local import assess_air

    place = Workspace.open(path / "workspace", create=True)
    write_sample(REGION, year=YEAR, out=path / "sample", seed=1, one_file=True)
    ingest(place, [path / "sample"])
    assess_air(place, [YEAR], editions="2012,2026-transitional")
    days = [(date(YEAR, 12, 1) + timedelta(k)).isoformat() for k in range(31)]
    release.create(place, years=[YEAR], periods=days, note="synthetic, for the benchmark")
    return place.path


class _Server:
    """``yangban serve`` on loopback, as a bureau starts it."""

    def __init__(self, workspace: Path) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.workspace = workspace
        self.process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> _Server:
        env = {name: value for name, value in os.environ.items() if not name.startswith(("YANGBAN_", "DJANGO_"))}
        env |= {"YANGBAN_REGION": REGION, "YANGBAN_LOG": "ERROR"}
        command = str(Path(sys.executable).with_name("yangban"))
        words = [command, "serve", "--workspace", str(self.workspace), "--port", str(self.port), "--workers", str(WORKERS)]
        self.process = subprocess.Popen(words, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        until = time.monotonic() + 180
        while self.status("/healthz") != 200:
            if time.monotonic() > until or self.process.poll() is not None:
                self.__exit__()
                raise RuntimeError("the site did not start within three minutes")
            time.sleep(0.5)
        return self

    def __exit__(self, *_: object) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(60)

    def address(self, path: str) -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    def status(self, path: str) -> int:
        try:
            with urllib.request.urlopen(self.address(path), timeout=30) as answer:
                return int(answer.status)
        except OSError as problem:
            return int(getattr(problem, "code", 0))

    def load(self, path: str, *, seconds: int = SECONDS) -> Load:
        """Ask for an address over and over on all connections, as a browser does: with gzip."""
        words = ["wrk", "-t2", f"-c{CONNECTIONS}", f"-d{seconds}s", "--latency", "-H", "Accept-Encoding: gzip", "-s", str(SCRIPT)]
        text = subprocess.run([*words, self.address(path)], capture_output=True, text=True, check=True).stdout
        p95 = float(re.search(r"p95 ([\d.]+)", text)[1])  # type: ignore[index]
        rate = float(re.search(r"Requests/sec:\s+([\d.]+)", text)[1])  # type: ignore[index]
        wrong = re.search(r"wrong (\d+)", text)
        return Load(p95, rate, int(wrong[1]) if wrong else 0)


SCRIPT = Path(__file__).with_name("site.lua")
