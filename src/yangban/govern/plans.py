"""Plans: documents in tiers ("1+1+N") with goals, tasks, measures and projects; every version kept, links to indicators both ways. Pure.

A document has items of four kinds. A *goal* names an indicator with a value and a year, or says in words what is to be; tasks, measures and
projects hang below one another and may name the indicators that they serve. An amendment is a new version; the old one stays as it was and
can be asked for by day. Rows come from a table that a person keeps (:mod:`yangban.readings.plan_sheets`); :func:`preview` says what they
would change before anything does.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from yangban.base.errors import BookError, NotAllowed, UsageError, YangbanError
from yangban.base.notation import tables, toml
from yangban.base.periods import parse
from yangban.base.regions import place
from yangban.indicators.targets import DIRECTIONS, Target

TIERS: Final[Mapping[str, str]] = {"outline": "规划纲要", "opinion": "实施意见", "special": "专项"}
"""The two ones and the N. What a region puts in each is data."""
KINDS: Final[Mapping[str, str]] = {"goal": "目标", "task": "任务", "measure": "举措", "project": "工程"}
HORIZONS: Final[Mapping[str, int]] = {"近期": 2027, "中期": 2030, "远期": 2035}
"""Near, mid and long term with the last year of each: near-term goals are set for 2025 and 2027."""
CONFIDENCE: Final = ("official", "verified", "one-source", "unverified", "unknown")
_INDICATOR: Final = re.compile(r"(air|water|sound|ecology|reported)(\.[a-z0-9_]+)+")
_SIGNS: Final[Mapping[str, str]] = {
    "at_least": "at_least", "at_most": "at_most", "≥": "at_least", ">=": "at_least", "不低于": "at_least", "以上": "at_least",
    "≤": "at_most", "<=": "at_most", "不高于": "at_most", "以下": "at_most",
}  # fmt: skip
_SEPARATORS: Final = re.compile(r"[、,，;；\s]+")


@dataclass(frozen=True, kw_only=True)
class Item:
    """One line of a plan. ``key`` is its number in the document, ``parent`` that of the item above it.

    ``first`` and ``last`` are the years in which it runs; a goal holds for its last year. ``indicators`` are served, ``value`` (only of a
    goal, with one indicator) is what is to be reached in ``direction`` and ``unit``. ``money`` is in 10,000 yuan.
    """

    key: str
    kind: str
    name: str
    text: str = ""
    parent: str = ""
    first: int | None = None
    last: int | None = None
    due: date | None = None
    lead: str = ""
    responsible: tuple[str, ...] = ()
    indicators: tuple[str, ...] = ()
    value: Decimal | None = None
    direction: str = ""
    unit: str = ""
    money: Decimal | None = None
    note: str = ""

    @property
    def horizon(self) -> str:
        """近期, 中期 or 远期, by the last year; nothing where no year is given or it lies beyond."""
        return next((name for name, year in HORIZONS.items() if self.last is not None and self.last <= year), "")

    def runs_in(self, year: int) -> bool:
        """Whether the item has something to do in a year."""
        if self.first is None and self.last is None:
            return False
        return (self.first or self.last or year) <= year <= (self.last or year)


@dataclass(frozen=True, kw_only=True)
class Document:
    """One version of a document. ``subject`` is the place that it binds; dates that nobody has read are ``None``.

    ``demo`` marks a made-up document. ``reason`` says why a later version was made.
    """

    id: str
    tier: str
    title: str
    subject: str
    items: tuple[Item, ...] = ()
    number: str = ""
    issuer: str = ""
    issued: date | None = None
    effective: date | None = None
    version: int = 1
    confidence: str = "unverified"
    source: str = ""
    note: str = ""
    reason: str = ""
    demo: bool = False

    def item(self, key: str) -> Item:
        """The item of this number; raises :class:`~yangban.base.errors.UsageError`."""
        found = next((each for each in self.items if each.key == key), None)
        if found is None:
            raise UsageError(f"《{self.title}》没有编号 {key!r}")
        return found

    def below(self, key: str) -> tuple[Item, ...]:
        """The items that hang directly below one, ``""`` for the first row."""
        return tuple(each for each in self.items if each.parent == key)

    def targets(self) -> tuple[Target, ...]:
        """The goals that name an indicator with a value, as targets of the place; nothing is said about rounding, so it stays unknown."""
        return tuple(
            Target(
                indicator=each.indicators[0], subject=self.subject, period=parse(f"{each.last:04d}"), value=each.value,
                direction=each.direction, unit=each.unit, source=f"《{self.title}》{each.key}",
                confidence=self.confidence if self.confidence != "unknown" else "unverified",
                decimals=max(0, -int(each.value.as_tuple().exponent)),
            )
            for each in self.items
            if each.kind == "goal" and each.value is not None and each.last is not None
        )  # fmt: skip


@dataclass(frozen=True)
class Plan:
    """A document through time: its versions, the oldest first. None is ever changed or left out."""

    versions: tuple[Document, ...]

    @property
    def newest(self) -> Document:
        """The version that was made last."""
        return self.versions[-1]

    def on(self, day: date) -> Document | None:
        """The version that holds on a day; one without a known day holds from the beginning."""
        held = [each for each in self.versions if each.effective is None or each.effective <= day]
        return held[-1] if held else None


def amend(plan: Plan, fresh: Document) -> Plan:
    """The plan with a new version; raises :class:`~yangban.base.errors.NotAllowed` for one that does not follow the last."""
    last = plan.newest
    if fresh.id != last.id:
        raise NotAllowed("facts", f"《{fresh.title}》（{fresh.id}）不是《{last.title}》（{last.id}）的修订")
    if fresh.version != last.version + 1:
        raise NotAllowed("facts", f"下一版应为第 {last.version + 1} 版，得到第 {fresh.version} 版")
    if not fresh.reason.strip():
        raise NotAllowed("facts", "修订要写理由")
    if fresh.effective is None or (last.effective is not None and fresh.effective < last.effective):
        raise NotAllowed("facts", f"修订的施行日期 {fresh.effective} 应不早于上一版的 {last.effective}")
    if problems := document_problems(fresh):
        raise NotAllowed("facts", "；".join(problems))
    same = replace(fresh, version=last.version, reason=last.reason, effective=last.effective, issued=last.issued, number=last.number)
    if same == last:
        raise NotAllowed("facts", "修订后与原来一样")
    return Plan((*plan.versions, fresh))


def document_problems(document: Document) -> list[str]:
    """What is wrong with a document: a tier that is none, items that hang in the air, goals that cannot be measured as they are written."""
    found = []
    if document.tier not in TIERS:
        found.append(f"层次 {document.tier!r} 不认识；可用 {'、'.join(TIERS)}")
    if document.issued and document.effective and document.effective < document.issued:
        found.append(f"施行 {document.effective} 早于印发 {document.issued}")
    keys = [each.key for each in document.items]
    found += [f"编号 {key} 重复" for key in sorted({key for key in keys if keys.count(key) > 1})]
    for each in document.items:
        found += [f"{each.key or each.name}：{problem}" for problem in _item_problems(each, set(keys))]
    return found + [f"{key}：上级编号绕成了圈" for key in _circles(document.items)]


def _item_problems(item: Item, keys: set[str]) -> list[str]:
    found = []
    if not item.key or not item.name.strip():
        found.append("缺少编号或名称")
    if item.kind not in KINDS:
        found.append(f"类别 {item.kind!r} 不认识；可用 {'、'.join(KINDS.values())}")
    if item.parent and item.parent not in keys:
        found.append(f"上级编号 {item.parent} 不在本文件里")
    if item.first is not None and item.last is not None and item.first > item.last:
        found.append(f"起始年 {item.first} 晚于完成年 {item.last}")
    if bad := [each for each in item.indicators if not _INDICATOR.fullmatch(each)]:
        found.append(f"指标 {'、'.join(bad)} 不是代码；应写成 air.pm25.mean 或 reported.forest_cover")
    if item.value is not None:
        lacking = {
            "指标": len(item.indicators) != 1, "方向（≥ 或 ≤）": item.direction not in DIRECTIONS, "单位": not item.unit,
            "完成年": item.last is None, "类别“目标”": item.kind != "goal",
        }  # fmt: skip
        if absent := [name for name, missing in lacking.items() if missing]:
            found.append(f"有目标值，还要有{'、'.join(absent)}（指标只能一个）")
    if item.money is not None and item.money < 0:
        found.append(f"投资 {item.money} 是负数")
    return found


def _circles(items: Sequence[Item]) -> list[str]:
    above = {each.key: each.parent for each in items}
    found = []
    for key in above:
        seen, at = set[str](), key
        while at in above and at not in seen:
            seen.add(at)
            at = above[at]
        if at == key and at in seen:
            found.append(key)
    return found


# --------------------------------------------------------------------------------------------------------- both ways, by year


@dataclass(frozen=True)
class Placed:
    """An item with the document in which it stands."""

    document: Document
    item: Item


def by_indicator(documents: Iterable[Document]) -> dict[str, tuple[Placed, ...]]:
    """From each indicator to the items that name it; the way back is ``Item.indicators``."""
    found: dict[str, list[Placed]] = {}
    for document in documents:
        for item in document.items:
            for indicator in item.indicators:
                found.setdefault(indicator, []).append(Placed(document, item))
    return {indicator: tuple(placed) for indicator, placed in sorted(found.items())}


def owners(documents: Iterable[Document]) -> dict[str, tuple[str, ...]]:
    """From each indicator to the units that lead items which name it: to them go its warnings."""
    return {
        indicator: tuple(dict.fromkeys(each.item.lead for each in placed if each.item.lead))
        for indicator, placed in by_indicator(documents).items()
    }


def yearly_list(documents: Iterable[Document], year: int, *, kinds: Sequence[str] = ("task", "measure", "project")) -> tuple[Placed, ...]:
    """The year's major tasks, measures and projects (年度重大任务·举措·工程): what runs in the year, by kind, tier and number."""
    if unknown := [each for each in kinds if each not in KINDS]:
        raise UsageError(f"类别 {'、'.join(unknown)} 不认识；可用 {'、'.join(KINDS)}")
    found = [Placed(document, item) for document in documents for item in document.items if item.kind in kinds and item.runs_in(year)]
    tiers = list(TIERS)
    return tuple(sorted(found, key=lambda each: (kinds.index(each.item.kind), tiers.index(each.document.tier))))


