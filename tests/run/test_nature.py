"""From records, reports and accounts to Figures, and from records to the public."""

from __future__ import annotations

import csv
import random
from fractions import Fraction
from pathlib import Path

import pytest

from yangban.assess.figure import Figure
from yangban.base.errors import InputError, UsageError
from yangban.base.periods import parse
from yangban.publish.occurrences import COLUMNS, centre, export_occurrences
from yangban.readings.accounts import keep, load, read_account
from yangban.readings.intake import ingest
from yangban.readings.reported import append, reported_of
from yangban.readings.workspace import Workspace
from yangban.run.ecology import account_of, open_ecology
from yangban.run.media import open_all
from yangban.standards import load_book

PORPOISE = """调查编号,日期,江段,物种,数量
2022,2022-09-19/2022-10-13,宜昌—湖口,长江江豚,194
2022,2022-09-19/2022-10-13,湖口—马鞍山,长江江豚,279
2022,2022-09-19/2022-10-13,南京—吴淞口,长江江豚,122
2022,2022-09-19/2022-10-13,鄱阳湖,长江江豚,492
2022,2022-09-19/2022-10-13,洞庭湖,长江江豚,162
2017,2017-11-10/2017-12-31,长江和两湖,长江江豚,1012
"""
GANZI = """[account]
region = "513300"
year = 2010
source = "《生态学报》2017年论文"
by = "测试"
coefficients = "gep-ganzi-2010"

[[item]]
category = "regulating"
subject = "水源涵养"
method = "water"
quantity = 321.49
unit = "亿 m³"
source = "论文"

[[item]]
category = "cultural"
subject = "tourism"
value = 70.67
value_unit = "亿元"
source = "论文"
"""


def workspace_with(folder: Path, *tables: str) -> Workspace:
    workspace = Workspace.open(folder / "w", create=True)
    for n, table in enumerate(tables):
        (folder / f"t{n}.csv").write_text(table, encoding="utf-8")
        ingest(workspace, [folder / f"t{n}.csv"])
    return workspace


def ask(workspace: Workspace, word: str, subject: str, period: str = "2022", base: str = "yoy") -> Figure:
    (found,) = open_all(workspace).figures(subjects=[subject], periods=[parse(period)], indicators=[word], base=base)
    return found


def test_the_porpoise_from_the_sheet_to_the_figure(tmp_path: Path) -> None:
    """indicators-and-governance.md 8.4: 1,249 in 2022 against 1,012 in 2017, +23.4 %, 4.3 % a year."""
    workspace = workspace_with(tmp_path, PORPOISE)
    word = "biodiversity.individuals.finless_porpoise"
    assert ask(workspace, word, "100000").display == 1249
    grown = ask(workspace, f"{word}.change", "100000", base="year:2017")
    assert (str(grown.display), grown.detail["yearly"], grown.detail["years"]) == ("23.4", "4.3", "5")
    assert ask(workspace, word, "site:100000:鄱阳湖").display == 492
    assert ask(workspace, "biodiversity.species", "100000").display == 1
    trend = ask(workspace, "biodiversity.trend_year.finless_porpoise", "100000", "2017-01-01/2022-12-31")
    assert (trend.exact, trend.status) == (None, "insufficient")


def test_a_trend_corrected_for_effort_differs_from_that_of_the_counts(tmp_path: Path) -> None:
    """Hand: counts double every winter while the effort doubles too: no change per kilometre."""
    head = "调查编号,日期,湖区,省份,物种,数量,努力量,努力量单位\n"
    lines = [f"w{n},{2015 + n}-12-15,大湖池,江西,白鹤,{100 * 2**n},{10 * 2**n},km\n" for n in range(4)]
    corrected = workspace_with(tmp_path / "a", head + "".join(lines))
    found = ask(corrected, "biodiversity.trend_winter.siberian_crane", "site:360000:大湖池", "2015-01-01/2019-06-30")
    assert (str(found.display), found.detail["of"], found.detail["n"]) == ("0.0", "density/km", 4)
    bare = workspace_with(tmp_path / "b", head + "".join(line.rsplit(",", 2)[0] + ",,\n" for line in lines))
    plain = ask(bare, "biodiversity.trend_winter.siberian_crane", "site:360000:大湖池", "2015-01-01/2019-06-30")
    assert (str(plain.display), plain.detail["of"], plain.detail["direction"]) == ("100.0", "count", "rising")
    assert "biodiversity-practice:trend.method" in plain.unverified


