"""Projects on the site: whose money, milestones, shapes and photos; what everyone sees, and what the database refuses."""

from __future__ import annotations

import io
import json
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, connection, transaction
from PIL import Image

from yangban.base.errors import InputError, NotAllowed
from yangban.web.pilots import projecting
from yangban.web.pilots.models import Project, ProjectMoney, ProjectPhoto, ProjectShape

pytestmark = pytest.mark.django_db

TODAY = date.today()
SQUARE = [[114.30, 25.68], [114.31, 25.68], [114.31, 25.69], [114.30, 25.69], [114.30, 25.68]]


def shape(ring: Any = SQUARE, name: str = "范围.geojson") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, json.dumps({"type": "Polygon", "coordinates": [ring]}).encode())


def photo(colour: tuple[int, int, int] = (1, 2, 3)) -> SimpleUploadedFile:
    out, exif = io.BytesIO(), Image.Exif()
    exif[306] = "2026:03:04 05:06:07"
    exif.get_ifd(0x8825).update({1: "N", 2: (25.0, 41.0, 24.0), 3: "E", 4: (114.0, 18.0, 36.0)})
    Image.new("RGB", (80, 60), colour).save(out, "JPEG", exif=exif)
    return SimpleUploadedFile("现场.jpg", out.getvalue())


def test_granted_money_is_the_offices_entry_and_paid_money_the_units(town: Any, project: Any) -> None:
    day = TODAY - timedelta(days=3)
    projecting.add_money(town.people["unit"], project, kind="planned", amount=Decimal("100.5"), day=day, source="批复")
    with pytest.raises(PermissionDenied):
        projecting.add_money(town.people["unit"], project, kind="granted", amount=Decimal(50), day=day, source="下达")
    projecting.add_money(town.people["county"], project, kind="granted", amount=Decimal(50), day=day, source="下达")
    projecting.add_money(town.people["fill"], project, kind="paid", amount=Decimal(20), day=day, source="支付")
    for who in ("other", "else", "support", "reader", "watch", "expert1"):
        with pytest.raises(PermissionDenied):
            projecting.add_money(town.people[who], project, kind="paid", amount=Decimal(1), day=day, source="x")
    projecting.add_money(town.people["unit"], project, kind="paid", amount=Decimal(-5), day=day, source="冲减")
    with pytest.raises(NotAllowed, match="小于0"):
        projecting.add_money(town.people["unit"], project, kind="paid", amount=Decimal(-16), day=day, source="冲减")
    assert [(each.kind, each.amount) for each in project.money.all()] == [
        ("planned", Decimal("100.5")), ("granted", 50), ("paid", 20), ("paid", -5),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "amount", "days", "source"),
    [("gift", "1", 0, "x"), ("paid", "0", 0, "x"), ("paid", "1.00001", 0, "x"), ("paid", "1", -1, "x"), ("paid", "1", 0, " ")],
)
def test_money_without_kind_amount_day_or_source_is_refused(
    town: Any, project: Any, kind: str, amount: str, days: int, source: str
) -> None:
    with pytest.raises(NotAllowed):
        projecting.add_money(
            town.people["unit"], project, kind=kind, amount=Decimal(amount), day=TODAY - timedelta(days=days), source=source
        )
    assert not ProjectMoney.objects.exists()


def test_a_shape_is_checked_kept_in_versions_and_drawn(town: Any, project: Any, client: Any) -> None:
    projecting.add_shape(town.people["unit"], project, shape())
    with pytest.raises(NotAllowed, match="完全相同"):
        projecting.add_shape(town.people["unit"], project, shape())
    with pytest.raises(InputError, match="不在本地区"):
        projecting.add_shape(town.people["unit"], project, shape([[x + 20, y] for x, y in SQUARE]))
    with pytest.raises(InputError, match="没有闭合"):
        projecting.add_shape(town.people["unit"], project, shape(SQUARE[:-1]))
    projecting.add_shape(town.people["unit"], project, shape([[x + 0.01, y] for x, y in SQUARE]))
    assert [each.version for each in ProjectShape.objects.all()] == [2, 1]
    with pytest.raises(PermissionDenied):
        projecting.add_shape(town.people["other"], project, shape())
    page = client.get("/projects/mine-1/").text
    assert '<path d="M' in page
    assert "第 2 版" in page.replace("\n", "")


@pytest.mark.parametrize("table", ["projectmoney", "projectshape"])
def test_money_and_shapes_only_grow(town: Any, project: Any, table: str) -> None:
    projecting.add_money(town.people["unit"], project, kind="planned", amount=Decimal(1), day=TODAY, source="x")
    projecting.add_shape(town.people["unit"], project, shape())
    for sql in (f"UPDATE pilots_{table} SET at = '2020-01-01'", f"DELETE FROM pilots_{table}"):
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(sql)


def test_a_photo_tells_only_what_it_is_asked(town: Any, project: Any, client: Any) -> None:
    quiet = projecting.add_photo(town.people["unit"], project, photo(), stage="before", caption="坡面")
    assert (quiet.taken, quiet.longitude, quiet.from_picture) == (None, None, False)
    asked = projecting.add_photo(town.people["unit"], project, photo((9, 9, 9)), stage="after", caption="复绿", ask=True)
    assert (asked.taken, asked.longitude, asked.latitude, asked.from_picture) == (
        date(2026, 3, 4), Decimal("114.310000"), Decimal("25.690000"), True,
    )  # fmt: skip
    given = projecting.add_photo(
        town.people["unit"], project, photo((8, 8, 8)), stage="during", caption="施工", taken=TODAY, longitude=Decimal("114.3"),
        latitude=Decimal("25.6"), ask=True,
    )  # fmt: skip
    assert (given.taken, given.longitude, given.from_picture) == (TODAY, Decimal("114.3"), False)
    page = client.get("/projects/mine-1/").text
    assert quiet.digest not in page
    assert "114.31" not in page
    answer = client.get(f"/projects/mine-1/photos/{quiet.copy}.jpg")
    assert answer.status_code == 200
    assert b"Exif" not in answer.getvalue()
    assert client.get(f"/projects/mine-1/photos/{quiet.digest}.jpg").status_code == 404, "the file as handed in is not public"


