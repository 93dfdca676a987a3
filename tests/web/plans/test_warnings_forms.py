"""Warnings from published Figures, fill once, plans with both versions, and what everyone may see."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command

from web.plans.conftest import Town
from yangban.base.errors import NotAllowed
from yangban.base.periods import parse
from yangban.govern.forms import Field, Form, cross
from yangban.govern.plans import Document, Item
from yangban.indicators.targets import Target
from yangban.web.plans import documents, register, tasks, warning_rows
from yangban.web.plans.models import FormEntry, GivenValue, MeasuredWarning, Note, PlanDocument
from yangban.web.public.models import PublishedFigure

pytestmark = pytest.mark.django_db


def target(value: str, *, subject: str = "360700", indicator: str = "air.pm25.mean", unit: str = "µg/m³", year: int = 2023) -> Target:
    return Target(
        indicator=indicator,
        subject=subject,
        period=parse(str(year)),
        value=Decimal(value),
        direction="at_most",
        unit=unit,
        source="测试",
        confidence="unverified",
        met_by="rounded",
    )


class TestWarnings:
    def published(self) -> PublishedFigure:
        return PublishedFigure.objects.filter(indicator="air.pm25.mean", subject="360700", period="2023", scope="as_monitored").first()

    def test_a_published_figure_over_its_target_warns_the_lead_once(self, town: Town) -> None:
        shown = self.published()
        assert shown is not None
        below = str(int(Decimal(shown.display) - 5))
        row = town.working(targets=(target(below),))
        made = warning_rows.scan([row], period="2023", today=date(2026, 1, 6), user=town.people["office.city"], at=town.tick())
        found = next(each for each in made if each.kind == "indicator")
        assert found.figure["display"] == shown.display
        assert (found.colour, found.synthetic) == ("red", True)
        assert [each.name for each in found.units.all()] == ["测试市水利局"]
        assert list(found.tasks.all()) == [row]
        assert Note.objects.filter(kind="warning", user=town.people["head.water"]).count() == 1
        assert not warning_rows.scan([row], period="2023", today=date(2026, 1, 6), at=town.tick())

    def test_a_figure_within_its_target_warns_nobody(self, town: Town) -> None:
        row = town.working(targets=(target("500"),))
        assert warning_rows.causes_of([row], period="2023") == []

    def test_a_late_report_warns_yellow_then_red(self, town: Town) -> None:
        row = town.working()
        first = warning_rows.scan([row], period="2026-01", today=date(2026, 2, 6), at=town.tick())
        assert [(each.kind, each.colour) for each in first] == [("overdue", "yellow")]
        assert not warning_rows.scan([row], period="2026-01", today=date(2026, 2, 7), at=town.tick())
        worse = warning_rows.scan([row], period="2026-01", today=date(2026, 2, 15), at=town.tick())
        assert [each.colour for each in worse] == ["red"]

    def test_the_command_looks_at_every_task_and_warns_once(self, town: Town, capsys: Any) -> None:
        below = str(int(Decimal(self.published().display) - 5))
        town.working(targets=(target(below),))
        call_command("scan_tasks", period="2026-01")
        count = MeasuredWarning.objects.count()
        assert f"新引出 {count} 条预警" in capsys.readouterr().out
        assert {"indicator", "overdue"} <= set(MeasuredWarning.objects.values_list("kind", flat=True))
        call_command("scan_tasks", period="2026-01")
        assert "新引出 0 条预警" in capsys.readouterr().out

    def test_only_the_unit_answers(self, town: Town) -> None:
        row = town.working()
        made = warning_rows.scan([row], period="2026-01", today=date(2026, 2, 6), at=town.tick())[0]
        with pytest.raises(NotAllowed, match="不在您单位名下"):
            warning_rows.answer(town.people["head.forest"], made.pk, "x", at=town.tick())
        warning_rows.answer(town.people["head.water"], made.pk, "报送人休假，今日补报", at=town.tick())
        with pytest.raises(NotAllowed, match="已由"):
            warning_rows.answer(town.people["fill.water"], made.pk, "x", at=town.tick())

    def test_a_task_is_closed_only_when_the_figure_recovered_or_with_a_signed_reason(self, town: Town) -> None:
        """The synthetic Figure of 2023 lies before the issue: it shows no recovery."""
        from web.plans.test_tasks import closing

        row = closing(town, targets=(target("500"),))
        with pytest.raises(NotAllowed) as refused:
            tasks.act(
                town.people["office.city"], row.pk, "close", seen=row.revision, facts={"filing": "销1", "archive": "柜"}, at=town.tick()
            )
        assert refused.value.rule == "recovered_or_signed"
        facts = {"filing": "销1", "archive": "柜", "unrecovered": "监测点位停用", "signature": "分管领导"}
        assert tasks.act(town.people["office.city"], row.pk, "close", seen=row.revision, facts=facts, at=town.tick()).ended

    def test_a_warning_keeps_its_figure_to_the_last_digit(self, town: Town) -> None:
        row = town.working(targets=(target("1"),))
        warning_rows.scan([row], period="2023", today=date(2026, 1, 6), at=town.tick())
        held = MeasuredWarning.objects.get(kind="indicator")
        assert str(warning_rows.figure_from(held.figure).exact) == self.published().exact


def form(number: str, *fields: Field, **changes: Any) -> Form:
    made: dict[str, Any] = {
        "number": number,
        "title": f"表{number}",
        "basis": "测试文",
        "owner": "测试市委员会办公室",
        "rhythm": "month",
        "starts": date(2026, 1, 1),
        "ends": date(2026, 12, 31),
        "level": "city",
        "fields": fields,
    }
    return Form(**{**made, **changes})


PLANTED = Field(key="planted", name="植树", kind="number", source="typed", asks="reported.planted", unit="公顷")
NOTE = Field(key="note", name="说明", kind="text", source="typed")


class TestForms:
    def test_a_value_given_once_serves_every_form(self, town: Town, enter: Any) -> None:
        office, unit = town.people["office.city"], town.units["fill.water"]
        register.enter(office, form("A1", PLANTED, NOTE), at=town.tick())
        register.enter(office, form("B1", replace(PLANTED, key="trees", name="造林面积")), at=town.tick())
        assert [each.fields[0].source for each in register.every_form()] == ["typed", "reported"]
        assert register.burden(unit, "2026-01").typed == 2
        client = enter(town.people["fill.water"])
        page = client.get("/desk/forms/A1/2026-01/")
        assert page.context["to_type"] == 2
        answer = client.post("/desk/forms/A1/2026-01/", {"planted": "12.5", "note": "春季"})
        assert answer.status_code == 302
        other = client.get("/desk/forms/B1/2026-01/")
        assert other.context["to_type"] == 0
        assert 'value="12.5"' in other.text
        assert register.burden(unit, "2026-01").typed == 0
        changed = client.post("/desk/forms/B1/2026-01/", {"trees": "13", "reason.trees": "复核"})
        assert changed.status_code == 302
        assert list(GivenValue.objects.filter(asks="reported.planted").values_list("revision", "value")) == [(1, "12.5"), (2, "13")]
        silent = client.post("/desk/forms/B1/2026-01/", {"trees": "14"})
        assert silent.status_code == 422

    def test_a_form_without_entry_a_used_number_and_a_red_line_are_refused(self, town: Town) -> None:
        office = town.people["office.city"]
        register.enter(office, form("A1", PLANTED), at=town.tick())
        with pytest.raises(NotAllowed, match="已经用过"):
            register.enter(office, form("A1", NOTE), at=town.tick())
        photo = Field(key="p", name="自拍", kind="photo", source="typed", required=True)
        for bad in (form("R1", NOTE, flags=frozenset({"check_in"})), form("R2", photo)):
            with pytest.raises(NotAllowed) as refused:
                register.enter(office, bad, at=town.tick())
            assert refused.value.rule == "red_line"
        assert list(FormEntry.objects.values_list("number", flat=True)) == ["A1"]
        assert red_lines_crossed(register.every_form()) == []

    def test_another_unit_cannot_fill(self, town: Town) -> None:
        from django.core.exceptions import PermissionDenied

        register.enter(town.people["office.city"], form("A1", PLANTED), at=town.tick())
        with pytest.raises(PermissionDenied):
            register.give(town.people["fill.county"], "A1", town.units["fill.water"], "2026-01", {"planted": ("1", "")}, at=town.tick())


def red_lines_crossed(forms: list[Form]) -> list[str]:
    """Every form of the register, held against every red line."""
    return cross(register.red_lines(), forms)


def test_no_page_for_staff_demands_a_photo_a_place_or_a_check_in(town: Town, enter: Any) -> None:
    """The red lines of 2026 over the pages themselves: no compulsory file, no place, no ranking by time."""
    row = town.working(workflow="rectification")
    register.enter(town.people["office.city"], form("A1", PLANTED), at=town.tick())
    client = enter(town.people["fill.water"])
    for page in (f"tasks/{row.pk}/", f"tasks/{row.pk}/report/2026-01/", "tasks/", "forms/A1/2026-01/", "forms/burden/"):
        text = client.get(f"/desk/{page}").text.split('class="desk-body"')[1].split("<footer")[0]
        for field in re.findall(r"<input[^>]*type=\"file\"[^>]*>", text):
            assert "required" not in field
            assert "capture" not in field
        assert "geolocation" not in text
        assert not re.search("打卡|签到|在线时长|积分", text)


class TestPlans:
    def document(self, **changes: Any) -> Document:
        items = (
            Item(key="1", kind="task", name="植树", first=2026, last=2027, lead="测试市水利局", indicators=("reported.planted",)),
            Item(key="1.1", kind="project", name="一期", parent="1", first=2026, last=2026, money=Decimal("12.5")),
        )
        made: dict[str, Any] = {
            "id": "test-plan",
            "tier": "special",
            "title": "测试规划（虚构）",
            "subject": "360700",
            "items": items,
            "source": "测试",
            "demo": True,
            "effective": date(2026, 1, 1),
        }
        return Document(**{**made, **changes})

    def test_an_amendment_keeps_both_versions(self, town: Town) -> None:
        office = town.people["office.city"]
        held = documents.adopt(office, self.document(), at=town.tick())
        with pytest.raises(NotAllowed, match="修订要写理由"):
            documents.adopt(office, documents.next_version(held, reason="", effective=date(2026, 6, 1)), at=town.tick())
        fresh = replace(documents.next_version(held, reason="机构改革", effective=date(2026, 6, 1)), items=self.document().items[:1])
        held = documents.adopt(office, fresh, at=town.tick())
        plan = documents.plan_of(held)
        assert [len(each.items) for each in plan.versions] == [2, 1]
        assert plan.versions[0] == self.document()
        assert plan.on(date(2026, 3, 1)).version == 1
        assert warning_rows.owners() == {"reported.planted": ("测试市水利局",)}

    def test_a_plan_comes_in_from_a_workbook_after_a_look(self, town: Town, enter: Any) -> None:
        from yangban.publish.plan_documents import plan_workbook

        client = enter(town.people["office.city"])
        head = {"title": "测试规划", "id": "test-plan", "tier": "special"}
        book = SimpleUploadedFile("规划.xlsx", plan_workbook(self.document()))
        look = client.post("/desk/plans/new/", {**head, "file": book})
        assert look.status_code == 200
        assert len(look.context["look"].added) == 2
        packed = re.search(r'name="packed" value="([^"]+)"', look.text)[1]
        assert client.post("/desk/plans/new/", {"packed": packed, "confirm": "1"}).status_code == 302
        held = PlanDocument.objects.get()
        assert documents.newest(held).item("1.1").money == Decimal("12.5")
        assert client.get("/desk/plans/test-plan/").status_code == 200
        assert enter(town.people["head.water"]).get("/desk/plans/new/").status_code == 403

    def test_a_plan_goes_out_as_it_came_in_each_version_by_itself(self, town: Town, enter: Any) -> None:
        """Excel and Word both come back to the same items; an older version stays what it was."""
        office = town.people["office.city"]
        held = documents.adopt(office, self.document(), at=town.tick())
        fresh = replace(documents.next_version(held, reason="机构改革", effective=date(2026, 6, 1)), items=self.document().items[:1])
        documents.adopt(office, fresh, at=town.tick())
        client = enter(town.people["head.water"])
        for form in ("xlsx", "docx"):
            for version, count in ((1, 2), (2, 1)):
                out = client.get(f"/desk/plans/test-plan/table.{form}?version={version}")
                rows = documents.read(SimpleUploadedFile(f"表.{form}", out.content))
                look = documents.look(replace(self.document(), items=()), rows)
                assert (look.problems, look.document.items) == ((), self.document().items[:count]), form
        assert client.get("/desk/plans/template.xlsx").status_code == 403
        empty = enter(office).get("/desk/plans/template.docx")
        assert (
            documents.look(replace(self.document(), items=()), documents.read(SimpleUploadedFile("t.docx", empty.content))).document.items
            == ()
        )

    def test_the_list_of_a_year_is_drawn_from_the_plans_and_can_be_issued(self, town: Town, enter: Any) -> None:
        from yangban.web.plans import issuing

        documents.adopt(town.people["office.city"], self.document(), at=town.tick())
        town.issued(title="植树")
        client = enter(town.people["office.city"])
        kinds = dict(client.get("/desk/plans/yearly/?year=2026").context["kinds"])
        assert {name: [line.item.key for line in lines] for name, lines in kinds.items()} == {"任务": ["1"], "举措": [], "工程": ["1.1"]}
        assert dict(client.get("/desk/plans/yearly/?year=2027").context["kinds"])["工程"] == []
        book = client.get("/desk/plans/yearly.xlsx?year=2026").content
        rows = issuing.read_rows(SimpleUploadedFile("清单.xlsx", book))
        assert [(row["title"], row["lead"], row["deadline"], row["plan_item"]) for _, row in rows] == [
            ("植树", "测试市水利局", "2026-12-31", "1"), ("一期", "", "2026-12-31", "1.1"),
        ]  # fmt: skip
        page = client.get("/desk/plans/").text
        assert "按指标找条目" in page
        assert "/indicators/reported.planted/" in page

    def test_everyone_sees_only_what_the_office_chose_to_show(self, town: Town, enter: Any, client: Any) -> None:
        documents.adopt(town.people["office.city"], self.document(), at=town.tick())
        assert "测试规划" not in client.get("/progress/").text
        enter(town.people["office.city"]).post("/desk/plans/test-plan/public/", {"public": "1"})
        client.logout()
        page = client.get("/progress/").text
        assert "测试规划" in page
        assert "演示数据，非真实任务" in page
        assert "Progress of plans" in client.get("/en/progress/").text
