"""Applications, self-checks, pilots with their support, and projects as tables.

The body of an application is what :mod:`yangban.govern.applications` decided, exact; the columns beside it are there to find and to count
by. It changes through :mod:`yangban.web.pilots.applying` alone; its log stands with the logs of tasks
(:class:`yangban.web.plans.models.StepRecord`). Editions, self-checks, money, shapes and the history of support policies only grow: the
database refuses to change them.
"""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from yangban.web.accounts.models import Organisation
from yangban.web.plans.models import Task
from yangban.web.words import say

USER = settings.AUTH_USER_MODEL


class EditionText(models.Model):
    """An edition of a programme as its texts stood when the first application was bound to it. Never changed."""

    digest = models.CharField(primary_key=True, max_length=64)
    programme = models.CharField(max_length=60)
    texts = models.JSONField()
    at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"{self.programme}@{self.digest[:12]}"


class Application(models.Model):
    """An application as it stands. ``body`` is the whole of it; every other column follows from the body and its edition."""

    id = models.CharField(primary_key=True, max_length=40)
    number = models.CharField(max_length=80, unique=True)
    title = models.CharField(max_length=200)
    programme = models.CharField(max_length=60)
    family = models.CharField(max_length=60)
    edition = models.ForeignKey(EditionText, on_delete=models.PROTECT, related_name="applications")
    applicant = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    level = models.CharField(max_length=10)
    place = models.CharField(max_length=12)
    city = models.CharField(max_length=12, blank=True)
    province = models.CharField(max_length=12)
    state = models.CharField(max_length=20)
    ended = models.BooleanField(default=False)
    period = models.CharField(max_length=24, blank=True)
    outcome = models.CharField(max_length=200, blank=True)
    notice_until = models.DateField(null=True)
    plate = models.CharField(max_length=80, blank=True)
    named_on = models.DateField(null=True)
    recheck_due = models.DateField(null=True)
    warned_until = models.DateField(null=True)
    revision = models.PositiveIntegerField(default=0)
    touched = models.DateTimeField()
    demo = models.BooleanField(default=False)
    body = models.JSONField()

    class Meta:
        """Newest first, and the ways in which lists ask."""

        ordering = ("-touched",)
        indexes = (
            models.Index(fields=("province", "state"), name="application_in_province"),
            models.Index(fields=("city", "state"), name="application_in_city"),
            models.Index(fields=("family", "state", "place"), name="application_by_family"),
        )

    def __str__(self) -> str:
        return f"{self.number} {self.title}"


class CheckResult(models.Model):
    """A self-check as it came out, under its digest: what an application and each decision on it rest on."""

    digest = models.CharField(max_length=64, db_index=True)
    application = models.ForeignKey(Application, on_delete=models.PROTECT, related_name="checks")
    period = models.CharField(max_length=24)
    verdict = models.CharField(max_length=10)
    body = models.JSONField()
    by = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        """Newest first; the same result once."""

        ordering = ("-at",)
        constraints = (models.UniqueConstraint(fields=("application", "digest"), name="check_once"),)


class ApplicationFile(models.Model):
    """A file of an application, kept under its digest."""

    application = models.ForeignKey(Application, on_delete=models.PROTECT, related_name="files")
    digest = models.CharField(max_length=64, db_index=True)
    name = models.CharField(max_length=200)
    kind = models.CharField(max_length=8, default="file")
    size = models.PositiveBigIntegerField()
    by = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        """The same file once."""

        ordering = ("at",)
        constraints = (models.UniqueConstraint(fields=("application", "digest"), name="application_file_once"),)


class ExpertProfile(models.Model):
    """What an expert declares: fields of knowledge, and units or places with which there is a conflict of interest."""

    user = models.OneToOneField(USER, on_delete=models.CASCADE, related_name="expert")
    fields = models.CharField(max_length=200, blank=True)
    declared = models.JSONField(default=list)
    at = models.DateTimeField(default=timezone.now)


