"""Finding cases: an index of our own words in SQLite (FTS5) or PostgreSQL (tsvector), and one order in both.

The words are those of :mod:`yangban.govern.case_text`, so that 湿地 is found, and found alike, in either database. The database says which
cases have all that was asked for; how well each answers is reckoned here from the words of the index, the same for both.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from django.db import connection

from yangban.govern import case_text
from yangban.govern.case_text import Wanted
from yangban.web.cases.models import CaseVersion

FIELDS: Final = ("title", "tags", "summary", "body")
_WEIGHTS: Final = {"title": 8.0, "tags": 5.0, "summary": 3.0, "body": 1.0}
MOST: Final = 2000
"""So many matches are set in order; a question with more is too wide to be read through."""
_LAST_PLACE: Final = 16_383
_LETTERS: Final = dict(zip(FIELDS, "ABCD", strict=True))


def _fields(version: CaseVersion, places: Sequence[str]) -> dict[str, str]:
    texts = {
        "title": f"{version.title}\n{version.title_en}",
        "tags": "\n".join([*version.tags, *places]),
        "summary": f"{version.summary}\n{version.summary_en}",
        "body": "\n".join(
            [
                version.situation, version.practice, version.result, version.lesson,
                *(f"{each['alt']}\n{each['caption']}" for each in version.pictures),
            ]
        ),
    }  # fmt: skip
    return {name: " ".join(case_text.index_words(text)) for name, text in texts.items()}


def put(case: int, version: CaseVersion, places: Sequence[str]) -> None:
    """Lay a version of a case into the index, in place of what was there; ``places`` are the names of where it lies."""
    take_out(case)
    fields = _fields(version, places)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                "INSERT INTO cases_search (case_id, title, tags, summary, body, vector) VALUES (%s, %s, %s, %s, %s, %s::tsvector)",
                [case, *fields.values(), _vector(fields)],
            )
        else:
            cursor.execute(
                "INSERT INTO cases_search (rowid, title, tags, summary, body) VALUES (%s, %s, %s, %s, %s)", [case, *fields.values()]
            )


def take_out(case: int) -> None:
    """Take a case out of the index."""
    with connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM cases_search WHERE {'case_id' if connection.vendor == 'postgresql' else 'rowid'} = %s", [case])


def found(question: str) -> list[int] | None:
    """The cases that have all that is asked for, the best first; ``None`` when nothing is asked."""
    parts = case_text.wanted(question)
    if not parts:
        return None
    if connection.vendor == "postgresql":
        sql = "SELECT case_id, title, tags, summary, body FROM cases_search WHERE vector @@ %s::tsquery ORDER BY case_id DESC LIMIT %s"
        asked = " & ".join(f"({_tsquery(each)})" for each in parts)
    else:
        sql = "SELECT rowid, title, tags, summary, body FROM cases_search WHERE cases_search MATCH %s ORDER BY rowid DESC LIMIT %s"
        asked = " AND ".join(map(_match, parts))
    with connection.cursor() as cursor:
        cursor.execute(sql, [asked, MOST])
        rows = cursor.fetchall()
    scored = [(case_text.score(parts, dict(zip(FIELDS, texts, strict=True)), _WEIGHTS), case) for case, *texts in rows]
    return [case for _, case in sorted(scored, reverse=True)]


def _match(part: Wanted) -> str:
    """A part of a question as FTS5 asks for it. Words hold letters and digits alone, so quotes are enough."""
    return '"' + " ".join(part.words) + '"' + ("*" if part.open_end else "")


def _tsquery(part: Wanted) -> str:
    """A part of a question as PostgreSQL asks for it."""
    last = ":*" if part.open_end else ""
    return " <-> ".join(f"'{word}'" for word in part.words) + last


def _vector(fields: dict[str, str]) -> str:
    """The words of a case with their places and weights, as PostgreSQL reads them."""
    places: dict[str, list[str]] = {}
    at = 0
    for name in FIELDS:
        at += 2  # a phrase does not reach from one field into the next
        for word in fields[name].split():
            at += 1
            if at < _LAST_PLACE:
                places.setdefault(word, []).append(f"{at}{_LETTERS[name]}")
            else:
                places.setdefault(word, [])
    # PostgreSQL keeps 256 places of a word.
    return " ".join(f"'{word}'" + (":" + ",".join(held[:255]) if held else "") for word, held in places.items())
