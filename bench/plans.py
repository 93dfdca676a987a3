"""Lists, tree, matrix, map and board over more than sixty thousand tasks with a year of reports, on PostgreSQL: p95 of each page.

60 tasks of a province over 11 cities, each over 100 tasks of counties. The tasks are copies of one that was issued through the site's own
door, written straight into the tables with their units and reports; pages are asked for as people ask, one after another.
"""

from __future__ import annotations

import importlib.util
import itertools
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from bench.measure import Row, throw_away_postgresql

ROOT = Path(__file__).resolve().parents[1]
PROVINCE = "360000"
FULL = (60, 11, 100)
"""Tasks of the province, cities, and tasks of counties under each of a city's."""
ROUNDS = 40
GOAL = 200.0
PAGES = (
    "list/", "list/?page=40", "list/?level=county&state=in_progress", "list/?q=任务 7", "list/?late=1&colour=red", "tree/", "tree/?page=3",
    "matrix/", "matrix/?page=3", "map/?region=360000", "map/?region=360000&by=city", "map/?region=360700", "board/",
    "board/?level=county", "mine/", "office/", "",
)  # fmt: skip
"""Below ``/desk/tasks/``."""


def fill(
    body: dict[str, Any], report: dict[str, Any], *, tops: int, cities: int, counties: int, moment: datetime, word: str = "s"
) -> int:  # fmt: skip
    """Copies of a task as a tree through three levels, with units and twelve reports each; returns how many tasks there are."""
    from django.db import connection

    from yangban.base import regions
    from yangban.web.accounts.models import Organisation
    from yangban.web.plans.models import Task, TaskUnit

    codes = [each.code for each in regions.children(PROVINCE, level="city")][:cities]
    below = {city: [each.code for each in regions.children(city, level="county")] for city in codes}
    rows: list[Task] = []

    def add(pk: str, level: str, place: str, n: int, **more: Any) -> str:
        rows.append(
            Task(
                id=pk, number=pk, title=f"任务 {n}", workflow="yearly", level=level, place=place, province=PROVINCE,
                city="" if level == "province" else place[:4] + "00", office="办", lead=f"{place} 第{n % 40}局", plan="p",
                plan_item=str(n % 22), state=("in_progress", "reported", "closed")[n % 3], working=n % 3 == 0, ended=n % 3 == 2,
                deadline=date(2026, 6, 1) + timedelta(days=n % 300), issued_on=date(2026, 1, 5), percent=n % 100,
                newest_period=f"2026-{1 + n % 11:02d}", colour=("", "yellow", "red", "green")[n % 4], body=body, **more,
            )
        )  # fmt: skip
        return pk

    for n in range(tops):
        top = add(f"{word}{n}", "province", PROVINCE, n, root=f"{word}{n}", leaf=False)
        for m, city in enumerate(codes):
            middle = add(f"{word}{n}-{m}", "city", city, n + m, root=top, parent_id=top, leaf=False)
            for k in range(counties):
                add(f"{word}{n}-{m}-{k}", "county", below[city][k % len(below[city])], n + m + k, root=top, parent_id=middle)
    Task.objects.bulk_create(rows, batch_size=1000)
    names = {each.lead: each.place for each in rows}
    there = set(Organisation.objects.filter(name__in=list(names)).values_list("name", flat=True))
    fresh = [Organisation(name=name, region=place, kind="department") for name, place in names.items() if name not in there]
    Organisation.objects.bulk_create(fresh)
    units = dict(Organisation.objects.filter(name__in=list(names)).values_list("name", "pk"))
    TaskUnit.objects.bulk_create(
        [TaskUnit(task_id=each.pk, organisation_id=units[each.lead], role="lead") for each in rows], batch_size=2000
    )
    with connection.cursor() as cursor:
        for month in range(1, 13):
            cursor.execute(
                "INSERT INTO plans_taskreport "
                "(id, task_id, unit_id, period, revision, state, step, progress, percent, returned, touched, body) "
                "SELECT t.id || %s, t.id, u.organisation_id, %s, 1, 'accepted', 4, '1/2', 50, '', %s, %s FROM plans_task t "
                "JOIN plans_taskunit u ON u.task_id = t.id AND u.role = 'lead' WHERE t.id LIKE %s",
                [f"-{month:02d}", f"2026-{month:02d}", moment, json.dumps(report), f"{word}%"],
            )
        cursor.execute("ANALYZE")
    return len(rows)


