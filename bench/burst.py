"""2,000 stations push an hour, each by itself, and the site is killed in the middle: nothing that was acknowledged is lost or doubled.

Against a real ``yangban serve`` in processes of its own. Only asked for by name (``python -m bench burst``): it takes some minutes.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import statistics
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any

from bench.measure import Row
from yangban.base.regions import prefecture_places
from yangban.readings.lake import Lake
from yangban.readings.stations import Registry, Station
from yangban.readings.workspace import Workspace

STATIONS = int(os.environ.get("YANGBAN_BURST") or 2_000)
EACH = int(os.environ.get("YANGBAN_BURST_EACH") or 1)
"""Stations in one request; a site with less time than this one may be asked with 10."""

SENDERS = 8
LOOKS = 20
_KEY = """
from datetime import timedelta
from django.utils import timezone
from yangban.web.accounts.models import Membership, Organisation, User
from yangban.web.api import keys
user = User.objects.create_user(username="bench-burst")
office, _ = Organisation.objects.get_or_create(region="360000", kind="bureau", name="合成单位")
Membership.objects.create(user=user, organisation=office, role="security")
print("KEY", keys.make(user, name="bench", organisation=office, region="360000", scopes=("readings:write",),
      expires_at=timezone.now() + timedelta(days=1))[1])
