"""The rules of the ledger that the database itself keeps, on SQLite and PostgreSQL.

An operation is taken only when it follows the head of its chain, and moves the head. An entry is taken only when it starts from the balance
and version of either account as they stand, stays within one chain, names a lot of that very holder where points lie in lots, and leaves
nobody but the issue pool below zero; it moves both accounts and makes or moves the lot. Nothing else can move a head, an account or a lot;
operations and entries are never changed or removed. The books of a sealed scheme take no operation at all.

PostgreSQL checks all rows of a statement at once, SQLite one by one. A later migration that changes one of these tables or
``points_program``, or one of these rules, lifts the triggers first and lays them again: :func:`lift_books`, :func:`keep_books`.
"""

from __future__ import annotations

import re
from typing import Any, Final

from django.db import connections, transaction
from django.db.migrations.loader import MigrationLoader

from yangban.web.accounts.append_only import Statements
from yangban.web.points.batches import STATEMENTS

_LOTTED: Final = "('member', 'institution', 'held')"
_HOLDERS: Final = "('member', 'institution')"
_TABLES: Final = ("points_ledgerchain", "points_ledgeraccount", "points_ledgeroperation", "points_ledgerentry", "points_ledgerlot")

_POSTGRESQL: Final = (
    """
    CREATE OR REPLACE FUNCTION points_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN RAISE EXCEPTION 'points ledger: % on % is refused', TG_OP, TG_TABLE_NAME; END $$
    """,
    """
    CREATE OR REPLACE FUNCTION points_account_guard() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF TG_OP = 'INSERT' AND NEW.balance = 0 AND NEW.version = 0 AND NOT NEW.closed AND (NEW.holder_id IS NULL OR EXISTS (
          SELECT 1 FROM points_ledgeraccount h
          WHERE h.id = NEW.holder_id AND h.chain_id = NEW.chain_id AND NEW.owner = h.kind || ':' || h.owner))
      THEN RETURN NEW; END IF;
      IF TG_OP = 'UPDATE' AND NEW.closed AND (NEW.id, NEW.chain_id, NEW.kind, NEW.owner, NEW.balance, NEW.version)
          = (OLD.id, OLD.chain_id, OLD.kind, OLD.owner, OLD.balance, OLD.version) AND NEW.holder_id IS NOT DISTINCT FROM OLD.holder_id
      THEN RETURN NEW; END IF;
      RAISE EXCEPTION 'points ledger: only entries move an account (% refused)', TG_OP;
    END $$
    """,
    """
    CREATE OR REPLACE FUNCTION points_chain_guard() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF NEW.number = 0 AND NEW.hash = repeat('0', 64) AND NEW.recorded_at IS NULL THEN RETURN NEW; END IF;
      RAISE EXCEPTION 'points ledger: a chain begins empty';
    END $$
    """,
    """
    CREATE OR REPLACE FUNCTION points_operations_follow() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF EXISTS (
        SELECT 1 FROM (
          SELECT chain_id, scheme, number, previous_hash, recorded_at, row_number() OVER w AS n,
                 lag(hash) OVER w AS hash_before, lag(recorded_at) OVER w AS at_before
          FROM fresh WINDOW w AS (PARTITION BY chain_id ORDER BY number)) f
        LEFT JOIN points_ledgerchain c ON c.id = f.chain_id
        WHERE c.id IS NULL OR c.scheme <> f.scheme OR f.number <> c.number + f.n OR f.previous_hash <> coalesce(f.hash_before, c.hash)
           OR f.recorded_at < coalesce(f.at_before, c.recorded_at, f.recorded_at))
      THEN RAISE EXCEPTION 'points ledger: an operation does not follow the head of its chain'; END IF;
      UPDATE points_ledgerchain c SET number = l.number, hash = l.hash, recorded_at = l.recorded_at
      FROM (SELECT DISTINCT ON (chain_id) chain_id, number, hash, recorded_at FROM fresh ORDER BY chain_id, number DESC) l
      WHERE c.id = l.chain_id;
      RETURN NULL;
    END $$
    """,
    f"""
    CREATE OR REPLACE FUNCTION points_entries_move() RETURNS trigger LANGUAGE plpgsql
    SET enable_hashjoin = off SET enable_mergejoin = off SET enable_seqscan = off SET enable_material = off AS $$
    DECLARE strange boolean; astray boolean; moves_lots boolean;
    BEGIN
      -- Whoever writes entries holds the head of their chain, so that nobody moves an account between its check and its change.
      PERFORM 1 FROM points_ledgerchain WHERE id IN (
        SELECT chain_id FROM points_ledgeraccount WHERE id IN (SELECT source_id FROM fresh)) ORDER BY id FOR UPDATE;
      WITH joined AS MATERIALIZED (
        SELECT f.*, s.kind AS source_kind, t.kind AS target_kind, coalesce(t.holder_id, t.id) AS target_holder, o.expires_at,
               s.balance AS source_balance, t.balance AS target_balance, s.version AS source_at, t.version AS target_at,
               coalesce(s.chain_id <> o.chain_id OR t.chain_id <> o.chain_id OR s.closed OR t.closed
                 OR (f.lot_id IS NOT NULL) <> (s.kind IN {_LOTTED} OR t.kind IN {_LOTTED})
                 OR (s.kind = 'issue' AND f.lot_id IS NOT NULL AND f.lot_id <> f.operation_id), true) AS strange
        FROM fresh f LEFT JOIN points_ledgeroperation o ON o.id = f.operation_id
        LEFT JOIN points_ledgeraccount s ON s.id = f.source_id LEFT JOIN points_ledgeraccount t ON t.id = f.target_id
      ), moves AS MATERIALIZED (
        SELECT m.*, row_number() OVER w AS n, sum(change) OVER w - change AS earlier
        FROM (SELECT source_id AS account, source_version AS version, source_before AS before, -amount AS change, source_kind AS kind,
                     source_balance AS balance, source_at AS at FROM joined
              UNION ALL SELECT target_id, target_version, target_before, amount, target_kind, target_balance, target_at FROM joined) m
        WINDOW w AS (PARTITION BY account ORDER BY version ROWS UNBOUNDED PRECEDING)
      ), moved AS (
        UPDATE points_ledgeraccount a SET balance = a.balance + m.change, version = a.version + m.n
        FROM (SELECT account, sum(change)::bigint AS change, count(*) AS n FROM moves GROUP BY account) m WHERE a.id = m.account
      ), made AS (
        INSERT INTO points_ledgerlot (operation_id, holder_id, amount, remaining, held, expires_at)
        SELECT operation_id, target_holder, amount, CASE WHEN target_kind = 'held' THEN 0 ELSE amount END,
               CASE WHEN target_kind = 'held' THEN amount ELSE 0 END, expires_at
        FROM joined WHERE source_kind = 'issue' AND lot_id IS NOT NULL
      )
      SELECT (SELECT bool_or(j.strange) FROM joined j),
             (SELECT bool_or(before <> balance + earlier OR version <> at + n OR (kind <> 'issue' AND before + change < 0)) FROM moves),
             (SELECT bool_or(lot_id IS NOT NULL AND source_kind <> 'issue') FROM joined)
      INTO strange, astray, moves_lots;
      IF strange THEN RAISE EXCEPTION 'points ledger: an entry names what it may not'; END IF;
      IF astray THEN RAISE EXCEPTION 'points ledger: an entry does not start from the balance of its account'; END IF;
      IF NOT moves_lots THEN RETURN NULL; END IF;
      UPDATE points_ledgerlot l SET remaining = l.remaining + m.r, held = l.held + m.h
      FROM (SELECT f.lot_id,
                   sum(CASE WHEN t.kind IN {_HOLDERS} THEN f.amount ELSE 0 END
                       - CASE WHEN s.kind IN {_HOLDERS} THEN f.amount ELSE 0 END)::bigint AS r,
                   sum(CASE WHEN t.kind = 'held' THEN f.amount ELSE 0 END
                       - CASE WHEN s.kind = 'held' THEN f.amount ELSE 0 END)::bigint AS h
            FROM fresh f JOIN points_ledgeraccount s ON s.id = f.source_id JOIN points_ledgeraccount t ON t.id = f.target_id
            WHERE f.lot_id IS NOT NULL AND s.kind <> 'issue' GROUP BY f.lot_id) m
      WHERE l.operation_id = m.lot_id;
      IF EXISTS (
        SELECT 1 FROM fresh f JOIN points_ledgeraccount s ON s.id = f.source_id JOIN points_ledgeraccount t ON t.id = f.target_id
        LEFT JOIN points_ledgerlot l ON l.operation_id = f.lot_id
        WHERE f.lot_id IS NOT NULL AND s.kind <> 'issue' AND (l.operation_id IS NULL
          OR (s.kind IN {_LOTTED} AND coalesce(s.holder_id, s.id) <> l.holder_id)
          OR (t.kind IN {_LOTTED} AND coalesce(t.holder_id, t.id) <> l.holder_id)))
      THEN RAISE EXCEPTION 'points ledger: an entry names a lot that is not its holder''s'; END IF;
      RETURN NULL;
    END $$
    """,
    "CREATE TRIGGER points_follow AFTER INSERT ON points_ledgeroperation REFERENCING NEW TABLE AS fresh "
    "FOR EACH STATEMENT WHEN (pg_trigger_depth() = 0) EXECUTE FUNCTION points_operations_follow()",
    "CREATE TRIGGER points_move AFTER INSERT ON points_ledgerentry REFERENCING NEW TABLE AS fresh "
    "FOR EACH STATEMENT WHEN (pg_trigger_depth() = 0) EXECUTE FUNCTION points_entries_move()",
    "CREATE TRIGGER points_begin BEFORE INSERT ON points_ledgerchain FOR EACH ROW EXECUTE FUNCTION points_chain_guard()",
    # A statement of a person stands at depth 0, one of the triggers above at 1.
    "CREATE TRIGGER points_keep BEFORE UPDATE OR DELETE ON points_ledgerchain FOR EACH ROW WHEN (pg_trigger_depth() = 0) "
    "EXECUTE FUNCTION points_refuse()",
    "CREATE TRIGGER points_keep BEFORE INSERT OR UPDATE OR DELETE ON points_ledgeraccount FOR EACH ROW WHEN (pg_trigger_depth() = 0) "
    "EXECUTE FUNCTION points_account_guard()",
    "CREATE TRIGGER points_keep BEFORE INSERT OR UPDATE OR DELETE ON points_ledgerlot FOR EACH ROW WHEN (pg_trigger_depth() = 0) "
    "EXECUTE FUNCTION points_refuse()",
    *(
        f"CREATE TRIGGER points_keep BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION points_refuse()"
        for table in ("points_ledgeroperation", "points_ledgerentry")
    ),
    *(
        f"CREATE TRIGGER points_keep_all BEFORE TRUNCATE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION points_refuse()"
        for table in _TABLES
    ),
)


