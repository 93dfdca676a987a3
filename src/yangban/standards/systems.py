"""Indicator systems as data: what is to be reached, how it is judged, and what may be made of it.

One TOML file per official document in ``book/systems/``, a region's own in ``packs/<region>/systems/``, a user's own anywhere. Beside
whole systems (``kind = "system"``) there are sets of weights (``kind = "set"``) that fill the empty slots of a system, and rules of
warning (``kind = "warnings"``). Every problem is a :class:`~yangban.base.errors.BookError` that names file and key.

An entry names its clause; source and confidence are those of its document where it names none. Numbers are written in quotes (``"29"``)
or bare, and are kept exact. A weight, a number of points or a cut-off that nobody has published is simply absent: an empty slot.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from yangban import packs
from yangban.base.errors import BookError, UsageError, YangbanError
from yangban.base.notation import toml
from yangban.base.periods import parse as parse_period
from yangban.standards.load import BOOK, parse_toml
from yangban.standards.model import CONFIDENCES
from yangban.standards.tables import LEVELS, PROVENANCE, TableReader, near

SYSTEMS: Final = BOOK / "systems"
"""The folder of the shipped systems."""

EXAMPLES: Final = SYSTEMS / "examples"
"""The folder of made-up values, one file for each shipped system."""

BINDING: Final = ("binding", "reference", "unknown")
BETTER: Final = ("low", "high", "none")
RANKING: Final = ("allowed", "forbidden", "unknown")
COMBINE: Final = ("none", "all_met", "weighted", "points", "unknown")
"""How a system makes one answer of its indicators: not at all; named when all that bind are met; a weighted mean of scores from 0 to 100;
a sum of points; or by a formula that was not found."""
SCORING: Final = ("share", "requirement", "loss", "progress")
"""How an indicator earns its points: the value is itself a share of 100; all or nothing by its requirement; full points less a loss for
each unit on the wrong side of the target; or the part of the way from base to target."""
REQUIREMENTS: Final[Mapping[str, tuple[str, ...]]] = {
    "threshold": ("value", "direction"),
    "range": ("low", "high"),
    "upper_task": (),
    "threshold_or_improving": ("value", "direction"),
    "not_worse": (),
    "improving": (),
    "qualitative": ("expected",),
    "target": (),
    "unknown": (),
}
"""Types of requirement and the keys that each must have. ``target`` is the target of region and year; ``unknown`` an empty slot."""
DIRECTIONS: Final = ("at_most", "at_least", "below", "above")
SCOPE_KEYS: Final = ("dust", "basis", "network", "places", "coverage")
"""What a value's scope may say: dust left in or out, real-time or audited, whose network, whose places stand under it, and any words."""
MEASURES: Final = ("state", "gap_percent", "progress", "forecast")
COMPARES: Final = ("is", "at_most", "at_least", "below", "above")


@dataclass(frozen=True, kw_only=True)
class Entry:
    """What every entry carries: where it is laid down and how sure that is."""

    clause: str
    source: tuple[str, ...]
    confidence: str
    note: str = ""

    @property
    def unverified(self) -> bool:
        """Whether a result that leans on this entry must say so."""
        return self.confidence in {"unverified", "unknown"}


@dataclass(frozen=True, kw_only=True)
class Requirement:
    """One condition. ``levels``, ``when`` and ``periods`` say where it holds; empty means everywhere.

    ``when`` names conditions of the place (``terrain = "hill"``) that must be known before the requirement can be judged.
    """

    type: str
    value: Decimal | None = None
    low: Decimal | None = None
    high: Decimal | None = None
    direction: str = ""
    expected: str = ""
    levels: tuple[str, ...] = ()
    when: Mapping[str, str] = field(default_factory=dict)
    periods: tuple[str, ...] = ()
    text: str = ""


