"""CWQI and the trophic index on examples worked by hand; the five weights sum to 1 exactly."""

from __future__ import annotations

from fractions import Fraction

import pytest

from yangban.assess.water import cwqi, tli
from yangban.assess.water.averages import Means
from yangban.base.errors import UsageError
from yangban.standards import load_book

WATER = load_book().water()


class TestCwqi:
    # 环办监测〔2017〕51号: C / C_Ⅲ; DO 5 / DO; pH 7 - pH or (pH - 7) / 2.
    @pytest.mark.parametrize(
        ("item", "value", "kind", "index"),
        [
            ("codmn", "3", "river", "0.5"), ("tp", "0.1", "river", "0.5"), ("tp", "0.1", "lake", "2"), ("do", "10", "river", "0.5"),
            ("do", "2.5", "river", "2"), ("ph", "7", "river", "0"), ("ph", "6.2", "river", "0.8"), ("ph", "8.6", "river", "0.8"),
            ("hg", "0.00002", "river", "0.2"),
        ],
    )  # fmt: skip
    def test_items(self, item: str, value: str, kind: str, index: str) -> None:
        assert cwqi.item_index(item, Fraction(value), WATER, kind=kind) == Fraction(index)

    def test_water_without_oxygen_has_no_index(self) -> None:
        assert cwqi.item_index("do", Fraction(0), WATER, kind="river") is None
        assert cwqi.index_of({"do": Fraction(0), "cod": Fraction(10)}, WATER, kind="river").total == Fraction(1, 2)

    def test_a_city(self) -> None:
        # Rivers: CODMn (2 + 4) / 2 = 3 → 0.5, DO 10 → 0.5: 1. Lake: TP 0.1 → 2. City (1 x 2 + 2 x 1) / 3.
        rivers = [Means({"codmn": Fraction(2), "do": Fraction(10)}), Means({"codmn": Fraction(4), "do": Fraction(10)})]
        lakes = [Means({"tp": Fraction("0.1")})]
        found = cwqi.city_index(rivers, lakes, WATER)
        assert found.total == Fraction(4, 3)
        assert found.river is not None
        assert (found.river.total, found.river.n) == (1, 2)
        assert "化学需氧量" in found.reason
        assert cwqi.city_index(rivers, [], WATER).total == 1
        assert cwqi.city_index([], [], WATER).total is None

    def test_ph_of_a_city_is_that_of_the_mean_ion(self) -> None:
        # -lg((10^-6 + 10^-8) / 2) = 6.2967; the mean of the values would be neutral and index 0.
        found = cwqi.city_index([Means({"ph": Fraction(6)}), Means({"ph": Fraction(8)})], [], WATER)
        assert found.total is not None
        assert Fraction("0.7032") < found.total < Fraction("0.7034")

    def test_changes(self) -> None:
        assert cwqi.change(Fraction(3), Fraction(4)) == -25
        assert cwqi.change(Fraction(3), Fraction(0)) is None
        assert not cwqi.enters_change_ranking([1, 2], [2, 2], WATER, passes_targets=True)
        assert cwqi.enters_change_ranking([1, 2], [2, 2], WATER, passes_targets=False)
        assert cwqi.enters_change_ranking([1, 3], [2, 2], WATER, passes_targets=True)


class TestTli:
    def test_the_weights_sum_to_one_exactly(self) -> None:
        found = tli.weights(WATER)
        assert sum(found.values()) == 1
        # 环办〔2011〕22号: 0.2663, 0.1879, 0.1790, 0.1834, 0.1834.
        assert {item: round(float(w), 4) for item, w in found.items()} == {
            "chla": 0.2663, "tp": 0.1879, "tn": 0.179, "sd": 0.1834, "codmn": 0.1834,
        }  # fmt: skip

    def test_where_every_logarithm_is_zero(self) -> None:
        # All five are 1, so TLI(j) = 10 a: 25, 94.36, 54.53, 51.18, 1.09; weighted by r² and divided by Σ r² = 3.7558:
        # 25 + 66.580416 + 36.665972 + 35.257902 + 0.750901 = 164.255191.
        found = tli.trophic(dict.fromkeys(tli.TROPHIC_ITEMS, Fraction(1)), WATER)
        assert found.index == Fraction("164.255191") / Fraction("3.7558")
        assert found.grade == "中营养"

    def test_a_lake(self) -> None:
        # By hand with ln: chl 10 mg/m³ → 50.0061, TP 0.05 → 45.7093, TN 1 → 54.53, SD 0.5 → 64.6271, CODMn 4 → 37.9793.
        values = {"chla": 10, "tp": "0.05", "tn": 1, "sd": "0.5", "codmn": 4}
        found = tli.trophic({item: Fraction(value) for item, value in values.items()}, WATER)
        rounded = {item: round(float(each), 4) for item, each in found.items.items()}
        assert rounded == {"chla": 50.0061, "tp": 45.7093, "tn": 54.53, "sd": 64.6271, "codmn": 37.9793}
        assert found.index is not None
        # 0.26626 x 50.0061 + 0.18787 x 45.7093 + 0.17903 x 54.53 + 0.18342 x (64.6271 + 37.9793)
        assert round(float(found.index), 2) == 50.48
        assert found.grade == "轻度富营养"

    def test_fewer_than_five_items_give_no_index(self) -> None:
        found = tli.trophic({"chla": Fraction(10), "tp": Fraction(0)}, WATER)
        assert (found.index, found.grade) == (None, "")
        assert found.missing == ("tp", "tn", "sd", "codmn")
        with pytest.raises(UsageError, match="above zero"):
            tli.item_index("tp", Fraction(0), WATER)

    @pytest.mark.parametrize(
        ("index", "grade"),
        [
            ("29.99", "贫营养"), ("30", "中营养"), ("50", "中营养"), ("50.01", "轻度富营养"), ("60", "轻度富营养"), ("60.01", "中度富营养"),
            ("70", "中度富营养"), ("70.01", "重度富营养"), ("120", "重度富营养"),
        ],
    )  # fmt: skip
    def test_grades(self, index: str, grade: str) -> None:
        assert tli.grade(Fraction(index), WATER) == grade
