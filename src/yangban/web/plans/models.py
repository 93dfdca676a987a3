"""Plans, tasks, reports, warnings and forms as tables.

The body of a row is what :mod:`yangban.govern.rows` wrote, exact to the last digit; the columns beside it are there to find and to
count by, and are written together with it by one function. A task changes through :mod:`yangban.web.plans.tasks` alone.
"""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from yangban.web.accounts.models import Organisation
from yangban.web.words import say

USER = settings.AUTH_USER_MODEL


class PlanDocument(models.Model):
    """A document of the "1+1+N": what it is called now, and whether its progress is public."""

    word = models.CharField(max_length=60, unique=True, help_text="The id that its versions share")
    tier = models.CharField(max_length=10)
    title = models.CharField(max_length=120)
    region = models.CharField(max_length=12, db_index=True)
    version = models.PositiveSmallIntegerField(default=1)
    demo = models.BooleanField(default=False)
    public = models.BooleanField(default=False, help_text="Whether its progress is shown to everyone")

    class Meta:
        """The two ones before the N."""

        ordering = ("region", "id")

    def __str__(self) -> str:
        return self.title


class PlanVersion(models.Model):
    """One version of a document: never changed, never left out."""

    document = models.ForeignKey(PlanDocument, on_delete=models.PROTECT, related_name="versions")
    version = models.PositiveSmallIntegerField()
    head = models.JSONField()
    items = models.JSONField()
    effective = models.DateField(null=True)
    reason = models.CharField(max_length=300, blank=True)
    by = models.ForeignKey(USER, null=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        """Each number once."""

        ordering = ("document", "version")
        constraints = (models.UniqueConstraint(fields=("document", "version"), name="plan_version_once"),)


class Task(models.Model):
    """A task as it stands. ``body`` is the whole of it; every other column follows from the body and its workflow."""

    id = models.CharField(primary_key=True, max_length=40)
    number = models.CharField(max_length=60, unique=True)
    title = models.CharField(max_length=200)
    workflow = models.CharField(max_length=40)
    level = models.CharField(max_length=10)
    place = models.CharField(max_length=12)
    city = models.CharField(max_length=12, blank=True, help_text="The city in which it lies, itself where it is one")
    province = models.CharField(max_length=12)
    listed_by = models.CharField(max_length=10, blank=True)
    office = models.CharField(max_length=80)
    lead = models.CharField(max_length=80)
    plan = models.CharField(max_length=60, blank=True)
    plan_item = models.CharField(max_length=40, blank=True)
    parent = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="parts")
    root = models.CharField(max_length=40, blank=True, help_text="The task at the top of its tree")
    leaf = models.BooleanField(default=True, help_text="Whether it has no parts")
    state = models.CharField(max_length=20, blank=True)
    working = models.BooleanField(default=False)
    ended = models.BooleanField(default=False)
    deadline = models.DateField()
    step_due = models.DateField(null=True)
    issued_on = models.DateField(null=True)
    progress = models.CharField(max_length=60, blank=True, help_text="Exact, such as 1/3; empty where nothing was reported")
    percent = models.DecimalField(max_digits=5, decimal_places=2, null=True, help_text="For order and drawing")
    newest_period = models.CharField(max_length=12, blank=True)
    colour = models.CharField(max_length=10, blank=True, help_text="As a person judged it last")
    revision = models.PositiveIntegerField(default=0)
    demo = models.BooleanField(default=False)
    body = models.JSONField()

    class Meta:
        """The ways in which lists, tree, board, matrix and map ask."""

        ordering = ("deadline", "number")
        indexes = (
            models.Index(fields=("province", "deadline", "number"), name="task_in_province"),
            models.Index(fields=("city", "deadline", "number"), name="task_in_city"),
            models.Index(fields=("place", "deadline", "number"), name="task_in_place"),
            models.Index(fields=("province", "level", "state", "deadline", "number"), name="task_by_state"),
            models.Index(fields=("province", "workflow", "state", "deadline", "number"), name="task_board"),
            models.Index(fields=("province", "lead", "plan_item", "ended", "colour", "deadline"), name="task_matrix"),
            models.Index(fields=("province", "level", "place", "ended", "colour", "deadline"), name="task_for_map"),
            models.Index(fields=("parent", "province", "plan", "plan_item", "number"), name="task_tops"),
            models.Index(fields=("plan", "level", "plan_item"), name="task_by_plan"),
            models.Index(fields=("root", "level", "leaf", "ended", "colour", "deadline", "percent"), name="task_by_root"),
        )

    def __str__(self) -> str:
        return f"{self.number} {self.title}"


