"""A demonstration of applications, pilots and projects: people without names, made-up files and numbers. All of it says so.

The pilots themselves and the titles come from the region's pack and are real; support policies, applications and projects here are not.
"""

from __future__ import annotations

import io
import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile

from yangban.base import regions
from yangban.govern.records import Evidence
from yangban.web.accounts.demo import hashed
from yangban.web.accounts.models import Membership, Organisation, User, today
from yangban.web.pilots import applying, piloting, projecting
from yangban.web.pilots.models import Application, Pilot, Project
from yangban.web.plans.models import Task
from yangban.web.plans.tasks import now
from yangban.web.public import selectors
from yangban.web.public.models import PublishedFigure

COUNTY_EDITION: Final = "demonstration-area-2019"
CITY_EDITION: Final = "demonstration-area-2024"
TRANSITION: Final = "演示：2019年版是书中唯一有县级指标表的版本"
ACCOUNTS: Final = ("pilot.province", "pilot.city", "pilot.county", "pilot.unit", "pilot.expert1", "pilot.expert2", "pilot.expert3")
"""Accounts of this demonstration: the offices of province, city and county, the applying county, three experts."""


def make(password: str) -> None:
    """Make everything that is missing; a second call changes nothing."""
    piloting.take_over()
    city = next((each for each in regions.children(settings.REGION, level="city") if regions.children(each.code, level="county")), None)
    if city is None or Application.objects.filter(demo=True).exists():
        return
    pilot = Pilot.objects.filter(kind="city").first()
    if pilot is not None:
        city = regions.place(pilot.region)
    counties = regions.children(city.code, level="county")[:3]
    people = _people(password, city, counties)
    day = now() - timedelta(days=40)
    period = _period(counties[0].code)
    _in_notice(people, "cityunit", city.name, period, day)
    _in_review(people, "unit2", counties[1].name, period, day)
    _warned(people, "unit3", counties[2].name, period, day - timedelta(days=700))
    if pilot is not None:
        _support(people, pilot)
    _projects(people, counties[0].code, pilot, period)


def _period(county: str) -> str:
    """The newest year with released Figures, else the year before this one."""
    years = [each for each in selectors.periods() if len(each) == 4]
    held = PublishedFigure.objects.filter(subject=county, period__in=years).order_by("-period").values_list("period", flat=True).first()
    return held or (years[-1] if years else str(today().year - 1))


def _people(password: str, city: Any, counties: Sequence[Any]) -> dict[str, User]:
    province = regions.place(settings.REGION)
    wanted: list[tuple[str, str, str, str, str]] = [
        ("province", "演示·省环委办", f"{province.name}生态环境保护委员会办公室（演示）", province.code, "office"),
        ("city", "演示·市环委办（示范）", f"{city.name}生态环境保护委员会办公室（演示）", city.code, "office"),
    ]
    wanted.append(("cityunit", "演示·申报市政府", f"{city.name}人民政府（演示）", city.code, "head"))
    for n, place in enumerate(counties):
        mark = "" if n == 0 else str(n + 1)
        wanted += [
            (f"county{mark}", f"演示·县环委办{mark}", f"{place.name}生态环境保护委员会办公室（演示）", place.code, "office"),
            (f"unit{mark}", f"演示·申报县政府{mark}", f"{place.name}人民政府（演示）", place.code, "head"),
        ]
    wanted += [(f"expert{n}", f"演示·专家{n}", f"演示研究院{n}（虚构）", province.code, "expert") for n in (1, 2, 3)]
    wanted.append(("expert9", "演示·本县专家", f"{counties[0].name}环境监测站（演示）", counties[0].code, "expert"))
    people = {}
    for word, shown, unit, region, role in wanted:
        kind = Organisation.Kind.INSTITUTION if role == "expert" else Organisation.Kind.DEPARTMENT
        body, _ = Organisation.objects.get_or_create(name=unit, region=region, defaults={"kind": kind})
        user, fresh = User.objects.get_or_create(username=f"pilot.{word}", defaults={"display_name": shown})
        if fresh:
            user.password = hashed(password)
            user.save()
        Membership.objects.get_or_create(user=user, organisation=body, role=role, defaults={"valid_from": today() - timedelta(days=900)})
        people[word] = user
    return people


def _file(name: str) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, f"演示文件，内容虚构：{name}".encode())


class _Clock:
    """A moment that each act moves on."""

    def __init__(self, moment: datetime) -> None:
        self.moment = moment

    def tick(self, **step: int) -> datetime:
        self.moment += timedelta(**(step or {"hours": 3}))
        return self.moment


