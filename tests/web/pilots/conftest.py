"""A made-up county that applies, its offices, three experts, and a department that supports a pilot. Nothing of it is real."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import translation

COUNTY, CITY, PROVINCE = "360725", "360700", "360000"
EDITION = "demonstration-area-2019"
WHO = {
    "province": ("测试省环委办", PROVINCE, "office"), "city": ("测试市环委办", CITY, "office"),
    "county": ("测试县环委办", COUNTY, "office"), "unit": ("测试县政府", COUNTY, "head"), "fill": ("测试县政府", COUNTY, "reporter"),
    "other": ("测试邻县政府", "360733", "head"), "else": ("另一市环委办", "360100", "office"),
    "reader": ("测试市水利局", CITY, "reader"), "watch": ("测试省督察办", PROVINCE, "supervision"),
    "expert1": ("甲院", PROVINCE, "expert"), "expert2": ("乙院", PROVINCE, "expert"), "expert3": ("丙院", PROVINCE, "expert"),
    "support": ("测试省林业局", PROVINCE, "head"), "admin": ("测试省厅", PROVINCE, "admin"),
}  # fmt: skip


@dataclass
class Town:
    """People and units by a short word, and a clock that each act moves on."""

    people: dict[str, Any]
    units: dict[str, Any]
    moment: datetime = datetime(2024, 1, 8, 1, 0, tzinfo=UTC)

    def tick(self, **step: int) -> datetime:
        self.moment += timedelta(**(step or {"hours": 1}))
        return self.moment

    def act(self, who: str, row: Any, event: str, **facts: Any) -> Any:
        from yangban.web.pilots import applying

        return applying.act(self.people[who], row.pk, event, seen=row.revision, facts=facts, at=self.tick())

    def files(self, who: str, row: Any) -> Any:
        from django.core.files.uploadedfile import SimpleUploadedFile

        from yangban.web.pilots import applying

        made = applying.add_files(self.people[who], row, [SimpleUploadedFile("材料.pdf", f"虚构 {row.number}".encode())])
        return applying.shown_files(row, [each.digest for each in made])

    def opened(self, who: str = "unit") -> Any:
        from yangban.web.pilots import applying

        return applying.open_application(self.people[who], programme=EDITION, applicant=self.units[who], at=self.tick())

    def reach(self, state: str) -> Any:
        """An application that has come to a state, by the shortest way."""
        from yangban.web.pilots import applying

        row = self.opened()
        if state == "draft":
            return row
        row = applying.self_check(self.people["unit"], row.pk, "2023", seen=row.revision, at=self.tick())
        told = tuple(f"{each}：虚构" for each in row.body["unmet"])
        ways: list[tuple[str, Callable[[Any], Any]]] = [
            ("checked", lambda row: row),
            ("county_review", lambda row: self.act("unit", row, "submit", dossier=self.files("unit", row), explanations=told)),
            ("city_review", lambda row: self.act("county", row, "pass", opinion="好")),
            ("province_review", lambda row: self.act("city", row, "pass", opinion="好")),
            ("field_check", self._scored),
            ("inspected", self._inspected),
            ("public_notice", lambda row: self.act("province", row, "notice", notice_until=date.today() + timedelta(days=5), basis="文")),
        ]
        for name, go in ways:
            row = go(row)
            if name == state:
                return row
        raise AssertionError(state)

    def _scored(self, row: Any) -> Any:
        names = tuple(self.people[who].get_username() for who in ("expert1", "expert2"))
        row = self.act("province", row, "appoint", experts=names)
        for who in ("expert1", "expert2"):
            row = self.act(who, row, "score", score=Decimal(80), opinion=f"{who} 的意见", advice="yes")
        return self.act("province", row, "to_field", opinion="过")

    def _inspected(self, row: Any) -> Any:
        facts: dict[str, Any] = {"day": self.moment.date(), "inspectors": ("员",), "record": "属实"}
        return self.act("province", row, "field_record", **facts, evidence=self.files("province", row))


@pytest.fixture(autouse=True)
def _chinese() -> Iterator[None]:
    """What an English page has chosen does not outlive its test."""
    with translation.override("zh-hans"):
        yield


@pytest.fixture
def town(db: None) -> Town:
    from yangban.web.accounts.models import Membership, Organisation, User

    people, units = {}, {}
    for word, (name, region, role) in WHO.items():
        kind = "bureau" if role == "admin" else "department"
        units[word], _ = Organisation.objects.get_or_create(name=name, region=region, defaults={"kind": kind})
        people[word] = User.objects.create_user(username=f"p.{word}", password="a word of twelve letters")
        Membership.objects.create(user=people[word], organisation=units[word], role=role, valid_from=date(2020, 1, 1))
    return Town(people, units)


@pytest.fixture
def project(town: Town) -> Any:
    """A project of the county's government, public."""
    from yangban.web.pilots import projecting

    day = date.today()
    row = projecting.new_project(
        town.people["unit"], word="mine-1", title="废弃矿山修复（虚构）", kind="mine", region=COUNTY, unit=town.units["unit"],
        starts=day - timedelta(days=100), ends=day + timedelta(days=100), indicators=("air.pm25.mean",), before="2022", after="2023",
        subject=CITY,
    )  # fmt: skip
    projecting.show(town.people["county"], row, True)
    return row
