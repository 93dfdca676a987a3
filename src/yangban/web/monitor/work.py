"""Background work on readings and releases.

Every kind may be run again from its start: what an earlier try completed is found and not done twice.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from typing import Any, Final, TypeVar

from django.conf import settings
from django.db import transaction

from yangban.base.errors import InputError, UsageError, WorkspaceError, YangbanError
from yangban.readings.intake import ingest
from yangban.readings.receipts import receipts
from yangban.readings.workspace import Workspace
from yangban.web.accounts import audit
from yangban.web.accounts.models import AuditEntry
from yangban.web.jobs.models import Job
from yangban.web.jobs.work import Reporter, kind
from yangban.web.monitor import assessing, auditing, files, looking, records, registry, releases, reported, uploads
from yangban.web.monitor.models import DataRecord, ReleaseDraft, ReportedValue, Upload
from yangban.web.monitor.places import within
from yangban.web.words import pick
from yangban.web.workspace import site_workspace

_WAIT_SECONDS: Final = 600
_T = TypeVar("_T")


def when_free(workspace: Workspace, say: Reporter, act: Callable[[], _T]) -> _T:
    """Do something that writes to the workspace as soon as no other program does, for up to ten minutes."""
    until = time.monotonic() + _WAIT_SECONDS
    while True:
        try:
            with workspace.writing():
                pass
        except WorkspaceError:
            if time.monotonic() > until:
                raise
            say(pick("工作区正在被另一个程序写入，等待中", "Another program writes to the workspace; waiting"))
            time.sleep(1)
            continue
        return act()


@kind("ingest")
def ingest_upload(job: Job, say: Reporter) -> tuple[Mapping[str, Any], bool]:
    """Take an upload into the workspace and keep its receipt.

    A try that was killed after the workspace had the readings is known by its receipt there, which names the upload's own folder.
    """
    upload = Upload.objects.get(job=job)
    token, options, place = job.payload["token"], dict(job.payload["options"]), job.payload["place"]
    if not upload.receipt:
        workspace = site_workspace(create=True)
        receipt = _receipt_of(workspace, token)
        if receipt is None:
            paths = files.handed_in(token, job.payload["names"])
            total, done = max(1, files.size_of(paths)), 0

            def advance(n: int) -> None:
                nonlocal done
                done += n
                say(
                    pick(f"已读 {done / 2**20:.1f} / {total / 2**20:.1f} MB", f"{done / 2**20:.1f} of {total / 2**20:.1f} MB read"),
                    done / total,
                )

            say(pick("读入中", "Reading"), 0.0)
            answers = None if place == settings.REGION else within(workspace, place)
            receipt = when_free(
                workspace,
                say,
                lambda: ingest(workspace, paths, mapping=files.mapping_of(token), advance=advance, within=answers, **options),
            ).as_json()
        # As JSON keeps it, so that a receipt just made and one read back are the same.
        kept = json.loads(json.dumps(uploads.trimmed(receipt), ensure_ascii=False))
        with transaction.atomic():
            upload.receipt = kept
            upload.save(update_fields=("receipt",))
            told = {name: kept[name] for name in ("receipt", "version", *uploads.COUNTS)}
            audit.record(
                upload.uploaded_by, "readings.received", f"upload:{upload.pk}", {**told, "files": [f["digest"] for f in kept["files"]]}
            )
    files.drop(token)
    counts = {name: upload.receipt[name] for name in uploads.COUNTS}
    say(pick("读入完成", "Read in"), 1.0)
    return counts, upload.receipt["rejections_total"] == 0


def _receipt_of(workspace: Workspace, token: str) -> Mapping[str, Any] | None:
    """The receipt that the workspace holds of an upload's folder, when an earlier try came so far."""
    folder = files.folder_of(token).name
    for receipt in receipts(workspace):
        if any(folder in each["path"].replace("\\", "/").split("/") for each in receipt["files"]):
            listed = receipt.get("rejections_total", 0)
            return {**receipt, "rejections_total": listed}
    return None