@pytest.mark.parametrize(
    ("stage", "caption", "longitude", "reason"),
    [("never", "x", None, "没有阶段"), ("before", " ", None, "照片说明"), ("before", "x", Decimal(1), "都填")],
)
def test_a_photo_that_is_not_whole_is_refused(town: Any, project: Any, stage: str, caption: str, longitude: Any, reason: str) -> None:
    with pytest.raises(NotAllowed, match=reason):
        projecting.add_photo(town.people["unit"], project, photo(), stage=stage, caption=caption, longitude=longitude)
    with pytest.raises(InputError):
        projecting.add_photo(town.people["unit"], project, SimpleUploadedFile("a.jpg", b"<script>"), stage="before", caption="x")
    projecting.add_photo(town.people["unit"], project, photo(), stage="before", caption="x")
    with pytest.raises(NotAllowed, match="已经上传过"):
        projecting.add_photo(town.people["unit"], project, photo(), stage="after", caption="x")
    assert ProjectPhoto.objects.count() == 1


def test_who_sees_a_project_on_the_desk(town: Any, project: Any, enter: Any) -> None:
    seen = {who for who, user in town.people.items() if projecting.seen_by(user).exists()}
    assert seen == {"province", "city", "county", "unit", "fill", "reader", "watch"}
    assert enter(town.people["other"]).get("/desk/projects/mine-1/").status_code == 403
    assert enter(town.people["other"]).post("/desk/projects/mine-1/do/money/", {}).status_code == 403
    assert enter(town.people["admin"]).get("/desk/projects/").status_code == 403


def test_the_desk_takes_everything_by_form(town: Any, project: Any, enter: Any) -> None:
    client = enter(town.people["unit"])
    address = "/desk/projects/mine-1/do"
    client.post(f"{address}/money/", {"kind": "planned", "amount": "1,200.5", "day": TODAY.isoformat(), "source": "批复"})
    client.post(f"{address}/milestone/", {"name": "主体", "due": (TODAY - timedelta(days=2)).isoformat(), "weight": "2"})
    client.post(f"{address}/shape/", {"file": shape()})
    client.post(f"{address}/photo/", {"file": photo(), "stage": "before", "caption": "坡面", "ask": "1"})
    page = client.get("/desk/projects/mine-1/").text
    assert "1,200.5" in page
    assert "有节点过期2日未完成" in page
    assert "取自照片" in page
    held = project.milestones.get()
    client.post(f"{address}/done/", {"milestone": held.pk, "day": "", "note": "验收合格"})
    assert "有节点过期" not in client.get("/desk/projects/mine-1/").text
    again = client.post(f"{address}/done/", {"milestone": held.pk}, follow=True)
    assert "完成" in again.text
    wrong = client.post(f"{address}/money/", {"kind": "paid", "amount": "很多", "day": "", "source": ""}, follow=True)
    assert "应为数" in wrong.text
    assert (
        client.post(f"{address}/shape/", {"file": SimpleUploadedFile("a.kml", b"<!DOCTYPE kml><kml/>")}, follow=True).text.count("DOCTYPE")
        == 1
    )
    assert client.post(f"{address}/dance/").status_code == 404
    assert client.get("/en/desk/projects/mine-1/").status_code == 200


def test_only_the_office_shows_a_project(town: Any, project: Any, client: Any) -> None:
    with pytest.raises(PermissionDenied):
        projecting.show(town.people["unit"], project, False)
    projecting.show(town.people["city"], project, False)
    assert client.get("/projects/mine-1/").status_code == 404
    assert "mine-1" not in client.get("/projects/").text


def test_a_task_is_tied_only_by_who_sees_it(town: Any, project: Any) -> None:
    with pytest.raises(NotAllowed, match="没有您能看到的任务"):
        projecting.link_task(town.people["unit"], project, "没有-1")


def test_figures_before_and_after_are_gaps_where_nothing_was_released(project: Any, client: Any) -> None:
    """Of 2022 nothing was released, of 2023 the synthetic year: a gap beside a value, never a zero."""
    ((word, before, after),) = projecting.before_after(project)
    assert (word, before) == ("air.pm25.mean", None)
    assert after is not None
    assert after.display is not None
    assert "没有发布" in client.get("/projects/mine-1/").text


def test_a_project_without_its_dates_or_its_word_is_refused(town: Any, project: Any) -> None:
    given: dict[str, Any] = {
        "title": "x", "kind": "mine", "region": "360725", "unit": town.units["unit"], "starts": TODAY, "ends": TODAY + timedelta(days=1),
    }  # fmt: skip
    for wrong in ({"word": "mine-1"}, {"word": ""}, {"word": "a", "ends": TODAY}, {"word": "a", "kind": "x"}, {"word": "a", "title": " "}):
        with pytest.raises(NotAllowed):
            projecting.new_project(town.people["unit"], **{"word": "b", **given, **wrong})
    with pytest.raises(PermissionDenied):
        projecting.new_project(town.people["other"], **{"word": "b", **given})
    assert Project.objects.count() == 1