class TaskUnit(models.Model):
    """Who has what to do with a task: the unit as the terms name it, and the organisation behind the name."""

    task = models.ForeignKey(Task, on_delete=models.CASCADE, related_name="units")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    role = models.CharField(max_length=12)

    class Meta:
        """Each once."""

        constraints = (models.UniqueConstraint(fields=("task", "organisation", "role"), name="task_unit_once"),)
        indexes = (models.Index(fields=("organisation", "role", "task"), name="task_unit_back"),)


class StepRecord(models.Model):
    """One step of a task or of a report. The database refuses to change or remove it; each carries the digest of the one before."""

    subject = models.CharField(max_length=40)
    seq = models.PositiveIntegerField()
    event = models.CharField(max_length=20)
    at = models.DateTimeField()
    person = models.CharField(max_length=150)
    unit = models.CharField(max_length=80)
    digest = models.CharField(max_length=64)
    body = models.JSONField()

    class Meta:
        """A step of a subject is taken once, whoever comes at the same time."""

        ordering = ("subject", "seq")
        constraints = (models.UniqueConstraint(fields=("subject", "seq"), name="step_once"),)


class NumberTaken(models.Model):
    """A number of a task, a letter or a filing that was given once and is never given again."""

    number = models.CharField(max_length=80, primary_key=True)
    subject = models.CharField(max_length=40)
    at = models.DateTimeField()


class TaskReport(models.Model):
    """The report on a task for a period: one, with its revisions."""

    id = models.CharField(primary_key=True, max_length=40)
    task = models.ForeignKey(Task, on_delete=models.PROTECT, related_name="reports")
    unit = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    period = models.CharField(max_length=12)
    revision = models.PositiveSmallIntegerField(default=1)
    state = models.CharField(max_length=16)
    step = models.PositiveIntegerField(default=0)
    progress = models.CharField(max_length=60, blank=True)
    percent = models.DecimalField(max_digits=5, decimal_places=2, null=True)
    returned = models.CharField(max_length=400, blank=True)
    touched = models.DateTimeField(default=timezone.now)
    body = models.JSONField()

    class Meta:
        """One report a period."""

        ordering = ("task", "-period", "-revision")
        constraints = (models.UniqueConstraint(fields=("task", "period", "revision"), name="report_once"),)
        indexes = (
            models.Index(fields=("unit", "state", "period"), name="report_by_unit"),
            models.Index(fields=("period", "state"), name="report_by_period"),
            models.Index(fields=("state", "touched"), name="report_by_state"),
        )


class EvidenceFile(models.Model):
    """A file that was shown for a task. It is kept under its digest, so the same bytes lie there once."""

    task = models.ForeignKey(Task, on_delete=models.PROTECT, related_name="files")
    digest = models.CharField(max_length=64, db_index=True)
    name = models.CharField(max_length=200)
    kind = models.CharField(max_length=8, default="file")
    size = models.PositiveBigIntegerField()
    by = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        """The same file is shown for a task once."""

        ordering = ("at",)
        constraints = (models.UniqueConstraint(fields=("task", "digest"), name="evidence_once"),)


class JudgedColour(models.Model):
    """The colour of a task in a period as the office confirmed it, beside the one that the rules proposed. Only added to."""

    task = models.ForeignKey(Task, on_delete=models.PROTECT, related_name="colours")
    period = models.CharField(max_length=12)
    turn = models.PositiveSmallIntegerField(default=1)
    colour = models.CharField(max_length=10)
    proposed = models.CharField(max_length=10)
    because = models.CharField(max_length=400, blank=True)
    reason = models.CharField(max_length=400, blank=True)
    by = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        """A later judgement of the same period is the next turn."""

        ordering = ("task", "period", "turn")
        constraints = (models.UniqueConstraint(fields=("task", "period", "turn"), name="colour_once"),)