def money(items: Iterable[Item]) -> Decimal | None:
    """The sum of the money in 10,000 yuan; ``None`` when no item says any."""
    told = [each.money for each in items if each.money is not None]
    return sum(told, Decimal(0)) if told else None


# -------------------------------------------------------------------------------------------------------------- rows in, out

ROW_KEYS: Final = (
    "kind", "key", "parent", "name", "text", "first", "last", "due", "lead", "responsible", "indicators", "value", "direction", "unit",
    "money", "note",
)  # fmt: skip
"""The columns of a plan's table."""


@dataclass(frozen=True)
class Preview:
    """What rows would make of a document: its next form, and by number what is new, changed (old and new), gone; and every problem.

    Nothing may be taken over while there is a problem.
    """

    document: Document
    added: tuple[Item, ...]
    changed: tuple[tuple[Item, Item], ...]
    gone: tuple[Item, ...]
    problems: tuple[str, ...]


def preview(document: Document, rows: Iterable[tuple[str, Mapping[str, str]]]) -> Preview:
    """The document with its items taken from rows, each with the place in the file where it stands."""
    items: list[Item] = []
    problems: list[str] = []
    places: dict[str, str] = {}
    for where, row in rows:
        try:
            made = item_of(row)
        except YangbanError as problem:
            problems.append(f"{where}：{problem}")
            continue
        if made.key in places:
            problems.append(f"{where}：编号 {made.key} 与 {places[made.key]} 重复")
            continue
        places[made.key] = where
        items.append(made)
    fresh = replace(document, items=tuple(items))
    problems += document_problems(fresh)
    if not items:
        problems.append("没有一行可用")
    before = {each.key: each for each in document.items}
    return Preview(
        document=fresh,
        added=tuple(each for each in items if each.key not in before),
        changed=tuple((before[each.key], each) for each in items if each.key in before and before[each.key] != each),
        gone=tuple(each for each in document.items if each.key not in places),
        problems=tuple(dict.fromkeys(problems)),
    )


