"""Uploads, and the way of a release: 拟稿 → 审核 → 签发, by different people."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from yangban.web.jobs.models import Job
from yangban.web.public.models import PublishedRelease
from yangban.web.words import say

USER = settings.AUTH_USER_MODEL


class Upload(models.Model):
    """Files that somebody handed in together. The originals go to the workspace; what came out stands in the receipt."""

    job = models.OneToOneField(Job, on_delete=models.PROTECT, related_name="upload")
    region = models.CharField(max_length=12)
    names = models.JSONField(default=list)
    size = models.PositiveBigIntegerField(default=0)
    receipt = models.JSONField(default=dict, help_text="As `yangban ingest --json` prints it, with rejections cut to the first thousand")
    uploaded_by = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="uploads")
    uploaded_at = models.DateTimeField(default=timezone.now)

    class Meta:
        """Newest first."""

        ordering = ("-uploaded_at",)


class ReleaseDraft(models.Model):
    """A release on its way. ``number`` is the draft of the workspace that people look at, ``published`` what it became when it was signed.

    Each step is taken by another person: the database refuses rows in which one person took two.
    """

    class State(models.TextChoices):
        """Where it stands; ``returned`` waits for its drafter."""

        FREEZING = "freezing", say("生成中", "Being made")
        DRAFTED = "drafted", say("待审核", "Waiting for the check")
        CHECKED = "checked", say("待签发", "Waiting for the signature")
        SIGNED = "signed", say("已签发", "Signed")
        RETURNED = "returned", say("已退回", "Returned")
        WITHDRAWN = "withdrawn", say("已撤回", "Withdrawn")
        FAILED = "failed", say("未能生成", "Could not be made")

    region = models.CharField(max_length=12)
    number = models.PositiveIntegerField(null=True, blank=True, unique=True)
    published = models.OneToOneField(PublishedRelease, null=True, blank=True, on_delete=models.PROTECT, related_name="draft_row")
    state = models.CharField(max_length=10, choices=State, default=State.FREEZING, db_index=True)
    asked = models.JSONField(default=dict, help_text="years, periods, edition … as given to the release")
    note = models.CharField(max_length=300, blank=True)
    document_number = models.CharField(max_length=80, blank=True)
    audience = models.CharField(
        max_length=10, default="public", choices=[("public", say("公开", "Public")), ("internal", say("内部", "Internal"))]
    )
    embargo = models.DateTimeField(null=True, blank=True)
    corrects = models.PositiveIntegerField(null=True, blank=True)
    why = models.CharField(max_length=300, blank=True)
    figures_digest = models.CharField(max_length=64, blank=True)
    drafted_by = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="+")
    drafted_at = models.DateTimeField(default=timezone.now)
    checked_by = models.ForeignKey(USER, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    checked_at = models.DateTimeField(null=True, blank=True)
    signed_by = models.ForeignKey(USER, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    signed_at = models.DateTimeField(null=True, blank=True)
    remark = models.CharField(max_length=300, blank=True, help_text="Why it was returned or withdrawn")

    class Meta:
        """Newest first; three steps by three people."""

        ordering = ("-drafted_at",)
        constraints = (
            models.CheckConstraint(condition=Q(checked_by=None) | ~Q(checked_by=F("drafted_by")), name="draft_checked_by_another"),
            models.CheckConstraint(
                condition=Q(signed_by=None) | (~Q(signed_by=F("drafted_by")) & ~Q(signed_by=F("checked_by"))),
                name="draft_signed_by_a_third",
            ),
            models.CheckConstraint(
                condition=~Q(state="signed") | (Q(signed_by__isnull=False) & Q(checked_by__isnull=False)), name="draft_signed_whole"
            ),
        )

    def __str__(self) -> str:
        return self.note or f"#{self.pk}"
