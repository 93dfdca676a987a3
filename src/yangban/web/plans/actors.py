"""From a person's posts to the actors of :mod:`yangban.govern`: a unit is an organisation, called by its name.

A department that was merged or renamed acts for what its predecessors were charged with. An office is called by its own name, its level and
place are those of the organisation.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from django.db.models import Q

from yangban.base import regions
from yangban.base.errors import NotAllowed
from yangban.govern.records import Actor
from yangban.web.accounts.models import Membership, Organisation, User, today
from yangban.web.accounts.permissions import holds

UNIT_ROLES: Final = ("lead", "responsible", "assisting", "acceptance")
"""What a task names units as; the head of a unit acts for it."""
FILLER_EVENTS: Final = frozenset({"evidence"})
"""What who fills the reports may do on the task itself, beside the head."""


def line_of(code: str) -> tuple[tuple[str, str], ...]:
    """A place and those above it, as pairs of level and code, up to the province.

    >>> line_of("360725")
    (('county', '360725'), ('city', '360700'), ('province', '360000'))
    """
    found = []
    at: str | None = code
    while at is not None:
        place = regions.place(at)
        if place.level not in {"province", "city", "county"}:
            break
        found.append((place.level, place.code))
        at = place.parent
    return tuple(found)


def names_of(organisation: Organisation) -> tuple[str, ...]:
    """The name of a unit and those of the units whose work it took over."""
    found, wave = [organisation.name], [organisation.pk]
    while wave:
        rows = list(Organisation.objects.filter(successor__in=wave).values_list("pk", "name"))
        found += [name for _, name in rows if name not in found]
        wave = [pk for pk, _ in rows]
    return tuple(found)


def actors_of(user: User, *, event: str = "") -> list[Actor]:
    """Everyone whom a person may act as, in the order of posts."""
    return [actor for _, actor in acting(user, event=event)]


def acting(user: User, *, event: str = "") -> list[tuple[Membership, Actor]]:
    """As :func:`actors_of`, each with the post from which it follows."""
    made: list[tuple[Membership, Actor]] = []
    for post in user.current_memberships():
        for role in _roles(post, event):
            names = (post.organisation.name,) if role == "office" else names_of(post.organisation)
            made += [
                (post, Actor(person=user.get_username(), unit=name, role=role, level=post.level, place=post.organisation.region))
                for name in names
            ]
    return made


ACTIONS: Final = {
    "office": "tasks.office", "supervision": "tasks.inspect", "lead": "tasks.act", "responsible": "tasks.act", "assisting": "tasks.act",
    "acceptance": "tasks.act",
}  # fmt: skip
"""What a person must be allowed to do, beside what the workflow asks, to take a step of a task in a role."""
REPORT_ACTIONS: Final = {"filler": "tasks.fill", "head": "tasks.sign", "office": "tasks.review"}
"""The same for a step of a report."""


def action_of(actor: Actor, event: str) -> str:
    """The action of the one permission table under which a step of a task falls."""
    return "tasks.evidence" if event in FILLER_EVENTS and ACTIONS[actor.role] == "tasks.act" else ACTIONS[actor.role]


def allowed(post: Membership, action: str, place: str) -> bool:
    """Whether a post allows an action on something of a place; its own organisation is the one that acts."""
    return holds(post, action, region=place, organisation=post.organisation_id)


def _roles(post: Membership, event: str) -> tuple[str, ...]:
    if post.role == "head":
        return ("head", *UNIT_ROLES)
    if post.role == "reporter":
        return ("filler", *(UNIT_ROLES[:3] if event in FILLER_EVENTS else ()))
    return (post.role,) if post.role in {"office", "supervision"} else ()


def unit_named(name: str) -> Organisation:
    """The one organisation of this name that exists today; raises :class:`~yangban.base.errors.NotAllowed`."""
    return units_named([name])[name]


def units_named(names: Iterable[str]) -> dict[str, Organisation]:
    """The organisations of some names, asked for at once; each must exist today, exactly once."""
    wanted = list(dict.fromkeys(each for each in names if each))
    day = today()
    found: dict[str, list[Organisation]] = {name: [] for name in wanted}
    rows = Organisation.objects.filter(Q(valid_to=None) | Q(valid_to__gte=day), name__in=wanted, valid_from__lte=day)
    for each in rows:
        found[each.name].append(each)
    if absent := [name for name, rows in found.items() if not rows]:
        raise NotAllowed("facts", f"没有登记的单位：{'、'.join(absent)}；请核对名称，或请系统管理员先登记机构")
    if several := [name for name, rows in found.items() if len(rows) > 1]:
        raise NotAllowed("facts", f"同名的单位不止一个：{'、'.join(several)}；请写带地名的全称")
    return {name: rows[0] for name, rows in found.items()}


def office_of(code: str) -> Organisation:
    """The committee office of a place: the organisation there in which somebody holds the post of the office."""
    found = offices([code])
    if code not in found:
        raise NotAllowed("facts", f"{regions.subject_name(code)}还没有登记生态环境保护委员会办公室；请系统管理员先登记机构和岗位")
    return found[code]


def offices(codes: Iterable[str]) -> dict[str, Organisation]:
    """The committee offices of some places, asked for at once."""
    day = today()
    rows = (
        Organisation.objects.filter(region__in=list(codes), memberships__role="office", memberships__valid_from__lte=day)
        .filter(Q(memberships__valid_to=None) | Q(memberships__valid_to__gte=day), Q(valid_to=None) | Q(valid_to__gte=day))
        .order_by("-pk")
        .distinct()
    )
    return {each.region: each for each in rows}
