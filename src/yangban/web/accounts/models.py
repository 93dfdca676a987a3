"""People, organisations, memberships, and the audit.

Departments merge and are renamed; people change posts. Organisations and memberships are therefore dated: a row says from when to when it
holds, and what was done earlier keeps pointing at the organisation as it was.
"""

from __future__ import annotations

from datetime import date

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from yangban.base import regions
from yangban.web.accounts.roles import LEVELS, ROLE_NAMES
from yangban.web.words import say


def today() -> date:
    """The day in Beijing."""
    return timezone.localdate()


class Organisation(models.Model):
    """A bureau, department, institution or operator at a place; ``parent`` is the body above it."""

    class Kind(models.TextChoices):
        """What sort of body it is; only bureaus of ecology and environment sign air and water releases."""

        BUREAU = "bureau", say("生态环境部门", "Ecology and environment bureau")
        DEPARTMENT = "department", say("其他部门", "Other department")
        INSTITUTION = "institution", say("公共机构", "Public institution")
        OPERATOR = "operator", say("运营单位", "Operator")

    name = models.CharField(max_length=80)
    name_en = models.CharField(max_length=160, blank=True)
    short_name = models.CharField(max_length=40, blank=True)
    kind = models.CharField(max_length=12, choices=Kind)
    region = models.CharField(max_length=12, help_text="GB/T 2260")
    parent = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="below")
    valid_from = models.DateField(default=date(2018, 1, 1))
    valid_to = models.DateField(null=True, blank=True)
    successor = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="predecessors")

    class Meta:
        """Order and constraints."""

        ordering = ("region", "kind", "name")
        constraints = (
            models.UniqueConstraint(fields=("name", "region", "valid_from"), name="organisation_once"),
            models.CheckConstraint(condition=Q(valid_to=None) | Q(valid_to__gte=F("valid_from")), name="organisation_dates"),
            models.CheckConstraint(condition=Q(successor=None) | Q(valid_to__isnull=False), name="organisation_successor_after_end"),
        )

    def __str__(self) -> str:
        return self.name

    @property
    def level(self) -> str:
        """``province``, ``city`` or ``county``: that of its place."""
        return regions.subject_level(self.region)

    def holds_on(self, day: date) -> bool:
        """Whether it exists on a day."""
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)


class User(AbstractUser):
    """A person who can log in. What a person may do follows from memberships alone; there is no superuser's back door in the pages."""

    first_name = None
    last_name = None
    display_name = models.CharField(max_length=40, blank=True)
    phone = models.CharField(max_length=20, blank=True)
    home = models.ForeignKey(
        Organisation, null=True, blank=True, on_delete=models.PROTECT, related_name="+", help_text="Where the account was opened"
    )
    password_set_at = models.DateTimeField(null=True, blank=True)
    REQUIRED_FIELDS = ()

    def __str__(self) -> str:
        return self.display_name or self.username

    def get_full_name(self) -> str:
        """The name that records carry."""
        return str(self)

    def get_short_name(self) -> str:
        """The name on the page."""
        return str(self)

    def current_memberships(self) -> list[Membership]:
        """The memberships that hold today, each with its organisation; read once a request."""
        held = self.__dict__.get("_memberships")
        if held is None:
            day = today()
            rows = self.memberships.select_related("organisation").filter(Q(valid_to=None) | Q(valid_to__gte=day), valid_from__lte=day)
            held = self.__dict__["_memberships"] = [row for row in rows if row.organisation.holds_on(day)]
        return held

    @property
    def is_staff_member(self) -> bool:
        """Whether the desk is open to this person at all."""
        return self.is_active and bool(self.current_memberships())


class OldPassword(models.Model):
    """A password that somebody had, as its digest: the last ones are not taken again."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="old_passwords")
    digest = models.CharField(max_length=256)
    set_at = models.DateTimeField(default=timezone.now)

    class Meta:
        """The newest first."""

        ordering = ("-set_at", "-pk")

    def __str__(self) -> str:
        return f"{self.user} {self.set_at:%Y-%m-%d}"


class Membership(models.Model):
    """A person's role in an organisation, for a time. The role counts within the organisation's place and everything beneath it."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="memberships")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="memberships")
    role = models.CharField(max_length=20, choices=list(ROLE_NAMES.items()))
    valid_from = models.DateField(default=today)
    valid_to = models.DateField(null=True, blank=True)
    granted_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    granted_at = models.DateTimeField(default=timezone.now)
    stations = models.JSONField(default=list, blank=True, help_text="Subjects that this person answers for, as a keeper of stations")

    class Meta:
        """Order and constraints."""

        ordering = ("organisation", "role", "user")
        constraints = (
            models.UniqueConstraint(fields=("user", "organisation", "role", "valid_from"), name="membership_once"),
            models.CheckConstraint(condition=Q(valid_to=None) | Q(valid_to__gte=F("valid_from")), name="membership_dates"),
        )

    def __str__(self) -> str:
        return f"{self.user} · {self.organisation} · {self.get_role_display()}"

    @property
    def level(self) -> str:
        """The level at which the role is held."""
        return self.organisation.level if self.organisation.level in LEVELS else "county"


class AuditEntry(models.Model):
    """One act, never changed and never removed: the database refuses both. Each row carries the digest of the row before."""

    number = models.BigIntegerField(primary_key=True)
    at = models.DateTimeField()
    actor = models.CharField(max_length=150, blank=True)
    organisation = models.CharField(max_length=80, blank=True)
    action = models.CharField(max_length=60, db_index=True)
    subject = models.CharField(max_length=200, blank=True, db_index=True)
    detail = models.JSONField(default=dict)
    before = models.CharField(max_length=64)
    digest = models.CharField(max_length=64, unique=True)

    class Meta:
        """Order."""

        ordering = ("number",)

    def __str__(self) -> str:
        return f"{self.number} {self.action} {self.subject}"

    @property
    def facts(self) -> list[tuple[str, object]]:
        """Names and values of the detail. In a template ``detail.items`` would be the fact named ``items`` where there is one."""
        return list(self.detail.items())
