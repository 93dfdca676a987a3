"""Events from records of text, with a reason for each that cannot be one. Pure.

Headings are English or Chinese; a column whose heading is a unit (``step``, ``km.rail``, 步, 公里) is an amount. A time without a zone is
Beijing time. Nothing is lost: a record that is refused comes back with its line and reason.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from yangban.points.award import Event
from yangban.points.schemes import CHINA
from yangban.standards.points import UNITS
from yangban.standards.tables import near

HEADINGS: Final[Mapping[str, tuple[str, ...]]] = {
    "id": ("编号", "事件编号"),
    "channel": ("渠道", "来源"),
    "member": ("会员", "会员编号"),
    "behaviour": ("行为", "场景"),
    "happened_at": ("发生时间", "时间"),
    "received_at": ("收到时间", "上报时间"),
    "evidence": ("凭证", "凭证种类"),
    "proof": ("凭证摘要",),
    "region": ("地区", "地区代码"),
    "minutes": ("用时", "用时分钟"),
    "device": ("设备",),
    "note": ("备注", "说明"),
}
"""The headings of each field, beside its own name."""

NEEDED: Final = ("id", "member", "behaviour", "happened_at")
_FIELDS: Final = {word: field for field, words in HEADINGS.items() for word in (field, *words)}
_AMOUNTS: Final = {word: unit for unit, word in UNITS.items() if unit != "act"}
_NUMBER: Final = re.compile(r"[+-]?\d{1,15}(\.\d{1,9})?")


@dataclass(frozen=True)
class BadRecord:
    """A record that is no event: its line, and why."""

    line: int
    reason: str
    cells: Mapping[str, str]


def events_of(
    records: Iterable[tuple[int, Mapping[str, str]]], behaviours: Mapping[str, str] | None = None
) -> tuple[list[tuple[int, Event]], list[BadRecord]]:
    """Events with their lines, and what could not become one. ``behaviours`` maps a behaviour's name in words to its key."""
    events: list[tuple[int, Event]] = []
    bad: list[BadRecord] = []
    for line, cells in records:
        try:
            events.append((line, _event(cells, behaviours or {})))
        except ValueError as told:
            bad.append(BadRecord(line, str(told), cells))
    return events, bad


def _event(cells: Mapping[str, str], behaviours: Mapping[str, str]) -> Event:
    words: dict[str, Any] = {"channel": "file", "evidence": "", "proof": "", "region": "", "device": ""}
    amounts: dict[str, Decimal] = {}
    for heading, text in cells.items():
        unit = _AMOUNTS.get(heading, heading)
        if heading in _FIELDS:
            words[_FIELDS[heading]] = text
        elif unit.partition(".")[0] in UNITS:
            amounts[unit] = _number(heading, text)
        else:
            raise ValueError(f"不认识的列 {heading!r}；{near(heading, [*_FIELDS, *UNITS, *_AMOUNTS])}")
    missing = [name for name in NEEDED if not words.get(name)]
    if missing:
        raise ValueError(f"缺少 {'、'.join(f'{name}（{HEADINGS[name][0]}）' for name in missing)}")
    words.pop("note", None)
    words["happened_at"] = _moment("happened_at", words["happened_at"])
    received = words.get("received_at")
    words["received_at"] = _moment("received_at", received) if received else words["happened_at"]
    if "minutes" in words:
        words["minutes"] = _number("minutes", words["minutes"])
    words["behaviour"] = behaviours.get(words["behaviour"], words["behaviour"])
    return Event(amounts=amounts, **words)


def _number(heading: str, text: str) -> Decimal:
    plain = text.replace(",", "").replace("，", "")
    if not _NUMBER.fullmatch(plain):
        raise ValueError(f"{heading} 为 {text!r}，应为数字，如 7250 或 5.5")
    try:
        return Decimal(plain)
    except InvalidOperation:
        raise ValueError(f"{heading} 为 {text!r}，应为数字") from None


def _moment(heading: str, text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text.replace("/", "-"))
    except ValueError:
        raise ValueError(f"{heading} 为 {text!r}，应为时间，如 2024-05-01 08:00 或 2024-05-01T08:00:00+08:00") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=CHINA)
