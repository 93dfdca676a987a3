"""Work by the clock: once a day from an hour on, and what is looked at every minute. The worker's own thread calls :func:`tick`.

Of several workers one asks: a day's row is made once, whoever comes first. A day on which no worker ran is not made up for.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from datetime import datetime
from typing import Final, TypeVar

from django.conf import settings
from django.db import close_old_connections, transaction
from django.utils import timezone

from yangban.web.jobs.models import DailyRun

log = logging.getLogger(__name__)

Ask = Callable[[], object]
"""Asks for work; the work itself is a job."""

Asked = TypeVar("Asked", bound=Ask)

_DAILY: Final[dict[str, Ask]] = {}
_MINUTELY: Final[list[Ask]] = []


def daily(name: str) -> Callable[[Ask], Ask]:
    """Register what asks for a kind of work once a day, after ``settings.DAILY_HOUR`` by the site's clock."""

    def keep(ask: Ask) -> Ask:
        assert name not in _DAILY, name
        _DAILY[name] = ask
        return ask

    return keep


def minutely(ask: Asked) -> Asked:
    """Register what is looked at every minute; it must be cheap when there is nothing to do."""
    _MINUTELY.append(ask)
    return ask


def tick(now: datetime | None = None) -> list[str]:
    """Ask for what is due, and return the names of the daily work that was asked for."""
    moment = timezone.localtime(now or timezone.now())
    asked = []
    if moment.hour >= settings.DAILY_HOUR:
        for name, ask in _DAILY.items():
            with transaction.atomic():
                _, fresh = DailyRun.objects.get_or_create(name=name, day=moment.date(), defaults={"at": moment})
                if fresh:
                    ask()
                    asked.append(name)
    for ask in _MINUTELY:
        ask()
    return asked


def keep_ticking(stop: threading.Event, *, seconds: float = 60.0) -> None:
    """Tick until told to stop; a tick that fails is written to the log, and the next one comes all the same."""
    while not stop.wait(seconds):
        try:
            tick()
        except Exception:
            log.exception("the clock of daily work failed")
        finally:
            close_old_connections()
