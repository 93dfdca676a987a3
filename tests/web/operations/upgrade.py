"""From the tables of a released version to those of this one, with rows in them, and back: ``python upgrade.py VERSION [--down]``.

Works on the database of ``DATABASE_URL``, which must be empty, else on SQLite in a workspace of its own. Rows are written through the
models as that version had them. ``--record VERSION`` adds this version's own state to ``released.toml``. Everything here is synthetic.
"""

from __future__ import annotations

import datetime
import os
import sys
import tempfile
import tomllib
from pathlib import Path
from typing import Any, Final

FILE: Final = Path(__file__).with_name("released.toml")
AT: Final = datetime.datetime(2026, 3, 1, 2, 0, tzinfo=datetime.UTC)
DAY: Final = datetime.date(2026, 3, 1)


def write(old: Any) -> dict[str, Any]:
    """Rows of every part of the site, as the models of that version take them; gives what they must still say afterwards."""
    from yangban.web.accounts.audit import FIRST, _digest

    user = old.get_model("accounts", "User").objects.create(username="wang", email="wang@example.org", password="!")
    office = old.get_model("accounts", "Organisation").objects.create(region="360000", kind="bureau", name="合成单位")
    old.get_model("accounts", "Membership").objects.create(user=user, organisation=office, role="admin", valid_from=DAY)
    before = FIRST
    for number in (1, 2, 3):
        entry = old.get_model("accounts", "AuditEntry")(
            number=number, at=AT, actor="wang", organisation="合成单位", action="test", subject=f"第 {number} 条", detail={"n": number},
            before=before,
        )  # fmt: skip
        entry.digest = before = _digest(entry)
        entry.save(force_insert=True)
    job = old.get_model("jobs", "Job").objects.create(kind="api.hours", title="合成任务", state="done", created_by=user)
    key = old.get_model("api", "ApiKey").objects.create(
        name="推送", organisation=office, region="360000", scopes=["readings:write"], prefix="yb_12345678", digest="d" * 64,
        created_by=user, expires_at=AT,
    )  # fmt: skip
    old.get_model("api", "Delivery").objects.create(
        key=key, idempotency_key="one", digest="e" * 64, name="hours.csv", size=9, state="done", job=job
    )
    model = old.get_model("plans", "Task")
    task = model.objects.create(
        id="t1", number="任-1", title="合成任务", workflow="yearly", level="city", place="360100", city="360100", province="360000",
        office="合成办公室", lead="合成单位", state="issued", deadline=DAY, body={"id": "t1"},
    )  # fmt: skip
    old.get_model("plans", "StepRecord").objects.create(
        subject="t1", seq=1, event="issue", at=AT, person="wang", unit="合成单位", digest="f" * 64, body={"seq": 1}
    )
    old.get_model("plans", "NumberTaken").objects.create(number="任-1", subject="t1", at=AT)
    old.get_model("plans", "JudgedColour").objects.create(task=task, period="2026-02", colour="green", proposed="green", by=user, at=AT)
    form = old.get_model("plans", "FormEntry").objects.create(
        number="表-1",
        title="合成表",
        owner=office,
        region="360000",
        level="province",
        rhythm="month",
        starts=DAY,
        ends=DAY,
        body={},
        by=user,
    )
    old.get_model("plans", "GivenValue").objects.create(
        unit=office, period="2026-02", asks="x", value="12", form=form.number, field="甲", by=user, at=AT
    )
    _books(old)
    return {"number": 3, "digest": before, "value": ("12", "2026-02"), "task": ("任-1", "issued")}


def _books(old: Any) -> None:
    """One operation of the ledger, planned as ever and written by hand: the triggers of that version move accounts and lot."""
    from yangban.points.ledger import AccountRow, Books, Earn, Head, member, needs, plan

    request = Earn(key="e1", holder=member("example", "a"), amount=7, happened_at=AT, expires_at=None)
    books = Books(head=Head("example"), accounts={each: AccountRow(each) for each in needs("example", request).accounts})
    made: Any = plan(books, request, AT)
    operation = made.operation
    chain = old.get_model("points", "LedgerChain").objects.create(name="example", scheme="example")
    accounts = {
        row.account: old.get_model("points", "LedgerAccount").objects.create(chain=chain, kind=row.account.kind, owner=row.account.owner)
        for row in made.accounts
    }
    fields = {each.name for each in old.get_model("points", "LedgerOperation")._meta.fields}
    words = {
        name: getattr(operation, name)
        for name in (
            "number", "kind", "key", "digest", "happened_at", "recorded_at", "by", "approved_by", "reason", "about", "refers_to",
            "expires_at", "until", "short", "previous_hash", "hash",
        ) if name in fields
    }  # fmt: skip
    row = old.get_model("points", "LedgerOperation").objects.create(chain=chain, scheme="example", **words)
    for number, line in enumerate(operation.lines, start=1):
        old.get_model("points", "LedgerEntry").objects.create(
            operation=row, line=number, source=accounts[line.source], target=accounts[line.target], amount=line.amount,
            lot=None if line.lot is None else row, source_before=line.source_before, target_before=line.target_before,
            source_version=line.source_version, target_version=line.target_version,
        )  # fmt: skip


def _counts(models: Any) -> dict[str, int]:
    found = {}
    for model in models:
        label = model._meta.label
        found[label] = model.objects.count()
    return {label: count for label, count in found.items() if count}


