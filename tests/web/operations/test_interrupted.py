"""Work that the database broke off: jobs begin again by themselves, and nothing that may have been acknowledged is thrown away."""

from __future__ import annotations

import contextlib
import errno
import json
import sqlite3
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import OperationalError
from django.utils import timezone

from web.api.conftest import make_key as make_key  # a fixture
from yangban.base.errors import WorkspaceError
from yangban.readings.stations import Registry, Station
from yangban.readings.workspace import Workspace
from yangban.web.api import deliveries
from yangban.web.api.models import Delivery
from yangban.web.jobs import work
from yangban.web.jobs.models import Job

pytestmark = pytest.mark.django_db


class _OfPostgres(Exception):
    sqlstate = "53100"


def _of_sqlite(name: str) -> Exception:
    found = sqlite3.OperationalError("said in any language")
    found.sqlite_errorname = name
    return found


@pytest.fixture
def kind(monkeypatch: pytest.MonkeyPatch) -> Any:
    """A kind of job that the database breaks off so many times before it goes through."""

    def make(times: int, *, gone: bool = False) -> list[int]:
        told: list[int] = []

        def go(job: Job, _tell: Any) -> Any:
            told.append(job.attempts)
            if len(told) <= times:
                raise OperationalError("server closed the connection unexpectedly" if gone else "database or disk is full")
            return {"done": True}, True

        monkeypatch.setitem(work._KINDS, "test.interrupted", go)
        return told

    return make


def test_a_job_that_the_database_broke_off_begins_again(kind: Any) -> None:
    told = kind(2)
    job = Job.objects.create(kind="test.interrupted", title="x")
    work.run_job.call(str(job.pk))
    job.refresh_from_db()
    assert (job.state, job.attempts, told) == ("done", 3, [1, 2, 3])


def test_a_job_is_given_up_after_three_attempts_and_says_so(kind: Any) -> None:
    told = kind(9)
    job = Job.objects.create(kind="test.interrupted", title="x")
    work.run_job.call(str(job.pk))
    job.refresh_from_db()
    assert (job.state, told) == ("failed", [1, 2, 3])
    assert "三次中断" in job.message


def test_a_job_that_the_queue_does_not_know_is_asked_for_again(kind: Any, settings: Any) -> None:
    """Its request was killed between the commit of the job and that of the queue; one that is queued is not queued twice."""
    from django_tasks_db.models import DBTaskResult

    kind(0)
    settings.TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend", "QUEUES": []}}
    lost = Job.objects.create(kind="test.interrupted", title="lost", created_at=timezone.now() - timedelta(minutes=3))
    Job.objects.create(kind="test.interrupted", title="fresh")
    assert work.ask_again() == 1
    assert [row.args_kwargs["args"] for row in DBTaskResult.objects.all()] == [[str(lost.pk)]]
    assert work.ask_again() == 0
    work.run_job.call(str(lost.pk))
    lost.refresh_from_db()
    assert lost.state == "done"


@pytest.mark.parametrize("cause", [None, _of_sqlite("SQLITE_IOERR_FSYNC")], ids=["connection gone", "disk of SQLite failed"])
def test_a_commit_without_an_answer_keeps_the_file(
    client: Any,
    make_key: Any,
    own_workspace: Workspace,
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: Any,
    cause: Any,
) -> None:
    """The connection or the disk broke at the commit: the sender is told to come again, and then it is the same delivery."""
    Registry((Station(station="station:1000A", city="360100"),)).save(own_workspace)
    _, key = make_key("readings:write")
    content = json.dumps({"rows": [{"subject": "station:1000A", "time": "2024-03-01T01:00", "pm25": "35"}]})
    headers = {"HTTP_AUTHORIZATION": f"Bearer {key}", "HTTP_IDEMPOTENCY_KEY": "one"}

    @contextlib.contextmanager
    def unanswered() -> Iterator[None]:
        yield  # the transaction within is committed
        raise OperationalError("server closed the connection unexpectedly") from cause

    with monkeypatch.context() as patch, django_capture_on_commit_callbacks(execute=False):
        patch.setattr(deliveries, "_durable", unanswered)
        patch.setattr(deliveries, "still_there", lambda: cause is not None)
        answer = client.post("/api/v1/hours", content, content_type="application/json", **headers)
    assert answer.status_code == 503
    row = Delivery.objects.get()
    assert deliveries.inbox.path_of(row.pk, row.name).exists()
    with django_capture_on_commit_callbacks(execute=True):
        again = client.post("/api/v1/hours", content, content_type="application/json", **headers)
    assert (again.status_code, again.json()["id"]) == (202, str(row.pk))
    row.refresh_from_db()
    assert (row.state, row.receipt["accepted"]) == ("done", 1)


