"""Self-check: the requirements of an edition held against what is known of a place, each with its evidence. Pure.

Values come from released Figures and from what departments reported; nothing is typed twice. Every requirement comes out as pass, fail, not
applicable or no data (:mod:`yangban.indicators.requirements`), with the Figures that it rests on, so that a reviewer can walk each of them
back to its readings. Where the text of the requirements is not at hand, the self-check says so and judges nothing.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final

from yangban.indicators.requirements import FAIL, NO_DATA, OUTCOMES, Check, requirement_words
from yangban.indicators.systems import OPEN, VERDICTS, Gathered, check_system
from yangban.indicators.values import ORIGINS, Value, shown
from yangban.standards.programmes import Edition

Refs = Mapping[tuple[str, str, str, str], Mapping[str, Any]]
"""Where a computed value stands: release and address of its Figure by indicator, subject, period and edition."""
UNMET: Final = (FAIL, NO_DATA)


@dataclass(frozen=True)
class Source:
    """What a line rests on: a released Figure, or a reported value with its evidence; ``role`` is value, earlier or task."""

    role: str
    origin: str
    key: str
    period: str
    shown: str
    evidence: str
    department: str
    by: str
    edition: str
    release: int | None
    synthetic: bool


@dataclass(frozen=True)
class Line:
    """One requirement and how it came out."""

    key: str
    no: str
    name: str
    group: str
    requirement: str
    binding: str
    outcome: str
    value: str
    reasons: tuple[str, ...]
    notes: tuple[str, ...]
    sources: tuple[Source, ...]
    clause: str
    confidence: str


@dataclass(frozen=True)
class SelfCheck:
    """A whole self-check. ``edition`` is the edition's digest, ``digest`` that of the self-check itself."""

    programme: str
    edition: str
    system: str
    subject: str
    level: str
    period: str
    verdict: str
    reasons: tuple[str, ...]
    lines: tuple[Line, ...]
    synthetic: bool
    digest: str = ""

    @property
    def counts(self) -> dict[str, int]:
        """How many came out how."""
        return {outcome: sum(each.outcome == outcome for each in self.lines) for outcome in OUTCOMES}

    @property
    def unmet(self) -> tuple[str, ...]:
        """The keys of what failed or could not be judged."""
        return tuple(each.key for each in self.lines if each.outcome in UNMET)

    @property
    def words(self) -> str:
        """The outcome in a line."""
        counted = "，".join(f"{OUTCOMES[outcome]} {n} 项" for outcome, n in self.counts.items() if n)
        return f"{VERDICTS[self.verdict]}（{counted or '没有可判断的要求'}）"

    def figures(self) -> tuple[str, ...]:
        """What it rests on, a line each, as a record of the log names it."""
        found = [
            f"{source.key} {source.period} = {source.shown}"
            + (f"（第 {source.release:04d} 号发布，{source.edition}）" if source.release is not None else f"（{source.evidence}）")
            for line in self.lines
            for source in line.sources
        ]
        return tuple(dict.fromkeys(found))

    def to_dict(self) -> dict[str, Any]:
        """The self-check as JSON holds it."""
        made: dict[str, Any] = asdict(self)
        return made

    @classmethod
    def from_dict(cls, row: Mapping[str, Any]) -> SelfCheck:
        """The self-check of :meth:`to_dict`."""
        lines = tuple(
            Line(
                **{
                    **each, "reasons": tuple(each["reasons"]), "notes": tuple(each["notes"]),
                    "sources": tuple(Source(**one) for one in each["sources"]),
                }
            )
            for each in row["lines"]
        )  # fmt: skip
        return cls(**{**row, "lines": lines, "reasons": tuple(row["reasons"])})


def self_check(edition: Edition, gathered: Gathered, refs: Refs | None = None) -> SelfCheck:
    """Check a place under an edition; raises :class:`~yangban.base.errors.UsageError` where its level may not apply at all."""
    place = gathered.place
    system = edition.system(place.level)
    lines: tuple[Line, ...] = ()
    reasons: tuple[str, ...]
    if system is None:
        asked = edition.programme.requires(place.level)
        verdict, reasons, synthetic, word = OPEN, (f"要求是空位：{asked.note}",), gathered.synthetic, ""
    else:
        checked = check_system(system, gathered)
        verdict, reasons, synthetic, word = checked.verdict, checked.reasons, checked.synthetic, system.id
        lines = tuple(_line(each, gathered, refs or {}) for each in checked.checks)
    made = SelfCheck(
        edition.programme.id, edition.digest, word, place.subject, place.level, place.period, verdict, tuple(reasons), lines, synthetic
    )
    body = json.dumps(made.to_dict(), ensure_ascii=False, sort_keys=True)
    return SelfCheck(**{**vars(made), "digest": hashlib.sha256(body.encode()).hexdigest()})


def _line(check: Check, gathered: Gathered, refs: Refs) -> Line:
    item, facts = check.item, gathered.facts.get(check.item.key)
    held = (("value", facts.value), ("earlier", facts.earlier), ("task", facts.task)) if facts else ()
    asked = [part.requirement for part in check.parts] or list(item.requirements)
    return Line(
        key=item.key,
        no=item.no,
        name=item.name,
        group=item.group,
        requirement="；".join(requirement_words(each, item) for each in asked) or "—",
        binding=check.binding,
        outcome=check.outcome,
        value="" if check.value is None else shown(check.value),
        reasons=check.reasons or tuple(part.reason for part in check.parts),
        notes=check.notes,
        sources=tuple(_source(role, value, refs) for role, value in held if value is not None),
        clause=item.clause,
        confidence=item.confidence,
    )


def _source(role: str, value: Value, refs: Refs) -> Source:
    ref = refs.get((value.key, value.subject, value.period, value.edition), {})
    return Source(
        role=role, origin=ORIGINS[value.origin], key=value.key, period=value.period, shown=shown(value), evidence=value.evidence,
        department=value.department, by=value.by, edition=value.edition, release=ref.get("release"), synthetic=value.synthetic,
    )  # fmt: skip