def item_of(row: Mapping[str, str]) -> Item:
    """One item from words as people write them.

    >>> made = item_of({"kind": "目标", "key": "1", "name": "空气", "last": "2025年", "indicators": "air.pm25.mean", "value": "≤29"})
    >>> made.value, made.direction, made.last
    (Decimal('29'), 'at_most', 2025)
    """
    words = {name: key for key, name in KINDS.items()} | {key: key for key in KINDS}
    cell = {key: row.get(key, "").strip() for key in ROW_KEYS}
    if cell["kind"] not in words:
        raise UsageError(f"类别 {cell['kind']!r} 应为 {'、'.join(KINDS.values())}")
    sign = next((each for each in _SIGNS if cell["value"].startswith(each)), "")
    direction = cell["direction"] or sign
    if direction and direction not in _SIGNS:
        raise UsageError(f"方向 {direction!r} 应为 ≥ 或 ≤")
    return Item(
        key=cell["key"], kind=words[cell["kind"]], name=cell["name"], text=cell["text"], parent=cell["parent"],
        first=_year("起始年", cell["first"]), last=_year("完成年", cell["last"]), due=_day("完成时限", cell["due"]), lead=cell["lead"],
        responsible=_several(cell["responsible"]), indicators=_several(cell["indicators"]),
        value=_number("目标值", cell["value"].removeprefix(sign)), direction=_SIGNS.get(direction, ""), unit=cell["unit"],
        money=_number("投资", cell["money"]), note=cell["note"],
    )  # fmt: skip


def row_of(item: Item) -> dict[str, str]:
    """An item as a row of words; :func:`item_of` reads it back."""
    made = {key: getattr(item, key) for key in ROW_KEYS}
    signs = {"at_least": "≥", "at_most": "≤", "": ""}
    return {
        **{key: _word(value) for key, value in made.items()},
        "kind": KINDS[item.kind],
        "direction": signs[item.direction],
    }


