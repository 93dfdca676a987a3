"""The database keeps the books."""

from django.db import migrations

from yangban.web.points.triggers import keep_books


class Migration(migrations.Migration):
    """Triggers: entries move accounts and lots, operations the head, and nothing else does."""

    dependencies = (("points", "0001_ledger"),)
    operations = (keep_books(),)
