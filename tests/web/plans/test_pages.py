"""The pages of plans and tasks: found in one click, filled in a minute, in both languages, under the strict policy."""

from __future__ import annotations

import io
import itertools
import re
from datetime import date, timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from web.plans.conftest import Town
from yangban.govern.rows import task_of
from yangban.web.accounts.models import Membership
from yangban.web.plans import issuing, office, posts, reports, shown, tasks, work
from yangban.web.plans.models import CalendarKey, JudgedColour, Note, Paper, Task, TaskReport

pytestmark = pytest.mark.django_db

PAGES = (
    "tasks/",
    "tasks/mine/",
    "tasks/list/",
    "tasks/tree/",
    "tasks/board/",
    "tasks/board/?workflow=rectification",
    "tasks/matrix/",
    "tasks/map/?region=360700",
    "tasks/map/?region=360000&by=city",
    "tasks/reports/",
    "tasks/notes/",
    "tasks/calendar/",
    "tasks/warnings/",
    "plans/",
    "forms/",
    "forms/burden/",
)


@pytest.fixture
def clock(monkeypatch: Any, town: Town) -> Town:
    """The site's clock stands where the town's does."""
    monkeypatch.setattr(tasks, "now", lambda: town.moment)
    for place in (
        "yangban.web.plans.views.desk",
        "yangban.web.plans.views.office",
        "yangban.web.plans.views.show",
        "yangban.web.plans.office",
        "yangban.web.plans.issuing",
        "yangban.web.plans.posts",
        "yangban.web.plans.calendar",
        "yangban.web.plans.views.forms",
    ):
        monkeypatch.setattr(f"{place}.today", lambda: town.moment.date(), raising=False)
    return town


def well_made(text: str) -> None:
    assert not re.search(r"\sstyle=|\son[a-z]+=|<script(?![^>]*\bsrc=)", text)
    levels = [int(each) for each in re.findall(r"<h([1-6])", text)]
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in itertools.pairwise(levels)), levels
    ids = re.findall(r'\sid="([^"]+)"', text)
    assert len(ids) == len(set(ids)), sorted(each for each in ids if ids.count(each) > 1)
    for name in re.findall(r'<label for="([^"]+)"', text):
        assert name in ids, name


@pytest.mark.parametrize("who", ["head.water", "fill.water", "office.city", "watch"])
def test_every_page_answers_in_both_languages(clock: Town, enter: Any, who: str) -> None:
    row = clock.working(workflow="rectification")
    client = enter(clock.people[who])
    for page in (
        *PAGES,
        f"tasks/{row.pk}/",
        f"tasks/{row.pk}/report/2026-01/",
        *(("tasks/office/", "tasks/office/issue/") if who == "office.city" else ()),
    ):
        for prefix in ("", "/en"):
            answer = client.get(f"{prefix}/desk/{page}")
            assert answer.status_code == 200, page
            well_made(answer.text)
    assert "本周要办" in client.get("/desk/tasks/").text


def test_this_week_is_one_click_from_login(clock: Town, enter: Any) -> None:
    clock.issued()
    client = enter(clock.people["head.water"])
    home = client.get("/desk/").text
    assert home.count('href="/desk/tasks/"') >= 1
    week = client.get("/desk/tasks/").text
    assert "新下达，等您分解" in week
    assert "矿山复绿（虚构）" in week


def test_an_outsider_sees_nothing_of_a_task(clock: Town, enter: Any, person: Any) -> None:
    row = clock.issued(responsible=(), assisting=())
    assert enter(clock.people["head.county"]).get(f"/desk/tasks/{row.pk}/").status_code == 403
    assert enter(clock.people["office.other"]).get(f"/desk/tasks/{row.pk}/").status_code == 403
    assert enter(person("uploader")).get("/desk/tasks/").status_code == 403
    assert enter(clock.people["office.province"]).get(f"/desk/tasks/{row.pk}/").status_code == 200


