"""Pages of cases and activities: who sees what, that text stays text, that no form crosses a red line, and the ways through them."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django import forms as django_forms
from django.urls import reverse
from django.utils import timezone

import yangban.web
from web.cases.conftest import SAID, picture_file
from yangban.points.redlines import Face, Field, violations
from yangban.web.accounts.models import today
from yangban.web.cases import activities, books, library
from yangban.web.cases import forms as case_forms
from yangban.web.cases.models import Activity, Case, CaseCall, SignUp
from yangban.web.points import earning

pytestmark = pytest.mark.django_db
TEMPLATES = Path(yangban.web.__file__).parent / "templates" / "cases"
EVIL = "<script>alert(1)</script><img src=x onerror=alert(2)>\"'&{{7*7}}"


def activity(host: Any, body: Any, **changed: Any) -> Activity:
    now = timezone.now()
    said = {
        "title": "清河", "title_en": "", "text": "清理河岸", "text_en": "", "campaign": "", "place": "东门",
        "starts": now + timedelta(days=2), "ends": now + timedelta(days=2, hours=3), "sign_up_until": now + timedelta(days=1),
        "capacity": 1, "volunteer": True,
        "hours": None, "behaviour": "", **changed,
    }  # fmt: skip
    return activities.publish(host, activities.plan(host, body, said))


@pytest.mark.usefixtures("own_workspace")
class TestPublic:
    def test_list_case_and_search_in_both_languages(self, publish: Any, client: Any) -> None:
        row = publish()
        page = client.get("/cases/").text
        assert "小微湿地修复" in page
        assert "Restoring small wetlands" in client.get("/en/cases/").text
        found = client.get("/cases/", {"q": "白鹭"}).text
        assert "<mark>白鹭</mark>" in found
        assert "没有合适的案例" in client.get("/cases/", {"q": "沙漠"}).text
        one = client.get(f"/cases/{row.number}/")
        assert one.status_code == 200
        for text in SAID.values():
            assert text.split("\n")[0] in one.text + client.get(f"/en/cases/{row.number}/").text

    def test_text_stays_text_everywhere(self, publish: Any, client: Any, enter: Any, crew: Any, bodies: Any) -> None:
        row = publish(tags=("湿地", "<b>x</b>"), **{key: EVIL for key in SAID if key != "title"}, title=f"标题{EVIL}"[:60])
        library.copy(crew["other"], row, bodies["others"], what=EVIL, since=today(), outcome=EVIL)
        library.write(crew["editor"], row, {**SAID, "practice": EVIL + "改"}, ["湿地"], seen=1, remark=EVIL)
        pages = [
            client.get(path).text for path in ("/cases/", f"/cases/?q={'alert'}", "/cases/?tag=%3Cb%3Ex%3C%2Fb%3E", f"/cases/{row.number}/")
        ]
        staff = enter(crew["editor"])
        pages += [staff.get(f"/desk/cases/{row.number}/{end}").text for end in ("", "write/", "diff/1-2/", "pictures/")]
        pages.append(client.get("/cases/", {"q": EVIL}).text)
        for page in pages:
            assert "<script>alert" not in page
            assert "<img src=x" not in page
            assert "<b>x</b>" not in page
            assert "&amp;49" not in page
            assert not re.search(r"\sstyle=|\son[a-z]+=[\"']", page)
        assert "&lt;script&gt;" in pages[3]

    def test_drafts_are_not_found_and_withdrawn_ones_say_why(self, publish: Any, draft: Any, crew: Any, client: Any) -> None:
        assert client.get(f"/cases/{draft.number}/").status_code == 404
        row = publish(title="要撤下的")
        library.step(crew["checker"], row, "withdraw", seen=1, words="数据有误")
        gone = client.get(f"/cases/{row.number}/")
        assert gone.status_code == 410
        assert "数据有误" in gone.text
        assert SAID["practice"].split("\n")[0] not in gone.text
        assert "要撤下的" not in client.get("/cases/").text

    def test_a_picture_is_public_with_its_case_alone(self, crew: Any, draft: Any, client: Any, enter: Any) -> None:
        made = library.add_picture(crew["writer"], draft, picture_file(), alt="湿地", caption="", seen=1)
        path = reverse("cases:picture", args=[made.pictures[0]["digest"], "small"])
        assert client.get(path).status_code == 404
        assert enter(crew["other"]).get(path).status_code == 404
        own = enter(crew["writer"]).get(path)
        assert (own.status_code, own["Content-Type"], own["Cache-Control"]) == (200, "image/jpeg", "private, no-store")
        client.logout()
        for who, move in (("writer", "submit"), ("editor", "accept"), ("checker", "publish")):
            library.step(crew[who], draft, move, seen=2)
        shown = client.get(path)
        assert (shown.status_code, shown["X-Content-Type-Options"]) == (200, "nosniff")
        library.step(crew["checker"], draft, "withdraw", seen=2, words="撤")
        assert client.get(path).status_code == 404
        assert client.get(f"/cases/pictures/{'0' * 64}.large.jpg").status_code == 404
        assert client.get("/cases/pictures/..%2F..%2Fsite.key.large.jpg").status_code == 404

    def test_pages_of_a_list_and_strange_questions_answer(self, publish: Any, client: Any) -> None:
        publish()
        for query in ("q=%00", "q=" + "湿" * 300, "page=999", "page=x", "place=999999", "tag=%27", "q=%22湿地%22%20OR%20*"):
            assert client.get(f"/cases/?{query}").status_code == 200

    def test_the_numbers_lead_to_how_they_were_computed(self, crew: Any, draft: Any, client: Any) -> None:
        from yangban.web.public.models import PublishedFigure

        figure = PublishedFigure.objects.filter(indicator="air.good_day_ratio", subject="360100", period="2023").select_related("release")[
            0
        ]
        library.add_figure(crew["writer"], draft, figure, seen=1)
        for who, move in (("writer", "submit"), ("editor", "accept"), ("checker", "publish")):
            library.step(crew[who], draft, move, seen=2)
        page = client.get(f"/cases/{draft.number}/").text
        assert figure.display in page
        assert "合成数据" in page
        address = re.search(r'href="(/how/[^"]+)"', page)[1].replace("&amp;", "&")  # type: ignore[index]
        assert client.get(address).status_code == 200
        # A release that is public no more takes its number with it.
        type(figure.release).objects.update(audience="internal")
        assert "所属发布已不公开" in client.get(f"/cases/{draft.number}/").text


@pytest.mark.usefixtures("own_workspace")
class TestDesk:
    def test_from_the_call_to_the_library_by_the_pages(self, crew: Any, bodies: Any, enter: Any, client: Any) -> None:
        asked = {
            "organisation": bodies["office"].pk, "title": "典型案例征集", "text": "请报送", "opens": today(),
            "deadline": today() + timedelta(9), "public": "on",
        }  # fmt: skip
        assert enter(crew["editor"]).post("/desk/cases/calls/", asked).status_code == 302
        call = CaseCall.objects.get()
        assert "典型案例征集" in client.get("/cases/").text
        writer = enter(crew["writer"])
        assert "典型案例征集" in writer.get("/desk/cases/").text
        sent = {**SAID, "tags": "湿地 乡村", "organisation": bodies["writers"].pk, "call": call.pk, "seen": 0}
        answer = writer.post("/desk/cases/new/", sent)
        row = Case.objects.get()
        assert (answer.status_code, answer["Location"], row.call) == (302, f"/desk/cases/{row.number}/", call)
        upload = {"picture": picture_file(), "alt": "湿地", "caption": "修复后", "seen": 1}
        assert writer.post(f"/desk/cases/{row.number}/pictures/", upload).status_code == 302
        bad = writer.post(f"/desk/cases/{row.number}/pictures/", {**upload, "picture": picture_file("GIF"), "seen": 2})
        assert bad.status_code == 422
        assert "不是 JPEG" in bad.text
        found = writer.get(f"/desk/cases/{row.number}/figures/", {"indicator": "air.good_day_ratio", "subject": "360100", "period": "2023"})
        pk = re.search(r'name="add" value="(\d+)"', found.text)[1]  # type: ignore[index]
        assert writer.post(f"/desk/cases/{row.number}/figures/", {"add": pk, "seen": 2}).status_code == 302
        writer.post(f"/desk/cases/{row.number}/do/submit/", {"seen": 3})
        assert "小微湿地修复" in enter(crew["editor"]).get("/desk/cases/reviews/").text
        assert "案例待您审核" in client.get("/desk/").text
        client.post(f"/desk/cases/{row.number}/do/accept/", {"seen": 3})
        changed = {**SAID, "title": "改过的标题", "tags": "湿地", "remark": "改标题", "seen": 3}
        assert client.post(f"/desk/cases/{row.number}/write/", changed).status_code == 302
        stale = client.post(f"/desk/cases/{row.number}/write/", {**changed, "title": "晚了", "seen": 3})
        assert stale.status_code == 422
        assert "晚了" in stale.text  # nothing that was typed is lost
        assert "另一人" not in enter(crew["checker"]).get(f"/desk/cases/{row.number}/").text
        assert "案例待您发布" in client.get("/desk/").text
        client.post(f"/desk/cases/{row.number}/do/publish/", {"seen": 4})
        client.logout()
        assert "改过的标题" in client.get("/cases/").text
        assert f"/cases/{row.number}/" in client.get("/sitemap.xml").text

    def test_nobody_comes_into_the_case_of_another(self, draft: Any, crew: Any, enter: Any, client: Any) -> None:
        paths = [f"/desk/cases/{draft.number}/{end}" for end in ("", "write/", "figures/", "pictures/", "diff/1-1/")]
        assert {client.get(path).status_code for path in paths} == {302}
        for who in ("other", "editor", "checker"):
            staff = enter(crew[who])
            assert {staff.get(path).status_code for path in paths} == {403}, who
            assert staff.post(f"/desk/cases/{draft.number}/do/submit/", {"seen": 1}).status_code == 403
        assert Case.objects.get().state == "draft"

    def test_a_reader_finds_none_of_it(self, person: Any, enter: Any) -> None:
        staff = enter(person("reader"))
        for path in ("cases/", "cases/new/", "cases/reviews/", "cases/calls/", "compendia/", "activities/", "activities/new/"):
            assert staff.get(f"/desk/{path}").status_code == 403, path
        assert "案例与活动" not in staff.get("/desk/").text

    def test_a_published_case_is_copied_from_the_desk(self, publish: Any, crew: Any, bodies: Any, enter: Any, client: Any) -> None:
        row = publish()
        staff = enter(crew["other"])
        assert "我们单位也这样做" in staff.get(f"/desk/cases/{row.number}/").text
        said = {"organisation": bodies["others"].pk, "since": today(), "what": "先截污", "outcome": ""}
        for outcome in ("", "池塘变清"):
            staff.post(f"/desk/cases/{row.number}/copy/", {**said, "outcome": outcome})
        client.logout()
        page = client.get(f"/cases/{row.number}/").text
        assert page.count("西湖区水利局") == 1
        assert "池塘变清" in page

    def test_a_compendium_by_the_pages(
        self, publish: Any, crew: Any, bodies: Any, enter: Any, django_capture_on_commit_callbacks: Any
    ) -> None:
        row, staff = publish(), enter(crew["editor"])
        said = {"organisation": bodies["office"].pk, "title": "资料汇编", "subtitle": "", "year": today().year}
        path = staff.post("/desk/compendia/", said)["Location"]
        book = books.Book.objects.get()
        text = {"title": "资料汇编", "subtitle": "", "foreword": "", "parts": f"# 上册\n{row.number}", "seen": book.step}
        assert staff.post(path, text).status_code == 302
        assert staff.post(path, {**text, "parts": "## 章"}).status_code == 422
        with django_capture_on_commit_callbacks(execute=True):
            staff.post(f"{path}make/")
        assert "已编印" in staff.get(path).text
        answer = staff.get(f"{path}1.docx")
        assert answer["Content-Disposition"].startswith("attachment")
        assert b"".join(answer)[:2] == b"PK"
        assert enter(crew["writer"]).get(f"{path}1.docx").status_code == 403


class TestActivities:
    @pytest.fixture
    def host(self, person: Any, bodies: Any) -> Any:
        return person("head", organisation=bodies["writers"])

    def test_sign_up_wait_cancel(self, host: Any, bodies: Any, client: Any) -> None:
        row = activity(host, bodies["writers"])
        assert "清河" in client.get("/events/").text
        path = f"/events/{row.pk}/"
        refused = client.post(path, {"name": "小李"})
        assert refused.status_code == 422
        assert "勾选同意" in refused.text
        first = client.post(path, {"name": "小李", "agreed": "on"})
        assert first.status_code == 302
        page = client.get(first["Location"])
        assert "报名成功" in page.text
        assert "noindex" in page.text
        assert "您已报名" in client.get(path).text
        client.cookies.clear()
        second = client.post(path, {"name": "小王", "agreed": "on"})
        assert "候补" in client.get(second["Location"]).text
        client.post(first["Location"])
        assert "报名成功" in client.get(second["Location"]).text
        assert list(SignUp.objects.order_by("pk").values_list("state", "name")) == [("cancelled", ""), ("coming", "小王")]
        client.cookies.clear()
        assert "小王" not in client.get(path).text + client.get("/events/").text

    def test_a_program_in_the_trap_signs_nobody_up(self, host: Any, bodies: Any, client: Any) -> None:
        row = activity(host, bodies["writers"])
        client.post(f"/events/{row.pk}/", {"name": "x", "agreed": "on", "website": "http://spam.example"})
        assert not SignUp.objects.exists()

    def test_drafts_and_wrong_codes_are_not_found(self, host: Any, bodies: Any, client: Any) -> None:
        row = activity(host, bodies["writers"])
        Activity.objects.update(state="draft")
        assert client.get(f"/events/{row.pk}/").status_code == 404
        assert client.get("/events/mine/AAAAAAAAAA/").status_code == 404
        assert client.get("/events/c/none/").status_code == 410
        assert client.post("/events/mine/", {"code": "AAAAAAAAAA"}).status_code == 422

    def test_the_screen_changes_its_code_when_it_was_used(self, host: Any, bodies: Any, enter: Any, client: Any) -> None:
        row = activity(host, bodies["writers"])
        made = activities.sign_up(row, name="小李")
        now = timezone.now()
        Activity.objects.update(starts=now - timedelta(hours=1), ends=now + timedelta(hours=1), sign_up_until=now - timedelta(hours=2))
        staff = enter(host)
        path = f"/desk/activities/{row.pk}/code/"
        first = re.search(r'href="http://testserver(/events/c/(\w+)/)"', staff.get(path).text)
        same = staff.get(f"{path}?last={first[2]}", headers={"HX-Request": "true"}).text  # type: ignore[index]
        assert first[2] in same  # type: ignore[index]
        client.logout()
        assert client.get(first[1]).status_code == 200  # type: ignore[index]
        done = client.post(first[1], {"code": made.code.lower()})  # type: ignore[index]
        assert "签到成功" in client.get(done["Location"]).text
        assert client.get(first[1]).status_code == 410  # type: ignore[index]
        after = enter(host).get(f"{path}?last={first[2]}", headers={"HX-Request": "true"}).text  # type: ignore[index]
        assert first[2] not in after  # type: ignore[index]

    def test_hours_are_confirmed_on_the_page_and_other_organisers_stay_out(self, host: Any, bodies: Any, enter: Any, person: Any) -> None:
        row = activity(host, bodies["writers"])
        made = activities.sign_up(row, name="小李")
        now = timezone.now()
        Activity.objects.update(starts=now - timedelta(hours=1), ends=now + timedelta(hours=1), sign_up_until=now - timedelta(hours=2))
        path = f"/desk/activities/{row.pk}/"
        staff = enter(host)
        assert "1.1" in staff.post(path, {f"hours.{made.pk}": "1.1"}, follow=True).text
        staff.post(path, {f"hours.{made.pk}": "2.5"})
        assert 'value="2.5"' in staff.get(path).text
        staff.post(f"{path}do/finish/", {"text": "清了两公里"})
        assert "清了两公里" in staff.get(f"/events/{row.pk}/").text
        other = enter(person("head", organisation=bodies["others"]))
        assert {other.get(path).status_code, other.post(f"{path}do/cancel/", {"text": "x"}).status_code} == {403}


def _face(form: type[django_forms.BaseForm]) -> Face:
    photos = (django_forms.FileField, django_forms.ImageField)
    fields = [
        Field(name, "photo" if isinstance(field, photos) else "text", required=field.required, skippable=form is case_forms.NewPicture)
        for name, field in form.base_fields.items()
    ]
    return Face(id=form.__name__, title=form.__name__, fields=tuple(fields))


def test_no_form_and_no_page_crosses_a_red_line() -> None:
    """All forms of cases and activities and all their pages: nothing forces a photo, a place or a check-in, and nobody is ranked.

    The one form with a picture stands on a page of its own that nobody has to open: a case is submitted and published without any.
    """
    lines = earning.book().redlines["redlines-2026"]
    found = [
        each for each in vars(case_forms).values()
        if isinstance(each, type) and issubclass(each, django_forms.BaseForm) and each.__module__ == case_forms.__name__
    ]  # fmt: skip
    assert set(found) == set(case_forms.ALL)
    assert [each for form in found for each in violations(lines, _face(form))] == []
    with_file = [form for form in found if any(isinstance(each, django_forms.FileField) for each in form.base_fields.values())]
    assert with_file == [case_forms.NewPicture]
    assert "可不传" in str(case_forms.NewPicture.base_fields["picture"].help_text)
    photo = type("Photo", (django_forms.Form,), {"picture": django_forms.ImageField()})
    assert violations(lines, _face(photo))
    pages = sorted(TEMPLATES.rglob("*.html"))
    assert len(pages) > 20
    for page in pages:
        assert not re.search(r"capture=|geolocation|排行|排名榜|leaderboard|打卡", page.read_text(encoding="utf-8")), page.name
    assert "public:letter" in (TEMPLATES / "event.html").read_text(encoding="utf-8")
