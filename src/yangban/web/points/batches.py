"""A batch of earns as one statement of the database: a row put through the door ``points_earns``, on PostgreSQL.

Most of what a ledger ever writes are earns, and an earn reads nothing but the account of its holder. So the database itself judges, plans,
chains and writes the whole batch in one round trip, a set at a time. The door is a view: what its trigger writes is right by how it is
made, from the locked head and the accounts as they stand, as the rows are that the other triggers move; whoever writes a table of the
ledger by hand is checked row by row (``triggers.py``). The rules are those of :mod:`yangban.points.ledger`; the tests hold both against
the same model, hash by hash. The statements are planned once for a connection, perhaps while the tables are empty: ``LATERAL … LIMIT 1``
and the settings of the function see to it that every row is then still found by its index.

Columns come as one text each, parted by a character that no value may hold: the client joins and the server splits at no cost. A column
that says the same throughout comes once.
"""

from __future__ import annotations

from typing import Final

MARK: Final = "\x1f"
"""What parts the values of a column."""

MADE, REPLAYED, CONFLICT, CLOSED, OVER = range(5)
"""What became of an earn: made, made before, key used with other content, account closed, expired before it was recorded."""

COLUMNS: Final = (
    "chain", "asked_at", "many", "keys", "digests", "bys", "reasons", "kinds", "owners", "amounts", "happened", "expires", "abouts",
    "pendings",
)  # fmt: skip
"""What is put through the door. ``answer`` comes back: a line for each earn, of what became of it, number, row and, if another, chain."""

_TAIL: Final = """
             concat(chain_words, j.number, '","earn",', to_json(j.key), ',"', j.digest, '","', j.happened, '","', said, '",',
                    to_json(j.by), ',"",', to_json(j.reason), ',', to_json(j.about), ',"","', j.expires, '","","0"],[["1","issue",',
                    to_json(j.target), ',"', j.amount, '","', j.number, '","', j.source_before, '","', j.source_before - j.amount, '","',
                    j.target_before, '","', j.target_before + j.amount, '","', j.source_version, '","', j.target_version, '"]]]')"""
"""The rows of an earn as :func:`yangban.points.ledger.hash_rows` writes them, after the hash before it."""


def _column(name: str, kind: str = "text") -> str:
    """A column split; empty when it says the same throughout."""
    cast = f"::{kind}[]" if kind != "text" else ""
    return f"CASE WHEN strpos(NEW.{name}, mark) > 0 THEN string_to_array(NEW.{name}, mark){cast} END"


