"""Keys of partners, and what they delivered."""

from __future__ import annotations

import uuid
from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from yangban.web.accounts.models import Organisation
from yangban.web.jobs.models import Job
from yangban.web.words import say

USER = settings.AUTH_USER_MODEL


class ApiKey(models.Model):
    """A key of a partner. The key itself is shown once and kept nowhere: the row holds its digest, keyed with the site's own key.

    ``region`` bounds what it reads beyond the public and what it may deliver; ``scopes`` say what it may do at all.
    """

    name = models.CharField(max_length=80)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="keys")
    region = models.CharField(max_length=12)
    scopes = models.JSONField(default=list)
    prefix = models.CharField(
        max_length=12, unique=True, help_text="The first characters, by which a key is known in lists and in the audit"
    )
    digest = models.CharField(max_length=64, unique=True)
    signed = models.BooleanField(default=False, help_text="Whether every request must be signed")
    created_by = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()
    revoked_by = models.ForeignKey(USER, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    revoked_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        """Newest first; who revoked a key and when belong together."""

        ordering = ("-created_at", "-pk")
        constraints = (
            models.CheckConstraint(
                condition=Q(revoked_at=None, revoked_by=None) | Q(revoked_at__isnull=False, revoked_by__isnull=False),
                name="key_revoked_by_somebody",
            ),
        )

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"

    def ended(self, now: datetime | None = None) -> str:
        """``revoked`` or ``expired``, or nothing while the key opens doors."""
        if self.revoked_at is not None:
            return "revoked"
        return "expired" if self.expires_at <= (now or timezone.now()) else ""


class ApiNonce(models.Model):
    """A nonce of a signed request that was taken: it is taken once. Rows go when the moment alone refuses the request."""

    key = models.ForeignKey(ApiKey, on_delete=models.CASCADE, related_name="nonces", db_index=False)
    nonce = models.CharField(max_length=64)
    used_at = models.DateTimeField()

    class Meta:
        """Constraints: once for a key."""

        constraints = (models.UniqueConstraint(fields=("key", "nonce"), name="api_nonce_once"),)
        indexes = (models.Index(fields=("key", "used_at"), name="api_nonce_age"),)

    def __str__(self) -> str:
        return f"{self.key_id}: {self.nonce}"


class Delivery(models.Model):
    """Readings that a partner handed in. The file lies on the disk before this row exists, and the row exists before it is acknowledged."""

    class State(models.TextChoices):
        """What became of the readings; ``refused`` took nothing in, ``failed`` is the program's own fault."""

        WAITING = "waiting", say("等待处理", "Waiting")
        DONE = "done", say("已入库", "Taken in")
        SHORT = "short", say("已入库，有被拒绝的数值", "Taken in, some values refused")
        REFUSED = "refused", say("未采用", "Refused")
        FAILED = "failed", say("处理失败", "Failed")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    key = models.ForeignKey(ApiKey, on_delete=models.PROTECT, related_name="deliveries")
    idempotency_key = models.CharField(max_length=80)
    digest = models.CharField(max_length=64, help_text="SHA-256 of the content, as received")
    asked = models.JSONField(default=dict, help_text="basis, level and label, as given")
    name = models.CharField(max_length=120)
    size = models.PositiveBigIntegerField()
    received_at = models.DateTimeField(default=timezone.now)
    state = models.CharField(max_length=8, choices=State, default=State.WAITING)
    receipt = models.JSONField(default=dict)
    problem = models.JSONField(null=True, blank=True)
    job = models.ForeignKey(Job, null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        """Newest first; one delivery for an idempotency key."""

        ordering = ("-received_at",)
        constraints = (models.UniqueConstraint(fields=("key", "idempotency_key"), name="delivery_once"),)
        indexes = (models.Index(fields=("received_at",), condition=Q(state="waiting"), name="delivery_waiting"),)

    def __str__(self) -> str:
        return f"{self.name} {self.received_at:%Y-%m-%d %H:%M}"
