"""Several processes at once, as the site runs them: one delivery is taken once, and a limit holds for all together."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

PROGRAM = """
import json, multiprocessing, sys
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

from yangban.web.commands import prepare

prepare(Path(sys.argv[1]))

from django.conf import settings
from django.core.management import call_command
from django.db import connections
from django.utils import timezone

from yangban.web.accounts.models import Membership, Organisation, User
from yangban.web.api import deliveries, keys, rates
from yangban.web.api.models import ApiKey, Delivery
from yangban.web.api.problems import Problem

TABLE = b"subject,time,pollutant,value\\n360100,2024-03-01 01:00,pm25,35\\n"


def deliver(content):
    try:
        made = deliveries.accept(ApiKey.objects.get(), idempotency_key="w", pieces=[content], name="rows.csv", asked={"basis": "realtime"})
        return str(made.pk)
    except Problem as problem:
        return problem.name


def ask(limit):
    passed = 0
    for _ in range(limit):
        try:
            rates.count("test", str(limit), limit=limit)
            passed += 1
        except Problem:
            pass
    return passed


if __name__ == "__main__":
    call_command("migrate", verbosity=0)
    call_command("createcachetable", verbosity=0)
    user = User.objects.create(username="a")
    home = Organisation.objects.create(name="b", kind="bureau", region="360000")
    Membership.objects.create(user=user, organisation=home, role="security")
    until = timezone.now() + timedelta(days=1)
    keys.make(user, name="k", organisation=home, region="360000", scopes=["readings:write"], expires_at=until)
    connections.close_all()
    rates.time = SimpleNamespace(time=lambda: 1_800_000_030.0)
    with multiprocessing.get_context("fork").Pool(4) as pool:
        small = sum(pool.map(ask, [40] * 4, chunksize=1))
        large = sum(pool.map(ask, [150] * 4, chunksize=1))
        same = pool.map(deliver, [TABLE] * 12, chunksize=1)
        other = pool.map(deliver, [TABLE + b"#"] * 4, chunksize=1)
    inbox = list((Path(settings.MEDIA_ROOT) / "inbox").rglob("*.csv"))
    print(json.dumps([small, large, len(set(same)), sorted(set(other)), Delivery.objects.count(), len(inbox)]))
"""


def test_processes_together(tmp_path: Path) -> None:
    """Four processes, each asking as often as the limit allows to all: a small limit holds exactly, a large one but for a few.

    Twelve deliveries of one content under one word are one row with one file; other content is a conflict each time.
    """
    program = tmp_path / "together.py"
    program.write_text(PROGRAM, encoding="utf-8")
    env = {name: value for name, value in os.environ.items() if not name.startswith(("YANGBAN_", "DJANGO_"))}
    words = [sys.executable, str(program), str(tmp_path / "w")]
    done = subprocess.run(words, capture_output=True, text=True, timeout=180, check=False, env=env)
    assert done.returncode == 0, done.stderr
    small, large, same, other, rows, files = json.loads(done.stdout.splitlines()[-1])
    assert small == 40
    # With a limit of 150 a process carries its count at every third request, and later where the database is busy; 600 were asked.
    assert 150 <= large <= 200
    assert (same, other, rows, files) == (1, ["idempotency-conflict"], 1, 1)
