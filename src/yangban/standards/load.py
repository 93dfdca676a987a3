"""Read the TOML files of the book and refuse whatever is incomplete, unknown or contradicts itself.

Every problem is a :class:`~yangban.base.errors.BookError` that names file and key. :func:`read` collects all of them, for
``yangban standards check``; :func:`load` raises the first, for everybody else. Decimals are read as :class:`~decimal.Decimal`.
"""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

from yangban.base.errors import BookError
from yangban.base.notation import toml
from yangban.standards.model import (
    AVERAGINGS,
    CLASSES,
    CONFIDENCES,
    INFERIOR,
    KINDS,
    LIMITS,
    POLLUTANTS,
    TYPES,
    UNITS,
    WATERS,
    Advice,
    Document,
    Level,
    Rule,
    Sensitive,
    State,
)

BOOK: Final = Path(__file__).parent / "book"
"""The folder of the shipped book."""

AIR: Final = BOOK / "air"
EDITIONS: Final = AIR / "editions.toml"
"""Which documents are applied together, and from when to when."""

WATER: Final = BOOK / "water"
WATER_EDITIONS: Final = WATER / "water-editions.toml"
"""The same for surface water."""

SOUND: Final = BOOK / "sound"
ECOLOGY: Final = BOOK / "ecology"
MEDIUM_EDITIONS: Final[Mapping[str, Path]] = {
    "sound": SOUND / "sound-editions.toml",
    "ecology": ECOLOGY / "ecology-editions.toml",
}
"""The same for the media whose editions need no fields of their own."""

LOWER_LIMITS: Final = "water.lower_limit_items"
"""The rule that names the items of water of which there must be at least so much; of all others at most."""

_HEAD: Final = ("id", "title", "title_en", "number", "kind", "issuer", "issued", "effective", "checked", "confidence", "source")
_HEAD_OPTIONAL: Final = ("ended", "note", "precision")
_HEAD_OVERLAY: Final = ("region", "base")
_PROVENANCE: Final = ("unit", "clause", "source", "confidence")
_DATED: Final = ("note", "effective", "ended")
_ENTRIES: Final[dict[str, tuple[tuple[str, ...], tuple[str, ...]]]] = {
    "limit": (("pollutant", "averaging"), ("level1", "level2")),
    "reference": (("pollutant", "averaging", "values"), ()),
    "breakpoints": (("pollutant", "averaging", "points"), ("also",)),
    "level": (("number", "low", "grade", "category", "category_en", "colour_name", "rgb", "cmyk"), ("high",)),
    "advice": (("level", "effect", "advice", "effect_en", "advice_en"), ()),
    "sensitive": (("pollutant", "groups", "groups_en"), ()),
    "class_limit": (("item",), ("water", *(f"class{number}" for number in CLASSES))),
    "source_limit": (("item", "value"), ()),
    "state": (("class", "numeral", "word", "word_en"), ()),
    "state_colour": (("class", "colour_name", "rgb"), ()),
    "rule": (("key",), ("value", "type")),
}
"""The tables that a document may have: what each entry must name and what it may name, beside unit, clause, source and dates."""
_NAMED_BY: Final = {
    "level": ("number",), "advice": ("level",), "sensitive": ("pollutant",), "class_limit": ("item", "water"), "source_limit": ("item",),
    "state": ("class",), "state_colour": ("class",), "rule": ("key",),
}  # fmt: skip


@dataclass(frozen=True)
class EditionEntry:
    """One family of documents as a list of editions names it; ``start`` and ``end`` are days of observation, inclusive.

    ``index``, ``method`` and ``ranking`` are those of an air edition; one of water has none of its own.
    """

    id: str
    family: str
    title: str
    title_en: str
    start: date
    end: date | None
    documents: tuple[str, ...]
    names: tuple[str, ...]
    source: tuple[str, ...]
    confidence: str
    note: str
    index: str = ""
    method: str = ""
    ranking: str = ""


