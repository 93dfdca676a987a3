"""What time brings to the points, once a day: credits that fell due, claims and orders that lapsed, points that expired."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final

from yangban.web.jobs.daily import daily
from yangban.web.jobs.models import Job
from yangban.web.jobs.work import Reporter, enqueue, kind
from yangban.web.points import earning, shop
from yangban.web.points.models import Program

KIND: Final = "points.sweep"


@dataclass
class Swept:
    """How many of each."""

    credited: int = 0
    lapsed: int = 0
    orders: int = 0
    expired: int = 0


def sweep() -> Swept:
    """Do it for every scheme; each batch is a transaction of its own, so that a kill loses nothing and a second run finds what is left."""
    done = Swept()
    for program in Program.objects.exclude(state=Program.State.SEALED).order_by("pk"):
        while count := earning.credit_due(program):
            done.credited += count
        done.lapsed += earning.lapse_claims(program)
        while count := earning.expire_due(program):
            done.expired += count
    done.orders = shop.lapse()
    return done


@daily(KIND)
def every_day() -> Job | None:
    """Ask for it, where there is a scheme."""
    return enqueue(KIND, "积分到点事项", {}, user=None) if Program.objects.exists() else None


@kind(KIND)
def work(_job: Job, _say: Reporter) -> tuple[Mapping[str, Any], bool]:
    """Sweep."""
    return asdict(sweep()), True
