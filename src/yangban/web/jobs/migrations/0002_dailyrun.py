"""Work that is done once a day."""

import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):
    """A row for each day on which it was asked for."""

    dependencies = [
        ("jobs", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="DailyRun",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=40)),
                ("day", models.DateField()),
                ("at", models.DateTimeField(default=django.utils.timezone.now)),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("name", "day"), name="daily_run_once")],
            },
        ),
    ]
