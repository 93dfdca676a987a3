"""The kernel of water equals the slow Fraction oracle: on generated sections with engineered edges and on the real automatic stations."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import ROUND_HALF_EVEN, Context, Decimal
from fractions import Fraction
from pathlib import Path

import polars as pl
import pytest

from oracle import generate_water as generate
from oracle import water as oracle
from oracle.water_readers import newest, read_snapshots
from yangban.assess.trend import spearman
from yangban.assess.water import compare, cwqi, tli, warning
from yangban.assess.water.averages import Means, mean_of, month_means, month_table, pairs
from yangban.assess.water.pollutants import basin_pollutants
from yangban.assess.water.regions import Section, Shares, lake_means, region_state, share_state
from yangban.assess.water.rules import NUMERALS, class_of, prepared_value
from yangban.assess.water.sample import classify
from yangban.assess.water.sections import deciding, lake_flag, with_classes
from yangban.base.exact import round_half_even
from yangban.base.water_items import SCALE, WATER_WORDS
from yangban.standards import load_book

WATER = load_book().water()
KINDS = ("river", "lake")
DUST = Fraction(1, 10**24)
"""A mean pH of the oracle has 28 digits, its logarithms have 40 decimals; the kernel gives 45 decimals of both."""

ONE_DIGIT = Context(prec=1, rounding=ROUND_HALF_EVEN)

MULTIPLE = int(WATER.rule("rounding.multiple").value)


@pytest.fixture(scope="module")
def samples() -> list[generate.Sample]:
    return generate.section_months(seed=20)


def present(values: oracle.Values) -> dict[str, Fraction]:
    return {item: value for item, value in values.items() if value is not None}


def near(mine: Mapping[str, Fraction], theirs: Mapping[str, Fraction]) -> bool:
    """Whether all values are equal; of pH all but the dust of the logarithm."""
    same = all(mine[item] == value for item, value in theirs.items() if item != "ph")
    return set(mine) == set(theirs) and same and ("ph" not in theirs or abs(mine["ph"] - theirs["ph"]) < DUST)


@pytest.mark.parametrize("kind", KINDS)
def test_every_item_at_and_beside_every_limit(kind: str) -> None:
    wrong = []
    for item in oracle.ALL_ITEMS:
        for value in generate.edge_values(item, kind):
            if item == "tn" and kind == "river":
                continue
            plain = class_of(value, item, WATER, kind=kind), oracle.item_class(item, value, kind)
            rounded = (
                class_of(value, item, WATER, kind=kind, rounding="item"),
                oracle.item_class(item, oracle.round_item(item, value), kind),
            )
            if plain[0] != plain[1] or rounded[0] != rounded[1]:
                wrong.append((item, value, plain, rounded))
    assert wrong == []


def test_rounding() -> None:
    """Half to even as the oracle; what would become zero is held against a decimal context of one digit.

    Of 0.092 with no decimals the oracle keeps 0.1, adding decimals until the result is not zero; one significant digit of it is 0.09.
    """
    rng = random.Random(4)
    for item in oracle.DECIMALS:
        places = int(WATER.rule(f"decimals.{item}").value)
        for _ in range(300):
            value = Fraction(rng.randrange(0, 10 ** rng.randrange(1, 9)), SCALE)
            expected = oracle.half_even(value, places)
            if expected == 0:
                expected = Fraction(ONE_DIGIT.plus(Decimal(value.numerator) / Decimal(value.denominator)))
            assert prepared_value(value, item, WATER, "item") == expected, (item, value)


@pytest.mark.parametrize("rounding", ["none", "item"])
def test_every_sample_one_by_one_and_as_columns(samples: Sequence[generate.Sample], rounding: str) -> None:
    frame = pl.DataFrame(
        {
            "kind": [sample.kind for sample in samples],
            **{i: pl.Series([s.values.get(i) for s in samples], dtype=pl.Int64) for i in (*oracle.ALL_ITEMS, "temperature")},
        }
    )
    columns = with_classes(frame.lazy(), WATER, kind=lake_flag("kind"), rounding=rounding).collect()
    for sample, row in zip(samples, columns.iter_rows(named=True), strict=True):
        values = present(sample.exact())
        final = oracle.rounded(values) if rounding == "item" else values
        theirs = oracle.section(final, sample.kind)
        mine = classify(values, sample.kind, WATER, rounding=rounding)
        assert mine.klass == theirs.klass == row["class"]
        assert dict(mine.items) == theirs.classes
        assert {item: row[f"class_{item}"] for item in theirs.classes} == theirs.classes
        if theirs.klass is None:
            continue
        assert (mine.state, mine.numeral) == (theirs.state, oracle.NUMERALS[theirs.klass])
        # A section of class Ⅰ has no deciding item here; the oracle names all.
        expected = theirs.deciding if theirs.klass > 1 else ()
        assert set(mine.deciding) == set(deciding(row["deciding_bits"], WATER)) == set(expected)
        multiples = dict(mine.exceeding)
        shown = [(item, None if (m := multiples[item]) is None else Fraction(round_half_even(m, MULTIPLE))) for item in mine.main]
        assert shown == list(theirs.main), sample


@pytest.mark.parametrize(("why", "values"), list(generate.main_cases()))
def test_main_pollutants(why: str, values: dict[str, Fraction]) -> None:
    theirs = oracle.section(values)
    mine = classify(values, "river", WATER)
    assert list(mine.main) == [item for item, _ in theirs.main], why


def test_months_years_rivers_and_lakes(samples: Sequence[generate.Sample]) -> None:
    """The whole way: samples to months in columns, months to years, sections to rivers, points to lakes, all to indices."""
    items = [item for item in WATER_WORDS if any(item in sample.values for sample in samples)]
    frame = pl.DataFrame(
        {
            "section": [sample.section for sample in samples],
            "month": [date.fromisoformat(f"{sample.month}-01") for sample in samples],
            "basis": ["manual"] * len(samples),
            **{item: pl.Series([sample.values.get(item) for sample in samples], dtype=pl.Int64) for item in items},
        }
    )
    table = month_table(frame.lazy(), WATER)
    kinds = {sample.section: sample.kind for sample in samples}
    kind = pl.col("section").replace_strict(kinds, return_dtype=pl.String) == "lake"
    classed = with_classes(table.lazy(), WATER, kind=kind, rounding="item", pairs=pairs(table)).collect()
    columns = {(row["section"], row["month"]): row["class"] for row in classed.iter_rows(named=True)}

    grouped: dict[tuple[str, date], list[oracle.Values]] = defaultdict(list)
    for sample in samples:
        grouped[sample.section, date.fromisoformat(f"{sample.month}-01")].append(sample.exact())
    theirs = {key: oracle.mean_of(group) for key, group in grouped.items()}
    mine = {(section, month): means for section, month, means in month_means(table)}
    assert set(mine) == set(theirs)
    for key, values in theirs.items():
        assert near(mine[key].values, values), key
        klass = oracle.section(oracle.rounded(values), kinds[key[0]]).klass
        assert columns[key] == classify(mine[key].values, kinds[key[0]], WATER, rounding="item").klass == klass

    my_years: dict[str, list[Means]] = defaultdict(list)
    their_years: dict[str, list[dict[str, Fraction]]] = defaultdict(list)
    for key in sorted(theirs):
        my_years[key[0]].append(mine[key])
        their_years[key[0]].append(theirs[key])
    years = {section: mean_of(months) for section, months in my_years.items()}
    for section, months in their_years.items():
        assert near(years[section].values, oracle.mean_of(months)), section

    rivers: dict[str, list[str]] = defaultdict(list)
    for sample in samples:
        if sample.section not in rivers[sample.river]:
            rivers[sample.river].append(sample.section)
    methods = set()
    for river, sections in rivers.items():
        water = kinds[sections[0]]
        yearly = [oracle.mean_of(their_years[section]) for section in sections]
        expected = oracle.region(yearly, water)
        found = region_state([Section(s, water, years[s]) for s in sections], WATER, rounding="item")
        methods.add(found.method)
        assert (found.state or None) == expected.state, river
        assert (found.whole.klass if found.whole else None) == expected.klass
        if found.shares is not None and expected.shares is not None:
            assert (found.shares.good, found.shares.class12, found.shares.inferior, found.shares.n) == expected.shares
        if found.method == "shares":
            classes = [found.sections[s].items for s in sections]
            assert [(each.item, each.rate) for each in basin_pollutants(classes, WATER)] == list(oracle.basin_pollutants(classes))
        index = cwqi.index_of(mean_of([years[s] for s in sections]).values, WATER, kind=water).total
        assert index is not None
        assert abs(index - (oracle.cwqi(oracle.mean_of(yearly), water) or 0)) < DUST
        if water == "lake":
            points = {s: my_years[s] for s in sections}
            assert near(lake_means(points).values, oracle.lake_values({s: their_years[s] for s in sections}))
    assert methods == {"average", "shares"}

    mine_city = cwqi.city_index([years[s] for s in years if kinds[s] == "river"], [years[s] for s in years if kinds[s] == "lake"], WATER)
    rows = {s: oracle.mean_of(months) for s, months in their_years.items()}
    total = oracle.cwqi_city([rows[s] for s in rows if kinds[s] == "river"], [rows[s] for s in rows if kinds[s] == "lake"])
    assert mine_city.total is not None
    assert total is not None
    assert abs(mine_city.total - total) < DUST


@pytest.mark.parametrize("case", generate.SHARE_CASES, ids=lambda case: case.why)
def test_states_by_shares(case: generate.ShareCase) -> None:
    found = Shares(case.counts)
    words = {number: WATER.state(int(klass)).word for number, klass in enumerate(WATER.rule("share.words").value, start=1)}
    assert words[share_state(found, WATER)] == oracle.share_state(found.good, found.inferior) == case.state


def test_trophic_index() -> None:
    rng = random.Random(9)
    assert tli.weights(WATER) == oracle.TLI_WEIGHTS
    for _ in range(300):
        values = {
            "chla": Fraction(rng.randrange(1, 900), 10),
            "tp": Fraction(rng.randrange(1, 400), 1000),
            "tn": Fraction(rng.randrange(1, 900), 100),
            "sd": Fraction(rng.randrange(1, 60), 10),
            "codmn": Fraction(rng.randrange(1, 300), 10),
        }
        found, expected = tli.trophic(values, WATER), oracle.tli(values)
        assert found.index is not None
        assert expected is not None
        assert abs(found.index - expected) < DUST
        assert found.grade == oracle.tli_grade(expected)


def test_changes_trends_and_warnings() -> None:
    rng = random.Random(7)
    least, critical = WATER.rule("trend.spearman.min_periods"), WATER.rule("trend.spearman.critical")
    for _ in range(400):
        now, base = ([rng.randrange(0, 9) for _ in range(6)] for _ in range(2))
        now[2] += 1
        base[2] += 1
        mine, before = Shares(tuple(now)), Shares(tuple(base))
        theirs = oracle.change_by_shares(mine.good, mine.inferior, before.good, before.inferior)
        found = compare.by_shares(mine, before, WATER)
        assert (found.size, found.word) == (theirs.size, theirs.word)
        a, b = rng.randrange(1, 7), rng.randrange(1, 7)
        by_state, expected = compare.by_state(a, b, WATER), oracle.change_by_state(a, b)
        assert (by_state.size, by_state.word) == (expected.size, expected.word)
        series = [Fraction(rng.randrange(0, 12)) for _ in range(rng.randrange(3, 34))]
        trend = spearman(series, least=least, critical=critical)
        assert trend.coefficient == oracle.spearman(series)
        if trend.critical is not None:
            assert Fraction(trend.critical) == oracle.critical(len(series))[0]
        m, mb, t, tb = (rng.randrange(1, 7) for _ in range(4))
        target = rng.randrange(1, 6)
        level = warning.yangtze(month=m, month_before=mb, total=t, total_before=tb, target=target, edition=WATER).level
        assert level == oracle.warning(m, mb, t, tb, target)
        years = {year: [rng.choice((1, 2, 3, None)) for _ in range(2)] for year in range(2016, 2023)}
        assert compare.years_in_class_running(years, 3, 2022) == oracle.years_running(years, 3, 2022)


@pytest.mark.shared
def test_the_real_automatic_stations(shared_data: Path) -> None:
    """Every distinct reading of Jiangxi 2022 gets the oracle's class; of those with a published class at least 98.7 % get that one."""
    lakes = {"南矶山", "康山", "湖心岛", "仙女湖湖心岛", "蛤蟆石", "都昌"}
    readings = list(newest(read_snapshots(shared_data / "water" / "jiangxi_water_auto_2022_snapshots.csv.gz")).values())
    judged = oracle.AUTO_ITEMS
    columns = {item: [None if (v := r.values[item]) is None else int(v * SCALE) for r in readings] for item in judged}
    frame = pl.DataFrame(
        {"lake": [r.section in lakes for r in readings], "released": [r.klass for r in readings], **columns},
        schema_overrides=dict.fromkeys(judged, pl.Int64),
    )
    found = with_classes(frame.lazy(), WATER, kind=pl.col("lake")).collect()
    theirs = [oracle.section(r.values, "lake" if r.section in lakes else "river", items=judged).klass for r in readings]
    assert found["class"].to_list() == theirs
    released = found.filter(pl.col("released").is_not_null())
    same = (released["class"] == released["released"]).sum()
    assert (len(readings), released.height) == (64_289, 60_546)
    assert same * 1000 >= released.height * 987


def test_the_numerals_are_those_of_the_oracle() -> None:
    assert dict(enumerate(NUMERALS, start=1)) == oracle.NUMERALS
