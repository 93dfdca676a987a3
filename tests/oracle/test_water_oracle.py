"""The water oracle against numbers worked by hand, and the generator against what it promises."""

from __future__ import annotations

import ast
import math
from fractions import Fraction as F
from itertools import pairwise
from pathlib import Path

import pytest

from oracle import generate_water, water


def _values(**cells: str) -> dict[str, F | None]:
    return {item: F(cell) for item, cell in cells.items()}


def test_it_imports_nothing_of_the_library() -> None:
    for name in ("water", "water_readers", "generate_water"):
        tree = ast.parse((Path(__file__).parent / f"{name}.py").read_text(encoding="utf-8"))
        names = [a.name for n in ast.walk(tree) if isinstance(n, ast.Import) for a in n.names]
        names += [n.module or "" for n in ast.walk(tree) if isinstance(n, ast.ImportFrom)]
        assert not [n for n in names if n.startswith("yangban")]


# ---------------------------------------------------------------- limits and classes


def test_limits_get_looser_from_class_to_class() -> None:
    assert len(water.ALL_ITEMS) == 23
    assert len(water.ITEMS) == 21
    for item, limits in {**water.LIMITS, "tp of lakes": water.TP_LAKE}.items():
        assert len(limits) == 5
        assert all((a >= b) if item == "do" else (a <= b) for a, b in pairwise(limits)), item


@pytest.mark.parametrize(
    ("item", "value", "kind", "klass"),
    [
        ("ph", "6", "river", 1), ("ph", "9", "river", 1), ("ph", "9.01", "river", 6), ("ph", "5.99", "river", 6),
        ("do", "7.5", "river", 1), ("do", "7.49", "river", 2), ("do", "5", "river", 3), ("do", "2", "river", 5), ("do", "1.99", "river", 6),
        ("cod", "15", "river", 1), ("cod", "15.1", "river", 3), ("bod5", "3", "river", 1), ("bod5", "3.01", "river", 3),
        ("cu", "0.5", "river", 2), ("cu", "1.01", "river", 6), ("zn", "1.5", "river", 4), ("fluoride", "1.2", "river", 4),
        ("as", "0.05", "river", 1), ("as", "0.06", "river", 4), ("hg", "0.00005", "river", 1), ("hg", "0.0001", "river", 3),
        ("cd", "0.005", "river", 2), ("cd", "0.0051", "river", 5), ("pb", "0.01", "river", 1), ("pb", "0.02", "river", 3),
        ("petroleum", "0.05", "river", 1), ("petroleum", "0.06", "river", 4), ("tp", "0.2", "river", 3), ("tp", "0.2", "lake", 5),
        ("tp", "0.05", "lake", 3), ("tp", "0.201", "lake", 6), ("tn", "2.01", "lake", 6), ("coliform", "10001", "river", 4),
    ],
)  # fmt: skip
def test_item_class(item: str, value: str, kind: str, klass: int) -> None:
    assert water.item_class(item, F(value), kind) == klass


def test_section_takes_the_worst_item_and_names_it() -> None:
    found = water.section(_values(ph="7", do="6.5", codmn="3.9", nh3n="1.1", tp="0.25", tn="9", coliform="99999", temperature="40"))
    assert (found.klass, found.state, found.deciding) == (4, "轻度污染", ("nh3n", "tp"))
    # TP: (0.25 - 0.2) / 0.2 = 0.25 -> 0.2; NH3-N: 0.1 -> 0.1.
    assert found.main == (("tp", F("0.2")), ("nh3n", F("0.1")))


def test_nothing_measured_has_no_class() -> None:
    assert water.section(_values(tn="1", temperature="20")) == water.Section(None, None, {}, (), ())


def test_good_water_has_no_main_pollutant() -> None:
    found = water.section(_values(tp="0.2", codmn="6", do="5"))
    assert (found.klass, found.state, found.deciding, found.main) == (3, "良好", ("do", "codmn", "tp"), ())


