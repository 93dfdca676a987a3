"""One who does acts at a site in a world, and notes what was acknowledged in a file outside of it; and the worker behind the site."""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from faults import shop
from faults.acts import MEMBERS, STATIONS, Step

CHAIN: Final = "example"
LONG_AGO: Final = datetime(2024, 1, 1, tzinfo=UTC)
GONE: Final = ("django.db.utils.", "builtins.OSError", "yangban.web.api.problems.", "yangban.base.errors.")


def enter(world: Path) -> dict[str, Any]:
    """Make this process one of the site in a world; gives what is known of the world."""
    import dj_database_url
    from django.conf import settings
    from django.db import connections

    settings.WORKSPACE = world / "w"
    settings.MEDIA_ROOT = world / "w" / "site-files"
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    file = world / "database"
    if file.exists():
        held = dj_database_url.parse(file.read_text(), conn_max_age=60, conn_health_checks=True)
    else:
        held = {**settings.DATABASES["default"], "NAME": world / "w" / "site.sqlite3"}
    connections.settings = connections.configure_settings({"default": dict(held)})
    with contextlib.suppress(AttributeError):
        del connections["default"]
    connections["default"].execute_wrappers.append(_statement)
    known = world / "known.json"
    return dict(json.loads(known.read_text())) if known.exists() else {}


