"""Carbon points as data: schemes with their methods, tables of factors, rules of review, red lines and the score of institutions.

One TOML file each in ``book/points/``; a user's own may stand anywhere. ``kind`` says what a file holds: ``scheme``, ``factors``,
``review``, ``redlines`` or ``scores``. Every problem is a :class:`~yangban.base.errors.BookError` that names file and key.

A method is data: its points and its grams of CO2e are each one of the few formulas of :data:`FORMULAS`, with numbers that stand in the
method or in a table of factors. Nothing is ever evaluated as a program. A number that nobody published is the word ``unknown``: an empty
slot, and an award that would need it is refused.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from yangban.base.errors import BookError, UsageError
from yangban.standards.load import BOOK, parse_text, parse_toml, read_text
from yangban.standards.model import CONFIDENCES
from yangban.standards.systems import Entry
from yangban.standards.tables import TableReader, near

POINTS: Final = BOOK / "points"
"""The folder of the shipped schemes."""

UNITS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "act": "次", "step": "步", "km": "公里", "min": "分钟", "h": "小时", "day": "天", "kWh": "千瓦时", "kg": "公斤", "g": "克",
        "m3": "立方米", "item": "件", "sheet": "张", "person": "人",
    }
)  # fmt: skip
"""Units of an amount, with their words. An amount is named by its unit, or by unit and word: ``km.rail``, ``kWh.own_mean``."""

MASSES: Final[Mapping[str, int]] = MappingProxyType({"g": 1, "kg": 1000, "t": 1_000_000})
"""Units of mass, in grams."""

FORMULAS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "per_act": ("value",),
        "per_unit": ("input", "value"),
        "per_block": ("input", "block", "value"),
        "threshold": ("input", "at_least", "value"),
        "tiers": ("input", "tiers"),
        "difference": ("input", "baseline", "value"),
        "travel": ("input", "baseline", "modes"),
        "saving": ("input", "baseline", "value"),
        "of_grams": ("value",),
        "of_points": ("value",),
    }
)
"""The closed set of formulas and the keys that each must have.

