"""The check of a database: all of it passes on what the tests run on, and each rule that is taken away is missed."""

from __future__ import annotations

import json
import sqlite3
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection, transaction

from web.points.test_parallel import committed as committed  # a fixture
from yangban.web.operations import dbcheck


def on(vendor: str) -> None:
    if connection.vendor != vendor:
        pytest.skip(f"of {vendor}")


def said(items: Any) -> dict[str, str]:
    return {each.key: each.state for each in items}


def test_the_database_of_the_tests_does_what_is_needed(committed: None) -> None:
    """``tests/postgres.py`` switches the wait for the disk off, which is what the check has to find; nothing is left behind."""
    from yangban.web.accounts.models import AuditEntry
    from yangban.web.points.models import LedgerChain

    before = AuditEntry.objects.count(), LedgerChain.objects.count()
    out = StringIO()
    wanted = {"fsync"} if connection.vendor == "postgresql" else set()
    try:
        call_command("dbcheck", json=True, stdout=out)
        code = 0
    except SystemExit as end:
        code = int(str(end.code))
    items = json.loads(out.getvalue())
    failed = {each["key"]: each["found"] for each in items if each["state"] == "failed"}
    # A test database may be in memory, where there is no file to lock.
    assert set(failed) - {"journal_mode"} == wanted, failed
    assert code == int(bool(failed))
    assert all(each["advice"] for each in items if each["state"] != "passed")
    assert {"ledger_unbalanced", "ledger_negative", "ledger_changed", "audit_changed", "keeps_plans_steprecord"} <= said_keys(items)
    assert (AuditEntry.objects.count(), LedgerChain.objects.count()) == before
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_namespace WHERE nspname LIKE 'yangban_dbcheck%%'", [])
            assert cursor.fetchone()[0] == 0


def said_keys(items: Any) -> set[str]:
    return {each["key"] for each in items}


RULES = {
    "sqlite": {
        "points_move": {"ledger_unbalanced", "ledger_negative"},
        "points_no_update_entry": {"ledger_changed"},
        "points_no_delete_operation": {"ledger_removed"},
        "points_account_kept": {"ledger_balance"},
        "accounts_auditentry_no_update": {"audit_changed", "keeps_accounts_auditentry"},
        "accounts_auditentry_no_delete": {"audit_removed", "keeps_accounts_auditentry"},
        "plans_steprecord_no_delete": {"keeps_plans_steprecord"},
    },
    "postgresql": {
        "points_move ON points_ledgerentry": {"ledger_unbalanced", "ledger_negative"},
        "points_keep ON points_ledgerentry": {"ledger_changed"},
        "points_keep ON points_ledgeroperation": {"ledger_removed"},
        "points_keep ON points_ledgeraccount": {"ledger_balance"},
        "accounts_auditentry_keep ON accounts_auditentry": {"audit_changed", "audit_removed", "keeps_accounts_auditentry"},
        "plans_steprecord_keep_all ON plans_steprecord": {"keeps_plans_steprecord"},
    },
}


@pytest.mark.parametrize(("vendor", "trigger"), [(vendor, trigger) for vendor, rules in RULES.items() for trigger in rules])
def test_a_rule_that_is_missing_is_missed(committed: None, vendor: str, trigger: str) -> None:
    on(vendor)
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(f"DROP TRIGGER {trigger}")
        found = said(dbcheck._tables())
        transaction.set_rollback(True)
    # What else goes wrong without it may be found too, but these must be.
    assert {key for key, state in found.items() if state == "failed"} >= RULES[vendor][trigger]


@pytest.mark.django_db  # so that the test database is made
def test_two_processes_lock_one_another(tmp_path: Any) -> None:
    """The trial of the file system tells a file that is held from one that is free."""
    file = str(tmp_path / "a.sqlite3")
    held = sqlite3.connect(file, isolation_level=None)
    assert dbcheck._second(file, "BEGIN IMMEDIATE") == "done"
    held.execute("BEGIN IMMEDIATE")
    assert "locked" in dbcheck._second(file, "BEGIN IMMEDIATE")
    held.close()
    assert dbcheck._filesystem(tmp_path) not in {*dbcheck._NETWORK, ""}


def test_a_server_without_row_locks_is_found_out(committed: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that takes ``FOR UPDATE`` for a plain question, as one that only speaks the language might."""
    on("postgresql")
    real = dbcheck._do

    def plain(statement: str, *given: Any, of: Any = None) -> None:
        real(statement.replace("FOR UPDATE", ""), *given, of=of)

    monkeypatch.setattr(dbcheck, "_do", plain)
    found = said(dbcheck._locks())
    assert found["row_locks"] == "failed"
