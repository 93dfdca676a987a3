"""Members: joining, consent, export, and erasure that leaves the ledger whole. Members are no staff and hold no role."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator
from typing import Any, Final

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.db.models import Q

from yangban.base.errors import UsageError, WrongState
from yangban.points.award import shown_points
from yangban.points.ledger import Account, Close, chain_of, held_of
from yangban.points.ledger import member as member_account
from yangban.web.accounts import audit
from yangban.web.accounts.models import Organisation, User
from yangban.web.points import clock, posting
from yangban.web.points.models import Award, Consent, LedgerAccount, LedgerEntry, LedgerHold, Member, Order, PointsEvent, Program, UnitStaff

_LETTERS: Final = "23456789abcdefghjkmnpqrstuvwxyz"
_PHONE: Final = re.compile(r"1[3-9]\d{9}")
_MAIL: Final = re.compile(r"[^@\s]{1,64}@[^@\s]+\.[^@\s]{2,}")
OWN_SOURCE: Final = "checkin"
"""The codes that a member scans: consent is given by scanning."""
ACTIVITY_SOURCE: Final = "activities"
"""Hours of volunteering that an organiser confirmed: consent is given when one signs up, and can be withdrawn."""


def login_name(text: str) -> str:
    """A telephone number or an e-mail address as it is kept. Raises :class:`~yangban.base.errors.UsageError` for anything else."""
    name = text.strip().replace(" ", "").lower()
    if not (_PHONE.fullmatch(name) or _MAIL.fullmatch(name)) or len(name) > 120:
        raise UsageError("请填手机号（11 位）或电子邮箱  Give a mobile number (11 digits) or an e-mail address")
    return name


@transaction.atomic
def join(name: str, password: str) -> Member:
    """Make a member with a login of their own. Nothing is asked but what the login needs."""
    kept = login_name(name)
    if User.objects.filter(username=kept).exists():
        raise UsageError("这个手机号或邮箱不能注册；如已注册请登录  This name cannot join; log in if you have joined")
    user = User.objects.create_user(username=kept, email=kept if "@" in kept else "", password=password)
    member = Member.objects.create(number=f"m{''.join(secrets.choice(_LETTERS) for _ in range(10))}", user=user)
    # The audit names the number and never the person.
    audit.record(None, "points.joined", member.number)
    return member


def member_of(user: AbstractBaseUser | Any) -> Member | None:
    """The member that a person who has logged in is."""
    return Member.objects.filter(user=user.pk).first() if getattr(user, "is_authenticated", False) else None


def account_of(scheme: str, member: Member) -> Account:
    """A member's account in a scheme."""
    return member_account(chain_of(scheme, member.number), member.number)


def channel_of(organisation: Organisation) -> str:
    """The channel of a partner: the same for all of its keys, one after the other."""
    return f"org{organisation.pk}"


def consent(member: Member, source: str) -> None:
    """Let a source report for a member."""
    with transaction.atomic():
        _row, made = Consent.objects.get_or_create(member=member, source=source, withdrawn_at=None, defaults={"given_at": clock.now()})
        if made:
            audit.record(None, "points.consent", member.number, {"source": source})


def withdraw(member: Member, source: str) -> None:
    """Take a consent back; what was reported under it stays."""
    with transaction.atomic():
        if Consent.objects.filter(member=member, source=source, withdrawn_at=None).update(withdrawn_at=clock.now()):
            audit.record(None, "points.consent.withdrawn", member.number, {"source": source})


def lines_of(account: Account) -> Any:
    """The entries of a holder's own account and of what is held of it, newest first."""
    own = Q(chain__name=account.chain, kind=account.kind, owner=account.owner)
    held = held_of(account)
    own |= Q(chain__name=held.chain, kind=held.kind, owner=held.owner)
    rows = LedgerAccount.objects.filter(own).values_list("pk", flat=True)
    return LedgerEntry.objects.filter(Q(source__in=rows) | Q(target__in=rows)).select_related("operation", "source", "target")