``per_act`` value; ``per_unit`` amount × value; ``per_block`` whole blocks × value; ``threshold`` value once the amount is reached;
``tiers`` the value of the highest tier reached; ``difference`` (baseline − value) × amount; ``travel`` baseline × distance − Σ mode ×
distance (DB11/T 3043); ``saving`` use under a baseline × value, or under the household's own mean; ``of_grams`` and ``of_points`` turn
one answer into the other.
"""

CLASSES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "clothing": "衣", "food": "食", "housing": "住", "travel": "行", "use": "用", "office": "办公", "digital": "数字金融",
        "other": "其他",
    }
)  # fmt: skip
"""Classes of behaviour: the seven of T/ACEF 031-2022, and ``other`` for what it does not name."""

SAME_ACT: Final = ("digest", "day", "minutes")
"""How two events are known to tell of one act: by the digest of their evidence, by the day, or by starting within some minutes."""

COUNTS: Final = ("first", "highest")
"""Of several reports of one act: the first stands, or the highest does and what it is more is added."""

PERIODS: Final = ("day", "month", "year")
ROUNDINGS: Final = ("down", "half_even", "up")
REVIEWS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "amount_above": ("input", "most"),
        "rate_above": ("input", "most"),
        "acts_within": ("most", "minutes"),
        "overlap": (),
        "device_shared": ("most", "days"),
        "digest_shared": (),
        "same_amounts": ("input", "most"),
    }
)
"""Types of a rule of review and the keys that each must have; what they mean: :mod:`yangban.points.abuse`."""

FORBIDS: Final = (
    "forced_check_in", "league_table_of_persons", "league_table_of_units", "compulsory_photo", "compulsory_track", "online_time",
    "no_complaint",
)  # fmt: skip
"""What a red line may forbid."""

UNKNOWN: Final = "unknown"
ALWAYS: Final = date.min


@dataclass(frozen=True)
class FactorRef:
    """A number that stands in a table of factors: of which area and of which year.

    ``area`` is a code or ``event`` (the place of the event); ``year`` a year or ``latest`` (the newest published when it happened).
    """

    table: str
    area: str = ""
    year: str = ""


Slot = Decimal | FactorRef | None
"""A number of a formula: itself, a factor, or an empty slot."""


@dataclass(frozen=True, kw_only=True)
class Formula:
    """One formula with its numbers; ``unit`` is that of ``value`` and empty when the formula gives points."""

    kind: str
    input: str = ""
    unit: str = ""
    value: Slot = None
    baseline: Slot = None
    block: Decimal | None = None
    at_least: Decimal | None = None
    tiers: tuple[tuple[Decimal, Decimal], ...] = ()
    modes: Mapping[str, Slot] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class SameAct:
    """How two events are known to tell of one act, and which of them counts."""

    by: str = "digest"
    minutes: int = 0
    counts: str = "first"


@dataclass(frozen=True, kw_only=True)
class Behaviour(Entry):
    """Something that people do. Behaviours of one ``group`` can be one and the same act, such as steps and a walk."""

    key: str
    name: str
    name_en: str
    klass: str
    group: str
    same_act: SameAct


@dataclass(frozen=True, kw_only=True)
class Evidence(Entry):
    """A kind of evidence; a member who used one of ``excludes`` for a behaviour in a ``per`` cannot use this one in it as well."""

    key: str
    name: str
    excludes: tuple[str, ...]
    per: str


@dataclass(frozen=True, kw_only=True)
class Method(Entry):
    """How one behaviour earns in a span of days, both inclusive. ``evidence`` empty: any kind that the scheme knows, or none."""

    key: str
    behaviour: str
    start: date
    end: date | None
    evidence: tuple[str, ...]
    points: Formula | None
    grams: Formula | None


@dataclass(frozen=True, kw_only=True)
class Cap(Entry):
    """The most that one member may earn by some behaviours (empty: by all) in a day, month or year."""

    key: str
    behaviours: tuple[str, ...]
    per: str
    points: Decimal | None
    acts: int | None


@dataclass(frozen=True, kw_only=True)
class Factor(Entry):
    """One emission factor or the like: a value with unit, year and, in a published table, the day of publication."""

    key: str
    name: str
    value: Decimal | None
    unit: str
    year: int | None = None
    published: date | None = None


@dataclass(frozen=True, kw_only=True)
class Head:
    """What every file of points carries."""

    id: str
    title: str
    title_en: str
    issuer: str
    issued: date | None
    checked: date
    confidence: str
    source: tuple[str, ...]
    note: str
    file: str = ""


@dataclass(frozen=True, kw_only=True)
class Scheme(Head):
    """One scheme as published, or an example that can be run.

    ``decimals`` is how many places a point has: the smallest unit is 10⁻ᵈ point, and the ledger counts those. ``late_days``,
    ``delay_days``, ``claim_days`` and ``expiry_days`` are ``None`` where nothing was published; ``unpublished`` names such slots.
    """

    region: str
    start: date | None
    end: date | None
    example: bool
    point_name: str
    decimals: int
    rounding: str
    late_days: int | None
    delay_days: int | None
    claim_days: int | None
    expiry_days: int | None
    unpublished: tuple[str, ...]
    behaviours: tuple[Behaviour, ...]
    evidence: tuple[Evidence, ...]
    methods: tuple[Method, ...]
    caps: tuple[Cap, ...]
    factors: Mapping[str, Factor]
    budget: Decimal | None

    @property
    def per_point(self) -> int:
        """How many smallest units make one point."""
        return int(10**self.decimals)

    def behaviour(self, key: str) -> Behaviour:
        """The behaviour of this key; raises :class:`~yangban.base.errors.UsageError` with near matches."""
        found = next((each for each in self.behaviours if each.key == key), None)
        if found is None:
            raise UsageError(f"{self.id} 没有行为 {key!r}；{near(key, [each.key for each in self.behaviours])}")
        return found


@dataclass(frozen=True, kw_only=True)
class Factors(Head):
    """A published table of factors by area and year."""

    rows: Mapping[str, tuple[Factor, ...]]

    def find(self, area: str, year: str, day: date) -> Factor:
        """The factor of an area and a year; ``latest`` is the newest that was published by ``day``.

        Raises :class:`~yangban.base.errors.UsageError` when there is none.
        """
        row = self.rows.get(area)
        if row is None:
            raise UsageError(f"{self.id} 没有地区 {area!r}；{near(area, list(self.rows))}")
        fitting = [
            each for each in row if (each.published is not None and each.published <= day if year == "latest" else str(each.year) == year)
        ]
        if not fitting:
            known = "、".join(str(each.year) for each in row)
            words = f"{day} 之前没有公布的因子" if year == "latest" else f"没有 {year} 年的因子"
            raise UsageError(f"{self.id} 的 {area} {words}；现有年份 {known}")
        return max(fitting, key=lambda each: each.year or 0)


@dataclass(frozen=True, kw_only=True)
class ReviewRule(Entry):
    """A rule that holds an event for a person to look at; ``behaviours`` empty: all."""

    key: str
    name: str
    type: str
    behaviours: tuple[str, ...]
    input: str
    most: Decimal | None
    minutes: int
    days: int


@dataclass(frozen=True, kw_only=True)
class Review(Head):
    """A list of rules of review."""

    rules: tuple[ReviewRule, ...]


@dataclass(frozen=True, kw_only=True)
class RedLine(Entry):
    """Something that an official service must not do; on unless an organisation outside its scope switches it off."""

    key: str
    name: str
    forbids: str
    on: bool


@dataclass(frozen=True, kw_only=True)
class RedLines(Head):
    """The red lines of one document."""

    lines: tuple[RedLine, ...]


@dataclass(frozen=True, kw_only=True)
class ScoreItem(Entry):
    """One item of an institution's low-carbon score: use per head against a quota.

    Full marks at or under ``full_at`` × quota, none at or over ``zero_at`` × quota, on a straight line between. All four numbers are empty
    slots where nobody published them.
    """

    key: str
    name: str
    unit: str
    per: str
    quota: Decimal | None
    weight: Decimal | None
    full_at: Decimal | None
    zero_at: Decimal | None


@dataclass(frozen=True, kw_only=True)
class Scores(Head):
    """The table of an institution's score, and the sets that may fill its slots by name."""

    items: tuple[ScoreItem, ...]
    sets: Mapping[str, Mapping[str, Mapping[str, Decimal]]]
    examples: tuple[str, ...]


