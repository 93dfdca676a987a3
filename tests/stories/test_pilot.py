"""Two counties that apply for a title: one from self-check to naming, re-check and warning, the other to rejection with reasons.

The places exist; every value, document, number and decision here is made up, and nobody has a name. The Figures are those of a synthetic
year. The edition is that of 2019, the last whose table for counties is in the book.
"""

from __future__ import annotations

import re
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
from yangban.base.errors import NotAllowed, Stale
from yangban.govern.applications import application_of
from yangban.readings.reported import append, reported_of

pytestmark = pytest.mark.django_db

EDITION = "demonstration-area-2019"
GOOD, BAD = "360725", "360733"
YES = (
    "plan", "deployment", "river_chief", "planning_eia", "invasive", "soil_list", "emergency", "natural_space", "household_waste",
    "good_days.task", "pm25.task", "good_water.task", "inferior_water.task", "black_water.task", "shoreline.task", "river_shore.task",
    "energy.task", "water_use.task", "toilets.task",
)  # fmt: skip
NUMBERS = {
    "appraisal": "22", "disclosure": "100", "ei": "82", "forest_grass": "88.3", "species": "97", "hazardous_waste": "100",
    "land_use": "4.9",
    "straw": "95", "manure": "92", "film": "85", "solid_waste": "90", "drinking_water": "100", "village_water": "100", "sewage": "96",
    "waste": "100", "green_building": "70", "green_purchase": "91", "training": "100", "satisfaction": "93", "participation": "90",
}  # fmt: skip
KEPT = {
    "black_water": ("%", "0", "0"), "energy": ("吨标准煤/万元", "0.30", "0.29"), "water_use": ("m³/万元", "60", "58"),
    "aquatic": ("%", "100", "100"),
    "good_days": ("%", "98.1", "98.4"), "pm25": ("µg/m³", "20", "19"), "good_water": ("%", "100", "100"), "inferior_water": ("%", "0", "0"),
}  # fmt: skip


class Story:
    """People by a short word, and a clock that each act moves on."""

    def __init__(self) -> None:
        from yangban.web.accounts.models import Membership, Organisation, User

        self.moment = datetime(2024, 1, 8, 1, 0, tzinfo=UTC)
        self.people: dict[str, Any] = {}
        self.units: dict[str, Any] = {}
        for word, name, region, role in (
            ("省办", "江西省生态环境保护委员会办公室", "360000", "office"), ("市办", "赣州市生态环境保护委员会办公室", "360700", "office"),
            ("崇义办", "崇义县生态环境保护委员会办公室", GOOD, "office"), ("会昌办", "会昌县生态环境保护委员会办公室", BAD, "office"),
            ("崇义", "崇义县人民政府", GOOD, "head"), ("崇义填报", "崇义县人民政府", GOOD, "reporter"),
            ("会昌", "会昌县人民政府", BAD, "head"),
            ("督察", "江西省督察办（虚构）", "360000", "supervision"), ("读者", "赣州市水利局", "360700", "reader"),
            ("专家甲", "甲研究院（虚构）", "360000", "expert"), ("专家乙", "乙大学（虚构）", "360000", "expert"),
            ("专家丙", "丙研究院（虚构）", "360100", "expert"), ("专家丁", "丁研究院（虚构）", "360000", "expert"),
            ("县内专家", "崇义县环境监测站（虚构）", GOOD, "expert"), ("市内专家", "赣州市规划院（虚构）", "360700", "expert"),
        ):  # fmt: skip
            self.units[word], _ = Organisation.objects.get_or_create(name=name, region=region, defaults={"kind": "department"})
            self.people[word], _ = User.objects.get_or_create(username=word, defaults={"password": "!"})
            Membership.objects.get_or_create(
                user=self.people[word], organisation=self.units[word], role=role, defaults={"valid_from": date(2020, 1, 1)}
            )

    def tick(self, **step: int) -> datetime:
        self.moment += timedelta(**(step or {"hours": 2}))
        return self.moment

    @property
    def day(self) -> date:
        return self.moment.date()

    def act(self, who: str, row: Any, event: str, **facts: Any) -> Any:
        from yangban.web.pilots import applying

        return applying.act(self.people[who], row.pk, event, seen=row.revision, facts=facts, at=self.tick())

    def files(self, who: str, row: Any, *names: str) -> Any:
        from yangban.web.pilots import applying

        made = applying.add_files(
            self.people[who], row, [SimpleUploadedFile(name, f"虚构：{row.number} {name} {self.moment}".encode()) for name in names]
        )
        return applying.shown_files(row, [each.digest for each in made])

    def open(self, who: str) -> Any:
        from yangban.web.pilots import applying

        return applying.open_application(self.people[who], programme=EDITION, applicant=self.units[who], at=self.tick())


