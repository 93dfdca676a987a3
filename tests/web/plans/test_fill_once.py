"""Fill once, in the office's own table: cells and headings stay, what is known stands in it, and every value says whence it came."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, connection, transaction
from openpyxl import Workbook, load_workbook

from web.plans.conftest import Town
from web.plans.test_warnings_forms import form
from yangban.base.errors import InputError, NotAllowed
from yangban.govern.forms import Field
from yangban.web.monitor.models import ReportedValue
from yangban.web.plans import layouts, register
from yangban.web.plans.models import FormEntry, FormReturn, GivenValue
from yangban.web.public.models import PublishedFigure

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("own_workspace")]

PLANTED = Field(key="planted", name="植树面积", kind="number", source="typed", asks="reported.planted", unit="公顷")
STAFF = Field(key="staff", name="巡查人数", kind="number", source="earlier", asks="staff", unit="人")
DUST = Field(key="dust", name="PM2.5平均浓度", kind="number", source="figure", asks="air.pm25.mean", unit="µg/m³")
NOTE = Field(key="note", name="情况说明", kind="text", source="typed", asks="note")
PERIOD = "2023-06"


def sheet_of_one() -> bytes:
    """A table as a department keeps it: a merged title, headings with units, a formula, a signature line."""
    book = Workbook()
    sheet: Any = book.active
    sheet.title = "月报"
    sheet["A1"] = "赣州市绿化月报（虚构）"
    sheet.merge_cells("A1:D1")
    for place, text in {
        "A2": "填报单位：", "C2": "填报月份：", "A3": "植树面积（公顷）", "C3": "巡查人数（人）", "A4": "PM2.5平均浓度", "A5": "情况说明",
        "A7": "单位负责人：", "C7": "填表人：", "C5": "每人面积",
    }.items():  # fmt: skip
        sheet[place] = text
    sheet["D5"] = "=B3/D3"
    sheet.merge_cells("B4:D4")
    sheet.column_dimensions["A"].width = 31
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def sheet_of_units(room: int = 4) -> bytes:
    """A list with a line for each unit, its headings over two lines, and a sum beneath."""
    book = Workbook()
    sheet: Any = book.active
    sheet.title = "汇总"
    for column, text in enumerate(("序号", "填报单位", "植树面积（公顷）", "巡查人数（人）", "情况说明"), start=1):
        sheet.cell(row=3, column=column, value=text)
    sheet["A1"] = "绿化汇总表（虚构）"
    sheet.merge_cells("B3:B4")
    sheet["B5"] = "测试市水利局"
    sheet.cell(row=5 + room, column=2, value="合计")
    sheet.cell(row=5 + room, column=3, value=f"=SUM(C5:C{4 + room})")
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


@pytest.fixture
def entry(town: Town) -> FormEntry:
    """A monthly form of four fields, one from each source."""
    return register.enter(
        town.people["office.city"], form("绿1", PLANTED, STAFF, DUST, NOTE, starts=date(2023, 1, 1)), at=town.tick()
    )  # fmt: skip


@pytest.fixture
def laid(town: Town, entry: FormEntry) -> Callable[[bytes], Any]:
    def go(content: bytes) -> Any:
        own = register.form_of(entry)
        plan = layouts.propose(layouts.opened(content, "表.xlsx"), own)
        return layouts.keep(town.people["office.city"], entry, content, "表.xlsx", plan.sheet, layouts.written(plan, own))

    return go


def published() -> str:
    return str(PublishedFigure.objects.filter(indicator="air.pm25.mean", subject="360700", period=PERIOD).first().display)


def test_the_place_of_each_field_is_proposed_from_the_headings(entry: FormEntry) -> None:
    own = register.form_of(entry)
    one = layouts.propose(layouts.opened(sheet_of_one(), "a.xlsx"), own)
    assert (one.sheet, one.first, one.notes) == ("月报", 0, ())
    assert one.cells == {"planted": "B3", "staff": "D3", "dust": "B4", "note": "B5", "unit": "B2", "period": "D2"}
    many = layouts.propose(layouts.opened(sheet_of_units(), "b.xlsx"), own)
    assert (many.sheet, many.first, many.notes) == ("汇总", 5, ("没有找到标题：PM2.5平均浓度",))
    assert many.cells == {"planted": "C", "staff": "D", "note": "E", "unit": "B"}
    again = layouts.plan_of(layouts.written(many, own), layouts.opened(sheet_of_units(), "b.xlsx"), "汇总", own)
    assert (dict(again.cells), again.first) == (dict(many.cells), many.first)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("植树面积 = A3", "A3 里已有“植树面积（公顷）”"), ("植树面积 = D5", "D5 里已有“=B3/D3”"), ("植树面积 = C4", "C4 被合并在别的格里"),
        ("植树面积 = B3\n巡查人数 = B3", "都指着 B3"), ("树 = B3", "应为“填报项 = 格”"), ("植树面积 = 三", "不是格"),
        ("", "一个填报项也没有"),
        ("植树面积 = B3\n巡查人数 = D", "不能混用"), ("植树面积 = C", "还要写明“单位 = 列”"), ("植树面积 = ZZ9999", "太远"),
        ("植树面积 = B3\n植树面积 = B6", "写了两次"),
    ],
)  # fmt: skip
def test_a_map_that_would_write_over_the_offices_cells_is_refused(entry: FormEntry, text: str, problem: str) -> None:
    with pytest.raises(NotAllowed, match=re.escape(problem)):
        layouts.plan_of(text, layouts.opened(sheet_of_one(), "a.xlsx"), "月报", register.form_of(entry))


@pytest.mark.parametrize(("name", "content"), [("a.xls", b"x"), ("a.xlsx", b"no zip"), ("a.xlsx", b"PK\x05\x06" + b"\0" * 18)])
def test_what_is_no_workbook_is_refused_in_words(name: str, content: bytes) -> None:
    with pytest.raises(InputError, match="xlsx"):
        layouts.opened(content, name)


def test_a_unit_downloads_it_prefilled_fills_it_and_sends_it_back(town: Town, entry: FormEntry, laid: Any, enter: Any) -> None:
    """Known values stand in the office's cells; two are typed in Excel; the look shows each by its cell; then it is handed in."""
    laid(sheet_of_one())
    unit = town.units["fill.water"]
    register.give(town.people["fill.water"], "绿1", unit, "2023-05", {"staff": ("7", "")}, at=town.tick())
    client = enter(town.people["fill.water"])
    page = client.get(f"/desk/forms/绿1/{PERIOD}/")
    assert (page.context["to_type"], "下载表格（已预填）" in page.text) == (2, True)
    book = load_workbook(io.BytesIO(client.get(f"/desk/forms/绿1/{PERIOD}/table.xlsx").content))
    sheet = book["月报"]
    assert [sheet[each].value for each in ("A1", "A3", "D5", "A7")] == [
        "赣州市绿化月报（虚构）",
        "植树面积（公顷）",
        "=B3/D3",
        "单位负责人：",
    ]
    assert str(sheet.merged_cells.ranges) == str(load_workbook(io.BytesIO(sheet_of_one()))["月报"].merged_cells.ranges)
    assert sheet.column_dimensions["A"].width == 31
    assert [sheet[each].value for each in ("B2", "D2", "D3", "B3")] == ["测试市水利局", PERIOD, 7, None]
    assert str(sheet["B4"].value) == published()
    assert "系统计算" in str(book["数据来源"]["B3"].value)
    assert "上次填的" in str(book["数据来源"]["B2"].value)
    sheet["B3"], sheet["B5"] = 12.5, "=春季造林"
    sheet["B5"].data_type = "s"
    out = io.BytesIO()
    book.save(out)
    look = client.post(f"/desk/forms/绿1/{PERIOD}/table/", {"file": SimpleUploadedFile("填好.xlsx", out.getvalue())})
    assert look.status_code == 200
    assert not FormReturn.objects.exists()
    values = dict(re.findall(r'name="v\.(\w+)" value="([^"]*)"', look.text))
    assert values == {"planted": "12.5", "staff": "7", "dust": published(), "note": "=春季造林"}
    done = client.post(f"/desk/forms/绿1/{PERIOD}/table/", {"confirm": "1", **{f"v.{key}": text for key, text in values.items()}})
    assert done.status_code == 302
    back = FormReturn.objects.get()
    whence = {line["key"]: line["source"] for line in back.lines}
    assert whence == {"planted": "reported", "staff": "reported", "dust": "figure", "note": "reported"}
    rows = dict(GivenValue.objects.filter(period=PERIOD).values_list("asks", "source"))
    assert rows == {"reported.planted": "typed", "staff": "earlier", "note": "typed"}
    shown = client.get(f"/desk/forms/绿1/{PERIOD}/").text
    assert "已报出" in shown
    assert "取自上次填的（绿1《巡查人数》2023-05 第1稿" in shown
    again = load_workbook(io.BytesIO(client.get(f"/desk/forms/绿1/{PERIOD}/table.xlsx").content))["月报"]
    assert (again["B3"].value, again["B5"].value, again["B5"].data_type) == (12.5, "=春季造林", "s")


