"""Faults over the site and its database: steps of tasks, points, and pushes of hours, with the background worker beside them.

A process does a seeded list of acts and notes each in a file outside of the world once the site has acknowledged it; a worker does the
jobs. Either is killed, starved, slowed or lied to, or the database is killed under both. A fresh process then looks whether everything that
was acknowledged is there, sends the whole list again, as a client does that knows nothing, and in the end all must stand there once.
"""

from __future__ import annotations

import contextlib
import logging
import os
import random
import shutil
import threading
import time
import warnings
from collections.abc import Callable
from datetime import datetime, timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

import postgres
from faults import shop
from faults.acts import Step, plan
from faults.client import Client, build, ends, enter, noon, station, taken, work
from faults.shop import Ended, Fault, SmallDisk, done

LATER: Final = 2 * 86400.0
"""Seconds by which the last worker's clock is ahead: what was earned for a day has expired by then."""


# --------------------------------------------------------------------------------------------------------------------- what must hold


def present(step: Step) -> bool:
    """Whether an act left what it has to leave."""
    from yangban.web.api.models import Delivery
    from yangban.web.jobs.models import DailyRun
    from yangban.web.points.models import LedgerOperation, Order, PointsEvent

    match step.name:
        case "push":
            found = Delivery.objects.filter(idempotency_key=step.key).first()
            from yangban.web.api import inbox

            return found is not None and (found.state != "waiting" or inbox.path_of(found.pk, found.name).exists())
        case "tick":
            return DailyRun.objects.exists()
        case "report":
            row = PointsEvent.objects.filter(event_id=step.key).first()
            return row is not None and (bool(row.refused) or LedgerOperation.objects.filter(key=f"award:{row.key}").exists())
        case "batch":
            return LedgerOperation.objects.filter(key__startswith=f"{step.key}-").count() == len(step.words["amounts"])
        case "order":
            return Order.objects.filter(key=step.words["order"]).exists()
        case "deliver" | "cancel":
            wanted = {"deliver": "delivered", "cancel": "cancelled"}[step.name]
            return Order.objects.filter(key=step.words["order"], state=wanted).exists()
        case "hold":
            return LedgerOperation.objects.filter(key=step.words["word"]).exists()
        case "earn" | "spend" | "give" | "void" | "reverse":
            return LedgerOperation.objects.filter(key=step.key).exists()
        case _:
            return taken(step)


def after_the_fault(client: Client, steps: list[Step]) -> None:
    """Everything acknowledged is there; logs, audit and books are whole, whatever was broken off."""
    noted = client.noted()
    lost = [step.key for step in steps if step.key in noted and not present(step)]
    assert not lost, f"acknowledged and lost: {lost}"
    whole()


def whole() -> None:
    """The chains hold: audit, books, logs of tasks and reports; numbers are taken once."""
    from yangban.web.accounts import audit
    from yangban.web.plans.models import Task, TaskReport
    from yangban.web.plans.tasks import problems
    from yangban.web.points import posting

    assert not audit.problems(), audit.problems()
    checked = posting.check()
    assert checked.holds, checked
    for row in Task.objects.all():
        assert not problems(row.pk), problems(row.pk)
        assert row.revision == row.body["revision"]
    for report in TaskReport.objects.all():
        assert not problems(report.pk), problems(report.pk)