def test_example_of_the_rule_for_a_multiple() -> None:
    """环办〔2011〕22号 writes 高锰酸盐指数(1.2): 13.2 mg/L is 1.2 times over 6."""
    assert water.section(_values(codmn="13.2")).main == (("codmn", F("1.2")),)


MAIN = {
    "nothing over class III": [],
    "one item just over class III": ["tp"],
    "the worse class comes before the larger multiple": ["fluoride", "codmn", "tp"],
    "equal classes: the larger multiple first": ["codmn", "bod5", "nh3n"],
    "equal classes and equal multiples: the order of the table": ["codmn", "cod", "nh3n"],
    "DO has no multiple": ["tp", "do"],
    "DO alone": ["do"],
    "pH alone": ["ph"],
    "pH, DO and three items of class 6: three are named": ["nh3n", "codmn", "tp"],
    "a metal is named first though its class is better": ["pb", "nh3n", "codmn"],
    "arsenic is no heavy metal": ["nh3n", "codmn", "tp"],
    "cyanide is named first": ["cyanide", "bod5", "cod"],
    "four metals: the three of the worst class": ["hg", "pb", "cd"],
    "the multiple is rounded half-even: 0.25 to 0.2, 0.35 to 0.4": ["cod", "codmn", "tp"],
    "TN and coliform never count": [],
}


@pytest.mark.parametrize(("name", "values"), list(generate_water.main_cases()), ids=[name for name, _ in generate_water.main_cases()])
def test_main_pollutants(name: str, values: dict[str, F]) -> None:
    main = water.section(values).main
    assert [item for item, _ in main] == MAIN[name]
    assert all((times is None) == (item in ("ph", "do")) for item, times in main)


# ---------------------------------------------------------------- rounding and averages


@pytest.mark.parametrize(
    ("item", "value", "expected"),
    [
        ("codmn", "6.05", "6.0"), ("codmn", "6.15", "6.2"), ("do", "4.95", "5.0"), ("do", "7.45", "7.4"), ("ph", "9.5", "10"),
        ("ph", "8.5", "8"),
        ("nh3n", "1.005", "1"), ("nh3n", "1.0051", "1.01"), ("tp", "0.2005", "0.2"), ("tp", "0.2015", "0.202"),
        ("hg", "0.000055", "0.00006"),
        ("hg", "0.000004", "0.000004"), ("tp", "0.0005", "0.0005"), ("tp", "0.00047", "0.0005"), ("tp", "0.0006", "0.001"),
        ("do", "0.05", "0.05"),
        ("petroleum", "0.005", "0.005"), ("as", "0.00015", "0.0002"), ("tp", "0", "0"), ("sd", "0.123456", "0.123456"),
    ],
)  # fmt: skip
def test_rounding_by_item_keeps_one_digit_instead_of_zero(item: str, value: str, expected: str) -> None:
    assert water.round_item(item, F(value)) == F(expected)


def test_rounding_can_change_the_class_and_happens_once() -> None:
    river = [_values(tp="0.2004"), _values(tp="0.2002")]
    assert water.region(river).klass == 3  # the mean 0.2003 becomes 0.200
    assert water.region(river, rounding="none").klass == 4
    assert water.region([_values(tp="0.2014"), _values(tp="0.1994")]).klass == 3  # 0.2004; rounding each first would give 0.200 too
    assert water.region([_values(nh3n="1.004"), _values(nh3n="1.014")]).klass == 4  # 1.009 becomes 1.01


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("<0.05", (F("0.025"), True)),
        ("0.05L", (F("0.025"), True)),
        ("0.025", (F("0.025"), False)),
        ("--", (None, False)),
        ("*", (None, False)),
    ],
)
def test_below_detection_is_half_the_limit(cell: str, expected: tuple[F | None, bool]) -> None:
    assert water.read_value(cell) == expected