def _refuse(name: str, event: str, condition: str, words: str) -> str:
    return f"CREATE TRIGGER {name} {event} BEGIN SELECT RAISE(ABORT, 'points ledger: {words}') WHERE {condition}; END"


_OF_LOT: Final = (
    "(SELECT coalesce(sum(CASE WHEN t.kind IN {kinds} THEN e.amount ELSE 0 END - CASE WHEN s.kind IN {kinds} THEN e.amount ELSE 0 END), 0) "
    "FROM points_ledgerentry e JOIN points_ledgeraccount s ON s.id = e.source_id JOIN points_ledgeraccount t ON t.id = e.target_id "
    "WHERE e.lot_id = NEW.operation_id)"
)
_SQLITE: Final = (
    "CREATE INDEX IF NOT EXISTS points_entry_of_lot ON points_ledgerentry (lot_id) WHERE lot_id IS NOT NULL",
    """
    CREATE TRIGGER points_follow AFTER INSERT ON points_ledgeroperation BEGIN
      SELECT RAISE(ABORT, 'points ledger: an operation does not follow the head of its chain') WHERE NOT EXISTS (
        SELECT 1 FROM points_ledgerchain c WHERE c.id = NEW.chain_id AND c.scheme = NEW.scheme AND c.number + 1 = NEW.number
        AND c.hash = NEW.previous_hash AND (c.recorded_at IS NULL OR c.recorded_at <= NEW.recorded_at));
      UPDATE points_ledgerchain SET number = NEW.number, hash = NEW.hash, recorded_at = NEW.recorded_at WHERE id = NEW.chain_id;
    END
    """,
    f"""
    CREATE TRIGGER points_move AFTER INSERT ON points_ledgerentry BEGIN
      SELECT RAISE(ABORT, 'points ledger: an entry names what it may not, or does not start from the balance of its account')
      WHERE NOT EXISTS (
        SELECT 1 FROM points_ledgeroperation o JOIN points_ledgeraccount s ON s.id = NEW.source_id
        JOIN points_ledgeraccount t ON t.id = NEW.target_id
        WHERE o.id = NEW.operation_id AND s.chain_id = o.chain_id AND t.chain_id = o.chain_id AND NOT s.closed AND NOT t.closed
          AND s.balance = NEW.source_before AND s.version + 1 = NEW.source_version
          AND t.balance = NEW.target_before AND t.version + 1 = NEW.target_version
          AND (s.kind = 'issue' OR s.balance >= NEW.amount)
          AND (NEW.lot_id IS NOT NULL) = (s.kind IN {_LOTTED} OR t.kind IN {_LOTTED})
          AND (s.kind <> 'issue' OR NEW.lot_id IS NULL OR NEW.lot_id = NEW.operation_id));
      UPDATE points_ledgeraccount SET balance = balance - NEW.amount, version = version + 1 WHERE id = NEW.source_id;
      UPDATE points_ledgeraccount SET balance = balance + NEW.amount, version = version + 1 WHERE id = NEW.target_id;
      INSERT INTO points_ledgerlot (operation_id, holder_id, amount, remaining, held, expires_at)
      SELECT NEW.operation_id, coalesce(t.holder_id, t.id), NEW.amount, CASE WHEN t.kind = 'held' THEN 0 ELSE NEW.amount END,
             CASE WHEN t.kind = 'held' THEN NEW.amount ELSE 0 END, o.expires_at
      FROM points_ledgeroperation o JOIN points_ledgeraccount s ON s.id = NEW.source_id JOIN points_ledgeraccount t ON t.id = NEW.target_id
      WHERE o.id = NEW.operation_id AND s.kind = 'issue' AND NEW.lot_id IS NOT NULL;
      UPDATE points_ledgerlot SET
        remaining = remaining + CASE WHEN (SELECT kind FROM points_ledgeraccount WHERE id = NEW.target_id) IN {_HOLDERS}
                                     THEN NEW.amount ELSE 0 END
                              - CASE WHEN (SELECT kind FROM points_ledgeraccount WHERE id = NEW.source_id) IN {_HOLDERS}
                                     THEN NEW.amount ELSE 0 END,
        held = held + CASE WHEN (SELECT kind FROM points_ledgeraccount WHERE id = NEW.target_id) = 'held' THEN NEW.amount ELSE 0 END
                    - CASE WHEN (SELECT kind FROM points_ledgeraccount WHERE id = NEW.source_id) = 'held' THEN NEW.amount ELSE 0 END
      WHERE operation_id = NEW.lot_id AND (SELECT kind FROM points_ledgeraccount WHERE id = NEW.source_id) <> 'issue';
      SELECT RAISE(ABORT, 'points ledger: an entry names a lot that is not its holder''s')
      WHERE NEW.lot_id IS NOT NULL AND NOT EXISTS (
        SELECT 1 FROM points_ledgerlot l JOIN points_ledgeraccount s ON s.id = NEW.source_id
        JOIN points_ledgeraccount t ON t.id = NEW.target_id
        WHERE l.operation_id = NEW.lot_id AND (s.kind NOT IN {_LOTTED} OR coalesce(s.holder_id, s.id) = l.holder_id)
          AND (t.kind NOT IN {_LOTTED} OR coalesce(t.holder_id, t.id) = l.holder_id));
    END
    """,
    _refuse(
        "points_chain_begins", "BEFORE INSERT ON points_ledgerchain",
        f"NEW.number <> 0 OR NEW.hash <> '{'0' * 64}' OR NEW.recorded_at IS NOT NULL", "a chain begins empty",
    ),
    _refuse(
        "points_chain_kept", "BEFORE UPDATE ON points_ledgerchain",
        "NEW.id <> OLD.id OR NEW.name <> OLD.name OR NEW.scheme <> OLD.scheme OR NEW.number <> OLD.number + 1 OR NOT EXISTS ("
        "SELECT 1 FROM points_ledgeroperation o WHERE o.chain_id = NEW.id AND o.number = NEW.number AND o.hash = NEW.hash "
        "AND o.recorded_at = NEW.recorded_at)", "only operations move a head",
    ),
    _refuse(
        "points_account_begins", "BEFORE INSERT ON points_ledgeraccount",
        "NEW.balance <> 0 OR NEW.version <> 0 OR NEW.closed OR (NEW.holder_id IS NOT NULL AND NOT EXISTS ("
        "SELECT 1 FROM points_ledgeraccount h WHERE h.id = NEW.holder_id AND h.chain_id = NEW.chain_id "
        "AND NEW.owner = h.kind || ':' || h.owner))", "an account begins empty",
    ),
    _refuse(
        "points_account_kept", "BEFORE UPDATE ON points_ledgeraccount",
        "NEW.id <> OLD.id OR NEW.chain_id <> OLD.chain_id OR NEW.kind <> OLD.kind OR NEW.owner <> OLD.owner "
        "OR NEW.holder_id IS NOT OLD.holder_id OR NEW.closed < OLD.closed "
        "OR ((NEW.balance <> OLD.balance OR NEW.version <> OLD.version) AND (NEW.version <> OLD.version + 1 OR NEW.closed "
        "OR NOT (EXISTS (SELECT 1 FROM points_ledgerentry e WHERE e.source_id = NEW.id AND e.source_version = NEW.version "
        "AND e.source_before - e.amount = NEW.balance) OR EXISTS (SELECT 1 FROM points_ledgerentry e WHERE e.target_id = NEW.id "
        "AND e.target_version = NEW.version AND e.target_before + e.amount = NEW.balance))))", "only entries move an account",
    ),
    _refuse(
        "points_lot_begins", "BEFORE INSERT ON points_ledgerlot",
        "NOT EXISTS (SELECT 1 FROM points_ledgerentry e JOIN points_ledgeraccount s ON s.id = e.source_id "
        "WHERE e.operation_id = NEW.operation_id AND e.lot_id = NEW.operation_id AND s.kind = 'issue' AND e.amount = NEW.amount) "
        f"OR NEW.remaining <> {_OF_LOT.format(kinds=_HOLDERS)}", "only entries make a lot",
    ),
    _refuse(
        "points_lot_kept", "BEFORE UPDATE ON points_ledgerlot",
        "NEW.operation_id <> OLD.operation_id OR NEW.holder_id <> OLD.holder_id OR NEW.amount <> OLD.amount "
        f"OR NEW.expires_at IS NOT OLD.expires_at OR NEW.remaining <> {_OF_LOT.format(kinds=_HOLDERS)} "
        f"OR NEW.held <> {_OF_LOT.format(kinds=_LOTTED)} - NEW.remaining", "only entries move a lot",
    ),
    *(
        _refuse(
            f"points_no_{verb}_{table.removeprefix('points_ledger')}", f"BEFORE {verb} ON {table}", "1", f"{verb} on {table} is refused"
        )
        for table in _TABLES for verb in ("update", "delete")
        if verb == "delete" or table in {"points_ledgeroperation", "points_ledgerentry"}
    ),
)  # fmt: skip