def in_the_end(client: Client, steps: list[Step], *, clock: bool) -> None:
    """Everything is there once, and nothing else is; jobs have ended by themselves."""
    from yangban.web.api.deliveries import HOURS
    from yangban.web.api.models import Delivery
    from yangban.web.jobs.models import DailyRun, Job
    from yangban.web.jobs.work import GIVEN_UP
    from yangban.web.plans.models import NumberTaken, StepRecord, Task, TaskReport
    from yangban.web.points import posting
    from yangban.web.points.models import Good, LedgerOperation, Order, PointsEvent

    missing = [step.key for step in steps if not present(step)]
    assert not missing, f"not there after all was sent again: {missing}"
    whole()
    # Tasks: each log is what the list says, no step twice.
    for thread in {step.thread for step in steps if step.thread.startswith("t")}:
        own = [step for step in steps if step.thread == thread]
        row = Task.objects.get(number=f"任-{thread}")
        wanted = [{"sign": "report"}.get(s.name, s.name) for s in own if s.name in {"issue", "split", "sign", "apply", "confirm", "close"}]
        assert list(StepRecord.objects.filter(subject=row.pk).order_by("seq").values_list("event", flat=True)) == wanted
        said: list[str] = []
        for step in own:
            said += (
                ["edit" if step.at else "fill", "submit"]
                if step.name == "fill"
                else [step.name]
                if step.name in {"sign", "return", "accept"}
                else []
            )
        log = StepRecord.objects.filter(subject__in=row.reports.values("pk")).order_by("seq")
        assert list(log.values_list("event", flat=True)) == said
    assert TaskReport.objects.count() == len({step.thread for step in steps if step.name == "fill"})
    numbers = [f"任-{s.thread}" for s in steps if s.name == "issue"] + [f"销-{s.thread}" for s in steps if s.name == "close"]
    assert sorted(NumberTaken.objects.values_list("number", flat=True)) == sorted(numbers)
    # Points: each key once, no other operation than those of the list and what the day's work expired, and balances by arithmetic.
    events = {row.event_id: row for row in PointsEvent.objects.all()}
    keys: set[str] = set()
    for step in steps:
        match step.name:
            case "report" if not events[step.key].refused:
                keys.add(f"award:{events[step.key].key}")
            case "batch":
                keys |= {f"{step.key}-{n}" for n in range(len(step.words["amounts"]))}
            case "order" | "deliver" | "cancel":
                keys.add(f"{step.name}:{step.words['order']}")
            case "hold":
                keys.add(step.words["word"])
            case "reverse":
                keys |= {step.key, f"{step.key}-e"}
            case "earn" | "spend" | "give" | "void":
                keys.add(step.key)
    made = [key for key in LedgerOperation.objects.values_list("key", flat=True) if not key.startswith("expire:")]
    assert sorted(made) == sorted(keys)
    for member in set() if clock else {step.words["member"] for step in steps if step.thread.startswith("p")}:
        own = [step for step in steps if step.words.get("member") == member]
        account = client._account(own[0])
        assert posting.balance(account) == expected_balance(own, events), (member, posting.balance(account))
    orders = [step for step in steps if step.name == "order"]
    assert Order.objects.count() == len(orders)
    assert Good.objects.get().stock == 1000 - len(orders) + sum(step.name == "cancel" for step in steps)
    # Hours: each delivery once; the lake has the last value of each.
    pushes = [step for step in steps if step.name == "push"]
    assert Delivery.objects.count() == len(pushes)
    states = set(Delivery.objects.values_list("state", flat=True))
    told = [each.receipt.get("rejections") for each in Delivery.objects.exclude(state="done")]
    assert states <= ({"done", "refused", "short"} if clock else {"done"}), (states, told)
    refused = set(Delivery.objects.exclude(state="done").values_list("idempotency_key", flat=True))
    wanted_hours: dict[tuple[str, str], int] = {}
    for step in pushes:
        if step.key not in refused:
            wanted_hours[station(step), f"{ends(client.start, step):%Y-%m-%d %H}"] = step.words["pm25"] * 1000
    if not clock:
        assert lake(client) == wanted_hours
        from yangban.web.now.models import NowHour

        board = {(row.subject, f"{row.ends.astimezone():%Y-%m-%d %H}"): row.values["pm25"] for row in NowHour.objects.all()}
        assert board == wanted_hours
    else:
        assert lake(client).keys() == wanted_hours.keys()
    inbox = client.world / "w" / "site-files" / "inbox"
    held = {str(pk) for pk in Delivery.objects.exclude(state="done").values_list("pk", flat=True)}
    strays = [each.name for each in inbox.iterdir() if each.name not in held] if inbox.is_dir() else []
    assert not strays, f"files that nobody was told of: {strays}"
    # The day's work was asked for once for a day, and every job has ended by itself. One that a full disk interrupted three times is given
    # up, and says so: what it should have taken in was taken in by another, as the deliveries show.
    assert DailyRun.objects.count() == DailyRun.objects.values("name", "day").distinct().count()
    others = Job.objects.exclude(state__in=("done", "short")).exclude(state="failed", kind=HOURS, message=GIVEN_UP)
    unfinished = list(others.values_list("kind", "state", "message", "attempts"))
    assert not unfinished, unfinished