def test_ph_is_averaged_by_hydrogen_ion() -> None:
    """6 and 8: the mean of 10⁻⁶ and 10⁻⁸ is 5.05·10⁻⁷, pH 6.2967…; the mean of the numbers would be 7."""
    assert abs(float(water.ph_mean([F(6), F(8)])) - -math.log10(5.05e-7)) < 1e-12
    assert water.ph_mean([F(6), F(6), F(6)]) == 6
    assert water.ph_mean([F("9.01")]) == F("9.01")
    assert water.item_class("ph", water.ph_mean([F(9)] * 7)) == 1


def test_minimum_counts() -> None:
    month = [_values(tp="0.1", do="8"), _values(tp="0.2")]
    assert water.period_values(month, "month").values == {"tp": F("0.15"), "do": F(8)}
    quarter = water.period_values(month, "quarter")
    assert (quarter.values, quarter.short) == ({"tp": F("0.15")}, ("do",))
    eight = [_values(tp="0.1")] * 8
    assert water.period_values(eight, "year").values == {}
    assert water.period_values(eight, "year", impeded=True).values == {"tp": F("0.1")}
    assert water.period_values(eight[:7], "year", impeded=True).values == {}
    assert water.period_values([*eight, *eight[:4]], "year").values == {"tp": F("0.1")}


def test_lakes_average_over_time_first() -> None:
    points = {"a": [_values(tp="0.1"), _values(tp="0.1"), _values(tp="0.1")], "b": [_values(tp="0.02")]}
    assert water.lake_values(points) == {"tp": F("0.06")}  # all four samples alike would give 0.08
    assert water.section(water.lake_values(points), "lake").klass == 4


# ---------------------------------------------------------------- rivers and regions


def test_fewer_than_five_sections_are_averaged_five_are_counted() -> None:
    four = [generate_water.of_class(k) for k in (1, 1, 1, 6)]
    found = water.region(four)
    # CODMn: (2 + 2 + 2 + 15.1) / 4 = 5.275 -> 5.3, class III.
    assert (found.method, found.klass, found.state) == ("average", 3, "良好")
    five = water.region([*four, generate_water.of_class(1)])
    assert (five.method, five.klass, five.state) == ("share", None, "良好")
    assert five.shares == water.Shares(F(80), F(80), F(20), 5)
    assert water.region([{}, {"tn": F(1)}]).state is None


@pytest.mark.parametrize("case", generate_water.SHARE_CASES, ids=[case.why for case in generate_water.SHARE_CASES])
def test_state_by_shares(case: generate_water.ShareCase) -> None:
    found = water.shares(case.classes())
    assert found is not None
    assert water.share_state(found.good, found.inferior) == case.state
    if len(case.classes()) in range(5, 200):
        assert water.region([generate_water.of_class(k) for k in case.classes()]).state == case.state


def test_main_pollutants_of_a_basin() -> None:
    rows = [{"tp": 4, "cod": 4, "do": 1}, {"tp": 6, "cod": 3}, {"tp": 3, "nh3n": 5}, {"bod5": 4}, {"tp": 4}]
    assert water.basin_pollutants(rows) == (("tp", F(60)), ("cod", F(20)), ("bod5", F(20)))
    assert water.basin_pollutants(rows[:4]) == ()


# ---------------------------------------------------------------- TLI, CWQI


def test_trophic_weights_sum_to_one() -> None:
    assert sum(water.TLI_WEIGHTS.values()) == 1
    assert [round(float(w), 4) for w in water.TLI_WEIGHTS.values()] == [0.2663, 0.1879, 0.1790, 0.1834, 0.1834]


def test_trophic_index_where_every_logarithm_is_zero() -> None:
    """At 1 of each unit the parts are 25, 94.36, 54.53, 51.18 and 1.09; times r² over 3.7558."""
    ones = _values(chla="1", tp="1", tn="1", sd="1", codmn="1")
    by_hand = (25 + F("0.7056") * F("94.36") + F("0.6724") * F("54.53") + F("0.6889") * (F("51.18") + F("1.09"))) / F("3.7558")
    assert water.tli(ones) == by_hand
    assert water.half_even(by_hand, 1) == F("43.7")
    assert water.tli({**ones, "sd": None}) is None
    assert water.tli({**ones, "chla": F(0)}) is None