Made = Scheme | Factors | Review | RedLines | Scores


@dataclass(frozen=True)
class PointsReport:
    """What was found in one file."""

    file: str
    made: Made | None
    problems: tuple[BookError, ...]


@dataclass(frozen=True)
class PointsBook:
    """Everything about points that is at hand, by id."""

    schemes: Mapping[str, Scheme]
    factors: Mapping[str, Factors]
    reviews: Mapping[str, Review]
    redlines: Mapping[str, RedLines]
    scores: Mapping[str, Scores]

    def scheme(self, id: str) -> Scheme:
        """The scheme of this id; raises :class:`~yangban.base.errors.UsageError` with near matches."""
        if id not in self.schemes:
            raise UsageError(f"没有积分方案 {id!r}；{near(id, list(self.schemes))}；全部见 yangban points schemes")
        return self.schemes[id]


def shipped_points() -> tuple[Path, ...]:
    """The files of the shipped book of points."""
    return tuple(sorted(POINTS.glob("*.toml")))


def read_points(path: Path) -> PointsReport:
    """Read one file and every problem in it; ``made`` is ``None`` when there is one."""
    return _report(path.name, *parse_toml(path))


def read_points_text(name: str, text: str) -> PointsReport:
    """As :func:`read_points`, of a text that is kept elsewhere than in a file; ``name`` is what problems call it."""
    return _report(name, *parse_text(name, text))


def _report(name: str, table: dict[str, Any] | None, problems: Sequence[BookError]) -> PointsReport:
    if table is None:
        return PointsReport(name, None, tuple(problems))
    reader = _Reader(name, table)
    made = reader.make()
    return PointsReport(name, None if reader.problems else made, tuple(reader.problems))


def shipped_text(made: Head) -> str:
    """The text of the shipped file of a scheme, a table or a list."""
    return read_text(POINTS / made.file)


def load_points_file(path: Path) -> Made:
    """Read one file; raises the first :class:`~yangban.base.errors.BookError`."""
    report = read_points(path)
    if report.problems:
        raise report.problems[0]
    assert report.made is not None  # read_points makes something whenever it finds no problem
    return report.made


@cache
def _shipped() -> tuple[Made, ...]:
    return tuple(map(load_points_file, shipped_points()))


def load_points(files: Sequence[Path] = ()) -> PointsBook:
    """The shipped book of points with a user's own files.

    Raises :class:`~yangban.base.errors.BookError` for a wrong file, an id given twice, and a factor that is in no table.

    >>> load_points().scheme("wuhan-tantan-planet").title
    '武汉“碳碳星球”'
    """
    kept: dict[type, dict[str, Any]] = {Scheme: {}, Factors: {}, Review: {}, RedLines: {}, Scores: {}}
    for each in (*_shipped(), *map(load_points_file, files)):
        home = kept[type(each)]
        if each.id in home:
            raise BookError(each.file, "id", f"{each.id!r} is taken by {home[each.id].file}; give another id")
        home[each.id] = each
    book = PointsBook(*(MappingProxyType(each) for each in kept.values()))
    for scheme in book.schemes.values():
        check_references(book, scheme)
    return book


