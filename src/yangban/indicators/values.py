"""Values of indicators, wherever they come from, and when two of them may be compared. Pure; nothing is read here.

A value is *computed* (a Figure), *reported* (by the department that owns it) or *published* (printed by an authority); it says which, and
none silently takes the place of another. What it covers is part of it: two values of different scope are not compared.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final

from yangban.base.errors import UsageError
from yangban.base.exact import plain

COMPUTED: Final = "computed"
REPORTED: Final = "reported"
PUBLISHED: Final = "published"
GIVEN: Final = "given"
ORIGINS: Final[Mapping[str, str]] = {COMPUTED: "计算", REPORTED: "填报", PUBLISHED: "公布", GIVEN: "给定"}

REFUSES: Final = ("dust", "network", "places", "coverage")
"""Parts of a scope that measure another thing where they differ."""
FLAGS: Final = ("basis",)
"""Parts that measure the same thing less or more finally: real-time against audited readings."""
_WORDS: Final[Mapping[str, str]] = {
    "dust": "沙尘", "network": "监测网", "places": "统计的地区", "coverage": "统计范围", "basis": "实况或审核",
    "as_monitored": "含沙尘", "dust_excluded": "剔除沙尘", "state": "国控", "province": "省控", "all": "全部", "own": "本地",
    "prefecture": "设区城市", "county": "县级及以上城市", "realtime": "实况", "audited": "审核", "unknown": "不明",
}  # fmt: skip
_OPEN: Final = ("", "not_applicable")


@dataclass(frozen=True, kw_only=True)
class Value:
    """One value of one indicator for one subject and period.

    ``exact`` is the unrounded value, ``display`` the printed one; a reported or published value is what was printed. ``word`` is ``yes`` or
    ``no`` where the answer is no number. ``scope`` holds what it covers (:data:`REFUSES`, :data:`FLAGS`).
    """

    key: str
    subject: str
    period: str
    exact: Fraction | None
    display: Decimal | None
    unit: str
    origin: str
    word: str = ""
    scope: Mapping[str, str] = field(default_factory=dict)
    status: str = "ok"
    reason: str = ""
    evidence: str = ""
    department: str = ""
    by: str = ""
    revision: int = 0
    edition: str = ""
    synthetic: bool = False
    unverified: tuple[str, ...] = ()

    @property
    def usable(self) -> bool:
        """Whether there is a value and it may be used officially."""
        return self.status == "ok" and (self.exact is not None or bool(self.word))

    @property
    def judged(self) -> Fraction | None:
        """The number that is held against requirements: the printed one, since that is what is published."""
        return self.exact if self.display is None else Fraction(self.display)

    def to_dict(self) -> dict[str, Any]:
        """The value as JSON prints it."""
        return {
            "key": self.key,
            "subject": self.subject,
            "period": self.period,
            "value": None if self.exact is None else plain(self.exact),
            "display": None if self.display is None else f"{self.display:f}",
            "word": self.word,
            "unit": self.unit,
            "origin": self.origin,
            "scope": dict(self.scope),
            "status": self.status,
            "reason": self.reason,
            "evidence": self.evidence,
            "department": self.department,
            "by": self.by,
            "revision": self.revision,
            "edition": self.edition,
            "synthetic": self.synthetic,
            "unverified": list(self.unverified),
        }


def from_figure(figure: Any) -> Value:
    """A computed value from a Figure, or from any object with its ``indicator subject period exact display unit scope status``.

    The value of a province, the nation or a group is the mean of its prefecture-level places, and its scope says so.
    """
    level = getattr(figure, "subject_level", "")
    scope = {
        "dust": figure.scope,
        "basis": getattr(figure, "basis", ""),
        "network": getattr(figure, "network", ""),
        "places": "prefecture" if level in {"province", "nation", "group"} else "own",
    }
    air = figure.indicator.startswith("air.")
    # Dust and the mean of places are matters of air; sections of water are counted, whoever they belong to.
    kept = scope if air else {name: word for name, word in scope.items() if name in {"basis", "network"}}
    return Value(
        key=figure.indicator,
        subject=figure.subject,
        period=figure.period,
        exact=figure.exact,
        display=figure.display,
        unit=figure.unit,
        origin=COMPUTED,
        scope=kept,
        status=figure.status,
        reason=getattr(figure, "reason", ""),
        evidence=f"由监测数据计算（{getattr(figure, 'edition', '')}）",
        edition=getattr(figure, "edition", ""),
        synthetic=getattr(figure, "synthetic", False),
        unverified=tuple(getattr(figure, "unverified", ())),
    )


def from_reported(row: Any) -> Value:
    """A value that a department reported (:class:`~yangban.readings.reported.Reported`); its scope is in its own words."""
    return Value(
        key=row.key,
        subject=row.subject,
        period=row.period,
        exact=None if row.value is None else Fraction(row.value),
        display=row.value,
        unit=row.unit,
        origin=REPORTED,
        word=row.word,
        scope={"coverage": row.scope} if row.scope else {},
        evidence=row.evidence,
        department=row.department,
        by=row.by,
        revision=row.revision,
    )


def from_published(row: Any) -> Value:
    """A value that an authority printed (:class:`~yangban.packs.Published`)."""
    number = Decimal(row.value)
    return Value(
        key=row.indicator,
        subject=row.area,
        period=row.period.label,
        exact=Fraction(number),
        display=number,
        unit=row.unit,
        origin=PUBLISHED,
        scope={"dust": row.scope, "basis": row.basis, "network": row.network},
        evidence=f"{row.issuer}：{row.source}",
    )


def one_origin(values: Iterable[Value]) -> Value | None:
    """The one value among several of the same thing, ``None`` where there is none.

    Raises :class:`~yangban.base.errors.UsageError` where values of different origin or scope compete: which holds is for a person to say.
    """
    found = list(values)
    if len(found) > 1:
        told = "；".join(f"{ORIGINS[v.origin]} {v.key} {shown(v)}（{scope_words(v.scope) or '范围未写明'}）" for v in found)
        raise UsageError(f"同一指标有 {len(found)} 个值，不能默默取一个：{told}。请只留一个，或写明用哪个")
    return found[0] if found else None


def shown(value: Value) -> str:
    """A value with its unit as tables print it.

    >>> shown(Value(key="k", subject="360000", period="2022", exact=Fraction(63), display=Decimal("63.0"), unit="%", origin="reported"))
    '63.0%'
    """
    if value.exact is None:
        return {"yes": "是", "no": "否"}.get(value.word, value.word or "—")
    number = plain(value.exact) if value.display is None else f"{value.display:f}"
    unit = "" if value.unit in {"1", "—", ""} else value.unit
    return f"{number}{'' if unit in {'', '%'} else ' '}{unit}"


# ---------------------------------------------------------------------------------------------------------------- scope


@dataclass(frozen=True)
class ScopeCheck:
    """Whether two scopes may be compared, and what must be said about it."""

    comparable: bool
    reasons: tuple[str, ...]


def compare_scopes(one: Mapping[str, str], other: Mapping[str, str]) -> ScopeCheck:
    """Compare what two values cover.

    A part that differs refuses the comparison, except real-time against audited readings, which is flagged. A part that one of them does
    not know is flagged; one that it does not speak of, or that does not apply, is passed over.

    >>> compare_scopes({"places": "prefecture"}, {"places": "county"})
    ScopeCheck(comparable=False, reasons=('统计的地区不同：设区城市与县级及以上城市，不可比',))
    """
    refused: list[str] = []
    flagged: list[str] = []
    for part in (*REFUSES, *FLAGS):
        a, b = one.get(part, ""), other.get(part, "")
        if a == b or a in _OPEN or b in _OPEN:
            continue
        name, first, second = (_WORDS.get(word, word) for word in (part, a, b))
        if "unknown" in {a, b}:
            flagged.append(f"{name}：{first}与{second}，可比性不明")
        elif part in FLAGS:
            flagged.append(f"{name}不同：{first}与{second}")
        else:
            refused.append(f"{name}不同：{first}与{second}，不可比")
    return ScopeCheck(not refused, tuple(refused or flagged))


def scope_words(scope: Mapping[str, str]) -> str:
    """A scope in words.

    >>> scope_words({"places": "county", "network": "state"})
    '国控、县级及以上城市'
    """
    return "、".join(_WORDS.get(scope[part], scope[part]) for part in (*REFUSES, *FLAGS) if scope.get(part, "") not in _OPEN)


# ------------------------------------------------------------------------------------------------------------- intervals


@dataclass(frozen=True)
class Interval:
    """An exact interval of numbers; ``low_in`` and ``high_in`` say whether its ends belong to it."""

    low: Fraction
    high: Fraction
    low_in: bool = True
    high_in: bool = True

    def __post_init__(self) -> None:
        if self.low > self.high or (self.low == self.high and not (self.low_in and self.high_in)):
            raise UsageError(f"an interval from {self.low} to {self.high} holds nothing")

    def holds(self, number: Fraction) -> bool:
        """Whether a number lies in it."""
        above = number > self.low or (number == self.low and self.low_in)
        below = number < self.high or (number == self.high and self.high_in)
        return above and below

    def meets(self, other: Interval) -> bool:
        """Whether the two have a number in common."""
        low, low_out = max((self.low, not self.low_in), (other.low, not other.low_in))
        high, high_in = min((self.high, self.high_in), (other.high, other.high_in))
        return low < high or (low == high and not low_out and high_in)

    def __add__(self, other: Interval) -> Interval:
        """All sums of a number of the one and a number of the other."""
        return Interval(self.low + other.low, self.high + other.high, self.low_in and other.low_in, self.high_in and other.high_in)

    def __neg__(self) -> Interval:
        """The interval mirrored at 0."""
        return Interval(-self.high, -self.low, self.high_in, self.low_in)

    def __sub__(self, other: Interval) -> Interval:
        """All differences."""
        return self + -other

    def scaled(self, factor: Fraction) -> Interval:
        """All its numbers times a number that is not 0."""
        if factor < 0:
            return (-self).scaled(-factor)
        if factor == 0:
            raise UsageError("an interval times 0 is a point; expected another factor")
        return Interval(self.low * factor, self.high * factor, self.low_in, self.high_in)


def printed_interval(printed: Decimal) -> Interval:
    """The numbers that are printed as this one when rounded half to even (GB/T 8170) to its decimals.

    An end belongs to it just when the last printed digit is even.

    >>> printed_interval(Decimal("27"))
    Interval(low=Fraction(53, 2), high=Fraction(55, 2), low_in=False, high_in=False)
    >>> printed_interval(Decimal("92.2")).holds(Fraction(9225, 100))
    True
    """
    exponent = int(printed.as_tuple().exponent)
    half = Fraction(1, 2) * Fraction(10) ** exponent
    number = Fraction(printed)
    even = int(number / Fraction(10) ** exponent) % 2 == 0
    return Interval(number - half, number + half, even, even)


def change_points(now: Decimal, before: Decimal) -> Interval:
    """What the difference of two unrounded values may be, given both as printed."""
    return printed_interval(now) - printed_interval(before)


def change_percent(now: Decimal, before: Decimal) -> Interval:
    """What the change in per cent of two unrounded positive values may be, given both as printed.

    Raises :class:`~yangban.base.errors.UsageError` when the earlier one may be 0 or less, or the later one negative.

    >>> spread = change_percent(Decimal(27), Decimal(29))
    >>> [round(float(edge), 1) for edge in (spread.low, spread.high)]
    [-10.2, -3.5]
    """
    a, b = printed_interval(now), printed_interval(before)
    if b.low <= 0 or a.low < 0:
        raise UsageError(f"变化率须由正数算出；现为 {now}，前为 {before}")
    low = (a.low / b.high - 1) * 100
    high = (a.high / b.low - 1) * 100
    return Interval(low, high, a.low_in and b.high_in, a.high_in and b.low_in)


AGREES: Final = "agrees"
DIFFERS: Final = "differs"
OTHER_SCOPE: Final = "other_scope"
NO_DATA: Final = "no_data"


@dataclass(frozen=True)
class Comparison:
    """A computed value beside a published one: the verdict, the interval that rounding allows, and what is to be said.

    ``beyond`` is how far the computed value lies outside the interval, 0 inside.
    """

    verdict: str
    allowed: Interval | None
    beyond: Fraction | None
    reasons: tuple[str, ...]


def compare_published(computed: Value, published: Value) -> Comparison:
    """Whether a computed value could have been printed as the published one.

    They agree when the unrounded computed value lies in the interval that is rounded to the printed one, half to even; equality of the
    unrounded is not asked for. Values of different scope are not compared; values of unknown scope are, and say so.

    Raises :class:`~yangban.base.errors.UsageError` when they are not of the same indicator, subject, period and unit.
    """
    for name in ("key", "subject", "period", "unit"):
        if getattr(computed, name) != getattr(published, name):
            raise UsageError(f"不能比较：{name} 不同，{getattr(computed, name)!r} 与 {getattr(published, name)!r}")
    scope = compare_scopes(computed.scope, published.scope)
    if not scope.comparable:
        return Comparison(OTHER_SCOPE, None, None, scope.reasons)
    if computed.exact is None or published.display is None:
        return Comparison(NO_DATA, None, None, (*scope.reasons, computed.reason or "没有可比的数值"))
    allowed = printed_interval(published.display)
    inside = allowed.holds(computed.exact)
    beyond = Fraction(0) if inside else max(allowed.low - computed.exact, computed.exact - allowed.high, Fraction(0))
    told = () if computed.usable else (computed.reason or "计算值数据不足",)
    return Comparison(AGREES if inside else DIFFERS, allowed, beyond, (*scope.reasons, *told))
