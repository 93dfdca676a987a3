"""Lists, tree, matrix and map over many tasks: a fixed number of questions always, and with YANGBAN_FULL=1 how long they take.

Full means 60 tasks of a province over 11 cities and 100 counties each, more than 60,000, with 12 reports on every one.

The tasks are copies of one, written straight into the tables: only how long the pages take is looked at, nothing that they say.
"""

from __future__ import annotations

import os
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection

from web.plans.conftest import Town
from yangban.base import regions
from yangban.web.plans.models import Task, TaskReport

pytestmark = pytest.mark.django_db

FULL = os.environ.get("YANGBAN_FULL") == "1"
TOPS, CITIES, COUNTIES = (60, 11, 100) if FULL else (6, 11, 10)
PAGES = (
    "list/",
    "list/?page=3",
    "list/?level=county&state=in_progress",
    "tree/",
    "matrix/",
    "map/?region=360000",
    "map/?region=360000&by=city",
    "board/",
)


def fill(town: Town) -> int:
    """The tree of tasks, each with a year of reports."""
    body = town.issued().body
    cities = [each.code for each in regions.children("360000", level="city")][:CITIES]
    below = {city: [each.code for each in regions.children(city, level="county")] for city in cities}
    rows: list[Task] = []

    def add(pk: str, level: str, place: str, n: int, **more: Any) -> str:
        rows.append(
            Task(
                id=pk,
                number=pk,
                title=f"任务 {n}",
                workflow="yearly",
                level=level,
                place=place,
                province="360000",
                city="" if level == "province" else place[:4] + "00",
                office="办",
                lead=f"{place} 第{n % 40}局",
                plan="p",
                plan_item=str(n % 22),
                state=("in_progress", "reported", "closed")[n % 3],
                working=n % 3 == 0,
                ended=n % 3 == 2,
                deadline=date(2026, 6, 1) + timedelta(days=n % 300),
                percent=n % 100,
                colour=("", "yellow", "red", "green")[n % 4],
                body=body,
                **more,
            )
        )
        return pk

    for n in range(TOPS):
        top = add(f"s{n}", "province", "360000", n, root=f"s{n}", leaf=False)
        for m, city in enumerate(cities):
            middle = add(f"s{n}-{m}", "city", city, n + m, root=top, parent_id=top, leaf=False)
            for k in range(COUNTIES):
                add(f"s{n}-{m}-{k}", "county", below[city][k % len(below[city])], n + m + k, root=top, parent_id=middle)
    Task.objects.bulk_create(rows, batch_size=400)
    with connection.cursor() as cursor:
        for month in range(1, 13):
            cursor.execute(
                "INSERT INTO plans_taskreport "
                "(id, task_id, unit_id, period, revision, state, step, progress, percent, returned, touched, body) "
                "SELECT t.id || %s, t.id, %s, %s, 1, 'accepted', 4, '1/2', 50, '', %s, '{}' FROM plans_task t WHERE t.id LIKE 's%%'",
                [f"-{month:02d}", town.units["fill.water"].pk, f"2026-{month:02d}", town.moment],
            )
        cursor.execute("ANALYZE")
    return len(rows)


def test_pages_over_many_tasks(town: Town, enter: Any, django_assert_max_num_queries: Any) -> None:
    count = fill(town)
    assert count >= (60_000 if FULL else 600)
    assert TaskReport.objects.count() == 12 * count
    client = enter(town.people["office.province"])
    for page in PAGES:
        client.get(f"/desk/tasks/{page}")
        with django_assert_max_num_queries(25):
            assert client.get(f"/desk/tasks/{page}").status_code == 200