def shipped() -> dict[str, Path]:
    """The file of each shipped document by the document's id."""
    folders = ((AIR, EDITIONS), (WATER, WATER_EDITIONS), *((path.parent, path) for path in MEDIUM_EDITIONS.values()))
    return {
        path.stem: path
        for folder, editions in folders
        for path in sorted(folder.glob("*.toml"), key=lambda path: path.stem)
        if path != editions
    }


def load(path: Path) -> Document:
    """Read one document; raises the first :class:`~yangban.base.errors.BookError`."""
    document, problems = read(path)
    if problems:
        raise problems[0]
    assert document is not None  # read gives a document whenever it gives no problem
    return document


def read(path: Path) -> tuple[Document | None, list[BookError]]:
    """Read one document and every problem in it; the document is ``None`` when there is a problem."""
    table, problems = parse_toml(path)
    if table is None:
        return None, problems
    reader = _Reader(path.name, table)
    document = reader.document()
    return (None if reader.problems else document), reader.problems


def load_editions(path: Path = EDITIONS) -> tuple[EditionEntry, ...]:
    """Read the list of editions in order of time; raises the first :class:`~yangban.base.errors.BookError`."""
    editions, problems = read_editions(path)
    if problems:
        raise problems[0]
    return editions


def read_editions(path: Path = EDITIONS) -> tuple[tuple[EditionEntry, ...], list[BookError]]:
    """Read the list of editions and every problem in it: missing keys, gaps and overlaps in time, names given twice."""
    table, problems = parse_toml(path)
    if table is None:
        return (), problems
    texts: tuple[str, ...] = ("id", "family", "title", "title_en", "confidence", "note")
    if table.get("medium", "air") == "air":
        texts = (*texts, "index", "method", "ranking")
    lists = ("documents", "names", "source")
    found: list[EditionEntry] = []
    for position, entry in enumerate(table.get("edition", []), start=1):
        label = f"edition[{entry.get('id', f'#{position}')}]"
        before = len(problems)
        for key in sorted(set(entry) - {*texts, *lists, "start", "end"}):
            problems.append(BookError(path.name, f"{label}.{key}", "unknown key"))
        for key in (*texts, *lists, "start"):
            kind: type = date if key == "start" else list if key in lists else str
            if not isinstance(entry.get(key), kind):
                problems.append(BookError(path.name, f"{label}.{key}", f"missing, or not a {kind.__name__}"))
        if len(problems) == before:
            made: dict[str, Any] = {key: tuple(value) if isinstance(value, list) else value for key, value in entry.items()}
            found.append(EditionEntry(**{"end": None, **made}))
    for earlier, later in pairwise(found):
        if earlier.end is None or (later.start - earlier.end).days != 1:
            problems.append(BookError(path.name, f"edition[{later.id}].start", f"does not follow the day on which {earlier.id} ends"))
    if found and found[-1].end is not None:
        problems.append(BookError(path.name, f"edition[{found[-1].id}].end", "the last edition must stay open"))
    seen: set[str] = set()
    for edition in found:
        for name in (edition.id, edition.family, *edition.names):
            if name in seen:
                problems.append(BookError(path.name, f"edition[{edition.id}].names", f"the name {name!r} is given twice"))
            seen.add(name)
    return tuple(found), problems


