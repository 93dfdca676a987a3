"""Tables that only grow: triggers in the database refuse UPDATE and DELETE, whoever asks."""

from __future__ import annotations

from typing import Any

from django.db import connections, migrations, router
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder


class Statements(migrations.RunPython):
    """Code that sends statements and needs no models: those of the state, most of what a step of a migration costs, are not made for it."""

    def database_forwards(self, app_label: str, schema_editor: Any, *_states: Any) -> None:
        """Send the statements of the way up."""
        if router.allow_migrate(schema_editor.connection.alias, app_label, **self.hints):
            self.code(None, schema_editor)

    def database_backwards(self, app_label: str, schema_editor: Any, *_states: Any) -> None:
        """Send the statements of the way down."""
        assert self.reverse_code is not None, "a migration that cannot be undone is refused before"
        if router.allow_migrate(schema_editor.connection.alias, app_label, **self.hints):
            self.reverse_code(None, schema_editor)


def _postgresql(table: str) -> list[str]:
    return [
        "CREATE OR REPLACE FUNCTION yangban_refuse() RETURNS trigger LANGUAGE plpgsql AS $$ "
        "BEGIN RAISE EXCEPTION 'append-only table %: % refused', TG_TABLE_NAME, TG_OP; END $$",
        f"CREATE TRIGGER {table}_keep BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION yangban_refuse()",
        f"CREATE TRIGGER {table}_keep_all BEFORE TRUNCATE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION yangban_refuse()",
    ]


def _sqlite(table: str) -> list[str]:
    return [
        f"CREATE TRIGGER {table}_no_{verb} BEFORE {verb} ON {table} "
        f"BEGIN SELECT RAISE(ABORT, 'append-only table {table}: {verb} refused'); END"
        for verb in ("update", "delete")
    ]


def _names(table: str, vendor: str) -> tuple[str, ...]:
    return (f"{table}_keep", f"{table}_keep_all") if vendor == "postgresql" else (f"{table}_no_update", f"{table}_no_delete")


def append_only(table: str) -> Statements:
    """The operation of a migration that makes a table append-only, on SQLite and PostgreSQL."""

    def forwards(_apps: Any, editor: Any) -> None:
        for statement in (_postgresql if editor.connection.vendor == "postgresql" else _sqlite)(table):
            editor.execute(statement, params=None)  # without parameters a % is a %

    def backwards(_apps: Any, editor: Any) -> None:
        vendor = editor.connection.vendor
        for name in _names(table, vendor):
            editor.execute(f"DROP TRIGGER {name} ON {table}" if vendor == "postgresql" else f"DROP TRIGGER {name}")

    forwards.table = table  # type: ignore[attr-defined]
    return Statements(forwards, backwards)


def _made_by() -> dict[str, tuple[str, str]]:
    """The append-only tables, each with the first migration that makes it one."""
    found: dict[str, tuple[str, str]] = {}
    for key, migration in sorted(MigrationLoader(None).disk_migrations.items()):
        for operation in migration.operations:
            table = getattr(getattr(operation, "code", None), "table", None)
            if table is not None:
                found.setdefault(table, key)
    return found


def kept_tables() -> tuple[str, ...]:
    """The tables that the migrations of this version make append-only."""
    return tuple(sorted(_made_by()))


def keep_after_migrate(using: str, **_: Any) -> None:
    """After every ``migrate``: a migration that made a table anew, as SQLite does for most changes, has left its triggers behind."""
    connection = connections[using]
    applied = MigrationRecorder(connection).applied_migrations()
    for table, migration in _made_by().items():
        if migration in applied and missing_triggers(connection, table):
            lay_again(connection, table)


def missing_triggers(connection: Any, table: str) -> list[str]:
    """The triggers that a table should have and has not, or that are switched off."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                "SELECT tgname FROM pg_trigger WHERE tgrelid = to_regclass(%s) AND NOT tgisinternal AND tgenabled IN ('O', 'A')", [table]
            )
        else:
            cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = %s", [table])
        held = {row[0] for row in cursor.fetchall()}
    return [name for name in _names(table, connection.vendor) if name not in held]


def lay_again(connection: Any, table: str) -> None:
    """Lay the triggers of a table anew: a migration that makes a table anew on SQLite leaves them behind."""
    with connection.cursor() as cursor:
        for name in _names(table, connection.vendor):
            on = f" ON {table}" if connection.vendor == "postgresql" else ""
            cursor.execute(f"DROP TRIGGER IF EXISTS {name}{on}", None)
        for statement in (_postgresql if connection.vendor == "postgresql" else _sqlite)(table):
            cursor.execute(statement, None)