def test_a_table_whose_cells_have_moved_is_refused_by_its_cell(town: Town, laid: Any, enter: Any) -> None:
    layout = laid(sheet_of_one())
    client = enter(town.people["fill.water"])
    book = load_workbook(io.BytesIO(client.get(f"/desk/forms/绿1/{PERIOD}/table.xlsx").content))
    book["月报"].insert_rows(3)
    out = io.BytesIO()
    book.save(out)
    with pytest.raises(InputError, match="A3 应为“植树面积（公顷）”，得到“”"):
        layouts.read(layout, register.form_of(layout.entry), "测试市水利局", out.getvalue(), "填好.xlsx")
    other = Workbook()
    out = io.BytesIO()
    other.save(out)
    page = client.post(f"/desk/forms/绿1/{PERIOD}/table/", {"file": SimpleUploadedFile("x.xlsx", out.getvalue())}, follow=True)
    assert "没有“月报”这张表" in page.text


def test_a_cell_that_is_no_number_is_told_and_nothing_is_taken(town: Town, laid: Any, enter: Any) -> None:
    laid(sheet_of_one())
    client = enter(town.people["fill.water"])
    book = load_workbook(io.BytesIO(client.get(f"/desk/forms/绿1/{PERIOD}/table.xlsx").content))
    book["月报"]["B3"] = "约12"
    out = io.BytesIO()
    book.save(out)
    look = client.post(f"/desk/forms/绿1/{PERIOD}/table/", {"file": SimpleUploadedFile("x.xlsx", out.getvalue())})
    assert look.status_code == 422
    assert "植树面积应为数（单位 公顷），得到“约12”" in look.text
    assert 'name="confirm"' not in look.text


