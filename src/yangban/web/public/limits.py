"""How often something may be asked for: counters that all processes share. An address is kept only as a digest, and only in the counter."""

from __future__ import annotations

import hmac
from typing import Final

from django.conf import settings
from django.core.cache import caches
from django.http import HttpRequest

_DIGITS: Final = 32


def allowed(what: str, who: str, *, most: int, seconds: int) -> bool:
    """Count one more; False when there have been more than ``most`` since the counter was last empty for ``seconds``."""
    cache = caches["default"]
    key = f"limit-{what}-{who}"
    if cache.add(key, 1, seconds):
        return True
    try:
        return int(cache.incr(key)) <= most
    except ValueError:
        cache.add(key, 1, seconds)
        return True


def address_of(request: HttpRequest) -> str:
    """The address of the caller: that of the connection, or what the trusted proxies before us wrote down."""
    behind = settings.TRUSTED_PROXIES
    if behind:
        passed = [each.strip() for each in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",") if each.strip()]
        if len(passed) >= behind:
            return passed[-behind][:64]
    return str(request.META.get("REMOTE_ADDR", ""))[:64]


def sender(request: HttpRequest) -> str:
    """Who asks, as a digest that leads back to no address."""
    return hmac.new(settings.SECRET_KEY.encode(), address_of(request).encode(), "sha256").hexdigest()[:_DIGITS]
