"""A bulletin before it becomes a file: sentences, tables and charts by name, ready for Word, a page or a workbook."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final

from yangban.publish.bulletin.layout import LAYOUTS, Grid, Picture, Section

_NUMERALS: Final = "〇一二三四五六七八九"


@dataclass(frozen=True)
class Cell:
    """One cell: the ``text`` that is printed and, where it is a number, the ``number`` with its form in a workbook (``0.0"*"``)."""

    text: str
    number: Decimal | None = None
    form: str = ""

    def __str__(self) -> str:
        return self.text


Row = Mapping[str, Cell | tuple[Cell, ...]]
"""Cells by the key of their column; a column that is repeated for each edition holds several."""


@dataclass(frozen=True)
class Table:
    """Rows under a caption; ``heads`` are the headings of repeated columns by their key, ``note`` stands below."""

    caption: str
    rows: tuple[Row, ...]
    note: str = ""
    heads: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class Bar:
    """One bar, or one point of a line: its name, its printed value (None: no value, drawn as a gap), whether it may be used."""

    name: str
    value: Decimal | None
    usable: bool = True


@dataclass(frozen=True)
class Stack:
    """The days of one place by level, best first."""

    name: str
    days: tuple[Decimal, ...]


@dataclass(frozen=True)
class Field:
    """One place on a map: its shape as rings of points, what is written on it, and its colour (empty: no value, left white)."""

    name: str
    rings: tuple[tuple[tuple[float, float], ...], ...]
    text: str
    colour: str


@dataclass(frozen=True)
class Chart:
    """A chart: ``caption`` says the finding, ``measure`` what is drawn and in which unit.

    ``kind`` is ``bars``, ``line``, ``pairs`` (``bars`` and ``second``, named by ``names``), ``levels`` (``stacks`` in the ``levels`` with
    word and official colour) or ``map`` (``fields``, with the ``credit`` that must stand on it; ``bars`` are its numbers, ``levels`` the
    keys of its colours). ``limit`` is a labelled line.
    """

    kind: str
    caption: str
    measure: str
    bars: tuple[Bar, ...] = ()
    second: tuple[Bar, ...] = ()
    names: tuple[str, ...] = ()
    stacks: tuple[Stack, ...] = ()
    levels: tuple[tuple[str, str], ...] = ()
    limit: tuple[Decimal, str] | None = None
    fields: tuple[Field, ...] = ()
    credit: str = ""
    on_earth: bool = True


@dataclass(frozen=True)
class Bulletin:
    """A whole bulletin; ``mark`` is the word on every page of one that rests on synthetic readings, ``footer`` says where it comes from."""

    kind: str
    title: str
    subtitle: str
    mark: str
    footer: str
    language: str = "zh-CN"
    say: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    tables: Mapping[str, Table] = field(default_factory=dict)
    charts: Mapping[str, Chart] = field(default_factory=dict)

    @property
    def sections(self) -> tuple[Section, ...]:
        """The sections of its kind that have something to say."""
        return tuple(section for section in LAYOUTS[self.kind] if any(self.holds(item.id, item) for item in section.items))

    def holds(self, name: str, item: object) -> bool:
        """Whether there is something of this name and kind."""
        if isinstance(item, Grid):
            return name in self.tables
        return name in self.charts if isinstance(item, Picture) else bool(self.say.get(name))

    @property
    def headings(self) -> dict[str, str]:
        """The headings of the sections that are there, numbered 一、二、三."""
        titled = [section for section in self.sections if section.title]
        return {section.id: f"{chinese_number(n)}、{section.title}" for n, section in enumerate(titled, start=1)}

    @property
    def labels(self) -> dict[str, str]:
        """表1, 表2 … and 图1, 图2 … by name, in the order of the layout."""
        found: dict[str, str] = {}
        tables = pictures = 0
        for section in self.sections:
            for item in section.items:
                if isinstance(item, Grid) and item.id in self.tables:
                    tables += 1
                    found[item.id] = f"表{tables}"
                elif isinstance(item, Picture) and item.id in self.charts:
                    pictures += 1
                    found[item.id] = f"图{pictures}"
        return found


def chinese_number(n: int) -> str:
    """A number from 1 to 99 as headings of official documents write it.

    >>> [chinese_number(n) for n in (1, 10, 11, 20, 32)]
    ['一', '十', '十一', '二十', '三十二']
    """
    tens, ones = divmod(n, 10)
    head = "" if tens == 0 else "十" if tens == 1 else f"{_NUMERALS[tens]}十"
    return head + (_NUMERALS[ones] if ones else "")
