"""The published conformance suite is what the oracle says today, small, exhaustive, and readable without us."""

from __future__ import annotations

import csv
from fractions import Fraction

import pytest

from official import make_conformance
from oracle import air

HERE = make_conformance.HERE


@pytest.fixture(scope="module")
def fresh() -> dict[str, str]:
    return make_conformance.files()


def test_files_on_disk_are_a_fresh_generation(fresh: dict[str, str]) -> None:
    assert {path.name for path in HERE.glob("*.csv")} == set(fresh)
    for name, content in fresh.items():
        assert (HERE / name).read_bytes() == content.encode(), f"{name} is stale: PYTHONPATH=tests python -m official.make_conformance"


def test_the_suite_is_small() -> None:
    assert sum(path.stat().st_size for path in HERE.iterdir()) < 1_500_000


def test_the_page_names_every_file(fresh: dict[str, str]) -> None:
    page = (HERE / "README.md").read_text(encoding="utf-8")
    assert [name for name in fresh if f"`{name}`" not in page] == []


@pytest.mark.parametrize("index", ["hj633-2012", "hj633-2026"])
def test_every_reportable_concentration_is_there_once(index: str) -> None:
    seen: dict[tuple[str, str], list[Fraction]] = {}
    with (HERE / f"iaqi_{index}.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            assert row["edition"] == index
            seen.setdefault((row["item"], row["averaging"]), []).append(Fraction(row["concentration"]))
    assert set(seen) == set(air.BREAKPOINTS[index])
    for (item, averaging), values in seen.items():
        step = Fraction(1, 10) if item == "co" else Fraction(1)
        assert values == [n * step for n in range(len(values))]
        assert values[-1] <= air.BREAKPOINTS[index][item, averaging][-1] * Fraction(11, 10) < values[-1] + step


def test_published_columns_agree_with_the_computed_ones() -> None:
    with (HERE / "composite.csv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["published"]]
    assert len(rows) == 4
    assert [row["composite"] for row in rows] == [row["published"] for row in rows]


def test_no_case_needs_an_aqi_of_zero() -> None:
    for name in ("day_index.csv", "hour_index.csv"):
        with (HERE / name).open(encoding="utf-8", newline="") as file:
            assert all(row["aqi"] != "0" for row in csv.DictReader(file))