@pytest.mark.usefixtures("own_workspace")
def test_a_task_goes_its_way_through_the_pages(clock: Town, enter: Any, upload: Any) -> None:
    row = clock.issued(workflow="rectification")

    def post(who: str, address: str, **sent: Any) -> Any:
        clock.tick()
        return enter(clock.people[who]).post(f"/desk/tasks/{address}", sent)

    answer = post("head.water", f"{row.pk}/do/split/", seen=1, measures="复绿\n补种", milestones="六月过半")
    assert answer.status_code == 302
    assert task_of(Task.objects.get(pk=row.pk).body).state == "in_progress"
    clock.at(2026, 2, 2)
    answer = post("fill.water", f"{row.pk}/report/2026-01/", progress="40.5", text="已栽植", files=upload("现场.jpg"))
    assert answer.status_code == 302
    held = TaskReport.objects.get()
    assert (held.state, held.body["evidence"][0]["name"]) == ("with_head", "现场.jpg")
    page = enter(clock.people["head.water"]).get("/desk/tasks/reports/").text
    assert "40.5%" in page
    well_made(page)
    post("head.water", "reports/", chosen=held.pk, **{f"seen.{held.pk}": held.step})
    post("office.city", "reports/", **{"return": held.pk, f"reason.{held.pk}": "照片不清"})
    week = enter(clock.people["fill.water"]).get("/desk/tasks/").text
    assert "被退回：照片不清" in week
    again = enter(clock.people["fill.water"]).get(f"/desk/tasks/{row.pk}/report/2026-01/").text
    assert "照片不清" in again
    assert 'value="40.5"' in again
    answer = post("office.city", f"{row.pk}/do/warn/", seen=row.revision, reason="慢", step_due="2026-06-30")
    assert answer.status_code == 302
    assert "您看到的是第 1 步" in enter(clock.people["office.city"]).get(f"/desk/tasks/{row.pk}/").text
    assert Task.objects.get(pk=row.pk).state == "in_progress"
    # A browser sends an empty text beside the ticked file where none is uploaded with it.
    digest = held.body["evidence"][0]["digest"]
    shown_again = post("head.water", f"{row.pk}/do/evidence/", seen=Task.objects.get(pk=row.pk).revision, evidence=["", digest])
    assert shown_again.status_code == 302
    wrong = post("office.city", f"{row.pk}/do/warn/", seen=4, reason="慢", step_due="明天")
    assert wrong.status_code == 422
    assert "本步新的时限应为日期" in wrong.text
    file = enter(clock.people["head.forest"]).get(f"/desk/tasks/{row.pk}/files/{held.body['evidence'][0]['digest']}/")
    assert b"".join(file.streaming_content) == b"a picture"
    assert "attachment" in file["Content-Disposition"]
    assert enter(clock.people["office.other"]).get(f"/desk/tasks/{row.pk}/files/{held.body['evidence'][0]['digest']}/").status_code == 403


def test_a_month_asks_only_for_what_has_changed(clock: Town, enter: Any) -> None:
    """Sixty tasks: last month's values stand in the fields, three are typed anew, and one click hands all of them in."""
    drafts = [
        tasks.draft(number=f"月-{n:02d}", terms=clock.terms(title=f"任务{n}"), place="360700", office=clock.units["office.city"].name)
        for n in range(60)
    ]
    rows = tasks.issue_all(clock.people["office.city"], drafts, at=clock.tick())
    for row in rows:
        tasks.split(clock.people["head.water"], row.pk, seen=1, measures=("做",), at=clock.tick(minutes=1))
        reports.fill(clock.people["fill.water"], row.pk, "2026-01", progress="10", at=clock.tick(minutes=1))
    sent = {f"seen.{each.pk}": each.step for each in TaskReport.objects.all()}
    clock.at(2026, 2, 3)
    shown.review(clock.people["head.water"], _Sent(sent, list(TaskReport.objects.values_list("pk", flat=True))))
    clock.at(2026, 3, 2)
    client = enter(clock.people["fill.water"])
    page = client.get("/desk/tasks/month/2026-02/").text
    fields = dict(re.findall(r'name="(progress\.[0-9a-f]+)" value="([^"]*)"', page))
    boxes = re.findall(r'name="(send\.[0-9a-f]+)" value="1" checked', page)
    assert len(fields) == len(boxes) == 60
    assert set(fields.values()) == {"10"}
    typed = dict.fromkeys(list(fields)[:3], "25")
    answer = client.post("/desk/tasks/month/2026-02/", {**fields, **typed, **dict.fromkeys(boxes, "1")})
    assert answer.status_code == 302
    assert TaskReport.objects.filter(period="2026-02", state="with_head").count() == 60
    assert TaskReport.objects.filter(period="2026-02", progress="1/4").count() == 3
    assert len(typed) <= 20


def _seen(page: str, name: str = "seen") -> str:
    found = re.search(rf'name="{re.escape(name)}" value="([^"]*)"', page)
    assert found, name
    return found[1]