@dataclass(frozen=True, kw_only=True)
class Item(Entry):
    """One indicator of a system.

    ``figure`` is the word under which the program computes it, ``reported`` the word under which a department reports it;
    ``scope`` what its values must cover. ``only_where`` names a feature without which it does not apply. ``points`` and ``weight`` are
    ``None`` where nobody published them.
    """

    key: str
    no: str
    name: str
    dimension: str
    unit: str
    better: str
    group: str = ""
    figure: str = ""
    scope: Mapping[str, str] = field(default_factory=dict)
    levels: tuple[str, ...] = LEVELS
    binding: Mapping[str, str] = field(default_factory=dict)
    only_where: str = ""
    requirements: tuple[Requirement, ...] = ()
    weight: Decimal | None = None
    points: Decimal | None = None
    scoring: str = ""
    loss: Decimal | None = None
    per: Decimal | None = None
    owner: str = ""

    @property
    def reported(self) -> str:
        """The word under which a department reports it."""
        return f"reported.{self.key}"


@dataclass(frozen=True, kw_only=True)
class Dimension(Entry):
    """A block, domain or class of indicators."""

    key: str
    name: str


@dataclass(frozen=True, kw_only=True)
class Grade(Entry):
    """A grade; grades are listed best first. ``at_least`` is the lowest total, ``None`` where it was not published."""

    name: str
    at_least: Decimal | None = None


@dataclass(frozen=True, kw_only=True)
class Adjustment(Entry):
    """Points added (``+``) or taken off (``-``) beside the indicators; ``most`` is their limit, ``None`` where it was not published."""

    key: str
    name: str
    sign: str
    most: Decimal | None = None


@dataclass(frozen=True, kw_only=True)
class Veto(Entry):
    """An event that rules out grades, whatever the points."""

    key: str
    name: str
    bars: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Fact(Entry):
    """A rule of the system that is told and not computed with."""

    key: str
    text: str


@dataclass(frozen=True, kw_only=True)
class Weights:
    """A set that fills the empty slots of a system: weights, points, ways of scoring, cut-offs.

    ``example`` marks a set that is made up; whatever rests on it says so.
    """

    id: str
    system: str
    title: str
    title_en: str
    example: bool
    source: tuple[str, ...]
    confidence: str
    note: str
    items: Mapping[str, Mapping[str, Any]]
    grades: Mapping[str, Decimal]
    adjustments: Mapping[str, Decimal]
    file: str = ""


@dataclass(frozen=True, kw_only=True)
class System:
    """One indicator system as it was issued."""

    id: str
    title: str
    title_en: str
    number: str
    issuer: str
    issued: date | None
    effective: date | None
    ended: date | None
    checked: date
    confidence: str
    source: tuple[str, ...]
    note: str
    combine: str
    ranking: str
    appraisal: str
    levels: tuple[str, ...]
    superseded_by: str
    full_points: Decimal | None
    complete: bool
    dimensions: tuple[Dimension, ...]
    items: tuple[Item, ...]
    grades: tuple[Grade, ...]
    adjustments: tuple[Adjustment, ...]
    vetoes: tuple[Veto, ...]
    facts: tuple[Fact, ...]
    sets: tuple[Weights, ...]
    file: str = ""

    def item(self, key: str) -> Item:
        """The indicator of this key; raises :class:`~yangban.base.errors.UsageError` with near matches."""
        found = next((each for each in self.items if each.key == key), None)
        if found is None:
            raise UsageError(f"{self.id} 没有指标 {key!r}；{near(key, [each.key for each in self.items])}")
        return found

    def weights(self, name: str) -> Weights:
        """The set of this name; raises :class:`~yangban.base.errors.UsageError`."""
        found = next((each for each in self.sets if each.id == name), None)
        if found is None:
            raise UsageError(f"{self.id} 没有权重集 {name!r}；现有 {'、'.join(each.id for each in self.sets) or '无'}")
        return found

    def filled(self, weights: Weights) -> System:
        """The system with its empty slots filled by a set; what the document itself lays down stays.

        Raises :class:`~yangban.base.errors.UsageError` when the set belongs to another system, names what is not there, or contradicts a
        number of the document.
        """
        if weights.system != self.id:
            raise UsageError(f"权重集 {weights.id} 属于 {weights.system}，不能用于 {self.id}")
        for words, known in (
            (weights.items, [each.key for each in self.items]),
            (weights.grades, [each.name for each in self.grades]),
            (weights.adjustments, [each.key for each in self.adjustments]),
        ):
            for word in words:
                if word not in known:
                    raise UsageError(f"权重集 {weights.id} 写了 {word!r}，{self.id} 没有这一项；{near(word, known)}")
        items = tuple(_fill(self, each, weights.items.get(each.key, {}), weights.id) for each in self.items)
        grades = tuple(_fill(self, each, {"at_least": weights.grades.get(each.name)}, weights.id) for each in self.grades)
        adjustments = tuple(_fill(self, each, {"most": weights.adjustments.get(each.key)}, weights.id) for each in self.adjustments)
        return replace(self, items=items, grades=grades, adjustments=adjustments)


