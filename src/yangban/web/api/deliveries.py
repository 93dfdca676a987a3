"""Readings that partners hand in: accepted once for an idempotency key, looked at by the worker, taken in within the key's region alone."""

from __future__ import annotations

import csv
import io
import itertools
import logging
import time
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Any, Final

from django.conf import settings
from django.db import IntegrityError, InterfaceError, OperationalError, connection, transaction
from django.utils import timezone

from yangban.base.errors import WorkspaceError
from yangban.base.pollutants import HOURLY_SIX
from yangban.readings.intake import ingest, subjects_in
from yangban.readings.receipts import COUNTS
from yangban.readings.subjects import resolve
from yangban.readings.workspace import Workspace
from yangban.web.accounts import audit
from yangban.web.accounts.permissions import lies_within
from yangban.web.api import inbox, reads
from yangban.web.api.models import ApiKey, Delivery
from yangban.web.api.problems import Problem
from yangban.web.jobs.daily import minutely
from yangban.web.jobs.models import Job
from yangban.web.jobs.work import Reporter, code_of, enqueue, is_interruption, kind, run_job, still_there, wants_room
from yangban.web.now import board
from yangban.web.workspace import site_workspace

KIND: Final = "api.readings"
HOURS: Final = "api.hours"
TOGETHER: Final = 200
"""Deliveries of hours that are taken in by one commit of the lake."""

DONE: Final = str(Delivery.State.DONE)

log = logging.getLogger(__name__)

_ABANDONED: Final = 3600
SOON: Final = 10
_FULL: Final = 60
NAMED: Final = 20
"""Subjects that a refusal names."""

LISTED: Final = 1000
"""Refused values that a receipt lists; all of them lie in the workspace."""

_PATIENCE: Final = 600
_PAUSE: Final = 1.0


# ---------------------------------------------------------------------------------------------------------------------------- accepting


def accept(
    key: ApiKey,
    *,
    idempotency_key: str,
    pieces: Iterable[bytes],
    name: str,
    asked: Mapping[str, Any],
    also: Callable[[Delivery], None] | None = None,
) -> Delivery:
    """Keep a delivery: on the disk first, then in the tables with its job, and only then acknowledged.

    ``also`` is done in the transaction that acknowledges it. The same idempotency key with the same content gives the delivery that is
    there. Raises the problem ``idempotency-conflict`` where the content, or how it is to be read, is another, and ``busy`` where it cannot
    be kept.
    """
    try:
        kept = inbox.keep(pieces, name)
    except OSError as problem:
        raise busy(f"这份内容存不下（{problem.strerror}）。It could not be stored", seconds=_FULL) from None
    try:
        with _durable(), transaction.atomic():
            made = Delivery.objects.create(
                id=kept.folder,
                key=key,
                idempotency_key=idempotency_key,
                digest=kept.digest,
                asked=dict(asked),
                name=kept.name,
                size=kept.size,
            )
            _ask(made)
            detail = {"name": kept.name, "digest": kept.digest, "size": kept.size, "asked": dict(asked), "delivery": str(made.pk)}
            audit.record(None, "readings.delivered", f"key:{key.prefix}", detail, organisation=key.organisation.name)
            if also is not None:
                also(made)
    except (OperationalError, InterfaceError) as problem:
        # A connection that broke during the commit does not say whether it was done, nor does SQLite whose disk failed in it: the next
        # process may find the commit in the log. Then the file stays, and is swept up when nobody knows it.
        if still_there() and not code_of(problem).startswith("SQLITE_IOERR"):
            inbox.drop(kept.folder, kept.name)
        raise busy(f"数据库忙（{problem}）。The database is busy", seconds=SOON) from None
    except IntegrityError:
        held = Delivery.objects.select_related("key").filter(key=key, idempotency_key=idempotency_key).first()
        if held is None:
            raise
        if held.digest != kept.digest or held.asked != dict(asked):
            inbox.drop(kept.folder, kept.name)
            raise Problem(
                "idempotency-conflict",
                f"{timezone.localtime(held.received_at):%Y-%m-%d %H:%M:%S} 已用这个 Idempotency-Key 收到另一份内容"
                f"（{held.digest[:12]}，这次 {kept.digest[:12]}）；新的内容请换一个。"
                "Other content was received under this key; use a new one",
                receipt=f"/api/v1/readings/{held.pk}",
            ) from None
        if _is_open(held) and not inbox.path_of(held.pk, held.name).exists():
            inbox.place(kept, held.pk, held.name)
        else:
            inbox.drop(kept.folder, kept.name)
        _again(held)
        return held
    if not inbox.path_of(kept.folder, kept.name).exists() and _is_open(Delivery.objects.get(pk=made.pk)):
        # A clock that jumped made a file of this moment look abandoned, and it was swept up before the commit: sent again, it is put back.
        raise busy("文件在登记前被清理。The file was swept up before it was registered", seconds=SOON)
    return made


