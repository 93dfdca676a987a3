"""The pack of Jiangxi: every row of the collected published results is in it, and wrong entries are refused by file and key."""

from __future__ import annotations

import csv
import re
import shutil
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest

import yangban.packs
from yangban.base import regions
from yangban.base.errors import BookError, UnknownRegion
from yangban.packs import Pack, load_pack, read_pack
from yangban.standards import load_book

SHIPPED = Path(yangban.packs.__file__).parent / "jiangxi"

YEARLY = {
    "PM2.5": "air.pm25.mean",
    "good_day_ratio": "air.good_day_ratio",
    "water_good_ratio": "water.good_ratio",
    "water_class12_ratio": "water.class12_ratio",
    "forest_cover": "reported.forest_cover",
}
COLLECTED = {
    "优良天数比例": ("air.good_day_ratio", "state"),
    "PM2.5年均浓度": ("air.pm25.mean", "state"),
    "PM2.5月均浓度": ("air.pm25.mean", "state"),
    "国家考核断面水质优良(Ⅰ-Ⅲ)比例": ("water.good_ratio", "state"),
    "全省监测断面(点位)水质优良(Ⅰ-Ⅲ)比例": ("water.good_ratio", "province"),
    "优良天数": ("air.good_days", "state"),
    "轻度污染天数": ("air.level3_days", "state"),
    "首要污染物为PM2.5的污染天数": ("air.pm25.primary_days", "state"),
    "首要污染物为O3的污染天数": ("air.o3_8h.primary_days", "state"),
    "环境空气质量综合指数": ("air.composite_index", "state"),
}
UNITS = {"ug/m3": "µg/m³", "%": "%", "day": "d", "index": "1"}
AREAS = {"江西省": "360000", "宜春市(中心城区含万载)": "360900", "南昌市": "360100"}


@pytest.fixture(scope="module")
def pack() -> Pack:
    return load_pack("jiangxi")


