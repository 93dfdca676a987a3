"""Which edition holds on a day and in a place, and what it says."""

from __future__ import annotations

import pickle
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from yangban.base.errors import BookError, UnknownEdition
from yangban.standards import Book, load_book

OVERLAY = """\
id = "{id}"
title = "地方更严限值"
title_en = "Stricter local limits"
number = "DB 00/0000-2023"
kind = "overlay"
region = "{region}"
base = "gb3095-2012"
issuer = "测试"
issued = 2022-12-01
effective = 2023-01-01
{ended}checked = 2023-01-01
confidence = "official"
source = "made up for a test"

[[limit]]
pollutant = "pm25"
averaging = "annual"
level2 = {limit}
unit = "µg/m³"
clause = "表1"
source = "made up for a test"
confidence = "official"
"""
SLOT = """
[[rule]]
key = "completeness.region.members"
value = 8
unit = "place"
clause = "5"
source = "made up for a test"
confidence = "official"
"""


def overlay(folder: Path, *, id: str = "db-test", region: str = "360000", limit: str = "30", ended: str = "", more: str = "") -> Path:
    path = folder / f"{id}.toml"
    path.write_text(OVERLAY.format(id=id, region=region, limit=limit, ended=ended) + more, encoding="utf-8")
    return path


@pytest.fixture
def book() -> Book:
    return load_book()


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (date(2013, 1, 1), "gb3095-2012"),
        (date(2015, 12, 31), "gb3095-2012"),
        (date(2016, 2, 1), "gb3095-2012"),
        (date(2026, 2, 28), "gb3095-2012"),
        (date(2026, 3, 1), "gb3095-2026-transitional"),
        (date(2030, 12, 31), "gb3095-2026-transitional"),
        (date(2031, 1, 1), "gb3095-2026"),
        (date(2099, 1, 1), "gb3095-2026"),
    ],
    ids=str,
)
def test_the_edition_is_chosen_by_the_day_of_observation(book: Book, day: date, expected: str) -> None:
    assert book.air_on(day).id == expected


def test_before_the_first_edition_nothing_is_guessed(book: Book) -> None:
    with pytest.raises(
        UnknownEdition, match="in force on 2012-12-31; known are: 2012 from 2013-01-01 to 2026-02-28; 2026-transitional from"
    ):
        book.air_on(date(2012, 12, 31))


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("2012", "gb3095-2012"),
        ("gb3095-2012", "gb3095-2012"),
        ("GB 3095—2012", "gb3095-2012"),
        ("hj633-2012", "gb3095-2012"),
        ("hj663-2013", "gb3095-2012"),
        ("2026-transitional", "gb3095-2026-transitional"),
        ("hj633-2026", "gb3095-2026-transitional"),
        ("HJ 633-2026", "gb3095-2026-transitional"),
        ("hj663-2026", "gb3095-2026-transitional"),
        ("2026", "gb3095-2026"),
        ("gb3095-2026", "gb3095-2026"),
    ],
)
def test_an_edition_has_many_names(book: Book, name: str, expected: str) -> None:
    assert book.air(name).id == expected


def test_an_edition_names_its_documents(book: Book) -> None:
    edition = book.air("2026-transitional")
    assert (edition.family, edition.index, edition.method, edition.ranking) == (
        "2026-transitional",
        "hj633-2026",
        "hj663-2026",
        "ranking-2018",
    )
    assert edition.documents == (
        "gb3095-2026-transitional", "gb3095-2026", "hj633-2026", "hj663-2026", "ranking-2018", "dust-2016", "practice",
    )  # fmt: skip
    assert (edition.start, edition.end) == (date(2026, 3, 1), date(2030, 12, 31))


def test_unknown_names_say_what_is_near_and_known(book: Book) -> None:
    with pytest.raises(UnknownEdition, match=r"unknown edition 'hj633-2016' \(near: hj633-2026.*known are 2012, 2026-transitional, 2026"):
        book.air("hj633-2016")
    with pytest.raises(UnknownEdition, match=r"no document 'gb3095-2021' in the book \(near: .*gb3095-2012.*known are dust-2016"):
        book.document("gb3095-2021")


def test_lists_of_editions(book: Book) -> None:
    year = {"start": date(2026, 1, 1), "end": date(2026, 12, 31)}
    assert [edition.family for edition in book.air_list("in-force", **year)] == ["2012", "2026-transitional"]
    assert [edition.family for edition in book.air_list("2026，2012,hj633-2012", **year)] == ["2026", "2012"]
    assert [edition.family for edition in book.air_list("in-force", start=date(2022, 1, 1), end=date(2022, 12, 31))] == ["2012"]
    with pytest.raises(UnknownEdition, match="in force on 2010-01-01"):
        book.air_list("in-force", start=date(2010, 1, 1), end=date(2014, 1, 1))


