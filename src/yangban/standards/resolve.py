"""Which edition holds, on this day and in this place, and what it says.

The edition is chosen by the day of *observation*, never by the day of the report. A document is read when something is first asked
of it, so a program that needs one table does not wait for the whole book.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from functools import cache, cached_property
from itertools import chain
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

from yangban.base.alike import alike
from yangban.base.errors import BookError, UnknownEdition, UsageError
from yangban.standards.load import (
    EDITIONS,
    LOWER_LIMITS,
    MEDIUM_EDITIONS,
    WATER_EDITIONS,
    EditionEntry,
    is_limit,
    load,
    load_editions,
    overlay_problems,
    read,
    read_editions,
    shipped,
    stricter,
)
from yangban.standards.model import CLASSES, INFERIOR, WATERS, Document, Level, Rule, State

IN_FORCE: Final = "in-force"
"""The word for "whatever holds on the day of observation"."""

_NATION: Final = "100000"
_PRACTICE: Final[Mapping[str, str]] = {
    "air": "practice",
    "water": "water-practice",
    "sound": "sound-practice",
    "ecology": "ecology-practice",
}
"""Where the printed decimals of a medium stand."""
_EIGHT_HOURS: Final = ("day_max_8h", "running_8h")


class Library(Mapping[str, Document]):
    """Documents by id, each read from its file the first time it is asked for; the file is named like the id."""

    def __init__(self, files: Mapping[str, Path]) -> None:
        self._files = dict(files)
        self._read: dict[str, Document] = {}

    def __getitem__(self, name: str) -> Document:
        if name not in self._read:
            document = load(self._files[name])
            if document.id != name:
                raise BookError(document.file, "id", f"is {document.id!r}; a shipped document is named like its file, {name!r}")
            self._read[name] = document
        return self._read[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._files)

    def __len__(self) -> int:
        return len(self._files)


class _Shelf(Mapping[str, Document]):
    """The documents of one book. It equals itself alone, also after a journey to another process: editions of two books are never taken
    for each other, whatever they are called.
    """

    def __init__(self, documents: Mapping[str, Document]) -> None:
        self._documents = documents
        self._mark = uuid4()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Shelf) and self._mark == other._mark

    def __hash__(self) -> int:
        return hash(self._mark)

    def __getitem__(self, name: str) -> Document:
        return self._documents[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._documents)

    def __len__(self) -> int:
        return len(self._documents)


class Edition:
    """What the editions of all media share: which rule of which document holds; the fields are those of the subclasses."""

    id: str
    documents: tuple[str, ...]
    start: date
    end: date | None
    title: str
    title_en: str
    note: str
    overlays: tuple[str, ...]
    region: str | None
    _local: tuple[Rule, ...]
    _library: Mapping[str, Document]

    def rule(self, key: str, *, on: date | None = None) -> Rule:
        """The rule of this key: the first document that has it in force wins; a local limit wins where it is the strictest.

        ``on`` is the day of observation, by default the last day of the edition. A day before the first dated entry takes that entry.
        An empty slot is given back with ``value`` ``None``, unless an overlay fills it.
        Raises :class:`~yangban.base.errors.BookError` naming the key when no document has it, or none for that day.
        """
        if on is None:
            if key not in self._found:
                self._found[key] = self._look_up(key, None)
            return self._found[key]
        return self._look_up(key, on)

    def _look_up(self, key: str, on: date | None) -> Rule:
        day = on or self.end or date.max
        local = [rule for rule in self._local if rule.key == key and (on is None or rule.in_force(on))]
        if local and not is_limit(key):
            return local[0]
        others: list[Rule] = []
        for rule in self._holding(key):
            if rule.in_force(day):
                return self._strictest([*local, rule]) if local else rule
            others.append(rule)
        if local:
            return self._strictest(local)
        if not others:
            raise BookError(self.id, key, f"no such rule in {', '.join(self.documents)}{_near(key, self._keys)}")
        first = min(others, key=lambda one: one.effective)
        if on is None:
            return max(others, key=lambda one: one.effective)
        if day < first.effective:
            return first
        raise BookError(self.id, key, f"not in force on {on}; the entries are {', '.join(map(_span, others))}")

    def covers(self, rule: Rule) -> bool:
        """Whether rule and edition share a day: the final limits of 2031 are none of the transitional edition."""
        return rule.effective <= (self.end or date.max) and self.start <= (rule.ended or date.max)

    def _strictest(self, rules: Sequence[Rule]) -> Rule:
        """Of several limits of one key the strictest, the local one among equals."""
        if len(rules) == 1:
            return rules[0]
        lower = self._lower if rules[0].key.startswith("class_limit.") else ()
        wanted = stricter(rules[0].key, [rule.value for rule in rules], lower)
        return next(rule for rule in rules if rule.value == wanted)

    @cached_property
    def _lower(self) -> frozenset[str]:
        """The items of water with a lower limit; none in other media."""
        return frozenset(item for rule in self._holding(LOWER_LIMITS) for item in rule.value)

    @cached_property
    def _found(self) -> dict[str, Rule]:
        """Rules already looked up: a book does not change, and a Figure leans on many rules."""
        return {}

    @cached_property
    def _keys(self) -> frozenset[str]:
        return frozenset(key for name in self.documents for key in self._library[name].by_key)

    def _holding(self, key: str) -> Iterator[Rule]:
        """Every national rule of this key that shares a day with the edition, document by document; each is read when reached."""
        for name in self.documents:
            if name not in self.overlays:
                yield from (rule for rule in self._library[name].by_key.get(key, ()) if self.covers(rule))


@dataclass(frozen=True)
class AirEdition(Edition):
    """A family of documents that are applied together to the air of one day of observation.

    ``id`` is the limits' document, ``family`` the short name (``2012``), ``documents`` all ids in the order in which rules are looked up:
    local overlays first, then limits, index, method, ranking. ``start`` and ``end`` are days of observation, inclusive.
    """

    id: str
    family: str
    index: str
    method: str
    ranking: str
    documents: tuple[str, ...]
    start: date
    end: date | None
    title: str = ""
    title_en: str = ""
    note: str = ""
    overlays: tuple[str, ...] = ()
    region: str | None = None
    _local: tuple[Rule, ...] = field(default=(), repr=False)
    _library: _Shelf = field(default_factory=lambda: _Shelf({}), repr=False)

    def limit_rule(self, pollutant: str, averaging: str, level: int = 2) -> Rule:
        """The limit with its source; see :meth:`limit`."""
        return self.rule(f"limit.{_pollutant(pollutant, averaging)}.{averaging}.level{level}")

    def limit(self, pollutant: str, averaging: str, level: int = 2) -> Decimal:
        """The limit in µg/m³ (CO mg/m³); ``averaging`` is ``annual day hour day_max_8h`` …, ``level`` 1 or 2 (一级, 二级)."""
        value: Decimal = self.limit_rule(pollutant, averaging, level).value
        return value

    def breakpoints(self, pollutant: str, averaging: str) -> tuple[tuple[int, Decimal], ...]:
        """The pairs (IAQI, concentration in µg/m³, CO mg/m³) of one column, from (0, 0) up.

        ``averaging`` is ``day`` for daily means, ``day_max_8h`` and ``day_max_1h`` for daily ozone, ``hour``, ``running_8h`` and
        ``running_24h`` for hourly reports, as far as the edition has them.
        """
        key = f"breakpoints.{_pollutant(pollutant, averaging)}.{averaging}"
        # The index document alone has break-points; asking it first spares the reading of the others.
        found = self._library[self.index].by_key.get(key)
        value: tuple[tuple[int, Decimal], ...] = (found[0] if found else self.rule(key)).value
        return value

    def levels(self) -> tuple[Level, ...]:
        """The levels of the index, lowest first."""
        document = self._library[self.index]
        return tuple(rule.value for rule in document.rules if rule.key.startswith("level."))


@dataclass(frozen=True)
class MediumEdition(Edition):
    """The documents that are applied together to a medium other than air on one day: to sound, or to ecology and biodiversity.

    ``documents`` are all ids in the order in which rules are looked up, local overlays first. ``start`` and ``end`` are days of
    observation, inclusive.
    """

    id: str
    documents: tuple[str, ...]
    start: date
    end: date | None
    title: str = ""
    title_en: str = ""
    note: str = ""
    overlays: tuple[str, ...] = ()
    region: str | None = None
    _local: tuple[Rule, ...] = field(default=(), repr=False)
    _library: _Shelf = field(default_factory=lambda: _Shelf({}), repr=False)


@dataclass(frozen=True)
class WaterEdition(MediumEdition):
    """The documents that are applied together to surface water on one day of observation.

    ``id`` is the limits' document, ``documents`` all ids in the order in which rules are looked up, local overlays first.
    Classes are numbers: 1 to 5, and 6 for 劣Ⅴ. ``start`` and ``end`` are days of observation, inclusive.
    """

    @cached_property
    def items(self) -> tuple[str, ...]:
        """The items that a class is made of, in the order of GB 3838 table 1."""
        value: tuple[str, ...] = self.rule("assess.items").value
        return value

    @cached_property
    def lower_limit_items(self) -> frozenset[str]:
        """The items of which there must be at least the limit (dissolved oxygen); of all others at most."""
        return self._lower

    def limit_rule(self, item: str, klass: int, *, kind: str) -> Rule | None:
        """The limit of a class with its source; see :meth:`limit`."""
        from yangban.base.water_items import water_item

        water_item(item)
        if kind not in WATERS:
            raise UsageError(f"unknown kind of water {kind!r}; expected one of {', '.join(WATERS)}")
        if klass not in CLASSES:
            raise UsageError(f"no limit belongs to class {klass!r}; expected a class from 1 to 5")
        return self._if_any(f"class_limit.{item}.{kind}.{klass}")

    def limit(self, item: str, klass: int, *, kind: str) -> Decimal | None:
        """The limit of ``item`` for class 1 to 5 in its own unit (:mod:`yangban.base.water_items`), ``kind`` ``river`` or ``lake``.

        ``None`` where the item has no limit by class: temperature, pH (see the rule ``ph.range``), total nitrogen in rivers, all that
        GB 3838 table 1 does not list. Raises :class:`~yangban.base.errors.UsageError` for an unknown item, class or kind.
        """
        rule = self.limit_rule(item, klass, kind=kind)
        value: Decimal | None = None if rule is None else rule.value
        return value

    def source_limit(self, item: str) -> Decimal | None:
        """The limit of a supplementary item of drinking-water sources (GB 3838 table 2), or ``None`` where it has none."""
        rule = self._if_any(f"source_limit.{item}")
        value: Decimal | None = None if rule is None else rule.value
        return value

    def _if_any(self, key: str) -> Rule | None:
        """The rule of a limit, if there is one; limits stand in the limits' document and in overlays, so no other is read for them."""
        if key in self._library[self.id].by_key or any(rule.key == key for rule in self._local):
            return self.rule(key)
        return None

    def state(self, klass: int) -> State:
        """What a class is called and its colour; 6 is 劣Ⅴ. How sure words and colour are say ``state.3`` and ``state_colour.3``."""
        if klass not in (*CLASSES, INFERIOR):
            raise UsageError(f"no class {klass!r}; expected 1 to 5, or {INFERIOR} for 劣Ⅴ")
        word: State = self.rule(f"state.{klass}").value
        name, rgb = self.rule(f"state_colour.{klass}").value
        return replace(word, colour_name=name, rgb=rgb)


