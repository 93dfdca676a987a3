"""What the pages of the points show, asked in one place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from fractions import Fraction
from typing import Any, Final

from yangban.base.exact import plain
from yangban.points.award import shown_points
from yangban.points.ledger import Account, held_of
from yangban.points.schemes import day_of, methods_on, unit_words
from yangban.standards.points import Formula, Scheme
from yangban.web.points import posting
from yangban.web.points.earning import scheme_of
from yangban.web.points.models import Award, LedgerLot, LedgerOperation, Member, PointsEvent, Program
from yangban.web.points.people import account_of, lines_of
from yangban.web.words import pick, say

KINDS: Final[Mapping[str, Any]] = {
    "earn": say("入账", "Earned"), "post": say("审核通过", "Review passed"), "hold": say("下单，积分保留", "Ordered, points held"),
    "deliver": say("交付", "Delivered"), "cancel": say("取消订单，积分退回", "Order cancelled, points back"),
    "void": say("待定结束", "No longer pending"), "spend": say("使用", "Spent"), "expire": say("到期", "Expired"),
    "reverse": say("冲销", "Reversed"), "adjust": say("更正", "Corrected"), "settle": say("结算", "Settled"),
    "close": say("注销", "Closed"),
}  # fmt: skip
_UNITS_EN: Final = {
    "step": "steps",
    "km": "km",
    "min": "minutes",
    "kWh": "kWh",
    "m3": "m³",
    "kg": "kg",
    "person": "people",
    "sheet": "sheets",
}


def current_program() -> Program | None:
    """The scheme that the site runs, else the last one that was sealed; ``None`` while there is none."""
    rows = Program.objects.select_related("organisation")
    return rows.exclude(state=Program.State.SEALED).order_by("pk").first() or rows.order_by("-pk").first()


def shown(units: int, scheme: Scheme) -> str:
    """Units as points."""
    return shown_points(units, scheme.decimals)


def name_of(scheme: Scheme, behaviour: str) -> str:
    """A behaviour in the language of the page."""
    found = next((each for each in scheme.behaviours if each.key == behaviour), None)
    return behaviour if found is None else pick(found.name, found.name_en)


def last_day(expires: datetime) -> date:
    """The last day on which points can be used: what expires as a day begins was there the day before.

    >>> last_day(datetime.fromisoformat("2024-05-02T00:00:00+08:00"))
    datetime.date(2024, 5, 1)
    """
    return day_of(expires - timedelta(microseconds=1))


@dataclass(frozen=True)
class Due:
    """Points that can be used until one day."""

    day: date
    points: str


@dataclass(frozen=True)
class Row:
    """One line of a member's books as the page shows it: what, how much, and what was there after it."""

    pk: int
    at: datetime
    what: str
    kind: str
    change: str
    pending: bool
    after: str
    reason: str


def rows(member: Member, program: Program, first: int = 0, count: int = 30) -> list[Row]:
    """The lines of a member's books, newest first."""
    scheme, account = scheme_of(program), account_of(program.scheme, member)
    found = []
    entries = list(lines_of(account).order_by("-operation_id", "-line")[first : first + count])
    awards = _behaviours([each.operation_id for each in entries])
    for each in entries:
        gives, takes = _is(each.source, account), _is(each.target, account)
        sign = -1 if gives else 1 if takes else 0
        after = each.source_before - each.amount if gives else each.target_before + each.amount if takes else None
        pending = not sign and each.operation.kind == "earn"
        what = str(KINDS[each.operation.kind])
        if each.operation_id in awards:
            what = name_of(scheme, awards[each.operation_id])
        found.append(
            Row(
                each.operation_id, each.operation.recorded_at, what, each.operation.kind,
                ("+" if sign >= 0 else "−") + shown(each.amount, scheme) if sign or pending else "",
                pending, "" if after is None else shown(after, scheme), each.operation.reason,
            )
        )  # fmt: skip
    return found


def _is(row: Any, account: Account) -> bool:
    return row.kind == account.kind and row.owner == account.owner


def _behaviours(operations: list[int]) -> dict[int, str]:
    return dict(Award.objects.filter(operation__in=operations).values_list("operation_id", "event__behaviour"))


def dues(account: Account, scheme: Scheme, at: datetime, count: int = 3) -> list[Due]:
    """What expires next."""
    sums: dict[date, int] = {}
    lots = LedgerLot.objects.filter(holder__chain__name=account.chain, holder__kind=account.kind, holder__owner=account.owner)
    for expires, remaining in lots.filter(remaining__gt=0, expires_at__gt=at).order_by("expires_at").values_list("expires_at", "remaining"):
        sums[last_day(expires)] = sums.get(last_day(expires), 0) + remaining
    return [Due(day, shown(units, scheme)) for day, units in list(sums.items())[:count]]