@pytest.fixture
def story(own_workspace: Any) -> Story:
    """Both counties have reported; one of them misses a threshold, lets PM2.5 rise and says nothing of its drinking water."""

    def row(key: str, value: str, subject: str, period: str = "2023", unit: str = "%") -> Any:
        return reported_of(
            {"key": key, "subject": subject, "period": period, "value": value, "unit": unit, "evidence": f"虚构文件 {key}",
             "department": "测试局", "by": "测试"}
        )  # fmt: skip

    rows = []
    for place in (GOOD, BAD):
        numbers = dict(NUMBERS) if place == GOOD else {**NUMBERS, "sewage": "84.9"}
        if place == BAD:
            del numbers["drinking_water"]
        rows += [row(key, "是", place, unit="") for key in YES]
        rows += [row(key, value, place, unit="1" if key == "ei" else "%") for key, value in numbers.items()]
        for key, (unit, before, after) in KEPT.items():
            now = "21" if (place, key) == (BAD, "pm25") else after
            rows += [row(key, before, place, "2022", unit), row(key, now, place, unit=unit)]
        rows += [row("feature.sea", "否", place, unit=""), row("condition.climate", "other", place, unit="")]
        rows.append(row("condition.terrain", "mountain", place, unit=""))
    append(own_workspace, rows)
    return Story()


def reviewed(story: Story, row: Any, scores: dict[str, str], advice: str = "yes") -> Any:
    """Experts are asked and score; nobody sees a score before all are in."""
    from yangban.govern.applications import spread, visible_scores

    row = story.act("省办", row, "appoint", experts=tuple(scores))
    for n, (who, score) in enumerate(scores.items()):
        held = application_of(row.body)
        assert spread(held) is None
        assert visible_scores(held, "省办") == ()
        row = story.act(who, row, "score", score=Decimal(score), opinion=f"虚构的意见{n}", advice=advice)
    return row


