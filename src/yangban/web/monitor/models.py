"""Uploads, records on readings, reported values, and the way of a release: 拟稿 → 审核 → 签发, by different people."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from yangban.web.accounts.models import Organisation
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
    job = models.ForeignKey(Job, null=True, blank=True, on_delete=models.PROTECT, related_name="drafts")
    preview = models.JSONField(default=dict, help_text="Figures of the year for the place and what lies directly beneath it")
    differences = models.JSONField(default=dict, help_text="Against the last release that was visible when the draft was made")

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


class DataRecord(models.Model):
    """Something that people say of readings: a review, an exclusion, dust, the station log. When it is through it goes into the workspace.

    A review and an exclusion take two persons: the database refuses rows in which one person took both steps.
    """

    class Kind(models.TextChoices):
        """What it is; a withdrawal names an earlier record of the workspace in ``replaces``."""

        REVIEW = "review", say("审核", "Review")
        EXCLUSION = "exclusion", say("剔除", "Exclusion")
        WITHDRAWAL = "withdrawal", say("撤销", "Withdrawal")
        DUST = "dust", say("沙尘", "Sand-dust")
        LOG = "log", say("站点日志", "Station log")
        EXCEPTIONAL = "exceptional", say("异常事件", "Exceptional event")

    class State(models.TextChoices):
        """Where it stands; ``confirmed`` is on its way into the workspace, ``recorded`` is in it."""

        PROPOSED = "proposed", say("待复核", "Waiting for a second person")
        CONFIRMED = "confirmed", say("写入中", "Being written")
        RECORDED = "recorded", say("已生效", "In force")
        RETURNED = "returned", say("已退回", "Returned")
        FAILED = "failed", say("未能写入", "Could not be written")

    TWO_PERSONS = ("review", "exclusion", "withdrawal")

    kind = models.CharField(max_length=12, choices=Kind)
    what = models.CharField(max_length=40, blank=True, help_text="Of the log and of exceptional events: what it was")
    region = models.CharField(max_length=12, help_text="The place in which the subject lies")
    subject = models.CharField(max_length=120)
    start = models.DateTimeField(help_text="Label of the first hour")
    end = models.DateTimeField(help_text="Label of the last hour")
    pollutants = models.JSONField(default=list)
    verdict = models.CharField(max_length=8, blank=True, choices=[("valid", say("有效", "Valid")), ("invalid", say("无效", "Invalid"))])
    code = models.CharField(max_length=20, blank=True)
    notice = models.CharField(max_length=120, blank=True)
    reason = models.CharField(max_length=300, blank=True)
    signal = models.CharField(max_length=400, blank=True, help_text="The finding that led to it")
    replaces = models.CharField(max_length=12, blank=True)
    state = models.CharField(max_length=10, choices=State, default=State.PROPOSED, db_index=True)
    proposed_by = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField(default=timezone.now)
    confirmed_by = models.ForeignKey(USER, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    confirmed_at = models.DateTimeField(null=True, blank=True)
    remark = models.CharField(max_length=300, blank=True)
    events = models.JSONField(default=list, help_text="Ids in the workspace's list of events")

    class Meta:
        """Newest first; two persons where two are needed."""

        ordering = ("-proposed_at",)
        constraints = (
            models.CheckConstraint(condition=Q(confirmed_by=None) | ~Q(confirmed_by=F("proposed_by")), name="record_confirmed_by_another"),
            models.CheckConstraint(
                condition=~Q(kind__in=("review", "exclusion", "withdrawal"), state__in=("confirmed", "recorded"))
                | Q(confirmed_by__isnull=False),
                name="record_confirmed_whole",
            ),
            models.CheckConstraint(condition=Q(end__gte=F("start")), name="record_span"),
        )

    def __str__(self) -> str:
        return f"{self.get_kind_display()} #{self.pk}"

    @property
    def needs_two(self) -> bool:
        """Whether a second person has to agree."""
        return self.kind in self.TWO_PERSONS


class ReportedValue(models.Model):
    """A value that a department reports: reported → checked by its head → accepted by the bureau → in the workspace."""

    class State(models.TextChoices):
        """Where it stands."""

        REPORTED = "reported", say("待本部门审核", "Waiting for the department's check")
        CHECKED = "checked", say("待采用", "Waiting to be accepted")
        ACCEPTED = "accepted", say("写入中", "Being written")
        RECORDED = "recorded", say("已采用", "Accepted")
        RETURNED = "returned", say("已退回", "Returned")
        FAILED = "failed", say("未能写入", "Could not be written")

    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="reported")
    region = models.CharField(max_length=12)
    key = models.CharField(max_length=60)
    period = models.CharField(max_length=24)
    value = models.CharField(max_length=40)
    unit = models.CharField(max_length=20, blank=True)
    scope = models.CharField(max_length=120, blank=True)
    evidence = models.CharField(max_length=300)
    state = models.CharField(max_length=10, choices=State, default=State.REPORTED, db_index=True)
    reported_by = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="+")
    reported_at = models.DateTimeField(default=timezone.now)
    checked_by = models.ForeignKey(USER, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    checked_at = models.DateTimeField(null=True, blank=True)
    accepted_by = models.ForeignKey(USER, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    accepted_at = models.DateTimeField(null=True, blank=True)
    remark = models.CharField(max_length=300, blank=True)
    record = models.CharField(max_length=12, blank=True, help_text="Id in the workspace's list of reported values")
    revision = models.PositiveSmallIntegerField(null=True, blank=True)

    class Meta:
        """Newest first; three steps by three people."""

        ordering = ("-reported_at",)
        constraints = (
            models.CheckConstraint(condition=Q(checked_by=None) | ~Q(checked_by=F("reported_by")), name="reported_checked_by_another"),
            models.CheckConstraint(
                condition=Q(accepted_by=None) | (~Q(accepted_by=F("reported_by")) & ~Q(accepted_by=F("checked_by"))),
                name="reported_accepted_by_a_third",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=("accepted", "recorded")) | (Q(accepted_by__isnull=False) & Q(checked_by__isnull=False)),
                name="reported_accepted_whole",
            ),
        )

    def __str__(self) -> str:
        return f"{self.key} {self.region} {self.period}"