def _is_open(delivery: Delivery) -> bool:
    """Whether a delivery still has to be taken in, so that its file has to be there."""
    return delivery.state in {Delivery.State.WAITING, Delivery.State.FAILED}


def _again(delivery: Delivery) -> None:
    """Ask once more for the work on a delivery that failed, or that a killed request left without any."""
    with transaction.atomic():
        row = Delivery.objects.select_for_update().select_related("key").get(pk=delivery.pk)
        if row.state == Delivery.State.FAILED:
            row.state = Delivery.State.WAITING
            row.save(update_fields=("state",))
            _ask(row)
        elif row.state == Delivery.State.WAITING:
            job = str(row.job_id)
            transaction.on_commit(lambda: run_job.enqueue(job))


def busy(text: str, *, seconds: int) -> Problem:
    """The problem ``busy``: nothing was taken, and when to send it again."""
    return Problem("busy", f"{text}；未收下，请 {seconds} 秒后重发。Nothing was taken", headers={"Retry-After": str(seconds)})


def refuse_when_full() -> None:
    """Raise the problem ``busy`` while more deliveries wait than the queue may hold: what is acknowledged is kept, what is not is told."""
    waiting = Delivery.objects.filter(state=Delivery.State.WAITING).count()
    if waiting >= settings.API_QUEUE:
        raise busy(f"等待入库的报送已有 {waiting} 份。{waiting} deliveries wait to be taken in", seconds=SOON)


def _ask(delivery: Delivery) -> None:
    if delivery.asked.get("hours"):
        _ask_together(delivery)
        return
    delivery.job = enqueue(KIND, f"接口报送 {delivery.name}", {"delivery": str(delivery.pk)}, user=None, region=delivery.key.region)
    delivery.save(update_fields=("job",))


def _ask_together(delivery: Delivery) -> None:
    """One job takes in all hours that wait. One that has not begun will see this delivery; else another is asked for.

    The row of the job is held until the delivery is committed, so it cannot begin in between.
    """
    held = Job.objects.select_for_update().filter(kind=HOURS, state=Job.State.QUEUED).first()
    delivery.job = held or enqueue(HOURS, "小时数据入库", {}, user=None, region=delivery.key.region)
    delivery.save(update_fields=("job",))


@contextmanager
def _durable() -> Iterator[None]:
    """SQLite writes through to the disk at every commit, also against a power cut, where something is acknowledged."""
    if connection.vendor != "sqlite" or connection.in_atomic_block:
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA synchronous = FULL")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA synchronous = NORMAL")


def as_table(rows: Iterable[Mapping[str, Any]]) -> bytes:
    """Tidy rows as the CSV that intake reads."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(("subject", "time", "pollutant", "value"))
    for row in rows:
        writer.writerow((row["subject"], row["time"].replace("T", " "), row["pollutant"], "" if row["value"] is None else row["value"]))
    return out.getvalue().encode()


def as_hours(rows: Iterable[Mapping[str, Any]]) -> bytes:
    """Hours of stations as the wide CSV that intake reads."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(("subject", "time", *HOURLY_SIX))
    for row in rows:
        writer.writerow((row["subject"], row["time"].replace("T", " "), *("" if row[item] is None else row[item] for item in HOURLY_SIX)))
    return out.getvalue().encode()


def named_in(words: Iterable[str]) -> list[str]:
    """The subjects that words of JSON rows mean; raises the problem ``invalid`` naming those that nobody knows."""
    return list(subjects_by_word(words).values())


def subjects_by_word(words: Iterable[str]) -> dict[str, str]:
    """For words of JSON rows the subjects that they mean; raises the problem ``invalid`` naming those that nobody knows."""
    found, unknown = {}, []
    for word in dict.fromkeys(words):
        subject = resolve(word)
        if subject is None:
            unknown.append(word)
        else:
            found[word] = subject.subject
    if unknown:
        raise Problem(
            "invalid",
            f"不认识的地区或站点：{'、'.join(unknown[:NAMED])}；请用行政区划代码、全称，或 station:编号。"
            "Unknown subjects; give GB/T 2260 codes, full names or station:CODE",
            errors=[{"where": "rows", "found": each} for each in unknown[:NAMED]],
        )
    return found


def accept_hours(key: ApiKey, *, idempotency_key: str, rows: Sequence[Mapping[str, Any]], network: str) -> Delivery:
    """Keep a push of hours, as :func:`accept` does, and show it on the board of the present hour in the same transaction."""

    def show(made: Delivery) -> None:
        board.arrive(site_workspace(create=True), board.parsed(rows), received=made.received_at)

    asked = {"basis": "realtime", "label": "end", "network": network, "hours": True}
    return accept(key, idempotency_key=idempotency_key, pieces=[as_hours(rows)], name="hours.csv", asked=asked, also=show)