def test_the_office_gets_all_units_in_its_own_list(town: Town, entry: FormEntry, laid: Any, enter: Any) -> None:
    laid(sheet_of_units())
    unit = town.units["fill.water"]
    values = {"planted": ("12.5", ""), "staff": ("7", ""), "note": ("春季", "")}
    register.give(town.people["fill.water"], "绿1", unit, PERIOD, values, at=town.tick(), whole=True)
    client = enter(town.people["office.city"])
    page = client.get(f"/desk/forms/绿1/{PERIOD}/collected/")
    assert (page.context["there"], len(page.context["lines"])) == (1, 1)
    sheet = load_workbook(io.BytesIO(client.get(f"/desk/forms/绿1/{PERIOD}/collected.xlsx").content))["汇总"]
    assert [sheet.cell(row=5, column=n).value for n in range(2, 6)] == ["测试市水利局", 12.5, 7, "春季"]
    assert (sheet["B9"].value, sheet["C9"].value) == ("合计", "=SUM(C5:C8)")
    assert enter(town.people["office.other"]).get(f"/desk/forms/绿1/{PERIOD}/collected/").status_code == 403
    assert enter(town.people["fill.water"]).get(f"/desk/forms/绿1/{PERIOD}/collected.xlsx").status_code == 403


def test_a_list_without_room_says_so(town: Town, entry: FormEntry, laid: Any) -> None:
    layout = laid(sheet_of_units(room=2))
    rows = [(name, {"planted": "1"}) for name in ("甲局", "乙局")]
    with pytest.raises(InputError, match="只有 2 行可填，放不下 2 个单位"):
        layouts.filled_list(layout, register.form_of(entry), PERIOD, rows)


