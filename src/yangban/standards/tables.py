"""What the readers of the book's tables share: entries with their provenance, exact numbers, words, days, each problem noted by its key.

:mod:`~yangban.standards.systems`, :mod:`~yangban.standards.points` and :mod:`~yangban.standards.governance` build on it. A problem is a
:class:`~yangban.base.errors.BookError` that names file and key; nothing is raised here, so that one pass finds every problem.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from yangban.base.alike import alike
from yangban.base.errors import BookError
from yangban.standards.model import CONFIDENCES

LEVELS: Final = ("province", "city", "county")
"""The three levels of administration, from above."""

PROVENANCE: Final = ("source", "confidence", "note")
"""What an entry may say of itself; where it is silent, its document's words hold."""


class TableReader:
    """One pass over one parsed file; a subclass makes what the file holds."""

    def __init__(self, file: str, table: Mapping[str, Any]) -> None:
        self.file = file
        self.table = table
        self.problems: list[BookError] = []

    def problem(self, key: str, text: str) -> None:
        """Note a problem."""
        self.problems.append(BookError(self.file, key, text))

    def entries(
        self, section: str, required: Sequence[str], optional: Sequence[str], *, named: str = "key", again: bool = False
    ) -> list[tuple[Mapping[str, Any], str, dict[str, Any]]]:
        """The tables of a section with their label and what every entry carries."""
        found = []
        seen: set[str] = set()
        for n, entry in enumerate(self.tables(section), start=1):
            label = f"{section}[{entry.get(named, f'#{n}')}]"
            self.keys(label, entry, required=required, optional=(*optional, *PROVENANCE))
            self.text(f"{label}.{named}", entry.get(named))
            self.text(f"{label}.clause", entry.get("clause"))
            if str(entry.get(named)) in seen and not again:
                self.problem(label, "is given twice")
            seen.add(str(entry.get(named)))
            confidence = entry.get("confidence", self.table.get("confidence"))
            self.choice(f"{label}.confidence", confidence, list(CONFIDENCES))
            source = self.source(f"{label}.source", entry.get("source", self.table.get("source")))
            common = {
                "clause": str(entry.get("clause")),
                "source": source,
                "confidence": str(confidence),
                "note": str(entry.get("note", "")),
            }
            found.append((entry, label, common))
        return found

    def tables(self, section: str, table: Mapping[str, Any] | None = None, label: str = "") -> list[Mapping[str, Any]]:
        """The tables of a section; anything else under its name is a problem."""
        entries = (self.table if table is None else table).get(section, [])
        if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
            self.problem(f"{label}{section}", f"must be an array of tables, written [[{section}]]")
            return []
        return entries

    def keys(self, label: str, entry: Mapping[str, Any], *, required: Sequence[str], optional: Sequence[str]) -> None:
        """Every required key is there and no other key than the known ones."""
        prefix = f"{label}." if label else ""
        for key in required:
            if key not in entry:
                self.problem(f"{prefix}{key}", "missing")
        known = [*required, *optional]
        for key in entry:
            if key not in known:
                self.problem(f"{prefix}{key}", f"unknown key; {near(key, known)}")

    def text(self, key: str, value: Any, *, empty: bool = False) -> None:
        """A text, not empty unless allowed."""
        if not isinstance(value, str) or not (value.strip() or empty):
            self.problem(key, f"expected a text{'' if empty else ' that is not empty'}, got {value!r}")

    def choice(self, key: str, value: Any, allowed: Sequence[str]) -> None:
        """One of the words allowed."""
        if value not in allowed:
            self.problem(key, f"expected one of {', '.join(allowed)}, got {value!r}")

    def number(self, key: str, value: Any, *, negative: bool = False) -> Decimal:
        """An exact number, written in quotes or bare."""
        try:
            made = Decimal("NaN") if isinstance(value, bool | float) else Decimal(value)
        except (InvalidOperation, TypeError, ValueError):
            made = Decimal("NaN")
        if not made.is_finite() or (made < 0 and not negative):
            self.problem(key, f"expected a number{'' if negative else ' that is not negative'}, got {value!r}")
            return Decimal(0)
        return made

    def maybe(self, label: str, entry: Mapping[str, Any], key: str) -> Decimal | None:
        """An exact number, or ``None`` where the key is absent: an empty slot."""
        return self.number(label, entry[key]) if key in entry else None

    def positive(self, label: str, entry: Mapping[str, Any], key: str) -> Decimal | None:
        """An exact number above 0, or ``None`` where the key is absent."""
        made = self.maybe(label, entry, key)
        if made is not None and made <= 0:
            self.problem(label, f"expected a number above 0, got {entry[key]!r}")
        return made

    def day(self, key: str, value: Any) -> date | None:
        """A day, or ``None`` with a problem noted."""
        if not isinstance(value, date) or isinstance(value, datetime):
            self.problem(key, f"expected a day such as 2020-02-28 (issued and effective: or the word unknown), got {value!r}")
            return None
        return value

    def source(self, key: str, value: Any) -> tuple[str, ...]:
        """A text or a list of texts that says where the entry was read."""
        listed = [value] if isinstance(value, str) else value
        if not isinstance(listed, list) or not listed or not all(isinstance(each, str) and each.strip() for each in listed):
            self.problem(key, f"expected a text or a list of texts, got {value!r}")
            return ()
        return tuple(listed)

    def levels(self, key: str, value: Any) -> tuple[str, ...]:
        """A list of levels, not empty."""
        if not isinstance(value, list) or not value:
            self.problem(key, f"expected a list out of {', '.join(LEVELS)}, got {value!r}")
            return ()
        for each in value:
            self.choice(key, each, LEVELS)
        return tuple(map(str, value))


def near(word: str, known: Sequence[str]) -> str:
    """A hint at what may have been meant."""
    close = alike(word, known)
    return f"是否指 {'、'.join(close)} did you mean {', '.join(close)}?" if close else f"可用 expected one of {', '.join(known)}"