def test_ozone_over_eight_hours_has_two_names(book: Book) -> None:
    edition = book.air("2012")
    assert edition.limit("o3_8h", "day_max_8h") == edition.limit("o3", "day_max_8h") == Decimal(160)
    assert edition.breakpoints("o3_8h", "running_8h") == edition.breakpoints("o3", "day_max_8h")


def test_what_an_edition_does_not_have_is_an_error_that_names_the_key(book: Book) -> None:
    with pytest.raises(BookError, match=r"gb3095-2012: limit\.co\.annual\.level2: no such rule") as refused:
        book.air("2012").limit("co", "annual")
    assert refused.value.key == "limit.co.annual.level2"
    with pytest.raises(BookError, match=r"completeness\.day_mean\.hour: .*near: completeness\.day_mean\.hours"):
        book.air("2012").rule("completeness.day_mean.hour")
    with pytest.raises(BookError, match=r"breakpoints\.pm25\.hour"):
        book.air("2012").breakpoints("pm25", "hour")


def test_final_limits_do_not_leak_into_the_transitional_edition(book: Book) -> None:
    found = {key for name in book.air("2026").documents for key in book.documents[name].by_key if key.startswith("limit.")}
    edition = book.air("2026-transitional")
    assert {edition.rule(key).document for key in found} == {"gb3095-2026-transitional"}
    with pytest.raises(BookError, match="not in force on 2031-06-01"):
        edition.rule("limit.pm25.annual.level2", on=date(2031, 6, 1))


def test_a_rule_that_changed_is_chosen_by_the_day(book: Book) -> None:
    edition = book.air("2012")
    key = "reference_state.gas.temperature"
    assert edition.rule(key, on=date(2014, 6, 1)).value == 273
    assert edition.rule(key, on=date(2018, 8, 31)).value == 273
    assert edition.rule(key, on=date(2018, 9, 1)).value == Decimal("298.15")
    assert edition.rule(key).id == "gb3095-2012-amendment:reference_state.gas.temperature"
    with pytest.raises(BookError, match="not in force on 2026-03-01"):
        edition.rule(key, on=date(2026, 3, 1))


def test_the_limits_under_the_composite_index_are_less_sure_from_2026_on(book: Book) -> None:
    sure = {family: book.air(family).rule("composite.limit_level").confidence for family in ("2012", "2026-transitional", "2026")}
    assert sure == {"2012": "verified", "2026-transitional": "one-source", "2026": "unverified"}


def test_printed_decimals_go_by_the_day(book: Book) -> None:
    assert book.display_decimals("pm25", date(2024, 9, 30)).value == 0
    assert book.display_decimals("pm25", date(2024, 10, 1)).value == 1
    assert book.display_decimals("pm25", date(2012, 1, 1)).value == 0
    assert book.display_decimals("co", date(2022, 1, 1)).value == 1
    with pytest.raises(BookError, match=r"rounding\.display\.pm2: no such rule"):
        book.display_decimals("pm2", date(2022, 1, 1))


def test_the_shipped_book_is_read_once_and_editions_can_travel() -> None:
    assert load_book() is load_book()
    edition = load_book().air("2012")
    again = pickle.loads(pickle.dumps(edition))
    assert again == edition
    assert hash(again) == hash(edition)
    assert again.limit("pm25", "annual") == 35


def test_an_overlay_tightens_limits_in_its_region(tmp_path: Path) -> None:
    book = load_book([overlay(tmp_path)])
    local = book.air("2012", region="360000")
    assert (local.id, local.documents[:2], local.region) == ("gb3095-2012", ("db-test", "gb3095-2012"), "360000")
    assert local.limit("pm25", "annual") == 30
    assert local.limit_rule("pm25", "annual").id == "db-test:limit.pm25.annual.level2"
    assert local.limit("pm25", "annual", 1) == 15
    assert local.limit("pm10", "annual") == 70
    assert book.air("2012", region="360102").limit("pm25", "annual") == 30
    assert book.air("2012", region="430000").limit("pm25", "annual") == 35
    assert book.air("2012").limit("pm25", "annual") == 35
    assert book.air("2026-transitional", region="360000").documents[0] == "gb3095-2026-transitional"
    assert local != load_book().air("2012")
    assert load_book().air("2012", region="360000").limit("pm25", "annual") == 35
    assert book.document("db-test").region == "360000"
    assert set(book.documents) - set(load_book().documents) == {"db-test"}