@pytest.mark.parametrize(
    ("index", "grade"),
    [
        ("29.999", "贫营养"), ("30", "中营养"), ("50", "中营养"), ("50.001", "轻度富营养"), ("60", "轻度富营养"), ("60.001", "中度富营养"),
        ("70", "中度富营养"), ("70.001", "重度富营养"),
    ],
)  # fmt: skip
def test_trophic_grades(index: str, grade: str) -> None:
    assert water.tli_grade(F(index)) == grade


def test_cwqi_of_water_that_lies_on_class_three() -> None:
    """19 items with 1 each, DO 5/5 = 1, pH 7 with 0: 20; pH 9 adds (9 - 7)/2 = 1, pH 6 adds 7 - 6 = 1."""
    for kind in ("river", "lake"):
        values = {item: water.limit(item, 3, kind) for item in water.ITEMS if item != "ph"}
        assert water.cwqi({**values, "ph": F(7)}, kind) == 20
        assert water.cwqi({**values, "ph": F(9)}, kind) == water.cwqi({**values, "ph": F(6)}, kind) == 21
        assert water.cwqi({**values, "ph": None, "hg": None, "tn": F(9)}, kind) == 19
    assert water.cwqi({}) is None
    assert water.cwqi({"do": F(0)}) is None


def test_cwqi_of_a_city_averages_first() -> None:
    rivers = [_values(do="4", tp="0.1"), _values(do="8", tp="0.3")]
    lakes = [_values(tp="0.1")]
    # Rivers: DO 6 -> 5/6, TP 0.2 -> 1; lake: TP 0.1/0.05 = 2. (11/6 * 2 + 2 * 1) / 3 = 17/9.
    assert water.cwqi_city(rivers, lakes) == F(17, 9)
    assert water.cwqi_city(rivers, []) == F(11, 6)
    assert water.cwqi_city([], lakes) == 2
    assert water.cwqi_city([], []) is None
    assert water.cwqi_change(F(4), F(5)) == -20


# ---------------------------------------------------------------- periods


@pytest.mark.parametrize(
    ("now", "base", "word"),
    [
        (1, 2, "无明显变化"),
        (3, 3, "无明显变化"),
        (3, 2, "有所变差"),
        (2, 3, "有所好转"),
        (4, 1, "明显变差"),
        (2, 6, "明显好转"),
        (6, 5, "有所变差"),
    ],
)
def test_change_by_state(now: int, base: int, word: str) -> None:
    assert water.change_by_state(now, base).word == word


@pytest.mark.parametrize(
    ("good", "inferior", "word"),
    [
        ("60", "10", "无明显变化"), ("70", "10", "无明显变化"), ("70.1", "10", "有所好转"), ("75", "5", "有所好转"),
        ("80", "10", "有所好转"),
        ("80.1", "10", "明显好转"), ("50", "10", "无明显变化"), ("50", "10.1", "有所变差"), ("50", "20", "有所变差"),
        ("50", "20.1", "明显变差"),
    ],
)  # fmt: skip
def test_change_by_shares_from_60_and_10(good: str, inferior: str, word: str) -> None:
    assert water.change_by_shares(F(good), F(inferior), F(60), F(10)).word == word


