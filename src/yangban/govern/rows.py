"""Tasks and reports as plain rows, as JSON and a database hold them, and back again without losing a digit.

Fractions stand as ``1/3``, numbers as text, days and moments in ISO form. :func:`task_of` and :func:`report_of` read what
:func:`to_row` wrote.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final

from yangban.base.periods import Period, parse
from yangban.govern.model import Closing, Task, Terms
from yangban.govern.records import Evidence
from yangban.govern.reports import Report
from yangban.indicators.targets import Target


def to_row(thing: Any) -> dict[str, Any]:
    """The row of a task, a report, an application: any plain data of this room."""
    made: dict[str, Any] = _plain(thing)
    return made


def task_of(row: Mapping[str, Any]) -> Task:
    """The task of a row."""
    made = dict(row)
    return Task(
        **read_row(
            made,
            line=_pairs,
            terms=_terms,
            earlier=lambda rows: tuple(map(_terms, rows)),
            kept=Decimal,
            issued_on=date.fromisoformat,
            step_due=date.fromisoformat,
            notice_until=date.fromisoformat,
            progress=Fraction,
            reported=_pairs,
            dossier=tuple,
            reporters=frozenset,
            closings=lambda rows: tuple(Closing(**read_row(each, at=datetime.fromisoformat, proofs=tuple)) for each in rows),
            touched=datetime.fromisoformat,
        )
    )


def report_of(row: Mapping[str, Any]) -> Report:
    """The report of a row."""
    return Report(
        **read_row(
            row,
            line=_pairs,
            progress=Fraction,
            done=Decimal,
            paid=Decimal,
            evidence=lambda rows: tuple(Evidence(**each) for each in rows),
            fillers=frozenset,
            touched=datetime.fromisoformat,
        )
    )


def _terms(row: Mapping[str, Any]) -> Terms:
    return Terms(
        **read_row(
            row,
            deadline=date.fromisoformat,
            responsible=tuple,
            assisting=tuple,
            amount=Decimal,
            targets=lambda rows: tuple(map(_target, rows)),
        )
    )


def _target(row: Mapping[str, Any]) -> Target:
    return Target(**read_row(row, period=parse, value=Decimal))


def _pairs(rows: Any) -> tuple[tuple[Any, ...], ...]:
    return tuple(tuple(each) for each in rows)


def read_row(row: Mapping[str, Any], **how: Callable[[Any], Any]) -> dict[str, Any]:
    """The row with each named value read; what is absent stays so."""
    return {key: how[key](value) if key in how and value is not None else value for key, value in row.items()}


_AS_TEXT: Final = (Fraction, Period)


def _plain(value: Any) -> Any:
    if isinstance(value, date | datetime):
        return value.isoformat()
    if isinstance(value, _AS_TEXT):
        return str(value)
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, frozenset):
        return sorted(value)
    if isinstance(value, tuple):
        return [_plain(each) for each in value]
    if hasattr(value, "__dataclass_fields__"):
        return {each.name: _plain(getattr(value, each.name)) for each in fields(value)}
    return value
