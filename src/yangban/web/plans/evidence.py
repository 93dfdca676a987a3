"""Evidence for a task: taken in by those who work on it, read by those who see it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django.db import transaction

from yangban.base.errors import NotAllowed
from yangban.govern.records import Evidence
from yangban.web.accounts import audit
from yangban.web.accounts.models import User
from yangban.web.plans import files
from yangban.web.plans.models import EvidenceFile, Task
from yangban.web.plans.seeing import demand_work


def add(user: User, pk: str, uploads: Iterable[Any]) -> list[EvidenceFile]:
    """Add files to a task; one whose bytes are there already is the one that is there."""
    row = Task.objects.get(pk=pk)
    demand_work(user, row)
    made = []
    for upload in uploads:
        name, digest, kind, size = files.keep(upload)
        with transaction.atomic():
            held, fresh = EvidenceFile.objects.get_or_create(
                task=row, digest=digest, defaults={"name": name, "kind": kind, "size": size, "by": user}
            )
            if fresh:
                audit.record(user, "evidence.add", row.number, {"name": name, "digest": digest})
        made.append(held)
    return made


def shown(row: Task, digests: Sequence[str]) -> tuple[Evidence, ...]:
    """Files of a task as a step shows them."""
    found = {each.digest: each for each in EvidenceFile.objects.filter(task=row, digest__in=list(digests))}
    if absent := [each for each in digests if each not in found]:
        raise NotAllowed("facts", f"{len(absent)} 个文件没有上传到 {row.number}")
    return tuple(Evidence(name=found[each].name, digest=each, kind=found[each].kind) for each in dict.fromkeys(digests))


def elsewhere(row: Task) -> dict[str, list[str]]:
    """Files of a task that stand, byte for byte, in other tasks: digest and the numbers of those tasks. A sign to look at, no verdict."""
    digests = row.files.values_list("digest", flat=True)
    found: dict[str, list[str]] = {}
    for digest, number in EvidenceFile.objects.filter(digest__in=digests).exclude(task=row).values_list("digest", "task__number"):
        found.setdefault(digest, []).append(number)
    return found