def check_references(book: PointsBook, scheme: Scheme) -> None:
    """Every factor that a scheme names is in a table, in the unit that its formula takes.

    Raises :class:`~yangban.base.errors.BookError`.
    """
    for method in scheme.methods:
        for which, formula in (("points", method.points), ("grams", method.grams)):
            for key, ref in _references(formula):
                _check_reference(book, scheme, f"method[{method.key}].{which}.{key}", formula, ref)


def _references(formula: Formula | None) -> list[tuple[str, FactorRef]]:
    if formula is None:
        return []
    slots: dict[str, Slot] = {"value": formula.value, "baseline": formula.baseline}
    slots |= {f"modes.{mode}": slot for mode, slot in formula.modes.items()}
    return [(key, slot) for key, slot in slots.items() if isinstance(slot, FactorRef)]


def _check_reference(book: PointsBook, scheme: Scheme, key: str, formula: Formula | None, ref: FactorRef) -> None:
    assert formula is not None
    if ref.table in scheme.factors:
        found = [scheme.factors[ref.table]]
    elif ref.table in book.factors:
        rows = book.factors[ref.table].rows
        if ref.area not in {*rows, "event"}:
            raise BookError(
                scheme.file, f"{key}.area", f"{ref.table} has no area {ref.area!r}; write event, or {near(ref.area, list(rows))}"
            )
        found = [each for area, row in rows.items() if ref.area in {area, "event"} for each in row]
        years = {str(each.year) for each in found}
        if ref.year not in {*years, "latest"}:
            raise BookError(
                scheme.file, f"{key}.year", f"{ref.table} has no year {ref.year!r}; write latest or one of {', '.join(sorted(years))}"
            )
    else:
        known = [*scheme.factors, *book.factors]
        raise BookError(scheme.file, key, f"there is no factor {ref.table!r}; {near(ref.table, known)}")
    for each in found:
        wanted = "act" if not formula.input else formula.input.partition(".")[0]
        mass, _, per = each.unit.partition("/")
        if mass not in MASSES or (per or "act") != wanted:
            raise BookError(
                scheme.file, key, f"factor {each.key} is in {each.unit}; the formula takes {' or '.join(f'{m}/{wanted}' for m in MASSES)}"
            )


_HEAD: Final = ("kind", "id", "title", "title_en", "issuer", "issued", "checked", "confidence", "source", "note")
_SCHEME: Final = ("region", "effective", "point_name", "behaviour", "method")
_SCHEME_OPTIONAL: Final = (
    "ended", "example", "decimals", "rounding", "late_days", "delay_days", "claim_days", "expiry_days", "evidence", "cap", "factor",
    "budget",
)  # fmt: skip
_SLOTS: Final = ("late_days", "delay_days", "claim_days", "expiry_days")
_SCORE_NUMBERS: Final = ("quota", "weight", "full_at", "zero_at")