def summary(member: Member, program: Program, at: datetime) -> dict[str, Any]:
    """What a member has."""
    scheme, account = scheme_of(program), account_of(program.scheme, member)
    grams = sum((Fraction(each) for each in _own_awards(member, program).exclude(grams="").values_list("grams", flat=True)), Fraction(0))
    return {
        "available": shown(posting.available(account, at), scheme), "held": shown(posting.balance(held_of(account)), scheme),
        "grams": kilograms(grams), "acts": _own_awards(member, program).count(), "dues": dues(account, scheme, at),
    }  # fmt: skip


def _own_awards(member: Member, program: Program) -> Any:
    held = (Award.State.VOIDED, Award.State.REVERSED)
    return Award.objects.filter(event__member=member, scheme=program.scheme).exclude(state__in=held)


def kilograms(grams: Fraction) -> str:
    """Grams as kilograms, to two places."""
    return plain(grams / 1000, 2)


def refusals(member: Member, program: Program, count: int = 5) -> list[dict[str, Any]]:
    """The latest reports that earned nothing, with the reason."""
    scheme = scheme_of(program)
    found = PointsEvent.objects.filter(member=member, scheme=program.scheme).exclude(refused="").order_by("-received_at")[:count]
    return [{"what": name_of(scheme, each.behaviour), "at": each.happened_at, "reason": each.reason} for each in found]


def actions(program: Program, day: date) -> list[dict[str, str]]:
    """What earns points today, and how much."""
    scheme = scheme_of(program)
    first = [(behaviour, method) for behaviour in scheme.behaviours for method in methods_on(scheme, behaviour.key, day)[:1]]
    return [
        {"name": name_of(scheme, behaviour.key), "how": words_of(method.points), "method": method.key}
        for behaviour, method in first if method.points is not None
    ]  # fmt: skip


def words_of(formula: Formula) -> str:
    """How a formula counts, in words."""
    unit = pick(unit_words(formula.input), _UNITS_EN.get(formula.input.partition(".")[0], formula.input)) if formula.input else ""
    value = f"{formula.value:f}" if hasattr(formula.value, "as_tuple") else ""
    block = "" if formula.block is None else f"{formula.block:f}"
    least = "" if formula.at_least is None else f"{formula.at_least:f}"
    match formula.kind:
        case "per_act":
            return pick(f"每次 {value} 分", f"{value} each time")
        case "per_unit":
            return pick(f"每{unit} {value} 分", f"{value} for each of {unit}")
        case "per_block":
            return pick(f"每 {block} {unit} {value} 分", f"{value} for every {block} {unit}")
        case "threshold":
            return pick(f"满 {least} {unit} 得 {value} 分", f"{value} from {least} {unit}")
        case "tiers":
            steps = [(f"{least:f}", f"{points:f}") for least, points in formula.tiers]
            return pick("；".join(f"满 {a} {unit} {b} 分" for a, b in steps), "; ".join(f"{b} from {a} {unit}" for a, b in steps))
        case "of_grams":
            return pick(f"每减排 1 克 {value} 分", f"{value} for each gram of CO₂ avoided")
        case _:
            return pick("见方法", "see the method")


def line(member: Member, program: Program, pk: int) -> dict[str, Any] | None:
    """One operation of a member's books, with the award behind it; ``None`` when it is not the member's."""
    account, scheme = account_of(program.scheme, member), scheme_of(program)
    entries = list(lines_of(account).filter(operation=pk).order_by("line"))
    if not entries:
        return None
    operation = LedgerOperation.objects.select_related("award__event").get(pk=pk)
    made = Award.objects.select_related("event", "review").filter(operation=pk).first()
    if made is None and operation.refers_to is not None:
        made = Award.objects.select_related("event", "review").filter(
            operation__chain=operation.chain_id, operation__number=operation.refers_to
        ).first()  # fmt: skip
    return {
        "operation": operation, "kind": KINDS[operation.kind], "award": made, "review": getattr(made, "review", None),
        "what": "" if made is None else name_of(scheme, made.event.behaviour),
        "last_day": None if made is None or made.expires_at is None else last_day(made.expires_at),
        "grams": "" if made is None or not made.grams else plain(Fraction(made.grams), 1),
        "points": "" if made is None or made.units is None else shown(made.units, scheme),
        "moves": [
            {"from": _where(each.source, account), "to": _where(each.target, account), "points": shown(each.amount, scheme)}
            for each in entries
        ],
        "questions": operation.questions.filter(member=member).order_by("asked_at"),
    }  # fmt: skip


def _where(row: Any, account: Account) -> str:
    if _is(row, account):
        return pick("我的积分", "My points")
    words = {
        "issue": ("发放池", "Issue pool"), "held": ("保留中", "Held"), "merchant": ("商户", "Merchant"), "expired": ("已到期", "Expired"),
    }  # fmt: skip
    return pick(*words.get(row.kind, (row.kind, row.kind)))