# ------------------------------------------------------------------------------------------------------------------------------ regions


def _places_of(subject: str) -> list[str]:
    """The places in which a subject lies at any time, the nearest known; none when nobody has registered where it is."""
    prefix, _, rest = subject.partition(":")
    if prefix == "station":
        return [row.county or row.city for row in reads.registry().rows if row.station == subject]
    if prefix == "section":
        rows = reads.sections().of(subject)
        return [row.county or row.city or row.province for row in rows] or [rest.partition(":")[0]]
    return [rest.partition(":")[0] if prefix == "zone" else subject]


def outside(subjects: Iterable[str], region: str) -> list[str]:
    """Those of some subjects that do not lie within a place, or of which nobody has registered where they lie."""
    strange = []
    for subject in subjects:
        found = _places_of(subject)
        if not found or not all(lies_within(code, region) for code in found):
            strange.append(subject)
    return strange


def refuse_outside(subjects: Iterable[str], region: str) -> None:
    """Raise the problem ``outside-region`` naming the subjects that do not lie within a key's region."""
    strange = outside(subjects, region)
    if strange:
        raise Problem(
            "outside-region",
            f"密钥只能报送 {region} 的数据，这些不在其中或没有登记：{'、'.join(strange[:NAMED])}"
            f"{f' 等 {len(strange)} 个' if len(strange) > NAMED else ''}；全部未采用，请去掉后再报。"
            "These subjects lie outside the region of the key, or are not registered; nothing was taken in",
            subjects=strange[:NAMED],
        )


# ----------------------------------------------------------------------------------------------------------------------------- the work


@kind(KIND)
def take_in(job: Job, tell: Reporter) -> tuple[Mapping[str, Any], bool]:
    """Look at a delivery and take it in; run again it finds what is there already and changes nothing."""
    delivery = Delivery.objects.select_related("key").get(pk=uuid.UUID(job.payload["delivery"]))
    if not _is_open(delivery):
        return {"state": delivery.state}, delivery.state == Delivery.State.DONE
    path, asked = inbox.path_of(delivery.pk, delivery.name), delivery.asked
    try:
        workspace = site_workspace(create=True)
        tell("核对点位所属地区", 0.1)
        level, label = asked.get("level"), asked.get("label")
        refuse_outside(subjects_in(workspace, path, level=level, label=label, now=delivery.received_at), delivery.key.region)
        tell("读取与入库", 0.3)
        receipt = _patiently(
            lambda: ingest(
                workspace,
                [path],
                basis=asked.get("basis", "realtime"),
                level=level,
                label=label,
                network=asked.get("network", "state"),
                now=delivery.received_at,
            ),
            tell,
        )
    except Problem as problem:
        _settle(delivery, Delivery.State.REFUSED, problem=problem.content())
        return {"state": delivery.state}, False
    except BaseException as problem:
        if not is_interruption(problem):
            Delivery.objects.filter(pk=delivery.pk).update(state=Delivery.State.FAILED)
        raise
    state = _settled(delivery, receipt.as_json())
    if (workspace.raw / delivery.digest).exists():
        inbox.drop(delivery.pk, delivery.name)
    board.refresh(workspace)
    return {"state": state, "receipt": receipt.id}, state == DONE


@kind(HOURS)
def take_in_hours(_job: Job, tell: Reporter) -> tuple[Mapping[str, Any], bool]:
    """Take in all hours that wait, many deliveries by one commit; run again it finds what is there already and changes nothing."""
    workspace, count, well = site_workspace(create=True), 0, True
    while some := _waiting():
        with suppress(OperationalError):
            # What the page of jobs says is not worth a job.
            tell(f"已入库 {count} 份，正在读入 {len(some)} 份", None)
        try:
            well = _take_together(workspace, some, tell) and well
        except Exception as problem:
            if is_interruption(problem):
                raise
            # One of them stands in the way of all: each by itself, and the one that fails says so.
            log.exception("%d deliveries of hours were not taken in together", len(some))
            alone = [_take_alone(workspace, each, tell) for each in some]
            well = all(alone) and well
        count += len(some)
    if count:
        board.refresh(workspace)
    return {"deliveries": count}, well


def _waiting() -> list[Delivery]:
    """The next hours to be taken in, in the order in which they came; of one network, since intake marks all files of a run alike."""
    waiting = Delivery.objects.select_related("key__organisation").filter(state=Delivery.State.WAITING, asked__hours=True)
    some = list(waiting.order_by("received_at", "pk")[:TOGETHER])
    return list(itertools.takewhile(lambda each: each.asked["network"] == some[0].asked["network"], some))