def test_a_county_from_self_check_to_naming_to_recheck_to_warning(story: Story, client: Any, enter: Any) -> None:
    from yangban.web.pilots import applying, checking, objecting

    # The edition of 2019 has no known end, yet 2024-01 lies after a revision of 2021 whose date nobody knows: 2019 counts as in force.
    row = story.open("崇义")
    with pytest.raises(NotAllowed, match="不能办"):
        story.act("崇义", row, "submit")

    # Self-check by who reports for the county: everything fills itself.
    row = applying.self_check(story.people["崇义填报"], row.pk, "2023", seen=row.revision, at=story.tick())
    check = checking.kept(row.body["check"])
    assert check is not None
    assert (check.counts["pass"], check.counts["fail"], check.counts["no_data"]) == (40, 0, 0)
    assert check.verdict == "met"
    row = story.act("崇义", row, "submit", dossier=story.files("崇义", row, "申报报告.pdf", "规划.pdf"))
    assert row.state == "county_review"

    # Three levels review; none of the county's own people may, and nobody jumps a level.
    with pytest.raises(NotAllowed, match="应由县级"):
        story.act("市办", row, "pass", opinion="同意")
    seen = row.revision
    row = story.act("崇义办", row, "pass", opinion="材料齐全，同意上报")
    with pytest.raises(Stale):
        applying.act(story.people["崇义办"], row.pk, "pass", seen=seen, facts={"opinion": "又一次"}, at=story.tick())
    row = story.act("市办", row, "pass", opinion="同意上报")
    assert row.state == "province_review"

    # Experts in a conflict of interest are not appointed: of the county, of its city, and one who says so.
    from yangban.web.pilots.declaring import declare

    declare(story.people["专家丁"], fields="水", declared=["崇义县"])
    for who, why in (("县内专家", "在申报地任职"), ("市内专家", "上级市"), ("专家丁", "申明")):
        with pytest.raises(NotAllowed, match=why) as refusal:
            story.act("省办", row, "appoint", experts=("专家甲", who))
        assert refusal.value.rule == "experts_unconflicted"
    with pytest.raises(NotAllowed, match="还没有抽取专家"):
        story.act("省办", row, "to_field", opinion="通过")
    row = story.act("省办", row, "appoint", experts=("专家甲", "专家乙", "专家丙"))
    row = story.act("专家甲", row, "score", score=Decimal("91"), opinion="甲的意见不给人看", advice="yes")
    with pytest.raises(NotAllowed, match="没有评分"):
        story.act("省办", row, "to_field", opinion="通过")
    page = enter(story.people["省办"]).get(f"/desk/applications/{row.pk}/").text
    assert "甲的意见不给人看" not in page
    assert "全部提交之前互不可见" in page
    assert "甲的意见不给人看" in enter(story.people["专家甲"]).get(f"/desk/applications/{row.pk}/").text
    assert enter(story.people["专家丁"]).get(f"/desk/applications/{row.pk}/").status_code == 403
    with pytest.raises(NotAllowed, match="已经评过分"):
        story.act("专家甲", row, "score", score=Decimal("99"), opinion="改分", advice="yes")
    row = story.act("专家乙", row, "recuse", reason="与申报单位有合作（虚构）")
    row = story.act("专家丙", row, "score", score=Decimal("78.5"), opinion="丙的意见", advice="yes")
    from yangban.govern.applications import spread

    lies = spread(application_of(row.body))
    assert lies is not None
    assert (lies.n, lies.mean, lies.range) == (2, Decimal("84.75"), Decimal("12.5"))
    page = enter(story.people["省办"]).get(f"/desk/applications/{row.pk}/").text
    assert "甲的意见不给人看" in page
    assert re.search(r"相差\s*<b class=\"num\">12\.5", page)

    # Field check, notice, an objection from the public, an answer, recommendation, naming.
    row = story.act("省办", row, "to_field", opinion="评审通过")
    facts = {"day": story.day, "inspectors": ("核查甲", "核查乙"), "record": "现场与材料一致（虚构）"}
    row = story.act("省办", row, "field_record", **facts, evidence=story.files("省办", row, "现场.jpg"))
    until = date.today() + timedelta(days=10)
    row = story.act("省办", row, "notice", notice_until=until, basis="测试公示〔2024〕1号")
    public = client.get(f"/pilots/notices/{row.number}/")
    assert "提出异议" in public.text
    answer = client.post(f"/pilots/notices/{row.number}/", {"text": "某村饮用水源没有围网，见现场（虚构）", "contact": "只给办公室看"})
    assert "已收到您的异议" in answer.text
    held = row.objections.get()
    assert "只给办公室看" not in client.get(f"/pilots/notices/{row.number}/").text
    row = story.act("省办", row, "objection", objection=held.text)
    with pytest.raises(NotAllowed, match="还没有结束"):
        story.act("省办", row, "recommend", basis="测试推荐〔2024〕2号")
    story.moment = datetime.combine(until + timedelta(days=1), datetime.min.time(), tzinfo=UTC) + timedelta(hours=3)
    with pytest.raises(NotAllowed, match="1 条异议没有答复"):
        story.act("省办", row, "recommend", basis="测试推荐〔2024〕2号")
    row = story.act("省办", row, "answer", answer="已核实并整改（虚构）")
    with pytest.raises(NotAllowed, match="须先推荐"):
        story.act("省办", row, "name", basis="公告", plate="试-001", day=story.day)
    row = story.act("省办", row, "recommend", basis="测试推荐〔2024〕2号")
    row = story.act("省办", row, "name", basis="测试公告〔2024〕3号", plate="试-001", day=story.day)
    assert (row.state, row.plate, row.recheck_due) == ("named", "试-001", None), "no published cycle: nobody invents a day of re-check"
    with pytest.raises(Exception, match="公示已经结束"):
        objecting.object_to(row, "公示之后的异议，不再收了。", "")
    assert "崇义县" in client.get("/pilots/").text

    # Yearly self-evaluation of the year of naming, not of a year before it, and once.
    proofs = story.files("崇义", row, "自评报告.pdf")
    with pytest.raises(NotAllowed, match="在命名之前"):
        applying.evaluate(story.people["崇义"], row.pk, "2023", seen=row.revision, evidence=proofs, at=story.tick())
    year = str(story.day.year)
    row = applying.evaluate(story.people["崇义"], row.pk, year, seen=row.revision, evidence=proofs, at=story.tick())
    with pytest.raises(NotAllowed, match="已经自评过"):
        applying.evaluate(story.people["崇义"], row.pk, year, seen=row.revision, evidence=proofs, at=story.tick())

    # Re-check, a warning with a time limit, and a withdrawal only when the limit is over.
    row = story.act("省办", row, "recheck", basis="测试复核通知（虚构）")
    with pytest.raises(NotAllowed, match="不能直接撤销"):
        story.act("省办", row, "withdraw", grounds=("not_rectified",), reason="太早", basis="无")
    limit = story.day + timedelta(days=90)
    proof = story.files("督察", row, "督察通报.pdf")
    with pytest.raises(NotAllowed, match="不是规定的情形"):
        story.act("督察", row, "warn", grounds=("rumour",), reason="听说", rectify_until=limit, evidence=proof)
    row = story.act("督察", row, "warn", grounds=("inspection",), reason="督察曝光突出问题（虚构）", rectify_until=limit, evidence=proof)
    assert (row.state, row.warned_until) == ("warned", limit)
    page = client.get(f"/pilots/notices/{row.number}/").text
    assert "中央生态环境保护督察等曝光突出问题" in page
    assert limit.isoformat() in page
    with pytest.raises(NotAllowed, match="还没有到"):
        story.act("省办", row, "withdraw", grounds=("not_rectified",), reason="整改不力", basis="测试")
    story.moment = datetime.combine(limit + timedelta(days=1), datetime.min.time(), tzinfo=UTC) + timedelta(hours=3)
    row = story.act("省办", row, "withdraw", grounds=("not_rectified",), reason="限期整改不到位（虚构）", basis="测试撤销〔2025〕1号")
    assert row.state == "withdrawn"

    # Each decision shows who, when, on what evidence, under which edition; the log is whole.
    decisions_are_told(row)
    page = client.get(f"/pilots/notices/{row.number}/").text
    assert "限期整改不到位（虚构）" in page
    assert "专家甲" not in page
    assert "江西省生态环境保护委员会办公室" in page