@dataclass(frozen=True)
class Book:
    """The book of standards: all documents, and the editions that say which of them are applied together.

    ``editions`` are those of air; those of water are read when water is first asked for.
    """

    documents: Mapping[str, Document]
    editions: tuple[EditionEntry, ...]
    overlays: tuple[Document, ...] = ()
    _water: tuple[EditionEntry, ...] | None = field(default=None, repr=False)
    _media: Mapping[str, tuple[EditionEntry, ...]] = field(default_factory=dict, repr=False)

    @cached_property
    def _shelf(self) -> _Shelf:
        return _Shelf(self.documents)

    def document(self, id: str) -> Document:
        """One document by id; raises :class:`~yangban.base.errors.UnknownEdition` with near matches."""
        name = _tidy(id)
        if name not in self.documents:
            raise UnknownEdition(f"no document {id!r} in the book{_near(name, self.documents)}; known are {', '.join(self.documents)}")
        return self.documents[name]

    def air(self, name: str, *, region: str | None = None, on: date | None = None) -> AirEdition:
        """The air edition of a name: a family (``2012``) or any of its documents (``hj633-2012``, ``GB 3095-2012``).

        ``region`` adds the overlays of that place and of the places above it; with ``on`` only those in force on that day.
        Raises :class:`~yangban.base.errors.UnknownEdition` that says what is known.
        """
        return self._edition(_named(name, self.editions), region=region, on=on)

    def air_on(self, day: date, *, region: str | None = None) -> AirEdition:
        """The edition in force on a day of observation; raises :class:`~yangban.base.errors.UnknownEdition` before the first."""
        return self._edition(_in_force(day, self.editions, "air"), region=region, on=day)

    def air_list(self, text: str, *, start: date, end: date, region: str | None = None) -> tuple[AirEdition, ...]:
        """The editions of a comma-separated list; ``in-force`` stands for those in force between ``start`` and ``end``, inclusive.

        With ``region``, the overlays of that place that are in force on the last day that period and edition share (or, where they share
        none, on the day of the edition next to the period). Raises :class:`~yangban.base.errors.UnknownEdition`.
        """
        found: list[AirEdition] = []
        for word in text.replace("，", ",").split(","):
            if word.strip() == IN_FORCE:
                self.air_on(start)
                names = [each.id for each in self.editions if each.start <= end and (each.end is None or start <= each.end)]
            else:
                names = [self.air(word).id]
            for entry in self.editions:
                if entry.id in names:
                    last = max(entry.start, min(end, entry.end or date.max))
                    found.append(self._edition(entry, region=region, on=last))
        return tuple(dict.fromkeys(found))

    @cached_property
    def water_editions(self) -> tuple[EditionEntry, ...]:
        """The editions of surface water, as :attr:`editions` are those of air."""
        return load_editions(WATER_EDITIONS) if self._water is None else self._water

    def water(self, name: str = "gb3838-2002", *, region: str | None = None, on: date | None = None) -> WaterEdition:
        """The water edition of a name, by itself, its family (``2002``) or a document of it (``assess-2011``, ``GB 3838-2002``).

        ``region`` and ``on`` as for :meth:`air`. Raises :class:`~yangban.base.errors.UnknownEdition` that says what is known.
        """
        return self._water_edition(_named(name, self.water_editions), region=region, on=on)

    def water_on(self, day: date, *, region: str | None = None) -> WaterEdition:
        """The water edition in force on a day of observation; raises :class:`~yangban.base.errors.UnknownEdition` before the first."""
        return self._water_edition(_in_force(day, self.water_editions, "water"), region=region, on=day)

    def medium_editions(self, medium: str) -> tuple[EditionEntry, ...]:
        """The editions of ``sound`` or ``ecology``, read when first asked for."""
        return self._media[medium] if medium in self._media else _medium_editions(medium)

    def medium(self, medium: str, name: str, *, region: str | None = None, on: date | None = None) -> MediumEdition:
        """The edition of ``sound`` or ``ecology`` of a name; ``region`` and ``on`` as for :meth:`air`.

        Raises :class:`~yangban.base.errors.UnknownEdition` that says what is known.
        """
        return MediumEdition(**self._common(_named(name, self.medium_editions(medium)), region=region, on=on))

    def medium_on(self, medium: str, day: date, *, region: str | None = None) -> MediumEdition:
        """The edition of ``sound`` or ``ecology`` in force on a day.

        Raises :class:`~yangban.base.errors.UnknownEdition` before the first.
        """
        return MediumEdition(**self._common(_in_force(day, self.medium_editions(medium), medium), region=region, on=day))

    def display_decimals(self, item: str, day: date, *, medium: str = "air") -> Rule:
        """How many decimals of ``item`` are printed on ``day``, whatever the edition (unit: decimals).

        ``medium`` is air, water, sound or ecology.

        Raises :class:`~yangban.base.errors.BookError` when the book does not know the item.
        """
        key = f"rounding.display.{item}"
        practice = _PRACTICE[medium]
        found = self.documents[practice].by_key.get(key, ())
        for rule in found:
            if rule.in_force(day):
                return rule
        if not found:
            raise BookError(practice, key, f"no such rule{_near(key, self.documents[practice].by_key)}")
        return min(found, key=lambda rule: rule.effective)

    def _edition(self, entry: EditionEntry, *, region: str | None, on: date | None) -> AirEdition:
        return AirEdition(
            family=entry.family,
            index=entry.index,
            method=entry.method,
            ranking=entry.ranking,
            **self._common(entry, region=region, on=on),
        )

    def _water_edition(self, entry: EditionEntry, *, region: str | None, on: date | None) -> WaterEdition:
        return WaterEdition(**self._common(entry, region=region, on=on))

    def _common(self, entry: EditionEntry, *, region: str | None, on: date | None) -> dict[str, Any]:
        """The fields that editions of all media have, with the overlays of a place, the nearest first."""
        overlays = [
            overlay
            for overlay in self.overlays
            if overlay.base == entry.id and _covers(overlay.region or "", region) and (on is None or _holds(overlay, on))
        ]
        overlays.sort(key=lambda overlay: -len(_stem(overlay.region or "")))
        local = tuple(overlay.id for overlay in overlays)
        return {
            "id": entry.id,
            "documents": (*local, *entry.documents),
            "start": entry.start,
            "end": entry.end,
            "title": entry.title,
            "title_en": entry.title_en,
            "note": entry.note,
            "overlays": local,
            "region": region if local else None,
            "_local": tuple(rule for overlay in overlays for rule in overlay.rules if on is None or rule.in_force(on)),
            "_library": self._shelf,
        }


