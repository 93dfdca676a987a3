"""Pilots: taken over from the packs, their support policies reported on by the units that promised them, and compared with other places."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import QuerySet

from yangban.base import regions
from yangban.base.errors import NotAllowed
from yangban.base.periods import parse
from yangban.govern.pilots import STATES, Comparison, Pair, Policy, Tally, compare, tally
from yangban.indicators.values import from_figure
from yangban.packs.titles import pilots as entries
from yangban.web.accounts import audit
from yangban.web.accounts.models import Organisation, User, today
from yangban.web.accounts.permissions import demand, lies_within, may
from yangban.web.pilots.models import Pilot, PilotGoal, PolicyStep, SupportPolicy
from yangban.web.plans.tasks import figure_of
from yangban.web.public.models import PublishedFigure, PublishedRelease
from yangban.web.words import pick

INDICATORS = ("air.pm25.mean", "air.good_day_ratio", "air.o3_8h.p90", "air.composite_index", "water.good_ratio", "water.cwqi")
"""On what pilots and other places are compared."""


@transaction.atomic
def take_over(*, region: str | None = None) -> list[Pilot]:
    """The pilots of the packs that lie in the site's region, made where they are missing; what the office changed since stays."""
    above = settings.REGION if region is None else region
    made = []
    for each in entries():
        if above and not lies_within(each.place, above):
            continue
        row, fresh = Pilot.objects.get_or_create(
            word=each.word,
            defaults={
                "kind": each.kind, "region": each.place, "title": each.title, "title_en": each.title_en, "basis": each.basis,
                "started": each.started, "confidence": each.confidence, "source": each.source, "facts": [dict(one) for one in each.facts],
                "public": True,
            },
        )  # fmt: skip
        if fresh:
            PilotGoal.objects.bulk_create(PilotGoal(pilot=row, **dict(goal)) for goal in each.goals)
            made.append(row)
    return made


@transaction.atomic
def new_pilot(user: User, *, word: str, region: str, title: str, basis: str = "", started: str = "", source: str = "") -> Pilot:
    """A pilot that an office registers."""
    demand(user, "pilots.edit", region=region)
    if not title.strip() or not word.strip():
        raise NotAllowed("facts", pick("请填写名称和简写", "Give a title and a short word"))
    if Pilot.objects.filter(word=word.strip()).exists():
        raise NotAllowed("facts", pick(f"简写 {word} 已经用过", f"The word {word} is taken"))
    level = regions.subject_level(region)
    if level not in {"city", "county"}:
        raise NotAllowed("facts", pick("试点应是市或县", "A pilot is a city or a county"))
    row = Pilot.objects.create(
        word=word.strip(), kind=level, region=region, title=title.strip(), basis=basis.strip(), started=started.strip(),
        source=source.strip() or str(user),
    )  # fmt: skip
    audit.record(user, "pilot.new", row.word, {"title": row.title, "region": region})
    return row


@transaction.atomic
def add_policy(
    user: User, pilot: Pilot, *, title: str, unit: Organisation | None, action: str = "", due: date | None = None, demo: bool = False
) -> SupportPolicy:
    """A support policy: which unit does what by when."""
    demand(user, "pilots.edit", region=pilot.region)
    if not title.strip() or unit is None:
        raise NotAllowed("facts", pick("请填写政策名称和支持单位", "Give the policy's title and the unit"))
    number = SupportPolicy.objects.select_for_update().filter(pilot=pilot).count() + 1
    row = SupportPolicy.objects.create(
        pilot=pilot, number=number, title=title.strip(), unit=unit, action=action.strip(), due=due, demo=demo
    )
    audit.record(user, "pilot.policy", f"{pilot.word} {number}", {"title": row.title, "unit": unit.name})
    return row


@transaction.atomic
def report_policy(user: User, pk: int, *, state: str, day: date | None = None, note: str = "") -> SupportPolicy:
    """Say how a support policy stands: by the unit that promised it, or by the office of the pilot. The history keeps every step."""
    row = SupportPolicy.objects.select_for_update().select_related("pilot", "unit").get(pk=pk)
    own = may(user, "pilots.support", organisation=row.unit_id)
    if not own and not may(user, "pilots.edit", region=row.pilot.region):
        raise PermissionDenied(
            pick("只有承诺这项政策的单位和试点的委员会办公室可以填报", "Only the unit and the office may report on this policy")
        )
    if state not in STATES:
        raise NotAllowed("facts", f"没有状态 {state!r}；可用 {'、'.join(STATES)}")
    when = day or today()
    if when > today():
        raise NotAllowed("facts", pick("日期不能晚于今天", "The day is not past yet"))
    if state in {"unused", "dropped"} and not note.strip():
        raise NotAllowed("facts", pick("“未使用”“不再实施”要写明原因", "Say why it was not used or dropped"))
    before, row.state, row.note = row.state, state, note.strip()
    row.used_on = when if state == "used" else None
    row.save(update_fields=("state", "note", "used_on"))
    post = next(iter(user.current_memberships()), None)
    PolicyStep.objects.create(
        policy=row, before=before, state=state, day=when, note=row.note, by=user, unit=post.organisation.name if post else ""
    )
    audit.record(user, "pilot.policy_state", f"{row.pilot.word} {row.number}", {"before": before, "state": state})
    return row


