"""A task as plain data: its terms, what has become of it, its parts, and what lies around it. Nothing here changes a state."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, fields, replace
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final

from yangban.assess.figure import Figure
from yangban.base.errors import NotAllowed
from yangban.govern.records import FIRST
from yangban.indicators.targets import Target
from yangban.standards.governance import Acceptance

LEVELS: Final[Mapping[str, str]] = {"province": "省", "city": "市", "county": "县"}
"""Levels of a task, the highest first."""


@dataclass(frozen=True, kw_only=True)
class Terms:
    """What was agreed: the part of a task that only an amendment changes.

    ``amount`` in ``unit`` is what is to be done (163 projects), ``targets`` the indicators that must recover before the task is closed.
    ``acceptance_level`` is ``""``, or the level that must accept where the list says so.
    """

    title: str
    basis: str
    deadline: date
    lead: str
    responsible: tuple[str, ...] = ()
    assisting: tuple[str, ...] = ()
    acceptance: str = ""
    acceptance_level: str = ""
    amount: Decimal | None = None
    unit: str = ""
    targets: tuple[Target, ...] = ()

    @property
    def reporting(self) -> frozenset[str]:
        """The units that report on the task, and so never close it."""
        return frozenset((self.lead, *self.responsible, *self.assisting))


@dataclass(frozen=True, kw_only=True)
class Closing:
    """One closing; it stays when the task is reopened."""

    filing: str
    archive: str
    at: datetime
    by: str
    proofs: tuple[str, ...]
    unrecovered: str = ""


@dataclass(frozen=True, kw_only=True)
class Task:
    """A task as it stands. ``state`` is ``""`` before it is issued.

    ``line`` names the place and those above it as pairs of level and code, its own first. ``office`` is the committee office in charge.
    ``listed_by`` is the level whose list it is on. ``revision`` counts its records, ``last`` and ``touched`` tell of the newest one.
    ``demo`` marks a made-up task.
    """

    id: str
    number: str
    workflow: str
    line: tuple[tuple[str, str], ...]
    office: str
    terms: Terms
    state: str = ""
    earlier: tuple[Terms, ...] = ()
    listed_by: str = ""
    parent: str = ""
    plan_item: str = ""
    kept: Decimal | None = None
    issued_on: date | None = None
    step_due: date | None = None
    raised_by: str = ""
    resume: str = ""
    notice_until: date | None = None
    progress: Fraction | None = None
    reported: tuple[tuple[str, int], ...] = ()
    dossier: tuple[str, ...] = ()
    reporters: frozenset[str] = frozenset()
    closings: tuple[Closing, ...] = ()
    revision: int = 0
    digest: str = FIRST
    last: str = ""
    touched: datetime | None = None
    demo: bool = False

    @property
    def level(self) -> str:
        """The level of its place."""
        return self.line[0][0]

    @property
    def version(self) -> int:
        """Which version of the terms holds, from 1."""
        return len(self.earlier) + 1

    @property
    def route(self) -> tuple[str, str]:
        """Level of the task, and of the list that it is on."""
        return self.level, self.listed_by or self.level


@dataclass(frozen=True, kw_only=True)
class Part:
    """A part into which a task is split: a task of its own, with a number of its own."""

    id: str
    number: str
    line: tuple[tuple[str, str], ...]
    office: str
    terms: Terms


@dataclass(frozen=True, kw_only=True)
class Split:
    """The parts of a task, and what of its amount the lead keeps for itself."""

    parts: tuple[Part, ...]
    kept: Decimal | None = None


@dataclass(frozen=True, kw_only=True)
class Around:
    """What lies around a task when somebody acts on it: loaded by the caller under the same lock.

    ``taken`` holds every number ever given to a task, a letter or a filing. ``ended`` names the states that end a workflow, by which parts
    count as closed. ``figures`` are those of the task's targets.
    """

    taken: Collection[str] = frozenset()
    parent: Task | None = None
    parts: tuple[Task, ...] = ()
    ended: Collection[str] = frozenset()
    figures: tuple[Figure, ...] = ()
    acceptance: Acceptance | None = None


AMENDABLE: Final = tuple(each.name for each in fields(Terms))
"""What an amendment may change."""


@dataclass(frozen=True)
class Changes:
    """New values of terms by name (:data:`AMENDABLE`)."""

    values: Mapping[str, Any]


def amended(terms: Terms, changes: Changes) -> tuple[Terms, dict[str, Any]]:
    """The new terms, and what changed with the value before and after."""
    if not changes.values:
        raise NotAllowed("facts", "调整内容是空的")
    if wrong := [key for key in changes.values if key not in AMENDABLE]:
        raise NotAllowed("facts", f"不能调整 {'、'.join(wrong)}；可调整 {'、'.join(AMENDABLE)}")
    for key, value in changes.values.items():
        held = getattr(terms, key)
        fits = isinstance(value, type(held)) or (key == "amount" and (value is None or isinstance(value, Decimal)))
        if not fits or (key == "deadline" and isinstance(value, datetime)):
            raise NotAllowed("facts", f"调整的 {key} 应与原来同类（{type(held).__name__}），得到 {value!r}")
    fresh_terms = replace(terms, **changes.values)
    told = {key: {"before": getattr(terms, key), "after": value} for key, value in changes.values.items() if getattr(terms, key) != value}
    if not told:
        raise NotAllowed("facts", "调整后与原来一样")
    return fresh_terms, told
