"""Lists, tree, matrix, board and map over many tasks: a fixed number of questions to the database, however many tasks there are.

How long the pages take over more than sixty thousand tasks is measured by ``python -m bench plans``, which fills the tables as this does.
"""

from __future__ import annotations

from typing import Any

import pytest
from bench.plans import PAGES, fill
from django.db import connection
from django.test.utils import CaptureQueriesContext

from web.plans.conftest import Town
from yangban.web.plans.models import TaskReport

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("who", ["office.province", "office.city"])
def test_the_number_of_questions_does_not_grow_with_the_tasks(town: Town, enter: Any, who: str) -> None:
    body = town.issued().body
    client = enter(town.people[who])
    asked: list[dict[str, int]] = []
    for tops in (1, 5):
        count = fill(body, {"text": ""}, tops=tops, cities=11, counties=8, moment=town.moment, word=f"g{tops}")
        assert TaskReport.objects.filter(pk__startswith=f"g{tops}").count() == 12 * count
        asked.append({})
        for page in PAGES:
            client.get(f"/desk/tasks/{page}")
            with CaptureQueriesContext(connection) as held:
                assert client.get(f"/desk/tasks/{page}").status_code == 200
            asked[-1][page] = len(held)
    assert max(asked[1].values()) <= 30, asked[1]
    # Five times as many tasks: the same questions (one more where a second page of a list begins to exist).
    assert {page: many - asked[0][page] for page, many in asked[1].items() if many - asked[0][page] > 1} == {}
