"""The last hours as tables: what arrived, and what the page of the present hour shows. Nothing here is official, and nothing is kept long.

The lake keeps the readings; these rows are a window on it that is written in the transaction that acknowledges an arrival.
"""

from __future__ import annotations

from django.db import models


class NowHour(models.Model):
    """One hour of a station, or of a place that sends values of its own: thousandths of µg/m³ (CO mg/m³) by item."""

    subject = models.CharField(max_length=60)
    ends = models.DateTimeField(help_text="When the hour ends")
    values = models.JSONField()
    synthetic = models.BooleanField(default=False)
    received = models.DateTimeField()

    class Meta:
        """Once each."""

        constraints = (models.UniqueConstraint(fields=("subject", "ends"), name="now_hour_once"),)
        indexes = (models.Index(fields=("ends",), name="now_hour_ends"),)

    def __str__(self) -> str:
        return f"{self.subject} {self.ends}"


class NowSubject(models.Model):
    """What the page shows of a station or a place: its last hour that can be reported, and the hourly index then."""

    subject = models.CharField(max_length=60, primary_key=True)
    name = models.CharField(max_length=120)
    level = models.CharField(max_length=10)
    place = models.CharField(max_length=6, help_text="The city in which it lies, or itself")
    ends = models.DateTimeField()
    received = models.DateTimeField()
    edition = models.CharField(max_length=40)
    values = models.JSONField(help_text="1-hour means as printed, by item")
    aqi = models.IntegerField(null=True)
    grade = models.IntegerField(null=True, help_text="Number of the level")
    primary = models.JSONField(default=list)
    status = models.CharField(max_length=14)
    reason = models.TextField(blank=True)
    stations = models.IntegerField(null=True, help_text="Stations with a value in this hour")
    of = models.IntegerField(null=True, help_text="Stations registered")
    synthetic = models.BooleanField(default=False)

    def __str__(self) -> str:
        return f"{self.subject} {self.ends} {self.aqi}"


class NowStamp(models.Model):
    """One row that changes with every arrival, so that a page knows whether it is still the present one."""

    number = models.BigIntegerField(default=0)
    arrived = models.DateTimeField(null=True)