def _take_together(workspace: Workspace, some: Sequence[Delivery], tell: Reporter) -> bool:
    paths = [inbox.path_of(each.pk, each.name) for each in some]
    receipt = _patiently(lambda: ingest(workspace, paths, network=some[0].asked["network"], now=some[-1].received_at), tell)
    content = receipt.as_json()

    def settle() -> list[str]:
        with transaction.atomic():
            return [_settled(each, content) for each in some]

    states = _patiently(settle, tell)
    for each in some:
        if (workspace.raw / each.digest).exists():
            inbox.drop(each.pk, each.name)
    return all(state == DONE for state in states)


def _take_alone(workspace: Workspace, delivery: Delivery, tell: Reporter) -> bool:
    try:
        return _take_together(workspace, [delivery], tell)
    except Exception as problem:
        if is_interruption(problem):
            # It was acknowledged, so it waits; the job is asked for again.
            raise
        log.exception("the delivery %s was not taken in", delivery.pk)
        Delivery.objects.filter(pk=delivery.pk).update(state=Delivery.State.FAILED)
        return False


def tidy() -> None:
    """What a killed site left: deliveries that wait without a job get one, and files that nobody was told of are removed."""
    ask_for_waiting()
    inbox.sweep(_needs_file, older=_ABANDONED)


def _needs_file(folder: uuid.UUID) -> bool:
    """Whether a delivery's file has to stay: until it was looked at, and as long as the workspace has not its content."""
    delivery = Delivery.objects.filter(pk=folder).first()
    if delivery is None:
        return False
    return _is_open(delivery) or not (site_workspace(create=True).raw / delivery.digest).exists()


@minutely
def ask_for_waiting() -> None:
    """Ask again for acknowledged deliveries whose job was given up, on a disk that stayed full: they come in once there is room."""
    waiting = Delivery.objects.filter(state=Delivery.State.WAITING).exclude(job__state__in=(Job.State.QUEUED, Job.State.RUNNING))
    if not waiting.exists():
        return
    with transaction.atomic():
        for delivery in waiting.filter(asked__hours=True).select_related("key")[:1]:
            _ask_together(delivery)
        for delivery in waiting.exclude(asked__hours=True).select_related("key")[:TOGETHER]:
            _ask(delivery)


def _settled(delivery: Delivery, receipt: Mapping[str, Any]) -> str:
    """Write into a delivery what became of it, from a receipt that may be of several."""
    content = _content(receipt, delivery)
    state = DONE
    if content["rejected"] > 0:
        took = content["accepted"] + content["duplicate"] > 0
        state = str(Delivery.State.SHORT if took else Delivery.State.REFUSED)
    _settle(delivery, state, receipt=content)
    return state


def _patiently(work: Any, tell: Reporter) -> Any:
    """Do what needs the workspace or the database for itself; wait while another writer has it, but not for room on a disk."""
    until = time.monotonic() + _PATIENCE
    while True:
        try:
            return work()
        except (WorkspaceError, OperationalError, InterfaceError) as problem:
            # On a full disk the one worker would stand still; the job is interrupted, and asked for again within minutes.
            if time.monotonic() > until or wants_room(problem):
                raise
            connection.close_if_unusable_or_obsolete()
            with suppress(OperationalError, InterfaceError):
                tell("等待其他写入结束", None)
            time.sleep(_PAUSE)


def _content(receipt: Mapping[str, Any], delivery: Delivery) -> dict[str, Any]:
    """A delivery's part of a receipt, without paths of this machine, and with its rejections cut."""
    path = str(inbox.path_of(delivery.pk, delivery.name))
    files = [{**each, "path": delivery.name} for each in receipt["files"] if each["path"] == path]

    def mine(name: str) -> list[dict[str, Any]]:
        return [{**each, "file": delivery.name} for each in receipt[name] if each["file"] == path]

    found = {
        **receipt,
        "files": files,
        **{count: sum(each[count] for each in files) for count in COUNTS},
        "rejections": mine("rejections")[:LISTED],
        "corrections": mine("corrections")[:LISTED],
    }
    del found["rejected_file"]
    return found


@transaction.atomic
def _settle(delivery: Delivery, state: str, *, receipt: Mapping[str, Any] | None = None, problem: Mapping[str, Any] | None = None) -> None:
    delivery.state, delivery.receipt, delivery.problem = state, dict(receipt or {}), None if problem is None else dict(problem)
    delivery.save(update_fields=("state", "receipt", "problem"))
    counts = {name: delivery.receipt.get(name) for name in ("receipt", "accepted", "duplicate", "rejected") if name in delivery.receipt}
    audit.record(
        None,
        "readings.settled",
        f"key:{delivery.key.prefix}",
        {"delivery": str(delivery.pk), "state": str(state), **counts},
        organisation=delivery.key.organisation.name,
    )