def _fill(system: System, entry: Any, values: Mapping[str, Any], set_id: str) -> Any:
    fresh = {}
    for key, value in values.items():
        held = getattr(entry, key)
        if value is None or held == value:
            continue
        if held not in {None, ""}:
            label = getattr(entry, "key", getattr(entry, "name", ""))
            raise UsageError(f"权重集 {set_id} 的 {label}.{key} 为 {value}，而 {system.id} 原文为 {held}；原文已有的数不能改")
        fresh[key] = value
    return replace(entry, **fresh) if fresh else entry


@dataclass(frozen=True, kw_only=True)
class WarningRule(Entry):
    """One rule of warning: its sign, and the conditions that must all hold. Rules are tried in order; the first that holds decides.

    A condition is (measure, comparison, value): ``state is missed``, ``gap_percent above 5``, ``forecast is misses``.
    """

    level: str
    name: str
    symbol: str
    text: str
    colour: str
    conditions: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True, kw_only=True)
class Warnings:
    """An ordered list of rules of warning; the last one has no condition."""

    id: str
    title: str
    title_en: str
    confidence: str
    source: tuple[str, ...]
    note: str
    rules: tuple[WarningRule, ...]
    file: str = ""


@dataclass(frozen=True)
class Report:
    """What was found in one file."""

    file: str
    kind: str
    made: System | Weights | Warnings | None
    problems: tuple[BookError, ...]


def shipped_files() -> tuple[Path, ...]:
    """The files of the shipped systems, and of those in the regions' packs."""
    return (*sorted(SYSTEMS.glob("*.toml")), *(file for folder in packs.pack_folders() for file in sorted(folder.glob("systems/*.toml"))))


def read(path: Path) -> Report:
    """Read one file and every problem in it; ``made`` is ``None`` when there is one."""
    table, problems = parse_toml(path)
    if table is None:
        return Report(path.name, "", None, tuple(problems))
    reader = _Reader(path.name, table)
    made = reader.make()
    return Report(path.name, str(table.get("kind", "")), None if reader.problems else made, tuple(reader.problems))


def load_file(path: Path) -> System | Weights | Warnings:
    """Read one file; raises the first :class:`~yangban.base.errors.BookError`."""
    report = read(path)
    if report.problems:
        raise report.problems[0]
    assert report.made is not None  # read makes something whenever it finds no problem
    return report.made


def system_of(text: str, *, name: str) -> System:
    """The system of a text that was kept; raises the first :class:`~yangban.base.errors.BookError`."""
    reader = _Reader(name, toml(text, decimals=True))
    made = reader.make()
    if reader.problems:
        raise reader.problems[0]
    if not isinstance(made, System):
        raise BookError(name, "kind", "expected a system")
    return made


@cache
def _shipped() -> tuple[System | Weights | Warnings, ...]:
    return tuple(map(load_file, shipped_files()))


@dataclass(frozen=True)
class Systems:
    """All systems at hand by id, with the rules of warning."""

    systems: Mapping[str, System]
    warnings: Mapping[str, Warnings]

    def system(self, id: str) -> System:
        """The system of this id; raises :class:`~yangban.base.errors.UsageError` with near matches."""
        if id not in self.systems:
            raise UsageError(f"没有指标体系 {id!r}；{near(id, list(self.systems))}；全部见 yangban systems list")
        return self.systems[id]

    def warning_rules(self, id: str) -> Warnings:
        """The rules of warning of this id; raises :class:`~yangban.base.errors.UsageError`."""
        if id not in self.warnings:
            raise UsageError(f"没有预警规则 {id!r}；现有 {'、'.join(self.warnings)}")
        return self.warnings[id]


