"""The made-up plan of a region's pack as a demonstration: units, people without names, a few tasks at every stage. All of it says so."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from importlib import resources
from typing import Any, Final

from django.conf import settings

from yangban.base import regions
from yangban.base.periods import parse
from yangban.govern.model import Terms
from yangban.govern.plans import Document, read_plans
from yangban.indicators.targets import Target
from yangban.packs import pack_names
from yangban.web.accounts.demo import hashed
from yangban.web.accounts.models import Membership, Organisation, User, today
from yangban.web.accounts.permissions import lies_within
from yangban.web.plans import documents, reports, tasks
from yangban.web.plans.models import PlanDocument, Task
from yangban.web.plans.work import period_asked

PEOPLE: Final = (
    ("plan.office", "演示·环委办", "办公室", "city", "office"),
    ("plan.head", "演示·部门负责人", "水利", "city", "head"),
    ("plan.fill", "演示·部门填报", "水利", "city", "reporter"),
    ("plan.accept", "演示·验收", "验收", "city", "head"),
    ("plan.county", "演示·县政府", "政府", "county", "head"),
    ("plan.county.fill", "演示·县政府填报", "政府", "county", "reporter"),
    ("plan.county.office", "演示·县环委办", "办公室", "county", "office"),
    ("plan.watch", "演示·省级督察", "督察", "province", "supervision"),
)
"""User name, name shown, unit, level and role."""
_NAMES: Final = {
    "办公室": "生态环境保护委员会办公室（演示）",
    "水利": "水利局（演示）",
    "验收": "林业局（演示）",
    "政府": "人民政府（演示）",
    "督察": "生态环境保护督察办公室（演示）",
}


def demo_documents() -> list[Document]:
    """The made-up plans of the packs that lie in the site's region."""
    found = []
    for pack in pack_names():
        file = resources.files("yangban.packs") / pack / "demo" / "plans.toml"
        if file.is_file():
            found += [plan.newest for plan in read_plans(file.read_text(encoding="utf-8"), name=file.name)]
    return [each for each in found if each.demo and lies_within(each.subject, settings.REGION or each.subject)]


def make(password: str) -> None:
    """Make everything that is missing; a second call changes nothing."""
    shown = demo_documents()
    if not shown or PlanDocument.objects.filter(word=shown[0].id).exists():
        return
    document = shown[0]
    city = regions.place(document.subject)
    county = regions.children(city.code, level="county")[0]
    people, units = _people(password, {"province": regions.place(city.parent or city.code), "city": city, "county": county})
    held = documents.adopt(None, document)
    held.public = True
    held.save(update_fields=("public",))
    _tasks(document, people, units, county.code)


def _people(password: str, places: dict[str, Any]) -> tuple[dict[str, User], dict[str, Organisation]]:
    people, units = {}, {}
    for name, shown, unit, level, role in PEOPLE:
        place = places[level]
        units[f"{unit}.{level}"], _ = Organisation.objects.get_or_create(
            name=place.name + _NAMES[unit], region=place.code, defaults={"kind": Organisation.Kind.DEPARTMENT}
        )
        user, fresh = User.objects.get_or_create(username=name, defaults={"display_name": shown})
        if fresh:
            user.password = hashed(password)
            user.save()
        Membership.objects.get_or_create(user=user, organisation=units[f"{unit}.{level}"], role=role)
        people[name] = user
    return people, units


def _tasks(document: Document, people: dict[str, User], units: dict[str, Organisation], county: str) -> None:
    """Tasks as if they had been issued ten weeks ago, so that reports are due and one task is behind."""
    day, moment = today(), tasks.now() - timedelta(days=75)
    water, accept = units["水利.city"].name, units["验收.city"].name
    targets = tuple(each for each in document.targets() if each.indicator == "air.pm25.mean")
    items = [each for each in document.items if each.kind in {"task", "measure", "project"}]
    rows = [
        _draft(n, item.name, item.key, day, units["办公室.city"], water, accept, targets if n == 0 else ()) for n, item in enumerate(items)
    ]
    made = tasks.issue_all(people["plan.office"], rows, plan=document.id, at=moment)
    part = {"number": "演示-县-1", "place": county, "lead": units["政府.county"].name, "amount": Decimal(2), "acceptance": ""}
    for n, row in enumerate(made[:-1]):
        milestones = ("过半（虚构）",) if row.workflow == "rectification" else ()
        tasks.split(
            people["plan.head"],
            row.pk,
            seen=1,
            measures=("虚构的措施",),
            milestones=milestones,
            parts=[part] if n == 0 else [],
            kept=Decimal(3) if n == 0 else None,
            at=moment + timedelta(hours=1),
        )
    _reported(made[:-1], people, period_asked(day))
    slow = next((row for row in made[:-1] if row.workflow == "rectification"), None)
    if slow is not None:
        facts = {"reason": "虚构：进度慢于时间", "step_due": day + timedelta(days=20)}
        tasks.act(people["plan.office"], slow.pk, "warn", seen=Task.objects.get(pk=slow.pk).revision, facts=facts)


def _reported(made: list[Task], people: dict[str, User], asked: str) -> None:
    """The month before the one that is asked for: reported, signed, and accepted by the city."""
    before = period_asked(parse(asked).start)
    moment = datetime.combine(parse(asked).start, datetime.min.time(), tzinfo=UTC) + timedelta(days=1)
    for n, row in enumerate(each for each in made if each.workflow == "yearly"):
        held = reports.fill(people["plan.fill"], row.pk, before, progress=str(15 * (n + 1)), text="虚构的说明", at=moment)
        held = reports.step(people["plan.head"], held.pk, "sign", seen=held.step, at=moment + timedelta(hours=1))
        reports.step(people["plan.office"], held.pk, "accept", seen=held.step, at=moment + timedelta(hours=2))


def _draft(n: int, name: str, item: str, day: date, office: Organisation, lead: str, accept: str, targets: tuple[Target, ...]) -> Any:
    deadline = day + timedelta(days=(5, 40, 90, 160)[n % 4])
    terms = Terms(
        title=name,
        basis="演示文（虚构）",
        deadline=deadline,
        lead=lead,
        acceptance=accept,
        amount=Decimal(5) if n == 0 else None,
        unit="个" if n == 0 else "",
        targets=targets,
    )
    workflow = "rectification" if n % 3 == 1 else "yearly"
    return tasks.draft(
        number=f"演示-{n + 1:02d}", terms=terms, place=office.region, office=office.name, workflow=workflow, plan_item=item, demo=True
    )