def test_a_unit_finds_its_own_line_of_a_list(town: Town, entry: FormEntry, laid: Any) -> None:
    layout, own = laid(sheet_of_units()), register.form_of(entry)
    content = layouts.filled_list(layout, own, PERIOD, [("甲局", {"planted": "3"}), ("测试市水利局", {"planted": "4", "staff": "2"})])
    found = layouts.read(layout, own, "测试市水利局", content, "x.xlsx")
    assert found.values == {"planted": ("4", "C5"), "staff": ("2", "D5"), "note": ("", "E5")}
    with pytest.raises(InputError, match="没有“丙局”这一行"):
        layouts.read(layout, own, "丙局", content, "x.xlsx")


def test_the_page_of_a_layout_proposes_shows_and_keeps(town: Town, entry: FormEntry, enter: Any) -> None:
    client = enter(town.people["office.city"])
    look = client.post("/desk/forms/绿1/layout/", {"file": SimpleUploadedFile("月报.xlsx", sheet_of_one())})
    assert look.status_code == 200
    assert "← 植树面积" in look.text
    packed = re.search(r'name="packed" value="([^"]+)"', look.text)[1]
    wrong = client.post("/desk/forms/绿1/layout/", {"packed": packed, "sheet": "月报", "map": "植树面积 = A1", "confirm": "1"})
    assert wrong.status_code == 422
    assert "已有“赣州市绿化月报" in wrong.text
    good = {"packed": packed, "sheet": "月报", "map": look.context["text"], "confirm": "1"}
    assert client.post("/desk/forms/绿1/layout/", good).status_code == 302
    assert layouts.newest(entry).cells["planted"] == "B3"
    assert client.post("/desk/forms/绿1/layout/", {**good, "packed": packed[:-3] + "xyz"}).status_code == 422
    assert enter(town.people["office.other"]).get("/desk/forms/绿1/layout/").status_code == 403