def load_systems(files: Sequence[Path] = ()) -> Systems:
    """The shipped systems with a user's own files; a set goes to the system that it names.

    Raises :class:`~yangban.base.errors.BookError` for a wrong file and for an id that is given twice.

    >>> load_systems().system("evaluation-2020").ranking
    'forbidden'
    """
    made = [*_shipped(), *map(load_file, files)]
    systems: dict[str, System] = {}
    warnings: dict[str, Warnings] = {}
    for each in made:
        if isinstance(each, Weights):
            continue
        kept: dict[str, Any] = systems if isinstance(each, System) else warnings
        if each.id in kept:
            raise BookError(each.file, "id", f"{each.id!r} is taken by {kept[each.id].file}; give another id")
        kept[each.id] = each
    for each in made:
        if isinstance(each, Weights):
            if each.system not in systems:
                raise BookError(each.file, "system", f"there is no system {each.system!r}; {near(each.system, list(systems))}")
            home = systems[each.system]
            if any(one.id == each.id for one in home.sets):
                raise BookError(each.file, "id", f"{home.id} has a set {each.id!r} already; give another id")
            try:
                home.filled(each)
            except UsageError as problem:
                raise BookError(each.file, "item", str(problem)) from None
            systems[home.id] = replace(home, sets=(*home.sets, each))
    return Systems(MappingProxyType(systems), MappingProxyType(warnings))


@dataclass(frozen=True, kw_only=True)
class Given:
    """Values of one place for one system as a file gives them: an example of ours, or a person's own table.

    Each row of ``values`` has ``key`` and may have ``value answer unit earlier target base scope evidence department by``.
    """

    system: str
    title: str
    title_en: str
    subject: str
    level: str
    period: str
    synthetic: bool
    set: str
    features: Mapping[str, bool]
    conditions: Mapping[str, str]
    values: tuple[Mapping[str, Any], ...]
    note: str
    file: str = ""


_VALUE_KEYS: Final = (
    "key", "value", "answer", "unit", "earlier", "target", "base", "task", "scope", "evidence", "department", "by",
)  # fmt: skip


def load_given(path: Path) -> Given:
    """Read a file of values (``kind = "values"``); raises :class:`~yangban.base.errors.BookError` naming file and key."""
    table, problems = parse_toml(path)
    if table is None:
        raise problems[0]
    reader = _Reader(path.name, table)
    reader.keys(
        "",
        table,
        required=("kind", "system", "title", "title_en", "subject", "level", "period", "value"),
        optional=("synthetic", "set", "features", "conditions", "note"),
    )
    reader.choice("kind", table.get("kind"), ("values",))
    reader.choice("level", table.get("level"), LEVELS)
    for key in ("system", "title", "title_en", "subject", "period"):
        reader.text(key, table.get(key))
    rows: list[Mapping[str, Any]] = []
    seen: set[str] = set()
    for n, entry in enumerate(reader.tables("value"), start=1):
        label = f"value[{entry.get('key', f'#{n}')}]"
        reader.keys(label, entry, required=("key", "evidence"), optional=_VALUE_KEYS)
        if entry.get("key") in seen:
            reader.problem(label, "is given twice")
        seen.add(str(entry.get("key")))
        row = dict(entry)
        for key in ("value", "earlier", "target", "base"):
            if key in entry:
                row[key] = reader.number(f"{label}.{key}", entry[key], negative=True)
        for key in ("answer", "task"):
            if key in entry and not isinstance(entry[key], bool):
                reader.problem(f"{label}.{key}", f"expected true or false, got {entry[key]!r}")
        if "value" not in entry and "answer" not in entry and "task" not in entry:
            reader.problem(label, "has neither value nor answer nor task")
        row["scope"] = reader.scope(f"{label}.scope", entry.get("scope", {}))
        rows.append(MappingProxyType(row))
    features = table.get("features", {})
    if not isinstance(features, dict) or not all(isinstance(each, bool) for each in features.values()):
        reader.problem("features", "expected a table of true and false")
    conditions = table.get("conditions", {})
    if not isinstance(conditions, dict) or not all(isinstance(each, str) for each in conditions.values()):
        reader.problem("conditions", "expected a table of texts")
    if reader.problems:
        raise reader.problems[0]
    return Given(
        system=table["system"],
        title=table["title"],
        title_en=table["title_en"],
        subject=table["subject"],
        level=table["level"],
        period=table["period"],
        synthetic=bool(table.get("synthetic", False)),
        set=str(table.get("set", "")),
        features=MappingProxyType(features),
        conditions=MappingProxyType(conditions),
        values=tuple(rows),
        note=str(table.get("note", "")),
        file=path.name,
    )


