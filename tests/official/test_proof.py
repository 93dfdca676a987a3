"""The proof pages say what their CSV files say, the CSV is what the readings give today, and the counting of libraries counts."""

from __future__ import annotations

import csv
import importlib
import sys
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

import pytest

from yangban.assess.air.index import day_aqi, hour_aqi, iaqi_table
from yangban.assess.air.rules import index_decimals
from yangban.standards import load_book

PROOF = Path(__file__).resolve().parents[2] / "docs" / "proof"
DATA = Path("air") / "national_city_hourly_2022.csv.gz"
BOOK = load_book()


class Proof(NamedTuple):
    make: ModuleType
    libraries: ModuleType


@pytest.fixture(scope="module")
def proof() -> Iterator[Proof]:
    """The scripts of docs/proof, which stand in no package."""
    before = set(sys.modules)
    sys.path.insert(0, str(PROOF))
    try:
        yield Proof(importlib.import_module("make"), importlib.import_module("libraries"))
    finally:
        sys.path.remove(str(PROOF))
        for name in {"make", "charts", "libraries"} - before:
            sys.modules.pop(name, None)


@pytest.fixture
def written() -> str:
    return (PROOF / "nation-2022.csv").read_text(encoding="utf-8")


@pytest.mark.shared
def test_the_csv_is_a_fresh_run(proof: Proof, written: str, shared_data: Path) -> None:
    assert proof.make.compute(shared_data / DATA) == written, "docs/proof/make.py --data … writes it again; look at what changed first"


def test_the_pages_say_what_the_csv_says(proof: Proof, written: str) -> None:
    """Both README files, both pages and both charts."""
    pages = proof.make.pages(written)
    assert len(pages) == 6
    for name, content in pages.items():
        assert (PROOF / name).read_text(encoding="utf-8") == content, f"{name} is stale: python docs/proof/make.py"


def test_a_number_changed_in_the_csv_changes_the_pages(proof: Proof, written: str) -> None:
    nation = proof.make.Nation(written)
    row = next(r for r in nation.cities if r["pm25_mean_meets_2026t"] == "yes")
    at = proof.make.COLUMNS.index("pm25_mean_meets_2026t")
    lines = written.splitlines(keepends=True)
    for n, line in enumerate(lines):
        cells = line.split(",")
        if cells[0] == row["code"]:
            lines[n] = ",".join([*cells[:at], "no", *cells[at + 1 :]])
    changed = proof.make.pages("".join(lines))
    assert all(changed[name] != (PROOF / name).read_text(encoding="utf-8") for name in ("README.md", "README.zh-CN.md", "nation-2022.md"))


def test_what_was_published_for_2022_comes_out(proof: Proof, written: str) -> None:
    """The five national means that dust does not touch, as printed; PM is published with dust days left out and so lies below."""
    nation = proof.make.Nation(written).nation
    same = {column: value for column, value in proof.make.PUBLISHED.items() if column not in {"pm25", "pm10"}}
    assert {column: nation[column] for column in same} == same
    assert 0 <= int(nation["pm25"]) - int(proof.make.PUBLISHED["pm25"]) <= 1
    assert 0 <= int(nation["pm10"]) - int(proof.make.PUBLISHED["pm10"]) <= 5


def test_the_nation_goes_the_way_of_the_ministry(proof: Proof, written: str) -> None:
    """2025 in the ministry's own recomputation: 271 to 205 cities, 88.1 to 83.6 % good days; 2022 here: the same direction and size."""
    nation = proof.make.Nation(written)
    fewer = nation.count("pm25_mean_meets_2012") - nation.count("pm25_mean_meets_2026t")
    assert 40 <= fewer <= 90
    assert Decimal("3.5") <= -Decimal(nation.nation["good_day_ratio_change"]) <= Decimal("5.5")


