"""The worked account of Ganzi 2010 (《生态学报》 2017; indicators-and-governance.md 8.2), and what an account refuses."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest

from yangban.assess.ecology.gep import YI, Coefficient, Coefficients, Item, account, from_document
from yangban.base.errors import UsageError
from yangban.standards import load_book

BOOK = load_book()
EDITION = BOOK.medium("ecology", "eqi")
GANZI = from_document(BOOK.document("gep-ganzi-2010"))

PAPER = [
    # subject, part, method, quantity, unit, printed value in 亿元
    ("water_conservation", "", "water", Fraction("321.49") * YI, "m³", "2269.71"),
    ("soil_retention", "silt", "silt", Fraction("38.86") * YI, "t", "156.26"),
    ("soil_retention", "N", "nitrogen", Fraction("38.86") * YI, "t", "125.82"),
    ("soil_retention", "P", "phosphorus", Fraction("38.86") * YI, "t", "117.52"),
    ("sand_fixing", "", "sand", Fraction("779.42") * 10**4, "t", "2.28"),
    ("flood_storage", "", "water", Fraction("8.44") * YI, "m³", "59.56"),
    ("carbon", "", "carbon", Fraction("0.31") * YI, "t", "117.35"),
    ("oxygen", "", "oxygen", Fraction("2.51") * YI, "t", "1821.92"),
    ("climate", "", "power", Fraction("4071.44") * YI, "kWh", "2157.86"),
]
GIVEN = [("regulating", "air_purification", "0.03"), ("regulating", "water_purification", "0.04"), ("regulating", "pests", "13.93"),
         ("products", "all", "632.64"), ("cultural", "tourism", "70.67")]  # fmt: skip
ITEMS = [Item("regulating", s, m, q, u, part=p) for s, p, m, q, u, _ in PAPER] + [
    Item(category, subject, "given", value=Fraction(value) * YI) for category, subject, value in GIVEN
]


def test_the_account_of_ganzi_within_one_per_cent() -> None:
    """《生态学报》 2017 (ChinaXiv-201711.00120V1): the account of Ganzi 2010, 7545.59 亿元 (indicators-and-governance.md 8.2)."""
    worked = account("513300", 2010, ITEMS, GANZI, EDITION)
    for entry, (subject, part, *_, printed) in zip(worked.entries, PAPER, strict=False):
        assert float(entry.value / YI) == pytest.approx(float(printed), rel=0.01), (subject, part)
    printed = {"regulating": 6842.28, "products": 632.64, "cultural": 70.67}
    assert {name: float(value / YI) for name, value in worked.totals.items()} == pytest.approx(printed, rel=0.01)
    assert float(worked.total / YI) == pytest.approx(7545.59, rel=0.01)
    # The inputs are printed rounded; what is left is far below one per cent.
    assert float(worked.total / YI) == pytest.approx(7545.59, rel=0.001)


def test_each_formula_by_hand() -> None:
    (water, silt, nitrogen, phosphorus, sand) = (e.value for e in account("513300", 2010, ITEMS[:5], GANZI, EDITION).entries)
    assert water == Fraction("321.49") * YI * Fraction("7.06")
    assert silt == Fraction("0.24") * Fraction("38.86") * YI / Fraction("0.93") * Fraction("15.58")
    assert nitrogen == Fraction("38.86") * YI * Fraction("0.0037") * 875
    assert phosphorus == Fraction("38.86") * YI * Fraction("0.00108") * 2800
    assert sand == Fraction("7794200") / (Fraction("1.28") * Fraction("0.1")) * Fraction("3.75")


def test_coefficients_are_bound_to_their_region_and_year() -> None:
    for region, year in (("360000", 2010), ("513300", 2011)):
        with pytest.raises(UsageError, match="513300 的 2010 年"):
            account(region, year, ITEMS, GANZI, EDITION)
    borrowed = Coefficients(
        GANZI.id, "513300", 2010, {name: replace(each, transferred="无本地价格，按可比价借用") for name, each in GANZI.values.items()}
    )
    worked = account("360000", 2022, ITEMS[:1], borrowed, EDITION)
    assert "gep-ganzi-2010:water_price" in worked.unverified
    assert any("借用" in note for note in worked.entries[0].notes)


@pytest.mark.parametrize(
    ("item", "message"),
    [
        (Item("regulating", "carbon", "carbon", Fraction(1), "m³"), "单位"),
        (Item("regulating", "carbon", "magic", Fraction(1), "t"), "不认识的方法"),
        (Item("other", "carbon", "carbon", Fraction(1), "t"), "类别"),
        (Item("regulating", "carbon", "carbon"), "没有功能量"),
        (Item("cultural", "tourism", "price", Fraction(1), "人次"), "没有单价"),
        (Item("cultural", "tourism", "given"), "没有价值量"),
    ],
)
def test_what_an_account_refuses(item: Item, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        account("513300", 2010, [item], GANZI, EDITION)


def test_a_coefficient_in_another_unit_is_refused() -> None:
    wrong = Coefficients("x", "513300", 2010, {"carbon_price": Coefficient(Fraction(1), "CNY/m³", "测试")})
    with pytest.raises(UsageError, match="carbon_price"):
        account("513300", 2010, [Item("regulating", "carbon", "carbon", Fraction(1), "t")], wrong, EDITION)


def test_what_lies_outside_the_norm_of_2022_is_said() -> None:
    worked = account("513300", 2010, ITEMS, GANZI, EDITION)
    outside = [entry.item.subject for entry in worked.entries if "不在 2022 年试行规范的科目中" in entry.notes]
    assert outside == ["oxygen", "pests"]
    assert "gep-2022:gep.subjects.regulating" in worked.unverified
