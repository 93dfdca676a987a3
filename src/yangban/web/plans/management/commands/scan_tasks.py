"""``yangban manage scan_tasks``: raise the warnings that the newest published Figures and the late reports give, once a day or as asked."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from yangban.base.periods import parse
from yangban.web.accounts.models import today
from yangban.web.plans import warning_rows
from yangban.web.plans.models import Task
from yangban.web.plans.work import period_asked


class Command(BaseCommand):
    """Look at every task that runs; the same cause warns once, so that a second run on a day changes nothing."""

    help = "Raise warnings from published Figures and late reports on the units that own them"

    def add_arguments(self, parser: CommandParser) -> None:
        """The period whose reports are looked at."""
        parser.add_argument("--period", default="", help="such as 2026-03 (default: the month before)")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Scan and say how many warnings are new."""
        period = parse(options["period"] or period_asked(today())).label
        rows = list(Task.objects.filter(ended=False).exclude(state=""))
        made = warning_rows.scan(rows, period=period, today=today(), region=settings.REGION)
        self.stdout.write(f"{period}：新引出 {len(made)} 条预警  {len(made)} new warnings")
