"""Item and section classes: the boundaries of GB 3838-2002 table 1, rounding by item, and one rule for one sample and for columns."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import polars as pl
import pytest

from yangban.assess.water.rules import class_of, item_class, prepared_value, rounded, steps
from yangban.assess.water.sample import classify
from yangban.assess.water.sections import deciding, lake_flag, long_item_classes, long_section_classes, with_classes, with_words
from yangban.base.errors import UsageError
from yangban.base.water_items import SCALE
from yangban.standards import load_book

WATER = load_book().water()


def values(**given: str) -> dict[str, Decimal]:
    return {item.removesuffix("_"): Decimal(text) for item, text in given.items()}


# GB 3838-2002 table 1: value, class in a river, class in a lake.
TABLE_1 = [
    ("do", "7.5", 1, 1), ("do", "7.49", 2, 2), ("do", "6", 2, 2), ("do", "5", 3, 3), ("do", "3", 4, 4),
    ("do", "2", 5, 5), ("do", "1.99", 6, 6),
    ("codmn", "2", 1, 1), ("codmn", "2.01", 2, 2), ("codmn", "15", 5, 5), ("codmn", "15.000001", 6, 6),
    # Ⅰ and Ⅱ share 15: the best class whose limit is met is Ⅰ.
    ("cod", "15", 1, 1), ("cod", "15.1", 3, 3),
    ("tp", "0.02", 1, 2), ("tp", "0.025", 2, 2), ("tp", "0.05", 2, 3), ("tp", "0.1", 2, 4), ("tp", "0.2", 3, 5), ("tp", "0.4", 5, 6),
    ("hg", "0.00005", 1, 1), ("hg", "0.000051", 3, 3), ("hg", "0.0001", 3, 3), ("hg", "0.001", 4, 4), ("hg", "0.0011", 6, 6),
    ("cu", "0.011", 2, 2), ("cu", "1.0", 2, 2), ("cu", "1.01", 6, 6),
    ("zn", "1", 2, 2), ("zn", "1.5", 4, 4), ("cd", "0.005", 2, 2), ("cd", "0.006", 5, 5), ("phenol", "0.002", 1, 1),
    ("petroleum", "0.06", 4, 4),
    ("ph", "6", 1, 1), ("ph", "9", 1, 1), ("ph", "9.01", 6, 6), ("ph", "5.99", 6, 6),
    ("coliform", "200", 1, 1), ("coliform", "40001", 6, 6),
]  # fmt: skip


@pytest.mark.parametrize(("item", "value", "river", "lake"), TABLE_1)
def test_the_class_of_an_item(item: str, value: str, river: int, lake: int) -> None:
    assert [class_of(Fraction(value), item, WATER, kind=kind) for kind in ("river", "lake")] == [river, lake]


def test_total_nitrogen_has_limits_in_lakes_alone_and_temperature_none() -> None:
    assert class_of(Fraction(2), "tn", WATER, kind="lake") == 5
    assert class_of(Fraction(2), "tn", WATER, kind="river") is None
    assert steps(WATER, "temperature", "river") == ()


# 环办监测函〔2020〕82号: decimals by item, half to even, one significant digit where that would give zero.
@pytest.mark.parametrize(
    ("item", "value", "expected"),
    [
        ("do", "6.05", "6.0"), ("do", "5.95", "6.0"), ("do", "4.96", "5.0"), ("nh3n", "1.005", "1.00"), ("nh3n", "1.015", "1.02"),
        ("ph", "8.5", "8"), ("ph", "9.4", "9"), ("ph", "9.5", "10"), ("tp", "0.2005", "0.200"), ("hg", "0.000055", "0.00006"),
        ("tp", "0.0004", "0.0004"), ("tp", "0.00044", "0.0004"), ("petroleum", "0.004", "0.004"), ("coliform", "0.4", "0.4"),
        ("cu", "0", "0"),
        # 0.05 lies between 0.0 and 0.1; the even one is 0, so the digit stays.
        ("codmn", "0.05", "0.05"), ("codmn", "0.0096", "0.01"),
    ],
)  # fmt: skip
def test_rounding_by_item(item: str, value: str, expected: str) -> None:
    assert prepared_value(Fraction(value), item, WATER, "item") == Fraction(expected)
    assert prepared_value(Fraction(value), item, WATER, "none") == Fraction(value)


def test_rounding_decides_the_class() -> None:
    # DO 4.96 is below 5 and class Ⅳ as measured; rounded to one decimal it is 5.0 and class Ⅲ.
    assert classify(values(do="4.96"), "river", WATER).numeral == "Ⅳ"
    assert classify(values(do="4.96"), "river", WATER, rounding="item").numeral == "Ⅲ"


class TestSample:
    def test_the_worst_item_decides(self) -> None:
        found = classify(values(do="6.1", codmn="3.2", nh3n="1.6", tp="0.52", ph="7.2"), "river", WATER)
        assert (found.klass, found.numeral, found.state) == (6, "劣Ⅴ", "重度污染")
        assert found.items == {"ph": 1, "do": 2, "codmn": 2, "nh3n": 5, "tp": 6}
        assert found.deciding == ("tp",)
        # (0.52 - 0.2) / 0.2 and (1.6 - 1.0) / 1.0
        assert found.exceeding == (("tp", Fraction(8, 5)), ("nh3n", Fraction(3, 5)))
        assert found.main == ("tp", "nh3n")
        assert (found.status, found.reason) == ("ok", "21 项中评价了 5 项")

    def test_temperature_nitrogen_and_coliform_do_not_enter(self) -> None:
        found = classify(values(temperature="38", tn="9", coliform="90000", codmn="1"), "lake", WATER)
        assert (found.numeral, found.items, found.reference) == ("Ⅰ", {"codmn": 1}, {"tn": 6, "coliform": 6})
        assert found.deciding == ()
        assert found.unused == ("temperature",)

    def test_heavy_metals_are_named_first_and_ph_and_oxygen_last_among_equals(self) -> None:
        found = classify(values(pb="0.06", tp="0.5", ph="9.5", do="1", codmn="16"), "river", WATER)
        # Lead is class Ⅴ only and comes first as a heavy metal. Of the four of 劣Ⅴ, CODMn exceeds by 1.67, TP by 1.5; pH and DO have
        # no multiple.
        assert [item for item, _ in found.exceeding] == ["pb", "codmn", "tp", "ph", "do"]
        assert dict(found.exceeding)["do"] is None
        assert found.main == ("pb", "codmn", "tp")

    def test_nothing_measured_is_no_class(self) -> None:
        found = classify({"temperature": Decimal(20), "tp": None}, "river", WATER)
        assert (found.klass, found.numeral, found.state, found.status) == (None, "", "", "insufficient")
        assert found.reason == "没有可评价的项目"

    @pytest.mark.parametrize(
        ("given", "kind", "rounding"),
        [
            ({"tp": Decimal(-1)}, "river", "none"),
            ({"xx": Decimal(1)}, "river", "none"),
            ({"tp": Decimal(1)}, "sea", "none"),
            ({"tp": Decimal(1)}, "river", "up"),
        ],
    )  # fmt: skip
    def test_refused(self, given: dict[str, Decimal], kind: str, rounding: str) -> None:
        with pytest.raises(UsageError):
            classify(given, kind, WATER, rounding=rounding)

    def test_what_was_not_read_in_the_official_text_is_named(self) -> None:
        clean = classify(values(do="6"), "river", WATER)
        dirty = classify(values(do="1"), "river", WATER)
        assert clean.unverified == ()
        assert "assess-2011:main.without_multiple_last" in dirty.unverified


def frame() -> pl.DataFrame:
    rows = [
        ("river", "7.2", "6.1", "0.05", "38"),
        ("lake", "7.2", "6.1", "0.05", "38"),
        ("river", "9.01", None, None, None),
        ("lake", None, None, None, "12"),
        ("river", "7", "8", "0.02", None),
    ]
    columns = ["type", "ph", "do", "tp", "temperature"]
    text = pl.DataFrame(rows, schema=dict.fromkeys(columns, pl.String), orient="row")
    items = columns[1:]
    return text.with_columns(pl.Series(i, [None if v is None else int(Decimal(v) * SCALE) for v in text[i]], dtype=pl.Int64) for i in items)


class TestFrames:
    def test_wide(self) -> None:
        found = with_words(with_classes(frame().lazy(), WATER, kind=lake_flag("type")).collect(), WATER)
        assert found["class"].to_list() == [2, 3, 6, None, 1]
        assert found["deciding"].to_list() == ["do;tp", "tp", "ph", "", ""]
        assert found["n_items"].to_list() == [3, 3, 1, 0, 3]
        assert found["class"].dtype == pl.Int8

    def test_long_is_as_wide(self) -> None:
        long = frame().with_row_index("id").unpivot(index=["id", "type"], variable_name="item", value_name="value")
        classes = long_section_classes(long.lazy(), WATER, by=["id"], kind=lake_flag("type")).sort("id").collect()
        assert classes["class"].to_list() == [2, 3, 6, 1]
        assert classes["deciding"].to_list() == [["do", "tp"], ["tp"], ["ph"], []]
        single = long_item_classes(long.lazy(), WATER, kind="lake").collect()
        assert single.filter(pl.col("item") == "temperature")["class"].null_count() == 5

    def test_nitrogen_of_a_river_has_no_class_beside_that_of_a_lake(self) -> None:
        both = pl.DataFrame({"type": ["river", "lake"], "tn": [2 * SCALE] * 2, "codmn": [SCALE] * 2})
        found = with_classes(both.lazy(), WATER, kind=lake_flag("type")).collect()
        assert found["class_tn"].to_list() == [None, 5]
        assert found["class"].to_list() == [1, 1]

    def test_no_item_is_refused(self) -> None:
        with pytest.raises(UsageError, match="no item"):
            with_classes(pl.LazyFrame({"a": [1]}), WATER)

    def test_columns_and_numbers_go_through_the_same_lines(self) -> None:
        around = [n for k in (20_000, 25_000, 100_000, 400_000) for n in (k - 1, k, k + 1, k + 500)]
        for rounding in ("none", "item"):
            column = with_classes(pl.LazyFrame({"tp": around}), WATER, kind="river", rounding=rounding).collect()["class_tp"].to_list()
            assert column == [class_of(Fraction(n, SCALE), "tp", WATER, kind="river", rounding=rounding) for n in around]

    def test_rounding_of_columns(self) -> None:
        raw = [0, 400, 449, 500, 1_500, 2_500, 96, 999_500, 1_000_500]
        column = pl.DataFrame({"n": raw}).select(x=rounded(pl.col("n"), 1, 3, keep_significant=True))["x"].to_list()
        assert column == [rounded(n, 1, 3, keep_significant=True) for n in raw]
        assert column == [0, 400, 400, 500, 2_000, 2_000, 100, 1_000_000, 1_000_000]


def test_deciding_bits() -> None:
    assert deciding(0b11, WATER) == ("ph", "do")


def test_a_quotient_is_compared_without_rounding() -> None:
    # 0.2 exactly, and a third of a millionth more.
    limits = steps(WATER, "tp", "river")
    assert [item_class(600_000, 3, limits), item_class(600_001, 3, limits)] == [3, 4]
