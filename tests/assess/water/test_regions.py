"""Regions, lakes, comparisons, running years, targets, warnings and sources, on cases worked by hand."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import ClassVar

import pytest

from yangban.assess.water import compare, sources, targets, warning
from yangban.assess.water.averages import Means
from yangban.assess.water.pollutants import basin_pollutants
from yangban.assess.water.regions import Section, Shares, lake_means, region_state, share_state, shares
from yangban.base.errors import UsageError
from yangban.standards import load_book

WATER = load_book().water()


def section(name: str, kind: str = "river", **values: str) -> Section:
    return Section(name, kind, Means({item: Fraction(text) for item, text in values.items()}))


# 环办〔2011〕22号 table 2: shares of Ⅰ-Ⅲ and 劣Ⅴ, both ends of each row.
@pytest.mark.parametrize(
    ("counts", "state"),
    [
        ((10, 40, 40, 10, 0, 0), 1), ((0, 0, 899, 101, 0, 0), 2), ((0, 15, 0, 5, 0, 0), 2), ((0, 749, 0, 251, 0, 0), 3),
        ((0, 70, 0, 11, 0, 19), 3), ((0, 14, 0, 1, 1, 4), 4), ((0, 0, 61, 0, 0, 39), 4), ((0, 0, 3, 0, 0, 2), 5), ((0, 0, 0, 0, 0, 5), 5),
    ],
)  # fmt: skip
def test_the_state_by_shares(counts: tuple[int, ...], state: int) -> None:
    assert share_state(Shares(counts), WATER) == state


def test_shares_count_what_has_a_class() -> None:
    found = shares([1, 2, 3, 4, 6, None])
    assert found is not None
    assert (found.n, found.good, found.class12, found.inferior) == (5, 60, 40, 20)
    assert shares([None]) is None


def test_below_five_sections_the_averages_are_classed() -> None:
    # CODMn 2 and 8: the average 5 is class Ⅲ, though one section is Ⅰ and the other Ⅳ.
    found = region_state([section("a", codmn="2"), section("b", codmn="8")], WATER, rounding="item")
    assert (found.method, found.state, found.number) == ("average", "良好", 2)
    assert found.whole is not None
    assert found.whole.numeral == "Ⅲ"
    assert found.shares is not None
    assert found.shares.good == 50


def test_from_five_sections_the_shares_decide_and_there_is_no_class() -> None:
    parts = [section(str(n), codmn=value) for n, value in enumerate(("2", "4", "6", "16", "16"))]
    found = region_state(parts, WATER, rounding="item")
    # Ⅰ-Ⅲ 60 %, 劣Ⅴ 40 %: 重度污染.
    assert (found.method, found.state, found.whole) == ("shares", "重度污染", None)
    assert [(each.item, each.over, each.of, each.rate) for each in found.main] == [("codmn", 2, 5, 40)]


def test_a_section_that_was_not_assessed_is_not_counted() -> None:
    found = region_state([section("a", codmn="2"), section("b", temperature="9")], WATER, rounding="item")
    assert found.shares is not None
    assert found.shares.n == 1
    assert region_state([], WATER, rounding="item").reason == "没有可评价的断面"


def test_lakes_are_classed_by_the_limits_of_lakes() -> None:
    found = region_state([section("a", "lake", tp="0.05"), section("b", "lake", tp="0.06")], WATER, rounding="none")
    assert found.whole is not None
    assert found.whole.numeral == "Ⅳ"


def test_a_lake_is_averaged_over_time_at_each_point_first() -> None:
    # Point a: (1 + 3) / 2 = 2; point b: 6; over the points 4. All three samples at once would give 10/3.
    one, three, six = (Means({"codmn": Fraction(n)}) for n in (1, 3, 6))
    assert lake_means({"a": [one, three], "b": [six], "c": []}).values == {"codmn": 4}


def test_the_list_of_a_basin_needs_five_sections() -> None:
    bad = {"codmn": 4, "tp": 5, "nh3n": 4, "cod": 4}
    assert basin_pollutants([bad] * 4, WATER) == ()
    listed = basin_pollutants([bad, bad, {"tp": 4}, {"tp": 1}, {"tp": 1}], WATER)
    # TP in 3 of 5, then CODMn, COD and NH3-N in 2 each: the three first in the order of GB 3838.
    assert [(each.item, each.over) for each in listed] == [("tp", 3), ("codmn", 2), ("cod", 2)]


class TestCompare:
    @pytest.mark.parametrize(
        ("now", "base", "size", "word"), [(2, 1, 0, "无明显变化"), (3, 2, 1, "有所变差"), (2, 4, 2, "明显好转"), (6, 3, 2, "明显变差")]
    )
    def test_by_state(self, now: int, base: int, size: int, word: str) -> None:
        found = compare.by_state(now, base, WATER)
        assert (found.size, found.word) == (size, word)

    @pytest.mark.parametrize(
        ("now", "base", "points", "word"),
        [
            # ΔG 10, ΔD 0: exactly 10 is no clear change.
            ((0, 8, 0, 2, 0, 0), (0, 7, 0, 3, 0, 0), 10, "无明显变化"),
            # ΔG 10, ΔD -10: exactly 20 is some change.
            ((0, 8, 0, 2, 0, 0), (0, 7, 0, 2, 0, 1), 20, "有所好转"),
            ((0, 5, 0, 2, 0, 3), (0, 7, 0, 2, 0, 1), -40, "明显变差"),
        ],
    )
    def test_by_shares(self, now: tuple[int, ...], base: tuple[int, ...], points: int, word: str) -> None:
        found = compare.by_shares(Shares(now), Shares(base), WATER)
        assert found.good is not None
        assert found.inferior is not None
        assert (found.good - found.inferior, found.word) == (points, word)

    def test_years_running(self) -> None:
        years: dict[int, list[int | None]] = {2018: [3], 2019: [2, 2], 2020: [1, 2], 2021: [2, 2], 2022: [2, None]}
        assert compare.years_in_class_running(years, 2, 2021) == 3
        assert compare.years_in_class_running(years, 2, 2022) == 0
        assert compare.years_in_class_running(years, 3, 2021) == 4
        assert compare.years_in_class_running(years, 2, 2030) == 0


class TestTargets:
    values: ClassVar = {"tp": Fraction("0.23"), "do": Fraction(6), "fluoride": Fraction("1.2")}

    def test_plain(self) -> None:
        found = targets.check_target(self.values, "river", 3, WATER, rounding="item")
        assert (found.met, found.failing, found.plain.numeral) == (False, ("tp", "fluoride"), "Ⅳ")
        assert found.reason == "未达到Ⅲ类：总磷、氟化物"
        assert targets.check_target(self.values, "river", 4, WATER, rounding="item").met is True

    def test_documented_deductions_show_beside_the_plain_class(self) -> None:
        granted = [
            targets.Deduction(item="tp", kind="upstream", document="某函〔2022〕1号", amount=Decimal("0.05")),
            targets.Deduction(item="fluoride", kind="background", document="某函〔2022〕2号"),
        ]
        found = targets.check_target(self.values, "river", 3, WATER, rounding="item", deductions=granted)
        assert (found.met, found.met_plain, found.after.numeral, found.plain.numeral) == (True, False, "Ⅲ", "Ⅳ")
        assert found.deductions == tuple(granted)

    def test_nothing_measured_is_neither_met_nor_missed(self) -> None:
        assert targets.check_target({}, "river", 3, WATER, rounding="item").met is None

    @pytest.mark.parametrize(
        ("given", "message"),
        [
            ({"item": "tp", "kind": "upstream", "document": " "}, "needs the document"),
            ({"item": "tp", "kind": "luck", "document": "x"}, "unknown deduction"),
            ({"item": "do", "kind": "upstream", "document": "x", "amount": Decimal(1)}, "no amount"),
            ({"item": "tp", "kind": "upstream", "document": "x", "amount": Decimal(0)}, "above zero"),
        ],
    )
    def test_a_deduction_without_ground_is_refused(self, given: dict[str, object], message: str) -> None:
        with pytest.raises(UsageError, match=message):
            targets.Deduction(**given)  # type: ignore[arg-type]

    def test_a_deduction_of_what_was_not_measured_is_refused(self) -> None:
        with pytest.raises(UsageError, match="汞"):
            targets.check_target(
                self.values, "river", 3, WATER, rounding="item", deductions=[targets.Deduction(item="hg", kind="background", document="x")]
            )


class TestWarning:
    # 长江流域水环境质量监测预警办法: month, a year before, cumulative, a year before, target.
    @pytest.mark.parametrize(
        ("classes", "level"),
        [
            ((4, 3, 4, 3, 3), 2), ((5, 3, 5, 3, 3), 1), ((5, 3, 4, 3, 3), 2), ((4, 3, 4, 4, 3), None), ((3, 2, 3, 2, 2), None),
            ((4, 3, 3, 2, 2), None), ((4, 3, 4, 3, 4), None), ((6, 3, 6, 4, 3), 1),
        ],
    )  # fmt: skip
    def test_yangtze(self, classes: tuple[int, ...], level: int | None) -> None:
        month, month_before, total, total_before, target = classes
        found = warning.yangtze(
            month=month, month_before=month_before, total=total, total_before=total_before, target=target, edition=WATER
        )
        assert found.level == level
        assert "warning-2018:warning.worse_than" in found.unverified

    def test_what_is_not_known_is_not_judged(self) -> None:
        found = warning.yangtze(month=4, month_before=None, total=4, total_before=3, target=3, edition=WATER)
        assert (found.level, found.reason) == (None, "缺上年同月类别，不能判断")

    def test_a_city_takes_its_worst_section(self) -> None:
        assert warning.of_city([None, 2, 1]) == 1
        assert warning.of_city([None]) is None

    def test_a_slide(self) -> None:
        series = {
            "codmn": [Fraction("5.0"), Fraction("5.3"), Fraction("5.5")],  # 92 % of the limit 6 of class Ⅲ, and rising
            "tp": [Fraction("0.10"), Fraction("0.12"), Fraction("0.15")],  # 75 % of 0.2
            "do": [Fraction("6.5"), Fraction("5.8"), Fraction("5.2")],  # limit 5 over 5.2: 96 %
            "nh3n": [Fraction("0.9"), Fraction("1.0"), Fraction("0.95")],  # not rising at the end
            "ph": [Fraction(7), Fraction(8), Fraction(9)],
            "cod": [Fraction(30), Fraction(40), Fraction(41)],  # already worse than Ⅴ
        }
        found = warning.slides(series, "river", WATER)
        assert [(each.item, each.klass, each.bound) for each in found] == [("do", 3, 5), ("codmn", 3, 6)]
        assert "92%" in found[1].reason


class TestSources:
    def test_class_three_and_table_two(self) -> None:
        good = {"do": Fraction(6), "tp": Fraction("0.1"), "tn": Fraction(9), "fe": Fraction("0.3"), "sulphate": Fraction(250)}
        assert sources.check_source(good, "river", WATER, rounding="none").meets is True
        found = sources.check_source({**good, "fe": Fraction("0.45"), "do": Fraction(4)}, "river", WATER, rounding="none")
        assert (found.meets, found.exceeding) == (False, (("do", None), ("fe", Fraction(1, 2))))
        assert sources.check_source(good, "lake", WATER, rounding="none").exceeding == (("tp", Fraction(1)),)
        assert sources.check_source({"tn": Fraction(9)}, "lake", WATER, rounding="none").meets is None

    def test_by_source_and_by_volume(self) -> None:
        good, bad, none = (
            sources.check_source({item: Fraction(value)}, "river", WATER, rounding="none")
            for item, value in (("do", 6), ("do", 4), ("tn", 1))
        )
        found = sources.compliance([(good, 100), (good, 200), (bad, 100), (none, 900)])
        assert (found.by_source, found.by_volume) == (Fraction(200, 3), 75)
        assert sources.compliance([]).by_volume is None
