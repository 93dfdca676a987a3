"""The book's tables against the same tables typed a second time, column by column, from the notes on the standards.

Nothing here is derived from the TOML files: a slip of the hand in either place makes a test fail.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from yangban.standards import load_book

# GB 3095, table 1: for each item the limits of level 1 and level 2 under 2012, the transitional columns and the final columns.
TABLE_1 = """
so2  annual      20  60   20  60   20  20
so2  day         50 150   50 150   50  50
so2  hour       150 500  150 500  150 150
no2  annual      40  40   40  40   30  30
no2  day         80  80   80  80   50  50
no2  hour       200 200  200 200  200 200
co   day          4   4    4   4    4   4
co   hour        10  10   10  10   10  10
o3   day_max_8h 100 160  100 160  100 160
o3   hour       160 200  160 200  160 200
pm10 annual      40  70   40  60   20  50
pm10 day         50 150   50 120   50 100
pm25 annual      15  35   15  30   10  25
pm25 day         35  75   35  60   25  50
"""
# Table 2 in the same order of columns.
TABLE_2 = """
tsp annual  80     200     80     200     80     200
tsp day     120    300     120    300     120    300
nox annual  50     50      50     50      40     40
nox day     100    100     100    100     70     70
nox hour    250    250     250    250     250    250
pb  annual  0.5    0.5     0.5    0.5     0.5    0.5
pb  quarter 1      1       1      1       1      1
bap annual  0.001  0.001   0.001  0.001   0.001  0.001
bap day     0.0025 0.0025  0.0025 0.0025  0.0025 0.0025
"""
FAMILIES = ("2012", "2026-transitional", "2026")

# HJ 633: the break-points as they stand in the table, one row per index, one column per pollutant; "-" where there is none.
COLUMNS = ("so2 day", "so2 hour", "no2 day", "no2 hour", "pm10 day", "co day", "co hour", "o3 hour", "o3 day_max_8h", "pm25 day")
BREAKPOINTS = """
  0     0    0    0     0    0   0    0     0    0    0
 50    50  150   40   100   50   2    5   160  100   35
100   150  500   80   200  150   4   10   200  160   75
150   475  650  180   700  250  14   35   300  215  115
200   800  800  280  1200  350  24   60   400  265  150
300  1600    -  565  2340  420  36   90   800  800  250
400  2100    -  750  3090  500  48  120  1000    -  350
500  2620    -  940  3840  600  60  150  1200    -  500
"""
# HJ 663-2013 annex B: number of periods, critical values at 0.05 and at 0.01.
SPEARMAN = """
    5     6     7     8     9    10    12    14    16    18    20    22    24    26    28    30
