"""Which edition of surface water holds on a day and in a place, and what it says."""

from __future__ import annotations

import pickle
from datetime import date
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest

from yangban.base.errors import BookError, UnknownEdition, UsageError
from yangban.standards import Book, load_book

OVERLAY = """\
id = "{id}"
title = "地方更严限值"
title_en = "Stricter local limits"
number = "DB 00/0000-2023"
kind = "overlay"
region = "{region}"
base = "gb3838-2002"
issuer = "测试"
issued = 2022-12-01
effective = 2023-01-01
checked = 2023-01-01
confidence = "official"
source = "made up for a test"

[[class_limit]]
item = "{item}"
{limits}
unit = "mg/L"
clause = "表1"
source = "made up for a test"
confidence = "official"
"""
SLOT = """
[[rule]]
key = "dry.threshold"
value = "连续三个月"
unit = "1"
clause = "5"
source = "made up for a test"
confidence = "official"
"""


def overlay(folder: Path, limits: str, *, item: str = "tp", id: str = "db-water", region: str = "360000", more: str = "") -> Path:
    path = folder / f"{id}.toml"
    path.write_text(OVERLAY.format(id=id, region=region, item=item, limits=limits) + more, encoding="utf-8")
    return path


@pytest.fixture
def book() -> Book:
    return load_book()


@pytest.mark.parametrize("name", ["gb3838-2002", "GB 3838-2002", "2002", "assess-2011", "cwqi-2017", "statistics-2020", "warning-2018"])
def test_an_edition_has_many_names(book: Book, name: str) -> None:
    assert book.water(name).id == "gb3838-2002"


def test_the_edition_and_its_documents(book: Book) -> None:
    edition = book.water()
    assert edition.documents == ("gb3838-2002", "assess-2011", "cwqi-2017", "statistics-2020", "warning-2018", "water-practice")
    assert (edition.start, edition.end, edition.region) == (date(2002, 6, 1), None, None)
    assert set(edition.documents) <= set(book.documents)
    assert not set(edition.documents) & {name for entry in book.editions for name in entry.documents}


def test_the_edition_is_chosen_by_the_day_of_observation(book: Book) -> None:
    assert book.water_on(date(2002, 6, 1)) == book.water_on(date(2099, 1, 1)) == book.water()
    with pytest.raises(UnknownEdition, match="no water edition of the book is in force on 2002-05-31; known are: 2002 from 2002-06-01"):
        book.water_on(date(2002, 5, 31))


def test_air_and_water_do_not_answer_for_one_another(book: Book) -> None:
    with pytest.raises(UnknownEdition, match=r"unknown edition 'gb3838-2003' \(near: gb3838-2002\); known are 2002"):
        book.water("gb3838-2003")
    with pytest.raises(UnknownEdition, match="unknown edition 'gb3838-2002'"):
        book.air("gb3838-2002")
    with pytest.raises(UnknownEdition, match="unknown edition 'hj633-2012'"):
        book.water("hj633-2012")
    with pytest.raises(BookError, match=r"gb3838-2002: composite\.items: no such rule"):
        book.water().rule("composite.items")


def test_a_limit_depends_on_the_kind_of_water(book: Book) -> None:
    edition = book.water()
    assert edition.limit("tp", 3, kind="river") == Decimal("0.2")
    assert edition.limit("tp", 3, kind="lake") == Decimal("0.05")
    assert edition.limit("tn", 3, kind="river") is None
    assert edition.limit("do", 3, kind="lake") == 5
    found = edition.limit_rule("hg", 1, kind="river")
    assert found is not None
    assert (found.id, found.value, found.unit, found.clause) == ("gb3838-2002:class_limit.hg.river.1", Decimal("0.00005"), "mg/L", "表1")
    assert edition.limit_rule("ph", 1, kind="river") is None


def test_what_cannot_be_asked(book: Book) -> None:
    edition = book.water()
    with pytest.raises(UsageError, match=r"unknown item of water 'nh4'.*nh3n"):
        edition.limit("nh4", 3, kind="river")
    with pytest.raises(UsageError, match="unknown kind of water 'pond'; expected one of river, lake"):
        edition.limit("tp", 3, kind="pond")
    for klass in (0, 6):
        with pytest.raises(UsageError, match=f"no limit belongs to class {klass}"):
            edition.limit("tp", klass, kind="river")
    for klass in (0, 7):
        with pytest.raises(UsageError, match=f"no class {klass}; expected 1 to 5, or 6"):
            edition.state(klass)


def test_a_rule_of_before_its_document_serves_the_years_before(book: Book) -> None:
    assert book.water().rule("assess.items", on=date(2008, 5, 1)).document == "assess-2011"
    assert book.water_on(date(2008, 5, 1)).rule("decimals.do").value == 1


def test_printed_decimals_of_water_and_air_stand_apart(book: Book) -> None:
    day = date(2022, 6, 1)
    assert book.display_decimals("cwqi", day, medium="water").id == "water-practice:rounding.display.cwqi"
    assert book.display_decimals("multiple", day, medium="water").value == 1
    assert book.display_decimals("multiple", day).value == 2
    with pytest.raises(BookError, match=r"rounding\.display\.cwqi: no such rule"):
        book.display_decimals("cwqi", day)