def belong(member: Member, organisation: Organisation | None) -> None:
    """Say to which public institution one belongs, or to none: by choice, for sums alone.

    Raises :class:`~yangban.base.errors.UsageError` for what is no public institution.
    """
    if organisation is not None and organisation.kind != Organisation.Kind.INSTITUTION:
        raise UsageError("只能选公共机构  Choose a public institution")
    with transaction.atomic():
        now = clock.now()
        held = UnitStaff.objects.select_for_update(of=("self",)).filter(member=member, until=None).first()
        if held is not None and organisation is not None and held.organisation_id == organisation.pk:
            return
        if held is not None:
            held.until = now
            held.save(update_fields=("until",))
            audit.record(None, "points.unit.left", member.number)
        if organisation is not None:
            UnitStaff.objects.create(member=member, organisation=organisation, since=now)
            audit.record(None, "points.unit.joined", member.number)


def export(member: Member) -> dict[str, Any]:
    """All that is kept about a member, for the member."""
    user = member.user
    accounts = [account_of(each, member) for each in Program.objects.values_list("scheme", flat=True)]
    return {
        "member": member.number,
        "login": None if user is None else user.get_username(),
        "joined_at": member.joined_at.isoformat(),
        "consents": [
            {
                "source": each.source, "given_at": each.given_at.isoformat(),
                "withdrawn_at": each.withdrawn_at and each.withdrawn_at.isoformat(),
            }
            for each in member.consents.order_by("given_at")
        ],
        "units": [
            {"unit": str(each.organisation), "since": each.since.isoformat(), "until": each.until and each.until.isoformat()}
            for each in member.units.select_related("organisation").order_by("since")
        ],
        "events": list(_events(member)),
        "ledger": [
            {
                "operation": each.operation.number, "kind": each.operation.kind, "recorded_at": each.operation.recorded_at.isoformat(),
                "from": str(each.source), "to": str(each.target), "units": each.amount, "reason": each.operation.reason,
            }
            for account in accounts for each in lines_of(account).order_by("operation_id", "line")
        ],
        "orders": [
            {"code": each.code, "good": each.good.name, "units": each.price, "state": each.state, "at": each.ordered_at.isoformat()}
            for each in Order.objects.filter(member=member).select_related("good")
        ],
    }  # fmt: skip


def _events(member: Member) -> Iterator[dict[str, Any]]:
    for each in PointsEvent.objects.filter(member=member).select_related("award").order_by("happened_at"):
        made = getattr(each, "award", None)
        yield {
            "key": each.key, "behaviour": each.behaviour, "happened_at": each.happened_at.isoformat(), "amounts": each.amounts,
            "evidence": each.evidence, "refused": each.refused, "reason": each.reason,
            "points": None if made is None or made.units is None else shown_points(made.units, made.decimals),
            "method": "" if made is None else made.method, "steps": [] if made is None else made.steps,
        }  # fmt: skip


def erase(member: Member, *, by: User | None = None) -> None:
    """Erase a person: the accounts are closed, what is left expires, the login is removed. No line of the books changes.

    Raises :class:`~yangban.base.errors.WrongState` while an order or a review is pending.
    """
    reason = "会员注销"

    def work() -> None:
        held = Member.objects.select_for_update(of=("self",)).select_related("user").get(pk=member.pk)
        if held.user is None:
            return
        if held.user.memberships.exists():
            raise WrongState("这个账号还有岗位，不能在这里注销  This account holds a post and cannot be erased here")
        if LedgerHold.objects.filter(holder__owner=held.number, holder__kind="member", amount__gt=0).exists():
            raise WrongState("还有待取的订单或待审核的积分；先了结再注销  An order or a review is pending; settle it first")
        Award.objects.filter(event__member=held, state=Award.State.WAITING).update(state=Award.State.VOIDED)
        for scheme in Program.objects.values_list("scheme", flat=True):
            account = account_of(scheme, held)
            if LedgerAccount.objects.filter(chain__name=account.chain, kind=account.kind, owner=account.owner, closed=True).exists():
                continue  # The scheme was wound up.
            if Program.objects.filter(scheme=scheme, state=Program.State.SEALED).exists():
                continue  # Whoever joined later never had an account there.
            posting.post(account.chain, Close(key=f"close:{held.number}", holder=account, reason=reason))
        user, held.user, held.erased_at = held.user, None, clock.now()
        held.save(update_fields=("user", "erased_at"))
        Consent.objects.filter(member=held, withdrawn_at=None).update(withdrawn_at=held.erased_at)
        UnitStaff.objects.filter(member=held).delete()
        # What could lead from the events back to a person goes; what the books rest on stays.
        PointsEvent.objects.filter(member=held).update(device="", region="")
        user.delete()
        audit.record(by, "points.erased", held.number)

    posting.run(work)
