"""What an administrator does to people, posts and organisations: within the own region alone, never for oneself, always audited."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from allauth.core.internal import ratelimit
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib.auth.validators import UnicodeUsernameValidator
from django.contrib.sessions.models import Session
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from yangban.base import regions
from yangban.base.errors import UsageError
from yangban.web.accounts import audit
from yangban.web.accounts.agents import browser
from yangban.web.accounts.models import Membership, Organisation, User, today
from yangban.web.accounts.permissions import covered, demand
from yangban.web.accounts.roles import ADMINISTRATORS, ROLE_NAMES
from yangban.web.words import pick

SEE, MANAGE, GRANT = "accounts.see", "accounts.manage", "accounts.grant"


def organisations_of(admin: User) -> QuerySet[Organisation]:
    """The organisations that lie where a person administers."""
    places = set(Organisation.objects.order_by().values_list("region", flat=True).distinct())
    return Organisation.objects.filter(region__in=covered(admin, SEE, places)).select_related("successor")


def people_of(admin: User, words: str = "") -> QuerySet[User]:
    """The people who hold or held a post where a person administers, by a part of their names."""
    own = organisations_of(admin)
    found = User.objects.filter(Q(memberships__organisation__in=own) | Q(home__in=own)).distinct().order_by("username")
    if words:
        found = found.filter(Q(username__icontains=words) | Q(display_name__icontains=words))
    return found.prefetch_related("memberships__organisation")


def _demand_whole(admin: User, user: User, action: str) -> None:
    """Acts on the account itself need every post of its owner to lie in the administrator's region."""
    if admin.pk == user.pk:
        raise PermissionDenied(pick("自己的账号须由另一位管理员办理", "Another administrator has to act on your own account"))
    held = Membership.objects.filter(user=user).filter(Q(valid_to=None) | Q(valid_to__gte=today())).select_related("organisation")
    rows = list(held) or list(Membership.objects.filter(user=user).select_related("organisation"))
    if not rows:
        demand(admin, action, region=user.home.region if user.home else "")
    for each in rows:
        demand(admin, action, region=each.organisation.region)


# ----------------------------------------------------------------------------------------------------------------------------- people


def _new(username: str, display_name: str, email: str, home: Organisation) -> User:
    """An account that nobody can log in to until its password is set."""
    name = username.strip()
    try:
        UnicodeUsernameValidator()(name)
    except ValidationError:
        raise UsageError(
            pick(f"用户名 {name!r} 只能用字母、数字和 @ . + - _", f"User name {name!r}: letters, digits and @ . + - _ only")
        ) from None
    if User.objects.filter(username__iexact=name).exists():
        raise UsageError(pick(f"用户名 {name!r} 已被使用", f"User name {name!r} is taken"))
    if not display_name.strip():
        raise UsageError(pick("请写姓名：每一步办理都要有人具名", "Give the person's name: every step is signed by one"))
    user = User(username=name, display_name=display_name.strip(), email=email.strip(), home=home)
    user.set_unusable_password()
    user.save()
    return user


def create(
    admin: User, *, username: str, display_name: str, email: str, organisation: Organisation, role: str = "", until: date | None = None
) -> tuple[User, str]:
    """Make an account, with its first post where one administrator does it all; gives the user and the path for a first password, once.

    Else the account holds no post until the security administrator grants one: who opens accounts gives nobody anything to do.
    """
    demand(admin, MANAGE, region=organisation.region)
    with transaction.atomic():
        user = _new(username, display_name, email, organisation)
        audit.record(admin, "accounts.create", f"user:{user.username}", {"organisation": organisation.pk})
        if role:
            grant(admin, user, organisation, role, start=today(), until=until)
    return user, password_path(user)