STATEMENTS: Final = (
    """
    CREATE OR REPLACE FUNCTION points_link(before text, first text, tail text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$
    BEGIN RETURN encode(sha256(convert_to('["' || coalesce(before, first) || tail, 'UTF8')), 'hex'); END $$
    """,
    "DROP AGGREGATE IF EXISTS points_linked(text, text)",
    "CREATE AGGREGATE points_linked(text, text) (SFUNC = points_link, STYPE = text)",
    "DROP VIEW IF EXISTS points_earns",
    """
    CREATE VIEW points_earns AS SELECT ''::text AS chain, now() AS asked_at, 0 AS many, ''::text AS keys, ''::text AS digests,
      ''::text AS bys, ''::text AS reasons, ''::text AS kinds, ''::text AS owners, ''::text AS amounts, ''::text AS happened,
      ''::text AS expires, ''::text AS abouts, ''::text AS pendings, ''::text AS answer WHERE false
    """,
    f"""
    CREATE OR REPLACE FUNCTION points_take_earns() RETURNS trigger LANGUAGE plpgsql
    SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET enable_material = off AS $$
    #variable_conflict use_column
    DECLARE
      mark CONSTANT text := chr(31);
      head points_ledgerchain; pool points_ledgeraccount; moment timestamptz; said text; chain_words text; missing boolean;
      kinds text[] := {_column("kinds")}; owners text[] := {_column("owners")}; pendings bool[] := {_column("pendings", "bool")};
      one_kind text := NEW.kinds; one_owner text := NEW.owners; one_pending text := NEW.pendings; one_by text := NEW.bys;
      one_reason text := NEW.reasons; one_amount text := NEW.amounts; one_happened text := NEW.happened; one_expires text := NEW.expires;
      one_digest text := NEW.digests; one_about text := NEW.abouts; many int := NEW.many;
      holder_ids bigint[]; closed bool[]; target_ids bigint[]; balances bigint[]; versions bigint[];
    BEGIN
      IF EXISTS (SELECT 1 FROM unnest(coalesce(kinds, ARRAY[one_kind])) k WHERE k NOT IN ('member', 'institution', ''))
        OR (kinds IS NULL AND one_kind = '') OR one_owner = '' OR '' = ANY (owners[1:many])
      THEN RAISE EXCEPTION 'points ledger: only a member or an institution earns'; END IF;
      SELECT * INTO head FROM points_ledgerchain c WHERE c.name = NEW.chain FOR UPDATE;
      IF NOT FOUND THEN
        INSERT INTO points_ledgerchain (name, scheme, number, hash) VALUES (NEW.chain, split_part(NEW.chain, '/', 1), 0, repeat('0', 64))
        ON CONFLICT DO NOTHING;
        SELECT * INTO head FROM points_ledgerchain c WHERE c.name = NEW.chain FOR UPDATE;
      END IF;
      moment := greatest(NEW.asked_at, head.recorded_at);
      said := to_char(moment AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"');
      chain_words := '",[' || to_json(NEW.chain) || ',"';
      owners := coalesce(owners, array_fill(one_owner, ARRAY[many]));
      FOR attempt IN 1..2 LOOP
        SELECT array_agg(a.id ORDER BY w.n), array_agg(a.closed ORDER BY w.n), array_agg(a.balance ORDER BY w.n),
               array_agg(a.version ORDER BY w.n), coalesce(bool_or(a.id IS NULL), false)
        INTO holder_ids, closed, balances, versions, missing
        FROM unnest(owners, kinds) WITH ORDINALITY w(owner, kind, n)
        LEFT JOIN LATERAL (
          SELECT * FROM points_ledgeraccount a
          WHERE a.chain_id = head.id AND a.kind = coalesce(w.kind, one_kind) AND a.owner = w.owner LIMIT 1
        ) a ON true WHERE w.n <= many;
        EXIT WHEN NOT missing;
        INSERT INTO points_ledgeraccount (chain_id, kind, owner, balance, version, closed)
        SELECT DISTINCT head.id, coalesce(w.kind, one_kind), w.owner, 0, 0, false
        FROM unnest(owners, kinds, holder_ids) WITH ORDINALITY w(owner, kind, id, n) WHERE w.id IS NULL AND w.n <= many;
      END LOOP;
      target_ids := holder_ids;
      IF one_pending = 't' OR true = ANY (pendings) THEN
        FOR attempt IN 1..2 LOOP
          SELECT array_agg(coalesce(h.id, a.id) ORDER BY w.n), array_agg(coalesce(h.balance, a.balance) ORDER BY w.n),
                 array_agg(coalesce(h.version, a.version) ORDER BY w.n),
                 coalesce(bool_or(coalesce(w.pending, one_pending = 't') AND h.id IS NULL), false)
          INTO target_ids, balances, versions, missing
          FROM unnest(holder_ids, pendings) WITH ORDINALITY w(id, pending, n)
          JOIN points_ledgeraccount a ON a.id = w.id
          LEFT JOIN LATERAL (
            SELECT * FROM points_ledgeraccount h
            WHERE h.chain_id = head.id AND h.kind = 'held' AND h.owner = a.kind || ':' || a.owner LIMIT 1
          ) h ON coalesce(w.pending, one_pending = 't') WHERE w.n <= many;
          EXIT WHEN NOT missing;
          INSERT INTO points_ledgeraccount (chain_id, kind, owner, balance, version, closed, holder_id)
          SELECT DISTINCT head.id, 'held', a.kind || ':' || a.owner, 0, 0, false, w.id
          FROM unnest(holder_ids, pendings) WITH ORDINALITY w(id, pending, n) JOIN points_ledgeraccount a ON a.id = w.id
          WHERE coalesce(w.pending, one_pending = 't') AND w.n <= many AND NOT EXISTS (
            SELECT 1 FROM points_ledgeraccount h WHERE h.chain_id = head.id AND h.kind = 'held' AND h.owner = a.kind || ':' || a.owner);
        END LOOP;
      END IF;
      SELECT * INTO pool FROM points_ledgeraccount a WHERE a.chain_id = head.id AND a.kind = 'issue';
      IF NOT FOUND THEN
        INSERT INTO points_ledgeraccount (chain_id, kind, owner, balance, version, closed) VALUES (head.id, 'issue', '', 0, 0, false)
        RETURNING * INTO pool;
      END IF;
      WITH asked AS (
        SELECT a.n, a.key, coalesce(a.digest, one_digest) AS digest, coalesce(a.by, one_by) AS by, coalesce(a.reason, one_reason) AS reason,
               coalesce(a.pending, one_pending = 't') AS pending,
               CASE WHEN coalesce(a.pending, one_pending = 't') THEN 'held:' ELSE '' END || coalesce(a.kind, one_kind) || ':' || a.owner
                 AS target,
               coalesce(a.amount, one_amount::bigint) AS amount, coalesce(a.happened, one_happened) AS happened,
               coalesce(a.expires, one_expires) AS expires, coalesce(a.about, one_about) AS about,
               a.holder_id, a.target_id, a.closed, a.balance, a.version
        FROM unnest(
          string_to_array(NEW.keys, mark), {_column("digests")}, {_column("bys")}, {_column("reasons")}, kinds, owners,
          CASE WHEN strpos(NEW.amounts, mark) > 0 THEN string_to_array(NEW.amounts, mark)::bigint[] END,
          {_column("happened")}, {_column("expires")}, {_column("abouts")}, pendings, holder_ids, target_ids, closed, balances, versions
        ) WITH ORDINALITY a(key, digest, by, reason, kind, owner, amount, happened, expires, about, pending, holder_id, target_id, closed,
                            balance, version, n)
        WHERE a.n <= many
      ), judged AS MATERIALIZED (
        SELECT a.*, o.number AS used_number, o.id AS used_pk, o.chain_id AS used_chain,
               CASE WHEN o.digest = a.digest THEN {REPLAYED} WHEN o.id IS NOT NULL THEN {CONFLICT} WHEN a.closed THEN {CLOSED}
                    WHEN a.expires <> '' AND a.expires::timestamptz <= moment THEN {OVER} ELSE {MADE} END AS state
        FROM asked a
        LEFT JOIN LATERAL (SELECT * FROM points_ledgeroperation o WHERE o.scheme = head.scheme AND o.key = a.key LIMIT 1) o ON true
      ), planned AS (
        SELECT j.*, nextval('points_ledgeroperation_id_seq') AS pk, row_number() OVER w + head.number AS number,
               (pool.balance - sum(j.amount) OVER w + j.amount)::bigint AS source_before,
               row_number() OVER w + pool.version AS source_version,
               (j.balance + sum(j.amount) OVER own - j.amount)::bigint AS target_before, row_number() OVER own + j.version AS target_version
        FROM judged j WHERE j.state = {MADE}
        WINDOW w AS (ORDER BY j.n ROWS UNBOUNDED PRECEDING), own AS (PARTITION BY j.target_id ORDER BY j.n ROWS UNBOUNDED PRECEDING)
      ), linked AS MATERIALIZED (
        SELECT j.*, points_linked(head.hash,
            {_TAIL}
          ) OVER (ORDER BY j.number ROWS UNBOUNDED PRECEDING) AS hash
        FROM planned j
      ), operations AS (
        INSERT INTO points_ledgeroperation (
          id, chain_id, scheme, number, kind, key, digest, happened_at, recorded_at, by, approved_by, reason, about, refers_to, expires_at,
          until, short, previous_hash, hash)
        SELECT j.pk, head.id, head.scheme, j.number, 'earn', j.key, j.digest, j.happened::timestamptz, moment, j.by, '', j.reason, j.about,
               NULL, nullif(j.expires, '')::timestamptz, NULL, 0, lag(j.hash, 1, head.hash::text) OVER (ORDER BY j.number), j.hash
        FROM linked j
      ), entries AS (
        INSERT INTO points_ledgerentry (
          operation_id, line, source_id, target_id, amount, lot_id, source_before, target_before, source_version, target_version)
        SELECT j.pk, 1, pool.id, j.target_id, j.amount, j.pk, j.source_before, j.target_before, j.source_version, j.target_version
        FROM linked j
      ), lots AS (
        INSERT INTO points_ledgerlot (operation_id, holder_id, amount, remaining, held, expires_at)
        SELECT j.pk, j.holder_id, j.amount, CASE WHEN j.pending THEN 0 ELSE j.amount END, CASE WHEN j.pending THEN j.amount ELSE 0 END,
               nullif(j.expires, '')::timestamptz
        FROM linked j
      ), holds AS (
        INSERT INTO points_ledgerhold (operation_id, kind, holder_id, parts, amount)
        SELECT j.pk, 'earn', j.holder_id, jsonb_build_array(jsonb_build_array(j.number, j.amount)), j.amount FROM linked j WHERE j.pending
      ), taken AS (
        UPDATE points_ledgeraccount a SET balance = m.balance, version = m.version
        FROM (SELECT target_id, max(target_before + amount) AS balance, max(target_version) AS version FROM linked GROUP BY target_id) m
        WHERE a.id = m.target_id
      ), given AS (
        UPDATE points_ledgeraccount a SET balance = m.balance, version = m.version
        FROM (SELECT min(source_before - amount) AS balance, max(source_version) AS version FROM linked) m
        WHERE a.id = pool.id AND m.version IS NOT NULL
      ), moved AS (
        UPDATE points_ledgerchain c SET number = l.number, hash = l.hash, recorded_at = moment
        FROM (SELECT number, hash FROM linked ORDER BY number DESC LIMIT 1) l WHERE c.id = head.id
      )
      SELECT string_agg(concat_ws(' ', j.state, coalesce(l.number, j.used_number), coalesce(l.pk, j.used_pk),
               CASE WHEN j.used_chain <> head.id THEN (SELECT c.name FROM points_ledgerchain c WHERE c.id = j.used_chain) END),
               mark ORDER BY j.n)
      INTO NEW.answer
      FROM judged j LEFT JOIN linked l ON l.n = j.n;
      RETURN NEW;
    END $$
    """,
    "CREATE TRIGGER points_door INSTEAD OF INSERT ON points_earns FOR EACH ROW EXECUTE FUNCTION points_take_earns()",
)  # fmt: skip
"""What a migration lays, again and again when need be."""