def test_nobody_writes_over_a_report_that_they_did_not_see(clock: Town, enter: Any) -> None:
    """A colleague saved another number meanwhile: it stays, what was typed stays on the page, and a second click is a choice."""
    row = clock.working()
    clock.at(2026, 2, 2)
    address = f"/desk/tasks/{row.pk}/report/2026-01/"
    mine, theirs = (enter(clock.people["fill.water"]).get(address).text for _ in range(2))
    assert _seen(mine) == _seen(theirs) == "0.0"
    saved = enter(clock.people["fill.water"]).post(address, {"progress": "30", "text": "已栽植", "draft": "1", "seen": _seen(theirs)})
    assert saved.status_code == 302
    clock.tick()
    answer = enter(clock.people["fill.water"]).post(address, {"progress": "55", "text": "补种", "seen": _seen(mine)})
    assert answer.status_code == 422
    assert "现在是 30%，“已栽植”" in answer.text
    assert 'value="55"' in answer.text
    assert TaskReport.objects.get().body["text"] == "已栽植"
    answer = enter(clock.people["fill.water"]).post(address, {"progress": "55", "text": "补种", "seen": _seen(answer.text)})
    assert answer.status_code == 302
    held = TaskReport.objects.get()
    assert (held.state, held.progress, held.body["text"]) == ("with_head", "11/20", "补种")


def test_a_duplicate_that_arrives_after_a_return_is_no_new_edit(clock: Town, enter: Any) -> None:
    """The same request of a slow network, once before the report was returned and once after: the second writes nothing."""
    row = clock.working()
    clock.at(2026, 2, 2)
    month = "/desk/tasks/month/2026-01/"
    request = {f"send.{row.pk}": "1", f"progress.{row.pk}": "40", f"text.{row.pk}": "一"}
    client = enter(clock.people["fill.water"])
    request[f"seen.{row.pk}"] = _seen(client.get(month).text, f"seen.{row.pk}")
    assert client.post(month, request).status_code == 302
    held = TaskReport.objects.get()
    clock.tick()
    enter(clock.people["head.water"]).post(
        "/desk/tasks/reports/", {"return": held.pk, f"reason.{held.pk}": "数不对", f"seen.{held.pk}": held.step}
    )
    held.refresh_from_db()
    assert (held.state, held.returned) == ("draft", "数不对")
    before = held.step
    clock.tick()
    client = enter(clock.people["fill.water"])
    answer = client.post(month, request)
    assert answer.status_code == 422
    assert "没有写入" in answer.text
    held.refresh_from_db()
    assert (held.state, held.step) == ("draft", before)
    page = client.get(month).text
    assert "数不对" in page
    assert f'name="progress.{row.pk}" value="40"' in page
    assert f'name="text.{row.pk}" value="一"' in page
    assert client.post(month, request | {f"progress.{row.pk}": "45", f"seen.{row.pk}": _seen(page, f"seen.{row.pk}")}).status_code == 302
    held.refresh_from_db()
    assert (held.state, held.progress) == ("with_head", "9/20")


def test_the_page_of_a_month_leaves_what_it_does_not_show(clock: Town, enter: Any) -> None:
    """Quantity and money of a draft are filled on its own page; handing it in with the others of the month keeps them."""
    row = clock.working()
    clock.at(2026, 2, 2)
    reports.fill(clock.people["fill.water"], row.pk, "2026-01", progress="20", paid="12.5", submit=False, at=clock.tick())
    month = "/desk/tasks/month/2026-01/"
    client = enter(clock.people["fill.water"])
    seen = _seen(client.get(month).text, f"seen.{row.pk}")
    clock.tick()
    sent = {f"send.{row.pk}": "1", f"progress.{row.pk}": "30", f"text.{row.pk}": "", f"seen.{row.pk}": seen}
    assert client.post(month, sent).status_code == 302
    held = TaskReport.objects.get()
    assert (held.state, held.progress, held.body["paid"]) == ("with_head", "3/10", "12.5")


class _Sent(dict):
    """What a form sends, as Django hands it on."""

    def __init__(self, rest: dict[str, Any], chosen: list[str]) -> None:
        super().__init__(rest)
        self.chosen = chosen

    def getlist(self, key: str) -> list[str]:
        assert key == "chosen"
        return self.chosen