def overlay_problems(overlay: Document, bases: Mapping[str, Document]) -> list[BookError]:
    """What is wrong with a local overlay against the documents that it stands on.

    ``bases`` are the documents of the edition that the overlay names, its national standard among them. A local limit may be stricter
    than the national one, never laxer, and is given in the same unit; a rule may only fill a slot that the book leaves empty.
    """
    problems: list[BookError] = []
    base_rules = bases[overlay.base].by_key if overlay.base is not None and overlay.base in bases else {}
    lower = frozenset(item for rule in base_rules.get(LOWER_LIMITS, ()) for item in rule.value)
    slots = {rule.key: rule for document in bases.values() for rule in document.rules if rule.confidence == "unknown"}
    for rule in overlay.rules:
        if is_limit(rule.key):
            for base in base_rules.get(rule.key, ()):
                if base.unit != rule.unit:
                    problems.append(BookError(overlay.file, rule.key, f"is in {rule.unit}; {base.id} is in {base.unit}"))
                elif stricter(rule.key, (base.value, rule.value), lower) != rule.value:
                    problems.append(
                        BookError(
                            overlay.file,
                            rule.key,
                            f"{rule.value} {rule.unit} is laxer than {base.value} {base.unit} of {base.id}; a local limit must be stricter",
                        )
                    )
        elif rule.key not in slots:
            problems.append(BookError(overlay.file, rule.key, "an overlay holds stricter limits and fills empty slots; this is neither"))
        elif rule.type != slots[rule.key].type:
            slot = slots[rule.key]
            problems.append(BookError(overlay.file, rule.key, f"is of type {rule.type}; the slot {slot.id} is of type {slot.type}"))
    return problems or _crossed(overlay, base_rules, lower)


def is_limit(key: str) -> bool:
    """Whether a key is that of a limit, of which the strictest holds in a place."""
    return key.partition(".")[0] in LIMITS


def stricter(key: str, values: Iterable[Decimal], lower: Collection[str]) -> Decimal:
    """The strictest of several limits of one key; ``lower`` are the items of water that have a lower limit.

    >>> two = Decimal(5), Decimal(6)
    >>> stricter("class_limit.do.river.3", two, {"do"}), stricter("limit.pm25.annual.level2", two, ())
    (Decimal('6'), Decimal('5'))
    """
    section, item = key.split(".", 2)[:2]
    return max(values) if section == "class_limit" and item in lower else min(values)


def _crossed(overlay: Document, base_rules: Mapping[str, tuple[Rule, ...]], lower: Collection[str]) -> list[BookError]:
    """Classes that an overlay would make stricter than the better class before them, so that a water met a class but not the next."""
    own = {rule.key: rule.value for rule in overlay.rules if rule.key.startswith("class_limit.")}
    problems: list[BookError] = []
    for stem in dict.fromkeys(key.rpartition(".")[0] for key in own):
        keys = [f"{stem}.{number}" for number in CLASSES]
        known = [(key, own[key] if key in own else base_rules[key][0].value) for key in keys if key in own or key in base_rules]
        for (better, first), (worse, second) in pairwise(known):
            if first != second and stricter(worse, (first, second), lower) == second:
                problems.append(
                    BookError(overlay.file, worse if worse in own else better, f"{second} is stricter than {first} of the better class")
                )
    return problems


