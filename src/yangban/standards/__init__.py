"""The book of standards: every official number, with its document, clause, unit, dates, source and how sure it is."""

from __future__ import annotations

from yangban.standards.model import Advice, Document, Level, Rule, Sensitive, State
from yangban.standards.resolve import AirEdition, Book, Edition, MediumEdition, WaterEdition, load_book

__all__ = [
    "Advice", "AirEdition", "Book", "Document", "Edition", "Level", "MediumEdition", "Rule", "Sensitive", "State", "WaterEdition",
    "load_book",
]  # fmt: skip