class TestOffice:
    def test_who_is_late_is_reminded_once_a_day(
        self, clock: Town, enter: Any, mailoutbox: Any, django_capture_on_commit_callbacks: Any
    ) -> None:
        clock.working()
        clock.at(2026, 2, 10)
        page = enter(clock.people["office.city"]).get("/desk/tasks/office/")
        assert page.context["month"].late == [office.Late("测试市水利局", "city", "", 1, 5)]
        with django_capture_on_commit_callbacks(execute=True):
            assert office.remind(clock.people["office.city"], "2026-01") == 2
        assert sorted(each.to[0] for each in mailoutbox) == ["fill.water@example.org", "head.water@example.org"]
        assert Note.objects.filter(kind="remind").count() == 2

    def test_a_colour_is_proposed_and_confirmed_with_a_reason_where_it_differs(self, clock: Town, enter: Any) -> None:
        row = clock.working()
        clock.at(2026, 12, 10)
        assert office.proposals(clock.units["office.city"], "2026-11", clock.moment.date())[0].sign.level == "red"
        client = enter(clock.people["office.city"])
        client.post("/desk/tasks/office/judge/", {"period": "2026-11", "task": row.pk, f"colour.{row.pk}": "yellow"})
        assert not JudgedColour.objects.exists()
        sent = {"period": "2026-11", "task": row.pk, f"colour.{row.pk}": "yellow", f"reason.{row.pk}": "已完成，待补报"}
        client.post("/desk/tasks/office/judge/", sent)
        held = JudgedColour.objects.get()
        assert (held.proposed, held.colour, held.turn) == ("red", "yellow", 1)
        assert Task.objects.get(pk=row.pk).colour == "yellow"
        assert office.step_for(row).step.key == "function_letter"

    def test_another_office_judges_nothing(self, clock: Town) -> None:
        from yangban.base.errors import NotAllowed

        row = clock.working()
        with pytest.raises(NotAllowed, match="颜色由 测试市委员会办公室 判定"):
            office.confirm(clock.people["office.province"], "2026-01", {row.pk: ("red", "x")}, at=clock.tick())

    def test_three_papers_come_as_word_and_their_numbers_are_taken(self, clock: Town, enter: Any) -> None:
        from docx import Document

        row = clock.working(workflow="rectification")
        tasks.act(
            clock.people["office.city"], row.pk, "warn", seen=2, facts={"reason": "慢", "step_due": date(2026, 6, 30)}, at=clock.tick()
        )
        clock.at(2026, 4, 8)
        client = enter(clock.people["office.city"])
        asked = {
            "dispatch": {"period": "2026-03", "number": "调〔2026〕3期"},
            "circular": {"period": "2026-Q1", "number": "通〔2026〕1号", "demands": "加快进度\n按时报送"},
            "letter": {"task": row.pk, "number": "督〔2026〕1号", "reason": "只完成一成", "step_due": "2026-06-30"},
        }
        words = {"dispatch": "2026年3月调度报告", "circular": "2026年第一季度", "letter": "督办函"}
        for kind, sent in asked.items():
            answer = client.post(f"/desk/tasks/office/paper/{kind}/", sent)
            assert answer["Content-Type"].endswith("wordprocessingml.document"), kind
            text = "\n".join(each.text for each in Document(io.BytesIO(answer.content)).paragraphs)
            assert words[kind] in text.replace("\n", "")
            heads = "".join(each.text for part in Document(io.BytesIO(answer.content)).sections for each in part.header.paragraphs)
            assert "演示数据" in heads + text
        assert Paper.objects.count() == 3
        again = client.post("/desk/tasks/office/paper/dispatch/", asked["dispatch"], follow=True)
        assert "已经用过" in again.text

    def test_a_list_is_looked_at_by_row_and_then_issued(self, clock: Town, enter: Any) -> None:
        client = enter(clock.people["office.city"])
        head = "编号,任务名称,依据文件,地区,牵头单位,完成期限,数量,计量单位\n"
        wrong = (
            "甲-1,复绿,文1,,测试市水利局,2026-11-30,,", "甲-1,补种,文1,崇义县,没有的局,去年,5,",
            "甲-3,补种,文1,,没有的局,2026-11-30,,", "甲-4,补种,文1,,测试市水利局,2026-11-30,5,",
        )  # fmt: skip
        bad = head + "\n".join(wrong) + "\n"
        look = client.post("/desk/tasks/office/issue/", {"file": SimpleUploadedFile("清单.csv", bad.encode())})
        assert look.status_code == 422
        for where, problem in (("第3行", "由当地办公室下达"), ("第4行", "没有登记的单位：没有的局"), ("第5行", "还要有计量单位")):
            assert re.search(rf"{where}</th><td>[^<]*{problem}", look.text), problem
        good = head + "甲-1,复绿,文1,,测试市水利局,2026-11-30,,\n甲-2,补种,文1,赣州市,测试县政府,2026-10-31,5,个\n"
        look = client.post("/desk/tasks/office/issue/", {"file": SimpleUploadedFile("清单.csv", good.encode())})
        assert look.status_code == 200
        packed = re.search(r'name="rows" value="([^"]+)"', look.text)[1]
        assert client.post("/desk/tasks/office/issue/", {"rows": packed[:-2] + "xx", "confirm": "1"}).status_code == 422
        assert client.post("/desk/tasks/office/issue/", {"rows": packed, "confirm": "1"}).status_code == 302
        assert list(Task.objects.order_by("number").values_list("number", "level", "office")) == [
            ("甲-1", "city", "测试市委员会办公室"),
            ("甲-2", "city", "测试市委员会办公室"),
        ]
        out = client.get("/desk/tasks/list.xlsx")
        rows = issuing.read_rows(SimpleUploadedFile("导出.xlsx", out.content))
        assert [(row["number"], row["lead"], row.get("amount", "")) for _, row in rows] == [
            ("甲-2", "测试县政府", "5"),
            ("甲-1", "测试市水利局", ""),
        ]


