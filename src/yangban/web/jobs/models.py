"""A job: asked for by a person, run by the worker, with progress that a page shows and a result that stays."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from yangban.web.words import say


class Job(models.Model):
    """One piece of background work. ``payload`` says what to do, ``result`` what came out, ``message`` where it stands, in words."""

    class State(models.TextChoices):
        """Where a job stands. ``short`` is done, with something refused or falling short that the user must see."""

        QUEUED = "queued", say("排队", "Queued")
        RUNNING = "running", say("进行中", "Running")
        DONE = "done", say("完成", "Done")
        SHORT = "short", say("完成，有需要查看的内容", "Done, with something to look at")
        FAILED = "failed", say("失败", "Failed")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=40, db_index=True)
    title = models.CharField(max_length=200)
    region = models.CharField(max_length=12, blank=True)
    state = models.CharField(max_length=8, choices=State, default=State.QUEUED, db_index=True)
    progress = models.PositiveSmallIntegerField(default=0)
    message = models.CharField(max_length=300, blank=True)
    payload = models.JSONField(default=dict)
    result = models.JSONField(default=dict)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="jobs")
    created_at = models.DateTimeField(default=timezone.now, db_index=True)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)

    class Meta:
        """Newest first; progress is a percentage."""

        ordering = ("-created_at",)
        constraints = (models.CheckConstraint(condition=Q(progress__lte=100), name="job_progress"),)

    def __str__(self) -> str:
        return self.title

    @property
    def over(self) -> bool:
        """Whether nothing more will happen to it."""
        return self.state in {self.State.DONE, self.State.SHORT, self.State.FAILED}


class DailyRun(models.Model):
    """A kind of work that is done once a day, and a day on which it was asked for: of several workers one asks."""

    name = models.CharField(max_length=40)
    day = models.DateField()
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        """Once a day."""

        constraints = (models.UniqueConstraint(fields=("name", "day"), name="daily_run_once"),)
