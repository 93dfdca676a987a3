"""``yangban manage sweep_points``: credits that fell due, claims and orders that lapsed, points that expired."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from yangban.web.points.sweeping import sweep


class Command(BaseCommand):
    """The worker does it once a day. Each batch is a transaction of its own; the command may be killed and run again at any time."""

    help = "积分到点事项：入账、逾期、到期  What time brings to the points"

    def handle(self, *_args: Any, **_options: Any) -> None:
        """Do it, and print how many."""
        done = sweep()
        self.stdout.write(f"入账 {done.credited}，未领作废 {done.lapsed}，逾期订单 {done.orders}，到期账户 {done.expired}")
