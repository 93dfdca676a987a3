"""Which edition holds, on this day and in this place, and what it says.

The edition is chosen by the day of *observation*, never by the day of the report. A document is read when something is first asked
of it, so a program that needs one table does not wait for the whole book.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import cache, cached_property
from pathlib import Path
from typing import Any, Final

from yangban.base.errors import BookError, UnknownEdition
from yangban.standards.load import EDITIONS, EditionEntry, load, load_editions, overlay_problems, read, read_editions, shipped
from yangban.standards.model import Document, Level, Rule

IN_FORCE: Final = "in-force"
"""The word for "whatever holds on the day of observation"."""

_NATION: Final = "100000"
_PRACTICE: Final = "practice"
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


@dataclass(frozen=True)
class AirEdition:
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
    _library: Mapping[str, Document] = field(default_factory=dict, repr=False, compare=False)

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
        if local and not key.startswith("limit."):
            return local[0]
        others: list[Rule] = []
        for rule in self._holding(key):
            if rule.in_force(day):
                return min([*local, rule], key=lambda one: one.value) if local else rule
            others.append(rule)
        if local:
            return min(local, key=lambda one: one.value)
        if not others:
            raise BookError(self.id, key, f"no such rule in {', '.join(self.documents)}{_near(key, self._keys)}")
        first = min(others, key=lambda one: one.effective)
        if on is None:
            return max(others, key=lambda one: one.effective)
        if day < first.effective:
            return first
        raise BookError(self.id, key, f"not in force on {on}; the entries are {', '.join(map(_span, others))}")

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

    def covers(self, rule: Rule) -> bool:
        """Whether rule and edition share a day: the final limits of 2031 are none of the transitional edition."""
        return rule.effective <= (self.end or date.max) and self.start <= (rule.ended or date.max)

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
class Book:
    """The book of standards: all documents, and the editions that say which of them are applied together."""

    documents: Mapping[str, Document]
    editions: tuple[EditionEntry, ...]
    overlays: tuple[Document, ...] = ()

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
        wanted = _tidy(name)
        for edition in self.editions:
            if wanted in {edition.id, edition.family, *edition.names}:
                return self._edition(edition, region=region, on=on)
        names = [known for edition in self.editions for known in (edition.family, edition.id, *edition.names)]
        families = ", ".join(edition.family for edition in self.editions)
        raise UnknownEdition(f"unknown edition {name!r}{_near(wanted, names)}; known are {families}, or a document of theirs")

    def air_on(self, day: date, *, region: str | None = None) -> AirEdition:
        """The edition in force on a day of observation; raises :class:`~yangban.base.errors.UnknownEdition` before the first."""
        for edition in self.editions:
            if edition.start <= day and (edition.end is None or day <= edition.end):
                return self._edition(edition, region=region, on=day)
        known = "; ".join(f"{edition.family} from {edition.start} to {edition.end or 'open'}" for edition in self.editions)
        raise UnknownEdition(f"no air edition of the book is in force on {day}; known are: {known}. Name one to use it all the same.")

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

    def display_decimals(self, item: str, day: date) -> Rule:
        """How many decimals of ``item`` are printed on ``day``, whatever the edition (unit: decimals).

        Raises :class:`~yangban.base.errors.BookError` when the book does not know the item.
        """
        key = f"rounding.display.{item}"
        found = self.documents[_PRACTICE].by_key.get(key, ())
        for rule in found:
            if rule.in_force(day):
                return rule
        if not found:
            raise BookError(_PRACTICE, key, f"no such rule{_near(key, self.documents[_PRACTICE].by_key)}")
        return min(found, key=lambda rule: rule.effective)

    def _edition(self, entry: EditionEntry, *, region: str | None, on: date | None) -> AirEdition:
        overlays = [
            overlay
            for overlay in self.overlays
            if overlay.base == entry.id and _covers(overlay.region or "", region) and (on is None or _holds(overlay, on))
        ]
        overlays.sort(key=lambda overlay: -len(_stem(overlay.region or "")))
        local = tuple(overlay.id for overlay in overlays)
        return AirEdition(
            id=entry.id,
            family=entry.family,
            index=entry.index,
            method=entry.method,
            ranking=entry.ranking,
            documents=(*local, *entry.documents),
            start=entry.start,
            end=entry.end,
            title=entry.title,
            title_en=entry.title_en,
            note=entry.note,
            overlays=local,
            region=region if local else None,
            _local=tuple(rule for overlay in overlays for rule in overlay.rules if on is None or rule.in_force(on)),
            _library=self.documents,
        )


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
def _shipped() -> Book:
    return Book(documents=Library(shipped()), editions=load_editions())


def load_book(overlays: Sequence[Path] = ()) -> Book:
    """The book: what is shipped (read once, kept) and the overlay files given.

    An overlay is a TOML file of ``kind = "overlay"`` with ``region`` (a code) and ``base`` (an edition's id): limits stricter than the
    national ones, or values for slots that the book leaves empty. Raises :class:`~yangban.base.errors.BookError` at the first problem.
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
    editions, found = read_editions()
    for edition in editions:
        for name in (edition.id, edition.index, edition.method, edition.ranking, *edition.documents):
            if name not in paths or name not in edition.documents:
                found.append(BookError(EDITIONS.name, f"edition[{edition.id}].documents", f"{name!r} is not listed or has no file"))
    report = [Checked(EDITIONS.name, tuple(found))]
    for name, path in paths.items():
        document, problems = read(path)
        if document is not None and document.id != name:
            problems.append(BookError(path.name, "id", f"is {document.id!r}; a shipped document is named like its file, {name!r}"))
        if document is not None and document.kind == "overlay":
            problems.append(BookError(path.name, "kind", "is overlay; the shipped book holds national documents only"))
        report.append(Checked(path.name, tuple(problems), document))
    book = Book(documents={one.document.id: one.document for one in report if one.document is not None}, editions=editions)
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
    entry = next((edition for edition in book.editions if edition.id == document.base), None)
    if entry is None:
        known = ", ".join(edition.id for edition in book.editions)
        return [BookError(document.file, "base", f"{document.base!r} is no edition; expected one of {known}")]
    return overlay_problems(document, {name: book.documents[name] for name in entry.documents if name in book.documents})


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
    from difflib import get_close_matches

    found = get_close_matches(wanted, [str(name) for name in known], n=3, cutoff=0.6)
    return f" (near: {', '.join(found)})" if found else ""
