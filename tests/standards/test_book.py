"""The shipped book as a whole."""

from __future__ import annotations

import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from yangban.standards import load_book
from yangban.standards.load import shipped
from yangban.standards.resolve import check

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("name", ["editions", "water-editions", "sound-editions", "ecology-editions", *shipped()])
def test_every_shipped_file_passes_its_check(name: str) -> None:
    found = {one.file: one.problems for one in check()}
    assert found[f"{name}.toml"] == ()


def test_every_entry_says_where_it_comes_from() -> None:
    for document in load_book().documents.values():
        assert document.checked == date(2026, 11, 22), document.id
        for rule in document.rules:
            assert rule.unit, rule.id
            assert rule.clause, rule.id
            assert rule.source, rule.id
            assert (rule.value is None) == (rule.confidence == "unknown"), rule.id


def test_the_source_keys_are_listed_for_a_human() -> None:
    import re

    listed = set(re.findall(r"^\| (S\d+) \|", (ROOT / "docs" / "reference" / "sources.md").read_text(encoding="utf-8"), re.MULTILINE))
    used = {
        key
        for document in load_book().documents.values()
        for texts in (document.source, *(rule.source for rule in document.rules))
        for text in texts
        for key in re.findall(r"\((S\d+)\)", text)
    }
    others = (entry for medium in ("sound", "ecology") for entry in load_book().medium_editions(medium))
    editions = (*load_book().editions, *load_book().water_editions, *others)
    used |= {key for entry in editions for text in entry.source for key in re.findall(r"\((S\d+)\)", text)}
    assert used == listed


def test_what_is_unknown_is_named_and_empty() -> None:
    found = {rule.id: rule.type for document in load_book().documents.values() for rule in document.rules if rule.confidence == "unknown"}
    assert found == {
        "dust-2016:dust.criteria": "table",
        "hj633-2026:aqi_after_2031": "table",
        "hj663-2013:completeness.region.members": "integer",
        "hj663-2026:completeness.region.members": "integer",
        "hj663-2026:three_year_mean.items": "table",
        "hj663-2026:three_year_mean.method": "text",
        "hj663-2026:exceptional_events.definition": "text",
        "hj663-2026:exceptional_events.handling": "text",
        "hj663-2026:judge_2026": "text",
        "hj663-2026:composite.weights_official": "table",
        "ranking-2018:ranking.successor_2026": "text",
        "gb3838-2002:revision": "text",
        "assess-2011:average.month.auto_days": "integer",
        "assess-2011:tli.missing_items": "text",
        "assess-2011:change.precedence": "text",
        "cwqi-2017:cwqi.upstream_deduction": "text",
        "cwqi-2017:cwqi.section_city": "text",
        "cwqi-2017:cwqi.missing_data": "text",
        "cwqi-2017:cwqi.rounding": "text",
        "cwqi-2017:cwqi.ties": "text",
        "cwqi-2017:cwqi.below_detection": "text",
        "statistics-2020:dry.threshold": "text",
        "statistics-2020:assess.unmonitored_items": "text",
        "warning-2018:warning.later_articles": "text",
        "water-practice:target.natural_background.procedure": "text",
        "water-practice:target.upstream_deduction": "text",
        "zones-2024:zone.rate.method_2024": "text",
        "zones-2024:zone.complete.hours": "table",
        "zones-2024:zone.complete.days": "integer",
        "eqi-2021:eqi.weights": "table",
    }


def test_what_the_project_decided_itself_is_never_called_official() -> None:
    decided = [
        rule
        for document in load_book().documents.values()
        for rule in document.rules
        if any(text == "project decision" or "凭记忆" in text for text in rule.source)
    ]
    assert {rule.id for rule in decided if rule.confidence == "official"} == set()
    assert {rule.id for rule in decided if rule.source == ("project decision",)} >= {
        "hj633-2012:index.assessment_items",
        "hj633-2012:rounding.index_input.pm25",
        "hj633-2012:completeness.index.complete_or_above",
    }
    assert all(rule.unverified for rule in decided if rule.source == ("project decision",))


@pytest.mark.parametrize("name", ["hj633-2012", "hj633-2026"])
def test_every_level_has_its_advice_in_both_languages(name: str) -> None:
    book = load_book()
    advice = [rule.value for rule in book.document(name).rules if rule.key.startswith("advice.")]
    assert [one.level for one in advice] == [level.number for level in book.air(name).levels()]
    assert all(one.effect and one.advice and one.effect_en.isascii() and one.advice_en.isascii() for one in advice)


def test_sensitive_groups_are_named_for_the_six_pollutants() -> None:
    found = {rule.value.pollutant: rule.value for rule in load_book().document("hj633-2026").rules if rule.key.startswith("sensitive.")}
    assert set(found) == {"so2", "no2", "co", "o3", "pm10", "pm25"}
    assert found["co"].groups == ("心血管疾病患者",)
    assert all(len(one.groups) == len(one.groups_en) for one in found.values())


def test_reading_one_table_reads_no_more_than_it_needs_and_no_engine() -> None:
    script = (
        "import sys\n"
        "from yangban.standards import load_book\n"
        "book = load_book()\n"
        "edition = book.air('hj633-2012')\n"
        "edition.breakpoints('pm25', 'day'), edition.levels()\n"
        "print(sorted(book.documents._read))\n"
        "print(sorted({'polars', 'rich', 'typer', 'difflib', 'pyarrow'} & set(sys.modules)))\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == ["['hj633-2012']", "[]"]


def test_a_limit_of_water_reads_its_document_alone_and_air_reads_nothing_of_water() -> None:
    script = (
        "import sys\n"
        "from yangban.standards import load_book\n"
        "book = load_book()\n"
        "book.air('hj633-2012').levels()\n"
        "print(sorted(book.documents._read), 'water_editions' in vars(book), 'yangban.base.water_items' in sys.modules)\n"
        "book.water().limit('tp', 3, kind='lake'), book.water().limit('tn', 3, kind='river'), book.water().source_limit('do')\n"
        "print(sorted(book.documents._read))\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == ["['hj633-2012'] False False", "['gb3838-2002', 'hj633-2012']"]