class PublicObjection(models.Model):
    """An objection that somebody sent during a public notice. The contact is shown to the office alone."""

    application = models.ForeignKey(Application, on_delete=models.PROTECT, related_name="objections")
    text = models.TextField(max_length=2000)
    contact = models.CharField(max_length=120, blank=True)
    at = models.DateTimeField(default=timezone.now)
    recorded = models.BooleanField(default=False, help_text="Whether the office has taken it into the log")

    class Meta:
        """Oldest first."""

        ordering = ("at",)


# ---------------------------------------------------------------------------------------------------------------------- pilots


class Pilot(models.Model):
    """A place that goes ahead: its goals, its support, and what is public of it. ``confidence`` says how sure its being a pilot is."""

    word = models.SlugField(max_length=60, unique=True, allow_unicode=True)
    kind = models.CharField(
        max_length=12, choices=[("city", say("市级先行先试", "City pilot")), ("county", say("县级试点", "County pilot"))]
    )
    region = models.CharField(max_length=12, db_index=True)
    title = models.CharField(max_length=120)
    title_en = models.CharField(max_length=160, blank=True)
    basis = models.CharField(max_length=200, blank=True)
    started = models.CharField(max_length=10, blank=True, help_text="A year or day; empty where it is not known")
    confidence = models.CharField(max_length=12, default="verified")
    source = models.CharField(max_length=300, blank=True)
    note = models.TextField(blank=True)
    facts = models.JSONField(default=list, help_text="Numbers that are told and not computed: name, value, source")
    public = models.BooleanField(default=False)
    demo = models.BooleanField(default=False)

    class Meta:
        """Cities before counties."""

        ordering = ("kind", "region")

    def __str__(self) -> str:
        return self.title


class PilotGoal(models.Model):
    """What a pilot wants to reach."""

    pilot = models.ForeignKey(Pilot, on_delete=models.CASCADE, related_name="goals")
    text = models.CharField(max_length=300)
    indicator = models.CharField(max_length=60, blank=True)
    direction = models.CharField(max_length=10, blank=True)
    value = models.CharField(max_length=24, blank=True)
    unit = models.CharField(max_length=20, blank=True)
    period = models.CharField(max_length=24, blank=True)
    source = models.CharField(max_length=300, blank=True)
    confidence = models.CharField(max_length=12, default="verified")

    class Meta:
        """In the order in which they were set."""

        ordering = ("pk",)


class SupportPolicy(models.Model):
    """One support policy of a pilot: which unit does what by when, and whether it was used."""

    pilot = models.ForeignKey(Pilot, on_delete=models.PROTECT, related_name="policies")
    number = models.PositiveSmallIntegerField()
    title = models.CharField(max_length=200)
    unit = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    action = models.CharField(max_length=400, blank=True)
    due = models.DateField(null=True)
    state = models.CharField(max_length=8, default="planned")
    used_on = models.DateField(null=True)
    note = models.CharField(max_length=400, blank=True)
    demo = models.BooleanField(default=False)

    class Meta:
        """Each number once."""

        ordering = ("pilot", "number")
        constraints = (models.UniqueConstraint(fields=("pilot", "number"), name="support_policy_once"),)


class PolicyStep(models.Model):
    """One report on a support policy. Only added to."""

    policy = models.ForeignKey(SupportPolicy, on_delete=models.PROTECT, related_name="steps")
    before = models.CharField(max_length=8)
    state = models.CharField(max_length=8)
    day = models.DateField()
    note = models.CharField(max_length=400, blank=True)
    by = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="+")
    unit = models.CharField(max_length=80)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        """Newest first."""

        ordering = ("-at", "-pk")


# -------------------------------------------------------------------------------------------------------------------- projects


