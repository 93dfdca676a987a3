"""The tables of surface water against the same tables typed a second time from the notes on the standards.

Nothing here is derived from the TOML files: a slip of the hand in either place makes a test fail.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from yangban.base.water_items import WATER_ITEMS, WATER_WORDS, scaled
from yangban.standards import load_book

# GB 3838-2002 table 1, class I to V; river and lake apart where the table has them apart, "-" where it has no limit.
TABLE_1 = """
dissolved oxygen       do          river 7.5 6 5 3 2
dissolved oxygen       do          lake  7.5 6 5 3 2
permanganate index     codmn       both  2 4 6 10 15
COD                    cod         both  15 15 20 30 40
BOD5                   bod5        both  3 3 4 6 10
ammonia nitrogen       nh3n        both  0.15 0.5 1.0 1.5 2.0
total phosphorus       tp          river 0.02 0.1 0.2 0.3 0.4
total phosphorus       tp          lake  0.01 0.025 0.05 0.1 0.2
total nitrogen         tn          river - - - - -
total nitrogen         tn          lake  0.2 0.5 1.0 1.5 2.0
copper                 cu          both  0.01 1.0 1.0 1.0 1.0
zinc                   zn          both  0.05 1.0 1.0 2.0 2.0
fluoride               fluoride    both  1.0 1.0 1.0 1.5 1.5
selenium               se          both  0.01 0.01 0.01 0.02 0.02
arsenic                as          both  0.05 0.05 0.05 0.1 0.1
mercury                hg          both  0.00005 0.00005 0.0001 0.001 0.001
cadmium                cd          both  0.001 0.005 0.005 0.005 0.01
chromium VI            cr6         both  0.01 0.05 0.05 0.05 0.1
lead                   pb          both  0.01 0.01 0.05 0.05 0.1
cyanide                cyanide     both  0.005 0.05 0.2 0.2 0.2
volatile phenol        phenol      both  0.002 0.002 0.005 0.01 0.1
petroleum              petroleum   both  0.05 0.05 0.05 0.5 1.0
anionic surfactant     surfactant  both  0.2 0.2 0.2 0.3 0.3
sulphide               sulphide    both  0.05 0.1 0.2 0.5 1.0
faecal coliform        coliform    both  200 2000 10000 20000 40000
"""
TABLE_2 = {"sulphate": "250", "chloride": "250", "nitrate": "10", "fe": "0.3", "mn": "0.1"}
# The trophic index: item, a, b of 10(a + b ln x), correlation with chlorophyll a.
TROPHIC = """
chla   2.5    1.086   1
tp     9.436  1.624   0.84
tn     5.453  1.694   0.82
sd     5.118 -1.94   -0.83
codmn  0.109  2.661   0.83
"""
# Decimals of assessment data, one line for each number of decimals.
DECIMALS = """
0 ph coliform chla algae
1 temperature do codmn cod bod5 conductivity turbidity
2 nh3n tn petroleum surfactant sd sulphate chloride nitrate
3 tp cu zn fluoride cr6 pb cyanide sulphide fe
4 se as phenol mn
5 hg cd
"""
TWENTY_ONE = {
    "ph", "do", "codmn", "cod", "bod5", "nh3n", "tp", "cu", "zn", "fluoride", "se", "as", "hg", "cd", "cr6", "pb", "cyanide", "phenol",
    "petroleum", "surfactant", "sulphide",
}  # fmt: skip


def table_1() -> dict[tuple[str, str, int], Decimal | None]:
    found: dict[tuple[str, str, int], Decimal | None] = {}
    for line in TABLE_1.strip().splitlines():
        item, water, *numbers = line[23:].split()
        for kind in ("river", "lake") if water == "both" else (water,):
            for klass, number in enumerate(numbers, start=1):
                found[item, kind, klass] = None if number == "-" else Decimal(number)
    return found


def test_the_limits_of_table_1() -> None:
    edition = load_book().water()
    expected = table_1()
    assert len(expected) == 22 * 2 * 5
    assert {key: edition.limit(key[0], key[2], kind=key[1]) for key in expected} == expected


def test_no_other_item_has_a_limit_by_class() -> None:
    edition = load_book().water()
    others = set(WATER_WORDS) - {item for item, _, _ in table_1()}
    assert others == {
        "temperature", "ph", "conductivity", "turbidity", "chla", "sd", "algae", "sulphate", "chloride", "nitrate", "fe", "mn",
        "volume",
    }  # fmt: skip
    assert {edition.limit(item, klass, kind=kind) for item in others for klass in range(1, 6) for kind in ("river", "lake")} == {None}
    keys = {key for key in load_book().document("gb3838-2002").by_key if key.startswith("class_limit.")}
    assert keys == {f"class_limit.{item}.{kind}.{klass}" for (item, kind, klass), value in table_1().items() if value is not None}


def test_every_limit_is_a_whole_number_of_millionths() -> None:
    assert scaled(Decimal("0.00005")) == 50
    for value in (*table_1().values(), *map(Decimal, TABLE_2.values())):
        if value is not None:
            assert scaled(value) == int(value * 1_000_000)


def test_limits_are_in_the_unit_in_which_values_are_kept() -> None:
    units = {each.code: each.unit for each in WATER_ITEMS}
    found = {rule.key.split(".")[1]: rule.unit for rule in load_book().document("gb3838-2002").rules if "_limit." in rule.key}
    assert found == {item: units[item] for item in found}
    assert {item for item, unit in found.items() if unit != "mg/L"} == {"coliform"}


def test_the_limits_of_table_2() -> None:
    edition = load_book().water()
    assert {item: edition.source_limit(item) for item in TABLE_2} == {item: Decimal(value) for item, value in TABLE_2.items()}
    assert edition.source_limit("codmn") is None


def test_only_oxygen_has_a_lower_limit() -> None:
    edition = load_book().water()
    assert edition.lower_limit_items == {"do"}
    assert edition.rule("ph.range").value == (6, 9)


def test_the_items_of_an_assessment() -> None:
    edition = load_book().water()
    assert (len(edition.items), set(edition.items)) == (21, TWENTY_ONE)
    assert edition.items == tuple(word for word in WATER_WORDS if word in TWENTY_ONE)
    assert edition.rule("cwqi.items").value == edition.items
    assert set(edition.rule("assess.reference_items").value) == {"tn", "coliform"}
    assert edition.rule("auto.items").value == ("ph", "do", "codmn", "nh3n", "tp", "tn")


def test_states_and_colours() -> None:
    edition = load_book().water()
    found = [(state.klass, state.numeral, state.word, state.colour_name) for state in map(edition.state, range(1, 7))]
    assert found == [
        (1, "Ⅰ", "优", "蓝色"),
        (2, "Ⅱ", "优", "蓝色"),
        (3, "Ⅲ", "良好", "绿色"),
        (4, "Ⅳ", "轻度污染", "黄色"),
        (5, "Ⅴ", "中度污染", "橙色"),
        (6, "劣Ⅴ", "重度污染", "红色"),
    ]
    assert edition.state(6).colour == "#ff0000"


def test_the_plain_numbers() -> None:
    expected = {
        "assess.small_river_below": 5,
        "share.excellent": 90,
        "share.good": 75,
        "share.moderate": 20,
        "share.heavy": 40,
        "share.heavy_good_below": 60,
        "share.at_60_40": 6,
        "share.words": (2, 3, 4, 5, 6),
        "main.count": 3,
        "main.basin.count": 3,
        "main.basin.sections_at_least": 5,
        "main.none_up_to_class": 3,
        "main.reference_class": 3,
        "main.no_multiple": ("temperature", "ph", "do"),
        "average.week.minimum": 1,
        "average.month.minimum": 1,
        "average.quarter.minimum": 2,
        "average.year.minimum": 8,
        "average.year.full": 12,
        "cwqi.do": 5,
        "cwqi.ph_neutral": 7,
        "cwqi.ph_acid": 1,
        "cwqi.ph_alkaline": 2,
        "cwqi.limit_class": 3,
        "cwqi.decimals": 4,
        "cwqi.change.decimals": 2,
        "cwqi.change.exempt_class": 2,
        "cwqi.cities": 338,
        "cwqi.sections": 1940,
        "detection.half": Decimal("0.5"),
        "rounding.water.keep_one_significant": True,
        "rounding.method": "half-even",
        "change.clear": 20,
        "change.none": 10,
        "change.state.none": 0,
        "change.state.some": 1,
        "change.state.clear": 2,
        "tli.factor": 10,
        "tli.grades": (("贫营养", 30, False), ("中营养", 50, True), ("轻度富营养", 60, True), ("中度富营养", 70, True), ("重度富营养",)),
        "trend.spearman.min_periods": 5,
        "warning.level1.classes_worse": 2,
        "warning.level2.classes_worse": 1,
        "warning.worse_than": 3,
        "ph.class_inside": 1,
        "ph.class_outside": 6,
        "drinking.class_at_most": 3,
        "warning.slide.share": 90,
    }
    edition = load_book().water()
    assert {key: edition.rule(key).value for key in expected} == expected


def test_the_trophic_index() -> None:
    edition = load_book().water()
    rows = [line.split() for line in TROPHIC.strip().splitlines()]
    assert {row[0] for row in rows} == set(edition.rule("tli.items").value)
    for item, a, b, r in rows:
        found = [edition.rule(key).value for key in (f"tli.{item}.a", f"tli.{item}.b", f"tli.r.{item}")]
        assert found == [Decimal(a), Decimal(b), Decimal(r)]


def test_the_decimals_of_assessment_data() -> None:
    expected = {item: int(line.split()[0]) for line in DECIMALS.strip().splitlines() for item in line.split()[1:]}
    assert set(expected) == set(WATER_WORDS) - {"volume"}
    edition = load_book().water()
    assert {item: edition.rule(f"decimals.{item}").value for item in expected} == expected


def test_the_critical_values_are_those_of_air() -> None:
    book = load_book()
    assert book.water().rule("trend.spearman.critical").value == book.air("2012").rule("trend.spearman.critical").value


def test_the_printed_decimals() -> None:
    book, day = load_book(), date(2022, 6, 30)
    items = ("ratio", "good_ratio", "class12_ratio", "inferior_ratio", "cwqi", "tli", "class", "sections", "multiple")
    assert [book.display_decimals(item, day, medium="water").value for item in items] == [1, 1, 1, 1, 4, 1, 0, 0, 1]


SURE = {
    "official": "main.count main.order main.no_multiple lake.order lake.points",
    "verified": """class_limit.hg.river.1 source_limit.sulphate source_limit.mn assess.items share.excellent share.heavy_good_below
        assess.small_river_below state.6 tli.codmn.b tli.grades cwqi.items cwqi.limit_class average.method trend.method""",
    "one-source": """ph.class_inside ph.class_outside state_colour.6 change.clear change.state.clear average.month.minimum cwqi.ph_acid
        cwqi.decimals decimals.hg rounding.water.keep_one_significant detection.half auto.items ph.mean""",
    "unverified": """state_colour.1 state_colour.5 change.none average.quarter.minimum average.year.minimum cwqi.city_merge share.at_60_40
        main.first warning.level1.classes_worse warning.worse_than drinking.class_at_most""",
}


@pytest.mark.parametrize("confidence", SURE)
def test_how_sure_the_notes_are(confidence: str) -> None:
    edition, keys = load_book().water(), SURE[confidence].split()
    assert {key: edition.rule(key).confidence for key in keys} == dict.fromkeys(keys, confidence)
