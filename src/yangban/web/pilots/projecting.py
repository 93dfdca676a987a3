"""Projects: money, milestones, shapes and photos, each with who and when; warnings follow from the rules of the book."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.db.models import Q, QuerySet

from yangban.base import regions
from yangban.base.errors import NotAllowed
from yangban.base.periods import parse
from yangban.govern import projects as room
from yangban.packs.species import extents
from yangban.readings.photos import Photo, bare_copy, read_photo
from yangban.readings.shapes import Box, read_shape
from yangban.web.accounts import audit
from yangban.web.accounts.models import Organisation, User, today
from yangban.web.accounts.permissions import demand, may
from yangban.web.pilots import editions
from yangban.web.pilots.models import Pilot, Project, ProjectMilestone, ProjectMoney, ProjectPhoto, ProjectShape
from yangban.web.plans import files
from yangban.web.plans.models import Task
from yangban.web.plans.seeing import tasks_of
from yangban.web.plans.tasks import now
from yangban.web.public.models import PublishedFigure, PublishedRelease
from yangban.web.words import pick


def plain(row: Project) -> room.Project:
    """A project as plain data."""
    return room.Project(
        title=row.title,
        start=row.starts,
        end=row.ends,
        money=tuple(room.Money(each.kind, each.amount, each.day, each.source) for each in row.money.all()),
        milestones=tuple(room.Milestone(each.name, each.due, each.weight, each.done) for each in row.milestones.all()),
        touched=row.touched.date(),
    )


def warnings_of(row: Project, day: date) -> tuple[room.Slow, ...]:
    """What is slow about a project on a day."""
    return room.slow(plain(row), day, editions.project_rules())


@transaction.atomic
def new_project(
    user: User, *, word: str, title: str, kind: str, region: str, unit: Organisation, starts: date | None, ends: date | None,
    basis: str = "", about: str = "", pilot: Pilot | None = None, indicators: Sequence[str] = (), before: str = "", after: str = "",
    subject: str = "", demo: bool = False,
) -> Project:  # fmt: skip
    """Register a project: by its unit, or by the office of its place."""
    _demand_edit(user, unit.pk, region)
    if not title.strip() or not word.strip():
        raise NotAllowed("facts", pick("请填写项目名称和简写", "Give a title and a short word"))
    if Project.objects.filter(word=word.strip()).exists():
        raise NotAllowed("facts", pick(f"简写 {word} 已经用过", f"The word {word} is taken"))
    if kind not in dict(Project._meta.get_field("kind").choices):
        raise NotAllowed("facts", f"没有项目类型 {kind!r}")
    if starts is None or ends is None or ends <= starts:
        raise NotAllowed("facts", pick("请填写开工日和完工日，完工日在后", "Give the first and the last day, the last one later"))
    regions.place(region)
    for period in (before, after):
        if period:
            parse(period)
    row = Project.objects.create(
        word=word.strip(), title=title.strip(), kind=kind, region=region, unit=unit, starts=starts, ends=ends, basis=basis.strip(),
        about=about.strip(), pilot=pilot, indicators=list(indicators), before=before, after=after, subject=subject, demo=demo, by=user,
    )  # fmt: skip
    audit.record(user, "project.new", row.word, {"title": row.title, "region": region})
    return row


def _demand_edit(user: User, unit: int, region: str) -> None:
    if not may(user, "projects.edit", organisation=unit):
        demand(user, "projects.grant", region=region)


def may_edit(user: User, row: Project) -> bool:
    """Whether a person keeps a project: of its unit, or of the office of its place."""
    return bool(may(user, "projects.edit", organisation=row.unit_id)) or bool(may(user, "projects.grant", region=row.region))


@transaction.atomic
def add_money(user: User, row: Project, *, kind: str, amount: Decimal | None, day: date | None, source: str) -> ProjectMoney:
    """One entry of money. Granted money is entered by the office, planned and paid money by the unit; nobody changes an entry."""
    if kind not in room.KINDS:
        raise NotAllowed("facts", f"没有资金类别 {kind!r}；可用 {'、'.join(zh for zh, _ in room.KINDS.values())}")
    if kind == room.GRANTED:
        demand(user, "projects.grant", region=row.region)
    else:
        _demand_edit(user, row.unit_id, row.region)
    if amount is None or amount == 0 or not source.strip() or day is None:
        raise NotAllowed("facts", pick("请填写金额（万元，不为0）、日期和依据", "Give amount, day and source"))
    if amount != round(amount, 4):
        raise NotAllowed("facts", pick(f"金额最多4位小数（万元），得到 {amount}", f"At most four decimals, got {amount}"))
    if day > today():
        raise NotAllowed("facts", pick("日期不能晚于今天", "The day is not past yet"))
    sums = {each.kind: Decimal(0) for each in row.money.all()}
    for each in row.money.all():
        sums[each.kind] += each.amount
    if sums.get(kind, Decimal(0)) + amount < 0:
        raise NotAllowed("facts", pick(f"冲减后{room.KINDS[kind][0]}合计会小于0", "The sum would be below 0"))
    made = ProjectMoney.objects.create(project=row, kind=kind, amount=amount, day=day, source=source.strip(), by=user)
    _touched(user, row, "project.money", {"kind": kind, "amount": f"{amount:f}", "day": day.isoformat()})
    return made


@transaction.atomic
def add_milestone(user: User, row: Project, *, name: str, due: date | None, weight: Decimal = Decimal(1)) -> ProjectMilestone:
    """A milestone of the work."""
    _demand_edit(user, row.unit_id, row.region)
    if not name.strip() or due is None or weight <= 0:
        raise NotAllowed("facts", pick("请填写节点名称、期限和大于0的权重", "Give name, due day and a weight above 0"))
    made = ProjectMilestone.objects.create(project=row, name=name.strip(), due=due, weight=weight)
    _touched(user, row, "project.milestone", {"name": made.name, "due": due.isoformat()})
    return made


@transaction.atomic
def finish(user: User, row: Project, pk: int, *, day: date | None, note: str = "") -> ProjectMilestone:
    """A milestone is done."""
    _demand_edit(user, row.unit_id, row.region)
    held = ProjectMilestone.objects.select_for_update().filter(pk=pk, project=row).first()
    if held is None:
        raise NotAllowed("facts", pick("请选择节点", "Choose a milestone"))
    if held.done is not None:
        raise NotAllowed("facts", pick(f"{held.name} 已在 {held.done} 完成", f"{held.name} was done on {held.done}"))
    when = day or today()
    if when > today():
        raise NotAllowed("facts", pick("完成日不能晚于今天", "The day is not past yet"))
    held.done, held.note = when, note.strip()
    held.save(update_fields=("done", "note"))
    _touched(user, row, "project.done", {"name": held.name, "day": when.isoformat()})
    return held


@transaction.atomic
def add_shape(user: User, row: Project, upload: Any) -> tuple[ProjectShape, tuple[str, ...]]:
    """The place of a project from a file; a shape that is there already is not kept twice."""
    _demand_edit(user, row.unit_id, row.region)
    name = str(upload.name).replace("\\", "/").rsplit("/", 1)[-1][-150:]
    made = read_shape(b"".join(upload.chunks()), name=name, within=_box())
    last = row.shapes.select_for_update().first()
    if last is not None and last.digest == made.digest:
        raise NotAllowed("facts", pick(f"与第 {last.version} 版完全相同", f"It is the same as version {last.version}"))
    held = ProjectShape.objects.create(
        project=row, version=1 if last is None else last.version + 1, geometry=made.geometry, digest=made.digest, name=name, by=user
    )
    _touched(user, row, "project.shape", {"version": held.version, "digest": made.digest, "parts": made.parts})
    return held, made.notes


def _box() -> Box | None:
    """The box of the site's region, where its pack gives one."""
    held = extents().get(settings.REGION)
    return None if held is None else Box(float(held.west), float(held.south), float(held.east), float(held.north))


