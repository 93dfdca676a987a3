"""A public institution's year: filled in by itself, beside quota and the year before, as a page and a Word file; sums for the operator."""

from __future__ import annotations

import io
import json
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import docx
import pytest
from django.core.exceptions import PermissionDenied

from yangban.base.errors import UsageError
from yangban.points.award import Event
from yangban.points.institutions import StaffSums
from yangban.points.schemes import CHINA
from yangban.web.accounts.models import AuditEntry, Organisation
from yangban.web.points import clock, earning, people, units
from yangban.web.points.models import UnitStaff, UnitYear

pytestmark = pytest.mark.django_db

# Of 100 people, by the made-up example set: full marks everywhere but for electricity, 1,900 kWh a head, 95 % of the quota of 2,000.
# Full at 90 %, none at 130 %: (1.3 − 0.95) ÷ 0.4 = 87.5; of the weights 20 are electricity: 100 × 0.80 + 87.5 × 0.20 = 97.50.
USED = {
    "energy": "36000", "electricity": "190000", "water": "1800", "paper": "240000", "waste": "4800", "meetings": "2400", "travel": "120000",
}  # fmt: skip


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> list[datetime]:
    moment = [datetime(2025, 3, 1, 9, tzinfo=CHINA)]
    monkeypatch.setattr(clock, "now", lambda: moment[0])
    return moment


@pytest.fixture
def unit(bureau: Any) -> Organisation:
    return bureau("360100", kind="institution", name="示例单位甲")


@pytest.fixture
def keeper(unit: Organisation, person: Any) -> Any:
    return person("unit_keeper", organisation=unit)


def _text(content: bytes) -> str:
    paper = docx.Document(io.BytesIO(content))
    cells = [cell.text for table in paper.tables for row in table.rows for cell in row.cells]
    return "\n".join([*(each.text for each in paper.paragraphs), *cells])


def test_a_year_is_set_beside_quota_and_the_year_before(program: Any, now: Any, unit: Organisation, keeper: Any) -> None:
    units.fill(keeper, unit, year=2023, staff=100, area_m2=None, used={**USED, "electricity": "200000", "paper": ""} | {"paper": "240000"})
    units.fill(keeper, unit, year=2024, staff=100, area_m2=Decimal(2000), used=USED)
    found = units.report_of(unit, 2024)
    assert found is not None
    assert (found.score.total, found.before and found.before.total) == (Decimal("97.50"), Decimal("95.00"))
    rows = {each.result.item.key: each for each in found.rows}
    power = rows["electricity"]
    assert (power.result.per_head, power.result.ratio, power.before, power.change, power.way) == (1900, Fraction(19, 20), 2000, -5, "down")
    assert (rows["water"].change, rows["water"].way) == (0, "same")
    text = _text(units.word_of(found))
    for said in (
        "示例单位甲", "2024年度节能降碳报告", "低碳得分97.50分，比2023年（95.00分）提高2.50分", "190000", "1900", "95%", "▼ 降 5%",
        "＝ 持平", "87.5", "示例数，得分不是官方结果", "不足5人",
    ):  # fmt: skip
        assert said in text, said
    assert units.word_of(found) == units.word_of(found)
    # A year without a year before, and one with a gap: a gap is no zero.
    first = units.report_of(unit, 2023)
    assert first is not None
    assert "没有2022年的数据可比" in _text(units.word_of(first))
    units.fill(keeper, unit, year=2025, staff=50, area_m2=None, used={"electricity": "0"})
    gap = units.report_of(unit, 2025)
    assert gap is not None
    assert gap.score.status == "insufficient"
    by = {each.result.item.key: each for each in gap.rows}
    assert (by["water"].change, by["electricity"].change) == (None, -100)
    assert "不能计算" in _text(units.word_of(gap))
    assert units.report_of(unit, 2020) is None


def test_who_may_fill_in_and_what(program: Any, now: Any, unit: Organisation, keeper: Any, person: Any, operator: Any, bureau: Any) -> None:
    other = person("unit_keeper", organisation=bureau("360100", kind="institution", name="示例单位乙"))
    for stranger in (other, operator):
        with pytest.raises(PermissionDenied):
            units.fill(stranger, unit, year=2024, staff=100, area_m2=None, used=USED)
    with pytest.raises(UsageError, match="2026"):
        units.fill(keeper, unit, year=2026, staff=100, area_m2=None, used=USED)
    with pytest.raises(UsageError, match="gas"):
        units.fill(keeper, unit, year=2024, staff=100, area_m2=None, used={"gas": "1"})
    assert not UnitYear.objects.exists()
    units.fill(keeper, unit, year=2024, staff=100, area_m2=None, used=USED)
    units.fill(keeper, unit, year=2024, staff=101, area_m2=None, used=USED)
    last = AuditEntry.objects.filter(action="points.unit.filled").order_by("-number")[0]
    assert (last.detail["staff"], last.detail["before"]["staff"]) == (101, 100)