class _Reader(TableReader):
    """One pass over one parsed file: makes what it holds, notes every problem."""

    def make(self) -> Made | None:
        makers: dict[str, tuple[Any, tuple[str, ...], tuple[str, ...]]] = {
            "scheme": (self.scheme, _SCHEME, _SCHEME_OPTIONAL),
            "factors": (self.factors, ("unit", "release", "row"), ()),
            "review": (self.review, ("rule",), ()),
            "redlines": (self.redlines, ("line",), ("number",)),
            "scores": (self.scores, ("item",), ("set",)),
        }
        kind = str(self.table.get("kind"))
        if kind not in makers:
            self.problem("kind", f"expected one of {', '.join(makers)}, got {kind!r}")
            return None
        maker, required, optional = makers[kind]
        self.keys("", self.table, required=(*_HEAD, *required), optional=optional)
        head = self.head()
        made: Made | None = maker(head)
        return None if self.problems else made

    def head(self) -> dict[str, Any]:
        table = self.table
        for key in ("id", "title", "title_en", "issuer"):
            self.text(key, table.get(key))
        self.text("note", table.get("note", ""), empty=True)
        self.choice("confidence", table.get("confidence"), [word for word in CONFIDENCES if word != UNKNOWN])
        issued = None if table.get("issued") in (UNKNOWN, None) else self.day("issued", table["issued"])
        checked = self.day("checked", table.get("checked"))
        words = {key: str(table.get(key, "")) for key in ("id", "title", "title_en", "issuer", "note", "confidence")}
        return {**words, "issued": issued, "checked": checked, "source": self.source("source", table.get("source")), "file": self.file}

    # ---------------------------------------------------------------------------------------------------------------- schemes

    def scheme(self, head: dict[str, Any]) -> Scheme | None:
        table = self.table
        self.text("point_name", table.get("point_name"))
        self.text("region", table.get("region"))
        start = None if table.get("effective") in (UNKNOWN, None) else self.day("effective", table["effective"])
        end = self.day("ended", table["ended"]) if "ended" in table else None
        self.span("ended", start, end)
        if not isinstance(table.get("example", False), bool):
            self.problem("example", "expected true or false")
        unpublished = [key for key in _SLOTS if table.get(key, UNKNOWN) == UNKNOWN]
        days: dict[str, Any] = {key: None if key in unpublished or table[key] == "none" else self.whole(key, table[key]) for key in _SLOTS}
        if start is None:
            unpublished.append("effective")
        if "rounding" in table:
            self.choice("rounding", table["rounding"], ROUNDINGS)
        else:
            unpublished.append("rounding")
        evidence = tuple(self.evidence(*each) for each in self.entries("evidence", ("key", "name", "clause"), ("excludes", "per")))
        for each in evidence:
            for other in each.excludes:
                self.choice(f"evidence[{each.key}].excludes", other, [one.key for one in evidence])
        behaviours = tuple(
            self.behaviour(*each)
            for each in self.entries("behaviour", ("key", "name", "name_en", "class", "clause"), ("group", "same_act"))
        )
        known = [each.key for each in behaviours]
        methods = tuple(
            self.method(*each, known, [one.key for one in evidence], (start, end))
            for each in self.entries("method", ("key", "behaviour", "clause"), ("from", "to", "evidence", "points", "grams"))
        )
        self.once_a_day(methods)
        caps = tuple(self.cap(*each, known) for each in self.entries("cap", ("key", "per", "clause"), ("behaviours", "points", "acts")))
        factors = {
            str(entry.get("key")): self.factor(entry, label, common)
            for entry, label, common in self.entries("factor", ("key", "name", "value", "unit", "clause"), ("year",))
        }
        return Scheme(
            **head,
            region=str(table.get("region")),
            start=start,
            end=end,
            example=bool(table.get("example", False)),
            point_name=str(table.get("point_name")),
            decimals=self.whole("decimals", table.get("decimals", 0)),
            rounding=str(table.get("rounding", "down")),
            **days,
            unpublished=tuple(unpublished),
            behaviours=behaviours,
            evidence=evidence,
            methods=methods,
            caps=caps,
            factors=MappingProxyType(factors),
            budget=self.positive("budget", table, "budget"),
        )

    def evidence(self, entry: Mapping[str, Any], label: str, common: dict[str, Any]) -> Evidence:
        self.text(f"{label}.name", entry.get("name"))
        per = str(entry.get("per", "day"))
        self.choice(f"{label}.per", per, PERIODS)
        return Evidence(
            key=str(entry.get("key")), name=str(entry.get("name")), excludes=self.words(f"{label}.excludes", entry.get("excludes", [])),
            per=per, **common,
        )  # fmt: skip

    def behaviour(self, entry: Mapping[str, Any], label: str, common: dict[str, Any]) -> Behaviour:
        for key in ("name", "name_en"):
            self.text(f"{label}.{key}", entry.get(key))
        self.choice(f"{label}.class", entry.get("class"), list(CLASSES))
        given = entry.get("same_act", {})
        if not isinstance(given, dict):
            self.problem(f"{label}.same_act", 'expected a table such as { by = "day" }')
            given = {}
        self.keys(f"{label}.same_act", given, required=(), optional=("by", "minutes", "counts"))
        self.choice(f"{label}.same_act.by", given.get("by", "digest"), SAME_ACT)
        self.choice(f"{label}.same_act.counts", given.get("counts", "first"), COUNTS)
        minutes = self.whole(f"{label}.same_act.minutes", given.get("minutes", 0))
        if (given.get("by") == "minutes") != (minutes > 0):
            self.problem(f"{label}.same_act.minutes", 'goes with by = "minutes", and is above 0 there')
        same = SameAct(by=str(given.get("by", "digest")), minutes=minutes, counts=str(given.get("counts", "first")))
        return Behaviour(
            key=str(entry.get("key")), name=str(entry.get("name")), name_en=str(entry.get("name_en")), klass=str(entry.get("class")),
            group=str(entry.get("group", entry.get("key"))), same_act=same, **common,
        )  # fmt: skip

    def method(
        self, entry: Mapping[str, Any], label: str, common: dict[str, Any], behaviours: Sequence[str], evidence: Sequence[str], span: Any
    ) -> Method:
        self.choice(f"{label}.behaviour", entry.get("behaviour"), behaviours)
        start = self.day(f"{label}.from", entry["from"]) if "from" in entry else span[0]
        end = self.day(f"{label}.to", entry["to"]) if "to" in entry else span[1]
        self.span(f"{label}.to", start, end)
        kinds = self.words(f"{label}.evidence", entry.get("evidence", []))
        for each in kinds:
            self.choice(f"{label}.evidence", each, evidence)
        made = {key: self.formula(f"{label}.{key}", entry[key], key) for key in ("points", "grams") if key in entry}
        if not made:
            self.problem(label, "has neither points nor grams")
        kind_of = {key: formula.kind for key, formula in made.items() if formula is not None}
        if kind_of.get("points") == "of_grams" and kind_of.get("grams", "of_points") == "of_points":
            self.problem(f"{label}.points", "are made of grams, and there is no formula for the grams")
        if kind_of.get("grams") == "of_points" and "points" not in kind_of:
            self.problem(f"{label}.grams", "are made of points, and there is no formula for the points")
        return Method(
            key=str(entry.get("key")), behaviour=str(entry.get("behaviour")), start=start or ALWAYS, end=end, evidence=kinds,
            points=made.get("points"), grams=made.get("grams"), **common,
        )  # fmt: skip

    def formula(self, label: str, entry: Any, gives: str) -> Formula | None:
        if not isinstance(entry, dict):
            self.problem(label, 'expected a table such as { kind = "per_act", value = "1" }')
            return None
        kind = str(entry.get("kind"))
        barred = "of_points" if gives == "points" else "of_grams"
        if kind not in FORMULAS or kind == barred:
            self.choice(f"{label}.kind", kind if kind not in FORMULAS else None, [each for each in FORMULAS if each != barred])
            return None
        mass = gives == "grams" and kind not in {"of_points"}
        self.keys(label, entry, required=("kind", *FORMULAS[kind], *(("unit",) if mass else ())), optional=())
        given = str(entry.get("input", ""))
        if "input" in FORMULAS[kind]:
            self.choice(f"{label}.input", given.partition(".")[0], list(UNITS))
        unit = str(entry.get("unit", ""))
        if mass:
            per = given.partition(".")[0] if kind in {"per_unit", "difference", "travel", "saving"} else ""
            self.choice(f"{label}.unit", unit, [f"{each}/{per}" if per else each for each in MASSES])
        modes = entry.get("modes", {})
        if not isinstance(modes, dict) or ("modes" in FORMULAS[kind] and not modes):
            self.problem(f"{label}.modes", "expected a table of modes, each with its factor")
            modes = {}
        tiers: list[tuple[Decimal, Decimal]] = []
        for n, tier in enumerate(entry.get("tiers", []), start=1):
            if not isinstance(tier, list) or len(tier) != 2:
                self.problem(f"{label}.tiers[{n}]", "expected [at least, value]")
                continue
            tiers.append((self.number(f"{label}.tiers[{n}]", tier[0]), self.number(f"{label}.tiers[{n}]", tier[1])))
        if tiers != sorted(tiers) or ("tiers" in FORMULAS[kind] and not tiers):
            self.problem(f"{label}.tiers", "expected tiers in rising order")
        return Formula(
            kind=kind, input=given, unit=unit, value=self.slot(f"{label}.value", entry.get("value", UNKNOWN)),
            baseline=self.slot(f"{label}.baseline", entry.get("baseline", UNKNOWN)), block=self.positive(f"{label}.block", entry, "block"),
            at_least=self.positive(f"{label}.at_least", entry, "at_least"), tiers=tuple(tiers),
            modes=MappingProxyType({str(mode): self.slot(f"{label}.modes.{mode}", slot) for mode, slot in modes.items()}),
        )  # fmt: skip

    def slot(self, key: str, value: Any) -> Slot:
        """A number, ``unknown``, or a factor: ``{ factor = "key" }``, ``{ factor = "table", area = "event", year = "latest" }``."""
        if value == UNKNOWN:
            return None
        if isinstance(value, dict):
            self.keys(key, value, required=("factor",), optional=("area", "year"))
            return FactorRef(str(value.get("factor")), str(value.get("area", "")), str(value.get("year", "")))
        return self.number(key, value)

    def cap(self, entry: Mapping[str, Any], label: str, common: dict[str, Any], behaviours: Sequence[str]) -> Cap:
        self.choice(f"{label}.per", entry.get("per"), PERIODS)
        kinds = self.words(f"{label}.behaviours", entry.get("behaviours", []))
        for each in kinds:
            self.choice(f"{label}.behaviours", each, behaviours)
        if ("points" in entry) == ("acts" in entry):
            self.problem(label, "names either points or acts")
        return Cap(
            key=str(entry.get("key")),
            behaviours=kinds,
            per=str(entry.get("per")),
            points=self.positive(f"{label}.points", entry, "points"),
            acts=self.whole(f"{label}.acts", entry["acts"]) if "acts" in entry else None,
            **common,
        )

    def factor(self, entry: Mapping[str, Any], label: str, common: dict[str, Any]) -> Factor:
        self.text(f"{label}.name", entry.get("name"))
        value = None if entry.get("value") == UNKNOWN else self.number(f"{label}.value", entry.get("value"))
        if (value is None) != (common["confidence"] == UNKNOWN):
            self.problem(f"{label}.confidence", "is unknown exactly where the value is")
        self.unit(f"{label}.unit", entry.get("unit"))
        return Factor(
            key=str(entry.get("key")), name=str(entry.get("name")), value=value, unit=str(entry.get("unit")),
            year=self.whole(f"{label}.year", entry["year"]) if "year" in entry else None, **common,
        )  # fmt: skip

    def once_a_day(self, methods: Sequence[Method]) -> None:
        """No two methods may hold for one behaviour and one kind of evidence on the same day."""
        for n, one in enumerate(methods):
            for other in methods[:n]:
                alike = not one.evidence or not other.evidence or set(one.evidence) & set(other.evidence)
                apart = (one.end or date.max) < other.start or (other.end or date.max) < one.start
                if one.behaviour == other.behaviour and alike and not apart:
                    self.problem(
                        f"method[{one.key}]", f"holds on the same days as {other.key} for {one.behaviour}; date them or name the evidence"
                    )

    # ------------------------------------------------------------------------------------------------------------ other files

    def factors(self, head: dict[str, Any]) -> Factors | None:
        unit = self.table.get("unit")
        self.unit("unit", unit)
        releases: dict[str, date | None] = {}
        for entry, label, _ in self.entries("release", ("year", "published", "clause"), ("number",), named="year"):
            releases[str(entry.get("year"))] = self.day(f"{label}.published", entry.get("published"))
        rows: dict[str, tuple[Factor, ...]] = {}
        for entry, label, common in self.entries("row", ("area", "name", "values", "clause"), ("confidences",), named="area"):
            values, sure = entry.get("values"), entry.get("confidences", {})
            if not isinstance(values, dict) or not values or not isinstance(sure, dict):
                self.problem(f"{label}.values", 'expected a table of years such as { 2022 = "0.5" }')
                continue
            made = []
            for year, value in values.items():
                self.choice(f"{label}.values", year, list(releases))
                confidence = str(sure.get(year, common["confidence"]))
                self.choice(f"{label}.confidences.{year}", confidence, list(CONFIDENCES))
                made.append(
                    Factor(
                        key=f"{head['id']}.{entry.get('area')}.{year}", name=str(entry.get("name")),
                        value=self.number(f"{label}.values.{year}", value), unit=str(unit), year=int(year) if year.isdecimal() else None,
                        published=releases.get(year), **{**common, "confidence": confidence},
                    )
                )  # fmt: skip
            rows[str(entry.get("area"))] = tuple(made)
        return Factors(**head, rows=MappingProxyType(rows))

    def review(self, head: dict[str, Any]) -> Review | None:
        rules = []
        for entry, label, common in self.entries(
            "rule", ("key", "name", "type", "clause"), ("behaviours", "input", "most", "minutes", "days")
        ):
            kind = str(entry.get("type"))
            self.choice(f"{label}.type", kind, list(REVIEWS))
            for key in REVIEWS.get(kind, ()):
                if key not in entry:
                    self.problem(f"{label}.{key}", f"missing; {kind} needs it")
            if "input" in entry:
                self.choice(f"{label}.input", str(entry["input"]).partition(".")[0], list(UNITS))
            rules.append(
                ReviewRule(
                    key=str(entry.get("key")), name=str(entry.get("name")), type=kind, input=str(entry.get("input", "")),
                    behaviours=self.words(f"{label}.behaviours", entry.get("behaviours", [])),
                    most=self.positive(f"{label}.most", entry, "most"), minutes=self.whole(f"{label}.minutes", entry.get("minutes", 0)),
                    days=self.whole(f"{label}.days", entry.get("days", 0)), **common,
                )
            )  # fmt: skip
        return Review(**head, rules=tuple(rules))

    def redlines(self, head: dict[str, Any]) -> RedLines | None:
        lines = []
        for entry, label, common in self.entries("line", ("key", "name", "forbids", "clause"), ("on",)):
            self.choice(f"{label}.forbids", entry.get("forbids"), FORBIDS)
            if not isinstance(entry.get("on", True), bool):
                self.problem(f"{label}.on", "expected true or false")
            lines.append(
                RedLine(
                    key=str(entry.get("key")),
                    name=str(entry.get("name")),
                    forbids=str(entry.get("forbids")),
                    on=bool(entry.get("on", True)),
                    **common,
                )
            )
        return RedLines(**head, lines=tuple(lines))

    def scores(self, head: dict[str, Any]) -> Scores | None:
        items = []
        for entry, label, common in self.entries("item", ("key", "name", "unit", "per", "clause"), _SCORE_NUMBERS):
            self.choice(f"{label}.per", entry.get("per"), ("head", "area", "unit"))
            numbers: dict[str, Any] = {key: self.positive(f"{label}.{key}", entry, key) for key in _SCORE_NUMBERS}
            words: dict[str, Any] = {key: str(entry.get(key)) for key in ("key", "name", "unit", "per")}
            items.append(ScoreItem(**words, **numbers, **common))
        sets: dict[str, Mapping[str, Mapping[str, Decimal]]] = {}
        examples = []
        for n, entry in enumerate(self.tables("set"), start=1):
            label = f"set[{entry.get('id', f'#{n}')}]"
            self.keys(label, entry, required=("id", "title", "source", "values"), optional=("example", "note"))
            values = entry.get("values")
            if not isinstance(values, dict):
                self.problem(f"{label}.values", "expected a table of items")
                continue
            filled: dict[str, Mapping[str, Decimal]] = {}
            for key, slots in values.items():
                self.choice(f"{label}.values.{key}", key, [item.key for item in items])
                if not isinstance(slots, dict):
                    self.problem(f"{label}.values.{key}", f"expected a table of {', '.join(_SCORE_NUMBERS)}")
                    continue
                self.keys(f"{label}.values.{key}", slots, required=(), optional=_SCORE_NUMBERS)
                filled[key] = MappingProxyType(
                    {word: self.number(f"{label}.values.{key}.{word}", number) for word, number in slots.items()}
                )
            sets[str(entry.get("id"))] = MappingProxyType(filled)
            if entry.get("example", False):
                examples.append(str(entry.get("id")))
        return Scores(**head, items=tuple(items), sets=MappingProxyType(sets), examples=tuple(examples))

    # ---------------------------------------------------------------------------------------------------------------- pieces

    def unit(self, key: str, value: Any) -> None:
        mass, _, per = str(value).partition("/")
        if mass not in MASSES or per not in UNITS:
            self.problem(key, f"expected a mass per unit such as g/km or kg/kWh, got {value!r}")

    def whole(self, key: str, value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or value < 0:
            self.problem(key, f"expected a whole number that is not negative, got {value!r}")
            return 0
        return value

    def words(self, key: str, value: Any) -> tuple[str, ...]:
        if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
            self.problem(key, f"expected a list of words, got {value!r}")
            return ()
        return tuple(value)

    def span(self, key: str, start: date | None, end: date | None) -> None:
        if start is not None and end is not None and end < start:
            self.problem(key, f"{end} is before the start, {start}")


__all__ = [
    "Behaviour",
    "Cap",
    "Evidence",
    "Factor",
    "FactorRef",
    "Factors",
    "Formula",
    "Method",
    "PointsBook",
    "PointsReport",
    "RedLine",
    "RedLines",
    "Review",
    "ReviewRule",
    "SameAct",
    "Scheme",
    "ScoreItem",
    "Scores",
    "check_references",
    "load_points",
    "load_points_file",
    "read_points",
    "read_points_text",
    "shipped_points",
    "shipped_text",
]
