"""``yangban manage sweep_points``: what time brings, to be run once an hour: credits, claims and orders that lapse, points that expire."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from yangban.web.points import earning, shop
from yangban.web.points.models import Program


class Command(BaseCommand):
    """Each batch is a transaction of its own; the command may be killed and run again at any time."""

    help = "积分到点事项：入账、逾期、到期  What time brings to the points"

    def handle(self, *_args: Any, **_options: Any) -> None:
        """Do it, and print how many."""
        credited = lapsed = expired = 0
        for program in Program.objects.order_by("pk"):
            while count := earning.credit_due(program):
                credited += count
            lapsed += earning.lapse_claims(program)
            while count := earning.expire_due(program):
                expired += count
        orders = shop.lapse()
        self.stdout.write(f"入账 {credited}，未领作废 {lapsed}，逾期订单 {orders}，到期账户 {expired}")
