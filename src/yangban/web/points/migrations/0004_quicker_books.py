"""Quicker books: indexes that others contain go, rows that move get room on their page, a batch of earns is one statement."""

from __future__ import annotations

from typing import Any

import django.db.models.deletion
from django.db import migrations, models

from yangban.web.accounts.append_only import Statements
from yangban.web.points.triggers import keep_books, lift_books

_CONTAINED = (("points_ledgeraccount", "chain_id"), ("points_ledgeraccount", "holder_id"), ("points_ledgeroperation", "chain_id"))
_MOVED = ("points_ledgeraccount", "points_ledgerlot", "points_ledgerchain")


def _lighten(_apps: Any, editor: Any) -> None:
    """Drop the indexes by hand: Django would remake the whole table on SQLite."""
    connection = editor.connection
    for table, column in _CONTAINED:
        with connection.cursor() as cursor:
            found = connection.introspection.get_constraints(cursor, table)
        for name, each in found.items():
            if each["index"] and each["columns"] == [column] and not each["unique"] and not each["primary_key"]:
                editor.execute(f"DROP INDEX {connection.ops.quote_name(name)}", params=None)
    if connection.vendor == "postgresql":
        for table in _MOVED:
            editor.execute(f"ALTER TABLE {table} SET (fillfactor = 70)", params=None)


class Migration(migrations.Migration):
    """The tables keep their rows and their rules."""

    dependencies = (("points", "0003_people"),)
    operations = (
        lift_books(),
        migrations.SeparateDatabaseAndState(
            database_operations=[Statements(_lighten, Statements.noop)],
            state_operations=[
                migrations.AlterField(
                    model_name="ledgeraccount",
                    name="chain",
                    field=models.ForeignKey(
                        db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="accounts", to="points.ledgerchain"
                    ),
                ),
                migrations.AlterField(
                    model_name="ledgeraccount",
                    name="holder",
                    field=models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="held",
                        to="points.ledgeraccount",
                    ),
                ),
                migrations.AlterField(
                    model_name="ledgeroperation",
                    name="chain",
                    field=models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="operations",
                        to="points.ledgerchain",
                    ),
                ),
            ],
        ),
        migrations.RemoveIndex(model_name="ledgerlot", name="points_lot_due"),
        migrations.AddIndex(
            model_name="ledgerlot",
            index=models.Index(
                condition=models.Q(("expires_at__isnull", False), ("remaining__gt", 0)), fields=["expires_at"], name="points_lot_due"
            ),
        ),
        keep_books(),
    )