def begin(*, people: Mapping[str, tuple[str, str]], organisation: str, region: str) -> list[tuple[User, str]]:
    """Make the administrators of a site and the bureau in which they stand; gives each with the path for their password.

    ``people`` are user name and name of a person by role: ``admin``, ``security`` and ``auditor``, or ``admin`` alone where one does it
    all. Who may call this is decided by who may log in to the machine. Raises :class:`~yangban.base.errors.UsageError` when one of these
    posts is held for the whole region already: further people are theirs to appoint.
    """
    names = [username.strip().lower() for username, _ in people.values()]
    if len(set(names)) < len(names):
        raise UsageError("系统管理、安全管理、安全审计须是不同的人；system, security and audit are for three persons")
    for role in people:
        held = Membership.objects.filter(role=role, organisation__region=region, organisation__kind="bureau", user__is_active=True)
        there = held.filter(Q(valid_to=None) | Q(valid_to__gte=today())).select_related("user").first()
        if there is not None:
            raise UsageError(
                f"已有{'管理员' if role == 'admin' else str(ROLE_NAMES[role]) + '员'} {there.user.username}，请由其开设账号；"
                f"{there.user.username} holds the post of {role} and appoints others"
            )
    made = []
    with transaction.atomic():
        bureau, _ = Organisation.objects.get_or_create(
            name=organisation.strip(), region=region, kind=Organisation.Kind.BUREAU, valid_to=None, defaults={"valid_from": today()}
        )
        for role, (username, display_name) in people.items():
            user = _new(username, display_name, "", bureau)
            Membership.objects.create(user=user, organisation=bureau, role=role, valid_from=today())
            told = {"organisation": bureau.pk, "role": role}
            audit.record(None, "accounts.first_admin", f"user:{user.username}", told, organisation=bureau.name)
            made.append((user, password_path(user)))
    return made


def password_path(user: User) -> str:
    """The path under which a person sets a new password, valid once and for three days."""
    return reverse(
        "account_reset_password_from_key", kwargs={"uidb36": user_pk_to_url_str(user), "key": default_token_generator.make_token(user)}
    )


def new_password(admin: User, user: User) -> str:
    """A path to set a new password, for somebody who lost the old one; the old one holds until it is used."""
    _demand_whole(admin, user, GRANT)
    with transaction.atomic():
        audit.record(admin, "accounts.password_link", f"user:{user.username}")
    return password_path(user)


def forget_second_factor(admin: User, user: User) -> None:
    """Remove the second factor of somebody who lost it; the next log-in asks to set one up."""
    _demand_whole(admin, user, GRANT)
    with transaction.atomic():
        Authenticator.objects.filter(user=user).delete()
        audit.record(admin, "accounts.second_factor_removed", f"user:{user.username}")
    end_sessions(user)


def set_active(admin: User, user: User, active: bool) -> None:
    """Close an account at once, or open it again."""
    _demand_whole(admin, user, MANAGE)
    with transaction.atomic():
        user.is_active = active
        user.save(update_fields=("is_active",))
        audit.record(admin, "accounts.open" if active else "accounts.close", f"user:{user.username}")
    if not active:
        end_sessions(user)


def unlock(admin: User, user: User, request: HttpRequest) -> None:
    """Forget the wrong passwords that were given for a name, so that the right one is taken at once."""
    _demand_whole(admin, user, GRANT)
    with transaction.atomic():
        audit.record(admin, "accounts.unlock", f"user:{user.username}")
    adapter = get_adapter(request)
    for login in filter(None, (user.username, user.email)):
        key = adapter._get_login_attempts_cache_key(request, username=login)
        ratelimit.clear(request, app="allauth.account", action="login_failed", key=key)


def sessions_of(user: User) -> list[Session]:
    """The sessions in which a person is logged in."""
    held = Session.objects.filter(expire_date__gt=timezone.now())
    return [each for each in held if each.get_decoded().get("_auth_user_id") == str(user.pk)]


@dataclass(frozen=True)
class Place:
    """A session as its owner sees it: a name that leads nobody into it, since when, last used, with what, and whether it is this one."""

    name: str
    begun: datetime | None
    seen: datetime | None
    agent: str
    address: str
    here: bool

    @property
    def browser(self) -> str:
        """What it is called: ``Edge · Windows``."""
        return browser(self.agent)