class _Joined(Mapping[str, Document]):
    """The shipped documents and the overlays of one book; the shipped ones stay unread until asked for."""

    def __init__(self, shipped: Mapping[str, Document], added: Mapping[str, Document]) -> None:
        self._shipped = shipped
        self._added = dict(added)

    def __getitem__(self, name: str) -> Document:
        return self._added[name] if name in self._added else self._shipped[name]

    def __iter__(self) -> Iterator[str]:
        yield from self._shipped
        yield from self._added

    def __len__(self) -> int:
        return len(self._shipped) + len(self._added)


@cache
def _medium_editions(medium: str) -> tuple[EditionEntry, ...]:
    return load_editions(MEDIUM_EDITIONS[medium])


@cache
def _shipped() -> Book:
    return Book(documents=Library(shipped()), editions=load_editions())


def load_book(overlays: Sequence[Path] = ()) -> Book:
    """The book: what is shipped (read once, kept) and the overlay files given.

    An overlay is a TOML file of ``kind = "overlay"`` with ``region`` (a code) and ``base`` (the id of an edition of air or water):
    limits stricter than the national ones, or values for slots that the book leaves empty.
    Raises :class:`~yangban.base.errors.BookError` at the first problem.
    """
    book = _shipped()
    if not overlays:
        return book
    added: dict[str, Document] = {}
    for path in overlays:
        document = load(path)
        problems = _overlay(document, book)
        if document.id in added or document.id in book.documents:
            problems.append(BookError(document.file, "id", f"{document.id!r} is already the id of a document"))
        if problems:
            raise problems[0]
        added[document.id] = document
    return Book(documents=_Joined(book.documents, added), editions=book.editions, overlays=tuple(added.values()))