def _word(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, tuple):
        return "、".join(map(str, value))
    return f"{value:f}" if isinstance(value, Decimal) else value.isoformat() if isinstance(value, date) else str(value)


def _several(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(each for each in _SEPARATORS.split(text) if each))


def _year(name: str, text: str) -> int | None:
    digits = text.removesuffix("年")
    if not digits:
        return None
    if not re.fullmatch(r"20\d\d", digits):
        raise UsageError(f"{name} {text!r} 应为年份，如 2027")
    return int(digits)


def _day(name: str, text: str) -> date | None:
    if not text:
        return None
    found = re.fullmatch(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?:[ T]00:00(?::00)?)?", text)
    try:
        if found is None:
            raise ValueError
        return date(*map(int, found.groups()))
    except ValueError:
        raise UsageError(f"{name} {text!r} 应为日期，如 2026-12-31") from None


def _number(name: str, text: str) -> Decimal | None:
    if not text.strip():
        return None
    try:
        made = Decimal(text.strip().replace(",", ""))
    except InvalidOperation:
        made = Decimal("NaN")
    if not made.is_finite():
        raise UsageError(f"{name} {text!r} 应为数；单位和“约”“以上”等字样不写在数里")
    return made


# ----------------------------------------------------------------------------------------------------------------- as data

_TEXTS: Final = ("id", "tier", "title", "subject", "number", "issuer", "confidence", "source", "note", "reason")
_DAYS: Final = ("issued", "effective")


def read_plans(text: str, *, name: str) -> tuple[Plan, ...]:
    """The plans in a TOML text: a ``[[document]]`` for each version with its ``[[document.item]]``; ``name`` is the file's.

    Items have the columns of a table as keys. A day that nobody has read is simply absent. Raises
    :class:`~yangban.base.errors.BookError` naming file, document and key.
    """
    try:
        found = tables(toml(text, decimals=True), "document")
    except tomllib.TOMLDecodeError as problem:
        raise BookError(name, "whole file", f"is no TOML: {problem}") from None
    plans: dict[str, Plan] = {}
    for n, table in enumerate(found, start=1):
        document = _document(name, f"document {n}", table)
        held = plans.get(document.id)
        try:
            if held is None and document.version != 1:
                raise NotAllowed("facts", f"the first version of {document.id} is {document.version}, expected 1")
            plans[document.id] = Plan((document,)) if held is None else amend(held, document)
        except NotAllowed as problem:
            raise BookError(name, f"document {n}", str(problem)) from None
    return tuple(plans.values())


def _document(name: str, where: str, table: Mapping[str, Any]) -> Document:
    known = {each.name for each in fields(Document)} - {"items"} | {"item"}
    for key in table:
        if key not in known:
            raise BookError(name, f"{where}.{key}", f"unknown key; expected one of {', '.join(sorted(known))}")
    for key in ("id", "tier", "title", "subject", "confidence", "source"):
        if not isinstance(table.get(key), str) or not table[key].strip():
            raise BookError(name, f"{where}.{key}", f"expected a text that is not empty, got {table.get(key)!r}")
    if table["confidence"] not in CONFIDENCE:
        raise BookError(name, f"{where}.confidence", f"expected one of {', '.join(CONFIDENCE)}, got {table['confidence']!r}")
    for key in _DAYS:
        if key in table and (not isinstance(table[key], date) or isinstance(table[key], datetime)):
            raise BookError(name, f"{where}.{key}", f"expected a day such as 2024-06-03, got {table[key]!r}")
    if type(table.get("version", 1)) is not int:
        raise BookError(name, f"{where}.version", f"expected a whole number, got {table['version']!r}")
    try:
        rows = tables(table, "item")
    except tomllib.TOMLDecodeError as problem:
        raise BookError(name, where, str(problem)) from None
    items = []
    for n, row in enumerate(rows, start=1):
        try:
            if unknown := sorted(set(row) - set(ROW_KEYS)):
                raise UsageError(f"unknown key {', '.join(unknown)}; expected one of {', '.join(ROW_KEYS)}")
            items.append(item_of({key: _word(tuple(value) if isinstance(value, list) else value) for key, value in row.items()}))
        except YangbanError as problem:
            raise BookError(name, f"{where}.item {n}", str(problem)) from None
    try:
        place(table["subject"])
    except YangbanError as problem:
        raise BookError(name, f"{where}.subject", str(problem)) from None
    texts: dict[str, Any] = {key: str(table[key]) for key in _TEXTS if key in table}
    made = Document(
        items=tuple(items),
        version=int(table.get("version", 1)),
        demo=table.get("demo") is True,
        **texts,
        issued=table.get("issued"),
        effective=table.get("effective"),
    )
    if problems := document_problems(made):
        raise BookError(name, where, "; ".join(problems))
    return made