def decisions_are_told(row: Any) -> None:
    from yangban.govern.records import verify
    from yangban.web.pilots import applying

    records = applying.log(row)
    assert verify(records) == len(records) == row.revision
    edition = f"{EDITION}@{row.edition_id[:12]}"
    decided = {"pass", "return", "reject", "to_field", "field_record", "notice", "recommend", "name", "warn", "withdraw", "recheck"}
    seen = set()
    for each in records:
        assert each.facts["edition"] == edition
        assert each.actor.person != ""
        assert each.actor.unit != ""
        if each.event in decided:
            seen.add(each.event)
            assert each.facts["self_check"], each.event
            told = {"opinion", "reason", "record", "basis", "grounds"} & set(each.facts)
            assert told, each.event
    assert seen


def test_a_county_to_rejection_with_reasons(story: Story, client: Any, enter: Any) -> None:
    from yangban.web.accounts import audit
    from yangban.web.pilots import applying, checking

    row = story.open("会昌")
    row = applying.self_check(story.people["会昌"], row.pk, "2023", seen=row.revision, at=story.tick())
    check = checking.kept(row.body["check"])
    assert check is not None
    by_key = {each.key: each for each in check.lines}
    assert {each.key for each in check.lines if each.outcome == "fail"} == {"sewage", "pm25"}
    assert {each.key for each in check.lines if each.outcome == "no_data"} == {"drinking_water"}
    assert "84.9" in "；".join(by_key["sewage"].reasons)
    assert check.verdict == "not_met"

    # What is not met must be explained line by line before it is handed in.
    dossier = story.files("会昌", row, "申报报告.pdf")
    with pytest.raises(NotAllowed, match="3 项没有逐项说明") as refusal:
        story.act("会昌", row, "submit", dossier=dossier)
    assert refusal.value.rule == "unmet_explained"
    told = ("sewage：管网在建", "pm25: 受沙尘影响", "drinking_water：水源地正在变更")
    row = story.act("会昌", row, "submit", dossier=dossier, explanations=told)

    # The county's office sends it back once, and passes it when it comes again.
    row = story.act("会昌办", row, "return", reason="饮用水水源水质没有数值，请补报")
    assert row.state == "returned"
    row = applying.self_check(story.people["会昌"], row.pk, "2023", seen=row.revision, at=story.tick())
    row = story.act("会昌", row, "submit", dossier=dossier, explanations=told)
    row = story.act("会昌办", row, "pass", opinion="如实上报")
    row = story.act("市办", row, "pass", opinion="请省级评审")
    row = reviewed(story, row, {"专家甲": "52", "专家乙": "61", "专家丙": "48"}, advice="no")
    row = story.act("省办", row, "reject", reason="城镇污水处理率84.9%，低于85%；PM2.5浓度上升，没有保持稳定或改善")
    assert (row.state, row.ended) == ("rejected", True)
    page = enter(story.people["会昌"]).get(f"/desk/applications/{row.pk}/").text
    assert "城镇污水处理率84.9%，低于85%" in page
    assert "省级不予通过" in page
    client.logout()
    assert client.get(f"/pilots/notices/{row.number}/").status_code == 404, "what was never named is not public"
    with pytest.raises(NotAllowed, match="不能办"):
        story.act("省办", row, "to_field", opinion="反悔")
    decisions_are_told(row)
    assert audit.problems() == []


