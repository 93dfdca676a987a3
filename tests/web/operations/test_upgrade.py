"""Every version that was given out comes to the tables of this one with its rows; what a migration cannot undo says why."""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.db.migrations.loader import MigrationLoader

HERE = Path(__file__).parent
VERSIONS = tuple(tomllib.loads((HERE / "released.toml").read_text(encoding="utf-8")))


@pytest.mark.django_db
@pytest.mark.parametrize("version", VERSIONS)
def test_rows_of_a_version_that_was_given_out_survive(version: str, tmp_path: Path) -> None:
    """On a database of its own; the longer way, down and up again, is ``python upgrade.py VERSION --down``."""
    words = {each: value for each, value in os.environ.items() if not each.startswith("YANGBAN_")}
    name = f"upgrade_{os.getpid()}"
    if connection.vendor == "postgresql":
        words["DATABASE_URL"] = words["DATABASE_URL"].rpartition("/")[0] + "/" + name
        _aside(f"CREATE DATABASE {name}")
    try:
        program = [sys.executable, str(HERE / "upgrade.py"), version]
        done = subprocess.run(program, env=words, cwd=tmp_path, capture_output=True, text=True, check=False)
    finally:
        if connection.vendor == "postgresql":
            _aside(f"DROP DATABASE {name}")
    assert done.returncode == 0, done.stderr[-3000:]
    assert f"0 problems, on {connection.vendor}" in done.stdout


def _aside(statement: str) -> None:
    """A statement that may stand in no transaction, on a connection of its own."""
    other = connection.copy()
    try:
        with other.cursor() as cursor:
            cursor.execute(statement)
    finally:
        other.close()


def _own() -> list[Any]:
    loader = MigrationLoader(None)
    return [each for key, each in sorted(loader.disk_migrations.items()) if type(each).__module__.startswith("yangban.")]


@pytest.mark.parametrize("migration", _own(), ids=lambda each: f"{each.app_label}.{each.name}")
def test_every_migration_can_be_undone_or_says_why_not(migration: Any) -> None:
    stuck = [str(each) for each in migration.operations if not each.reversible]
    said = sys.modules[type(migration).__module__].__doc__ or ""
    assert not stuck or "cannot be undone" in said, f"{migration}: {stuck}"


def test_every_version_names_every_application() -> None:
    """An entry holds the applications that it had, and each migration that it names is still there: those that were given out stay."""
    known = set(MigrationLoader(None).disk_migrations)
    for version in VERSIONS:
        entry = tomllib.loads((HERE / "released.toml").read_text(encoding="utf-8"))[version]
        assert set(entry.items()) <= known, version
