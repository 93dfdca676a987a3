"""From a person's posts to the actors of an application."""

from __future__ import annotations

from yangban.govern.applications import Expert
from yangban.govern.records import Actor
from yangban.web.accounts.models import Membership, User, today
from yangban.web.pilots.models import ExpertProfile
from yangban.web.plans.actors import names_of

_ROLES = {"head": ("applicant",), "office": ("office",), "expert": ("expert",), "supervision": ("supervision",)}
PREPARES = frozenset({"self_check"})
"""What who reports for a unit may do on its applications, beside the head."""


def actors_of(user: User, event: str = "") -> list[Actor]:
    """Everyone whom a person may act as on applications, in the order of posts."""
    made: list[Actor] = []
    for post in user.current_memberships():
        roles = ("applicant",) if post.role == "reporter" and (event in PREPARES or not event) else _ROLES.get(post.role, ())
        for role in roles:
            names = names_of(post.organisation) if role == "applicant" else (post.organisation.name,)
            made += [
                Actor(person=user.get_username(), unit=name, role=role, level=post.level, place=post.organisation.region) for name in names
            ]
    return made


def experts() -> dict[str, Expert]:
    """Everyone who holds the post of an expert today, by user name, with all their posts and what they declared."""
    day = today()
    held = Membership.objects.filter(role="expert", valid_from__lte=day, user__is_active=True).select_related("user")
    people = {each.user_id: each.user for each in held if each.valid_to is None or each.valid_to >= day}
    declared = dict(ExpertProfile.objects.filter(user__in=people).values_list("user_id", "declared"))
    made = {}
    for pk, user in people.items():
        posts = user.current_memberships()
        names = tuple(dict.fromkeys(name for post in posts for name in names_of(post.organisation)))
        places = tuple(dict.fromkeys(post.organisation.region for post in posts))
        made[user.get_username()] = Expert(user.get_username(), names, places, frozenset(declared.get(pk, ())))
    return made
