"""An operator that runs the example scheme, members, and people who work for the operator."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from yangban.points.award import Event

PASSWORD = "seven green lanterns"


@pytest.fixture
def program(bureau: Callable[..., Any]) -> Any:
    """The example scheme, run by an operator; ten points cost one yuan."""
    from yangban.web.points.models import Program

    operator = bureau("360000", kind="operator", name="示例积分运营中心")
    return Program.objects.create(scheme="example", organisation=operator, fen_per_point=Decimal(10))


@pytest.fixture
def operator(program: Any, person: Callable[..., Any]) -> Any:
    """Who runs the points."""
    return person("points_operator", organisation=program.organisation)


@pytest.fixture
def reviewer(program: Any, person: Callable[..., Any]) -> Any:
    """Who reviews them."""
    return person("points_reviewer", organisation=program.organisation)


@pytest.fixture
def joined(db: None) -> Callable[..., Any]:
    """A new member: ``joined("13900000001")``."""
    from yangban.web.points import people

    return lambda name="13900000001": people.join(name, PASSWORD)


@pytest.fixture
def report(program: Any) -> Callable[..., Any]:
    """One report of a partner, and its outcome: ``report(member, "steps", step=7250)``."""
    from yangban.web.points import earning, people

    count = [0]

    def go(member: Any, behaviour: str, *, id: str = "", at: datetime | None = None, **words: Any) -> Any:
        count[0] += 1
        kept = {name: words.pop(name) for name in ("evidence", "proof", "device", "minutes") if name in words}
        people.consent(member, "org1")
        moment = at or timezone.now() - timedelta(minutes=5)
        event = Event(
            id=id or f"e{count[0]}", channel="org1", member=member.number, behaviour=behaviour, happened_at=moment,
            received_at=timezone.now(), amounts={name.replace("__", "."): Decimal(value) for name, value in words.items()}, **kept,
        )  # fmt: skip
        return earning.receive(program, [event])[0]

    return go