_SEALED: Final = {
    "postgresql": (
        """
        CREATE OR REPLACE FUNCTION points_sealed_guard() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          IF EXISTS (SELECT 1 FROM points_program WHERE state = 'sealed' AND scheme IN (SELECT scheme FROM fresh))
          THEN RAISE EXCEPTION 'points ledger: the books of a sealed scheme take no operation'; END IF;
          RETURN NULL;
        END $$
        """,
        "CREATE TRIGGER points_sealed AFTER INSERT ON points_ledgeroperation REFERENCING NEW TABLE AS fresh "
        "FOR EACH STATEMENT EXECUTE FUNCTION points_sealed_guard()",
    ),
    "sqlite": (
        _refuse(
            "points_sealed", "BEFORE INSERT ON points_ledgeroperation",
            "EXISTS (SELECT 1 FROM points_program WHERE scheme = NEW.scheme AND state = 'sealed')",
            "the books of a sealed scheme take no operation",
        ),
    ),
}  # fmt: skip
"""Laid as soon as there are programs, which came after the ledger."""


def _all(editor: Any) -> list[tuple[str, str]]:
    """The triggers of the ledger that are there, each with its table."""
    with editor.connection.cursor() as cursor:
        if editor.connection.vendor == "postgresql":
            cursor.execute("SELECT tgname, tgrelid::regclass::text FROM pg_trigger WHERE NOT tgisinternal AND tgname LIKE 'points_%'", None)
        else:
            cursor.execute("SELECT name, tbl_name FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'points_%'", None)
        return list(cursor.fetchall())