@dataclass(frozen=True)
class Checked:
    """What a check found in one file; ``document`` is ``None`` when the file is no document or has problems."""

    file: str
    problems: tuple[BookError, ...]
    document: Document | None = None


def check(files: Iterable[Path] = ()) -> list[Checked]:
    """Read the whole shipped book and the given files, and every problem in each of them."""
    paths = shipped()
    report: list[Checked] = []
    media: list[tuple[EditionEntry, ...]] = []
    for path in (EDITIONS, WATER_EDITIONS, *MEDIUM_EDITIONS.values()):
        editions, found = read_editions(path)
        for edition in editions:
            for name in filter(None, (edition.id, edition.index, edition.method, edition.ranking, *edition.documents)):
                if name not in paths or name not in edition.documents:
                    found.append(BookError(path.name, f"edition[{edition.id}].documents", f"{name!r} is not listed or has no file"))
        report.append(Checked(path.name, tuple(found)))
        media.append(editions)
    for name, path in paths.items():
        document, problems = read(path)
        if document is not None and document.id != name:
            problems.append(BookError(path.name, "id", f"is {document.id!r}; a shipped document is named like its file, {name!r}"))
        if document is not None and document.kind == "overlay":
            problems.append(BookError(path.name, "kind", "is overlay; the shipped book holds national documents only"))
        report.append(Checked(path.name, tuple(problems), document))
    air, water, *others = media
    documents = {one.document.id: one.document for one in report if one.document is not None}
    book = Book(documents=documents, editions=air, _water=water, _media=dict(zip(MEDIUM_EDITIONS, others, strict=True)))
    for path in files:
        document, problems = read(path)
        if document is not None and document.kind == "overlay":
            problems.extend(_overlay(document, book))
        report.append(Checked(str(path), tuple(problems), document))
    return report


