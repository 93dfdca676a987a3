"""Tables that only grow: triggers in the database refuse UPDATE and DELETE, whoever asks."""

from __future__ import annotations

from typing import Any

from django.db import migrations


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


def append_only(table: str) -> migrations.RunPython:
    """The operation of a migration that makes a table append-only, on SQLite and PostgreSQL."""

    def forwards(_apps: Any, editor: Any) -> None:
        for statement in (_postgresql if editor.connection.vendor == "postgresql" else _sqlite)(table):
            editor.execute(statement, params=None)  # without parameters a % is a %

    def backwards(_apps: Any, editor: Any) -> None:
        names = (
            [f"{table}_keep", f"{table}_keep_all"]
            if editor.connection.vendor == "postgresql"
            else [f"{table}_no_update", f"{table}_no_delete"]
        )
        for name in names:
            editor.execute(f"DROP TRIGGER {name} ON {table}" if editor.connection.vendor == "postgresql" else f"DROP TRIGGER {name}")

    return migrations.RunPython(forwards, backwards)
