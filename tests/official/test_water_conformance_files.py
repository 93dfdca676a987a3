"""The water files of the conformance suite hold what they promise: every edge of every item, and numbers that were worked by hand.

That the files on disk are a fresh generation is tested with those of air, in ``test_conformance_files.py``.
"""

from __future__ import annotations

import csv
from fractions import Fraction

from official import make_conformance
from oracle import water


def _rows(name: str) -> list[dict[str, str]]:
    with (make_conformance.HERE / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_every_limit_is_there_with_both_its_sides() -> None:
    seen: dict[tuple[str, str], dict[Fraction, int]] = {}
    for row in _rows("water_item_class.csv"):
        seen.setdefault((row["kind"], row["item"]), {})[Fraction(row["value"])] = int(row["class"])
    assert set(seen) == {(kind, item) for kind in ("river", "lake") for item in water.ALL_ITEMS} - {("river", "tn")}
    beside = Fraction(1, 10**6)
    for (kind, item), classes in seen.items():
        limits = water.PH_RANGE if item == "ph" else {water.limit(item, klass, kind) for klass in range(1, 6)}
        for limit in limits:
            worse = -beside if item == "do" or (limit == 6 and item == "ph") else beside
            assert classes[limit] < classes[limit + worse], (kind, item, limit)
            assert classes[limit - worse] <= classes[limit], (kind, item, limit)


def test_every_class_of_every_item_is_there() -> None:
    rows = _rows("water_item_class.csv")
    for kind in ("river", "lake"):
        for item in water.ALL_ITEMS:
            if (kind, item) == ("river", "tn"):
                continue  # Limited in lakes alone.
            got = {int(row["class"]) for row in rows if (row["kind"], row["item"]) == (kind, item)}
            limits = [] if item == "ph" else [water.limit(item, klass, kind) for klass in range(1, 6)]
            assert got == {1, 6} | {klass for klass in range(2, 6) if item != "ph" and limits[klass - 1] != limits[klass - 2]}


def test_river_and_lake_differ_in_total_phosphorus_only() -> None:
    river, lake = (
        {(r["item"], r["value"]): r["class"] for r in _rows("water_item_class.csv") if r["kind"] == k} for k in ("river", "lake")
    )
    assert {item for item, value in river if lake.get((item, value)) != river[item, value]} == {"tp"}


def test_hand_worked_numbers_are_in_the_files() -> None:
    assert [row["cwqi"] for row in _rows("water_cwqi.csv")][:2] == ["2.1750", "3.6750"]
    assert [row["tli"][:7] for row in _rows("water_tli.csv")][:2] == ["43.7337", "48.0180"]
    assert {row["grade"] for row in _rows("water_tli.csv")} == {"", "贫营养", "中营养", "轻度富营养", "中度富营养", "重度富营养"}
    assert {row["state"] for row in _rows("water_shares.csv")} == {"优", "良好", "轻度污染", "中度污染", "重度污染"}