def test_an_overlay_holds_from_its_first_to_its_last_day(tmp_path: Path) -> None:
    book = load_book([overlay(tmp_path, ended="ended = 2024-12-31\n")])
    limits = {
        day: book.air_on(day, region="360100").limit("pm25", "annual")
        for day in (date(2022, 12, 31), date(2023, 1, 1), date(2024, 12, 31), date(2025, 1, 1))
    }
    assert list(limits.values()) == [35, 30, 30, 35]
    for text in ("2012", "in-force"):
        of_year = [
            book.air_list(text, start=date(year, 1, 1), end=date(year, 12, 31), region="360000")[0].limit("pm25", "annual")
            for year in (2022, 2023, 2024, 2025)
        ]
        assert of_year == [35, 30, 30, 35]


def test_an_entry_of_an_overlay_may_start_later(tmp_path: Path) -> None:
    path = overlay(tmp_path)
    path.write_text(path.read_text(encoding="utf-8") + "effective = 2024-01-01\n", encoding="utf-8")
    book = load_book([path])
    before, after = (book.air_on(day, region="360000") for day in (date(2023, 12, 31), date(2024, 1, 1)))
    assert [edition.limit("pm25", "annual") for edition in (before, after)] == [35, 30]
    assert before != after


def test_of_several_overlays_the_strictest_holds(tmp_path: Path) -> None:
    paths = [
        overlay(tmp_path, id="db-province", limit="25"),
        overlay(tmp_path, id="db-city", region="360100", limit="30"),
        overlay(tmp_path, id="db-nation", region="100000", limit="34"),
    ]
    book = load_book(paths)
    city = book.air("2012", region="360100")
    assert city.documents[:3] == ("db-city", "db-province", "db-nation")
    assert city.limit_rule("pm25", "annual").document == "db-province"
    assert book.air("2012").limit_rule("pm25", "annual").document == "db-nation"


def test_an_overlay_may_fill_an_empty_slot(tmp_path: Path) -> None:
    book = load_book([overlay(tmp_path, more=SLOT)])
    assert book.air("2012").rule("completeness.region.members").value is None
    filled = book.air("2012", region="360000").rule("completeness.region.members")
    assert (filled.value, filled.document, filled.unverified) == (8, "db-test", False)


@pytest.mark.parametrize(
    ("change", "key", "problem"),
    [
        (
            ("level2 = 30", "level2 = 36"),
            "limit.pm25.annual.level2",
            "36 µg/m³ is laxer than 35 µg/m³ of gb3095-2012:limit.pm25.annual.level2",
        ),
        (('unit = "µg/m³"', 'unit = "mg/m³"'), "limit.pm25.annual.level2", "is in mg/m³"),
        (('base = "gb3095-2012"', 'base = "gb3095-1996"'), "base", "'gb3095-1996' is no edition"),
        (('region = "360000"\n', ""), "region", "missing"),
        (('id = "db-test"', 'id = "hj633-2012"'), "id", "already the id"),
        (("value = 8", "value = 0.5"), "completeness.region.members", "is of type decimal"),
        (('key = "completeness.region.members"', 'key = "completeness.day_mean.hours"'), "completeness.day_mean.hours", "this is neither"),
        (('kind = "overlay"\nregion = "360000"\nbase = "gb3095-2012"', 'kind = "practice"'), "limit[pm25.annual].level2", "missing"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_an_overlay_may_not(tmp_path: Path, change: tuple[str, str], key: str, problem: str) -> None:
    path = overlay(tmp_path, more=SLOT)
    text = path.read_text(encoding="utf-8")
    assert change[0] in text
    path.write_text(text.replace(*change), encoding="utf-8")
    with pytest.raises(BookError) as refused:
        load_book([path])
    assert (refused.value.file, refused.value.key) == ("db-test.toml", key)
    assert problem in refused.value.problem


def test_only_overlays_are_added_to_the_book(tmp_path: Path) -> None:
    path = overlay(tmp_path)
    text = path.read_text(encoding="utf-8").replace('kind = "overlay"\nregion = "360000"\nbase = "gb3095-2012"', 'kind = "practice"')
    path.write_text(text.replace("level2 = 30", "level1 = 15\nlevel2 = 30"), encoding="utf-8")
    with pytest.raises(BookError, match=r"db-test\.toml: kind: is 'practice'"):
        load_book([path])