def test_exact_coordinates_never_leave_in_the_public_export(tmp_path: Path) -> None:
    rng = random.Random(7)
    names = ("Leucogeranus leucogeranus", "Cygnus columbianus", "Anser fabalis", "Anas crecca")
    points = [(f"{rng.uniform(114, 118):.6f}", f"{rng.uniform(25, 29.9):.6f}") for _ in range(80)]
    head = "occurrenceID,eventDate,scientificName,decimalLongitude,decimalLatitude,individualCount,stateProvince,locality\n"
    lines = [f"秘{n}@{x},2022-01-15,{names[n % 4]},{x},{y},1,江西,巢{n}号\n" for n, (x, y) in enumerate(points)]
    workspace = workspace_with(tmp_path, head + "".join(lines))
    out = tmp_path / "public.csv"
    assert export_occurrences(workspace, out, load_book()) == 80
    text = out.read_text(encoding="utf-8")
    told = list(csv.DictReader(text.splitlines()))
    assert tuple(told[0]) == COLUMNS
    for x, y in points:
        assert x not in text
        assert y not in text
    sides = {"Leucogeranus leucogeranus": 100_000, "Cygnus columbianus": 50_000, "Anser fabalis": 10_000, "Anas crecca": 100_000}
    for row in told:
        side = sides[row["scientificName"]]
        for name in ("decimalLongitude", "decimalLatitude"):
            # Only centres of cells are written: half a side above a multiple of the side.
            assert Fraction(row[name]) * 1_000_000 % side == side // 2
        hidden = row["scientificName"] in {"Leucogeranus leucogeranus", "Anas crecca"}
        assert bool(row["locality"]) is not hidden
        assert "秘" not in row["occurrenceID"]
    assert not any("巢" in row["locality"] for row in told if row["scientificName"].startswith("Leuco"))


def test_the_cell_of_a_point_is_the_one_in_which_it_lies() -> None:
    side = load_book().medium("ecology", "eqi").rule("blur.class1").value
    for point in (116_000_000, 116_050_000, 116_099_999):
        assert str(centre(point, side)) == "116.05"
    assert str(centre(116_100_000, side)) == "116.15"


def reported(key: str, value: str, unit: str, period: str = "2022", **more: str) -> dict[str, str]:
    return {"key": key, "subject": "360000", "period": period, "value": value, "unit": unit, "evidence": "年报", "department": "林业局",
            "by": "张三", **more}  # fmt: skip


def test_reported_values_keep_their_words_and_eqi_its_class(tmp_path: Path) -> None:
    workspace = Workspace.open(tmp_path / "w", create=True)
    rows = [
        reported("forest_cover", "63.1", "%"), reported("eqi", "71.2", "1"), reported("eqi", "73.5", "1", "2023"),
        reported("red_line_area", "4.69", "万平方公里"), reported("protected_area", "300", "万亩"),
    ]  # fmt: skip
    append(workspace, [reported_of(row) for row in rows])
    forest = ask(workspace, "ecology.forest_cover", "360000")
    assert (str(forest.display), forest.basis, forest.detail["reported"]) == ("63.1", "reported", True)
    assert "郁闭度0.2以上" in forest.detail["definition"]
    eqi = ask(workspace, "ecology.eqi", "360000")
    assert (str(eqi.display), eqi.detail["numeral"]) == ("71.2", "一类")
    assert "eqi-2021:eqi.grades" in eqi.unverified
    step = ask(workspace, "ecology.eqi.change", "360000", "2023")
    assert (str(step.display), step.detail["word"]) == ("2.3", "一般变好")
    assert ask(workspace, "ecology.red_line_area", "360000").value == "46900"
    assert ask(workspace, "ecology.protected_area", "360000").value == "2000"