def look(said: dict[str, Any]) -> list[str]:
    """What is wrong with the rows after the migrations."""
    from yangban.points.ledger import member
    from yangban.web.accounts import audit
    from yangban.web.accounts.models import AuditEntry
    from yangban.web.operations import dbcheck
    from yangban.web.plans.models import GivenValue, Task
    from yangban.web.points import posting

    found = audit.problems()
    last = AuditEntry.objects.order_by("-number").values_list("number", "digest").first()
    if last != (said["number"], said["digest"]):
        found.append(f"audit: {last}")
    if GivenValue.objects.values_list("value", "period").get() != said["value"]:
        found.append("a given value is another")
    if Task.objects.values_list("number", "state").get() != said["task"]:
        found.append("a task is another")
    checked = posting.check()
    if not checked.holds or checked.proof.operations != 1 or posting.balance(member("example", "a")) != 7:
        found.append(f"books: {checked}")
    return found + [f"{each.title}: {each.found}" for each in dbcheck._tables() if each.state != dbcheck.PASSED]


def lose() -> list[str]:
    """Make a table anew as a migration of SQLite does: its triggers are gone, and ``migrate`` lays them again."""
    from django.core.management import call_command
    from django.db import connection

    from yangban.web.accounts.append_only import missing_triggers
    from yangban.web.accounts.models import AuditEntry
    from yangban.web.points import triggers

    found = []
    if connection.vendor == "sqlite":
        with connection.schema_editor() as editor:
            editor._remake_table(AuditEntry)  # type: ignore[attr-defined]
        with connection.cursor() as cursor:
            cursor.execute("DROP TRIGGER points_move")
            for verb in ("update", "delete"):
                cursor.execute(f"DROP TRIGGER kept_points_schemeversion_{verb}")
    else:
        with connection.cursor() as cursor:
            cursor.execute("DROP TRIGGER accounts_auditentry_keep ON accounts_auditentry")
            cursor.execute("ALTER TABLE plans_steprecord DISABLE TRIGGER plans_steprecord_keep")
            cursor.execute("DROP TRIGGER points_move ON points_ledgerentry")
            for verb in ("update", "delete"):
                cursor.execute(f"DROP TRIGGER kept_points_schemeversion_{verb} ON points_schemeversion")
    if not missing_triggers(connection, "accounts_auditentry") or not triggers.missing(connection):
        found.append("the triggers were not lost, so that nothing was tried")
    call_command("migrate", verbosity=0)
    found += [
        f"{table} lacks {missing}"
        for table in ("accounts_auditentry", "plans_steprecord")
        if (missing := missing_triggers(connection, table))
    ]
    with connection.cursor() as cursor:
        names = "SELECT tgname FROM pg_trigger" if connection.vendor == "postgresql" else "SELECT name FROM sqlite_master"
        cursor.execute(names)
        if "kept_points_schemeversion_delete" not in {row[0] for row in cursor.fetchall()}:
            found.append("an approved version may be removed")
    return found + [f"the ledger lacks {each}" for each in triggers.missing(connection)]


def main(version: str, *, down: bool) -> int:
    """Up and, when asked, down and up again; prints what is wrong."""
    from django.apps import apps
    from django.core.management import call_command
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    targets = [(app, name) for app, name in tomllib.loads(FILE.read_text(encoding="utf-8"))[version].items()]
    executor = MigrationExecutor(connection)
    executor.migrate(targets)
    old = MigrationExecutor(connection).loader.project_state(targets).apps
    said = write(old)
    models = [each for each in old.get_models() if each._meta.app_label in dict(targets)]
    before = _counts(models)
    problems: list[str] = []
    for turn in ("up", "up again after down")[: 1 + down]:
        call_command("migrate", verbosity=0)
        after = _counts([apps.get_model(label) for label in before])
        problems += [
            f"{turn}: {label} had {count} rows, has {after.get(label, 0)}" for label, count in before.items() if after.get(label) != count
        ]
        problems += [f"{turn}: {each}" for each in look(said)]
        if turn == "up":
            problems += lose()
        if turn == "up" and down:
            MigrationExecutor(connection).migrate(targets)
            back = _counts(models)
            problems += [
                f"down: {label} had {count} rows, has {back.get(label, 0)}" for label, count in before.items() if back.get(label) != count
            ]
    for each in problems:
        print(each, file=sys.stderr)
    print(f"{version}: {sum(before.values())} rows of {len(before)} tables, {len(problems)} problems, on {connection.vendor}")
    return int(bool(problems))


def record(version: str) -> None:
    """Add the state of this version to the file."""
    from django.db.migrations.loader import MigrationLoader

    loader = MigrationLoader(None)
    own = [key for key in loader.graph.leaf_nodes() if type(loader.disk_migrations[key]).__module__.startswith("yangban.")]
    lines = [f'\n["{version}"]', *(f'{app} = "{name}"' for app, name in own)]
    with FILE.open("a", encoding="utf-8") as file:
        file.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        os.environ |= {"YANGBAN_HOME": folder, "YANGBAN_SECRET_KEY": "of a test", "DJANGO_SETTINGS_MODULE": "yangban.web.config.settings"}
        import django

        django.setup()
        if sys.argv[1] == "--record":
            record(sys.argv[2])
            sys.exit(0)
        sys.exit(main(sys.argv[1], down="--down" in sys.argv))