def _lift(_apps: Any, editor: Any) -> None:
    for name, table in _all(editor):
        editor.execute(f"DROP TRIGGER {name}" + (f" ON {table}" if editor.connection.vendor == "postgresql" else ""), params=None)


def _lay(apps: Any, editor: Any) -> None:
    _lift(apps, editor)
    for statement in _statements(editor.connection):
        editor.execute(statement, params=None)


def _statements(connection: Any) -> list[str]:
    """What lays the triggers on this database, as far as its tables are there."""
    found = [*_POSTGRESQL, *STATEMENTS] if connection.vendor == "postgresql" else list(_SQLITE)
    if "points_program" in connection.introspection.table_names():
        found += _SEALED[connection.vendor]
    return found


def lift_books() -> Statements:
    """The operation of a migration that takes the triggers away before it changes a table; :func:`keep_books` comes after."""
    return Statements(_lift, _lay)


def keep_books() -> Statements:
    """The operation of a migration that lays the triggers, and the functions of PostgreSQL, as they are now."""
    return Statements(_lay, _lift)


def lift_on_the_way_back() -> tuple[Statements, Statements]:
    """Two operations for both ends of a migration that makes tables of which a trigger speaks: the way back takes the triggers away
    first, since SQLite makes no table anew while one speaks of it, and lays those that still have their tables at its end.
    """
    return Statements(Statements.noop, _lay), Statements(Statements.noop, _lift)


