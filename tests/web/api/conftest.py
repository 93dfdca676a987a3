"""Keys for the tests of the interface, and counters that begin at nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import caches
from django.utils import timezone


@pytest.fixture(autouse=True)
def _nothing_counted(db: None) -> Iterator[None]:
    from yangban.web.api import rates

    rates.forget()
    caches["answers"].clear()
    yield
    rates.forget()
    caches["answers"].clear()


@pytest.fixture
def make_key(person: Callable[..., Any], bureau: Callable[..., Any]) -> Callable[..., Any]:
    """A key and its row: ``make_key("readings:write", region="360100")``."""
    from yangban.web.api import keys

    def make(*scopes: str, region: str = "360000", days: float = 30) -> Any:
        row, key = keys.make(
            person("security"),
            name="测试用",
            organisation=bureau(region),
            region=region,
            scopes=scopes,
            expires_at=timezone.now() + timedelta(days=days),
        )
        return row, key

    return make


@pytest.fixture
def bearer() -> Callable[[str], dict[str, str]]:
    """The header of a key."""
    return lambda key: {"HTTP_AUTHORIZATION": f"Bearer {key}"}


@pytest.fixture
def post(client: Any, django_capture_on_commit_callbacks: Any) -> Callable[..., Any]:
    """Send a delivery, and run the work that it asks for unless told to wait."""

    def go(key: str, *, word: str = "one", work: bool = True, **content: Any) -> Any:
        headers = {"HTTP_AUTHORIZATION": f"Bearer {key}", "HTTP_IDEMPOTENCY_KEY": word}
        with django_capture_on_commit_callbacks(execute=work):
            if "json" in content:
                return client.post("/api/v1/readings", content["json"], content_type="application/json", **headers)
            return client.post("/api/v1/readings", content, **headers)

    return go
