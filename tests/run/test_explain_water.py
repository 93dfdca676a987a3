"""An explanation of water: every step by hand from a few readings, both lines of a correction, and a refusal where the steps differ."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from yangban.assess.figure import Figure
from yangban.base.errors import Inconsistent, UsageError
from yangban.base.periods import parse
from yangban.publish.explanation import to_json
from yangban.publish.explanation_water import as_html, as_text
from yangban.readings.intake import ingest
from yangban.readings.sections import Section, save_rows
from yangban.readings.workspace import Workspace
from yangban.run.explain_water import explain_water
from yangban.run.explained_water import (
    Averaged,
    CityIndex,
    ItemMean,
    SectionShare,
    StateOfClass,
    StateOfShares,
    Trophic,
    WaterExplained,
    WorstItem,
)
from yangban.run.water import WaterResults, assess_water, open_water

RIVER, LAKE = "section:430000:甲桥", "section:430000:乙湖心"
SNAPSHOT = "省份,断面名称,监测时间,水质类别,pH,溶解氧,高锰酸盐指数,氨氮,总磷,站点情况"


def _snapshot(*rows: str) -> str:
    return "\n".join((SNAPSHOT, *(f"湖南省,{row}" for row in rows), ""))


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """Two sections and a lake point of 2022: released snapshots with a correction, samples with values below detection, monthly tables."""
    folder = tmp_path_factory.mktemp("explain-water")
    made = Workspace.open(folder / "w", create=True)
    sections = [
        Section("430000", "甲桥", city="430100", river="湘江"),
        Section("430000", "丙桥", city="430100", river="湘江"),
        Section("430000", "乙湖心", city="430100", kind="lake", lake="乙湖"),
    ]
    with made.writing():
        save_rows(made, sections)
    first = folder / "2022_06_05_16h31m.csv"
    first.write_text(
        _snapshot(
            "甲桥,06-05 08:00,Ⅱ,6,8.0,2.0,0.10,0.050,正常",
            "甲桥,06-05 12:00,Ⅲ,8,7.0,3.0,0.20,0.250,正常",
            "甲桥,06-05 16:00,Ⅴ,7,6.0,4.0,0.30,0.900,维护",
        ),
        encoding="utf-8",
    )
    second = folder / "2022_06_06_16h31m.csv"
    second.write_text(_snapshot("甲桥,06-05 12:00,Ⅲ,8,7.0,3.0,0.20,0.310,正常"), encoding="utf-8")
    samples = folder / "samples.csv"
    samples.write_text(
        "省份,断面名称,采样日期,铅(mg/L),氟化物(mg/L),总磷(mg/L)\n湖南省,甲桥,2022-06-10,0.01L,0.40,0.5\n湖南省,甲桥,2022-06-20,0.04,<0.02,0.7\n",
        encoding="utf-8",
    )
    months = folder / "months.csv"
    rows = [f"湖南省,丙桥,2022-{m:02d},8.{m % 10},2.{m % 10},0.15,0.0{m % 9 + 1},7.5,,\n" for m in range(1, 13)]
    rows += [f"湖南省,乙湖心,2022-{m:02d},7.0,3.0,0.20,0.04,7.0,1.2,12.5\n" for m in (5, 6)]
    months.write_text(
        "省份,断面名称,月份,溶解氧,高锰酸盐指数,氨氮,总磷,pH,总氮,叶绿素a(mg/m³)\n" + "".join(rows), encoding="utf-8"
    )  # fmt: skip
    clear = folder / "clear.csv"
    clear.write_text("省份,断面名称,月份,透明度(m)\n湖南省,乙湖心,2022-06,0.8\n", encoding="utf-8")
    for path in (first, second, samples, months, clear):
        receipt = ingest(made, [path])
        assert not receipt.rejections, receipt.rejections
    assess_water(made, [2022])
    return made


def _one(workspace: Workspace, word: str, subject: str, period: str = "2022-06", **options: Any) -> WaterExplained:
    (made,) = explain_water(workspace, indicator=word, subject=subject, period=parse(period), **options)
    return made


def _average(made: WaterExplained, item: str) -> Averaged:
    return next(each for each in made.averages if each.item == item)


def test_a_section_month_by_hand(workspace: Workspace) -> None:
    made = _one(workspace, "water.class", RIVER)
    # 06-05 16:00 was under maintenance; the sample's total phosphorus stands back behind the station's, its lead does not.
    phosphorus = _average(made, "tp")
    assert (phosphorus.source, phosphorus.n, phosphorus.total, phosphorus.value) == ("auto", 2, Fraction("0.36"), Fraction("0.18"))
    assert (made.left_out, _average(made, "codmn").value) == ({"维护": 1}, Fraction("2.5"))
    lead = _average(made, "pb")
    assert (lead.source, lead.n, lead.below, lead.value) == ("manual", 2, 1, (Fraction("0.005") + Fraction("0.04")) / 2)
    assert isinstance(made.how, WorstItem)
    classes = {each.item: each.klass for each in made.how.items}
    # Lead 0.0225 is rounded to 0.022 (half to even) and meets class Ⅲ (0.05); fluoride (0.4 + 0.01) / 2 = 0.205 meets class Ⅰ.
    assert classes == {"ph": 1, "do": 1, "codmn": 2, "nh3n": 1, "tp": 3, "fluoride": 1, "pb": 3}
    rounded = {each.item: str(each.rounding.after) for each in made.how.items if each.rounding is not None}
    assert (rounded["pb"], rounded["nh3n"], rounded["fluoride"]) == ("0.022", "0.15", "0.205")
    assert (made.how.deciding, made.how.value, made.figure.detail["below_detection"]) == (("tp", "pb"), 3, {"fluoride": 1, "pb": 1})


def test_the_mean_of_ph_is_that_of_the_ions(workspace: Workspace) -> None:
    made = _one(workspace, "water.ph.mean", RIVER)
    assert isinstance(made.how, ItemMean)
    assert float(made.how.value) == pytest.approx(-math.log10((1e-6 + 1e-8) / 2), abs=1e-12)
    assert made.how.averaged.total is None
    assert made.printed is not None
    assert str(made.printed.after) == "6"


def test_both_lines_of_a_correction_and_what_was_not_used(workspace: Workspace) -> None:
    readings = _average(_one(workspace, "water.tp.mean", RIVER), "tp").readings
    assert [(f"{r.time:%m-%d %H}", str(r.value), r.reason) for r in readings] == [
        ("06-05 08", "0.05", ""), ("06-05 12", "0.31", ""), ("06-05 16", "0.9", "站点维护"),
        ("06-10 00", "0.5", "另有自动监测数据优先"), ("06-20 00", "0.7", "另有自动监测数据优先"),
    ]  # fmt: skip
    assert [(o.line, o.text, o.used) for o in readings[1].origins] == [(3, "0.250", False), (2, "0.310", True)]
    halves = _average(_one(workspace, "water.pb.mean", RIVER), "pb").readings
    assert [(str(r.value), r.below, r.origins[0].text) for r in halves] == [("0.005", True, "0.01L"), ("0.04", False, "0.04")]


def test_automatic_data_alone(workspace: Workspace) -> None:
    made = _one(workspace, "water.class", RIVER, scope="auto_only")
    assert {each.item for each in made.averages} == {"ph", "do", "codmn", "nh3n", "tp"}
    assert made.figure.n_valid == 1


def test_a_year_is_the_mean_of_its_months_and_goes_down_to_the_worst(workspace: Workspace) -> None:
    made = _one(workspace, "water.tp.mean", "section:430000:丙桥", "2022")
    months = [Fraction(m % 9 + 1, 100) for m in range(1, 13)]
    assert isinstance(made.how, ItemMean)
    assert (made.how.value, [value for _, value in made.how.averaged.terms]) == (sum(months) / 12, months)
    assert made.completeness is not None
    assert (made.completeness.enough, made.completeness.needed) == (True, 12)
    assert made.opened is not None
    assert (made.opened.figure.period, made.opened_why) == ("2022-08", "总磷最高的月份")
    chosen = _one(workspace, "water.tp.mean", "section:430000:丙桥", "2022", day=date(2022, 3, 9)).opened
    assert chosen is not None
    assert chosen.figure.period == "2022-03"
    assert _one(workspace, "water.tp.mean", "section:430000:丙桥", "2022", depth=2).opened is None


def test_the_shares_and_the_state_of_a_place(workspace: Workspace) -> None:
    made = _one(workspace, "water.good_ratio", "430100")
    assert isinstance(made.how, SectionShare)
    # 甲桥 Ⅲ, 丙桥 0.07 mg/L Ⅱ, 乙湖心 Ⅲ by the lake limit of 0.05.
    assert (made.how.counts, made.how.hits, made.how.n, made.how.value) == ((0, 1, 2, 0, 0, 0), 3, 3, 100)
    assert [(row.name, row.klass) for row in made.sections] == [("丙桥", 2), ("乙湖心", 3), ("甲桥", 3)]
    assert made.opened is not None
    assert made.opened.figure.subject == RIVER
    twelve = _one(workspace, "water.class12_ratio", "430100", depth=1)
    assert (twelve.how is not None and twelve.how.value, twelve.sections, twelve.opened) == (Fraction(100, 3), (), None)
    state = _one(workspace, "water.state", "430100")
    assert isinstance(state.how, StateOfClass), "fewer than five sections: the averages are classed"
    phosphorus = _average(state, "tp")
    assert (phosphorus.of, phosphorus.value) == ("sections", (Fraction("0.18") + Fraction("0.07") + Fraction("0.04")) / 3)
    assert (state.how.word, state.how.worst.kind) == ("良好", "river")


def test_the_index_of_a_city_and_of_a_lake(workspace: Workspace) -> None:
    made = _one(workspace, "water.cwqi", "430100")
    assert isinstance(made.how, CityIndex)
    river, lake = made.how.parts
    terms = {term.item: term.index for term in river.terms}
    oxygen = (Fraction("7.5") + Fraction("8.6")) / 2
    assert (terms["do"], terms["tp"]) == (5 / oxygen, (Fraction("0.18") + Fraction("0.07")) / 2 / Fraction("0.2"))
    assert (river.n, lake.n, {t.item: t.index for t in lake.terms}["tp"]) == (2, 1, Fraction("0.04") / Fraction("0.05"))
    assert made.how.value == (river.total * 2 + lake.total) / 3
    trophic = _one(workspace, "water.tli", "lake:430000:乙湖")
    assert isinstance(trophic.how, Trophic)
    assert sum(term.weight for term in trophic.how.terms) == 1
    by_hand = {
        "chla": 10 * (2.5 + 1.086 * math.log(12.5)), "tp": 10 * (9.436 + 1.624 * math.log(0.04)),
        "tn": 10 * (5.453 + 1.694 * math.log(1.2)), "sd": 10 * (5.118 - 1.94 * math.log(0.8)),
        "codmn": 10 * (0.109 + 2.661 * math.log(3.0)),
    }  # fmt: skip
    weights = {"chla": 1, "tp": 0.84**2, "tn": 0.82**2, "sd": 0.83**2, "codmn": 0.83**2}
    expected = sum(by_hand[item] * weights[item] for item in by_hand) / sum(weights.values())
    assert float(trophic.how.value) == pytest.approx(expected, abs=1e-9)
    assert trophic.how.grade == "中营养"


def test_a_change_and_its_two_periods(workspace: Workspace) -> None:
    made = _one(workspace, "water.tp.mean.change", LAKE, "2022-06", base="mom")
    assert made.how is not None
    assert (made.how.value, [part.figure.period for part in made.parts]) == (0, ["2022-06", "2022-05"])


def test_what_does_not_add_up_is_not_explained(workspace: Workspace) -> None:
    class Wrong(WaterResults):
        def figures(self, **options: Any) -> list[Figure]:
            return [replace(each, exact=Fraction(2)) for each in super().figures(**options)]

    held = open_water(workspace)
    held.__class__ = Wrong
    with pytest.raises(Inconsistent, match=r"2022-06 water\.class"):
        _one(workspace, "water.class", RIVER, results=held)
    with pytest.raises(UsageError, match="--day"):
        _one(workspace, "water.class", RIVER, day=date(2022, 7, 1))
    with pytest.raises(UsageError, match="--depth"):
        _one(workspace, "water.class", RIVER, depth=5)


def test_a_changed_month_is_noticed(workspace: Workspace) -> None:
    held = open_water(workspace)
    tables = {scope: table.with_columns(tp_num=table["tp_num"] + 1) for scope, table in held._tables.items()}
    changed = WaterResults(tables, held._sections, held._book)
    with pytest.raises(Inconsistent, match="总磷"):
        _one(workspace, "water.class", RIVER, results=changed)


@pytest.mark.parametrize(
    ("word", "subject", "said"),
    [
        ("water.class", RIVER, ["Ⅲ类", "0.36 ÷ 2 = 0.18", "低于检出限，取一半", "未用：站点维护", "行 3 “0.250”"]),
        ("water.good_ratio", "430100", ["3 ÷ 3 × 100 = 100", "下面沿甲桥（类别最差的断面）继续往下", "回程：从读数到结果"]),
        ("water.tli", "lake:430000:乙湖", ["合计恰为 1", "中营养"]),
        ("water.class", "section:430000:丁", ["没有可计算的值"]),
    ],
)  # fmt: skip
def test_text_page_and_json_say_the_same(workspace: Workspace, word: str, subject: str, said: Sequence[str]) -> None:
    made = _one(workspace, word, subject)
    text, page = as_text(made), as_html([made])
    assert [each for each in said if each not in text] == []
    assert [each for each in said if each not in page] == []
    assert "<script" not in page
    data = json.loads(json.dumps(to_json(made), ensure_ascii=False))
    assert data["figure"]["indicator"] == word
    assert data["how"] is None or data["how"]["step"] == type(made.how).__name__


def test_five_sections_are_judged_by_shares(tmp_path: Path) -> None:
    made = Workspace.open(tmp_path / "w", create=True)
    names = ["甲", "乙", "丙", "丁", "戊"]
    with made.writing():
        save_rows(made, [Section("430000", name, city="430100") for name in names])
    path = tmp_path / "m.csv"
    values = zip(names, ("0.1", "0.2", "0.2", "0.3", "0.5"), strict=True)
    path.write_text("省份,断面名称,月份,总磷,氨氮\n" + "".join(f"湖南省,{n},2022-06,{tp},0.1\n" for n, tp in values), encoding="utf-8")
    ingest(made, [path])
    assess_water(made, [2022])
    found = _one(made, "water.state", "430100")
    assert isinstance(found.how, StateOfShares)
    # Ⅱ, Ⅲ, Ⅲ, Ⅳ, 劣Ⅴ: 60 % good, 20 % 劣Ⅴ, which is 中度污染 (table 2: under 75 %, from 20 to under 40 %).
    assert (found.how.good, found.how.inferior, found.how.word) == (60, 20, "中度污染")
    assert _one(made, "water.inferior_ratio", "430100", depth=1).figure.display == 20
