"""A day of a province in five minutes, against a real ``yangban serve``: hours pushed, pages read, points earned and spent.

Only asked for by name (``python -m bench day``). What a day is, is an assumption: 200 stations in eleven cities push 24 hours, a request
for each city and hour, and every twentieth value comes again corrected; 40,000 pages are read; partners report 12,000 events of 2,000
members, most in batches of 20, every twelfth by itself; 600 goods are ordered by members who have logged in. ``YANGBAN_DAY`` gives the
seconds into which it is pressed (default 300), ``YANGBAN_DAY_DATABASE=sqlite`` takes SQLite instead of a PostgreSQL of its own, which does
wait for the disk.

Looked at: everything acknowledged is there once, audit and books hold; 95th percentiles by kind; memory of each process from the warm
site to the end, as a slope. The load of the machine stands beside the numbers, since whoever else works on it slows all of it.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import random
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any

from bench.burst import _Site
from bench.measure import Row, throw_away_postgresql
from bench.site import REGION, _workspace
from yangban.base.regions import prefecture_places
from yangban.readings.lake import Lake
from yangban.readings.stations import Registry, Station
from yangban.readings.workspace import Workspace

SECONDS = float(os.environ.get("YANGBAN_DAY") or 300)
STATIONS, HOURS, READS, MEMBERS, EVENTS, ORDERS = 200, 24, 40_000, 2_000, 12_000, 600
BATCH = 20
PAGES = (
    "/",
    "/now/",
    "/air/",
    "/now/",
    "/air/2023/",
    "/water/",
    "/points/",
    "/indicators/",
    "/api/v1/figures?indicator=air.pm25.mean&period=2023",
)
ROOT = Path(__file__).resolve().parents[1]

_PREPARE = f"""
import json
from datetime import timedelta
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.utils import timezone
from yangban.web.accounts.models import Membership, Organisation, User
from yangban.web.api import keys
from yangban.web.points.models import Consent, Good, Member, Merchant, Program
from yangban.web.points.people import channel_of
admin = User.objects.create_user(username="bench-day")
office = Organisation.objects.create(region="{REGION}", kind="bureau", name="合成单位")
partner = Organisation.objects.create(region="{REGION}", kind="operator", name="合成合作方")
Membership.objects.create(user=admin, organisation=office, role="security")
until = timezone.now() + timedelta(days=1)
made = {{scope: keys.make(admin, name=scope, organisation=owner, region="{REGION}", scopes=(scope,), expires_at=until)[1]
        for scope, owner in (("readings:write", office), ("points:report", partner))}}
Program.objects.create(scheme="example", organisation=partner, fen_per_point=10)
User.objects.bulk_create([User(username=f"bench-{{n}}", password="!") for n in range({MEMBERS})])
users = {{each.username: each for each in User.objects.all()}}
Member.objects.bulk_create([Member(number=f"m{{n:010d}}", user=users[f"bench-{{n}}"]) for n in range({MEMBERS})])
Consent.objects.bulk_create([Consent(member=each, source=channel_of(partner), given_at=timezone.now()) for each in Member.objects.all()])
seller = Merchant.objects.create(number="s1", name="合成超市")
good = Good.objects.create(scheme="example", merchant=seller, name="袋", price=20, stock=100000)
sessions = []
for n in range(100):
    session, user = SessionStore(), users[f"bench-{{n}}"]
    session[SESSION_KEY], session[BACKEND_SESSION_KEY] = str(user.pk), settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.create()
    sessions.append(session.session_key)