@kind("assess")
def assess(job: Job, say: Reporter) -> tuple[Mapping[str, Any], bool]:
    """Compute the results of whole years anew; running it twice puts the same results in place twice."""
    workspace = site_workspace()
    say(pick("评价中", "Assessing"), 0.05)
    result = when_free(workspace, say, lambda: assessing.assess(workspace, job.payload, say))
    with transaction.atomic():
        subject = f"job:{job.pk}"
        if not AuditEntry.objects.filter(action="assessment.done", subject=subject).exists():
            audit.record(job.created_by, "assessment.done", subject, {**job.payload, "insufficient": result["insufficient_total"]})
    return result, result["insufficient_total"] == 0


@kind("look")
def look(job: Job, say: Reporter) -> tuple[Mapping[str, Any], bool]:
    """Look at the readings of a place for what is strange; nothing is changed by it."""
    say(pick("查看数据中", "Looking at the readings"), 0.1)
    found = looking.look_at(site_workspace(), place=job.payload["place"], period=job.payload["period"], basis=job.payload["basis"])
    return found, not found["signals"]


@kind("draft")
def draft(job: Job, say: Reporter) -> tuple[Mapping[str, Any], bool]:
    """Make the draft of a release; a draft that an earlier try made is found and not made again."""
    row = ReleaseDraft.objects.get(pk=job.payload["draft"])
    workspace = site_workspace()
    try:
        when_free(workspace, say, lambda: releases.freeze(row, workspace, say))
    except YangbanError as problem:
        releases.failed(row, str(problem))
        raise
    return {"draft": row.pk, "number": row.number}, True


@kind("sign")
def sign(job: Job, say: Reporter) -> tuple[Mapping[str, Any], bool]:
    """Make a signed release and publish it, or send it back when its Figures have changed since the check."""
    row = ReleaseDraft.objects.get(pk=job.payload["draft"])
    workspace = site_workspace()
    published = when_free(workspace, say, lambda: releases.release_signed(row, workspace, say))
    if published is None:
        say(row.remark)
        return {"draft": row.pk, "refused": row.remark}, False
    say(pick(f"第 {published.name} 号已发布", f"Release {published.name} is published"), 1.0)
    return {"draft": row.pk, "number": published.number}, True


@kind("record")
def record(job: Job, say: Reporter) -> tuple[Mapping[str, Any], bool]:
    """Add a confirmed record to the workspace's list of events."""
    row = DataRecord.objects.get(pk=job.payload["record"])
    workspace = site_workspace()
    try:
        when_free(workspace, say, lambda: records.write(row, workspace))
    except UsageError as problem:
        records.failed(row, str(problem))
        raise
    return {"record": row.pk, "events": row.events}, True


@kind("reported")
def reported_value(job: Job, say: Reporter) -> tuple[Mapping[str, Any], bool]:
    """Add an accepted value to the workspace's list of reported values."""
    row = ReportedValue.objects.get(pk=job.payload["value"])
    workspace = site_workspace(create=True)
    try:
        when_free(workspace, say, lambda: reported.write(row, workspace))
    except InputError as problem:
        reported.failed(row, str(problem))
        raise
    return {"value": row.pk, "record": row.record}, True


@kind("registry")
def registry_list(job: Job, say: Reporter) -> tuple[Mapping[str, Any], bool]:
    """Take a list of stations or sections in."""
    if not job.result:
        workspace = site_workspace(create=True)
        made = when_free(workspace, say, lambda: registry.take(workspace, job.payload))
        with transaction.atomic():
            job.result = made
            job.save(update_fields=("result",))
            told = {name: count for name, count in made.items() if isinstance(count, int)}
            audit.record(job.created_by, "registry.done", f"job:{job.pk}", {"what": made["what"], **told})
    files.drop(job.payload["token"])
    return job.result, not job.result["refused"]


@kind("audit")
def verify_audit(_job: Job, say: Reporter) -> tuple[Mapping[str, Any], bool]:
    """Walk the chain of the audit."""
    say(pick("逐条核对", "Walking the chain"), 0.1)
    found = auditing.verify()
    whole = not found["problems"]
    say(pick("审计链完整", "The audit is whole") if whole else pick("审计链有问题", "The audit is not whole"), 1.0)
    return found, whole
