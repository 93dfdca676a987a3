"""Keys that demand signatures, and the nonces that were used."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    """A column and a table."""

    dependencies = [
        ("api", "0002_delivery_delivery_waiting"),
    ]

    operations = [
        migrations.AddField(
            model_name="apikey",
            name="signed",
            field=models.BooleanField(default=False, help_text="Whether every request must be signed"),
        ),
        migrations.CreateModel(
            name="ApiNonce",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("nonce", models.CharField(max_length=64)),
                ("used_at", models.DateTimeField()),
                (
                    "key",
                    models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name="nonces", to="api.apikey"),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["key", "used_at"], name="api_nonce_age")],
                "constraints": [models.UniqueConstraint(fields=("key", "nonce"), name="api_nonce_once")],
            },
        ),
    ]