def test_spearman() -> None:
    assert water.spearman([F(n) for n in (1, 2, 3, 4, 5)]) == 1
    assert water.spearman([F(n) for n in (5, 4, 3, 2, 1)]) == -1
    # Ranks 2, 1, 3, 4, 5: ΣD² = 2, 1 - 12/120 = 0.9, the critical value itself.
    assert water.spearman([F(n) for n in (7, 3, 8, 9, 10)]) == F("0.9") == water.critical(5)[0]
    # Two equal values share rank 1.5: ΣD² = 0.5, 1 - 3/120.
    assert water.spearman([F(n) for n in (1, 1, 3, 4, 5)]) == F(39, 40)
    assert water.spearman([F(1)] * 4) is None
    assert water.critical(11) == water.critical(10)
    assert water.critical(31) == water.critical(30)
    fives, ones = zip(*water.CRITICAL.values(), strict=True)
    assert list(fives) == sorted(fives, reverse=True)
    assert list(ones) == sorted(ones, reverse=True)


def test_years_running() -> None:
    classes = {2017: [3, 2], 2018: [2, 2], 2019: [1, 2], 2020: [2, 2], 2021: [2, 1], 2022: [2, 2], 2023: [2, 2]}
    assert water.years_running(classes, 2, 2023) == 6
    assert water.years_running(classes, 3, 2023) == 7
    assert water.years_running(classes, 2, 2024) == 0
    assert water.years_running({**classes, 2021: [2, None]}, 2, 2023) == 2


@pytest.mark.parametrize(
    ("classes", "level"),
    [
        ((4, 3, 4, 3, 3), 2), ((5, 3, 5, 3, 3), 1), ((5, 3, 4, 3, 3), 2), ((4, 3, 3, 3, 3), None), ((3, 2, 3, 2, 2), None),
        ((4, 4, 4, 3, 3), None),
        ((4, 3, 4, 3, 4), None), ((6, 3, 6, 4, 3), 1),
    ],
)  # fmt: skip
def test_warning(classes: tuple[int, int, int, int, int], level: int | None) -> None:
    assert water.warning(*classes) == level


# ---------------------------------------------------------------- the generator


@pytest.fixture(scope="module")
def samples() -> list[generate_water.Sample]:
    return generate_water.section_months()


def test_the_generator_repeats_itself(samples: list[generate_water.Sample]) -> None:
    assert samples == generate_water.section_months()
    assert samples != generate_water.section_months(21)
    assert {len({s.section for s in samples if s.river == r}) for r in {s.river for s in samples if s.kind == "river"}} == set(range(1, 8))


def test_the_generator_reaches_every_class_and_hits_limits(samples: list[generate_water.Sample]) -> None:
    seen = {
        (s.kind, item, water.item_class(item, v, s.kind))
        for s in samples
        for item, v in s.exact().items()
        if v is not None and item in water.ALL_ITEMS
    }
    for kind in ("river", "lake"):
        for item in water.ALL_ITEMS:
            possible = {1, 6} if item == "ph" else {water.item_class(item, v, kind) for v in generate_water.edge_values(item, kind)}
            missed = possible - {k for a, b, k in seen if (a, b) == (kind, item)}
            # A rare item is measured at few sections.
            assert not missed or item in generate_water.RARE, (kind, item, missed)
    on_limit = sum(v in water.LIMITS[item] for s in samples for item, v in s.exact().items() if item in water.LIMITS and v is not None)
    assert on_limit > 100
    assert {s.values.get("tp", 0) is None for s in samples} == {True, False}


def test_months_whose_mean_is_a_limit_or_a_tie(samples: list[generate_water.Sample]) -> None:
    months: dict[tuple[str, str], list[dict[str, F | None]]] = {}
    for sample in samples:
        months.setdefault((sample.section, sample.month), []).append(sample.exact())
    assert {len(rows) for rows in months.values()} == {1, 2, 3}
    limits = ties = flips = 0
    for rows in (rows for rows in months.values() if len(rows) == 2):
        for item, value in water.mean_of(rows).items():
            if item in water.LIMITS:
                limits += value in water.LIMITS[item]
                ties += (2 * value * 10 ** water.DECIMALS[item]) % 2 == 1
                flips += water.item_class(item, value) != water.item_class(item, water.round_item(item, value))
    assert limits > 20
    assert ties > 20
    assert flips > 20
