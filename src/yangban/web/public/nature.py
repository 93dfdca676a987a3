"""Sound, ecology and species of a release, summarised when it is published: grades, limits, flagship species, the periods there are."""

from __future__ import annotations

import contextlib
from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Any, Final

from yangban.assess.ecology.eqi import change, refusal
from yangban.base.errors import BookError, UnknownEdition
from yangban.base.periods import Period
from yangban.packs.species import species
from yangban.standards import Book, MediumEdition
from yangban.web.public.models import PublishedFigure, PublishedRelease

EQI: Final = "ecology.eqi"
COMPARED: Final = (
    "sound.area_day", "sound.area_night", "sound.road_day", "sound.road_night", "sound.zone_day_rate", "sound.zone_night_rate",
    "ecology.forest_cover", EQI, "ecology.red_line_area", "ecology.red_line_ratio", "ecology.protected_area",
    "ecology.protected_area_ratio", "ecology.wetland_protection", "ecology.soil_water_conservation",
    "ecology.gep", "ecology.gep_products", "ecology.gep_regulating",
    "ecology.gep_cultural", "biodiversity.species", "biodiversity.individuals",
    *(f"biodiversity.individuals.{taxon}" for taxon in species()),
)  # fmt: skip
"""Indicators of which the change from a year before is kept."""

_GRADES: Final = ("area.day", "area.night", "road.day", "road.night")
_BLURS: Final = ("class1", "class2", "unlisted", "none")


def words_of(row: PublishedRelease) -> list[str]:
    """The indicators of a release."""
    return sorted(PublishedFigure.objects.filter(release=row).order_by().values_list("indicator", flat=True).distinct())


def media_of(row: PublishedRelease) -> dict[str, list[str]]:
    """Of each medium the periods of which a release has Figures, in order of their labels."""
    found: dict[str, set[str]] = defaultdict(set)
    for word, period in PublishedFigure.objects.filter(release=row).order_by().values_list("indicator", "period").distinct().iterator():
        found[word.partition(".")[0]].add(period)
    return {medium: sorted(held) for medium, held in sorted(found.items())}


def editions_of(book: Book, row: PublishedRelease) -> Iterator[tuple[str, dict[str, Any]]]:
    """The editions of sound and of ecology that a release was judged by."""
    for name in row.editions:
        for medium, say in (("sound", _sound), ("ecology", _ecology)):
            with contextlib.suppress(UnknownEdition):
                edition = book.medium(medium, name)
                if edition.id == name:
                    yield name, {**_head(edition), "medium": medium, **say(edition)}
                    break


def _head(edition: MediumEdition) -> dict[str, Any]:
    return {
        "id": edition.id, "title": edition.title, "title_en": edition.title_en, "start": edition.start.isoformat(),
        "end": None if edition.end is None else edition.end.isoformat(), "note": edition.note, "documents": list(edition.documents),
    }  # fmt: skip


def _cited(edition: MediumEdition, key: str) -> dict[str, Any]:
    rule = edition.rule(key)
    return {"document": rule.document, "clause": rule.clause, "unverified": rule.unverified}


def _sound(edition: MediumEdition) -> dict[str, Any]:
    grades = {}
    for key in _GRADES:
        rows = [
            {"number": n, "numeral": row[0], "word": row[1], "upto": None if len(row) < 3 else f"{Decimal(str(row[2]))}"}
            for n, row in enumerate(edition.rule(f"grade.{key}").value, start=1)
        ]
        grades[key.replace(".", "_")] = {"rows": rows, **_cited(edition, f"grade.{key}")}
    zones = [
        {
            "klass": klass,
            **{span: f"{edition.rule(f'zone_limit.{klass}.{span}').value}" for span in ("day", "night")},
            **_cited(edition, f"zone_limit.{klass}.day"),
        }
        for klass in edition.rule("classes").value
    ]
    return {"grades": grades, "zones": zones, "hours": [int(edition.rule(f"day.{each}_hour").value) for each in ("start", "end")]}


def _ecology(edition: MediumEdition) -> dict[str, Any]:
    rows = edition.rule("eqi.grades").value
    return {
        "eqi_grades": {
            "rows": [{"number": n, "word": row[0], "from": None if len(row) < 2 else f"{row[1]}"} for n, row in enumerate(rows, start=1)],
            **_cited(edition, "eqi.grades"),
        },
        "eqi_parts": list(edition.rule("eqi.parts").value),
        "eqi_refused": refusal(edition),
        "forest": {"text": edition.rule("forest.definition").value, **_cited(edition, "forest.definition")},
    }


def worded(steps: Mapping[str, Mapping[str, str]], book: Book, period: Period) -> dict[str, dict[str, str]]:
    """Changes of EQI with the word of the rule for each."""
    edition = book.medium_on("ecology", period.end)
    return {code: {**step, "word": change(Decimal(step["display"]), edition)} for code, step in steps.items()}


def flagships(book: Book, on: date) -> dict[str, Any]:
    """The flagship species of the packs, and the side in degrees of the grid cell in which each class is shown to the public."""
    edition = book.medium_on("ecology", on)
    blur = {}
    for word in _BLURS:
        with contextlib.suppress(BookError):
            blur[word] = f"{edition.rule(f'blur.{word}').value}"
    return {
        "rows": [
            {
                "id": each.id, "chinese": each.chinese, "latin": each.latin, "english": each.english, "protection": each.protection,
                "source": each.source, "confidence": each.confidence, "note": each.note,
            }
            for each in species().values()
        ],
        "blur": blur,
    }  # fmt: skip
