"""The audit only grows."""

from django.db import migrations

from yangban.web.accounts.append_only import append_only


class Migration(migrations.Migration):
    """Triggers that refuse UPDATE and DELETE."""

    dependencies = (("accounts", "0001_initial"),)
    operations = (append_only("accounts_auditentry"),)