class Project(models.Model):
    """A restoration or other engineering project. It names no contractor."""

    word = models.SlugField(max_length=60, unique=True, allow_unicode=True)
    title = models.CharField(max_length=200)
    kind = models.CharField(
        max_length=12,
        choices=[
            ("mine", say("废弃矿山生态修复", "Restoration of abandoned mines")),
            ("water", say("水环境治理", "Water")),
            ("air", say("大气治理", "Air")),
            ("soil", say("土壤与固废", "Soil and waste")),
            ("nature", say("生态保护修复", "Nature")),
            ("other", say("其他", "Other")),
        ],
    )
    region = models.CharField(max_length=12, db_index=True)
    unit = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    pilot = models.ForeignKey(Pilot, null=True, blank=True, on_delete=models.PROTECT, related_name="projects")
    starts = models.DateField()
    ends = models.DateField()
    basis = models.CharField(max_length=200, blank=True)
    about = models.TextField(blank=True)
    indicators = models.JSONField(default=list)
    subject = models.CharField(max_length=120, blank=True, help_text="Whose Figures stand before and after; the region where it is empty")
    before = models.CharField(max_length=24, blank=True)
    after = models.CharField(max_length=24, blank=True)
    tasks = models.ManyToManyField(Task, related_name="projects", blank=True)
    public = models.BooleanField(default=False)
    demo = models.BooleanField(default=False)
    by = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="+")
    touched = models.DateTimeField(default=timezone.now)

    class Meta:
        """By place."""

        ordering = ("region", "title")
        constraints = (models.CheckConstraint(condition=Q(ends__gt=F("starts")), name="project_dates"),)

    def __str__(self) -> str:
        return self.title


class ProjectMoney(models.Model):
    """One entry of money in 万元. Only added to: a correction is an entry with the opposite sign."""

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="money")
    kind = models.CharField(max_length=8)
    amount = models.DecimalField(max_digits=14, decimal_places=4)
    day = models.DateField()
    source = models.CharField(max_length=200)
    by = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        """By day."""

        ordering = ("day", "pk")


class ProjectMilestone(models.Model):
    """One milestone, with how much of the work it stands for."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="milestones")
    name = models.CharField(max_length=200)
    due = models.DateField()
    weight = models.DecimalField(max_digits=6, decimal_places=2, default=1)
    done = models.DateField(null=True)
    note = models.CharField(max_length=300, blank=True)

    class Meta:
        """By day."""

        ordering = ("due", "pk")
        constraints = (models.CheckConstraint(condition=Q(weight__gt=0), name="milestone_weight"),)


class ProjectShape(models.Model):
    """Where a project lies, as it was handed in and checked. A new shape is a new version; the earlier ones stay."""

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="shapes")
    version = models.PositiveSmallIntegerField()
    geometry = models.JSONField(help_text="GeoJSON, WGS 84")
    digest = models.CharField(max_length=64)
    name = models.CharField(max_length=200)
    by = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        """Newest first."""

        ordering = ("-version",)
        constraints = (models.UniqueConstraint(fields=("project", "version"), name="project_shape_once"),)


class ProjectPhoto(models.Model):
    """A photo of a project. Day and place are given, taken from the picture on request, or left out."""

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="photos")
    digest = models.CharField(max_length=64)
    copy = models.CharField(max_length=64, blank=True, help_text="The copy for the public page, which carries nothing but the picture")
    name = models.CharField(max_length=200)
    stage = models.CharField(
        max_length=6, choices=[("before", say("施工前", "Before")), ("during", say("施工中", "During")), ("after", say("完工后", "After"))]
    )
    caption = models.CharField(max_length=200)
    taken = models.DateField(null=True)
    longitude = models.DecimalField(max_digits=9, decimal_places=6, null=True)
    latitude = models.DecimalField(max_digits=8, decimal_places=6, null=True)
    from_picture = models.BooleanField(default=False, help_text="Whether day or place were read out of the picture")
    by = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        """By day; the same picture once."""

        ordering = ("taken", "at")
        constraints = (models.UniqueConstraint(fields=("project", "digest"), name="project_photo_once"),)
