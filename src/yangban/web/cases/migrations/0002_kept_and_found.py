"""Versions, steps and confirmed hours only grow; and the index in which cases are found."""

from typing import Any

from django.db import migrations

from yangban.web.accounts.append_only import Statements, append_only

_SQLITE = ("CREATE VIRTUAL TABLE cases_search USING fts5(title, tags, summary, body, tokenize = 'unicode61 remove_diacritics 0')",)
_POSTGRESQL = (
    "CREATE TABLE cases_search (case_id bigint PRIMARY KEY, title text NOT NULL, tags text NOT NULL, summary text NOT NULL, "
    "body text NOT NULL, vector tsvector NOT NULL)",
    "CREATE INDEX cases_search_words ON cases_search USING gin (vector)",
)


def make_index(_apps: Any, editor: Any) -> None:
    """Make the table of the index."""
    for statement in _POSTGRESQL if editor.connection.vendor == "postgresql" else _SQLITE:
        editor.execute(statement, params=None)


def drop_index(_apps: Any, editor: Any) -> None:
    """Drop the table of the index."""
    editor.execute("DROP TABLE cases_search")


class Migration(migrations.Migration):
    """Triggers that refuse UPDATE and DELETE, and the index."""

    dependencies = (("cases", "0001_initial"), ("accounts", "0002_audit_append_only"))
    operations = (
        *(append_only(f"cases_{table}") for table in ("caseversion", "casestep", "servicehours")),
        Statements(make_index, drop_index),
    )
