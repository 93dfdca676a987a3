"""Projects of restoration and engineering: money planned, granted and paid, milestones, and the signs that money or work is slow. Pure.

A project names no contractor. Money is in 万元, exact; a share is a fraction. When a project is slow is data
(``book/programmes/project-warnings.toml``), and every warning names its rule, so that nobody has to ask why it is yellow.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Final

from yangban.standards.programmes import ProjectWarnings, SlowRule

PLANNED: Final = "planned"
GRANTED: Final = "granted"
PAID: Final = "paid"
KINDS: Final = {PLANNED: ("计划", "Planned"), GRANTED: ("下达", "Granted"), PAID: ("支付", "Paid")}
"""Kinds of money: Chinese and English."""
UNIT: Final = "万元"


@dataclass(frozen=True)
class Money:
    """One entry of money, in 万元; a correction is an entry of its own with the opposite sign."""

    kind: str
    amount: Decimal
    day: date
    source: str = ""


@dataclass(frozen=True)
class Milestone:
    """One milestone and how much of the work it stands for."""

    name: str
    due: date
    weight: Decimal = Decimal(1)
    done: date | None = None


@dataclass(frozen=True)
class Project:
    """A project as far as its course goes."""

    title: str
    start: date
    end: date
    money: tuple[Money, ...] = ()
    milestones: tuple[Milestone, ...] = ()
    touched: date | None = None


@dataclass(frozen=True)
class Totals:
    """Sums of money, and how far money, work and time have come; a share is ``None`` where there is nothing to divide by."""

    planned: Decimal
    granted: Decimal
    paid: Decimal
    paid_share: Fraction | None
    granted_share: Fraction | None
    work: Fraction | None
    time: Fraction


@dataclass(frozen=True)
class Slow:
    """A warning: its rule, its colour and the value that raised it."""

    rule: SlowRule
    colour: str
    value: Decimal
    text: str


def totals(project: Project, day: date) -> Totals:
    """How far a project is on a day; entries of later days do not count yet."""
    sums = {kind: sum((each.amount for each in project.money if each.kind == kind and each.day <= day), Decimal(0)) for kind in KINDS}
    planned = sums[PLANNED]
    weights = sum((each.weight for each in project.milestones), Decimal(0))
    done = sum((each.weight for each in project.milestones if each.done is not None and each.done <= day), Decimal(0))
    length = (project.end - project.start).days
    gone = min(max((day - project.start).days, 0), length)
    return Totals(
        planned=planned,
        granted=sums[GRANTED],
        paid=sums[PAID],
        paid_share=Fraction(sums[PAID]) / Fraction(planned) if planned > 0 else None,
        granted_share=Fraction(sums[GRANTED]) / Fraction(planned) if planned > 0 else None,
        work=Fraction(done) / Fraction(weights) if weights > 0 else None,
        time=Fraction(gone, length) if length > 0 else Fraction(day >= project.end),
    )


def finished(project: Project, day: date) -> bool:
    """Whether every milestone is done."""
    return bool(project.milestones) and all(each.done is not None and each.done <= day for each in project.milestones)


def slow(project: Project, day: date, rules: ProjectWarnings) -> tuple[Slow, ...]:
    """Every sign that money or work is slow, red ones first; what cannot be measured raises nothing."""
    made = []
    for rule in rules.rules:
        value = measure(project, day, rule.measure)
        if value is None or value < Fraction(rule.over):
            continue
        colour = "red" if rule.red is not None and value >= Fraction(rule.red) else "yellow"
        shown = Decimal(value.numerator * 10 // value.denominator) / 10
        shown = shown.to_integral_value() if shown == shown.to_integral_value() else shown
        made.append(Slow(rule, colour, shown, rule.text.replace("{value}", f"{shown:f}")))
    return tuple(sorted(made, key=lambda each: each.colour != "red"))


def measure(project: Project, day: date, word: str) -> Fraction | None:
    """What a rule looks at (:data:`~yangban.standards.programmes.MEASURES`), ``None`` where there is nothing to see."""
    held = totals(project, day)
    if word == "unpaid_days":
        return _unpaid_days(project, day)
    if word == "ungranted_days":
        return _days(project.start, day) if held.granted <= 0 and held.planned > 0 and not finished(project, day) else None
    if word == "paid_over_granted":
        return (Fraction(held.paid) - Fraction(held.granted)) / Fraction(held.planned) * 100 if held.planned > 0 else None
    if word == "paid_behind_work":
        return None if held.work is None or held.paid_share is None else (held.work - held.paid_share) * 100
    if finished(project, day):
        return None
    if word == "paid_behind_time":
        return None if held.paid_share is None else (held.time - held.paid_share) * 100
    if word == "work_behind_time":
        return None if held.work is None else (held.time - held.work) * 100
    if word == "milestone_late_days":
        late = [_days(each.due, day) for each in project.milestones if each.done is None and each.due < day]
        return max(late, default=None)
    return _days(project.touched, day) if project.touched is not None else None


def _unpaid_days(project: Project, day: date) -> Fraction | None:
    """Days since money lies there unpaid: since the last payment, or since the grant that first went beyond what was paid."""
    paid = [each for each in project.money if each.kind == PAID and each.day <= day]
    spent = sum((each.amount for each in paid), Decimal(0))
    running, since = Decimal(0), None
    for each in sorted((one for one in project.money if one.kind == GRANTED and one.day <= day), key=lambda one: one.day):
        running += each.amount
        if since is None and running > spent:
            since = each.day
    if since is None or running <= spent:
        return None
    return _days(max([since, *(each.day for each in paid)]), day)


def _days(start: date, day: date) -> Fraction:
    return Fraction((day - start).days)


def worst(found: Sequence[Slow]) -> str:
    """The worst colour of some warnings, ``green`` where there is none."""
    return "red" if any(each.colour == "red" for each in found) else "yellow" if found else "green"