def _submitted(people: dict[str, User], who: str, name: str, period: str, clock: _Clock) -> Application:
    """An application that the county has handed in and both offices have passed."""
    user = people[who]
    body = user.current_memberships()[0].organisation
    at_city = who == "cityunit"
    row = applying.open_application(
        user,
        programme=CITY_EDITION if at_city else COUNTY_EDITION,
        applicant=body,
        title=f"{name}申报国家生态文明建设示范区（演示）",
        transition="" if at_city else TRANSITION,
        at=clock.tick(),
        demo=True,
    )
    row = applying.self_check(user, row.pk, period, seen=row.revision, at=clock.tick())
    files = applying.add_files(user, row, [_file("申报报告（演示）.pdf")])
    told = tuple(f"{each}：虚构的说明" for each in row.body["unmet"])
    proofs = applying.shown_files(row, [each.digest for each in files])
    row = applying.act(user, row.pk, "submit", seen=row.revision, facts={"dossier": proofs, "explanations": told}, at=clock.tick())
    if not at_city:
        county = people[f"county{who.removeprefix('unit')}"]
        row = applying.act(county, row.pk, "pass", seen=row.revision, facts={"opinion": "虚构：材料齐全"}, at=clock.tick(days=2))
    return applying.act(people["city"], row.pk, "pass", seen=row.revision, facts={"opinion": "虚构：同意上报"}, at=clock.tick(days=2))


def _reviewed(people: dict[str, User], row: Application, clock: _Clock, scores: Sequence[str]) -> Application:
    names = tuple(people[f"expert{n}"].get_username() for n in (1, 2, 3))
    row = applying.act(people["province"], row.pk, "appoint", seen=row.revision, facts={"experts": names}, at=clock.tick())
    for n, score in enumerate(scores, 1):
        facts = {"score": Decimal(score), "opinion": "虚构的评审意见", "advice": "yes"}
        row = applying.act(people[f"expert{n}"], row.pk, "score", seen=row.revision, facts=facts, at=clock.tick())
    return row


def _noticed(people: dict[str, User], row: Application, clock: _Clock, days: int) -> Application:
    office = people["province"]
    files = applying.add_files(office, row, [_file("现场照片（演示）.jpg")])
    proofs = applying.shown_files(row, [each.digest for each in files])
    row = applying.act(office, row.pk, "to_field", seen=row.revision, facts={"opinion": "虚构：进入现场核查"}, at=clock.tick())
    facts: dict[str, Any] = {
        "day": clock.moment.date(), "inspectors": ("演示甲", "演示乙"), "record": "虚构：现场与材料一致", "evidence": proofs,
    }  # fmt: skip
    row = applying.act(office, row.pk, "field_record", seen=row.revision, facts=facts, at=clock.tick(days=1))
    facts = {"notice_until": clock.moment.date() + timedelta(days=days), "basis": "演示函〔虚构〕1号"}
    return applying.act(office, row.pk, "notice", seen=row.revision, facts=facts, at=clock.tick())


def _in_notice(people: dict[str, User], who: str, name: str, period: str, day: datetime) -> None:
    clock = _Clock(day)
    row = _reviewed(people, _submitted(people, who, name, period, clock), clock, ("86.5", "91", "78"))
    clock.tick(days=20)
    _noticed(people, row, clock, 40)


def _in_review(people: dict[str, User], who: str, name: str, period: str, day: datetime) -> None:
    clock = _Clock(day)
    _reviewed(people, _submitted(people, who, name, period, clock), clock, ("82", "88"))


def _warned(people: dict[str, User], who: str, name: str, period: str, day: datetime) -> None:
    """A title of two years ago that is now warned."""
    clock, office = _Clock(day), people["province"]
    row = _reviewed(people, _submitted(people, who, name, period, clock), clock, ("90", "88", "93"))
    row = _noticed(people, row, clock, 10)
    row = applying.act(office, row.pk, "recommend", seen=row.revision, facts={"basis": "演示函〔虚构〕2号"}, at=clock.tick(days=15))
    facts: dict[str, Any] = {"basis": "演示公告（虚构）", "plate": "演示-001", "day": clock.moment.date()}
    row = applying.act(office, row.pk, "name", seen=row.revision, facts=facts, at=clock.tick(days=30))
    file = applying.add_files(office, row, [_file("通报（演示）.pdf")])[0]
    facts = {
        "grounds": ("worse",), "reason": "虚构：细颗粒物浓度反弹", "rectify_until": today() + timedelta(days=60),
        "evidence": (Evidence(name=file.name, digest=file.digest, kind=file.kind),),
    }  # fmt: skip
    applying.act(office, row.pk, "warn", seen=row.revision, facts=facts, at=now())


