"""The log of a task: every step with who, when, what was shown, chained so that an edited or missing line is found."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from fractions import Fraction
from types import MappingProxyType
from typing import Any, Final

from yangban.base.errors import Inconsistent
from yangban.base.exact import plain

BEIJING: Final = timezone(timedelta(hours=8))
"""The clock by which deadlines fall due."""

FIRST: Final = "0" * 64
"""What stands before the first record."""


@dataclass(frozen=True, kw_only=True)
class Actor:
    """Who acts: a person for a unit, in a role, the unit being of a level and a place (a code of GB/T 2260)."""

    person: str
    unit: str
    role: str
    level: str
    place: str


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """A file that was shown: its name and the SHA-256 of its bytes; ``kind`` is ``file`` or ``photo``."""

    name: str
    digest: str
    kind: str = "file"


@dataclass(frozen=True, kw_only=True)
class Record:
    """One step. ``facts`` are plain values as JSON holds them; ``before`` is the digest of the record before, ``digest`` its own."""

    subject: str
    seq: int
    event: str
    name: str
    origin: str
    to: str
    actor: Actor
    at: datetime
    facts: Mapping[str, Any]
    before: str
    digest: str = ""

    def to_dict(self) -> dict[str, Any]:
        """The record as it is kept."""
        return {
            "subject": self.subject,
            "seq": self.seq,
            "event": self.event,
            "name": self.name,
            "origin": self.origin,
            "to": self.to,
            "actor": dict(vars(self.actor)),
            "at": self.at.isoformat(),
            "facts": dict(self.facts),
            "before": self.before,
            "digest": self.digest,
        }

    @classmethod
    def from_dict(cls, row: Mapping[str, Any]) -> Record:
        """The record of :meth:`to_dict`."""
        at = datetime.fromisoformat(row["at"])
        return cls(**{**row, "actor": Actor(**row["actor"]), "at": at, "facts": MappingProxyType(dict(row["facts"]))})


def record(
    *,
    subject: str,
    seq: int,
    event: str,
    name: str,
    origin: str,
    to: str,
    actor: Actor,
    at: datetime,
    facts: Mapping[str, Any],
    before: str,
) -> Record:
    """A record with its digest."""
    shown = MappingProxyType({key: told(value) for key, value in facts.items()})
    bare = Record(
        subject=subject, seq=seq, event=event, name=name, origin=origin, to=to, actor=actor, at=at, facts=shown, before=before
    )  # fmt: skip
    return Record(**{**vars(bare), "digest": _digest(bare)})


def _digest(each: Record) -> str:
    body = json.dumps({**each.to_dict(), "digest": ""}, ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(body.encode()).hexdigest()


def verify(records: Iterable[Record]) -> int:
    """How many records of one subject there are, when each follows the one before.

    Raises :class:`~yangban.base.errors.Inconsistent` at the first that was edited, taken out or put elsewhere.
    """
    last, count, state = FIRST, 0, ""
    for each in records:
        wrong = (
            "编号不连续" if each.seq != count + 1
            else "与前一条不相接" if each.before != last
            else "状态与前一条不相接" if each.origin != state
            else "内容被改动" if each.digest != _digest(each)
            else ""
        )  # fmt: skip
        if wrong:
            raise Inconsistent(f"{each.subject} 的第 {count + 1} 条记录{wrong}；请从备份恢复")
        last, count, state = each.digest, each.seq, each.to
    return count


def told(value: Any) -> Any:
    """A value as JSON holds it.

    >>> told({"till": date(2026, 3, 1), "share": Fraction(1, 2), "names": ("a", "b")})
    {'till': '2026-03-01', 'share': '0.5', 'names': ['a', 'b']}
    >>> told(Fraction(1, 3))
    '1/3'
    """
    if isinstance(value, date | datetime):
        return value.isoformat()
    if isinstance(value, Fraction):
        # A share that no decimal of six places holds stands as a fraction: the log is exact.
        return text if Fraction(text := plain(value)) == value else str(value)
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, Mapping):
        return {str(key): told(each) for key, each in value.items()}
    if isinstance(value, tuple | list | frozenset | set):
        return [told(each) for each in (sorted(value) if isinstance(value, frozenset | set) else value)]
    if hasattr(value, "__dataclass_fields__"):
        return {key: told(getattr(value, key)) for key in value.__dataclass_fields__}
    return value


def day_of(at: datetime) -> date:
    """The day on which something happens, by Beijing time."""
    return at.astimezone(BEIJING).date()
