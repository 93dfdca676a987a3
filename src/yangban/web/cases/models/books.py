"""Compendia: which cases in which order, and the Word books that were made of them."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone

from yangban.web.accounts.models import Organisation
from yangban.web.jobs.models import Job

USER = settings.AUTH_USER_MODEL


class Book(models.Model):
    """A compendium: volumes, chapters and cases as plain data, to be changed until it is right."""

    title = models.CharField(max_length=60)
    subtitle = models.CharField(max_length=60, blank=True)
    foreword = models.TextField(max_length=4000, blank=True)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="compendia")
    region = models.CharField(max_length=12, db_index=True)
    year = models.PositiveSmallIntegerField()
    parts = models.JSONField(default=list, help_text="Volumes, each with a title and chapters, each with a title and numbers of cases")
    step = models.PositiveIntegerField(default=1, help_text="Counts the changes: whoever looked before another one is told")
    by = models.ForeignKey(USER, null=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)
    demo = models.BooleanField(default=False)

    class Meta:
        """Newest first."""

        ordering = ("-year", "-pk")

    def __str__(self) -> str:
        return self.title


class BookMade(models.Model):
    """A Word book as it was made: its bytes, and which version of which case stands in it."""

    book = models.ForeignKey(Book, on_delete=models.PROTECT, related_name="made")
    number = models.PositiveSmallIntegerField()
    job = models.ForeignKey(Job, null=True, on_delete=models.SET_NULL, related_name="+")
    digest = models.CharField(max_length=64)
    size = models.PositiveIntegerField()
    pages = models.PositiveSmallIntegerField()
    cases = models.JSONField(default=list, help_text="Number, version and page of each case, in the order of the book")
    seconds = models.DecimalField(max_digits=6, decimal_places=1)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        """Newest first, each number once."""

        ordering = ("-number",)
        constraints = (models.UniqueConstraint(fields=("book", "number"), name="case_book_once"),)

    def __str__(self) -> str:
        return f"{self.book_id}/{self.number}"
