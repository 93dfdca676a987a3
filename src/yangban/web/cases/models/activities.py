"""Activities with their sign-ups, and the hours that organisers confirmed.

Of a person the least is kept: what to call them, and, when they choose so, how to reach them. Both go thirty days after the activity.
"""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from yangban.web.accounts.models import Organisation
from yangban.web.points.models import CheckPoint, Member
from yangban.web.words import pick, say

USER = settings.AUTH_USER_MODEL


class Activity(models.Model):
    """Something that people may take part in."""

    class State(models.TextChoices):
        """Where it stands."""

        DRAFT = "draft", say("草稿", "Draft")
        OPEN = "open", say("已发布", "Open")
        CANCELLED = "cancelled", say("已取消", "Cancelled")
        DONE = "done", say("已结束", "Over")

    title = models.CharField(max_length=60)
    title_en = models.CharField(max_length=160, blank=True)
    text = models.TextField(max_length=4000)
    text_en = models.TextField(max_length=4000, blank=True)
    campaign = models.CharField(max_length=40, blank=True, help_text="Key of a campaign day; empty: none")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="activities")
    region = models.CharField(max_length=12, db_index=True)
    place = models.CharField(max_length=80)
    starts = models.DateTimeField(db_index=True)
    ends = models.DateTimeField()
    sign_up_until = models.DateTimeField()
    capacity = models.PositiveIntegerField(null=True, blank=True, help_text="Empty: as many as come")
    volunteer = models.BooleanField(default=True, help_text="Whether hours of service are confirmed")
    hours = models.DecimalField(max_digits=4, decimal_places=2, null=True, blank=True, help_text="Hours that are expected")
    behaviour = models.CharField(max_length=40, blank=True, help_text="What it counts as in the points scheme; empty: no points")
    check_point = models.OneToOneField(CheckPoint, null=True, blank=True, on_delete=models.PROTECT, related_name="activity")
    state = models.CharField(max_length=10, choices=State, default=State.DRAFT, db_index=True)
    reason = models.CharField(max_length=200, blank=True, help_text="Why it was cancelled")
    result = models.TextField(max_length=2000, blank=True, help_text="What came of it, for everyone to read")
    by = models.ForeignKey(USER, null=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)
    erased_at = models.DateTimeField(null=True, blank=True, help_text="When names and contacts were removed")
    demo = models.BooleanField(default=False)

    class Meta:
        """The next first; nothing ends before it begins."""

        ordering = ("starts", "pk")
        constraints = (
            models.CheckConstraint(condition=Q(ends__gt=F("starts")), name="activity_times"),
            models.CheckConstraint(condition=Q(sign_up_until__lte=F("ends")), name="activity_sign_up"),
            models.CheckConstraint(condition=Q(capacity=None) | Q(capacity__gt=0), name="activity_capacity"),
        )

    def __str__(self) -> str:
        return self.title

    @property
    def heading(self) -> str:
        """The title in the language of the page, where it has one."""
        return pick(self.title, self.title_en or self.title)

    @property
    def words(self) -> str:
        """The text in the language of the page, where it has one."""
        return pick(self.text, self.text_en or self.text)


class SignUp(models.Model):
    """That somebody wants to come: known to themselves by a code, to the organiser by what they want to be called."""

    class State(models.TextChoices):
        """Whether there is a place."""

        COMING = "coming", say("已报上", "Has a place")
        WAITING = "waiting", say("候补", "On the waiting list")
        CANCELLED = "cancelled", say("已取消", "Cancelled")

    activity = models.ForeignKey(Activity, on_delete=models.PROTECT, related_name="sign_ups")
    code = models.CharField(max_length=12, unique=True)
    name = models.CharField(max_length=20, blank=True)
    contact = models.CharField(max_length=60, blank=True)
    member = models.ForeignKey(Member, null=True, blank=True, on_delete=models.PROTECT, related_name="sign_ups")
    state = models.CharField(max_length=10, choices=State)
    at = models.DateTimeField(default=timezone.now)
    checked_in_at = models.DateTimeField(null=True, blank=True)
    came = models.BooleanField(null=True, help_text="As the organiser noted; empty: not noted")

    class Meta:
        """In the order in which they came; a member once, until cancelled."""

        ordering = ("activity", "pk")
        constraints = (
            models.UniqueConstraint(
                fields=("activity", "member"), condition=Q(member__isnull=False) & ~Q(state="cancelled"), name="sign_up_member_once"
            ),
        )

    def __str__(self) -> str:
        return f"{self.activity_id}/{self.pk}"


class ServiceHours(models.Model):
    """Hours that the organiser confirmed for one sign-up, never changed: a correction is another row, and the newest one holds."""

    sign_up = models.ForeignKey(SignUp, on_delete=models.PROTECT, related_name="service")
    hours = models.DecimalField(max_digits=4, decimal_places=2)
    reason = models.CharField(max_length=200, blank=True, help_text="Why it was corrected")
    by = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        """As they were confirmed."""

        ordering = ("sign_up", "pk")
        constraints = (models.CheckConstraint(condition=Q(hours__gte=0) & Q(hours__lte=24), name="service_hours_range"),)

    def __str__(self) -> str:
        return f"{self.sign_up_id}: {self.hours}"