def example(system: str) -> Given | None:
    """The shipped example of a system, or ``None``."""
    found = [path for path in EXAMPLES.glob("*.toml") if path.stem == system]
    found += [file for folder in packs.pack_folders() for file in folder.glob(f"systems/examples/{system}.toml")]
    return load_given(found[0]) if found else None


_HEAD: Final = ("kind", "id", "title", "title_en", "number", "issuer", "issued", "effective", "checked", "confidence", "source", "note")
_SYSTEM: Final = ("combine", "ranking", "levels")
_SYSTEM_OPTIONAL: Final = (
    "ended", "appraisal", "superseded_by", "full_points", "complete", "dimension", "indicator", "grade", "adjustment", "veto", "fact",
    "set",
)  # fmt: skip
_ITEM: Final = ("key", "no", "name", "dimension", "unit", "better", "clause")
_ITEM_OPTIONAL: Final = (
    "group", "figure", "scope", "levels", "binding", "only_where", "requirement", "weight", "points", "scoring", "loss", "per", "owner",
    *PROVENANCE,
)  # fmt: skip
_REQUIREMENT_ANY: Final = ("levels", "when", "periods", "text")
_SET: Final = ("id", "title", "title_en", "confidence", "source", "note")
_SET_OPTIONAL: Final = ("example", "item", "grade", "adjustment")


