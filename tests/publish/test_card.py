"""The report card and the comparison, on a small made year: sentences, published values beside computed ones, marks of doubt."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal

import polars as pl
import pytest

from yangban.assess.air.daily import day_values, slot
from yangban.base import regions
from yangban.base.errors import UsageError
from yangban.base.periods import parse
from yangban.base.pollutants import HOURLY_SIX
from yangban.publish.card import make_card
from yangban.publish.compare import compare_editions
from yangban.run.results import AirResults
from yangban.standards import load_book

BOOK = load_book()
CLEAN = {"pm25": 27, "pm10": 50, "so2": 10, "no2": 20, "co": 1, "o3": 90}
CITIES = [p.code for p in regions.prefecture_places("360000")]
CENTRAL = regions.groups()["group:central-six"].members


def _year(year: int, values: Mapping[str, int], *, synthetic: bool = False) -> pl.DataFrame:
    """Whole years in which a place has the same PM2.5 all the time."""
    frames = []
    for code, pm25 in values.items():
        hours = {**CLEAN, "pm25": pm25}
        row = {slot(p, h): hours[p] * 1000 for p in HOURLY_SIX for h in range(1, 25)}
        days = [date(year, 1, 1) + timedelta(days=k) for k in range(365)]
        keys = {"subject": code, "level": "city", "network": "state", "basis": "realtime", "synthetic": synthetic}
        schema = {slot(p, h): pl.Int32 for p in HOURLY_SIX for h in range(1, 25)}
        one = pl.DataFrame([{**keys, **row}], schema_overrides=schema)
        frames.append(one.join(pl.DataFrame({"day": days}), how="cross"))
    return pl.concat(frames)


def _results(*years: pl.DataFrame) -> AirResults:
    days = day_values(pl.concat(years).lazy(), BOOK.air("2012")).collect()
    return AirResults(days.lazy(), BOOK)


def test_the_paragraph_says_values_changes_and_what_was_only_published() -> None:
    results = _results(_year(2022, dict.fromkeys(CITIES, 29)), _year(2023, dict.fromkeys(CITIES, 27)))
    card = make_card(results, region="360000", period=parse("2023"))
    assert "设区城市空气优良天数比例为100.0%，同比持平。" in card.paragraph
    assert "PM2.5平均浓度为27微克/立方米，同比下降6.9%。" in card.paragraph
    assert "森林覆盖率为63.1%（公布值，本系统未计算）" in card.paragraph
    assert "居中部六省第一" not in card.paragraph, "no rank without the other provinces"
    line = next(line for line in card.lines if line.indicator == "air.pm25.mean")
    assert line.published is not None
    assert (line.published.value, line.agrees, line.difference) == ("29", False, Decimal(-2))


def test_the_rank_among_the_central_six_needs_them_all() -> None:
    values = {p.code: (20 if code == "360000" else 30) for code in CENTRAL for p in regions.prefecture_places(code)}
    card = make_card(_results(_year(2022, values)), region="360000", period=parse("2022"))
    assert "PM2.5平均浓度为20微克/立方米，居中部六省第一。" in card.paragraph
    ranks = {line.indicator: (line.rank.rank, line.rank.of) for line in card.lines if line.rank}
    assert ranks["air.pm25.mean"] == (1, 6)
    short = {code: v for code, v in values.items() if code != "410100"}
    card = make_card(_results(_year(2022, short)), region="360000", period=parse("2022"))
    assert all(line.rank is None for line in card.lines)


def test_synthetic_values_stand_beside_no_published_one() -> None:
    card = make_card(_results(_year(2022, dict.fromkeys(CITIES, 27), synthetic=True)), region="360000", period=parse("2022"))
    assert card.synthetic
    assert all(line.published is None for line in card.lines)
    assert all(not row.published for row in card.places)
    assert "森林" not in card.paragraph
    assert any("模拟数据" in note for note in card.notes)


def test_a_missing_city_is_said_in_the_sentence() -> None:
    card = make_card(_results(_year(2022, dict.fromkeys(CITIES[1:], 27))), region="360000", period=parse("2022"))
    assert "（数据不足：11 个地级及以上城市中 10 个数据充足；不足：南昌）" in card.paragraph


def test_a_city_and_a_province_without_a_pack_have_cards_too() -> None:
    results = _results(_year(2022, {"360100": 27, "430100": 30}))
    assert make_card(results, region="360100", period=parse("2022")).paragraph.startswith("2022年，南昌市优良天数比例100.0%")
    hunan = make_card(results, region="430000", period=parse("2022"))
    assert "数据不足" in hunan.paragraph
    assert [row.code for row in hunan.places if row.figures["air.good_days"].exact is not None] == ["430100"]


def test_places_are_ranked_with_ties() -> None:
    values = {code: 40 if n > 1 else 20 for n, code in enumerate(CITIES)}
    card = make_card(_results(_year(2022, values)), region="360000", period=parse("2022"))
    ranks = {row.code: (row.rank.rank, row.rank.tied) for row in card.places if row.rank}
    assert [ranks[code] for code in CITIES] == [(1, True)] * 2 + [(3, True)] * 9


def test_the_card_as_json_holds_figures_and_sources() -> None:
    content = make_card(_results(_year(2022, dict.fromkeys(CITIES, 27))), region="360000", period=parse("2022")).to_dict()
    line = content["lines"][0]
    assert line["indicator"] == "air.good_day_ratio"
    assert line["published"]["issuer"] == "江西省生态环境厅例行新闻发布会"
    assert {"value", "display", "status", "unverified", "documents"} <= set(line)


def test_compare_sets_editions_side_by_side() -> None:
    table = compare_editions(
        _results(_year(2022, dict.fromkeys(CITIES, 70))), region="360000", period=parse("2022"), editions="2012,2026-transitional,2026"
    )
    assert table.editions == ("gb3095-2012", "gb3095-2026-transitional", "gb3095-2026")
    ratio = next(row for row in table.headline if row.indicator == "air.good_day_ratio")
    assert [f"{f.display:f}" for f in ratio.figures] == ["100.0", "0.0", "0.0"]
    assert ratio.differences == (Decimal("-100.0"), Decimal("-100.0"))
    assert len({row.subject for row in table.places}) == 11


def test_one_edition_is_no_comparison() -> None:
    with pytest.raises(UsageError, match="at least two"):
        compare_editions(_results(_year(2022, {"360100": 27})), region="360100", period=parse("2022"), editions="2012")


@pytest.mark.parametrize(("edition", "told"), [("2012", False), ("2026-transitional", True)])
def test_published_values_of_another_edition_are_not_held_against_the_card_without_a_word(edition: str, told: bool) -> None:
    card = make_card(_results(_year(2022, dict.fromkeys(CITIES, 25))), region="360000", period=parse("2022"), edition=edition)
    assert any(line.published for line in card.lines)
    said = [note for note in card.notes if "包含标准的变化" in note]
    assert len(said) == told
    if told:
        assert said[0].startswith("公布值按 gb3095-2012 得出，本表按 gb3095-2026-transitional 计算")
    shown = next(line for line in card.to_dict()["lines"] if line["published"])
    assert shown["published"]["edition"] == "gb3095-2012", "what the pack says, not what the day suggests"