def _overlay(document: Document, book: Book) -> list[BookError]:
    """What is wrong with an overlay in this book."""
    if document.kind != "overlay":
        return [BookError(document.file, "kind", f"is {document.kind!r}; a file that is added to the book is an overlay")]
    entry = next((edition for edition in chain(book.editions, _of_others(book)) if edition.id == document.base), None)
    if entry is None:
        known = ", ".join(edition.id for edition in chain(book.editions, _of_others(book)))
        return [BookError(document.file, "base", f"{document.base!r} is no edition; expected one of {known}")]
    return overlay_problems(document, {name: book.documents[name] for name in entry.documents if name in book.documents})


def _of_others(book: Book) -> Iterator[EditionEntry]:
    """The editions of water, sound and ecology, read no sooner than one is asked for: an overlay of air does not wait for them."""
    yield from book.water_editions
    for medium in MEDIUM_EDITIONS:
        yield from book.medium_editions(medium)


def _named(name: str, editions: Sequence[EditionEntry]) -> EditionEntry:
    """The edition of this name among those of one medium."""
    wanted = _tidy(name)
    for edition in editions:
        if wanted in {edition.id, edition.family, *edition.names}:
            return edition
    names = [known for edition in editions for known in (edition.family, edition.id, *edition.names)]
    families = ", ".join(edition.family for edition in editions)
    raise UnknownEdition(f"unknown edition {name!r}{_near(wanted, names)}; known are {families}, or a document of theirs")