def test_staff_are_sums_alone_and_by_choice(program: Any, now: list[datetime], unit: Organisation, bureau: Any, joined: Any) -> None:
    """Five people of the unit; what they did before they said so, after they left, or in another year is not in its sums."""
    members = [joined(f"1390000000{n}") for n in range(5)]

    def act(member: Any, day: datetime) -> None:
        now[0] = day + timedelta(hours=1)
        event = Event(
            id=f"{member.number}{day:%m%d%H}", channel="x", member=member.number, behaviour="parked", happened_at=day, received_at=now[0],
            amounts={"act": Decimal(1)},
        )  # fmt: skip
        assert earning.receive(program, [event], consented=True)[0].status == "awarded"

    def day(text: str) -> datetime:
        return datetime.fromisoformat(f"{text}T08:00+08:00")

    act(members[0], day("2024-01-10"))
    now[0] = day("2024-02-01")
    for each in members[:4]:
        people.belong(each, unit)
        people.belong(each, unit)  # said twice
    for each in members[:4]:
        act(each, day("2024-02-05"))
    assert units.staff_sums(unit, 2024) == StaffSums(4)
    now[0] = day("2024-03-01")
    people.belong(members[4], unit)
    act(members[4], day("2024-03-02"))
    assert units.staff_sums(unit, 2024) == StaffSums(5, 5, 500, Fraction(15000))
    # One goes to another unit, another leaves; neither's later acts count here, the earlier ones stay.
    now[0] = day("2024-04-01")
    people.belong(members[0], bureau("360100", kind="institution", name="示例单位乙"))
    people.belong(members[1], None)
    act(members[0], day("2024-04-02"))
    act(members[1], day("2024-04-02"))
    act(members[2], day("2024-04-02"))
    act(members[2], day("2025-01-02"))
    assert units.staff_sums(unit, 2024) == StaffSums(5, 6, 600, Fraction(18000))
    assert units.staff_sums(unit, 2025) == StaffSums(3)
    with pytest.raises(UsageError, match="公共机构"):
        people.belong(members[3], program.organisation)
    told = people.export(members[0])["units"]
    assert [(each["unit"], each["until"] is None) for each in told] == [("示例单位甲", False), ("示例单位乙", True)]
    people.erase(members[0])
    assert not UnitStaff.objects.filter(member=members[0]).exists()
    assert "139" not in json.dumps(list(AuditEntry.objects.filter(action__startswith="points.unit").values("subject", "detail")))


def test_the_pages_of_an_institution(
    client: Any, enter: Any, program: Any, operator: Any, unit: Organisation, keeper: Any, bureau: Any, joined: Any
) -> None:
    year = clock.now().year - 1
    enter(keeper)
    assert "还没有填报" in client.get("/desk/points/unit/").content.decode()
    said = {"year": year, "staff": 100, **{f"used:{key}": value for key, value in USED.items()}}
    assert client.post("/desk/points/unit/use/", {**said, "staff": 0}).status_code == 200
    assert client.post("/desk/points/unit/use/", said)["Location"] == f"/desk/points/unit/?year={year}"
    page = client.get("/desk/points/unit/").content.decode()
    assert "97.50" in page
    assert "露出单个单位" in page  # no sums over one
    assert f'value="{year}"' in client.get(f"/desk/points/unit/use/?year={year}").content.decode()
    answer = client.get(f"/desk/points/unit/{year}/report.docx")
    assert "97.50" in _text(answer.content)
    assert "filename*=utf-8''" in answer["Content-Disposition"]
    assert client.get("/desk/points/unit/1999/report.docx").status_code == 404
    for n, name in enumerate(("乙", "丙"), start=1):
        used = {**USED, "electricity": str(n * 100)}
        UnitYear.objects.create(organisation=bureau("360100", kind="institution", name=f"示例单位{name}"), year=year, staff=10, used=used)
    enter(operator)
    assert client.get("/desk/points/unit/").status_code == 403
    page = client.get("/desk/points/units/").content.decode()
    assert "190300" in page  # electricity of all three
    assert "示例单位" not in page
    assert "97.50" not in page
    member = joined()
    enter(member.user)
    assert "我的单位" in client.get("/points/me/").content.decode()
    client.post("/points/me/", {"unit": unit.pk})
    assert member.units.get().organisation == unit
    client.post("/points/me/", {"unit": ""})
    assert member.units.get().until is not None