class MeasuredWarning(models.Model):
    """A warning that a measurement or a late report raised, with its Figure."""

    key = models.CharField(max_length=300, unique=True)
    kind = models.CharField(max_length=12)
    colour = models.CharField(max_length=10)
    text = models.CharField(max_length=400)
    indicator = models.CharField(max_length=60, blank=True)
    subject = models.CharField(max_length=120)
    region = models.CharField(max_length=12, blank=True, db_index=True, help_text="The place in which the subject lies")
    period = models.CharField(max_length=24)
    figure = models.JSONField(null=True)
    release = models.PositiveIntegerField(null=True)
    synthetic = models.BooleanField(default=False)
    raised_at = models.DateTimeField()
    tasks = models.ManyToManyField(Task, related_name="warnings")
    units = models.ManyToManyField(Organisation, related_name="+")
    answer = models.CharField(max_length=400, blank=True)
    answered_by = models.ForeignKey(USER, null=True, on_delete=models.PROTECT, related_name="+")
    answered_at = models.DateTimeField(null=True)

    class Meta:
        """Newest first."""

        ordering = ("-raised_at", "-id")


class Paper(models.Model):
    """A document that an office made: its number is taken for ever, and the digest says which bytes went out."""

    class Kind(models.TextChoices):
        """What it is."""

        DISPATCH = "dispatch", say("调度报告", "Dispatch report")
        CIRCULAR = "circular", say("通报", "Circular")
        LETTER = "letter", say("督办函", "Supervision letter")

    kind = models.CharField(max_length=10, choices=Kind)
    number = models.CharField(max_length=80, unique=True)
    period = models.CharField(max_length=12, blank=True)
    region = models.CharField(max_length=12)
    task = models.ForeignKey(Task, null=True, on_delete=models.PROTECT, related_name="papers")
    sha256 = models.CharField(max_length=64)
    size = models.PositiveIntegerField(default=0, help_text="Bytes that are kept; 0 for a paper from before papers were kept")
    by = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        """Newest first."""

        ordering = ("-at",)


class Note(models.Model):
    """A message to a person inside the site: a return, a warning, a reminder."""

    user = models.ForeignKey(USER, on_delete=models.CASCADE, related_name="plan_notes")
    kind = models.CharField(max_length=10)
    text = models.CharField(max_length=400)
    task = models.ForeignKey(Task, null=True, on_delete=models.CASCADE, related_name="+")
    at = models.DateTimeField(default=timezone.now)
    read_at = models.DateTimeField(null=True)

    class Meta:
        """Newest first; one person's unread ones are asked for on every page of the work desk."""

        ordering = ("-at",)
        indexes = (models.Index(fields=("user", "read_at", "-at"), name="note_by_user"),)


class CalendarKey(models.Model):
    """A secret address of a person's calendar; the database holds its digest alone."""

    user = models.OneToOneField(USER, on_delete=models.CASCADE, related_name="calendar_key")
    digest = models.CharField(max_length=64, unique=True)
    made = models.DateTimeField(default=timezone.now)


class FormEntry(models.Model):
    """An entry of the register: a form that a lower level has to fill. No entry, no form."""

    number = models.CharField(max_length=60, unique=True)
    title = models.CharField(max_length=120)
    owner = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    region = models.CharField(max_length=12)
    level = models.CharField(max_length=10)
    rhythm = models.CharField(max_length=10)
    starts = models.DateField()
    ends = models.DateField()
    body = models.JSONField()
    by = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        """A form that has run out stays in the register."""

        ordering = ("number",)
        constraints = (models.CheckConstraint(condition=Q(ends__gte=F("starts")), name="form_dates"),)


class GivenValue(models.Model):
    """A value that a unit gave once for a period; it serves every form that asks the same. Only added to."""

    unit = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    period = models.CharField(max_length=12)
    asks = models.CharField(max_length=80)
    scope = models.CharField(max_length=80, blank=True)
    revision = models.PositiveSmallIntegerField(default=1)
    subject = models.CharField(max_length=12, blank=True, db_index=True, help_text="The place of the unit, whose value it is")
    value = models.CharField(max_length=400, blank=True)
    form = models.CharField(max_length=60)
    field = models.CharField(max_length=120)
    source = models.CharField(max_length=10, default="typed", help_text="Where the unit took it from")
    origin = models.CharField(max_length=400, blank=True, help_text="Where that stands, in words")
    reason = models.CharField(max_length=400, blank=True)
    by = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        """Two people who answer the same at once: one is told that it is there already."""

        ordering = ("period", "asks", "revision")
        constraints = (models.UniqueConstraint(fields=("unit", "period", "asks", "scope", "revision"), name="given_once"),)


