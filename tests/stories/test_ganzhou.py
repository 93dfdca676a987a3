"""A year of a "Beautiful Ganzhou": 22 tasks with 163 projects, 36 departments, 18 counties, from issue to relapse.

The departments are called as a city's departments are; which 36 units the real plan names is not public, and every task, number and
progress here is made up. Nobody has a name. The Figures are those of a synthetic year.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from web.conftest import _fresh as _fresh
from web.conftest import _site_workspace as _site_workspace
from web.conftest import django_db_setup as django_db_setup
from web.conftest import enter as enter
from web.conftest import own_workspace as own_workspace
from web.prepared import prepared as prepared
from yangban.base import regions
from yangban.base.errors import NotAllowed
from yangban.base.periods import parse
from yangban.govern.model import Terms
from yangban.govern.rows import task_of
from yangban.indicators.targets import Target

pytestmark = pytest.mark.django_db

CITY = "360700"
DEPARTMENTS = (
    "生态环境局", "自然资源局", "水利局", "林业局", "农业农村局", "住房和城乡建设局", "发展和改革委员会", "工业和信息化局", "财政局",
    "交通运输局", "科学技术局", "教育局", "公安局", "民政局", "司法局", "人力资源和社会保障局", "商务局", "文化广电旅游局",
    "卫生健康委员会", "应急管理局", "审计局", "市场监督管理局", "统计局", "城市管理局", "行政审批局", "乡村振兴局", "机关事务管理中心",
    "气象局", "税务局", "国有资产监督管理委员会", "医疗保障局", "体育局", "退役军人事务局", "信访局", "金融工作办公室", "供销合作社",
)  # fmt: skip


class Year:
    """The places, people and clock of the story."""

    def __init__(self) -> None:
        from yangban.web.accounts.models import Membership, Organisation, User

        self.moment = datetime(2023, 1, 5, 1, 0, tzinfo=UTC)
        self.people: dict[str, Any] = {}
        self.counties = regions.children(CITY, level="county")

        def post(word: str, name: str, region: str, role: str) -> None:
            unit, _ = Organisation.objects.get_or_create(name=name, region=region, kind="department")
            self.people[word] = User(username=word, password="!")
            self.people[word].save()
            Membership.objects.create(user=self.people[word], organisation=unit, role=role, valid_from=date(2020, 1, 1))

        post("省办", "江西省生态环境保护委员会办公室", "360000", "office")
        post("省厅", "江西省生态环境厅", "360000", "head")
        post("督察", "江西省督察办（虚构）", "360000", "supervision")
        post("市办", "赣州市生态环境保护委员会办公室", CITY, "office")
        for each in DEPARTMENTS:
            post(f"赣州市{each}", f"赣州市{each}", CITY, "head")
        post("填报", "赣州市自然资源局", CITY, "reporter")
        for place in self.counties:
            post(f"{place.code}办", f"{place.name}生态环境保护委员会办公室", place.code, "office")
            post(f"{place.code}", f"{place.name}人民政府", place.code, "head")
            post(f"{place.code}填", f"{place.name}人民政府", place.code, "reporter")

    def tick(self, **step: int) -> datetime:
        self.moment += timedelta(**(step or {"minutes": 5}))
        return self.moment

    def at(self, month: int, day: int, year: int = 2023) -> datetime:
        self.moment = datetime(year, month, day, 1, 0, tzinfo=UTC)
        return self.moment


@pytest.fixture
def year(db: None, own_workspace: Any, monkeypatch: Any) -> Iterator[Year]:
    from yangban.web.plans import tasks

    made = Year()
    monkeypatch.setattr(tasks, "now", lambda: made.moment)
    return made


def target(indicator: str, value: str, direction: str, unit: str) -> Target:
    return Target(
        indicator=indicator, subject=CITY, period=parse("2023"), value=Decimal(value), direction=direction, unit=unit, source="虚构",
        confidence="unverified", met_by="rounded", decimals=1 if unit == "%" else 0,
    )  # fmt: skip


def test_a_year_of_a_beautiful_city(year: Year, enter: Any) -> None:
    from yangban.web.accounts.audit import problems
    from yangban.web.plans import evidence, looking, office, reports, tasks, warning_rows
    from yangban.web.plans.models import MeasuredWarning, Note, StepRecord, Task, TaskReport

    assert len(DEPARTMENTS) == 36
    assert len(year.counties) == 18

    # January: the province issues, its lead splits to the city's 22, their leads split to the counties: 163 projects.
    year_end = date(2023, 12, 20)
    terms = Terms(
        title="美丽赣州（虚构）", basis="演示文〔2023〕1号", deadline=year_end, lead="江西省生态环境厅", amount=Decimal(163), unit="个"
    )
    top = tasks.issue(
        year.people["省办"],
        tasks.draft(number="省-1", terms=terms, place="360000", office="江西省生态环境保护委员会办公室", demo=True),
    )
    amounts = [8] * 9 + [7] * 13
    parts = [
        {
            "number": f"市-{n + 1:02d}", "place": CITY, "lead": f"赣州市{DEPARTMENTS[n]}", "title": f"任务{n + 1}（虚构）",
            "amount": Decimal(amount),
            "assisting": (f"赣州市{DEPARTMENTS[22 + n % 14]}",),
        }
        for n, amount in enumerate(amounts)
    ]  # fmt: skip
    short = [{**parts[0], "amount": Decimal(9)}, *parts[1:]]
    with pytest.raises(NotAllowed, match="分解数合计 164个"):
        tasks.split(year.people["省厅"], top.pk, seen=1, measures=("分解",), parts=short, at=year.tick())
    tasks.split(year.people["省厅"], top.pk, seen=1, measures=("分解",), parts=parts, at=year.tick())
    cities = list(Task.objects.filter(parent=top).order_by("number"))
    for n, row in enumerate(cities):
        below = [
            {"number": f"{row.number}-{k + 1}", "place": place.code, "lead": f"{place.name}人民政府", "amount": Decimal(1)}
            for k, place in enumerate((year.counties[n % 18 :] + year.counties[: n % 18])[: amounts[n]])
        ]
        tasks.split(year.people[row.lead], row.pk, seen=1, measures=("落实到县",), parts=below, at=year.tick())
    counted = {level: Task.objects.filter(root=top.pk, level=level).count() for level in ("province", "city", "county")}
    assert counted == {"province": 1, "city": 22, "county": 163}
    assert {task_of(each.body).listed_by for each in Task.objects.all()} == {"province"}

    # Eleven months of reports of one county, on one page each, at most twenty fields typed; three signatures each, one return.
    county = year.counties[4]
    for row in Task.objects.filter(level="county", place=county.code):
        tasks.split(year.people[county.code], row.pk, seen=1, measures=("施工",), at=year.tick())
    mine = Task.objects.filter(level="county", place=county.code).count()
    assert mine >= 6
    typed = 0
    for month, progress in ((each, str(9 * each)) for each in range(1, 12)):
        period = f"2023-{month:02d}"
        year.at(month + 1, 2)
        client = enter(year.people[f"{county.code}填"])
        page = client.get(f"/desk/tasks/month/{period}/").text
        fields = dict(re.findall(r'name="(progress\.[0-9a-f]+)" value="([^"]*)"', page))
        assert len(fields) == mine
        changed = dict.fromkeys(fields if month == 1 else list(fields)[:2], progress)
        typed = len(changed)
        boxes = {f"send.{name.split('.')[1]}": "1" for name in fields}
        assert client.post(f"/desk/tasks/month/{period}/", {**fields, **changed, **boxes}).status_code == 302
        for who in (county.code, "市办", "省办"):
            year.tick()
            waiting = [each for each in reports.waiting_for(year.people[who]) if each.state != "draft"]
            assert len(waiting) == mine
            sent = {"chosen": [each.pk for each in waiting], **{f"seen.{each.pk}": each.step for each in waiting}}
            assert enter(year.people[who]).post("/desk/tasks/reports/", sent).status_code == 302
        assert TaskReport.objects.filter(period=period, state="accepted").count() == mine
    assert typed <= 20
    cells = looking.by_place(Task.objects.all(), year.moment.date(), level="county", region=CITY)
    assert sum(each.total for each in cells.values()) == 163

    # Two warnings from measured Figures, on the unit that leads the task with the target; the same Figure warns once.
    own = Terms(
        title="空气质量（虚构）", basis="演示文〔2023〕2号", deadline=year_end, lead="赣州市生态环境局",
        targets=(target("air.pm25.mean", "1", "at_most", "µg/m³"), target("air.good_day_ratio", "100.0", "at_least", "%")),
    )  # fmt: skip
    air = tasks.issue(
        year.people["市办"], tasks.draft(number="气-1", terms=own, place=CITY, office="赣州市生态环境保护委员会办公室", demo=True)
    )
    year.at(12, 31)
    made = warning_rows.scan([air], period="2023", today=year.moment.date(), user=year.people["市办"])
    assert sorted(each.indicator for each in made) == ["air.good_day_ratio", "air.pm25.mean"]
    assert all(each.figure["display"] and each.synthetic for each in made)
    assert {unit.name for each in made for unit in each.units.all()} == {"赣州市生态环境局"}
    assert not warning_rows.scan([air], period="2023", today=year.moment.date())
    assert Note.objects.filter(user=year.people["赣州市生态环境局"], kind="warning").count() == MeasuredWarning.objects.count() == 2

    # One rectification: judged late, warned, supervised by a letter, back, one failed and one passed acceptance, closed, relapsed.
    year.at(2, 1)
    mine_terms = Terms(
        title="废弃矿山（虚构）", basis="演示文〔2023〕3号", deadline=date(2023, 11, 30), lead="赣州市自然资源局", acceptance="赣州市林业局"
    )
    row = tasks.issue(
        year.people["市办"],
        tasks.draft(
            number="改-1", terms=mine_terms, place=CITY, office="赣州市生态环境保护委员会办公室", workflow="rectification", demo=True
        ),
    )

    def act(who: str, event: str, **facts: Any) -> Task:
        nonlocal row
        row.refresh_from_db()
        row = tasks.act(year.people[who], row.pk, event, seen=row.revision, facts=facts, at=year.tick())
        return row

    act("赣州市自然资源局", "split", measures=("复绿",), milestones=("六月过半",))
    year.at(6, 20)
    assert [each.sign.level for each in office.proposals(row_office(year), "2023-05", year.moment.date()) if each.row.pk == row.pk] == [
        "none"
    ]
    office.confirm(year.people["市办"], "2023-05", {row.pk: ("yellow", "一直未报进展")})
    row.refresh_from_db()
    assert office.step_for(row).step.key == "function_letter"
    act("市办", "warn", reason="一直未报进展", step_due=date(2023, 8, 31))
    papers = {
        "letter": office.make_paper(
            year.people["市办"], "letter", number="督〔2023〕1号", task=row, reason="一直未报", step_due=date(2023, 8, 31)
        ),
        "dispatch": office.make_paper(year.people["市办"], "dispatch", number="调〔2023〕5期", period="2023-05"),
        "circular": office.make_paper(year.people["市办"], "circular", number="通〔2023〕1号", period="2023-Q2", demands=("按月报送",)),
    }
    from docx import Document

    for kind, (paper, content) in papers.items():
        text = "".join(each.text for each in Document(io.BytesIO(content)).paragraphs)
        assert paper.number in text, kind
    act("市办", "supervise", reason="仍未报", letter="督〔2023〕1号")
    proof = evidence.add(year.people["填报"], row.pk, [SimpleUploadedFile("复绿前后.jpg", b"made up")])
    shown = evidence.shown(row, [proof[0].digest])
    held = reports.fill(year.people["填报"], row.pk, "2023-06", progress="100", evidence=[proof[0].digest], at=year.at(7, 3))
    reports.step(year.people["赣州市自然资源局"], held.pk, "sign", seen=held.step, at=year.tick())
    act("市办", "catch_up", evidence=shown)
    act("赣州市自然资源局", "apply", dossier=shown)
    with pytest.raises(NotAllowed):
        act("赣州市自然资源局", "fail", reason="自己验收自己")
    act("赣州市林业局", "fail", reason="成活率不足")
    act("赣州市自然资源局", "apply", dossier=shown)
    ticks = tuple(each.key for each in tasks.governance.acceptance().criteria)
    assert len(ticks) == 5
    act("赣州市林业局", "pass", signature="验收组", criteria=ticks, notice_until=date(2023, 7, 20))
    with pytest.raises(NotAllowed, match="公示到 2023-07-20"):
        act("市办", "close", filing="销〔2023〕1号", archive="柜1")
    year.at(7, 21)
    assert act("市办", "close", filing="销〔2023〕1号", archive="柜1").ended
    year.at(10, 9)
    relapsed = act("督察", "relapse", reason="边坡再次裸露", evidence=shown)
    assert (relapsed.state, relapsed.percent, len(task_of(relapsed.body).closings)) == ("reopened", None, 1)

    # Every log holds together, and so does the audit.
    assert [tasks.problems(pk) for pk in (top.pk, row.pk, cities[0].pk)] == [[], [], []]
    assert problems() == []
    assert StepRecord.objects.filter(subject=row.pk).count() == row.revision


def row_office(year: Year) -> Any:
    from yangban.web.plans import office

    return office.office_post(year.people["市办"])