def test_every_collected_result_is_in_the_pack_and_nothing_else(pack: Pack, shared_data: Path) -> None:
    expected = set()
    with (shared_data / "official" / "jiangxi_published_yearly.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            network = "unknown" if row["indicator"] == "forest_cover" else "state"
            expected.add(("360000", row["year"], YEARLY[row["indicator"]], network, row["value"], UNITS[row["unit"]]))
    with (shared_data / "official" / "jiangxi_published_2022.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            if row["unit"] != "rank":
                indicator, network = COLLECTED[row["indicator"]]
                expected.add((AREAS[row["area"]], row["period"], indicator, network, row["value"], UNITS[row["unit"]]))
    assert {(p.area, p.period.label, p.indicator, p.network, p.value, p.unit) for p in pack.published} == expected
    assert len(pack.published) == len(expected) == 35


def test_printed_changes_are_in_the_pack(pack: Pack, shared_data: Path) -> None:
    with (shared_data / "official" / "jiangxi_published_yearly.csv").open(encoding="utf-8") as file:
        rows = [(row["year"], YEARLY[row["indicator"]], row["change_published"].removesuffix(" %")) for row in csv.DictReader(file)]
    assert {(p.period.label, p.indicator, p.change) for p in pack.published if p.change} == {row for row in rows if row[2]}
    assert {(p.change_unit, p.indicator.startswith("air.pm25")) for p in pack.published if p.change} == {("%", True), ("百分点", False)}


def test_the_published_order_of_june_2022(pack: Pack, shared_data: Path) -> None:
    with (shared_data / "official" / "jiangxi_published_2022.csv").open(encoding="utf-8") as file:
        printed = next(row["value"] for row in csv.DictReader(file) if row["unit"] == "rank")
    expected = []
    for part in printed.split(";"):
        rank, _, names = part.partition(" ")
        expected += [(regions.place(name).code, int(rank)) for name in names.removesuffix("(并列)").split(",")]
    (ranking,) = pack.rankings
    assert list(ranking.ranks) == expected
    assert {code for code, _ in ranking.ranks} == set(pack.region.cities)


def test_looking_up_a_published_result(pack: Pack) -> None:
    found = pack.published_for("360000", period="2023", indicator="air.good_day_ratio")
    assert found is not None
    assert (found.number, found.change, found.change_unit, found.basis, found.scope) == (
        Decimal("96.5"),
        "+4.4",
        "百分点",
        "audited",
        "as_monitored",
    )
    assert pack.published_for("360000", period="2022-06", indicator="water.good_ratio", network="province") is not None
    assert pack.published_for("360000", period="1999", indicator="air.good_day_ratio") is None
    assert {p.basis for p in pack.published} == {"audited"}


def test_the_region(pack: Pack) -> None:
    assert [regions.place(code).short for code in pack.region.cities] == [
        "南昌", "景德镇", "萍乡", "九江", "新余", "鹰潭", "赣州", "吉安", "宜春", "抚州", "上饶",
    ]  # fmt: skip
    assert pack.region.code in regions.groups()[pack.region.compared_with].members
    assert {regions.place(code).short for code in pack.region.neighbours} == {"浙江", "安徽", "福建", "湖北", "湖南", "广东"}


def test_a_pack_is_found_by_any_place_in_it() -> None:
    pack = load_pack("jiangxi")
    assert [load_pack(each) for each in ("360000", "江西", "赣州", "360103", "九江经开区")] == [pack] * 5
    with pytest.raises(UnknownRegion, match=r"no pack for 湖南省 \(430000\); there are packs for jiangxi"):
        load_pack("湖南")
    with pytest.raises(UnknownRegion, match="no place"):
        load_pack("nowhere")


def test_the_card_reads_as_a_paragraph(pack: Pack) -> None:
    values = {"period": "2023", "region": "江西", "value": "96.5", "unit": "%", "rank": ""}
    values["change"] = pack.texts.change["up_points"].format(amount="4.4")
    values["rank"] = pack.texts.rank["first"].format(group="中部六省")
    sentences = {sentence.indicator: sentence.text.format(**values) for sentence in pack.texts.card}
    assert sentences["air.good_day_ratio"] == "设区城市空气优良天数比例为96.5%，同比上升4.4个百分点，居中部六省第一。"
    assert list(sentences)[:3] == ["reported.forest_cover", "air.good_day_ratio", "air.pm25.mean"]
    assert "实况" in pack.texts.notes["realtime_or_audited"]["zh"]
    assert "audited" in pack.texts.notes["realtime_or_audited"]["en"]


def edit(file: str, old: str, new: str) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        text = (folder / file).read_text(encoding="utf-8")
        assert old in text
        (folder / file).write_text(text.replace(old, new, 1), encoding="utf-8")

    return change


@pytest.mark.parametrize(
    ("break_it", "message"),
    [
        (edit("published.toml", 'area = "360000"', 'area = "江西"'), "jiangxi/published.toml: figure 1: area: expected the code 360000"),
        (edit("published.toml", 'area = "360000"', 'area = "369900"'), "jiangxi/published.toml: figure 1: area: no place"),
        (edit("published.toml", 'period = "2019"', 'period = "2019-13"'), "jiangxi/published.toml: figure 1: period: "),
        (edit("published.toml", 'value = "35"', "value = 35"), "jiangxi/published.toml: figure 1: value: expected a text"),
        (edit("published.toml", 'value = "35"', 'value = "ca. 35"'), "jiangxi/published.toml: figure 1: value: expected a number"),
        (edit("published.toml", 'unit = "µg/m³"', 'unit = ""'), "jiangxi/published.toml: figure 1: unit: "),
        (edit("published.toml", 'indicator = "air.pm25.mean"', 'indicator = "PM2.5"'), "jiangxi/published.toml: figure 1: indicator: "),
        (edit("published.toml", 'basis = "audited"', 'basis = "official"'), "jiangxi/published.toml: figure 1: basis: expected one of"),
        (
            edit("published.toml", 'source = "press copy of the provincial bulletin"', 'source = ""'),
            "jiangxi/published.toml: figure 1: source: ",
        ),
        (edit("published.toml", 'published = "2023-03-30"', 'published = "spring"'), "jiangxi/published.toml: figure 8: published: "),
        (edit("published.toml", 'period = "2020"', 'period = "2019"'), "jiangxi/published.toml: figure 4: says the same thing as figure 1"),
        (edit("published.toml", '["360600", 1]', '["360600", "1"]'), "jiangxi/published.toml: ranking 1: ranks: "),
        (edit("published.toml", "[[figure]]", "[figure"), "jiangxi/published.toml: file: is not TOML"),
        (edit("region.toml", '"360100", ', ""), "jiangxi/region.toml: region: cities: differ .* 360100"),
        (edit("region.toml", "group:central-six", "group:central-seven"), "jiangxi/region.toml: region: compared_with: "),
        (edit("texts.toml", '"value", "unit", "change", "rank"', '"value", "unit"'), "jiangxi/texts.toml: card 2: slots: "),
        (edit("texts.toml", "\nen = ", "\nfr = "), "jiangxi/texts.toml: note 1: en: "),
        (lambda folder: (folder / "texts.toml").unlink(), "jiangxi/texts.toml: file: missing"),
    ],
)
def test_a_wrong_entry_is_named_by_file_and_key(tmp_path: Path, break_it: Callable[[Path], None], message: str) -> None:
    folder = tmp_path / "jiangxi"
    shutil.copytree(SHIPPED, folder)
    assert read_pack(folder) == load_pack("jiangxi")
    break_it(folder)
    with pytest.raises(BookError, match=message if "*" in message else re.escape(message)):
        read_pack(folder)


def test_a_published_value_names_the_edition_that_was_in_force_on_its_days() -> None:
    """What is judged by no standard of air or water (forest cover) names none."""
    book = load_book()
    for each in load_pack("jiangxi").published:
        medium = each.indicator.partition(".")[0]
        if medium == "air":
            held = book.air_list("in-force", start=each.period.start, end=each.period.end)
            assert each.edition in {edition.id for edition in held}, each
        else:
            assert each.edition == (book.water_on(each.period.end).id if medium == "water" else ""), each


def test_an_edition_that_is_none_is_refused(tmp_path: Path) -> None:
    shutil.copytree(SHIPPED, tmp_path / "jiangxi")
    file = tmp_path / "jiangxi" / "published.toml"
    file.write_text(file.read_text(encoding="utf-8").replace('edition = "gb3095-2012"', 'edition = "2012年的"', 1), encoding="utf-8")
    with pytest.raises(BookError, match=r"published.toml.*figure 1: edition"):
        read_pack(tmp_path / "jiangxi")