def test_the_csv_agrees_with_itself(proof: Proof, written: str) -> None:
    """A city can only lose good days, attaining is never easier, and the national mean is that of the city rows."""
    nation = proof.make.Nation(written)
    assert min(nation.lost) == 0
    for row in nation.cities:
        for column in ("pm25_mean_meets", "six_items_meet", "attains"):
            assert (row[f"{column}_2012"], row[f"{column}_2026t"]) != ("no", "yes"), row
        assert set(row["failing_2012"].split(";")) - {""} <= set(row["failing_2026t"].split(";")), row
    mean = sum(Decimal(r["pm25_unrounded"]) for r in nation.cities) / len(nation.cities)
    assert abs(mean - Decimal(nation.nation["pm25_unrounded"])) < Decimal("0.000002")
    assert len({r["code"] for r in nation.cities}) == len(nation.cities)


# ---------------------------------------------------------------- libraries


class Ours:
    """The Yangban library as one more adapter."""

    name, error = "yangban", 0

    def __init__(self, edition: str) -> None:
        self.edition = edition

    def iaqi(self, item: str, averaging: str, concentration: str) -> int | None:
        edition = BOOK.air(self.edition)
        table = iaqi_table(edition, item, averaging)
        found: int | None = table[min(int(Decimal(concentration).scaleb(index_decimals(edition, item))), len(table) - 1)]
        return found if found is None else found + self.error

    def index(self, row: dict[str, str], *, hourly: bool) -> tuple[int | None, dict[str, Any]]:
        words = ("so2", "no2", "co", "o3", "pm10", "pm25", "o3_8h", "pm10_24h", "pm25_24h") if hourly else (
            "so2", "no2", "pm10", "pm25", "co", "o3_8h")  # fmt: skip
        values = {word: Decimal(row[word]) for word in words if row[word]}
        found = (hour_aqi if hourly else day_aqi)(values, BOOK.air(self.edition))
        assert found.aqi is not None
        return found.aqi + self.error, {"level": found.level.number if found.level else None, "primary": set(found.primary)}


class OneTooHigh(Ours):
    error = 1


@pytest.mark.parametrize("edition", ["hj633-2012", "hj633-2026"])
def test_yangban_itself_has_no_wrong_case(proof: Proof, edition: str) -> None:
    lines = [*proof.libraries.single(Ours(edition))]
    for hourly in (False, True):
        lines += proof.libraries.whole_index(Ours(edition), hourly=hourly)
    assert sum(line["cases"] for line in lines) > 13_000
    assert [line for line in lines if line["wrong"] or line["beyond_scale_differs"] or line["input_rounding_wrong"]] == []


def test_a_library_that_is_one_too_high_is_wrong_everywhere(proof: Proof) -> None:
    (line,) = [x for x in proof.libraries.single(OneTooHigh("hj633-2012")) if (x["item"], x["averaging"]) == ("pm25", "day")]
    assert (line["cases"], line["wrong"], line["off_by_one"], line["worst"]) == (501, 501, 501, 1)
    # One above 50, 100, 150, 200 and 300 falls into the next level; so do the concentrations that are rounded up to them.
    with (PROOF.parents[1] / "tests/official/conformance/iaqi_hj633-2012.csv").open(encoding="utf-8", newline="") as file:
        rows = [r for r in csv.DictReader(file) if (r["item"], r["averaging"]) == ("pm25", "day")]
    assert line["wrong_level"] == sum(r["iaqi"] in {"50", "100", "150", "200", "300"} for r in rows)


def test_the_page_of_libraries_says_what_its_csv_says(proof: Proof) -> None:
    libraries = proof.libraries
    with (PROOF / "libraries.csv").open(encoding="utf-8", newline="") as file:
        lines = list(csv.DictReader(file))
    page = (PROOF / "libraries.md").read_text(encoding="utf-8")
    for name in libraries.CAUSES:
        own = [x for x in lines if x["library"] == name]
        assert own
        assert "\n".join(libraries._table(own)) in page
        assert f"{name}=={own[0]['version']}" in libraries.REQUIREMENTS
        assert f"## {name} {own[0]['version']}\n" in page
    for name, content in libraries.readmes(lines).items():
        assert (PROOF / name).read_text(encoding="utf-8") == content, f"{name} is stale: python docs/proof/libraries.py"