def _name_of(session: Session) -> str:
    return hashlib.sha256(f"session:{session.pk}".encode()).hexdigest()[:20]


def places_logged_in(user: User, here: str) -> list[Place]:
    """The sessions of a person, the one last used first."""

    def moment(said: Any) -> datetime | None:
        return datetime.fromtimestamp(said, tz=UTC) if isinstance(said, int) else None

    found = []
    for each in sessions_of(user):
        held = each.get_decoded()
        agent, address = str(held.get("agent", "")), str(held.get("address", ""))
        found.append(Place(_name_of(each), moment(held.get("begun")), moment(held.get("seen")), agent, address, each.pk == here))
    return sorted(found, key=lambda each: (each.here, each.seen or datetime.min.replace(tzinfo=UTC)), reverse=True)


def end_session(user: User, name: str) -> bool:
    """Log a person out in one of their own places; nobody else's has this name among theirs."""
    gone = [each.pk for each in sessions_of(user) if hmac.compare_digest(_name_of(each), name)]
    Session.objects.filter(pk__in=gone).delete()
    return bool(gone)


def end_sessions(user: User, *, but: str = "") -> int:
    """Log a person out everywhere, except in one session."""
    gone = [each.pk for each in sessions_of(user) if each.pk != but]
    Session.objects.filter(pk__in=gone).delete()
    return len(gone)


# ------------------------------------------------------------------------------------------------------------------------------ posts


def _stay_apart(user: User, role: str, start: date, until: date | None) -> None:
    """Refuse a post that would lie, on any day, beside one from which it must be apart."""
    if not settings.SEPARATE_ADMINS:
        return
    held = Membership.objects.filter(user=user).filter(Q(valid_to=None) | Q(valid_to__gte=start)).exclude(role=role)
    if until is not None:
        held = held.filter(valid_from__lte=until)
    if role != "auditor":
        held = held.filter(role__in=ADMINISTRATORS if role in ADMINISTRATORS else ("auditor",))
    other = held.select_related("organisation").first()
    if other is not None:
        span = f"{other.valid_from} – {other.valid_to or '…'}"
        raise UsageError(
            pick(
                f"{user} 在 {span} 是{other.organisation}的{ROLE_NAMES[other.role]}，不能同时担任{ROLE_NAMES[role]}："
                "系统管理、安全管理、安全审计须由不同的人担任，安全审计不兼其他岗位",
                f"{user} is {ROLE_NAMES[other.role]} of {other.organisation} ({span}) and cannot be {ROLE_NAMES[role]} at the same time: "
                "system, security and audit are for three persons, and an auditor holds no other post",
            )
        )


def grant(
    admin: User, user: User, organisation: Organisation, role: str, *, start: date, until: date | None = None, stations: Sequence[str] = ()
) -> Membership:
    """Give somebody a role in an organisation for a time."""
    demand(admin, GRANT, region=organisation.region)
    if admin.pk == user.pk:
        raise PermissionDenied(pick("不能给自己授予岗位", "Nobody grants a post to themselves"))
    if role not in ROLE_NAMES:
        raise UsageError(pick(f"没有岗位 {role!r}", f"No role {role!r}"))
    if until is not None and until < start:
        raise UsageError(pick("止期早于起期", "The end lies before the start"))
    if not organisation.holds_on(start):
        raise UsageError(pick(f"{organisation} 在 {start} 不存在（未设立或已撤并）", f"{organisation} does not exist on {start}"))
    with transaction.atomic():
        User.objects.select_for_update().get(pk=user.pk)  # two grants at once do not both find the person free
        _stay_apart(user, role, start, until)
        clash = Membership.objects.filter(user=user, organisation=organisation, role=role).filter(Q(valid_to=None) | Q(valid_to__gte=start))
        if clash.exists():
            raise UsageError(pick("这个人在这里已有同样的岗位", "The person holds this post here already"))
        made = Membership.objects.create(
            user=user, organisation=organisation, role=role, valid_from=start, valid_to=until, granted_by=admin, stations=list(stations)
        )
        told = {
            "role": role,
            "organisation": organisation.pk,
            "from": start.isoformat(),
            "to": until and until.isoformat(),
            "stations": list(stations),
        }
        audit.record(admin, "accounts.grant", f"user:{user.username}", told)
    end_sessions(user)
    return made


