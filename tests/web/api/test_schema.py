"""The schema tells the truth: schemathesis sends what it allows and what it does not, and holds the answers against it.

A long run: ``YANGBAN_FUZZ=500 pytest tests/web/api/test_schema.py`` (examples for each operation).
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from hypothesis import HealthCheck, assume, given, settings
from schemathesis.checks import CHECKS

from yangban.web.config.wsgi import application

EXAMPLES = int(os.environ.get("YANGBAN_FUZZ", "8"))


@pytest.fixture
def whole(make_key: Any, settings: Any, own_workspace: Any) -> Any:
    """The schema over the site itself, with a key that may everything, and no limits."""
    settings.API_LIMITS = {"address": 10**9, "key": 10**9, "write": 10**9}
    schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", application)
    # What fits the schema may still name a place that there is not (422), or a cursor that nobody gave (400).
    schema.config.checks.positive_data_acceptance.expected_statuses = ["2xx", "400", "401", "403", "404", "409", "422"]
    return schema, {"Authorization": f"Bearer {make_key('readings:write', 'internal:read', 'points:report')[1]}"}


@pytest.fixture(autouse=True)
def _kept_open() -> Iterator[None]:
    """The application closes old connections after each request; here that would be the test's own, in its transaction."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


def unsaid(body: Any) -> bool:
    return not isinstance(body, dict) or any(value in (None, "", [], {}) for value in body.values())


@pytest.mark.django_db
def test_answers_are_as_the_schema_says(whole: Any) -> None:
    """Every operation, with what fits and what does not: no fault of the program, and answers of the promised shapes."""
    asked: dict[str, int] = {}
    schema, header = whole
    for result in schema.get_all_operations():
        operation = result.ok()

        def send(case: Any) -> None:
            # The client leaves empty fields of a form out, and what is left is right; empty ones are tested in test_deliveries.
            assume(case.media_type != "multipart/form-data" or not unsaid(case.body))
            asked[case.operation.label] = asked.get(case.operation.label, 0) + 1
            case.call_and_validate(headers=header)

        for mode in schemathesis.GenerationMode:
            strategy = operation.as_strategy(generation_mode=mode)
            check = settings(
                max_examples=EXAMPLES, deadline=None, database=None, derandomize=EXAMPLES <= 8, suppress_health_check=list(HealthCheck)
            )(given(case=strategy)(send))
            check()
    assert len(asked) == 14
    assert CHECKS.get_all()