def expected_balance(steps: list[Step], events: dict[str, Any]) -> int:
    """A member's points, by hand: an act of parking is worth 10.0, a bag costs 3.0; lots that expire first are spent first, and what
    was earned for a day has expired in the end.
    """
    lots: list[list[int]] = []  # amount, and whether it lasts
    held: dict[str, list[tuple[list[int], int]]] = {}

    def take(amount: int) -> list[tuple[list[int], int]]:
        parts = []
        for lot in sorted(lots, key=lambda each: each[1]):
            part = min(lot[0], amount)
            lot[0] -= part
            amount -= part
            parts.append((lot, part))
        assert amount == 0
        return parts

    for step in steps:
        words = step.words
        match step.name:
            case "report":
                lots.append([0 if events[step.key].refused else 100, 1])
            case "earn":
                lots.append([words["amount"], int(words["lasts"] is None)])
            case "batch":
                lots.append([sum(words["amounts"]), 1])
            case "spend":
                take(words["amount"])
            case "order" | "hold":
                held[words.get("order") or words["word"]] = take(words.get("amount", 30))
            case "cancel" | "void":
                for lot, part in held[words.get("order") or words["word"]]:
                    lot[0] += part
    return sum(amount for amount, lasts in lots if lasts)


def lake(client: Client) -> dict[tuple[str, str], int]:
    """What the lake holds, by station and end of hour."""
    from yangban.readings.lake import Lake
    from yangban.readings.workspace import Workspace

    day = client.start.date()
    rows = Lake(Workspace.open(client.world / "w")).air(start=day - timedelta(days=3), end=day + timedelta(days=2)).collect()
    found = {}
    for row in rows.iter_rows(named=True):
        midnight = datetime.combine(row["day"], datetime.min.time())
        for hour in range(1, 25):
            if (value := row.get(f"pm25_{hour:02d}")) is not None:
                found[row["subject"], f"{midnight + timedelta(hours=hour):%Y-%m-%d %H}"] = int(Fraction(value))
    return found


# ------------------------------------------------------------------------------------------------------------------------- the runs


def _front(steps: list[Step], notes: Path, patience: float) -> Callable[[Path], Any]:
    return lambda world: Client(world, notes).go(steps, patience=patience)


def _behind(world: Path) -> None:
    enter(world)
    work()


