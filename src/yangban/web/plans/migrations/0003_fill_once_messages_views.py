"""Forms in the office's own table, values with their source, messages to other tools, saved views, kept papers."""

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

from yangban.web.accounts.append_only import Statements, append_only

VALUES = append_only("plans_givenvalue")
"""SQLite makes the table anew when a column is added, and PostgreSQL must fill the new ones: the lock is lifted and put back."""


class Migration(migrations.Migration):
    """Values keep the place that they are of; the returns of forms only grow."""

    dependencies = [
        ("accounts", "0004_roles_of_plans"),
        ("plans", "0002_append_only"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        Statements(VALUES.reverse_code, VALUES.code),
        migrations.AddField(
            model_name="givenvalue",
            name="origin",
            field=models.CharField(blank=True, help_text="Where that stands, in words", max_length=400),
        ),
        migrations.AddField(
            model_name="givenvalue",
            name="source",
            field=models.CharField(default="typed", help_text="Where the unit took it from", max_length=10),
        ),
        migrations.AddField(
            model_name="givenvalue",
            name="subject",
            field=models.CharField(blank=True, db_index=True, help_text="The place of the unit, whose value it is", max_length=12),
        ),
        migrations.RunSQL(
            "UPDATE plans_givenvalue SET subject = (SELECT region FROM accounts_organisation WHERE id = unit_id)", migrations.RunSQL.noop
        ),
        VALUES,
        migrations.AddField(
            model_name="measuredwarning",
            name="region",
            field=models.CharField(blank=True, db_index=True, help_text="The place in which the subject lies", max_length=12),
        ),
        migrations.AddField(
            model_name="paper",
            name="size",
            field=models.PositiveIntegerField(default=0, help_text="Bytes that are kept; 0 for a paper from before papers were kept"),
        ),
        migrations.CreateModel(
            name="FormLayout",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=150)),
                ("digest", models.CharField(max_length=64)),
                ("sheet", models.CharField(max_length=60)),
                ("cells", models.JSONField(help_text="By field key, unit or period: an address such as C5, or a column such as C")),
                ("first", models.PositiveIntegerField(default=0, help_text="First line of a list of units; 0 for a table of one unit")),
                ("at", models.DateTimeField(default=django.utils.timezone.now)),
                ("by", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
                ("entry", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="layouts", to="plans.formentry")),
            ],
            options={
                "ordering": ("-id",),
            },
        ),
        migrations.CreateModel(
            name="MessageHook",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("generic", "通用 JSON（带签名）"),
                            ("dingtalk", "钉钉群机器人"),
                            ("wecom", "企业微信群机器人"),
                            ("feishu", "飞书群机器人"),
                        ],
                        max_length=8,
                    ),
                ),
                ("name", models.CharField(max_length=60)),
                ("host", models.CharField(max_length=120)),
                ("sealed", models.TextField()),
                ("active", models.BooleanField(default=True)),
                ("at", models.DateTimeField(default=django.utils.timezone.now)),
                ("by", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="message_hooks", to="accounts.organisation"
                    ),
                ),
            ],
            options={
                "ordering": ("organisation", "id"),
            },
        ),
        migrations.CreateModel(
            name="FormReturn",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("period", models.CharField(max_length=12)),
                ("revision", models.PositiveSmallIntegerField(default=1)),
                ("lines", models.JSONField(help_text="Of each field: key, name, unit, value, source, origin")),
                ("at", models.DateTimeField()),
                ("by", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
                ("entry", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="returns", to="plans.formentry")),
                ("unit", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.organisation")),
            ],
            options={
                "ordering": ("entry", "period", "unit", "revision"),
                "constraints": [models.UniqueConstraint(fields=("entry", "unit", "period", "revision"), name="form_return_once")],
            },
        ),
        migrations.CreateModel(
            name="HookMessage",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.CharField(max_length=10)),
                ("text", models.CharField(max_length=400)),
                (
                    "state",
                    models.CharField(
                        choices=[("waiting", "等待发送"), ("sent", "已送达"), ("failed", "未送达，已放弃")], default="waiting", max_length=8
                    ),
                ),
                ("attempts", models.PositiveSmallIntegerField(default=0)),
                ("status", models.PositiveSmallIntegerField(help_text="What the other side answered last", null=True)),
                ("said", models.CharField(blank=True, help_text="Why it was not taken, in words", max_length=300)),
                ("next_at", models.DateTimeField(null=True)),
                ("at", models.DateTimeField(default=django.utils.timezone.now)),
                ("done_at", models.DateTimeField(null=True)),
                ("task", models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to="plans.task")),
                ("hook", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="messages", to="plans.messagehook")),
            ],
            options={
                "ordering": ("-id",),
                "indexes": [models.Index(fields=["state", "next_at"], name="hook_message_due")],
            },
        ),
        migrations.CreateModel(
            name="SavedView",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=60)),
                ("page", models.CharField(max_length=8)),
                ("query", models.CharField(blank=True, max_length=500)),
                ("at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "organisation",
                    models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="accounts.organisation"),
                ),
                (
                    "owner",
                    models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="saved_views", to=settings.AUTH_USER_MODEL),
                ),
            ],
            options={
                "ordering": ("name",),
                "constraints": [models.UniqueConstraint(fields=("owner", "name"), name="saved_view_once")],
            },
        ),
        append_only("plans_formreturn"),
    ]