def _statement(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
    from django.db import OperationalError

    if shop.current is not None:
        try:
            shop.current.step()
        except OSError as problem:
            raise OperationalError(f"disk I/O error: {problem}") from None
    return execute(sql, params, many, context)


def build(world: Path) -> None:
    """An empty site with the people of a city, members, goods, a partner's key and stations."""
    from django.core.management import call_command
    from django.utils import timezone

    from web.plans.conftest import build as town
    from yangban.readings.stations import Registry, Station
    from yangban.readings.workspace import Workspace
    from yangban.web.accounts.models import Membership, Organisation, User
    from yangban.web.api import keys
    from yangban.web.points import people
    from yangban.web.points.models import Good, Merchant, Program

    enter(world)
    place = Workspace.open(world / "w", create=True)
    call_command("migrate", verbosity=0)
    call_command("createcachetable", verbosity=0)
    Registry(tuple(Station(station=f"station:{1000 + n}A", city="360700") for n in range(STATIONS))).save(place)
    town()
    operator = Organisation.objects.create(name="虚构积分运营中心", region="360000", kind="operator")
    Program.objects.create(scheme=CHAIN, organisation=operator, fen_per_point=10)
    bureau = Organisation.objects.create(name="虚构生态环境厅", region="360000", kind="bureau")
    for word, role, where in (("runs", "points_operator", operator), ("keys", "security", bureau)):
        Membership.objects.create(user=User.objects.create_user(username=word), organisation=where, role=role)
    members = []
    for n in range(MEMBERS):
        member = people.join(f"1390000000{n}", "seven green lanterns")
        people.consent(member, "org1")
        members.append(member.number)
    Good.objects.create(scheme=CHAIN, merchant=Merchant.objects.create(number="s1", name="虚构超市"), name="袋", price=30, stock=1000)
    now = timezone.now()
    _row, key = keys.make(
        User.objects.get(username="keys"), name="推送", organisation=bureau, region="360000", scopes=["readings:write"],
        expires_at=now + timedelta(days=700),
    )  # fmt: skip
    (world / "known.json").write_text(json.dumps({"members": members, "key": key, "now": now.timestamp()}))
    from django.db import connections

    connections.close_all()


class Client:
    """One who does the acts of a list at the site."""

    def __init__(self, world: Path, notes: Path) -> None:
        self.known, self.notes = enter(world), notes
        self.world = world
        self.start = datetime.fromtimestamp(self.known["now"], UTC)

    @property
    def people(self) -> dict[str, Any]:
        """Those who act, as the site knows them at the moment."""
        from yangban.web.accounts.models import User

        return {each.username: each for each in User.objects.all()}

    def noted(self) -> set[str]:
        """What was acknowledged; a line that a kill cut in two was not."""
        lines = self.notes.read_bytes().splitlines(keepends=True) if self.notes.exists() else []
        return {json.loads(line) for line in lines if line.endswith(b"\n") and line.startswith(b'"')}

    def note(self, step: Step) -> None:
        """Note that an act was acknowledged; between its commit and this line a kill may fall."""
        if shop.current is not None:
            shop.current.step()
        with self.notes.open("ab", buffering=0) as paper:
            paper.write(json.dumps(step.key).encode() + b"\n")

    def go(self, steps: list[Step], *, patience: float = 0.0) -> list[str]:
        """Do the acts; one that is refused ends its thread unless the client is patient and asks again. Gives the refusals."""
        from django.db import close_old_connections

        ended: dict[str, str] = {}
        for step in steps:
            if step.thread in ended:
                continue
            until = time.monotonic() + patience
            while True:
                close_old_connections()
                try:
                    getattr(self, step.name)(step)
                except Exception as problem:
                    told = f"{step.key} {step.name}: {type(problem).__module__}.{type(problem).__name__}: {problem}"
                    if not f"{type(problem).__module__}.".startswith(tuple(each.rstrip(".") for each in GONE)) and not isinstance(
                        problem, OSError
                    ):
                        raise
                    if time.monotonic() < until:
                        time.sleep(0.05)
                        continue
                    ended[step.thread] = told
                else:
                    self.note(step)
                break
        return list(ended.values())

    # ------------------------------------------------------------------------------------------------------------------------- tasks

    def _task(self, step: Step) -> Any:
        from yangban.web.plans.models import Task

        return Task.objects.get(number=f"任-{step.thread}")

    def _report(self, step: Step) -> Any:
        return self._task(step).reports.get()

    def _unless_taken(self, step: Step, act: Callable[[], Any]) -> None:
        """Do a step of a task; where the site says that it was taken, look whether it was this one."""
        from yangban.base.errors import NotAllowed

        try:
            act()
        except NotAllowed:
            if not taken(step):
                raise

    def issue(self, step: Step) -> None:
        from yangban.govern.model import Terms
        from yangban.web.plans import tasks

        terms = Terms(
            title="矿山复绿（虚构）", basis="测试文〔2026〕1号", deadline=(self.start + timedelta(days=900)).date(), lead="测试市水利局",
            responsible=("测试县政府",), assisting=("测试市林业局",), acceptance="测试市验收局",
        )  # fmt: skip
        made = tasks.draft(
            number=f"任-{step.thread}", terms=terms, place="360700", office="测试市委员会办公室", workflow="yearly", demo=True
        )
        self._unless_taken(step, lambda: tasks.issue(self.people["office.city"], made))

    def split(self, step: Step) -> None:
        from yangban.web.plans import tasks

        pk = self._task(step).pk
        self._unless_taken(step, lambda: tasks.split(self.people["head.water"], pk, seen=step.at, measures=("复绿",)))

    def fill(self, step: Step) -> None:
        from yangban.web.plans import reports

        pk, period = self._task(step).pk, f"{self.start.astimezone():%Y-%m}"
        seen = f"{int(step.at > 0)}.{step.at}"
        self._unless_taken(step, lambda: reports.fill(self.people["fill.water"], pk, period, progress="100", seen=seen))

    def _of_report(self, step: Step, who: str, event: str, **facts: Any) -> None:
        from yangban.web.plans import reports

        pk = self._report(step).pk
        self._unless_taken(step, lambda: reports.step(self.people[who], pk, event, seen=step.at, facts=facts))

    def sign(self, step: Step) -> None:
        self._of_report(step, "head.water", "sign")

    def _return(self, step: Step) -> None:
        self._of_report(step, "office.city", "return", reason="数不对")

    def accept(self, step: Step) -> None:
        self._of_report(step, "office.city", "accept")

    def _act(self, step: Step, who: str, event: str, **facts: Any) -> None:
        from yangban.web.plans import tasks

        pk = self._task(step).pk
        self._unless_taken(step, lambda: tasks.act(self.people[who], pk, event, seen=step.at, facts=facts))

    def apply(self, step: Step) -> None:
        from yangban.govern.records import Evidence

        self._act(step, "head.water", "apply", dossier=(Evidence(name="总结.pdf", digest="0" * 64),))

    def confirm(self, step: Step) -> None:
        self._act(step, "office.city", "confirm", signature="签")

    def close(self, step: Step) -> None:
        self._act(step, "office.city", "close", filing=f"销-{step.thread}", archive="柜")

    # ------------------------------------------------------------------------------------------------------------------------ points

    def _member(self, step: Step) -> Any:
        from yangban.web.points.models import Member

        return Member.objects.get(number=self.known["members"][step.words["member"]])

    def _account(self, step: Step) -> Any:
        from yangban.points.ledger import member

        return member(CHAIN, self.known["members"][step.words["member"]])

    def report(self, step: Step) -> None:
        from decimal import Decimal

        from django.utils import timezone

        from yangban.points.award import Event
        from yangban.web.points import earning
        from yangban.web.points.models import Program

        event = Event(
            id=step.key, channel="org1", member=self.known["members"][step.words["member"]], behaviour="parked",
            happened_at=self.start - timedelta(days=step.words["days"], hours=1), received_at=timezone.now(), amounts={"act": Decimal(1)},
        )  # fmt: skip
        outcome = earning.receive(Program.objects.get(scheme=CHAIN), [event])[0]
        assert outcome.status in {"awarded", "already", "refused"}, outcome

    def earn(self, step: Step) -> None:
        from yangban.points.ledger import Earn
        from yangban.web.points import posting

        lasts = step.words["lasts"]
        expires = None if lasts is None else self.start + timedelta(days=1, seconds=lasts)
        posting.post(
            CHAIN, Earn(key=step.key, holder=self._account(step), amount=step.words["amount"], happened_at=LONG_AGO, expires_at=expires)
        )

    def batch(self, step: Step) -> None:
        from yangban.points.ledger import Earn
        from yangban.web.points import posting

        asked = [
            Earn(key=f"{step.key}-{n}", holder=self._account(step), amount=amount, happened_at=LONG_AGO, expires_at=None)
            for n, amount in enumerate(step.words["amounts"])
        ]
        assert all(isinstance(each, posting.Posted) for each in posting.post_all(CHAIN, asked))

    def order(self, step: Step) -> None:
        from yangban.web.points import shop as counter
        from yangban.web.points.models import Good

        counter.order(self._member(step), Good.objects.get(), step.words["order"])

    def deliver(self, step: Step) -> None:
        self._end(step, "delivered")

    def cancel(self, step: Step) -> None:
        self._end(step, "cancelled")

    def _end(self, step: Step, state: str) -> None:
        from yangban.base.errors import WrongState
        from yangban.web.points import shop as counter
        from yangban.web.points.models import Order

        row = Order.objects.get(key=step.words["order"])
        try:
            if state == "delivered":
                counter.deliver(self.people["runs"], row.code)
            else:
                counter.cancel(self._member(step), row.pk)
        except WrongState:
            row.refresh_from_db()
            if row.state != state:
                raise

    def spend(self, step: Step) -> None:
        from yangban.points.ledger import Spend, merchant
        from yangban.web.points import posting

        posting.post(CHAIN, Spend(key=step.key, holder=self._account(step), merchant=merchant(CHAIN, "s1"), amount=step.words["amount"]))

    def hold(self, step: Step) -> None:
        from yangban.points.ledger import Hold
        from yangban.web.points import posting

        until = self.start + timedelta(days=800)
        posting.post(CHAIN, Hold(key=step.words["word"], holder=self._account(step), amount=step.words["amount"], until=until))

    def give(self, step: Step) -> None:
        self._close_hold(step, give=True)

    def void(self, step: Step) -> None:
        self._close_hold(step, give=False)

    def _close_hold(self, step: Step, *, give: bool) -> None:
        from yangban.points.ledger import Cancel, Deliver, merchant
        from yangban.web.points import posting
        from yangban.web.points.models import LedgerOperation

        number = LedgerOperation.objects.get(chain__name=CHAIN, key=step.words["word"]).number
        asked: Any = (
            Deliver(key=step.key, hold=number, merchant=merchant(CHAIN, "s1")) if give else Cancel(key=step.key, hold=number, reason="不要")
        )
        posting.post(CHAIN, asked)

    def reverse(self, step: Step) -> None:
        """Two postings, the second of the first: earned, and taken back."""
        from yangban.points.ledger import Earn, Reverse
        from yangban.web.points import posting

        made = posting.post(
            CHAIN, Earn(key=f"{step.key}-e", holder=self._account(step), amount=step.words["amount"], happened_at=LONG_AGO, expires_at=None)
        )
        posting.post(CHAIN, Reverse(key=step.key, operation=made.number, by="runs", reason="重复"))

    # ------------------------------------------------------------------------------------------------------------------------- hours

    def push(self, step: Step) -> None:
        """A request, as the station sends it: cut off on its way, repeated at once, or plain."""
        from django.test import Client as Browser

        row = {"subject": station(step), "time": f"{ends(self.start, step):%Y-%m-%dT%H:00}", "pm25": str(step.words["pm25"])}
        body = json.dumps({"rows": [row]})
        headers = {"HTTP_AUTHORIZATION": f"Bearer {self.known['key']}", "HTTP_IDEMPOTENCY_KEY": step.key, "HTTP_HOST": "localhost"}
        browser = Browser(raise_request_exception=False)

        def send(text: str) -> Any:
            return browser.post("/api/v1/hours", text, content_type="application/json", **headers)

        if step.words["cut"]:
            assert send(body[:-9]).status_code in {400, 422, 500, 503}
        told = send(body)
        if told.status_code != 202:
            raise OSError(f"{told.status_code} {told.content[:300].decode(errors='replace')}")
        if step.words["again"]:
            second = send(body)
            assert second.status_code != 202 or second.json()["id"] == told.json()["id"]

    # ---------------------------------------------------------------------------------------------------------------------------- days

    def tick(self, _step: Step) -> None:
        from yangban.web.jobs.daily import tick

        tick(noon(self.start))


setattr(Client, "return", Client._return)


def noon(moment: datetime) -> datetime:
    """A moment of the same day at which work of the day is due."""
    from django.utils import timezone

    return timezone.localtime(moment).replace(hour=12)


def station(step: Step) -> str:
    """The station that pushes."""
    return f"station:{1000 + step.words['station']}A"


def ends(start: datetime, step: Step) -> datetime:
    """The end of the hour that a push is about, by the station's clock."""
    from zoneinfo import ZoneInfo

    return start.astimezone(ZoneInfo("Asia/Shanghai")).replace(minute=0, second=0, microsecond=0) - timedelta(hours=step.words["back"])


def taken(step: Step) -> bool:
    """Whether a step of a task or of its report stands in its log, at its place."""
    from yangban.web.plans.models import StepRecord, Task

    row = Task.objects.filter(number=f"任-{step.thread}").first()
    if row is None:
        return False
    if step.name in {"issue", "split", "apply", "confirm", "close"}:
        return StepRecord.objects.filter(subject=row.pk, seq=step.at + 1, event=step.name).exists()
    report = row.reports.first()
    if report is None:
        return False
    wanted = [(step.at + 1, "edit" if step.at else "fill"), (step.at + 2, "submit")] if step.name == "fill" else [(step.at + 1, step.name)]
    return all(StepRecord.objects.filter(subject=report.pk, seq=seq, event=event).exists() for seq, event in wanted)


def work() -> None:
    """What the background worker does from its start until nothing is left to do."""
    from django.core.management import call_command

    from yangban.web.api.deliveries import tidy
    from yangban.web.jobs.work import resume

    resume()
    tidy()
    call_command("db_worker", interval=0.05, startup_delay=False, batch=True, verbosity=0)
