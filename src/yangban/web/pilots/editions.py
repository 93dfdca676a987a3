"""The programmes at hand, and the editions to which applications are bound."""

from __future__ import annotations

from datetime import date
from functools import cache

from yangban.standards.programmes import Edition, Programme, Programmes, ProjectWarnings, digest_of, freeze, load_programmes, thaw
from yangban.web.pilots.models import EditionText


@cache
def held() -> Programmes:
    """Everything that is shipped and in the packs."""
    return load_programmes()


def keep(programme: str) -> EditionText:
    """The edition as its texts stand today, kept when it is new."""
    texts = freeze(programme)
    digest = digest_of(texts)
    return EditionText.objects.get_or_create(digest=digest, defaults={"programme": programme, "texts": texts})[0]


def bound(row: EditionText) -> Edition:
    """The edition of a kept text, whatever the book says today."""
    return thaw(row.texts, expected=row.digest)


def is_current(programme: Programme, day: date) -> bool:
    """Whether it is the edition of its family in force on a day.

    Where no date of the family is known, its only edition is taken to be in force.
    """
    found = held().in_force(programme.family, day)
    if found is None:
        return len(held().families().get(programme.family, ())) == 1
    return found.id == programme.id


def project_rules() -> ProjectWarnings:
    """The rules by which slow projects are seen: a region's own where its pack has them, else the shipped example."""
    rules = held().project_warnings
    own = [each for key, each in rules.items() if key != "project-warnings-default"]
    return own[0] if own else rules["project-warnings-default"]