def missing(connection: Any) -> list[str]:
    """The triggers of the ledger that should be there and are not."""
    wanted = {(found[1], found[2]) for statement in _statements(connection) if (found := _TRIGGER.search(statement))}
    return sorted(f"{name} {table}" for name, table in wanted - set(_all(_Plain(connection))))


def keep_after_migrate(using: str, **_: Any) -> None:
    """After every ``migrate``: where a migration made a table anew and left its triggers behind, all are laid again."""
    connection = connections[using]
    loader = MigrationLoader(connection)
    own = {key for key in loader.disk_migrations if key[0] == "points"}
    if not own <= set(loader.applied_migrations):
        return
    if missing(connection):
        with transaction.atomic(using=using):
            _lay(None, _Plain(connection))
    for statement in _kept_missing(connection).values():
        _Plain(connection).execute(statement)


class _Plain:
    """What lays triggers asks of an editor of the schema, without one."""

    def __init__(self, connection: Any) -> None:
        self.connection = connection

    def execute(self, statement: str, params: None = None) -> None:
        with self.connection.cursor() as cursor:
            cursor.execute(statement, params)


_TRIGGER: Final = re.compile(r"CREATE TRIGGER (\w+)\b.*?\bON (\w+)", re.DOTALL)


KEPT: Final = {
    "points_schemeversion": "OLD.state = 'approved'", "points_closing": "OLD.sealed_at IS NOT NULL",
    "points_program": "OLD.state = 'sealed'",
}  # fmt: skip
"""Rows that nothing changes or removes any more, by their table."""


