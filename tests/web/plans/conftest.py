"""A made-up city: offices at three levels, two departments, counties; people with no names. Nothing here is anybody's real task."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from yangban.govern.model import Terms

START = datetime(2026, 1, 5, 1, 0, tzinfo=UTC)


@dataclass
class Town:
    """Organisations and people by a short word, and a clock that each act moves on."""

    people: dict[str, Any]
    units: dict[str, Any]
    moment: datetime = START
    counter: Any = field(default_factory=lambda: itertools.count(1))

    def tick(self, **step: int) -> datetime:
        self.moment += timedelta(**(step or {"hours": 1}))
        return self.moment

    def at(self, year: int, month: int, day: int) -> datetime:
        self.moment = datetime(year, month, day, 2, 0, tzinfo=UTC)
        return self.moment

    def terms(self, **changes: Any) -> Terms:
        made: dict[str, Any] = {
            "title": "矿山复绿（虚构）", "basis": "测试文〔2026〕1号", "deadline": date(2026, 11, 30), "lead": "测试市水利局",
            "responsible": ("测试县政府",), "assisting": ("测试市林业局",), "acceptance": "测试市验收局",
        }  # fmt: skip
        return Terms(**{**made, **changes})

    def issued(self, *, workflow: str = "yearly", place: str = "360700", by: str = "office.city", **terms: Any) -> Any:
        from yangban.web.plans import tasks

        made = tasks.draft(
            number=f"测-{next(self.counter):04d}",
            terms=self.terms(**terms),
            place=place,
            office=self.units[by].name,
            workflow=workflow,
            demo=True,
        )
        return tasks.issue(self.people[by], made, at=self.tick())

    def working(self, **given: Any) -> Any:
        from yangban.web.plans import tasks

        row = self.issued(**given)
        milestones = ("六月过半",) if row.workflow == "rectification" else ()
        return tasks.split(self.people["head.water"], row.pk, seen=1, measures=("复绿",), milestones=milestones, at=self.tick())


UNITS = {
    "office.province": ("测试省委员会办公室", "360000", "office"),
    "office.city": ("测试市委员会办公室", "360700", "office"),
    "office.county": ("测试县委员会办公室", "360725", "office"),
    "office.other": ("另一市委员会办公室", "360100", "office"),
    "head.water": ("测试市水利局", "360700", "head"),
    "fill.water": ("测试市水利局", "360700", "reporter"),
    "head.forest": ("测试市林业局", "360700", "head"),
    "head.accept": ("测试市验收局", "360700", "head"),
    "head.county": ("测试县政府", "360725", "head"),
    "fill.county": ("测试县政府", "360725", "reporter"),
    "watch": ("测试省督察办", "360000", "supervision"),
}


def build() -> Town:
    """The city in the database."""
    from yangban.web.accounts.models import Membership, Organisation, User

    people, units = {}, {}
    for word, (name, region, role) in UNITS.items():
        units[word], _ = Organisation.objects.get_or_create(name=name, region=region, kind="department")
        people[word] = User.objects.create_user(username=word, password="a word of twelve letters", email=f"{word}@example.org")
        Membership.objects.create(user=people[word], organisation=units[word], role=role, valid_from=date(2020, 1, 1))
    return Town(people, units)


@pytest.fixture
def town(db: None) -> Town:
    return build()


@pytest.fixture
def upload() -> Callable[..., Any]:
    from django.core.files.uploadedfile import SimpleUploadedFile

    def make(name: str = "现场.jpg", content: bytes = b"a picture") -> Any:
        return SimpleUploadedFile(name, content)

    return make
