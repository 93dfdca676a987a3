"""Delegation: the head of a unit lets a colleague of it act as head until a day. It is a post like any other, dated and audited."""

from __future__ import annotations

from datetime import date, timedelta

from django.db import transaction

from yangban.base.errors import NotAllowed
from yangban.web.accounts import audit
from yangban.web.accounts.models import Membership, User, today

LONGEST = timedelta(days=92)
"""A delegation is for a while; a post for longer is given by the administrator."""


def _headed(user: User) -> list[Membership]:
    return [post for post in user.current_memberships() if post.role == "head"]


def colleagues(user: User) -> list[User]:
    """The people of one's units who do not act as head yet."""
    units = [post.organisation_id for post in _headed(user)]
    rows = Membership.objects.filter(organisation__in=units, valid_from__lte=today(), user__is_active=True).select_related("user")
    held = [row for row in rows if row.valid_to is None or row.valid_to >= today()]
    heads = {row.user_id for row in held if row.role == "head"}
    return sorted({row.user_id: row.user for row in held if row.user_id not in heads}.values(), key=str)


def given_by(user: User) -> list[Membership]:
    """The delegations of a person that hold."""
    rows = Membership.objects.filter(granted_by=user, role="head", valid_to__gte=today()).select_related("user", "organisation")
    return list(rows)


@transaction.atomic
def delegate(user: User, colleague: User | None, until: date | None) -> Membership:
    """Let a colleague act as head of the unit until a day, that day included."""
    day = today()
    if colleague is None or colleague not in colleagues(user):
        raise NotAllowed("who", "只能委托给本单位、还不是负责人的同事")
    if until is None or not day <= until <= day + LONGEST:
        raise NotAllowed("facts", f"委托的截止日应在今天到 {day + LONGEST} 之间")
    if any(post.granted_by_id and post.valid_to for post in _headed(user)) and not any(post.valid_to is None for post in _headed(user)):
        raise NotAllowed("who", "受委托的人不能再委托")
    shared = {post.organisation_id for post in colleague.memberships.all()}
    unit = next(post.organisation for post in _headed(user) if post.organisation_id in shared)
    made, _ = Membership.objects.update_or_create(
        user=colleague, organisation=unit, role="head", valid_from=day, defaults={"valid_to": until, "granted_by": user}
    )
    audit.record(user, "post.delegate", colleague.get_username(), {"unit": unit.name, "until": until.isoformat()})
    return made


@transaction.atomic
def take_back(user: User, pk: int) -> None:
    """End a delegation: from this moment on the colleague acts as head no more."""
    held = Membership.objects.filter(pk=pk, granted_by=user, role="head", valid_to__gte=today()).first()
    if held is None:
        raise NotAllowed("who", "这不是您给出的、还有效的委托")
    audit.record(user, "post.take_back", held.user.get_username(), {"unit": held.organisation.name})
    if held.valid_from == today():
        held.delete()
        return
    held.valid_to = today() - timedelta(days=1)
    held.save(update_fields=("valid_to",))
