"""Frozen releases as tables: what pages and the interface read. Rows are written once, by :mod:`yangban.web.public.publishing`."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from yangban.web.words import say


class ReleaseQuerySet(models.QuerySet):
    """Releases, by who may see them."""

    def visible(self, now: datetime | None = None) -> ReleaseQuerySet:
        """Those that the public may see: complete, public, not withheld, past their embargo."""
        moment = now or timezone.now()
        return self.filter(Q(embargo=None) | Q(embargo__lte=moment), complete=True, audience="public", draft=False)

    def readable(self, *, internal: bool = False, now: datetime | None = None) -> ReleaseQuerySet:
        """As :meth:`visible`; with ``internal`` also those that were published for offices alone."""
        if not internal:
            return self.visible(now)
        moment = now or timezone.now()
        return self.filter(Q(embargo=None) | Q(embargo__lte=moment), complete=True, draft=False)


class PublishedRelease(models.Model):
    """A release of the workspace, as it was frozen. ``complete`` is set last: until then no page shows it."""

    number = models.PositiveIntegerField(primary_key=True)
    digest = models.CharField(max_length=64)
    figures_digest = models.CharField(max_length=64)
    created = models.DateTimeField()
    published = models.DateTimeField(default=timezone.now)
    note = models.TextField(blank=True)
    document_number = models.CharField(max_length=80, blank=True)
    draft = models.BooleanField(default=False)
    audience = models.CharField(max_length=10)
    embargo = models.DateTimeField(null=True, blank=True)
    corrects = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="corrections")
    why = models.TextField(blank=True)
    through = models.DateField()
    synthetic = models.BooleanField()
    program = models.CharField(max_length=40)
    editions = models.JSONField(default=list)
    subjects = models.JSONField(default=list)
    cards = models.JSONField(default=dict, help_text="The report card of the region by year, as computed when it was published")
    rows = models.PositiveIntegerField(default=0)
    complete = models.BooleanField(default=False, db_index=True)

    objects = ReleaseQuerySet.as_manager()

    class Meta:
        """Newest first."""

        ordering = ("-number",)

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        """Its number as people write it, ``0001``."""
        return f"{self.number:04d}"

    def correction(self) -> PublishedRelease | None:
        """The visible release that corrects this one."""
        return self.corrections.visible().first()


class ReleasePeriod(models.Model):
    """A period that a release has Figures of; the newest visible release with a period is the one that pages of it show."""

    release = models.ForeignKey(PublishedRelease, on_delete=models.CASCADE, related_name="spans")
    period = models.CharField(max_length=24)

    class Meta:
        """Once each."""

        constraints = (models.UniqueConstraint(fields=("period", "release"), name="release_period_once"),)


class FigureRoots(models.Model):
    """What many Figures stand on together: documents, unverified rules, digest of inputs."""

    digest = models.CharField(max_length=64, unique=True)
    documents = models.JSONField()
    unverified = models.JSONField()
    inputs = models.CharField(max_length=64, blank=True)


class PublishedFigure(models.Model):
    """One Figure of a release, with the fields of the contract; ``value`` and ``display`` are decimals written as text, never floats."""

    release = models.ForeignKey(PublishedRelease, on_delete=models.CASCADE, related_name="figures")
    indicator = models.CharField(max_length=60)
    subject = models.CharField(max_length=120)
    subject_name = models.CharField(max_length=120)
    subject_level = models.CharField(max_length=10)
    period = models.CharField(max_length=24)
    value = models.CharField(max_length=40, null=True)
    display = models.CharField(max_length=24, null=True)
    exact = models.TextField(null=True)
    unit = models.CharField(max_length=12)
    edition = models.CharField(max_length=40)
    scope = models.CharField(max_length=16)
    basis = models.CharField(max_length=10)
    network = models.CharField(max_length=10)
    synthetic = models.BooleanField()
    status = models.CharField(max_length=14)
    reason = models.TextField(blank=True)
    n_valid = models.IntegerField()
    n_expected = models.IntegerField()
    detail = models.JSONField(default=dict)
    roots = models.ForeignKey(FigureRoots, on_delete=models.PROTECT)

    class Meta:
        """The two ways in which pages ask: one indicator over places, one place over periods."""

        indexes = (
            models.Index(fields=("release", "indicator", "period", "edition"), name="figure_by_indicator"),
            models.Index(fields=("release", "subject", "indicator", "edition", "period"), name="figure_by_subject"),
        )
        constraints = (
            models.UniqueConstraint(
                fields=("release", "period", "subject", "indicator", "edition", "scope", "basis", "network"), name="figure_once"
            ),
        )

    def __str__(self) -> str:
        return f"{self.indicator} {self.subject} {self.period} {self.display}"

    @property
    def number(self) -> Decimal | None:
        """The printed value as a decimal, for order and drawing."""
        return None if self.display is None else Decimal(self.display)

    @property
    def usable(self) -> bool:
        """Whether the value may be used officially."""
        return self.status == "ok"

    def to_dict(self) -> dict[str, object]:
        """As ``figures --json`` prints it, with the number of its release."""
        row: dict[str, object] = {
            name: getattr(self, name)
            for name in (
                "indicator", "subject", "subject_name", "subject_level", "period", "value", "display", "unit", "edition", "scope",
                "basis", "network", "synthetic", "status", "reason", "n_valid", "n_expected",
            )
        }  # fmt: skip
        row |= {"documents": self.roots.documents, "unverified": self.roots.unverified, "inputs": self.roots.inputs}
        if self.detail:
            row["detail"] = self.detail
        return {**row, "release": self.release_id}


class PublishedSummary(models.Model):
    """What a page needs beyond single Figures, computed once when the release was published: ranks, differences, calendars, the book.

    ``kind`` and ``key`` say what it is; :mod:`yangban.web.public.summaries` writes and describes each kind.
    """

    release = models.ForeignKey(PublishedRelease, on_delete=models.CASCADE, related_name="summaries")
    kind = models.CharField(max_length=20)
    key = models.CharField(max_length=160)
    content = models.JSONField()

    class Meta:
        """Once each."""

        constraints = (models.UniqueConstraint(fields=("release", "kind", "key"), name="summary_once"),)

    def __str__(self) -> str:
        return f"{self.kind} {self.key}"


class PublishedFile(models.Model):
    """A document or data file that belongs to a release, as it was when the release was published."""

    class Kind(models.TextChoices):
        """What it is."""

        BULLETIN = "bulletin", say("公报", "Bulletin")
        DATA = "data", say("数据", "Data")

    release = models.ForeignKey(PublishedRelease, on_delete=models.CASCADE, related_name="files")
    kind = models.CharField(max_length=10, choices=Kind)
    word = models.CharField(max_length=40, help_text="annual, monthly, ranking …; or csvw, sdmx, geojson")
    title = models.CharField(max_length=200)
    region = models.CharField(max_length=12, blank=True)
    period = models.CharField(max_length=24, blank=True)
    format = models.CharField(max_length=10)
    path = models.CharField(max_length=300, unique=True, help_text="Below site-files of the workspace")
    sha256 = models.CharField(max_length=64)
    size = models.PositiveBigIntegerField()

    class Meta:
        """In the order of periods, newest first."""

        ordering = ("kind", "-period", "word", "format")


class Complaint(models.Model):
    """A complaint or suggestion: a number to ask with, a deadline, an answer. Only what is needed to answer is kept."""

    class State(models.TextChoices):
        """Where it stands."""

        RECEIVED = "received", say("已收到", "Received")
        IN_HAND = "in_hand", say("办理中", "In hand")
        ANSWERED = "answered", say("已答复", "Answered")

    number = models.CharField(max_length=20, unique=True)
    code = models.CharField(max_length=12, help_text="Asked for beside the number, so that nobody reads another's letter")
    kind = models.CharField(max_length=12, choices=[("complaint", say("投诉", "Complaint")), ("suggestion", say("建议", "Suggestion"))])
    region = models.CharField(max_length=12)
    subject = models.CharField(max_length=100)
    text = models.TextField(max_length=4000)
    contact = models.CharField(max_length=120, blank=True)
    page = models.CharField(max_length=300, blank=True)
    received = models.DateTimeField(default=timezone.now)
    due = models.DateField()
    state = models.CharField(max_length=10, choices=State, default=State.RECEIVED)
    answer = models.TextField(blank=True)
    answered = models.DateTimeField(null=True, blank=True)
    answered_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        """Newest first."""

        ordering = ("-received",)

    def __str__(self) -> str:
        return self.number