def test_an_edition_that_changes_leaves_a_running_application_alone(story: Story, monkeypatch: Any) -> None:
    """The book is edited while an application runs: the application keeps its text, a new one gets the new edition."""
    from yangban.standards import programmes
    from yangban.web.pilots import applying, editions

    row = story.open("崇义")
    real = programmes.read_text

    def edited(path: Any) -> str:
        text = real(path)
        if path.name != "demonstration-2019.toml":
            return text
        changed = text.replace('value = "20"', 'value = "99"', 1)
        assert changed != text
        return changed

    monkeypatch.setattr(programmes, "read_text", edited)
    later = story.open("会昌")
    assert later.edition_id != row.edition_id
    row = applying.self_check(story.people["崇义"], row.pk, "2023", seen=row.revision, at=story.tick())
    later = applying.self_check(story.people["会昌"], later.pk, "2023", seen=later.revision, at=story.tick())
    from yangban.web.pilots import checking

    old, new = checking.kept(row.body["check"]), checking.kept(later.body["check"])
    assert old is not None
    assert new is not None
    assert next(each for each in old.lines if each.key == "appraisal").outcome == "pass"
    assert next(each for each in new.lines if each.key == "appraisal").outcome == "fail"
    assert editions.bound(row.edition).digest == row.edition_id
    with pytest.raises(NotAllowed, match="自查按版本"):
        applying.act(
            story.people["崇义"], row.pk, "self_check", seen=row.revision, at=story.tick(),
            facts={"period": "2023", "self_check": new.digest, "outcome": new.words},
        )  # fmt: skip


def test_an_edition_that_is_not_in_force_needs_a_reason(story: Story) -> None:
    from yangban.web.pilots import applying

    story.moment = datetime(2024, 6, 1, 1, 0, tzinfo=UTC)
    with pytest.raises(NotAllowed, match="不是今天有效的版本"):
        story.open("崇义")
    row = applying.open_application(
        story.people["崇义"], programme=EDITION, applicant=story.units["崇义"], transition="规划已按2019年版编制（虚构）", at=story.tick()
    )
    assert applying.log(row)[0].facts["transition"] == "规划已按2019年版编制（虚构）"