def _kept(connection: Any, table: str) -> dict[str, str]:
    """The triggers that keep rows of a table, by name. They are not named as those of the ledger are, which are lifted together."""
    found = {}
    for verb in ("update", "delete"):
        name = f"kept_{table}_{verb}"
        found[name] = (
            f"CREATE TRIGGER {name} BEFORE {verb} ON {table} FOR EACH ROW WHEN ({KEPT[table]}) EXECUTE FUNCTION points_refuse()"
            if connection.vendor == "postgresql"
            else f"CREATE TRIGGER {name} BEFORE {verb} ON {table} WHEN {KEPT[table]} "
            f"BEGIN SELECT RAISE(ABORT, 'points: {verb} on {table} is refused'); END"
        )
    return found


def _kept_missing(connection: Any) -> dict[str, str]:
    """Those that should be there and are not, as far as their tables are."""
    tables = set(connection.introspection.table_names())
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT tgname FROM pg_trigger WHERE NOT tgisinternal", None)
        else:
            cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'", None)
        there = {row[0] for row in cursor.fetchall()}
    wanted = {name: text for table in KEPT if table in tables for name, text in _kept(connection, table).items()}
    return {name: text for name, text in wanted.items() if name not in there}


def keep_when(table: str) -> Statements:
    """The operation of a migration that lays the triggers of a table of :data:`KEPT`."""

    def forwards(_apps: Any, editor: Any) -> None:
        for statement in _kept(editor.connection, table).values():
            editor.execute(statement, params=None)

    def backwards(_apps: Any, editor: Any) -> None:
        on = f" ON {table}" if editor.connection.vendor == "postgresql" else ""
        for name in _kept(editor.connection, table):
            editor.execute(f"DROP TRIGGER {name}{on}", params=None)

    return Statements(forwards, backwards)