def plans(scratch: Path) -> Iterator[Row]:
    """A row for each page; a note where PostgreSQL or the extras are missing."""
    postgres = throw_away_postgresql()
    found = postgres.programs()
    if found is None or importlib.util.find_spec("psycopg") is None or importlib.util.find_spec("django") is None:
        print("plans: skipped, PostgreSQL or the extras `web` and `postgres` are not installed", file=sys.stderr)
        return
    with postgres.cluster(found) as url:
        words = {
            **os.environ, "DATABASE_URL": url, "YANGBAN_HOME": str(scratch), "YANGBAN_SECRET_KEY": "bench", "YANGBAN_DEMO": "1",
            "YANGBAN_STATIC_STORAGE": "django.contrib.staticfiles.storage.StaticFilesStorage",
            "DJANGO_SETTINGS_MODULE": "yangban.web.config.settings",
        }  # fmt: skip
        done = subprocess.run([sys.executable, "-m", "bench.plans"], env=words, cwd=ROOT, check=True, capture_output=True, text=True)
    for each in json.loads(done.stdout.splitlines()[-1]):
        yield Row(
            f"tasks, PostgreSQL, {each['count']} tasks: p95 in ms, {each['who']}, /desk/tasks/{each['page']}", each["p95"], GOAL, True,
            f"median {each['median']:.0f} ms, processor {each['cpu']:.0f} ms, {each['queries']} queries, {each['size'] / 1024:.0f} kB",
        )  # fmt: skip


def _people() -> tuple[dict[str, Any], Any]:
    """An office at three levels and a department, and a task that was issued through the site's own door."""
    from yangban.govern.model import Terms
    from yangban.web.accounts.models import Membership, Organisation, User
    from yangban.web.plans import tasks

    posts = {
        "office of the province": ("省委员会办公室", PROVINCE, "office"), "office of a city": ("市委员会办公室", "360700", "office"),
        "office of a county": ("县委员会办公室", "360725", "office"), "head of a department": ("360700 第1局", "360700", "head"),
    }  # fmt: skip
    people, day = {}, date.today()
    for n, (word, (name, region, role)) in enumerate(posts.items()):
        unit, _ = Organisation.objects.get_or_create(name=name, region=region, kind="department")
        people[word] = User.objects.create(username=f"bench{n}", password="!")
        Membership.objects.create(user=people[word], organisation=unit, role=role, valid_from=date(2020, 1, 1))
    terms = Terms(title="任务", basis="文", deadline=day + timedelta(days=200), lead="360700 第1局")
    made = tasks.draft(number="测-1", terms=terms, place=PROVINCE, office="省委员会办公室", demo=True)
    return people, tasks.issue(people["office of the province"], made)


def _cpu(backend: int) -> float:
    """Seconds of processor that this process and the server's process of its connection have used: what a busy machine does not change."""
    words = Path(f"/proc/{backend}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return time.process_time() + (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")


def _measure(tops: int, cities: int, counties: int, rounds: int) -> list[dict[str, Any]]:
    import django

    django.setup()
    from django.conf import settings
    from django.core.management import call_command
    from django.db import connection, reset_queries
    from django.test import Client

    from yangban.web.plans import tasks

    settings.ALLOWED_HOSTS = ["testserver"]
    call_command("migrate", verbosity=0)
    call_command("createcachetable", verbosity=0)
    people, row = _people()
    # The department of the bench leads tasks of the tree too: its name is one of those that the tree names.
    from yangban.web.accounts.models import Organisation

    Organisation.objects.filter(name="360700 第1局").update(name="360700 第1局（原）")
    count = fill(row.body, {"text": ""}, tops=tops, cities=cities, counties=counties, moment=tasks.now())
    tree = Organisation.objects.get(name="360700 第1局")
    people["head of a department"].memberships.update(organisation=tree)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        backend = cursor.fetchone()[0]
    told = []
    for who, page in itertools.product(people, PAGES):
        if page == "office/" and not who.startswith("office"):
            continue
        client = Client()
        client.force_login(people[who])
        session = client.session
        session["second_factor"] = True
        session.save()
        times, address = [], f"/desk/tasks/{page}"
        answer = client.get(address)
        assert answer.status_code == 200, (who, page, answer.status_code)
        settings.DEBUG = True
        reset_queries()
        client.get(address)
        queries = len(connection.queries)
        settings.DEBUG = False
        cpu = _cpu(backend)
        for _ in range(rounds):
            start = time.perf_counter()
            client.get(address)
            times.append((time.perf_counter() - start) * 1000)
        cpu = (_cpu(backend) - cpu) / rounds * 1000
        times.sort()
        told.append(
            {
                "who": who, "page": page, "count": count, "p95": times[int(rounds * 0.95) - 1], "median": times[rounds // 2],
                "queries": queries, "size": len(answer.content), "cpu": cpu,
            }
        )  # fmt: skip
    return told


if __name__ == "__main__":
    json.dump(_measure(*FULL, ROUNDS), sys.stdout, ensure_ascii=False)