def parse_toml(path: Path) -> tuple[dict[str, Any] | None, list[BookError]]:
    """Read TOML; a file that is missing, not UTF-8 or not TOML is a problem of the file as a whole."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as problem:
        return None, [BookError(str(path), "file", f"cannot be read: {problem.strerror}")]
    except UnicodeDecodeError as problem:
        return None, [BookError(path.name, "file", f"is not UTF-8 at byte {problem.start}; save it as UTF-8")]
    return parse_text(path.name, text)


def parse_text(name: str, text: str) -> tuple[dict[str, Any] | None, list[BookError]]:
    """As :func:`parse_toml`, of a text that lies elsewhere than in a file; ``name`` is what problems call it."""
    try:
        return toml(text, decimals=True), []
    except tomllib.TOMLDecodeError as problem:
        return None, [BookError(name, "file", f"is not TOML: {problem}")]


def read_text(path: Path) -> str:
    """The text of a file of the book, to be kept with what is bound to it."""
    return path.read_text(encoding="utf-8")


class _Reader:
    """One pass over one parsed file: builds the document, notes every problem."""

    def __init__(self, file: str, table: Mapping[str, Any]) -> None:
        self.file = file
        self.table = table
        self.problems: list[BookError] = []

    def problem(self, key: str, text: str) -> None:
        self.problems.append(BookError(self.file, key, text))

    def document(self) -> Document | None:
        """Build the document; what it lacks is in ``problems``."""
        table = self.table
        overlay = table.get("kind") == "overlay"
        required = (*_HEAD, *_HEAD_OVERLAY) if overlay else _HEAD
        self.keys("", table, required=required, optional=(*_HEAD_OPTIONAL, *_ENTRIES))
        for key in ("id", "title", "title_en", "number", "kind", "issuer", "note", *(_HEAD_OVERLAY if overlay else ())):
            self.text(key, table.get(key), empty=key == "note")
        self.choice("kind", table.get("kind"), KINDS)
        self.choice("confidence", table.get("confidence"), [word for word in CONFIDENCES if word != "unknown"])
        self.choice("precision", table.get("precision", "day"), ("day", "month", "year"))
        dates = self.head_dates()
        source = self.source("source", table.get("source"))
        # A head without dates is refused in the end, but its entries are read for their own problems all the same.
        issued, effective, ended, checked = dates or (None, date.min, None, date.max)
        rules: list[Rule] = []
        for section in _ENTRIES:
            entries = table.get(section, [])
            if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
                self.problem(section, f"must be an array of tables, written [[{section}]]")
                continue
            for position, entry in enumerate(entries, start=1):
                rules.extend(self.entry(section, position, entry, effective, ended))
        self.twice(rules)
        self.levels(rules)
        self.classes(rules)
        if not rules:
            self.problem("rule", "the document lays down nothing")
        if self.problems:
            return None
        return Document(
            id=table["id"],
            title=table["title"],
            title_en=table["title_en"],
            number=table["number"],
            kind=table["kind"],
            issuer=table["issuer"],
            issued=issued,
            effective=effective,
            ended=ended,
            checked=checked,
            confidence=table["confidence"],
            source=source,
            note=table.get("note", ""),
            rules=tuple(rules),
            precision=table.get("precision", "day"),
            region=table.get("region"),
            base=table.get("base"),
            file=self.file,
        )

    def head_dates(self) -> tuple[date | None, date, date | None, date] | None:
        """The four dates of the head, or ``None`` when they are missing or contradict one another."""
        before = len(self.problems)
        issued = None if self.table.get("issued") == "unknown" else self.day("issued", self.table.get("issued"))
        effective = self.day("effective", self.table.get("effective"))
        ended = self.day("ended", self.table.get("ended"))
        checked = self.day("checked", self.table.get("checked"))
        if effective is not None and ended is not None and ended < effective:
            self.problem("ended", f"{ended} is before effective, {effective}")
        if effective is not None and issued is not None and effective < issued and self.table.get("precision", "day") == "day":
            self.problem("effective", f"{effective} is before issued, {issued}")
        if checked is not None and issued is not None and checked < issued:
            self.problem("checked", f"{checked} is before issued, {issued}")
        if len(self.problems) > before or effective is None or checked is None:
            return None
        return issued, effective, ended, checked

    def entry(self, section: str, position: int, entry: Mapping[str, Any], effective: date, ended: date | None) -> Iterable[Rule]:
        """Turn one entry into its rules: a limit gives one per level, a column of break-points one per averaging time."""
        label = f"{section}[{_name(section, entry) or f'#{position}'}]"
        required, optional = _ENTRIES[section]
        before = len(self.problems)
        self.keys(label, entry, required=(*required, *_PROVENANCE), optional=(*optional, *_DATED))
        self.text(f"{label}.clause", entry.get("clause"))
        self.text(f"{label}.note", entry.get("note"), empty=True)
        self.choice(f"{label}.unit", entry.get("unit"), UNITS)
        self.choice(f"{label}.confidence", entry.get("confidence"), list(CONFIDENCES))
        source = self.source(f"{label}.source", entry.get("source"))
        start = self.day(f"{label}.effective", entry.get("effective")) or effective
        stop = self.day(f"{label}.ended", entry.get("ended")) or ended
        if stop is not None and stop < start:
            self.problem(f"{label}.ended", f"{stop} is before effective, {start}")
        if start < effective or (ended is not None and (stop is None or stop > ended)):
            self.problem(f"{label}.effective", f"{start} to {stop or 'open'} reaches beyond the document, {effective} to {ended or 'open'}")
        if len(self.problems) > before:
            return
        found = [] if section == "rule" else list(getattr(self, f"_{section}")(label, entry))
        kind = ""
        if section == "rule":
            kind = self._rule(label, entry)
            value = _frozen(entry.get("value"))
            if kind == "decimal" and isinstance(value, int):
                value = Decimal(value)
            found = [(entry["key"], value)]
        elif entry["confidence"] == "unknown":
            self.problem(f"{label}.confidence", "is unknown although the entry has a value")
        if len(self.problems) > before:
            return
        for key, value in found:
            yield Rule(
                key=key,
                document=str(self.table.get("id", "")),
                value=value,
                unit=entry["unit"],
                clause=entry["clause"],
                source=source,
                confidence=entry["confidence"],
                effective=start,
                ended=stop,
                note=entry.get("note", ""),
                type=kind,
            )

    def _limit(self, label: str, entry: Mapping[str, Any]) -> Iterable[tuple[str, Any]]:
        self.substance(label, entry)
        levels = [level for level in ("level1", "level2") if level in entry]
        if not levels or (len(levels) < 2 and self.table.get("kind") != "overlay"):
            self.problem(f"{label}.level2", "missing; a limit names level1 and level2, an overlay at least one of them")
        numbers = {level: self.number(f"{label}.{level}", entry[level]) for level in levels}
        if len(numbers) == 2 and numbers["level1"] > numbers["level2"]:
            self.problem(f"{label}.level1", f"{numbers['level1']} is laxer than level2, {numbers['level2']}")
        for level, number in numbers.items():
            if number <= 0:
                self.problem(f"{label}.{level}", f"{number} is not above 0")
            yield f"limit.{entry['pollutant']}.{entry['averaging']}.{level}", number

    def _reference(self, label: str, entry: Mapping[str, Any]) -> Iterable[tuple[str, Any]]:
        self.substance(label, entry)
        values = entry["values"]
        if not isinstance(values, list) or not values:
            self.problem(f"{label}.values", "must be an array of one or more numbers")
            return
        yield (
            f"reference.{entry['pollutant']}.{entry['averaging']}",
            tuple(self.number(f"{label}.values", number) for number in values),
        )

    def _breakpoints(self, label: str, entry: Mapping[str, Any]) -> Iterable[tuple[str, Any]]:
        self.substance(label, entry)
        points = entry["points"]
        if not isinstance(points, list) or len(points) < 2 or not all(isinstance(pair, list) and len(pair) == 2 for pair in points):
            self.problem(f"{label}.points", "must be an array of two or more pairs [index, concentration]")
            return
        made = tuple((pair[0], self.number(f"{label}.points", pair[1])) for pair in points)
        if any(isinstance(index, bool) or not isinstance(index, int) for index, _ in made):
            self.problem(f"{label}.points", "the index of a break-point must be an integer")
            return
        if made[0] != (0, Decimal(0)):
            self.problem(f"{label}.points", f"must start at [0, 0], not at [{made[0][0]}, {made[0][1]}]")
        for (index, concentration), (next_index, next_concentration) in pairwise(made):
            if next_index <= index or next_concentration <= concentration:
                self.problem(
                    f"{label}.points",
                    f"[{next_index}, {next_concentration}] does not rise above [{index}, {concentration}]",
                )
        also = entry.get("also", [])
        for averaging in also if isinstance(also, list) else [also]:
            self.choice(f"{label}.also", averaging, AVERAGINGS)
        for averaging in (entry["averaging"], *(also if isinstance(also, list) else ())):
            yield f"breakpoints.{entry['pollutant']}.{averaging}", made

    def _level(self, label: str, entry: Mapping[str, Any]) -> Iterable[tuple[str, Any]]:
        for key in ("number", "low", *(("high",) if "high" in entry else ())):
            if isinstance(entry[key], bool) or not isinstance(entry[key], int):
                self.problem(f"{label}.{key}", "must be an integer")
        for key in ("grade", "category", "category_en", "colour_name"):
            self.text(f"{label}.{key}", entry[key])
        for key, parts, top in (("rgb", 3, 255), ("cmyk", 4, 100)):
            if not self.parts(f"{label}.{key}", entry[key], parts, top):
                return
        yield (
            f"level.{entry['number']}",
            Level(
                number=entry["number"],
                low=entry["low"],
                high=entry.get("high"),
                grade=entry["grade"],
                category=entry["category"],
                category_en=entry["category_en"],
                colour_name=entry["colour_name"],
                rgb=tuple(entry["rgb"]),
                cmyk=tuple(entry["cmyk"]),
            ),
        )

    def _advice(self, label: str, entry: Mapping[str, Any]) -> Iterable[tuple[str, Any]]:
        for key in ("effect", "advice", "effect_en", "advice_en"):
            self.text(f"{label}.{key}", entry[key])
        if not isinstance(entry["level"], int):
            self.problem(f"{label}.level", "must be the number of a level")
        yield (
            f"advice.{entry['level']}",
            Advice(entry["level"], entry["effect"], entry["advice"], entry["effect_en"], entry["advice_en"]),
        )

    def _sensitive(self, label: str, entry: Mapping[str, Any]) -> Iterable[tuple[str, Any]]:
        self.choice(f"{label}.pollutant", entry["pollutant"], POLLUTANTS)
        for key in ("groups", "groups_en"):
            if not isinstance(entry[key], list) or not entry[key] or not all(isinstance(word, str) for word in entry[key]):
                self.problem(f"{label}.{key}", "must be an array of words")
                return
        yield (
            f"sensitive.{entry['pollutant']}",
            Sensitive(entry["pollutant"], tuple(entry["groups"]), tuple(entry["groups_en"])),
        )

    def _class_limit(self, label: str, entry: Mapping[str, Any]) -> Iterable[tuple[str, Any]]:
        self.item(label, entry)
        water = entry.get("water")
        self.choice(f"{label}.water", water, WATERS)
        given = {number: entry[f"class{number}"] for number in CLASSES if f"class{number}" in entry}
        if not given or (len(given) < len(CLASSES) and self.table.get("kind") != "overlay"):
            self.problem(f"{label}.class5", "missing; a limit names class1 to class5, an overlay at least one of them")
        numbers = {number: self.positive(f"{label}.class{number}", value) for number, value in given.items()}
        for kind in WATERS if water is None else (water,):
            for number, value in numbers.items():
                yield f"class_limit.{entry['item']}.{kind}.{number}", value

    def _source_limit(self, label: str, entry: Mapping[str, Any]) -> Iterable[tuple[str, Any]]:
        self.item(label, entry)
        yield f"source_limit.{entry['item']}", self.positive(f"{label}.value", entry["value"])

    def _state(self, label: str, entry: Mapping[str, Any]) -> Iterable[tuple[str, Any]]:
        self.klass(f"{label}.class", entry["class"])
        for key in ("numeral", "word", "word_en"):
            self.text(f"{label}.{key}", entry[key])
        yield f"state.{entry['class']}", State(entry["class"], entry["numeral"], entry["word"], entry["word_en"])

    def _state_colour(self, label: str, entry: Mapping[str, Any]) -> Iterable[tuple[str, Any]]:
        self.klass(f"{label}.class", entry["class"])
        self.text(f"{label}.colour_name", entry["colour_name"])
        if not self.parts(f"{label}.rgb", entry["rgb"], 3, 255):
            return
        yield f"state_colour.{entry['class']}", (entry["colour_name"], tuple(entry["rgb"]))

    def _rule(self, label: str, entry: Mapping[str, Any]) -> str:
        """Check key, value and type of a plain rule and give back its type."""
        self.text(f"{label}.key", entry["key"])
        declared = entry.get("type")
        if declared is not None:
            self.choice(f"{label}.type", declared, TYPES)
        if "value" not in entry:
            if declared is None:
                self.problem(f"{label}.type", "missing; a rule without value is an empty slot and names the type that it waits for")
            if entry["confidence"] != "unknown":
                self.problem(f"{label}.confidence", f"is {entry['confidence']} although there is no value; an empty slot is unknown")
            return str(declared)
        if entry["confidence"] == "unknown":
            self.problem(f"{label}.confidence", "is unknown although there is a value")
        actual = _type(entry["value"])
        if actual is None:
            self.problem(f"{label}.value", f"must be one of {', '.join(TYPES)}")
        elif declared is not None and declared != actual and (declared, actual) != ("decimal", "integer"):
            self.problem(f"{label}.value", f"is of type {actual}, not {declared}")
        return declared or actual or ""

    def levels(self, rules: Iterable[Rule]) -> None:
        """The levels must follow one another without gap, the last one open, so that every index has one."""
        found = [rule.value for rule in rules if rule.key.startswith("level.")]
        for position, level in enumerate(found, start=1):
            if level.number != position:
                self.problem(f"level[{level.number}].number", f"expected {position}; levels are listed in order")
            last = position == len(found)
            if not last and (level.high is None or level.high < level.low or found[position].low != level.high + 1):
                self.problem(f"level[{level.number}].high", f"the next level does not start one above {level.high}")
            if last and level.high is not None:
                self.problem(f"level[{level.number}].high", "the last level must stay open")

    def classes(self, rules: Sequence[Rule]) -> None:
        """Limits of water get no stricter from class to class, and each of the six classes has its state or none has."""
        lower = [item for rule in rules if rule.key == LOWER_LIMITS for item in rule.value]
        found: dict[str, list[Decimal]] = {}
        for rule in rules:
            if rule.key.startswith("class_limit."):
                found.setdefault(rule.key.rpartition(".")[0], []).append(rule.value)
        for stem, values in found.items():
            item, kind = stem.split(".")[1:]
            for number, (better, worse) in enumerate(pairwise(values), start=2):
                if self.table.get("kind") != "overlay" and better != worse and stricter(f"{stem}.x", (better, worse), lower) == worse:
                    self.problem(f"class_limit[{item}].class{number}", f"{worse} ({kind}) is stricter than the class before it, {better}")
        for section in ("state", "state_colour"):
            numbers = {int(rule.key.rpartition(".")[2]) for rule in rules if rule.key.startswith(f"{section}.")}
            missing = [str(number) for number in (*CLASSES, INFERIOR) if number not in numbers]
            if numbers and missing:
                self.problem(section, f"class {', '.join(missing)} has no entry; all six have one, or none")

    def twice(self, rules: Iterable[Rule]) -> None:
        """No two rules of one key may hold on the same day."""
        seen: dict[str, list[Rule]] = {}
        for rule in rules:
            for other in seen.get(rule.key, ()):
                if other.effective <= (rule.ended or date.max) and rule.effective <= (other.ended or date.max):
                    self.problem(rule.key, "is given twice for the same days; date the entries or remove one")
            seen.setdefault(rule.key, []).append(rule)

    def keys(self, label: str, entry: Mapping[str, Any], *, required: Iterable[str], optional: Iterable[str]) -> None:
        """Every required key is there and no other key than the known ones."""
        required = list(required)
        prefix = f"{label}." if label else ""
        for key in required:
            if key not in entry:
                self.problem(f"{prefix}{key}", "missing")
        for key in entry:
            if key not in {*required, *optional}:
                self.problem(f"{prefix}{key}", f"unknown key; known are {', '.join([*required, *optional])}")

    def text(self, key: str, value: object, *, empty: bool = False) -> None:
        """A text; one that is missing is already noted by :meth:`keys`."""
        if value is not None and not isinstance(value, str):
            self.problem(key, f"must be text, not {value!r}")
        elif isinstance(value, str) and not empty and not value.strip():
            self.problem(key, "is empty")

    def choice(self, key: str, value: object, known: Iterable[str]) -> None:
        known = list(known)
        if value is not None and value not in known:
            self.problem(key, f"{value!r} is not known; expected one of {', '.join(known)}")

    def source(self, key: str, value: object) -> tuple[str, ...]:
        found = (value,) if isinstance(value, str) else tuple(value) if isinstance(value, list) else ()
        if value is not None and (not found or not all(isinstance(text, str) and text.strip() for text in found)):
            self.problem(key, "must be text, or an array of texts, that says where the value was read")
        return tuple(str(text) for text in found)

    def day(self, key: str, value: object) -> date | None:
        """A date, or ``None`` when there is none; one that is missing is already noted by :meth:`keys`."""
        if isinstance(value, date) and not isinstance(value, datetime):
            return value
        if value is not None:
            hint = ' (or "unknown")' if key == "issued" else ""
            self.problem(key, f"must be a date such as 2026-03-01{hint}, not {value!r}")
        return None

    def number(self, key: str, value: object) -> Decimal:
        if isinstance(value, bool) or not isinstance(value, (int, Decimal)) or not Decimal(value).is_finite():
            self.problem(key, f"must be a number, not {value!r}")
            return Decimal(0)
        return Decimal(value)

    def klass(self, key: str, value: object) -> None:
        if isinstance(value, bool) or value not in (*CLASSES, INFERIOR):
            self.problem(key, f"must be a class from 1 to 5, or {INFERIOR} for 劣Ⅴ, not {value!r}")

    def positive(self, key: str, value: object) -> Decimal:
        number = self.number(key, value)
        if number <= 0:
            self.problem(key, f"{number} is not above 0")
        return number

    def parts(self, key: str, colour: object, parts: int, top: int) -> bool:
        """Whether a colour has as many parts as it must; says so if not."""
        good = isinstance(colour, list) and len(colour) == parts and all(isinstance(n, int) and 0 <= n <= top for n in colour)
        if not good:
            self.problem(key, f"must be {parts} integers from 0 to {top}")
        return good

    def item(self, label: str, entry: Mapping[str, Any]) -> None:
        """An item of water is known, and its limit is in the unit in which the item's values are kept."""
        # Imported where it is needed: a program that asks the book about air only does not wait for the items of water.
        from yangban.base.water_items import WATER_ITEMS

        units = {each.code: each.unit for each in WATER_ITEMS}
        self.choice(f"{label}.item", entry["item"], units)
        expected = units.get(entry["item"], entry["unit"])
        if entry["unit"] != expected:
            self.problem(f"{label}.unit", f"is {entry['unit']}; values of {entry['item']} are kept in {expected}")

    def substance(self, label: str, entry: Mapping[str, Any]) -> None:
        self.choice(f"{label}.pollutant", entry["pollutant"], POLLUTANTS)
        self.choice(f"{label}.averaging", entry["averaging"], AVERAGINGS)


def _name(section: str, entry: Mapping[str, Any]) -> str:
    """How a message calls the entry: by what makes it unique, as far as that is given."""
    parts = _NAMED_BY.get(section, ("pollutant", "averaging"))
    return ".".join(str(entry[part]) for part in parts if part in entry)


def _type(value: object) -> str | None:
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int):
        return "integer"
    if isinstance(value, Decimal):
        return "decimal" if value.is_finite() else None
    if isinstance(value, str):
        return "text"
    if isinstance(value, list) and value and all(_type(part) is not None for part in value):
        return "table"
    return None


def _frozen(value: object) -> object:
    """Arrays become tuples, so that a rule can be hashed, shared and sent to another process."""
    return tuple(_frozen(part) for part in value) if isinstance(value, list) else value
