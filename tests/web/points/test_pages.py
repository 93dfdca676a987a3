"""The pages: a member's way by requests, the operator's desk, and the red lines over every form and page."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django import forms as django_forms
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

import yangban.web.points.forms as points_forms
from web.points.conftest import PASSWORD
from yangban.points.redlines import Face, Field, violations
from yangban.web.accounts.models import Membership, Organisation
from yangban.web.jobs.models import Job
from yangban.web.points import earning, people, posting, shop
from yangban.web.points.models import CheckPoint, Good, Merchant, Order, Question, Review, UnitYear

pytestmark = pytest.mark.django_db
TEMPLATES = Path(points_forms.__file__).parents[1] / "templates" / "points"


def test_before_any_scheme_is_run_the_site_says_so(client: Any) -> None:
    assert "还没有运行积分方案" in client.get("/points/").content.decode()
    assert client.get("/points/shop/").status_code == 404


def test_a_member_joins_checks_in_redeems_questions_and_leaves(client: Any, program: Any, operator: Any) -> None:
    point = CheckPoint.objects.create(scheme="example", behaviour="clean_plate", name="机关食堂", organisation=program.organisation)
    good = Good.objects.create(
        scheme="example", merchant=Merchant.objects.create(number="s1", name="示例书店"), name="书签", price=30, stock=2
    )
    code = earning.show_code(point).code
    page = client.get(f"/points/c/{code}/").content.decode()
    assert "机关食堂" in page
    assert f"/points/join/?next=/points/c/{code}/" in page
    weak = client.post("/points/join/", {"name": "13900000001", "password": "12345678", "agreed": "on"})
    assert weak.status_code == 422
    assert client.post("/points/join/", {"name": "13900000001", "password": PASSWORD}).status_code == 422  # not agreed
    answer = client.post("/points/join/", {"name": "13900000001", "password": PASSWORD, "agreed": "on", "next": f"/points/c/{code}/"})
    assert answer["Location"] == f"/points/c/{code}/"
    line = client.post(f"/points/c/{code}/")["Location"]
    page = client.get(line).content.decode()
    assert "clean-plate" in page
    assert "+5.0" in page
    assert client.get(f"/points/c/{code}/").status_code == 410
    page = client.get("/points/").content.decode()
    assert re.search(r'class="big num">5\.0<', page)
    assert "光盘行动" in page
    assert "Clean plate" in client.get("/en/points/").content.decode()
    client.post(f"/points/shop/{good.pk}/", {"key": "k1"})
    client.post(f"/points/shop/{good.pk}/", {"key": "k1"})
    order = Order.objects.get()
    assert order.code in client.get("/points/shop/").content.decode()
    assert "−3.0" in client.get("/points/lines/").content.decode()
    client.post(line, {"text": "为什么是5分"})
    asked = Question.objects.get()
    assert asked.due_on == timezone.localdate() + timedelta(days=15)
    assert client.post("/points/me/erase/", {"sure": "on"})["Location"] == "/points/me/"  # an order is pending
    client.post(f"/points/orders/{order.pk}/cancel/")
    told = json.loads(client.get("/points/me/export/").content)
    assert [each["kind"] for each in told["ledger"]] == ["earn", "hold", "cancel"]
    assert client.get("/points/certificate/").status_code == 200
    assert client.post("/points/me/erase/", {"sure": "on"})["Location"] == "/points/"
    assert client.get("/points/lines/").status_code == 302
    assert posting.check(["example"]).holds


def test_members_log_in_to_their_own_page(client: Any, program: Any, joined: Any) -> None:
    joined("13900000001")
    answer = client.post("/accounts/login/", {"login": "13900000001", "password": PASSWORD})
    assert (answer.status_code, answer["Location"]) == (302, "/points/")
    assert "可用积分" in client.get("/points/").content.decode()


def test_nobody_sees_the_lines_of_another(client: Any, program: Any, joined: Any, report: Any, enter: Any, operator: Any) -> None:
    one, other = joined(), joined("13900000002")
    pk = report(one, "parked", act=1).award.operation_id
    client.force_login(other.user)
    assert client.get(f"/points/lines/{pk}/").status_code == 404
    enter(operator)
    assert client.get(f"/points/lines/{pk}/").status_code == 404
    client.force_login(one.user)
    assert client.get(f"/points/lines/{pk}/").status_code == 200
    # Members are no staff.
    for path in ("", "reviews/", "questions/", "what-if/", "settlement/", "goods/", "orders/", "check-points/", "unit/"):
        assert client.get(f"/desk/points/{path}").status_code == 403


def test_the_desk_reviews_answers_hands_over_and_settles(
    client: Any, program: Any, joined: Any, report: Any, enter: Any, operator: Any, reviewer: Any
) -> None:
    member = joined()
    report(member, "parked", act=1)
    report(member, "steps", step=70000)
    good = Good.objects.create(
        scheme="example", merchant=Merchant.objects.create(number="s1", name="示例书店"), name="书签", price=30, stock=2
    )
    order = shop.order(member, good, "o1")
    enter(reviewer)
    page = client.get("/desk/points/reviews/").content.decode()
    assert "一天步数过多" in page
    client.post("/desk/points/reviews/", {"review": Review.objects.get().pk, "accept": "yes", "text": "有记录"})
    assert Review.objects.get().state == "accepted"
    enter(operator)
    assert client.get("/desk/points/reviews/").status_code == 403
    for path in (
        "",
        "questions/",
        "orders/",
        "goods/",
        "check-points/",
        "settlement/",
        f"what-if/?scheme=example&month={timezone.localtime():%Y-%m}",
    ):
        assert client.get(f"/desk/points/{path}").status_code == 200, path
        assert client.get(f"/en/desk/points/{path}").status_code == 200, path
    client.post("/desk/points/orders/", {"code": order.code})
    assert Order.objects.get().state == "delivered"
    page = client.get("/desk/points/settlement/").content.decode()
    assert "示例书店" in page
    assert "3.0" in page
    client.post("/desk/points/settlement/", {"merchant": good.merchant_id, "units": 30, "key": "2024-05"})
    assert posting.balance(posting.Account("example", "merchant", "s1")) == 0
    client.post("/desk/points/check-points/", {"name": "会场", "behaviour": "own_cup"})
    code = client.get(f"/desk/points/check-points/{CheckPoint.objects.get().pk}/").content.decode()
    assert "<svg" in code
    asked = Question.objects.create(member=member, operation_id=order.hold_id, text="?", due_on=timezone.localdate())
    client.post("/desk/points/questions/", {"question": asked.pk, "text": "按方法计"})
    assert Question.objects.get().answer == "按方法计"
    assert "暂不公布" in client.get("/points/totals/").content.decode()
    joined("13900000002")
    joined("13900000003")
    assert "发放积分" in client.get("/points/totals/").content.decode()


def test_a_sheet_of_a_partner_is_taken_in_once(
    client: Any, program: Any, joined: Any, enter: Any, operator: Any, django_capture_on_commit_callbacks: Any
) -> None:
    """A line each: good, repeated, of nobody, unreadable; taken in again nothing more happens."""
    member = joined()
    partner = Organisation.objects.create(name="示例回收", region="360000", kind="operator")
    people.consent(member, people.channel_of(partner))
    day = f"{timezone.localtime() - timedelta(days=1):%Y-%m-%d %H:%M}"
    sheet = f"编号,会员,行为,发生时间\na1,{member.number},停驶一天,{day}\na1,{member.number},停驶一天,{day}\n"
    sheet += f"a2,m2222222222,停驶一天,{day}\na3,{member.number},停驶一天,昨天\n"
    enter(operator)
    for encoding in ("utf-8", "gb18030"):
        file = SimpleUploadedFile("表.csv", sheet.encode(encoding), content_type="text/csv")
        with django_capture_on_commit_callbacks(execute=True):
            client.post("/desk/points/sheets/", {"source": partner.pk, "file": file})
    first, second = Job.objects.filter(kind="points.import").order_by("created_at")
    assert first.result["counts"] == {"unreadable": 1, "awarded": 1, "already": 1, "refused": 1}
    assert second.result["counts"] == {"unreadable": 1, "already": 2, "refused": 1}
    assert [(each["line"], each["code"]) for each in first.result["refused"]] == [(4, "unknown_member"), (5, "unreadable")]
    assert posting.balance(people.account_of("example", member)) == 100
    assert "没有这个会员" in client.get("/desk/points/sheets/").content.decode()


def test_another_operator_has_no_say(client: Any, program: Any, person: Any, bureau: Any, enter: Any) -> None:
    stranger = person("points_operator", organisation=bureau("360100", kind="operator", name="别的运营单位"))
    enter(stranger)
    assert client.get("/desk/points/").status_code == 404


def test_an_institution_sees_itself_and_sums_alone(client: Any, program: Any, person: Any, bureau: Any, enter: Any) -> None:
    items = [each.key for each in earning.book().scores["institutions"].items]
    units = [bureau("360000", kind="institution", name=f"示例单位{n}") for n in range(3)]
    for n, unit in enumerate(units):
        UnitYear.objects.create(organisation=unit, year=2025, staff=100 + n, area_m2=5000, used=dict.fromkeys(items, "1000"))
    enter(person("unit_keeper", organisation=units[0]))
    page = client.get("/desk/points/unit/").content.decode()
    assert "示例单位0" in page
    assert "示例单位1" not in page
    assert "303" in page  # all staff, in the sum
    UnitYear.objects.filter(organisation=units[2]).delete()
    assert "露出单个单位" in client.get("/desk/points/unit/").content.decode()
    keeper = Membership.objects.get(role="unit_keeper").user
    assert not people.member_of(keeper)
    assert Organisation.objects.filter(kind="institution").count() == 3


# ------------------------------------------------------------------------------------------------------------------------ red lines


def _kind(field: django_forms.Field) -> str:
    """A file counts as a photo unless the field takes nothing but tables."""
    return "photo" if isinstance(field, django_forms.FileField) and field.widget.attrs.get("accept") != ".csv" else "text"


def _face(form: type[django_forms.BaseForm]) -> Face:
    fields = [Field(name, _kind(field), required=field.required) for name, field in form.base_fields.items()]
    return Face(id=form.__name__, title=form.__name__, fields=tuple(fields))


def test_no_form_and_no_page_crosses_a_red_line() -> None:
    """All forms of the points, and all pages of them: no photo, no place, nothing that ranks, and always a way to complain."""
    lines = earning.book().redlines["redlines-2026"]
    found = [
        each for each in vars(points_forms).values()
        if isinstance(each, type) and issubclass(each, django_forms.BaseForm) and each.__module__ == points_forms.__name__
    ]  # fmt: skip
    assert set(found) == set(points_forms.ALL)
    assert [each for form in found for each in violations(lines, _face(form))] == []
    # A form with a compulsory photo would be seen.
    photo = type("Photo", (django_forms.Form,), {"picture": django_forms.ImageField()})
    assert violations(lines, _face(photo))
    pages = sorted(TEMPLATES.rglob("*.html"))
    assert len(pages) > 15
    for page in pages:
        text = page.read_text(encoding="utf-8")
        assert not re.search(r'type="file"|capture=|geolocation|排行|leaderboard', text), page.name
    assert 'name="text"' in (TEMPLATES / "line.html").read_text(encoding="utf-8")
