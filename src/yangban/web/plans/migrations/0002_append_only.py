"""Logs, taken numbers, judged colours, given values and versions only grow."""

from django.db import migrations

from yangban.web.accounts.append_only import append_only


class Migration(migrations.Migration):
    """Triggers that refuse UPDATE and DELETE."""

    dependencies = (("plans", "0001_initial"), ("accounts", "0002_audit_append_only"))
    operations = tuple(
        append_only(f"plans_{table}") for table in ("steprecord", "numbertaken", "judgedcolour", "givenvalue", "planversion")
    )
