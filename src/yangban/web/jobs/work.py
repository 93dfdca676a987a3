"""The door to background work.

:func:`enqueue` asks for it, kinds register with :func:`kind`, and :func:`resume` picks up what a killed worker left.

Every kind must be safe to run again from the start: the worker may be killed at any moment, and the job is then run once more.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any, Final

from django.db import InterfaceError, OperationalError, connection, transaction
from django.utils import timezone
from django_tasks import TaskResultStatus, task
from django_tasks_db.models import DBTaskResult

from yangban.base.errors import YangbanError, is_of_machine
from yangban.web.accounts.models import User
from yangban.web.jobs.daily import minutely
from yangban.web.jobs.models import Job

log = logging.getLogger(__name__)

_ATTEMPTS: Final = 3
_STALE: Final = timedelta(minutes=2)
_PAUSE: Final = timedelta(minutes=1)
GIVEN_UP: Final = "三次中断，已放弃  Interrupted three times, given up"


class Reporter:
    """What a running job tells of itself; the page is told at most twice a second."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self._told = 0.0

    def __call__(self, message: str, done: float | None = None) -> None:
        """Say where the job stands: a line of words, and the share that is done (0 to 1)."""
        moment = time.monotonic()
        changed = message != self.job.message
        self.job.message = message[:300]
        if done is not None:
            self.job.progress = max(0, min(100, int(done * 100)))
        if changed or moment - self._told >= 0.5:
            self._told = moment
            Job.objects.filter(pk=self.job.pk).update(message=self.job.message, progress=self.job.progress)


Work = Callable[[Job, Reporter], tuple[Mapping[str, Any], bool]]
"""Does the work; returns the result and whether all went well (else the job ends as ``short``)."""

_KINDS: Final[dict[str, Work]] = {}


def kind(name: str) -> Callable[[Work], Work]:
    """Register the function that does a kind of job."""

    def keep(work: Work) -> Work:
        assert name not in _KINDS, name
        _KINDS[name] = work
        return work

    return keep


def enqueue(name: str, title: str, payload: Mapping[str, Any], *, user: User | None, region: str = "") -> Job:
    """Ask for a job; it begins when the transaction that asks is committed."""
    assert name in _KINDS, name
    job = Job.objects.create(kind=name, title=title[:200], payload=dict(payload), created_by=user, region=region)
    transaction.on_commit(lambda: run_job.enqueue(str(job.pk)))
    return job


@task()
def run_job(pk: str) -> None:
    """Run a job that is waiting; one that has begun or ended is left alone."""
    with transaction.atomic():
        job = Job.objects.select_for_update().filter(pk=pk, state=Job.State.QUEUED).first()
        if job is None:
            return
        job.state, job.started_at, job.attempts = Job.State.RUNNING, timezone.now(), job.attempts + 1
        job.save(update_fields=("state", "started_at", "attempts"))
    try:
        result, well = _KINDS[job.kind](job, Reporter(job))
        job.state = Job.State.DONE if well else Job.State.SHORT
        job.result = dict(result)
        job.progress = 100
    except YangbanError as problem:
        job.state, job.message = Job.State.FAILED, str(problem)[:300]
    except Exception as problem:
        if is_interruption(problem):
            # The database went away or the disk was full, which is no fault of the job: it begins again.
            log.warning("job %s (%s) was interrupted: %s", job.pk, job.kind, problem)
            if not still_there():
                connection.close()
            if job.attempts < _ATTEMPTS:
                _put_back(job)
                return
            job.message = GIVEN_UP
        else:
            log.exception("job %s (%s) failed", job.pk, job.kind)
            job.message = "程序出错，已记入日志；请联系管理员  The program failed; it is in the log"
        job.state = Job.State.FAILED
    job.finished_at = timezone.now()
    job.save(update_fields=("state", "result", "progress", "message", "finished_at"))


def _put_back(job: Job) -> None:
    """Let an interrupted job wait for its next attempt; where even that cannot be written the worker ends, and its next start resumes."""
    with transaction.atomic():
        words = "数据库中断，稍后自动重试  The database was interrupted; tried again soon"
        Job.objects.filter(pk=job.pk).update(state=Job.State.QUEUED, message=words)
        later = run_job
        if later.get_backend().supports_defer:
            later = run_job.using(run_after=timezone.now() + _PAUSE * job.attempts)
        later.enqueue(str(job.pk))


def is_interruption(problem: BaseException) -> bool:
    """Whether the machine and not the program stopped a piece of work, so that the same may well go through later."""
    return isinstance(problem, (OperationalError, InterfaceError)) or is_of_machine(problem)


def code_of(problem: BaseException) -> str:
    """How the driver names an error of the database (``SQLITE_FULL``, PostgreSQL's five signs ``53100``); its words differ by language."""
    cause = problem.__cause__
    return str(getattr(cause, "sqlite_errorname", None) or getattr(cause, "sqlstate", None) or "")


def wants_room(problem: BaseException) -> bool:
    """Whether the database said that its disk is full or fails: waiting for another writer is then no use."""
    return code_of(problem).startswith(("SQLITE_FULL", "SQLITE_IOERR", "53100", "58030"))


def still_there() -> bool:
    """Whether this process's connection to the database still answers: what failed on it was then surely undone."""
    return connection.connection is not None and connection.is_usable()


@minutely
def ask_again() -> int:
    """Ask again for jobs that wait and are not in the queue: their request was killed between its own commit and the queue's."""
    waiting = Job.objects.filter(state=Job.State.QUEUED, created_at__lt=timezone.now() - _STALE).values_list("pk", flat=True)
    lost = {str(pk) for pk in waiting}
    if lost:
        queue = DBTaskResult.objects.filter(status=TaskResultStatus.READY, task_path=run_job.module_path)
        lost -= {args[0] for args in queue.values_list("args_kwargs__args", flat=True)}
    for pk in lost:
        run_job.enqueue(pk)
    return len(lost)


def resume() -> int:
    """Queue again the jobs that a killed worker left behind, and return their number; run when the worker starts.

    A job is given up after three attempts, and says so.
    """
    count = 0
    for job in Job.objects.filter(state=Job.State.RUNNING):
        if job.attempts >= _ATTEMPTS:
            job.state, job.message, job.finished_at = Job.State.FAILED, GIVEN_UP, timezone.now()
            job.save(update_fields=("state", "message", "finished_at"))
            continue
        Job.objects.filter(pk=job.pk).update(state=Job.State.QUEUED)
        run_job.enqueue(str(job.pk))
        count += 1
    return count + ask_again()
