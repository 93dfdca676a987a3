"""What the site and the ledger need of their database, tried on that very database: :func:`examine`.

A program that only speaks like PostgreSQL, a network drive under SQLite, a setting that answers before the disk has it: each loses or
doubles something on a bad day and looks well on all others. So nothing is taken on the server's word where it can be tried. Trials of the
site's own tables happen in a transaction that is rolled back; others in a schema, or a file, that is made for them and removed.
"""

from __future__ import annotations

import datetime
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final

from django.db import DatabaseError, Error, IntegrityError, connection, transaction
from django.db.migrations.executor import MigrationExecutor

from yangban.web.accounts.append_only import kept_tables, missing_triggers

PASSED, WARNING, FAILED = "passed", "warning", "failed"
WORDS: Final = {PASSED: "通过", WARNING: "警告", FAILED: "不通过"}
OLDEST: Final = 140_000
OLDEST_SQLITE: Final = (3, 35, 0)
SKEW: Final = 2.0
"""Seconds by which the clocks of the site and its database may differ."""

ROOM: Final = 2 * 1024**3
"""Bytes that should be free beside a SQLite file."""

_NETWORK: Final = frozenset(
    {"nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "afs", "glusterfs", "fuse.sshfs", "fuse.glusterfs", "ceph", "lustre"}
)


@dataclass(frozen=True)
class Item:
    """One thing that was looked at: how it stands, what was found, and what to do about it."""

    key: str
    title: str
    state: str
    found: str
    advice: str = ""

    def to_dict(self) -> dict[str, str]:
        """As JSON has it."""
        return asdict(self)


def examine() -> list[Item]:
    """Look at everything; a trial that breaks down is an item that failed, and the others go on."""
    found: list[Item] = []
    for trial in _POSTGRESQL if connection.vendor == "postgresql" else _SQLITE if connection.vendor == "sqlite" else (_stranger,):
        try:
            found += trial()
        except Error as problem:
            key = trial.__name__.strip("_")
            words = str(problem).splitlines()[0] if str(problem) else type(problem).__name__
            advice = "数据库不支持这一项，或权限不够。The database cannot do this, or the role may not"
            found.append(Item(key, (trial.__doc__ or key).rstrip("."), FAILED, words, advice))
    return found


def _item(key: str, title: str, good: object, found: object, advice: str = "", *, otherwise: str = FAILED) -> Item:
    return Item(key, title, PASSED if good else otherwise, str(found), "" if good else advice)


def _ask(statement: str, *given: Any, of: Any = None) -> Any:
    """The first value that a statement gives."""
    with (of or connection).cursor() as cursor:
        cursor.execute(statement, given or None)
        row = cursor.fetchone()
    return row[0] if row else None


def _do(statement: str, *given: Any, of: Any = None) -> None:
    with (of or connection).cursor() as cursor:
        cursor.execute(statement, given or None)


def _refuses(act: Callable[[], Any]) -> bool:
    """Whether the database refuses an act by one of its rules; a statement that is wrong is no refusal. What was done is undone."""
    try:
        with transaction.atomic():
            act()
            raise _Done
    except _Done:
        return False
    except _Refused:
        return True
    except DatabaseError as problem:
        state = getattr(problem.__cause__, "sqlstate", None) or ""
        if isinstance(problem, IntegrityError) or state == "P0001" or state.startswith("23"):
            return True
        raise


class _Done(Exception):
    """An act went through that should have been refused."""


class _Refused(Exception):
    """The program itself saw a refusal."""


def _stranger() -> list[Item]:
    return [
        Item(
            "engine", "数据库 Engine", FAILED, connection.vendor, "请用 PostgreSQL 14 以上或 SQLite。Use PostgreSQL 14 or newer, or SQLite"
        )
    ]


# ---------------------------------------------------------------------------------------------------------------------- PostgreSQL


def _server() -> Iterator[Item]:
    """Version, encoding, time."""
    words, number = _ask("SELECT version()"), int(_ask("SHOW server_version_num"))
    yield _item(
        "version", "版本 Version", number >= OLDEST, words.split(" on ")[0], "需要 PostgreSQL 14 以上。PostgreSQL 14 or newer is needed"
    )
    own = words.startswith("PostgreSQL ")
    advice = "不是 PostgreSQL 本身：以下各项都通过仍只说明这些项。Not PostgreSQL itself: what passes below passes, nothing more is known"
    yield _item("make", "产品 Product", own, words.split(" ")[0], advice, otherwise=WARNING)
    for key, title, name in (("encoding", "库编码 Encoding", "server_encoding"), ("client", "连接编码 Client encoding", "client_encoding")):
        held = _ask(f"SHOW {name}")
        yield _item(key, title, held == "UTF8", held, "新建库时用 ENCODING 'UTF8'。Make the database with ENCODING 'UTF8'")
    text = "𠮷田镇 生态环境局（测试）"
    yield _item(
        "text", "汉字存取 Text", _ask("SELECT %s::text", text) == text and _ask("SELECT length(%s)", text) == len(text), "含扩展区汉字"
    )
    with_zone = _ask("SELECT timestamptz '2026-03-01 08:00:00.123456+08'")
    expected = datetime.datetime(2026, 3, 1, 0, 0, 0, 123456, tzinfo=datetime.UTC)
    yield _item("time", "带时区的时刻 Moments", with_zone == expected, f"会话时区 {_ask('SHOW timezone')}", "时刻要存到微秒并带时区")
    before = datetime.datetime.now(datetime.UTC)
    theirs = _ask("SELECT clock_timestamp()")
    after = datetime.datetime.now(datetime.UTC)
    skew = (theirs - (before + (after - before) / 2)).total_seconds()
    advice = "请让两台机器用同一时间源（chrony、ntpd）对时。Let both machines take their time from one source"
    yield _item("clock", "时钟相差 Clock skew", abs(skew) <= SKEW, f"{skew:+.3f} s", advice, otherwise=WARNING)


def _meaning() -> Iterator[Item]:
    """That texts and numbers mean what they mean in PostgreSQL."""
    empty = _ask("SELECT ('' IS NULL) OR (length('') IS DISTINCT FROM 0)")
    advice = "空字符串被当成 NULL（Oracle 兼容模式）：请用 PostgreSQL 兼容模式建库。Make the database in PostgreSQL's own mode"
    yield _item("empty", "空字符串 Empty text", not empty, "不等于 NULL" if not empty else "等于 NULL", advice)
    plain = _ask("SELECT 'a' <> 'A' AND 'a'::varchar <> 'a '::varchar AND '广州' <> '廣州'")
    yield _item(
        "equality",
        "文字相等 Equality",
        plain,
        "区分大小写、空格与简繁" if plain else "不区分",
        "请用区分大小写的排序规则。Use a case-sensitive collation",
    )
    with connection.cursor() as cursor:
        cursor.execute("SELECT n FROM unnest(ARRAY['广州市','宁波市','大连市','b','a','广灵县']) n ORDER BY n")
        order = [row[0] for row in cursor.fetchall()]
        cursor.execute("SELECT n FROM unnest(ARRAY['广灵县','a','大连市','b','宁波市','广州市']) n ORDER BY n")
        again = [row[0] for row in cursor.fetchall()]
    kind = _ask("SELECT datcollate FROM pg_database WHERE datname = current_database()")
    steady = order == again and order.index("a") < order.index("b")
    advice = "排序不固定：请用 C.UTF-8 或 zh_CN.UTF-8 建库。Make the database with C.UTF-8 or zh_CN.UTF-8"
    yield _item("collation", "汉字排序 Collation", steady, f"{kind}：{' '.join(order)}", advice, otherwise=WARNING)
    exact = _ask("SELECT (9223372036854775807::bigint - 1) = 9223372036854775806 AND 7 / 2 = 3 AND 0.1::numeric + 0.2 = 0.3")
    yield _item("numbers", "整数与小数 Numbers", exact, "精确" if exact else "不精确", "整除、bigint 或 numeric 与 PostgreSQL 不同")


def _settings() -> Iterator[Item]:
    """Whether what was committed lies on the disk."""
    for name, good, otherwise, advice in (
        ("fsync", {"on"}, FAILED, "关闭时断电会毁坏整个库。Switched off, a power cut destroys the database: set fsync = on"),
        (
            "synchronous_commit", {"on", "remote_write", "remote_apply", "local"}, FAILED,
            "关闭时断电会丢失已答复的记账和报送。Switched off, acknowledged postings are lost: set synchronous_commit = on",
        ),
        ("full_page_writes", {"on"}, FAILED, "除非文件系统保证整页写，否则请设为 on。Set it to on"),
        ("default_transaction_isolation", {"read committed"}, FAILED, "请设为 read committed。Set it to read committed"),
        ("session_replication_role", {"origin"}, FAILED, "其他值会跳过触发器。Other values skip the triggers: set it to origin"),
        ("data_checksums", {"on"}, WARNING, "建议 initdb --data-checksums，磁盘出错才能发现。Disk errors are found only with them"),
    ):  # fmt: skip
        held = _ask(f"SHOW {name}")
        yield _item(name, f"设置 {name}", held in good, held, advice, otherwise=otherwise)
    most = int(_ask("SHOW max_connections"))
    yield _item(
        "connections",
        "连接数 Connections",
        most >= 30,
        most,
        "两个进程各四线程加后台需要约 12 个，建议不少于 30。At least 30",
        otherwise=WARNING,
    )


def _rights() -> Iterator[Item]:
    """What the role may do."""
    may = _ask(
        "SELECT has_schema_privilege(current_schema(), 'CREATE') AND has_database_privilege(current_database(), 'CREATE, TEMPORARY')"
    )
    who = _ask("SELECT current_user")
    yield _item(
        "rights",
        "建表权限 Rights",
        may,
        who,
        f"以管理员执行：GRANT CREATE ON SCHEMA public TO {who}; GRANT CREATE, TEMPORARY ON DATABASE … TO {who}",
    )
    superuser = _ask("SELECT usesuper FROM pg_user WHERE usename = current_user")
    advice = "超级用户能绕过只增不改的触发器：请给网站一个普通用户。Give the site a role of its own that is no superuser"
    yield _item("superuser", "不是超级用户 Not a superuser", not superuser, who, advice, otherwise=WARNING)


@contextmanager
def _schema() -> Iterator[str]:
    """A schema for the trials, removed afterwards."""
    name = f"yangban_dbcheck_{os.getpid()}"
    _do(f"CREATE SCHEMA {name}")
    try:
        yield name
    finally:
        if connection.connection is not None:
            _do(f"DROP SCHEMA {name} CASCADE")


@contextmanager
def _session() -> Iterator[Any]:
    """A second session of the same database, in a transaction; rolled back."""
    other = connection.copy()
    other.ensure_connection()
    other.set_autocommit(False)
    try:
        yield other
    finally:
        with suppress(Error):
            other.rollback()
        other.close()


def _locks() -> Iterator[Item]:
    """Two sessions that want the same rows."""
    with _schema() as schema, _session() as one, _session() as two:
        table = f"{schema}.t"
        _do(f"CREATE TABLE {table} (id int PRIMARY KEY, n int NOT NULL CHECK (n >= 0))")
        _do(f"INSERT INTO {table} VALUES (1, 5), (2, 5), (3, 5)")
        _do(f"SELECT n FROM {table} WHERE id = 1 FOR UPDATE", of=one)
        _do("SET LOCAL lock_timeout = '300ms'", of=two)
        waits = _raises(two, f"SELECT n FROM {table} WHERE id = 1 FOR UPDATE", "55P03")
        advice = "行锁不互相等待，记账会重复花费：不能用于积分账本。Row locks do not hold: points would be spent twice"
        yield _item("row_locks", "行锁互相等待 Row locks", waits, "第二个会话等待" if waits else "第二个会话没有等待", advice)
        with two.cursor() as cursor:
            cursor.execute(f"SELECT id FROM {table} ORDER BY id FOR UPDATE SKIP LOCKED")
            rows = [row[0] for row in cursor.fetchall()]
        two.rollback()
        yield _item("skip_locked", "SKIP LOCKED", rows == [2, 3], rows, "后台任务会被两个进程同时领取。Two workers would take one job")
        _do(f"UPDATE {table} SET n = n - 1 WHERE id = 1", of=one)
        unseen = _ask(f"SELECT n FROM {table} WHERE id = 1", of=two) == 5
        one.commit()
        seen = _ask(f"SELECT n FROM {table} WHERE id = 1", of=two) == 4
        found = f"提交前{'看不到' if unseen else '看到'}，提交后{'看到' if seen else '看不到'}"
        yield _item("isolation", "读已提交 Read committed", unseen and seen, found, "请设为 read committed")
        two.rollback()
        _do("SELECT pg_advisory_xact_lock(77, 88)", of=one)
        held = _ask("SELECT pg_try_advisory_xact_lock(77, 88)", of=two)
        one.rollback()
        two.rollback()
        yield _item(
            "advisory",
            "会话间约定锁 Advisory locks",
            held is False,
            "互斥" if held is False else "不互斥",
            "审计链与限流要用它。The audit and rate limits need it",
        )
        _do(f"SELECT n FROM {table} WHERE id = 1 FOR UPDATE", of=one)
        _do(f"SELECT n FROM {table} WHERE id = 2 FOR UPDATE", of=two)
        _do("SET LOCAL lock_timeout = '300ms'", of=two)
        told = _raises(two, f"SELECT n FROM {table} WHERE id = 1 FOR UPDATE", "55P03")
        gone = _ask(f"SELECT n FROM {table} WHERE id = 2 FOR UPDATE NOWAIT", of=one) == 4 + 1
        yield _item(
            "rollback", "回滚放开锁 Rollback frees locks", told and gone, "放开" if gone else "没有放开", "中断的事务不放锁，会卡住整个站"
        )
        one.rollback()


def _raises(other: Any, statement: str, state: str) -> bool:
    """Whether a statement is refused with this very state; the session is rolled back then."""
    try:
        _do(statement, of=other)
    except DatabaseError as problem:
        other.rollback()
        return getattr(problem.__cause__, "sqlstate", None) == state
    return False


def _sure(condition: str) -> str:
    """A statement that is refused unless a condition holds."""
    return f"SELECT 1 / (CASE WHEN {condition} THEN 1 ELSE 0 END)"


_FEATURES: Final = (
    ("check", "约束 CHECK", "INSERT INTO {s}.f VALUES (-1, '{{}}', 'x', 'open')", False, "负数没有被拒绝"),
    ("unique", "部分唯一索引 Partial unique index", "INSERT INTO {s}.f VALUES (2, '{{}}', 'x', 'open')", False, "重复的键没有被拒绝"),
    ("unique_other", "部分唯一索引之外 Beside it", "INSERT INTO {s}.f VALUES (3, '{{}}', 'x', 'done')", True, ""),
    ("row_trigger", "逐行触发器 Row triggers", "UPDATE {s}.kept SET n = 2", False, "只增不改的表可以被改"),
    ("truncate_trigger", "清空触发器 TRUNCATE triggers", "TRUNCATE {s}.kept", False, "只增不改的表可以被清空"),
    (
        "statement_trigger", "成批触发器（过渡表） Transition tables", "INSERT INTO {s}.batch VALUES (1), (2), (-3), (9)", False,
        "成批检查没有执行",
    ),
    ("balanced", "成批触发器放行平衡的一批 A balanced batch", "INSERT INTO {s}.batch VALUES (1), (2), (-3)", True, ""),
    ("json", "JSON", _sure("'{{\"a\": {{\"b\": 1}}}}'::jsonb #> '{{a,b}}' = '1' AND jsonb_build_array('a') ->> 0 = 'a'"), True, ""),
    ("arrays", "数组成批写入 unnest", "INSERT INTO {s}.many SELECT * FROM unnest(ARRAY[1,2]::bigint[], ARRAY['a','b']::text[])", True, ""),
    (
        "returning", "ON CONFLICT … RETURNING",
        "INSERT INTO {s}.many VALUES (1, 'c') ON CONFLICT (id) DO UPDATE SET w = excluded.w RETURNING w", True, "",
    ),
    (
        "window", "窗口与 MATERIALIZED",
        "WITH a AS MATERIALIZED (SELECT id, row_number() OVER (PARTITION BY w ORDER BY id) n FROM {s}.many) SELECT * FROM a", True, "",
    ),
    (
        "hash", "SHA-256",
        _sure("encode(sha256(convert_to('abc', 'UTF8')), 'hex') = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'"),
        True, "",
    ),
    ("search", "全文检索 Full text", _sure("to_tsvector('simple', '生态 环境') @@ to_tsquery('simple', '环境')"), True, ""),
    ("gin", "GIN 索引", "CREATE INDEX ON {s}.words USING gin (v)", True, ""),
    ("view_trigger", "视图上的触发器 INSTEAD OF", "INSERT INTO {s}.door VALUES (7) RETURNING n", True, ""),
    ("keys", "外键 Foreign keys", "INSERT INTO {s}.child VALUES (1, 99); SET CONSTRAINTS ALL IMMEDIATE", False, "外键没有被检查"),
)  # fmt: skip

_STAGE: Final = (
    "CREATE TABLE {s}.f (id int CHECK (id >= 0), b jsonb, k text, state text)",
    "CREATE UNIQUE INDEX f_once ON {s}.f (k) WHERE state = 'open'",
    "INSERT INTO {s}.f VALUES (1, '{{}}', 'x', 'open')",
    "CREATE TABLE {s}.kept (n int)", "INSERT INTO {s}.kept VALUES (1)",
    "CREATE TABLE {s}.batch (n int)", "CREATE TABLE {s}.many (id bigint PRIMARY KEY, w text)",
    "CREATE TABLE {s}.words (v tsvector)", "CREATE VIEW {s}.door AS SELECT 0 AS n WHERE false",
    "CREATE TABLE {s}.parent (id int PRIMARY KEY)",
    "CREATE TABLE {s}.child (id int, p int REFERENCES {s}.parent DEFERRABLE INITIALLY DEFERRED)",
    "CREATE FUNCTION {s}.refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no'; END $$",
    "CREATE FUNCTION {s}.sums() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
    "IF (SELECT sum(n) FROM fresh) <> 0 THEN RAISE EXCEPTION 'unbalanced'; END IF; RETURN NULL; END $$",
    "CREATE FUNCTION {s}.door() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.n := NEW.n + 1; RETURN NEW; END $$",
    "CREATE TRIGGER keep BEFORE UPDATE OR DELETE ON {s}.kept FOR EACH ROW EXECUTE FUNCTION {s}.refuse()",
    "CREATE TRIGGER keep_all BEFORE TRUNCATE ON {s}.kept FOR EACH STATEMENT EXECUTE FUNCTION {s}.refuse()",
    "CREATE TRIGGER sums AFTER INSERT ON {s}.batch REFERENCING NEW TABLE AS fresh "
    "FOR EACH STATEMENT WHEN (pg_trigger_depth() = 0) EXECUTE FUNCTION {s}.sums()",
    "CREATE TRIGGER door INSTEAD OF INSERT ON {s}.door FOR EACH ROW EXECUTE FUNCTION {s}.door()",
)  # fmt: skip


def _features() -> Iterator[Item]:
    """What tables, indexes and triggers have to do."""
    with transaction.atomic():
        schema = f"yangban_dbcheck_{os.getpid()}_f"
        _do(f"CREATE SCHEMA {schema}")
        for statement in _STAGE:
            _do(statement.format(s=schema))
        for key, title, statement, goes, wrong in _FEATURES:
            told = ""
            try:
                with transaction.atomic():
                    _do(statement.format(s=schema))
            except DatabaseError as problem:
                told = str(problem).splitlines()[0]
            good = bool(told) is not goes
            advice = wrong or "数据库不支持这一项，不能用。The database cannot do this"
            yield _item(key, title, good, "可用" if goes and good else "已拒绝" if good else told or "没有拒绝", advice)
        transaction.set_rollback(True)


# -------------------------------------------------------------------------------------------------------------------------- tables


def _tables() -> Iterator[Item]:
    """The site's own tables: up to date, and their rules kept by the database itself."""
    plan = MigrationExecutor(connection)
    missing = plan.migration_plan(plan.loader.graph.leaf_nodes())
    advice = "先运行 yangban manage migrate，再查一次；以下各表没有试。Run migrate, and this again: the tables were not tried"
    yield _item(
        "migrated",
        "各表为本版本 Tables of this version",
        not missing,
        f"缺 {len(missing)} 步" if missing else "是",
        advice,
        otherwise=WARNING,
    )
    if missing:
        return
    with transaction.atomic():
        for key, title, act in _offences():
            refused = _refuses(act)
            yield _item(
                key,
                title,
                refused,
                "已拒绝" if refused else "没有拒绝",
                "规则没有由数据库执行：运行 migrate，再查一次。Run migrate, and this again",
            )
        transaction.set_rollback(True)


def _offences() -> Iterator[tuple[str, str, Callable[[], Any]]]:
    """What the database has to refuse, each with rows that were written a moment ago and are rolled back."""
    from yangban.points.ledger import Earn, Hold, member
    from yangban.web.accounts import audit
    from yangban.web.points import posting
    from yangban.web.points.models import LedgerAccount, LedgerEntry, LedgerOperation

    chain, long_ago = f"dbcheck-{os.getpid()}", datetime.datetime(2024, 1, 1, tzinfo=datetime.UTC)
    holder = member(chain, "a")
    made = posting.post_all(chain, [Earn(key="e", holder=holder, amount=9, happened_at=long_ago, expires_at=None)])[0]
    assert isinstance(made, posting.Posted), made
    entry = LedgerEntry.objects.get(operation=made.pk)
    account = LedgerAccount.objects.get(chain__name=chain, kind="member")
    audit_row = audit.record(None, "dbcheck")

    def unbalanced() -> None:
        # A second line of the same operation that starts from a balance that the account does not have.
        LedgerEntry.objects.create(
            operation=entry.operation, line=2, source=entry.source, target=entry.target, amount=5, lot=entry.lot,
            source_before=entry.source_before + 1, target_before=entry.target_before, source_version=99, target_version=99,
        )  # fmt: skip

    def negative() -> None:
        LedgerEntry.objects.create(
            operation=entry.operation, line=2, source=entry.target, target=entry.source, amount=10, lot=entry.lot,
            source_before=9, target_before=-9, source_version=2, target_version=2,
        )  # fmt: skip

    def twice() -> None:
        row = LedgerOperation.objects.get(pk=made.pk)
        row.pk, row.number = None, row.number + 1
        row.previous_hash, row.hash = row.hash, "1" * 64
        row.save(force_insert=True)

    yield "ledger_unbalanced", "账本拒绝不从余额起的一行 Unbalanced row", unbalanced
    yield "ledger_negative", "账本拒绝透支 Overdraft", negative
    yield "ledger_changed", "账本拒绝改一笔 Changed row", lambda: LedgerEntry.objects.filter(operation=made.pk).update(amount=8)
    yield "ledger_removed", "账本拒绝删一笔 Removed row", lambda: _do("DELETE FROM points_ledgeroperation WHERE id = %s", made.pk)
    yield (
        "ledger_balance",
        "账本拒绝直接改余额 Changed balance",
        lambda: _do("UPDATE points_ledgeraccount SET balance = 99 WHERE id = %s", account.pk),
    )
    yield "ledger_key", "账本拒绝同一键两次 A key twice", twice
    yield "ledger_overspent", "账本拒绝多占 Overspent", lambda: _posted(posting.post_all(
        chain, [Hold(key="h", holder=holder, amount=10, until=datetime.datetime(2099, 1, 1, tzinfo=datetime.UTC))]
    ))  # fmt: skip
    yield (
        "audit_changed",
        "审计拒绝改 Changed audit",
        lambda: _do("UPDATE accounts_auditentry SET action = 'x' WHERE number = %s", audit_row.pk),
    )
    yield "audit_removed", "审计拒绝删 Removed audit", lambda: _do("DELETE FROM accounts_auditentry WHERE number = %s", audit_row.pk)
    for table in kept_tables():
        yield f"keeps_{table}", f"{table} 只增不改 Only grows", partial(_refuses_by_triggers, table)


def _posted(answers: list[Any]) -> None:
    if isinstance(answers[0], Exception):
        raise _Refused(str(answers[0]))


def _refuses_by_triggers(table: str) -> None:
    """Raise, as a refusal would, where a table has its triggers: trying each would hold up a site that is running."""
    if not missing_triggers(connection, table):
        raise _Refused


# -------------------------------------------------------------------------------------------------------------------------- SQLite


def _file() -> Path:
    return Path(str(connection.settings_dict["NAME"]))


def _library() -> Iterator[Item]:
    """The library and what it was built with."""
    found = sqlite3.sqlite_version_info
    yield _item(
        "version",
        "版本 Version",
        found >= OLDEST_SQLITE,
        sqlite3.sqlite_version,
        "需要 SQLite 3.35 以上：换用较新的 Python。A newer Python brings it",
    )
    text = "𠮷田镇（测试）"
    yield _item(
        "text",
        "汉字存取 Text",
        _ask("SELECT %s", text) == text and _ask("PRAGMA encoding") == "UTF-8",
        _ask("PRAGMA encoding"),
        "库要用 UTF-8",
    )
    yield _item("json", "JSON", _ask("SELECT json_extract('{\"a\": [1, 2]}', '$.a[1]')") == 2, "可用")
    options = {row[0] for row in connection.cursor().execute("PRAGMA compile_options").fetchall()}
    yield _item(
        "search",
        "全文检索 FTS5",
        "ENABLE_FTS5" in options,
        "可用" if "ENABLE_FTS5" in options else "没有",
        "案例库的检索要用它：换用较新的 Python",
    )
    yield _item(
        "threads",
        "多线程 Threads",
        "THREADSAFE=0" not in options,
        "安全" if "THREADSAFE=0" not in options else "不安全",
        "换用线程安全的 SQLite",
    )
    for name, good, words in (
        ("journal_mode", {"wal", "memory"}, "WAL"),
        ("foreign_keys", {1}, "外键"),
        ("synchronous", {1, 2}, "NORMAL 以上"),
    ):
        held = _ask(f"PRAGMA {name}")
        yield _item(name, f"设置 {name}", held in good, held, f"应为 {words}：文件系统不支持，或被改过。Should be {words}")


def _place() -> Iterator[Item]:
    """The disk on which the file lies."""
    file = _file()
    if not file.is_absolute() or not file.parent.is_dir():
        yield Item("place", "文件 File", WARNING, str(file), "内存里的库，关机即失。A database in memory")
        return
    kind = _filesystem(file.parent)
    advice = "SQLite 不能放在网络盘上（锁不可靠）：放到本机磁盘，或用 PostgreSQL。Never on a network drive: use a local disk, or PostgreSQL"
    yield _item("filesystem", "文件系统 File system", kind not in _NETWORK, kind or "未知", advice)
    free = shutil.disk_usage(file.parent).free
    yield _item(
        "room", "剩余空间 Free space", free >= ROOM, f"{free / 1024**3:.1f} GiB", "建议留出 2 GiB 以上。Leave 2 GiB", otherwise=WARNING
    )
    with tempfile.TemporaryDirectory(prefix=".dbcheck-", dir=file.parent) as folder:
        trial = str(Path(folder) / "trial.sqlite3")
        held = sqlite3.connect(trial, isolation_level=None)
        try:
            mode = held.execute("PRAGMA journal_mode = WAL").fetchone()[0]
            held.execute("CREATE TABLE t (n INTEGER CHECK (n >= 0))")
            held.execute("BEGIN IMMEDIATE")
            held.execute("INSERT INTO t VALUES (1)")
            second = _second(trial, "BEGIN IMMEDIATE")
            seen = _second(trial, "SELECT count(*) FROM t")
            held.execute("COMMIT")
            later = _second(trial, "SELECT count(*) FROM t")
        finally:
            held.close()
    yield _item("wal", "WAL 可用 WAL", mode == "wal", mode, "这个文件系统不能用 WAL。This file system cannot do WAL")
    advice = "两个进程不互相等待，会写坏库：换本机磁盘。Two processes would spoil the file: use a local disk"
    yield _item(
        "file_locks", "进程间锁 Locks between processes", "locked" in second, "第二个进程等待" if "locked" in second else second, advice
    )
    yield _item("isolation", "读不到未提交 Isolation", (seen, later) == ("0", "1"), f"{seen}，{later}", "换本机磁盘。Use a local disk")


def _second(file: str, statement: str) -> str:
    """What another process is told."""
    program = (
        "import sqlite3, sys\n"
        "c = sqlite3.connect(sys.argv[1], timeout=0.2, isolation_level=None)\n"
        "try:\n    print(*(c.execute(sys.argv[2]).fetchone() or ['done']))\n"
        "except sqlite3.OperationalError as told:\n    print(told)\n"
    )
    return subprocess.run([sys.executable, "-c", program, file, statement], capture_output=True, text=True, check=True).stdout.strip()


def _filesystem(folder: Path) -> str:
    """The kind of file system under a folder, as Linux names it."""
    with suppress(OSError):
        return subprocess.run(["stat", "-f", "-c", "%T", str(folder)], capture_output=True, text=True, check=False).stdout.strip()
    return ""


def _whole() -> Iterator[Item]:
    """The file itself."""
    told = _ask("PRAGMA quick_check(1)")
    yield _item(
        "file",
        "文件完好 The file is sound",
        told == "ok",
        told,
        "文件已损坏：停站，恢复备份。The file is damaged: stop, and restore a backup",
    )


def _backups() -> Iterator[Item]:
    """The programs of a backup."""
    server = int(_ask("SHOW server_version_num")) // 10_000
    for name in ("pg_dump", "pg_restore"):
        path = shutil.which(name)
        told = subprocess.run([path, "--version"], capture_output=True, text=True, check=False).stdout.strip() if path else "没有"
        words = [each.split(".")[0] for each in told.split() if each[:1].isdigit()]
        good = bool(words) and int(words[0]) >= server
        advice = f"备份要用：安装 PostgreSQL {server} 的客户端程序。Install the client programs of PostgreSQL {server}"
        yield _item(name, f"备份程序 {name}", good, told, advice, otherwise=WARNING)


_POSTGRESQL: Final = (_server, _meaning, _settings, _rights, _locks, _features, _backups, _tables)
_SQLITE: Final = (_library, _place, _whole, _tables)