print("READY", json.dumps({{"keys": made, "sessions": sessions, "good": good.pk}}))
"""

_CHECK = """
import json, sys
from pathlib import Path
from django.db import connection
from yangban.web.accounts import audit
from yangban.web.points import posting
from yangban.web.points.models import LedgerOperation, Order, PointsEvent
told = json.loads(Path({file!r}).read_text())
rows = dict(PointsEvent.objects.values_list("event_id", "refused"))
lost = [each for each, status in told["events"].items() if each not in rows or (status in ("awarded", "review") and rows[each])]
paid = set(LedgerOperation.objects.filter(kind="earn").values_list("about", flat=True))
unpaid = [each for each, status in told["events"].items() if status in ("awarded", "review") and told["keys"][each] not in paid]
orders = list(Order.objects.values_list("key", flat=True))
checked = posting.check()
print("TOLD", json.dumps({{
    "lost events": len(lost), "unpaid events": len(unpaid), "events": len(rows),
    "lost orders": len(set(told["orders"]) - set(orders)), "orders": len(orders),
    "cancelled": Order.objects.filter(state="cancelled").count(),
    "audit": len(audit.problems()), "books": checked.holds, "operations": checked.proof.operations, "lines": checked.proof.lines,
}}))
"""


@dataclass
class Kind:
    """What was asked for of one kind: milliseconds of each answer, answers that were none, and how far behind the day it fell."""

    spent: list[float] = field(default_factory=list)
    wrong: dict[int, int] = field(default_factory=dict)
    behind: float = 0.0
    paths: dict[str, list[float]] = field(default_factory=dict)

    def p(self, share: float) -> float:
        """A percentile."""
        held = sorted(self.spent)
        return held[min(len(held) - 1, int(len(held) * share))] if held else float("nan")

    def words(self) -> str:
        """As the table says it."""
        bad = f", not answered {self.wrong}" if self.wrong else ""
        late = f", {self.behind:.0f} s behind the day in the end" if self.behind > 1 else ""
        each = "".join(f"; {path} {sorted(held)[int(len(held) * 0.95)]:.0f}" for path, held in self.paths.items())
        return (
            f"{len(self.spent)} asked; median {self.p(0.5):.0f}, p99 {self.p(0.99):.0f} ms{bad}{late}{each and '; p95 by page' + each[1:]}"
        )


class _Caller:
    """A client with a connection of its own that stays open."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.held = http.client.HTTPConnection("127.0.0.1", port, timeout=60)

    def ask(self, method: str, path: str, body: str | None = None, headers: dict[str, str] | None = None) -> tuple[int, bytes]:
        for attempt in (1, 2):
            try:
                self.held.request(method, path, body, headers or {})
                answer = self.held.getresponse()
                return answer.status, answer.read()
            except (http.client.HTTPException, OSError):
                self.held.close()
                if attempt == 2:
                    return 0, b""
        raise AssertionError