def test_an_edition_can_travel() -> None:
    edition = load_book().water()
    again = pickle.loads(pickle.dumps(edition))
    assert (again, hash(again)) == (edition, hash(edition))
    assert again.limit("cod", 1, kind="river") == 15


def test_an_overlay_tightens_limits_in_its_region(tmp_path: Path) -> None:
    book = load_book([overlay(tmp_path, 'water = "lake"\nclass3 = 0.04')])
    local = book.water(region="360429")
    assert local.documents[:2] == ("db-water", "gb3838-2002")
    assert [local.limit("tp", klass, kind="lake") for klass in (2, 3, 4)] == [Decimal("0.025"), Decimal("0.04"), Decimal("0.1")]
    assert local.limit("tp", 3, kind="river") == Decimal("0.2")
    assert book.water(region="430000").limit("tp", 3, kind="lake") == Decimal("0.05")
    assert book.water_on(date(2022, 12, 31), region="360000").limit("tp", 3, kind="lake") == Decimal("0.05")
    assert book.water_on(date(2023, 1, 1), region="360000").limit("tp", 3, kind="lake") == Decimal("0.04")
    assert book.air("2012", region="360000").overlays == ()
    assert load_book().water(region="360000").limit("tp", 3, kind="lake") == Decimal("0.05")


def test_an_overlay_without_a_kind_of_water_holds_in_both(tmp_path: Path) -> None:
    local = load_book([overlay(tmp_path, "class3 = 5", item="codmn")]).water(region="360000")
    assert [local.limit("codmn", 3, kind=kind) for kind in ("river", "lake")] == [5, 5]


def test_of_lower_limits_the_higher_is_the_stricter(tmp_path: Path) -> None:
    paths = [
        overlay(tmp_path, "class3 = 5.5", item="do", id="db-province"),
        overlay(tmp_path, "class3 = 5.2", item="do", id="db-city", region="360100"),
    ]
    city = load_book(paths).water(region="360100")
    assert city.documents[:2] == ("db-city", "db-province")
    assert city.limit("do", 3, kind="river") == Decimal("5.5")
    found = city.limit_rule("do", 3, kind="river")
    assert found is not None
    assert found.document == "db-province"


def test_an_overlay_may_limit_what_the_nation_leaves_open_and_fill_a_slot(tmp_path: Path) -> None:
    book = load_book([overlay(tmp_path, 'water = "river"\nclass3 = 1.0', item="tn", more=SLOT)])
    local = book.water(region="360000")
    assert local.limit("tn", 3, kind="river") == 1
    assert local.limit("tn", 2, kind="river") is None
    assert (local.rule("dry.threshold").value, local.rule("dry.threshold").unverified) == ("连续三个月", False)
    assert book.water().rule("dry.threshold").value is None


@pytest.mark.parametrize(
    ("item", "limits", "key", "problem"),
    [
        ("tp", 'water = "lake"\nclass3 = 0.06', "class_limit.tp.lake.3", "0.06 mg/L is laxer than 0.05 mg/L"),
        ("tp", "class3 = 0.1", "class_limit.tp.lake.3", "0.1 mg/L is laxer than 0.05 mg/L"),
        ("do", "class3 = 4.9", "class_limit.do.river.3", "4.9 mg/L is laxer than 5 mg/L"),
        ("tp", 'water = "lake"\nclass3 = 0.02', "class_limit.tp.lake.3", "0.02 is stricter than 0.025 of the better class"),
        ("do", "class3 = 6.1", "class_limit.do.river.3", "6.1 is stricter than 6 of the better class"),
        ("iron", "class3 = 1", "class_limit[iron].item", "'iron' is not known"),
    ],
)
def test_what_an_overlay_may_not(tmp_path: Path, item: str, limits: str, key: str, problem: str) -> None:
    with pytest.raises(BookError) as refused:
        load_book([overlay(tmp_path, limits, item=item)])
    assert (refused.value.file, refused.value.key) == ("db-water.toml", key)
    assert problem in refused.value.problem


def test_editions_of_two_books_are_never_taken_for_each_other() -> None:
    """What is remembered of one book's limits must not answer for another book's, though the documents have the same names."""
    from dataclasses import replace

    from yangban.assess.water.rules import class_of

    book = load_book()
    document = book.document("gb3838-2002")
    # Class Ⅰ of ammonia nitrogen is 0.15 mg/L; the other book says 0.05.
    rules = tuple(replace(rule, value=Decimal("0.05")) if rule.value == Decimal("0.15") else rule for rule in document.rules)
    other = replace(book, documents={**book.documents, "gb3838-2002": replace(document, rules=rules)})
    ours, theirs = book.water(), other.water()
    assert ours != theirs
    assert [class_of(Fraction(1, 10), "nh3n", each, kind="river") for each in (ours, theirs, ours)] == [1, 2, 1]
