"""The scan for warnings as a job: once a day, when a release has come, and when somebody presses the button.

The same cause warns once, so a scan that is run again changes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from django.conf import settings

from yangban.base import regions
from yangban.base.periods import parse
from yangban.web.accounts.models import User, today
from yangban.web.jobs.daily import daily
from yangban.web.jobs.models import Job
from yangban.web.jobs.work import Reporter, enqueue, kind
from yangban.web.plans import warning_rows, work
from yangban.web.plans.models import Task
from yangban.web.plans.seeing import within
from yangban.web.public.models import PublishedRelease
from yangban.web.words import pick

KIND: Final = "warnings.scan"


def ask(*, period: str = "", user: User | None = None, region: str = "") -> Job:
    """Ask for a scan of a place (else of the whole site); one that already waits for the same is that one."""
    label = parse(period or work.period_asked(today())).label
    payload = {"period": label, "region": region or settings.REGION}
    waiting = Job.objects.filter(kind=KIND, payload=payload, state=Job.State.QUEUED).first()
    return waiting or enqueue(KIND, f"{label} 预警检查", payload, user=user, region=region)


@daily(KIND)
def every_day() -> Job | None:
    """Late reports fall due by the calendar, and an embargo may have ended: both without anybody doing a thing."""
    return ask() if Task.objects.filter(ended=False).exists() else None


def on_release(release: PublishedRelease, **_: Any) -> None:
    """A release that everyone may see has come: its Figures are looked at."""
    if PublishedRelease.objects.visible().filter(pk=release.pk).exists() and Task.objects.filter(ended=False).exists():
        ask()


@kind(KIND)
def scan(job: Job, say: Reporter) -> tuple[Mapping[str, Any], bool]:
    """Look at the tasks of a place and at its measurements; done with something to look at when a warning is new."""
    region, period = job.payload["region"], job.payload["period"]
    rows = Task.objects.filter(ended=False).exclude(state="")
    if region:
        rows = rows.filter(within(region, regions.subject_level(region)))
    say(pick("对照结果和期限", "Holding results and deadlines against tasks"), 0.2)
    held = list(rows)
    made = warning_rows.scan(held, period=period, today=today(), user=job.created_by, region=region)
    say(pick(f"新引出 {len(made)} 条预警", f"{len(made)} new warnings"), 1.0)
    kinds: dict[str, int] = {}
    for each in made:
        kinds[each.kind] = kinds.get(each.kind, 0) + 1
    return {"period": period, "tasks": len(held), "new": len(made), "kinds": kinds}, not made
