"""A scheme ends in order, each step by its person: notice, last day of earning, last day of spending, every account closed, books sealed.

Members keep their page, their lines and their export all the while, and afterwards. What is left in an account when the scheme is wound up
expires by an operation of the ledger that closes the account; once sealed, the database takes no further operation of the scheme.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from django.db import transaction
from django.db.models import Sum

from yangban.base.errors import LedgerRefusal, UsageError, WrongState
from yangban.points.ledger import HELD, HOLDERS, MERCHANT, Close
from yangban.points.schemes import day_of
from yangban.web.accounts import audit
from yangban.web.accounts.models import User
from yangban.web.accounts.permissions import demand
from yangban.web.jobs.models import Job
from yangban.web.jobs.work import Reporter, enqueue, kind
from yangban.web.points import clock, posting
from yangban.web.points.models import (
    Award,
    Closing,
    LedgerAccount,
    LedgerChain,
    LedgerEntry,
    LedgerOperation,
    Order,
    Program,
    Question,
    Review,
)
from yangban.web.words import pick

WIND_UP: Final = "points.wind-up"
SEAL: Final = "points.seal"
STAGES: Final = ("drafted", "published", "spending", "over", "wound_up", "sealed")
"""In their order: a draft, the scheme running to its last day, points only spent, nothing any more, accounts closed, books sealed."""


def stage(row: Closing, today: date) -> str:
    """Where a closing stands on a day."""
    if row.sealed_at is not None:
        return "sealed"
    if row.wound_up_at is not None:
        return "wound_up"
    if row.published_at is None:
        return "drafted"
    return "over" if today > row.last_spend else "spending" if today > row.last_day else "published"


def of(program: Program) -> Closing | None:
    """The closing of a program, drafted ones among them."""
    return Closing.objects.filter(program=program).select_related("drafted_by", "published_by", "wound_up_by", "sealed_by").first()


def _today() -> date:
    return day_of(clock.now())


@transaction.atomic
def draft(user: User, program: Program, *, notice: str, notice_en: str, last_day: date, last_spend: date) -> Closing:
    """Draft the notice, or change the draft; nobody else sees it yet."""
    demand(user, "points.close", organisation=program.organisation_id)
    locked = Program.objects.select_for_update(of=("self",)).get(pk=program.pk)
    if locked.state != Program.State.OPEN:
        raise WrongState(pick("关闭公告已发布，不能再改", "The notice was published; it stays as it is"))
    _in_order(last_day, last_spend)
    row, _new = Closing.objects.update_or_create(
        program=program,
        defaults={
            "notice": notice, "notice_en": notice_en, "last_day": last_day, "last_spend": last_spend, "drafted_by": user,
            "drafted_at": clock.now(),
        },
    )  # fmt: skip
    detail = {"last_day": str(last_day), "last_spend": str(last_spend)}
    audit.record(user, "points.closing.drafted", program.scheme, detail)
    return row


def _in_order(last_day: date, last_spend: date) -> None:
    tomorrow = _today() + timedelta(days=1)
    if last_day < tomorrow:
        raise UsageError(
            pick(
                f"最后计分日 {last_day} 已到；最早为 {tomorrow}",
                f"The last day of earning, {last_day}, has come; {tomorrow} at the earliest",
            )
        )
    if last_spend < last_day:
        raise UsageError(
            pick(
                f"最后兑换日 {last_spend} 早于最后计分日 {last_day}",
                f"The last day of spending, {last_spend}, is before that of earning, {last_day}",
            )
        )


@transaction.atomic
def discard(user: User, program: Program) -> None:
    """Throw a draft away."""
    demand(user, "points.close", organisation=program.organisation_id)
    if Closing.objects.filter(program=program, published_at=None).delete()[0]:
        audit.record(user, "points.closing.discarded", program.scheme)


@transaction.atomic
def publish(user: User, program: Program) -> Closing:
    """Another person publishes the notice: from then on every page of the members says when the scheme ends."""
    locked = Program.objects.select_for_update(of=("self",)).get(pk=program.pk)
    row = Closing.objects.select_for_update(of=("self",)).filter(program=program).first()
    if row is None or row.published_at is not None or locked.state != Program.State.OPEN:
        raise WrongState(pick("没有待发布的公告", "There is no notice to be published"))
    demand(user, "points.seal", organisation=program.organisation_id, apart_from=[row.drafted_by_id])
    _in_order(row.last_day, row.last_spend)
    row.published_by, row.published_at = user, clock.now()
    row.save(update_fields=("published_by", "published_at"))
    locked.state, locked.last_day = Program.State.CLOSING, row.last_day
    locked.save(update_fields=("state", "last_day"))
    detail = {"last_day": str(row.last_day), "last_spend": str(row.last_spend), "notice": row.notice[:300]}
    audit.record(user, "points.closing.published", program.scheme, detail)
    return row


@dataclass(frozen=True)
class Left:
    """What keeps a scheme from its next step, in numbers; nothing when all are zero."""

    reviews: int
    orders: int
    questions: int
    open_accounts: int
    held: int
    owed: int

    def before_wind_up(self) -> list[str]:
        """What must be settled before the accounts are closed."""
        return _named(
            (self.reviews, "件审核或申诉没有办结", "reviews or appeals are open"),
            (self.orders, "个订单没有了结", "orders are open"),
            (self.questions, "条会员疑问没有答复", "questions of members have no answer"),
        )

    def before_seal(self) -> list[str]:
        """What must be settled before the books are sealed."""
        return self.before_wind_up() + _named(
            (self.open_accounts, "个账户没有关闭", "accounts are open"),
            (self.held, "个单位的积分在保留中", "units are held"),
            (self.owed, "个单位的积分没有与商户结清", "units are owed to merchants"),
        )


def _named(*found: tuple[int, str, str]) -> list[str]:
    return [pick(f"{count} {zh}", f"{count} {en}") for count, zh, en in found if count]


def left(program: Program) -> Left:
    """What is still to be settled."""
    accounts = LedgerAccount.objects.filter(chain__scheme=program.scheme)

    def sum_of(kind: str) -> int:
        return accounts.filter(kind=kind).aggregate(s=Sum("balance"))["s"] or 0

    return Left(
        reviews=Review.objects.filter(award__scheme=program.scheme, state__in=(Review.State.OPEN, Review.State.APPEALED)).count(),
        orders=Order.objects.filter(good__scheme=program.scheme, state=Order.State.HELD).count(),
        questions=Question.objects.filter(operation__scheme=program.scheme, answered_at=None).count(),
        open_accounts=accounts.filter(kind__in=HOLDERS, closed=False).count(), held=sum_of(HELD), owed=sum_of(MERCHANT),
    )  # fmt: skip


def _at(program: Program, wanted: str) -> Closing:
    row = of(program)
    now = "" if row is None else stage(row, _today())
    if row is None or now != wanted:
        day = "" if row is None else f"（{row.last_day}、{row.last_spend}）"
        raise WrongState(pick(f"关闭还没有到这一步{day}", f"The closing is not at this step {day}"))
    return row


def ask_wind_up(user: User, program: Program) -> Job:
    """Ask for the accounts to be closed, after the last day of spending and once nothing is pending."""
    demand(user, "points.close", organisation=program.organisation_id)
    _at(program, "over")
    if pending := left(program).before_wind_up():
        raise WrongState(pick("先了结：", "Settle first: ") + "；".join(pending))
    payload = {"program": program.pk, "user": user.pk}
    return enqueue(WIND_UP, pick(f"关闭全部账户 {program.scheme}", f"Close all accounts {program.scheme}"), payload, user=user)


@kind(WIND_UP)
def wind_up(job: Job, say: Reporter) -> tuple[Mapping[str, Any], bool]:
    """Close every account, batch by batch: what is left expires. Killed and run again, it closes what is still open."""
    program, user = Program.objects.get(pk=job.payload["program"]), User.objects.get(pk=job.payload["user"])
    _at(program, "over")
    accounts = LedgerAccount.objects.filter(chain__scheme=program.scheme, kind__in=HOLDERS)
    Award.objects.filter(scheme=program.scheme, state=Award.State.WAITING).update(state=Award.State.VOIDED)
    count = accounts.filter(closed=False).count()
    for chain in LedgerChain.objects.filter(scheme=program.scheme).order_by("name"):
        while rows := list(accounts.filter(chain=chain, closed=False).order_by("pk")[: posting.BATCH]):
            words = {"by": user.get_username(), "reason": f"方案关闭，最后兑换日 {program.closing.last_spend}"}
            answers = posting.post_all(
                chain.name, [Close(key=f"wind-up:{each.pk}", holder=each.address(chain.name), **words) for each in rows]
            )
            refused = [each for each in answers if isinstance(each, LedgerRefusal)]
            if refused:
                raise refused[0]
            say(f"{len(rows)}", None)
    keys = LedgerOperation.objects.filter(scheme=program.scheme, kind="close", key__startswith="wind-up:")
    units = LedgerEntry.objects.filter(operation__in=keys).aggregate(s=Sum("amount"))["s"] or 0
    with transaction.atomic():
        row = Closing.objects.select_for_update(of=("self",)).get(program=program)
        if row.wound_up_at is None:
            row.wound_up_by, row.wound_up_at, row.accounts, row.units = user, clock.now(), keys.count(), units
            row.save(update_fields=("wound_up_by", "wound_up_at", "accounts", "units"))
            audit.record(user, "points.closing.wound-up", program.scheme, {"accounts": row.accounts, "units": units})
    return {"accounts": keys.count(), "units": units, "now": count}, True


def ask_seal(user: User, program: Program) -> Job:
    """Another person asks for the books to be proved and sealed."""
    row = _at(program, "wound_up")
    demand(user, "points.seal", organisation=program.organisation_id, apart_from=[row.wound_up_by_id])
    if pending := left(program).before_seal():
        raise WrongState(pick("先了结：", "Settle first: ") + "；".join(pending))
    payload = {"program": program.pk, "user": user.pk}
    return enqueue(SEAL, pick(f"封存账本 {program.scheme}", f"Seal the books {program.scheme}"), payload, user=user)


@kind(SEAL)
def seal(job: Job, _say: Reporter) -> tuple[Mapping[str, Any], bool]:
    """Prove the books, and seal them: no operation of the scheme is taken afterwards, not even by SQL."""
    program, user = Program.objects.get(pk=job.payload["program"]), User.objects.get(pk=job.payload["user"])
    row = _at(program, "wound_up")
    demand(user, "points.seal", organisation=program.organisation_id, apart_from=[row.wound_up_by_id])
    with transaction.atomic():
        # Chains in the order of their names, as everybody who locks several; then nothing is posted until the end.
        chains = [
            posting.lock(name) for name in LedgerChain.objects.filter(scheme=program.scheme).order_by("name").values_list("name", flat=True)
        ]
        if pending := left(program).before_seal():
            raise WrongState(pick("先了结：", "Settle first: ") + "；".join(pending))
        checked = posting.check([each.name for each in chains])
        if not checked.holds:
            problems = [*map(str, checked.proof.problems), *checked.strays]
            raise WrongState(pick("账本核对不上，不能封存：", "The books do not stand: ") + "；".join(problems[:5]))
        row.sealed_by, row.sealed_at = user, clock.now()
        row.number, row.head = (chains[0].number, chains[0].hash) if len(chains) == 1 else (sum(each.number for each in chains), "")
        row.save(update_fields=("sealed_by", "sealed_at", "number", "head"))
        Program.objects.filter(pk=program.pk).update(state=Program.State.SEALED)
        heads = {each.name: f"{each.number} {each.hash}" for each in chains}
        audit.record(user, "points.closing.sealed", program.scheme, {"heads": heads})
    return {"heads": heads}, True