@transaction.atomic
def add_photo(
    user: User, row: Project, upload: Any, *, stage: str, caption: str, taken: date | None = None, longitude: Decimal | None = None,
    latitude: Decimal | None = None, ask: bool = False,
) -> ProjectPhoto:  # fmt: skip
    """A photo. ``ask`` takes day and place out of the picture where they were not given; without it nothing is read from it."""
    _demand_edit(user, row.unit_id, row.region)
    if stage not in dict(ProjectPhoto._meta.get_field("stage").choices):
        raise NotAllowed("facts", f"没有阶段 {stage!r}")
    if not caption.strip():
        raise NotAllowed("facts", pick("请写一句照片说明（看不见图的人靠它）", "Describe the photo in a line"))
    if (longitude is None) != (latitude is None):
        raise NotAllowed("facts", pick("经度和纬度要么都填，要么都不填", "Give both longitude and latitude or neither"))
    content = b"".join(upload.chunks())
    inside: Photo = read_photo(content, name=str(upload.name), ask=ask)
    upload.seek(0)
    name, digest, _, _ = files.keep(upload)
    if ProjectPhoto.objects.filter(project=row, digest=digest).exists():
        raise NotAllowed("facts", pick("这张照片已经上传过", "This photo is there already"))
    copy = files.keep(SimpleUploadedFile("copy.jpg", bare_copy(content, name=name)))[1]
    found = longitude is None and inside.longitude is not None
    made = ProjectPhoto.objects.create(
        project=row, digest=digest, copy=copy, name=name, stage=stage, caption=caption.strip(), taken=taken or inside.taken,
        longitude=inside.longitude if found else longitude, latitude=inside.latitude if found else latitude,
        from_picture=found or (taken is None and inside.taken is not None), by=user,
    )  # fmt: skip
    _touched(user, row, "project.photo", {"digest": digest, "stage": stage})
    return made