def test_lists_take_a_fixed_number_of_questions(clock: Town, enter: Any, django_assert_max_num_queries: Any) -> None:
    rows = [
        tasks.draft(number=f"查-{n:03d}", terms=clock.terms(title=f"任务{n}"), place="360700", office=clock.units["office.city"].name)
        for n in range(80)
    ]
    tasks.issue_all(clock.people["office.city"], rows, at=clock.tick())
    client = enter(clock.people["office.city"])
    for page in ("list/", "tree/", "board/", "matrix/", "map/?region=360700"):
        client.get(f"/desk/tasks/{page}")
        with django_assert_max_num_queries(25):
            client.get(f"/desk/tasks/{page}")


def test_a_filter_is_an_address(clock: Town, enter: Any) -> None:
    clock.issued(title="甲的任务（虚构）")
    clock.issued(title="乙的任务（虚构）", workflow="rectification", lead="测试市林业局", assisting=())
    client = enter(clock.people["office.city"])
    page = client.get("/desk/tasks/list/?lead=测试市林业局").text
    assert "乙的任务" in page
    assert "甲的任务" not in page
    assert "甲的任务" in client.get("/desk/tasks/list/?q=甲的").text


def test_a_calendar_is_read_by_its_secret_alone(clock: Town, enter: Any, client: Any) -> None:
    row = clock.issued()
    page = enter(clock.people["head.water"]).post("/desk/tasks/calendar/", follow=True).text
    address = re.search(r'value="http://testserver(/calendar/[^"]+)"', page)[1]
    assert CalendarKey.objects.get().digest not in address
    client.logout()
    answer = client.get(address)
    lines = answer.content.decode().replace("\r\n ", "").split("\r\n")
    assert answer["Content-Type"].startswith("text/calendar")
    assert lines[0] == "BEGIN:VCALENDAR"
    assert "DTSTART;VALUE=DATE:20261130" in lines
    assert any(row.number in line for line in lines)
    assert all(len(line.encode()) <= 75 for line in answer.content.decode().split("\r\n"))
    assert client.get(address.replace("/calendar/", "/calendar/x")).status_code == 404
    clock.people["head.water"].memberships.update(valid_to="2021-01-01")
    assert client.get(address).status_code == 404


def test_a_head_lets_a_colleague_act_until_a_day(clock: Town, enter: Any) -> None:
    from yangban.base.errors import NotAllowed

    clock.moment = clock.moment.replace(year=date.today().year, month=date.today().month, day=date.today().day)
    head, colleague = clock.people["head.water"], clock.people["fill.water"]
    day = posts.today()
    with pytest.raises(NotAllowed, match="只能委托给本单位"):
        posts.delegate(head, clock.people["head.forest"], day)
    with pytest.raises(NotAllowed, match="截止日应在"):
        posts.delegate(head, colleague, day + timedelta(days=200))
    made = posts.delegate(head, colleague, day + timedelta(days=7))
    colleague.__dict__.pop("_memberships", None)
    assert {post.role for post in colleague.current_memberships()} == {"head", "reporter"}
    with pytest.raises(NotAllowed):
        posts.take_back(clock.people["head.forest"], made.pk)
    posts.take_back(head, made.pk)
    assert not Membership.objects.filter(user=colleague, role="head").exists()


def test_the_asked_month_is_the_one_before(settings: Any) -> None:
    settings.REPORT_DAY = 8
    assert work.period_asked(date(2026, 3, 1)) == "2026-02"
    assert work.due_of("2026-02") == date(2026, 3, 8)
