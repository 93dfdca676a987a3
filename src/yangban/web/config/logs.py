"""The log as lines of JSON, and a line for every request: its number, who by number alone, what was asked, how it ended, how long it took.

No name, no question and no form is written. Of the address its pattern alone is: the words in it may be what somebody typed, or the
secret by which a password is set or a calendar is read.
"""

from __future__ import annotations

import json
import logging
import re
import time
import uuid
from collections.abc import Callable
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse

log = logging.getLogger("yangban.request")
NUMBER: ContextVar[str] = ContextVar("yangban_request", default="")
"""The number of the request that is being answered, in whatever this process writes meanwhile."""
FACTS: Final = ("method", "route", "action", "status", "ms", "user")
_GIVEN: Final = re.compile(r"[A-Za-z0-9-]{8,64}")


class Lines(logging.Formatter):
    """A record as one line of JSON; a fault stands in it whole, with its lines."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        at = datetime.fromtimestamp(record.created, tz=UTC).isoformat(timespec="milliseconds")
        told: dict[str, object] = {"at": at, "level": record.levelname, "logger": record.name, "message": record.getMessage()}
        if number := getattr(record, "request_number", "") or NUMBER.get():
            told["request"] = number
        told |= {name: getattr(record, name) for name in FACTS if getattr(record, name, None) is not None}
        if record.exc_info:
            told["fault"] = self.formatException(record.exc_info)
        return json.dumps(told, ensure_ascii=False, default=str)


class Requests:
    """Number every request and write its line. A number that one's own proxy gave is kept, so that both logs can be laid side by side."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer the request."""
        given = request.META.get("HTTP_X_REQUEST_ID", "") if settings.TRUSTED_PROXIES else ""
        number = given if _GIVEN.fullmatch(given) else uuid.uuid4().hex
        mark, begun = NUMBER.set(number), time.perf_counter()
        try:
            response = self.get_response(request)
            response["X-Request-Id"] = number
            if log.isEnabledFor(logging.INFO):
                match = request.resolver_match
                # Who asked is known where a page has looked already; the log itself looks nobody up.
                user = getattr(request, "_cached_user", None)
                facts = {
                    "method": request.method, "route": match.route if match else None,
                    "action": getattr(match.func, "action", None) if match else None,
                    "status": response.status_code, "ms": round((time.perf_counter() - begun) * 1000, 1), "user": getattr(user, "pk", None),
                }  # fmt: skip
                log.info("%s %s", request.method, response.status_code, extra={**facts, "request_number": number})
            return response
        finally:
            NUMBER.reset(mark)
