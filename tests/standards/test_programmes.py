"""Programmes as data: whole files load, each fault is named with file and key, editions are frozen with their texts."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from yangban.base.errors import BookError, Inconsistent, UsageError
from yangban.standards.programmes import PROGRAMMES, digest_of, freeze, load_file, load_programmes, read, shipped_files, thaw


def test_every_shipped_file_is_whole() -> None:
    assert [(each.name, read(each).problems) for each in shipped_files() if read(each).problems] == []


def test_the_kinds_that_the_article_names_are_there() -> None:
    books = load_programmes()
    assert set(books.families()) >= {"demonstration-area", "two-mountains", "beautiful-water", "beautiful-cell", "county-pilot"}


def test_numbers_that_nobody_published_are_empty_slots() -> None:
    """Notes 4.5, 5, 6 and 11: the cycle of re-check, days of notice, limits of rectification, the county table of 2024 are unknown."""
    books = load_programmes()
    for each in books.programmes.values():
        held = each.review
        assert (held.experts_least, held.notice_days, held.rectify_months, held.recheck_years) == (None, None, None, None), each.id
    assert books.programme("demonstration-area-2024").requires("county").system == ""
    assert books.programme("demonstration-area-2021").requires("city").system == ""
    assert books.programme("two-mountains-base").requires("county").system == "", "the index of Two Mountains is no entry threshold"


@pytest.mark.parametrize(
    ("day", "edition"),
    [(date(2019, 9, 10), None), (date(2019, 9, 11), "demonstration-area-2019"), (date(2024, 1, 31), "demonstration-area-2019"),
     (date(2024, 2, 1), "demonstration-area-2024"), (date(2026, 11, 26), "demonstration-area-2024")],
)  # fmt: skip
def test_which_edition_is_in_force(day: date, edition: str | None) -> None:
    """By the dates that are known alone (4.1): those of 2016, 2021 and 2025 are not, so they never answer by themselves."""
    found = load_programmes().in_force("demonstration-area", day)
    assert (found.id if found else None) == edition


def test_grounds_are_those_of_the_notes() -> None:
    """4.5: three lead to a warning with a time limit, two to withdrawal; falsified data at once."""
    grounds = load_programmes().programme("demonstration-area-2019").grounds
    assert {each.key: (each.leads_to, each.at_once) for each in grounds} == {
        "event": ("warning", False), "inspection": ("warning", False), "worse": ("warning", False),
        "not_rectified": ("withdrawal", False), "falsified": ("withdrawal", True),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("file", "old", "new", "key"),
    [
        ("demonstration-area-2024", 'kind = "programme"', 'kind = "plan"', "kind"),
        ("demonstration-area-2024", 'title_en = "National demonstration areas (indicators of 2024)"', "", "title_en"),
        ("demonstration-area-2024", 'awarded_by = "nation"', 'awarded_by = "world"', "awarded_by"),
        ("demonstration-area-2024", 'selection = "standard"', 'selection = "lottery"', "selection"),
        ("demonstration-area-2024", 'applicants = ["city", "county"]', 'applicants = ["town"]', "applicants"),
        ("demonstration-area-2024", "issued = 2024-02-01", 'issued = "2024"', "issued"),
        ("demonstration-area-2024", 'note = "县级指标表查过两次未见；通知只证实另有县级表"', "", "requirement[county].note"),
        (
            "demonstration-area-2024",
            '[[requirement]]\nlevel = "city"',
            '[[requirement]]\nlevel = "province"',
            "requirement[province].level",
        ),
        ("demonstration-area-2024", 'exclude = ["same_unit", ', 'exclude = ["enemy", ', "review.exclude"),
        ("demonstration-area-2024", 'self_evaluation = "yearly"', 'self_evaluation = "daily"', "review.self_evaluation"),
        ("demonstration-area-2024", 'self_evaluation = "yearly"', 'self_evaluation = "yearly"\nnotice_days = 0', "review.notice_days"),
        ("demonstration-area-2024", 'leads_to = "warning"', 'leads_to = "prison"', "ground[event].leads_to"),
        ("demonstration-area-2024", "at_once = true", 'at_once = "yes"', "ground[falsified].at_once"),
        ("naming", 'role = "expert"', 'role = "friend"', "move[recuse].who.role"),
        ("naming", '"plate_unused"', '"weather"', "move[name].guards"),
        ("naming", 'effects = ["warn"]', 'effects = ["vanish"]', "move[warn].effects"),
        ("naming", 'needs = ["dossier"]', 'needs = ["gift"]', "move[submit].needs"),
        ("naming", 'to = "recommended"', 'to = "crowned"', "move[recommend].to"),
        ("project-warnings", 'measure = "unpaid_days"', 'measure = "mood"', "rule[granted_unpaid].measure"),
        ("project-warnings", "red = 365", "red = 100", "rule[granted_unpaid].red"),
        ("project-warnings", 'clause = "示例"', "", "rule[granted_unpaid].clause"),
    ],
)
def test_each_fault_is_named(tmp_path: Path, file: str, old: str, new: str, key: str) -> None:
    text = (PROGRAMMES / f"{file}.toml").read_text(encoding="utf-8")
    path = tmp_path / f"{file}.toml"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    assert old in text
    with pytest.raises(BookError) as refusal:
        load_file(path)
    assert (refusal.value.file, refusal.value.key) == (path.name, key)


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ('workflow = "naming"', 'workflow = "namings"', "no such way 'namings'.*naming"),
        ('system = "demonstration-2024"', 'system = "demonstration-2042"', "no such system"),
        ('system = "demonstration-2024"', 'system = "evaluation-2020"', "does not judge a city"),
        ('superseded_by = "demonstration-area-2025"', 'superseded_by = "later"', "no such edition"),
    ],
)
def test_what_a_file_points_to_must_be_there(tmp_path: Path, old: str, new: str, problem: str) -> None:
    path = tmp_path / "own.toml"
    text = (PROGRAMMES / "demonstration-area-2024.toml").read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(BookError, match=problem):
        load_programmes([path])


def test_names_that_are_not_there_are_refused_with_what_is_near() -> None:
    with pytest.raises(UsageError, match="demonstration-area-2019"):
        load_programmes().programme("demonstration-area-2018")
    with pytest.raises(UsageError, match="naming"):
        load_programmes().workflow("name")


def test_an_edition_is_bound_to_its_texts() -> None:
    texts = freeze("demonstration-area-2019")
    edition = thaw(texts, expected=digest_of(texts))
    assert set(edition.systems) == {"city", "county"}
    assert edition.systems["county"].item("appraisal").requirements[0].value == 20
    changed = {**texts, "programme": {**texts["programme"], "text": texts["programme"]["text"] + "\n# a word\n"}}
    with pytest.raises(Inconsistent, match="摘要不符"):
        thaw(changed, expected=edition.digest)
    assert thaw(changed).digest != edition.digest


def test_a_later_file_leaves_a_frozen_edition_alone(tmp_path: Path) -> None:
    texts = freeze("county-pilot")
    path = tmp_path / "county-pilot.toml"
    held = (PROGRAMMES / "county-pilot.toml").read_text(encoding="utf-8")
    slot = 'clause = "遴选条件"\nconfidence = "unknown"\nnote = "遴选条件未见公开文本"'
    assert slot in held
    path.write_text(held.replace(slot, 'system = "demonstration-2019"\nclause = "遴选条件"'), encoding="utf-8")
    assert load_programmes([path]).programme("county-pilot").requires("county").system == "demonstration-2019"
    later = freeze("county-pilot", [path])
    assert set(thaw(later).systems) == {"county"}
    assert thaw(texts).systems == {}