def end(admin: User, membership: Membership, last: date) -> None:
    """End a post; ``last`` is the last day on which it holds."""
    demand(admin, GRANT, region=membership.organisation.region)
    if admin.pk == membership.user_id:
        raise PermissionDenied(pick("自己的岗位须由另一位管理员终止", "Another administrator has to end your own post"))
    if last < membership.valid_from:
        raise UsageError(pick("止期早于起期", "The end lies before the start"))
    if membership.valid_to is not None and last > membership.valid_to:
        raise UsageError(pick("岗位已经终止在更早的一天；延长请重新授予", "The post ends earlier already; to prolong it grant it again"))
    with transaction.atomic():
        Membership.objects.filter(pk=membership.pk).update(valid_to=last)
        audit.record(
            admin, "accounts.end", f"user:{membership.user.username}",
            {"role": membership.role, "organisation": membership.organisation_id, "to": last.isoformat()},
        )  # fmt: skip
    membership.refresh_from_db()
    end_sessions(membership.user)


# ---------------------------------------------------------------------------------------------------------------------- organisations


def found(admin: User, *, name: str, name_en: str, kind: str, region: str, start: date) -> Organisation:
    """Make an organisation."""
    code = regions.place(region).code
    demand(admin, MANAGE, region=code)
    if not name.strip() or kind not in Organisation.Kind.values:
        raise UsageError(pick("请写机构名称和类别", "Give name and kind of the organisation"))
    if Organisation.objects.filter(name=name.strip(), region=code, valid_to=None).exists():
        raise UsageError(pick("这个机构已经在册", "The organisation is registered already"))
    with transaction.atomic():
        made = Organisation.objects.create(name=name.strip(), name_en=name_en.strip(), kind=kind, region=code, valid_from=start)
        audit.record(admin, "organisations.found", f"organisation:{made.pk}", {"name": made.name, "kind": kind, "region": code})
    return made


def merge(admin: User, old: Organisation, successor: Organisation, last: date) -> int:
    """End an organisation, name the one that takes over, and carry its posts there from the next day; gives their number.

    What was done under the old name keeps pointing at it. The administrator's own posts are not carried: nobody grants to themselves.
    """
    for each in (old, successor):
        demand(admin, MANAGE, region=each.region)
    if old.pk == successor.pk or successor.valid_to is not None:
        raise UsageError(pick("承接机构须是另一个在册的机构", "The successor has to be another organisation that exists"))
    if old.valid_to is not None:
        raise UsageError(pick(f"{old} 已于 {old.valid_to} 撤并", f"{old} ended on {old.valid_to}"))
    if last < old.valid_from:
        raise UsageError(pick("撤并日期早于设立日期", "The end lies before the start"))
    with transaction.atomic():
        Organisation.objects.filter(pk=old.pk).update(valid_to=last, successor=successor)
        carried = 0
        for post in Membership.objects.filter(organisation=old).filter(Q(valid_to=None) | Q(valid_to__gt=last)).select_related("user"):
            if post.valid_from <= last:
                Membership.objects.filter(pk=post.pk).update(valid_to=last)
            if post.user_id == admin.pk:
                continue
            start = max(last + timedelta(days=1), post.valid_from)
            _, new = Membership.objects.get_or_create(
                user=post.user, organisation=successor, role=post.role, valid_from=start,
                defaults={"valid_to": post.valid_to, "granted_by": admin, "stations": post.stations},
            )  # fmt: skip
            carried += new
        audit.record(
            admin, "organisations.merge", f"organisation:{old.pk}", {"successor": successor.pk, "last": last.isoformat(), "posts": carried}
        )
    old.refresh_from_db()
    return carried