class Site:
    """The world of the site, prepared once on SQLite and, when it is first asked for, on a PostgreSQL of this process."""

    def __init__(self, scratch: Path) -> None:
        for name in [each for each in os.environ if each.startswith("YANGBAN_") or each == "DATABASE_URL"]:
            del os.environ[name]
        os.environ |= {
            "YANGBAN_HOME": str(scratch), "YANGBAN_SECRET_KEY": "faults of a test", "DJANGO_SETTINGS_MODULE": "yangban.web.config.settings",
            "YANGBAN_API_LIMITS": "key=1000000,address=1000000,hours=1000000,write=1000000",
        }  # fmt: skip
        import django

        django.setup()
        logging.disable(logging.CRITICAL)
        warnings.simplefilter("ignore")
        _preload()
        assert threading.active_count() == 1, "a process with threads must not fork"
        self.scratch = scratch
        self.base = scratch / "site-base"
        self.base.mkdir()
        done(build, self.base)
        self.server: postgres.Server | None = None
        self.closing = contextlib.ExitStack()
        trial = scratch / "site-trial"
        shutil.copytree(self.base, trial)
        steps = plan(0)
        front = shop.run(_front(steps, scratch / "site-trial.notes", 0), trial)
        assert not front.problem, front.problem
        assert front.value == [], front.value
        behind = shop.run(_behind, trial)
        assert not behind.problem, behind.problem
        self.front = front.steps / len(steps), front.seconds / len(steps)
        self.behind = behind.steps, behind.seconds
        self.grown = _bytes(trial) - _bytes(self.base)
        shutil.rmtree(trial)

    def close(self) -> None:
        """Stop this process's PostgreSQL."""
        self.closing.close()

    def _postgresql(self) -> postgres.Server:
        if self.server is None:
            found = postgres.programs()
            assert found is not None
            self.server = self.closing.enter_context(postgres.server(found))
            self.pg_base = self.scratch / f"site-pg-{os.getpid()}"
            self.pg_base.mkdir()
            (self.pg_base / "database").write_text(self.server.url)
            done(build, self.pg_base)
        return self.server

    def _world(self, seed: int, *, on_postgresql: bool, small: int) -> tuple[Path, SmallDisk | None]:
        base = self.pg_base if on_postgresql else self.base
        world = self.scratch / f"site-{seed}"
        disk = SmallDisk(world, _bytes(base) + small) if small else None
        shutil.copytree(base, world, dirs_exist_ok=disk is not None)
        if on_postgresql:
            assert self.server is not None
            self.server.copy("app", f"run{seed}")
            (world / "database").write_text(self.server.url.removesuffix("app") + f"run{seed}")
        return world, disk

    def one(self, seed: int, *, mount: bool) -> str:
        """One seeded fault, then everything again: nothing lost, nothing doubled. Gives the line that tells of it."""
        dice = random.Random(seed * 7919)
        on_postgresql = dice.random() < 0.35 and postgres.programs() is not None
        kinds = ["kill", "kill", "kill later", "error", "disk", "slow", "clock", "twice"]
        kind = dice.choice(kinds + (["restart"] * 5 if on_postgresql else ["disk", "file"]))
        if self.only:
            kind, on_postgresql = self.only, on_postgresql or self.only == "restart"
        where = dice.choice(["front", "worker", "both"])
        if kind == "twice":
            where = "front"
        # A clock that was ahead for days has made the points of a day expire, for the books as well: there they last longer.
        steps = plan(seed, lasts=30 * 86400 if kind == "clock" else 60)
        server = self._postgresql() if on_postgresql else None
        small = (1 << 15) + dice.randrange(max(1, self.grown)) if kind == "disk" and mount else 0
        world, disk = self._world(seed, on_postgresql=on_postgresql, small=small)
        notes = self.scratch / f"site-{seed}.notes"
        told: list[Ended] = []
        try:
            told += self._hurt(dice, kind, where, world, steps, notes, server)
            for each in told:
                assert not each.problem or each.problem.startswith(_CLEAR), each.problem
            if disk is not None:
                disk.grow()
            ahead = max(0.0, self.jump)
            told_again = done(lambda w: _again(w, steps, notes, clock=kind == "clock", later=ahead), world)
            done(lambda w: _last(w, steps, notes, clock=kind == "clock", later=ahead + LATER), world)
        except Exception as problem:
            problem.add_note(f"{kind}, done to {where}, on {'PostgreSQL' if on_postgresql else 'SQLite'}; ended {told}")
            raise
        finally:
            if disk is not None:
                disk.close()
            else:
                shutil.rmtree(world, ignore_errors=True)
            notes.unlink(missing_ok=True)
            if server is not None:
                server.drop(f"run{seed}")
        refused = any(each.problem or each.value for each in told)
        how = "killed" if any(each.killed for each in told) else "refused" if refused else "went through"
        base = "PostgreSQL" if on_postgresql else "SQLite"
        return f"site on {base}, {len(steps)} acts, {where}: {kind}: {told_again} acknowledged before: {how}"

    def _fault(self, dice: random.Random, kind: str, size: tuple[float, float]) -> Fault:
        steps, seconds = size
        match kind:
            case "kill":
                return Fault(kill_at=dice.randint(1, max(1, int(steps))))
            case "kill later":
                return Fault(kill_after=dice.random() * seconds * 1.2)
            case "error":
                return Fault(error_at=dice.randint(1, max(1, int(steps))))
            case "file":
                return Fault(largest_file=dice.randint(1, 8_000_000))
            case "slow":
                return Fault(slow=dice.randint(1, 1 << 30))
            case "clock":
                return Fault(clock=self.jump)
        return Fault()

    jump = 0.0
    only = ""
    """The kind of fault that was asked for by name."""

    def _hurt(
        self, dice: random.Random, kind: str, where: str, world: Path, steps: list[Step], notes: Path, server: postgres.Server | None
    ) -> list[Ended]:
        self.jump = dice.choice([-1, 1]) * dice.random() * 3 * 86400 if kind == "clock" else 0.0
        patience = 20.0 if kind == "restart" else 0.0
        size = self.front[0] * len(steps), self.front[1] * len(steps)
        front = _front(steps, notes, patience)
        if where == "worker" and kind != "restart":
            first = shop.run(front, world)
            return [first, shop.run(_behind, world, self._fault(dice, kind, self.behind))]
        crew = [shop.Child(front, world, self._fault(dice, kind, size))]
        if kind == "twice":
            crew.append(shop.Child(front, world, Fault(slow=7)))
        elif where == "both" or kind == "restart":
            crew.append(shop.Child(_behind, world, self._fault(dice, kind, self.behind) if where == "both" else Fault()))
        if kind == "restart" and server is not None:
            for _ in range(dice.randint(1, 2)):
                time.sleep(dice.random() * size[1])
                server.kill()
                time.sleep(dice.random() * 0.2)
                server.start()
        return [each.wait() for each in crew]