def _support(people: dict[str, User], pilot: Pilot) -> None:
    office = people["city"]
    names = (
        ("矿山修复资金优先安排（虚构）", "省自然资源厅（演示）", "used"), ("监测能力建设支持（虚构）", "省生态环境厅（演示）", "ready"),
        ("湿地保护项目支持（虚构）", "省林业局（演示）", "planned"), ("绿色金融试点支持（虚构）", "省地方金融管理局（演示）", "unused"),
    )  # fmt: skip
    for n, (title, unit, state) in enumerate(names):
        body, _ = Organisation.objects.get_or_create(name=unit, region=settings.REGION, defaults={"kind": Organisation.Kind.DEPARTMENT})
        due = today() + timedelta(days=(-20, 60, -10, 90)[n])
        row = piloting.add_policy(office, pilot, title=title, unit=body, action="虚构的做法", due=due, demo=True)
        if state != "planned":
            piloting.report_policy(office, row.pk, state=state, note="虚构：条件不具备" if state == "unused" else "")


def _projects(people: dict[str, User], county: str, pilot: Pilot | None, period: str) -> None:
    user, office = people["unit"], people["county"]
    body = user.current_memberships()[0].organisation
    day = today()
    for n, (title, kind, ago, length) in enumerate(
        (("废弃稀土矿山生态修复（演示）", "mine", 300, 500), ("城区河道水环境治理（演示）", "water", 200, 420))
    ):
        row = projecting.new_project(
            user, word=f"demo-{n + 1}", title=title, kind=kind, region=county, unit=body, starts=day - timedelta(days=ago),
            ends=day + timedelta(days=length - ago), basis="演示批复（虚构）", about="虚构的项目，只为演示页面。", pilot=pilot,
            indicators=("water.good_ratio", "air.pm25.mean"), before=str(int(period) - 1), after=period, subject=county[:4] + "00",
            demo=True,
        )  # fmt: skip
        planned = Decimal(2400 if n == 0 else 860)
        projecting.add_money(user, row, kind="planned", amount=planned, day=day - timedelta(days=ago + 20), source="演示批复（虚构）")
        projecting.add_money(office, row, kind="granted", amount=planned / 2, day=day - timedelta(days=ago - 10), source="演示下达（虚构）")
        if n == 0:
            projecting.add_money(user, row, kind="paid", amount=planned / 4, day=day - timedelta(days=60), source="演示支付（虚构）")
        for m, name in enumerate(("勘察设计", "主体工程", "复绿或清淤", "验收移交")):
            made = projecting.add_milestone(
                user, row, name=f"{name}（虚构）", due=day - timedelta(days=ago) + timedelta(days=length * (m + 1) // 4),
                weight=Decimal(1 if m else 2),
            )  # fmt: skip
            if m == 0 or (n == 0 and m == 1):
                projecting.finish(user, row, made.pk, day=min(made.due, day))
        _place(user, row, n)
        projecting.show(office, row, True)
        task = Task.objects.filter(demo=True).order_by("number").first()
        if task is not None:
            row.tasks.add(task)


def _place(user: User, row: Project, n: int) -> None:
    """A made-up extent in the middle of the region's box and a drawn picture."""
    box = projecting._box()
    x, y = (0.0, 0.0) if box is None else ((box.west + box.east) / 2 + 0.01 * n, (box.south + box.north) / 2)
    ring = [[x, y], [x + 0.02, y + 0.004], [x + 0.025, y + 0.016], [x + 0.008, y + 0.02], [x - 0.004, y + 0.01], [x, y]]
    shape = {"type": "Feature", "properties": {}, "geometry": {"type": "Polygon", "coordinates": [ring]}}
    projecting.add_shape(user, row, SimpleUploadedFile("演示范围（虚构）.geojson", json.dumps(shape).encode()))
    for stage, colour in (("before", (173, 140, 104)), ("during", (150, 150, 110)), ("after", (96, 146, 92))):
        projecting.add_photo(
            user, row, SimpleUploadedFile(f"{stage}.jpg", _picture(colour)), stage=stage, caption="演示图片，不是现场照片",
            taken=row.starts if stage == "before" else None,
        )  # fmt: skip
        if stage == "before" and n == 1:
            break


def _picture(colour: tuple[int, int, int]) -> bytes:
    """A drawn hill under a sky: nobody takes it for a photo."""
    from PIL import Image, ImageDraw

    picture = Image.new("RGB", (640, 480), (214, 228, 236))
    draw = ImageDraw.Draw(picture)
    draw.polygon([(0, 480), (0, 330), (180, 210), (330, 300), (470, 180), (640, 320), (640, 480)], fill=colour)
    draw.ellipse((520, 50, 590, 120), fill=(250, 240, 200))
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=80)
    return out.getvalue()
