"""The low-carbon score of a public institution: use per head against a quota, explained item by item, or refused. Pure.

The score is shown to the institution itself and, in sums, to whoever answers for all of them. There is no function that ranks
institutions, and none may be added: :mod:`yangban.points.redlines` says why.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final

from yangban.base.errors import UsageError
from yangban.base.exact import plain, round_half_even
from yangban.standards.points import ScoreItem, Scores

FULL: Final = 100
SLOTS: Final = ("quota", "weight", "full_at", "zero_at")
SLOT_WORDS: Final = {"quota": "定额", "weight": "权重", "full_at": "满分线", "zero_at": "零分线"}


@dataclass(frozen=True, kw_only=True)
class Unit:
    """An institution in one year: its staff, and what it used in all, by the key of the item."""

    id: str
    name: str
    year: int
    staff: int
    used: Mapping[str, Decimal]
    area_m2: Decimal | None = None


@dataclass(frozen=True)
class ItemResult:
    """One item: use per head, quota, points out of 100, weight, and how they came; ``points`` is ``None`` where there is no value."""

    item: ScoreItem
    per_head: Fraction | None
    ratio: Fraction | None
    points: Fraction | None
    working: str


@dataclass(frozen=True, kw_only=True)
class UnitScore:
    """The score of an institution. ``total`` is ``None`` when it was refused or is incomplete; the reasons say what is missing."""

    unit: Unit
    set: str
    example: bool
    total: Decimal | None
    status: str
    reasons: tuple[str, ...]
    items: tuple[ItemResult, ...]

    def to_dict(self) -> dict[str, Any]:
        """The score as JSON prints it."""
        return {
            "unit": self.unit.id, "name": self.unit.name, "year": self.unit.year, "staff": self.unit.staff, "set": self.set,
            "example": self.example, "total": None if self.total is None else f"{self.total:f}", "status": self.status,
            "reasons": list(self.reasons),
            "items": [
                {
                    "key": each.item.key, "name": each.item.name, "unit": each.item.unit,
                    "per_head": None if each.per_head is None else plain(each.per_head),
                    "points": None if each.points is None else plain(each.points), "working": each.working,
                }
                for each in self.items
            ],
        }  # fmt: skip


def filled(scores: Scores, name: str) -> tuple[ScoreItem, ...]:
    """The items with their empty slots filled by a set; what the document lays down itself stays.

    Raises :class:`~yangban.base.errors.UsageError` for a set that is not there or that contradicts the document.
    """
    if not name:
        return scores.items
    if name not in scores.sets:
        raise UsageError(f"{scores.id} 没有权重集 {name!r}；现有 {'、'.join(scores.sets) or '无'}")
    made = []
    for item in scores.items:
        values: dict[str, Any] = dict(scores.sets[name].get(item.key, {}))
        for key, value in values.items():
            held = getattr(item, key)
            if held is not None and held != value:
                raise UsageError(f"权重集 {name} 的 {item.key}.{key} 为 {value}，而 {scores.id} 原文为 {held}；原文已有的数不能改")
        made.append(replace(item, **values))
    return tuple(made)


def score(scores: Scores, unit: Unit, name: str = "") -> UnitScore:
    """Score one institution by the table and, where its slots are empty, a set.

    Each item: full marks at or under ``full_at`` × quota, none at or over ``zero_at`` × quota, on a straight line between; the total is
    their weighted mean, to two places, half to even. Refused while a slot is empty; ``insufficient`` while a value is missing, since a
    missing value is no zero. Raises :class:`~yangban.base.errors.UsageError` for no staff, a negative use and an unknown item.
    """
    if unit.staff <= 0:
        raise UsageError(f"{unit.name} 的人数为 {unit.staff}，应大于 0")
    items = filled(scores, name)
    known = [each.key for each in items]
    for key, used in unit.used.items():
        if key not in known:
            raise UsageError(f"{scores.id} 没有项目 {key!r}；可用 {'、'.join(known)}")
        if not used.is_finite() or used < 0:
            raise UsageError(f"{unit.name} 的 {key} 为 {used}，应为不小于 0 的数")
    empty = [f"{each.name}的{SLOT_WORDS[slot]}" for each in items for slot in SLOTS if getattr(each, slot) is None]
    results = tuple(_item(each, unit) for each in items)
    told: dict[str, Any] = {"unit": unit, "set": name, "example": name in scores.examples, "items": results}
    if empty:
        reasons = (f"没有公布，空位待填：{'、'.join(empty)}", "请用 --set 指明一个权重集")
        return UnitScore(total=None, status="refused", reasons=reasons, **told)
    crossed = [each.name for each in items if each.full_at is not None and each.zero_at is not None and each.full_at >= each.zero_at]
    if crossed:
        raise UsageError(f"{'、'.join(crossed)} 的满分线不小于零分线")
    missing = [each.item.name for each in results if each.points is None]
    if missing:
        return UnitScore(total=None, status="insufficient", reasons=(f"没有数值：{'、'.join(missing)}",), **told)
    weights = [Fraction(each.item.weight or 0) for each in results]
    total = sum((weight * (each.points or 0) for weight, each in zip(weights, results, strict=True)), Fraction(0)) / sum(weights)
    return UnitScore(total=round_half_even(total, 2), status="ok", reasons=(), **told)


def _item(item: ScoreItem, unit: Unit) -> ItemResult:
    used = unit.used.get(item.key)
    if used is None:
        return ItemResult(item, None, None, None, "没有数值")
    if item.per == "area" and not unit.area_m2:
        return ItemResult(item, None, None, None, "没有建筑面积")
    by = Fraction(unit.staff) if item.per == "head" else Fraction(unit.area_m2 or 1) if item.per == "area" else Fraction(1)
    each = Fraction(used) / by
    working = f"{plain(Fraction(used))} ÷ {plain(by)} = {plain(each)} {item.unit}"
    if item.quota is None or item.full_at is None or item.zero_at is None:
        return ItemResult(item, each, None, None, working)
    ratio = each / Fraction(item.quota)
    full, zero = Fraction(item.full_at), Fraction(item.zero_at)
    points = Fraction(FULL) if ratio <= full else Fraction(0) if ratio >= zero else (zero - ratio) / (zero - full) * FULL
    working += f"；定额 {item.quota:f} 的 {plain(ratio * FULL, 2)}%；{item.full_at:f} 以下满分，{item.zero_at:f} 以上零分"
    return ItemResult(item, each, ratio, points, working)


# -------------------------------------------------------------------------------------------------------------------- year report


@dataclass(frozen=True)
class YearRow:
    """One item of a year beside the year before: use in all and per head, how far from the quota, points; ``None`` where missing.

    ``change`` is in percent of the earlier use per head.
    """

    result: ItemResult
    used: Decimal | None
    before: Fraction | None
    change: Fraction | None

    @property
    def way(self) -> str:
        """``up``, ``down``, ``same``, or nothing where there is no change to tell."""
        return "" if self.change is None else "up" if self.change > 0 else "down" if self.change < 0 else "same"


@dataclass(frozen=True)
class StaffSums:
    """What the staff who joined did in the year, in sums alone; ``acts`` and the rest are ``None`` where too few joined."""

    members: int
    acts: int | None = None
    units: int | None = None
    grams: Fraction | None = None


STAFF_SMALLEST: Final = 5
"""Sums over fewer people of one institution, who know each other, would tell of one; they are not shown, the house's own rule."""