@transaction.atomic
def link_task(user: User, row: Project, number: str) -> Task:
    """Tie a task to a project; only one that the person sees."""
    _demand_edit(user, row.unit_id, row.region)
    task = tasks_of(user).filter(number=number.strip()).first()
    if task is None:
        raise NotAllowed("facts", pick(f"没有您能看到的任务 {number}", f"There is no task {number} that you see"))
    row.tasks.add(task)
    _touched(user, row, "project.task", {"task": task.number})
    return task


@transaction.atomic
def show(user: User, row: Project, public: bool) -> None:
    """Show a project to everyone, or no longer."""
    demand(user, "projects.grant", region=row.region)
    row.public = public
    row.save(update_fields=("public",))
    audit.record(user, "project.public", row.word, {"public": public})


def _touched(user: User, row: Project, action: str, detail: dict[str, Any]) -> None:
    row.touched = now()
    row.save(update_fields=("touched",))
    audit.record(user, action, row.word, detail)


def seen_by(user: User) -> QuerySet[Project]:
    """The projects that are a person's to see: of one's unit, or within one's place."""
    asked = Q(pk__in=())
    for post in user.current_memberships():
        if post.role in {"office", "supervision", "reader"}:
            code = post.organisation.region
            asked |= Q(region__startswith={"province": code[:2], "city": code[:4]}.get(post.level, code))
        if post.role in {"head", "reporter"}:
            asked |= Q(unit=post.organisation_id)
    return Project.objects.filter(asked).select_related("unit", "pilot")


def demand_sight(user: User, row: Project) -> None:
    """Refuse who may not see a project."""
    if not seen_by(user).filter(pk=row.pk).exists():
        raise PermissionDenied(
            pick("这个项目不是您单位的，也不在您管辖的地区", "This project is neither your unit's nor lies in your place")
        )


def before_after(row: Project) -> list[tuple[str, PublishedFigure | None, PublishedFigure | None]]:
    """The Figures of a project's indicators before and after, of one edition; ``None`` where nothing was released."""
    subject = row.subject or row.region
    if not row.before or not row.after or not row.indicators:
        return []
    rows = PublishedFigure.objects.filter(
        release__in=PublishedRelease.objects.visible(), indicator__in=row.indicators, subject=subject, period__in=(row.before, row.after),
        scope="as_monitored",
    ).select_related("release", "roots").order_by("release_id")  # fmt: skip
    found = {(each.indicator, each.edition, each.period): each for each in rows}
    made = []
    for word in row.indicators:
        editions_held = [edition for indicator, edition, _ in found if indicator == word]
        # An edition stands in the list once for each of the two periods: the one that has both is the one to compare under.
        edition = max(editions_held, key=editions_held.count, default="")
        made.append((word, found.get((word, edition, row.before)), found.get((word, edition, row.after))))
    return made