def _again(world: Path, steps: list[Step], notes: Path, *, clock: bool, later: float) -> int:
    client = Client(world, notes)
    noted = len(client.noted())
    after_the_fault(client, steps)
    refusals = client.go(steps)
    if clock and later:
        # The clock was ahead and is right again: what it refuses now it takes once that moment is past.
        assert all("早于上一步" in each or "future" in each for each in refusals), refusals
        with shop.clock(later):
            refusals = client.go(steps)
    assert not refusals, refusals
    return noted


def _last(world: Path, steps: list[Step], notes: Path, *, clock: bool, later: float) -> None:
    from django.utils import timezone

    from yangban.web.jobs.daily import tick

    client = Client(world, notes)
    with shop.clock(later):
        work()
        # The work of that day is due, whatever hour it is while this runs.
        tick(noon(timezone.now()))
        work()
    in_the_end(client, steps, clock=clock)


def _preload() -> None:
    """Import what the children need, so that none of them spends a second on it."""
    import django.test  # noqa: F401
    from django.core.handlers.wsgi import WSGIHandler
    from django.urls import get_resolver

    WSGIHandler().load_middleware()
    get_resolver().url_patterns  # noqa: B018


def _bytes(folder: Path) -> int:
    return sum((path.stat().st_blocks * 512 for path in folder.rglob("*") if path.is_file()), 0)


_CLEAR: Final = ("yangban.", "builtins.OSError", "builtins.FileNotFoundError", "polars.exceptions.ComputeError", "django.db.utils.")