def staff_sums(members: int, acts: int, units: int, grams: Fraction) -> StaffSums:
    """Sums over the staff who joined; with fewer than :data:`STAFF_SMALLEST` of them nothing but that."""
    return StaffSums(members) if members < STAFF_SMALLEST else StaffSums(members, acts, units, grams)


def year_rows(now: UnitScore, before: UnitScore | None) -> tuple[YearRow, ...]:
    """The items of a year beside those of the year before, by their keys."""
    earlier = {} if before is None else {each.item.key: each.per_head for each in before.items}
    found = []
    for each in now.items:
        was = earlier.get(each.item.key)
        change = None if each.per_head is None or not was else (each.per_head - was) / was * FULL
        found.append(YearRow(each, now.unit.used.get(each.item.key), was, change))
    return tuple(found)


@dataclass(frozen=True)
class Totals:
    """Institutions in sums: how many, how many have a score, staff, and use by item. No institution is named."""

    units: int
    scored: int
    staff: int
    used: Mapping[str, Decimal]


SMALLEST: Final = 3
"""Sums over fewer institutions would show a single one's numbers; they are refused."""


def totals(made: Sequence[UnitScore]) -> Totals:
    """The sums over institutions that others may see.

    Raises :class:`~yangban.base.errors.UsageError` for fewer than :data:`SMALLEST`.
    """
    if len(made) < SMALLEST:
        raise UsageError(f"只有 {len(made)} 个单位，合计会露出单个单位的数；至少 {SMALLEST} 个")
    used: dict[str, Decimal] = {}
    for each in made:
        for key, value in each.unit.used.items():
            used[key] = used.get(key, Decimal(0)) + value
    return Totals(len(made), sum(each.total is not None for each in made), sum(each.unit.staff for each in made), used)
