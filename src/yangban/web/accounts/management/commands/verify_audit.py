"""``yangban manage verify_audit``: whether the audit is whole."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from yangban.web.accounts.audit import problems
from yangban.web.accounts.models import AuditEntry


class Command(BaseCommand):
    """Walk the chain from the first entry to the last."""

    help = "核对审计链  Verify the chain of the audit"

    def handle(self, *_args: Any, **_options: Any) -> None:
        """Print what is wrong, and end with 1 when something is."""
        found = problems()
        for line in found:
            self.stderr.write(line)
        if found:
            raise SystemExit(1)
        self.stdout.write(f"审计链完整：{AuditEntry.objects.count()} 条；the audit is whole")
