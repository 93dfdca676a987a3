"""Calls, cases with all their versions and steps, pictures, and who copied what.

A version, a step and nothing else are rows that the database itself refuses to change. A case changes through
:mod:`yangban.web.cases.library` alone.
"""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from yangban.govern.cases import STATES
from yangban.web.accounts.models import Organisation
from yangban.web.words import pick, say

USER = settings.AUTH_USER_MODEL


class CaseCall(models.Model):
    """A call for cases: what is looked for, until when, and who may answer."""

    title = models.CharField(max_length=80)
    text = models.TextField(max_length=4000)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="case_calls")
    region = models.CharField(max_length=12, db_index=True)
    opens = models.DateField()
    deadline = models.DateField(help_text="The last day, inclusive")
    kinds = models.JSONField(default=list, blank=True, help_text="Kinds of organisation that may answer; empty: all")
    levels = models.JSONField(default=list, blank=True, help_text="Levels that may answer; empty: all")
    public = models.BooleanField(default=True, help_text="Whether the call stands on the public site")
    by = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)
    demo = models.BooleanField(default=False)

    class Meta:
        """Newest first; no call ends before it begins."""

        ordering = ("-deadline", "-pk")
        constraints = (models.CheckConstraint(condition=Q(deadline__gte=F("opens")), name="case_call_days"),)

    def __str__(self) -> str:
        return self.title


class Case(models.Model):
    """A case as it stands: the columns follow from its newest version, or once it is published from the published one."""

    number = models.CharField(max_length=20, unique=True)
    call = models.ForeignKey(CaseCall, null=True, blank=True, on_delete=models.PROTECT, related_name="cases")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="cases")
    region = models.CharField(max_length=12, db_index=True)
    title = models.CharField(max_length=60)
    state = models.CharField(max_length=10, choices=[(key, say(*words)) for key, words in STATES.items()], default="draft", db_index=True)
    version = models.PositiveSmallIntegerField(default=1)
    shown = models.ForeignKey("CaseVersion", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    submitted_by = models.ForeignKey(USER, null=True, on_delete=models.PROTECT, related_name="+")
    accepted_by = models.ForeignKey(USER, null=True, on_delete=models.PROTECT, related_name="+")
    published_at = models.DateTimeField(null=True, db_index=True)
    remark = models.CharField(max_length=300, blank=True, help_text="Why it was returned, declined or withdrawn")
    created_at = models.DateTimeField(default=timezone.now)
    demo = models.BooleanField(default=False)

    class Meta:
        """Newest first; what is published shows a version."""

        ordering = ("-published_at", "-created_at", "-pk")
        constraints = (
            models.CheckConstraint(condition=~Q(state="published") | Q(shown__isnull=False, published_at__isnull=False), name="case_shown"),
        )

    def __str__(self) -> str:
        return f"{self.number} {self.title}"


class CaseVersion(models.Model):
    """What a case said at one moment: never changed, never left out. ``figures`` and ``pictures`` are lists of plain data."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="versions")
    version = models.PositiveSmallIntegerField()
    title = models.CharField(max_length=60)
    title_en = models.CharField(max_length=160, blank=True)
    summary = models.CharField(max_length=200, blank=True)
    summary_en = models.CharField(max_length=500, blank=True)
    situation = models.TextField(blank=True)
    practice = models.TextField(blank=True)
    result = models.TextField(blank=True)
    lesson = models.TextField(blank=True)
    figures = models.JSONField(default=list)
    pictures = models.JSONField(default=list)
    tags = models.JSONField(default=list)
    remark = models.CharField(max_length=200, blank=True, help_text="What was changed, in the words of who changed it")
    by = models.ForeignKey(USER, null=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        """Each number once."""

        ordering = ("case", "version")
        constraints = (models.UniqueConstraint(fields=("case", "version"), name="case_version_once"),)

    def __str__(self) -> str:
        return f"{self.case_id} v{self.version}"

    @property
    def heading(self) -> str:
        """The title in the language of the page, where it has one."""
        return pick(self.title, self.title_en or self.title)

    @property
    def lead(self) -> str:
        """The summary in the language of the page, where it has one."""
        return pick(self.summary, self.summary_en or self.summary)


class CaseTag(models.Model):
    """A tag of a published case."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="tags")
    word = models.CharField(max_length=12, db_index=True)

    class Meta:
        """Each once."""

        constraints = (models.UniqueConstraint(fields=("case", "word"), name="case_tag_once"),)

    def __str__(self) -> str:
        return self.word


class CaseStep(models.Model):
    """One step of a case, never changed: who took it, on which version, with what words."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="steps")
    move = models.CharField(max_length=10)
    frm = models.CharField(max_length=10)
    to = models.CharField(max_length=10)
    version = models.PositiveSmallIntegerField()
    words = models.CharField(max_length=300, blank=True)
    by = models.ForeignKey(USER, null=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        """As they happened."""

        ordering = ("case", "pk")

    def __str__(self) -> str:
        return f"{self.case_id} {self.move}"


class Picture(models.Model):
    """A picture of a case, made anew from what was handed in: no camera data, no place. Its texts stand in the versions."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="pictures")
    digest = models.CharField(max_length=64)
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    size = models.PositiveIntegerField()
    by = models.ForeignKey(USER, null=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        """The same bytes once in a case."""

        constraints = (models.UniqueConstraint(fields=("case", "digest"), name="case_picture_once"),)
        indexes = (models.Index(fields=("digest",), name="case_picture_digest"),)

    def __str__(self) -> str:
        return self.digest[:12]


class Reuse(models.Model):
    """That an organisation copies a case: once each, with what came of it."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="reuses")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="reuses")
    since = models.DateField()
    what = models.CharField(max_length=200)
    outcome = models.CharField(max_length=500, blank=True)
    outcome_at = models.DateTimeField(null=True, blank=True)
    by = models.ForeignKey(USER, null=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        """An organisation counts once for a case."""

        ordering = ("since", "pk")
        constraints = (models.UniqueConstraint(fields=("case", "organisation"), name="case_reuse_once"),)

    def __str__(self) -> str:
        return f"{self.organisation} ← {self.case_id}"