0.900 0.829 0.714 0.643 0.600 0.564 0.506 0.456 0.425 0.399 0.377 0.359 0.343 0.329 0.317 0.306
1.000 0.943 0.893 0.833 0.783 0.746 0.712 0.645 0.601 0.564 0.534 0.508 0.485 0.465 0.448 0.432
"""
CHANGED_IN_2026 = {("pm10 day", 100): Decimal(120), ("pm25 day", 100): Decimal(60)}


def limits(text: str) -> dict[tuple[str, str, str, int], Decimal]:
    found = {}
    for line in text.strip().splitlines():
        pollutant, averaging, *numbers = line.split()
        for place, family in enumerate(FAMILIES):
            for level in (1, 2):
                found[family, pollutant, averaging, level] = Decimal(numbers[2 * place + level - 1])
    return found


@pytest.mark.parametrize("text", [TABLE_1, TABLE_2], ids=["table 1", "table 2"])
def test_the_limits_of_gb_3095(text: str) -> None:
    expected = limits(text)
    book = load_book()
    assert {key: book.air(key[0]).limit(*key[1:]) for key in expected} == expected


def test_the_limits_have_no_further_entry() -> None:
    expected = {f"limit.{p}.{a}.level{level}" for _, p, a, level in (*limits(TABLE_1), *limits(TABLE_2))}
    for name in ("gb3095-2012", "gb3095-2026-transitional", "gb3095-2026"):
        found = {key for key in load_book().document(name).by_key if key.startswith("limit.")}
        assert found == expected


def test_the_units_of_the_limits() -> None:
    for name in ("gb3095-2012", "gb3095-2026-transitional", "gb3095-2026"):
        for rule in load_book().document(name).rules:
            if rule.key.startswith("limit."):
                assert rule.unit == ("mg/m³" if rule.key.startswith("limit.co.") else "µg/m³"), rule.id


@pytest.mark.parametrize(("edition", "changed"), [("hj633-2012", {}), ("hj633-2026", CHANGED_IN_2026)])
def test_the_breakpoints_of_hj_633(edition: str, changed: dict[tuple[str, int], Decimal]) -> None:
    expected: dict[str, list[tuple[int, Decimal]]] = {column: [] for column in COLUMNS}
    for line in BREAKPOINTS.strip().splitlines():
        index, *cells = line.split()
        for column, cell in zip(COLUMNS, cells, strict=True):
            if cell != "-":
                expected[column].append((int(index), changed.get((column, int(index)), Decimal(cell))))
    air = load_book().air(edition)
    assert {column: list(air.breakpoints(*column.split())) for column in COLUMNS} == expected


def test_which_column_serves_which_report() -> None:
    keys = {
        name: {key for key in load_book().document(name).by_key if key.startswith("breakpoints.")} for name in ("hj633-2012", "hj633-2026")
    }
    shared = {f"breakpoints.{column.replace(' ', '.')}" for column in COLUMNS}
    assert keys["hj633-2012"] - shared == {
        "breakpoints.pm10.running_24h", "breakpoints.pm25.running_24h", "breakpoints.o3.day_max_1h", "breakpoints.o3.running_8h",
    }  # fmt: skip
    assert keys["hj633-2026"] - shared == {"breakpoints.pm10.hour", "breakpoints.pm25.hour"}
    old, new = load_book().air("hj633-2012"), load_book().air("hj633-2026")
    assert old.breakpoints("pm25", "running_24h") == old.breakpoints("pm25", "day")
    assert new.breakpoints("pm10", "hour") == new.breakpoints("pm10", "day")


@pytest.mark.parametrize(("edition", "lowest"), [("hj633-2012", 0), ("hj633-2026", 1)])
def test_levels_and_colours(edition: str, lowest: int) -> None:
    found = [
        (level.number, level.low, level.high, level.grade, level.category, level.colour_name, level.colour, level.rgb, level.cmyk)
        for level in load_book().air(edition).levels()
    ]
    assert found == [
        (1, lowest, 50, "一级", "优", "绿色", "#00e400", (0, 228, 0), (40, 0, 100, 0)),
        (2, 51, 100, "二级", "良", "黄色", "#ffff00", (255, 255, 0), (0, 0, 100, 0)),
        (3, 101, 150, "三级", "轻度污染", "橙色", "#ff7e00", (255, 126, 0), (0, 52, 100, 0)),
        (4, 151, 200, "四级", "中度污染", "红色", "#ff0000", (255, 0, 0), (0, 100, 100, 0)),
        (5, 201, 300, "五级", "重度污染", "紫色", "#99004c", (153, 0, 76), (10, 100, 40, 30)),
        (6, 301, None, "六级", "严重污染", "褐红色", "#7e0023", (126, 0, 35), (30, 100, 100, 30)),
    ]


def test_the_indicators_of_the_reports() -> None:
    daily = {("so2", "day"), ("no2", "day"), ("pm10", "day"), ("pm25", "day"), ("co", "day"), ("o3_8h", "day_max_8h")}
    old, new = load_book().air("2012"), load_book().air("2026-transitional")
    assert set(old.rule("index.daily_items").value) == daily | {("o3", "day_max_1h")}
    assert set(new.rule("index.daily_items").value) == daily
    assert set(old.rule("index.assessment_items").value) == set(new.rule("index.assessment_items").value) == daily
    six = {(item, "hour") for item in ("so2", "no2", "pm10", "pm25", "co", "o3")}
    assert set(old.rule("index.hourly_items").value) == six | {("o3_8h", "running_8h"), ("pm10", "running_24h"), ("pm25", "running_24h")}
    assert set(new.rule("index.hourly_items").value) == six


@pytest.mark.parametrize("family", FAMILIES)
def test_the_plain_numbers_that_every_edition_shares(family: str) -> None:
    expected = {
        "completeness.annual.days": 324,
        "completeness.annual.month_days": 27,
        "completeness.annual.february_days": 25,
        "completeness.percentile.days": 324,
        "completeness.percentile.month_days": 27,
        "completeness.percentile.february_days": 25,
        "completeness.day_mean.hours": 20,
        "completeness.o3_8h.hours": 6,
        "completeness.hour.minutes": 45,
        "completeness.other.annual.days": 60,
        "completeness.other.annual.month_days": 5,
        "completeness.pb.quarter.days": 15,
        "completeness.pb.quarter.month_days": 5,
        "completeness.o3_8h_day.windows": 14,
        "completeness.o3_8h_day.first_end_hour": 8,
        "completeness.o3_8h_day.last_end_hour": 24,
        "completeness.o3_8h_day.counts_when_over_limit": True,
        "completeness.index.complete_or_above": 100,
        "completeness.city.station_share": 75,
        "completeness.city.small_share": 50,
        "completeness.city.small_below": 4,
        "completeness.region.members": None,
        "percentile.so2": 98,
        "percentile.no2": 98,
        "percentile.pm10": 95,
        "percentile.pm25": 95,
        "percentile.co": 95,
        "percentile.o3_8h": 90,
        "percentile.method": "linear",
        "index.cap": 500,
        "index.good_at_most": 100,
        "index.primary_above": 50,
        "index.exceeding_above": 100,
        "index.heavy_above": 200,
        "rounding.method": "half-even",
        "rounding.multiple": 2,
        "rounding.ratio": 1,
        "rounding.change": 1,
        "rounding.composite.single": 2,
        "rounding.composite.total": 2,
        "ranking.ties": "competition",
        "ranking.list_keeps_ties": True,
        **{f"rounding.index_input.{item}": 0 for item in ("pm25", "pm10", "so2", "no2", "o3", "o3_8h")},
        "rounding.index_input.co": 1,
        **{f"rounding.composite_input.{item}": 0 for item in ("pm25", "pm10", "so2", "no2", "o3_8h")},
        "rounding.composite_input.co": 1,
        **{f"composite.weight.{item}": 1 for item in ("pm25", "pm10", "so2", "no2", "co", "o3_8h")},
    }
    edition = load_book().air(family)
    assert {key: edition.rule(key).value for key in expected} == expected


def test_the_sentences_on_values_above_the_table() -> None:
    keys = ("index.so2_hour_above_800", "index.o3_8h_above_800")
    assert [load_book().air("2012").rule(key).value for key in keys] == ["day", "hour"]
    assert [load_book().air("2026-transitional").rule(key).value for key in keys] == [200, 300]


def test_the_composite_index() -> None:
    assert set(load_book().air("2012").rule("composite.items").value) == {
        ("so2", "mean", "annual"),
        ("no2", "mean", "annual"),
        ("pm10", "mean", "annual"),
        ("pm25", "mean", "annual"),
        ("co", "p95", "day"),
        ("o3_8h", "p90", "day_max_8h"),
    }


def test_the_printed_decimals() -> None:
    book = load_book()
    items = ("pm25", "pm10", "so2", "no2", "co", "o3", "o3_8h", "good_day_ratio", "composite_index", "days", "multiple", "change")
    before, after = ([book.display_decimals(item, day).value for item in items] for day in (date(2024, 9, 30), date(2024, 10, 1)))
    assert before == [0, 0, 0, 0, 1, 0, 0, 1, 2, 0, 2, 1]
    assert after == [1, 0, 0, 0, 1, 0, 0, 1, 2, 0, 2, 1]


def test_the_rounding_tables_of_hj_663() -> None:
    old, new = load_book().document("hj663-2013").by_key, load_book().document("hj663-2026").by_key
    whole = ("so2", "no2", "pm10", "pm25", "o3", "o3_8h", "tsp", "nox")
    expected_old = {**dict.fromkeys(whole, 0), "co": 1, "pb": 2, "bap": 4}
    assert {item: old[f"rounding.statistic.{item}"][0].value for item in expected_old} == expected_old
    expected_new = {**dict.fromkeys(("pm25", "pm10", "so2", "no2", "o3", "o3_8h", "nox"), 1), "co": 2}
    assert {item: new[f"rounding.statistic.{item}"][0].value for item in expected_new} == expected_new
    expected_out = {**dict.fromkeys(("so2", "no2", "pm10", "o3", "o3_8h"), 0), "pm25": 1, "co": 1}
    assert {item: new[f"rounding.output.{item}"][0].value for item in expected_out} == expected_out


def test_the_critical_values_of_spearman() -> None:
    rows = [line.split() for line in SPEARMAN.strip().splitlines()]
    expected = tuple((int(n), Decimal(at_05), Decimal(at_01)) for n, at_05, at_01 in zip(*rows, strict=True))
    assert len(expected) == 16
    for family in FAMILIES:
        assert load_book().air(family).rule("trend.spearman.critical").value == expected


def test_the_reference_states() -> None:
    edition = load_book().air("2012")
    before, after = date(2018, 8, 31), date(2018, 9, 1)
    rules = [edition.rule(f"reference_state.gas.{what}", on=day) for day in (before, after) for what in ("temperature", "pressure")]
    assert [(rule.value, rule.unit) for rule in rules] == [
        (273, "K"),
        (Decimal("101.325"), "kPa"),
        (Decimal("298.15"), "K"),
        (Decimal("1013.25"), "hPa"),
    ]
    assert edition.rule("reference_state.particle.temperature", on=before).value == 273
    assert edition.rule("reference_state.particle", on=after).value == "ambient"
    new = load_book().air("2026-transitional")
    assert (new.rule("reference_state.gas.temperature").value, new.rule("reference_state.particle").value) == (Decimal("298.15"), "ambient")


def test_annex_a_of_2026_binds_nobody() -> None:
    found = {rule.key: rule.value for rule in load_book().document("gb3095-2026").rules if rule.key.startswith("reference.")}
    assert found == {
        "reference.cd.annual": (Decimal("0.005"),),
        "reference.hg.annual": (Decimal("0.05"),),
        "reference.as.annual": (Decimal("0.006"),),
        "reference.cr6.annual": (Decimal("0.000025"),),
        "reference.fluoride.hour": (Decimal(20),),
        "reference.fluoride.day": (Decimal(7),),
        "reference.fluoride.month": (Decimal("1.8"), Decimal("3.0")),
        "reference.fluoride.growing_season": (Decimal("1.2"), Decimal("2.0")),
    }


def test_the_dates_of_the_documents() -> None:
    found = {document.id: (document.effective, document.ended) for document in load_book().documents.values()}
    last = date(2026, 2, 28)
    assert found == {
        "gb3095-2012": (date(2016, 1, 1), last),
        "gb3095-2012-amendment": (date(2018, 9, 1), last),
        "gb3095-2026-transitional": (date(2026, 3, 1), date(2030, 12, 31)),
        "gb3095-2026": (date(2026, 3, 1), None),
        "hj633-2012": (date(2016, 1, 1), last),
        "hj633-2026": (date(2026, 3, 1), None),
        "hj663-2013": (date(2013, 10, 1), last),
        "hj663-2026": (date(2026, 3, 1), None),
        "ranking-2018": (date(2018, 1, 1), None),
        "dust-2016": (date(2017, 1, 1), None),
        "practice": (date(2013, 1, 1), None),
        "gb3838-2002": (date(2002, 6, 1), None),
        "assess-2011": (date(2011, 3, 9), None),
        "cwqi-2017": (date(2017, 6, 12), None),
        "statistics-2020": (date(2020, 1, 1), None),
        "warning-2018": (date(2018, 11, 1), None),
        "water-practice": (date(2002, 6, 1), None),
        "gb3096-2008": (date(2008, 10, 1), None),
        "hj640-2012": (date(2013, 3, 1), None),
        "zones-2024": (date(2025, 1, 1), None),
        "sound-practice": (date(2008, 10, 1), None),
        "eqi-2021": (date(2021, 1, 1), None),
        "gep-2022": (date(2022, 1, 1), None),
        "gep-ganzi-2010": (date(2010, 1, 1), date(2010, 12, 31)),
        "ecology-practice": (date(1980, 1, 1), None),
        "biodiversity-practice": (date(1980, 1, 1), None),
    }