class _Reader(TableReader):
    """One pass over one parsed file: makes what it holds, notes every problem."""

    def make(self) -> System | Weights | Warnings | None:
        kind = self.table.get("kind")
        if kind == "system":
            return self.system()
        if kind == "set":
            self.keys("", self.table, required=("kind", "system", *_SET), optional=_SET_OPTIONAL)
            self.text("system", self.table.get("system"))
            return self.weights("", self.table, str(self.table.get("system", "")))
        if kind == "warnings":
            return self.warnings()
        self.problem("kind", f"expected system, set or warnings, got {kind!r}")
        return None

    # ------------------------------------------------------------------------------------------------------------ whole files

    def system(self) -> System | None:
        table = self.table
        self.keys("", table, required=(*_HEAD, *_SYSTEM), optional=_SYSTEM_OPTIONAL)
        for key in ("id", "title", "title_en", "number", "issuer"):
            self.text(key, table.get(key))
        self.text("note", table.get("note", ""), empty=True)
        self.choice("combine", table.get("combine"), COMBINE)
        self.choice("ranking", table.get("ranking"), RANKING)
        self.choice("appraisal", table.get("appraisal", "unknown"), RANKING)
        self.choice("confidence", table.get("confidence"), [word for word in CONFIDENCES if word != "unknown"])
        if not isinstance(table.get("complete", True), bool):
            self.problem("complete", "expected true or false")
        levels = self.levels("levels", table.get("levels"))
        checked = self.day("checked", table.get("checked"))
        days = {key: None if table.get(key) in {"unknown", None} else self.day(key, table[key]) for key in ("issued", "effective", "ended")}
        begins, ends = days["effective"], days["ended"]
        if begins is not None and ends is not None and ends < begins:
            self.problem("ended", f"{ends} is before effective, {begins}")
        self.source("source", table.get("source"))
        full = self.number("full_points", table["full_points"]) if "full_points" in table else None
        dimensions = tuple(
            Dimension(key=str(entry.get("key")), name=str(entry.get("name")), **common)
            for entry, _, common in self.entries("dimension", ("key", "name", "clause"), ())
        )
        known = [each.key for each in dimensions]
        items = tuple(self.item(entry, label, common, known) for entry, label, common in self.entries("indicator", _ITEM, _ITEM_OPTIONAL))
        grades = tuple(
            Grade(name=str(entry.get("name")), at_least=self.maybe(f"{label}.at_least", entry, "at_least"), **common)
            for entry, label, common in self.entries("grade", ("name", "clause"), ("at_least",), named="name")
        )
        adjustments = tuple(self.adjustment(*each) for each in self.entries("adjustment", ("key", "name", "sign", "clause"), ("most",)))
        vetoes = tuple(
            self.veto(*each, [grade.name for grade in grades]) for each in self.entries("veto", ("key", "name", "bars", "clause"), ())
        )
        facts = tuple(
            Fact(key=str(entry.get("key")), text=str(entry.get("text")), **common)
            for entry, _, common in self.entries("fact", ("key", "text", "clause"), ())
        )
        if not items and table.get("complete", True):
            self.problem("indicator", "the system has no indicator; write complete = false where its table was not found")
        if self.problems or checked is None:
            return None
        made = System(
            id=table["id"],
            title=table["title"],
            title_en=table["title_en"],
            number=table["number"],
            issuer=table["issuer"],
            issued=days["issued"],
            effective=begins,
            ended=ends,
            checked=checked,
            confidence=table["confidence"],
            source=self.source("source", table["source"]),
            note=table.get("note", ""),
            combine=table["combine"],
            ranking=table["ranking"],
            appraisal=table.get("appraisal", "unknown"),
            levels=levels,
            superseded_by=str(table.get("superseded_by", "")),
            full_points=full,
            complete=bool(table.get("complete", True)),
            dimensions=dimensions,
            items=items,
            grades=grades,
            adjustments=adjustments,
            vetoes=vetoes,
            facts=facts,
            sets=(),
            file=self.file,
        )
        sets: list[Weights] = []
        for n, entry in enumerate(self.tables("set"), start=1):
            label = f"set[{entry.get('id', f'#{n}')}]."
            self.keys(label.rstrip("."), entry, required=_SET, optional=_SET_OPTIONAL)
            one = self.weights(label, entry, made.id)
            if one is None:
                continue
            try:
                made.filled(one)
            except UsageError as problem:
                self.problem(label.rstrip("."), str(problem))
            sets.append(one)
        return replace(made, sets=tuple(sets))

    def item(self, entry: Mapping[str, Any], label: str, common: dict[str, Any], dimensions: Sequence[str]) -> Item:
        for key in ("no", "name", "unit"):
            self.text(f"{label}.{key}", entry.get(key))
        for key in ("group", "figure", "only_where", "owner"):
            self.text(f"{label}.{key}", entry.get(key, ""), empty=True)
        # Where no source says to which domain an indicator belongs, the domain is an empty text.
        self.choice(f"{label}.dimension", entry.get("dimension"), (*dimensions, ""))
        self.choice(f"{label}.better", entry.get("better"), BETTER)
        scoring = entry.get("scoring", "")
        if scoring:
            self.choice(f"{label}.scoring", scoring, SCORING)
        if scoring == "loss" and not {"loss", "per"} <= set(entry):
            self.problem(f"{label}.loss", "scoring by loss needs loss and per")
        levels = self.levels(f"{label}.levels", entry["levels"]) if "levels" in entry else LEVELS
        requirements = entry.get("requirement", [])
        if not isinstance(requirements, list) or not all(isinstance(each, dict) for each in requirements):
            self.problem(f"{label}.requirement", "must be an array of tables")
            requirements = []
        made = tuple(
            self.requirement(f"{label}.requirement[{n}]", each, str(entry.get("better"))) for n, each in enumerate(requirements, start=1)
        )
        return Item(
            key=str(entry.get("key")),
            no=str(entry.get("no")),
            name=str(entry.get("name")),
            dimension=str(entry.get("dimension")),
            unit=str(entry.get("unit")),
            better=str(entry.get("better")),
            group=str(entry.get("group", "")),
            figure=str(entry.get("figure", "")),
            scope=self.scope(f"{label}.scope", entry.get("scope", {})),
            levels=levels,
            binding=self.binding(f"{label}.binding", entry.get("binding", "unknown"), levels),
            only_where=str(entry.get("only_where", "")),
            requirements=made,
            weight=self.maybe(f"{label}.weight", entry, "weight"),
            points=self.maybe(f"{label}.points", entry, "points"),
            scoring=str(scoring),
            loss=self.maybe(f"{label}.loss", entry, "loss"),
            per=self.positive(f"{label}.per", entry, "per"),
            owner=str(entry.get("owner", "")),
            **common,
        )

    def requirement(self, label: str, entry: Mapping[str, Any], better: str) -> Requirement:
        kind = str(entry.get("type"))
        if kind not in REQUIREMENTS:
            self.choice(f"{label}.type", kind, list(REQUIREMENTS))
            return Requirement(type="unknown")
        self.keys(label, entry, required=("type", *REQUIREMENTS[kind]), optional=_REQUIREMENT_ANY)
        numbers = {key: self.number(f"{label}.{key}", entry[key], negative=True) for key in ("value", "low", "high") if key in entry}
        if "direction" in entry:
            self.choice(f"{label}.direction", entry["direction"], DIRECTIONS)
        if kind == "range" and len(numbers) == 2 and numbers["low"] > numbers["high"]:
            self.problem(f"{label}.low", f"{numbers['low']} is above high, {numbers['high']}")
        if kind in {"not_worse", "improving", "threshold_or_improving"} and better == "none":
            self.problem(f"{label}.type", f"{kind} needs an indicator with better = low or high")
        if "expected" in entry:
            self.text(f"{label}.expected", entry["expected"])
        when = entry.get("when", {})
        if not isinstance(when, dict) or not all(isinstance(each, str) for each in when.values()):
            self.problem(f"{label}.when", 'expected a table of texts such as { terrain = "hill" }')
            when = {}
        periods = entry.get("periods", [])
        if not isinstance(periods, list) or not all(isinstance(each, str) for each in periods):
            self.problem(f"{label}.periods", 'expected a list of periods such as ["2025"]')
            periods = []
        for each in periods:
            try:
                parse_period(each)
            except YangbanError as problem:
                self.problem(f"{label}.periods", str(problem))
        return Requirement(
            type=kind,
            direction=str(entry.get("direction", "")),
            expected=str(entry.get("expected", "")),
            levels=self.levels(f"{label}.levels", entry["levels"]) if "levels" in entry else (),
            when=MappingProxyType(dict(when)),
            periods=tuple(periods),
            text=str(entry.get("text", "")),
            **numbers,
        )

    def adjustment(self, entry: Mapping[str, Any], label: str, common: dict[str, Any]) -> Adjustment:
        self.choice(f"{label}.sign", entry.get("sign"), ("+", "-"))
        most = self.maybe(f"{label}.most", entry, "most")
        return Adjustment(key=str(entry.get("key")), name=str(entry.get("name")), sign=str(entry.get("sign")), most=most, **common)

    def veto(self, entry: Mapping[str, Any], label: str, common: dict[str, Any], grades: Sequence[str]) -> Veto:
        bars = entry.get("bars")
        if not isinstance(bars, list) or not bars:
            self.problem(f"{label}.bars", "expected a list of the grades that are ruled out")
            bars = []
        for each in bars:
            self.choice(f"{label}.bars", each, grades)
        return Veto(key=str(entry.get("key")), name=str(entry.get("name")), bars=tuple(map(str, bars)), **common)

    def weights(self, label: str, entry: Mapping[str, Any], system: str) -> Weights | None:
        before = len(self.problems)
        for key in ("id", "title", "title_en"):
            self.text(f"{label}{key}", entry.get(key))
        self.choice(f"{label}confidence", entry.get("confidence"), [word for word in CONFIDENCES if word != "unknown"])
        source = self.source(f"{label}source", entry.get("source"))
        if not isinstance(entry.get("example", False), bool):
            self.problem(f"{label}example", "expected true or false")
        items: dict[str, Mapping[str, Any]] = {}
        for n, one in enumerate(self.tables("item", entry, label), start=1):
            where = f"{label}item[{one.get('key', f'#{n}')}]"
            self.keys(where, one, required=("key",), optional=("weight", "points", "scoring", "loss", "per"))
            numbers: dict[str, Any] = {key: self.maybe(f"{where}.{key}", one, key) for key in ("weight", "points", "loss") if key in one}
            if "per" in one:
                numbers["per"] = self.positive(f"{where}.per", one, "per")
            if "scoring" in one:
                self.choice(f"{where}.scoring", one["scoring"], SCORING)
                numbers["scoring"] = str(one["scoring"])
            if str(one.get("key")) in items:
                self.problem(where, "is given twice")
            items[str(one.get("key"))] = MappingProxyType(numbers)
        cuts: dict[str, dict[str, Decimal]] = {"grade": {}, "adjustment": {}}
        for section, name, key in (("grade", "name", "at_least"), ("adjustment", "key", "most")):
            for n, one in enumerate(self.tables(section, entry, label), start=1):
                where = f"{label}{section}[{one.get(name, f'#{n}')}]"
                self.keys(where, one, required=(name, key), optional=())
                if key in one:
                    cuts[section][str(one.get(name))] = self.number(f"{where}.{key}", one[key])
        if len(self.problems) > before:
            return None
        return Weights(
            id=entry["id"],
            system=system,
            title=entry["title"],
            title_en=entry["title_en"],
            example=bool(entry.get("example", False)),
            source=source,
            confidence=entry["confidence"],
            note=str(entry.get("note", "")),
            items=MappingProxyType(items),
            grades=MappingProxyType(cuts["grade"]),
            adjustments=MappingProxyType(cuts["adjustment"]),
            file=self.file,
        )

    def warnings(self) -> Warnings | None:
        table = self.table
        self.keys("", table, required=("kind", "id", "title", "title_en", "confidence", "source", "note", "rule"), optional=("checked",))
        for key in ("id", "title", "title_en"):
            self.text(key, table.get(key))
        self.choice("confidence", table.get("confidence"), [word for word in CONFIDENCES if word != "unknown"])
        source = self.source("source", table.get("source"))
        rules = []
        for entry, label, common in self.entries(
            "rule", ("level", "name", "symbol", "text", "colour", "clause"), ("conditions",), named="level", again=True
        ):
            for key in ("level", "name", "symbol", "text", "colour"):
                self.text(f"{label}.{key}", entry.get(key))
            conditions = entry.get("conditions", [])
            good = isinstance(conditions, list) and all(isinstance(each, list) and len(each) == 3 for each in conditions)
            if not good:
                self.problem(f"{label}.conditions", 'expected a list of ["measure", "comparison", "value"]')
                conditions = []
            for measure, comparison, value in conditions:
                self.choice(f"{label}.conditions", measure, MEASURES)
                self.choice(f"{label}.conditions", comparison, COMPARES)
                if comparison != "is":
                    self.number(f"{label}.conditions", value, negative=True)
            words: dict[str, Any] = {key: str(entry.get(key)) for key in ("level", "name", "symbol", "text", "colour")}
            rules.append(WarningRule(**words, conditions=tuple((str(a), str(b), str(c)) for a, b, c in conditions), **common))
        if rules and rules[-1].conditions:
            self.problem("rule", "the last rule has conditions; what none of them fits would have no answer. End with one that has none")
        if self.problems:
            return None
        return Warnings(
            id=table["id"],
            title=table["title"],
            title_en=table["title_en"],
            confidence=table["confidence"],
            source=source,
            note=str(table["note"]),
            rules=tuple(rules),
            file=self.file,
        )

    # ---------------------------------------------------------------------------------------------------------------- pieces

    def binding(self, key: str, value: Any, levels: Sequence[str]) -> Mapping[str, str]:
        """One word for all levels, or a table of level to word."""
        table = value if isinstance(value, dict) else dict.fromkeys(levels, value)
        for level, word in table.items():
            self.choice(f"{key}.{level}", level, LEVELS)
            self.choice(f"{key}.{level}", word, BINDING)
        return MappingProxyType({str(level): str(word) for level, word in table.items()})

    def scope(self, key: str, value: Any) -> Mapping[str, str]:
        if not isinstance(value, dict):
            self.problem(key, f"expected a table with keys out of {', '.join(SCOPE_KEYS)}, got {value!r}")
            return MappingProxyType({})
        for each, word in value.items():
            self.choice(key, each, SCOPE_KEYS)
            self.text(f"{key}.{each}", word)
        return MappingProxyType({str(each): str(word) for each, word in value.items()})


__all__ = [
    "Adjustment", "Dimension", "Fact", "Given", "Grade", "Item", "Report", "Requirement", "System", "Systems", "Veto", "WarningRule",
    "Warnings", "Weights", "example", "load_file", "load_given", "load_systems", "read", "shipped_files", "system_of",
]  # fmt: skip
