"""The book of points: shipped files, what the reader refuses, and numbers typed a second time from the notes."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from yangban.base.errors import BookError, UsageError
from yangban.standards.points import load_points, read_points, shipped_points

EXAMPLE = next(path for path in shipped_points() if path.stem == "example").read_text(encoding="utf-8")


@pytest.mark.parametrize("path", shipped_points(), ids=lambda path: path.stem)
def test_every_shipped_file_is_whole_and_named_by_its_id(path: Path) -> None:
    report = read_points(path)
    assert report.problems == ()
    assert report.made is not None
    assert report.made.id == path.stem


def test_the_example_has_fifteen_scenes_and_says_that_it_is_one() -> None:
    scheme = load_points().scheme("example")
    assert len(scheme.behaviours) == 15
    assert scheme.example
    assert {each.behaviour for each in scheme.methods} == {each.key for each in scheme.behaviours}
    assert [each.id for each in load_points().schemes.values() if each.example] == ["example"]


# Typed a second time, by hand, from the notes: 2021, 2022, 2023.
GRID = {
    "100000": ("0.5568", "0.5366", "0.5306"), "100000:residual": ("0.6096",), "100000:fossil": ("0.8273",),
    "grid:central": ("0.5354", "0.5395", "0.5271"), "grid:southwest": ("0.2113", "0.2268", "0.2472"),
    "110000": ("0.5688", "0.5580", "0.5554"),
    "330000": ("0.5422", "0.5153", "0.4974"), "340000": ("0.7075", "0.6782", "0.6553"), "360000": ("0.5835", "0.5752", "0.5836"),
    "410000": ("0.6369", "0.6058", "0.5897"), "420000": ("0.3672", "0.4364", "0.4044"), "430000": ("0.5138", "0.4900", "0.4976"),
    "440000": ("0.4715", "0.4403", "0.4419"), "530000": ("0.1235", "0.1073", "0.1333"), "650000": ("0.6577", "0.6231", "0.6021"),
}  # fmt: skip


def test_grid_factors_typed_twice() -> None:
    rows = load_points().factors["grid-cn"].rows
    assert {area: tuple(f"{each.value:f}" for each in rows[area]) for area in GRID} == GRID
    assert len(rows) == 3 + 7 + 30
    sure = {(area, each.year): each.confidence for area, row in rows.items() for each in row}
    assert (sure["100000", 2021], sure["grid:central", 2022], sure["grid:central", 2023], sure["360000", 2022]) == (
        "verified", "verified", "one-source", "one-source",
    )  # fmt: skip


def test_the_latest_factor_is_the_latest_that_was_published_by_then() -> None:
    grid = load_points().factors["grid-cn"]
    days = {date(2024, 4, 12): 2021, date(2024, 12, 19): 2021, date(2024, 12, 20): 2022, date(2025, 12, 31): 2023}
    assert {day: grid.find("360000", "latest", day).year for day in days} == days
    with pytest.raises(UsageError, match="之前没有公布"):
        grid.find("360000", "latest", date(2024, 4, 11))
    with pytest.raises(UsageError, match="没有 2020 年"):
        grid.find("360000", "2020", date(2025, 1, 1))
    with pytest.raises(UsageError, match="没有地区"):
        grid.find("540000", "latest", date(2025, 1, 1))


def problems(tmp_path: Path, text: str) -> list[str]:
    path = tmp_path / "mine.toml"
    path.write_text(text, encoding="utf-8")
    return [str(each) for each in read_points(path).problems]


@pytest.mark.parametrize(
    ("old", "new", "key", "says"),
    [
        ('kind = "scheme"', 'kind = "plan"', "kind", "expected one of scheme"),
        ('rounding = "down"', 'rounding = "nearest"', "rounding", "expected one of down"),
        ("effective = 2023-01-01", 'effective = "soon"', "effective", "expected a day"),
        ("decimals = 1", "decimals = -1", "decimals", "not negative"),
        ("late_days = 30", "late_days = 1.5", "late_days", "whole number"),
        ("budget = 1000000", "bugdet = 1000000", "bugdet", "did you mean budget"),
        ('{ kind = "per_act", value = 10 }', '{ kind = "eval", value = "a*b" }', "method[parked].points.kind", "expected one of per_act"),
        ('{ kind = "per_act", value = 10 }', '{ kind = "per_act" }', "method[parked].points.value", "missing"),
        ('{ kind = "per_act", value = 10 }', '{ kind = "per_act", value = -1 }', "method[parked].points.value", "not negative"),
        ('{ kind = "per_act", value = 10 }', '{ kind = "of_points", value = 1 }', "method[parked].points.kind", "expected one of"),
        ('value = 3000, unit = "g" }', 'value = 3000, unit = "g/km" }', "method[parked].grams.unit", "expected one of g, kg, t"),
        ('input = "m3", value = 3 }', 'input = "litre", value = 3 }', "method[water].points.input", "expected one of act"),
        ("to = 2023-12-31", "to = 2024-01-01", "method[steps-2024]", "holds on the same days as steps-2023"),
        ('excludes = ["check_in"]', 'excludes = ["stamp"]', "evidence[screenshot].excludes", "expected one of connector"),
        ('evidence = ["meter"]', 'evidence = ["metre"]', "method[electricity].evidence", "expected one of connector"),
        ("tiers = [[5000, 5], [8000, 8]", "tiers = [[8000, 8], [5000, 5]", "method[steps-2024].points.tiers", "rising order"),
        ('by = "minutes", minutes = 15', 'by = "minutes"', "behaviour[bus].same_act.minutes", "is above 0 there"),
        ("acts = 4", "acts = 4\npoints = 4", "cap[rides-a-day]", "either points or acts"),
        ('value = "200"\nunit = "g/km"', 'value = "200"\nunit = "g/mile"', "factor[car].unit", "mass per unit"),
        ('value = "200"\nunit', 'value = "unknown"\nunit', "factor[car].confidence", "unknown exactly where"),
        ('behaviour = "parked"', 'behaviour = "flying"', "method[parked].behaviour", "expected one of steps"),
    ],
)
def test_what_is_wrong_is_named_by_file_and_key(tmp_path: Path, old: str, new: str, key: str, says: str) -> None:
    assert old in EXAMPLE
    found = problems(tmp_path, EXAMPLE.replace(old, new, 1))
    assert any(each.startswith(f"mine.toml: {key}: ") and says in each for each in found), found


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('baseline = { factor = "car" }', 'baseline = { factor = "cart" }', "there is no factor 'cart'"),
        ('area = "event", year = "latest"', 'area = "mars", year = "latest"', "has no area 'mars'"),
        ('area = "event", year = "latest"', 'area = "event", year = "1999"', "has no year '1999'"),
        ('value = { factor = "bus_factor" }', 'value = { factor = "grid-cn", area = "360000", year = "2022" }', "the formula takes g/km"),
    ],
)
def test_factors_that_do_not_fit_are_refused(tmp_path: Path, old: str, new: str, says: str) -> None:
    text = EXAMPLE.replace('id = "example"', 'id = "mine"', 1)
    assert old in text
    path = tmp_path / "mine.toml"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(BookError, match=r"mine\.toml: method") as told:
        load_points([path])
    assert says in str(told.value)


def test_an_id_is_taken_once(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(EXAMPLE, encoding="utf-8")
    with pytest.raises(BookError, match=r"'example' is taken by example\.toml"):
        load_points([path])


def test_a_scheme_of_ones_own_stands_beside_the_shipped(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(EXAMPLE.replace('id = "example"', 'id = "mine"', 1), encoding="utf-8")
    assert load_points([path]).scheme("mine").budget == Decimal(1000000)
    with pytest.raises(UsageError, match="did you mean luzhou-lvya"):
        load_points().scheme("luzhou")
