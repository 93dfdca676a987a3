"""How a scheme ends; the books of a sealed one take no operation, and its row and its end are never changed."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from yangban.web.points.triggers import keep_books, keep_when, lift_books


class Migration(migrations.Migration):
    """A table, and the seal."""

    dependencies = (("points", "0005_versions"), migrations.swappable_dependency(settings.AUTH_USER_MODEL))
    operations = (
        migrations.CreateModel(
            name="Closing",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("notice", models.TextField(max_length=4000)),
                ("notice_en", models.TextField(blank=True, max_length=4000)),
                ("last_day", models.DateField()),
                ("last_spend", models.DateField()),
                ("drafted_at", models.DateTimeField()),
                ("published_at", models.DateTimeField(null=True)),
                ("wound_up_at", models.DateTimeField(null=True)),
                ("accounts", models.PositiveIntegerField(default=0, help_text="Accounts closed by the wind-up")),
                ("units", models.BigIntegerField(default=0, help_text="What was left in them, and expired")),
                ("sealed_at", models.DateTimeField(null=True)),
                ("number", models.BigIntegerField(default=0)),
                ("head", models.CharField(blank=True, max_length=64)),
                (
                    "drafted_by",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL),
                ),
                ("program", models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name="closing", to="points.program")),
                (
                    "published_by",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "sealed_by",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "wound_up_by",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("last_spend__gte", models.F("last_day"))), name="points_closing_days"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("published_at", None), ("published_by", None)),
                            models.Q(
                                ("published_at__isnull", False),
                                ("published_by__isnull", False),
                                models.Q(("published_by", models.F("drafted_by")), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="points_closing_published",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("wound_up_at", None),
                            models.Q(("published_at__isnull", False), ("wound_up_by__isnull", False)),
                            _connector="OR",
                        ),
                        name="points_closing_wound_up",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("sealed_at", None), ("sealed_by", None)),
                            models.Q(
                                ("sealed_at__isnull", False),
                                ("sealed_by__isnull", False),
                                ("wound_up_at__isnull", False),
                                models.Q(("sealed_by", models.F("wound_up_by")), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="points_closing_sealed",
                    ),
                ],
            },
        ),
        keep_when("points_closing"),
        keep_when("points_program"),
        lift_books(),
        keep_books(),
    )
