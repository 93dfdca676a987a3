"""Editions, self-checks, steps of support policies, money and shapes only grow."""

from django.db import migrations

from yangban.web.accounts.append_only import append_only


class Migration(migrations.Migration):
    """Triggers that refuse UPDATE and DELETE."""

    dependencies = (("pilots", "0001_initial"), ("accounts", "0002_audit_append_only"))
    operations = tuple(
        append_only(f"pilots_{table}") for table in ("editiontext", "checkresult", "policystep", "projectmoney", "projectshape")
    )