def test_a_full_disk_lets_acknowledged_hours_wait(
    client: Any, make_key: Any, own_workspace: Workspace, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
) -> None:
    """The disk stays full for all three attempts: nothing is refused, and what waits is asked for again until there is room."""
    Registry((Station(station="station:1000A", city="360100"),)).save(own_workspace)
    _, key = make_key("readings:write")
    content = json.dumps({"rows": [{"subject": "station:1000A", "time": "2024-03-01T01:00", "pm25": "35"}]})
    headers = {"HTTP_AUTHORIZATION": f"Bearer {key}", "HTTP_IDEMPOTENCY_KEY": "one"}

    def full(*_: Any, **__: Any) -> Any:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch, django_capture_on_commit_callbacks(execute=True):
        patch.setattr(deliveries, "ingest", full)
        assert client.post("/api/v1/hours", content, content_type="application/json", **headers).status_code == 202
    row = Delivery.objects.get()
    while Job.objects.get(pk=row.job_id).state == Job.State.QUEUED:
        with monkeypatch.context() as patch:
            patch.setattr(deliveries, "ingest", full)
            work.run_job.call(str(row.job_id))
    row.refresh_from_db()
    assert (row.state, Job.objects.get(pk=row.job_id).attempts, Job.objects.get(pk=row.job_id).state) == ("waiting", 3, "failed")
    with django_capture_on_commit_callbacks(execute=True):
        deliveries.ask_for_waiting()
    row.refresh_from_db()
    assert (row.state, row.receipt["accepted"]) == ("done", 1)
    deliveries.ask_for_waiting()
    assert Job.objects.filter(kind=deliveries.HOURS).count() == 2


def test_what_is_an_interruption() -> None:
    assert work.is_interruption(OSError(errno.ENOSPC, "No space left on device"))
    assert work.is_interruption(RuntimeError("No space left on device (os error 28)"))
    assert not work.is_interruption(FileNotFoundError(errno.ENOENT, "no such file"))
    assert not work.is_interruption(ValueError("3"))
    assert work.is_interruption(OperationalError("database is locked"))


def test_a_file_of_which_the_workspace_has_the_content_is_swept(
    client: Any, make_key: Any, own_workspace: Workspace, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
) -> None:
    """The worker was killed between its receipt and the removal of the file; one that still waits keeps its file."""
    Registry((Station(station="station:1000A", city="360100"),)).save(own_workspace)
    _, key = make_key("readings:write")
    headers = {"HTTP_AUTHORIZATION": f"Bearer {key}"}

    def push(word: str, value: str, *, work: bool) -> Delivery:
        content = json.dumps({"rows": [{"subject": "station:1000A", "time": "2024-03-01T01:00", "pm25": value}]})
        with django_capture_on_commit_callbacks(execute=work):
            sent = client.post("/api/v1/hours", content, content_type="application/json", HTTP_IDEMPOTENCY_KEY=word, **headers)
        assert sent.status_code == 202
        return Delivery.objects.get(idempotency_key=word)

    with monkeypatch.context() as patch:
        patch.setattr(deliveries.inbox, "drop", lambda *_: None)
        taken = push("one", "35", work=True)
    waits = push("two", "36", work=False)
    paths = [deliveries.inbox.path_of(each.pk, each.name) for each in (taken, waits)]
    assert [each.exists() for each in paths] == [True, True]
    assert deliveries.inbox.sweep(deliveries._needs_file, older=-1) == 1
    assert [each.exists() for each in paths] == [False, True]


@pytest.mark.parametrize("cause", [_of_sqlite("SQLITE_FULL"), _of_sqlite("SQLITE_IOERR_WRITE"), _OfPostgres()])
def test_the_worker_does_not_stand_still_before_a_full_disk(cause: Exception, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another writer is waited for, wherever the workspace lies; room on the disk is not, since the job is asked for again."""
    slept: list[float] = []
    monkeypatch.setattr(deliveries.time, "sleep", slept.append)
    locked, full = OperationalError("database is locked"), OperationalError("said in any language")
    locked.__cause__, full.__cause__ = _of_sqlite("SQLITE_BUSY"), cause
    answers = iter([WorkspaceError("/mnt/disk1/w: another writer has it"), locked, full])

    def take() -> None:
        raise next(answers)

    with pytest.raises(OperationalError, match="any language"):
        deliveries._patiently(take, lambda *_: None)
    assert len(slept) == 2


def test_a_real_full_database_says_so_by_its_code(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "small") as base:
        base.execute("PRAGMA max_page_count = 2")
        base.execute("CREATE TABLE t (x)")
        with pytest.raises(sqlite3.OperationalError) as caught:
            base.execute("INSERT INTO t VALUES (zeroblob(100000))")
    told = OperationalError("x")
    told.__cause__ = caught.value
    assert work.wants_room(told)
    assert work.code_of(told) == "SQLITE_FULL"


def test_the_codes_are_those_of_the_driver() -> None:
    errors = pytest.importorskip("psycopg.errors", reason="the extra postgres is not installed")
    for cause, wanted in ((errors.DiskFull(), True), (errors.IoError(), True), (errors.DeadlockDetected(), False)):
        told = OperationalError("x")
        told.__cause__ = cause
        assert work.wants_room(told) is wanted