def test_from_its_parts_no_eqi_comes_out_and_the_figure_says_why(tmp_path: Path) -> None:
    workspace = Workspace.open(tmp_path / "w", create=True)
    parts = {"pattern": "70", "function": "80", "biodiversity": "60", "stress": "10"}
    append(workspace, [reported_of(reported(f"eqi.{name}", value, "1")) for name, value in parts.items()])
    found = ask(workspace, "ecology.eqi", "360000")
    assert (found.exact, found.status) == (None, "insufficient")
    assert "权重未经原文核实" in found.reason
    assert "eqi-2021:eqi.weights" in found.unverified


def test_forest_cover_from_its_parts(tmp_path: Path) -> None:
    workspace = Workspace.open(tmp_path / "w", create=True)
    areas = {"arbor": "50", "bamboo": "5", "shrub": "3", "shelter_belt": "1", "four_sides": "1", "land": "100"}
    append(workspace, [reported_of(reported(f"forest.{name}", value, "万公顷")) for name, value in areas.items()])
    assert ask(workspace, "ecology.forest_cover", "360000").value == "60"


def test_an_account_is_kept_revised_and_asked(tmp_path: Path) -> None:
    workspace = Workspace.open(tmp_path / "w", create=True)
    file = tmp_path / "ganzi.toml"
    file.write_text(GANZI, encoding="utf-8")
    assert keep(workspace, file)[1]
    assert not keep(workspace, file)[1]
    found = ask(workspace, "ecology.gep", "513300", "2010")
    # 321.49 × 7.06 + 70.67 = 2340.3894
    assert (found.value, str(found.display), found.unit, found.basis) == ("2340.3894", "2340.39", "亿元", "account")
    assert ask(workspace, "ecology.gep_regulating", "513300", "2010").value == "2269.7194"
    file.write_text(GANZI.replace("321.49", "300"), encoding="utf-8")
    keep(workspace, file)
    assert [each.revision for each in load(workspace)] == [1, 2]
    assert ask(workspace, "ecology.gep", "513300", "2010").value == "2188.67"
    assert open_ecology(workspace).subjects() == ["513300"]


def test_an_account_of_another_region_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "x.toml"
    file.write_text(GANZI.replace("513300", "360000"), encoding="utf-8")
    with pytest.raises(UsageError, match="513300 的 2010 年"):
        account_of(read_account(file), load_book())


def test_a_table_of_quantities_and_prices(tmp_path: Path) -> None:
    file = tmp_path / "合成_gep.csv"
    file.write_text(
        "地区,年份,类别,科目,功能量,功能量单位,单价,单价单位,价值量,价值量单位,来源,价格来源,价格年份\n"
        "江西,2022,调节服务,水源涵养,100,亿立方米,8,元/立方米,,,某报告,某目录,2020\n"
        "江西,2022,文化服务,旅游康养,,,,,12.5,亿元,某报告,,\n",
        encoding="utf-8",
    )
    read = read_account(file)
    worked = account_of(read, load_book())
    assert (read.synthetic, worked.total) == (True, 81_250_000_000)
    assert worked.entries[0].notes == ("价格为 2020 年",)
    broken = tmp_path / "b.csv"
    broken.write_text(
        "地区,年份,类别,科目,功能量,功能量单位,单价,单价单位,来源\n江西,2022,调节服务,水源涵养,多,亿吨,8,元/立方米,\n", encoding="utf-8"
    )
    with pytest.raises(InputError, match="第 2 行"):
        read_account(broken)
