"""Two officers at once, in threads with connections of their own; prints what became of it as JSON. Run by test_tasks.py."""

from __future__ import annotations

import json
import os
import sys
import threading
from datetime import date
from typing import Any

import django


def main() -> None:
    django.setup()
    from django.core.management import call_command
    from django.db import connection

    call_command("migrate", verbosity=0)
    from web.plans.conftest import build
    from yangban.base.errors import YangbanError
    from yangban.web.accounts.audit import problems
    from yangban.web.plans import tasks
    from yangban.web.plans.models import NumberTaken, StepRecord, Task

    town = build()
    row = town.working(workflow="rectification")
    twins = [town.working(workflow="yearly") for _ in range(2)]
    moment = town.tick()
    told: dict[str, list[str]] = {}

    def at_once(name: str, *acts: Any) -> None:
        gate, said = threading.Barrier(len(acts)), []

        def run(act: Any) -> None:
            gate.wait()
            try:
                act()
                said.append("done")
            except YangbanError as problem:
                said.append(f"{getattr(problem, 'rule', '')}: {problem}")
            finally:
                connection.close()

        threads = [threading.Thread(target=run, args=(act,)) for act in acts]
        for each in threads:
            each.start()
        for each in threads:
            each.join(60)
        told[name] = sorted(said)

    office = town.people["office.city"]
    warn = {"reason": "进度慢", "step_due": date(2026, 6, 30)}
    at_once("one task", *[lambda: tasks.act(office, row.pk, "warn", seen=2, facts=warn, at=moment)] * 2)

    def issue() -> None:
        made = tasks.draft(number="抢-1", terms=town.terms(), place="360700", office=town.units["office.city"].name, demo=True)
        tasks.issue(office, made, at=moment)

    at_once("one number", issue, issue)
    assert len(twins) == 2
    row.refresh_from_db()
    told["facts"] = [
        row.state, str(row.revision), str(StepRecord.objects.filter(subject=row.pk).count()),
        str(Task.objects.filter(number="抢-1").count()), str(NumberTaken.objects.filter(number="抢-1").count()), *problems(),
        *tasks.problems(row.pk),
    ]  # fmt: skip
    json.dump(told, sys.stdout, ensure_ascii=False)


if __name__ == "__main__":
    assert os.environ["DJANGO_SETTINGS_MODULE"]
    main()
