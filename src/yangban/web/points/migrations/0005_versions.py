"""Changes of a scheme; each award says under which version it was made. An approved version is never changed or removed."""

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

from yangban.web.points.triggers import keep_when


class Migration(migrations.Migration):
    """A table, a column, a trigger."""

    dependencies = (("points", "0004_quicker_books"), migrations.swappable_dependency(settings.AUTH_USER_MODEL))
    operations = (
        migrations.AddField(
            model_name="award",
            name="version",
            field=models.PositiveSmallIntegerField(default=0, help_text="Under which version of the scheme; 0 is the book's"),
        ),
        migrations.CreateModel(
            name="SchemeVersion",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("scheme", models.CharField(db_index=True, max_length=40)),
                ("number", models.PositiveSmallIntegerField(null=True)),
                ("base", models.PositiveSmallIntegerField()),
                ("title", models.CharField(max_length=120)),
                ("starts_on", models.DateField()),
                ("text", models.TextField()),
                ("digest", models.CharField(max_length=64)),
                (
                    "state",
                    models.CharField(
                        choices=[("draft", "草案"), ("submitted", "待批准"), ("approved", "已批准"), ("withdrawn", "已撤回")],
                        default="draft",
                        max_length=9,
                    ),
                ),
                ("trial", models.JSONField(null=True)),
                ("drafted_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("submitted_at", models.DateTimeField(null=True)),
                ("decided_at", models.DateTimeField(null=True)),
                ("decision", models.CharField(blank=True, max_length=300)),
                (
                    "decided_by",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "drafted_by",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL),
                ),
            ],
            options={
                "ordering": ("-pk",),
                "constraints": [
                    models.UniqueConstraint(fields=("scheme", "number"), name="points_version_number"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "approved"), _negated=True),
                            models.Q(
                                ("decided_by__isnull", False),
                                ("number__gt", 0),
                                models.Q(("decided_by", models.F("drafted_by")), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="points_version_approved",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("state", "approved"), ("number", None), _connector="OR"), name="points_version_unnumbered"
                    ),
                ],
            },
        ),
        keep_when("points_schemeversion"),
    )