@transaction.atomic
def show(user: User, pilot: Pilot, public: bool) -> None:
    """Show a pilot to everyone, or no longer."""
    demand(user, "pilots.edit", region=pilot.region)
    pilot.public = public
    pilot.save(update_fields=("public",))
    audit.record(user, "pilot.public", pilot.word, {"public": public})


def support(pilot: Pilot, day: date) -> tuple[list[SupportPolicy], Tally]:
    """The support policies of a pilot and how they stand."""
    rows = list(pilot.policies.select_related("unit"))
    plain = [Policy(str(row.number), row.title, row.unit.name, row.action, row.due, row.state, row.used_on, row.note) for row in rows]
    for row, each in zip(rows, plain, strict=True):
        row.late = each.late(day)
        row.sign = f"{STATES[row.state][0]} {pick(*STATES[row.state][1:])}"
    return rows, tally(plain, day)


# ----------------------------------------------------------------------------------------------------------------- comparison


def compared(indicator: str, *, level: str, before: str, after: str, pilots: QuerySet[Pilot] | Sequence[Pilot]) -> Comparison:
    """The change of the pilots of a level on one indicator beside all other places of that level with released Figures.

    Places of which it is only inferred that they are pilots (``unverified``) stand on neither side.
    Raises :class:`~yangban.base.errors.NotAllowed` for two periods that cannot be set side by side.
    """
    early, late = parse(before), parse(after)
    if early.start >= late.start:
        raise NotAllowed("facts", f"前期 {before} 应早于后期 {after}")
    if early.label[4:] != late.label[4:]:
        raise NotAllowed("facts", f"{before} 与 {after} 不是同一种时段或不同季节，不能比较；应如 2022 与 2024，或 2022-06 与 2024-06")
    sure = {each.region for each in pilots if each.confidence != "unverified"}
    unsure = {each.region for each in pilots if each.confidence == "unverified"} - sure
    names, values = _released(indicator, level, (early.label, late.label))
    pairs = [
        Pair(code, name, values.get((code, early.label)), values.get((code, late.label)))
        for code, name in names.items()
        if code not in unsure
    ]
    missing = [Pair(code, regions.subject_name(code), None, None) for code in sure - set(names)]
    return compare([*(each for each in pairs if each.subject in sure), *missing], [each for each in pairs if each.subject not in sure])


def _released(indicator: str, level: str, periods: tuple[str, str]) -> tuple[dict[str, str], Mapping[tuple[str, str], Any]]:
    """Names and values of all places of a level, both periods under one edition: the newest release's first that has both."""
    rows = PublishedFigure.objects.filter(
        release__in=PublishedRelease.objects.visible(), indicator=indicator, subject_level=level, period__in=periods, scope="as_monitored"
    ).select_related("release", "roots")
    above = settings.REGION
    held: dict[str, dict[tuple[str, str], tuple[int, PublishedFigure]]] = {}
    for row in rows:
        if above and not lies_within(row.subject, above):
            continue
        found = held.setdefault(row.edition, {})
        key = (row.subject, row.period)
        if key not in found or found[key][0] < row.release_id:
            found[key] = (row.release_id, row)
    if not held:
        return {}, {}

    # The edition under which most places have both periods; of equals the one that a release lists first.
    def rank(edition: str) -> tuple[int, int]:
        found = held[edition]
        both = sum((subject, periods[0]) in found and (subject, periods[1]) in found for subject, _ in found)
        first = min(row.release.editions.index(edition) if edition in row.release.editions else 99 for _, row in found.values())
        return both, -first

    chosen = held[max(held, key=rank)]
    names = {row.subject: row.subject_name for _, row in chosen.values()}
    return dict(sorted(names.items())), {key: from_figure(figure_of(row)) for key, (_, row) in chosen.items()}


def periods_for(indicator: str, level: str) -> list[str]:
    """The years of which a visible release has an indicator for places of a level."""
    found = PublishedFigure.objects.filter(
        release__in=PublishedRelease.objects.visible(), indicator=indicator, subject_level=level
    ).order_by()
    return sorted({label for label in found.values_list("period", flat=True).distinct() if len(label) == 4})