class TestOnce:
    def test_what_another_unit_of_the_place_reported_is_not_asked_again(self, town: Town, entry: FormEntry) -> None:
        """The forestry bureau's number of the city stands in the water bureau's form; who wants it otherwise turns to the bureau."""
        from yangban.web.accounts.models import Membership

        other = town.people["head.forest"]
        Membership.objects.create(user=other, organisation=town.units["head.forest"], role="reporter", valid_from=date(2020, 1, 1))
        other.__dict__.pop("_memberships", None)
        register.give(other, "绿1", town.units["head.forest"], PERIOD, {"planted": ("30", "")}, at=town.tick())
        box = next(
            each for each in register.boxes(register.form_of(entry), town.units["fill.water"], PERIOD) if each.field.key == "planted"
        )
        assert (box.value, box.source) == ("30", "reported")
        assert box.place.startswith("测试市林业局，绿1《植树面积》2023-06 第1稿")
        with pytest.raises(NotAllowed, match="已由测试市林业局填报：30"):
            register.give(town.people["fill.water"], "绿1", town.units["fill.water"], PERIOD, {"planted": ("31", "改")}, at=town.tick())

    def test_a_value_that_the_bureau_accepted_stands_in_the_form(self, town: Town, entry: FormEntry) -> None:
        water, forest, office = (town.people[each] for each in ("fill.water", "head.forest", "office.city"))
        ReportedValue.objects.create(
            organisation=town.units["head.forest"], region="360700", key="reported.planted", period=PERIOD, value="28", unit="公顷",
            evidence="测试", state="recorded", reported_by=water, checked_by=forest, checked_at=town.moment, accepted_by=office,
            accepted_at=town.moment,
        )  # fmt: skip
        box = next(
            each for each in register.boxes(register.form_of(entry), town.units["fill.water"], PERIOD) if each.field.key == "planted"
        )
        assert (box.value, box.source) == ("28", "reported")
        assert "部门填报" in box.place

    def test_a_computed_number_cannot_be_replaced(self, town: Town) -> None:
        register.enter(town.people["office.city"], form("绿2", DUST, starts=date(2023, 1, 1)), at=town.tick())
        with pytest.raises(NotAllowed, match="不能另填"):
            register.give(town.people["fill.water"], "绿2", town.units["fill.water"], PERIOD, {"dust": ("1", "")}, at=town.tick())

    def test_a_form_counts_as_handed_in_when_nothing_is_left_and_a_change_is_a_revision(self, town: Town, entry: FormEntry) -> None:
        user, unit = town.people["fill.water"], town.units["fill.water"]
        register.give(user, "绿1", unit, PERIOD, {"planted": ("1", "")}, at=town.tick(), whole=True)
        assert register.returned(entry, unit, PERIOD) is None
        register.give(user, "绿1", unit, PERIOD, {"staff": ("2", ""), "note": ("好", "")}, at=town.tick(), whole=True)
        assert register.returned(entry, unit, PERIOD).revision == 1
        register.give(user, "绿1", unit, PERIOD, {}, at=town.tick(), whole=True)
        assert FormReturn.objects.count() == 1
        register.give(user, "绿1", unit, PERIOD, {"planted": ("3", "复核")}, at=town.tick(), whole=True)
        held = register.returned(entry, unit, PERIOD)
        assert (held.revision, held.lines[0]["value"]) == (2, "3")
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("DELETE FROM plans_formreturn")

    @pytest.mark.usefixtures("entry")
    def test_values_flow_back_to_the_place_they_are_of(self, town: Town, enter: Any) -> None:
        register.enter(
            town.people["office.city"], form("绿3", Field(**{**vars(PLANTED), "key": "p", "name": "造林"}), starts=date(2023, 1, 1)),
            at=town.tick(),
        )  # fmt: skip
        register.give(town.people["fill.water"], "绿1", town.units["fill.water"], PERIOD, {"planted": ("12.5", "")}, at=town.tick())
        page = enter(town.people["head.forest"]).get(f"/desk/forms/ours/?period={PERIOD}")
        ((place, known),) = page.context["lines"]
        assert (place, known[0].given.value, known[0].unit, known[0].serves) == ("赣州市", "12.5", "公顷", ("绿1", "绿3"))
        assert "测试市水利局" in page.text
        sheet = load_workbook(io.BytesIO(enter(town.people["head.forest"]).get(f"/desk/forms/ours.xlsx?period={PERIOD}").content)).active
        assert [cell.value for cell in sheet[2]][2:6] == ["植树面积", "12.5", "公顷", "测试市水利局"]
        assert enter(town.people["head.county"]).get(f"/desk/forms/ours/?period={PERIOD}").context["lines"][0][1] == []

    def test_the_asked_period_follows_the_rhythm(self) -> None:
        days = {"month": "2026-03", "quarter": "2026-Q1", "half": "2025-H2", "year": "2025", "once": "2026-01"}
        for rhythm, label in days.items():
            assert register.period_of(form("x", NOTE, rhythm=rhythm), date(2026, 4, 10)) == label