"""


class _Site:
    """The site in a group of processes of its own."""

    def __init__(self, place: Workspace) -> None:
        self.place = place
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.env = {
            **os.environ,
            "YANGBAN_REGION": "360000",
            "YANGBAN_API_LIMITS": "key=1000000,address=1000000,hours=1000000,write=1000000",
        }
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        words = [sys.executable, "-m", "yangban", "serve", "--workspace", str(self.place.path), "--port", str(self.port)]
        with (self.place.path.parent / "burst.log").open("ab") as log:
            self.process = subprocess.Popen(words, env=self.env, start_new_session=True, stdout=log, stderr=log)
        until = time.monotonic() + 180
        while time.monotonic() < until:
            try:
                urllib.request.urlopen(self.url("/healthz"), timeout=5).close()
                return
            except OSError:
                time.sleep(0.2)
        raise RuntimeError("the site does not answer")

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    def kill(self) -> None:
        """The whole group at once, without a word, as a power cut does."""
        if self.process is not None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()

    def stop(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            self.process.wait(60)

    def key(self) -> str:
        words = [sys.executable, "-m", "yangban", "manage", "--workspace", str(self.place.path), "shell", "-c", _KEY]
        said = subprocess.run(words, env=self.env, capture_output=True, text=True, check=True).stdout
        return next(line.split()[1] for line in said.splitlines() if line.startswith("KEY"))


def _ask(url: str, key: str, body: dict[str, Any] | None = None, word: str = "") -> dict[str, Any]:
    headers = {"Authorization": f"Bearer {key}"} | ({"Content-Type": "application/json", "Idempotency-Key": word} if body else {})
    request = urllib.request.Request(url, None if body is None else json.dumps(body).encode(), headers)
    with urllib.request.urlopen(request, timeout=60) as answer:
        return dict(json.loads(answer.read()))


def _value(number: int, turn: int) -> str:
    return f"{number % 90 + 5}.{turn}"


def burst(scratch: Path) -> Iterator[Row]:
    place = Workspace.open(scratch / "burst", create=True)
    cities = [each.code for each in prefecture_places("360000")]
    Registry(tuple(Station(station=f"station:{10_000 + n}S", city=cities[n % len(cities)]) for n in range(STATIONS))).save(place)
    hour = (datetime.now() - timedelta(hours=1)).replace(minute=0, second=0, microsecond=0)
    site = _Site(place)
    site.start()
    try:
        key = site.key()
        yield from _held(site, place, key, hour)
        yield _seen(site, key, hour)
    finally:
        site.stop()


def _held(site: _Site, place: Workspace, key: str, hour: datetime) -> Iterator[Row]:
    acknowledged: dict[int, str] = {}
    again = threading.Event()
    again.set()
    retried = 0

    def push(first: int) -> None:
        nonlocal retried
        numbers = range(first, min(first + EACH, STATIONS))
        label = f"{hour:%Y-%m-%dT%H:00}"
        rows = [{"subject": f"station:{10_000 + n}S", "time": label, "pm25": _value(n, 1)} for n in numbers]
        for _ in range(400):
            again.wait()
            try:
                made = _ask(site.url("/api/v1/hours"), key, {"rows": rows}, f"burst-{first}")["id"]
                acknowledged.update(dict.fromkeys(numbers, made))
                return
            except urllib.error.HTTPError as problem:
                if problem.code not in {429, 502, 503}:
                    raise
                time.sleep(min(float(problem.headers.get("Retry-After") or 1), 2))
            except OSError:
                time.sleep(0.3)
            retried += 1
        raise RuntimeError(f"station {first} was never answered")

    started = time.perf_counter()
    with ThreadPoolExecutor(SENDERS) as senders:
        pushes = [senders.submit(push, number) for number in range(0, STATIONS, EACH)]
        while len(acknowledged) < STATIONS * 2 // 5:
            time.sleep(0.05)
        again.clear()
        site.kill()
        before = len(acknowledged)
        site.start()
        again.set()
        for each in pushes:
            each.result()
    taken = time.perf_counter() - started
    states = _settled(site, key, sorted(set(acknowledged.values())))
    drained = time.perf_counter() - started
    rows = Lake(place).air(start=hour.date() - timedelta(days=1), end=hour.date()).collect()
    label = (hour - timedelta(hours=1)).hour + 1
    held = dict(rows.filter(rows[f"pm25_{label:02d}"].is_not_null()).select("subject", f"pm25_{label:02d}").iter_rows())
    wanted = {f"station:{10_000 + n}S": int(Fraction(_value(n, 1)) * 1000) for n in acknowledged}
    lost = sum(held.get(subject) != value for subject, value in wanted.items())
    doubled = rows.height - rows.select("subject", "day").unique().height + len(held) - len(wanted)
    detail = (
        f"{EACH} a request; "
        f"{before} acknowledged before kill -9 of the site, {len(acknowledged)} in all, {retried} sent again; answered in {taken:.0f} s "
        f"with the restart, all in the lake after {drained:.0f} s; receipts {states}"
    )
    yield Row(f"{STATIONS:,} stations push, site killed in between: lost or doubled", float(lost + abs(doubled)), 0, True, detail)


def _settled(site: _Site, key: str, numbers: list[str]) -> dict[str, int]:
    until, states = time.monotonic() + 600, dict[str, str]()
    while time.monotonic() < until:
        for number in numbers:
            if states.get(number) in {None, "waiting"}:
                states[number] = _ask(site.url(f"/api/v1/readings/{number}"), key)["state"]
                if states[number] == "waiting":
                    break
        if len(states) == len(numbers) and "waiting" not in states.values():
            break
        time.sleep(0.5)
    found = list(states.values())
    return {state: found.count(state) for state in sorted(set(found))}


def _seen(site: _Site, key: str, hour: datetime) -> Row:
    """From the first byte of a push for the whole province to the end of the page that shows it."""
    spent = []
    for turn in range(LOOKS):
        value = f"{200 + turn}"
        rows = [{"subject": f"station:{10_000 + n}S", "time": f"{hour:%Y-%m-%dT%H:00}", "pm25": value} for n in range(200)]
        started = time.perf_counter()
        _ask(site.url("/api/v1/hours"), key, {"rows": rows}, f"seen-{turn}")
        with urllib.request.urlopen(site.url("/now/"), timeout=60) as answer:
            page = answer.read().decode()
        spent.append(time.perf_counter() - started)
        assert page.count(f">{value}<") >= len(rows), f"the page does not show {value}"
    return Row(
        "a new hour of 200 stations pushed → seen on the page, s",
        statistics.median(spent),
        1.0,
        True,
        f"worst of {LOOKS}: {max(spent):.2f} s",
    )
