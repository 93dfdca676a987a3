"""``yangban manage sweep_activities``: remove names and contacts of people thirty days after an activity."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from yangban.web.cases.activities import erase_due


class Command(BaseCommand):
    """Hours and sums stay. The worker does it once a day."""

    help = "活动结束满三十天：删除报名人的称呼和联系方式  Remove names and contacts thirty days after an activity"

    def handle(self, *_args: Any, **_options: Any) -> None:
        """Do it."""
        self.stdout.write(f"已清理 {erase_due()} 项活动  activities swept")