class _Memory:
    """The memory of the site's processes, looked at every five seconds."""

    def __init__(self, root: int) -> None:
        self.root, self.start = root, time.monotonic()
        self.seen: dict[int, list[tuple[float, float]]] = {}
        self.names: dict[int, str] = {}
        self.load: list[float] = []
        self.stop = threading.Event()
        self.thread = threading.Thread(target=self._watch, daemon=True)

    def _watch(self) -> None:
        while not self.stop.wait(5):
            self.look()

    def look(self) -> None:
        parents, size, words = {}, {}, {}
        for stat in Path("/proc").glob("[0-9]*/stat"):
            with contextlib.suppress(OSError, ValueError):
                pid = int(stat.parent.name)
                parents[pid] = int(stat.read_text().rpartition(")")[2].split()[1])
                size[pid] = int((stat.parent / "statm").read_text().split()[1]) * os.sysconf("SC_PAGESIZE") / 2**20
                words[pid] = (stat.parent / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        for pid in parents:
            above = pid
            while above in parents and above != self.root:
                above = parents[above]
            if above == self.root:
                self.seen.setdefault(pid, []).append((time.monotonic() - self.start, size.get(pid, 0.0)))
                self.names[pid] = (
                    "keeper" if pid == self.root else "worker" if "commands worker" in words.get(pid, "") else
                    "server" if parents[pid] == self.root else "answers"
                )  # fmt: skip
        self.load.append(os.getloadavg()[0])

    def lines(self) -> tuple[float, list[str]]:
        """The steepest slope in MiB a minute over the second half, and a line for each process that lived to the end."""
        steepest, told = 0.0, []
        last = max(series[-1][0] for series in self.seen.values())
        for pid, series in sorted(self.seen.items()):
            if series[-1][0] < last - 15 or len(series) < 6:
                continue
            half = series[len(series) // 2 :]
            slope = statistics.linear_regression(*zip(*half, strict=True)).slope * 60
            steepest = max(steepest, slope)
            told.append(
                f"{self.names[pid]} {series[0][1]:.0f} → {series[len(series) // 2][1]:.0f} → {series[-1][1]:.0f} MiB ({slope:+.2f}/min)"
            )
        return steepest, told


class _Day:
    """All that is sent, and what was acknowledged."""

    def __init__(self, site: _Site, ready: dict[str, Any], hour: datetime) -> None:
        self.site, self.ready, self.hour = site, ready, hour
        self.kinds: dict[str, Kind] = {name: Kind() for name in ("page", "hour", "event", "batch", "order")}
        self.hours: dict[tuple[int, datetime], str] = {}
        self.events: dict[str, str] = {}
        self.keys: dict[str, str] = {}
        self.orders: list[str] = []
        self.lock = threading.Lock()
        cities = [each.code for each in prefecture_places(REGION)]
        self.of_city = {city: [n for n in range(STATIONS) if n % len(cities) == k] for k, city in enumerate(cities)}

    def run(self) -> None:
        begun = time.monotonic()
        threads = [threading.Thread(target=self._through, args=(begun, work[n::many])) for work, many in self._work() for n in range(many)]
        for each in threads:
            each.start()
        for each in threads:
            each.join()

    def _through(self, begun: float, work: list[tuple[float, str, str, Callable[[_Caller], int]]]) -> None:
        caller = _Caller(self.site.port)
        for share, name, path, ask in work:
            wait = begun + share * SECONDS - time.monotonic()
            if wait > 0:
                time.sleep(wait)
            start = time.perf_counter()
            code = ask(caller)
            taken = (time.perf_counter() - start) * 1000
            with self.lock:
                kind = self.kinds[name]
                kind.spent.append(taken)
                if path:
                    kind.paths.setdefault(path, []).append(taken)
                kind.behind = max(0.0, -wait)
                if not 200 <= code < 400:
                    kind.wrong[code] = kind.wrong.get(code, 0) + 1

    def _work(self) -> Iterator[tuple[list[Any], int]]:
        dice = random.Random(24)
        paths = [dice.choice(PAGES) for _ in range(READS)]
        yield [(n / READS, "page", path, self._page(path)) for n, path in enumerate(paths)], 8
        pushes = []
        for n in range(HOURS):
            end = self.hour - timedelta(hours=HOURS - 1 - n)
            # A city's hour and its corrections are in one list, so that they come in their order.
            for k, (city, stations) in enumerate(self.of_city.items()):
                share = (n + 0.05 + 0.8 * k / len(self.of_city)) / HOURS
                pushes.append((share, "hour", "", self._push(city, end, [(s, f"{(s * 7 + n) % 90 + 5}.1") for s in stations], "first")))
            if n:
                again = [s for s in range(STATIONS) if (s + n) % 20 == 0]
                share = (n + 0.95) / HOURS
                pushes.append(
                    (share, "hour", "", self._push("late", end - timedelta(hours=1), [(s, f"{(s + n) % 90 + 5}.2") for s in again], "late"))
                )
        yield pushes, 1
        now = datetime.now().astimezone()
        rows = []
        for n in range(EVENTS):
            member, turn = n % MEMBERS, n // MEMBERS
            at = (now - timedelta(days=turn // 2 + 1)).isoformat(timespec="seconds")
            rows.append(
                {
                    "id": f"e{n}",
                    "member": f"m{member:010d}",
                    "behaviour": ("parked", "clean_plate")[turn % 2],
                    "happened_at": at,
                    "amounts": {"act": "1"},
                }
            )
        single, many = rows[::12], [row for n, row in enumerate(rows) if n % 12]
        yield [(n / len(single), "event", "", self._report([row])) for n, row in enumerate(single)], 2
        batches = [many[first : first + BATCH] for first in range(0, len(many), BATCH)]
        yield [(n / len(batches), "batch", "", self._report(batch)) for n, batch in enumerate(batches)], 2
        # Orders begin when there is something to spend.
        yield [(0.3 + 0.7 * n / ORDERS, "order", "", self._order(n)) for n in range(ORDERS)], 2

    def _page(self, path: str) -> Callable[[_Caller], int]:
        return lambda caller: caller.ask("GET", path, headers={"Accept-Encoding": "gzip"})[0]

    def _push(self, word: str, end: datetime, values: list[tuple[int, str]], turn: str) -> Callable[[_Caller], int]:
        rows = [{"subject": f"station:{20_000 + s}S", "time": f"{end:%Y-%m-%dT%H:00}", "pm25": value, "o3": "80"} for s, value in values]

        def ask(caller: _Caller) -> int:
            headers = {
                "Authorization": f"Bearer {self.ready['keys']['readings:write']}", "Content-Type": "application/json",
                "Idempotency-Key": f"{turn}-{word}-{end:%Y%m%d%H}",
            }  # fmt: skip
            code, _ = caller.ask("POST", "/api/v1/hours", json.dumps({"rows": rows}), headers)
            if code == 202:
                with self.lock:
                    self.hours.update({(s, end): value for s, value in values})
            return code

        return ask

    def _report(self, rows: list[dict[str, Any]]) -> Callable[[_Caller], int]:
        def ask(caller: _Caller) -> int:
            headers = {"Authorization": f"Bearer {self.ready['keys']['points:report']}", "Content-Type": "application/json"}
            code, body = caller.ask("POST", "/api/v1/points/example/events", json.dumps({"events": rows}), headers)
            if code == 200:
                with self.lock:
                    for each in json.loads(body)["data"]:
                        self.events[each["id"]], self.keys[each["id"]] = each["status"], each["key"]
            return code

        return ask

    def _order(self, n: int) -> Callable[[_Caller], int]:
        who = n % len(self.ready["sessions"])
        token = "a" * 64

        def ask(caller: _Caller) -> int:
            headers = {
                "Cookie": f"sessionid={self.ready['sessions'][who]}; csrftoken={token}", "X-CSRFToken": token,
                "Content-Type": "application/x-www-form-urlencoded", "Host": f"127.0.0.1:{self.site.port}",
            }  # fmt: skip
            code, _ = caller.ask("POST", f"/points/shop/{self.ready['good']}/", f"key=o{n}", headers)
            if code == 302:
                with self.lock:
                    self.orders.append(f"m{who:010d}:o{n}")
            return code

        return ask


def _shell(site: _Site, program: str, mark: str) -> dict[str, Any]:
    words = [sys.executable, "-m", "yangban", "manage", "--workspace", str(site.place.path), "shell", "-c", program]
    done = subprocess.run(words, env=site.env, capture_output=True, text=True, check=False)
    line = next((each for each in done.stdout.splitlines() if each.startswith(mark)), None)
    if line is None:
        raise RuntimeError(done.stdout[-2000:] + done.stderr[-2000:])
    return dict(json.loads(line.removeprefix(mark)))


@contextlib.contextmanager
def _database() -> Iterator[str]:
    """A PostgreSQL that waits for the disk; nothing where SQLite was asked for or there is none."""
    postgres = throw_away_postgresql()
    found = postgres.programs()
    if os.environ.get("YANGBAN_DAY_DATABASE") == "sqlite" or found is None:
        yield ""
        return
    with postgres.server(found, settings=("fsync=on",)) as server:
        yield server.url


def day(scratch: Path) -> Iterator[Row]:
    """No loss, percentiles and memory of a day."""
    place = Workspace.open(_workspace(scratch / "day"))
    cities = [each.code for each in prefecture_places(REGION)]
    Registry(tuple(Station(station=f"station:{20_000 + n}S", city=cities[n % len(cities)]) for n in range(STATIONS))).save(place)
    with _database() as url:
        site = _Site(place)
        site.env |= {"YANGBAN_LOG": "ERROR"} | ({"DATABASE_URL": url} if url else {})
        site.start()
        assert site.process is not None
        memory = _Memory(site.process.pid)
        try:
            ready = _shell(site, _PREPARE, "READY ")
            one = _Day(site, ready, (datetime.now() - timedelta(hours=1)).replace(minute=0, second=0, microsecond=0))
            warm = _Caller(site.port)
            for path in PAGES * 4:
                code = warm.ask("GET", path, headers={"Accept-Encoding": "gzip"})[0]
                assert code == 200, (path, code)
            memory.look()
            memory.thread.start()
            one.run()
            drained = _drained(place, one)
            memory.stop.set()
            memory.look()
            told = scratch / "told.json"
            told.write_text(json.dumps({"events": one.events, "keys": one.keys, "orders": one.orders}), encoding="utf-8")
            found = _shell(site, _CHECK.format(file=str(told)), "TOLD ")
        finally:
            site.stop()
    yield from _rows(one, memory, found, _missing(place, one), drained, "PostgreSQL" if url else "SQLite")


def _missing(place: Workspace, one: _Day) -> int:
    """How many acknowledged values the lake has not, or has another of."""
    days = [end.date() for _, end in one.hours]
    rows = Lake(place).air(start=min(days) - timedelta(days=1), end=max(days), level="station").collect()
    held = {(row["subject"], row["day"]): row for row in rows.iter_rows(named=True)}
    lost = 0
    for (station, end), value in one.hours.items():
        before = end - timedelta(hours=1)
        row = held.get((f"station:{20_000 + station}S", before.date()))
        lost += row is None or row[f"pm25_{before.hour + 1:02d}"] != int(Fraction(value) * 1000)
    return lost


def _drained(place: Workspace, one: _Day) -> float:
    """Seconds until the worker has taken in the last push."""
    start = time.monotonic()
    while _missing(place, one) and time.monotonic() - start < 120:
        time.sleep(1)
    return time.monotonic() - start


def _rows(one: _Day, memory: _Memory, found: dict[str, Any], missing: int, drained: float, base: str) -> Iterator[Row]:
    load = f"load of the machine {statistics.mean(memory.load):.1f} on {os.cpu_count()} cores"
    lost = missing + found["lost events"] + found["unpaid events"] + found["lost orders"] + found["audit"] + (not found["books"])
    doubled = max(0, found["events"] - EVENTS) + max(0, found["orders"] - ORDERS)
    awarded, books = sum(status == "awarded" for status in one.events.values()), "whole" if found["books"] else "BROKEN"
    detail = (
        f"{base}, pressed into {SECONDS:.0f} s; {len(one.hours)} station-hours, {len(one.events)} events ({awarded} awarded), "
        f"{len(one.orders)} orders acknowledged; last push in the lake {drained:.0f} s after the day; "
        f"{found['operations']} operations, books {books}; {load}"
    )
    yield Row("a day: lost or doubled", float(lost + doubled), 0, True, detail)
    for name, title, goal in (
        ("page", "a day: public page, p95 in ms", 50), ("hour", "a day: push of a city's hour, p95 in ms", 1000),
        ("event", "a day: one event of a partner, p95 in ms", 1000), ("batch", f"a day: {BATCH} events in one request, p95 in ms", 1000),
        ("order", "a day: an order of a member, p95 in ms", 1000),
    ):  # fmt: skip
        kind = one.kinds[name]
        yield Row(title, kind.p(0.95), goal, True, f"{kind.words()}; {load}")
    slope, told = memory.lines()
    yield Row("a day: memory, steepest slope of the second half in MiB a minute", slope, 2, True, "; ".join(told))