class FormReturn(models.Model):
    """A form as a unit handed it in: every field with its value and where that came from. Only added to; a later one is a revision."""

    entry = models.ForeignKey(FormEntry, on_delete=models.PROTECT, related_name="returns")
    unit = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    period = models.CharField(max_length=12)
    revision = models.PositiveSmallIntegerField(default=1)
    lines = models.JSONField(help_text="Of each field: key, name, unit, value, source, origin")
    by = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        """The newest revision is the one that counts."""

        ordering = ("entry", "period", "unit", "revision")
        constraints = (models.UniqueConstraint(fields=("entry", "unit", "period", "revision"), name="form_return_once"),)


class FormLayout(models.Model):
    """A form in the office's own table: the workbook as it came, and which cell (or column) holds which field. The newest one is used."""

    entry = models.ForeignKey(FormEntry, on_delete=models.PROTECT, related_name="layouts")
    name = models.CharField(max_length=150)
    digest = models.CharField(max_length=64)
    sheet = models.CharField(max_length=60)
    cells = models.JSONField(help_text="By field key, unit or period: an address such as C5, or a column such as C")
    first = models.PositiveIntegerField(default=0, help_text="First line of a list of units; 0 for a table of one unit")
    by = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        """Newest first."""

        ordering = ("-id",)


class SavedView(models.Model):
    """A view of tasks under a name: which page, with which filters. Shared ones are seen by everyone in the same organisation."""

    owner = models.ForeignKey(USER, on_delete=models.CASCADE, related_name="saved_views")
    organisation = models.ForeignKey(Organisation, null=True, on_delete=models.CASCADE, related_name="+")
    name = models.CharField(max_length=60)
    page = models.CharField(max_length=8)
    query = models.CharField(max_length=500, blank=True)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        """By name; a person has a name once."""

        ordering = ("name",)
        constraints = (models.UniqueConstraint(fields=("owner", "name"), name="saved_view_once"),)


class MessageHook(models.Model):
    """Where messages to an organisation go besides the site: a robot of its messaging tool, or a program of its own.

    Address and secret are kept sealed (:mod:`yangban.web.plans.sealing`); no page shows them again.
    """

    class Kind(models.TextChoices):
        """Whose shape a message has."""

        GENERIC = "generic", say("通用 JSON（带签名）", "Plain JSON, signed")
        DINGTALK = "dingtalk", say("钉钉群机器人", "DingTalk robot")
        WECOM = "wecom", say("企业微信群机器人", "WeCom robot")
        FEISHU = "feishu", say("飞书群机器人", "Feishu robot")

    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="message_hooks")
    kind = models.CharField(max_length=8, choices=Kind)
    name = models.CharField(max_length=60)
    host = models.CharField(max_length=120)
    sealed = models.TextField()
    active = models.BooleanField(default=True)
    by = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        """By organisation."""

        ordering = ("organisation", "id")


class HookMessage(models.Model):
    """One message to one hook: what was said, how often it was tried, and what came back."""

    class State(models.TextChoices):
        """Where it stands."""

        WAITING = "waiting", say("等待发送", "Waiting")
        SENT = "sent", say("已送达", "Sent")
        FAILED = "failed", say("未送达，已放弃", "Given up")

    hook = models.ForeignKey(MessageHook, on_delete=models.PROTECT, related_name="messages")
    kind = models.CharField(max_length=10)
    text = models.CharField(max_length=400)
    task = models.ForeignKey(Task, null=True, on_delete=models.SET_NULL, related_name="+")
    state = models.CharField(max_length=8, choices=State, default=State.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    status = models.PositiveSmallIntegerField(null=True, help_text="What the other side answered last")
    said = models.CharField(max_length=300, blank=True, help_text="Why it was not taken, in words")
    next_at = models.DateTimeField(null=True)
    at = models.DateTimeField(default=timezone.now)
    done_at = models.DateTimeField(null=True)

    class Meta:
        """Newest first; those that are to be tried again are asked for every minute."""

        ordering = ("-id",)
        indexes = (models.Index(fields=("state", "next_at"), name="hook_message_due"),)


__all__ = [
    "CalendarKey", "EvidenceFile", "FormEntry", "FormLayout", "FormReturn", "GivenValue", "HookMessage", "JudgedColour", "MeasuredWarning",
    "MessageHook", "Note", "NumberTaken", "Paper",
    "PlanDocument", "PlanVersion", "StepRecord", "Task", "TaskReport", "TaskUnit",
]  # fmt: skip
