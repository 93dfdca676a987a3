"""Exact values of levels and trends are long fractions."""

from django.db import migrations, models


class Migration(migrations.Migration):
    """A text instead of 120 characters."""

    dependencies = [("public", "0002_summaries")]

    operations = [migrations.AlterField(model_name="publishedfigure", name="exact", field=models.TextField(null=True))]