def _in_force(day: date, editions: Sequence[EditionEntry], medium: str) -> EditionEntry:
    """The edition that holds on a day among those of one medium."""
    for edition in editions:
        if edition.start <= day and (edition.end is None or day <= edition.end):
            return edition
    known = "; ".join(f"{edition.family} from {edition.start} to {edition.end or 'open'}" for edition in editions)
    raise UnknownEdition(f"no {medium} edition of the book is in force on {day}; known are: {known}. Name one to use it all the same.")


def _pollutant(pollutant: str, averaging: str) -> str:
    """``o3_8h`` is ozone averaged over 8 hours, so both words find its entries."""
    return "o3" if pollutant == "o3_8h" and averaging in _EIGHT_HOURS else pollutant


def _stem(code: str) -> str:
    """The part of a GB/T 2260 code that its places share: ``360000`` gives ``36``, the nation gives nothing."""
    if code == _NATION:
        return ""
    stem = code
    while len(stem) > 2 and stem.endswith("00"):
        stem = stem[:-2]
    return stem


def _covers(region: str, place: str | None) -> bool:
    """Whether an overlay of ``region`` holds in ``place``; one of the nation holds everywhere, named place or not."""
    stem = _stem(region)
    return not stem or (place is not None and place.startswith(stem))


def _holds(document: Document, day: date) -> bool:
    return document.effective <= day and (document.ended is None or day <= document.ended)


def _span(rule: Rule) -> str:
    return f"{rule.effective} to {rule.ended or 'open'}"


def _tidy(name: str) -> str:
    """An id as the book writes it: ``GB 3095-2012`` and ``gb3095—2012`` become ``gb3095-2012``."""
    return name.strip().lower().replace(" ", "").replace("—", "-").replace("－", "-").replace("_", "-")


def _near(wanted: str, known: Iterable[Any]) -> str:
    """A closing hint with the names that look alike; ``difflib`` is imported only when something is wrong."""
    found = alike(wanted, (str(name) for name in known))
    return f" (near: {', '.join(found)})" if found else ""
